/* SPDX-License-Identifier: Apache-2.0 */
/*
 * latency.c - from before the asynchronous send of a message to the listener that gets it, at a rate of
 * 1,000 and of 100,000 messages a second: producer and push consumer in this process, beside one thread with two
 * raw sockets that sends and pulls. See README.md.
 *
 * Messages are sent each millisecond, as many as are due. Every round ends with an audit: each message once.
 */
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/producer.h>
#include <rocketmq/push_consumer.h>

#include "base/executor.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

enum { TICK_US = 1000, ROUND_S = 2, LONG_ROUND_S = 10, PATIENCE_MS = 60 * 1000, PULL = 32 };

struct rate {
	const char *name;
	size_t per_second;
};

static const struct rate rates[] = {{"1k", 1000}, {"100k", 100 * 1000}};

static char broker[SCENE_ADDRESS];
static double *sent_us, *took_us; /* by the number of the message */
static size_t whole;
static atomic_size_t come;
static struct rmqi_event all_came;

static void reset(size_t count)
{
	whole = count;
	sent_us = realloc(sent_us, count * sizeof(*sent_us));
	took_us = realloc(took_us, count * sizeof(*took_us));
	if (!sent_us || !took_us)
		bench_die("out of memory");
	for (size_t i = 0; i < count; i++)
		sent_us[i] = took_us[i] = 0;
	atomic_store(&come, 0);
	rmqi_event_reset(&all_came);
}

/* The writer of sent_us[number] was done before the message came. */
static void note(const void *body, size_t len)
{
	double now = bench_now_us();
	uint64_t number;
	uint32_t queue;

	if (!scene_read_body(body, len, &queue, &number) || number >= whole)
		bench_die("a message that was not sent so");
	if (took_us[number] != 0)
		bench_die("message %llu came twice", (unsigned long long)number);
	took_us[number] = now - sent_us[number];
	if (atomic_fetch_add(&come, 1) + 1 == whole)
		rmqi_event_set(&all_came);
}

/* Waits for the next tick and returns how many messages are due by then. */
static size_t due(double start, const struct rate *r)
{
	double n = (bench_now_us() - start) / 1e6 * (double)r->per_second + 1;

	return n < (double)whole ? (size_t)n : whole;
}

/* --- Ours --------------------------------------------------------------------------------- */

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	const void *body;
	size_t len;

	(void)c, (void)context, (void)arg;
	for (size_t i = 0; i < count; i++) {
		body = rmq_message_body(messages[i], &len);
		note(body, len);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)result, (void)arg;
	if (error != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
}

