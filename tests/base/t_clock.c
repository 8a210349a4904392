/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "tests/support/suite.h"

START_TEST(clock__real_ticks_do_not_go_back)
{
	struct rmqi_clock *c = rmqi_clock_real();
	int64_t last = rmqi_clock_us(c);

	for (int i = 0; i < 1000; i++) {
		int64_t now = rmqi_clock_us(c);

		ck_assert_int_ge(now, last);
		last = now;
	}
	ck_assert(!rmqi_clock_is_virtual(c));
	ck_assert_int_gt(rmqi_clock_wall_ms(c), INT64_C(1600000000000));
}
END_TEST

START_TEST(clock__virtual_moves_only_when_moved)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(5000);

	ck_assert(rmqi_clock_is_virtual(c));
	ck_assert_int_eq(rmqi_clock_us(c), 0);
	ck_assert_int_eq(rmqi_clock_wall_ms(c), 5000);
	ck_assert_int_eq(rmqi_clock_us(c), 0);
	rmqi_clock_set_us(c, 2999);
	ck_assert_int_eq(rmqi_clock_us(c), 2999);
	ck_assert_int_eq(rmqi_clock_wall_ms(c), 5002);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(clock__wall_steps_without_the_ticks)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(5000);

	rmqi_clock_set_us(c, 1000);
	rmqi_clock_step_wall(c, -3000);
	ck_assert_int_eq(rmqi_clock_wall_ms(c), 2001);
	ck_assert_int_eq(rmqi_clock_us(c), 1000);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(clock__of_a_machine_that_slept_has_two_ticks)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(5000);

	rmqi_clock_set_us(c, 1000);
	ck_assert_int_eq(rmqi_clock_boot_us(c), 1000);
	rmqi_clock_suspend(c, 30);
	ck_assert_int_eq(rmqi_clock_us(c), 1000);
	ck_assert_int_eq(rmqi_clock_boot_us(c), 31000);
	ck_assert_int_eq(rmqi_clock_wall_ms(c), 5031);
	rmqi_clock_free(c);
	ck_assert_int_ge(rmqi_clock_boot_us(rmqi_clock_real()),
			 rmqi_clock_us(rmqi_clock_real()) - 1000 * 1000);
}
END_TEST

START_TEST(clock__deadline_that_overflows_never_comes)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(0);

	rmqi_clock_set_us(c, 1500);
	ck_assert_int_eq(rmqi_clock_deadline(c, 3), 4500);
	ck_assert_int_eq(rmqi_clock_deadline(c, 0), 1500);
	ck_assert_int_eq(rmqi_clock_deadline(c, -1), RMQI_FOREVER);
	ck_assert_int_eq(rmqi_clock_deadline(c, INT64_MAX), RMQI_FOREVER);
	ck_assert_int_eq(rmqi_clock_deadline(c, INT64_MAX / 1000), RMQI_FOREVER);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(clock__time_left_is_rounded_up)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(0);

	rmqi_clock_set_us(c, 1500);
	ck_assert_int_eq(rmqi_clock_left_ms(c, 1501), 1);
	ck_assert_int_eq(rmqi_clock_left_ms(c, 2500), 1);
	ck_assert_int_eq(rmqi_clock_left_ms(c, 2501), 2);
	ck_assert_int_eq(rmqi_clock_left_ms(c, 1500), 0);
	ck_assert_int_eq(rmqi_clock_left_ms(c, INT64_MIN), 0);
	ck_assert_int_eq(rmqi_clock_left_ms(c, RMQI_FOREVER), INT64_MAX);
	ck_assert_int_eq(rmqi_clock_left_ms(c, RMQI_FOREVER - 1), (INT64_MAX - 1501) / 1000 + 1);
	rmqi_clock_free(c);
}
END_TEST

/* A timer with a name, whose firing is written to the trace. */
struct bell {
	struct rmqi_timer timer;
	char name;
	int64_t again_us;    /* re-arm at, when not RMQI_FOREVER */
	struct bell *victim; /* stopped when this one rings */
};

