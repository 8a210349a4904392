/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.h - messages that are delivered later (ScheduleMessageService.java,
 * HookUtils.transformDelayLevelMessage).
 *
 * A message of delay level n waits in queue n - 1 of SCHEDULE_TOPIC_XXXX and is
 * then stored again in the queue it was meant for. Java looks at each level
 * every 100 ms; here a level's timer is set for the moment its first message is
 * due, which a message can tell by not more than those 100 ms.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_SCHEDULE_H
#define MB_BROKER_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/macros.h"
#include "codec/body.h"
#include "mock-broker/store/arrival.h"

struct mb_broker;
struct mb_get_result;

enum { MB_DELAY_LEVEL_COUNT = 18 };

struct mb_delay_level {
	struct rmqi_timer timer; /* armed while something waits */
	struct mb_broker *broker;
	int32_t level;       /* 1..18 */
	int64_t next_offset; /* of the queue */
	bool is_stored;      /* has an entry in delayOffset.json */
};

struct mb_schedule {
	struct mb_delay_level levels[MB_DELAY_LEVEL_COUNT];
	struct rmqi_data_version version;
	int64_t updates;
	bool is_dirty;
	struct rmqi_timer flush;
	struct mb_get_result *got; /* of its own: deliveries wake pulls */
	struct mb_arrival_listener arrivals;
};

/* From delayOffset.json; the queues may already hold messages. */
enum rmq_error mb_schedule_load(struct mb_broker *b) RMQI_MUST_USE;
void mb_schedule_deinit(struct mb_schedule *s);
/* Arms the levels. */
void mb_schedule_start(struct mb_broker *b);
/* Writes delayOffset.json now. */
void mb_schedule_save(struct mb_broker *b);
/* {"dataVersion":..,"offsetTable":..}; false: no memory. */
bool mb_schedule_write(const struct mb_schedule *s, bool is_pretty, struct rmqi_buf *out);
/* Of a slave: the answer to GET_ALL_DELAY_OFFSET, which is written. */
enum rmq_error mb_schedule_take(struct mb_broker *b, struct rmqi_cursor text) RMQI_MUST_USE;
/* Of broker->schedule.arrivals: arms the level of a delayed message. */
void mb_schedule_arrived(struct mb_arrival_listener *listener, const struct mb_arrival *a);
/* Milliseconds; level 1..18. */
int64_t mb_delay_ms(int32_t level);

#endif
