/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc_impl.h - listening on and connecting through the simulated network.
 */
#ifndef RMQI_NET_INPROC_IMPL_H
#define RMQI_NET_INPROC_IMPL_H

#include <rocketmq/error.h>

#include "base/macros.h"
#include "net/inproc.h"
#include "net/stream.h"

struct rmqi_inproc_listener;

/* `address` with port 0 gets the next free one. RMQ_ERR_CONNECT: in use. `accept` is called on the
 * loop; the stream is its own. */
enum rmq_error rmqi_inproc_listen(struct rmqi_inproc *n, struct rmqi_loop *l, const char *address,
				  void (*accept)(void *arg, struct rmqi_stream *s), void *arg,
				  struct rmqi_inproc_listener **out) RMQI_MUST_USE;
const char *rmqi_inproc_listener_address(const struct rmqi_inproc_listener *l);
void rmqi_inproc_unlisten(struct rmqi_inproc_listener *l);

struct rmqi_inproc_dial;

/* fn(arg, RMQ_OK, stream) or fn(arg, RMQ_ERR_CONNECT, NULL), once, on `l`, never from within. */
enum rmq_error rmqi_inproc_dial(struct rmqi_inproc *n, struct rmqi_loop *l, const char *address,
				void (*fn)(void *arg, enum rmq_error error, struct rmqi_stream *s),
				void *arg, struct rmqi_inproc_dial **out) RMQI_MUST_USE;
/* fn will not be called. Not after it was. */
void rmqi_inproc_dial_cancel(struct rmqi_inproc_dial *d);

#endif
