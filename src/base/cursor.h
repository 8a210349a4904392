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

#include "base/str.h"

struct rmqi_cursor {
	const uint8_t *ptr; /* borrowed */
	size_t len;
};

struct rmqi_cursor rmqi_cursor(const void *ptr, size_t len);
bool rmqi_cursor_u8(struct rmqi_cursor *c, uint8_t *out);
bool rmqi_cursor_u16(struct rmqi_cursor *c, uint16_t *out);
bool rmqi_cursor_u24(struct rmqi_cursor *c, uint32_t *out);
bool rmqi_cursor_u32(struct rmqi_cursor *c, uint32_t *out);
bool rmqi_cursor_u64(struct rmqi_cursor *c, uint64_t *out);
bool rmqi_cursor_i16(struct rmqi_cursor *c, int16_t *out);
bool rmqi_cursor_i32(struct rmqi_cursor *c, int32_t *out);
bool rmqi_cursor_i64(struct rmqi_cursor *c, int64_t *out);
/* The next n bytes as a bounded sub-view. */
bool rmqi_cursor_take(struct rmqi_cursor *c, size_t n, struct rmqi_cursor *out);
bool rmqi_cursor_take_str(struct rmqi_cursor *c, size_t n, struct rmqi_str *out);
bool rmqi_cursor_skip(struct rmqi_cursor *c, size_t n);
bool rmqi_cursor_copy(struct rmqi_cursor *c, void *dst, size_t n);
struct rmqi_str rmqi_cursor_str(struct rmqi_cursor c);

#endif
