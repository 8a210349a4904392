/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_watch.c - "group lag --watch": asked again and again. On a terminal a picture (lag_view.h); else a table,
 * or lines of JSON, each time.
 *
 * Members commit every few seconds, so rates are taken over a longer time than a period.
 */
#include <stdio.h>
#include <string.h>

#include "tools/cli/admin_group_lag.h"
#include "tools/cli/complain.h"
#include "tools/cli/lag_view.h"
#include "tools/cli/output.h"
#include "tools/cli/stop.h"
#include "tools/cli/table.h"
#include "tools/cli/values.h"

enum {
	WINDOW_MS = 15000,
	SAMPLES = 64,
	PERIOD_MIN_MS = 100,
	CALL_MS = 5000, /* a key waits as long, when a broker does not answer */
	OWNERS_EVERY = 10 /* members are asked, too: not each time */
};

struct watch {
	const struct args *args;
	struct admin *admin;
	struct lag_sample samples[SAMPLES]; /* the oldest first; owned */
	size_t count;
	rmq_group_lag *owners; /* owned; NULL: nobody was asked */
	int64_t members;
	int64_t period_ms;
	uint64_t rounds;
	char problem[256];
};

/* --- Samples ------------------------------------------------------------------------------------------------- */

static void drop_oldest(struct watch *w)
{
	rmq_group_lag_free(w->samples[0].lag);
	w->count--;
	memmove(w->samples, w->samples + 1, w->count * sizeof(w->samples[0]));
}

/* Other rows than before have no past in common: rates begin anew. */
static void keep(struct watch *w, rmq_group_lag *lag)
{
	int64_t now = value_ticks();
	size_t rows = rmq_group_lag_count(lag);

	while (w->count && rmq_group_lag_count(w->samples[0].lag) != rows)
		drop_oldest(w);
	while (w->count == SAMPLES || (w->count > 1 && now - w->samples[1].ticks > WINDOW_MS))
		drop_oldest(w);
	w->samples[w->count++] = (struct lag_sample){lag, now};
}

static void ask_who(struct watch *w)
{
	rmq_group_members *members = NULL;
	rmq_group_lag *owners = NULL;

	w->members = -1;
	if (rmq_admin_group_members(w->admin->admin, args_text(w->args, OPTION_cluster),
				    w->args->words[0], w->admin->options, &members, NULL) == RMQ_OK) {
		w->members = 0;
		for (size_t i = 0; i < rmq_group_members_count(members); i++)
			w->members += rmq_group_member_error(rmq_group_members_at(members, i)) == RMQ_OK;
	}
	rmq_group_members_free(members);
	if (w->members > 0)
		(void)lag_ask(w->args, w->admin, true, &owners, NULL);
	rmq_group_lag_free(w->owners);
	w->owners = owners;
}

/* CLI_OK; else what the first round failed with: it was said. A later one is a problem that is shown. */
static int ask(struct watch *w)
{
	rmq_error_detail *detail = NULL;
	rmq_group_lag *lag = NULL;
	enum rmq_error err = lag_ask(w->args, w->admin, false, &lag, &detail);

	if (err != RMQ_OK && !w->count)
		return complain_of(w->args->words[0], err, detail);
	snprintf(w->problem, sizeof(w->problem), "%s", err == RMQ_OK ? "" : cause_of(err, detail));
	rmq_error_detail_free(detail);
	if (err != RMQ_OK)
		return CLI_OK;
	if (!w->count) {
		int status = lag_check(w->args, w->admin, lag);

		if (status != CLI_OK) {
			rmq_group_lag_free(lag);
			return status;
		}
	}
	keep(w, lag);
	return CLI_OK;
}

static struct lag_view view_of(const struct watch *w)
{
	return (struct lag_view){.group = w->args->words[0],
				 .samples = w->samples,
				 .count = w->count,
				 .owners = w->owners,
				 .period_ms = w->period_ms,
				 .clock_ms = value_now(),
				 .members = w->members,
				 .problem = w->problem};
}

/* --- On a terminal -------------------------------------------------------------------------------------------- */

static void draw(const struct watch *w)
{
	struct lag_view v = view_of(w);
	struct text out = {0};

	v.size = terminal_size();
	v.has_colour = terminal_has_colour();
	v.is_utf8 = terminal_is_utf8();
	lag_view_draw(&v, &out);
	output_take(&out);
	output_flush();
	text_free(&out);
}

