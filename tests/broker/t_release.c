/* SPDX-License-Identifier: Apache-2.0 */
/* t_release.c - brokers that are taken for another release (`emulate`): requests, codes, headers, defaults. */
#include <stdio.h>
#include <string.h>

#include "mock-broker/broker/config.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *settings)
{
	rig = rig_new(settings);
	peer = peer_new(rig);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static bool knows(int32_t code)
{
	int32_t answer = peer_ask(peer, rig->broker, code, NULL, NULL, "{}");

	return answer != RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED;
}

static const struct {
	const char *settings;
	int32_t version;
	bool knows_pop, knows_lite;
} releases[] = {
	{"emulate=4.9", 407, false, false},
	{NULL, 479, true, false},
	{"emulate=5.3", 479, true, false},
	{"emulate=5.4", 493, true, false},
	{"emulate=5.5", 513, true, true},
};

START_TEST(emulate__decides_which_requests_there_are)
{
	for (size_t i = 0; i < RMQI_COUNT(releases); i++) {
		begin(releases[i].settings);
		ck_assert_int_eq(knows(RMQI_REQ_POP_MESSAGE), releases[i].knows_pop);
		ck_assert_int_eq(knows(RMQI_REQ_RECALL_MESSAGE), releases[i].knows_pop);
		ck_assert_int_eq(knows(RMQI_REQ_GET_TOPIC_CONFIG), releases[i].knows_pop);
		ck_assert_int_eq(knows(RMQI_REQ_LITE_PULL_MESSAGE), releases[i].knows_pop);
		ck_assert(knows(RMQI_REQ_GET_MAX_OFFSET));
		ck_assert_int_eq(peer->answer.command.version, releases[i].version);
		end();
	}
}
END_TEST

/* No attributes, no timers, other codes; what is committed is taken. */
START_TEST(emulate__of_4_9_is_what_a_client_of_4_9_knows)
{
	struct rmqi_h_create_topic t = {
		.topic = RMQI_STR("A"),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 1,
		.writeQueueNums = 1,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	begin("emulate=4.9");
	RMQI_SET(&t, create_topic, attributes, RMQI_STR("+no.such=thing"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
				  &rmqi_desc_create_topic, &t, NULL),
			 0);
	ck_assert_int_eq(peer_send(peer, "A", 0, "now", "TIMER_DELAY_SEC=100"), 0);
	ck_assert_int_eq(peer_max_offset(peer, "A", 0), 1);
	ck_assert_int_eq(peer_send(peer, "A", 7, "x", NULL), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(peer_commit(peer, "nobody", "nothing", 3, 5), 0);
	end();
}
END_TEST

START_TEST(emulate__of_5_3_refuses_the_same)
{
	begin(NULL);
	ck_assert_int_eq(peer_create_topic(peer, "A", 1), 0);
	ck_assert_int_eq(peer_send(peer, "A", 0, "later", "TIMER_DELAY_SEC=100"), 0);
	ck_assert_int_eq(peer_max_offset(peer, "A", 0), 0);
	ck_assert_int_eq(peer_send(peer, "A", 7, "x", NULL), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_ne(peer_commit(peer, "nobody", "nothing", 3, 5), 0);
	end();
}
END_TEST

static int32_t send_tries(int32_t times)
{
	struct rmqi_h_send_message h = {
		.producerGroup = RMQI_STR("P"),
		.topic = RMQI_STR("%RETRY%G"),
		.defaultTopic = RMQI_STR("TBW102"),
		.defaultTopicQueueNums = 1,
	};

	RMQI_SET(&h, send_message, reconsumeTimes, times);
	RMQI_SET(&h, send_message, maxReconsumeTimes, 3);
	return peer_ask(peer, rig->broker, RMQI_REQ_SEND_MESSAGE, &rmqi_desc_send_message, &h, "x");
}

/* The last try that is allowed is one of the group's, since 5.0. */
START_TEST(emulate__counts_tries_as_the_release_does)
{
	begin("emulate=4.9");
	ck_assert_int_eq(send_tries(2), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 1);
	ck_assert_int_eq(send_tries(3), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 1);
	end();
	begin(NULL);
	ck_assert_int_eq(send_tries(3), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 1);
	ck_assert_int_eq(send_tries(4), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 1);
	end();
}
END_TEST

static int64_t check_interval(const char *lines)
{
	struct mb_broker_config c;
	int64_t ms;

	ck_assert_int_eq(mb_broker_config_init(&c), RMQ_OK);
	ck_assert_int_eq(mb_broker_config_parse(&c, rmqi_str(lines), "test", NULL), RMQ_OK);
	ms = c.transaction_check_interval_ms;
	mb_broker_config_deinit(&c);
	return ms;
}

/* In whatever order they are said. */
START_TEST(emulate__changes_defaults_and_nothing_that_was_said)
{
	ck_assert_int_eq(check_interval(""), 30000);
	ck_assert_int_eq(check_interval("emulate=4.9"), 60000);
	ck_assert_int_eq(check_interval("emulate=4.9\nemulate=5.5"), 30000);
	ck_assert_int_eq(check_interval("emulate=4.9\ntransactionCheckInterval=7"), 7);
	ck_assert_int_eq(check_interval("transactionCheckInterval=7\nemulate=4.9"), 7);
}
END_TEST

static void send_with_priority(const char *priority)
{
	char properties[64];

	snprintf(properties, sizeof(properties), "_SYS_MSG_PRIORITY_=%s", priority);
	ck_assert_int_eq(peer_send(peer, "R", 0, priority, properties), 0);
}

static void make_ranked_topic(void)
{
	struct rmqi_h_create_topic t = {
		.topic = RMQI_STR("R"),
		.defaultTopic = RMQI_STR("TBW102"),
		.readQueueNums = 8,
		.writeQueueNums = 8,
		.perm = 6,
		.topicFilterType = RMQI_STR("SINGLE_TAG"),
	};

	RMQI_SET(&t, create_topic, attributes, RMQI_STR("+message.type=PRIORITY"));
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_TOPIC,
				  &rmqi_desc_create_topic, &t, NULL),
			 0);
}

/* Of all queues, one message. */
static void expect_popped(const char *body)
{
	struct rmqi_h_pop_message h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = RMQI_STR("R"),
		.queueId = -1,
		.maxMsgNums = 1,
		.invisibleTime = 60000,
		.bornTime = rig_now(rig),
	};
	struct rmqi_stored_message m;

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_POP_MESSAGE, &rmqi_desc_pop_message,
				  &h, NULL),
			 0);
	m = peer_message(peer, 0);
	ck_assert(rmqi_str_is(rmqi_cursor_str(m.body), body));
}

