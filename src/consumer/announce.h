/* SPDX-License-Identifier: Apache-2.0 */
/*
 * announce.h - when the brokers are told again what this member subscribes.
 *
 * A broker keeps one subscription a topic and group: that with the largest version of all members, and
 * none that the last heartbeat did not name. So what we said once may have been overwritten.
 *
 *   - Our queues or the members changed: new versions and a heartbeat
 *     (RebalancePushImpl.messageQueueChanged, which looks at the queues only: a member without a share
 *     comes and goes unseen). Soon, and every RMQI_RENEW_MS at most.
 *   - A broker does not know us (a pull is refused, a list of members is without us): a heartbeat. At
 *     once, then in gaps that grow to heartbeatBrokerInterval: members that subscribe different topics
 *     take each other's away with every heartbeat, and must not do so all the time.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_ANNOUNCE_H
#define RMQI_CONSUMER_ANNOUNCE_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"

struct rmqi_consumer;

enum { RMQI_RENEW_MS = 1000, RMQI_UNKNOWN_GAP_MS = 5000 };

struct rmqi_announce {
	struct rmqi_consumer *consumer;
	struct rmqi_timer timer; /* the next renewal */
	int64_t renewed_us;      /* last new versions */
	int64_t beat_us;         /* last heartbeat to all, whatever its cause */
	int64_t unknown_us;      /* when a broker last said that it does not know us */
	int64_t gap_us;          /* from beat_us to the next one for that cause; 0: at once */
};

enum rmq_error rmqi_announce_init(struct rmqi_announce *a, struct rmqi_consumer *c) RMQI_MUST_USE;
void rmqi_announce_stop(struct rmqi_announce *a);
/* Harmless after an init that failed. */
void rmqi_announce_deinit(struct rmqi_announce *a);

/* The member begins: its subscriptions are as new as that. */
void rmqi_announce_start(struct rmqi_announce *a);
/* Our queues, or the members of the group, are others than before. */
void rmqi_announce_changed(struct rmqi_announce *a);
/* A broker does not know our subscription, or us. */
void rmqi_announce_unknown(struct rmqi_announce *a);
/* A heartbeat goes to all brokers. */
void rmqi_announce_beaten(struct rmqi_announce *a);

#endif
