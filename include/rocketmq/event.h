/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - what a person would want to be told of a client, without reading its log:
 * rmq_config_set_event_fn (config.h).
 *
 *     a broker       CANNOT_REACH, REFUSED --> JOINED --> LOST, CANNOT_REACH, REFUSED --> OVER --> ...
 *     name servers   CANNOT_REACH --> OVER
 *     a topic        REFUSED (no name server knows it) --> OVER
 *     a group        CONFLICT --> OVER
 *     a message      GIVEN_UP, UNREADABLE
 *     a queue, or all of a client   OFFSET_MOVED
 *     the file of a broadcasting group's offsets   CANNOT_REACH --> OVER
 *     sends to a broker   WEAKLY_STORED --> OVER
 *     a queue, a topic, or all of a consumer   STALLED --> OVER
 *     a lite topic   TAKEN_OVER
 *     what a consumer asks of brokers for a topic (the list of members, where to start, messages, to take
 *     back what failed)   CANNOT_REACH, REFUSED --> OVER
 *
 * Another cause (code) of what is told already is told, too. A group that a broker does not count us in is
 * REFUSED without a code.
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
	RMQ_EVENT_OVER = 5,         /* what was told before has ended */
	/* A message that failed for good and can be stored nowhere again, or that of a broadcasting group, which
	 * nobody keeps: this member does not get it any more. */
	RMQ_EVENT_GIVEN_UP = 6,
	/* Another client has our client id, or a member of the group subscribes something else. */
	RMQ_EVENT_CONFLICT = 7,
	/* A broker stores what is sent, but not as safely as asked: it answers code 10 (FLUSH_DISK_TIMEOUT), 11
	 * (SLAVE_NOT_AVAILABLE) or 12 (FLUSH_SLAVE_TIMEOUT), and may lose it. */
	RMQ_EVENT_WEAKLY_STORED = 8,
	/* A consumer goes on elsewhere than where it stopped: messages may be missed, or come again. The text
	 * tells from where to where, and why (doc/reference/offsets.md). */
	RMQ_EVENT_OFFSET_MOVED = 9,
	/* A message that came cannot be read, and nobody gets it (corruptMessagePolicy=SKIP), or, popped, it will come
	 * again. The text tells which one, and why. 16 a minute at most; then how many more there were. */
	RMQ_EVENT_UNREADABLE = 10,
	/* A queue, or a topic, makes no progress: for pullMaxIdleTime no broker has answered a pull, or for
	 * consumeMaxIdleTime no message of it was done. The text tells why (doc/reference/watchdog.md). */
	RMQ_EVENT_STALLED = 11,
	/* Another client of the group has a lite topic from now on, as the group lets one alone have it
	 * (lite.sub.model=Exclusive): this one receives nothing of it any more. */
	RMQ_EVENT_TAKEN_OVER = 12
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
/* The response code (ResponseCode.java) of REFUSED and WEAKLY_STORED, else -1, and its remark. A refusal has no code (-1)
 * when the answer itself was a success. */
RMQ_API int rmq_event_code(const rmq_event *e);
RMQ_API const char *rmq_event_remark(const rmq_event *e);
/* One readable sentence. */
RMQ_API const char *rmq_event_text(const rmq_event *e);
/* Events that did not fit, between the one told before and this one. */
RMQ_API uint64_t rmq_event_missed(const rmq_event *e);

RMQ_END_DECLS

#endif
