/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock.h - the rmq-mock cluster that a bench runs against: a child process with
 * its store in a temporary folder, stopped and removed however the bench ends.
 *
 * One at a time. Thread: main.
 */
#ifndef BENCH_MOCK_H
#define BENCH_MOCK_H

/* Starts it and waits until it is ready. The program is $RMQ_MOCK, else tools/rmq-mock of the build
 * tree in which argv[0] lies. */
void mock_start(const char *argv0);
void mock_stop(void);
/* host:port of its name server. */
const char *mock_namesrv(void);
/* CPU time it has used. */
double mock_cpu_us(void);

#endif
