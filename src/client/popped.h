/* SPDX-License-Identifier: Apache-2.0 */
/*
 * popped.h - what a message was popped with: the receipt by which it is acknowledged, and until when the
 * broker keeps it from others. That time goes on while this machine is suspended.
 *
 * All that came with one answer is a set: one allocation beside the block of the messages, which holds it.
 * Whoever popped holds it, too, as long as he counts what is open. So a message that is kept has its
 * receipt with it, and may outlive the consumer.
 *
 * Thread: loop, but for the receipt, which may be read by any thread while it is not renewed.
 */
#ifndef RMQI_CLIENT_POPPED_H
#define RMQI_CLIENT_POPPED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/macros.h"
#include "codec/receipt.h"

struct rmqi_popped_set;

/* Of one message. */
struct rmqi_popped {
	struct rmqi_popped_set *set;
	int64_t expires_us;     /* rmqi_clock_boot_us: from then on it may be delivered to others */
	bool is_open;           /* not acknowledged */
	bool is_read;           /* `at` is what the receipt says */
	struct rmqi_receipt at; /* without the broker's name */
	char receipt[];         /* of set->receipt_size bytes */
};

struct rmqi_popped_set {
	atomic_uint refs;
	struct rmqi_list link; /* whoever popped */
	size_t open;           /* messages that are not acknowledged */
	size_t count;
	size_t receipt_size;
	size_t stride;
	bool is_lite;       /* of lite topics: whoever speaks of one names its lite topic */
	const void *popper; /* whoever popped, as long as he counts; only to be compared */
	void *stats;        /* his, of the topic */
};

/* One of so many messages, all open, whose receipts have room for receipt_size bytes: the caller fills them. NULL:
 * memory is out. */
struct rmqi_popped_set *rmqi_popped_set_new(size_t count, size_t receipt_size);
struct rmqi_popped_set *rmqi_popped_set_ref(struct rmqi_popped_set *s); /* thread: any */
void rmqi_popped_set_unref(struct rmqi_popped_set *s); /* thread: any; NULL is harmless */
/* Message i of the set. */
struct rmqi_popped *rmqi_popped_at(struct rmqi_popped_set *s, size_t i);

/* For so long nobody else gets it; 0 or less: others may have it. */
static inline int64_t rmqi_popped_left_us(const struct rmqi_popped *p, const struct rmqi_clock *c)
{
	return p->expires_us - rmqi_clock_boot_us(c);
}

/* Notes in `at` what its receipt says. */
static inline void rmqi_popped_note(struct rmqi_popped *p, const struct rmqi_receipt *r)
{
	p->at = *r;
	p->at.broker_name = (struct rmqi_str){NULL, 0};
	p->is_read = true;
}

/* It is acknowledged; idempotent. */
void rmqi_popped_done(struct rmqi_popped *p);
/* The broker gave it another receipt. False: that has no room, which is no receipt. */
bool rmqi_popped_renew(struct rmqi_popped *p, const struct rmqi_receipt *r, int64_t expires_us);

#endif
