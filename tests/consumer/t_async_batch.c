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
#include "tests/consumer/simple_stage.h"

enum { TOLD_MAX = 3 };

struct told {
	int count;
	enum rmq_error error;
	size_t results_count;
	enum rmq_error results[STAGE_MAX];
	bool is_inside; /* it was called on a callback thread of the consumer */
	char sentence[512];
};

static struct told told[TOLD_MAX];

static void set_up(void)
{
	memset(told, 0, sizeof(told));
	stage_set_up();
}

static void on_told(enum rmq_error error, const enum rmq_error *results, size_t count,
		    const rmq_error_detail *detail, void *arg)
{
	struct told *t = arg;

	ck_assert((error == RMQ_OK) == (detail == NULL));
	ck_assert_uint_le(count, STAGE_MAX);
	t->count++;
	t->error = error;
	t->results_count = count;
	if (count > 0)
		memcpy(t->results, results, count * sizeof(*results));
	t->is_inside = rmqi_client_in_callback(stage.consumer->member.consumer.client);
	snprintf(t->sentence, sizeof(t->sentence), "%s", rmq_error_detail_message(detail));
}

static enum rmq_error begin_ack(size_t count, struct told *t)
{
	return rmqi_simple_consumer_ack_batch_async(stage.consumer, stage.some, count, on_told, t,
						    stage.detail);
}

static void ack(size_t count, struct told *t)
{
	ck_assert_int_eq(begin_ack(count, t), RMQ_OK);
}

/* What the broker says to batches, so many times. */
static void refuse(int response, int times)
{
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE, response, times);
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

/* --- What becomes of them --------------------------------------------------------------------------- */

START_TEST(batch__is_one_request_and_told_once)
{
	stage_receive(20);
	ack(20, &told[0]);
	/* It keeps the messages itself, and needs the list of pointers no more. */
	memset(stage.some, 0, sizeof(stage.some));
	stage_let_go();
	ck_assert_int_eq(told[0].count, 0);
	stage_advance(60000);
	expect_all(&told[0], RMQ_OK, 20);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 0);
	stage_expect_out(0);
	ck_assert_int_eq(stage.consumer->member.consumer.counts.acks, 20);
}
END_TEST

/* They lie elsewhere, as far as the batch can see. */
static void move(size_t at, const char *broker)
{
	((struct rmq_message *)(uintptr_t)stage.some[at])->queue.broker_name = broker;
}

START_TEST(batch__is_a_request_a_broker)
{
	stage_receive(6);
	move(1, "b");
	move(3, "b");
	move(4, "c");
	ack(6, &told[0]);
	stage_advance(1000);
	expect_all(&told[0], RMQ_OK, 6);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 2);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 1);
	stage_expect_out(0);
}
END_TEST

START_TEST(batch__of_nothing_is_told)
{
	ack(0, &told[0]);
	stage_advance(1000);
	expect(&told[0], RMQ_OK, 0);
}
END_TEST

START_TEST(batch__of_an_older_broker_is_told_one_by_one)
{
	stage_receive(3);
	refuse(RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	ack(3, &told[0]);
	stage_advance(1000);
	expect(&told[0], RMQ_OK, 3);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 3);
	stage_expect_out(0);
}
END_TEST

