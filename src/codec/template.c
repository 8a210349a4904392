/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.c
 *
 * How it is made: the encoder writes a header whose varying fields hold marks, values that
 * nothing else has; they are found in the order of the table, and what stands between them
 * are the literals. In the binary form the length word before a value belongs to the value.
 * Then a second header is written both ways and compared.
 */
#include "codec/template.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/command_form.h"

enum {
	OPAQUE = RMQI_F_F64 + 1, /* as the type of a hole */
	OPAQUE_AT = RMQI_FRAME_PREFIX + 5,
	EXT_LEN_AT = RMQI_FRAME_PREFIX + 17,
	VALUE_LEN = 4,
	HEADER_MAX = 1024,
	MARK_MAX = 24,
	ESCAPE_MAX = 6, /* bytes of \u0001 */
	BLOCK = RMQI_TEMPLATE_SLACK,
	/* Of a time of thirteen digits: eight stand behind five. */
	TIME_TAIL = 100 * 1000 * 1000,
	TIME_FRONT_LEAST = 10 * 1000,
	TIME_FRONT_MOST = 100 * 1000 - 1
};

/* How a header is marked: two of them differ in every field; so do the usual ones, the numbers of
 * which are such as template_usual.h wants. */
enum marks { FIRST, SECOND, USUAL, OTHER_USUAL };

/* A header struct with marks. */
struct marked {
	_Alignas(max_align_t) uint8_t header[HEADER_MAX];
	char texts[RMQI_TEMPLATE_HOLES * 2][MARK_MAX];
	int32_t opaque;
};

static bool is_usual(enum marks which)
{
	return which >= USUAL;
}

static int64_t mark_of(size_t at, enum marks which)
{
	return 2000000011 + 1009 * (int64_t)at + 500009 * (int64_t)which;
}

static int32_t small_mark_of(size_t at, enum marks which)
{
	return is_usual(which) ? (int32_t)((at + which) % 10) : (int32_t)mark_of(at, which);
}

static int64_t large_mark_of(size_t at, enum marks which)
{
	return is_usual(which) ? mark_of(at, which) * 1000 + 7 : mark_of(at, which);
}

/* --- Writing ------------------------------------------------------------------------------------ */

/* In whole blocks: there is room for the rest of the last one, here and there. Most are one. */
static inline uint8_t *put_literal(uint8_t *at, const uint8_t *from, size_t len)
{
	memcpy(at, from, BLOCK);
	for (size_t i = BLOCK; i < len; i += BLOCK)
		memcpy(at + i, from + i, BLOCK);
	return at + len;
}

static inline uint8_t *put_bytes(uint8_t *at, struct rmqi_str text)
{
	struct rmqi_writer w = {.at = at};

	rmqi_writer_raw(&w, text.ptr, text.len);
	return w.at;
}

static inline uint8_t *put_number(uint8_t *at, unsigned type, const void *member)
{
	return rmqi_writer_put_dec(at, type == RMQI_F_I32 ? *(const int32_t *)member
							  : *(const int64_t *)member);
}

static uint8_t *put_json(const struct rmqi_template *t, uint8_t *at, int32_t opaque,
			 const void *header)
{
	const uint8_t *from = t->literals;

	for (size_t i = 0; i < t->hole_count; i++) {
		const struct rmqi_template_hole *h = &t->holes[i];
		const void *member = (const char *)header + h->offset;

		at = put_literal(at, from, h->literal);
		from += h->literal;
		if (h->type == RMQI_F_STR)
			at = rmqi_command_raw_text(at, *(const struct rmqi_str *)member);
		else
			at = put_number(at, h->type == OPAQUE ? RMQI_F_I32 : h->type,
					h->type == OPAQUE ? &opaque : member);
	}
	return put_literal(at, from, t->len - (size_t)(from - t->literals));
}

static uint8_t *put_holes(const struct rmqi_template *t, uint8_t *at, const void *header)
{
	const struct rmqi_template_hole *end = t->holes + t->hole_count;
	const uint8_t *from = t->literals;
	uint8_t *value;

	for (const struct rmqi_template_hole *h = t->holes; h < end; h++) {
		const void *member = (const char *)header + h->offset;

		value = put_literal(at, from, h->literal) + VALUE_LEN;
		from += h->literal;
		if (h->type == RMQI_F_STR)
			at = put_bytes(value, *(const struct rmqi_str *)member);
		else
			at = put_number(value, h->type, member);
		rmqi_writer_put_u32(value - VALUE_LEN, (uint32_t)(at - value));
	}
	return put_literal(at, from, t->len - (size_t)(from - t->literals));
}

