/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - a push consumer of group "G" on topic "T", and a fake broker, in a
 * simulation. The listener writes down what it saw and does what the test says.
 */
#ifndef TESTS_CONSUMER_RIG_H
#define TESTS_CONSUMER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/executor.h"
#include "base/sim.h"
#include "client/config.h"
#include "consumer/push_consumer.h"
#include "net/inproc.h"
#include "tests/support/fake_broker.h"

enum { SEEN_MAX = 8192, RIG_QUEUES = 16 };
#define RETRY_G "%RETRY%G"

struct seen {
	char body[64];
	char topic[64];
	int queue_id;
	int64_t offset;
	int times;
	int64_t at_ms; /* since the start */
};

struct rig {
	struct rmqi_sim *sim;
	struct rmqi_inproc *net;
	struct rmqi_env env;
	struct fake_broker *broker;
	struct rmq_config *config;
	rmq_push_consumer *consumer;
	int64_t born_ms;
	char log[16384]; /* lines of WARN and above */
	size_t log_len;
	unsigned lines[RMQ_LOG_DEBUG + 1]; /* by level */
	char over[512];                    /* the last line that says "works now" */

	struct seen seen[SEEN_MAX];
	size_t seen_count;
	size_t largest_call;

	/* For the listener. */
	int status;
	int fail_times; /* so many messages fail, then all are fine */
	int delay_level;
	int ack_index;         /* -2: leave it */
	const char *slow_body; /* for this message it takes slow_ms */
	int64_t slow_ms;       /* slow_body NULL: for every one */
	/* Each second of that wait. */
	void (*meanwhile)(struct rig *r, int64_t since_ms);
	int64_t suspend_ms;     /* of an orderly one; -1: it says nothing */
	bool is_in[RIG_QUEUES]; /* an orderly listener has a message of this queue of T */
	/* In the listener, after the wait; may set status. */
	void (*during)(struct rig *r, const rmq_message *m);
};

/* Told the events of the next rig's consumer; its argument is the rig. NULL: nobody. */
extern rmq_event_fn rig_event_fn;

/* Topic T with so many queues, `settings` as "key=value;key=value" or NULL. Not started. */
struct rig *rig_new(uint64_t seed, int queues, const char *settings);
/* Before the start: the listener is an orderly one. */
void rig_orderly(struct rig *r);
/* Before the start: its consumer is made anew, of what the configuration is now. */
void rig_renew(struct rig *r);
void rig_start(struct rig *r);
void rig_free(struct rig *r);
/* Closes and frees the consumer. */
void rig_free_consumer(struct rig *r);
void rig_advance(struct rig *r, int64_t ms);
/* A listener waits while everything else goes on. */
void rig_sleep(struct rig *r, int64_t ms);
int64_t rig_now(const struct rig *r);
/* m0000, m0001, ... on queue 0 of T. */
void rig_put(struct rig *r, int count);
/* How often a body was seen. */
int rig_seen(const struct rig *r, const char *body);
int64_t rig_committed(struct rig *r);

#endif
