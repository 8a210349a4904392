/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/watchdog.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "consumer/mq.h"
#include "consumer/standing.h"
#include "consumer/standstill.h"

enum { LOOKS = 8, LOOK_MIN_MS = 10, SUBJECT_SIZE = 640, WHAT_SIZE = 256 };

static struct rmqi_consumer *consumer_of(const struct rmqi_watchdog *w)
{
	return w->rebalance->consumer;
}

/* --- Telling ---------------------------------------------------------------------------------------------- */

/* What is told, and of whom: queues with the same subject share a complaint. */
struct telling {
	enum rmqi_stall cause;
	int64_t since_us;
	const char *topic; /* NULL: of no topic */
	const char *address;
	char subject[SUBJECT_SIZE];
	char what[WHAT_SIZE];
	char why[RMQI_STALL_WHY];
};

static void complain(struct rmqi_consumer *c, const struct telling *t, bool *held)
{
	char text[RMQI_STALL_WHY + 64];
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_STALL,
				 .subject = t->subject,
				 .topic = t->topic,
				 .what = t->what,
				 .address = t->address,
				 .error = RMQ_ERR_TIMEOUT,
				 .code = -1,
				 .cause = (unsigned)t->cause};

	snprintf(text, sizeof(text), "no progress for %lld s: %s",
		 (long long)((rmqi_clock_us(c->clock) - t->since_us) / 1000000), t->why);
	f.why = rmqi_str(text);
	rmqi_client_complain(c->client, &f, held);
}

/* Has it a complaint of its own, which is told again and again? */
static bool is_repeated(enum rmqi_stall cause)
{
	switch (cause) {
	case RMQI_STALL_SEND_BACK:
	case RMQI_STALL_LOCK:
	case RMQI_STALL_BROKER:
	case RMQI_STALL_REFUSED:
	case RMQI_STALL_DENIED:
	case RMQI_STALL_ROUTE:
	case RMQI_STALL_REGISTER:
	case RMQI_STALL_MEMBERS:
	case RMQI_STALL_EXPRESSION:
		return true;
	default:
		return false;
	}
}

/* The topic is what stands before the '@'. */
static void name_scope(const struct rmqi_mq *mq, struct telling *t)
{
	switch (t->cause) {
	case RMQI_STALL_SUSPENDED:
	case RMQI_STALL_THREADS:
	case RMQI_STALL_POLL:
	case RMQI_STALL_LIST:
	case RMQI_STALL_FLOW_CONTROL: /* of the poll buffer; of a queue it is added to what holds that */
	case RMQI_STALL_RATE:
	case RMQI_STALL_QUEUES_FN:
		snprintf(t->subject, sizeof(t->subject), "@%s", rmqi_stall_name(t->cause));
		snprintf(t->what, sizeof(t->what), "consumption");
		break;
	case RMQI_STALL_PAUSED:
		snprintf(t->subject, sizeof(t->subject), "%s@%s", mq->key.topic,
			 rmqi_stall_name(t->cause));
		snprintf(t->what, sizeof(t->what), "consumption");
		t->topic = mq->key.topic;
		break;
	/* A broker that hangs is either, by turns. */
	case RMQI_STALL_BROKER:
	case RMQI_STALL_SILENCE:
		snprintf(t->subject, sizeof(t->subject), "@%s", mq->key.broker_name);
		snprintf(t->what, sizeof(t->what), "queues of broker %s", mq->key.broker_name);
		t->address = mq->address;
		break;
	case RMQI_STALL_REFUSED:
	case RMQI_STALL_DENIED:
	case RMQI_STALL_REGISTER:
	case RMQI_STALL_EXPRESSION:
	case RMQI_STALL_LOCK:
		snprintf(t->subject, sizeof(t->subject), "%s@%s", mq->key.topic,
			 mq->key.broker_name);
		snprintf(t->what, sizeof(t->what), "queues of broker %s", mq->key.broker_name);
		t->topic = mq->key.topic;
		t->address = mq->address[0] ? mq->address : NULL;
		break;
	default:
		snprintf(t->subject, sizeof(t->subject), "%s@%s:%d", mq->key.topic,
			 mq->key.broker_name, (int)mq->key.queue_id);
		snprintf(t->what, sizeof(t->what), "queue %s:%d", mq->key.broker_name,
			 (int)mq->key.queue_id);
		t->topic = mq->key.topic;
		t->address = mq->address[0] ? mq->address : NULL;
		break;
	}
}