/* False: one is not usual. */
static inline bool put_digits(const struct rmqi_usual *u, uint8_t *const *parts, const void *header)
{
	const struct rmqi_usual_number *n = u->digits, *end = n + u->digit_count;
	bool is_usual = true;

	for (; n < end; n++) {
		uint32_t v = *(const uint32_t *)((const char *)header + n->offset);

		parts[n->part][n->at] = (uint8_t)('0' + v);
		is_usual &= v <= 9;
	}
	return is_usual;
}

static inline bool put_times(const struct rmqi_usual *u, uint8_t *const *parts, const void *header)
{
	const struct rmqi_usual_number *n = u->times, *end = n + u->time_count;
	bool is_usual = true;

	for (; n < end; n++) {
		uint64_t v = *(const uint64_t *)((const char *)header + n->offset);
		uint64_t front = v / TIME_TAIL;
		uint8_t *at = parts[n->part] + n->at;

		is_usual &= front >= TIME_FRONT_LEAST && front <= TIME_FRONT_MOST;
		/* It changes once a day. The last five of eight; the others are overwritten. */
		if (front != u->time_front)
			rmqi_writer_put_word(at, rmqi_writer_eight_digits(front) >> 24);
		rmqi_writer_put_word(at + 5, rmqi_writer_eight_digits(v % TIME_TAIL));
	}
	return is_usual;
}

/* NULL: this header is not one. */
static inline uint8_t *put_usual(const struct rmqi_usual *u, uint8_t *at, const void *header)
{
	const struct rmqi_usual_part *p = u->parts, *last = p + u->text_count;
	const uint8_t *from = u->literals;
	uint8_t *parts[RMQI_USUAL_TEXTS + 1], **part = parts;

	for (; p < last; p++) {
		const struct rmqi_str *text =
			(const struct rmqi_str *)((const char *)header + p->offset);

		*part++ = at;
		at = put_literal(at, from, p->literal);
		from += p->literal;
		rmqi_writer_put_u32(at - VALUE_LEN, (uint32_t)text->len);
		at = put_bytes(at, *text);
	}
	*part = at;
	at = put_literal(at, from, last->literal);
	return put_digits(u, parts, header) && put_times(u, parts, header) ? at : NULL;
}

static inline uint8_t *put_binary(const struct rmqi_template *t, uint8_t *start, int32_t opaque,
				  const void *header)
{
	uint8_t *end = t->usual.text_count ? put_usual(&t->usual, start, header) : NULL;

	if (!end)
		end = put_holes(t, start, header);
	rmqi_writer_put_u32(start + OPAQUE_AT, (uint32_t)opaque);
	rmqi_writer_put_u32(start + EXT_LEN_AT,
			    (uint32_t)((size_t)(end - start) - EXT_LEN_AT - VALUE_LEN));
	return end;
}

/* The most that the texts may need. */
static size_t texts_room(const struct rmqi_template *t, const void *header)
{
	size_t len = 0;

	for (size_t i = 0; i < t->text_count; i++)
		len += ((const struct rmqi_str *)((const char *)header + t->texts[i]))->len;
	return t->serialization == RMQI_JSON ? ESCAPE_MAX * len : len;
}

enum rmq_error rmqi_template_encode(const struct rmqi_template *t, struct rmqi_buf *out,
				    int32_t opaque, const void *header, size_t body_len)
{
	size_t room = t->room + texts_room(t, header), len;
	uint8_t *start, *end;
	enum rmq_error err;

	if (body_len > RMQI_FRAME_MAX || room > RMQI_FRAME_MAX - body_len)
		return RMQ_ERR_TOO_LARGE;
	err = rmqi_buf_reserve(out, room + BLOCK, &start);
	if (err != RMQ_OK)
		return err;
	end = t->serialization == RMQI_JSON ? put_json(t, start, opaque, header)
					    : put_binary(t, start, opaque, header);
	len = (size_t)(end - start);
	/* `room` is the most that may come. */
	assert(len <= room);
	rmqi_writer_put_u32(start, (uint32_t)(len - 4 + body_len));
	rmqi_writer_put_u32(start + 4,
			    (uint32_t)t->serialization << 24 | (uint32_t)(len - RMQI_FRAME_PREFIX));
	rmqi_buf_commit(out, len);
	return RMQ_OK;
}

