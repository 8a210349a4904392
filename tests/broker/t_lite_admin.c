/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite_admin.c - what operators are told of lite topics (200074 to 200079), and reads of one by its name. */
#include <stdio.h>
#include <string.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/lite_scene.h"

static void expect_body(const char *text)
{
	ck_assert_msg(strstr(peer_body(lite_peer), text), "no %s in %s", text,
		      peer_body(lite_peer));
}

/* --- Parents, lite topics --------------------------------------------------------------------------- */

static int32_t ask_parent(const char *topic)
{
	const struct rmqi_h_get_parent_topic_info h = {.topic = rmqi_str(topic)};

	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_GET_PARENT_TOPIC_INFO,
			&rmqi_desc_get_parent_topic_info, &h, NULL);
}

static int32_t ask_lite(const char *parent, const char *lite)
{
	struct rmqi_h_get_lite_topic_info h = {0};

	RMQI_SET(&h, get_lite_topic_info, parentTopic, rmqi_str(parent));
	RMQI_SET(&h, get_lite_topic_info, liteTopic, rmqi_str(lite));
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_GET_LITE_TOPIC_INFO,
			&rmqi_desc_get_lite_topic_info, &h, NULL);
}

static void expect_refused(int32_t code, int32_t expected, const char *remark)
{
	ck_assert_int_eq(code, expected);
	ck_assert_str_eq(peer_remark(lite_peer), remark);
}

START_TEST(lite_admin__tells_of_the_broker_and_of_parents)
{
	lite_begin();
	ck_assert_int_eq(lite_make_topic("P", "+lite.topic.expiration=20"), 0);
	ck_assert_int_eq(lite_make_topic("Plain", ""), 0);
	ck_assert_int_eq(lite_make_group("H", ""), 0);
	lite_send("a", "a0");
	lite_send("b", "b0");
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_GET_BROKER_LITE_INFO, NULL,
				  NULL, NULL),
			 0);
	expect_body("\"currentLmqNum\":2,\"eventMapSize\":1,\"groupMeta\":{\"P\":[\"G\",\"H\"]},"
		    "\"liteSubscriptionCount\":1,\"maxLmqNum\":20000,");
	expect_body("\"orderInfoCount\":0,\"storeType\":\"default\",\"topicMeta\":{\"P\":20}}");
	ck_assert_int_eq(ask_parent("P"), 0);
	ck_assert_str_eq(peer_body(lite_peer), "{\"groups\":[\"G\",\"H\"],\"liteTopicCount\":2,"
					  "\"lmqNum\":2,\"topic\":\"P\",\"ttl\":20}");
	expect_refused(ask_parent("None"), RMQI_RESP_TOPIC_NOT_EXIST, "Topic [None] not exist.");
	expect_refused(ask_parent("Plain"), RMQI_RESP_INVALID_PARAMETER,
		       "Topic [Plain] type not match.");
	lite_end();
}
END_TEST

START_TEST(lite_admin__tells_of_a_lite_topic)
{
	char offsets[128];

	lite_begin();
	ck_assert_int_eq(lite_make_group("W", ",\"+lite.sub.wildcard\":\"true\""), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	snprintf(offsets, sizeof(offsets),
		 "\"topicOffset\":{\"lastUpdateTimestamp\":%lld,\"maxOffset\":2,\"minOffset\":0}}",
		 (long long)rig_now(lite_rig));
	lite_send("a", "a1");
	ck_assert_int_eq(lite_ctl(lite_order(RMQI_LITE_SET, "w1", "W", NULL, 0)), 0);
	ck_assert_int_eq(lite_ctl(lite_order(RMQI_LITE_SET, "w2", "W", NULL, 0)), 0);
	ck_assert_int_eq(ask_lite("P", "a"), 0);
	expect_body("{\"liteTopic\":\"a\",\"parentTopic\":\"P\",\"shardingToBroker\":true,"
		    "\"subscriber\":[{\"clientId\":\"c\",\"group\":\"G\"},"
		    "{\"clientId\":\"*\",\"group\":\"W\"}],");
	expect_body(offsets);
	ck_assert_int_eq(ask_lite("P", "none"), 0);
	expect_body("\"subscriber\":[{\"clientId\":\"*\",\"group\":\"W\"}],"
		    "\"topicOffset\":{\"lastUpdateTimestamp\":0,"
		    "\"maxOffset\":0,\"minOffset\":0}}");
	expect_refused(ask_lite("None", "a"), RMQI_RESP_TOPIC_NOT_EXIST, "Topic [None] not exist.");
	lite_end();
}
END_TEST

/* --- Clients, groups ---------------------------------------------------------------------------------- */

static int32_t ask_client(const char *group, const char *client, int32_t most)
{
	struct rmqi_h_get_lite_client_info h = {0};

	RMQI_SET(&h, get_lite_client_info, parentTopic, RMQI_STR("P"));
	RMQI_SET(&h, get_lite_client_info, group, rmqi_str(group));
	RMQI_SET(&h, get_lite_client_info, clientId, rmqi_str(client));
	RMQI_SET(&h, get_lite_client_info, maxCount, most);
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_GET_LITE_CLIENT_INFO,
			&rmqi_desc_get_lite_client_info, &h, NULL);
}

