/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Output of LockBatchRequestBody.encode. */
static const char lock_json[] =
	"{\"clientId\":\"c\",\"consumerGroup\":\"cg\",\"mqSet\":[{\"brokerName\":\"broker-a\","
	"\"queueId\":0,\"topic\":\"T\"}],\"onlyThisBroker\":false}";
static const char locked_json[] =
	"{\"lockOKMQSet\":[{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}]}";
static const char list_json[] = "{\"consumerIdList\":[\"id1\",\"id2\"]}";

static struct rmqi_queue queue(const char *topic, const char *broker, int32_t id)
{
	struct rmqi_queue q;

	ck_assert_int_eq(rmqi_queue_init(&q, topic, broker, id), RMQ_OK);
	return q;
}

static int compare(struct rmqi_queue a, struct rmqi_queue b)
{
	int order = rmqi_queue_cmp(&a, &b);

	rmqi_queue_deinit(&a);
	rmqi_queue_deinit(&b);
	return order;
}

START_TEST(queue__order_is_topic_broker_id)
{
	ck_assert_int_eq(compare(queue("T", "b", 1), queue("T", "b", 1)), 0);
	ck_assert_int_lt(compare(queue("S", "c", 2), queue("T", "b", 1)), 0);
	ck_assert_int_gt(compare(queue("T", "b", 1), queue("T", "a", 2)), 0);
	ck_assert_int_lt(compare(queue("T", "b", INT32_MIN), queue("T", "b", INT32_MAX)), 0);
}
END_TEST

START_TEST(lock_body__round_trip_of_a_request)
{
	struct rmqi_lock_body l = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_lock_request_decode(text_cursor(lock_json), &l), RMQ_OK);
	ck_assert_str_eq(l.client_id, "c");
	ck_assert_str_eq(l.consumer_group, "cg");
	ck_assert_uint_eq(l.queue_count, 1);
	ck_assert_str_eq(l.queues[0].topic, "T");
	ck_assert_str_eq(l.queues[0].broker_name, "broker-a");
	ck_assert_int_eq(l.queues[0].queue_id, 0);
	ck_assert(!l.only_this_broker);

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_lock_request_encode(&l, &b), RMQ_OK);
	expect_text(&b, lock_json);
	rmqi_buf_deinit(&b);
	rmqi_lock_body_deinit(&l);
	rmqi_lock_body_deinit(&l);
}
END_TEST

START_TEST(lock_body__round_trip_of_an_answer)
{
	struct rmqi_lock_body l = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_lock_response_decode(text_cursor(locked_json), &l), RMQ_OK);
	ck_assert_ptr_null(l.client_id);
	ck_assert_uint_eq(l.queue_count, 1);

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_lock_response_encode(&l, &b), RMQ_OK);
	expect_text(&b, locked_json);
	rmqi_buf_deinit(&b);
	rmqi_lock_body_deinit(&l);
}
END_TEST

START_TEST(lock_body__set_may_be_absent_or_null)
{
	static const char *const texts[] = {"{}", "{\"mqSet\":null}", "{\"mqSet\":[]}"};
	struct rmqi_lock_body l = {0};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++) {
		ck_assert_int_eq(rmqi_lock_request_decode(text_cursor(texts[i]), &l), RMQ_OK);
		ck_assert_uint_eq(l.queue_count, 0);
		rmqi_lock_body_deinit(&l);
	}
}
END_TEST

START_TEST(lock_body__refuses_what_is_no_queue)
{
	static const char *const texts[] = {
		"[]",
		"{\"mqSet\":{}}",
		"{\"mqSet\":[1]}",
		"{\"mqSet\":[null]}",
		"{\"mqSet\":[{\"topic\":\"T\"}]}",
		"{\"mqSet\":[{\"topic\":\"T\",\"brokerName\":null}]}",
		"{\"mqSet\":[{\"topic\":\"T\",\"brokerName\":\"b\",\"queueId\":2147483648}]}",
		"{\"mqSet\":[{\"topic\":\"T\",\"brokerName\":\"b\",\"queueId\":\"x\"}]}",
	};
	struct rmqi_lock_body l = {.queue_count = 77};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		ck_assert_int_eq(rmqi_lock_request_decode(text_cursor(texts[i]), &l),
				 RMQ_ERR_PROTOCOL);
	ck_assert_uint_eq(l.queue_count, 77);
}
END_TEST

static enum rmq_error try_lock(struct rmqi_cursor c)
{
	struct rmqi_lock_body l;
	enum rmq_error err = rmqi_lock_request_decode(c, &l);

	if (err == RMQ_OK)
		rmqi_lock_body_deinit(&l);
	return err;
}

START_TEST(lock_body__refuses_every_truncation)
{
	refuses_every_truncation(lock_json, sizeof(lock_json) - 1, try_lock);
}
END_TEST

START_TEST(consumer_list__round_trip)
{
	char **ids = NULL;
	size_t count = 0;
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_consumer_list_decode(text_cursor(list_json), &ids, &count), RMQ_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(ids[0], "id1");
	ck_assert_str_eq(ids[1], "id2");

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_consumer_list_encode(ids, count, &b), RMQ_OK);
	expect_text(&b, list_json);
	rmqi_buf_deinit(&b);
	rmqi_strings_free(ids, count);
	rmqi_strings_free(NULL, 0);
}
END_TEST

START_TEST(consumer_list__may_be_empty)
{
	char **ids = NULL;
	size_t count = 7;

	ck_assert_int_eq(rmqi_consumer_list_decode(text_cursor("{}"), &ids, &count), RMQ_OK);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(
		rmqi_consumer_list_decode(text_cursor("{\"consumerIdList\":[null]}"), &ids, &count),
		RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(consumer_list__encodes_all_or_nothing)
{
	char id[] = "some-id";
	char *ids[] = {id};
	struct rmqi_buf b;

	rmqi_buf_init(&b, 20);
	ck_assert_int_eq(rmqi_consumer_list_encode(ids, 1, &b), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
}
END_TEST

static enum rmq_error lock_and_list(void)
{
	char **ids;
	size_t count;
	enum rmq_error err = try_lock(text_cursor(lock_json));

	if (err == RMQ_OK)
		err = rmqi_consumer_list_decode(text_cursor(list_json), &ids, &count);
	if (err == RMQ_OK)
		rmqi_strings_free(ids, count);
	return err;
}

START_TEST(bodies_of_queues__survive_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(lock_and_list), 8);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		queue__order_is_topic_broker_id,
		lock_body__round_trip_of_a_request,
		lock_body__round_trip_of_an_answer,
		lock_body__set_may_be_absent_or_null,
		lock_body__refuses_what_is_no_queue,
		lock_body__refuses_every_truncation,
		consumer_list__round_trip,
		consumer_list__may_be_empty,
		consumer_list__encodes_all_or_nothing,
		bodies_of_queues__survive_lack_of_memory,
	};

	return run_suite("body_queue", tests, RMQI_COUNT(tests));
}
