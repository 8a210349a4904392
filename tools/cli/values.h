/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values.h - numbers, times and escapes as people write them. Pure; thread: any.
 *
 * All return false for anything else, and leave *out untouched then.
 */
#ifndef TOOLS_CLI_VALUES_H
#define TOOLS_CLI_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, within the limits; no sign but '-'. */
bool value_number(const char *text, int64_t min, int64_t max, int64_t *out);
/* "250ms", "5s", "90", "1.5m", "2h", "1d": without a unit seconds. 0 .. 100 years, in ms. */
bool value_duration(const char *text, int64_t *ms);
/* Milliseconds since 1970: as such (13 digits at most), RFC 3339 ("2026-01-31", "2026-01-31T12:00:00.5Z",
 * "...+02:00"; without a zone UTC), "now", or a duration before or after it ("-15m", "+1h"). */
bool value_time(const char *text, int64_t now_ms, int64_t *ms);
/* \n \t \r \0 \\ \xNN; any other one is refused. `out` has room for strlen(text) bytes. */
bool value_escapes(const char *text, char *out, size_t *len);
/* Is `text` one of the words of "a|b|c"? Its place, or -1. */
int value_choice(const char *text, const char *words);
/* The time of the machine, ms since 1970. */
int64_t value_now(void);
/* Of the monotonic clock, for spans. */
int64_t value_ticks(void);

#endif
