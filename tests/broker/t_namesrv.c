/* SPDX-License-Identifier: Apache-2.0 */
/* t_namesrv.c - a name server by its settings, and the requests that few send. */
#include <stdio.h>
#include <string.h>

#include "codec/names.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *p;

static void begin(const char *conf)
{
	rig = rig_new_namesrv(conf);
	p = peer_new(rig);
}

static void end(void)
{
	peer_free(p);
	rig_free(rig);
}

/* A broker that a test makes up. */
struct fake {
	const char *name, *address, *zone;
	int64_t id;
	bool acting;
	const char *topics;  /* members of topicConfigTable */
	const char *filters; /* the list's elements */
	int counter;         /* of the data version */
};

#define TOPIC(name, flag)                                                                          \
	"\"" name "\":{\"topicName\":\"" name "\",\"readQueueNums\":4,\"writeQueueNums\":4,"       \
	"\"perm\":6,\"topicSysFlag\":" flag "}"

static int32_t enter(const struct fake *f)
{
	struct rmqi_h_register_broker h = {.brokerName = rmqi_str(f->name),
					   .brokerAddr = rmqi_str(f->address),
					   .clusterName = rmqi_str("C"),
					   .haServerAddr = rmqi_str("ha:1"),
					   .brokerId = f->id};
	char body[2048];

	RMQI_SET(&h, register_broker, enableActingMaster, f->acting);
	if (f->zone)
		RMQI_SET(&h, register_broker, zoneName, rmqi_str(f->zone));
	snprintf(body, sizeof(body),
		 "{\"filterServerList\":[%s],\"topicConfigSerializeWrapper\":{\"dataVersion\":"
		 "{\"counter\":%d,\"stateVersion\":0,\"timestamp\":1},\"topicConfigTable\":{%s}}}",
		 f->filters ? f->filters : "", f->counter, f->topics ? f->topics : "");
	return peer_ask(p, rig->namesrv, RMQI_REQ_REGISTER_BROKER, &rmqi_desc_register_broker, &h,
			body);
}

static int32_t leave(const char *name, const char *address, int64_t id)
{
	struct rmqi_h_unregister_broker h = {.brokerName = rmqi_str(name),
					     .brokerAddr = rmqi_str(address),
					     .clusterName = rmqi_str("C"),
					     .brokerId = id};

	return peer_ask(p, rig->namesrv, RMQI_REQ_UNREGISTER_BROKER, &rmqi_desc_unregister_broker,
			&h, NULL);
}

static int32_t ask(int32_t code, const char *body)
{
	return peer_ask(p, rig->namesrv, code, NULL, NULL, body);
}

static bool body_has(const char *text)
{
	return strstr(peer_body(p), text) != NULL;
}

START_TEST(filter_servers__stand_in_the_route_until_they_are_taken_back)
{
	struct fake f = {.name = "a",
			 .address = "1.1.1.1:1",
			 .topics = TOPIC("T", "0") "," TOPIC("U", "0"),
			 .filters = "\"1.1.1.1:7\",\"1.1.1.1:8\""};

	begin(NULL);
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"filterServerTable\":{\"1.1.1.1:1\":[\"1.1.1.1:7\",\"1.1.1.1:8\"]}"));

	f.filters = NULL;
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"filterServerTable\":{}"));

	f.filters = "\"1.1.1.1:9\"";
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(leave("a", "1.1.1.1:1", 0), 0);
	f.filters = NULL;
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"filterServerTable\":{}"));
	end();
}
END_TEST

/* As 5.3.3 answers, the remark of a success too. */
START_TEST(member_group__has_all_addresses)
{
	struct rmqi_h_get_broker_member_group h = {.clusterName = rmqi_str("C"),
						   .brokerName = rmqi_str("a")};
	struct fake f = {.name = "a",
			 .address = "1.1.1.1:1",
			 .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin(NULL);
	ck_assert_int_eq(enter(&f), 0);
	f.address = "2.2.2.2:2";
	f.id = 2;
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_GET_BROKER_MEMBER_GROUP,
				  &rmqi_desc_get_broker_member_group, &h, NULL),
			 0);
	ck_assert_str_eq(peer_body(p), "{\"brokerMemberGroup\":{\"brokerAddrs\":{0:\"1.1.1.1:1\","
				       "2:\"2.2.2.2:2\"},\"brokerName\":\"a\",\"cluster\":\"C\"}}");
	ck_assert_str_eq(peer_remark(p), "not set any response code");
	end();
}
END_TEST

