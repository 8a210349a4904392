/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members.h - asks brokers who is in the group (RebalanceImpl.rebalanceByTopic asks once a topic).
 *
 * The list is the group's, whatever topic it is asked for: the subscriptions of one round that ask the same broker
 * share one request and its answer. A round is one firing of the rebalance's timer, or one answer: what asks in
 * between asks by itself, as a list that was asked for before its cause came may be without it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_MEMBERS_H
#define RMQI_CONSUMER_MEMBERS_H

#include <stdbool.h>

#include "base/list.h"
#include "consumer/consumer.h"

struct rmqi_members {
	struct rmqi_list open; /* questions of this round: others may join */
	bool is_round;
};

void rmqi_members_init(struct rmqi_members *m);
void rmqi_members_begin_round(struct rmqi_members *m);
void rmqi_members_end_round(struct rmqi_members *m);
/* sub->call.fn gets the answer, never from within; the caller holds a reference of the sub until then. */
void rmqi_members_ask(struct rmqi_members *m, struct rmqi_consumer *c, struct rmqi_sub *sub,
		      const char *address);

#endif
