/* SPDX-License-Identifier: Apache-2.0 */
/*
 * close_rows.h - who is closed, in which state, and from where: the rows of the matrix of closes.
 *
 * A row prepares a handle and provokes its close, on the caller's thread or in a callback that comes as time
 * passes. Whoever closes it calls close_now(), with which the fault begins.
 *
 * Thread: that of the virtual time, everything.
 */
#ifndef TESTS_API_CLOSE_ROWS_H
#define TESTS_API_CLOSE_ROWS_H

#include "tests/api/api.h"

enum { CLOSE_MS = 2000 };

struct close_scene {
	rmq_mock_cluster *cluster;
	rmq_config *config;
	void (*begin_fault)(struct close_scene *s);

	/* What the row needs is there; the one that is closed stands in `close`. */
	rmq_producer *producer;
	rmq_push_consumer *push;
	rmq_lite_pull_consumer *lite;
	rmq_simple_consumer *simple;
	rmq_pull_consumer *pull;
	rmq_messages *messages;
	rmq_queues *queues;
	enum rmq_error (*close)(struct close_scene *s);

	bool is_closing, is_closed;
	enum rmq_error error, again;
	int64_t ms, again_ms;
	struct call *calls;               /* close_rows.c's: all there were */
	int accepted, completed, doubles; /* calls with a callback */
	int lost, listed;                 /* messages: by their callbacks, and by the producer */
};

struct close_row {
	const char *name;
	void (*prepare)(struct close_scene *s);
	void (*provoke)(struct close_scene *s);
};

extern const struct close_row close_rows[];
extern const size_t close_row_count;

void close_scene_open(struct close_scene *s, void (*begin_fault)(struct close_scene *s));
/* Frees all of it; what the producer lists is counted before. */
void close_scene_end(struct close_scene *s);
/* The first time only: the fault begins, and the handle is closed. */
void close_now(struct close_scene *s);
enum rmq_error close_handle(struct close_scene *s);

#endif
