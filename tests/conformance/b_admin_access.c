/* SPDX-License-Identifier: Apache-2.0 */
/* b_admin_access.c - users, policies and accounts, by the account that may do all. */
#include <stdio.h>
#include <string.h>

#include "tests/conformance/behaviour.h"
#include "tests/conformance/scene.h"

#define SECRET "a.users.secret"

/* For all calls of a behaviour, each of which is a process. */
static const rmq_admin_options *patience(void)
{
	static rmq_admin_options *o;

	if (!o) {
		o = rmq_admin_options_new();
		expect_int(rmq_admin_options_set_timeout(o, PATIENT_MS, NULL), RMQ_OK);
	}
	return o;
}

static const char *new_user(void)
{
	const char *name = new_name("U");
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_create_user(the_admin(), NULL, name, SECRET, RMQ_USER_TYPE_NORMAL,
					patience(), &detail),
		  detail);
	return name;
}

static void delete_user(const char *name)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_delete_user(the_admin(), NULL, name, patience(), &detail), detail);
}

static void expect_users(rmq_users *l, const char *name, enum rmq_user_status status)
{
	expect_int(rmq_users_count(l), BROKERS);
	for (size_t i = 0; i < BROKERS; i++) {
		const rmq_user *u = rmq_users_at(l, i);

		expect_int(rmq_user_error(u), RMQ_OK);
		expect_text(rmq_user_broker(u), i == 0 ? "broker-a" : "broker-b");
		expect_text(rmq_user_name(u), name);
		expect_int(rmq_user_type_of(u), RMQ_USER_TYPE_NORMAL);
		expect_int(rmq_user_status_of(u), status);
	}
	rmq_users_free(l);
}

static void admin_access__users_come_and_go_at_every_broker(void)
{
	const char *name = new_user();
	rmq_users *l = NULL;
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_users(the_admin(), NULL, name, patience(), &l, &detail), detail);
	expect_users(l, name, RMQ_USER_STATUS_ENABLED);
	expect_ok(rmq_admin_alter_user(the_admin(), NULL, name, "another.secret",
				       RMQ_USER_TYPE_UNTOLD, RMQ_USER_STATUS_DISABLED, patience(),
				       &detail),
		  detail);
	expect_ok(rmq_admin_find_user(the_admin(), NULL, name, patience(), &l, &detail), detail);
	expect_users(l, name, RMQ_USER_STATUS_DISABLED);
	delete_user(name);
	delete_user(name);
	expect_ok(rmq_admin_find_user(the_admin(), NULL, name, patience(), &l, &detail), detail);
	expect_int(rmq_users_count(l), 0);
	rmq_users_free(l);
}

static void admin_access__a_user_is_made_once(void)
{
	const char *name = new_user();
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_create_user(the_admin(), NULL, name, SECRET, RMQ_USER_TYPE_NORMAL,
					 patience(), &detail),
		   RMQ_ERR_BROKER);
	note("%s", rmq_error_detail_message(detail));
	expect(strstr(rmq_error_detail_message(detail), SECRET) == NULL);
	rmq_error_detail_free(detail);
	delete_user(name);
}

static void set_policy(const char *subject, const char *resource, const char *actions,
		       const char *ips, bool is_allowed)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_set_policy(the_admin(), NULL, subject, resource, actions, ips,
				       is_allowed, patience(), &detail),
		  detail);
}

/* The rows of that resource, one a broker. */
static void expect_policy(rmq_policies *l, const char *resource, const char *actions,
			  const char *ips, const char *decision)
{
	const rmq_policy *p;
	int found = 0;

	for (size_t i = 0; (p = rmq_policies_at(l, i)); i++) {
		expect_int(rmq_policy_error(p), RMQ_OK);
		if (strcmp(rmq_policy_resource(p), resource) != 0)
			continue;
		found++;
		expect_text(rmq_policy_type(p), "Custom");
		expect_text(rmq_policy_actions(p), actions);
		expect_text(rmq_policy_source_ips(p), ips);
		expect_text(rmq_policy_decision(p), decision);
	}
	expect_int(found, BROKERS);
}

static void admin_access__policies_come_and_go_at_every_broker(void)
{
	const char *name = new_user();
	char subject[300];
	rmq_policies *l = NULL;
	rmq_error_detail *detail = NULL;

	snprintf(subject, sizeof(subject), "User:%s", name);
	set_policy(subject, "Topic:T1", "Pub,Sub", "192.168.0.1", true);
	set_policy(subject, "Topic:T2", "Sub", NULL, true);
	set_policy(subject, "Topic:T2", "All", NULL, false);
	expect_ok(rmq_admin_subject_policies(the_admin(), NULL, subject, patience(), &l, &detail),
		  detail);
	expect_int(rmq_policies_count(l), 2 * BROKERS);
	expect_policy(l, "Topic:T1", "Pub,Sub", "192.168.0.1", "Allow");
	expect_policy(l, "Topic:T2", "All", "", "Deny");
	rmq_policies_free(l);
	expect_ok(rmq_admin_delete_policy(the_admin(), NULL, subject, "Topic:T1", patience(),
					  &detail),
		  detail);
	expect_ok(rmq_admin_policies(the_admin(), NULL, name, NULL, patience(), &l, &detail),
		  detail);
	expect_int(rmq_policies_count(l), BROKERS);
	expect_policy(l, "Topic:T2", "All", "", "Deny");
	rmq_policies_free(l);
	delete_user(name);
}

