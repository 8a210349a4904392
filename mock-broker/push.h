/* SPDX-License-Identifier: Apache-2.0 */
/*
 * push.h - what a node asks its clients of its own accord, seen by its observer
 * (observer.h).
 *
 * Thread: loop.
 */
#ifndef MB_PUSH_H
#define MB_PUSH_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/ticket.h"
#include "net/conn.h"

/* A request that awaits its answer; as struct rmqi_call, with the same owner. */
struct mb_push {
	void (*fn)(struct mb_push *p, enum rmq_error error, const struct rmqi_command *response);
	/* The rest belongs to push.c. */
	struct rmqi_call call;
	struct mb_door *door;
	uint64_t seen;
};

/* As rmqi_conn_call. */
enum rmq_error mb_push_call(struct mb_door *door, struct rmqi_conn *c,
			    const struct rmqi_outgoing *request, int64_t deadline_us,
			    struct mb_push *p) RMQI_MUST_USE;
/* As rmqi_conn_oneway. */
enum rmq_error mb_push_oneway(struct mb_door *door, struct rmqi_conn *c,
			      const struct rmqi_outgoing *request) RMQI_MUST_USE;

#endif
