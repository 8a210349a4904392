/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc.c
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
#include "net/inproc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/sim.h"
#include "net/address.h"
#include "net/inproc_impl.h"

enum {
	FIRST_PORT = 10000,        /* of listeners that ask for any */
	FIRST_CLIENT_PORT = 50000, /* of connecting ends */
	CLIENT_PORTS = 15000,
	QUEUE_MAX = 1024 * 1024 /* bytes under way in one direction; like socket buffers */
};

struct rmqi_inproc {
	struct rmqi_sim *sim;
	struct rmqi_map listeners; /* by address */
	struct rmqi_map cuts;      /* by address; any value */
	struct rmqi_list links;
	int64_t latency_us;
	uint64_t in_flight;
	uint32_t next_port;
	uint32_t next_client;
};

struct rmqi_inproc_listener {
	struct rmqi_inproc *net;
	struct rmqi_loop *loop;
	void (*accept)(void *arg, struct rmqi_stream *s);
	void *arg;
	char address[RMQI_ADDRESS_MAX];
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

/* --- The network ------------------------------------------------------------------ */

enum rmq_error rmqi_inproc_new(struct rmqi_sim *sim, struct rmqi_inproc **out)
{
	struct rmqi_inproc *n = rmqi_calloc(1, sizeof(*n));

	if (!n)
		return RMQ_ERR_NO_MEMORY;
	n->sim = sim;
	rmqi_map_init(&n->listeners);
	rmqi_map_init(&n->cuts);
	rmqi_list_init(&n->links);
	n->next_port = FIRST_PORT;
	*out = n;
	return RMQ_OK;
}

void rmqi_inproc_free(struct rmqi_inproc *n)
{
	if (!n)
		return;
	/* Links and listeners point here. */
	assert(rmqi_list_is_empty(&n->links) && n->listeners.count == 0);
	rmqi_map_deinit(&n->listeners, NULL);
	rmqi_map_deinit(&n->cuts, NULL);
	rmqi_free(n);
}

void rmqi_inproc_set_latency_us(struct rmqi_inproc *n, int64_t us)
{
	n->latency_us = us;
}

uint64_t rmqi_inproc_in_flight(const struct rmqi_inproc *n)
{
	return n->in_flight;
}

static bool is_cut(const struct rmqi_inproc *n, const char *address)
{
	return rmqi_map_get(&n->cuts, rmqi_str(address)) != NULL;
}

static int64_t now_us(const struct rmqi_inproc *n)
{
	return rmqi_clock_us(rmqi_sim_clock(n->sim));
}

/* --- Links --------------------------------------------------------------------------- */

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
	if (due <= now_us(e->link->net))
		post(e);
	else
		rmqi_timer_start(&e->timer, due);
}

