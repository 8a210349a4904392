/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receiver_refusal.c - what came to a receive, and nobody here wants: the filter, or a lite topic
 * that is not subscribed.
 */
#include "base/mem.h"
#include "client/popped.h"
#include "consumer/acking.h"
#include "consumer/receiver.h"

struct unwanted {
	struct rmqi_acking acking;
	const struct rmq_message *message;
	struct rmqi_message_block *block; /* a reference */
};

/* Somebody else may want it: not us, to whom it came (lite_watch.c). */
enum { BACK_MS = 100 };

static void on_unwanted(struct rmqi_acking *a)
{
	struct unwanted *u = RMQI_CONTAINER(a, struct unwanted, acking);

	rmqi_message_block_unref(u->block);
	rmqi_free(u);
}

/* A broker compares hashes of tags only. It is done with, or comes again after its time, to the same end. */
void rmqi_receiver_refuse(struct rmqi_receiver *r, const struct rmq_message *m)
{
	struct unwanted *u = rmqi_calloc(1, sizeof(*u));
	bool is_lite = m->popped->set->is_lite;

	if (is_lite)
		rmqi_popped_done(m->popped);
	if (!u)
		return;
	u->message = m;
	u->block = m->block;
	rmqi_message_block_ref(u->block);
	u->acking = (struct rmqi_acking){.consumer = r->consumer,
					 .kind = is_lite ? RMQI_ACKING_CHANGE : RMQI_ACKING_ACK,
					 .messages = &u->message,
					 .count = 1,
					 .deadline_us =
						 rmqi_clock_us(r->consumer->clock) +
						 rmqi_popped_left_us(m->popped, r->consumer->clock),
					 .invisible_ms = BACK_MS,
					 .is_last = true,
					 .is_ours = true,
					 .is_once = true,
					 .fn = on_unwanted};
	if (rmqi_acking_start(&u->acking) != RMQ_OK)
		on_unwanted(&u->acking);
}
