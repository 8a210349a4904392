/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.c - rmq_producer_request of 128 bytes and its reply of 128 bytes, by a service in the same process: one
 * after the other, and 100 at once. Beside it a raw loop that sends the same bytes twice, one after the other, and
 * reads both answers: what a request and its reply cannot do without, but for their delivery and their push.
 * See README.md.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rocketmq/rocketmq.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

enum { TRIPS = 1500, WARM_UP = 200, AT_ONCE = 100 };

#define TOPIC "request"

static struct {
	struct raw raw;
	struct rmqi_buf request;
	rmq_producer *asker, *replier;
	rmq_push_consumer *service;
	rmq_message *message;
	double *samples;
} bench;

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t in_flight, done; /* mu */

static enum rmq_consume_status serve(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < count; i++) {
		rmq_error_detail *detail = NULL;
		rmq_message *reply = NULL;
		size_t len;
		const void *body = rmq_message_body(messages[i], &len);

		if (rmq_message_new_reply(messages[i], body, len, &reply, &detail) != RMQ_OK ||
		    rmq_producer_send_oneway(bench.replier, reply, NULL, &detail) != RMQ_OK)
			bench_die("reply: %s", rmq_error_detail_message(detail));
		rmq_message_free(reply);
	}
	return RMQ_CONSUME_SUCCESS;
}

static void raw_trip(void)
{
	struct raw_answer a;

	for (int i = 0; i < 2; i++) {
		raw_call(&bench.raw, rmqi_buf_data(&bench.request), bench.request.len, &a);
		if (a.code != 0)
			bench_die("raw: response code %d", (int)a.code);
	}
}

static void our_trip(void)
{
	rmq_error_detail *detail = NULL;
	rmq_message *reply = NULL;

	if (rmq_producer_request(bench.asker, bench.message, NULL, &reply, &detail) != RMQ_OK)
		bench_die("request: %s", rmq_error_detail_message(detail));
	rmq_message_free(reply);
}

/* The p50; *used is what all of them took. */
static double measure(void (*trip)(void), size_t count, struct bench_usage *used)
{
	struct bench_usage start = bench_usage_now();

	for (size_t i = 0; i < count; i++) {
		double before = bench_now_us();

		trip();
		bench.samples[i] = bench_now_us() - before;
	}
	*used = bench_usage_since(&start);
	return bench_percentile(bench.samples, count, 0.5);
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *detail,
		     void *arg)
{
	(void)arg;
	(void)reply;
	if (error != RMQ_OK)
		bench_die("request: %s", rmq_error_detail_message(detail));
	pthread_mutex_lock(&mu);
	in_flight--;
	done++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&mu);
}

static void measure_at_once(size_t count)
{
	struct bench_usage start = bench_usage_now(), used;
	rmq_error_detail *detail = NULL;

	done = 0;
	for (size_t i = 0; i < count; i++) {
		pthread_mutex_lock(&mu);
		while (in_flight >= AT_ONCE)
			pthread_cond_wait(&changed, &mu);
		in_flight++;
		pthread_mutex_unlock(&mu);
		if (rmq_producer_request_async(bench.asker, bench.message, NULL, on_reply, NULL,
					       &detail) != RMQ_OK)
			bench_die("request: %s", rmq_error_detail_message(detail));
	}
	pthread_mutex_lock(&mu);
	while (done < count)
		pthread_cond_wait(&changed, &mu);
	pthread_mutex_unlock(&mu);
	used = bench_usage_since(&start);
	bench_figure_of("replied_per_second", "100", "per second",
			(double)count / used.wall_us * 1e6, NAN);
	bench_figure_of("cpu", "100", "us/request", used.cpu_us / (double)count, NAN);
	bench_figure_of("mock_cpu", "100", "us/request", used.mock_cpu_us / (double)count, NAN);
}

static void open_raw(void)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];
	char address[SCENE_ADDRESS];

	scene_broker(TOPIC "_raw", address);
	raw_open(&bench.raw, address);
	rmqi_buf_init(&properties, 1024);
	rmqi_buf_init(&bench.request, 4096);
	scene_properties(&properties, 1);
	scene_send_header(&h, TOPIC "_raw", 0, &properties);
	scene_body(body, 0, 0);
	raw_encode(&bench.request, RMQI_JSON, RMQI_REQ_SEND_MESSAGE_V2, 7,
		   &rmqi_desc_send_message_v2, &h, rmqi_cursor(body, sizeof(body)));
	rmqi_buf_deinit(&properties);
}

static rmq_producer *open_producer(const rmq_config *config, const char *group)
{
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;

	if (rmq_producer_new(config, group, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	return p;
}

static void open_all(void)
{
	rmq_config *config = scene_config(RMQI_JSON);
	rmq_error_detail *detail = NULL;
	uint8_t body[SCENE_BODY];

	scene_topic(TOPIC);
	scene_topic(TOPIC "_raw");
	open_raw();
	bench.asker = open_producer(config, "bench_asker");
	bench.replier = open_producer(config, "bench_replier");
	if (rmq_push_consumer_new(config, "bench_service", &bench.service, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(bench.service, TOPIC, "*", &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(bench.service, serve, NULL, &detail) != RMQ_OK ||
	    rmq_push_consumer_start(bench.service, &detail) != RMQ_OK ||
	    rmq_push_consumer_wait_ready(bench.service, -1, &detail) != RMQ_OK)
		bench_die("service: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	scene_body(body, 0, 0);
	bench.message = rmq_message_new(TOPIC, body, sizeof(body));
	if (!bench.message)
		bench_die("out of memory");
}

static void close_all(void)
{
	rmq_push_consumer_free(bench.service);
	rmq_producer_free(bench.asker);
	rmq_producer_free(bench.replier);
	rmq_message_free(bench.message);
	raw_close(&bench.raw);
	rmqi_buf_deinit(&bench.request);
}

static void run(const struct bench_options *o)
{
	size_t count = o->messages ? o->messages : TRIPS;
	size_t warm_up = count < WARM_UP ? count : WARM_UP;
	struct bench_usage used, raw_used = {0};

	bench.samples = calloc(count, sizeof(*bench.samples));
	if (!bench.samples)
		bench_die("out of memory");
	open_all();
	measure(raw_trip, warm_up, &raw_used);
	measure(our_trip, warm_up, &used);
	for (size_t i = 0; i < o->rounds; i++) {
		double raw = o->only_ours ? NAN : measure(raw_trip, count, &raw_used);
		double ours = measure(our_trip, count, &used);

		bench_figure("p50", "us", ours, raw);
		bench_figure("cpu", "us/request", used.cpu_us / (double)count,
			     o->only_ours ? NAN : raw_used.cpu_us / (double)count);
		measure_at_once(count);
	}
	close_all();
	free(bench.samples);
}

int main(int argc, char **argv)
{
	struct bench_options options;

	bench_init("request", argc, argv, 5, 25, &options);
	mock_start(argv[0]);
	run(&options);
	mock_stop();
	bench_print();
	return 0;
}
