/* SPDX-License-Identifier: Apache-2.0 */
/* What listeners return that is wrong, or useless, and what becomes of their messages (doc/reference/limits.md). */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { MINUTE = 60 * 1000, BACK = RMQI_REQ_CONSUMER_SEND_MSG_BACK };

static struct rig *begin(int messages, const char *settings)
{
	struct rig *r = rig_new(1, 1, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	return r;
}

/* Of 5 messages in one call. */
static const struct {
	int status;
	int ack_index;
	unsigned back;
} answers[] = {
	{RMQ_CONSUME_SUCCESS, 4, 0},
	{RMQ_CONSUME_SUCCESS, 5, 0},
	{RMQ_CONSUME_SUCCESS, 6, 0},
	{RMQ_CONSUME_SUCCESS, INT_MAX, 0},
	{RMQ_CONSUME_SUCCESS, 3, 1},
	{RMQ_CONSUME_SUCCESS, 0, 4},
	{RMQ_CONSUME_SUCCESS, -1, 5},
	{RMQ_CONSUME_SUCCESS, INT_MIN, 5},
	{RMQ_RECONSUME_LATER, 3, 5},
	{RMQ_RECONSUME_LATER, INT_MAX, 5},
	{2, 3, 5},
	{-1, INT_MAX, 5},
	{INT_MAX, 0, 5},
	{INT_MIN, 0, 5},
};

START_TEST(answer__says_how_many_are_done)
{
	struct rig *r = begin(5, "consumeMessageBatchMaxSize=8");
	char words[64];
	int status = answers[_i].status;
	bool is_status = status == RMQ_CONSUME_SUCCESS || status == RMQ_RECONSUME_LATER;

	r->status = status;
	r->ack_index = answers[_i].ack_index;
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->largest_call, 5);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), answers[_i].back);
	ck_assert_int_eq(rig_committed(r), 5);
	snprintf(words, sizeof(words), "listener of T returned %d, which is no status", status);
	ck_assert_int_eq(strstr(r->log, words) != NULL, !is_status);
	rig_free(r);
}
END_TEST

/* Nothing stands still and nothing spins: each is sent back once. */
static void expect_thrown_away(struct rig *r, int messages)
{
	rig_start(r);
	rig_advance(r, 30 * MINUTE);
	ck_assert_uint_eq(r->seen_count, (size_t)messages);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), (unsigned)messages);
	ck_assert_int_eq(rig_committed(r), messages);
	rig_free(r);
}

START_TEST(listener__that_throws_all_away_does_not_spin)
{
	struct rig *r = begin(300, NULL);

	r->status = RMQ_RECONSUME_LATER;
	expect_thrown_away(r, 300);
	r = begin(300, "consumeMessageBatchMaxSize=16");
	r->ack_index = -1;
	expect_thrown_away(r, 300);
}
END_TEST

START_TEST(listener__that_never_returns_a_status_is_told_seldom)
{
	struct rig *r = begin(300, NULL);

	r->status = 12345;
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 300);
	ck_assert_uint_eq(r->lines[RMQ_LOG_WARN], 1);
	rig_put(r, 1);
	rig_advance(r, MINUTE);
	rig_put(r, 1);
	rig_advance(r, MINUTE);
	ck_assert_uint_ge(r->lines[RMQ_LOG_WARN], 2);
	ck_assert_ptr_nonnull(strstr(r->log, "(300 times more before)"));
	rig_free(r);
}
END_TEST

static void give_no_status(struct rig *r, const rmq_message *m)
{
	(void)m;
	r->status = -7;
}

/* It is late by then: what it returns does not count, whatever it is. */
START_TEST(listener__that_blocks_for_an_hour_and_returns_no_status_costs_one_send_back)
{
	struct rig *r = begin(3, "consumeThreadMax=4");

	r->slow_ms = 60 * MINUTE;
	r->during = give_no_status;
	rig_start(r);
	rig_advance(r, 30 * MINUTE);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 3);
	rig_advance(r, 200 * MINUTE);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 3);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

/* --- Orderly ---------------------------------------------------------------------------------------- */

/* COMMIT and ROLLBACK of Java's enum are 1 and 2 there, by ordinal; who carries them over is told. */
static const int no_statuses[] = {2, 3, -1, INT_MAX, INT_MIN};

