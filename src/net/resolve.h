/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.h - host names to socket addresses, off the loop.
 *
 * Numeric hosts are read at once. Names go to a pool of two threads that is made
 * when the first name comes; getaddrinfo cannot be interrupted, so a job that is
 * cancelled ends by itself later and touches nothing of its starter. All families
 * are asked for, whatever the machine has: a connect that fails costs nothing.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_NET_RESOLVE_H
#define RMQI_NET_RESOLVE_H

#include <netdb.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/thread.h"
#include "net/loop.h"

struct rmqi_resolver {
	const struct rmqi_env *env;
	struct rmqi_pool *pool; /* loop; NULL until needed */
};

void rmqi_resolver_init(struct rmqi_resolver *r, const struct rmqi_env *env);
/* Waits for running jobs, but not long: they may hang in the system's resolver. Thread: any, when
 * the loop uses it no more. */
void rmqi_resolver_deinit(struct rmqi_resolver *r);

/* A list to be freed with freeaddrinfo; NULL when the host is not numeric. */
struct addrinfo *rmqi_resolve_numeric(const char *host, uint16_t port);

struct rmqi_resolve_job;
/* fn(arg, 0, list): list is owned by fn. fn(arg, EAI_..., NULL): failed. On the loop, never from
 * within start. */
enum rmq_error rmqi_resolve_start(struct rmqi_resolver *r, struct rmqi_loop *l, const char *host,
				  uint16_t port,
				  void (*fn)(void *arg, int gai_error, struct addrinfo *list),
				  void *arg, struct rmqi_resolve_job **out) RMQI_MUST_USE;
/* fn will not be called. Not after it was. */
void rmqi_resolve_cancel(struct rmqi_resolve_job *job);

#endif
