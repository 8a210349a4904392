/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/send_properties.h"

#include <string.h>

#include "codec/properties.h"
#include "codec/utf8.h"
#include "codec/words.h"

enum { NAME_END = 0x01, PAIR_END = 0x02 };

static bool is_stamp(struct rmqi_str name)
{
	return rmqi_str_is(name, RMQI_PROP_MSG_REGION) || rmqi_str_is(name, RMQI_PROP_TRACE_ON) ||
	       rmqi_str_is(name, RMQI_PROP_CLUSTER) || rmqi_str_is(name, RMQI_PROP_POP_CK);
}

static void read_timer(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	struct rmqi_str *place = rmqi_str_is(name, RMQI_PROP_TIMER_DELAY_SEC)    ? &out->timer_sec
				 : rmqi_str_is(name, RMQI_PROP_TIMER_DELAY_MS)   ? &out->timer_ms
				 : rmqi_str_is(name, RMQI_PROP_TIMER_DELIVER_MS) ? &out->timer_at
										 : NULL;

	if (place) {
		*place = value;
		out->is_timer = true;
	} else if (rmqi_str_is(name, RMQI_PROP_TIMER_OUT_MS)) {
		out->has_timer_out = true;
	}
}

static void read_delay(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	bool is_delay = rmqi_str_is(name, RMQI_PROP_DELAY);

	out->has_delay |= is_delay;
	if (is_delay && !rmqi_str_to_i32(value, &out->delay_level))
		out->delay_level = 0;
	if (is_delay || rmqi_str_is(name, RMQI_PROP_REAL_TOPIC) ||
	    rmqi_str_is(name, RMQI_PROP_REAL_QID))
		out->has_old_delay = true;
}

static void read_place(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	if (rmqi_str_is(name, RMQI_PROP_PRIORITY))
		out->priority = value;
	else if (rmqi_str_is(name, RMQI_PROP_LITE_TOPIC))
		out->lite_topic = value;
	else if (rmqi_str_is(name, RMQI_PROP_SHARDING_KEY))
		out->is_sharded = true;
}

/* Told apart by the first letter: most properties are the user's. */
static void read_pair(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	switch (name.ptr[0]) {
	case 'U':
		if (rmqi_str_is(name, RMQI_PROP_UNIQ_KEY)) {
			out->uniq_key = value;
			out->has_uniq_key = true;
		}
		break;
	case 'W':
		if (rmqi_str_is(name, RMQI_PROP_WAIT))
			out->must_wait = rmqi_str_to_bool(value);
		break;
	case 'K':
		if (rmqi_str_is(name, RMQI_PROP_KEYS))
			out->keys = value;
		break;
	case 'I':
		if (rmqi_str_is(name, RMQI_PROP_INNER_NUM))
			out->has_inner_num = true;
		break;
	case 'D':
	case 'R':
		read_delay(name, value, out);
		break;
	case 'T':
		if (rmqi_str_is(name, RMQI_PROP_TRAN_MSG))
			out->is_transaction = rmqi_str_to_bool(value);
		if (rmqi_str_is(name, RMQI_PROP_TAGS))
			out->tags = value;
		read_timer(name, value, out);
		out->has_old_stamp = out->has_old_stamp || is_stamp(name);
		break;
	case '_':
		read_place(name, value, out);
		break;
	case 'M':
	case 'C':
	case 'P':
		out->has_old_stamp = out->has_old_stamp || is_stamp(name);
		break;
	default:
		break;
	}
}

static bool is_ascii(struct rmqi_str s)
{
	const uint8_t *at = (const uint8_t *)s.ptr, *end = at + s.len;
	uint64_t all = 0;

#ifdef __SSE2__
	for (; end - at >= 16; at += 16)
		if (rmqi_block_high_bits(at))
			return false;
#endif
	for (; end - at >= 8; at += 8)
		all |= rmqi_word_load(at);
	for (; at < end; at++)
		all |= *at;
	return (all & RMQI_WORD_MARKS) == 0;
}

static bool is_next(struct rmqi_str s, size_t at, unsigned low, unsigned high)
{
	return at < s.len && (uint8_t)s.ptr[at] >= low && (uint8_t)s.ptr[at] <= high;
}

/* How many bytes Java's decoder takes for one malformed character: as many as could have begun one. */
static size_t malformed_len(struct rmqi_str s, size_t at)
{
	unsigned c = (uint8_t)s.ptr[at];
	unsigned low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
	unsigned high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;

	if (c < 0xE0 || c > 0xF4 || !is_next(s, at + 1, low, high))
		return 1;
	return c >= 0xF0 && is_next(s, at + 2, 0x80, 0xBF) ? 3 : 2;
}

