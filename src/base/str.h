/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str.h - a borrowed piece of text: pointer and length, not NUL-terminated.
 */
#ifndef RMQI_BASE_STR_H
#define RMQI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rmqi_str {
	const char *ptr; /* borrowed; may be NULL when len is 0 */
	size_t len;
};

#define RMQI_STR(literal) ((struct rmqi_str){"" literal, sizeof(literal) - 1})
/* For printf("%.*s"). */
#define RMQI_STR_ARG(s) (int)(s).len, (s).len ? (s).ptr : ""

/* Inline: the length of a literal, and a comparison with it, are then made at compile time. */

static inline struct rmqi_str rmqi_str_n(const void *ptr, size_t len)
{
	return (struct rmqi_str){(const char *)ptr, len};
}

/* NULL gives an empty string. */
static inline struct rmqi_str rmqi_str(const char *text)
{
	return rmqi_str_n(text, text ? strlen(text) : 0);
}

static inline bool rmqi_str_eq(struct rmqi_str a, struct rmqi_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool rmqi_str_is(struct rmqi_str a, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return a.len == len && (len == 0 || memcmp(a.ptr, text, len) == 0);
}

static inline bool rmqi_str_has_prefix(struct rmqi_str s, const char *prefix)
{
	size_t len = prefix ? strlen(prefix) : 0;

	return s.len >= len && (len == 0 || memcmp(s.ptr, prefix, len) == 0);
}

/* Byte-wise order, shorter first on a common prefix: <0, 0, >0. */
int rmqi_str_cmp(struct rmqi_str a, struct rmqi_str b);
/* Without leading and trailing blanks, tabs and line ends. */
struct rmqi_str rmqi_str_trim(struct rmqi_str s);
/* Cuts at the first occurrence of `separator` (not empty): *head is what stands before
 * it, the return value what stands behind. Without separator: *head is all, the rest is empty
 * and *found (may be NULL) false. */
struct rmqi_str rmqi_str_cut(struct rmqi_str s, const char *separator, struct rmqi_str *head,
			     bool *found);
/* Whole text as a decimal number with optional sign; false on anything else or overflow. */
bool rmqi_str_to_i64(struct rmqi_str s, int64_t *out);
bool rmqi_str_to_i32(struct rmqi_str s, int32_t *out);
/* "true" in any case is true, anything else false (RemotingCommand.java). */
bool rmqi_str_to_bool(struct rmqi_str s);
/* Owned NUL-terminated copy; NULL when memory is out. */
char *rmqi_str_dup(struct rmqi_str s);
/* Differs between byte orders; for tables, never for the wire. */
uint64_t rmqi_str_hash(struct rmqi_str s);

#endif
