/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* --- Fields ---------------------------------------------------------------------------------- */

static void add(struct mb_fields *f, struct rmqi_str key, struct rmqi_str value)
{
	if (f->count < RMQI_EXT_MAX)
		f->at[f->count++] = (struct rmqi_ext){key, value};
}

/* The name of a key on the wire. The letters follow the order of the fields (SendMessageRequestHeaderV2.java). */
static struct rmqi_str name_of(const struct rmqi_header_desc *desc, struct rmqi_str key)
{
	size_t at;

	if (!desc || !desc->short_keys || key.len != 1 || key.ptr[0] < 'a')
		return key;
	at = (size_t)(key.ptr[0] - 'a');
	if (at >= desc->field_count || desc->fields[at].short_key[0] != key.ptr[0])
		return key;
	return rmqi_str(desc->fields[at].key);
}

void mb_fields_of_command(struct mb_fields *f, const struct rmqi_command *command,
			  const struct rmqi_header_desc *desc)
{
	f->count = 0;
	for (size_t i = 0; i < command->ext_count; i++)
		add(f, name_of(desc, command->ext[i].key), command->ext[i].value);
}

/* A member as it goes on the wire. */
static struct rmqi_str member_text(const struct rmqi_field *field, const void *header, char *room,
				   size_t size)
{
	const char *at = (const char *)header + field->offset;
	struct rmqi_str text;
	int64_t wide = 0;
	int32_t narrow;
	double real;
	bool is_true;

	switch (field->type) {
	case RMQI_F_STR:
		memcpy(&text, at, sizeof(text));
		return text;
	case RMQI_F_BOOL:
		memcpy(&is_true, at, sizeof(is_true));
		return is_true ? RMQI_STR("true") : RMQI_STR("false");
	case RMQI_F_F64:
		memcpy(&real, at, sizeof(real));
		snprintf(room, size, "%.17g", real);
		return rmqi_str(room);
	case RMQI_F_I64:
		memcpy(&wide, at, sizeof(wide));
		break;
	case RMQI_F_I32:
		memcpy(&narrow, at, sizeof(narrow));
		wide = narrow;
		break;
	}
	snprintf(room, size, "%" PRId64, wide);
	return rmqi_str(room);
}

static void add_header(struct mb_fields *f, const struct rmqi_header_desc *desc, const void *header)
{
	uint64_t has;

	memcpy(&has, header, sizeof(has)); /* the first member of each */
	has |= desc->required;
	for (size_t i = 0; i < desc->field_count && f->count < RMQI_EXT_MAX; i++) {
		const struct rmqi_field *field = &desc->fields[i];
		char *room = f->numbers[f->count];

		if (has & (UINT64_C(1) << i))
			add(f, rmqi_str(field->key),
			    member_text(field, header, room, sizeof(f->numbers[0])));
	}
}

void mb_fields_of_outgoing(struct mb_fields *f, const struct rmqi_outgoing *outgoing)
{
	f->count = 0;
	if (outgoing->desc)
		add_header(f, outgoing->desc, outgoing->header);
	for (size_t i = 0; i < outgoing->extra_count; i++)
		add(f, outgoing->extra[i].key, outgoing->extra[i].value);
}

/* --- Blocks ------------------------------------------------------------------------------------- */

static size_t fields_size(const struct rmqi_ext *fields, size_t count)
{
	size_t size = count * sizeof(*fields);

	for (size_t i = 0; i < count; i++)
		size += fields[i].key.len + fields[i].value.len + 2;
	return size;
}

/* Copies to *at, which moves behind it. */
static const char *put(char **at, const void *bytes, size_t len)
{
	char *to = *at;

	rmqi_memcpy(to, bytes, len);
	to[len] = '\0';
	*at += len + 1;
	return to;
}

static struct rmqi_str put_str(char **at, struct rmqi_str text)
{
	return rmqi_str_n(put(at, text.ptr, text.len), text.len);
}

/* The rows stand first: they must be aligned. */
static const struct rmqi_ext *put_fields(void *rows, char **at, const struct rmqi_ext *fields,
					 size_t count)
{
	struct rmqi_ext *to = rows;

	for (size_t i = 0; i < count; i++) {
		to[i].key = put_str(at, fields[i].key);
		to[i].value = put_str(at, fields[i].value);
	}
	return to;
}

struct mb_seen *mb_seen_new(const struct mb_seen *from, size_t body_max)
{
	size_t body = from->body.len < body_max ? from->body.len : body_max;
	size_t size = sizeof(*from) + fields_size(from->fields, from->field_count) +
		      from->node.len + from->client_id.len + from->peer.len + from->problem.len +
		      body + 5;
	struct mb_seen *s = rmqi_alloc(size);
	char *at;

	if (!s)
		return NULL;
	*s = *from;
	atomic_init(&s->refs, 1);
	at = (char *)(s + 1) + from->field_count * sizeof(*from->fields);
	s->fields = put_fields(s + 1, &at, from->fields, from->field_count);
	s->node = put_str(&at, from->node);
	s->client_id = put_str(&at, from->client_id);
	s->peer = put_str(&at, from->peer);
	s->problem = put_str(&at, from->problem);
	s->body = rmqi_cursor(put(&at, from->body.ptr, body), body);
	s->size = size;
	return s;
}

struct mb_outcome *mb_outcome_new(const struct mb_outcome *from)
{
	size_t size = sizeof(*from) + fields_size(from->fields, from->field_count) +
		      from->remark.len + 1 + from->body.len;
	struct mb_outcome *o = rmqi_alloc(size);
	char *at;

	if (!o)
		return NULL;
	*o = *from;
	atomic_init(&o->refs, 1);
	at = (char *)(o + 1) + from->field_count * sizeof(*from->fields);
	o->fields = put_fields(o + 1, &at, from->fields, from->field_count);
	o->remark = put_str(&at, from->remark);
	rmqi_memcpy(at, from->body.ptr, from->body.len);
	o->body.ptr = (const uint8_t *)at;
	o->size = size;
	return o;
}

struct mb_seen *mb_seen_ref(struct mb_seen *s)
{
	(void)atomic_fetch_add(&s->refs, 1);
	return s;
}

void mb_seen_unref(struct mb_seen *s)
{
	if (s && atomic_fetch_sub(&s->refs, 1) == 1)
		rmqi_free(s);
}

struct mb_outcome *mb_outcome_ref(struct mb_outcome *o)
{
	if (o)
		(void)atomic_fetch_add(&o->refs, 1);
	return o;
}

void mb_outcome_unref(struct mb_outcome *o)
{
	if (o && atomic_fetch_sub(&o->refs, 1) == 1)
		rmqi_free(o);
}

bool mb_seen_field(const struct mb_seen *s, const char *key, struct rmqi_str *out)
{
	for (size_t i = 0; i < s->field_count; i++) {
		if (!rmqi_str_is(s->fields[i].key, key))
			continue;
		*out = s->fields[i].value;
		return true;
	}
	return false;
}
