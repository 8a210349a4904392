/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stand_in.h - the least that a broker can do with a send: cut the stream into frames, copy each into a
 * region of memory, answer it. It looks at no header but for the opaque of a binary one and keeps no queue. A child process with one thread; all answers of a wake-up leave in one write.
 *
 * One at a time. Thread: main.
 */
#ifndef BENCH_STAND_IN_H
#define BENCH_STAND_IN_H

/* Listens on loopback. It ends with this process. `folder`: the region is a mapped file there, without a name, whose
 * pages come as they are written, as those of a store; NULL: it is memory that was touched before. */
void stand_in_start(const char *folder);
void stand_in_stop(void);
/* host:port */
const char *stand_in_address(void);

#endif
