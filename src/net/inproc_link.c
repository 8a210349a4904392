/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc_link.c
 *
 *     end A                                          end B
 *     writev ----> [ transit ] --time--> [ arrived ] ----> read
 *     read  <---- [ arrived ] <--time-- [ transit ] <---- writev
 *
 * Each end holds the two buffers of the bytes that come to it. Bytes in transit
 * are a queue of segments with the time when they arrive; times never decrease,
 * so a change of the latency does not reorder. Arrival is a task of the
 * receiving loop (no latency), or a timer of it. A direction holds
 * QUEUE_MAX bytes at most; then writev says RMQ_AGAIN, and a read lets the writer
 * go on.
 *
 * A link lives until both ends are closed and none of its tasks is posted.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "net/inproc_impl.h"

enum {
	FIRST_CLIENT_PORT = 50000, /* of connecting ends */
	CLIENT_PORTS = 15000,
	QUEUE_MAX = 1024 * 1024 /* bytes under way in one direction; like socket buffers */
};

struct segment {
	struct rmqi_list link;
	int64_t due_us;
	size_t len;
};

struct link;

struct end {
	struct rmqi_stream s;
	struct link *link;
	struct end *other;
	struct rmqi_buf transit;
	struct rmqi_buf arrived;
	struct rmqi_list segments; /* of transit */
	int64_t last_due_us;
	struct rmqi_timer timer;
	struct rmqi_task task;
	bool is_posted;
	bool is_closed;
	bool wants_read;
	bool wants_write;
	bool is_blocked; /* a writev could not take all */
	bool has_fin;    /* the other end is closed; seen here at fin_us */
	bool saw_fin;
	bool told_fin;
	int64_t fin_us;
};

struct link {
	struct rmqi_inproc *net;
	struct rmqi_list node; /* of net->links */
	unsigned refs;         /* open ends and posted tasks */
	bool is_cut;
	char address[RMQI_ADDRESS_MAX]; /* of the listener */
	struct end ends[2];
};

/* --- Arrival --------------------------------------------------------------------------- */

static void unref(struct link *k)
{
	if (--k->refs > 0)
		return;
	for (size_t i = 0; i < RMQI_COUNT(k->ends); i++) {
		rmqi_buf_deinit(&k->ends[i].transit);
		rmqi_buf_deinit(&k->ends[i].arrived);
	}
	rmqi_list_remove(&k->node);
	rmqi_free(k);
}

static void post(struct end *e)
{
	if (e->is_posted || e->is_closed)
		return;
	e->is_posted = true;
	e->link->refs++;
	rmqi_loop_post(e->s.loop, &e->task);
}

static int64_t next_arrival(const struct end *e)
{
	if (!rmqi_list_is_empty(&e->segments))
		return RMQI_LIST_ITEM(e->segments.next, struct segment, link)->due_us;
	return e->has_fin && !e->saw_fin ? e->fin_us : RMQI_FOREVER;
}

/* Sees to it that what is under way to `e` arrives. */
static void schedule(struct end *e)
{
	int64_t due = next_arrival(e);

	if (e->is_closed || e->link->is_cut || due == RMQI_FOREVER)
		return;
	if (due <= rmqi_inproc_now_us(e->link->net))
		post(e);
	else
		rmqi_timer_start(&e->timer, due);
}

void rmqi_inproc_cut_links(struct rmqi_inproc *n, const char *address, bool is_cut)
{
	RMQI_LIST_EACH(node, &n->links) {
		struct link *k = RMQI_LIST_ITEM(node, struct link, node);

		if (!rmqi_str_is(rmqi_str(k->address), address))
			continue;
		k->is_cut = is_cut;
		schedule(&k->ends[0]);
		schedule(&k->ends[1]);
	}
}

void rmqi_inproc_each(const struct rmqi_inproc *n,
		      void (*fn)(void *arg, const char *address, uint64_t bytes), void *arg)
{
	RMQI_LIST_EACH(node, &n->links) {
		const struct link *k = RMQI_LIST_ITEM(node, struct link, node);
		uint64_t bytes = 0;

		for (size_t i = 0; i < RMQI_COUNT(k->ends); i++)
			bytes += k->ends[i].transit.len + k->ends[i].arrived.len;
		if (bytes)
			fn(arg, k->address, bytes);
	}
}

