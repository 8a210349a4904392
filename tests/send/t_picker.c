/* SPDX-License-Identifier: Apache-2.0 */
/* Which queue an attempt goes to, and which brokers are put aside for how long. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "client/fault.h"
#include "send/picker.h"
#include "tests/support/suite.h"

enum { MS = 1000 };

static struct rmqi_publish_queue queues[] = {{"a", "a:1", 0, NULL}, {"a", "a:1", 1, NULL},
					     {"b", "b:1", 0, NULL}, {"b", "b:1", 1, NULL},
					     {"c", "c:1", 0, NULL}, {"c", "c:1", 1, NULL}};
static struct rmqi_topic_route route;
static struct rmqi_faults faults;

static void set_up(void)
{
	memset(&route, 0, sizeof(route));
	route.publish = queues;
	route.publish_count = RMQI_COUNT(queues);
	route.publish_brokers = 3;
	rmqi_faults_init(&faults);
}

static void tear_down(void)
{
	rmqi_faults_deinit(&faults);
}

/* "a0a1b0" ... */
static const char *picks(struct rmqi_picker p, const struct rmqi_publish_queue *last,
			 int64_t now_us, int count)
{
	static char text[64];
	size_t len = 0;

	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		const struct rmqi_publish_queue *q = p.pick(p.arg, &route, last, now_us);

		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%d",
					q ? q->broker_name : "-", q ? (int)q->queue_id : 0);
	}
	return text;
}

START_TEST(round_robin__takes_the_queues_in_turn_and_not_the_last_broker)
{
	set_up();
	ck_assert_str_eq(picks(rmqi_picker_round_robin(), NULL, 0, 7), "a0a1b0b1c0c1a0");
	ck_assert_str_eq(picks(rmqi_picker_round_robin(), &queues[0], 0, 5), "b0b1c0c1b0");
	tear_down();
}
END_TEST

START_TEST(fixed__stays_or_is_not_there)
{
	struct rmqi_publish_queue wanted = {"b", NULL, 1, NULL}, missing = {"b", NULL, 9, NULL};

	set_up();
	ck_assert_str_eq(picks(rmqi_picker_fixed(&wanted), &queues[3], 0, 3), "b1b1b1");
	ck_assert_str_eq(picks(rmqi_picker_fixed(&missing), NULL, 0, 1), "-0");
	tear_down();
}
END_TEST

static int selections;

static size_t select_at(void *arg, struct rmqi_topic_route *r)
{
	ck_assert_ptr_eq(r, &route);
	selections++;
	return *(size_t *)arg;
}

START_TEST(selected__is_asked_once_a_send_and_may_be_wrong)
{
	size_t at = 4;
	struct rmqi_selector s = {.select = select_at, .arg = &at};

	set_up();
	selections = 0;
	ck_assert_str_eq(picks(rmqi_picker_selected(&s), NULL, 0, 1), "c0");
	ck_assert_str_eq(picks(rmqi_picker_selected(&s), &queues[4], 0, 2), "c0c0");
	ck_assert_int_eq(selections, 1);
	at = RMQI_COUNT(queues);
	ck_assert_str_eq(picks(rmqi_picker_selected(&s), NULL, 0, 1), "-0");
	route.publish_count = 0;
	ck_assert_str_eq(picks(rmqi_picker_selected(&s), NULL, 0, 1), "-0");
	ck_assert_int_eq(selections, 2);
	tear_down();
}
END_TEST

