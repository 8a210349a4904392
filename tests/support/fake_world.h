/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_world.h - a simulation with its network, for fakes and what is tested against them.
 *
 * Thread: the test's.
 */
#ifndef TESTS_SUPPORT_FAKE_WORLD_H
#define TESTS_SUPPORT_FAKE_WORLD_H

#include <stdint.h>

#include "base/executor.h"
#include "base/sim.h"
#include "net/inproc.h"

struct fake_world {
	struct rmqi_sim *sim;
	struct rmqi_inproc *net;
	struct rmqi_env env;
};

void fake_world_init(struct fake_world *w, uint64_t seed);
/* Everything in it must be gone. */
void fake_world_deinit(struct fake_world *w);
void fake_world_advance(struct fake_world *w, int64_t ms);
/* Virtual milliseconds since the start. */
int64_t fake_world_now(const struct fake_world *w);

#endif
