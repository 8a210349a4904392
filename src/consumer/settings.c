/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/settings.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/detail.h"
#include "consumer/allocate.h"

/* How often a broker looks at the pulls that it holds (PullRequestHoldService.run). */
enum { HOLD_LOOK_MS = 5000 };

enum {
	DEFAULT_RECONSUME_TIMES = 16, /* DefaultMQPushConsumerImpl.getMaxReconsumeTimes */
	DEFAULT_TIMESTAMP_MS = 30 * 60 * 1000,
	MS_PER_MINUTE = 60 * 1000,
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

/* DefaultMQPushConsumerImpl.checkConfig */
static enum rmq_error check_topic_limits(const struct rmqi_settings *s,
					 struct rmq_error_detail *detail)
{
	if (s->topic_count != 0 && s->topic_bytes != 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "%s is 0: it must be at least 1, or -1 for none",
			       s->topic_count == 0 ? "pullThresholdForTopic"
						   : "pullThresholdSizeForTopic");
}

static uint64_t share_of(int64_t limit, size_t queues)
{
	uint64_t share = (uint64_t)limit / (queues > 0 ? queues : 1);

	return share > 0 ? share : 1;
}

struct rmqi_flow_limits rmqi_settings_limits(const struct rmqi_settings *s, size_t queues)
{
	struct rmqi_flow_limits limits = s->limits;

	if (s->topic_count >= 0)
		limits.count = (size_t)share_of(s->topic_count, queues);
	if (s->topic_bytes >= 0)
		limits.bytes = share_of(s->topic_bytes, queues);
	return limits;
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

/* Each pull that finds nothing would time out (DefaultLitePullConsumerImpl.checkConfig). */
static enum rmq_error refuse_times(const struct rmqi_settings *s, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(
		detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
		"brokerSuspendMaxTimeMillis (%lld) is not below "
		"consumerTimeoutMillisWhenSuspend (%lld): a pull that the broker holds "
		"would never be answered in time",
		(long long)s->suspend_ms, (long long)s->pull_timeout_ms);
}

/* From one answer to the next, when there is nothing to read. */
static int64_t longest_idle_ms(const struct rmqi_settings *s)
{
	int64_t pause =
		s->pull_interval_ms > s->error_delay_ms ? s->pull_interval_ms : s->error_delay_ms;

	return s->suspend_ms + HOLD_LOOK_MS + pause;
}

static enum rmq_error refuse_idle_time(const struct rmqi_settings *s,
				       struct rmq_error_detail *detail)
{
	return rmqi_detail_set(
		detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
		"pullMaxIdleTime (%lld) is not above %lld: brokerSuspendMaxTimeMillis (%lld), %d for "
		"the broker to look at it, and the longer of pullInterval (%lld) and "
		"pullTimeDelayMillsWhenException (%lld): each queue without new messages would be "
		"told to stand still",
		(long long)s->pull_idle_ms, (long long)longest_idle_ms(s), (long long)s->suspend_ms,
		HOLD_LOOK_MS, (long long)s->pull_interval_ms, (long long)s->error_delay_ms);
}

/* DefaultMQPushConsumerImpl.checkConfig */
static enum rmq_error refuse_threads(const struct rmqi_settings *s, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "consumeThreadMin (%u) is larger than consumeThreadMax (%u)",
			       s->threads_least, s->threads_most);
}

void rmqi_settings_set_orderly(struct rmqi_settings *s, const struct rmq_config *config,
			       bool is_orderly)
{
	int64_t times = rmqi_config_i64(config, RMQI_CFG_maxReconsumeTimes);
	/* ConsumeMessageOrderlyService.getMaxReconsumeTimes */
	int64_t otherwise = is_orderly ? INT32_MAX : DEFAULT_RECONSUME_TIMES;

	s->max_reconsume_times = (int32_t)(times < 0 ? otherwise : times);
}

/* What the strategy stands on. */
static enum rmq_error check_strategy(const struct rmq_config *config,
				     struct rmq_error_detail *detail)
{
	int64_t how = rmqi_config_i64(config, RMQI_CFG_allocateMessageQueueStrategy);
	const char *rooms = rmqi_config_str(config, RMQI_CFG_allocateMachineRooms);
	const char *queues = rmqi_config_str(config, RMQI_CFG_allocateQueues);
	const char *problem = NULL;

	if (how == RMQI_ALLOCATE_CONFIG)
		problem = rmqi_allocate_list_problem(queues);
	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "allocateQueues %s (allocateMessageQueueStrategy=CONFIG)",
				       problem);
	if (how == RMQI_ALLOCATE_MACHINE_ROOM && (!rooms || !*rooms))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "allocateMachineRooms must name the rooms "
				       "(allocateMessageQueueStrategy=MACHINE_ROOM)");
	return RMQ_OK;
}

