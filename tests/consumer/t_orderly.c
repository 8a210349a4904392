/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an orderly listener gets, and what becomes of what it returns.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum {
	BACK = RMQI_REQ_CONSUMER_SEND_MSG_BACK,
	SEND = RMQI_REQ_SEND_MESSAGE_V2,
	PULL = RMQI_REQ_PULL_MESSAGE,
	MINUTE = 60 * 1000
};

static struct rig *begin_queues(int queues, int messages, const char *settings)
{
	struct rig *r = rig_new(1, queues, settings);

	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	rig_orderly(r);
	return r;
}

static struct rig *begin(int messages, const char *settings)
{
	return begin_queues(1, messages, settings);
}

static bool last_is(const struct rig *r, int code, const char *key, const char *value)
{
	return strcmp(fake_broker_last(r->broker, code, key), value) == 0;
}

/* Deliveries of T:0 in a row: each one is the message before it again, or the one behind that. */
static void expect_in_order(const struct rig *r)
{
	for (size_t i = 1; i < r->seen_count; i++) {
		ck_assert_int_ge(r->seen[i].offset, r->seen[i - 1].offset);
		ck_assert_int_le(r->seen[i].offset, r->seen[i - 1].offset + 1);
	}
}

/* --- Order ---------------------------------------------------------------------------------------- */

START_TEST(listener__gets_a_queue_in_order)
{
	struct rig *r = begin(200, NULL);

	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 200);
	ck_assert_uint_eq(r->largest_call, 1);
	expect_in_order(r);
	ck_assert_int_eq(rig_committed(r), 200);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	rig_free(r);
}
END_TEST

START_TEST(listener__gets_batches_in_order)
{
	struct rig *r = begin(200, "consumeMessageBatchMaxSize=10");

	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 200);
	ck_assert_uint_gt(r->largest_call, 1);
	ck_assert_uint_le(r->largest_call, 10);
	expect_in_order(r);
	ck_assert_int_eq(rig_committed(r), 200);
	rig_free(r);
}
END_TEST

/* The rig refuses two calls of one queue at a time; calls of different ones overlap. */
START_TEST(listener__has_one_call_of_a_queue_at_a_time)
{
	struct rig *r = begin_queues(4, 0, NULL);
	char body[16];

	for (int i = 0; i < 40; i++) {
		snprintf(body, sizeof(body), "m%d", i);
		fake_broker_put(r->broker, "T", i % 4, body, NULL);
	}
	r->slow_ms = 100;
	rig_start(r);
	rig_advance(r, 1500);
	/* One after the other they took four seconds. */
	ck_assert_uint_eq(r->seen_count, 40);
	rig_free(r);
}
END_TEST

static void put_behind(struct rig *r, const rmq_message *m)
{
	(void)m;
	if (r->seen_count == 1)
		rig_put(r, 40);
}

START_TEST(listener__gets_what_comes_while_it_runs)
{
	struct rig *r = begin(1, NULL);

	r->slow_ms = 10;
	r->during = put_behind;
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 41);
	expect_in_order(r);
	ck_assert_int_eq(rig_committed(r), 41);
	rig_free(r);
}
END_TEST

/* More lanes than threads: one that always has something more does not keep the thread. */
START_TEST(lanes__take_turns)
{
	struct rig *r = begin_queues(2, 400, "consumeThreadMax=1;maxTimeConsumeContinuously=500");

	r->slow_ms = 50;
	fake_broker_put(r->broker, "T", 1, "other", NULL);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 401);
	for (size_t i = 0; i < r->seen_count; i++)
		if (strcmp(r->seen[i].body, "other") == 0)
			ck_assert_uint_le(i, 22); /* of half a second */
	rig_free(r);
}
END_TEST

/* Calls are quick, so there are two workers; then both hang, at queues 0 and 1. */
static struct rig *begin_hanging(void)
{
	struct rig *r = begin_queues(3, 0, "consumeThreadMax=8");

	r->slow_body = "slow";
	r->slow_ms = 20000;
	rig_start(r);
	rig_advance(r, 1000);
	for (int i = 0; i < 30; i++) {
		fake_broker_put(r->broker, "T", i % 3, "quick", NULL);
		rig_advance(r, 10);
	}
	ck_assert_uint_eq(r->seen_count, 30);
	return r;
}

