/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_lag.c - "group lag": how far a group is behind, queue by queue, once; --watch is
 * admin_group_watch.c.
 */
#include "tools/cli/admin_group_lag.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "tools/cli/admin_group.h"
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/output.h"
#include "tools/cli/table.h"

static void add_number(struct table *t, int64_t number)
{
	if (number >= 0)
		table_number(t, number);
	else
		table_none(t);
}

const char *lag_time_text(int64_t ms, char *buf, size_t size)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;
	size_t len = 0;

	if (ms > 0 && gmtime_r(&seconds, &parts))
		len = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(buf + len, size - len, "%s", "");
	if (len)
		snprintf(buf + len, size - len, ".%03dZ", (int)(ms % 1000));
	return buf;
}

static void add_row(struct table *t, const rmq_queue_lag *q)
{
	const struct rmq_queue *queue = rmq_queue_lag_queue(q);
	enum rmq_error err = rmq_queue_lag_error(q);
	char when[64];

	table_text(t, queue->topic);
	table_text(t, queue->broker_name);
	add_number(t, queue->queue_id);
	add_number(t, rmq_queue_lag_broker_offset(q));
	add_number(t, rmq_queue_lag_consumer_offset(q));
	add_number(t, rmq_queue_lag_behind(q));
	add_number(t, rmq_queue_lag_in_flight(q));
	table_text(t, lag_time_text(rmq_queue_lag_stored_at(q), when, sizeof(when)));
	table_text(t, rmq_queue_lag_owner(q));
	table_text(t, err == RMQ_OK ? "" : cause_of(err, rmq_queue_lag_detail(q)));
}

static void print_sum(const rmq_group_lag *lag)
{
	struct text line = {0};

	text_addf(&line, "\nIn all %" PRId64 " behind, %" PRId64 " in flight, %.1f/s handed out.\n",
		  rmq_group_lag_total(lag), rmq_group_lag_in_flight(lag), rmq_group_lag_tps(lag));
	output_take(&line);
	text_free(&line);
}

int lag_print(const struct args *a, const rmq_group_lag *lag)
{
	static const struct column columns[] = {
		{"TOPIC", "topic", false},     {"BROKER", "broker", false},
		{"QUEUE", "queue", true},      {"MAX", "max", true},
		{"COMMITTED", "committed", true}, {"LAG", "lag", true},
		{"IN FLIGHT", "inFlight", true},  {"LAST", "last", false},
		{"OWNER", "owner", false},     {"ERROR", "error", false},
	};
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	bool is_json = args_has(a, OPTION_json);
	const rmq_queue_lag *q;
	int status = CLI_OK, printed;

	for (size_t i = 0; t && (q = rmq_group_lag_at(lag, i)); i++) {
		add_row(t, q);
		if (rmq_queue_lag_error(q) != RMQ_OK)
			status = status_of(rmq_queue_lag_error(q));
	}
	printed = t ? table_end(t, is_json) : CLI_FAILED;
	if (printed == CLI_OK && !is_json)
		print_sum(lag);
	return status == CLI_OK ? printed : status;
}

enum rmq_error lag_ask(const struct args *a, struct admin *admin, bool with_owners,
		       rmq_group_lag **out, rmq_error_detail **detail)
{
	return rmq_admin_group_lag(admin->admin, args_text(a, OPTION_cluster), a->words[0],
				   args_text(a, OPTION_topic), with_owners, admin->options, out,
				   detail);
}

int lag_check(const struct args *a, struct admin *admin, const rmq_group_lag *lag)
{
	return rmq_group_lag_count(lag) ? CLI_OK : group_check(a, admin, a->words[0]);
}

static int lag_once(const struct args *a, struct admin *admin)
{
	rmq_group_lag *lag = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = lag_ask(a, admin, true, &lag, &detail);
	int status = err == RMQ_OK ? CLI_OK : complain_of(a->words[0], err, detail);

	if (status == CLI_OK)
		status = lag_check(a, admin, lag);
	if (status == CLI_OK)
		status = lag_print(a, lag);
	rmq_group_lag_free(lag);
	return status;
}

int run_group_lag(const struct args *a)
{
	struct admin admin;
	int status;

	if (args_has(a, OPTION_count) && !args_has(a, OPTION_watch))
		return wrong_usage("-c goes with --watch");
	if (!a->word_count && (args_has(a, OPTION_watch) || args_has(a, OPTION_topic)))
		return wrong_usage("group lag: --watch and -t want a GROUP");
	status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	if (!a->word_count)
		status = lags_print(a, &admin);
	else
		status = args_has(a, OPTION_watch) ? lag_watch(a, &admin) : lag_once(a, &admin);
	admin_close(&admin);
	return status;
}
