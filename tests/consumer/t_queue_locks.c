/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locks of an orderly consumer's queues: nothing is delivered without a valid one, and a
 * close gives them back.
 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "tests/consumer/locks_stage.h"
#include "tests/support/suite.h"

/* --- Getting it --------------------------------------------------------------------------------------- */

START_TEST(lock__comes_before_the_start_offset)
{
	struct rig *r = locks_begin(3, NULL);

	fake_broker_lock(r->broker, "T", 0, OTHER);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_uint_ge(fake_broker_count(r->broker, LOCK), 4);
	/* The other one has gone on until it let go. */
	fake_broker_set_committed(r->broker, "T", 0, 2);
	fake_broker_lock(r->broker, "T", 0, "");
	rig_advance(r, 1100);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_str_eq(r->seen[0].body, "m0002");
	ck_assert_uint_eq(r->log_len, 0);
	rig_free(r);
}
END_TEST

START_TEST(lock__that_another_member_keeps_is_complained_of)
{
	struct rig *r = locks_begin(3, NULL);

	fake_broker_lock(r->broker, "T", 0, OTHER);
	rig_start(r);
	rig_advance(r, 7000);
	ck_assert_ptr_nonnull(strstr(r->log, "topic T, lock of queues at "));
	ck_assert_ptr_nonnull(
		strstr(r->log, "another member of the group holds the lock of a queue"));
	ck_assert_ptr_null(strstr(r->over, "lock of queues"));
	fake_broker_lock(r->broker, "T", 0, "");
	rig_advance(r, 1100);
	ck_assert_ptr_nonnull(strstr(r->over, "topic T, lock of queues"));
	ck_assert_uint_eq(r->seen_count, 3);
	rig_free(r);
}
END_TEST

/* The broker has locked it for us, but we never heard of it. */
START_TEST(lock__whose_answer_was_lost_is_asked_for_again)
{
	struct rig *r = locks_begin(3, NULL);

	fake_broker_lock(r->broker, "T", 0, ME);
	fake_broker_refuse(r->broker, LOCK, FAKE_NO_ANSWER, 1);
	rig_start(r);
	rig_advance(r, 2500);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_advance(r, 1500);
	ck_assert_uint_eq(r->seen_count, 3);
	rig_free(r);
}
END_TEST

START_TEST(lock__request_is_one_for_all_queues)
{
	struct rig *r = locks_begin_queues(8, 1, NULL);

	rig_start(r);
	rig_advance(r, 5000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 8);
	ck_assert_uint_le(fake_broker_count(r->broker, LOCK), 2);
	/* And renewed by one, every 20 s. */
	rig_advance(r, 5 * 20000);
	ck_assert_uint_le(fake_broker_count(r->broker, LOCK), 2 + 5);
	ck_assert_uint_ge(fake_broker_count(r->broker, LOCK), 1 + 5);
	for (int i = 0; i < 8; i++)
		ck_assert_str_eq(locks_owner(r, i), ME);
	rig_free(r);
}
END_TEST

static const int refusals[] = {RMQI_RESP_SYSTEM_ERROR, RMQI_RESP_NO_PERMISSION,
			       RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_CLOSE};

START_TEST(lock__that_is_refused_is_asked_for_until_it_is_granted)
{
	struct rig *r = locks_begin(3, NULL);

	fake_broker_refuse(r->broker, LOCK, refusals[_i], FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, MINUTE);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_ptr_nonnull(strstr(r->log, "lock of queues"));
	fake_broker_refuse(r->broker, LOCK, 0, 0);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 3);
	rig_free(r);
}
END_TEST

/* --- How long it is trusted -------------------------------------------------------------------------- */

/* The broker does not answer for so long that the lock is not trusted any more, though it is ours. */
static void refuse_for_a_while(struct rig *r, const rmq_message *m)
{
	(void)m;
	if (rig_now(r) > 10000 && rig_now(r) < 12000)
		fake_broker_refuse(r->broker, LOCK, FAKE_NO_ANSWER, FAKE_FOREVER);
}

