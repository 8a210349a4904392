/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/unreadable.h"

#include <stdio.h>

#include "client/client.h"

enum { PERIOD_MS = 60 * 1000, WHERE_SIZE = 384, OFFSET_SIZE = 96 };

/* --- How often it is told ---------------------------------------------------------------------------- */

static void say(struct rmqi_unreadable *u, const char *topic, const char *address, const char *text)
{
	RMQI_LOG(rmqi_client_log(u->client), RMQ_LOG_WARN, "%s", text);
	rmqi_client_tell(u->client, RMQ_EVENT_UNREADABLE, topic, address, -1, NULL, "%s", text);
}

static void say_rest(struct rmqi_unreadable *u)
{
	char text[RMQI_UNREADABLE_WHY + 128];

	snprintf(text, sizeof(text), "%llu more messages could not be read within a minute: %s",
		 (unsigned long long)u->untold, u->last);
	say(u, u->last_topic, NULL, text);
	u->untold = 0;
}

static void on_period(struct rmqi_timer *t)
{
	struct rmqi_unreadable *u = RMQI_CONTAINER(t, struct rmqi_unreadable, timer);

	u->told = u->untold > 0 ? 1 : 0;
	if (u->untold == 0)
		return;
	say_rest(u);
	rmqi_timer_start_ms(&u->timer, PERIOD_MS);
}

enum rmq_error rmqi_unreadable_init(struct rmqi_unreadable *u, struct rmqi_client *client,
				    const char *group, bool is_stopping)
{
	u->client = client;
	u->group = group;
	u->is_stopping = is_stopping;
	return rmqi_timer_init(&u->timer, rmqi_loop_timers(rmqi_client_loop(client)), on_period);
}

void rmqi_unreadable_deinit(struct rmqi_unreadable *u)
{
	if (u->untold > 0)
		say_rest(u);
	rmqi_timer_deinit(&u->timer);
	u->is_over = true;
}

/* May one more be told? */
static bool has_room(struct rmqi_unreadable *u)
{
	if (u->is_over)
		return true;
	if (u->told == 0)
		rmqi_timer_start_ms(&u->timer, PERIOD_MS);
	return u->told < RMQI_UNREADABLE_LINES;
}

/* --- What is told ------------------------------------------------------------------------------------- */

struct telling {
	struct rmqi_unreadable *unreadable;
	const struct rmqi_answer_of *from;
	const struct rmqi_message_block *block;
	const char *what; /* becomes of them */
};

/* An offset that cannot be is part of the damage. */
static const char *explain_offset(const struct rmqi_answer_of *from,
				  const struct rmqi_bad_record *bad, char *buf)
{
	if (bad->queue_offset >= from->asked && bad->queue_offset < from->next)
		snprintf(buf, OFFSET_SIZE, "offset %lld", (long long)bad->queue_offset);
	else
		snprintf(buf, OFFSET_SIZE, "an offset between %lld and %lld",
			 (long long)from->asked, (long long)from->next - 1);
	return buf;
}

static const char *explain_where(const struct rmqi_answer_of *from,
				 const struct rmqi_bad_record *bad, char *buf)
{
	char offset[OFFSET_SIZE];

	snprintf(buf, WHERE_SIZE, "at %s of %.200s@%.64s:%d", explain_offset(from, bad, offset),
		 from->topic, from->broker_name,
		 (int)(from->queue_id >= 0 ? from->queue_id : bad->queue_id));
	return buf;
}

static void tell_one(const struct telling *t, const struct rmqi_bad_record *bad)
{
	struct rmqi_unreadable *u = t->unreadable;
	char where[WHERE_SIZE], text[RMQI_UNREADABLE_WHY];

	snprintf(text, sizeof(text), "group %.64s: the message %s cannot be read and %s: %s",
		 u->group, explain_where(t->from, bad, where), t->what, bad->why);
	if (has_room(u)) {
		u->told++;
		say(u, t->from->topic, t->from->address, text);
		return;
	}
	u->untold++;
	snprintf(u->last, sizeof(u->last), "%s", text);
	snprintf(u->last_topic, sizeof(u->last_topic), "%s", t->from->topic);
}

static void tell_all(void *arg)
{
	const struct telling *t = arg;
	size_t noted = t->block->bad_count;

	if (noted > RMQI_BAD_RECORDS)
		noted = RMQI_BAD_RECORDS;
	for (size_t i = 0; i < noted; i++)
		tell_one(t, &t->block->bad[i]);
	t->unreadable->untold += t->block->bad_count - noted;
}

static void tell(struct rmqi_unreadable *u, const struct rmqi_answer_of *from,
		 const struct rmqi_message_block *b, const char *what)
{
	struct telling t = {u, from, b, what};

	if (b->bad_count > 0)
		rmqi_loop_call(rmqi_client_loop(u->client), tell_all, &t);
}

/* --- The policy --------------------------------------------------------------------------------------- */

/* Damage must not make us leave the answer. */
static int64_t within(const struct rmqi_answer_of *from, int64_t offset)
{
	if (offset < from->asked)
		return from->asked;
	return offset < from->next ? offset : from->next;
}

static enum rmq_error stop_at(const struct rmqi_answer_of *from, struct rmqi_message_block *b,
			      int64_t *next, char *why)
{
	const struct rmqi_bad_record *bad = &b->bad[0];
	char where[WHERE_SIZE];

	b->count = bad->before;
	*next = within(from, b->count > 0 ? b->messages[b->count - 1].queue_offset + 1 : -1);
	snprintf(why, RMQI_UNREADABLE_WHY,
		 "the message %s cannot be read: %s; nothing goes past it "
		 "(corruptMessagePolicy=STOP)",
		 explain_where(from, bad, where), bad->why);
	return RMQ_ERR_CORRUPT;
}

static void explain_break(const struct rmqi_answer_of *from, int64_t next, char *why)
{
	snprintf(
		why, RMQI_UNREADABLE_WHY,
		"the answer cannot be read from offset %lld of %.200s@%.64s:%d on: the length of a "
		"message does not fit, so none behind it can be found",
		(long long)next, from->topic, from->broker_name, (int)from->queue_id);
}

enum rmq_error rmqi_unreadable_settle(struct rmqi_unreadable *u, const struct rmqi_answer_of *from,
				      struct rmqi_message_block *b, enum rmq_error read,
				      int64_t *next, char why[RMQI_UNREADABLE_WHY])
{
	if (b->bad_count > 0 && u->is_stopping)
		return stop_at(from, b, next, why);
	tell(u, from, b, "is skipped (corruptMessagePolicy=SKIP)");
	*next = read == RMQ_OK ? from->next : within(from, b->behind);
	if (read == RMQ_ERR_CORRUPT)
		explain_break(from, *next, why);
	/* The rest is pulled by itself. */
	return read == RMQ_ERR_TOO_LARGE ? RMQ_OK : read;
}

void rmqi_unreadable_popped(struct rmqi_unreadable *u, const struct rmqi_answer_of *from,
			    const struct rmqi_message_block *b, int64_t invisible_ms)
{
	char what[128];

	snprintf(what, sizeof(what),
		 "is not delivered; it comes again after its invisible time of %lld ms",
		 (long long)invisible_ms);
	tell(u, from, b, what);
}
