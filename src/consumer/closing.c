/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closing.c - the end of a member.
 *
 *   1. loop: no fetch, rebalance or redelivery begins; the sink hands out nothing
 *   2. what runs in the sink ends, and what follows from it   (until RESERVE before the deadline)
 *   3. the user is told that his queues are revoked (holdings.h)
 *   4. offsets are committed, with answers; all of them are sent, whoever answers
 *   5. the client leaves the group and closes; the queues are let go
 *   6. callbacks end; what the message trace has is stored, by a client of its own: nobody waits behind that
 *
 * Callbacks run, and records of the trace are sent, from the second step on, beside what the steps wait for: so the last
 * step, too, has all the time that is left, for both.
 *
 * Each step has its deadline; what it could not do is told, and the next one follows all the same.
 */
#include <stdio.h>

#include "base/detail.h"
#include "base/recycler.h"
#include "client/callbacks.h"
#include "consumer/member.h"
#include "consumer/mq.h"
#include "send/trace.h"

enum { RESERVE_MAX_MS = 1000, RESERVE_SHARE = 4 };

/* --- Steps on the loop ---------------------------------------------------------------------- */

static void stop(void *arg)
{
	struct rmqi_member *m = arg;
	struct rmqi_consumer *c = &m->consumer;

	c->is_active = false;
	c->sink->stop(c->sink);
	rmqi_timer_stop(&m->rebalance.timer);
	rmqi_timer_stop(&m->persist_timer);
	rmqi_watchdog_stop(&m->watchdog);
	rmqi_announce_stop(&m->rebalance.announce);
	rmqi_agreement_stop(&m->rebalance.agreement);
	rmqi_conflict_stop(&m->rebalance.conflict);
}

/* No listener runs any more, and nobody else has the queues yet. */
static void revoke_all(void *arg)
{
	struct rmqi_member *m = arg;

	rmqi_holdings_revoke(&m->holdings);
}

static void commit_last(void *arg)
{
	struct rmqi_member *m = arg;

	m->consumer.store->commit_last(m->consumer.store, &m->last_commit);
}

static void commit_rest(void *arg)
{
	struct rmqi_offset_store *store = arg;

	store->commit_rest(store);
}

/* The last one is sent while there is time to write it, and to say goodbye behind it. */
static void commit_all(struct rmqi_member *m, int64_t deadline_us)
{
	struct rmqi_consumer *c = &m->consumer;
	int64_t now = rmqi_clock_us(c->clock);
	int64_t left_us = deadline_us > now ? deadline_us - now : 0;

	rmqi_loop_call(c->loop, commit_last, m);
	if (rmqi_event_wait(&m->last_commit.settled, now + left_us / 2))
		return;
	if (c->store->commit_rest)
		rmqi_loop_call(c->loop, commit_rest, c->store);
	(void)rmqi_event_wait(&m->last_commit.settled, now + left_us / 8 * 7);
}

struct verdict {
	const struct rmqi_commit_report *report;
	unsigned unconfirmed;
	unsigned failed;
	char failure[sizeof(((struct rmqi_commit_report *)0)->failure)];
};

static void read_verdict(void *arg)
{
	struct verdict *v = arg;

	v->unconfirmed = v->report->unconfirmed;
	v->failed = v->report->failed;
	snprintf(v->failure, sizeof(v->failure), "%s", v->report->failure);
}

static void let_go(void *arg)
{
	struct rmqi_consumer *c = arg;

	c->is_active = false;
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		while (!rmqi_list_is_empty(&sub->mqs))
			rmqi_mq_drop(RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link));
	}
}

/* --- close ------------------------------------------------------------------------------------ */

static enum rmq_error tell(const struct rmqi_consumer *c, const char *left, const struct verdict *v,
			   struct rmq_error_detail *detail)
{
	char text[512];
	int n = 0;

	if (!left && v->unconfirmed + v->failed == 0) {
		RMQI_LOG(c->log, RMQ_LOG_INFO, "consumer of group %s closed", c->group);
		return RMQ_OK;
	}
	n = snprintf(text, sizeof(text), "closed,%s%.150s", left ? " but " : "", left ? left : "");
	if (v->unconfirmed + v->failed > 0)
		snprintf(
			text + n, sizeof(text) - (size_t)n,
			"%s offsets of %u queues were not committed (%u without an answer in time)%s%s",
			left ? ";" : " but", v->unconfirmed + v->failed, v->unconfirmed,
			v->failed ? "; " : "", v->failed ? v->failure : "");
	RMQI_LOG(c->log, RMQ_LOG_WARN, "consumer of group %s: %s", c->group, text);
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0, "%s", text);
}

/* Kept for what comes after the listeners. */
static int64_t reserve_of(int64_t timeout_ms)
{
	int64_t share = timeout_ms / RESERVE_SHARE;

	return share < RESERVE_MAX_MS ? share : RESERVE_MAX_MS;
}

