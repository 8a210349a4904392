/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - is this still the process that an object was made in?
 *
 * In the child of a fork there are none of our threads, a lock may be held by one
 * that is gone, and sockets are the parent's. So whatever has threads or sockets
 * keeps a mark, and its public functions compare it before they touch anything else.
 * A handler of pthread_atfork would be process-wide and outlive us; getpid is a
 * system call. The mark lies in a page that the kernel empties in a child
 * (MADV_WIPEONFORK, Linux 4.14): a load. Where there is no such page it is the pid.
 *
 * Thread: any.
 */
#ifndef RMQI_BASE_PROCESS_H
#define RMQI_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Not 0. The same for the life of a process; no process of one line of descent has that of another. */
uint64_t rmqi_process_mark(void);

/* Is this a child of the process that had this mark, or a child of that? */
static inline bool rmqi_process_is_child(uint64_t mark)
{
	return rmqi_process_mark() != mark;
}

#endif
