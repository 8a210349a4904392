/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - what a consumer takes from its configuration, read once.
 *
 * Names and defaults are those of DefaultMQPushConsumer.java (client/config.def).
 * Immutable after rmqi_settings_read; thread: any.
 */
#ifndef RMQI_CONSUMER_SETTINGS_H
#define RMQI_CONSUMER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/config.h"
#include "consumer/process_queue.h"

/* In the order of consumeFromWhere in config.def. */
enum rmqi_from_where { RMQI_FROM_LAST, RMQI_FROM_FIRST, RMQI_FROM_TIMESTAMP };

/* In the order of offsetBeyondEnd in config.def. */
enum rmqi_beyond_end { RMQI_BEYOND_END_END, RMQI_BEYOND_END_BEGIN, RMQI_BEYOND_END_STOP };

struct rmqi_settings {
	bool is_broadcasting; /* messageModel: every member has all queues and keeps its own offsets */
	enum rmqi_from_where from_where;
	enum rmqi_beyond_end beyond_end;
	bool stops_at_corrupt;          /* corruptMessagePolicy */
	int64_t from_ms;                /* consumeTimestamp; half an hour ago when it is not set */
	struct rmqi_flow_limits limits; /* of a queue */
	int64_t topic_count;            /* of a topic, in place of limits.count; -1: none */
	int64_t topic_bytes;            /* the same of limits.bytes */
	int64_t rate_limit;             /* messages a second; 0: none */
	struct rmqi_flow_limits pop_limits; /* of a queue that is popped */
	bool client_rebalance;              /* false: brokers share the queues (assignment.h) */
	int32_t pop_batch;
	unsigned threads_least, threads_most;
	int64_t error_delay_ms;
	int64_t pull_interval_ms;
	int32_t pull_batch;
	int32_t pull_batch_bytes;
	int64_t suspend_ms;
	int64_t pull_timeout_ms;
	bool post_subscription;
	int32_t max_reconsume_times; /* for -1: 16, orderly for ever */
	int64_t pop_invisible_ms;
	int64_t consume_timeout_ms;
	int64_t suspend_queue_ms; /* orderly, as the next one */
	int64_t continuous_ms;
	int64_t persist_ms;
	int64_t rebalance_ms;
	int64_t api_timeout_ms;
	int64_t pull_idle_ms; /* of the watchdog, as the next one; 0: never */
	int64_t consume_idle_ms;
};

/* RMQ_ERR_CONFIG, with the cause in `detail`: consumeTimestamp is no time, a strategy lacks its list, times or threads do not fit. */
enum rmq_error rmqi_settings_read(struct rmqi_settings *s, const struct rmq_config *config,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;

/* The listener is an orderly one, or a concurrent one. */
void rmqi_settings_set_orderly(struct rmqi_settings *s, const struct rmq_config *config,
			       bool is_orderly);

/* Of a queue, of whose topic so many are held: at least a message and a byte
 * (RebalancePushImpl.messageQueueChanged, which divides by the queues of all topics). */
struct rmqi_flow_limits rmqi_settings_limits(const struct rmqi_settings *s, size_t queues);

/* consumeTimestamp, yyyyMMddHHmmss in local time. False: not such a time. */
bool rmqi_settings_parse_time(const char *text, int64_t *ms);

#endif
