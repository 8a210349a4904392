/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bad_peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, LISTENER = 0, WAKER = 1, FIRST = 2 };

struct bad_peer {
	enum bad_peer_kind kind;
	pthread_t thread;
	int wake[2]; /* closing the write end stops the thread */
	struct pollfd fds[FIRST + CONNECTIONS_MAX];
	nfds_t count;
	char address[32];
	atomic_int connections;
	atomic_size_t received;
};

struct bytes {
	const char *data;
	size_t len;
	bool then_close;
};

#define BYTES(text, then_close)                    \
	{                                          \
		text, sizeof(text) - 1, then_close \
	}

static const struct bytes answers[PEER_KINDS] = {
	[PEER_CLOSES_LATER] = BYTES("", true),
	[PEER_GARBAGE] = BYTES("\xde\xad\xbe\xef\x00\xff\x55\xaa this is no frame at all", false),
	[PEER_HTTP] = BYTES("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", false),
	[PEER_HUGE_FRAME] = BYTES("\x7f\xff\xff\xff\x00\x00\x00\x10{\"code\":0", false),
	[PEER_NEGATIVE_FRAME] = BYTES("\xff\xff\xff\xff\x00\x00\x00\x10{\"code\":0", false),
	[PEER_EMPTY_FRAME] = BYTES("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", false),
	[PEER_LONG_HEADER] = BYTES("\x00\x00\x00\x0c\x00\xff\xff\xff{\"code\":0", false),
	[PEER_BAD_HEADER] = BYTES("\x00\x00\x00\x0c\x00\x00\x00\x08not json", false),
	[PEER_BAD_TYPE] = BYTES("\x00\x00\x00\x0c\x7f\x00\x00\x08whatever", false),
	[PEER_HALF_FRAME] = BYTES("\x00\x00\x01\x00\x00\x00\x00\x40{\"code\":0,", false),
	[PEER_CUT_FRAME] = BYTES("\x00\x00\x01\x00\x00\x00\x00\x40{\"code\":0,", true),
	[PEER_OTHER_ANSWER] =
		BYTES("\x00\x00\x00\x4f\x00\x00\x00\x4b"
		      "{\"code\":0,\"flag\":1,\"language\":\"JAVA\",\"opaque\":2000000000,"
		      "\"version\":479}    ",
		      false),
};

/* False: close it. */
static bool serve(struct bad_peer *p, int fd)
{
	const struct bytes *answer = &answers[p->kind];
	char request[65536];
	ssize_t got = recv(fd, request, sizeof(request), 0);

	if (got <= 0)
		return false;
	p->received += (size_t)got;
	if (answer->len > 0 && send(fd, answer->data, answer->len, MSG_NOSIGNAL) < 0)
		return false;
	return !answer->then_close;
}

static void drop(struct bad_peer *p, nfds_t i)
{
	close(p->fds[i].fd);
	p->fds[i] = p->fds[--p->count];
}

static void take_connection(struct bad_peer *p)
{
	int fd = accept(p->fds[LISTENER].fd, NULL, NULL);

	if (fd < 0)
		return;
	p->connections++;
	if (p->kind == PEER_CLOSES || p->count == FIRST + CONNECTIONS_MAX)
		close(fd);
	else
		p->fds[p->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void *run(void *arg)
{
	struct bad_peer *p = arg;

	for (;;) {
		if (poll(p->fds, p->count, -1) < 0)
			continue;
		if (p->fds[WAKER].revents)
			return NULL;
		for (nfds_t i = p->count; i-- > FIRST;)
			if (p->fds[i].revents && !serve(p, p->fds[i].fd))
				drop(p, i);
		if (p->fds[LISTENER].revents)
			take_connection(p);
	}
}

static int listen_anywhere(char *address, size_t size)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	snprintf(address, size, "127.0.0.1:%d", ntohs(a.sin_port));
	return fd;
}

struct bad_peer *bad_peer_start(enum bad_peer_kind kind)
{
	struct bad_peer *p = calloc(1, sizeof(*p));
	int fd;

	if (!p)
		return NULL;
	p->kind = kind;
	fd = listen_anywhere(p->address, sizeof(p->address));
	if (fd < 0 || pipe2(p->wake, O_CLOEXEC) != 0) {
		free(p);
		return NULL;
	}
	p->fds[LISTENER] = (struct pollfd){.fd = fd, .events = POLLIN};
	p->fds[WAKER] = (struct pollfd){.fd = p->wake[0], .events = POLLIN};
	p->count = FIRST;
	if (pthread_create(&p->thread, NULL, run, p) != 0)
		abort();
	return p;
}

const char *bad_peer_address(const struct bad_peer *p)
{
	return p->address;
}

int bad_peer_connections(struct bad_peer *p)
{
	return p->connections;
}

size_t bad_peer_received(struct bad_peer *p)
{
	return p->received;
}

void bad_peer_stop(struct bad_peer *p)
{
	if (!p)
		return;
	close(p->wake[1]);
	pthread_join(p->thread, NULL);
	while (p->count > FIRST)
		drop(p, FIRST);
	close(p->fds[LISTENER].fd);
	close(p->wake[0]);
	free(p);
}

const char *bad_peer_kind_name(enum bad_peer_kind kind)
{
	static const char *const names[PEER_KINDS] = {
		"silent",     "closes",     "closes later", "garbage",      "http",
		"huge frame", "negative",   "empty frame",  "long header",  "bad header",
		"bad type",   "half frame", "cut frame",    "other answer",
	};

	return names[kind];
}