static struct rmqi_timers ts;
static char trace[64];
static size_t traced;

static void note(char c)
{
	ck_assert_uint_lt(traced, sizeof(trace) - 1);
	trace[traced++] = c;
	trace[traced] = '\0';
}

static void expect_trace(const char *expected)
{
	ck_assert_str_eq(trace, expected);
	traced = 0;
	trace[0] = '\0';
}

static void ring(struct rmqi_timer *t)
{
	struct bell *b = RMQI_CONTAINER(t, struct bell, timer);

	note(b->name);
	ck_assert(!rmqi_timer_is_armed(t));
	ck_assert_ptr_eq(rmqi_current(), t->timers->owner);
	if (b->victim)
		rmqi_timer_stop(&b->victim->timer);
	if (b->again_us != RMQI_FOREVER)
		rmqi_timer_start(t, b->again_us);
}

static struct bell *bell_new(struct rmqi_timers *timers, char name)
{
	struct bell *b = rmqi_calloc(1, sizeof(*b));

	b->name = name;
	b->again_us = RMQI_FOREVER;
	ck_assert_int_eq(rmqi_timer_init(&b->timer, timers, ring), RMQ_OK);
	return b;
}

static void bell_free(struct bell *b)
{
	rmqi_timer_deinit(&b->timer);
	rmqi_free(b);
}

static struct bell *bells[4]; /* a, b, c, d */

static void open_real(void)
{
	rmqi_timers_init(&ts, rmqi_clock_real(), &ts);
	for (int i = 0; i < 4; i++)
		bells[i] = bell_new(&ts, (char)('a' + i));
}

static void close_real(void)
{
	for (int i = 0; i < 4; i++)
		bell_free(bells[i]);
	rmqi_timers_deinit(&ts);
}

static void arm(int i, int64_t at)
{
	rmqi_timer_start(&bells[i]->timer, at);
}

START_TEST(timers__fire_by_deadline_then_order_of_arming)
{
	open_real();
	arm(2, 20);
	arm(1, 10);
	arm(0, 20);
	arm(3, 31);

	ck_assert_uint_eq(rmqi_timers_run(&ts, 30), 3);

	expect_trace("bca");
	ck_assert_int_eq(rmqi_timers_next(&ts), 31);
	ck_assert(rmqi_timer_is_armed(&bells[3]->timer));
	close_real();
}
END_TEST

START_TEST(timers__rearming_moves_to_the_new_deadline)
{
	open_real();
	arm(0, 10);
	arm(1, 10);
	arm(0, 10);
	arm(2, 5);
	arm(2, 50);

	rmqi_timers_run(&ts, 20);

	expect_trace("ba");
	ck_assert_int_eq(rmqi_timers_next(&ts), 50);
	close_real();
}
END_TEST

START_TEST(timers__forever_stops)
{
	open_real();
	arm(0, 10);
	arm(0, RMQI_FOREVER);
	ck_assert(!rmqi_timer_is_armed(&bells[0]->timer));
	ck_assert_int_eq(rmqi_timers_next(&ts), RMQI_FOREVER);
	rmqi_timer_start_ms(&bells[1]->timer, -1);
	ck_assert(!rmqi_timer_is_armed(&bells[1]->timer));
	close_real();
}
END_TEST

START_TEST(timers__start_ms_counts_from_now)
{
	int64_t before = rmqi_clock_us(rmqi_clock_real());

	open_real();
	rmqi_timer_start_ms(&bells[0]->timer, 1000);
	ck_assert_int_ge(rmqi_timers_next(&ts), before + 1000000);
	ck_assert_int_le(rmqi_timers_next(&ts), rmqi_clock_us(rmqi_clock_real()) + 1000000);
	close_real();
}
END_TEST

START_TEST(timers__one_that_rearms_for_now_fires_once_a_round)
{
	open_real();
	bells[0]->again_us = 10;
	arm(0, 10);
	arm(1, 10);

	ck_assert_uint_eq(rmqi_timers_run(&ts, 10), 2);
	expect_trace("ab");
	ck_assert_uint_eq(rmqi_timers_run(&ts, 10), 1);
	expect_trace("a");
	close_real();
}
END_TEST