enum rmq_error rmqi_settings_read(struct rmqi_settings *s, const struct rmq_config *config,
				  struct rmq_error_detail *detail)
{
	s->is_broadcasting = rmqi_config_i64(config, RMQI_CFG_messageModel) == 1;
	s->from_where = (enum rmqi_from_where)rmqi_config_i64(config, RMQI_CFG_consumeFromWhere);
	s->beyond_end = (enum rmqi_beyond_end)rmqi_config_i64(config, RMQI_CFG_offsetBeyondEnd);
	s->stops_at_corrupt = rmqi_config_i64(config, RMQI_CFG_corruptMessagePolicy) == 1;
	s->limits.count = (size_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdForQueue);
	s->limits.bytes = (uint64_t)rmqi_config_i64(config, RMQI_CFG_pullThresholdSizeForQueue) *
			  BYTES_PER_MIB;
	s->topic_count = rmqi_config_i64(config, RMQI_CFG_pullThresholdForTopic);
	s->topic_bytes = rmqi_config_i64(config, RMQI_CFG_pullThresholdSizeForTopic);
	if (s->topic_bytes >= 0)
		s->topic_bytes *= BYTES_PER_MIB;
	s->limits.span = rmqi_config_i64(config, RMQI_CFG_consumeConcurrentlyMaxSpan);
	s->rate_limit = rmqi_config_i64(config, RMQI_CFG_consumeRateLimit);
	s->pop_limits = (struct rmqi_flow_limits){
		.count = (size_t)rmqi_config_i64(config, RMQI_CFG_popThresholdForQueue),
		.bytes = UINT64_MAX,
		.span = INT64_MAX};
	s->client_rebalance = rmqi_config_bool(config, RMQI_CFG_clientRebalance);
	s->pop_batch = (int32_t)rmqi_config_i64(config, RMQI_CFG_popBatchNums);
	s->threads_least = (unsigned)rmqi_config_i64(config, RMQI_CFG_consumeThreadMin);
	s->threads_most = (unsigned)rmqi_config_i64(config, RMQI_CFG_consumeThreadMax);
	s->error_delay_ms = rmqi_config_i64(config, RMQI_CFG_pullTimeDelayMillsWhenException);
	s->pull_interval_ms = rmqi_config_i64(config, RMQI_CFG_pullInterval);
	s->pull_batch = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSize);
	s->pull_batch_bytes = (int32_t)rmqi_config_i64(config, RMQI_CFG_pullBatchSizeInBytes);
	s->suspend_ms = rmqi_config_i64(config, RMQI_CFG_brokerSuspendMaxTimeMillis);
	s->pull_timeout_ms = rmqi_config_i64(config, RMQI_CFG_consumerTimeoutMillisWhenSuspend);
	s->post_subscription = rmqi_config_bool(config, RMQI_CFG_postSubscriptionWhenPull);
	rmqi_settings_set_orderly(s, config, false);
	s->consume_timeout_ms = rmqi_config_i64(config, RMQI_CFG_consumeTimeout) * MS_PER_MINUTE;
	s->suspend_queue_ms = rmqi_config_i64(config, RMQI_CFG_suspendCurrentQueueTimeMillis);
	s->continuous_ms = rmqi_config_i64(config, RMQI_CFG_maxTimeConsumeContinuously);
	s->persist_ms = rmqi_config_i64(config, RMQI_CFG_persistConsumerOffsetInterval);
	s->rebalance_ms = rmqi_config_i64(config, RMQI_CFG_rebalanceWaitInterval);
	s->api_timeout_ms = rmqi_config_i64(config, RMQI_CFG_mqClientApiTimeout);
	s->pull_idle_ms = rmqi_config_i64(config, RMQI_CFG_pullMaxIdleTime);
	s->consume_idle_ms = rmqi_config_i64(config, RMQI_CFG_consumeMaxIdleTime);
	s->pop_invisible_ms = rmqi_config_i64(config, RMQI_CFG_popInvisibleTime);
	if (s->threads_least > s->threads_most)
		return refuse_threads(s, detail);
	if (s->suspend_ms >= s->pull_timeout_ms)
		return refuse_times(s, detail);
	if (s->pull_idle_ms > 0 && s->pull_idle_ms <= longest_idle_ms(s))
		return refuse_idle_time(s, detail);
	if (check_topic_limits(s, detail) != RMQ_OK || check_strategy(config, detail) != RMQ_OK)
		return RMQ_ERR_CONFIG;
	return read_timestamp(s, config, detail);
}
