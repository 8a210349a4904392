/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/mem.h"

enum {
	SLOTS_MIN = 8,   /* a power of two */
	ENTRIES_MIN = 4, /* half of SLOTS_MIN: most maps of the client stay tiny */
	FEW = 4          /* looked through faster than a hash is made */
};

struct rmqi_map_entry {
	char *key; /* owned, NUL-terminated */
	size_t key_len;
	uint64_t hash;
	void *value;
};

void rmqi_map_init(struct rmqi_map *m)
{
	*m = (struct rmqi_map){0};
}

void rmqi_map_deinit(struct rmqi_map *m, void (*free_value)(void *value))
{
	for (size_t i = 0; i < m->count; i++) {
		rmqi_free(m->entries[i].key);
		if (free_value)
			free_value(m->entries[i].value);
	}
	rmqi_free(m->entries);
	rmqi_free(m->index);
	rmqi_map_init(m);
}

static struct rmqi_str entry_key(const struct rmqi_map_entry *e)
{
	return rmqi_str_n(e->key, e->key_len);
}

/* The slot of the key, or the empty slot where it would go. The map has slots, one of them empty. */
static size_t find_slot(const struct rmqi_map *m, struct rmqi_str key, uint64_t hash)
{
	size_t slot = hash & (m->slots - 1);

	for (; m->index[slot]; slot = (slot + 1) & (m->slots - 1)) {
		const struct rmqi_map_entry *e = &m->entries[m->index[slot] - 1];

		if (e->hash == hash && rmqi_str_eq(entry_key(e), key))
			break;
	}
	return slot;
}

static struct rmqi_map_entry *find_entry(const struct rmqi_map *m, struct rmqi_str key,
					 uint64_t hash)
{
	uint32_t number = m->slots ? m->index[find_slot(m, key, hash)] : 0;

	return number ? &m->entries[number - 1] : NULL;
}

void *rmqi_map_find(const struct rmqi_map *m, struct rmqi_str key)
{
	const struct rmqi_map_entry *e;

	if (m->count > FEW) {
		e = find_entry(m, key, rmqi_str_hash(key));
		return e ? e->value : NULL;
	}
	for (e = m->entries; e < m->entries + m->count; e++)
		if (rmqi_str_eq(entry_key(e), key))
			return e->value;
	return NULL;
}

static enum rmq_error grow_entries(struct rmqi_map *m)
{
	size_t cap = m->cap ? m->cap * 2 : ENTRIES_MIN;
	struct rmqi_map_entry *entries;

	/* Entry numbers are 32 bits wide; so many keys do not fit into memory anyway. */
	if (cap > UINT32_MAX / sizeof(*entries))
		return RMQ_ERR_NO_MEMORY;
	entries = rmqi_realloc(m->entries, cap * sizeof(*entries));
	if (!entries)
		return RMQ_ERR_NO_MEMORY;
	m->entries = entries;
	m->cap = cap;
	return RMQ_OK;
}

static void fill_index(struct rmqi_map *m)
{
	for (size_t i = 0; i < m->count; i++) {
		size_t slot = m->entries[i].hash & (m->slots - 1);

		while (m->index[slot])
			slot = (slot + 1) & (m->slots - 1);
		m->index[slot] = (uint32_t)(i + 1);
	}
}

static enum rmq_error grow_index(struct rmqi_map *m)
{
	size_t slots = m->slots ? m->slots * 2 : SLOTS_MIN;
	uint32_t *index = rmqi_calloc(slots, sizeof(*index));

	if (!index)
		return RMQ_ERR_NO_MEMORY;
	rmqi_free(m->index);
	m->index = index;
	m->slots = slots;
	fill_index(m);
	return RMQ_OK;
}

static enum rmq_error make_room(struct rmqi_map *m)
{
	enum rmq_error err = m->count == m->cap ? grow_entries(m) : RMQ_OK;

	if (err == RMQ_OK && m->count + 1 > m->slots / 4 * 3)
		err = grow_index(m);
	return err;
}

static enum rmq_error add(struct rmqi_map *m, struct rmqi_str key, uint64_t hash, void *value)
{
	enum rmq_error err = make_room(m);
	char *copy;

	if (err != RMQ_OK)
		return err;
	copy = rmqi_str_dup(key);
	if (!copy)
		return RMQ_ERR_NO_MEMORY;
	m->entries[m->count] = (struct rmqi_map_entry){copy, key.len, hash, value};
	m->index[find_slot(m, key, hash)] = (uint32_t)++m->count;
	return RMQ_OK;
}

enum rmq_error rmqi_map_set(struct rmqi_map *m, struct rmqi_str key, void *value, void **old)
{
	uint64_t hash = rmqi_str_hash(key);
	struct rmqi_map_entry *e = find_entry(m, key, hash);
	enum rmq_error err = RMQ_OK;
	void *before = NULL;

	if (e) {
		before = e->value;
		e->value = value;
	} else {
		err = add(m, key, hash, value);
	}
	if (err == RMQ_OK && old)
		*old = before;
	return err;
}

/*
 * Empties a slot and closes the gap: a later entry of the same run moves into
 * it when its home slot is not behind the gap, so that no search ends too early.
 */
static void clear_slot(struct rmqi_map *m, size_t gap)
{
	size_t mask = m->slots - 1;

	for (size_t at = (gap + 1) & mask; m->index[at]; at = (at + 1) & mask) {
		size_t home = m->entries[m->index[at] - 1].hash & mask;

		if (((at - home) & mask) >= ((at - gap) & mask)) {
			m->index[gap] = m->index[at];
			gap = at;
		}
	}
	m->index[gap] = 0;
}

/* Moves the last entry into the hole at `at`, whose slot has been cleared. */
static void fill_hole(struct rmqi_map *m, size_t at)
{
	const struct rmqi_map_entry *last = &m->entries[m->count - 1];

	if (at < m->count - 1) {
		m->index[find_slot(m, entry_key(last), last->hash)] = (uint32_t)(at + 1);
		m->entries[at] = *last;
	}
	m->count--;
}

void *rmqi_map_remove(struct rmqi_map *m, struct rmqi_str key)
{
	uint64_t hash = rmqi_str_hash(key);
	struct rmqi_map_entry *e = find_entry(m, key, hash);
	char *owned;
	void *value;

	if (!e)
		return NULL;
	owned = e->key;
	value = e->value;
	clear_slot(m, find_slot(m, key, hash));
	fill_hole(m, (size_t)(e - m->entries));
	rmqi_free(owned); /* last: `key` may point into it */
	return value;
}

void *rmqi_map_at(const struct rmqi_map *m, size_t at, struct rmqi_str *key)
{
	if (key)
		*key = entry_key(&m->entries[at]);
	return m->entries[at].value;
}
