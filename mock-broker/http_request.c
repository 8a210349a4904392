/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/http_request.h"

#include <strings.h>

static bool is_alike(struct rmqi_str s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.ptr, text, s.len) == 0;
}

/* Is it one of the words of a list? */
static bool has_word(struct rmqi_str list, const char *word)
{
	struct rmqi_str item;

	while (list.len > 0) {
		list = rmqi_str_cut(list, ",", &item, NULL);
		if (is_alike(rmqi_str_trim(item), word))
			return true;
	}
	return false;
}

/* Digits alone, up to what no body may have. */
static bool parse_length(struct rmqi_str value, uint64_t *out)
{
	uint64_t n = 0;

	if (value.len == 0 || value.len > 18)
		return false;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(value.ptr[i] - '0');
	}
	*out = n;
	return true;
}

static int take_length(struct mb_http_request *r, struct rmqi_str value, bool *has_length)
{
	uint64_t n;

	/* Two that differ are how one request is smuggled into another. */
	if (!parse_length(value, &n) || (*has_length && n != r->body_len))
		return 400;
	*has_length = true;
	r->body_len = n;
	return 0;
}

static int take_header(struct mb_http_request *r, struct rmqi_str name, struct rmqi_str value,
		       bool *has_length)
{
	if (is_alike(name, "content-length"))
		return take_length(r, value, has_length);
	if (is_alike(name, "transfer-encoding"))
		return 411;
	if (is_alike(name, "host"))
		r->host = value;
	else if (is_alike(name, "origin"))
		r->origin = value;
	else if (is_alike(name, "accept"))
		r->accept = value;
	else if (is_alike(name, "connection"))
		r->is_last = r->is_last || has_word(value, "close");
	else if (is_alike(name, "expect"))
		r->waits_to_continue = is_alike(value, "100-continue");
	return 0;
}

static int take_headers(struct mb_http_request *r, struct rmqi_str lines)
{
	bool has_length = false, found;
	int status = 0;

	while (lines.len > 0 && status == 0) {
		struct rmqi_str line, name, value;

		lines = rmqi_str_cut(lines, "\n", &line, NULL);
		value = rmqi_str_cut(line, ":", &name, &found);
		if (!found || name.len == 0 || name.len != rmqi_str_trim(name).len)
			return 400;
		status = take_header(r, name, rmqi_str_trim(value), &has_length);
	}
	return status;
}

/* "GET /metrics HTTP/1.1" */
static int take_line(struct mb_http_request *r, struct rmqi_str line)
{
	struct rmqi_str target, version;
	bool found;

	version = rmqi_str_cut(line, " ", &r->method, &found);
	if (found)
		version = rmqi_str_cut(version, " ", &target, &found);
	if (!found || r->method.len == 0 || target.len == 0 || target.ptr[0] != '/')
		return 400;
	r->is_last = rmqi_str_is(version, "HTTP/1.0");
	if (!r->is_last && !rmqi_str_is(version, "HTTP/1.1"))
		return rmqi_str_has_prefix(version, "HTTP/") ? 505 : 400;
	r->query = rmqi_str_cut(target, "?", &r->path, NULL);
	return 0;
}

int mb_http_request_parse(struct rmqi_str head, struct mb_http_request *out)
{
	struct mb_http_request r = {0};
	struct rmqi_str line, rest = rmqi_str_cut(head, "\n", &line, NULL);
	int status = take_line(&r, rmqi_str_trim(line));

	if (status == 0)
		status = take_headers(&r, rest);
	if (status == 0)
		*out = r;
	return status;
}

bool mb_http_request_is_get(const struct mb_http_request *r)
{
	return rmqi_str_is(r->method, "GET") || rmqi_str_is(r->method, "HEAD");
}

/* -1: none. */
static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool mb_http_unescape(struct rmqi_str text, bool is_query, struct rmqi_buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int c = (unsigned char)text.ptr[i];

		if (c == '+' && is_query) {
			c = ' ';
		} else if (c == '%') {
			int high = text.len - i > 2 ? digit_of(text.ptr[i + 1]) : -1;
			int low = high >= 0 ? digit_of(text.ptr[i + 2]) : -1;

			if (low < 0)
				return false;
			c = high * 16 + low;
			i += 2;
		}
		if (c == 0)
			return false;
		rmqi_buf_add_u8(out, (uint64_t)c);
	}
	return true;
}

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{400, "Bad Request"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *mb_http_reason(int status)
{
	for (size_t i = 0; i < RMQI_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status < 400 ? "OK" : "Error";
}
