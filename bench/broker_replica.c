/* SPDX-License-Identifier: Apache-2.0 */
/*
 * broker_replica.c - what replication adds to a send: one message at a time, from its write to its answer, by a raw
 * loop; to a master alone, and to a SYNC_MASTER that answers when its slave has the message. Beside them a round
 * trip: a question that costs the daemon next to nothing. See README.md.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"

enum { MESSAGES = 5000, LONG_MESSAGES = 50 * 1000 };

#define TOPIC "broker_replica"

static const char *const alone[] = {"--broker-settings", "brokerRole=ASYNC_MASTER", NULL};
static const char *const replicated[] = {"--slaves", "1", "--broker-settings",
					 "brokerRole=SYNC_MASTER", NULL};

static void encode_send(struct rmqi_buf *out)
{
	uint8_t body[SCENE_BODY];
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;

	rmqi_buf_init(&properties, 1024);
	scene_properties(&properties, 1);
	scene_body(body, 0, 1);
	scene_send_header(&h, TOPIC, 0, &properties);
	raw_encode(out, RMQI_BINARY, RMQI_REQ_SEND_MESSAGE_V2, 1, &rmqi_desc_send_message_v2, &h,
		   rmqi_cursor(body, sizeof(body)));
	rmqi_buf_deinit(&properties);
}

static void encode_question(struct rmqi_buf *out)
{
	const struct rmqi_h_get_max_offset h = {.topic = RMQI_STR(TOPIC)};

	raw_encode(out, RMQI_BINARY, RMQI_REQ_GET_MAX_OFFSET, 1, &rmqi_desc_get_max_offset, &h,
		   rmqi_cursor(NULL, 0));
}

/* The median of so many calls, one after the other. */
static double p50_of(struct raw *r, void (*encode)(struct rmqi_buf *out), size_t count)
{
	double *samples = calloc(count, sizeof(*samples)), p50;
	struct rmqi_buf request;
	struct raw_answer a;

	if (!samples)
		bench_die("out of memory");
	rmqi_buf_init(&request, 4096);
	encode(&request);
	for (size_t i = 0; i < count; i++) {
		double at = bench_now_us();

		raw_call(r, rmqi_buf_data(&request), request.len, &a);
		samples[i] = bench_now_us() - at;
		if (a.code != 0)
			bench_die("response code %d", (int)a.code);
	}
	p50 = bench_median(samples, count);
	rmqi_buf_deinit(&request);
	free(samples);
	return p50;
}

/* Of one daemon: a send, and a round trip in the same minute. */
static double run(const struct bench_options *o, const char *const *flags, size_t count,
		  double *round_trip)
{
	char address[SCENE_ADDRESS];
	struct raw r;
	double p50;

	mock_start_with(o->program, flags);
	scene_topic(TOPIC);
	scene_broker(TOPIC, address);
	raw_open(&r, address);
	p50_of(&r, encode_send, count / 10);
	p50 = p50_of(&r, encode_send, count);
	*round_trip = p50_of(&r, encode_question, count);
	if (scene_stored(TOPIC) != count + count / 10)
		bench_die("not all that was acknowledged is stored");
	raw_close(&r);
	mock_stop();
	return p50;
}

int main(int argc, char **argv)
{
	struct bench_options o;
	double one, two, trip_one, trip_two;
	size_t count;

	bench_init("broker_replica", argc, argv, 3, 9, &o);
	count = o.messages ? o.messages : o.is_long ? LONG_MESSAGES : MESSAGES;
	for (size_t round = 0; round < o.rounds; round++) {
		one = run(&o, alone, count, &trip_one);
		two = run(&o, replicated, count, &trip_two);
		bench_figure_of("p50", "alone", "us", one, trip_one);
		bench_figure_of("p50", "replicated", "us", two, trip_two);
		/* `ratio`: how many round trips it is. */
		bench_figure("p50_added", "us", two - one, (trip_one + trip_two) / 2);
	}
	bench_print();
	return 0;
}