/* SelectMessageQueueByHash: the rest first, its sign away then. */
START_TEST(hashed__is_the_rest_without_its_sign)
{
	int32_t hash = -1207111310;

	set_up();
	ck_assert_str_eq(picks(rmqi_picker_hashed(&hash), NULL, 0, 2), "b0b0");
	ck_assert_str_eq(picks(rmqi_picker_hashed(&hash), &queues[2], 0, 2), "b0b0");
	ck_assert_uint_eq(rmqi_hash_index(INT32_MIN, 1), 0);
	ck_assert_uint_eq(rmqi_hash_index(INT32_MIN, 3), 2);
	ck_assert_uint_eq(rmqi_hash_index(INT32_MIN, 7), 2);
	ck_assert_uint_eq(rmqi_hash_index(INT32_MIN, 8), 0);
	ck_assert_uint_eq(rmqi_hash_index(INT32_MAX, 8), 7);
	ck_assert_uint_eq(rmqi_hash_index(-1, 8), 1);
	route.publish_count = 0;
	ck_assert_str_eq(picks(rmqi_picker_hashed(&hash), NULL, 0, 1), "-0");
	tear_down();
}
END_TEST

/* latencyMax and notAvailableDuration of MQFaultStrategy. */
START_TEST(fault__a_slow_answer_puts_a_broker_aside_as_long_as_java)
{
	static const struct {
		int64_t latency_ms, duration_ms;
	} cases[] = {{0, 0},         {99, 0},        {549, 0},       {550, 2000},  {1799, 2000},
		     {1800, 5000},   {2999, 5000},   {3000, 6000},   {4999, 6000}, {5000, 10000},
		     {14999, 10000}, {15000, 30000}, {900000, 30000}};

	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		int64_t now = 7000 * MS, until = now + cases[i].duration_ms * MS;

		set_up();
		rmqi_faults_note(&faults, "a", cases[i].latency_ms * MS, now);
		ck_assert_int_eq(rmqi_faults_any(&faults, now), until > now);
		ck_assert(until == now || !rmqi_faults_is_available(&faults, "a", until - 1));
		ck_assert(rmqi_faults_is_available(&faults, "a", until));
		ck_assert(rmqi_faults_is_available(&faults, "b", now));
		tear_down();
	}
}
END_TEST

START_TEST(fault__a_failure_counts_as_ten_seconds)
{
	set_up();
	rmqi_faults_isolate(&faults, "a", 0);
	ck_assert(!rmqi_faults_is_available(&faults, "a", 9999 * MS));
	ck_assert(rmqi_faults_is_available(&faults, "a", 10000 * MS));
	tear_down();
}
END_TEST

START_TEST(fault__time_only_moves_forward)
{
	set_up();
	rmqi_faults_isolate(&faults, "a", 0);
	rmqi_faults_note(&faults, "a", 600 * MS, 100 * MS);
	rmqi_faults_note(&faults, "a", 1 * MS, 200 * MS);
	ck_assert(!rmqi_faults_is_available(&faults, "a", 9999 * MS));
	rmqi_faults_note(&faults, "a", 600 * MS, 9000 * MS);
	ck_assert(!rmqi_faults_is_available(&faults, "a", 10999 * MS));
	tear_down();
}
END_TEST

START_TEST(fault__picks_among_the_available_ones)
{
	struct rmqi_picker p;

	set_up();
	p = rmqi_picker_fault(&faults);
	ck_assert_str_eq(picks(p, NULL, 0, 6), "a0a1b0b1c0c1");
	rmqi_faults_isolate(&faults, "a", 0);
	ck_assert_str_eq(picks(p, NULL, 0, 6), "b0b1c0c1b0b1");
	/* Not on the last broker either. */
	ck_assert_str_eq(picks(p, &queues[2], 0, 4), "c0c1c0c1");
	/* It comes back. */
	ck_assert_str_eq(picks(p, NULL, 10000 * MS, 6), "a0a1b0b1c0c1");
	tear_down();
}
END_TEST

START_TEST(fault__when_all_are_put_aside_it_is_as_without)
{
	struct rmqi_picker p;

	set_up();
	p = rmqi_picker_fault(&faults);
	for (const char *name = "abc"; *name; name++)
		rmqi_faults_isolate(&faults, (char[]){*name, '\0'}, 0);
	ck_assert_str_eq(picks(p, NULL, 0, 3), "a0a1b0");
	ck_assert_str_eq(picks(p, &queues[3], 0, 2), "c0c1");
	/* The only broker is asked whatever it did. */
	route.publish_count = 2;
	ck_assert_str_eq(picks(p, &queues[0], 0, 3), "a0a1a0");
	tear_down();
}
END_TEST

