/* SPDX-License-Identifier: Apache-2.0 */
/* t_query.c - QUERY_MESSAGE (QueryMessageProcessor.queryMessage), and requests that clean the store. */
#include <string.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	ck_assert_int_eq(peer_create_topic(peer, "Other", 1), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int32_t query_with(const char *key, int32_t max, const char *type, bool is_unique)
{
	struct rmqi_h_query_message h = {0};

	RMQI_SET(&h, query_message, topic, RMQI_STR("T"));
	RMQI_SET(&h, query_message, key, rmqi_str(key));
	RMQI_SET(&h, query_message, maxNum, max);
	RMQI_SET(&h, query_message, beginTimestamp, 0);
	RMQI_SET(&h, query_message, endTimestamp, INT64_MAX);
	if (is_unique)
		RMQI_SET(&h, query_message, uniqueKeyQuery, true);
	RMQI_SET(&h, query_message, indexType, rmqi_str(type));
	return peer_ask(peer, rig->broker, RMQI_REQ_QUERY_MESSAGE, &rmqi_desc_query_message, &h,
			NULL);
}

static int32_t query(const char *key)
{
	return query_with(key, 32, "K", false);
}

static void send_keyed(const char *topic, int32_t queue, const char *body, const char *properties)
{
	ck_assert_int_eq(peer_send(peer, topic, queue, body, properties), 0);
}

START_TEST(query__finds_messages_by_key)
{
	begin(NULL);
	send_keyed("Other", 0, "three", "KEYS=b,UNIQ_KEY=U3");
	send_keyed("T", 0, "one", "KEYS=a b,UNIQ_KEY=U1");
	send_keyed("T", 1, "two", "KEYS=b,UNIQ_KEY=U2");

	ck_assert_int_eq(query("a"), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_str_eq(peer_property(peer, 0, "UNIQ_KEY"), "U1");
	ck_assert_int_eq(query("b"), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_str_eq(peer_property(peer, 0, "UNIQ_KEY"), "U1");
	ck_assert_str_eq(peer_property(peer, 1, "UNIQ_KEY"), "U2");
	ck_assert_int_eq(peer_ext_i64(peer, "indexLastUpdatePhyoffset"),
			 peer_message(peer, 1).physical_offset);
	ck_assert_int_eq(peer_ext_i64(peer, "indexLastUpdateTimestamp"),
			 peer_message(peer, 1).store_timestamp);

	end();
}
END_TEST

START_TEST(query__finds_a_message_by_its_unique_key)
{
	begin(NULL);
	send_keyed("T", 0, "one", "UNIQ_KEY=U1");

	ck_assert_int_eq(query_with("U1", 0, "", true), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(query_with("U1", 0, "", false), RMQI_RESP_QUERY_NOT_FOUND);

	end();
}
END_TEST

START_TEST(query__says_that_it_found_nothing)
{
	begin(NULL);

	ck_assert_int_eq(query("a"), RMQI_RESP_QUERY_NOT_FOUND);
	ck_assert_str_eq(peer_remark(peer), "can not find message, maybe time range not correct");
	ck_assert_int_eq(peer_ext_i64(peer, "indexLastUpdatePhyoffset"), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "indexLastUpdateTimestamp"), 0);

	end();
}
END_TEST

START_TEST(query__finds_no_more_than_it_may)
{
	begin("maxMsgsNumBatch=3\ndefaultQueryMaxNum=2\n");
	for (int i = 0; i < 5; i++)
		send_keyed("T", 0, "x", "KEYS=a,UNIQ_KEY=U");

	ck_assert_int_eq(query_with("a", 100, "K", false), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);
	ck_assert_int_eq(peer_message(peer, 2).queue_offset, 4);
	ck_assert_int_eq(query_with("U", 100, "U", true), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_int_eq(query_with("a", -1, "K", false), RMQI_RESP_QUERY_NOT_FOUND);

	end();
}
END_TEST

START_TEST(query__finds_tags_since_5_4)
{
	begin(NULL);
	send_keyed("T", 0, "x", "TAGS=t");
	ck_assert_int_eq(query_with("t", 32, "T", false), RMQI_RESP_QUERY_NOT_FOUND);
	end();

	begin("emulate=5.4\n");
	send_keyed("T", 0, "x", "TAGS=t");
	ck_assert_int_eq(query_with("t", 32, "T", false), 0);
	ck_assert_int_eq(query_with("t", 32, "K", false), RMQI_RESP_QUERY_NOT_FOUND);
	end();
}
END_TEST

START_TEST(query__may_be_off)
{
	begin("messageIndexEnable=false\n");
	send_keyed("T", 0, "x", "KEYS=a");
	ck_assert_int_eq(query("a"), RMQI_RESP_QUERY_NOT_FOUND);
	end();
}
END_TEST

/* AdminBrokerProcessor: what there is to delete is tests/store/t_expiry.c's. */
START_TEST(query__old_files_are_asked_for)
{
	begin(NULL);
	send_keyed("T", 0, "x", "KEYS=a");
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_DELETE_EXPIRED_COMMITLOG, NULL, NULL,
				  NULL),
			 0);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_CLEAN_EXPIRED_CONSUMEQUEUE, NULL,
				  NULL, NULL),
			 0);
	rig_advance(rig, 100 * 1000);
	ck_assert_int_eq(query("a"), 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		query__finds_messages_by_key,      query__finds_a_message_by_its_unique_key,
		query__says_that_it_found_nothing, query__finds_no_more_than_it_may,
		query__finds_tags_since_5_4,       query__may_be_off,
		query__old_files_are_asked_for,
	};

	return run_suite("query", tests, RMQI_COUNT(tests));
}
