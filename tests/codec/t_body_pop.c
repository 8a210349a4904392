/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_pop.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Output of QueryAssignmentRequestBody.encode. */
static const char query_json[] = "{\"clientId\":\"c\",\"consumerGroup\":\"cg\",\"messageModel\":"
				 "\"CLUSTERING\",\"strategyName\":\"AVG\",\"topic\":\"T\"}";
/* Output of QueryAssignmentResponseBody.encode. */
static const char assigned_json[] =
	"{\"messageQueueAssignments\":[{\"messageQueue\":{\"brokerName\":\"broker-a\",\"queueId\":-1,"
	"\"topic\":\"T\"},\"mode\":\"POP\"},{\"messageQueue\":{\"brokerName\":\"broker-b\","
	"\"queueId\":2,\"topic\":\"T\"},\"mode\":\"PULL\"}]}";
/* Output of SetMessageRequestModeRequestBody.encode. */
static const char mode_json[] =
	"{\"consumerGroup\":\"cg\",\"mode\":\"POP\",\"popShareQueueNum\":8,\"topic\":\"T\"}";
/* Output of BatchAckMessageRequestBody.encode. */
static const char acks_json[] =
	"{\"acks\":[{\"b\":\"AQI=\",\"c\":\"cg\",\"it\":4,\"pt\":3,\"q\":1,\"r\":\"0\",\"rq\":2,"
	"\"so\":100,\"t\":\"T\"}],\"brokerName\":\"broker-a\"}";

static struct rmqi_buf out;

static void open_all(void)
{
	rmqi_buf_init(&out, GOLDEN_MAX);
}

static void close_all(void)
{
	rmqi_buf_deinit(&out);
}

/* --- Assignments ------------------------------------------------------------------------------- */

START_TEST(assignment_query__round_trip)
{
	struct rmqi_assignment_query q;

	ck_assert_int_eq(rmqi_assignment_query_decode(text_cursor(query_json), &q), RMQ_OK);
	ck_assert_str_eq(q.client_id, "c");
	ck_assert_str_eq(q.consumer_group, "cg");
	ck_assert_str_eq(q.message_model, "CLUSTERING");
	ck_assert_str_eq(q.strategy_name, "AVG");
	ck_assert_str_eq(q.topic, "T");
	ck_assert_int_eq(rmqi_assignment_query_encode(&q, &out), RMQ_OK);
	expect_text(&out, query_json);
	rmqi_assignment_query_deinit(&q);
	rmqi_assignment_query_deinit(&q);
}
END_TEST

START_TEST(assignments__round_trip)
{
	struct rmqi_assignments a;

	ck_assert_int_eq(rmqi_assignments_decode(text_cursor(assigned_json), &a), RMQ_OK);
	ck_assert(a.is_told);
	ck_assert_uint_eq(a.count, 2);
	ck_assert(a.items[0].is_pop && !a.items[1].is_pop);
	ck_assert_int_eq(a.items[0].queue.queue_id, -1);
	ck_assert_str_eq(a.items[1].queue.broker_name, "broker-b");
	ck_assert_int_eq(rmqi_assignments_encode(&a, &out), RMQ_OK);
	expect_text(&out, assigned_json);
	rmqi_assignments_deinit(&a);
	rmqi_assignments_deinit(&a);
}
END_TEST

START_TEST(assignments__none_is_not_untold)
{
	struct rmqi_assignments a;

	ck_assert_int_eq(rmqi_assignments_decode(text_cursor("{}"), &a), RMQ_OK);
	ck_assert(!a.is_told);
	ck_assert_int_eq(rmqi_assignments_encode(&a, &out), RMQ_OK);
	expect_text(&out, "{}");
	rmqi_buf_reset(&out);
	ck_assert_int_eq(
		rmqi_assignments_decode(text_cursor("{\"messageQueueAssignments\":[]}"), &a),
		RMQ_OK);
	ck_assert(a.is_told);
	ck_assert_uint_eq(a.count, 0);
	ck_assert_int_eq(rmqi_assignments_encode(&a, &out), RMQ_OK);
	expect_text(&out, "{\"messageQueueAssignments\":[]}");
	rmqi_assignments_deinit(&a);
}
END_TEST

