/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message_impl.h - what the files of a message share: message.c, message_block.c, message_properties.c.
 *
 * Thread: the owner's of the message. No locks.
 */
#ifndef RMQI_CLIENT_MESSAGE_IMPL_H
#define RMQI_CLIENT_MESSAGE_IMPL_H

#include "client/message.h"

enum {
	/* Bytes of an own message; the sum is checked against 32767 when sent. */
	RMQI_OWN_PROPERTIES_MAX = 64 * 1024
};

/* After each change of its own fields: the getters of an own message look at the same fields as those of
 * a received one. */
void rmqi_message_refresh_views(struct rmq_message *m);
/* What one thread makes and the others wait for, the fraction of a microsecond that it takes. True: it is the
 * caller's to be made, and then ended. */
static inline bool rmqi_message_begin(atomic_uchar *state)
{
	unsigned char raw = RMQI_RAW;

	if (atomic_load_explicit(state, memory_order_acquire) == RMQI_DONE)
		return false;
	if (atomic_compare_exchange_strong(state, &raw, (unsigned char)RMQI_UNDER_WAY))
		return true;
	while (atomic_load_explicit(state, memory_order_acquire) != RMQI_DONE)
		;
	return false;
}

static inline void rmqi_message_end(atomic_uchar *state)
{
	atomic_store_explicit(state, (unsigned char)RMQI_DONE, memory_order_release);
}

/* Ends one rmq_message_ref of a received message; without one it does nothing: that message is its consumer's.
 * Thread: any. */
void rmqi_message_unref(struct rmq_message *m);

#endif
