/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_pages.c - a thread has the pages of a log made that is written fast, and of no other.
 *
 * A file of the kit has one step of blocks.
 */
#include <sched.h>
#include <stdatomic.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

static struct kit k;
static int sent;
static atomic_size_t calls, ready, last_at;
static atomic_bool is_held; /* the thread stays in make_ready */

static void note_ready(const struct mb_fs *fs, const struct mb_map *m, size_t from, size_t len)
{
	(void)fs;
	ck_assert_uint_le(from + len, m->size);
	atomic_fetch_add(&ready, len);
	atomic_store(&last_at, from);
	atomic_fetch_add(&calls, 1);
	while (atomic_load(&is_held))
		sched_yield();
}

static void setup(bool has_threads)
{
	kit_init(&k, 1);
	k.fault.table.make_ready = note_ready;
	k.config.has_threads = has_threads;
	kit_open(&k);
	sent = 0;
	atomic_store(&calls, 0);
	atomic_store(&ready, 0);
	atomic_store(&is_held, false);
}

/* Until `count` files are begun. */
static void begin_files(size_t count)
{
	const struct mb_files *files = &k.store->commit_log.files;

	while (!files->tail || files->tail->base < (int64_t)(count - 1) * 4096) {
		kit_put_many(&k, "T", 0, sent++, 1);
		kit_settle(&k);
	}
}

static void await_calls(size_t count)
{
	while (atomic_load(&calls) < count) /* the suite's limit ends it */
		sched_yield();
}

START_TEST(pages__of_the_second_step_are_made)
{
	setup(true);
	begin_files(1);
	ck_assert_ptr_null(k.store->pages.file);
	begin_files(2);
	await_calls(1);
	/* From behind the message that needed the blocks to the end of the file. */
	ck_assert_uint_gt(atomic_load(&last_at), 0);
	ck_assert_uint_eq(atomic_load(&last_at) + atomic_load(&ready), 4096);
	begin_files(3);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_check(&k);
	kit_deinit(&k);
}
END_TEST

START_TEST(pages__of_a_log_that_is_written_slowly_are_not)
{
	setup(true);
	for (size_t i = 1; i < 6; i++) {
		begin_files(i);
		kit_advance_ms(&k, 1000);
	}
	ck_assert_uint_eq(atomic_load(&calls), 0);
	ck_assert_ptr_null(k.store->pages.file);
	kit_deinit(&k);
}
END_TEST

START_TEST(pages__are_not_made_in_a_simulation)
{
	setup(false);
	begin_files(5);
	ck_assert_uint_eq(atomic_load(&calls), 0);
	kit_deinit(&k);
}
END_TEST

START_TEST(pages__thread_that_is_late_is_left_alone)
{
	setup(true);
	atomic_store(&is_held, true);
	begin_files(2);
	await_calls(1);
	/* It is still there: nobody waits for it, no second one comes. */
	begin_files(4);
	ck_assert_uint_eq(atomic_load(&calls), 1);
	atomic_store(&is_held, false);
	kit_expect_many(&k, "T", 0, 0, sent);
	/* What it had is mapped as long as it needs it. */
	kit_deinit(&k);
}
END_TEST

START_TEST(pages__end_with_their_store)
{
	setup(true);
	begin_files(2);
	kit_close(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	begin_files(4);
	kit_crash(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pages__of_the_second_step_are_made,
		pages__of_a_log_that_is_written_slowly_are_not,
		pages__are_not_made_in_a_simulation,
		pages__thread_that_is_late_is_left_alone,
		pages__end_with_their_store,
	};

	return run_suite("pages", tests, RMQI_COUNT(tests));
}
