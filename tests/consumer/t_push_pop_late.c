/* SPDX-License-Identifier: Apache-2.0 */
/* A push consumer whose queues are popped: listeners that are slow now and then, or hang, and the end. */
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define POPPED                                                                                     \
	"clientRebalance=false;consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;popInvisibleTime=10000;" \
	"rebalanceWaitInterval=1000;pullTimeDelayMillsWhenException=1000"

static struct rig *begin(const char *settings)
{
	char all[512];
	struct rig *r;

	snprintf(all, sizeof(all), POPPED ";%s", settings);
	r = rig_new(1, 2, all);
	fake_broker_pops(r->broker, true);
	return r;
}

/* --- One slow message ---------------------------------------------------------------------------- */

static size_t out_within;

/* Its second delivery takes no time: a listener that waits here keeps those before it waiting. */
static void note_out_once(struct rig *r, int64_t since_ms)
{
	if (since_ms > 1000)
		return;
	out_within = fake_broker_out(r->broker);
	r->slow_ms = 0;
}

/* So many quick messages, then 32 in one answer, of which `slow` holds its listener up for longer than it has. */
static struct rig *hold_up(const char *settings, int before, const char *slow)
{
	struct rig *r = begin(settings);

	out_within = 0;
	r->meanwhile = note_out_once;
	if (before > 0) {
		rig_put(r, before);
		rig_start(r);
		rig_advance(r, 3000);
		ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	}
	r->slow_body = slow;
	r->slow_ms = 15000;
	for (int i = 0; i < 32; i++) {
		char body[32];

		snprintf(body, sizeof(body), "s%02d", i);
		fake_broker_put(r->broker, "T", 0, body, NULL);
	}
	if (before == 0)
		rig_start(r);
	rig_advance(r, 60000);
	return r;
}

/* What is done is told while the listener has that one, and only that one comes again. */
static void expect_one_again(struct rig *r, int before, const char *slow)
{
	ck_assert_uint_eq(out_within, 1);
	ck_assert_uint_eq(r->seen_count, (size_t)before + 32 + 1);
	ck_assert_int_eq(rig_seen(r, slow), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}

START_TEST(slow__last_message_of_a_quick_listener_keeps_no_other_back)
{
	expect_one_again(hold_up("consumeThreadMax=20", 20, "s31"), 20, "s31");
}
END_TEST

START_TEST(slow__message_among_others_keeps_none_back)
{
	expect_one_again(hold_up("consumeThreadMax=20", 20, "s07"), 20, "s07");
}
END_TEST

START_TEST(slow__message_of_a_single_thread_keeps_none_back_that_is_done)
{
	expect_one_again(hold_up("consumeThreadMax=1", 20, "s31"), 20, "s31");
}
END_TEST

/* Posted as a slow listener's: its cost is not known yet. */
START_TEST(slow__message_behind_quick_ones_of_the_first_answer_keeps_none_back)
{
	expect_one_again(hold_up("consumeThreadMax=1", 0, "s31"), 0, "s31");
}
END_TEST

/* --- Listeners that do not return ----------------------------------------------------------------- */

static int seen_before, seen_after;

/* The first three calls hang, and each waits within the one before it: nobody is back before all are. */
static void note_fourth(struct rig *r, int64_t since_ms)
{
	if (r->seen_count >= 3)
		r->slow_ms = 0;
	/* Nothing else makes the queue go on. */
	fake_broker_refuse(r->broker, RMQI_REQ_QUERY_ASSIGNMENT, FAKE_NO_ANSWER, FAKE_FOREVER);
	if (since_ms < 55000)
		seen_before = rig_seen(r, "m0015");
	if (since_ms < 80000)
		seen_after = rig_seen(r, "m0015");
}

START_TEST(late__listeners_hold_their_queue_up_no_longer_than_consume_timeout)
{
	struct rig *r = begin("popThresholdForQueue=10;popBatchNums=5;consumeMessageBatchMaxSize=5;"
			      "consumeTimeout=1;popInvisibleTime=300000");

	seen_before = seen_after = 0;
	r->slow_ms = 100000;
	r->meanwhile = note_fourth;
	rig_put(r, 20);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_ge(r->seen_count, 20);
	ck_assert_int_eq(seen_before, 0);
	ck_assert_int_eq(seen_after, 1);
	ck_assert_ptr_nonnull(strstr(r->log, "(consumeTimeout), and others of this pull: it is "
					     "left to its broker, which delivers it again"));
	rig_free(r);
}
END_TEST

/* --- A machine that is suspended ---------------------------------------------------------------------- */

static void fall_asleep(struct rig *r, int64_t since_ms)
{
	(void)since_ms;
	r->slow_ms = 0;
	rmqi_clock_suspend(r->env.clock, 60000);
}

/* The time of what was popped goes on: neither the one at work nor the one behind it is ours any more. */
START_TEST(suspended__machine_has_nothing_that_was_popped_before)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 2500;
	r->meanwhile = fall_asleep;
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 2);
	ck_assert_ptr_nonnull(strstr(r->log, "not done within popInvisibleTime"));
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

