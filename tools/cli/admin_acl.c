/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_acl.c - "acl users", "policies" and what changes them: users and policies of brokers of 5.3.0 and later.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/cli/admin_acl.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"
#include "tools/cli/table.h"
#include "tools/cli/text.h"

/* --- Secrets ------------------------------------------------------------------------------------------------ */

int acl_secret(const struct args *a, bool is_needed, struct text *out)
{
	const char *path = args_text(a, OPTION_password_file);

	if (path)
		return client_read_secret("--password-file", path, out);
	return is_needed ? wrong_usage("--password-file is wanted: a password is no argument") : CLI_OK;
}

void acl_forget(struct text *secret)
{
	if (secret->data)
		explicit_bzero(secret->data, secret->size);
	text_free(secret);
}

/* --- Calls -------------------------------------------------------------------------------------------------- */

int acl_call(const struct args *a, acl_fn fn, void *arg)
{
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = fn(a, &admin, arg, &detail);
	admin_close(&admin);
	return err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
}

static enum rmq_user_type type_of(const struct args *a)
{
	static const enum rmq_user_type types[] = {RMQ_USER_TYPE_NORMAL, RMQ_USER_TYPE_SUPER};
	int choice = args_choice(a, OPTION_type);

	return choice < 0 ? RMQ_USER_TYPE_UNTOLD : types[choice];
}

static enum rmq_user_status status_wanted(const struct args *a)
{
	static const enum rmq_user_status all[] = {RMQ_USER_STATUS_ENABLED, RMQ_USER_STATUS_DISABLED};
	int choice = args_choice(a, OPTION_status);

	return choice < 0 ? RMQ_USER_STATUS_UNTOLD : all[choice];
}

static enum rmq_error add_user(const struct args *a, const struct admin *admin, void *secret,
			       rmq_error_detail **detail)
{
	return rmq_admin_create_user(admin->admin, args_text(a, OPTION_cluster), a->words[0],
				     text_string(secret), type_of(a), admin->options, detail);
}

int run_acl_add_user(const struct args *a)
{
	struct text secret = {0};
	int status = acl_secret(a, true, &secret);

	if (status == CLI_OK && args_has(a, OPTION_status))
		status = wrong_usage("--status belongs to acl set-user: a new user is enabled");
	if (status == CLI_OK)
		status = acl_call(a, add_user, &secret);
	acl_forget(&secret);
	return status;
}

static enum rmq_error set_user(const struct args *a, const struct admin *admin, void *secret,
			       rmq_error_detail **detail)
{
	const char *password = args_has(a, OPTION_password_file) ? text_string(secret) : NULL;

	return rmq_admin_alter_user(admin->admin, args_text(a, OPTION_cluster), a->words[0], password,
				    type_of(a), status_wanted(a), admin->options, detail);
}

int run_acl_set_user(const struct args *a)
{
	struct text secret = {0};
	int status = acl_secret(a, false, &secret);

	if (status == CLI_OK && !args_has(a, OPTION_password_file) && !args_has(a, OPTION_type) &&
	    !args_has(a, OPTION_status))
		status = wrong_usage("acl set-user: nothing to set: --password-file, --type or --status");
	if (status == CLI_OK)
		status = acl_call(a, set_user, &secret);
	acl_forget(&secret);
	return status;
}

static enum rmq_error remove_user(const struct args *a, const struct admin *admin, void *arg,
				  rmq_error_detail **detail)
{
	(void)arg;
	return rmq_admin_delete_user(admin->admin, args_text(a, OPTION_cluster), a->words[0],
				     admin->options, detail);
}

int run_acl_rm_user(const struct args *a)
{
	int status = CLI_OK;

	return confirm(a, "Delete the user", &status) ? acl_call(a, remove_user, NULL) : status;
}

static enum rmq_error set_policy(const struct args *a, const struct admin *admin, void *arg,
				 rmq_error_detail **detail)
{
	(void)arg;
	return rmq_admin_set_policy(admin->admin, args_text(a, OPTION_cluster), a->words[0], a->words[1],
				    a->words[2], args_text(a, OPTION_source_ips),
				    !args_has(a, OPTION_deny), admin->options, detail);
}

int run_acl_set_policy(const struct args *a)
{
	return acl_call(a, set_policy, NULL);
}

