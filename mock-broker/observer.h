/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observer.h - who sees what passes a node, and changes nothing of it.
 *
 * Beside the hook of faults.h, which acts. Every request that a connection brings is
 * told once, with a number in return that its ticket carries; what became of it is told
 * once with that number, if it is told at all: a request whose connection closes before
 * it was answered is not. What the node asks its clients is told likewise.
 *
 * Thread: loop.
 */
#ifndef MB_OBSERVER_H
#define MB_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

struct mb_ticket;
struct rmqi_command;
struct rmqi_conn;
struct rmqi_outgoing;

enum mb_end {
	MB_END_OPEN,     /* not yet: it is held, or under way */
	MB_END_ANSWERED, /* the answer is on its way */
	MB_END_ONEWAY,   /* nobody waits for an answer; what would have been one is told */
	MB_END_DROPPED,  /* a fault: there will be no answer */
	MB_END_LOST      /* the connection was closed before */
};

struct mb_observer {
	/* A request came. The number of its record; 0: there is none. */
	uint64_t (*on_request)(struct mb_observer *o, struct rmqi_conn *c,
			       const struct rmqi_command *command);
	/* `response` NULL: dropped. It leaves after delay_ms. */
	void (*on_end)(struct mb_observer *o, const struct mb_ticket *t, enum mb_end end,
		       const struct rmqi_outgoing *response, int64_t delay_ms);
	/* The node asks a client; the number of the record, 0: there is none. */
	uint64_t (*on_push)(struct mb_observer *o, struct rmqi_conn *c,
			    const struct rmqi_outgoing *request, bool is_oneway);
	/* `response` only with RMQ_OK. */
	void (*on_push_end)(struct mb_observer *o, uint64_t number, enum rmq_error error,
			    const struct rmqi_command *response);
	void (*on_open)(struct mb_observer *o, struct rmqi_conn *c);
	/* The last call for this connection. */
	void (*on_closed)(struct mb_observer *o, struct rmqi_conn *c);
};

#endif
