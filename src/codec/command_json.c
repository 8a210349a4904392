/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON form of a header (RemotingSerializable.java; doc/protocol.md), written as
 * Java writes it and read as leniently as Java reads it.
 */
#include <string.h>
#include <strings.h>

#include "codec/command_form.h"
#include "codec/command_letters.h"
#include "codec/scanner.h"
#include "codec/words.h"

enum { LANGUAGE_JAVA = 0 };

/* ---- Reading -------------------------------------------------------------------------------- */

/* Decimal digits to int32; a fraction is cut off ("10.0", which fastjson takes for 10). */
static bool to_i32(struct rmqi_str text, int32_t *out)
{
	size_t i = 0;
	int64_t v = 0;
	bool is_negative = false;

	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
		is_negative = text.ptr[i++] == '-';
	if (i == text.len || text.ptr[i] == '.')
		return false;
	for (; i < text.len && text.ptr[i] != '.'; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9' || v > INT32_MAX)
			return false;
		v = v * 10 + (text.ptr[i] - '0');
	}
	for (i++; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	v = is_negative ? -v : v;
	if (v < INT32_MIN || v > INT32_MAX)
		return false;
	*out = (int32_t)v;
	return true;
}

static bool set_number(const struct rmqi_scanned *v, int32_t *out)
{
	*out = v->kind == RMQI_SCANNED_INT ? v->number : 0;
	if (v->kind == RMQI_SCANNED_INT)
		return true;
	if (v->kind == RMQI_SCANNED_NULL || !v->text.len)
		return true;
	return v->kind != RMQI_SCANNED_TREE && to_i32(v->text, out);
}

static bool set_language(const struct rmqi_scanned *v, int32_t *out)
{
	int32_t number;

	if (v->kind == RMQI_SCANNED_TREE)
		return false;
	*out = rmqi_language_of(v->text);
	if (*out < 0 && to_i32(v->text, &number) && rmqi_language_name(number))
		*out = number;
	return true;
}

#ifdef __SSE2__
/* The end of a text that begins at `at` and has no escape; NULL: not within the blocks up to `end`. */
static inline const uint8_t *plain_end(const uint8_t *at, const uint8_t *end)
{
	for (; end - at >= 16; at += 16) {
		int marks = rmqi_block_find_either(at, '"', '\\');

		if (marks) {
			at += __builtin_ctz((unsigned)marks);
			return *at == '"' ? at : NULL;
		}
	}
	return NULL;
}

/* The same where three bytes and more are there: a letter of SEND_MESSAGE_V2, a digit. */
static inline const uint8_t *short_end(const uint8_t *at, const uint8_t *end)
{
	if (at[1] == '"' && at[0] != '"' && at[0] != '\\')
		return at + 1;
	return plain_end(at, end);
}

/* Reads fields as long as they stand as every known peer writes them, "key":"value", without blanks or
 * escapes, and not near the end. It stops before the first other one. */
static void read_plain_fields(struct rmqi_scanner *s, struct rmqi_command *c)
{
	struct rmqi_ext *to = c->ext + c->ext_count;
	const uint8_t *at = s->at, *end = s->end, *key_end, *value_end;

	while (to < c->ext + RMQI_EXT_MAX && end - at >= 16 && *at == '"') {
		key_end = short_end(at + 1, end);
		if (!key_end || end - key_end < 16 || key_end[1] != ':' || key_end[2] != '"')
			break;
		value_end = short_end(key_end + 3, end);
		/* The comma is taken: behind the last field the other reader finds the brace. */
		if (!value_end || end - value_end < 3 || value_end[1] != ',' || value_end[2] != '"')
			break;
		to->key = rmqi_str_n(at + 1, (size_t)(key_end - at - 1));
		to->value = rmqi_str_n(key_end + 3, (size_t)(value_end - key_end - 3));
		to++;
		at = value_end + 2;
	}
	s->at = at;
	c->ext_count = (size_t)(to - c->ext);
}
#else
static void read_plain_fields(struct rmqi_scanner *s, struct rmqi_command *c)
{
	(void)s;
	(void)c;
}
#endif

static inline bool read_ext_field(struct rmqi_scanner *s, struct rmqi_command *c)
{
	struct rmqi_str key;
	struct rmqi_scanned v;

	if (!rmqi_scan_member(s, &key) || !rmqi_scan_value(s, &v))
		return false;
	if (v.kind == RMQI_SCANNED_NULL)
		return true;
	if (c->ext_count == RMQI_EXT_MAX)
		return false;
	c->ext[c->ext_count++] = (struct rmqi_ext){key, v.text};
	return true;
}

static bool read_ext(struct rmqi_scanner *s, struct rmqi_command *c)
{
	bool is_bad = false;
	struct rmqi_scanned v;

	/* Of a name that comes twice the last one counts. */
	c->has_ext = false;
	c->ext_count = 0;
	c->letters.is_read = false;
	if (!rmqi_scan_token(s, '{'))
		return rmqi_scan_value(s, &v) && v.kind == RMQI_SCANNED_NULL;
	c->has_ext = true;
	if (rmqi_scan_token(s, '}'))
		return true;
	if (rmqi_letters_are_due(c) && rmqi_letters_json(c, s) && !rmqi_scan_more(s, &is_bad))
		return !is_bad;
	do {
		read_plain_fields(s, c);
		if (!read_ext_field(s, c))
			return false;
	} while (rmqi_scan_more(s, &is_bad));
	return !is_bad;
}

enum member {
	MEMBER_CODE,
	MEMBER_EXT,
	MEMBER_FLAG,
	MEMBER_LANGUAGE,
	MEMBER_OPAQUE,
	MEMBER_REMARK,
	MEMBER_VERSION,
	MEMBER_OTHER /* serializeTypeCurrentRPC, too: the frame's header word is what counts */
};

static enum member member_in_any_case(struct rmqi_str name)
{
	static const char *const names[] = {"code",   "extFields", "flag",   "language",
					    "opaque", "remark",    "version"};

	for (size_t i = 0; i < RMQI_COUNT(names); i++)
		if (strlen(names[i]) == name.len && !strncasecmp(names[i], name.ptr, name.len))
			return (enum member)i;
	return MEMBER_OTHER;
}

#define IS_TEXT(name, literal) (memcmp((name).ptr, literal, sizeof(literal) - 1) == 0)

/* The spelling that every known peer uses comes first. */
static inline enum member member_of(struct rmqi_str name)
{
	switch (name.len) {
	case 4:
		if (IS_TEXT(name, "code"))
			return MEMBER_CODE;
		if (IS_TEXT(name, "flag"))
			return MEMBER_FLAG;
		break;
	case 6:
		if (IS_TEXT(name, "opaque"))
			return MEMBER_OPAQUE;
		if (IS_TEXT(name, "remark"))
			return MEMBER_REMARK;
		break;
	case 7:
		if (IS_TEXT(name, "version"))
			return MEMBER_VERSION;
		break;
	case 8:
		if (IS_TEXT(name, "language"))
			return MEMBER_LANGUAGE;
		break;
	case 9:
		if (IS_TEXT(name, "extFields"))
			return MEMBER_EXT;
		break;
	default:
		return MEMBER_OTHER;
	}
	return member_in_any_case(name);
}

static bool set_member(struct rmqi_command *c, enum member member, const struct rmqi_scanned *v)
{
	switch (member) {
	case MEMBER_CODE:
		return set_number(v, &c->code);
	case MEMBER_FLAG:
		return set_number(v, &c->flag);
	case MEMBER_OPAQUE:
		return set_number(v, &c->opaque);
	case MEMBER_VERSION:
		return set_number(v, &c->version);
	case MEMBER_LANGUAGE:
		return set_language(v, &c->language);
	case MEMBER_REMARK:
		c->remark = v->text;
		return true;
	case MEMBER_EXT:
	case MEMBER_OTHER:
		return true;
	}
	return true;
}

static inline bool read_member(struct rmqi_scanner *s, struct rmqi_command *c)
{
	struct rmqi_str name;
	enum member member;
	struct rmqi_scanned v;

	if (!rmqi_scan_member(s, &name))
		return false;
	member = member_of(name);
	if (member == MEMBER_EXT)
		return read_ext(s, c);
	return rmqi_scan_value(s, &v) && set_member(c, member, &v);
}

/* Steps over `text` if it is next. */
static inline bool accept_text(struct rmqi_scanner *s, const char *text, size_t len)
{
	if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
		return false;
	s->at += len;
	return true;
}

/* A member and its comma; the quote of the next member stands behind it. Moves nothing when that is not next. */
#define ACCEPT(s, member) (accept_text(s, member ",\"", sizeof(member) + 1) && (s)->at--)

/* The same for one that is a number. */
static inline bool accept_number(struct rmqi_scanner *s, const char *name, size_t len, int32_t *out)
{
	const uint8_t *start = s->at;
	struct rmqi_scanned v;

	if (accept_text(s, name, len) && rmqi_scan_int(s, &v) && accept_text(s, ",\"", 2)) {
		*out = v.number;
		s->at--;
		return true;
	}
	s->at = start;
	return false;
}
#define ACCEPT_NUMBER(s, name, out) (void)accept_number(s, name, sizeof(name) - 1, out)

/* Members in the order and the spelling of our own peers, and of Java, up to one that is not. */
static void read_usual_members(struct rmqi_scanner *s, struct rmqi_command *c)
{
	ACCEPT_NUMBER(s, "\"flag\":", &c->flag);
	if (ACCEPT(s, "\"language\":\"CPP\""))
		c->language = RMQI_LANGUAGE_CPP;
	else if (ACCEPT(s, "\"language\":\"JAVA\""))
		c->language = LANGUAGE_JAVA;
	ACCEPT_NUMBER(s, "\"opaque\":", &c->opaque);
	(void)ACCEPT(s, "\"serializeTypeCurrentRPC\":\"JSON\"");
}

static bool read_header(struct rmqi_scanner *s, struct rmqi_command *c)
{
	bool is_bad = false;

	if (!rmqi_scan_token(s, '{'))
		return false;
	if (!rmqi_scan_token(s, '}')) {
		do {
			read_usual_members(s, c);
			if (!read_member(s, c))
				return false;
		} while (rmqi_scan_more(s, &is_bad));
	}
	rmqi_scan_blanks(s);
	return !is_bad && !rmqi_scan_left(s);
}

enum rmq_error rmqi_command_json_decode(struct rmqi_command *c, struct rmqi_cursor header)
{
	struct rmqi_scanner s;

	if (!header.len)
		return RMQ_ERR_PROTOCOL;
	rmqi_scanner_init(&s, header, &c->scratch);
	return read_header(&s, c) ? RMQ_OK : s.error;
}

/* ---- Writing -------------------------------------------------------------------------------- */

/* How many bytes from `p` on stand in a JSON text as they are. */
static size_t plain_run(const uint8_t *p, size_t len)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; len - i >= 16; i += 16) {
		int marks = rmqi_block_find_special(p + i);

		if (marks)
			return i + (size_t)__builtin_ctz((unsigned)marks);
	}
