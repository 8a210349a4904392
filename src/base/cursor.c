/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include "base/mem.h"

struct rmqi_cursor rmqi_cursor(const void *ptr, size_t len)
{
	return (struct rmqi_cursor){ptr, len};
}

/* The caller has checked that n bytes are there. Zero bytes of NULL must not be added to it. */
static void advance(struct rmqi_cursor *c, size_t n)
{
	if (n)
		c->ptr += n;
	c->len -= n;
}

/* Reads an n-byte big-endian number, n <= 8. */
static bool read_uint(struct rmqi_cursor *c, size_t n, uint64_t *out)
{
	uint64_t value = 0;

	if (n > c->len)
		return false;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | c->ptr[i];
	advance(c, n);
	*out = value;
	return true;
}

bool rmqi_cursor_u8(struct rmqi_cursor *c, uint8_t *out)
{
	uint64_t value;

	if (!read_uint(c, 1, &value))
		return false;
	*out = (uint8_t)value;
	return true;
}

bool rmqi_cursor_u16(struct rmqi_cursor *c, uint16_t *out)
{
	uint64_t value;

	if (!read_uint(c, 2, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

bool rmqi_cursor_u24(struct rmqi_cursor *c, uint32_t *out)
{
	uint64_t value;

	if (!read_uint(c, 3, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool rmqi_cursor_u32(struct rmqi_cursor *c, uint32_t *out)
{
	uint64_t value;

	if (!read_uint(c, 4, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

bool rmqi_cursor_u64(struct rmqi_cursor *c, uint64_t *out)
{
	return read_uint(c, 8, out);
}

bool rmqi_cursor_i16(struct rmqi_cursor *c, int16_t *out)
{
	uint64_t value;

	if (!read_uint(c, 2, &value))
		return false;
	*out = (int16_t)(uint16_t)value;
	return true;
}

bool rmqi_cursor_i32(struct rmqi_cursor *c, int32_t *out)
{
	uint64_t value;

	if (!read_uint(c, 4, &value))
		return false;
	*out = (int32_t)(uint32_t)value;
	return true;
}

bool rmqi_cursor_i64(struct rmqi_cursor *c, int64_t *out)
{
	uint64_t value;

	if (!read_uint(c, 8, &value))
		return false;
	*out = (int64_t)value;
	return true;
}

bool rmqi_cursor_take(struct rmqi_cursor *c, size_t n, struct rmqi_cursor *out)
{
	struct rmqi_cursor taken = {c->ptr, n};

	if (n > c->len)
		return false;
	advance(c, n);
	*out = taken;
	return true;
}

bool rmqi_cursor_take_str(struct rmqi_cursor *c, size_t n, struct rmqi_str *out)
{
	struct rmqi_cursor taken;

	if (!rmqi_cursor_take(c, n, &taken))
		return false;
	*out = rmqi_cursor_str(taken);
	return true;
}

bool rmqi_cursor_skip(struct rmqi_cursor *c, size_t n)
{
	if (n > c->len)
		return false;
	advance(c, n);
	return true;
}

bool rmqi_cursor_copy(struct rmqi_cursor *c, void *dst, size_t n)
{
	if (n > c->len)
		return false;
	rmqi_memcpy(dst, c->ptr, n);
	advance(c, n);
	return true;
}

struct rmqi_str rmqi_cursor_str(struct rmqi_cursor c)
{
	return rmqi_str_n(c.ptr, c.len);
}
