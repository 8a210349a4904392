/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer.h - what every part of a consumer stands on: client, group, settings,
 * subscriptions with their queues, and three tables.
 *
 *     push_consumer.h                 a handle: says of what kind it is
 *     member.h                        joins the group: rebalance, notices, life, close
 *     pull.h   consume_service.h   remote_offsets.h   who stands in the tables today
 *     mq.h                            one queue and its states
 *     fetch.h  sink.h  offset_store.h   (tables)
 *     consumer.h                      this
 *
 * Each line uses those below it. A queue calls upward through the tables only,
 * so a second way to fetch, to hand out or to keep offsets changes nothing here.
 *
 * The memory is counted: one reference is the user's, one belongs to each
 * runner that is posted, so that a listener which outlives close and free ends in
 * peace. The last one calls the destructor of the kind.
 *
 * Thread: loop, but for what says otherwise.
 */
#ifndef RMQI_CONSUMER_CONSUMER_H
#define RMQI_CONSUMER_CONSUMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/client.h"
#include "consumer/fetch.h"
#include "consumer/offset_store.h"
#include "consumer/settings.h"
#include "consumer/sink.h"
#include "consumer/subscriptions.h"

struct rmqi_consumer;

/* What the handle says of itself. Immutable. */
struct rmqi_consumer_kind {
	const char *consume_type;  /* of the heartbeat: CONSUME_PASSIVELY, CONSUME_ACTIVELY */
	const char *message_model; /* CLUSTERING, BROADCASTING */
	const struct rmqi_fetch *fetch;
	/* The loop is there: timers. Also after a failure tear_down is called. */
	enum rmq_error (*set_up)(struct rmqi_consumer *c) RMQI_MUST_USE;
	/* The queues are dropped; ends the timers. Calls under way end after it. */
	void (*tear_down)(struct rmqi_consumer *c);
	/* Frees it all. Thread: any, not the loop. */
	void (*destroy)(struct rmqi_consumer *c);
};

struct rmqi_consumer {
	atomic_uint refs; /* any */

	/* Immutable after creation. */
	const struct rmqi_consumer_kind *kind;
	struct rmqi_client *client; /* NULL until it could be made */
	struct rmqi_loop *loop;
	struct rmqi_clock *clock;
	const struct rmqi_log *log;
	char *group;
	char *retry_topic;
	struct rmqi_settings set;
	struct rmqi_sink *sink;
	struct rmqi_offset_store *store;

	bool is_active;            /* fetches and rebalances: from start to close */
	bool is_suspended;         /* by the user */
	bool is_gone;              /* the end: timers are gone, nothing may begin */
	atomic_size_t queue_count; /* any; without %RETRY% */
	struct rmqi_subscriptions subs;
};

/* kind, sink and store are set; the client is not made here. The caller holds the first reference, also
 * after a failure. RMQ_ERR_NO_MEMORY, RMQ_ERR_CONFIG. */
enum rmq_error rmqi_consumer_init(struct rmqi_consumer *c, const struct rmq_config *config,
				  const char *group, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* For the destructor. */
void rmqi_consumer_deinit(struct rmqi_consumer *c);

static inline struct rmqi_consumer *rmqi_consumer_ref(struct rmqi_consumer *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

/* The last one frees it all; not on the loop. Thread: any. */
void rmqi_consumer_unref(struct rmqi_consumer *c);

static inline int64_t rmqi_consumer_deadline(const struct rmqi_consumer *c, int64_t ms)
{
	return rmqi_clock_deadline(c->clock, ms);
}

#endif
