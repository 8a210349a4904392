/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_arguments.c - NULL and values out of range, at every public function: an error or a neutral
 * value, never a crash, and out parameters stay as they were.
 */
#include "tests/api/api.h"

#define INVALID(call) ck_assert_int_eq(call, RMQ_ERR_INVALID_ARGUMENT)

/* The same with a detail, which must tell something. */
#define INVALID_TOLD(call)                                                          \
	do {                                                                        \
		rmq_error_detail *d = NULL;                                         \
		enum rmq_error e = call;                                            \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_INVALID_ARGUMENT, &d)); \
	} while (0)

/* --- NULL ------------------------------------------------------------------------------- */

START_TEST(null__error)
{
	ck_assert_int_eq((int)rmq_error_detail_flags(NULL), 0);
	(void)rmq_error_detail_code(NULL);
	ck_assert_str_eq(rmq_error_detail_message(NULL), "no detail");
	ck_assert_int_eq(rmq_error_detail_broker_code(NULL), -1);
	ck_assert_str_eq(rmq_error_detail_remark(NULL), "");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(NULL), 0);
	ck_assert_ptr_null(rmq_error_detail_attempt_at(NULL, 0));
	ck_assert_str_eq(rmq_attempt_address(NULL), "");
	(void)rmq_attempt_phase(NULL);
	(void)rmq_attempt_code(NULL);
	ck_assert_int_eq(rmq_attempt_broker_code(NULL), -1);
	ck_assert_int_eq(rmq_attempt_elapsed_ms(NULL), 0);
	rmq_error_detail_free(NULL);
}
END_TEST

START_TEST(null__config)
{
	rmq_config *c = rmq_config_new();

	rmq_config_free(NULL);
	INVALID_TOLD(rmq_config_set(NULL, "namesrvAddr", "h:1", &d));
	INVALID_TOLD(rmq_config_set(c, NULL, "h:1", &d));
	INVALID_TOLD(rmq_config_set(c, "namesrvAddr", NULL, &d));
	INVALID(rmq_config_set(NULL, NULL, NULL, NULL));
	ck_assert_ptr_null(rmq_config_get(NULL, "namesrvAddr"));
	ck_assert_ptr_null(rmq_config_get(c, NULL));
	rmq_config_set_log(NULL, NULL, RMQ_LOG_ERROR, NULL);
	rmq_config_set_log(c, NULL, RMQ_LOG_DEBUG, NULL);
	rmq_config_set_environment(NULL, NULL);
	rmq_config_set_environment(c, NULL);
	rmq_config_set_event_fn(NULL, NULL, NULL);
	rmq_config_set_event_fn(c, NULL, NULL);
	(void)rmq_event_kind(NULL);
	ck_assert_str_eq(rmq_event_client_id(NULL), "");
	ck_assert_str_eq(rmq_event_group(NULL), "");
	ck_assert_str_eq(rmq_event_topic(NULL), "");
	ck_assert_str_eq(rmq_event_address(NULL), "");
	ck_assert_int_eq(rmq_event_code(NULL), -1);
	ck_assert_str_eq(rmq_event_remark(NULL), "");
	ck_assert_str_eq(rmq_event_text(NULL), "");
	ck_assert_uint_eq(rmq_event_missed(NULL), 0);
	ck_assert_str_eq(rmq_config_key_name(NULL), "");
	ck_assert_str_eq(rmq_config_key_type(NULL), "");
	ck_assert_str_eq(rmq_config_key_range(NULL), "");
	ck_assert_str_eq(rmq_config_key_default_value(NULL), "");
	ck_assert_str_eq(rmq_config_key_unit(NULL), "");
	ck_assert_str_eq(rmq_config_key_scope(NULL), "");
	ck_assert_str_eq(rmq_config_key_help(NULL), "");
	rmq_config_free(c);
}
END_TEST

