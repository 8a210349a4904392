/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* The same route in both encodings, output of a real name server: doc/reference/json.md. */
static const char old_json[] =
	"{\"brokerDatas\":[{\"brokerAddrs\":{0:\"127.0.0.1:10911\",1:\"127.0.0.1:10921\"},"
	"\"brokerName\":\"broker-a\",\"cluster\":\"DefaultCluster\",\"enableActingMaster\":false}],"
	"\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"broker-a\",\"perm\":6,"
	"\"readQueueNums\":4,\"topicSysFlag\":0,\"writeQueueNums\":4}]}";
static const char standard_json[] =
	"{\"brokerDatas\":[{\"brokerAddrs\":{\"0\":\"127.0.0.1:10911\",\"1\":\"127.0.0.1:10921\"},"
	"\"brokerName\":\"broker-a\",\"cluster\":\"DefaultCluster\",\"enableActingMaster\":false}],"
	"\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"broker-a\",\"perm\":6,"
	"\"readQueueNums\":4,\"topicSysFlag\":0,\"writeQueueNums\":4}]}";

static struct rmqi_route decoded(const char *text)
{
	struct rmqi_route r = {0};

	ck_assert_int_eq(rmqi_route_decode(text_cursor(text), &r), RMQ_OK);
	return r;
}

static void encodes_as(const struct rmqi_route *r, bool is_standard, const char *text)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_route_encode(r, is_standard, &b), RMQ_OK);
	expect_text(&b, text);
	rmqi_buf_deinit(&b);
}

START_TEST(route__decodes_both_forms)
{
	struct rmqi_route a = decoded(old_json), b = decoded(standard_json);

	ck_assert_uint_eq(a.broker_count, 1);
	ck_assert_str_eq(a.brokers[0].broker_name, "broker-a");
	ck_assert_str_eq(a.brokers[0].cluster, "DefaultCluster");
	ck_assert_uint_eq(a.brokers[0].address_count, 2);
	ck_assert_int_eq(a.brokers[0].addresses[0].id, 0);
	ck_assert_str_eq(a.brokers[0].addresses[0].address, "127.0.0.1:10911");
	ck_assert_int_eq(a.brokers[0].addresses[1].id, 1);
	ck_assert_ptr_null(a.brokers[0].zone_name);
	ck_assert_ptr_null(a.order_topic_conf);
	ck_assert_uint_eq(a.queue_count, 1);
	ck_assert_int_eq(a.queues[0].perm, 6);
	ck_assert_int_eq(a.queues[0].read_queue_nums, 4);
	ck_assert_int_eq(a.queues[0].write_queue_nums, 4);
	ck_assert(rmqi_route_eq(&a, &b));
	rmqi_route_deinit(&a);
	rmqi_route_deinit(&b);
	rmqi_route_deinit(&b);
}
END_TEST

START_TEST(route__encodes_both_forms)
{
	struct rmqi_route r = decoded(old_json);

	encodes_as(&r, false, old_json);
	encodes_as(&r, true, standard_json);
	rmqi_route_deinit(&r);
}
END_TEST

START_TEST(route__sorts_by_broker_name_and_id)
{
	struct rmqi_route r =
		decoded("{brokerDatas:[{brokerName:\"b\",brokerAddrs:{}},"
			"{brokerName:\"a\",brokerAddrs:{10:\"z\",2:\"y\",0:\"x\"}}],"
			"queueDatas:[{brokerName:\"b\",perm:4},{brokerName:\"a\",perm:2}]}");

	ck_assert_str_eq(r.brokers[0].broker_name, "a");
	ck_assert_str_eq(r.brokers[0].cluster, "");
	ck_assert_int_eq(r.brokers[0].addresses[0].id, 0);
	ck_assert_int_eq(r.brokers[0].addresses[1].id, 2);
	ck_assert_int_eq(r.brokers[0].addresses[2].id, 10);
	ck_assert_str_eq(r.brokers[1].broker_name, "b");
	ck_assert_str_eq(r.queues[0].broker_name, "a");
	ck_assert_int_eq(r.queues[0].perm, 2);
	rmqi_route_deinit(&r);
}
END_TEST

START_TEST(route__reads_old_names_and_skips_unknown_ones)
{
	struct rmqi_route r = decoded(
		"{\"orderTopicConf\":\"broker-a:4\",\"topicQueueMappingByBroker\":{\"x\":[1,{}]},"
		"\"filterServerTable\":{\"a\":[\"b\"]},\"brokerDatas\":null,\"queueDatas\":"
		"[{\"brokerName\":\"a\",\"topicSynFlag\":3,\"new\":{}}]}");

	ck_assert_str_eq(r.order_topic_conf, "broker-a:4");
	ck_assert_uint_eq(r.broker_count, 0);
	ck_assert_int_eq(r.queues[0].topic_sys_flag, 3);
	encodes_as(&r, true,
		   "{\"brokerDatas\":[],\"filterServerTable\":{},\"orderTopicConf\":\"broker-a:4\","
		   "\"queueDatas\":[{\"brokerName\":\"a\",\"perm\":0,\"readQueueNums\":0,"
		   "\"topicSysFlag\":3,\"writeQueueNums\":0}]}");
	rmqi_route_deinit(&r);
}
END_TEST

