/* SPDX-License-Identifier: Apache-2.0 */
/* t_offsets.c - offsets of groups and queues (doc/reference/store.md). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "*", 1), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

START_TEST(query__young_queue_starts_at_zero)
{
	begin(NULL);

	/* Nothing is there that could still be in memory. */
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), -RMQI_RESP_QUERY_NOT_FOUND);
	ck_assert_str_eq(peer_remark(peer),
			 "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
	ck_assert_int_eq(peer_send(peer, "T", 0, "first", NULL), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 0);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 0), -1);

	end();
}
END_TEST

START_TEST(query__not_found_when_zero_is_not_wanted)
{
	struct rmqi_h_query_consumer_offset h = {
		.consumerGroup = rmqi_str("G"), .topic = rmqi_str("T"), .queueId = 0};

	begin(NULL);
	RMQI_SET(&h, query_consumer_offset, setZeroIfNotFound, false);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_QUERY_CONSUMER_OFFSET,
				  &rmqi_desc_query_consumer_offset, &h, NULL),
			 RMQI_RESP_QUERY_NOT_FOUND);
	ck_assert_str_eq(peer_remark(peer),
			 "Not found, do not set to zero, maybe this group boot first");

	end();
}
END_TEST

START_TEST(commit__is_kept_and_may_step_back)
{
	begin(NULL);

	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 17), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 1), 17);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 5), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 1), 5);
	ck_assert_int_eq(mb_cluster_consumer_offset(rig->cluster, BROKER, "G", "T", 1), 5);

	end();
}
END_TEST

START_TEST(commit__checks_group_topic_and_fields)
{
	struct rmqi_h_get_max_offset no_offset = {.topic = rmqi_str("T"), .queueId = 0};
	struct rmqi_h_unregister_client no_topic = {.clientID = rmqi_str("G")};

	begin(NULL);
	ck_assert_int_eq(peer_commit(peer, "nobody", "T", 0, 1),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);
	ck_assert_str_eq(peer_remark(peer), "Group nobody not exist!");
	ck_assert_int_eq(peer_commit(peer, "G", "nowhere", 0, 1), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(peer_remark(peer), "Topic nowhere not exist!");
	RMQI_SET(&no_topic, unregister_client, consumerGroup, rmqi_str("G"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET,
				  &rmqi_desc_unregister_client, &no_topic, NULL),
			 RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET,
				  &rmqi_desc_get_max_offset, &no_offset, NULL),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);

	end();
}
END_TEST

/* A header with group and topic only. */
START_TEST(commit__names_what_is_missing)
{
	struct rmqi_h_get_consume_stats h = {.consumerGroup = rmqi_str("G")};

	begin(NULL);
	RMQI_SET(&h, get_consume_stats, topic, rmqi_str("T"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET,
				  &rmqi_desc_get_consume_stats, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "QueueId is null, topic is T");

	end();
}
END_TEST

START_TEST(queue_offsets__and_times)
{
	struct rmqi_h_search_offset s = {.topic = rmqi_str("T"), .queueId = 0};
	struct rmqi_h_get_earliest_msg_storetime e = {.topic = rmqi_str("T"), .queueId = 0};
	int64_t start;

	begin(NULL);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_EARLIEST_MSG_STORETIME,
				  &rmqi_desc_get_earliest_msg_storetime, &e, NULL),
			 0);
	ck_assert_int_eq(peer_ext_i64(peer, "timestamp"), -1);
	start = rig_now(rig);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
		rig_advance(rig, 1000);
	}
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 4);
	ck_assert_int_eq(peer_max_offset(peer, "T", 1), 0);
	ck_assert_int_eq(peer_max_offset(peer, "nowhere", 9), 0);
	s.timestamp = start + 1500;
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
				  &rmqi_desc_search_offset, &s, NULL),
			 0);
	ck_assert_int_eq(peer_ext_i64(peer, "offset"), 2);
	RMQI_SET(&s, search_offset, boundaryType, rmqi_str("upper"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
				  &rmqi_desc_search_offset, &s, NULL),
			 0);
	ck_assert_int_eq(peer_ext_i64(peer, "offset"), 1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_EARLIEST_MSG_STORETIME,
				  &rmqi_desc_get_earliest_msg_storetime, &e, NULL),
			 0);
	ck_assert_int_eq(peer_ext_i64(peer, "timestamp"), start);

	end();
}
END_TEST

