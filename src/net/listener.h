/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - a place that others connect to: binds, accepts, and hands over
 * whoever came. It knows no protocol.
 *
 *     bind --> accept --> on_socket (tcp, for a user that has to see the first byte)
 *                    `--> on_stream (all else: a plain stream, over tcp or in process)
 *
 * In a simulation it listens on the network of processes (inproc.h): there are no
 * sockets there, so every arrival is a stream. When descriptors are out, accepting
 * pauses for a moment, with one line in the log until nobody waits any more; who waits stays
 * in the backlog.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_NET_LISTENER_H
#define RMQI_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/log.h"
#include "base/macros.h"
#include "codec/message.h"
#include "net/loop.h"
#include "net/stream.h"

struct rmqi_listener;

struct rmqi_listener_config {
	struct rmqi_loop *loop;
	const struct rmqi_log *log; /* may be NULL; must outlive the listener */
	const char *host;           /* numeric or a name; NULL: "127.0.0.1" */
	uint16_t port;              /* 0: any free one */
	/* Somebody connected. The stream is the user's: it sets fn and arg, and closes it. */
	void (*on_stream)(void *arg, struct rmqi_stream *stream);
	/* If set, gets each connected, non-blocking socket instead, before anything was read; `fd` is
	 * moved. Never called in a simulation. */
	void (*on_socket)(void *arg, int fd, const struct rmqi_host *peer);
	void *arg;
};

/* Binds and listens; the loop may call back before it returns. RMQ_ERR_RESOLVE, RMQ_ERR_CONNECT
 * (address in use, not permitted), with the cause in `detail` (may be NULL). Thread: any. */
enum rmq_error rmqi_listener_new(const struct rmqi_listener_config *config,
				 struct rmqi_listener **out,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* "host:port" with the real port; borrowed. Thread: any. */
const char *rmqi_listener_address(const struct rmqi_listener *l);
/* For faults (mock): who connects from now on gets no answer at all, not even a refusal; or does again. In a
 * simulation bytes of all its connections stop, too (rmqi_inproc_set_cut). RMQ_ERR_SYSTEM: the system cannot.
 * Thread: loop. */
enum rmq_error rmqi_listener_set_deaf(struct rmqi_listener *l, bool is_deaf) RMQI_MUST_USE;
/* Nobody is accepted any more, nothing is called back; frees. What was handed over lives on. NULL is
 * fine. Thread: any, but not from one of its callbacks. */
void rmqi_listener_free(struct rmqi_listener *l);

#endif
