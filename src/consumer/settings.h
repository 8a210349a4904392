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
#include "consumer/allocate.h"
#include "consumer/process_queue.h"

/* In the order of consumeFromWhere in config.def. */
enum rmqi_from_where { RMQI_FROM_LAST, RMQI_FROM_FIRST, RMQI_FROM_TIMESTAMP };

struct rmqi_settings {
	enum rmqi_allocation allocation;
	enum rmqi_from_where from_where;
	int64_t from_ms; /* consumeTimestamp; half an hour ago when it is not set */
	struct rmqi_flow_limits limits;
	int64_t error_delay_ms;
	int64_t pull_interval_ms;
	int32_t pull_batch;
	int32_t pull_batch_bytes;
	int64_t suspend_ms;
	int64_t pull_timeout_ms;
	bool post_subscription;
	int32_t max_reconsume_times; /* 16 for -1 */
	int64_t persist_ms;
	int64_t rebalance_ms;
	int64_t api_timeout_ms;
};

/* RMQ_ERR_CONFIG, with the cause in `detail`: consumeTimestamp is no time. */
enum rmq_error rmqi_settings_read(struct rmqi_settings *s, const struct rmq_config *config,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;

/* consumeTimestamp, yyyyMMddHHmmss in local time. False: not such a time. */
bool rmqi_settings_parse_time(const char *text, int64_t *ms);

#endif
