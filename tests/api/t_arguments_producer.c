/* SPDX-License-Identifier: Apache-2.0 */
/* NULL, wrong names and wrong states at the functions of a producer (t_arguments.c). */
#include "tests/api/arguments.h"

START_TEST(null__producer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_producer *p = NULL;
	rmq_send_result *r = NULL;

	INVALID_TOLD(rmq_producer_new(NULL, "g", &p, &d));
	INVALID_TOLD(rmq_producer_new(c, NULL, &p, &d));
	INVALID_TOLD(rmq_producer_new(c, "g", NULL, &d));
	INVALID(rmq_producer_new(NULL, NULL, NULL, NULL));
	ck_assert_ptr_null(p);
	INVALID_TOLD(rmq_producer_start(NULL, &d));
	INVALID(rmq_producer_start(NULL, NULL));
	INVALID_TOLD(rmq_producer_send(NULL, m, NULL, &r, &d));
	INVALID_TOLD(rmq_producer_close(NULL, -1, &d));
	rmq_producer_free(NULL);
	ck_assert_str_eq(rmq_producer_client_id(NULL), "");
	INVALID_TOLD(rmq_send_options_set_timeout(NULL, 1, &d));
	rmq_send_options_free(NULL);
	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	INVALID_TOLD(rmq_producer_set(NULL, "sendLatencyFaultEnable", "true", &d));
	INVALID_TOLD(rmq_producer_set(p, NULL, "true", &d));
	INVALID_TOLD(rmq_producer_set(p, "sendLatencyFaultEnable", NULL, &d));
	INVALID_TOLD(rmq_producer_recall(NULL, "T", "h", &d));
	INVALID_TOLD(rmq_producer_recall(p, NULL, "h", &d));
	INVALID_TOLD(rmq_producer_recall(p, "T", NULL, &d));
	INVALID_TOLD(rmq_producer_recall(p, "T", "h", &d));
	INVALID_TOLD(rmq_producer_send(p, NULL, NULL, &r, &d));
	INVALID(rmq_producer_send(p, NULL, NULL, NULL, NULL));
	ck_assert_ptr_null(r);
	rmq_producer_free(p);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

static void on_batch(enum rmq_error error, const rmq_send_results *results,
		     const rmq_error_detail *detail, void *arg)
{
	(void)error;
	(void)results;
	(void)detail;
	(void)arg;
}

START_TEST(null__batch)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *pair[2] = {rmq_message_new("T", "x", 1), NULL};
	rmq_producer *p = NULL;
	rmq_send_results *r = NULL;

	INVALID_TOLD(rmq_producer_send_batch(NULL, pair, 1, NULL, &r, &d));
	INVALID_TOLD(rmq_producer_send_batch_async(NULL, pair, 1, NULL, on_batch, NULL, &d));
	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	INVALID_TOLD(rmq_producer_send_batch(p, NULL, 1, NULL, &r, &d));
	INVALID_TOLD(rmq_producer_send_batch(p, pair, 0, NULL, &r, &d));
	INVALID_TOLD(rmq_producer_send_batch(p, pair, 2, NULL, &r, &d));
	INVALID(rmq_producer_send_batch(p, pair, 2, NULL, NULL, NULL));
	INVALID_TOLD(rmq_producer_send_batch_async(p, NULL, 1, NULL, on_batch, NULL, &d));
	INVALID_TOLD(rmq_producer_send_batch_async(p, pair, 0, NULL, on_batch, NULL, &d));
	INVALID_TOLD(rmq_producer_send_batch_async(p, pair, 2, NULL, on_batch, NULL, &d));
	INVALID_TOLD(rmq_producer_send_batch_async(p, pair, 1, NULL, NULL, NULL, &d));
	ck_assert_ptr_null(r);
	ck_assert_uint_eq(rmq_send_results_count(NULL), 0);
	ck_assert_ptr_null(rmq_send_results_at(NULL, 0));
	rmq_send_results_free(NULL);
	rmq_producer_free(p);
	rmq_message_free(pair[0]);
	rmq_config_free(c);
}
END_TEST

static enum rmq_error hook(rmq_send_context *c, void *arg)
{
	(void)c, (void)arg;
	return RMQ_OK;
}

