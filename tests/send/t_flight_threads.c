/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that wait for room, and for ends, beside each other, in real time. Waiting is for conditions only. */
#include <sched.h>
#include <stdatomic.h>

#include "base/detail.h"
#include "send/flight.h"
#include "tests/support/suite.h"

enum { LONG_MS = 60 * 1000 };

static struct rmq_config *config;
static struct rmqi_client *client;
static struct rmqi_flight *flight;

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void set_up(void)
{
	static const struct rmqi_client_owner owner;

	config = rmqi_config_new();
	set("namesrvAddr", "127.0.0.1:9");
	set("backPressureForAsyncSendNum", "100");
	set("backPressureForAsyncSendSize", "100");
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_flight_new(client, &flight), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_flight_unref(flight);
	rmqi_client_free(client);
	rmqi_config_free(config);
}

/* A thread that enters. */
struct entrant {
	struct rmqi_thread thread;
	size_t bytes;
	int64_t timeout_ms;
	enum rmq_error error;
	struct rmqi_place place;
};

static void *run_entrant(void *arg)
{
	struct entrant *e = arg;

	e->error = rmqi_flight_enter(flight, e->bytes,
				     rmqi_clock_deadline(rmqi_clock_real(), e->timeout_ms),
				     &e->place, NULL, NULL);
	return NULL;
}

static void start(struct entrant *e, size_t bytes, int64_t timeout_ms)
{
	uint64_t waits = rmqi_flight_counts(flight).waits;

	e->bytes = bytes;
	e->timeout_ms = timeout_ms;
	ck_assert_int_eq(rmqi_thread_start(&e->thread, "entrant", run_entrant, e), RMQ_OK);
	while (rmqi_flight_counts(flight).waits == waits)
		sched_yield();
}

START_TEST(room__who_stands_behind_a_large_one_goes_on_when_that_gives_up)
{
	struct entrant large = {0}, small = {0};
	struct rmqi_place first;

	set_up();
	ck_assert_int_eq(rmqi_flight_enter(flight, 60, 0, &first, NULL, NULL), RMQ_OK);
	start(&large, 60, 500);
	start(&small, 20, LONG_MS);
	rmqi_thread_join(&large.thread);
	ck_assert_int_eq(large.error, RMQ_ERR_BUSY);
	/* Nobody has left, and it has not waited for its own time. */
	rmqi_thread_join(&small.thread);
	ck_assert_int_eq(small.error, RMQ_OK);
	ck_assert_uint_eq(rmqi_flight_counts(flight).bytes, 80);
	rmqi_flight_leave(&small.place, NULL);
	rmqi_flight_leave(&first, NULL);
	tear_down();
}
END_TEST

START_TEST(room__is_given_in_the_order_of_coming)
{
	struct entrant large = {0}, small = {0};
	struct rmqi_place first;

	set_up();
	ck_assert_int_eq(rmqi_flight_enter(flight, 60, 0, &first, NULL, NULL), RMQ_OK);
	start(&large, 90, LONG_MS);
	/* It would fit, but the large one came first. */
	start(&small, 20, LONG_MS);
	rmqi_flight_leave(&first, NULL);
	rmqi_thread_join(&large.thread);
	ck_assert_int_eq(large.error, RMQ_OK);
	ck_assert_uint_eq(rmqi_flight_counts(flight).bytes, 90);
	rmqi_flight_leave(&large.place, NULL);
	rmqi_thread_join(&small.thread);
	ck_assert_int_eq(small.error, RMQ_OK);
	rmqi_flight_leave(&small.place, NULL);
	tear_down();
}
END_TEST

/* A thread that lets go of what it is given. */
struct leaver {
	struct rmqi_thread thread;
	_Atomic(struct rmqi_place *) place;
	atomic_bool is_over;
};

static void *run_leaver(void *arg)
{
	struct leaver *l = arg;

	while (!atomic_load(&l->is_over)) {
		struct rmqi_place *p = atomic_exchange(&l->place, NULL);

		if (p)
			rmqi_flight_leave(p, NULL);
		else
			sched_yield();
	}
	return NULL;
}

START_TEST(flush__waits_for_what_ends_while_it_begins)
{
	static struct leaver leaver;
	struct rmqi_place place;
	size_t left = 0;

	set_up();
	ck_assert_int_eq(rmqi_thread_start(&leaver.thread, "leaver", run_leaver, &leaver), RMQ_OK);
	for (int i = 0; i < 2000; i++) {
		ck_assert_int_eq(rmqi_flight_enter(flight, 1, 0, &place, NULL, NULL), RMQ_OK);
		atomic_store(&leaver.place, &place);
		ck_assert_int_eq(rmqi_flight_flush(flight,
						   rmqi_clock_deadline(rmqi_clock_real(), LONG_MS),
						   &left),
				 RMQ_OK);
		ck_assert_uint_eq(rmqi_flight_counts(flight).messages, 0);
	}
	atomic_store(&leaver.is_over, true);
	rmqi_thread_join(&leaver.thread);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		room__who_stands_behind_a_large_one_goes_on_when_that_gives_up,
		room__is_given_in_the_order_of_coming,
		flush__waits_for_what_ends_while_it_begins,
	};

	return run_suite("flight_threads", tests, RMQI_COUNT(tests));
}
