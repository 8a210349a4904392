/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/net/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "net/address.h"
#include "tests/support/child.h"
#include "tests/support/suite.h"

/* --- The server ------------------------------------------------------------------------- */

static void note(struct world *w, const void *bytes, size_t len)
{
	uint64_t hash = atomic_load(&w->trace);
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	atomic_store(&w->trace, hash);
}

static void reply(struct rmqi_conn *c, const struct rmqi_command *to, int32_t code,
		  struct rmqi_cursor body)
{
	struct rmqi_outgoing o = {.code = code, .body = &body, .body_count = 1};
	enum rmq_error err = rmqi_conn_reply(c, to->opaque, to->serialization, &o);

	ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || !rmqi_conn_is_open(c));
}

static void keep(struct world *w, struct rmqi_conn *c, const struct rmqi_command *request)
{
	ck_assert_uint_lt(w->kept_count, W_KEPT_MAX);
	w->kept[w->kept_count] = rmqi_conn_ref(c);
	w->kept_opaque[w->kept_count] = request->opaque;
	w->kept_count++;
}

static void release(struct world *w, int32_t code)
{
	for (size_t i = 0; i < w->kept_count; i++) {
		struct rmqi_outgoing o = {.code = code};
		enum rmq_error err = rmqi_conn_reply(w->kept[i], w->kept_opaque[i], RMQI_JSON, &o);

		ck_assert(err == RMQ_OK || !rmqi_conn_is_open(w->kept[i]));
		rmqi_conn_unref(w->kept[i]);
	}
	w->kept_count = 0;
}

struct ask_back {
	struct rmqi_call call;
	struct rmqi_conn *conn;
	int32_t opaque;
};

static void on_asked(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct ask_back *a = RMQI_CONTAINER(call, struct ask_back, call);
	struct rmqi_outgoing o = {.code = error == RMQ_OK ? 0 : 1};
	enum rmq_error err;

	if (response) {
		o.body = &response->body;
		o.body_count = 1;
	}
	err = rmqi_conn_reply(a->conn, a->opaque, RMQI_JSON, &o);
	ck_assert(err == RMQ_OK || !rmqi_conn_is_open(a->conn));
	rmqi_conn_unref(a->conn);
	free(a);
}

static void ask_back(struct world *w, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct ask_back *a = calloc(1, sizeof(*a));
	struct rmqi_outgoing o = {.code = W_ECHO, .body = &request->body, .body_count = 1};

	a->call.fn = on_asked;
	a->conn = rmqi_conn_ref(c);
	a->opaque = request->opaque;
	ck_assert_int_eq(rmqi_conn_call(c, &o, world_deadline(w, W_PATIENCE_MS), &a->call), RMQ_OK);
}

static void flood(struct rmqi_conn *c, const struct rmqi_command *request)
{
	int64_t len = 0;
	char *bytes;

	ck_assert(rmqi_str_to_i64(rmqi_cursor_str(request->body), &len));
	bytes = calloc(1, (size_t)len + 1);
	reply(c, request, 0, rmqi_cursor(bytes, (size_t)len));
	free(bytes);
}

static void on_request(void *arg, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct world *w = arg;
	int64_t now = w->sim ? rmqi_clock_us(w->env.clock) : 0;

	ck_assert(rmqi_loop_is_current(w->server_loop));
	atomic_fetch_add(&w->requests, 1);
	note(w, &request->code, sizeof(request->code));
	note(w, &request->opaque, sizeof(request->opaque));
	note(w, &now, sizeof(now));
	switch (request->code) {
	case W_ECHO:
		reply(c, request, 0, request->body);
		break;
	case W_SILENT:
		break;
	case W_LATER:
		keep(w, c, request);
		break;
	case W_RELEASE:
		release(w, 0);
		reply(c, request, 0, request->body);
		break;
	case W_CLOSE:
		rmqi_conn_close(c, RMQ_OK);
		break;
	case W_ABORT:
		rmqi_conn_abort(c);
		break;
	case W_GO_AWAY:
		reply(c, request, w->go_away > 0 ? 1500 : 0, request->body);
		w->go_away -= w->go_away > 0;
		break;
	case W_ASK_BACK:
		ask_back(w, c, request);
		break;
	case W_FLOOD:
		flood(c, request);
		break;
	case W_COUNT:
		ck_assert(rmqi_command_is_oneway(request));
		atomic_fetch_add(&w->counted, 1);
		break;
	case RMQI_REQ_PULL_MESSAGE: /* one with a typed header */
		reply(c, request, RMQI_RESP_PULL_NOT_FOUND, request->body);
		break;
	default:
		ck_abort_msg("request code %d", (int)request->code);
	}
}

