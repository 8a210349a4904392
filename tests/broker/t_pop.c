/* SPDX-License-Identifier: Apache-2.0 */
/* t_pop.c - POP_MESSAGE: what is popped, by whom, and what comes again (PopMessageProcessor, PopReviveService). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/pop_stage.h"

/* --- What is popped ------------------------------------------------------------------------------------ */

START_TEST(pop__hands_out_in_order_with_offsets)
{
	pop_begin();
	pop_send(0, 3);

	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(peer_message(peer, i).queue_offset, (int64_t)i);
	ck_assert_str_eq(peer_ext(peer, "startOffsetInfo"), "0 0 0");
	ck_assert_str_eq(peer_ext(peer, "msgOffsetInfo"), "0 0 0,1,2");
	ck_assert_ptr_null(peer_ext(peer, "orderCountInfo"));
	ck_assert_int_eq(peer_ext_i64(peer, "restNum"), 0);
	ck_assert_int_eq(peer_ext_i64(peer, "popTime"), rig_now(rig));
	ck_assert_int_eq(peer_ext_i64(peer, "invisibleTime"), 60000);
	ck_assert_int_eq(peer_ext_i64(peer, "reviveQid"), 0);
	ck_assert_str_eq(peer_remark(peer), "FOUND");

	pop_end();
}
END_TEST

START_TEST(pop__of_nothing_says_so)
{
	pop_begin();

	ck_assert_int_eq(peer_pop(peer), RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_str_eq(peer_remark(peer), "NO_MESSAGE_IN_QUEUE");
	ck_assert_str_eq(peer_ext(peer, "startOffsetInfo"), "");
	ck_assert_int_eq(peer_ext_i64(peer, "restNum"), 0);

	pop_end();
}
END_TEST

START_TEST(pop__takes_no_more_than_was_asked_and_tells_the_rest)
{
	struct rmqi_h_pop_message h;

	pop_begin();
	pop_send(0, 40);
	h = pop_header(peer);
	h.maxMsgNums = 5;

	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 5);
	ck_assert_int_eq(peer_ext_i64(peer, "restNum"), 35);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 32);
	ck_assert_int_eq(peer_message(peer, 0).queue_offset, 5);
	ck_assert_int_eq(peer_ext_i64(peer, "reviveQid"), 1);

	pop_end();
}
END_TEST

START_TEST(pop__of_all_queues_starts_at_any_of_them)
{
	struct rmqi_h_pop_message h;
	unsigned first_of = 0;

	pop_begin_with(NULL, 4);
	for (int32_t id = 0; id < 4; id++)
		pop_send(id, 25);
	h = pop_header(peer);
	h.maxMsgNums = 1;

	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(peer_pop_with(peer, &h), 0);
		if (i < 40)
			first_of |= 1u << peer_message(peer, 0).queue_id;
	}
	ck_assert_uint_eq(first_of, 0xf);
	pop_expect_nothing();

	pop_end();
}
END_TEST

START_TEST(pop__of_one_queue_leaves_the_others)
{
	struct rmqi_h_pop_message h;

	pop_begin_with(NULL, 2);
	pop_send(0, 2);
	pop_send(1, 3);
	h = pop_header(peer);
	h.queueId = 1;

	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);
	ck_assert_int_eq(peer_pop_with(peer, &h), RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);

	pop_end();
}
END_TEST

START_TEST(pop__by_many_members_gives_each_message_once)
{
	struct peer *other;
	struct rmqi_h_pop_message h;
	uint64_t seen = 0;

	pop_begin();
	other = peer_new(rig);
	pop_send(0, 60);
	h = pop_header(peer);
	h.maxMsgNums = 7;

	for (int i = 0; seen != (UINT64_C(1) << 60) - 1; i++) {
		struct peer *p = i % 2 ? other : peer;

		ck_assert_int_eq(peer_pop_with(p, &h), 0);
		for (size_t k = 0; k < peer_message_count(p); k++) {
			uint64_t bit = UINT64_C(1) << peer_message(p, k).queue_offset;

			ck_assert_uint_eq(seen & bit, 0);
			seen |= bit;
		}
	}

	peer_free(other);
	pop_end();
}
END_TEST

START_TEST(pop__of_two_groups_gives_both_everything)
{
	struct rmqi_h_pop_message h;

	pop_begin();
	pop_send(0, 3);

	ck_assert_int_eq(peer_pop(peer), 0);
	h = pop_header(peer);
	h.consumerGroup = RMQI_STR("H");
	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);

	pop_end();
}
END_TEST

START_TEST(pop__filters_by_tag)
{
	struct rmqi_h_pop_message h;

	pop_begin();
	pop_send(0, 2);
	ck_assert_int_eq(peer_send(peer, "T", 0, "wanted", "TAGS=B"), 0);
	pop_send(0, 2);
	h = pop_header(peer);
	RMQI_SET(&h, pop_message, exp, RMQI_STR("B || C"));

	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_str_eq(peer_popped(peer, 0).body, "wanted");
	ck_assert_str_eq(peer_ext(peer, "startOffsetInfo"), "0 0 0");
	ck_assert_str_eq(peer_ext(peer, "msgOffsetInfo"), "0 0 2");
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 5);
	RMQI_SET(&h, pop_message, exp, RMQI_STR("||"));
	ck_assert_int_eq(peer_pop_with(peer, &h), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);

	pop_end();
}
END_TEST

