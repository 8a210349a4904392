/* SPDX-License-Identifier: Apache-2.0 */
/* Queues and topics that make no progress are told once, with their cause, and when that is over. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "send/queues.h"
#include "tests/consumer/told.h"
#include "tests/support/suite.h"

enum { PULL = RMQI_REQ_PULL_MESSAGE };

/* --- What is well ----------------------------------------------------------------------------------- */

START_TEST(idle__is_no_standstill)
{
	struct rig *r = begin_told(4, NULL);

	if (_i == 1)
		rig_orderly(r);
	rig_start(r);
	rig_advance(r, 60 * MINUTE);
	rig_put(r, 3);
	rig_advance(r, 60 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_uint_eq(told_count, 0);
	ck_assert_uint_eq(r->log_len, 0);
	rig_free(r);
}
END_TEST

/* 32 messages come with one pull, and each takes 20 s. */
START_TEST(slow__is_no_standstill)
{
	struct rig *r = begin_told(1, "consumeThreadMax=1;pullThresholdForQueue=8");

	if (_i == 1)
		rig_orderly(r);
	r->slow_ms = 20 * S;
	rig_put(r, 64);
	rig_start(r);
	rig_advance(r, 30 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 64);
	ck_assert_uint_eq(told_count, 0);
	rig_free(r);
}
END_TEST

START_TEST(queue__in_an_empty_share_is_not_missed)
{
	struct rig *r = begin_told(1, NULL);

	/* Of one queue the first member has all. */
	fake_broker_members(r->broker, "10.0.0.0@first,10.0.0.1@me");
	rig_start(r);
	rig_advance(r, 10 * MINUTE);
	ck_assert_uint_eq(told_count, 0);
	rig_free(r);
}
END_TEST

/* --- Messages that are not done ------------------------------------------------------------------------ */

START_TEST(listener__that_does_not_return_is_told)
{
	struct rig *r = begin_told(1, NULL);

	if (_i == 1)
		rig_orderly(r);
	r->slow_ms = 5 * MINUTE;
	r->slow_body = "m0001";
	rig_put(r, 3);
	rig_start(r);
	rig_advance(r, 10 * MINUTE);
	expect_told(r, 0, _i == 1 ? "has been with the listener for 1" : "is with a listener");
	expect_time(0, 0, 2 * MINUTE);
	ck_assert_str_eq(told[0].topic, "T");
	ck_assert_ptr_nonnull(strstr(told[0].text, "topic T, queue broker-a:0 at 127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(told[0].text, "no progress for 1"));
	ck_assert_ptr_nonnull(strstr(told[0].text, "(offset 1) "));
	expect_told(r, 1, NULL);
	ck_assert_str_eq(told[1].topic, "T");
	ck_assert_int_ge(told[1].at_ms, 5 * MINUTE);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(r->seen_count, 3);
	rig_free(r);
}
END_TEST

/* Behind the message that is with the listener one waits for its time, always. */
START_TEST(listener__that_does_not_return_is_told_with_a_rate_limit)
{
	struct rig *r = begin_told(1, "consumeRateLimit=1");

	rig_orderly(r);
	r->slow_ms = 5 * MINUTE;
	r->slow_body = "m0001";
	rig_put(r, 400);
	rig_start(r);
	rig_advance(r, 4 * MINUTE);
	expect_told(r, 0, "has been with the listener for 1");
	ck_assert_uint_eq(told_count, 1);
	rig_free(r);
}
END_TEST

START_TEST(listener__that_holds_up_pulls_is_told_with_the_limit)
{
	static const struct {
		const char *settings, *text;
	} limits[] = {
		{"pullThresholdForQueue=10",
		 "; pulling pauses: 32 messages are cached (pullThresholdForQueue=10)"},
		{"consumeConcurrentlyMaxSpan=20",
		 "; pulling pauses: the cached messages span 31 offsets "
		 "(consumeConcurrentlyMaxSpan=20)"},
	};
	struct rig *r = begin_told(1, limits[_i].settings);

	r->slow_ms = 5 * MINUTE;
	rig_orderly(r);
	rig_put(r, 64);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	expect_told(r, 0, limits[_i].text);
	rig_free(r);
}
END_TEST

/* One thread has a message of queue 0 for long: those of the others wait, and that is told once. */
START_TEST(threads__that_are_all_in_use_are_told_once)
{
	struct rig *r = begin_told(3, "consumeThreadMax=1");

	r->slow_ms = 5 * MINUTE;
	r->slow_body = "m0000";
	rig_put(r, 1);
	for (int i = 1; i < 3; i++)
		fake_broker_put(r->broker, "T", i, "other", NULL);
	rig_start(r);
	rig_advance(r, 10 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_uint_eq(told_count, 4);
	for (size_t i = 0; i < 2; i++)
		ck_assert(strstr(told[i].text, "waits for a consume thread (consumeThreadMax=1)") ||
			  strstr(told[i].text, "is with a listener"));
	rig_free(r);
}
END_TEST

START_TEST(message__that_nobody_takes_back_is_told)
{
	struct rig *r = begin_told(1, "maxReconsumeTimes=16");

	r->status = RMQ_RECONSUME_LATER;
	r->slow_ms = 0;
	fake_broker_refuse(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, RMQI_RESP_SYSTEM_ERROR,
			   FAKE_FOREVER);
	fake_broker_refuse(r->broker, RMQI_REQ_SEND_MESSAGE_V2, RMQI_RESP_SYSTEM_ERROR,
			   FAKE_FOREVER);
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	expect_told(r, 0, "failed, and no broker has taken it back: refused with code 1");
	rig_free(r);
}
END_TEST

START_TEST(message__that_fails_again_and_again_in_order_is_told)
{
	struct rig *r = begin_told(1, NULL);

	rig_orderly(r);
	r->status = RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	rig_put(r, 2);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	expect_told(r, 0, "(offset 0) fails again and again (1");
	r->status = RMQ_ORDERLY_SUCCESS;
	rig_advance(r, MINUTE);
	expect_told(r, 1, NULL);
	ck_assert_uint_eq(told_count, 2);
	rig_free(r);
}
END_TEST

START_TEST(lock__that_another_member_keeps_is_told)
{
	struct rig *r = begin_told(1, NULL);

	rig_orderly(r);
	rig_put(r, 1);
	rig_start(r);
	/* Others renew it. */
	for (int i = 0; i < 10; i++) {
		fake_broker_lock(r->broker, "T", 0, "10.0.0.0@other");
		rig_advance(r, 20 * S);
	}
	expect_told(r, told_count - 1,
		    "its broker has not granted its lock: another member of the group holds");
	rig_free(r);
}
END_TEST

/* --- Every beginning has an end -------------------------------------------------------------------------- */

/* The second queue waits for the thread, and then is with the listener for as long as the first. */
START_TEST(cause__that_changes_ends_the_one_before)
{
	struct rig *r = begin_told(2, "consumeThreadMax=1");

	r->slow_ms = 3 * MINUTE;
	for (int i = 0; i < 2; i++)
		fake_broker_put(r->broker, "T", i, "slow", NULL);
	rig_start(r);
	rig_advance(r, 10 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 2);
	for (size_t i = 0; i < told_count; i++)
		if (strstr(told[i].text, "waits for a consume thread"))
			expect_over(r, i, "stands still for another cause");
	expect_all_over(r);
	rig_free(r);
}
END_TEST

/* A broker that hangs: pulls are under way for 30 s, then there is a pause, and a look may come in either. */
START_TEST(broker__that_hangs_for_long_is_told_to_be_over)
{
	struct rig *r = begin_told(4, NULL);

	rig_start(r);
	rig_advance(r, MINUTE);
	fake_broker_refuse(r->broker, PULL, FAKE_NO_ANSWER, FAKE_FOREVER);
	/* The looks wander through the pauses. */
	for (int i = 0; i < 40; i++) {
		rig_advance(r, 5 * MINUTE + 7 * S);
		if (i % 8 != 7)
			continue;
		fake_broker_refuse(r->broker, PULL, 0, 0);
		rig_advance(r, 2 * MINUTE);
		expect_all_over(r);
		fake_broker_refuse(r->broker, PULL, FAKE_NO_ANSWER, FAKE_FOREVER);
	}
	rig_free(r);
}
END_TEST

/* What is done about it takes the queue away, or replaces it. */
START_TEST(queue__that_is_given_up_stands_still_no_more)
{
	struct rig *r = begin_told(1, NULL);

	r->slow_ms = 5 * MINUTE;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	expect_told(r, 0, "is with a listener");
	if (_i == 0) {
		ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	} else {
		/* Of one queue the first member has all. */
		fake_broker_members(r->broker, "10.0.0.0@first,10.0.0.1@me");
		fake_broker_notify(r->broker, "G");
	}
	rig_advance(r, 10 * S);
	expect_over(r, 0, "is not held any more");
	rig_free(r);
}
END_TEST

/* --- Queues that are not pulled ------------------------------------------------------------------------- */

START_TEST(suspended__is_told_once_for_all_queues)
{
	struct rig *r = begin_told(4, NULL);

	rig_start(r);
	rig_advance(r, MINUTE);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_advance(r, 5 * MINUTE);
	expect_told(r, 0, "consumption: no progress for 1");
	expect_told(r, 0, "the application has suspended the consumer");
	ck_assert_str_eq(told[0].topic, "");
	ck_assert_uint_eq(told_count, 1);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, MINUTE);
	expect_told(r, 1, NULL);
	ck_assert_uint_eq(told_count, 2);
	rig_free(r);
}
END_TEST

START_TEST(broker__that_is_silent_is_told_once_for_its_queues)
{
	struct rig *r = begin_told(4, NULL);

	rig_start(r);
	rig_advance(r, MINUTE);
	fake_broker_refuse(r->broker, PULL, FAKE_NO_ANSWER, FAKE_FOREVER);
	rig_advance(r, 5 * MINUTE);
	ck_assert_uint_ge(told_count, 1);
	ck_assert_uint_le(told_count, 5);
	ck_assert(strstr(told[0].text, "queues of broker broker-a") ||
		  strstr(told[0].text, "a pull was sent to 127.0.0.1:"));
	fake_broker_refuse(r->broker, PULL, 0, 0);
	rig_advance(r, 2 * MINUTE);
	ck_assert_int_eq(told[told_count - 1].kind, RMQ_EVENT_OVER);
	rig_free(r);
}
END_TEST

/* What a broker answers to pulls, and what is told. */
START_TEST(pull__that_is_refused_is_told_with_the_answer)
{
	static const struct {
		int code;
		const char *text;
	} refusals[] = {
		{RMQI_RESP_SYSTEM_ERROR, "refused with code 1 (SYSTEM_ERROR)"},
		{RMQI_RESP_NO_PERMISSION, "code 16 (NO_PERMISSION)"},
		{RMQI_RESP_SUBSCRIPTION_NOT_EXIST, "code 24 (SUBSCRIPTION_NOT_EXIST)"},
	};
	struct rig *r = begin_told(1, NULL);

	fake_broker_refuse(r->broker, PULL, refusals[_i].code, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	for (size_t i = 0; i < told_count; i++)
		if (strstr(told[i].text, refusals[_i].text) && strstr(told[i].text, "no progress"))
			told[0] = told[i];
	expect_told(r, 0, refusals[_i].text);
	ck_assert_ptr_nonnull(strstr(told[0].text, "queues of broker broker-a at "));
	rig_free(r);
}
END_TEST

/* --- Topics without a share ------------------------------------------------------------------------------ */

START_TEST(topic__without_a_share_is_told_with_the_cause)
{
	static const struct {
		int request, answer;
		const char *text;
	} causes[] = {
		{RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, RMQI_RESP_NO_PERMISSION,
		 "no name server has told where topic T is; 127.0.0.1:"},
		{RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR,
		 "no broker has registered group G; 127.0.0.1:"},
		{RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, RMQI_RESP_NO_PERMISSION,
		 "no broker of topic T counts this client among the members of group G; "
		 "127.0.0.1:"},
	};
	struct rig *r = begin_told(2, NULL);

	fake_broker_refuse(r->broker, causes[_i].request, causes[_i].answer, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	for (size_t i = 0; i < told_count; i++)
		if (strstr(told[i].text, "no progress"))
			told[0] = told[i];
	expect_told(r, 0, causes[_i].text);
	ck_assert_ptr_nonnull(strstr(told[0].text, "topic T, consumption: no progress for 120 s"));
	fake_broker_refuse(r->broker, causes[_i].request, 0, 0);
	rig_advance(r, 2 * MINUTE);
	ck_assert_ptr_nonnull(strstr(r->over, "works now"));
	ck_assert_ptr_nonnull(strstr(told[told_count - 1].text, "now"));
	rig_free(r);
}
END_TEST

/* Says a queue that is not there. */
static size_t choose_none(const rmq_queues *queues, const char *const *members, size_t member_count,
			  size_t self, size_t *chosen, void *arg)
{
	(void)members, (void)member_count, (void)self, (void)arg;
	chosen[0] = queues->count;
	return 1;
}

START_TEST(topic__of_which_nobody_says_the_share_is_told)
{
	struct rig *r = begin_told(2, NULL);

	ck_assert_int_eq(rmqi_push_consumer_set_allocate_fn(r->consumer, choose_none, NULL, NULL),
			 RMQ_OK);
	rig_start(r);
	rig_advance(r, 3 * MINUTE);
	expect_told(r, 0,
		    "no progress for 120 s: group G holds no share of the queues of topic T yet; ");
	rig_free(r);
}
END_TEST

/* Of one queue the first member has all; then there is only one again. */
static void give_and_take(struct rig *r, int64_t since_ms)
{
	if (since_ms == 5 * S)
		fake_broker_members(r->broker, "10.0.0.0@first,10.0.0.1@me");
	else if (since_ms == 10 * S)
		fake_broker_members(r->broker, NULL);
	else
		return;
	fake_broker_notify(r->broker, "G");
}

/* It is given back while its listener still has a message: no new one can begin yet. */
START_TEST(queue__that_comes_back_before_it_has_left_is_no_trouble_with_members)
{
	struct rig *r = begin_told(1, NULL);

	rig_orderly(r);
	r->slow_ms = 5 * MINUTE;
	r->meanwhile = give_and_take;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 10 * MINUTE);
	for (size_t i = 0; i < told_count; i++)
		ck_assert_msg(!strstr(told[i].text, "consumption"), "%s", told[i].text);
	expect_told(r, 0, "has been with the listener for 1");
	expect_all_over(r);
	rig_free(r);
}
END_TEST

START_TEST(topic__that_is_unsubscribed_is_told_no_more)
{
	struct rig *r = begin_told(1, NULL);

	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "Later", "*", NULL), RMQ_OK);
	rig_advance(r, 3 * MINUTE);
	ck_assert_uint_eq(told_count, 1);
	ck_assert_str_eq(told[0].topic, "Later");
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "Later", NULL), RMQ_OK);
	rig_advance(r, 60 * MINUTE);
	ck_assert_uint_eq(told_count, 2);
	expect_over(r, 0, "is not subscribed any more");
	rig_free(r);
}
END_TEST

