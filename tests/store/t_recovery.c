/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_recovery.c - what a store makes of torn, lost and damaged files
 * (doc/reference/store.md).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

#define QUEUE KIT_ROOT "/consumequeue/T/0"
#define QUEUE_FILE QUEUE "/00000000000000000000"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

/* Puts a copy of `saved` under the store. */
static void restore(const struct mem_fs *saved)
{
	mem_fs_free(k.mem);
	k.mem = mem_fs_copy(saved);
	k.fault.inner = mem_fs_table(k.mem);
}

/* --- The torn tail ---------------------------------------------------------------------- */

/* Ten messages in T/0 and the process died. Returns the place of the last one. */
static size_t ten_messages(size_t *size)
{
	struct rmqi_stored_message m = kit_message("T", 0, "9", "A\001B\002");
	struct mb_put_result r;

	setup();
	kit_put_many(&k, "T", 0, 0, 9);
	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	kit_crash(&k);
	*size = r.size;
	return (size_t)r.physical_offset;
}

/* The first nine are there, the tenth place is free, and what is put next stays. */
static void expect_nine(size_t last)
{
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 9);
	ck_assert_uint_eq(kit_check(&k), 9);
	ck_assert_int_eq(mb_store_max_physical_offset(k.store), (int64_t)last);
	kit_put_many(&k, "T", 0, 9, 3);
	ck_assert_uint_eq(kit_check(&k), 12);
	kit_crash(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 12);
	kit_close(&k);
}

START_TEST(recovery__cuts_a_record_that_was_written_in_part)
{
	size_t size, last = ten_messages(&size);
	struct mem_fs *saved = mem_fs_copy(k.mem);

	for (size_t from = 0; from < size; from++) {
		uint8_t *bytes;

		restore(saved);
		bytes = mem_fs_bytes(k.mem, KIT_LOG, NULL) + last;
		memset(bytes + from, 0, size - from);
		expect_nine(last);
	}
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

/* Sectors and pages reach the disk in any order. */
START_TEST(recovery__cuts_at_a_hole)
{
	struct mem_fs *saved;
	size_t records;

	kit_init(&k, 1);
	k.config.commit_log_file_size = 32 * 1024;
	kit_open(&k);
	for (int i = 0; i < 10; i++) {
		char body[2001];

		memset(body, '0' + i, 2000);
		body[2000] = '\0';
		kit_put(&k, "T", 0, body);
	}
	kit_crash(&k);
	saved = mem_fs_copy(k.mem);

	for (size_t sector = 0; sector < 10 * 2092 / 512; sector++) {
		restore(saved);
		memset(mem_fs_bytes(k.mem, KIT_LOG, NULL) + sector * 512, 0, 512);
		kit_open(&k);
		records = kit_check(&k);
		ck_assert_uint_eq(records, sector * 512 / 2092);
		ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), (int64_t)records);
		kit_close(&k);
	}
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

/* Which fields of the last record cannot be damaged unseen. */
static bool is_guarded(size_t at)
{
	const size_t body = 88, topic_len = 89, properties_len = 91;

	return at < 12 ||                  /* size, magic, crc */
	       (at >= 28 && at < 36) ||    /* physicalOffset */
	       (at >= 84 && at <= body) || /* bodyLen, body */
	       at == topic_len || at == properties_len || at == properties_len + 1;
}

