/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ack_batch.h - acknowledges many messages: those of one broker with one request, one broker after the other
 * (MQClientAPIImpl.batchAckMessageAsync knows one broker).
 *
 *     the first that is not told --> it and all others of its broker --> BATCH --> results
 *         ^                                                                |
 *         |                               what one request cannot say: each by an ACK
 *         '----------------------------------------------------------------'
 *
 * Told alone, too: a copy, whose receipt is a property, and what acking.h refuses because its time is over.
 * A request without an answer ends all that lie at its broker, with its error; so does a broker that no route names
 * any more. What becomes too late between two attempts is left out of the next one, and told so.
 *
 * Owner: whoever starts it; it lives until fn. Thread: loop.
 */
#ifndef RMQI_CONSUMER_ACK_BATCH_H
#define RMQI_CONSUMER_ACK_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "consumer/acking.h"

struct rmqi_ack_batch {
	/* The caller's, until fn. */
	struct rmqi_consumer *consumer;
	const struct rmq_message *const *messages; /* borrowed */
	size_t count;                              /* maybe 0 */
	/* Room for `count` of each. */
	enum rmq_error *results;
	const struct rmq_message **group;
	size_t *at;
	int64_t patience_ms;             /* for each request, all attempts together */
	bool is_once;                    /* as in acking.h */
	struct rmq_error_detail *detail; /* may be NULL */
	/* Once, perhaps from within the start; may free it. */
	void (*fn)(struct rmqi_ack_batch *b);

	/* For fn, as `results`: the first failure, which the detail explains. */
	enum rmq_error error;

	/* Inside. */
	size_t next;        /* those before it are told, or with a group */
	size_t group_count; /* of `group`; `at` says where each one stands */
	size_t alone;       /* those of the group from here on are told alone */
	struct {
		unsigned attempts; /* 0: it is not one of before */
		int64_t deadline_us;
	} again; /* a batch that is told without those that have become too late */
	bool is_starting;
	bool has_ended; /* the request that was started */
	struct rmqi_acking acking;
};

/* What the lists of a batch of so many need, one behind the other. */
size_t rmqi_ack_batch_room(size_t count);
/* Gives it its lists in `memory` of rmqi_ack_batch_room(b->count) bytes, aligned as a pointer. Thread: any. */
void rmqi_ack_batch_lend(struct rmqi_ack_batch *b, void *memory);
void rmqi_ack_batch_start(struct rmqi_ack_batch *b);
/* The end has come: as rmqi_acking_hurry. What was not told yet is told once. */
void rmqi_ack_batch_hurry(struct rmqi_ack_batch *b);

#endif
