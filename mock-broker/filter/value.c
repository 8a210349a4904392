/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/filter/value.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* --- Numbers in texts ------------------------------------------------------------------------------- */

bool mb_value_read_long(struct rmqi_str text, int64_t *out)
{
	return rmqi_str_to_i64(text, out);
}

bool mb_value_read_integer(struct rmqi_str text, int64_t *out)
{
	int32_t small;

	if (!rmqi_str_to_i32(text, &small))
		return false;
	*out = small;
	return true;
}

/* String.trim */
static struct rmqi_str trim(struct rmqi_str s)
{
	while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ')
		s = rmqi_str_n(s.ptr + 1, s.len - 1);
	while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
		s.len--;
	return s;
}

static size_t count_of(const char *text, const char *set)
{
	return strspn(text, set);
}

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

/* Digits with a point somewhere; 0: no digit. */
static size_t mantissa_len(const char *text, const char *digits)
{
	size_t before = count_of(text, digits), after = 0;
	bool has_point = text[before] == '.';

	if (has_point)
		after = count_of(text + before + 1, digits);
	return before + after > 0 ? before + after + (has_point ? 1 : 0) : 0;
}

/* 0: none, or half of one. */
static size_t exponent_len(const char *text, char letter)
{
	size_t at = 1, digits;

	if ((text[0] | 0x20) != letter)
		return 0;
	at += text[at] == '+' || text[at] == '-' ? 1 : 0;
	digits = count_of(text + at, DIGITS);
	return digits > 0 ? at + digits : 0;
}

/* The grammar of Double.valueOf, behind the sign and without blanks around. */
static bool is_double(const char *text)
{
	bool is_hex = text[0] == '0' && (text[1] | 0x20) == 'x';
	size_t at = is_hex ? 2 : 0, len, exponent;

	if (strcmp(text, "NaN") == 0 || strcmp(text, "Infinity") == 0)
		return true;
	len = mantissa_len(text + at, is_hex ? HEX_DIGITS : DIGITS);
	exponent = exponent_len(text + at + len, is_hex ? 'p' : 'e');
	if (len == 0 || (is_hex && exponent == 0))
		return false;
	at += len + exponent;
	at += text[at] != '\0' && strchr("fFdD", text[at]) ? 1 : 0;
	return text[at] == '\0';
}

/* The process may have a locale with another decimal point. */
static double to_double(const char *text)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double value = plain ? strtod_l(text, NULL, plain) : strtod(text, NULL);

	if (plain)
		freelocale(plain);
	return value;
}

bool mb_value_read_double(struct rmqi_str text, double *out)
{
	char copy[MB_NUMBER_MAX + 1];
	const char *number = copy;

	text = trim(text);
	if (text.len == 0 || text.len > MB_NUMBER_MAX || memchr(text.ptr, '\0', text.len))
		return false;
	rmqi_memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	if (copy[0] == '+' || copy[0] == '-')
		number++;
	if (!is_double(number))
		return false;
	*out = to_double(copy);
	return true;
}

/* --- Order ------------------------------------------------------------------------------------------- */

static enum mb_order order_of(int64_t l, int64_t r)
{
	return l < r ? MB_LESS : l > r ? MB_MORE : MB_SAME;
}

