/* SPDX-License-Identifier: Apache-2.0 */
/* t_peek.c - PEEK_MESSAGE: what a pop would take is shown, and nothing is taken (PeekMessageProcessor). */
#include <string.h>

#include "tests/broker/popper.h"

static struct rig *rig;
static struct peer *peer;

static void begin(int32_t queues)
{
	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", queues), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void send_many(int32_t queue_id, int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(peer_send(peer, "T", queue_id, "body", NULL), 0);
}

static int32_t peek(const char *topic, int32_t queue_id, int32_t most)
{
	const struct rmqi_h_peek_message h = {.topic = rmqi_str(topic),
					      .queueId = queue_id,
					      .maxMsgNums = most,
					      .consumerGroup = RMQI_STR("G")};

	return peer_ask(peer, rig->broker, RMQI_REQ_PEEK_MESSAGE, &rmqi_desc_peek_message, &h,
			NULL);
}

static void expect_peek(int32_t queue_id, int32_t most, size_t count, int64_t rest)
{
	ck_assert_int_eq(peek("T", queue_id, most), count > 0 ? 0 : RMQI_RESP_PULL_NOT_FOUND);
	ck_assert_str_eq(peer_remark(peer), count > 0 ? "FOUND" : "NO_MESSAGE_IN_QUEUE");
	ck_assert_uint_eq(peer_message_count(peer), count);
	ck_assert_int_eq(peer_ext_i64(peer, "restNum"), rest);
}

START_TEST(peek__takes_nothing)
{
	begin(2);
	expect_peek(-1, 32, 0, 0);
	send_many(0, 3);
	send_many(1, 2);
	for (int i = 0; i < 2; i++)
		expect_peek(-1, 32, 5, 5);
	ck_assert_str_eq(peer_property(peer, 0, "POP_CK"), "");
	expect_peek(1, 32, 2, 2);
	expect_peek(0, 2, 2, 3);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 5);
	expect_peek(-1, 32, 0, 0);
	end();
}
END_TEST

/* From the retry topic, under its name. */
START_TEST(peek__shows_what_comes_again)
{
	begin(1);
	send_many(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	rig_advance(rig, 61000);
	expect_peek(-1, 32, 1, 1);
	ck_assert(rmqi_str_is(peer_message(peer, 0).topic, "%RETRY%G_T"));
	end();
}
END_TEST

START_TEST(peek__is_refused_with_its_reason)
{
	begin(1);
	ck_assert_int_eq(peek("None", 0, 1), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(peek("T", 1, 1), RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(peek("T", 0, -1), RMQI_RESP_SYSTEM_ERROR);
	expect_peek(0, 0, 0, 0);
	send_many(0, 40);
	expect_peek(0, INT32_MAX, 32, 40);
	expect_peek(0, 0, 0, 40);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		peek__takes_nothing,
		peek__shows_what_comes_again,
		peek__is_refused_with_its_reason,
	};

	return run_suite("peek", tests, RMQI_COUNT(tests));
}
