/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.h - the life of whatever is started once and closed once: a client, a
 * producer, the member of a group.
 *
 *     CREATED ---> STARTING ---> RUNNING       (what starts at once: CREATED ---> RUNNING)
 *        |            |             |
 *        |            | failed      |
 *        +-------> CLOSING <--------+
 *                     |
 *                     v
 *                  CLOSED
 *
 * Every change is one arrow taken by one thread (rmqi_life_move); of many threads that try the same,
 * one gets it. Who takes STARTING owes the arrow out of it, who takes CLOSING owes CLOSED, whatever
 * fails: others wait for that, each until its own deadline. So a close may come at any time, from any
 * thread, and as often as one likes.
 *
 * Nothing is ever left again: what was closed is not started a second time.
 *
 * Thread: any. The wait functions: not on the loop.
 */
#ifndef RMQI_CLIENT_LIFE_H
#define RMQI_CLIENT_LIFE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/macros.h"

/* In this order: "may still be used" is a comparison. */
enum rmqi_life_state {
	RMQI_LIFE_CREATED,
	RMQI_LIFE_STARTING,
	RMQI_LIFE_RUNNING,
	RMQI_LIFE_CLOSING,
	RMQI_LIFE_CLOSED
};

struct rmqi_life {
	atomic_int state;          /* enum rmqi_life_state */
	struct rmqi_event started; /* set when STARTING is over, well or not */
	struct rmqi_event closed;  /* set when it is CLOSED */
};

void rmqi_life_init(struct rmqi_life *l, const struct rmqi_env *env);
void rmqi_life_deinit(struct rmqi_life *l);

/* Takes the arrow from -> to, which must be one of the picture. False: it is not in `from`. */
bool rmqi_life_move(struct rmqi_life *l, enum rmqi_life_state from, enum rmqi_life_state to);

/*
 * For a close: takes CLOSING, after a start that is under way. *before is the state until then.
 * True: it was CREATED or RUNNING, the caller closes it and owes the arrow to CLOSED.
 * False: another thread still starts it, and the deadline has come (STARTING); or another one closes
 * it, or has done so (CLOSING, CLOSED): wait for that.
 */
bool rmqi_life_take_close(struct rmqi_life *l, int64_t deadline_us,
			  enum rmqi_life_state *before) RMQI_MUST_USE;
/* Waits for the one that closes it; false when the deadline came first. After true it has touched the
 * memory for the last time: only this, not the state, says that it may be freed. */
bool rmqi_life_wait_closed(struct rmqi_life *l, int64_t deadline_us);

enum rmqi_life_state rmqi_life_state(const struct rmqi_life *l);

/* May a call of the user begin? A caller that counts itself first and looks then cannot be missed by a
 * close, which moves first and counts then. */
static inline bool rmqi_life_is_running(const struct rmqi_life *l)
{
	return atomic_load(&l->state) == RMQI_LIFE_RUNNING;
}

/* Has nobody begun to close it? */
static inline bool rmqi_life_is_open(const struct rmqi_life *l)
{
	return atomic_load(&l->state) <= RMQI_LIFE_RUNNING;
}

#endif
