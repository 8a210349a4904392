/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ROCKETMQ form of a header (RocketMQSerializable.rocketMQProtocolEncode):
 *
 *     code i16 | language u8 | version i16 | opaque i32 | flag i32
 *     remark_len u32 | remark | ext_len u32 | entries
 *     entry: key_len u16 | key | value_len u32 | value
 *
 * An empty value cannot be told from an absent one: it is read as absent.
 */
#include "codec/command_form.h"
#include "codec/command_letters.h"

enum {
	AT_LANGUAGE = 2,
	AT_VERSION = 3,
	AT_OPAQUE = 5,
	AT_FLAG = 9,
	AT_REMARK_LEN = 13,
	FIXED_SIZE = 17, /* code .. remark_len */
	EXT_LEN_SIZE = 4,
	ENTRY_SIZE = 2 + 4, /* the two lengths of an entry */
	KEY_MAX = 0x7fff,   /* key_len is signed in Java */
	LANGUAGE_OTHER = 7
};

/* They load what was checked to be there: this is the hottest part of the codec. */

static inline size_t load_u16(const uint8_t *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static inline size_t load_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The entries from `c` on. Both lengths of one must be there, so one comparison stands for four reads. */
static bool read_entries(struct rmqi_cursor c, struct rmqi_command *out)
{
	const uint8_t *at = c.ptr, *end = at + c.len, *value;
	struct rmqi_ext *to = out->ext + out->ext_count, *last = out->ext + RMQI_EXT_MAX;
	size_t key_len, value_len, left;

	for (; at < end; at = value + value_len) {
		left = (size_t)(end - at);
		if (left < ENTRY_SIZE)
			return false;
		key_len = load_u16(at); /* key_len */
		if (key_len > KEY_MAX || key_len > left - ENTRY_SIZE)
			return false;
		value_len = load_u32(at + 2 + key_len); /* value_len */
		value = at + ENTRY_SIZE + key_len;
		if (value_len > left - ENTRY_SIZE - key_len)
			return false;
		if (!key_len || !value_len)
			continue;
		if (to == last)
			return false;
		*to++ = (struct rmqi_ext){{(const char *)at + 2, key_len},
					  {(const char *)value, value_len}};
	}
	out->ext_count = (size_t)(to - out->ext);
	return true;
}

static inline int32_t load_i16(const uint8_t *at)
{
	return (int16_t)(uint16_t)load_u16(at);
}

/* Takes all before the entries off *c; *ext_len is what it says of them. */
static bool read_fixed(struct rmqi_cursor *c, struct rmqi_command *out, size_t *ext_len)
{
	const uint8_t *at = c->ptr;
	size_t remark_len;

	if (c->len < FIXED_SIZE + EXT_LEN_SIZE)
		return false;
	remark_len = load_u32(at + AT_REMARK_LEN);
	if (remark_len > c->len - FIXED_SIZE - EXT_LEN_SIZE)
		return false;
	out->code = load_i16(at);
	out->language = at[AT_LANGUAGE] < RMQI_LANGUAGES ? at[AT_LANGUAGE] : -1;
	out->version = load_i16(at + AT_VERSION);
	out->opaque = (int32_t)load_u32(at + AT_OPAQUE);
	out->flag = (int32_t)load_u32(at + AT_FLAG);
	out->remark = rmqi_str_n(at + FIXED_SIZE, remark_len);
	*ext_len = load_u32(at + FIXED_SIZE + remark_len);
	return rmqi_cursor_skip(c, FIXED_SIZE + remark_len + EXT_LEN_SIZE);
}

enum rmq_error rmqi_command_binary_decode(struct rmqi_command *c, struct rmqi_cursor header)
{
	size_t ext_len;

	/* The entries are all that is left: any other length is not ours to interpret. */
	if (!read_fixed(&header, c, &ext_len) || ext_len != header.len)
		return RMQ_ERR_PROTOCOL;
	c->has_ext = ext_len != 0;
	if (rmqi_letters_are_due(c))
		rmqi_letters_binary(c, &header);
	return read_entries(header, c) ? RMQ_OK : RMQ_ERR_PROTOCOL;
}

/* Lengths are not checked against 32 bits here and below: command.c refuses the frame as a whole
 * long before. */

/* An ext field that no descriptor knows. */
static void put_extra(struct rmqi_writer *w, const struct rmqi_ext *e)
{
	if (!e->key.len)
		return;
	if (e->key.len > KEY_MAX) {
		rmqi_writer_fail(w, RMQ_ERR_TOO_LARGE);
		return;
	}
	if (!rmqi_writer_has(w, ENTRY_SIZE + e->key.len + e->value.len))
		return;
	rmqi_writer_raw_u16(w, (uint16_t)e->key.len);
	rmqi_writer_raw(w, e->key.ptr, e->key.len);
	rmqi_writer_raw_u32(w, (uint32_t)e->value.len);
	rmqi_writer_raw(w, e->value.ptr, e->value.len);
}

static inline void put_key(struct rmqi_writer *w, const struct rmqi_field *f)
{
	struct rmqi_str key = rmqi_field_wire(f);

	rmqi_writer_raw_u16(w, f->wire_len);
	rmqi_parts_raw_wire(w, key.ptr, key.len);
}

static inline void put_text(struct rmqi_writer *w, const struct rmqi_field *f,
			    struct rmqi_str value)
{
	if (!rmqi_writer_has(w, ENTRY_SIZE + RMQI_WIRE_ROOM + value.len))
		return;
	put_key(w, f);
	rmqi_writer_raw_u32(w, (uint32_t)value.len);
	rmqi_writer_raw(w, value.ptr, value.len);
}

static inline void put_value(struct rmqi_writer *w, const struct rmqi_field *f, const void *member)
{
	uint8_t *value;

	if (!rmqi_writer_has(w, ENTRY_SIZE + RMQI_WIRE_ROOM + RMQI_VALUE_MAX))
		return;
	put_key(w, f);
	value = w->at + 4;
	w->at = value;
	rmqi_command_raw_value(w, f->type, member);
	rmqi_writer_put_u32(value - 4, (uint32_t)(w->at - value));
}

static void put_entries(struct rmqi_writer *w, const struct rmqi_command_parts *p)
{
	const struct rmqi_field *fields = p->desc ? p->desc->fields : NULL;
	uint64_t bits = rmqi_parts_present(p);
	const void *header = p->header;

	while (bits) {
		const struct rmqi_field *f = rmqi_parts_next(fields, &bits);
		const void *member = rmqi_parts_member(header, f);

		if (f->type == RMQI_F_STR)
			put_text(w, f, *(const struct rmqi_str *)member);
		else
			put_value(w, f, member);
	}
	for (size_t i = 0; i < p->extra_count; i++)
		put_extra(w, &p->extra[i]);
}

static void put_fixed(struct rmqi_writer *w, const struct rmqi_command_meta *m)
{
	bool is_named = rmqi_language_name(m->language) != NULL;

	if (!rmqi_writer_has(w, FIXED_SIZE))
		return;
	rmqi_writer_raw_u16(w, (uint16_t)m->code);
	rmqi_writer_raw_u8(w, (uint8_t)(is_named ? m->language : LANGUAGE_OTHER));
	rmqi_writer_raw_u16(w, (uint16_t)m->version);
	rmqi_writer_raw_u32(w, (uint32_t)m->opaque);
	rmqi_writer_raw_u32(w, (uint32_t)m->flag);
	rmqi_writer_raw_u32(w, (uint32_t)m->remark.len);
}

void rmqi_command_binary_encode(struct rmqi_writer *w, const struct rmqi_command_parts *p)
{
	size_t ext_at;

	put_fixed(w, p->meta);
	rmqi_writer_add(w, p->meta->remark.ptr, p->meta->remark.len);
	ext_at = rmqi_writer_position(w);
	rmqi_writer_add(w, "\0\0\0", EXT_LEN_SIZE);
	put_entries(w, p);
	rmqi_writer_patch_u32(w, ext_at,
			      (uint32_t)(rmqi_writer_position(w) - ext_at - EXT_LEN_SIZE));
}
