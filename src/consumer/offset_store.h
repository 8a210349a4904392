/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_store.h - where the offsets of a group live: the table that
 * remote_offsets.c fills (OffsetStore.java); a file of this machine is another one.
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

#include "base/executor.h"

struct rmqi_mq;

/* How the last commit went. Lives until the client is freed. */
struct rmqi_commit_report {
	struct rmqi_event settled; /* any: nothing is awaited any more */
	unsigned unconfirmed;      /* queues whose commit has no answer yet, or was not sent yet */
	unsigned failed;           /* queues whose commit failed */
	char failure[256];         /* the first of them, in words */
};

struct rmqi_offset_store {
	/* Where the group stands in this queue. */
	void (*find)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* Keeps what is done, if there is something new to say: every
	 * persistConsumerOffsetInterval, when a queue is given up, when the broker moved us. Quick, no
	 * answer is awaited. */
	void (*commit)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* Every queue was offered to `commit`: the time to write them all. NULL: nothing to do. */
	void (*flush)(struct rmqi_offset_store *s);
	/* A broker that has this queue took us in anew: what it was told without an answer may be
	 * lost. NULL: nothing to do. */
	void (*commit_again)(struct rmqi_offset_store *s, struct rmqi_mq *mq);
	/* The end: keeps every queue for certain, and sets report->settled when it knows how that
	 * went. */
	void (*commit_last)(struct rmqi_offset_store *s, struct rmqi_commit_report *report);
};

#endif
