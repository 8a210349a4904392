/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - host names to socket addresses, off the loop.
 *
 * Numeric hosts are read at once. A name is looked up on a thread of its own, which is made for it and
 * ends when there is nothing more to look up. getaddrinfo cannot be interrupted and may hang for
 * half a minute, so:
 *
 *   - a name is looked up once at a time: who asks for it meanwhile joins, and a name that hangs holds
 *     one thread, however often it is asked for;
 *   - RMQI_RESOLVE_THREADS names may be under way. Others wait, first come, first served; one that nobody
 *     waits for any more is not looked up;
 *   - a job that is cancelled touches nothing of its starter; a thread that hangs outlives the resolver
 *     and ends by itself.
 *
 * So a name that hangs costs those who ask for it. Only when as many hang as there may be threads do
 * others wait behind them, until their own time is over; then rmqi_resolve_ahead says why.
 * All families are asked for, whatever the machine has: a connect that fails costs nothing.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_NET_RESOLVE_H
#define RMQI_NET_RESOLVE_H

#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "net/loop.h"

enum { RMQI_RESOLVE_THREADS = 16 };

struct rmqi_lookups;

struct rmqi_resolver {
	const struct rmqi_env *env;
	struct rmqi_lookups *lookups; /* NULL until needed */
};

struct rmqi_endpoint {
	socklen_t len;
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
};

/* Owned: freed with rmqi_free. */
struct rmqi_endpoints {
	size_t count; /* not 0 */
	struct rmqi_endpoint list[];
};

void rmqi_resolver_init(struct rmqi_resolver *r, const struct rmqi_env *env);
/* Every job was cancelled or has ended. Waits for running look-ups, but not long: they may hang in the
 * system's resolver. Thread: any, when the loop uses it no more. */
void rmqi_resolver_deinit(struct rmqi_resolver *r);

/* NULL when the host is not numeric. Thread: any. */
struct rmqi_endpoints *rmqi_resolve_numeric(const char *host, uint16_t port);

struct rmqi_resolve_job;
/* fn(arg, 0, found): `found` is owned by fn. fn(arg, EAI_..., NULL): failed. On the loop, never from
 * within start. RMQ_ERR_SYSTEM: no thread can be had. */
enum rmq_error
rmqi_resolve_start(struct rmqi_resolver *r, struct rmqi_loop *l, const char *host, uint16_t port,
		   void (*fn)(void *arg, int gai_error, struct rmqi_endpoints *found), void *arg,
		   struct rmqi_resolve_job **out) RMQI_MUST_USE;
/* fn will not be called. Not after it was. */
void rmqi_resolve_cancel(struct rmqi_resolve_job *job);
/* How many look-ups of other names it waits for; 0: its own is under way. */
unsigned rmqi_resolve_ahead(const struct rmqi_resolve_job *job);

#endif
