/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ids.h"

#include <string.h>
#include <time.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/cursor.h"
#include "codec/writer.h"

enum {
	IP_V4 = 4,
	IP_V6 = 16,
	ID_V4 = 2 * (IP_V4 + 4 + 8), /* digits */
	ID_V6 = 2 * (IP_V6 + 4 + 8),
	/* MessageClientIDSetter forgives a clock that went back by less than this. */
	DRIFT_MS = 1000 * 1000
};

_Static_assert(ID_V6 + 1 == RMQI_ID_SIZE, "the longest id and its NUL");

#ifdef __SSE2__
/* The digits of 16 bytes, which is a whole id of IPv4: one is made for every message that is stored. */
static inline void put_hex_block(char *to, __m128i in)
{
	const __m128i low = _mm_set1_epi8(0x0f), nine = _mm_set1_epi8(9);
	const __m128i zero = _mm_set1_epi8('0'), letter = _mm_set1_epi8('A' - '0' - 10);
	__m128i digits[2];

	digits[0] = _mm_and_si128(_mm_srli_epi16(in, 4), low);
	in = _mm_and_si128(in, low);
	digits[1] = _mm_unpackhi_epi8(digits[0], in);
	digits[0] = _mm_unpacklo_epi8(digits[0], in);
	for (int i = 0; i < 2; i++) {
		__m128i more = _mm_and_si128(_mm_cmpgt_epi8(digits[i], nine), letter);

		digits[i] = _mm_add_epi8(_mm_add_epi8(digits[i], zero), more);
	}
	memcpy(to, digits, sizeof(digits));
}
#endif

/* Two digits a step: an id is made for every message on both sides. */
static inline char *put_hex(char *to, const uint8_t *bytes, size_t len)
{
	/* clang-format off */
#define ROW(h) h "0" h "1" h "2" h "3" h "4" h "5" h "6" h "7" \
	       h "8" h "9" h "A" h "B" h "C" h "D" h "E" h "F"
	static const char pairs[] =
		ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7")
		ROW("8") ROW("9") ROW("A") ROW("B") ROW("C") ROW("D") ROW("E") ROW("F");
#undef ROW
	/* clang-format on */

	for (size_t i = 0; i < len; i++, to += 2)
		memcpy(to, pairs + 2 * (size_t)bytes[i], 2);
	return to;
}

/* The low `len` bytes of v, big-endian. */
static inline char *put_hex_number(char *to, uint64_t v, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	return put_hex(to, bytes, len);
}

static char *put_hex_blocks(char *to, const uint8_t *bytes, size_t len)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; len - i >= 16; i += 16) {
		__m128i block;

		memcpy(&block, bytes + i, sizeof(block));
		put_hex_block(to + 2 * i, block);
	}
#endif
	return put_hex(to + 2 * i, bytes + i, len - i);
}

static inline uint8_t *put_u32(uint8_t *to, uint32_t v)
{
	rmqi_writer_put_u32(to, v);
	return to + sizeof(v);
}

#ifdef __SSE2__
/* Put together in registers: a block that is read behind smaller writes waits for all of them. */
static inline size_t offset_id_v4(const struct rmqi_host *host, uint64_t offset, char *out)
{
	uint32_t ip;
	uint64_t front;

	memcpy(&ip, host->ip, sizeof(ip));
	front = (uint64_t)__builtin_bswap32(host->port) << 32 | ip;
	put_hex_block(out,
		      _mm_set_epi64x((long long)__builtin_bswap64(offset), (long long)front));
	out[ID_V4] = '\0';
	return ID_V4;
}
#endif

