/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/config.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "mock-broker/broker/config_names.h"

enum kind { TEXT, SECRET, NUMBER, BOOLEAN, CHOICE };

struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *otherwise; /* the default */
	int64_t min, max;      /* of a number */
	const char *choices;   /* of a choice: "A|B", its value is the position */
};

#define AT(member) offsetof(struct mb_broker_config, member)
#define KEY_TEXT(name, member, value)                     \
	{                                                 \
		name, TEXT, AT(member), value, 0, 0, NULL \
	}
#define KEY_SECRET(name, member, value)                     \
	{                                                   \
		name, SECRET, AT(member), value, 0, 0, NULL \
	}
#define KEY_BOOL(name, member, value)                        \
	{                                                    \
		name, BOOLEAN, AT(member), value, 0, 0, NULL \
	}
#define KEY_NUMBER(name, member, value, min, max)               \
	{                                                       \
		name, NUMBER, AT(member), value, min, max, NULL \
	}
#define KEY_CHOICE(name, member, value, choices)               \
	{                                                      \
		name, CHOICE, AT(member), value, 0, 0, choices \
	}

/* Sorted by name. */
static const struct key keys[] = {
	KEY_NUMBER("accessMessageInMemoryMaxRatio", memory_ratio, "40", 0, 100),
	KEY_BOOL("aclEnable", acl_enable, "false"),
	KEY_BOOL("allowRecallWhenBrokerNotWriteable", recall_when_not_writeable, "true"),
	KEY_BOOL("authenticationEnabled", authentication_enabled, "false"),
	KEY_TEXT("authenticationMetadataProvider", authentication_metadata_provider, ""),
	KEY_TEXT("authenticationWhitelist", authentication_whitelist, ""),
	KEY_BOOL("authorizationEnabled", authorization_enabled, "false"),
	KEY_TEXT("authorizationWhitelist", authorization_whitelist, ""),
	KEY_BOOL("autoCreateSubscriptionGroup", auto_create_group, "true"),
	KEY_BOOL("autoCreateTopicEnable", auto_create_topic, "true"),
	KEY_TEXT("bindAddress", bind_address, "127.0.0.1"),
	KEY_TEXT("brokerClusterName", broker_cluster_name, "DefaultCluster"),
	KEY_TEXT("brokerIP1", broker_ip1, ""),
	KEY_NUMBER("brokerId", broker_id, "0", 0, INT32_MAX),
	KEY_TEXT("brokerName", broker_name, "broker-a"),
	KEY_NUMBER("brokerPermission", broker_permission, "6", 0, 7),
	KEY_CHOICE("brokerRole", broker_role, "ASYNC_MASTER", "ASYNC_MASTER|SYNC_MASTER|SLAVE"),
	KEY_BOOL("brokerTopicEnable", broker_topic, "true"),
	KEY_NUMBER("channelExpiredTimeout", channel_expired_ms, "120000", 1, INT32_MAX),
	KEY_BOOL("checkCRCOnRecover", check_crc_on_recover, "true"),
	KEY_BOOL("cleanFileForciblyEnable", clean_forcibly, "true"),
	KEY_NUMBER("cleanResourceInterval", clean_interval_ms, "10000", 1, INT32_MAX),
	KEY_BOOL("clusterTopicEnable", cluster_topic, "true"),
	KEY_TEXT("configAllowList", config_allow_list, ""), /* ours */
	KEY_NUMBER("consumerOffsetUpdateVersionStep", consumer_offset_version_step, "500", 1,
		   INT32_MAX),
	KEY_CHOICE("defaultMessageRequestMode", default_request_mode, "PULL", "PULL|POP"),
	KEY_NUMBER("defaultPopShareQueueNum", default_pop_share_queues, "-1", INT32_MIN, INT32_MAX),
	KEY_NUMBER("defaultQueryMaxNum", query_max_default, "32", 1, 1024),
	KEY_NUMBER("defaultTopicQueueNums", default_topic_queue_nums, "8", 1, 65536),
	KEY_NUMBER("delayOffsetUpdateVersionStep", delay_offset_version_step, "200", 1, INT32_MAX),
	KEY_NUMBER("deleteCommitLogFilesInterval", delete_pause_ms, "100", 0, INT32_MAX),
	KEY_NUMBER("deleteFileBatchMax", delete_batch, "10", 1, INT32_MAX),
	KEY_TEXT("deleteWhen", delete_when, "04"),
	KEY_NUMBER("diskMaxUsedSpaceRatio", disk_max_used, "75", 0, 100),
	KEY_NUMBER("diskSpaceCleanForciblyRatio", disk_clean_forcibly, "85", 0, 100),
	KEY_NUMBER("diskSpaceWarningLevelRatio", disk_warning, "90", 0, 100),
	KEY_CHOICE("emulate", release, "5.3", MB_RELEASES),
	KEY_BOOL("enableCreateSysGroup", create_sys_group, "true"),
	KEY_BOOL("enableLmq", lmq, "false"),
	KEY_BOOL("enableLmqQuota", lmq_quota, "false"),
	KEY_BOOL("enableMixedMessageType", mixed_message_type, "false"),
	KEY_BOOL("enableMultiDispatch", multi_dispatch, "false"),
	KEY_BOOL("enablePropertyFilter", property_filter, "false"),
	KEY_BOOL("enableRetryTopicV2", retry_topic_v2, "false"),
	KEY_BOOL("enabledAppendPropCRC", append_crc, "false"),
	KEY_NUMBER("fileReservedTime", file_reserved_hours, "72", 1, INT32_MAX),
	KEY_NUMBER("flushConsumerOffsetInterval", flush_consumer_offset_interval_ms, "5000", 1,
		   INT32_MAX),
	KEY_NUMBER("flushDelay", flush_delay_ms, "0", 0, 60000), /* ours */
	KEY_NUMBER("flushDelayOffsetInterval", flush_delay_offset_interval_ms, "10000", 1,
		   INT32_MAX),
	KEY_CHOICE("flushDiskType", flush_disk_type, "ASYNC_FLUSH", "ASYNC_FLUSH|SYNC_FLUSH"),
	KEY_NUMBER("flushIntervalCommitLog", flush_interval_ms, "500", 1, INT32_MAX),
	KEY_NUMBER("haHousekeepingInterval", ha_housekeeping_ms, "20000", 1, INT32_MAX),
	KEY_NUMBER("haListenPort", ha_listen_port, "0", 0, 65535),
	KEY_TEXT("haMasterAddress", ha_master_address, ""),
	KEY_NUMBER("haMaxGapNotInSync", ha_max_gap, "268435456", 1, INT64_MAX),
	KEY_NUMBER("haSendHeartbeatInterval", ha_heartbeat_ms, "5000", 1, INT32_MAX),
	KEY_NUMBER("haSlaveFallbehindMax", ha_fall_behind_max, "268435456", 1, INT64_MAX),
	KEY_NUMBER("haTransferBatchSize", ha_batch_size, "32768", 1, INT32_MAX),
	KEY_NUMBER("inSyncReplicas", in_sync_replicas, "1", 1, 100),
	KEY_SECRET("initAuthenticationUser", init_authentication_user, ""),
	KEY_BOOL("initPopOffsetByCheckMsgInMem", pop_init_by_memory, "true"),
	KEY_SECRET("innerClientAuthenticationCredentials", inner_client_credentials, ""),
	KEY_NUMBER("listenPort", listen_port, "10911", 0, 65535),
	KEY_BOOL("litePullMessageEnable", lite_pull, "true"),
	KEY_BOOL("longPollingEnable", long_polling, "true"),
	KEY_NUMBER("mappedFileSizeCommitLog", commit_log_file_size, "1073741824", 4096,
		   INT64_C(1) << 31),
	KEY_NUMBER("mappedFileSizeConsumeQueue", consume_queue_file_size, "6000000", 20,
		   INT64_C(1) << 31),
	KEY_NUMBER("maxClientEventCount", lite_client_events, "100", 1, INT32_MAX),
	KEY_NUMBER("maxHashSlotNum", index_slots, "5000000", 1, 100 * 1000 * 1000),
	KEY_NUMBER("maxIndexNum", index_items, "20000000", 2, 80 * 1000 * 1000),
	KEY_NUMBER("maxLiteSubscriptionCount", lite_subscriptions, "100000", 0, INT32_MAX),
	KEY_NUMBER("maxLmqConsumeQueueNum", lmq_max, "20000", 0, INT32_MAX),
	KEY_NUMBER("maxMessageSize", max_message_size, "4194304", 1, 16777216),
	KEY_NUMBER("maxMsgsNumBatch", query_max, "64", 1, 1024),
	KEY_NUMBER("maxPopPollingSize", pop_polling_max, "100000", 0, INT32_MAX),
	KEY_NUMBER("maxTransferBytesOnMessageInMemory", max_transfer_bytes, "262144", 1,
		   8 * 1024 * 1024),
	KEY_NUMBER("maxTransferCountOnMessageInMemory", max_transfer_count, "32", 1, 1024),
	KEY_TEXT("messageDelayLevel", message_delay_level, MB_DELAY_LEVELS),
	KEY_BOOL("messageIndexEnable", message_index, "true"),
	KEY_TEXT("msgTraceTopicName", trace_topic_name, "RMQ_SYS_TRACE_TOPIC"),
	KEY_TEXT("namesrvAddr", namesrv_addr, ""),
	KEY_BOOL("notifyConsumerIdsChangedEnable", notify_consumer_ids_changed, "true"),
	KEY_BOOL("offsetCheckInSlave", offset_check_in_slave, "false"),
	KEY_NUMBER("popFromRetryProbability", pop_retry_percent, "20", 0, 100),
	KEY_NUMBER("popFromRetryProbabilityForPriority", pop_retry_percent_of_priorities, "0", 0,
		   100),
	KEY_NUMBER("popPollingSize", pop_polling_of_queue, "1024", 0, INT32_MAX),
	KEY_BOOL("priorityOrderAsc", priority_asc, "true"),
	KEY_BOOL("recallMessageEnable", recall_message, "false"),
	KEY_TEXT("regionId", region_id, "DefaultRegion"),
	KEY_NUMBER("registerBrokerTimeoutMills", register_timeout_ms, "24000", 1, INT32_MAX),
	KEY_NUMBER("registerNameServerPeriod", register_period_ms, "30000", 1, INT32_MAX),
	KEY_BOOL("rejectPullConsumerEnable", reject_pull_consumer, "false"),
	KEY_BOOL("rejectTransactionMessage", reject_transaction, "false"),
	KEY_BOOL("retrieveMessageFromPopRetryTopicV1", pop_retry_v1_too, "true"),
	KEY_NUMBER("reviveQueueNum", revive_queue_num, "8", 1, 65536),
	KEY_TEXT("rocketmq.acl.plain.file", acl_file, "conf/plain_acl.yml"),
	KEY_NUMBER("serverChannelMaxIdleTimeSeconds", channel_max_idle_s, "120", 1, 86400),
	KEY_NUMBER("serverConnectionMax", connections_max, "20000", 1, 1000000), /* ours */
	KEY_NUMBER("serverInFlightMax", in_flight_max, "16384", 1, 1000000),     /* ours */
	KEY_BOOL("serverLoadBalancerEnable", server_load_balancer, "true"),
	KEY_NUMBER("serverOutputMax", output_max, "67108864", 65536, INT32_MAX), /* ours */
	KEY_NUMBER("serverPartialFrameTimeout", partial_frame_ms, "30000", 1, INT32_MAX), /* ours */
	KEY_NUMBER("shortPollingTimeMills", short_polling_ms, "1000", 1, INT32_MAX),
	KEY_BOOL("slaveReadEnable", slave_read, "false"),
	KEY_NUMBER("slaveTimeout", slave_timeout_ms, "3000", 1, INT32_MAX),
	KEY_NUMBER("startAcceptSendRequestTimeStamp", start_accept_send_ms, "0", 0, INT64_MAX),
	KEY_TEXT("storePathRootDir", store_path, ""),
	KEY_BOOL("storeReplyMessageEnable", store_reply_message, "true"),
	KEY_NUMBER("syncFlushTimeout", sync_flush_timeout_ms, "5000", 1, INT32_MAX),
	KEY_NUMBER("timerMaxDelaySec", timer_max_delay_sec, "259200", 1, INT32_MAX),
	KEY_NUMBER("timerPrecisionMs", timer_precision_ms, "1000", 1, 60000),
	KEY_BOOL("timerWheelEnable", timer_wheel, "true"),
	KEY_TEXT("tls.server.certPath", tls_cert_path, ""),
	KEY_TEXT("tls.server.keyPath", tls_key_path, ""),
	KEY_CHOICE("tls.server.mode", tls_mode, "permissive", "disabled|permissive|enforcing"),
	KEY_CHOICE("tls.server.need.client.auth", tls_need_client_auth, "none",
		   "none|optional|require"),
	KEY_TEXT("tls.server.trustCertPath", tls_trust_cert_path, ""),
	KEY_BOOL("traceOn", trace_on, "true"),
	KEY_BOOL("traceTopicEnable", trace_topic, "false"),
	KEY_NUMBER("transactionCheckInterval", transaction_check_interval_ms, "30000", 1,
		   INT32_MAX),
	KEY_NUMBER("transactionCheckMax", transaction_check_max, "15", 1, INT32_MAX),
	KEY_NUMBER("transactionOpBatchInterval", transaction_op_interval_ms, "3000", 1, INT32_MAX),
	KEY_NUMBER("transactionOpMsgMaxSize", transaction_op_max_size, "4096", 1, 65536),
	KEY_NUMBER("transactionTimeOut", transaction_timeout_ms, "6000", 0, INT32_MAX),
	KEY_BOOL("useServerSideResetOffset", server_side_reset, "true"),
	KEY_BOOL("validateSystemTopicWhenUpdateTopic", validate_system_topic, "true"),
	KEY_NUMBER("writeBufferHighWaterMark", write_high_water_mark, "1048576", 4096, INT32_MAX),
};

