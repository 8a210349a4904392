/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/mq.h"

#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/planted.h"
#include "codec/denial.h"

enum {
	KEPT_US = 1000,
	DENIED_DELAY_MS = 5000 /* a person, or new credentials, must help */
};

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

	if ((mq->state != RMQI_MQ_READY && mq->state != RMQI_MQ_PAUSED) || !c->is_active ||
	    mq->awaits > c->told.done)
		return;
	if (c->sink->must_wait && c->sink->must_wait(c->sink, mq))
		rest(mq, RMQI_MQ_PAUSED);
	else
		mq->fetch->step(mq);
}

bool rmqi_mq_may_fetch(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;
	const struct rmqi_flow_limits *limits =
		mq->pop.is_it ? &c->set.pop_limits : &mq->sub->limits;

	/* What a broker does not filter is not fetched either. */
	if (c->is_suspended || mq->sub->approval.state != RMQI_APPROVAL_GIVEN) {
		rest(mq, RMQI_MQ_READY);
		return false;
	}
	if (mq->timed > 0 || rmqi_process_queue_must_wait(&mq->pending, limits)) {
		rest(mq, RMQI_MQ_PAUSED);
		return false;
	}
	return true;
}

void rmqi_mq_start_at(struct rmqi_mq *mq, int64_t offset)
{
	mq->next_offset = offset;
	mq->doubt.at = -1;
	if (mq->asked_us > 0)
		mq->answer_us = rmqi_clock_us(mq->consumer->clock) - mq->asked_us;
	rmqi_mq_works(mq);
	rmqi_mq_continue(mq);
}

void rmqi_mq_wait(struct rmqi_mq *mq, int64_t delay_ms)
{
	move(mq, RMQI_MQ_WAITING);
	rmqi_timer_start_ms(&mq->timer, delay_ms);
}

/* Trouble with the way to a broker is one for all its queues. */
static bool is_link_error(enum rmq_error error, int code)
{
	return code < 0 &&
	       (error == RMQ_ERR_TIMEOUT || error == RMQ_ERR_BUSY || error == RMQ_ERR_NO_BROKER ||
		(error >= RMQ_ERR_ADDRESS && error <= RMQ_ERR_TLS));
}

const char *rmqi_mq_subject(const struct rmqi_mq *mq, enum rmqi_trouble_kind kind,
			    char buf[RMQI_MQ_SUBJECT])
{
	if (kind == RMQI_TROUBLE_LINK)
		snprintf(buf, RMQI_MQ_SUBJECT, "%s", mq->key.broker_name);
	else
		snprintf(buf, RMQI_MQ_SUBJECT, "%s@%s", mq->key.topic, mq->key.broker_name);
	return buf;
}

/* A queue has one complaint at a time. Without a link it is not known whether the rest works. */
static void change_trouble(struct rmqi_mq *mq, enum rmqi_trouble_kind kind)
{
	char subject[RMQI_MQ_SUBJECT];

	if (mq->trouble == kind)
		return;
	rmqi_mq_subject(mq, mq->trouble, subject);
	if (kind == RMQI_TROUBLE_LINK)
		rmqi_client_withdraw(mq->consumer->client, mq->trouble, subject,
				     &mq->is_complained);
	else
		rmqi_client_settle(mq->consumer->client, mq->trouble, subject, &mq->is_complained);
	mq->trouble = kind;
}

void rmqi_mq_failed(struct rmqi_mq *mq, enum rmqi_trouble_kind what, enum rmq_error error, int code,
		    struct rmqi_str remark, int64_t delay_ms)
{
	enum rmqi_trouble_kind kind = is_link_error(error, code) ? RMQI_TROUBLE_LINK : what;
	char subject[RMQI_MQ_SUBJECT];
	struct rmqi_failure f = {.kind = kind,
				 .subject = rmqi_mq_subject(mq, kind, subject),
				 .topic = kind == RMQI_TROUBLE_LINK ? NULL : mq->key.topic,
				 .address = mq->address,
				 .error = error,
				 .code = code,
				 .why = code >= 0 || error == RMQ_ERR_CORRUPT ? remark
									      : RMQI_STR("")};

