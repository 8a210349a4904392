/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_index.c - the index by key: its files, what is found, and what happens where there is no room
 * (IndexFile.java, IndexService.java).
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/index_scene.h"

/* --- The file ----------------------------------------------------------------------------- */

static void expect_hex(const uint8_t *bytes, size_t size, const char *hex)
{
	char text[2 * INDEX_FILE_SIZE + 1];

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	ck_assert_str_eq(text, hex);
}

/* The numbers come from Java's String.hashCode and Apache's layout, not from this code. */
START_TEST(index__file_is_that_of_apache)
{
	char path[256];
	size_t size;

	index_begin();
	index_put("T", "UNIQ_KEY\001U1\002KEYS\001a b\002", 0);
	kit_advance_ms(&index_kit, 1500);
	index_put("T", "UNIQ_KEY\001U2\002", 0);
	snprintf(path, sizeof(path), "%s", index_file(0));
	kit_close(&index_kit);

	ck_assert_uint_eq(strlen(strrchr(path, '/')), 1 + 17);
	ck_assert_ptr_nonnull(mem_fs_bytes(index_kit.mem, path, &size));
	ck_assert_uint_eq(size, INDEX_FILE_SIZE);
	expect_hex(mem_fs_bytes(index_kit.mem, path, NULL), 40 + INDEX_SLOTS * 4 + 5 * 20,
		   "0000018bcfe56800" /* beginTimestamp */
		   "0000018bcfe56ddc" /* endTimestamp */
		   "0000000000000000" /* beginPhyOffset */
		   "0000000000000072" /* endPhyOffset */
		   "00000004"         /* hashSlotCount */
		   "00000005"         /* indexCount */
		   "0000000000000002000000030000000100000004" /* slots */
		   "0000000000000000000000000000000000000000" /* item 0 */
		   "0026bd0b00000000000000000000000000000000" /* T#U1 */
		   "00013ff200000000000000000000000000000000" /* T#a */
		   "00013ff300000000000000000000000000000000" /* T#b */
		   "0026bd0c00000000000000720000000100000000" /* T#U2, a second later */);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__next_file_begins_with_the_end_of_the_one_before)
{
	const uint8_t *bytes;

	index_begin();
	index_put_numbers(0, 3); /* nine keys: seven fit into a file */
	ck_assert_uint_eq(index_kit.store->index.count, 2);
	ck_assert(mb_index_file_is_full(index_kit.store->index.list[0]));
	ck_assert_int_eq(strcmp(index_file(0), index_file(1)) < 0, 1);

	index_expect_numbers(3);
	/* Its first item counts the seconds since the time of the last one of the file before, 0 here. */
	bytes = mem_fs_bytes(index_kit.mem, index_file(1), NULL);
	ck_assert_uint_eq(bytes[39], 3);
	index_put_numbers(3, 30);
	index_expect_numbers(33);
	kit_deinit(&index_kit);
}
END_TEST

static int64_t checkpoint_ms(void)
{
	const uint8_t *bytes = mem_fs_bytes(index_kit.mem, KIT_ROOT "/checkpoint", NULL);
	uint64_t stored;

	memcpy(&stored, bytes + 16, sizeof(stored));
	return (int64_t)be64toh(stored);
}

/* Something is dirty whenever a flush is over, so the newest file has no turn. */
START_TEST(index__checkpoint_knows_the_last_full_file)
{
	int64_t end_ms;

	index_begin();
	for (int i = 0; i < 3; i++)
		index_put("T", "UNIQ_KEY\001U\002KEYS\001k all\002", 0);
	end_ms = index_kit.store->index.list[0]->end_ms;
	for (int i = 0; i < 2000; i++) {
		index_put("T", "", 0);
		kit_advance_ms(&index_kit, 1);
	}
	kit_crash(&index_kit);
	ck_assert_int_eq(checkpoint_ms(), end_ms);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__newest_file_is_flushed_at_rest)
{
	char path[256];
	unsigned syncs;
	int64_t end_ms;

	index_begin();
	index_put_numbers(0, 2);
	end_ms = index_kit.store->index.list[0]->end_ms;
	snprintf(path, sizeof(path), "%s", index_file(0));
	kit_advance_ms(&index_kit, 5000);
	syncs = index_kit.fault.ops[FAULT_SYNC].calls;
	kit_advance_ms(&index_kit, 60000);
	ck_assert_uint_eq(index_kit.fault.ops[FAULT_SYNC].calls, syncs);
	kit_power_cut(&index_kit, NULL);
	ck_assert_int_eq(checkpoint_ms(), end_ms);
	ck_assert_uint_eq(mem_fs_bytes(index_kit.mem, path, NULL)[39], 7); /* six keys */
	kit_open(&index_kit);
	index_expect_numbers(2);
	kit_deinit(&index_kit);
}
END_TEST

