/* SPDX-License-Identifier: Apache-2.0 */
/* Acks of a simple consumer that nobody waits for: who made one is told once, whatever becomes of it. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "tests/consumer/simple_stage.h"

enum { TOLD_MAX = 3 };

struct told {
	int count;
	enum rmq_error error;
	bool is_closing; /* fn closes the consumer */
	bool is_inside;  /* it was called on a callback thread of the consumer */
	char sentence[512];
};

static struct told told[TOLD_MAX];

static void set_up(void)
{
	memset(told, 0, sizeof(told));
	stage_set_up();
}

static void on_told(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert(error != RMQ_OK || detail == NULL);
	t->count++;
	t->error = error;
	t->is_inside = rmqi_client_in_callback(stage.consumer->member.consumer.client);
	snprintf(t->sentence, sizeof(t->sentence), "%s", rmq_error_detail_message(detail));
	if (t->is_closing)
		ck_assert_int_eq(rmqi_handle_close(&stage.consumer->member, 5000, NULL), RMQ_OK);
}

static enum rmq_error begin_ack(const rmq_message *m, struct told *t)
{
	return rmqi_simple_consumer_ack_async(stage.consumer, m, on_told, t, stage.detail);
}

static void ack(size_t at, struct told *t)
{
	ck_assert_int_eq(begin_ack(stage.some[at], t), RMQ_OK);
}

static void change(struct told *t, int64_t invisible_ms)
{
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible_async(
				 stage.consumer, stage.some[0], invisible_ms, on_told, t,
				 stage.detail),
			 RMQ_OK);
}

static void expect(const struct told *t, enum rmq_error error)
{
	ck_assert_int_eq(t->count, 1);
	ck_assert_int_eq(t->error, error);
	ck_assert(t->is_inside);
	ck_assert(error == RMQ_OK || t->sentence[0] != '\0');
}

static void silence(int times)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, times);
}

/* --- What becomes of it ---------------------------------------------------------------------------- */

START_TEST(ack__is_told_once)
{
	stage_receive(1);
	ack(0, &told[0]);
	/* It keeps the message itself. */
	stage_let_go();
	ck_assert_int_eq(told[0].count, 0);
	stage_advance(60000);
	expect(&told[0], RMQ_OK);
	stage_expect_out(0);
	ck_assert_int_eq(stage.consumer->member.consumer.counts.acks, 1);
}
END_TEST

START_TEST(ack__that_comes_too_late_says_so)
{
	stage_receive(1);
	stage_advance(INVISIBLE_MS);
	ack(0, &told[0]);
	stage_advance(1000);
	expect(&told[0], RMQ_ERR_EXPIRED);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it is delivered again"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(ack__of_what_was_not_popped_says_so)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(begin_ack(m, &told[0]), RMQ_OK);
	rmq_message_free(m);
	stage_advance(1000);
	expect(&told[0], RMQ_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(ack__of_a_copy_is_one)
{
	rmq_message *copy;

	stage_receive(1);
	copy = rmq_message_dup(stage.some[0]);
	ck_assert_int_eq(begin_ack(copy, &told[0]), RMQ_OK);
	rmq_message_free(copy);
	stage_advance(1000);
	expect(&told[0], RMQ_OK);
	stage_expect_out(0);
}
END_TEST

START_TEST(ack__that_was_lost_is_told_again)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, 1);
	stage_receive(1);
	ack(0, &told[0]);
	stage_advance(10000);
	expect(&told[0], RMQ_OK);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 2);
}
END_TEST

START_TEST(ack__of_a_broker_that_is_away_fails)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	stage_receive(1);
	ack(0, &told[0]);
	stage_advance(20000);
	expect(&told[0], RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 3);
	ck_assert_int_eq(stage.consumer->member.consumer.counts.failed_acks, 1);
}
END_TEST

START_TEST(ack__that_is_refused_fails)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, RMQI_RESP_NO_PERMISSION, 1);
	stage_receive(1);
	ack(0, &told[0]);
	stage_advance(1000);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_ne(told[0].error, RMQ_OK);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "NO_PERMISSION"));
}
END_TEST

START_TEST(change__makes_another_receipt)
{
	stage_receive(1);
	change(&told[0], 60000);
	stage_advance(1000);
	expect(&told[0], RMQ_OK);
	stage_advance(INVISIBLE_MS + 10000);
	ack(0, &told[1]);
	stage_advance(1000);
	expect(&told[1], RMQ_OK);
	stage_expect_out(0);
}
END_TEST

