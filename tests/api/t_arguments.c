/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_arguments.c - NULL and values out of range, at every public function: an error or a neutral
 * value, never a crash, and out parameters stay as they were. Here: what belongs to all clients;
 * t_arguments_producer.c, _request.c, _consumer.c, _admin.c and _mock.c
 * have what belongs to one.
 */
#include "tests/api/arguments.h"

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
	rmq_config_set_credentials_fn(NULL, NULL, NULL);
	rmq_config_set_credentials_fn(c, NULL, NULL);
	INVALID_TOLD(rmq_credentials_set(NULL, "key", "secret", NULL, &d));
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
	INVALID_TOLD(rmq_message_set_delay_time_sec(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_delay_time_ms(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_deliver_time_ms(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_wait_store_ok(NULL, true, &d));
	INVALID_TOLD(rmq_message_set_priority(NULL, 1, &d));
	INVALID_TOLD(rmq_message_set_lite_topic(NULL, "x", &d));
	ck_assert_int_eq(rmq_message_priority(NULL), -1);
	ck_assert_str_eq(rmq_message_lite_topic(NULL), "");
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

/* The limit stands behind the name, and a name may be long. */
START_TEST(names__too_long_are_refused_with_the_limit)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_push_consumer *k = NULL;
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;
	char name[1001];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(rmq_producer_new(c, name, &p, &d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "max length: 120"));
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_push_consumer_new(c, "g", &k, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_push_consumer_subscribe(k, name, "*", &d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "max length: 127"));
	rmq_error_detail_free(d);
	rmq_push_consumer_free(k);
	rmq_config_free(c);
}
END_TEST

START_TEST(settings__that_are_sent_are_utf8)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_config_set(c, "instanceName", "a\xff", &d), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(d), "instanceName: not UTF-8 from place 1 on");
	rmq_error_detail_free(d);
	/* A path may be any bytes. */
	ck_assert_int_eq(rmq_config_set(c, "tlsCaFile", "/\xff", NULL), RMQ_OK);
	rmq_config_free(c);
}
END_TEST

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

int main(void)
{
	const TTest *const tests[] = {
		null__error,
		null__config,
		null__message,
		names__illegal_topics_are_refused,
		names__illegal_groups_are_refused,
		names__too_long_are_refused_with_the_limit,
		settings__that_are_sent_are_utf8,
		ranges__timeouts,
		ranges__queue_counts,
	};

	return run_suite("arguments", tests, sizeof(tests) / sizeof(tests[0]));
}
