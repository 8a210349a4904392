/* SPDX-License-Identifier: Apache-2.0 */
#include "base/executor.h"
#include "base/sim.h"

void rmqi_event_init(struct rmqi_event *ev, const struct rmqi_env *env)
{
	ev->env = env;
	ev->is_set = false;
	rmqi_mutex_init(&ev->mu);
	rmqi_cond_init(&ev->cond);
}

void rmqi_event_deinit(struct rmqi_event *ev)
{
	rmqi_cond_deinit(&ev->cond);
	rmqi_mutex_deinit(&ev->mu);
}

/* The broadcast stays under the lock: once a waiter has seen is_set, the event may be freed. */
void rmqi_event_set(struct rmqi_event *ev)
{
	rmqi_mutex_lock(&ev->mu);
	ev->is_set = true;
	rmqi_cond_broadcast(&ev->cond);
	rmqi_mutex_unlock(&ev->mu);
}

void rmqi_event_reset(struct rmqi_event *ev)
{
	rmqi_mutex_lock(&ev->mu);
	ev->is_set = false;
	rmqi_mutex_unlock(&ev->mu);
}

bool rmqi_event_is_set(struct rmqi_event *ev)
{
	bool is_set;

	rmqi_mutex_lock(&ev->mu);
	is_set = ev->is_set;
	rmqi_mutex_unlock(&ev->mu);
	return is_set;
}

static bool is_done(void *arg)
{
	return rmqi_event_is_set(arg);
}

static bool wait_real(struct rmqi_event *ev, int64_t deadline_us)
{
	bool is_set;

	rmqi_mutex_lock(&ev->mu);
	while (!ev->is_set && rmqi_cond_wait_until(&ev->cond, &ev->mu, deadline_us))
		;
	is_set = ev->is_set;
	rmqi_mutex_unlock(&ev->mu);
	return is_set;
}

bool rmqi_event_wait(struct rmqi_event *ev, int64_t deadline_us)
{
	if (ev->env->sim)
		return rmqi_sim_run_until(ev->env->sim, is_done, ev, deadline_us);
	return wait_real(ev, deadline_us);
}
