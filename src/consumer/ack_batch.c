/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/ack_batch.h"

#include <string.h>

#include "base/detail.h"
#include "client/popped.h"

/* --- Lists -------------------------------------------------------------------------------------- */

size_t rmqi_ack_batch_room(size_t count)
{
	return count *
	       (sizeof(const struct rmq_message *) + sizeof(size_t) + sizeof(enum rmq_error));
}

void rmqi_ack_batch_lend(struct rmqi_ack_batch *b, void *memory)
{
	b->group = memory;
	b->at = (size_t *)(void *)(b->group + b->count);
	b->results = (enum rmq_error *)(void *)(b->at + b->count);
}

/* --- What is told next --------------------------------------------------------------------------- */

/* Only the first failure is explained. */
static void note(struct rmqi_ack_batch *b, size_t at, enum rmq_error error)
{
	b->results[at] = error;
	if (b->error == RMQ_OK)
		b->error = error;
}

/* Will be refused here. */
static bool is_late(const struct rmq_message *m, int64_t now_us)
{
	return m->popped && m->popped->expires_us <= now_us;
}

/* Copies, lite topics (5.5.0 refuses them in a batch), and what is late. */
static bool is_single(const struct rmq_message *m, int64_t now_us)
{
	return !m->popped || m->popped->set->is_lite || is_late(m, now_us);
}

static bool is_at(const struct rmq_message *m, const char *broker)
{
	return m->queue.broker_name == broker || strcmp(m->queue.broker_name, broker) == 0;
}

/* All that lie at the broker of the first one, which is not told yet; that one alone, if it must be: nobody looks at
 * the others then, or many of these would take time by their square. */
static void gather(struct rmqi_ack_batch *b, size_t first)
{
	const char *broker = b->messages[first]->queue.broker_name;
	int64_t now_us = rmqi_clock_boot_us(b->consumer->clock);
	size_t end = is_single(b->messages[first], now_us) ? first + 1 : b->count;

	b->group[0] = b->messages[first];
	b->at[0] = first;
	b->group_count = 1;
	for (size_t i = first + 1; i < end; i++) {
		const struct rmq_message *m = b->messages[i];

		if (b->results[i] != RMQ_AGAIN || is_single(m, now_us) || !is_at(m, broker))
			continue;
		b->group[b->group_count] = m;
		b->at[b->group_count++] = i;
	}
	b->alone = b->group_count > 1 ? b->group_count : 0;
}

/* False: all are told. */
static bool find_next(struct rmqi_ack_batch *b)
{
	while (b->alone < b->group_count && b->results[b->at[b->alone]] != RMQ_AGAIN)
		b->alone++;
	if (b->alone < b->group_count)
		return true;
	while (b->next < b->count && b->results[b->next] != RMQ_AGAIN)
		b->next++;
	if (b->next < b->count)
		gather(b, b->next);
	return b->next < b->count;
}

/* --- Requests ------------------------------------------------------------------------------------ */

static void cancel_rest(struct rmqi_ack_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->results[i] == RMQ_AGAIN)
			note(b, i, RMQ_ERR_CANCELLED);
	b->next = b->count;
	b->alone = b->group_count;
}

/* The time of some is over, between two attempts: these are found alone then, and the others go on. */
static void part(struct rmqi_ack_batch *b)
{
	b->again.attempts = b->acking.attempts;
	b->again.deadline_us = b->acking.deadline_us;
	b->group_count = b->alone = 0;
}

/* What one request cannot say, many do. */
static void take_group(struct rmqi_ack_batch *b, enum rmq_error error)
{
	if (error == RMQ_ERR_EXPIRED) {
		part(b);
		return;
	}
	if (error == RMQ_ERR_UNSUPPORTED || error == RMQ_ERR_TOO_LARGE ||
	    error == RMQ_ERR_PROTOCOL) {
		b->alone = 0;
		return;
	}
	for (size_t i = 0; i < b->group_count; i++)
		note(b, b->at[i], error);
}

/* A broker that did not answer one would be waited for with each of the others; not with what is late. */
static void give_up(struct rmqi_ack_batch *b, const char *broker, enum rmq_error error)
{
	int64_t now_us = rmqi_clock_boot_us(b->consumer->clock);

	for (size_t i = b->next; i < b->count; i++)
		if (b->results[i] == RMQ_AGAIN && is_at(b->messages[i], broker) &&
		    !is_late(b->messages[i], now_us))
			note(b, i, error);
}

static void take_result(struct rmqi_ack_batch *b, enum rmq_error error)
{
	const char *broker = b->acking.messages[0]->queue.broker_name;

	if (error != RMQ_ERR_EXPIRED)
		b->again.attempts = 0;
	if (b->acking.kind == RMQI_ACKING_BATCH)
		take_group(b, error);
	else
		note(b, b->at[b->alone++], error);
	if (error == RMQ_ERR_CANCELLED)
		cancel_rest(b);
	else if (b->acking.is_unanswered)
		give_up(b, broker, error);
}

static void go_on(struct rmqi_ack_batch *b);

static void on_told(struct rmqi_acking *a)
{
	struct rmqi_ack_batch *b = RMQI_CONTAINER(a, struct rmqi_ack_batch, acking);

	take_result(b, a->error);
	b->has_ended = true;
	if (!b->is_starting)
		go_on(b);
}

static int64_t deadline_of(const struct rmqi_ack_batch *b)
{
	return b->again.attempts > 0 ? b->again.deadline_us
				     : rmqi_consumer_deadline(b->consumer, b->patience_ms);
}

static void tell(struct rmqi_ack_batch *b)
{
	bool is_alone = b->alone < b->group_count;
	enum rmq_error err;

	b->acking = (struct rmqi_acking){
		.consumer = b->consumer,
		.kind = is_alone ? RMQI_ACKING_ACK : RMQI_ACKING_BATCH,
		.messages = is_alone ? &b->messages[b->at[b->alone]] : b->group,
		.count = is_alone ? 1 : b->group_count,
		.deadline_us = deadline_of(b),
		.is_once = b->is_once,
		.attempts = b->again.attempts,
		.detail = b->error == RMQ_OK ? b->detail : NULL,
		.fn = on_told};
	err = rmqi_acking_start(&b->acking);
	if (err == RMQ_OK)
		return;
	b->acking.error = rmqi_detail_set(b->acking.detail, err, 0, "no memory for the request");
	on_told(&b->acking);
}

/* A request may end within its start: so this is a loop, however many there are. */
static void go_on(struct rmqi_ack_batch *b)
{
	b->is_starting = true;
	while (find_next(b)) {
		b->has_ended = false;
		tell(b);
		if (b->has_ended)
			continue;
		b->is_starting = false;
		return;
	}
	b->fn(b);
}

void rmqi_ack_batch_start(struct rmqi_ack_batch *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->results[i] = RMQ_AGAIN;
	b->error = RMQ_OK;
	b->next = 0;
	b->group_count = 0;
	b->alone = 0;
	b->again.attempts = 0;
	go_on(b);
}

void rmqi_ack_batch_hurry(struct rmqi_ack_batch *b)
{
	b->is_once = true;
	rmqi_acking_hurry(&b->acking);
}
