/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners that do not come back: see the head of consume_service.h. */
#include "consumer/consume_service.h"
#include "consumer/mq.h"

/* What becomes of it. */
static const char *fate_of(const struct rmqi_consumer *c, const struct rmqi_delivery *d)
{
	if (c->set.is_broadcasting)
		return "not waited for";
	return d->mq->pop.is_it ? "left to its broker, which delivers it again"
				: "sent back, to be delivered again";
}

static void tell_late(const struct rmqi_consume_service *s, const struct rmqi_delivery *d,
		      size_t at, size_t count)
{
	const struct rmqi_queue *key = &d->mq->key;

	RMQI_LOG(s->consumer->log, RMQ_LOG_WARN,
		 "group %s: a listener has had message %lld of %s@%s:%d for over %lld minutes "
		 "(consumeTimeout)%s: it is %s; the thread stays in use",
		 s->consumer->group, (long long)d->items[at]->queue_offset, key->topic,
		 key->broker_name, (int)key->queue_id,
		 (long long)s->consumer->set.consume_timeout_ms / 60000,
		 count > 1 ? ", and others of this pull" : "", fate_of(s->consumer, d));
}

void rmqi_consume_tell_back(const struct rmqi_consume_service *s, const struct rmqi_delivery *d,
			    size_t at)
{
	const struct rmqi_queue *key = &d->mq->key;

	RMQI_LOG(s->consumer->log, RMQ_LOG_INFO,
		 "a listener is back with message %lld of %s@%s:%d after consumeTimeout: what it "
		 "returned does not count, as the message was %s before",
		 (long long)d->items[at]->queue_offset, key->topic, key->broker_name,
		 (int)key->queue_id, fate_of(s->consumer, d));
}

/* True: something of this queue is still to be done. */
static bool age_queue(struct rmqi_consume_service *s, struct rmqi_mq *mq)
{
	RMQI_LIST_EACH(node, &mq->pending.deliveries) {
		struct rmqi_delivery *d = RMQI_LIST_ITEM(node, struct rmqi_delivery, link);
		size_t at, late = rmqi_delivery_grow_old(d, RMQI_AGE_LOOKS, &at);

		if (late == 0)
			continue;
		tell_late(s, d, at, late);
		rmqi_delivery_ref(d);
		rmqi_send_backs_look(&s->send_backs, d);
		/* What was popped is finished by now, and its queue may have waited for that. */
		if (mq->pop.is_it)
			rmqi_mq_settled(mq, d);
		rmqi_delivery_unref(d);
	}
	return !rmqi_list_is_empty(&mq->pending.deliveries);
}

void rmqi_consume_look_at_ages(struct rmqi_timer *t)
{
	struct rmqi_consume_service *s = RMQI_CONTAINER(t, struct rmqi_consume_service, age_timer);
	struct rmqi_consumer *c = s->consumer;
	bool is_needed = false;

	if (!c->is_active)
		return;
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			is_needed |= age_queue(s, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	if (is_needed)
		rmqi_timer_start_ms(t, c->set.consume_timeout_ms / RMQI_AGE_LOOKS);
}