START_TEST(null__message)
{
	size_t len = 7;
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_ptr_null(rmq_message_new(NULL, "x", 1));
	ck_assert_ptr_null(rmq_message_new("T", NULL, 1));
	ck_assert_ptr_null(rmq_message_dup(NULL));
	rmq_message_free(NULL);
	INVALID_TOLD(rmq_message_set_body(NULL, "x", 1, &d));
	INVALID_TOLD(rmq_message_set_body(m, NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_tag(NULL, "x", &d));
	INVALID_TOLD(rmq_message_set_tag(m, NULL, &d));
	INVALID_TOLD(rmq_message_set_keys(NULL, "x", &d));
	INVALID_TOLD(rmq_message_set_keys(m, NULL, &d));
	INVALID_TOLD(rmq_message_set_property(NULL, "a", "b", &d));
	INVALID_TOLD(rmq_message_set_property(m, NULL, "b", &d));
	INVALID_TOLD(rmq_message_set_property(m, "a", NULL, &d));
	INVALID_TOLD(rmq_message_set_flag(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_delay_level(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_wait_store_ok(NULL, true, &d));
	ck_assert_str_eq(rmq_message_topic(NULL), "");
	ck_assert_ptr_nonnull(rmq_message_body(NULL, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_nonnull(rmq_message_body(NULL, NULL));
	ck_assert_ptr_nonnull(rmq_message_body(m, NULL));
	ck_assert_str_eq(rmq_message_tag(NULL), "");
	ck_assert_str_eq(rmq_message_keys(NULL), "");
	ck_assert_ptr_null(rmq_message_property(NULL, "a"));
	ck_assert_ptr_null(rmq_message_property(m, NULL));
	ck_assert_uint_eq(rmq_message_property_count(NULL), 0);
	ck_assert_ptr_null(rmq_message_property_at(NULL, 0));
	ck_assert_ptr_null(rmq_message_property_at(m, 0));
	ck_assert_str_eq(rmq_property_name(NULL), "");
	ck_assert_str_eq(rmq_property_value(NULL), "");
	ck_assert_int_eq(rmq_message_flag(NULL), 0);
	ck_assert_str_eq(rmq_message_id(NULL), "");
	ck_assert_str_eq(rmq_message_offset_id(NULL), "");
	ck_assert_str_eq(rmq_message_queue(NULL)->broker_name, "");
	ck_assert_int_eq(rmq_message_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_message_queue_offset(NULL), -1);
	ck_assert_int_eq(rmq_message_commit_log_offset(NULL), -1);
	ck_assert_int_eq(rmq_message_reconsume_times(NULL), 0);
	ck_assert_int_eq(rmq_message_born_ms(NULL), 0);
	ck_assert_int_eq(rmq_message_store_ms(NULL), 0);
	ck_assert_str_eq(rmq_message_born_host(NULL), "");
	ck_assert_str_eq(rmq_message_store_host(NULL), "");
	ck_assert_int_eq(rmq_message_sys_flag(NULL), 0);
	rmq_message_free(m);
}
END_TEST

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
	INVALID_TOLD(rmq_producer_send(p, NULL, NULL, &r, &d));
	INVALID(rmq_producer_send(p, NULL, NULL, NULL, NULL));
	ck_assert_ptr_null(r);
	rmq_producer_free(p);
	rmq_message_free(m);
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
	rmq_send_result_free(NULL);
}
END_TEST

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

START_TEST(null__push_consumer)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;

	INVALID_TOLD(rmq_push_consumer_new(NULL, "g", &k, &d));
	INVALID_TOLD(rmq_push_consumer_new(c, NULL, &k, &d));
	INVALID_TOLD(rmq_push_consumer_new(c, "g", NULL, &d));
	ck_assert_ptr_null(k);
	INVALID_TOLD(rmq_push_consumer_subscribe(NULL, "T", "*", &d));
	INVALID_TOLD(rmq_push_consumer_unsubscribe(NULL, "T", &d));
	INVALID_TOLD(rmq_push_consumer_set_listener(NULL, listener, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_start(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_wait_ready(NULL, 1, &d));
	INVALID_TOLD(rmq_push_consumer_suspend(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_resume(NULL, &d));
	INVALID_TOLD(rmq_push_consumer_close(NULL, -1, &d));
	rmq_push_consumer_free(NULL);
	ck_assert_uint_eq(rmq_push_consumer_queue_count(NULL), 0);
	ck_assert_str_eq(rmq_push_consumer_client_id(NULL), "");
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_push_consumer_subscribe(k, NULL, "*", &d));
	INVALID_TOLD(rmq_push_consumer_unsubscribe(k, NULL, &d));
	INVALID_TOLD(rmq_push_consumer_set_listener(k, NULL, NULL, &d));
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
}
END_TEST

START_TEST(null__admin)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_topic_offsets *offsets = NULL;
	rmq_admin *a = NULL;

	INVALID_TOLD(rmq_admin_new(NULL, &a, &d));
	INVALID_TOLD(rmq_admin_new(c, NULL, &d));
	ck_assert_ptr_null(a);
	rmq_admin_free(NULL);
	INVALID_TOLD(rmq_admin_create_topic(NULL, NULL, "T", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_topic_offsets(NULL, "T", NULL, NULL, &offsets, &d));
	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_create_topic(a, NULL, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_topic_offsets(a, NULL, NULL, NULL, &offsets, &d));
	INVALID_TOLD(rmq_admin_topic_offsets(a, "T", NULL, NULL, NULL, &d));
	ck_assert_ptr_null(offsets);
	INVALID_TOLD(rmq_admin_options_set_timeout(NULL, 1, &d));
	rmq_admin_options_free(NULL);
	INVALID_TOLD(rmq_topic_settings_set_queues(NULL, 1, &d));
	INVALID_TOLD(rmq_topic_settings_set_write_queues(NULL, 1, &d));
	INVALID_TOLD(rmq_topic_settings_set_read_queues(NULL, 1, &d));
	INVALID_TOLD(rmq_topic_settings_set_permission(NULL, RMQ_PERMISSION_READ, &d));
	rmq_topic_settings_free(NULL);
	ck_assert_uint_eq(rmq_topic_offsets_count(NULL), 0);
	ck_assert_ptr_null(rmq_topic_offsets_at(NULL, 0));
	rmq_topic_offsets_free(NULL);
	ck_assert_int_eq(rmq_queue_offsets_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_queue_offsets_min(NULL), -1);
	ck_assert_int_eq(rmq_queue_offsets_max(NULL), -1);
	ck_assert_int_eq(rmq_queue_offsets_consumer(NULL), -1);
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

static bool never(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(null__mock)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_mock_cluster *c;

	INVALID_TOLD(rmq_mock_options_set(NULL, "brokers", "1", &d));
	INVALID_TOLD(rmq_mock_options_set(o, NULL, "1", &d));
	INVALID_TOLD(rmq_mock_options_set(o, "brokers", NULL, &d));
	ck_assert_ptr_null(rmq_mock_options_get(NULL, "brokers"));
	ck_assert_ptr_null(rmq_mock_options_get(o, NULL));
	rmq_mock_options_set_log(NULL, NULL, RMQ_LOG_WARN, NULL);
	rmq_mock_options_free(NULL);
	rmq_mock_options_free(o);
	ck_assert_str_eq(rmq_mock_option_name(NULL), "");
	ck_assert_str_eq(rmq_mock_option_type(NULL), "");
	ck_assert_str_eq(rmq_mock_option_range(NULL), "");
	ck_assert_str_eq(rmq_mock_option_default_value(NULL), "");
	ck_assert_str_eq(rmq_mock_option_unit(NULL), "");
	ck_assert_str_eq(rmq_mock_option_help(NULL), "");
	INVALID_TOLD(rmq_mock_cluster_new(NULL, NULL, &d));
	rmq_mock_cluster_free(NULL);
	(void)rmq_mock_cluster_namesrv(NULL);
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(NULL, "broker-a"));
	ck_assert_ptr_null(rmq_mock_cluster_environment(NULL));
	INVALID_TOLD(rmq_mock_cluster_create_topic(NULL, "T", 1, &d));
	INVALID_TOLD(rmq_mock_broker_stop(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_broker_crash(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_broker_start(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_namesrv_stop(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_namesrv_start(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_cluster_advance(NULL, 1, &d));
	(void)rmq_mock_cluster_now_ms(NULL);
	ck_assert(!rmq_mock_cluster_run_until(NULL, never, NULL, 1));
	ck_assert_uint_eq(rmq_mock_cluster_request_count(NULL, -1), 0);
	ck_assert_uint_eq(rmq_mock_cluster_unsupported_count(NULL), 0);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(NULL, "broker-a", "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(NULL, "broker-a", "g", "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(NULL, "broker-a", "g"), -1);

	c = api_cluster(NULL);
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(c, NULL));
	INVALID_TOLD(rmq_mock_cluster_create_topic(c, NULL, 1, &d));
	INVALID_TOLD(rmq_mock_broker_stop(c, NULL, &d));
	INVALID_TOLD(rmq_mock_broker_crash(c, NULL, &d));
	INVALID_TOLD(rmq_mock_broker_start(c, NULL, &d));
	ck_assert(!rmq_mock_cluster_run_until(c, NULL, NULL, 1));
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, NULL, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, "broker-a", NULL, 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(c, "broker-a", NULL, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(c, "broker-a", "g", NULL, 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, NULL, "g"), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, "broker-a", NULL), -1);
	rmq_mock_cluster_free(c);
}
END_TEST

/* --- Names ------------------------------------------------------------------------------- */

static char long_name[300];

static const char *name_of_length(size_t len)
{
	memset(long_name, 'x', len);
	long_name[len] = '\0';
	return long_name;
}

static const char *const bad_names[] = {"",           " ",    "a b", "a/b", "../etc", "a.b",
					"t\xc3\xa4g", "a\nb", "a:b", "a#b", "a\x01"};
enum { BAD_NAMES = sizeof(bad_names) / sizeof(bad_names[0]) };

START_TEST(names__illegal_topics_are_refused)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_producer *p = NULL;
	rmq_push_consumer *k = NULL;
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	for (int i = 0; i <= BAD_NAMES; i++) {
		const char *topic = i < BAD_NAMES ? bad_names[i] : name_of_length(128);
		rmq_message *m = rmq_message_new(topic, "x", 1);

		ck_assert_ptr_nonnull(m);
		INVALID_TOLD(rmq_producer_send(p, m, NULL, NULL, &d));
		INVALID_TOLD(rmq_push_consumer_subscribe(k, topic, "*", &d));
		INVALID_TOLD(rmq_admin_create_topic(a, NULL, topic, NULL, NULL, &d));
		INVALID_TOLD(rmq_admin_topic_offsets(a, topic, NULL, NULL, &offsets, &d));
		rmq_message_free(m);
	}
	rmq_admin_free(a);
	rmq_push_consumer_free(k);
	rmq_producer_free(p);
	rmq_config_free(c);
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

START_TEST(names__illegal_groups_are_refused)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_producer *p = NULL;
	rmq_push_consumer *k = NULL;
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	for (int i = 0; i <= BAD_NAMES; i++) {
		const char *group = i < BAD_NAMES ? bad_names[i] : name_of_length(121);

		INVALID_TOLD(rmq_producer_new(c, group, &p, &d));
		INVALID_TOLD(rmq_push_consumer_new(c, group, &k, &d));
		INVALID_TOLD(rmq_admin_topic_offsets(a, "T", group, NULL, &offsets, &d));
	}
	INVALID_TOLD(rmq_producer_new(c, "DEFAULT_PRODUCER", &p, &d));
	INVALID_TOLD(rmq_push_consumer_new(c, "DEFAULT_CONSUMER", &k, &d));
	ck_assert(p == NULL && k == NULL);
	ck_assert_int_eq(rmq_producer_new(c, name_of_length(120), &p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_new(c, name_of_length(120), &k, NULL), RMQ_OK);
	rmq_admin_free(a);
	rmq_producer_free(p);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

START_TEST(names__bad_expressions_are_refused)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;

	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	INVALID_TOLD(rmq_push_consumer_subscribe(k, "T", "||", &d));
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, "T", "A || B", NULL), RMQ_OK);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

/* --- Ranges ------------------------------------------------------------------------------- */

START_TEST(ranges__timeouts)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_message *m = rmq_message_new("T", "x", 1);
	rmq_producer *p = NULL;
	rmq_push_consumer *k = NULL;
	rmq_admin *a = NULL;
	rmq_send_options *o = rmq_send_options_new();
	rmq_admin_options *ao = rmq_admin_options_new();

	ck_assert_int_eq(rmq_producer_new(c, "g", &p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_start(p, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_send_options_set_timeout(o, 0, &d));
	INVALID_TOLD(rmq_send_options_set_timeout(o, -2, &d));
	INVALID_TOLD(rmq_send_options_set_timeout(o, INT64_MIN, &d));
	ck_assert_int_eq(rmq_send_options_set_timeout(o, -1, NULL), RMQ_OK);
	rmq_send_options_free(o);
	INVALID_TOLD(rmq_producer_close(p, -2, &d));
	INVALID_TOLD(rmq_push_consumer_close(k, -2, &d));
	INVALID_TOLD(rmq_push_consumer_wait_ready(k, -2, &d));
	INVALID_TOLD(rmq_admin_options_set_timeout(ao, 0, &d));
	INVALID_TOLD(rmq_admin_options_set_timeout(ao, -2, &d));
	/* The longest possible: no overflow on the way to a deadline. */
	ck_assert_int_eq(api_send_within(p, m, INT64_MAX, NULL), RMQ_ERR_CONNECT);
	ck_assert_int_eq(rmq_admin_options_set_timeout(ao, INT64_MAX, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_admin_create_topic(a, NULL, "T", NULL, ao, NULL), RMQ_ERR_CONNECT);
	rmq_admin_options_free(ao);
	ck_assert_int_eq(rmq_producer_close(p, INT64_MAX, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_close(k, INT64_MAX, NULL), RMQ_OK);
	rmq_admin_free(a);
	rmq_push_consumer_free(k);
	rmq_producer_free(p);
	rmq_message_free(m);
	rmq_config_free(c);
}
END_TEST

START_TEST(ranges__queue_counts)
{
	static const int bad[] = {0, -1, 1025, INT32_MAX, INT32_MIN};
	rmq_topic_settings *s = rmq_topic_settings_new();
	rmq_mock_cluster *cluster = api_cluster(NULL);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		INVALID_TOLD(rmq_topic_settings_set_queues(s, bad[i], &d));
		INVALID_TOLD(rmq_topic_settings_set_write_queues(s, bad[i], &d));
		INVALID_TOLD(rmq_topic_settings_set_read_queues(s, bad[i], &d));
		INVALID_TOLD(rmq_mock_cluster_create_topic(cluster, "T", bad[i], &d));
	}
	ck_assert_int_eq(rmq_topic_settings_set_queues(s, 1024, NULL), RMQ_OK);
	INVALID_TOLD(rmq_topic_settings_set_permission(s, 1, &d));
	INVALID_TOLD(rmq_topic_settings_set_permission(s, 7, &d));
	ck_assert_int_eq(rmq_topic_settings_set_permission(s, 0, NULL), RMQ_OK);
	rmq_topic_settings_free(s);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- States -------------------------------------------------------------------------------- */

#define STATE_TOLD(call)                                                 \
	do {                                                             \
		rmq_error_detail *d = NULL;                              \
		enum rmq_error e = call;                                 \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_STATE, &d)); \
	} while (0)

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
	ck_assert_int_eq(rmq_push_consumer_suspend(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_suspend(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_resume(k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_close(k, -1, NULL), RMQ_OK);
	STATE_TOLD(rmq_push_consumer_wait_ready(k, 1000, &d));
	STATE_TOLD(rmq_push_consumer_start(k, &d));
	STATE_TOLD(rmq_push_consumer_subscribe(k, "T", "*", &d));
	ck_assert_int_eq(rmq_push_consumer_close(k, -1, NULL), RMQ_OK);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

START_TEST(states__of_mock_nodes)
{
	rmq_mock_cluster *c = api_cluster(NULL);

	ck_assert_int_eq(rmq_mock_broker_start(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-z", NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-a", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_start(c, "broker-a", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 1, NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, -1, NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1, NULL), RMQ_ERR_STATE); /* time is real */
	ck_assert_ptr_null(rmq_mock_cluster_environment(c));
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(c, "broker-z"));
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, "broker-z", "Topic", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, "broker-z", "g"), -1);
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__error,
		null__config,
		null__message,
		null__producer,
		null__send_result,
		null__push_consumer,
		null__consume_context,
		null__admin,
		null__mock,
		names__illegal_topics_are_refused,
		names__sends_to_system_topics_are_refused,
		names__illegal_groups_are_refused,
		names__bad_expressions_are_refused,
		ranges__timeouts,
		ranges__queue_counts,
		states__of_a_producer,
		states__of_a_consumer,
		states__of_mock_nodes,
	};

	return run_suite("arguments", tests, sizeof(tests) / sizeof(tests[0]));
}
