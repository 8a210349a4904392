/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of members that come again and again. */
#include <string.h>

#include "base/mem.h"
#include "codec/body.h"
#include "consumer/known_members.h"
#include "tests/support/suite.h"

static struct rmqi_known_members known;
static char *const *ids;
static size_t count;

static enum rmq_error take(const char *body)
{
	return rmqi_known_members_read(&known, rmqi_cursor(body, strlen(body)), &ids, &count);
}

static void must_be(const char *first, size_t all)
{
	ck_assert_uint_eq(count, all);
	ck_assert_str_eq(ids[0], first);
}

static void set_up(void)
{
	rmqi_known_members_init(&known);
}

static void tear_down(void)
{
	rmqi_known_members_deinit(&known);
}

#define TWO "{\"consumerIdList\":[\"b\",\"a\"]}"
#define ONE "{\"consumerIdList\":[\"c\"]}"

START_TEST(list__is_sorted_and_the_same_one_costs_nothing)
{
	uint64_t before;

	ck_assert_int_eq(take(TWO), RMQ_OK);
	must_be("a", 2);
	before = rmqi_mem_allocations();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(take(TWO), RMQ_OK);
	must_be("a", 2);
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
}
END_TEST

START_TEST(list__that_is_another_one_takes_its_place)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(take(TWO), RMQ_OK);
		must_be("a", 2);
		ck_assert_int_eq(take(ONE), RMQ_OK);
		must_be("c", 1);
	}
}
END_TEST

START_TEST(list__that_cannot_be_read_is_forgotten)
{
	ck_assert_int_eq(take(ONE), RMQ_OK);
	ck_assert_int_ne(take("{\"consumerIdList\":["), RMQ_OK);
	ck_assert_int_ne(take("{\"consumerIdList\":["), RMQ_OK);
	ck_assert_int_ne(take(""), RMQ_OK);
	ck_assert_int_eq(take(ONE), RMQ_OK);
	must_be("c", 1);
}
END_TEST

START_TEST(list__without_memory_is_read_with_the_next_answer)
{
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	uint64_t n = 0;

	while (err != RMQ_OK) {
		ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
		rmqi_mem_fail_after(++n, 0);
		err = take(TWO);
		rmqi_mem_fail_after(0, 0);
	}
	must_be("a", 2);
	ck_assert_uint_gt(n, 2);
	/* The bytes may have had none: the ids stay. */
	ck_assert_int_eq(take(TWO), RMQ_OK);
	must_be("a", 2);
}
END_TEST

START_TEST(copy__is_of_all_ids_or_none)
{
	char **copy = NULL;
	uint64_t n = 0;

	ck_assert_int_eq(take(TWO), RMQ_OK);
	while (!copy) {
		rmqi_mem_fail_after(++n, 0);
		copy = rmqi_known_members_copy(&known);
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(copy[1], "b");
	rmqi_strings_free(copy, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		list__is_sorted_and_the_same_one_costs_nothing,
		list__that_is_another_one_takes_its_place,
		list__that_cannot_be_read_is_forgotten,
		list__without_memory_is_read_with_the_next_answer,
		copy__is_of_all_ids_or_none,
	};
	struct suite s;

	suite_open(&s, "known_members");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
