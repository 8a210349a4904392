/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_hooks.h - sends with the user's hooks around them (rocketmq/hooks.h). Without hooks they are the plain
 * sends of sync.h and async.h, with one comparison more; with them each send allocates its context.
 *
 * Thread: as those.
 */
#ifndef RMQI_SEND_SEND_HOOKS_H
#define RMQI_SEND_SEND_HOOKS_H

#include <stdbool.h>

#include <rocketmq/hooks.h>

#include "base/buf.h"
#include "base/executor.h"
#include "base/macros.h"
#include "client/config.h"
#include "send/gate.h"
#include "send/hook_set.h"
#include "send/sender.h"

enum { RMQI_HOOK_PROPERTIES = 16, RMQI_HOOK_REASON = 256 };

struct rmq_send_context {
	struct rmqi_hook_set *hooks;       /* a reference: it may outlive its producer */
	const struct rmq_message *message; /* NULL after the last `before` */
	enum rmq_send_mode mode;
	char *topic;                  /* owned */
	struct rmqi_buf added;        /* name NUL value NUL ... of the properties */
	size_t added_count;           /* pairs */
	const char **properties;      /* owned; of `extra` */
	struct rmqi_send_extra extra; /* what is sent along */
	char reason[RMQI_HOOK_REASON];
	void *data[RMQI_SEND_HOOKS_MAX];
	size_t current; /* whose hook is called */
	size_t begun;   /* hooks whose `before` is over and that wait for their `after` */
	bool is_over;   /* `after` */
	int64_t began_us;
	int64_t latency_us;
	enum rmq_error error;
	const struct rmq_send_result *result;
	const struct rmq_error_detail *detail;
	rmq_send_fn fn; /* an asynchronous one's */
	void *arg;
	/* Of a send that is not waited for, as all below. */
	struct rmqi_client *client; /* within the gate only */
	struct rmqi_gate *gate;     /* a reference */
	struct rmqi_task task;
	struct rmq_send_result *kept_result; /* owned, as the next */
	struct rmq_error_detail *kept_detail;
};

bool rmqi_sender_has_hooks(const struct rmqi_sender *s);
enum rmq_error rmqi_hooked_send(struct rmqi_sender *s, const struct rmq_message *m,
				const struct rmqi_send_how *how, struct rmq_send_result **result,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* With how->ends_on_loop fn is called there as ever, and each `after` on a callback thread, then or later. */
enum rmq_error rmqi_hooked_send_async(struct rmqi_sender *s, const struct rmq_message *m,
				      const struct rmqi_send_how *how, rmq_send_fn fn, void *arg,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_hooked_send_oneway(struct rmqi_sender *s, const struct rmq_message *m,
				       const struct rmqi_send_how *how,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;

/* Replaces one of this name. RMQ_ERR_TOO_LARGE: there are RMQI_HOOK_PROPERTIES. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_send_context_put(struct rmq_send_context *c, const char *name,
				     const char *value) RMQI_MUST_USE;
/* What is wrong with it; NULL: it is of the form that W3C Trace Context gives it. */
const char *rmqi_traceparent_problem(const char *text);

#endif
