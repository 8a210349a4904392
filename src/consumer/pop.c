/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pop.h"

#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/mq.h"
#include "consumer/popping.h"
#include "consumer/pops.h"

enum {
	/* How long a broker keeps a question: receiver_places.c says why no longer. */
	POLL_MS = 5000,
	GRACE_MS = 3000, /* for its answer */
	QUICK_US = 500 * 1000,
	REST_MS = 1000, /* a "nothing" that came at once: too many questions, or no waiting there */
	FLOW_CONTROL_MS = 20,
	FRUITLESS_MS = 10,
	FRUITLESS_MAX = 6 /* doublings of that */
};

static void ask(struct rmqi_mq *mq);

static struct rmqi_popping popping_of(const struct rmqi_mq *mq)
{
	const struct rmqi_consumer *c = mq->consumer;
	int32_t max = c->set.pop_batch;

	return (struct rmqi_popping){.consumer = mq->consumer,
				     .sub = mq->sub,
				     .broker_name = mq->key.broker_name,
				     .queue_id = mq->key.queue_id,
				     .max = max < c->fetch_most ? max : c->fetch_most,
				     .invisible_ms = c->set.pop_invisible_ms};
}

static void pop_failed(struct rmqi_mq *mq, enum rmq_error error)
{
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, error, -1, RMQI_STR(""),
		       mq->consumer->set.error_delay_ms);
}

static void on_refused(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	struct rmqi_consumer *c = mq->consumer;
	int64_t delay = c->set.error_delay_ms;

	if (response->code == RMQI_RESP_FLOW_CONTROL)
		delay = FLOW_CONTROL_MS;
	else
		rmqi_client_refresh_routes(c->client);
	rmqi_mq_failed(mq, RMQI_TROUBLE_PULL, RMQ_ERR_BROKER, response->code, response->remark,
		       delay);
}

/* --- Messages ------------------------------------------------------------------------------------ */

/* Brokers filter by the hash of a tag. */
static void refuse_unwanted(struct rmqi_mq *mq, struct rmqi_message_block *block)
{
	for (size_t i = 0; i < block->count; i++)
		if (!rmqi_delivery_wants(mq->sub->filter, &block->messages[i]))
			rmqi_pops_refuse(mq->consumer->pops, mq, block, &block->messages[i]);
}

static void take_block(void *arg, struct rmqi_message_block *block)
{
	struct rmqi_mq *mq = arg;
	int64_t newest_ms = block->count > 0 ? block->messages[block->count - 1].store_ms : 0;

	refuse_unwanted(mq, block);
	if (rmqi_mq_deliver(mq, block) != RMQ_OK)
		RMQI_LOG(mq->consumer->log, RMQ_LOG_ERROR,
			 "group %s: no memory for messages of %s popped from broker %s: they come "
			 "again after the invisible time",
			 mq->consumer->group, mq->key.topic, mq->key.broker_name);
	else if (newest_ms > mq->newest_ms)
		mq->newest_ms = newest_ms;
}

static void on_found(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	struct rmqi_popping p = popping_of(mq);
	enum rmq_error err;

	p.rest = &mq->pop.rest;
	err = rmqi_popping_take(&p, response, mq->pop.asked_us, take_block, mq);

	mq->pop.fruitless = 0;
	mq->pop.vain = 0;
	mq->pop.is_empty = false;
	mq->pop.behind = INT64_MAX;
	if (err != RMQ_OK) {
		pop_failed(mq, err);
		return;
	}
	rmqi_mq_works(mq);
	rmqi_mq_continue(mq);
}

static void on_none(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	bool is_first = mq->pop.behind == INT64_MAX;
	int64_t pause_ms;

	mq->pop.is_empty = !rmqi_popping_goes_on(response, &mq->pop.behind);
	mq->pop.rest = mq->pop.behind;
	/* Bit by bit it comes to the end of what there is. */
	if (!is_first && !mq->pop.is_empty)
		mq->pop.fruitless = 0;
	rmqi_mq_works(mq);
	pause_ms = mq->pop.is_empty ? 0 : rmqi_popping_pause_ms(++mq->pop.vain);
	if (pause_ms > 0)
		rmqi_mq_wait(mq, pause_ms);
	else
		rmqi_mq_continue(mq);
}

static void on_response(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	switch (response->code) {
	case RMQI_RESP_SUCCESS:
		on_found(mq, response);
		break;
	case RMQI_RESP_PULL_NOT_FOUND:
	case RMQI_RESP_POLLING_TIMEOUT:
	case RMQI_RESP_POLLING_FULL:
		on_none(mq, response);
		break;
	default:
		on_refused(mq, response);
		break;
	}
}

static void on_popped(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (error != RMQ_OK) {
		rmqi_client_refresh_routes(mq->consumer->client);
		pop_failed(mq, error);
	} else {
		on_response(mq, response);
	}
	rmqi_mq_unref(mq);
}

static void pop(struct rmqi_mq *mq)
{
	struct rmqi_consumer *c = mq->consumer;
	struct rmqi_popping p = popping_of(mq);
	struct rmqi_h_pop_message h;
	struct rmqi_outgoing request;

	rmqi_popping_request(&p, &h, &request);
	mq->pulled_us = rmqi_clock_us(c->clock);
	mq->pop.asked_us = rmqi_clock_boot_us(c->clock);
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, 0, &request, c->set.api_timeout_ms, on_popped);
}