static void on_server_open(void *arg, struct rmqi_conn *c)
{
	struct world *w = arg;
	struct rmqi_filter *filter = atomic_load(&w->filter);

	rmqi_conn_set_user(c, w);
	if (filter)
		ck_assert_int_eq(rmqi_conn_set_filter(c, filter), RMQ_OK);
	atomic_fetch_add(&w->opened, 1);
}

static void on_server_closed(void *arg, struct rmqi_conn *c)
{
	struct world *w = arg;

	ck_assert_ptr_eq(rmqi_conn_user(c), w);
	if (w->late_filter)
		atomic_store(&w->late_error, (int)rmqi_conn_set_filter(c, w->late_filter));
	atomic_fetch_add(&w->closed, 1);
}

/* --- The client ---------------------------------------------------------------------------- */

static void on_client_request(void *arg, struct rmqi_conn *c, const char *address,
			      const struct rmqi_command *request)
{
	struct world *w = arg;

	ck_assert(rmqi_loop_is_current(w->client_loop));
	ck_assert_str_eq(address, w->address);
	atomic_fetch_add(&w->client_requests, 1);
	if (!rmqi_command_is_oneway(request))
		reply(c, request, 0, request->body);
}

static void on_client_state(void *arg, const char *address, bool is_open, enum rmq_error reason)
{
	struct world *w = arg;

	(void)address;
	(void)reason;
	atomic_fetch_add(is_open ? &w->client_opened : &w->client_lost, 1);
}

static void on_client_alive(void *arg, const char *address)
{
	struct world *w = arg;

	ck_assert_str_eq(address, w->address);
	ck_assert(rmqi_loop_is_current(w->client_loop));
	atomic_fetch_add(&w->client_alive, 1);
}

static void print(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	fprintf(stderr, "%d %s\n", (int)level, text);
}

/* --- Life ------------------------------------------------------------------------------------- */

void world_init(struct world *w, enum transport transport)
{
	*w = (struct world){.transport = transport, .env = *rmqi_env_real(), .seed = 1};
	if (getenv("WORLD_LOG"))
		w->log = (struct rmqi_log){.fn = print, .level = RMQ_LOG_DEBUG};
	w->server_config.host = "127.0.0.1";
}

