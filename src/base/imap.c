/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/map.h"
#include "base/mem.h"

enum { SLOTS_MIN = 16 }; /* a power of two */

void rmqi_imap_init(struct rmqi_imap *m)
{
	*m = (struct rmqi_imap){0};
}

void rmqi_imap_deinit(struct rmqi_imap *m)
{
	rmqi_free(m->keys);
	rmqi_free(m->values);
	rmqi_imap_init(m);
}

/* Where the search for a key begins. The finaliser of splitmix64: keys are often consecutive. */
static size_t home_of(const struct rmqi_imap *m, uint64_t key)
{
	key = (key ^ key >> 30) * 0xbf58476d1ce4e5b9u;
	key = (key ^ key >> 27) * 0x94d049bb133111ebu;
	return (size_t)(key ^ key >> 31) & (m->slots - 1);
}

/* The slot of the key, or the empty slot where it would go. The map has slots, one of them empty. */
static size_t find_slot(const struct rmqi_imap *m, uint64_t key)
{
	size_t slot = home_of(m, key);

	while (m->values[slot] && m->keys[slot] != key)
		slot = (slot + 1) & (m->slots - 1);
	return slot;
}

void *rmqi_imap_get(const struct rmqi_imap *m, uint64_t key)
{
	return m->slots ? m->values[find_slot(m, key)] : NULL;
}

static void put(struct rmqi_imap *m, uint64_t key, void *value)
{
	size_t slot = find_slot(m, key);

	m->keys[slot] = key;
	m->values[slot] = value;
}

static enum rmq_error grow(struct rmqi_imap *m)
{
	struct rmqi_imap bigger = {.count = m->count, .slots = m->slots ? m->slots * 2 : SLOTS_MIN};
	void *value;
	uint64_t key;

	bigger.keys = rmqi_calloc(bigger.slots, sizeof(*bigger.keys));
	bigger.values = rmqi_calloc(bigger.slots, sizeof(*bigger.values));
	if (!bigger.keys || !bigger.values) {
		rmqi_imap_deinit(&bigger);
		return RMQ_ERR_NO_MEMORY;
	}
	for (size_t at = 0; rmqi_imap_next(m, &at, &key, &value);)
		put(&bigger, key, value);
	rmqi_imap_deinit(m);
	*m = bigger;
	return RMQ_OK;
}

enum rmq_error rmqi_imap_set(struct rmqi_imap *m, uint64_t key, void *value)
{
	/* NULL marks an empty slot. */
	assert(value);
	if (!rmqi_imap_get(m, key)) {
		if (m->count + 1 > m->slots / 4 * 3 && grow(m) != RMQ_OK)
			return RMQ_ERR_NO_MEMORY;
		m->count++;
	}
	put(m, key, value);
	return RMQ_OK;
}

/* Empties a slot and closes the gap, as in map.c. */
static void clear_slot(struct rmqi_imap *m, size_t gap)
{
	size_t mask = m->slots - 1;

	for (size_t at = (gap + 1) & mask; m->values[at]; at = (at + 1) & mask) {
		size_t home = home_of(m, m->keys[at]);

		if (((at - home) & mask) >= ((at - gap) & mask)) {
			m->keys[gap] = m->keys[at];
			m->values[gap] = m->values[at];
			gap = at;
		}
	}
	m->values[gap] = NULL;
}

void *rmqi_imap_remove(struct rmqi_imap *m, uint64_t key)
{
	size_t slot;
	void *value;

	if (!m->slots)
		return NULL;
	slot = find_slot(m, key);
	value = m->values[slot];
	if (value) {
		clear_slot(m, slot);
		m->count--;
	}
	return value;
}

bool rmqi_imap_next(const struct rmqi_imap *m, size_t *at, uint64_t *key, void **value)
{
	while (*at < m->slots) {
		size_t slot = (*at)++;

		if (!m->values[slot])
			continue;
		*key = m->keys[slot];
		*value = m->values[slot];
		return true;
	}
	return false;
}
