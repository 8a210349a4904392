/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stand_in.h - the least that a broker can do with a send: cut the stream into frames, copy each into a
 * region of memory, answer it. It looks at no header but for the opaque of a binary one, keeps no queue and no
 * file. A child process with one thread; all answers of a wake-up leave in one write.
 *
 * One at a time. Thread: main.
 */
#ifndef BENCH_STAND_IN_H
#define BENCH_STAND_IN_H

/* Listens on loopback. It ends with this process. */
void stand_in_start(void);
void stand_in_stop(void);
/* host:port */
const char *stand_in_address(void);

#endif
