/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/support/ring.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "bench/support/measure.h"
#include "bench/support/scene.h"

enum { FIRST_OPAQUE = 1000000 }; /* all have as many digits */

void ring_init(struct ring *r, enum rmqi_serialization serialization, const char *topic,
	       struct rmqi_cursor body)
{
	ring_init_of(r, serialization, topic, body, RING_WINDOW);
}

void ring_init_of(struct ring *r, enum rmqi_serialization serialization, const char *topic,
		  struct rmqi_cursor body, size_t window)
{
	struct rmqi_h_send_message h;
	struct rmqi_buf properties;

	*r = (struct ring){.window = window};
	rmqi_buf_init(&r->bytes, 8 * 1024 * 1024);
	rmqi_buf_init(&properties, 1024);
	scene_properties(&properties, 1);
	scene_send_header(&h, topic, 0, &properties);
	for (int32_t i = 0; i < (int32_t)window; i++) {
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
		size_t n = count < r->window - r->next ? count : r->window - r->next;
		size_t from = r->next ? r->ends[r->next - 1] : 0, to = r->ends[r->next + n - 1];

		raw_write(raw, rmqi_buf_data(&r->bytes) + from, to - from);
		r->next = (r->next + n) % r->window;
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
		r->awaited = (r->awaited + 1) % r->window;
	}
	return count;
}

void ring_run(struct ring *r, struct raw *raw, size_t total)
{
	ring_run_all(r, raw, 1, total);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One connection is simply read; of several those that have something. */
static void wait_for_some(const struct raw *raws, struct pollfd *p, size_t count)
{
	for (size_t i = 0; i < count; i++)
		p[i] = (struct pollfd){raws[i].fd, POLLIN, POLLIN};
	if (count > 1 && poll(p, count, -1) < 0)
		bench_die("poll: %s", strerror(errno));
}

void ring_run_all(struct ring *rings, struct raw *raws, size_t count, size_t total)
{
	size_t sent = 0, done = 0, n;
	struct pollfd p[RINGS];

	for (size_t i = 0; i < count; i++) {
		rings[i].next = rings[i].awaited = 0;
		n = least(total - sent, rings[i].window);
		send_some(&raws[i], &rings[i], n);
		sent += n;
	}
	while (done < total) {
		wait_for_some(raws, p, count);
		for (size_t i = 0; i < count && done < total; i++) {
			if (!p[i].revents)
				continue;
			raw_read(&raws[i]);
			n = take_answers(&raws[i], &rings[i]);
			done += n;
			n = least(n, total - sent);
			send_some(&raws[i], &rings[i], n);
			sent += n;
		}
	}
}
