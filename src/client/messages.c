/* SPDX-License-Identifier: Apache-2.0 */
#include "client/messages.h"

#include "base/guard.h"
#include "base/mem.h"
#include "client/message.h"

/* One reference a run of messages of the same block: there are few, and no list of them is needed. */
static void hold(const struct rmq_messages *l)
{
	const struct rmqi_message_block *last = NULL;

	for (size_t i = 0; i < l->count; i++) {
		if (l->items[i]->block != last)
			rmqi_message_block_ref(l->items[i]->block);
		last = l->items[i]->block;
	}
}

/* A block may end with its reference, and its messages with it: the next one is looked at before. */
static void let_go(const struct rmq_messages *l)
{
	for (size_t i = 0; i < l->count;) {
		struct rmqi_message_block *block = l->items[i]->block;

		while (i < l->count && l->items[i]->block == block)
			i++;
		rmqi_message_block_unref(block);
	}
}

static void free_plain(struct rmq_messages *l)
{
	let_go(l);
	rmqi_free(l);
}

struct rmq_messages *rmqi_messages_new(const struct rmq_message *const *items, size_t count)
{
	size_t size = count * sizeof(const struct rmq_message *);
	struct rmq_messages *l = rmqi_alloc(sizeof(*l) + size);

	if (!l)
		return NULL;
	if (count > 0)
		rmqi_memcpy(l + 1, items, size);
	*l = (struct rmq_messages){
		.count = count,
		.items = (const struct rmq_message *const *)(const void *)(l + 1),
		.free = free_plain,
	};
	hold(l);
	return l;
}

size_t rmq_messages_count(const struct rmq_messages *l)
{
	return l ? l->count : 0;
}

const struct rmq_message *rmq_messages_at(const struct rmq_messages *l, size_t i)
{
	return l && i < l->count ? l->items[i] : NULL;
}

void rmq_messages_free(struct rmq_messages *l)
{
	if (!l)
		return;
	rmqi_guard_enter();
	l->free(l);
	rmqi_guard_leave();
}