/* --- What is counted --------------------------------------------------------------------------------- */

static struct rmqi_stats_sum sum_of(const struct rig *r)
{
	RMQI_LIST_EACH(node, &r->consumer->member.consumer.subs.list) {
		const struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (strcmp(rmqi_sub_topic(sub), "T") == 0)
			return sub->stats->now;
	}
	return (struct rmqi_stats_sum){0};
}

static void be_quick_from_now_on(struct rig *r, int64_t since_ms)
{
	(void)since_ms;
	r->slow_ms = 0;
}

/* The first one is done too late; the second one has waited for too long, and no listener gets it. Both come again. */
START_TEST(late__messages_do_not_count_as_consumed)
{
	struct rig *r = begin("consumeThreadMax=1");
	struct rmqi_stats_sum sum;

	r->slow_ms = 15000;
	r->meanwhile = be_quick_from_now_on;
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 60000);
	sum = sum_of(r);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(sum.pulled, 4);
	ck_assert_int_eq(sum.done - sum.failures, 2);
	rig_free(r);
}
END_TEST

START_TEST(late__message_that_failed_is_told_to_be_late)
{
	struct rig *r = begin("consumeThreadMax=1");

	r->slow_ms = 15000;
	r->meanwhile = be_quick_from_now_on;
	r->fail_times = 1;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_ptr_nonnull(strstr(r->log, "not done within popInvisibleTime (10000 ms)"));
	ck_assert_ptr_nonnull(strstr(r->over, "acknowledgement of popped messages"));
	rig_free(r);
}
END_TEST

static void pull_from_now_on(struct rig *r, int64_t since_ms)
{
	(void)since_ms;
	fake_broker_pops(r->broker, false);
}

START_TEST(failed__message_of_a_queue_that_is_dropped_is_not_counted_down)
{
	struct rig *r = begin("consumeThreadMax=1");
	struct rmqi_stats_sum sum;

	r->slow_ms = 5000;
	r->meanwhile = pull_from_now_on;
	r->fail_times = 1;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 6000);
	sum = sum_of(r);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(sum.failed, 1);
	ck_assert_int_eq(sum.done - sum.failures, 0);
	rig_free(r);
}
END_TEST

/* --- The end ---------------------------------------------------------------------------------------- */

START_TEST(close__waits_until_the_ack_behind_a_dead_letter_is_taken)
{
	struct rig *r = begin("maxReconsumeTimes=0;consumeThreadMax=1;popInvisibleTime=60000");

	r->status = RMQ_RECONSUME_LATER;
	r->slow_ms = 3000;
	fake_broker_refuse(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, FAKE_NO_ANSWER, 1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, 1);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 20000, NULL), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slow__last_message_of_a_quick_listener_keeps_no_other_back,
		slow__message_among_others_keeps_none_back,
		slow__message_of_a_single_thread_keeps_none_back_that_is_done,
		slow__message_behind_quick_ones_of_the_first_answer_keeps_none_back,
		late__listeners_hold_their_queue_up_no_longer_than_consume_timeout,
		suspended__machine_has_nothing_that_was_popped_before,
		late__messages_do_not_count_as_consumed,
		late__message_that_failed_is_told_to_be_late,
		failed__message_of_a_queue_that_is_dropped_is_not_counted_down,
		close__waits_until_the_ack_behind_a_dead_letter_is_taken,
	};

	return run_suite("push_pop_late", tests, RMQI_COUNT(tests));
}