static void make_tls(struct world *w)
{
	struct rmqi_tls_config client = {0}, server = {0};
	char folder[256];
	struct certs certs;

	if (w->client_tls || w->server_tls)
		return;
	ck_assert(make_scratch(folder, sizeof(folder)));
	ck_assert(certs_make(&certs, folder, "DNS:localhost,IP:127.0.0.1"));
	server.cert_file = certs.cert;
	server.key_file = certs.key;
	client.ca_file = certs.ca;
	ck_assert_int_eq(rmqi_tls_new(&server, true, &w->server_tls, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_tls_new(&client, false, &w->client_tls, NULL), RMQ_OK);
	remove_tree(folder);
}

void world_open(struct world *w)
{
	if (w->transport == W_SIM) {
		ck_assert_int_eq(rmqi_sim_new(w->seed, 1700000000000, &w->sim), RMQ_OK);
		w->env.sim = w->sim;
		w->env.clock = rmqi_sim_clock(w->sim);
		ck_assert_int_eq(rmqi_inproc_new(w->sim, &w->env.inproc), RMQ_OK);
	}
	if (w->transport == W_TLS)
		make_tls(w);
	ck_assert_int_eq(rmqi_loop_new(&w->env, "client", &w->client_loop), RMQ_OK);
	ck_assert_int_eq(rmqi_loop_new(&w->env, "server", &w->server_loop), RMQ_OK);
	w->server_config.loop = w->server_loop;
	w->server_config.log = &w->log;
	w->server_config.tls = w->server_tls;
	w->server_config.on_request = on_request;
	w->server_config.on_open = on_server_open;
	w->server_config.on_closed = on_server_closed;
	w->server_config.arg = w;
	ck_assert_int_eq(rmqi_server_new(&w->server_config, &w->server, NULL), RMQ_OK);
	snprintf(w->address, sizeof(w->address), "%s", rmqi_server_address(w->server));
	w->rpc_config.loop = w->client_loop;
	w->rpc_config.log = &w->log;
	w->rpc_config.tls = w->client_tls;
	w->rpc_config.on_request = on_client_request;
	w->rpc_config.on_state = on_client_state;
	w->rpc_config.on_alive = on_client_alive;
	w->rpc_config.arg = w;
	ck_assert_int_eq(rmqi_rpc_new(&w->rpc_config, &w->rpc), RMQ_OK);
}

static void forget_kept(void *arg)
{
	struct world *w = arg;

	for (size_t i = 0; i < w->kept_count; i++)
		rmqi_conn_unref(w->kept[i]);
	w->kept_count = 0;
}

void world_close(struct world *w)
{
	rmqi_rpc_free(w->rpc);
	rmqi_server_free(w->server);
	rmqi_loop_call(w->server_loop, forget_kept, w);
	ck_assert_uint_eq(atomic_load(&w->opened), atomic_load(&w->closed));
	ck_assert_uint_eq(atomic_load(&w->client_opened), atomic_load(&w->client_lost));
	rmqi_loop_free(w->client_loop);
	rmqi_loop_free(w->server_loop);
	rmqi_tls_free(w->client_tls);
	rmqi_tls_free(w->server_tls);
	if (w->sim) {
		ck_assert_uint_eq(rmqi_inproc_in_flight(w->env.inproc), 0);
		rmqi_inproc_free(w->env.inproc);
		rmqi_sim_free(w->sim);
	}
}

int64_t world_deadline(const struct world *w, int64_t ms)
{
	return rmqi_clock_deadline(w->env.clock, ms);
}

/* --- Waiting ------------------------------------------------------------------------------------- */

void world_wait(struct world *w, bool (*is_true)(void *arg), void *arg)
{
	int64_t end = real_ms() + W_PATIENCE_MS;

	if (w->sim) {
		ck_assert(
			rmqi_sim_run_until(w->sim, is_true, arg, world_deadline(w, W_PATIENCE_MS)));
		return;
	}
	while (!is_true(arg)) {
		ck_assert_int_lt(real_ms(), end);
		pause_ms(1);
	}
}

struct count {
	_Atomic unsigned *count;
	unsigned at_least;
};

static bool has_count(void *arg)
{
	const struct count *c = arg;

	return atomic_load(c->count) >= c->at_least;
}

void world_wait_count(struct world *w, _Atomic unsigned *count, unsigned at_least)
{
	struct count c = {.count = count, .at_least = at_least};

	world_wait(w, has_count, &c);
}

/* --- Calls ------------------------------------------------------------------------------------------ */

enum rmq_error world_call(struct world *w, int code, const char *body,
			  struct rmqi_response *response, int64_t timeout_ms,
			  struct rmq_error_detail *detail)
{
	struct rmqi_cursor piece = rmqi_cursor(body, strlen(body));
	struct rmqi_outgoing o = {.code = code, .body = &piece, .body_count = 1};

	return rmqi_rpc_call(w->rpc, w->address, &o, world_deadline(w, timeout_ms), response, NULL,
			     detail);
}

void world_expect_echo(struct world *w, const char *body)
{
	struct rmqi_response r;

	rmqi_response_init(&r);
	ck_assert_int_eq(world_call(w, W_ECHO, body, &r, W_PATIENCE_MS, NULL), RMQ_OK);
	ck_assert_int_eq(r.command.code, 0);
	ck_assert(rmqi_str_is(rmqi_cursor_str(r.command.body), body));
	rmqi_response_deinit(&r);
}

static void on_noted(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct noted *n = RMQI_CONTAINER(call, struct noted, call);

	ck_assert(rmqi_loop_is_current(n->loop));
	n->error = error;
	n->phase = call->phase;
	if (response) {
		n->code = response->code;
		n->body_len = response->body.len;
	} else {
		rmqi_call_explain(call, error, n->why, sizeof(n->why));
	}
	if (n->total)
		atomic_fetch_add(n->total, 1);
	atomic_fetch_add(&n->ends, 1);
}

void world_call_async(struct world *w, int code, const char *body, int64_t timeout_ms,
		      struct noted *n)
{
	struct rmqi_cursor piece = rmqi_cursor(body, strlen(body));
	struct rmqi_outgoing o = {.code = code, .body = &piece, .body_count = 1};

	n->call.fn = on_noted;
	n->loop = w->client_loop;
	rmqi_rpc_call_async(w->rpc, w->address, &o, world_deadline(w, timeout_ms), &n->call);
}

void world_wait_end(struct world *w, struct noted *n)
{
	world_wait_count(w, &n->ends, 1);
}

/* --- A loop that stands still ---------------------------------------------------------------------------- */

static void hold(struct rmqi_task *task)
{
	struct held_loop *h = RMQI_CONTAINER(task, struct held_loop, task);

	rmqi_event_set(&h->is_held);
	ck_assert(rmqi_event_wait(&h->may_go, RMQI_FOREVER));
}

void world_hold_loop(struct world *w, struct held_loop *h)
{
	*h = (struct held_loop){.task.run = hold};
	rmqi_event_init(&h->is_held, &w->env);
	rmqi_event_init(&h->may_go, &w->env);
	rmqi_loop_post(w->client_loop, &h->task);
	ck_assert(rmqi_event_wait(&h->is_held, world_deadline(w, W_PATIENCE_MS)));
}

static void do_nothing(void *arg)
{
	(void)arg;
}

void world_let_go(struct world *w, struct held_loop *h)
{
	rmqi_event_set(&h->may_go);
	rmqi_loop_call(w->client_loop, do_nothing, NULL);
	rmqi_event_deinit(&h->is_held);
	rmqi_event_deinit(&h->may_go);
}

/* --- Raw peers ----------------------------------------------------------------------------------------- */

static void set_patience(int fd)
{
	struct timeval tv = {.tv_sec = W_PATIENCE_MS / 1000};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
}

int raw_listen(char *address, size_t size)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
	} at = {.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at.in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &at.sa, len), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, &at.sa, &len), 0);
	snprintf(address, size, "127.0.0.1:%d", (int)ntohs(at.in.sin_port));
	return fd;
}

