/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/delivery.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/recycler.h"
#include "codec/properties.h"

enum { COUNT_SHIFT = 40 }; /* a frame has 16 MiB at most, a pull some thousand messages */

bool rmqi_delivery_wants(const struct rmqi_subscription *filter, const struct rmq_message *m)
{
	if (!filter || filter->tag_count == 0)
		return true;
	return rmqi_subscription_matches_tag(filter,
					     rmqi_str(rmqi_message_property(m, RMQI_PROP_TAGS)));
}

static size_t count_passing(const struct rmqi_message_block *block,
			    const struct rmqi_subscription *filter)
{
	size_t count = 0;

	if (!filter || filter->tag_count == 0)
		return block->count;
	for (size_t i = 0; i < block->count; i++)
		count += rmqi_delivery_wants(filter, &block->messages[i]) ? 1 : 0;
	return count;
}

/* head | items | runners | states | levels | ages: falling alignment, so no gaps are needed. */
static struct rmqi_delivery *alloc_delivery(struct rmqi_recycler *memory, size_t count,
					    unsigned runners)
{
	size_t items_len = count * sizeof(const struct rmq_message *);
	size_t runners_len = runners * sizeof(struct rmqi_runner);
	struct rmqi_delivery *d;
	char *at;

	d = rmqi_recycler_get(memory, sizeof(*d) + items_len + runners_len + 3 * count);
	if (!d)
		return NULL;
	*d = (struct rmqi_delivery){.count = count, .runner_count = runners};
	at = (char *)(d + 1);
	d->items = (const struct rmq_message **)(void *)at;
	at += items_len;
	d->runners = (struct rmqi_runner *)(void *)at;
	at += runners_len;
	d->states = (atomic_uchar *)(void *)at;
	d->levels = (int8_t *)(at + count);
	d->ages = (uint8_t *)(at + 2 * count);
	return d;
}

static void fill(struct rmqi_delivery *d, const struct rmqi_subscription *filter)
{
	size_t n = 0;

	for (size_t i = 0; i < d->block->count; i++) {
		struct rmq_message *m = &d->block->messages[i];

		if (!rmqi_delivery_wants(filter, m))
			continue;
		d->items[n] = m;
		atomic_init(&d->states[n], (unsigned char)RMQI_ITEM_OPEN);
		d->ages[n] = 0;
		d->levels[n++] = 0;
		d->bytes += m->stored_size;
	}
	for (unsigned i = 0; i < d->runner_count; i++)
		d->runners[i] = (struct rmqi_runner){.delivery = d, .only = RMQI_RUNNER_ALL};
}

enum rmq_error rmqi_delivery_new(struct rmqi_message_block *block,
				 const struct rmqi_subscription *filter, size_t chunk,
				 unsigned max_runners, struct rmqi_delivery **out)
{
	size_t count = count_passing(block, filter);
	size_t chunks = (count + chunk - 1) / chunk;
	struct rmqi_delivery *d = NULL;

	if (count > 0) {
		d = alloc_delivery(rmqi_recycler_of(block), count,
				   chunks < max_runners ? (unsigned)chunks : max_runners);
		if (!d) {
			rmqi_message_block_unref(block);
			return RMQ_ERR_NO_MEMORY;
		}
		d->block = block;
		fill(d, filter);
		atomic_init(&d->refs, 1);
		atomic_init(&d->is_reported, false);
		atomic_init(&d->is_each_told, false);
		atomic_init(&d->cursor, 0);
		atomic_init(&d->open, (uint64_t)count << COUNT_SHIFT | d->bytes);
		rmqi_list_init(&d->link);
		rmqi_list_init(&d->watch);
	} else {
		rmqi_message_block_unref(block);
	}
	*out = d;
	return RMQ_OK;
}

struct rmqi_delivery *rmqi_delivery_ref(struct rmqi_delivery *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void rmqi_delivery_unref(struct rmqi_delivery *d)
{
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) > 1)
		return;
	rmqi_message_block_unref(d->block);
	/* The queue may be the last that keeps the consumer, and so the recycler's owner. */
	if (d->mq)
		d->release_mq(d->mq);
	rmqi_recycler_put(d);
}

