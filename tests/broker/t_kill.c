/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_kill.c - a daemon that is killed under load, again and again, on one store: nothing that it acknowledged is lost, a
 * batch is there as a whole or not at all, no half message is seen, and keys find what there is.
 *
 * RMQ_KILL_ROUNDS: how many times (5 if not given).
 */
#include <stdio.h>

#include "base/rand.h"
#include "tests/broker/kill_load.h"

enum { ROUNDS = 5, ACKS_A_ROUND = 300 };

static struct daemon broker;

static void kill_under_load(struct rmqi_rand *rand)
{
	int before = load_acked();

	load_start(&broker);
	load_wait(1 + (int)rmqi_rand_below(rand, ACKS_A_ROUND));
	daemon_kill(&broker);
	load_end();
	ck_assert_int_gt(load_acked(), before);
}

START_TEST(kill__daemon_under_load_loses_nothing)
{
	struct rmqi_rand rand;
	int rounds = kill_rounds(ROUNDS);

	kill_begin();
	daemon_init(&broker, "b", "");
	rmqi_rand_init(&rand, (uint64_t)wall_ms());
	daemon_start(&broker);
	for (int i = 0; i < rounds; i++) {
		kill_under_load(&rand);
		daemon_start(&broker);
		load_audit(&broker);
		/* And once more, on what the recovery left. */
		if (i % 2 == 0) {
			daemon_kill(&broker);
			daemon_start(&broker);
			load_audit(&broker);
		}
	}
	daemon_stop(&broker);
	daemon_start(&broker);
	load_audit(&broker);
	daemon_stop(&broker);
	if (kill_is_long())
		printf("# %d kills, %d sends acknowledged of %d, none lost\n", rounds,
		       load_acked(), load_sent());
	kill_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {kill__daemon_under_load_loses_nothing};

	return run_suite("kill", tests, RMQI_COUNT(tests));
}