/* What other releases have as defaults. */
static const struct {
	enum mb_release until;
	const char *name, *value;
} former[] = {
	{MB_RELEASE_4_9, "transactionCheckInterval", "60000"},
	{MB_RELEASE_4_9, "useServerSideResetOffset", "false"},
};

static const struct key *find(struct rmqi_str name)
{
	for (size_t i = 0; i < RMQI_COUNT(keys); i++) {
		if (rmqi_str_is(name, keys[i].name))
			return &keys[i];
	}
	return NULL;
}

static enum rmq_error bad_value(const struct key *k, struct rmqi_str value,
				struct rmq_error_detail *detail)
{
	if (k->kind == CHOICE)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is one of %s, not '%.*s'", k->name, k->choices,
				       RMQI_STR_ARG(value));
	if (k->kind == BOOLEAN)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is true or false, not '%.*s'", k->name,
				       RMQI_STR_ARG(value));
	if (k->kind == NUMBER)
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "%s is a number from %lld to %lld, not '%.*s'", k->name,
				       (long long)k->min, (long long)k->max, RMQI_STR_ARG(value));
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "%s cannot be '%.*s': only \"%s\" is supported", k->name,
			       RMQI_STR_ARG(value), k->otherwise);
}

static bool choose(const char *choices, struct rmqi_str value, int64_t *out)
{
	struct rmqi_str rest = rmqi_str(choices);
	struct rmqi_str one;
	bool more = true;

	for (int64_t at = 0; more; at++) {
		rest = rmqi_str_cut(rest, "|", &one, &more);
		if (rmqi_str_eq(one, value)) {
			*out = at;
			return true;
		}
	}
	return false;
}

