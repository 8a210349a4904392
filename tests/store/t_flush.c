/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_flush.c - what is on disk when, and what happens when the disk fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "mock-broker/store/store_state.h"
#include "tests/store/kit.h"

static struct kit k;

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

static void setup(void)
{
	kit_init(&k, 1);
	kit_open(&k);
}

static void wait_for(struct wait *w, const struct mb_put_result *r)
{
	*w = (struct wait){.w.done = note_done};
	mb_store_wait(k.store, MB_WAIT_FLUSHED, r->physical_offset + (int64_t)r->size, &w->w);
}

static void put_and_wait(struct wait *w, const char *body)
{
	struct mb_put_result r = kit_put(&k, "T", 0, body);

	wait_for(w, &r);
}

static unsigned syncs(void)
{
	return k.fault.ops[FAULT_SYNC].calls;
}

/* --- Asynchronous ------------------------------------------------------------------------ */

START_TEST(flush__happens_every_500_ms)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	ck_assert_int_eq(mb_store_flushed_offset(k.store), 0);
	kit_advance_ms(&k, 499);
	ck_assert_int_eq(mb_store_flushed_offset(k.store), 0);

	kit_advance_ms(&k, 1);

	ck_assert_int_eq(mb_store_flushed_offset(k.store), mb_store_max_physical_offset(k.store));
	kit_power_cut(&k, NULL);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 3);
	kit_deinit(&k);
}
END_TEST

START_TEST(flush__rests_when_nothing_is_dirty)
{
	unsigned before;

	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	kit_advance_ms(&k, 5000);
	before = syncs();

	kit_advance_ms(&k, 3600 * 1000);

	ck_assert_uint_eq(syncs(), before);
	ck_assert_int_eq(rmqi_timers_next(&k.timers), RMQI_FOREVER);
	kit_deinit(&k);
}
END_TEST

START_TEST(flush__writes_queues_and_checkpoint_each_second)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 3);

	kit_advance_ms(&k, 1500);

	ck_assert_int_eq(k.store->checkpoint.physic_ms, KIT_START_MS);
	ck_assert_int_eq(k.store->checkpoint.logics_ms, KIT_START_MS);
	kit_deinit(&k);
}
END_TEST

START_TEST(flush__loses_only_what_is_younger_than_the_last_one)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 50);
	kit_advance_ms(&k, 2000);
	kit_put_many(&k, "T", 0, 50, 50);

	kit_power_cut(&k, NULL);
	kit_open(&k);

	kit_expect_many(&k, "T", 0, 0, 50);
	ck_assert_uint_eq(kit_check(&k), 50);
	kit_deinit(&k);
}
END_TEST

START_TEST(flush__close_brings_everything_to_disk)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 100);
	kit_close(&k);

	mem_fs_power_cut(k.mem, NULL);
	kit_open(&k);

	ck_assert(!mb_store_was_abnormal(k.store));
	kit_expect_many(&k, "T", 0, 0, 100);
	ck_assert_uint_eq(kit_check(&k), 100);
	kit_deinit(&k);
}
END_TEST

/* The loop and the flusher at every stage of a job. */
START_TEST(flush__store_may_be_closed_while_a_job_is_under_way)
{
	for (int steps = 0; steps < 6; steps++) {
		for (int is_crash = 0; is_crash < 2; is_crash++) {
			struct wait w;

			setup();
			kit_put_many(&k, "T", 0, 0, 60);
			put_and_wait(&w, "60");
			for (int i = 0; i < steps; i++)
				rmqi_sim_step(k.sim);
			if (is_crash) {
				kit_crash(&k);
			} else {
				kit_close(&k);
				ck_assert_int_eq(w.done, 1);
				ck_assert_int_eq(w.status, MB_PUT_OK);
				mem_fs_power_cut(k.mem, NULL);
			}
			kit_settle(&k);
			kit_open(&k);
			kit_expect_many(&k, "T", 0, 0, 61);
			kit_deinit(&k);
		}
	}
}
END_TEST

