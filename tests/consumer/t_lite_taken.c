/* SPDX-License-Identifier: Apache-2.0 */
/* Lite topics of an exclusive group that two brokers know: whose word ends a subscription (lite_taken.c). */
#include <string.h>

#include "codec/codes.h"
#include "codec/names.h"
#include "consumer/handle.h"
#include "consumer/lite_subscribe.h"
#include "consumer/simple_consumer.h"
#include "send/lite.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

static struct rig *r;
static rmq_simple_consumer *c;
static struct fake_broker *beside;
static struct fake_broker *owner; /* of "a" */
static struct fake_broker *other;
static int taken;

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	taken += rmq_event_kind(e) == RMQ_EVENT_TAKEN_OVER ? 1 : 0;
}

/* The queues of broker-a stand before those of broker-b. */
static void find_owner(void)
{
	bool is_first = rmqi_lite_bucket(rmqi_java_hash(RMQI_STR("a")), 4) < 2;

	owner = is_first ? r->broker : beside;
	other = is_first ? beside : r->broker;
}

static void set_up(void)
{
	taken = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 2, NULL);
	beside = fake_broker_new(&r->env);
	fake_broker_topic(beside, "T", 2);
	fake_broker_beside(r->broker, beside);
	find_owner();
	ck_assert_int_eq(rmqi_simple_consumer_new(r->config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_subscribe_lite(c, "T", "a", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(c, NULL), RMQ_OK);
	rig_advance(r, 1000);
	ck_assert_str_eq(fake_broker_lite_told(owner), "PARTIAL_ADD a;");
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;");
}

static void tear_down(void)
{
	rmqi_handle_free(&c->member);
	fake_broker_free(beside);
	rig_free(r);
	rig_event_fn = NULL;
}

static void take_at(struct fake_broker *b)
{
	fake_broker_take_lite(b, rmqi_client_id(c->member.consumer.client), "a");
}

/* Two clients subscribe at once: the other one was last at the broker that has but old messages, and first at the
 * owner, which tells it so. */
START_TEST(takeover__at_a_broker_that_does_not_own_it_ends_nothing)
{
	take_at(other);
	rig_advance(r, 2500);
	ck_assert_int_eq(taken, 0);
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;");
	rig_advance(r, 1000);
	ck_assert_int_eq(taken, 0);
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;PARTIAL_ADD a;");
	rig_advance(r, 10000);
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;PARTIAL_ADD a;");
}
END_TEST

/* _i: which of the two says so first. */
START_TEST(takeover__at_both_ends_it)
{
	take_at(_i == 0 ? other : owner);
	rig_advance(r, 100);
	take_at(_i == 0 ? owner : other);
	rig_advance(r, 5000);
	ck_assert_int_eq(taken, 1);
	ck_assert_str_eq(fake_broker_lite_told(owner), "PARTIAL_ADD a;COMPLETE_ADD ;");
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;COMPLETE_ADD ;");
}
END_TEST

/* It takes no heartbeat any more. */
static void owner_goes(void)
{
	fake_broker_refuse(owner, RMQI_REQ_HEART_BEAT, FAKE_CLOSE, FAKE_FOREVER);
	fake_broker_hang_up(owner);
	rig_advance(r, 100);
}

/* _i: before the other broker's word, or behind it. */
START_TEST(takeover__while_the_owner_is_away_ends_it)
{
	if (_i == 0)
		owner_goes();
	take_at(other);
	rig_advance(r, 100);
	ck_assert_int_eq(taken, _i == 0 ? 1 : 0);
	if (_i == 1)
		owner_goes();
	rig_advance(r, 5000);
	ck_assert_int_eq(taken, 1);
}
END_TEST

START_TEST(takeover__that_waits_for_the_owner_ends_with_the_subscription)
{
	take_at(other);
	rig_advance(r, 100);
	ck_assert_int_eq(rmqi_simple_consumer_unsubscribe_lite(c, "T", "a", NULL), RMQ_OK);
	rig_advance(r, 5000);
	ck_assert_int_eq(taken, 0);
	ck_assert_str_eq(fake_broker_lite_told(other), "PARTIAL_ADD a;PARTIAL_REMOVE a;");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		takeover__at_a_broker_that_does_not_own_it_ends_nothing,
		takeover__that_waits_for_the_owner_ends_with_the_subscription,
	};
	struct suite s;

	suite_open(&s, "lite_taken");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, takeover__at_both_ends_it, 2);
	suite_add_loop(&s, takeover__while_the_owner_is_away_ends_it, 2);
	return suite_run(&s);
}