/* --- Is there something? -------------------------------------------------------------------------- */

/* Others may be faster, or nothing passes the filter: one that says so again and again is not believed at once. */
static void on_some(struct rmqi_mq *mq)
{
	unsigned doublings = mq->pop.fruitless < FRUITLESS_MAX ? mq->pop.fruitless : FRUITLESS_MAX;

	mq->pop.is_empty = false;
	mq->pop.behind = INT64_MAX;
	if (mq->pop.fruitless++ > 0)
		rmqi_mq_wait(mq, (int64_t)FRUITLESS_MS << doublings);
	else
		rmqi_mq_continue(mq);
}

static void on_word(struct rmqi_mq *mq, const struct rmqi_command *response)
{
	struct rmqi_h_notification_response h = {0};
	int64_t took = rmqi_clock_us(mq->consumer->clock) - mq->asked_us;

	if (response->code != RMQI_RESP_SUCCESS) {
		on_refused(mq, response);
		return;
	}
	if (rmqi_header_decode(&rmqi_desc_notification_response, response, &h, NULL) != RMQ_OK) {
		pop_failed(mq, RMQ_ERR_PROTOCOL);
		return;
	}
	rmqi_mq_works(mq);
	/* One that was held tells of a message that has just come. */
	if (took >= QUICK_US)
		mq->pop.fruitless = mq->pop.vain = 0;
	if (h.hasMsg)
		on_some(mq);
	else if (took < QUICK_US)
		rmqi_mq_wait(mq, REST_MS);
	else
		rmqi_mq_continue(mq);
}

static void on_told(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	struct rmqi_mq *mq;

	if (!rmqi_mq_call_ended(call, &mq))
		return;
	if (error != RMQ_OK) {
		rmqi_client_refresh_routes(mq->consumer->client);
		pop_failed(mq, error);
	} else {
		on_word(mq, response);
	}
	rmqi_mq_unref(mq);
}

static void ask(struct rmqi_mq *mq)
{
	struct rmqi_popping p = popping_of(mq);
	struct rmqi_h_notification h;
	struct rmqi_outgoing request;

	p.poll_ms = POLL_MS;
	rmqi_popping_question(&p, &h, &request);
	rmqi_mq_call(mq, RMQI_MQ_FETCHING, 0, &request, POLL_MS + GRACE_MS, on_told);
}

/* --- What failed ---------------------------------------------------------------------------------- */

/* DefaultMQPushConsumerImpl.popDelayLevel; seconds. */
static const int16_t delays_s[] = {10,  30,  60,  120, 180,  240,  300,  360,
				   420, 480, 540, 600, 1200, 1800, 3600, 7200};

static int64_t delay_ms(int level, int32_t times)
{
	size_t last = RMQI_COUNT(delays_s) - 1;
	size_t at = (size_t)(level > 0 ? level : times);

	return delays_s[at < last ? at : last] * INT64_C(1000);
}

/* By the listener's word, or by its number of deliveries. */
static bool is_used_up(const struct rmqi_mq *mq, const struct rmqi_delivery *d, size_t at)
{
	return d->levels[at] < 0 ||
	       rmqi_message_times(d->items[at]) >= mq->consumer->set.max_reconsume_times;
}

static bool again(struct rmqi_mq *mq, struct rmqi_delivery *d, size_t at)
{
	struct rmqi_consumer *c = mq->consumer;
	bool is_past = rmqi_pops_is_over(c, d->items[at]);
	bool is_over = is_past || rmqi_delivery_state(d, at) == RMQI_ITEM_LATE;
	bool is_last = !is_over && is_used_up(mq, d, at);

	/* Who has it next makes a dead letter of it, if this queue is not ours any more. */
	if (is_last && mq->state != RMQI_MQ_DROPPED) {
		d->levels[at] = -1;
		return false;
	}
	d->ages[at] = RMQI_AGE_TOLD;
	rmqi_delivery_set_state(d, at, RMQI_ITEM_BACK);
	mq->stats->now.failed++;
	mq->stats->now.failures++;
	mq->stats->now.done += mq->state == RMQI_MQ_DROPPED ? 1 : 0; /* nobody else counts it */
	if (is_past)
		rmqi_pops_tell_over(c->pops, d);
	if (!is_over && !is_last)
		rmqi_pops_postpone(c->pops, d, at,
				   delay_ms(d->levels[at], rmqi_message_times(d->items[at])));
	rmqi_delivery_finish(d, at);
	return true;
}

/* --- The table ------------------------------------------------------------------------------------ */

static void settled(struct rmqi_mq *mq, struct rmqi_delivery *d)
{
	rmqi_pops_settle(mq->consumer->pops, d);
}

static void step(struct rmqi_mq *mq)
{
	if (!rmqi_mq_may_fetch(mq))
		return;
	if (mq->pop.is_empty)
		ask(mq);
	else
		pop(mq);
}

static const struct rmqi_fetch table = {.step = step, .again = again, .settled = settled};

void rmqi_pop_begin(struct rmqi_mq *mq)
{
	mq->fetch = &table;
	mq->pop.is_it = true;
	mq->pop.behind = INT64_MAX;
	mq->next_offset = 0;
}
