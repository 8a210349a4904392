/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebalance.h - which queues this member holds (RebalanceImpl.java).
 *
 * For each topic: ask the broker of it that has known us for longest who is in the group, sort, take our
 * share, let go of what is not in it, take up what is new. Triggers: a period, the broker's
 * notice (40), a new route, a registration, resume. Each topic has its own time: several triggers at
 * once make one question, a topic that has just asked does not hold up another, and topics that ask the same
 * broker in one round share its answer (members.h).
 *
 * Who is not in the list himself has no share; that only happens when a broker does
 * not know us yet (Java then gives everything up). We keep what we have, send a
 * heartbeat and ask again.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_REBALANCE_H
#define RMQI_CONSUMER_REBALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/macros.h"
#include "base/rand.h"
#include "consumer/agreement.h"
#include "consumer/allocate.h"
#include "consumer/announce.h"
#include "consumer/conflict.h"
#include "consumer/consumer.h"
#include "consumer/known_members.h"
#include "consumer/members.h"
#include "consumer/own_share.h"

struct rmqi_rebalance {
	struct rmqi_consumer *consumer;
	struct rmqi_announce announce;   /* what the group is told again */
	struct rmqi_agreement agreement; /* whether brokers keep what we said */
	struct rmqi_conflict conflict;   /* what the group does not agree in */
	struct rmqi_strategy strategy;   /* of the configuration */
	struct rmqi_own_strategy own;    /* before it */
	struct rmqi_members members;
	struct rmqi_known_members known;
	struct rmqi_rand rand;
	struct rmqi_timer timer; /* for the subscription that is due first */
	bool is_registered;      /* some broker has taken our heartbeat */
	struct rmqi_event moved; /* any: set when a subscription got its share; the member's */
};

/* How far a subscription has come; each one includes those before it. */
enum rmqi_standing {
	RMQI_STANDING_REFUSED,      /* a broker does not take its expression */
	RMQI_STANDING_NO_ROUTE,     /* no name server has told where the topic is */
	RMQI_STANDING_UNREGISTERED, /* no broker has taken our heartbeat */
	RMQI_STANDING_UNCOUNTED,    /* no broker has counted us among the members */
	RMQI_STANDING_UNSHARED, /* it was, but no share is held: the strategy gave none, or queues leave */
	RMQI_STANDING_UNAPPROVED, /* no broker has taken its expression yet */
	RMQI_STANDING_STUCK,      /* a queue of our share cannot start, or is not served */
	RMQI_STANDING_SHARED      /* we hold our share, which may be empty */
};

enum rmq_error rmqi_rebalance_init(struct rmqi_rebalance *r, struct rmqi_consumer *c) RMQI_MUST_USE;
/* Asks for every subscription, or this one, not later than in so many ms, but not twice within 100 ms. */
void rmqi_rebalance_soon(struct rmqi_rebalance *r, int64_t delay_ms);
void rmqi_rebalance_sub_soon(struct rmqi_rebalance *r, struct rmqi_sub *sub, int64_t delay_ms);
/* A broker has taken our heartbeat. */
void rmqi_rebalance_registered(struct rmqi_rebalance *r);
enum rmqi_standing rmqi_rebalance_standing(const struct rmqi_rebalance *r,
					   const struct rmqi_sub *sub);

#endif
