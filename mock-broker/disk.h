/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk.h - the disk of one broker: a file system over another one that is full, slow or broken when a test says
 * so, and that knows what a machine without power would find.
 *
 * What was synced is there after a power cut. Files of the log and of queues grow at their ends, so of each
 * it is known up to where; behind that, bytes are lost, from some byte of the first page on. What is rewritten in
 * place within that (an index) is left as it is: it may have reached the disk. A file that was never synced has
 * no name there. Tables (config/) are replaced as a whole and stay.
 *
 * Thread: the store's loop; sync also where files are flushed. It outlives the broker.
 */
#ifndef MB_DISK_H
#define MB_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "base/rand.h"
#include "base/thread.h"
#include "mock-broker/store/fs.h"

enum mb_disk_op { MB_DISK_MAP, MB_DISK_RESERVE, MB_DISK_SYNC, MB_DISK_READ, MB_DISK_REPLACE, MB_DISK_OPS };

enum { MB_DISK_TRUTH = -1 /* of mb_disk_set_used */ };

struct mb_disk {
	struct mb_fs table; /* hand out &table */
	struct mb_fs inner;
	struct rmqi_mutex mu;
	/* mu, all below */
	int used_percent;
	int64_t sync_ms;
	struct {
		uint64_t calls; /* so far */
		uint64_t first; /* the calls first .. last fail, counted from 1; first 0: none */
		uint64_t last;
		int cause; /* their errno */
	} ops[MB_DISK_OPS];
	struct rmqi_map files; /* path -> struct mb_disk_file */
	struct rmqi_imap maps; /* first byte in memory -> its struct mb_disk_file */
};

void mb_disk_init(struct mb_disk *d, const struct mb_fs *inner);
/* Nothing is mapped any more. Harmless when all is zero. */
void mb_disk_deinit(struct mb_disk *d);

/* 0..100: how full it looks; MB_DISK_TRUTH. */
void mb_disk_set_used(struct mb_disk *d, int percent);
/* What its table says as sync_ms from now on. */
void mb_disk_set_slow(struct mb_disk *d, int64_t sync_ms);
/* Of the calls from now on, the nth (1 is the next) and the `count` - 1 after it fail with errno `cause`. count 0: none
 * fails any more. */
void mb_disk_fail(struct mb_disk *d, enum mb_disk_op op, uint64_t nth, uint64_t count, int cause);
/* Nothing is mapped: leaves of the files what was synced, and a torn tail. */
enum rmq_error mb_disk_cut_power(struct mb_disk *d, struct rmqi_rand *rand) RMQI_MUST_USE;

#endif
