/* SPDX-License-Identifier: Apache-2.0 */
/* t_messages.c - what is stored, seen without a consumer. */
#include <string.h>

#include <rocketmq/mock_message.h>

#include "tests/broker/rig.h"

static struct rig *rig;
static struct peer *peer;

static void begin(void)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 2), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static rmq_mock_messages *stored(const char *topic)
{
	rmq_mock_messages *l = NULL;

	ck_assert_int_eq(rmq_mock_cluster_messages(rig->cluster, topic, &l, NULL), RMQ_OK);
	return l;
}

static size_t count(const char *topic)
{
	rmq_mock_messages *l = stored(topic);
	size_t n = rmq_mock_messages_count(l);

	rmq_mock_messages_free(l);
	return n;
}

START_TEST(messages__are_shown_as_they_are_stored)
{
	rmq_mock_messages *l;
	const rmq_mock_message *m;
	size_t len = 0;

	begin();
	ck_assert_int_eq(peer_send(peer, "T", 1, "one", "KEYS=k,TAGS=a"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 1, "two", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "three", NULL), 0);
	l = stored("T");
	ck_assert_uint_eq(rmq_mock_messages_count(l), 3);
	ck_assert_ptr_null(rmq_mock_messages_at(l, 3));
	ck_assert_int_eq(rmq_mock_message_queue_id(rmq_mock_messages_at(l, 0)), 0);
	m = rmq_mock_messages_at(l, 1);
	ck_assert_str_eq(rmq_mock_message_broker(m), BROKER);
	ck_assert_str_eq(rmq_mock_message_topic(m), "T");
	ck_assert_int_eq(rmq_mock_message_queue_id(m), 1);
	ck_assert_int_eq(rmq_mock_message_queue_offset(m), 0);
	ck_assert_int_ge(rmq_mock_message_log_offset(m), 0);
	ck_assert_str_eq(rmq_mock_message_body(m, &len), "one");
	ck_assert_uint_eq(len, 3);
	ck_assert_str_eq(rmq_mock_message_property(m, "KEYS"), "k");
	ck_assert_str_eq(rmq_mock_message_property(m, "TAGS"), "a");
	ck_assert_ptr_null(rmq_mock_message_property(m, "OTHER"));
	ck_assert_int_eq(rmq_mock_message_reconsume_times(m), 0);
	ck_assert_int_eq(rmq_mock_message_stored_ms(m), rig_now(rig));
	end();
	ck_assert_str_eq(rmq_mock_message_body(m, NULL), "one"); /* outlives the cluster */
	rmq_mock_messages_free(l);
}
END_TEST

START_TEST(messages__of_the_system_are_shown_too)
{
	begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "later", "DELAY=1"), 0);
	ck_assert_uint_eq(count("T"), 0);
	ck_assert_uint_eq(count("SCHEDULE_TOPIC_XXXX"), 1);
	rig_advance(rig, 2000);
	ck_assert_uint_eq(count("T"), 1);
	ck_assert_uint_eq(count("nothing"), 0);
	end();
}
END_TEST

/* More than one read of the store brings. */
START_TEST(messages__are_all_there_and_gone_with_their_broker)
{
	begin();
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, "x", NULL), 0);
	ck_assert_uint_eq(count("T"), 100);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, false, NULL), RMQ_OK);
	ck_assert_uint_eq(count("T"), 0);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_uint_eq(count("T"), 100);
	end();
}
END_TEST

static void put_nul(struct rmqi_h_send_message *h)
{
	static const char text[] = "n\1a\0b\2\0m\1c\2TAGS\1x\2last\1a\0b";

	RMQI_SET(h, send_message, properties, rmqi_str_n(text, sizeof(text) - 1));
}

/* No text of this interface can hold it: such a property is not there, and the others are. */
START_TEST(messages__leave_out_properties_with_a_nul)
{
	rmq_mock_messages *l;
	const rmq_mock_message *m;

	begin();
	ck_assert_int_eq(peer_send_with(peer, "T", 0, "x", NULL, put_nul), 0);
	l = stored("T");
	m = rmq_mock_messages_at(l, 0);
	ck_assert_str_eq(rmq_mock_message_property(m, "TAGS"), "x");
	ck_assert_ptr_null(rmq_mock_message_property(m, "n"));
	ck_assert_ptr_null(rmq_mock_message_property(m, "b"));
	ck_assert_ptr_null(rmq_mock_message_property(m, "m"));
	ck_assert_ptr_null(rmq_mock_message_property(m, ""));
	ck_assert_ptr_null(rmq_mock_message_property(m, "last"));
	rmq_mock_messages_free(l);
	end();
}
END_TEST

START_TEST(messages__refuse_null)
{
	rmq_mock_messages *l = NULL;
	size_t len = 7;

	begin();
	ck_assert_int_eq(rmq_mock_cluster_messages(NULL, "T", &l, NULL), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_mock_cluster_messages(rig->cluster, NULL, &l, NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmq_mock_cluster_messages(rig->cluster, "T", NULL, NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(l);
	end();
	ck_assert_uint_eq(rmq_mock_messages_count(NULL), 0);
	ck_assert_ptr_null(rmq_mock_messages_at(NULL, 0));
	rmq_mock_messages_free(NULL);
	ck_assert_str_eq(rmq_mock_message_broker(NULL), "");
	ck_assert_str_eq(rmq_mock_message_topic(NULL), "");
	ck_assert_int_eq(rmq_mock_message_queue_id(NULL), -1);
	ck_assert_int_eq(rmq_mock_message_queue_offset(NULL), -1);
	ck_assert_int_eq(rmq_mock_message_log_offset(NULL), -1);
	ck_assert_str_eq(rmq_mock_message_body(NULL, &len), "");
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_null(rmq_mock_message_property(NULL, "KEYS"));
	ck_assert_int_eq(rmq_mock_message_sys_flag(NULL), 0);
	ck_assert_int_eq(rmq_mock_message_reconsume_times(NULL), 0);
	ck_assert_int_eq(rmq_mock_message_born_ms(NULL), -1);
	ck_assert_int_eq(rmq_mock_message_stored_ms(NULL), -1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		messages__are_shown_as_they_are_stored,
		messages__of_the_system_are_shown_too,
		messages__are_all_there_and_gone_with_their_broker,
		messages__leave_out_properties_with_a_nul,
		messages__refuse_null,
	};

	return run_suite("messages", tests, RMQI_COUNT(tests));
}
