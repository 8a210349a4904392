/* SPDX-License-Identifier: Apache-2.0 */
/*
 * histogram.h - how long things took, in buckets that grow with the value, so that
 * percentiles are right to 1/16 of the value (HdrHistogram's idea).
 *
 *     0 .. 15                a bucket a value
 *     16 .. 2^32 - 1         16 buckets for each power of two
 *     more                   the last bucket
 *
 * Numbers of any unit; negative ones count as 0. Memory is fixed, 3.7 KiB; adding is a few
 * instructions and no lock. Counts only grow.
 *
 * Thread: rmqi_histogram_add, _add_many any; rmqi_histogram_add_alone one thread, and nobody else adds to this
 * histogram. Any other thread may read at the same time: it sees each number as it was at some time.
 */
#ifndef RMQI_BASE_HISTOGRAM_H
#define RMQI_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RMQI_HISTOGRAM_FINE_BITS = 4,
	RMQI_HISTOGRAM_TOP_BITS = 32,
	RMQI_HISTOGRAM_BUCKETS = ((RMQI_HISTOGRAM_TOP_BITS - RMQI_HISTOGRAM_FINE_BITS + 1)
				  << RMQI_HISTOGRAM_FINE_BITS) +
				 1
};

/* Zeroed memory is an empty one. */
struct rmqi_histogram {
	_Atomic uint64_t sum;
	_Atomic uint64_t max;
	_Atomic uint64_t buckets[RMQI_HISTOGRAM_BUCKETS];
};

/* What a reader has of one or more of them. */
struct rmqi_histogram_view {
	uint64_t count;
	uint64_t sum;
	uint64_t max;
	uint64_t buckets[RMQI_HISTOGRAM_BUCKETS];
};

void rmqi_histogram_add(struct rmqi_histogram *h, int64_t value);
void rmqi_histogram_add_alone(struct rmqi_histogram *h, int64_t value);
/* `count` values that are `sum` together: all of them count as their average. Thread: any. */
void rmqi_histogram_add_many(struct rmqi_histogram *h, int64_t sum, uint64_t count);
uint64_t rmqi_histogram_count(const struct rmqi_histogram *h);
uint64_t rmqi_histogram_sum(const struct rmqi_histogram *h);
/* Adds what is in `h` now to the view. */
void rmqi_histogram_read(const struct rmqi_histogram *h, struct rmqi_histogram_view *view);
/* Adds one view to another. */
void rmqi_histogram_merge(const struct rmqi_histogram_view *from, struct rmqi_histogram_view *view);
/* The value that `per_mille` of all are not above: the end of its bucket, but never above the largest that
 * was added. 0 of an empty one. 0 <= per_mille <= 1000. */
uint64_t rmqi_histogram_percentile(const struct rmqi_histogram_view *view, unsigned per_mille);
/* How many are below 2^bits. */
uint64_t rmqi_histogram_below(const struct rmqi_histogram_view *view, unsigned bits);

#endif
