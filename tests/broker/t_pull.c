/* SPDX-License-Identifier: Apache-2.0 */
/* t_pull.c - PULL_MESSAGE and pulls that wait (PullMessageProcessor). */
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void send_n(int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "body", NULL), 0);
}

START_TEST(pull__finds_messages)
{
	begin(NULL);
	send_n(3);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 1, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_int_eq(peer_message(peer, 0).queue_offset, 1);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 3);
	ck_assert_int_eq(peer_ext_i64(peer, "minOffset"), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "maxOffset"), 3);
	ck_assert_int_eq(peer_ext_i64(peer, "suggestWhichBrokerId"), 0);
	ck_assert_str_eq(peer_remark(peer), "FOUND");

	end();
}
END_TEST

/* doc/reference/store.md, reading */
START_TEST(pull__results_by_offset)
{
	static const struct {
		int messages;
		int64_t offset;
		int32_t code;
		int64_t next;
		const char *remark;
	} rows[] = {
		{0, 0, RMQI_RESP_PULL_NOT_FOUND, 0, "NO_MESSAGE_IN_QUEUE"},
		{0, 5, RMQI_RESP_PULL_OFFSET_MOVED, 0, "NO_MESSAGE_IN_QUEUE"},
		{3, 3, RMQI_RESP_PULL_NOT_FOUND, 3, "OFFSET_OVERFLOW_ONE"},
		{3, 4, RMQI_RESP_PULL_OFFSET_MOVED, 3, "OFFSET_OVERFLOW_BADLY"},
		{3, -1, RMQI_RESP_PULL_OFFSET_MOVED, 0, "OFFSET_TOO_SMALL"},
	};
	int sent = 0;

	begin(NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		send_n(rows[i].messages - sent);
		sent = rows[i].messages;
		ck_assert_int_eq(peer_pull(peer, "G", "T", 0, rows[i].offset, 0), rows[i].code);
		ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), rows[i].next);
		ck_assert_str_eq(peer_remark(peer), rows[i].remark);
	}

	end();
}
END_TEST

START_TEST(pull__takes_at_most_32_or_what_was_asked)
{
	struct rmqi_h_pull_message h;

	begin(NULL);
	send_n(40);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 32);
	peer_pull_header(&h, "G", "T", 0, 0);
	h.maxMsgNums = 5;
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_LITE_PULL_MESSAGE,
				  &rmqi_desc_pull_message, &h, NULL),
			 0);
	ck_assert_uint_eq(peer_message_count(peer), 5);

	end();
}
END_TEST

START_TEST(pull__refuses_unknown_topics_and_queues)
{
	begin(NULL);

	ck_assert_int_eq(peer_pull(peer, "G", "nowhere", 0, 0, 0), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(
		peer_remark(peer),
		"topic[nowhere] not exist, apply first please! \nSee "
		"https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.");
	ck_assert_int_eq(peer_pull(peer, "G", "T", 2, 0, 0), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer),
				     "queueId[2] is illegal, topic:[T] "
				     "topicConfig.readQueueNums:[2] consumer:["));
	ck_assert_int_eq(peer_pull(peer, "bad group", "T", 0, 0, 0),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);

	end();
}
END_TEST

START_TEST(pull__forbidden_by_the_broker)
{
	begin("brokerPermission=2");

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(peer), "the broker[0.0.0.1] pulling message is forbidden");
	ck_assert_str_eq(peer_ext(peer, "forbiddenType"), "1");

	end();
}
END_TEST

START_TEST(pull__forbidden_by_the_group)
{
	begin(NULL);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL, "{\"groupName\":\"G\",\"consumeEnable\":false}"),
			 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(peer), "subscription group no permission, G");
	ck_assert_str_eq(peer_ext(peer, "forbiddenType"), "2");

	end();
}
END_TEST

static int32_t pull_by_group(const char *group, int64_t version)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, group, "T", 0, 0);
	h.sysFlag = 0;
	h.subVersion = version;
	return peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h,
			NULL);
}

START_TEST(pull__by_the_subscription_of_the_group)
{
	begin(NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "1", "TAGS=a"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "2", "TAGS=b"), 0);

	ck_assert_int_eq(pull_by_group("G", 0), RMQI_RESP_SUBSCRIPTION_NOT_EXIST);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "other", "*", 5), 0);
	ck_assert_int_eq(pull_by_group("G", 0), RMQI_RESP_SUBSCRIPTION_NOT_EXIST);
	ck_assert_int_eq(peer_consumer_beat(peer, "c1", "G", "T", "b", 5), 0);
	ck_assert_int_eq(pull_by_group("G", 6), RMQI_RESP_SUBSCRIPTION_NOT_LATEST);
	ck_assert_str_eq(peer_remark(peer), "the consumer's subscription not latest");
	ck_assert_int_eq(pull_by_group("G", 5), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(peer_message(peer, 0).body.ptr[0], '2');

	end();
}
END_TEST

START_TEST(pull__nothing_that_matches_is_skipped)
{
	struct rmqi_h_pull_message h;

	begin(NULL);
	ck_assert_int_eq(peer_send(peer, "T", 0, "1", "TAGS=a"), 0);
	peer_pull_header(&h, "G", "T", 0, 0);
	h.subscription = rmqi_str("x || y");

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message,
				  &h, NULL),
			 RMQI_RESP_PULL_RETRY_IMMEDIATELY);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 1);
	h.subscription = rmqi_str("||");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message,
				  &h, NULL),
			 RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
	h.subscription = rmqi_str("a > 1");
	RMQI_SET(&h, pull_message, expressionType, rmqi_str("SQL92"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message,
				  &h, NULL),
			 RMQI_RESP_SYSTEM_ERROR);

	end();
}
END_TEST

