/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/mq.h"

#include <assert.h>

#include "base/mem.h"
#include "consumer/consumer.h"
#include "consumer/pull.h"

enum rmq_error rmqi_mq_new(rmq_push_consumer *c, struct rmqi_sub *sub, const struct rmqi_queue *key,
			   struct rmqi_mq **out)
{
	struct rmqi_mq *mq = rmqi_calloc(1, sizeof(*mq));
	enum rmq_error err;

	if (!mq)
		return RMQ_ERR_NO_MEMORY;
	err = rmqi_queue_init(&mq->key, key->topic, key->broker_name, key->queue_id);
	if (err == RMQ_OK)
		err = rmqi_timer_init(&mq->timer, rmqi_loop_timers(c->loop), rmqi_pull_on_timer);
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
	mq->state = RMQI_MQ_FINDING;
	mq->next_offset = mq->sent = mq->repeated = mq->confirmed = -1;
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

void rmqi_mq_drop(struct rmqi_mq *mq)
{
	rmq_push_consumer *c = mq->consumer;

	if (mq->state == RMQI_MQ_DROPPED)
		return;
	/* The next owner starts here. What runs now will be consumed once more there: its end must not
	 * be committed any more, the new owner may be further by then. */
	if (c->is_active)
		rmqi_offsets_commit(mq);
	atomic_store(&mq->is_dropped, true);
	mq->state = RMQI_MQ_DROPPED;
	rmqi_timer_deinit(&mq->timer);
	rmqi_process_queue_clear(&mq->pending);
	rmqi_list_remove(&mq->link);
	rmqi_sub_unref(mq->sub);
	mq->sub = NULL;
	if (!mq->is_retry)
		atomic_fetch_sub(&c->queue_count, 1);
	rmqi_mq_unref(mq);
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

void rmqi_mq_settled(struct rmqi_mq *mq, struct rmqi_delivery *d)
{
	uint64_t bytes;

	if (mq->state == RMQI_MQ_DROPPED)
		return;
	if (rmqi_delivery_open(d, &bytes) == 0)
		rmqi_process_queue_remove(&mq->pending, d);
	if (mq->state == RMQI_MQ_PAUSED)
		rmqi_pull_continue(mq);
}

void rmqi_mq_reported(struct rmqi_mq *mq, struct rmqi_delivery *d)
{
	/* Given up: all of it is delivered again to the next owner. */
	if (mq->state == RMQI_MQ_DROPPED)
		return;
	for (size_t i = d->first; i < d->count; i++) {
		if (rmqi_delivery_state(d, i) == RMQI_ITEM_FAILED)
			rmqi_send_back_start(mq->consumer, d, i);
	}
	rmqi_mq_settled(mq, d);
}
