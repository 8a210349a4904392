/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc_impl.h - the simulated network from the inside: listening on it, connecting
 * through it, and what its files share.
 *
 *   inproc.c       the network: its clock, its cuts, its listeners
 *   inproc_link.c  a pair of streams and the bytes between them
 *   inproc_dial.c  how a link comes about
 */
#ifndef RMQI_NET_INPROC_IMPL_H
#define RMQI_NET_INPROC_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "net/address.h"
#include "net/inproc.h"
#include "net/stream.h"

struct rmqi_inproc {
	struct rmqi_sim *sim;
	struct rmqi_map listeners; /* by address */
	struct rmqi_map cuts;      /* by address; any value */
	struct rmqi_list links;    /* inproc_link.c */
	int64_t latency_us;
	uint64_t in_flight;
	uint32_t next_port;
	uint32_t next_client;
};

struct rmqi_inproc_listener {
	struct rmqi_inproc *net;
	struct rmqi_loop *loop;
	void (*accept)(void *arg, struct rmqi_stream *s);
	void *arg;
	char address[RMQI_ADDRESS_MAX];
};

int64_t rmqi_inproc_now_us(const struct rmqi_inproc *n);
bool rmqi_inproc_is_cut(const struct rmqi_inproc *n, const char *address);

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

/* Two connected streams: `*near` of the loop that connects, `*far` of the listener's. */
enum rmq_error rmqi_inproc_link(struct rmqi_inproc *n, struct rmqi_loop *from, struct rmqi_loop *to,
				const char *address, struct rmqi_stream **near,
				struct rmqi_stream **far) RMQI_MUST_USE;
/* The bytes of every link to this address wait, or go on. */
void rmqi_inproc_cut_links(struct rmqi_inproc *n, const char *address, bool is_cut);

#endif
