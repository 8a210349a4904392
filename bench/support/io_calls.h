/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io_calls.h - counts this process's system calls on sockets, pipes and pollers.
 *
 * io_calls.c stands before the C library's send, recv, poll, epoll_wait, read,
 * write and their kin, those that libraries make too. Not seen: futexes (a
 * blocked one is a context switch) and what the C library calls by itself.
 *
 * Thread: any.
 */
#ifndef BENCH_IO_CALLS_H
#define BENCH_IO_CALLS_H

#include <stdint.h>

/* 0 for ever in a build with a sanitizer, which stands there itself. */
uint64_t bench_io_calls(void);

#endif