START_TEST(route__standard_form_is_ascii)
{
	struct rmqi_route r = decoded("{\"orderTopicConf\":\"\xe4\xb8\xad\xf0\x9f\x98\x80\"}");

	encodes_as(&r, true,
		   "{\"brokerDatas\":[],\"filterServerTable\":{},"
		   "\"orderTopicConf\":\"\\u4E2D\\uD83D\\uDE00\",\"queueDatas\":[]}");
	encodes_as(&r, false,
		   "{\"brokerDatas\":[],\"filterServerTable\":{},"
		   "\"orderTopicConf\":\"\xe4\xb8\xad\xf0\x9f\x98\x80\",\"queueDatas\":[]}");
	rmqi_route_deinit(&r);
}
END_TEST

START_TEST(route__tells_a_difference)
{
	static const char *const changes[] = {"127.0.0.1:10911", "broker-a",      "DefaultCluster",
					      "\"1\":",          "\"perm\":6",    "Nums\":4",
					      "SysFlag\":0",     "Master\":false"};
	struct rmqi_route r = decoded(standard_json), other;

	for (size_t i = 0; i < RMQI_COUNT(changes); i++) {
		char text[sizeof(standard_json)];
		char *at;

		memcpy(text, standard_json, sizeof(text));
		at = strstr(text, changes[i]) + strlen(changes[i]) - 1;
		if (memcmp(at - 4, "false", 5) == 0)
			memcpy(at - 4, " true", 5);
		else if (*at == ':')
			at[-2] = '7';
		else
			*at = '7';
		other = decoded(text);
		ck_assert_msg(!rmqi_route_eq(&r, &other), "%s", changes[i]);
		rmqi_route_deinit(&other);
	}
	rmqi_route_deinit(&r);
}
END_TEST

START_TEST(route__refuses_other_kinds)
{
	static const char *const texts[] = {
		"",
		"7",
		"{\"queueDatas\":{}}",
		"{\"queueDatas\":[{}]}",
		"{\"queueDatas\":[\"x\"]}",
		"{\"queueDatas\":[{\"brokerName\":\"a\",\"perm\":[]}]}",
		"{\"queueDatas\":[{\"brokerName\":\"a\",\"perm\":4294967296}]}",
		"{\"brokerDatas\":[{\"brokerName\":\"a\",\"brokerAddrs\":{\"x\":\"y\"}}]}",
		"{\"brokerDatas\":[{\"brokerName\":\"a\",\"brokerAddrs\":{\"0\":null}}]}",
		"{\"brokerDatas\":[{\"brokerName\":\"a\",\"brokerAddrs\":[]}]}",
		"{\"orderTopicConf\":[]}",
	};
	struct rmqi_route r = {.queue_count = 77};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		ck_assert_msg(rmqi_route_decode(text_cursor(texts[i]), &r) == RMQ_ERR_PROTOCOL,
			      "%s", texts[i]);
	ck_assert_uint_eq(r.queue_count, 77);
}
END_TEST

/* What RouteInfoManager of 5.3 answers for a static topic, shortened. */
START_TEST(route__tells_a_static_topic)
{
	static const char mapped[] =
		"{\"brokerDatas\":[],\"queueDatas\":[],\"topicQueueMappingByBroker\":{\"broker-a\":{"
		"\"bname\":\"broker-a\",\"currIdMap\":{0:0,1:1},\"dirty\":false,\"epoch\":1764,"
		"\"scope\":\"__global__\",\"topic\":\"S\",\"totalQueues\":4}}}";
	struct rmqi_route a = decoded(mapped), b = decoded(old_json);
	struct rmqi_route c = decoded("{\"topicQueueMappingByBroker\":{}}");

	ck_assert(a.is_static);
	ck_assert(!b.is_static);
	ck_assert(!c.is_static);
	ck_assert(!rmqi_route_eq(&a, &c));
	rmqi_route_deinit(&a);
	rmqi_route_deinit(&b);
	rmqi_route_deinit(&c);
}
END_TEST

static enum rmq_error try_route(struct rmqi_cursor c)
{
	struct rmqi_route r;
	enum rmq_error err = rmqi_route_decode(c, &r);

	if (err == RMQ_OK)
		rmqi_route_deinit(&r);
	return err;
}

START_TEST(route__refuses_every_truncation)
{
	refuses_every_truncation(old_json, sizeof(old_json) - 1, try_route);
}
END_TEST

static enum rmq_error decode_route(void)
{
	return try_route(text_cursor(old_json));
}

START_TEST(route__survives_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_route), 8);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		route__decodes_both_forms,          route__encodes_both_forms,
		route__sorts_by_broker_name_and_id, route__reads_old_names_and_skips_unknown_ones,
		route__standard_form_is_ascii,      route__tells_a_difference,
		route__refuses_other_kinds,         route__refuses_every_truncation,
		route__survives_lack_of_memory,     route__tells_a_static_topic,
	};

	return run_suite("body_route", tests, RMQI_COUNT(tests));
}
