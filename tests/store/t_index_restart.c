/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_index_restart.c - what is left of the index by key after every kind of end (IndexService.load, IndexFile.java).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/index_scene.h"

static void copy_file(const char *path, uint8_t *out)
{
	size_t size;
	const uint8_t *bytes = mem_fs_bytes(index_kit.mem, path, &size);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(size, INDEX_FILE_SIZE);
	memcpy(out, bytes, size);
}

START_TEST(index__survives_an_orderly_end)
{
	uint8_t before[INDEX_FILE_SIZE], after[INDEX_FILE_SIZE];
	char path[256];

	index_begin();
	index_put_numbers(0, 10);
	snprintf(path, sizeof(path), "%s", index_file(3));
	kit_close(&index_kit);
	copy_file(path, before);
	kit_open(&index_kit);
	kit_close(&index_kit);
	copy_file(path, after);
	ck_assert_mem_eq(before, after, INDEX_FILE_SIZE);

	kit_open(&index_kit);
	ck_assert_str_eq(index_kit.logged, "");
	index_expect_numbers(10);
	index_put_numbers(10, 10);
	kit_reopen(&index_kit);
	index_expect_numbers(20);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__survives_a_kill)
{
	uint8_t before[INDEX_FILE_SIZE], after[INDEX_FILE_SIZE];
	char path[256];

	index_begin();
	for (int n = 0; n < 20; n++) {
		index_put_numbers(n, 1);
		kit_crash(&index_kit);
		kit_open(&index_kit);
		index_expect_numbers(n + 1);
	}
	snprintf(path, sizeof(path), "%s", index_file(index_kit.store->index.count - 1));
	copy_file(path, before);
	kit_crash(&index_kit);
	/* The second recovery changes nothing. */
	kit_open(&index_kit);
	copy_file(path, after);
	ck_assert_mem_eq(before, after, INDEX_FILE_SIZE);
	kit_deinit(&index_kit);
}
END_TEST

/* Each byte of the newest file and of the one before, each bit pattern that a damage may leave. */
static void damage(const struct mem_fs *saved, const char *path, uint8_t mask)
{
	for (size_t at = 0; at < INDEX_FILE_SIZE; at++) {
		mem_fs_free(index_kit.mem);
		index_kit.mem = mem_fs_copy(saved);
		index_kit.fault.inner = mem_fs_table(index_kit.mem);
		mem_fs_bytes(index_kit.mem, path, NULL)[at] ^= mask;
		kit_open(&index_kit);
		for (int i = 0; i < 6; i++) {
			char key[16];

			snprintf(key, sizeof(key), "U%d", i);
			ck_assert_msg(index_find(key) >= 1, "byte %zu, %s", at, key);
		}
		kit_crash(&index_kit);
	}
}

START_TEST(index__is_repaired_wherever_it_is_damaged)
{
	struct mem_fs *saved;
	char path[256];

	index_begin();
	index_put_numbers(0, 6);
	snprintf(path, sizeof(path), "%s", index_file(index_kit.store->index.count - 1));
	kit_crash(&index_kit);
	saved = mem_fs_copy(index_kit.mem);
	damage(saved, path, 0xFF);
	damage(saved, path, 0x01);
	damage(saved, path, 0x80);
	mem_fs_free(saved);
	kit_deinit(&index_kit);
}
END_TEST

