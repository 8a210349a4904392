/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_form.h - the two written forms of a command's header. For command.c.
 */
#ifndef RMQI_CODEC_COMMAND_FORM_H
#define RMQI_CODEC_COMMAND_FORM_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "codec/command.h"
#include "codec/schema.h"
#include "codec/writer.h"

/* What goes into the header, as rmqi_command_encode got it. */
struct rmqi_command_parts {
	const struct rmqi_command_meta *meta;
	const struct rmqi_header_desc *desc; /* NULL: none */
	const void *header;
	const struct rmqi_ext *extra;
	size_t extra_count;
};

/* The fields that are written, one bit each. */
static inline uint64_t rmqi_parts_present(const struct rmqi_command_parts *p)
{
	uint64_t bits;

	if (!p->desc)
		return 0;
	/* Every header struct starts with its presence bits. */
	bits = *(const uint64_t *)p->header | p->desc->required;
	/* A bit of another header's field would lead out of the table. */
	assert(bits >> p->desc->field_count == 0);
	return bits;
}

/* Takes the lowest bit off *bits: the next field, in the order of the table. */
static inline const struct rmqi_field *rmqi_parts_next(const struct rmqi_field *fields,
						       uint64_t *bits)
{
	const struct rmqi_field *f = &fields[__builtin_ctzll(*bits)];

	*bits &= *bits - 1;
	return f;
}

/* A fixed size is copied faster than a measured one. Needs RMQI_WIRE_ROOM bytes of room. */
enum { RMQI_WIRE_ROOM = 32 };
static inline void rmqi_parts_raw_wire(struct rmqi_writer *w, const char *from, size_t len)
{
	memcpy(w->at, from, RMQI_WIRE_ROOM);
	w->at += len;
}

static inline const void *rmqi_parts_member(const void *header, const struct rmqi_field *f)
{
	return (const char *)header + f->offset;
}

/* Writes a JSON text without its quotes and returns its end: at most 6 bytes for each. */
uint8_t *rmqi_command_raw_text(uint8_t *at, struct rmqi_str text);

enum { RMQI_VALUE_MAX = 32 }; /* text of a number, bool or double */
void rmqi_command_raw_double(struct rmqi_writer *w, double v);

static inline void rmqi_command_raw_bool(struct rmqi_writer *w, bool v)
{
	if (v)
		rmqi_writer_raw(w, "true", 4);
	else
		rmqi_writer_raw(w, "false", 5);
}

/* Writes all but text, at most RMQI_VALUE_MAX bytes, unchecked. */
static inline void rmqi_command_raw_value(struct rmqi_writer *w, enum rmqi_field_type type,
					  const void *member)
{
	switch (type) {
	case RMQI_F_I32:
		rmqi_writer_raw_dec(w, *(const int32_t *)member);
		break;
	case RMQI_F_I64:
		rmqi_writer_raw_dec(w, *(const int64_t *)member);
		break;
	case RMQI_F_BOOL:
		rmqi_command_raw_bool(w, *(const bool *)member);
		break;
	case RMQI_F_F64:
		rmqi_command_raw_double(w, *(const double *)member);
		break;
	case RMQI_F_STR: /* the forms differ in how they write text */
		break;
	}
}

/* Both expect a fresh command and set all but body. */
enum rmq_error rmqi_command_json_decode(struct rmqi_command *c, struct rmqi_cursor header);
enum rmq_error rmqi_command_binary_decode(struct rmqi_command *c, struct rmqi_cursor header);
void rmqi_command_json_encode(struct rmqi_writer *w, const struct rmqi_command_parts *p);
void rmqi_command_binary_encode(struct rmqi_writer *w, const struct rmqi_command_parts *p);

/* LanguageCode.java: NULL for a number without a name; -1 for a name without a number. */
const char *rmqi_language_name(int32_t language);
enum { RMQI_LANGUAGES = 14 }; /* those below have a name */
int32_t rmqi_language_of(struct rmqi_str name);

#endif