START_TEST(reset__is_told_by_the_next_pull)
{
	struct rmqi_h_reset_offset h = {
		.group = rmqi_str("G"), .topic = rmqi_str("T"), .timestamp = 0, .isForce = true};

	begin(NULL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET,
				  &rmqi_desc_reset_offset, &h, NULL),
			 0);
	ck_assert_str_eq(
		peer_body(peer),
		"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:0,"
		"{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:0}}");
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 3), 0);
	ck_assert_str_eq(peer_remark(peer), "Offset has been previously reset");
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 3, 0), RMQI_RESP_PULL_OFFSET_MOVED);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 0);
	RMQI_SET(&h, reset_offset, queueId, 0);
	RMQI_SET(&h, reset_offset, offset, 99);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET,
				  &rmqi_desc_reset_offset, &h, NULL),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), "Target offset 99 not in consume queue range [0-3]");

	end();
}
END_TEST

START_TEST(stats__of_topic_and_group)
{
	struct rmqi_h_get_topic_stats_info t = {.topic = rmqi_str("T")};
	struct rmqi_h_get_consume_stats g = {.consumerGroup = rmqi_str("G")};
	char wanted[512];
	int64_t stored;

	begin(NULL);
	stored = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_TOPIC_STATS_INFO,
				  &rmqi_desc_get_topic_stats_info, &t, NULL),
			 0);
	snprintf(
		wanted, sizeof(wanted),
		"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:{"
		"\"lastUpdateTimestamp\":%lld,\"maxOffset\":2,\"minOffset\":0},{\"brokerName\":"
		"\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:{\"lastUpdateTimestamp\":0,\"maxOffset\":0,"
		"\"minOffset\":0}},\"topicPutTps\":0.03333333333333333}",
		(long long)stored);
	ck_assert_str_eq(peer_body(peer), wanted);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_CONSUME_STATS,
				  &rmqi_desc_get_consume_stats, &g, NULL),
			 0);
	snprintf(wanted, sizeof(wanted),
		 "{\"consumeTps\":0.0,\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,"
		 "\"topic\":\"T\"}:{\"brokerOffset\":2,\"consumerOffset\":1,\"lastTimestamp\":%lld,"
		 "\"pullOffset\":1},{\"brokerName\"",
		 (long long)stored);
	ck_assert_int_eq(strncmp(peer_body(peer), wanted, strlen(wanted)), 0);

	end();
}
END_TEST

/* Java keeps what was only pulled in a table of its own: no operator sees a lag of it. */
START_TEST(stats__leave_out_a_group_that_only_pulled)
{
	struct rmqi_h_get_consume_stats g = {.consumerGroup = rmqi_str("Puller")};
	struct rmqi_h_query_topic_consume_by_who w = {.topic = rmqi_str("T")};
	struct rmqi_h_query_topics_by_consumer t = {.group = rmqi_str("Puller")};

	begin(NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_pull(peer, "Puller", "T", 0, 0, 0), 0);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_GET_CONSUME_STATS,
				  &rmqi_desc_get_consume_stats, &g, NULL),
			 0);
	ck_assert_str_eq(peer_body(peer), "{\"consumeTps\":0.0,\"offsetTable\":{}}");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_QUERY_TOPIC_CONSUME_BY_WHO,
				  &rmqi_desc_query_topic_consume_by_who, &w, NULL),
			 0);
	ck_assert_ptr_null(strstr(peer_body(peer), "Puller"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_QUERY_TOPICS_BY_CONSUMER,
				  &rmqi_desc_query_topics_by_consumer, &t, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"topicList\":[]"));
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_CONSUMER_OFFSET, NULL, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"offsetTable\":{}"));

	end();
}
END_TEST

START_TEST(offsets__written_every_five_seconds)
{
	begin(NULL);

	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 7), 0);
	rig_advance(rig, 10100); /* the first round */
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 8), 0);
	rig_advance(rig, 5100);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 9), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 8);

	end();
}
END_TEST

START_TEST(offsets__shown_as_one_table)
{
	begin(NULL);

	ck_assert_int_eq(peer_commit(peer, "G", "T", 1, 9), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 12), 0);
	ck_assert_int_eq(
		peer_ask(peer, rig->broker, RMQI_REQ_GET_ALL_CONSUMER_OFFSET, NULL, NULL, NULL), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"offsetTable\":{\"T@G\":{0:12,1:9}}}"));

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		query__young_queue_starts_at_zero,
		query__not_found_when_zero_is_not_wanted,
		commit__is_kept_and_may_step_back,
		commit__checks_group_topic_and_fields,
		commit__names_what_is_missing,
		queue_offsets__and_times,
		reset__is_told_by_the_next_pull,
		stats__of_topic_and_group,
		offsets__written_every_five_seconds,
		offsets__shown_as_one_table,
		stats__leave_out_a_group_that_only_pulled,
	};

	return run_suite("offsets", tests, sizeof(tests) / sizeof(tests[0]));
}
