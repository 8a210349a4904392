/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_expiry.c - old files go, a disk that is nearly full takes nothing more
 * (DefaultMessageStore.CleanCommitLogService, CleanConsumeQueueService).
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

enum { HOUR_MS = 60 * 60 * 1000, FIRST_MS = 60 * 1000, ROUND_MS = 10 * 1000 };

static struct kit k;
static int used; /* percent of the disk; -1: it cannot be told */

static enum rmq_error space(const struct mb_fs *fs, const char *path, struct mb_space_figures *out)
{
	(void)fs;
	ck_assert_str_eq(path, KIT_ROOT);
	if (used < 0)
		return RMQ_ERR_IO;
	*out = (struct mb_space_figures){1000, 1000 - 10 * (uint64_t)used,
					 1000 - 10 * (uint64_t)used};
	return RMQ_OK;
}

static void prepare(void)
{
	kit_init(&k, 1);
	used = 10;
	k.fault.table.space = space;
	k.config.message_index = true;
	k.config.index = (struct mb_index_shape){5, 50};
	k.config.expiry = (struct mb_expiry_rules){
		.interval_ms = ROUND_MS,
		.reserved_hours = 72,
		.when = "",
		.max_used = 75,
		.forcibly = 85,
		.warning = 90,
		.clean_forcibly = true,
		.batch = 10,
		.pause_ms = 100,
	};
}

static void setup(void)
{
	prepare();
	kit_open(&k);
}

static size_t files(void)
{
	return k.store->commit_log.files.count;
}

static int64_t first(void)
{
	return mb_store_min_physical_offset(k.store);
}

/* Several files of the log, and of the queue. Each message has a key. */
static void fill(void)
{
	struct rmqi_stored_message m = kit_message("T", 0, "x", "KEYS\001k\002");
	struct mb_put_result r;

	while (files() < 5) {
		mb_store_put(k.store, &m, &r);
		ck_assert_int_eq(r.status, MB_PUT_OK);
	}
	kit_settle(&k);
}

