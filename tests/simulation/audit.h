/* SPDX-License-Identifier: Apache-2.0 */
/*
 * audit.h - what was sent and what came, and what must hold of it.
 *
 *     sent --> completed once: acknowledged | failed (maybe stored) --> seen by each group, at least once
 *
 * Each thing that happens goes into a history, whose hash says whether two runs were the same.
 *
 * Thread: that of the simulation.
 */
#ifndef TESTS_SIMULATION_AUDIT_H
#define TESTS_SIMULATION_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIT_GROUPS = 4, AUDIT_MESSAGES = 8192, AUDIT_QUEUES = 16 };

struct audit {
	struct {
		bool is_acked;
		unsigned completions;
		unsigned seen[AUDIT_GROUPS];
	} messages[AUDIT_MESSAGES];
	bool is_exempt[AUDIT_GROUPS]; /* need not see all */
	size_t sent;
	size_t acked;
	int64_t last_offset[AUDIT_QUEUES]; /* of an orderly group, the furthest in each queue; -1: none */
	uint64_t hash;
	uint64_t deliveries;
	char problem[256]; /* the first thing that did not hold; "": none */
};

void audit_begin(struct audit *a);
/* Something happened: into the history. */
void audit_note(struct audit *a, uint64_t what, uint64_t value);
/* Did not hold. */
void audit_fail(struct audit *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The number of a new message; false: there is no room for more. */
bool audit_send(struct audit *a, size_t *number);
void audit_complete(struct audit *a, size_t number, bool is_acked);
/* `body` is the number as text. */
void audit_see(struct audit *a, int group, const void *body, size_t len);
/* What is seen for the first time in a queue follows what was seen before. */
void audit_order(struct audit *a, size_t queue, int64_t offset);
/* Has every group seen what was acknowledged? `missing` (may be NULL): the first that some group has not. */
bool audit_is_complete(const struct audit *a, int *group, size_t *missing);

#endif
