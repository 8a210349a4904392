/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.c - from rmq_producer_new to the first acknowledged message, from
 * rmq_push_consumer_new to the first message in the listener, and closing, beside raw
 * sockets that connect and make the same requests one after the other. See README.md.
 */
#include <math.h>
#include <stdio.h>

#include <rocketmq/producer.h>
#include <rocketmq/push_consumer.h>

#include "base/executor.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"
#include "codec/body.h"
#include "codec/codes.h"

#define TOPIC "start"
#define CONSUMED "start_consumed"

enum { REQUEST_MAX = 4096, PATIENCE_MS = 10 * 1000 };

static struct rmqi_buf route_request, send_request;
static char broker[SCENE_ADDRESS];
static rmq_config *config;
static rmq_message *message;

static void encode_send(const char *topic)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];

	rmqi_buf_init(&properties, 1024);
	scene_properties(&properties, 1);
	scene_send_header(&h, topic, 0, &properties);
	scene_body(body, 0, 0);
	rmqi_buf_reset(&send_request);
	raw_encode(&send_request, RMQI_JSON, RMQI_REQ_SEND_MESSAGE_V2, 7,
		   &rmqi_desc_send_message_v2, &h, rmqi_cursor(body, sizeof(body)));
	rmqi_buf_deinit(&properties);
}

static void prepare(void)
{
	uint8_t body[SCENE_BODY];

	scene_topic(TOPIC);
	scene_broker(TOPIC, broker);
	rmqi_buf_init(&route_request, REQUEST_MAX);
	rmqi_buf_init(&send_request, REQUEST_MAX);
	scene_encode_route(&route_request, TOPIC);
	encode_send(TOPIC);
	scene_body(body, 0, 0);
	config = scene_config(RMQI_JSON);
	message = rmq_message_new(TOPIC, body, sizeof(body));
	if (!message)
		bench_die("out of memory");
}

/* The answer; a broker may tell between that the group has changed. */
static int32_t ask(struct raw *r, const struct rmqi_buf *request)
{
	struct raw_answer a;

	raw_call(r, rmqi_buf_data(request), request->len, &a);
	while (a.code == RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED)
		if (!raw_take(r, &a))
			raw_read(r);
	return a.code;
}

static void call(struct raw *r, const struct rmqi_buf *request)
{
	int32_t code = ask(r, request);

	if (code != RMQI_RESP_SUCCESS)
		bench_die("raw: response code %d", (int)code);
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

/* --- A consumer ------------------------------------------------------------------------------ */

static struct rmqi_buf consume_requests, consumed_route;
static struct rmqi_event has_come;
static double came_us;

/* One message, so that one queue of eight has something to pull. */
static void prepare_consumer(void)
{
	struct raw r;

	scene_topic(CONSUMED);
	rmqi_buf_init(&consumed_route, REQUEST_MAX);
	rmqi_buf_init(&consume_requests, REQUEST_MAX);
	scene_encode_route(&consumed_route, CONSUMED);
	encode_send(CONSUMED);
	raw_open(&r, broker);
	call(&r, &send_request);
	raw_close(&r);
	encode_send(TOPIC);
	rmqi_event_init(&has_come, rmqi_env_real());
	scene_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
}

/* In turn, each whole: what a member asks until it holds its first message. */
static void raw_heartbeat(struct raw *r, const char *group)
{
	char client[] = "127.0.0.1@raw", type[] = "CONSUME_PASSIVELY", model[] = "CLUSTERING";
	char where[] = "CONSUME_FROM_FIRST_OFFSET", name[64];
	struct rmqi_consumer_data data = {.group_name = name,
					  .consume_type = type,
					  .message_model = model,
					  .consume_from_where = where};
	struct rmqi_heartbeat h = {.client_id = client, .consumers = &data, .consumer_count = 1};
	struct rmqi_h_heartbeat header = {0};
	struct rmqi_buf body;

	snprintf(name, sizeof(name), "%s", group);
	rmqi_buf_init(&body, REQUEST_MAX);
	if (rmqi_heartbeat_encode(&h, &body) != RMQ_OK)
		bench_die("a heartbeat cannot be encoded");
	rmqi_buf_reset(&consume_requests);
	raw_encode(&consume_requests, RMQI_JSON, RMQI_REQ_HEART_BEAT, 1, &rmqi_desc_heartbeat,
		   &header, rmqi_buf_cursor(&body));
	call(r, &consume_requests);
	rmqi_buf_deinit(&body);
}

static void raw_members(struct raw *r, const char *group)
{
	struct rmqi_h_get_consumer_list_by_group h = {.consumerGroup = rmqi_str(group)};

	rmqi_buf_reset(&consume_requests);
	raw_encode(&consume_requests, RMQI_JSON, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, 2,
		   &rmqi_desc_get_consumer_list_by_group, &h, rmqi_cursor(NULL, 0));
	call(r, &consume_requests);
}

/* Answered with "not found": the group is new. */
static void raw_offset(struct raw *r, const char *group)
{
	struct rmqi_h_query_consumer_offset h = {.consumerGroup = rmqi_str(group),
						 .topic = RMQI_STR(CONSUMED)};

	rmqi_buf_reset(&consume_requests);
	raw_encode(&consume_requests, RMQI_JSON, RMQI_REQ_QUERY_CONSUMER_OFFSET, 3,
		   &rmqi_desc_query_consumer_offset, &h, rmqi_cursor(NULL, 0));
	(void)ask(r, &consume_requests);
}

static void raw_pull(struct raw *r, const char *group)
{
	struct rmqi_h_pull_message h = {
		.consumerGroup = rmqi_str(group),
		.topic = RMQI_STR(CONSUMED),
		.maxMsgNums = 32,
		.sysFlag = 2 | 4, /* suspend; the subscription stands here (PullSysFlag.java) */
		.suspendTimeoutMillis = 15000,
	};

	RMQI_SET(&h, pull_message, subscription, RMQI_STR("*"));
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("TAG"));
	rmqi_buf_reset(&consume_requests);
	raw_encode(&consume_requests, RMQI_JSON, RMQI_REQ_PULL_MESSAGE, 4, &rmqi_desc_pull_message,
		   &h, rmqi_cursor(NULL, 0));
	call(r, &consume_requests);
}

