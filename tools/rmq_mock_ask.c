/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/rmq_mock_ask.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "net/address.h"

enum { READ_SIZE = 64 * 1024 };

static void set_time(int fd, int64_t max_ms)
{
	struct timeval t = {.tv_sec = max_ms / 1000, .tv_usec = max_ms % 1000 * 1000};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t));
}

/* -1: errno. */
static int dial(const struct addrinfo *places, int64_t max_ms)
{
	for (const struct addrinfo *p = places; p; p = p->ai_next) {
		int fd = socket(p->ai_family, p->ai_socktype | SOCK_CLOEXEC, p->ai_protocol);

		if (fd < 0)
			continue;
		set_time(fd, max_ms);
		if (connect(fd, p->ai_addr, p->ai_addrlen) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

/* -1: the cause stands in `why`. */
static int reach(const struct rmqi_address *a, int64_t max_ms, struct rmqi_buf *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *places;
	char port[8];
	int problem, fd;

	snprintf(port, sizeof(port), "%u", (unsigned)a->port);
	problem = getaddrinfo(a->host, port, &hints, &places);
	if (problem != 0) {
		rmqi_buf_add_text(why, gai_strerror(problem));
		return -1;
	}
	fd = dial(places, max_ms);
	if (fd < 0)
		rmqi_buf_add_text(why, strerror(errno));
	freeaddrinfo(places);
	return fd;
}

static bool say(int fd, const struct rmqi_buf *text)
{
	const uint8_t *at = rmqi_buf_data(text);
	size_t left = text->len;

	while (left > 0) {
		ssize_t n = send(fd, at, left, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		left -= (size_t)n;
	}
	return true;
}

/* All until the server closes. */
static bool hear(int fd, struct rmqi_buf *all)
{
	uint8_t *room;
	ssize_t n = 1;

	while (n > 0) {
		if (rmqi_buf_reserve(all, READ_SIZE, &room) != RMQ_OK) {
			errno = ENOMEM;
			return false;
		}
		n = recv(fd, room, READ_SIZE, 0);
		rmqi_buf_commit(all, n > 0 ? (size_t)n : 0);
	}
	return n == 0;
}

/* -1: no HTTP. */
static int take(struct rmqi_buf *all, struct rmqi_buf *body)
{
	const char *text = rmqi_buf_text(all);
	const char *end = strstr(text, "\r\n\r\n");
	int status;

	if (!end || sscanf(text, "HTTP/1.1 %d ", &status) != 1) {
		rmqi_buf_add_text(body, "this is no control plane: its answer is no HTTP");
		return -1;
	}
	rmqi_buf_drop(all, (size_t)(end + 4 - text));
	rmqi_buf_add(body, rmqi_buf_data(all), all->len);
	return status;
}

int ask_http(const char *address, const char *method, const char *target, const char *text,
	     int64_t max_ms, struct rmqi_buf *body)
{
	struct rmqi_str place = rmqi_str(address);
	struct rmqi_address a;
	struct rmqi_buf bytes;
	int fd, status = -1;

	if (rmqi_str_has_prefix(place, "http://"))
		place = rmqi_str_n(place.ptr + 7, place.len - 7);
	if (place.len > 0 && place.ptr[place.len - 1] == '/')
		place.len--;
	if (rmqi_address_parse(place, &a) != RMQ_OK) {
		rmqi_buf_addf(body, "it is not host:port: %s", rmqi_address_problem(place));
		return -1;
	}
	fd = reach(&a, max_ms, body);
	if (fd < 0)
		return -1;
	rmqi_buf_init(&bytes, ASK_ANSWER_MAX);
	rmqi_buf_addf(&bytes,
		      "%s %s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n"
		      "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		      method, target, RMQI_STR_ARG(place), text ? strlen(text) : 0,
		      text ? text : "");
	if (rmqi_buf_status(&bytes) == RMQ_OK && say(fd, &bytes)) {
		rmqi_buf_reset(&bytes);
		if (hear(fd, &bytes))
			status = take(&bytes, body);
		else
			rmqi_buf_add_text(body, strerror(errno));
	} else {
		rmqi_buf_add_text(body, strerror(errno));
	}
	rmqi_buf_deinit(&bytes);
	close(fd);
	return status;
}
