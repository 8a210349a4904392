/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"
#include "base/macros.h"
#include "tests/support/suite.h"

static const uint8_t bytes[] = {0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88};

static struct rmqi_cursor over(size_t len)
{
	return rmqi_cursor(bytes, len);
}

START_TEST(cursor__reads_big_endian)
{
	struct rmqi_cursor c;
	uint8_t u8;
	uint16_t u16;
	uint32_t u24, u32;
	uint64_t u64;

	c = over(8);
	ck_assert(rmqi_cursor_u8(&c, &u8) && rmqi_cursor_u16(&c, &u16) &&
		  rmqi_cursor_u24(&c, &u24));
	ck_assert_uint_eq(u8, 0x81);
	ck_assert_uint_eq(u16, 0x8283);
	ck_assert_uint_eq(u24, 0x848586);
	ck_assert_uint_eq(c.len, 2);
	c = over(8);
	ck_assert(rmqi_cursor_u32(&c, &u32));
	ck_assert_uint_eq(u32, 0x81828384);
	c = over(8);
	ck_assert(rmqi_cursor_u64(&c, &u64));
	ck_assert_uint_eq(u64, 0x8182838485868788);
	ck_assert_uint_eq(c.len, 0);
}
END_TEST

START_TEST(cursor__reads_signed_numbers)
{
	struct rmqi_cursor c;
	int16_t i16;
	int32_t i32;
	int64_t i64;

	c = over(8);
	ck_assert(rmqi_cursor_i16(&c, &i16));
	ck_assert_int_eq(i16, 0x8182 - 0x10000);
	c = over(8);
	ck_assert(rmqi_cursor_i32(&c, &i32));
	ck_assert_int_eq(i32, (int64_t)0x81828384 - 0x100000000);
	c = over(8);
	ck_assert(rmqi_cursor_i64(&c, &i64));
	ck_assert_int_eq(i64, (int64_t)0x8182838485868788);
}
END_TEST

/* One read of each kind with one byte too few. */
static bool read_kind(int kind, struct rmqi_cursor *c)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
		int16_t i16;
		int32_t i32;
		int64_t i64;
	} out;

	switch (kind) {
	case 0:
		return rmqi_cursor_u8(c, &out.u8);
	case 1:
		return rmqi_cursor_u16(c, &out.u16);
	case 2:
		return rmqi_cursor_u24(c, &out.u32);
	case 3:
		return rmqi_cursor_u32(c, &out.u32);
	case 4:
		return rmqi_cursor_u64(c, &out.u64);
	case 5:
		return rmqi_cursor_i16(c, &out.i16);
	case 6:
		return rmqi_cursor_i32(c, &out.i32);
	default:
		return rmqi_cursor_i64(c, &out.i64);
	}
}

START_TEST(cursor__failed_read_moves_nothing)
{
	static const size_t sizes[] = {1, 2, 3, 4, 8, 2, 4, 8};

	for (int kind = 0; kind < (int)RMQI_COUNT(sizes); kind++) {
		for (size_t len = 0; len < sizes[kind]; len++) {
			struct rmqi_cursor c = over(len);

			ck_assert(!read_kind(kind, &c));
			ck_assert_ptr_eq(c.ptr, bytes);
			ck_assert_uint_eq(c.len, len);
		}
	}
}
END_TEST

START_TEST(cursor__take_gives_a_bounded_view)
{
	struct rmqi_cursor c = over(8), view;
	uint32_t u32;

	ck_assert(rmqi_cursor_take(&c, 3, &view));

	ck_assert_uint_eq(view.len, 3);
	ck_assert_ptr_eq(view.ptr, bytes);
	ck_assert(!rmqi_cursor_u32(&view, &u32));
	ck_assert_ptr_eq(c.ptr, bytes + 3);
	ck_assert_uint_eq(c.len, 5);
}
END_TEST

START_TEST(cursor__take_may_replace_itself)
{
	struct rmqi_cursor c = over(8);

	ck_assert(rmqi_cursor_take(&c, 3, &c));
	ck_assert_ptr_eq(c.ptr, bytes);
	ck_assert_uint_eq(c.len, 3);
}
END_TEST

START_TEST(cursor__refuses_any_length_over_its_end)
{
	struct rmqi_cursor c = over(4), view = {bytes, 1};
	struct rmqi_str text = RMQI_STR("kept");
	uint8_t copy[8];

	ck_assert(!rmqi_cursor_take(&c, 5, &view));
	ck_assert(!rmqi_cursor_take(&c, SIZE_MAX, &view));
	ck_assert(!rmqi_cursor_take_str(&c, 5, &text));
	ck_assert(!rmqi_cursor_skip(&c, SIZE_MAX));
	ck_assert(!rmqi_cursor_copy(&c, copy, 5));
	ck_assert_uint_eq(view.len, 1);
	ck_assert(rmqi_str_is(text, "kept"));
	ck_assert_uint_eq(c.len, 4);
	ck_assert_ptr_eq(c.ptr, bytes);
}
END_TEST

START_TEST(cursor__takes_text_and_copies)
{
	struct rmqi_cursor c = rmqi_cursor("abcdef", 6);
	struct rmqi_str text;
	char copy[2];

	ck_assert(rmqi_cursor_take_str(&c, 2, &text));
	ck_assert(rmqi_cursor_skip(&c, 1));
	ck_assert(rmqi_cursor_copy(&c, copy, 2));
	ck_assert(rmqi_str_is(text, "ab"));
	ck_assert_mem_eq(copy, "de", 2);
	ck_assert(rmqi_str_is(rmqi_cursor_str(c), "f"));
}
END_TEST

START_TEST(cursor__null_serves_length_zero)
{
	struct rmqi_cursor c = rmqi_cursor(NULL, 0), view;
	struct rmqi_str text;
	uint8_t u8;

	ck_assert(rmqi_cursor_take(&c, 0, &view));
	ck_assert(rmqi_cursor_take_str(&c, 0, &text));
	ck_assert(rmqi_cursor_copy(&c, NULL, 0));
	ck_assert(!rmqi_cursor_u8(&c, &u8));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		cursor__reads_big_endian,          cursor__reads_signed_numbers,
		cursor__failed_read_moves_nothing, cursor__take_gives_a_bounded_view,
		cursor__take_may_replace_itself,   cursor__refuses_any_length_over_its_end,
		cursor__takes_text_and_copies,     cursor__null_serves_length_zero,
	};

	return run_suite("cursor", tests, RMQI_COUNT(tests));
}
