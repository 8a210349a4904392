/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/cli/spread.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values below 2 * HALF have buckets of their own; above, each power of two has HALF. */
enum { HALF_BITS = 10, HALF = 1 << HALF_BITS, VALUE_BITS = 40, STEPS = 5 };
enum { BUCKETS = HALF * (VALUE_BITS - HALF_BITS + 1) };

struct spread {
	uint64_t counts[BUCKETS];
	uint64_t count;
	double sum, squares;
	int64_t max;
};

struct spread *spread_new(void)
{
	return calloc(1, sizeof(struct spread));
}

void spread_free(struct spread *s)
{
	free(s);
}

void spread_clear(struct spread *s)
{
	memset(s, 0, sizeof(*s));
}

static int shift_of(int64_t value)
{
	int bits = value < 2 * HALF ? 0 : 63 - __builtin_clzll((unsigned long long)value) - HALF_BITS;

	return bits;
}

static size_t bucket_of(int64_t value)
{
	int shift = shift_of(value);

	return (size_t)(value >> shift) + (size_t)shift * HALF;
}

/* The greatest value of a bucket. */
static int64_t last_of(size_t bucket)
{
	int64_t shift = bucket < 2 * HALF ? 0 : (int64_t)(bucket / HALF) - 1;

	return (((int64_t)bucket - shift * HALF + 1) << shift) - 1;
}

void spread_add(struct spread *s, int64_t value)
{
	const int64_t most = (INT64_C(1) << VALUE_BITS) - 1;
	int64_t v = value < 0 ? 0 : value > most ? most : value;

	s->counts[bucket_of(v)]++;
	s->count++;
	s->sum += (double)v;
	s->squares += (double)v * (double)v;
	if (v > s->max)
		s->max = v;
}

uint64_t spread_count(const struct spread *s)
{
	return s->count;
}

double spread_mean(const struct spread *s)
{
	return s->count ? s->sum / (double)s->count : 0;
}

int64_t spread_max(const struct spread *s)
{
	return s->max;
}

/* How many of the values that is, at least one. What rounding adds to a whole number is no value more. */
static uint64_t rank_of(const struct spread *s, double percent)
{
	double rank = ceil(percent * (double)s->count / 100 - 1e-6);

	if (rank < 1)
		return 1;
	return rank >= (double)s->count ? s->count : (uint64_t)rank;
}

static int64_t find(const struct spread *s, double percent, uint64_t *below)
{
	uint64_t rank = rank_of(s, percent), seen = 0;
	size_t i = 0;

	while (i < BUCKETS - 1 && seen + s->counts[i] < rank)
		seen += s->counts[i++];
	*below = seen + s->counts[i];
	return last_of(i) < s->max ? last_of(i) : s->max;
}

int64_t spread_at(const struct spread *s, double percent)
{
	uint64_t below;

	return s->count ? find(s, percent, &below) : 0;
}

static double deviation(const struct spread *s)
{
	double mean = spread_mean(s);
	double variance = s->count ? s->squares / (double)s->count - mean * mean : 0;

	return variance > 0 ? sqrt(variance) : 0;
}

/* The same number of lines for each half of what is left: 0 .. 50 %, 50 .. 75 %, 75 .. 87.5 % ... */
void spread_print(const struct spread *s, double unit, FILE *out)
{
	double percent = 0, left = 100;
	uint64_t below = 0;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
	for (int i = 0; s->count > 0 && below < s->count; i++) {
		int64_t value = find(s, percent, &below);

		if (below == s->count)
			break;
		fprintf(out, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", (double)value / unit, percent / 100,
			below, 100 / (100 - percent));
		percent += left / 2 / STEPS;
		if (i % STEPS == STEPS - 1)
			left /= 2;
	}
	fprintf(out, "%12.3f %2.12f %10" PRIu64 "\n", (double)s->max / unit, 1.0, s->count);
	fprintf(out, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", spread_mean(s) / unit,
		deviation(s) / unit);
	fprintf(out, "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n", (double)s->max / unit,
		s->count);
	fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", VALUE_BITS - HALF_BITS, 2 * HALF);
}