START_TEST(recovery__cuts_a_damaged_record)
{
	size_t size, last = ten_messages(&size);
	struct mem_fs *saved = mem_fs_copy(k.mem);

	for (size_t at = 0; at < size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			restore(saved);
			mem_fs_bytes(k.mem, KIT_LOG, NULL)[last + at] ^= (uint8_t)(1u << bit);
			if (is_guarded(at)) {
				expect_nine(last);
				continue;
			}
			/* No checksum covers it: the record stays, or goes; the others stay. */
			kit_open(&k);
			for (int i = 0; i < 9; i++) {
				char body[8];

				snprintf(body, sizeof(body), "%d", i % 10);
				ck_assert_int_eq(kit_get(&k, "T", 0, i), MB_GET_FOUND);
				ck_assert_str_eq(kit_body(&k, 0), body);
			}
			kit_crash(&k);
			kit_open(&k);
			kit_close(&k);
		}
	}
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__does_not_check_bodies_when_told_so)
{
	size_t size, last = ten_messages(&size);

	mem_fs_bytes(k.mem, KIT_LOG, NULL)[last + 88] ^= 1;
	k.config.check_crc_on_recover = false;

	kit_open(&k);

	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 10);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__gives_up_all_behind_a_bad_record)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 200); /* five files */
	kit_crash(&k);
	mem_fs_bytes(k.mem, KIT_ROOT "/commitlog/00000000000000004096", NULL)[8] ^= 1;

	kit_open(&k);

	ck_assert_ptr_nonnull(strstr(k.logged, "no valid record at 4096"));
	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 4096);
	ck_assert(
		!k.fault.table.exists(&k.fault.table, KIT_ROOT "/commitlog/00000000000000008192"));
	kit_expect_many(&k, "T", 0, 0, 43);
	ck_assert_uint_eq(kit_check(&k), 43);
	kit_put_many(&k, "T", 0, 43, 100);
	kit_reopen(&k);
	ck_assert_uint_eq(kit_check(&k), 143);
	kit_deinit(&k);
}
END_TEST

/* A record behind the end is of a former life: it must not come back when the log reaches it. */
START_TEST(recovery__forgets_what_it_gave_up)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 9);
	kit_crash(&k);
	mem_fs_bytes(k.mem, KIT_LOG, NULL)[5 * 93 + 8] ^= 1; /* the record of "5" */
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 5);

	kit_put_many(&k, "T", 0, 5, 1); /* of the same size as the damaged one */
	kit_crash(&k);
	kit_open(&k);

	kit_expect_many(&k, "T", 0, 0, 6);
	ck_assert_uint_eq(kit_check(&k), 6);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__ignores_a_record_inside_a_body)
{
	struct rmqi_stored_message inner = kit_message("T", 0, "evil", "");
	struct rmqi_stored_message m;
	struct mb_put_result r;
	uint8_t bytes[512];
	size_t size = rmqi_message_size(&inner);

	setup();
	inner.physical_offset = 88; /* where the body of the first record begins */
	mb_record_write(bytes, size, &inner);
	mb_record_publish(bytes, size);
	m = kit_message("T", 0, "", "");
	m.body = rmqi_cursor(bytes, size);
	mb_store_put(k.store, &m, &r);
	kit_put(&k, "T", 0, "1");
	kit_crash(&k);
	kit_open(&k);

	ck_assert_uint_eq(kit_check(&k), 2);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__changes_nothing_the_second_time)
{
	size_t size;
	uint8_t *log, first[4096], entries[400];

	(void)ten_messages(&size);
	kit_open(&k);
	kit_crash(&k);
	log = mem_fs_bytes(k.mem, KIT_LOG, NULL);
	memcpy(first, log, sizeof(first));
	memcpy(entries, mem_fs_bytes(k.mem, QUEUE_FILE, NULL), sizeof(entries));

	kit_open(&k);
	kit_crash(&k);

	ck_assert_mem_eq(mem_fs_bytes(k.mem, KIT_LOG, NULL), first, sizeof(first));
	ck_assert_mem_eq(mem_fs_bytes(k.mem, QUEUE_FILE, NULL), entries, sizeof(entries));
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__batch_without_its_first_size_word_is_not_there)
{
	struct rmqi_stored_message m = kit_message("T", 0, "", "");
	struct rmqi_batch_item item = {.body = rmqi_cursor("9", 1)};
	struct mb_put_result r;
	struct rmqi_buf batch;

	setup();
	kit_put_many(&k, "T", 0, 0, 9);
	rmqi_buf_init(&batch, 1024);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rmqi_batch_encode(&batch, &item), RMQ_OK);
	mb_store_put_batch(k.store, &m, rmqi_buf_cursor(&batch), RMQI_STR(""), NULL, 0, &r);
	kit_crash(&k);
	/* The last store of the writer was that word. */
	memset(mem_fs_bytes(k.mem, KIT_LOG, NULL) + r.physical_offset, 0, 4);

	expect_nine((size_t)r.physical_offset);

	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

