/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync_send.c - rmq_producer_send of 128 bytes, one thread, beside a raw loop that
 * sends the same request and reads its answer. See README.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/producer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

enum { SENDS = 4000, WARM_UP = 500 };

struct side {
	double p50, p99;
	struct bench_usage usage; /* per send */
};

struct form {
	const char *name;
	enum rmqi_serialization serialization;
	const char *topic;
	const char *spin_us;
	uint64_t sent; /* by both sides */
	/* raw */
	struct raw raw;
	struct rmqi_buf request;
	/* ours */
	rmq_producer *producer;
	rmq_message *message;
	size_t threads;
};

static double *samples;

static void raw_send(struct form *f)
{
	struct raw_answer a;

	raw_call(&f->raw, rmqi_buf_data(&f->request), f->request.len, &a);
	if (a.code != 0)
		bench_die("raw: response code %d", (int)a.code);
}

static void our_send(struct form *f)
{
	rmq_error_detail *detail = NULL;
	rmq_send_result *result = NULL;

	if (rmq_producer_send(f->producer, f->message, NULL, &result, &detail) != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
	if (rmq_send_result_status(result) != RMQ_SEND_OK)
		bench_die("send: not SEND_OK");
	rmq_send_result_free(result);
}

static struct side measure(struct form *f, void (*send)(struct form *), size_t count)
{
	struct bench_usage start = bench_usage_now();
	struct side s;

	for (size_t i = 0; i < count; i++) {
		double before = bench_now_us();

		send(f);
		samples[i] = bench_now_us() - before;
	}
	s.usage = bench_usage_since(&start);
	s.p50 = bench_percentile(samples, count, 0.5);
	s.p99 = bench_percentile(samples, count, 0.99);
	f->sent += count;
	return s;
}

static void note(const struct form *f, const struct side *ours, const struct side *raw,
		 size_t count)
{
	double n = (double)count;

	bench_figure_of("p50", f->name, "us", ours->p50, raw->p50);
	bench_figure_of("p99", f->name, "us", ours->p99, raw->p99);
	bench_figure_of("cpu", f->name, "us/message", ours->usage.cpu_us / n,
			raw->usage.cpu_us / n);
	bench_figure_of("mock_cpu", f->name, "us/message", ours->usage.mock_cpu_us / n,
			raw->usage.mock_cpu_us / n);
	bench_figure_of("switches", f->name, "per message", ours->usage.switches / n,
			raw->usage.switches / n);
	bench_figure_of("io_calls", f->name, "per message", ours->usage.calls / n,
			raw->usage.calls / n);
	bench_figure_of("allocations", f->name, "per message", ours->usage.allocations / n, NAN);
	bench_figure_of("threads", f->name, "threads", (double)f->threads, NAN);
}

static void open_raw(struct form *f)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];
	char address[SCENE_ADDRESS];

	scene_broker(f->topic, address);
	raw_open(&f->raw, address);
	rmqi_buf_init(&properties, 1024);
	rmqi_buf_init(&f->request, 4096);
	scene_properties(&properties, 1);
	scene_send_header(&h, f->topic, 0, &properties);
	scene_body(body, 0, 0);
	raw_encode(&f->request, f->serialization, RMQI_REQ_SEND_MESSAGE_V2, 7,
		   &rmqi_desc_send_message_v2, &h, rmqi_cursor(body, sizeof(body)));
	rmqi_buf_deinit(&properties);
}

static void open_producer(struct form *f)
{
	rmq_config *config = scene_config(f->serialization);
	rmq_error_detail *detail = NULL;
	uint8_t body[SCENE_BODY];

	scene_set(config, "spinMicros", f->spin_us);
	if (rmq_producer_new(config, SCENE_GROUP, &f->producer, &detail) != RMQ_OK ||
	    rmq_producer_start(f->producer, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	scene_body(body, 0, 0);
	f->message = rmq_message_new(f->topic, body, sizeof(body));
	if (!f->message)
		bench_die("out of memory");
}

static void run(struct form *f, const struct bench_options *o)
{
	size_t count = o->messages ? o->messages : SENDS,
	       warm_up = count < WARM_UP ? count : WARM_UP;
	size_t threads = bench_threads();

	samples = calloc(count, sizeof(*samples));
	if (!samples)
		bench_die("out of memory");
	scene_topic(f->topic);
	open_raw(f);
	open_producer(f);
	measure(f, raw_send, warm_up);
	measure(f, our_send, warm_up);
	f->threads = bench_threads() - threads;
	for (size_t i = 0; i < o->rounds; i++) {
		struct side raw = {0}, ours;

		if (!o->only_ours)
			raw = measure(f, raw_send, count);
		ours = measure(f, our_send, count);
		note(f, &ours, &raw, count);
	}
	if (scene_stored(f->topic) != f->sent)
		bench_die("%llu sends were acknowledged, %llu are stored",
			  (unsigned long long)f->sent, (unsigned long long)scene_stored(f->topic));
	rmq_message_free(f->message);
	rmq_producer_free(f->producer);
	raw_close(&f->raw);
	rmqi_buf_deinit(&f->request);
	free(samples);
}

int main(int argc, char **argv)
{
	struct form forms[] = {
		{.name = "json", .serialization = RMQI_JSON, .topic = "sync_json", .spin_us = "0"},
		{.name = "binary",
		 .serialization = RMQI_BINARY,
		 .topic = "sync_binary",
		 .spin_us = "0"},
		{.name = "spin", .serialization = RMQI_JSON, .topic = "sync_spin", .spin_us = "50"},
	};
	struct bench_options options;

	bench_init("sync_send", argc, argv, 5, 25, &options);
	mock_start(argv[0]);
	for (size_t i = 0; i < RMQI_COUNT(forms); i++)
		if (bench_wants(&options, forms[i].name))
			run(&forms[i], &options);
	mock_stop();
	bench_print();
	return 0;
}
