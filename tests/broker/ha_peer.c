/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/broker/ha_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/big_endian.h"
#include "net/dial.h"

static void on_event(struct rmqi_stream *s, enum rmqi_stream_event event)
{
	struct ha_peer *h = s->arg;
	size_t n = 0;

	if (event != RMQI_STREAM_READABLE)
		return;
	while (h->len < sizeof(h->bytes) &&
	       s->ops->read(s, h->bytes + h->len, sizeof(h->bytes) - h->len, &n) == RMQ_OK) {
		if (n == 0) {
			h->is_over = true;
			return;
		}
		h->len += n;
	}
	if (h->len == sizeof(h->bytes))
		ck_assert_int_eq(s->ops->want(s, false, false), RMQ_OK);
}

static void take(struct ha_peer *h, struct rmqi_stream *stream)
{
	h->stream = stream;
	stream->fn = on_event;
	stream->arg = h;
	ck_assert_int_eq(stream->ops->want(stream, true, false), RMQ_OK);
}

static void on_dialed(void *arg, enum rmq_error error, const char *reason,
		      struct rmqi_stream *stream)
{
	ck_assert_msg(error == RMQ_OK, "%s", reason);
	take(arg, stream);
}

static void on_stream(void *arg, struct rmqi_stream *stream)
{
	struct ha_peer *h = arg;

	h->arrivals++;
	h->len = 0;
	h->is_over = false;
	if (h->stream)
		h->stream->ops->close(h->stream);
	take(h, stream);
}

static void on_phase(void *arg, enum rmq_phase phase)
{
	(void)arg;
	(void)phase;
}

static void dial_on_loop(void *arg)
{
	struct ha_peer *h = arg;
	const struct rmqi_dial_config config = {
		.loop = h->peer->loop,
		.resolver = &h->resolver,
		.address = h->address,
		.connect_timeout_ms = 1000,
		.on_phase = on_phase,
		.on_done = on_dialed,
		.arg = h,
	};
	struct rmqi_dial *dial;

	ck_assert_int_eq(rmqi_dial_start(&config, &dial), RMQ_OK);
}

static struct ha_peer *ha_peer_new(struct peer *p)
{
	struct ha_peer *h = calloc(1, sizeof(*h));

	ck_assert_ptr_nonnull(h);
	h->peer = p;
	rmqi_resolver_init(&h->resolver, p->rig->env);
	return h;
}

struct ha_peer *ha_peer_connect(struct peer *p, const char *address)
{
	struct ha_peer *h = ha_peer_new(p);

	h->address = address;
	rmqi_loop_call(p->loop, dial_on_loop, h);
	rig_advance(p->rig, 1);
	ck_assert_ptr_nonnull(h->stream);
	return h;
}

struct ha_peer *ha_peer_listen(struct peer *p, uint16_t port)
{
	struct ha_peer *h = ha_peer_new(p);
	const struct rmqi_listener_config config = {
		.loop = p->loop, .host = "0.0.0.1", .port = port, .on_stream = on_stream, .arg = h};

	ck_assert_int_eq(rmqi_listener_new(&config, &h->listener, NULL), RMQ_OK);
	return h;
}

static void close_on_loop(void *arg)
{
	struct ha_peer *h = arg;

	if (h->stream)
		h->stream->ops->close(h->stream);
}

void ha_peer_free(struct ha_peer *h)
{
	rmqi_listener_free(h->listener);
	rmqi_loop_call(h->peer->loop, close_on_loop, h);
	rmqi_resolver_deinit(&h->resolver);
	free(h);
}

static void send_on_loop(void *arg)
{
	struct ha_peer *h = arg;
	struct iovec iov = {(void *)(uintptr_t)h->out.ptr, h->out.len};
	size_t n = 0;

	/* It may be closed already. */
	(void)!h->stream->ops->writev(h->stream, &iov, 1, &n);
}

void ha_peer_send(struct ha_peer *h, const void *bytes, size_t len)
{
	h->out = rmqi_cursor(bytes, len);
	rmqi_loop_call(h->peer->loop, send_on_loop, h);
	rig_advance(h->peer->rig, 1);
}

void ha_peer_report(struct ha_peer *h, int64_t offset)
{
	uint8_t bytes[8];

	mb_put_i64(bytes, offset);
	ha_peer_send(h, bytes, sizeof(bytes));
}

void ha_peer_frame(struct ha_peer *h, int64_t offset, int32_t size, const void *body, size_t len)
{
	uint8_t head[12];

	mb_put_i64(head, offset);
	mb_put_u32(head + 8, (uint32_t)size);
	ha_peer_send(h, head, sizeof(head));
	if (len > 0)
		ha_peer_send(h, body, len);
}

static void read_on_loop(void *arg)
{
	struct ha_peer *h = arg;

	h->len = 0;
	ck_assert_int_eq(h->stream->ops->want(h->stream, true, false), RMQ_OK);
}

size_t ha_peer_read_on(struct ha_peer *h)
{
	size_t len = h->len;

	rmqi_loop_call(h->peer->loop, read_on_loop, h);
	rig_advance(h->peer->rig, 1);
	return len;
}

int64_t ha_peer_reported(const struct ha_peer *h)
{
	size_t whole = h->len / 8 * 8;

	ck_assert_uint_ge(whole, 8);
	return mb_get_i64(h->bytes + whole - 8);
}
