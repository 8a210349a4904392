/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_topics.c - "topic ls", "topic config", "topic alter", "topic rm", and -L without a topic.
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"
#include "tools/cli/table.h"
#include "tools/cli/topics.h"

/* --- ls ----------------------------------------------------------------------------------------------- */

const char *topic_kind_name(enum rmq_topic_kind kind)
{
	switch (kind) {
	case RMQ_TOPIC_NORMAL:
		return "normal";
	case RMQ_TOPIC_RETRY:
		return "retry";
	case RMQ_TOPIC_DEAD_LETTER:
		return "dead letter";
	case RMQ_TOPIC_SYSTEM:
		return "system";
	}
	return "";
}

int topics_print(const struct args *a, const rmq_topics *topics, bool has_all)
{
	static const struct column columns[] = {{"TOPIC", "topic", false}, {"KIND", "kind", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_topic *topic;

	for (size_t i = 0; t && (topic = rmq_topics_at(topics, i)); i++) {
		if (!has_all && rmq_topic_kind(topic) != RMQ_TOPIC_NORMAL)
			continue;
		table_text(t, rmq_topic_name(topic));
		table_text(t, topic_kind_name(rmq_topic_kind(topic)));
	}
	return t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
}

static int list_topics(const struct args *a, bool has_all)
{
	rmq_error_detail *detail = NULL;
	rmq_topics *topics = NULL;
	struct admin admin;
	enum rmq_error err;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	err = rmq_admin_topics(admin.admin, args_text(a, OPTION_cluster), admin.options, &topics,
			       &detail);
	admin_close(&admin);
	if (err != RMQ_OK)
		return complain_of("topics", err, detail);
	status = topics_print(a, topics, has_all);
	rmq_topics_free(topics);
	return status;
}

int run_topic_ls(const struct args *a)
{
	return list_topics(a, args_has(a, OPTION_all));
}

/* --- config ------------------------------------------------------------------------------------------- */

static const char *permission_name(const rmq_topic_config *c)
{
	static const char *const names[] = {"none", "w", "r", "rw"};

	return names[rmq_topic_config_permission(c) / 2 % 4];
}

static void add_config(struct table *t, const rmq_topic_config *c)
{
	enum rmq_error err = rmq_topic_config_error(c);

	table_text(t, rmq_topic_config_broker_name(c));
	table_text(t, rmq_topic_config_address(c));
	if (err == RMQ_OK) {
		table_number(t, rmq_topic_config_read_queues(c));
		table_number(t, rmq_topic_config_write_queues(c));
		table_text(t, permission_name(c));
		table_text(t, rmq_topic_config_is_ordered(c) ? "yes" : "no");
		table_text(t, rmq_topic_config_message_type(c));
		table_text(t, rmq_topic_config_attributes(c));
		table_none(t);
		return;
	}
	for (int i = 0; i < 6; i++)
		table_none(t);
	table_text(t, cause_of(err, rmq_topic_config_detail(c)));
}

static int print_configs(const struct args *a, const rmq_topic_configs *configs)
{
	static const struct column columns[] = {
		{"BROKER", "broker", false},   {"ADDRESS", "address", false},
		{"READ", "readQueues", true},  {"WRITE", "writeQueues", true},
		{"PERM", "permission", false}, {"ORDER", "ordered", false},
		{"TYPE", "type", false},       {"ATTRIBUTES", "attributes", false},
		{"ERROR", "error", false},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_topic_config *c;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (c = rmq_topic_configs_at(configs, i)); i++) {
		add_config(t, c);
		if (rmq_topic_config_error(c) != RMQ_OK)
			status = status_of(rmq_topic_config_error(c));
	}
	printed = t ? table_end(t, args_has(a, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

static int ask_configs(struct admin *admin, const char *topic, rmq_topic_configs **out)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err =
		rmq_admin_topic_config(admin->admin, topic, admin->options, out, &detail);

	return err == RMQ_OK ? CLI_OK : complain_of(topic, err, detail);
}

int run_topic_config(const struct args *a)
{
	rmq_topic_configs *configs = NULL;
	struct admin admin;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = ask_configs(&admin, a->words[0], &configs);
	admin_close(&admin);
	if (status == CLI_OK)
		status = print_configs(a, configs);
	rmq_topic_configs_free(configs);
	return status;
}

/* --- alter -------------------------------------------------------------------------------------------- */

static bool is_alike(const rmq_topic_config *a, const rmq_topic_config *b)
{
	return rmq_topic_config_read_queues(a) == rmq_topic_config_read_queues(b) &&
	       rmq_topic_config_write_queues(a) == rmq_topic_config_write_queues(b) &&
	       rmq_topic_config_permission(a) == rmq_topic_config_permission(b) &&
	       rmq_topic_config_is_ordered(a) == rmq_topic_config_is_ordered(b);
}

/* What all brokers have alike; else what is not altered would become alike, too. NULL, and said. */
static const rmq_topic_config *common_config(const char *topic, const rmq_topic_configs *configs)
{
	const rmq_topic_config *first = rmq_topic_configs_at(configs, 0), *c;

	for (size_t i = 0; (c = rmq_topic_configs_at(configs, i)); i++) {
		if (rmq_topic_config_error(c) != RMQ_OK) {
			complain("%s: %s: %s", topic, rmq_topic_config_broker_name(c),
				 cause_of(rmq_topic_config_error(c), rmq_topic_config_detail(c)));
			return NULL;
		}
		if (!is_alike(first, c)) {
			complain("%s: brokers have it set differently (topic config): say all of it "
				 "with topic create",
				 topic);
			return NULL;
		}
	}
	return first;
}

static enum rmq_error alter(const struct args *a, struct admin *admin, const rmq_topic_config *c,
			    rmq_error_detail **detail)
{
	rmq_topic_settings *settings = rmq_topic_settings_of(c);
	enum rmq_error err =
		settings ? topic_settings_take(a, settings, detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmq_admin_create_topic(admin->admin, args_text(a, OPTION_cluster), a->words[0],
					     settings, admin->options, detail);
	rmq_topic_settings_free(settings);
	return err;
}

int run_topic_alter(const struct args *a)
{
	rmq_topic_configs *configs = NULL;
	rmq_error_detail *detail = NULL;
	const rmq_topic_config *common;
	struct admin admin;
	enum rmq_error err;
	int status = topic_settings_check(a);

	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	status = ask_configs(&admin, a->words[0], &configs);
	if (status == CLI_OK) {
		common = common_config(a->words[0], configs);
		err = common ? alter(a, &admin, common, &detail) : RMQ_OK;
		status = !common ? CLI_FAILED
				 : err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
	}
	rmq_topic_configs_free(configs);
	admin_close(&admin);
	return status;
}

/* --- rm ----------------------------------------------------------------------------------------------- */

int run_topic_rm(const struct args *a)
{
	rmq_error_detail *detail = NULL;
	struct admin admin;
	enum rmq_error err;
	char what[256];
	int status = CLI_OK;

	snprintf(what, sizeof(what), "delete topic %s with all of its messages", a->words[0]);
	if (!confirm(a, what, &status))
		return status;
	status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	err = rmq_admin_delete_topic(admin.admin, args_text(a, OPTION_cluster), a->words[0],
				     admin.options, &detail);
	admin_close(&admin);
	return err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);
}