static rmq_push_consumer *open_consumer(const rmq_config *config, const char *topic)
{
	static unsigned number;
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	char group[32];

	snprintf(group, sizeof(group), "latency_%u", number++);
	if (rmq_push_consumer_new(config, group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_messages, NULL, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, topic, "*", &detail) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK ||
	    rmq_push_consumer_wait_ready(c, PATIENCE_MS, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	return c;
}

static rmq_producer *open_producer(const rmq_config *config)
{
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;

	if (rmq_producer_new(config, SCENE_GROUP, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	return p;
}

static void send_one(rmq_producer *p, const char *topic, size_t number)
{
	rmq_error_detail *detail = NULL;
	uint8_t body[SCENE_BODY];
	rmq_message *m;

	scene_body(body, 0, number);
	m = rmq_message_new(topic, body, sizeof(body));
	sent_us[number] = bench_now_us();
	if (!m || rmq_producer_send_async(p, m, NULL, on_sent, NULL, &detail) != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
	rmq_message_free(m);
}

/* A machine that stands still for a moment is to show in the latencies, not to end the bench. */
static rmq_config *config_of_all(void)
{
	rmq_config *config = scene_config(RMQI_BINARY);

	scene_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	scene_set(config, "backPressureForAsyncSendNum", "1000000");
	scene_set(config, "sendMsgTimeout", "60000");
	return config;
}

static struct bench_usage our_run(const char *topic, const struct rate *r)
{
	rmq_config *config = config_of_all();
	rmq_push_consumer *c;
	rmq_producer *p = open_producer(config);
	struct bench_usage u;
	double start;

	c = open_consumer(config, topic);
	u = bench_usage_now();
	start = bench_now_us();
	for (size_t n = 0; n < whole; poll(NULL, 0, TICK_US / 1000))
		for (size_t to = due(start, r); n < to; n++)
			send_one(p, topic, n);
	if (!rmqi_event_wait(&all_came, rmqi_clock_deadline(rmqi_clock_real(), PATIENCE_MS)))
		bench_die("%zu of %zu messages came", (size_t)come, whole);
	u = bench_usage_since(&u);
	if (rmq_producer_close(p, -1, NULL) != RMQ_OK ||
	    rmq_push_consumer_close(c, -1, NULL) != RMQ_OK)
		bench_die("close");
	rmq_producer_free(p);
	rmq_push_consumer_free(c);
	rmq_config_free(config);
	return u;
}

/* --- Raw ----------------------------------------------------------------------------------- */

struct raw_pair {
	struct raw sends, pulls;
	struct rmqi_buf out; /* of one write */
	struct rmqi_buf properties;
	const char *topic;
	int64_t next[SCENE_QUEUES];
};

static void add_send(struct raw_pair *p, size_t number)
{
	struct rmqi_h_send_message h;
	uint8_t body[SCENE_BODY];

	rmqi_buf_reset(&p->properties);
	scene_properties(&p->properties, number);
	scene_body(body, 0, number);
	scene_send_header(&h, p->topic, (int32_t)(number % SCENE_QUEUES), &p->properties);
	raw_encode(&p->out, RMQI_BINARY, RMQI_REQ_SEND_MESSAGE_V2, 7, &rmqi_desc_send_message_v2,
		   &h, rmqi_cursor(body, sizeof(body)));
	sent_us[number] = bench_now_us();
}

static void add_pull(struct raw_pair *p, int32_t queue)
{
	struct rmqi_h_pull_message h = {
		.consumerGroup = RMQI_STR("latency_raw"),
		.topic = rmqi_str(p->topic),
		.queueId = queue,
		.queueOffset = p->next[queue],
		.maxMsgNums = PULL,
		.sysFlag = 2 | 4, /* suspend; the subscription stands here (PullSysFlag.java) */
		.suspendTimeoutMillis = 15000,
	};

	RMQI_SET(&h, pull_message, subscription, RMQI_STR("*"));
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("TAG"));
	raw_encode(&p->out, RMQI_BINARY, RMQI_REQ_PULL_MESSAGE, queue, &rmqi_desc_pull_message, &h,
		   rmqi_cursor(NULL, 0));
}

static void write_out(struct raw *r, struct rmqi_buf *out)
{
	raw_write(r, rmqi_buf_data(out), out->len);
	rmqi_buf_reset(out);
}

static void take_sent(struct raw_pair *p)
{
	struct raw_answer a;

	raw_read(&p->sends);
	while (raw_take(&p->sends, &a))
		if (a.code != 0)
			bench_die("raw send: response code %d", (int)a.code);
}

/* Body and length of a record stand at fixed places: its addresses are IPv4. */
static void take_records(struct raw_pair *p, int32_t queue, struct rmqi_cursor body)
{
	enum { BODY_AT = 88 };
	struct rmqi_cursor record;
	uint32_t len;

	for (; body.len > 0; p->next[queue]++) {
		struct rmqi_cursor head = body;

		if (!rmqi_cursor_u32(&head, &len) || !rmqi_cursor_take(&body, len, &record) ||
		    record.len < BODY_AT + SCENE_BODY)
			bench_die("raw: a body that is no messages");
		note(record.ptr + BODY_AT, SCENE_BODY);
	}
}

static void take_pulled(struct raw_pair *p)
{
	struct raw_answer a;

	raw_read(&p->pulls);
	while (raw_take(&p->pulls, &a)) {
		if (a.opaque < 0 || a.opaque >= SCENE_QUEUES)
			bench_die("raw pull: response code %d", (int)a.code);
		if (a.code == 0)
			take_records(p, a.opaque, a.body);
		add_pull(p, a.opaque);
	}
	write_out(&p->pulls, &p->out);
}

/* Answers, until the next tick. */
static void take_answers(struct raw_pair *p, double until_us)
{
	struct pollfd fds[] = {{.fd = p->sends.fd, .events = POLLIN},
			       {.fd = p->pulls.fd, .events = POLLIN}};
	double left = until_us - bench_now_us();

	do {
		if (poll(fds, 2, left > 0 ? (int)ceil(left / 1000) : 0) <= 0)
			return;
		if (fds[0].revents)
			take_sent(p);
		if (fds[1].revents)
			take_pulled(p);
		left = until_us - bench_now_us();
	} while (left > 0 && atomic_load(&come) < whole);
}

static struct bench_usage raw_run(const char *topic, const struct rate *r)
{
	struct raw_pair p = {.topic = topic};
	struct bench_usage u;
	double start;

	rmqi_buf_init(&p.out, 64 * 1024 * 1024);
	rmqi_buf_init(&p.properties, 1024);
	raw_open(&p.sends, broker);
	raw_open(&p.pulls, broker);
	for (int32_t i = 0; i < SCENE_QUEUES; i++)
		add_pull(&p, i);
	write_out(&p.pulls, &p.out);
	u = bench_usage_now();
	start = bench_now_us();
	for (size_t n = 0; atomic_load(&come) < whole;) {
		for (size_t to = due(start, r); n < to; n++)
			add_send(&p, n);
		write_out(&p.sends, &p.out);
		take_answers(&p, bench_now_us() + TICK_US);
		if (bench_now_us() - start > PATIENCE_MS * 1e3)
			bench_die("raw: %zu of %zu messages came", (size_t)come, whole);
	}
	u = bench_usage_since(&u);
	raw_close(&p.sends);
	raw_close(&p.pulls);
	rmqi_buf_deinit(&p.out);
	rmqi_buf_deinit(&p.properties);
	return u;
}

/* --- Both ------------------------------------------------------------------------------------ */

struct times {
	double p50, p99;
};

static struct times times_of_round(void)
{
	struct times t = {.p50 = bench_percentile(took_us, whole, 0.5)};

	t.p99 = bench_percentile(took_us, whole, 0.99);
	return t;
}

static void round_of(const struct rate *r, size_t round, const struct bench_options *o)
{
	struct bench_usage raw_usage = {.wall_us = NAN}, ours_usage;
	size_t count = r->per_second * (o->is_long ? LONG_ROUND_S : ROUND_S);
	struct times raw = {NAN, NAN}, ours;
	char topic[48];

	if (o->messages)
		count = o->messages;
	snprintf(topic, sizeof(topic), "latency_%s_%zu", r->name, round);
	scene_topic(topic);
	scene_broker(topic, broker);
	reset(count);
	ours_usage = our_run(topic, r);
	ours = times_of_round();
	if (!o->only_ours) {
		snprintf(topic, sizeof(topic), "latency_raw_%s_%zu", r->name, round);
		scene_topic(topic);
		reset(count);
		raw_usage = raw_run(topic, r);
		raw = times_of_round();
	}
	bench_figure_of("p50", r->name, "us", ours.p50, raw.p50);
	bench_figure_of("p99", r->name, "us", ours.p99, raw.p99);
	bench_figures_of(r->name, "messages_per_second", (double)count, &ours_usage, &raw_usage);
}

int main(int argc, char **argv)
{
	struct bench_options options;

	bench_init("latency", argc, argv, 3, 5, &options);
	rmqi_event_init(&all_came, rmqi_env_real());
	mock_start(argv[0]);
	for (size_t i = 0; i < RMQI_COUNT(rates); i++)
		for (size_t n = 0; bench_wants(&options, rates[i].name) && n < options.rounds; n++)
			round_of(&rates[i], n, &options);
	mock_stop();
	bench_print();
	free(sent_us);
	free(took_us);
	rmqi_event_deinit(&all_came);
	return 0;
}