static enum rmq_error close_running(struct rmqi_member *m, int64_t timeout_ms,
				    struct rmq_error_detail *detail)
{
	struct rmqi_consumer *c = &m->consumer;
	int64_t deadline = rmqi_consumer_deadline(c, timeout_ms);
	int64_t reserve_us = reserve_of(timeout_ms) * 1000;
	struct verdict v = {.report = &m->last_commit};
	const char *left;

	rmqi_loop_call(c->loop, stop, m);
	left = c->sink->close(c->sink, deadline - reserve_us, deadline - reserve_us / 2);
	rmqi_trace_hurry(c->trace); /* what listeners did is recorded */
	rmqi_loop_call(c->loop, revoke_all, m);
	(void)rmqi_holdings_wait(&m->holdings, deadline - reserve_us / 2);
	commit_all(m, deadline);
	if (c->sink->release)
		c->sink->release(c->sink, deadline - reserve_us / 8);
	rmqi_loop_call(c->loop, read_verdict, &v);
	rmqi_client_close(c->client, deadline);
	rmqi_loop_call(c->loop, let_go, c);
	if (c->store->close)
		c->store->close(c->store, deadline);
	if (!rmqi_client_end_callbacks(c->client, deadline) && !left)
		left = "a callback still runs";
	if (!rmqi_trace_close(c->trace, deadline) && !left)
		left = "records of the message trace are lost";
	rmqi_recycler_stop(c->memory);
	return tell(c, left, &v, detail);
}

/* Somebody else is closing it. Neither a listener nor a callback must wait: it may be what is waited for. */
static enum rmq_error wait_closed(struct rmqi_member *m, int64_t deadline,
				  struct rmq_error_detail *detail)
{
	struct rmqi_sink *sink = m->consumer.sink;

	if ((sink->is_current && sink->is_current(sink)) ||
	    rmqi_client_in_callback(m->consumer.client))
		return RMQ_OK;
	if (rmqi_life_wait_closed(&m->life, deadline))
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0, "another thread is still closing it");
}

void rmqi_member_close_failed(struct rmqi_member *m)
{
	(void)close_running(m, 0, NULL);
	rmqi_life_move(&m->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
}

enum rmq_error rmqi_member_close(struct rmqi_member *m, int64_t timeout_ms,
				 struct rmq_error_detail *detail)
{
	int64_t ms = timeout_ms < 0 ? RMQI_MEMBER_CLOSE_MS : timeout_ms;
	int64_t deadline = rmqi_consumer_deadline(&m->consumer, ms);
	enum rmqi_life_state before;
	enum rmq_error err = RMQ_OK;

	if (!rmqi_life_take_close(&m->life, deadline, &before))
		return before == RMQI_LIFE_STARTING
			       ? rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
						 "another thread is still starting it")
			       : wait_closed(m, deadline, detail);
	if (before == RMQI_LIFE_RUNNING)
		err = close_running(m, ms, detail);
	else
		rmqi_client_close(m->consumer.client, deadline);
	rmqi_life_move(&m->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
	return err;
}

/* --- The last reference -------------------------------------------------------------------------- */

static void tear_down(void *arg)
{
	struct rmqi_member *m = arg;
	struct rmqi_consumer *c = &m->consumer;
	struct rmqi_list *node;

	c->is_gone = true;
	let_go(c);
	rmqi_timer_deinit(&m->rebalance.timer);
	rmqi_known_members_deinit(&m->rebalance.known);
	rmqi_timer_deinit(&m->persist_timer);
	rmqi_watchdog_deinit(&m->watchdog);
	rmqi_unreadable_deinit(&c->unreadable);
	rmqi_announce_deinit(&m->rebalance.announce);
	rmqi_agreement_deinit(&m->rebalance.agreement);
	rmqi_conflict_deinit(&m->rebalance.conflict);
	c->kind->tear_down(c);
	rmqi_holdings_end(&m->holdings);
	while ((node = c->subs.list.next) != &c->subs.list)
		rmqi_subscriptions_remove(&c->subs, RMQI_LIST_ITEM(node, struct rmqi_sub, link));
}

void rmqi_member_deinit(struct rmqi_member *m)
{
	struct rmqi_consumer *c = &m->consumer;

	if (c->client) {
		rmqi_loop_call(c->loop, tear_down, m);
		rmqi_trace_free(c->trace);
		/* Every call under way ends in here: until then they find the consumer. */
		rmqi_client_free(c->client);
	}
	rmqi_event_deinit(&m->last_commit.settled);
	rmqi_event_deinit(&m->rebalance.moved);
	rmqi_holdings_deinit(&m->holdings);
	rmqi_life_deinit(&m->life);
	rmqi_offsets_deinit(&m->offsets);
	rmqi_consumer_deinit(c);
}
