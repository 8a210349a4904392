/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.h - one remoting connection, either end of it.
 *
 * Both ends may send requests (a broker notifies its clients); both answer.
 * Connections are made by rpc.h (client side) and server.h.
 *
 * Life: opening -> open -> closed. Closing is idempotent; every call under way
 * then completes with the reason. A conn is refcounted; the memory lives until
 * the last unref.
 *
 * Who may touch the socket when
 *   - Output: any thread appends a frame to the output buffer under the
 *     connection's mutex. If nothing is queued and nobody writes, the caller of a
 *     synchronous request writes to the socket itself (the permitted shortcut);
 *     else the loop writes, one gathered write per wake-up.
 *   - Input: the loop reads. While only synchronous callers use the connection,
 *     the loop steps back (it stops watching the socket) and the caller that waits
 *     reads for itself and for the others; the loop takes over again when an
 *     asynchronous call is made, a caller leaves answers pending, or the
 *     connection was quiet for some milliseconds. Only the loop changes who
 *     watches, and only the loop closes the descriptor.
 *   - TLS and in-process connections: the loop reads and writes, always.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_NET_CONN_H
#define RMQI_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "codec/command.h"
#include "codec/message.h"
#include "codec/schema.h"

/*
 * A client's connection is closed, too, when RMQI_CONN_SILENT_CALLS calls in a row ended by timeout, the
 * first of them was sent RMQI_CONN_SILENT_MS ago, and no byte has come since (conn_silence.c). The next
 * call makes a new one. So a connection that is only half there costs three timeouts, not one for each call.
 */
enum {
	RMQI_CONN_SILENT_CALLS = 3,
	RMQI_CONN_SILENT_MS = 5 * 1000,
	RMQI_CONN_IDLE_MS = 120 * 1000,   /* no byte in or out: closed (NettyServerConfig) */
	RMQI_CONN_PARTIAL_MS = 30 * 1000, /* an unfinished frame older than this: closed */
	/* Unless its owner says more: queued output, and requests awaiting an answer; beyond them
	 * RMQ_ERR_BUSY. */
	RMQI_CONN_OUTPUT_MAX = 64 * 1024 * 1024,
	RMQI_CONN_PENDING_MAX = 65535,
	/* Of a server, unless its owner says more: output at which it reads no further until half of it has gone, and
	 * requests of one peer without an answer; beyond them SYSTEM_BUSY. */
	RMQI_CONN_PAUSE_AT = 1024 * 1024,
	RMQI_CONN_IN_FLIGHT_MAX = 16384
};

struct rmqi_conn;
struct rmqi_filter;

struct rmqi_template; /* codec/template.h */

/* Who is told when the socket has taken all of a one-way request, or the connection was closed before: once,
 * on the loop. Borrowed until then. */
struct rmqi_written {
	void (*fn)(struct rmqi_written *w, bool is_written);
	/* The rest belongs to net. */
	struct rmqi_list link;
	uint64_t output_end;
};

/* What is to be sent, as a request or as an answer. Everything is borrowed during the call. */
struct rmqi_outgoing {
	int32_t code; /* request code, or response code */
	struct rmqi_str remark;
	const struct rmqi_header_desc *desc; /* NULL: no typed header */
	const void *header;
	const struct rmqi_ext *extra; /* further ext fields */
	size_t extra_count;
	const struct rmqi_cursor *body; /* pieces, sent one behind the other */
	size_t body_count;
	/* Of such heads, one a serialization (RMQI_JSON, RMQI_BINARY): what does not vary in them is as in
	 * `header`. NULL: none. They are used where they fit. */
	const struct rmqi_template *templates;
	struct rmqi_written *written; /* of a one-way request that is accepted; NULL: nobody */
};

/*
 * call - one request that awaits its answer. Owned by the caller until `fn` was
 * called: exactly once, with a response or an error. `fn` runs on the loop, always,
 * whoever has read the answer: it must not block and not make synchronous calls.
 * `response` is borrowed during fn. When the connection is closed, or its rpc freed,
 * every fn has been called.
 */
