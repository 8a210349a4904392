/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/config_names.h"

#include "base/macros.h"

#include <string.h>

/* Known to Apache, without a meaning here. */
static const char *const others[] = {
	"accessMessageInMemoryMaxRatio",
	"accountStatsEnable",
	"ackMessageThreadPoolNums",
	"aclEnable",
	"adminBrokerThreadPoolNums",
	"allowRecallWhenBrokerNotWriteable",
	"asyncSendEnable",
	"autoMessageVersionOnTopicLen",
	"autoDeleteUnusedStats",
	"broadcastOffsetExpireMaxSecond",
	"broadcastOffsetExpireSecond",
	"brokerConfigPath",
	"brokerFastFailureEnable",
	"brokerHeartbeatInterval",
	"brokerIP2",
	"brokerNotActiveTimeoutMillis",
	"cleanFileForciblyEnable",
	"cleanResourceInterval",
	"clearRetryTopicWhenDeleteTopic",
	"clientCallbackExecutorThreads",
	"clientManageThreadPoolNums",
	"clientWorkerThreads",
	"commercialBaseCount",
	"commitCommitLogLeastPages",
	"commitCommitLogThoroughInterval",
	"commitIntervalCommitLog",
	"compatibleWithOldNameSrv",
	"compressedRegister",
	"configBlackList",
	"consumerFallbehindThreshold",
	"consumerManageThreadPoolNums",
	"dataReadAheadEnable",
	"defaultMessageRequestMode",
	"defaultPopShareQueueNum",
	"defaultQueryMaxNum",
	"deleteCommitLogFilesInterval",
	"deleteConsumeQueueFilesInterval",
	"deleteFileBatchMax",
	"deleteWhen",
	"destroyMapedFileIntervalForcibly",
	"disableConsumeIfConsumerReadSlowly",
	"diskMaxUsedSpaceRatio",
	"diskSpaceCleanForciblyRatio",
	"diskSpaceWarningLevelRatio",
	"duplicationEnable",
	"enableBroadcastOffsetStore",
	"enableCalcFilterBitMap",
	"enableCompaction",
	"enableConsumeQueueExt",
	"enableControllerMode",
	"enableDLegerCommitLog",
	"enableDetailStat",
	"enableLmq",
	"enableMultiDispatch",
	"enablePopBufferMerge",
	"enablePropertyFilter",
	"enableRegisterProducer",
	"enableRetryTopicV2",
	"enableScheduleMessageStats",
	"enableSingleTopicRegister",
	"enableSlaveActingMaster",
	"enableSplitMetadata",
	"enableSplitRegistration",
	"enabledAppendPropCRC",
	"endTransactionThreadPoolNums",
	"expectConsumerNumUseFilter",
	"fastFailIfNoBufferInStorePool",
	"fetchNameSrvAddrByDnsLookup",
	"fetchNamesrvAddrByAddressServer",
	"fileReservedTime",
	"filterDataCleanTimeSpan",
	"filterServerNums",
	"filterSupportRetry",
	"flushCommitLogLeastPages",
	"flushCommitLogThoroughInterval",
	"flushCommitLogTimed",
	"flushConsumeQueueLeastPages",
	"flushConsumeQueueThoroughInterval",
	"flushIntervalConsumeQueue",
	"forceRegister",
	"forceVerifyPropCRC",
	"haHousekeepingInterval",
	"haListenPort",
	"haMasterAddress",
	"haMaxGapNotInSync",
	"haSendHeartbeatInterval",
	"haSlaveFallbehindMax",
	"haTransferBatchSize",
	"heartbeatThreadPoolNums",
	"highSpeedMode",
	"inSyncReplicas",
	"initPopOffsetByCheckMsgInMem",
	"litePullMessageThreadPoolNums",
	"lockInStrictMode",
	"longPollingNotify",
	"mappedFileSizeConsumeQueueExt",
	"mappedFileSizeTimerLog",
	"maxConsumeQueueReadAhead",
	"maxErrorRateOfBloomFilter",
	"maxFilterMessageSize",
	"maxHashSlotNum",
	"maxIndexNum",
	"maxMsgsNumBatch",
	"maxPopPollingSize",
	"maxTopicLength",
	"maxTransferBytesOnMessageInDisk",
	"maxTransferCountOnMessageInDisk",
	"messageIndexEnable",
	"messageIndexSafe",
	"messageStorePlugIn",
	"metricsExporterType",
	"minInSyncReplicas",
	"offsetCheckInSlave",
	"osPageCacheBusyTimeOutMills",
	"popConsumerKVServiceEnable",
	"popFromRetryProbability",
	"popPollingSize",
	"processReplyMessageThreadPoolNums",
	"pullMessageThreadPoolNums",
	"putConsumeQueueDataByFileChannel",
	"putMessageTimeout",
	"queryMessageThreadPoolNums",
	"readUnCommitted",
	"realTimeNotifyConsumerChange",
	"recallMessageEnable",
	"redeleteHangedFileInterval",
	"rejectTransactionMessage",
	"retrieveMessageFromPopRetryTopicV1",
	"reviveInterval",
	"rocketmqHome",
	"sendMessageThreadPoolNums",
	"sendThreadPoolQueueCapacity",
	"pullThreadPoolQueueCapacity",
	"serverAsyncSemaphoreValue",
	"serverCallbackExecutorThreads",
	"serverChannelMaxIdleTimeSeconds",
	"serverLoadBalancerEnable",
	"serverOnewaySemaphoreValue",
	"serverPooledByteBufAllocatorEnable",
	"serverSelectorThreads",
	"serverSocketBacklog",
	"serverSocketRcvBufSize",
	"serverSocketSndBufSize",
	"serverWorkerThreads",
	"slaveReadEnable",
	"slaveTimeout",
	"splitMetadataSize",
	"splitRegistrationSize",
	"storePathCommitLog",
	"storePathConsumeQueue",
	"storePathIndex",
	"storeCheckpoint",
	"abortFile",
	"storeReplyMessageEnable",
	"storeType",
	"subscriptionExpiredTimeout",
	"timerMaxDelaySec",
	"timerPrecisionMs",
	"timerRollWindowSlot",
	"topicQueueLockNum",
	"totalReplicas",
	"transactionCheckInterval",
	"transactionCheckMax",
	"transactionOpBatchInterval",
	"transactionOpMsgMaxSize",
	"transactionTimeOut",
	"transferMsgByHeap",
	"transientStorePoolEnable",
	"transientStorePoolSize",
	"travelCqFileNumWhenGetMessage",
	"updateNameServerAddrPeriod",
	"useEpollNativeSelector",
	"useReentrantLockWhenPutMessage",
	"useTLS",
	"waitTimeMillsInAckQueue",
	"waitTimeMillsInAdminBrokerQueue",
	"waitTimeMillsInHeartbeatQueue",
	"waitTimeMillsInLitePullQueue",
	"waitTimeMillsInPullQueue",
	"waitTimeMillsInSendQueue",
	"waitTimeMillsInTransactionQueue",
	"warmMapedFileEnable",
};

size_t mb_config_names_ignored(const char *const **out)
{
	*out = others;
	return RMQI_COUNT(others);
}

bool mb_config_name_is_ignored(struct rmqi_str name)
{
	for (size_t i = 0; i < RMQI_COUNT(others); i++) {
		if (rmqi_str_is(name, others[i]))
			return true;
	}
	return false;
}

enum { NAME_MAX_LEN = 63 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

static uint8_t lower(char c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

size_t mb_config_name_distance(struct rmqi_str a, const char *b)
{
	size_t row[NAME_MAX_LEN + 1];
	size_t b_len = strlen(b);

	if (a.len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 0; i < a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b_len; j++) {
			size_t above = row[j + 1];

			row[j + 1] = min3(above + 1, row[j] + 1,
					  diagonal + (lower(a.ptr[i]) != lower(b[j])));
			diagonal = above;
		}
	}
	return row[b_len];
}
