/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member.h - one member of a consumer group: joins it, shares its queues, leaves it
 * (DefaultMQPushConsumerImpl.java and DefaultLitePullConsumerImpl.java have it twice).
 *
 *     CREATED --start--> RUNNING --close--> CLOSED      (client/life.h)
 *
 * A handle (push_consumer.h) holds a member by value, puts a sink into it (consumer.h), and is what its `kind` destroys. Everything a handle does with the group goes through
 * here; nothing here knows a handle.
 *
 * Thread: any, but not the client's loop, unless said otherwise.
 */
#ifndef RMQI_CONSUMER_MEMBER_H
#define RMQI_CONSUMER_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "client/complaint.h"
#include "client/life.h"
#include "codec/names.h"
#include "consumer/consumer.h"
#include "consumer/holdings.h"
#include "consumer/offsets.h"
#include "consumer/rebalance.h"
#include "consumer/watchdog.h"

enum { RMQI_MEMBER_CLOSE_MS = 10000 };

struct rmqi_member {
	struct rmqi_consumer consumer;
	struct rmqi_life life;
	struct rmqi_rebalance rebalance;
	struct rmqi_holdings holdings;
	struct rmqi_offsets offsets;
	struct rmqi_timer persist_timer;
	struct rmqi_watchdog watchdog;
	struct rmqi_commit_report last_commit;
};

/* The consumer's kind and sink are set; its store is chosen by messageModel (offsets.h) where it is NULL. The caller holds the first reference
 * (rmqi_consumer_unref), also after a failure. */
enum rmq_error rmqi_member_init(struct rmqi_member *m, const struct rmq_config *config,
				const char *group, struct rmq_error_detail *detail) RMQI_MUST_USE;
/* For the destructor: leaves if need be, ends every call under way, frees the client. */
void rmqi_member_deinit(struct rmqi_member *m);

/* Again for the same topic: its expression is another one from now on. */
enum rmq_error rmqi_member_subscribe(struct rmqi_member *m, const char *topic,
				     enum rmqi_expression kind, const char *expression,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_NOT_FOUND: there is no such subscription. */
enum rmq_error rmqi_member_unsubscribe(struct rmqi_member *m, const char *topic,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The subscription has its route from now on if the client knows it already. Thread: loop. */
void rmqi_member_know_route(struct rmqi_consumer *c, struct rmqi_sub *sub);
/* Before start (holdings.h). */
enum rmq_error rmqi_member_set_queues_fn(struct rmqi_member *m, rmq_queues_fn fn, void *arg,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Before start (own_share.h). */
enum rmq_error rmqi_member_set_allocate_fn(struct rmqi_member *m, rmq_allocate_fn fn, void *arg,
					   struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Without %RETRY%; nobody is asked for it, and waits. */
size_t rmqi_member_subscription_count(struct rmqi_member *m);

/* Starts the sink and the client, and joins. After a failure it is closed. */
enum rmq_error rmqi_member_start(struct rmqi_member *m,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_ERR_STATE once it is closing. Before start: it starts suspended. */
enum rmq_error rmqi_member_set_suspended(struct rmqi_member *m, bool is_suspended,
					 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* closing.c. timeout_ms < 0: RMQI_MEMBER_CLOSE_MS. RMQ_ERR_TIMEOUT: closed, but `detail` tells what was
 * left undone; or another thread still starts or closes it. */
enum rmq_error rmqi_member_close(struct rmqi_member *m, int64_t timeout_ms,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* closing.c: a start has failed. It is CLOSING, and nothing can be left over. */
void rmqi_member_close_failed(struct rmqi_member *m);

/* Why it does not consume yet: the subscription that is furthest behind, and how many there are. */
struct rmqi_member_standing {
	enum rmqi_standing least;
	char topic[RMQI_TOPIC_MAX + 1]; /* whose that is; "" without subscriptions */
	size_t subscriptions;           /* without %RETRY%, as the next two */
	size_t shared;                  /* those that hold their share */
	size_t queues;                  /* held */
	bool has_trouble;               /* of what `least` waits for: a broker, members, queues */
	struct rmqi_client_trouble trouble;
};
void rmqi_member_standing(struct rmqi_member *m, struct rmqi_member_standing *out);

#endif
