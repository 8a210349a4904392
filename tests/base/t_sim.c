/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes of a simulation: their order, their owners, their end. */
#include <string.h>

#include "tests/base/sim_scene.h"

enum { LANES = 4 };

/* Four lanes with five tasks each: a..e, f..j, k..o, p..t. */
static void run_four_lanes(uint64_t seed)
{
	struct rmqi_lane *lanes[LANES];
	struct step steps[LANES * 5];

	open_sim(seed);
	for (int i = 0; i < LANES; i++)
		lanes[i] = lane_new(1, NULL);
	for (int i = 0; i < LANES * 5; i++)
		post_step(lanes[i / 5], &steps[i], (char)('a' + i), NULL);
	rmqi_sim_settle(sim);
	for (int i = 0; i < LANES; i++)
		rmqi_lane_free(lanes[i]);
	close_sim();
}

START_TEST(sim__same_seed_gives_the_same_run)
{
	char first[sizeof(trace)];

	run_four_lanes(11);
	memcpy(first, trace, sizeof(first));
	run_four_lanes(11);
	ck_assert_str_eq(trace, first);
}
END_TEST

START_TEST(sim__other_seed_gives_another_run)
{
	char first[sizeof(trace)];

	run_four_lanes(11);
	memcpy(first, trace, sizeof(first));
	run_four_lanes(12);
	ck_assert_str_ne(trace, first);
}
END_TEST

START_TEST(sim__lane_is_a_fifo_for_every_seed)
{
	for (uint64_t seed = 0; seed < 50; seed++) {
		run_four_lanes(seed);
		ck_assert_uint_eq(strlen(trace), LANES * 5);
		for (char c = 'a'; c < 'a' + LANES * 5; c++) {
			ck_assert_ptr_nonnull(strchr(trace, c));
			if ((c - 'a') % 5)
				ck_assert(strchr(trace, c - 1) < strchr(trace, c));
		}
	}
}
END_TEST

START_TEST(sim__every_lane_is_chosen_first_by_some_seed)
{
	bool is_first[LANES] = {false};

	for (uint64_t seed = 0; seed < 50; seed++) {
		run_four_lanes(seed);
		is_first[(trace[0] - 'a') / 5] = true;
	}
	for (int i = 0; i < LANES; i++)
		ck_assert(is_first[i]);
}
END_TEST

START_TEST(sim__task_does_not_run_inside_post)
{
	struct rmqi_lane *l;
	struct step s;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &s, 'a', NULL);
	ck_assert_str_eq(trace, "");
	ck_assert(!rmqi_lane_is_idle(l));
	ck_assert(rmqi_sim_step(sim));
	ck_assert_str_eq(trace, "a");
	ck_assert(rmqi_lane_is_idle(l));
	ck_assert(!rmqi_sim_step(sim));
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__current_is_the_owner_of_the_lane)
{
	struct rmqi_lane *l;
	struct step s;
	int owner, me;

	open_sim(1);
	l = lane_new(1, &owner);
	post_step(l, &s, 'a', &owner);
	rmqi_current_set(&me);
	rmqi_sim_settle(sim);
	ck_assert_ptr_eq(rmqi_current_set(NULL), &me);
	ck_assert_str_eq(trace, "a");
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__lane_gives_back_what_did_not_run)
{
	struct rmqi_lane *l;
	struct step a, b;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &a, 'a', NULL);
	post_step(l, &b, 'b', NULL);
	ck_assert_ptr_eq(rmqi_lane_take(l), &a.task);
	ck_assert_ptr_eq(rmqi_lane_take(l), &b.task);
	ck_assert_ptr_null(rmqi_lane_take(l));
	ck_assert(!rmqi_sim_step(sim));
	rmqi_lane_free(l);
	close_sim();
}
END_TEST

START_TEST(sim__lane_with_tasks_may_be_freed)
{
	struct rmqi_lane *l;
	struct step s;

	open_sim(1);
	l = lane_new(1, NULL);
	post_step(l, &s, 'a', NULL);
	rmqi_lane_free(l);
	ck_assert(!rmqi_sim_step(sim));
	close_sim();
}
END_TEST

/* A task that frees another lane. */
struct reaper {
	struct rmqi_task task;
	struct rmqi_lane *victim;
};

static void run_reaper(struct rmqi_task *task)
{
	rmqi_lane_free(RMQI_CONTAINER(task, struct reaper, task)->victim);
	note('r');
}

START_TEST(sim__task_may_free_another_lane)
{
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct rmqi_lane *l, *other, *third;
		struct step a, b;
		struct reaper r = {.task.run = run_reaper};

		open_sim(seed);
		l = lane_new(1, NULL);
		other = lane_new(1, NULL);
		third = lane_new(1, NULL);
		r.victim = other;
		post_step(other, &a, 'a', NULL);
		post_step(third, &b, 'b', NULL);
		rmqi_post(rmqi_lane_executor(l), &r.task);
		rmqi_sim_settle(sim);
		ck_assert_ptr_nonnull(strchr(trace, 'r'));
		ck_assert_ptr_nonnull(strchr(trace, 'b'));
		rmqi_lane_free(l);
		rmqi_lane_free(third);
		close_sim();
	}
}
END_TEST

START_TEST(sim__post_needs_no_memory)
{
	struct rmqi_lane *lanes[20];
	struct step steps[20];

	open_sim(1);
	for (int i = 0; i < 20; i++)
		lanes[i] = lane_new(1, NULL);
	rmqi_mem_fail_after(1, 1);
	for (int i = 0; i < 20; i++)
		post_step(lanes[i], &steps[i], 'x', NULL);
	rmqi_sim_settle(sim);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(strlen(trace), 20);
	for (int i = 0; i < 20; i++)
		rmqi_lane_free(lanes[i]);
	close_sim();
}
END_TEST

START_TEST(sim__tells_when_memory_is_out)
{
	struct rmqi_sim *s = NULL;
	struct rmqi_lane *l = NULL;
	enum rmq_error err;

	for (uint64_t n = 1; n <= 2; n++) {
		rmqi_mem_fail_after(n, 0);
		ck_assert_int_eq(rmqi_sim_new(1, 0, &s), RMQ_ERR_NO_MEMORY);
		ck_assert_ptr_null(s);
	}
	rmqi_mem_fail_after(0, 0);
	ck_assert_int_eq(rmqi_sim_new(1, 0, &s), RMQ_OK);
	for (uint64_t n = 1; !l; n++) {
		rmqi_mem_fail_after(n, 0);
		err = rmqi_lane_new(s, 1, NULL, &l);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || (err == RMQ_ERR_NO_MEMORY && !l));
	}
	rmqi_lane_free(l);
	rmqi_sim_free(s);
	rmqi_sim_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sim__same_seed_gives_the_same_run,     sim__other_seed_gives_another_run,
		sim__lane_is_a_fifo_for_every_seed,    sim__every_lane_is_chosen_first_by_some_seed,
		sim__task_does_not_run_inside_post,    sim__current_is_the_owner_of_the_lane,
		sim__lane_gives_back_what_did_not_run, sim__lane_with_tasks_may_be_freed,
		sim__task_may_free_another_lane,       sim__post_needs_no_memory,
		sim__tells_when_memory_is_out,
	};

	return run_suite("sim", tests, RMQI_COUNT(tests));
}
