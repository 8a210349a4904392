/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route.h - what the client knows of a topic: an immutable, shared snapshot.
 *
 * A new route makes a new snapshot; who holds the old one keeps it until unref.
 * Lists follow MQClientInstance.topicRouteData2TopicPublishInfo and
 * topicRouteData2TopicSubscribeInfo.
 *
 * Immutable after creation (the round-robin counter is atomic); thread: any.
 */
#ifndef RMQI_CLIENT_ROUTE_H
#define RMQI_CLIENT_ROUTE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "codec/body.h"

/* A queue that can be sent to, with the master to send it to. */
struct rmqi_publish_queue {
	const char *broker_name; /* borrowed from the snapshot */
	const char *address;     /* of the master */
	int32_t queue_id;
};

struct rmqi_topic_route {
	atomic_uint refs;
	char *topic;
	struct rmqi_route route; /* as received */
	bool is_default;         /* made from TBW102: the topic itself is not known yet */
	struct rmqi_publish_queue *publish;
	size_t publish_count;
	size_t publish_brokers;       /* that these queues are on */
	struct rmqi_queue *subscribe; /* ordered as rmqi_queue_cmp */
	size_t subscribe_count;
	atomic_uint next; /* round robin */
};

/* Takes over `route` (moved, also on failure). RMQ_ERR_PROTOCOL: its queue counts are absurd, or
 * RMQ_ERR_NO_MEMORY. default_queues > 0: a TBW102 route, queue counts are
 * capped at it. `first` is where the round robin starts: random, so that clients that start together
 * do not all begin with the same queue. */
enum rmq_error rmqi_topic_route_new(const char *topic, struct rmqi_route *route,
				    int32_t default_queues, unsigned first,
				    struct rmqi_topic_route **out) RMQI_MUST_USE;
struct rmqi_topic_route *rmqi_topic_route_ref(struct rmqi_topic_route *r);
void rmqi_topic_route_unref(struct rmqi_topic_route *r);

/* The next queue in turn that is not on `avoid_broker` (NULL: none); if all are, the next one.
 * NULL when there is no queue. */
const struct rmqi_publish_queue *rmqi_topic_route_choose(struct rmqi_topic_route *r,
							 const char *avoid_broker);
/* Address of a broker by id: exactly that id, else (for a slave id) id + 1, else, unless
 * `only_this`, any (MQClientInstance.findBrokerAddressInSubscribe). Borrowed; NULL: none.
 * *real_id (may be NULL) is the id it has. */
const char *rmqi_topic_route_address(const struct rmqi_topic_route *r, const char *broker_name,
				     int64_t id, bool only_this, int64_t *real_id);

#endif
