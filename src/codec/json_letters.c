/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json_letters.h"

#include <string.h>

#include "codec/utf8.h"

static struct rmqi_str drop_head(struct rmqi_str s, size_t n)
{
	return rmqi_str_n(s.ptr + n, s.len - n);
}

/* --- Escapes ------------------------------------------------------------------------------- */

static bool take_hex(struct rmqi_str *s, size_t digits, uint32_t *out)
{
	uint32_t v = 0;

	if (s->len < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		uint8_t c = (uint8_t)s->ptr[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*s = drop_head(*s, digits);
	*out = v;
	return true;
}

/* Behind "\u". Half a surrogate pair is a char in Java, but no Unicode: U+FFFD. */
static bool take_unicode(struct rmqi_str *s, uint32_t *out)
{
	struct rmqi_str ahead;
	uint32_t unit, low;

	if (!take_hex(s, 4, &unit))
		return false;
	*out = unit;
	if (unit < 0xD800 || unit > 0xDFFF)
		return true;
	*out = 0xFFFD;
	if (unit > 0xDBFF || s->len < 2 || s->ptr[0] != '\\' || s->ptr[1] != 'u')
		return true;
	ahead = drop_head(*s, 2);
	if (take_hex(&ahead, 4, &low) && low >= 0xDC00 && low <= 0xDFFF) {
		*s = ahead;
		*out = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
	}
	return true;
}

/* Behind a backslash; JSONLexerBase.scanString knows more than JSON does. */
static bool take_escape(struct rmqi_str *s, uint32_t *out)
{
	static const char letters[] = "\"\\/'bfFnrtv", meant[] = "\"\\/'\b\f\f\n\r\t\v";
	const char *at;
	char c;

	if (s->len == 0)
		return false;
	c = s->ptr[0];
	*s = drop_head(*s, 1);
	if (c == 'u')
		return take_unicode(s, out);
	if (c == 'x')
		return take_hex(s, 2, out);
	if (c >= '0' && c <= '7') {
		*out = (uint32_t)(c - '0');
		return true;
	}
	at = c ? strchr(letters, c) : NULL;
	if (!at)
		return false;
	*out = (uint8_t)meant[at - letters];
	return true;
}

bool rmqi_json_take_char(struct rmqi_str *s, uint32_t *out)
{
	size_t len;

	if (s->ptr[0] == '\\') {
		*s = drop_head(*s, 1);
		return take_escape(s, out) && *out != 0;
	}
	len = rmqi_utf8_at(*s, 0, out);
	*s = drop_head(*s, len);
	if (*out == RMQI_UTF8_BAD)
		*out = 0xFFFD;
	return *out != 0;
}

/* --- Numbers ------------------------------------------------------------------------------- */

static bool take_sign(struct rmqi_str *s)
{
	if (s->len == 0 || (s->ptr[0] != '+' && s->ptr[0] != '-'))
		return false;
	*s = drop_head(*s, 1);
	return true;
}

/* False when there is none. */
static bool take_digits(struct rmqi_str *s)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9')
		n++;
	*s = drop_head(*s, n);
	return n > 0;
}

bool rmqi_json_is_number(struct rmqi_str s)
{
	(void)take_sign(&s);
	if (!take_digits(&s))
		return false;
	if (s.len > 0 && s.ptr[0] == '.') {
		s = drop_head(s, 1);
		if (!take_digits(&s))
			return false;
	}
	if (s.len > 0 && (s.ptr[0] | 0x20) == 'e') {
		s = drop_head(s, 1);
		(void)take_sign(&s);
		if (!take_digits(&s))
			return false;
	}
	return s.len == 0;
}
