/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - messages of several sends that auto-batch has put into one request, and the end of
 * each of these sends.
 *
 *     OPEN --seal--> READY --start--> SENT --answered, or failed--> TELLING --all told--> (gone fn)
 *                                       |                              ^
 *                                       +--the form was refused--> SINGLES
 *
 * OPEN: messages are added. READY: it waits for its turn. SENT: one request is under way; of
 * one message it is an ordinary send. SINGLES: the broker does not take them together (code 13, as one of
 * them is too large for it; code 3, as it knows no batches) and has stored none, so that each is sent by
 * itself and none suffers for another. TELLING: synchronous sends are woken by the loop; callbacks
 * run on callback threads, and one that blocks does not hold up the others of its bundle.
 *
 * All messages stand in one buffer, as records of the request (send/batched.h). A bundle is used again, so
 * that in steady state nothing is allocated for a message.
 *
 * Thread: one owner at a time: its accumulator while it is OPEN or READY, then the loop, then those who tell.
 */
#ifndef RMQI_SEND_BUNDLE_H
#define RMQI_SEND_BUNDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/send.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/macros.h"
#include "send/async.h"
#include "send/batched.h"
#include "send/flight.h"

enum { RMQI_BUNDLE_MOST = 4096 /* messages */ };

/* A synchronous send that waits, on its stack. */
struct rmqi_bundle_waiter {
	struct rmqi_event done;
	bool wants_result;
	enum rmq_error error;
	struct rmq_send_result *result;  /* owned */
	struct rmq_error_detail *detail; /* the caller's; may be NULL */
};

/* Whose send it is, and where it stands. */
struct rmqi_bundle_entry {
	rmq_send_fn fn; /* NULL: `waiter` */
	void *arg;
	struct rmqi_bundle_waiter *waiter;
	struct rmqi_place place; /* of an asynchronous send: left after its callback */
	size_t at;               /* its record in the body */
	size_t id_at;            /* its UNIQ_KEY there */
};

enum rmqi_bundle_state {
	RMQI_BUNDLE_OPEN,
	RMQI_BUNDLE_READY,
	RMQI_BUNDLE_SENT,
	RMQI_BUNDLE_SINGLES,
	RMQI_BUNDLE_TELLING
};

struct rmqi_bundle;

/* One of the tasks that tell; as many as there are callback threads. */
struct rmqi_teller {
	struct rmqi_task task;
	struct rmqi_bundle *bundle;
};

struct rmqi_bundle {
	struct rmqi_list link;               /* the accumulator's */
	struct rmqi_list open;               /* while it is open, of the shelf: by age */
	struct rmqi_list leads;              /* ... among the oldest of their topics */
	struct rmqi_list peers;              /* ... a ring: the open ones of its topic */
	void (*gone)(struct rmqi_bundle *b); /* all are told: it may be used again. Thread: any */
	void *owner;

	/* What its messages have in common. */
	struct rmqi_buf topic; /* with a NUL */
	bool waits;
	bool has_queue;
	struct rmqi_buf broker_name; /* of the queue, with a NUL */
	struct rmqi_publish_queue queue;
	uint64_t topic_hash, hash; /* of the topic, and of all these */

	enum rmqi_bundle_state state;
	int64_t opened_us;
	struct rmqi_buf body;
	struct rmqi_buf ids;               /* joined by commas, where an observer wants them */
	struct rmqi_bundle_entry *entries; /* owned */
	size_t count, cap;
	size_t id_len;
	struct rmqi_async_send send;
	struct rmqi_single *singles; /* SINGLES: one each, owned */
	size_t singles_left;         /* loop */
	bool is_form_refused;        /* the broker took each of them, but not all together */
	int64_t ended_us;            /* when TELLING began */

	atomic_size_t next;    /* TELLING: the next entry to be told */
	atomic_size_t telling; /* tellers that have not returned */
	size_t teller_count;
	struct rmqi_teller tellers[];
};

/* NULL when memory is out. */
struct rmqi_bundle *rmqi_bundle_new(size_t tellers);
/* Nobody uses it. */
void rmqi_bundle_free(struct rmqi_bundle *b);
/* OPEN and empty, for this topic and queue (NULL: any). RMQ_ERR_NO_MEMORY. */
enum rmq_error rmqi_bundle_open(struct rmqi_bundle *b, const char *topic, bool waits,
				const struct rmqi_publish_queue *queue, size_t body_max,
				int64_t now_us) RMQI_MUST_USE;
/* RMQ_ERR_NO_MEMORY; there must be room for it. The entry has no places in the body yet. */
enum rmq_error rmqi_bundle_add(struct rmqi_bundle *b, const struct rmqi_batched *message,
			       const struct rmqi_bundle_entry *entry) RMQI_MUST_USE;
void rmqi_bundle_seal(struct rmqi_bundle *b);
/* Sends it: every entry is told once, whatever happens. The sender was entered for it, and is left.
 * Thread: any. */
void rmqi_bundle_start(struct rmqi_bundle *b, struct rmqi_sender *s);

#endif