/* --- Queues ------------------------------------------------------------------------------------------------- */

static void change_subject(struct rmqi_mq *mq, const char *subject)
{
	enum rmqi_stall cause = mq->watch.cause;

	if (mq->watch.subject && strcmp(mq->watch.subject, subject) == 0)
		return;
	rmqi_mq_end_stall(mq, "stands still for another cause");
	mq->watch.cause = cause;
	mq->watch.subject = rmqi_strdup(subject);
}

static void tell(struct rmqi_watchdog *w, struct rmqi_mq *mq, int64_t since_us)
{
	struct telling t = {.since_us = since_us};
	bool is_told;

	t.cause = rmqi_standstill_explain(mq, t.why);
	name_scope(mq, &t);
	change_subject(mq, t.subject);
	if (mq->watch.cause == RMQI_STALL_NONE)
		consumer_of(w)->counts.stalls++;
	is_told = mq->watch.is_told && mq->watch.cause == t.cause && is_repeated(t.cause) &&
		  rmqi_client_is_told(consumer_of(w)->client, RMQI_TROUBLE_STALL, t.subject);
	mq->watch.cause = t.cause;
	mq->watch.since_us = since_us;
	/* Without memory for its name it could not be settled. */
	if (mq->watch.subject && !is_told)
		complain(consumer_of(w), &t, &mq->watch.is_told);
}

static void look_at_queue(struct rmqi_watchdog *w, struct rmqi_mq *mq)
{
	int64_t since_us = rmqi_standstill_since(mq);

	if (since_us >= 0) {
		tell(w, mq, since_us);
	} else if (mq->watch.cause != RMQI_STALL_NONE) {
		rmqi_mq_end_stall(mq, "goes on now");
	}
}

/* --- Topics ------------------------------------------------------------------------------------------------- */

static bool is_leaving(const struct rmqi_sub *sub)
{
	RMQI_LIST_EACH(node, &sub->mqs)
		if (RMQI_LIST_ITEM(node, struct rmqi_mq, link)->state == RMQI_MQ_LEAVING)
			return true;
	return false;
}

static enum rmqi_stall read_standing(const struct rmqi_watchdog *w, const struct rmqi_sub *sub,
				     enum rmqi_standing *standing)
{
	*standing = rmqi_rebalance_standing(w->rebalance, sub);
	switch (*standing) {
	case RMQI_STANDING_REFUSED:
	case RMQI_STANDING_UNAPPROVED:
		return RMQI_STALL_EXPRESSION;
	case RMQI_STANDING_NO_ROUTE:
		return RMQI_STALL_ROUTE;
	case RMQI_STANDING_UNREGISTERED:
		return RMQI_STALL_REGISTER;
	case RMQI_STANDING_UNCOUNTED:
		return RMQI_STALL_MEMBERS;
	case RMQI_STANDING_UNSHARED: /* a queue that leaves is looked at */
		return is_leaving(sub) ? RMQI_STALL_NONE : RMQI_STALL_SHARE;
	case RMQI_STANDING_STUCK: /* its queues are looked at */
	case RMQI_STANDING_SHARED:
		break;
	}
	return RMQI_STALL_NONE;
}

static void explain_topic(const struct rmqi_watchdog *w, const struct rmqi_sub *sub,
			  enum rmqi_standing standing, struct telling *t)
{
	struct rmqi_consumer *c = consumer_of(w);
	struct rmqi_client_trouble trouble;
	size_t len;

	(void)rmqi_standing_text(standing, rmqi_sub_topic(sub), c->group, t->why, sizeof(t->why));
	if (!rmqi_standing_trouble(c->client, standing, rmqi_sub_topic(sub), &trouble))
		return;
	len = strlen(t->why);
	snprintf(t->why + len, sizeof(t->why) - len, "; %.60s%s%.200s", trouble.address,
		 trouble.address[0] ? ": " : "", trouble.why);
	if (trouble.error == RMQ_ERR_DENIED)
		t->cause = RMQI_STALL_DENIED;
}

