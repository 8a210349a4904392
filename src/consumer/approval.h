/* SPDX-License-Identifier: Apache-2.0 */
/*
 * approval.h - does a broker take the expression of a subscription? (MQClientInstance.checkClientInBroker)
 *
 * A broker filters by SQL92 if it was told to (enablePropertyFilter) and can compile the expression. One
 * that cannot says nothing of it to a heartbeat, and a pull that brings the expression along would get
 * every message. So the broker that tells of the members is asked first (CHECK_CLIENT_CONFIG), and until it
 * agrees no queue of the subscription is fetched. Tags need no approval.
 *
 *     NEEDED --asked, agreed--> GIVEN
 *        |        ^
 *        |refused | asked again with every rebalance
 *        v        |
 *      REFUSED ---+         another expression: NEEDED
 *
 * A refusal is a complaint (RMQI_TROUBLE_EXPRESSION), and told to who waits for the member at once: it does
 * not pass by itself, and a broker may be configured anew, so it is asked again.
 *
 * Java asks a random broker at its start, and fails then. We ask as soon as one can be reached.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_APPROVAL_H
#define RMQI_CONSUMER_APPROVAL_H

#include <stdbool.h>

struct rmqi_consumer;
struct rmqi_sub;

/* Asks the broker at this address if that is needed. `on_answer` runs when the state is what it made it:
 * NEEDED, if it gave none. */
void rmqi_approval_ask(struct rmqi_consumer *c, struct rmqi_sub *sub, const char *address,
		       void (*on_answer)(struct rmqi_sub *sub));
/* The expression needs none any more, or the subscription is given up: what was told of it is taken back. */
void rmqi_approval_withdraw(struct rmqi_consumer *c, struct rmqi_sub *sub);

#endif