static void hang_two(struct rig *r)
{
	fake_broker_put(r->broker, "T", 0, "slow", NULL);
	fake_broker_put(r->broker, "T", 1, "slow", NULL);
	rig_advance(r, 30000);
}

static int64_t last_at(const struct rig *r, const char *body)
{
	int64_t at_ms = -1;

	for (size_t i = 0; i < r->seen_count; i++)
		if (strcmp(r->seen[i].body, body) == 0)
			at_ms = r->seen[i].at_ms;
	return at_ms;
}

START_TEST(lanes__that_were_suspended_do_not_wait_for_a_slow_call_of_another)
{
	struct rig *r = begin_hanging();
	int64_t before;

	r->fail_times = 1;
	fake_broker_put(r->broker, "T", 2, "fails", NULL);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "fails"), 1);
	before = last_at(r, "fails");
	hang_two(r);
	ck_assert_int_eq(rig_seen(r, "fails"), 2);
	ck_assert_int_le(last_at(r, "fails") - before, 1100);
	rig_free(r);
}
END_TEST

static bool has_put;

static void put_two(struct rig *r, int64_t since_ms)
{
	if (since_ms != 1000 || has_put)
		return;
	has_put = true;
	fake_broker_put(r->broker, "T", 2, "first", NULL);
	rig_sleep(r, 1);
	fake_broker_put(r->broker, "T", 2, "second", NULL);
}

/* Who helps out ends after a delivery: the next one stands until another one helps. */
START_TEST(lanes__that_are_helped_once_do_not_wait_for_a_slow_call_of_another)
{
	struct rig *r = begin_hanging();

	has_put = false;
	r->meanwhile = put_two;
	hang_two(r);
	ck_assert_int_eq(rig_seen(r, "second"), 1);
	ck_assert_int_le(last_at(r, "second") - last_at(r, "first"), 100);
	rig_free(r);
}
END_TEST

/* T:0 and the retry topic; 32 a pull. */
static void look_at_pulls(struct rig *r, const rmq_message *m)
{
	unsigned needed = (unsigned)(m->queue_offset + 50) / 32 + 3;

	ck_assert_uint_le(fake_broker_count(r->broker, PULL), needed);
}

START_TEST(pulls__pause_while_much_is_not_done)
{
	struct rig *r = begin(400, "pullThresholdForQueue=50");

	r->slow_ms = 10;
	r->during = look_at_pulls;
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 400);
	expect_in_order(r);
	rig_free(r);
}
END_TEST

/* --- Failures ------------------------------------------------------------------------------------- */

START_TEST(failure__holds_the_queue)
{
	struct rig *r = begin(5, NULL);

	r->fail_times = 3;
	rig_start(r);
	rig_advance(r, 900);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 8);
	for (int i = 0; i < 4; i++) {
		ck_assert_str_eq(r->seen[i].body, "m0000");
		ck_assert_int_eq(r->seen[i].times, i);
		if (i > 0)
			ck_assert_int_eq(r->seen[i].at_ms - r->seen[i - 1].at_ms, 1000);
	}
	expect_in_order(r);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 0);
	ck_assert_int_eq(rig_committed(r), 5);
	rig_free(r);
}
END_TEST

/* What is outside 10..30000 counts as the nearer end. */
static const struct {
	int64_t says;
	int64_t waits;
} times[] = {{250, 250}, {0, 10}, {45000, 30000}, {-1, 2000}};

START_TEST(failure__waits_as_the_listener_says)
{
	struct rig *r = begin(1, "suspendCurrentQueueTimeMillis=2000");

	r->fail_times = 1;
	r->suspend_ms = times[_i].says;
	rig_start(r);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_int_eq(r->seen[1].at_ms - r->seen[0].at_ms, times[_i].waits);
	rig_free(r);
}
END_TEST

START_TEST(failure__of_a_batch_is_one_of_all)
{
	struct rig *r = begin(10, "consumeMessageBatchMaxSize=4");

	rig_start(r);
	r->fail_times = 1;
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 14);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(r->seen[4 + i].offset, i);
		ck_assert_int_eq(r->seen[4 + i].times, 1);
	}
	rig_advance(r, 5000);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

