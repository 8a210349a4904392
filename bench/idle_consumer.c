/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle_consumer.c - what a push consumer costs that has nothing to do: its threads with 1 and with
 * 200 topics, and with 200 its CPU time, wake-ups and system calls. See README.md.
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>

#include <rocketmq/push_consumer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/scene.h"

enum {
	TOPICS = 200,
	QUEUES = 4, /* of a topic that is created with its first message */
	PATIENCE_MS = 60 * 1000,
	SETTLE_MS = 3000,
	IDLE_S = 30, /* a heartbeat, a look for routes, a rebalance and two pulls of each queue */
	LONG_IDLE_S = 120
};

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	bench_die("a message came");
	return RMQ_CONSUME_SUCCESS;
}

static void name_topic(char *out, size_t size, size_t number)
{
	snprintf(out, size, "idle_%03zu", number);
}

static rmq_push_consumer *open_consumer(const rmq_config *config, size_t topics)
{
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	char text[32];

	snprintf(text, sizeof(text), "idle_%zu_topics", topics);
	if (rmq_push_consumer_new(config, text, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_messages, NULL, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	for (size_t i = 0; i < topics; i++) {
		name_topic(text, sizeof(text), i);
		if (rmq_push_consumer_subscribe(c, text, "*", &detail) != RMQ_OK)
			bench_die("subscribe: %s", rmq_error_detail_message(detail));
	}
	if (rmq_push_consumer_start(c, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	for (int ms = 0; rmq_push_consumer_queue_count(c) < topics * QUEUES; ms++)
		if (ms == PATIENCE_MS || poll(NULL, 0, 1) != 0)
			bench_die("%zu of %zu queues", rmq_push_consumer_queue_count(c),
				  topics * QUEUES);
	return c;
}

static void close_consumer(rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;

	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_push_consumer_free(c);
}

static void measure_idle(int seconds)
{
	struct bench_usage u;

	poll(NULL, 0, SETTLE_MS);
	u = bench_usage_now();
	poll(NULL, 0, seconds * 1000);
	u = bench_usage_since(&u);
	bench_figure("cpu_200_topics", "ms per second", u.cpu_us / 1000 / seconds, NAN);
	/* One is this thread's own. */
	bench_figure("wake_ups_200_topics", "per second", (u.switches - 1) / seconds, NAN);
	bench_figure("io_calls_200_topics", "per second", (u.calls - 1) / seconds, NAN);
	bench_figure("allocations_200_topics", "per second", u.allocations / seconds, NAN);
}

static void measure(const rmq_config *config, size_t topics, int seconds)
{
	size_t before = bench_threads();
	rmq_push_consumer *c = open_consumer(config, topics);
	char metric[32];

	snprintf(metric, sizeof(metric), "threads_%zu_topic%s", topics, topics == 1 ? "" : "s");
	bench_figure(metric, "threads", (double)(bench_threads() - before), NAN);
	if (seconds > 0)
		measure_idle(seconds);
	close_consumer(c);
}

int main(int argc, char **argv)
{
	struct bench_options options;
	rmq_config *config;
	char topic[32];

	bench_init("idle_consumer", argc, argv, 1, 1, &options);
	mock_start(argv[0]);
	for (size_t i = 0; i < TOPICS; i++) {
		name_topic(topic, sizeof(topic), i);
		scene_topic_of(topic, QUEUES);
	}
	config = scene_config(RMQI_BINARY);
	measure(config, 1, 0);
	measure(config, TOPICS, options.is_long ? LONG_IDLE_S : IDLE_S);
	rmq_config_free(config);
	mock_stop();
	bench_print();
	return 0;
}