/* In the retry topic, too; the broker's enablePropertyFilter, which is off, rules pulls only. */
START_TEST(pop__filters_by_sql92)
{
	struct rmqi_h_pop_message h;

	pop_begin();
	ck_assert_int_eq(peer_send(peer, "T", 0, "3", "a=3"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "4", "a=4"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "none", NULL), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "5", "a=5"), 0);
	h = pop_header(peer);
	RMQI_SET(&h, pop_message, expType, RMQI_STR("SQL92"));
	RMQI_SET(&h, pop_message, exp, RMQI_STR("a > 3"));

	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_str_eq(peer_ext(peer, "msgOffsetInfo"), "0 0 1,3");
	ck_assert_int_eq(peer_pop_with(peer, &h), RMQI_RESP_POLLING_TIMEOUT);
	rig_advance(rig, 60000);
	h.bornTime = rig_now(rig);
	RMQI_SET(&h, pop_message, exp, RMQI_STR("a = 5"));
	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_str_eq(peer_popped(peer, 0).body, "5");
	pop_end();
}
END_TEST

START_TEST(pop__by_what_cannot_be_compiled_is_refused)
{
	static const char *const bad[][2] = {{"SQL92", "a >"}, {"SQL95", "a > 3"}};
	struct rmqi_h_pop_message h;

	pop_begin();
	pop_send(0, 1);
	h = pop_header(peer);
	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		RMQI_SET(&h, pop_message, expType, rmqi_str(bad[i][0]));
		RMQI_SET(&h, pop_message, exp, rmqi_str(bad[i][1]));
		ck_assert_int_eq(peer_pop_with(peer, &h), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
		ck_assert_str_eq(peer_remark(peer), "parse the consumer's subscription failed");
	}
	pop_end();
}
END_TEST

START_TEST(pop__of_a_new_group_begins_where_it_was_asked)
{
	static const struct {
		const char *conf;
		int32_t init_mode;
		size_t count;
	} rows[] = {
		{NULL, 0, 3},
		{NULL, 1, 3},
		{"initPopOffsetByCheckMsgInMem=false", 1, 1},
	};

	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		struct rmqi_h_pop_message h;

		pop_begin_with(rows[i].conf, 1);
		pop_send(0, 3);
		h = pop_header(peer);
		h.initMode = rows[i].init_mode;
		ck_assert_int_eq(peer_pop_with(peer, &h), 0);
		ck_assert_uint_eq(peer_message_count(peer), rows[i].count);
		pop_end();
	}
}
END_TEST

/* --- Refusals -------------------------------------------------------------------------------------------- */

static void expect_refusal(struct rmqi_h_pop_message h, int32_t code, const char *remark)
{
	ck_assert_int_eq(peer_pop_with(peer, &h), code);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer), remark));
}

START_TEST(pop__is_refused_with_its_reason)
{
	struct rmqi_h_pop_message h;

	pop_begin();
	h = pop_header(peer);
	h.bornTime -= 501;
	expect_refusal(h, RMQI_RESP_POLLING_TIMEOUT, "] pop message is timeout too much");
	h = pop_header(peer);
	h.maxMsgNums = 33;
	expect_refusal(h, RMQI_RESP_INVALID_PARAMETER, "] pop message's num is greater than 32");
	ck_assert_int_eq(peer_ext_i64(peer, "popTime"), 0);
	h = pop_header(peer);
	h.maxMsgNums = -1;
	expect_refusal(h, RMQI_RESP_SYSTEM_ERROR,
		       "java.lang.IllegalArgumentException: Illegal Capacity: -1");
	h = pop_header(peer);
	h.topic = RMQI_STR("nowhere");
	expect_refusal(h, RMQI_RESP_TOPIC_NOT_EXIST,
		       "topic[nowhere] not exist, apply first please! ");
	h = pop_header(peer);
	h.queueId = 1;
	expect_refusal(
		h, RMQI_RESP_INVALID_PARAMETER,
		"queueId[1] is illegal, topic:[T] topicConfig.readQueueNums:[1] consumer:[/");
	h = pop_header(peer);
	h.consumerGroup = RMQI_STR("bad group");
	expect_refusal(h, RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
		       "subscription group [bad group] does not exist, ");
	pop_end();
}
END_TEST

START_TEST(pop__is_refused_by_a_broker_that_must_not)
{
	pop_begin_with("brokerPermission=2", 1);
	expect_refusal(pop_header(peer), RMQI_RESP_NO_PERMISSION, "] pop message is forbidden");
	pop_end();
	pop_begin_with("timerWheelEnable=false", 1);
	expect_refusal(pop_header(peer), RMQI_RESP_SYSTEM_ERROR,
		       "pop message is forbidden because timerWheelEnable is false");
	pop_end();
}
END_TEST

