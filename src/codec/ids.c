/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/ids.h"

#include <string.h>
#include <time.h>

#include "base/cursor.h"

enum {
	IP_V4 = 4,
	IP_V6 = 16,
	ID_V4 = 2 * (IP_V4 + 4 + 8), /* digits */
	ID_V6 = 2 * (IP_V6 + 4 + 8),
	/* MessageClientIDSetter forgives a clock that went back by less than this. */
	DRIFT_MS = 1000 * 1000
};

_Static_assert(ID_V6 + 1 == RMQI_ID_SIZE, "the longest id and its NUL");

static char *put_hex(char *to, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	return to;
}

/* The low `len` bytes of v, big-endian. */
static char *put_hex_number(char *to, uint64_t v, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
	return put_hex(to, bytes, len);
}

size_t rmqi_offset_id(const struct rmqi_host *store_host, int64_t offset, char out[RMQI_ID_SIZE])
{
	char *end = put_hex(out, store_host->ip, store_host->is_v6 ? IP_V6 : IP_V4);

	end = put_hex_number(end, store_host->port, 4);
	end = put_hex_number(end, (uint64_t)offset, 8);
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
	size_t len = ip->is_v6 ? IP_V6 : IP_V4;

	memset(u, 0, sizeof(*u));
	u->clock = clock;
	memcpy(u->prefix, ip->ip, len);
	u->prefix[len++] = (uint8_t)(pid >> 8);
	u->prefix[len++] = (uint8_t)pid;
	for (int shift = 24; shift >= 0; shift -= 8)
		u->prefix[len++] = (uint8_t)(constant >> shift);
	u->prefix_len = len;
	atomic_init(&u->counter, 0);
	set_month(u, rmqi_clock_wall_ms(clock));
}

/* Milliseconds since the month began. */
static int64_t month_span(struct rmqi_uniq *u)
{
	int64_t now = rmqi_clock_wall_ms(u->clock);
	int64_t next = atomic_load_explicit(&u->next_month_ms, memory_order_acquire);
	int64_t start = atomic_load_explicit(&u->month_start_ms, memory_order_relaxed);

	/* Java never looks back; we do when the wall clock was set to an earlier month. */
	if (now >= next || now < start - DRIFT_MS) {
		set_month(u, now);
		start = atomic_load_explicit(&u->month_start_ms, memory_order_relaxed);
	}
	return now > start ? now - start : 0;
}

size_t rmqi_uniq_next(struct rmqi_uniq *u, char out[RMQI_ID_SIZE])
{
	uint64_t span = (uint64_t)month_span(u);
	unsigned count = atomic_fetch_add_explicit(&u->counter, 1, memory_order_relaxed);
	char *end = put_hex(out, u->prefix, u->prefix_len);

	end = put_hex_number(end, span, 4);
	end = put_hex_number(end, count, 2);
	*end = '\0';
	return (size_t)(end - out);
}