START_TEST(failure__of_one_queue_leaves_the_others)
{
	struct rig *r = begin_queues(2, 3, "consumeThreadMax=1");

	for (int i = 0; i < 5; i++)
		fake_broker_put(r->broker, "T", 1, "other", NULL);
	r->status = RMQ_ORDERLY_SUCCESS;
	r->fail_times = 1; /* whichever comes first */
	r->suspend_ms = 20000;
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_ge(r->seen_count, 4);
	rig_advance(r, 20000);
	ck_assert_uint_eq(r->seen_count, 9);
	rig_free(r);
}
END_TEST

START_TEST(failure__goes_on_for_ever_without_a_limit)
{
	struct rig *r = begin(2, NULL);

	r->status = RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	rig_start(r);
	rig_advance(r, 2 * MINUTE);
	ck_assert_uint_gt(r->seen_count, 100);
	ck_assert_int_eq(rig_seen(r, "m0001"), 0);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 0);
	r->status = RMQ_ORDERLY_SUCCESS;
	rig_advance(r, 10000);
	ck_assert_int_eq(rig_committed(r), 2);
	rig_free(r);
}
END_TEST

START_TEST(failure__beyond_the_limit_goes_to_the_dead_letters)
{
	struct rig *r = begin(3, "maxReconsumeTimes=2");

	r->fail_times = 3;
	rig_start(r);
	rig_advance(r, 2900);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	ck_assert(last_is(r, BACK, "originMsgId", "m0000"));
	ck_assert(last_is(r, BACK, "delayLevel", "-1"));
	ck_assert(last_is(r, BACK, "maxReconsumeTimes", "2"));
	/* Nobody is waited for then. */
	ck_assert_uint_eq(r->seen_count, 5);
	expect_in_order(r);
	rig_advance(r, 5000);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(dead_letter__that_cannot_be_sent_holds_the_queue)
{
	struct rig *r = begin(3, "maxReconsumeTimes=0");

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 4500);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rig_committed(r), 0);
	/* After five seconds it is delivered here again, counted as one more. */
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_int_eq(r->seen[1].times, 1);
	expect_in_order(r);
	rig_advance(r, 5000);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(status__that_is_none_is_a_failure)
{
	struct rig *r = begin(2, NULL);

	r->status = 77;
	rig_start(r);
	rig_advance(r, 500);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_ptr_nonnull(strstr(r->log,
				     "orderly listener of T returned 77, which is no status: "
				     "taken as SUSPEND_CURRENT_QUEUE_A_MOMENT"));
	r->status = RMQ_ORDERLY_SUCCESS;
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 2);
	rig_free(r);
}
END_TEST

START_TEST(retry_topic__is_consumed_too)
{
	struct rig *r = begin(1, NULL);

	fake_broker_put(r->broker, RETRY_G, 0, "again", NULL);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_seen(r, "again"), 1);
	ck_assert_int_eq(fake_broker_committed(r->broker, RETRY_G, 0), 1);
	rig_free(r);
}
END_TEST

/* --- A listener that takes its time --------------------------------------------------------------- */

static void look_at_lock(struct rig *r, int64_t since_ms)
{
	ck_assert_str_eq(fake_broker_locked_by(r->broker, "T", 0), "10.0.0.1@me");
	/* The other queue goes on. */
	ck_assert_uint_eq(r->seen_count, since_ms > 5000 ? 2 : r->seen_count);
}

