/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timers.h - messages that are delivered at a time (TimerMessageStore.java,
 * HookUtils.transformTimerMessage), and their recall.
 *
 *     send --> rmq_sys_wheel_timer, queue 0 --> a heap of what waits --> stored again in its queue
 *
 * The time is rounded down to timerPrecisionMs, a full one to the one before: TIMER_OUT_MS. What has
 * the same TIMER_OUT_MS is a slot, and a slot is delivered when the next one begins, so a message is
 * never early. A recall is a message of the same slot that names another one (TIMER_DEL_UNIQKEY): the slot
 * leaves that one out.
 *
 * Java keeps slots in a wheel of two days and rolls what is further ahead; a heap needs neither. What is
 * kept on disk is the topic, and config/timers.json: up to which slot all is delivered. After a crash the
 * slots of the last moment may be delivered again, as Apache's are.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_TIMERS_H
#define MB_BROKER_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/macros.h"
#include "codec/message.h"
#include "mock-broker/node.h"
#include "mock-broker/store/arrival.h"

#define MB_TIMER_TOPIC "rmq_sys_wheel_timer"

struct mb_broker;
struct mb_send_properties;

struct mb_timers {
	struct rmqi_timer timer;    /* armed while something waits */
	struct rmqi_heap waiting;   /* struct pending_timer, by slot, then by offset */
	bool is_started;            /* what the topic held before is in the heap */
	int64_t delivered_ms;       /* every slot up to it is done; -1: none */
	struct mb_get_result *got;  /* of its own: deliveries wake pulls */
	struct rmqi_buf properties; /* of the message that is delivered */
	struct mb_arrival_listener arrivals;
};

enum mb_timing {
	MB_TIMING_NOW,     /* it has no time, or one that is over */
	MB_TIMING_LATER,   /* *out_ms is its slot */
	MB_TIMING_ILLEGAL, /* WHEEL_TIMER_MSG_ILLEGAL */
	MB_TIMING_OFF      /* WHEEL_TIMER_NOT_ENABLE */
};

/* When is a message with these properties delivered? is_recall: it has TIMER_DEL_UNIQKEY. */
enum mb_timing mb_timing_of(const struct mb_broker *b, const struct mb_send_properties *p,
			    bool is_recall, int64_t *out_ms);
/* Turns the message into one of MB_TIMER_TOPIC: `properties` is the buffer that m->properties points into,
 * without REAL_TOPIC and REAL_QID; TIMER_OUT_MS and they are appended. */
void mb_timing_apply(struct rmqi_stored_message *m, struct rmqi_buf *properties, int64_t out_ms);

/* From timers.json. */
enum rmq_error mb_timers_load(struct mb_broker *b) RMQI_MUST_USE;
/* Reads the topic, and arms the timer. */
void mb_timers_start(struct mb_broker *b);
/* Writes timers.json now. */
void mb_timers_save(struct mb_broker *b);
void mb_timers_deinit(struct mb_timers *t);
/* Of a slave: its master has delivered all up to there. */
void mb_timers_take(struct mb_broker *b, int64_t delivered_ms);
/* Of broker->timers.arrivals. */
void mb_timers_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);

/* recall.c: RECALL_MESSAGE. */
extern const struct mb_handler mb_recall_handlers[];

#endif