START_TEST(lists__of_unit_topics_go_by_the_flag)
{
	const struct fake f = {
		.name = "a",
		.address = "1.1.1.1:1",
		.topics = TOPIC("None", "0") "," TOPIC("Unit", "1") "," TOPIC("Sub", "2") "," TOPIC(
			"Both", "3")};

	begin(NULL);
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(ask(RMQI_REQ_GET_UNIT_TOPIC_LIST, NULL), 0);
	ck_assert_str_eq(peer_body(p), "{\"topicList\":[\"Unit\",\"Both\"]}");
	ck_assert_int_eq(ask(RMQI_REQ_GET_HAS_UNIT_SUB_TOPIC_LIST, NULL), 0);
	ck_assert_str_eq(peer_body(p), "{\"topicList\":[\"Sub\",\"Both\"]}");
	ck_assert_int_eq(ask(RMQI_REQ_GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST, NULL), 0);
	ck_assert_str_eq(peer_body(p), "{\"topicList\":[\"Sub\"]}");
	end();
}
END_TEST

START_TEST(lists__can_be_switched_off)
{
	const int32_t of_some[] = {RMQI_REQ_GET_UNIT_TOPIC_LIST,
				   RMQI_REQ_GET_HAS_UNIT_SUB_TOPIC_LIST,
				   RMQI_REQ_GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST};
	struct rmqi_h_get_topics_by_cluster by = {.cluster = rmqi_str("C")};

	begin("enableTopicList=false\nenableAllTopicList=false");
	for (size_t i = 0; i < RMQI_COUNT(of_some); i++) {
		ck_assert_int_eq(ask(of_some[i], NULL), RMQI_RESP_SYSTEM_ERROR);
		ck_assert_str_eq(peer_remark(p), "disable");
	}
	ck_assert_int_eq(ask(RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER, NULL),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p), "disable");
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_GET_TOPICS_BY_CLUSTER,
				  &rmqi_desc_get_topics_by_cluster, &by, NULL),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(ask(RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_NS, NULL), 0);
	ck_assert_str_eq(peer_body(p), "{\"topicList\":[]}");
	end();
}
END_TEST

static void put_order(const char *topic, const char *value)
{
	struct rmqi_h_put_kv_config put = {.namespace = rmqi_str("ORDER_TOPIC_CONFIG"),
					   .key = rmqi_str(topic),
					   .value = rmqi_str(value)};

	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_PUT_KV_CONFIG,
				  &rmqi_desc_put_kv_config, &put, NULL),
			 0);
}

START_TEST(order_config__is_told_to_clients_and_brokers_as_set)
{
	const struct fake f = {.name = "a",
			       .address = "1.1.1.1:1",
			       .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin("orderMessageEnable=true");
	put_order("T", "a:4");
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_str_eq(peer_body(p), "{\"table\":{\"T\":\"a:4\"}}");
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"orderTopicConf\":\"a:4\""));
	ck_assert_int_eq(peer_route(p, "U"), 0);
	ck_assert(!body_has("orderTopicConf"));
	end();

	begin("returnOrderTopicConfigToBroker=false");
	put_order("T", "a:4");
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_str_eq(peer_body(p), "");
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(!body_has("orderTopicConf"));
	end();
}
END_TEST

START_TEST(wait__no_routes_until_brokers_had_time)
{
	const struct fake f = {.name = "a",
			       .address = "1.1.1.1:1",
			       .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin("needWaitForService=true\nwaitSecondsForService=10");
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(peer_route(p, "T"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p), "name server not ready");
	rig_advance(rig, 10000);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	end();
}
END_TEST

/* A slave alone, whose group lets it act. */
static void enter_slave(bool acting)
{
	const struct fake f = {.name = "a",
			       .address = "2.2.2.2:2",
			       .id = 2,
			       .acting = acting,
			       .topics = TOPIC("T", "0") "," TOPIC(
				       "rmq_sys_SYNC_BROKER_MEMBER_a", "0")};

	ck_assert_int_eq(enter(&f), 0);
}

START_TEST(acting_master__is_shown_under_the_masters_id)
{
	begin("supportActingMaster=true");
	enter_slave(true);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"brokerAddrs\":{\"0\":\"2.2.2.2:2\"}"));
	ck_assert(body_has("\"perm\":4"));
	ck_assert_int_eq(peer_route(p, "rmq_sys_SYNC_BROKER_MEMBER_a"), 0);
	ck_assert(body_has("\"brokerAddrs\":{\"2\":\"2.2.2.2:2\"}"));
	end();

	begin(NULL);
	enter_slave(true);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"brokerAddrs\":{\"2\":\"2.2.2.2:2\"}"));
	end();
}
END_TEST

