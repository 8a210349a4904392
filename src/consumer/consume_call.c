/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/consume_call.h"

#include <string.h>

#include <rocketmq/push_consumer.h>

#include "client/message.h"
#include "client/messages.h"
#include "codec/properties.h"
#include "consumer/mq.h"
#include "consumer/pops.h"
#include "send/trace.h"

/* A status of either kind that is one, by value (push_consumer.h). */
_Static_assert((int)RMQ_CONSUME_SUCCESS == (int)RMQ_ORDERLY_SUCCESS &&
		       (int)RMQ_RECONSUME_LATER == (int)RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT,
	       "the two kinds of status are told apart by nobody");

/* --- Records -------------------------------------------------------------------------------------- */

static bool is_traced(const struct rmq_message *m)
{
	const char *is_on = rmq_message_property(m, RMQI_PROP_TRACE_ON);

	return !is_on || strcmp(is_on, "false") != 0;
}

static struct rmqi_str text_of(const char *text)
{
	return text ? rmqi_str(text) : rmqi_str_n(NULL, 0);
}

static struct rmqi_trace_record record_of(const struct rmq_consume_call *call,
					  const struct rmq_message *m)
{
	return (struct rmqi_trace_record){
		.region = text_of(rmq_message_property(m, RMQI_PROP_MSG_REGION)),
		.topic = rmqi_str(call->queue.topic),
		.request_id = rmqi_str(call->request_id),
		.message_id = rmqi_str(rmq_message_id(m)),
		.retry_times = rmqi_message_times(m),
		.keys = text_of(rmq_message_keys(m)),
		.is_success = call->status == RMQ_CONSUME_SUCCESS && !call->is_expired,
		.outcome = (enum rmqi_trace_outcome)call->outcome,
		.cost_ms = call->latency_us / 1000 / (int64_t)call->count};
}

static void trace(const struct rmq_consume_call *call)
{
	struct rmqi_consumer *c = call->consumer;
	int64_t now_ms = rmqi_clock_wall_ms(c->clock);

	for (size_t i = 0; i < call->count; i++) {
		struct rmqi_trace_record r;

		if (!is_traced(call->messages[i]))
			continue;
		r = record_of(call, call->messages[i]);
		r.timestamp_ms = now_ms;
		rmqi_trace_consumed(c->trace, &r, call->is_over);
	}
}

/* --- The call ------------------------------------------------------------------------------------- */

static void begin(struct rmq_consume_call *call)
{
	struct rmqi_consumer *c = call->consumer;
	const struct rmq_config *config = rmqi_client_config(c->client);

	call->began_us = rmqi_clock_us(c->clock);
	if (c->trace) {
		rmqi_uniq_next(rmqi_client_uniq(c->client), call->request_id);
		trace(call);
	}
	for (size_t i = 0; i < config->consume_hook_count; i++) {
		const struct rmqi_consume_hook *hook = &config->consume_hooks[i];

		call->current = i;
		if (hook->before)
			hook->before(call, hook->arg);
	}
}

static bool is_watched(const struct rmqi_consumer *c)
{
	return c->trace || rmqi_client_config(c->client)->consume_hook_count > 0;
}

bool rmqi_call_begin(struct rmq_consume_call *call, const struct rmqi_mq *mq,
		     const struct rmq_message *const *messages, size_t count)
{
	struct rmqi_consumer *c = mq->consumer;

	if (!is_watched(c))
		return false;
	*call = (struct rmq_consume_call){
		.consumer = c,
		.queue = {mq->key.topic, mq->key.broker_name, mq->key.queue_id},
		.messages = messages,
		.count = count,
		.is_orderly = c->sink->is_orderly};
	begin(call);
	return true;
}

/* The order is Java's. */
static enum rmq_consume_outcome outcome_of(const struct rmq_consume_call *call)
{
	if (call->status != RMQ_CONSUME_SUCCESS && call->status != RMQ_RECONSUME_LATER)
		return RMQ_OUTCOME_NO_STATUS;
	if (call->is_expired || call->latency_us >= call->consumer->set.consume_timeout_ms * 1000)
		return RMQ_OUTCOME_TIME_OUT;
	return call->status == RMQ_CONSUME_SUCCESS ? RMQ_OUTCOME_SUCCESS : RMQ_OUTCOME_FAILED;
}

void rmqi_call_end(struct rmq_consume_call *call, int status, size_t done)
{
	struct rmqi_consumer *c = call->consumer;
	const struct rmq_config *config = rmqi_client_config(c->client);

	call->latency_us = rmqi_clock_us(c->clock) - call->began_us;
	call->is_over = true;
	call->status = status;
	call->done = done;
	call->is_expired = call->messages[0]->popped && rmqi_pops_is_over(c, call->messages[0]);
	call->outcome = outcome_of(call);
	for (size_t i = config->consume_hook_count; i-- > 0;) {
		const struct rmqi_consume_hook *hook = &config->consume_hooks[i];

		call->current = i;
		if (hook->after)
			hook->after(call, hook->arg);
	}
	if (c->trace)
		trace(call);
}

void rmqi_call_handed_out(struct rmqi_consumer *c, const struct rmq_messages *list)
{
	struct rmq_consume_call call = {
		.consumer = c, .messages = list->items, .count = list->count};

	if (list->count == 0 || !is_watched(c))
		return;
	call.queue = list->items[0]->queue;
	begin(&call);
	rmqi_call_end(&call, RMQ_CONSUME_SUCCESS, list->count);
}
