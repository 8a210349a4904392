/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/net_ends.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/executor.h"
#include "codec/command.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/server.h"

char net_body[NET_BODY];
const char *net_tls_folder;

void net_die(const char *what)
{
	fprintf(stderr, "net_bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- The server ------------------------------------------------------------------------ */

static void on_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_outgoing o = {.body = &request->body, .body_count = 1};

	(void)arg;
	if (!rmqi_command_is_oneway(request) &&
	    rmqi_conn_reply(c, request->opaque, request->serialization, &o) != RMQ_OK)
		fprintf(stderr, "net_bench: an answer was lost\n");
}

struct rmqi_tls *net_make_tls(bool is_server)
{
	char ca[512], cert[512], key[512];
	struct rmqi_tls_config config = {0};
	struct rmqi_tls *tls = NULL;

	if (!net_tls_folder)
		return NULL;
	snprintf(ca, sizeof(ca), "%s/ca.pem", net_tls_folder);
	snprintf(cert, sizeof(cert), "%s/server.pem", net_tls_folder);
	snprintf(key, sizeof(key), "%s/server.key", net_tls_folder);
	config.ca_file = is_server ? NULL : ca;
	config.cert_file = is_server ? cert : NULL;
	config.key_file = is_server ? key : NULL;
	if (rmqi_tls_new(&config, is_server, &tls, NULL) != RMQ_OK)
		net_die("tls");
	return tls;
}

static void serve(int out, int in)
{
	struct rmqi_server_config config = {.host = "127.0.0.1", .on_request = on_request};
	struct rmqi_server *server;
	char end;

	config.tls = net_make_tls(true);
	if (rmqi_loop_new(rmqi_env_real(), "server", &config.loop) != RMQ_OK ||
	    rmqi_server_new(&config, &server, NULL) != RMQ_OK)
		net_die("server");
	if (write(out, rmqi_server_address(server), RMQI_ADDRESS_MAX) != RMQI_ADDRESS_MAX)
		net_die("write");
	while (read(in, &end, 1) > 0) /* until the parent ends */
		;
	rmqi_server_free(server);
	rmqi_loop_free(config.loop);
	rmqi_tls_free(config.tls);
	exit(0);
}

pid_t net_server_start(char *address, int *end)
{
	int from[2], to[2];
	pid_t pid;

	if (pipe(from) != 0 || pipe(to) != 0)
		net_die("pipe");
	pid = fork();
	if (pid < 0)
		net_die("fork");
	if (pid == 0) {
		close(to[1]);
		serve(from[1], to[0]);
	}
	close(to[0]);
	*end = to[1];
	if (read(from[0], address, RMQI_ADDRESS_MAX) != RMQI_ADDRESS_MAX)
		net_die("read");
	return pid;
}

/* --- The bare socket ------------------------------------------------------------------------ */

void net_raw_open(struct net_raw *r, const char *address)
{
	struct rmqi_command_meta meta = {
		.serialization = RMQI_BINARY, .code = NET_CODE, .opaque = 7};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct rmqi_address a;
	struct rmqi_buf b;
	int one = 1;

	rmqi_buf_init(&b, sizeof(r->frame));
	if (rmqi_command_encode(&b, &meta, NULL, NULL, NULL, 0, NET_BODY) != RMQ_OK)
		net_die("encode");
	rmqi_buf_add(&b, net_body, NET_BODY);
	r->len = b.len;
	memcpy(r->frame, rmqi_buf_data(&b), b.len);
	rmqi_buf_deinit(&b);
	r->have = 0;
	if (rmqi_address_parse(rmqi_str(address), &a) != RMQ_OK)
		net_die("address");
	in.sin_port = htons(a.port);
	r->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&in, sizeof(in)) != 0)
		net_die("connect");
	setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Reads once; the number of whole frames that are there now. */
static size_t raw_read(struct net_raw *r)
{
	ssize_t n = recv(r->fd, r->input + r->have, sizeof(r->input) - r->have, 0);
	size_t at = 0, frames = 0;

	if (n <= 0)
		net_die("recv");
	r->have += (size_t)n;
	while (r->have - at >= 4) {
		size_t len = 4 + ((size_t)r->input[at] << 24 | (size_t)r->input[at + 1] << 16 |
				  (size_t)r->input[at + 2] << 8 | r->input[at + 3]);

		if (r->have - at < len)
			break;
		at += len;
		frames++;
	}
	memmove(r->input, r->input + at, r->have - at);
	r->have -= at;
	return frames;
}

void net_raw_call(struct net_raw *r)
{
	if (send(r->fd, r->frame, r->len, MSG_NOSIGNAL) != (ssize_t)r->len)
		net_die("send");
	while (raw_read(r) == 0)
		;
}

void net_raw_pipeline(struct net_raw *r, size_t total, size_t window)
{
	uint8_t *many = malloc(r->len * window);
	size_t sent = 0, done = 0;

	for (size_t i = 0; i < window; i++)
		memcpy(many + i * r->len, r->frame, r->len);
	while (done < total) {
		size_t n = window - (sent - done);

		if (n > total - sent)
			n = total - sent;
		for (size_t at = 0; at < n * r->len;) {
			ssize_t put = send(r->fd, many + at, n * r->len - at, MSG_NOSIGNAL);

			if (put <= 0)
				net_die("send");
			at += (size_t)put;
		}
		sent += n;
		done += raw_read(r);
	}
	free(many);
}