	if (code >= 0 && rmqi_is_denial(code, remark) && delay_ms < DENIED_DELAY_MS)
		delay_ms = DENIED_DELAY_MS;
	mq->stats->failed_pulls += what == RMQI_TROUBLE_PULL ? 1 : 0;
	change_trouble(mq, kind);
	rmqi_client_complain(mq->consumer->client, &f, &mq->is_complained);
	rmqi_mq_retry_later(mq, delay_ms);
}

void rmqi_mq_works(struct rmqi_mq *mq)
{
	mq->watch.served_us = rmqi_clock_us(mq->consumer->clock);
	if (mq->is_complained)
		change_trouble(mq, RMQI_TROUBLE_NONE);
}

bool rmqi_mq_is_served(const struct rmqi_mq *mq)
{
	if (mq->is_complained || mq->is_refused || mq->next_offset < 0)
		return false;
	/* A pop is answered at once, and only then does a new group have its place. */
	if (mq->pop.is_it)
		return mq->is_answered;
	/* A refusal would have come by now. */
	return mq->is_answered || mq->state != RMQI_MQ_FETCHING ||
	       rmqi_clock_us(mq->consumer->clock) - mq->asked_us >= KEPT_US + 2 * mq->answer_us;
}

void rmqi_mq_retry_later(struct rmqi_mq *mq, int64_t delay_ms)
{
	mq->waits_for_error = true;
	rmqi_mq_wait(mq, delay_ms);
}

/* Who closes the consumer knows that. */
void rmqi_mq_end_stall(struct rmqi_mq *mq, const char *over)
{
	struct rmqi_client *client = mq->consumer->client;

	if (mq->watch.subject && mq->consumer->is_active)
		rmqi_client_settle_as(client, RMQI_TROUBLE_STALL, mq->watch.subject, over,
				      &mq->watch.is_told);
	else if (mq->watch.subject)
		rmqi_client_withdraw(client, RMQI_TROUBLE_STALL, mq->watch.subject,
				     &mq->watch.is_told);
	rmqi_free(mq->watch.subject);
	mq->watch.subject = NULL;
	mq->watch.cause = RMQI_STALL_NONE;
}

static void withdraw(struct rmqi_mq *mq)
{
	char subject[RMQI_MQ_SUBJECT];

	rmqi_mq_subject(mq, mq->trouble, subject);
	rmqi_client_withdraw(mq->consumer->client, mq->trouble, subject, &mq->is_complained);
	mq->trouble = RMQI_TROUBLE_NONE;
	rmqi_mq_end_stall(mq, "is not held any more");
	snprintf(subject, sizeof(subject), "%s@%s", mq->key.topic, mq->key.broker_name);
	rmqi_client_withdraw(mq->consumer->client, RMQI_TROUBLE_COMMIT, subject,
			     &mq->is_commit_stuck);
	rmqi_client_withdraw(mq->consumer->client, RMQI_TROUBLE_ACK, subject, &mq->is_ack_stuck);
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
						   mq->pop.is_it, &mq->asked_id);
	if (!address) {
		snprintf(mq->address, sizeof(mq->address), "(unknown)");
		rmqi_client_refresh_routes(c->client);
		rmqi_mq_failed(mq, RMQI_TROUBLE_LINK, RMQ_ERR_NO_BROKER, -1, RMQI_STR(""),
			       c->set.error_delay_ms);
		return;
	}
	snprintf(mq->address, sizeof(mq->address), "%s", address);
	mq->call = (struct rmqi_call){.fn = fn};
	mq->asked_us = rmqi_clock_us(c->clock);
	if (mq->watch.asked_us < mq->watch.served_us)
		mq->watch.asked_us = mq->asked_us;
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
	mq->is_answered |= mq->state == RMQI_MQ_FETCHING;
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

