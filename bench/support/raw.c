/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/raw.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/support/measure.h"

enum {
	INPUT_SIZE = 1024 * 1024,
	BINARY_CODE_AT = 8, /* behind length and header word: code u16, language u8, version u16 */
	BINARY_OPAQUE_AT = 13
};

void raw_open(struct raw *r, const char *address)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char host[64];
	char *colon;
	int one = 1;

	snprintf(host, sizeof(host), "%s", address);
	colon = strrchr(host, ':');
	if (!colon)
		bench_die("%s is no address", address);
	*colon = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0)
		bench_die("%s is no numeric address", address);
	*r = (struct raw){.fd = socket(found->ai_family, SOCK_STREAM, 0)};
	if (r->fd < 0 || connect(r->fd, found->ai_addr, found->ai_addrlen) != 0)
		bench_die("%s: %s", address, strerror(errno));
	freeaddrinfo(found);
	setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	r->input = malloc(INPUT_SIZE);
	if (!r->input)
		bench_die("out of memory");
}

void raw_close(struct raw *r)
{
	close(r->fd);
	free(r->input);
}

void raw_write(struct raw *r, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	ssize_t n;

	while (len > 0) {
		n = send(r->fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			bench_die("raw send: %s", strerror(errno));
		at += n;
		len -= (size_t)n;
	}
}

void raw_read(struct raw *r)
{
	ssize_t n;

	memmove(r->input, r->input + r->at, r->end - r->at);
	r->end -= r->at;
	r->at = 0;
	n = recv(r->fd, r->input + r->end, INPUT_SIZE - r->end, 0);
	if (n <= 0)
		bench_die("raw recv: %s", n == 0 ? "closed" : strerror(errno));
	r->end += (size_t)n;
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The number behind `"key":` of our encoder's JSON. */
static int32_t json_number(const uint8_t *header, size_t len, const char *key)
{
	const uint8_t *at = memmem(header, len, key, strlen(key));
	int32_t n = 0;

	if (!at)
		bench_die("no %s in an answer", key);
	for (at += strlen(key); at < header + len && *at >= '0' && *at <= '9'; at++)
		n = n * 10 + (*at - '0');
	return n;
}

bool raw_take(struct raw *r, struct raw_answer *out)
{
	const uint8_t *p = r->input + r->at;
	size_t have = r->end - r->at, len, header_len;

	if (have < RMQI_FRAME_PREFIX)
		return false;
	len = 4 + (size_t)u32_at(p);
	if (len > INPUT_SIZE)
		bench_die("an answer of %zu bytes", len);
	if (have < len)
		return false;
	header_len = u32_at(p + 4) & 0xffffff;
	if (p[4] == RMQI_BINARY) {
		out->code = p[BINARY_CODE_AT] << 8 | p[BINARY_CODE_AT + 1];
		out->opaque = (int32_t)u32_at(p + BINARY_OPAQUE_AT);
	} else {
		out->code = json_number(p + RMQI_FRAME_PREFIX, header_len, "\"code\":");
		out->opaque = json_number(p + RMQI_FRAME_PREFIX, header_len, "\"opaque\":");
	}
	out->frame = rmqi_cursor(p, len);
	out->body = rmqi_cursor(p + RMQI_FRAME_PREFIX + header_len,
				len - RMQI_FRAME_PREFIX - header_len);
	r->at += len;
	return true;
}

void raw_call(struct raw *r, const void *bytes, size_t len, struct raw_answer *out)
{
	raw_write(r, bytes, len);
	while (!raw_take(r, out))
		raw_read(r);
}

void raw_encode(struct rmqi_buf *out, enum rmqi_serialization serialization, int32_t code,
		int32_t opaque, const struct rmqi_header_desc *desc, const void *header,
		struct rmqi_cursor body)
{
	struct rmqi_command_meta meta = {.serialization = serialization,
					 .code = code,
					 .language = RMQI_LANGUAGE_CPP,
					 .version = RMQI_VERSION,
					 .opaque = opaque};

	if (rmqi_command_encode(out, &meta, desc, header, NULL, 0, body.len) != RMQ_OK)
		bench_die("a request cannot be encoded");
	rmqi_buf_add(out, body.ptr, body.len);
	if (rmqi_buf_status(out) != RMQ_OK)
		bench_die("out of memory");
}