START_TEST(acting_master__not_while_a_master_is_there)
{
	const struct fake master = {.name = "a",
				    .address = "1.1.1.1:1",
				    .acting = true,
				    .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin("supportActingMaster=true");
	ck_assert_int_eq(enter(&master), 0);
	enter_slave(true);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("{\"0\":\"1.1.1.1:1\",\"2\":\"2.2.2.2:2\"}"));

	ck_assert_int_eq(leave("a", "1.1.1.1:1", 0), 0);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("{\"0\":\"2.2.2.2:2\"}"));
	ck_assert(body_has("\"perm\":4"));
	end();
}
END_TEST

static int32_t zone_route(const char *mode, const char *zone)
{
	struct rmqi_h_get_route_info h = {.topic = rmqi_str("T")};
	const struct rmqi_ext extra[] = {{RMQI_STR("__ZONE_MODE"), rmqi_str(mode)},
					 {RMQI_STR("__ZONE_NAME"), rmqi_str(zone)}};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC,
					      .desc = &rmqi_desc_get_route_info,
					      .header = &h,
					      .extra = extra,
					      .extra_count = 2};

	ck_assert_int_eq(rmqi_rpc_call(p->rpc, rig->namesrv, &request,
				       rmqi_clock_deadline(rig->env->clock, 5000), &p->answer, NULL,
				       NULL),
			 RMQ_OK);
	return p->answer.command.code;
}

