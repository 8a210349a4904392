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

START_TEST(null__admin_group)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_groups *groups = NULL;
	rmq_group_configs *configs = NULL;
	rmq_group_members *members = NULL;
	rmq_group_lag *lag = NULL;
	char *json = NULL;
	rmq_admin *a = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_groups(NULL, NULL, NULL, &groups, &d));
	INVALID_TOLD(rmq_admin_groups(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_group_config(NULL, NULL, "g", NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_group_config(a, NULL, NULL, NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_group_config(a, NULL, "g g", NULL, &configs, &d));
	INVALID_TOLD(rmq_admin_group_config(a, NULL, "g", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_create_group(NULL, NULL, "g", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_create_group(a, NULL, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_create_group(a, NULL, "g g", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_group(NULL, NULL, "g", 0, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_group(a, NULL, NULL, 0, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_group(a, NULL, "g g", 0, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_group(a, NULL, "g", 4, NULL, &d));
	INVALID_TOLD(rmq_admin_group_members(NULL, NULL, "g", NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_members(a, NULL, NULL, NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_members(a, NULL, "g g", NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_members(a, NULL, "g", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_group_producers(NULL, NULL, "g", NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_producers(a, NULL, NULL, NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_producers(a, NULL, "g g", NULL, &members, &d));
	INVALID_TOLD(rmq_admin_group_producers(a, NULL, "g", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_member_info(NULL, NULL, "g", "c", NULL, &json, &d));
	INVALID_TOLD(rmq_admin_member_info(a, NULL, NULL, "c", NULL, &json, &d));
	INVALID_TOLD(rmq_admin_member_info(a, NULL, "g g", "c", NULL, &json, &d));
	INVALID_TOLD(rmq_admin_member_info(a, NULL, "g", NULL, NULL, &json, &d));
	INVALID_TOLD(rmq_admin_member_info(a, NULL, "g", "c", NULL, NULL, &d));
	rmq_member_info_free(json);
	INVALID_TOLD(rmq_admin_group_lag(NULL, NULL, "g", NULL, false, NULL, &lag, &d));
	INVALID_TOLD(rmq_admin_group_lag(a, NULL, NULL, NULL, false, NULL, &lag, &d));
	INVALID_TOLD(rmq_admin_group_lag(a, NULL, "g g", NULL, false, NULL, &lag, &d));
	INVALID_TOLD(rmq_admin_group_lag(a, NULL, "g", "T T", false, NULL, &lag, &d));
	INVALID_TOLD(rmq_admin_group_lag(a, NULL, "g", NULL, false, NULL, NULL, &d));
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__admin_reset)
{
	rmq_config *c = api_config("127.0.0.1:1");
	rmq_offset_reset *r = rmq_offset_reset_new();
	rmq_queue_resets *rows = NULL;
	rmq_admin *a = NULL;

	ck_assert_int_eq(rmq_admin_new(c, &a, NULL), RMQ_OK);
	INVALID_TOLD(rmq_offset_reset_set_latest(NULL, &d));
	INVALID_TOLD(rmq_offset_reset_set_earliest(NULL, &d));
	INVALID_TOLD(rmq_offset_reset_set_time(NULL, 1, &d));
	INVALID_TOLD(rmq_offset_reset_set_time(r, -1, &d));
	INVALID_TOLD(rmq_offset_reset_set_offset(NULL, 1, &d));
	INVALID_TOLD(rmq_offset_reset_set_offset(r, -1, &d));
	INVALID_TOLD(rmq_offset_reset_set_queue(NULL, "b", 0, &d));
	INVALID_TOLD(rmq_offset_reset_set_queue(r, "b", -1, &d));
	INVALID_TOLD(rmq_offset_reset_set_dry_run(NULL, true, &d));
	INVALID_TOLD(rmq_offset_reset_set_force(NULL, true, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(NULL, "g", "T", NULL, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(a, NULL, "T", NULL, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(a, "g g", "T", NULL, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(a, "g", NULL, NULL, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(a, "g", "T T", NULL, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_reset_offsets(a, "g", "T", NULL, NULL, NULL, &d));
	ck_assert_int_eq(rmq_offset_reset_set_offset(r, 1, NULL), RMQ_OK);
	INVALID_TOLD(rmq_admin_reset_offsets(a, "g", "T", r, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(NULL, "g", "h", "T", false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, NULL, "h", "T", false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, "g g", "h", "T", false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, "g", NULL, "T", false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, "g", "h h", "T", false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, "g", "h", NULL, false, NULL, &rows, &d));
	INVALID_TOLD(rmq_admin_clone_offsets(a, "g", "h", "T", false, NULL, NULL, &d));
	ck_assert_ptr_null(rows);
	ck_assert_uint_eq(rmq_queue_resets_count(NULL), 0);
	ck_assert_ptr_null(rmq_queue_resets_at(NULL, 0));
	ck_assert_int_eq(rmq_queue_reset_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_queue_reset_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_queue_reset_detail(NULL));
	ck_assert_int_eq(rmq_queue_reset_before(NULL), -1);
	ck_assert_int_eq(rmq_queue_reset_after(NULL), -1);
	rmq_queue_resets_free(NULL);
	rmq_offset_reset_free(NULL);
	rmq_offset_reset_free(r);
	rmq_admin_free(a);
	rmq_config_free(c);
}
END_TEST

START_TEST(null__group_settings)
{
	rmq_group_settings *s = rmq_group_settings_new();

	INVALID_TOLD(rmq_group_settings_set_enabled(NULL, true, &d));
	INVALID_TOLD(rmq_group_settings_set_broadcast_enabled(NULL, true, &d));
	INVALID_TOLD(rmq_group_settings_set_orderly(NULL, true, &d));
	INVALID_TOLD(rmq_group_settings_set_notified(NULL, true, &d));
	INVALID_TOLD(rmq_group_settings_set_retry_max_times(NULL, 1, &d));
	INVALID_TOLD(rmq_group_settings_set_retry_max_times(s, -1, &d));
	INVALID_TOLD(rmq_group_settings_set_retry_queues(NULL, 1, &d));
	INVALID_TOLD(rmq_group_settings_set_retry_queues(s, 1025, &d));
	INVALID_TOLD(rmq_group_settings_set_broker_id(NULL, 1, &d));
	INVALID_TOLD(rmq_group_settings_set_broker_id(s, -1, &d));
	INVALID_TOLD(rmq_group_settings_set_slow_broker_id(NULL, 1, &d));
	INVALID_TOLD(rmq_group_settings_set_slow_broker_id(s, -1, &d));
	INVALID_TOLD(rmq_group_settings_set_retry_policy(NULL, "{}", &d));
	INVALID_TOLD(rmq_group_settings_set_retry_policy(s, "[]", &d));
	INVALID_TOLD(rmq_group_settings_set_retry_policy(s, "{", &d));
	INVALID_TOLD(rmq_group_settings_set_attribute(NULL, "a", "b", &d));
	INVALID_TOLD(rmq_group_settings_set_attribute(s, NULL, "b", &d));
	INVALID_TOLD(rmq_group_settings_set_attribute(s, "a,", "b", &d));
	ck_assert_ptr_null(rmq_group_settings_of(NULL));
	rmq_group_settings_free(NULL);
	rmq_group_settings_free(s);
}
END_TEST

START_TEST(null__group_rows)
{
	ck_assert_uint_eq(rmq_groups_count(NULL), 0);
	ck_assert_ptr_null(rmq_groups_at(NULL, 0));
	ck_assert_str_eq(rmq_group_name(NULL), "");
	ck_assert_str_eq(rmq_group_broker_name(NULL), "");
	ck_assert(!rmq_group_is_system(NULL));
	ck_assert_int_eq(rmq_group_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_group_detail(NULL));
	ck_assert_uint_eq(rmq_group_configs_count(NULL), 0);
	ck_assert_ptr_null(rmq_group_configs_at(NULL, 0));
	ck_assert_str_eq(rmq_group_config_broker_name(NULL), "");
	ck_assert_str_eq(rmq_group_config_address(NULL), "");
	ck_assert_int_eq(rmq_group_config_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_group_config_detail(NULL));
	ck_assert(!rmq_group_config_is_enabled(NULL));
	ck_assert(!rmq_group_config_is_broadcast_enabled(NULL));
	ck_assert(!rmq_group_config_is_orderly(NULL));
	ck_assert(!rmq_group_config_is_notified(NULL));
	ck_assert_int_eq(rmq_group_config_retry_max_times(NULL), -1);
	ck_assert_int_eq(rmq_group_config_retry_queues(NULL), -1);
	ck_assert_int_eq(rmq_group_config_broker_id(NULL), -1);
	ck_assert_int_eq(rmq_group_config_slow_broker_id(NULL), -1);
	ck_assert_str_eq(rmq_group_config_retry_policy(NULL), "{}");
	ck_assert_str_eq(rmq_group_config_attributes(NULL), "{}");
	rmq_groups_free(NULL);
	rmq_group_configs_free(NULL);
}
END_TEST

START_TEST(null__member_rows)
{
	ck_assert_uint_eq(rmq_group_members_count(NULL), 0);
	ck_assert_ptr_null(rmq_group_members_at(NULL, 0));
	ck_assert_str_eq(rmq_group_member_client_id(NULL), "");
	ck_assert_str_eq(rmq_group_member_address(NULL), "");
	ck_assert_str_eq(rmq_group_member_language(NULL), "");
	ck_assert_str_eq(rmq_group_member_broker_name(NULL), "");
	ck_assert_int_eq(rmq_group_member_version(NULL), -1);
	ck_assert_int_eq(rmq_group_member_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_group_member_detail(NULL));
	ck_assert_str_eq(rmq_group_members_consume_type(NULL), "");
	ck_assert_str_eq(rmq_group_members_message_model(NULL), "");
	ck_assert_str_eq(rmq_group_members_consume_from_where(NULL), "");
	ck_assert_uint_eq(rmq_group_members_subscription_count(NULL), 0);
	ck_assert_ptr_null(rmq_group_members_subscription_at(NULL, 0));
	ck_assert_str_eq(rmq_group_subscription_topic(NULL), "");
	ck_assert_str_eq(rmq_group_subscription_expression(NULL), "");
	ck_assert_str_eq(rmq_group_subscription_type(NULL), "");
	rmq_group_members_free(NULL);
}
END_TEST

START_TEST(null__lag_rows)
{
	ck_assert_uint_eq(rmq_group_lag_count(NULL), 0);
	ck_assert_ptr_null(rmq_group_lag_at(NULL, 0));
	ck_assert_int_eq(rmq_group_lag_total(NULL), 0);
	ck_assert_int_eq(rmq_group_lag_in_flight(NULL), 0);
	ck_assert_double_eq(rmq_group_lag_tps(NULL), 0);
	ck_assert_uint_eq(rmq_group_lag_topic_count(NULL), 0);
	ck_assert_ptr_null(rmq_group_lag_topic_at(NULL, 0));
	ck_assert_str_eq(rmq_topic_lag_topic(NULL), "");
	ck_assert_int_eq(rmq_topic_lag_total(NULL), 0);
	ck_assert_int_eq(rmq_topic_lag_in_flight(NULL), 0);
	ck_assert_int_eq(rmq_queue_lag_queue(NULL)->queue_id, -1);
	ck_assert_int_eq(rmq_queue_lag_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_queue_lag_detail(NULL));
	ck_assert_int_eq(rmq_queue_lag_broker_offset(NULL), -1);
	ck_assert_int_eq(rmq_queue_lag_consumer_offset(NULL), -1);
	ck_assert_int_eq(rmq_queue_lag_pull_offset(NULL), -1);
	ck_assert_int_eq(rmq_queue_lag_behind(NULL), -1);
	ck_assert_int_eq(rmq_queue_lag_in_flight(NULL), -1);
	ck_assert_int_eq(rmq_queue_lag_stored_at(NULL), -1);
	ck_assert_str_eq(rmq_queue_lag_owner(NULL), "");
	rmq_group_lag_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__admin,
		null__admin_topic,
		null__admin_group,
		null__admin_reset,
		null__group_settings,
		null__group_rows,
		null__member_rows,
		null__lag_rows,
	};

	return run_suite("arguments_admin", tests, sizeof(tests) / sizeof(tests[0]));
}
