/* SPDX-License-Identifier: Apache-2.0 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/thread.h"
#include "client/dedup.h"
#include "tests/support/suite.h"

static struct rmqi_clock *clock_;
static struct rmq_dedup *d;

static void open_window(size_t capacity, int64_t ttl_ms)
{
	clock_ = rmqi_clock_virtual_new(0);
	ck_assert_int_eq(rmqi_dedup_new(capacity, ttl_ms, clock_, &d), RMQ_OK);
}

static void close_window(void)
{
	rmqi_dedup_free(d);
	rmqi_clock_free(clock_);
}

static void set_ms(int64_t ms)
{
	rmqi_clock_set_us(clock_, ms * 1000);
}

static enum rmq_dedup_verdict begin(const char *key)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;

	ck_assert_int_eq(rmqi_dedup_begin(d, rmqi_str(key), &verdict, NULL), RMQ_OK);
	return verdict;
}

static bool done(const char *key)
{
	return rmqi_dedup_done(d, rmqi_str(key));
}

static bool forget(const char *key)
{
	return rmqi_dedup_forget(d, rmqi_str(key));
}

static void work_on(const char *key)
{
	ck_assert_int_eq(begin(key), RMQ_DEDUP_NEW);
	ck_assert(done(key));
}

/* --- Keys --------------------------------------------------------------------------------------- */

START_TEST(key__is_new_then_in_progress_then_seen)
{
	open_window(4, 0);

	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_IN_PROGRESS);
	ck_assert(done("a"));
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	ck_assert_int_eq(begin("b"), RMQ_DEDUP_NEW);
	ck_assert_uint_eq(rmqi_dedup_count(d), 2);
	close_window();
}
END_TEST

START_TEST(key__whose_work_failed_is_new_again)
{
	open_window(4, 0);

	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	ck_assert(forget("a"));
	ck_assert_uint_eq(rmqi_dedup_count(d), 0);
	work_on("a");
	ck_assert(forget("a"));
	work_on("a");
	close_window();
}
END_TEST

START_TEST(key__that_nobody_has_cannot_be_done_nor_forgotten)
{
	open_window(4, 0);

	ck_assert(!done("a"));
	ck_assert(!forget("a"));
	work_on("a");
	ck_assert(!done("a"));
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	close_window();
}
END_TEST

/* Around the border of what a place holds itself, and with equal beginnings. */
START_TEST(key__is_compared_as_a_whole)
{
	static const size_t lengths[] = {1, 46, 47, 48, 49, 1000, RMQI_DEDUP_KEY_MAX};
	static char text[RMQI_DEDUP_KEY_MAX];

	open_window(16, 0);
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < RMQI_COUNT(lengths); i++) {
		struct rmqi_str key = rmqi_str_n(text, lengths[i]);
		enum rmq_dedup_verdict verdict;

		ck_assert_int_eq(rmqi_dedup_begin(d, key, &verdict, NULL), RMQ_OK);
		ck_assert_int_eq(verdict, RMQ_DEDUP_NEW);
		ck_assert(rmqi_dedup_done(d, key));
		ck_assert_int_eq(rmqi_dedup_begin(d, key, &verdict, NULL), RMQ_OK);
		ck_assert_int_eq(verdict, RMQ_DEDUP_SEEN);
	}
	ck_assert_uint_eq(rmqi_dedup_count(d), RMQI_COUNT(lengths));
	close_window();
}
END_TEST

/* --- Capacity ----------------------------------------------------------------------------------- */

START_TEST(window__drops_what_was_done_first)
{
	open_window(3, 0);

	/* Done in the order b, a, c. */
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	work_on("b");
	ck_assert(done("a"));
	work_on("c");
	work_on("d");
	ck_assert_uint_eq(rmqi_dedup_count(d), 3);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	ck_assert_int_eq(begin("c"), RMQ_DEDUP_SEEN);
	ck_assert_int_eq(begin("d"), RMQ_DEDUP_SEEN);
	ck_assert_int_eq(begin("b"), RMQ_DEDUP_NEW);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	close_window();
}
END_TEST

START_TEST(window__never_drops_what_is_in_progress)
{
	char key[32];

	open_window(3, 10);
	ck_assert_int_eq(begin("held"), RMQ_DEDUP_NEW);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		set_ms(i * 1000);
		work_on(key);
	}
	ck_assert_int_eq(begin("held"), RMQ_DEDUP_IN_PROGRESS);
	ck_assert(done("held"));
	close_window();
}
END_TEST

START_TEST(window__full_of_keys_in_progress_says_so)
{
	struct rmq_error_detail *detail = rmqi_detail_new();
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;

	open_window(2, 0);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	ck_assert_int_eq(begin("b"), RMQ_DEDUP_NEW);
	ck_assert_int_eq(rmqi_dedup_begin(d, rmqi_str("c"), &verdict, detail), RMQ_ERR_BUSY);
	ck_assert_int_eq(verdict, RMQ_DEDUP_SEEN);
	ck_assert_str_eq(rmq_error_detail_message(detail),
			 "no room for another key: all 2 are in progress, neither done nor "
			 "forgotten");
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	/* Those that are known are answered. */
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_IN_PROGRESS);
	ck_assert(done("b"));
	work_on("c");
	rmq_error_detail_free(detail);
	close_window();
}
END_TEST

