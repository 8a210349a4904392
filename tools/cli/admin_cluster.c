/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_cluster.c - "cluster ls" and "cluster show": which brokers there are, and how they do.
 */
#include "tools/cli/admin_cluster.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/table.h"
#include "tools/cli/values.h"

/* --- show --------------------------------------------------------------------------------------------------- */

/* What the broker says under this name; -1: nothing. */
static int64_t figure(const rmq_broker *b, const char *name)
{
	const char *text = rmq_properties_find(rmq_broker_runtime(b), name);
	int64_t number;

	return text && value_number(text, 0, INT64_MAX, &number) ? number : -1;
}

/* Between two of its counters. */
static void add_between(struct table *t, int64_t later, int64_t earlier)
{
	if (later >= 0 && earlier >= 0)
		table_number(t, later - earlier);
	else
		table_none(t);
}

static void add_rate(struct table *t, double rate)
{
	char text[64] = "";

	if (rate >= 0)
		snprintf(text, sizeof(text), "%.1f", rate);
	table_text(t, text);
}

/* Of the whole disk, in percent. */
static void add_disk(struct table *t, const rmq_broker *b)
{
	const char *text = rmq_properties_find(rmq_broker_runtime(b), "commitLogDiskRatio");
	char percent[64] = "", *end = NULL;
	double ratio = text ? strtod(text, &end) : -1;

	if (text && end != text && ratio >= 0 && ratio <= 1)
		snprintf(percent, sizeof(percent), "%.0f", ratio * 100);
	table_text(t, percent);
}

static void add_figures(struct table *t, const rmq_broker *b)
{
	int64_t put = figure(b, "msgPutTotalTodayMorning"), got = figure(b, "msgGetTotalTodayMorning");

	table_text(t, rmq_broker_version(b));
	add_rate(t, rmq_broker_in_tps(b));
	add_rate(t, rmq_broker_out_tps(b));
	add_between(t, figure(b, "msgPutTotalTodayNow"), put);
	add_between(t, put, figure(b, "msgPutTotalYesterdayMorning"));
	add_between(t, figure(b, "msgGetTotalTodayNow"), got);
	add_between(t, got, figure(b, "msgGetTotalYesterdayMorning"));
	add_disk(t, b);
	table_none(t);
}

static void add_broker(struct table *t, const rmq_broker *b)
{
	enum rmq_error err = rmq_broker_error(b);

	table_text(t, rmq_broker_cluster(b));
	table_text(t, rmq_broker_name(b));
	table_number(t, rmq_broker_id(b));
	table_text(t, rmq_broker_address(b));
	if (err == RMQ_OK) {
		add_figures(t, b);
		return;
	}
	for (int i = 0; i < 8; i++)
		table_none(t);
	table_text(t, cause_of(err, rmq_broker_detail(b)));
}

int brokers_print(const rmq_brokers *brokers, bool is_json)
{
	static const struct column columns[] = {
		{"CLUSTER", "cluster", false},    {"BROKER", "broker", false},
		{"ID", "id", true},               {"ADDRESS", "address", false},
		{"VERSION", "version", false},    {"IN/S", "inPerSecond", true},
		{"OUT/S", "outPerSecond", true},  {"IN TODAY", "inToday", true},
		{"YESTERDAY", "inYesterday", true}, {"OUT TODAY", "outToday", true},
		{"YESTERDAY", "outYesterday", true}, {"DISK%", "diskPercent", true},
		{"ERROR", "error", false},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_broker *b;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (b = rmq_brokers_at(brokers, i)); i++) {
		add_broker(t, b);
		if (rmq_broker_error(b) != RMQ_OK)
			status = status_of(rmq_broker_error(b));
	}
	printed = t ? table_end(t, is_json) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

/* --- ls ----------------------------------------------------------------------------------------------------- */

struct sum {
	int64_t masters, slaves, away;
	double in, out;
};

/* From *at on, up to the first broker of another cluster. */
static void add_up(const rmq_brokers *brokers, size_t *at, const char *cluster, struct sum *s)
{
	const rmq_broker *b;

	for (; (b = rmq_brokers_at(brokers, *at)) && strcmp(rmq_broker_cluster(b), cluster) == 0; ++*at) {
		s->masters += rmq_broker_id(b) == 0;
		s->slaves += rmq_broker_id(b) != 0;
		s->away += rmq_broker_error(b) != RMQ_OK;
		if (rmq_broker_id(b) == 0 && rmq_broker_in_tps(b) > 0)
			s->in += rmq_broker_in_tps(b);
		if (rmq_broker_out_tps(b) > 0)
			s->out += rmq_broker_out_tps(b);
	}
}

static int print_clusters(const rmq_brokers *brokers, bool is_json)
{
	static const struct column columns[] = {
		{"CLUSTER", "cluster", false}, {"MASTERS", "masters", true},
		{"SLAVES", "slaves", true},    {"AWAY", "away", true},
		{"IN/S", "inPerSecond", true}, {"OUT/S", "outPerSecond", true},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	const rmq_broker *b;
	size_t at = 0;

	while (t && (b = rmq_brokers_at(brokers, at))) {
		struct sum s = {0, 0, 0, 0, 0};

		add_up(brokers, &at, rmq_broker_cluster(b), &s);
		table_text(t, rmq_broker_cluster(b));
		table_number(t, s.masters);
		table_number(t, s.slaves);
		table_number(t, s.away);
		add_rate(t, s.in);
		add_rate(t, s.out);
	}
	return t ? table_end(t, is_json) : CLI_FAILED;
}

/* --- Both ---------------------------------------------------------------------------------------------------- */

int brokers_ask(const char *cluster, struct admin *admin, rmq_brokers **out)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_admin_brokers(admin->admin, cluster, admin->options, out, &detail);

	return err == RMQ_OK ? CLI_OK : complain_of(cluster ? cluster : "brokers", err, detail);
}

static int run_cluster(const struct args *a, const char *cluster, bool is_list)
{
	rmq_brokers *brokers = NULL;
	struct admin admin;
	int status = admin_open(a, &admin);

	if (status != CLI_OK)
		return status;
	status = brokers_ask(cluster, &admin, &brokers);
	admin_close(&admin);
	if (status == CLI_OK)
		status = is_list ? print_clusters(brokers, args_has(a, OPTION_json))
				 : brokers_print(brokers, args_has(a, OPTION_json));
	rmq_brokers_free(brokers);
	return status;
}

int run_cluster_ls(const struct args *a)
{
	return run_cluster(a, args_text(a, OPTION_cluster), true);
}

int run_cluster_show(const struct args *a)
{
	return run_cluster(a, a->word_count ? a->words[0] : args_text(a, OPTION_cluster), false);
}
