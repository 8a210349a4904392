/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock jumps while a group works: an NTP step, a machine that is set, a snapshot that is resumed. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define HOUR_MS INT64_C(3600000)

static const int64_t jumps[] = {-HOUR_MS, HOUR_MS, -400 * 24 * HOUR_MS, 400 * 24 * HOUR_MS, -1};

static void jump(struct rig *r, int64_t by_ms)
{
	rmqi_clock_step_wall(r->env.clock, by_ms);
}

/* A thousand messages, a jump after each hundred, there and back. */
static void consume_through(struct rig *r, int64_t by_ms)
{
	char body[32];

	for (int part = 0; part < 10; part++) {
		for (int i = 0; i < 100; i++) {
			snprintf(body, sizeof(body), "m%d-%d", part, i);
			fake_broker_put(r->broker, "T", i % 4, body, NULL);
		}
		rig_advance(r, part % 3);
		jump(r, part % 2 ? -by_ms : by_ms);
		rig_advance(r, 100);
	}
}

static struct rig *begin(const char *settings)
{
	struct rig *r = rig_new(1, 4, settings);

	for (int i = 0; i < 4; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	return r;
}

static void check_once(const struct rig *r)
{
	char body[32];

	ck_assert_uint_eq(r->seen_count, 1000);
	for (int i = 0; i < 1000; i++) {
		snprintf(body, sizeof(body), "m%d-%d", i / 100, i % 100);
		ck_assert_int_eq(rig_seen(r, body), 1);
	}
}

static void check_committed(struct rig *r)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(fake_broker_committed(r->broker, "T", i), 250);
	ck_assert_str_eq(r->log, "");
}

START_TEST(jump__of_the_clock_loses_nothing_and_repeats_nothing)
{
	struct rig *r = begin(NULL);

	rig_start(r);
	consume_through(r, jumps[_i]);
	check_once(r);
	rig_advance(r, 6000);
	check_committed(r);
	rig_free(r);
}
END_TEST

START_TEST(jump__of_the_clock_keeps_the_order_and_the_locks)
{
	struct rig *r = begin(NULL);
	int64_t last[4] = {-1, -1, -1, -1};
	unsigned locks;

	rig_orderly(r);
	rig_start(r);
	consume_through(r, jumps[_i]);
	check_once(r);
	for (size_t i = 0; i < r->seen_count; i++) {
		ck_assert_int_eq(r->seen[i].offset, last[r->seen[i].queue_id] + 1);
		last[r->seen[i].queue_id]++;
	}
	/* Held, and renewed each 20 seconds as before. */
	locks = fake_broker_count(r->broker, RMQI_REQ_LOCK_BATCH_MQ);
	rig_advance(r, 60 * 1000);
	ck_assert_uint_ge(fake_broker_count(r->broker, RMQI_REQ_LOCK_BATCH_MQ), locks + 2);
	ck_assert_uint_le(fake_broker_count(r->broker, RMQI_REQ_LOCK_BATCH_MQ), locks + 4);
	check_committed(r);
	rig_free(r);
}
END_TEST

START_TEST(jump__of_the_clock_stops_neither_heartbeats_nor_rebalance)
{
	struct rig *r = begin(NULL);
	unsigned beats;

	rig_start(r);
	rig_advance(r, 5000);
	jump(r, jumps[_i]);
	beats = fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT);
	rig_advance(r, 5 * 60 * 1000);
	ck_assert_uint_ge(fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT), beats + 7);
	ck_assert_uint_le(fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT), beats + 15);
	/* Without a notification: the timer sees it. */
	fake_broker_members(r->broker, "10.0.0.1@me,10.0.0.2@b");
	rig_advance(r, 30 * 1000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

/* Of the last pull. */
static int64_t version_of(const struct rig *r)
{
	const char *text = fake_broker_last(r->broker, RMQI_REQ_PULL_MESSAGE, "subVersion");
	int64_t version = 0;

	ck_assert(rmqi_str_to_i64(rmqi_str(text), &version));
	return version;
}

/* A broker keeps the subscription with the largest version: of a clock that was set back it would take none. */
START_TEST(jump__back_does_not_make_a_new_expression_older)
{
	struct rig *r = begin(NULL);
	int64_t before;

	rig_start(r);
	fake_broker_put(r->broker, "T", 0, "first", "B");
	rig_advance(r, 5000);
	before = version_of(r);
	jump(r, -HOUR_MS);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "A", NULL), RMQ_OK);
	rig_advance(r, 1000);
	fake_broker_put(r->broker, "T", 0, "other", "B");
	fake_broker_put(r->broker, "T", 0, "mine", "A");
	rig_advance(r, 100);
	ck_assert_int_gt(version_of(r), before);
	ck_assert_int_eq(rig_seen(r, "mine"), 1);
	ck_assert_int_eq(rig_seen(r, "other"), 0);
	rig_free(r);
}
END_TEST

static void jump_within(struct rig *r, const rmq_message *m)
{
	(void)m;
	rig_sleep(r, 2000);
	jump(r, HOUR_MS);
	rig_sleep(r, 2000);
}

/* consumeTimeout is 15 minutes: an hour by the wall is no hour of work. */
START_TEST(jump__within_a_listener_is_no_age_of_its_message)
{
	struct rig *r = begin(NULL);

	r->during = jump_within;
	rig_start(r);
	fake_broker_put(r->broker, "T", 0, "slow", NULL);
	rig_advance(r, 20 * 1000);
	ck_assert_int_eq(rig_seen(r, "slow"), 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK), 0);
	ck_assert_int_eq(rig_committed(r), 1);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {jump__back_does_not_make_a_new_expression_older,
				      jump__within_a_listener_is_no_age_of_its_message};
	size_t count = RMQI_COUNT(jumps);
	struct suite s;

	suite_open(&s, "clock");
	suite_add_loop(&s, jump__of_the_clock_loses_nothing_and_repeats_nothing, count);
	suite_add_loop(&s, jump__of_the_clock_keeps_the_order_and_the_locks, count);
	suite_add_loop(&s, jump__of_the_clock_stops_neither_heartbeats_nor_rebalance, count);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
