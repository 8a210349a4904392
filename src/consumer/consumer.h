/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consumer.h - what every part of a consumer stands on: client, group, settings,
 * subscriptions with their queues, and three tables.
 *
 *     push_consumer.h                 a handle: says of what kind it is
 *     member.h                        joins the group: rebalance, notices, life, close
 *     announce.h  agreement.h  conflict.h  approval.h   what brokers are told again and asked; members
 *                                     that do not fit
 *     pull.h   consume_service.h   offsets.h   who stands in the tables today
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
#include "consumer/unreadable.h"

struct rmqi_consumer;
struct rmqi_jw;
struct rmqi_trace;
struct rmqi_pops;
struct rmqi_lite_topics;

/* What the handle says of itself. Immutable. */
struct rmqi_consumer_kind {
	const char *name;         /* of the statistics: push_consumer, ... */
	const char *consume_type; /* of the heartbeat: CONSUME_PASSIVELY, CONSUME_ACTIVELY */
	bool is_without_retry;    /* %RETRY%<group> is not subscribed: nothing is sent back */
	bool is_unwatched;        /* its user pulls, when he likes (watchdog.h) */
	bool is_traced;           /* with enableTrace */
	const struct rmqi_fetch *fetch;
	/* NULL: members share queues, and fetch of theirs. Else there are none of these: this is told that a
	 * subscription has a route and brokers know us, again with each rebalance, and when it is removed. */
	void (*placed)(struct rmqi_consumer *c, struct rmqi_sub *sub);
	/* The loop is there: timers. Also after a failure tear_down is called. */
	enum rmq_error (*set_up)(struct rmqi_consumer *c) RMQI_MUST_USE;
	/* The queues are dropped; ends the timers. Calls under way end after it. */
	void (*tear_down)(struct rmqi_consumer *c);
	/* Its queues are looked at: says where they stand, if it is not the fetch that knows. NULL: it is. */
	void (*locate)(struct rmqi_consumer *c);
	/* What its statistics have beyond those of all consumers (statistics.h). NULL: nothing. */
	void (*describe)(struct rmqi_consumer *c, struct rmqi_jw *w);
	/* Frees it all. Thread: any, not the loop. */
	void (*destroy)(struct rmqi_consumer *c);
};

/* How the user is told of queues that come and go (holdings.h). All 0: he is not. Thread: loop. */
struct rmqi_told {
	void (*changed)(void *arg, struct rmqi_sub *sub); /* a queue was added or taken off */
	void *arg;
	uint64_t next; /* what a queue that is added now waits for */
	uint64_t done; /* what was told: who waits for it, or less, may begin */
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
	struct rmqi_recycler *memory; /* of blocks and deliveries; any */
	struct rmqi_sink *sink;
	struct rmqi_offset_store *store;
	struct rmqi_trace *trace; /* any; NULL: none (consume_call.h) */
	struct rmqi_pops
		*pops; /* brokers say which queues are held, and which are popped (assignment.h,
				 * pops.h); NULL: the members share them. Set before the start */

	struct rmqi_lite_topics
		*lite; /* of the kind that can have some, else NULL (lite_topics.h) */

	/* A broker answered that it does not know the subscription of a queue; `was_known`: though it must
	 * have. The member's: heartbeats, and whether another member is to blame. */
	void (*on_unknown)(struct rmqi_consumer *c, const struct rmqi_mq *mq, bool was_known);

	/* What a queue has delivered goes here, and from here to the sink; NULL: at once (rate.h). */
	void (*hold_back)(struct rmqi_consumer *c, struct rmqi_delivery *d);
	int32_t fetch_most; /* messages that one fetch may ask for, beyond what is configured */

	int64_t started_ms; /* wall clock */
	bool is_assigned;   /* the user says which queues are held (assign.h): no rebalance */
	bool is_active;     /* fetches and rebalances: from start to close */
	bool is_suspended;  /* by the user */
	bool is_gone;       /* the end: timers are gone, nothing may begin */
	atomic_size_t queue_count; /* any; without %RETRY% */
	struct rmqi_unreadable unreadable;
	struct rmqi_subscriptions subs;
	struct rmqi_consumer_counts counts;
	struct rmqi_told told;
};

/* kind and sink are set; the client is not made here. The caller holds the first reference, also
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
