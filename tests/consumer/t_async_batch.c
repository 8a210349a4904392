/* SPDX-License-Identifier: Apache-2.0 */
/* Many acks that nobody waits for: one call tells what became of each. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "codec/codes.h"
#include "consumer/handle.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { INVISIBLE_MS = 30000, TOLD_MAX = 3, BATCH_MAX = 64 };

struct told {
	int count;
	enum rmq_error error;
	size_t results_count;
	enum rmq_error results[BATCH_MAX];
	bool is_inside; /* it was called on a callback thread of the consumer */
	char sentence[512];
};

static struct rig *r;
static rmq_simple_consumer *c;
static rmq_messages *l;
static struct rmq_error_detail *d;
static struct told told[TOLD_MAX];
static const rmq_message *some[BATCH_MAX];

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
	for (size_t i = 0; i < count; i++)
		some[i] = rmq_messages_at(l, i);
}

static void let_go(void)
{
	rmq_messages_free(l);
	l = NULL;
}

static void on_told(enum rmq_error error, const enum rmq_error *results, size_t count,
		    const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert((error == RMQ_OK) == (detail == NULL));
	ck_assert_uint_le(count, BATCH_MAX);
	t->count++;
	t->error = error;
	t->results_count = count;
	if (count > 0)
		memcpy(t->results, results, count * sizeof(*results));
	t->is_inside = rmqi_client_in_callback(c->member.consumer.client);
	snprintf(t->sentence, sizeof(t->sentence), "%s", rmq_error_detail_message(detail));
}

static void ack(size_t count, struct told *t)
{
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch_async(c, some, count, on_told, t, d),
			 RMQ_OK);
}

static void expect(const struct told *t, enum rmq_error error, size_t count)
{
	ck_assert_int_eq(t->count, 1);
	ck_assert_int_eq(t->error, error);
	ck_assert_uint_eq(t->results_count, count);
	ck_assert(t->is_inside);
	ck_assert(error == RMQ_OK || t->sentence[0] != '\0');
}

static void expect_all(const struct told *t, enum rmq_error error, size_t count)
{
	expect(t, error, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(t->results[i], error);
}

static size_t asked(int32_t code)
{
	return fake_broker_count(r->broker, code);
}

/* --- What becomes of them --------------------------------------------------------------------------- */

START_TEST(batch__is_one_request_and_told_once)
{
	receive(20);
	ack(20, &told[0]);
	/* It keeps the messages itself, and needs the list of pointers no more. */
	memset(some, 0, sizeof(some));
	let_go();
	ck_assert_int_eq(told[0].count, 0);
	rig_advance(r, 60000);
	expect_all(&told[0], RMQ_OK, 20);
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 0);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_int_eq(c->member.consumer.counts.acks, 20);
}
END_TEST

/* They lie elsewhere, as far as the batch can see. */
static void move(size_t at, const char *broker)
{
	((struct rmq_message *)(uintptr_t)some[at])->queue.broker_name = broker;
}

START_TEST(batch__is_a_request_a_broker)
{
	receive(6);
	move(1, "b");
	move(3, "b");
	move(4, "c");
	ack(6, &told[0]);
	rig_advance(r, 1000);
	expect_all(&told[0], RMQ_OK, 6);
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 2);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(batch__of_nothing_is_told)
{
	ack(0, &told[0]);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_OK, 0);
}
END_TEST

START_TEST(batch__of_an_older_broker_is_told_one_by_one)
{
	receive(3);
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE,
			   RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	ack(3, &told[0]);
	rig_advance(r, 1000);
	expect(&told[0], RMQ_OK, 3);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 3);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

START_TEST(batch__tells_which_one_failed)
{
	rmq_message *own = rmq_message_new("T", "x", 1);
	rmq_message *copy;

	receive(4);
	copy = rmq_message_dup(some[3]);
	some[3] = copy;
	some[4] = some[2];
	some[2] = own;
	ack(5, &told[0]);
	rmq_message_free(own);
	rmq_message_free(copy);
	let_go();
	rig_advance(r, 1000);
	expect(&told[0], RMQ_ERR_INVALID_ARGUMENT, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(told[0].results[i], i == 2 ? RMQ_ERR_INVALID_ARGUMENT : RMQ_OK);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it was not popped"));
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

/* Each ends within its start: that is no recursion, and none looks at all the others. */
START_TEST(batch__of_thousands_that_were_not_popped_is_refused)
{
	enum { MANY = 20000 };
	static const rmq_message *many[MANY];
	static enum rmq_error results[MANY];
	rmq_message *own = rmq_message_new("T", "x", 1);

	for (size_t i = 0; i < MANY; i++)
		many[i] = own;
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch(c, many, MANY, results, d),
			 RMQ_ERR_INVALID_ARGUMENT);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(results[i], RMQ_ERR_INVALID_ARGUMENT);
	rmq_message_free(own);
}
END_TEST

START_TEST(batch__that_comes_too_late_says_so)
{
	receive(2);
	rig_advance(r, INVISIBLE_MS);
	ack(2, &told[0]);
	rig_advance(r, 1000);
	expect_all(&told[0], RMQ_ERR_EXPIRED, 2);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it is delivered again"));
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(batch__that_was_lost_is_told_again)
{
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE, FAKE_CLOSE, 1);
	receive(3);
	ack(3, &told[0]);
	rig_advance(r, 10000);
	expect_all(&told[0], RMQ_OK, 3);
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 2);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
}
END_TEST

