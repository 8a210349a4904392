/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin.c - what operators ask of a broker: offsets, queues, figures (AdminBrokerProcessor). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin_with(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
}

static void begin(void)
{
	begin_with(NULL);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void make_group(const char *group)
{
	ck_assert_int_eq(peer_consumer_beat(peer, "c", group, "T", "*", 1), 0);
	ck_assert_int_eq(peer_unregister(peer, "c", group), 0);
}

static void send_many(const char *topic, int32_t queue, int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(peer_send(peer, topic, queue, "0123456789", "TAGS=a"), 0);
}

/* --- Offsets of groups ------------------------------------------------------------------------------ */

static int32_t clone_to(const char *from, const char *to, const char *topic)
{
	struct rmqi_h_clone_group_offset h = {.srcGroup = rmqi_str(from), .destGroup = rmqi_str(to)};

	if (topic)
		RMQI_SET(&h, clone_group_offset, topic, rmqi_str(topic));
	return peer_ask(peer, rig->broker, RMQI_REQ_CLONE_GROUP_OFFSET,
			&rmqi_desc_clone_group_offset, &h, NULL);
}

START_TEST(clone__copies_what_was_committed)
{
	begin();
	make_group("G");
	make_group("H");
	send_many("T", 0, 3);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	ck_assert_int_eq(peer_commit(peer, "H", "T", 1, 7), 0);

	ck_assert_int_eq(clone_to("G", "H", "T"), 0);

	ck_assert_int_eq(peer_committed(peer, "H", "T", 0), 3);
	/* What it had itself is gone. */
	ck_assert_int_eq(peer_committed(peer, "H", "T", 1), -RMQI_RESP_QUERY_NOT_FOUND);
	end();
}
END_TEST

START_TEST(clone__without_something_to_copy_changes_nothing)
{
	begin();
	make_group("G");
	make_group("H");
	ck_assert_int_eq(peer_commit(peer, "H", "T", 0, 7), 0);

	ck_assert_int_eq(clone_to("nobody", "H", "T"), 0);
	ck_assert_int_eq(clone_to("G", "H", "T"), 0);
	ck_assert_int_eq(clone_to("G", "H", "no-such-topic"), 0);
	ck_assert_int_eq(clone_to("H", "G", NULL), 0); /* no topic: Java copies nothing */
	ck_assert_int_eq(clone_to("H", "H", "T"), 0);

	ck_assert_int_eq(peer_committed(peer, "H", "T", 0), 7);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), -RMQI_RESP_QUERY_NOT_FOUND);
	end();
}
END_TEST

START_TEST(clone__of_a_group_that_is_online_only_where_it_subscribes)
{
	begin();
	ck_assert_int_eq(peer_create_topic(peer, "U", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "*", 1), 0);
	make_group("H");
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 5), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "U", 0, 6), 0);

	ck_assert_int_eq(clone_to("G", "H", "T"), 0);
	ck_assert_int_eq(clone_to("G", "H", "U"), 0);

	ck_assert_int_eq(peer_committed(peer, "H", "T", 0), 5);
	ck_assert_int_eq(peer_committed(peer, "H", "U", 0), -RMQI_RESP_QUERY_NOT_FOUND);
	end();
}
END_TEST

static int32_t ask_correction(const char *filter, const char *compared)
{
	struct rmqi_h_query_correction_offset h = {.compareGroup = rmqi_str(compared),
						   .topic = RMQI_STR("T")};

	if (filter)
		RMQI_SET(&h, query_correction_offset, filterGroups, rmqi_str(filter));
	return peer_ask(peer, rig->broker, RMQI_REQ_QUERY_CORRECTION_OFFSET,
			&rmqi_desc_query_correction_offset, &h, NULL);
}

START_TEST(correction__is_the_lowest_of_all_groups)
{
	begin();
	make_group("G");
	make_group("H");
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	ck_assert_int_eq(peer_commit(peer, "H", "T", 0, 5), 0);
	ck_assert_int_eq(peer_commit(peer, "H", "T", 1, 2), 0);

	ck_assert_int_eq(ask_correction(NULL, "H"), 0);
	ck_assert_str_eq(peer_body(peer), "{\"correctionOffsets\":{0:3,1:2}}");
	/* Those of a filter lose their offsets. */
	ck_assert_int_eq(ask_correction("G,nobody", "H"), 0);
	ck_assert_str_eq(peer_body(peer), "{\"correctionOffsets\":{0:5,1:2}}");
	ck_assert_int_eq(ask_correction(NULL, "G"), 0);
	ck_assert_str_eq(peer_body(peer), "{\"correctionOffsets\":{0:5,1:2}}");
	end();
}
END_TEST

