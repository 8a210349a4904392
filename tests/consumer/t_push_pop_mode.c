/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers share the queues of a push consumer, and say whether they are pulled or popped. */
#include <stdio.h>
#include <string.h>

#include <rocketmq/event.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { QUERY = RMQI_REQ_QUERY_ASSIGNMENT, POP = RMQI_REQ_POP_MESSAGE };

#define SHARED                                                                                     \
	"clientRebalance=false;consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;popInvisibleTime=10000;" \
	"rebalanceWaitInterval=1000"

static struct rmq_error_detail *d;

static void set_up(void)
{
	d = rmqi_detail_new();
}

static void tear_down(void)
{
	rmqi_detail_discard(d);
}

static unsigned asked(const struct rig *r, int code)
{
	return fake_broker_count(r->broker, code);
}

/* Each of m0000 .. was seen. */
static void expect_all(const struct rig *r, int count)
{
	char body[32];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		ck_assert_int_ge(rig_seen(r, body), 1);
	}
}

START_TEST(mode__is_pull_unless_it_was_set)
{
	struct rig *r = rig_new(1, 2, SHARED);

	rig_put(r, 3);
	rig_start(r);
	rig_advance(r, 3000);
	expect_all(r, 3);
	ck_assert_uint_eq(asked(r, POP), 0);
	ck_assert_uint_eq(asked(r, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP), 0);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(mode__changes_while_it_runs)
{
	struct rig *r = rig_new(1, 2, SHARED);

	rig_start(r);
	rig_put(r, 3);
	rig_advance(r, 3000);
	fake_broker_pops(r->broker, true);
	rig_advance(r, 3000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	/* Where pulls have committed, pops go on. */
	fake_broker_put(r->broker, "T", 0, "popped", NULL);
	rig_advance(r, 3000);
	ck_assert_int_eq(rig_seen(r, "popped"), 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	fake_broker_pops(r->broker, false);
	rig_advance(r, 3000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	fake_broker_put(r->broker, "T", 0, "pulled", NULL);
	rig_advance(r, 3000);
	ck_assert_int_eq(rig_seen(r, "pulled"), 1);
	/* And each once. */
	ck_assert_uint_eq(r->seen_count, 5);
	rig_free(r);
}
END_TEST

START_TEST(mode__that_ends_leaves_no_message_behind)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_pops(r->broker, true);
	r->fail_times = 1;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(r->seen_count, 1);
	fake_broker_pops(r->broker, false);
	/* The route of its retry topic is asked for every 30 s. */
	rig_advance(r, 90000);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_str_eq(r->seen[1].topic, "T");
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(r->broker), "%RETRY%G_T"));
	fake_broker_pops(r->broker, true);
	rig_advance(r, 40000);
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(r->broker), "%RETRY%G_T"));
	rig_free(r);
}
END_TEST

/* While the listener has the message. */
static size_t queues_then, out_then;

static void end_the_mode(struct rig *r, int64_t since_ms)
{
	if (since_ms < 2000)
		fake_broker_pops(r->broker, false);
	queues_then = rmqi_push_consumer_queue_count(r->consumer);
	out_then = fake_broker_out(r->broker);
}

START_TEST(mode__that_ends_lets_a_running_listener_tell_its_message)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_pops(r->broker, true);
	r->slow_ms = 8000;
	r->meanwhile = end_the_mode;
	rig_put(r, 1);
	rig_start(r);
	rig_advance(r, 15000);
	ck_assert_uint_eq(queues_then, 2);
	ck_assert_uint_eq(out_then, 1);
	ck_assert_uint_eq(fake_broker_out(r->broker), 0);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_free(r);
}
END_TEST

START_TEST(unsubscribed__topic_leaves_nothing_behind)
{
	struct rig *r = rig_new(1, 2, SHARED);

	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(r->broker), "%RETRY%G_T"));
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	rig_advance(r, 31000);
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(r->broker), "%RETRY%G_T"));
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 0);
	rig_free(r);
}
END_TEST

START_TEST(answer__that_does_not_come_leaves_what_is_held)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_pops(r->broker, true);
	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_refuse(r->broker, QUERY, FAKE_NO_ANSWER, FAKE_FOREVER);
	rig_put(r, 2);
	rig_advance(r, 10000);
	expect_all(r, 2);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	fake_broker_refuse(r->broker, QUERY, 0, 0);
	rig_free(r);
}
END_TEST

START_TEST(answer__that_is_a_refusal_is_told)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_refuse(r->broker, QUERY, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 3000, d), RMQ_ERR_BROKER);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d),
				     "no broker of topic T has assigned its queues to group G"));
	rig_free(r);
}
END_TEST

START_TEST(answer__of_an_old_broker_ends_the_wait_at_once)
{
	struct rig *r = rig_new(1, 2, SHARED);
	int64_t before;

	fake_broker_refuse(r->broker, QUERY, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	rig_start(r);
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 30000, d), RMQ_ERR_UNSUPPORTED);
	ck_assert_int_lt(rig_now(r) - before, 2000);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(d),
		       "it does not say who is to have which queue, which came with 5.0.0: set "
		       "clientRebalance=true, or use newer brokers"));
	rig_free(r);
}
END_TEST