START_TEST(listener__that_blocks_for_minutes_holds_its_queue)
{
	struct rig *r = begin_queues(2, 3, "consumeTimeout=1;consumeMaxIdleTime=0");

	r->slow_body = "m0000";
	r->slow_ms = 10 * MINUTE;
	fake_broker_put(r->broker, "T", 1, "other", NULL);
	r->meanwhile = look_at_lock;
	rig_start(r);
	rig_advance(r, 9 * MINUTE);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 0);
	ck_assert_ptr_nonnull(strstr(r->log,
				     "an orderly listener has had a message of T@broker-a:0 "
				     "for over 1 minutes (consumeTimeout): its queue waits"));
	ck_assert_uint_eq(r->lines[RMQ_LOG_WARN], 1);
	rig_advance(r, 2 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

/* The broker counted on, and another member has the queue now. */
START_TEST(lock__of_a_machine_that_slept_is_asked_for_before_the_next_call)
{
	struct rig *r = begin(1, NULL);

	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 1);
	rmqi_clock_suspend(r->env.clock, 2 * MINUTE);
	fake_broker_lock(r->broker, "T", 0, "10.0.0.0@other");
	rig_put(r, 1);
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 1);
	fake_broker_lock(r->broker, "T", 0, "");
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 2);
	rig_free(r);
}
END_TEST

START_TEST(suspend__delivers_nothing_more_until_resume)
{
	struct rig *r = begin(0, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_put(r, 3);
	rig_advance(r, 2 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_str_eq(fake_broker_locked_by(r->broker, "T", 0), "10.0.0.1@me");
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

/* --- The handle ------------------------------------------------------------------------------------- */

START_TEST(listener__of_either_kind_replaces_the_other)
{
	struct rig *r = rig_new(1, 1, NULL);

	rig_orderly(r);
	ck_assert_int_eq(r->consumer->member.consumer.set.max_reconsume_times, INT32_MAX);
	ck_assert_int_eq(rmqi_push_consumer_set_listener(r->consumer, r->consumer->service.listener,
							 r, NULL),
			 RMQ_OK);
	ck_assert_int_eq(r->consumer->member.consumer.set.max_reconsume_times, 16);
	ck_assert(!r->consumer->member.consumer.sink->is_orderly);
	rig_put(r, 2);
	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_LOCK_BATCH_MQ), 0);
	ck_assert_int_eq(rmqi_push_consumer_set_orderly_listener(
				 r->consumer, r->consumer->orderly.listener, r, NULL),
			 RMQ_ERR_STATE);
	rig_free(r);
}
END_TEST

START_TEST(set_orderly_listener__survives_every_failure_of_memory)
{
	struct rig *r = rig_new(1, 1, NULL);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	rmq_push_consumer *c = NULL;
	uint64_t n = 0;

	while (err != RMQ_OK) {
		ck_assert_int_eq(rmqi_push_consumer_new(r->config, "G2", &c, NULL), RMQ_OK);
		rmqi_mem_fail_after(++n, 0);
		err = rmqi_push_consumer_set_orderly_listener(c, r->consumer->orderly.listener, r,
							      NULL);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert_uint_lt(n, 100);
		/* What is not there is not there the second time. */
		ck_assert_int_eq(rmqi_push_consumer_set_orderly_listener(
					 c, r->consumer->orderly.listener, r, NULL),
				 err);
		rmqi_push_consumer_free(c);
	}
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		listener__gets_a_queue_in_order,
		listener__gets_batches_in_order,
		listener__has_one_call_of_a_queue_at_a_time,
		listener__gets_what_comes_while_it_runs,
		lanes__take_turns,
		lanes__that_were_suspended_do_not_wait_for_a_slow_call_of_another,
		lanes__that_are_helped_once_do_not_wait_for_a_slow_call_of_another,
		pulls__pause_while_much_is_not_done,
		failure__holds_the_queue,
		failure__of_a_batch_is_one_of_all,
		failure__of_one_queue_leaves_the_others,
		failure__goes_on_for_ever_without_a_limit,
		failure__beyond_the_limit_goes_to_the_dead_letters,
		dead_letter__that_cannot_be_sent_holds_the_queue,
		status__that_is_none_is_a_failure,
		retry_topic__is_consumed_too,
		listener__that_blocks_for_minutes_holds_its_queue,
		lock__of_a_machine_that_slept_is_asked_for_before_the_next_call,
		suspend__delivers_nothing_more_until_resume,
		listener__of_either_kind_replaces_the_other,
		set_orderly_listener__survives_every_failure_of_memory,
	};
	struct suite s;

	suite_open(&s, "orderly");
	suite_add_loop(&s, failure__waits_as_the_listener_says, RMQI_COUNT(times));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
