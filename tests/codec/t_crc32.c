/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "base/macros.h"
#include "base/rand.h"
#include "codec/crc32.h"
#include "tests/support/suite.h"

START_TEST(crc32__matches_the_check_value)
{
	ck_assert_uint_eq(rmqi_crc32("123456789", 9), 0xCBF43926);
	ck_assert_uint_eq(rmqi_crc32_31("123456789", 9), 0x4BF43926);
}
END_TEST

/* UtilAll.crc32 of doc/reference/message.md's first message. */
START_TEST(crc32__matches_a_stored_body)
{
	ck_assert_uint_eq(rmqi_crc32_31("hello", 5), 907060870);
}
END_TEST

START_TEST(crc32__of_nothing_is_0)
{
	ck_assert_uint_eq(rmqi_crc32(NULL, 0), 0);
	ck_assert_uint_eq(rmqi_crc32("", 0), 0);
}
END_TEST

START_TEST(crc32__is_that_of_zlib_at_every_length_and_alignment)
{
	uint8_t bytes[600];
	struct rmqi_rand r;

	rmqi_rand_init(&r, 1);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rmqi_rand_next(&r);

	for (size_t at = 0; at < 16; at++)
		for (size_t len = 0; len + at <= sizeof(bytes); len++)
			ck_assert_uint_eq(rmqi_crc32(bytes + at, len),
					  crc32(0, bytes + at, (unsigned)len));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		crc32__matches_the_check_value,
		crc32__matches_a_stored_body,
		crc32__of_nothing_is_0,
		crc32__is_that_of_zlib_at_every_length_and_alignment,
	};

	return run_suite("crc32", tests, RMQI_COUNT(tests));
}