START_TEST(lite_admin__tells_of_a_client)
{
	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "b"), 0);
	ck_assert_int_eq(ask_client("G", "c", 1), 0);
	expect_body("\"lastConsumeTime\":0,\"liteTopicCount\":2,"
		    "\"liteTopicSet\":[\"%LMQ%$P$a\"],\"parentTopic\":\"P\"}");
	ck_assert_int_eq(ask_client("G", "c", 0), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(ask_client("G", "none", 10), 0);
	ck_assert_str_eq(peer_body(lite_peer), "{\"clientId\":\"none\",\"group\":\"G\","
					  "\"lastAccessTime\":-1,\"lastConsumeTime\":0,"
					  "\"liteTopicCount\":-1,\"parentTopic\":\"P\"}");
	/* A group that may be made is. */
	expect_refused(ask_client("New", "c", 1), RMQI_RESP_INVALID_PARAMETER,
		       "Subscription [New]-[P] not match.");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker,
				  RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, NULL, NULL,
				  "{\"groupName\":\"N\"}"),
			 0);
	expect_refused(ask_client("N", "c", 1), RMQI_RESP_INVALID_PARAMETER,
		       "Subscription [N]-[P] not match.");
	lite_end();
}
END_TEST

static int32_t ask_group(const char *group, const char *lite, int32_t top)
{
	struct rmqi_h_get_lite_group_info h = {.group = rmqi_str(group)};

	if (lite)
		RMQI_SET(&h, get_lite_group_info, liteTopic, rmqi_str(lite));
	RMQI_SET(&h, get_lite_group_info, topK, top);
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_GET_LITE_GROUP_INFO,
			&rmqi_desc_get_lite_group_info, &h, NULL);
}

static void put_group_at(const char *lite, int64_t offset)
{
	struct rmqi_lite_subscription s = lite_order(RMQI_LITE_ADD, "c", "G", &lite, 1);

	s.start = RMQI_LITE_FROM_OFFSET;
	s.start_value = offset;
	ck_assert_int_eq(lite_ctl(s), 0);
}

/* "b" waits longer, "a" has more. */
static int64_t let_wait(void)
{
	int64_t ms;

	put_group_at("a", 0);
	put_group_at("b", 1);
	lite_send("b", "b0");
	rig_advance(lite_rig, 1000);
	ms = rig_now(lite_rig);
	lite_send("b", "b1");
	rig_advance(lite_rig, 1000);
	lite_send("a", "a0");
	lite_send("a", "a1");
	return ms;
}

