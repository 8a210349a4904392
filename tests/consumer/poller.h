/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poller.h - the smallest consumer of another kind: a member whose messages stand in a buffer
 * until the test polls them, and whose offsets live in memory. What is here is all that such a
 * consumer needs beside the tables (consumer/sink.h, consumer/offset_store.h).
 *
 * Thread: the loop's, but for poller_new.
 */
#ifndef TESTS_CONSUMER_POLLER_H
#define TESTS_CONSUMER_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consumer/member.h"

enum { PLACES = 8 };

struct place {
	char queue[64];
	int64_t offset;
};

struct memory {
	struct rmqi_offset_store store;
	struct rmqi_consumer *consumer;
	struct place places[PLACES];
	size_t count;
	unsigned flushes;
};

enum { BUFFERED = 64 };

struct buffer {
	struct rmqi_sink sink;
	struct rmqi_delivery *waiting[BUFFERED]; /* a reference each */
	size_t count;
	size_t at;                 /* next item of the first one */
	struct rmqi_delivery *out; /* a reference; polled and not acknowledged */
	size_t out_at;
	bool is_paused; /* by the user */
	unsigned dropped;
};

struct poller {
	struct rmqi_member member;
	struct buffer buffer;
	struct memory memory;
};

/* How many were destroyed. */
extern unsigned pollers_destroyed;

/* Of group G; the last reference destroys it. */
struct poller *poller_new(const struct rmq_config *config);
/* The next message, NULL: none. It is out until it is acknowledged. */
const struct rmq_message *poller_next(struct poller *p);
void poller_acknowledge(struct poller *p);
/* Where the offset of a queue is kept; -1: none is. */
int64_t *poller_kept(struct poller *p, const char *topic, int queue);

#endif
