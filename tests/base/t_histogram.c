/* SPDX-License-Identifier: Apache-2.0 */
#include "base/histogram.h"
#include "base/macros.h"
#include "base/rand.h"
#include "base/thread.h"
#include "tests/support/suite.h"

static struct rmqi_histogram h;
static struct rmqi_histogram_view view;

static void clear(void)
{
	h = (struct rmqi_histogram){0};
	view = (struct rmqi_histogram_view){0};
}

START_TEST(histogram__of_nothing_has_zeroes)
{
	clear();
	rmqi_histogram_read(&h, &view);

	ck_assert_uint_eq(view.count, 0);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 500), 0);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 1000), 0);
	ck_assert_uint_eq(rmqi_histogram_below(&view, 63), 0);
}
END_TEST

START_TEST(histogram__small_values_are_exact)
{
	clear();
	for (int64_t v = 0; v < 10; v++)
		rmqi_histogram_add(&h, v);
	rmqi_histogram_read(&h, &view);

	ck_assert_uint_eq(view.count, 10);
	ck_assert_uint_eq(view.sum, 45);
	ck_assert_uint_eq(view.max, 9);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 0), 0);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 500), 4);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 900), 8);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 990), 9);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 1000), 9);
}
END_TEST

/* Alone in it, a value is told as itself; beside a larger one as the end of its bucket. */
START_TEST(histogram__a_value_is_right_to_a_sixteenth)
{
	for (unsigned bits = 4; bits < 32; bits++) {
		for (int64_t part = 0; part < 16; part++) {
			int64_t v = ((int64_t)1 << bits) + (part << bits) / 16;
			uint64_t told;

			clear();
			rmqi_histogram_add(&h, v);
			rmqi_histogram_add(&h, INT64_MAX / 2);
			rmqi_histogram_read(&h, &view);
			told = rmqi_histogram_percentile(&view, 500);
			ck_assert_uint_ge(told, (uint64_t)v);
			ck_assert_uint_lt(told - (uint64_t)v, (uint64_t)v / 16 + 1);
			ck_assert_uint_eq(rmqi_histogram_below(&view, bits), 0);
			ck_assert_uint_eq(rmqi_histogram_below(&view, bits + 1), 1);
		}
	}
}
END_TEST

START_TEST(histogram__what_is_too_large_or_negative_counts_at_the_ends)
{
	clear();
	rmqi_histogram_add(&h, -5);
	rmqi_histogram_add(&h, INT64_MAX);
	rmqi_histogram_read(&h, &view);

	ck_assert_uint_eq(view.count, 2);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 500), 0);
	ck_assert_uint_eq(rmqi_histogram_percentile(&view, 1000), (uint64_t)INT64_MAX);
}
END_TEST

START_TEST(histogram__both_ways_to_add_give_the_same)
{
	struct rmqi_histogram_view alone = {0};
	static struct rmqi_histogram other;
	struct rmqi_rand r;

	clear();
	rmqi_rand_init(&r, 7);
	for (int i = 0; i < 10000; i++) {
		int64_t value = (int64_t)(rmqi_rand_next(&r) >> (i % 64));

		rmqi_histogram_add(&h, value);
		rmqi_histogram_add_alone(&other, value);
	}
	rmqi_histogram_read(&h, &view);
	rmqi_histogram_read(&other, &alone);

	ck_assert_uint_eq(view.count, 10000);
	ck_assert_mem_eq(&alone, &view, sizeof(view));
}
END_TEST

START_TEST(histogram__views_add_up)
{
	struct rmqi_histogram_view sum = {0};

	clear();
	rmqi_histogram_add(&h, 100);
	rmqi_histogram_read(&h, &view);
	rmqi_histogram_merge(&view, &sum);
	rmqi_histogram_merge(&view, &sum);

	ck_assert_uint_eq(sum.count, 2);
	ck_assert_uint_eq(sum.sum, 200);
	ck_assert_uint_eq(sum.max, 100);
}
END_TEST

enum { THREADS = 4, EACH = 50000 };

static void *add_many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		rmqi_histogram_add(arg, i);
	return NULL;
}

START_TEST(histogram__threads_lose_nothing)
{
	struct rmqi_thread threads[THREADS] = {0};

	clear();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "adder", add_many, &h), RMQ_OK);
	for (int i = 0; i < THREADS; i++)
		rmqi_thread_join(&threads[i]);
	rmqi_histogram_read(&h, &view);

	ck_assert_uint_eq(view.count, THREADS * EACH);
	ck_assert_uint_eq(view.sum, (uint64_t)THREADS * EACH * (EACH - 1) / 2);
	ck_assert_uint_eq(view.max, EACH - 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		histogram__of_nothing_has_zeroes,
		histogram__small_values_are_exact,
		histogram__a_value_is_right_to_a_sixteenth,
		histogram__what_is_too_large_or_negative_counts_at_the_ends,
		histogram__both_ways_to_add_give_the_same,
		histogram__views_add_up,
		histogram__threads_lose_nothing,
	};

	return run_suite("histogram", tests, RMQI_COUNT(tests));
}
