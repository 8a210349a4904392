/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriptions.h - the topics of a consumer, each with its filter, its route
 * and the queues held of it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_SUBSCRIPTIONS_H
#define RMQI_CONSUMER_SUBSCRIPTIONS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "client/route.h"
#include "codec/body.h"
#include "codec/subscription.h"
#include "consumer/process_queue.h"
#include "consumer/stall.h"
#include "consumer/stats.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_consumer;
struct rmqi_holding;
struct rmqi_rebalance;

/* Of its expression, by a broker (approval.h). */
enum rmqi_approval_state { RMQI_APPROVAL_GIVEN, RMQI_APPROVAL_NEEDED, RMQI_APPROVAL_REFUSED };

struct rmqi_sub {
	unsigned refs;
	struct rmqi_list link; /* in the consumer's list; alone once removed */
	bool is_removed;
	struct rmqi_subscription *filter;     /* replaced by a second subscribe */
	struct rmqi_topic_route *route;       /* a reference; NULL: none known */
	struct rmqi_topic_route *first_route; /* likewise: the first one that had queues */
	struct rmqi_list mqs;
	size_t mq_count;                /* in it, as the next of mq.c */
	struct rmqi_flow_limits limits; /* of each */
	struct rmqi_stats *stats;       /* of the table below */
	bool is_retry;                  /* %RETRY%<group>: not the user's */

	struct {
		enum rmqi_approval_state state;
		struct rmqi_call call; /* holds a reference while under way */
		bool is_asking;
		unsigned wanted;    /* counts expressions */
		unsigned asked;     /* the one that the broker was asked about */
		bool is_complained; /* holds a complaint */
		char address[RMQI_ADDRESS_MAX];
		struct rmqi_consumer *consumer;
		void (*on_answer)(struct rmqi_sub *sub);
	} approval; /* approval.c */

	/* holdings.c */
	struct rmqi_list mark;     /* in the list of those that have changed; holds a reference */
	struct rmqi_holding *told; /* what the user was told of; NULL: nothing yet */

	/* watchdog.c */
	struct {
		bool is_missed; /* no share of it is held */
		int64_t since_us;
		enum rmqi_stall cause; /* that was told; NONE: nothing was */
		bool is_told;          /* holds a complaint */
	} watch;

	/* rebalance.c */
	struct rmqi_rebalance *rebalance;
	bool is_shared;        /* a broker has counted us in, and we hold our share */
	uint64_t members;      /* who was in the group when it was shared last: a hash; 0: never */
	size_t member_count;   /* of the last list that had us; 0: none yet */
	struct rmqi_call call; /* asks for the members; holds a reference while under way */
	struct rmqi_list asks; /* with others that share the answer (members.c) */
	bool is_asking;
	bool ask_again;
	int64_t due_us;               /* when they are asked next */
	int64_t earliest_us;          /* but not before */
	bool is_complained;           /* holds a complaint (client/complaint.h) */
	bool is_odd;                  /* holds one about what its strategy says */
	bool is_uncounted;            /* the last list was without us */
	char asked[RMQI_ADDRESS_MAX]; /* the broker asked last */
	bool has_failed;              /* it did not tell them: another one is asked next */
};

struct rmqi_subscriptions {
	struct rmqi_list list;
	atomic_size_t user_count; /* without %RETRY%; any thread may read it */
	int64_t last_version;
	struct rmqi_stats_table stats; /* of all that are or were subscribed */
};

void rmqi_subscriptions_init(struct rmqi_subscriptions *s);
/* All of them were removed. */
void rmqi_subscriptions_deinit(struct rmqi_subscriptions *s);
struct rmqi_sub *rmqi_subscriptions_find(struct rmqi_subscriptions *s, const char *topic);
/* Adds or replaces. The version is now_ms, or one more than any before.
 * RMQ_ERR_INVALID_ARGUMENT: the expression cannot be parsed. */
enum rmq_error rmqi_subscriptions_put(struct rmqi_subscriptions *s, const char *topic,
				      enum rmqi_expression kind, const char *expression,
				      int64_t now_ms, bool is_retry,
				      struct rmqi_sub **out) RMQI_MUST_USE;
/* All of them with a larger version: now_ms, or one more than any before. */
void rmqi_subscriptions_renew(struct rmqi_subscriptions *s, int64_t now_ms);
/* Its queues must have been dropped. */
void rmqi_subscriptions_remove(struct rmqi_subscriptions *s, struct rmqi_sub *sub);
struct rmqi_sub *rmqi_sub_ref(struct rmqi_sub *sub);
void rmqi_sub_unref(struct rmqi_sub *sub);
/* Takes a reference of its own; NULL: no route. */
void rmqi_sub_set_route(struct rmqi_sub *sub, struct rmqi_topic_route *route);
/* Was this queue not there when we began? */
bool rmqi_sub_is_late_queue(const struct rmqi_sub *sub, const struct rmqi_queue *key);
const char *rmqi_sub_topic(const struct rmqi_sub *sub);

/* Lends them to the consumer's part of a heartbeat: until one of them is changed or removed. */
enum rmq_error rmqi_subscriptions_fill(const struct rmqi_subscriptions *s,
				       struct rmqi_consumer_data *out) RMQI_MUST_USE;

#endif