void rmqi_inproc_set_cut(struct rmqi_inproc *n, const char *address, bool cut)
{
	if (!cut)
		rmqi_map_remove(&n->cuts, rmqi_str(address));
	else if (rmqi_map_set(&n->cuts, rmqi_str(address), n, NULL) != RMQ_OK)
		return; /* no memory: a network that cannot be cut */
	RMQI_LIST_EACH(node, &n->links) {
		struct link *k = RMQI_LIST_ITEM(node, struct link, node);

		if (!rmqi_str_is(rmqi_str(k->address), address))
			continue;
		k->is_cut = cut;
		schedule(&k->ends[0]);
		schedule(&k->ends[1]);
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
	int64_t now = now_us(e->link->net);

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
	int64_t due = now_us(to->link->net) + to->link->net->latency_us;
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

static void end_want(struct rmqi_stream *s, bool read, bool write)
{
	struct end *e = RMQI_CONTAINER(s, struct end, s);
	bool is_new = (read && !e->wants_read) || (write && !e->wants_write);

	e->wants_read = read;
	e->wants_write = write;
	if (is_new)
		post(e);
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
		e->other->fin_us = now_us(n) + n->latency_us;
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
static struct link *new_link(struct rmqi_inproc *n, struct rmqi_loop *from, struct rmqi_loop *to,
			     const char *address)
{
	struct link *k = rmqi_calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->net = n;
	k->refs = 2;
	k->ends[0].other = &k->ends[1];
	k->ends[1].other = &k->ends[0];
	if (init_end(&k->ends[0], k, from) != RMQ_OK || init_end(&k->ends[1], k, to) != RMQ_OK) {
		rmqi_timer_deinit(&k->ends[0].timer);
		rmqi_free(k);
		return NULL;
	}
	k->ends[0].s.peer = host_of(address);
	k->ends[0].s.local = (struct rmqi_host){.ip = {127, 0, 0, 1}};
	k->ends[0].s.local.port = FIRST_CLIENT_PORT + n->next_client++ % CLIENT_PORTS;
	k->ends[1].s.peer = k->ends[0].s.local;
	k->ends[1].s.local = k->ends[0].s.peer;
	snprintf(k->address, sizeof(k->address), "%s", address);
	k->is_cut = is_cut(n, address);
	rmqi_list_push(&n->links, &k->node);
	return k;
}

/* --- Listening ------------------------------------------------------------------------------ */

static void choose_port(struct rmqi_inproc *n, struct rmqi_address *a, char *text, size_t size)
{
	do {
		a->port = (uint16_t)n->next_port++;
		rmqi_address_text(a, text, size);
	} while (rmqi_map_get(&n->listeners, rmqi_str(text)));
}

enum rmq_error rmqi_inproc_listen(struct rmqi_inproc *n, struct rmqi_loop *l, const char *address,
				  void (*accept)(void *arg, struct rmqi_stream *s), void *arg,
				  struct rmqi_inproc_listener **out)
{
	struct rmqi_inproc_listener *listener = rmqi_calloc(1, sizeof(*listener));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	struct rmqi_address a;

	if (!listener)
		return err;
	err = rmqi_address_parse(rmqi_str(address), &a);
	if (err != RMQ_OK)
		goto out;
	rmqi_address_text(&a, listener->address, sizeof(listener->address));
	if (a.port == 0)
		choose_port(n, &a, listener->address, sizeof(listener->address));
	if (rmqi_map_get(&n->listeners, rmqi_str(listener->address))) {
		err = RMQ_ERR_CONNECT;
		goto out;
	}
	listener->net = n;
	listener->loop = l;
	listener->accept = accept;
	listener->arg = arg;
	err = rmqi_map_set(&n->listeners, rmqi_str(listener->address), listener, NULL);
out:
	if (err == RMQ_OK)
		*out = listener;
	else
		rmqi_free(listener);
	return err;
}

const char *rmqi_inproc_listener_address(const struct rmqi_inproc_listener *l)
{
	return l->address;
}

void rmqi_inproc_unlisten(struct rmqi_inproc_listener *l)
{
	if (!l)
		return;
	rmqi_map_remove(&l->net->listeners, rmqi_str(l->address));
	rmqi_free(l);
}

/* --- Connecting: SYN to the listener's loop, ACK or refusal back --------------------------------- */

struct rmqi_inproc_dial {
	struct rmqi_inproc *net;
	struct rmqi_loop *loop;
	void (*fn)(void *arg, enum rmq_error error, struct rmqi_stream *s);
	void *arg;
	struct rmqi_timer timer; /* of `loop`: a flight there and back */
	struct rmqi_task task;   /* used for one step at a time */
	bool is_posted;
	bool is_cancelled;
	bool is_arrived;            /* the SYN has */
	struct rmqi_stream *stream; /* NULL: refused */
	char address[RMQI_ADDRESS_MAX];
};

static void free_dial(struct rmqi_inproc_dial *d)
{
	rmqi_timer_deinit(&d->timer);
	rmqi_free(d);
}

static void run_step(struct rmqi_task *task);

static void post_step(struct rmqi_inproc_dial *d, struct rmqi_loop *l)
{
	d->is_posted = true;
	d->task.run = run_step;
	rmqi_loop_post(l, &d->task);
}

static void finish_dial(struct rmqi_inproc_dial *d)
{
	void (*fn)(void *, enum rmq_error, struct rmqi_stream *) = d->fn;
	struct rmqi_stream *s = d->stream;
	void *arg = d->arg;

	free_dial(d);
	fn(arg, s ? RMQ_OK : RMQ_ERR_CONNECT, s);
}

/* On the listener's loop. The listener may have gone since the SYN was posted. */
static void accept_syn(struct rmqi_inproc_dial *d)
{
	struct rmqi_inproc_listener *listener =
		rmqi_map_get(&d->net->listeners, rmqi_str(d->address));
	struct link *k;

	if (!listener || !rmqi_loop_is_current(listener->loop))
		return;
	k = new_link(d->net, d->loop, listener->loop, d->address);
	if (!k)
		return;
	d->stream = &k->ends[0].s;
	listener->accept(listener->arg, &k->ends[1].s);
}

static void send_back(struct rmqi_inproc_dial *d)
{
	if (d->net->latency_us > 0)
		rmqi_timer_start(&d->timer, now_us(d->net) + d->net->latency_us);
	else
		post_step(d, d->loop);
}

static void run_step(struct rmqi_task *task)
{
	struct rmqi_inproc_dial *d = RMQI_CONTAINER(task, struct rmqi_inproc_dial, task);

	d->is_posted = false;
	if (d->is_cancelled) {
		if (d->stream)
			d->stream->ops->close(d->stream);
		rmqi_free(d);
		return;
	}
	if (d->is_arrived) {
		finish_dial(d);
		return;
	}
	d->is_arrived = true;
	accept_syn(d);
	send_back(d);
}

/* A flight has ended: the SYN's at the listener's side, or the answer's at ours. */
static void land(struct rmqi_timer *t)
{
	struct rmqi_inproc_dial *d = RMQI_CONTAINER(t, struct rmqi_inproc_dial, timer);
	struct rmqi_inproc_listener *listener;

	if (d->is_arrived) {
		finish_dial(d);
		return;
	}
	listener = rmqi_map_get(&d->net->listeners, rmqi_str(d->address));
	if (listener) {
		post_step(d, listener->loop);
		return;
	}
	d->is_arrived = true;
	send_back(d);
}

enum rmq_error rmqi_inproc_dial(struct rmqi_inproc *n, struct rmqi_loop *l, const char *address,
				void (*fn)(void *arg, enum rmq_error error, struct rmqi_stream *s),
				void *arg, struct rmqi_inproc_dial **out)
{
	struct rmqi_inproc_dial *d = rmqi_calloc(1, sizeof(*d));

	if (!d)
		return RMQ_ERR_NO_MEMORY;
	if (rmqi_timer_init(&d->timer, rmqi_loop_timers(l), land) != RMQ_OK) {
		rmqi_free(d);
		return RMQ_ERR_NO_MEMORY;
	}
	d->net = n;
	d->loop = l;
	d->fn = fn;
	d->arg = arg;
	snprintf(d->address, sizeof(d->address), "%s", address);
	*out = d;
	if (is_cut(n, address))
		return RMQ_OK; /* nothing happens until it is cancelled */
	if (n->latency_us > 0)
		rmqi_timer_start(&d->timer, now_us(n) + n->latency_us);
	else
		land(&d->timer);
	return RMQ_OK;
}

void rmqi_inproc_dial_cancel(struct rmqi_inproc_dial *d)
{
	if (d->is_posted) { /* the loop still holds the task */
		d->is_cancelled = true;
		rmqi_timer_deinit(&d->timer);
		return;
	}
	if (d->stream)
		d->stream->ops->close(d->stream);
	free_dial(d);
}
