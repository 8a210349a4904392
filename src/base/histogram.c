/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"

#define LOAD(place) atomic_load_explicit(&(place), memory_order_relaxed)

enum { FINE = 1 << RMQI_HISTOGRAM_FINE_BITS, FINE_BITS = RMQI_HISTOGRAM_FINE_BITS };

static size_t bucket_of(uint64_t value)
{
	unsigned bits;

	if (value < FINE)
		return (size_t)value;
	bits = 63u - (unsigned)__builtin_clzll(value);
	if (bits >= RMQI_HISTOGRAM_TOP_BITS)
		return RMQI_HISTOGRAM_BUCKETS - 1;
	/* The FINE_BITS below the highest one tell the buckets of a power of two apart. */
	return ((size_t)(bits - FINE_BITS) << FINE_BITS) + (size_t)(value >> (bits - FINE_BITS));
}

/* The first value behind it. */
static uint64_t bucket_end(size_t bucket)
{
	uint64_t power = bucket >> FINE_BITS;

	if (power == 0)
		return bucket + 1;
	return (uint64_t)(FINE + (bucket & (FINE - 1)) + 1) << (power - 1);
}

static void raise_max(struct rmqi_histogram *h, uint64_t value)
{
	uint64_t max = LOAD(h->max);

	while (value > max &&
	       !atomic_compare_exchange_weak_explicit(&h->max, &max, value, memory_order_relaxed,
						      memory_order_relaxed))
		continue;
}

void rmqi_histogram_add(struct rmqi_histogram *h, int64_t value)
{
	uint64_t v = value > 0 ? (uint64_t)value : 0;

	atomic_fetch_add_explicit(&h->sum, v, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->buckets[bucket_of(v)], 1, memory_order_relaxed);
	raise_max(h, v);
}

void rmqi_histogram_add_many(struct rmqi_histogram *h, int64_t sum, uint64_t count)
{
	uint64_t total = sum > 0 ? (uint64_t)sum : 0, v;

	if (count == 0)
		return;
	v = total / count;
	atomic_fetch_add_explicit(&h->sum, total, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->buckets[bucket_of(v)], count, memory_order_relaxed);
	raise_max(h, v);
}

uint64_t rmqi_histogram_count(const struct rmqi_histogram *h)
{
	uint64_t count = 0;

	for (size_t i = 0; i < RMQI_HISTOGRAM_BUCKETS; i++)
		count += LOAD(h->buckets[i]);
	return count;
}

uint64_t rmqi_histogram_sum(const struct rmqi_histogram *h)
{
	return LOAD(h->sum);
}

/* Plain loads and stores: no other thread writes. */
void rmqi_histogram_add_alone(struct rmqi_histogram *h, int64_t value)
{
	uint64_t v = value > 0 ? (uint64_t)value : 0;
	_Atomic uint64_t *bucket = &h->buckets[bucket_of(v)];

	atomic_store_explicit(&h->sum, LOAD(h->sum) + v, memory_order_relaxed);
	atomic_store_explicit(bucket, LOAD(*bucket) + 1, memory_order_relaxed);
	if (v > LOAD(h->max))
		atomic_store_explicit(&h->max, v, memory_order_relaxed);
}

void rmqi_histogram_read(const struct rmqi_histogram *h, struct rmqi_histogram_view *view)
{
	uint64_t max;

	for (size_t i = 0; i < RMQI_HISTOGRAM_BUCKETS; i++) {
		uint64_t n = LOAD(h->buckets[i]);

		view->buckets[i] += n;
		view->count += n;
	}
	view->sum += LOAD(h->sum);
	max = LOAD(h->max);
	if (max > view->max)
		view->max = max;
}

void rmqi_histogram_merge(const struct rmqi_histogram_view *from, struct rmqi_histogram_view *view)
{
	for (size_t i = 0; i < RMQI_HISTOGRAM_BUCKETS; i++)
		view->buckets[i] += from->buckets[i];
	view->count += from->count;
	view->sum += from->sum;
	if (from->max > view->max)
		view->max = from->max;
}

uint64_t rmqi_histogram_percentile(const struct rmqi_histogram_view *view, unsigned per_mille)
{
	/* Rounded up: of ten values the 99th percentile is the tenth. */
	uint64_t wanted = (uint64_t)(((double)view->count * per_mille + 999) / 1000), seen = 0;

	for (size_t i = 0; i < RMQI_HISTOGRAM_BUCKETS && view->count > 0; i++) {
		seen += view->buckets[i];
		if (seen >= wanted && seen > 0 && i + 1 < RMQI_HISTOGRAM_BUCKETS) {
			uint64_t last = bucket_end(i) - 1;

			return last < view->max ? last : view->max;
		}
	}
	return view->max;
}

uint64_t rmqi_histogram_below(const struct rmqi_histogram_view *view, unsigned bits)
{
	size_t end = bits <= RMQI_HISTOGRAM_TOP_BITS ? bucket_of((uint64_t)1 << bits)
						     : RMQI_HISTOGRAM_BUCKETS;
	uint64_t count = 0;

	for (size_t i = 0; i < end; i++)
		count += view->buckets[i];
	return count;
}