static double raw_consumer_start(const char *group)
{
	double start = bench_now_us(), end;
	struct raw to_namesrv, to_broker;

	raw_open(&to_namesrv, mock_namesrv());
	call(&to_namesrv, &consumed_route);
	raw_open(&to_broker, broker);
	raw_heartbeat(&to_broker, group);
	raw_members(&to_broker, group);
	raw_offset(&to_broker, group);
	raw_pull(&to_broker, group);
	end = bench_now_us();
	raw_close(&to_namesrv);
	raw_close(&to_broker);
	return (end - start) / 1000;
}

static enum rmq_consume_status on_message(rmq_push_consumer *c, const rmq_message *const *messages,
					  size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	came_us = bench_now_us();
	rmqi_event_set(&has_come);
	return RMQ_CONSUME_SUCCESS;
}

static double our_consumer_start(const char *group)
{
	double start = bench_now_us();
	rmq_error_detail *detail = NULL;
	rmq_push_consumer *c = NULL;

	rmqi_event_reset(&has_come);
	if (rmq_push_consumer_new(config, group, &c, &detail) != RMQ_OK ||
	    rmq_push_consumer_set_listener(c, on_message, NULL, &detail) != RMQ_OK ||
	    rmq_push_consumer_subscribe(c, CONSUMED, "*", &detail) != RMQ_OK ||
	    rmq_push_consumer_start(c, &detail) != RMQ_OK)
		bench_die("%s", rmq_error_detail_message(detail));
	if (!rmqi_event_wait(&has_come, rmqi_clock_deadline(rmqi_clock_real(), PATIENCE_MS)))
		bench_die("no message came");
	if (rmq_push_consumer_close(c, -1, &detail) != RMQ_OK)
		bench_die("close: %s", rmq_error_detail_message(detail));
	rmq_push_consumer_free(c);
	return (came_us - start) / 1000;
}

/* Each start is that of a new group. */
static void start_consumers(const struct bench_options *options)
{
	char raw_group[64], our_group[64];

	prepare_consumer();
	for (size_t i = 0; i < options->rounds; i++) {
		double raw = NAN;

		snprintf(raw_group, sizeof(raw_group), "start_raw_%zu", i);
		snprintf(our_group, sizeof(our_group), "start_%zu", i);
		if (!options->only_ours)
			raw = raw_consumer_start(raw_group);
		bench_figure("first_message", "ms", our_consumer_start(our_group), raw);
	}
	rmqi_event_deinit(&has_come);
	rmqi_buf_deinit(&consumed_route);
	rmqi_buf_deinit(&consume_requests);
}

static void start_producers(const struct bench_options *options)
{
	double close_ms;

	our_start(&close_ms); /* warm-up */
	for (size_t i = 0; i < options->rounds; i++) {
		double raw = options->only_ours ? 0 : raw_start(), ours = our_start(&close_ms);

		bench_figure("first_ack", "ms", ours, raw);
		bench_figure("close", "ms", close_ms, NAN);
	}
}

int main(int argc, char **argv)
{
	struct bench_options options;

	bench_init("start", argc, argv, 50, 250, &options);
	mock_start(argv[0]);
	prepare();
	if (bench_wants(&options, "producer"))
		start_producers(&options);
	if (bench_wants(&options, "consumer"))
		start_consumers(&options);
	rmq_message_free(message);
	rmq_config_free(config);
	rmqi_buf_deinit(&route_request);
	rmqi_buf_deinit(&send_request);
	mock_stop();
	bench_print();
	return 0;
}
