/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pops.h - the raw loop that pops a backlog and acknowledges it: one thread, one socket, and the codec. With each
 * answer it writes the acks of what it brought, in one request, and the next pop.
 *
 * Thread: main.
 */
#ifndef BENCH_POPS_H
#define BENCH_POPS_H

#include <stddef.h>
#include <stdint.h>

#include "bench/support/raw.h"

struct pops {
	const char *topic;
	size_t whole;     /* messages of the topic */
	size_t in_flight; /* pops that are under way at once */
	int32_t batch;    /* messages a pop; 1..32 */
	int64_t invisible_ms;
};

/* Pops all of it in a group of its own. Every pop and every ack must be answered with success. */
void pops_run(const struct pops *p);

#endif
