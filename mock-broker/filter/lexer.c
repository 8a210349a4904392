/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/filter/lexer.h"

#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "codec/utf8.h"

static const struct {
	const char *image; /* as Java names it */
	const char *text;  /* NULL: not one text only */
} tokens[] = {
	[MB_TOKEN_EOF] = {"<EOF>", NULL},
	[MB_TOKEN_NOT] = {"\"NOT\"", "NOT"},
	[MB_TOKEN_AND] = {"\"AND\"", "AND"},
	[MB_TOKEN_OR] = {"\"OR\"", "OR"},
	[MB_TOKEN_BETWEEN] = {"\"BETWEEN\"", "BETWEEN"},
	[MB_TOKEN_IN] = {"\"IN\"", "IN"},
	[MB_TOKEN_TRUE] = {"\"TRUE\"", "TRUE"},
	[MB_TOKEN_FALSE] = {"\"FALSE\"", "FALSE"},
	[MB_TOKEN_NULL] = {"\"NULL\"", "NULL"},
	[MB_TOKEN_IS] = {"\"IS\"", "IS"},
	[MB_TOKEN_CONTAINS] = {"\"CONTAINS\"", "CONTAINS"},
	[MB_TOKEN_STARTSWITH] = {"\"STARTSWITH\"", "STARTSWITH"},
	[MB_TOKEN_ENDSWITH] = {"\"ENDSWITH\"", "ENDSWITH"},
	[MB_TOKEN_DECIMAL] = {"<DECIMAL_LITERAL>", NULL},
	[MB_TOKEN_FLOAT] = {"<FLOATING_POINT_LITERAL>", NULL},
	[MB_TOKEN_STRING] = {"<STRING_LITERAL>", NULL},
	[MB_TOKEN_ID] = {"<ID>", NULL},
	[MB_TOKEN_EQUAL] = {"\"=\"", "="},
	[MB_TOKEN_NOT_EQUAL] = {"\"<>\"", "<>"},
	[MB_TOKEN_GREATER] = {"\">\"", ">"},
	[MB_TOKEN_GREATER_EQUAL] = {"\">=\"", ">="},
	[MB_TOKEN_LESS] = {"\"<\"", "<"},
	[MB_TOKEN_LESS_EQUAL] = {"\"<=\"", "<="},
	[MB_TOKEN_OPEN] = {"\"(\"", "("},
	[MB_TOKEN_COMMA] = {"\",\"", ","},
	[MB_TOKEN_CLOSE] = {"\")\"", ")"},
	[MB_TOKEN_PLUS] = {"\"+\"", "+"},
	[MB_TOKEN_MINUS] = {"\"-\"", "-"},
	[MB_TOKEN_BAD] = {"", NULL},
};

/* --- Characters ----------------------------------------------------------------------------------- */

