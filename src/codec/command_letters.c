/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/command_letters.h"

#include <string.h>

#include "codec/words.h"

enum {
	ENTRY_SIZE = 2 + 1 + 4,         /* key_len u16 | key u8 | value_len u32 | value ... */
	ENTRY_LEAST = ENTRY_SIZE + 1,   /* an empty value is as good as none */
	JSON_OPENING = 6,               /* ,"a":" */
	JSON_LEAST = JSON_OPENING + 16, /* so many bytes are looked at */
	VALUE_AT = JSON_OPENING * 8     /* its bits in the word that holds the opening */
};

_Static_assert((int)RMQI_FIELDS_send_message < (int)RMQI_EXT_MAX, "each field has a place in ext[]");

#define ALL_FIELDS ((UINT64_C(1) << RMQI_FIELDS_send_message) - 1)

struct reading {
	const uint8_t *at;
	const uint8_t *end;
	struct rmqi_ext *to;
	uint64_t missing; /* one bit for each field that is not there, or that cannot be read */
	uint64_t unreadable;
	struct rmqi_scanner *scanner; /* JSON only, as the next: */
	uint8_t before;               /* the byte that stands before the next field */
};

static struct reading begin(struct rmqi_command *c, const uint8_t *at, const uint8_t *end)
{
	return (struct reading){.at = at, .end = end, .to = c->ext + c->ext_count};
}

static void end(struct rmqi_command *c, const struct reading *r, bool is_all)
{
	c->ext_count = (size_t)(r->to - c->ext);
	c->letters.header.has = ALL_FIELDS & ~r->missing;
	c->letters.unreadable = r->unreadable;
	c->letters.is_read = is_all;
}

static inline void add(struct reading *r, const uint8_t *key, struct rmqi_str value)
{
	*r->to++ = (struct rmqi_ext){rmqi_str_n(key, 1), value};
}

/* --- Values: false means that it is none, and that the member is 0 ----------------------------- */

static inline bool read_STR(struct rmqi_str text, struct rmqi_str *out)
{
	*out = text;
	return true;
}

static inline bool read_I32(struct rmqi_str text, int32_t *out)
{
	unsigned digit;

	if (text.len == 1) {
		digit = (unsigned char)text.ptr[0] - (unsigned)'0';
		*out = digit <= 9 ? (int32_t)digit : 0;
		return digit <= 9;
	}
	*out = 0;
	return rmqi_str_to_i32(text, out);
}

static inline bool read_I64(struct rmqi_str text, int64_t *out)
{
	*out = 0;
	return rmqi_str_to_i64(text, out);
}

static inline bool read_BOOL(struct rmqi_str text, bool *out)
{
	*out = text.len == sizeof("true") - 1 && rmqi_str_to_bool(text);
	return true;
}

/* --- Binary -------------------------------------------------------------------------------------- */

static inline uint64_t load_u64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* False: the next entry has another key, or no value, or ends too late. */
static inline bool take_binary(struct reading *r, uint8_t letter, struct rmqi_str *value)
{
	const uint8_t *at = r->at;
	size_t left = (size_t)(r->end - at), len;
	uint64_t word;

	if (left < ENTRY_LEAST)
		return false;
	word = load_u64(at);
	len = (uint32_t)(word >> 8);
	if (word >> 40 != (1u << 8 | letter) || len - 1 >= left - ENTRY_SIZE)
		return false;
	*value = rmqi_str_n(at + ENTRY_SIZE, len);
	add(r, at + 2, *value);
	r->at = at + ENTRY_SIZE + len;
	return true;
}

/* One piece of code for each letter: `take` cuts it out. What is absent is 0. */
#define READ_LETTER(take, type, name, letter)                                      \
	if (take(&r, (uint8_t)(letter)[0], &value)) {                              \
		if (!read_##type(value, &h->name)) {                               \
			r.missing |= RMQI_BIT_send_message_##name;                 \
			r.unreadable |= RMQI_BIT_send_message_##name;              \
		}                                                                  \
	} else {                                                                   \
		r.missing |= RMQI_BIT_send_message_##name;                         \
		memset(&h->name, 0, sizeof(h->name));                              \
	}

