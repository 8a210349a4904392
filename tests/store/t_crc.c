/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_crc.c - the checksum of a record (enabledAppendPropCRC, MessageDecoder.createCrc32), and the end of the log
 * wherever it is torn.
 */
#include <stdio.h>
#include <string.h>

#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

#define FORGED "__CRC32#\0010123456789\002"

static struct kit k;

static void setup(bool append_crc)
{
	kit_init(&k, 1);
	k.config.append_crc = append_crc;
	k.config.message_index = true;
	k.config.index = (struct mb_index_shape){5, 8};
	kit_open(&k);
}

static struct mb_put_result put(const char *topic, const char *body, const char *properties)
{
	struct rmqi_stored_message m = kit_message(topic, 0, body, properties);
	struct mb_put_result r;

	mb_store_put(k.store, &m, &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	return r;
}

static void restore(const struct mem_fs *saved)
{
	mem_fs_free(k.mem);
	k.mem = mem_fs_copy(saved);
	k.fault.inner = mem_fs_table(k.mem);
}

/* Made with Python's struct and zlib.crc32. */
START_TEST(crc__record_is_that_of_apache)
{
	static const char hex[] =
		"00000076daa320a758932aac000000000000000000000000000000000000000000000000000000000000"
		"018bcfe567ff0a000001000003e80000018bcfe568000a00000200002a9f000000000000000000000000"
		"00000002686901540018610162025f5f435243333223013536313531303436343102";
	char text[sizeof(hex)];
	const uint8_t *bytes;

	setup(true);
	/* The separator that its properties lack comes before the checksum. */
	ck_assert_uint_eq(put("T", "hi", "a\001b").size, 118);
	bytes = mem_fs_bytes(k.mem, KIT_LOG, NULL);
	for (size_t i = 0; i < 118; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	ck_assert_str_eq(text, hex);
	kit_deinit(&k);
}
END_TEST

static void put_kinds(void)
{
	char topic[201];

	memset(topic, 'L', 200);
	topic[200] = '\0';
	put("T", "one", "");
	put("T", "two", "KEYS\001k\002TAGS\001t\002");
	put(topic, "three", "a\001b");
}

/* Without its name or its end the checksum is a property like any other: the record may be one of the time before
 * the setting. Nothing else is damaged then. */
static bool is_marker(size_t at, size_t size)
{
	return (at >= size - 20 && at < size - 11) || at == size - 1;
}

START_TEST(crc__every_bit_is_guarded)
{
	struct mem_fs *saved;
	size_t last, size;

	setup(true);
	put_kinds();
	last = (size_t)mb_store_max_physical_offset(k.store);
	size = put("T", "four", "KEYS\001k\002UNIQ_KEY\001U\002").size;
	kit_crash(&k);
	saved = mem_fs_copy(k.mem);
	for (size_t bit = 0; bit < size * 8; bit++) {
		if (is_marker(bit / 8, size))
			continue;
		restore(saved);
		mem_fs_bytes(k.mem, KIT_LOG, NULL)[last + bit / 8] ^= (uint8_t)(1u << bit % 8);
		kit_open(&k);
		ck_assert_msg(mb_store_max_physical_offset(k.store) == (int64_t)last, "bit %zu",
			      bit);
		ck_assert_uint_eq(kit_check(&k), 3);
		kit_crash(&k);
	}
	restore(saved);
	kit_open(&k);
	ck_assert_uint_eq(kit_check(&k), 4);
	mem_fs_free(saved);
	kit_deinit(&k);
}
END_TEST

START_TEST(crc__each_message_of_a_batch_has_one)
{
	struct rmqi_stored_message m = kit_message("T", 0, "", "");
	struct mb_put_result r;
	struct rmqi_buf batch;
	uint8_t *item;

	setup(true);
	rmqi_buf_init(&batch, 1000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(rmqi_buf_reserve(&batch, 25, &item), RMQ_OK);
		memcpy(item, "\0\0\0\x19\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1x\0\2ab", 25);
		rmqi_buf_commit(&batch, 25);
	}
	mb_store_put_batch(k.store, &m, rmqi_buf_cursor(&batch), RMQI_STR("KEYS\001k"), NULL, 0,
			   &r);
	ck_assert_int_eq(r.status, MB_PUT_OK);
	ck_assert_uint_eq(r.count, 3);
	kit_reopen(&k);
	ck_assert_uint_eq(kit_check(&k), 3);
	kit_crash(&k);
	mem_fs_bytes(k.mem, KIT_LOG, NULL)[r.size / 3 + 45] ^= 1; /* bornTimestamp of the second one */
	kit_open(&k);
	ck_assert_uint_eq(kit_check(&k), 1);
	rmqi_buf_deinit(&batch);
	kit_deinit(&k);
}
END_TEST

/* One that a client sends, or that a retried message has from before, is that of another record. */
START_TEST(crc__one_that_comes_with_a_message_is_taken_away)
{
	for (int is_on = 0; is_on < 2; is_on++) {
		setup(is_on);
		put("T", "one", "a\001b\002" FORGED);
		put("T", "two", FORGED FORGED);
		kit_crash(&k);
		/* Looked at or not, nothing is lost. */
		k.config.append_crc = true;
		kit_open(&k);
		ck_assert_uint_eq(kit_check(&k), 2);
		kit_deinit(&k);
	}
}
END_TEST

START_TEST(crc__of_a_store_that_has_them_is_passed_over_when_off)
{
	setup(true);
	put_kinds();
	kit_crash(&k);
	k.config.append_crc = false;
	kit_open(&k);
	put_kinds();
	ck_assert_uint_eq(kit_check(&k), 6);
	kit_crash(&k);
	k.config.append_crc = true;
	kit_open(&k);
	put_kinds();
	ck_assert_uint_eq(kit_check(&k), 9);
	kit_deinit(&k);
}
END_TEST

/* --- The torn tail --------------------------------------------------------------------------- */

struct ends {
	size_t count;
	size_t at[64];
};

static size_t whole(const struct ends *e, size_t upto)
{
	size_t n = 0;

	while (n < e->count && e->at[n] <= upto)
		n++;
	return n;
}

/* What is behind `from` never reached the disk. A second recovery changes nothing. */
static void tear(const struct mem_fs *saved, const struct ends *e, size_t from)
{
	struct mb_query q = {RMQI_STR("T"), RMQI_STR("k"), MB_INDEX_KEY, 64, 0, INT64_MAX, 0};
	size_t left = whole(e, from), end = left ? e->at[left - 1] : 0;
	uint8_t before[4096];

	restore(saved);
	memset(mem_fs_bytes(k.mem, KIT_LOG, NULL) + from, 0, e->at[e->count - 1] - from);
	kit_open(&k);
	ck_assert_uint_eq(kit_check(&k), left);
	ck_assert_int_eq(mb_store_max_physical_offset(k.store), (int64_t)end);
	ck_assert_int_eq(mb_store_max_offset(k.store, RMQI_STR("T"), 0), (int64_t)left);
	ck_assert_int_eq(mb_store_query(k.store, &q, &k.got), RMQ_OK);
	ck_assert_uint_eq(k.got.count, left);
	kit_crash(&k);
	memcpy(before, mem_fs_bytes(k.mem, KIT_LOG, NULL), sizeof(before));
	kit_open(&k);
	ck_assert_mem_eq(before, mem_fs_bytes(k.mem, KIT_LOG, NULL), sizeof(before));
	ck_assert_int_eq(put("T", "next", "KEYS\001k\002").queue_offset, (int64_t)left);
	ck_assert_uint_eq(kit_check(&k), left + 1);
	kit_crash(&k);
}

static void tear_everywhere(bool append_crc)
{
	struct ends e = {0};
	struct mem_fs *saved;

	setup(append_crc);
	for (int i = 0; i < 8; i++) {
		put("T", i % 2 ? "a body" : "", i % 3 ? "KEYS\001k\002UNIQ_KEY\001U\002" : "KEYS\001k\002");
		e.at[e.count++] = (size_t)mb_store_max_physical_offset(k.store);
	}
	kit_crash(&k);
	saved = mem_fs_copy(k.mem);
	for (size_t from = 0; from < e.at[e.count - 1]; from++)
		tear(saved, &e, from);
	mem_fs_free(saved);
	kit_deinit(&k);
}

START_TEST(torn__at_any_byte_of_the_log)
{
	tear_everywhere(false);
}
END_TEST

START_TEST(torn__at_any_byte_of_the_log_with_checksums)
{
	tear_everywhere(true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		crc__record_is_that_of_apache,
		crc__every_bit_is_guarded,
		crc__each_message_of_a_batch_has_one,
		crc__one_that_comes_with_a_message_is_taken_away,
		crc__of_a_store_that_has_them_is_passed_over_when_off,
		torn__at_any_byte_of_the_log,
		torn__at_any_byte_of_the_log_with_checksums,
	};

	return run_suite("crc", tests, RMQI_COUNT(tests));
}
