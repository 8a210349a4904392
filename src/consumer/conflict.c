/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/conflict.h"

#include "consumer/mq.h"

enum { SAME_SIGN_MS = 1000 };

static int64_t now_us(const struct rmqi_conflict *f)
{
	return rmqi_clock_us(f->consumer->clock);
}

/* Without a sign for so long it is over. Lists of members are asked for once a rebalance. */
static int64_t calm_us(const struct rmqi_conflict *f, enum rmqi_conflict_kind kind)
{
	if (kind == RMQI_CONFLICT_CLIENT_ID)
		return 3 * f->consumer->set.rebalance_ms * 1000;
	return INT64_C(1000) * RMQI_CONFLICT_PAIR_MS;
}

static void tell_over(struct rmqi_conflict *f, enum rmqi_conflict_kind kind)
{
	struct rmqi_consumer *c = f->consumer;
	const char *what = kind == RMQI_CONFLICT_CLIENT_ID
				   ? "no other client has our client id any more"
				   : "no other member takes our subscriptions away any more";

	f->of[kind].is_told = false;
	f->of[kind].seen_us = 0;
	RMQI_LOG(c->log, RMQ_LOG_INFO, "group %s: %s", c->group, what);
	rmqi_client_tell(c->client, RMQ_EVENT_OVER, NULL, NULL, -1, NULL, "group %s: %s", c->group,
			 what);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_conflict *f = RMQI_CONTAINER(t, struct rmqi_conflict, timer);
	int64_t now = now_us(f), next = INT64_MAX;

	for (enum rmqi_conflict_kind kind = 0; kind < RMQI_CONFLICT_KINDS; kind++) {
		int64_t due = f->of[kind].seen_us + calm_us(f, kind);

		if (f->of[kind].is_told && due <= now)
			tell_over(f, kind);
		else if (f->of[kind].is_told && due < next)
			next = due;
	}
	if (next < INT64_MAX)
		rmqi_timer_start(&f->timer, next);
}

/* True: it is to be told. */
static bool begin(struct rmqi_conflict *f, enum rmqi_conflict_kind kind)
{
	if (f->of[kind].is_told)
		return false;
	f->of[kind].is_told = true;
	if (!rmqi_timer_is_armed(&f->timer))
		rmqi_timer_start(&f->timer, now_us(f) + calm_us(f, kind));
	return true;
}

enum rmq_error rmqi_conflict_init(struct rmqi_conflict *f, struct rmqi_consumer *c)
{
	*f = (struct rmqi_conflict){.consumer = c, .registered_us = rmqi_clock_us(c->clock)};
	return rmqi_timer_init(&f->timer, rmqi_loop_timers(c->loop), on_timer);
}

void rmqi_conflict_stop(struct rmqi_conflict *f)
{
	rmqi_timer_stop(&f->timer);
}

void rmqi_conflict_deinit(struct rmqi_conflict *f)
{
	rmqi_timer_deinit(&f->timer);
}

void rmqi_conflict_registered(struct rmqi_conflict *f)
{
	f->registered_us = now_us(f);
}

/* All queues of a broker are refused at once: that is one sign. */
static bool is_second(struct rmqi_conflict *f)
{
	int64_t now = now_us(f), before = f->of[RMQI_CONFLICT_SUBSCRIPTION].seen_us;

	if (before > 0 && now - before < INT64_C(1000) * SAME_SIGN_MS)
		return false;
	f->of[RMQI_CONFLICT_SUBSCRIPTION].seen_us = now;
	return before > 0 && now - before <= INT64_C(1000) * RMQI_CONFLICT_PAIR_MS;
}

void rmqi_conflict_forgotten(struct rmqi_conflict *f, const struct rmqi_mq *mq)
{
	static const char format[] =
		"group %s: broker %s has lost our subscription of topic %s: another member of the "
		"group subscribes other topics; all members must subscribe the same";
	struct rmqi_consumer *c = f->consumer;

	if (!is_second(f) || !begin(f, RMQI_CONFLICT_SUBSCRIPTION))
		return;
	RMQI_LOG(c->log, RMQ_LOG_WARN, format, c->group, mq->address, mq->key.topic);
	rmqi_client_tell(c->client, RMQ_EVENT_CONFLICT, mq->key.topic, mq->address, -1, NULL,
			 format, c->group, mq->address, mq->key.topic);
}

void rmqi_conflict_other_tags(struct rmqi_conflict *f, const char *address, const char *topic,
			      const char *theirs, const char *ours)
{
	static const char format[] =
		"group %s: broker %s filters topic %s by \"%s\", which another member of the group "
		"said, and not by our \"%s\": all members must subscribe the same";
	struct rmqi_consumer *c = f->consumer;

	f->of[RMQI_CONFLICT_SUBSCRIPTION].seen_us = now_us(f);
	if (!begin(f, RMQI_CONFLICT_SUBSCRIPTION))
		return;
	RMQI_LOG(c->log, RMQ_LOG_WARN, format, c->group, address, topic, theirs, ours);
	rmqi_client_tell(c->client, RMQ_EVENT_CONFLICT, topic, address, -1, NULL, format, c->group,
			 address, topic, theirs, ours);
}

void rmqi_conflict_twin(struct rmqi_conflict *f, const char *address, size_t count)
{
	static const char format[] =
		"group %s: broker %s lists our client id %s %zu times: another process has the same "
		"one, so some queues are consumed twice and others never; give each its own "
		"instanceName";
	struct rmqi_consumer *c = f->consumer;
	const char *id = rmqi_client_id(c->client);
	int64_t now = now_us(f);

	f->of[RMQI_CONFLICT_CLIENT_ID].seen_us = now;
	if (now - f->registered_us < INT64_C(1000) * RMQI_GHOST_MS ||
	    !begin(f, RMQI_CONFLICT_CLIENT_ID))
		return;
	RMQI_LOG(c->log, RMQ_LOG_ERROR, format, c->group, address, id, count);
	rmqi_client_tell(c->client, RMQ_EVENT_CONFLICT, NULL, address, -1, NULL, format, c->group,
			 address, id, count);
}
