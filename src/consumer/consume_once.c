/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the listener out of turn: see sink.h. */
#include <limits.h>

#include "consumer/consume_service.h"

static void end_once(struct rmqi_task *task)
{
	struct rmqi_once *o = RMQI_CONTAINER(task, struct rmqi_once, task);

	o->done(o);
}

/* The consumer is kept until its loop has the task: it stays until that has run. */
static void tell_once(struct rmqi_once *o)
{
	struct rmqi_consumer *c =
		RMQI_CONTAINER(o->sink, struct rmqi_consume_service, sink)->consumer;

	o->task.run = end_once;
	rmqi_loop_post(c->loop, &o->task);
	rmqi_consumer_unref(c);
}

static void run_once(struct rmqi_task *task)
{
	struct rmqi_once *o = RMQI_CONTAINER(task, struct rmqi_once, task);
	struct rmqi_consume_service *s = RMQI_CONTAINER(o->sink, struct rmqi_consume_service, sink);
	struct rmq_consume_context ctx = {.queue = o->message->queue, .ack_index = INT_MAX};
	int64_t start = rmqi_clock_us(s->consumer->clock);

	if (!atomic_load(&s->is_stopping)) {
		o->is_success =
			s->listener(s->handle, &o->message, 1, &ctx, s->arg) == RMQ_CONSUME_SUCCESS;
		o->was_called = true;
	}
	o->spent_us = rmqi_clock_us(s->consumer->clock) - start;
	tell_once(o);
}

bool rmqi_consume_once(struct rmqi_sink *sink, struct rmqi_once *o)
{
	struct rmqi_consume_service *s = RMQI_CONTAINER(sink, struct rmqi_consume_service, sink);

	/* From then on the pool is the closing thread's. */
	if (atomic_load(&s->is_stopping) || !s->pool)
		return false;
	o->sink = sink;
	o->task.run = run_once;
	rmqi_consumer_ref(s->consumer);
	rmqi_post(rmqi_pool_executor(s->pool), &o->task);
	return true;
}

bool rmqi_consume_once_drop(struct rmqi_task *task)
{
	if (task->run != run_once)
		return false;
	tell_once(RMQI_CONTAINER(task, struct rmqi_once, task));
	return true;
}
