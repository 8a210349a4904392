/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_roll.c - the next file of the commit log is there before it is needed
 * (AllocateMappedFileService.java).
 */
#include <errno.h>

#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

#define NEXT KIT_ROOT "/commitlog/00000000000000004096"

static struct kit k;
static int sent;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
	sent = 0;
}

static void put_until(int64_t end)
{
	while (mb_store_max_physical_offset(k.store) < end)
		kit_put_many(&k, "T", 0, sent++, 1);
}

static bool is_there(const char *path)
{
	return k.fault.table.exists(&k.fault.table, path);
}

START_TEST(roll__next_file_is_made_off_the_loop)
{
	unsigned reserved;

	setup();
	put_until(1900);
	kit_settle(&k);
	ck_assert(!is_there(NEXT));
	put_until(2100);
	ck_assert(!is_there(NEXT));
	reserved = k.fault.ops[FAULT_RESERVE].calls;
	kit_settle(&k);
	ck_assert(is_there(NEXT));
	/* Its bytes may be the loop's already. */
	ck_assert_uint_eq(k.fault.ops[FAULT_RESERVE].calls, reserved);
	ck_assert_uint_eq(k.store->commit_log.files.count, 2);

	/* It is the one that the log rolls into. */
	put_until(4200);
	ck_assert_uint_eq(k.store->commit_log.files.count, 2);
	ck_assert_ptr_eq(k.store->commit_log.files.tail, k.store->commit_log.files.list[1]);
	kit_settle(&k);
	ck_assert_uint_eq(k.store->commit_log.files.count, 2);
	kit_check(&k);
	kit_deinit(&k);
}
END_TEST

START_TEST(roll__goes_on_file_by_file)
{
	setup();
	for (int64_t end = 100; end < 40000; end += 100) {
		put_until(end);
		kit_settle(&k);
		ck_assert_uint_le(k.store->commit_log.files.count, (size_t)end / 4096 + 2);
		if (end % 4096 > 2400)
			ck_assert_uint_eq(k.store->commit_log.files.count, (size_t)end / 4096 + 2);
	}
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_reopen(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_deinit(&k);
}
END_TEST

START_TEST(roll__is_not_waited_for)
{
	setup();
	/* The flusher has no turn before the file is needed. */
	put_until(9000);
	ck_assert_uint_eq(k.store->commit_log.files.count, 3);
	kit_settle(&k);
	ck_assert_uint_le(k.store->commit_log.files.count, 4);
	put_until(20000);
	kit_settle(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_deinit(&k);
}
END_TEST

START_TEST(roll__failure_ahead_is_no_failure)
{
	setup();
	put_until(1900);
	fault_fs_fail(&k.fault, FAULT_MAP, 1, 1, ENOSPC);
	put_until(2100);
	kit_settle(&k);
	ck_assert(!is_there(NEXT));
	fault_fs_heal(&k.fault, FAULT_MAP);
	put_until(5000);
	ck_assert(is_there(NEXT));

	kit_settle(&k);
	put_until(12000);
	kit_settle(&k);
	kit_reopen(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_deinit(&k);
}
END_TEST

START_TEST(roll__store_may_be_closed_while_it_is_under_way)
{
	setup();
	put_until(2100);
	kit_close(&k);
	kit_settle(&k);
	kit_open(&k);
	put_until(2200);
	kit_crash(&k);
	kit_settle(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_deinit(&k);
}
END_TEST

START_TEST(roll__file_made_ahead_is_used_after_a_restart)
{
	setup();
	put_until(2200);
	kit_settle(&k);
	ck_assert(is_there(NEXT));
	kit_crash(&k);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	put_until(9000);
	kit_settle(&k);
	kit_expect_many(&k, "T", 0, 0, sent);
	kit_check(&k);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		roll__next_file_is_made_off_the_loop,
		roll__goes_on_file_by_file,
		roll__is_not_waited_for,
		roll__failure_ahead_is_no_failure,
		roll__store_may_be_closed_while_it_is_under_way,
		roll__file_made_ahead_is_used_after_a_restart,
	};

	return run_suite("roll", tests, RMQI_COUNT(tests));
}
