/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "codec/writer.h"
#include "tests/support/suite.h"

static void expect_decimal(int64_t v)
{
	char room[RMQI_DEC_MAX + 1], wanted[RMQI_DEC_MAX + 1];
	struct rmqi_writer w = {.at = (uint8_t *)room};

	memset(room, '#', sizeof(room));
	rmqi_writer_raw_dec(&w, v);
	/* No byte behind the longest number is touched. */
	ck_assert_int_eq(room[RMQI_DEC_MAX], '#');
	*w.at = '\0';
	snprintf(wanted, sizeof(wanted), "%" PRId64, v);
	ck_assert_str_eq(room, wanted);
}

START_TEST(writer__decimals_of_every_length)
{
	uint64_t power = 1;

	for (int digits = 1; digits <= 19; digits++, power *= 10) {
		for (uint64_t v = power - 1; v <= power + 1; v++) {
			expect_decimal((int64_t)v);
			expect_decimal(-(int64_t)v);
		}
		expect_decimal((int64_t)(power * 7 / 2 + 3));
	}
	expect_decimal(INT64_MAX);
	expect_decimal(INT64_MIN);
}
END_TEST

START_TEST(writer__decimals_of_every_four_digits)
{
	for (int64_t v = 0; v < 10000; v++) {
		expect_decimal(v);
		expect_decimal(v * 10000);
		expect_decimal(v * 10000 + 9999 - v);
		expect_decimal(v * 1000000000000 + v);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		writer__decimals_of_every_length,
		writer__decimals_of_every_four_digits,
	};

	return run_suite("writer", tests, RMQI_COUNT(tests));
}
