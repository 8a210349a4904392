/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/mq.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"

enum { CODE_BASE = 1000 };

#define MQ_FORMAT "%s@%s:%d"
#define MQ_ARGS(mq) (mq)->key.topic, (mq)->key.broker_name, (int)(mq)->key.queue_id

/* --- States ----------------------------------------------------------------------------- */

static const char *const state_names[] = {
	[RMQI_MQ_READY] = "READY",     [RMQI_MQ_PAUSED] = "PAUSED",
	[RMQI_MQ_FINDING] = "FINDING", [RMQI_MQ_FETCHING] = "FETCHING",
	[RMQI_MQ_WAITING] = "WAITING", [RMQI_MQ_LEAVING] = "LEAVING",
	[RMQI_MQ_DROPPED] = "DROPPED",
};

enum {
	READY = 1 << RMQI_MQ_READY,
	PAUSED = 1 << RMQI_MQ_PAUSED,
	FINDING = 1 << RMQI_MQ_FINDING,
	FETCHING = 1 << RMQI_MQ_FETCHING,
	WAITING = 1 << RMQI_MQ_WAITING,
	GONE = 1 << RMQI_MQ_LEAVING | 1 << RMQI_MQ_DROPPED
};

static const unsigned arrows[] = {
	[RMQI_MQ_READY] = PAUSED | FINDING | FETCHING | WAITING | GONE,
	[RMQI_MQ_PAUSED] = READY | FINDING | FETCHING | WAITING | GONE,
	[RMQI_MQ_FINDING] = READY | GONE,
	[RMQI_MQ_FETCHING] = READY | GONE,
	[RMQI_MQ_WAITING] = READY | GONE,
	[RMQI_MQ_LEAVING] = 1 << RMQI_MQ_DROPPED,
	[RMQI_MQ_DROPPED] = 0,
};

/* The way of every fetch, there and back, is not told: it would be all that the log holds. */
static bool is_told(enum rmqi_mq_state from, enum rmqi_mq_state to)
{
	return to != RMQI_MQ_FETCHING && !(from == RMQI_MQ_FETCHING && to == RMQI_MQ_READY);
}

static void move(struct rmqi_mq *mq, enum rmqi_mq_state to)
{
	enum rmqi_mq_state from = mq->state;

	/* There is no such arrow. */
	assert(arrows[from] & 1u << to);
	mq->state = to;
	if (is_told(from, to))
		RMQI_LOG(mq->consumer->log, RMQ_LOG_DEBUG, MQ_FORMAT ": %s -> %s", MQ_ARGS(mq),
			 state_names[from], state_names[to]);
}

static void rest(struct rmqi_mq *mq, enum rmqi_mq_state as)
{
	if (mq->state != as)
		move(mq, as);
}

/* --- What is done next ------------------------------------------------------------------- */

void rmqi_mq_continue(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;

	if ((mq->state != RMQI_MQ_READY && mq->state != RMQI_MQ_PAUSED) || !c->is_active)
		return;
	if (c->sink->must_wait && c->sink->must_wait(c->sink, mq))
		rest(mq, RMQI_MQ_PAUSED);
	else
		c->kind->fetch->step(mq);
}

bool rmqi_mq_may_fetch(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;

	if (c->is_suspended) {
		rest(mq, RMQI_MQ_READY);
		return false;
	}
	if (rmqi_process_queue_must_wait(&mq->pending, &c->set.limits)) {
		rest(mq, RMQI_MQ_PAUSED);
		return false;
	}
	return true;
}

void rmqi_mq_start_at(struct rmqi_mq *mq, int64_t offset)
{
	mq->next_offset = offset;
	mq->trouble = 0;
	rmqi_mq_continue(mq);
}

void rmqi_mq_wait(struct rmqi_mq *mq, int64_t delay_ms)
{
	move(mq, RMQI_MQ_WAITING);
	rmqi_timer_start_ms(&mq->timer, delay_ms);
}

