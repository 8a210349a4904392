/* SPDX-License-Identifier: Apache-2.0 */
/* t_topics.c - topics, groups and their files (TopicConfigManager, SubscriptionGroupManager). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/fs.h"
#include "tests/broker/rig.h"
#include "tests/support/child.h"

static struct rig *rig;
static struct peer *peer;
static char store[4096];

static void begin_with(const char *conf)
{
	struct mb_cluster_options o;

	rig_options(&o);
	ck_assert(make_scratch(store, sizeof(store)));
	o.store = store;
	o.broker_conf = conf;
	rig = rig_new_with(&o);
	peer = peer_new(rig);
}

static void begin(void)
{
	begin_with(NULL);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
	remove_tree(store);
}

/* The text of a file under config/; free it. */
static char *file_text(const char *name)
{
	const struct mb_fs *fs = mb_fs_posix();
	char path[8192];
	struct rmqi_buf text;
	char *copy;

	snprintf(path, sizeof(path), "%s/broker-a/config/%s", store, name);
	rmqi_buf_init(&text, 1 << 20);
	ck_assert_int_eq(fs->read_file(fs, path, &text), RMQ_OK);
	copy = strdup(rmqi_buf_text(&text));
	rmqi_buf_deinit(&text);
	return copy;
}

static void restart(bool is_crash)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

START_TEST(topics_json__has_the_form_of_apache)
{
	char *text;

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "TopicTest", 4), 0);
	text = file_text("topics.json");

	ck_assert_ptr_nonnull(strstr(text, "{\n"
					   "\t\"dataVersion\":{\n"
					   "\t\t\"counter\":1,\n"
					   "\t\t\"stateVersion\":0,\n"
					   "\t\t\"timestamp\":1767225600"));
	ck_assert_ptr_nonnull(strstr(text, "\t\"topicConfigTable\":{\n"
					   "\t\t\"BenchmarkTest\":{\n"));
	ck_assert_ptr_nonnull(strstr(text, "\t\t\"TopicTest\":{\n"
					   "\t\t\t\"attributes\":{},\n"
					   "\t\t\t\"order\":false,\n"
					   "\t\t\t\"perm\":6,\n"
					   "\t\t\t\"readQueueNums\":4,\n"
					   "\t\t\t\"topicFilterType\":\"SINGLE_TAG\",\n"
					   "\t\t\t\"topicName\":\"TopicTest\",\n"
					   "\t\t\t\"topicSysFlag\":0,\n"
					   "\t\t\t\"writeQueueNums\":4\n"
					   "\t\t},\n"));
	free(text);

	end();
}
END_TEST

START_TEST(offset_and_group_files__have_the_form_of_apache)
{
	char *text;

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "TopicTest", 4), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "GroupA", "TopicTest", "*", 1), 0);
	ck_assert_int_eq(peer_commit(peer, "GroupA", "TopicTest", 0, 12), 0);
	ck_assert_int_eq(peer_commit(peer, "GroupA", "TopicTest", 1, 9), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);

	text = file_text("consumerOffset.json");
	ck_assert_str_eq(strstr(text, "\t\"groupTopicMap\""), "\t\"groupTopicMap\":{\n"
							      "\t\t\"GroupA\":[\n"
							      "\t\t\t\"TopicTest\"\n"
							      "\t\t]\n"
							      "\t},\n"
							      "\t\"offsetTable\":{\n"
							      "\t\t\"TopicTest@GroupA\":{0:12,1:9\n"
							      "\t\t}\n"
							      "\t}\n"
							      "}");
	free(text);
	text = file_text("subscriptionGroup.json");
	ck_assert_ptr_nonnull(strstr(text, "\t\"forbiddenTable\":{},\n"
					   "\t\"subscriptionGroupTable\":{\n"));
	ck_assert_ptr_nonnull(strstr(text, "\t\t\"GroupA\":{\n"
					   "\t\t\t\"attributes\":{},\n"
					   "\t\t\t\"brokerId\":0,\n"
					   "\t\t\t\"consumeBroadcastEnable\":true,\n"
					   "\t\t\t\"consumeEnable\":true,\n"
					   "\t\t\t\"consumeFromMinEnable\":true,\n"
					   "\t\t\t\"consumeMessageOrderly\":false,\n"
					   "\t\t\t\"consumeTimeoutMinute\":15,\n"
					   "\t\t\t\"groupName\":\"GroupA\",\n"
					   "\t\t\t\"groupRetryPolicy\":{\n"
					   "\t\t\t\t\"type\":\"CUSTOMIZED\"\n"
					   "\t\t\t},\n"
					   "\t\t\t\"groupSysFlag\":0,\n"
					   "\t\t\t\"notifyConsumerIdsChangedEnable\":true,\n"
					   "\t\t\t\"retryMaxTimes\":16,\n"
					   "\t\t\t\"retryQueueNums\":1,\n"
					   "\t\t\t\"whichBrokerWhenConsumeSlowly\":1\n"
					   "\t\t}"));
	free(text);

	end();
}
END_TEST

