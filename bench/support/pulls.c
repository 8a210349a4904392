/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/pulls.h"

#include <poll.h>
#include <stdlib.h>

#include "bench/support/measure.h"
#include "bench/support/mock.h"
#include "codec/crc32.h"
#include "codec/message.h"

enum {
	BATCH = 250, /* of a send that fills */
	LOOK_MS = 50,
	PATIENCE_MS = 20 * 1000,
	/* Of a record with IPv4 addresses (doc/reference/store.md). */
	CRC_AT = 8,
	BODY_LEN_AT = 84,
	BODY_AT = 88
};

/* --- Filling ------------------------------------------------------------------------------ */

static void add_batch(struct rmqi_buf *out, const struct stock *b, uint32_t queue, uint64_t first,
		      size_t count)
{
	struct rmqi_buf properties;
	uint8_t body[SCENE_BODY];

	rmqi_buf_init(&properties, 1024);
	for (uint64_t n = first; n < first + count; n++) {
		struct rmqi_batch_item item = {.body = {body, sizeof(body)}};

		rmqi_buf_reset(&properties);
		scene_properties(&properties, n * b->queues + queue);
		scene_body(body, queue, n);
		item.properties = rmqi_cursor_str(rmqi_buf_cursor(&properties));
		if (rmqi_batch_encode(out, &item) != RMQ_OK)
			bench_die("a batch cannot be encoded");
	}
	rmqi_buf_deinit(&properties);
}

static void send_batch(struct raw *r, const struct stock *b, uint32_t queue, uint64_t first,
		       size_t count)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf none, body, request;
	struct raw_answer a;

	rmqi_buf_init(&none, 1);
	rmqi_buf_init(&body, RMQI_FRAME_MAX);
	rmqi_buf_init(&request, RMQI_FRAME_MAX);
	add_batch(&body, b, queue, first, count);
	scene_send_header(&h, b->topic, (int32_t)queue, &none);
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

/* Apache counts a message a moment after it has acknowledged it. */
static void await_stored(const struct stock *b)
{
	for (int ms = 0; scene_stored(b->topic) != b->each * b->queues; ms += LOOK_MS)
		if (!mock_is_given() || ms >= PATIENCE_MS || poll(NULL, 0, LOOK_MS) != 0)
			bench_die("the backlog is not complete");
}

void stock_fill(struct stock *b)
{
	double start = bench_now_us();
	struct raw r;

	scene_topic_of(b->topic, b->queues);
	scene_broker(b->topic, b->broker);
	raw_open(&r, b->broker);
	for (uint64_t n = 0; n < b->each; n += BATCH)
		for (uint32_t queue = 0; queue < b->queues; queue++)
			send_batch(&r, b, queue, n, b->each - n < BATCH ? b->each - n : BATCH);
	raw_close(&r);
	await_stored(b);
	bench_say("%zu messages stored in %.2f s", b->each * b->queues,
		  (bench_now_us() - start) / 1e6);
}

/* --- Pulling ------------------------------------------------------------------------------- */

static void encode_pull(struct rmqi_buf *out, const struct pulls *p, const struct stock *b,
			size_t queue, size_t offset, size_t count)
{
	struct rmqi_h_pull_message h = {
		.consumerGroup = RMQI_STR("bench_raw"),
		.topic = rmqi_str(b->topic),
		.queueId = (int32_t)queue,
		.queueOffset = (int64_t)offset,
		.maxMsgNums = (int32_t)count,
		.sysFlag = 2 | 4, /* suspend; the subscription stands here (PullSysFlag.java) */
		.suspendTimeoutMillis = 15000,
	};

	RMQI_SET(&h, pull_message, subscription, RMQI_STR("*"));
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("TAG"));
	RMQI_SET(&h, pull_message, bname, RMQI_STR("broker-a"));
	raw_encode(out, p->serialization, RMQI_REQ_PULL_MESSAGE, (int32_t)queue,
		   &rmqi_desc_pull_message, &h, rmqi_cursor(NULL, 0));
}

