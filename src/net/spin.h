/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spin.h - whether a caller that waits for an answer looks for it for a while before it
 * sleeps. No Java twin.
 *
 * To be woken on a core that sleeps takes longer than a near broker needs to answer. But to
 * look in vain uses the time of others up, who may be those that it waits for. So it is done only
 * while it pays: after a wait in which nothing came in time the next one sleeps at once, after the second such
 * wait the next three, then seven, up to 255; only a run of successes forgets them. Never where the process
 * has one core: the peer could not run.
 *
 * Thread: one owner at a time (the reader of a connection).
 */
#ifndef RMQI_NET_SPIN_H
#define RMQI_NET_SPIN_H

#include <stdbool.h>
#include <stdint.h>

struct rmqi_spin {
	int64_t most_us;    /* 0: never */
	unsigned failures;  /* since the last run of successes */
	unsigned successes; /* in a row */
	unsigned rest;      /* so many waits sleep at once */
};

/* At most `most_us` (0: never) a wait. */
void rmqi_spin_init(struct rmqi_spin *s, int64_t most_us);
/* Shall this wait look first? To be asked once a wait. */
bool rmqi_spin_may(struct rmqi_spin *s);
/* It did, and something came, or not. */
void rmqi_spin_ended(struct rmqi_spin *s, bool has_come);
/* Between two looks. */
void rmqi_spin_relax(void);

#endif
