/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.h - has the pages of the commit log made while the loop does other things.
 *
 * A page of a file that is written for the first time costs its writer a fault, in which the kernel finds and zeroes
 * it: of a message of 128 bytes that is a fifth of all the loop does. So when the log is written fast a thread asks
 * for the pages of the blocks that were just had (fs.h, make_ready). It is some times as fast as the loop and runs ahead
 * of it; where it does not, the loop pays as before.
 *
 *     step 1: blocks    step 2, within a second: blocks, thread     step 3: blocks, thread ...
 *
 * A store that is written slowly has no such thread, and no page that it does not need. Java's broker does the same to
 * a whole file when it is made (warmMapedFileEnable, MappedFile.warmMappedFile).
 *
 * Thread: loop. The thread knows its part of the file, which stays mapped, and two flags.
 */
#ifndef MB_STORE_PAGES_H
#define MB_STORE_PAGES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/thread.h"
#include "mock-broker/store/fs.h"
#include "mock-broker/store/mapped_file.h"

struct mb_pages {
	struct rmqi_clock *clock; /* NULL: nothing is made ready */
	bool has_stepped;
	int64_t step_us; /* when blocks were had last */
	struct rmqi_thread thread;
	struct mb_file *file; /* a reference; NULL: no thread */
	size_t from, to;
	atomic_bool is_over;    /* the thread's last word */
	atomic_bool is_stopped; /* it is to end */
};

/* `fs` has to have make_ready for anything to happen; threads must be allowed (no simulation): else clock NULL. */
void mb_pages_init(struct mb_pages *p, struct rmqi_clock *clock);
/* [from, f->reserved) of this file got blocks; it is where the log is written now. */
void mb_pages_step(struct mb_pages *p, struct mb_file *f, size_t from);
/* Waits for the thread, which ends soon. Harmless when all is zero, and twice. */
void mb_pages_stop(struct mb_pages *p);

#endif
