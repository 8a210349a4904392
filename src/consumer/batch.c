/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/mem.h"
#include "codec/properties.h"
#include "consumer/batch.h"
#include "consumer/mq.h"

enum { COUNT_SHIFT = 40 }; /* a frame has 16 MiB at most, a pull some thousand messages */

static bool passes(const struct rmq_message *m, const struct rmqi_subscription *filter)
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
		count += passes(&block->messages[i], filter) ? 1 : 0;
	return count;
}

/* head | items | runners | states | levels: falling alignment, so no gaps are needed. */
static struct rmqi_batch *alloc_batch(size_t count, unsigned runners)
{
	size_t items_len = count * sizeof(const struct rmq_message *);
	size_t runners_len = runners * sizeof(struct rmqi_runner);
	struct rmqi_batch *b;
	char *at;

	b = rmqi_alloc(sizeof(*b) + items_len + runners_len + 2 * count);
	if (!b)
		return NULL;
	*b = (struct rmqi_batch){.count = count, .runner_count = runners};
	at = (char *)(b + 1);
	b->items = (const struct rmq_message **)(void *)at;
	at += items_len;
	b->runners = (struct rmqi_runner *)(void *)at;
	at += runners_len;
	b->states = (atomic_uchar *)(void *)at;
	b->levels = (int8_t *)(at + count);
	return b;
}

static void fill(struct rmqi_batch *b, const struct rmqi_subscription *filter)
{
	size_t n = 0;

	for (size_t i = 0; i < b->block->count; i++) {
		struct rmq_message *m = &b->block->messages[i];

		if (!passes(m, filter))
			continue;
		b->items[n] = m;
		atomic_init(&b->states[n], (unsigned char)RMQI_ITEM_OPEN);
		b->levels[n++] = 0;
		b->bytes += m->stored_size;
	}
	for (unsigned i = 0; i < b->runner_count; i++)
		b->runners[i] = (struct rmqi_runner){.batch = b, .only = RMQI_RUNNER_ALL};
}

enum rmq_error rmqi_batch_new(struct rmqi_message_block *block,
			      const struct rmqi_subscription *filter, size_t chunk,
			      unsigned max_runners, struct rmqi_batch **out)
{
	size_t count = count_passing(block, filter);
	size_t chunks = (count + chunk - 1) / chunk;
	struct rmqi_batch *b = NULL;

	if (count > 0) {
		b = alloc_batch(count, chunks < max_runners ? (unsigned)chunks : max_runners);
		if (!b) {
			rmqi_message_block_unref(block);
			return RMQ_ERR_NO_MEMORY;
		}
		b->block = block;
		fill(b, filter);
		atomic_init(&b->refs, 1);
		atomic_init(&b->is_reported, false);
		atomic_init(&b->cursor, 0);
		atomic_init(&b->open, (uint64_t)count << COUNT_SHIFT | b->bytes);
		rmqi_list_init(&b->link);
		rmqi_list_init(&b->watch);
	} else {
		rmqi_message_block_unref(block);
	}
	*out = b;
	return RMQ_OK;
}

struct rmqi_batch *rmqi_batch_ref(struct rmqi_batch *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void rmqi_batch_unref(struct rmqi_batch *b)
{
	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) > 1)
		return;
	rmqi_message_block_unref(b->block);
	rmqi_mq_unref(b->mq);
	rmqi_free(b);
}

bool rmqi_batch_take(struct rmqi_batch *b, size_t chunk, size_t *at, size_t *count)
{
	size_t first;

	/* Looking first keeps the cursor from running away. */
	if (atomic_load_explicit(&b->cursor, memory_order_relaxed) >= b->count)
		return false;
	first = atomic_fetch_add_explicit(&b->cursor, chunk, memory_order_relaxed);
	if (first >= b->count)
		return false;
	*at = first;
	*count = b->count - first < chunk ? b->count - first : chunk;
	return true;
}

size_t rmqi_batch_settle(struct rmqi_batch *b, size_t at, size_t count, enum rmqi_item_state state)
{
	uint64_t settled = (uint64_t)count << COUNT_SHIFT;
	uint64_t open;

	for (size_t i = at; i < at + count; i++) {
		settled += b->items[i]->stored_size;
		atomic_store_explicit(&b->states[i], (unsigned char)state, memory_order_release);
	}
	if (state != RMQI_ITEM_DONE)
		return (size_t)(atomic_load(&b->open) >> COUNT_SHIFT);
	open = atomic_fetch_sub(&b->open, settled);
	/* An item is done once. */
	assert(open >= settled);
	return (size_t)((open - settled) >> COUNT_SHIFT);
}

enum rmqi_item_state rmqi_batch_state(const struct rmqi_batch *b, size_t at)
{
	return (enum rmqi_item_state)atomic_load_explicit(&b->states[at], memory_order_acquire);
}

void rmqi_batch_set_state(struct rmqi_batch *b, size_t at, enum rmqi_item_state state)
{
	atomic_store_explicit(&b->states[at], (unsigned char)state, memory_order_release);
}

size_t rmqi_batch_open(const struct rmqi_batch *b, uint64_t *bytes)
{
	uint64_t open = atomic_load(&b->open);

	*bytes = open & ((UINT64_C(1) << COUNT_SHIFT) - 1);
	return (size_t)(open >> COUNT_SHIFT);
}

bool rmqi_batch_lowest(struct rmqi_batch *b, int64_t *offset)
{
	while (b->first < b->count && rmqi_batch_state(b, b->first) == RMQI_ITEM_DONE)
		b->first++;
	if (b->first == b->count)
		return false;
	*offset = b->items[b->first]->queue_offset;
	return true;
}

int64_t rmqi_batch_last(const struct rmqi_batch *b)
{
	return b->items[b->count - 1]->queue_offset;
}