START_TEST(change__that_comes_too_late_says_so)
{
	stage_receive(1);
	stage_advance(INVISIBLE_MS);
	change(&told[0], 60000);
	stage_advance(1000);
	expect(&told[0], RMQ_ERR_EXPIRED);
}
END_TEST

/* It makes another check point each time. */
START_TEST(change__that_may_have_been_heard_is_not_told_again)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	stage_receive(1);
	change(&told[0], -1);
	stage_advance(20000);
	expect(&told[0], RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 1);
}
END_TEST

START_TEST(ack__without_memory_fails_or_is_told)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	stage_receive(1);
	/* The threads are made with the first one. */
	while (err != RMQ_OK || told[0].error != RMQ_OK) {
		memset(told, 0, sizeof(told));
		ck_assert_uint_lt(n, 200);
		rmqi_mem_fail_after(++n, 0);
		err = begin_ack(stage.some[0], &told[0]);
		rmqi_mem_fail_after(0, 0);
		stage_advance(1000);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert_int_eq(told[0].count, err == RMQ_OK ? 1 : 0);
	}
	ck_assert_uint_gt(n, 2);
	stage_expect_out(0);
}
END_TEST

START_TEST(ack__whose_request_has_no_memory_is_told)
{
	int failed = 0;

	stage_receive(1);
	stage_need_callbacks();
	for (uint64_t n = 1; n < 8; n++) {
		memset(told, 0, sizeof(told));
		ack(0, &told[0]);
		stage_run_without_memory(n);
		stage_advance(1000);
		ck_assert_int_eq(told[0].count, 1);
		failed += told[0].error != RMQ_OK;
	}
	ck_assert_int_gt(failed, 0);
	stage_expect_out(0);
}
END_TEST

/* --- The end ------------------------------------------------------------------------------------- */

START_TEST(close__waits_for_acks_under_way)
{
	stage_receive(2);
	silence(2);
	ack(0, &told[0]);
	ack(1, &told[1]);
	ck_assert_int_eq(stage_close(9000), RMQ_OK);
	expect(&told[0], RMQ_OK);
	expect(&told[1], RMQ_OK);
	stage_expect_out(0);
}
END_TEST

START_TEST(close__tells_an_ack_without_an_answer)
{
	stage_receive(1);
	silence(FAKE_FOREVER);
	ack(0, &told[0]);
	ck_assert_int_eq(stage_close(1000), RMQ_ERR_TIMEOUT);
	expect(&told[0], RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(stage.detail),
				     "1 messages that were received are not acknowledged"));
}
END_TEST

START_TEST(close__tells_an_ack_that_waits_for_its_turn)
{
	stage_receive(1);
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	ack(0, &told[0]);
	stage_advance(50);
	ck_assert_int_eq(told[0].count, 0);
	ck_assert_int_eq(stage_close(0), RMQ_ERR_TIMEOUT);
	expect(&told[0], RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "the consumer was closed before"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 1);
}
END_TEST

START_TEST(close__from_within_the_callback_waits_for_the_others)
{
	stage_receive(2);
	told[0].is_closing = true;
	ack(0, &told[0]);
	silence(1);
	ack(1, &told[1]);
	stage_advance(20000);
	expect(&told[0], RMQ_OK);
	expect(&told[1], RMQ_OK);
	stage_expect_out(0);
	ck_assert_int_eq(begin_ack(stage.some[0], &told[2]), RMQ_ERR_STATE);
	ck_assert_int_eq(told[2].count, 0);
}
END_TEST

START_TEST(free__tells_what_is_under_way)
{
	stage_receive(1);
	ack(0, &told[0]);
	rmqi_handle_free(&stage.consumer->member);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_eq(told[0].error, RMQ_OK);
	stage.consumer = NULL;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ack__is_told_once,
		ack__that_comes_too_late_says_so,
		ack__of_what_was_not_popped_says_so,
		ack__of_a_copy_is_one,
		ack__that_was_lost_is_told_again,
		ack__of_a_broker_that_is_away_fails,
		ack__that_is_refused_fails,
		ack__without_memory_fails_or_is_told,
		ack__whose_request_has_no_memory_is_told,
		change__makes_another_receipt,
		change__that_comes_too_late_says_so,
		change__that_may_have_been_heard_is_not_told_again,
		close__waits_for_acks_under_way,
		close__tells_an_ack_without_an_answer,
		close__tells_an_ack_that_waits_for_its_turn,
		close__from_within_the_callback_waits_for_the_others,
		free__tells_what_is_under_way,
	};
	struct suite s;

	suite_open(&s, "async_acks");
	tcase_add_checked_fixture(s.all, set_up, stage_tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
