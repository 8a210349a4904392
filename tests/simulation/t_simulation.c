/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_simulation.c - what was acknowledged reaches every group, and what is orderly stays in order, whatever happens
 * to nodes, ways and members (world.h). A seed that fails is told and does the same again:
 *
 *     SIM_SEED=1234 SIM_MINUTES=2 tests/simulation/t_simulation
 *
 * SIM_SEEDS of them are run, from SIM_FIRST on (`make check-long`: 1,000 of 10 minutes). SIM_RECORD=file: there is
 * what the nodes were asked and answered. SIM_VERBOSE=1: a line for each seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

#include "tests/simulation/audit.h"
#include "tests/simulation/world.h"
#include "tests/support/suite.h"

enum { SEEDS = 10, MINUTES = 1 };

static unsigned long long from_environment(const char *name, unsigned long long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static int minutes(void)
{
	return (int)from_environment("SIM_MINUTES", MINUTES);
}

static void run_seed(uint64_t seed, struct outcome *out)
{
	world_run(seed, minutes(), out);
	if (getenv("SIM_VERBOSE"))
		fprintf(stderr,
			"seed %" PRIu64 ": %" PRIu64 " sent, %" PRIu64 " acknowledged, %" PRIu64
			" delivered, %" PRIu64 " faults, %016" PRIx64 " %s\n",
			seed, out->sent, out->acked, out->deliveries, out->faults, out->hash,
			out->problem);
}

static uint64_t first_seed(void)
{
	return from_environment("SIM_SEED", from_environment("SIM_FIRST", 1));
}

static size_t seed_count(void)
{
	return getenv("SIM_SEED") ? 1 : (size_t)from_environment("SIM_SEEDS", SEEDS);
}

/* What fails fails again in the same way: a test of its own for each. */
START_TEST(seed__keeps_what_was_acknowledged)
{
	uint64_t seed = first_seed() + (uint64_t)_i;
	struct outcome out, again;

	run_seed(seed, &out);
	ck_assert_uint_gt(out.acked, 0);
	if (!out.problem[0])
		return;
	run_seed(seed, &again);
	ck_abort_msg("SIM_SEED=%" PRIu64 " SIM_MINUTES=%d: %s (again: %s)", seed, minutes(), out.problem,
		     again.hash == out.hash ? "the same" : "not the same history");
}
END_TEST

START_TEST(seed__is_one_history)
{
	struct outcome first, again, other;

	run_seed(7, &first);
	run_seed(7, &again);
	run_seed(8, &other);
	ck_assert_uint_eq(first.hash, again.hash);
	ck_assert_uint_eq(first.deliveries, again.deliveries);
	ck_assert_uint_ne(first.hash, other.hash);
}
END_TEST

/* Each rule can fail. */
START_TEST(audit__finds_loss_doubles_and_disorder)
{
	static struct audit a;
	size_t number, missing = 0;
	int group = -1;

	audit_begin(&a);
	ck_assert(audit_send(&a, &number));
	audit_complete(&a, number, true);
	for (int g = 0; g < AUDIT_GROUPS - 1; g++)
		audit_see(&a, g, 0, 0);
	ck_assert(!audit_is_complete(&a, &group, &missing));
	ck_assert_int_eq(group, AUDIT_GROUPS - 1);
	audit_see(&a, AUDIT_GROUPS - 1, 0, 0);
	ck_assert(audit_is_complete(&a, &group, &missing));
	ck_assert(!audit_is_kept(&a, &missing));
	a.messages[number].is_stored = true;
	ck_assert(audit_is_kept(&a, &missing));
	audit_order(&a, 0, 0);
	audit_order(&a, 0, 1);
	audit_order(&a, 0, 0); /* again: it was not committed */
	ck_assert_str_eq(a.problem, "");
	audit_order(&a, 0, 3);
	ck_assert_str_eq(a.problem, "queue 0: offset 3 came right behind 1");
	audit_begin(&a);
	ck_assert(audit_send(&a, &number));
	audit_complete(&a, number, false);
	audit_complete(&a, number, true);
	ck_assert_str_eq(a.problem, "message 0 completed twice");
	audit_begin(&a);
	ck_assert(!audit_number(&a, "7", 1, &number));
	ck_assert_str_eq(a.problem, "message 7, which nobody has sent");
}
END_TEST

START_TEST(audit__finds_what_came_too_early_or_never_should)
{
	static struct audit a;
	size_t number;

	audit_begin(&a);
	ck_assert(audit_send(&a, &number));
	a.messages[number].due_ms = 1000;
	audit_see(&a, 0, number, 1000);
	ck_assert_str_eq(a.problem, "");
	audit_see(&a, 0, number, 999);
	ck_assert_str_eq(a.problem, "message 0 came to group 0 1 ms before its time");
	audit_begin(&a);
	ck_assert(audit_send(&a, &number));
	a.messages[number].fate = AUDIT_COMMITTED;
	audit_see(&a, 0, number, 0);
	ck_assert_str_eq(a.problem, "");
	a.messages[number].fate = AUDIT_UNDECIDED;
	audit_see(&a, 0, number, 0);
	ck_assert_str_eq(a.problem, "message 0 came to group 0, before its transaction was decided");
	audit_begin(&a);
	ck_assert(audit_send(&a, &number));
	a.messages[number].fate = AUDIT_ROLLED_BACK;
	audit_see(&a, 0, number, 0);
	ck_assert_str_eq(a.problem, "message 0 came to group 0, though it was rolled back");
}
END_TEST

START_TEST(audit__lets_nothing_orderly_come_twice_when_nothing_fails)
{
	static struct audit a;

	audit_begin(&a);
	a.is_strict = true;
	audit_order(&a, 3, 0);
	audit_order(&a, 4, 0);
	ck_assert_str_eq(a.problem, "");
	audit_order(&a, 3, 0);
	ck_assert_str_eq(a.problem, "queue 3: offset 0 came again, behind 0");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		audit__finds_loss_doubles_and_disorder,
		audit__finds_what_came_too_early_or_never_should,
		audit__lets_nothing_orderly_come_twice_when_nothing_fails,
	};
	struct suite suite;

	suite_open(&suite, "simulation");
	if (!getenv("SIM_SEED")) {
		suite_add(&suite, tests, sizeof(tests) / sizeof(tests[0]));
		suite_add_loop(&suite, seed__is_one_history, 1);
	}
	suite_add_loop(&suite, seed__keeps_what_was_acknowledged, seed_count());
	return suite_run(&suite);
}