/* The limits of a topic are shared by what is held of it. */
static void count_queues(const struct rmqi_consumer *c, struct rmqi_sub *sub, int more)
{
	sub->mq_count += (size_t)more;
	sub->limits = rmqi_settings_limits(&c->set, sub->mq_count);
}

/* It is one of those that are consumed. */
static void join(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;

	rmqi_list_push(&mq->sub->mqs, &mq->link);
	mq->awaits = mq->is_retry ? 0 : c->told.next;
	if (c->told.changed)
		c->told.changed(c->told.arg, mq->sub);
	c->counts.queues_gained += mq->is_retry ? 0 : 1;
	if (!mq->is_retry)
		atomic_fetch_add(&c->queue_count, 1);
	count_queues(c, mq->sub, 1);
}

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
	mq->fetch = c->kind->fetch;
	mq->sub = rmqi_sub_ref(sub);
	mq->stats = sub->stats;
	rmqi_process_queue_init(&mq->pending);
	rmqi_lane_init(&mq->lane);
	rmqi_list_init(&mq->told.gone);
	rmqi_list_init(&mq->polled.turn);
	rmqi_list_init(&mq->polled.waiting);
	mq->state = RMQI_MQ_READY;
	mq->next_offset = mq->told.sent = mq->told.confirmed = mq->user_offset = -1;
	mq->max_offset = mq->told.floor = mq->pop.rest = mq->doubt.at = -1;
	mq->made_us = mq->pulled_us = mq->settled_us = rmqi_clock_us(c->clock);
	mq->watch.served_us = mq->made_us;
	mq->watch.asked_us = -1;
	join(mq);
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
	if (c->is_active && c->store->give_up)
		c->store->give_up(c->store, mq);
	else if (c->is_active)
		c->store->commit(c->store, mq);
	withdraw(mq);
	atomic_store(&mq->is_dropped, true);
	move(mq, RMQI_MQ_DROPPED);
	rmqi_timer_deinit(&mq->timer);
	mq->stats->now.done += (int64_t)rmqi_process_queue_done(&mq->pending);
	if (c->sink->dropped)
		c->sink->dropped(c->sink, mq);
	rmqi_process_queue_clear(&mq->pending);
	rmqi_list_remove(&mq->link);
	count_queues(c, mq->sub, -1);
	if (c->told.changed)
		c->told.changed(c->told.arg, mq->sub);
	rmqi_sub_unref(mq->sub);
	mq->sub = NULL;
	c->counts.queues_lost += mq->is_retry ? 0 : 1;
	if (!mq->is_retry)
		atomic_fetch_sub(&c->queue_count, 1);
	rmqi_mq_unref(mq);
}

/* As rmqi_mq_drop; another one stands in its place. */
static void drop_for_another(struct rmqi_mq *mq)
{
	rmqi_mq_end_stall(mq, "begins anew");
	rmqi_mq_drop(mq);
}

/* Another one stands in its place, which is to go on at this offset. */
static enum rmq_error replace(struct rmqi_mq *mq, int64_t offset, struct rmqi_mq **out)
{
	struct rmqi_mq *next = NULL;
	enum rmq_error err = rmqi_mq_new(mq->consumer, mq->sub, &mq->key, &next);

	if (err != RMQ_OK)
		return err;
	/* A last commit of where it stood could come behind the new one. */
	mq->is_placed = false;
	mq->user_offset = -1;
	next->is_held_back = mq->is_held_back;
	drop_for_another(mq);
	next->is_placed = true;
	next->next_offset = offset;
	*out = next;
	return RMQ_OK;
}

enum rmq_error rmqi_mq_reset(struct rmqi_mq *mq, int64_t offset)
{
	struct rmqi_consumer *c = mq->consumer;
	int64_t before = rmqi_mq_commit_offset(mq);
	struct rmqi_mq *next = NULL;
	enum rmq_error err = replace(mq, offset, &next);