START_TEST(batch__tells_which_one_failed)
{
	rmq_message *own = rmq_message_new("T", "x", 1);
	rmq_message *copy;

	stage_receive(4);
	copy = rmq_message_dup(stage.some[3]);
	stage.some[3] = copy;
	stage.some[4] = stage.some[2];
	stage.some[2] = own;
	ack(5, &told[0]);
	rmq_message_free(own);
	rmq_message_free(copy);
	stage_let_go();
	stage_advance(1000);
	expect(&told[0], RMQ_ERR_INVALID_ARGUMENT, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(told[0].results[i], i == 2 ? RMQ_ERR_INVALID_ARGUMENT : RMQ_OK);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it was not popped"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 1);
	stage_expect_out(0);
}
END_TEST

/* Each ends within its start: that is no recursion, and none looks at all the others. */
START_TEST(batch__of_thousands_that_were_not_popped_is_refused)
{
	enum { MANY = 20000 };
	static const rmq_message *many[MANY];
	static enum rmq_error results[MANY];
	rmq_message *own = rmq_message_new("T", "x", 1);
	enum rmq_error err;

	for (size_t i = 0; i < MANY; i++)
		many[i] = own;
	err = rmqi_simple_consumer_ack_batch(stage.consumer, many, MANY, results, stage.detail);
	ck_assert_int_eq(err, RMQ_ERR_INVALID_ARGUMENT);
	for (size_t i = 0; i < MANY; i++)
		ck_assert_int_eq(results[i], RMQ_ERR_INVALID_ARGUMENT);
	rmq_message_free(own);
}
END_TEST

START_TEST(batch__that_comes_too_late_says_so)
{
	stage_receive(2);
	stage_advance(INVISIBLE_MS);
	ack(2, &told[0]);
	stage_advance(1000);
	expect_all(&told[0], RMQ_ERR_EXPIRED, 2);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it is delivered again"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(batch__that_was_lost_is_told_again)
{
	refuse(FAKE_CLOSE, 1);
	stage_receive(3);
	ack(3, &told[0]);
	stage_advance(10000);
	expect_all(&told[0], RMQ_OK, 3);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 2);
	stage_expect_out(0);
}
END_TEST

/* The first two are told one by one, and a copy. */
START_TEST(batch__waits_for_a_silent_broker_once)
{
	rmq_message *copy;

	stage_receive(4);
	copy = rmq_message_dup(stage.some[2]);
	stage.some[2] = copy;
	move(3, "b");
	refuse(RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	fake_broker_refuse(stage.rig->broker, RMQI_REQ_ACK_MESSAGE, FAKE_NO_ANSWER, 3);
	ack(4, &told[0]);
	rmq_message_free(copy);
	stage_advance(12000);
	expect(&told[0], RMQ_ERR_TIMEOUT, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(told[0].results[i], i < 3 ? RMQ_ERR_TIMEOUT : RMQ_OK);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 4);
	stage_expect_out(3);
}
END_TEST

/* Two came 28 s before the others, and their time is over when the batch is told again. */
START_TEST(batch__told_again_leaves_out_what_is_too_late_by_then)
{
	rmq_messages *early;

	stage_receive(2);
	early = stage.messages;
	stage.some[2] = stage.some[0];
	stage.some[3] = stage.some[1];
	stage_advance(INVISIBLE_MS - 2000);
	stage_receive(2);
	refuse(FAKE_NO_ANSWER, 1);
	ack(4, &told[0]);
	stage_advance(10000);
	rmq_messages_free(early);
	expect(&told[0], RMQ_ERR_EXPIRED, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(told[0].results[i], i < 2 ? RMQ_OK : RMQ_ERR_EXPIRED);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it is delivered again"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 2);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

/* It is told again three times in all, with or without these. */
START_TEST(batch__told_again_is_given_up_as_any_other)
{
	rmq_messages *early;

	stage_receive(2);
	early = stage.messages;
	stage.some[2] = stage.some[0];
	stage.some[3] = stage.some[1];
	stage_advance(INVISIBLE_MS - 2000);
	stage_receive(2);
	refuse(FAKE_NO_ANSWER, FAKE_FOREVER);
	ack(4, &told[0]);
	stage_advance(20000);
	rmq_messages_free(early);
	ck_assert_int_eq(told[0].count, 1);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(told[0].results[i], i < 2 ? RMQ_ERR_TIMEOUT : RMQ_ERR_EXPIRED);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 3);
}
END_TEST

static void refresh(void *arg)
{
	rmqi_client_refresh_routes(arg);
}

static void routes_change(void)
{
	struct rmqi_consumer *c = &stage.consumer->member.consumer;

	rmqi_loop_call(c->loop, refresh, c->client);
	stage_advance(1500);
}

/* The route of U names the broker no more, that of T does. */
START_TEST(batch__of_a_topic_that_has_left_its_broker_is_told_there)
{
	rmq_messages *other = NULL;

	fake_broker_topic(stage.rig->broker, "U", 1);
	ck_assert_int_eq(rmqi_handle_subscribe(&stage.consumer->member, "U", RMQI_EXPRESSION_TAG,
					       "*", NULL),
			 RMQ_OK);
	stage_receive(2);
	fake_broker_put(stage.rig->broker, "U", 0, "u", NULL);
	ck_assert_int_eq(rmqi_simple_consumer_receive(stage.consumer, 32, INVISIBLE_MS, 5000,
						      &other, NULL),
			 RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(other), 1);
	stage.some[2] = stage.some[0];
	stage.some[0] = rmq_messages_at(other, 0);
	fake_broker_forgets(stage.rig->broker, "U");
	routes_change();
	ack(3, &told[0]);
	rmq_messages_free(other);
	stage_advance(5000);
	expect_all(&told[0], RMQ_OK, 3);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	stage_expect_out(0);
}
END_TEST

/* And one at another broker, which nobody knows either. */
START_TEST(batch__of_a_broker_in_no_route_says_so)
{
	stage_receive(3);
	move(2, "b");
	fake_broker_names(stage.rig->broker, NULL, NULL);
	routes_change();
	ack(3, &told[0]);
	stage_advance(5000);
	expect_all(&told[0], RMQ_ERR_NO_BROKER, 3);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "it has no master now"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(batch__without_memory_fails_or_is_told)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	stage_receive(3);
	/* The threads are made with the first one. */
	while (err != RMQ_OK || told[0].error != RMQ_OK) {
		memset(told, 0, sizeof(told));
		ck_assert_uint_lt(n, 200);
		rmqi_mem_fail_after(++n, 0);
		err = begin_ack(3, &told[0]);
		rmqi_mem_fail_after(0, 0);
		stage_advance(1000);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert_int_eq(told[0].count, err == RMQ_OK ? 1 : 0);
	}
	ck_assert_uint_gt(n, 2);
	stage_expect_out(0);
}
END_TEST

START_TEST(batch__whose_request_has_no_memory_is_told)
{
	int failed = 0;

	stage_receive(3);
	stage_need_callbacks();
	for (uint64_t n = 1; n < 40; n++) {
		memset(told, 0, sizeof(told));
		ack(3, &told[0]);
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

START_TEST(close__waits_for_batches_under_way)
{
	stage_receive(4);
	refuse(FAKE_NO_ANSWER, 1);
	ack(4, &told[0]);
	ck_assert_int_eq(stage_close(9000), RMQ_OK);
	expect_all(&told[0], RMQ_OK, 4);
	stage_expect_out(0);
	ck_assert_int_eq(begin_ack(4, &told[1]), RMQ_ERR_STATE);
	ck_assert_int_eq(told[1].count, 0);
}
END_TEST

START_TEST(close__tells_a_batch_without_an_answer)
{
	stage_receive(4);
	refuse(FAKE_NO_ANSWER, FAKE_FOREVER);
	ack(4, &told[0]);
	ck_assert_int_eq(stage_close(1000), RMQ_ERR_TIMEOUT);
	expect_all(&told[0], RMQ_ERR_CANCELLED, 4);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(stage.detail),
				     "4 messages that were received are not acknowledged"));
}
END_TEST

/* Two of the broker in one request, which waits to be told again; one alone behind it, which nobody asks for any
 * more. */
START_TEST(close__tells_a_batch_that_waits_for_its_turn)
{
	rmq_message *copy;

	stage_receive(3);
	copy = rmq_message_dup(stage.some[2]);
	stage.some[2] = copy;
	refuse(FAKE_CLOSE, FAKE_FOREVER);
	ack(3, &told[0]);
	rmq_message_free(copy);
	stage_advance(50);
	ck_assert_int_eq(told[0].count, 0);
	ck_assert_int_eq(stage_close(0), RMQ_ERR_TIMEOUT);
	expect_all(&told[0], RMQ_ERR_CANCELLED, 3);
	ck_assert_ptr_nonnull(strstr(told[0].sentence, "the consumer was closed before"));
	ck_assert_uint_eq(stage_asked(RMQI_REQ_BATCH_ACK_MESSAGE), 1);
	ck_assert_uint_eq(stage_asked(RMQI_REQ_ACK_MESSAGE), 0);
}
END_TEST

START_TEST(free__tells_what_is_under_way)
{
	stage_receive(2);
	ack(2, &told[0]);
	rmqi_handle_free(&stage.consumer->member);
	ck_assert_int_eq(told[0].count, 1);
	ck_assert_int_eq(told[0].error, RMQ_OK);
	stage.consumer = NULL;
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
		batch__told_again_leaves_out_what_is_too_late_by_then,
		batch__told_again_is_given_up_as_any_other,
		batch__of_a_topic_that_has_left_its_broker_is_told_there,
		batch__of_a_broker_in_no_route_says_so,
		batch__without_memory_fails_or_is_told,
		batch__whose_request_has_no_memory_is_told,
		close__waits_for_batches_under_way,
		close__tells_a_batch_without_an_answer,
		close__tells_a_batch_that_waits_for_its_turn,
		free__tells_what_is_under_way,
	};
	struct suite s;

	suite_open(&s, "async_batch");
	tcase_add_checked_fixture(s.all, set_up, stage_tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
