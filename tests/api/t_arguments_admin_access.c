/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong arguments of the calls about users and policies. */
#include "tests/api/arguments.h"

static rmq_config *config;
static rmq_admin *a;

static void set_up(void)
{
	config = api_config("127.0.0.1:1");
	ck_assert_int_eq(rmq_admin_new(config, &a, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmq_admin_free(a);
	rmq_config_free(config);
}

START_TEST(users__refuse_what_is_none)
{
	char longest[258];
	rmq_users *l = NULL;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	INVALID_TOLD(rmq_admin_create_user(NULL, NULL, "u", "p", RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, NULL, "p", RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, "", "p", RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, longest, "p", RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, "u", NULL, RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, "u", longest, RMQ_USER_TYPE_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_create_user(a, NULL, "u", "p", (enum rmq_user_type)3, NULL, &d));
	INVALID_TOLD(rmq_admin_alter_user(NULL, NULL, "u", NULL, RMQ_USER_TYPE_UNTOLD,
					  RMQ_USER_STATUS_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_alter_user(a, NULL, "u\n", NULL, RMQ_USER_TYPE_UNTOLD,
					  RMQ_USER_STATUS_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_alter_user(a, NULL, "u", "", RMQ_USER_TYPE_UNTOLD,
					  RMQ_USER_STATUS_UNTOLD, NULL, &d));
	INVALID_TOLD(rmq_admin_alter_user(a, NULL, "u", NULL, RMQ_USER_TYPE_UNTOLD,
					  (enum rmq_user_status)3, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_user(NULL, NULL, "u", NULL, &d));
	INVALID_TOLD(rmq_admin_delete_user(a, NULL, "", NULL, &d));
	INVALID_TOLD(rmq_admin_users(NULL, NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_users(a, NULL, "", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_users(a, NULL, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_find_user(NULL, NULL, "u", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_find_user(a, NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_find_user(a, NULL, "u", NULL, NULL, &d));
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(users__a_refused_password_is_not_told)
{
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_admin_create_user(a, NULL, "u", "open\x01sesame",
					       RMQ_USER_TYPE_UNTOLD, NULL, &d),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(strstr(rmq_error_detail_message(d), "sesame"));
	rmq_error_detail_free(d);
}
END_TEST

START_TEST(policies__refuse_what_is_none)
{
	rmq_policies *l = NULL;

	INVALID_TOLD(rmq_admin_set_policy(NULL, NULL, "s", "r", "All", NULL, true, NULL, &d));
	INVALID_TOLD(rmq_admin_set_policy(a, NULL, NULL, "r", "All", NULL, true, NULL, &d));
	INVALID_TOLD(rmq_admin_set_policy(a, NULL, "s", "", "All", NULL, true, NULL, &d));
	INVALID_TOLD(rmq_admin_set_policy(a, NULL, "s", "r", NULL, NULL, true, NULL, &d));
	INVALID_TOLD(rmq_admin_set_policy(a, NULL, "s", "r", "All", "", true, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_policy(NULL, NULL, "s", NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_policy(a, NULL, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_policy(a, NULL, "s", "", NULL, &d));
	INVALID_TOLD(rmq_admin_policies(NULL, NULL, NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_policies(a, NULL, "", NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_policies(a, NULL, NULL, "\t", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_policies(a, NULL, NULL, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_subject_policies(NULL, NULL, "s", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_subject_policies(a, NULL, "", NULL, &l, &d));
	INVALID_TOLD(rmq_admin_subject_policies(a, NULL, "s", NULL, NULL, &d));
	ck_assert_ptr_null(l);
}
END_TEST

START_TEST(accounts__refuse_what_is_none)
{
	rmq_account_settings *s = rmq_account_settings_new("reader12");
	rmq_accounts *l = NULL;

	ck_assert_ptr_null(rmq_account_settings_new(NULL));
	ck_assert_ptr_null(rmq_account_settings_new("short6"));
	ck_assert_ptr_null(rmq_account_settings_new("reader12\n"));
	ck_assert_ptr_nonnull(s);
	INVALID_TOLD(rmq_account_settings_set_secret_key(NULL, "readers.secret", &d));
	INVALID_TOLD(rmq_account_settings_set_secret_key(s, NULL, &d));
	INVALID_TOLD(rmq_account_settings_set_secret_key(s, "sesame", &d));
	INVALID_TOLD(rmq_account_settings_set_secret_key(s, "\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4", &d));
	INVALID_TOLD(rmq_account_settings_set_white_remote_address(NULL, "", &d));
	INVALID_TOLD(rmq_account_settings_set_white_remote_address(s, NULL, &d));
	INVALID_TOLD(rmq_account_settings_set_default_topic_permission(s, "PUB\n", &d));
	INVALID_TOLD(rmq_account_settings_set_default_group_permission(s, NULL, &d));
	INVALID_TOLD(rmq_account_settings_set_topic_permissions(NULL, "T=PUB", &d));
	INVALID_TOLD(rmq_account_settings_set_group_permissions(s, NULL, &d));
	INVALID_TOLD(rmq_account_settings_set_admin(NULL, true, &d));
	INVALID_TOLD(rmq_admin_set_account(NULL, NULL, s, NULL, &d));
	INVALID_TOLD(rmq_admin_set_account(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_delete_account(NULL, NULL, "reader12", NULL, &d));
	INVALID_TOLD(rmq_admin_delete_account(a, NULL, "short6", NULL, &d));
	INVALID_TOLD(rmq_admin_set_global_white_addresses(NULL, NULL, "", NULL, &d));
	INVALID_TOLD(rmq_admin_set_global_white_addresses(a, NULL, NULL, NULL, &d));
	INVALID_TOLD(rmq_admin_accounts(NULL, NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_admin_accounts(a, NULL, NULL, NULL, &d));
	ck_assert_ptr_null(l);
	rmq_account_settings_free(s);
}
END_TEST

START_TEST(null__has_nothing)
{
	rmq_account_settings_free(NULL);
	ck_assert_uint_eq(rmq_accounts_count(NULL), 0);
	ck_assert_ptr_null(rmq_accounts_at(NULL, 0));
	rmq_accounts_free(NULL);
	ck_assert_str_eq(rmq_account_broker(NULL), "");
	ck_assert_int_eq(rmq_account_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_account_detail(NULL));
	ck_assert_str_eq(rmq_account_access_key(NULL), "");
	ck_assert_str_eq(rmq_account_white_remote_address(NULL), "");
	ck_assert_str_eq(rmq_account_default_topic_permission(NULL), "");
	ck_assert_str_eq(rmq_account_default_group_permission(NULL), "");
	ck_assert_str_eq(rmq_account_topic_permissions(NULL), "");
	ck_assert_str_eq(rmq_account_group_permissions(NULL), "");
	ck_assert_str_eq(rmq_account_global_white_addresses(NULL), "");
	ck_assert(!rmq_account_is_admin(NULL));
	ck_assert_uint_eq(rmq_users_count(NULL), 0);
	ck_assert_ptr_null(rmq_users_at(NULL, 0));
	rmq_users_free(NULL);
	ck_assert_str_eq(rmq_user_broker(NULL), "");
	ck_assert_int_eq(rmq_user_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_user_detail(NULL));
	ck_assert_str_eq(rmq_user_name(NULL), "");
	ck_assert_int_eq(rmq_user_type_of(NULL), RMQ_USER_TYPE_UNTOLD);
	ck_assert_int_eq(rmq_user_status_of(NULL), RMQ_USER_STATUS_UNTOLD);
	ck_assert_uint_eq(rmq_policies_count(NULL), 0);
	ck_assert_ptr_null(rmq_policies_at(NULL, 0));
	rmq_policies_free(NULL);
	ck_assert_str_eq(rmq_policy_broker(NULL), "");
	ck_assert_int_eq(rmq_policy_error(NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(rmq_policy_detail(NULL));
	ck_assert_str_eq(rmq_policy_subject(NULL), "");
	ck_assert_str_eq(rmq_policy_type(NULL), "");
	ck_assert_str_eq(rmq_policy_resource(NULL), "");
	ck_assert_str_eq(rmq_policy_actions(NULL), "");
	ck_assert_str_eq(rmq_policy_source_ips(NULL), "");
	ck_assert_str_eq(rmq_policy_decision(NULL), "");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		users__refuse_what_is_none,
		users__a_refused_password_is_not_told,
		policies__refuse_what_is_none,
		accounts__refuse_what_is_none,
		null__has_nothing,
	};
	struct suite s;

	suite_open(&s, "arguments_admin_access");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
