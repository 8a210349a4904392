/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong arguments of the searches for messages, and of lists of names and values. */
#include "tests/api/arguments.h"

START_TEST(query__refuses_what_is_out_of_range)
{
	rmq_message_query *q = rmq_message_query_new();
	struct rmq_queue queue = {"T", NULL, 0};

	INVALID_TOLD(rmq_message_query_set_times(NULL, 0, 1, &d));
	INVALID_TOLD(rmq_message_query_set_times(q, -1, 1, &d));
	INVALID_TOLD(rmq_message_query_set_times(q, 2, 1, &d));
	INVALID_TOLD(rmq_message_query_set_max(NULL, 1, &d));
	INVALID_TOLD(rmq_message_query_set_max(q, 0, &d));
	INVALID_TOLD(rmq_message_query_set_max(q, 100001, &d));
	INVALID_TOLD(rmq_message_query_set_queue(NULL, NULL, &d));
	INVALID_TOLD(rmq_message_query_set_queue(q, &queue, &d));
	queue.broker_name = "";
	INVALID_TOLD(rmq_message_query_set_queue(q, &queue, &d));
	queue = (struct rmq_queue){"T", "b", -2};
	INVALID_TOLD(rmq_message_query_set_queue(q, &queue, &d));
	queue.queue_id = -1;
	ck_assert_int_eq(rmq_message_query_set_queue(q, &queue, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_query_set_queue(q, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_query_set_times(q, 0, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_query_set_max(q, 100000, NULL), RMQ_OK);
	rmq_message_query_free(q);
	rmq_message_query_free(NULL);
}
END_TEST

START_TEST(search__refuses_what_cannot_be_looked_for)
{
	const struct rmq_queue queue = {"T", "b", 0}, bad = {"T", "b", -1};
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_found_messages *f = NULL;
	rmq_admin *a = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_messages_by_offset_id(NULL, NULL, "0", NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_offset_id(a, NULL, NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_offset_id(a, NULL, "0", NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_offset_id(a, "T T", "0", NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_offset_id(
		a, NULL, "7F00000100002A9F000000000000000G", NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_offset_id(
		a, NULL, "7F00000100002A9F0000000000000000", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_messages_by_unique_id(NULL, "T", "i", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_unique_id(a, NULL, "i", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_unique_id(a, "T", NULL, NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_unique_id(a, "T", "", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_unique_id(a, "T", "i", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(NULL, "T", "k", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(a, NULL, "k", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(a, "T T", "k", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(a, "T", NULL, NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(a, "T", "", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_key(a, "T", "k", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_messages_by_time(NULL, "T", NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_time(a, NULL, NULL, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_by_time(a, "T", NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_messages_at(NULL, &queue, 0, 1, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_at(a, NULL, 0, 1, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_at(a, &bad, 0, 1, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_at(a, &queue, -1, 1, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_at(a, &queue, 0, 0, NULL, &f, &d));
	INVALID_TOLD(rmq_admin_messages_at(a, &queue, 0, 1, NULL, NULL, &d));
	ck_assert_ptr_null(f);
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

START_TEST(consumers__are_of_a_message_that_was_stored)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "b", 1);
	rmq_message_consumers *l = NULL;
	rmq_message_traces *t = NULL;
	rmq_direct_result *r = NULL;
	rmq_admin *a = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_message_consumers(NULL, m, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_message_consumers(a, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_message_consumers(a, m, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_consume_directly(NULL, m, "g", "c", NULL, &r, &d));
	INVALID_TOLD(rmq_admin_consume_directly(a, NULL, "g", "c", NULL, &r, &d));
	INVALID_TOLD(rmq_admin_consume_directly(a, m, "g", "c", NULL, &r, &d));
	INVALID_TOLD(rmq_admin_message_traces(NULL, NULL, "i", NULL, NULL, &t, &d));
	INVALID_TOLD(rmq_admin_message_traces(a, NULL, NULL, NULL, NULL, &t, &d));
	INVALID_TOLD(rmq_admin_message_traces(a, NULL, "", NULL, NULL, &t, &d));
	INVALID_TOLD(rmq_admin_message_traces(a, "T T", "i", NULL, NULL, &t, &d));
	INVALID_TOLD(rmq_admin_message_traces(a, NULL, "i", NULL, NULL, NULL, &d));
	ck_assert(!l && !t && !r);
	rmq_admin_free(a);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__has_no_consumers_and_no_trace)
{
	ck_assert_str_eq(rmq_track_text((enum rmq_track)99), "UNKNOWN");
	ck_assert_uint_eq(rmq_message_consumers_count(NULL), 0);
	ck_assert_ptr_null(rmq_message_consumers_at(NULL, 0));
	rmq_message_consumers_free(NULL);
	ck_assert_str_eq(rmq_message_consumer_group(NULL), "");
	ck_assert_int_eq(rmq_message_consumer_track(NULL), RMQ_TRACK_UNKNOWN);
	ck_assert_int_eq(rmq_message_consumer_offset(NULL), -1);
	ck_assert_int_eq(rmq_message_consumer_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_message_consumer_detail(NULL));
	ck_assert_str_eq(rmq_direct_result_text(NULL), "");
	ck_assert_str_eq(rmq_direct_result_remark(NULL), "");
	ck_assert_int_eq(rmq_direct_result_spent_ms(NULL), -1);
	rmq_direct_result_free(NULL);
	ck_assert_uint_eq(rmq_message_traces_count(NULL), 0);
	ck_assert_ptr_null(rmq_message_traces_at(NULL, 0));
	ck_assert_uint_eq(rmq_message_traces_unanswered_count(NULL), 0);
	ck_assert_ptr_null(rmq_message_traces_unanswered_at(NULL, 0));
	rmq_message_traces_free(NULL);
	ck_assert_int_eq(rmq_message_trace_kind(NULL), 0);
	ck_assert_int_eq(rmq_message_trace_status(NULL), RMQ_TRACE_STATUS_UNKNOWN);
	ck_assert_int_eq(rmq_message_trace_time_ms(NULL), -1);
	ck_assert_int_eq(rmq_message_trace_cost_ms(NULL), -1);
	ck_assert_int_eq(rmq_message_trace_retry_times(NULL), -1);
	ck_assert_str_eq(rmq_message_trace_group(NULL), "");
	ck_assert_str_eq(rmq_message_trace_outcome(NULL), "");
	ck_assert_str_eq(rmq_message_trace_state(NULL), "");
	ck_assert(!rmq_message_trace_is_check(NULL));
}
END_TEST

START_TEST(null__has_nothing)
{
	ck_assert_uint_eq(rmq_found_messages_count(NULL), 0);
	ck_assert_ptr_null(rmq_found_messages_at(NULL, 0));
	ck_assert_uint_eq(rmq_found_messages_unanswered_count(NULL), 0);
	ck_assert_ptr_null(rmq_found_messages_unanswered_at(NULL, 0));
	rmq_found_messages_free(NULL);
	ck_assert_str_eq(rmq_unanswered_broker(NULL), "");
	ck_assert_int_eq(rmq_unanswered_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_unanswered_detail(NULL));
	ck_assert_uint_eq(rmq_properties_count(NULL), 0);
	ck_assert_ptr_null(rmq_properties_name_at(NULL, 0));
	ck_assert_ptr_null(rmq_properties_value_at(NULL, 0));
	ck_assert_ptr_null(rmq_properties_find(NULL, "a"));
	rmq_properties_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		query__refuses_what_is_out_of_range,
		search__refuses_what_cannot_be_looked_for,
		consumers__are_of_a_message_that_was_stored,
		null__has_no_consumers_and_no_trace,
		null__has_nothing,
	};

	return run_suite("arguments_admin_message", tests, sizeof(tests) / sizeof(tests[0]));
}
