/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.h - what was sent and what came, and what must hold of it.
 *
 *     sent --> completed once: acknowledged | failed (maybe stored) --> seen by each group, at least once
 *
 * and not before its time, if it has one; nor ever, if its transaction was rolled back. Each thing that happens goes into
 * a history, whose hash says whether two runs were the same.
 *
 * Thread: that of the simulation.
 */
#ifndef TESTS_SIMULATION_AUDIT_H
#define TESTS_SIMULATION_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIT_GROUPS = 7, AUDIT_MESSAGES = 16384, AUDIT_QUEUES = 16 };

/* What became of the local transaction that a message belongs to. */
enum audit_fate { AUDIT_PLAIN, AUDIT_UNDECIDED, AUDIT_COMMITTED, AUDIT_ROLLED_BACK };

struct audit_message {
	bool is_acked;
	bool is_stored; /* in its topic, in the end */
	bool is_dead;   /* a dead letter of group 0, after it had failed often enough */
	unsigned completions;
	unsigned refused; /* by a listener of group 0 */
	enum audit_fate fate;
	int64_t due_ms;      /* not to be seen before; 0: at once */
	unsigned not_wanted; /* bits of the groups that may do without it */
	unsigned seen[AUDIT_GROUPS];
};

struct audit {
	struct audit_message messages[AUDIT_MESSAGES];
	bool is_exempt[AUDIT_GROUPS]; /* need not see all */
	bool is_strict;               /* nothing orderly may come twice */
	size_t sent;
	size_t acked;
	int64_t last_offset[AUDIT_QUEUES]; /* of an orderly group, the furthest in each queue; -1: none */
	uint64_t hash;
	uint64_t deliveries;
	char problem[512]; /* the first thing that did not hold; "": none */
};

void audit_begin(struct audit *a);
/* Something happened: into the history. */
void audit_note(struct audit *a, uint64_t what, uint64_t value);
void audit_note_bytes(struct audit *a, const void *bytes, size_t len);
/* Did not hold. */
void audit_fail(struct audit *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The number of a new message; false: there is no room for more. */
bool audit_send(struct audit *a, size_t *number);
void audit_complete(struct audit *a, size_t number, bool is_acked);
/* What a body says: the number as text. False: nobody has sent such a one, which is a failure. */
bool audit_number(struct audit *a, const void *body, size_t len, size_t *number);
/* It came to a group, at this time of the wall clock. */
void audit_see(struct audit *a, int group, size_t number, int64_t now_ms);
/* What is seen for the first time in a queue follows what was seen before. */
void audit_order(struct audit *a, size_t queue, int64_t offset);
/* Whether what had to be kept is stored in the end; `missing`: the first that is not. */
bool audit_is_kept(const struct audit *a, size_t *missing);
/* Has every group seen what was acknowledged? `missing`: the first that some group has not. */
bool audit_is_complete(const struct audit *a, int *group, size_t *missing);

#endif
