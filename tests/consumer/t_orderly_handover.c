/* SPDX-License-Identifier: Apache-2.0 */
/* t_orderly_handover.c - nobody else gets a queue of an orderly consumer before its last commit. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "tests/consumer/locks_stage.h"
#include "tests/support/suite.h"

/* --- Another member gets the queue ----------------------------------------------------------------------- */

/* From now on one queue of two is OTHER's: queue 0. */
static void other_joins(struct rig *r)
{
	fake_broker_members(r->broker, OTHER "," ME);
	fake_broker_notify(r->broker, "G");
}

static void join_meanwhile(struct rig *r, int64_t since_ms)
{
	if (since_ms == 1000)
		other_joins(r);
	/* For long not ours any more, as the broker sees it. */
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_uint_eq(r->seen_count, 5);
}

START_TEST(handover__waits_for_the_listener_then_commits_then_unlocks)
{
	struct rig *r = locks_begin_queues(2, 10, NULL);

	r->slow_body = "m0004";
	r->slow_ms = 50000;
	r->meanwhile = join_meanwhile;
	rig_start(r);
	rig_advance(r, 51000);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_int_eq(rig_committed(r), 5);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	rig_free(r);
}
END_TEST

START_TEST(handover__of_an_idle_queue_is_done_at_once)
{
	struct rig *r = locks_begin_queues(2, 10, "persistConsumerOffsetInterval=60000");

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rig_committed(r), 0);
	other_joins(r);
	rig_advance(r, 200);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_str_eq(locks_owner(r, 1), ME);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

/* The answer to the commit is waited for, not for ever. */
START_TEST(handover__commits_before_it_unlocks)
{
	struct rig *r = locks_begin_queues(2, 10, "persistConsumerOffsetInterval=60000");

	rig_start(r);
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	other_joins(r);
	rig_advance(r, 4000);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	rig_advance(r, 2000);
	ck_assert_str_eq(locks_owner(r, 0), "");
	rig_free(r);
}
END_TEST

/* A broker loses one of two first commits of a group that come at once. That it tells 0 does not say that it
 * has an offset. */
START_TEST(handover__of_many_queues_sends_the_first_commit_ahead)
{
	struct rig *r = locks_begin_queues(4, 0, "persistConsumerOffsetInterval=60000");
	unsigned before;

	for (int i = 0; i < 4; i++)
		fake_broker_put(r->broker, "T", i, "m0000", NULL);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 4);
	before = fake_broker_count(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET);
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	other_joins(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET),
			  before + 1);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_str_eq(locks_owner(r, 1), ME);
	rig_advance(r, 5000);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_str_eq(locks_owner(r, 1), "");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(fake_broker_committed(r->broker, "T", i), 1);
	rig_free(r);
}
END_TEST

START_TEST(handover__of_a_suspended_queue_does_not_wait)
{
	struct rig *r = locks_begin_queues(2, 10, NULL);

	r->suspend_ms = 30000;
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	other_joins(r);
	rig_advance(r, 200);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_int_eq(rig_committed(r), 0);
	rig_advance(r, MINUTE);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

START_TEST(handover__waits_for_a_dead_letter_on_its_way)
{
	struct rig *r = locks_begin_queues(2, 10, "maxReconsumeTimes=0");

	r->fail_times = 1;
	fake_broker_refuse(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, FAKE_NO_ANSWER, 1);
	rig_start(r);
	rig_advance(r, 1000);
	other_joins(r);
	rig_advance(r, 1000);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	/* It went to the retry topic when the broker did not answer. */
	rig_advance(r, 4500);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(handover__and_back_begins_where_the_other_one_stands)
{
	struct rig *r = locks_begin_queues(2, 10, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 10);
	other_joins(r);
	rig_advance(r, 1000);
	fake_broker_lock(r->broker, "T", 0, OTHER);
	rig_put(r, 10);
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 10);
	fake_broker_members(r->broker, ME);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 2000);
	fake_broker_set_committed(r->broker, "T", 0, 15);
	fake_broker_lock(r->broker, "T", 0, "");
	rig_advance(r, 2000);
	ck_assert_uint_eq(r->seen_count, 15);
	ck_assert_int_eq(r->seen[10].offset, 15);
	rig_free(r);
}
END_TEST

/* --- The same queue again, while a listener still has a message of it -------------------------------------- */

static void subscribe_again(struct rig *r, int64_t since_ms)
{
	if (r->seen_count > 3)
		return;
	if (since_ms == 1000)
		ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	if (since_ms == 5000)
		ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL), RMQ_OK);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	r->slow_ms = since_ms == 25000 ? 0 : r->slow_ms;
}

START_TEST(queue__that_is_subscribed_again_waits_for_its_old_listener)
{
	struct rig *r = locks_begin(10, NULL);

	r->slow_body = "m0002";
	r->slow_ms = 30000;
	r->meanwhile = subscribe_again;
	rig_start(r);
	rig_advance(r, 30000);
	/* What was done before is committed; what ran comes again. */
	rig_advance(r, 60000);
	ck_assert_int_eq(rig_seen(r, "m0001"), 1);
	ck_assert_int_eq(rig_seen(r, "m0002"), 2);
	ck_assert_int_eq(rig_seen(r, "m0009"), 1);
	rig_free(r);
}
END_TEST

static void leave_meanwhile(struct rig *r, int64_t since_ms)
{
	if (since_ms == 1000)
		ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	ck_assert_str_eq(locks_owner(r, 0), ME);
}

START_TEST(unsubscribe__releases_the_lock_when_the_listener_has_returned)
{
	struct rig *r = locks_begin(10, NULL);

	r->slow_body = "m0002";
	r->slow_ms = 30000;
	r->meanwhile = leave_meanwhile;
	rig_start(r);
	rig_advance(r, 31000);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 2);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		handover__waits_for_the_listener_then_commits_then_unlocks,
		handover__of_an_idle_queue_is_done_at_once,
		handover__commits_before_it_unlocks,
		handover__of_many_queues_sends_the_first_commit_ahead,
		handover__of_a_suspended_queue_does_not_wait,
		handover__waits_for_a_dead_letter_on_its_way,
		handover__and_back_begins_where_the_other_one_stands,
		queue__that_is_subscribed_again_waits_for_its_old_listener,
		unsubscribe__releases_the_lock_when_the_listener_has_returned,
	};

	return run_suite("orderly_handover", tests, RMQI_COUNT(tests));
}