START_TEST(lite_admin__tells_how_far_a_group_is_behind)
{
	char expected[512];
	int64_t ms;

	lite_begin();
	lite_send("c", "read");
	ms = let_wait();
	ck_assert_int_eq(ask_group("G", NULL, 1), 0);
	snprintf(expected, sizeof(expected),
		 "{\"earliestUnconsumedTimestamp\":%lld,\"group\":\"G\",\"lagCountTopK\":[{"
		 "\"earliestUnconsumedTimestamp\":%lld,\"lagCount\":2,\"liteTopic\":\"a\"}],"
		 "\"lagTimestampTopK\":[{\"earliestUnconsumedTimestamp\":%lld,\"lagCount\":1,"
		 "\"liteTopic\":\"b\"}],\"parentTopic\":\"P\",\"totalLagCount\":3}",
		 (long long)ms, (long long)ms + 1000, (long long)ms);
	ck_assert_str_eq(peer_body(lite_peer), expected);
	ck_assert_str_eq(peer_remark(lite_peer), "not set any response code");
	ck_assert_int_eq(ask_group("G", "b", 0), 0);
	snprintf(expected, sizeof(expected),
		 "{\"earliestUnconsumedTimestamp\":%lld,\"group\":\"G\",\"liteTopic\":\"b\","
		 "\"liteTopicOffsetWrapper\":"
		 "{\"brokerOffset\":2,\"consumerOffset\":1,\"lastTimestamp\":%lld,"
		 "\"pullOffset\":0},\"parentTopic\":\"P\",\"totalLagCount\":1}",
		 (long long)ms, (long long)ms - 1000);
	expect_body(expected);
	ck_assert_int_eq(ask_group("G", "none", 0), 0);
	expect_body("{\"earliestUnconsumedTimestamp\":-1,\"group\":\"G\",\"liteTopic\":\"none\","
		    "\"parentTopic\":\"P\",\"totalLagCount\":-1}");
	ck_assert_int_eq(ask_group("G", NULL, 0), RMQI_RESP_SYSTEM_ERROR);
	expect_refused(ask_group("New", NULL, 1), RMQI_RESP_INVALID_PARAMETER,
		       "Group [New] is not a LITE group.");
	lite_end();
}
END_TEST

/* --- Events ----------------------------------------------------------------------------------------- */

static int32_t trigger(const char *group, const char *client)
{
	struct rmqi_h_trigger_lite_dispatch h = {.group = rmqi_str(group)};

	if (client)
		RMQI_SET(&h, trigger_lite_dispatch, clientId, rmqi_str(client));
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_TRIGGER_LITE_DISPATCH,
			&rmqi_desc_trigger_lite_dispatch, &h, NULL);
}

/* A client with more lite topics than events is told of the others at once. */
START_TEST(lite_admin__lets_look_for_what_is_new)
{
	lite_begin_with(LITE_SETTINGS "maxClientEventCount=1\n");
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "b"), 0);
	lite_send("a", "a0");
	lite_send("b", "b0");
	lite_expect_pop("c", "a0");
	ck_assert_int_eq(lite_ack("a", 0, peer_ext_i64(lite_peer, "popTime")), 0);
	lite_expect_pop("c", "");
	ck_assert_int_eq(trigger("G", "other"), 0);
	lite_expect_pop("c", "");
	ck_assert_int_eq(trigger("G", NULL), 0);
	lite_expect_pop("c", "b0");
	expect_refused(trigger("New", NULL), RMQI_RESP_INVALID_PARAMETER,
		       "Group [New] is not a LITE group.");
	lite_end();
}
END_TEST

/* --- Reads by the name of a lite topic ------------------------------------------------------------------ */

static void lite_pull_header(struct rmqi_h_pull_message *h, const char *lite, int64_t offset)
{
	peer_pull_header(h, "G", "P", 0, offset);
	RMQI_SET(h, pull_message, liteTopic, rmqi_str(lite));
}

static int32_t pull_lite(const char *lite, int64_t offset)
{
	struct rmqi_h_pull_message h;

	lite_pull_header(&h, lite, offset);
	return peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_PULL_MESSAGE,
			&rmqi_desc_pull_message, &h, NULL);
}

static int64_t offset_at(const char *lite, int32_t queue_id, int64_t ms)
{
	struct rmqi_h_search_offset h = {
		.topic = RMQI_STR("P"), .queueId = queue_id, .timestamp = ms};

	RMQI_SET(&h, search_offset, liteTopic, rmqi_str(lite));
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
				  &rmqi_desc_search_offset, &h, NULL),
			 0);
	return peer_ext_i64(lite_peer, "offset");
}

