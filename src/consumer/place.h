/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - a queue that a user names, as brokers know it: its topic within the namespace, and who has it.
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_CONSUMER_PLACE_H
#define RMQI_CONSUMER_PLACE_H

#include <rocketmq/queue.h>

#include "base/macros.h"
#include "client/question.h"
#include "client/route.h"
#include "consumer/handle.h"

struct rmqi_place {
	char topic[RMQI_NAMED_MAX];
	struct rmq_queue queue;         /* with that topic; the broker's name is the user's */
	struct rmqi_topic_route *route; /* a reference */
	struct rmqi_question question;  /* to its master, else to any of its replicas */
};

/* Fetches the route of a topic that is not known yet. The errors of rmqi_client_route, and
 * RMQ_ERR_NO_BROKER: the broker is not in the route, or has no address. A deinit must follow a success. */
enum rmq_error rmqi_place_init(struct rmqi_place *p, const struct rmqi_member *m,
			       const struct rmq_queue *queue, int64_t deadline_us,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_place_deinit(struct rmqi_place *p);

/* The queues of a topic that can be read, owned. */
enum rmq_error rmqi_place_queues(const struct rmqi_member *m, const char *topic,
				 int64_t deadline_us, struct rmq_queues **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
