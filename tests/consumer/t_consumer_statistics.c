/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What consumers count, against a fake broker in a simulation, and that their text is what
 * doc/consumer_statistics.schema.json says.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/openmetrics.h"
#include "codec/codes.h"
#include "codec/json.h"
#include "consumer/handle.h"
#include "consumer/lite_pull_consumer.h"
#include "consumer/one_pull.h"
#include "consumer/pull_consumer.h"
#include "consumer/simple_consumer.h"
#include "consumer/statistics.h"
#include "tests/consumer/desk.h"
#include "tests/consumer/rig.h"
#include "tests/support/schema.h"
#include "tests/support/suite.h"

static struct rmqi_json *statistics; /* of the last look */
static char *text;

static void forget(void)
{
	rmqi_json_free(statistics);
	statistics = NULL;
	rmqi_free(text);
	text = NULL;
}

/* Looks, and compares with the schema. */
static void look(struct rmqi_member *m)
{
	char problem[SCHEMA_PROBLEM_SIZE];

	forget();
	ck_assert_int_eq(rmqi_consumer_statistics(m, &text, NULL), RMQ_OK);
	ck_assert_str_eq(schema_problem("doc/consumer_statistics.schema.json", text, problem), "");
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, strlen(text)), &statistics), RMQ_OK);
}

static int64_t of(const char *object, const char *member)
{
	return rmqi_json_i64(rmqi_json_get(statistics, object), member, -2);
}

/* NULL: not there. */
static const struct rmqi_json *topic_named(const char *name)
{
	RMQI_JSON_EACH(at, rmqi_json_get(statistics, "topics"))
		if (strcmp(rmqi_json_str(at, "name", "?"), name) == 0)
			return at;
	return NULL;
}

static int64_t topic(const char *member)
{
	return rmqi_json_i64(topic_named("T"), member, -2);
}

static const struct rmqi_json *queue_at(int id)
{
	RMQI_JSON_EACH(at, rmqi_json_get(statistics, "queues"))
		if (strcmp(rmqi_json_str(at, "topic", "?"), "T") == 0 &&
		    rmqi_json_i64(at, "queue", -1) == id)
			return at;
	return NULL;
}

static int64_t queue(int id, const char *member)
{
	return rmqi_json_i64(queue_at(id), member, -2);
}

static struct rig *begin(int queues, const char *settings)
{
	struct rig *r = rig_new(1, queues, settings);

	for (int i = 0; i < queues; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	return r;
}

static void end(struct rig *r)
{
	forget();
	rig_free(r);
}

/* --- Push ------------------------------------------------------------------------------------------------ */

START_TEST(statistics__of_a_new_consumer_are_zeroes)
{
	struct rig *r = begin(1, NULL);

	look(&r->consumer->member);
	ck_assert_str_eq(rmqi_json_str(statistics, "kind", ""), "push_consumer");
	ck_assert_str_eq(rmqi_json_str(statistics, "group", ""), "G");
	ck_assert_str_eq(rmqi_json_str(statistics, "clientId", ""), "10.0.0.1@me");
	ck_assert_int_eq(of("total", "pulled"), 0);
	ck_assert_int_eq(of("total", "queues"), 0);
	ck_assert_int_eq(of("member", "rebalances"), 0);
	end(r);
}
END_TEST

START_TEST(statistics__count_what_was_pulled_and_consumed)
{
	struct rig *r = begin(2, NULL);

	if (_i == 1)
		rig_orderly(r);
	r->slow_ms = 100;
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 6000);
	look(&r->consumer->member);

	ck_assert_int_eq(topic("queues"), 2);
	ck_assert_int_ge(topic("pulls"), 1);
	ck_assert_int_eq(topic("pulled"), 10);
	ck_assert_int_gt(topic("pulledBytes"), 10 * 5);
	ck_assert_int_eq(topic("consumed"), 10);
	ck_assert_int_eq(topic("failed"), 0);
	ck_assert_int_eq(topic("lag"), 0);
	ck_assert_int_eq(topic("cachedMessages"), 0);
	ck_assert_int_eq(of("total", "consumed"), 10);
	ck_assert_int_eq(of("member", "queuesGained"), 2);
	ck_assert_int_ge(of("member", "rebalances"), 1);
	ck_assert_int_ge(of("member", "commits"), 1);
	ck_assert_int_eq(queue(0, "position"), 10);
	ck_assert_int_eq(queue(0, "commit"), 10);
	ck_assert_int_eq(queue(0, "end"), 10);
	ck_assert_int_eq(rmqi_json_get(queue_at(0), "locked")->boolean, _i == 1);
	ck_assert_int_eq(of("member", "locksGranted") > 0, _i == 1);
	end(r);
}
END_TEST

