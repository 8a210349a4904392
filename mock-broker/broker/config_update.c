/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/config_update.h"

#include <stdio.h>

#include "base/detail.h"

/* What is read again for each request. */
static const char *const live[] = {
	"allowRecallWhenBrokerNotWriteable",
	"autoCreateSubscriptionGroup",
	"autoCreateTopicEnable",
	"brokerPermission",
	"channelExpiredTimeout",
	"defaultTopicQueueNums",
	"enableMixedMessageType",
	"enablePropertyFilter",
	"litePullMessageEnable",
	"longPollingEnable",
	"maxPopPollingSize",
	"maxTransferBytesOnMessageInMemory",
	"maxTransferCountOnMessageInMemory",
	"notifyConsumerIdsChangedEnable",
	"popFromRetryProbability",
	"popPollingSize",
	"recallMessageEnable",
	"rejectPullConsumerEnable",
	"rejectTransactionMessage",
	"shortPollingTimeMills",
	"startAcceptSendRequestTimeStamp",
	"storeReplyMessageEnable",
	"traceOn",
	"transactionCheckMax",
	"transactionTimeOut",
	"useServerSideResetOffset",
	"validateSystemTopicWhenUpdateTopic",
};

static bool is_live(struct rmqi_str key)
{
	for (size_t i = 0; i < RMQI_COUNT(live); i++)
		if (rmqi_str_is(key, live[i]))
			return true;
	return false;
}

enum rmq_error mb_config_allow_list_check(struct rmqi_str list, struct rmq_error_detail *detail)
{
	struct rmqi_str one;
	bool more = true;

	while (more) {
		list = rmqi_str_cut(list, ";", &one, &more);
		one = rmqi_str_trim(one);
		if (one.len && !is_live(one))
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "configAllowList: '%.*s' cannot be changed while the "
					       "broker runs",
					       RMQI_STR_ARG(one));
	}
	return RMQ_OK;
}

bool mb_config_is_allowed(struct rmqi_str list, struct rmqi_str key)
{
	struct rmqi_str one;
	bool more = true;

	while (more) {
		list = rmqi_str_cut(list, ";", &one, &more);
		if (rmqi_str_eq(rmqi_str_trim(one), key))
			return is_live(key);
	}
	return false;
}

/* One line: empty, a comment, or key=value. */
static enum rmq_error update_line(struct mb_broker_config *config, struct rmqi_str line,
				  char *problem, size_t size)
{
	struct rmqi_str key, value;
	bool is_pair;

	if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!')
		return RMQ_OK;
	value = rmqi_str_trim(rmqi_str_cut(line, "=", &key, &is_pair));
	key = rmqi_str_trim(key);
	if (key.len > 128)
		key.len = 128;
	if (is_pair && !mb_config_is_allowed(rmqi_str(config->config_allow_list), key)) {
		(void)snprintf(problem, size,
			       "Can not update config: '%.*s' is not in configAllowList of this broker",
			       RMQI_STR_ARG(key));
		return RMQ_ERR_DENIED;
	}
	if (is_pair && mb_broker_config_set(config, key, value, NULL) == RMQ_OK)
		return RMQ_OK;
	(void)snprintf(problem, size, "Can not update config: '%.*s' has no such value",
		       RMQI_STR_ARG(key));
	return RMQ_ERR_CONFIG;
}

static enum rmq_error update_lines(struct mb_broker_config *config, struct rmqi_str text,
				   char *problem, size_t size)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str line;
	bool more = true;

	while (more && err == RMQ_OK) {
		text = rmqi_str_cut(text, "\n", &line, &more);
		err = update_line(config, rmqi_str_trim(line), problem, size);
	}
	return err;
}

enum rmq_error mb_config_update(struct mb_broker_config *config, struct rmqi_str text,
				char *problem, size_t size)
{
	struct mb_broker_config trial = *config;
	enum rmq_error err;

	if (!config->config_allow_list[0] || text.len > MB_CONFIG_UPDATE_MAX) {
		(void)snprintf(problem, size, "%s",
			       text.len > MB_CONFIG_UPDATE_MAX
				       ? "Can not update config: the request is too long"
				       : "Can not update config: this is switched off, "
					 "configAllowList of this broker is empty");
		return RMQ_ERR_DENIED;
	}
	/* Live keys are plain values: a copy shares the texts of the others, and no line can change these. */
	err = update_lines(&trial, text, problem, size);
	if (err == RMQ_OK)
		*config = trial;
	return err;
}