#endif
	for (; len - i >= 8; i += 8) {
		uint64_t w = rmqi_word_load(p + i);
		uint64_t marks =
			rmqi_word_find(w, '"') | rmqi_word_find(w, '\\') | rmqi_word_control(w);

		marks &= RMQI_WORD_MARKS;
		if (marks)
			return i + rmqi_word_first(marks);
	}
	while (i < len && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\')
		i++;
	return i;
}

static inline void raw_escape(struct rmqi_writer *w, uint8_t b)
{
	static const char letters[] = "\b\t\n\f\r\"\\";
	static const char names[] = "btnfr\"\\";
	static const char hex[] = "0123456789abcdef";
	const char *letter = b ? strchr(letters, b) : NULL;

	if (letter) {
		rmqi_writer_raw_u8(w, '\\');
		rmqi_writer_raw_u8(w, (uint8_t)names[letter - letters]);
		return;
	}
	rmqi_writer_raw(w, "\\u00", 4);
	rmqi_writer_raw_u8(w, (uint8_t)hex[b >> 4]);
	rmqi_writer_raw_u8(w, (uint8_t)hex[b & 15]);
}

static void put_escape(struct rmqi_writer *w, uint8_t b)
{
	if (rmqi_writer_has(w, 6))
		raw_escape(w, b);
}