START_TEST(statistics__times_are_those_of_the_clock)
{
	struct rig *r = begin(1, NULL);
	const struct rmqi_json *took;

	if (_i == 1)
		rig_orderly(r);
	r->slow_ms = 100;
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 6000);
	look(&r->consumer->member);

	took = rmqi_json_get(topic_named("T"), "consumeUs");
	ck_assert_int_eq(rmqi_json_i64(took, "count", 0), 10);
	ck_assert_int_ge(rmqi_json_i64(took, "p50", 0), 100000);
	ck_assert_int_le(rmqi_json_i64(took, "p50", 0), 107000);
	took = rmqi_json_get(topic_named("T"), "pullUs");
	ck_assert_int_eq(rmqi_json_i64(took, "count", 0), topic("pulls"));
	end(r);
}
END_TEST

/* What is cached, and how far the queue is behind, while the listener has the fourth message. */
static void look_during(struct rig *r, const rmq_message *m)
{
	if (rmq_message_queue_offset(m) == 3 && r->seen_count == 4)
		look(&r->consumer->member);
}

START_TEST(statistics__tell_the_lag_and_what_is_cached)
{
	struct rig *r = begin(1, "consumeThreadMax=1;pullThresholdForQueue=4;pullBatchSize=8");

	if (_i == 1)
		rig_orderly(r);
	r->during = look_during;
	rig_put(r, 40);
	rig_start(r);
	rig_advance(r, 6000);

	ck_assert_int_eq(queue(0, "position"), 3);
	ck_assert_int_eq(queue(0, "lag"), 37);
	ck_assert_int_eq(topic("lag"), 37);
	ck_assert_int_eq(of("total", "lag"), 37);
	ck_assert_int_eq(queue(0, "cachedMessages"), queue(0, "next") - 3);
	ck_assert_int_eq(topic("cachedMessages"), queue(0, "cachedMessages"));
	ck_assert_int_gt(queue(0, "cachedBytes"), 0);
	ck_assert_int_eq(topic("consumed"), 3);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("lag"), 0);
	ck_assert_int_eq(topic("consumed"), 40);
	end(r);
}
END_TEST

START_TEST(statistics__tell_the_lag_of_popped_queues)
{
	struct rig *r = begin(1, "consumeThreadMax=1;popBatchNums=8;popThresholdForQueue=8;"
				 "clientRebalance=false");

	fake_broker_pops(r->broker, true);
	r->during = look_during;
	rig_put(r, 40);
	rig_start(r);
	rig_advance(r, 6000);

	ck_assert_int_eq(topic("cachedMessages"), 5);
	ck_assert_int_eq(topic("lag"), 37);
	ck_assert_int_eq(of("total", "lag"), 37);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("lag"), 0);
	ck_assert_int_eq(topic("consumed"), 40);
	end(r);
}
END_TEST

START_TEST(statistics__count_failures_and_where_they_went)
{
	struct rig *r = begin(1, "maxReconsumeTimes=0");

	rig_put(r, 3);
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 6000);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("consumed"), 2);
	ck_assert_int_eq(topic("failed"), 1);
	ck_assert_int_eq(topic("sentBack"), 1);
	ck_assert_int_eq(topic("deadLettered"), 1);
	ck_assert_int_eq(topic("givenUp"), 0);
	end(r);
}
END_TEST

START_TEST(statistics__count_what_an_orderly_listener_is_given_again)
{
	struct rig *r = begin(1, NULL);

	rig_orderly(r);
	rig_put(r, 3);
	r->fail_times = 2;
	rig_start(r);
	rig_advance(r, 6000);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("consumed"), 3);
	ck_assert_int_eq(topic("failed"), 2);
	ck_assert_int_eq(topic("again"), 2);
	ck_assert_int_eq(topic("sentBack"), 0);
	end(r);
}
END_TEST

