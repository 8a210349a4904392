/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/ring.h"

#include "bench/support/measure.h"
#include "bench/support/scene.h"

enum { FIRST_OPAQUE = 1000000 }; /* all have as many digits */

void ring_init(struct ring *r, enum rmqi_serialization serialization, const char *topic,
	       struct rmqi_cursor body)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;

	*r = (struct ring){0};
	rmqi_buf_init(&r->bytes, 8 * 1024 * 1024);
	rmqi_buf_init(&properties, 1024);
	scene_properties(&properties, 1);
	scene_send_header(&h, topic, 0, &properties);
	for (int32_t i = 0; i < RING_WINDOW; i++) {
		h.queueId = i % SCENE_QUEUES;
		raw_encode(&r->bytes, serialization, RMQI_REQ_SEND_MESSAGE_V2, FIRST_OPAQUE + i,
			   &rmqi_desc_send_message_v2, &h, body);
		r->ends[i] = r->bytes.len;
	}
	rmqi_buf_deinit(&properties);
}

void ring_deinit(struct ring *r)
{
	rmqi_buf_deinit(&r->bytes);
}

/* In one write, or two where the ring turns. */
static void send_some(struct raw *raw, struct ring *r, size_t count)
{
	while (count > 0) {
		size_t n = count < RING_WINDOW - r->next ? count : RING_WINDOW - r->next;
		size_t from = r->next ? r->ends[r->next - 1] : 0, to = r->ends[r->next + n - 1];

		raw_write(raw, rmqi_buf_data(&r->bytes) + from, to - from);
		r->next = (r->next + n) % RING_WINDOW;
		count -= n;
	}
}

static size_t take_answers(struct raw *raw, struct ring *r)
{
	struct raw_answer a;
	size_t count = 0;

	for (; raw_take(raw, &a); count++) {
		if (a.code != 0 || a.opaque != FIRST_OPAQUE + (int32_t)r->awaited)
			bench_die("raw: code %d, opaque %d", (int)a.code, (int)a.opaque);
		r->awaited = (r->awaited + 1) % RING_WINDOW;
	}
	return count;
}

void ring_run(struct ring *r, struct raw *raw, size_t total)
{
	size_t sent = total < RING_WINDOW ? total : RING_WINDOW, done = 0;

	r->next = 0;
	r->awaited = 0;
	send_some(raw, r, sent);
	while (done < total) {
		size_t n;

		raw_read(raw);
		n = take_answers(raw, r);
		done += n;
		if (n > total - sent)
			n = total - sent;
		send_some(raw, r, n);
		sent += n;
	}
}
