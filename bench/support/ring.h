/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - the raw loop that keeps a window of sends in flight: the requests were
 * encoded before; what was answered is sent again, in one write.
 *
 * Thread: one owner.
 */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include "base/buf.h"
#include "bench/support/raw.h"

enum { RING_WINDOW = 1000 };

/* The window's requests, one behind the other; number i goes to queue i % SCENE_QUEUES. */
struct ring {
	struct rmqi_buf bytes;
	size_t ends[RING_WINDOW]; /* where each one ends */
	size_t next;              /* to be sent */
	size_t awaited;
};

/* SEND_MESSAGE_V2 to `topic`, with the properties of a producer. */
void ring_init(struct ring *r, enum rmqi_serialization serialization, const char *topic,
	       struct rmqi_cursor body);
void ring_deinit(struct ring *r);
/* Sends `total` and takes their answers, RING_WINDOW at a time in flight. */
void ring_run(struct ring *r, struct raw *raw, size_t total);

#endif
