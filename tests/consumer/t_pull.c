/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

/* Every one of m0000 .. m<count-1> was seen so often. */
static void check_seen(const struct rig *r, int count, int times)
{
	char body[32];

	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		ck_assert_msg(rig_seen(r, body) == times, "%s was seen %d times", body,
			      rig_seen(r, body));
	}
}

static bool is_logged(const struct rig *r, const char *text)
{
	return strstr(r->log, text) != NULL;
}

/* A rig that starts at offset 0. */
static struct rig *begin(uint64_t seed, int messages, const char *settings)
{
	struct rig *r = rig_new(seed, 1, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, messages);
	return r;
}

START_TEST(pull__delivers_every_message_once_whatever_the_order_of_events)
{
	struct rig *r = begin((uint64_t)_i + 1, 500, NULL);

	rig_start(r);
	rig_advance(r, 100);
	check_seen(r, 500, 1);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 500);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

START_TEST(pull__gets_a_new_message_at_once)
{
	struct rig *r = begin(1, 0, NULL);

	rig_start(r);
	rig_advance(r, 40000);
	fake_broker_put(r->broker, "T", 0, "fresh", NULL);
	rig_advance(r, 1);
	ck_assert_int_eq(rig_seen(r, "fresh"), 1);
	rig_free(r);
}
END_TEST

START_TEST(pull__follows_the_broker_forward_when_messages_are_gone)
{
	struct rig *r = begin(1, 100, NULL);

	fake_broker_trim(r->broker, "T", 0, 60);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 40);
	ck_assert_int_eq(rig_committed(r), 100);
	rig_free(r);
}
END_TEST

START_TEST(pull__says_so_when_the_broker_moves_it_back)
{
	struct rig *r = begin(1, 100, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 500);
	rig_start(r);
	rig_advance(r, 2000);
	ck_assert_msg(is_logged(r, "goes on at offset 100, not at 500"), "log: %s", r->log);
	ck_assert_int_eq(rig_committed(r), 100);
	fake_broker_put(r->broker, "T", 0, "next", NULL);
	rig_advance(r, 1);
	ck_assert_int_eq(rig_seen(r, "next"), 1);
	rig_free(r);
}
END_TEST

START_TEST(pull__waits_after_an_error_and_logs_it_once)
{
	struct rig *r = begin(1, 10, NULL);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SYSTEM_ERROR, 6);
	rig_start(r);
	rig_advance(r, 2900);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_advance(r, 200);
	check_seen(r, 10, 1);
	ck_assert(is_logged(r, ", topic T, pull at "));
	ck_assert_ptr_null(strstr(strstr(r->log, "topic T, pull at ") + 1, "topic T, pull at "));
	rig_free(r);
}
END_TEST

/* An empty queue's pull may be held for 15 seconds: nobody would know whether it works again. */
START_TEST(pull__that_follows_a_failure_is_answered_at_once)
{
	static const int codes[] = {RMQI_RESP_SYSTEM_ERROR, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				    RMQI_RESP_FILTER_DATA_NOT_LATEST};
	struct rig *r = begin(1, 0, NULL);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, codes[_i], 6);
	rig_start(r);
	rig_advance(r, 9000);
	ck_assert(is_logged(r, ", topic T, pull at "));
	ck_assert_ptr_nonnull(strstr(r->over, "pull at "));
	ck_assert_uint_eq(fake_broker_held(r->broker), 2);
	rig_free(r);
}
END_TEST

START_TEST(pull__survives_a_broker_that_does_not_answer)
{
	struct rig *r = begin(1, 10, NULL);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, FAKE_NO_ANSWER, 2);
	rig_start(r);
	rig_advance(r, 29000);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_advance(r, 3000);
	check_seen(r, 10, 1);
	rig_free(r);
}
END_TEST

START_TEST(pull__survives_lost_connections)
{
	struct rig *r = begin(1, 10, NULL);

	rig_start(r);
	rig_advance(r, 100);
	for (int i = 0; i < 5; i++) {
		char body[32];

		fake_broker_hang_up(r->broker);
		snprintf(body, sizeof(body), "after-%d", i);
		fake_broker_put(r->broker, "T", 0, body, NULL);
		rig_advance(r, 1100);
		ck_assert_int_eq(rig_seen(r, body), 1);
	}
	check_seen(r, 10, 1);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 15);
	rig_free(r);
}
END_TEST

START_TEST(pull__registers_again_when_the_broker_does_not_know_it)
{
	struct rig *r = begin(1, 10, NULL);
	unsigned before;

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 2);
	rig_start(r);
	rig_advance(r, 10);
	before = fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT);
	ck_assert_uint_ge(before, 2);
	rig_advance(r, 60);
	check_seen(r, 10, 1);
	rig_free(r);
}
END_TEST

START_TEST(pull__comes_back_soon_after_flow_control_of_the_broker)
{
	struct rig *r = begin(1, 10, NULL);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_FLOW_CONTROL, 2);
	rig_start(r);
	rig_advance(r, 25);
	check_seen(r, 10, 1);
	rig_free(r);
}
END_TEST