START_TEST(zone__keeps_its_brokers_and_groups_without_master)
{
	const struct fake near = {.name = "near",
				  .address = "1.1.1.1:1",
				  .zone = "Z1",
				  .topics = TOPIC("T", "0") "," TOPIC("U", "0"),
				  .filters = "\"near:9\""};
	const struct fake far = {.name = "far",
				 .address = "2.2.2.2:2",
				 .zone = "Z2",
				 .topics = TOPIC("T", "0") "," TOPIC("U", "0"),
				 .filters = "\"far:9\""};
	const struct fake orphan = {.name = "orphan",
				    .address = "3.3.3.3:3",
				    .zone = "Z2",
				    .id = 1,
				    .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin(NULL);
	ck_assert_int_eq(enter(&near), 0);
	ck_assert_int_eq(enter(&far), 0);
	ck_assert_int_eq(enter(&orphan), 0);
	ck_assert_int_eq(zone_route("true", "z1"), 0);
	ck_assert(body_has("\"brokerName\":\"near\"") && body_has("\"brokerName\":\"orphan\""));
	ck_assert(!body_has("\"far\"") && !body_has("far:9"));
	ck_assert(body_has("{0:\"1.1.1.1:1\"}"));

	ck_assert_int_eq(zone_route("false", "z1"), 0);
	ck_assert(body_has("\"brokerName\":\"far\"") && body_has("far:9"));
	ck_assert_int_eq(zone_route("true", " "), 0);
	ck_assert(body_has("\"brokerName\":\"far\""));
	end();
}
END_TEST

START_TEST(registration__drops_topics_that_it_does_not_tell_when_set)
{
	struct fake f = {.name = "a",
			 .address = "1.1.1.1:1",
			 .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	for (int drops = 0; drops < 2; drops++) {
		begin(drops ? "deleteTopicWithBrokerRegistration=true" : NULL);
		f.topics = TOPIC("T", "0") "," TOPIC("U", "0");
		f.counter = 1;
		ck_assert_int_eq(enter(&f), 0);
		f.topics = TOPIC("T", "0");
		f.counter = 2;
		ck_assert_int_eq(enter(&f), 0);
		ck_assert_int_eq(peer_route(p, "T"), 0);
		ck_assert_int_eq(peer_route(p, "U"), drops ? RMQI_RESP_TOPIC_NOT_EXIST : 0);
		end();
	}
}
END_TEST

START_TEST(registration__of_a_name_that_nobody_could_print_is_refused)
{
	char name[RMQI_LABEL_MAX + 2];
	const struct fake bad[] = {
		{.name = name, .address = "a:1"},
		{.name = "b\nroot", .address = "a:1"},
		{.name = "", .address = "a:1"},
		{.name = "b", .address = ""},
		{.name = "b", .address = "a\x7f:1"},
		{.name = "b", .address = "a:1", .zone = "\x01"},
	};

	begin(NULL);
	memset(name, 'b', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(enter(&bad[i]), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p), "zoneName holds control characters");
	ck_assert_int_eq(ask(RMQI_REQ_GET_BROKER_CLUSTER_INFO, NULL), 0);
	ck_assert(!body_has("a:1"));
	ck_assert_int_eq(enter(&(struct fake){.name = "b", .address = "a:1"}), 0);
	end();
}
END_TEST

START_TEST(unregister__goes_by_the_address)
{
	const struct fake f = {.name = "a",
			       .address = "1.1.1.1:1",
			       .topics = TOPIC("T", "0") "," TOPIC("U", "0")};

	begin(NULL);
	ck_assert_int_eq(enter(&f), 0);
	ck_assert_int_eq(leave("a", "9.9.9.9:9", 0), 0);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert_int_eq(leave("a", "1.1.1.1:1", 7), 0);
	ck_assert_int_eq(peer_route(p, "T"), RMQI_RESP_TOPIC_NOT_EXIST);
	end();
}
END_TEST

START_TEST(scan__closes_the_connection_of_a_silent_broker)
{
	const struct fake f = {.name = "a",
			       .address = "1.1.1.1:1",
			       .topics = TOPIC("T", "0") "," TOPIC("U", "0")};
	struct peer *other;

	begin("scanNotActiveBrokerInterval=1000");
	other = peer_new(rig);
	ck_assert_int_eq(enter(&f), 0);
	/* Its connection is not idle: it asks. */
	for (int i = 0; i < 119; i++) {
		rig_advance(rig, 1000);
		ck_assert_int_eq(peer_route(p, "T"), 0);
	}
	ck_assert(rmqi_rpc_is_connected(p->rpc, rig->namesrv));
	rig_advance(rig, 3000);
	ck_assert(!rmqi_rpc_is_connected(p->rpc, rig->namesrv));
	ck_assert_int_eq(peer_route(other, "T"), RMQI_RESP_TOPIC_NOT_EXIST);
	peer_free(other);
	end();
}
END_TEST

START_TEST(register_topic__stops_at_a_broker_that_is_unknown)
{
	struct rmqi_h_register_topic h = {.topic = rmqi_str("New")};
	const struct fake f = {.name = "a",
			       .address = "1.1.1.1:1",
			       .topics = TOPIC("T", "0") "," TOPIC("U", "0")};
	static const char queues[] = "{\"brokerDatas\":[],\"queueDatas\":["
				     "{\"brokerName\":\"a\",\"perm\":4,\"readQueueNums\":1,"
				     "\"topicSysFlag\":0,\"writeQueueNums\":1},"
				     "{\"brokerName\":\"x\",\"perm\":4,\"readQueueNums\":1,"
				     "\"topicSysFlag\":0,\"writeQueueNums\":1}]}";

	begin(NULL);
	ck_assert_int_eq(enter(&f), 0);
	for (int i = 0; i < 2; i++) {
		h.topic = rmqi_str(i ? "T" : "New");
		ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_REGISTER_TOPIC_IN_NAMESRV,
					  &rmqi_desc_register_topic, &h, queues),
				 0);
	}
	ck_assert_int_eq(peer_route(p, "New"), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert(body_has("\"perm\":4") && !body_has("\"x\""));
	end();
}
END_TEST

START_TEST(min_id__its_change_is_told_to_the_group_when_set)
{
	struct mb_cluster_options o;
	struct fake slave = {.name = BROKER, .id = 3, .acting = true};
	const struct fake master = {.name = BROKER, .address = "7.7.7.7:7", .acting = true};

	for (int tells = 0; tells < 2; tells++) {
		rig_options(&o);
		o.namesrv_conf = tells ? "notifyMinBrokerIdChanged=true" : NULL;
		rig = rig_new_with(&o);
		p = peer_new(rig);
		slave.address = rig->broker; /* who is told must listen */
		ck_assert_int_eq(enter(&slave), 0);
		ck_assert_int_eq(enter(&master), 0);
		rig_advance(rig, 100);
		ck_assert_uint_eq(mb_cluster_request_count(rig->cluster,
							   RMQI_REQ_NOTIFY_MIN_BROKER_ID_CHANGE),
				  tells ? 1 : 0);
		ck_assert_int_eq(leave(BROKER, "7.7.7.7:7", 0), 0);
		rig_advance(rig, 100);
		ck_assert_uint_eq(mb_cluster_request_count(rig->cluster,
							   RMQI_REQ_NOTIFY_MIN_BROKER_ID_CHANGE),
				  tells ? 2 : 0);
		end();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		filter_servers__stand_in_the_route_until_they_are_taken_back,
		member_group__has_all_addresses,
		lists__of_unit_topics_go_by_the_flag,
		lists__can_be_switched_off,
		order_config__is_told_to_clients_and_brokers_as_set,
		wait__no_routes_until_brokers_had_time,
		acting_master__is_shown_under_the_masters_id,
		acting_master__not_while_a_master_is_there,
		zone__keeps_its_brokers_and_groups_without_master,
		registration__drops_topics_that_it_does_not_tell_when_set,
		registration__of_a_name_that_nobody_could_print_is_refused,
		unregister__goes_by_the_address,
		scan__closes_the_connection_of_a_silent_broker,
		register_topic__stops_at_a_broker_that_is_unknown,
		min_id__its_change_is_told_to_the_group_when_set,
	};

	return run_suite("namesrv", tests, RMQI_COUNT(tests));
}
