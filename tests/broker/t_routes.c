/* SPDX-License-Identifier: Apache-2.0 */
/* t_routes.c - the tables and requests of a name server (doc/reference/namesrv.md). */
#include <stdio.h>
#include <string.h>

#include "mock-broker/namesrv/route_view.h"
#include "tests/broker/rig.h"

/* What a test registers; the rest has defaults. */
struct reg {
	const char *broker, *address;
	int64_t id;
	int64_t version; /* counter of the data version */
	int64_t state_version;
	const char *topics[4]; /* NULL ends */
	bool acting;
	bool is_old;
	void *conn;
	int64_t now_ms;
};

static struct mb_routes routes;

static enum rmq_error reg_out(const struct reg *a, struct mb_registered *out)
{
	struct rmqi_topic_config topics[4];
	struct rmqi_topic_table table = {
		.topics = topics,
		.version = {.counter = a->version, .state_version = a->state_version}};
	struct mb_registration g = {
		.cluster = RMQI_STR("C"),
		.broker_name = rmqi_str(a->broker),
		.address = rmqi_str(a->address),
		.ha_address = RMQI_STR("ha:1"),
		.broker_id = a->id,
		.is_old_version = a->is_old,
		.enable_acting_master = a->acting,
		.topics = &table,
		.conn = a->conn,
		.now_ms = a->now_ms,
	};
	enum rmq_error err;

	for (; table.topic_count < 4 && a->topics[table.topic_count]; table.topic_count++)
		ck_assert_int_eq(rmqi_topic_config_init(&topics[table.topic_count],
							a->topics[table.topic_count], 4, 4, 6),
				 RMQ_OK);
	err = mb_routes_register(&routes, &g, out);
	for (size_t i = 0; i < table.topic_count; i++)
		rmqi_topic_config_deinit(&topics[i]);
	return err;
}

static enum rmq_error reg(const struct reg *a)
{
	struct mb_registered out;

	return reg_out(a, &out);
}

static bool has_route(const char *topic)
{
	struct rmqi_route r;

	if (mb_routes_find(&routes, rmqi_str(topic), &r) != RMQ_OK)
		return false;
	mb_routes_release(&r);
	return true;
}

static int32_t perm_of(const char *topic, const char *broker)
{
	const struct mb_topic_route *t = rmqi_map_get(&routes.topics, rmqi_str(topic));
	const struct rmqi_queue_data *q = t ? rmqi_map_get(&t->queues, rmqi_str(broker)) : NULL;

	return q ? q->perm : -1;
}

static const char *address_of(const char *broker, int64_t id)
{
	const struct rmqi_broker_data *b = rmqi_map_get(&routes.brokers, rmqi_str(broker));

	for (size_t i = 0; b && i < b->address_count; i++) {
		if (b->addresses[i].id == id)
			return b->addresses[i].address;
	}
	return NULL;
}

