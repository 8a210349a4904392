/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/process_queue.h"

#include <inttypes.h>
#include <stdio.h>

static struct rmqi_delivery *delivery_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_delivery, link);
}

void rmqi_process_queue_init(struct rmqi_process_queue *q)
{
	*q = (struct rmqi_process_queue){.last = INT64_MIN};
	rmqi_list_init(&q->deliveries);
	atomic_init(&q->credit, 0);
}

void rmqi_process_queue_put(struct rmqi_process_queue *q, struct rmqi_delivery *d)
{
	if (rmqi_list_is_empty(&q->deliveries)) {
		q->is_mixed = false;
		q->last = INT64_MIN;
	}
	if (d->items[0]->queue_offset <= q->last)
		q->is_mixed = true;
	if (rmqi_delivery_last(d) > q->last)
		q->last = rmqi_delivery_last(d);
	q->count += d->count;
	q->bytes += d->bytes;
	rmqi_list_push(&q->deliveries, &d->link);
}

void rmqi_process_queue_remove(struct rmqi_process_queue *q, struct rmqi_delivery *d)
{
	if (rmqi_list_is_empty(&d->link))
		return;
	rmqi_list_remove(&d->link);
	q->count -= d->count;
	q->bytes -= d->bytes;
	rmqi_delivery_unref(d);
}

void rmqi_process_queue_clear(struct rmqi_process_queue *q)
{
	while (!rmqi_list_is_empty(&q->deliveries))
		rmqi_process_queue_remove(q, delivery_of(q->deliveries.next));
}

bool rmqi_process_queue_lowest(struct rmqi_process_queue *q, int64_t *offset)
{
	int64_t lowest = INT64_MAX;

	RMQI_LIST_EACH(node, &q->deliveries) {
		int64_t own;

		if (!rmqi_delivery_lowest(delivery_of(node), &own))
			continue;
		if (own < lowest)
			lowest = own;
		if (!q->is_mixed)
			break;
	}
	if (lowest == INT64_MAX)
		return false;
	*offset = lowest;
	return true;
}

size_t rmqi_process_queue_load(struct rmqi_process_queue *q, uint64_t *bytes)
{
	size_t count = 0;

	*bytes = 0;
	RMQI_LIST_EACH(node, &q->deliveries) {
		uint64_t own;

		count += rmqi_delivery_open(delivery_of(node), &own);
		*bytes += own;
	}
	return count;
}

size_t rmqi_process_queue_done(struct rmqi_process_queue *q)
{
	uint64_t bytes;

	return q->count - rmqi_process_queue_load(q, &bytes);
}

/* How many messages must be done until it makes sense to look again; 0: no limit is passed. */
static size_t excess(struct rmqi_process_queue *q, const struct rmqi_flow_limits *limits)
{
	int64_t lowest;
	uint64_t bytes;
	size_t count;

	if (!rmqi_process_queue_lowest(q, &lowest))
		return 0;
	/* Which message is in the way of bytes and span is not known: look after each. */
	if (q->last - lowest > limits->span)
		return 1;
	if (q->count <= limits->count && q->bytes <= limits->bytes)
		return 0;
	count = rmqi_process_queue_load(q, &bytes);
	if (bytes > limits->bytes)
		return 1;
	return count > limits->count ? count - limits->count : 0;
}

bool rmqi_process_queue_must_wait(struct rmqi_process_queue *q,
				  const struct rmqi_flow_limits *limits)
{
	size_t first = excess(q, limits), second;

	if (first > 0)
		atomic_store(&q->credit, (int)first);
	/* What was done between the look and the store was not counted down: look once more. A
	 * credit that is too small only means one look too many. */
	second = first > 0 ? excess(q, limits) : 0;
	if (second == 0)
		atomic_store(&q->credit, 0);
	else if (second < first)
		atomic_store(&q->credit, 1);
	return second > 0;
}

bool rmqi_process_queue_spend(struct rmqi_process_queue *q, size_t done)
{
	if (atomic_load(&q->credit) <= 0)
		return false;
	return atomic_fetch_sub(&q->credit, (int)done) <= (int)done;
}

bool rmqi_process_queue_explain(struct rmqi_process_queue *q, const struct rmqi_flow_limits *limits,
				bool count_by_topic, bool bytes_by_topic, char why[RMQI_FLOW_WHY])
{
	uint64_t bytes;
	size_t count = rmqi_process_queue_load(q, &bytes);
	int64_t lowest;

	if (!rmqi_process_queue_lowest(q, &lowest))
		return false;
	if (q->last - lowest > limits->span)
		snprintf(why, RMQI_FLOW_WHY,
			 "the cached messages span %" PRId64
			 " offsets (consumeConcurrentlyMaxSpan=%" PRId64 ")",
			 q->last - lowest, limits->span);
	else if (count > limits->count)
		snprintf(why, RMQI_FLOW_WHY, "%zu messages are cached (pullThresholdFor%s=%zu)",
			 count, count_by_topic ? "Topic, for each queue" : "Queue", limits->count);
	else if (bytes > limits->bytes)
		snprintf(why, RMQI_FLOW_WHY,
			 "%" PRIu64 " bytes are cached (pullThresholdSizeFor%s=%" PRIu64 " bytes)",
			 bytes, bytes_by_topic ? "Topic, for each queue" : "Queue", limits->bytes);
	else
		return false;
	return true;
}

struct rmqi_delivery *rmqi_process_queue_first(struct rmqi_process_queue *q)
{
	struct rmqi_delivery *first = NULL;
	int64_t lowest = INT64_MAX;

	RMQI_LIST_EACH(node, &q->deliveries) {
		struct rmqi_delivery *d = delivery_of(node);
		int64_t own;

		if (!rmqi_delivery_lowest(d, &own) || own >= lowest)
			continue;
		first = d;
		lowest = own;
		if (!q->is_mixed)
			break;
	}
	return first;
}
