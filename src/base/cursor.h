/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor.h - the one reader of bytes that came from outside.
 *
 * A cursor is {ptr, len} by value. Every read either succeeds and advances, or
 * returns false and moves nothing, so reads join with &&. Numbers are
 * big-endian. There is no pointer arithmetic on wire or file bytes elsewhere.
 */
#ifndef RMQI_BASE_CURSOR_H
#define RMQI_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct rmqi_cursor {
	const uint8_t *ptr; /* borrowed */
	size_t len;
};

/* All inline: a read of the wire is a comparison and a load, which a call would double. */

static inline struct rmqi_cursor rmqi_cursor(const void *ptr, size_t len)
{
	return (struct rmqi_cursor){(const uint8_t *)ptr, len};
}

static inline struct rmqi_str rmqi_cursor_str(struct rmqi_cursor c)
{
	return rmqi_str_n(c.ptr, c.len);
}

/* The caller has checked that n bytes are there. Zero bytes of NULL must not be added to it. */
static inline void rmqi_cursor_advance(struct rmqi_cursor *c, size_t n)
{
	if (n)
		c->ptr += n;
	c->len -= n;
}

/* A big-endian number of n bytes, n <= 8. The compiler makes one load of it where n is known. */
static inline bool rmqi_cursor_uint(struct rmqi_cursor *c, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n > c->len)
		return false;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | c->ptr[i];
	rmqi_cursor_advance(c, n);
	*out = value;
	return true;
}

static inline bool rmqi_cursor_u8(struct rmqi_cursor *c, uint8_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 1, &value))
		return false;
	*out = (uint8_t)value;
	return true;
}

static inline bool rmqi_cursor_u16(struct rmqi_cursor *c, uint16_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 2, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

static inline bool rmqi_cursor_u24(struct rmqi_cursor *c, uint32_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 3, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static inline bool rmqi_cursor_u32(struct rmqi_cursor *c, uint32_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 4, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static inline bool rmqi_cursor_u64(struct rmqi_cursor *c, uint64_t *out)
{
	return rmqi_cursor_uint(c, 8, out);
}

static inline bool rmqi_cursor_i16(struct rmqi_cursor *c, int16_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 2, &value))
		return false;
	*out = (int16_t)(uint16_t)value;
	return true;
}

static inline bool rmqi_cursor_i32(struct rmqi_cursor *c, int32_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 4, &value))
		return false;
	*out = (int32_t)(uint32_t)value;
	return true;
}

static inline bool rmqi_cursor_i64(struct rmqi_cursor *c, int64_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_uint(c, 8, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

/* The next n bytes as a bounded sub-view. */
static inline bool rmqi_cursor_take(struct rmqi_cursor *c, size_t n, struct rmqi_cursor *out)
{
	struct rmqi_cursor taken = {c->ptr, n};

	if (n > c->len)
		return false;
	rmqi_cursor_advance(c, n);
	*out = taken;
	return true;
}

static inline bool rmqi_cursor_take_str(struct rmqi_cursor *c, size_t n, struct rmqi_str *out)
{
	struct rmqi_cursor taken;

	if (!rmqi_cursor_take(c, n, &taken))
		return false;
	*out = rmqi_cursor_str(taken);
	return true;
}

static inline bool rmqi_cursor_skip(struct rmqi_cursor *c, size_t n)
{
	if (n > c->len)
		return false;
	rmqi_cursor_advance(c, n);
	return true;
}

static inline bool rmqi_cursor_copy(struct rmqi_cursor *c, void *dst, size_t n)
{
	if (n > c->len)
		return false;
	if (n)
		memcpy(dst, c->ptr, n);
	rmqi_cursor_advance(c, n);
	return true;
}

#endif
