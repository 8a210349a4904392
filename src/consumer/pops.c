/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pops.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/popped.h"
#include "consumer/acking.h"
#include "consumer/mq.h"

enum { ACK_TIMES = 3, SUBJECT_SIZE = 640 };

/* One request, and what it speaks of. */
struct ack {
	struct rmqi_acking acking;
	struct rmqi_list link;
	struct rmqi_pops *pops;
	struct rmqi_mq *mq;               /* a reference */
	struct rmqi_message_block *block; /* a reference: of the messages */
	size_t count;
	const struct rmq_message *items[];
};

bool rmqi_pops_is_over(const struct rmqi_consumer *c, const struct rmq_message *m)
{
	return !m->popped || rmqi_popped_left_us(m->popped, c->clock) <= 0;
}

/* --- What is told of them ------------------------------------------------------------------------ */

static void complain(struct rmqi_pops *p, struct rmqi_mq *mq, const char *address,
		     enum rmq_error error, const struct rmq_error_detail *detail)
{
	char subject[SUBJECT_SIZE];
	int code = detail ? rmq_error_detail_broker_code(detail) : -1;
	struct rmqi_failure f = {.kind = RMQI_TROUBLE_ACK,
				 .subject = subject,
				 .topic = mq->key.topic,
				 .address = address,
				 .error = error,
				 .code = code};

	snprintf(subject, sizeof(subject), "%s@%s", mq->key.topic, mq->key.broker_name);
	if (code >= 0)
		f.why = rmqi_str(rmq_error_detail_remark(detail));
	else
		f.why = rmqi_str(detail ? rmq_error_detail_message(detail) : "");
	/* A queue that is dropped holds no complaint. */
	if (mq->state == RMQI_MQ_DROPPED)
		RMQI_LOG(p->consumer->log, RMQ_LOG_WARN,
			 "group %s: messages of %s are delivered again, as they cannot be "
			 "acknowledged: %.*s",
			 p->consumer->group, subject, RMQI_STR_ARG(f.why));
	else
		rmqi_client_complain(p->consumer->client, &f, &mq->is_ack_stuck);
}

void rmqi_pops_tell_over(struct rmqi_pops *p, struct rmqi_delivery *d)
{
	struct rmq_error_detail *detail;

	if (d->is_over_told)
		return;
	d->is_over_told = true;
	detail = rmqi_detail_new();
	rmqi_detail_set(detail, RMQ_ERR_EXPIRED, 0,
			"messages were not done within popInvisibleTime (%lld ms): they are "
			"delivered again, here or elsewhere",
			(long long)p->consumer->set.pop_invisible_ms);
	complain(p, d->mq, NULL, RMQ_ERR_EXPIRED, detail);
	rmqi_detail_discard(detail);
}

/* --- One request ---------------------------------------------------------------------------------- */

static void start(struct ack *a, enum rmqi_acking_kind kind, int64_t delay_ms);

/* NULL: memory is out; the messages come again. */
static struct ack *ack_new(struct rmqi_pops *p, struct rmqi_mq *mq,
			   struct rmqi_message_block *block, size_t room)
{
	struct ack *a = rmqi_calloc(1, sizeof(*a) + room * sizeof(a->items[0]));

	if (!a) {
		complain(p, mq, NULL, RMQ_ERR_NO_MEMORY, NULL);
		return NULL;
	}
	a->pops = p;
	a->mq = rmqi_mq_ref(mq);
	a->block = block;
	rmqi_message_block_ref(block);
	rmqi_list_init(&a->link);
	return a;
}

static void ack_free(struct ack *a)
{
	struct rmqi_pops *p = a->pops;

	rmqi_list_remove(&a->link);
	rmqi_detail_discard(a->acking.detail);
	rmqi_message_block_unref(a->block);
	rmqi_mq_unref(a->mq);
	rmqi_free(a);
	if (p->is_awaited && rmqi_list_is_empty(&p->acks))
		rmqi_event_set(&p->quiet);
}

static void add(struct ack *a, const struct rmq_message *m)
{
	a->items[a->count++] = m;
}

/* Of one message out of a batch that cannot be told as one. */
static void start_alone(struct ack *batch, const struct rmq_message *m)
{
	struct ack *a = ack_new(batch->pops, batch->mq, batch->block, 1);

	if (!a)
		return;
	add(a, m);
	start(a, RMQI_ACKING_ACK, 0);
}

static bool is_for_each(const struct ack *a)
{
	enum rmq_error err = a->acking.error;

	return a->acking.kind == RMQI_ACKING_BATCH &&
	       (err == RMQ_ERR_UNSUPPORTED || err == RMQ_ERR_TOO_LARGE || err == RMQ_ERR_PROTOCOL);
}

static void works(struct ack *a)
{
	char subject[SUBJECT_SIZE];

	if (!a->mq->is_ack_stuck)
		return;
	snprintf(subject, sizeof(subject), "%s@%s", a->mq->key.topic, a->mq->key.broker_name);
	rmqi_client_settle(a->pops->consumer->client, RMQI_TROUBLE_ACK, subject,
			   &a->mq->is_ack_stuck);
}