static bool read_bool(struct rmqi_str value, bool *out)
{
	if (!rmqi_str_is(value, "true") && !rmqi_str_is(value, "false"))
		return false;
	*out = rmqi_str_is(value, "true");
	return true;
}

static enum rmq_error set(struct mb_broker_config *c, const struct key *k, struct rmqi_str value,
			  struct rmq_error_detail *detail)
{
	void *member = (char *)c + k->offset;
	int64_t number = 0;
	char *text;

	switch (k->kind) {
	case SECRET:
	case TEXT:
		if (k->offset == AT(message_delay_level) && !rmqi_str_is(value, MB_DELAY_LEVELS))
			return bad_value(k, value, detail);
		text = rmqi_str_dup(value);
		if (!text)
			return RMQ_ERR_NO_MEMORY;
		rmqi_free(*(char **)member);
		*(char **)member = text;
		return RMQ_OK;
	case NUMBER:
		if (!rmqi_str_to_i64(value, &number) || number < k->min || number > k->max)
			return bad_value(k, value, detail);
		*(int64_t *)member = number;
		return RMQ_OK;
	case BOOLEAN:
		return read_bool(value, member) ? RMQ_OK : bad_value(k, value, detail);
	case CHOICE:
		return choose(k->choices, value, member) ? RMQ_OK : bad_value(k, value, detail);
	}
	return RMQ_ERR_CONFIG;
}