static void admin_access__nobody_has_no_policy(void)
{
	rmq_error_detail *detail = NULL;

	expect_int(rmq_admin_set_policy(the_admin(), NULL, "User:nobody.knows", "Topic:T", "Pub",
					NULL, true, patience(), &detail),
		   RMQ_ERR_BROKER);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

/* --- Accounts of a file ------------------------------------------------------------------------------- */

static rmq_account_settings *settings_of(const char *access_key)
{
	rmq_account_settings *s = rmq_account_settings_new(access_key);
	rmq_error_detail *d = NULL;

	expect(s != NULL);
	expect_ok(rmq_account_settings_set_secret_key(s, SECRET, &d), d);
	expect_ok(rmq_account_settings_set_default_topic_permission(s, "DENY", &d), d);
	expect_ok(rmq_account_settings_set_default_group_permission(s, "SUB", &d), d);
	return s;
}

static void put_account(const rmq_account_settings *s)
{
	rmq_error_detail *detail = NULL;

	expect_ok(rmq_admin_set_account(the_admin(), NULL, s, patience(), &detail), detail);
}

/* Whoever has the account may send there, once the broker has read its file again. */
static void expect_send(const char *access_key, const char *topic, enum rmq_error expected)
{
	char settings[400];
	rmq_message *m = rmq_message_new(topic, "body", 4);
	enum rmq_error error = RMQ_OK;

	snprintf(settings, sizeof(settings), "accessKey=%s secretKey=%s", access_key, SECRET);
	for (int64_t end = now_ms() + SOON_MS; now_ms() < end; let_pass(QUIET_MS / 4)) {
		rmq_producer *p = new_producer(settings);

		error = rmq_producer_send(p, m, NULL, NULL, NULL);
		drop_producer(p);
		if (error == expected)
			break;
	}
	rmq_message_free(m);
	expect_int(error, expected);
}

/* Some releases tell nobody what is in the file. */
static void expect_account(const char *access_key, const char *topics)
{
	rmq_accounts *l = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_account *c;
	int found = 0;
	enum rmq_error error = rmq_admin_accounts(the_admin(), NULL, patience(), &l, &detail);

	if (error == RMQ_ERR_UNSUPPORTED) {
		note("%s", rmq_error_detail_message(detail));
		rmq_error_detail_free(detail);
		return;
	}
	expect_ok(error, detail);
	for (size_t i = 0; (c = rmq_accounts_at(l, i)); i++) {
		expect_int(rmq_account_error(c), RMQ_OK);
		if (strcmp(rmq_account_access_key(c), access_key) != 0)
			continue;
		found++;
		expect_text(rmq_account_topic_permissions(c), topics);
		expect_text(rmq_account_default_topic_permission(c), "DENY");
		expect_text(rmq_account_default_group_permission(c), "SUB");
		expect(!rmq_account_is_admin(c));
	}
	expect_int(found, BROKERS);
	rmq_accounts_free(l);
}

static void admin_access__accounts_come_and_go_at_every_broker(void)
{
	const char *access_key = new_name("A"), *topic = new_topic(QUEUES);
	rmq_account_settings *s = settings_of(access_key);
	rmq_error_detail *detail = NULL;
	char topics[400];

	snprintf(topics, sizeof(topics), "%s=PUB", topic);
	/* Not at the same time as another change: what a shared file had in between would be lost. */
	expect_ok(rmq_admin_set_global_white_addresses(the_admin(), NULL, "10.10.103.*",
						       patience(), &detail),
		  detail);
	expect_ok(rmq_account_settings_set_topic_permissions(s, topics, &detail), detail);
	put_account(s);
	expect_account(access_key, topics);
	expect_send(access_key, topic, RMQ_OK);
	expect_ok(rmq_account_settings_set_topic_permissions(s, "T2=SUB", &detail), detail);
	put_account(s);
	expect_account(access_key, "T2=SUB");
	expect_send(access_key, topic, RMQ_ERR_DENIED);
	rmq_account_settings_free(s);
	/* Brokers of the mock may share the file: then one of them has lost it by the other. */
	if (rmq_admin_delete_account(the_admin(), NULL, access_key, patience(), NULL) != RMQ_OK)
		note("one had no such account any more");
	expect_int(rmq_admin_delete_account(the_admin(), NULL, access_key, patience(), &detail),
		   RMQ_ERR_BROKER);
	note("%s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
}

static const struct behaviour admin_access_list[] = {
	BEHAVIOUR(admin_access__users_come_and_go_at_every_broker, NEED_USERS),
	BEHAVIOUR(admin_access__a_user_is_made_once, NEED_USERS),
	BEHAVIOUR(admin_access__policies_come_and_go_at_every_broker, NEED_USERS),
	BEHAVIOUR(admin_access__nobody_has_no_policy, NEED_USERS),
	BEHAVIOUR(admin_access__accounts_come_and_go_at_every_broker, NEED_ACCOUNTS),
};
BEHAVIOURS(admin_access);
