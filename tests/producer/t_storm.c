/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever happens, by seed: producers send and ask, are closed in the midst of it and made anew; brokers stop,
 * crash and come back; a service replies to some, to some twice, to others never. In the end every message that
 * was accepted has ended once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/rand.h"
#include "client/message.h"
#include "producer/producer.h"
#include "producer/send_options.h"
#include "tests/broker/rig.h"

#define REPLIES "DefaultCluster_REPLY_TOPIC"

enum { PRODUCERS = 2, ROUNDS = 40, MESSAGES_MAX = 4000, QUEUES = 2, SEEDS = 12 };

static const char *const brokers[] = {"broker-a", "broker-b"};

static struct {
	struct rig *rig;
	struct peer *service;
	struct rmq_config *config;
	struct rmq_producer *producers[PRODUCERS];
	struct rmqi_rand rand;
	bool is_down[2];
	int64_t served[2][QUEUES]; /* the next offset that the service looks at */
	size_t accepted;
	int ends[MESSAGES_MAX];
	size_t stored; /* told so */
	size_t replied;
	size_t made; /* producers */
} storm;

static bool chance(int percent)
{
	return (int)rmqi_rand_below(&storm.rand, 100) < percent;
}

static void count_end(void *arg)
{
	int *end = arg;

	++*end;
}

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)result;
	(void)detail;
	storm.stored += error == RMQ_OK;
	count_end(arg);
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		     void *arg)
{
	(void)detail;
	ck_assert_int_eq(error == RMQ_OK, reply != NULL);
	storm.stored += error == RMQ_OK || error == RMQ_ERR_NO_REPLY;
	storm.replied += error == RMQ_OK;
	count_end(arg);
}

static struct rmq_producer *open_producer(void)
{
	struct rmq_producer *p = NULL;
	char group[16];