enum rmq_error mb_broker_config_init(struct mb_broker_config *c)
{
	enum rmq_error err = RMQ_OK;

	*c = (struct mb_broker_config){0};
	for (size_t i = 0; i < RMQI_COUNT(keys) && err == RMQ_OK; i++)
		err = set(c, &keys[i], rmqi_str(keys[i].otherwise), NULL);
	if (err != RMQ_OK)
		mb_broker_config_deinit(c);
	return err;
}

void mb_broker_config_deinit(struct mb_broker_config *c)
{
	for (size_t i = 0; i < RMQI_COUNT(keys); i++) {
		char **text = (char **)(void *)((char *)c + keys[i].offset);

		if (keys[i].kind != TEXT && keys[i].kind != SECRET)
			continue;
		rmqi_free(*text);
		*text = NULL;
	}
}

/* Has the key, a number or a boolean, this value? */
static bool has_value(const struct mb_broker_config *c, const struct key *k, const char *value)
{
	const void *member = (const char *)c + k->offset;
	int64_t number;

	if (k->kind == BOOLEAN)
		return *(const bool *)member == (strcmp(value, "true") == 0);
	return rmqi_str_to_i64(rmqi_str(value), &number) && *(const int64_t *)member == number;
}

/* What is a default, of whatever release, becomes that of this one. */
static enum rmq_error take_former(struct mb_broker_config *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < RMQI_COUNT(former) && err == RMQ_OK; i++) {
		const struct key *k = find(rmqi_str(former[i].name));
		bool is_old = c->release <= (int64_t)former[i].until;

