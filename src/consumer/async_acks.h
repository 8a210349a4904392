/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async_acks.h - acks of a simple consumer that nobody waits for: who made one is told on a callback thread.
 *
 * An ack holds its message and its consumer until its callback has returned, so neither ends before it. Every one
 * ends: its request has a deadline, and the end of the client ends all requests (RMQ_ERR_CANCELLED).
 *
 *     rmqi_async_ack_start     any thread, as rmqi_async_batch_start
 *       start                  loop: under way
 *       on_told                loop: not under way any more
 *         run_callback         callback thread: the user is told
 *
 * A close waits for those that are under way (await, `quiet`). When its time is over none is told again (hurry):
 * what waits for that ends at once.
 *
 * Thread: as each function says.
 */
#ifndef RMQI_CONSUMER_ASYNC_ACKS_H
#define RMQI_CONSUMER_ASYNC_ACKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/simple_consumer.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "consumer/ack_batch.h"
#include "consumer/acking.h"

/* Part of a simple consumer. */
struct rmqi_async_acks {
	struct rmqi_list under_way; /* struct rmqi_async_ack; loop, as the two below */
	bool is_awaited;
	bool is_ending;          /* none is told again */
	struct rmqi_event quiet; /* any: set when awaited and none is under way */
};

/* What acking.h needs for one message, and who is told. */
struct rmqi_ack_order {
	struct rmqi_async_acks *acks;
	struct rmqi_consumer *consumer;
	enum rmqi_acking_kind kind;
	const struct rmq_message *message; /* borrowed */
	int64_t invisible_ms;              /* CHANGE */
	int64_t deadline_us;
	rmq_ack_fn fn;
	void *arg;
};

/* The same of many. */
struct rmqi_ack_batch_order {
	struct rmqi_async_acks *acks;
	struct rmqi_consumer *consumer;
	const struct rmq_message *const *messages; /* borrowed */
	size_t count;
	int64_t patience_ms; /* as in ack_batch.h */
	rmq_ack_batch_fn fn;
	void *arg;
};

/* RMQ_OK: fn will be called once, on a callback thread. RMQ_ERR_NO_MEMORY, RMQ_ERR_SYSTEM (no thread): it is not
 * called. Thread: any, not the loop. */
enum rmq_error rmqi_async_ack_start(const struct rmqi_ack_order *order,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* async_batch.c. */
enum rmq_error rmqi_async_batch_start(const struct rmqi_ack_batch_order *order,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_async_acks_init(struct rmqi_async_acks *s, const struct rmqi_env *env); /* any */
void rmqi_async_acks_deinit(struct rmqi_async_acks *s);                           /* any */
/* `quiet` is set as soon as none is under way. Thread: loop. */
void rmqi_async_acks_await(struct rmqi_async_acks *s);
/* None is told again from now on. Thread: loop. */
void rmqi_async_acks_hurry(struct rmqi_async_acks *s);

/* --- Between its files: what both kinds begin with ---------------------------------------------------- */

struct rmqi_async_ack {
	struct rmqi_list link; /* loop */
	void (*hurry)(struct rmqi_async_ack *a);
};

/* Thread: loop. */
void rmqi_async_acks_begin(struct rmqi_async_acks *s, struct rmqi_async_ack *a);
void rmqi_async_acks_end(struct rmqi_async_acks *s, struct rmqi_async_ack *a);

#endif
