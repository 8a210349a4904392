/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group.c - "group ls", "group create", "group alter", "group rm".
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/admin_group.h"
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"
#include "tools/cli/table.h"

int group_check(const struct args *a, struct admin *admin, const char *group)
{
	rmq_group_configs *configs = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_admin_group_config(admin->admin, args_text(a, OPTION_cluster), group,
						    admin->options, &configs, &detail);

	rmq_group_configs_free(configs);
	return err == RMQ_OK ? CLI_OK : complain_of(group, err, detail);
}

/* --- ls ----------------------------------------------------------------------------------------------- */

/* A broker that gave no answer is named on stderr: its groups may be missing. */
static int print_groups(const struct args *a, const rmq_groups *groups)
{
	static const struct column columns[] = {{"GROUP", "group", false}, {"KIND", "kind", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_group *g;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (g = rmq_groups_at(groups, i)); i++) {
		if (rmq_group_error(g) != RMQ_OK) {
			complain("%s: %s", rmq_group_broker_name(g),
				 cause_of(rmq_group_error(g), rmq_group_detail(g)));
			status = status_of(rmq_group_error(g));
			continue;
		}
		if (rmq_group_is_system(g) && !args_has(a, OPTION_all))
			continue;
		table_text(t, rmq_group_name(g));
		table_text(t, rmq_group_is_system(g) ? "system" : "normal");
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

int run_group_ls(const struct args *a)
{
	rmq_error_detail *detail = NULL;
	rmq_groups *groups = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_groups(admin.admin, args_text(a, OPTION_cluster), admin.options, &groups,
			       &detail);
	admin_close(&admin);
	if (err != RMQ_OK)
		return complain_of("groups", err, detail);
	status = print_groups(a, groups);
	rmq_groups_free(groups);
	return status;
}

/* --- What the options say -------------------------------------------------------------------------------- */

typedef enum rmq_error (*set_flag_fn)(rmq_group_settings *s, bool value, rmq_error_detail **detail);
typedef enum rmq_error (*set_number_fn)(rmq_group_settings *s, int value, rmq_error_detail **detail);

static const struct {
	enum option_id id;
	set_flag_fn set;
} flags[] = {
	{OPTION_enabled, rmq_group_settings_set_enabled},
	{OPTION_broadcast_enabled, rmq_group_settings_set_broadcast_enabled},
	{OPTION_ordered, rmq_group_settings_set_orderly},
	{OPTION_notified, rmq_group_settings_set_notified},
};

static const struct {
	enum option_id id;
	int64_t max;
	set_number_fn set;
} numbers[] = {
	{OPTION_retry_max, 1000000, rmq_group_settings_set_retry_max_times},
	{OPTION_retry_queues, 1024, rmq_group_settings_set_retry_queues},
};

enum { NAME_MAX_BYTES = 255 };

static enum rmq_error take_attributes(const struct args *a, rmq_group_settings *s,
				      rmq_error_detail **detail)
{
	enum rmq_error err = RMQ_OK;
	const char *pair;
	size_t at = 0;

	while (err == RMQ_OK && (pair = args_next(a, OPTION_attribute, &at))) {
		char name[NAME_MAX_BYTES + 1];
		const char *value = strchr(pair, '=');

		snprintf(name, sizeof(name), "%.*s", (int)(value - pair), pair);
		err = rmq_group_settings_set_attribute(s, name, value + 1, detail);
	}
	return err;
}

static int check_settings(const struct args *a)
{
	const char *pair;
	size_t at = 0;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!args_within(a, numbers[i].id, 0, numbers[i].max))
			return CLI_USAGE;
	while ((pair = args_next(a, OPTION_attribute, &at))) {
		const char *value = strchr(pair, '=');

		if (!value || value == pair || value - pair > NAME_MAX_BYTES)
			return wrong_usage("--attribute: NAME=VALUE is wanted, not '%s'", pair);
	}
	return CLI_OK;
}

static enum rmq_error take_settings(const struct args *a, rmq_group_settings *s,
				    rmq_error_detail **detail)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; err == RMQ_OK && i < sizeof(flags) / sizeof(flags[0]); i++)
		if (args_has(a, flags[i].id))
			err = flags[i].set(s, args_choice(a, flags[i].id) == 0, detail);
	for (size_t i = 0; err == RMQ_OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (args_has(a, numbers[i].id))
			err = numbers[i].set(s, (int)args_number(a, numbers[i].id, 0), detail);
	if (err == RMQ_OK && args_has(a, OPTION_retry_policy))
		err = rmq_group_settings_set_retry_policy(s, args_text(a, OPTION_retry_policy), detail);
	return err == RMQ_OK ? take_attributes(a, s, detail) : err;
}

/* Frees the settings; NULL: memory was out for them. */
static int create(const struct args *a, struct admin *admin, rmq_group_settings *settings)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = settings ? take_settings(a, settings, &detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmq_admin_create_group(admin->admin, args_text(a, OPTION_cluster), a->words[0],
					     settings, admin->options, &detail);
	rmq_group_settings_free(settings);
	return err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
}

int run_group_create(const struct args *a)
{
	struct admin admin;
	int status = check_settings(a);

	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	status = create(a, &admin, rmq_group_settings_new());
	admin_close(&admin);
	return status;
}

/* --- alter ---------------------------------------------------------------------------------------------- */

static bool is_alike(const rmq_group_config *a, const rmq_group_config *b)
{
	return rmq_group_config_is_enabled(a) == rmq_group_config_is_enabled(b) &&
	       rmq_group_config_is_broadcast_enabled(a) == rmq_group_config_is_broadcast_enabled(b) &&
	       rmq_group_config_is_orderly(a) == rmq_group_config_is_orderly(b) &&
	       rmq_group_config_is_notified(a) == rmq_group_config_is_notified(b) &&
	       rmq_group_config_retry_max_times(a) == rmq_group_config_retry_max_times(b) &&
	       rmq_group_config_retry_queues(a) == rmq_group_config_retry_queues(b) &&
	       rmq_group_config_broker_id(a) == rmq_group_config_broker_id(b) &&
	       rmq_group_config_slow_broker_id(a) == rmq_group_config_slow_broker_id(b) &&
	       strcmp(rmq_group_config_retry_policy(a), rmq_group_config_retry_policy(b)) == 0;
}

/* What all brokers have alike; else what is not altered would become alike, too. NULL, and *status: it was said. */
static const rmq_group_config *common_config(const char *group, const rmq_group_configs *configs,
					     int *status)
{
	const rmq_group_config *first = rmq_group_configs_at(configs, 0), *c;

	for (size_t i = 0; (c = rmq_group_configs_at(configs, i)); i++) {
		enum rmq_error err = rmq_group_config_error(c);

		if (err != RMQ_OK) {
			complain("%s: %s: %s", group, rmq_group_config_broker_name(c),
				 cause_of(err, rmq_group_config_detail(c)));
			*status = status_of(err);
			return NULL;
		}
		if (!is_alike(first, c)) {
			complain("%s: brokers have it set differently (group show): say all of it "
				 "with group create",
				 group);
			*status = CLI_FAILED;
			return NULL;
		}
	}
	return first;
}

int run_group_alter(const struct args *a)
{
	rmq_group_configs *configs = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_group_config *common;
	struct admin admin;
	enum rmq_error err;
	int status = check_settings(a);

	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	err = rmq_admin_group_config(admin.admin, args_text(a, OPTION_cluster), a->words[0],
				     admin.options, &configs, &detail);
	if (err != RMQ_OK)
		status = complain_of(a->words[0], err, detail);
	else if ((common = common_config(a->words[0], configs, &status)))
		status = create(a, &admin, rmq_group_settings_of(common));
	rmq_group_configs_free(configs);
	admin_close(&admin);
	return status;
}

/* --- rm ------------------------------------------------------------------------------------------------- */

static unsigned remains(const struct args *a)
{
	/* In the order of --also, behind nothing. */
	static const unsigned with[] = {0, RMQ_GROUP_OFFSETS, RMQ_GROUP_TOPICS,
					RMQ_GROUP_OFFSETS | RMQ_GROUP_TOPICS};

	return with[args_choice(a, OPTION_also) + 1];
}

static int delete_group(const struct args *a, struct admin *admin)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	/* What is left of one that was deleted before can be deleted, too. */
	int status = args_has(a, OPTION_also) ? CLI_OK : group_check(a, admin, a->words[0]);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_delete_group(admin->admin, args_text(a, OPTION_cluster), a->words[0],
				     remains(a), admin->options, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
}

int run_group_rm(const struct args *a)
{
	static const char *const with[] = {"", " and its offsets", " and its topics with all of their messages",
					   ", its offsets, and its topics with all of their messages"};
	struct admin admin;
	char what[512];
	int status = CLI_OK;

	snprintf(what, sizeof(what), "delete group %s%s", a->words[0], with[remains(a)]);
	if (!confirm(a, what, &status))
		return status;
	status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	status = delete_group(a, &admin);
	admin_close(&admin);
	return status;
}
