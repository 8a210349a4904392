/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <rocketmq/admin_message.h>

#include "client/message.h"
#include "tests/support/suite.h"

/* What stands in a dead letter, and more. */
static const char *const gone[] = {"UNIQ_KEY", "RETRY_TOPIC", "DLQ_ORIGIN_TOPIC", "RECONSUME_TIME",
				   "MAX_RECONSUME_TIMES", "ORIGIN_MESSAGE_ID", "DELAY",
				   "TIMER_DELIVER_MS", "TRAN_MSG", "PGROUP", "CORRELATION_ID",
				   "REPLY_TO_CLIENT", "TRACE_ON", "MSG_REGION", "CLUSTER",
				   "REAL_TOPIC"};

static struct rmq_message *dead_letter(const char *retry_topic)
{
	struct rmq_message *m = rmq_message_new("%DLQ%G", "body", 4);

	ck_assert_ptr_nonnull(m);
	for (size_t i = 0; i < RMQI_COUNT(gone); i++)
		if (strcmp(gone[i], "RETRY_TOPIC") != 0)
			ck_assert_int_eq(rmqi_message_put(m, gone[i], "7"), RMQ_OK);
	if (retry_topic)
		ck_assert_int_eq(rmqi_message_put(m, "RETRY_TOPIC", retry_topic), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "DLQ_ORIGIN_TOPIC", "Origin"), RMQ_OK);
	ck_assert_int_eq(rmqi_message_put(m, "__SHARDINGKEY", "s"), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(m, "k1 k2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_property(m, "mine", "1", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_flag(m, 9, NULL), RMQ_OK);
	return m;
}

static struct rmq_message *resend(const struct rmq_message *m)
{
	struct rmq_message *out = NULL;

	ck_assert_int_eq(rmq_message_new_resend(m, &out, NULL), RMQ_OK);
	ck_assert_ptr_nonnull(out);
	return out;
}

START_TEST(resend__keeps_what_is_the_senders)
{
	struct rmq_message *m = dead_letter("T"), *again = resend(m);
	size_t len;

	rmq_message_free(m);
	ck_assert_str_eq(rmq_message_topic(again), "T");
	ck_assert_mem_eq(rmq_message_body(again, &len), "body", 4);
	ck_assert_uint_eq(len, 4);
	ck_assert_str_eq(rmq_message_keys(again), "k1 k2");
	ck_assert_str_eq(rmq_message_tag(again), "TagA");
	ck_assert_str_eq(rmq_message_property(again, "mine"), "1");
	ck_assert_str_eq(rmqi_message_property(again, "__SHARDINGKEY"), "s");
	ck_assert_int_eq(rmq_message_flag(again), 9);
	rmq_message_free(again);
}
END_TEST

START_TEST(resend__drops_what_was_of_the_first_way)
{
	struct rmq_message *m = dead_letter("T"), *again = resend(m);

	for (size_t i = 0; i < RMQI_COUNT(gone); i++)
		if (rmqi_message_property(again, gone[i]))
			ck_abort_msg("%s is still there", gone[i]);
	ck_assert_str_eq(rmq_message_id(again), "");
	ck_assert_int_eq(rmq_message_reconsume_times(again), 0);
	rmq_message_free(again);
	rmq_message_free(m);
}
END_TEST

START_TEST(resend__goes_where_it_came_from)
{
	struct rmq_message *m = dead_letter(NULL), *again = resend(m);

	ck_assert_str_eq(rmq_message_topic(again), "Origin");
	rmq_message_free(again);
	rmq_message_free(m);
	m = dead_letter("%RETRY%G");
	again = resend(m);
	ck_assert_str_eq(rmq_message_topic(again), "Origin");
	rmq_message_free(again);
	rmq_message_free(m);
	m = rmq_message_new("Usual", "", 0);
	again = resend(m);
	ck_assert_str_eq(rmq_message_topic(again), "Usual");
	rmq_message_free(again);
	rmq_message_free(m);
}
END_TEST

START_TEST(resend__keeps_what_makes_it_more_than_an_ordinary_one)
{
	struct rmq_message *m = rmq_message_new("T", "", 0), *again;

	ck_assert_int_eq(rmq_message_set_priority(m, 3, NULL), RMQ_OK);
	again = resend(m);
	ck_assert_int_eq(rmq_message_priority(again), 3);
	ck_assert_uint_eq(rmqi_message_kinds(again), RMQI_MESSAGE_PRIORITY);
	rmq_message_free(again);
	rmq_message_free(m);
	m = rmq_message_new("T", "", 0);
	ck_assert_int_eq(rmq_message_set_lite_topic(m, "lite", NULL), RMQ_OK);
	again = resend(m);
	ck_assert_str_eq(rmq_message_lite_topic(again), "lite");
	ck_assert_uint_eq(rmqi_message_kinds(again), RMQI_MESSAGE_LITE);
	rmq_message_free(again);
	rmq_message_free(m);
	m = rmq_message_new("T", "", 0);
	ck_assert_int_eq(rmq_message_set_delay_level(m, 3, NULL), RMQ_OK);
	again = resend(m);
	ck_assert_uint_eq(rmqi_message_kinds(again), 0);
	rmq_message_free(again);
	rmq_message_free(m);
}
END_TEST

START_TEST(resend__one_that_does_not_say_from_where_is_refused)
{
	struct rmq_message *m = rmq_message_new("%DLQ%G", "", 0), *again = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_message_new_resend(m, &again, &d), RMQ_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "%DLQ%G"));
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_message_new_resend(NULL, &again, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_message_new_resend(m, NULL, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(again);
	rmq_message_free(m);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		resend__keeps_what_is_the_senders,
		resend__drops_what_was_of_the_first_way,
		resend__goes_where_it_came_from,
		resend__keeps_what_makes_it_more_than_an_ordinary_one,
		resend__one_that_does_not_say_from_where_is_refused,
	};
	struct suite s;

	suite_open(&s, "message_resend");
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
