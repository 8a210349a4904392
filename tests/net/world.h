/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - a server that does as the request's code says, and a client of it,
 * over any transport.
 *
 *     W_ECHO      answers with the request's body
 *     W_SILENT    never answers
 *     W_LATER     is kept; the next W_RELEASE answers all kept ones, then itself
 *     W_CLOSE     closes the connection
 *     W_ABORT     resets the connection
 *     W_GO_AWAY   answers 1500 until `go_away` such answers were given, then echoes
 *     W_ASK_BACK  sends a W_ECHO request to the client, answers with its answer
 *     W_FLOOD     answers with a body of as many bytes as the body says (decimal)
 *     W_COUNT     (one-way) is counted
 */
#ifndef TESTS_NET_WORLD_H
#define TESTS_NET_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <check.h>

#include "base/detail.h"
#include "base/executor.h"
#include "base/sim.h"
#include "net/address.h"
#include "net/filter.h"
#include "net/inproc.h"
#include "net/loop.h"
#include "net/rpc.h"
#include "net/server.h"
#include "net/tls.h"
#include "tests/support/certs.h"

enum transport { W_TCP, W_TLS, W_SIM, W_TRANSPORTS };

enum {
	W_ECHO = 1001,
	W_SILENT,
	W_LATER,
	W_RELEASE,
	W_CLOSE,
	W_ABORT,
	W_GO_AWAY,
	W_ASK_BACK,
	W_FLOOD,
	W_COUNT
};

enum { W_PATIENCE_MS = 20 * 1000, W_KEPT_MAX = 4096 };

struct world {
	enum transport transport;
	struct rmqi_env env;
	struct rmqi_sim *sim;
	struct rmqi_loop *client_loop;
	struct rmqi_loop *server_loop;
	struct rmqi_tls *client_tls;
	struct rmqi_tls *server_tls;
	struct rmqi_server *server;
	struct rmqi_rpc *rpc;
	char address[RMQI_ADDRESS_MAX];
	struct rmqi_log log;

	/* Set before world_open. */
	uint64_t seed;
	struct rmqi_rpc_config rpc_config;
	struct rmqi_server_config server_config;
	_Atomic(struct rmqi_filter *)
		filter; /* of a connection of the server, one at a time; may be NULL */
	struct rmqi_filter *late_filter; /* of one that has been closed; may be NULL */
	_Atomic int late_error;          /* what that came to */

	/* server loop */
	struct rmqi_conn *kept[W_KEPT_MAX];
	int32_t kept_opaque[W_KEPT_MAX];
	size_t kept_count;
	int go_away;

	/* any */
	_Atomic unsigned opened, closed, counted, requests, client_requests;
	_Atomic unsigned client_opened, client_lost, client_alive;
	_Atomic uint64_t trace; /* a hash over everything that the server saw, with its time */
};

/* Loops and settings; then world_open starts server and client. */
void world_init(struct world *w, enum transport transport);
void world_open(struct world *w);
void world_close(struct world *w);

int64_t world_deadline(const struct world *w, int64_t ms);
/* Waits for a condition; fails the test if it does not come. */
void world_wait(struct world *w, bool (*is_true)(void *arg), void *arg);
void world_wait_count(struct world *w, _Atomic unsigned *count, unsigned at_least);

/* A synchronous call with a text as body. */
enum rmq_error world_call(struct world *w, int code, const char *body,
			  struct rmqi_response *response, int64_t timeout_ms,
			  struct rmq_error_detail *detail);
/* Calls W_ECHO and checks the answer. */
void world_expect_echo(struct world *w, const char *body);

/* An asynchronous call that notes how it ended. It must end on the loop, whoever read the answer. */
struct noted {
	struct rmqi_call call;
	struct rmqi_loop *loop;
	_Atomic unsigned ends;
	enum rmq_error error;
	int32_t code;
	size_t body_len;
	enum rmq_phase phase;
	char why[256];
	_Atomic unsigned *total; /* counts all ends; may be NULL */
};

void world_call_async(struct world *w, int code, const char *body, int64_t timeout_ms,
		      struct noted *n);
void world_wait_end(struct world *w, struct noted *n);

/* Keeps the client's loop from doing anything until it is let go: what comes meanwhile piles up. */
struct held_loop {
	struct rmqi_task task;
	struct rmqi_event is_held, may_go;
};

void world_hold_loop(struct world *w, struct held_loop *h);
/* Returns when all that piled up was handled. */
void world_let_go(struct world *w, struct held_loop *h);

/* A plain TCP peer, driven by hand; blocking, with a time limit. */
int raw_listen(char *address, size_t size);
int raw_accept(int listener);
int raw_connect(const char *address);
void raw_send(int fd, const void *bytes, size_t len);
/* Reads until len bytes came, or the end: how many came. */
size_t raw_read(int fd, void *buf, size_t len);
/* The peer has ended the connection (FIN or RST) within the patience. */
bool raw_is_ended(int fd);
/* Reads one whole request: its code, and the opaque to answer it with. */
int raw_request(int fd, int *opaque);
/* A whole frame: JSON request with this code, opaque and body. Returns its length. */
size_t raw_frame(void *buf, size_t size, int code, int opaque, int flag, const char *body);

char *read_file(const char *path); /* owned (free), NUL-terminated */

/* The frame of every test program: tests run for each transport in [0, transports). */
int world_suite(const char *name, const TTest *const *each, size_t each_count,
		const TTest *const *once, size_t once_count);

#endif
