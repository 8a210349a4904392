/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repeats.h - a message came again: is that explained by who held its queue, and by what was committed?
 *
 * A tenure is the time that a member holds a queue, from "assigned" to "revoked" (rmq_queues_fn). A message of a
 * queue comes again
 *   - never within one tenure
 *   - never in a tenure that began when the broker had the offset behind it
 *   - else as two members held the queue at once, who learned of a route or of each other one after the other, or as it was
 *     not committed yet: that is as many as the cluster and the machine make it, and no fault.
 * Neither rule knows a time, so they hold however slow the machine is.
 *
 * What the broker has is what it was asked for while at most one member held the queue: the last commit of one who
 * lost it to another, who had begun already, may set it back. So two looks that began after such a time must agree
 * that it is known.
 *
 * Thread: one at a time; the caller locks.
 */
#ifndef TESTS_CONFORMANCE_REPEATS_H
#define TESTS_CONFORMANCE_REPEATS_H

#include <stddef.h>
#include <stdint.h>

enum { REPEATS_MEMBERS_MAX = 8, REPEATS_QUEUES_MAX = 64, REPEATS_OFFSETS_MAX = 1000 * 1000 };

enum repeat {
	REPEAT_NONE,        /* it comes for the first time */
	REPEAT_SHARED,      /* more than one member holds its queue */
	REPEAT_UNCOMMITTED, /* in another tenure; as far as is known, it was not committed when that began */
	REPEAT_UNEXPLAINED
};

struct repeats;

/* NULL: memory is out. Below, memory that is out and what is beyond the limits ends the program. */
struct repeats *repeats_new(void);
void repeats_free(struct repeats *r);

void repeats_assigned(struct repeats *r, int member, const char *broker, int32_t queue);
void repeats_revoked(struct repeats *r, int member, const char *broker, int32_t queue);

/* A look at the committed offsets: its begin, and then what it found (-1: nothing). */
uint64_t repeats_look(struct repeats *r);
void repeats_committed(struct repeats *r, uint64_t look, const char *broker, int32_t queue,
		       int64_t offset);

enum repeat repeats_delivered(struct repeats *r, int member, const char *broker, int32_t queue,
			      int64_t offset);

/* Now: tenures, and queues that more than one member holds. */
size_t repeats_held(const struct repeats *r);
size_t repeats_shared(const struct repeats *r);
/* Tenures so far, and those of which it was known from where on they may read. */
size_t repeats_tenures(const struct repeats *r);
size_t repeats_floored(const struct repeats *r);

#endif
