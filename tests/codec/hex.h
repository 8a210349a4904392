/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hex.h - bytes written as hex in a test, blanks allowed; and copies of an exact
 * size, so that a sanitizer sees a read past the end.
 */
#ifndef TESTS_CODEC_HEX_H
#define TESTS_CODEC_HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/buf.h"
#include "base/cursor.h"

static inline unsigned hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* Appends the bytes that `hex` shows. */
static inline void add_hex(struct rmqi_buf *out, const char *hex)
{
	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		rmqi_buf_add_u8(out, hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
		hex += 2;
	}
}

/* The first `len` bytes of `from` in memory of their own; free with free_exact. */
static inline struct rmqi_cursor exact_copy(struct rmqi_cursor from, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	if (len)
		memcpy(copy, from.ptr, len);
	return rmqi_cursor(copy, len);
}

static inline void free_exact(struct rmqi_cursor c)
{
	free((void *)(uintptr_t)c.ptr);
}

#endif
