/* SPDX-License-Identifier: Apache-2.0 */
#include "client/life.h"

#include <assert.h>

/* The states that can follow each one, as bits. */
enum {
	TO_STARTING = 1 << RMQI_LIFE_STARTING,
	TO_RUNNING = 1 << RMQI_LIFE_RUNNING,
	TO_CLOSING = 1 << RMQI_LIFE_CLOSING,
	TO_CLOSED = 1 << RMQI_LIFE_CLOSED
};

static const unsigned arrows[] = {
	[RMQI_LIFE_CREATED] = TO_STARTING | TO_RUNNING | TO_CLOSING,
	[RMQI_LIFE_STARTING] = TO_RUNNING | TO_CLOSING,
	[RMQI_LIFE_RUNNING] = TO_CLOSING,
	[RMQI_LIFE_CLOSING] = TO_CLOSED,
	[RMQI_LIFE_CLOSED] = 0,
};

void rmqi_life_init(struct rmqi_life *l, const struct rmqi_env *env)
{
	atomic_init(&l->state, RMQI_LIFE_CREATED);
	rmqi_event_init(&l->started, env);
	rmqi_event_init(&l->closed, env);
}

void rmqi_life_deinit(struct rmqi_life *l)
{
	rmqi_event_deinit(&l->started);
	rmqi_event_deinit(&l->closed);
}

bool rmqi_life_move(struct rmqi_life *l, enum rmqi_life_state from, enum rmqi_life_state to)
{
	int expected = (int)from;

	/* There is no such arrow. */
	assert(arrows[from] & 1u << to);
	if (!atomic_compare_exchange_strong(&l->state, &expected, (int)to))
		return false;
	if (from == RMQI_LIFE_STARTING)
		rmqi_event_set(&l->started);
	if (to == RMQI_LIFE_CLOSED)
		rmqi_event_set(&l->closed);
	return true;
}

bool rmqi_life_take_close(struct rmqi_life *l, int64_t deadline_us, enum rmqi_life_state *before)
{
	for (;;) {
		enum rmqi_life_state state = rmqi_life_state(l);
		bool is_starting = state == RMQI_LIFE_STARTING;

		*before = state;
		if (state >= RMQI_LIFE_CLOSING)
			return false;
		if (!is_starting && rmqi_life_move(l, state, RMQI_LIFE_CLOSING))
			return true;
		if (is_starting && !rmqi_event_wait(&l->started, deadline_us))
			return false;
	}
}

bool rmqi_life_wait_closed(struct rmqi_life *l, int64_t deadline_us)
{
	return rmqi_event_wait(&l->closed, deadline_us);
}

enum rmqi_life_state rmqi_life_state(const struct rmqi_life *l)
{
	return (enum rmqi_life_state)atomic_load(&l->state);
}
