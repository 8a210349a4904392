/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checkpoint.h - up to which time everything is on disk (StoreCheckpoint.java).
 *
 *     physicMsgTimestamp i64 | logicsMsgTimestamp i64 | indexMsgTimestamp i64 |
 *     masterFlushedOffset i64 | confirmPhyOffset i64 | zeroes          4096 bytes
 *
 * physic: store time of the last record that was flushed; logics: of the last
 * one whose queue entry was; index: of the last one in a file of the index that was.
 * The other two are Apache's and are left as they are.
 *
 * Thread: one at a time: the flusher while it works, else the loop.
 */
#ifndef MB_STORE_CHECKPOINT_H
#define MB_STORE_CHECKPOINT_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/store/fs.h"

enum { MB_CHECKPOINT_SIZE = 4096 };

struct mb_checkpoint {
	const struct mb_fs *fs;
	struct mb_map map; /* bytes NULL: not open */
	int64_t physic_ms;
	int64_t logics_ms;
	int64_t index_ms;
};

/* Makes the file if there is none. */
enum rmq_error mb_checkpoint_open(struct mb_checkpoint *c, const struct mb_fs *fs,
				  const char *path) RMQI_MUST_USE;
/* Harmless when it is not open. */
void mb_checkpoint_close(struct mb_checkpoint *c);
/* Forces the times to the disk: one for log and queues, one for the index. */
enum rmq_error mb_checkpoint_write(struct mb_checkpoint *c, int64_t stored_ms,
				   int64_t index_ms) RMQI_MUST_USE;
/* A file of the commit log whose first record is not younger needs no look at the ones before it. */
int64_t mb_checkpoint_recovery_ms(const struct mb_checkpoint *c);

#endif
