/* SPDX-License-Identifier: Apache-2.0 */
/* Acks of a simple consumer that nobody waits for: who made one is told once, whatever becomes of it. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { INVISIBLE_MS = 30000, TOLD_MAX = 3 };

struct told {
	int count;
	enum rmq_error error;
	bool is_closing; /* fn closes the consumer */
	bool is_inside;  /* it was called on a callback thread of the consumer */
	char sentence[512];
};

static struct rig *r;
static rmq_simple_consumer *c;
static rmq_messages *l;
static struct rmq_error_detail *d;
static struct told told[TOLD_MAX];

static void set_up(void)
{
	memset(told, 0, sizeof(told));
	r = rig_new(1, 2, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(c, NULL), RMQ_OK);
	d = rmqi_detail_new();
	l = NULL;
}

static void tear_down(void)
{
	rmq_messages_free(l);
	rmqi_detail_discard(d);
	if (c)
		rmqi_handle_free(&c->member);
	rig_free(r);
}

static void receive(size_t count)
{
	rig_put(r, (int)count);
	ck_assert_int_eq(rmqi_simple_consumer_receive(c, 32, INVISIBLE_MS, 5000, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), count);
}

static void on_told(enum rmq_error error, const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert(error != RMQ_OK || detail == NULL);
	t->count++;
	t->error = error;
	t->is_inside = rmqi_client_in_callback(c->member.consumer.client);
	snprintf(t->sentence, sizeof(t->sentence), "%s", rmq_error_detail_message(detail));
	if (t->is_closing)
		ck_assert_int_eq(rmqi_handle_close(&c->member, 5000, NULL), RMQ_OK);
}

static void ack(size_t at, struct told *t)
{
	ck_assert_int_eq(rmqi_simple_consumer_ack_async(c, rmq_messages_at(l, at), on_told, t, d),
			 RMQ_OK);
}

static void change(struct told *t, int64_t invisible_ms)
{
	ck_assert_int_eq(rmqi_simple_consumer_change_invisible_async(c, rmq_messages_at(l, 0),
								     invisible_ms, on_told, t, d),
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
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, times);
}

/* --- What becomes of it ---------------------------------------------------------------------------- */

START_TEST(ack__is_told_once)
{
	receive(1);
	ack(0, &told[0]);
	/* It keeps the message itself. */
	rmq_messages_free(l);
	l = NULL;
	ck_assert_int_eq(told[0].count, 0);
	rig_advance(r, 60000);
	expect(&told[0], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_int_eq(c->member.consumer.counts.acks, 1);
}
END_TEST

START_TEST(ack__that_comes_too_late_says_so)
{
	receive(1);
	rig_advance(r, INVISIBLE_MS);
	ack(0, &told[0]);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_ERR_EXPIRED);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it is delivered again"));
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(ack__of_what_was_not_popped_says_so)
{
	rmq_message *m = rmq_message_new("T", "x", 1);

	ck_assert_int_eq(rmqi_simple_consumer_ack_async(c, m, on_told, &told[0], d), RMQ_OK);
	rmq_message_free(m);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(ack__of_a_copy_is_one)
{
	rmq_message *copy;

	receive(1);
	copy = rmq_message_dup(rmq_messages_at(l, 0));
	ck_assert_int_eq(rmqi_simple_consumer_ack_async(c, copy, on_told, &told[0], d), RMQ_OK);
	rmq_message_free(copy);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(ack__that_was_lost_is_told_again)
{
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, 1);
	receive(1);
	ack(0, &told[0]);
	rig_advance(r, 10000);
	expect(&told[0], RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 2);
}
END_TEST

START_TEST(ack__of_a_broker_that_is_away_fails)
{
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	receive(1);
	ack(0, &told[0]);
	rig_advance(r, 20000);
	expect(&told[0], RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 3);
	ck_assert_int_eq(c->member.consumer.counts.failed_acks, 1);
}
END_TEST

START_TEST(ack__that_is_refused_fails)
{
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, RMQI_RESP_NO_PERMISSION, 1);
	receive(1);
	ack(0, &told[0]);
	rig_advance(r, 1000);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_ne(told[0].error, RMQ_OK);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "NO_PERMISSION"));
}
END_TEST

