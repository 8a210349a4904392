/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - from rmq_producer_new to the first acknowledged message, and closing,
 * beside raw sockets that ask for the route, connect and send. See README.md.
 */
#include <math.h>
#include <stdio.h>

#include <rocketmq/producer.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

#define TOPIC "start"

static struct rmqi_buf route_request, send_request;
static char broker[SCENE_ADDRESS];
static rmq_config *config;
static rmq_message *message;

static void prepare(void)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];

	scene_topic(TOPIC);
	scene_broker(TOPIC, broker);
	rmqi_buf_init(&route_request, 4096);
	rmqi_buf_init(&send_request, 4096);
	rmqi_buf_init(&properties, 1024);
	scene_encode_route(&route_request, TOPIC);
	scene_properties(&properties, 1);
	scene_send_header(&h, TOPIC, 0, &properties);
	scene_body(body, 0, 0);
	raw_encode(&send_request, RMQI_JSON, RMQI_REQ_SEND_MESSAGE_V2, 7,
		   &rmqi_desc_send_message_v2, &h, rmqi_cursor(body, sizeof(body)));
	rmqi_buf_deinit(&properties);
	config = scene_config(RMQI_JSON);
	message = rmq_message_new(TOPIC, body, sizeof(body));
	if (!message)
		bench_die("out of memory");
}

static void call(struct raw *r, const struct rmqi_buf *request)
{
	struct raw_answer a;

	raw_call(r, rmqi_buf_data(request), request->len, &a);
	if (a.code != 0)
		bench_die("raw: response code %d", (int)a.code);
}

/* Times in ms. */
static double raw_start(void)
{
	double start = bench_now_us(), end;
	struct raw to_namesrv, to_broker;

	raw_open(&to_namesrv, mock_namesrv());
	call(&to_namesrv, &route_request);
	raw_open(&to_broker, broker);
	call(&to_broker, &send_request);
	end = bench_now_us();
	raw_close(&to_namesrv);
	raw_close(&to_broker);
	return (end - start) / 1000;
}

static double our_start(double *close_ms)
{
	double start = bench_now_us(), acked, closed;
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;

	if (rmq_producer_new(config, SCENE_GROUP, &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK ||
	    rmq_producer_send(p, message, NULL, NULL, &detail) != RMQ_OK)
		bench_die("%s", rmq_error_detail_message(detail));
	acked = bench_now_us();
	if (rmq_producer_close(p, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_producer_free(p);
	closed = bench_now_us();
	*close_ms = (closed - acked) / 1000;
	return (acked - start) / 1000;
}

int main(int argc, char **argv)
{
	struct bench_options options;
	double close_ms;

	bench_init("start", argc, argv, 50, 250, &options);
	mock_start(argv[0]);
	prepare();
	our_start(&close_ms); /* warm-up */
	for (size_t i = 0; i < options.rounds; i++) {
		double raw = options.only_ours ? 0 : raw_start(), ours = our_start(&close_ms);

		bench_figure("first_ack", "ms", ours, raw);
		bench_figure("close", "ms", close_ms, NAN);
	}
	rmq_message_free(message);
	rmq_config_free(config);
	rmqi_buf_deinit(&route_request);
	rmqi_buf_deinit(&send_request);
	mock_stop();
	bench_print();
	return 0;
}
