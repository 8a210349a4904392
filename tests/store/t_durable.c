/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_durable.c - what a put waits for: this disk, a slave, in any order.
 */
#include <stdlib.h>
#include <string.h>

#include "mock-broker/store/durable.h"
#include "tests/store/kit.h"
#include "tests/support/suite.h"

enum { FLUSH_MS = 5000, SLAVE_MS = 3000, BOTH = MB_WAIT_FLUSHED | MB_WAIT_REPLICATED };

static struct kit k; /* for its timers */
static struct mb_durable d;

struct wait {
	struct mb_put_wait w;
	int done;
	enum mb_put_status status;
};

static void note_done(struct mb_put_wait *w, enum mb_put_status status)
{
	struct wait *wait = RMQI_CONTAINER(w, struct wait, w);

	wait->done++;
	wait->status = status;
}

static void setup(enum mb_slaves slaves)
{
	kit_init(&k, 1);
	ck_assert_int_eq(mb_durable_init(&d, &k.timers, FLUSH_MS, SLAVE_MS), RMQ_OK);
	mb_durable_set_slaves(&d, slaves);
}

static void teardown(void)
{
	mb_durable_deinit(&d);
	kit_deinit(&k);
}

static void begin(struct wait *w, unsigned parts, int64_t upto)
{
	*w = (struct wait){.w.done = note_done};
	mb_durable_wait(&d, parts, upto, &w->w);
}

#define expect_waiting(w) ck_assert_int_eq((w)->done, 0)
#define expect(w, s)                                \
	do {                                        \
		ck_assert_int_eq((w)->done, 1);     \
		ck_assert_int_eq((w)->status, (s)); \
	} while (0)

START_TEST(durable__both_parts_in_either_order)
{
	const enum mb_part first = _i ? MB_REPLICATED : MB_FLUSHED;
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	mb_durable_reached(&d, first, 100);
	expect_waiting(&w);
	mb_durable_reached(&d, MB_PARTS - 1 - first, 99);
	expect_waiting(&w);
	mb_durable_reached(&d, MB_PARTS - 1 - first, 120);
	expect(&w, MB_PUT_OK);
	kit_advance_ms(&k, 60000);
	expect(&w, MB_PUT_OK);
	teardown();
}
END_TEST

START_TEST(durable__what_is_safe_already_needs_no_wait)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	mb_durable_reached(&d, MB_REPLICATED, 100);
	begin(&w, BOTH, 100);
	expect(&w, MB_PUT_OK);
	teardown();
}
END_TEST

START_TEST(durable__one_part_alone)
{
	struct wait flushed, replicated;

	setup(MB_SLAVES_NEAR);
	begin(&flushed, MB_WAIT_FLUSHED, 100);
	begin(&replicated, MB_WAIT_REPLICATED, 100);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	expect(&flushed, MB_PUT_OK);
	expect_waiting(&replicated);
	mb_durable_reached(&d, MB_REPLICATED, 100);
	expect(&replicated, MB_PUT_OK);
	teardown();
}
END_TEST

START_TEST(durable__without_a_slave_only_the_disk_counts)
{
	struct wait both, replicated;

	setup(MB_SLAVES_NONE);
	ck_assert(mb_durable_has_to_wait(&d, BOTH));
	ck_assert(!mb_durable_has_to_wait(&d, MB_WAIT_REPLICATED));
	begin(&replicated, MB_WAIT_REPLICATED, 100);
	expect(&replicated, MB_PUT_OK);
	begin(&both, BOTH, 100);
	expect_waiting(&both);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	expect(&both, MB_PUT_OK);
	teardown();
}
END_TEST

START_TEST(durable__a_slave_that_is_away_is_told_with_the_flush)
{
	struct wait w;

	setup(MB_SLAVES_LOST);
	ck_assert(mb_durable_has_to_wait(&d, MB_WAIT_REPLICATED));
	begin(&w, BOTH, 100);
	expect_waiting(&w);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	expect(&w, MB_PUT_SLAVE_NOT_AVAILABLE);
	begin(&w, MB_WAIT_REPLICATED, 200);
	expect(&w, MB_PUT_SLAVE_NOT_AVAILABLE);
	teardown();
}
END_TEST