START_TEST(change__makes_another_receipt)
{
	receive(1);
	change(&told[0], 60000);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_OK);
	rig_advance(r, INVISIBLE_MS + 10000);
	ack(0, &told[1]);
	rig_advance(r, 1000);
	expect(&told[1], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(change__that_comes_too_late_says_so)
{
	receive(1);
	rig_advance(r, INVISIBLE_MS);
	change(&told[0], 60000);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_ERR_EXPIRED);
}
END_TEST

/* It makes another check point each time. */
START_TEST(change__that_may_have_been_heard_is_not_told_again)
{
	fake_broker_refuse(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	receive(1);
	change(&told[0], -1);
	rig_advance(r, 20000);
	expect(&told[0], RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME), 1);
}
END_TEST

START_TEST(ack__without_memory_fails_or_is_told)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	receive(1);
	/* The threads are made with the first one. */
	while (err != RMQ_OK || told[0].error != RMQ_OK) {
		memset(told, 0, sizeof(told));
		ck_assert_uint_lt(n, 200);
		rmqi_mem_fail_after(++n, 0);
		err = rmqi_simple_consumer_ack_async(c, rmq_messages_at(l, 0), on_told, &told[0],
						     d);
		rmqi_mem_fail_after(0, 0);
		rig_advance(r, 1000);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert_int_eq(told[0].count, err == RMQ_OK ? 1 : 0);
	}
	ck_assert_uint_gt(n, 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

static void do_nothing(void *arg)
{
	(void)arg;
}

/* The loop's part of the beginning alone: the fake broker allocates, too. */
START_TEST(ack__whose_request_has_no_memory_is_told)
{
	int failed = 0;

	receive(1);
	ck_assert_int_eq(rmqi_client_need_callbacks(c->member.consumer.client), RMQ_OK);
	for (uint64_t n = 1; n < 8; n++) {
		memset(told, 0, sizeof(told));
		ack(0, &told[0]);
		rmqi_mem_fail_after(n, 0);
		rmqi_loop_call(c->member.consumer.loop, do_nothing, NULL);
		rmqi_mem_fail_after(0, 0);
		rig_advance(r, 1000);
		ck_assert_int_eq(told[0].count, 1);
		failed += told[0].error != RMQ_OK;
	}
	ck_assert_int_gt(failed, 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

/* --- The end ------------------------------------------------------------------------------------- */

START_TEST(close__waits_for_acks_under_way)
{
	receive(2);
	silence(2);
	ack(0, &told[0]);
	ack(1, &told[1]);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 9000, d), RMQ_OK);
	expect(&told[0], RMQ_OK);
	expect(&told[1], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(close__tells_an_ack_without_an_answer)
{
	receive(1);
	silence(FAKE_FOREVER);
	ack(0, &told[0]);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 1000, d), RMQ_ERR_TIMEOUT);
	expect(&told[0], RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d),
				     "1 messages that were received are not acknowledged"));
}
END_TEST

START_TEST(close__tells_an_ack_that_waits_for_its_turn)
{
	receive(1);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	ack(0, &told[0]);
	rig_advance(r, 50);
	ck_assert_int_eq(told[0].count, 0);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 0, d), RMQ_ERR_TIMEOUT);
	expect(&told[0], RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "the consumer was closed before"));
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_ACK_MESSAGE), 1);
}
END_TEST

START_TEST(close__from_within_the_callback_waits_for_the_others)
{
	receive(2);
	told[0].is_closing = true;
	ack(0, &told[0]);
	silence(1);
	ack(1, &told[1]);
	rig_advance(r, 20000);
	expect(&told[0], RMQ_OK);
	expect(&told[1], RMQ_OK);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_int_eq(
		rmqi_simple_consumer_ack_async(c, rmq_messages_at(l, 0), on_told, &told[2], d),
		RMQ_ERR_STATE);
	ck_assert_int_eq(told[2].count, 0);
}
END_TEST

START_TEST(free__tells_what_is_under_way)
{
	receive(1);
	ack(0, &told[0]);
	rmqi_handle_free(&c->member);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_eq(told[0].error, RMQ_OK);
	c = NULL;
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
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
