/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map.h - two hash tables: text -> pointer (copies its keys) and u64 -> pointer.
 *
 * Open addressing, grown at 3/4. Values are the caller's. Iteration order of
 * the text map is insertion order unless something was removed in between.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_BASE_MAP_H
#define RMQI_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "base/str.h"

struct rmqi_map_entry;

struct rmqi_map {
	struct rmqi_map_entry *entries; /* dense array, owned */
	size_t count;
	size_t cap;
	uint32_t *index; /* slots -> entry number + 1, 0 empty */
	size_t slots;    /* power of two, or 0 */
};

void rmqi_map_init(struct rmqi_map *m);
/* Frees keys and tables. `free_value` (may be NULL) is called for each value. */
void rmqi_map_deinit(struct rmqi_map *m, void (*free_value)(void *value));
void *rmqi_map_find(const struct rmqi_map *m, struct rmqi_str key);
/* Many are empty. */
static inline void *rmqi_map_get(const struct rmqi_map *m, struct rmqi_str key)
{
	return m->count ? rmqi_map_find(m, key) : NULL;
}
/* Adds or replaces; the old value (NULL if none) goes to *old when `old` is not NULL. */
enum rmq_error rmqi_map_set(struct rmqi_map *m, struct rmqi_str key, void *value,
			    void **old) RMQI_MUST_USE;
/* The removed value, NULL if absent. */
void *rmqi_map_remove(struct rmqi_map *m, struct rmqi_str key);
/* Entry `at` for 0 <= at < m->count: key (borrowed, NUL-terminated too) and value. The map must
 * not change while it is walked this way, but rmqi_map_remove of the current entry is allowed
 * when `at` is then not advanced (the last entry takes its place). */
void *rmqi_map_at(const struct rmqi_map *m, size_t at, struct rmqi_str *key);

struct rmqi_imap {
	uint64_t *keys;
	void **values; /* NULL = empty slot; a NULL value cannot be stored */
	size_t count;
	size_t slots; /* power of two, or 0 */
};

void rmqi_imap_init(struct rmqi_imap *m);
void rmqi_imap_deinit(struct rmqi_imap *m);
void *rmqi_imap_get(const struct rmqi_imap *m, uint64_t key);
enum rmq_error rmqi_imap_set(struct rmqi_imap *m, uint64_t key, void *value) RMQI_MUST_USE;
void *rmqi_imap_remove(struct rmqi_imap *m, uint64_t key);
/* Walks slots: start with *at = 0; false at the end. */
bool rmqi_imap_next(const struct rmqi_imap *m, size_t *at, uint64_t *key, void **value);

#endif
