/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/acl/white.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { TEXT_MAX = 96 }; /* bytes of one address */

static unsigned parts_of(bool is_v6)
{
	return is_v6 ? 8 : 4;
}

/* One part, decimal or hexadecimal. */
static bool read_part(struct rmqi_str s, bool is_v6, uint16_t *out)
{
	uint32_t value = 0;

	if (s.len == 0 || s.len > (is_v6 ? 4 : 3))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		uint32_t digit = 99;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (is_v6 && (c | 32) >= 'a' && (c | 32) <= 'f')
			digit = (uint32_t)((c | 32) - 'a' + 10);
		if (digit == 99)
			return false;
		value = value * (is_v6 ? 16 : 10) + digit;
	}
	*out = (uint16_t)value;
	return is_v6 || value <= 255;
}

static void take_bytes(struct mb_white_address *a, const uint8_t *ip)
{
	for (unsigned i = 0; i < parts_of(a->is_v6); i++)
		a->low[i] = (uint16_t)(a->is_v6 ? ip[2 * i] << 8 | ip[2 * i + 1] : ip[i]);
	rmqi_memcpy(a->high, a->low, sizeof(a->high));
}

/* A whole address. */
static bool read_one(struct rmqi_str s, struct mb_white_address *a)
{
	char text[TEXT_MAX];
	uint8_t ip[16];

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.ptr, 0, s.len))
		return false;
	rmqi_memcpy(text, s.ptr, s.len);
	text[s.len] = 0;
	a->is_v6 = strchr(text, ':') != NULL;
	a->parts = parts_of(a->is_v6);
	if (inet_pton(a->is_v6 ? AF_INET6 : AF_INET, text, ip) != 1)
		return false;
	take_bytes(a, ip);
	return true;
}

/* Cuts the last part off. */
static struct rmqi_str cut_last(struct rmqi_str s, char separator, struct rmqi_str *last)
{
	size_t at = s.len;

	while (at > 0 && s.ptr[at - 1] != separator)
		at--;
	*last = rmqi_str_n(s.ptr + at, s.len - at);
	return rmqi_str_n(s.ptr, at ? at - 1 : 0);
}

/* `head` with `missing` parts of 0 behind it. */
static bool read_head(struct rmqi_str head, bool is_v6, unsigned missing, struct mb_white_address *a)
{
	char text[TEXT_MAX];
	int len = snprintf(text, sizeof(text), "%.*s", RMQI_STR_ARG(head));

	for (unsigned i = 0; i < missing && len > 0 && (size_t)len < sizeof(text) - 2; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, is_v6 ? ":0" : ".0");
	return len > 0 && (size_t)len < sizeof(text) - 2 && read_one(rmqi_str(text), a);
}

/* "a.b.3-9.*": `last` is the text of the range, `behind` says how many parts stand behind it. */
static bool read_range(struct rmqi_str head, struct rmqi_str range, bool is_v6, unsigned behind,
		       struct mb_white_address *a)
{
	struct rmqi_str low;
	bool is_pair;
	struct rmqi_str high = rmqi_str_cut(range, "-", &low, &is_pair);
	unsigned at = parts_of(is_v6) - 1 - behind;

	if (!read_head(head, is_v6, behind + 1, a))
		return false;
	a->parts = at + 1;
	return is_pair && read_part(low, is_v6, &a->low[at]) &&
	       read_part(high, is_v6, &a->high[at]) && a->low[at] <= a->high[at];
}

/* "a.b.*", "a.b.3-9", "a.b.3-9.*" */
static bool read_pattern(struct rmqi_str s, struct mb_white_address *a)
{
	bool is_v6 = s.len && memchr(s.ptr, ':', s.len);
	char separator = is_v6 ? ':' : '.';
	unsigned stars = 0;
	struct rmqi_str last, head = cut_last(s, separator, &last);

	while (rmqi_str_is(last, "*") && head.len && stars + 2 < parts_of(is_v6)) {
		stars++;
		s = head;
		head = cut_last(s, separator, &last);
	}
	if (memchr(last.ptr, '-', last.len))
		return read_range(head, last, is_v6, stars, a);
	if (stars == 0 || !read_head(s, is_v6, stars, a))
		return false;
	a->parts = parts_of(is_v6) - stars;
	return true;
}

static enum rmq_error add(struct mb_white *w, struct rmqi_str s)
{
	bool is_pattern = s.len && (memchr(s.ptr, '*', s.len) || memchr(s.ptr, '-', s.len));
	struct mb_white_address a = {0};
	struct mb_white_address *more;

	if (w->count >= MB_WHITE_MAX || !(is_pattern ? read_pattern(s, &a) : read_one(s, &a)))
		return RMQ_ERR_CONFIG;
	more = rmqi_realloc(w->at, (w->count + 1) * sizeof(*more));
	if (!more)
		return RMQ_ERR_NO_MEMORY;
	w->at = more;
	w->at[w->count++] = a;
	return RMQ_OK;
}

/* "a.b.c.{1,2}" */
static enum rmq_error add_braces(struct mb_white *w, struct rmqi_str s)
{
	struct rmqi_str head, list, one;
	enum rmq_error err = RMQ_OK;
	char text[TEXT_MAX];
	bool more;

	list = rmqi_str_cut(s, "{", &head, &more);
	list.len -= more ? 1 : 0; /* the brace at its end */
	if (!more)
		return RMQ_ERR_CONFIG;
	while (more && err == RMQ_OK) {
		list = rmqi_str_cut(list, ",", &one, &more);
		if (snprintf(text, sizeof(text), "%.*s%.*s", RMQI_STR_ARG(head),
			     RMQI_STR_ARG(one)) >= (int)sizeof(text))
			return RMQ_ERR_CONFIG;
		err = add(w, rmqi_str(text));
	}
	return err;
}

static enum rmq_error add_list(struct mb_white *w, struct rmqi_str s)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str one;
	bool more = true;

	while (more && err == RMQ_OK) {
		s = rmqi_str_cut(s, ",", &one, &more);
		err = add(w, rmqi_str_trim(one));
	}
	return err;
}

enum rmq_error mb_white_init(struct mb_white *w, struct rmqi_str text)
{
	enum rmq_error err;

	*w = (struct mb_white){0};
	text = rmqi_str_trim(text);
	if (text.len == 0)
		return RMQ_OK;
	w->is_everybody = rmqi_str_is(text, "*") || rmqi_str_is(text, "*.*.*.*") ||
			  rmqi_str_is(text, "*:*:*:*:*:*:*:*");
	if (w->is_everybody)
		return RMQ_OK;
	err = text.ptr[text.len - 1] == '}' ? add_braces(w, text) : add_list(w, text);
	if (err != RMQ_OK)
		mb_white_deinit(w);
	return err;
}

void mb_white_deinit(struct mb_white *w)
{
	rmqi_free(w->at);
	*w = (struct mb_white){0};
}

static bool is_within(const struct mb_white_address *a, const struct mb_white_address *peer)
{
	if (a->is_v6 != peer->is_v6)
		return false;
	for (unsigned i = 0; i < a->parts; i++)
		if (peer->low[i] < a->low[i] || peer->low[i] > a->high[i])
			return false;
	return true;
}

bool mb_white_has(const struct mb_white *w, const struct rmqi_host *peer)
{
	struct mb_white_address p = {.is_v6 = peer->is_v6};

	if (w->is_everybody)
		return true;
	take_bytes(&p, peer->ip);
	for (size_t i = 0; i < w->count; i++)
		if (is_within(&w->at[i], &p))
			return true;
	return false;
}
