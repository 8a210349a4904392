/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_index.c - the index by key: its files, what is found, and what is left of it after every kind of end
 * (IndexFile.java, IndexService.java).
 */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

enum { SLOTS = 5, ITEMS = 8, FILE_SIZE = 40 + SLOTS * 4 + ITEMS * 20 };

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	k.config.message_index = true;
	k.config.index = (struct mb_index_shape){SLOTS, ITEMS};
	kit_open(&k);
}

static struct mb_put_result put(const char *topic, const char *properties, int32_t sys_flag)
{
	struct rmqi_stored_message m = kit_message(topic, 0, "x", properties);
	struct mb_put_result r;

	m.sys_flag = sys_flag;
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	return r;
}

/* Message n has the unique key Un and the keys kn and "all". */
static void put_numbers(int from, int count)
{
	char properties[64];

	for (int i = from; i < from + count; i++) {
		snprintf(properties, sizeof(properties), "UNIQ_KEY\001U%d\002KEYS\001k%d all\002", i, i);
		put("T", properties, 0);
		kit_advance_ms(&k, 1500);
	}
}

static size_t find_of(const char *key, enum mb_index_kind kind, size_t max, int64_t begin,
		      int64_t end)
{
	struct mb_query q = {.topic = RMQI_STR("T"),
			     .key = rmqi_str(key),
			     .kind = kind,
			     .max = max,
			     .begin_ms = begin,
			     .end_ms = end};

	ck_assert_int_eq(mb_store_query(k.store, &q, &k.got), RMQ_OK);
	return k.got.count;
}

static size_t find(const char *key)
{
	return find_of(key, MB_INDEX_KEY, 64, 0, INT64_MAX);
}

static int64_t offset_of(size_t i)
{
	struct rmqi_stored_message m;
	struct rmqi_cursor c = k.got.records[i];

	ck_assert_int_eq(rmqi_message_decode(&c, &m), RMQ_OK);
	return m.queue_offset;
}

static void expect_numbers(int count)
{
	char key[16];

	for (int i = 0; i < count; i++) {
		snprintf(key, sizeof(key), "U%d", i);
		ck_assert_msg(find(key) == 1 && offset_of(0) == i, "%s: %zu", key, k.got.count);
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_msg(find(key) == 1 && offset_of(0) == i, "%s: %zu", key, k.got.count);
	}
	ck_assert_uint_eq(find("all"), (size_t)count);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(offset_of((size_t)i), i);
}

/* The path of the nth file, the oldest is 0. */
static const char *file(size_t n)
{
	ck_assert_uint_lt(n, k.store->index.count);
	return k.store->index.list[n]->file->path;
}

/* --- The file ----------------------------------------------------------------------------- */

static void expect_hex(const uint8_t *bytes, size_t size, const char *hex)
{
	char text[2 * FILE_SIZE + 1];

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	ck_assert_str_eq(text, hex);
}

