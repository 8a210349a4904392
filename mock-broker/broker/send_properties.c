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

/* Every message has a UNIQ_KEY; the others are told apart by the first letter: most are the user's. */
static void read_pair(struct rmqi_str name, struct rmqi_str value, struct mb_send_properties *out)
{
	if (rmqi_str_is(name, RMQI_PROP_UNIQ_KEY)) {
		out->uniq_key = value;
		out->has_uniq_key = true;
		return;
	}
	switch (name.ptr[0]) {
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

/* How far the text was gone through. */
struct pass {
	const char *pair;  /* where the pair at hand begins */
	const char *value; /* where its value begins; NULL: its name has not ended */
	struct mb_send_properties *out;
};

static inline void end_pair(struct pass *p, const char *at)
{
	const char *value = p->value;

	/* Neither name nor value is empty. */
	if (value && value > p->pair + 1 && at > value)
		read_pair(rmqi_str_n(p->pair, (size_t)(value - 1 - p->pair)),
			  rmqi_str_n(value, (size_t)(at - value)), p->out);
	p->pair = at + 1;
	p->value = NULL;
}

static inline void pass_mark(struct pass *p, const char *at)
{
	if (*at == PAIR_END)
		end_pair(p, at);
	else if (!p->value)
		p->value = at + 1;
}

#ifdef __SSE2__
/* Those of sixteen bytes that `which` has a bit for. Returns a bit for each of the sixteen that is no ASCII. */
static inline int pass_block(struct pass *p, const char *at, unsigned which)
{
	const uint8_t *block = (const uint8_t *)at;
	unsigned marks = (unsigned)rmqi_block_find_either(block, NAME_END, PAIR_END) & which;

	for (; marks; marks &= marks - 1)
		pass_mark(p, at + __builtin_ctz(marks));
	return rmqi_block_high_bits(block);
}

/* All whole blocks; the last one of a text that is not made of such ends with it, and is passed from where
 * the one before ended. */
static const char *pass_blocks(struct pass *p, const char *at, const char *end)
{
	const unsigned all = 0xffff;
	int others = 0;

	if (end - at < 16)
		return at;
	for (; end - at >= 16; at += 16)
		others |= pass_block(p, at, all);
	if (at < end)
		others |= pass_block(p, end - 16, all << (16 - (end - at)) & all);
	p->out->is_ascii = others == 0;
	return end;
}
#else
static const char *pass_blocks(struct pass *p, const char *at, const char *end)
{
	(void)p;
	(void)end;
	return at;
}
#endif

/* Member by member: to zero all of it at once takes a word at a time. */
static void clear(struct mb_send_properties *out)
{
	const struct rmqi_str none = {NULL, 0};

	out->uniq_key = out->keys = out->tags = none;
	out->timer_sec = out->timer_ms = out->timer_at = none;
	out->priority = out->lite_topic = none;
	out->delay_level = 0;
	out->has_delay = out->is_transaction = out->is_timer = out->is_sharded = false;
	out->has_timer_out = out->has_inner_num = false;
	out->has_old_stamp = out->has_old_delay = out->has_uniq_key = false;
	out->must_wait = out->is_ascii = true;
}

/* As rmqi_properties_next tells them apart, in one pass: a name ends at the first NAME_END, and neither it
 * nor its value is empty. */
void mb_send_properties_read(struct rmqi_str text, struct mb_send_properties *out)
{
	struct pass p = {.pair = text.ptr, .out = out};
	const char *at, *end;

	clear(out);
	if (text.len == 0)
		return;
	end = text.ptr + text.len;
	for (at = pass_blocks(&p, text.ptr, end); at < end; at++) {
		out->is_ascii &= (uint8_t)*at < 0x80;
		if (*at == NAME_END || *at == PAIR_END)
			pass_mark(&p, at);
	}
	if (p.pair < end)
		end_pair(&p, end);
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