/* 0 behind the end. */
static char char_at(const struct mb_lexer *l, size_t at)
{
	return at < l->text.len ? l->text.ptr[at] : '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t skip_digits(const struct mb_lexer *l, size_t at)
{
	while (is_digit(char_at(l, at)))
		at++;
	return at;
}

/* Behind the exponent that stands there; `at` when none does. */
static size_t skip_exponent(const struct mb_lexer *l, size_t at)
{
	size_t digits = at + 1;

	if ((char_at(l, at) | 0x20) != 'e')
		return at;
	if (char_at(l, digits) == '+' || char_at(l, digits) == '-')
		digits++;
	return is_digit(char_at(l, digits)) ? skip_digits(l, digits) : at;
}

/* --- Blanks and comments --------------------------------------------------------------------------- */

/* 0: no comment that ends. */
static size_t line_comment_end(const struct mb_lexer *l)
{
	size_t at = l->at + 2;

	if (char_at(l, l->at) != '-' || char_at(l, l->at + 1) != '-')
		return 0;
	while (at < l->text.len && l->text.ptr[at] != '\n' && l->text.ptr[at] != '\r')
		at++;
	return at < l->text.len ? at + 1 : 0;
}

static size_t block_comment_end(const struct mb_lexer *l)
{
	size_t at = l->at + 2;

	if (char_at(l, l->at) != '/' || char_at(l, l->at + 1) != '*')
		return 0;
	while (at + 1 < l->text.len && (l->text.ptr[at] != '*' || l->text.ptr[at + 1] != '/'))
		at++;
	return at + 1 < l->text.len ? at + 2 : 0;
}

static bool skip_one(struct mb_lexer *l)
{
	size_t end = l->at < l->text.len && is_blank(l->text.ptr[l->at]) ? l->at + 1 : 0;

	if (end == 0)
		end = line_comment_end(l);
	if (end == 0)
		end = block_comment_end(l);
	if (end > 0)
		l->at = end;
	return end > 0;
}

/* --- Tokens ----------------------------------------------------------------------------------------- */

static struct mb_token cut(struct mb_lexer *l, enum mb_token_kind kind, size_t end)
{
	struct mb_token t = {kind, rmqi_str_n(l->text.ptr + l->at, end - l->at)};

	l->at = end;
	return t;
}

/* "0" alone, or digits without a leading zero, and an L. */
static size_t decimal_end(const struct mb_lexer *l)
{
	size_t at = l->at + 1;

	if (char_at(l, l->at) == '0')
		return at;
	at = skip_digits(l, at);
	return (char_at(l, at) | 0x20) == 'l' ? at + 1 : at;
}

static struct mb_token number(struct mb_lexer *l)
{
	size_t at = skip_digits(l, l->at), end;

	if (char_at(l, at) == '.')
		return cut(l, MB_TOKEN_FLOAT, skip_exponent(l, skip_digits(l, at + 1)));
	end = skip_exponent(l, at);
	if (end > at)
		return cut(l, MB_TOKEN_FLOAT, end);
	return cut(l, MB_TOKEN_DECIMAL, decimal_end(l));
}

static struct mb_token word(struct mb_lexer *l)
{
	size_t at = l->at;

	while (is_name_start(char_at(l, at)) || is_digit(char_at(l, at)))
		at++;
	for (size_t i = MB_TOKEN_NOT; i <= MB_TOKEN_ENDSWITH; i++) {
		if (strlen(tokens[i].text) == at - l->at &&
		    strncasecmp(l->text.ptr + l->at, tokens[i].text, at - l->at) == 0)
			return cut(l, (enum mb_token_kind)i, at);
	}
	return cut(l, MB_TOKEN_ID, at);
}

/* What cannot become a token: up to and with the character that shows it, or to the end. */
static struct mb_token bad(const struct mb_lexer *l, size_t end)
{
	uint32_t code;

	if (end < l->text.len)
		end += rmqi_utf8_at(l->text, end, &code);
	return (struct mb_token){MB_TOKEN_BAD, rmqi_str_n(l->text.ptr + l->at, end - l->at)};
}

/* A quote that is not doubled ends it; without one, the first of the last two that are. */
static struct mb_token string(struct mb_lexer *l)
{
	size_t at = l->at + 1, pair = 0;

	while (at < l->text.len && (l->text.ptr[at] != '\'' || char_at(l, at + 1) == '\'')) {
		if (l->text.ptr[at] == '\'')
			pair = at;
		at += l->text.ptr[at] == '\'' ? 2 : 1;
	}
	if (at < l->text.len)
		return cut(l, MB_TOKEN_STRING, at + 1);
	return pair > 0 ? cut(l, MB_TOKEN_STRING, pair + 1) : bad(l, l->text.len);
}

/* A comment that does not end, a slash or a point alone, or a character of no token. */
static struct mb_token no_sign(const struct mb_lexer *l)
{
	char c = l->text.ptr[l->at];

	if (c == '/' && char_at(l, l->at + 1) == '*')
		return bad(l, l->text.len);
	return bad(l, c == '/' || c == '.' ? l->at + 1 : l->at);
}

static struct mb_token sign(struct mb_lexer *l)
{
	size_t longest = 0;
	enum mb_token_kind kind = MB_TOKEN_BAD;

	for (size_t i = MB_TOKEN_EQUAL; i <= MB_TOKEN_MINUS; i++) {
		size_t len = strlen(tokens[i].text);

		if (len > longest && len <= l->text.len - l->at &&
		    memcmp(l->text.ptr + l->at, tokens[i].text, len) == 0) {
			longest = len;
			kind = (enum mb_token_kind)i;
		}
	}
	if (kind == MB_TOKEN_BAD)
		return no_sign(l);
	return cut(l, kind, l->at + longest);
}

void mb_lexer_init(struct mb_lexer *l, struct rmqi_str text)
{
	*l = (struct mb_lexer){.text = text};
}

struct mb_token mb_lexer_next(struct mb_lexer *l)
{
	char c;

	while (skip_one(l))
		;
	if (l->at >= l->text.len)
		return (struct mb_token){MB_TOKEN_EOF, rmqi_str_n(l->text.ptr + l->text.len, 0)};
	c = l->text.ptr[l->at];
	if (is_digit(c) || (c == '.' && is_digit(char_at(l, l->at + 1))))
		return number(l);
	if (is_name_start(c))
		return word(l);
	return c == '\'' ? string(l) : sign(l);
}

/* --- What is told of them ---------------------------------------------------------------------------- */

void mb_lexer_place(const struct mb_lexer *l, struct rmqi_str token, int *line, int *column)
{
	size_t end = (size_t)(token.ptr - l->text.ptr), at = 0;

	*line = 1;
	*column = 1;
	while (at < end) {
		uint32_t code;

		at += rmqi_utf8_at(l->text, at, &code);
		if (code == '\n' || (code == '\r' && char_at(l, at) != '\n')) {
			(*line)++;
			*column = 1;
		} else if (code == '\t') {
			*column += 8 - (*column - 1) % 8;
		} else {
			*column += code > 0xFFFF ? 2 : 1;
		}
	}
}

/* add_escapes of ParseException.java */
static void add_escaped(struct rmqi_buf *out, struct rmqi_str text)
{
	static const char plain[] = "\b\t\n\f\r\"'\\", names[] = "btnfr\"'\\";
	size_t at = 0;

	while (at < text.len) {
		const char *known;
		uint32_t code;

		at += rmqi_utf8_at(text, at, &code);
		if (code == 0)
			continue;
		known = code < 0x80 ? strchr(plain, (int)code) : NULL;
		if (known)
			rmqi_buf_addf(out, "\\%c", names[known - plain]);
		else if (code < 0x20 || code > 0x7e)
			rmqi_buf_addf(out, "\\u%04x", (unsigned)(code & 0xFFFF));
		else
			rmqi_buf_addf(out, "%c", (char)code);
	}
}

static size_t count_characters(struct rmqi_str s)
{
	size_t count = 0;
	uint32_t code;

	for (size_t at = 0; at < s.len; count++)
		at += rmqi_utf8_at(s, at, &code);
	return count;
}

/* Where the last character begins. */
static size_t last_character(struct rmqi_str s)
{
	size_t at = 0, last = 0;
	uint32_t code;

	while (at < s.len) {
		last = at;
		at += rmqi_utf8_at(s, at, &code);
	}
	return last;
}

/* TokenMgrError.java: where that is the last character, Java tells of the end behind it. */
static void explain_bad(const struct mb_lexer *l, struct rmqi_str bad, struct rmqi_buf *out)
{
	size_t last = last_character(bad);
	bool is_end = bad.ptr + bad.len == l->text.ptr + l->text.len;
	struct rmqi_str at = is_end ? rmqi_str_n(l->text.ptr + l->text.len, 0)
				    : rmqi_str_n(bad.ptr + last, bad.len - last);
	int line, column;
	uint32_t code = 0;

	mb_lexer_place(l, at, &line, &column);
	rmqi_buf_addf(out,
		      "org.apache.rocketmq.filter.parser.TokenMgrError: Lexical error at line %d, "
		      "column %d.  Encountered: ",
		      line, column);
	if (is_end) {
		rmqi_buf_add_text(out, "<EOF> ");
		if (count_characters(bad) < 2)
			bad.len = 0;
	} else {
		(void)rmqi_utf8_at(at, 0, &code);
		rmqi_buf_add_text(out, "\"");
		add_escaped(out, at);
		rmqi_buf_addf(out, "\" (%u), ", (unsigned)(code & 0xFFFF));
		bad.len = last;
	}
	rmqi_buf_add_text(out, "after : \"");
	add_escaped(out, bad);
	rmqi_buf_add_text(out, "\"");
}

void mb_lexer_explain(const struct mb_lexer *l, struct mb_token token, struct rmqi_buf *out)
{
	int line, column;

	if (token.kind == MB_TOKEN_BAD) {
		explain_bad(l, token.text, out);
		return;
	}
	mb_lexer_place(l, token.text, &line, &column);
	rmqi_buf_add_text(out, "org.apache.rocketmq.filter.parser.ParseException: Encountered \"");
	if (token.kind == MB_TOKEN_EOF) {
		/* Java counts to the last character. */
		column -= column > 1 ? 1 : 0;
		rmqi_buf_add_text(out, "<EOF>");
	} else {
		rmqi_buf_addf(out, " %s \"", tokens[token.kind].image);
		add_escaped(out, token.text);
		rmqi_buf_add_text(out, " \"");
	}
	rmqi_buf_addf(out, "\" at line %d, column %d.", line, column);
}