static int32_t ask_time_span(const char *topic)
{
	struct rmqi_h_query_consume_time_span h = {.topic = rmqi_str(topic), .group = RMQI_STR("G")};

	return peer_ask(peer, rig->broker, RMQI_REQ_QUERY_CONSUME_TIME_SPAN,
			&rmqi_desc_query_consume_time_span, &h, NULL);
}

START_TEST(time_span__tells_how_late_a_group_is)
{
	char expected[512];
	int64_t first;

	begin();
	make_group("G");
	ck_assert_int_eq(ask_time_span("no-such-topic"), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(peer_remark(peer), "topic[no-such-topic] not exist");
	first = rig_now(rig);
	send_many("T", 0, 1);
	rig_advance(rig, 1000);
	send_many("T", 0, 1);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 5000);

	ck_assert_int_eq(ask_time_span("T"), 0);
	snprintf(expected, sizeof(expected),
		 "{\"consumeTimeSpanSet\":["
		 "{\"consumeTimeStamp\":%lld,\"delayTime\":5000,\"maxTimeStamp\":%lld,"
		 "\"messageQueue\":{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"},"
		 "\"minTimeStamp\":%lld},"
		 "{\"consumeTimeStamp\":-1,\"delayTime\":0,\"maxTimeStamp\":-1,"
		 "\"messageQueue\":{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"},"
		 "\"minTimeStamp\":-1}]}",
		 (long long)first, (long long)first + 1000, (long long)first);
	ck_assert_str_eq(peer_body(peer), expected);
	end();
}
END_TEST

static int32_t ask_broker_stats(bool is_order)
{
	struct rmqi_h_get_broker_consume_stats h = {.isOrder = is_order};

	return peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CONSUME_STATS,
			&rmqi_desc_get_broker_consume_stats, &h, NULL);
}

START_TEST(consume_stats__of_all_groups)
{
	const char *body;

	begin();
	make_group("G");
	send_many("T", 1, 3);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 1), 0);

	ck_assert_int_eq(ask_broker_stats(false), 0);
	body = peer_body(peer);
	ck_assert_ptr_nonnull(strstr(body, "{\"brokerAddr\":\""));
	ck_assert_ptr_nonnull(strstr(body, "\"consumeStatsList\":[{\""));
	ck_assert_ptr_nonnull(strstr(body, "{\"G\":[{\"consumeTps\":0.0,\"offsetTable\":{{"));
	ck_assert_ptr_nonnull(strstr(body, "\"queueId\":1,\"topic\":\"T\"}:{\"brokerOffset\":3,"
					   "\"consumerOffset\":1,\"lastTimestamp\":1767225600"));
	ck_assert_ptr_nonnull(strstr(body, "],\"totalDiff\":2,\"totalInflightDiff\":-1}"));
	ck_assert_int_eq(ask_broker_stats(true), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "{\"G\":[]}"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "],\"totalDiff\":0,"));
	end();
}
END_TEST

static int32_t ask_consume_stats(const char *group)
{
	struct rmqi_h_get_consume_stats h = {.consumerGroup = rmqi_str(group)};

	return peer_ask(peer, rig->broker, RMQI_REQ_GET_CONSUME_STATS, &rmqi_desc_get_consume_stats,
			&h, NULL);
}

START_TEST(rates__are_those_of_the_last_minute)
{
	struct rmqi_h_get_topic_stats_info h = {.topic = RMQI_STR("T")};

	begin();
	make_group("G");
	send_many("T", 0, 30);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 30), 0);

	ck_assert_int_eq(ask_consume_stats("G"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "{\"consumeTps\":0.5,\"offsetTable\":{{"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_TOPIC_STATS_INFO,
				  &rmqi_desc_get_topic_stats_info, &h, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "},\"topicPutTps\":0.5}"));
	rig_advance(rig, 70 * 1000);
	ck_assert_int_eq(ask_consume_stats("G"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "{\"consumeTps\":0.0,"));
	end();
}
END_TEST

/* --- Queues ------------------------------------------------------------------------------------------- */

