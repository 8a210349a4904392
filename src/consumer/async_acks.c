/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/async_acks.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"

struct async_ack {
	struct rmqi_async_ack base;
	struct rmqi_acking acking;
	struct rmqi_task task;
	struct rmqi_ack_order order;
	const struct rmq_message *kept; /* a reference */
};

/* --- The end -------------------------------------------------------------------------------------- */

static void run_callback(struct rmqi_task *task)
{
	struct async_ack *a = RMQI_CONTAINER(task, struct async_ack, task);
	struct rmqi_consumer *c = a->order.consumer;
	enum rmq_error err = a->acking.error;

	a->order.fn(err, err == RMQ_OK ? NULL : a->acking.detail, a->order.arg);
	rmqi_detail_discard(a->acking.detail);
	rmq_message_free((struct rmq_message *)(uintptr_t)a->kept);
	rmqi_free(a);
	rmqi_consumer_unref(c);
}

static void on_told(struct rmqi_acking *acking)
{
	struct async_ack *a = RMQI_CONTAINER(acking, struct async_ack, acking);

	rmqi_async_acks_end(a->order.acks, &a->base);
	a->task.run = run_callback;
	rmqi_client_callback(a->order.consumer->client, &a->task);
}

/* --- The beginning --------------------------------------------------------------------------------- */

static void start(struct rmqi_task *task)
{
	struct async_ack *a = RMQI_CONTAINER(task, struct async_ack, task);

	rmqi_async_acks_begin(a->order.acks, &a->base);
	a->acking.is_once = a->order.acks->is_ending;
	if (rmqi_acking_start(&a->acking) == RMQ_OK)
		return;
	a->acking.error = rmqi_detail_set(a->acking.detail, RMQ_ERR_NO_MEMORY, 0,
					  "no memory for the request");
	on_told(&a->acking);
}

static void hurry(struct rmqi_async_ack *base)
{
	rmqi_acking_hurry(&RMQI_CONTAINER(base, struct async_ack, base)->acking);
}

static enum rmq_error not_started(enum rmq_error error, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, error, 0, "no memory or no thread for the ack");
}

enum rmq_error rmqi_async_ack_start(const struct rmqi_ack_order *order,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_need_callbacks(order->consumer->client);
	struct async_ack *a = err == RMQ_OK ? rmqi_calloc(1, sizeof(*a)) : NULL;

	if (!a)
		return not_started(err != RMQ_OK ? err : RMQ_ERR_NO_MEMORY, detail);
	a->order = *order;
	a->kept = rmq_message_ref(order->message);
	if (!a->kept) {
		rmqi_free(a);
		return not_started(RMQ_ERR_NO_MEMORY, detail);
	}
	a->base.hurry = hurry;
	a->acking = (struct rmqi_acking){.consumer = rmqi_consumer_ref(order->consumer),
					 .kind = order->kind,
					 .messages = &a->kept,
					 .count = 1,
					 .invisible_ms = order->invisible_ms,
					 .deadline_us = order->deadline_us,
					 .detail = rmqi_detail_new(),
					 .fn = on_told};
	a->task.run = start;
	rmqi_loop_post(order->consumer->loop, &a->task);
	return RMQ_OK;
}

/* --- Life ----------------------------------------------------------------------------------------- */

void rmqi_async_acks_init(struct rmqi_async_acks *s, const struct rmqi_env *env)
{
	rmqi_list_init(&s->under_way);
	rmqi_event_init(&s->quiet, env);
}

void rmqi_async_acks_deinit(struct rmqi_async_acks *s)
{
	rmqi_event_deinit(&s->quiet);
}

void rmqi_async_acks_begin(struct rmqi_async_acks *s, struct rmqi_async_ack *a)
{
	rmqi_list_init(&a->link);
	rmqi_list_push(&s->under_way, &a->link);
}

void rmqi_async_acks_end(struct rmqi_async_acks *s, struct rmqi_async_ack *a)
{
	rmqi_list_remove(&a->link);
	if (s->is_awaited && rmqi_list_is_empty(&s->under_way))
		rmqi_event_set(&s->quiet);
}

void rmqi_async_acks_await(struct rmqi_async_acks *s)
{
	s->is_awaited = true;
	if (rmqi_list_is_empty(&s->under_way))
		rmqi_event_set(&s->quiet);
}

void rmqi_async_acks_hurry(struct rmqi_async_acks *s)
{
	s->is_ending = true;
	RMQI_LIST_EACH(node, &s->under_way) {
		struct rmqi_async_ack *a = RMQI_LIST_ITEM(node, struct rmqi_async_ack, link);

		a->hurry(a);
	}
}
