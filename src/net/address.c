/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* "http://host/path/1.2.3.4:9876" means what stands behind the last '/'. */
static struct rmqi_str skip_http(struct rmqi_str text)
{
	if (!rmqi_str_has_prefix(text, "http://") && !rmqi_str_has_prefix(text, "https://"))
		return text;
	for (size_t i = text.len; i > 0; i--)
		if (text.ptr[i - 1] == '/')
			return rmqi_str_n(text.ptr + i, text.len - i);
	return text;
}

/* Cuts at the last ':'; false when there is none. */
static bool split(struct rmqi_str text, struct rmqi_str *host, struct rmqi_str *port)
{
	for (size_t i = text.len; i > 0; i--) {
		if (text.ptr[i - 1] != ':')
			continue;
		*host = rmqi_str_n(text.ptr, i - 1);
		*port = rmqi_str_n(text.ptr + i, text.len - i);
		return true;
	}
	return false;
}

static bool is_port(struct rmqi_str text, uint16_t *out)
{
	uint32_t value = 0;

	if (text.len == 0 || text.len > 5)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text.ptr[i] - '0');
	}
	if (value > UINT16_MAX)
		return false;
	*out = (uint16_t)value;
	return true;
}

/* Printable, without blanks: a host is also used in log lines and as a file name's part. */
static bool is_host(struct rmqi_str host, bool is_bracketed)
{
	if (host.len == 0 || host.len >= sizeof(((struct rmqi_address *)0)->host))
		return false;
	for (size_t i = 0; i < host.len; i++) {
		unsigned char c = (unsigned char)host.ptr[i];

		if (c <= ' ' || c == 0x7f || strchr("[]/;,@", c))
			return false;
		if (c == ':' && !is_bracketed)
			return false;
	}
	return true;
}

enum rmq_error rmqi_address_parse(struct rmqi_str text, struct rmqi_address *out)
{
	struct rmqi_str host, port;
	struct rmqi_address a;
	bool is_bracketed;

	text = skip_http(rmqi_str_trim(text));
	if (!split(text, &host, &port) || !is_port(port, &a.port))
		return RMQ_ERR_ADDRESS;
	is_bracketed = host.len >= 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';
	if (is_bracketed)
		host = rmqi_str_n(host.ptr + 1, host.len - 2);
	if (!is_host(host, is_bracketed))
		return RMQ_ERR_ADDRESS;
	memcpy(a.host, host.ptr, host.len);
	a.host[host.len] = '\0';
	memset(a.host + host.len, 0, sizeof(a.host) - host.len);
	*out = a;
	return RMQ_OK;
}

const char *rmqi_address_problem(struct rmqi_str text)
{
	struct rmqi_str host, port;
	uint16_t number;

	for (size_t i = 0; i + 3 <= text.len; i++)
		if (memcmp(text.ptr + i, "://", 3) == 0)
			return "it has a scheme, only host:port is meant";
	if (!split(rmqi_str_trim(text), &host, &port))
		return "it has no port";
	if (!is_port(port, &number))
		return "its port is not a number in 1..65535";
	if (number == 0)
		return "its port is 0";
	return "the host is empty, or has characters that no host has";
}

const char *rmqi_address_text(const struct rmqi_address *a, char *buf, size_t size)
{
	bool is_v6 = strchr(a->host, ':') != NULL;

	snprintf(buf, size, is_v6 ? "[%s]:%u" : "%s:%u", a->host, (unsigned)a->port);
	return buf;
}

static void free_texts(char **texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rmqi_free(texts[i]);
	rmqi_free(texts);
}

static size_t count_elements(struct rmqi_str text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == ';';
	return count;
}

enum rmq_error rmqi_address_list(struct rmqi_str text, char ***out, size_t *count,
				 struct rmqi_str *bad)
{
	char **texts = rmqi_calloc(count_elements(text), sizeof(*texts));
	char buf[RMQI_ADDRESS_MAX];
	struct rmqi_address a;
	struct rmqi_str element;
	enum rmq_error err;
	size_t n = 0;

	if (!texts)
		return RMQ_ERR_NO_MEMORY;
	while (text.len) {
		text = rmqi_str_cut(text, ";", &element, NULL);
		element = rmqi_str_trim(element);
		if (element.len == 0)
			continue;
		err = rmqi_address_parse(element, &a);
		if (err == RMQ_OK && a.port == 0)
			err = RMQ_ERR_ADDRESS;
		if (err == RMQ_OK) {
			texts[n] = rmqi_strdup(rmqi_address_text(&a, buf, sizeof(buf)));
			err = texts[n] ? RMQ_OK : RMQ_ERR_NO_MEMORY;
		}
		if (err != RMQ_OK) {
			if (bad)
				*bad = element;
			free_texts(texts, n);
			return err;
		}
		n++;
	}
	*out = texts;
	*count = n;
	return RMQ_OK;
}