/* --- Times ---------------------------------------------------------------------------------------------------- */

START_TEST(times__are_those_of_the_configuration)
{
	struct rig *r = begin_told(1, "pullMaxIdleTime=40000;consumeMaxIdleTime=8000");

	r->slow_ms = 30 * S;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, MINUTE);
	expect_told(r, 0, "is with a listener");
	expect_time(0, 0, 8 * S);
	expect_told(r, 1, NULL);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_advance(r, MINUTE + 15 * S);
	expect_told(r, 2, "no progress for 4");
	rig_free(r);
}
END_TEST

START_TEST(times__of_zero_are_never)
{
	struct rig *r = begin_told(1, "pullMaxIdleTime=0;consumeMaxIdleTime=0");

	r->slow_ms = 10 * MINUTE;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 11 * MINUTE);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_advance(r, 60 * MINUTE);
	ck_assert_uint_eq(told_count, 0);
	rig_free(r);
}
END_TEST

START_TEST(times__that_every_idle_queue_would_pass_are_refused)
{
	static const struct {
		const char *settings, *idle, *text;
	} times[] = {
		{NULL, "21000",
		 "pullMaxIdleTime (21000) is not above 21000: brokerSuspendMaxTimeMillis (15000), "
		 "5000 for"},
		{"pullInterval=60000", "80000", "pullMaxIdleTime (80000) is not above 80000: "},
		{"pullTimeDelayMillsWhenException=90000", "110000", "is not above 110000: "},
	};
	struct rig *r = begin_told(1, times[_i].settings);
	struct rmq_error_detail *detail = rmqi_detail_new();
	rmq_push_consumer *c = NULL;

	ck_assert_int_eq(rmqi_config_set(r->config, "pullMaxIdleTime", times[_i].idle, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_new(r->config, "H", &c, detail), RMQ_ERR_CONFIG);
	ck_assert_msg(strstr(rmq_error_detail_message(detail), times[_i].text) != NULL, "%s",
		      rmq_error_detail_message(detail));
	ck_assert_ptr_null(c);
	rmq_error_detail_free(detail);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		queue__in_an_empty_share_is_not_missed,
		listener__that_does_not_return_is_told_with_a_rate_limit,
		threads__that_are_all_in_use_are_told_once,
		message__that_nobody_takes_back_is_told,
		message__that_fails_again_and_again_in_order_is_told,
		lock__that_another_member_keeps_is_told,
		suspended__is_told_once_for_all_queues,
		broker__that_is_silent_is_told_once_for_its_queues,
		topic__of_which_nobody_says_the_share_is_told,
		queue__that_comes_back_before_it_has_left_is_no_trouble_with_members,
		topic__that_is_unsubscribed_is_told_no_more,
		cause__that_changes_ends_the_one_before,
		broker__that_hangs_for_long_is_told_to_be_over,
		times__are_those_of_the_configuration,
		times__of_zero_are_never,
	};
	struct suite suite;

	suite_open(&suite, "watchdog");
	suite_add_loop(&suite, idle__is_no_standstill, 2);
	suite_add_loop(&suite, slow__is_no_standstill, 2);
	suite_add_loop(&suite, listener__that_does_not_return_is_told, 2);
	suite_add_loop(&suite, listener__that_holds_up_pulls_is_told_with_the_limit, 2);
	suite_add_loop(&suite, pull__that_is_refused_is_told_with_the_answer, 3);
	suite_add_loop(&suite, queue__that_is_given_up_stands_still_no_more, 2);
	suite_add_loop(&suite, times__that_every_idle_queue_would_pass_are_refused, 3);
	suite_add_loop(&suite, topic__without_a_share_is_told_with_the_cause, 3);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
