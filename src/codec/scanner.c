/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/scanner.h"

#include <string.h>

#include "codec/utf8.h"

enum { DEPTH_MAX = 64 }; /* brackets in a value we skip; one bit each in a word */

void rmqi_scanner_init(struct rmqi_scanner *s, struct rmqi_cursor json, struct rmqi_buf *scratch)
{
	*s = (struct rmqi_scanner){.at = json.ptr,
				   .end = json.ptr + json.len,
				   .scratch = scratch,
				   .total = json.len,
				   .error = RMQ_ERR_PROTOCOL};
}

/* The separators of properties, U+0001 and U+0002, stand in every send. Moves nothing when another number is
 * next. */
static inline bool read_small(struct rmqi_scanner *s, uint8_t *out)
{
	uint8_t digit;

	if (s->end - s->at < 4 || memcmp(s->at, "000", 3) != 0)
		return false;
	digit = (uint8_t)(s->at[3] - '0');
	if (digit > 9)
		return false;
	*out = digit;
	s->at += 4;
	return true;
}

static bool read_hex4(struct rmqi_scanner *s, uint32_t *out)
{
	uint32_t v = 0;

	if (s->end - s->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		uint8_t b = *s->at++;

		if (b >= '0' && b <= '9')
			v = v << 4 | (uint32_t)(b - '0');
		else if ((b | 0x20) >= 'a' && (b | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((b | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* Behind a high surrogate: takes the low one if it follows. */
static uint32_t join_surrogates(struct rmqi_scanner *s, uint32_t high)
{
	struct rmqi_scanner ahead = *s;
	uint32_t low;

	if (rmqi_scan_accept(&ahead, '\\') && rmqi_scan_accept(&ahead, 'u') &&
	    read_hex4(&ahead, &low) && low >= 0xdc00 && low <= 0xdfff) {
		s->at = ahead.at;
		return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	return '?'; /* what Java writes for half a pair */
}

/* 0: not a known letter. */
static uint8_t simple_escape(uint8_t letter)
{
	switch (letter) {
	case '"':
	case '\'':
	case '\\':
	case '/':
		return letter;
	case 'b':
		return '\b';
	case 'f':
	case 'F':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	default:
		return 0;
	}
}

/* At a backslash. Writes at most as many bytes as it reads. NULL: not an escape. */
static uint8_t *undo_escape(struct rmqi_scanner *s, uint8_t *to)
{
	uint32_t v;
	uint8_t letter;

	if (!rmqi_scan_accept(s, '\\') || !rmqi_scan_left(s))
		return NULL;
	letter = *s->at++;
	if (letter != 'u') {
		*to = simple_escape(letter);
		return *to ? to + 1 : NULL;
	}
	if (read_small(s, to))
		return to + 1;
	if (!read_hex4(s, &v))
		return NULL;
	if (v >= 0xd800 && v <= 0xdbff)
		v = join_surrogates(s, v);
	else if (v >= 0xdc00 && v <= 0xdfff)
		v = '?';
	return rmqi_utf8_put(to, v);
}

bool rmqi_scan_undo(struct rmqi_scanner *s, const uint8_t *start, uint8_t quote,
		    struct rmqi_str *out)
{
	struct rmqi_buf *scratch = s->scratch;
	uint8_t *base, *to;

	/* scanner.h tells why this never moves what scratch holds already. */
	s->error = rmqi_buf_reserve(scratch, scratch->len ? (size_t)(s->end - start) : s->total,
				    &base);
	if (s->error != RMQ_OK)
		return false;
	s->error = RMQ_ERR_PROTOCOL;
	to = base;
	for (;;) {
		size_t run = (size_t)(s->at - start);

		memcpy(to, start, run);
		to += run;
		if (*s->at == quote)
			break;
		to = undo_escape(s, to);
		start = s->at;
		if (!to || !rmqi_scan_find_end(s, quote))
			return false;
	}
	s->at++;
	rmqi_buf_commit(scratch, (size_t)(to - base));
	*out = (struct rmqi_str){(const char *)base, (size_t)(to - base)};
	return true;
}

static inline bool ends_token(uint8_t b)
{
	return b == ',' || b == ':' || b == '}' || b == ']' || rmqi_scan_is_blank(b);
}

/* Up to the next separator: true, null, a number or an unquoted name. */
static bool read_token(struct rmqi_scanner *s, struct rmqi_str *out)
{
	const uint8_t *start = s->at;

	while (rmqi_scan_left(s) && !ends_token(*s->at))
		s->at++;
	*out = (struct rmqi_str){(const char *)start, (size_t)(s->at - start)};
	return out->len != 0;
}

/* Behind an opening quote, to behind the closing one. */
static bool skip_text(struct rmqi_scanner *s, uint8_t quote)
{
	while (rmqi_scan_find_end(s, quote)) {
		if (*s->at++ == quote)
			return true;
		if (!rmqi_scan_left(s))
			return false;
		s->at++;
	}
	return false;
}

/*
 * An object or array whose content does not matter: brackets must match, texts
 * must end. (So an object as a name passes, which fastjson writes.)
 */
static bool skip_tree(struct rmqi_scanner *s)
{
	uint64_t objects = 0; /* bit 0: is the innermost open bracket that of an object? */
	unsigned depth = 0;

	while (rmqi_scan_left(s)) {
		uint8_t b = *s->at++;

		if (b == '"' || b == '\'') {
			if (!skip_text(s, b))
				return false;
		} else if (b == '{' || b == '[') {
			if (++depth > DEPTH_MAX)
				return false;
			objects = objects << 1 | (b == '{');
		} else if (b == '}' || b == ']') {
			if ((objects & 1) != (b == '}'))
				return false;
			objects >>= 1;
			if (--depth == 0)
				return true;
		}
	}
	return false;
}

static bool is_number(struct rmqi_str token)
{
	for (size_t i = 0; i < token.len; i++)
		if ((token.ptr[i] < '0' || token.ptr[i] > '9') && !memchr("+-.eE", token.ptr[i], 5))
			return false;
	return true;
}

static bool read_bare(struct rmqi_scanner *s, struct rmqi_scanned *out)
{
	if (!read_token(s, &out->text))
		return false;
	out->kind = RMQI_SCANNED_BARE;
	if (is_number(out->text))
		return true;
	if (rmqi_str_is(out->text, "null")) {
		out->kind = RMQI_SCANNED_NULL;
		out->text = (struct rmqi_str){NULL, 0};
		return true;
	}
	return rmqi_str_is(out->text, "true") || rmqi_str_is(out->text, "false");
}

static bool read_tree(struct rmqi_scanner *s, struct rmqi_scanned *out)
{
	const uint8_t *start = s->at;

	if (!skip_tree(s))
		return false;
	out->kind = RMQI_SCANNED_TREE;
	out->text = (struct rmqi_str){(const char *)start, (size_t)(s->at - start)};
	return true;
}

bool rmqi_scan_rare_value(struct rmqi_scanner *s, struct rmqi_scanned *out)
{
	uint8_t first;

	rmqi_scan_blanks(s);
	if (!rmqi_scan_left(s))
		return false;
	first = *s->at;
	if (first == '"' || first == '\'') {
		s->at++;
		out->kind = RMQI_SCANNED_TEXT;
		return rmqi_scan_text(s, first, &out->text);
	}
	return first == '{' || first == '[' ? read_tree(s, out) : read_bare(s, out);
}

bool rmqi_scan_rare_name(struct rmqi_scanner *s, struct rmqi_str *out)
{
	uint8_t first;

	rmqi_scan_blanks(s);
	if (!rmqi_scan_left(s))
		return false;
	first = *s->at;
	if (first == '"' || first == '\'') {
		s->at++;
		return rmqi_scan_text(s, first, out);
	}
	return first != '{' && first != '[' && read_token(s, out);
}