/* After an orderly end it is believed; what is found may be less, but nothing breaks, and what comes is found. */
START_TEST(index__damage_behind_an_orderly_end_harms_nothing_new)
{
	static const uint8_t masks[] = {0xFF, 0x80, 0x01};
	struct mem_fs *saved;
	char path[256];

	index_begin();
	index_put_numbers(0, 6);
	snprintf(path, sizeof(path), "%s", index_file(index_kit.store->index.count - 1));
	kit_close(&index_kit);
	saved = mem_fs_copy(index_kit.mem);
	for (size_t at = 0; at < INDEX_FILE_SIZE * RMQI_COUNT(masks); at++) {
		mem_fs_free(index_kit.mem);
		index_kit.mem = mem_fs_copy(saved);
		index_kit.fault.inner = mem_fs_table(index_kit.mem);
		mem_fs_bytes(index_kit.mem, path, NULL)[at % INDEX_FILE_SIZE] ^= masks[at / INDEX_FILE_SIZE];
		kit_open(&index_kit);
		index_find("all");
		index_find("U5");
		index_put_numbers(6, 6);
		for (int i = 6; i < 12; i++) {
			char key[16];

			snprintf(key, sizeof(key), "U%d", i);
			ck_assert_msg(index_find(key) == 1 && index_offset_of(0) == i, "byte %zu, %s", at, key);
		}
		kit_crash(&index_kit);
	}
	mem_fs_free(saved);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__survives_power_cuts)
{
	struct rmqi_rand rand;

	rmqi_rand_init(&rand, 7);
	for (uint64_t round = 0; round < 60; round++) {
		int64_t count;

		index_begin();
		index_put_numbers(0, (int)rmqi_rand_below(&rand, 25) + 1);
		kit_power_cut(&index_kit, round % 3 == 0 ? NULL : &rand);
		kit_open(&index_kit);
		count = mb_store_max_offset(index_kit.store, RMQI_STR("T"), 0);
		index_expect_numbers((int)count);
		index_put_numbers((int)count, 5);
		kit_power_cut(&index_kit, &rand);
		kit_open(&index_kit);
		index_expect_numbers((int)mb_store_max_offset(index_kit.store, RMQI_STR("T"), 0));
		kit_deinit(&index_kit);
	}
}
END_TEST

START_TEST(index__is_made_anew_when_it_is_gone)
{
	index_begin();
	index_put_numbers(0, 10);
	kit_close(&index_kit);
	mem_fs_delete(index_kit.mem, KIT_ROOT "/index");
	kit_open(&index_kit);
	index_expect_numbers(10);
	kit_close(&index_kit);

	/* With other sizes, too. */
	index_kit.config.index = (struct mb_index_shape){11, 100};
	kit_open(&index_kit);
	ck_assert_ptr_nonnull(strstr(index_kit.logged, "is no index of this store"));
	index_expect_numbers(10);
	ck_assert_uint_eq(index_kit.store->index.count, 1);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__of_another_log_is_made_anew)
{
	index_begin();
	index_put_numbers(0, 10);
	kit_close(&index_kit);
	mem_fs_delete(index_kit.mem, KIT_ROOT "/commitlog");
	mem_fs_delete(index_kit.mem, KIT_ROOT "/consumequeue");
	kit_open(&index_kit);
	ck_assert_uint_eq(index_find("U1"), 0);
	index_put_numbers(0, 4);
	index_expect_numbers(4);
	kit_reopen(&index_kit);
	index_expect_numbers(4);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__leaves_strange_files_alone)
{
	index_begin();
	mem_fs_put(index_kit.mem, KIT_ROOT "/index/notes", "x", 1);
	index_put_numbers(0, 3);
	kit_reopen(&index_kit);
	ck_assert_ptr_nonnull(strstr(index_kit.logged, "left alone"));
	ck_assert_ptr_nonnull(mem_fs_bytes(index_kit.mem, KIT_ROOT "/index/notes", NULL));
	index_expect_numbers(3);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__name_behind_which_there_is_none_is_no_file)
{
	uint8_t bytes[INDEX_FILE_SIZE];

	index_begin();
	index_put_numbers(0, 3);
	memcpy(bytes, mem_fs_bytes(index_kit.mem, index_file(0), NULL), INDEX_FILE_SIZE);
	mem_fs_put(index_kit.mem, KIT_ROOT "/index/99999999999999999", bytes, INDEX_FILE_SIZE);
	kit_reopen(&index_kit);
	ck_assert_ptr_nonnull(strstr(index_kit.logged, "left alone"));
	index_put_numbers(3, 6);
	index_expect_numbers(9);
	kit_deinit(&index_kit);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		index__survives_an_orderly_end,
		index__survives_a_kill,
		index__is_repaired_wherever_it_is_damaged,
		index__damage_behind_an_orderly_end_harms_nothing_new,
		index__survives_power_cuts,
		index__is_made_anew_when_it_is_gone,
		index__of_another_log_is_made_anew,
		index__leaves_strange_files_alone,
		index__name_behind_which_there_is_none_is_no_file,
	};

	return run_suite("index_restart", tests, RMQI_COUNT(tests));
}
