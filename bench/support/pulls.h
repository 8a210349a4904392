/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pulls.h - many messages of 128 bytes in the queues of one topic, and the raw loop that
 * pulls them: one pull in flight a queue.
 *
 * Thread: main.
 */
#ifndef BENCH_PULLS_H
#define BENCH_PULLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

struct stock {
	const char *topic;
	size_t queues;
	size_t each; /* messages of a queue */
	char broker[SCENE_ADDRESS];
};

/* Makes the topic and stores its messages; body n of a queue is scene_body(queue, n). */
void stock_fill(struct stock *b);

/* The pulls of one queue, encoded one behind the other; one is under way. */
struct pulls_of {
	struct rmqi_buf requests;
	size_t *ends;
	size_t next; /* offset of the pull that is under way */
};

struct pulls {
	struct pulls_of *queues;
	size_t count;
	size_t batch; /* messages of one pull */
	enum rmqi_serialization serialization;
};

/* Pulls of `batch` messages each. */
void pulls_init(struct pulls *p, const struct stock *b, enum rmqi_serialization serialization,
		int batch);
void pulls_deinit(struct pulls *p);
/* Pulls all of it and counts the records; with `is_checked` each body is checked by its CRC and handed to a
 * function. */
void pulls_run(struct pulls *p, const struct stock *b, bool is_checked);

#endif