START_TEST(statistics__tell_who_stands_still_and_why)
{
	struct rig *r = begin(1, NULL);

	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_advance(r, 200 * 1000);
	look(&r->consumer->member);
	ck_assert_int_ge(queue(0, "stalledMs"), 150 * 1000);
	ck_assert_str_eq(rmqi_json_str(queue_at(0), "stalledBy", ""), "SUSPENDED");
	ck_assert_str_eq(rmqi_json_str(queue_at(0), "why", ""),
			 "the application has suspended the consumer");
	ck_assert_int_eq(rmqi_json_i64(rmqi_json_get(topic_named("T"), "stalled"), "SUSPENDED", 0),
			 1);
	ck_assert_int_ge(of("member", "stalls"), 1);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	rig_advance(r, 60 * 1000);
	look(&r->consumer->member);
	ck_assert_int_eq(queue(0, "stalledMs"), 0);
	ck_assert_uint_eq(rmqi_json_count(rmqi_json_get(topic_named("T"), "stalled")), 0);
	end(r);
}
END_TEST

/* The numbers of a topic outlive its subscription, and the close. */
START_TEST(statistics__stay_when_the_queues_are_gone)
{
	struct rig *r = begin(1, NULL);

	rig_put(r, 5);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("consumed"), 5);
	ck_assert_int_eq(topic("queues"), 0);
	ck_assert_int_eq(of("member", "queuesLost"), 1);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 1000, NULL), RMQ_OK);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("consumed"), 5);
	end(r);
}
END_TEST

/* The broker answers when the queue is gone. */
START_TEST(statistics__of_a_queue_that_is_gone_never_fall)
{
	struct rig *r = begin(1, NULL);

	rig_put(r, 5);
	r->fail_times = 1;
	fake_broker_refuse(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, FAKE_NO_ANSWER, 1);
	rig_start(r);
	rig_advance(r, 1000);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("consumed"), 4);
	ck_assert_int_eq(topic("sentBack"), 0);
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_OK);
	rig_advance(r, 30 * 1000);
	look(&r->consumer->member);
	ck_assert_int_eq(topic("sentBack"), 1);
	ck_assert_int_eq(topic("consumed"), 4);
	end(r);
}
END_TEST

START_TEST(statistics__count_pulls_that_failed)
{
	struct rig *r = begin(1, NULL);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SYSTEM_ERROR, 3);
	rig_start(r);
	rig_advance(r, 10000);
	look(&r->consumer->member);
	ck_assert_int_eq(of("total", "failedPulls"), 3);
	end(r);
}
END_TEST

/* --- The others ------------------------------------------------------------------------------------------ */