/* Who answers, if badly, is better than who does not. */
START_TEST(fault__when_all_are_put_aside_those_that_answer_come_first)
{
	struct rmqi_picker p;

	set_up();
	p = rmqi_picker_fault(&faults);
	rmqi_faults_isolate(&faults, "a", 0);
	rmqi_faults_isolate(&faults, "b", 0);
	rmqi_faults_lost(&faults, "c", 0);
	ck_assert_str_eq(picks(p, NULL, 0, 6), "a0a1b0b1a0a1");
	ck_assert_str_eq(picks(p, &queues[0], 0, 3), "b0b1b0");
	/* The last one is not asked again for that. */
	rmqi_faults_lost(&faults, "b", 0);
	ck_assert_str_eq(picks(p, NULL, 0, 3), "a0a1a0");
	ck_assert_str_eq(picks(p, &queues[0], 0, 4), "b0b1c0c1");
	/* It answers the detector; its time is not over by that alone, if it was slow, too. */
	rmqi_faults_note(&faults, "c", 600 * MS, 0);
	ck_assert(rmqi_faults_reached(&faults, "c", 0));
	ck_assert(!rmqi_faults_is_available(&faults, "c", 0));
	ck_assert_str_eq(picks(p, &queues[0], 0, 2), "c0c1");
	tear_down();
}
END_TEST

enum { PICKING = 4, PICKS_EACH = 400000 };

static void *count_misses(void *arg)
{
	struct rmqi_picker p = rmqi_picker_fault(&faults);
	size_t *misses = arg;

	for (int i = 0; i < PICKS_EACH; i++)
		*misses += strcmp(p.pick(p.arg, &route, NULL, 1)->broker_name, "b") != 0;
	return NULL;
}

/* The turns that a thread gets may all be of the broker that is put aside. */
START_TEST(fault__an_available_one_is_found_whoever_else_picks)
{
	struct rmqi_publish_queue two[] = {{"a", "a:1", 0, NULL}, {"b", "b:1", 0, NULL}};
	pthread_t threads[PICKING];
	size_t misses[PICKING] = {0};

	set_up();
	route.publish = two;
	route.publish_count = RMQI_COUNT(two);
	route.publish_brokers = 2;
	rmqi_faults_isolate(&faults, "a", 0);
	for (int i = 0; i < PICKING; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count_misses, &misses[i]), 0);
	for (int i = 0; i < PICKING; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	for (int i = 0; i < PICKING; i++)
		ck_assert_uint_eq(misses[i], 0);
	tear_down();
}
END_TEST

START_TEST(fault__without_memory_nobody_is_put_aside)
{
	set_up();
	for (uint64_t n = 1; n <= 3; n++) {
		rmqi_mem_fail_after(n, 0);
		rmqi_faults_isolate(&faults, "a", 0);
		rmqi_mem_fail_after(0, 0);
	}
	rmqi_faults_isolate(&faults, "a", 0);
	ck_assert(!rmqi_faults_is_available(&faults, "a", 1));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		round_robin__takes_the_queues_in_turn_and_not_the_last_broker,
		fixed__stays_or_is_not_there,
		selected__is_asked_once_a_send_and_may_be_wrong,
		hashed__is_the_rest_without_its_sign,
		fault__a_slow_answer_puts_a_broker_aside_as_long_as_java,
		fault__a_failure_counts_as_ten_seconds,
		fault__time_only_moves_forward,
		fault__picks_among_the_available_ones,
		fault__when_all_are_put_aside_it_is_as_without,
		fault__when_all_are_put_aside_those_that_answer_come_first,
		fault__an_available_one_is_found_whoever_else_picks,
		fault__without_memory_nobody_is_put_aside,
	};

	return run_suite("picker", tests, RMQI_COUNT(tests));
}
