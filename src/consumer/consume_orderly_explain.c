/* SPDX-License-Identifier: Apache-2.0 */
/* What the queues of an orderly listener wait for: see sink.h. */
#include <stdio.h>

#include "consumer/consume_orderly_impl.h"

static enum rmqi_stall explain_lock(const struct rmqi_mq *mq, char *why, size_t size)
{
	struct rmqi_client_trouble t = {.why = ""};
	char subject[RMQI_MQ_SUBJECT];

	if (mq->lane.lock.is_complained)
		(void)rmqi_client_trouble(mq->consumer->client, RMQI_TROUBLE_LOCK,
					  rmqi_mq_subject(mq, RMQI_TROUBLE_LOCK, subject), &t);
	snprintf(why, size, "its broker has not granted its lock%s%.200s", t.why[0] ? ": " : "",
		 t.why);
	return RMQI_STALL_LOCK;
}

static enum rmqi_stall explain_lane(struct rmqi_consume_orderly *s, const struct rmqi_mq *mq,
				    const struct rmqi_delivery *d, char *why, size_t size)
{
	const struct rmqi_lane *lane = &mq->lane;
	int64_t for_us = rmqi_orderly_now(s) - atomic_load(&lane->call_us);
	char message[RMQI_DELIVERY_TEXT];
	bool is_busy, is_ready;

	rmqi_mutex_lock(&s->mu);
	is_busy = lane->state == RMQI_LANE_BUSY;
	is_ready = lane->is_ready;
	rmqi_mutex_unlock(&s->mu);
	rmqi_delivery_describe(d, d->first, message);
	if (is_ready) {
		snprintf(why, size, "%s waits for a consume thread (consumeThreadMax=%u)", message,
			 s->threads);
		return RMQI_STALL_THREADS;
	}
	if (is_busy) {
		snprintf(why, size, "%s has been with the listener for %lld s", message,
			 (long long)(for_us / 1000000));
		return RMQI_STALL_LISTENER;
	}
	if (lane->backs > 0) {
		snprintf(why, size, "%s failed, and no broker has taken it as a dead letter",
			 message);
		return RMQI_STALL_SEND_BACK;
	}
	snprintf(why, size, "%s fails again and again (%lld times so far)", message,
		 (long long)rmqi_message_times(d->items[d->first]));
	return RMQI_STALL_FAILING;
}

enum rmqi_stall rmqi_orderly_explain(struct rmqi_sink *sink, struct rmqi_mq *mq, char *why,
				     size_t size)
{
	struct rmqi_consume_orderly *s = rmqi_orderly_at(sink);
	struct rmqi_delivery *d = rmqi_process_queue_first(&mq->pending);

	if (rmqi_orderly_is_behind_old(s, mq)) {
		snprintf(why, size,
			 "the listener still has a message of it from before it was lost");
		return RMQI_STALL_LISTENER;
	}
	if (!rmqi_orderly_may_work(s, mq, rmqi_orderly_now(s)))
		return explain_lock(mq, why, size);
	return d ? explain_lane(s, mq, d, why, size) : RMQI_STALL_NONE;
}
