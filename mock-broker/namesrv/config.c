/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/namesrv/config.h"

#define AT(member) offsetof(struct mb_namesrv_config, member)
#define KEY_TEXT(name, member, value)                             \
	{                                                         \
		name, MB_CONF_TEXT, AT(member), value, 0, 0, NULL \
	}
#define KEY_BOOL(name, member, value)                                \
	{                                                            \
		name, MB_CONF_BOOLEAN, AT(member), value, 0, 0, NULL \
	}
#define KEY_NUMBER(name, member, value, min, max)                       \
	{                                                               \
		name, MB_CONF_NUMBER, AT(member), value, min, max, NULL \
	}

/* Sorted by name. */
static const struct mb_conf_key keys[] = {
	KEY_TEXT("bindAddress", bind_address, "127.0.0.1"),
	KEY_TEXT("configAllowList", config_allow_list, ""), /* ours */
	KEY_TEXT("configBlackList", config_black_list,
		 "configBlackList;configStorePath;kvConfigPath"),
	KEY_TEXT("configStorePath", config_store_path, ""),
	KEY_BOOL("deleteTopicWithBrokerRegistration", drops_missing, "false"),
	KEY_BOOL("enableAllTopicList", all_topic_list, "true"),
	KEY_BOOL("enableTopicList", topic_list, "true"),
	KEY_TEXT("kvConfigPath", kv_config_path, ""),
	KEY_NUMBER("listenPort", listen_port, "9876", 0, 65535),
	KEY_BOOL("needWaitForService", waits, "false"),
	KEY_BOOL("notifyMinBrokerIdChanged", notify_min_id, "false"),
	KEY_BOOL("orderMessageEnable", order_message, "false"),
	KEY_BOOL("returnOrderTopicConfigToBroker", return_order_config, "true"),
	KEY_NUMBER("scanNotActiveBrokerInterval", scan_interval_ms, "5000", 1, INT32_MAX),
	KEY_NUMBER("serverChannelMaxIdleTimeSeconds", channel_max_idle_s, "120", 1, 86400),
	KEY_NUMBER("serverConnectionMax", connections_max, "20000", 1, 1000000),          /* ours */
	KEY_NUMBER("serverInFlightMax", in_flight_max, "16384", 1, 1000000),              /* ours */
	KEY_NUMBER("serverOutputMax", output_max, "67108864", 65536, INT32_MAX),          /* ours */
	KEY_NUMBER("serverPartialFrameTimeout", partial_frame_ms, "30000", 1, INT32_MAX), /* ours */
	KEY_BOOL("supportActingMaster", acting_master, "false"),
	KEY_NUMBER("waitSecondsForService", wait_seconds, "45", 0, INT32_MAX),
	KEY_NUMBER("writeBufferHighWaterMark", write_high_water_mark, "1048576", 4096, INT32_MAX),
};

static const char one_loop[] =
	"one loop serves every request: there are no pools and no queues of them";
static const char own_sockets[] =
	"the sockets are not Netty's; their limits are serverConnectionMax and its kin";
static const char no_product[] = "there is no product environment to ask";

/* Sorted by name. */
static const struct mb_conf_inert inert[] = {
	{"clientRequestThreadPoolNums", one_loop, "8"},
	{"clientRequestThreadPoolQueueCapacity", one_loop, "50000"},
	{"clusterTest", no_product, "false"},
	{"defaultThreadPoolNums", one_loop, "16"},
	{"defaultThreadPoolQueueCapacity", one_loop, "10000"},
	{"enableControllerInNamesrv", "there is no controller", "false"},
	{"enableShutdownGracefully", own_sockets, "false"},
	{"productEnvName", no_product, "center"},
	{"rocketmqHome", "there is no installation folder", NULL},
	{"serverAsyncSemaphoreValue", one_loop, "64"},
	{"serverCallbackExecutorThreads", one_loop, "0"},
	{"serverNettyWorkerGroupEnable", own_sockets, "true"},
	{"serverOnewaySemaphoreValue", one_loop, "256"},
	{"serverPooledByteBufAllocatorEnable", own_sockets, "true"},
	{"serverSelectorThreads", one_loop, "3"},
	{"serverSocketBacklog", own_sockets, "1024"},
	{"serverSocketRcvBufSize", own_sockets, "0"},
	{"serverSocketSndBufSize", own_sockets, "0"},
	{"serverWorkerThreads", one_loop, "8"},
	{"shutdownWaitTimeSeconds", own_sockets, "30"},
	{"unRegisterBrokerQueueCapacity", "a broker that leaves is forgotten at once", "3000"},
	{"useEpollNativeSelector", own_sockets, "false"},
	{"writeBufferLowWaterMark", own_sockets, "0"},
};

static const struct mb_conf conf = {
	.what = "name server",
	.keys = keys,
	.key_count = RMQI_COUNT(keys),
	.inert = inert,
	.inert_count = RMQI_COUNT(inert),
};

const struct mb_conf *mb_namesrv_conf(void)
{
	return &conf;
}

enum rmq_error mb_namesrv_config_init(struct mb_namesrv_config *c)
{
	*c = (struct mb_namesrv_config){0};
	return mb_conf_init(&conf, c);
}

void mb_namesrv_config_deinit(struct mb_namesrv_config *c)
{
	mb_conf_deinit(&conf, c);
}

/* The lists may change under the walk through the text: they are in the black list, or in none. */
static enum mb_config_update judge(const struct mb_namesrv_config *c, struct rmqi_str key)
{
	/* DefaultRequestProcessor.initConfigBlackList */
	static const char always[] = "configBlackList;configStorePath;kvConfigPath;rocketmqHome";

	if (mb_conf_list_has(rmqi_str(always), key) ||
	    mb_conf_list_has(rmqi_str(c->config_black_list), key))
		return MB_CONFIG_BLACK;
	if (rmqi_str_is(key, "configAllowList") ||
	    !mb_conf_list_has(rmqi_str(c->config_allow_list), key))
		return MB_CONFIG_NOT_ALLOWED;
	return MB_CONFIG_UPDATED;
}

static enum mb_config_update judge_all(const struct mb_namesrv_config *c, struct rmqi_str text)
{
	enum mb_config_update worst = MB_CONFIG_UPDATED;
	struct rmqi_str key, value;
	bool more = true, found;

	while (more) {
		enum mb_config_update one;

		text = mb_conf_line(text, &key, &value, &found, &more);
		if (key.len == 0)
			continue;
		one = judge(c, key);
		if (one == MB_CONFIG_BLACK)
			return one;
		if (one != MB_CONFIG_UPDATED)
			worst = one;
	}
	return worst;
}

enum mb_config_update mb_namesrv_config_update(struct mb_namesrv_config *c, struct rmqi_str text)
{
	enum mb_config_update answer = judge_all(c, text);
	struct rmqi_str key, value;
	bool more = true, found;

	while (answer == MB_CONFIG_UPDATED && more) {
		text = mb_conf_line(text, &key, &value, &found, &more);
		if (key.len && found)
			(void)!mb_conf_set(&conf, c, key, value, NULL);
	}
	return answer;
}

void mb_namesrv_config_write(const struct mb_namesrv_config *c, struct rmqi_buf *out)
{
	mb_conf_write_all(&conf, c, out);
}
