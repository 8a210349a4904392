/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_get.c - reading by offset and by time (doc/reference/store.md).
 */
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

static void expect(int64_t offset, enum mb_get_status status, int64_t next)
{
	ck_assert_str_eq(mb_get_status_name(kit_get(&k, "T", 0, offset)),
			 mb_get_status_name(status));
	ck_assert_int_eq(k.got.next_begin_offset, next);
}

START_TEST(get__tells_the_status_of_an_offset)
{
	setup();
	ck_assert_int_eq(kit_get(&k, "T", 0, 5), MB_GET_NO_MATCHED_LOGIC_QUEUE);
	ck_assert_int_eq(k.got.next_begin_offset, 0);
	ck_assert_int_eq(kit_get(&k, "T", -1, 0), MB_GET_NO_MATCHED_LOGIC_QUEUE);
	kit_put_many(&k, "T", 0, 0, 10);

	expect(-1, MB_GET_OFFSET_TOO_SMALL, 0);
	expect(0, MB_GET_FOUND, 10);
	ck_assert_uint_eq(k.got.count, 10);
	ck_assert_int_eq(k.got.min_offset, 0);
	ck_assert_int_eq(k.got.max_offset, 10);
	expect(9, MB_GET_FOUND, 10);
	expect(10, MB_GET_OFFSET_OVERFLOW_ONE, 10);
	expect(11, MB_GET_OFFSET_OVERFLOW_BADLY, 10);
	expect(INT64_MAX, MB_GET_OFFSET_OVERFLOW_BADLY, 10);
	expect(INT64_MIN, MB_GET_OFFSET_TOO_SMALL, 0);
	kit_deinit(&k);
}
END_TEST

/* A queue file cannot be made: the queue is there, and empty. */
START_TEST(get__empty_queue_has_no_message)
{
	setup();
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 1, 28);
	ck_assert_int_eq(kit_try_put(&k, "T", 0, "x").status, MB_PUT_SERVICE_NOT_AVAILABLE);

	expect(0, MB_GET_NO_MESSAGE_IN_QUEUE, 0);
	expect(7, MB_GET_NO_MESSAGE_IN_QUEUE, 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(get__reads_one_queue_file_at_a_time)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 50);

	expect(15, MB_GET_FOUND, 20); /* files of 20 entries */
	expect(20, MB_GET_FOUND, 40);
	expect(40, MB_GET_FOUND, 50);
	kit_deinit(&k);
}
END_TEST

static void get_limited(int32_t max_messages, size_t max_bytes, const struct mb_filter *filter)
{
	const struct mb_get_limits limits = {max_messages, max_bytes};

	mb_store_get(k.store, RMQI_STR("T"), 0, 0, &limits, filter, &k.got);
}

START_TEST(get__keeps_to_the_limits)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 15); /* the first ten: 93 bytes each */

	get_limited(3, 1 << 20, NULL);
	ck_assert_uint_eq(k.got.count, 3);
	ck_assert_uint_eq(k.got.bytes, 279);
	ck_assert_int_eq(k.got.next_begin_offset, 3);
	get_limited(32, 279, NULL);
	ck_assert_uint_eq(k.got.count, 3);
	get_limited(32, 278, NULL);
	ck_assert_uint_eq(k.got.count, 2);
	get_limited(32, 1, NULL);
	ck_assert_uint_eq(k.got.count, 1); /* the first one, whatever its size */
	ck_assert_int_eq(k.got.next_begin_offset, 1);
	kit_deinit(&k);
}
END_TEST

static bool is_code(const struct mb_filter *f, int64_t code)
{
	return code == *(const int64_t *)f->arg;
}

static bool is_body(const struct mb_filter *f, struct rmqi_cursor record)
{
	struct rmqi_stored_message m;

	return rmqi_message_decode(&record, &m) == RMQ_OK &&
	       rmqi_str_is(rmqi_cursor_str(m.body), f->arg);
}

static void put_tagged(const char *body, const char *properties)
{
	struct rmqi_stored_message m = kit_message("T", 0, body, properties);
	struct mb_put_result r;

	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
}

