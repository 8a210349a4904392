/* SPDX-License-Identifier: Apache-2.0 */
/* NULL, wrong names and wrong states at the functions of a push consumer (t_arguments.c). */
#include "tests/api/arguments.h"

static enum rmq_consume_status listener(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	return RMQ_CONSUME_SUCCESS;
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	(void)topic;
	(void)held;
	(void)assigned;
	(void)revoked;
	(void)arg;
}

static enum rmq_orderly_status in_order(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	return RMQ_ORDERLY_SUCCESS;
}

static size_t choose(const rmq_queues *queues, const char *const *members, size_t member_count,
		     size_t self, size_t *chosen, void *arg)
{
	(void)queues;
	(void)members;
	(void)member_count;
	(void)self;
	(void)chosen;
	(void)arg;
	return 0;
}

static void before_call(rmq_consume_call *c, void *arg)
{
	(void)c, (void)arg;
}

START_TEST(null__consume_hooks)
{
	rmq_config *c = rmq_config_new();

	INVALID_TOLD(rmq_config_add_consume_hook(NULL, before_call, NULL, NULL, &d));
	INVALID_TOLD(rmq_config_add_consume_hook(c, NULL, NULL, NULL, &d));
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(rmq_config_add_consume_hook(c, before_call, NULL, NULL, NULL),
				 RMQ_OK);
	ck_assert_int_eq(rmq_config_add_consume_hook(c, before_call, NULL, NULL, NULL),
			 RMQ_ERR_TOO_LARGE);
	ck_assert_str_eq(rmq_consume_call_group(NULL), "");
	ck_assert_str_eq(rmq_consume_call_client_id(NULL), "");
	ck_assert_ptr_null(rmq_consume_call_queue(NULL));
	ck_assert(!rmq_consume_call_is_orderly(NULL));
	ck_assert_uint_eq(rmq_consume_call_count(NULL), 0);
	ck_assert_ptr_null(rmq_consume_call_message(NULL, 0));
	rmq_consume_call_set_data(NULL, c);
	ck_assert_ptr_null(rmq_consume_call_data(NULL));
	ck_assert_int_eq(rmq_consume_call_outcome(NULL), RMQ_OUTCOME_SUCCESS);
	ck_assert_int_eq(rmq_consume_call_status(NULL), 0);
	ck_assert_uint_eq(rmq_consume_call_done(NULL), 0);
	ck_assert_int_eq(rmq_consume_call_latency_us(NULL), 0);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__push_consumer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;
	char *json = NULL;

	INVALID_TOLD(rmq_push_consumer_new(NULL, "g", &k, &d));
	INVALID_TOLD(rmq_push_consumer_new(c, NULL, &k, &d));
	INVALID_TOLD(rmq_push_consumer_new(c, "g", NULL, &d));
	ck_assert_ptr_null(k);
	INVALID_TOLD(rmq_push_consumer_subscribe(NULL, "T", "*", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(NULL, "T", "a > 1", &d));
	INVALID_TOLD(rmq_push_consumer_unsubscribe(NULL, "T", &d));
	INVALID_TOLD(rmq_push_consumer_set_listener(NULL, listener, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_queues_fn(NULL, on_queues, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_orderly_listener(NULL, in_order, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_allocate_fn(NULL, choose, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_start(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_wait_ready(NULL, 1, &d));
	INVALID_TOLD(rmq_push_consumer_suspend(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_resume(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_rate_limit(NULL, 1, &d));
	INVALID_TOLD(rmq_push_consumer_close(NULL, -1, &d));
	INVALID_TOLD(rmq_push_consumer_statistics(NULL, &json, &d));
	INVALID_TOLD(rmq_simple_consumer_statistics(NULL, &json, &d));
	rmq_push_consumer_free(NULL);
	ck_assert_uint_eq(rmq_push_consumer_queue_count(NULL), 0);
	ck_assert_str_eq(rmq_push_consumer_client_id(NULL), "");
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_push_consumer_subscribe(k, NULL, "*", &d));
	INVALID_TOLD(rmq_push_consumer_unsubscribe(k, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_statistics(k, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_listener(k, NULL, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_queues_fn(k, NULL, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_orderly_listener(k, NULL, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_allocate_fn(k, NULL, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_rate_limit(k, -1, &d));
	INVALID_TOLD(rmq_push_consumer_set_rate_limit(k, 10000001, &d));
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__consume_context)
{
	rmq_consume_context_set_delay_level(NULL, 1);
	rmq_consume_context_set_ack_index(NULL, 1);
	ck_assert_str_eq(rmq_consume_context_queue(NULL)->topic, "");
	ck_assert_str_eq(rmq_consume_context_queue(NULL)->broker_name, "");
	ck_assert_int_eq(rmq_consume_context_queue(NULL)->queue_id, -1);
	rmq_orderly_context_set_suspend_time(NULL, 1);
	ck_assert_int_eq(rmq_orderly_context_queue(NULL)->queue_id, -1);
}
END_TEST

START_TEST(names__bad_expressions_are_refused)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;

	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "||", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "a > 5", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "a IS NOT NULL", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "TagA &&", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "TagA&&TagB", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "TagA | TagB", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "TagA || *", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "Tag\xff", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(k, "T", NULL, &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(k, "T", " ", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(k, "T", "*", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(k, "T", "a = '\xff'", &d));
	INVALID_TOLD(rmq_push_consumer_subscribe_sql(k, NULL, "a > 1", &d));
	ck_assert_int_eq(rmq_push_consumer_subscribe_sql(k, "T", "a > 1", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "big order || a-b=c", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "A || B", NULL), RMQ_OK);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

static void refuse_client(const char *key, const char *value, const char *other, const char *text)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;
	rmq_error_detail *d = NULL;

	api_set(c, key, value);
	if (other)
		api_set(c, "consumerTimeoutMillisWhenSuspend", other);
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, &d), RMQ_ERR_CONFIG);
	ck_assert_msg(strstr(rmq_error_detail_message(d), text) != NULL, "%s",
		      rmq_error_detail_message(d));
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	rmq_error_detail_free(d);
	rmq_config_free(c);
}

START_TEST(settings__that_contradict_each_other_are_refused)
{
	refuse_client("tlsCaFile", "/ca.pem", NULL, "tlsCaFile is set, but useTLS is not");
	refuse_client("tlsKeyPem", "x", NULL, "tlsKeyPem is set, but useTLS is not");
	refuse_client("tlsServerName", "x", NULL, "tlsServerName is set, but useTLS is not");
	refuse_client("brokerSuspendMaxTimeMillis", "20000", "20000",
		      "brokerSuspendMaxTimeMillis (20000) is not below");
	refuse_client("brokerSuspendMaxTimeMillis", "30001", NULL,
		      "consumerTimeoutMillisWhenSuspend (30000)");
	refuse_client("consumeThreadMin", "21", NULL,
		      "consumeThreadMin (21) is larger than consumeThreadMax (20)");
}
END_TEST

START_TEST(states__of_a_consumer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;

	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_start(k, &d)); /* no listener, no subscription */
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "*", NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_start(k, &d)); /* no listener */
	ck_assert_int_eq(rmq_push_consumer_set_listener(k, listener, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_unsubscribe(k, "T", NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_start(k, &d));            /* no subscription */
	STATE_TOLD(rmq_push_consumer_wait_ready(k, 1000, &d)); /* not started */
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_start(k, NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_start(k, &d));
	STATE_TOLD(rmq_push_consumer_set_listener(k, listener, NULL, &d));
	STATE_TOLD(rmq_push_consumer_set_queues_fn(k, on_queues, NULL, &d));
	STATE_TOLD(rmq_push_consumer_set_orderly_listener(k, in_order, NULL, &d));
	STATE_TOLD(rmq_push_consumer_set_allocate_fn(k, choose, NULL, &d));
	ck_assert_int_eq(rmq_push_consumer_suspend(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_suspend(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_resume(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_set_rate_limit(k, 10000000, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_set_rate_limit(k, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_close(k, -1, NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_wait_ready(k, 1000, &d));
	STATE_TOLD(rmq_push_consumer_start(k, &d));
	STATE_TOLD(rmq_push_consumer_subscribe(k, "T", "*", &d));
	STATE_TOLD(rmq_push_consumer_set_rate_limit(k, 5, &d));
	ck_assert_int_eq(rmq_push_consumer_close(k, -1, NULL), RMQ_OK);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__consume_hooks,
		null__push_consumer,
		null__consume_context,
		names__bad_expressions_are_refused,
		settings__that_contradict_each_other_are_refused,
		states__of_a_consumer,
	};

	return run_suite("arguments_consumer", tests, sizeof(tests) / sizeof(tests[0]));
}
