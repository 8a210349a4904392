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
#include <rocketmq/queue.h>

#include "base/macros.h"
#include "codec/body.h"

struct rmqi_tally;

/* A queue that can be sent to, with the master to send it to. */
struct rmqi_publish_queue {
	const char *broker_name; /* borrowed from the snapshot */
	const char *address;     /* of the master */
	int32_t queue_id;
	struct rmqi_tally *tally; /* of the broker; set before the route's (tally.h) */
};

struct rmqi_topic_route {
	atomic_uint refs;
	char *topic;
	struct rmqi_route route; /* as received */
	bool is_default;         /* made from TBW102: the topic itself is not known yet */
	struct rmqi_publish_queue *publish;
	struct rmq_queue *publish_names; /* of the same queues, as users see them */
	size_t publish_count;
	size_t publish_brokers;       /* that these queues are on */
	struct rmqi_queue *subscribe; /* ordered as rmqi_queue_cmp */
	size_t subscribe_count;
	atomic_uint next; /* round robin */
	/* NULL until its first send. The only thing that is added to a snapshot, once (tally.h). */
	_Atomic(struct rmqi_tally *) tally;
};

/* Takes over `route` (moved, also on failure). RMQ_ERR_PROTOCOL: its queue counts are absurd, or
 * RMQ_ERR_NO_MEMORY. default_queues > 0: a TBW102 route, queue counts are
 * capped at it. `first` is where the round robin starts: random, so that clients that start together
 * do not all begin with the same queue. */
enum rmq_error rmqi_topic_route_new(const char *topic, struct rmqi_route *route,
				    int32_t default_queues, unsigned first,
				    struct rmqi_topic_route **out) RMQI_MUST_USE;
/* So many bytes of the topic are hidden from users (client/namespace.h). Before anybody else has it. */
void rmqi_topic_route_hide(struct rmqi_topic_route *r, size_t hidden);
struct rmqi_topic_route *rmqi_topic_route_ref(struct rmqi_topic_route *r);
void rmqi_topic_route_unref(struct rmqi_topic_route *r);

/* The next queue in turn that is not on `avoid_broker` (NULL: none); if all are, the next one.
 * NULL when there is no queue. */
const struct rmqi_publish_queue *rmqi_topic_route_choose(struct rmqi_topic_route *r,
							 const char *avoid_broker);
/* The id of a slave that acts for its master (5.x, enableSlaveActingMaster): name servers with supportActingMaster give
 * it out as 0, with queues that cannot be written (RouteInfoManager.pickupTopicRouteData). Of what was committed
 * last it may know nothing. A master whose topic may only be read looks the same: rmqi_client_is_master tells. */
enum { RMQI_BROKER_ACTS = -1 };
/* Address of a broker by id: exactly that id, else (for a slave id) id + 1, else, unless
 * `only_this`, any (MQClientInstance.findBrokerAddressInSubscribe). Borrowed; NULL: none.
 * *real_id (may be NULL) is the id it has, or RMQI_BROKER_ACTS. */
const char *rmqi_topic_route_address(const struct rmqi_topic_route *r, const char *broker_name,
				     int64_t id, bool only_this, int64_t *real_id);
/* May the topic be written there, as far as its permission says? */
bool rmqi_route_is_writable(const struct rmqi_route *r, const char *broker_name);
/* Address of the slave with the lowest id, and that. Borrowed; NULL: there is none. */
const char *rmqi_topic_route_slave(const struct rmqi_topic_route *r, const char *broker_name,
				   int64_t *id);

#endif
