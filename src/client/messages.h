/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.h - the inside of rmq_messages (rocketmq/messages.h): who owns the messages of a list.
 *
 * A list begins with this struct and lets go by its own function, so that it may hold more than blocks
 * (a poll's list tells its consumer that it is done with). The plain one holds the blocks of its
 * messages: one allocation, no copy.
 *
 * Immutable; thread: any.
 */
#ifndef RMQI_CLIENT_MESSAGES_H
#define RMQI_CLIENT_MESSAGES_H

#include <stddef.h>

#include <rocketmq/messages.h>

#include "base/macros.h"

struct rmq_messages {
	size_t count;
	const struct rmq_message *const *items; /* behind the struct, or of what the list holds */
	void (*free)(struct rmq_messages *l);   /* lets go of all, the list too */
};

/* A plain list of received messages, in this order, perhaps of none. It takes references of its own of
 * their blocks. NULL: memory is out. */
struct rmq_messages *rmqi_messages_new(const struct rmq_message *const *items, size_t count);

#endif