START_TEST(timers__one_that_rearms_for_the_past_does_not_hide_the_others)
{
	open_real();
	bells[0]->again_us = 0;
	arm(0, 10);
	arm(1, 11);
	arm(2, 12);

	ck_assert_uint_eq(rmqi_timers_run(&ts, 20), 3);

	expect_trace("abc");
	ck_assert(rmqi_timer_is_armed(&bells[0]->timer));
	close_real();
}
END_TEST

START_TEST(timers__one_may_stop_another_of_the_same_round)
{
	open_real();
	bells[0]->victim = bells[1];
	arm(0, 10);
	arm(1, 10);
	arm(2, 10);
	rmqi_timers_run(&ts, 10);
	expect_trace("ac");
	close_real();
}
END_TEST

/* Frees itself and its victim. */
static void ring_and_free(struct rmqi_timer *t)
{
	struct bell *b = RMQI_CONTAINER(t, struct bell, timer);

	note(b->name);
	bell_free(b->victim);
	bell_free(b);
}

START_TEST(timers__one_may_free_itself_and_others)
{
	struct bell *b;

	open_real();
	b = bell_new(&ts, 'x');
	b->timer.fn = ring_and_free;
	b->victim = bell_new(&ts, 'y');
	rmqi_timer_start(&b->timer, 10);
	rmqi_timer_start(&b->victim->timer, 10);
	arm(0, 10);

	ck_assert_uint_eq(rmqi_timers_run(&ts, 10), 2);

	expect_trace("xa");
	close_real();
}
END_TEST

START_TEST(timers__current_is_restored)
{
	int me;

	open_real();
	arm(0, 1);
	ck_assert_ptr_null(rmqi_current_set(&me));
	rmqi_timers_run(&ts, 1);
	ck_assert_ptr_eq(rmqi_current(), &me);
	ck_assert_ptr_eq(rmqi_current_set(NULL), &me);
	close_real();
}
END_TEST

START_TEST(timers__zeroed_timer_is_harmless)
{
	struct rmqi_timer t = {0};

	ck_assert(!rmqi_timer_is_armed(&t));
	rmqi_timer_stop(&t);
	rmqi_timer_deinit(&t);
	rmqi_timer_deinit(&t);
}
END_TEST

enum { MANY = 100 };

/* After init nothing allocates, whatever was deinitialised in between. */
static void start_without_memory(struct rmqi_clock *clock)
{
	struct rmqi_timer many[MANY];

	rmqi_timers_init(&ts, clock, NULL);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(rmqi_timer_init(&many[i], &ts, ring), RMQ_OK);
	rmqi_mem_fail_after(1, 1);
	for (int i = 0; i < MANY; i++)
		rmqi_timer_start(&many[i], MANY - i);
	for (int i = 0; i < MANY; i++)
		ck_assert(rmqi_timer_is_armed(&many[i]));
	rmqi_mem_fail_after(0, 0);
	for (int i = 0; i < MANY; i++)
		rmqi_timer_deinit(&many[i]);
	rmqi_timers_deinit(&ts);
}

START_TEST(timers__start_needs_no_memory)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(0);

	start_without_memory(rmqi_clock_real());
	start_without_memory(c);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(timers__failed_init_leaves_a_harmless_timer)
{
	struct rmqi_timer t;

	rmqi_timers_init(&ts, rmqi_clock_real(), NULL);
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_timer_init(&t, &ts, ring), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	rmqi_timer_deinit(&t);
	rmqi_timers_deinit(&ts);
}
END_TEST

