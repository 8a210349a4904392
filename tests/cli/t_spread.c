/* SPDX-License-Identifier: Apache-2.0 */
/* t_spread.c - how values are spread, and when the messages of a bench are due. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "tests/support/suite.h"
#include "tools/cli/bench.h"
#include "tools/cli/spread.h"

static struct spread *s;

static void setup(void)
{
	s = spread_new();
	ck_assert_ptr_nonnull(s);
}

static void teardown(void)
{
	spread_free(s);
}

START_TEST(spread__of_none_is_zero)
{
	ck_assert_uint_eq(spread_count(s), 0);
	ck_assert_int_eq(spread_at(s, 50), 0);
	ck_assert_int_eq(spread_max(s), 0);
	ck_assert_double_eq(spread_mean(s), 0);
}
END_TEST

START_TEST(spread__small_values_are_exact)
{
	for (int64_t v = 1; v <= 1000; v++)
		spread_add(s, v);
	ck_assert_int_eq(spread_at(s, 0), 1);
	ck_assert_int_eq(spread_at(s, 0.1), 1);
	ck_assert_int_eq(spread_at(s, 50), 500);
	ck_assert_int_eq(spread_at(s, 99.9), 999);
	ck_assert_int_eq(spread_at(s, 99.91), 1000);
	ck_assert_int_eq(spread_at(s, 100), 1000);
	ck_assert_double_eq(spread_mean(s), 500.5);
}
END_TEST

/* Each value beside a greater one: found again within a thousandth, and never less than it is. */
START_TEST(spread__no_value_is_off_by_more_than_a_thousandth)
{
	for (int64_t v = 1; v < INT64_C(1) << 39; v += 1 + v / 7) {
		int64_t found;

		spread_clear(s);
		spread_add(s, v);
		spread_add(s, (INT64_C(1) << 40) - 1);
		found = spread_at(s, 50);
		ck_assert_int_ge(found, v);
		ck_assert_int_le(found - v, v / 1000);
	}
}
END_TEST

START_TEST(spread__what_is_outside_counts_as_the_nearest_end)
{
	spread_add(s, -5);
	ck_assert_int_eq(spread_at(s, 100), 0);
	spread_add(s, INT64_MAX);
	ck_assert_int_eq(spread_max(s), (INT64_C(1) << 40) - 1);
	ck_assert_int_eq(spread_at(s, 100), (INT64_C(1) << 40) - 1);
	ck_assert_uint_eq(spread_count(s), 2);
}
END_TEST

/* The columns of HdrHistogram: value, share, number, and 1 / (1 - share); the last line has all. */
START_TEST(spread__is_printed_as_a_percentile_distribution)
{
	static const char head[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	for (int64_t v = 1; v <= 1000; v++)
		spread_add(s, v * 1000);
	spread_print(s, 1000, out);
	fclose(out);
	ck_assert_msg(strncmp(text, head, strlen(head)) == 0, "%s", text);
	ck_assert_msg(strstr(text, "0.500000000000        500           2.00\n"), "%s", text);
	ck_assert_msg(strstr(text, "    1000.000 1.000000000000       1000\n#[Mean    =      500.500"), "%s",
		      text);
	ck_assert_ptr_nonnull(strstr(text, "#[Max     =     1000.000, Total count    =         1000]\n"));
	free(text);
}
END_TEST

/* What is due depends on nothing that happened: a second that was lost makes all of its messages late. */
START_TEST(due__is_a_fixed_step)
{
	ck_assert_int_eq(bench_due_us(100, 1000, 0), 100);
	ck_assert_int_eq(bench_due_us(100, 1000, 1), 1100);
	ck_assert_int_eq(bench_due_us(0, 3, 1), 333333);
	ck_assert_int_eq(bench_due_us(0, 3, 3), 1000000);
	ck_assert_int_eq(bench_due_us(7, 1, 86400), INT64_C(86400000007));
	ck_assert_int_eq(bench_due_us(0, 10000000, INT64_C(1) << 50), (INT64_C(1) << 50) / 10);
}
END_TEST

/* A sender that stands still from the 10th message on for a second, at 1,000 a second: the latencies of the thousand that were
 * due meanwhile go down from it evenly, and half of them are above half a second. */
START_TEST(due__a_stall_is_seen_by_all_that_were_due_in_it)
{
	int64_t now = 0;

	for (int64_t i = 0; i < 1010; i++) {
		int64_t due = bench_due_us(0, 1000, i);

		if (now < due)
			now = due;
		if (i == 10)
			now += 1000 * 1000;
		spread_add(s, now - due);
	}
	ck_assert_int_eq(spread_max(s), 1000 * 1000);
	ck_assert_int_ge(spread_at(s, 50), 495 * 1000);
	ck_assert_int_le(spread_at(s, 50), 500 * 1000);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		spread__of_none_is_zero,
		spread__small_values_are_exact,
		spread__no_value_is_off_by_more_than_a_thousandth,
		spread__what_is_outside_counts_as_the_nearest_end,
		spread__is_printed_as_a_percentile_distribution,
		due__is_a_fixed_step,
		due__a_stall_is_seen_by_all_that_were_due_in_it,
	};
	struct suite suite;

	suite_open(&suite, "spread");
	tcase_add_checked_fixture(suite.all, setup, teardown);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
