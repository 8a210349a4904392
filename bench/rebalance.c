/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebalance.c - what it costs one of 100 members to find its share of 10,000 queues: the strategies alone, and
 * whole rounds of a push consumer that asks the broker for the members and applies what comes out. See README.md.
 */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rocketmq/push_consumer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"
#include "codec/body.h"
#include "consumer/allocate.h"

enum {
	QUEUES = 10000,
	TOPICS = 10, /* they are of so many topics: one has 1,024 at most */
	MEMBERS = 100,
	SELF = 50,
	PERIOD_MS = 200, /* of the rounds that are measured; by chance up to a quarter less */
	ROUNDS_MS = 5000,
	LONG_ROUNDS_MS = 20000,
	SETTLE_MS = 1000,
	REQUEST_MAX = 4096,
	PATIENCE_MS = 60 * 1000
};

static const char group[] = "wide_group";

/* --- The strategies alone ----------------------------------------------------------------- */

struct named {
	const char *metric;
	const char *key; /* allocateMessageQueueStrategy */
	enum rmqi_allocation how;
};

static const struct named strategies[] = {
	{"avg", "AVG", RMQI_ALLOCATE_AVG},
	{"avg_by_circle", "AVG_BY_CIRCLE", RMQI_ALLOCATE_AVG_BY_CIRCLE},
	{"consistent_hash", "CONSISTENT_HASH", RMQI_ALLOCATE_CONSISTENT_HASH},
};

static void name_topic(char *out, size_t size, int number)
{
	snprintf(out, size, "wide_%d", number);
}

static char member_names[MEMBERS][32];
static char *members[MEMBERS];
static struct rmqi_queue queues[QUEUES];
static uint8_t mine[QUEUES + 1];

static void name_all(void)
{
	static char topic_text[] = "wide", broker_text[] = "broker-a";

	for (int i = 0; i < MEMBERS; i++) {
		snprintf(member_names[i], sizeof(member_names[i]), "10.0.0.%03d@bench", i);
		members[i] = member_names[i];
	}
	for (int i = 0; i < QUEUES; i++)
		queues[i] = (struct rmqi_queue){
			.topic = topic_text, .broker_name = broker_text, .queue_id = i};
}

static double thread_cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void allocate(const struct named *n)
{
	struct rmqi_strategy strategy = {.how = n->how};
	struct rmqi_contest contest = {.queues = queues,
				       .queue_count = QUEUES,
				       .members = members,
				       .member_count = MEMBERS,
				       .self = SELF};
	char why[RMQI_ALLOCATE_WHY] = "";
	double start;

	memset(mine, 0, sizeof(mine));
	start = thread_cpu_ms();
	if (rmqi_allocate(&strategy, &contest, mine, why) != RMQ_OK)
		bench_die("%s: %s", n->metric, why);
	bench_figure_of("allocate", n->metric, "ms CPU", thread_cpu_ms() - start, NAN);
	if (!memchr(mine, 1, QUEUES))
		bench_die("%s: no share", n->metric);
}

/* --- Whole rounds ---------------------------------------------------------------------------- */

static struct raw others[MEMBERS];

/* The other members: a connection and a heartbeat each. */
static void join_raw(struct raw *r, const char *broker, int number)
{
	char type[] = "CONSUME_PASSIVELY", model[] = "CLUSTERING", name[sizeof(group)];
	char where[] = "CONSUME_FROM_LAST_OFFSET", id[32];
	struct rmqi_consumer_data data = {.group_name = name,
					  .consume_type = type,
					  .message_model = model,
					  .consume_from_where = where};
	struct rmqi_heartbeat h = {.client_id = id, .consumers = &data, .consumer_count = 1};
	struct rmqi_h_heartbeat header = {0};
	struct rmqi_buf body, request;
	struct raw_answer a;

	memcpy(name, group, sizeof(group));
	snprintf(id, sizeof(id), "255.0.0.%03d@raw", number); /* behind ours */
	rmqi_buf_init(&body, REQUEST_MAX);
	rmqi_buf_init(&request, REQUEST_MAX);
	if (rmqi_heartbeat_encode(&h, &body) != RMQ_OK)
		bench_die("a heartbeat cannot be encoded");
	raw_encode(&request, RMQI_JSON, RMQI_REQ_HEART_BEAT, 1, &rmqi_desc_heartbeat, &header,
		   rmqi_buf_cursor(&body));
	raw_open(r, broker);
	raw_call(r, rmqi_buf_data(&request), request.len, &a);
	rmqi_buf_deinit(&body);
	rmqi_buf_deinit(&request);
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	bench_die("a message came");
	return RMQ_CONSUME_SUCCESS;
}