START_TEST(lite_admin__name_leads_to_messages_and_offsets)
{
	char too_long[200];
	int64_t ms;

	memset(too_long, 'a', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	lite_begin();
	lite_send("b", "b0");
	lite_send("a", "a0");
	rig_advance(lite_rig, 1000);
	ms = rig_now(lite_rig);
	lite_send("a", "a1");
	ck_assert_int_eq(pull_lite("a", 0), 0);
	ck_assert_str_eq(lite_popped(), "a0 a1");
	ck_assert_int_eq(pull_lite("none", 0), RMQI_RESP_PULL_NOT_FOUND);
	/* No lite topic has it: not what lies in the parent. */
	ck_assert_int_eq(pull_lite(too_long, 0), RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_int_eq(offset_at("a", 0, ms), 1);
	ck_assert_int_eq(offset_at("a", 1, ms), 0);
	ck_assert_int_eq(offset_at("none", 0, ms), 0);
	lite_end();
}
END_TEST

struct waiting {
	struct rmqi_call call;
	bool is_done;
	size_t len;
};

static void note_end(struct rmqi_call *call, enum rmq_error error,
		     const struct rmqi_command *response)
{
	struct waiting *w = RMQI_CONTAINER(call, struct waiting, call);

	w->is_done = true;
	w->len = error == RMQ_OK ? response->body.len : 0;
}

/* Of its own messages only, and at once: nobody looks for it before 5 s. */
START_TEST(lite_admin__pull_that_waits_is_woken)
{
	struct rmqi_h_pull_message h;
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = &h};
	struct waiting w = {.call.fn = note_end};

	lite_begin();
	lite_pull_header(&h, "a", 0);
	h.sysFlag |= 2; /* PullSysFlag: suspend */
	h.suspendTimeoutMillis = 20000;
	rmqi_rpc_call_async(lite_peer->rpc, lite_rig->broker, &request,
			    rmqi_clock_deadline(lite_rig->env->clock, 60000), &w.call);
	rig_advance(lite_rig, 1);
	lite_send("b", "b0");
	rig_advance(lite_rig, 1);
	ck_assert(!w.is_done);
	lite_send("a", "a0");
	rig_advance(lite_rig, 1);
	ck_assert(w.is_done);
	ck_assert_uint_gt(w.len, 0);
	lite_end();
}
END_TEST

static size_t names_kept(void)
{
	return lite_rig->cluster->brokers[0].broker->holds.topics.count;
}

static void wait_for_none(struct waiting *w, const char *lite)
{
	struct rmqi_h_pull_message h;
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_PULL_MESSAGE, .desc = &rmqi_desc_pull_message, .header = &h};

	lite_pull_header(&h, lite, 0);
	h.sysFlag |= 2; /* PullSysFlag: suspend */
	h.suspendTimeoutMillis = 1000;
	*w = (struct waiting){.call.fn = note_end};
	rmqi_rpc_call_async(lite_peer->rpc, lite_rig->broker, &request,
			    rmqi_clock_deadline(lite_rig->env->clock, 60000), &w->call);
}

/* Names cost nothing: whoever asks makes them up. */
START_TEST(lite_admin__names_that_were_waited_for_are_forgotten)
{
	static struct waiting all[1000];
	struct waiting second;
	char lite[16];

	lite_begin();
	for (size_t i = 0; i < RMQI_COUNT(all); i++) {
		snprintf(lite, sizeof(lite), "none-%d", (int)i);
		wait_for_none(&all[i], lite);
	}
	rig_advance(lite_rig, 1);
	ck_assert_uint_eq(names_kept(), RMQI_COUNT(all));
	/* One more waits in the same place, and is woken there. */
	wait_for_none(&second, "none-0");
	rig_advance(lite_rig, 1);
	ck_assert_uint_eq(names_kept(), RMQI_COUNT(all));
	lite_send("none-0", "a0");
	rig_advance(lite_rig, 1);
	ck_assert(second.is_done && all[0].is_done && !all[1].is_done);
	ck_assert_uint_eq(names_kept(), RMQI_COUNT(all) - 1);
	rig_advance(lite_rig, 2000);
	for (size_t i = 0; i < RMQI_COUNT(all); i++)
		ck_assert(all[i].is_done);
	ck_assert_uint_eq(names_kept(), 0);
	lite_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lite_admin__tells_of_the_broker_and_of_parents,
		lite_admin__tells_of_a_lite_topic,
		lite_admin__tells_of_a_client,
		lite_admin__tells_how_far_a_group_is_behind,
		lite_admin__lets_look_for_what_is_new,
		lite_admin__name_leads_to_messages_and_offsets,
		lite_admin__pull_that_waits_is_woken,
		lite_admin__names_that_were_waited_for_are_forgotten,
	};

	return run_suite("lite_admin", tests, RMQI_COUNT(tests));
}
