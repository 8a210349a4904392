/* SPDX-License-Identifier: Apache-2.0 */
/* Which brokers are unreachable, beside those that are put aside for what they answered (t_picker has
 * the steps). */
#include "client/fault.h"
#include "tests/support/suite.h"

enum { SECOND = 1000000 };

static struct rmqi_faults faults;
static int losses;

static void on_lost(void *arg)
{
	(*(int *)arg)++;
}

static void set_up(void)
{
	losses = 0;
	rmqi_faults_init(&faults);
	rmqi_faults_watch(&faults, on_lost, &losses);
}

static void tear_down(void)
{
	rmqi_faults_deinit(&faults);
}

START_TEST(lost__is_unreachable_for_ten_seconds)
{
	set_up();
	ck_assert(!rmqi_faults_any_unreachable(&faults, 0));

	rmqi_faults_lost(&faults, "a", 0);

	ck_assert(rmqi_faults_is_unreachable(&faults, "a", 10 * SECOND - 1));
	ck_assert(!rmqi_faults_is_available(&faults, "a", 10 * SECOND - 1));
	ck_assert(rmqi_faults_any_unreachable(&faults, 10 * SECOND - 1));
	ck_assert(!rmqi_faults_is_unreachable(&faults, "b", 0));
	ck_assert(!rmqi_faults_any_unreachable(&faults, 10 * SECOND));
	ck_assert(rmqi_faults_is_available(&faults, "a", 10 * SECOND));
	tear_down();
}
END_TEST

START_TEST(lost__is_told_once_until_it_is_over)
{
	set_up();
	rmqi_faults_lost(&faults, "a", 0);
	rmqi_faults_lost(&faults, "a", SECOND);
	ck_assert_int_eq(losses, 1);

	rmqi_faults_lost(&faults, "a", 11 * SECOND);
	ck_assert_int_eq(losses, 2);
	ck_assert(rmqi_faults_reached(&faults, "a", 12 * SECOND));
	rmqi_faults_lost(&faults, "a", 12 * SECOND);
	ck_assert_int_eq(losses, 3);
	tear_down();
}
END_TEST

START_TEST(reached__ends_what_the_network_cost_and_nothing_else)
{
	set_up();
	rmqi_faults_lost(&faults, "a", 0);
	rmqi_faults_lost(&faults, "b", 0);
	rmqi_faults_note(&faults, "b", 20 * SECOND, 0);

	ck_assert(rmqi_faults_reached(&faults, "a", SECOND));
	ck_assert(rmqi_faults_reached(&faults, "b", SECOND));

	ck_assert(rmqi_faults_is_available(&faults, "a", SECOND));
	ck_assert(!rmqi_faults_is_available(&faults, "b", 29 * SECOND));
	ck_assert(!rmqi_faults_any_unreachable(&faults, SECOND));
	ck_assert(!rmqi_faults_reached(&faults, "a", SECOND));
	ck_assert(!rmqi_faults_reached(&faults, "nobody", SECOND));
	tear_down();
}
END_TEST

START_TEST(refused_or_slow__is_not_unreachable)
{
	set_up();
	rmqi_faults_isolate(&faults, "a", 0);
	rmqi_faults_note(&faults, "b", 20 * SECOND, 0);

	ck_assert(!rmqi_faults_any_unreachable(&faults, 0));
	ck_assert(!rmqi_faults_reached(&faults, "a", 0));
	ck_assert_int_eq(losses, 0);
	tear_down();
}
END_TEST

START_TEST(lifted_or_forgotten__is_reachable)
{
	set_up();
	rmqi_faults_lost(&faults, "a", 0);
	rmqi_faults_lift(&faults, "a");
	ck_assert(rmqi_faults_is_available(&faults, "a", 0));
	ck_assert(!rmqi_faults_any_unreachable(&faults, 0));

	rmqi_faults_lost(&faults, "a", 0);
	rmqi_faults_isolate(&faults, "b", 0);
	rmqi_faults_forget(&faults);
	ck_assert(!rmqi_faults_any(&faults, 0));
	ck_assert(rmqi_faults_is_available(&faults, "a", 0));
	ck_assert(rmqi_faults_is_available(&faults, "b", 0));
	ck_assert(!rmqi_faults_any_unreachable(&faults, 0));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lost__is_unreachable_for_ten_seconds,
		lost__is_told_once_until_it_is_over,
		reached__ends_what_the_network_cost_and_nothing_else,
		refused_or_slow__is_not_unreachable,
		lifted_or_forgotten__is_reachable,
	};

	return run_suite("fault", tests, sizeof(tests) / sizeof(tests[0]));
}