START_TEST(pull__delivers_only_the_tags_that_were_subscribed)
{
	struct rig *r = begin(1, 0, NULL);
	enum rmq_error err;

	for (int i = 0; i < 10; i++)
		fake_broker_put(r->broker, "T", 0, i % 2 ? "even" : "odd", i % 2 ? "E" : "O");
	fake_broker_put(r->broker, "T", 0, "untagged", NULL);
	err = rmqi_push_consumer_subscribe(r->consumer, "T", "E || X", NULL);
	ck_assert_int_eq(err, RMQ_OK);
	err = rmqi_push_consumer_start(r->consumer, NULL);
	ck_assert_int_eq(err, RMQ_OK);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_seen(r, "even"), 5);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_int_eq(rig_committed(r), 11);
	rig_free(r);
}
END_TEST

START_TEST(pull__asks_for_what_was_configured)
{
	struct rig *r = begin(1, 10,
			      "pullBatchSize=7;pullBatchSizeInBytes=1000;"
			      "brokerSuspendMaxTimeMillis=2000;postSubscriptionWhenPull=true");

	rig_start(r);
	rig_advance(r, 100);
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "maxMsgNums"), "7");
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "maxMsgBytes"), "1000");
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "suspendTimeoutMillis"), "2000");
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "subscription"), "*");
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "expressionType"), "TAG");
	ck_assert_str_eq(fake_broker_last(r->broker, 11, "consumerGroup"), "G");
	rig_free(r);
}
END_TEST

START_TEST(pull__waits_pull_interval_between_two_pulls)
{
	struct rig *r = begin(1, 64, "pullInterval=1000");

	rig_start(r);
	rig_advance(r, 900);
	ck_assert_uint_eq(r->seen_count, 32);
	rig_advance(r, 200);
	ck_assert_uint_eq(r->seen_count, 64);
	rig_free(r);
}
END_TEST

/* --- Flow control ---------------------------------------------------------------------------- */

static char pulled_at[32];
static size_t seen_during;
static int64_t committed_during;

static void look(struct rig *r, const rmq_message *m)
{
	if (m->queue_offset != 0)
		return;
	snprintf(pulled_at, sizeof(pulled_at), "%s",
		 fake_broker_last(r->broker, RMQI_REQ_PULL_MESSAGE, "queueOffset"));
	seen_during = r->seen_count;
	committed_during = rig_committed(r);
}

static struct rig *slow_first(int messages, const char *settings)
{
	struct rig *r = begin(1, messages, settings);

	fake_broker_topic(r->broker, RETRY_G, 0);
	r->slow_body = "m0000";
	r->slow_ms = 8000;
	r->during = look;
	return r;
}

START_TEST(flow__pauses_at_the_threshold_and_goes_on)
{
	struct rig *r = slow_first(100, "consumeThreadMax=1;pullBatchSize=8;"
					"pullThresholdForQueue=10;pullInterval=1");

	rig_start(r);
	rig_advance(r, 8100);
	/* 8 + 8 are more than 10: the pull of 16 had to wait. */
	ck_assert_uint_eq(seen_during, 1);
	ck_assert_str_eq(pulled_at, "8");
	rig_advance(r, 100);
	check_seen(r, 100, 1);
	rig_free(r);
}
END_TEST

START_TEST(flow__pauses_at_the_span_while_others_go_on)
{
	struct rig *r = slow_first(100, "consumeThreadMax=4;pullBatchSize=8;"
					"consumeConcurrentlyMaxSpan=20");

	rig_start(r);
	rig_advance(r, 8100);
	/* 0, 8, 16 were pulled; 23 - 0 is more than 20. */
	ck_assert_str_eq(pulled_at, "16");
	ck_assert_uint_eq(seen_during, 24);
	ck_assert_int_eq(committed_during, 0);
	rig_advance(r, 100);
	check_seen(r, 100, 1);
	rig_free(r);
}
END_TEST

/* The one thread is in the listener, and then two of four queues go. */
static struct {
	unsigned pulls; /* that were answered */
	uint64_t bytes; /* that each queue may have */
} four, two;

static void look_at_limits(struct rig *r, unsigned *pulls, uint64_t *bytes)
{
	struct rmqi_subscriptions *subs = &r->consumer->member.consumer.subs;

	*pulls = fake_broker_count(r->broker, RMQI_REQ_PULL_MESSAGE) -
		 (unsigned)fake_broker_held(r->broker);
	*bytes = rmqi_subscriptions_find(subs, "T")->limits.bytes;
}

static void lose_two_queues(struct rig *r, int64_t since_ms)
{
	if (since_ms == 3000) {
		look_at_limits(r, &four.pulls, &four.bytes);
		fake_broker_members(r->broker, "10.0.0.1@me,20.0.0.1@other");
		fake_broker_notify(r->broker, "G");
	} else if (since_ms == 6000) {
		ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
		look_at_limits(r, &two.pulls, &two.bytes);
		r->meanwhile = NULL;
	}
}