START_TEST(restart__keeps_topics_groups_offsets_and_messages)
{
	for (int is_crash = 0; is_crash < 2; is_crash++) {
		begin();
		ck_assert_int_eq(peer_create_topic(peer, "T", 3), 0);
		ck_assert_int_eq(peer_send(peer, "T", 2, "kept", NULL), 0);
		ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "*", 1), 0);
		ck_assert_int_eq(peer_commit(peer, "G", "T", 2, 1), 0);
		rig_advance(rig, 10100);

		restart(is_crash);

		ck_assert_int_eq(peer_pull(peer, "G", "T", 2, 0, 0), 0);
		ck_assert(rmqi_str_is(rmqi_cursor_str(peer_message(peer, 0).body), "kept"));
		ck_assert_int_eq(peer_committed(peer, "G", "T", 2), 1);
		ck_assert_int_eq(peer_route(peer, "T"), 0);
		ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"readQueueNums\":3"));
		end();
	}
}
END_TEST

START_TEST(restart__takes_the_bak_of_a_broken_file)
{
	char path[8192];
	FILE *f;

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "T1", 3), 0);
	ck_assert_int_eq(peer_create_topic(peer, "T2", 3), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	snprintf(path, sizeof(path), "%s/broker-a/config/topics.json", store);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("{\"topicConfigTable\":{", f);
	fclose(f);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);

	ck_assert_int_eq(peer_route(peer, "T1"), 0);
	ck_assert_int_eq(peer_route(peer, "T2"), RMQI_RESP_TOPIC_NOT_EXIST);

	end();
}
END_TEST

START_TEST(create__refuses_bad_and_system_names)
{
	begin();

	ck_assert_int_eq(peer_create_topic(peer, "a/b", 3), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(peer_create_topic(peer, "", 3), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "The specified topic is blank.");
	ck_assert_int_eq(peer_create_topic(peer, "TBW102", 3), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "The topic[TBW102] is conflict with system topic.");
	ck_assert_int_eq(peer_create_topic(peer, "rmq_sys_x", 3), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1000000), RMQI_RESP_INVALID_PARAMETER);

	end();
}
END_TEST

static int32_t create_with(const char *attributes)
{
	struct rmqi_h_create_topic h = {.topic = rmqi_str("T"),
					.defaultTopic = rmqi_str("TBW102"),
					.readQueueNums = 2,
					.writeQueueNums = 2,
					.perm = 6,
					.topicFilterType = rmqi_str("SINGLE_TAG")};

	RMQI_SET(&h, create_topic, attributes, rmqi_str(attributes));
	return peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
			&rmqi_desc_create_topic, &h, NULL);
}