/* --- Making ------------------------------------------------------------------------------------- */

static bool is_usual_time(int64_t v)
{
	return v / TIME_TAIL >= TIME_FRONT_LEAST && v / TIME_TAIL <= TIME_FRONT_MOST;
}

/* A usual time stays what it is: most of those to come begin like it. */
static void mark_large(int64_t *member, size_t at, enum marks which)
{
	if (which != USUAL || !is_usual_time(*member))
		*member = large_mark_of(at, which);
}

/* False: it cannot hold a mark. */
static bool mark_field(struct marked *m, const struct rmqi_field *f, size_t at, enum marks which)
{
	void *member = m->header + f->offset;
	char *text = m->texts[at];

	snprintf(text, MARK_MAX, "%lld", (long long)mark_of(at, which));
	switch (f->type) {
	case RMQI_F_STR:
		*(struct rmqi_str *)member = rmqi_str(text);
		return true;
	case RMQI_F_I32:
		*(int32_t *)member = small_mark_of(at, which);
		return true;
	case RMQI_F_I64:
		mark_large(member, at, which);
		return true;
	case RMQI_F_BOOL:
	case RMQI_F_F64:
		return false;
	}
	return false;
}

static bool mark(struct marked *m, const struct rmqi_header_desc *desc, const void *header,
		 uint64_t varying, enum marks which)
{
	bool is_good = desc->struct_size <= HEADER_MAX && desc->field_count < RMQI_COUNT(m->texts);

	if (is_good)
		memcpy(m->header, header, desc->struct_size);
	for (size_t i = 0; is_good && i < desc->field_count; i++)
		if (varying >> i & 1)
			is_good = mark_field(m, &desc->fields[i], i, which);
	m->opaque = (int32_t)mark_of(desc->field_count, which);
	return is_good;
}

/* Takes what stands before `text` as a literal. */
static bool cut_hole(struct rmqi_template *t, struct rmqi_cursor *rest, const char *text,
		     unsigned type, size_t offset)
{
	struct rmqi_template_hole *h = &t->holes[t->hole_count];
	const uint8_t *hit = memmem(rest->ptr, rest->len, text, strlen(text));
	size_t before, kept;

	if (!hit || t->hole_count == RMQI_TEMPLATE_HOLES)
		return false;
	if (type == RMQI_F_STR)
		t->texts[t->text_count++] = (uint16_t)offset;
	before = (size_t)(hit - rest->ptr);
	kept = t->serialization == RMQI_BINARY ? before - VALUE_LEN : before;
	if (before < kept || t->len + kept > RMQI_TEMPLATE_SIZE)
		return false;
	memcpy(t->literals + t->len, rest->ptr, kept);
	t->len += kept;
	*h = (struct rmqi_template_hole){(uint16_t)kept, (uint16_t)offset, (uint8_t)type};
	t->hole_count++;
	return rmqi_cursor_skip(rest, before + strlen(text));
}

static bool cut(struct rmqi_template *t, struct rmqi_cursor rest, const struct marked *m,
		const struct rmqi_header_desc *desc, uint64_t varying)
{
	char opaque[MARK_MAX];

	for (size_t i = 0; i < desc->field_count; i++) {
		const struct rmqi_field *f = &desc->fields[i];

		if ((varying >> i & 1) && !cut_hole(t, &rest, m->texts[i], f->type, f->offset))
			return false;
	}
	snprintf(opaque, sizeof(opaque), "%d", (int)m->opaque);
	if (t->serialization == RMQI_JSON && !cut_hole(t, &rest, opaque, OPAQUE, 0))
		return false;
	if (t->hole_count == 0 || t->len + rest.len > RMQI_TEMPLATE_SIZE)
		return false;
	memcpy(t->literals + t->len, rest.ptr, rest.len);
	t->len += rest.len;
	t->room = t->len + t->hole_count * (RMQI_DEC_MAX + VALUE_LEN);
	return true;
}

