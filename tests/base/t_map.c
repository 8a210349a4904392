/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/rand.h"
#include "tests/support/suite.h"

static int one, two;

START_TEST(map__finds_nothing_when_empty)
{
	struct rmqi_map m;

	rmqi_map_init(&m);
	ck_assert_ptr_null(rmqi_map_get(&m, RMQI_STR("a")));
	ck_assert_ptr_null(rmqi_map_remove(&m, RMQI_STR("a")));
	rmqi_map_deinit(&m, NULL);
}
END_TEST

START_TEST(map__copies_its_keys)
{
	char key[] = "topic";
	struct rmqi_map m;
	struct rmqi_str stored;

	rmqi_map_init(&m);
	ck_assert_int_eq(rmqi_map_set(&m, rmqi_str(key), &one, NULL), RMQ_OK);
	key[0] = 'x';
	ck_assert_ptr_eq(rmqi_map_get(&m, RMQI_STR("topic")), &one);
	ck_assert_ptr_eq(rmqi_map_at(&m, 0, &stored), &one);
	ck_assert_str_eq(stored.ptr, "topic");
	ck_assert_uint_eq(stored.len, 5);
	rmqi_map_deinit(&m, NULL);
}
END_TEST

START_TEST(map__replaces_and_hands_out_the_old_value)
{
	struct rmqi_map m;
	void *old = &m;

	rmqi_map_init(&m);
	ck_assert_int_eq(rmqi_map_set(&m, RMQI_STR("k"), &one, &old), RMQ_OK);
	ck_assert_ptr_null(old);
	ck_assert_int_eq(rmqi_map_set(&m, RMQI_STR("k"), &two, &old), RMQ_OK);
	ck_assert_ptr_eq(old, &one);
	ck_assert_uint_eq(m.count, 1);
	ck_assert_ptr_eq(rmqi_map_get(&m, RMQI_STR("k")), &two);
	rmqi_map_deinit(&m, NULL);
}
END_TEST

START_TEST(map__keys_may_be_empty_or_hold_nul)
{
	struct rmqi_map m;

	rmqi_map_init(&m);
	ck_assert_int_eq(rmqi_map_set(&m, rmqi_str(NULL), &one, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_map_set(&m, rmqi_str_n("\0", 1), &two, NULL), RMQ_OK);
	ck_assert_ptr_eq(rmqi_map_get(&m, RMQI_STR("")), &one);
	ck_assert_ptr_eq(rmqi_map_get(&m, rmqi_str_n("\0", 1)), &two);
	rmqi_map_deinit(&m, NULL);
}
END_TEST

static void set_numbered(struct rmqi_map *m, int number, void *value)
{
	char key[32];

	snprintf(key, sizeof(key), "key%d", number);
	ck_assert_int_eq(rmqi_map_set(m, rmqi_str(key), value, NULL), RMQ_OK);
}

START_TEST(map__walks_in_order_of_insertion)
{
	struct rmqi_map m;
	struct rmqi_str key;
	char expected[32];

	rmqi_map_init(&m);
	for (int i = 0; i < 100; i++)
		set_numbered(&m, i, &one);
	for (size_t i = 0; i < m.count; i++) {
		rmqi_map_at(&m, i, &key);
		snprintf(expected, sizeof(expected), "key%zu", i);
		ck_assert_str_eq(key.ptr, expected);
	}
	rmqi_map_deinit(&m, NULL);
}
END_TEST

START_TEST(map__last_entry_takes_the_place_of_a_removed_one)
{
	struct rmqi_map m;
	struct rmqi_str key;
	size_t seen = 0;

	rmqi_map_init(&m);
	for (int i = 0; i < 10; i++)
		set_numbered(&m, i, &one);
	for (size_t at = 0; at < m.count; seen++) {
		rmqi_map_at(&m, at, &key);
		if (key.ptr[3] % 2)
			ck_assert_ptr_eq(rmqi_map_remove(&m, key), &one);
		else
			at++;
	}
	ck_assert_uint_eq(seen, 10);
	ck_assert_uint_eq(m.count, 5);
	rmqi_map_deinit(&m, NULL);
}
END_TEST

static int freed;

static void count_free(void *value)
{
	(void)value;
	freed++;
}

START_TEST(map__deinit_frees_each_value)
{
	struct rmqi_map m;

	rmqi_map_init(&m);
	for (int i = 0; i < 20; i++)
		set_numbered(&m, i, &one);
	freed = 0;
	rmqi_map_deinit(&m, count_free);
	ck_assert_int_eq(freed, 20);
	rmqi_map_deinit(&m, count_free);
	ck_assert_int_eq(freed, 20);
}
END_TEST

START_TEST(map__is_unchanged_when_memory_is_out)
{
	struct rmqi_map m;
	char key[32];
	void *old = &two;

	rmqi_map_init(&m);
	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		for (uint64_t n = 1;; n++) {
			enum rmq_error err;

			rmqi_mem_fail_after(n, 0);
			err = rmqi_map_set(&m, rmqi_str(key), &one, &old);
			rmqi_mem_fail_after(0, 0);
			if (err == RMQ_OK)
				break;
			ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
			ck_assert_uint_eq(m.count, (size_t)i);
			ck_assert_ptr_null(rmqi_map_get(&m, rmqi_str(key)));
			ck_assert(i > 0 || old == &two);
		}
	}
	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		ck_assert_ptr_eq(rmqi_map_get(&m, rmqi_str(key)), &one);
	}
	rmqi_map_deinit(&m, NULL);
}
END_TEST

