/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume.c - a push consumer on a backlog of a million messages of 128 bytes in 8
 * queues, beside a raw pull loop on the same queues; and the threads of a consumer
 * of 1 and of 50 topics. See README.md.
 *
 * Every round ends with an audit: each message once, at the offset it was stored at.
 */
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/push_consumer.h>

#include "base/executor.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"
#include "codec/message.h"

enum {
	MESSAGES = 1000 * 1000,
	BATCH = 250, /* of a send that fills */
	PULL = 32,   /* what a broker gives at most */
	TOPICS = 50,
	PATIENCE_MS = 120 * 1000
};

#define TOPIC "backlog"

static size_t each; /* messages of a queue */
static char broker[SCENE_ADDRESS];

/* --- The backlog ------------------------------------------------------------------------ */

static void add_batch(struct rmqi_buf *out, uint32_t queue, uint64_t first, size_t count)
{
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];

	rmqi_buf_init(&properties, 1024);
	for (uint64_t n = first; n < first + count; n++) {
		struct rmqi_batch_item item = {.body = {body, sizeof(body)}};

		rmqi_buf_reset(&properties);
		scene_properties(&properties, n * SCENE_QUEUES + queue);
		scene_body(body, queue, n);
		item.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
		if (rmqi_batch_encode(out, &item) != RMQ_OK)
			bench_die("a batch cannot be encoded");
	}
	rmqi_buf_deinit(&properties);
}

static void send_batch(struct raw *r, uint32_t queue, uint64_t first, size_t count)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf none, body, request;
	struct raw_answer a;

	rmqi_buf_init(&none, 1);
	rmqi_buf_init(&body, RMQI_FRAME_MAX);
	rmqi_buf_init(&request, RMQI_FRAME_MAX);
	add_batch(&body, queue, first, count);
	scene_send_header(&h, TOPIC, (int32_t)queue, &none);
	RMQI_SET(&h, send_message, batch, true);
	raw_encode(&request, RMQI_BINARY, RMQI_REQ_SEND_BATCH_MESSAGE, 7,
		   &rmqi_desc_send_message_v2, &h, rmqi_buf_cursor(&body));
	raw_call(r, rmqi_buf_data(&request), request.len, &a);
	if (a.code != 0)
		bench_die("batch: response code %d", (int)a.code);
	rmqi_buf_deinit(&request);
	rmqi_buf_deinit(&body);
	rmqi_buf_deinit(&none);
}

static void fill(void)
{
	double start = bench_now_us();
	struct raw r;

	scene_topic(TOPIC);
	scene_broker(TOPIC, broker);
	raw_open(&r, broker);
	for (uint64_t n = 0; n < each; n += BATCH)
		for (uint32_t queue = 0; queue < SCENE_QUEUES; queue++)
			send_batch(&r, queue, n, each - n < BATCH ? each - n : BATCH);
	raw_close(&r);
	if (scene_stored(TOPIC) != each * SCENE_QUEUES)
		bench_die("the backlog is not complete");
	bench_say("%zu messages stored in %.2f s", each * SCENE_QUEUES,
		  (bench_now_us() - start) / 1e6);
}

/* --- The raw loop ------------------------------------------------------------------------- */

/* The pulls of one queue, encoded one behind the other; one is under way. */
struct raw_queue {
	struct rmqi_buf requests;
	size_t *ends;
	size_t next;
	size_t pulls;
	size_t got; /* messages */
};

static struct raw_queue raw_queues[SCENE_QUEUES];

static void encode_pull(struct raw_queue *q, enum rmqi_serialization serialization, int32_t queue,
			size_t offset)
{
	struct rmqi_h_pull_message h = {
		.consumerGroup = RMQI_STR("bench_raw"),
		.topic = RMQI_STR(TOPIC),
		.queueId = queue,
		.queueOffset = (int64_t)offset,
		.maxMsgNums = PULL,
		.sysFlag = 2 | 4, /* suspend; the subscription stands here (PullSysFlag.java) */
		.suspendTimeoutMillis = 15000,
	};

	RMQI_SET(&h, pull_message, subscription, RMQI_STR("*"));
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("TAG"));
	RMQI_SET(&h, pull_message, bname, RMQI_STR("broker-a"));
	raw_encode(&q->requests, serialization, RMQI_REQ_PULL_MESSAGE, queue,
		   &rmqi_desc_pull_message, &h, rmqi_cursor(NULL, 0));
	q->ends[q->pulls++] = q->requests.len;
}

