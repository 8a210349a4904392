/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/rand.h"
#include "tests/support/suite.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

static struct rmqi_buf b;

/* Most tests work on a buffer of up to 1 MiB. */
static void open_buf(void)
{
	rmqi_buf_init(&b, 1 << 20);
}

static void expect(const char *text)
{
	ck_assert_uint_eq(b.len, strlen(text));
	ck_assert_mem_eq(rmqi_buf_data(&b), text, b.len);
}

START_TEST(buf__starts_empty_and_without_memory)
{
	uint64_t before = rmqi_mem_allocations();

	open_buf();

	ck_assert_uint_eq(rmqi_buf_cursor(&b).len, 0);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	rmqi_buf_deinit(&b);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__writes_big_endian)
{
	static const uint8_t golden[] = {1,  2,  3,  4,  5,  6,  7,  8,    9,    10,   11,
					 12, 13, 14, 15, 16, 17, 18, 0xff, 0xff, 0xff, 0xfe};
	open_buf();

	rmqi_buf_add_u8(&b, 1);
	rmqi_buf_add_u16(&b, 0x0203);
	rmqi_buf_add_u24(&b, 0x040506);
	rmqi_buf_add_u32(&b, 0x0708090a);
	rmqi_buf_add_u64(&b, 0x0b0c0d0e0f101112);
	rmqi_buf_add_i32(&b, -2);

	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	ck_assert_uint_eq(b.len, sizeof(golden));
	ck_assert_mem_eq(rmqi_buf_data(&b), golden, sizeof(golden));
	rmqi_buf_deinit(&b);
}
END_TEST

static void expect_misfit(void (*add)(struct rmqi_buf *b, uint64_t v), uint64_t max)
{
	open_buf();
	add(&b, max);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	add(&b, max + 1);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_INVALID_ARGUMENT);
	rmqi_buf_deinit(&b);
}

START_TEST(buf__refuses_numbers_that_do_not_fit)
{
	expect_misfit(rmqi_buf_add_u8, UINT8_MAX);
	expect_misfit(rmqi_buf_add_u16, UINT16_MAX);
	expect_misfit(rmqi_buf_add_u24, 0xffffff);
	expect_misfit(rmqi_buf_add_u32, UINT32_MAX);
}
END_TEST

