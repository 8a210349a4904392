/* SPDX-License-Identifier: Apache-2.0 */
/*
 * golden.h - known bytes and texts, and the three hardships every decoder must
 * stand: cut-off input, a full buffer, no memory.
 */
#ifndef TESTS_CODEC_GOLDEN_H
#define TESTS_CODEC_GOLDEN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/codec/hex.h"

enum { GOLDEN_MAX = 4096 };

struct golden {
	uint8_t bytes[GOLDEN_MAX];
	size_t len;
};

/* From hex digits; blanks between them are ignored. */
static inline struct golden golden_hex(const char *hex)
{
	struct golden g = {.len = 0};

	while (*hex) {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		ck_assert_uint_lt(g.len, sizeof(g.bytes));
		g.bytes[g.len++] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
		hex += 2;
	}
	return g;
}

static inline struct rmqi_cursor golden_cursor(const struct golden *g)
{
	return rmqi_cursor(g->bytes, g->len);
}

static inline struct rmqi_cursor text_cursor(const char *text)
{
	return rmqi_cursor(text, strlen(text));
}

static inline void expect_bytes(const struct rmqi_buf *b, const void *bytes, size_t len)
{
	ck_assert_int_eq(rmqi_buf_status(b), RMQ_OK);
	ck_assert_uint_eq(b->len, len);
	ck_assert_int_eq(rmqi_memcmp(rmqi_buf_data(b), bytes, len), 0);
}

static inline void expect_text(struct rmqi_buf *b, const char *text)
{
	ck_assert_int_eq(rmqi_buf_status(b), RMQ_OK);
	ck_assert_str_eq(rmqi_buf_text(b), text);
}

static inline void expect_str(struct rmqi_str s, const char *text)
{
	ck_assert_uint_eq(s.len, strlen(text));
	ck_assert_int_eq(rmqi_memcmp(s.ptr, text, s.len), 0);
}

/* Calls `try` with every beginning of the bytes, each in a block of its exact size; all must be
 * refused. */
static inline void refuses_every_truncation(const void *bytes, size_t len,
					    enum rmq_error (*try)(struct rmqi_cursor c))
{
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, bytes, cut);
		ck_assert_msg(try(rmqi_cursor(copy, cut)) != RMQ_OK, "accepted %zu of %zu bytes",
			      cut, len);
		free(copy);
	}
}

/* Fails allocation 1, 2, 3, ..., first it alone, then all after it, too, until `try` succeeds; each
 * failure must say so. Returns how many had to fail. */
static inline uint64_t survives_lack_of_memory(enum rmq_error (*try)(void))
{
	for (uint64_t n = 1; n < 10000; n++) {
		enum rmq_error err, alone;

		rmqi_mem_fail_after(n, 0);
		alone = try();
		rmqi_mem_fail_after(n, 1);
		err = try();
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(alone, err);
		if (err == RMQ_OK)
			return n - 1;
		ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
	}
	ck_abort_msg("never succeeds");
	return 0;
}

#endif