START_TEST(register__makes_routes)
{
	mb_routes_init(&routes);

	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {"T", "U"}}),
			 RMQ_OK);
	ck_assert(has_route("T"));
	ck_assert(has_route("U"));
	ck_assert(!has_route("V"));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__refuses_one_topic_of_an_unknown_broker)
{
	mb_routes_init(&routes);

	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {"T"}}),
			 RMQ_ERR_STATE);
	ck_assert(!has_route("T"));
	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {NULL}}),
			 RMQ_OK);
	ck_assert_int_eq(
		reg(&(struct reg){.broker = "a", .address = "1:1", .version = 1, .topics = {"T"}}),
		RMQ_OK);
	ck_assert(has_route("T"));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__same_version_changes_nothing)
{
	struct reg a = {.broker = "a", .address = "1:1", .version = 5, .topics = {"T", "U"}};

	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&a), RMQ_OK);
	ck_assert_int_eq(mb_routes_set_write_perm(&routes, RMQI_STR("a"), false), 2);

	ck_assert_int_eq(reg(&a), RMQ_OK);
	ck_assert_int_eq(perm_of("T", "a"), 4);
	a.version = 6;
	ck_assert_int_eq(reg(&a), RMQ_OK);
	ck_assert_int_eq(perm_of("T", "a"), 6);

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__moves_an_address_to_its_new_id)
{
	struct reg slave = {.broker = "a", .address = "2:2", .id = 1, .topics = {"T", "U"}};

	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&slave), RMQ_OK);
	slave.id = 0;
	ck_assert_int_eq(reg(&slave), RMQ_OK);

	ck_assert_str_eq(address_of("a", 0), "2:2");
	ck_assert_ptr_null(address_of("a", 1));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__newer_state_version_keeps_the_id)
{
	mb_routes_init(&routes);
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "1:1", .state_version = 2, .topics = {"T", "U"}}),
		RMQ_OK);

	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "2:2", .state_version = 1, .topics = {"V", "W"}}),
		RMQ_OK);
	ck_assert_str_eq(address_of("a", 0), "1:1");
	ck_assert(!has_route("V"));
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "2:2", .state_version = 2, .topics = {"V", "W"}}),
		RMQ_OK);
	ck_assert_str_eq(address_of("a", 0), "2:2");

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__slave_publishes_no_topics_and_learns_its_master)
{
	struct mb_registered told;

	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {"T", "U"}}),
			 RMQ_OK);

	ck_assert_int_eq(reg_out(&(struct reg){.broker = "a",
					       .address = "2:2",
					       .id = 1,
					       .topics = {"V", "W"}},
				 &told),
			 RMQ_OK);
	ck_assert(!has_route("V"));
	ck_assert(rmqi_str_is(told.master_address, "1:1"));
	ck_assert(rmqi_str_is(told.ha_address, "ha:1"));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(register__prime_slave_acts_without_write_permission)
{
	struct reg slave = {
		.broker = "a", .address = "2:2", .id = 1, .acting = true, .topics = {"T", "U"}};

	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&slave), RMQ_OK);
	ck_assert_int_eq(perm_of("T", "a"), 4);

	slave.is_old = true;
	slave.broker = "b";
	ck_assert_int_eq(reg(&slave), RMQ_OK);
	ck_assert_int_eq(perm_of("T", "b"), -1);

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(unregister__forgets_what_only_this_broker_served)
{
	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {"T", "U"}}),
			 RMQ_OK);
	ck_assert_int_eq(reg(&(struct reg){.broker = "b", .address = "2:2", .topics = {"T", "V"}}),
			 RMQ_OK);

	mb_routes_unregister(&routes, RMQI_STR("C"), RMQI_STR("a"), RMQI_STR("1:1"), 0);
	ck_assert(has_route("T"));
	ck_assert(!has_route("U"));
	ck_assert_int_eq(perm_of("T", "a"), -1);
	mb_routes_unregister(&routes, RMQI_STR("C"), RMQI_STR("b"), RMQI_STR("2:2"), 0);
	ck_assert_uint_eq(routes.clusters.count, 0);
	ck_assert_uint_eq(routes.topics.count, 0);
	ck_assert_uint_eq(routes.live.count, 0);

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(unregister__master_of_a_group_leaves_its_topics)
{
	mb_routes_init(&routes);
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "1:1", .acting = true, .topics = {"T", "U"}}),
		RMQ_OK);
	ck_assert_int_eq(reg(&(struct reg){.broker = "a",
					   .address = "2:2",
					   .id = 1,
					   .acting = true,
					   .topics = {"T", "U"}}),
			 RMQ_OK);

	mb_routes_unregister(&routes, RMQI_STR("C"), RMQI_STR("a"), RMQI_STR("1:1"), 0);
	ck_assert_int_eq(perm_of("T", "a"), 4);

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(expiry__finds_a_silent_broker)
{
	struct mb_live *live;

	mb_routes_init(&routes);
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "1:1", .now_ms = 1000, .topics = {"T", "U"}}),
		RMQ_OK);

	ck_assert_ptr_null(mb_routes_expired(&routes, 1000 + MB_LIVE_TIMEOUT_MS));
	live = mb_routes_expired(&routes, 1001 + MB_LIVE_TIMEOUT_MS);
	ck_assert_ptr_nonnull(live);
	mb_routes_drop(&routes, live);
	ck_assert(!has_route("T"));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(conn_closed__unregisters_its_broker_only)
{
	int one, two;

	mb_routes_init(&routes);
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "a", .address = "1:1", .conn = &one, .topics = {"T", "U"}}),
		RMQ_OK);
	ck_assert_int_eq(
		reg(&(struct reg){
			.broker = "b", .address = "2:2", .conn = &two, .topics = {"V", "W"}}),
		RMQ_OK);

	mb_routes_conn_closed(&routes, &one);
	ck_assert(!has_route("T"));
	ck_assert(has_route("V"));

	mb_routes_deinit(&routes);
}
END_TEST

