/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_spin.c - when a caller looks before it sleeps; and that calls end as they do without.
 */
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "net/spin.h"
#include "tests/net/world.h"

enum { NONE = -2 };

static struct world w;
static atomic_int first_sleep; /* the timeout of the first poll since it was NONE */

/* In place of libc's: how long callers are about to sleep. */
int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec limit = {.tv_sec = timeout_ms / 1000,
				 .tv_nsec = timeout_ms % 1000 * 1000000L};
	int none = NONE;

	atomic_compare_exchange_strong(&first_sleep, &none, timeout_ms);
	return ppoll(fds, count, timeout_ms < 0 ? NULL : &limit, NULL);
}

/* How many of so many waits look, when each one ends the same way. */
static unsigned looks(struct rmqi_spin *s, unsigned waits, bool has_come)
{
	unsigned count = 0;

	for (unsigned i = 0; i < waits; i++) {
		if (!rmqi_spin_may(s))
			continue;
		count++;
		rmqi_spin_ended(s, has_come);
	}
	return count;
}

START_TEST(spin__is_off_without_a_time)
{
	struct rmqi_spin s;

	rmqi_spin_init(&s, 0);
	ck_assert_uint_eq(looks(&s, 100, true), 0);
}
END_TEST

START_TEST(spin__goes_on_while_it_pays)
{
	struct rmqi_spin s = {.most_us = 50};

	ck_assert_uint_eq(looks(&s, 1000, true), 1000);
}
END_TEST

START_TEST(spin__becomes_rare_when_it_does_not_pay_and_comes_back)
{
	struct rmqi_spin s = {.most_us = 50};

	ck_assert_uint_le(looks(&s, 10000, false), 50);
	while (!rmqi_spin_may(&s))
		;
	rmqi_spin_ended(&s, true);
	ck_assert_uint_eq(looks(&s, 100, true), 100);
}
END_TEST

/* One success in two is no reason to go on. */
START_TEST(spin__becomes_rare_when_it_pays_now_and_then)
{
	struct rmqi_spin s = {.most_us = 50};
	unsigned count = 0;

	for (unsigned i = 0; i < 10000; i++) {
		if (!rmqi_spin_may(&s))
			continue;
		rmqi_spin_ended(&s, ++count % 2 == 0);
	}
	ck_assert_uint_le(count, 120);
}
END_TEST

START_TEST(spin__is_off_on_one_core)
{
	cpu_set_t all, one;
	struct rmqi_spin s;
	size_t cpu = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	rmqi_spin_init(&s, 50);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(all), &all), 0);

	ck_assert_uint_eq(looks(&s, 100, true), 0);
}
END_TEST

static void open_world(int64_t spin_us)
{
	world_init(&w, W_TCP);
	w.rpc_config.spin_us = spin_us;
	world_open(&w);
}

START_TEST(spin__a_call_is_answered)
{
	open_world(1000 * 1000);
	for (int i = 0; i < 200; i++)
		world_expect_echo(&w, "x");
	world_close(&w);
}
END_TEST

/* The time that it may look is longer than the call has. */
START_TEST(spin__a_call_without_an_answer_ends_in_time)
{
	open_world(1000 * 1000 * 1000);
	world_expect_echo(&w, "connects");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, 20, NULL), RMQ_ERR_TIMEOUT);
	world_close(&w);
}
END_TEST

/* Whoever has looked until the deadline has no time left to sleep. A caller that comes while the loop reads
 * does not look; then once more. */
START_TEST(spin__a_call_that_has_looked_sleeps_no_longer_than_what_is_left)
{
	struct rmqi_spin usual;
	int tries = 0;

	rmqi_spin_init(&usual, 1);
	if (usual.most_us == 0)
		return; /* one core: nobody looks */
	do {
		open_world(1000 * 1000 * 1000);
		world_expect_echo(&w, "connects");
		atomic_store(&first_sleep, NONE);
		ck_assert_int_eq(world_call(&w, W_SILENT, "", NULL, 20, NULL), RMQ_ERR_TIMEOUT);
		world_close(&w);
	} while (atomic_load(&first_sleep) == NONE && ++tries < 200);

	ck_assert_int_eq(atomic_load(&first_sleep), 0);
}
END_TEST

START_TEST(spin__a_lost_connection_ends_the_call)
{
	open_world(1000 * 1000 * 1000);
	world_expect_echo(&w, "connects");
	ck_assert_int_eq(world_call(&w, W_CLOSE, "", NULL, W_PATIENCE_MS, NULL),
			 RMQ_ERR_CONNECTION_LOST);
	world_close(&w);
}
END_TEST

int main(void)
{
	const TTest *const once[] = {
		spin__is_off_without_a_time,
		spin__goes_on_while_it_pays,
		spin__becomes_rare_when_it_does_not_pay_and_comes_back,
		spin__becomes_rare_when_it_pays_now_and_then,
		spin__is_off_on_one_core,
		spin__a_call_is_answered,
		spin__a_call_without_an_answer_ends_in_time,
		spin__a_call_that_has_looked_sleeps_no_longer_than_what_is_left,
		spin__a_lost_connection_ends_the_call,
	};

	return world_suite("spin", NULL, 0, once, RMQI_COUNT(once));
}