START_TEST(buf__refuses_signed_numbers_that_do_not_fit)
{
	open_buf();
	rmqi_buf_add_i32(&b, INT32_MIN);
	rmqi_buf_add_i64(&b, INT64_MIN);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	rmqi_buf_add_i32(&b, (int64_t)INT32_MAX + 1);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_INVALID_ARGUMENT);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__writes_decimal_text)
{
	open_buf();
	rmqi_buf_add_dec(&b, 0);
	rmqi_buf_add_u8(&b, ' ');
	rmqi_buf_add_dec(&b, -10);
	rmqi_buf_add_u8(&b, ' ');
	rmqi_buf_add_dec(&b, INT64_MAX);
	rmqi_buf_add_u8(&b, ' ');
	rmqi_buf_add_dec(&b, INT64_MIN);
	expect("0 -10 9223372036854775807 -9223372036854775808");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__formats_text)
{
	open_buf();
	rmqi_buf_add_text(&b, "a=");
	rmqi_buf_addf(&b, "%d,%s", 5, "x");
	rmqi_buf_addf(&b, "%200d", 7);
	ck_assert_uint_eq(b.len, 5 + 200);
	ck_assert_mem_eq(rmqi_buf_data(&b), "a=5,x ", 6);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__refuses_to_grow_over_max)
{
	rmqi_buf_init(&b, 4);

	rmqi_buf_add_text(&b, "abcd");
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	rmqi_buf_add_u8(&b, 1);

	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_TOO_LARGE);
	expect("abcd");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__formats_up_to_max_and_no_further)
{
	rmqi_buf_init(&b, 4);

	rmqi_buf_addf(&b, "%s", "abcd");
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	rmqi_buf_addf(&b, "%s", "e");

	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_TOO_LARGE);
	expect("abcd");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__failed_append_stops_the_ones_behind_it)
{
	rmqi_buf_init(&b, 4);

	rmqi_buf_add_text(&b, "ab");
	rmqi_buf_add_text(&b, "cde");
	rmqi_buf_add_text(&b, "f");
	rmqi_buf_addf(&b, "g");
	rmqi_buf_add_u16(&b, 1 << 20);

	expect("ab");
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_TOO_LARGE);
	ck_assert_str_eq(rmqi_buf_text(&b), "");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__reset_forgets_a_failure_and_keeps_memory)
{
	uint64_t before;

	rmqi_buf_init(&b, 4);
	rmqi_buf_add_text(&b, "abc");
	rmqi_buf_add_text(&b, "abc");
	before = rmqi_mem_allocations();

	rmqi_buf_reset(&b);
	rmqi_buf_add_text(&b, "wxyz");

	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	expect("wxyz");
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__failed_reserve_is_not_kept)
{
	uint8_t *at = NULL;

	rmqi_buf_init(&b, 4);
	ck_assert_int_eq(rmqi_buf_reserve(&b, 5, &at), RMQ_ERR_TOO_LARGE);
	ck_assert_int_eq(rmqi_buf_reserve(&b, SIZE_MAX, &at), RMQ_ERR_TOO_LARGE);
	ck_assert_ptr_null(at);
	ck_assert_int_eq(rmqi_buf_reserve(&b, 4, &at), RMQ_OK);
	memcpy(at, "abcd", 4);
	rmqi_buf_commit(&b, 3);
	expect("abc");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__tells_when_memory_is_out)
{
	open_buf();
	rmqi_mem_fail_after(1, 0);
	rmqi_buf_add_text(&b, "abc");
	rmqi_mem_fail_after(0, 0);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_NO_MEMORY);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__keeps_its_bytes_when_it_cannot_grow)
{
	uint8_t *at;

	open_buf();
	rmqi_buf_add_text(&b, "xabc");
	rmqi_buf_drop(&b, 1);
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_buf_reserve(&b, 5000, &at), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	expect("abc");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__drops_at_the_front_and_cuts_at_the_end)
{
	open_buf();
	rmqi_buf_add_text(&b, "abcdef");
	rmqi_buf_drop(&b, 2);
	rmqi_buf_cut(&b, 3);
	expect("cde");
	rmqi_buf_add_text(&b, "x");
	expect("cdex");
	rmqi_buf_drop(&b, 4);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__uses_dropped_room_again)
{
	uint64_t before;

	rmqi_buf_init(&b, 64);
	for (int i = 0; i < 64; i++)
		rmqi_buf_add_u8(&b, (uint64_t)i);
	before = rmqi_mem_allocations();

	for (int i = 64; i < 200; i++) {
		rmqi_buf_drop(&b, 1);
		rmqi_buf_add_u8(&b, (uint64_t)i);
		ck_assert_uint_eq(rmqi_buf_data(&b)[0], (unsigned)i - 63);
		ck_assert_uint_eq(rmqi_buf_data(&b)[63], (unsigned)i);
	}

	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	ck_assert_uint_le(b.cap, 64 + 64 / 4 + 1);
	ck_assert_uint_le(rmqi_mem_allocations(), before + 1);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__stays_small_when_used_as_a_queue)
{
	open_buf();
	for (int i = 0; i < 100000; i++) {
		rmqi_buf_add_u64(&b, (uint64_t)i);
		if (i >= 10)
			rmqi_buf_drop(&b, 8);
	}
	ck_assert_uint_le(b.cap, 512);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__begins_in_memory_that_is_lent)
{
	uint64_t before = rmqi_mem_allocations();
	char room[16];

	rmqi_buf_init(&b, 100);
	rmqi_buf_lend(&b, room, sizeof(room));
	rmqi_buf_add_text(&b, "0123456789");
	ck_assert_ptr_eq(rmqi_buf_data(&b), (const uint8_t *)room);
	ck_assert_uint_eq(rmqi_mem_allocations(), before);

	rmqi_buf_drop(&b, 2);
	rmqi_buf_add_text(&b, "abcdefghijklmnopq");
	ck_assert_str_eq(rmqi_buf_text(&b), "23456789abcdefghijklmnopq");
	ck_assert_ptr_ne(rmqi_buf_data(&b), (const uint8_t *)room);
	memset(room, '!', sizeof(room)); /* it is the caller's again */
	ck_assert_str_eq(rmqi_buf_text(&b), "23456789abcdefghijklmnopq");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__gives_back_memory_that_was_lent)
{
	char room[16];

	rmqi_buf_init(&b, 100);
	rmqi_buf_lend(&b, room, sizeof(room));
	rmqi_buf_add_text(&b, "0123");
	rmqi_buf_reset(&b);
	rmqi_buf_trim(&b, 0);
	memset(room, '!', sizeof(room));
	rmqi_buf_add_text(&b, "4567");
	ck_assert_int_eq(room[0], '!');
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__patches_a_reserved_word)
{
	static const uint8_t golden[] = {0, 0, 1, 2, 3, 4, 5, 6};

	open_buf();
	rmqi_buf_add_u8(&b, 9);
	rmqi_buf_add_u64(&b, 0);
	rmqi_buf_drop(&b, 1);
	rmqi_buf_patch_u32(&b, 2, 0x01020304);
	rmqi_buf_patch_u16(&b, 6, 0x0506);
	ck_assert_mem_eq(rmqi_buf_data(&b), golden, 8);
	rmqi_buf_patch_u16(&b, 6, 0x10000);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_INVALID_ARGUMENT);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__ignores_a_patch_after_a_failed_append)
{
	rmqi_buf_init(&b, 2);
	rmqi_buf_add_u32(&b, 0);
	rmqi_buf_patch_u32(&b, 0, 1);
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_ERR_TOO_LARGE);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__text_has_a_nul_that_is_not_counted)
{
	rmqi_buf_init(&b, 4);
	ck_assert_str_eq(rmqi_buf_text(&b), "");
	rmqi_buf_add_text(&b, "abcd");
	ck_assert_str_eq(rmqi_buf_text(&b), "abcd");
	ck_assert_uint_eq(b.len, 4);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__adds_nothing_from_null)
{
	open_buf();
	rmqi_buf_add(&b, NULL, 0);
	rmqi_buf_add_str(&b, rmqi_str(NULL));
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__trims_only_when_empty)
{
	open_buf();
	rmqi_buf_addf(&b, "%1000d", 1);
	rmqi_buf_trim(&b, 100);
	ck_assert_uint_ge(b.cap, 1000);
	rmqi_buf_drop(&b, b.len);
	rmqi_buf_trim(&b, 100);
	ck_assert_uint_eq(b.cap, 0);
	rmqi_buf_add_text(&b, "again");
	expect("again");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(buf__swaps)
{
	struct rmqi_buf other;

	open_buf();
	rmqi_buf_init(&other, 3);
	rmqi_buf_add_text(&b, "mine");
	rmqi_buf_add_text(&other, "her");
	rmqi_buf_swap(&b, &other);
	expect("her");
	ck_assert_uint_eq(b.max, 3);
	rmqi_buf_deinit(&b);
	rmqi_buf_deinit(&other);
}
END_TEST

enum { MODEL_MAX = 700 };

/* The same change to the buffer and to a plain array. */
static size_t change_both(struct rmqi_rand *r, uint8_t *model, size_t len)
{
	size_t n = (size_t)rmqi_rand_below(r, 100);
	uint8_t bytes[100];

	switch (rmqi_rand_below(r, 4)) {
	case 0:
		n = n < len ? n : len;
		rmqi_buf_drop(&b, n);
		memmove(model, model + n, len - n);
		return len - n;
	case 1:
		n = n / 8 < len ? n / 8 : len;
		rmqi_buf_cut(&b, len - n);
		return len - n;
	default:
		if (n > MODEL_MAX - len)
			n = MODEL_MAX - len;
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)rmqi_rand_next(r);
		rmqi_buf_add(&b, bytes, n);
		memcpy(model + len, bytes, n);
		return len + n;
	}
}