START_TEST(assignments__without_a_queue_are_passed_over)
{
	struct rmqi_assignments a;

	ck_assert_int_eq(
		rmqi_assignments_decode(
			text_cursor("{\"messageQueueAssignments\":[{\"mode\":\"POP\"},"
				    "{\"messageQueue\":{\"brokerName\":\"b\",\"queueId\":0,"
				    "\"topic\":\"T\"},\"mode\":null}]}"),
			&a),
		RMQ_OK);
	ck_assert_uint_eq(a.count, 1);
	ck_assert(!a.items[0].is_pop);
	rmqi_assignments_deinit(&a);
}
END_TEST

/* --- Request mode ------------------------------------------------------------------------------- */

START_TEST(request_mode__round_trip)
{
	struct rmqi_request_mode m;

	ck_assert_int_eq(rmqi_request_mode_decode(text_cursor(mode_json), &m), RMQ_OK);
	ck_assert_str_eq(m.consumer_group, "cg");
	ck_assert_str_eq(m.topic, "T");
	ck_assert(m.is_pop);
	ck_assert_int_eq(m.share_queues, 8);
	ck_assert_int_eq(rmqi_request_mode_encode(&m, &out), RMQ_OK);
	expect_text(&out, mode_json);
	rmqi_request_mode_deinit(&m);
}
END_TEST

START_TEST(request_mode__is_pull_unless_said)
{
	struct rmqi_request_mode m;

	ck_assert_int_eq(rmqi_request_mode_decode(
				 text_cursor("{\"consumerGroup\":\"cg\",\"topic\":\"T\"}"), &m),
			 RMQ_OK);
	ck_assert(!m.is_pop);
	ck_assert_int_eq(m.share_queues, 0);
	rmqi_request_mode_deinit(&m);
}
END_TEST

/* --- Batch ack ---------------------------------------------------------------------------------- */

START_TEST(batch_acks__round_trip)
{
	struct rmqi_batch_acks b;

	ck_assert_int_eq(rmqi_batch_acks_decode(text_cursor(acks_json), &b), RMQ_OK);
	ck_assert_str_eq(b.broker_name, "broker-a");
	ck_assert_uint_eq(b.count, 1);
	ck_assert_str_eq(b.acks[0].consumer_group, "cg");
	ck_assert_str_eq(b.acks[0].topic, "T");
	ck_assert_int_eq(b.acks[0].mark, RMQI_POP_NORMAL);
	ck_assert_int_eq(b.acks[0].start, 100);
	ck_assert_int_eq(b.acks[0].queue_id, 1);
	ck_assert_int_eq(b.acks[0].revive_queue, 2);
	ck_assert_int_eq(b.acks[0].pop_ms, 3);
	ck_assert_int_eq(b.acks[0].invisible_ms, 4);
	ck_assert_uint_eq(b.acks[0].bits_len, 2);
	ck_assert_uint_eq(b.acks[0].bits[0], 1);
	ck_assert_uint_eq(b.acks[0].bits[1], 2);
	ck_assert_int_eq(rmqi_batch_acks_encode(&b, &out), RMQ_OK);
	expect_text(&out, acks_json);
	rmqi_batch_acks_deinit(&b);
}
END_TEST

START_TEST(batch_acks__long_names_are_read)
{
	struct rmqi_batch_acks b;

	ck_assert_int_eq(
		rmqi_batch_acks_decode(
			text_cursor(
				"{\"acks\":[{\"bitSet\":\"AQI=\",\"consumerGroup\":\"cg\","
				"\"invisibleTime\":4,\"popTime\":3,\"queueId\":1,\"retry\":\"0\","
				"\"reviveQueueId\":2,\"startOffset\":100,\"topic\":\"T\"}],"
				"\"brokerName\":\"broker-a\"}"),
			&b),
		RMQ_OK);
	ck_assert_int_eq(rmqi_batch_acks_encode(&b, &out), RMQ_OK);
	expect_text(&out, acks_json);
	rmqi_batch_acks_deinit(&b);
}
END_TEST

