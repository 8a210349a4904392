/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "client/route.h"
#include "tests/support/suite.h"

static struct rmqi_topic_route *route_from(const char *json, int32_t default_queues, unsigned first)
{
	struct rmqi_route route;
	struct rmqi_topic_route *r = NULL;

	ck_assert_int_eq(rmqi_route_decode(rmqi_cursor(json, strlen(json)), &route), RMQ_OK);
	ck_assert_int_eq(rmqi_topic_route_new("T", &route, default_queues, first, &r), RMQ_OK);
	return r;
}

#define BROKERS                                                                       \
	"\"brokerDatas\":[{\"brokerAddrs\":{0:\"1.1.1.1:1\",1:\"1.1.1.2:1\"},"        \
	"\"brokerName\":\"a\",\"cluster\":\"c\"},"                                    \
	"{\"brokerAddrs\":{1:\"2.2.2.2:2\"},\"brokerName\":\"b\",\"cluster\":\"c\"}," \
	"{\"brokerAddrs\":{0:\"3.3.3.3:3\"},\"brokerName\":\"c\",\"cluster\":\"c\"}]"

#define QUEUE(name, perm, read, write)                                             \
	"{\"brokerName\":\"" name "\",\"perm\":" #perm ",\"readQueueNums\":" #read \
	",\"writeQueueNums\":" #write "}"

static const char three_brokers[] = "{" BROKERS ",\"queueDatas\":[" QUEUE("c", 2, 1, 1) "," QUEUE(
	"b", 6, 2, 2) "," QUEUE("a", 6, 3, 2) "]}";

START_TEST(route__sends_only_to_writable_queues_of_masters)
{
	struct rmqi_topic_route *r = route_from(three_brokers, 0, 0);

	/* b has no master; a comes before c. */
	ck_assert_uint_eq(r->publish_count, 3);
	ck_assert_str_eq(r->publish[0].broker_name, "a");
	ck_assert_str_eq(r->publish[0].address, "1.1.1.1:1");
	ck_assert_int_eq(r->publish[1].queue_id, 1);
	ck_assert_str_eq(r->publish[2].address, "3.3.3.3:3");
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__reads_from_every_readable_queue_in_order)
{
	struct rmqi_topic_route *r = route_from(three_brokers, 0, 0);

	/* c cannot be read; a replica of b is enough. */
	ck_assert_uint_eq(r->subscribe_count, 5);
	ck_assert_str_eq(r->subscribe[0].broker_name, "a");
	ck_assert_int_eq(r->subscribe[2].queue_id, 2);
	ck_assert_str_eq(r->subscribe[4].broker_name, "b");
	ck_assert_str_eq(r->subscribe[4].topic, "T");
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__order_configuration_names_the_queues)
{
	struct rmqi_topic_route *r = route_from(
		"{" BROKERS ",\"orderTopicConf\":\"c:1;a:2;nobody:4;a:x\",\"queueDatas\":[" QUEUE(
			"a", 6, 4, 4) "," QUEUE("c", 6, 4, 4) "]}",
		0, 0);

	ck_assert_uint_eq(r->publish_count, 3);
	ck_assert_str_eq(r->publish[0].broker_name, "c");
	ck_assert_str_eq(r->publish[2].broker_name, "a");
	ck_assert_int_eq(r->publish[2].queue_id, 1);
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__a_default_route_is_capped)
{
	struct rmqi_topic_route *r =
		route_from("{" BROKERS ",\"queueDatas\":[" QUEUE("a", 7, 8, 8) "]}", 4, 0);

	ck_assert(r->is_default);
	ck_assert_uint_eq(r->publish_count, 4);
	ck_assert_uint_eq(r->subscribe_count, 4);
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__takes_queues_in_turn)
{
	struct rmqi_topic_route *r = route_from(three_brokers, 0, 1);

	ck_assert_int_eq(rmqi_topic_route_choose(r, NULL)->queue_id, 1);
	ck_assert_str_eq(rmqi_topic_route_choose(r, NULL)->broker_name, "c");
	ck_assert_int_eq(rmqi_topic_route_choose(r, NULL)->queue_id, 0);
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__avoids_a_broker_while_there_is_another)
{
	struct rmqi_topic_route *r = route_from(three_brokers, 0, 0);
	struct rmqi_topic_route *only =
		route_from("{" BROKERS ",\"queueDatas\":[" QUEUE("a", 6, 2, 2) "]}", 0, 0);

	for (int i = 0; i < 10; i++)
		ck_assert_str_eq(rmqi_topic_route_choose(r, "a")->broker_name, "c");
	ck_assert_str_eq(rmqi_topic_route_choose(only, "a")->broker_name, "a");
	rmqi_topic_route_unref(only);
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__the_only_broker_is_asked_for_another_queue)
{
	struct rmqi_topic_route *only =
		route_from("{" BROKERS ",\"queueDatas\":[" QUEUE("a", 6, 4, 4) "]}", 0, 0);

	for (int i = 0; i < 10; i++) {
		int32_t before = rmqi_topic_route_choose(only, NULL)->queue_id;

		ck_assert_int_ne(rmqi_topic_route_choose(only, "a")->queue_id, before);
	}
	rmqi_topic_route_unref(only);
}
END_TEST