START_TEST(orderly__status_that_is_none_holds_the_queue)
{
	struct rig *r = begin(3, NULL);
	char words[128];

	rig_orderly(r);
	r->status = no_statuses[_i];
	rig_start(r);
	rig_advance(r, 10500);
	/* The first one, once a second. */
	ck_assert_uint_ge(r->seen_count, 10);
	ck_assert_uint_le(r->seen_count, 11);
	ck_assert_int_eq(rig_seen(r, "m0001"), 0);
	ck_assert_int_le(rig_committed(r), 0);
	ck_assert_uint_le(r->lines[RMQ_LOG_WARN], 2);
	snprintf(words, sizeof(words),
		 "orderly listener of T returned %d, which is no status: taken as "
		 "SUSPEND_CURRENT_QUEUE_A_MOMENT",
		 no_statuses[_i]);
	ck_assert_ptr_nonnull(strstr(r->log, words));
	r->status = RMQ_ORDERLY_SUCCESS;
	rig_advance(r, 7000);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(orderly__that_throws_all_away_ends_with_dead_letters_in_order)
{
	struct rig *r = begin(4, "maxReconsumeTimes=2");

	rig_orderly(r);
	r->status = RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	rig_start(r);
	rig_advance(r, MINUTE);
	ck_assert_uint_eq(r->seen_count, 4 * 3);
	for (size_t i = 0; i < r->seen_count; i++)
		ck_assert_int_eq(r->seen[i].offset, (int64_t)i / 3);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK) +
				  fake_broker_count(r->broker, RMQI_REQ_SEND_MESSAGE_V2),
			  4);
	ck_assert_int_eq(rig_committed(r), 4);
	rig_free(r);
}
END_TEST

/* --- The expression is replaced while messages wait ------------------------------------------------- */

static void subscribe_b(struct rig *r, int64_t since_ms)
{
	if (since_ms != 2000)
		return;
	r->meanwhile = NULL;
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "B", NULL), RMQ_OK);
	fake_broker_put(r->broker, "T", 0, "a-after", "A");
	fake_broker_put(r->broker, "T", 0, "b-after", "B");
}

/* doc/reference/filter.md */
START_TEST(expression__replaced_lets_through_what_was_fetched_by_the_old_one)
{
	struct rig *r = begin(0, "consumeThreadMax=1");

	for (int i = 0; i < 40; i++)
		fake_broker_put(r->broker, "T", 0, i % 2 ? "b-before" : "a-before",
				i % 2 ? "B" : "A");
	r->slow_ms = 10000;
	r->meanwhile = subscribe_b;
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "A", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_OK);
	rig_advance(r, 5000);
	r->slow_ms = 0;
	rig_advance(r, 60 * MINUTE);
	/* Its B were passed over before they were wanted. */
	ck_assert_int_eq(rig_seen(r, "a-before"), 20);
	ck_assert_int_eq(rig_seen(r, "b-before"), 0);
	ck_assert_int_eq(rig_seen(r, "a-after"), 0);
	ck_assert_int_eq(rig_seen(r, "b-after"), 1);
	ck_assert_int_eq(rig_committed(r), 42);
	rig_free(r);
}
END_TEST

START_TEST(expression__replaced_while_orderly_keeps_the_order)
{
	struct rig *r = begin(0, NULL);

	for (int i = 0; i < 10; i++)
		fake_broker_put(r->broker, "T", 0, "a-before", "A");
	rig_orderly(r);
	r->slow_ms = 10000;
	r->meanwhile = subscribe_b;
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "A", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_OK);
	rig_advance(r, 10 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 11);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(r->seen[i].offset, (int64_t)i);
	ck_assert_str_eq(r->seen[10].body, "b-after");
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		listener__that_throws_all_away_does_not_spin,
		listener__that_never_returns_a_status_is_told_seldom,
		listener__that_blocks_for_an_hour_and_returns_no_status_costs_one_send_back,
		orderly__that_throws_all_away_ends_with_dead_letters_in_order,
		expression__replaced_lets_through_what_was_fetched_by_the_old_one,
		expression__replaced_while_orderly_keeps_the_order,
	};
	struct suite s;

	suite_open(&s, "results");
	suite_add_loop(&s, answer__says_how_many_are_done, RMQI_COUNT(answers));
	suite_add_loop(&s, orderly__status_that_is_none_holds_the_queue, RMQI_COUNT(no_statuses));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
