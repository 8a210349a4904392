/* SPDX-License-Identifier: Apache-2.0 */
/*
 * one_pull.h - one pull that a user asks for (DefaultMQPullConsumerImpl.pullSyncImpl, PullAPIWrapper.java): its
 * request, and what its answer is.
 *
 * The expression goes with each pull, so the broker needs to know nothing of the group; what passes its filter
 * by a hash of a tag only is dropped here.
 */
#ifndef RMQI_CONSUMER_ONE_PULL_H
#define RMQI_CONSUMER_ONE_PULL_H

#include <stdint.h>

#include <rocketmq/pull_consumer.h>

#include "base/macros.h"
#include "client/route.h"
#include "codec/subscription.h"
#include "consumer/handle.h"

/* The inside of the public options. Immutable while pulls use them. */
struct rmq_pull_options {
	int max_messages; /* -1: pullBatchSize */
	enum rmqi_expression kind;
	char *expression;   /* owned; NULL: all */
	int64_t suspend_ms; /* -1: brokerSuspendMaxTimeMillis */
	int64_t timeout_ms; /* -1: suspend_ms and RMQI_PULL_MS */
};

enum { RMQI_PULL_MS = 10000 }; /* consumerPullTimeoutMillis */

struct rmq_pull_result {
	enum rmq_pull_status status;
	int64_t next;
	int64_t min;
	int64_t max;
	struct rmq_messages *messages; /* owned; NULL: none */
};

/* A pull from its beginning to its end. */
struct rmqi_one_pull {
	struct rmqi_member *member;
	char topic[RMQI_NAMED_MAX];
	char *broker_name; /* owned */
	int32_t queue_id;
	int64_t offset;
	int32_t max_messages;
	int64_t suspend_ms;
	int64_t deadline_us;
	int64_t started_us;
	struct rmqi_subscription *filter; /* owned */
	struct rmqi_topic_route *route;   /* a reference; NULL: not known yet */
	const char *address;              /* of the route; NULL: none */
};

/* `queue` is legal. RMQ_ERR_INVALID_ARGUMENT: the timeout is not above the time to suspend. A deinit follows in any
 * case. Thread: any. */
enum rmq_error rmqi_one_pull_init(struct rmqi_one_pull *p, struct rmqi_member *m,
				  const struct rmq_queue *queue, int64_t offset,
				  const struct rmq_pull_options *options,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_one_pull_deinit(struct rmqi_one_pull *p);
/* Takes over a reference of the route. RMQ_ERR_NO_BROKER. Thread: any. */
enum rmq_error rmqi_one_pull_address(struct rmqi_one_pull *p, struct rmqi_topic_route *route,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The request points into `p` and `header`. */
struct rmqi_h_pull_message;
struct rmqi_outgoing rmqi_one_pull_request(const struct rmqi_one_pull *p,
					   struct rmqi_h_pull_message *header);
/* What an answer is. */
enum rmq_error rmqi_one_pull_answer(const struct rmqi_one_pull *p,
				    const struct rmqi_command *response,
				    struct rmq_pull_result **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
