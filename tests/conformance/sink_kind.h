/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_kind.h - the ways to consume, one row each, so that one behaviour shows the same of them all.
 *
 * A new way is a file sink_NAME.c with its row, and its line in sink_kind.c. BEHAVIOUR_EACH then runs on it
 * whatever needs no more than it gives; the name of such a run is "behaviour@kind", and that of the
 * first row, push, the behaviour's alone.
 *
 * A kind hands what came to sink_take, from a listener on a thread of its own (push), or from `pump`,
 * which the test's own thread calls while it waits for anything.
 *
 * Thread: the test's, but for sink_take.
 */
#ifndef TESTS_CONFORMANCE_SINK_KIND_H
#define TESTS_CONFORMANCE_SINK_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

struct sink;

/* What a kind gives, and what a behaviour asks for. */
enum {
	SINK_QUEUES = 1, /* holds queues, which are counted */
	SINK_OFFSETS =
		2, /* the group's committed offset of a queue is the lowest message not done */
	SINK_RETRY =
		4, /* what is refused comes again by way of the broker, later; with a context */
	SINK_SUSPEND = 8 /* can be suspended and resumed */
};

struct sink_kind {
	const char *name;
	unsigned gives;
	unsigned needs; /* of the target (enum need), beside those of the behaviour */

	/* Makes the consumer; its listener, if it has one, is set. */
	void (*make)(struct sink *s, rmq_config *config);
	/* Also twice, and whatever it was doing. */
	void (*free)(struct sink *s);
	enum rmq_error (*subscribe)(struct sink *s, const char *topic, const char *expression,
				    rmq_error_detail **detail);
	enum rmq_error (*unsubscribe)(struct sink *s, const char *topic, rmq_error_detail **detail);
	enum rmq_error (*start)(struct sink *s, rmq_error_detail **detail);
	enum rmq_error (*wait_ready)(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail);
	enum rmq_error (*close)(struct sink *s, int64_t timeout_ms, rmq_error_detail **detail);
	/* Takes what is there, without waiting for more. NULL: a listener does it all. */
	void (*pump)(struct sink *s);
	/* NULL without SINK_QUEUES. */
	size_t (*queue_count)(struct sink *s);
	/* NULL without SINK_SUSPEND. */
	enum rmq_error (*set_suspended)(struct sink *s, bool is_suspended,
					rmq_error_detail **detail);
};

extern const struct sink_kind sink_push, sink_orderly, sink_lite_pull, sink_pop, sink_push_pop;

/* NULL beyond the last one; the first is push. */
const struct sink_kind *sink_kind_at(size_t i);

#endif
