/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#if RMQI_BUF_IS_SEALED
#include <sanitizer/asan_interface.h>
#define POISON(ptr, len) __asan_poison_memory_region((ptr), (len))
#define UNPOISON(ptr, len) __asan_unpoison_memory_region((ptr), (len))
#else
#define POISON(ptr, len) ((void)(ptr), (void)(len))
#define UNPOISON(ptr, len) ((void)(ptr), (void)(len))
#endif

enum {
	CAP_MIN = 64, /* first allocation; most header buffers grow twice at most */
	/* From there on it grows by an eighth: what waits may be many megabytes, and such memory is moved
	 * without a copy. */
	LARGE = 4 * 1024 * 1024
};

void rmqi_buf_init(struct rmqi_buf *b, size_t max)
{
	*b = (struct rmqi_buf){.max = max};
}

static void let_go(struct rmqi_buf *b)
{
	UNPOISON(b->mem, b->cap);
	if (!b->is_lent)
		rmqi_free(b->mem);
	b->is_lent = false;
}

void rmqi_buf_deinit(struct rmqi_buf *b)
{
	let_go(b);
	*b = (struct rmqi_buf){.max = b->max};
}

/* Under ASan: what is not readable must not be touched. */
static void seal(struct rmqi_buf *b)
{
	size_t end = b->start + b->len;

	if (!b->mem)
		return;
	POISON(b->mem, b->start);
	POISON(b->mem + end, b->cap - end);
}

void rmqi_buf_lend(struct rmqi_buf *b, void *mem, size_t size)
{
	/* Nothing would free what it has. */
	assert(!b->mem);
	b->mem = mem;
	b->cap = size;
	b->is_lent = true;
	seal(b);
}

void rmqi_buf_reset(struct rmqi_buf *b)
{
	b->start = 0;
	b->len = 0;
	b->failed = false;
	b->error = RMQ_OK;
	seal(b);
}

void rmqi_buf_trim(struct rmqi_buf *b, size_t keep)
{
	if (b->len || b->cap <= keep)
		return;
	let_go(b);
	b->mem = NULL;
	b->start = 0;
	b->cap = 0;
}

/*
 * The largest useful capacity: max, a NUL, and a quarter for dropped bytes, so
 * that a queue which is always full need not move all its bytes for each append.
 */
static size_t cap_limit(const struct rmqi_buf *b)
{
	size_t spare = b->max / 4 + 1;

	return b->max > SIZE_MAX - spare ? SIZE_MAX : b->max + spare;
}

/* Doubled while it is small, but at least `need`, which is within the limit. */
static size_t next_cap(const struct rmqi_buf *b, size_t need)
{
	size_t limit = cap_limit(b);
	size_t more = b->cap < LARGE ? b->cap : b->cap / 8;
	size_t cap = more > limit - b->cap ? limit : b->cap + more;

	if (cap < need)
		cap = need;
	if (cap < CAP_MIN)
		cap = CAP_MIN;
	return cap < limit ? cap : limit;
}

static void compact(struct rmqi_buf *b)
{
	UNPOISON(b->mem, b->cap);
	memmove(b->mem, b->mem + b->start, b->len);
	b->start = 0;
}

static bool move_to(struct rmqi_buf *b, size_t cap)
{
	uint8_t *mem;

	if (b->mem)
		UNPOISON(b->mem, b->cap);
	if (b->start == 0 && !b->is_lent) {
		mem = rmqi_realloc(b->mem, cap);
	} else {
		/* realloc would copy the dropped bytes as well. */
		mem = rmqi_alloc(cap);
		if (mem) {
			rmqi_memcpy(mem, b->mem + b->start, b->len);
			let_go(b);
		}
	}
	if (!mem) {
		seal(b);
		return false;
	}
	b->mem = mem;
	b->start = 0;
	b->cap = cap;
	return true;
}

/*
 * Makes n bytes usable behind the readable ones: len + n <= max + 1. Moving the
 * readable bytes to the front is chosen when at least as many were dropped, so
 * that each byte is moved at most once for each byte dropped; or when memory must
 * not grow (then a quarter of max was dropped).
 */
static bool make_room(struct rmqi_buf *b, size_t n)
{
	size_t need = b->len + n;

	if (n > b->cap - b->start - b->len) {
		if (need <= b->cap && (b->start >= b->len || b->cap == cap_limit(b)))
			compact(b);
		else if (!move_to(b, next_cap(b, need)))
			return false;
		seal(b);
	}
	if (n)
		UNPOISON(b->mem + b->start + b->len, n);
	return true;
}

enum rmq_error rmqi_buf_reserve_room(struct rmqi_buf *b, size_t n, uint8_t **out)
{
	if (n > b->max - b->len)
		return RMQ_ERR_TOO_LARGE;
	/* One byte at least, so that *out is never NULL. */
	if (!make_room(b, n ? n : 1))
		return RMQ_ERR_NO_MEMORY;
	*out = b->mem + b->start + b->len;
	return RMQ_OK;
}

void rmqi_buf_seal(struct rmqi_buf *b)
{
	seal(b);
}

void rmqi_buf_cut(struct rmqi_buf *b, size_t len)
{
	/* A cut never makes a buffer longer. */
	assert(len <= b->len);
	b->len = len;
	seal(b);
}