START_TEST(flow__of_a_topic_is_shared_by_the_queues_held)
{
	struct rig *r = rig_new(1, 4,
				"consumeFromWhere=CONSUME_FROM_FIRST_OFFSET;consumeThreadMax=1;"
				"pullBatchSize=8;pullThresholdForTopic=40;"
				"pullThresholdForQueue=1000;pullThresholdSizeForTopic=3");

	for (int i = 0; i < 400; i++)
		fake_broker_put(r->broker, "T", i % 4, "x", NULL);
	r->slow_ms = 10000;
	r->meanwhile = lose_two_queues;
	rig_start(r);
	rig_advance(r, 8000);
	/* 10 a queue: 8 + 8 are more. Then 20 for each that stays: 8 + 8 are not, 8 + 8 + 8 are. */
	ck_assert_uint_eq(four.pulls, 4 * 2);
	ck_assert_uint_eq(two.pulls, 4 * 2 + 2);
	ck_assert_uint_eq(four.bytes, 3 * 1024 * 1024 / 4);
	ck_assert_uint_eq(two.bytes, 3 * 1024 * 1024 / 2);
	r->slow_ms = 0;
	rig_advance(r, 10000);
	rig_free(r);
}
END_TEST

START_TEST(flow__one_slow_message_holds_up_no_other_but_the_commit)
{
	struct rig *r = slow_first(300, "consumeThreadMax=2");

	rig_start(r);
	rig_advance(r, 9000);
	ck_assert_uint_eq(seen_during, 300);
	ck_assert_int_eq(committed_during, 0);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 300);
	check_seen(r, 300, 1);
	rig_free(r);
}
END_TEST

static size_t others_during;

static void count_others(struct rig *r, const rmq_message *m)
{
	if (m->queue_offset == 400)
		others_during = r->seen_count - 401;
}

START_TEST(flow__a_quick_listener_that_is_slow_once_holds_up_nothing_for_long)
{
	struct rig *r = begin(1, 400, NULL);
	char body[32];
	int64_t before;

	r->during = count_others;
	r->slow_body = "late-0";
	r->slow_ms = 8000;
	rig_start(r);
	rig_advance(r, 100);
	ck_assert_uint_lt(atomic_load(&r->consumer->service.call_us), 20);

	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	for (int i = 0; i < 100; i++) {
		snprintf(body, sizeof(body), "late-%d", i);
		fake_broker_put(r->broker, "T", 0, body, NULL);
	}
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 8000);
	ck_assert_uint_eq(others_during, 99);
	for (size_t i = 401; i < r->seen_count; i++)
		ck_assert_int_le(r->seen[i].at_ms - before, 20);
	rig_free(r);
}
END_TEST

START_TEST(flow__a_listener_gets_up_to_its_batch_size)
{
	struct rig *r = begin(1, 64, "consumeMessageBatchMaxSize=10");

	rig_start(r);
	rig_advance(r, 100);
	check_seen(r, 64, 1);
	ck_assert_uint_eq(r->largest_call, 10);
	rig_free(r);
}
END_TEST

/* --- Suspend ----------------------------------------------------------------------------------- */

START_TEST(suspend__delivers_nothing_until_resume)
{
	struct rig *r = begin(1, 5, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	fake_broker_put(r->broker, "T", 0, "late", NULL);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_uint_eq(fake_broker_held(r->broker), 0);

	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 1);
	ck_assert_int_eq(rig_seen(r, "late"), 1);
	rig_free(r);
}
END_TEST

START_TEST(suspend__before_start_starts_suspended)
{
	struct rig *r = begin(1, 5, NULL);

	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 1);
	check_seen(r, 5, 1);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pull__gets_a_new_message_at_once,
		pull__follows_the_broker_forward_when_messages_are_gone,
		pull__says_so_when_the_broker_moves_it_back,
		pull__waits_after_an_error_and_logs_it_once,
		pull__survives_a_broker_that_does_not_answer,
		pull__survives_lost_connections,
		pull__registers_again_when_the_broker_does_not_know_it,
		pull__comes_back_soon_after_flow_control_of_the_broker,
		pull__delivers_only_the_tags_that_were_subscribed,
		pull__asks_for_what_was_configured,
		pull__waits_pull_interval_between_two_pulls,
		flow__pauses_at_the_threshold_and_goes_on,
		flow__pauses_at_the_span_while_others_go_on,
		flow__of_a_topic_is_shared_by_the_queues_held,
		flow__one_slow_message_holds_up_no_other_but_the_commit,
		flow__a_quick_listener_that_is_slow_once_holds_up_nothing_for_long,
		flow__a_listener_gets_up_to_its_batch_size,
		suspend__delivers_nothing_until_resume,
		suspend__before_start_starts_suspended,
	};
	struct suite s;

	suite_open(&s, "pull");
	suite_add_loop(&s, pull__delivers_every_message_once_whatever_the_order_of_events, 20);
	suite_add_loop(&s, pull__that_follows_a_failure_is_answered_at_once, 3);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
