/* SPDX-License-Identifier: Apache-2.0 */
/* A push consumer whose queues are popped: what becomes of its messages. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum {
	POP = RMQI_REQ_POP_MESSAGE,
	ACK = RMQI_REQ_ACK_MESSAGE,
	BATCH = RMQI_REQ_BATCH_ACK_MESSAGE,
	CHANGE = RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
	QUESTION = RMQI_REQ_NOTIFICATION,
	BACK = RMQI_REQ_CONSUMER_SEND_MSG_BACK
};

#define POPPED                                                                                     \
	"clientRebalance=false;consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;popInvisibleTime=10000;" \
	"rebalanceWaitInterval=1000;pullTimeDelayMillsWhenException=1000"

static struct rig *begin(const char *settings)
{
	char all[512];
	struct rig *r;

	snprintf(all, sizeof(all), POPPED "%s%s", settings ? ";" : "", settings ? settings : "");
	r = rig_new(1, 2, all);
	fake_broker_pops(r->broker, true);
	return r;
}

static unsigned asked(const struct rig *r, int code)
{
	return fake_broker_count(r->broker, code);
}

static bool last_is(const struct rig *r, int code, const char *key, const char *value)
{
	return strcmp(fake_broker_last(r->broker, code, key), value) == 0;
}

/* --- Messages ---------------------------------------------------------------------------------------- */

START_TEST(popped__messages_of_all_queues_are_acknowledged)
{
	struct rig *r = begin(NULL);

	rig_put(r, 3);
	fake_broker_put(r->broker, "T", 1, "other", NULL);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_str_eq(r->seen[0].topic, "T");
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert(last_is(r, POP, "queueId", "-1"));
	ck_assert(last_is(r, RMQI_REQ_PULL_MESSAGE, "topic", RETRY_G));
	/* Brokers keep the offsets. */
	ck_assert_uint_eq(asked(r, RMQI_REQ_UPDATE_CONSUMER_OFFSET), 0);
	rig_free(r);
}
END_TEST

START_TEST(popped__messages_are_told_together)
{
	struct rig *r = begin("consumeThreadMax=1;consumeMessageBatchMaxSize=32");

	rig_put(r, 32);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 32);
	ck_assert_uint_eq(asked(r, BATCH), 1);
	ck_assert_uint_eq(asked(r, ACK), 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(popped__message_wakes_who_has_none)
{
	struct rig *r = begin(NULL);

	rig_start(r);
	rig_advance(r, 60000);
	/* It waits at the broker, and does not ask over and over. */
	ck_assert_uint_le(asked(r, QUESTION), 14);
	fake_broker_put(r->broker, "T", 1, "late", NULL);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "late"), 1);
	rig_free(r);
}
END_TEST

START_TEST(popped__message_that_the_filter_refuses_is_done)
{
	struct rig *r = begin(NULL);

	fake_broker_put(r->broker, "T", 0, "wanted", "a");
	fake_broker_put(r->broker, "T", 0, "other", "b");
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "a", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_OK);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

/* Virtual time goes on within a listener: what is out is looked at there. */
static size_t out_at[SEEN_MAX];

static void note_out(struct rig *r, const rmq_message *m)
{
	(void)m;
	out_at[r->seen_count - 1] = fake_broker_out(r->broker);
}

START_TEST(popped__messages_are_no_more_than_the_threshold)
{
	struct rig *r = begin("popThresholdForQueue=10;popBatchNums=5;consumeThreadMax=1");

	r->slow_ms = 100;
	r->during = note_out;
	rig_put(r, 100);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 100);
	/* Paused once it has more than 10. */
	ck_assert_uint_eq(out_at[0], 15);
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_uint_le(out_at[i], 16);
	ck_assert(last_is(r, POP, "maxMsgNums", "5"));
	rig_free(r);
}
END_TEST

