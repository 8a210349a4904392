/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_show.c - "group show": how a group is set on each broker, who is in it, what they read. Three tables, or
 * one object of JSON.
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/table.h"
#include "tools/cli/writer.h"

/* What was found out. lag has the owners of queues; NULL: nobody could be asked. */
struct portrait {
	const char *group;
	rmq_group_configs *configs;
	rmq_group_members *members;
	rmq_group_lag *lag;
};

/* As MQVersion.java counts: each minor release has room for ten, with a snapshot before each. */
static const char *version_text(int version, char *buf, size_t size)
{
	enum { V4_0_0_SNAPSHOT = 212, V5_0_0_SNAPSHOT = 412, V6_0_0_SNAPSHOT = 612 };
	int at = version - (version < V5_0_0_SNAPSHOT ? V4_0_0_SNAPSHOT : V5_0_0_SNAPSHOT);

	if (version < V4_0_0_SNAPSHOT || version >= V6_0_0_SNAPSHOT)
		snprintf(buf, size, "%d", version);
	else
		snprintf(buf, size, "%d.%d.%d", version < V5_0_0_SNAPSHOT ? 4 : 5, at / 20, at % 20 / 2);
	return buf;
}

/* --- The queues of a member ------------------------------------------------------------------------------- */

static bool holds(const rmq_queue_lag *q, const rmq_group_member *m)
{
	const char *id = rmq_group_member_client_id(m);

	return rmq_queue_lag_error(q) == RMQ_OK && id[0] && strcmp(rmq_queue_lag_owner(q), id) == 0;
}

static int64_t count_queues(const struct portrait *p, const rmq_group_member *m)
{
	const rmq_queue_lag *q;
	int64_t count = 0;

	for (size_t i = 0; (q = rmq_group_lag_at(p->lag, i)); i++)
		count += holds(q, m);
	return count;
}

static void write_queues(struct writer *w, const struct portrait *p, const rmq_group_member *m)
{
	const rmq_queue_lag *q;

	writer_list(w, "queues");
	for (size_t i = 0; (q = rmq_group_lag_at(p->lag, i)); i++) {
		if (!holds(q, m))
			continue;
		writer_object(w, NULL);
		writer_text(w, "topic", rmq_queue_lag_queue(q)->topic);
		writer_text(w, "broker", rmq_queue_lag_queue(q)->broker_name);
		writer_number(w, "queue", rmq_queue_lag_queue(q)->queue_id);
		writer_end_object(w);
	}
	writer_end_list(w);
}

/* --- For people ------------------------------------------------------------------------------------------- */

static const char *word(bool is_so)
{
	return is_so ? "yes" : "no";
}

static void add_config(struct table *t, const rmq_group_config *c)
{
	enum rmq_error err = rmq_group_config_error(c);

	table_text(t, rmq_group_config_broker_name(c));
	if (err == RMQ_OK) {
		table_text(t, word(rmq_group_config_is_enabled(c)));
		table_text(t, word(rmq_group_config_is_broadcast_enabled(c)));
		table_text(t, word(rmq_group_config_is_orderly(c)));
		table_text(t, word(rmq_group_config_is_notified(c)));
		table_number(t, rmq_group_config_retry_max_times(c));
		table_number(t, rmq_group_config_retry_queues(c));
		table_text(t, rmq_group_config_attributes(c));
		table_none(t);
		return;
	}
	for (int i = 0; i < 7; i++)
		table_none(t);
	table_text(t, cause_of(err, rmq_group_config_detail(c)));
}