START_TEST(delete_topic__of_one_cluster_or_all)
{
	mb_routes_init(&routes);
	ck_assert_int_eq(reg(&(struct reg){.broker = "a", .address = "1:1", .topics = {"T", "U"}}),
			 RMQ_OK);

	mb_routes_delete_topic(&routes, RMQI_STR("T"), RMQI_STR("other"));
	ck_assert(has_route("T"));
	mb_routes_delete_topic(&routes, RMQI_STR("T"), RMQI_STR("C"));
	ck_assert(!has_route("T"));
	mb_routes_delete_topic(&routes, RMQI_STR("U"), RMQI_STR(""));
	ck_assert(!has_route("U"));

	mb_routes_deinit(&routes);
}
END_TEST

/* ---- over the wire ---- */

START_TEST(route__is_standard_json_for_new_clients)
{
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);
	char wanted[256];

	ck_assert_int_eq(peer_route(p, "TBW102"), 0);
	snprintf(wanted, sizeof(wanted),
		 "{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"%s\"},\"brokerName\":\"broker-a\","
		 "\"cluster\":\"DefaultCluster\",\"enableActingMaster\":false}],"
		 "\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"broker-a\",",
		 rig->broker);
	ck_assert_str_eq(
		strstr(peer_body(p), "\"perm\""),
		"\"perm\":7,\"readQueueNums\":8,\"topicSysFlag\":0,\"writeQueueNums\":8}]}");
	ck_assert_int_eq(strncmp(peer_body(p), wanted, strlen(wanted)), 0);
	ck_assert_int_eq(peer_route(p, "nowhere"), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(
		peer_remark(p),
		"No topic route info in name server for the topic: nowhere\nSee "
		"https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.");

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(namesrv__lists_clusters_and_topics)
{
	struct rmqi_h_get_topics_by_cluster by = {.cluster = rmqi_str("DefaultCluster")};
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);
	char wanted[256];

	ck_assert_int_eq(
		peer_ask(p, rig->namesrv, RMQI_REQ_GET_BROKER_CLUSTER_INFO, NULL, NULL, NULL), 0);
	snprintf(wanted, sizeof(wanted),
		 "{\"brokerAddrTable\":{\"broker-a\":{\"brokerAddrs\":{0:\"%s\"},\"brokerName\":"
		 "\"broker-a\",\"cluster\":\"DefaultCluster\",\"enableActingMaster\":false}},"
		 "\"clusterAddrTable\":{\"DefaultCluster\":[\"broker-a\"]}}",
		 rig->broker);
	ck_assert_str_eq(peer_body(p), wanted);
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
				  NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(p), "\"TBW102\""));
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_GET_TOPICS_BY_CLUSTER,
				  &rmqi_desc_get_topics_by_cluster, &by, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(p), "\"BenchmarkTest\""));
	ck_assert_int_eq(
		peer_ask(p, rig->namesrv, RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_NS, NULL, NULL, NULL),
		0);
	snprintf(wanted, sizeof(wanted),
		 "{\"brokerAddr\":\"%s\",\"topicList\":[\"DefaultCluster\",\"broker-a\"]}",
		 rig->broker);
	ck_assert_str_eq(peer_body(p), wanted);

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(namesrv__keeps_key_values)
{
	struct rmqi_h_put_kv_config put = {
		.namespace = rmqi_str("N"), .key = rmqi_str("k"), .value = rmqi_str("v")};
	struct rmqi_h_get_kv_config get = {.namespace = rmqi_str("N"), .key = rmqi_str("k")};
	struct rmqi_h_get_kvlist_by_namespace list = {.namespace = rmqi_str("N")};
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);
	const char *ns = rig->namesrv;

	ck_assert_int_eq(
		peer_ask(p, ns, RMQI_REQ_GET_KV_CONFIG, &rmqi_desc_get_kv_config, &get, NULL),
		RMQI_RESP_QUERY_NOT_FOUND);
	ck_assert_str_eq(peer_remark(p), "No config item, Namespace: N Key: k");
	ck_assert_int_eq(
		peer_ask(p, ns, RMQI_REQ_PUT_KV_CONFIG, &rmqi_desc_put_kv_config, &put, NULL), 0);
	ck_assert_int_eq(
		peer_ask(p, ns, RMQI_REQ_GET_KV_CONFIG, &rmqi_desc_get_kv_config, &get, NULL), 0);
	ck_assert_str_eq(peer_ext(p, "value"), "v");
	ck_assert_int_eq(peer_ask(p, ns, RMQI_REQ_GET_KVLIST_BY_NAMESPACE,
				  &rmqi_desc_get_kvlist_by_namespace, &list, NULL),
			 0);
	ck_assert_str_eq(peer_body(p), "{\"table\":{\"k\":\"v\"}}");
	ck_assert_int_eq(
		peer_ask(p, ns, RMQI_REQ_DELETE_KV_CONFIG, &rmqi_desc_delete_kv_config, &get, NULL),
		0);
	ck_assert_int_eq(peer_ask(p, ns, RMQI_REQ_PUT_KV_CONFIG, NULL, NULL, NULL),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p), "namespace or key is null");

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(namesrv__wipes_and_adds_write_permission)
{
	struct rmqi_h_wipe_write_perm_of_broker h = {.brokerName = rmqi_str(BROKER)};
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);

	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_WIPE_WRITE_PERM_OF_BROKER,
				  &rmqi_desc_wipe_write_perm_of_broker, &h, NULL),
			 0);
	ck_assert_int_gt(peer_ext_i64(p, "wipeTopicCount"), 5);
	ck_assert_int_eq(peer_route(p, "BenchmarkTest"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(p), "\"perm\":4"));
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_ADD_WRITE_PERM_OF_BROKER,
				  &rmqi_desc_wipe_write_perm_of_broker, &h, NULL),
			 0);
	ck_assert_int_gt(peer_ext_i64(p, "addTopicCount"), 5);

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(namesrv__checks_the_crc_of_a_registration)
{
	struct rmqi_h_register_broker h = {.brokerName = rmqi_str("x"),
					   .brokerAddr = rmqi_str("1:1"),
					   .clusterName = rmqi_str("c"),
					   .haServerAddr = rmqi_str("1:2")};
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);

	RMQI_SET(&h, register_broker, bodyCrc32, 12345);
	ck_assert_int_eq(peer_ask(p, rig->namesrv, RMQI_REQ_REGISTER_BROKER,
				  &rmqi_desc_register_broker, &h, "{}"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p), "crc32 not match");

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(namesrv__counts_what_it_does_not_support)
{
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);

	ck_assert_int_eq(peer_ask(p, rig->namesrv, 4711, NULL, NULL, NULL),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_str_eq(peer_remark(p), " request type 4711 not supported");
	ck_assert_int_eq(peer_ask(p, rig->broker, 4712, NULL, NULL, NULL),
			 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	ck_assert_uint_eq(mb_cluster_unsupported_count(rig->cluster), 2);
	ck_assert_uint_eq(mb_cluster_request_count(rig->cluster, 4711), 1);
	ck_assert_uint_eq(mb_cluster_request_count(rig->cluster, RMQI_REQ_REGISTER_BROKER), 1);

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(cluster__broker_comes_back_after_its_name_server_did)
{
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);

	ck_assert_int_eq(mb_cluster_namesrv_stop(rig->cluster, 0, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_namesrv_stop(rig->cluster, 0, NULL), RMQ_ERR_STATE);
	rig_advance(rig, 1000);
	ck_assert_int_eq(mb_cluster_namesrv_start(rig->cluster, 0, NULL), RMQ_OK);
	ck_assert_int_eq(peer_route(p, "TBW102"), RMQI_RESP_TOPIC_NOT_EXIST);
	rig_advance(rig, 31000);
	ck_assert_int_eq(peer_route(p, "TBW102"), 0);

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(cluster__stopped_and_crashed_brokers_lose_their_routes_at_once)
{
	struct rig *rig = rig_new(NULL);
	struct peer *p = peer_new(rig);

	for (int is_crash = 0; is_crash < 2; is_crash++) {
		ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, NULL),
				 RMQ_OK);
		rig_advance(rig, 10);
		ck_assert_int_eq(peer_route(p, "TBW102"), RMQI_RESP_TOPIC_NOT_EXIST);
		ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
		ck_assert_int_eq(peer_route(p, "TBW102"), 0);
	}

	peer_free(p);
	rig_free(rig);
}
END_TEST

START_TEST(cluster__several_of_each)
{
	struct mb_cluster_options o;
	struct rig *rig;
	struct peer *p;

	rig_options(&o);
	o.brokers = 3;
	o.namesrvs = 2;
	rig = rig_new_with(&o);
	p = peer_new(rig);

	ck_assert_ptr_nonnull(strchr(mb_cluster_namesrv(rig->cluster), ';'));
	ck_assert_int_eq(mb_cluster_create_topic(rig->cluster, "T", 5, NULL), RMQ_OK);
	ck_assert_int_eq(peer_route(p, "T"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(p), "\"brokerName\":\"broker-c\",\"perm\":6,"
						   "\"readQueueNums\":5"));
	ck_assert_ptr_null(mb_cluster_broker_address(rig->cluster, "broker-d"));
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, "broker-d", false, NULL),
			 RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(mb_cluster_create_topic(rig->cluster, "a/b", 5, NULL),
			 RMQ_ERR_INVALID_ARGUMENT);

	peer_free(p);
	rig_free(rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		register__makes_routes,
		register__refuses_one_topic_of_an_unknown_broker,
		register__same_version_changes_nothing,
		register__moves_an_address_to_its_new_id,
		register__newer_state_version_keeps_the_id,
		register__slave_publishes_no_topics_and_learns_its_master,
		register__prime_slave_acts_without_write_permission,
		unregister__forgets_what_only_this_broker_served,
		unregister__master_of_a_group_leaves_its_topics,
		expiry__finds_a_silent_broker,
		conn_closed__unregisters_its_broker_only,
		delete_topic__of_one_cluster_or_all,
		route__is_standard_json_for_new_clients,
		namesrv__lists_clusters_and_topics,
		namesrv__keeps_key_values,
		namesrv__wipes_and_adds_write_permission,
		namesrv__checks_the_crc_of_a_registration,
		namesrv__counts_what_it_does_not_support,
		cluster__broker_comes_back_after_its_name_server_did,
		cluster__stopped_and_crashed_brokers_lose_their_routes_at_once,
		cluster__several_of_each,
	};

	return run_suite("routes", tests, sizeof(tests) / sizeof(tests[0]));
}