/* --- What is found -------------------------------------------------------------------------- */

START_TEST(index__finds_keys_of_a_topic)
{
	index_begin();
	index_put("T", "UNIQ_KEY\001U1\002KEYS\001a  b \002", 0);
	index_put("Other", "UNIQ_KEY\001U2\002KEYS\001a\002", 0);
	index_put("T", "TAGS\001a\002", 0);

	ck_assert_uint_eq(index_find("a"), 1);
	ck_assert_uint_eq(index_find("b"), 1);
	ck_assert_uint_eq(index_find("U1"), 1);
	ck_assert_uint_eq(index_find("U2"), 0);
	ck_assert_uint_eq(index_find("c"), 0);
	ck_assert_uint_eq(index_find(""), 0);
	ck_assert_uint_eq(index_find_of("a", MB_INDEX_TAG, 64, 0, INT64_MAX), 0);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__finds_tags_when_told_so)
{
	kit_init(&index_kit, 1);
	index_kit.config.message_index = true;
	index_kit.config.index_tags = true;
	index_kit.config.index = (struct mb_index_shape){INDEX_SLOTS, INDEX_ITEMS};
	kit_open(&index_kit);
	index_put("T", "TAGS\001a\002KEYS\001b\002", 0);

	ck_assert_uint_eq(index_find("a"), 0);
	ck_assert_uint_eq(index_find_of("a", MB_INDEX_TAG, 64, 0, INT64_MAX), 1);
	ck_assert_uint_eq(index_find("b"), 1);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__keeps_to_time_and_number)
{
	index_begin();
	index_put_numbers(0, 10);

	/* The newest ones, the oldest of them first. Times in an index are seconds, rounded down. */
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 3, 0, INT64_MAX), 3);
	ck_assert_int_eq(index_offset_of(0), 7);
	ck_assert_int_eq(index_offset_of(2), 9);
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 0, 0, INT64_MAX), 0);
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 64, KIT_START_MS + 11200, INT64_MAX), 2);
	ck_assert_int_eq(index_offset_of(0), 8);
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 64, 0, KIT_START_MS), 1);
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 64, KIT_START_MS + 100000, INT64_MAX), 0);
	ck_assert_uint_eq(index_find_of("all", MB_INDEX_KEY, 64, INT64_MAX, 0), 0);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__has_halves_but_no_rollbacks)
{
	index_begin();
	index_put("T", "KEYS\001half\002", RMQI_SYS_PREPARED);
	index_put("T", "KEYS\001gone\002", RMQI_SYS_ROLLBACK);
	index_put("T", "KEYS\001done\002", RMQI_SYS_COMMIT);

	ck_assert_uint_eq(index_find("half"), 1);
	ck_assert_uint_eq(index_find("gone"), 0);
	ck_assert_uint_eq(index_find("done"), 1);
	kit_deinit(&index_kit);
}
END_TEST

START_TEST(index__may_be_off)
{
	kit_init(&index_kit, 1);
	kit_open(&index_kit);
	index_put("T", "KEYS\001a\002", 0);

	ck_assert_uint_eq(index_find("a"), 0);
	ck_assert(!index_kit.fault.table.exists(&index_kit.fault.table, KIT_ROOT "/index"));
	kit_close(&index_kit);

	/* What came before it was on is found, too. */
	index_kit.config.message_index = true;
	index_kit.config.index = (struct mb_index_shape){INDEX_SLOTS, INDEX_ITEMS};
	kit_open(&index_kit);
	ck_assert_uint_eq(index_find("a"), 1);
	kit_deinit(&index_kit);
}
END_TEST