	if (err != RMQ_OK)
		return err;
	RMQI_LOG(c->log, RMQ_LOG_WARN, MQ_FORMAT " was reset by an operator from %lld to %lld",
		 MQ_ARGS(next), (long long)before, (long long)offset);
	next->user_offset = offset;
	c->store->commit(c->store, next);
	rmqi_mq_continue(next);
	return RMQ_OK;
}

enum rmq_error rmqi_mq_restart(struct rmqi_mq *mq)
{
	struct rmqi_mq *next = NULL;
	enum rmq_error err = rmqi_mq_new(mq->consumer, mq->sub, &mq->key, &next);

	if (err != RMQ_OK)
		return err;
	mq->is_placed = false;
	drop_for_another(mq);
	rmqi_mq_continue(next);
	return RMQ_OK;
}

enum rmq_error rmqi_mq_seek(struct rmqi_mq *mq, int64_t offset)
{
	struct rmqi_mq *next = NULL;
	enum rmq_error err = replace(mq, offset, &next);

	if (err == RMQ_OK)
		rmqi_mq_continue(next);
	return err;
}

/* --- Messages ------------------------------------------------------------------------------- */

enum rmq_error rmqi_mq_deliver(struct rmqi_mq *mq, struct rmqi_message_block *block)
{
	struct rmqi_sink *sink = mq->consumer->sink;
	struct rmqi_delivery *d = NULL;
	int64_t now;
	enum rmq_error err =
		rmqi_delivery_new(block, mq->sub->filter, sink->chunk, sink->runners, &d);

	if (err != RMQ_OK || !d)
		return err;
	now = rmqi_clock_us(mq->consumer->clock);
	rmqi_stats_pulled(mq->stats, now, now - mq->pulled_us, d->count, d->bytes);
	if (rmqi_list_is_empty(&mq->pending.deliveries))
		mq->watch.filled_us = now;
	mq->watch.delivered += d->count;
	d->mq = rmqi_mq_ref(mq);
	d->release_mq = rmqi_mq_unref;
	rmqi_process_queue_put(&mq->pending, rmqi_delivery_ref(d));
	if (mq->consumer->hold_back)
		mq->consumer->hold_back(mq->consumer, d);
	else
		sink->take(sink, d);
	rmqi_delivery_unref(d);
	return RMQ_OK;
}

void rmqi_mq_settled(struct rmqi_mq *mq, struct rmqi_delivery *d)
{
	uint64_t bytes;

	if (mq->fetch && mq->fetch->settled)
		mq->fetch->settled(mq, d);
	if (mq->state == RMQI_MQ_DROPPED)
		return;
	mq->settled_us = rmqi_clock_us(mq->consumer->clock);
	if (rmqi_delivery_open(d, &bytes) == 0 && !rmqi_list_is_empty(&d->link)) {
		mq->stats->now.done += (int64_t)d->count;
		rmqi_process_queue_remove(&mq->pending, d);
	}
	if (mq->state == RMQI_MQ_PAUSED)
		rmqi_mq_continue(mq);
}

int64_t rmqi_mq_commit_offset(struct rmqi_mq *mq)
{
	struct rmqi_sink *sink = mq->consumer->sink;

	return sink->commit_offset ? sink->commit_offset(sink, mq) : rmqi_mq_done_offset(mq);
}

int64_t rmqi_mq_done_offset(struct rmqi_mq *mq)
{
	struct rmqi_sink *sink = mq->consumer->sink;
	int64_t lowest;

	if (!mq->is_placed || (sink->may_commit && !sink->may_commit(sink, mq)))
		return -1;
	if (RMQI_PLANTED(COMMITTED_BEFORE_CONSUMED))
		return mq->next_offset;
	/* Behind a step back of the broker, messages in flight may lie above the next pull. */
	if (!rmqi_process_queue_lowest(&mq->pending, &lowest) || lowest > mq->next_offset)
		lowest = mq->next_offset;
	return lowest;
}