/* Double.doubleToLongBits */
static int64_t bits_of(double value)
{
	int64_t bits = INT64_C(0x7ff8000000000000);

	if (!isnan(value))
		memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Double.compareTo: -0.0 before 0.0, NaN behind all. */
static enum mb_order order_of_doubles(double l, double r)
{
	if (l < r)
		return MB_LESS;
	return l > r ? MB_MORE : order_of(bits_of(l), bits_of(r));
}

static enum mb_order order_of_texts(struct rmqi_str l, struct rmqi_str r)
{
	return order_of(rmqi_str_cmp(l, r), 0);
}

static double real_of(const struct mb_value *v)
{
	return v->kind == MB_VALUE_DOUBLE ? v->real : (double)v->integer;
}

static bool is_integer(const struct mb_value *v)
{
	return v->kind == MB_VALUE_INTEGER || v->kind == MB_VALUE_LONG;
}

/* The text as a value of that kind. */
static bool convert(struct rmqi_str text, enum mb_value_kind kind, struct mb_value *out)
{
	out->kind = kind;
	switch (kind) {
	case MB_VALUE_BOOLEAN:
		out->boolean = rmqi_str_to_bool(text);
		return true;
	case MB_VALUE_INTEGER:
		return mb_value_read_integer(text, &out->integer);
	case MB_VALUE_LONG:
		return mb_value_read_long(text, &out->integer);
	case MB_VALUE_DOUBLE:
		return mb_value_read_double(text, &out->real);
	case MB_VALUE_NULL:
	case MB_VALUE_STRING:
		break;
	}
	return false;
}

static enum mb_order compare_same(const struct mb_value *l, const struct mb_value *r)
{
	switch (l->kind) {
	case MB_VALUE_BOOLEAN:
		return order_of(l->boolean, r->boolean);
	case MB_VALUE_INTEGER:
	case MB_VALUE_LONG:
		return order_of(l->integer, r->integer);
	case MB_VALUE_DOUBLE:
		return order_of_doubles(l->real, r->real);
	case MB_VALUE_STRING:
		return order_of_texts(l->text, r->text);
	case MB_VALUE_NULL:
		break;
	}
	return MB_SAME;
}

bool mb_value_compare(struct mb_value l, struct mb_value r, enum mb_order *out)
{
	struct mb_value read;

	*out = MB_LESS;
	if (l.kind == r.kind) {
		*out = compare_same(&l, &r);
	} else if (r.kind == MB_VALUE_STRING) {
		/* Java casts a Boolean on the left to a String, and fails. */
		if (l.kind == MB_VALUE_BOOLEAN || !convert(r.text, l.kind, &read))
			return false;
		*out = compare_same(&l, &read);
	} else if (l.kind == MB_VALUE_STRING) {
		if (!convert(l.text, r.kind, &read))
			return false;
		*out = compare_same(&read, &r);
	} else if (is_integer(&l) && is_integer(&r)) {
		*out = order_of(l.integer, r.integer);
	} else if (mb_value_is_number(&l) && mb_value_is_number(&r)) {
		*out = order_of_doubles(real_of(&l), real_of(&r));
	}
	return true;
}

bool mb_value_compare_as_doubles(struct rmqi_str l, struct rmqi_str r, enum mb_order *out)
{
	double left, right;

	if (!mb_value_read_double(l, &left) || !mb_value_read_double(r, &right))
		return false;
	*out = order_of_doubles(left, right);
	return true;
}

/* --- Text ---------------------------------------------------------------------------------------------- */

/* The shortest digits that read back as the same: "d.ddde+xx". */
static void shortest(double value, char *text, size_t size)
{
	int digits = 0;

	do
		(void)snprintf(text, size, "%.*e", digits, value);
	while (digits++ < 16 && order_of_doubles(to_double(text), value) != MB_SAME);
}

/* Double.toString: an exponent for what is below 0.001, or 10,000,000 and more. */
static void add_double(struct rmqi_buf *out, double value)
{
	double size = fabs(value);
	char text[40], *exponent;
	int digits, power;

	shortest(value, text, sizeof(text));
	exponent = strchr(text, 'e');
	if (!exponent) {
		rmqi_buf_add_text(out, text);
		return;
	}
	*exponent = '\0';
	power = (int)strtol(exponent + 1, NULL, 10);
	digits = (int)count_of(text + (text[0] == '-' ? 3 : 2), DIGITS);
	if (size >= 1e-3 && size < 1e7)
		rmqi_buf_addf(out, "%.*f", digits - power > 0 ? digits - power : 1, value);
	else
		rmqi_buf_addf(out, "%s%sE%d", text, digits > 0 ? "" : ".0", power);
}

void mb_value_add(struct rmqi_buf *out, const struct mb_value *v)
{
	switch (v->kind) {
	case MB_VALUE_NULL:
		rmqi_buf_add_text(out, "null");
		break;
	case MB_VALUE_BOOLEAN:
		rmqi_buf_add_text(out, v->boolean ? "true" : "false");
		break;
	case MB_VALUE_INTEGER:
	case MB_VALUE_LONG:
		rmqi_buf_addf(out, "%" PRId64, v->integer);
		break;
	case MB_VALUE_DOUBLE:
		add_double(out, v->real);
		break;
	case MB_VALUE_STRING:
		rmqi_buf_add(out, v->text.ptr, v->text.len);
		break;
	}
}
