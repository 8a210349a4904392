/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_layout.c - the bytes of every file, computed by hand or by Apache's classes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "mock-broker/store/record.h"
#include "mock-broker/store/tags_code.h"
#include "tests/store/kit.h"

static struct kit k;

static void to_hex(const uint8_t *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* `hex` may hold blanks. */
static void expect_hex(const uint8_t *bytes, const char *hex)
{
	char wanted[2048], got[2048];
	size_t n = 0;

	for (; *hex; hex++)
		if (*hex != ' ')
			wanted[n++] = *hex;
	wanted[n] = '\0';
	to_hex(bytes, n / 2, got);
	ck_assert_str_eq(got, wanted);
}

START_TEST(layout__record_is_that_of_apache)
{
	struct rmqi_stored_message m = {
		.queue_offset = 5,
		.physical_offset = 1000,
		.born_timestamp = 0x0102030405060708,
		.born_host = {.ip = {1, 2, 3, 4}, .port = 10000},
		.store_timestamp = 9,
		.store_host = {.ip = {5, 6, 7, 8}, .port = 10911},
		.body = rmqi_cursor("hello", 5),
		.topic = RMQI_STR("TopicTest"),
		.properties = RMQI_STR("k\001v\002"),
	};
	uint8_t bytes[128] = {0};

	ck_assert_uint_eq(rmqi_message_size(&m), 109);
	mb_record_write(bytes, 109, &m);
	expect_hex(bytes, "00000000 daa320a7"); /* no record yet */
	mb_record_publish(bytes, 109);

	expect_hex(bytes,
		   "0000006d daa320a7 3610a686 00000000 00000000 0000000000000005 "
		   "00000000000003e8 00000000 0102030405060708 01020304 00002710 0000000000000009 "
		   "05060708 00002a9f 00000000 0000000000000000 00000005 68656c6c6f 09 "
		   "546f70696354657374 0004 6b017602");
}
END_TEST

START_TEST(layout__record_with_ipv6_hosts_is_that_of_apache)
{
	struct rmqi_stored_message m = {
		.queue_offset = 0,
		.physical_offset = 3,
		.born_host = {.is_v6 = true, .ip = {[15] = 1}, .port = 1},
		.store_host = {.is_v6 = true, .ip = {0xfd, [15] = 2}, .port = 10911},
		.body = rmqi_cursor("x", 1),
		.topic = RMQI_STR("T"),
	};
	uint8_t bytes[128] = {0};

	/* The vector has no checksum: Apache's sample was made without one. */
	ck_assert_uint_eq(rmqi_message_size(&m), 117);
	mb_record_write(bytes, 117, &m);
	mb_record_publish(bytes, 117);
	memset(bytes + 8, 0, 4);

	expect_hex(bytes,
		   "00000075 daa320a7 00000000 00000000 00000000 0000000000000000 "
		   "0000000000000003 00000030 0000000000000000 00000000000000000000000000000001 "
		   "00000001 0000000000000000 fd000000000000000000000000000002 00002a9f 00000000 "
		   "0000000000000000 00000001 78 01 54 0000");
}
END_TEST

static void random_bytes(struct rmqi_rand *rand, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)rmqi_rand_next(rand);
}

/* The codec and the store each have a writer: they must agree. */
START_TEST(layout__record_is_what_the_codec_writes)
{
	uint8_t noise[600], bytes[2048];
	struct rmqi_rand rand;
	struct rmqi_buf buf;

	rmqi_rand_init(&rand, 7);
	rmqi_buf_init(&buf, sizeof(bytes));
	for (int i = 0; i < 2000; i++) {
		struct rmqi_stored_message m = {
			.flag = (int32_t)rmqi_rand_next(&rand),
			.queue_id = (int32_t)rmqi_rand_below(&rand, 8),
			.queue_offset = (int64_t)rmqi_rand_below(&rand, 1000),
			.physical_offset = (int64_t)rmqi_rand_below(&rand, 1 << 30),
			.sys_flag = (int32_t)rmqi_rand_below(&rand, 0x800),
			.born_timestamp = (int64_t)rmqi_rand_next(&rand),
			.born_host = {.is_v6 = rmqi_rand_below(&rand, 2), .port = 5},
			.store_timestamp = (int64_t)rmqi_rand_next(&rand),
			.store_host = {.is_v6 = rmqi_rand_below(&rand, 2), .port = 6},
			.reconsume_times = (int32_t)rmqi_rand_below(&rand, 17),
			.prepared_transaction_offset = (int64_t)rmqi_rand_next(&rand),
			.body = rmqi_cursor(noise, rmqi_rand_below(&rand, 600)),
			.topic = rmqi_str_n("abcdefgh", 1 + rmqi_rand_below(&rand, 8)),
			.properties = rmqi_str_n(noise, rmqi_rand_below(&rand, 600)),
			.is_v2 = rmqi_rand_below(&rand, 2),
		};
		size_t size = rmqi_message_size(&m);

		random_bytes(&rand, noise, sizeof(noise));
		mb_record_write(bytes, size, &m);
		mb_record_publish(bytes, size);
		rmqi_buf_reset(&buf);
		ck_assert_int_eq(rmqi_message_encode(&buf, &m), RMQ_OK);
		ck_assert_uint_eq(buf.len, size);
		ck_assert_mem_eq(rmqi_buf_data(&buf), bytes, size);
	}
	rmqi_buf_deinit(&buf);
}
END_TEST

