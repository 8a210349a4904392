/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - waits until a member holds its share of every subscription, or tells
 * what it still lacks (rebalance.h, rmqi_standing).
 */
#ifndef RMQI_CONSUMER_READY_H
#define RMQI_CONSUMER_READY_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "consumer/member.h"

enum { RMQI_READY_MS = 10000 };

/* timeout_ms < 0: RMQI_READY_MS. Errors as rmq_push_consumer_wait_ready. Thread: any, not the loop. */
enum rmq_error rmqi_member_wait_ready(struct rmqi_member *m, int64_t timeout_ms,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
