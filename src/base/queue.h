/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - what the getters of a queue hand out when there is none (rocketmq/queue.h).
 *
 * Thread: any.
 */
#ifndef RMQI_BASE_QUEUE_H
#define RMQI_BASE_QUEUE_H

#include <stddef.h>

#include <rocketmq/queue.h>

static inline const struct rmq_queue *rmqi_queue_or_none(const struct rmq_queue *queue)
{
	static const struct rmq_queue none = {"", "", -1};

	return queue ? queue : &none;
}

#endif
