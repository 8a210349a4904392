/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roll.h - makes the next file of the commit log before it is needed, off the loop (AllocateMappedFileService.java).
 *
 *     half of a file is used --> flusher: file, map --> loop: it is the next one
 *
 * The loop never waits for it: when it is not there in time the loop makes the file itself, as before, and the one
 * that comes then is dropped (both are the same bytes of the disk, and the flusher writes none). What cannot be made ahead is not told: whether
 * there is room is asked when it is needed.
 *
 * Thread: loop. The task on the flusher knows the job alone.
 */
#ifndef MB_STORE_ROLL_H
#define MB_STORE_ROLL_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/macros.h"
#include "mock-broker/store/mapped_files.h"

struct mb_roll_job;

struct mb_roll {
	struct mb_files *files;
	struct rmqi_executor *loop;
	struct rmqi_executor *flusher;
	int64_t at;              /* where `end` has to be for the next job */
	struct mb_roll_job *job; /* under way; NULL: none */
};

void mb_roll_init(struct mb_roll *r, struct mb_files *files, struct rmqi_executor *loop,
		  struct rmqi_executor *flusher);
/* Waits for a job that runs. Harmless when all is zero. */
void mb_roll_stop(struct mb_roll *r);
/* `end` has reached r->at. */
void mb_roll_begin(struct mb_roll *r);

/* After each put. */
static inline void mb_roll_touch(struct mb_roll *r)
{
	if (r->files->end >= r->at && !r->job)
		mb_roll_begin(r);
}

#endif