static void move_bytes(struct end *e, size_t len)
{
	uint8_t *to;

	/* What transit holds fits, but for memory: then the link breaks, as a real one might. */
	if (rmqi_buf_reserve(&e->arrived, len, &to) != RMQ_OK) {
		e->link->net->in_flight -= len;
		e->saw_fin = true;
		e->has_fin = true;
	} else {
		memcpy(to, rmqi_buf_data(&e->transit), len);
		rmqi_buf_commit(&e->arrived, len);
	}
	rmqi_buf_drop(&e->transit, len);
}

static void arrive(struct end *e)
{
	int64_t now = rmqi_inproc_now_us(e->link->net);

	if (e->link->is_cut)
		return;
	while (!rmqi_list_is_empty(&e->segments)) {
		struct segment *g = RMQI_LIST_ITEM(e->segments.next, struct segment, link);

		if (g->due_us > now)
			break;
		move_bytes(e, g->len);
		rmqi_list_remove(&g->link);
		rmqi_free(g);
	}
	if (e->has_fin && rmqi_list_is_empty(&e->segments) && e->fin_us <= now)
		e->saw_fin = true;
}

static size_t room(const struct end *to)
{
	size_t used = to->transit.len + to->arrived.len;

	return used < QUEUE_MAX ? QUEUE_MAX - used : 0;
}

static bool is_readable(const struct end *e)
{
	return e->arrived.len > 0 || (e->saw_fin && !e->told_fin);
}

static void tell(struct end *e)
{
	if (!e->is_closed && e->wants_read && is_readable(e)) {
		e->told_fin = e->saw_fin && e->arrived.len == 0;
		e->s.fn(&e->s, RMQI_STREAM_READABLE);
	}
	if (!e->is_closed && e->wants_write && (e->saw_fin || room(e->other) > 0))
		e->s.fn(&e->s, RMQI_STREAM_WRITABLE);
	if (!e->is_closed && e->wants_read && is_readable(e))
		post(e);
}

static void run_task(struct rmqi_task *task)
{
	struct end *e = RMQI_CONTAINER(task, struct end, task);

	e->is_posted = false;
	if (!e->is_closed) {
		arrive(e);
		tell(e);
		schedule(e);
	}
	unref(e->link);
}

static void run_timer(struct rmqi_timer *t)
{
	struct end *e = RMQI_CONTAINER(t, struct end, timer);

	post(e);
}

/* --- The stream's operations ------------------------------------------------------------ */

static enum rmq_error end_read(struct rmqi_stream *s, uint8_t *buf, size_t cap, size_t *n)
{
	struct end *e = RMQI_CONTAINER(s, struct end, s);
	size_t len = e->arrived.len < cap ? e->arrived.len : cap;

	if (len == 0 && !e->saw_fin)
		return RMQ_AGAIN;
	rmqi_memcpy(buf, rmqi_buf_data(&e->arrived), len);
	rmqi_buf_drop(&e->arrived, len);
	e->link->net->in_flight -= len;
	if (e->other->is_blocked) {
		e->other->is_blocked = false;
		post(e->other);
	}
	*n = len;
	return RMQ_OK;
}

static enum rmq_error add_segment(struct end *to, size_t len)
{
	int64_t due = rmqi_inproc_now_us(to->link->net) + to->link->net->latency_us;
	struct segment *g;

	if (due < to->last_due_us)
		due = to->last_due_us;
	if (!rmqi_list_is_empty(&to->segments)) {
		g = RMQI_LIST_ITEM(to->segments.prev, struct segment, link);
		if (g->due_us == due) {
			g->len += len;
			return RMQ_OK;
		}
	}
	g = rmqi_alloc(sizeof(*g));
	if (!g)
		return RMQ_ERR_NO_MEMORY;
	g->due_us = due;
	g->len = len;
	to->last_due_us = due;
	rmqi_list_push(&to->segments, &g->link);
	return RMQ_OK;
}

static enum rmq_error send_bytes(struct end *to, const void *bytes, size_t len)
{
	uint8_t *at;

