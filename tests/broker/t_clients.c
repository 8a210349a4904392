/* SPDX-License-Identifier: Apache-2.0 */
/* t_clients.c - heart-beats, groups of clients, notices, queue locks (ConsumerManager). */
#include <stdio.h>
#include <string.h>

#include "codec/names.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *one, *two;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	one = peer_new(rig);
	two = peer_new(rig);
}

static void end(void)
{
	peer_free(one);
	peer_free(two);
	rig_free(rig);
}

static int32_t list_of(struct peer *p, const char *group)
{
	struct rmqi_h_get_consumer_list_by_group h = {.consumerGroup = rmqi_str(group)};

	return peer_ask(p, rig->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
			&rmqi_desc_get_consumer_list_by_group, &h, NULL);
}

START_TEST(heartbeat__makes_the_group_and_its_retry_topic)
{
	begin(NULL);

	ck_assert_int_eq(list_of(one, "G"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(one), "no consumer for this group, G");
	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	ck_assert_str_eq(peer_ext(one, "IS_SUPPORT_HEART_BEAT_V2"), "true");
	ck_assert_str_eq(peer_ext(one, "IS_SUB_CHANGE"), "true");
	ck_assert_int_eq(list_of(one, "G"), 0);
	ck_assert_str_eq(peer_body(one), "{\"consumerIdList\":[\"c1\"]}");
	ck_assert_int_eq(peer_route(one, "%RETRY%G"), 0);

	end();
}
END_TEST

START_TEST(heartbeat__unknown_group_is_skipped_silently)
{
	begin("autoCreateSubscriptionGroup=false");

	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(list_of(one, "G"), RMQI_RESP_SYSTEM_ERROR);

	end();
}
END_TEST

START_TEST(heartbeat__rubbish_is_refused)
{
	begin(NULL);

	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_HEART_BEAT, NULL, NULL, "no json"),
			 RMQI_RESP_SYSTEM_ERROR);

	end();
}
END_TEST

START_TEST(heartbeat__client_id_that_nobody_could_print_is_refused)
{
	char id[RMQI_LABEL_MAX + 2];

	begin(NULL);
	memset(id, 'c', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	ck_assert_int_eq(peer_consumer_beat(one, id, "G", "T", "*", 1), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(one), "clientID is longer than 512 bytes");
	id[RMQI_LABEL_MAX] = '\0';
	ck_assert_int_eq(peer_consumer_beat(one, id, "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_producer_beat(one, "c\n1", "P"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(peer_producer_beat(one, "", "P"), RMQI_RESP_SYSTEM_ERROR);
	end();
}
END_TEST

START_TEST(notice__to_all_when_one_joins)
{
	begin(NULL);

	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 1);
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 2);
	ck_assert_int_eq(two->notices, 1);
	ck_assert_str_eq(one->notice_group, "G");
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 2);

	end();
}
END_TEST

START_TEST(notice__when_the_topics_change)
{
	begin(NULL);
	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "tag", 2), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 1);
	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "U", "*", 3), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 2);

	end();
}
END_TEST

START_TEST(notice__when_one_leaves_or_dies)
{
	begin(NULL);
	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	one->notices = 0;

	ck_assert_int_eq(peer_unregister(two, "c2", "G"), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 1);
	ck_assert_int_eq(list_of(one, "G"), 0);
	ck_assert_str_eq(peer_body(one), "{\"consumerIdList\":[\"c1\"]}");
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 2);
	peer_die(two);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 3);

	end();
}
END_TEST

START_TEST(notice__not_when_the_group_does_not_want_it)
{
	begin(NULL);
	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
				  NULL, NULL,
				  "{\"groupName\":\"G\",\"notifyConsumerIdsChangedEnable\":false}"),
			 0);

	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 0);
	peer_die(two); /* a lost connection is told all the same */
	rig_advance(rig, 1);
	ck_assert_int_eq(one->notices, 1);

	end();
}
END_TEST

START_TEST(expiry__drops_who_is_silent_for_two_minutes)
{
	begin(NULL);
	ck_assert_int_eq(peer_consumer_beat(two, "c2", "G", "T", "*", 1), 0);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "*", 1), 0);
		/* Its connection is busy, but that is no heart-beat. */
		peer_max_offset(two, "T", 0);
		rig_advance(rig, 29000);
	}

	ck_assert_int_eq(list_of(one, "G"), 0);
	ck_assert_str_eq(peer_body(one), "{\"consumerIdList\":[\"c1\"]}");

	end();
}
END_TEST

