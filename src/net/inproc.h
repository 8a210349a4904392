/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc.h - the network of a simulation: listeners by address text, pairs of
 * byte queues, delivered by loop tasks in the seeded order.
 *
 * A listener on port 0 gets 10000, 10001, ... so that runs repeat. Links can be
 * cut and delayed by the test.
 *
 * Thread: the simulation's.
 */
#ifndef RMQI_NET_INPROC_H
#define RMQI_NET_INPROC_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"

struct rmqi_inproc;

/* What listeners of a simulation are bound to: an address that no host has (RFC 1122, 3.2.1.3), so that a
 * client with real sockets knows it. */
#define RMQI_INPROC_HOST "0.0.0.1"
bool rmqi_inproc_is_address(const char *address);

enum rmq_error rmqi_inproc_new(struct rmqi_sim *sim, struct rmqi_inproc **out) RMQI_MUST_USE;
/* Every listener and connection must be gone. */
void rmqi_inproc_free(struct rmqi_inproc *n);
/* One-way delay of every byte from now on; 0 at first. */
void rmqi_inproc_set_latency_us(struct rmqi_inproc *n, int64_t us);
/* Cuts the listener at `address` ("host:port") off, or connects it again. Bytes on the way wait, in
 * both directions, and go on afterwards; connects that begin meanwhile get no answer. */
void rmqi_inproc_set_cut(struct rmqi_inproc *n, const char *address, bool is_cut);
/* Bytes sent and not yet read by the other side, over all links. */
uint64_t rmqi_inproc_in_flight(const struct rmqi_inproc *n);

/* Each link with such bytes, by the address of its listener. */
void rmqi_inproc_each(const struct rmqi_inproc *n,
		      void (*fn)(void *arg, const char *address, uint64_t bytes), void *arg);

#endif