/* The numbers come from Java's String.hashCode and Apache's layout, not from this code. */
START_TEST(index__file_is_that_of_apache)
{
	char path[256];
	size_t size;

	setup();
	put("T", "UNIQ_KEY\001U1\002KEYS\001a b\002", 0);
	kit_advance_ms(&k, 1500);
	put("T", "UNIQ_KEY\001U2\002", 0);
	snprintf(path, sizeof(path), "%s", file(0));
	kit_close(&k);

	ck_assert_uint_eq(strlen(strrchr(path, '/')), 1 + 17);
	ck_assert_ptr_nonnull(mem_fs_bytes(k.mem, path, &size));
	ck_assert_uint_eq(size, FILE_SIZE);
	expect_hex(mem_fs_bytes(k.mem, path, NULL), 40 + SLOTS * 4 + 5 * 20,
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
	kit_deinit(&k);
}
END_TEST

START_TEST(index__next_file_begins_with_the_end_of_the_one_before)
{
	const uint8_t *bytes;

	setup();
	put_numbers(0, 3); /* nine keys: seven fit into a file */
	ck_assert_uint_eq(k.store->index.count, 2);
	ck_assert(mb_index_file_is_full(k.store->index.list[0]));
	ck_assert_int_eq(strcmp(file(0), file(1)) < 0, 1);

	expect_numbers(3);
	/* Its first item counts the seconds since the time of the last one of the file before, 0 here. */
	bytes = mem_fs_bytes(k.mem, file(1), NULL);
	ck_assert_uint_eq(bytes[39], 3);
	put_numbers(3, 30);
	expect_numbers(33);
	kit_deinit(&k);
}
END_TEST

static int64_t checkpoint_ms(void)
{
	const uint8_t *bytes = mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", NULL);
	uint64_t stored;

	memcpy(&stored, bytes + 16, sizeof(stored));
	return (int64_t)be64toh(stored);
}

/* Something is dirty whenever a flush is over, so the newest file has no turn. */
START_TEST(index__checkpoint_knows_the_last_full_file)
{
	int64_t end_ms;

	setup();
	for (int i = 0; i < 3; i++)
		put("T", "UNIQ_KEY\001U\002KEYS\001k all\002", 0);
	end_ms = k.store->index.list[0]->end_ms;
	for (int i = 0; i < 2000; i++) {
		put("T", "", 0);
		kit_advance_ms(&k, 1);
	}
	kit_crash(&k);
	ck_assert_int_eq(checkpoint_ms(), end_ms);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__newest_file_is_flushed_at_rest)
{
	char path[256];
	unsigned syncs;
	int64_t end_ms;

	setup();
	put_numbers(0, 2);
	end_ms = k.store->index.list[0]->end_ms;
	snprintf(path, sizeof(path), "%s", file(0));
	kit_advance_ms(&k, 5000);
	syncs = k.fault.ops[FAULT_SYNC].calls;
	kit_advance_ms(&k, 60000);
	ck_assert_uint_eq(k.fault.ops[FAULT_SYNC].calls, syncs);
	kit_power_cut(&k, NULL);
	ck_assert_int_eq(checkpoint_ms(), end_ms);
	ck_assert_uint_eq(mem_fs_bytes(k.mem, path, NULL)[39], 7); /* six keys */
	kit_open(&k);
	expect_numbers(2);
	kit_deinit(&k);
}
END_TEST

/* --- What is found -------------------------------------------------------------------------- */

START_TEST(index__finds_keys_of_a_topic)
{
	setup();
	put("T", "UNIQ_KEY\001U1\002KEYS\001a  b \002", 0);
	put("Other", "UNIQ_KEY\001U2\002KEYS\001a\002", 0);
	put("T", "TAGS\001a\002", 0);

	ck_assert_uint_eq(find("a"), 1);
	ck_assert_uint_eq(find("b"), 1);
	ck_assert_uint_eq(find("U1"), 1);
	ck_assert_uint_eq(find("U2"), 0);
	ck_assert_uint_eq(find("c"), 0);
	ck_assert_uint_eq(find(""), 0);
	ck_assert_uint_eq(find_of("a", MB_INDEX_TAG, 64, 0, INT64_MAX), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__finds_tags_when_told_so)
{
	kit_init(&k, 1);
	k.config.message_index = true;
	k.config.index_tags = true;
	k.config.index = (struct mb_index_shape){SLOTS, ITEMS};
	kit_open(&k);
	put("T", "TAGS\001a\002KEYS\001b\002", 0);

	ck_assert_uint_eq(find("a"), 0);
	ck_assert_uint_eq(find_of("a", MB_INDEX_TAG, 64, 0, INT64_MAX), 1);
	ck_assert_uint_eq(find("b"), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__keeps_to_time_and_number)
{
	setup();
	put_numbers(0, 10);

	/* The newest ones, the oldest of them first. Times in an index are seconds, rounded down. */
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 3, 0, INT64_MAX), 3);
	ck_assert_int_eq(offset_of(0), 7);
	ck_assert_int_eq(offset_of(2), 9);
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 0, 0, INT64_MAX), 0);
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 64, KIT_START_MS + 11200, INT64_MAX), 2);
	ck_assert_int_eq(offset_of(0), 8);
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 64, 0, KIT_START_MS), 1);
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 64, KIT_START_MS + 100000, INT64_MAX), 0);
	ck_assert_uint_eq(find_of("all", MB_INDEX_KEY, 64, INT64_MAX, 0), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__has_halves_but_no_rollbacks)
{
	setup();
	put("T", "KEYS\001half\002", RMQI_SYS_PREPARED);
	put("T", "KEYS\001gone\002", RMQI_SYS_ROLLBACK);
	put("T", "KEYS\001done\002", RMQI_SYS_COMMIT);

	ck_assert_uint_eq(find("half"), 1);
	ck_assert_uint_eq(find("gone"), 0);
	ck_assert_uint_eq(find("done"), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__may_be_off)
{
	kit_init(&k, 1);
	kit_open(&k);
	put("T", "KEYS\001a\002", 0);

	ck_assert_uint_eq(find("a"), 0);
	ck_assert(!k.fault.table.exists(&k.fault.table, KIT_ROOT "/index"));
	kit_close(&k);

	/* What came before it was on is found, too. */
	k.config.message_index = true;
	k.config.index = (struct mb_index_shape){SLOTS, ITEMS};
	kit_open(&k);
	ck_assert_uint_eq(find("a"), 1);
	kit_deinit(&k);
}
END_TEST

/* --- Restarts --------------------------------------------------------------------------------- */

static void copy_file(const char *path, uint8_t *out)
{
	size_t size;
	const uint8_t *bytes = mem_fs_bytes(k.mem, path, &size);

	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(size, FILE_SIZE);
	memcpy(out, bytes, size);
}

START_TEST(index__survives_an_orderly_end)
{
	uint8_t before[FILE_SIZE], after[FILE_SIZE];
	char path[256];

	setup();
	put_numbers(0, 10);
	snprintf(path, sizeof(path), "%s", file(3));
	kit_close(&k);
	copy_file(path, before);
	kit_open(&k);
	kit_close(&k);
	copy_file(path, after);
	ck_assert_mem_eq(before, after, FILE_SIZE);

	kit_open(&k);
	ck_assert_str_eq(k.logged, "");
	expect_numbers(10);
	put_numbers(10, 10);
	kit_reopen(&k);
	expect_numbers(20);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__survives_a_kill)
{
	uint8_t before[FILE_SIZE], after[FILE_SIZE];
	char path[256];

	setup();
	for (int n = 0; n < 20; n++) {
		put_numbers(n, 1);
		kit_crash(&k);
		kit_open(&k);
		expect_numbers(n + 1);
	}
	snprintf(path, sizeof(path), "%s", file(k.store->index.count - 1));
	copy_file(path, before);
	kit_crash(&k);
	/* The second recovery changes nothing. */
	kit_open(&k);
	copy_file(path, after);
	ck_assert_mem_eq(before, after, FILE_SIZE);
	kit_deinit(&k);
}
END_TEST

/* Each byte of the newest file and of the one before, each bit pattern that a damage may leave. */
static void damage(const struct mem_fs *saved, const char *path, uint8_t mask)
{
	for (size_t at = 0; at < FILE_SIZE; at++) {
		mem_fs_free(k.mem);
		k.mem = mem_fs_copy(saved);
		k.fault.inner = mem_fs_table(k.mem);
		mem_fs_bytes(k.mem, path, NULL)[at] ^= mask;
		kit_open(&k);
		for (int i = 0; i < 6; i++) {
			char key[16];

			snprintf(key, sizeof(key), "U%d", i);
			ck_assert_msg(find(key) >= 1, "byte %zu, %s", at, key);
		}
		kit_crash(&k);
	}
}

START_TEST(index__is_repaired_wherever_it_is_damaged)
{
	struct mem_fs *saved;
	char path[256];

	setup();
	put_numbers(0, 6);
	snprintf(path, sizeof(path), "%s", file(k.store->index.count - 1));
	kit_crash(&k);
	saved = mem_fs_copy(k.mem);
	damage(saved, path, 0xFF);
	damage(saved, path, 0x01);
	damage(saved, path, 0x80);
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

/* After an orderly end it is believed; what is found may be less, but nothing breaks, and what comes is found. */
START_TEST(index__damage_behind_an_orderly_end_harms_nothing_new)
{
	static const uint8_t masks[] = {0xFF, 0x80, 0x01};
	struct mem_fs *saved;
	char path[256];

	setup();
	put_numbers(0, 6);
	snprintf(path, sizeof(path), "%s", file(k.store->index.count - 1));
	kit_close(&k);
	saved = mem_fs_copy(k.mem);
	for (size_t at = 0; at < FILE_SIZE * RMQI_COUNT(masks); at++) {
		mem_fs_free(k.mem);
		k.mem = mem_fs_copy(saved);
		k.fault.inner = mem_fs_table(k.mem);
		mem_fs_bytes(k.mem, path, NULL)[at % FILE_SIZE] ^= masks[at / FILE_SIZE];
		kit_open(&k);
		find("all");
		find("U5");
		put_numbers(6, 6);
		for (int i = 6; i < 12; i++) {
			char key[16];

			snprintf(key, sizeof(key), "U%d", i);
			ck_assert_msg(find(key) == 1 && offset_of(0) == i, "byte %zu, %s", at, key);
		}
		kit_crash(&k);
	}
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__survives_power_cuts)
{
	struct rmqi_rand rand;

	rmqi_rand_init(&rand, 7);
	for (uint64_t round = 0; round < 60; round++) {
		int64_t count;

		setup();
		put_numbers(0, (int)rmqi_rand_below(&rand, 25) + 1);
		kit_power_cut(&k, round % 3 == 0 ? NULL : &rand);
		kit_open(&k);
		count = mb_store_max_offset(k.store, RMQI_STR("T"), 0);
		expect_numbers((int)count);
		put_numbers((int)count, 5);
		kit_power_cut(&k, &rand);
		kit_open(&k);
		expect_numbers((int)mb_store_max_offset(k.store, RMQI_STR("T"), 0));
		kit_deinit(&k);
	}
}
END_TEST

START_TEST(index__is_made_anew_when_it_is_gone)
{
	setup();
	put_numbers(0, 10);
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_ROOT "/index");
	kit_open(&k);
	expect_numbers(10);
	kit_close(&k);

	/* With other sizes, too. */
	k.config.index = (struct mb_index_shape){11, 100};
	kit_open(&k);
	ck_assert_ptr_nonnull(strstr(k.logged, "is no index of this store"));
	expect_numbers(10);
	ck_assert_uint_eq(k.store->index.count, 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__of_another_log_is_made_anew)
{
	setup();
	put_numbers(0, 10);
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_ROOT "/commitlog");
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue");
	kit_open(&k);
	ck_assert_uint_eq(find("U1"), 0);
	put_numbers(0, 4);
	expect_numbers(4);
	kit_reopen(&k);
	expect_numbers(4);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__leaves_strange_files_alone)
{
	setup();
	mem_fs_put(k.mem, KIT_ROOT "/index/notes", "x", 1);
	put_numbers(0, 3);
	kit_reopen(&k);
	ck_assert_ptr_nonnull(strstr(k.logged, "left alone"));
	ck_assert_ptr_nonnull(mem_fs_bytes(k.mem, KIT_ROOT "/index/notes", NULL));
	expect_numbers(3);
	kit_deinit(&k);
}
END_TEST

START_TEST(index__name_behind_which_there_is_none_is_no_file)
{
	uint8_t bytes[FILE_SIZE];

	setup();
	put_numbers(0, 3);
	memcpy(bytes, mem_fs_bytes(k.mem, file(0), NULL), FILE_SIZE);
	mem_fs_put(k.mem, KIT_ROOT "/index/99999999999999999", bytes, FILE_SIZE);
	kit_reopen(&k);
	ck_assert_ptr_nonnull(strstr(k.logged, "left alone"));
	put_numbers(3, 6);
	expect_numbers(9);
	kit_deinit(&k);
}
END_TEST

/* --- No room ------------------------------------------------------------------------------------ */

START_TEST(index__catches_up_when_there_is_room)
{
	setup();
	put_numbers(0, 2);
	/* The next file cannot be made. */
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 1000, ENOSPC);
	put_numbers(2, 5);
	ck_assert(k.store->index.is_behind);
	ck_assert_ptr_nonnull(strstr(k.logged, "No space left"));
	fault_fs_heal(&k.fault, FAULT_MAP);
	expect_numbers(7);
	ck_assert(!k.store->index.is_behind);

	/* By a put, and by a restart. */
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 1000, ENOSPC);
	put_numbers(7, 3);
	fault_fs_heal(&k.fault, FAULT_MAP);
	put_numbers(10, 1);
	ck_assert(!k.store->index.is_behind);
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 1000, ENOSPC);
	put_numbers(11, 3);
	ck_assert(k.store->index.is_behind);
	kit_close(&k);
	fault_fs_heal(&k.fault, FAULT_MAP);
	kit_open(&k);
	expect_numbers(14);
	kit_deinit(&k);
}
END_TEST

