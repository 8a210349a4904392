/* SPDX-License-Identifier: Apache-2.0 */
/* So many messages a second, under virtual time. */
#include <stdio.h>
#include <stdlib.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

static struct rig *begin(int queues, const char *settings)
{
	char all[256];

	snprintf(all, sizeof(all), "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;%s", settings);
	return rig_new(1, queues, all);
}

static void put(struct rig *r, int queue, int count)
{
	char body[32];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "q%d-%04d", queue, i);
		fake_broker_put(r->broker, "T", queue, body, NULL);
	}
}

/* The most that came within a second, begun with any of them. */
static size_t most_in_a_second(const struct rig *r)
{
	size_t most = 0;

	for (size_t i = 0, end = 0; i < r->seen_count; i++) {
		while (end < r->seen_count && r->seen[end].at_ms < r->seen[i].at_ms + 1000)
			end++;
		if (end - i > most)
			most = end - i;
	}
	return most;
}

static size_t seen_of_queue(const struct rig *r, int queue)
{
	size_t n = 0;

	for (size_t i = 0; i < r->seen_count; i++)
		n += r->seen[i].queue_id == queue ? 1 : 0;
	return n;
}

static void set_rate(struct rig *r, int64_t per_second)
{
	ck_assert_int_eq(rmqi_push_consumer_set_rate_limit(r->consumer, per_second, NULL), RMQ_OK);
}

START_TEST(rate__holds_messages_back)
{
	struct rig *r = begin(1, "consumeRateLimit=10");

	put(r, 0, 100);
	rig_start(r);
	rig_advance(r, 5050);
	ck_assert_uint_ge(r->seen_count, 50);
	ck_assert_uint_le(r->seen_count, 51);
	ck_assert_uint_le(most_in_a_second(r), 10);
	/* What is not handed on is not fetched either. */
	ck_assert_int_le(atoi(fake_broker_last(r->broker, RMQI_REQ_PULL_MESSAGE, "queueOffset")),
			 52);
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 100);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

START_TEST(rate__of_a_message_in_some_seconds_is_kept)
{
	struct rig *r = begin(1, "consumeRateLimit=1");

	put(r, 0, 10);
	rig_start(r);
	rig_advance(r, 5500);
	ck_assert_uint_eq(r->seen_count, 6);
	ck_assert_uint_eq(most_in_a_second(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(rate__is_one_of_all_queues_and_they_take_turns)
{
	struct rig *r = begin(4, "consumeRateLimit=20");

	for (int queue = 0; queue < 4; queue++)
		put(r, queue, 100);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_ge(r->seen_count, 198);
	ck_assert_uint_le(most_in_a_second(r), 22);
	for (int queue = 0; queue < 4; queue++) {
		ck_assert_uint_ge(seen_of_queue(r, queue), 48);
		ck_assert_uint_le(seen_of_queue(r, queue), 52);
	}
	rig_free(r);
}
END_TEST

START_TEST(rate__that_is_high_fetches_as_ever)
{
	struct rig *r = begin(1, "consumeRateLimit=2000");

	put(r, 0, 3000);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_str_eq(fake_broker_last(r->broker, RMQI_REQ_PULL_MESSAGE, "maxMsgNums"), "32");
	ck_assert_uint_ge(r->seen_count, 1900);
	ck_assert_uint_le(most_in_a_second(r), 2032);
	rig_free(r);
}
END_TEST

START_TEST(rate__that_was_not_used_is_not_saved_up)
{
	struct rig *r = begin(1, "consumeRateLimit=10");

	rig_start(r);
	rig_advance(r, 60000);
	put(r, 0, 100);
	rig_advance(r, 1000);
	ck_assert_uint_le(r->seen_count, 11);
	ck_assert_uint_le(most_in_a_second(r), 10);
	rig_free(r);
}
END_TEST

static unsigned next_in_order;

static void check_order(struct rig *r, const rmq_message *m)
{
	(void)r;
	ck_assert_int_eq(m->queue_offset, next_in_order++);
}

START_TEST(rate__keeps_the_order)
{
	struct rig *r = begin(1, "consumeRateLimit=50");

	next_in_order = 0;
	rig_orderly(r);
	r->during = check_order;
	put(r, 0, 100);
	rig_start(r);
	rig_advance(r, 1500);
	ck_assert_uint_ge(r->seen_count, 50);
	ck_assert_uint_le(most_in_a_second(r), 55);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 100);
	rig_free(r);
}
END_TEST

START_TEST(rate__can_be_changed_while_it_runs)
{
	struct rig *r = begin(1, "consumeRateLimit=10");

	put(r, 0, 2000);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_le(r->seen_count, 11);
	set_rate(r, 1000);
	rig_advance(r, 500);
	ck_assert_uint_ge(r->seen_count, 480);
	ck_assert_uint_le(r->seen_count, 11 + 500 + 32);
	set_rate(r, 0);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 2000);
	rig_free(r);
}
END_TEST

START_TEST(rate__that_is_set_again_and_again_holds)
{
	struct rig *r = begin(1, "consumeRateLimit=1");

	put(r, 0, 100);
	rig_start(r);
	for (int i = 0; i < 50; i++) {
		set_rate(r, 1);
		rig_advance(r, 100);
	}
	ck_assert_uint_ge(r->seen_count, 5);
	ck_assert_uint_le(r->seen_count, 6);
	ck_assert_uint_eq(most_in_a_second(r), 1);
	rig_free(r);
}
END_TEST

/* One and two in turn are three in two seconds. */
START_TEST(rate__that_goes_up_and_down_is_the_mean)
{
	struct rig *r = begin(1, "consumeRateLimit=1");

	put(r, 0, 100);
	rig_start(r);
	for (int i = 0; i < 100; i++) {
		set_rate(r, 1 + i % 2);
		rig_advance(r, 100);
	}
	ck_assert_uint_ge(r->seen_count, 15);
	ck_assert_uint_le(r->seen_count, 17);
	rig_free(r);
}
END_TEST

/* Time passes, and no timer fires: this process stands still. */
static void stand_still(struct rig *r, int64_t ms)
{
	rmqi_clock_set_us(r->env.clock, rmqi_clock_us(r->env.clock) + ms * 1000);
}

START_TEST(rate__is_kept_when_timers_are_late)
{
	struct rig *r = begin(2, "consumeRateLimit=1000");

	put(r, 0, 2000);
	put(r, 1, 2000);
	rig_start(r);
	/* A delivery of 32 messages takes 32 ms: of two of them one is late by 8. */
	for (int i = 0; i < 100; i++) {
		stand_still(r, 20);
		rig_advance(r, 0);
	}
	ck_assert_uint_ge(r->seen_count, 1900);
	ck_assert_uint_le(r->seen_count, 2032);
	ck_assert_uint_le(most_in_a_second(r), 1100);
	rig_free(r);
}
END_TEST

START_TEST(rate__makes_up_for_a_tenth_of_a_second_at_most)
{
	struct rig *r = begin(2, "consumeRateLimit=1000");

	put(r, 0, 2000);
	put(r, 1, 2000);
	rig_start(r);
	stand_still(r, 10000);
	rig_advance(r, 1000);
	ck_assert_uint_ge(r->seen_count, 1000);
	ck_assert_uint_le(r->seen_count, 1000 + 100 + 2 * 32);
	rig_free(r);
}
END_TEST

START_TEST(rate__waits_while_the_consumer_is_suspended)
{
	struct rig *r = begin(1, "consumeRateLimit=10");
	size_t before;

	put(r, 0, 30);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	before = r->seen_count;
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, before);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 30);
	ck_assert_uint_le(most_in_a_second(r), 11);
	rig_free(r);
}
END_TEST