	if (rmqi_buf_reserve(&to->transit, len, &at) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	if (add_segment(to, len) != RMQ_OK)
		return RMQ_ERR_NO_MEMORY;
	memcpy(at, bytes, len);
	rmqi_buf_commit(&to->transit, len);
	to->link->net->in_flight += len;
	return RMQ_OK;
}

static enum rmq_error end_writev(struct rmqi_stream *s, const struct iovec *iov, int count,
				 size_t *n)
{
	struct end *e = RMQI_CONTAINER(s, struct end, s);
	size_t done = 0;

	if (e->saw_fin) {
		snprintf(s->reason, sizeof(s->reason), "Broken pipe");
		return RMQ_ERR_CONNECTION_LOST;
	}
	for (int i = 0; i < count; i++) {
		size_t len = iov[i].iov_len;

		if (!e->other->is_closed) { /* else the bytes get lost on the way */
			if (len > room(e->other))
				len = room(e->other);
			if (len && send_bytes(e->other, iov[i].iov_base, len) != RMQ_OK)
				return RMQ_ERR_NO_MEMORY;
		}
		done += len;
		if (len < iov[i].iov_len) {
			e->is_blocked = true;
			break;
		}
	}
	if (done == 0)
		return RMQ_AGAIN;
	schedule(e->other);
	*n = done;
	return RMQ_OK;
}

static enum rmq_error end_want(struct rmqi_stream *s, bool read, bool write)
{
	struct end *e = RMQI_CONTAINER(s, struct end, s);
	bool is_new = (read && !e->wants_read) || (write && !e->wants_write);

	e->wants_read = read;
	e->wants_write = write;
	if (is_new)
		post(e);
	return RMQ_OK;
}

static void end_close(struct rmqi_stream *s)
{
	struct end *e = RMQI_CONTAINER(s, struct end, s);
	struct rmqi_inproc *n = e->link->net;

	e->is_closed = true;
	rmqi_timer_deinit(&e->timer);
	n->in_flight -= e->transit.len + e->arrived.len;
	for (struct rmqi_list *node; (node = rmqi_list_pop(&e->segments));)
		rmqi_free(RMQI_LIST_ITEM(node, struct segment, link));
	rmqi_buf_reset(&e->transit);
	rmqi_buf_reset(&e->arrived);
	if (!e->other->is_closed) {
		e->other->has_fin = true;
		e->other->fin_us = rmqi_inproc_now_us(n) + n->latency_us;
		if (e->other->fin_us < e->other->last_due_us)
			e->other->fin_us = e->other->last_due_us;
		schedule(e->other);
	}
	unref(e->link);
}

static const struct rmqi_stream_ops end_ops = {
	.read = end_read,
	.writev = end_writev,
	.want = end_want,
	.close = end_close,
	.abort = end_close,
};

/* --- A new link ------------------------------------------------------------------------- */

static enum rmq_error init_end(struct end *e, struct link *k, struct rmqi_loop *l)
{
	e->s.ops = &end_ops;
	e->s.loop = l;
	e->s.fd = -1;
	e->link = k;
	e->task.run = run_task;
	rmqi_list_init(&e->segments);
	rmqi_buf_init(&e->transit, QUEUE_MAX);
	rmqi_buf_init(&e->arrived, QUEUE_MAX);
	return rmqi_timer_init(&e->timer, rmqi_loop_timers(l), run_timer);
}

static struct rmqi_host host_of(const char *address)
{
	struct rmqi_host host;
	struct rmqi_address a;

	if (rmqi_host_parse(rmqi_str(address), &host))
		return host;
	host = (struct rmqi_host){.ip = {127, 0, 0, 1}};
	if (rmqi_address_parse(rmqi_str(address), &a) == RMQ_OK)
		host.port = a.port;
	return host;
}

/* ends[0] connects, ends[1] accepts. */
enum rmq_error rmqi_inproc_link(struct rmqi_inproc *n, struct rmqi_loop *from, struct rmqi_loop *to,
				const char *address, struct rmqi_stream **near,
				struct rmqi_stream **far)
{
	struct link *k = rmqi_calloc(1, sizeof(*k));

	if (!k)
		return RMQ_ERR_NO_MEMORY;
	k->net = n;
	k->refs = 2;
	k->ends[0].other = &k->ends[1];
	k->ends[1].other = &k->ends[0];
	if (init_end(&k->ends[0], k, from) != RMQ_OK || init_end(&k->ends[1], k, to) != RMQ_OK) {
		rmqi_timer_deinit(&k->ends[0].timer);
		rmqi_free(k);
		return RMQ_ERR_NO_MEMORY;
	}
	k->ends[0].s.peer = host_of(address);
	k->ends[0].s.local = (struct rmqi_host){.ip = {127, 0, 0, 1}};
	k->ends[0].s.local.port = FIRST_CLIENT_PORT + n->next_client++ % CLIENT_PORTS;
	k->ends[1].s.peer = k->ends[0].s.local;
	k->ends[1].s.local = k->ends[0].s.peer;
	snprintf(k->address, sizeof(k->address), "%s", address);
	k->is_cut = rmqi_inproc_is_cut(n, address);
	rmqi_list_push(&n->links, &k->node);
	*near = &k->ends[0].s;
	*far = &k->ends[1].s;
	return RMQ_OK;
}
