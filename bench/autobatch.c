/* SPDX-License-Identifier: Apache-2.0 */
/*
 * autobatch.c - 100 bytes a message through rmq_producer_send_async with autoBatch, beside a raw loop
 * that sends the same batches (SEND_BATCH_MESSAGE), a few in flight. See README.md.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rocketmq/rocketmq.h>

#include "base/executor.h"
#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"
#include "codec/message.h"
#include "codec/properties.h"

enum {
	BODY = 100,
	MESSAGES = 300 * 1000,
	LONG_MESSAGES = 500 * 1000,
	RAW_COUNT = 188, /* messages of a raw batch: as many as fit into 32 KiB */
	RAW_FLIGHT = 16,
	FIRST_OPAQUE = 1000000,
	PATIENCE_MS = 120 * 1000
};

static char broker[SCENE_ADDRESS];
static const char topic[] = "autobatch";

/* --- The raw loop ------------------------------------------------------------------------------------ */

static void add_item(struct rmqi_buf *body, int i)
{
	struct rmqi_buf properties;
	struct rmqi_batch_item item;
	char id[33];
	uint8_t bytes[BODY] = {0};

	snprintf(id, sizeof(id), "%032d", i);
	rmqi_buf_init(&properties, 1024);
	rmqi_properties_add(&properties, RMQI_STR("UNIQ_KEY"), rmqi_str(id));
	rmqi_properties_add(&properties, RMQI_STR("WAIT"), RMQI_STR("true"));
	item = (struct rmqi_batch_item){0, rmqi_cursor(bytes, BODY),
					rmqi_cursor_str(rmqi_buf_cursor(&properties))};
	if (rmqi_batch_encode(body, &item) != RMQ_OK)
		bench_die("out of memory");
	rmqi_buf_deinit(&properties);
}

static void encode_batch(struct rmqi_buf *out)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf body, properties;

	rmqi_buf_init(&body, 1024 * 1024);
	rmqi_buf_init(&properties, 1024);
	rmqi_properties_add(&properties, RMQI_STR("WAIT"), RMQI_STR("true"));
	for (int i = 0; i < RAW_COUNT; i++)
		add_item(&body, i);
	scene_send_header(&h, topic, 0, &properties);
	RMQI_SET(&h, send_message, batch, true);
	raw_encode(out, RMQI_BINARY, RMQI_REQ_SEND_BATCH_MESSAGE, FIRST_OPAQUE,
		   &rmqi_desc_send_message_v2, &h, rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	rmqi_buf_deinit(&properties);
}

static void raw_run(struct raw *raw, size_t batches)
{
	size_t sent = 0, done = 0;
	struct rmqi_buf frame;
	struct raw_answer a;

	rmqi_buf_init(&frame, 1024 * 1024);
	encode_batch(&frame);
	for (; sent < RAW_FLIGHT && sent < batches; sent++)
		raw_write(raw, rmqi_buf_data(&frame), frame.len);
	while (done < batches) {
		raw_read(raw);
		for (; raw_take(raw, &a); done++) {
			if (a.code != 0)
				bench_die("raw: code %d", (int)a.code);
			if (sent < batches) {
				raw_write(raw, rmqi_buf_data(&frame), frame.len);
				sent++;
			}
		}
	}
	rmqi_buf_deinit(&frame);
}

/* --- Ours ---------------------------------------------------------------------------------------------- */

static atomic_size_t acked;

static void on_sent(enum rmq_error error, const rmq_send_result *result,
		    const rmq_error_detail *detail, void *arg)
{
	(void)result;
	(void)arg;
	if (error != RMQ_OK)
		bench_die("send: %s", rmq_error_detail_message(detail));
	atomic_fetch_add_explicit(&acked, 1, memory_order_relaxed);
}

static void our_run(rmq_producer *p, size_t total)
{
	char body[BODY] = {0};
	rmq_message *m = rmq_message_new(topic, body, sizeof(body));
	rmq_error_detail *detail = NULL;

	atomic_store(&acked, 0);
	for (size_t i = 0; i < total; i++)
		if (rmq_producer_send_async(p, m, NULL, on_sent, NULL, &detail) != RMQ_OK)
			bench_die("send: %s", rmq_error_detail_message(detail));
	if (rmq_producer_flush(p, PATIENCE_MS, &detail) != RMQ_OK)
		bench_die("flush: %s", rmq_error_detail_message(detail));
	if (atomic_load(&acked) != total)
		bench_die("%zu of %zu were told", atomic_load(&acked), total);
	rmq_message_free(m);
}

static rmq_producer *open_producer(void)
{
	rmq_config *config = scene_config(RMQI_BINARY);
	rmq_error_detail *detail = NULL;
	rmq_producer *p = NULL;

	if (rmq_config_set(config, "autoBatch", "true", &detail) != RMQ_OK ||
	    rmq_producer_new(config, "bench", &p, &detail) != RMQ_OK ||
	    rmq_producer_start(p, &detail) != RMQ_OK)
		bench_die("producer: %s", rmq_error_detail_message(detail));
	rmq_config_free(config);
	return p;
}

int main(int argc, char **argv)
{
	struct bench_options o;
	size_t count, batches, sent = 0;
	rmq_producer *p;
	struct raw raw;

	bench_init("autobatch", argc, argv, 3, 5, &o);
	count = o.messages ? o.messages : o.is_long ? LONG_MESSAGES : MESSAGES;
	batches = count / RAW_COUNT;
	mock_start(o.program);
	scene_topic(topic);
	scene_broker(topic, broker);
	raw_open(&raw, broker);
	p = open_producer();
	our_run(p, count / 10);
	raw_run(&raw, batches / 10);
	sent += count / 10 + batches / 10 * RAW_COUNT;
	for (size_t i = 0; i < o.rounds; i++) {
		struct bench_usage r = {0}, ours, start = bench_usage_now();

		if (!o.only_ours) {
			raw_run(&raw, batches);
			r = bench_usage_since(&start);
			sent += batches * RAW_COUNT;
		}
		start = bench_usage_now();
		our_run(p, count);
		ours = bench_usage_since(&start);
		sent += count;
		bench_figures_of("autobatch_100", "acked", (double)count, &ours, &r);
	}
	if (scene_stored(topic) != sent)
		bench_die("%zu sends were acknowledged, %llu are stored", sent,
			  (unsigned long long)scene_stored(topic));
	rmq_producer_free(p);
	raw_close(&raw);
	mock_stop();
	bench_print();
	return 0;
}
