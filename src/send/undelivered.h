/* SPDX-License-Identifier: Apache-2.0 */
/*
 * undelivered.h - the inside of rmq_undelivered: messages that failed after the close began.
 *
 * Thread: any.
 */
#ifndef RMQI_SEND_UNDELIVERED_H
#define RMQI_SEND_UNDELIVERED_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/flow.h>

#include "base/macros.h"
#include "base/str.h"
#include "base/thread.h"

enum { RMQI_UNDELIVERED_MOST = 100 * 1000 };

/* One allocation; the texts stand behind the struct. */
struct rmq_undelivered_message {
	enum rmq_error error;
	bool is_maybe_stored;
	const char *id;
	const char *topic;
	const char *keys;
};

struct rmq_undelivered {
	struct rmq_undelivered_message **messages; /* owned, each too */
	size_t count;
	size_t room;
	size_t omitted;
};

/* What is added to while it is read. Zeroed and _init. */
struct rmqi_losses {
	struct rmqi_mutex mu;
	struct rmq_undelivered list; /* mu */
};

/* A message to be noted; texts are copied. */
struct rmqi_loss {
	enum rmq_error error;
	bool is_maybe_stored;
	struct rmqi_str id;
	struct rmqi_str topic;
	struct rmqi_str keys;
};

void rmqi_losses_init(struct rmqi_losses *l);
void rmqi_losses_deinit(struct rmqi_losses *l);
/* What there is no memory or room for is counted. */
void rmqi_losses_add(struct rmqi_losses *l, const struct rmqi_loss *loss);
/* A copy, owned. */
enum rmq_error rmqi_losses_copy(struct rmqi_losses *l, struct rmq_undelivered **out) RMQI_MUST_USE;
size_t rmqi_losses_count(struct rmqi_losses *l); /* and those that are not named */
void rmqi_undelivered_free(struct rmq_undelivered *u);

#endif