START_TEST(emulate__of_5_4_pops_by_rank)
{
	static const char *const sent[] = {"3", "0", "7", "1", "99", "2"};
	static const char *const rank[] = {"7", "99", "3", "2", "1", "0"};

	begin("emulate=5.4");
	make_ranked_topic();
	for (size_t i = 0; i < RMQI_COUNT(sent); i++)
		send_with_priority(sent[i]);
	for (size_t i = 0; i < RMQI_COUNT(rank); i++)
		expect_popped(rank[i]);
	/* A group may care less. */
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL,
				  "{\"groupName\":\"G\",\"attributes\":{\"+priority.factor\":\"101\"}}"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL,
				  "{\"groupName\":\"G\",\"attributes\":{\"+priority.factor\":\"100\"}}"),
			 0);
	send_with_priority("1");
	send_with_priority("5");
	expect_popped("5");
	end();
}
END_TEST

START_TEST(emulate__is_an_option_of_the_cluster_too)
{
	struct mb_cluster_options o;

	rig_options(&o);
	o.emulate = "5.5";
	rig = rig_new_with(&o);
	peer = peer_new(rig);
	ck_assert(knows(RMQI_REQ_GET_MAX_OFFSET));
	ck_assert_int_eq(peer->answer.command.version, 513);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		emulate__decides_which_requests_there_are,
		emulate__of_4_9_is_what_a_client_of_4_9_knows,
		emulate__of_5_3_refuses_the_same,
		emulate__counts_tries_as_the_release_does,
		emulate__changes_defaults_and_nothing_that_was_said,
		emulate__of_5_4_pops_by_rank,
		emulate__is_an_option_of_the_cluster_too,
	};

	return run_suite("release", tests, RMQI_COUNT(tests));
}
