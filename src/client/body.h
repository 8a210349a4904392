/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - the body of a message of the user's, shared by the message and by the sends of it that are under
 * way. What it points to does not change; the last reference frees it as its giver wanted.
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_BODY_H
#define RMQI_CLIENT_BODY_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/message.h>

#include "base/macros.h"

/* A shorter one is copied into a send: that is cheaper than to share it. */
enum { RMQI_BODY_SHARE_FROM = 16 * 1024 };

struct rmqi_body {
	atomic_uint refs;
	const uint8_t *bytes;
	size_t len;
	rmq_body_free_fn free; /* NULL: nobody's business (borrowed, or behind the struct) */
	void *arg;
};

/* NULL when memory is out; then `free` was not called. */
struct rmqi_body *rmqi_body_copy(const void *bytes, size_t len) RMQI_MUST_USE;
struct rmqi_body *rmqi_body_wrap(const void *bytes, size_t len, rmq_body_free_fn free,
				 void *arg) RMQI_MUST_USE;
/* Both: NULL is none. */
struct rmqi_body *rmqi_body_ref(struct rmqi_body *b);
void rmqi_body_unref(struct rmqi_body *b);

#endif