/* --- Queues ------------------------------------------------------------------------------ */

static void put_tagged(const char *tag)
{
	char properties[32];
	struct rmqi_stored_message m;
	struct mb_put_result put;

	snprintf(properties, sizeof(properties), "TAGS\x01%s\x02", tag);
	m = kit_message("T", 0, "tagged", properties);
	mb_store_put(k.store, &m, &put);
	ck_assert_int_eq(put.status, MB_PUT_OK);
}

static void crash_with_200(void)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 150);
	kit_put_many(&k, "T", 1, 0, 20);
	kit_put_many(&k, "U", 0, 0, 30);
	kit_crash(&k);
}

static void expect_200(void)
{
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 150);
	kit_expect_many(&k, "T", 1, 0, 20);
	kit_expect_many(&k, "U", 0, 0, 30);
	ck_assert_uint_eq(kit_check(&k), 200);
	kit_crash(&k);
	kit_open(&k);
	ck_assert_uint_eq(kit_check(&k), 200);
	kit_deinit(&k);
}

START_TEST(recovery__builds_all_queues_anew)
{
	crash_with_200();
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue");
	expect_200();
}
END_TEST

START_TEST(recovery__builds_all_queues_anew_after_a_clean_exit)
{
	crash_with_200();
	kit_open(&k);
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue");
	expect_200();
}
END_TEST

START_TEST(recovery__builds_a_lost_queue_anew)
{
	crash_with_200();
	mem_fs_delete(k.mem, QUEUE);
	expect_200();
}
END_TEST

START_TEST(recovery__builds_a_queue_with_a_lost_file_anew)
{
	crash_with_200();
	mem_fs_delete(k.mem, QUEUE "/00000000000000000800");
	expect_200();
}
END_TEST

START_TEST(recovery__builds_what_a_queue_lost_at_its_end)
{
	crash_with_200();
	mem_fs_delete(k.mem, QUEUE "/00000000000000002800");
	mem_fs_delete(k.mem, QUEUE "/00000000000000002400");
	expect_200();
}
END_TEST

START_TEST(recovery__builds_what_a_queue_lost_at_its_end_after_a_clean_exit)
{
	crash_with_200();
	kit_open(&k);
	kit_close(&k);
	mem_fs_delete(k.mem, QUEUE "/00000000000000002800");
	mem_fs_delete(k.mem, QUEUE "/00000000000000002400");
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 120);
	kit_close(&k);
	mem_fs_put(k.mem, KIT_ROOT "/abort", "1", 1);
	/* Only the scanned files were compared; an abnormal exit from a young checkpoint looks at all. */
	memset(mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", NULL), 0, 16);
	expect_200();
}
END_TEST

START_TEST(recovery__repairs_damaged_entries)
{
	for (size_t entry = 0; entry < 20; entry++) {
		for (size_t byte = 0; byte < 20; byte++) {
			crash_with_200();
			mem_fs_bytes(k.mem, QUEUE "/00000000000000002800",
				     NULL)[entry * 20 + byte] ^= 0x55;
			if (byte < 12) {
				expect_200();
			} else { /* the tag's hash is not compared */
				kit_open(&k);
				ck_assert_uint_eq(kit_check(&k), 200);
				kit_deinit(&k);
			}
		}
	}
}
END_TEST

/* A disk that lost its power has a part of it. */
START_TEST(recovery__mends_the_newest_entry)
{
	uint8_t entry[20], *bytes;

	for (size_t from = 0; from < sizeof(entry); from++) {
		setup();
		kit_put(&k, "T", 0, "before");
		put_tagged("A");
		kit_crash(&k);
		bytes = mem_fs_bytes(k.mem, QUEUE "/00000000000000000000", NULL) + sizeof(entry);
		memcpy(entry, bytes, sizeof(entry));
		ck_assert_int_eq(entry[sizeof(entry) - 1], 'A');
		memset(bytes + from, 0, sizeof(entry) - from);
		kit_open(&k);
		bytes = mem_fs_bytes(k.mem, QUEUE "/00000000000000000000", NULL) + sizeof(entry);
		ck_assert_mem_eq(bytes, entry, sizeof(entry));
		ck_assert_uint_eq(kit_check(&k), 2);
		kit_deinit(&k);
	}
}
END_TEST

