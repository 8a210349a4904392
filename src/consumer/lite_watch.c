/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lite_watch.c - waiting for messages of lite topics. A broker cannot tell that there are some without handing them out
 * (NOTIFICATION of 5.5.0 says so always): so a pop is held there, for no longer than somebody waits. What it brings
 * goes to who waits; and when nobody does any more, it is kept at the place for the next receive, which gets it unless
 * most of its invisible time is gone: then it comes again.
 */
#include "base/detail.h"
#include "base/mem.h"
#include "client/popped.h"
#include "codec/codes.h"
#include "consumer/lite_pop.h"
#include "consumer/lite_topics.h"
#include "consumer/receiver.h"

enum {
	/* How long a broker holds it. What comes in the moment in which 5.5.0 puts it aside does not wake it
	 * (PopLiteMessageProcessor looks before it waits, and not again): so the first ones are short, as much is
	 * sent just when somebody begins to wait. And none is ended when who waits is gone. */
	FIRST_MS = 200,
	POLL_MS = 5000,
	GRACE_MS = 3000,
	QUICK_US = 500 * 1000,
	UNWANTED_MAX = 100 /* answers in a row that nobody wants, and more is asked for at once */
};

struct rmqi_lite_kept {
	struct rmqi_lite_kept *next;
	struct rmqi_message_block *block; /* a reference */
	size_t from;                      /* the first that nobody has */
	int64_t invisible_ms;
};

static int64_t now_us(const struct rmqi_receiver *r)
{
	return rmqi_clock_us(r->consumer->clock);
}

/* --- What is kept ------------------------------------------------------------------------------------- */

static void drop_first(struct rmqi_pop_place *p)
{
	struct rmqi_lite_kept *k = p->kept;

	p->kept = k->next;
	rmqi_message_block_unref(k->block);
	rmqi_free(k);
}

void rmqi_lite_let_go(struct rmqi_pop_place *p)
{
	while (p->kept)
		drop_first(p);
}

/* Nobody in the group gets anything of their lite topics while they are out. */
static void give_back_first(struct rmqi_pop_place *p)
{
	const struct rmqi_lite_kept *k = p->kept;

	for (size_t i = k->from; i < k->block->count; i++)
		if (k->block->messages[i].popped->is_open)
			rmqi_receiver_refuse(p->receiver, &k->block->messages[i]);
	drop_first(p);
}

void rmqi_lite_give_back(struct rmqi_receiver *r)
{
	RMQI_LIST_EACH(node, &r->places) {
		struct rmqi_pop_place *p = RMQI_LIST_ITEM(node, struct rmqi_pop_place, link);

		while (p->kept)
			give_back_first(p);
	}
}

static bool is_stale(const struct rmqi_receive *op, const struct rmqi_lite_kept *k)
{
	int64_t left_us = rmqi_popped_left_us(k->block->messages[k->from].popped,
					      op->receiver->consumer->clock);

	return left_us < op->invisible_ms * 1000 / 2;
}

static bool is_wanted(struct rmqi_receiver *r, const struct rmq_message *m)
{
	if (!m->popped->is_open)
		return false;
	if (rmqi_lite_wants(r, m))
		return true;
	rmqi_receiver_refuse(r, m);
	return false;
}

/* Each block that it has a reference of has one of its messages at least: so there are never more of them. */
static void hand_out(struct rmqi_receive *op, struct rmqi_lite_kept *k)
{
	size_t before = op->count;

	while (k->from < k->block->count && op->count < (size_t)op->max) {
		const struct rmq_message *m = &k->block->messages[k->from++];

		if (is_wanted(op->receiver, m))
			op->items[op->count++] = m;
	}
	if (op->count == before)
		return;
	rmqi_message_block_ref(k->block);
	op->blocks[op->block_count++] = k->block;
}

