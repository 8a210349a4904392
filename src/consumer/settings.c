/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/settings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/detail.h"

enum {
	DEFAULT_RECONSUME_TIMES = 16, /* DefaultMQPushConsumerImpl.getMaxReconsumeTimes */
	DEFAULT_TIMESTAMP_MS = 30 * 60 * 1000,
	BYTES_PER_MIB = 1024 * 1024
};

bool rmqi_settings_parse_time(const char *text, int64_t *ms)
{
	struct tm tm = {.tm_isdst = -1};
	time_t seconds;

	if (strlen(text) != 14 || strspn(text, "0123456789") != 14 ||
	    sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		   &tm.tm_min, &tm.tm_sec) != 6)
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = mktime(&tm);
	if (seconds == (time_t)-1)
		return false;
	*ms = (int64_t)seconds * 1000;
	return true;
}

static enum rmq_error read_timestamp(struct rmqi_settings *s, const struct rmq_config *config,
				     struct rmq_error_detail *detail)
{
	const char *text = rmqi_config_str(config, RMQI_CFG_consumeTimestamp);

	s->from_ms = rmqi_clock_wall_ms(config->env->clock) - DEFAULT_TIMESTAMP_MS;
	if (!text || rmqi_settings_parse_time(text, &s->from_ms))
		return RMQ_OK;
	return rmqi_detail_set(
		detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
		"consumeTimestamp is invalid, the valid format is yyyyMMddHHmmss, but "
		"received %s",
		text);
}

enum rmq_error rmqi_settings_read(struct rmqi_settings *s, const struct rmq_config *config,
				  struct rmq_error_detail *detail)
{
	int64_t times = rmqi_config_i64(config, RMQI_CFG_maxReconsumeTimes);

	s->allocation = (enum rmqi_allocation)rmqi_config_i64(
		config, RMQI_CFG_allocateMessageQueueStrategy);
	s->from_where = (enum rmqi_from_where)rmqi_config_i64(config, RMQI_CFG_consumeFromWhere);
	s->limits.count = (size_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdForQueue);
	s->limits.bytes = (uint64_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdSizeForQueue) *
			  BYTES_PER_MIB;
	s->limits.span = rmqi_config_i64(config, RMQI_CFG_consumeConcurrentlyMaxSpan);
	s->error_delay_ms = rmqi_config_i64(config, RMQI_CFG_pullTimeDelayMillsWhenException);
	s->pull_interval_ms = rmqi_config_i64(config, RMQI_CFG_pullInterval);
	s->pull_batch = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSize);
	s->pull_batch_bytes = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSizeInBytes);
	s->suspend_ms = rmqi_config_i64(config, RMQI_CFG_brokerSuspendMaxTimeMillis);
	s->pull_timeout_ms = rmqi_config_i64(config, RMQI_CFG_consumerTimeoutMillisWhenSuspend);
	s->post_subscription = rmqi_config_bool(config, RMQI_CFG_postSubscriptionWhenPull);
	s->max_reconsume_times = (int32_t)(times < 0 ? DEFAULT_RECONSUME_TIMES : times);
	s->persist_ms = rmqi_config_i64(config, RMQI_CFG_persistConsumerOffsetInterval);
	s->rebalance_ms = rmqi_config_i64(config, RMQI_CFG_rebalanceWaitInterval);
	s->api_timeout_ms = rmqi_config_i64(config, RMQI_CFG_mqClientApiTimeout);
	return read_timestamp(s, config, detail);
}
