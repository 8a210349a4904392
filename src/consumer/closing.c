/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closing.c - the end of a push consumer.
 *
 *   1. loop: no pull, rebalance or redelivery begins; no chunk is taken
 *   2. running listeners end             (until RESERVE before the deadline)
 *   3. send-backs under way end
 *   4. offsets are committed, with answers
 *   5. the client leaves the group and closes; the queues are let go
 *
 * Each step has its deadline; what it could not do is told, and the next one follows all the same.
 */
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "consumer/consumer.h"
#include "consumer/push_consumer.h"

enum { RESERVE_MAX_MS = 1000, RESERVE_SHARE = 4 };

/* --- Steps on the loop ---------------------------------------------------------------------- */

static void stop(void *arg)
{
	rmq_push_consumer *c = arg;

	c->is_active = false;
	rmqi_consume_service_stop(&c->service);
	rmqi_timer_stop(&c->rebalance.timer);
	rmqi_timer_stop(&c->offsets.timer);
}

static void await_send_backs(void *arg)
{
	rmq_push_consumer *c = arg;

	rmqi_send_backs_await(&c->send_backs);
}

static void commit_last(void *arg)
{
	rmq_push_consumer *c = arg;

	rmqi_offsets_commit_last(&c->offsets);
}

struct verdict {
	rmq_push_consumer *consumer;
	unsigned unconfirmed;
	unsigned failed;
	char failure[256];
};

static void read_verdict(void *arg)
{
	struct verdict *v = arg;
	const struct rmqi_offsets *o = &v->consumer->offsets;

	v->unconfirmed = o->left + o->others;
	v->failed = o->failed;
	snprintf(v->failure, sizeof(v->failure), "%s", o->failure);
}

static void let_go(void *arg)
{
	rmq_push_consumer *c = arg;

	c->is_active = false;
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		while (!rmqi_list_is_empty(&sub->mqs))
			rmqi_mq_drop(RMQI_LIST_ITEM(sub->mqs.next, struct rmqi_mq, link));
	}
}

/* --- close ------------------------------------------------------------------------------------ */

static enum rmq_error tell(rmq_push_consumer *c, bool is_quiet, const struct verdict *v,
			   rmq_error_detail *detail)
{
	char text[512];
	int n = 0;

	if (is_quiet && v->unconfirmed + v->failed == 0) {
		RMQI_LOG(c->log, RMQ_LOG_INFO, "consumer of group %s closed", c->group);
		return RMQ_OK;
	}
	n = snprintf(
		text, sizeof(text), "closed,%s",
		is_quiet ? ""
			 : " but a listener is still running (its messages are delivered again)");
	if (v->unconfirmed + v->failed > 0)
		snprintf(
			text + n, sizeof(text) - (size_t)n,
			"%s offsets of %u queues were not committed (%u without an answer in time)%s%s",
			is_quiet ? " but" : ";", v->unconfirmed + v->failed, v->unconfirmed,
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

static enum rmq_error close_running(rmq_push_consumer *c, int64_t timeout_ms,
				    rmq_error_detail *detail)
{
	int64_t deadline = rmqi_clock_deadline(c->clock, timeout_ms);
	int64_t reserve_us = reserve_of(timeout_ms) * 1000;
	struct verdict v = {.consumer = c};
	bool is_quiet;

	rmqi_loop_call(c->loop, stop, c);
	is_quiet = rmqi_consume_service_close(&c->service, deadline - reserve_us);
	rmqi_loop_call(c->loop, await_send_backs, c);
	(void)rmqi_event_wait(&c->send_backs.quiet, deadline - reserve_us / 2);
	rmqi_loop_call(c->loop, commit_last, c);
	(void)rmqi_event_wait(&c->offsets.settled, deadline);
	rmqi_loop_call(c->loop, read_verdict, &v);
	rmqi_client_close(c->client, deadline);
	rmqi_loop_call(c->loop, let_go, c);
	return tell(c, is_quiet, &v, detail);
}

/* Somebody else is closing it. A listener must not wait: it may be what is waited for. */
static enum rmq_error wait_closed(rmq_push_consumer *c, int64_t deadline, rmq_error_detail *detail)
{
	if (rmqi_consume_service_is_current(&c->service))
		return RMQ_OK;
	if (rmqi_life_wait_closed(&c->life, deadline))
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0, "another thread is still closing it");
}

void rmqi_consumer_close_failed(rmq_push_consumer *c)
{
	(void)close_running(c, 0, NULL);
	rmqi_life_move(&c->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
}

enum rmq_error rmqi_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms,
					rmq_error_detail *detail)
{
	int64_t deadline;
	enum rmqi_life_state before;
	enum rmq_error err = RMQ_OK;

	if (timeout_ms < 0)
		timeout_ms = RMQI_CONSUMER_CLOSE_MS;
	deadline = rmqi_clock_deadline(c->clock, timeout_ms);
	if (!rmqi_life_take_close(&c->life, deadline, &before))
		return before == RMQI_LIFE_STARTING
			       ? rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
						 "another thread is still starting it")
			       : wait_closed(c, deadline, detail);
	if (before == RMQI_LIFE_RUNNING)
		err = close_running(c, timeout_ms, detail);
	else
		rmqi_client_close(c->client, deadline);
	rmqi_life_move(&c->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
	return err;
}

/* --- free ---------------------------------------------------------------------------------------- */

static void tear_down(void *arg)
{
	rmq_push_consumer *c = arg;
	struct rmqi_list *node;

	c->is_gone = true;
	let_go(c);
	rmqi_timer_deinit(&c->rebalance.timer);
	rmqi_timer_deinit(&c->offsets.timer);
	rmqi_send_backs_stop(&c->send_backs);
	rmqi_consume_service_deinit(&c->service);
	while ((node = c->subs.list.next) != &c->subs.list)
		rmqi_subscriptions_remove(&c->subs, RMQI_LIST_ITEM(node, struct rmqi_sub, link));
}

void rmqi_consumer_unref(rmq_push_consumer *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (c->client) {
		rmqi_loop_call(c->loop, tear_down, c);
		/* Every call under way ends in here: until then they find the consumer. */
		rmqi_client_free(c->client);
		rmqi_offsets_deinit(&c->offsets);
		rmqi_send_backs_deinit(&c->send_backs);
	}
	rmqi_life_deinit(&c->life);
	rmqi_free(c->group);
	rmqi_free(c->retry_topic);
	rmqi_free(c);
}

void rmqi_push_consumer_free(rmq_push_consumer *c)
{
	if (!c)
		return;
	/* What it could not do is in the log. */
	if (rmqi_push_consumer_close(c, RMQI_CONSUMER_CLOSE_MS, NULL) == RMQ_OK)
		RMQI_LOG(c->log, RMQ_LOG_DEBUG, "consumer of group %s freed", c->group);
	rmqi_consumer_unref(c);
}
