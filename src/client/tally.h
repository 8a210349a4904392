/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally.h - what is counted of the sends of a client: for each topic its sends, for each broker the
 * attempts on it.
 *
 * A route leads to the tallies of its topic and of its queues' brokers, so that counting looks
 * nothing up: no lock, no allocation, nothing that grows with the number of topics. They are attached
 * to a new route by its first send. Each tally has two parts: one that only the loop writes, with plain
 * stores, and one for all other threads, so that the loop shares no cache line with them.
 *
 *     begin -> stored | handed_over | failed        each that began ends once
 *     in flight = began - ended
 *
 * Numbers only grow, and live as long as the client. At most RMQI_TALLY_TOPICS topics and
 * RMQI_TALLY_BROKERS brokers have their own; those beyond share one without a name, and so do sends that
 * ended before there was a route.
 *
 * Thread: any.
 */
#ifndef RMQI_CLIENT_TALLY_H
#define RMQI_CLIENT_TALLY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/histogram.h"
#include "base/map.h"
#include "base/thread.h"

struct rmqi_topic_route;

enum {
	RMQI_TALLY_TOPICS = 512,
	RMQI_TALLY_BROKERS = 128,
	RMQI_TALLY_LINE = 64, /* bytes */
	RMQI_TALLY_ERRORS = RMQ_ERR_SYSTEM + 1,
	RMQI_TALLY_CODES = 8, /* of brokers, that are told apart */
	RMQI_TALLY_WEAK = 3   /* statuses that are weaker than RMQ_SEND_OK, from 1 */
};

struct rmqi_tally_part {
	_Atomic uint64_t began;
	_Atomic uint64_t messages;       /* that ended well: a batch has more than one */
	_Atomic uint64_t body_bytes;     /* ... as they were sent */
	struct rmqi_histogram stored_us; /* what was stored, and how long it took */
};

struct rmqi_tally_code {
	_Atomic int64_t key; /* code + 2^32; 0: free */
	_Atomic uint64_t count;
};

/* Names and numbers that are rare are shared by all threads. */
struct rmqi_tally {
	char *name; /* owned, immutable; "": all without their own */
	struct rmqi_tally_part loop;
	char apart[RMQI_TALLY_LINE]; /* so that no cache line is in both */
	struct rmqi_tally_part elsewhere;
	_Atomic uint64_t handed_over; /* one-way: no answer is awaited */
	_Atomic uint64_t retries;     /* attempts after the first one */
	_Atomic uint64_t failed;
	_Atomic uint64_t weak[RMQI_TALLY_WEAK]; /* of those stored; FLUSH_DISK_TIMEOUT first */
	_Atomic uint64_t errors[RMQI_TALLY_ERRORS];
	struct rmqi_tally_code codes[RMQI_TALLY_CODES];
	_Atomic uint64_t other_codes;
};

/* Of a client. */
struct rmqi_tallies {
	struct rmqi_mutex mu;
	struct rmqi_map topics;           /* mu; name -> struct rmqi_tally; never shrinks */
	struct rmqi_map brokers;          /* mu */
	struct rmqi_tally *other_topics;  /* mu; NULL: none needed yet */
	struct rmqi_tally *other_brokers; /* mu */
};

void rmqi_tallies_init(struct rmqi_tallies *t);
void rmqi_tallies_deinit(struct rmqi_tallies *t);
/* Gives a route its tallies. Without memory it has none, and nothing is counted. */
void rmqi_tallies_attach(struct rmqi_tallies *t, struct rmqi_topic_route *route);
/* For what ended before there was a route. NULL when memory is out. */
struct rmqi_tally *rmqi_tallies_other_topics(struct rmqi_tallies *t);

/* --- Counting: a tally may be NULL. is_loop: the caller is the client's loop ------------------ */

void rmqi_tally_begin(struct rmqi_tally *t, bool is_loop);
void rmqi_tally_stored(struct rmqi_tally *t, bool is_loop, int64_t took_us, uint32_t messages,
		       size_t body_len);
void rmqi_tally_handed_over(struct rmqi_tally *t, bool is_loop, uint32_t messages, size_t body_len);
/* `code` of the broker's answer is looked at when `error` says that there is one. */
void rmqi_tally_failed(struct rmqi_tally *t, enum rmq_error error, int32_t code);
void rmqi_tally_retried(struct rmqi_tally *t, int64_t times);
/* status: enum rmq_send_status. */
void rmqi_tally_weak(struct rmqi_tally *t, int status);

/* "TIMEOUT", ... : the name of the code without RMQ_ERR_. NULL when no code has this value. */
const char *rmqi_error_name(int code);

#endif
