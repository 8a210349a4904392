/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - what the benches share: when a message is due, what was measured, and how it is told.
 *
 * With --rate messages have times at which they are due, a fixed step apart, whatever became of those before: who is late
 * sends at once, and the latency of a message counts from the time when it was due. So a cluster that stands still for a
 * second makes the latencies of all that were due in it worse, and not of one only ("coordinated omission").
 *
 * Thread: bench_note and bench_fail any; the rest the one that made it.
 */
#ifndef TOOLS_CLI_BENCH_H
#define TOOLS_CLI_BENCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"
#include "tools/cli/spread.h"
#include "tools/cli/tally.h"

enum { BENCH_ERRORS = 128 };

struct bench {
	const struct args *args;
	const char *name, *verb; /* "produce", "sent" */
	const char *from;        /* what a latency counts from */
	const char *topic;
	int64_t rate;  /* messages a second; 0: as fast as it goes */
	int64_t count; /* messages; INT64_MAX: no limit */
	int64_t started_us;
	int64_t ended_us; /* of the last message; 0: none */
	struct tally tally;
	pthread_mutex_t mutex; /* guards what follows */
	struct spread *latency, *interval;
	uint64_t errors[BENCH_ERRORS]; /* by enum rmq_error */
	enum rmq_error first_error;
	/* Since the last line. */
	uint64_t told_messages, told_bytes;
	int64_t told_us;
	int64_t lines;
};

/* When message number `index` is due, by bench_now_us. Pure. */
static inline int64_t bench_due_us(int64_t started_us, int64_t rate, int64_t index)
{
	const int64_t second_us = 1000 * 1000;

	return started_us + index / rate * second_us + index % rate * second_us / rate;
}
/* Of the monotonic clock. */
int64_t bench_now_us(void);

/* CLI_OK, or what was said to be wrong. */
int bench_open(struct bench *b, const struct args *a, const char *name, const char *verb,
	       const char *from);
/* The clock begins; --for ends it, or ten seconds, when there is no count either. */
void bench_start(struct bench *b);
/* A message of so many bytes was sent, or came. */
void bench_note(struct bench *b, int64_t latency_us, size_t bytes);
/* The first sentence is told; detail may be NULL. */
void bench_fail(struct bench *b, enum rmq_error error, const rmq_error_detail *detail);
/* With -J each second a line of it. To be called often. */
void bench_tick(struct bench *b);
/* Waits until then, or until it is to stop, which is true; ticks. */
bool bench_wait_us(struct bench *b, int64_t until_us);
/* Frees; `has_run`: tells everything before, and writes --hdr. The exit status. */
int bench_end(struct bench *b, bool has_run);

#endif
