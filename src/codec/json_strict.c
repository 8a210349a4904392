/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json_strict.h"

#include <stdbool.h>

#include "base/str.h"
#include "codec/json.h"
#include "codec/utf8.h"

enum {
	/* Each object that is a name doubles the backslashes of those inside it. Java has none that
	 * is nested. */
	NAME_OBJECTS_MAX = 3
};

struct reader {
	struct rmqi_cursor in;
	unsigned depth;        /* open brackets */
	unsigned name_objects; /* open objects that stand for a name */
};

static enum rmq_error value(struct reader *r, struct rmqi_buf *out);

/* The next byte without taking it; -1 at the end. */
static int peek(const struct reader *r)
{
	struct rmqi_cursor look = r->in;
	uint8_t c;

	return rmqi_cursor_u8(&look, &c) ? c : -1;
}

static int take(struct reader *r)
{
	uint8_t c;

	return rmqi_cursor_u8(&r->in, &c) ? c : -1;
}

static void skip_blanks(struct reader *r)
{
	for (;;) {
		int c = peek(r);

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != '\b')
			return;
		(void)take(r);
	}
}

/* Takes the next byte that is not blank if it is `c`. */
static bool take_mark(struct reader *r, int c)
{
	skip_blanks(r);
	if (peek(r) != c)
		return false;
	(void)take(r);
	return true;
}

static void add_unit(struct rmqi_buf *out, unsigned unit)
{
	rmqi_buf_addf(out, "\\u%04x", unit);
}

static bool hex(struct reader *r, int digits, unsigned *out)
{
	unsigned v = 0;

	for (; digits > 0; digits--) {
		int c = take(r);

		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
			v = v << 4 | (unsigned)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* Behind "\u". Half a surrogate pair is a char in Java, but no Unicode: U+FFFD. */
static bool unicode_escape(struct reader *r, struct rmqi_buf *out)
{
	unsigned unit, low;
	struct reader ahead;

	if (!hex(r, 4, &unit))
		return false;
	if (unit < 0xD800 || unit > 0xDFFF) {
		add_unit(out, unit);
		return true;
	}
	ahead = *r;
	if (unit <= 0xDBFF && take(&ahead) == '\\' && take(&ahead) == 'u' && hex(&ahead, 4, &low) &&
	    low >= 0xDC00 && low <= 0xDFFF) {
		*r = ahead;
		add_unit(out, unit);
		add_unit(out, low);
		return true;
	}
	add_unit(out, 0xFFFD);
	return true;
}

/* Behind a backslash; JSONLexerBase.scanString knows more than JSON does. */
static bool escape(struct reader *r, struct rmqi_buf *out)
{
	unsigned unit;
	int c = take(r);

	switch (c) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		rmqi_buf_add_u8(out, '\\');
		rmqi_buf_add_u8(out, (uint8_t)c);
		return true;
	case '\'':
		rmqi_buf_add_u8(out, '\'');
		return true;
	case 'F':
		add_unit(out, '\f');
		return true;
	case 'v':
		add_unit(out, '\v');
		return true;
	case 'x':
		if (!hex(r, 2, &unit))
			return false;
		add_unit(out, unit);
		return true;
	case 'u':
		return unicode_escape(r, out);
	default:
		if (c < '0' || c > '7')
			return false;
		add_unit(out, (unsigned)(c - '0'));
		return true;
	}
}

static struct rmqi_str drop_head(struct rmqi_str s, size_t n)
{
	return rmqi_str_n(s.ptr + n, s.len - n);
}

/* Java's decoder puts U+FFFD in the place of bytes that are no UTF-8. */
static void add_utf8(struct rmqi_buf *out, struct rmqi_str s)
{
	size_t at = 0;

	while (at < s.len) {
		uint32_t code;
		size_t len = rmqi_utf8_at(s, at, &code);

		if (code == RMQI_UTF8_BAD) {
			rmqi_buf_add(out, s.ptr, at);
			add_unit(out, 0xFFFD);
			s = drop_head(s, at + len);
			at = 0;
		} else {
			at += len;
		}
	}
	rmqi_buf_add_str(out, s);
}

/* Text that is the same in both dialects. */
static struct rmqi_str plain_text(struct reader *r)
{
	struct rmqi_cursor from = r->in, taken = {0};
	size_t len = 0;

	for (int c; (c = peek(r)) >= 0x20 && c != '"' && c != '\'' && c != '\\'; len++)
		(void)take(r);
	(void)rmqi_cursor_take(&from, len, &taken);
	return rmqi_cursor_str(taken);
}

/* A text in quotes of either kind, written in double ones. */
static enum rmq_error string(struct reader *r, struct rmqi_buf *out)
{
	int quote = take(r), c;

	rmqi_buf_add_u8(out, '"');
	for (;;) {
		add_utf8(out, plain_text(r));
		c = take(r);
		if (c < 0)
			return RMQ_ERR_PROTOCOL;
		if (c == quote)
			break;
		if (c == '\\') {
			if (!escape(r, out))
				return RMQ_ERR_PROTOCOL;
		} else if (c == '"') {
			rmqi_buf_add_text(out, "\\\"");
		} else if (c == '\'') {
			rmqi_buf_add_u8(out, '\'');
		} else {
			add_unit(out, (unsigned)c); /* a control character */
		}
	}
	rmqi_buf_add_u8(out, '"');
	return rmqi_buf_status(out);
}

static bool is_word_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '$' || c == '.' || c == '-' || c == '+';
}

/* Letters, digits and what numbers are made of: a number, a literal or an unquoted name. */
static struct rmqi_str word(struct reader *r)
{
	struct rmqi_cursor from = r->in, taken = {0};
	size_t len = 0;