START_TEST(answer__that_is_wrong_is_told_and_what_is_held_stays)
{
	struct rig *r = rig_new(1, 2, SHARED);

	rig_start(r);
	rig_advance(r, 3000);
	fake_broker_assigns(r->broker, _i == 0 ? FAKE_ASSIGNS_OTHERS : FAKE_ASSIGNS_NOTHING);
	rig_put(r, 2);
	rig_advance(r, 5000);
	ck_assert_ptr_nonnull(strstr(r->log, _i == 0 ? rmq_error_text(RMQ_ERR_PROTOCOL)
						     : "it has no valid answer"));
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	expect_all(r, 2);
	fake_broker_assigns(r->broker, FAKE_ASSIGNS);
	rig_advance(r, 3000);
	ck_assert_ptr_nonnull(strstr(r->over, "topic T"));
	rig_free(r);
}
END_TEST

START_TEST(wait__for_an_answer_that_stays_away_tells_why)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_assigns(r->broker, FAKE_ASSIGNS_NOTHING);
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 5000, d), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "it has no valid answer"));
	rig_free(r);
}
END_TEST

/* Nothing changes until somebody does something about it. */
START_TEST(question__that_an_old_broker_does_not_know_is_asked_once_a_period)
{
	struct rig *r = rig_new(1, 2, SHARED ";rebalanceWaitInterval=20000");

	fake_broker_refuse(r->broker, QUERY, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 60000);
	ck_assert_uint_ge(asked(r, QUERY), 3);
	ck_assert_uint_le(asked(r, QUERY), 8);
	rig_free(r);
}
END_TEST

static int open_complaints;

static void on_event(const rmq_event *e, void *arg)
{
	(void)arg;
	if (rmq_event_kind(e) == RMQ_EVENT_REFUSED)
		open_complaints++;
	else if (rmq_event_kind(e) == RMQ_EVENT_OVER)
		open_complaints--;
}

/* What was told of a topic ends with it. */
START_TEST(retry__topic_that_is_not_pulled_any_more_leaves_no_complaint_behind)
{
	struct rig *r;

	open_complaints = 0;
	rig_event_fn = on_event;
	r = rig_new(1, 2, SHARED);
	fake_broker_topic(r->broker, "%RETRY%G_T", 1);
	rig_start(r);
	rig_advance(r, 40000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	fake_broker_refuse(r->broker, QUERY, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	rig_advance(r, 5000);
	ck_assert_int_ge(open_complaints, 2);
	fake_broker_pops(r->broker, true);
	fake_broker_refuse(r->broker, QUERY, 0, 0);
	rig_advance(r, 5000);
	ck_assert_int_eq(open_complaints, 0);
	rig_event_fn = NULL;
	rig_free(r);
}
END_TEST

START_TEST(ready__is_who_was_answered_a_pop)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_pops(r->broker, true);
	fake_broker_refuse(r->broker, POP, FAKE_NO_ANSWER, 1);
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 30000, d), RMQ_OK);
	ck_assert_uint_ge(asked(r, POP), 2);
	rig_free(r);
}
END_TEST

START_TEST(start__refuses_a_strategy_that_brokers_do_not_know)
{
	struct rig *r = rig_new(1, 2, SHARED ";allocateMessageQueueStrategy=CONSISTENT_HASH");

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, d), RMQ_ERR_CONFIG);
	ck_assert_str_eq(
		rmq_error_detail_message(d),
		"clientRebalance is false, but brokers share queues by AVG or AVG_BY_CIRCLE "
		"only, not by CONSISTENT_HASH");
	rig_free(r);
}
END_TEST

/* As in Java (RebalancePushImpl.clientRebalance): what is done in order is pulled. */
START_TEST(orderly__listener_shares_with_the_members_and_says_so)
{
	struct rig *r = rig_new(1, 2, SHARED);

	fake_broker_pops(r->broker, true);
	rig_orderly(r);
	rig_put(r, 3);
	rig_start(r);
	rig_advance(r, 3000);
	expect_all(r, 3);
	ck_assert_uint_eq(asked(r, QUERY), 0);
	ck_assert_ptr_nonnull(
		strstr(r->log, "clientRebalance=false has no meaning for an orderly listener"));
	rig_free(r);
}
END_TEST

START_TEST(broadcasting__member_has_all_queues_and_says_so)
{
	struct rig *r =
		rig_new(1, 2, SHARED ";messageModel=BROADCASTING;localOffsetStoreDir=/dev/null/x");

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "*", NULL), RMQ_OK);
	/* No folder for the offsets: it goes no further. */
	ck_assert_int_ne(rmqi_push_consumer_start(r->consumer, NULL), RMQ_OK);
	ck_assert_ptr_nonnull(
		strstr(r->log, "clientRebalance=false has no meaning with BROADCASTING"));
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		mode__is_pull_unless_it_was_set,
		mode__changes_while_it_runs,
		mode__that_ends_leaves_no_message_behind,
		mode__that_ends_lets_a_running_listener_tell_its_message,
		unsubscribed__topic_leaves_nothing_behind,
		answer__that_does_not_come_leaves_what_is_held,
		answer__that_is_a_refusal_is_told,
		answer__of_an_old_broker_ends_the_wait_at_once,
		wait__for_an_answer_that_stays_away_tells_why,
		question__that_an_old_broker_does_not_know_is_asked_once_a_period,
		retry__topic_that_is_not_pulled_any_more_leaves_no_complaint_behind,
		ready__is_who_was_answered_a_pop,
		start__refuses_a_strategy_that_brokers_do_not_know,
		orderly__listener_shares_with_the_members_and_says_so,
		broadcasting__member_has_all_queues_and_says_so,
	};
	struct suite s;

	suite_open(&s, "push_pop_mode");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, answer__that_is_wrong_is_told_and_what_is_held_stays, 2);
	return suite_run(&s);
}
