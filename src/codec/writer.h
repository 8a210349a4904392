/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writer.h - the fast way to append many small pieces to an rmqi_buf.
 *
 *     | readable | begin .. at (written, not committed) .. end |
 *
 * It reserves a chunk and fills it inline; a full chunk is committed and the
 * next one reserved. The first failure sticks: later writes do nothing. Between
 * open and close the buffer must not be used otherwise. Where the next piece has
 * no exact size the callers ask for the largest one, so a buffer within some 70
 * bytes of its maximum may be called full too early.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CODEC_WRITER_H
#define RMQI_CODEC_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/str.h"

struct rmqi_writer {
	struct rmqi_buf *buf; /* borrowed until close */
	uint8_t *begin;
	uint8_t *at;
	uint8_t *end;
	enum rmq_error error;
};

enum { RMQI_DEC_MAX = 20 }; /* -9223372036854775808 */

void rmqi_writer_open(struct rmqi_writer *w, struct rmqi_buf *buf);
/* Commits what was written. RMQ_OK or the first failure. */
enum rmq_error rmqi_writer_close(struct rmqi_writer *w) RMQI_MUST_USE;
/* The first failure sticks; nothing is written any more. */
void rmqi_writer_fail(struct rmqi_writer *w, enum rmq_error error);
/* The slow path of rmqi_writer_has. */
bool rmqi_writer_grow(struct rmqi_writer *w, size_t n);

/* The place behind the last byte, as a position among the buffer's readable bytes. */
static inline size_t rmqi_writer_position(const struct rmqi_writer *w)
{
	return w->buf->len + (size_t)(w->at - w->begin);
}

/* Overwrites the 4 bytes at a position that was written before. */
void rmqi_writer_patch_u32(struct rmqi_writer *w, size_t position, uint32_t v);

/* Makes sure of n bytes at w->at. */
static inline bool rmqi_writer_has(struct rmqi_writer *w, size_t n)
{
	return (size_t)(w->end - w->at) >= n || rmqi_writer_grow(w, n);
}

/* The unchecked ones below write where rmqi_writer_has was true. */

/* Short texts are the rule: cheaper than a call. */
static inline void rmqi_writer_raw(struct rmqi_writer *w, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;
	uint8_t *to = w->at;

	w->at += n;
	if (n > 32) {
		memcpy(to, from, n);
	} else if (n >= 16) {
		/* Two copies that overlap, here and below. */
		memcpy(to, from, 16);
		memcpy(to + n - 16, from + n - 16, 16);
	} else if (n >= 8) {
		memcpy(to, from, 8);
		memcpy(to + n - 8, from + n - 8, 8);
	} else if (n >= 4) {
		memcpy(to, from, 4);
		memcpy(to + n - 4, from + n - 4, 4);
	} else if (n) {
		to[0] = from[0];
		to[n / 2] = from[n / 2];
		to[n - 1] = from[n - 1];
	}
}

static inline void rmqi_writer_raw_u8(struct rmqi_writer *w, uint8_t v)
{
	*w->at++ = v;
}

static inline void rmqi_writer_put_u16(uint8_t *at, uint16_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap16(v);
#endif
	memcpy(at, &v, sizeof(v));
}

static inline void rmqi_writer_put_u32(uint8_t *at, uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	memcpy(at, &v, sizeof(v));
}

static inline void rmqi_writer_raw_u16(struct rmqi_writer *w, uint16_t v)
{
	rmqi_writer_put_u16(w->at, v);
	w->at += 2;
}

static inline void rmqi_writer_raw_u32(struct rmqi_writer *w, uint32_t v)
{
	rmqi_writer_put_u32(w->at, v);
	w->at += 4;
}

/*
 * The eight digits of v < 10^8, as text, the first one in the lowest byte: split in halves three times, each
 * half in its own lane of the word.
 */
static inline uint64_t rmqi_writer_eight_digits(uint64_t v)
{
	uint64_t four = v / 10000 | (v % 10000) << 32;
	uint64_t hundreds = (four * 10486 >> 20) & UINT64_C(0x7f0000007f);
	uint64_t two = hundreds | (four - hundreds * 100) << 16;
	uint64_t tens = (two * 103 >> 10) & UINT64_C(0x000f000f000f000f);

	return (tens | (two - tens * 10) << 8) + UINT64_C(0x3030303030303030);
}

static inline void rmqi_writer_put_word(uint8_t *at, uint64_t w)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	w = __builtin_bswap64(w);
#endif
	memcpy(at, &w, sizeof(w));
}

/* Decimal text, at most RMQI_DEC_MAX bytes; all of that room is touched. Returns what is behind it. */
uint8_t *rmqi_writer_put_big_dec(uint8_t *at, int64_t v);
static inline uint8_t *rmqi_writer_put_dec(uint8_t *at, int64_t v)
{
	/* Most header fields have one digit. */
	if (v < 0 || v > 9)
		return rmqi_writer_put_big_dec(at, v);
	*at = (uint8_t)('0' + v);
	return at + 1;
}
static inline void rmqi_writer_raw_dec(struct rmqi_writer *w, int64_t v)
{
	w->at = rmqi_writer_put_dec(w->at, v);
}

/* Checked: any length. */
static inline void rmqi_writer_add(struct rmqi_writer *w, const void *bytes, size_t n)
{
	if (n && rmqi_writer_has(w, n))
		rmqi_writer_raw(w, bytes, n);
}

#define RMQI_WRITER_LITERAL(w, literal) rmqi_writer_add((w), literal, sizeof(literal) - 1)

#endif
