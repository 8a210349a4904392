/* SPDX-License-Identifier: Apache-2.0 */
/* t_assignment.c - which queues are whose, and whether they are pulled or popped (QueryAssignmentProcessor,
 * MessageRequestModeManager). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *members[4];

/* Topic T has three queues. */
static void begin_with(const char *conf, size_t count)
{
	char id[8];

	rig = rig_new(conf);
	for (size_t i = 0; i < RMQI_COUNT(members); i++)
		members[i] = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(members[0], "T", 3), 0);
	for (size_t i = 0; i < count; i++) {
		snprintf(id, sizeof(id), "c%zu", i);
		ck_assert_int_eq(peer_consumer_beat(members[i], id, "G", "T", "*", 1), 0);
	}
	rig_advance(rig, 1000);
}

static void end(void)
{
	for (size_t i = 0; i < RMQI_COUNT(members); i++)
		peer_free(members[i]);
	rig_free(rig);
}

static int32_t ask(const char *client_id, const char *topic, const char *strategy,
		   const char *model)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"clientId\":\"%s\",\"consumerGroup\":\"G\",\"messageModel\":\"%s\","
		 "\"strategyName\":\"%s\",\"topic\":\"%s\"}",
		 client_id, model, strategy, topic);
	return peer_ask(members[0], rig->broker, RMQI_REQ_QUERY_ASSIGNMENT, NULL, NULL, body);
}

/* "mode queue,queue" of topic T. */
static void expect(const char *client_id, const char *strategy, const char *wanted)
{
	const char *body, *at;
	char got[64] = "none";

	ck_assert_int_eq(ask(client_id, "T", strategy, "CLUSTERING"), 0);
	body = peer_body(members[0]);
	for (at = strstr(body, "\"queueId\":"); at; at = strstr(at + 1, "\"queueId\":"))
		snprintf(got + (strcmp(got, "none") ? strlen(got) : 0), 32, "%s%d",
			 strcmp(got, "none") ? "," : "", atoi(at + 10));
	if (strstr(body, "\"mode\":\"POP\""))
		snprintf(got + strlen(got), 8, " POP");
	ck_assert_str_eq(got, wanted);
}

static int32_t set_mode(const char *topic, const char *group, const char *mode, int share)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"consumerGroup\":\"%s\",\"mode\":\"%s\",\"popShareQueueNum\":%d,"
		 "\"topic\":\"%s\"}",
		 group, mode, share, topic);
	return peer_ask(members[0], rig->broker, RMQI_REQ_SET_MESSAGE_REQUEST_MODE, NULL, NULL,
			body);
}

/* --- Pulled -------------------------------------------------------------------------------------------- */

START_TEST(assignment__is_the_share_of_the_member)
{
	begin_with(NULL, 2);
	ck_assert_int_eq(ask("c0", "T", "AVG", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]),
			 "{\"messageQueueAssignments\":[{\"messageQueue\":{\"brokerName\":"
			 "\"broker-a\",\"queueId\":0,\"topic\":\"T\"},\"mode\":\"PULL\"},"
			 "{\"messageQueue\":{\"brokerName\":\"broker-a\",\"queueId\":1,"
			 "\"topic\":\"T\"},\"mode\":\"PULL\"}]}");
	expect("c1", "AVG", "2");
	expect("c0", "AVG_BY_CIRCLE", "0,2");
	expect("c1", "AVG_BY_CIRCLE", "1");
	ck_assert_int_eq(ask("stranger", "T", "AVG", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]), "{\"messageQueueAssignments\":[]}");
	end();
}
END_TEST

START_TEST(assignment__that_is_none_changes_nothing)
{
	begin_with(NULL, 1);
	ck_assert_int_eq(ask("c0", "Nowhere", "AVG", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]), "{}");
	ck_assert_int_eq(ask("c0", "T", "MINE", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]), "{}");
	end();
	begin_with(NULL, 0);
	ck_assert_int_eq(ask("c0", "T", "AVG", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]), "{}");
	end();
}
END_TEST

START_TEST(assignment__of_a_broadcast_is_everything)
{
	begin_with(NULL, 0);
	ck_assert_int_eq(ask("anybody", "T", "MINE", "BROADCASTING"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(members[0]), "\"queueId\":2"));
	end();
	begin_with("serverLoadBalancerEnable=false", 2);
	expect("c1", "AVG", "0,1,2");
	end();
}
END_TEST

/* --- Popped -------------------------------------------------------------------------------------------- */

START_TEST(mode__pop_gives_each_member_all_queues_of_a_broker)
{
	begin_with(NULL, 2);
	ck_assert_int_eq(set_mode("T", "G", "POP", 0), 0);
	ck_assert_int_eq(ask("c1", "T", "AVG", "CLUSTERING"), 0);
	ck_assert_str_eq(peer_body(members[0]),
			 "{\"messageQueueAssignments\":[{\"messageQueue\":{\"brokerName\":"
			 "\"broker-a\",\"queueId\":-1,\"topic\":\"T\"},\"mode\":\"POP\"}]}");
	expect("stranger", "AVG", "-1 POP");
	end();
}
END_TEST