static void encode_pulls(enum rmqi_serialization serialization)
{
	for (int32_t queue = 0; queue < SCENE_QUEUES; queue++) {
		struct raw_queue *q = &raw_queues[queue];

		*q = (struct raw_queue){.ends = calloc(each / PULL + 1, sizeof(*q->ends))};
		if (!q->ends)
			bench_die("out of memory");
		rmqi_buf_init(&q->requests, 256 * 1024 * 1024);
		for (size_t at = 0; at < each; at += PULL)
			encode_pull(q, serialization, queue, at);
	}
}

static void forget_pulls(void)
{
	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		rmqi_buf_deinit(&raw_queues[i].requests);
		free(raw_queues[i].ends);
	}
}

/* Appends the next pull of the queue to what is written next. */
static void add_pull(struct rmqi_buf *out, struct raw_queue *q)
{
	size_t from = q->next ? q->ends[q->next - 1] : 0;

	if (q->next == q->pulls)
		return;
	rmqi_buf_add(out, rmqi_buf_data(&q->requests) + from, q->ends[q->next] - from);
	q->next++;
}

/* Each record begins with its length. */
static size_t count_records(struct rmqi_cursor body)
{
	struct rmqi_cursor record;
	size_t count = 0;
	uint32_t len;

	for (; body.len > 0; count++) {
		struct rmqi_cursor head = body;

		if (!rmqi_cursor_u32(&head, &len) || !rmqi_cursor_take(&body, len, &record))
			bench_die("raw: a body that is no messages");
	}
	return count;
}

static void raw_run(void)
{
	size_t total = 0;
	struct rmqi_buf out;
	struct raw_answer a;
	struct raw r;

	rmqi_buf_init(&out, 1024 * 1024);
	raw_open(&r, broker);
	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		raw_queues[i].next = raw_queues[i].got = 0;
		add_pull(&out, &raw_queues[i]);
	}
	while (total < each * SCENE_QUEUES) {
		raw_write(&r, rmqi_buf_data(&out), out.len);
		rmqi_buf_reset(&out);
		raw_read(&r);
		while (raw_take(&r, &a)) {
			if (a.code != 0 || a.opaque < 0 || a.opaque >= SCENE_QUEUES)
				bench_die("raw: response code %d", (int)a.code);
			total += count_records(a.body);
			add_pull(&out, &raw_queues[a.opaque]);
		}
	}
	raw_close(&r);
	rmqi_buf_deinit(&out);
}

/* --- Ours ------------------------------------------------------------------------------------ */

static atomic_uchar *seen[SCENE_QUEUES];
static _Atomic uint64_t greatest[SCENE_QUEUES];
static atomic_size_t received, overtaken;
static struct rmqi_event all_received;

static void audit(const rmq_message *m)
{
	uint64_t number, before;
	uint32_t queue;
	const void *body;
	size_t len;

	body = rmq_message_body(m, &len);
	if (!scene_read_body(body, len, &queue, &number) || queue >= SCENE_QUEUES ||
	    number >= each || rmq_message_queue(m)->queue_id != (int32_t)queue ||
	    rmq_message_queue_offset(m) != (int64_t)number)
		bench_die("a message that was not sent so");
	if (atomic_fetch_add_explicit(&seen[queue][number], 1, memory_order_relaxed) != 0)
		bench_die("message %llu of queue %u came twice", (unsigned long long)number, queue);
	/* A concurrent listener has no order; how far from it is good to know. */
	before = atomic_load_explicit(&greatest[queue], memory_order_relaxed);
	if (number < before)
		atomic_fetch_add_explicit(&overtaken, 1, memory_order_relaxed);
	else
		atomic_store_explicit(&greatest[queue], number, memory_order_relaxed);
}

static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++)
		audit(messages[i]);
	if (atomic_fetch_add_explicit(&received, count, memory_order_relaxed) + count ==
	    each * SCENE_QUEUES)
		rmqi_event_set(&all_received);
	return RMQ_CONSUME_SUCCESS;
}

static void reset_audit(void)
{
	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		if (!seen[i])
			seen[i] = malloc(each);
		if (!seen[i])
			bench_die("out of memory");
		memset(seen[i], 0, each);
		greatest[i] = 0;
	}
	received = overtaken = 0;
	rmqi_event_reset(&all_received);
}

