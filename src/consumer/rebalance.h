/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebalance.h - which queues this member holds (RebalanceImpl.java).
 *
 * For each topic: ask a random broker of it who is in the group, sort, take our
 * share, let go of what is not in it, take up what is new. Triggers: a period, the broker's
 * notice (40), a new route, a registration, resume; several at once make one run.
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
#include "base/macros.h"
#include "base/rand.h"
#include "consumer/consumer.h"

struct rmqi_rebalance {
	struct rmqi_consumer *consumer;
	struct rmqi_timer timer;
	int64_t ran_us;     /* start of the last run */
	bool is_registered; /* some broker has taken our heartbeat */
	struct rmqi_rand own_rand;
	struct rmqi_rand *rand; /* chooses the broker that is asked */
};

/* How far a subscription has come; each one includes those before it. */
enum rmqi_standing {
	RMQI_STANDING_NO_ROUTE,     /* no name server has told where the topic is */
	RMQI_STANDING_UNREGISTERED, /* no broker has taken our heartbeat */
	RMQI_STANDING_UNCOUNTED,    /* no broker has counted us among the members */
	RMQI_STANDING_SHARED        /* we hold our share, which may be empty */
};

enum rmq_error rmqi_rebalance_init(struct rmqi_rebalance *r, struct rmqi_consumer *c) RMQI_MUST_USE;
/* Runs not later than in so many ms. */
void rmqi_rebalance_soon(struct rmqi_rebalance *r, int64_t delay_ms);
/* A broker has taken our heartbeat. */
void rmqi_rebalance_registered(struct rmqi_rebalance *r);
enum rmqi_standing rmqi_rebalance_standing(const struct rmqi_rebalance *r,
					   const struct rmqi_sub *sub);

#endif
