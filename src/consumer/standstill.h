/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standstill.h - does a queue stand still, since when, and why?
 *
 * It does when it has messages that are not done and none of them was done for consumeMaxIdleTime; or when it has
 * none, and no broker has answered a pull of it for pullMaxIdleTime (ProcessQueue.isPullExpired; there it is the
 * pull that was sent last). A queue that has nothing to read is answered each brokerSuspendMaxTimeMillis,
 * up to 5 s late (settings.c).
 *
 * What was done is counted from what was delivered and is not open, so nothing is done for it per message; a
 * delivery of which some messages were done has moved on, too.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_STANDSTILL_H
#define RMQI_CONSUMER_STANDSTILL_H

#include <stddef.h>
#include <stdint.h>

#include "consumer/mq.h"
#include "consumer/stall.h"

enum { RMQI_STALL_WHY = 400 };

/* Notes how far it has come. Returns since when it has not moved on; -1: it is not watched. */
int64_t rmqi_standstill_note(struct rmqi_mq *mq);
/* The same, if that is too long; else -1. */
int64_t rmqi_standstill_since(struct rmqi_mq *mq);
/* Why it does not move on: a part of a sentence. */
enum rmqi_stall rmqi_standstill_explain(struct rmqi_mq *mq, char why[RMQI_STALL_WHY]);
/* When something of it was done last, as far as is known. */
int64_t rmqi_standstill_moved(struct rmqi_mq *mq);

#endif
