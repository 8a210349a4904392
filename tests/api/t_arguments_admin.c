/* SPDX-License-Identifier: Apache-2.0 */
/* NULL at the functions of an admin (t_arguments.c). */
#include "tests/api/arguments.h"

#define POP RMQ_REQUEST_MODE_POP

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
	INVALID_TOLD(rmq_admin_set_message_request_mode(NULL, NULL, "T", "g", POP, 0, NULL, &d));
	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, NULL, "g", POP, 0, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T", NULL, POP, 0, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T T", "g", POP, 0, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T", "g g", POP, 0, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T", "g", (enum rmq_request_mode)2,
							0, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T", "g", POP, -1, NULL, &d));
	INVALID_TOLD(rmq_admin_set_message_request_mode(a, NULL, "T", "g", RMQ_REQUEST_MODE_PULL, 1,
							NULL, &d));
	INVALID_TOLD(rmq_admin_create_lite_group(NULL, NULL, "g", "T", false, NULL, &d));
	INVALID_TOLD(rmq_admin_create_lite_group(a, NULL, NULL, "T", false, NULL, &d));
	INVALID_TOLD(rmq_admin_create_lite_group(a, NULL, "g", NULL, false, NULL, &d));
	INVALID_TOLD(rmq_admin_create_lite_group(a, NULL, "g g", "T", false, NULL, &d));
	INVALID_TOLD(rmq_admin_create_lite_group(a, NULL, "g", "T T", false, NULL, &d));
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
	INVALID_TOLD(rmq_topic_settings_set_lite(NULL, true, &d));
	rmq_topic_settings_free(NULL);
	ck_assert_uint_eq(rmq_topic_offsets_count(NULL), 0);
	ck_assert_ptr_null(rmq_topic_offsets_at(NULL, 0));
	rmq_topic_offsets_free(NULL);
	ck_assert_int_eq(rmq_queue_offsets_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_queue_offsets_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_queue_offsets_detail(NULL));
	ck_assert_int_eq(rmq_queue_offsets_min(NULL), -1);
	ck_assert_int_eq(rmq_queue_offsets_max(NULL), -1);
	ck_assert_int_eq(rmq_queue_offsets_consumer(NULL), -1);
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__admin_topic)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_topics *topics = NULL;
	rmq_topic_configs *configs = NULL;
	rmq_topic_settings *s = rmq_topic_settings_new();
	rmq_admin *a = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_topics(NULL, NULL, NULL, &topics, &d));
	INVALID_TOLD(rmq_admin_topics(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_topic_config(NULL, "T", NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_topic_config(a, NULL, NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_topic_config(a, "T T", NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_topic_config(a, "T", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_topic(NULL, NULL, "T", NULL, &d));
	INVALID_TOLD(rmq_admin_delete_topic(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_topic(a, NULL, "T T", NULL, &d));
	INVALID_TOLD(rmq_topic_settings_set_ordered(NULL, true, &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(NULL, "a", "b", &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(s, NULL, "b", &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(s, "", "b", &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(s, "a=", "b", &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(s, "a", "b,c", &d));
	INVALID_TOLD(rmq_topic_settings_set_attribute(s, "a", "\n", &d));
	ck_assert_uint_eq(rmq_topics_count(NULL), 0);
	ck_assert_ptr_null(rmq_topics_at(NULL, 0));
	ck_assert_str_eq(rmq_topic_name(NULL), "");
	ck_assert_int_eq(rmq_topic_kind(NULL), RMQ_TOPIC_NORMAL);
	ck_assert_uint_eq(rmq_topic_configs_count(NULL), 0);
	ck_assert_ptr_null(rmq_topic_configs_at(NULL, 0));
	ck_assert_str_eq(rmq_topic_config_broker_name(NULL), "");
	ck_assert_str_eq(rmq_topic_config_address(NULL), "");
	ck_assert_int_eq(rmq_topic_config_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_topic_config_detail(NULL));
	ck_assert_int_eq(rmq_topic_config_read_queues(NULL), -1);
	ck_assert_int_eq(rmq_topic_config_write_queues(NULL), -1);
	ck_assert_uint_eq(rmq_topic_config_permission(NULL), 0);
	ck_assert(!rmq_topic_config_is_ordered(NULL));
	ck_assert_str_eq(rmq_topic_config_message_type(NULL), "");
	ck_assert_str_eq(rmq_topic_config_attributes(NULL), "{}");
	ck_assert_ptr_null(rmq_topic_settings_of(NULL));
	ck_assert_int_eq(rmq_queue_offsets_stored_at(NULL), -1);
	rmq_topics_free(NULL);
	rmq_topic_configs_free(NULL);
	rmq_topic_settings_free(s);
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__admin,
		null__admin_topic,
	};

	return run_suite("arguments_admin", tests, sizeof(tests) / sizeof(tests[0]));
}