/* The first two are told one by one, and a copy. */
START_TEST(batch__waits_for_a_silent_broker_once)
{
	rmq_message *copy;

	receive(4);
	copy = rmq_message_dup(some[2]);
	some[2] = copy;
	move(3, "b");
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE,
			   RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	fake_broker_refuse(r->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, 3);
	ack(4, &told[0]);
	rmq_message_free(copy);
	rig_advance(r, 12000);
	expect(&told[0], RMQ_ERR_TIMEOUT, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(told[0].results[i], i < 3 ? RMQ_ERR_TIMEOUT : RMQ_OK);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 4);
	ck_assert_uint_eq(fake_broker_out(r->broker), 3);
}
END_TEST

START_TEST(batch__without_memory_fails_or_is_told)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	receive(3);
	/* The threads are made with the first one. */
	while (err != RMQ_OK || told[0].error != RMQ_OK) {
		memset(told, 0, sizeof(told));
		ck_assert_uint_lt(n, 200);
		rmqi_mem_fail_after(++n, 0);
		err = rmqi_simple_consumer_ack_batch_async(c, some, 3, on_told, &told[0], d);
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
START_TEST(batch__whose_request_has_no_memory_is_told)
{
	int failed = 0;

	receive(3);
	ck_assert_int_eq(rmqi_client_need_callbacks(c->member.consumer.client), RMQ_OK);
	for (uint64_t n = 1; n < 40; n++) {
		memset(told, 0, sizeof(told));
		ack(3, &told[0]);
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

START_TEST(close__waits_for_batches_under_way)
{
	receive(4);
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE, FAKE_NO_ANSWER, 1);
	ack(4, &told[0]);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 9000, d), RMQ_OK);
	expect_all(&told[0], RMQ_OK, 4);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_int_eq(rmqi_simple_consumer_ack_batch_async(c, some, 4, on_told, &told[1], d),
			 RMQ_ERR_STATE);
	ck_assert_int_eq(told[1].count, 0);
}
END_TEST

START_TEST(close__tells_a_batch_without_an_answer)
{
	receive(4);
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE, FAKE_NO_ANSWER, FAKE_FOREVER);
	ack(4, &told[0]);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 1000, d), RMQ_ERR_TIMEOUT);
	expect_all(&told[0], RMQ_ERR_CANCELLED, 4);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d),
				     "4 messages that were received are not acknowledged"));
}
END_TEST

/* Two of the broker in one request, which waits to be told again; one alone behind it, which nobody asks for any
 * more. */
START_TEST(close__tells_a_batch_that_waits_for_its_turn)
{
	rmq_message *copy;

	receive(3);
	copy = rmq_message_dup(some[2]);
	some[2] = copy;
	fake_broker_refuse(r->broker, RMQI_REQ_BATCH_ACK_MESSAGE, FAKE_CLOSE, FAKE_FOREVER);
	ack(3, &told[0]);
	rmq_message_free(copy);
	rig_advance(r, 50);
	ck_assert_int_eq(told[0].count, 0);
	ck_assert_int_eq(rmqi_handle_close(&c->member, 0, d), RMQ_ERR_TIMEOUT);
	expect_all(&told[0], RMQ_ERR_CANCELLED, 3);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "the consumer was closed before"));
	ck_assert_uint_eq(asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(free__tells_what_is_under_way)
{
	receive(2);
	ack(2, &told[0]);
	rmqi_handle_free(&c->member);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_eq(told[0].error, RMQ_OK);
	c = NULL;
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		batch__is_one_request_and_told_once,
		batch__is_a_request_a_broker,
		batch__of_nothing_is_told,
		batch__of_an_older_broker_is_told_one_by_one,
		batch__tells_which_one_failed,
		batch__of_thousands_that_were_not_popped_is_refused,
		batch__that_comes_too_late_says_so,
		batch__that_was_lost_is_told_again,
		batch__waits_for_a_silent_broker_once,
		batch__without_memory_fails_or_is_told,
		batch__whose_request_has_no_memory_is_told,
		close__waits_for_batches_under_way,
		close__tells_a_batch_without_an_answer,
		close__tells_a_batch_that_waits_for_its_turn,
		free__tells_what_is_under_way,
	};
	struct suite s;

	suite_open(&s, "async_batch");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
