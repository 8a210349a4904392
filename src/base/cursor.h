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

#define RMQI_IS_LITTLE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

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

/* Loads of whole words: a loop over bytes, which says the same, is not made into one by every compiler. */

static inline bool rmqi_cursor_u8(struct rmqi_cursor *c, uint8_t *out)
{
	if (c->len < sizeof(*out))
		return false;
	*out = *c->ptr;
	rmqi_cursor_advance(c, sizeof(*out));
	return true;
}

static inline bool rmqi_cursor_u16(struct rmqi_cursor *c, uint16_t *out)
{
	uint16_t value;

	if (c->len < sizeof(value))
		return false;
	memcpy(&value, c->ptr, sizeof(value));
	*out = RMQI_IS_LITTLE ? __builtin_bswap16(value) : value;
	rmqi_cursor_advance(c, sizeof(value));
	return true;
}

static inline bool rmqi_cursor_u24(struct rmqi_cursor *c, uint32_t *out)
{
	if (c->len < 3)
		return false;
	*out = (uint32_t)c->ptr[0] << 16 | (uint32_t)c->ptr[1] << 8 | c->ptr[2];
	rmqi_cursor_advance(c, 3);
	return true;
}

static inline bool rmqi_cursor_u32(struct rmqi_cursor *c, uint32_t *out)
{
	uint32_t value;

	if (c->len < sizeof(value))
		return false;
	memcpy(&value, c->ptr, sizeof(value));
	*out = RMQI_IS_LITTLE ? __builtin_bswap32(value) : value;
	rmqi_cursor_advance(c, sizeof(value));
	return true;
}

static inline bool rmqi_cursor_u64(struct rmqi_cursor *c, uint64_t *out)
{
	uint64_t value;

	if (c->len < sizeof(value))
		return false;
	memcpy(&value, c->ptr, sizeof(value));
	*out = RMQI_IS_LITTLE ? __builtin_bswap64(value) : value;
	rmqi_cursor_advance(c, sizeof(value));
	return true;
}

static inline bool rmqi_cursor_i16(struct rmqi_cursor *c, int16_t *out)
{
	uint16_t value;

	if (!rmqi_cursor_u16(c, &value))
		return false;
	*out = (int16_t)value;
	return true;
}

static inline bool rmqi_cursor_i32(struct rmqi_cursor *c, int32_t *out)
{
	uint32_t value;

	if (!rmqi_cursor_u32(c, &value))
		return false;
	*out = (int32_t)value;
	return true;
}

static inline bool rmqi_cursor_i64(struct rmqi_cursor *c, int64_t *out)
{
	uint64_t value;

	if (!rmqi_cursor_u64(c, &value))
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
