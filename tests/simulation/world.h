/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - a cluster with producers and consumers of every kind, in virtual time, to whom a seed lets things
 * happen.
 *
 * Two masters with a slave each, and two name servers; of odd seeds brokers flush before they acknowledge. Group 0 has push consumers that come and go, group 1 orderly
 * ones, group 2 a lite pull consumer that is polled, group 3 a simple consumer. Whatever happens, what was
 * acknowledged reaches all four (audit.h).
 *
 * Thread: that of the simulation, everything.
 */
#ifndef TESTS_SIMULATION_WORLD_H
#define TESTS_SIMULATION_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulation/audit.h"

struct world;

/* What one run came to. */
struct outcome {
	uint64_t hash;
	uint64_t sent, acked, deliveries, faults;
	char problem[256]; /* "": all held */
};

/* Lets things happen for so many simulated minutes, then heals all and waits until what was acknowledged has come. The same
 * seed is the same history. */
void world_run(uint64_t seed, int minutes, struct outcome *out);

#endif
