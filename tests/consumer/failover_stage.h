/* SPDX-License-Identifier: Apache-2.0 */
/*
 * failover_stage.h - a consumer of topic T with a name server, a master and a slave that are fakes of its own, under
 * virtual time.
 */
#ifndef TESTS_CONSUMER_FAILOVER_STAGE_H
#define TESTS_CONSUMER_FAILOVER_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/lite_pull_consumer.h>

#include "codec/codes.h"
#include "tests/consumer/rig.h"

enum { S = 1000, MINUTE = 60 * S, PULL = RMQI_REQ_PULL_MESSAGE, QUEUES = 2, EVENTS = 64 };

/* How messages are consumed. */
enum stage_way { STAGE_CONCURRENT, STAGE_ORDERLY, STAGE_POP, STAGE_LITE_PULL, STAGE_WAYS };

extern struct stage {
	enum stage_way way;
	struct rig *rig;
	rmq_lite_pull_consumer *puller; /* LITE_PULL: instead of the rig's */
	struct fake_broker *names;  /* the name server */
	struct fake_broker *master; /* the rig's, at first */
	struct fake_broker *slave;
	struct fake_broker *spare; /* NULL: none was needed */
	int64_t highest;           /* that the master's group had */
	unsigned put;
	size_t event_count;
	struct {
		enum rmq_event_kind kind;
		int64_t at_ms;
		char text[256];
	} events[EVENTS];
} stage;

/* Has T and the group's retry topic. */
struct fake_broker *stage_broker(void);
/* Where the group stands there, in both queues of T. */
void stage_committed(struct fake_broker *b, int64_t offset);
/* Not started; the group stands at 0 everywhere. */
struct rig *stage_begin(const char *settings);
struct rig *stage_begin_as(enum stage_way way, const char *settings);
void stage_start(void);
/* Queues that it holds; of topics that are popped as one: 1. */
size_t stage_queue_count(void);
void stage_end(void);
void stage_put(struct fake_broker *b, int queue, int count);
/* On both queues of whoever has the data. */
void stage_put_on(struct fake_broker *one, struct fake_broker *other, int count);
/* Once, and nothing is missing. */
void stage_expect_all_once(void);
void stage_expect_committed(struct fake_broker *b, int64_t offset);
/* The time goes by, and who polls does so each time. */
void stage_step(int64_t ms);
/* The time goes by, and what the master knows of the group never goes back. */
void stage_advance(int64_t ms);
/* How many events there are of this kind with this text; *at: when the last of them was told. */
unsigned stage_events(enum rmq_event_kind kind, const char *text, int64_t *at);
/* Name servers know it. */
void stage_master_dies(void);
void stage_master_returns(void);

#endif
