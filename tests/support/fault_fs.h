/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_fs.h - a file-system table over another one that fails when told to.
 *
 * Thread: one at a time, but sync may run on another (its count and its failure
 * are set before and read after).
 */
#ifndef TESTS_SUPPORT_FAULT_FS_H
#define TESTS_SUPPORT_FAULT_FS_H

#include "mock-broker/store/fs.h"

enum fault_op {
	FAULT_MAKE_DIR,
	FAULT_MAP,
	FAULT_RESERVE,
	FAULT_CLEAR,
	FAULT_SYNC,
	FAULT_LIST,
	FAULT_READ_FILE,
	FAULT_REPLACE_FILE,
	FAULT_REMOVE,
	FAULT_LOCK,
	FAULT_OPS
};

struct fault_fs {
	struct mb_fs table; /* hand out &table */
	const struct mb_fs *inner;
	struct {
		unsigned calls; /* so far */
		unsigned first; /* the calls first .. last fail, counted from 1; first 0: none */
		unsigned last;
		int cause; /* their errno */
	} ops[FAULT_OPS];
};

void fault_fs_init(struct fault_fs *f, const struct mb_fs *inner);
/* Of the calls from now on, the nth (1 is the next) and the `count` - 1 after it fail with errno
 * `cause`. */
void fault_fs_fail(struct fault_fs *f, enum fault_op op, unsigned nth, unsigned count, int cause);
/* They succeed again. */
void fault_fs_heal(struct fault_fs *f, enum fault_op op);

#endif