/* --- No room ------------------------------------------------------------------------------------ */

START_TEST(index__catches_up_when_there_is_room)
{
	index_begin();
	index_put_numbers(0, 2);
	/* The next file cannot be made. */
	fault_fs_fail(&index_kit.fault, FAULT_MAP, 1, 1000, ENOSPC);
	index_put_numbers(2, 5);
	ck_assert(index_kit.store->index.is_behind);
	ck_assert_ptr_nonnull(strstr(index_kit.logged, "No space left"));
	fault_fs_heal(&index_kit.fault, FAULT_MAP);
	index_expect_numbers(7);
	ck_assert(!index_kit.store->index.is_behind);

	/* By a put, and by a restart. */
	fault_fs_fail(&index_kit.fault, FAULT_MAP, 1, 1000, ENOSPC);
	index_put_numbers(7, 3);
	fault_fs_heal(&index_kit.fault, FAULT_MAP);
	index_put_numbers(10, 1);
	ck_assert(!index_kit.store->index.is_behind);
	fault_fs_fail(&index_kit.fault, FAULT_MAP, 1, 1000, ENOSPC);
	index_put_numbers(11, 3);
	ck_assert(index_kit.store->index.is_behind);
	kit_close(&index_kit);
	fault_fs_heal(&index_kit.fault, FAULT_MAP);
	kit_open(&index_kit);
	index_expect_numbers(14);
	kit_deinit(&index_kit);
}
END_TEST

/* The last one that has its items was stored when the first one was that has none. */
START_TEST(index__behind_at_the_end_is_behind_at_the_start)
{
	char properties[64];

	index_begin();
	for (int i = 0; i < 5; i++) {
		if (i == 2)
			fault_fs_fail(&index_kit.fault, FAULT_MAP, 1, 1000, ENOSPC);
		snprintf(properties, sizeof(properties), "UNIQ_KEY\001U%d\002KEYS\001k%d all\002", i,
			 i);
		index_put("T", properties, 0);
	}
	ck_assert(index_kit.store->index.is_behind);
	mb_index_rest(&index_kit.store->index);
	kit_close(&index_kit);
	fault_fs_heal(&index_kit.fault, FAULT_MAP);
	kit_open(&index_kit);
	index_expect_numbers(5);
	kit_deinit(&index_kit);
}
END_TEST

/* All that have the key are newer but the first; only its own file is looked at. */
static size_t find_first(size_t looks)
{
	const struct mb_query q = {.topic = RMQI_STR("T"),
				   .key = RMQI_STR("all"),
				   .kind = MB_INDEX_KEY,
				   .max = 64,
				   .end_ms = KIT_START_MS + 500,
				   .looks = looks};

	ck_assert_int_eq(mb_store_query(index_kit.store, &q, &index_kit.got), RMQ_OK);
	return index_kit.got.count;
}

START_TEST(index__of_a_key_of_too_many_is_cut_and_told)
{
	index_begin();
	index_put_numbers(0, 12);
	ck_assert_uint_eq(find_first(13), 1);
	ck_assert_ptr_null(strstr(index_kit.logged, "ends before its time"));
	ck_assert_uint_eq(find_first(1), 0);
	ck_assert_ptr_nonnull(strstr(index_kit.logged, "ends before its time"));
	ck_assert_uint_eq(find_first(0), 1);
	kit_deinit(&index_kit);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		index__file_is_that_of_apache,
		index__next_file_begins_with_the_end_of_the_one_before,
		index__checkpoint_knows_the_last_full_file,
		index__newest_file_is_flushed_at_rest,
		index__finds_keys_of_a_topic,
		index__finds_tags_when_told_so,
		index__keeps_to_time_and_number,
		index__has_halves_but_no_rollbacks,
		index__may_be_off,
		index__catches_up_when_there_is_room,
		index__behind_at_the_end_is_behind_at_the_start,
		index__of_a_key_of_too_many_is_cut_and_told,
	};

	return run_suite("index", tests, RMQI_COUNT(tests));
}