void rmqi_mq_failed(struct rmqi_mq *mq, const char *what, enum rmq_error error, int code,
		    struct rmqi_str remark, int64_t delay_ms)
{
	int trouble = code >= 0 ? CODE_BASE + code : (int)error;
	enum rmq_log_level level = trouble == mq->trouble ? RMQ_LOG_DEBUG : RMQ_LOG_WARN;

	if (code >= 0)
		RMQI_LOG(mq->consumer->log, level,
			 "%s of " MQ_FORMAT " at %s: response code %d, %.*s", what, MQ_ARGS(mq),
			 mq->address, code, RMQI_STR_ARG(remark));
	else
		RMQI_LOG(mq->consumer->log, level, "%s of " MQ_FORMAT " at %s: %s", what,
			 MQ_ARGS(mq), mq->address, rmq_error_text(error));
	mq->trouble = trouble;
	mq->waits_for_error = true;
	rmqi_mq_wait(mq, delay_ms);
}

static void on_timer(struct rmqi_timer *t)
{
	struct rmqi_mq *mq = RMQI_CONTAINER(t, struct rmqi_mq, timer);

	move(mq, RMQI_MQ_READY);
	mq->waits_for_error = false;
	rmqi_mq_continue(mq);
}

void rmqi_mq_retry_now(struct rmqi_mq *mq)
{
	if (mq->state != RMQI_MQ_WAITING || !mq->waits_for_error)
		return;
	rmqi_timer_stop(&mq->timer);
	on_timer(&mq->timer);
}

/* --- Calls ---------------------------------------------------------------------------------- */

void rmqi_mq_call(struct rmqi_mq *mq, enum rmqi_mq_state as, int64_t broker_id,
		  const struct rmqi_outgoing *request, int64_t timeout_ms, rmqi_mq_answer_fn fn)
{
	struct rmqi_consumer *c = mq->consumer;
	const char *address = NULL;

	if (mq->sub->route)
		address = rmqi_topic_route_address(mq->sub->route, mq->key.broker_name, broker_id,
						   false, NULL);
	if (!address) {
		snprintf(mq->address, sizeof(mq->address), "(unknown)");
		rmqi_client_refresh_routes(c->client);
		rmqi_mq_failed(mq, "route", RMQ_ERR_NO_BROKER, -1, RMQI_STR(""),
			       c->set.error_delay_ms);
		return;
	}
	snprintf(mq->address, sizeof(mq->address), "%s", address);
	mq->call = (struct rmqi_call){.fn = fn};
	move(mq, as);
	rmqi_mq_ref(mq);
	rmqi_rpc_call_async(rmqi_client_rpc(c->client), address, request,
			    rmqi_consumer_deadline(c, timeout_ms), &mq->call);
}

bool rmqi_mq_call_ended(struct rmqi_call *call, struct rmqi_mq **out)
{
	struct rmqi_mq *mq = RMQI_CONTAINER(call, struct rmqi_mq, call);
	bool is_ours = mq->state == RMQI_MQ_FINDING || mq->state == RMQI_MQ_FETCHING;

	/* net/conn.h: answers come on the loop. */
	assert(rmqi_loop_is_current(mq->consumer->loop));
	if (is_ours)
		move(mq, RMQI_MQ_READY);
	if (!is_ours || !mq->consumer->is_active) {
		rmqi_mq_unref(mq);
		return false;
	}
	*out = mq;
	return true;
}

/* --- Life ------------------------------------------------------------------------------- */

enum rmq_error rmqi_mq_new(struct rmqi_consumer *c, struct rmqi_sub *sub,
			   const struct rmqi_queue *key, struct rmqi_mq **out)
{
	struct rmqi_mq *mq = rmqi_calloc(1, sizeof(*mq));
	enum rmq_error err;

	if (!mq)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_queue_init(&mq->key, key->topic, key->broker_name, key->queue_id);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&mq->timer, rmqi_loop_timers(c->loop), on_timer);
	if (err != RMQ_OK) {
		rmqi_queue_deinit(&mq->key);
		rmqi_free(mq);
		return err;
	}
	atomic_init(&mq->refs, 1);
	atomic_init(&mq->is_dropped, false);
	mq->consumer = c;
	mq->is_retry = sub->is_retry;
	mq->sub = rmqi_sub_ref(sub);
	rmqi_process_queue_init(&mq->pending);
	mq->state = RMQI_MQ_READY;
	mq->next_offset = mq->told.sent = mq->told.confirmed = -1;
	rmqi_list_push(&sub->mqs, &mq->link);
	if (!mq->is_retry)
		atomic_fetch_add(&c->queue_count, 1);
	*out = mq;
	return RMQ_OK;
}