struct rmqi_call {
	void (*fn)(struct rmqi_call *call, enum rmq_error error,
		   const struct rmqi_command *response);
	/* The rest belongs to net. */
	struct rmqi_list link;
	int32_t opaque;
	int32_t code;
	int64_t start_us;
	int64_t deadline_us;
	uint64_t output_begin; /* where the frame stands in the connection's output */
	uint64_t output_end;
	struct rmqi_conn *conn;
	enum rmq_phase phase; /* where it ended, for fn */
};

struct rmqi_conn *rmqi_conn_ref(struct rmqi_conn *c);
void rmqi_conn_unref(struct rmqi_conn *c);
/* Starts closing; RMQ_OK as reason means "we wanted it". */
void rmqi_conn_close(struct rmqi_conn *c, enum rmq_error reason);
bool rmqi_conn_is_open(struct rmqi_conn *c);
/* Once it is closing: what was wrong, and a sentence, borrowed as long as the conn. RMQ_OK: nothing, this side
 * wanted it. */
const char *rmqi_conn_why_closed(const struct rmqi_conn *c, enum rmq_error *reason);

/* An asynchronous request. An error return means that fn will not be called. */
enum rmq_error rmqi_conn_call(struct rmqi_conn *c, const struct rmqi_outgoing *request,
			      int64_t deadline_us, struct rmqi_call *call) RMQI_MUST_USE;
/* A request that wants no answer. RMQ_OK: queued or written. */
enum rmq_error rmqi_conn_oneway(struct rmqi_conn *c,
				const struct rmqi_outgoing *request) RMQI_MUST_USE;
/* The answer to a request with this opaque, in `serialization` (the requester's). */
enum rmq_error rmqi_conn_reply(struct rmqi_conn *c, int32_t opaque,
			       enum rmqi_serialization serialization,
			       const struct rmqi_outgoing *response) RMQI_MUST_USE;
/* A two-way request of a server's peer will never be answered: it is in flight no more. Loop. */
void rmqi_conn_unanswered(struct rmqi_conn *c);

/* "ip:port" of the peer; borrowed as long as the conn. */
const char *rmqi_conn_peer_text(const struct rmqi_conn *c);
const struct rmqi_host *rmqi_conn_peer_host(const struct rmqi_conn *c);
const struct rmqi_host *rmqi_conn_local_host(const struct rmqi_conn *c);
/* The user's pointer of a server connection (per-peer state); thread: loop. */
void rmqi_conn_set_user(struct rmqi_conn *c, void *user);
void *rmqi_conn_user(const struct rmqi_conn *c);
/* Bytes queued and not yet taken by the socket. */
size_t rmqi_conn_output_len(struct rmqi_conn *c);
bool rmqi_conn_is_tls(const struct rmqi_conn *c);
/* That this side says it is (MQVersion.java). */
int32_t rmqi_conn_version(const struct rmqi_conn *c);

/* Why a call failed, as a sentence: "connect to 127.0.0.1:1 refused". Only within call->fn, with its
 * arguments. */
const char *rmqi_call_explain(const struct rmqi_call *call, enum rmq_error error, char *buf,
			      size_t size);

/* For faults (mock): all bytes of a server connection pass `f` from now on (filter.h); NULL: none.
 * RMQ_ERR_NO_MEMORY: there is no filter now; RMQ_ERR_CONNECTION_LOST: it has been closed. Thread: loop. */
enum rmq_error rmqi_conn_set_filter(struct rmqi_conn *c, struct rmqi_filter *f) RMQI_MUST_USE;
/* For faults (mock): bytes as they are, behind what is queued. */
enum rmq_error rmqi_conn_write_raw(struct rmqi_conn *c, const void *bytes,
				   size_t len) RMQI_MUST_USE;
/* For faults (mock): closes at once, with a reset where the transport knows one; what is queued is
 * lost. */
void rmqi_conn_abort(struct rmqi_conn *c);
/* For faults (mock): while it is held nothing is read from it and nothing written to it; bytes of both sides
 * wait, and go on afterwards. Its timeouts go on meanwhile. Of a client no synchronous caller may use it. A
 * server's may be held by its own handlers, but not let go. Thread: loop. */
void rmqi_conn_hold(struct rmqi_conn *c, bool is_held);

#endif