	snprintf(group, sizeof(group), "PG%zu", storm.made++);
	ck_assert_int_eq(rmqi_producer_new(storm.config, group, &p, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(p, NULL), RMQ_OK);
	return p;
}

static void begin(uint64_t seed)
{
	struct mb_cluster_options o;

	memset(&storm, 0, sizeof(storm));
	rig_options(&o);
	o.brokers = 2;
	o.seed = seed;
	storm.rig = rig_new_with(&o);
	storm.service = peer_new(storm.rig);
	rmqi_rand_init(&storm.rand, seed);
	ck_assert_int_eq(mb_cluster_create_topic(storm.rig->cluster, "T", QUEUES, NULL), RMQ_OK);
	rig_advance(storm.rig, 10);
	storm.config = rmqi_config_new();
	storm.config->env = storm.rig->env;
	rmqi_env_ref(storm.config->env);
	ck_assert_int_eq(rmqi_config_set(storm.config, "namesrvAddr", storm.rig->namesrv, NULL),
			 RMQ_OK);
	for (size_t i = 0; i < PRODUCERS; i++)
		storm.producers[i] = open_producer();
}

static void end(void)
{
	for (size_t i = 0; i < PRODUCERS; i++)
		rmqi_producer_free(storm.producers[i]);
	rmqi_config_free(storm.config);
	peer_free(storm.service);
	rig_free(storm.rig);
}

/* --- What goes on ------------------------------------------------------------------------------- */

static void send_one(struct rmq_producer *p)
{
	struct rmq_send_options options = {
		.timeout_ms = 200 + (int64_t)rmqi_rand_below(&storm.rand, 4000)};
	struct rmq_message *m = rmq_message_new("T", "body", 4);
	int *end = &storm.ends[storm.accepted];
	enum rmq_error err;

	if (chance(50))
		err = rmqi_producer_send_async(p, m, &options, on_sent, end, NULL);
	else
		err = rmqi_producer_request_async(p, m, &options, on_reply, end, NULL);
	rmq_message_free(m);
	if (err == RMQ_OK)
		storm.accepted++;
	else
		ck_assert_int_eq(*end, 0);
}

static void send_some(void)
{
	size_t count = rmqi_rand_below(&storm.rand, 40);

	for (size_t i = 0; i < count && storm.accepted < MESSAGES_MAX; i++)
		send_one(storm.producers[rmqi_rand_below(&storm.rand, PRODUCERS)]);
}

static void reply_to(size_t n)
{
	char properties[512], id[128], client[128];

	snprintf(id, sizeof(id), "%s", peer_property(storm.service, n, "CORRELATION_ID"));
	snprintf(client, sizeof(client), "%s", peer_property(storm.service, n, "REPLY_TO_CLIENT"));
	if (!*id)
		return;
	snprintf(properties, sizeof(properties), "CORRELATION_ID=%s,REPLY_TO_CLIENT=%s", id,
		 client);
	/* Whoever is gone, is gone. */
	storm.service->send_code = RMQI_REQ_SEND_REPLY_MESSAGE_V2;
	(void)peer_send(storm.service, REPLIES, 0, "pong", properties);
}

/* Replies to a message of this queue, or lets it be. */
static void serve_queue(size_t broker, int queue)
{
	int64_t *next = &storm.served[broker][queue];

	snprintf(storm.rig->broker, sizeof(storm.rig->broker), "%s",
		 mb_cluster_broker_address(storm.rig->cluster, brokers[broker]));
	for (int i = 0; i < 4; i++, ++*next) {
		if (peer_pull(storm.service, "G", "T", queue, *next, 0) != 0)
			return;
		if (chance(60))
			reply_to(0);
		if (chance(10) && peer_pull(storm.service, "G", "T", queue, *next, 0) == 0)
			reply_to(0);
	}
}

static void serve(void)
{
	for (size_t i = 0; i < 2; i++)
		for (int q = 0; q < QUEUES && !storm.is_down[i]; q++)
			serve_queue(i, q);
}

static void start_broker(size_t i)
{
	if (storm.is_down[i])
		ck_assert_int_eq(mb_cluster_broker_start(storm.rig->cluster, brokers[i], NULL),
				 RMQ_OK);
	storm.is_down[i] = false;
}

static void break_something(void)
{
	size_t i = rmqi_rand_below(&storm.rand, 2), p = rmqi_rand_below(&storm.rand, PRODUCERS);

	switch (rmqi_rand_below(&storm.rand, 8)) {
	case 0:
		if (!storm.is_down[i])
			ck_assert_int_eq(mb_cluster_broker_stop(storm.rig->cluster, brokers[i],
								chance(30), NULL),
					 RMQ_OK);
		storm.is_down[i] = true;
		break;
	case 1:
	case 2:
		start_broker(i);
		break;
	case 3:
		(void)!rmqi_producer_close(storm.producers[p],
					   (int64_t)rmqi_rand_below(&storm.rand, 2000), NULL);
		rmqi_producer_free(storm.producers[p]);
		storm.producers[p] = open_producer();
		break;
	default:
		break;
	}
}

START_TEST(storm__ends_every_message_once)
{
	begin((uint64_t)_i + 1);

	for (int i = 0; i < ROUNDS; i++) {
		send_some();
		break_something();
		rig_advance(storm.rig, (int64_t)rmqi_rand_below(&storm.rand, 1500));
		serve();
	}
	start_broker(0);
	start_broker(1);
	rig_advance(storm.rig, 60000);
	for (size_t i = 0; i < storm.accepted; i++)
		ck_assert_msg(storm.ends[i] == 1, "message %zu ended %d times", i, storm.ends[i]);
	for (size_t i = 0; i < PRODUCERS; i++)
		ck_assert_uint_eq(rmqi_requests_pending(&storm.producers[i]->requests), 0);
	ck_assert_uint_gt(storm.accepted, 100);
	ck_assert_uint_gt(storm.stored, 0);
	ck_assert_uint_gt(storm.replied, 0);

	end();
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "producer storm");
	suite_add_loop(&s, storm__ends_every_message_once, SEEDS);
	return suite_run(&s);
}
