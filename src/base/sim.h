/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.h - a deterministic simulation: one thread, one virtual clock, one seed.
 *
 * Everything that would be a thread is a lane: a FIFO of tasks. A step picks a
 * lane that can run by the seeded generator and runs its first task. When no
 * lane can run, time jumps to the next timer. So the order of everything is a
 * function of the seed.
 *
 * The test's thread drives: a blocking call made by the test pumps (see
 * rmqi_event_wait), rmqi_sim_advance moves time. A pool task may wait too: it
 * pumps the simulation from inside (its lane counts it as still running).
 *
 * Thread: the one that made it.
 */
#ifndef RMQI_BASE_SIM_H
#define RMQI_BASE_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/executor.h"
#include "base/rand.h"

struct rmqi_sim;
struct rmqi_lane;

/* Is the caller another thread than the one that made it? Then it may touch nothing of it. */
bool rmqi_sim_is_foreign(const struct rmqi_sim *s);
/* The same of an environment; false when it is no simulation's. */
static inline bool rmqi_env_is_foreign(const struct rmqi_env *env)
{
	return env->sim && rmqi_sim_is_foreign(env->sim);
}

/* A simulation whose wall clock shows wall_ms. The same seed gives the same run. */
enum rmq_error rmqi_sim_new(uint64_t seed, int64_t wall_ms, struct rmqi_sim **out) RMQI_MUST_USE;
/* Every lane must be gone. Tasks still posted are forgotten. */
void rmqi_sim_free(struct rmqi_sim *s);
struct rmqi_clock *rmqi_sim_clock(struct rmqi_sim *s);
struct rmqi_rand *rmqi_sim_rand(struct rmqi_sim *s);

/* A lane that runs at most `width` tasks at a time; `owner` is what rmqi_current() shows. */
enum rmq_error rmqi_lane_new(struct rmqi_sim *s, unsigned width, void *owner,
			     struct rmqi_lane **out) RMQI_MUST_USE;
struct rmqi_executor *rmqi_lane_executor(struct rmqi_lane *l);
bool rmqi_lane_is_idle(const struct rmqi_lane *l); /* nothing posted, nothing running */
/* Takes the next task that was posted and not run; NULL when there is none. */
struct rmqi_task *rmqi_lane_take(struct rmqi_lane *l);
/* No task of it may be running. */
void rmqi_lane_free(struct rmqi_lane *l);
/* Frees the lane as soon as none of its tasks runs, maybe now; then calls freed(owner) (may be
 * NULL). Everything posted must have been taken. */
void rmqi_lane_release(struct rmqi_lane *l, void (*freed)(void *owner));
/* A task of the lane that waits for the lane's other tasks steps out, so that it is not counted as
 * running, and comes back before it returns. */
void rmqi_lane_leave(struct rmqi_lane *l);
void rmqi_lane_enter(struct rmqi_lane *l);

/* Runs one task; false when no lane can run. */
bool rmqi_sim_step(struct rmqi_sim *s);
/* Runs tasks, without moving time, until none can run. */
void rmqi_sim_settle(struct rmqi_sim *s);
/* Runs tasks and timers until done(arg), or until nothing is left before the deadline: the clock
 * then shows the deadline (RMQI_FOREVER with no timer left: returns false at once). */
bool rmqi_sim_run_until(struct rmqi_sim *s, bool (*done)(void *arg), void *arg,
			int64_t deadline_us);
/* Moves time forward by `us`, running everything due on the way, each timer settled before the
 * next. */
void rmqi_sim_advance(struct rmqi_sim *s, int64_t us);

#endif
