/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_send.h - sends messages of one size to a topic at a rate or as fast as it goes, so many in flight.
 *
 * Thread: one owner; the client's callbacks come on others.
 */
#ifndef TOOLS_CLI_BENCH_SEND_H
#define TOOLS_CLI_BENCH_SEND_H

#include "tools/cli/bench.h"

/* What begins each body of a bench of latencies, in the bytes of this machine: it reads its own only. */
struct bench_mark {
	uint64_t run;
	int64_t due_us;
};

struct bench_send {
	struct bench *bench;
	rmq_producer *producer;
	uint8_t *body; /* owned */
	size_t least, most;  /* bytes */
	uint64_t random;     /* state */
	bool is_oneway;
	uint64_t run;        /* 0: no marks */
	int64_t sent;        /* given to the producer */
	/* bench->mutex */
	pthread_cond_t room;
	struct flight *flights; /* owned */
	struct flight *free_one;
};

/* With `run`, bodies are marked, and what is acknowledged is no latency. CLI_OK, or what was said to be wrong. */
int bench_send_open(struct bench_send *s, struct bench *b, rmq_config *config, uint64_t run);
/* Until the count is reached, or it is to stop. */
void bench_send_run(struct bench_send *s);
/* Waits for what is in flight, closes, frees. */
void bench_send_close(struct bench_send *s);

#endif
