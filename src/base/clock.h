/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - time as a parameter, and every timer of client and mock.
 *
 * Two readings: wall time (ms since the epoch, what goes on the wire) and ticks
 * (µs, monotonic, what deadlines are made of). A virtual clock moves only when
 * its simulation moves it; reading never does. While the machine is suspended ticks stand still; what somebody
 * else counts meanwhile is read from rmqi_clock_boot_us.
 *
 * Timers live in a `rmqi_timers`. With a real clock each loop has its own heap;
 * with a virtual clock all of them share the clock's heap, so that they fire in
 * one order: (deadline, order of arming). A timer is armed with a memory-safe
 * guarantee: rmqi_timer_start cannot fail after rmqi_timer_init succeeded.
 *
 * A fast clock shows what the real one does until it is given a scale; from then on it goes so many times as
 * fast. It does not go past a timer that has not fired yet: when the loop is late, time is late with it, and
 * what is due comes one after the other, as in a simulation, each at its own time. It has one rmqi_timers.
 *
 * Thread: clock: any. Timers: the owner of the rmqi_timers (a loop).
 */
#ifndef RMQI_BASE_CLOCK_H
#define RMQI_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/macros.h"

#define RMQI_FOREVER INT64_MAX /* a deadline that never comes */

struct rmqi_clock;

/* The one real clock of the process; never freed. */
struct rmqi_clock *rmqi_clock_real(void);
/* A virtual clock that shows `wall_ms` now and 0 ticks. NULL when memory is out. */
struct rmqi_clock *rmqi_clock_virtual_new(int64_t wall_ms);
/* NULL when memory is out. */
struct rmqi_clock *rmqi_clock_fast_new(void);
void rmqi_clock_free(struct rmqi_clock *c); /* virtual or fast */
bool rmqi_clock_is_virtual(const struct rmqi_clock *c);
/* Does it show other times than the real clock, since it was given a scale? */
bool rmqi_clock_is_apart(const struct rmqi_clock *c);
/* 1 of any clock that was given none. */
int64_t rmqi_clock_scale(const struct rmqi_clock *c);

/* Milliseconds since the epoch. */
int64_t rmqi_clock_wall_ms(const struct rmqi_clock *c);
/* Monotonic microseconds. */
int64_t rmqi_clock_us(const struct rmqi_clock *c);
/* The same, and the time for which the machine was suspended: for what others count, never for timers. */
int64_t rmqi_clock_boot_us(const struct rmqi_clock *c);
/* now + timeout; timeout_ms < 0 or overflow gives RMQI_FOREVER. */
int64_t rmqi_clock_deadline(const struct rmqi_clock *c, int64_t timeout_ms);
/* Milliseconds until the deadline, rounded up, never below 0; INT64_MAX for RMQI_FOREVER. */
int64_t rmqi_clock_left_ms(const struct rmqi_clock *c, int64_t deadline_us);
/* Virtual: jump to `us` (not backwards). Only the simulation calls it. */
void rmqi_clock_set_us(struct rmqi_clock *c, int64_t us);
/* Virtual: the wall steps by delta (an NTP step) without touching ticks. */
void rmqi_clock_step_wall(struct rmqi_clock *c, int64_t delta_ms);
/* Virtual: the machine was suspended for so long. */
void rmqi_clock_suspend(struct rmqi_clock *c, int64_t ms);

struct rmqi_timers {
	struct rmqi_clock *clock;
	void *owner; /* what rmqi_current() shows while one of these timers runs */
	struct rmqi_heap own;
	struct rmqi_heap *heap; /* &own, or the virtual clock's */
	uint64_t *order;        /* counter that breaks ties */
	uint64_t own_order;
	size_t timers;    /* initialised timers, for reserved heap room */
	int64_t round_us; /* while rmqi_timers_run fires: its now_us; INT64_MIN otherwise */
};

struct rmqi_timer {
	struct rmqi_heap_node node;
	struct rmqi_timers *timers;
	void (*fn)(struct rmqi_timer *t);
};

void rmqi_timers_init(struct rmqi_timers *ts, struct rmqi_clock *clock, void *owner);
/* Every timer of it must have been deinitialised. */
void rmqi_timers_deinit(struct rmqi_timers *ts);
/* Ticks of the earliest armed timer, RMQI_FOREVER when there is none. Real clocks only see their
 * own timers. */
int64_t rmqi_timers_next(const struct rmqi_timers *ts);
/* The same in ticks of the real clock; not of a virtual one. */
int64_t rmqi_timers_next_real(const struct rmqi_timers *ts);
/* Fast clock: from now on it goes `scale` (1..) times as fast as the real one. */
void rmqi_timers_set_scale(struct rmqi_timers *ts, int64_t scale);
/* Real clock: fires what is due at `now_us`, each timer at most once. Returns how many fired. */
size_t rmqi_timers_run(struct rmqi_timers *ts, int64_t now_us);
/* Virtual clock: fires the earliest timer of all if it is due at or before `until_us`, having moved
 * the clock to its deadline. False when there is none. */
bool rmqi_clock_fire_next(struct rmqi_clock *c, int64_t until_us);

/* Reserves the room that makes start infallible; `fn` gets the timer back (RMQI_CONTAINER). */
enum rmq_error rmqi_timer_init(struct rmqi_timer *t, struct rmqi_timers *ts,
			       void (*fn)(struct rmqi_timer *t)) RMQI_MUST_USE;
/* Stops it; harmless on a zeroed timer. */
void rmqi_timer_deinit(struct rmqi_timer *t);
/* Arms or re-arms. RMQI_FOREVER stops it. */
void rmqi_timer_start(struct rmqi_timer *t, int64_t deadline_us);
void rmqi_timer_start_ms(struct rmqi_timer *t, int64_t delay_ms);
void rmqi_timer_stop(struct rmqi_timer *t);
static inline bool rmqi_timer_is_armed(const struct rmqi_timer *t)
{
	return t->node.at != 0;
}

/* Who the running code belongs to: the loop or pool that called it, NULL on a foreign thread.
 * Thread-local; set by executors, loops and the simulation around what they run. */
void *rmqi_current(void);
/* Returns the previous one, to be restored. */
void *rmqi_current_set(void *owner);

#endif
