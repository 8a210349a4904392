/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/config.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "mock-broker/conf.h"
#include "net/address.h"

#define AT(member) offsetof(struct mb_broker_config, member)
#define KEY_TEXT(name, member, value)                             \
	{                                                         \
		name, MB_CONF_TEXT, AT(member), value, 0, 0, NULL \
	}
#define KEY_SECRET(name, member, value)                             \
	{                                                           \
		name, MB_CONF_SECRET, AT(member), value, 0, 0, NULL \
	}
#define KEY_BOOL(name, member, value)                                \
	{                                                            \
		name, MB_CONF_BOOLEAN, AT(member), value, 0, 0, NULL \
	}
#define KEY_NUMBER(name, member, value, min, max)                       \
	{                                                               \
		name, MB_CONF_NUMBER, AT(member), value, min, max, NULL \
	}
#define KEY_CHOICE(name, member, value, choices)                       \
	{                                                              \
		name, MB_CONF_CHOICE, AT(member), value, 0, 0, choices \
	}

/* Sorted by name. */
static const struct mb_conf_key keys[] = {
	KEY_NUMBER("accessMessageInMemoryMaxRatio", memory_ratio, "40", 0, 100),
	KEY_BOOL("aclEnable", acl_enable, "false"),
	KEY_NUMBER("advertisedPort", advertised_port, "0", 0, 65535), /* ours */
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
	KEY_TEXT("brokerIP2", broker_ip2, ""),
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

#define WHY(reason, text) static const char why_##reason[] = text;
#include "mock-broker/broker/config_inert.def"

static const struct mb_conf_inert inert[] = {
#define INERT(reason, name) {name, why_##reason, NULL},
#include "mock-broker/broker/config_inert.def"
};

static bool allows(const struct mb_conf_key *k, struct rmqi_str value)
{
	return k->offset != AT(message_delay_level) || rmqi_str_is(value, MB_DELAY_LEVELS);
}

/* Has the key, a number or a boolean, this value? */
static bool has_value(const struct mb_broker_config *c, const struct mb_conf_key *k,
		      const char *value)
{
	const void *member = (const char *)c + k->offset;
	int64_t number;

	if (k->kind == MB_CONF_BOOLEAN)
		return *(const bool *)member == (strcmp(value, "true") == 0);
	return rmqi_str_to_i64(rmqi_str(value), &number) && *(const int64_t *)member == number;
}

static const struct mb_conf conf;

/* What is a default, of whatever release, becomes that of this one. */
static enum rmq_error take_former(void *settings, const struct mb_conf_key *set,
				  struct rmq_error_detail *detail)
{
	struct mb_broker_config *c = settings;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; set->offset == AT(release) && i < RMQI_COUNT(former) && err == RMQ_OK;
	     i++) {
		const struct mb_conf_key *k = mb_conf_find(&conf, rmqi_str(former[i].name));
		bool is_old = c->release <= (int64_t)former[i].until;

		if (has_value(c, k, k->otherwise) || has_value(c, k, former[i].value))
			err = mb_conf_put(c, k, rmqi_str(is_old ? former[i].value : k->otherwise),
					  detail);
	}
	return err;
}

static const struct mb_conf conf = {
	.what = "broker",
	.keys = keys,
	.key_count = RMQI_COUNT(keys),
	.inert = inert,
	.inert_count = RMQI_COUNT(inert),
	.allows = allows,
	.changed = take_former,
};

const struct mb_conf *mb_broker_conf(void)
{
	return &conf;
}

enum rmq_error mb_broker_config_init(struct mb_broker_config *c)
{
	*c = (struct mb_broker_config){0};
	return mb_conf_init(&conf, c);
}

void mb_broker_config_deinit(struct mb_broker_config *c)
{
	mb_conf_deinit(&conf, c);
}

enum rmq_error mb_broker_config_set(struct mb_broker_config *c, struct rmqi_str key,
				    struct rmqi_str value, struct rmq_error_detail *detail)
{
	return mb_conf_set(&conf, c, key, value, detail);
}

/* HOST or HOST:PORT; port 0: none was given. */
static bool read_place(const char *place, struct rmqi_address *out)
{
	char with_port[RMQI_ADDRESS_MAX];
	int len;

	if (rmqi_address_parse(rmqi_str(place), out) == RMQ_OK)
		return true;
	len = snprintf(with_port, sizeof(with_port), "%s:1", place);
	if (len < 0 || (size_t)len >= sizeof(with_port) ||
	    rmqi_address_parse(rmqi_str(with_port), out) != RMQ_OK)
		return false;
	out->port = 0;
	return true;
}

enum rmq_error mb_broker_config_advertise(struct mb_broker_config *c, const char *place,
					  struct rmq_error_detail *detail)
{
	struct rmqi_address a = {.port = 0};
	enum rmq_error err;

	if (place[0] && !read_place(place, &a))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "advertisedHost: \"%s\" is neither HOST nor HOST:PORT", place);
	err = mb_broker_config_set(c, RMQI_STR("brokerIP1"), rmqi_str(a.host), detail);
	if (err == RMQ_OK)
		c->advertised_port = a.port;
	return err;
}

enum rmq_error mb_broker_config_parse(struct mb_broker_config *c, struct rmqi_str text,
				      const char *origin, struct rmq_error_detail *detail)
{
	return mb_conf_parse(&conf, c, text, origin, detail);
}

void mb_broker_config_write(const struct mb_broker_config *c, struct rmqi_buf *out)
{
	mb_conf_write(&conf, c, out);
}
