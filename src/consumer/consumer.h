/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer.h - the inside of rmq_push_consumer: what the files of this room
 * share. Each member that is a struct belongs to the file of its name.
 *
 * The memory is counted: one reference is the user's, one belongs to each posted runner, so that a
 * listener which outlives close and free ends in peace.
 *
 * Thread: loop, but for what says otherwise.
 */
#ifndef RMQI_CONSUMER_CONSUMER_H
#define RMQI_CONSUMER_CONSUMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"
#include "client/client.h"
#include "client/life.h"
#include "consumer/allocate.h"
#include "consumer/consume_service.h"
#include "consumer/mq.h"
#include "consumer/offsets.h"
#include "consumer/rebalance.h"
#include "consumer/send_back.h"
#include "consumer/subscriptions.h"

enum rmqi_from_where { RMQI_FROM_LAST, RMQI_FROM_FIRST, RMQI_FROM_TIMESTAMP }; /* config.def */

/* Immutable after creation. */
struct rmqi_consumer_settings {
	enum rmqi_allocation allocation;
	enum rmqi_from_where from_where;
	int64_t from_ms; /* consumeTimestamp */
	struct rmqi_flow_limits limits;
	int64_t error_delay_ms;
	int64_t pull_interval_ms;
	int32_t pull_batch;
	int32_t pull_batch_bytes;
	int64_t suspend_ms;
	int64_t pull_timeout_ms;
	bool post_subscription;
	int32_t max_reconsume_times; /* 16 for -1 */
	int64_t persist_ms;
	int64_t rebalance_ms;
	int64_t api_timeout_ms;
};

struct rmq_push_consumer {
	atomic_uint refs;      /* any */
	struct rmqi_life life; /* any */

	/* Immutable after creation. */
	struct rmqi_client *client;
	struct rmqi_loop *loop;
	struct rmqi_clock *clock;
	const struct rmqi_log *log;
	char *group;
	char *retry_topic;
	struct rmqi_consumer_settings set;

	bool is_active;            /* pulls and rebalances: from start to close */
	bool is_suspended;         /* by the user */
	bool is_gone;              /* the end: timers are gone, nothing may begin */
	atomic_size_t queue_count; /* any; without %RETRY% */
	struct rmqi_rand own_rand;
	struct rmqi_rand *rand;
	struct rmqi_subscriptions subs;
	struct rmqi_rebalance rebalance;
	struct rmqi_offsets offsets;
	struct rmqi_send_backs send_backs;
	struct rmqi_consume_service service;
};

static inline struct rmq_push_consumer *rmqi_consumer_ref(struct rmq_push_consumer *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

/* A start has failed: it is CLOSING, and nothing can be left over. */
void rmqi_consumer_close_failed(struct rmq_push_consumer *c);

/* The last one frees it all; not on the loop. Thread: any. */
void rmqi_consumer_unref(struct rmq_push_consumer *c);

static inline int64_t rmqi_consumer_deadline(const struct rmq_push_consumer *c, int64_t ms)
{
	return rmqi_clock_deadline(c->clock, ms);
}

#endif