START_TEST(expiry__deletes_nothing_that_is_not_old)
{
	setup();
	fill();
	used = 80;
	kit_advance_ms(&k, 71 * HOUR_MS);
	ck_assert_uint_eq(files(), 5);
	ck_assert_int_eq(first(), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__waits_for_its_hour_or_for_space)
{
	setup();
	fill();
	kit_advance_ms(&k, 100 * HOUR_MS);
	ck_assert_uint_eq(files(), 5);
	used = 76;
	kit_advance_ms(&k, ROUND_MS);
	kit_advance_ms(&k, 1000);
	/* The newest stays. */
	ck_assert_uint_eq(files(), 1);
	kit_put(&k, "T", 0, "x");
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__comes_at_its_hour)
{
	prepare();
	/* Wherever the test runs: twelve hours of the day are among them. */
	k.config.expiry.when = "0;2;4;6;8;10;12;14;16;18;20;22";
	k.config.expiry.reserved_hours = 1;
	kit_open(&k);
	fill();
	kit_advance_ms(&k, 4 * HOUR_MS);
	ck_assert_uint_eq(files(), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__goes_file_by_file_and_round_by_round)
{
	prepare();
	k.config.expiry.batch = 2;
	k.config.expiry.reserved_hours = 1;
	kit_open(&k);
	fill();
	kit_advance_ms(&k, 2 * HOUR_MS);
	mb_store_expire(k.store);
	while (files() == 5)
		kit_advance_ms(&k, 50);
	ck_assert_uint_eq(files(), 4);
	kit_advance_ms(&k, 49);
	ck_assert_uint_eq(files(), 4);
	kit_advance_ms(&k, 100);
	ck_assert_uint_eq(files(), 3);
	kit_advance_ms(&k, 5000);
	ck_assert_uint_eq(files(), 3);
	kit_advance_ms(&k, ROUND_MS);
	ck_assert_uint_eq(files(), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__is_asked_for_20_rounds)
{
	prepare();
	k.config.expiry.reserved_hours = 1;
	kit_open(&k);
	mb_store_expire(k.store);
	kit_advance_ms(&k, FIRST_MS + 20 * ROUND_MS);
	fill();
	kit_advance_ms(&k, 2 * HOUR_MS);
	ck_assert_uint_eq(files(), 5);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__takes_queues_and_index_along)
{
	struct mb_query q = {RMQI_STR("T"), RMQI_STR("k"), MB_INDEX_KEY, 64, 0, INT64_MAX, 0};
	int64_t max, min;

	setup();
	fill();
	max = mb_store_max_offset(k.store, RMQI_STR("T"), 0);
	ck_assert_uint_gt(k.store->index.count, 2);
	used = 86;
	kit_advance_ms(&k, FIRST_MS + 2000);
	ck_assert_uint_eq(files(), 1);

	min = mb_store_min_offset(k.store, RMQI_STR("T"), 0);
	ck_assert_int_gt(min, 0);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), max);
	ck_assert_int_eq(kit_get(&k, "T", 0, min), MB_GET_FOUND);
	ck_assert_int_eq(kit_get(&k, "T", 0, min - 1), MB_GET_OFFSET_TOO_SMALL);
	ck_assert(!k.fault.table.exists(&k.fault.table,
					KIT_ROOT "/consumequeue/T/0/00000000000000000000"));
	for (size_t i = 0; i + 1 < k.store->index.count; i++)
		ck_assert_int_ge(k.store->index.list[i]->end_offset, first());
	ck_assert_int_eq(mb_store_query(k.store, &q, &k.got), RMQ_OK);
	ck_assert_uint_eq(k.got.count, (size_t)(max - min) < 64 ? (size_t)(max - min) : 64);

	used = 10;
	kit_reopen(&k);
	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("T"), 0), min);
	ck_assert_int_eq(kit_put(&k, "T", 0, "x").queue_offset, max);
	ck_assert_uint_eq(kit_check(&k), (size_t)(max - min + 1));
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__forcibly_may_be_off)
{
	prepare();
	k.config.expiry.clean_forcibly = false;
	kit_open(&k);
	fill();
	used = 89;
	kit_advance_ms(&k, FIRST_MS + 1000);
	ck_assert_uint_eq(files(), 5);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__full_disk_refuses_messages_and_says_when_it_is_over)
{
	setup();
	kit_put(&k, "T", 0, "x");
	used = 91;
	kit_advance_ms(&k, FIRST_MS);
	ck_assert(!mb_store_is_writable(k.store));
	ck_assert_int_eq(kit_try_put(&k, "T", 0, "x").status, MB_PUT_SERVICE_NOT_AVAILABLE);
	ck_assert_ptr_nonnull(strstr(k.logged, "messages are refused until it is at 85 percent"));
	ck_assert_int_eq(kit_get(&k, "T", 0, 0), MB_GET_FOUND);
	/* Between the two it stays as it is. */
	used = 86;
	kit_advance_ms(&k, ROUND_MS);
	ck_assert_int_eq(kit_try_put(&k, "T", 0, "x").status, MB_PUT_SERVICE_NOT_AVAILABLE);
	used = 85;
	kit_advance_ms(&k, ROUND_MS);
	kit_put(&k, "T", 0, "x");
	/* What cannot be told is not full. */
	used = -1;
	kit_advance_ms(&k, ROUND_MS);
	kit_put(&k, "T", 0, "x");
	ck_assert_int_eq(mb_store_disk_used(k.store), -1);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__file_that_cannot_be_deleted_stays)
{
	setup();
	fill();
	used = 86;
	fault_fs_fail(&k.fault, FAULT_REMOVE, 1, 1000, 5);
	kit_advance_ms(&k, FIRST_MS + 1000);
	ck_assert_uint_eq(files(), 5);
	fault_fs_heal(&k.fault, FAULT_REMOVE);
	kit_advance_ms(&k, ROUND_MS + 1000);
	ck_assert_uint_eq(files(), 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__queues_without_messages_keep_their_numbers)
{
	setup();
	for (int i = 0; i < 7; i++)
		kit_put(&k, "Old", 3, "x");
	fill();
	used = 86;
	kit_advance_ms(&k, FIRST_MS + 2000);
	ck_assert_int_gt(first(), 2000);
	ck_assert_int_eq(mb_store_clean_queues(k.store), RMQ_OK);
	ck_assert_int_eq(mb_store_clean_queues(k.store), RMQ_OK);
	used = 10;

	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("Old"), 3), 7);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("Old"), 3), 7);
	ck_assert_int_eq(kit_put(&k, "Old", 3, "x").queue_offset, 7);
	kit_reopen(&k);
	ck_assert_int_eq(kit_get(&k, "Old", 3, 7), MB_GET_FOUND);
	ck_assert_int_eq(kit_put(&k, "Old", 3, "x").queue_offset, 8);
	kit_deinit(&k);
}
END_TEST

