/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flush_job.h - the part of a flush that outlives its store.
 *
 * A job is one task that wanders between the loop and the flusher. A store that
 * is closed while the task is posted abandons the job: whoever runs the task
 * next frees it. While the flusher syncs, the closer waits.
 *
 * Thread: posted, running and abandoned are any's (under mu); all else belongs to whoever
 * runs the task.
 */
#ifndef MB_STORE_FLUSH_JOB_H
#define MB_STORE_FLUSH_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "base/thread.h"
#include "mock-broker/store/checkpoint.h"
#include "mock-broker/store/mapped_file.h"

struct mb_flush;

/* [from, to) of a file; a reference is held. */
struct mb_range {
	struct mb_file *file;
	size_t from;
	size_t to;
};

enum mb_flush_state { MB_FLUSH_IDLE, MB_FLUSH_WANTED, MB_FLUSH_SYNCING, MB_FLUSH_DONE };

struct mb_flush_job {
	struct rmqi_task task;
	enum mb_flush_state state; /* the loop's */
	struct mb_flush *owner;
	const struct mb_fs *fs;
	struct rmqi_executor *loop;

	struct mb_range *ranges;
	size_t count;
	size_t cap;
	int64_t commit_to;                /* the commit log is on disk up to here once it is done */
	struct mb_checkpoint *checkpoint; /* NULL: not this time */
	int64_t checkpoint_ms;
	int64_t index_ms; /* the checkpoint's, too */
	bool gives_back;  /* pages of what is synced leave the process */

	enum rmq_error error; /* result */
	int cause;            /* its errno */
	const char *path;     /* where; borrowed from a range */

	struct rmqi_mutex mu;
	struct rmqi_cond ended;
	bool is_posted;    /* mu */
	bool is_running;   /* mu: on the flusher */
	bool is_abandoned; /* mu */
};

struct mb_flush_job *mb_flush_job_new(struct mb_flush *owner) RMQI_MUST_USE;
/* Adds what of the file is not flushed; false when memory is out. */
bool mb_flush_job_add(struct mb_flush_job *j, struct mb_file *file) RMQI_MUST_USE;
/* Gives back the files. Loop. */
void mb_flush_job_clear(struct mb_flush_job *j);
/* Runs `fn` on the loop. */
void mb_flush_job_post(struct mb_flush_job *j, struct rmqi_executor *where,
		       void (*fn)(struct rmqi_task *task));
/* The first call of a task: false when the job was abandoned; it is then freed. */
bool mb_flush_job_enter(struct mb_flush_job *j) RMQI_MUST_USE;
/* On the flusher: syncs, then runs `report` on the loop. */
void mb_flush_job_sync(struct mb_flush_job *j, void (*report)(struct rmqi_task *task));
/* Waits for a sync that runs; afterwards the ranges are the caller's, until mb_flush_job_leave. */
void mb_flush_job_abandon(struct mb_flush_job *j);
/* Frees it, now or when its task runs. */
void mb_flush_job_leave(struct mb_flush_job *j);

#endif
