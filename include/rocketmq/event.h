/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what a person would want to be told of a client, without reading its log:
 * rmq_config_set_event_fn (config.h).
 *
 *     a broker       CANNOT_REACH, REFUSED --> JOINED --> LOST, CANNOT_REACH, REFUSED --> OVER --> ...
 *     name servers   CANNOT_REACH --> OVER
 *     a topic        REFUSED (no name server knows it) --> OVER
 *
 * A broker that left every route and came back is JOINED anew, in place of OVER.
 *
 * An event is told where the state changes, not for each try. At most 64 wait; what
 * does not fit is counted and told with the next one.
 */
#ifndef ROCKETMQ_EVENT_H
#define ROCKETMQ_EVENT_H

#include <stdint.h>

#include <rocketmq/common.h>

RMQ_BEGIN_DECLS

enum rmq_event_kind {
	RMQ_EVENT_CANNOT_REACH = 1, /* a broker, or every name server, does not answer */
	RMQ_EVENT_REFUSED = 2,      /* it answered, and refused: see code and remark */
	RMQ_EVENT_JOINED = 3,       /* a broker has taken the first heartbeat */
	RMQ_EVENT_LOST = 4,         /* the connection to a broker that had */
	RMQ_EVENT_OVER = 5          /* what was told before has ended */
};

/* Borrowed, as long as the call. */
typedef struct rmq_event rmq_event;

/* Called on a callback thread of the client, one event after the other in their order, never on the loop,
 * never under a lock. It may call every function of the client but free. Other callbacks may run at the
 * same time. */
typedef void (*rmq_event_fn)(const rmq_event *event, void *arg);

/* Texts are never NULL; "" where the event has none, and of NULL. */
RMQ_API enum rmq_event_kind rmq_event_kind(const rmq_event *e);
RMQ_API const char *rmq_event_client_id(const rmq_event *e);
RMQ_API const char *rmq_event_group(const rmq_event *e);   /* "" of an admin object */
RMQ_API const char *rmq_event_topic(const rmq_event *e);   /* of a topic's event */
RMQ_API const char *rmq_event_address(const rmq_event *e); /* of a broker's event: host:port */
/* The response code (ResponseCode.java) of REFUSED, else -1; and its remark. */
RMQ_API int rmq_event_code(const rmq_event *e);
RMQ_API const char *rmq_event_remark(const rmq_event *e);
/* One readable sentence. */
RMQ_API const char *rmq_event_text(const rmq_event *e);
/* Events that did not fit, between the one told before and this one. */
RMQ_API uint64_t rmq_event_missed(const rmq_event *e);

RMQ_END_DECLS

#endif