static void on_told(struct rmqi_acking *acking)
{
	struct ack *a = RMQI_CONTAINER(acking, struct ack, acking);

	if (!a->pops->consumer->is_gone) {
		if (acking->error == RMQ_OK)
			works(a);
		else if (is_for_each(a))
			for (size_t i = 0; i < a->count; i++)
				start_alone(a, a->items[i]);
		else
			complain(a->pops, a->mq, acking->address, acking->error, acking->detail);
	}
	ack_free(a);
}

/* It is the loop's from now on. */
static void start(struct ack *a, enum rmqi_acking_kind kind, int64_t delay_ms)
{
	struct rmqi_pops *p = a->pops;
	struct rmqi_consumer *c = p->consumer;
	int64_t deadline = rmqi_consumer_deadline(c, ACK_TIMES * c->set.api_timeout_ms);
	int64_t over = rmqi_clock_us(c->clock) + rmqi_popped_left_us(a->items[0]->popped, c->clock);

	a->acking = (struct rmqi_acking){.consumer = c,
					 .kind = kind,
					 .messages = a->items,
					 .count = a->count,
					 .invisible_ms = delay_ms,
					 .deadline_us = deadline < over ? deadline : over,
					 .is_last = true,
					 .detail = rmqi_detail_new(),
					 .fn = on_told};
	rmqi_list_push(&p->acks, &a->link);
	if (rmqi_acking_start(&a->acking) == RMQ_OK)
		return;
	complain(p, a->mq, NULL, RMQ_ERR_NO_MEMORY, NULL);
	ack_free(a);
}

/* --- What is to be told ------------------------------------------------------------------------------ */

static bool is_untold(const struct rmqi_delivery *d, size_t at)
{
	return d->ages[at] != RMQI_AGE_TOLD && rmqi_delivery_state(d, at) == RMQI_ITEM_DONE;
}

static size_t count_untold(const struct rmqi_delivery *d)
{
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++)
		count += is_untold(d, i) ? 1 : 0;
	return count;
}

/* More may be done meanwhile: those are for the next time. */
static void gather(struct rmqi_delivery *d, size_t room, struct ack *a)
{
	for (size_t i = 0; i < d->count && room > 0; i++) {
		if (!is_untold(d, i))
			continue;
		d->ages[i] = RMQI_AGE_TOLD;
		room--;
		if (a)
			add(a, d->items[i]);
	}
}

/* It counts for nothing. What is done of a queue after its drop is not counted at all. */
static void end_over(struct rmqi_pops *p, struct rmqi_delivery *d, size_t count)
{
	gather(d, count, NULL);
	if (d->mq->state != RMQI_MQ_DROPPED)
		d->mq->stats->now.failures += (int64_t)count;
	rmqi_pops_tell_over(p, d);
}

void rmqi_pops_settle(struct rmqi_pops *p, struct rmqi_delivery *d)
{
	size_t count = count_untold(d);
	struct ack *a;

	if (count == 0)
		return;
	/* One answer, one time: that of all of them. */
	if (rmqi_pops_is_over(p->consumer, d->items[0])) {
		end_over(p, d, count);
		return;
	}
	a = ack_new(p, d->mq, d->block, count);
	gather(d, count, a);
	if (a)
		start(a, count > 1 ? RMQI_ACKING_BATCH : RMQI_ACKING_ACK, 0);
}

void rmqi_pops_postpone(struct rmqi_pops *p, struct rmqi_delivery *d, size_t at, int64_t delay_ms)
{
	struct ack *a = ack_new(p, d->mq, d->block, 1);

	if (!a)
		return;
	add(a, d->items[at]);
	start(a, RMQI_ACKING_CHANGE, delay_ms);
}

void rmqi_pops_refuse(struct rmqi_pops *p, struct rmqi_mq *mq, struct rmqi_message_block *block,
		      const struct rmq_message *m)
{
	struct ack *a = ack_new(p, mq, block, 1);

	if (!a)
		return;
	add(a, m);
	start(a, RMQI_ACKING_ACK, 0);
}

/* --- Life ----------------------------------------------------------------------------------------- */

void rmqi_pops_init(struct rmqi_pops *p, const struct rmqi_env *env)
{
	rmqi_list_init(&p->acks);
	rmqi_event_init(&p->quiet, env);
}

void rmqi_pops_set_up(struct rmqi_pops *p, struct rmqi_consumer *c)
{
	p->consumer = c;
}

void rmqi_pops_stop(struct rmqi_pops *p)
{
	RMQI_LIST_EACH(node, &p->acks)
		rmqi_acking_hurry(&RMQI_LIST_ITEM(node, struct ack, link)->acking);
}

void rmqi_pops_deinit(struct rmqi_pops *p)
{
	rmqi_event_deinit(&p->quiet);
}

void rmqi_pops_await(struct rmqi_pops *p)
{
	p->is_awaited = true;
	if (rmqi_list_is_empty(&p->acks))
		rmqi_event_set(&p->quiet);
}
