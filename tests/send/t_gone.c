/* SPDX-License-Identifier: Apache-2.0 */
/* A broker that says that the queue is gone, or led by another one: the route is fetched, once, and obeyed. */
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "send/core.h"
#include "send/verdict.h"
#include "tests/support/suite.h"

enum { BUDGET_US = 3000 * 1000 };

static struct rmqi_publish_queue before[] = {{.broker_name = "a", .address = "a:1"},
					     {.broker_name = "a", .address = "a:1", .queue_id = 1}};
static struct rmqi_publish_queue after[] = {{.broker_name = "a", .address = "a:1"}};
static struct rmqi_topic_route old_route, new_route;
static struct rmqi_send s;
static struct rmqi_send_step step;

static void begin(struct rmqi_picker picker)
{
	struct rmqi_send_rules rules = {.tries = 3, .attempt_most_us = -1};

	memset(&old_route, 0, sizeof(old_route));
	memset(&new_route, 0, sizeof(new_route));
	old_route.publish = before;
	old_route.publish_count = 2;
	new_route.publish = after;
	new_route.publish_count = 1;
	old_route.publish_brokers = new_route.publish_brokers = 1;
	rmqi_send_init(&s, &rules, picker, &old_route, NULL, BUDGET_US, BUDGET_US);
}

static void expect_try(int32_t queue_id)
{
	step = rmqi_send_next(&s, 0, false);
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	ck_assert_int_eq(step.queue->queue_id, queue_id);
}

static void refused(int32_t code)
{
	struct rmqi_send_outcome o = {
		.phase = RMQ_PHASE_ANSWER, .code = code, .is_queue_gone = true};

	rmqi_send_ended(&s, &o, 0);
}

static void expect_route(void)
{
	step = rmqi_send_next(&s, 0, false);
	ck_assert_int_eq(step.what, RMQI_SEND_ROUTE);
	ck_assert(step.until_us == BUDGET_US);
}

static void expect_done(enum rmq_error error, unsigned flags)
{
	step = rmqi_send_next(&s, 0, false);
	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
	ck_assert_int_eq(s.error, error);
	ck_assert_uint_eq(s.flags, flags);
}

START_TEST(gone__is_told_by_code_or_by_the_remark_of_old_brokers)
{
	struct rmqi_str illegal = RMQI_STR("request queueId[9] is illegal, TopicConfig ...");

	ck_assert(rmqi_send_is_queue_gone(RMQI_RESP_INVALID_PARAMETER, illegal));
	ck_assert(rmqi_send_is_queue_gone(RMQI_RESP_SYSTEM_ERROR, illegal));
	ck_assert(rmqi_send_is_queue_gone(RMQI_RESP_NOT_LEADER_FOR_QUEUE, RMQI_STR("")));
	ck_assert(!rmqi_send_is_queue_gone(RMQI_RESP_INVALID_PARAMETER, RMQI_STR("bad topic")));
	ck_assert(!rmqi_send_is_queue_gone(RMQI_RESP_SYSTEM_ERROR, RMQI_STR("disk full")));
	ck_assert(!rmqi_send_is_queue_gone(RMQI_RESP_SYSTEM_BUSY, illegal));
}
END_TEST

START_TEST(gone__the_next_attempt_is_made_on_the_new_route)
{
	begin(rmqi_picker_round_robin());
	expect_try(0);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_route();
	ck_assert(s.is_route_stale);
	rmqi_send_rerouted(&s, RMQ_OK, &new_route);
	expect_try(0);
	ck_assert_ptr_eq(step.queue, &after[0]);
	/* Once a send: then it goes on with what there is. */
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_try(0);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
	ck_assert_int_eq(s.made, 3);
}
END_TEST

START_TEST(gone__a_key_chooses_anew)
{
	int32_t hash = 1;

	begin(rmqi_picker_hashed(&hash));
	expect_try(1);
	refused(RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	expect_route();
	rmqi_send_rerouted(&s, RMQ_OK, &new_route);
	expect_try(0);
}
END_TEST

START_TEST(gone__a_chosen_queue_is_not_replaced)
{
	struct rmqi_publish_queue wanted = {.broker_name = "a", .queue_id = 1};

	begin(rmqi_picker_fixed(&wanted));
	expect_try(1);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_route();
	rmqi_send_rerouted(&s, RMQ_OK, &new_route);
	expect_done(RMQ_ERR_NO_BROKER, RMQ_ERROR_RETRIABLE);
}
END_TEST

START_TEST(gone__what_the_new_route_still_has_is_not_asked_again)
{
	struct rmqi_publish_queue wanted = {.broker_name = "a", .queue_id = 1};

	begin(rmqi_picker_fixed(&wanted));
	expect_try(1);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_route();
	rmqi_send_rerouted(&s, RMQ_OK, &old_route);
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
}
END_TEST

START_TEST(gone__without_a_route_the_answer_stands)
{
	begin(rmqi_picker_round_robin());
	expect_try(0);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_route();
	rmqi_send_rerouted(&s, RMQ_ERR_TIMEOUT, NULL);
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE);
}
END_TEST

START_TEST(gone__a_topic_that_has_become_static_is_told)
{
	begin(rmqi_picker_round_robin());
	expect_try(0);
	refused(RMQI_RESP_NOT_LEADER_FOR_QUEUE);
	expect_route();
	rmqi_send_rerouted(&s, RMQ_ERR_UNSUPPORTED, NULL);
	expect_done(RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL);
}
END_TEST

START_TEST(gone__with_the_last_attempt_ends_it)
{
	begin(rmqi_picker_round_robin());
	s.rules.tries = 1;
	expect_try(0);
	refused(RMQI_RESP_INVALID_PARAMETER);
	expect_done(RMQ_ERR_BROKER, RMQ_ERROR_FATAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		gone__is_told_by_code_or_by_the_remark_of_old_brokers,
		gone__the_next_attempt_is_made_on_the_new_route,
		gone__a_key_chooses_anew,
		gone__a_chosen_queue_is_not_replaced,
		gone__what_the_new_route_still_has_is_not_asked_again,
		gone__without_a_route_the_answer_stands,
		gone__a_topic_that_has_become_static_is_told,
		gone__with_the_last_attempt_ends_it,
	};

	return run_suite("gone", tests, RMQI_COUNT(tests));
}