enum { KEYS = 200 };

START_TEST(map__holds_what_a_plain_array_holds)
{
	int *model[KEYS] = {0};
	int values[KEYS];
	struct rmqi_map m;
	struct rmqi_rand r;
	size_t count = 0;

	rmqi_rand_init(&r, 7);
	rmqi_map_init(&m);
	for (int i = 0; i < 100000; i++) {
		size_t k = (size_t)rmqi_rand_below(&r, KEYS);
		int *value = &values[rmqi_rand_below(&r, KEYS)];
		char key[32];

		snprintf(key, sizeof(key), "k%zu", k);
		ck_assert_ptr_eq(rmqi_map_get(&m, rmqi_str(key)), model[k]);
		if (rmqi_rand_below(&r, 2)) {
			ck_assert_int_eq(rmqi_map_set(&m, rmqi_str(key), value, NULL), RMQ_OK);
			count += !model[k];
			model[k] = value;
		} else {
			ck_assert_ptr_eq(rmqi_map_remove(&m, rmqi_str(key)), model[k]);
			count -= !!model[k];
			model[k] = NULL;
		}
		ck_assert_uint_eq(m.count, count);
	}
	rmqi_map_deinit(&m, NULL);
}
END_TEST

START_TEST(imap__finds_nothing_when_empty)
{
	struct rmqi_imap m;
	size_t at = 0;
	uint64_t key;
	void *value;

	rmqi_imap_init(&m);
	ck_assert_ptr_null(rmqi_imap_get(&m, 0));
	ck_assert_ptr_null(rmqi_imap_remove(&m, 0));
	ck_assert(!rmqi_imap_next(&m, &at, &key, &value));
	rmqi_imap_deinit(&m);
}
END_TEST

START_TEST(imap__replaces)
{
	struct rmqi_imap m;

	rmqi_imap_init(&m);
	ck_assert_int_eq(rmqi_imap_set(&m, 0, &one), RMQ_OK);
	ck_assert_int_eq(rmqi_imap_set(&m, 0, &two), RMQ_OK);
	ck_assert_uint_eq(m.count, 1);
	ck_assert_ptr_eq(rmqi_imap_get(&m, 0), &two);
	rmqi_imap_deinit(&m);
}
END_TEST

START_TEST(imap__is_unchanged_when_memory_is_out)
{
	struct rmqi_imap m;

	rmqi_imap_init(&m);
	for (uint64_t i = 0; i < 100; i++) {
		for (uint64_t n = 1;; n++) {
			enum rmq_error err;

			rmqi_mem_fail_after(n, 0);
			err = rmqi_imap_set(&m, i, &one);
			rmqi_mem_fail_after(0, 0);
			if (err == RMQ_OK)
				break;
			ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
			ck_assert_uint_eq(m.count, i);
			ck_assert_ptr_null(rmqi_imap_get(&m, i));
		}
	}
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_ptr_eq(rmqi_imap_get(&m, i), &one);
	rmqi_imap_deinit(&m);
}
END_TEST

/* Every entry once, no other. */
static void expect_walk(const struct rmqi_imap *m, int *const *model, uint64_t stride)
{
	size_t at = 0, seen = 0;
	uint64_t key;
	void *value;

	while (rmqi_imap_next(m, &at, &key, &value)) {
		ck_assert_uint_lt(key / stride, KEYS);
		ck_assert_ptr_eq(value, model[key / stride]);
		seen++;
	}
	ck_assert_uint_eq(seen, m->count);
}

START_TEST(imap__holds_what_a_plain_array_holds)
{
	const uint64_t stride = UINT64_C(1) << 32; /* keys whose low bits are all alike */
	int *model[KEYS] = {0};
	int values[KEYS];
	struct rmqi_imap m;
	struct rmqi_rand r;
	size_t count = 0;

	rmqi_rand_init(&r, 7);
	rmqi_imap_init(&m);
	for (int i = 0; i < 100000; i++) {
		uint64_t k = rmqi_rand_below(&r, KEYS);
		int *value = &values[rmqi_rand_below(&r, KEYS)];

		ck_assert_ptr_eq(rmqi_imap_get(&m, k * stride), model[k]);
		if (rmqi_rand_below(&r, 2)) {
			ck_assert_int_eq(rmqi_imap_set(&m, k * stride, value), RMQ_OK);
			count += !model[k];
			model[k] = value;
		} else {
			ck_assert_ptr_eq(rmqi_imap_remove(&m, k * stride), model[k]);
			count -= !!model[k];
			model[k] = NULL;
		}
		ck_assert_uint_eq(m.count, count);
		if (i % 1000 == 0)
			expect_walk(&m, model, stride);
	}
	rmqi_imap_deinit(&m);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		map__finds_nothing_when_empty,
		map__copies_its_keys,
		map__replaces_and_hands_out_the_old_value,
		map__keys_may_be_empty_or_hold_nul,
		map__walks_in_order_of_insertion,
		map__last_entry_takes_the_place_of_a_removed_one,
		map__deinit_frees_each_value,
		map__is_unchanged_when_memory_is_out,
		map__holds_what_a_plain_array_holds,
		imap__finds_nothing_when_empty,
		imap__replaces,
		imap__is_unchanged_when_memory_is_out,
		imap__holds_what_a_plain_array_holds,
	};

	return run_suite("map", tests, RMQI_COUNT(tests));
}