bool rmqi_delivery_take(struct rmqi_delivery *d, size_t chunk, size_t *at, size_t *count)
{
	size_t first;

	/* Looking first keeps the cursor from running away. */
	if (atomic_load_explicit(&d->cursor, memory_order_relaxed) >= d->count)
		return false;
	first = atomic_fetch_add_explicit(&d->cursor, chunk, memory_order_relaxed);
	if (first >= d->count)
		return false;
	*at = first;
	*count = d->count - first < chunk ? d->count - first : chunk;
	return true;
}

static bool leave_open(struct rmqi_delivery *d, size_t at, enum rmqi_item_state state)
{
	unsigned char open = RMQI_ITEM_OPEN;

	return atomic_compare_exchange_strong_explicit(&d->states[at], &open, (unsigned char)state,
						       memory_order_acq_rel, memory_order_relaxed);
}

static uint64_t weight_of(const struct rmqi_delivery *d, size_t at)
{
	return (UINT64_C(1) << COUNT_SHIFT) + d->items[at]->stored_size;
}

static size_t take_off(struct rmqi_delivery *d, uint64_t settled)
{
	uint64_t open = atomic_fetch_sub(&d->open, settled);

	/* An item is done once. */
	assert(open >= settled);
	return (size_t)((open - settled) >> COUNT_SHIFT);
}

size_t rmqi_delivery_settle(struct rmqi_delivery *d, size_t at, size_t count,
			    enum rmqi_item_state state)
{
	uint64_t settled = 0;

	for (size_t i = at; i < at + count; i++)
		settled += leave_open(d, i, state) ? weight_of(d, i) : 0;
	return take_off(d, state == RMQI_ITEM_DONE ? settled : 0);
}

void rmqi_delivery_finish(struct rmqi_delivery *d, size_t at)
{
	rmqi_delivery_set_state(d, at, RMQI_ITEM_DONE);
	(void)take_off(d, weight_of(d, at));
}

size_t rmqi_delivery_grow_old(struct rmqi_delivery *d, unsigned looks, size_t *first)
{
	size_t taken = atomic_load(&d->cursor), late = 0;

	for (size_t i = d->first; i < d->count && i < taken; i++) {
		if (rmqi_delivery_state(d, i) != RMQI_ITEM_OPEN || d->ages[i]++ < looks ||
		    !leave_open(d, i, RMQI_ITEM_LATE))
			continue;
		if (late++ == 0)
			*first = i;
	}
	return late;
}

enum rmqi_item_state rmqi_delivery_state(const struct rmqi_delivery *d, size_t at)
{
	return (enum rmqi_item_state)atomic_load_explicit(&d->states[at], memory_order_acquire);
}

void rmqi_delivery_set_state(struct rmqi_delivery *d, size_t at, enum rmqi_item_state state)
{
	atomic_store_explicit(&d->states[at], (unsigned char)state, memory_order_release);
}

size_t rmqi_delivery_open(const struct rmqi_delivery *d, uint64_t *bytes)
{
	uint64_t open = atomic_load(&d->open);

	*bytes = open & ((UINT64_C(1) << COUNT_SHIFT) - 1);
	return (size_t)(open >> COUNT_SHIFT);
}

bool rmqi_delivery_lowest(struct rmqi_delivery *d, int64_t *offset)
{
	while (d->first < d->count && rmqi_delivery_state(d, d->first) == RMQI_ITEM_DONE)
		d->first++;
	if (d->first == d->count)
		return false;
	*offset = d->items[d->first]->queue_offset;
	return true;
}

int64_t rmqi_delivery_last(const struct rmqi_delivery *d)
{
	return d->items[d->count - 1]->queue_offset;
}

void rmqi_delivery_describe(const struct rmqi_delivery *d, size_t at, char text[RMQI_DELIVERY_TEXT])
{
	const struct rmq_message *m = d->items[at];

	snprintf(text, RMQI_DELIVERY_TEXT, "message %.80s (offset %" PRId64 ")", rmq_message_id(m),
		 m->queue_offset);
}
