/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - a cluster with producers and consumers of every kind, in virtual time, to whom a seed lets things
 * happen. doc/simulation.md has all of it.
 *
 * Two masters with a slave each, and two name servers. Seeds are of three kinds:
 *
 *     odd             brokers flush before they acknowledge; they may lose their power, disks may break
 *     even            listeners fail, messages are sent back, and become dead letters
 *     divided by 5    nothing happens but that members and producers come and go; then nothing orderly may come
 *                     twice, and the record of all requests has to verify (rmq_mock_cluster_verify)
 *
 * Whatever happens, what was acknowledged reaches all groups (audit.h), and in the end nothing is left over.
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
	uint64_t hash; /* of all that happened, with what the nodes were asked and answered */
	uint64_t sent, acked, deliveries, faults;
	char problem[512]; /* "": all held */
};

/* Lets things happen for so many simulated minutes, then heals all and waits until what was acknowledged has come. The same
 * seed is the same history. */
void world_run(uint64_t seed, int minutes, struct outcome *out);

#endif