void rmqi_letters_binary(struct rmqi_command *c, struct rmqi_cursor *rest)
{
	struct rmqi_h_send_message *h = &c->letters.header;
	const uint8_t *end_of_all = rest->ptr + rest->len;
	struct reading r;
	struct rmqi_str value;

	if (rest->len < ENTRY_LEAST)
		return;
	r = begin(c, rest->ptr, end_of_all);
#define LETTERS(view, header, java_name)
#define LETTER(header, type, is_required, name, key, letter) \
	READ_LETTER(take_binary, type, name, letter)
#define END_LETTERS(view, header, java_name)
#include "codec/schema.def"
	end(c, &r, r.at == end_of_all);
	*rest = rmqi_cursor(r.at, (size_t)(end_of_all - r.at));
}

/* --- JSON ---------------------------------------------------------------------------------------- */

/* From `start` to the closing quote, for texts of which a block is not the beginning. */
static __attribute__((noinline)) bool take_text(struct rmqi_scanner *s, const uint8_t *start,
						struct rmqi_str *value)
{
	s->at = start;
	return rmqi_scan_text(s, '"', value);
}

/* The same for all texts; where it ends, or NULL. */
static inline const uint8_t *end_of_text(struct rmqi_scanner *s, const uint8_t *start,
					 struct rmqi_str *value)
{
#ifdef __SSE2__
	int marks = rmqi_block_find_either(start, '"', '\\');
	const uint8_t *at = start + __builtin_ctz((unsigned)marks | 1u << 16);

	if (marks && *at == '"') {
		*value = rmqi_str_n(start, (size_t)(at - start));
		return at + 1;
	}
#endif
	return take_text(s, start, value) ? s->at : NULL;
}

/* False: the next field has another key, or stands otherwise than peers write it. */
static inline __attribute__((always_inline)) bool take_json(struct reading *r, uint8_t letter, struct rmqi_str *value)
{
	const uint64_t opening = (uint64_t)'"' << 8 | (uint64_t)letter << 16 |
				 (uint64_t)'"' << 24 | (uint64_t)':' << 32 | (uint64_t)'"' << 40;
	const uint8_t *at = r->at, *behind;
	uint64_t word;
	uint8_t first;

	if (r->end - at < JSON_LEAST)
		return false;
	word = rmqi_word_load(at);
	if ((word & ((UINT64_C(1) << VALUE_AT) - 1)) != (opening | r->before))
		return false;
	first = (uint8_t)(word >> VALUE_AT);
	if (word >> (VALUE_AT + 8) == '"' && first != '"' && first != '\\') {
		*value = rmqi_str_n(at + JSON_OPENING, 1);
		behind = at + JSON_OPENING + 2;
	} else {
		behind = end_of_text(r->scanner, at + JSON_OPENING, value);
		if (!behind)
			return false;
	}
	r->at = behind;
	r->before = ',';
	add(r, at + 2, *value);
	return true;
}

bool rmqi_letters_json(struct rmqi_command *c, struct rmqi_scanner *s)
{
	struct rmqi_h_send_message *h = &c->letters.header;
	const uint8_t *start = s->at;
	struct reading r;
	struct rmqi_str value;

	if (s->end - start < JSON_LEAST)
		return false;
	r = begin(c, start - 1, s->end);
	r.scanner = s;
	r.before = '{';
#define LETTERS(view, header, java_name)
#define LETTER(header, type, is_required, name, key, letter) \
	READ_LETTER(take_json, type, name, letter)
#define END_LETTERS(view, header, java_name)
#include "codec/schema.def"
	s->at = r.to > c->ext ? r.at : start;
	end(c, &r, r.to > c->ext && r.at < s->end && *r.at == '}');
	return r.to > c->ext;
}
