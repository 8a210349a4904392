/* SPDX-License-Identifier: Apache-2.0 */
/* demo.h - what the parts of the demo share: its cluster, its clients, what they have done. */
#ifndef RMQ_DEMO_DEMO_H
#define RMQ_DEMO_DEMO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

#include "tools/demo/orders.h"

enum {
	SENDERS = 4,
	MEMBERS = 3,
	QUEUES = 4, /* per broker */
	BROKERS = 2,
	WAIT_S = 60,       /* for the last order to arrive */
	PROGRESS_MS = 100, /* between two lines of progress */
	SAMPLE_MS = 20,    /* between two looks at the lag */
	SHOWN = 14,        /* of these */
	WANTED = 10000,    /* lines of a default file */
	ONE_SECOND = 1,    /* a delay level */
	TEXT_COLUMNS = 60
};

extern const char *const topic;
extern const char *const group_names[GROUPS];
extern const char *const broker_names[BROKERS];

struct member {
	const char *name;
	enum group group;
	const char *expression;
	struct demo *demo;
	rmq_push_consumer *consumer;
	atomic_uint_fast64_t done;
};

struct demo {
	const char *path;
	struct orders orders;
	rmq_mock_cluster *cluster;
	rmq_producer *producer;
	struct member members[MEMBERS];
	atomic_uint_fast64_t sent[BROKERS][QUEUES];
	atomic_size_t next; /* order to be sent next */
	atomic_size_t all_sent;
	atomic_bool failed;
	size_t refused; /* the order that is refused once; SIZE_MAX: none */
	_Atomic int64_t refused_us;
	_Atomic int64_t again_us;
	atomic_int again_times;
	_Atomic int64_t last_us; /* when the last one was done */
};

/* Monotonic. */
int64_t now_us(void);
/* Prints why; frees the detail; returns -1. */
int fail(const char *what, rmq_error_detail *detail);

/* --- clients.c: 0, or -1 after it has printed why ------------------------------- */

int start_cluster(struct demo *d);
int start_clients(struct demo *d);
/* A thread: sends orders until there are none. arg is a struct demo. */
void *sender(void *arg);
/* So that there is a lag to look at. */
void pause_audit(struct demo *d, bool is_paused);
void close_members(struct demo *d);

/* --- report.c ------------------------------------------------------------------- */

/* What was refused, where orders went, who had them and how long it took; after the close. */
void report(struct demo *d);
/* 0 when each group got each order that is for it, with the text of the file, and nothing else. */
int prove(struct demo *d);

#endif