uint8_t *rmqi_command_raw_text(uint8_t *at, struct rmqi_str text)
{
	const uint8_t *p = (const uint8_t *)text.ptr;
	struct rmqi_writer w = {.at = at};
	size_t left = text.len;

	while (left) {
		size_t run = plain_run(p, left);

		rmqi_writer_raw(&w, p, run);
		if (run == left)
			break;
		raw_escape(&w, p[run]);
		p += run + 1;
		left -= run + 1;
	}
	return w.at;
}

static void put_text(struct rmqi_writer *w, struct rmqi_str text)
{
	const uint8_t *p = (const uint8_t *)text.ptr;
	size_t left = text.len;

	while (left) {
		size_t run = plain_run(p, left);

		rmqi_writer_add(w, p, run);
		if (run == left)
			return;
		put_escape(w, p[run]);
		p += run + 1;
		left -= run + 1;
	}
}

static void put_field(struct rmqi_writer *w, const struct rmqi_field *f, const void *member,
		      bool is_first)
{
	if (!rmqi_writer_has(w, RMQI_WIRE_ROOM + RMQI_VALUE_MAX + 1))
		return;
	/* ,"key":" with or without the comma */
	rmqi_parts_raw_wire(w, f->wire + is_first, f->wire_len + 5u - is_first);
	if (f->type == RMQI_F_STR)
		put_text(w, *(const struct rmqi_str *)member);
	else
		rmqi_command_raw_value(w, f->type, member);
	RMQI_WRITER_LITERAL(w, "\"");
}