START_TEST(mode__pop_may_share_queues_with_some_members_only)
{
	begin_with(NULL, 3);
	ck_assert_int_eq(set_mode("T", "G", "POP", 1), 0);
	expect("c0", "AVG", "0,1 POP");
	expect("c1", "AVG", "1,2 POP");
	expect("c2", "AVG", "0,2 POP");
	expect("stranger", "AVG", "none");
	ck_assert_int_eq(set_mode("T", "G", "POP", 2), 0);
	expect("c0", "AVG", "-1 POP");
	end();
	begin_with(NULL, 4);
	ck_assert_int_eq(set_mode("T", "G", "POP", 1), 0);
	expect("c0", "AVG", "0 POP");
	expect("c3", "AVG", "0 POP");
	end();
}
END_TEST

START_TEST(mode__is_of_one_group_and_topic_and_can_be_changed)
{
	begin_with(NULL, 1);
	ck_assert_int_eq(peer_create_topic(members[0], "U", 1), 0);
	ck_assert_int_eq(set_mode("U", "G", "POP", 0), 0);
	ck_assert_int_eq(set_mode("T", "H", "POP", 0), 0);
	expect("c0", "AVG", "0,1,2");
	ck_assert_int_eq(set_mode("T", "G", "POP", 0), 0);
	expect("c0", "AVG", "-1 POP");
	ck_assert_int_eq(set_mode("T", "G", "PULL", 0), 0);
	expect("c0", "AVG", "0,1,2");
	end();
}
END_TEST

START_TEST(mode__is_kept_over_a_restart)
{
	begin_with(NULL, 1);
	ck_assert_int_eq(set_mode("T", "G", "POP", 7), 0);
	ck_assert_int_eq(set_mode("T", "H", "PULL", 0), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(peer_consumer_beat(members[0], "c0", "G", "T", "*", 1), 0);
	expect("c0", "AVG", "-1 POP");
	end();
}
END_TEST

START_TEST(mode__is_refused_with_its_reason)
{
	begin_with(NULL, 1);
	ck_assert_int_eq(set_mode("%RETRY%G", "G", "POP", 0), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(members[0]), "retry topic is not allowed to set mode");
	ck_assert_int_eq(set_mode("nowhere", "G", "POP", 0), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(peer_remark(members[0]), "topic[nowhere] not exist");
	ck_assert_int_eq(set_mode("T", "bad group", "POP", 0),
			 RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST);
	ck_assert_str_eq(peer_remark(members[0]), "subscription group does not exist");
	end();
}
END_TEST

START_TEST(mode__that_is_configured_is_that_of_who_set_none)
{
	begin_with("defaultMessageRequestMode=POP", 1);
	expect("c0", "AVG", "-1 POP");
	ck_assert_int_eq(ask("c0", "%RETRY%G", "AVG", "CLUSTERING"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(members[0]), "\"mode\":\"PULL\""));
	ck_assert_int_eq(set_mode("T", "G", "PULL", 0), 0);
	expect("c0", "AVG", "0,1,2");
	end();
}
END_TEST

START_TEST(release__before_pop_knows_none_of_it)
{
	static const int32_t codes[] = {
		RMQI_REQ_QUERY_ASSIGNMENT,  RMQI_REQ_SET_MESSAGE_REQUEST_MODE,
		RMQI_REQ_POP_MESSAGE,       RMQI_REQ_ACK_MESSAGE,
		RMQI_REQ_BATCH_ACK_MESSAGE, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
		RMQI_REQ_NOTIFICATION,      RMQI_REQ_POLLING_INFO,
	};
	char remark[64];

	begin_with("emulate=4.9", 1);
	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		ck_assert_int_eq(peer_ask(members[0], rig->broker, codes[i], NULL, NULL, "{}"),
				 RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
		snprintf(remark, sizeof(remark), " request type %d not supported", (int)codes[i]);
		ck_assert_str_eq(peer_remark(members[0]), remark);
		ck_assert_int_eq(members[0]->answer.command.version, 407);
	}
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		assignment__is_the_share_of_the_member,
		assignment__that_is_none_changes_nothing,
		assignment__of_a_broadcast_is_everything,
		mode__pop_gives_each_member_all_queues_of_a_broker,
		mode__pop_may_share_queues_with_some_members_only,
		mode__is_of_one_group_and_topic_and_can_be_changed,
		mode__is_kept_over_a_restart,
		mode__is_refused_with_its_reason,
		mode__that_is_configured_is_that_of_who_set_none,
		release__before_pop_knows_none_of_it,
	};

	return run_suite("assignment", tests, RMQI_COUNT(tests));
}