static rmq_push_consumer *open_consumer(const struct named *n, int period_ms)
{
	rmq_config *config = scene_config(RMQI_BINARY);
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	char text[16];

	snprintf(text, sizeof(text), "%d", period_ms);
	scene_set(config, "rebalanceWaitInterval", text);
	scene_set(config, "allocateMessageQueueStrategy", n->key);
	if (rmq_push_consumer_new(config, group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_messages, NULL, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	for (int i = 0; i < TOPICS; i++) {
		name_topic(text, sizeof(text), i);
		if (rmq_push_consumer_subscribe(c, text, "*", &detail) != RMQ_OK)
			bench_die("subscribe: %s", rmq_error_detail_message(detail));
	}
	if (rmq_push_consumer_start(c, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	for (int ms = 0; rmq_push_consumer_queue_count(c) < QUEUES / MEMBERS / 2; ms++)
		if (ms == PATIENCE_MS || poll(NULL, 0, 1) != 0)
			bench_die("%zu queues", rmq_push_consumer_queue_count(c));
	return c;
}

static double cpu_ms_of(const struct named *n, int period_ms, int ms)
{
	rmq_push_consumer *c = open_consumer(n, period_ms);
	struct bench_usage u;

	poll(NULL, 0, SETTLE_MS);
	u = bench_usage_now();
	poll(NULL, 0, ms);
	u = bench_usage_since(&u);
	bench_say("%s, every %d ms: %zu queues, %.2f ms CPU in %.2f s", n->key, period_ms,
		  rmq_push_consumer_queue_count(c), u.cpu_us / 1000, u.wall_us / 1e6);
	if (rmq_push_consumer_close(c, -1, NULL) != RMQ_OK)
		bench_die("close");
	rmq_push_consumer_free(c);
	return u.cpu_us / 1000 * ms * 1000 / u.wall_us;
}

/* What rounds cost that come often, without what the same consumer costs whose rounds do not come. */
static void measure_rounds(const struct named *n, int ms)
{
	double rounds = ms / (PERIOD_MS * 0.875);
	double still = cpu_ms_of(n, 3600 * 1000, ms), busy = cpu_ms_of(n, PERIOD_MS, ms);

	bench_figure_of("round", n->metric, "ms CPU", (busy - still) / rounds, NAN);
}

int main(int argc, char **argv)
{
	struct bench_options options;
	char broker[SCENE_ADDRESS], topic[16];

	bench_init("rebalance", argc, argv, 9, 25, &options);
	name_all();
	for (size_t i = 0; i < options.rounds; i++)
		for (size_t j = 0; j < RMQI_COUNT(strategies); j++)
			allocate(&strategies[j]);
	mock_start(argv[0]);
	for (int i = 0; i < TOPICS; i++) {
		name_topic(topic, sizeof(topic), i);
		scene_topic_of(topic, QUEUES / TOPICS);
	}
	scene_broker(topic, broker);
	for (int i = 1; i < MEMBERS; i++)
		join_raw(&others[i], broker, i);
	for (size_t j = 0; j < RMQI_COUNT(strategies); j++)
		if (bench_wants(&options, strategies[j].metric))
			measure_rounds(&strategies[j],
				       options.is_long ? LONG_ROUNDS_MS : ROUNDS_MS);
	for (int i = 1; i < MEMBERS; i++)
		raw_close(&others[i]);
	mock_stop();
	bench_print();
	return 0;
}
