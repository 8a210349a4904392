/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/recycler.h"
#include "base/thread.h"
#include "tests/support/suite.h"

enum { MOST = 64 * 1024 };

#ifdef __SANITIZE_ADDRESS__
enum { KEEPS = 0 };
#else
enum { KEEPS = 1 };
#endif

static void *get(struct rmqi_recycler *r, size_t size)
{
	void *p = rmqi_recycler_get(r, size);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
	memset(p, 0xA5, size);
	return p;
}

static uint64_t allocations_of(struct rmqi_recycler *r, size_t size)
{
	uint64_t before = rmqi_mem_allocations();

	rmqi_recycler_put(get(r, size));
	return rmqi_mem_allocations() - before;
}

START_TEST(recycler__gives_again_what_came_back)
{
	struct rmqi_recycler *r = rmqi_recycler_new(SIZE_MAX);

	for (size_t size = 1; size < MOST / 2; size = size * 3 / 2 + 1) {
		rmqi_recycler_put(get(r, size));
		ck_assert_uint_eq(allocations_of(r, size), KEEPS ? 0 : 1);
	}
	rmqi_recycler_close(r);
}
END_TEST

START_TEST(recycler__a_piece_is_as_large_as_asked_for)
{
	struct rmqi_recycler *r = rmqi_recycler_new(MOST);

	for (size_t size = 0; size < 5000; size++)
		rmqi_recycler_put(get(r, size));
	rmqi_recycler_close(r);
}
END_TEST

START_TEST(recycler__keeps_no_more_than_its_most)
{
	enum { COUNT = 100, SIZE = 5000 };
	struct rmqi_recycler *r = rmqi_recycler_new(MOST);
	void *pieces[COUNT];
	uint64_t before;

	for (int i = 0; i < COUNT; i++)
		pieces[i] = get(r, SIZE);
	for (int i = 0; i < COUNT; i++)
		rmqi_recycler_put(pieces[i]);
	before = rmqi_mem_allocations();
	for (int i = 0; i < COUNT; i++)
		pieces[i] = get(r, SIZE);
	ck_assert_uint_ge(rmqi_mem_allocations() - before, COUNT - MOST / SIZE);
	for (int i = 0; i < COUNT; i++)
		rmqi_recycler_put(pieces[i]);
	rmqi_recycler_close(r);
}
END_TEST

enum { BURST = 10, BURST_SIZE = 3000 };

static void burst(struct rmqi_recycler *r, int count)
{
	void *pieces[BURST];

	for (int i = 0; i < count; i++)
		pieces[i] = get(r, BURST_SIZE);
	for (int i = 0; i < count; i++)
		rmqi_recycler_put(pieces[i]);
}

START_TEST(recycler__traffic_keeps_through_a_rest_what_it_needs)
{
	struct rmqi_recycler *r = rmqi_recycler_new(SIZE_MAX);
	uint64_t before;

	burst(r, BURST);
	rmqi_recycler_rest(r);
	before = rmqi_mem_allocations();
	for (int i = 0; i < 5; i++) {
		burst(r, BURST);
		rmqi_recycler_rest(r);
	}
	ck_assert_uint_eq(rmqi_mem_allocations() - before, KEEPS ? 0 : 5 * BURST);
	rmqi_recycler_close(r);
}
END_TEST

START_TEST(recycler__what_nobody_needed_goes_back_with_the_second_rest)
{
	struct rmqi_recycler *r = rmqi_recycler_new(SIZE_MAX);
	uint64_t before;

	burst(r, BURST);
	rmqi_recycler_rest(r);
	burst(r, 2);
	rmqi_recycler_rest(r);
	before = rmqi_mem_allocations();
	burst(r, BURST);
	ck_assert_uint_eq(rmqi_mem_allocations() - before, KEEPS ? BURST - 2 : BURST);
	rmqi_recycler_close(r);
}
END_TEST

START_TEST(recycler__that_was_stopped_keeps_nothing)
{
	struct rmqi_recycler *r = rmqi_recycler_new(SIZE_MAX);
	void *out = get(r, BURST_SIZE);

	burst(r, BURST);
	ck_assert((rmqi_recycler_held(r) >= BURST * BURST_SIZE) == KEEPS);
	rmqi_recycler_stop(r);
	ck_assert_uint_eq(rmqi_recycler_held(r), 0);
	rmqi_recycler_put(out);
	burst(r, BURST);
	ck_assert_uint_eq(rmqi_recycler_held(r), 0);
	rmqi_recycler_close(r);
}
END_TEST

START_TEST(recycler__what_is_too_large_is_plain)
{
	struct rmqi_recycler *r = rmqi_recycler_new(SIZE_MAX);
	void *large = get(r, 4 * 1024 * 1024), *small = get(r, 10), *plain = get(NULL, 10);

	ck_assert_ptr_null(rmqi_recycler_of(large));
	ck_assert_ptr_eq(rmqi_recycler_of(small), r);
	ck_assert_ptr_null(rmqi_recycler_of(plain));
	rmqi_recycler_put(large);
	rmqi_recycler_put(small);
	rmqi_recycler_put(plain);
	rmqi_recycler_put(NULL);
	ck_assert_ptr_null(rmqi_recycler_get(r, SIZE_MAX - 4));
	rmqi_recycler_close(r);
	rmqi_recycler_close(NULL);
}
END_TEST

START_TEST(recycler__pieces_outlive_it)
{
	struct rmqi_recycler *r = rmqi_recycler_new(MOST);
	void *a = get(r, 100), *b = get(r, 3000);

	rmqi_recycler_close(r);
	memset(a, 1, 100);
	rmqi_recycler_put(a);
	memset(b, 1, 3000);
	rmqi_recycler_put(b);
}
END_TEST

START_TEST(recycler__tells_when_memory_is_out)
{
	struct rmqi_recycler *r = rmqi_recycler_new(MOST);

	rmqi_mem_fail_after(1, 1);
	ck_assert_ptr_null(rmqi_recycler_new(MOST));
	ck_assert_ptr_null(rmqi_recycler_get(r, 100));
	rmqi_mem_fail_after(0, 0);
	rmqi_recycler_put(get(r, 100));
	rmqi_recycler_close(r);
}
END_TEST

static void *use(void *arg)
{
	void *pieces[8] = {NULL};

	for (int i = 0; i < 20000; i++) {
		rmqi_recycler_put(pieces[i % 8]);
		pieces[i % 8] = get(arg, (size_t)(i % 3000));
	}
	for (int i = 0; i < 8; i++)
		rmqi_recycler_put(pieces[i]);
	return NULL;
}

START_TEST(recycler__serves_any_thread)
{
	struct rmqi_recycler *r = rmqi_recycler_new(MOST);
	struct rmqi_thread threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "user", use, r), RMQ_OK);
	for (int i = 0; i < 4; i++)
		rmqi_thread_join(&threads[i]);
	rmqi_recycler_close(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		recycler__gives_again_what_came_back,
		recycler__a_piece_is_as_large_as_asked_for,
		recycler__keeps_no_more_than_its_most,
		recycler__what_is_too_large_is_plain,
		recycler__pieces_outlive_it,
		recycler__tells_when_memory_is_out,
		recycler__serves_any_thread,
		recycler__traffic_keeps_through_a_rest_what_it_needs,
		recycler__what_nobody_needed_goes_back_with_the_second_rest,
		recycler__that_was_stopped_keeps_nothing,
	};

	return run_suite("recycler", tests, sizeof(tests) / sizeof(tests[0]));
}
