/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_scene.h - a store with an index of small files, messages of the topic "T" with keys, and what is found of them.
 *
 * One scene at a time, from index_begin to kit_deinit(&index_kit).
 */
#ifndef TESTS_STORE_INDEX_SCENE_H
#define TESTS_STORE_INDEX_SCENE_H

#include "tests/store/kit.h"

enum {
	INDEX_SLOTS = 5,
	INDEX_ITEMS = 8,
	INDEX_FILE_SIZE = 40 + INDEX_SLOTS * 4 + INDEX_ITEMS * 20
};

extern struct kit index_kit;

void index_begin(void);

struct mb_put_result index_put(const char *topic, const char *properties, int32_t sys_flag);
/* Message n has the unique key Un and the keys kn and "all". */
void index_put_numbers(int from, int count);

/* How many there are; they are in index_kit.got. */
size_t index_find(const char *key);
size_t index_find_of(const char *key, enum mb_index_kind kind, size_t max, int64_t begin, int64_t end);
/* Of the ith one found. */
int64_t index_offset_of(size_t i);
/* The messages 0 .. count - 1 are found by each of their keys. */
void index_expect_numbers(int count);

/* The path of the nth file, the oldest is 0. */
const char *index_file(size_t n);

#endif
