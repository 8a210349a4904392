/* SPDX-License-Identifier: Apache-2.0 */
/* locks_stage.h - an orderly consumer of topic T at one broker (rig.h), and who has its queues. */
#ifndef TESTS_CONSUMER_LOCKS_STAGE_H
#define TESTS_CONSUMER_LOCKS_STAGE_H

#include "codec/codes.h"
#include "tests/consumer/rig.h"

enum { LOCK = RMQI_REQ_LOCK_BATCH_MQ, UNLOCK = RMQI_REQ_UNLOCK_BATCH_MQ, MINUTE = 60 * 1000 };

#define ME "10.0.0.1@me"
#define OTHER "10.0.0.0@other" /* stands before us */

/* The group has committed 0 everywhere, and `messages` wait. */
struct rig *locks_begin_queues(int queues, int messages, const char *settings);
/* One queue. */
struct rig *locks_begin(int messages, const char *settings);
/* The client that has the lock; "": nobody. */
const char *locks_owner(struct rig *r, int queue);

#endif
