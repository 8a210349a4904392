/* SPDX-License-Identifier: Apache-2.0 */
/* Where a queue of a lite pull consumer starts that was not there when the consumer began. */
#include "base/macros.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "send/queues.h"
#include "tests/consumer/desk.h"
#include "tests/support/suite.h"

static rmq_lite_pull_consumer *c;

static void ask_for_queues(void)
{
	rmq_queues *all = NULL;

	ck_assert_int_eq(rmqi_lite_pull_queues(c, "T", &all, NULL), RMQ_OK);
	rmqi_queues_free(all);
}

/* The route is known before the start: the queues were asked for. */
static void make(void)
{
	desk_open(1);
	desk_set("consumeFromWhere", "CONSUME_FROM_LAST_OFFSET");
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	desk_put(0, 0, 3);
	ask_for_queues();
}

static void grow(void)
{
	desk_advance(5000);
	fake_broker_topic(desk.broker, "T", 2);
	desk_put(1, 100, 3);
	/* The route comes every 30 s. */
	desk_advance(40000);
}

/* What came to the new queue since we began, and nothing else. */
static void expect_new(void)
{
	rmq_messages *l = NULL;

	ck_assert_int_eq(rmqi_lite_pull_poll(c, 0, &l, NULL), RMQ_OK);
	ck_assert_ptr_nonnull(l);
	desk_must_have(l, 100, 3);
	rmq_messages_free(l);
}

static void end(void)
{
	rmqi_handle_free(&c->member);
	desk_close();
}

START_TEST(assign__of_a_queue_that_came_later_misses_nothing)
{
	struct rmq_queue q[] = {desk_queue(0), desk_queue(1)};

	make();
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q, 1, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	grow();
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q, 2, NULL, NULL), RMQ_OK);
	desk_advance(1000);
	expect_new();
	end();
}
END_TEST

START_TEST(assign__after_the_start_knows_what_was_there)
{
	struct rmq_queue q[] = {desk_queue(0), desk_queue(1)};

	make();
	ck_assert_int_eq(rmqi_lite_pull_assign(c, NULL, 0, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_advance(1000);
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q, 1, NULL, NULL), RMQ_OK);
	grow();
	ck_assert_int_eq(rmqi_lite_pull_assign(c, q, 2, NULL, NULL), RMQ_OK);
	desk_advance(1000);
	expect_new();
	end();
}
END_TEST

START_TEST(subscribe__of_a_topic_that_grows_misses_nothing)
{
	make();
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	grow();
	expect_new();
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		assign__of_a_queue_that_came_later_misses_nothing,
		assign__after_the_start_knows_what_was_there,
		subscribe__of_a_topic_that_grows_misses_nothing,
	};

	return run_suite("assign", tests, RMQI_COUNT(tests));
}