static void tell_topic(struct rmqi_watchdog *w, struct rmqi_sub *sub, enum rmqi_stall cause,
		       enum rmqi_standing standing)
{
	struct telling t = {
		.cause = cause, .since_us = sub->watch.since_us, .topic = rmqi_sub_topic(sub)};
	bool is_told;

	explain_topic(w, sub, standing, &t);
	snprintf(t.subject, sizeof(t.subject), "%s", rmqi_sub_topic(sub));
	snprintf(t.what, sizeof(t.what), "consumption");
	if (sub->watch.cause == RMQI_STALL_NONE)
		consumer_of(w)->counts.stalls++;
	is_told = sub->watch.is_told && sub->watch.cause == t.cause &&
		  rmqi_client_is_told(consumer_of(w)->client, RMQI_TROUBLE_STALL, t.subject);
	sub->watch.cause = t.cause;
	if (!is_told)
		complain(consumer_of(w), &t, &sub->watch.is_told);
}

static void look_at_topic(struct rmqi_watchdog *w, struct rmqi_sub *sub)
{
	struct rmqi_consumer *c = consumer_of(w);
	enum rmqi_standing standing;
	enum rmqi_stall cause = read_standing(w, sub, &standing);
	int64_t now = rmqi_clock_us(c->clock);

	if (cause == RMQI_STALL_NONE) {
		rmqi_client_settle(c->client, RMQI_TROUBLE_STALL, rmqi_sub_topic(sub),
				   &sub->watch.is_told);
		sub->watch.is_missed = false;
		sub->watch.cause = RMQI_STALL_NONE;
		return;
	}
	if (!sub->watch.is_missed)
		sub->watch.since_us = now;
	sub->watch.is_missed = true;
	if (c->set.pull_idle_ms > 0 && now - sub->watch.since_us >= c->set.pull_idle_ms * 1000)
		tell_topic(w, sub, cause, standing);
}

/* --- Looking -------------------------------------------------------------------------------------------------- */

static void look(struct rmqi_watchdog *w)
{
	RMQI_LIST_EACH(node, &consumer_of(w)->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		/* Brokers make its topic when they please. */
		if (!sub->is_retry)
			look_at_topic(w, sub);
		RMQI_LIST_EACH(at, &sub->mqs)
			look_at_queue(w, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_watchdog *w = RMQI_CONTAINER(t, struct rmqi_watchdog, timer);

	look(w);
	rmqi_timer_start_ms(&w->timer, w->look_ms);
}

static int64_t look_ms(const struct rmqi_settings *set)
{
	int64_t ms = set->pull_idle_ms;

	if (ms == 0 || (set->consume_idle_ms > 0 && set->consume_idle_ms < ms))
		ms = set->consume_idle_ms;
	if (ms == 0)
		return 0;
	return ms / LOOKS > LOOK_MIN_MS ? ms / LOOKS : LOOK_MIN_MS;
}

/* --- Life ------------------------------------------------------------------------------------------------------- */

enum rmq_error rmqi_watchdog_init(struct rmqi_watchdog *w, struct rmqi_rebalance *r)
{
	w->rebalance = r;
	w->look_ms = look_ms(&r->consumer->set);
	return rmqi_timer_init(&w->timer, rmqi_loop_timers(r->consumer->loop), on_timer);
}

void rmqi_watchdog_start(struct rmqi_watchdog *w)
{
	if (w->look_ms == 0)
		return;
	/* From now on topics are missed. */
	look(w);
	rmqi_timer_start_ms(&w->timer, w->look_ms);
}

void rmqi_watchdog_stop(struct rmqi_watchdog *w)
{
	rmqi_timer_stop(&w->timer);
}

void rmqi_watchdog_deinit(struct rmqi_watchdog *w)
{
	rmqi_timer_deinit(&w->timer);
}
