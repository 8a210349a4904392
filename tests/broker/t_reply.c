/* SPDX-License-Identifier: Apache-2.0 */
/* t_reply.c - SEND_REPLY_MESSAGE and the push to who asked (ReplyMessageProcessor). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/rig.h"

#define REPLIES "DefaultCluster_REPLY_TOPIC"

static struct rig *rig;
static struct peer *asker, *replier;

/* What was pushed. */
static struct {
	int count;
	int32_t code; /* the answer; -1: none */
	char topic[64];
	char body[64];
	char properties[512];
	char born_host[64];
	char store_host[64];
	int32_t sys_flag;
	bool has_reconsume_times;
} pushed;

static void on_push(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_outgoing answer = {.code = pushed.code};
	struct rmqi_h_reply_message h = {0};

	(void)p;
	ck_assert_int_eq(request->code, RMQI_REQ_PUSH_REPLY_MESSAGE_TO_CLIENT);
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_reply_message, request, &h, NULL), RMQ_OK);
	pushed.count++;
	snprintf(pushed.topic, sizeof(pushed.topic), "%.*s", RMQI_STR_ARG(h.topic));
	snprintf(pushed.body, sizeof(pushed.body), "%.*s", (int)request->body.len,
		 (const char *)request->body.ptr);
	snprintf(pushed.properties, sizeof(pushed.properties), "%.*s", RMQI_STR_ARG(h.properties));
	snprintf(pushed.born_host, sizeof(pushed.born_host), "%.*s", RMQI_STR_ARG(h.bornHost));
	snprintf(pushed.store_host, sizeof(pushed.store_host), "%.*s", RMQI_STR_ARG(h.storeHost));
	pushed.sys_flag = h.sysFlag;
	pushed.has_reconsume_times = RMQI_HAS(&h, reply_message, reconsumeTimes);
	if (pushed.code >= 0)
		ck_assert_int_eq(
			rmqi_conn_reply(c, request->opaque, request->serialization, &answer),
			RMQ_OK);
}

static void begin(const char *conf)
{
	rig = rig_new(conf);
	asker = peer_new(rig);
	asker->on_request = on_push;
	replier = peer_new(rig);
	replier->send_code = RMQI_REQ_SEND_REPLY_MESSAGE_V2;
	memset(&pushed, 0, sizeof(pushed));
	ck_assert_int_eq(peer_producer_beat(asker, "asker@1", "PG"), 0);
}

static void end(void)
{
	peer_free(asker);
	peer_free(replier);
	rig_free(rig);
}

static int32_t reply(const char *body)
{
	return peer_send(replier, REPLIES, 0, body,
			 "CORRELATION_ID=c1,REPLY_TO_CLIENT=asker@1,TTL=3000,MSG_TYPE=reply");
}

/* The value of a pushed property. */
static const char *property(const char *name)
{
	static char text[128];
	struct rmqi_str value = {0};

	if (!rmqi_properties_get(rmqi_str(pushed.properties), name, &value))
		return "";
	snprintf(text, sizeof(text), "%.*s", RMQI_STR_ARG(value));
	return text;
}

static size_t stored(void)
{
	return peer_pull(asker, "G", REPLIES, 0, 0, 0) == 0 ? peer_message_count(asker) : 0;
}

START_TEST(reply__is_pushed_and_stored)
{
	begin(NULL);

	ck_assert_int_eq(reply("pong"), 0);
	ck_assert_int_eq(pushed.count, 1);
	ck_assert_str_eq(pushed.topic, REPLIES);
	ck_assert_str_eq(pushed.body, "pong");
	ck_assert_str_eq(property("CORRELATION_ID"), "c1");
	ck_assert_str_eq(property("REPLY_TO_CLIENT"), "asker@1");
	ck_assert_str_eq(property("TTL"), "3000");
	ck_assert_uint_eq(strlen(property("PUSH_REPLY_TIME")), 13);
	ck_assert_ptr_nonnull(strchr(pushed.born_host, ':'));
	ck_assert_str_eq(pushed.store_host, rig->broker);
	ck_assert_uint_eq(strlen(peer_ext(replier, "msgId")), 32);
	ck_assert_int_eq(peer_ext_i64(replier, "queueOffset"), 0);
	ck_assert_str_eq(peer_ext(replier, "MSG_REGION"), "DefaultRegion");

	ck_assert_uint_eq(stored(), 1);
	ck_assert_str_eq(peer_property(asker, 0, "CORRELATION_ID"), "c1");
	/* As it came: none of what a broker adds to a message. */
	ck_assert_str_eq(peer_property(asker, 0, "CLUSTER"), "");
	ck_assert_str_eq(peer_property(asker, 0, "PUSH_REPLY_TIME"), "");

	end();
}
END_TEST

static void set_compressed(struct rmqi_h_send_message *h)
{
	h->sysFlag = RMQI_SYS_COMPRESSED | (1 << RMQI_SYS_COMPRESSION_SHIFT);
	RMQI_SET(h, send_message, reconsumeTimes, 2);
}

START_TEST(reply__is_pushed_with_its_sys_flag_and_stored_without)
{
	begin(NULL);

	ck_assert_int_eq(peer_send_with(replier, REPLIES, 0, "lz4", "REPLY_TO_CLIENT=asker@1",
					set_compressed),
			 0);
	ck_assert_int_eq(pushed.sys_flag, RMQI_SYS_COMPRESSED | (1 << RMQI_SYS_COMPRESSION_SHIFT));
	ck_assert(pushed.has_reconsume_times);
	ck_assert_uint_eq(stored(), 1);
	ck_assert_int_eq(peer_message(asker, 0).sys_flag & RMQI_SYS_COMPRESSED, 0);

	end();
}
END_TEST