START_TEST(recovery__cuts_queues_that_are_ahead)
{
	size_t size;
	uint8_t *bytes;

	crash_with_200();
	/* The log lost what came after the first file. */
	bytes = mem_fs_bytes(k.mem, KIT_ROOT "/commitlog/00000000000000004096", &size);
	memset(bytes, 0, size);

	kit_open(&k);

	kit_expect_many(&k, "T", 0, 0, 43);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 1), 0);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("U"), 0), 0);
	ck_assert_uint_eq(kit_check(&k), 43);
	kit_put_many(&k, "U", 0, 0, 3);
	ck_assert_uint_eq(kit_check(&k), 46);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__without_a_log_there_are_no_queues)
{
	crash_with_200();
	mem_fs_delete(k.mem, KIT_ROOT "/commitlog");

	kit_open(&k);

	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 0);
	ck_assert(!k.fault.table.exists(&k.fault.table, KIT_ROOT "/consumequeue/T"));
	kit_put_many(&k, "T", 0, 0, 3);
	kit_deinit(&k);
}
END_TEST

/* Apache deleted the oldest files of the log, then the queues were lost: they start where the log does. */
START_TEST(recovery__queue_may_start_above_0)
{
	crash_with_200();
	mem_fs_delete(k.mem, KIT_LOG);
	mem_fs_delete(k.mem, KIT_ROOT "/consumequeue");

	kit_open(&k);

	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("T"), 0), 43);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 150);
	ck_assert_int_eq(kit_get(&k, "T", 0, 43), MB_GET_FOUND);
	ck_assert_str_eq(kit_body(&k, 0), "43");
	ck_assert_uint_eq(kit_check(&k), 157);
	kit_reopen(&k);
	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("T"), 0), 43);
	ck_assert_uint_eq(kit_check(&k), 157);
	kit_deinit(&k);
}
END_TEST

/* A file in the middle of the log, before the checkpoint, is damaged and the queues are lost: what can be
 * read is found at its offset. */
START_TEST(recovery__leaves_holes_where_records_are_lost)
{
	setup();
	for (int i = 0; i < 4; i++) {
		kit_put_many(&k, "T", 0, i * 40, 40);
		kit_advance_ms(&k, 10000);
	}
	kit_put_many(&k, "U", 0, 0, 1); /* keeps the scan from beginning earlier */
	kit_crash(&k);
	mem_fs_bytes(k.mem, KIT_ROOT "/commitlog/00000000000000004096", NULL)[94 * 3] ^= 1;
	mem_fs_delete(k.mem, QUEUE);

	kit_open(&k);

	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 160);
	ck_assert_int_eq(mb_store_min_offset(k.store, RMQI_STR("T"), 0), 0);
	for (int64_t at = 0; at < 160;) {
		if (kit_get(&k, "T", 0, at) == MB_GET_FOUND && k.got.count > 0 && at < 40)
			ck_assert_int_eq(atoi(kit_body(&k, 0)), at);
		ck_assert_int_gt(k.got.next_begin_offset, at);
		at = k.got.next_begin_offset;
	}
	ck_assert_int_eq(kit_get(&k, "T", 0, 159), MB_GET_FOUND);
	ck_assert_str_eq(kit_body(&k, 0), "159");
	kit_deinit(&k);
}
END_TEST

/* A topic was deleted and made anew; its old records are still in the log. */
START_TEST(recovery__later_life_of_a_topic_wins)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 10);
	ck_assert_int_eq(mb_store_delete_topic(k.store, RMQI_STR("T")), RMQ_OK);
	for (int i = 0; i < 3; i++) {
		struct mb_put_result r = kit_put(&k, "T", 0, i == 0 ? "a" : i == 1 ? "b" : "c");

		ck_assert_int_eq(r.queue_offset, i);
	}
	kit_crash(&k);
	for (int round = 0; round < 2; round++) {
		kit_open(&k);
		ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 3);
		kit_get(&k, "T", 0, 0);
		ck_assert_str_eq(kit_body(&k, 0), "a");
		ck_assert_str_eq(kit_body(&k, 2), "c");
		kit_crash(&k);
		mem_fs_delete(k.mem,
			      KIT_ROOT "/consumequeue"); /* second round: from the log alone */
	}
	kit_deinit(&k);
}
END_TEST

