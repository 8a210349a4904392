/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - pulls that wait for a message (PullRequestHoldService.java; broker.md 6.6).
 *
 *     parked --message that matches, periodic check--> woken --end of wake-up--> answered
 *     parked --its time is over--> answered
 *     parked --connection closed--> gone
 *
 * A woken pull is processed again without being suspended. It is done at the end
 * of the loop's wake-up, so that one answer carries all that came meanwhile.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_HOLD_H
#define MB_BROKER_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/subscription.h"
#include "mock-broker/node.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;
struct mb_peer;

/* What remains of a PULL_MESSAGE request. */
struct mb_pull {
	struct mb_ticket ticket;
	struct rmqi_h_pull_message h;
	int32_t code;                     /* PULL_MESSAGE or LITE_PULL_MESSAGE */
	struct rmqi_subscription *filter; /* NULL: everything */
};

struct mb_holds {
	struct rmqi_map topics; /* topic -> struct hold_topic */
	struct rmqi_list woken;
	size_t count;          /* parked */
	struct rmqi_task wake; /* deferred while something is woken */
	struct rmqi_timer check;
	struct mb_arrival_listener arrivals;
};

enum rmq_error mb_holds_init(struct mb_broker *b) RMQI_MUST_USE;
/* Drops what is parked without an answer. */
void mb_holds_deinit(struct mb_broker *b);
/* Copies the pull. The peer is that of its connection. */
enum rmq_error mb_holds_park(struct mb_broker *b, const struct mb_pull *pull, struct mb_peer *peer,
			     int64_t timeout_ms) RMQI_MUST_USE;
/* Of broker->holds.arrivals: wakes those whom the message concerns. */
void mb_holds_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);
/* The connection is gone. */
void mb_holds_forget(struct mb_holds *h, struct mb_peer *peer);
/* Answers everything that is parked, as if its time were over. */
void mb_holds_release(struct mb_broker *b);

#endif