START_TEST(suspended__nothing_is_popped)
{
	struct rig *r = begin(NULL);

	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_put(r, 1);
	rig_advance(r, 8000);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

/* --- With a filter -------------------------------------------------------------------------------------- */

/* Each pop goes on by a part of the queue: one that brings nothing is no reason to wait. */
START_TEST(backlog__that_the_filter_passes_over_is_not_waited_for)
{
	struct rig *r = begin(NULL);
	unsigned questions;

	rig_start(r);
	rig_advance(r, 3000);
	questions = asked(r, QUESTION);
	fake_broker_barren(r->broker, 16);
	rig_put(r, 1);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_uint_le(asked(r, QUESTION) - questions, 1);
	rig_free(r);
}
END_TEST

/* Others have it, or what is left does not get less: who pops and asks in vain waits. */
START_TEST(backlog__that_does_not_get_less_is_asked_for_now_and_then)
{
	struct rig *r = begin(NULL);
	unsigned pops;

	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_barren(r->broker, FAKE_FOREVER);
	rig_put(r, 1);
	rig_advance(r, 3000);
	pops = asked(r, POP);
	rig_advance(r, 10000);
	ck_assert_uint_ge(asked(r, POP) - pops, 15);
	ck_assert_uint_le(asked(r, POP) - pops, 40);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_free(r);
}
END_TEST

/* Others take it, and have the locks: what there is gets less with each pop, and none brings a message. */
START_TEST(backlog__that_others_take_is_not_popped_without_a_pause)
{
	struct rig *r = begin(NULL);
	unsigned pops;

	rig_start(r);
	rig_advance(r, 3000);
	pops = asked(r, POP);
	fake_broker_barren(r->broker, 10000);
	rig_put(r, 1);
	rig_advance(r, 1000);
	ck_assert_uint_ge(asked(r, POP) - pops, 20);
	ck_assert_uint_le(asked(r, POP) - pops, 150);
	rig_free(r);
}
END_TEST

/* A word after a wait is of a message that has just come, whatever was in vain before. */
START_TEST(backlog__that_others_took_delays_nothing_later)
{
	struct rig *r = begin(NULL);

	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_barren(r->broker, FAKE_FOREVER);
	rig_put(r, 1);
	rig_advance(r, 3000);
	fake_broker_set_committed(r->broker, "T", 0, 1);
	fake_broker_barren(r->broker, 0);
	rig_advance(r, 3000);
	fake_broker_put(r->broker, "T", 0, "next", NULL);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "next"), 1);
	rig_free(r);
}
END_TEST

/* --- With a rate limit ---------------------------------------------------------------------------------- */

START_TEST(rated__messages_come_each_once_at_the_limit)
{
	struct rig *r = begin("popInvisibleTime=5000;consumeRateLimit=5");

	rig_put(r, 100);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 100);
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_int_eq(r->seen[i].times, 0);
	ck_assert_int_ge(r->seen[50].at_ms - r->seen[0].at_ms, 9000);
	ck_assert_int_ge(r->seen[10].at_ms - r->seen[0].at_ms, 1600);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(rated__messages_that_waited_too_long_cost_nothing)
{
	struct rig *r = begin("consumeRateLimit=320");

	rig_put(r, 500);
	rig_start(r);
	while (r->seen_count == 0)
		rig_advance(r, 1);
	/* 32 messages more wait here behind these, which cost half a minute now. */
	ck_assert_int_eq(rmqi_push_consumer_set_rate_limit(r->consumer, 1, NULL), RMQ_OK);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 32);
	rig_advance(r, 40000);
	ck_assert_uint_ge(r->seen_count, 32 + 15);
	ck_assert_uint_le(r->seen_count, 32 + 20);
	rig_free(r);
}
END_TEST

/* --- Again --------------------------------------------------------------------------------------------- */

