/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the trace topic as rows: of every release, cut off, and of others. */
#include <string.h>

#include "admin/message_trace.h"
#include "base/mem.h"
#include "tests/support/suite.h"

#define F "\001"
#define E "\002"

static struct rmq_message_traces got;

static enum rmq_error reads(const char *body)
{
	return rmqi_message_traces_read(&got, rmqi_cursor(body, strlen(body)), "ID", "c:1");
}

static void close_all(void)
{
	struct rmq_message_traces *l = rmqi_calloc(1, sizeof(*l));

	ck_assert_ptr_nonnull(l);
	*l = got;
	rmqi_message_traces_free(l);
	got = (struct rmq_message_traces){0};
}

static const struct rmq_message_trace *only_row(void)
{
	ck_assert_uint_eq(got.count, 1);
	return &got.rows[0];
}

START_TEST(send__of_now_and_of_old_clients)
{
	static const char *const bodies[] = {
		"Pub" F "12" F "R" F "g" F "T" F "ID" F "tag" F "k" F "b:1" F "4" F "7" F "0" F
		"OFF" F "true" E,
		"Pub" F "12" F "R" F "g" F "T" F "ID" F "tag" F "k" F "b:1" F "4" F "7" F "0" F
		"true" E,
		"Pub" F "12" F "R" F "g" F "T" F "ID" F "tag" F "k" F "b:1" F "4" F "7" F "0" F
		"OFF" F "true" F "host" F "more" E,
	};
	const struct rmq_message_trace *t;

	ck_assert_int_eq(reads(bodies[_i]), RMQ_OK);
	t = only_row();
	ck_assert_int_eq(t->kind, RMQ_TRACE_SEND);
	ck_assert_int_eq(t->status, RMQ_TRACE_STATUS_OK);
	ck_assert_int_eq(t->time_ms, 12);
	ck_assert_int_eq(t->cost_ms, 7);
	ck_assert_str_eq(t->texts[RMQI_TRACE_GROUP], "g");
	ck_assert_str_eq(t->texts[RMQI_TRACE_IN_TOPIC], "T");
	ck_assert_str_eq(t->texts[RMQI_TRACE_TAG], "tag");
	ck_assert_str_eq(t->texts[RMQI_TRACE_KEYS], "k");
	ck_assert_str_eq(t->texts[RMQI_TRACE_BROKER], "b:1");
	ck_assert_str_eq(t->texts[RMQI_TRACE_CLIENT], "c:1");
	if (_i == 1)
		ck_assert_ptr_null(t->texts[RMQI_TRACE_OFFSET_ID]);
	else
		ck_assert_str_eq(t->texts[RMQI_TRACE_OFFSET_ID], "OFF");
}
END_TEST

START_TEST(delivery__is_one_row_of_two_records)
{
	const struct rmq_message_trace *t;

	ck_assert_int_eq(reads("SubBefore" F "20" F "R" F "cg" F "REQ" F "ID" F "3" F "null" E
			       "SubAfter" F "REQ" F "ID" F "9" F "false" F "key" F "4" F "29" F
			       "cg" E),
			 RMQ_OK);
	t = only_row();
	ck_assert_int_eq(t->kind, RMQ_TRACE_CONSUME);
	ck_assert_int_eq(t->status, RMQ_TRACE_STATUS_FAILED);
	ck_assert_int_eq(t->time_ms, 20);
	ck_assert_int_eq(t->cost_ms, 9);
	ck_assert_int_eq(t->retry_times, 3);
	ck_assert_str_eq(t->outcome, "FAILED");
	ck_assert_str_eq(t->texts[RMQI_TRACE_GROUP], "cg");
	ck_assert_str_eq(t->texts[RMQI_TRACE_KEYS], "key");
}
END_TEST

