/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - RPC hooks of a client (RPCHook.java): seen by every request it
 * originates, before it is encoded, and by every response.
 *
 * Thread: before: the one that makes the call. after: the loop, for an asynchronous
 * call; for a synchronous one whoever reads its answer: a caller, or the loop. A
 * hook must not block.
 */
#ifndef RMQI_NET_HOOKS_H
#define RMQI_NET_HOOKS_H

#include "net/conn.h"

enum { RMQI_HOOKS_MAX = 4, RMQI_HOOK_EXT_MAX = 8 };

struct rmqi_hook {
	/* May add up to RMQI_HOOK_EXT_MAX - *count ext fields at ext[*count] (their text must live
	 * until the hook's next call on this thread). */
	void (*before)(void *arg, const char *address, const struct rmqi_outgoing *request,
		       struct rmqi_ext *ext, size_t *count);
	void (*after)(void *arg, const char *address, int32_t request_code,
		      const struct rmqi_command *response);
	void *arg;
};

/* A request with what hooks have added. */
struct rmqi_hooked {
	struct rmqi_outgoing request;
	struct rmqi_ext ext[RMQI_EXT_MAX];
};

/* Of an array of RMQI_HOOKS_MAX: those before the first empty one. */
size_t rmqi_hooks_count(const struct rmqi_hook *hooks);
/* The request to send. NULL when there is no room for what hooks may add (sent without it, the request
 * might lack its signature). */
const struct rmqi_outgoing *rmqi_hooks_before(const struct rmqi_hook *hooks, size_t hook_count,
					      const char *address,
					      const struct rmqi_outgoing *request,
					      struct rmqi_hooked *out);
void rmqi_hooks_after(const struct rmqi_hook *hooks, size_t hook_count, const char *address,
		      int32_t request_code, const struct rmqi_command *response);

#endif