START_TEST(connections__are_shown)
{
	struct rmqi_h_get_consumer_connection_list c = {.consumerGroup = rmqi_str("G")};
	struct rmqi_h_get_producer_connection_list p = {.producerGroup = rmqi_str("P")};

	begin(NULL);
	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
				  &rmqi_desc_get_consumer_connection_list, &c, NULL),
			 RMQI_RESP_CONSUMER_NOT_ONLINE);
	ck_assert_str_eq(peer_remark(one), "the consumer group[G] not online");
	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_GET_PRODUCER_CONNECTION_LIST,
				  &rmqi_desc_get_producer_connection_list, &p, NULL),
			 RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(peer_consumer_beat(one, "c1", "G", "T", "TagA || TagB", 123), 0);
	ck_assert_int_eq(peer_producer_beat(two, "p1", "P"), 0);
	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_GET_CONSUMER_CONNECTION_LIST,
				  &rmqi_desc_get_consumer_connection_list, &c, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(
		peer_body(one),
		"\"clientId\":\"c1\",\"language\":\"CPP\",\"version\":479}],\"consumeFromWhere\":"
		"\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":"
		"\"CLUSTERING\",\"subscriptionTable\":{\"T\":{\"classFilterMode\":false,\"codeSet\":["
		"2598919,2598920],\"expressionType\":\"TAG\",\"subString\":\"TagA || TagB\","
		"\"subVersion\":123,\"tagsSet\":[\"TagA\",\"TagB\"],\"topic\":\"T\"}}}"));
	ck_assert_int_eq(peer_ask(one, rig->broker, RMQI_REQ_GET_PRODUCER_CONNECTION_LIST,
				  &rmqi_desc_get_producer_connection_list, &p, NULL),
			 0);
	ck_assert_ptr_nonnull(strstr(peer_body(one), "\"clientId\":\"p1\""));
	ck_assert_int_eq(mb_cluster_group_size(rig->cluster, BROKER, "G"), 1);
	ck_assert_int_eq(mb_cluster_group_size(rig->cluster, "nobody", "G"), -1);

	end();
}
END_TEST

static const char *lock(struct peer *p, int32_t code, const char *client, const char *queues)
{
	char body[512];

	snprintf(
		body, sizeof(body),
		"{\"clientId\":\"%s\",\"consumerGroup\":\"G\",\"mqSet\":[%s],\"onlyThisBroker\":false}",
		client, queues);
	ck_assert_int_eq(peer_ask(p, rig->broker, code, NULL, NULL, body), 0);
	return peer_body(p);
}

#define Q0 "{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}"
#define Q1 "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}"

START_TEST(lock__belongs_to_one_client_for_a_minute)
{
	begin(NULL);

	ck_assert_str_eq(lock(one, RMQI_REQ_LOCK_BATCH_MQ, "c1", Q0), "{\"lockOKMQSet\":[" Q0 "]}");
	ck_assert_str_eq(lock(two, RMQI_REQ_LOCK_BATCH_MQ, "c2", Q0 "," Q1),
			 "{\"lockOKMQSet\":[" Q1 "]}");
	rig_advance(rig, 40000);
	ck_assert_str_eq(lock(one, RMQI_REQ_LOCK_BATCH_MQ, "c1", Q0), "{\"lockOKMQSet\":[" Q0 "]}");
	rig_advance(rig, 40000);
	ck_assert_str_eq(lock(two, RMQI_REQ_LOCK_BATCH_MQ, "c2", Q0), "{\"lockOKMQSet\":[]}");
	rig_advance(rig, 21000);
	ck_assert_str_eq(lock(two, RMQI_REQ_LOCK_BATCH_MQ, "c2", Q0), "{\"lockOKMQSet\":[" Q0 "]}");

	end();
}
END_TEST

START_TEST(lock__only_its_owner_releases_it)
{
	begin(NULL);
	lock(one, RMQI_REQ_LOCK_BATCH_MQ, "c1", Q0);

	lock(two, RMQI_REQ_UNLOCK_BATCH_MQ, "c2", Q0);
	ck_assert_str_eq(lock(two, RMQI_REQ_LOCK_BATCH_MQ, "c2", Q0), "{\"lockOKMQSet\":[]}");
	lock(one, RMQI_REQ_UNLOCK_BATCH_MQ, "c1", Q0);
	ck_assert_str_eq(lock(two, RMQI_REQ_LOCK_BATCH_MQ, "c2", Q0), "{\"lockOKMQSet\":[" Q0 "]}");

	end();
}
END_TEST

START_TEST(check_client_config__refuses_sql)
{
	begin(NULL);

	ck_assert_int_eq(
		peer_ask(one, rig->broker, RMQI_REQ_CHECK_CLIENT_CONFIG, NULL, NULL,
			 "{\"group\":\"G\",\"subscriptionData\":{\"expressionType\":\"TAG\"}}"),
		0);
	ck_assert_int_eq(
		peer_ask(one, rig->broker, RMQI_REQ_CHECK_CLIENT_CONFIG, NULL, NULL,
			 "{\"group\":\"G\",\"subscriptionData\":{\"expressionType\":\"SQL92\"}}"),
		RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(one),
			 "The broker does not support consumer to filter message by SQL92");

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		heartbeat__makes_the_group_and_its_retry_topic,
		heartbeat__unknown_group_is_skipped_silently,
		heartbeat__rubbish_is_refused,
		heartbeat__client_id_that_nobody_could_print_is_refused,
		notice__to_all_when_one_joins,
		notice__when_the_topics_change,
		notice__when_one_leaves_or_dies,
		notice__not_when_the_group_does_not_want_it,
		expiry__drops_who_is_silent_for_two_minutes,
		connections__are_shown,
		lock__belongs_to_one_client_for_a_minute,
		lock__only_its_owner_releases_it,
		check_client_config__refuses_sql,
	};

	return run_suite("clients", tests, sizeof(tests) / sizeof(tests[0]));
}
