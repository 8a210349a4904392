/* SPDX-License-Identifier: Apache-2.0 */
/* What the queues of a concurrent listener wait for: see sink.h. */
#include <stdio.h>

#include "consumer/consume_service.h"
#include "consumer/mq.h"

static enum rmqi_stall explain_back(const struct rmqi_mq *mq, const char *message, char *why,
				    size_t size)
{
	struct rmqi_client_trouble t = {.why = ""};
	char subject[RMQI_MQ_SUBJECT];

	(void)rmqi_client_trouble(mq->consumer->client, RMQI_TROUBLE_SEND_BACK,
				  rmqi_mq_subject(mq, RMQI_TROUBLE_SEND_BACK, subject), &t);
	snprintf(why, size, "%s failed, and no broker has taken it back%s%.200s", message,
		 t.why[0] ? ": " : "", t.why);
	return RMQI_STALL_SEND_BACK;
}

static enum rmqi_stall explain_open(const struct rmqi_mq *mq, bool is_taken, const char *message,
				    char *why, size_t size)
{
	if (is_taken) {
		snprintf(why, size, "%s is with a listener that has not returned", message);
		return RMQI_STALL_LISTENER;
	}
	snprintf(why, size, "%s waits for a consume thread (consumeThreadMax=%u)", message,
		 mq->consumer->sink->threads);
	return RMQI_STALL_THREADS;
}

enum rmqi_stall rmqi_consume_explain(struct rmqi_sink *sink, struct rmqi_mq *mq, char *why,
				     size_t size)
{
	struct rmqi_delivery *d = rmqi_process_queue_first(&mq->pending);
	char message[RMQI_DELIVERY_TEXT];

	(void)sink;
	if (!d)
		return RMQI_STALL_NONE;
	rmqi_delivery_describe(d, d->first, message);
	switch (rmqi_delivery_state(d, d->first)) {
	case RMQI_ITEM_OPEN:
		return explain_open(mq, d->first < atomic_load(&d->cursor), message, why, size);
	case RMQI_ITEM_AGAIN:
		return explain_open(mq, false, message, why, size);
	case RMQI_ITEM_FAILED:
	case RMQI_ITEM_LATE:
	case RMQI_ITEM_BACK:
		return explain_back(mq, message, why, size);
	case RMQI_ITEM_DONE:
		break;
	}
	return RMQI_STALL_NONE;
}