int raw_accept(int listener)
{
	int fd;

	set_patience(listener);
	fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(fd, 0);
	set_patience(fd);
	return fd;
}

int raw_connect(const char *address)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
	} at = {.in = {.sin_family = AF_INET}};
	struct rmqi_address a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(rmqi_address_parse(rmqi_str(address), &a), RMQ_OK);
	at.in.sin_port = htons(a.port);
	ck_assert_int_eq(inet_pton(AF_INET, a.host, &at.in.sin_addr), 1);
	ck_assert_int_eq(connect(fd, &at.sa, sizeof(at.in)), 0);
	set_patience(fd);
	return fd;
}

void raw_send(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the peer has closed: what the test is about shows in reading */
		p += n;
		len -= (size_t)n;
	}
}

size_t raw_read(int fd, void *buf, size_t len)
{
	char *p = buf;
	size_t got = 0;

	while (got < len) {
		ssize_t n = recv(fd, p + got, len - got, 0);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return got;
}

bool raw_is_ended(int fd)
{
	char buf[4096];
	ssize_t n;

	do
		n = recv(fd, buf, sizeof(buf), 0);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

int raw_request(int fd, int *opaque)
{
	struct rmqi_command command;
	struct rmqi_frame frame;
	unsigned char bytes[4096];
	size_t len;

	ck_assert_uint_eq(raw_read(fd, bytes, 4), 4);
	len = (size_t)bytes[2] << 8 | bytes[3];
	ck_assert_uint_le(len + 4, sizeof(bytes));
	ck_assert_uint_eq(raw_read(fd, bytes + 4, len), len);
	rmqi_command_init(&command);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_cursor(bytes, len + 4), &frame), RMQ_OK);
	ck_assert_int_eq(rmqi_command_decode(&command, &frame), RMQ_OK);
	*opaque = command.opaque;
	rmqi_command_deinit(&command);
	return command.code;
}

size_t raw_frame(void *buf, size_t size, int code, int opaque, int flag, const char *body)
{
	struct rmqi_command_meta meta = {.code = code, .opaque = opaque, .flag = flag};
	struct rmqi_buf b;
	size_t len;

	rmqi_buf_init(&b, size);
	ck_assert_int_eq(rmqi_command_encode(&b, &meta, NULL, NULL, NULL, 0, strlen(body)), RMQ_OK);
	rmqi_buf_add_text(&b, body);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	len = b.len;
	memcpy(buf, rmqi_buf_data(&b), len);
	rmqi_buf_deinit(&b);
	return len;
}

char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 65536);
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, 65535, f);
	ck_assert_uint_gt(n, 0);
	fclose(f);
	return text;
}

int world_suite(const char *name, const TTest *const *each, size_t each_count,
		const TTest *const *once, size_t once_count)
{
	struct suite s;

	suite_open(&s, name);
	for (size_t i = 0; i < each_count; i++)
		suite_add_loop(&s, each[i], W_TRANSPORTS);
	suite_add(&s, once, once_count);
	return suite_run(&s);
}
