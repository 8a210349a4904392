/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/template_usual.h"

#include <string.h>

#include "codec/frame.h"

enum {
	FIELDS_AT = RMQI_FRAME_PREFIX + 21, /* there is no remark */
	TIME_DIGITS = 13,
	TIME_TAIL = 100 * 1000 * 1000 /* eight of them */
};

/* What was cut so far, and where the part begins that comes next. */
struct cut {
	struct rmqi_usual *usual;
	const uint8_t *begin;
	size_t len;
};

static bool cut_part(struct cut *c, const uint8_t *end, uint16_t offset)
{
	struct rmqi_usual *u = c->usual;
	size_t literal = (size_t)(end - c->begin);

	if (literal > RMQI_USUAL_SIZE - c->len)
		return false;
	memcpy(u->literals + c->len, c->begin, literal);
	c->len += literal;
	u->parts[u->text_count] =
		(struct rmqi_usual_part){.literal = (uint16_t)literal, .offset = offset};
	return true;
}

static bool cut_text(struct cut *c, struct rmqi_cursor value, const struct rmqi_field *f)
{
	if (c->usual->text_count == RMQI_USUAL_TEXTS || !cut_part(c, value.ptr, f->offset))
		return false;
	c->usual->text_count++;
	c->begin = value.ptr + value.len;
	return true;
}

static bool cut_number(struct cut *c, struct rmqi_cursor value, const struct rmqi_field *f)
{
	struct rmqi_usual *u = c->usual;
	size_t at = (size_t)(value.ptr - c->begin);
	struct rmqi_usual_number n = {f->offset, (uint8_t)u->text_count, (uint8_t)at};

	if (at > UINT8_MAX)
		return false;
	if (f->type == RMQI_F_I32 && value.len == 1 && u->digit_count < RMQI_USUAL_NUMBERS)
		u->digits[u->digit_count++] = n;
	else if (f->type == RMQI_F_I64 && value.len == TIME_DIGITS && u->time_count == 0)
		u->times[u->time_count++] = n;
	else
		return false;
	return true;
}

static bool cut_field(struct cut *c, struct rmqi_cursor *rest, const struct rmqi_field *f,
		      bool is_varying)
{
	struct rmqi_cursor value;
	uint32_t len;
	uint16_t key;

	if (!(rmqi_cursor_u16(rest, &key) &&        /* length of the key */
	      rmqi_cursor_skip(rest, key) &&        /* key */
	      rmqi_cursor_u32(rest, &len) &&        /* length of the value */
	      rmqi_cursor_take(rest, len, &value))) /* value */
		return false;
	if (!is_varying)
		return true;
	return f->type == RMQI_F_STR ? cut_text(c, value, f) : cut_number(c, value, f);
}

bool rmqi_usual_init(struct rmqi_usual *u, const struct rmqi_header_desc *desc,
		     struct rmqi_cursor frame, const void *sample, uint64_t varying)
{
	uint64_t present = *(const uint64_t *)sample | desc->required;
	struct rmqi_cursor rest = frame;
	struct rmqi_usual made = {0};
	struct cut c = {.usual = &made, .begin = frame.ptr};
	bool is_good = rmqi_cursor_skip(&rest, FIELDS_AT);

	for (size_t i = 0; is_good && i < desc->field_count; i++)
		if (present >> i & 1)
			is_good = cut_field(&c, &rest, &desc->fields[i], varying >> i & 1);
	if (made.time_count)
		made.time_front = *(const uint64_t *)((const char *)sample + made.times[0].offset) /
				  TIME_TAIL;
	is_good = is_good && made.text_count > 0 && cut_part(&c, rest.ptr + rest.len, 0);
	*u = is_good ? made : (struct rmqi_usual){0};
	return is_good;
}
