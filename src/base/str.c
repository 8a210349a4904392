/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

#include "base/mem.h"

enum { PLAIN_DIGITS = 18 };

int rmqi_str_cmp(struct rmqi_str a, struct rmqi_str b)
{
	int order = rmqi_memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct rmqi_str rmqi_str_trim(struct rmqi_str s)
{
	while (s.len && is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* Offset of the first occurrence, s.len when there is none. */
static size_t find(struct rmqi_str s, struct rmqi_str what)
{
	const char *hit = s.len ? memmem(s.ptr, s.len, what.ptr, what.len) : NULL;

	return hit ? (size_t)(hit - s.ptr) : s.len;
}

struct rmqi_str rmqi_str_cut(struct rmqi_str s, const char *separator, struct rmqi_str *head,
			     bool *found)
{
	struct rmqi_str sep = rmqi_str(separator);
	size_t at = find(s, sep);
	bool is_found = at < s.len;

	*head = rmqi_str_n(s.ptr, at);
	if (found)
		*found = is_found;
	if (!is_found)
		return rmqi_str_n(NULL, 0);
	return rmqi_str_n(s.ptr + at + sep.len, s.len - at - sep.len);
}

/* Collects digits as a negative number, whose range is the wider one. */
static bool parse_negative(struct rmqi_str digits, int64_t *out)
{
	int64_t value = 0;

	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digits.ptr[i] - '0', &value))
			return false;
	}
	*out = value;
	return true;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Eight digits in one word: pairs, then fours, then all. */
static inline bool parse_word(uint64_t w, int64_t *value)
{
	if ((w & 0xf0f0f0f0f0f0f0f0u) != 0x3030303030303030u ||
	    ((w + 0x0606060606060606u) & 0xf0f0f0f0f0f0f0f0u) != 0x3030303030303030u)
		return false;
	w = (w & 0x0f0f0f0f0f0f0f0fu) * 2561 >> 8;
	w = (w & 0x00ff00ff00ff00ffu) * 6553601 >> 16;
	w = (w & 0x0000ffff0000ffffu) * 42949672960001 >> 32;
	*value = *value * 100000000 + (int64_t)w;
	return true;
}

/* Nine to sixteen digits, which a time in milliseconds has: what stands before the last eight, with zeroes in
 * front, is a word, too. */
static inline bool parse_two_words(struct rmqi_str digits, int64_t *value)
{
	unsigned over = 8 * (unsigned)(16 - digits.len); /* bits of what is in both, below 64 */
	uint64_t head, tail;

	memcpy(&head, digits.ptr, sizeof(head));
	memcpy(&tail, digits.ptr + digits.len - sizeof(tail), sizeof(tail));
	if (over)
		head = head << over | UINT64_C(0x3030303030303030) >> (64 - over);
	*value = 0;
	return parse_word(head, value) && parse_word(tail, value);
}
#endif

/* Up to 18 digits and nothing else cannot overflow: what nearly every number on the wire is. */
static bool parse_plain(struct rmqi_str digits, int64_t *out)
{
	const char *at = digits.ptr, *end;
	int64_t value = 0;

	if (digits.len == 0 || digits.len > PLAIN_DIGITS)
		return false;
	end = at + digits.len;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	if (digits.len > 8 && digits.len <= 16) {
		if (!parse_two_words(digits, &value))
			return false;
		at = end;
	}
#endif
	for (; at < end; at++) {
		unsigned digit = (unsigned char)*at - (unsigned)'0';

		if (digit > 9)
			return false;
		value = value * 10 + (int64_t)digit;
	}
	*out = value;
	return true;
}

bool rmqi_str_to_i64(struct rmqi_str s, int64_t *out)
{
	bool is_negative = s.len && s.ptr[0] == '-';
	int64_t value;

	if (parse_plain(s, out))
		return true;
	if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		s = rmqi_str_n(s.ptr + 1, s.len - 1);
	if (!parse_negative(s, &value))
		return false;
	if (!is_negative && value == INT64_MIN)
		return false;
	*out = is_negative ? value : -value;
	return true;
}

bool rmqi_str_to_i32(struct rmqi_str s, int32_t *out)
{
	int64_t value;

	if (!rmqi_str_to_i64(s, &value) || value < INT32_MIN || value > INT32_MAX)
		return false;
	*out = (int32_t)value;
	return true;
}

bool rmqi_str_to_bool(struct rmqi_str s)
{
	uint32_t word, text;

	if (s.len != sizeof(word))
		return false;
	memcpy(&word, "true", sizeof(word));
	memcpy(&text, s.ptr, sizeof(text));
	/* Bit 5 of a byte is the case of an ASCII letter. */
	return (text | UINT32_C(0x20202020)) == word;
}

char *rmqi_str_dup(struct rmqi_str s)
{
	return rmqi_strndup(s.ptr, s.len);
}

/* Eight bytes a step: names of topics are 20 bytes and more, and are looked up several times a message. */
uint64_t rmqi_str_hash(struct rmqi_str s)
{
	uint64_t h = 0xcbf29ce484222325u ^ s.len, word;
	size_t i = 0;

	for (; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	for (; i < s.len; i++)
		h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
	/* The finaliser of MurmurHash3. */
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	return h;
}