bool rmqi_lite_take_kept(struct rmqi_receive *op)
{
	struct rmqi_pop_place *p = op->place;

	while (p->kept && op->count < (size_t)op->max) {
		if (is_stale(op, p->kept)) {
			give_back_first(p);
			continue;
		}
		hand_out(op, p->kept);
		if (op->count < (size_t)op->max || p->kept->from == p->kept->block->count)
			drop_first(p);
	}
	return op->count > 0;
}

static bool is_any_wanted(struct rmqi_receiver *r, const struct rmqi_message_block *block)
{
	bool is_any = false;

	for (size_t i = 0; i < block->count; i++)
		is_any = is_wanted(r, &block->messages[i]) || is_any;
	return is_any;
}

static void count_block(const struct rmqi_pop_place *p, struct rmqi_message_block *block)
{
	int64_t now = now_us(p->receiver);
	size_t bytes = 0;

	for (size_t i = 0; i < block->count; i++)
		bytes += block->messages[i].stored_size;
	block->popped->popper = p->receiver->consumer;
	block->popped->stats = p->sub->stats;
	rmqi_stats_pulled(p->sub->stats, now, now - p->asked_us, block->count, bytes);
}

static void keep_block(void *arg, struct rmqi_message_block *block)
{
	struct rmqi_pop_place *p = arg;
	struct rmqi_lite_kept **end = &p->kept, *k = NULL;

	if (is_any_wanted(p->receiver, block)) {
		p->fruitless = 0;
		k = rmqi_calloc(1, sizeof(*k));
	} else {
		p->fruitless++;
	}
	if (!k) {
		rmqi_message_block_unref(block); /* without memory it comes again */
		return;
	}
	count_block(p, block);
	rmqi_receiver_keep(p->receiver, block->popped);
	k->block = block;
	while (*end)
		end = &(*end)->next;
	*end = k;
}

/* --- The pop that is held ------------------------------------------------------------------------------- */

static enum rmq_error take_answer(struct rmqi_pop_place *p, const struct rmqi_command *response)
{
	struct rmqi_popping popping = {.consumer = p->receiver->consumer,
				       .sub = p->sub,
				       .broker_name = p->broker_name,
				       .invisible_ms = p->invisible_ms,
				       .is_lite = true};

	switch (response->code) {
	case RMQI_RESP_SUCCESS:
		return rmqi_popping_take(&popping, response, p->popped_us, keep_block, p);
	case RMQI_RESP_POLLING_TIMEOUT:
	case RMQI_RESP_POLLING_FULL:
	case RMQI_RESP_PULL_NOT_FOUND:
		return RMQ_OK;
	default:
		return rmqi_client_refusal(response);
	}
}

/* Each that waits takes what it asked for; one that may not pop here now does not. */
static void ring_while_kept(struct rmqi_pop_place *p)
{
	struct rmqi_receiver *r = p->receiver;

	for (int i = 0; i < RMQI_POP_MAX && p->kept && rmqi_receiver_is_awaited(r); i++)
		rmqi_receiver_ring(r, p);
}

/* A broker that does not hold it is not asked again and again. */
static bool needs_rest(struct rmqi_pop_place *p, unsigned unwanted_before)
{
	if (p->fruitless > unwanted_before)
		return p->fruitless > UNWANTED_MAX;
	p->fruitless = 0;
	return !p->kept && now_us(p->receiver) - p->asked_us < QUICK_US &&
	       p->poll_ms * 1000 >= QUICK_US;
}

static void settle(struct rmqi_pop_place *p, const struct rmqi_command *response)
{
	unsigned unwanted = p->fruitless;
	enum rmq_error err = take_answer(p, response);

	if (err != RMQ_OK) {
		rmqi_pop_place_failed(p, err, rmq_error_text(err),
				      response->code == RMQI_RESP_SUCCESS ? NULL : response);
		return;
	}
	rmqi_pop_place_works(p);
	if (needs_rest(p, unwanted))
		rmqi_pop_place_rest(p);
	ring_while_kept(p);
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	rmqi_pop_place_answered(call, error, response, settle);
}