START_TEST(layout__commit_log_file_starts_with_the_first_record)
{
	kit_init(&k, 1);
	kit_open(&k);
	kit_put(&k, "TopicTest", 2, "hello");

	expect_hex(mem_fs_bytes(k.mem, KIT_LOG, NULL),
		   "00000069 daa320a7 3610a686 00000002 00000000 0000000000000000 "
		   "0000000000000000 00000000 0000018bcfe567ff 0a000001 000003e8 0000018bcfe56800 "
		   "0a000002 00002a9f 00000000 0000000000000000 00000005 68656c6c6f 09 "
		   "546f70696354657374 0000 00000000 00000000");
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__long_topic_makes_a_v2_record)
{
	char topic[201];
	const uint8_t *bytes;

	memset(topic, 't', 200);
	topic[200] = '\0';
	kit_init(&k, 1);
	kit_open(&k);
	kit_put(&k, topic, 0, "b");

	bytes = mem_fs_bytes(k.mem, KIT_LOG, NULL);
	expect_hex(bytes, "00000125 daa320ab"); /* 293 = 91 + 1 + 1 + 200 */
	expect_hex(bytes + 84, "00000001 62 00c8 7474");
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__queue_entry_has_place_size_and_tag_hash)
{
	struct rmqi_stored_message m = kit_message("T", 1, "x", "TAGS\001TagA\002");
	struct mb_put_result r;
	size_t size;
	const uint8_t *bytes;

	kit_init(&k, 1);
	kit_open(&k);
	mb_store_put(k.store, &m, &r);
	m.properties = RMQI_STR("A\001B\002");
	mb_store_put(k.store, &m, &r);

	bytes = mem_fs_bytes(k.mem, KIT_ROOT "/consumequeue/T/1/00000000000000000000", &size);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_uint_eq(size, 400);
	/* 91 + 1 + 1 + 10 = 103; "TagA".hashCode() = 2598919; then 91 + 1 + 1 + 4 = 97, no tag */
	expect_hex(bytes, "0000000000000000 00000067 000000000027a807 "
			  "0000000000000067 00000061 0000000000000000 "
			  "0000000000000000 00000000 0000000000000000");
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__negative_tag_hash_is_sign_extended)
{
	const struct mb_delays delays = mb_delays_default();

	/* "TagABCDEF".hashCode() = -1541116513 */
	ck_assert_int_lt(
		mb_tags_code(&delays, RMQI_STR("T"), RMQI_STR("TAGS\001polygenelubricants\002"), 5),
		0);
	ck_assert_int_eq(
		mb_tags_code(&delays, RMQI_STR("T"), RMQI_STR("TAGS\001polygenelubricants\002"), 5),
		INT32_MIN);
}
END_TEST

START_TEST(layout__delayed_message_has_its_due_time)
{
	static const int64_t apache_ms[] = {1000,   5000,   10000,   30000,   60000,   120000,
					    180000, 240000, 300000,  360000,  420000,  480000,
					    540000, 600000, 1200000, 1800000, 3600000, 7200000};
	const struct mb_delays delays = mb_delays_default();
	const struct rmqi_str schedule = RMQI_STR("SCHEDULE_TOPIC_XXXX");
	char properties[64];

	ck_assert_uint_eq(delays.count, 18);
	for (int level = 1; level <= 18; level++) {
		snprintf(properties, sizeof(properties), "TAGS\001TagA\002DELAY\001%d\002", level);
		ck_assert_int_eq(mb_tags_code(&delays, schedule, rmqi_str(properties), 100),
				 100 + apache_ms[level - 1]);
		ck_assert_int_eq(mb_tags_code(&delays, RMQI_STR("T"), rmqi_str(properties), 100),
				 2598919);
	}
	ck_assert_int_eq(mb_tags_code(&delays, schedule, RMQI_STR("DELAY\00199\002"), 100),
			 100 + 7200000);
	ck_assert_int_eq(mb_tags_code(&delays, schedule, RMQI_STR("DELAY\0010\002"), 100), 0);
	ck_assert_int_eq(mb_tags_code(&delays, schedule, RMQI_STR("DELAY\001x\002"), 100), 0);
}
END_TEST