	for (; is_word_char(peek(r)); len++)
		(void)take(r);
	(void)rmqi_cursor_take(&from, len, &taken);
	return rmqi_cursor_str(taken);
}

static size_t count_digits(struct rmqi_str s)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9')
		n++;
	return n;
}

static bool starts_with(struct rmqi_str s, const char *set)
{
	for (; *set; set++)
		if (s.len > 0 && s.ptr[0] == *set)
			return true;
	return false;
}

/* Writes "-12.5e+3" as JSON wants it; a whole number over 64 bits becomes a real one. */
static bool number(struct rmqi_str text, struct rmqi_buf *out)
{
	struct rmqi_str all = text, whole, digits;
	int64_t ignored;
	size_t n;

	if (starts_with(text, "-"))
		rmqi_buf_add_u8(out, '-');
	if (starts_with(text, "+-"))
		text = drop_head(text, 1);
	n = count_digits(text);
	if (n == 0)
		return false;
	digits = rmqi_str_n(text.ptr, n);
	text = drop_head(text, n);
	while (digits.len > 1 && digits.ptr[0] == '0')
		digits = drop_head(digits, 1);
	rmqi_buf_add_str(out, digits);
	if (text.len == 0) {
		if (!rmqi_str_to_i64(all, &ignored))
			rmqi_buf_add_text(out, ".0");
		return true;
	}
	whole = text;
	if (starts_with(text, ".")) {
		n = count_digits(drop_head(text, 1));
		if (n == 0)
			return false;
		text = drop_head(text, n + 1);
	}
	if (starts_with(text, "eE")) {
		text = drop_head(text, 1);
		if (starts_with(text, "+-"))
			text = drop_head(text, 1);
		n = count_digits(text);
		if (n == 0)
			return false;
		text = drop_head(text, n);
	}
	rmqi_buf_add_str(out, whole);
	return text.len == 0;
}

/* true, false, null or a number. */
static enum rmq_error literal(struct reader *r, struct rmqi_buf *out)
{
	struct rmqi_str text = word(r);

	if (rmqi_str_is(text, "true") || rmqi_str_is(text, "false") || rmqi_str_is(text, "null"))
		rmqi_buf_add_str(out, text);
	else if (rmqi_str_is(text, "NaN") || rmqi_str_is(text, "undefined"))
		rmqi_buf_add_text(out, "null"); /* JSONLexer reads them so */
	else if (!number(text, out))
		return RMQ_ERR_PROTOCOL;
	return rmqi_buf_status(out);
}

/* An object as a name becomes a text that holds the object's JSON. */
static enum rmq_error object_name(struct reader *r, struct rmqi_buf *out)
{
	struct rmqi_buf text;
	enum rmq_error err;

	if (r->name_objects >= NAME_OBJECTS_MAX)
		return RMQ_ERR_TOO_LARGE;
	r->name_objects++;
	rmqi_buf_init(&text, out->max);
	err = value(r, &text);
	if (err == RMQ_OK) {
		rmqi_json_add_string(out, rmqi_cursor_str(rmqi_buf_cursor(&text)));
		err = rmqi_buf_status(out);
	}
	rmqi_buf_deinit(&text);
	r->name_objects--;
	return err;
}

static enum rmq_error name(struct reader *r, struct rmqi_buf *out)
{
	struct rmqi_str text;

	skip_blanks(r);
	switch (peek(r)) {
	case '"':
	case '\'':
		return string(r, out);
	case '{':
		return object_name(r, out);
	default:
		text = word(r);
		if (text.len == 0)
			return RMQ_ERR_PROTOCOL;
		rmqi_json_add_string(out, text);
		return rmqi_buf_status(out);
	}
}

static enum rmq_error member(struct reader *r, struct rmqi_buf *out)
{
	enum rmq_error err = name(r, out);

	if (err != RMQ_OK)
		return err;
	if (!take_mark(r, ':'))
		return RMQ_ERR_PROTOCOL;
	rmqi_buf_add_u8(out, ':');
	return value(r, out);
}

/* What stands between two brackets: members of an object or values of an array. */
static enum rmq_error sequence(struct reader *r, int end,
			       enum rmq_error (*item)(struct reader *, struct rmqi_buf *),
			       struct rmqi_buf *out)
{
	enum rmq_error err;

	rmqi_buf_add_u8(out, (uint8_t)take(r));
	if (!take_mark(r, end)) {
		for (;;) {
			err = item(r, out);
			if (err != RMQ_OK)
				return err;
			if (take_mark(r, end))
				break;
			if (!take_mark(r, ','))
				return RMQ_ERR_PROTOCOL;
			rmqi_buf_add_u8(out, ',');
		}
	}
	rmqi_buf_add_u8(out, (uint8_t)end);
	return rmqi_buf_status(out);
}

static enum rmq_error value(struct reader *r, struct rmqi_buf *out)
{
	enum rmq_error err;

	skip_blanks(r);
	switch (peek(r)) {
	case '"':
	case '\'':
		return string(r, out);
	case '{':
	case '[':
		if (r->depth >= RMQI_JSON_DEPTH_MAX)
			return RMQ_ERR_TOO_LARGE;
		r->depth++;
		err = peek(r) == '{' ? sequence(r, '}', member, out) : sequence(r, ']', value, out);
		r->depth--;
		return err;
	default:
		return literal(r, out);
	}
}

enum rmq_error rmqi_json_make_strict(struct rmqi_cursor text, struct rmqi_buf *out)
{
	struct reader r = {.in = text};
	enum rmq_error err = value(&r, out);

	if (err != RMQ_OK)
		return err;
	skip_blanks(&r);
	return r.in.len == 0 ? RMQ_OK : RMQ_ERR_PROTOCOL;
}
