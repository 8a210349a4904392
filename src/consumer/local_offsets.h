/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_offsets.h - the offset store of broadcasting groups: every member gets all queues, so each keeps
 * its own offsets, in a file of its machine (LocalFileOffsetStore.java; offset_file.h).
 *
 *     loop      commit: into the table      flush, a new queue, the end: its text
 *                                                 |                       ^
 *     a thread                                    +-> written, fsynced ---+
 *
 * Started: the file is read once. It must be writable: else the start fails. Afterwards a write that fails
 * is told (RMQI_TROUBLE_FILE) and tried again with the next one; consumption goes on, and what it
 * has brought since is delivered again after a restart.
 *
 * The queue of a group without offset has its place written at once, not after
 * persistConsumerOffsetInterval: a process that is killed meanwhile would start further on.
 *
 * Thread: loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_LOCAL_OFFSETS_H
#define RMQI_CONSUMER_LOCAL_OFFSETS_H

#include <stdbool.h>

#include "base/executor.h"
#include "consumer/consumer.h"
#include "consumer/offset_file.h"

struct rmqi_local_offsets {
	struct rmqi_offset_store store;
	struct rmqi_consumer *consumer;
	struct rmqi_pool *pool; /* one thread, from open to close; NULL: none */
	struct rmqi_offset_table table;
	bool is_backup;                     /* they are those of .bak, and that is not told yet */
	bool is_changed;                    /* since the last text was made */
	bool is_writing;                    /* from posting `job` to its report */
	bool is_wanted;                     /* once more, behind that */
	bool is_unkept;                     /* the last write failed: holds a complaint */
	struct rmqi_commit_report *reports; /* that wait for the write */

	/* The thread's while is_writing. */
	struct rmqi_offset_file file;
	struct rmqi_buf text;
	struct rmqi_task job;
	struct rmqi_task done;
	struct rmqi_file_failure failure;
};

void rmqi_local_offsets_init(struct rmqi_local_offsets *o, struct rmqi_consumer *c);
/* When nothing is written any more. Harmless after init. */
void rmqi_local_offsets_deinit(struct rmqi_local_offsets *o);

#endif
