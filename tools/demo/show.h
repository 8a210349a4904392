/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - how the demo prints what it has. Lines fit 100 columns. */
#ifndef RMQ_DEMO_SHOW_H
#define RMQ_DEMO_SHOW_H

#include <stddef.h>
#include <stdint.h>

/* A share of `whole` as a bar with its number: "member 1    ##########          5012". */
void show_share(const char *name, uint64_t part, uint64_t whole);
/* Sorts. */
void show_percentiles(const char *name, int64_t *us, size_t count);
/* `text` fit for a line: cut where it is long, without control characters. Returns `out`. */
const char *show_cut(const char *text, size_t len, char *out, size_t size);

#endif
