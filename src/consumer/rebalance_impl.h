/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebalance_impl.h - the inside of rebalance.h: who is asked when, and shares by the list of members (rebalance.c); what a
 * broker assigns (rebalance_assigned.c).
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_REBALANCE_IMPL_H
#define RMQI_CONSUMER_REBALANCE_IMPL_H

#include <rocketmq/error.h>

#include "codec/command.h"
#include "consumer/rebalance.h"

enum { RMQI_REBALANCE_RETRY_MS = 1000 }; /* RebalanceService: when something was not balanced */

/* It holds its share, or (verdict) not yet all of it. */
void rmqi_rebalance_hold(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error verdict);
/* Its queues do what they can do now. */
void rmqi_rebalance_continue(struct rmqi_sub *sub);
/* No list, or we are not in it; of who is to have which queue nothing that is valid. `response` NULL: none came. */
void rmqi_rebalance_complain(struct rmqi_rebalance *r, struct rmqi_sub *sub, enum rmq_error error,
			     const struct rmqi_command *response, const char *why);

/* rebalance_assigned.c: the end of rmqi_assignment_ask (assignment.h). What is held stays unless the answer is good. */
void rmqi_rebalance_take_assignment(struct rmqi_rebalance *r, struct rmqi_sub *sub,
				    enum rmq_error error, const struct rmqi_command *response);

#endif
