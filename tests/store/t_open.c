/* SPDX-License-Identifier: Apache-2.0 */
/* t_open.c - opening a store: which files it refuses, leaves alone or mends, and what may fail. */
#include <errno.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "base/mem.h"
#include "mock-broker/store/store.h"
#include "tests/store/kit.h"

static struct kit k;

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

static void expect_refusal(enum rmq_error wanted, const char *why)
{
	struct rmq_error_detail *detail = rmqi_detail_new();

	ck_assert_int_eq(kit_try_open(&k, detail), wanted);
	ck_assert_msg(strstr(rmq_error_detail_message(detail), why), "%s",
		      rmq_error_detail_message(detail));
	ck_assert_ptr_null(k.store);
	rmq_error_detail_free(detail);
}

START_TEST(store__refuses_files_of_another_size)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 100);
	kit_close(&k);

	k.config.commit_log_file_size = 8192;
	expect_refusal(RMQ_ERR_CORRUPT, "wrong size");
	k.config.commit_log_file_size = 4096;
	k.config.consume_queue_file_size = 800;
	expect_refusal(RMQ_ERR_CORRUPT, "wrong size");
	k.config.consume_queue_file_size = 400;
	mem_fs_delete(k.mem, KIT_ROOT "/commitlog/00000000000000004096");
	expect_refusal(RMQ_ERR_CORRUPT, "missing");

	kit_deinit(&k);
}
END_TEST

START_TEST(store__deletes_an_empty_last_file)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	kit_close(&k);
	mem_fs_put(k.mem, KIT_ROOT "/commitlog/00000000000000004096", "", 0);
	mem_fs_put(k.mem, KIT_ROOT "/consumequeue/T/0/00000000000000000400", "", 0);

	kit_open(&k);

	ck_assert(
		!k.fault.table.exists(&k.fault.table, KIT_ROOT "/commitlog/00000000000000004096"));
	kit_expect_many(&k, "T", 0, 0, 3);
	kit_close(&k);
	mem_fs_put(k.mem, KIT_LOG, "", 0);
	mem_fs_put(k.mem, KIT_ROOT "/commitlog/00000000000000004096", "\1", 1);
	expect_refusal(RMQ_ERR_CORRUPT, "empty, but not the last");
	kit_deinit(&k);
}
END_TEST

/* The end of such a file is no 64-bit number. */
START_TEST(store__refuses_a_file_at_the_end_of_all_offsets)
{
	static const char bytes[4096];

	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	kit_close(&k);
	mem_fs_delete(k.mem, KIT_LOG);
	mem_fs_put(k.mem, KIT_ROOT "/commitlog/09223372036854771712", bytes, sizeof(bytes));
	expect_refusal(RMQ_ERR_CORRUPT, "an offset that no store reaches");
	kit_deinit(&k);
}
END_TEST

START_TEST(store__leaves_strange_files_alone)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	kit_close(&k);
	mem_fs_put(k.mem, KIT_ROOT "/commitlog/.DS_Store", "x", 1);
	mem_fs_put(k.mem, KIT_ROOT "/consumequeue/readme", "x", 1);
	mem_fs_put(k.mem, KIT_ROOT "/consumequeue/T/notes", "x", 1);
	mem_fs_put(k.mem, KIT_ROOT "/index/20240101000000000", "x", 1);

	kit_open(&k);

	ck_assert_ptr_nonnull(strstr(k.logged, ".DS_Store"));
	kit_expect_many(&k, "T", 0, 0, 3);
	ck_assert_ptr_nonnull(mem_fs_bytes(k.mem, KIT_ROOT "/index/20240101000000000", NULL));
	kit_deinit(&k);
}
END_TEST

START_TEST(store__is_opened_once)
{
	struct mb_store *first;

	setup();
	first = k.store;
	k.store = NULL;

	expect_refusal(RMQ_ERR_LOCKED, "used by another broker");

	k.store = first;
	kit_deinit(&k);
}
END_TEST

/* Each operation of an open fails in turn: an error with a cause, and the next open succeeds. */
START_TEST(store__open_survives_every_failure)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 60);
	kit_crash(&k);

	for (unsigned op = 0; op < FAULT_OPS; op++) {
		for (unsigned nth = 1; nth < 50; nth++) {
			unsigned before = k.fault.ops[op].calls;
			enum rmq_error err;

			fault_fs_fail(&k.fault, op, nth, 1, EIO);
			err = kit_try_open(&k, NULL);
			fault_fs_heal(&k.fault, op);
			if (err == RMQ_OK) {
				kit_crash(&k);
				if (k.fault.ops[op].calls - before < nth)
					break;
				continue; /* a failure that may be passed over */
			}
			ck_assert_int_eq(err, RMQ_ERR_IO);
			ck_assert_ptr_null(k.store);
		}
	}

	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 60);
	kit_deinit(&k);
}
END_TEST

START_TEST(store__open_survives_lack_of_memory)
{
	uint64_t n = 0;
	enum rmq_error err;

	setup();
	kit_put_many(&k, "T", 0, 0, 60);
	kit_crash(&k);

	do {
		rmqi_mem_fail_after(++n, 0);
		err = kit_try_open(&k, NULL);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
	} while (err != RMQ_OK);

	ck_assert_uint_gt(n, 10);
	kit_expect_many(&k, "T", 0, 0, 60);
	kit_deinit(&k);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		store__refuses_files_of_another_size,
		store__deletes_an_empty_last_file,
		store__refuses_a_file_at_the_end_of_all_offsets,
		store__leaves_strange_files_alone,
		store__is_opened_once,
		store__open_survives_every_failure,
		store__open_survives_lack_of_memory,
	};

	return run_suite("store_open", tests, RMQI_COUNT(tests));
}
