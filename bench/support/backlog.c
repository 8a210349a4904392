/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/backlog.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bench/support/measure.h"
#include "bench/support/raw.h"
#include "bench/support/scene.h"
#include "codec/message.h"

enum { BATCH = 250 }; /* of a send that fills */

static size_t in_queue;
static atomic_uchar *seen[SCENE_QUEUES];
static atomic_size_t taken;

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

static void send_batch(struct raw *r, const char *topic, uint32_t queue, uint64_t first,
		       size_t count)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf none, body, request;
	struct raw_answer a;

	rmqi_buf_init(&none, 1);
	rmqi_buf_init(&body, RMQI_FRAME_MAX);
	rmqi_buf_init(&request, RMQI_FRAME_MAX);
	add_batch(&body, queue, first, count);
	scene_send_header(&h, topic, (int32_t)queue, &none);
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

void backlog_fill(const char *topic, size_t each)
{
	char broker[SCENE_ADDRESS];
	double start = bench_now_us();
	struct raw r;

	in_queue = each;
	scene_topic(topic);
	scene_broker(topic, broker);
	raw_open(&r, broker);
	for (uint64_t n = 0; n < each; n += BATCH)
		for (uint32_t queue = 0; queue < SCENE_QUEUES; queue++)
			send_batch(&r, topic, queue, n, each - n < BATCH ? each - n : BATCH);
	raw_close(&r);
	if (scene_stored(topic) != each * SCENE_QUEUES)
		bench_die("the backlog is not complete");
	bench_say("%zu messages stored in %.2f s", each * SCENE_QUEUES,
		  (bench_now_us() - start) / 1e6);
}

void backlog_begin(void)
{
	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		if (!seen[i])
			seen[i] = malloc(in_queue);
		if (!seen[i])
			bench_die("out of memory");
		memset(seen[i], 0, in_queue);
	}
	taken = 0;
}

void backlog_take(const rmq_message *m)
{
	uint64_t number;
	uint32_t queue;
	size_t len;
	const void *body = rmq_message_body(m, &len);

	if (!scene_read_body(body, len, &queue, &number) || queue >= SCENE_QUEUES ||
	    number >= in_queue || rmq_message_queue(m)->queue_id != (int32_t)queue ||
	    rmq_message_queue_offset(m) != (int64_t)number)
		bench_die("a message that was not sent so");
	if (atomic_fetch_add_explicit(&seen[queue][number], 1, memory_order_relaxed) != 0)
		bench_die("message %llu of queue %u came twice", (unsigned long long)number, queue);
	atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed);
}

size_t backlog_taken(void)
{
	return atomic_load_explicit(&taken, memory_order_relaxed);
}

void backlog_forget(void)
{
	for (size_t i = 0; i < SCENE_QUEUES; i++) {
		free(seen[i]);
		seen[i] = NULL;
	}
}
