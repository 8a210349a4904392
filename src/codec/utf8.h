/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf8.h - takes UTF-8 apart and makes it, one character at a time.
 *
 * Java works on UTF-16 units made from UTF-8 bytes; its decoder puts U+FFFD in
 * the place of bytes that are none.
 */
#ifndef RMQI_CODEC_UTF8_H
#define RMQI_CODEC_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define RMQI_UTF8_BAD UINT32_MAX

/* The character that starts at `at` (below s.len) and its length in bytes. Bytes that are no
 * UTF-8 (overlong, surrogate, cut off) give RMQI_UTF8_BAD and length 1. */
static inline size_t rmqi_utf8_at(struct rmqi_str s, size_t at, uint32_t *code)
{
	static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = (uint8_t)s.ptr[at];
	size_t len = c < 0x80 ? 1 : c < 0xC0 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF8 ? 4 : 0;

	*code = RMQI_UTF8_BAD;
	if (len == 1)
		*code = c;
	if (len < 2 || len > s.len - at)
		return 1;
	c &= 0x7Fu >> len;
	for (size_t i = 1; i < len; i++) {
		uint32_t next = (uint8_t)s.ptr[at + i];

		if ((next & 0xC0) != 0x80)
			return 1;
		c = c << 6 | (next & 0x3F);
	}
	if (c < smallest[len] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
		return 1;
	*code = c;
	return len;
}

/* So many bytes at the beginning are whole characters: s.len when all of it is UTF-8. */
static inline size_t rmqi_utf8_good(struct rmqi_str s)
{
	size_t at = 0;

	while (at < s.len) {
		uint32_t code;
		size_t len = rmqi_utf8_at(s, at, &code);

		if (code == RMQI_UTF8_BAD)
			break;
		at += len;
	}
	return at;
}

/* Writes the character (below 0x110000) as 1 to 4 bytes; returns the place behind them. */
static inline uint8_t *rmqi_utf8_put(uint8_t *to, uint32_t v)
{
	if (v < 0x80) {
		*to++ = (uint8_t)v;
		return to;
	}
	if (v < 0x800) {
		*to++ = (uint8_t)(0xc0 | v >> 6);
	} else {
		if (v < 0x10000) {
			*to++ = (uint8_t)(0xe0 | v >> 12);
		} else {
			*to++ = (uint8_t)(0xf0 | v >> 18);
			*to++ = (uint8_t)(0x80 | (v >> 12 & 0x3f));
		}
		*to++ = (uint8_t)(0x80 | (v >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (v & 0x3f));
	return to;
}

#endif
