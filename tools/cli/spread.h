/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spread.h - how values are spread: counted in buckets that are 0.1 % wide, as those of an HdrHistogram with three digits.
 *
 * Values are 0 .. 2^40 - 1, here microseconds (twelve days); what is outside counts as the nearest end.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_SPREAD_H
#define TOOLS_CLI_SPREAD_H

#include <stdint.h>
#include <stdio.h>

struct spread;

/* Owned. NULL: memory is out. */
struct spread *spread_new(void);
void spread_free(struct spread *s);
void spread_add(struct spread *s, int64_t value);
void spread_clear(struct spread *s);
uint64_t spread_count(const struct spread *s);
double spread_mean(const struct spread *s); /* 0 of none */
int64_t spread_max(const struct spread *s); /* as it was added; 0 of none */
/* So many percent of the values are this or less: the greatest value of its bucket, never more than the maximum. */
int64_t spread_at(const struct spread *s, double percent);
/* The percentile distribution as HdrHistogram's tools write and plot it (.hgrm), values divided by `unit`. */
void spread_print(const struct spread *s, double unit, FILE *out);

#endif