START_TEST(buf__holds_what_a_plain_array_holds)
{
	uint8_t model[MODEL_MAX];
	struct rmqi_rand r;
	size_t len = 0;

	rmqi_rand_init(&r, 1);
	rmqi_buf_init(&b, MODEL_MAX);
	for (int i = 0; i < 20000; i++) {
		len = change_both(&r, model, len);
		ck_assert_uint_eq(b.len, len);
		ck_assert_int_eq(rmqi_memcmp(rmqi_buf_data(&b), model, len), 0);
	}
	ck_assert_int_eq(rmqi_buf_status(&b), RMQ_OK);
	rmqi_buf_deinit(&b);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
START_TEST(buf__poisons_what_is_not_readable)
{
	const uint8_t *data;

	open_buf();
	rmqi_buf_addf(&b, "%32d", 1);
	data = rmqi_buf_data(&b);
	rmqi_buf_drop(&b, 16);
	rmqi_buf_cut(&b, 8);
	ck_assert(__asan_address_is_poisoned(data));
	ck_assert(__asan_address_is_poisoned(data + 15));
	ck_assert(!__asan_address_is_poisoned(data + 16));
	ck_assert(!__asan_address_is_poisoned(data + 23));
	ck_assert(__asan_address_is_poisoned(data + 24));
	rmqi_buf_deinit(&b);
}
END_TEST
#endif

int main(void)
{
	const TTest *const tests[] = {
		buf__starts_empty_and_without_memory,
		buf__writes_big_endian,
		buf__refuses_numbers_that_do_not_fit,
		buf__refuses_signed_numbers_that_do_not_fit,
		buf__writes_decimal_text,
		buf__formats_text,
		buf__refuses_to_grow_over_max,
		buf__formats_up_to_max_and_no_further,
		buf__failed_append_stops_the_ones_behind_it,
		buf__reset_forgets_a_failure_and_keeps_memory,
		buf__failed_reserve_is_not_kept,
		buf__tells_when_memory_is_out,
		buf__keeps_its_bytes_when_it_cannot_grow,
		buf__drops_at_the_front_and_cuts_at_the_end,
		buf__uses_dropped_room_again,
		buf__stays_small_when_used_as_a_queue,
		buf__begins_in_memory_that_is_lent,
		buf__gives_back_memory_that_was_lent,
		buf__patches_a_reserved_word,
		buf__ignores_a_patch_after_a_failed_append,
		buf__text_has_a_nul_that_is_not_counted,
		buf__adds_nothing_from_null,
		buf__trims_only_when_empty,
		buf__swaps,
		buf__holds_what_a_plain_array_holds,
#ifdef __SANITIZE_ADDRESS__
		buf__poisons_what_is_not_readable,
#endif
	};

	return run_suite("buf", tests, RMQI_COUNT(tests));
}
