/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdog.h - tells of queues that stand still (standstill.h), and of topics of which no share is held for as
 * long (pullMaxIdleTime), with the cause.
 *
 * Every queue is looked at eight times in the shorter of both times. What is found is a complaint
 * (client/complaint.h): WARN and RMQ_EVENT_STALLED at once and at another cause, WARN with growing gaps after that,
 * INFO and RMQ_EVENT_OVER when it goes on, stands still for another cause, or is not held any more. A cause that has a complaint of its own (a pull that is refused, a lock)
 * is told once, as that one is repeated. What holds many queues is told once: of the consumer (SUSPENDED, THREADS, POLL ...),
 * of a broker (BROKER, SILENCE), of the queues of a topic at a broker (REFUSED, LOCK ...), of a topic (PAUSED).
 *
 * Nothing is mended. Java takes a queue up anew that was not pulled for 120 s, since there a pull can get lost;
 * here each of them ends (net/rpc.h), and what a listener still has would come twice.
 *
 * Queues of a pull consumer are pulled by the user, and not watched; nor has a simple consumer any.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_WATCHDOG_H
#define RMQI_CONSUMER_WATCHDOG_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "consumer/rebalance.h"

struct rmqi_watchdog {
	struct rmqi_rebalance *rebalance;
	struct rmqi_timer timer;
	int64_t look_ms; /* 0: it sleeps for ever */
};

enum rmq_error rmqi_watchdog_init(struct rmqi_watchdog *w, struct rmqi_rebalance *r) RMQI_MUST_USE;
void rmqi_watchdog_start(struct rmqi_watchdog *w);
void rmqi_watchdog_stop(struct rmqi_watchdog *w);
/* Harmless after an init that failed. */
void rmqi_watchdog_deinit(struct rmqi_watchdog *w);

#endif
