/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite.c - lite topics at the broker: who has which, what is handed out, acknowledged, taken over. */
#include <stdio.h>
#include <string.h>

#include "tests/broker/lite_scene.h"

START_TEST(lite__is_handed_out_to_who_has_it)
{
	int64_t ms;

	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	lite_send("b", "b0");
	lite_send("a", "a1");
	lite_expect_pop("c", "a0 a1");
	ms = peer_ext_i64(lite_peer, "popTime");
	ck_assert_int_eq(peer_ext_i64(lite_peer, "reviveQid"), 999);
	ck_assert_str_eq(peer_ext(lite_peer, "orderCountInfo"), "0;0");
	ck_assert_str_eq(peer_property(lite_peer, 1, "INNER_MULTI_DISPATCH"), "%LMQ%$P$a");
	ck_assert_str_eq(peer_property(lite_peer, 1, "INNER_MULTI_QUEUE_OFFSET"), "1");
	lite_expect_pop("c", "");
	ck_assert_int_eq(lite_ack("a", 0, ms), 0);
	ck_assert_int_eq(lite_ack("a", 1, ms), 0);
	ck_assert_int_eq(lite_ack("a", 1, ms), 0);
	ck_assert_int_eq(peer_committed(lite_peer, "G", "%LMQ%$P$a", 0), 2);
	/* Nobody had it. */
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "b"), 0);
	lite_expect_pop("c", "b0");
	lite_end();
}
END_TEST

/* What is out keeps its lite topic back until its time is over. */
START_TEST(lite__comes_again_and_counts)
{
	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	lite_expect_pop("c", "a0");
	lite_send("a", "a1");
	lite_expect_pop("c", "");
	rig_advance(lite_rig, 10001);
	lite_expect_pop("c", "a0 a1");
	ck_assert_str_eq(peer_ext(lite_peer, "orderCountInfo"), "0 qo0%0 1");
	lite_end();
}
END_TEST

START_TEST(lite__is_acknowledged_by_its_rules)
{
	struct rmqi_h_ack_message h;
	int64_t ms;

	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	lite_expect_pop("c", "a0");
	ms = peer_ext_i64(lite_peer, "popTime");
	ck_assert_int_eq(lite_ack("a", 7, ms), RMQI_RESP_NO_MESSAGE);
	ck_assert_int_eq(lite_ack("a", 0, ms - 1), RMQI_RESP_MESSAGE_ILLEGAL);
	h = lite_ack_header(0, ms);
	RMQI_SET(&h, ack_message, liteTopic, RMQI_STR("a"));
	h.queueId = 1;
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message,
				  &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	h.queueId = 0;
	h.consumerGroup = RMQI_STR("other");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_ACK_MESSAGE, &rmqi_desc_ack_message,
				  &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_int_eq(lite_ack("a", 0, ms), 0);
	lite_end();
}
END_TEST

START_TEST(lite__that_waits_is_woken_by_a_message_an_ack_and_time)
{
	struct rmqi_h_pop_lite_message h;
	int64_t before, ms;

	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	lite_expect_pop("c", "a0");
	ms = peer_ext_i64(lite_peer, "popTime");
	h = lite_pop_header("c");
	h.pollTime = 30000;
	before = rig_now(lite_rig);
	/* Virtual time runs while the answer is waited for. */
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 0);
	ck_assert_int_ge(rig_now(lite_rig) - before, 9000);
	ck_assert_int_le(rig_now(lite_rig) - before, 11000);
	ck_assert_str_eq(lite_popped(), "a0");
	ms = peer_ext_i64(lite_peer, "popTime");
	ck_assert_int_eq(lite_ack("a", 0, ms), 0);
	h = lite_pop_header("c");
	h.pollTime = 3000;
	before = rig_now(lite_rig);
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_int_ge(rig_now(lite_rig) - before, 2900);
	lite_end();
}
END_TEST

START_TEST(lite__of_an_exclusive_group_goes_to_who_came_last)
{
	lite_begin();
	ck_assert_int_eq(lite_make_group("G", ",\"+lite.sub.model\":\"Exclusive\""), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "old", "a"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "heir", "a"), 0);
	rig_advance(lite_rig, 10);
	ck_assert_str_eq(lite_taken, "old a");
	lite_send("a", "a0");
	lite_expect_pop("old", "");
	lite_taken[0] = '\0';
	ck_assert_int_eq(lite_tell(RMQI_LITE_SET, "old", "a"), 0);
	rig_advance(lite_rig, 10);
	ck_assert_str_eq(lite_taken, "old a");
	lite_expect_pop("old", "");
	lite_expect_pop("heir", "a0");
	lite_end();
}
END_TEST

