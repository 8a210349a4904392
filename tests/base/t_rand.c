/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/macros.h"
#include "base/rand.h"
#include "tests/support/suite.h"

START_TEST(rand__same_seed_gives_same_numbers)
{
	struct rmqi_rand a, b;

	rmqi_rand_init(&a, 42);
	rmqi_rand_init(&b, 42);
	for (int i = 0; i < 1000; i++)
		ck_assert_uint_eq(rmqi_rand_next(&a), rmqi_rand_next(&b));
}
END_TEST

START_TEST(rand__other_seed_gives_other_numbers)
{
	struct rmqi_rand a, b;

	rmqi_rand_init(&a, 0);
	rmqi_rand_init(&b, 1);
	ck_assert_uint_ne(rmqi_rand_next(&a), rmqi_rand_next(&b));
}
END_TEST

/* The first outputs for a state of 1, 2, 3, 4, computed by hand from the authors' formula. */
START_TEST(rand__is_xoshiro256_starstar)
{
	struct rmqi_rand r = {{1, 2, 3, 4}};

	ck_assert_uint_eq(rmqi_rand_next(&r), 11520);
	ck_assert_uint_eq(rmqi_rand_next(&r), 0);
	ck_assert_uint_eq(rmqi_rand_next(&r), 1509978240);
	ck_assert_uint_eq(rmqi_rand_next(&r), 1215971899390074240);
}
END_TEST

START_TEST(rand__system_seeds_differ)
{
	struct rmqi_rand a, b;

	rmqi_rand_init_system(&a);
	rmqi_rand_init_system(&b);
	ck_assert_mem_ne(&a, &b, sizeof(a));
}
END_TEST

START_TEST(rand__below_stays_below_and_reaches_all)
{
	unsigned hits[7] = {0};
	struct rmqi_rand r;

	rmqi_rand_init(&r, 5);
	for (int i = 0; i < 7000; i++) {
		uint64_t x = rmqi_rand_below(&r, 7);

		ck_assert_uint_lt(x, 7);
		hits[x]++;
	}
	for (size_t i = 0; i < RMQI_COUNT(hits); i++)
		ck_assert_uint_gt(hits[i], 800);
	ck_assert_uint_eq(rmqi_rand_below(&r, 1), 0);
	ck_assert_uint_lt(rmqi_rand_below(&r, UINT64_MAX), UINT64_MAX);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rand__same_seed_gives_same_numbers,
		rand__other_seed_gives_other_numbers,
		rand__is_xoshiro256_starstar,
		rand__system_seeds_differ,
		rand__below_stays_below_and_reaches_all,
	};

	return run_suite("rand", tests, RMQI_COUNT(tests));
}
