/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_simulation.c - what was acknowledged reaches every group, and what is orderly stays in order, whatever happens
 * to nodes, ways and members (world.h). A seed that fails is told and does the same again:
 *
 *     SIM_SEED=1234 SIM_MINUTES=2 tests/simulation/t_simulation
 *
 * SIM_SEEDS of them are run (`make check-long`: 1,000 of 10 minutes).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <check.h>

#include "tests/simulation/audit.h"
#include "tests/simulation/world.h"
#include "tests/support/suite.h"

enum { SEEDS = 20, MINUTES = 1 };

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

START_TEST(seeds__keep_what_was_acknowledged)
{
	uint64_t only = from_environment("SIM_SEED", 0);
	uint64_t count = only ? 1 : from_environment("SIM_SEEDS", SEEDS);
	uint64_t first = only ? only : 1, faults = 0, acked = 0;
	struct outcome out;

	for (uint64_t seed = first; seed < first + count; seed++) {
		run_seed(seed, &out);
		if (out.problem[0])
			ck_abort_msg("SIM_SEED=%" PRIu64 " SIM_MINUTES=%d: %s", seed, minutes(),
				     out.problem);
		faults += out.faults;
		acked += out.acked;
	}
	/* Something happened, and something went through. */
	ck_assert_uint_gt(faults, 0);
	ck_assert_uint_gt(acked, 0);
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
		audit_see(&a, g, "0", 1);
	ck_assert(!audit_is_complete(&a, &group, &missing));
	ck_assert_int_eq(group, AUDIT_GROUPS - 1);
	audit_see(&a, AUDIT_GROUPS - 1, "0", 1);
	ck_assert(audit_is_complete(&a, &group, &missing));
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
	audit_see(&a, 0, "7", 1);
	ck_assert_str_eq(a.problem, "message 7, which nobody has sent");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		audit__finds_loss_doubles_and_disorder,
		seed__is_one_history,
		seeds__keep_what_was_acknowledged,
	};

	return run_suite("simulation", tests, sizeof(tests) / sizeof(tests[0]));
}