/* --- What comes again --------------------------------------------------------------------------------------- */

START_TEST(popped__is_invisible_until_its_time_is_over)
{
	pop_begin();
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);

	rig_advance(rig, 59000);
	pop_expect_nothing();
	rig_advance(rig, 2000);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);

	pop_end();
}
END_TEST

START_TEST(popped__comes_again_from_the_retry_topic)
{
	struct popped first, again;
	char pop_time[32];

	pop_begin();
	pop_send(0, 2);
	ck_assert_int_eq(peer_pop(peer), 0);
	first = peer_popped(peer, 1);
	rig_advance(rig, 61000);

	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	again = peer_popped(peer, 1);
	ck_assert_str_eq(again.body, first.body);
	ck_assert_int_eq(again.is.mark, RMQI_POP_RETRY);
	ck_assert_str_eq(again.topic, "%RETRY%G_T");
	ck_assert_int_eq(again.is.queue_id, 0);
	ck_assert_int_eq(again.is.offset, 1);
	ck_assert_int_eq(again.reconsume_times, 1);
	ck_assert(rmqi_str_is(peer_message(peer, 1).topic, "T"));
	ck_assert_str_eq(peer_property(peer, 1, "TAGS"), "A");
	snprintf(pop_time, sizeof(pop_time), "%lld", (long long)first.is.pop_ms);
	ck_assert_str_eq(peer_property(peer, 1, "1ST_POP_TIME"), pop_time);
	ck_assert_str_eq(peer_ext(peer, "startOffsetInfo"), "1 0 0");
	ck_assert_str_eq(peer_ext(peer, "msgOffsetInfo"), "1 0 0,1");

	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_int_eq(peer_popped(peer, 0).reconsume_times, 2);
	ck_assert_str_eq(peer_property(peer, 0, "1ST_POP_TIME"), pop_time);
	ck_assert_int_eq(peer_popped(peer, 0).is.offset, 2);

	pop_end();
}
END_TEST

START_TEST(popped__comes_again_under_the_name_that_is_configured)
{
	pop_begin_with("enableRetryTopicV2=true\nretrieveMessageFromPopRetryTopicV1=false", 1);
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	rig_advance(rig, 61000);

	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_int_eq(peer_popped(peer, 0).is.mark, RMQI_POP_RETRY_V2);
	ck_assert_str_eq(peer_popped(peer, 0).topic, "%RETRY%G+T");
	ck_assert_str_eq(peer_ext(peer, "startOffsetInfo"), "2 0 0");

	pop_end();
}
END_TEST

/* Apache's broker knows no end of it: who pops counts. */
START_TEST(popped__comes_again_without_end)
{
	pop_begin();
	pop_send(0, 1);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(peer_pop(peer), 0);
		ck_assert_int_eq(peer_popped(peer, 0).reconsume_times, i);
		rig_advance(rig, 61000);
	}
	pop_end();
}
END_TEST

START_TEST(popped__of_a_topic_that_is_gone_is_forgotten)
{
	pop_begin();
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	pop_delete_topic();
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	pop_end();
}
END_TEST

/* --- Offsets ------------------------------------------------------------------------------------------------ */

START_TEST(offset__moves_with_the_pop_so_that_a_pull_goes_on)
{
	pop_begin();
	pop_send(0, 4);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 4);
	pop_send(0, 1);

	ck_assert_int_eq(peer_pull(peer, "G", "T", 0, 4, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 5), 0);
	pop_expect_nothing();

	pop_end();
}
END_TEST

START_TEST(offset__moved_by_an_operator_is_where_the_next_pop_reads)
{
	pop_begin();
	pop_send(0, 4);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);

	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 400), 0);
	pop_expect_nothing();
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 4);

	pop_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pop__hands_out_in_order_with_offsets,
		pop__of_nothing_says_so,
		pop__takes_no_more_than_was_asked_and_tells_the_rest,
		pop__of_all_queues_starts_at_any_of_them,
		pop__of_one_queue_leaves_the_others,
		pop__by_many_members_gives_each_message_once,
		pop__of_two_groups_gives_both_everything,
		pop__filters_by_tag,
		pop__filters_by_sql92,
		pop__by_what_cannot_be_compiled_is_refused,
		pop__of_a_new_group_begins_where_it_was_asked,
		pop__is_refused_with_its_reason,
		pop__is_refused_by_a_broker_that_must_not,
		popped__is_invisible_until_its_time_is_over,
		popped__comes_again_from_the_retry_topic,
		popped__comes_again_under_the_name_that_is_configured,
		popped__comes_again_without_end,
		popped__of_a_topic_that_is_gone_is_forgotten,
		offset__moves_with_the_pop_so_that_a_pull_goes_on,
		offset__moved_by_an_operator_is_where_the_next_pop_reads,
	};

	return run_suite("pop", tests, RMQI_COUNT(tests));
}
