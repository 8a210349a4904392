/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/buf.h"
#include "codec/body_pairs.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static struct rmqi_pairs got;

static void close_all(void)
{
	rmqi_pairs_deinit(&got);
}

static enum rmq_error table(const char *text)
{
	rmqi_pairs_deinit(&got);
	return rmqi_pairs_decode_table(text_cursor(text), &got);
}

static enum rmq_error lines(const char *text)
{
	rmqi_pairs_deinit(&got);
	return rmqi_pairs_decode_lines(text_cursor(text), &got);
}

static void expect_pair(size_t i, const char *name, const char *value)
{
	ck_assert_uint_lt(i, got.count);
	ck_assert_str_eq(got.items[i].name, name);
	ck_assert_str_eq(got.items[i].value, value);
}

START_TEST(table__is_read_and_ordered_by_name)
{
	ck_assert_int_eq(table("{\"table\":{\"b\":\"2\",\"a\":\"1\",\"c\":\"\"}}"), RMQ_OK);
	ck_assert_uint_eq(got.count, 3);
	expect_pair(0, "a", "1");
	expect_pair(1, "b", "2");
	expect_pair(2, "c", "");
	ck_assert_str_eq(rmqi_pairs_find(&got, "b"), "2");
	ck_assert_ptr_null(rmqi_pairs_find(&got, "bb"));
}
END_TEST

START_TEST(table__values_of_other_kinds_are_their_text)
{
	ck_assert_int_eq(
		table("{\"table\":{\"a\":12,\"b\":true,\"c\":null,\"d\":[1,{\"x\":\"y\"}]}}"),
		RMQ_OK);
	ck_assert_uint_eq(got.count, 3);
	expect_pair(0, "a", "12");
	expect_pair(1, "b", "true");
	expect_pair(2, "d", "[1,{\"x\":\"y\"}]");
}
END_TEST

START_TEST(table__may_be_empty_or_missing)
{
	ck_assert_int_eq(table("{\"table\":{}}"), RMQ_OK);
	ck_assert_uint_eq(got.count, 0);
	ck_assert_int_eq(table("{}"), RMQ_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(table__refuses_what_is_none)
{
	static const char *const bad[] = {"", "[]", "7", "{\"table\":[1]}", "{\"table\":{\"a\":"};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(table(bad[i]), RMQ_ERR_PROTOCOL);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(lines__are_read_and_ordered_by_name)
{
	ck_assert_int_eq(lines("b=2\r\n\na=1=one\nc=\n"), RMQ_OK);
	ck_assert_uint_eq(got.count, 3);
	expect_pair(0, "a", "1=one");
	expect_pair(1, "b", "2");
	expect_pair(2, "c", "");
	ck_assert_int_eq(lines(""), RMQ_OK);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(lines__without_a_name_belong_to_the_value_before)
{
	ck_assert_int_eq(lines("a=one\ntwo\nb=x"), RMQ_OK);
	ck_assert_uint_eq(got.count, 2);
	expect_pair(0, "a", "one\ntwo");
	expect_pair(1, "b", "x");
	ck_assert_int_eq(lines("nothing before\na=b"), RMQ_ERR_PROTOCOL);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(lines__are_not_taken_without_end)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, 4 * 1024 * 1024);
	for (int i = 0; i <= RMQI_PAIRS_MAX; i++)
		rmqi_buf_addf(&text, "%d=\n", i);
	ck_assert_int_eq(rmqi_buf_status(&text), RMQ_OK);
	ck_assert_int_eq(rmqi_pairs_decode_lines(rmqi_buf_cursor(&text), &got), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(got.count, 0);
	rmqi_buf_deinit(&text);
}
END_TEST

static enum rmq_error decode_all(void)
{
	enum rmq_error err = table("{\"table\":{\"b\":\"2\",\"a\":1}}");

	return err != RMQ_OK ? err : lines("a=one\ntwo\nb=x");
}

START_TEST(pairs__survive_a_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_all), 10);
}
END_TEST

static struct rmqi_pairs flat;

static enum rmq_error decode_flat(const char *text)
{
	rmqi_pairs_deinit(&flat);
	return rmqi_pairs_decode_flat(text_cursor(text), &flat);
}

static enum rmq_error decode_one_flat(void)
{
	return decode_flat("{\"a\":[{\"b\":1},{\"b\":\"x\"}],\"c\":true}");
}

START_TEST(flat__names_are_joined)
{
	static const char *const bad[] = {"", "[]", "7", "{\"a\":"};

	ck_assert_int_eq(decode_flat("{\"a\":[{\"b\":1},{\"b\":\"x\"}],\"c\":true,\"d\":null,"
				     "\"e\":{},\"f\":{\"g\":{\"h\":-5}}}"),
			 RMQ_OK);
	ck_assert_uint_eq(flat.count, 4);
	ck_assert_str_eq(rmqi_pairs_find(&flat, "a.0.b"), "1");
	ck_assert_str_eq(rmqi_pairs_find(&flat, "a.1.b"), "x");
	ck_assert_str_eq(rmqi_pairs_find(&flat, "c"), "true");
	ck_assert_str_eq(rmqi_pairs_find(&flat, "f.g.h"), "-5");
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(decode_flat(bad[i]), RMQ_ERR_PROTOCOL);
	ck_assert_uint_gt(survives_lack_of_memory(decode_one_flat), 4);
	rmqi_pairs_deinit(&flat);
}
END_TEST

START_TEST(flat__a_name_has_a_limit)
{
	static char text[8192];
	char name[2100];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"%s\":{\"%s\":1}}", name, name);
	ck_assert_int_eq(decode_flat(text), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(flat.count, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		flat__names_are_joined,
		flat__a_name_has_a_limit,
		table__is_read_and_ordered_by_name,
		table__values_of_other_kinds_are_their_text,
		table__may_be_empty_or_missing,
		table__refuses_what_is_none,
		lines__are_read_and_ordered_by_name,
		lines__without_a_name_belong_to_the_value_before,
		lines__are_not_taken_without_end,
		pairs__survive_a_lack_of_memory,
	};
	struct suite s;

	suite_open(&s, "body_pairs");
	tcase_add_checked_fixture(s.all, NULL, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
