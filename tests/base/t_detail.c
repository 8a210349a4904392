/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/detail.h"
#include "base/detail_out.h"
#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(detail__null_is_harmless)
{
	ck_assert_int_eq(rmqi_detail_set(NULL, RMQ_ERR_TIMEOUT, 0, "%d", 1), RMQ_ERR_TIMEOUT);
	rmqi_detail_set_broker(NULL, 1, RMQI_STR("x"));
	rmqi_detail_add_attempt(NULL, "a:1", RMQ_PHASE_WAIT, RMQ_ERR_TIMEOUT, -1, 3);
	rmqi_detail_clear(NULL);
	ck_assert_int_eq(rmq_error_detail_code(NULL), RMQ_OK);
	ck_assert_str_eq(rmq_error_detail_message(NULL), "no detail");
	ck_assert_uint_eq(rmq_error_detail_flags(NULL), 0);
	ck_assert_int_eq(rmq_error_detail_broker_code(NULL), -1);
	ck_assert_str_eq(rmq_error_detail_remark(NULL), "");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(NULL), 0);
	ck_assert_ptr_null(rmq_error_detail_attempt_at(NULL, 0));
	rmq_error_detail_free(NULL);
}
END_TEST

START_TEST(detail__keeps_what_was_set)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	rmqi_detail_set_broker(d, 14, RMQI_STR("no permission"));
	ck_assert_int_eq(rmqi_detail_set(d, RMQ_ERR_BROKER, RMQ_ERROR_FATAL, "send to %s", "t"),
			 RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_code(d), RMQ_ERR_BROKER);
	ck_assert_str_eq(rmq_error_detail_message(d), "send to t");
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), 14);
	ck_assert_str_eq(rmq_error_detail_remark(d), "no permission");
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(detail__sentence_may_quote_the_one_it_replaces)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	rmqi_detail_set(d, RMQ_ERR_TIMEOUT, 0, "no answer");
	rmqi_detail_set(d, RMQ_ERR_TIMEOUT, 0, "send: %s", rmq_error_detail_message(d));
	ck_assert_str_eq(rmq_error_detail_message(d), "send: no answer");
	rmq_error_detail_free(d);
}
END_TEST

static void add_attempts(struct rmq_error_detail *d, int count)
{
	char address[32];

	for (int i = 0; i < count; i++) {
		snprintf(address, sizeof(address), "host:%d", i);
		rmqi_detail_add_attempt(d, address, RMQ_PHASE_WAIT, RMQ_ERR_TIMEOUT, -1, i);
	}
}

START_TEST(detail__keeps_the_first_15_attempts_and_the_last)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	const rmq_attempt *a;

	add_attempts(d, 40);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(d), 16);
	a = rmq_error_detail_attempt_at(d, 14);
	ck_assert_str_eq(rmq_attempt_address(a), "host:14");
	a = rmq_error_detail_attempt_at(d, 15);
	ck_assert_str_eq(rmq_attempt_address(a), "host:39");
	ck_assert_int_eq(rmq_attempt_phase(a), RMQ_PHASE_WAIT);
	ck_assert_int_eq(rmq_attempt_elapsed_ms(a), 39);
	ck_assert_int_eq(rmq_attempt_code(a), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_null(rmq_error_detail_attempt_at(d, 16));
	ck_assert_ptr_null(rmq_error_detail_attempt_at(d, SIZE_MAX));
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(detail__set_keeps_attempts_and_clear_drops_them)
{
	struct rmq_error_detail *d = rmqi_detail_new();

	add_attempts(d, 2);
	rmqi_detail_set_broker(d, 1, RMQI_STR("r"));
	rmqi_detail_set(d, RMQ_ERR_BROKER, 0, "x");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(d), 2);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), 1);

	rmqi_detail_clear(d);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(d), 0);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), -1);
	ck_assert_int_eq(rmq_error_detail_code(d), RMQ_OK);
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(detail__tells_the_message_and_where_it_may_be)
{
	struct rmq_error_detail *d = rmqi_detail_new(), *copy = rmqi_detail_new();

	ck_assert_str_eq(rmq_error_detail_message_id(d), "");
	ck_assert_int_eq(rmq_error_detail_queue(d)->queue_id, -1);
	ck_assert_int_eq(rmq_error_detail_queue(NULL)->queue_id, -1);
	rmqi_detail_set_message(d, "ID", &(struct rmq_queue){"T", "broker-a", 3});
	rmqi_detail_copy(copy, d);
	rmqi_detail_clear(d);

	ck_assert_str_eq(rmq_error_detail_message_id(copy), "ID");
	ck_assert_str_eq(rmq_error_detail_queue(copy)->topic, "T");
	ck_assert_str_eq(rmq_error_detail_queue(copy)->broker_name, "broker-a");
	ck_assert_int_eq(rmq_error_detail_queue(copy)->queue_id, 3);
	rmqi_detail_set_message(copy, "ID2", NULL);
	ck_assert_int_eq(rmq_error_detail_queue(copy)->queue_id, -1);
	ck_assert_str_eq(rmq_error_detail_message_id(d), "");
	rmq_error_detail_free(d);
	rmq_error_detail_free(copy);
}
END_TEST

