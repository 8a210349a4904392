/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queues.h - the inside of rmq_queues (rocketmq/queue.h): the queues of a route that can be written. It
 * points into the route, so that asking a selector costs no memory.
 *
 * Immutable but for the counter; thread: any.
 */
#ifndef RMQI_SEND_QUEUES_H
#define RMQI_SEND_QUEUES_H

#include <stdatomic.h>
#include <stddef.h>

#include <rocketmq/queue.h>

#include "client/route.h"

struct rmq_queues {
	const struct rmq_queue *list;
	size_t count;
	atomic_uint *next; /* whose turn it is: the route's */
	struct rmqi_topic_route
		*route; /* a reference of an owned list; NULL: borrowed, or copied */
	char *texts;    /* owned, of copies; NULL: there are none */
};

/* As long as `route`. */
static inline struct rmq_queues rmqi_queues_of(struct rmqi_topic_route *route)
{
	return (struct rmq_queues){route->publish_names, route->publish_count, &route->next, NULL,
				   NULL};
}

/* Takes over the reference, also on failure. NULL: memory is out. */
struct rmq_queues *rmqi_queues_new(struct rmqi_topic_route *route);
/* An owned list of copies, in the order of rmqi_queue_cmp, with the names that users see in this namespace
 * (client/namespace.h; NULL: none). NULL: memory is out. */
struct rmq_queues *rmqi_queues_copy(const struct rmqi_queue *const *queues, size_t count,
				    const char *space);
void rmqi_queues_free(struct rmq_queues *q);

#endif
