/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop.h - SIGINT and SIGTERM end what runs: once cleanly, a second time at once. SIGPIPE is ignored: a write
 * tells. A time limit and an end that the program itself wants come the same way.
 *
 * Thread: any.
 */
#ifndef TOOLS_CLI_STOP_H
#define TOOLS_CLI_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* Before other threads are made. False: no descriptor is left. */
bool stop_init(void);
/* Stop as if a signal had come, without the exit status of one. */
void stop_now(void);
/* Stop after so long; -1: not for that. Once a process. */
void stop_after(int64_t ms);
/* True, and for good: a signal came, or stop_now was called. */
bool stop_wanted(void);
/* A signal came. */
bool stop_by_signal(void);
/* Until then, or for ms (-1: for ever). True: it is to stop. */
bool stop_wait(int64_t ms);
/* Until `fd` has one of `events` (poll), or it is to stop, or the ms are over. True: the event. */
bool stop_wait_for(int fd, short events, int64_t ms);
/* Readable, and for good, when it is to stop. */
int stop_descriptor(void);
/* What a second signal does before it ends the process; of what a handler of signals may. NULL: nothing. */
void stop_set_last_wish(void (*wish)(void));

#endif
