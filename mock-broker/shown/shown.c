/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/shown/shown.h"

#include "base/mem.h"
#include "mock-broker/cluster_state.h"

enum { ROOM_FIRST = 16 };

/* What is done on the loop. */
struct showing {
	struct rmq_mock_cluster *c;
	const struct mb_show *what;
	struct mb_shown *list;
};

static void *grow(void *at, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : ROOM_FIRST;

	at = rmqi_realloc(at, more * size);
	if (at)
		*room = more;
	return at;
}

void mb_shown_add(struct mb_shown *l, const void *entry)
{
	if (l->error == RMQ_OK && l->count == MB_SHOWN_MAX)
		l->error = RMQ_ERR_TOO_LARGE;
	if (l->error == RMQ_OK && l->count == l->room) {
		char *entries = grow(l->entries, &l->room, l->size);

		if (entries)
			l->entries = entries;
		else
			l->error = RMQ_ERR_NO_MEMORY;
	}
	if (l->error == RMQ_OK)
		rmqi_memcpy(l->entries + l->count++ * l->size, entry, l->size);
}

/* False: memory is out. */
static bool has_room(struct mb_shown *l)
{
	void **blocks = l->blocks;

	if (l->block_count < l->block_room)
		return true;
	blocks = grow(blocks, &l->block_room, sizeof(*blocks));
	if (blocks)
		l->blocks = blocks;
	return blocks != NULL;
}

void *mb_shown_block(struct mb_shown *l, size_t size)
{
	void *block = NULL;

	if (l->error == RMQ_OK && has_room(l))
		block = rmqi_calloc(1, size);
	if (block)
		l->blocks[l->block_count++] = block;
	else if (l->error == RMQ_OK)
		l->error = RMQ_ERR_NO_MEMORY;
	return block;
}

const char *mb_shown_text(struct mb_shown *l, struct rmqi_str text)
{
	char *copy;

	if (text.len == 0)
		return "";
	copy = mb_shown_block(l, text.len + 1);
	if (!copy)
		return "";
	rmqi_memcpy(copy, text.ptr, text.len);
	return copy;
}

const void *mb_shown_at(const struct mb_shown *l, size_t i)
{
	return i < l->count ? l->entries + i * l->size : NULL;
}

void mb_shown_free(struct mb_shown *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->block_count; i++)
		rmqi_free(l->blocks[i]);
	rmqi_free(l->blocks);
	rmqi_free(l->entries);
	rmqi_free(l);
}

static void show_on_loop(void *arg)
{
	struct showing *s = arg;

	for (size_t i = 0; i < s->c->broker_count; i++) {
		const struct mb_slot *slot = &s->c->brokers[i];

		if (slot->config.broker_role != MB_SLAVE && mb_slot_is_up(s->c, slot))
			s->what->show(s->list, slot->broker, slot->label);
	}
}

enum rmq_error mb_cluster_show(struct rmq_mock_cluster *c, const struct mb_show *what,
			       struct mb_shown **out, struct rmq_error_detail *detail)
{
	struct showing s = {.c = c, .what = what};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	s.list = rmqi_calloc(1, sizeof(*s.list));
	if (!s.list)
		return RMQ_ERR_NO_MEMORY;
	s.list->size = what->size;
	rmqi_loop_call(c->loop, show_on_loop, &s);
	err = s.list->error;
	if (err == RMQ_OK)
		*out = s.list;
	else
		mb_shown_free(s.list);
	return err;
}
