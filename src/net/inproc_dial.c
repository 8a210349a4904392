/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inproc_dial.c - connecting in a simulation: a SYN flies to the listener's loop, an ACK
 * or a refusal back.
 */
#include <stdio.h>

#include "base/mem.h"
#include "net/inproc_impl.h"

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
	struct rmqi_stream *far;

	if (!listener || !rmqi_loop_is_current(listener->loop) ||
	    rmqi_inproc_link(d->net, d->loop, listener->loop, d->address, &d->stream, &far) !=
		    RMQ_OK)
		return;
	listener->accept(listener->arg, far);
}

static void send_back(struct rmqi_inproc_dial *d)
{
	if (d->net->latency_us > 0)
		rmqi_timer_start(&d->timer, rmqi_inproc_now_us(d->net) + d->net->latency_us);
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
	if (rmqi_inproc_is_cut(n, address))
		return RMQ_OK; /* nothing happens until it is cancelled */
	if (n->latency_us > 0)
		rmqi_timer_start(&d->timer, rmqi_inproc_now_us(n) + n->latency_us);
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
