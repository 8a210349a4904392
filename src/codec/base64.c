/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char *const alphabets[] = {
	[RMQI_BASE64_BASIC] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	[RMQI_BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

/* 1 to 3 bytes as 4 digits. */
static void add_group(struct rmqi_buf *out, const uint8_t *bytes, size_t n, const char *digits)
{
	uint32_t bits = (uint32_t)bytes[0] << 16;

	bits |= n > 1 ? (uint32_t)bytes[1] << 8 : 0;
	bits |= n > 2 ? bytes[2] : 0;
	for (size_t i = 0; i < 4; i++)
		rmqi_buf_add_u8(out, i <= n ? (uint8_t)digits[bits >> (18 - 6 * i) & 63] : '=');
}

void rmqi_base64_encode(struct rmqi_buf *out, struct rmqi_cursor bytes,
			enum rmqi_base64_alphabet alphabet)
{
	for (size_t at = 0; at < bytes.len; at += 3)
		add_group(out, bytes.ptr + at, bytes.len - at < 3 ? bytes.len - at : 3,
			  alphabets[alphabet]);
}

/* Up to two '=' at the end of whole groups; without any, what is left of a group (Base64.Decoder.java). */
static bool unpad(struct rmqi_str *text)
{
	size_t len = text->len;

	while (len > 0 && text->len - len < 2 && text->ptr[len - 1] == '=')
		len--;
	if ((len < text->len && text->len % 4 != 0) || len % 4 == 1)
		return false;
	text->len = len;
	return true;
}

size_t rmqi_base64_decode(struct rmqi_str text, enum rmqi_base64_alphabet alphabet, void *out,
			  size_t size)
{
	const char *digits = alphabets[alphabet];
	uint8_t *bytes = out;
	uint32_t bits = 0;
	size_t len = 0;

	if (!unpad(&text) || text.len / 4 * 3 + 2 > size)
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		const char *digit = text.ptr[i] ? strchr(digits, text.ptr[i]) : NULL;

		if (!digit)
			return 0;
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (i % 4 != 0)
			bytes[len++] = (uint8_t)(bits >> (6 - i % 4 * 2) & 255);
	}
	return len;
}
