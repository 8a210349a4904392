/* SPDX-License-Identifier: Apache-2.0 */
/* t_send.c - SEND_MESSAGE and its kin (SendMessageProcessor). */
#include <string.h>

#include "base/mem.h"
#include "codec/version.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

START_TEST(send__stores_and_tells_where)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 1, "hello", "UNIQ_KEY=U1,TAGS=a"), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "queueId"), 1);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 0);
	ck_assert_str_eq(peer_ext(peer, "transactionId"), "U1");
	ck_assert_str_eq(peer_ext(peer, "MSG_REGION"), "DefaultRegion");
	ck_assert_str_eq(peer_ext(peer, "TRACE_ON"), "true");
	ck_assert_uint_eq(strlen(peer_ext(peer, "msgId")), 32);
	ck_assert_int_eq(peer->answer.command.version, RMQI_VERSION);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(rmqi_memcmp(peer_message(peer, 0).body.ptr, "hello", 5), 0);
	ck_assert_str_eq(peer_property(peer, 0, "CLUSTER"), "DefaultCluster");
	ck_assert_str_eq(peer_property(peer, 0, "MSG_REGION"), "DefaultRegion");
	ck_assert_str_eq(peer_property(peer, 0, "TRACE_ON"), "true");
	ck_assert_str_eq(peer_property(peer, 0, "UNIQ_KEY"), "U1");
	ck_assert_str_eq(peer_property(peer, 0, "TAGS"), "a");

	end();
}
END_TEST

START_TEST(send__adds_missing_uniq_key)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "a=b"), 0);
	ck_assert_uint_eq(strlen(peer_ext(peer, "transactionId")), 32);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_uint_eq(strlen(peer_property(peer, 0, "UNIQ_KEY")), 32);
	ck_assert_str_eq(peer_property(peer, 0, "a"), "b");

	end();
}
END_TEST

START_TEST(send__replaces_a_stamp_and_drops_pop_ck)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "MSG_REGION=far,CLUSTER=old,POP_CK=1,k=v"),
			 0);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_str_eq(peer_property(peer, 0, "MSG_REGION"), "DefaultRegion");
	ck_assert_str_eq(peer_property(peer, 0, "CLUSTER"), "DefaultCluster");
	ck_assert_str_eq(peer_property(peer, 0, "POP_CK"), "");
	ck_assert_str_eq(peer_property(peer, 0, "k"), "v");

	end();
}
END_TEST

START_TEST(send__makes_an_unknown_topic)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "New", 3, "x", NULL), 0);
	rig_advance(rig, 1);

	ck_assert_int_eq(peer_route(peer, "New"), 0);
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"readQueueNums\":4"));
	ck_assert_ptr_nonnull(strstr(peer_body(peer), "\"perm\":6"));

	end();
}
END_TEST

START_TEST(send__refuses_an_unknown_topic_without_auto_create)
{
	begin("autoCreateTopicEnable=false");

	ck_assert_int_eq(peer_send(peer, "New", 0, "x", NULL), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(
		peer_remark(peer),
		"topic[New] not exist, apply first please!\nSee "
		"https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.");
	ck_assert_str_eq(peer_ext(peer, "MSG_REGION"), "DefaultRegion");
	ck_assert_ptr_null(peer_ext(peer, "msgId"));

	end();
}
END_TEST

START_TEST(send__refuses_bad_names_and_system_topics)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "../../etc", 0, "x", NULL), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(peer), "The specified topic: ../../etc, contains illegal "
					    "characters, allowing only ^[%|a-zA-Z0-9_-]+$");
	ck_assert_int_eq(peer_send(peer, "SCHEDULE_TOPIC_XXXX", 0, "x", NULL),
			 RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(peer),
			 "Sending message to topic[SCHEDULE_TOPIC_XXXX] is forbidden.");

	end();
}
END_TEST

START_TEST(send__refuses_a_queue_behind_the_last)
{
	begin(NULL);

	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	ck_assert_int_eq(peer_send(peer, "T", 2, "x", NULL), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer),
				     "request queueId[2] is illegal, TopicConfig "
				     "[topicName=T, readQueueNums=2"));

	end();
}
END_TEST

START_TEST(send__picks_a_queue_for_a_negative_id)
{
	begin(NULL);

	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(peer_send(peer, "T", -1, "x", NULL), 0);
		ck_assert_int_lt(peer_ext_i64(peer, "queueId"), 2);
	}
	ck_assert_int_gt(peer_max_offset(peer, "T", 0), 0);
	ck_assert_int_gt(peer_max_offset(peer, "T", 1), 0);

	end();
}
END_TEST

