/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_access.c - users and policies of two brokers, of which one may be away. In virtual time. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"
#include "tests/support/child.h"

#define SECRET "alices.secret"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_admin *admin;
static rmq_error_detail *detail;
static char secret_line[1024];
static int lines;

static void on_line(enum rmq_log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	lines++;
	if (strstr(text, SECRET) || strstr(text, "open.sesame"))
		snprintf(secret_line, sizeof(secret_line), "%s", text);
}

static void begin(const char *settings)
{
	cluster = api_cluster(api_options("virtualTime", "true", "brokers", "2", "brokerSettings",
					  settings, NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	rmq_config_set_log(config, on_line, RMQ_LOG_DEBUG, NULL);
	ck_assert_int_eq(rmq_config_set(config, "accessKey", "operator1", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_config_set(config, "secretKey", "open.sesame", NULL), RMQ_OK);
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
}

static void set_up(void)
{
	begin("authenticationEnabled=true\nauthorizationEnabled=true\n"
	      "initAuthenticationUser={\"username\":\"operator1\",\"password\":\"open.sesame\"}\n");
}

static void tear_down(void)
{
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_admin_free(admin);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
	ck_assert_int_gt(lines, 0);
	ck_assert_str_eq(secret_line, "");
}

static void create_alice(void)
{
	api_ok(rmq_admin_create_user(admin, NULL, "alice", SECRET, RMQ_USER_TYPE_UNTOLD, NULL,
				     &detail),
	       &detail);
}

static rmq_users *users(const char *filter)
{
	rmq_users *l = NULL;

	api_ok(rmq_admin_users(admin, NULL, filter, NULL, &l, &detail), &detail);
	return l;
}

static rmq_policies *policies_of(const char *subject)
{
	rmq_policies *l = NULL;

	api_ok(rmq_admin_subject_policies(admin, NULL, subject, NULL, &l, &detail), &detail);
	return l;
}

static void expect_user(const rmq_user *u, const char *broker, enum rmq_user_type type,
			enum rmq_user_status status)
{
	ck_assert_str_eq(rmq_user_broker(u), broker);
	ck_assert_int_eq(rmq_user_error(u), RMQ_OK);
	ck_assert_ptr_null(rmq_user_detail(u));
	ck_assert_str_eq(rmq_user_name(u), "alice");
	ck_assert_int_eq(rmq_user_type_of(u), type);
	ck_assert_int_eq(rmq_user_status_of(u), status);
}

START_TEST(users__are_made_altered_and_deleted)
{
	rmq_users *l = NULL;

	set_up();
	create_alice();
	l = users("ali");
	ck_assert_uint_eq(rmq_users_count(l), 2);
	expect_user(rmq_users_at(l, 0), "broker-a", RMQ_USER_TYPE_NORMAL, RMQ_USER_STATUS_ENABLED);
	expect_user(rmq_users_at(l, 1), "broker-b", RMQ_USER_TYPE_NORMAL, RMQ_USER_STATUS_ENABLED);
	rmq_users_free(l);
	api_ok(rmq_admin_alter_user(admin, NULL, "alice", NULL, RMQ_USER_TYPE_SUPER,
				    RMQ_USER_STATUS_DISABLED, NULL, &detail),
	       &detail);
	api_ok(rmq_admin_find_user(admin, NULL, "alice", NULL, &l, &detail), &detail);
	ck_assert_uint_eq(rmq_users_count(l), 2);
	expect_user(rmq_users_at(l, 1), "broker-b", RMQ_USER_TYPE_SUPER, RMQ_USER_STATUS_DISABLED);
	rmq_users_free(l);
	api_ok(rmq_admin_delete_user(admin, NULL, "alice", NULL, &detail), &detail);
	api_ok(rmq_admin_delete_user(admin, NULL, "alice", NULL, &detail), &detail);
	l = users("ali");
	ck_assert_uint_eq(rmq_users_count(l), 0);
	rmq_users_free(l);
	tear_down();
}
END_TEST

START_TEST(users__one_that_is_there_is_not_made_again)
{
	set_up();
	create_alice();
	ck_assert_int_eq(rmq_admin_create_user(admin, NULL, "alice", SECRET, RMQ_USER_TYPE_UNTOLD,
					       NULL, &detail),
			 RMQ_ERR_BROKER);
	ck_assert_ptr_null(strstr(rmq_error_detail_message(detail), SECRET));
	tear_down();
}
END_TEST

START_TEST(users__a_broker_that_is_away_is_a_row)
{
	rmq_users *l;

	set_up();
	create_alice();
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	l = users("alice");
	ck_assert_uint_eq(rmq_users_count(l), 2);
	expect_user(rmq_users_at(l, 0), "broker-a", RMQ_USER_TYPE_NORMAL, RMQ_USER_STATUS_ENABLED);
	ck_assert_str_eq(rmq_user_broker(rmq_users_at(l, 1)), "broker-b");
	ck_assert_int_eq(rmq_user_error(rmq_users_at(l, 1)), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(rmq_user_detail(rmq_users_at(l, 1)));
	ck_assert_str_eq(rmq_user_name(rmq_users_at(l, 1)), "");
	rmq_users_free(l);
	/* An order fails when one has it not, and the others have it. */
	ck_assert_int_eq(rmq_admin_delete_user(admin, NULL, "alice", NULL, &detail),
			 RMQ_ERR_TIMEOUT);
	rmq_error_detail_free(detail);
	detail = NULL;
	l = users("alice");
	ck_assert_uint_eq(rmq_users_count(l), 1);
	ck_assert_int_eq(rmq_user_error(rmq_users_at(l, 0)), RMQ_ERR_TIMEOUT);
	rmq_users_free(l);
	tear_down();
}
END_TEST

START_TEST(users__are_unknown_to_a_broker_without_them)
{
	rmq_users *l = NULL;

	begin("slaveReadEnable=false\n");
	ck_assert_int_eq(rmq_admin_users(admin, NULL, NULL, NULL, &l, &detail), RMQ_ERR_BROKER);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

START_TEST(users__are_unsupported_by_an_old_broker)
{
	rmq_users *l = NULL;

	begin("emulate=4.9\n");
	ck_assert_int_eq(rmq_admin_users(admin, NULL, NULL, NULL, &l, &detail),
			 RMQ_ERR_UNSUPPORTED);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

START_TEST(users__none_of_a_cluster_that_is_not_there)
{
	rmq_users *l = NULL;

	set_up();
	ck_assert_int_eq(rmq_admin_users(admin, "Elsewhere", NULL, NULL, &l, &detail),
			 RMQ_ERR_NOT_FOUND);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

static void set_policy(const char *resource, const char *actions, const char *ips, bool is_allowed)
{
	api_ok(rmq_admin_set_policy(admin, NULL, "User:alice", resource, actions, ips, is_allowed,
				    NULL, &detail),
	       &detail);
}

START_TEST(policies__are_set_and_deleted)
{
	rmq_policies *l;
	const rmq_policy *p;

	set_up();
	create_alice();
	set_policy("Topic:T1", "Pub,Sub", "192.168.0.1", true);
	set_policy("Topic:T2", "Sub", NULL, true);
	set_policy("Topic:T2", "All", NULL, false);
	l = policies_of("User:alice");
	ck_assert_uint_eq(rmq_policies_count(l), 4);
	p = rmq_policies_at(l, 2);
	ck_assert_str_eq(rmq_policy_broker(p), "broker-b");
	ck_assert_int_eq(rmq_policy_error(p), RMQ_OK);
	ck_assert_str_eq(rmq_policy_subject(p), "User:alice");
	ck_assert_str_eq(rmq_policy_type(p), "Custom");
	ck_assert_str_eq(rmq_policy_resource(p), "Topic:T1");
	ck_assert_str_eq(rmq_policy_actions(p), "Pub,Sub");
	ck_assert_str_eq(rmq_policy_source_ips(p), "192.168.0.1");
	ck_assert_str_eq(rmq_policy_decision(p), "Allow");
	p = rmq_policies_at(l, 3);
	ck_assert_str_eq(rmq_policy_resource(p), "Topic:T2");
	ck_assert_str_eq(rmq_policy_decision(p), "Deny");
	rmq_policies_free(l);
	api_ok(rmq_admin_delete_policy(admin, NULL, "User:alice", "Topic:T1", NULL, &detail),
	       &detail);
	l = NULL;
	api_ok(rmq_admin_policies(admin, NULL, "alice", "T2", NULL, &l, &detail), &detail);
	ck_assert_uint_eq(rmq_policies_count(l), 2);
	rmq_policies_free(l);
	api_ok(rmq_admin_delete_policy(admin, NULL, "User:alice", NULL, NULL, &detail), &detail);
	l = policies_of("User:alice");
	ck_assert_uint_eq(rmq_policies_count(l), 0);
	rmq_policies_free(l);
	tear_down();
}
END_TEST

START_TEST(policies__nobody_has_none)
{
	rmq_policies *l = NULL;

	set_up();
	ck_assert_int_eq(rmq_admin_set_policy(admin, NULL, "User:nobody", "Topic:T", "Pub", NULL,
					      true, NULL, &detail),
			 RMQ_ERR_BROKER);
	rmq_error_detail_free(detail);
	detail = NULL;
	ck_assert_int_eq(rmq_admin_subject_policies(admin, NULL, "User:nobody", NULL, &l, &detail),
			 RMQ_ERR_BROKER);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

START_TEST(policies__a_broker_that_refuses_is_a_row)
{
	rmq_policies *l;
	rmq_mock_fault *f = NULL;
	uint64_t id;

	set_up();
	create_alice();
	set_policy("Topic:T1", "Pub", NULL, true);
	api_ok(rmq_mock_fault_parse("{\"code\":\"AUTH_GET_ACL\",\"node\":\"broker-a\","
				    "\"reply\":\"SYSTEM_ERROR\"}",
				    &f, &detail),
	       &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
	l = policies_of("User:alice");
	ck_assert_uint_eq(rmq_policies_count(l), 2);
	ck_assert_int_eq(rmq_policy_error(rmq_policies_at(l, 0)), RMQ_ERR_BROKER);
	ck_assert_ptr_nonnull(rmq_policy_detail(rmq_policies_at(l, 0)));
	ck_assert_str_eq(rmq_policy_resource(rmq_policies_at(l, 0)), "");
	ck_assert_str_eq(rmq_policy_resource(rmq_policies_at(l, 1)), "Topic:T1");
	rmq_policies_free(l);
	tear_down();
}
END_TEST

/* --- Accounts of a file, which both brokers share ------------------------------------------------------ */

static char scratch[4096];

static void begin_with_file(void)
{
	char settings[8192], path[4200];
	FILE *f;

	ck_assert(make_scratch(scratch, sizeof(scratch)));
	snprintf(path, sizeof(path), "%s/plain_acl.yml", scratch);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("accounts:\n- accessKey: operator1\n  secretKey: open.sesame\n  admin: true\n", f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	snprintf(settings, sizeof(settings),
		 "emulate=4.9\naclEnable=true\nrocketmq.acl.plain.file=%s\n", path);
	begin(settings);
}

static void set_account(const char *topics, bool is_admin)
{
	rmq_account_settings *s = rmq_account_settings_new("reader12");

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(rmq_account_settings_set_secret_key(s, "another.secret", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_account_settings_set_secret_key(s, SECRET, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_account_settings_set_white_remote_address(s, "10.0.0.*", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_account_settings_set_group_permissions(s, "G=SUB", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_account_settings_set_topic_permissions(s, topics, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_account_settings_set_admin(s, is_admin, NULL), RMQ_OK);
	api_ok(rmq_admin_set_account(admin, NULL, s, NULL, &detail), &detail);
	rmq_account_settings_free(s);
}

/* The row of that account at this broker; NULL: none. */
static const rmq_account *find_account(const rmq_accounts *l, const char *broker)
{
	const rmq_account *c;

	for (size_t i = 0; (c = rmq_accounts_at(l, i)); i++)
		if (strcmp(rmq_account_broker(c), broker) == 0 &&
		    (rmq_account_error(c) != RMQ_OK ||
		     strcmp(rmq_account_access_key(c), "reader12") == 0))
			return c;
	return NULL;
}

static rmq_accounts *accounts(void)
{
	rmq_accounts *l = NULL;

	api_ok(rmq_admin_accounts(admin, NULL, NULL, &l, &detail), &detail);
	return l;
}

START_TEST(accounts__are_set_and_deleted)
{
	rmq_accounts *l;
	const rmq_account *c;

	begin_with_file();
	set_account("T=PUB", true);
	set_account("U=PUB,V=SUB", false);
	api_ok(rmq_admin_set_global_white_addresses(admin, NULL, "10.1.0.*,10.2.0.*", NULL,
						    &detail),
	       &detail);
	l = accounts();
	c = find_account(l, "broker-b");
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(rmq_account_white_remote_address(c), "10.0.0.*");
	ck_assert_str_eq(rmq_account_topic_permissions(c), "U=PUB,V=SUB");
	ck_assert_str_eq(rmq_account_group_permissions(c), "G=SUB");
	ck_assert_str_eq(rmq_account_global_white_addresses(c), "10.1.0.*,10.2.0.*");
	ck_assert(!rmq_account_is_admin(c));
	rmq_accounts_free(l);
	/* The brokers share the file: for one of them it is gone already. */
	(void)!rmq_admin_delete_account(admin, NULL, "reader12", NULL, NULL);
	l = accounts();
	ck_assert_uint_eq(rmq_accounts_count(l), 2);
	ck_assert_ptr_null(find_account(l, "broker-a"));
	rmq_accounts_free(l);
	tear_down();
	remove_tree(scratch);
}
END_TEST

START_TEST(accounts__a_broker_that_is_away_is_a_row)
{
	rmq_accounts *l;

	begin_with_file();
	set_account("T=PUB", false);
	api_ok(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	l = accounts();
	ck_assert_int_eq(rmq_account_error(find_account(l, "broker-a")), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(rmq_account_detail(find_account(l, "broker-a")));
	ck_assert_str_eq(rmq_account_access_key(find_account(l, "broker-a")), "");
	ck_assert_str_eq(rmq_account_topic_permissions(find_account(l, "broker-b")), "T=PUB");
	rmq_accounts_free(l);
	tear_down();
	remove_tree(scratch);
}
END_TEST

START_TEST(accounts__are_unsupported_by_a_new_broker)
{
	rmq_accounts *l = NULL;

	set_up();
	ck_assert_int_eq(rmq_admin_accounts(admin, NULL, NULL, &l, &detail), RMQ_ERR_UNSUPPORTED);
	ck_assert_ptr_null(l);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		users__are_made_altered_and_deleted,
		users__one_that_is_there_is_not_made_again,
		users__a_broker_that_is_away_is_a_row,
		users__are_unknown_to_a_broker_without_them,
		users__are_unsupported_by_an_old_broker,
		users__none_of_a_cluster_that_is_not_there,
		policies__are_set_and_deleted,
		policies__nobody_has_none,
		policies__a_broker_that_refuses_is_a_row,
		accounts__are_set_and_deleted,
		accounts__a_broker_that_is_away_is_a_row,
		accounts__are_unsupported_by_a_new_broker,
	};
	struct suite s;

	suite_open(&s, "admin_access");
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