size_t rmqi_offset_id(const struct rmqi_host *store_host, int64_t offset, char out[RMQI_ID_SIZE])
{
	uint8_t bytes[ID_V6 / 2], *at = bytes + (store_host->is_v6 ? IP_V6 : IP_V4);
	char *end;

#ifdef __SSE2__
	if (!store_host->is_v6)
		return offset_id_v4(store_host, (uint64_t)offset, out);
#endif
	memcpy(bytes, store_host->ip, sizeof(store_host->ip));
	at = put_u32(at, store_host->port);
	at = put_u32(at, (uint32_t)((uint64_t)offset >> 32));
	at = put_u32(at, (uint32_t)offset);
	end = put_hex_blocks(out, bytes, (size_t)(at - bytes));
	*end = '\0';
	return (size_t)(end - out);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static bool hex_to_bytes(struct rmqi_str text, uint8_t *out)
{
	for (size_t i = 0; i < text.len / 2; i++) {
		int high = digit_value(text.ptr[2 * i]), low = digit_value(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool rmqi_offset_id_parse(struct rmqi_str id, struct rmqi_host *host, int64_t *offset)
{
	struct rmqi_host h = {.is_v6 = id.len == ID_V6};
	uint8_t bytes[ID_V6 / 2];
	struct rmqi_cursor c;
	int64_t at;

	if ((id.len != ID_V4 && id.len != ID_V6) || !hex_to_bytes(id, bytes))
		return false;
	c = rmqi_cursor(bytes, id.len / 2);
	if (!(rmqi_cursor_copy(&c, h.ip, h.is_v6 ? IP_V6 : IP_V4) && /* ip */
	      rmqi_cursor_u32(&c, &h.port) &&                        /* port */
	      rmqi_cursor_i64(&c, &at)))                             /* offset */
		return false;
	*host = h;
	*offset = at;
	return true;
}

/* MessageClientIDSetter.setStartTime: midnight of the first of this month and of the next one, in
 * local time. */
static void set_month(struct rmqi_uniq *u, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm first;
	int64_t start_ms = now_ms, next_ms = INT64_MAX;

	if (localtime_r(&now, &first)) {
		first.tm_mday = 1;
		first.tm_hour = first.tm_min = first.tm_sec = 0;
		first.tm_isdst = -1;
		start_ms = (int64_t)mktime(&first) * 1000;
		first.tm_mon++;
		first.tm_hour = 0; /* mktime may have moved it over a change of daylight time */
		first.tm_isdst = -1;
		next_ms = (int64_t)mktime(&first) * 1000;
	}
	atomic_store_explicit(&u->month_start_ms, start_ms, memory_order_relaxed);
	/* Who sees the new end of the month also sees its start. */
	atomic_store_explicit(&u->next_month_ms, next_ms, memory_order_release);
}

void rmqi_uniq_init(struct rmqi_uniq *u, const struct rmqi_clock *clock, const struct rmqi_host *ip,
		    uint32_t pid, uint32_t constant)
{
	char *end;

	memset(u, 0, sizeof(*u));
	u->clock = clock;
	end = put_hex(u->prefix, ip->ip, ip->is_v6 ? IP_V6 : IP_V4);
	end = put_hex_number(end, pid, 2);
	end = put_hex_number(end, constant, 4);
	u->prefix_len = (size_t)(end - u->prefix);
	atomic_init(&u->counter, 0);
	set_month(u, rmqi_clock_wall_ms(clock));
}

/* Milliseconds since the month began. */
static int64_t month_span(struct rmqi_uniq *u, int64_t now)
{
	int64_t next = atomic_load_explicit(&u->next_month_ms, memory_order_acquire);
	int64_t start = atomic_load_explicit(&u->month_start_ms, memory_order_relaxed);

	/* Java never looks back; we do when the wall clock was set to an earlier month. */
	if (now >= next || now < start - DRIFT_MS) {
		set_month(u, now);
		start = atomic_load_explicit(&u->month_start_ms, memory_order_relaxed);
	}
	return now > start ? now - start : 0;
}

size_t rmqi_uniq_next_at(struct rmqi_uniq *u, int64_t wall_ms, char out[RMQI_ID_SIZE])
{
	uint64_t span = (uint64_t)month_span(u, wall_ms);
	unsigned count = atomic_fetch_add_explicit(&u->counter, 1, memory_order_relaxed);
	char *end = out + u->prefix_len;

	memcpy(out, u->prefix, u->prefix_len);
	end = put_hex_number(end, span, 4);
	end = put_hex_number(end, count, 2);
	*end = '\0';
	return (size_t)(end - out);
}

size_t rmqi_uniq_next(struct rmqi_uniq *u, char out[RMQI_ID_SIZE])
{
	return rmqi_uniq_next_at(u, rmqi_clock_wall_ms(u->clock), out);
}
