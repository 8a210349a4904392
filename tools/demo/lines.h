/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - the lines of a file, and whether two collections of lines are the
 * same multiset.
 *
 * A line keeps its newline, so that no line is empty.
 */
#ifndef RMQ_DEMO_LINES_H
#define RMQ_DEMO_LINES_H

#include <stddef.h>

struct line {
	const char *text; /* borrowed */
	size_t len;
};

struct lines {
	struct line *items; /* owned */
	size_t count;
	size_t cap;
	char *content; /* owned, of a file; else NULL */
};

/* 0, or -1 with errno. */
int lines_read(struct lines *l, const char *path);
int lines_add(struct lines *l, const char *text, size_t len);
void lines_free(struct lines *l);
/* Sorts both. NULL when they are equal, else the first line that one has and the other lacks;
 * *missing tells whether it is `b` that lacks it. */
const struct line *lines_difference(struct lines *a, struct lines *b, int *missing);

#endif