START_TEST(create__attributes)
{
	struct rmqi_h_get_topic_config h = {.topic = rmqi_str("T")};

	begin();
	ck_assert_int_eq(create_with("-message.type"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer),
			 "only add attribute is supported while creating topic. key: message.type");
	ck_assert_int_eq(create_with("+message.type=FIFO,+queue.type=SimpleCQ"), 0);
	ck_assert_int_eq(create_with("+queue.type=BatchCQ"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer),
			 "attempt to update an unchangeable attribute. key: queue.type");
	ck_assert_int_eq(create_with("+colour=red"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "unsupported key: colour");
	ck_assert_int_eq(create_with("+message.type=MIXED"), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(create_with("-message.type"), 0);
	ck_assert_int_eq(create_with("-message.type"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_TOPIC_CONFIG,
				  &rmqi_desc_get_topic_config, &h, NULL),
			 0);
	ck_assert_str_eq(
		peer_body(peer),
		"{\"attributes\":{\"queue.type\":\"SimpleCQ\"},\"order\":false,\"perm\":6,"
		"\"readQueueNums\":2,\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\","
		"\"topicSysFlag\":0,\"writeQueueNums\":2}");

	end();
}
END_TEST

START_TEST(create__unchanged_topic_keeps_the_version)
{
	char *before, *after;

	begin();
	ck_assert_int_eq(peer_create_topic(peer, "T", 3), 0);
	before = file_text("topics.json");
	rig_advance(rig, 1000);
	ck_assert_int_eq(peer_create_topic(peer, "T", 3), 0);
	after = file_text("topics.json");
	ck_assert_str_eq(before, after);
	free(before);
	free(after);

	end();
}
END_TEST

START_TEST(delete__takes_queues_and_offsets)
{
	struct rmqi_h_delete_topic h = {.topic = rmqi_str("T")};

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);

	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 0);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 0), -1);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), RMQI_RESP_TOPIC_NOT_EXIST);
	h.topic = rmqi_str("TBW102");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	h.topic = rmqi_str("unknown");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);
	h.topic = rmqi_str("../../../etc");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);

	end();
}
END_TEST

START_TEST(topics__listed_with_version)
{
	begin();

	ck_assert_int_eq(peer_create_topic(peer, "T", 3), 0);
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_TOPIC_CONFIG, NULL, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"topicName\":\"T\""));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"dataVersion\":{\"counter\":1"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
				  NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"SCHEDULE_TOPIC_XXXX\""));
	ck_assert_ptr_null(strstr(peer_body(peer), "\"T\""));

	end();
}
END_TEST

START_TEST(groups__made_shown_and_deleted)
{
	struct rmqi_h_delete_subscription_group d = {.groupName = rmqi_str("G")};
	struct rmqi_h_get_subscription_group_config g = {.group = rmqi_str("G")};

	begin_with("autoCreateSubscriptionGroup=false");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_SUBSCRIPTIONGROUP_CONFIG,
				  &rmqi_desc_get_subscription_group_config, &g, NULL),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL, "{\"groupName\":\"G\",\"retryMaxTimes\":3}"),
			 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_SUBSCRIPTIONGROUP_CONFIG,
				  &rmqi_desc_get_subscription_group_config, &g, NULL),
			 0);
	ck_assert_str_eq(
		peer_body(peer),
		"{\"attributes\":{},\"brokerId\":0,\"consumeBroadcastEnable\":true,"
		"\"consumeEnable\":true,\"consumeFromMinEnable\":true,\"consumeMessageOrderly\":"
		"false,\"consumeTimeoutMinute\":15,\"groupName\":\"G\",\"groupRetryPolicy\":{"
		"\"type\":\"CUSTOMIZED\"},\"groupSysFlag\":0,\"notifyConsumerIdsChangedEnable\":"
		"true,\"retryMaxTimes\":3,\"retryQueueNums\":1,\"whichBrokerWhenConsumeSlowly\":1}");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL, "{\"groupName\":\"a b\"}"),
			 RMQI_RESP_INVALID_PARAMETER);
	restart(false);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
				  NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"retryMaxTimes\":3"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"TOOLS_CONSUMER\""));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_SUBSCRIPTIONGROUP,
				  &rmqi_desc_delete_subscription_group, &d, NULL),
			 0);
	ck_assert_int_eq(peer_pull(peer, "G", "TBW102", 0, 0, 0),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);

	end();
}
END_TEST

