/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/support/suite.h"

START_TEST(str__null_is_empty)
{
	ck_assert_uint_eq(rmqi_str(NULL).len, 0);
	ck_assert(rmqi_str_eq(rmqi_str(NULL), rmqi_str("")));
	ck_assert(rmqi_str_is(rmqi_str(NULL), ""));
	ck_assert(rmqi_str_has_prefix(rmqi_str(NULL), ""));
}
END_TEST

START_TEST(str__compares_content_not_pointer)
{
	char copy[] = "abc";

	ck_assert(rmqi_str_eq(RMQI_STR("abc"), rmqi_str(copy)));
	ck_assert(!rmqi_str_eq(RMQI_STR("abc"), RMQI_STR("abcd")));
	ck_assert(!rmqi_str_is(RMQI_STR("abc"), "abd"));
	ck_assert(rmqi_str_has_prefix(RMQI_STR("%RETRY%g"), "%RETRY%"));
	ck_assert(!rmqi_str_has_prefix(RMQI_STR("%RET"), "%RETRY%"));
}
END_TEST

START_TEST(str__orders_by_bytes_then_length)
{
	ck_assert_int_lt(rmqi_str_cmp(RMQI_STR("a"), RMQI_STR("b")), 0);
	ck_assert_int_lt(rmqi_str_cmp(RMQI_STR("a"), RMQI_STR("aa")), 0);
	ck_assert_int_eq(rmqi_str_cmp(RMQI_STR("aa"), RMQI_STR("aa")), 0);
	ck_assert_int_gt(rmqi_str_cmp(RMQI_STR("b"), RMQI_STR("aa")), 0);
	ck_assert_int_gt(rmqi_str_cmp(RMQI_STR("\xc3\xa9"), RMQI_STR("z")), 0);
}
END_TEST

START_TEST(str__trims_both_ends)
{
	ck_assert(rmqi_str_is(rmqi_str_trim(RMQI_STR(" \t a b\r\n")), "a b"));
	ck_assert(rmqi_str_is(rmqi_str_trim(RMQI_STR(" \n ")), ""));
	ck_assert(rmqi_str_is(rmqi_str_trim(rmqi_str(NULL)), ""));
}
END_TEST

START_TEST(str__cuts_at_the_first_separator)
{
	struct rmqi_str head, rest;
	bool found;

	rest = rmqi_str_cut(RMQI_STR("a||b||c"), "||", &head, &found);

	ck_assert(found);
	ck_assert(rmqi_str_is(head, "a"));
	ck_assert(rmqi_str_is(rest, "b||c"));
}
END_TEST

START_TEST(str__cut_without_separator_gives_all)
{
	struct rmqi_str head, rest;
	bool found;

	rest = rmqi_str_cut(RMQI_STR("abc"), ";", &head, &found);

	ck_assert(!found);
	ck_assert(rmqi_str_is(head, "abc"));
	ck_assert(rmqi_str_is(rest, ""));
	rest = rmqi_str_cut(rmqi_str(NULL), ";", &head, NULL);
	ck_assert_uint_eq(head.len + rest.len, 0);
}
END_TEST

START_TEST(str__cut_tells_a_separator_at_the_end_from_none)
{
	struct rmqi_str head, rest;
	bool found;

	rest = rmqi_str_cut(RMQI_STR("abc;"), ";", &head, &found);

	ck_assert(found);
	ck_assert(rmqi_str_is(head, "abc"));
	ck_assert_uint_eq(rest.len, 0);
}
END_TEST

static int64_t parsed(const char *text)
{
	int64_t value;

	ck_assert_msg(rmqi_str_to_i64(rmqi_str(text), &value), "\"%s\"", text);
	return value;
}

START_TEST(str__reads_whole_numbers)
{
	ck_assert_int_eq(parsed("0"), 0);
	ck_assert_int_eq(parsed("-0"), 0);
	ck_assert_int_eq(parsed("+17"), 17);
	ck_assert_int_eq(parsed("007"), 7);
	ck_assert_int_eq(parsed("9223372036854775807"), INT64_MAX);
	ck_assert_int_eq(parsed("-9223372036854775808"), INT64_MIN);
}
END_TEST

START_TEST(str__refuses_what_is_no_number)
{
	static const char *const bad[] = {"",
					  "-",
					  "+",
					  "+-1",
					  "--1",
					  " 1",
					  "1 ",
					  "1x",
					  "0x10",
					  "1.5",
					  "1e3",
					  "9223372036854775808",
					  "-9223372036854775809",
					  "99999999999999999999",
					  "\xd9\xa1"};
	int64_t value = 42;

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_msg(!rmqi_str_to_i64(rmqi_str(bad[i]), &value), "\"%s\"", bad[i]);
	ck_assert_int_eq(value, 42);
}
END_TEST

START_TEST(str__checks_the_range_of_32_bits)
{
	int32_t value = 42;

	ck_assert(!rmqi_str_to_i32(RMQI_STR("2147483648"), &value));
	ck_assert(!rmqi_str_to_i32(RMQI_STR("-2147483649"), &value));
	ck_assert_int_eq(value, 42);
	ck_assert(rmqi_str_to_i32(RMQI_STR("-2147483648"), &value));
	ck_assert_int_eq(value, INT32_MIN);
}
END_TEST

START_TEST(str__only_true_is_true)
{
	ck_assert(rmqi_str_to_bool(RMQI_STR("true")));
	ck_assert(rmqi_str_to_bool(RMQI_STR("TrUE")));
	ck_assert(!rmqi_str_to_bool(RMQI_STR("false")));
	ck_assert(!rmqi_str_to_bool(RMQI_STR("1")));
	ck_assert(!rmqi_str_to_bool(RMQI_STR("true ")));
	ck_assert(!rmqi_str_to_bool(RMQI_STR("T\x12UE")));
	ck_assert(!rmqi_str_to_bool(rmqi_str(NULL)));
}
END_TEST

START_TEST(str__dup_ends_with_nul)
{
	char *copy = rmqi_str_dup(rmqi_str_n("abcdef", 3));

	ck_assert_str_eq(copy, "abc");
	rmqi_free(copy);
}
END_TEST

START_TEST(str__hash_depends_on_content_only)
{
	char copy[] = "TopicTest";

	ck_assert_uint_eq(rmqi_str_hash(RMQI_STR("TopicTest")), rmqi_str_hash(rmqi_str(copy)));
	ck_assert_uint_ne(rmqi_str_hash(RMQI_STR("TopicTest")),
			  rmqi_str_hash(RMQI_STR("TopicTesu")));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		str__null_is_empty,
		str__compares_content_not_pointer,
		str__orders_by_bytes_then_length,
		str__trims_both_ends,
		str__cuts_at_the_first_separator,
		str__cut_without_separator_gives_all,
		str__cut_tells_a_separator_at_the_end_from_none,
		str__reads_whole_numbers,
		str__refuses_what_is_no_number,
		str__checks_the_range_of_32_bits,
		str__only_true_is_true,
		str__dup_ends_with_nul,
		str__hash_depends_on_content_only,
	};

	return run_suite("str", tests, RMQI_COUNT(tests));
}
