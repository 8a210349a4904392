/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subscriptions.h - the topics of a consumer, each with its filter, its route
 * and the queues held of it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_SUBSCRIPTIONS_H
#define RMQI_CONSUMER_SUBSCRIPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/macros.h"
#include "client/route.h"
#include "codec/body.h"
#include "codec/subscription.h"
#include "net/address.h"
#include "net/conn.h"

struct rmqi_rebalance;

struct rmqi_sub {
	unsigned refs;
	struct rmqi_list link; /* in the consumer's list; alone once removed */
	bool is_removed;
	struct rmqi_subscription *filter; /* replaced by a second subscribe */
	struct rmqi_topic_route *route;   /* a reference; NULL: none known */
	struct rmqi_list mqs;
	bool is_retry;   /* %RETRY%<group>: not the user's */
	bool is_missing; /* no name server knows the topic; it was logged */

	/* rebalance.c */
	struct rmqi_rebalance *rebalance;
	bool is_shared;        /* a broker has counted us in, and we hold our share */
	struct rmqi_call call; /* asks for the members; holds a reference while under way */
	bool is_asking;
	bool ask_again;
	char asked[RMQI_ADDRESS_MAX]; /* the broker asked last */
};

struct rmqi_subscriptions {
	struct rmqi_list list;
	size_t user_count; /* without %RETRY% */
	int64_t last_version;
};

void rmqi_subscriptions_init(struct rmqi_subscriptions *s);
struct rmqi_sub *rmqi_subscriptions_find(struct rmqi_subscriptions *s, const char *topic);
/* Adds or replaces. The version is now_ms, or one more than any before.
 * RMQ_ERR_INVALID_ARGUMENT: the expression cannot be parsed. */
enum rmq_error rmqi_subscriptions_put(struct rmqi_subscriptions *s, const char *topic,
				      const char *expression, int64_t now_ms, bool is_retry,
				      struct rmqi_sub **out) RMQI_MUST_USE;
/* Its queues must have been dropped. */
void rmqi_subscriptions_remove(struct rmqi_subscriptions *s, struct rmqi_sub *sub);
struct rmqi_sub *rmqi_sub_ref(struct rmqi_sub *sub);
void rmqi_sub_unref(struct rmqi_sub *sub);
/* Takes a reference of its own; NULL: no route. */
void rmqi_sub_set_route(struct rmqi_sub *sub, struct rmqi_topic_route *route);
const char *rmqi_sub_topic(const struct rmqi_sub *sub);

/* Copies them into the consumer's part of a heartbeat. */
enum rmq_error rmqi_subscriptions_fill(const struct rmqi_subscriptions *s,
				       struct rmqi_consumer_data *out) RMQI_MUST_USE;

#endif