START_TEST(timers__of_a_virtual_clock_share_one_order)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(0);
	struct rmqi_timers other;
	struct bell *a, *b;

	rmqi_timers_init(&ts, c, &ts);
	rmqi_timers_init(&other, c, &other);
	a = bell_new(&ts, 'a');
	b = bell_new(&other, 'b');
	rmqi_timer_start(&b->timer, 700);
	rmqi_timer_start(&a->timer, 700);
	ck_assert_int_eq(rmqi_timers_next(&ts), 700);

	ck_assert(!rmqi_clock_fire_next(c, 699));
	ck_assert(rmqi_clock_fire_next(c, 700));
	expect_trace("b");
	ck_assert_int_eq(rmqi_clock_us(c), 700);
	ck_assert(rmqi_clock_fire_next(c, RMQI_FOREVER));
	expect_trace("a");
	ck_assert(!rmqi_clock_fire_next(c, RMQI_FOREVER));

	bell_free(a);
	bell_free(b);
	rmqi_timers_deinit(&other);
	rmqi_timers_deinit(&ts);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(timers__armed_for_the_past_fire_without_moving_time_back)
{
	struct rmqi_clock *c = rmqi_clock_virtual_new(0);
	struct bell *a;

	rmqi_timers_init(&ts, c, &ts);
	a = bell_new(&ts, 'a');
	rmqi_clock_set_us(c, 1000);
	rmqi_timer_start(&a->timer, 10);
	ck_assert(rmqi_clock_fire_next(c, 1000));
	expect_trace("a");
	ck_assert_int_eq(rmqi_clock_us(c), 1000);
	bell_free(a);
	rmqi_timers_deinit(&ts);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(clock__new_is_null_when_memory_is_out)
{
	rmqi_mem_fail_after(1, 0);
	ck_assert_ptr_null(rmqi_clock_virtual_new(0));
	rmqi_mem_fail_after(0, 0);
	rmqi_clock_free(NULL);
}
END_TEST

/* --- A fast clock --------------------------------------------------------------------------------- */

#define HOUR_US (INT64_C(3600) * 1000 * 1000)

struct fast {
	struct rmqi_timer timer;
	struct rmqi_clock *clock;
	int64_t fired_us; /* what the clock showed; 0: not yet */
};

static void note_fast(struct rmqi_timer *t)
{
	struct fast *f = RMQI_CONTAINER(t, struct fast, timer);

	f->fired_us = rmqi_clock_us(f->clock);
}

START_TEST(fast__is_the_real_one_without_a_scale)
{
	struct rmqi_clock *c = rmqi_clock_fast_new(), *real = rmqi_clock_real();
	int64_t before = rmqi_clock_us(real), now = rmqi_clock_us(c);

	ck_assert_int_ge(now, before);
	ck_assert_int_le(now, rmqi_clock_us(real));
	ck_assert(!rmqi_clock_is_virtual(c));
	ck_assert(!rmqi_clock_is_apart(c));
	ck_assert_int_eq(rmqi_clock_scale(c), 1);
	rmqi_clock_free(c);
}
END_TEST

/* As often as it is looked at, and however late: it stands at what is due until that has fired. */
START_TEST(fast__waits_for_what_is_due)
{
	struct fast f[2] = {0};
	struct rmqi_timers own;
	int64_t begin;

	f[0].clock = f[1].clock = rmqi_clock_fast_new();
	rmqi_timers_init(&own, f[0].clock, NULL);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(rmqi_timer_init(&f[i].timer, &own, note_fast), RMQ_OK);
	rmqi_timers_set_scale(&own, 100000);
	ck_assert_int_eq(rmqi_clock_scale(f[0].clock), 100000);
	begin = rmqi_clock_us(f[0].clock);
	rmqi_timer_start(&f[0].timer, begin + HOUR_US);
	rmqi_timer_start(&f[1].timer, begin + 2 * HOUR_US);
	ck_assert_int_le(rmqi_timers_next_real(&own), rmqi_clock_us(rmqi_clock_real()) + HOUR_US / 100);
	while (rmqi_clock_us(f[0].clock) < begin + HOUR_US)
		;
	while (rmqi_clock_us(rmqi_clock_real()) < rmqi_timers_next_real(&own) + 1000)
		ck_assert_int_eq(rmqi_clock_us(f[0].clock), begin + HOUR_US);
	ck_assert_uint_eq(rmqi_timers_run(&own, rmqi_clock_us(f[0].clock)), 1);
	ck_assert_int_eq(f[0].fired_us, begin + HOUR_US);
	while (f[1].fired_us == 0)
		rmqi_timers_run(&own, rmqi_clock_us(f[0].clock));
	ck_assert_int_eq(f[1].fired_us, begin + 2 * HOUR_US);
	for (int i = 0; i < 2; i++)
		rmqi_timer_deinit(&f[i].timer);
	rmqi_timers_deinit(&own);
	rmqi_clock_free(f[0].clock);
}
END_TEST

START_TEST(fast__changes_its_scale_where_it_is)
{
	struct rmqi_clock *c = rmqi_clock_fast_new();
	struct rmqi_timers own;
	int64_t begin_ms = rmqi_clock_wall_ms(c), wall_ms, us;

	rmqi_timers_init(&own, c, NULL);
	rmqi_timers_set_scale(&own, 100000);
	while (rmqi_clock_wall_ms(c) < begin_ms + HOUR_US / 1000)
		;
	us = rmqi_clock_us(c);
	wall_ms = rmqi_clock_wall_ms(c);
	rmqi_timers_set_scale(&own, 1);
	ck_assert(rmqi_clock_is_apart(c));
	ck_assert_int_ge(rmqi_clock_us(c), us);
	ck_assert_int_ge(rmqi_clock_wall_ms(c), wall_ms);
	/* What is armed for before now is due at once, and takes nothing back. */
	ck_assert_int_eq(rmqi_timers_next_real(&own), RMQI_FOREVER);
	rmqi_timers_deinit(&own);
	rmqi_clock_free(c);
}
END_TEST

START_TEST(fast__does_not_go_back_for_the_past)
{
	struct fast f = {.clock = rmqi_clock_fast_new()};
	struct rmqi_timers own;
	int64_t now;

	rmqi_timers_init(&own, f.clock, NULL);
	ck_assert_int_eq(rmqi_timer_init(&f.timer, &own, note_fast), RMQ_OK);
	rmqi_timers_set_scale(&own, 1000);
	now = rmqi_clock_us(f.clock);
	rmqi_timer_start(&f.timer, now - HOUR_US);
	ck_assert_uint_eq(rmqi_timers_run(&own, rmqi_clock_us(f.clock)), 1);
	ck_assert_int_ge(f.fired_us, now);
	rmqi_timer_deinit(&f.timer);
	rmqi_timers_deinit(&own);
	rmqi_clock_free(f.clock);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		clock__real_ticks_do_not_go_back,
		clock__virtual_moves_only_when_moved,
		clock__wall_steps_without_the_ticks,
		clock__of_a_machine_that_slept_has_two_ticks,
		clock__deadline_that_overflows_never_comes,
		clock__time_left_is_rounded_up,
		clock__new_is_null_when_memory_is_out,
		timers__fire_by_deadline_then_order_of_arming,
		timers__rearming_moves_to_the_new_deadline,
		timers__forever_stops,
		timers__start_ms_counts_from_now,
		timers__one_that_rearms_for_now_fires_once_a_round,
		timers__one_that_rearms_for_the_past_does_not_hide_the_others,
		timers__one_may_stop_another_of_the_same_round,
		timers__one_may_free_itself_and_others,
		timers__current_is_restored,
		timers__zeroed_timer_is_harmless,
		timers__start_needs_no_memory,
		timers__failed_init_leaves_a_harmless_timer,
		timers__of_a_virtual_clock_share_one_order,
		timers__armed_for_the_past_fire_without_moving_time_back,
		fast__is_the_real_one_without_a_scale,
		fast__waits_for_what_is_due,
		fast__changes_its_scale_where_it_is,
		fast__does_not_go_back_for_the_past,
	};

	return run_suite("clock", tests, RMQI_COUNT(tests));
}
