/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipelined.c - SEND_MESSAGE_V2 of 128 bytes, 1000 in flight through the client's
 * request core (rmqi_rpc_call_async), beside a raw loop with the same window. See
 * README.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/executor.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/ring.h"
#include "bench/support/scene.h"
#include "client/client.h"

enum {
	WINDOW = RING_WINDOW,
	MESSAGES = 200 * 1000,
	LONG_MESSAGES = 300 * 1000,
	PATIENCE_MS = 60 * 1000
};

struct form {
	const char *name;
	enum rmqi_serialization serialization;
	const char *topic;
	char broker[SCENE_ADDRESS];
	uint64_t sent; /* by both sides */
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];
	struct raw raw;
	struct ring ring;
	struct rmqi_client *client;
};

static void raw_run(struct form *f, size_t total)
{
	ring_run(&f->ring, &f->raw, total);
}

/* --- Ours ----------------------------------------------------------------------------- */

struct flight {
	struct rmqi_call call;
	struct run *run;
	int32_t queue;
};

/* Thread: loop, but for `end`. */
struct run {
	struct form *form;
	struct rmqi_h_send_message header;
	struct rmqi_cursor body;
	struct flight flights[WINDOW];
	size_t total, sent, done;
	int64_t offsets[SCENE_QUEUES]; /* the last one of each queue: they must rise */
	struct rmqi_event end;
};

static void send_flight(struct flight *f)
{
	struct run *r = f->run;
	struct rmqi_client *c = r->form->client;
	struct rmqi_outgoing request = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					.desc = &rmqi_desc_send_message_v2,
					.header = &r->header,
					.body = &r->body,
					.body_count = 1};

	r->header.queueId = f->queue;
	r->sent++;
	rmqi_rpc_call_async(rmqi_client_rpc(c), r->form->broker, &request,
			    rmqi_clock_deadline(rmqi_client_clock(c), PATIENCE_MS), &f->call);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct flight *f = RMQI_CONTAINER(call, struct flight, call);
	struct run *r = f->run;
	struct rmqi_h_send_message_response h = {0};

	if (error != RMQ_OK)
		bench_die("send: %s", rmq_error_text(error));
	if (response->code != 0)
		bench_die("send: response code %d", (int)response->code);
	if (rmqi_header_decode(&rmqi_desc_send_message_response, response, &h, NULL) != RMQ_OK ||
	    h.queueId != f->queue || h.queueOffset <= r->offsets[f->queue])
		bench_die("send: a wrong answer");
	r->offsets[f->queue] = h.queueOffset;
	if (r->sent < r->total)
		send_flight(f);
	if (++r->done == r->total)
		rmqi_event_set(&r->end);
}

static void begin(void *arg)
{
	struct run *r = arg;

	for (size_t i = 0; i < WINDOW && r->sent < r->total; i++) {
		r->flights[i] = (struct flight){.call.fn = on_answer, .run = r};
		r->flights[i].queue = (int32_t)(i % SCENE_QUEUES);
		send_flight(&r->flights[i]);
	}
}

static void our_run(struct form *f, size_t total)
{
	struct run *r = calloc(1, sizeof(*r));

	if (!r)
		bench_die("out of memory");
	r->form = f;
	r->total = total;
	r->body = rmqi_cursor(f->body, sizeof(f->body));
	for (size_t i = 0; i < SCENE_QUEUES; i++)
		r->offsets[i] = -1;
	scene_send_header(&r->header, f->topic, 0, &f->properties);
	rmqi_event_init(&r->end, rmqi_client_env(f->client));
	rmqi_loop_call(rmqi_client_loop(f->client), begin, r);
	if (!rmqi_event_wait(&r->end, rmqi_clock_deadline(rmqi_clock_real(), 2 * PATIENCE_MS)))
		bench_die("not answered in time");
	rmqi_event_deinit(&r->end);
	free(r);
}

/* --- Both ------------------------------------------------------------------------------- */

static struct bench_usage measure(struct form *f, void (*side)(struct form *, size_t), size_t count)
{
	struct bench_usage start = bench_usage_now();

	side(f, count);
	f->sent += count;
	return bench_usage_since(&start);
}

static void open_client(struct form *f)
{
	static const struct rmqi_client_owner owner;
	rmq_config *config = scene_config(f->serialization);
	struct rmq_error_detail *detail = rmqi_detail_new();

	if (rmqi_client_new(config, &owner, &f->client, detail) != RMQ_OK ||
	    rmqi_client_start(f->client, detail) != RMQ_OK)
		bench_die("client: %s", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_config_free(config);
}

static void run(struct form *f, const struct bench_options *o)
{
	size_t count = o->messages ? o->messages : o->is_long ? LONG_MESSAGES : MESSAGES;

	mock_start(o->program);
	scene_topic(f->topic);
	scene_broker(f->topic, f->broker);
	rmqi_buf_init(&f->properties, 1024);
	scene_properties(&f->properties, 1);
	scene_body(f->body, 0, 0);
	raw_open(&f->raw, f->broker);
	ring_init(&f->ring, f->serialization, f->topic, rmqi_cursor(f->body, sizeof(f->body)));
	open_client(f);
	measure(f, raw_run, count / 10);
	measure(f, our_run, count / 10);
	for (size_t i = 0; i < o->rounds; i++) {
		struct bench_usage raw = {0}, ours;

		if (!o->only_ours)
			raw = measure(f, raw_run, count);
		ours = measure(f, our_run, count);
		bench_figures_of(f->name, "acked", (double)count, &ours, &raw);
	}
	if (scene_stored(f->topic) != f->sent)
		bench_die("%llu sends were acknowledged, %llu are stored",
			  (unsigned long long)f->sent, (unsigned long long)scene_stored(f->topic));
	rmqi_client_free(f->client);
	raw_close(&f->raw);
	ring_deinit(&f->ring);
	rmqi_buf_deinit(&f->properties);
	mock_stop();
}

int main(int argc, char **argv)
{
	struct form forms[] = {
		{.name = "json", .serialization = RMQI_JSON, .topic = "pipelined"},
		{.name = "binary", .serialization = RMQI_BINARY, .topic = "pipelined"},
	};
	struct bench_options options;

	bench_init("pipelined", argc, argv, 5, 9, &options);
	for (size_t i = 0; i < RMQI_COUNT(forms); i++)
		if (bench_wants(&options, forms[i].name))
			run(&forms[i], &options);
	bench_print();
	return 0;
}