START_TEST(failed__message_comes_again_by_its_deliveries)
{
	struct rig *r = begin(NULL);

	r->fail_times = 2;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert(last_is(r, CHANGE, "invisibleTime", "10000"));
	rig_advance(r, 17000);
	ck_assert(last_is(r, CHANGE, "invisibleTime", "30000"));
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_ge(r->seen[1].at_ms - r->seen[0].at_ms, 10000);
	ck_assert_int_ge(r->seen[2].at_ms - r->seen[1].at_ms, 30000);
	ck_assert_int_eq(r->seen[2].times, 2);
	ck_assert_str_eq(r->seen[2].topic, "T");
	ck_assert_uint_eq(asked(r, CHANGE), 2);
	ck_assert_uint_eq(asked(r, BACK), 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(failed__message_comes_again_by_the_listeners_level)
{
	struct rig *r = begin(NULL);

	r->fail_times = 1;
	r->delay_level = 99;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert(last_is(r, CHANGE, "invisibleTime", "7200000"));
	rig_free(r);
}
END_TEST

START_TEST(failed__messages_of_a_call_are_those_behind_its_ack_index)
{
	struct rig *r = begin("consumeThreadMax=1;consumeMessageBatchMaxSize=4");

	r->ack_index = 1;
	rig_put(r, 4);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(asked(r, CHANGE), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 2);
	rig_free(r);
}
END_TEST

START_TEST(used_up__message_becomes_a_dead_letter_and_is_done)
{
	struct rig *r = begin("maxReconsumeTimes=1");

	r->status = RMQ_RECONSUME_LATER;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(asked(r, BACK), 0);
	rig_advance(r, 17000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_uint_eq(asked(r, BACK), 1);
	ck_assert(last_is(r, BACK, "delayLevel", "-1"));
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 2);
	rig_free(r);
}
END_TEST

START_TEST(used_up__message_that_cannot_become_one_comes_again)
{
	struct rig *r = begin("maxReconsumeTimes=0");

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, RMQI_REQ_SEND_MESSAGE_V2, RMQI_RESP_SYSTEM_ERROR,
			   FAKE_FOREVER);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 4000);
	ck_assert_uint_eq(fake_broker_out(r->broker), 1);
	rig_advance(r, 30000);
	ck_assert_uint_ge(r->seen_count, 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

/* --- Faults --------------------------------------------------------------------------------------------- */

START_TEST(ack__that_is_lost_is_told_again)
{
	struct rig *r = begin(NULL);

	fake_broker_refuse(r->broker, ACK, FAKE_NO_ANSWER, 1);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 8000);
	ck_assert_uint_eq(asked(r, ACK), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

START_TEST(ack__that_nobody_takes_is_told_to_the_user)
{
	struct rig *r = begin(NULL);

	fake_broker_refuse(r->broker, ACK, RMQI_RESP_SYSTEM_ERROR, 1);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 8000);
	ck_assert_ptr_nonnull(strstr(r->log, "acknowledgement of popped messages"));
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_ptr_nonnull(strstr(r->over, "acknowledgement of popped messages"));
	rig_free(r);
}
END_TEST

START_TEST(ack__of_many_is_one_for_each_where_no_batch_is_known)
{
	struct rig *r = begin("consumeThreadMax=1;consumeMessageBatchMaxSize=32");

	fake_broker_refuse(r->broker, BATCH, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	rig_put(r, 3);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(asked(r, ACK), 3);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(broker__that_was_away_is_popped_again)
{
	struct rig *r = begin(NULL);

	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_refuse(r->broker, POP, FAKE_CLOSE, 3);
	rig_put(r, 2);
	rig_advance(r, 30000);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	ck_assert_int_eq(rig_seen(r, "m0001"), 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	fake_broker_hang_up(r->broker);
	fake_broker_put(r->broker, "T", 1, "later", NULL);
	rig_advance(r, 10000);
	ck_assert_int_eq(rig_seen(r, "later"), 1);
	rig_free(r);
}
END_TEST

START_TEST(broker__that_is_busy_is_popped_again)
{
	struct rig *r = begin(NULL);

	fake_broker_refuse(r->broker, POP, RMQI_RESP_FLOW_CONTROL, 2);
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 2);
	rig_free(r);
}
END_TEST

static void be_quick_from_now_on(struct rig *r, const rmq_message *m)
{
	(void)m;
	r->slow_ms = 0;
}

START_TEST(late__listener_is_told_and_its_message_comes_again)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 15000;
	r->during = be_quick_from_now_on;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 20000);
	ck_assert_ptr_nonnull(strstr(r->log, "not done within popInvisibleTime (10000 ms)"));
	rig_advance(r, 20000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_int_eq(r->seen[1].times, 1);
	/* What it said at first does not count. */
	ck_assert_uint_eq(asked(r, ACK), 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(late__message_is_not_given_to_a_listener)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 15000;
	r->during = be_quick_from_now_on;
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 60000);
	/* The second one waited for the thread too long: it is seen once, as a second delivery. */
	ck_assert_int_eq(rig_seen(r, "m0000"), 2);
	ck_assert_int_eq(rig_seen(r, "m0001"), 1);
	ck_assert_int_eq(r->seen[1].times, 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(slow__listeners_messages_are_told_one_by_one)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 4000;
	r->during = note_out;
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 15000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_uint_eq(out_at[0], 2);
	ck_assert_uint_eq(out_at[1], 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

START_TEST(close__waits_until_the_acks_are_taken)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 3000;
	fake_broker_refuse(r->broker, ACK, FAKE_NO_ANSWER, 1);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 9000, NULL), RMQ_OK);
	ck_assert_uint_eq(asked(r, ACK), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		popped__messages_of_all_queues_are_acknowledged,
		popped__messages_are_told_together,
		popped__message_wakes_who_has_none,
		popped__message_that_the_filter_refuses_is_done,
		popped__messages_are_no_more_than_the_threshold,
		suspended__nothing_is_popped,
		backlog__that_the_filter_passes_over_is_not_waited_for,
		backlog__that_does_not_get_less_is_asked_for_now_and_then,
		backlog__that_others_take_is_not_popped_without_a_pause,
		backlog__that_others_took_delays_nothing_later,
		rated__messages_come_each_once_at_the_limit,
		rated__messages_that_waited_too_long_cost_nothing,
		failed__message_comes_again_by_its_deliveries,
		failed__message_comes_again_by_the_listeners_level,
		failed__messages_of_a_call_are_those_behind_its_ack_index,
		used_up__message_becomes_a_dead_letter_and_is_done,
		used_up__message_that_cannot_become_one_comes_again,
		ack__that_is_lost_is_told_again,
		ack__that_nobody_takes_is_told_to_the_user,
		ack__of_many_is_one_for_each_where_no_batch_is_known,
		broker__that_was_away_is_popped_again,
		broker__that_is_busy_is_popped_again,
		late__listener_is_told_and_its_message_comes_again,
		late__message_is_not_given_to_a_listener,
		slow__listeners_messages_are_told_one_by_one,
		close__waits_until_the_acks_are_taken,
	};

	return run_suite("push_pop", tests, RMQI_COUNT(tests));
}
