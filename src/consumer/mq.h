/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mq.h - one queue that this member holds: who it is, what is under way, where
 * pulling and committing stand.
 *
 * An mq is one assignment: a queue that is lost and comes back is a new mq, so
 * nothing that belongs to the old one (a pull, a running listener, a commit) can touch the
 * new one.
 *
 *     FINDING --start offset known--> READY <--> PULLING
 *        ^ |                          |  ^ ^--> PAUSED  (flow control)
 *        | v                          v  |
 *       WAITING (a timer: error, pullInterval; knows where to go on)
 *
 *     any --rmqi_mq_drop--> DROPPED
 *
 * Thread: loop, but for refs and is_dropped.
 */
#ifndef RMQI_CONSUMER_MQ_H
#define RMQI_CONSUMER_MQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/push_consumer.h>

#include "base/clock.h"
#include "base/list.h"
#include "codec/body.h"
#include "consumer/process_queue.h"
#include "consumer/subscriptions.h"
#include "net/address.h"
#include "net/conn.h"

enum rmqi_mq_state {
	RMQI_MQ_FINDING, /* `call` asks for the start offset, or nothing is under way */
	RMQI_MQ_READY,   /* nothing under way: suspended, or about to pull */
	RMQI_MQ_PULLING, /* `call` is a pull */
	RMQI_MQ_PAUSED,  /* flow control: pending.credit is armed */
	RMQI_MQ_WAITING, /* `timer` is armed */
	RMQI_MQ_DROPPED  /* not ours any more; the memory waits for its last reference */
};

struct rmqi_mq {
	atomic_uint refs;
	atomic_bool is_dropped; /* read by consume threads */
	rmq_push_consumer *consumer;
	struct rmqi_queue key; /* immutable */
	bool is_retry;         /* of %RETRY%<group> */
	struct rmqi_sub *sub;  /* a reference; NULL once dropped */
	struct rmqi_list link; /* in sub->mqs */
	struct rmqi_process_queue pending;

	/* pull.c */
	enum rmqi_mq_state state;
	struct rmqi_call call; /* holds a reference while under way */
	bool is_calling;
	struct rmqi_timer timer;
	int64_t next_offset;  /* to be pulled next; -1: not found yet */
	int64_t broker_id;    /* suggested for the next pull */
	int64_t pulled_us;    /* when the pull under way was sent */
	unsigned idle_pulls;  /* quick answers in a row that brought us no further */
	bool is_refused;      /* the last pull was not found registered (24, 25) */
	bool waits_for_error; /* WAITING because of an error */
	int trouble;          /* what was logged last: an error, or 1000 + response code; 0 none */
	char address[RMQI_ADDRESS_MAX]; /* that the last call went to */

	/* offsets.c */
	bool is_placed;    /* a pull was answered: next_offset is good */
	int64_t repeated;  /* last told twice, -1: nothing */
	int64_t sent;      /* last told to the broker, -1: nothing */
	int64_t confirmed; /* last known to be there, -1: not known */
};

/* A new mq in its subscription's list, nothing under way. */
enum rmq_error rmqi_mq_new(rmq_push_consumer *c, struct rmqi_sub *sub, const struct rmqi_queue *key,
			   struct rmqi_mq **out) RMQI_MUST_USE;
struct rmqi_mq *rmqi_mq_ref(struct rmqi_mq *mq); /* thread: any */
void rmqi_mq_unref(struct rmqi_mq *mq);          /* thread: any; NULL is harmless */
/* Gives it up: commits what is done, discards what was not started, takes it off the list. */
void rmqi_mq_drop(struct rmqi_mq *mq);

/* What may be committed: everything before it is done. -1: nothing known yet. */
int64_t rmqi_mq_commit_offset(struct rmqi_mq *mq);
/* A consume thread has reported on this delivery. */
void rmqi_mq_reported(struct rmqi_mq *mq, struct rmqi_delivery *d);
/* Items were done on the loop: lets go of a finished delivery, and pulls on. */
void rmqi_mq_settled(struct rmqi_mq *mq, struct rmqi_delivery *d);

#endif
