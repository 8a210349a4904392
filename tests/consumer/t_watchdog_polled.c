/* SPDX-License-Identifier: Apache-2.0 */
/* What the watchdog tells of consumers that are asked for messages: lite pull, and the simple consumer. */
#include <string.h>

#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "consumer/simple_consumer.h"
#include "tests/consumer/desk.h"
#include "tests/support/suite.h"

enum { S = 1000, MINUTE = 60 * S };

static rmq_lite_pull_consumer *c;

static void begin(const char *key, const char *value)
{
	desk_open(2);
	if (key)
		desk_set(key, value);
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_advance(S);
}

static void end(void)
{
	rmqi_handle_free(&c->member);
	desk_close();
}

static void expect_told(const char *text)
{
	ck_assert_msg(strstr(desk.log, text) != NULL, "\"%s\" lacks \"%s\"", desk.log, text);
}

START_TEST(poll__that_nobody_makes_is_told)
{
	rmq_messages *l = NULL;

	begin(NULL, NULL);
	desk_advance(10 * MINUTE);
	ck_assert_uint_eq(desk.log_len, 0);
	desk_put(0, 0, 3);
	desk_advance(MINUTE + 50 * S);
	ck_assert_uint_eq(desk.log_len, 0);
	desk_advance(30 * S);
	expect_told("consumption: no progress for 1");
	expect_told("3 messages wait for a poll");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rmqi_lite_pull_poll(c, 0, &l, NULL), RMQ_OK);
		rmq_messages_free(l);
	}
	desk_advance(MINUTE);
	desk.log_len = 0;
	desk.log[0] = '\0';
	desk_advance(10 * MINUTE);
	ck_assert_uint_eq(desk.log_len, 0);
	end();
}
END_TEST

/* Two queues, by one cause. */
START_TEST(poll__that_nobody_makes_is_told_once)
{
	begin(NULL, NULL);
	desk_put(0, 0, 3);
	desk_put(1, 0, 3);
	desk_advance(2 * MINUTE + 20 * S);
	expect_told("wait for a poll");
	ck_assert_ptr_null(strchr(strchr(desk.log, '\n') + 1, '\n'));
	end();
}
END_TEST

START_TEST(list__that_is_not_freed_is_told)
{
	rmq_messages *l = NULL;

	begin(NULL, NULL);
	desk_put(0, 0, 1);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, S, &l, NULL), RMQ_OK);
	desk_advance(3 * MINUTE);
	expect_told("a list of its messages that was polled is not freed");
	rmq_messages_free(l);
	end();
}
END_TEST

START_TEST(queue__that_is_paused_is_told)
{
	struct rmq_queue q = desk_queue(1);

	begin(NULL, NULL);
	ck_assert_int_eq(rmqi_lite_pull_hold(c, &q, 1, true, NULL), RMQ_OK);
	desk_advance(3 * MINUTE);
	expect_told("topic T, consumption: no progress for 1");
	expect_told("the application has paused it");
	ck_assert_ptr_null(strstr(desk.log, "broker-a:0"));
	end();
}
END_TEST

/* Queue 0 fills the buffer: queue 1 has nothing, and waits for room. */
START_TEST(queue__that_waits_for_room_is_told_with_the_limit)
{
	begin("pullThresholdForAll", "2");
	desk_put(0, 0, 3);
	desk_advance(3 * MINUTE);
	expect_told("3 messages of all queues wait for a poll (pullThresholdForAll=2)");
	end();
}
END_TEST

START_TEST(topic__of_a_simple_consumer_without_a_route_is_told)
{
	rmq_simple_consumer *s = NULL;

	desk_open(1);
	ck_assert_int_eq(rmqi_simple_consumer_new(desk.config, "G", &s, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&s->member, "Later", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&s->member, NULL), RMQ_OK);
	desk_advance(3 * MINUTE);
	expect_told("topic Later, consumption: no progress for 120 s: no name server has told "
		    "where topic Later is");
	rmqi_handle_free(&s->member);
	desk_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		poll__that_nobody_makes_is_told,
		poll__that_nobody_makes_is_told_once,
		list__that_is_not_freed_is_told,
		queue__that_is_paused_is_told,
		queue__that_waits_for_room_is_told_with_the_limit,
		topic__of_a_simple_consumer_without_a_route_is_told,
	};

	return run_suite("watchdog_polled", tests, RMQI_COUNT(tests));
}