/* That is when somebody cleans. 20 entries fill a file. */
START_TEST(expiry__full_disk_takes_no_number_from_a_queue)
{
	static const int counts[] = {7, 20, 27, 40};

	for (size_t i = 0; i < RMQI_COUNT(counts); i++) {
		int n = counts[i];

		setup();
		for (int made = 0; made < n; made++)
			kit_put(&k, "Old", 3, "x");
		fill();
		used = 86;
		kit_advance_ms(&k, FIRST_MS + 2000);
		used = 10;
		fault_fs_fail(&k.fault, FAULT_MAP, 1, 1000, 28);
		fault_fs_fail(&k.fault, FAULT_RESERVE, 1, 1000, 28);
		(void)!mb_store_clean_queues(k.store);
		fault_fs_heal(&k.fault, FAULT_MAP);
		fault_fs_heal(&k.fault, FAULT_RESERVE);

		ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("Old"), 3), n);
		ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("Old"), 3), n);
		if (i % 2)
			kit_crash(&k);
		else
			kit_close(&k);
		kit_open(&k);
		ck_assert_int_eq(kit_put(&k, "Old", 3, "x").queue_offset, n);
		ck_assert_int_eq(mb_store_clean_queues(k.store), RMQ_OK);
		kit_deinit(&k);
	}
}
END_TEST

/* The last entry of a file was the last of all. */
START_TEST(expiry__clean_queue_has_a_file_for_its_next_entry)
{
	struct mb_files *files;

	setup();
	for (int i = 0; i < 40; i++)
		kit_put(&k, "Old", 3, "x");
	fill();
	used = 86;
	kit_advance_ms(&k, FIRST_MS + 2000);
	used = 10;
	ck_assert_int_eq(mb_store_clean_queues(k.store), RMQ_OK);
	files = &mb_queues_find(&k.store->queues, RMQI_STR("Old"), 3)->files;
	ck_assert_uint_eq(files->count, 1);
	ck_assert_int_eq(mb_files_min(files), 800);
	kit_reopen(&k);
	ck_assert_int_eq(kit_put(&k, "Old", 3, "x").queue_offset, 40);
	kit_deinit(&k);
}
END_TEST

static void put_light(const char *light, int count)
{
	struct rmqi_stored_message m;
	struct mb_put_result r;
	char properties[64];

	snprintf(properties, sizeof(properties), "INNER_MULTI_DISPATCH\1%s\2", light);
	m = kit_message("T", 0, "x", properties);
	for (int i = 0; i < count; i++) {
		mb_store_put(k.store, &m, &r);
		ck_assert_int_eq(r.status, MB_PUT_OK);
	}
}

