/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_impl.h - the inside of trace.h, for its files only:
 *
 *     trace.c         records that are taken, life
 *     trace_chunks.c  where they wait
 *     trace_sends.c   how they get to brokers
 *     trace_client.c  the client for that
 */
#ifndef RMQI_SEND_TRACE_IMPL_H
#define RMQI_SEND_TRACE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/reminder.h"
#include "base/thread.h"
#include "send/async.h"
#include "send/trace.h"

/* A trace message that fills, waits or is sent. */
struct rmqi_trace_chunk {
	struct rmqi_list link;
	struct rmqi_buf body, keys;
	uint64_t records;
	struct rmqi_async_send send;
	struct rmqi_trace *trace;
};

struct rmqi_trace {
	struct rmqi_client *client; /* immutable, all down to `batch` */
	char *group;                /* owned; of its client */
	char *user_group;           /* owned; of the records */
	char *topic;                /* owned */
	uint64_t batch; /* records for which a broker is asked before the time is over */
	struct rmqi_sends_observer observer;
	struct rmqi_sender sender;
	struct rmqi_timer timer;
	struct rmqi_task task;     /* posted while is_posted */
	struct rmqi_event emptied; /* nothing waits; only once it closes */

	struct rmqi_mutex mu;
	bool is_running; /* mu, all below */
	bool is_hurried; /* sends whatever it has */
	bool is_closing; /* ... and takes no more */
	bool is_posted;
	bool is_off; /* the last broker that answered does not want traces */
	struct rmqi_trace_chunk *filling;
	struct rmqi_list full;  /* wait for a send */
	struct rmqi_list spare; /* empty */
	size_t chunks;          /* all of them */
	size_t spares;
	size_t sending;
	struct rmqi_trace_counts counts;
	struct rmqi_reminder full_reminder;
	struct rmqi_reminder failed_reminder;
	struct rmqi_reminder off_reminder;
};

static inline int64_t rmqi_trace_now_us(const struct rmqi_trace *t)
{
	return rmqi_clock_us(rmqi_client_clock(t->client));
}

/* --- trace_chunks.c: any thread; @locks: mu held, but for _free_chunk --------------------------- */

/* The one that fills; NULL: there are enough of them, or memory is out. */
struct rmqi_trace_chunk *rmqi_trace_obtain_chunk(struct rmqi_trace *t);
bool rmqi_trace_chunk_is_full(const struct rmqi_trace_chunk *c);
/* The next one to be sent, counted as such; NULL: none. is_late: also one that is not full. */
struct rmqi_trace_chunk *rmqi_trace_take_chunk(struct rmqi_trace *t, bool is_late);
/* What was in it is stored or lost. */
void rmqi_trace_recycle(struct rmqi_trace *t, struct rmqi_trace_chunk *c);
/* Nothing fills, waits or is sent. */
bool rmqi_trace_is_empty(const struct rmqi_trace *t);
/* At the end: nobody else has it. */
void rmqi_trace_free_chunk(struct rmqi_trace_chunk *c);

/* --- trace_sends.c: thread: loop, without mu ---------------------------------------------------- */

/* Sends what is to be sent now. */
void rmqi_trace_pump(struct rmqi_trace *t, bool is_late);
/* The same, of `task` and of `timer`. */
void rmqi_trace_run_pump(struct rmqi_task *task);
void rmqi_trace_on_timer(struct rmqi_timer *timer);

/* --- trace_client.c ------------------------------------------------------------------------------ */

/* Client, sender and timer, once, in rmqi_trace_new: no other thread knows `t` yet, no locks. The errors of
 * rmqi_client_new; RMQ_ERR_NO_MEMORY. After an error rmqi_trace_free takes what is there. */
enum rmq_error rmqi_trace_make_client(struct rmqi_trace *t, const struct rmqi_client *owner,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