START_TEST(lock__that_cannot_be_renewed_stops_delivery_and_goes_on)
{
	struct rig *r = locks_begin(400, NULL);
	size_t seen;

	r->slow_ms = 1000;
	r->during = refuse_for_a_while;
	rig_start(r);
	/* As long as something runs, this does not return. */
	rig_advance(r, 40000);
	seen = r->seen_count;
	ck_assert_uint_ge(seen, 29);
	ck_assert_uint_le(seen, 31);
	ck_assert_int_ge(rig_now(r), 40000);
	ck_assert_ptr_nonnull(strstr(r->log, "lock of queues"));
	fake_broker_refuse(r->broker, LOCK, 0, 0);
	rig_advance(r, 10000);
	/* Nobody else had it: nothing comes again. */
	ck_assert_uint_eq(r->seen_count, 400);
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_int_eq(r->seen[i].offset, (int64_t)i);
	rig_free(r);
}
END_TEST

/* So long that the broker may have given it to another member: one that has been there, and has left. */
static void lose_for_long(struct rig *r, int64_t since_ms)
{
	if (since_ms == 1000)
		fake_broker_refuse(r->broker, LOCK, FAKE_NO_ANSWER, FAKE_FOREVER);
	if (since_ms == 80000) {
		fake_broker_set_committed(r->broker, "T", 0, 50);
		fake_broker_refuse(r->broker, LOCK, 0, 0);
	}
	if (since_ms == 90000)
		ck_assert_ptr_nonnull(strstr(r->log, "the lock of T@broker-a:0 was lost: the queue "
						     "begins anew where the group stands"));
	/* Nothing of the queue beside it. */
	ck_assert_uint_eq(r->seen_count, 4);
}

START_TEST(lock__that_ran_out_at_the_broker_begins_anew_at_the_groups_offset)
{
	struct rig *r = locks_begin(60, NULL);

	r->slow_body = "m0003";
	r->slow_ms = 100000;
	r->meanwhile = lose_for_long;
	rig_start(r);
	rig_advance(r, 110000);
	ck_assert_uint_eq(r->seen_count, 14);
	ck_assert_str_eq(r->seen[4].body, "m0050");
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 60);
	rig_free(r);
}
END_TEST

/* The broker has lost its locks, and somebody else was faster. */
static void lose_to_other(struct rig *r, int64_t since_ms)
{
	if (since_ms == 1000)
		fake_broker_lock(r->broker, "T", 0, OTHER);
	if (since_ms == 28000) {
		ck_assert_ptr_nonnull(strstr(r->log, "was lost"));
		fake_broker_set_committed(r->broker, "T", 0, 55);
	}
	ck_assert_uint_eq(r->seen_count, 4);
}

START_TEST(lock__that_another_member_got_begins_anew_when_it_comes_back)
{
	struct rig *r = locks_begin(60, NULL);

	r->slow_body = "m0003";
	r->slow_ms = 30000;
	r->meanwhile = lose_to_other;
	rig_start(r);
	rig_advance(r, 40000);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_str_eq(locks_owner(r, 0), OTHER);
	fake_broker_lock(r->broker, "T", 0, "");
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 9);
	ck_assert_str_eq(r->seen[4].body, "m0055");
	ck_assert_int_eq(rig_committed(r), 60);
	rig_free(r);
}
END_TEST

static void restart_once(struct rig *r, const rmq_message *m)
{
	if (m->queue_offset != 5)
		return;
	fake_broker_lock(r->broker, "T", 0, "");
	fake_broker_hang_up(r->broker);
}

START_TEST(lock__that_a_broker_forgot_is_taken_again_without_a_break)
{
	struct rig *r = locks_begin(100, NULL);

	r->slow_ms = 1000;
	r->during = restart_once;
	rig_start(r);
	rig_advance(r, 120000);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_uint_eq(r->seen_count, 100);
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_int_eq(r->seen[i].offset, (int64_t)i);
	rig_free(r);
}
END_TEST

/* --- Giving it back -------------------------------------------------------------------------------------- */

