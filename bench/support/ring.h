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
	size_t window;            /* so many, RING_WINDOW at most */
	size_t ends[RING_WINDOW]; /* where each one ends */
	size_t next;              /* to be sent */
	size_t awaited;
};

/* SEND_MESSAGE_V2 to `topic`, with the properties of a producer. */
void ring_init(struct ring *r, enum rmqi_serialization serialization, const char *topic,
	       struct rmqi_cursor body);
/* The same with another window. */
void ring_init_of(struct ring *r, enum rmqi_serialization serialization, const char *topic,
		  struct rmqi_cursor body, size_t window);
void ring_deinit(struct ring *r);
/* Sends `total` and takes their answers, a window at a time in flight. */
void ring_run(struct ring *r, struct raw *raw, size_t total);
/* The same of `count` connections, RINGS at most, each with its ring; `total` is the sum. */
enum { RINGS = 8 };
void ring_run_all(struct ring *rings, struct raw *raws, size_t count, size_t total);

#endif