START_TEST(get__filters_by_code)
{
	const int64_t tag_a = 2598919, other = 1;
	struct mb_filter filter = {.match_code = is_code, .arg = &tag_a};

	setup();
	put_tagged("0", "");
	put_tagged("1", "TAGS\001TagA\002");
	put_tagged("2", "");

	get_limited(32, 1 << 20, &filter);
	ck_assert_int_eq(k.got.status, MB_GET_FOUND);
	ck_assert_uint_eq(k.got.count, 1);
	ck_assert_str_eq(kit_body(&k, 0), "1");
	ck_assert_int_eq(k.got.next_begin_offset, 3); /* behind those filtered, too */

	filter.arg = &other;
	get_limited(32, 1 << 20, &filter);
	ck_assert_int_eq(k.got.status, MB_GET_NO_MATCHED_MESSAGE);
	ck_assert_int_eq(k.got.next_begin_offset, 3);
	kit_deinit(&k);
}
END_TEST

START_TEST(get__filters_by_record)
{
	struct mb_filter filter = {.match_record = is_body, .arg = "7"};

	setup();
	kit_put_many(&k, "T", 0, 0, 10);

	get_limited(32, 1 << 20, &filter);
	ck_assert_uint_eq(k.got.count, 1);
	ck_assert_str_eq(kit_body(&k, 0), "7");
	filter.arg = "none";
	get_limited(32, 1 << 20, &filter);
	ck_assert_int_eq(k.got.status, MB_GET_NO_MATCHED_MESSAGE);
	kit_deinit(&k);
}
END_TEST

/* 16,000 bytes of entries: 800; or as many as messages were asked for. */
START_TEST(get__looks_at_800_entries_at_most)
{
	const int64_t none = 1;
	const struct mb_filter filter = {.match_code = is_code, .arg = &none};

	kit_init(&k, 1);
	k.config.commit_log_file_size = 1 << 20;
	k.config.consume_queue_file_size = 2000 * 20;
	kit_open(&k);
	kit_put_many(&k, "T", 0, 0, 1500);

	get_limited(32, 1 << 20, &filter);
	ck_assert_int_eq(k.got.next_begin_offset, 800);
	get_limited(1000, 1 << 20, &filter);
	ck_assert_int_eq(k.got.next_begin_offset, 1000);
	get_limited(1024, 1 << 20, NULL);
	ck_assert_uint_eq(k.got.count, 1024);
	kit_deinit(&k);
}
END_TEST

/* The oldest file of the log is gone, as after Apache's clean-up. */
static void lose_first_log_file(void)
{
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_LOG);
	kit_open(&k);
}

START_TEST(get__begins_where_the_log_begins)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 100);

	lose_first_log_file(); /* 43 messages: 10 of 93 bytes, then 94 */

	ck_assert_int_eq(mb_store_min_physical_offset(k.store), 4096);
	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("T"), 0), 43);
	expect(0, MB_GET_OFFSET_TOO_SMALL, 43);
	expect(43, MB_GET_FOUND, 60);
	ck_assert_str_eq(kit_body(&k, 0), "43");
	ck_assert_int_eq(mb_store_time_at(k.store, RMQI_STR("T"), 0, 42), -1);
	ck_assert_int_eq(mb_store_earliest_time(k.store, RMQI_STR("T"), 0), KIT_START_MS);
	kit_deinit(&k);
}
END_TEST

/* The records behind an entry are gone while the store is open. */
START_TEST(get__passes_over_records_that_are_gone)
{
	struct mb_queue *q;

	setup();
	kit_put_many(&k, "T", 0, 0, 60);
	lose_first_log_file();
	q = mb_queues_find(&k.store->queues, RMQI_STR("T"), 0);
	q->min = 0;

	expect(0, MB_GET_MESSAGE_WAS_REMOVING, 20);
	expect(40, MB_GET_FOUND, 60);
	ck_assert_uint_eq(k.got.count, 17);
	kit_deinit(&k);
}
END_TEST

START_TEST(get__does_not_trust_a_damaged_entry)
{
	char got[64] = "";
	uint8_t *entries;
	int64_t at = 0;

	setup();
	kit_put_many(&k, "T", 0, 0, 10);
	entries = mem_fs_bytes(k.mem, KIT_ROOT "/consumequeue/T/0/00000000000000000000", NULL);
	entries[4 * 20 + 7] ^= 1;  /* offset */
	entries[5 * 20 + 11] ^= 1; /* size */
	memset(entries + 6 * 20, 0x7f, 20);

	while (at < 10) {
		kit_get(&k, "T", 0, at);
		for (size_t i = 0; i < k.got.count; i++)
			strcat(got, kit_body(&k, i));
		ck_assert_int_gt(k.got.next_begin_offset, at);
		at = k.got.next_begin_offset;
	}

	ck_assert_str_eq(got, "0123789");
	kit_deinit(&k);
}
END_TEST