START_TEST(send__refuses_inner_batches)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "INNER_NUM=5"), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 0);

	end();
}
END_TEST

START_TEST(send__refuses_an_empty_body)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "", NULL), RMQI_RESP_MESSAGE_ILLEGAL);

	end();
}
END_TEST

START_TEST(send__refuses_a_body_over_the_limit)
{
	begin("maxMessageSize=100");

	ck_assert_int_eq(
		peer_send(peer, "T", 0,
			  "0123456789012345678901234567890123456789012345678901234567890123456789"
			  "01234567890123456789012345678901234567890123456789",
			  NULL),
		RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "msg body length limit 100B"));

	end();
}
END_TEST

START_TEST(send__names_a_missing_field)
{
	struct rmqi_h_query_consumer_offset h = {0};

	begin(NULL);

	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_SEND_MESSAGE_V2, NULL, &h, "x"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "the custom field <"));
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), "> is null"));

	end();
}
END_TEST

static void as_batch(struct rmqi_h_send_message *h)
{
	RMQI_SET(h, send_message, batch, true);
}

START_TEST(send_batch__stores_each_message)
{
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str("P"),
					.topic = rmqi_str("T"),
					.defaultTopic = rmqi_str("TBW102"),
					.defaultTopicQueueNums = 4};
	struct rmqi_batch_item item = {.body = rmqi_cursor("ab", 2)};
	struct rmqi_buf body;

	begin(NULL);
	rmqi_buf_init(&body, 4096);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rmqi_batch_encode(&body, &item), RMQ_OK);
	as_batch(&h);

	ck_assert_int_eq(peer_ask_bytes(peer, rig->broker, RMQI_REQ_SEND_BATCH_MESSAGE,
					&rmqi_desc_send_message_v2, &h, rmqi_buf_cursor(&body)),
			 0);
	ck_assert_uint_eq(strlen(peer_ext(peer, "msgId")), 3 * 32 + 2);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 3);
	ck_assert_int_eq(peer_send_with(peer, "%RETRY%G", 0, "x", NULL, as_batch),
			 RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_str_eq(peer_remark(peer), "batch request does not support retry group %RETRY%G");

	rmqi_buf_deinit(&body);
	end();
}
END_TEST

/* MessageExtEncoder.encode(MessageExtBatch): behind its own each gets those of the batch. */
START_TEST(send_batch__gives_each_message_the_properties_of_the_batch)
{
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str("P"),
					.topic = rmqi_str("T"),
					.defaultTopic = rmqi_str("TBW102"),
					.defaultTopicQueueNums = 4};
	struct rmqi_batch_item item = {.body = rmqi_cursor("ab", 2),
				       .properties = RMQI_STR("UNIQ_KEY\1one\2TAGS\1A")};
	struct rmqi_buf body;

	begin(NULL);
	rmqi_buf_init(&body, 4096);
	ck_assert_int_eq(rmqi_batch_encode(&body, &item), RMQ_OK);
	item.properties = RMQI_STR("");
	ck_assert_int_eq(rmqi_batch_encode(&body, &item), RMQ_OK);
	as_batch(&h);
	RMQI_SET(&h, send_message, properties, RMQI_STR("UNIQ_KEY\1all\2WAIT\1true\2"));

	ck_assert_int_eq(peer_ask_bytes(peer, rig->broker, RMQI_REQ_SEND_BATCH_MESSAGE,
					&rmqi_desc_send_message_v2, &h, rmqi_buf_cursor(&body)),
			 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(peer_property(peer, i, "CLUSTER"), "DefaultCluster");
		ck_assert_str_eq(peer_property(peer, i, "MSG_REGION"), "DefaultRegion");
		ck_assert_str_eq(peer_property(peer, i, "TRACE_ON"), "true");
		ck_assert_str_eq(peer_property(peer, i, "UNIQ_KEY"), "all");
		ck_assert_str_eq(peer_property(peer, i, "TAGS"), i == 0 ? "A" : "");
	}

	rmqi_buf_deinit(&body);
	end();
}
END_TEST

/* Java's header is a string: what is no UTF-8 there is U+FFFD in the file. */
START_TEST(send__writes_malformed_properties_as_java_does)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "a=\xff,b=\xe4\xb8z,c=\xe4\xb8\xad"), 0);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_str_eq(peer_property(peer, 0, "a"), "\xef\xbf\xbd");
	ck_assert_str_eq(peer_property(peer, 0, "b"), "\xef\xbf\xbdz");
	ck_assert_str_eq(peer_property(peer, 0, "c"), "\xe4\xb8\xad");

	end();
}
END_TEST