/* Awake, and asleep: then when it wakes up. */
START_TEST(expiry__takes_light_queues_along)
{
	for (int asleep = 0; asleep < 2; asleep++) {
		struct mb_lights *lights;
		char name[32];

		prepare();
		k.config.light_queues = true;
		kit_open(&k);
		lights = &k.store->queues.lights;
		put_light("%LMQ%x", 45);
		for (int i = 0; asleep && i < 600; i++) {
			snprintf(name, sizeof(name), "%%LMQ%%%d", i);
			put_light(name, 1);
			if (i % 100 == 0)
				kit_advance_ms(&k, 100);
		}
		fill();
		used = 86;
		kit_advance_ms(&k, FIRST_MS + 20000);
		used = 10;
		ck_assert_int_gt(first(), 4096);

		ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("%LMQ%x"), 0), 45);
		ck_assert_uint_eq(mb_lights_find(lights, RMQI_STR("%LMQ%x"))->files.count, 1);
		put_light("%LMQ%x", 1);
		ck_assert_int_eq(mb_store_light_max(k.store, RMQI_STR("%LMQ%x")), 46);
		kit_reopen(&k);
		ck_assert_int_eq(mb_store_light_max(k.store, RMQI_STR("%LMQ%x")), 46);
		kit_deinit(&k);
	}
}
END_TEST

static unsigned unmapped;
static void (*real_unmap)(const struct mb_fs *fs, struct mb_map *m);

static void note_unmap(const struct mb_fs *fs, struct mb_map *m)
{
	unmapped++;
	real_unmap(fs, m);
}

/* Its blocks go with the map, which takes its time: not the loop's. */
START_TEST(expiry__file_leaves_memory_on_the_flusher)
{
	struct mb_files *log;
	struct mb_file *second;

	prepare();
	real_unmap = k.fault.table.unmap;
	k.fault.table.unmap = note_unmap;
	kit_open(&k);
	fill();
	log = &k.store->commit_log.files;
	unmapped = 0;
	ck_assert_int_eq(mb_files_remove_oldest(log, k.config.flusher), RMQ_OK);
	ck_assert_uint_eq(unmapped, 0);
	kit_settle(&k);
	ck_assert_uint_eq(unmapped, 1);
	/* Somebody has it: with the last one. */
	second = log->list[0];
	mb_file_ref(second);
	ck_assert_int_eq(mb_files_remove_oldest(log, k.config.flusher), RMQ_OK);
	kit_settle(&k);
	ck_assert_uint_eq(unmapped, 1);
	mb_file_unref(second);
	ck_assert_uint_eq(unmapped, 2);
	kit_deinit(&k);
}
END_TEST

START_TEST(expiry__hours_that_are_none_are_refused)
{
	static const char *const bad[] = {"24", "-1", "four", "04;x", "4 5"};

	prepare();
	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		struct rmq_error_detail *detail = rmqi_detail_new();

		k.config.expiry.when = bad[i];
		ck_assert_int_eq(kit_try_open(&k, detail), RMQ_ERR_CONFIG);
		ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "deleteWhen"));
		rmq_error_detail_free(detail);
		/* The next start is not one after a kill. */
		ck_assert_ptr_null(mem_fs_bytes(k.mem, KIT_ROOT "/abort", NULL));
	}
	k.config.expiry.when = "04; 16";
	kit_open(&k);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		expiry__deletes_nothing_that_is_not_old,
		expiry__waits_for_its_hour_or_for_space,
		expiry__comes_at_its_hour,
		expiry__goes_file_by_file_and_round_by_round,
		expiry__is_asked_for_20_rounds,
		expiry__takes_queues_and_index_along,
		expiry__forcibly_may_be_off,
		expiry__full_disk_refuses_messages_and_says_when_it_is_over,
		expiry__file_that_cannot_be_deleted_stays,
		expiry__queues_without_messages_keep_their_numbers,
		expiry__full_disk_takes_no_number_from_a_queue,
		expiry__clean_queue_has_a_file_for_its_next_entry,
		expiry__takes_light_queues_along,
		expiry__file_leaves_memory_on_the_flusher,
		expiry__hours_that_are_none_are_refused,
	};

	return run_suite("expiry", tests, RMQI_COUNT(tests));
}