START_TEST(lite__set_is_exactly_what_it_says)
{
	static const char *const two[] = {"a", "b"};

	lite_begin();
	ck_assert_int_eq(lite_ctl(lite_order(RMQI_LITE_SET, "c", "G", two, 2)), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_SET, "c", "b"), 0);
	lite_send("a", "a0");
	lite_send("b", "b0");
	lite_expect_pop("c", "b0");
	ck_assert_int_eq(lite_tell(RMQI_LITE_FORGET, "c", "b"), 0);
	lite_send("b", "b1");
	rig_advance(lite_rig, 20000);
	lite_expect_pop("c", "");
	lite_end();
}
END_TEST

START_TEST(lite__of_a_silent_client_is_forgotten)
{
	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	rig_advance(lite_rig, 170 * 1000);
	ck_assert_int_eq(lite_tell(RMQI_LITE_SET, "c", "a"), 0);
	rig_advance(lite_rig, 170 * 1000);
	lite_send("a", "a0");
	lite_expect_pop("c", "a0");
	rig_advance(lite_rig, 200 * 1000);
	lite_expect_pop("c", "");
	lite_end();
}
END_TEST

/* One of the group, and another one when it does not come for it. */
START_TEST(lite__that_is_not_fetched_goes_to_another)
{
	int got = 0;

	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c1", "a"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c2", "a"), 0);
	lite_send("a", "a0");
	for (int i = 0; i < 3 && got == 0; i++) {
		got = lite_pop("c2") == 0;
		rig_advance(lite_rig, 11000);
	}
	ck_assert_int_eq(got, 1);
	lite_end();
}
END_TEST

START_TEST(lite__is_refused_with_its_reason)
{
	struct rmqi_h_pop_lite_message h;

	lite_begin();
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL, NULL),
			 RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_str_eq(peer_remark(lite_peer), "Request body is null.");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_LITE_SUBSCRIPTION_CTL, NULL, NULL, "{}"),
			 RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_int_eq(lite_tell(RMQI_LITE_UNKNOWN, "c", "a"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(lite_make_group("W", ",\"+lite.sub.wildcard\":\"true\""), 0);
	ck_assert_int_eq(lite_ctl(lite_order(RMQI_LITE_ADD, "w", "W", (const char *[]){"a"}, 1)),
			 RMQI_RESP_ILLEGAL_OPERATION);
	h = lite_pop_header("c");
	h.topic = RMQI_STR("none");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_int_eq(lite_make_topic("N", "+message.type=NORMAL"), 0);
	h.topic = RMQI_STR("N");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(lite_peer), "the topic [N] message type not match");
	h.topic = RMQI_STR("P");
	h.consumerGroup = RMQI_STR("unbound");
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_POP_LITE_MESSAGE,
				  &rmqi_desc_pop_lite_message, &h, NULL),
			 RMQI_RESP_INVALID_PARAMETER);
	ck_assert_str_eq(peer_remark(lite_peer), "subscription bind topic not match, unbound");
	ck_assert_int_eq(lite_make_topic("X", "+lite.topic.expiration=50000"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(lite_peer), "value is not in range(-1, 43200)");
	lite_end();
}
END_TEST

START_TEST(lite__has_quotas)
{
	lite_begin_with(LITE_SETTINGS "enableLmqQuota=true\nmaxLmqConsumeQueueNum=2\n"
			    "maxLiteSubscriptionCount=2\n");
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "b"), 0);
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "x"), RMQI_RESP_LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
	lite_send("a", "a0");
	lite_send("b", "b0");
	ck_assert_int_eq(peer_send(lite_peer, "P", 0, "x", "__LITE_TOPIC=new"),
			 RMQI_RESP_LMQ_QUOTA_EXCEEDED);
	lite_send("a", "a1");
	lite_end();
}
END_TEST

/* A group of all lite topics. */
START_TEST(lite__wildcard_has_what_comes)
{
	lite_begin();
	lite_send("a", "a0");
	ck_assert_int_eq(lite_make_group("G", ",\"+lite.sub.wildcard\":\"true\""), 0);
	ck_assert_int_eq(lite_ctl(lite_order(RMQI_LITE_SET, "c", "G", NULL, 0)), 0);
	lite_send("b", "b0");
	lite_expect_pop("c", "a0 b0");
	lite_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lite__is_handed_out_to_who_has_it,
		lite__comes_again_and_counts,
		lite__is_acknowledged_by_its_rules,
		lite__that_waits_is_woken_by_a_message_an_ack_and_time,
		lite__of_an_exclusive_group_goes_to_who_came_last,
		lite__set_is_exactly_what_it_says,
		lite__of_a_silent_client_is_forgotten,
		lite__that_is_not_fetched_goes_to_another,
		lite__is_refused_with_its_reason,
		lite__has_quotas,
		lite__wildcard_has_what_comes,
	};

	return run_suite("lite", tests, RMQI_COUNT(tests));
}
