/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checks_impl.h - the inside of checks.h, for its files only:
 *
 *     checks.c         what comes, the log, life
 *     check_threads.c  the questions that wait, the threads, the close
 *     check_answers.c  what is sent back
 */
#ifndef RMQI_PRODUCER_CHECKS_IMPL_H
#define RMQI_PRODUCER_CHECKS_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/executor.h"
#include "base/reminder.h"
#include "base/thread.h"
#include "producer/checks.h"

/* What is told of in the log, each with its own count. */
enum rmqi_checks_trouble {
	RMQI_CHECKS_UNREADABLE,
	RMQI_CHECKS_NOT_OURS,
	RMQI_CHECKS_FULL,
	RMQI_CHECKS_NOT_ANSWERED,
	RMQI_CHECKS_REFUSED,
	RMQI_CHECKS_TROUBLES
};

/* A question that waits or is worked on. One allocation: the texts and the record stand behind it. */
struct rmqi_check {
	struct rmqi_task task; /* only its `next` is used */
	const char *address;
	const char *topic; /* of the request; "": not said, as the next three */
	const char *message_id;
	const char *transaction_id;
	const char *broker_name;
	int64_t table_offset;
	int64_t log_offset;
	struct rmqi_cursor record;
	size_t size; /* of all that is kept of the question */
};

/* A thread's worth of work. `task` is posted while is_active. */
struct rmqi_check_runner {
	struct rmqi_task task;
	struct rmqi_checks *owner;
	bool is_active; /* mu */
};

/* A function that runs, on its stack. */
struct rmqi_check_frame {
	struct rmqi_check_frame *outer;
	const struct rmqi_checks *owner;
	bool is_ending; /* mu: it is in rmqi_checks_close */
};

struct rmqi_checks {
	atomic_uint refs;
	struct rmqi_client *client; /* not after is_cut, but for `ledger` all that is immutable */
	struct rmqi_clock *clock;
	struct rmqi_ledger *ledger; /* a reference */
	struct rmqi_trace *trace;   /* as the client; NULL: off */
	char *group;                /* owned */
	rmq_transaction_check_fn fn;
	void *arg;
	size_t hold_max;
	unsigned min_active;
	struct rmqi_pool *pool;
	struct rmqi_event quiet;   /* no function runs but those that are ending */
	struct rmqi_event idle;    /* none runs */
	struct rmqi_event settled; /* nobody uses the client any more */

	struct rmqi_mutex mu;
	struct rmqi_tasks queue; /* mu, all below */
	size_t waiting;
	size_t bytes; /* of those that wait */
	unsigned active;
	size_t running;   /* functions */
	size_t ending;    /* of them, in close */
	size_t answering; /* threads that use the client */
	bool is_closed;
	bool is_cut; /* the client must not be used any more */
	bool is_quiet_wanted;
	bool is_idle_wanted;
	struct rmqi_reminder troubles[RMQI_CHECKS_TROUBLES];
	unsigned runner_count;
	struct rmqi_check_runner runners[];
};

/* --- checks.c ---------------------------------------------------------------------------------- */

/* Any thread, without mu. The last one frees it. */
void rmqi_checks_unref(struct rmqi_checks *cs);
/* Who has true may use the client, and must call rmqi_checks_leave_client. Any thread, without mu. */
bool rmqi_checks_enter_client(struct rmqi_checks *cs);
void rmqi_checks_leave_client(struct rmqi_checks *cs);
/* Copies a text to *at, with a NUL, and moves *at behind it. */
struct rmqi_str rmqi_check_put_text(char **at, struct rmqi_str s);
/* A line in the log, seldom: the same `cause` again is counted. Only between rmqi_checks_enter_client and
 * rmqi_checks_leave_client, or on the loop; without mu. */
void rmqi_checks_tell(struct rmqi_checks *cs, enum rmqi_checks_trouble trouble, int64_t cause,
		      const char *format, ...) RMQI_PRINTF(4, 5);

/* --- check_threads.c --------------------------------------------------------------------------- */

/* A runner to be posted after unlocking; NULL: all are at work. @locks: mu held */
struct rmqi_check_runner *rmqi_checks_activate(struct rmqi_checks *cs);
/* The task of a runner: works until nothing waits. Thread: one of the pool's, without mu. */
void rmqi_checks_run(struct rmqi_task *task);
/* The same when its thread is not to run it any more. Any thread, without mu. */
void rmqi_checks_drop(struct rmqi_task *task);

/* --- check_answers.c --------------------------------------------------------------------------- */

/* To the broker that asked about `m`; `id` is that of the message. "Unknown" is never answered, so it is sent one-way.
 * Only between rmqi_checks_enter_client and rmqi_checks_leave_client; without mu. */
void rmqi_checks_answer(struct rmqi_checks *cs, const struct rmqi_check *c,
			const struct rmq_message *m, const char *id,
			enum rmq_transaction_state state);

#endif
