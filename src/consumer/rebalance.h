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

#include <rocketmq/push_consumer.h>

#include "base/clock.h"
#include "base/macros.h"

struct rmqi_rebalance {
	rmq_push_consumer *consumer;
	struct rmqi_timer timer;
	int64_t ran_us;     /* start of the last run */
	bool is_registered; /* some broker has taken our heartbeat */
};

enum rmq_error rmqi_rebalance_init(struct rmqi_rebalance *r, rmq_push_consumer *c) RMQI_MUST_USE;
/* Runs not later than in so many ms. */
void rmqi_rebalance_soon(struct rmqi_rebalance *r, int64_t delay_ms);
/* A broker has taken our heartbeat. */
void rmqi_rebalance_registered(struct rmqi_rebalance *r);

#endif