/* Until the next round. False: it is over. */
static bool live_wait(const struct watch *w)
{
	int64_t until = value_ticks() + w->period_ms, left;
	char key = 0;

	while ((left = until - value_ticks()) > 0) {
		switch (terminal_wait(left, &key)) {
		case TERMINAL_STOP:
			return false;
		case TERMINAL_KEY:
			if (key == 'q' || key == 'Q' || key == 4)
				return false;
			break;
		case TERMINAL_RESIZED:
			draw(w);
			break;
		case TERMINAL_TIME:
			break;
		}
	}
	return true;
}

/* --- Elsewhere --------------------------------------------------------------------------------------------------- */

static void add_number(struct table *t, int64_t number)
{
	if (number >= 0)
		table_number(t, number);
	else
		table_none(t);
}

static void add_real(struct table *t, bool is_known, double number)
{
	char text[64] = "";

	if (is_known)
		snprintf(text, sizeof(text), "%.1f", number);
	table_text(t, text);
}

static void add_row(struct table *t, const struct lag_view *v, const rmq_queue_lag *q, size_t index)
{
	const struct rmq_queue *queue = rmq_queue_lag_queue(q);
	struct lag_rates r = lag_rates_of(v, q, index);
	enum rmq_error err = rmq_queue_lag_error(q);
	double left = lag_catch_up(rmq_queue_lag_behind(q), &r);
	char when[64];

	table_text(t, lag_time_text(v->clock_ms, when, sizeof(when)));
	table_text(t, queue->topic);
	table_text(t, queue->broker_name);
	add_number(t, queue->queue_id);
	add_number(t, rmq_queue_lag_broker_offset(q));
	add_number(t, rmq_queue_lag_consumer_offset(q));
	add_number(t, rmq_queue_lag_behind(q));
	add_real(t, r.is_known, r.in);
	add_real(t, r.is_known, r.out);
	add_real(t, r.is_known && left >= 0, left);
	table_text(t, err == RMQ_OK ? "" : cause_of(err, rmq_queue_lag_detail(q)));
}

static int print(const struct watch *w)
{
	static const struct column columns[] = {
		{"TIME", "time", false},          {"TOPIC", "topic", false},
		{"BROKER", "broker", false},      {"QUEUE", "queue", true},
		{"MAX", "max", true},             {"COMMITTED", "committed", true},
		{"LAG", "lag", true},             {"IN/S", "inPerSecond", true},
		{"OUT/S", "outPerSecond", true},  {"LEFT", "secondsLeft", true},
		{"ERROR", "error", false},
	};
	struct lag_view v = view_of(w);
	struct table *t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	bool is_json = args_has(w->args, OPTION_json);
	const rmq_queue_lag *q;
	int status;

	if (w->problem[0])
		complain("%s: %s", w->args->words[0], w->problem);
	for (size_t i = 0; t && (q = rmq_group_lag_at(lag_now(&v), i)); i++)
		add_row(t, &v, q, i);
	if (w->rounds > 1 && !is_json)
		output_add("\n", 1);
	status = t ? table_end(t, is_json) : CLI_FAILED;
	output_flush();
	return status;
}

/* --- Both ------------------------------------------------------------------------------------------------------- */

/* Starts with the first answer: what is wrong is said where it stays. */
static int watch_round(struct watch *w, bool is_live)
{
	int status;

	if (is_live && w->rounds % OWNERS_EVERY == 0)
		ask_who(w);
	status = ask(w);
	w->rounds++;
	if (status != CLI_OK || stop_wanted())
		return status;
	if (!is_live)
		return print(w);
	if (w->rounds == 1 && !terminal_begin()) {
		complain("no descriptor is left");
		return CLI_FAILED;
	}
	draw(w);
	return CLI_OK;
}

static int watch_all(struct watch *w, bool is_live)
{
	uint64_t rounds = (uint64_t)args_number(w->args, OPTION_count, 0);
	int status;

	do {
		status = watch_round(w, is_live);
		if (status != CLI_OK || stop_wanted() || (rounds && w->rounds >= rounds))
			break;
	} while (is_live ? live_wait(w) : !stop_wait(w->period_ms));
	terminal_end();
	return status;
}

int lag_watch(const struct args *a, struct admin *admin)
{
	struct watch w = {.args = a, .admin = admin, .members = -1};
	int status;

	if (!args_has(a, OPTION_timeout) &&
	    rmq_admin_options_set_timeout(admin->options, CALL_MS, NULL) != RMQ_OK)
		return CLI_FAILED;
	w.period_ms = args_duration(a, OPTION_watch, 1000);
	w.period_ms = w.period_ms < PERIOD_MIN_MS ? PERIOD_MIN_MS : w.period_ms;
	status = watch_all(&w, terminal_can_draw() && !args_has(a, OPTION_json));
	while (w.count)
		drop_oldest(&w);
	rmq_group_lag_free(w.owners);
	return status;
}
