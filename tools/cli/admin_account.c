/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_account.c - "acl accounts", "set-account", "rm-account", "white": plain_acl.yml of brokers before 5.3.
 */
#include <string.h>

#include "tools/cli/admin_acl.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"

typedef enum rmq_error (*setter_fn)(rmq_account_settings *s, const char *value,
				    rmq_error_detail **detail);

static enum rmq_error set_admin(rmq_account_settings *s, const char *value, rmq_error_detail **detail)
{
	return rmq_account_settings_set_admin(s, strcmp(value, "true") == 0, detail);
}

/* Names as in the file. */
static const struct {
	const char *name;
	setter_fn set;
} settings[] = {
	{"admin", set_admin},
	{"whiteRemoteAddress", rmq_account_settings_set_white_remote_address},
	{"defaultTopicPerm", rmq_account_settings_set_default_topic_permission},
	{"defaultGroupPerm", rmq_account_settings_set_default_group_permission},
	{"topicPerms", rmq_account_settings_set_topic_permissions},
	{"groupPerms", rmq_account_settings_set_group_permissions},
};

/* "NAME=VALUE" */
static int apply(rmq_account_settings *s, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : 0;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	for (size_t i = 0; equals && i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strlen(settings[i].name) != len || strncmp(settings[i].name, word, len) != 0)
			continue;
		err = settings[i].set(s, equals + 1, &detail);
		return err == RMQ_OK ? CLI_OK : complain_of(settings[i].name, err, detail);
	}
	return wrong_usage("acl set-account: '%s' is not admin, whiteRemoteAddress, defaultTopicPerm, "
			   "defaultGroupPerm, topicPerms or groupPerms, and =VALUE",
			   word);
}

static enum rmq_error set_account(const struct args *a, const struct admin *admin, void *arg,
				  rmq_error_detail **detail)
{
	return rmq_admin_set_account(admin->admin, args_text(a, OPTION_cluster), arg, admin->options,
				     detail);
}

static int have_secret(const struct args *a, rmq_account_settings *s)
{
	struct text secret = {0};
	rmq_error_detail *detail = NULL;
	int status = acl_secret(a, false, &secret);
	enum rmq_error err = RMQ_OK;

	if (status == CLI_OK && args_has(a, OPTION_password_file))
		err = rmq_account_settings_set_secret_key(s, text_string(&secret), &detail);
	acl_forget(&secret);
	return err == RMQ_OK ? status : complain_of("--password-file", err, detail);
}

int run_acl_set_account(const struct args *a)
{
	rmq_account_settings *s = rmq_account_settings_new(a->words[0]);
	int status = s ? have_secret(a, s)
		       : wrong_usage("acl set-account: '%s' is no access key of 7 bytes or more",
				     a->words[0]);

	for (size_t i = 1; status == CLI_OK && i < a->word_count; i++)
		status = apply(s, a->words[i]);
	if (status == CLI_OK)
		status = acl_call(a, set_account, s);
	rmq_account_settings_free(s);
	return status;
}

static enum rmq_error remove_account(const struct args *a, const struct admin *admin, void *arg,
				     rmq_error_detail **detail)
{
	(void)arg;
	return rmq_admin_delete_account(admin->admin, args_text(a, OPTION_cluster), a->words[0],
					admin->options, detail);
}

int run_acl_rm_account(const struct args *a)
{
	int status = CLI_OK;

	return confirm(a, "Delete the account", &status) ? acl_call(a, remove_account, NULL) : status;
}

static enum rmq_error set_white(const struct args *a, const struct admin *admin, void *arg,
				rmq_error_detail **detail)
{
	(void)arg;
	return rmq_admin_set_global_white_addresses(admin->admin, args_text(a, OPTION_cluster), a->words[0],
						    admin->options, detail);
}

int run_acl_white(const struct args *a)
{
	return acl_call(a, set_white, NULL);
}

/* --- List --------------------------------------------------------------------------------------------------- */

static void add_account(struct table *t, const rmq_account *c)
{
	table_text(t, rmq_account_broker(c));
	table_text(t, rmq_account_access_key(c));
	table_text(t, rmq_account_is_admin(c) ? "yes" : "no");
	table_text(t, rmq_account_white_remote_address(c));
	table_text(t, rmq_account_default_topic_permission(c));
	table_text(t, rmq_account_default_group_permission(c));
	table_text(t, rmq_account_topic_permissions(c));
	table_text(t, rmq_account_group_permissions(c));
	table_none(t);
}

static int print_accounts(const struct args *a, const rmq_accounts *accounts)
{
	static const struct column columns[] = {{"BROKER", "broker", false},
						{"ACCOUNT", "accessKey", false},
						{"ADMIN", "admin", false},
						{"FROM", "whiteRemoteAddress", false},
						{"TOPICS", "defaultTopicPerm", false},
						{"GROUPS", "defaultGroupPerm", false},
						{"BY TOPIC", "topicPerms", false},
						{"BY GROUP", "groupPerms", false},
						{"ERROR", "error", false}};
	size_t width = sizeof(columns) / sizeof(columns[0]);
	struct table *t = table_new(columns, width);
	const rmq_account *c;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (c = rmq_accounts_at(accounts, i)); i++) {
		enum rmq_error err = rmq_account_error(c);

		if (err == RMQ_OK) {
			add_account(t, c);
			continue;
		}
		acl_row_failed(t, width, rmq_account_broker(c), cause_of(err, rmq_account_detail(c)));
		status = status_of(err);
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_acl_accounts(const struct args *a)
{
	rmq_error_detail *detail = NULL;
	rmq_accounts *accounts = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_accounts(admin.admin, args_text(a, OPTION_cluster), admin.options, &accounts,
				 &detail);
	admin_close(&admin);
	status = err == RMQ_OK ? print_accounts(a, accounts) : complain_of("acl accounts", err, detail);
	rmq_accounts_free(accounts);
	return status;
}
