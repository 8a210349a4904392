/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/store/index_scene.h"

#include <stdio.h>

#include "mock-broker/store/store_state.h"

struct kit index_kit;

void index_begin(void)
{
	kit_init(&index_kit, 1);
	index_kit.config.message_index = true;
	index_kit.config.index = (struct mb_index_shape){INDEX_SLOTS, INDEX_ITEMS};
	kit_open(&index_kit);
}

struct mb_put_result index_put(const char *topic, const char *properties, int32_t sys_flag)
{
	struct rmqi_stored_message m = kit_message(topic, 0, "x", properties);
	struct mb_put_result r;

	m.sys_flag = sys_flag;
	mb_store_put(index_kit.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	return r;
}

void index_put_numbers(int from, int count)
{
	char properties[64];

	for (int i = from; i < from + count; i++) {
		snprintf(properties, sizeof(properties), "UNIQ_KEY\001U%d\002KEYS\001k%d all\002", i, i);
		index_put("T", properties, 0);
		kit_advance_ms(&index_kit, 1500);
	}
}

size_t index_find_of(const char *key, enum mb_index_kind kind, size_t max, int64_t begin,
		      int64_t end)
{
	struct mb_query q = {.topic = RMQI_STR("T"),
			     .key = rmqi_str(key),
			     .kind = kind,
			     .max = max,
			     .begin_ms = begin,
			     .end_ms = end};

	ck_assert_int_eq(mb_store_query(index_kit.store, &q, &index_kit.got), RMQ_OK);
	return index_kit.got.count;
}

size_t index_find(const char *key)
{
	return index_find_of(key, MB_INDEX_KEY, 64, 0, INT64_MAX);
}

int64_t index_offset_of(size_t i)
{
	struct rmqi_stored_message m;
	struct rmqi_cursor c = index_kit.got.records[i];

	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	return m.queue_offset;
}

void index_expect_numbers(int count)
{
	char key[16];

	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "U%d", i);
		ck_assert_msg(index_find(key) == 1 && index_offset_of(0) == i, "%s: %zu", key, index_kit.got.count);
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_msg(index_find(key) == 1 && index_offset_of(0) == i, "%s: %zu", key, index_kit.got.count);
	}
	ck_assert_uint_eq(index_find("all"), (size_t)count);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(index_offset_of((size_t)i), i);
}

const char *index_file(size_t n)
{
	ck_assert_uint_lt(n, index_kit.store->index.count);
	return index_kit.store->index.list[n]->file->path;
}
