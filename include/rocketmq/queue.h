/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - the name of one queue (MessageQueue.java).
 *
 * The one struct of the API that a caller may hold by value: it is frozen. A
 * queue has these three parts and will never have a fourth.
 *
 * Functions hand out `const struct rmq_queue *`: never NULL, borrowed with its
 * texts as long as the object it was asked of. Of nothing, NULL or a message
 * that was never stored, it is { "", "", -1 }.
 */
#ifndef ROCKETMQ_QUEUE_H
#define ROCKETMQ_QUEUE_H

#include <stdint.h>

#include <rocketmq/common.h>

RMQ_BEGIN_DECLS

struct rmq_queue {
	const char *topic;
	const char *broker_name;
	int32_t queue_id; /* from 0; -1: no queue */
};

RMQ_END_DECLS

#endif
