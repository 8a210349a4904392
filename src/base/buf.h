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

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"

struct rmqi_buf {
	uint8_t *mem;         /* owned */
	size_t start;         /* first readable byte */
	size_t len;           /* readable bytes */
	size_t cap;           /* size of mem */
	size_t max;           /* limit of len */
	bool failed;          /* sticky: an append failed since init or reset */
	enum rmq_error error; /* the first failure, RMQ_OK if none */
};

void rmqi_buf_init(struct rmqi_buf *b, size_t max);
void rmqi_buf_deinit(struct rmqi_buf *b);
/* Empty again, memory kept, failure forgotten. */
void rmqi_buf_reset(struct rmqi_buf *b);
/* Frees memory beyond `keep` bytes if the buffer is empty. */
void rmqi_buf_trim(struct rmqi_buf *b, size_t keep);

/* Room for n more bytes; *out points at them; commit with rmqi_buf_commit(<= n). */
enum rmq_error rmqi_buf_reserve(struct rmqi_buf *b, size_t n, uint8_t **out) RMQI_MUST_USE;
void rmqi_buf_commit(struct rmqi_buf *b, size_t n);
/* Drops n bytes at the front; n <= len. */
void rmqi_buf_drop(struct rmqi_buf *b, size_t n);
/* Cuts the end back to `len` readable bytes; len <= current. */
void rmqi_buf_cut(struct rmqi_buf *b, size_t len);
void rmqi_buf_swap(struct rmqi_buf *a, struct rmqi_buf *b);

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

const uint8_t *rmqi_buf_data(const struct rmqi_buf *b);
struct rmqi_cursor rmqi_buf_cursor(const struct rmqi_buf *b);
/* The readable bytes as text with a NUL behind them (not counted). "" on failure. Borrowed. */
const char *rmqi_buf_text(struct rmqi_buf *b);

#endif
