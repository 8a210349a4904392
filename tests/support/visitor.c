/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/visitor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <check.h>

#include "base/mem.h"
#include "codec/json.h"

enum { WAIT_MS = 60000, ANSWER_MAX = 9 * 1024 * 1024 };

void visitor_init(struct visitor *v, const char *address)
{
	*v = (struct visitor){.fd = -1, .headers = ""};
	snprintf(v->address, sizeof(v->address), "%s", address);
	v->host = v->address;
}

static void forget(struct visitor *v)
{
	rmqi_json_free(v->json);
	free(v->head);
	free(v->body);
	v->json = NULL;
	v->head = NULL;
	v->body = NULL;
}

void visitor_deinit(struct visitor *v)
{
	forget(v);
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
}

static void dial(struct visitor *v)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	const char *colon = strrchr(v->address, ':');

	v->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(v->fd, 0);
	sa.sin_port = htons((uint16_t)atoi(colon + 1));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(v->fd, (const struct sockaddr *)&sa, sizeof(sa)), 0);
}

void visitor_say(struct visitor *v, const char *method, const char *path, const char *body)
{
	size_t size = 1024 + strlen(path) + strlen(v->headers) + (body ? strlen(body) : 0);
	char *text = malloc(size);
	int len;

	ck_assert_ptr_nonnull(text);
	len = snprintf(text, size, "%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		       method, path, v->host, v->headers, body ? strlen(body) : 0,
		       body ? body : "");
	if (v->fd < 0)
		dial(v);
	ck_assert_int_eq(send(v->fd, text, (size_t)len, MSG_NOSIGNAL), len);
	free(text);
}

/* Reads on until so many bytes are there. */
static void read_to(struct visitor *v, char *all, size_t *len, size_t wanted)
{
	struct pollfd p = {.fd = v->fd, .events = POLLIN};

	while (*len < wanted) {
		ssize_t n;

		ck_assert_msg(poll(&p, 1, WAIT_MS) == 1, "no answer for too long");
		n = recv(v->fd, all + *len, wanted - *len, 0);
		ck_assert_msg(n > 0, "the server closed: %.*s", (int)*len, all);
		*len += (size_t)n;
		all[*len] = '\0';
	}
}

static int read_answer(struct visitor *v)
{
	char *all = malloc(ANSWER_MAX);
	size_t len = 0, body_len;
	const char *length;
	char *end;
	int status;

	ck_assert_ptr_nonnull(all);
	all[0] = '\0';
	while (!strstr(all, "\r\n\r\n"))
		read_to(v, all, &len, len + 1);
	end = strstr(all, "\r\n\r\n") + 4;
	ck_assert_int_eq(sscanf(all, "HTTP/1.1 %d ", &status), 1);
	length = strstr(all, "Content-Length: ");
	ck_assert_ptr_nonnull(length);
	body_len = strtoul(length + 16, NULL, 10);
	ck_assert_uint_lt((size_t)(end - all) + body_len, ANSWER_MAX);
	read_to(v, all, &len, (size_t)(end - all) + body_len);
	v->body = strdup(end);
	v->head = all;
	*end = '\0';
	if (strstr(all, "Connection: close\r\n")) {
		close(v->fd);
		v->fd = -1;
	}
	return status;
}

int visitor_ask(struct visitor *v, const char *method, const char *path, const char *body)
{
	int status;

	forget(v);
	visitor_say(v, method, path, body);
	status = read_answer(v);
	if (rmqi_json_parse(rmqi_cursor(v->body, strlen(v->body)), &v->json) != RMQ_OK)
		v->json = NULL;
	return status;
}