START_TEST(get__record_at_an_offset)
{
	struct rmqi_cursor record;
	int64_t second, size;

	setup();
	size = (int64_t)kit_put(&k, "T", 0, "0").size;
	second = kit_put(&k, "T", 0, "1").physical_offset;

	ck_assert(mb_store_record_at(k.store, second, &record));
	ck_assert_uint_eq(record.len, (size_t)size);
	for (int64_t at = -10; at < 5000; at++)
		ck_assert_int_eq(mb_store_record_at(k.store, at, &record), at == 0 || at == second);
	ck_assert(!mb_store_record_at(k.store, INT64_MIN, &record));
	ck_assert(!mb_store_record_at(k.store, INT64_MAX, &record));
	kit_deinit(&k);
}
END_TEST

/* --- Time -------------------------------------------------------------------------- */

static int64_t by_time(int64_t ms, bool upper)
{
	return mb_store_offset_by_time(k.store, RMQI_STR("T"), 0, KIT_START_MS + ms, upper);
}

/* Store times: 0 0 0 100 100 200 */
static void put_at_times(void)
{
	const int after_ms[] = {0, 0, 0, 100, 0, 100};
	char body[16];

	for (int i = 0; i < 6; i++) {
		kit_advance_ms(&k, after_ms[i]);
		snprintf(body, sizeof(body), "%d", i);
		kit_put(&k, "T", 0, body);
	}
}

START_TEST(time__finds_the_lower_bound)
{
	setup();
	ck_assert_int_eq(by_time(0, false), 0);
	put_at_times();

	ck_assert_int_eq(by_time(-1, false), 0);
	ck_assert_int_eq(by_time(0, false), 0);
	ck_assert_int_eq(by_time(1, false), 3);
	ck_assert_int_eq(by_time(100, false), 3);
	ck_assert_int_eq(by_time(101, false), 5);
	ck_assert_int_eq(by_time(200, false), 5);
	ck_assert_int_eq(by_time(201, false), 6);
	kit_deinit(&k);
}
END_TEST

START_TEST(time__finds_the_upper_bound)
{
	setup();
	ck_assert_int_eq(by_time(0, true), 0);
	put_at_times();

	ck_assert_int_eq(by_time(-1, true), 0);
	ck_assert_int_eq(by_time(0, true), 2);
	ck_assert_int_eq(by_time(99, true), 2);
	ck_assert_int_eq(by_time(100, true), 4);
	ck_assert_int_eq(by_time(200, true), 5);
	ck_assert_int_eq(by_time(900, true), 5);
	kit_deinit(&k);
}
END_TEST

START_TEST(time__of_a_message)
{
	const struct rmqi_str t = RMQI_STR("T");

	setup();
	ck_assert_int_eq(mb_store_earliest_time(k.store, t, 0), -1);
	put_at_times();

	ck_assert_int_eq(mb_store_earliest_time(k.store, t, 0), KIT_START_MS);
	ck_assert_int_eq(mb_store_time_at(k.store, t, 0, 4), KIT_START_MS + 100);
	ck_assert_int_eq(mb_store_time_at(k.store, t, 0, 6), -1);
	ck_assert_int_eq(mb_store_time_at(k.store, t, 0, -1), -1);
	ck_assert_int_eq(mb_store_time_at(k.store, t, 1, 0), -1);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		get__tells_the_status_of_an_offset,
		get__empty_queue_has_no_message,
		get__reads_one_queue_file_at_a_time,
		get__keeps_to_the_limits,
		get__filters_by_code,
		get__filters_by_record,
		get__looks_at_800_entries_at_most,
		get__begins_where_the_log_begins,
		get__passes_over_records_that_are_gone,
		get__does_not_trust_a_damaged_entry,
		get__record_at_an_offset,
		time__finds_the_lower_bound,
		time__finds_the_upper_bound,
		time__of_a_message,
	};

	return run_suite("get", tests, RMQI_COUNT(tests));
}
