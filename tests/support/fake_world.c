/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_world.h"

#include <assert.h>

void fake_world_init(struct fake_world *w, uint64_t seed)
{
	enum rmq_error err = rmqi_sim_new(seed, INT64_C(1767225600000), &w->sim);

	assert(err == RMQ_OK);
	err = rmqi_inproc_new(w->sim, &w->net);
	assert(err == RMQ_OK);
	w->env =
		(struct rmqi_env){.clock = rmqi_sim_clock(w->sim), .sim = w->sim, .inproc = w->net};
}

void fake_world_deinit(struct fake_world *w)
{
	rmqi_inproc_free(w->net);
	rmqi_sim_free(w->sim);
}

void fake_world_advance(struct fake_world *w, int64_t ms)
{
	rmqi_sim_advance(w->sim, ms * 1000);
}

int64_t fake_world_now(const struct fake_world *w)
{
	return rmqi_clock_us(w->env.clock) / 1000;
}