static void sixteen_times(struct rmqi_h_send_message *h)
{
	RMQI_SET(h, send_message, reconsumeTimes, 17);
	RMQI_SET(h, send_message, maxReconsumeTimes, 16);
}

START_TEST(send_retry__goes_to_dead_letters_after_too_many_times)
{
	begin(NULL);

	ck_assert_int_eq(peer_send_with(peer, "%RETRY%G", 0, "x", "DELAY=3", sixteen_times), 0);
	ck_assert_int_eq(peer_max_offset(peer, "%DLQ%G", 0), 1);
	ck_assert_int_eq(peer_max_offset(peer, "%RETRY%G", 0), 0);

	end();
}
END_TEST

/* Bytes that would be lost with the machine. */
static int64_t unflushed(void)
{
	const struct mb_store *s = rig->cluster->brokers[0].broker->store;

	return mb_store_max_physical_offset(s) - mb_store_flushed_offset(s);
}

START_TEST(send__waits_for_the_disk_when_flushing_is_synchronous)
{
	begin("flushDiskType=SYNC_FLUSH");

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 0);
	ck_assert_int_eq(unflushed(), 0);
	/* Answered, and nobody has asked for a flush. */
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "WAIT=false"), 0);
	ck_assert_int_gt(unflushed(), 0);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 2);

	end();
}
END_TEST

/* There is no slave here: what would tell the store of it is played. */
START_TEST(send__tells_what_a_slave_was_late_with)
{
	struct mb_durable *d;
	int64_t before;

	begin("brokerRole=SYNC_MASTER");
	d = mb_store_durable(rig->cluster->brokers[0].broker->store);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	mb_durable_set_slaves(d, MB_SLAVES_LOST);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_SLAVE_NOT_AVAILABLE);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 1);
	mb_durable_set_slaves(d, MB_SLAVES_NEAR);
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_int_eq(rig_now(rig) - before, 3000);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "WAIT=false"), 0);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 4);

	end();
}
END_TEST

/* --- Priorities and lite topics -------------------------------------------------------------------- */

static int64_t queue_of(const char *properties)
{
	ck_assert_int_eq(peer_send(peer, "T", 2, "x", properties), 0);
	return peer_ext_i64(peer, "queueId");
}

static const char *property_of(int32_t queue_id, int64_t offset, const char *name)
{
	ck_assert_int_eq(peer_pull(peer, "G", "T", queue_id, offset, 0), 0);
	return peer_property(peer, 0, name);
}

START_TEST(send__priority_chooses_the_queue)
{
	begin("emulate=5.4");
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=0"), 0);
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=3"), 3);
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=99"), 3);
	ck_assert_int_eq(peer->answer.command.version, RMQI_VERSION_PRIORITY);
	ck_assert_int_eq(peer_max_offset(peer, "T", 3), 2);
	ck_assert_str_eq(property_of(3, 1, "_SYS_MSG_PRIORITY_"), "99");
	end();
}
END_TEST

/* A broker before 5.4.0 stores it as any property. */
START_TEST(send__priority_is_nothing_to_an_older_release)
{
	begin(NULL);
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=0"), 2);
	ck_assert_int_eq(queue_of("__LITE_TOPIC=b"), 2);
	ck_assert_str_eq(property_of(2, 1, "INNER_MULTI_DISPATCH"), "");
	end();
}
END_TEST

START_TEST(send__priority_comes_after_what_else_a_message_is)
{
	begin("emulate=5.5");
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=0,__SHARDINGKEY=k"), 2);
	ck_assert_str_eq(property_of(2, 0, "_SYS_MSG_PRIORITY_"), "");
	ck_assert_str_eq(property_of(2, 0, "__SHARDINGKEY"), "k");
	/* No priority at all, and so it stays. */
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=-1"), 2);
	ck_assert_str_eq(property_of(2, 1, "_SYS_MSG_PRIORITY_"), "-1");
	ck_assert_int_eq(queue_of("_SYS_MSG_PRIORITY_=x"), 2);
	end();
}
END_TEST

START_TEST(send__lite_topic_is_told_as_the_queue_it_goes_to)
{
	begin("emulate=5.5");
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(queue_of("__LITE_TOPIC=b,INNER_MULTI_DISPATCH=old,k=v"), 2);
	ck_assert_int_eq(peer->answer.command.version, RMQI_VERSION_LITE);
	ck_assert_str_eq(property_of(2, 0, "INNER_MULTI_DISPATCH"), "%LMQ%$T$b");
	ck_assert_str_eq(property_of(2, 0, "__LITE_TOPIC"), "b");
	ck_assert_str_eq(property_of(2, 0, "k"), "v");
	end();
}
END_TEST