START_TEST(durable__a_slave_that_goes_leaves_waits_to_their_time)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, MB_WAIT_REPLICATED, 100);
	mb_durable_set_slaves(&d, MB_SLAVES_LOST);
	expect_waiting(&w);
	kit_advance_ms(&k, SLAVE_MS);
	expect(&w, MB_PUT_FLUSH_SLAVE_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__late_disk)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	mb_durable_reached(&d, MB_REPLICATED, 100);
	kit_advance_ms(&k, FLUSH_MS - 1);
	expect_waiting(&w);
	kit_advance_ms(&k, 1);
	expect(&w, MB_PUT_FLUSH_DISK_TIMEOUT);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	expect(&w, MB_PUT_FLUSH_DISK_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__late_slave)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	kit_advance_ms(&k, SLAVE_MS);
	expect_waiting(&w); /* the disk may still come */
	mb_durable_reached(&d, MB_REPLICATED, 100);
	expect_waiting(&w);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	expect(&w, MB_PUT_FLUSH_SLAVE_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__the_slave_has_the_last_word)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	kit_advance_ms(&k, FLUSH_MS);
	expect(&w, MB_PUT_FLUSH_SLAVE_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__each_has_its_own_time)
{
	struct wait early, late;

	setup(MB_SLAVES_NONE);
	begin(&early, MB_WAIT_FLUSHED, 100);
	kit_advance_ms(&k, 1000);
	begin(&late, MB_WAIT_FLUSHED, 200);
	kit_advance_ms(&k, FLUSH_MS - 1000);
	expect(&early, MB_PUT_FLUSH_DISK_TIMEOUT);
	expect_waiting(&late);
	kit_advance_ms(&k, 1000);
	expect(&late, MB_PUT_FLUSH_DISK_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__a_disk_that_failed_ends_it_at_once)
{
	struct wait both, flushed, replicated, after;

	setup(MB_SLAVES_NEAR);
	begin(&both, BOTH, 100);
	begin(&flushed, MB_WAIT_FLUSHED, 100);
	begin(&replicated, MB_WAIT_REPLICATED, 100);
	mb_durable_fail(&d);
	expect(&both, MB_PUT_SERVICE_NOT_AVAILABLE);
	expect(&flushed, MB_PUT_SERVICE_NOT_AVAILABLE);
	expect_waiting(&replicated); /* it never asked for the disk */
	mb_durable_reached(&d, MB_REPLICATED, 100);
	expect(&replicated, MB_PUT_OK);
	expect(&both, MB_PUT_SERVICE_NOT_AVAILABLE);
	begin(&after, BOTH, 50);
	expect(&after, MB_PUT_SERVICE_NOT_AVAILABLE);
	teardown();
}
END_TEST

START_TEST(durable__a_disk_that_fails_after_its_part_changes_nothing)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	mb_durable_fail(&d);
	expect_waiting(&w);
	mb_durable_reached(&d, MB_REPLICATED, 100);
	expect(&w, MB_PUT_OK);
	teardown();
}
END_TEST

START_TEST(durable__the_end_is_late_for_whoever_waits)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	mb_durable_reached(&d, MB_FLUSHED, 100);
	mb_durable_end(&d);
	expect(&w, MB_PUT_FLUSH_SLAVE_TIMEOUT);
	teardown();
}
END_TEST

START_TEST(durable__forgets_without_a_word)
{
	struct wait w;

	setup(MB_SLAVES_NEAR);
	begin(&w, BOTH, 100);
	mb_durable_deinit(&d);
	kit_advance_ms(&k, 60000);
	expect_waiting(&w);
	teardown();
}
END_TEST

/* The memory is gone when `done` returns. */
static void free_wait(struct mb_put_wait *w, enum mb_put_status status)
{
	ck_assert_int_eq(status, MB_PUT_OK);
	free(w);
}

START_TEST(durable__a_wait_may_be_freed_by_its_callback)
{
	setup(MB_SLAVES_NEAR);
	for (int i = 0; i < 10; i++) {
		struct mb_put_wait *w = calloc(1, sizeof(*w));

		w->done = free_wait;
		mb_durable_wait(&d, BOTH, 100 + i, w);
	}
	mb_durable_reached(&d, MB_FLUSHED, 105);
	mb_durable_reached(&d, MB_REPLICATED, 200);
	mb_durable_reached(&d, MB_FLUSHED, 200);
	teardown();
}
END_TEST

static int rounds;

static void wait_anew(struct mb_put_wait *w, enum mb_put_status status)
{
	(void)status;
	if (++rounds < 5)
		mb_durable_wait(&d, BOTH, 100 * (rounds + 1), w);
}

START_TEST(durable__a_callback_may_wait_anew)
{
	struct mb_put_wait w = {.done = wait_anew};

	setup(MB_SLAVES_NEAR);
	mb_durable_reached(&d, MB_REPLICATED, 1000);
	mb_durable_wait(&d, BOTH, 100, &w);
	for (int i = 1; i <= 5; i++) {
		mb_durable_reached(&d, MB_FLUSHED, 100 * i);
		ck_assert_int_eq(rounds, i);
	}
	teardown();
}
END_TEST

int main(void)
{
	struct suite suite;
	const TTest *const tests[] = {
		durable__what_is_safe_already_needs_no_wait,
		durable__one_part_alone,
		durable__without_a_slave_only_the_disk_counts,
		durable__a_slave_that_is_away_is_told_with_the_flush,
		durable__a_slave_that_goes_leaves_waits_to_their_time,
		durable__late_disk,
		durable__late_slave,
		durable__the_slave_has_the_last_word,
		durable__each_has_its_own_time,
		durable__a_disk_that_failed_ends_it_at_once,
		durable__a_disk_that_fails_after_its_part_changes_nothing,
		durable__the_end_is_late_for_whoever_waits,
		durable__forgets_without_a_word,
		durable__a_wait_may_be_freed_by_its_callback,
		durable__a_callback_may_wait_anew,
	};

	suite_open(&suite, "durable");
	suite_add_loop(&suite, durable__both_parts_in_either_order, 2);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
