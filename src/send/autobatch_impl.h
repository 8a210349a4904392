/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autobatch_impl.h - the inside of autobatch.h, for its files only:
 *
 *     autobatch.c          sends, life
 *     autobatch_bundles.c  into which bundle a message goes; spare ones
 *     autobatch_leave.c    how they leave: full, by the timer, by a flush
 */
#ifndef RMQI_SEND_AUTOBATCH_IMPL_H
#define RMQI_SEND_AUTOBATCH_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/thread.h"
#include "send/autobatch.h"
#include "send/bundle.h"
#include "send/refusals.h"
#include "send/shelf.h"

struct rmqi_autobatch {
	atomic_uint refs; /* the producer's, and one a bundle */
	struct rmqi_sender *sender;
	int64_t delay_us; /* immutable, as all down to `tellers` */
	size_t bundle_max;
	size_t total_max;
	size_t compress_at;
	size_t tellers;
	atomic_size_t held;     /* bytes of bundles that are not gone */
	atomic_bool is_stopped; /* set under mu */

	struct rmqi_mutex mu;
	struct rmqi_cond drained; /* mu: `started` has moved */
	/* mu, all below */
	struct rmqi_shelf open;   /* bundles that take messages */
	struct rmqi_list ready;   /* in the order in which they leave */
	uint64_t sealed, started; /* bundles ever */
	const void *drainer;      /* the thread that starts what is ready; NULL: nobody */
	struct rmqi_list spare;
	size_t spare_count, spare_bytes;

	struct rmqi_refusals refusals; /* topics whose brokers take no batches */

	bool is_timer_wanted; /* the timer is armed, or a task that will arm it is posted, or is about to be */
	struct rmqi_task task;   /* of who has set that, then posted */
	struct rmqi_timer timer; /* loop */
	bool has_timer;          /* loop */
};

static inline struct rmqi_bundle *rmqi_autobatch_by_link(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_bundle, link);
}

static inline struct rmqi_loop *rmqi_autobatch_loop(const struct rmqi_autobatch *ab)
{
	return rmqi_client_loop(ab->sender->client);
}

static inline const struct rmqi_clock *rmqi_autobatch_clock(const struct rmqi_autobatch *ab)
{
	return rmqi_client_clock(ab->sender->client);
}

static inline int64_t rmqi_autobatch_now_us(const struct rmqi_autobatch *ab)
{
	return rmqi_clock_us(rmqi_autobatch_clock(ab));
}

/* --- autobatch_bundles.c ----------------------------------------------------------------------- */

/* What a put has of others and leaves to do with them: all of it without mu, as each may take a lock. */
struct rmqi_autobatch_visit {
	bool has_entered; /* the sender; false afterwards: the bundle that was opened has it */
	bool must_enter;  /* out: nothing was done, as a bundle must be opened for it */
	bool must_arm;    /* out: rmqi_autobatch_arm follows */
};

/* Into the open bundle of its kind, or a new one; what is full is ready then. Any thread. RMQ_ERR_STATE:
 * stopped; RMQ_ERR_NO_MEMORY: nothing was put. @locks: mu held */
enum rmq_error rmqi_autobatch_put(struct rmqi_autobatch *ab, const struct rmqi_batched *message,
				  const struct rmqi_bundle_entry *entry,
				  struct rmqi_autobatch_visit *visit,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The error of who comes after the stop. Any thread, no locks needed. */
enum rmq_error rmqi_autobatch_tell_closed(const struct rmqi_autobatch *ab,
					  struct rmq_error_detail *detail);

/* --- autobatch_leave.c ------------------------------------------------------------------------- */

/* An open bundle is ready: it takes no more. Any thread. @locks: mu held */
void rmqi_autobatch_seal(struct rmqi_autobatch *ab, struct rmqi_bundle *b);
/* Starts what is ready. Who comes meanwhile leaves it to the one who is at it. Any thread. @locks: mu held,
 * given up meanwhile */
void rmqi_autobatch_drain(struct rmqi_autobatch *ab);
/* There is an open bundle, which must leave in time. True: _arm must follow, until when the sender stays. Once
 * a while, not once a bundle: the timer stays armed as long as there is an open one when it fires. Any thread.
 * @locks: mu held */
bool rmqi_autobatch_wants_timer(struct rmqi_autobatch *ab) RMQI_MUST_USE;
/* Any thread, without mu. */
void rmqi_autobatch_arm(struct rmqi_autobatch *ab);
/* Of `timer`: seals what is old enough. Thread: loop, without mu. */
void rmqi_autobatch_on_timer(struct rmqi_timer *t);

#endif