/* --- Where the scan begins --------------------------------------------------------------- */

/* Says how many files were judged: those before the start may be damaged without being seen. */
START_TEST(recovery__trusts_what_lies_before_the_checkpoint)
{
	setup();
	for (int i = 0; i < 5; i++) {
		kit_put_many(&k, "T", 0, i * 40, 40);
		kit_advance_ms(&k, 10000);
	}
	kit_crash(&k);
	mem_fs_bytes(k.mem, KIT_LOG, NULL)[88] ^= 1; /* the body of "0" */

	kit_open(&k);

	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), 200);
	kit_crash(&k);
	memset(mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", NULL), 0, 16);
	kit_open(&k);
	ck_assert_int_eq(mb_store_max_physical_offset(k.store), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(recovery__survives_a_strange_checkpoint)
{
	const uint8_t fills[] = {0x00, 0x7f, 0x80, 0xff};
	struct mem_fs *saved;

	crash_with_200();
	saved = mem_fs_copy(k.mem);
	for (size_t i = 0; i < RMQI_COUNT(fills); i++) {
		restore(saved);
		memset(mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", NULL), fills[i], 4096);
		kit_open(&k);
		ck_assert_uint_eq(kit_check(&k), 200);
		kit_close(&k);
	}
	restore(saved);
	mem_fs_put(k.mem, KIT_ROOT "/checkpoint", "abc", 3);
	kit_open(&k);
	ck_assert_uint_eq(kit_check(&k), 200);
	kit_close(&k);
	restore(saved);
	mem_fs_delete(k.mem, KIT_ROOT "/checkpoint");
	mem_fs_free(saved);
	expect_200();
}
END_TEST

/* Apache leaves a log of full size behind, with zeroes; and makes the next file before it is needed. */
START_TEST(recovery__accepts_a_file_that_was_made_ahead)
{
	uint8_t zeroes[4096] = {0};

	setup();
	kit_put_many(&k, "T", 0, 0, 10);
	kit_close(&k);
	mem_fs_put(k.mem, KIT_ROOT "/commitlog/00000000000000004096", zeroes, sizeof(zeroes));

	kit_open(&k);

	kit_put_many(&k, "T", 0, 10, 90);
	kit_expect_many(&k, "T", 0, 0, 100);
	ck_assert_uint_eq(kit_check(&k), 100);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		recovery__cuts_a_record_that_was_written_in_part,
		recovery__cuts_at_a_hole,
		recovery__cuts_a_damaged_record,
		recovery__does_not_check_bodies_when_told_so,
		recovery__gives_up_all_behind_a_bad_record,
		recovery__forgets_what_it_gave_up,
		recovery__ignores_a_record_inside_a_body,
		recovery__changes_nothing_the_second_time,
		recovery__batch_without_its_first_size_word_is_not_there,
		recovery__builds_all_queues_anew,
		recovery__builds_all_queues_anew_after_a_clean_exit,
		recovery__builds_a_lost_queue_anew,
		recovery__builds_a_queue_with_a_lost_file_anew,
		recovery__builds_what_a_queue_lost_at_its_end,
		recovery__builds_what_a_queue_lost_at_its_end_after_a_clean_exit,
		recovery__repairs_damaged_entries,
		recovery__mends_the_newest_entry,
		recovery__cuts_queues_that_are_ahead,
		recovery__without_a_log_there_are_no_queues,
		recovery__queue_may_start_above_0,
		recovery__leaves_holes_where_records_are_lost,
		recovery__later_life_of_a_topic_wins,
		recovery__trusts_what_lies_before_the_checkpoint,
		recovery__survives_a_strange_checkpoint,
		recovery__accepts_a_file_that_was_made_ahead,
	};

	return run_suite("recovery", tests, RMQI_COUNT(tests));
}
