/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flush.h - brings what was written to the disk, one job at a time, off the loop.
 *
 *            something is dirty / someone waits
 *     IDLE ---------------------> WANTED (a task on the loop; waits of one turn share a job)
 *      ^  \                         |
 *      |   `---- timer ----------.  v gather
 *      |                          SYNCING (on the flusher: commit log, queues, checkpoint)
 *      |          report           |
 *      `-------------------------- DONE (a task on the loop)
 *
 * The commit log is flushed by every job, queues and checkpoint by one about each
 * second. The first sync that fails is the last: what the kernel could not write
 * it may have dropped, and a second try would report success (fsyncgate). All
 * that wait then fail, and nothing is written any more. Who waits, and how far the
 * log is on disk, stands in durable.h.
 *
 * Invariant: every written byte lies below its file's `flushed`, or its file is in
 * a dirty list, or in the running job.
 *
 * Thread: loop; the job's ranges belong to the flusher while it is SYNCING.
 */
#ifndef MB_STORE_FLUSH_H
#define MB_STORE_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/log.h"
#include "base/macros.h"
#include "mock-broker/store/checkpoint.h"
#include "mock-broker/store/commit_log.h"
#include "mock-broker/store/durable.h"
#include "mock-broker/store/fs.h"

struct mb_flush_job;

struct mb_flush {
	/* Set by the store before init; borrowed. */
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	struct rmqi_timers *timers;
	struct rmqi_executor *loop;
	struct rmqi_executor *flusher;
	const struct mb_commit_log *commit_log;
	struct mb_checkpoint *checkpoint;
	struct mb_durable *durable;
	const int64_t *last_store_ms; /* store time of the newest record */
	const int64_t *index_ms;      /* mb_index.done_ms */
	int64_t interval_ms;
	int64_t delay_ms; /* a disk that is slow: a job that is SYNCING goes to the flusher so much later */

	/* Nothing is dirty: is there something to flush that waited for such a moment? May be NULL. */
	void (*quiet)(void *arg);
	/* With each flush of queues: is memory dear, so that pages of what is then on disk leave the process? May be
	 * NULL: never. */
	bool (*is_dear)(void *arg);
	void *arg;

	struct rmqi_list log_dirty;   /* files of the commit log, by offset */
	struct rmqi_list queue_dirty; /* files of queues and of the index */
	struct mb_flush_job *job;
	struct rmqi_timer timer; /* armed while something is dirty and no job runs */
	struct rmqi_timer delay; /* armed while the job waits for its delay, and for fs->sync_ms */
	int64_t sync_ms;         /* what fs->sync_ms said when the job began: another value ends its wait */
	int64_t begin_us;        /* then the job goes to the flusher */
	int64_t queues_due_us;
};

/* Before anything else, as the lists are used from the first file on. */
void mb_flush_prepare(struct mb_flush *f);
enum rmq_error mb_flush_init(struct mb_flush *f) RMQI_MUST_USE;
/* Ends the job, waiting for a sync that runs, and stops the timers. Nothing is called back any more.
 * Harmless before init. */
void mb_flush_stop(struct mb_flush *f);

/* The slow part of the next. */
void mb_flush_await(struct mb_flush *f);
/* Something was written. */
static inline void mb_flush_touch(struct mb_flush *f)
{
	if (!rmqi_timer_is_armed(&f->timer))
		mb_flush_await(f);
}
/* Somebody waits: a job begins with the loop's next turn. */
void mb_flush_hurry(struct mb_flush *f);
/* Flushes everything now, on the calling thread. No job may run. A failure is final. Whoever waits
 * is called back. */
enum rmq_error mb_flush_now(struct mb_flush *f) RMQI_MUST_USE;
/* The same, of queues and index only; the checkpoint stays as it is. */
enum rmq_error mb_flush_queues(struct mb_flush *f) RMQI_MUST_USE;

#endif