START_TEST(send__waits_for_a_slave_where_one_copy_is_not_enough)
{
	int64_t before;

	begin("brokerRole=SYNC_MASTER\ninSyncReplicas=2\nslaveTimeout=700");
	before = rig_now(rig);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_SLAVE_TIMEOUT);

	ck_assert_int_eq(rig_now(rig) - before, 700);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "WAIT=false"), 0);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 2);

	end();
}
END_TEST

START_TEST(send__tells_that_the_disk_was_slow)
{
	int64_t before;

	begin("flushDiskType=SYNC_FLUSH\nsyncFlushTimeout=200\nflushDelay=1000");
	before = rig_now(rig);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_FLUSH_DISK_TIMEOUT);

	ck_assert_int_eq(rig_now(rig) - before, 200);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "WAIT=false"), 0);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 2);
	end();

	begin("flushDiskType=SYNC_FLUSH\nsyncFlushTimeout=200\nflushDelay=150");
	before = rig_now(rig);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(rig_now(rig) - before, 150);
	end();
}
END_TEST

START_TEST(send__refused_before_the_broker_opens)
{
	begin("startAcceptSendRequestTimeStamp=99999999999999");

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), RMQI_RESP_SYSTEM_ERROR);

	end();
}
END_TEST

START_TEST(delay__delivers_at_the_level)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 2, "x", "DELAY=2,TAGS=t"), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "queueId"), 2);
	rig_advance(rig, 4999);
	ck_assert_int_eq(peer_max_offset(peer, "T", 2), 0);
	rig_advance(rig, 101);
	ck_assert_int_eq(peer_max_offset(peer, "T", 2), 1);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 2, 0, 0), 0);
	ck_assert_str_eq(peer_property(peer, 0, "REAL_TOPIC"), "T");
	ck_assert_str_eq(peer_property(peer, 0, "REAL_QID"), "2");
	ck_assert_str_eq(peer_property(peer, 0, "TAGS"), "t");

	end();
}
END_TEST

START_TEST(delay__keeps_order_and_caps_the_level)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "1", "DELAY=1"), 0);
	rig_advance(rig, 500);
	ck_assert_int_eq(peer_send(peer, "T", 0, "2", "DELAY=1"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "3", "DELAY=99"), 0);
	rig_advance(rig, 600);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 1);
	rig_advance(rig, 500);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 2);
	rig_advance(rig, 7199 * 1000);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 3);
	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 0, 0), 0);
	ck_assert_int_eq(peer_message(peer, 0).body.ptr[0], '1');
	ck_assert_int_eq(peer_message(peer, 1).body.ptr[0], '2');
	ck_assert_int_eq(peer_message(peer, 2).body.ptr[0], '3');
	ck_assert_str_eq(peer_property(peer, 2, "DELAY"), "18");

	end();
}
END_TEST

START_TEST(delay__survives_a_restart)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "DELAY=5"), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, true, NULL), RMQ_OK);
	rig_advance(rig, 30000);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	rig_advance(rig, 29000);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 0);
	rig_advance(rig, 3000);
	ck_assert_int_eq(peer_max_offset(peer, "T", 0), 1);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		send__stores_and_tells_where,
		send__adds_missing_uniq_key,
		send__replaces_a_stamp_and_drops_pop_ck,
		send__makes_an_unknown_topic,
		send__refuses_an_unknown_topic_without_auto_create,
		send__refuses_bad_names_and_system_topics,
		send__refuses_a_queue_behind_the_last,
		send__picks_a_queue_for_a_negative_id,
		send__refuses_inner_batches,
		send__refuses_an_empty_body,
		send__refuses_a_body_over_the_limit,
		send__names_a_missing_field,
		send_batch__stores_each_message,
		send_batch__gives_each_message_the_properties_of_the_batch,
		send__writes_malformed_properties_as_java_does,
		send_retry__goes_to_dead_letters_after_too_many_times,
		send__waits_for_the_disk_when_flushing_is_synchronous,
		send__tells_what_a_slave_was_late_with,
		send__waits_for_a_slave_where_one_copy_is_not_enough,
		send__tells_that_the_disk_was_slow,
		send__priority_chooses_the_queue,
		send__priority_is_nothing_to_an_older_release,
		send__priority_comes_after_what_else_a_message_is,
		send__lite_topic_is_told_as_the_queue_it_goes_to,
		send__refused_before_the_broker_opens,
		delay__delivers_at_the_level,
		delay__keeps_order_and_caps_the_level,
		delay__survives_a_restart,
	};

	return run_suite("send", tests, sizeof(tests) / sizeof(tests[0]));
}