static int print_configs(const struct portrait *p)
{
	static const struct column columns[] = {
		{"BROKER", "broker", false},       {"ENABLED", "enabled", false},
		{"BROADCAST", "broadcast", false}, {"ORDERED", "ordered", false},
		{"NOTIFIED", "notified", false},   {"RETRIES", "retryMax", true},
		{"QUEUES", "retryQueues", true},   {"ATTRIBUTES", "attributes", false},
		{"ERROR", "error", false},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_group_config *c;

	for (size_t i = 0; t && (c = rmq_group_configs_at(p->configs, i)); i++)
		add_config(t, c);
	return t ? table_end(t, false) : CLI_FAILED;
}

static void add_member(struct table *t, const struct portrait *p, const rmq_group_member *m)
{
	enum rmq_error err = rmq_group_member_error(m);
	char version[32];

	if (err != RMQ_OK) {
		table_text(t, rmq_group_member_broker_name(m));
		for (int i = 0; i < 4; i++)
			table_none(t);
		table_text(t, cause_of(err, rmq_group_member_detail(m)));
		return;
	}
	table_text(t, rmq_group_member_client_id(m));
	table_text(t, rmq_group_member_address(m));
	table_text(t, rmq_group_member_language(m));
	table_text(t, version_text(rmq_group_member_version(m), version, sizeof(version)));
	table_number(t, count_queues(p, m));
	table_none(t);
}

static int print_members(const struct portrait *p)
{
	static const struct column columns[] = {
		{"MEMBER", "clientId", false},  {"ADDRESS", "address", false},
		{"LANGUAGE", "language", false}, {"VERSION", "version", false},
		{"QUEUES", "queues", true},      {"ERROR", "error", false},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_group_member *m;

	for (size_t i = 0; t && (m = rmq_group_members_at(p->members, i)); i++)
		add_member(t, p, m);
	return t ? table_end(t, false) : CLI_FAILED;
}

static int print_subscriptions(const struct portrait *p)
{
	static const struct column columns[] = {
		{"TOPIC", "topic", false}, {"TYPE", "type", false}, {"EXPRESSION", "expression", false}};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_group_subscription *s;

	for (size_t i = 0; t && (s = rmq_group_members_subscription_at(p->members, i)); i++) {
		table_text(t, rmq_group_subscription_topic(s));
		table_text(t, rmq_group_subscription_type(s));
		table_text(t, rmq_group_subscription_expression(s));
	}
	return t ? table_end(t, false) : CLI_FAILED;
}

static void add_line(const char *text)
{
	output_add(text, strlen(text));
}

static int print_tables(const struct portrait *p)
{
	struct text line = {0};
	int status = print_configs(p);

	if (status != CLI_OK)
		return status;
	if (!rmq_group_members_count(p->members)) {
		add_line("\nNobody is online.\n");
		return CLI_OK;
	}
	text_addf(&line, "\n%s, %s, from %s\n", rmq_group_members_consume_type(p->members),
		  rmq_group_members_message_model(p->members),
		  rmq_group_members_consume_from_where(p->members));
	output_take(&line);
	text_free(&line);
	status = print_members(p);
	if (status == CLI_OK && rmq_group_members_subscription_count(p->members)) {
		add_line("\n");
		status = print_subscriptions(p);
	}
	return status;
}

/* --- For programs ----------------------------------------------------------------------------------------- */

static void write_json(struct writer *w, const char *name, const char *json)
{
	writer_raw(w, name, json, strlen(json));
}

static void write_config(struct writer *w, const rmq_group_config *c)
{
	enum rmq_error err = rmq_group_config_error(c);

	writer_object(w, NULL);
	writer_text(w, "broker", rmq_group_config_broker_name(c));
	if (err == RMQ_OK) {
		writer_bool(w, "enabled", rmq_group_config_is_enabled(c));
		writer_bool(w, "broadcast", rmq_group_config_is_broadcast_enabled(c));
		writer_bool(w, "ordered", rmq_group_config_is_orderly(c));
		writer_bool(w, "notified", rmq_group_config_is_notified(c));
		writer_number(w, "retryMax", rmq_group_config_retry_max_times(c));
		writer_number(w, "retryQueues", rmq_group_config_retry_queues(c));
		writer_number(w, "brokerId", rmq_group_config_broker_id(c));
		writer_number(w, "slowBrokerId", rmq_group_config_slow_broker_id(c));
		write_json(w, "retryPolicy", rmq_group_config_retry_policy(c));
		write_json(w, "attributes", rmq_group_config_attributes(c));
		writer_null(w, "error");
	} else {
		writer_text(w, "error", cause_of(err, rmq_group_config_detail(c)));
	}
	writer_end_object(w);
}

static void write_member(struct writer *w, const struct portrait *p, const rmq_group_member *m)
{
	enum rmq_error err = rmq_group_member_error(m);
	char version[32];

	writer_object(w, NULL);
	if (err == RMQ_OK) {
		writer_text(w, "clientId", rmq_group_member_client_id(m));
		writer_text(w, "address", rmq_group_member_address(m));
		writer_text(w, "language", rmq_group_member_language(m));
		writer_text(w, "version",
			    version_text(rmq_group_member_version(m), version, sizeof(version)));
		write_queues(w, p, m);
		writer_null(w, "error");
	} else {
		writer_text(w, "broker", rmq_group_member_broker_name(m));
		writer_text(w, "error", cause_of(err, rmq_group_member_detail(m)));
	}
	writer_end_object(w);
}

static void write_subscriptions(struct writer *w, const struct portrait *p)
{
	const rmq_group_subscription *s;

	writer_list(w, "subscriptions");
	for (size_t i = 0; (s = rmq_group_members_subscription_at(p->members, i)); i++) {
		writer_object(w, NULL);
		writer_text(w, "topic", rmq_group_subscription_topic(s));
		writer_text(w, "type", rmq_group_subscription_type(s));
		writer_text(w, "expression", rmq_group_subscription_expression(s));
		writer_end_object(w);
	}
	writer_end_list(w);
}

static int print_json(const struct portrait *p)
{
	struct text out = {0};
	struct writer w;
	const rmq_group_config *c;
	const rmq_group_member *m;

	writer_init(&w, &out);
	writer_object(&w, NULL);
	writer_text(&w, "group", p->group);
	writer_list(&w, "settings");
	for (size_t i = 0; (c = rmq_group_configs_at(p->configs, i)); i++)
		write_config(&w, c);
	writer_end_list(&w);
	writer_text(&w, "consumeType", rmq_group_members_consume_type(p->members));
	writer_text(&w, "messageModel", rmq_group_members_message_model(p->members));
	writer_text(&w, "consumeFromWhere", rmq_group_members_consume_from_where(p->members));
	writer_list(&w, "members");
	for (size_t i = 0; (m = rmq_group_members_at(p->members, i)); i++)
		write_member(&w, p, m);
	writer_end_list(&w);
	write_subscriptions(&w, p);
	writer_end_object(&w);
	text_addc(&out, '\n');
	output_take(&out);
	text_free(&out);
	return CLI_OK;
}

/* --- What is asked ------------------------------------------------------------------------------------------ */

/* The last broker that did not answer, save one that merely does not know the group while others do. */
static int status_of_rows(const struct portrait *p)
{
	const rmq_group_config *c;
	const rmq_group_member *m;
	int status = CLI_OK;

	for (size_t i = 0; (c = rmq_group_configs_at(p->configs, i)); i++)
		if (rmq_group_config_error(c) != RMQ_OK &&
		    rmq_group_config_error(c) != RMQ_ERR_NOT_FOUND)
			status = status_of(rmq_group_config_error(c));
	for (size_t i = 0; (m = rmq_group_members_at(p->members, i)); i++)
		if (rmq_group_member_error(m) != RMQ_OK)
			status = status_of(rmq_group_member_error(m));
	return status;
}

/* A group without an offset has no lag: that is no failure. */
static int find_out(const struct args *a, struct admin *admin, struct portrait *p)
{
	rmq_error_detail *detail = NULL;
	const char *cluster = args_text(a, OPTION_cluster);
	enum rmq_error err = rmq_admin_group_config(admin->admin, cluster, p->group, admin->options,
						    &p->configs, &detail);

	if (err == RMQ_OK)
		err = rmq_admin_group_members(admin->admin, cluster, p->group, admin->options,
					      &p->members, &detail);
	if (err != RMQ_OK)
		return complain_of(p->group, err, detail);
	if (rmq_group_members_count(p->members) &&
	    rmq_admin_group_lag(admin->admin, cluster, p->group, NULL, true, admin->options, &p->lag,
				NULL) != RMQ_OK)
		p->lag = NULL;
	return CLI_OK;
}

int run_group_show(const struct args *a)
{
	struct portrait p = {.group = a->words[0]};
	struct admin admin;
	int status = admin_open(a, &admin), found;

	if (status != CLI_OK)
		return status;
	status = find_out(a, &admin, &p);
	admin_close(&admin);
	if (status == CLI_OK) {
		found = status_of_rows(&p);
		status = args_has(a, OPTION_json) ? print_json(&p) : print_tables(&p);
		status = status == CLI_OK ? found : status;
	}
	rmq_group_configs_free(p.configs);
	rmq_group_members_free(p.members);
	rmq_group_lag_free(p.lag);
	return status;
}