START_TEST(close__leaves_to_others_what_waits)
{
	struct rig *r = begin(1, "consumeRateLimit=10");
	int64_t began;

	put(r, 0, 100);
	rig_start(r);
	rig_advance(r, 2000);
	began = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 5000, NULL), RMQ_OK);
	ck_assert_int_lt(rig_now(r) - began, 100);
	ck_assert_int_eq(rig_committed(r), (int64_t)r->seen_count);
	ck_assert_uint_lt(r->seen_count, 25);
	ck_assert_int_eq(rmqi_push_consumer_set_rate_limit(r->consumer, 1, NULL), RMQ_ERR_STATE);
	rig_free(r);
}
END_TEST

/* A queue that another member takes over goes with what waited of it. */
START_TEST(queue__that_goes_takes_what_waits_with_it)
{
	struct rig *r = begin(2, "consumeRateLimit=2");
	size_t before;

	put(r, 0, 20);
	put(r, 1, 20);
	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_members(r->broker, "10.0.0.1@me,20.0.0.1@other");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 100);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	before = seen_of_queue(r, 1);
	rig_advance(r, 20000);
	ck_assert_uint_eq(seen_of_queue(r, 1), before);
	ck_assert_int_eq(fake_broker_committed(r->broker, "T", 1), (int64_t)before);
	ck_assert_uint_eq(seen_of_queue(r, 0), 20);
	rig_free(r);
}
END_TEST

static void expect_refused(const char *key, const char *words)
{
	struct rig *r = rig_new(1, 1, NULL);
	struct rmq_error_detail *d = rmqi_detail_new();
	rmq_push_consumer *c = NULL;

	ck_assert_int_eq(rmqi_config_set(r->config, key, "0", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_new(r->config, "H", &c, d), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(d), words);
	rmq_error_detail_free(d);
	rig_free(r);
}

START_TEST(threshold__of_a_topic_is_not_0)
{
	expect_refused("pullThresholdForTopic",
		       "pullThresholdForTopic is 0: it must be at least 1, or -1 for none");
	expect_refused("pullThresholdSizeForTopic",
		       "pullThresholdSizeForTopic is 0: it must be at least 1, or -1 for none");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rate__holds_messages_back,
		rate__of_a_message_in_some_seconds_is_kept,
		rate__is_one_of_all_queues_and_they_take_turns,
		rate__that_is_high_fetches_as_ever,
		rate__that_was_not_used_is_not_saved_up,
		rate__keeps_the_order,
		rate__can_be_changed_while_it_runs,
		rate__that_is_set_again_and_again_holds,
		rate__that_goes_up_and_down_is_the_mean,
		rate__is_kept_when_timers_are_late,
		rate__makes_up_for_a_tenth_of_a_second_at_most,
		rate__waits_while_the_consumer_is_suspended,
		close__leaves_to_others_what_waits,
		queue__that_goes_takes_what_waits_with_it,
		threshold__of_a_topic_is_not_0,
	};

	return run_suite("rate", tests, RMQI_COUNT(tests));
}