void pulls_init(struct pulls *p, const struct stock *b, enum rmqi_serialization serialization,
		int batch)
{
	*p = (struct pulls){.queues = calloc(b->queues, sizeof(*p->queues)),
			    .count = b->queues,
			    .batch = (size_t)batch,
			    .serialization = serialization};
	if (!p->queues)
		bench_die("out of memory");
	for (size_t i = 0; i < p->count; i++) {
		struct pulls_of *q = &p->queues[i];

		size_t count = 0;

		q->ends = calloc(b->each / p->batch + 1, sizeof(*q->ends));
		if (!q->ends)
			bench_die("out of memory");
		rmqi_buf_init(&q->requests, 256 * 1024 * 1024);
		for (size_t at = 0; at < b->each; at += p->batch) {
			encode_pull(&q->requests, p, b, i, at, p->batch);
			q->ends[count++] = q->requests.len;
		}
	}
}

void pulls_deinit(struct pulls *p)
{
	for (size_t i = 0; i < p->count; i++) {
		rmqi_buf_deinit(&p->queues[i].requests);
		free(p->queues[i].ends);
	}
	free(p->queues);
}

/* Appends the next pull of the queue to what is written next. Apache may have answered the last one with less than it
 * was asked for: then the rest is asked for, which was not encoded before. */
static void add_pull(struct rmqi_buf *out, struct pulls *p, const struct stock *b, size_t queue)
{
	struct pulls_of *q = &p->queues[queue];
	size_t number = q->next / p->batch, from = number ? q->ends[number - 1] : 0;

	if (q->next >= b->each)
		return;
	if (q->next % p->batch == 0)
		rmqi_buf_add(out, rmqi_buf_data(&q->requests) + from, q->ends[number] - from);
	else
		encode_pull(out, p, b, queue, q->next, p->batch - q->next % p->batch);
}

/* What a listener is to the raw loop: a call that the compiler cannot leave out. */
static void on_body(const uint8_t *body, size_t len);
static void (*volatile call)(const uint8_t *body, size_t len) = on_body;
static size_t bodies;

static void on_body(const uint8_t *body, size_t len)
{
	bodies += body[len - 1] == 'b';
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void check(struct rmqi_cursor record)
{
	size_t len = record.len > BODY_AT ? u32_at(record.ptr + BODY_LEN_AT) : SIZE_MAX;

	if (len == 0 || len > record.len - BODY_AT ||
	    rmqi_crc32_31(record.ptr + BODY_AT, len) != u32_at(record.ptr + CRC_AT))
		bench_die("raw: a record that is damaged");
	call(record.ptr + BODY_AT, len);
}

/* Each record begins with its length. */
static size_t count_records(struct rmqi_cursor body, bool is_checked)
{
	struct rmqi_cursor record;
	size_t count = 0;
	uint32_t len;

	for (; body.len > 0; count++) {
		struct rmqi_cursor head = body;

		if (!rmqi_cursor_u32(&head, &len) || !rmqi_cursor_take(&body, len, &record))
			bench_die("raw: a body that is no messages");
		if (is_checked)
			check(record);
	}
	return count;
}

void pulls_run(struct pulls *p, const struct stock *b, bool is_checked)
{
	size_t whole = b->each * b->queues, total = 0, count;
	struct rmqi_buf out;
	struct raw_answer a;
	struct raw r;

	bodies = 0;
	rmqi_buf_init(&out, 1024 * 1024);
	raw_open(&r, b->broker);
	for (size_t i = 0; i < p->count; i++) {
		p->queues[i].next = 0;
		add_pull(&out, p, b, i);
	}
	while (total < whole) {
		raw_write(&r, rmqi_buf_data(&out), out.len);
		rmqi_buf_reset(&out);
		raw_read(&r);
		while (raw_take(&r, &a)) {
			if (a.code != 0 || a.opaque < 0 || (size_t)a.opaque >= p->count)
				bench_die("raw: response code %d", (int)a.code);
			count = count_records(a.body, is_checked);
			total += count;
			p->queues[a.opaque].next += count;
			add_pull(&out, p, b, (size_t)a.opaque);
		}
	}
	if (is_checked && bodies != whole)
		bench_die("raw: %zu bodies of %zu", bodies, whole);
	raw_close(&r);
	rmqi_buf_deinit(&out);
}