START_TEST(delivery__each_has_its_row)
{
	ck_assert_int_eq(reads("SubBefore" F "20" F "R" F "cg" F "ONE" F "ID" F "0" F "k" E
			       "SubBefore" F "30" F "R" F "cg" F "TWO" F "ID" F "1" F "k" E
			       "SubAfter" F "TWO" F "ID" F "1" F "true" F "k" F "0" E),
			 RMQ_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_int_eq(got.rows[0].status, RMQ_TRACE_STATUS_UNKNOWN);
	ck_assert_int_eq(got.rows[1].status, RMQ_TRACE_STATUS_OK);
	ck_assert_str_eq(got.rows[1].outcome, "SUCCESS");
}
END_TEST

START_TEST(delivery__whose_begin_is_not_there_has_its_end)
{
	const struct rmq_message_trace *t;

	ck_assert_int_eq(
		reads("SubAfter" F "REQ" F "ID" F "9" F "true" F "k" F "99" F "29" F "cg" E),
		RMQ_OK);
	t = only_row();
	ck_assert_int_eq(t->time_ms, 29);
	ck_assert_str_eq(t->outcome, "");
	ck_assert_str_eq(t->texts[RMQI_TRACE_GROUP], "cg");
}
END_TEST

START_TEST(transaction__and_recall)
{
	ck_assert_int_eq(reads("EndTransaction" F "5" F "R" F "g" F "T" F "ID" F "null" F "null" F
			       "b:1" F "2" F "TX" F "ROLLBACK_MESSAGE" F "true" E
			       "Recall" F "6" F "R" F "g" F "T" F "ID" F "false" E),
			 RMQ_OK);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_int_eq(got.rows[0].kind, RMQ_TRACE_END_TRANSACTION);
	ck_assert_str_eq(got.rows[0].texts[RMQI_TRACE_STATE], "ROLLBACK_MESSAGE");
	ck_assert_str_eq(got.rows[0].texts[RMQI_TRACE_TRANSACTION_ID], "TX");
	ck_assert(got.rows[0].is_check);
	ck_assert_ptr_null(got.rows[0].texts[RMQI_TRACE_TAG]);
	ck_assert_int_eq(got.rows[1].kind, RMQ_TRACE_RECALL);
	ck_assert_int_eq(got.rows[1].status, RMQ_TRACE_STATUS_FAILED);
}
END_TEST

START_TEST(record__of_another_message_or_kind_is_passed_over)
{
	ck_assert_int_eq(reads("Pub" F "12" F "R" F "g" F "T" F "OTHER" F "tag" F "k" E
			       "Unheard" F "12" F "R" F "g" F "T" F "ID" E E F F E "ID"),
			 RMQ_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(record__that_is_cut_off_has_what_there_is)
{
	static const char whole[] = "Pub" F "12" F "R" F "g" F "T" F "ID" F "tag" F "k" F "b:1" F
				    "4" F "x" F "0" F "OFF" F "true" E;

	for (size_t len = 0; len < sizeof(whole); len++) {
		ck_assert_int_eq(
			rmqi_message_traces_read(&got, rmqi_cursor(whole, len), "ID", "c:1"),
			RMQ_OK);
	}
	ck_assert_uint_gt(got.count, 10);
	ck_assert_int_eq(got.rows[0].status, RMQ_TRACE_STATUS_UNKNOWN);
	ck_assert_int_eq(got.rows[0].cost_ms, -1);
}
END_TEST

START_TEST(records__are_not_taken_without_end)
{
	enum rmq_error err = RMQ_OK;
	int n = 0;

	for (; err == RMQ_OK && n <= RMQI_TRACES_MAX; n++)
		err = reads("Recall" F "6" F "R" F "g" F "T" F "ID" F "true" E);
	ck_assert_int_eq(err, RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(got.count, RMQI_TRACES_MAX);
}
END_TEST

START_TEST(records__survive_a_lack_of_memory)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 1;

	for (; err == RMQ_ERR_NO_MEMORY && n < 100; n++) {
		close_all();
		rmqi_mem_fail_after(n, 1);
		err = reads("SubBefore" F "20" F "R" F "cg" F "REQ" F "ID" F "3" F "k" E
			    "Recall" F "6" F "R" F "g" F "T" F "ID" F "true" E);
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_gt(n, 5);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		delivery__is_one_row_of_two_records,
		delivery__each_has_its_row,
		delivery__whose_begin_is_not_there_has_its_end,
		transaction__and_recall,
		record__of_another_message_or_kind_is_passed_over,
		record__that_is_cut_off_has_what_there_is,
		records__are_not_taken_without_end,
		records__survive_a_lack_of_memory,
	};
	struct suite s;

	suite_open(&s, "message_trace");
	tcase_add_checked_fixture(s.all, NULL, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	tcase_add_loop_test(s.all, send__of_now_and_of_old_clients, 0, 3);
	return suite_run(&s);
}