START_TEST(window__of_one_key_works)
{
	open_window(1, 0);
	work_on("a");
	work_on("b");
	work_on("a");
	ck_assert_uint_eq(rmqi_dedup_count(d), 1);
	close_window();
}
END_TEST

/* --- Time ----------------------------------------------------------------------------------------- */

START_TEST(time__is_over_at_the_end_of_ttl_after_done)
{
	open_window(8, 1000);

	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	set_ms(5000);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_IN_PROGRESS);
	ck_assert(done("a"));
	set_ms(5999);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	set_ms(6000);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	close_window();
}
END_TEST

/* More of them than one call drops, so the last one is still there when it is asked for. */
START_TEST(time__that_is_over_counts_before_its_key_is_dropped)
{
	char key[32];

	open_window(100, 1000);
	for (int i = 0; i < 100; i++) {
		snprintf(key, sizeof(key), "%d", i);
		work_on(key);
	}
	set_ms(1000);
	ck_assert_int_eq(begin("99"), RMQ_DEDUP_NEW);
	ck_assert_int_eq(begin("99"), RMQ_DEDUP_IN_PROGRESS);
	ck_assert_uint_eq(rmqi_dedup_count(d), 1);
	ck_assert(done("99"));
	ck_assert_uint_eq(rmqi_dedup_count(d), 1);
	close_window();
}
END_TEST

START_TEST(time__without_limit_ends_nothing)
{
	open_window(8, 0);
	work_on("a");
	set_ms(RMQI_DEDUP_TTL_MAX);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	ck_assert_uint_eq(rmqi_dedup_count(d), 1);
	close_window();
}
END_TEST

START_TEST(time__can_be_a_year)
{
	open_window(8, RMQI_DEDUP_TTL_MAX);
	work_on("a");
	set_ms(RMQI_DEDUP_TTL_MAX - 1);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	set_ms(RMQI_DEDUP_TTL_MAX);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_NEW);
	close_window();
}
END_TEST

/* A count of more keys than it drops at a time. */
START_TEST(count__is_without_keys_whose_time_is_over)
{
	char key[32];

	open_window(5000, 1000);
	for (int i = 0; i < 4000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		work_on(key);
	}
	ck_assert_uint_eq(rmqi_dedup_count(d), 4000);
	set_ms(1000);
	ck_assert_uint_eq(rmqi_dedup_count(d), 0);
	close_window();
}
END_TEST

/* --- Against a model ------------------------------------------------------------------------------ */

enum { MODEL_KEYS = 40, MODEL_CAPACITY = 16, MODEL_STEPS = 20000 };

/* What a window of this capacity and no ttl must say: states, and the order in which keys were done. */
struct model {
	enum { UNKNOWN, WORKING, DONE } state[MODEL_KEYS];
	int done_at[MODEL_KEYS];
	int known;
};

static int oldest_of(const struct model *m)
{
	int best = -1;

	for (int k = 0; k < MODEL_KEYS; k++)
		if (m->state[k] == DONE && (best < 0 || m->done_at[k] < m->done_at[best]))
			best = k;
	return best;
}

static void model_begin(struct model *m, int k, struct rmqi_str key)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_NEW;
	enum rmq_error err = rmqi_dedup_begin(d, key, &verdict, NULL);
	int leaver = oldest_of(m);

	if (m->state[k] != UNKNOWN) {
		ck_assert_int_eq(err, RMQ_OK);
		ck_assert_int_eq(verdict,
				 m->state[k] == DONE ? RMQ_DEDUP_SEEN : RMQ_DEDUP_IN_PROGRESS);
	} else if (m->known == MODEL_CAPACITY && leaver < 0) {
		ck_assert_int_eq(err, RMQ_ERR_BUSY);
	} else {
		ck_assert_int_eq(err, RMQ_OK);
		ck_assert_int_eq(verdict, RMQ_DEDUP_NEW);
		if (m->known == MODEL_CAPACITY)
			m->state[leaver] = UNKNOWN;
		else
			m->known++;
		m->state[k] = WORKING;
	}
}

static void model_step(struct model *m, int k, struct rmqi_str key, uint64_t choice, int now)
{
	if (choice < 5) {
		model_begin(m, k, key);
	} else if (choice < 9) {
		ck_assert_int_eq(rmqi_dedup_done(d, key), m->state[k] == WORKING);
		if (m->state[k] == WORKING) {
			m->state[k] = DONE;
			m->done_at[k] = now;
		}
	} else {
		ck_assert_int_eq(rmqi_dedup_forget(d, key), m->state[k] != UNKNOWN);
		m->known -= m->state[k] != UNKNOWN;
		m->state[k] = UNKNOWN;
	}
}

