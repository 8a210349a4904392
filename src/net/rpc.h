/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc.h - the client side of remoting: addresses, connections, calls
 * (NettyRemotingClient.java).
 *
 * One connection per address text, made when first needed, shared by all calls,
 * remade by the next call after it was lost. A call's deadline covers resolving,
 * connecting, the TLS handshake and the answer; every address that a name
 * resolves to is tried in turn. A connection that fails completes the calls that
 * wait for it at once.
 *
 * Name resolution may block: it runs on threads of its own, never on the loop (resolve.h).
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_NET_RPC_H
#define RMQI_NET_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/log.h"
#include "base/macros.h"
#include "net/conn.h"
#include "net/hooks.h"
#include "net/loop.h"
#include "net/tls.h"

enum { RMQI_CONNECT_TIMEOUT_MS = 3000 }; /* NettySystemConfig */

struct rmqi_rpc;

struct rmqi_rpc_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log;             /* may be NULL; must outlive the rpc */
	struct rmqi_tls *tls;                   /* NULL: plain; must outlive the rpc */
	enum rmqi_serialization serialization;  /* of what we originate */
	int64_t connect_timeout_ms;             /* 0: RMQI_CONNECT_TIMEOUT_MS */
	int64_t idle_timeout_ms;                /* 0: RMQI_CONN_IDLE_MS */
	int64_t spin_us;                        /* net/spin.h; 0: callers sleep at once */
	size_t output_max;                      /* of a connection; 0: RMQI_CONN_OUTPUT_MAX */
	size_t pending_max;                     /* of a connection; 0: RMQI_CONN_PENDING_MAX */
	struct rmqi_hook hooks[RMQI_HOOKS_MAX]; /* in this order; unused: zero */
	/* A request of the peer; on the loop. `request` is borrowed during the call. Answer two-way
	 * ones with rmqi_conn_reply (keep a ref to answer later). NULL: answered with code 3. */
	void (*on_request)(void *arg, struct rmqi_conn *c, const char *address,
			   const struct rmqi_command *request);
	/* A connection opened or was lost; on the loop; may be NULL. */
	void (*on_state)(void *arg, const char *address, bool is_open, enum rmq_error reason);
	/* A call had timed out on the connection, which was kept, and now the peer has sent something:
	 * that answer, late, or another one. On the loop; may be NULL. */
	void (*on_alive)(void *arg, const char *address);
	/* For faults (mock): is the way to this address cut? Asked on the loop when a connection has opened, and
	 * by rmqi_rpc_look_again; the connection is held meanwhile. NULL: never. Else all calls are made on the
	 * loop. */
	bool (*is_cut)(void *arg, const char *address);
	void *arg;
};

/* `config` is copied (what it points to is not). */
enum rmq_error rmqi_rpc_new(const struct rmqi_rpc_config *config,
			    struct rmqi_rpc **out) RMQI_MUST_USE;
/* Refuses new calls and completes those under way with RMQ_ERR_CANCELLED. Idempotent. */
void rmqi_rpc_close(struct rmqi_rpc *r);
/* After close; waits until the loop has let go of everything. Not on the loop. */
void rmqi_rpc_free(struct rmqi_rpc *r);

/* The answer of a synchronous call; reusable. */
struct rmqi_response {
	struct rmqi_command command; /* points into `bytes` */
	struct rmqi_buf bytes;       /* owned copy of the frame */
};

void rmqi_response_init(struct rmqi_response *r);
void rmqi_response_deinit(struct rmqi_response *r);

/*
 * A synchronous call: RMQ_OK means that a response came, whatever its code.
 * `response` may be NULL. `*phase` (may be NULL) is set always: how far the call came. On an error
 * an attempt (address, phase, elapsed) is added to `detail` (may be NULL) and its code and sentence
 * are set. Not on the loop.
 * A codes-above-32767 request is sent with a JSON header whatever the setting.
 * GO_AWAY (1500) is answered by a new connection and one more try in what is left of the time; a
 * second one is RMQ_ERR_CONNECTION_LOST: the caller never sees 1500. A timeout keeps the connection.
 */
enum rmq_error rmqi_rpc_call(struct rmqi_rpc *r, const char *address,
			     const struct rmqi_outgoing *request, int64_t deadline_us,
			     struct rmqi_response *response, enum rmq_phase *phase,
			     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* An asynchronous call; everything in `request` is copied or encoded before it returns. Always
 * accepted: fn is called exactly once, never from within this function. A GO_AWAY response is handed
 * to fn as it is (later calls go to a new connection). Thread: any, loop too. */
void rmqi_rpc_call_async(struct rmqi_rpc *r, const char *address,
			 const struct rmqi_outgoing *request, int64_t deadline_us,
			 struct rmqi_call *call);
/* A one-way request. Connects first if need be; what cannot be sent is dropped when the connection is
 * given up (a log line tells), which is after the connect timeout at the latest. RMQ_OK: accepted.
 * Thread: any, loop too. */
enum rmq_error rmqi_rpc_oneway(struct rmqi_rpc *r, const char *address,
			       const struct rmqi_outgoing *request) RMQI_MUST_USE;
/* Closes the connection to this address, if there is one. */
void rmqi_rpc_drop(struct rmqi_rpc *r, const char *address);
/* What is_cut says has changed. Thread: loop. */
void rmqi_rpc_look_again(struct rmqi_rpc *r);
/* Has this address an open connection now? */
bool rmqi_rpc_is_connected(struct rmqi_rpc *r, const char *address);

#endif