START_TEST(null__hooks)
{
	static const char good[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
	rmq_config *c = rmq_config_new();
	rmq_message *m = rmq_message_new("T", "x", 1);

	INVALID_TOLD(rmq_config_add_send_hook(NULL, hook, NULL, NULL, &d));
	INVALID_TOLD(rmq_config_add_send_hook(c, NULL, NULL, NULL, &d));
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(rmq_config_add_send_hook(c, hook, NULL, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_config_add_send_hook(c, hook, NULL, NULL, NULL), RMQ_ERR_TOO_LARGE);
	INVALID_TOLD(rmq_send_context_set_property(NULL, "n", "v", &d));
	INVALID_TOLD(rmq_send_context_set_trace(NULL, good, NULL, &d));
	rmq_send_context_set_reason(NULL, "x");
	rmq_send_context_set_data(NULL, c);
	ck_assert_ptr_null(rmq_send_context_data(NULL));
	ck_assert_ptr_null(rmq_send_context_message(NULL));
	ck_assert_ptr_null(rmq_send_context_result(NULL));
	ck_assert_ptr_null(rmq_send_context_detail(NULL));
	ck_assert_str_eq(rmq_send_context_topic(NULL), "");
	ck_assert_str_eq(rmq_send_context_group(NULL), "");
	ck_assert_str_eq(rmq_send_context_client_id(NULL), "");
	ck_assert_str_eq(rmq_send_context_message_id(NULL), "");
	ck_assert_int_eq(rmq_send_context_error(NULL), RMQ_OK);
	ck_assert_int_eq(rmq_send_context_mode(NULL), RMQ_SEND_SYNC);
	ck_assert_int_eq(rmq_send_context_latency_us(NULL), 0);
	INVALID_TOLD(rmq_message_set_trace(NULL, good, NULL, &d));
	INVALID_TOLD(rmq_message_set_trace(m, NULL, NULL, &d));
	INVALID_TOLD(rmq_message_set_trace(m, "00-1-2-3", NULL, &d));
	ck_assert_ptr_null(rmq_message_property(m, "traceparent"));
	ck_assert_int_eq(rmq_message_set_trace(m, good, "a=b", NULL), RMQ_OK);
	ck_assert_str_eq(rmq_message_property(m, "traceparent"), good);
	ck_assert_str_eq(rmq_message_property(m, "tracestate"), "a=b");
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__statistics)
{
	rmq_config *c = api_config("127.0.0.1:1");
	const char *none[] = {NULL}, *wrong[] = {"{}"};
	char *text = NULL;
	rmq_producer *p = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	INVALID_TOLD(rmq_producer_statistics(NULL, &text, &d));
	INVALID_TOLD(rmq_producer_statistics(p, NULL, &d));
	INVALID_TOLD(rmq_statistics_to_openmetrics(NULL, 1, &text, &d));
	INVALID_TOLD(rmq_statistics_to_openmetrics(wrong, 0, &text, &d));
	INVALID_TOLD(rmq_statistics_to_openmetrics(wrong, 1, NULL, &d));
	INVALID_TOLD(rmq_statistics_to_openmetrics(none, 1, &text, &d));
	INVALID_TOLD(rmq_statistics_to_openmetrics(wrong, 1, &text, &d));
	ck_assert_ptr_null(text);
	rmq_statistics_free(NULL);
	/* Before start, and after close. */
	ck_assert_int_eq(rmq_producer_statistics(p, &text, NULL), RMQ_OK);
	rmq_statistics_free(text);
	ck_assert_int_eq(rmq_producer_close(p, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_statistics(p, &text, NULL), RMQ_OK);
	rmq_statistics_free(text);
	rmq_producer_free(p);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__send_result)
{
	(void)rmq_send_result_status(NULL);
	ck_assert_str_eq(rmq_send_result_message_id(NULL), "");
	ck_assert_str_eq(rmq_send_result_offset_message_id(NULL), "");
	ck_assert_str_eq(rmq_send_result_queue(NULL)->topic, "");
	ck_assert_str_eq(rmq_send_result_queue(NULL)->broker_name, "");
	ck_assert_int_eq(rmq_send_result_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_send_result_queue_offset(NULL), -1);
	ck_assert_str_eq(rmq_send_result_transaction_id(NULL), "");
	ck_assert_str_eq(rmq_send_result_region_id(NULL), "");
	ck_assert_str_eq(rmq_send_result_recall_handle(NULL), "");
	rmq_send_result_free(NULL);
}
END_TEST

/* Topics that only brokers write to. */
START_TEST(names__sends_to_system_topics_are_refused)
{
	static const char *const topics[] = {"SCHEDULE_TOPIC_XXXX",
					     "RMQ_SYS_TRANS_HALF_TOPIC",
					     "RMQ_SYS_TRANS_OP_HALF_TOPIC",
					     "TRANS_CHECK_MAX_TIME_TOPIC",
					     "SELF_TEST_TOPIC",
					     "OFFSET_MOVED_EVENT"};
	rmq_producer *p = api_producer(api_config("127.0.0.1:1"));
	enum rmq_error error;
	rmq_error_detail *d;

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		d = api_send(p, topics[i], -1, &error);
		api_names(api_failed(error, RMQ_ERR_INVALID_ARGUMENT, &d), topics[i]);
		rmq_error_detail_free(d);
	}
	rmq_producer_free(p);
}
END_TEST

START_TEST(states__of_a_producer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_producer *p = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	STATE_TOLD(rmq_producer_send(p, m, NULL, NULL, &d)); /* not started */
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	STATE_TOLD(rmq_producer_start(p, &d));
	ck_assert_int_eq(rmq_producer_close(p, -1, NULL), RMQ_OK);
	STATE_TOLD(rmq_producer_send(p, m, NULL, NULL, &d));
	STATE_TOLD(rmq_producer_start(p, &d));
	ck_assert_int_eq(rmq_producer_close(p, -1, NULL), RMQ_OK);
	rmq_producer_free(p);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__producer,        null__batch,       null__hooks,
		null__statistics,      null__send_result, names__sends_to_system_topics_are_refused,
		states__of_a_producer,
	};

	return run_suite("arguments_producer", tests, sizeof(tests) / sizeof(tests[0]));
}