/* For whom it is: the first that waits. How long: until the last one's time is over. */
static const struct rmqi_receive *find_asker(const struct rmqi_receiver *r, int64_t *left_ms)
{
	const struct rmqi_receive *first = NULL;
	int64_t until_us = 0;

	RMQI_LIST_EACH(node, &r->receives) {
		const struct rmqi_receive *op = RMQI_LIST_ITEM(node, struct rmqi_receive, link);

		first = !first && !op->place ? op : first;
		if (!op->place && op->deadline_us > until_us)
			until_us = op->deadline_us;
	}
	*left_ms = (until_us - now_us(r)) / 1000;
	return first;
}

void rmqi_lite_watch(struct rmqi_pop_place *p)
{
	struct rmqi_receiver *r = p->receiver;
	struct rmqi_consumer *c = r->consumer;
	const struct rmqi_lite_broker *broker;
	int64_t left_ms;
	const struct rmqi_receive *op = find_asker(r, &left_ms);
	struct rmqi_lite_pop pop;

	if (!op || left_ms <= 0 ||
	    rmqi_lite_topics_at(r->consumer->lite, p->broker_name, &broker) != RMQ_OK ||
	    !rmqi_pop_place_find(p))
		return;
	p->hold_ms = p->hold_ms < FIRST_MS ? FIRST_MS : 2 * p->hold_ms;
	if (p->hold_ms > POLL_MS)
		p->hold_ms = POLL_MS;
	p->poll_ms = left_ms < p->hold_ms ? left_ms : p->hold_ms;
	p->invisible_ms = op->invisible_ms;
	pop = (struct rmqi_lite_pop){.consumer = c,
				     .parent = rmqi_sub_topic(p->sub),
				     .broker_name = p->broker_name,
				     .max = op->max,
				     .invisible_ms = op->invisible_ms,
				     .poll_ms = p->poll_ms,
				     .born_ms = rmqi_popping_born_ms(c, p->poll_ms)};
	p->is_watched = true;
	p->refs++;
	p->asked_us = now_us(r);
	p->popped_us = rmqi_clock_boot_us(c->clock);
	p->call = (struct rmqi_call){.fn = on_answer};
	rmqi_lite_pop_call(&pop, p->address, rmqi_consumer_deadline(c, p->poll_ms + GRACE_MS),
			   &p->call);
}

/* --- May it be popped here? ------------------------------------------------------------------------------ */

bool rmqi_lite_wants(const struct rmqi_receiver *r, const struct rmq_message *m)
{
	return rmqi_lite_topics_has(r->consumer->lite, rmq_message_lite_topic(m));
}

bool rmqi_lite_is_on(const struct rmqi_receiver *r)
{
	const struct rmqi_lite_topics *s = r->consumer->lite;

	return s && atomic_load_explicit(&s->is_used, memory_order_relaxed);
}

bool rmqi_lite_may_pop(struct rmqi_receive *op)
{
	const struct rmqi_lite_broker *b = NULL;
	enum rmq_error err =
		rmqi_lite_topics_at(op->receiver->consumer->lite, op->place->broker_name, &b);

	if (err == RMQ_OK)
		return true;
	/* It is being told, and who waits is rung for then. */
	if (err == RMQ_AGAIN)
		return false;
	op->failure = err;
	op->is_hopeless = b->is_refused;
	if (b->code >= 0)
		rmqi_detail_set_broker(op->detail, b->code, rmqi_str(b->why));
	rmqi_detail_set(op->detail, err, b->is_refused ? RMQ_ERROR_FATAL : RMQ_ERROR_RETRIABLE,
			"the lite topics of topic %s are not subscribed at broker %s (%s): %s",
			rmqi_sub_topic(op->place->sub), b->name, b->address, b->why);
	return false;
}
