/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revive.h - what is not acknowledged in time is delivered again (PopReviveService.java), and the log from which
 * a broker that starts knows what is out (revive_log.h).
 *
 *     pop --> "ck" --.
 *                     >-- topic rmq_sys_REVIVE_LOG_<cluster>, queue: revive queue of the pop
 *     ack --> "ack" -'    ("bAck": several at once)
 *
 *     time is over --> each message without an ack is stored in %RETRY%<group>_<topic>, queue 0,
 *                      with reconsumeTimes + 1 and 1ST_POP_TIME
 *
 * Records are those of Java, but they are written at once; there they travel through the timer topic and are
 * joined when they come out of it, so that a message comes again 2 to 5 s after its time. Here the check points
 * are in memory (check_points.h) and a message comes again when its time is over: the earliest moment that the
 * protocol allows. The group CID_RMQ_SYS_REVIVE_GROUP commits how far the log is not needed any more; what
 * stands behind is read at the start.
 *
 * An acknowledgement of what is over changes nothing and is no error. Nothing goes to a dead letter queue:
 * Apache's broker revives for ever, and whoever pops counts.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_REVIVE_H
#define MB_BROKER_REVIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/broker/check_points.h"

struct mb_broker;

/* Reads what is out, and arms the timer. Topics, groups and offsets are loaded. */
enum rmq_error mb_revive_load(struct mb_broker *b) RMQI_MUST_USE;
/* From when the broker serves: what is over already is revived, too. */
void mb_revive_start(struct mb_broker *b);

/* From now on its messages are out. A failure leaves the point to the caller: its messages must not go out. */
enum rmq_error mb_revive_watch(struct mb_broker *b, struct mb_check_point *p) RMQI_MUST_USE;
/* These messages of it (bits) are acknowledged. `p` may be gone after it. */
void mb_revive_ack(struct mb_broker *b, struct mb_check_point *p, uint32_t bits);
/* It is over, without another delivery. */
void mb_revive_forget(struct mb_broker *b, struct mb_check_point *p);
/* The topic of a pop retry topic of this group, else the topic itself. Borrowed from it. */
struct rmqi_str mb_pop_normal_topic(struct rmqi_str topic, struct rmqi_str group);

#endif