static enum rmq_error remove_policy(const struct args *a, const struct admin *admin, void *arg,
				    rmq_error_detail **detail)
{
	(void)arg;
	return rmq_admin_delete_policy(admin->admin, args_text(a, OPTION_cluster), a->words[0],
				       a->word_count > 1 ? a->words[1] : NULL, admin->options, detail);
}

int run_acl_rm_policy(const struct args *a)
{
	const char *what = a->word_count > 1 ? "Delete the policy" : "Delete all policies of the subject";
	int status = CLI_OK;

	return confirm(a, what, &status) ? acl_call(a, remove_policy, NULL) : status;
}

/* --- Lists -------------------------------------------------------------------------------------------------- */

void acl_row_failed(struct table *t, size_t columns, const char *broker, const char *cause)
{
	table_text(t, broker);
	for (size_t i = 2; i < columns; i++)
		table_none(t);
	table_text(t, cause);
}

static const char *word_of_type(enum rmq_user_type type)
{
	return type == RMQ_USER_TYPE_SUPER ? "super" : type == RMQ_USER_TYPE_NORMAL ? "normal" : "";
}

static const char *word_of_status(enum rmq_user_status status)
{
	return status == RMQ_USER_STATUS_DISABLED  ? "disabled"
	       : status == RMQ_USER_STATUS_ENABLED ? "enabled"
						   : "";
}

static int print_users(const struct args *a, const rmq_users *users)
{
	static const struct column columns[] = {{"BROKER", "broker", false},
						{"USER", "user", false},
						{"TYPE", "type", false},
						{"STATUS", "status", false},
						{"ERROR", "error", false}};
	size_t width = sizeof(columns) / sizeof(columns[0]);
	struct table *t = table_new(columns, width);
	const rmq_user *u;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (u = rmq_users_at(users, i)); i++) {
		enum rmq_error err = rmq_user_error(u);

		if (err != RMQ_OK) {
			acl_row_failed(t, width, rmq_user_broker(u), cause_of(err, rmq_user_detail(u)));
			status = status_of(err);
			continue;
		}
		table_text(t, rmq_user_broker(u));
		table_text(t, rmq_user_name(u));
		table_text(t, word_of_type(rmq_user_type_of(u)));
		table_text(t, word_of_status(rmq_user_status_of(u)));
		table_none(t);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_acl_users(const struct args *a)
{
	const char *filter = a->word_count > 0 ? a->words[0] : NULL;
	rmq_error_detail *detail = NULL;
	rmq_users *users = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_users(admin.admin, args_text(a, OPTION_cluster), filter, admin.options, &users,
			      &detail);
	admin_close(&admin);
	status = err == RMQ_OK ? print_users(a, users) : complain_of("acl users", err, detail);
	rmq_users_free(users);
	return status;
}

static int print_policies(const struct args *a, const rmq_policies *policies)
{
	static const struct column columns[] = {
		{"BROKER", "broker", false},	 {"SUBJECT", "subject", false},
		{"RESOURCE", "resource", false}, {"ACTIONS", "actions", false},
		{"FROM", "sourceIps", false},	 {"DECISION", "decision", false},
		{"ERROR", "error", false}};
	size_t width = sizeof(columns) / sizeof(columns[0]);
	struct table *t = table_new(columns, width);
	const rmq_policy *p;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (p = rmq_policies_at(policies, i)); i++) {
		enum rmq_error err = rmq_policy_error(p);

		if (err != RMQ_OK) {
			acl_row_failed(t, width, rmq_policy_broker(p), cause_of(err, rmq_policy_detail(p)));
			status = status_of(err);
			continue;
		}
		table_text(t, rmq_policy_broker(p));
		table_text(t, rmq_policy_subject(p));
		table_text(t, rmq_policy_resource(p));
		table_text(t, rmq_policy_actions(p));
		table_text(t, rmq_policy_source_ips(p));
		table_text(t, rmq_policy_decision(p));
		table_none(t);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_acl_policies(const struct args *a)
{
	const char *filter = a->word_count > 0 ? a->words[0] : NULL;
	rmq_error_detail *detail = NULL;
	rmq_policies *policies = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_policies(admin.admin, args_text(a, OPTION_cluster), filter, NULL, admin.options,
				 &policies, &detail);
	admin_close(&admin);
	status = err == RMQ_OK ? print_policies(a, policies) : complain_of("acl policies", err, detail);
	rmq_policies_free(policies);
	return status;
}
