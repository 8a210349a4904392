/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h - pulls of several queues at a time: of each one pull is under way, or what it brought waits to be
 * taken, so nothing is fetched that nobody has room for.
 *
 *     IDLE --reader_pull--> PULLING --answer, on a callback thread--> READY --reader_take--> IDLE
 *
 * Thread: one owner, but for the callbacks.
 */
#ifndef TOOLS_CLI_READER_H
#define TOOLS_CLI_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/rocketmq.h>

struct readers;

/* What a pull brought. */
struct pulled {
	size_t queue; /* its number */
	enum rmq_error error;
	enum rmq_pull_status status;
	char *cause;            /* owned; NULL without an error */
	bool is_passing;        /* of an error: another pull may succeed */
	int64_t next;           /* where to go on; of an error where it was */
	rmq_message **messages; /* owned references */
	size_t count;
};

/* Owned. Of `count` queues; the consumer is borrowed. NULL: memory or descriptors are out. */
struct readers *readers_new(rmq_pull_consumer *consumer, size_t count);
/* The queue is borrowed until the consumer is closed, the options as well. */
enum rmq_error reader_pull(struct readers *r, size_t number, const struct rmq_queue *queue,
			   int64_t offset, const rmq_pull_options *options,
			   rmq_error_detail **detail);
/* Waits for up to ms (-1: for ever), or until the program is to stop. False: nothing came. *out is owned. */
bool readers_take(struct readers *r, int64_t ms, struct pulled *out);
void pulled_free(struct pulled *p);
/* The consumer is closed. */
void readers_free(struct readers *r);

#endif
