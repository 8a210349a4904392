/* SPDX-License-Identifier: Apache-2.0 */
#include "base/macros.h"
#include "base/reminder.h"
#include "tests/support/suite.h"

enum { A = 1, SECOND = 1000 * 1000 };

static struct rmqi_reminder r;
static struct rmqi_telling t;
static int64_t now;

static bool note(int64_t cause)
{
	return rmqi_reminder_note(&r, now, cause, &t);
}

/* How often it is told when it shows itself once a second. */
static int told_in(int seconds)
{
	int count = 0;

	for (int i = 0; i < seconds; i++) {
		count += note(A);
		now += SECOND;
	}
	return count;
}

static void begin(void)
{
	r = (struct rmqi_reminder){0};
	t = (struct rmqi_telling){0};
	now = 12345678;
}

START_TEST(reminder__tells_at_once_and_then_with_growing_gaps)
{
	begin();
	ck_assert(note(A));
	ck_assert(t.is_news);
	ck_assert_uint_eq(t.untold, 0);
	now += SECOND;
	ck_assert_int_eq(told_in(9), 0);
	ck_assert(note(A));
	ck_assert(!t.is_news);
	ck_assert_uint_eq(t.untold, 9);
	ck_assert_int_eq(t.span_s, 10);
	now += SECOND;
	ck_assert_int_eq(told_in(19), 0);
	ck_assert(note(A));
	/* 0, 10, 30, 70, 150, 310, 630 and then every 600 s. */
	begin();
	ck_assert_int_eq(told_in(3600), 11);
	ck_assert_uint_eq(r.failures, 3600);
}
END_TEST

START_TEST(reminder__tells_another_cause_at_once_but_not_for_ever)
{
	int told = 0;

	begin();
	ck_assert(note(A));
	ck_assert(note(A + 1));
	ck_assert(t.is_news);
	ck_assert(!note(A));
	ck_assert(!note(A + 1));
	begin();
	for (int i = 0; i < 3600; i++) {
		told += note(i);
		now += SECOND;
	}
	ck_assert_int_eq(told, RMQI_REMINDER_CAUSES - 1 + 11);
}
END_TEST

START_TEST(reminder__tells_the_end_of_what_was_told_only)
{
	begin();
	ck_assert(!rmqi_reminder_end(&r, now));
	ck_assert(note(A));
	ck_assert(rmqi_reminder_end(&r, now));
	ck_assert(!rmqi_reminder_end(&r, now));
	now += SECOND;
	ck_assert(!note(A));
	ck_assert_int_eq(r.state, RMQI_REMINDER_HELD);
	ck_assert(!rmqi_reminder_end(&r, now));
}
END_TEST

/* What comes and goes each second is told no more often than what stays; after a calm minute it is new. */
START_TEST(reminder__has_patience_with_what_comes_and_goes)
{
	int lines = 0;

	begin();
	for (int i = 0; i < 3600; i++) {
		lines += note(A);
		lines += rmqi_reminder_end(&r, now);
		now += SECOND;
	}
	ck_assert_int_le(lines, 22);
	now += (int64_t)RMQI_REMINDER_CALM_S * SECOND;
	ck_assert(rmqi_reminder_is_calm(&r, now));
	ck_assert(note(A));
	ck_assert(t.is_news);
	ck_assert_uint_eq(r.failures, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reminder__tells_at_once_and_then_with_growing_gaps,
		reminder__tells_another_cause_at_once_but_not_for_ever,
		reminder__tells_the_end_of_what_was_told_only,
		reminder__has_patience_with_what_comes_and_goes,
	};

	return run_suite("reminder", tests, RMQI_COUNT(tests));
}