START_TEST(route__with_absurd_queue_counts_is_refused)
{
	static const char *const texts[] = {
		"{" BROKERS ",\"queueDatas\":[" QUEUE("a", 6, 2147483647, 4) "]}",
		"{" BROKERS ",\"queueDatas\":[" QUEUE("a", 6, 4, 2147483647) "]}",
		"{" BROKERS ",\"queueDatas\":[" QUEUE("a", 6, -1, 4) "]}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct rmqi_topic_route *r = NULL;
		struct rmqi_route route;

		ck_assert_int_eq(rmqi_route_decode(rmqi_cursor(texts[i], strlen(texts[i])), &route),
				 RMQ_OK);
		ck_assert_int_eq(rmqi_topic_route_new("T", &route, 0, 0, &r), RMQ_ERR_PROTOCOL);
		ck_assert_ptr_null(r);
	}
}
END_TEST

START_TEST(route__without_queues_chooses_none)
{
	struct rmqi_topic_route *r = route_from("{\"brokerDatas\":[],\"queueDatas\":[]}", 0, 0);

	ck_assert_ptr_null(rmqi_topic_route_choose(r, NULL));
	rmqi_topic_route_unref(r);
}
END_TEST

START_TEST(route__finds_a_replica_as_java_does)
{
	struct rmqi_topic_route *r = route_from(three_brokers, 0, 0);
	int64_t id = -1;

	ck_assert_str_eq(rmqi_topic_route_address(r, "a", 1, true, NULL), "1.1.1.2:1");
	ck_assert_ptr_null(rmqi_topic_route_address(r, "b", 0, true, NULL));
	ck_assert_str_eq(rmqi_topic_route_address(r, "b", 0, false, &id), "2.2.2.2:2");
	ck_assert_int_eq(id, 1);
	ck_assert_str_eq(rmqi_topic_route_address(r, "a", 7, false, &id), "1.1.1.1:1");
	ck_assert_int_eq(id, 0);
	ck_assert_ptr_null(rmqi_topic_route_address(r, "nobody", 0, false, NULL));
	rmqi_topic_route_unref(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		route__sends_only_to_writable_queues_of_masters,
		route__reads_from_every_readable_queue_in_order,
		route__order_configuration_names_the_queues,
		route__a_default_route_is_capped,
		route__takes_queues_in_turn,
		route__avoids_a_broker_while_there_is_another,
		route__the_only_broker_is_asked_for_another_queue,
		route__with_absurd_queue_counts_is_refused,
		route__without_queues_chooses_none,
		route__finds_a_replica_as_java_does,
	};

	return run_suite("route", tests, sizeof(tests) / sizeof(tests[0]));
}