START_TEST(pull__commits_when_asked)
{
	struct rmqi_h_pull_message h;

	begin(NULL);
	send_n(5);
	peer_pull_header(&h, "G", "T", 0, 2);
	h.sysFlag |= 1;
	h.commitOffset = 2;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message,
				  &h, NULL),
			 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 2);

	end();
}
END_TEST

START_TEST(hold__wakes_at_once_when_a_message_comes)
{
	struct held held;
	int64_t before;

	begin(NULL);
	send_n(1);
	peer_hold(peer, &held, "G", "T", 0, 1, 15000, "*");
	rig_advance(rig, 3000);
	ck_assert(!held.is_done);

	before = rig_now(rig);
	send_n(1);
	rig_advance(rig, 1);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 2);
	ck_assert_int_le(held.done_ms, before + 1);

	end();
}
END_TEST

START_TEST(hold__ends_with_not_found_when_its_time_is_over)
{
	struct held held;
	int64_t before;

	begin(NULL);
	before = rig_now(rig);
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	rig_advance(rig, 16000);

	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(held.next_offset, 0);
	ck_assert_int_ge(held.done_ms, before + 15000);
	ck_assert_int_le(held.done_ms, before + 15002);

	end();
}
END_TEST

START_TEST(hold__stays_for_other_tags_and_other_queues)
{
	struct held held;

	begin(NULL);
	peer_hold(peer, &held, "G", "T", 0, 0, 60000, "a");
	ck_assert_int_eq(peer_send(peer, "T", 1, "x", "TAGS=a"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "TAGS=b"), 0);
	rig_advance(rig, 1);
	ck_assert(!held.is_done);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "TAGS=a"), 0);
	rig_advance(rig, 1);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 2);

	end();
}
END_TEST

START_TEST(hold__periodic_check_wakes_whoever_lags_behind)
{
	struct held held;

	begin(NULL);
	peer_hold(peer, &held, "G", "T", 0, 0, 60000, "a");
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "TAGS=b"), 0);
	rig_advance(rig, 5001);

	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, RMQI_RESP_PULL_RETRY_IMMEDIATELY);
	ck_assert_int_eq(held.next_offset, 1);

	end();
}
END_TEST

START_TEST(hold__short_polling_waits_a_second)
{
	struct held held;

	begin("longPollingEnable=false");
	peer_hold(peer, &held, "G", "T", 0, 0, 15000, "*");
	rig_advance(rig, 900);
	ck_assert(!held.is_done);
	rig_advance(rig, 200);
	ck_assert(held.is_done);

	end();
}
END_TEST

START_TEST(hold__one_answer_for_many_that_wait)
{
	struct held held[20];

	begin(NULL);
	for (int i = 0; i < 20; i++)
		peer_hold(peer, &held[i], "G", "T", 0, 0, 60000, "*");
	send_n(1);
	rig_advance(rig, 1);
	for (int i = 0; i < 20; i++) {
		ck_assert(held[i].is_done);
		ck_assert_int_eq(held[i].code, 0);
	}

	end();
}
END_TEST

START_TEST(hold__dies_with_its_connection)
{
	struct peer *other;
	struct held held;

	begin(NULL);
	other = peer_new(rig);
	peer_hold(other, &held, "G", "T", 0, 0, 60000, "*");
	peer_die(other);
	ck_assert(held.is_done);
	ck_assert_int_ne(held.error, RMQ_OK);
	send_n(1);
	rig_advance(rig, 100000);

	peer_free(other);
	end();
}
END_TEST

START_TEST(hold__answered_when_the_broker_stops)
{
	struct held held;

	begin(NULL);
	peer_hold(peer, &held, "G", "T", 0, 0, 60000, "*");
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert(held.is_done);

	end();
}
END_TEST

START_TEST(hold__broken_when_the_broker_crashes)
{
	struct held held;

	begin(NULL);
	peer_hold(peer, &held, "G", "T", 0, 0, 60000, "*");
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	rig_advance(rig, 1);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.error, RMQ_ERR_CONNECTION_LOST);

	end();
}
END_TEST

START_TEST(hold__topic_deleted_meanwhile)
{
	struct rmqi_h_delete_topic h = {.topic = rmqi_str("T")};
	struct held held;

	begin(NULL);
	peer_hold(peer, &held, "G", "T", 0, 0, 5000, "*");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &h, NULL),
			 0);
	rig_advance(rig, 6000);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, RMQI_RESP_TOPIC_NOT_EXIST);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pull__finds_messages,
		pull__results_by_offset,
		pull__takes_at_most_32_or_what_was_asked,
		pull__refuses_unknown_topics_and_queues,
		pull__forbidden_by_the_broker,
		pull__forbidden_by_the_group,
		pull__by_the_subscription_of_the_group,
		pull__nothing_that_matches_is_skipped,
		pull__commits_when_asked,
		hold__wakes_at_once_when_a_message_comes,
		hold__ends_with_not_found_when_its_time_is_over,
		hold__stays_for_other_tags_and_other_queues,
		hold__periodic_check_wakes_whoever_lags_behind,
		hold__short_polling_waits_a_second,
		hold__one_answer_for_many_that_wait,
		hold__dies_with_its_connection,
		hold__answered_when_the_broker_stops,
		hold__broken_when_the_broker_crashes,
		hold__topic_deleted_meanwhile,
	};

	return run_suite("pull", tests, sizeof(tests) / sizeof(tests[0]));
}
