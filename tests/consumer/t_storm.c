/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever happens, by seed: connections break, requests are refused or not
 * answered, members come and go, listeners fail and are slow. In the end every
 * message was consumed with success at least once, and without a fault exactly once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { MESSAGES = 400, QUEUES = 4, ROUNDS = 60 };

struct tally {
	int successes[MESSAGES];
	int fail_percent;
	int slow_percent;
};

static struct tally tally;

static bool chance(struct rig *r, int percent)
{
	return (int)rmqi_rand_below(rmqi_sim_rand(r->sim), 100) < percent;
}

static void decide(struct rig *r, const rmq_message *m)
{
	char text[32];
	int number;

	snprintf(text, sizeof(text), "%.*s", (int)m->body_len, (const char *)m->body);
	number = (int)strtol(text + 1, NULL, 10);
	if (chance(r, tally.slow_percent))
		rig_sleep(r, (int64_t)rmqi_rand_below(rmqi_sim_rand(r->sim), 3000));
	r->status = chance(r, tally.fail_percent) ? RMQ_RECONSUME_LATER : RMQ_CONSUME_SUCCESS;
	if (r->status == RMQ_CONSUME_SUCCESS)
		tally.successes[number]++;
}

static void put_some(struct rig *r, int *next, int count)
{
	char body[32];

	for (int i = 0; i < count && *next < MESSAGES; i++) {
		snprintf(body, sizeof(body), "m%04d", (*next)++);
		fake_broker_put(r->broker, "T", *next % QUEUES, body, NULL);
	}
}

static void break_something(struct rig *r)
{
	static const int codes[] = {RMQI_REQ_PULL_MESSAGE,
				    RMQI_REQ_QUERY_CONSUMER_OFFSET,
				    RMQI_REQ_UPDATE_CONSUMER_OFFSET,
				    RMQI_REQ_CONSUMER_SEND_MSG_BACK,
				    RMQI_REQ_SEND_MESSAGE_V2,
				    RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
				    RMQI_REQ_HEART_BEAT,
				    RMQI_REQ_GET_ROUTEINFO_BY_TOPIC};
	static const int answers[] = {RMQI_RESP_SYSTEM_ERROR,
				      RMQI_RESP_SYSTEM_BUSY,
				      FAKE_CLOSE,
				      FAKE_NO_ANSWER,
				      RMQI_RESP_SUBSCRIPTION_NOT_LATEST,
				      RMQI_RESP_FLOW_CONTROL};
	struct rmqi_rand *rand = rmqi_sim_rand(r->sim);

	switch (rmqi_rand_below(rand, 6)) {
	case 0:
		fake_broker_hang_up(r->broker);
		break;
	case 1:
		fake_broker_members(r->broker, "0.0.0.0@a,10.0.0.1@me,99.0.0.0@b");
		fake_broker_notify(r->broker, "G");
		break;
	case 2:
		fake_broker_members(r->broker, NULL);
		fake_broker_notify(r->broker, "G");
		break;
	default:
		fake_broker_refuse(r->broker, codes[rmqi_rand_below(rand, RMQI_COUNT(codes))],
				   answers[rmqi_rand_below(rand, RMQI_COUNT(answers))],
				   1 + (int)rmqi_rand_below(rand, 4));
		break;
	}
}

static struct rig *begin(uint64_t seed)
{
	struct rig *r = rig_new(seed, QUEUES,
				"consumeThreadMax=3;pullThresholdForQueue=20;"
				"pullBatchSize=8;persistConsumerOffsetInterval=1000");

	memset(&tally, 0, sizeof(tally));
	for (int i = 0; i < QUEUES; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_retry(r->broker);
	r->during = decide;
	rig_start(r);
	return r;
}

static void check_all(struct rig *r, int most)
{
	int64_t committed = 0;

	for (int i = 0; i < MESSAGES; i++)
		ck_assert_msg(tally.successes[i] >= 1 && tally.successes[i] <= most,
			      "m%04d had %d successes; log: %s", i, tally.successes[i], r->log);
	for (int i = 0; i < QUEUES; i++)
		committed += fake_broker_committed(r->broker, "T", i);
	ck_assert_int_eq(committed, MESSAGES);
}

START_TEST(storm__loses_nothing)
{
	struct rig *r = begin((uint64_t)_i + 1);
	int next = 0;

	tally.fail_percent = 10;
	tally.slow_percent = 5;
	for (int i = 0; i < ROUNDS; i++) {
		put_some(r, &next, 8);
		break_something(r);
		rig_advance(r, (int64_t)rmqi_rand_below(rmqi_sim_rand(r->sim), 2500));
	}
	fake_broker_members(r->broker, NULL);
	put_some(r, &next, MESSAGES);
	rig_advance(r, 300000);
	check_all(r, 100);
	rig_free(r);
}
END_TEST

START_TEST(calm__delivers_exactly_once)
{
	struct rig *r = begin((uint64_t)_i + 1);
	int next = 0;

	tally.fail_percent = 10;
	tally.slow_percent = 2;
	for (int i = 0; i < ROUNDS; i++) {
		put_some(r, &next, 8);
		rig_advance(r, (int64_t)rmqi_rand_below(rmqi_sim_rand(r->sim), 300));
	}
	rig_advance(r, 60000);
	check_all(r, 1);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

/* A consumer is closed at any moment; its successor goes on. */
START_TEST(restart__loses_nothing)
{
	struct rig *r = begin((uint64_t)_i + 1);
	int next = 0;

	for (int round = 0; round < 6; round++) {
		rmq_consume_fn listener = r->consumer->service.listener;

		put_some(r, &next, MESSAGES / 6 + 1);
		rig_advance(r, (int64_t)rmqi_rand_below(rmqi_sim_rand(r->sim), 300));
		for (uint64_t i = rmqi_rand_below(rmqi_sim_rand(r->sim), 60); i > 0; i--)
			rmqi_sim_step(r->sim);
		rig_free_consumer(r);
		ck_assert_int_eq(rmqi_push_consumer_new(r->config, "G", &r->consumer, NULL),
				 RMQ_OK);
		ck_assert_int_eq(rmqi_push_consumer_set_listener(r->consumer, listener, r, NULL),
				 RMQ_OK);
		rig_start(r);
	}
	rig_advance(r, 30000);
	/* Nothing fails here, so what was consumed was committed. */
	check_all(r, 1);
	rig_free(r);
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "storm");
	suite_add_loop(&s, storm__loses_nothing, 40);
	suite_add_loop(&s, calm__delivers_exactly_once, 10);
	suite_add_loop(&s, restart__loses_nothing, 20);
	return suite_run(&s);
}