		if (has_value(c, k, k->otherwise) || has_value(c, k, former[i].value))
			err = set(c, k, rmqi_str(is_old ? former[i].value : k->otherwise), detail);
	}
	return err;
}

static const char *nearest_name(struct rmqi_str key)
{
	const char *const *ignored;
	size_t count = mb_config_names_ignored(&ignored);
	struct rmqi_near near;

	rmqi_near_init(&near, key);
	for (size_t i = 0; i < RMQI_COUNT(keys); i++)
		rmqi_near_try(&near, keys[i].name);
	for (size_t i = 0; i < count; i++)
		rmqi_near_try(&near, ignored[i]);
	return near.name;
}

enum rmq_error mb_broker_config_set(struct mb_broker_config *c, struct rmqi_str key,
				    struct rmqi_str value, struct rmq_error_detail *detail)
{
	const struct key *k = find(key);
	enum rmq_error err;
	const char *nearest;

	if (k) {
		err = set(c, k, value, detail);
		return err == RMQ_OK && k->offset == AT(release) ? take_former(c, detail) : err;
	}
	if (mb_config_name_is_ignored(key))
		return RMQ_OK;
	nearest = nearest_name(key);
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "unknown broker setting '%.*s'%s%s%s", RMQI_STR_ARG(key),
			       nearest ? "; did you mean '" : "", nearest ? nearest : "",
			       nearest ? "'?" : "");
}

enum rmq_error mb_broker_config_parse(struct mb_broker_config *c, struct rmqi_str text,
				      const char *origin, struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str line, key, value;
	bool more = true, found;

	for (int at = 1; more && err == RMQ_OK; at++) {
		text = rmqi_str_cut(text, "\n", &line, &more);
		line = rmqi_str_trim(line);
		if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!')
			continue;
		value = rmqi_str_cut(line, "=", &key, &found);
		if (!found)
			return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
					       "%s line %d is not key=value: '%.*s'", origin, at,
					       RMQI_STR_ARG(line));
		err = mb_broker_config_set(c, rmqi_str_trim(key), rmqi_str_trim(value), detail);
	}
	return err;
}

static void write_choice(const struct key *k, int64_t value, struct rmqi_buf *out)
{
	struct rmqi_str rest = rmqi_str(k->choices);
	struct rmqi_str one;
	bool more;

	for (; value >= 0; value--)
		rest = rmqi_str_cut(rest, "|", &one, &more);
	rmqi_buf_add_str(out, one);
}

void mb_broker_config_write(const struct mb_broker_config *c, struct rmqi_buf *out)
{
	for (size_t i = 0; i < RMQI_COUNT(keys); i++) {
		const void *member = (const char *)c + keys[i].offset;

		rmqi_buf_addf(out, "%s=", keys[i].name);
		switch (keys[i].kind) {
		case SECRET:
			break;
		case TEXT:
			rmqi_buf_add_text(out, *(char *const *)member);
			break;
		case NUMBER:
			rmqi_buf_add_dec(out, *(const int64_t *)member);
			break;
		case BOOLEAN:
			rmqi_buf_add_text(out, *(const bool *)member ? "true" : "false");
			break;
		case CHOICE:
			write_choice(&keys[i], *(const int64_t *)member, out);
			break;
		}
		rmqi_buf_add_u8(out, '\n');
	}
}