START_TEST(statistics__of_a_lite_pull_consumer_count_polls)
{
	rmq_lite_pull_consumer *c = NULL;
	rmq_messages *l = NULL;

	desk_open(1);
	ck_assert_int_eq(rmqi_lite_pull_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_lite_pull_subscribe(c, "T", RMQI_EXPRESSION_TAG, "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_put(0, 0, 4);
	ck_assert_int_eq(rmqi_lite_pull_poll(c, 1000, &l, NULL), RMQ_OK);
	desk_advance(500);
	look(&c->member);
	ck_assert_str_eq(rmqi_json_str(statistics, "kind", ""), "lite_pull_consumer");
	ck_assert_int_eq(topic("consumed"), 0);
	ck_assert_int_eq(topic("lag"), 4);
	rmq_messages_free(l);
	desk_advance(10);
	look(&c->member);
	ck_assert_int_eq(topic("consumed"), topic("pulled"));
	ck_assert_int_eq(rmqi_json_i64(rmqi_json_get(topic_named("T"), "consumeUs"), "count", 0),
			 1);
	ck_assert_int_ge(rmqi_json_i64(rmqi_json_get(topic_named("T"), "consumeUs"), "sum", 0),
			 500 * 1000);
	forget();
	rmqi_handle_free(&c->member);
	desk_close();
}
END_TEST

/* A broker compares hashes of tags: what it lets pass by mistake is acknowledged, but not by the user. */
START_TEST(statistics__of_a_simple_consumer_leave_out_what_no_filter_wants)
{
	rmq_simple_consumer *c = NULL;
	rmq_messages *l = NULL;

	desk_open(1);
	ck_assert_int_eq(rmqi_simple_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "A", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	fake_broker_put(desk.broker, "T", 0, "no", "B");
	fake_broker_put(desk.broker, "T", 0, "yes", "A");
	desk_advance(1000);
	ck_assert_int_eq(rmqi_simple_consumer_receive(c, 16, -1, 2000, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
	desk_advance(100);
	ck_assert_uint_eq(fake_broker_count(desk.broker, RMQI_REQ_ACK_MESSAGE), 1);
	look(&c->member);
	ck_assert_int_eq(of("pop", "acks"), 0);
	ck_assert_int_eq(topic("pulled"), 1);
	ck_assert_int_eq(topic("consumed"), 0);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 0), NULL), RMQ_OK);
	look(&c->member);
	ck_assert_int_eq(of("pop", "acks"), 1);
	ck_assert_int_eq(topic("consumed"), 1);
	forget();
	rmq_messages_free(l);
	rmqi_handle_free(&c->member);
	desk_close();
}
END_TEST

START_TEST(statistics__of_a_simple_consumer_count_receives_and_acks)
{
	rmq_simple_consumer *c = NULL;
	rmq_messages *l = NULL;

	desk_open(1);
	ck_assert_int_eq(rmqi_simple_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_put(0, 0, 2);
	desk_advance(1000);
	ck_assert_int_eq(rmqi_simple_consumer_receive(c, 16, -1, 2000, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(l), 2);
	ck_assert_int_eq(rmqi_simple_consumer_ack(c, rmq_messages_at(l, 0), NULL), RMQ_OK);
	look(&c->member);
	ck_assert_str_eq(rmqi_json_str(statistics, "kind", ""), "simple_consumer");
	ck_assert_int_eq(of("pop", "found"), 1);
	ck_assert_int_eq(of("pop", "messages"), 2);
	ck_assert_int_eq(of("pop", "acks"), 1);
	ck_assert_int_eq(of("pop", "unacknowledged"), 1);
	ck_assert_int_eq(topic("pulled"), 2);
	ck_assert_int_eq(topic("consumed"), 1);
	rmq_messages_free(l);
	ck_assert_int_eq(rmqi_simple_consumer_receive(c, 16, -1, 0, &l, NULL), RMQ_OK);
	rmq_messages_free(l);
	look(&c->member);
	ck_assert_int_eq(of("pop", "empty"), 1);
	forget();
	rmqi_handle_free(&c->member);
	desk_close();
}
END_TEST

START_TEST(statistics__of_a_pull_consumer_count_pulls)
{
	rmq_pull_consumer *c = NULL;
	rmq_pull_result *r = NULL;
	struct rmq_queue q = desk_queue(0);
	const struct rmq_pull_options o = {
		.max_messages = -1, .kind = RMQI_EXPRESSION_TAG, .suspend_ms = 0, .timeout_ms = -1};

	desk_open(1);
	ck_assert_int_eq(rmqi_pull_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_put(0, 0, 3);
	for (int64_t at = 0; at <= 6; at += 3) {
		ck_assert_int_eq(rmqi_pull_consumer_pull(c, &q, at, &o, &r, NULL), RMQ_OK);
		rmq_pull_result_free(r);
	}
	fake_broker_refuse(desk.broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SYSTEM_ERROR, 1);
	ck_assert_int_ne(rmqi_pull_consumer_pull(c, &q, 0, &o, &r, NULL), RMQ_OK);
	look(&c->member);
	ck_assert_str_eq(rmqi_json_str(statistics, "kind", ""), "pull_consumer");
	ck_assert_int_eq(of("pull", "found"), 1);
	ck_assert_int_eq(of("pull", "empty") + of("pull", "illegal"), 2);
	ck_assert_int_eq(of("pull", "failed"), 1);
	ck_assert_int_eq(of("pull", "messages"), 3);
	forget();
	rmqi_handle_free(&c->member);
	desk_close();
}
END_TEST

START_TEST(statistics__of_a_pull_consumer_tell_the_lag)
{
	rmq_pull_consumer *c = NULL;
	rmq_pull_result *r = NULL;
	struct rmq_queue q = desk_queue(0);
	const struct rmq_pull_options o = {
		.max_messages = 4, .kind = RMQI_EXPRESSION_TAG, .suspend_ms = 0, .timeout_ms = -1};
	static const int64_t lags[] = {10, 6, 2, 0};

	desk_open(1);
	ck_assert_int_eq(rmqi_pull_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_put(0, 0, 10);
	desk_advance(1000);
	look(&c->member);
	ck_assert_int_eq(queue(0, "lag"), -1);
	/* What a pull brought is done when the next one begins behind it. */
	for (size_t i = 0; i < RMQI_COUNT(lags); i++) {
		int64_t at = i < 3 ? 4 * (int64_t)i : 10;

		ck_assert_int_eq(rmqi_pull_consumer_pull(c, &q, at, &o, &r, NULL), RMQ_OK);
		rmq_pull_result_free(r);
		look(&c->member);
		ck_assert_int_eq(queue(0, "position"), at);
		ck_assert_int_eq(queue(0, "end"), 10);
		ck_assert_int_eq(queue(0, "lag"), lags[i]);
		ck_assert_int_eq(topic("lag"), lags[i]);
	}
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), -1);
	forget();
	rmqi_handle_free(&c->member);
	desk_close();
}
END_TEST

/* --- OpenMetrics ----------------------------------------------------------------------------------------- */

START_TEST(openmetrics__of_a_consumer_have_lag_and_causes)
{
	struct rig *r = begin(1, NULL);
	struct rmqi_buf out;

	rig_put(r, 5);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	rig_advance(r, 200 * 1000);
	look(&r->consumer->member);
	rmqi_buf_init(&out, 1024 * 1024);
	ck_assert_int_eq(rmqi_openmetrics_write((const char *const[]){text}, 1, &out, NULL),
			 RMQ_OK);
#define OF_TOPIC "{client_id=\"10.0.0.1@me\",group=\"G\",topic=\"T\""
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out),
				     "rocketmq_consumer_consume_messages_total" OF_TOPIC "} 5\n"));
	ck_assert_ptr_nonnull(
		strstr(rmqi_buf_text(&out), "rocketmq_consumer_lag" OF_TOPIC "} 0\n"));
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out), "rocketmq_consumer_queue_lag" OF_TOPIC
							  ",broker=\"broker-a\",queue=\"0\"} 0\n"));
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out),
				     "rocketmq_consumer_stalled_queues" OF_TOPIC
				     ",cause=\"SUSPENDED\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&out),
				     "rocketmq_consumer_consume_latency_seconds_count" OF_TOPIC
				     "} 5\n"));
	ck_assert_ptr_null(strstr(rmqi_buf_text(&out), "rocketmq_producer"));
	rmqi_buf_deinit(&out);
	end(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		statistics__of_a_new_consumer_are_zeroes,
		statistics__count_failures_and_where_they_went,
		statistics__count_what_an_orderly_listener_is_given_again,
		statistics__tell_who_stands_still_and_why,
		statistics__stay_when_the_queues_are_gone,
		statistics__of_a_queue_that_is_gone_never_fall,
		statistics__count_pulls_that_failed,
		statistics__of_a_lite_pull_consumer_count_polls,
		statistics__of_a_simple_consumer_leave_out_what_no_filter_wants,
		statistics__of_a_simple_consumer_count_receives_and_acks,
		statistics__of_a_pull_consumer_count_pulls,
		statistics__tell_the_lag_of_popped_queues,
		statistics__of_a_pull_consumer_tell_the_lag,
		openmetrics__of_a_consumer_have_lag_and_causes,
	};
	struct suite suite;

	suite_open(&suite, "consumer_statistics");
	suite_add_loop(&suite, statistics__count_what_was_pulled_and_consumed, 2);
	suite_add_loop(&suite, statistics__times_are_those_of_the_clock, 2);
	suite_add_loop(&suite, statistics__tell_the_lag_and_what_is_cached, 2);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