static int32_t ask_queue(const char *topic, int32_t queue, int64_t index, int32_t count,
			 const char *group)
{
	struct rmqi_h_query_consume_queue h = {0};

	RMQI_SET(&h, query_consume_queue, topic, rmqi_str(topic));
	RMQI_SET(&h, query_consume_queue, queueId, queue);
	RMQI_SET(&h, query_consume_queue, index, index);
	RMQI_SET(&h, query_consume_queue, count, count);
	if (group)
		RMQI_SET(&h, query_consume_queue, consumerGroup, rmqi_str(group));
	return peer_ask(peer, rig->broker, RMQI_REQ_QUERY_CONSUME_QUEUE,
			&rmqi_desc_query_consume_queue, &h, NULL);
}

START_TEST(queue__shows_its_entries)
{
	begin();
	send_many("T", 0, 3);

	ck_assert_int_eq(ask_queue("T", 0, 0, 1, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "{\"maxQueueIndex\":3,\"minQueueIndex\":0,"
						      "\"queueData\":[{\"eval\":false,"
						      "\"physicOffset\":0,\"physicSize\":"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), ",\"tagsCode\":97}]}"));
	ck_assert_int_eq(ask_queue("T", 0, 1, 10, "G"), 0);
	ck_assert_ptr_nonnull(
		strstr(peer_body(peer), "{\"filterData\":\"G@T is not online!\",\"maxQueueIndex\":3"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"tagsCode\":97},{\"eval\":false"));
	ck_assert_int_eq(ask_queue("T", 0, 0, 0, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"queueData\":[]}"));
	end();
}
END_TEST

START_TEST(queue__shows_what_a_group_subscribes)
{
	begin();
	send_many("T", 0, 1);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "a || b", 5), 0);

	ck_assert_int_eq(ask_queue("T", 0, 0, 1, "G"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "{\"filterData\":\"null\","));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"subscriptionData\":{\"classFilterMode\""));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"subString\":\"a || b\""));
	end();
}
END_TEST

START_TEST(queue__says_what_is_not_there)
{
	begin();
	send_many("T", 0, 1);

	ck_assert_int_eq(ask_queue("T", 1, 0, 1, NULL), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "1@T is not exist!");
	ck_assert_int_eq(ask_queue("T", -1, 0, 1, NULL), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(ask_queue("none", 0, 0, 1, NULL), RMQI_RESP_SYSTEM_ERROR);
	for (int64_t index = 1; index < 100; index += 98) {
		ck_assert_int_eq(ask_queue("T", 0, index, 1, NULL), 0);
		ck_assert_str_eq(peer_body(peer), "");
	}
	ck_assert_str_eq(peer_remark(peer), "Index 99 of 0@T is not exist!");
	ck_assert_int_eq(ask_queue("T", 0, -1, 1, NULL), 0);
	ck_assert_str_eq(peer_remark(peer), "Index -1 of 0@T is not exist!");
	end();
}
END_TEST

START_TEST(clean__leaves_queues_that_have_messages)
{
	begin();
	send_many("T", 0, 3);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_CLEAN_EXPIRED_CONSUMEQUEUE, NULL,
				  NULL, NULL),
			 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_CLEAN_UNUSED_TOPIC, NULL, NULL, NULL),
			 0);

	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 3);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	end();
}
END_TEST

/* --- Subscriptions, figures ------------------------------------------------------------------------- */

static int32_t ask_subscription(const char *group, const char *topic)
{
	struct rmqi_h_query_subscription_by_consumer h = {.group = rmqi_str(group)};

	if (topic)
		RMQI_SET(&h, query_subscription_by_consumer, topic, rmqi_str(topic));
	return peer_ask(peer, rig->broker, RMQI_REQ_QUERY_SUBSCRIPTION_BY_CONSUMER,
			&rmqi_desc_query_subscription_by_consumer, &h, NULL);
}

START_TEST(subscription__of_a_group)
{
	begin();
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "a", 5), 0);

	ck_assert_int_eq(ask_subscription("G", "T"), 0);
	ck_assert_str_eq(peer_body(peer),
			 "{\"group\":\"G\",\"subscriptionData\":{\"classFilterMode\":false,"
			 "\"codeSet\":[97],\"expressionType\":\"TAG\",\"subString\":\"a\","
			 "\"subVersion\":5,\"tagsSet\":[\"a\"],\"topic\":\"T\"},\"topic\":\"T\"}");
	ck_assert_int_eq(ask_subscription("G", "U"), 0);
	ck_assert_str_eq(peer_body(peer), "{\"group\":\"G\",\"topic\":\"U\"}");
	ck_assert_int_eq(ask_subscription("nobody", NULL), 0);
	ck_assert_str_eq(peer_body(peer), "{\"group\":\"nobody\"}");
	end();
}
END_TEST

