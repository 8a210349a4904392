/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dial.h - from an address text to a stream that is ready: resolve, connect to
 * each address in turn, shake hands.
 *
 * The time for resolving and connecting is connect_timeout_ms; each address gets
 * an equal share of what is left, so that one that swallows packets does not use
 * up the time of the next. The TLS handshake has connect_timeout_ms again.
 *
 * Thread: loop.
 */
#ifndef RMQI_NET_DIAL_H
#define RMQI_NET_DIAL_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "net/loop.h"
#include "net/resolve.h"
#include "net/stream.h"
#include "net/tls.h"

struct rmqi_dial;

struct rmqi_dial_config {
	struct rmqi_loop *loop;
	struct rmqi_resolver *resolver;
	struct rmqi_tls *tls; /* NULL: plain */
	const char *address;  /* borrowed until the end */
	int64_t connect_timeout_ms;
	/* RESOLVE, CONNECT, TLS: told as it changes. */
	void (*on_phase)(void *arg, enum rmq_phase phase);
	/* RMQ_OK and a stream (owned), or the error and a sentence (borrowed). Once, never from within
	 * start. The dial is gone then. */
	void (*on_done)(void *arg, enum rmq_error error, const char *reason,
			struct rmqi_stream *stream);
	void *arg;
};

enum rmq_error rmqi_dial_start(const struct rmqi_dial_config *config,
			       struct rmqi_dial **out) RMQI_MUST_USE;
/* on_done will not be called. Not after it was. */
void rmqi_dial_cancel(struct rmqi_dial *d);

#endif
