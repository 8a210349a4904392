/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_planted.c - the simulation finds the mistakes of src/base/planted.def: each is made in a run of its own of seeds
 * 1, 2, 3, ..., of which one has to fail. Those that fail pass when no mistake is made.
 *
 *     make check-planted
 *     PLANT=ACK_BEFORE_FLUSH SIM_SEED=7 tests/simulation/t_planted      one of both
 *
 * The sources that make mistakes are compiled once more for this program, with RMQI_PLANTS.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "base/planted.h"
#include "tests/simulation/world.h"
#include "tests/support/suite.h"

enum { SEEDS = 60, MINUTES = 2, COUNT = RMQI_PLANTS_END - 1 };

enum rmqi_plant rmqi_planted = RMQI_PLANT_NONE;

static const struct {
	const char *name, *what;
} plants[RMQI_PLANTS_END] = {
	[RMQI_PLANT_NONE] = {"NONE", "nothing"},
#define P(name, what) [RMQI_PLANT_##name] = {#name, what},
#include "base/planted.def"
#undef P
};

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static void run_seed(uint64_t seed, enum rmqi_plant plant, struct outcome *out)
{
	rmqi_planted = plant;
	world_run(seed, MINUTES, out);
	rmqi_planted = RMQI_PLANT_NONE;
}

/* The seed that finds it; 0: none. */
static uint64_t find(enum rmqi_plant plant, struct outcome *out)
{
	uint64_t only = from_environment("SIM_SEED", 0);
	uint64_t last = only ? only : from_environment("SIM_SEEDS", SEEDS);

	for (uint64_t seed = only ? only : 1; seed <= last; seed++) {
		run_seed(seed, plant, out);
		if (out->problem[0])
			return seed;
	}
	return 0;
}

START_TEST(planted__is_found_by_a_seed_that_passes_without)
{
	enum rmqi_plant plant = (enum rmqi_plant)(_i + 1);
	const char *only = getenv("PLANT");
	struct outcome out;
	uint64_t seed;

	if (only && strcmp(only, plants[plant].name) != 0)
		return;
	seed = find(plant, &out);
	fprintf(stderr, "%s (%s), seed %" PRIu64 ": %s\n", plants[plant].name, plants[plant].what,
		seed, out.problem);
	ck_assert_msg(seed != 0, "%s is not found", plants[plant].name);
	run_seed(seed, RMQI_PLANT_NONE, &out);
	ck_assert_msg(!out.problem[0], "without %s seed %" PRIu64 " fails, too: %s",
		      plants[plant].name, seed, out.problem);
}
END_TEST

int main(void)
{
	struct suite suite;

	suite_open(&suite, "planted");
	suite_add_loop(&suite, planted__is_found_by_a_seed_that_passes_without, COUNT);
	return suite_run(&suite);
}
