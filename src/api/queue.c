/* SPDX-License-Identifier: Apache-2.0 */
#include <rocketmq/queue.h>

#include "send/queues.h"

size_t rmq_queues_count(const rmq_queues *q)
{
	return q ? q->count : 0;
}

const struct rmq_queue *rmq_queues_at(const rmq_queues *q, size_t i)
{
	return q && i < q->count ? &q->list[i] : NULL;
}

void rmq_queues_free(rmq_queues *q)
{
	rmqi_queues_free(q);
}