struct rmqi_mq *rmqi_mq_ref(struct rmqi_mq *mq)
{
	atomic_fetch_add_explicit(&mq->refs, 1, memory_order_relaxed);
	return mq;
}

void rmqi_mq_unref(struct rmqi_mq *mq)
{
	if (!mq || atomic_fetch_sub_explicit(&mq->refs, 1, memory_order_acq_rel) > 1)
		return;
	/* A reference was left over although the queue is still held. */
	assert(mq->state == RMQI_MQ_DROPPED);
	rmqi_queue_deinit(&mq->key);
	rmqi_free(mq);
}

void rmqi_mq_leave(struct rmqi_mq *mq)
{
	struct rmqi_sink *sink = mq->consumer->sink;

	if (mq->state >= RMQI_MQ_LEAVING)
		return;
	if (!sink->is_busy || !sink->is_busy(sink, mq)) {
		rmqi_mq_drop(mq);
		return;
	}
	rmqi_timer_stop(&mq->timer);
	move(mq, RMQI_MQ_LEAVING);
}

void rmqi_mq_drop(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;

	if (mq->state == RMQI_MQ_DROPPED)
		return;
	/* The next owner starts here. What runs now will be consumed once more there: its end must not
	 * be committed any more, the new owner may be further by then. */
	if (c->is_active)
		c->store->commit(c->store, mq);
	atomic_store(&mq->is_dropped, true);
	move(mq, RMQI_MQ_DROPPED);
	rmqi_timer_deinit(&mq->timer);
	if (c->sink->dropped)
		c->sink->dropped(c->sink, mq);
	rmqi_process_queue_clear(&mq->pending);
	rmqi_list_remove(&mq->link);
	rmqi_sub_unref(mq->sub);
	mq->sub = NULL;
	if (!mq->is_retry)
		atomic_fetch_sub(&c->queue_count, 1);
	rmqi_mq_unref(mq);
}

/* --- Messages ------------------------------------------------------------------------------- */

enum rmq_error rmqi_mq_deliver(struct rmqi_mq *mq, struct rmqi_message_block *block)
{
	struct rmqi_sink *sink = mq->consumer->sink;
	struct rmqi_delivery *d = NULL;
	enum rmq_error err =
		rmqi_delivery_new(block, mq->sub->filter, sink->chunk, sink->runners, &d);

	if (err != RMQ_OK || !d)
		return err;
	d->mq = rmqi_mq_ref(mq);
	d->release_mq = rmqi_mq_unref;
	rmqi_process_queue_put(&mq->pending, rmqi_delivery_ref(d));
	sink->take(sink, d);
	rmqi_delivery_unref(d);
	return RMQ_OK;
}

void rmqi_mq_settled(struct rmqi_mq *mq, struct rmqi_delivery *d)
{
	uint64_t bytes;

	if (mq->state == RMQI_MQ_DROPPED)
		return;
	if (rmqi_delivery_open(d, &bytes) == 0)
		rmqi_process_queue_remove(&mq->pending, d);
	if (mq->state == RMQI_MQ_PAUSED)
		rmqi_mq_continue(mq);
}

int64_t rmqi_mq_commit_offset(struct rmqi_mq *mq)
{
	int64_t lowest;

	if (!mq->is_placed)
		return -1;
	/* Behind a step back of the broker, messages in flight may lie above the next pull. */
	if (!rmqi_process_queue_lowest(&mq->pending, &lowest) || lowest > mq->next_offset)
		lowest = mq->next_offset;
	return lowest;
}
