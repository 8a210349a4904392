/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/assign.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/namespace.h"
#include "consumer/mq.h"
#include "send/queues.h"

struct assign_call {
	struct rmqi_member *member;
	const struct rmq_queue *queues;
	size_t count;
	const char *expression;
	enum rmq_error error;
};

static bool is_queue(const struct rmqi_mq *mq, const struct rmq_queue *q)
{
	return mq->key.queue_id == q->queue_id && strcmp(mq->key.topic, q->topic) == 0 &&
	       strcmp(mq->key.broker_name, q->broker_name) == 0;
}

static struct rmqi_mq *find_in(const struct rmqi_sub *sub, const struct rmq_queue *q)
{
	RMQI_LIST_EACH(node, &sub->mqs) {
		struct rmqi_mq *mq = RMQI_LIST_ITEM(node, struct rmqi_mq, link);

		if (mq->state < RMQI_MQ_LEAVING && is_queue(mq, q))
			return mq;
	}
	return NULL;
}

struct rmqi_mq *rmqi_member_queue(struct rmqi_member *m, const struct rmq_queue *queue)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(&m->consumer.subs, queue->topic);

	return sub ? find_in(sub, queue) : NULL;
}

static bool is_wanted(const struct assign_call *a, const struct rmqi_mq *mq)
{
	for (size_t i = 0; i < a->count; i++)
		if (is_queue(mq, &a->queues[i]))
			return true;
	return false;
}

static void drop_unwanted(const struct assign_call *a)
{
	struct rmqi_consumer *c = &a->member->consumer;

	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (!is_wanted(a, mq))
				rmqi_mq_drop(mq);
		}
		if (!rmqi_list_is_empty(&sub->mqs))
			continue;
		if (c->is_active)
			rmqi_client_unwatch(c->client, rmqi_sub_topic(sub));
		rmqi_subscriptions_remove(&c->subs, sub);
	}
}

static enum rmq_error add(struct assign_call *a, const struct rmq_queue *q)
{
	struct rmqi_consumer *c = &a->member->consumer;
	struct rmqi_queue key = {(char *)(uintptr_t)q->topic, (char *)(uintptr_t)q->broker_name,
				 q->queue_id};
	struct rmqi_sub *sub;
	struct rmqi_mq *mq;
	enum rmq_error err;

	err = rmqi_subscriptions_put(&c->subs, q->topic, RMQI_EXPRESSION_TAG, a->expression,
				     rmqi_clock_wall_ms(c->clock), false, &sub);
	if (err == RMQ_OK && !find_in(sub, q))
		err = rmqi_mq_new(c, sub, &key, &mq);
	if (err != RMQ_OK || !c->is_active)
		return err;
	err = rmqi_client_watch(c->client, q->topic);
	rmqi_member_know_route(c, sub);
	return err;
}

static void assign(void *arg)
{
	struct assign_call *a = arg;
	struct rmqi_consumer *c = &a->member->consumer;

	a->error = RMQ_ERR_STATE;
	if (!c->is_assigned && c->subs.user_count > 0)
		return;
	c->is_assigned = true;
	drop_unwanted(a);
	a->error = RMQ_OK;
	for (size_t i = 0; i < a->count && a->error == RMQ_OK; i++)
		a->error = add(a, &a->queues[i]);
	if (c->is_active)
		rmqi_rebalance_soon(&a->member->rebalance, 0);
}

enum rmq_error rmqi_member_assign(struct rmqi_member *m, const struct rmq_queue *queues,
				  size_t count, const char *expression,
				  struct rmq_error_detail *detail)
{
	struct assign_call a = {
		.member = m, .queues = queues, .count = count, .expression = expression};

	rmqi_loop_call(m->consumer.loop, assign, &a);
	if (a.error == RMQ_ERR_STATE)
		return rmqi_detail_set(detail, a.error, RMQ_ERROR_FATAL,
				       "the consumer has subscribed: subscribe and assign exclude "
				       "each other");
	if (a.error == RMQ_ERR_INVALID_ARGUMENT)
		return rmqi_detail_set(detail, a.error, RMQ_ERROR_FATAL,
				       "the expression \"%s\" cannot be parsed", expression);
	if (a.error != RMQ_OK)
		return rmqi_detail_set(detail, a.error, 0, "%s", rmq_error_text(a.error));
	return RMQ_OK;
}

static void read_assigned(void *arg)
{
	struct assign_call *a = arg;

	a->count = a->member->consumer.is_assigned;
}

bool rmqi_member_is_assigned(struct rmqi_member *m)
{
	struct assign_call a = {.member = m};

	rmqi_loop_call(m->consumer.loop, read_assigned, &a);
	return a.count > 0;
}

/* --- What is held ---------------------------------------------------------------------------------- */

static size_t collect(const struct rmqi_consumer *c, const struct rmqi_queue **out)
{
	size_t n = 0;

	RMQI_LIST_EACH(node, &c->subs.list) {
		const struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (sub->is_retry)
			continue;
		RMQI_LIST_EACH(at, &sub->mqs)
			out[n++] = &RMQI_LIST_ITEM(at, struct rmqi_mq, link)->key;
	}
	return n;
}

struct assignment_call {
	const struct rmqi_consumer *consumer;
	struct rmq_queues *out;
};

static void read_assignment(void *arg)
{
	struct assignment_call *call = arg;
	const struct rmqi_consumer *c = call->consumer;
	const struct rmqi_queue **held =
		rmqi_calloc(atomic_load(&c->queue_count) + 1, sizeof(*held));

	if (!held)
		return;
	call->out = rmqi_queues_copy(held, collect(c, held), rmqi_client_namespace(c->client));
	rmqi_free(held);
}

enum rmq_error rmqi_member_assignment(struct rmqi_member *m, struct rmq_queues **out,
				      struct rmq_error_detail *detail)
{
	struct assignment_call call = {.consumer = &m->consumer};
	enum rmq_error err = rmqi_client_check_caller(m->consumer.client, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(m->consumer.loop, read_assignment, &call);
	if (!call.out)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	*out = call.out;
	return RMQ_OK;
}
