/* SPDX-License-Identifier: Apache-2.0 */
/* NULL, wrong numbers and wrong states at the functions of a simple consumer (t_arguments.c). */
#include "tests/api/arguments.h"

enum { BEYOND_MS = 12 * 3600 * 1000 + 1 };

static void on_received(enum rmq_error error, rmq_messages *messages,
			const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)detail;
	(void)arg;
	rmq_messages_free(messages);
}

static void on_all_acked(enum rmq_error error, const enum rmq_error *results, size_t count,
			 const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)results;
	(void)count;
	(void)detail;
	(void)arg;
	ck_abort_msg("a call that failed told it, too");
}

static void on_acked(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)detail;
	(void)arg;
}

START_TEST(null__simple_consumer)
{
	rmq_message *m = rmq_message_new("T", "x", 1);
	const rmq_message *one = m;
	rmq_messages *l = NULL;

	INVALID_TOLD(rmq_simple_consumer_new(NULL, "g", NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe(NULL, "T", "*", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_sql(NULL, "T", "a > 1", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(NULL, "T", "a", &d));
	INVALID_TOLD(rmq_simple_consumer_unsubscribe_lite(NULL, "T", "a", &d));
	INVALID_TOLD(rmq_simple_consumer_unsubscribe(NULL, "T", &d));
	INVALID_TOLD(rmq_simple_consumer_set_orderly(NULL, true, &d));
	INVALID_TOLD(rmq_simple_consumer_start(NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_wait_ready(NULL, 1, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(NULL, 1, -1, 0, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive_async(NULL, 1, -1, 0, on_received, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack(NULL, m, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_async(NULL, m, on_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch(NULL, &one, 1, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch_async(NULL, &one, 1, on_all_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_change_invisible(NULL, m, -1, &d));
	INVALID_TOLD(rmq_simple_consumer_change_invisible_async(NULL, m, -1, on_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_close(NULL, -1, &d));
	rmq_simple_consumer_free(NULL);
	ck_assert_str_eq(rmq_simple_consumer_client_id(NULL), "");
	ck_assert_ptr_null(l);
	rmq_message_free(m);
}
END_TEST

START_TEST(argument__of_a_simple_consumer_is_refused)
{
	rmq_config *config = api_config("127.0.0.1:1");
	rmq_simple_consumer *c = NULL;
	rmq_messages *l = NULL;

	INVALID_TOLD(rmq_simple_consumer_new(config, NULL, &c, &d));
	INVALID_TOLD(rmq_simple_consumer_new(config, "g g", &c, &d));
	INVALID_TOLD(rmq_simple_consumer_new(config, "g", NULL, &d));
	ck_assert_ptr_null(c);
	ck_assert_int_eq(rmq_simple_consumer_new(config, "g", &c, NULL), RMQ_OK);
	INVALID_TOLD(rmq_simple_consumer_subscribe(c, NULL, "*", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe(c, "T T", "*", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(c, NULL, "a", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(c, "T T", "a", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(c, "T", NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(c, "T", "", &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_lite(c, "T", "a$b", &d));
	INVALID_TOLD(rmq_simple_consumer_unsubscribe_lite(c, "T", NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_subscribe_sql(c, "T", NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_unsubscribe(c, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_wait_ready(c, -2, &d));
	INVALID_TOLD(rmq_simple_consumer_close(c, -2, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 0, -1, 0, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 33, -1, 0, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 1, 999, 0, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 1, BEYOND_MS, 0, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 1, -1, -2, &l, &d));
	INVALID_TOLD(rmq_simple_consumer_receive(c, 1, -1, 0, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_receive_async(c, 33, -1, 0, on_received, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_receive_async(c, 1, -1, 0, NULL, NULL, &d));
	ck_assert_ptr_null(l);
	rmq_simple_consumer_free(c);
	rmq_config_free(config);
}
END_TEST

START_TEST(argument__of_an_ack_is_refused)
{
	rmq_config *config = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	const rmq_message *none = NULL, *one = m;
	rmq_simple_consumer *c = NULL;

	ck_assert_int_eq(rmq_simple_consumer_new(config, "g", &c, NULL), RMQ_OK);
	INVALID_TOLD(rmq_simple_consumer_ack(c, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_async(c, NULL, on_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_async(c, m, NULL, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch(c, NULL, 1, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch(c, &none, 1, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch_async(c, NULL, 1, on_all_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch_async(c, &none, 1, on_all_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_ack_batch_async(c, &one, 1, NULL, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_change_invisible(c, NULL, -1, &d));
	INVALID_TOLD(rmq_simple_consumer_change_invisible(c, m, 999, &d));
	INVALID_TOLD(
		rmq_simple_consumer_change_invisible_async(c, m, BEYOND_MS, on_acked, NULL, &d));
	INVALID_TOLD(rmq_simple_consumer_change_invisible_async(c, m, -1, NULL, NULL, &d));
	rmq_simple_consumer_free(c);
	rmq_message_free(m);
	rmq_config_free(config);
}
END_TEST

START_TEST(state__of_a_simple_consumer_that_is_not_started_is_told)
{
	rmq_config *config = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	const rmq_message *one = m;
	rmq_simple_consumer *c = NULL;
	rmq_messages *l = NULL;

	ck_assert_int_eq(rmq_simple_consumer_new(config, "g", &c, NULL), RMQ_OK);
	for (int i = 0; i < 2; i++) {
		STATE_TOLD(rmq_simple_consumer_wait_ready(c, 1, &d));
		STATE_TOLD(rmq_simple_consumer_receive(c, 1, -1, 0, &l, &d));
		STATE_TOLD(rmq_simple_consumer_receive_async(c, 1, -1, 0, on_received, NULL, &d));
		STATE_TOLD(rmq_simple_consumer_ack(c, m, &d));
		STATE_TOLD(rmq_simple_consumer_ack_async(c, m, on_acked, NULL, &d));
		STATE_TOLD(rmq_simple_consumer_ack_batch(c, &one, 1, NULL, &d));
		STATE_TOLD(rmq_simple_consumer_ack_batch_async(c, &one, 1, on_all_acked, NULL, &d));
		STATE_TOLD(rmq_simple_consumer_change_invisible(c, m, -1, &d));
		STATE_TOLD(
			rmq_simple_consumer_change_invisible_async(c, m, -1, on_acked, NULL, &d));
		/* And so after its end. */
		ck_assert_int_eq(rmq_simple_consumer_close(c, -1, NULL), RMQ_OK);
	}
	STATE_TOLD(rmq_simple_consumer_start(c, &d));
	STATE_TOLD(rmq_simple_consumer_set_orderly(c, true, &d));
	rmq_simple_consumer_free(c);
	rmq_message_free(m);
	rmq_config_free(config);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__simple_consumer,
		argument__of_a_simple_consumer_is_refused,
		argument__of_an_ack_is_refused,
		state__of_a_simple_consumer_that_is_not_started_is_told,
	};

	return run_suite("arguments_simple", tests, sizeof(tests) / sizeof(tests[0]));
}
