/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encode.c - the part of text.h that turns bytes into UTF-8, hexadecimal digits and base64.
 */
#include <stdint.h>
#include <string.h>

#include "tools/cli/text.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* --- UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing over U+10FFFF) ------------------------ */

static bool is_tail(const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/* The length of the character at p; 0: it is none. */
static size_t character(const unsigned char *p, size_t len)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		return len >= 2 && is_tail(p + 1, 1) ? 2 : 0;
	if ((p[0] & 0xF0) == 0xE0) {
		if (len < 3 || !is_tail(p + 1, 2) || (p[0] == 0xE0 && p[1] < 0xA0) ||
		    (p[0] == 0xED && p[1] > 0x9F))
			return 0;
		return 3;
	}
	if (p[0] < 0xF0 || p[0] > 0xF4 || len < 4 || !is_tail(p + 1, 3) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return 4;
}

bool is_utf8(const char *data, size_t len)
{
	size_t at = 0, step;

	for (; at < len; at += step) {
		step = character((const unsigned char *)data + at, len - at);
		if (!step)
			return false;
	}
	return true;
}

void text_add_utf8(struct text *t, const char *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t step = character((const unsigned char *)data + at, len - at);

		if (step)
			text_add(t, data + at, step);
		else
			text_adds(t, "\xEF\xBF\xBD");
		at += step ? step : 1;
	}
}

/* --- Digits ------------------------------------------------------------------------------------------ */

void text_add_hex(struct text *t, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		text_addc(t, digits[bytes[i] >> 4]);
		text_addc(t, digits[bytes[i] & 15]);
	}
}

void text_add_base64(struct text *t, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t at = 0; at < len; at += 3) {
		size_t left = len - at < 3 ? len - at : 3;
		uint32_t word = (uint32_t)bytes[at] << 16;
		char four[4];

		if (left > 1)
			word |= (uint32_t)bytes[at + 1] << 8;
		if (left > 2)
			word |= bytes[at + 2];
		four[0] = letters[word >> 18];
		four[1] = letters[word >> 12 & 63];
		four[2] = letters[word >> 6 & 63];
		four[3] = letters[word & 63];
		memset(four + left + 1, '=', 3 - left);
		text_add(t, four, 4);
	}
}

bool text_add_unbase64(struct text *t, const char *data, size_t len)
{
	uint32_t word = 0;
	unsigned bits = 0;

	for (int padding = 0; padding < 2 && len && data[len - 1] == '='; padding++)
		len--;
	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		const char *found = data[i] ? strchr(letters, data[i]) : NULL;

		if (!found)
			return false;
		word = word << 6 | (uint32_t)(found - letters);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		text_addc(t, (char)(word >> bits & 255));
	}
	return (word & ((1U << bits) - 1)) == 0;
}