struct rmqi_str mb_send_properties_utf8(struct rmqi_str text, struct rmqi_buf *buf)
{
	bool is_good = true;
	uint32_t code;

	if (is_ascii(text))
		return text;
	rmqi_buf_reset(buf);
	for (size_t at = 0, len; at < text.len; at += len) {
		len = rmqi_utf8_at(text, at, &code);
		if (code == RMQI_UTF8_BAD) {
			is_good = false;
			len = malformed_len(text, at);
			rmqi_buf_add_text(buf, "\xEF\xBF\xBD");
		} else {
			rmqi_buf_add(buf, text.ptr + at, len);
		}
	}
	/* Too long now: the store refuses what has no end. */
	if (is_good || rmqi_buf_status(buf) != RMQ_OK)
		return text;
	return rmqi_cursor_str(rmqi_buf_cursor(buf));
}

#ifdef __SSE2__
static inline unsigned block_marks(const char *at)
{
	return (unsigned)rmqi_block_find_either((const uint8_t *)at, NAME_END, PAIR_END);
}

/* In a text of a block at least; the last block ends with it. */
static inline const char *find_mark_in_blocks(const char *at, const char *end)
{
	unsigned marks;

	for (; end - at > 16; at += 16) {
		marks = block_marks(at);
		if (marks)
			return at + __builtin_ctz(marks);
	}
	marks = block_marks(end - 16) >> (16 - (end - at));
	return marks ? at + __builtin_ctz(marks) : end;
}
#endif

/* The next separator of either kind in `text`, its end when there is none. */
static inline const char *find_mark(struct rmqi_str text, const char *at)
{
	const char *end = text.ptr + text.len;

#ifdef __SSE2__
	if (text.len >= 16)
		return find_mark_in_blocks(at, end);
#endif
	while (at < end && *at != NAME_END && *at != PAIR_END)
		at++;
	return at;
}

/* As rmqi_properties_next tells them apart, in one pass: a name ends at the first NAME_END, and neither it
 * nor its value is empty. */
void mb_send_properties_read(struct rmqi_str text, struct mb_send_properties *out)
{
	const char *at = text.ptr, *end = text.ptr + text.len, *mark, *stop;

	*out = (struct mb_send_properties){.must_wait = true};
	if (text.len == 0)
		return;
	for (; at < end; at = stop + 1) {
		mark = stop = find_mark(text, at);
		while (stop < end && *stop != PAIR_END)
			stop = find_mark(text, stop + 1);
		if (mark > at && stop > mark + 1)
			read_pair(rmqi_str_n(at, (size_t)(mark - at)),
				  rmqi_str_n(mark + 1, (size_t)(stop - mark - 1)), out);
	}
}

static void copy(const struct mb_send_properties *p, struct rmqi_str text, bool drop_delay,
		 struct rmqi_buf *out)
{
	static const char *const stamp[] = {RMQI_PROP_MSG_REGION, RMQI_PROP_TRACE_ON,
					    RMQI_PROP_CLUSTER, RMQI_PROP_POP_CK, NULL};
	static const char *const both[] = {
		RMQI_PROP_MSG_REGION, RMQI_PROP_TRACE_ON,   RMQI_PROP_CLUSTER,  RMQI_PROP_POP_CK,
		RMQI_PROP_DELAY,      RMQI_PROP_REAL_TOPIC, RMQI_PROP_REAL_QID, NULL};

	if (drop_delay && p->has_old_delay) {
		rmqi_properties_copy_without(out, text, both);
		return;
	}
	if (p->has_old_stamp) {
		rmqi_properties_copy_without(out, text, stamp);
		return;
	}
	rmqi_buf_add_str(out, text);
	if (text.len && text.ptr[text.len - 1] != PAIR_END)
		rmqi_buf_add_u8(out, PAIR_END);
}

void mb_send_properties_write(const struct mb_send_properties *p, struct rmqi_str text,
			      const struct rmqi_buf *stamp, bool drop_delay, struct rmqi_buf *out)
{
	rmqi_buf_reset(out);
	copy(p, text, drop_delay, out);
	if (!p->has_uniq_key)
		rmqi_properties_add(out, RMQI_STR(RMQI_PROP_UNIQ_KEY), p->uniq_key);
	rmqi_buf_add(out, rmqi_buf_data(stamp), stamp->len);
}