/* --- Synchronous -------------------------------------------------------------------------- */

START_TEST(sync__completes_when_it_is_on_disk)
{
	struct wait w;

	setup();
	put_and_wait(&w, "0");
	ck_assert_int_eq(w.done, 0); /* never from within the call, unless it is on disk */

	kit_settle(&k);

	ck_assert_int_eq(w.done, 1);
	ck_assert_int_eq(w.status, MB_PUT_OK);
	kit_power_cut(&k, NULL);
	kit_open(&k);
	kit_expect_many(&k, "T", 0, 0, 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(sync__completes_at_once_what_is_flushed)
{
	struct mb_put_result r;
	struct wait w;

	setup();
	r = kit_put(&k, "T", 0, "0");
	kit_advance_ms(&k, 500);

	wait_for(&w, &r);

	ck_assert_int_eq(w.done, 1);
	kit_deinit(&k);
}
END_TEST

START_TEST(sync__one_sync_serves_all_that_wait)
{
	struct wait w[50];
	unsigned before;

	kit_init(&k, 1);
	k.config.commit_log_file_size = 64 * 1024;
	kit_open(&k);
	kit_put(&k, "T", 0, "first"); /* with the job of the queues and the checkpoint */
	kit_advance_ms(&k, 500);
	before = syncs();
	for (int i = 0; i < 50; i++)
		put_and_wait(&w[i], "x");

	kit_settle(&k);

	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(w[i].done, 1);
	ck_assert_uint_eq(syncs(), before + 1);
	kit_deinit(&k);
}
END_TEST

/* What is put while the disk works is for the next job. */
START_TEST(sync__next_group_follows_at_once)
{
	struct wait first, second;

	setup();
	put_and_wait(&first, "0");
	while (k.store->flush.job && syncs() == 0)
		ck_assert(rmqi_sim_step(k.sim));
	put_and_wait(&second, "1");

	kit_settle(&k);

	ck_assert_int_eq(first.done, 1);
	ck_assert_int_eq(second.done, 1);
	ck_assert_int_eq(rmqi_clock_us(k.env.clock), 0);
	kit_deinit(&k);
}
END_TEST

/* A flusher that never runs: the waits end by the clock. */
struct stuck {
	struct rmqi_executor executor;
	struct rmqi_task *task;
};

static void keep(struct rmqi_executor *e, struct rmqi_task *task)
{
	RMQI_CONTAINER(e, struct stuck, executor)->task = task;
}

START_TEST(sync__times_out)
{
	struct stuck stuck = {.executor = {keep}};
	struct wait first, second;

	kit_init(&k, 1);
	k.config.flusher = &stuck.executor;
	k.config.sync_flush_timeout_ms = 5000;
	kit_open(&k);
	put_and_wait(&first, "0");
	kit_advance_ms(&k, 1000);
	put_and_wait(&second, "1");

	kit_advance_ms(&k, 3999);
	ck_assert_int_eq(first.done, 0);
	kit_advance_ms(&k, 1);
	ck_assert_int_eq(first.done, 1);
	ck_assert_int_eq(first.status, MB_PUT_FLUSH_DISK_TIMEOUT);
	ck_assert_int_eq(second.done, 0);

	ck_assert_ptr_nonnull(stuck.task);
	stuck.task->run(stuck.task); /* the disk has come back */
	stuck.task = NULL;
	kit_settle(&k);
	ck_assert_int_eq(first.done, 1);
	ck_assert_int_eq(second.done, 0); /* it came after the job had begun */
	ck_assert_ptr_nonnull(stuck.task);
	stuck.task->run(stuck.task);
	kit_settle(&k);
	ck_assert_int_eq(second.status, MB_PUT_OK);
	ck_assert_int_eq(second.done, 1);
	kit_deinit(&k);
}
END_TEST

static void wait_again(struct mb_put_wait *w, enum mb_put_status status)
{
	struct wait *wait = RMQI_CONTAINER(w, struct wait, w);

	ck_assert_int_eq(status, MB_PUT_OK);
	if (++wait->done < 5) {
		struct mb_put_result r = kit_put(&k, "T", 0, "x");

		mb_store_wait(k.store, MB_WAIT_FLUSHED, r.physical_offset + (int64_t)r.size, w);
	}
}

START_TEST(sync__callback_may_wait_again)
{
	struct mb_put_result r;
	struct wait w = {.w.done = wait_again};

	setup();
	r = kit_put(&k, "T", 0, "x");
	mb_store_wait(k.store, MB_WAIT_FLUSHED, r.physical_offset + (int64_t)r.size, &w.w);

	kit_settle(&k);

	ck_assert_int_eq(w.done, 5);
	kit_deinit(&k);
}
END_TEST

/* --- A disk that fails ---------------------------------------------------------------------- */

START_TEST(sync__failure_is_final)
{
	struct wait w[3];
	unsigned before;

	setup();
	kit_put_many(&k, "T", 0, 0, 10);
	kit_advance_ms(&k, 2000);
	fault_fs_fail(&k.fault, FAULT_SYNC, 1, 1,
		      EIO); /* one failure; a second try would succeed */
	for (int i = 0; i < 3; i++)
		put_and_wait(&w[i], "x");
	kit_settle(&k);

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(w[i].done, 1);
		ck_assert_int_eq(w[i].status, MB_PUT_SERVICE_NOT_AVAILABLE);
	}
	before = syncs();
	ck_assert(!mb_store_is_writable(k.store));
	ck_assert_int_eq(kit_try_put(&k, "T", 0, "y").status, MB_PUT_SERVICE_NOT_AVAILABLE);
	ck_assert_ptr_nonnull(strstr(k.logged, "Input/output error"));
	mb_store_wait(k.store, MB_WAIT_FLUSHED, mb_store_max_physical_offset(k.store), &w[0].w);
	ck_assert_int_eq(w[0].done, 2);
	ck_assert_int_eq(w[0].status, MB_PUT_SERVICE_NOT_AVAILABLE);
	ck_assert_int_eq(kit_get(&k, "T", 0, 0), MB_GET_FOUND); /* reads go on */
	kit_advance_ms(&k, 60000);
	kit_close(&k);
	ck_assert_uint_eq(syncs(), before); /* never tried again */

	kit_open(&k);
	ck_assert(mb_store_was_abnormal(k.store));
	ck_assert_uint_ge(kit_check(&k), 10);
	kit_deinit(&k);
}
END_TEST

/* Whichever sync fails: nothing is acknowledged after it, and a power cut then loses nothing that was
 * acknowledged before. */
START_TEST(sync__every_failure_is_final)
{
	for (unsigned nth = 1; nth < 30; nth++) {
		int acked = 0, refused = 0;

		setup();
		fault_fs_fail(&k.fault, FAULT_SYNC, nth, 1, EIO);
		for (int i = 0; i < 100 && !refused; i++) {
			char body[16];
			struct mb_put_result r;
			struct wait w;

			snprintf(body, sizeof(body), "%d", i);
			r = kit_try_put(&k, "T", 0, body);
			if (r.status != MB_PUT_OK) {
				refused++;
				continue;
			}
			wait_for(&w, &r);
			kit_advance_ms(&k, 40);
			ck_assert_int_eq(w.done, 1);
			if (w.status == MB_PUT_OK)
				acked++;
			else
				refused++;
		}
		ck_assert_int_eq(refused, 1);
		kit_power_cut(&k, NULL);
		kit_open(&k);
		ck_assert_int_ge(mb_store_max_offset(k.store, RMQI_STR("T"), 0), acked);
		kit_deinit(&k);
	}
}
END_TEST

START_TEST(sync__failure_at_close_leaves_the_abort_file)
{
	setup();
	kit_put_many(&k, "T", 0, 0, 3);
	fault_fs_fail(&k.fault, FAULT_SYNC, 1, 1, EIO);

	kit_close(&k);

	ck_assert_ptr_nonnull(strstr(k.logged, "accepts no more"));
	kit_open(&k);
	ck_assert(mb_store_was_abnormal(k.store));
	kit_deinit(&k);
}
END_TEST

/* --- Power cuts ------------------------------------------------------------------------------- */

struct cut {
	struct rmqi_rand rand;
	int next[3];  /* next body of each queue */
	int acked[3]; /* acknowledged after a flush */
};

static void cut_put(struct cut *c, bool waits)
{
	size_t queue = rmqi_rand_below(&c->rand, 3);
	struct mb_put_result r;
	struct wait w;
	char body[1200];
	size_t len = 16 + rmqi_rand_below(&c->rand, 1000);

	memset(body, ' ', len);
	body[len] = '\0';
	body[snprintf(body, 16, "%d", c->next[queue])] = ' ';
	r = kit_put(&k, "T", (int32_t)queue, body);
	ck_assert_int_eq(r.queue_offset, c->next[queue]);
	c->next[queue]++;
	if (!waits)
		return;
	wait_for(&w, &r);
	kit_settle(&k);
	ck_assert_int_eq(w.status, MB_PUT_OK);
	/* What came before it in the log is on disk, too. */
	memcpy(c->acked, c->next, sizeof(c->acked));
}

/* Every queue holds 0, 1, ... up to at least what was acknowledged. */
static void cut_expect(struct cut *c)
{
	for (int32_t queue = 0; queue < 3; queue++) {
		int64_t max = mb_store_max_offset(k.store, RMQI_STR("T"), queue);

		ck_assert_int_ge(max, c->acked[queue]);
		ck_assert_int_le(max, c->next[queue]);
		kit_expect_many(&k, "T", queue, 0, (int)max);
		c->next[queue] = (int)max;
		c->acked[queue] = (int)max; /* recovery has flushed it */
	}
	kit_check(&k);
}

static void power_cuts(uint64_t seed, bool is_torn)
{
	struct cut c = {0};

	rmqi_rand_init(&c.rand, seed);
	kit_init(&k, seed);
	kit_open(&k);
	for (int round = 0; round < 6; round++) {
		size_t puts = rmqi_rand_below(&c.rand, 40);

		for (size_t i = 0; i < puts; i++) {
			cut_put(&c, rmqi_rand_below(&c.rand, 8) == 0);
			if (rmqi_rand_below(&c.rand, 8) == 0) {
				kit_advance_ms(&k, (int64_t)rmqi_rand_below(&c.rand, 700));
				if (mb_store_flushed_offset(k.store) ==
				    mb_store_max_physical_offset(k.store))
					memcpy(c.acked, c.next, sizeof(c.acked));
			}
		}
		if (rmqi_rand_below(&c.rand, 5) == 0)
			kit_close(&k);
		kit_power_cut(&k, is_torn ? &c.rand : NULL);
		kit_open(&k);
		cut_expect(&c);
	}
	kit_deinit(&k);
}

START_TEST(power_cut__keeps_what_was_flushed)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		power_cuts(seed, false);
}
END_TEST

START_TEST(power_cut__keeps_what_was_flushed_among_torn_pages)
{
	for (uint64_t seed = 1; seed <= 120; seed++)
		power_cuts(seed, true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		flush__happens_every_500_ms,
		flush__rests_when_nothing_is_dirty,
		flush__writes_queues_and_checkpoint_each_second,
		flush__loses_only_what_is_younger_than_the_last_one,
		flush__close_brings_everything_to_disk,
		flush__store_may_be_closed_while_a_job_is_under_way,
		sync__completes_when_it_is_on_disk,
		sync__completes_at_once_what_is_flushed,
		sync__one_sync_serves_all_that_wait,
		sync__next_group_follows_at_once,
		sync__times_out,
		sync__callback_may_wait_again,
		sync__failure_is_final,
		sync__every_failure_is_final,
		sync__failure_at_close_leaves_the_abort_file,
		power_cut__keeps_what_was_flushed,
		power_cut__keeps_what_was_flushed_among_torn_pages,
	};

	return run_suite("flush", tests, RMQI_COUNT(tests));
}
