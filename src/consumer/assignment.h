/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assignment.h - brokers share the queues: one is asked which of a topic this member is to have, and whether it
 * pulls or pops them (RebalanceImpl.tryQueryAssignment, updateMessageQueueAssignment).
 *
 * The answer stands in place of the list of members: the broker knows them, and shares by AVG or AVG_BY_CIRCLE.
 * A topic may change from one mode to the other at any time (rmq_admin_set_message_request_mode). Then each
 * queue is given up and taken up anew: where pulls have committed, pops go on, and the other way round. What was
 * popped and is not done comes again in %RETRY%<group>_<topic>, which nobody pops any more: while a topic is
 * pulled, that is subscribed, too.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_ASSIGNMENT_H
#define RMQI_CONSUMER_ASSIGNMENT_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/config.h"
#include "consumer/consumer.h"
#include "consumer/share.h"
#include "net/conn.h"

/* RMQ_ERR_CONFIG: brokers do not share like this. */
enum rmq_error rmqi_assignment_check(const struct rmq_config *config, bool has_own_strategy,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Asks with sub->call. RMQ_ERR_NO_MEMORY: its fn is not called. */
enum rmq_error rmqi_assignment_ask(struct rmqi_consumer *c, struct rmqi_sub *sub,
				   const char *address) RMQI_MUST_USE;

struct rmqi_assigned {
	struct rmqi_share share;
	bool is_told; /* false: the broker has no valid answer, and what is held stays */
	bool is_popped;
	struct rmqi_sub *retry; /* subscribed with it a moment ago; NULL: nothing was */
};

/* The subscription comes to hold what an answer with code 0 says; the new queues have not begun. RMQ_AGAIN: one that is ours
 * again is still on its way out; RMQ_ERR_NO_MEMORY: what could be done is. Others: it cannot be read. */
enum rmq_error rmqi_assignment_take(struct rmqi_consumer *c, struct rmqi_sub *sub,
				    const struct rmqi_command *response,
				    struct rmqi_assigned *out) RMQI_MUST_USE;
/* The topic is not subscribed any more, nor is its retry topic. */
void rmqi_assignment_end(struct rmqi_consumer *c, const struct rmqi_sub *sub);

#endif
