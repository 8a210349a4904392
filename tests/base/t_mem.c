/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(mem__serves_size_zero)
{
	void *a = rmqi_alloc(0);
	void *b = rmqi_calloc(0, 8);
	void *c = rmqi_realloc(NULL, 0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_nonnull(c);
	rmqi_free(a);
	rmqi_free(b);
	rmqi_free(c);
}
END_TEST

START_TEST(mem__refuses_a_product_that_overflows)
{
	ck_assert_ptr_null(rmqi_calloc(SIZE_MAX / 2, 4));
}
END_TEST

START_TEST(mem__copies_text)
{
	char *whole = rmqi_strdup("topic");
	char *part = rmqi_strndup("topic", 3);
	char *none = rmqi_strndup(NULL, 0);

	ck_assert_str_eq(whole, "topic");
	ck_assert_str_eq(part, "top");
	ck_assert_str_eq(none, "");
	rmqi_free(whole);
	rmqi_free(part);
	rmqi_free(none);
}
END_TEST

START_TEST(mem__allows_null_for_length_zero)
{
	rmqi_memcpy(NULL, NULL, 0);
	ck_assert_int_eq(rmqi_memcmp(NULL, NULL, 0), 0);
}
END_TEST

START_TEST(mem__counts_allocations)
{
	uint64_t before = rmqi_mem_allocations();
	void *a = rmqi_alloc(1);
	void *b = rmqi_calloc(1, 1);
	void *c = rmqi_realloc(NULL, 1);
	void *d = rmqi_realloc(c, 100);

	ck_assert_uint_eq(rmqi_mem_allocations(), before + 3);
	rmqi_free(a);
	rmqi_free(b);
	rmqi_free(d);
}
END_TEST

START_TEST(mem__fails_the_nth_allocation_only)
{
	void *first, *third;

	rmqi_mem_fail_after(2, 0);
	first = rmqi_alloc(1);
	ck_assert_ptr_null(rmqi_alloc(1));
	third = rmqi_alloc(1);
	rmqi_mem_fail_after(0, 0);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(third);
	rmqi_free(first);
	rmqi_free(third);
}
END_TEST

START_TEST(mem__fails_for_ever_when_asked)
{
	void *again;

	rmqi_mem_fail_after(1, 1);
	ck_assert_ptr_null(rmqi_alloc(1));
	ck_assert_ptr_null(rmqi_calloc(1, 1));
	ck_assert_ptr_null(rmqi_strdup("x"));
	rmqi_mem_fail_after(0, 0);
	again = rmqi_alloc(1);

	ck_assert_ptr_nonnull(again);
	rmqi_free(again);
}
END_TEST

START_TEST(mem__keeps_the_block_when_realloc_fails)
{
	char *block = rmqi_strdup("kept");

	rmqi_mem_fail_after(1, 0);
	ck_assert_ptr_null(rmqi_realloc(block, 100));
	rmqi_mem_fail_after(0, 0);

	ck_assert_str_eq(block, "kept");
	rmqi_free(block);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		mem__serves_size_zero,
		mem__refuses_a_product_that_overflows,
		mem__copies_text,
		mem__allows_null_for_length_zero,
		mem__counts_allocations,
		mem__fails_the_nth_allocation_only,
		mem__fails_for_ever_when_asked,
		mem__keeps_the_block_when_realloc_fails,
	};

	return run_suite("mem", tests, RMQI_COUNT(tests));
}