START_TEST(layout__file_that_is_full_ends_with_a_blank_record)
{
	char body[2001];
	const uint8_t *bytes;

	memset(body, 'b', 2000);
	body[2000] = '\0';
	kit_init(&k, 1);
	kit_open(&k);
	ck_assert_int_eq(kit_put(&k, "T", 0, body).physical_offset, 0);    /* 2092 bytes */
	ck_assert_int_eq(kit_put(&k, "T", 0, body).physical_offset, 4096); /* did not fit */

	bytes = mem_fs_bytes(k.mem, KIT_LOG, NULL);
	expect_hex(bytes + 2092, "000007d4 cbd43194 00000000"); /* 2004 = 4096 - 2092 */
	bytes = mem_fs_bytes(k.mem, KIT_ROOT "/commitlog/00000000000000004096", NULL);
	expect_hex(bytes, "0000082c daa320a7");
	expect_hex(bytes + 28, "0000000000001000");
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__record_leaves_room_for_a_blank_one)
{
	char body[4096];
	size_t fits = 4096 - 8 - 92;

	kit_init(&k, 1);
	kit_open(&k);
	memset(body, 'b', sizeof(body));
	body[fits] = '\0';
	ck_assert_int_eq(kit_put(&k, "T", 0, body).physical_offset, 0);
	body[fits] = 'b';
	body[fits + 1] = '\0';
	ck_assert_int_eq(kit_try_put(&k, "T", 0, body).status, MB_PUT_MESSAGE_ILLEGAL);
	ck_assert_int_eq(kit_put(&k, "T", 0, "x").physical_offset, 4096);

	expect_hex(mem_fs_bytes(k.mem, KIT_LOG, NULL) + 4088, "00000008 cbd43194");
	kit_reopen(&k);
	ck_assert_uint_eq(kit_check(&k), 2);
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__abort_lock_and_checkpoint)
{
	struct rmqi_buf text;
	size_t size;
	const uint8_t *bytes;

	kit_init(&k, 1);
	kit_open(&k);
	kit_put(&k, "T", 0, "x");
	rmqi_buf_init(&text, 100);

	ck_assert_int_eq(k.fault.table.read_file(&k.fault.table, KIT_ROOT "/abort", &text), RMQ_OK);
	ck_assert_int_gt(atoi(rmqi_buf_text(&text)), 0);
	rmqi_buf_reset(&text);
	ck_assert_int_eq(k.fault.table.read_file(&k.fault.table, KIT_ROOT "/lock", &text), RMQ_OK);
	ck_assert_str_eq(rmqi_buf_text(&text), "lock");
	kit_close(&k);

	ck_assert(!k.fault.table.exists(&k.fault.table, KIT_ROOT "/abort"));
	bytes = mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", &size);
	ck_assert_uint_eq(size, 4096);
	expect_hex(bytes, "0000018bcfe56800 0000018bcfe56800 0000000000000000");
	rmqi_buf_deinit(&text);
	kit_deinit(&k);
}
END_TEST

START_TEST(layout__checkpoint_keeps_what_is_apaches)
{
	uint8_t foreign[4096] = {[23] = 7, [31] = 8, [39] = 9};
	const uint8_t *bytes;

	kit_init(&k, 1);
	mem_fs_put(k.mem, KIT_ROOT "/checkpoint", foreign, sizeof(foreign));
	kit_open(&k);
	kit_put(&k, "T", 0, "x");
	kit_close(&k);

	bytes = mem_fs_bytes(k.mem, KIT_ROOT "/checkpoint", NULL);
	expect_hex(bytes, "0000018bcfe56800 0000018bcfe56800 0000000000000007 0000000000000008 "
			  "0000000000000009");
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		layout__record_is_that_of_apache,
		layout__record_with_ipv6_hosts_is_that_of_apache,
		layout__record_is_what_the_codec_writes,
		layout__commit_log_file_starts_with_the_first_record,
		layout__long_topic_makes_a_v2_record,
		layout__queue_entry_has_place_size_and_tag_hash,
		layout__negative_tag_hash_is_sign_extended,
		layout__delayed_message_has_its_due_time,
		layout__file_that_is_full_ends_with_a_blank_record,
		layout__record_leaves_room_for_a_blank_one,
		layout__abort_lock_and_checkpoint,
		layout__checkpoint_keeps_what_is_apaches,
	};

	return run_suite("layout", tests, RMQI_COUNT(tests));
}
