/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_store.h - where the offsets of a group live (OffsetStore.java): the table that
 * remote_offsets.c and local_offsets.c fill; offsets.h chooses.
 *
 * An implementation
 *   - answers `find` with exactly one of rmqi_start_found, rmqi_start_none and
 *     rmqi_start_failed (start.h), at once or later; only what it knows for
 *     certain not to be there is "none",
 *   - commits what rmqi_mq_commit_offset says, if that is not negative, and never
 *     anything else: the offset of a queue must not pass a message that is not done,
 *   - keeps what it has to know of a queue in mq->told, or by the queue's key.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_OFFSET_STORE_H
#define RMQI_CONSUMER_OFFSET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"

struct rmqi_mq;

/* How a commit that is awaited went. Lives until it is settled; that of the close until the client is
 * freed. */
struct rmqi_commit_report {
	struct rmqi_event settled;                        /* any: nothing is awaited any more */
	void (*on_settled)(struct rmqi_commit_report *r); /* the last of it; NULL: nobody */
	bool is_of_named; /* only queues that mq->told.is_named says are wanted */
	/* The store's. */
	unsigned left; /* queues of which nothing is known yet */
	struct rmqi_commit_report *next;
	/* The outcome. */
	unsigned unconfirmed; /* queues whose commit has no answer yet, or was not sent yet */
	unsigned failed;      /* queues whose commit failed */
	enum rmq_error error; /* of the first of them */
	char failure[256];    /* the first of them, in words */
};

struct rmqi_offset_store {
	/* The member starts. RMQ_OK, or why it cannot. NULL: nothing to do. Thread: any, not the loop. */
	enum rmq_error (*open)(struct rmqi_offset_store *s,
			       struct rmq_error_detail *detail) RMQI_MUST_USE;
	/* Where the group stands in this queue. */
	void (*find)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* Keeps what is done, if there is something new to say: every
	 * persistConsumerOffsetInterval, when the broker moved us. Quick: nobody waits for it. */
	void (*commit)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* The queue is given up: as `commit`, and that is the last of this mq. NULL: `commit` does. */
	void (*give_up)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* The queue is about to be handed to another member: as `commit`, but the broker is to answer, and `done`
	 * is called when it has, or when it does not (within some seconds), never from within. False: there is
	 * nothing to say, or no way to say it, and `done` is not called. NULL: what `commit` keeps is certain
	 * at once. */
	bool (*commit_surely)(struct rmqi_offset_store *s, struct rmqi_mq *mq,
			      void (*done)(struct rmqi_mq *mq));
	/* Every queue was offered to `commit`: the time to write them all. NULL: nothing to do. */
	void (*flush)(struct rmqi_offset_store *s);
	/* A broker that has this queue took us in anew: what it was told without an answer may be
	 * lost. NULL: nothing to do. */
	void (*commit_again)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* The end, or the user waits for it: keeps every queue for certain (report->is_of_named: at least those),
	 * and calls rmqi_commit_settled when it knows how that went. Several may be under way. */
	void (*commit_last)(struct rmqi_offset_store *s, struct rmqi_commit_report *report);
	/* Would another `commit_last` now (is_of_named: of these) wait for the very commits that this report, the
	 * newest one, waits for, and none of them has begun? True: whoever asks may share its outcome, and no
	 * queue is named any more. NULL: never. */
	bool (*may_share)(struct rmqi_offset_store *s, const struct rmqi_commit_report *report,
			  bool is_of_named);
	/* Half of the time for that is over: nothing is kept back any more to go later. NULL: nothing
	 * ever is. */
	void (*commit_rest)(struct rmqi_offset_store *s);
	/* The member has left, or its start failed. NULL: nothing to do. Thread: any, not the loop. */
	void (*close)(struct rmqi_offset_store *s, int64_t deadline_us);
};

/* For the store: the report is complete, and touched no more. */
static inline void rmqi_commit_settled(struct rmqi_commit_report *r)
{
	if (r->on_settled)
		r->on_settled(r);
	else
		rmqi_event_set(&r->settled);
}

#endif