/* Every second key is longer than a place holds itself. */
START_TEST(window__does_what_a_model_does)
{
	struct model m = {0};
	struct rmqi_rand r;

	rmqi_rand_init(&r, 1);
	open_window(MODEL_CAPACITY, 0);
	for (int i = 0; i < MODEL_STEPS; i++) {
		int k = (int)rmqi_rand_below(&r, MODEL_KEYS);
		char key[128];

		snprintf(key, sizeof(key), "%0*d", k % 2 ? 60 + k : 1, k);
		model_step(&m, k, rmqi_str(key), rmqi_rand_below(&r, 10), i);
		ck_assert_uint_eq(rmqi_dedup_count(d), (size_t)m.known);
	}
	close_window();
}
END_TEST

/* --- Memory --------------------------------------------------------------------------------------- */

START_TEST(memory__is_not_asked_for_once_the_window_was_full)
{
	uint64_t before = 0;
	char key[128];

	open_window(64, 0);
	for (int i = 0; i < 1000; i++) {
		if (i == 64)
			before = rmqi_mem_allocations();
		/* All longer than a place holds itself. */
		snprintf(key, sizeof(key), "%0100d", i);
		work_on(key);
	}
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	close_window();
}
END_TEST

START_TEST(memory__that_is_missing_changes_nothing)
{
	enum rmq_dedup_verdict verdict = RMQ_DEDUP_SEEN;
	struct rmqi_clock *clock = rmqi_clock_virtual_new(0);
	struct rmqi_str longer;
	char key[128];

	for (uint64_t n = 1; n <= 3; n++) {
		rmqi_mem_fail_after(n, 0);
		ck_assert_int_eq(rmqi_dedup_new(4, 0, clock, &d), RMQ_ERR_NO_MEMORY);
	}
	rmqi_mem_fail_after(0, 0);
	rmqi_clock_free(clock);
	open_window(1, 0);
	work_on("a");
	snprintf(key, sizeof(key), "%0100d", 1);
	longer = rmqi_str(key);
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_dedup_begin(d, longer, &verdict, NULL), RMQ_ERR_NO_MEMORY);
	ck_assert_int_eq(verdict, RMQ_DEDUP_SEEN);
	ck_assert_int_eq(begin("a"), RMQ_DEDUP_SEEN);
	work_on(key);
	close_window();
}
END_TEST

/* --- Threads -------------------------------------------------------------------------------------- */

enum { THREADS = 4, KEYS = 2000 };

static atomic_int worked[KEYS], at_work[KEYS];
static atomic_int overlaps, failures;

/* Every third key fails at its first try. */
static void try_key(int i)
{
	char key[32];

	snprintf(key, sizeof(key), "order-%d", i);
	for (;;) {
		enum rmq_dedup_verdict verdict = begin(key);

		if (verdict == RMQ_DEDUP_SEEN)
			return;
		if (verdict == RMQ_DEDUP_IN_PROGRESS) {
			sched_yield();
			continue;
		}
		if (atomic_fetch_add(&at_work[i], 1) != 0)
			atomic_fetch_add(&overlaps, 1);
		atomic_fetch_sub(&at_work[i], 1);
		if (atomic_fetch_add(&worked[i], 1) == 0 && i % 3 == 0)
			atomic_fetch_add(&failures, !forget(key));
		else
			atomic_fetch_add(&failures, !done(key));
	}
}

static void *work(void *arg)
{
	/* Two go up and two go down. */
	for (int i = 0; i < KEYS; i++)
		try_key((uintptr_t)arg % 2 ? KEYS - 1 - i : i);
	return NULL;
}

START_TEST(threads__work_on_each_key_once)
{
	struct rmqi_thread threads[THREADS];

	open_window(KEYS, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "worker", work, (void *)i), RMQ_OK);
	for (int i = 0; i < THREADS; i++)
		rmqi_thread_join(&threads[i]);
	for (int i = 0; i < KEYS; i++)
		ck_assert_int_eq(atomic_load(&worked[i]), i % 3 == 0 ? 2 : 1);
	ck_assert_int_eq(atomic_load(&overlaps), 0);
	ck_assert_int_eq(atomic_load(&failures), 0);
	ck_assert_uint_eq(rmqi_dedup_count(d), KEYS);
	close_window();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		key__is_new_then_in_progress_then_seen,
		key__whose_work_failed_is_new_again,
		key__that_nobody_has_cannot_be_done_nor_forgotten,
		key__is_compared_as_a_whole,
		window__drops_what_was_done_first,
		window__never_drops_what_is_in_progress,
		window__full_of_keys_in_progress_says_so,
		window__of_one_key_works,
		time__is_over_at_the_end_of_ttl_after_done,
		time__that_is_over_counts_before_its_key_is_dropped,
		time__without_limit_ends_nothing,
		time__can_be_a_year,
		count__is_without_keys_whose_time_is_over,
		window__does_what_a_model_does,
		memory__is_not_asked_for_once_the_window_was_full,
		memory__that_is_missing_changes_nothing,
		threads__work_on_each_key_once,
	};

	return run_suite("dedup", tests, RMQI_COUNT(tests));
}
