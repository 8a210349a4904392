/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server.h - the server side of remoting (NettyRemotingServer.java).
 *
 * Who comes to its listener (listener.h) becomes a connection (conn.h). Plain
 * frames and TLS share the port and are told apart by the first byte (0x16 is a
 * TLS handshake; a plain frame starts with 0x00). Limits: RMQI_FRAME_MAX, bounded
 * output (a peer that does not read is not read from either, and closed when its
 * queue is full), idle and partial-frame timeouts.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_NET_SERVER_H
#define RMQI_NET_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/log.h"
#include "base/macros.h"
#include "net/conn.h"
#include "net/loop.h"
#include "net/tls.h"

struct rmqi_server;

/* Of bad peers; 0: what stands beside it. */
struct rmqi_server_limits {
	size_t connections;  /* RMQI_SERVER_CONNECTIONS; whoever comes when there are so many is closed at once */
	size_t pause_at;     /* RMQI_CONN_PAUSE_AT bytes of answers that a peer has not taken: no more is read from it */
	size_t output_max;   /* RMQI_CONN_OUTPUT_MAX bytes of them: it is closed */
	unsigned in_flight;  /* RMQI_CONN_IN_FLIGHT_MAX requests of one peer: SYSTEM_BUSY */
	int64_t idle_ms;     /* RMQI_CONN_IDLE_MS without a byte in or out: closed */
	int64_t partial_ms;  /* RMQI_CONN_PARTIAL_MS for a frame, or a handshake, that does not end: closed */
};

enum { RMQI_SERVER_CONNECTIONS = 20000 };

struct rmqi_server_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;
	const char *host;        /* numeric or a name; "127.0.0.1", "::1" */
	uint16_t port;           /* 0: any free one */
	struct rmqi_tls *tls;    /* NULL: TLS handshakes are refused; must outlive the server */
	bool require_tls;        /* plain connections are refused (TlsMode.ENFORCING) */
	struct rmqi_server_limits limits;
	int32_t version;         /* of its answers (MQVersion.java); 0: RMQI_VERSION */
	/* `request` is borrowed during the call. Answer now or later (keep a ref) with
	 * rmqi_conn_reply; one-way requests get no answer. */
	void (*on_request)(void *arg, struct rmqi_conn *c, const struct rmqi_command *request);
	void (*on_open)(void *arg, struct rmqi_conn *c);   /* may be NULL */
	void (*on_closed)(void *arg, struct rmqi_conn *c); /* last call for this conn */
	void *arg;
};

/* Binds and listens. RMQ_ERR_RESOLVE, RMQ_ERR_CONNECT (address in use, not permitted), with the cause
 * in `detail` (may be NULL). Thread: any. */
enum rmq_error rmqi_server_new(const struct rmqi_server_config *config, struct rmqi_server **out,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port" with the real port; borrowed. Thread: any. */
const char *rmqi_server_address(const struct rmqi_server *s);
/* Calls fn with each open connection, which it may close. Thread: loop. */
void rmqi_server_each(struct rmqi_server *s, void (*fn)(void *arg, struct rmqi_conn *c), void *arg);
/* What it looks like from outside (for faults). REFUSED: nobody listens, connections are reset. SILENT: who
 * connects gets no answer, and all connections are held (rmqi_conn_hold). HELD: who connects is accepted, and held as
 * all others. OPEN again: held bytes go on. RMQ_ERR_CONNECT: the port was taken meanwhile; it stays refused. One
 * caller at a time. Thread: any. */
enum rmqi_reach { RMQI_REACH_OPEN, RMQI_REACH_REFUSED, RMQI_REACH_SILENT, RMQI_REACH_HELD };
enum rmq_error rmqi_server_set_reach(struct rmqi_server *s, enum rmqi_reach reach,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Stops listening, closes every connection (on_closed is called for each), frees. Thread: any but
 * not from one of its callbacks. */
void rmqi_server_free(struct rmqi_server *s);

#endif