START_TEST(runtime__tells_settings_and_figures)
{
	struct rmqi_h_view_message v = {0};
	char earliest[64];

	begin_with("defaultTopicQueueNums=3");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_CONFIG, NULL, NULL, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\nbrokerName=broker-a\n"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\ntimerWheelEnable=true\n"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\ndefaultTopicQueueNums=3\n"));
	ck_assert_ptr_nonnull(peer_ext(peer, "version"));
	ck_assert_int_eq(peer_send(peer, "T", 0, "view", NULL), 0);
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"msgPutTotalTodayNow\":\"1\""));
	/* clusterList tells the hours since then. */
	snprintf(earliest, sizeof(earliest), "\"earliestMessageTimeStamp\":\"%lld\"",
		 (long long)rig_now(rig));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), earliest));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"brokerVersionDesc\":\"V5_3_3\""));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_VIEW_MESSAGE_BY_ID,
				  &rmqi_desc_view_message, &v, NULL),
			 0);
	ck_assert(rmqi_str_is(rmqi_cursor_str(peer_message(peer, 0).body), "view"));
	v.offset = 7;
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_VIEW_MESSAGE_BY_ID,
				  &rmqi_desc_view_message, &v, NULL),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "can not find message by the offset, 7");

	end();
}
END_TEST

static void tells(const char *what)
{
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_BROKER_RUNTIME_INFO, NULL, NULL, NULL), 0);
	ck_assert_msg(strstr(peer_body(peer), what), "%s is not in %s", what, peer_body(peer));
}

static int32_t ask_stats(const char *name, const char *key)
{
	struct rmqi_h_view_broker_stats_data h = {.statsName = rmqi_str(name),
						  .statsKey = rmqi_str(key)};

	return peer_ask(peer, rig->broker, RMQI_REQ_VIEW_BROKER_STATS_DATA,
			&rmqi_desc_view_broker_stats_data, &h, NULL);
}

/* What clusterList and statsAll show. */
START_TEST(runtime__tells_what_came_and_went_lately)
{
	begin_with(NULL);
	rig_advance(rig, 600 * 1000);
	for (int i = 0; i < 30; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);

	tells("\"putTps\":\"3.0 0.5 0.05\"");
	tells("\"getFoundTps\":\"0.1 0.016666666666666666 0.0016666666666666668\"");
	tells("\"getTransferredTps\":\"3.0 0.5 0.05\"");
	ck_assert_int_eq(ask_stats("TOPIC_PUT_NUMS", "T"), 0);
	ck_assert_str_eq(peer_body(peer),
			 "{\"statsDay\":{\"avgpt\":1.0,\"sum\":30,\"tps\":0.00034722222222222224},"
			 "\"statsHour\":{\"avgpt\":1.0,\"sum\":30,\"tps\":0.008333333333333333},"
			 "\"statsMinute\":{\"avgpt\":1.0,\"sum\":30,\"tps\":0.5}}");
	ck_assert_int_eq(ask_stats("GROUP_GET_NUMS", "T@G"), 0);
	ck_assert_int_eq(ask_stats("GROUP_GET_NUMS", "T@H"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "The stats <GROUP_GET_NUMS> <T@H> not exist");

	rig_advance(rig, 60 * 1000);
	tells("\"putTps\":\"0.0 0.0 0.05\"");
	rig_advance(rig, 24 * 3600 * 1000);
	tells("\"msgPutTotalTodayMorning\":\"30\"");
	tells("\"msgPutTotalYesterdayMorning\":\"0\"");
	rig_advance(rig, 24 * 3600 * 1000);
	tells("\"msgGetTotalYesterdayMorning\":\"30\"");

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		topics_json__has_the_form_of_apache,
		offset_and_group_files__have_the_form_of_apache,
		restart__keeps_topics_groups_offsets_and_messages,
		restart__takes_the_bak_of_a_broken_file,
		create__refuses_bad_and_system_names,
		create__attributes,
		create__unchanged_topic_keeps_the_version,
		delete__takes_queues_and_offsets,
		topics__listed_with_version,
		groups__made_shown_and_deleted,
		runtime__tells_settings_and_figures,
		runtime__tells_what_came_and_went_lately,
	};

	return run_suite("topics", tests, sizeof(tests) / sizeof(tests[0]));
}