/* All that Apache 5.3.3 tells, but for levels of delay that were not used. */
START_TEST(runtime__has_every_figure)
{
	static const char *const keys[] = {
		"bootTimestamp", "runtime", "putMessageEntireTimeMax", "putMessageTimesTotal",
		"putMessageFailedTimes", "putMessageSizeTotal", "putMessageDistributeTime",
		"putMessageAverageSize", "dispatchMaxBuffer", "getMessageEntireTimeMax", "putTps",
		"getFoundTps", "getMissTps", "getTotalTps", "getTransferredTps", "putLatency99",
		"putLatency999", "commitLogDiskRatio", "consumeQueueDiskRatio", "commitLogMinOffset",
		"commitLogMaxOffset", "brokerActive", "brokerVersionDesc", "brokerVersion",
		"msgPutTotalYesterdayMorning", "msgPutTotalTodayMorning", "msgPutTotalTodayNow",
		"msgGetTotalYesterdayMorning", "msgGetTotalTodayMorning", "msgGetTotalTodayNow",
		"dispatchBehindBytes", "pageCacheLockTimeMills", "earliestMessageTimeStamp",
		"startAcceptSendRequestTimeStamp", "timerReadBehind", "timerOffsetBehind",
		"timerCongestNum", "timerEnqueueTps", "timerDequeueTps",
		"remainTransientStoreBufferNumbs", "remainHowManyDataToFlush", "commitLogDirCapacity",
		"sendThreadPoolQueueSize", "sendThreadPoolQueueCapacity",
		"sendThreadPoolQueueHeadWaitTimeMills", "pullThreadPoolQueueSize",
		"pullThreadPoolQueueCapacity", "pullThreadPoolQueueHeadWaitTimeMills",
		"litePullThreadPoolQueueSize", "litePullThreadPoolQueueCapacity",
		"litePullThreadPoolQueueHeadWaitTimeMills", "queryThreadPoolQueueSize",
		"queryThreadPoolQueueCapacity", "queryThreadPoolQueueHeadWaitTimeMills",
		"ackThreadPoolQueueSize", "ackThreadPoolQueueCapacity",
		"ackThreadPoolQueueHeadWaitTimeMills", "EndTransactionQueueSize",
		"EndTransactionThreadPoolQueueCapacity"};
	char name[128];

	begin();
	send_many("T", 0, 1);
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(name, sizeof(name), "\"%s\":\"", keys[i]);
		ck_assert_msg(strstr(peer_body(peer), name), "%s is not in %s", name,
			      peer_body(peer));
	}
	/* Never more than all, never nothing: the disk of this machine. */
	ck_assert_ptr_null(strstr(peer_body(peer), "\"commitLogDiskRatio\":\"-1"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "/commitlog\":\"0."));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"commitLogDirCapacity\":\"Total : "));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"getTotalTps\":\"0.0 0.0 0.0\""));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"putTps\":\"  \""));
	end();
}
END_TEST

START_TEST(runtime__has_no_brokerVersion_since_5_4)
{
	begin_with("emulate=5.5");

	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"brokerVersionDesc\":\"V5_5_0\""));
	ck_assert_ptr_null(strstr(peer_body(peer), "\"brokerVersion\":"));
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		clone__copies_what_was_committed,
		clone__without_something_to_copy_changes_nothing,
		clone__of_a_group_that_is_online_only_where_it_subscribes,
		correction__is_the_lowest_of_all_groups,
		time_span__tells_how_late_a_group_is,
		consume_stats__of_all_groups,
		rates__are_those_of_the_last_minute,
		queue__shows_its_entries,
		queue__shows_what_a_group_subscribes,
		queue__says_what_is_not_there,
		clean__leaves_queues_that_have_messages,
		subscription__of_a_group,
		runtime__has_every_figure,
		runtime__has_no_brokerVersion_since_5_4,
	};

	return run_suite("admin", tests, sizeof(tests) / sizeof(tests[0]));
}
