/* SPDX-License-Identifier: Apache-2.0 */
/* SQL92 subscriptions: what brokers are told, who approves, what a refusal stops. */
#include <stdio.h>
#include <string.h>

#include <rocketmq/event.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { CHECK = RMQI_REQ_CHECK_CLIENT_CONFIG, PULL = RMQI_REQ_PULL_MESSAGE };

#define NO_SQL "The broker does not support consumer to filter message by SQL92"

static unsigned refused, over;
static char refusal[512];

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	if (rmq_event_kind(e) == RMQ_EVENT_REFUSED) {
		refused++;
		snprintf(refusal, sizeof(refusal), "%s", rmq_event_text(e));
	} else if (rmq_event_kind(e) == RMQ_EVENT_OVER) {
		over++;
	}
}

/* The fake broker approves unless it is told otherwise. */
static struct rig *begin(const char *settings, int answer, int times)
{
	struct rig *r;
	char all[256];

	refused = over = 0;
	rig_event_fn = on_event;
	snprintf(all, sizeof(all), "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET%s%s",
		 settings ? ";" : "", settings ? settings : "");
	r = rig_new(1, 1, all);
	rig_event_fn = NULL;
	if (times > 0)
		fake_broker_refuse(r->broker, CHECK, answer, times);
	ck_assert_int_eq(rmqi_push_consumer_subscribe_sql(r->consumer, "T", "a > 1", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_OK);
	return r;
}

START_TEST(sql__is_told_with_heartbeat_and_pull)
{
	struct rig *r = begin("postSubscriptionWhenPull=true", 0, 0);

	rig_put(r, 3);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(r->broker),
				     "\"expressionType\":\"SQL92\",\"subString\":\"a > 1\""));
	ck_assert_str_eq(fake_broker_last(r->broker, PULL, "expressionType"), "SQL92");
	ck_assert_str_eq(fake_broker_last(r->broker, PULL, "subscription"), "a > 1");
	ck_assert_uint_eq(fake_broker_count(r->broker, CHECK), 1);
	rig_free(r);
}
END_TEST

/* New versions after each rebalance are no new expressions. */
START_TEST(sql__is_approved_once)
{
	struct rig *r = begin(NULL, 0, 0);

	rig_advance(r, 120000);
	ck_assert_uint_eq(fake_broker_count(r->broker, CHECK), 1);
	rig_free(r);
}
END_TEST

START_TEST(tags__need_no_approval)
{
	struct rig *r = rig_new(1, 1, NULL);

	rig_start(r);
	rig_advance(r, 60000);
	ck_assert_uint_eq(fake_broker_count(r->broker, CHECK), 0);
	rig_free(r);
}
END_TEST

START_TEST(refusal__is_told_at_once_with_the_words_of_the_broker)
{
	struct rig *r = begin(NULL, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED, FAKE_FOREVER);
	struct rmq_error_detail *d = rmqi_detail_new();

	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 60000, d), RMQ_ERR_BROKER);
	ck_assert_int_lt(rig_now(r), 5000);
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d),
				     "no broker has approved the expression of topic T"));
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "said so by the test"));
	rig_advance(r, 10);
	ck_assert_uint_eq(refused, 1);
	ck_assert_ptr_nonnull(strstr(refusal, "topic T, expression at 127.0.0.1:"));
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

/* A broker to which the expression is sent with each pull would send every message. */
START_TEST(refusal__stops_the_pulls)
{
	struct rig *r = begin("postSubscriptionWhenPull=true", RMQI_RESP_SYSTEM_ERROR, 2);

	rig_put(r, 1);
	rig_advance(r, 15000);
	/* Only what failed before, which has no expression, is pulled. */
	ck_assert_uint_eq(fake_broker_held(r->broker), 1);
	ck_assert_str_eq(fake_broker_last(r->broker, PULL, "topic"), RETRY_G);
	ck_assert_uint_eq(r->seen_count, 0);
	/* Asked again with each rebalance: the broker was configured anew. */
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_uint_eq(refused, 1);
	ck_assert_uint_eq(over, 1);
	rig_free(r);
}
END_TEST

START_TEST(refusal__for_want_of_the_setting_names_it)
{
	struct rig *r = begin(NULL, 0, 0);

	fake_broker_remark(r->broker, NO_SQL);
	fake_broker_refuse(r->broker, CHECK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	ck_assert_int_eq(rmqi_push_consumer_subscribe_sql(r->consumer, "T", "a > 2", NULL), RMQ_OK);
	rig_advance(r, 1000);
	ck_assert_msg(strstr(r->log, "enablePropertyFilter=true") != NULL, "log: %s", r->log);
	rig_free(r);
}
END_TEST

START_TEST(refusal__ends_with_another_expression)
{
	struct rig *r = begin(NULL, RMQI_RESP_SUBSCRIPTION_PARSE_FAILED, FAKE_FOREVER);
	enum rmq_error err;

	rig_put(r, 1);
	rig_advance(r, 3000);
	ck_assert_uint_eq(refused, 1);
	if (_i == 0) {
		fake_broker_refuse(r->broker, CHECK, 0, 0);
		err = rmqi_push_consumer_subscribe_sql(r->consumer, "T", "a > 2", NULL);
	} else {
		err = rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL);
	}
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 5000, NULL), RMQ_OK);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

/* A broker that does not answer has refused nothing. */
START_TEST(silence__is_asked_again_soon)
{
	struct rig *r = begin("mqClientApiTimeout=1000", FAKE_NO_ANSWER, 1);

	rig_put(r, 1);
	rig_advance(r, 6000);
	ck_assert_uint_eq(fake_broker_count(r->broker, CHECK), 2);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

START_TEST(close__while_a_broker_is_asked_ends)
{
	struct rig *r = begin(NULL, FAKE_NO_ANSWER, FAKE_FOREVER);

	rig_advance(r, 500);
	ck_assert_uint_ge(fake_broker_count(r->broker, CHECK), 1);
	if (_i == 0)
		ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 1000, NULL), RMQ_OK);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sql__is_told_with_heartbeat_and_pull,
		sql__is_approved_once,
		tags__need_no_approval,
		refusal__is_told_at_once_with_the_words_of_the_broker,
		refusal__stops_the_pulls,
		refusal__for_want_of_the_setting_names_it,
		silence__is_asked_again_soon,
	};
	struct suite s;

	suite_open(&s, "expression");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, refusal__ends_with_another_expression, 2);
	suite_add_loop(&s, close__while_a_broker_is_asked_ends, 2);
	return suite_run(&s);
}
