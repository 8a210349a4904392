/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mock.h - the rmq-mock cluster that a bench runs against: a child process with
 * its store in a temporary folder, stopped and removed however the bench ends.
 *
 * With BENCH_NAMESRV=host:port nothing is started: the cluster there is used, of which broker-a takes the
 * messages. The topics of a bench stay in it.
 *
 * One at a time. Thread: main.
 */
#ifndef BENCH_MOCK_H
#define BENCH_MOCK_H

#include <stdbool.h>

/* Starts it and waits until it is ready. The program is $RMQ_MOCK, else tools/rmq-mock of the build
 * tree in which argv[0] lies. */
void mock_start(const char *argv0);
/* With flags of its command line; NULL ends them, at most MOCK_FLAGS. */
enum { MOCK_FLAGS = 8 };
void mock_start_with(const char *argv0, const char *const *flags);
/* Stops it for a while: it lives and does nothing. */
void mock_freeze(void);
void mock_thaw(void);
void mock_stop(void);
/* A cluster was given; it may have other topics, brokers and settings. */
bool mock_is_given(void);
/* host:port of its name server. */
const char *mock_namesrv(void);
/* Its resident memory; 0: not ours, or not known. */
double mock_resident_kib(void);
/* CPU time it has used; 0: not ours. */
double mock_cpu_us(void);

#endif