/* The last one that has its items was stored when the first one was that has none. */
START_TEST(index__behind_at_the_end_is_behind_at_the_start)
{
	char properties[64];

	setup();
	for (int i = 0; i < 5; i++) {
		if (i == 2)
			fault_fs_fail(&k.fault, FAULT_MAP, 1, 1000, ENOSPC);
		snprintf(properties, sizeof(properties), "UNIQ_KEY\001U%d\002KEYS\001k%d all\002", i,
			 i);
		put("T", properties, 0);
	}
	ck_assert(k.store->index.is_behind);
	mb_index_rest(&k.store->index);
	kit_close(&k);
	fault_fs_heal(&k.fault, FAULT_MAP);
	kit_open(&k);
	expect_numbers(5);
	kit_deinit(&k);
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
		index__survives_an_orderly_end,
		index__survives_a_kill,
		index__is_repaired_wherever_it_is_damaged,
		index__damage_behind_an_orderly_end_harms_nothing_new,
		index__survives_power_cuts,
		index__is_made_anew_when_it_is_gone,
		index__of_another_log_is_made_anew,
		index__leaves_strange_files_alone,
		index__name_behind_which_there_is_none_is_no_file,
		index__catches_up_when_there_is_room,
		index__behind_at_the_end_is_behind_at_the_start,
	};

	return run_suite("index", tests, RMQI_COUNT(tests));
}