START_TEST(batch_acks__refuse_what_is_none)
{
	static const char *const texts[] = {
		"[]",
		"{\"acks\":{}}",
		"{\"acks\":[{\"b\":\"A?I=\"}]}",
		"{\"acks\":[{\"r\":\"3\"}]}",
		"{\"acks\":[{\"q\":2147483648}]}",
	};
	struct rmqi_batch_acks b = {.count = 77};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		ck_assert_int_eq(rmqi_batch_acks_decode(text_cursor(texts[i]), &b),
				 RMQ_ERR_PROTOCOL);
	ck_assert_uint_eq(b.count, 77);
}
END_TEST

START_TEST(batch_acks__a_full_buffer_keeps_what_was_there)
{
	struct rmqi_batch_acks b;
	struct rmqi_buf small;

	ck_assert_int_eq(rmqi_batch_acks_decode(text_cursor(acks_json), &b), RMQ_OK);
	for (size_t max = 1; max < sizeof(acks_json); max++) {
		rmqi_buf_init(&small, max);
		rmqi_buf_add_u8(&small, '!');
		ck_assert_int_eq(rmqi_batch_acks_encode(&b, &small), RMQ_ERR_TOO_LARGE);
		ck_assert_uint_eq(small.len, 1);
		rmqi_buf_deinit(&small);
	}
	rmqi_batch_acks_deinit(&b);
}
END_TEST

/* --- Hardships ---------------------------------------------------------------------------------- */

static enum rmq_error try_query(struct rmqi_cursor c)
{
	struct rmqi_assignment_query q = {0};
	enum rmq_error err = rmqi_assignment_query_decode(c, &q);

	rmqi_assignment_query_deinit(&q);
	return err;
}

static enum rmq_error try_assignments(struct rmqi_cursor c)
{
	struct rmqi_assignments a = {0};
	enum rmq_error err = rmqi_assignments_decode(c, &a);

	rmqi_assignments_deinit(&a);
	return err;
}

static enum rmq_error try_mode(struct rmqi_cursor c)
{
	struct rmqi_request_mode m = {0};
	enum rmq_error err = rmqi_request_mode_decode(c, &m);

	rmqi_request_mode_deinit(&m);
	return err;
}

static enum rmq_error try_acks(struct rmqi_cursor c)
{
	struct rmqi_batch_acks b = {0};
	enum rmq_error err = rmqi_batch_acks_decode(c, &b);

	rmqi_batch_acks_deinit(&b);
	return err;
}

START_TEST(bodies__refuse_every_truncation)
{
	refuses_every_truncation(query_json, sizeof(query_json) - 1, try_query);
	refuses_every_truncation(assigned_json, sizeof(assigned_json) - 1, try_assignments);
	refuses_every_truncation(mode_json, sizeof(mode_json) - 1, try_mode);
	refuses_every_truncation(acks_json, sizeof(acks_json) - 1, try_acks);
}
END_TEST

static enum rmq_error decode_all(void)
{
	enum rmq_error err = try_query(text_cursor(query_json));

	if (err == RMQ_OK)
		err = try_assignments(text_cursor(assigned_json));
	if (err == RMQ_OK)
		err = try_mode(text_cursor(mode_json));
	return err != RMQ_OK ? err : try_acks(text_cursor(acks_json));
}

START_TEST(bodies__survive_a_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_all), 10);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		assignment_query__round_trip,    assignments__round_trip,
		assignments__none_is_not_untold, assignments__without_a_queue_are_passed_over,
		request_mode__round_trip,        request_mode__is_pull_unless_said,
		batch_acks__round_trip,          batch_acks__long_names_are_read,
		batch_acks__refuse_what_is_none, batch_acks__a_full_buffer_keeps_what_was_there,
		bodies__refuse_every_truncation, bodies__survive_a_lack_of_memory,
	};

	struct suite s;

	suite_open(&s, "body_pop");
	tcase_add_checked_fixture(s.all, open_all, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