static enum rmq_error encode(struct rmqi_buf *out, const struct rmqi_command_meta *meta,
			     const struct rmqi_header_desc *desc, const struct marked *m)
{
	struct rmqi_command_meta marked = *meta;

	marked.opaque = m->opaque;
	rmqi_buf_reset(out);
	return rmqi_command_encode(out, &marked, desc, m->header, NULL, 0, 0);
}

/* Another header, both ways. RMQ_ERR_UNSUPPORTED: they differ. */
static enum rmq_error check(const struct rmqi_template *t, const struct rmqi_command_meta *meta,
			    const struct rmqi_header_desc *desc, const struct marked *m)
{
	struct rmqi_buf plain, filled;
	enum rmq_error err;

	rmqi_buf_init(&plain, RMQI_FRAME_MAX);
	rmqi_buf_init(&filled, RMQI_FRAME_MAX);
	err = encode(&plain, meta, desc, m);
	if (err == RMQ_OK)
		err = rmqi_template_encode(t, &filled, m->opaque, m->header, 0);
	if (err == RMQ_OK &&
	    (plain.len != filled.len ||
	     memcmp(rmqi_buf_data(&plain), rmqi_buf_data(&filled), plain.len) != 0))
		err = RMQ_ERR_UNSUPPORTED;
	rmqi_buf_deinit(&plain);
	rmqi_buf_deinit(&filled);
	return err;
}

/* Are its large numbers that vary times? Else no header is a usual one, and to try costs as much as to write. */
static bool has_usual_times(const struct rmqi_header_desc *desc, const void *header, uint64_t varying)
{
	for (size_t i = 0; i < desc->field_count; i++) {
		const struct rmqi_field *f = &desc->fields[i];

		if ((varying >> i & 1) && f->type == RMQI_F_I64 &&
		    !is_usual_time(*(const int64_t *)rmqi_parts_member(header, f)))
			return false;
	}
	return true;
}

/* The same for the usual ones. If that form differs, there is none. RMQ_ERR_NO_MEMORY. */
static enum rmq_error make_usual(struct rmqi_template *t, const struct rmqi_command_meta *meta,
				 const struct rmqi_header_desc *desc, const void *header,
				 uint64_t varying)
{
	enum rmq_error err = RMQ_ERR_UNSUPPORTED;
	struct rmqi_buf text;
	struct marked m;

	rmqi_buf_init(&text, RMQI_FRAME_MAX);
	if (t->serialization == RMQI_BINARY && meta->remark.len == 0 &&
	    has_usual_times(desc, header, varying) && mark(&m, desc, header, varying, USUAL))
		err = encode(&text, meta, desc, &m);
	if (err == RMQ_OK &&
	    !(rmqi_usual_init(&t->usual, desc, rmqi_buf_cursor(&text), m.header, varying) &&
	      mark(&m, desc, header, varying, OTHER_USUAL)))
		err = RMQ_ERR_UNSUPPORTED;
	if (err == RMQ_OK)
		err = check(t, meta, desc, &m);
	if (err != RMQ_OK)
		t->usual = (struct rmqi_usual){0};
	rmqi_buf_deinit(&text);
	return err == RMQ_ERR_NO_MEMORY ? err : RMQ_OK;
}

enum rmq_error rmqi_template_init(struct rmqi_template *t, const struct rmqi_command_meta *meta,
				  const struct rmqi_header_desc *desc, const void *header,
				  uint64_t varying)
{
	struct rmqi_template made = {.serialization = meta->serialization,
				     .code = meta->code,
				     .flag = meta->flag,
				     .present = *(const uint64_t *)header};
	enum rmq_error err = RMQ_ERR_UNSUPPORTED;
	struct rmqi_buf text;
	struct marked m;

	*t = (struct rmqi_template){0};
	rmqi_buf_init(&text, RMQI_FRAME_MAX);
	if (mark(&m, desc, header, varying, FIRST))
		err = encode(&text, meta, desc, &m);
	if (err == RMQ_OK && !cut(&made, rmqi_buf_cursor(&text), &m, desc, varying))
		err = RMQ_ERR_UNSUPPORTED;
	if (err == RMQ_OK && mark(&m, desc, header, varying, SECOND))
		err = check(&made, meta, desc, &m);
	if (err == RMQ_OK)
		err = make_usual(&made, meta, desc, header, varying);
	if (err == RMQ_OK)
		*t = made;
	rmqi_buf_deinit(&text);
	return err == RMQ_ERR_NO_MEMORY ? err : RMQ_OK;
}
