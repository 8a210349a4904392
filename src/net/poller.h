/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poller.h - which descriptors are ready: epoll, level-triggered.
 *
 * A watch belongs to whoever embeds it. It is in the kernel's set while it wants
 * something, and out of it else: a peer that has hung up raises nothing then. Errors and
 * hang-ups of a descriptor are told as whatever the watch wants; read and write say what
 * it is.
 *
 * Of our own, because libevent prints and calls exit(1) when descriptors are out while it
 * makes a base, and prints when epoll_ctl fails; what keeps it from that is process-wide
 * (event_set_fatal_callback, event_set_log_callback).
 *
 * Thread: loop.
 */
#ifndef RMQI_NET_POLLER_H
#define RMQI_NET_POLLER_H

#include <stdbool.h>

#include <rocketmq/error.h>

#include "base/macros.h"

enum { RMQI_READABLE = 1, RMQI_WRITABLE = 2 };

struct rmqi_poller;

/* RMQ_ERR_SYSTEM: no descriptor is left. Takes one. */
enum rmq_error rmqi_poller_new(struct rmqi_poller **out) RMQI_MUST_USE;
/* Every watch was stopped. NULL is harmless. */
void rmqi_poller_free(struct rmqi_poller *p);
/* Calls those that are ready; waits for the first one if it may. */
void rmqi_poller_run(struct rmqi_poller *p, bool may_wait);

struct rmqi_watch {
	struct rmqi_poller *poller; /* NULL: never initialised */
	int fd;
	unsigned wanted; /* bits; 0: not in the kernel's set */
	/* `ready`: what it wants of what is there, not 0. It may stop and free the watch. */
	void (*fn)(struct rmqi_watch *w, unsigned ready);
};

/* Wants nothing yet. `fd` is borrowed. */
void rmqi_watch_init(struct rmqi_watch *w, struct rmqi_poller *p, int fd,
		     void (*fn)(struct rmqi_watch *w, unsigned ready));
/* 0, or an errno: then it wants what it did. */
int rmqi_watch_set(struct rmqi_watch *w, unsigned wanted) RMQI_MUST_USE;
/* It is not called any more. Before the descriptor is closed. Harmless twice, and on zeroes. */
void rmqi_watch_stop(struct rmqi_watch *w);

#endif
