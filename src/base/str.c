/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

#include "base/mem.h"

struct rmqi_str rmqi_str(const char *text)
{
	return rmqi_str_n(text, text ? strlen(text) : 0);
}

struct rmqi_str rmqi_str_n(const void *ptr, size_t len)
{
	return (struct rmqi_str){ptr, len};
}

bool rmqi_str_eq(struct rmqi_str a, struct rmqi_str b)
{
	return a.len == b.len && rmqi_memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool rmqi_str_is(struct rmqi_str a, const char *text)
{
	return rmqi_str_eq(a, rmqi_str(text));
}

bool rmqi_str_has_prefix(struct rmqi_str s, const char *prefix)
{
	struct rmqi_str p = rmqi_str(prefix);

	return s.len >= p.len && rmqi_memcmp(s.ptr, p.ptr, p.len) == 0;
}

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

bool rmqi_str_to_i64(struct rmqi_str s, int64_t *out)
{
	bool is_negative = s.len && s.ptr[0] == '-';
	int64_t value;

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
	static const char word[] = "true";

	if (s.len != sizeof(word) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		/* Bit 5 is the case of an ASCII letter. */
		if ((s.ptr[i] | 0x20) != word[i])
			return false;
	}
	return true;
}

char *rmqi_str_dup(struct rmqi_str s)
{
	return rmqi_strndup(s.ptr, s.len);
}

uint64_t rmqi_str_hash(struct rmqi_str s)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, 64 bits */

	for (size_t i = 0; i < s.len; i++) {
		h ^= (unsigned char)s.ptr[i];
		h *= 0x100000001b3u;
	}
	/* FNV leaves the low bits weak; this is the finaliser of MurmurHash3. */
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	h ^= h >> 33;
	return h;
}