static void put_extra(struct rmqi_writer *w, const struct rmqi_ext *e, bool is_first)
{
	if (!is_first)
		RMQI_WRITER_LITERAL(w, ",");
	RMQI_WRITER_LITERAL(w, "\"");
	put_text(w, e->key);
	RMQI_WRITER_LITERAL(w, "\":\"");
	put_text(w, e->value);
	RMQI_WRITER_LITERAL(w, "\"");
}

static void put_ext(struct rmqi_writer *w, const struct rmqi_command_parts *p)
{
	const struct rmqi_field *fields = p->desc ? p->desc->fields : NULL;
	uint64_t bits = rmqi_parts_present(p);
	bool is_first = true;

	RMQI_WRITER_LITERAL(w, "\"extFields\":{");
	while (bits) {
		const struct rmqi_field *f = rmqi_parts_next(fields, &bits);

		put_field(w, f, rmqi_parts_member(p->header, f), is_first);
		is_first = false;
	}
	for (size_t i = 0; i < p->extra_count; i++) {
		if (!p->extra[i].key.len)
			continue;
		put_extra(w, &p->extra[i], is_first);
		is_first = false;
	}
	RMQI_WRITER_LITERAL(w, "},");
}

static void put_number(struct rmqi_writer *w, int32_t v)
{
	if (rmqi_writer_has(w, RMQI_DEC_MAX))
		rmqi_writer_raw_dec(w, v);
}

static void put_language(struct rmqi_writer *w, int32_t language)
{
	const char *name = rmqi_language_name(language);

	if (!name)
		return;
	RMQI_WRITER_LITERAL(w, "\"language\":\"");
	rmqi_writer_add(w, name, strlen(name));
	RMQI_WRITER_LITERAL(w, "\",");
}

static void put_remark(struct rmqi_writer *w, struct rmqi_str remark)
{
	if (!remark.len)
		return;
	RMQI_WRITER_LITERAL(w, ",\"remark\":\"");
	put_text(w, remark);
	RMQI_WRITER_LITERAL(w, "\"");
}

/* Members in alphabetical order, as Java's. */
void rmqi_command_json_encode(struct rmqi_writer *w, const struct rmqi_command_parts *p)
{
	const struct rmqi_command_meta *m = p->meta;

	RMQI_WRITER_LITERAL(w, "{\"code\":");
	put_number(w, m->code);
	RMQI_WRITER_LITERAL(w, ",");
	if (p->desc || p->extra_count)
		put_ext(w, p);
	RMQI_WRITER_LITERAL(w, "\"flag\":");
	put_number(w, m->flag);
	RMQI_WRITER_LITERAL(w, ",");
	put_language(w, m->language);
	RMQI_WRITER_LITERAL(w, "\"opaque\":");
	put_number(w, m->opaque);
	put_remark(w, m->remark);
	RMQI_WRITER_LITERAL(w, ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
	put_number(w, m->version);
	RMQI_WRITER_LITERAL(w, "}");
}