void rmqi_buf_swap(struct rmqi_buf *a, struct rmqi_buf *b)
{
	struct rmqi_buf old = *a;

	*a = *b;
	*b = old;
}

static void fail(struct rmqi_buf *b, enum rmq_error error)
{
	if (b->failed)
		return;
	b->failed = true;
	b->error = error;
}

uint8_t *rmqi_buf_extend_room(struct rmqi_buf *b, size_t n)
{
	uint8_t *at;
	enum rmq_error err;

	if (b->failed)
		return NULL;
	err = rmqi_buf_reserve(b, n, &at);
	if (err != RMQ_OK) {
		fail(b, err);
		return NULL;
	}
	b->len += n;
	return at;
}

void rmqi_buf_add(struct rmqi_buf *b, const void *bytes, size_t n)
{
	uint8_t *at = rmqi_buf_extend(b, n);

	if (at)
		rmqi_memcpy(at, bytes, n);
}

void rmqi_buf_add_str(struct rmqi_buf *b, struct rmqi_str s)
{
	rmqi_buf_add(b, s.ptr, s.len);
}

void rmqi_buf_add_text(struct rmqi_buf *b, const char *text)
{
	rmqi_buf_add_str(b, rmqi_str(text));
}

static void put_uint(uint8_t *at, size_t n, uint64_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		at[i] = (uint8_t)v;
}

static void add_uint(struct rmqi_buf *b, size_t n, uint64_t v, uint64_t max)
{
	uint8_t *at;

	if (v > max) {
		fail(b, RMQ_ERR_INVALID_ARGUMENT);
		return;
	}
	at = rmqi_buf_extend(b, n);
	if (at)
		put_uint(at, n, v);
}

void rmqi_buf_add_u8(struct rmqi_buf *b, uint64_t v)
{
	add_uint(b, 1, v, UINT8_MAX);
}

void rmqi_buf_add_u16(struct rmqi_buf *b, uint64_t v)
{
	add_uint(b, 2, v, UINT16_MAX);
}

void rmqi_buf_add_u24(struct rmqi_buf *b, uint64_t v)
{
	add_uint(b, 3, v, 0xffffff);
}

void rmqi_buf_add_u32(struct rmqi_buf *b, uint64_t v)
{
	add_uint(b, 4, v, UINT32_MAX);
}

void rmqi_buf_add_u64(struct rmqi_buf *b, uint64_t v)
{
	add_uint(b, 8, v, UINT64_MAX);
}

void rmqi_buf_add_i32(struct rmqi_buf *b, int64_t v)
{
	if (v < INT32_MIN || v > INT32_MAX)
		fail(b, RMQ_ERR_INVALID_ARGUMENT);
	else
		rmqi_buf_add_u32(b, (uint32_t)v);
}

void rmqi_buf_add_i64(struct rmqi_buf *b, int64_t v)
{
	rmqi_buf_add_u64(b, (uint64_t)v);
}

void rmqi_buf_add_dec(struct rmqi_buf *b, int64_t v)
{
	char digits[20]; /* -9223372036854775808 */
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (v < 0)
		digits[--at] = '-';
	rmqi_buf_add(b, digits + at, sizeof(digits) - at);
}

/* Formats to the end of b, with a NUL behind that is not counted. */
static void add_formatted(struct rmqi_buf *b, size_t len, const char *format, va_list args)
{
	if (b->failed)
		return;
	if (len > b->max - b->len) {
		fail(b, RMQ_ERR_TOO_LARGE);
	} else if (!make_room(b, len + 1)) {
		fail(b, RMQ_ERR_NO_MEMORY);
	} else {
		vsnprintf((char *)b->mem + b->start + b->len, len + 1, format, args);
		b->len += len;
		seal(b);
	}
}

void rmqi_buf_addf(struct rmqi_buf *b, const char *format, ...)
{
	va_list args, again;
	int len;

	va_start(args, format);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, args);
	if (len < 0)
		fail(b, RMQ_ERR_INVALID_ARGUMENT);
	else
		add_formatted(b, (size_t)len, format, again);
	va_end(again);
	va_end(args);
}

static void patch(struct rmqi_buf *b, size_t at, size_t n, uint64_t v, uint64_t max)
{
	/* After a failed append the place may be missing. */
	if (b->failed)
		return;
	if (v > max) {
		fail(b, RMQ_ERR_INVALID_ARGUMENT);
		return;
	}
	/* The patched word was appended before. */
	assert(at <= b->len && n <= b->len - at);
	put_uint(b->mem + b->start + at, n, v);
}

void rmqi_buf_patch_u32(struct rmqi_buf *b, size_t at, uint64_t v)
{
	patch(b, at, 4, v, UINT32_MAX);
}

void rmqi_buf_patch_u16(struct rmqi_buf *b, size_t at, uint64_t v)
{
	patch(b, at, 2, v, UINT16_MAX);
}

enum rmq_error rmqi_buf_status(const struct rmqi_buf *b)
{
	return b->error;
}

const char *rmqi_buf_text(struct rmqi_buf *b)
{
	if (b->failed || !make_room(b, 1))
		return "";
	b->mem[b->start + b->len] = '\0';
	return (const char *)b->mem + b->start;
}