START_TEST(reply__with_long_keys_is_the_same)
{
	begin(NULL);

	replier->send_code = RMQI_REQ_SEND_REPLY_MESSAGE;
	ck_assert_int_eq(reply("pong"), 0);
	ck_assert_int_eq(pushed.count, 1);
	ck_assert(!pushed.has_reconsume_times);

	end();
}
END_TEST

START_TEST(reply__to_nobody_is_refused_and_stored)
{
	begin(NULL);

	ck_assert_int_eq(peer_send(replier, REPLIES, 0, "x", "REPLY_TO_CLIENT=gone@2"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(replier),
			 "push reply message fail, channel of <gone@2> not found.");
	ck_assert_uint_eq(strlen(peer_ext(replier, "msgId")), 32);
	ck_assert_int_eq(peer_send(replier, REPLIES, 0, "x", "CORRELATION_ID=c"),
			 RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(replier), "reply message properties[REPLY_TO_CLIENT] is null");
	ck_assert_int_eq(pushed.count, 0);
	ck_assert_uint_eq(stored(), 2);

	end();
}
END_TEST

START_TEST(reply__that_the_client_refuses_is_refused)
{
	begin("storeReplyMessageEnable=false");

	pushed.code = 1;
	ck_assert_int_eq(reply("x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(replier), "push reply message to asker@1fail.");
	ck_assert_ptr_null(peer_ext(replier, "msgId"));
	ck_assert_str_eq(peer_ext(replier, "TRACE_ON"), "true");
	pushed.code = 0;
	ck_assert_int_eq(reply("x"), 0);
	ck_assert_str_eq(peer_ext(replier, "msgId"), "0");
	ck_assert_uint_eq(stored(), 0);

	end();
}
END_TEST

START_TEST(reply__waits_ten_seconds_for_the_client)
{
	int64_t before;

	begin(NULL);

	pushed.code = -1;
	before = rig_now(rig);
	ck_assert_int_eq(reply("x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(replier), "push reply message to asker@1fail.");
	ck_assert_int_eq(rig_now(rig) - before, 10000);
	ck_assert_uint_eq(stored(), 1);

	end();
}
END_TEST

START_TEST(reply__ends_with_the_connection_of_the_client)
{
	begin(NULL);

	peer_die(asker);
	ck_assert_int_eq(reply("x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(replier),
			 "push reply message fail, channel of <asker@1> not found.");

	end();
}
END_TEST

START_TEST(reply__finds_a_connection_by_the_id_that_it_has_now)
{
	begin(NULL);

	ck_assert_int_eq(peer_producer_beat(asker, "another@1", "PG"), 0);
	ck_assert_int_eq(reply("x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(peer_producer_beat(asker, "asker@1", "PG"), 0);
	ck_assert_int_eq(reply("x"), 0);
	ck_assert_int_eq(pushed.count, 1);

	end();
}
END_TEST

START_TEST(reply__goes_to_the_last_connection_of_a_client_id)
{
	struct peer *twin;

	begin(NULL);

	twin = peer_new(rig);
	twin->on_request = NULL;
	ck_assert_int_eq(peer_producer_beat(twin, "asker@1", "PG2"), 0);
	ck_assert_int_eq(peer_producer_beat(asker, "asker@1", "PG3"), 0);
	ck_assert_int_eq(reply("x"), 0);
	/* Whose end takes the id away, though the other one is still there. */
	peer_die(twin);
	ck_assert_int_eq(reply("x"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(pushed.count, 1);

	peer_free(twin);
	end();
}
END_TEST

START_TEST(reply__is_checked_like_a_message)
{
	begin("autoCreateTopicEnable=false");

	ck_assert_int_eq(peer_send(replier, "Unknown", 0, "x", "REPLY_TO_CLIENT=asker@1"),
			 RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(peer_send(replier, REPLIES, 1, "x", "REPLY_TO_CLIENT=asker@1"),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(peer_send(replier, REPLIES, -1, "x", "REPLY_TO_CLIENT=asker@1"), 0);
	ck_assert_int_eq(peer_ext_i64(replier, "queueId"), 0);
	ck_assert_int_eq(pushed.count, 1);

	end();
}
END_TEST

START_TEST(reply__under_way_does_not_hinder_the_end)
{
	begin(NULL);

	pushed.code = -1;
	{
		struct rmqi_h_send_message h = {.producerGroup = rmqi_str("P"),
						.topic = rmqi_str(REPLIES),
						.defaultTopic = rmqi_str("TBW102")};
		struct rmqi_cursor body = rmqi_cursor("x", 1);
		struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_REPLY_MESSAGE_V2,
						.desc = &rmqi_desc_send_message_v2,
						.header = &h,
						.body = &body,
						.body_count = 1};

		RMQI_SET(&h, send_message, properties, rmqi_str("REPLY_TO_CLIENT\001asker@1\002"));
		ck_assert_int_eq(rmqi_rpc_oneway(replier->rpc, rig->broker, &request), RMQ_OK);
	}
	rig_advance(rig, 10);
	ck_assert_int_eq(pushed.count, 1);

	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reply__is_pushed_and_stored,
		reply__is_pushed_with_its_sys_flag_and_stored_without,
		reply__with_long_keys_is_the_same,
		reply__to_nobody_is_refused_and_stored,
		reply__that_the_client_refuses_is_refused,
		reply__waits_ten_seconds_for_the_client,
		reply__ends_with_the_connection_of_the_client,
		reply__finds_a_connection_by_the_id_that_it_has_now,
		reply__goes_to_the_last_connection_of_a_client_id,
		reply__is_checked_like_a_message,
		reply__under_way_does_not_hinder_the_end,
	};

	return run_suite("reply", tests, sizeof(tests) / sizeof(tests[0]));
}
