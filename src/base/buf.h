/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf.h - a growing byte buffer that is born with its maximum.
 *
 *     [ dropped | readable: data .. data+len | free ]
 *
 * Bytes are appended at the end and dropped at the front. Reaching `max` is an
 * ordinary error (RMQ_ERR_TOO_LARGE). Numbers are written big-endian; the
 * writers take wide types and refuse values that do not fit. Under ASan dropped
 * and free bytes are poisoned.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_BASE_BUF_H
#define RMQI_BASE_BUF_H

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define RMQI_BUF_IS_SEALED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RMQI_BUF_IS_SEALED 1
#endif
#endif
#ifndef RMQI_BUF_IS_SEALED
#define RMQI_BUF_IS_SEALED 0 /* 1: what is not readable must not be touched */
#endif

struct rmqi_buf {
	uint8_t *mem;         /* owned, or lent */
	size_t start;         /* first readable byte */
	size_t len;           /* readable bytes */
	size_t cap;           /* size of mem */
	size_t max;           /* limit of len */
	bool is_lent;         /* mem is somebody else's */
	bool failed;          /* sticky: an append failed since init or reset */
	enum rmq_error error; /* the first failure, RMQ_OK if none */
};

void rmqi_buf_init(struct rmqi_buf *b, size_t max);
/* One that has no memory yet begins in `mem`, which must outlive it; it takes memory of its own when that is
 * not enough. */
void rmqi_buf_lend(struct rmqi_buf *b, void *mem, size_t size);
void rmqi_buf_deinit(struct rmqi_buf *b);
/* Empty again, memory kept, failure forgotten. */
void rmqi_buf_reset(struct rmqi_buf *b);
/* Frees memory beyond `keep` bytes if the buffer is empty. */
void rmqi_buf_trim(struct rmqi_buf *b, size_t keep);

/* The slow parts of the two below. */
enum rmq_error rmqi_buf_reserve_room(struct rmqi_buf *b, size_t n, uint8_t **out) RMQI_MUST_USE;
void rmqi_buf_seal(struct rmqi_buf *b);
/* Room for n more bytes; *out points at them; commit with rmqi_buf_commit(<= n). */
static inline RMQI_MUST_USE enum rmq_error rmqi_buf_reserve(struct rmqi_buf *b, size_t n,
							    uint8_t **out)
{
	/* Of nothing, too, the place is that of a byte. */
	if (RMQI_BUF_IS_SEALED || n - 1 >= b->cap - b->start - b->len || n > b->max - b->len)
		return rmqi_buf_reserve_room(b, n, out);
	*out = b->mem + b->start + b->len;
	return RMQ_OK;
}
static inline void rmqi_buf_commit(struct rmqi_buf *b, size_t n)
{
	/* Only what was reserved may be committed. */
	assert(n <= b->cap - b->start - b->len);
	b->len += n;
	if (RMQI_BUF_IS_SEALED)
		rmqi_buf_seal(b);
}
/* Drops n bytes at the front; n <= len. */
static inline void rmqi_buf_drop(struct rmqi_buf *b, size_t n)
{
	/* Only readable bytes can be dropped. */
	assert(n <= b->len);
	b->len -= n;
	b->start = b->len ? b->start + n : 0;
	if (RMQI_BUF_IS_SEALED)
		rmqi_buf_seal(b);
}
/* Cuts the end back to `len` readable bytes; len <= current. */
void rmqi_buf_cut(struct rmqi_buf *b, size_t len);
void rmqi_buf_swap(struct rmqi_buf *a, struct rmqi_buf *b);

/* The place for n more bytes, already counted as readable; to be filled. NULL: failed, now or before. */
uint8_t *rmqi_buf_extend_room(struct rmqi_buf *b, size_t n);
static inline uint8_t *rmqi_buf_extend(struct rmqi_buf *b, size_t n)
{
	if (RMQI_BUF_IS_SEALED || b->failed || n - 1 >= b->cap - b->start - b->len ||
	    n > b->max - b->len)
		return rmqi_buf_extend_room(b, n);
	b->len += n;
	return b->mem + b->start + b->len - n;
}

/*
 * Appends. A failure is also kept in b->failed / b->error, so that a run of
 * appends may be checked once at its end with rmqi_buf_status().
 */
void rmqi_buf_add(struct rmqi_buf *b, const void *bytes, size_t n);
void rmqi_buf_add_str(struct rmqi_buf *b, struct rmqi_str s);
void rmqi_buf_add_text(struct rmqi_buf *b, const char *text);
void rmqi_buf_add_u8(struct rmqi_buf *b, uint64_t v);
void rmqi_buf_add_u16(struct rmqi_buf *b, uint64_t v);
void rmqi_buf_add_u24(struct rmqi_buf *b, uint64_t v);
void rmqi_buf_add_u32(struct rmqi_buf *b, uint64_t v);
void rmqi_buf_add_u64(struct rmqi_buf *b, uint64_t v);
void rmqi_buf_add_i32(struct rmqi_buf *b, int64_t v);
void rmqi_buf_add_i64(struct rmqi_buf *b, int64_t v);
/* Decimal text. */
void rmqi_buf_add_dec(struct rmqi_buf *b, int64_t v);
void rmqi_buf_addf(struct rmqi_buf *b, const char *format, ...) RMQI_PRINTF(2, 3);
/* Overwrites 4 (2) bytes at offset `at` of the readable part; they must exist. */
void rmqi_buf_patch_u32(struct rmqi_buf *b, size_t at, uint64_t v);
void rmqi_buf_patch_u16(struct rmqi_buf *b, size_t at, uint64_t v);
/* RMQ_OK, RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE or RMQ_ERR_INVALID_ARGUMENT (a value did not fit). */
enum rmq_error rmqi_buf_status(const struct rmqi_buf *b);

static inline const uint8_t *rmqi_buf_data(const struct rmqi_buf *b)
{
	return b->mem ? b->mem + b->start : NULL;
}
static inline struct rmqi_cursor rmqi_buf_cursor(const struct rmqi_buf *b)
{
	return rmqi_cursor(rmqi_buf_data(b), b->len);
}
/* The readable bytes as text with a NUL behind them (not counted). "" on failure. Borrowed. */
const char *rmqi_buf_text(struct rmqi_buf *b);

#endif