static rmq_push_consumer *open_consumer(const rmq_config *config, size_t topics)
{
	static unsigned number;
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;
	char text[64];

	snprintf(text, sizeof(text), "bench_%u", number++);
	if (rmq_push_consumer_new(config, text, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_messages, NULL, NULL) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	for (size_t i = 0; i < topics; i++) {
		snprintf(text, sizeof(text), "many_%02zu", i);
		if (topics == 1)
			snprintf(text, sizeof(text), TOPIC);
		if (rmq_push_consumer_subscribe(c, text, "*", &detail) != RMQ_OK)
			bench_die("subscribe: %s", rmq_error_detail_message(detail));
	}
	if (rmq_push_consumer_start(c, &detail) != RMQ_OK)
		bench_die("consumer: %s", rmq_error_detail_message(detail));
	return c;
}

static void close_consumer(rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;

	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_push_consumer_free(c);
}

static void our_run(const rmq_config *config)
{
	rmq_push_consumer *c = open_consumer(config, 1);

	if (!rmqi_event_wait(&all_received, rmqi_clock_deadline(rmqi_clock_real(), PATIENCE_MS)))
		bench_die("%zu of %zu messages came", (size_t)received, each * SCENE_QUEUES);
	close_consumer(c);
}

/* --- Both ----------------------------------------------------------------------------------------- */

struct variant {
	const char *name;
	enum rmqi_serialization serialization;
	const char *batch; /* consumeMessageBatchMaxSize */
};

static void run(const struct variant *v, const struct bench_options *o)
{
	rmq_config *config = scene_config(v->serialization);

	scene_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	scene_set(config, "consumeMessageBatchMaxSize", v->batch);
	encode_pulls(v->serialization);
	for (size_t i = 0; i < o->rounds + o->is_long; i++) { /* --long: the first one warms up */
		struct bench_usage raw = {0}, ours, start = bench_usage_now();

		if (!o->only_ours) {
			raw_run();
			raw = bench_usage_since(&start);
		}
		reset_audit();
		start = bench_usage_now();
		our_run(config);
		ours = bench_usage_since(&start);
		bench_say("%s: all %zu once; %zu behind a later one of their queue", v->name,
			  (size_t)received, (size_t)overtaken);
		if (!o->is_long || i > 0)
			bench_figures_of(v->name, "rate", (double)each * SCENE_QUEUES, &ours, &raw);
	}
	forget_pulls();
	rmq_config_free(config);
}

/* --- Threads ------------------------------------------------------------------------------------------ */

static size_t count_threads(size_t topics)
{
	rmq_config *config = scene_config(RMQI_JSON);
	size_t before = bench_threads(), threads;
	rmq_push_consumer *c;

	/* Nothing is to be delivered: the queues alone count. */
	scene_set(config, "consumeFromWhere", "CONSUME_FROM_LAST_OFFSET");
	c = open_consumer(config, topics);
	for (int i = 0; rmq_push_consumer_queue_count(c) < topics * SCENE_QUEUES; i++)
		if (i == PATIENCE_MS || poll(NULL, 0, 1) != 0)
			bench_die("%zu of %zu queues", rmq_push_consumer_queue_count(c),
				  topics * SCENE_QUEUES);
	threads = bench_threads() - before;
	close_consumer(c);
	rmq_config_free(config);
	return threads;
}

static void run_threads(void)
{
	char topic[32];

	for (size_t i = 0; i < TOPICS; i++) {
		snprintf(topic, sizeof(topic), "many_%02zu", i);
		scene_topic(topic);
	}
	reset_audit();
	bench_figure("threads_1_topic", "threads", (double)count_threads(1), NAN);
	reset_audit();
	bench_figure("threads_50_topics", "threads", (double)count_threads(TOPICS), NAN);
}

int main(int argc, char **argv)
{
	static const struct variant variants[] = {{"json", RMQI_JSON, "1"},
						  {"binary", RMQI_BINARY, "1"},
						  {"batch32", RMQI_JSON, "32"}};
	struct bench_options options;

	bench_init("consume", argc, argv, 3, 9, &options);
	each = (options.messages ? options.messages : MESSAGES) / SCENE_QUEUES;
	rmqi_event_init(&all_received, rmqi_env_real());
	mock_start(argv[0]);
	fill();
	for (size_t i = 0; i < RMQI_COUNT(variants); i++)
		if (bench_wants(&options, variants[i].name))
			run(&variants[i], &options);
	if (bench_wants(&options, "threads"))
		run_threads();
	mock_stop();
	bench_print();
	for (size_t i = 0; i < SCENE_QUEUES; i++)
		free(seen[i]);
	rmqi_event_deinit(&all_received);
	return 0;
}
