/* SPDX-License-Identifier: Apache-2.0 */
/*
 * positions.h - where in a queue: what -o, -e and -p say.
 *
 * Thread: one owner.
 */
#ifndef TOOLS_CLI_POSITIONS_H
#define TOOLS_CLI_POSITIONS_H

#include <rocketmq/rocketmq.h>

#include "tools/cli/args.h"

enum position_kind {
	POSITION_MIN,
	POSITION_MAX,
	POSITION_OFFSET, /* value: it */
	POSITION_TAIL,   /* value: so many before the end */
	POSITION_STORED, /* what a group has committed; without such, the first one */
	POSITION_TIME    /* value: ms since 1970; the first one stored then or later */
};

struct position {
	enum position_kind kind;
	int64_t value;
};

/* "min", "7", "-7", "s@TIME", ... as a beginning, or "e@TIME": *is_end. False: none of them. */
bool position_read(const char *text, struct position *out, bool *is_end);

/* What the options say of -C. */
struct span {
	struct position begin;
	struct position end; /* POSITION_MAX: the end of now */
	bool has_end;
};
/* CLI_OK, or what was said to be wrong. */
int span_read(const struct args *a, struct span *out);

/* The offset within a row of offsets. Only a time asks the broker. */
enum rmq_error position_find(const struct position *p, const rmq_queue_offsets *row,
			     rmq_pull_consumer *consumer, const struct rmq_queue *queue,
			     int64_t *offset, rmq_error_detail **detail);

/* Does -p let this queue through? Without -p each. */
bool queue_is_wanted(const struct args *a, const struct rmq_queue *queue);
/* CLI_OK, or what was said to be wrong with -p. */
int queues_check(const struct args *a);

#endif
