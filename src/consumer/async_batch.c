/* SPDX-License-Identifier: Apache-2.0 */
/*
 * async_batch.c - many acks of a simple consumer that nobody waits for (async_acks.h). One piece of memory holds all
 * of it: what is kept, the lists of the batch.
 */
#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "consumer/async_acks.h"

struct async_batch {
	struct rmqi_async_ack base;
	struct rmqi_ack_batch batch;
	struct rmqi_task task;
	struct rmqi_ack_batch_order order;
	/* batch.count of them, a reference each. Behind it the lists of the batch. */
	const struct rmq_message *kept[];
};

/* --- What is kept --------------------------------------------------------------------------------- */

/* One reference a run of messages of one block: most of them are of the same answer. */
static bool keep(struct async_batch *a, size_t at)
{
	const struct rmq_message *m = a->order.messages[at];

	if (at > 0 && rmqi_message_is_in_block(m) && a->kept[at - 1]->block == m->block)
		a->kept[at] = m;
	else
		a->kept[at] = rmq_message_ref(m);
	return a->kept[at] != NULL;
}

/* A block may end with its reference, and its messages with it: the next run is looked for before. */
static void let_go(struct async_batch *a, size_t count)
{
	for (size_t i = 0; i < count;) {
		const struct rmq_message *m = a->kept[i++];

		while (m->block && i < count && a->kept[i]->block == m->block)
			i++;
		rmq_message_free((struct rmq_message *)(uintptr_t)m);
	}
}

/* --- The end -------------------------------------------------------------------------------------- */

static void run_callback(struct rmqi_task *task)
{
	struct async_batch *a = RMQI_CONTAINER(task, struct async_batch, task);
	struct rmqi_consumer *c = a->order.consumer;
	const struct rmqi_ack_batch *b = &a->batch;

	a->order.fn(b->error, b->results, b->count, b->error == RMQ_OK ? NULL : b->detail,
		    a->order.arg);
	rmqi_detail_discard(b->detail);
	let_go(a, b->count);
	rmqi_free(a);
	rmqi_consumer_unref(c);
}

static void on_told(struct rmqi_ack_batch *b)
{
	struct async_batch *a = RMQI_CONTAINER(b, struct async_batch, batch);

	rmqi_async_acks_end(a->order.acks, &a->base);
	a->task.run = run_callback;
	rmqi_client_callback(a->order.consumer->client, &a->task);
}

/* --- The beginning --------------------------------------------------------------------------------- */

static void start(struct rmqi_task *task)
{
	struct async_batch *a = RMQI_CONTAINER(task, struct async_batch, task);

	rmqi_async_acks_begin(a->order.acks, &a->base);
	a->batch.is_once = a->order.acks->is_ending;
	rmqi_ack_batch_start(&a->batch);
}

static void hurry(struct rmqi_async_ack *base)
{
	rmqi_ack_batch_hurry(&RMQI_CONTAINER(base, struct async_batch, base)->batch);
}

static enum rmq_error not_started(enum rmq_error error, struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, error, 0, "no memory or no thread for the acks");
}

/* NULL: memory is out. */
static struct async_batch *make(const struct rmqi_ack_batch_order *order)
{
	size_t kept = order->count * sizeof(const struct rmq_message *), i = 0;
	struct async_batch *a = rmqi_alloc(sizeof(*a) + kept + rmqi_ack_batch_room(order->count));

	if (!a)
		return NULL;
	a->order = *order;
	while (i < order->count && keep(a, i))
		i++;
	if (i == order->count)
		return a;
	let_go(a, i);
	rmqi_free(a);
	return NULL;
}

enum rmq_error rmqi_async_batch_start(const struct rmqi_ack_batch_order *order,
				      struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_need_callbacks(order->consumer->client);
	struct async_batch *a = err == RMQ_OK ? make(order) : NULL;

	if (!a)
		return not_started(err != RMQ_OK ? err : RMQ_ERR_NO_MEMORY, detail);
	a->base.hurry = hurry;
	a->batch = (struct rmqi_ack_batch){.consumer = rmqi_consumer_ref(order->consumer),
					   .messages = a->kept,
					   .count = order->count,
					   .patience_ms = order->patience_ms,
					   .detail = rmqi_detail_new(),
					   .fn = on_told};
	rmqi_ack_batch_lend(&a->batch, a->kept + order->count);
	a->task.run = start;
	rmqi_loop_post(order->consumer->loop, &a->task);
	return RMQ_OK;
}
