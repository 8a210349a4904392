/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flight_impl.h - the inside of flight.h, for its files only:
 *
 *     flight.c        the budget: entering, leaving, waiting; life
 *     flight_room.c   telling the user that there is room
 *     flight_flush.c  epochs, and who waits for them
 */
#ifndef RMQI_SEND_FLIGHT_IMPL_H
#define RMQI_SEND_FLIGHT_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/list.h"
#include "base/thread.h"
#include "send/flight.h"

/* In the list of those before it; unlinked and freed when it is empty and closed. */
struct rmqi_epoch {
	struct rmqi_list link;
	size_t count; /* messages */
};

/* A thread that waits, on its stack: for room, or for the end of an epoch. */
struct rmqi_flight_waiter {
	struct rmqi_list link;
	struct rmqi_event event;
	bool is_done;         /* mu */
	enum rmq_error error; /* with is_done */
	struct rmqi_place *place;
	struct rmqi_epoch *until; /* a flush: the last epoch that it waits for */
};

struct rmqi_flight {
	atomic_uint refs;
	struct rmqi_client *client;
	size_t messages_most; /* immutable; 0: no limit */
	size_t bytes_most;
	bool may_wait;
	struct rmqi_room full;      /* immutable from the first _enter on */
	struct rmqi_task room_task; /* while is_telling from a thread of the user's */

	struct rmqi_mutex mu;
	struct rmqi_flight_counts counts; /* mu, all below */
	bool is_closed;
	struct rmqi_list waiting;  /* for room, in the order of coming */
	struct rmqi_list flushing; /* for an epoch */
	struct rmqi_list epochs;   /* the oldest first; the last one is open */
	struct rmqi_epoch first;
	struct rmqi_spare *spare;
	size_t spare_count;
	struct rmqi_room room;
	bool is_room_wanted;
	bool is_telling;
	size_t wanted_messages; /* of the largest that was refused */
	size_t wanted_bytes;
};

static inline struct rmqi_epoch *rmqi_flight_epoch(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_epoch, link);
}

static inline struct rmqi_flight_waiter *rmqi_flight_waiter(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_flight_waiter, link);
}

/* --- flight.c ---------------------------------------------------------------------------------- */

/* Would so much fit? Any thread. @locks: mu held */
bool rmqi_flight_fits(const struct rmqi_flight *f, size_t messages, size_t bytes);
/* Does a callback about a message of this flight run on this thread? */
bool rmqi_flight_is_lent(const struct rmqi_flight *f);
/* Is this a callback of the client, which must not wait for others? */
bool rmqi_flight_is_inside(const struct rmqi_flight *f);
void rmqi_flight_init_waiter(struct rmqi_flight_waiter *w, struct rmqi_flight *f);
/* `w` stands in a list of `f`. *left (may be NULL): what a flush still waits for. Any thread. @locks: none */
enum rmq_error rmqi_flight_await(struct rmqi_flight *f, struct rmqi_flight_waiter *w,
				 int64_t deadline_us, size_t *left) RMQI_MUST_USE;

/* --- flight_room.c; any thread ----------------------------------------------------------------- */

/* A send was refused: the user wants to be told. @locks: mu held */
void rmqi_flight_want_room(struct rmqi_flight *f, const struct rmqi_place *refused);
/* Is the user to be told now? Then _tell_room must follow. @locks: mu held */
bool rmqi_flight_has_news(struct rmqi_flight *f);
/* Here if this is a callback, else from one. @locks: none */
void rmqi_flight_tell_room(struct rmqi_flight *f);

/* --- flight_flush.c; any thread; @locks: mu held ------------------------------------------------- */

/* Into the open epoch. */
void rmqi_flight_join_epoch(struct rmqi_flight *f, struct rmqi_place *p);
/* Out of its epoch; flushes that have ended are moved to `woken`. */
void rmqi_flight_quit_epoch(struct rmqi_flight *f, struct rmqi_place *p, struct rmqi_list *woken);
/* Messages of this epoch (NULL: none) and those before it. */
size_t rmqi_flight_count_until(const struct rmqi_flight *f, const struct rmqi_epoch *e);
/* The last reference has gone. */
void rmqi_flight_free_epochs(struct rmqi_flight *f);

#endif