START_TEST(close__releases_the_locks)
{
	struct rig *r = locks_begin_queues(3, 10, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_str_eq(locks_owner(r, 2), ME);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(locks_owner(r, i), "");
	ck_assert_str_eq(fake_broker_locked_by(r->broker, RETRY_G, 0), "");
	ck_assert_int_eq(rig_committed(r), 10);
	ck_assert_uint_eq(fake_broker_count(r->broker, UNLOCK), 1);
	rig_free(r);
}
END_TEST

/* The broker refused a moment ago to hear it. */
START_TEST(close__tells_again_what_was_not_heard)
{
	struct rig *r = locks_begin_queues(2, 10, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, UNLOCK, RMQI_RESP_SYSTEM_BUSY, 2);
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	rig_advance(r, 150);
	ck_assert_uint_eq(fake_broker_count(r->broker, UNLOCK), 2);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_str_eq(locks_owner(r, 0), "");
	ck_assert_str_eq(locks_owner(r, 1), "");
	rig_free(r);
}
END_TEST

START_TEST(close__is_not_held_up_by_a_broker_that_does_not_unlock)
{
	struct rig *r = locks_begin(3, NULL);
	int64_t before;

	fake_broker_refuse(r->broker, UNLOCK, FAKE_NO_ANSWER, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 1000);
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_le(rig_now(r) - before, 1500);
	rig_free(r);
}
END_TEST

static enum rmq_error closed_as;
static char owner_after[64];

static void close_it(struct rig *r, const rmq_message *m)
{
	if (m->queue_offset != 3)
		return;
	closed_as = rmqi_push_consumer_close(r->consumer, -1, NULL);
	snprintf(owner_after, sizeof(owner_after), "%s", locks_owner(r, 0));
}

START_TEST(close__from_a_listener_releases_the_locks)
{
	struct rig *r = locks_begin(40, NULL);

	closed_as = RMQ_AGAIN;
	r->during = close_it;
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(closed_as, RMQ_OK);
	ck_assert_uint_eq(r->seen_count, 4);
	ck_assert_int_eq(rig_committed(r), 3);
	ck_assert_str_eq(owner_after, "");
	rig_free(r);
}
END_TEST

static void close_soon(struct rig *r, const rmq_message *m)
{
	if (m->queue.queue_id != 1)
		return;
	closed_as = rmqi_push_consumer_close(r->consumer, 500, NULL);
	ck_assert_str_eq(locks_owner(r, 0), ME);
	ck_assert_str_eq(locks_owner(r, 2), "");
}

static void put_other(struct rig *r, int64_t since_ms)
{
	if (since_ms == 2000)
		fake_broker_put(r->broker, "T", 1, "close", NULL);
}

/* Queue 0 has a listener that does not return in time: nobody else may have it meanwhile. */
START_TEST(close__keeps_the_lock_of_a_listener_that_hangs)
{
	struct rig *r = locks_begin_queues(3, 10, NULL);

	r->slow_body = "m0000";
	r->slow_ms = 10000;
	r->meanwhile = put_other;
	r->during = close_soon;
	closed_as = RMQ_OK;
	rig_start(r);
	rig_advance(r, 15000);
	ck_assert_int_eq(closed_as, RMQ_ERR_TIMEOUT);
	/* Nothing more was begun when it came back. */
	ck_assert_uint_eq(r->seen_count, 2);
	rig_advance(r, 2 * MINUTE);
	ck_assert_str_eq(locks_owner(r, 0), "");
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lock__comes_before_the_start_offset,
		lock__that_another_member_keeps_is_complained_of,
		lock__whose_answer_was_lost_is_asked_for_again,
		lock__request_is_one_for_all_queues,
		lock__that_cannot_be_renewed_stops_delivery_and_goes_on,
		lock__that_ran_out_at_the_broker_begins_anew_at_the_groups_offset,
		lock__that_another_member_got_begins_anew_when_it_comes_back,
		lock__that_a_broker_forgot_is_taken_again_without_a_break,
		close__releases_the_locks,
		close__tells_again_what_was_not_heard,
		close__is_not_held_up_by_a_broker_that_does_not_unlock,
		close__from_a_listener_releases_the_locks,
		close__keeps_the_lock_of_a_listener_that_hangs,
	};
	struct suite s;

	suite_open(&s, "queue_locks");
	suite_add_loop(&s, lock__that_is_refused_is_asked_for_until_it_is_granted,
		       RMQI_COUNT(refusals));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
