/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - RPC hooks of a client (RPCHook.java): seen by every request it
 * originates, before it is encoded, and by every response.
 *
 * Thread: before, sent: the one that makes the call. after: the loop, for an asynchronous
 * call; for a synchronous one whoever reads its answer: a caller, or the loop. A
 * hook must not block.
 */
#ifndef RMQI_NET_HOOKS_H
#define RMQI_NET_HOOKS_H

#include "net/conn.h"

enum { RMQI_HOOKS_MAX = 4, RMQI_HOOK_EXT_MAX = 8, RMQI_HOOK_TEXT_MAX = 32 };

/* What a hook keeps for one request, from `before` to `sent`: texts of the ext fields that it adds. */
struct rmqi_hook_kept {
	void *held;
	char text[RMQI_HOOK_TEXT_MAX];
};

struct rmqi_hook {
	/* May add up to RMQI_HOOK_EXT_MAX - *count ext fields at ext[*count]. Their texts must live until
	 * `sent`. RMQ_OK, or why the request must not leave. */
	enum rmq_error (*before)(void *arg, const char *address,
				 const struct rmqi_outgoing *request, struct rmqi_ext *ext,
				 size_t *count, struct rmqi_hook_kept *kept);
	/* The request was written or queued, or never will be: once for each `before` that was
	 * RMQ_OK, on the same thread. May be NULL. */
	void (*sent)(void *arg, struct rmqi_hook_kept *kept);
	void (*after)(void *arg, const char *address, int32_t request_code,
		      const struct rmqi_command *response);
	void *arg;
};

/* A request with what hooks have added. */
struct rmqi_hooked {
	struct rmqi_outgoing request;
	struct rmqi_ext ext[RMQI_EXT_MAX];
	struct rmqi_hook_kept kept[RMQI_HOOKS_MAX];
};

/* Of an array of RMQI_HOOKS_MAX: those before the first empty one. */
size_t rmqi_hooks_count(const struct rmqi_hook *hooks);
/* Makes out->request, the one to send; rmqi_hooks_sent must follow. RMQ_ERR_TOO_LARGE when there is no room
 * for what hooks may add (sent without it, the request might lack its signature), or a hook's error:
 * then nothing is to be sent, and nothing follows. */
enum rmq_error rmqi_hooks_before(const struct rmqi_hook *hooks, size_t hook_count,
				 const char *address, const struct rmqi_outgoing *request,
				 struct rmqi_hooked *out) RMQI_MUST_USE;
void rmqi_hooks_sent(const struct rmqi_hook *hooks, size_t hook_count, struct rmqi_hooked *hooked);
void rmqi_hooks_after(const struct rmqi_hook *hooks, size_t hook_count, const char *address,
		      int32_t request_code, const struct rmqi_command *response);

#endif