START_TEST(detail__loses_text_but_not_the_code_when_memory_is_out)
{
	struct rmq_error_detail *d = rmqi_detail_new();
	const rmq_attempt *a;

	rmqi_mem_fail_after(1, 1);
	rmqi_detail_set(d, RMQ_ERR_NO_ROUTE, RMQ_ERROR_RETRIABLE, "topic %s", "t");
	rmqi_detail_set_broker(d, 17, RMQI_STR("r"));
	add_attempts(d, 1);
	rmqi_mem_fail_after(0, 0);

	ck_assert_int_eq(rmq_error_detail_code(d), RMQ_ERR_NO_ROUTE);
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_RETRIABLE);
	ck_assert_str_eq(rmq_error_detail_message(d), rmq_error_text(RMQ_ERR_NO_ROUTE));
	ck_assert_int_eq(rmq_error_detail_broker_code(d), 17);
	ck_assert_str_eq(rmq_error_detail_remark(d), "");
	a = rmq_error_detail_attempt_at(d, 0);
	ck_assert_str_eq(rmq_attempt_address(a), "");
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(detail__new_is_null_when_memory_is_out)
{
	rmqi_mem_fail_after(1, 0);
	ck_assert_ptr_null(rmqi_detail_new());
	rmqi_mem_fail_after(0, 0);
}
END_TEST

START_TEST(detail_out__a_failure_always_has_a_sentence)
{
	struct rmq_error_detail *out = NULL;

	ck_assert_int_eq(rmqi_detail_end(&out, rmqi_detail_begin(&out), RMQ_ERR_NO_MEMORY),
			 RMQ_ERR_NO_MEMORY);
	ck_assert_int_eq(rmq_error_detail_code(out), RMQ_ERR_NO_MEMORY);
	ck_assert_str_eq(rmq_error_detail_message(out), rmq_error_text(RMQ_ERR_NO_MEMORY));
	rmq_error_detail_free(out);

	ck_assert_int_eq(rmqi_detail_end(&out, rmqi_detail_begin(&out), RMQ_OK), RMQ_OK);
	ck_assert_ptr_null(out);
}
END_TEST

START_TEST(error__every_number_has_a_text)
{
	for (int code = -1; code < 100; code++)
		ck_assert_uint_gt(rmqi_str(rmq_error_text((enum rmq_error)code)).len, 0);
	ck_assert_str_eq(rmq_error_text(RMQ_ERR_CONNECTION_LOST), "connection lost");
}
END_TEST

START_TEST(phase__each_has_a_text)
{
	const char *const texts[] = {"compress", "resolve", "connect", "tls",
				     "write",    "wait",    "answer"};

	for (int phase = RMQ_PHASE_COMPRESS; phase <= RMQ_PHASE_ANSWER; phase++)
		ck_assert_str_eq(rmq_phase_text((enum rmq_phase)phase), texts[phase]);
	ck_assert_str_eq(rmq_phase_text((enum rmq_phase)(RMQ_PHASE_ANSWER + 1)), "unknown phase");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		detail__null_is_harmless,
		detail__keeps_what_was_set,
		detail__sentence_may_quote_the_one_it_replaces,
		detail__keeps_the_first_15_attempts_and_the_last,
		detail__set_keeps_attempts_and_clear_drops_them,
		detail__tells_the_message_and_where_it_may_be,
		detail__loses_text_but_not_the_code_when_memory_is_out,
		detail__new_is_null_when_memory_is_out,
		detail_out__a_failure_always_has_a_sentence,
		error__every_number_has_a_text,
		phase__each_has_a_text,
	};

	return run_suite("detail", tests, RMQI_COUNT(tests));
}
