/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_group_offsets.c - "group reset" and "group clone": where a group goes on.
 *
 * What would become of each queue is found out first (a dry run of the broker's own rules), so that who is asked
 * sees it, and so that -p without a broker can be told apart into queues.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/cli/admin_group.h"
#include "tools/cli/client.h"
#include "tools/cli/commands.h"
#include "tools/cli/complain.h"
#include "tools/cli/confirm.h"
#include "tools/cli/output.h"
#include "tools/cli/positions.h"
#include "tools/cli/table.h"
#include "tools/cli/values.h"

/* --- Where to ------------------------------------------------------------------------------------------- */

/* --to, beside the words of -o: a time needs no s@, as long as it is no plain number. */
static int read_to(const struct args *a, struct position *out)
{
	const char *text = args_text(a, OPTION_to);
	bool is_end = false;
	int64_t ms;

	if (!text)
		return wrong_usage("--to is wanted: earliest, latest, a time, or with -p an offset");
	if (strcmp(text, "earliest") == 0)
		*out = (struct position){POSITION_MIN, 0};
	else if (strcmp(text, "latest") == 0)
		*out = (struct position){POSITION_MAX, 0};
	else if (strspn(text, "0123456789") != strlen(text) && value_time(text, value_now(), &ms))
		*out = (struct position){POSITION_TIME, ms};
	else if (!position_read(text, out, &is_end) || is_end || out->kind == POSITION_STORED ||
		 out->kind == POSITION_TAIL)
		return wrong_usage("--to: earliest, latest, a time such as -15m, s@MS or "
				   "2026-01-31T12:00:00Z, or with -p an offset is wanted, not '%s'",
				   text);
	if (out->kind == POSITION_OFFSET && !args_has(a, OPTION_queue))
		return wrong_usage("--to %s: an offset is that of one queue: -p BROKER:N is wanted", text);
	if (out->kind == POSITION_TIME && out->value > value_now())
		warn("--to %s: that is yet to come by the clock of this machine; queues without a "
		     "message of then go on at their end",
		     text);
	return CLI_OK;
}

static enum rmq_error set_position(rmq_offset_reset *r, const struct position *p,
				   rmq_error_detail **detail)
{
	switch (p->kind) {
	case POSITION_MIN:
		return rmq_offset_reset_set_earliest(r, detail);
	case POSITION_OFFSET:
		return rmq_offset_reset_set_offset(r, p->value, detail);
	case POSITION_TIME:
		return rmq_offset_reset_set_time(r, p->value, detail);
	default:
		return rmq_offset_reset_set_latest(r, detail);
	}
}

/* --- One call --------------------------------------------------------------------------------------------- */

/* What is asked of brokers: a reset, or a clone. */
struct order {
	const struct args *args;
	struct admin *admin;
	const char *group; /* which is moved */
	const char *from;  /* of a clone; else NULL */
	const char *topic;
	struct position to; /* of a reset */
};

/* queue NULL: all of them. */
static enum rmq_error reset(const struct order *o, const struct rmq_queue *queue, bool is_dry,
			    rmq_queue_resets **out, rmq_error_detail **detail)
{
	rmq_offset_reset *r = rmq_offset_reset_new();
	enum rmq_error err = r ? set_position(r, &o->to, detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK && queue)
		err = rmq_offset_reset_set_queue(r, queue->broker_name, queue->queue_id, detail);
	if (err == RMQ_OK)
		err = rmq_offset_reset_set_dry_run(r, is_dry, detail);
	if (err == RMQ_OK)
		err = rmq_offset_reset_set_force(r, !args_has(o->args, OPTION_back_only), detail);
	if (err == RMQ_OK)
		err = rmq_admin_reset_offsets(o->admin->admin, o->group, o->topic, r,
					      o->admin->options, out, detail);
	rmq_offset_reset_free(r);
	return err;
}

static enum rmq_error ask(const struct order *o, const struct rmq_queue *queue, bool is_dry,
			  rmq_queue_resets **out, rmq_error_detail **detail)
{
	if (!o->from)
		return reset(o, queue, is_dry, out, detail);
	return rmq_admin_clone_offsets(o->admin->admin, o->from, o->group, o->topic, is_dry,
				       o->admin->options, out, detail);
}

/* --- Rows ------------------------------------------------------------------------------------------------- */

static const struct column columns[] = {
	{"BROKER", "broker", false}, {"QUEUE", "queue", true},  {"BEFORE", "before", true},
	{"AFTER", "after", true},    {"MOVED", "moved", true}, {"ERROR", "error", false},
};

static void add_offset(struct table *t, int64_t offset)
{
	if (offset >= 0)
		table_number(t, offset);
	else
		table_none(t);
}

static void add_row(struct table *t, const rmq_queue_reset *q)
{
	int64_t before = rmq_queue_reset_before(q), after = rmq_queue_reset_after(q);
	enum rmq_error err = rmq_queue_reset_error(q);

	table_text(t, rmq_queue_reset_queue(q)->broker_name);
	table_number(t, rmq_queue_reset_queue(q)->queue_id);
	add_offset(t, before);
	add_offset(t, after);
	if (after >= 0)
		table_number(t, after - (before > 0 ? before : 0));
	else
		table_none(t);
	table_text(t, err == RMQ_OK ? "" : cause_of(err, rmq_queue_reset_detail(q)));
}

/* Those of the rows that -p wants. The status of the last one that failed. */
static int add_rows(struct table *t, const struct args *a, const rmq_queue_resets *rows)
{
	const rmq_queue_reset *q;
	int status = CLI_OK;

	for (size_t i = 0; (q = rmq_queue_resets_at(rows, i)); i++) {
		if (!queue_is_wanted(a, rmq_queue_reset_queue(q)))
			continue;
		add_row(t, q);
		if (rmq_queue_reset_error(q) != RMQ_OK)
			status = status_of(rmq_queue_reset_error(q));
	}
	return status;
}

/* One queue of -p: its row, or why there is none. */
static int add_queue(struct table *t, const struct order *o, const struct rmq_queue *queue, bool is_dry)
{
	rmq_queue_resets *rows = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = ask(o, queue, is_dry, &rows, &detail);
	int status = CLI_OK;

	if (err == RMQ_OK) {
		status = add_rows(t, o->args, rows);
	} else {
		table_text(t, queue->broker_name);
		table_number(t, queue->queue_id);
		for (int i = 0; i < 3; i++)
			table_none(t);
		table_text(t, cause_of(err, detail));
		status = status_of(err);
	}
	rmq_error_detail_free(detail);
	rmq_queue_resets_free(rows);
	return status;
}

/* All queues of -p, one by one; there is none of them: it is said. */
static int add_queues(struct table *t, const struct order *o, const rmq_queue_resets *known, bool is_dry)
{
	const rmq_queue_reset *q;
	int status = CLI_OK, one;
	size_t found = 0;

	for (size_t i = 0; (q = rmq_queue_resets_at(known, i)); i++) {
		if (!queue_is_wanted(o->args, rmq_queue_reset_queue(q)))
			continue;
		found++;
		one = add_queue(t, o, rmq_queue_reset_queue(q), is_dry);
		if (one != CLI_OK)
			status = one;
	}
	if (found)
		return status;
	complain("%s: it has no queue as -p says", o->topic);
	return CLI_FAILED;
}

/* Does it, or says what would be done: a table. */
static int carry_out(const struct order *o, bool is_dry)
{
	/* To find the queues that -p means costs a question that changes nothing. */
	bool is_part = args_has(o->args, OPTION_queue);
	struct order survey = *o;
	rmq_queue_resets *rows = NULL;
	rmq_error_detail *detail = NULL;
	struct table *t;
	enum rmq_error err;
	int status, printed;

	if (is_part)
		survey.to = (struct position){POSITION_MAX, 0};
	err = ask(&survey, NULL, is_dry || is_part, &rows, &detail);
	if (err != RMQ_OK)
		return complain_of(o->topic, err, detail);
	t = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	status = !t ? CLI_FAILED : is_part ? add_queues(t, o, rows, is_dry) : add_rows(t, o->args, rows);
	rmq_queue_resets_free(rows);
	printed = t ? table_end(t, args_has(o->args, OPTION_json)) : CLI_FAILED;
	return status == CLI_OK ? printed : status;
}

/* --- Before ------------------------------------------------------------------------------------------------- */

/* A group that is online: what that means. Not asked is not known, and no reason to stop. */
static void tell_online(const struct order *o)
{
	rmq_group_members *members = NULL;
	size_t count = 0;

	if (rmq_admin_group_members(o->admin->admin, NULL, o->group, o->admin->options, &members,
				    NULL) == RMQ_OK)
		for (size_t i = 0; i < rmq_group_members_count(members); i++)
			count += rmq_group_member_error(rmq_group_members_at(members, i)) == RMQ_OK;
	rmq_group_members_free(members);
	if (count)
		warn("%s is online with %zu member%s: messages that %s already got may still be "
		     "consumed",
		     o->group, count, count == 1 ? "" : "s", count == 1 ? "it has" : "they have");
}

/* A time is that of brokers. One whose messages are of the future has another clock than this machine. */
static void tell_clock(const struct order *o)
{
	enum { ODD_MS = 5000 };
	rmq_group_lag *lag = NULL;
	const rmq_queue_lag *q;
	int64_t latest = 0, now = value_now();

	if (o->from || o->to.kind != POSITION_TIME)
		return;
	if (rmq_admin_group_lag(o->admin->admin, NULL, o->group, o->topic, false, o->admin->options,
				&lag, NULL) == RMQ_OK)
		for (size_t i = 0; (q = rmq_group_lag_at(lag, i)); i++)
			if (rmq_queue_lag_stored_at(q) > latest)
				latest = rmq_queue_lag_stored_at(q);
	rmq_group_lag_free(lag);
	if (latest > now + ODD_MS)
		warn("the clock of this machine is behind: a message was stored %" PRId64
		     " s from now. Brokers go by theirs",
		     (latest - now) / 1000);
}

/* -1: go on; else the exit status. */
static int agree(const struct order *o)
{
	char what[512];
	int status = CLI_OK;

	if (args_has(o->args, OPTION_yes))
		return -1;
	snprintf(what, sizeof(what), "move group %s in topic %s", o->group, o->topic);
	if (confirm_can_ask()) {
		status = carry_out(o, true);
		output_flush();
	}
	if (status == CLI_OK && confirm(o->args, what, &status))
		return -1;
	return status;
}

static int obey(const struct args *a, struct order *o)
{
	struct admin admin;
	bool is_dry = args_has(a, OPTION_dry_run);
	int status = queues_check(a);

	o->args = a;
	o->topic = args_text(a, OPTION_topic);
	if (status == CLI_OK && !o->topic)
		status = wrong_usage("%s: -t TOPIC is wanted", o->group);
	if (status == CLI_OK && is_dry && args_has(a, OPTION_yes))
		status = wrong_usage("--dry-run and --yes exclude each other");
	if (status == CLI_OK)
		status = admin_open(a, &admin);
	if (status != CLI_OK)
		return status;
	o->admin = &admin;
	status = group_check(a, &admin, o->from ? o->from : o->group);
	if (status == CLI_OK) {
		tell_clock(o);
		status = is_dry ? -1 : agree(o);
	}
	if (status < 0) {
		tell_online(o);
		status = carry_out(o, is_dry);
	}
	admin_close(&admin);
	return status;
}

int run_group_reset(const struct args *a)
{
	struct order o = {.group = a->words[0]};
	int status = read_to(a, &o.to);

	return status == CLI_OK ? obey(a, &o) : status;
}

int run_group_clone(const struct args *a)
{
	struct order o = {.group = a->words[1], .from = a->words[0]};

	if (args_has(a, OPTION_queue) || args_has(a, OPTION_to) || args_has(a, OPTION_back_only))
		return wrong_usage("group clone takes all queues as they are: no -p, --to, --back-only");
	return obey(a, &o);
}
