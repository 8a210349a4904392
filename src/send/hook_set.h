/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_set.h - the send hooks of a producer, and what they may ask for: counted, as the `after` of a send
 * whose callback blocks may come when the producer is gone.
 *
 * Thread: immutable.
 */
#ifndef RMQI_SEND_HOOK_SET_H
#define RMQI_SEND_HOOK_SET_H

#include <stddef.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "client/client.h"
#include "client/config.h"

struct rmqi_hook_set;

/* *out is NULL when the configuration of `client` has none. RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_hook_set_new(const struct rmqi_client *client, const char *group,
				 struct rmqi_hook_set **out) RMQI_MUST_USE;
struct rmqi_hook_set *rmqi_hook_set_ref(struct rmqi_hook_set *s);
void rmqi_hook_set_unref(struct rmqi_hook_set *s); /* NULL is harmless */

size_t rmqi_hook_set_count(const struct rmqi_hook_set *s);
const struct rmqi_send_hook *rmqi_hook_set_at(const struct rmqi_hook_set *s, size_t i);
const char *rmqi_hook_set_group(const struct rmqi_hook_set *s);
const char *rmqi_hook_set_client_id(const struct rmqi_hook_set *s);
const struct rmqi_clock *rmqi_hook_set_clock(const struct rmqi_hook_set *s);

#endif
