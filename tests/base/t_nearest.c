/* SPDX-License-Identifier: Apache-2.0 */
/* t_nearest.c - what a misspelt name probably means. */

#include <string.h>

#include "base/macros.h"
#include "base/nearest.h"
#include "tests/support/suite.h"

static const char *nearest(const char *wanted)
{
	static const char *const known[] = {"pullInterval", "pullBatchSize", "unitName",
					    "unitNames"};

	return rmqi_nearest(wanted, known, RMQI_COUNT(known));
}

START_TEST(nearest__knows_typing_errors)
{
	ck_assert_str_eq(nearest("pulInterval"), "pullInterval");
	ck_assert_str_eq(nearest("pullBathcSize"), "pullBatchSize");
	ck_assert_str_eq(nearest("unitNam"), "unitName");
}
END_TEST

START_TEST(nearest__takes_upper_and_lower_case_alike)
{
	ck_assert_str_eq(nearest("PULLBATCHSIZE"), "pullBatchSize");
	ck_assert_str_eq(nearest("unitname"), "unitName");
}
END_TEST

START_TEST(nearest__refuses_strangers)
{
	ck_assert_ptr_null(nearest("completely.different"));
	ck_assert_ptr_null(nearest("unit"));
	ck_assert_ptr_null(nearest(""));
}
END_TEST

START_TEST(nearest__of_equals_the_first_wins)
{
	ck_assert_str_eq(nearest("unitNamex"), "unitName");
}
END_TEST

START_TEST(nearest__ignores_what_is_longer_than_a_name)
{
	char wanted[RMQI_NEAREST_MAX + 2], known[RMQI_NEAREST_MAX + 2];
	struct rmqi_near n;

	memset(wanted, 'x', sizeof(wanted));
	memset(known, 'x', sizeof(known));
	known[RMQI_NEAREST_MAX + 1] = '\0';

	rmqi_near_init(&n, rmqi_str_n(wanted, RMQI_NEAREST_MAX));
	rmqi_near_try(&n, known);
	ck_assert_ptr_null(n.name);
	known[RMQI_NEAREST_MAX] = '\0';
	rmqi_near_try(&n, known);
	ck_assert_ptr_eq(n.name, known);

	rmqi_near_init(&n, rmqi_str_n(wanted, RMQI_NEAREST_MAX + 1));
	rmqi_near_try(&n, known);
	ck_assert_ptr_null(n.name);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nearest__knows_typing_errors,
		nearest__takes_upper_and_lower_case_alike,
		nearest__refuses_strangers,
		nearest__of_equals_the_first_wins,
		nearest__ignores_what_is_longer_than_a_name,
	};

	return run_suite("nearest", tests, RMQI_COUNT(tests));
}
