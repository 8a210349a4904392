/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locks.h - queues locked for orderly consumption (RebalanceLockManager.tryLockBatch):
 * group -> queue -> client id, for 60 s after the last renewal.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_LOCKS_H
#define MB_BROKER_LOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"

enum { MB_LOCK_LIVE_MS = 60 * 1000 }; /* rocketmq.broker.rebalance.lockMaxLiveTime */

struct mb_locks {
	struct rmqi_map groups; /* group -> struct rmqi_map: queue text -> struct mb_lock */
};

void mb_locks_init(struct mb_locks *l);
void mb_locks_deinit(struct mb_locks *l);
/* Grants what is free, expired or the client's own. False: somebody else holds it, or no memory. */
bool mb_lock_try(struct mb_locks *l, struct rmqi_str group, const struct rmqi_queue *q,
		 struct rmqi_str client_id, int64_t now_ms);
/* Only the owner's lock is removed. */
void mb_lock_release(struct mb_locks *l, struct rmqi_str group, const struct rmqi_queue *q,
		     struct rmqi_str client_id);
/* Does the group hold any lock that has not expired? */
bool mb_locks_held(const struct mb_locks *l, struct rmqi_str group, int64_t now_ms);

/* A lock, for who looks on; all is borrowed during the call. */
struct mb_lock_view {
	struct rmqi_str group;
	struct rmqi_str topic;
	int32_t queue_id;
	const char *client_id;
	int64_t renewed_ms;
};
/* Those that have not expired. */
void mb_locks_each(const struct mb_locks *l, int64_t now_ms,
		   void (*fn)(void *arg, const struct mb_lock_view *lock), void *arg);

#endif
