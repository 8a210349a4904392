/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/conformance/repeats.h"

#include "tests/support/suite.h"

#define A "broker-a"

static struct repeats *r;

static void setup(void)
{
	r = repeats_new();
	ck_assert_ptr_nonnull(r);
}

static enum repeat delivered(int member, int64_t offset)
{
	return repeats_delivered(r, member, A, 0, offset);
}

/* Looks as often as it takes to be believed. */
static void committed(int64_t offset)
{
	for (int i = 0; i < 2; i++)
		repeats_committed(r, repeats_look(r), A, 0, offset);
}

START_TEST(repeats__never_in_one_tenure)
{
	setup();
	repeats_assigned(r, 0, A, 0);
	repeats_assigned(r, 0, "broker-b", 0);
	ck_assert_int_eq(delivered(0, 5), REPEAT_NONE);
	ck_assert_int_eq(delivered(0, 6), REPEAT_NONE);
	ck_assert_int_eq(repeats_delivered(r, 0, "broker-b", 0, 5), REPEAT_NONE);
	ck_assert_int_eq(delivered(0, 5), REPEAT_UNEXPLAINED);
	/* A call that was under way when the queue was given up is of the tenure that ended. */
	repeats_revoked(r, 0, A, 0);
	ck_assert_int_eq(delivered(0, 7), REPEAT_NONE);
	ck_assert_int_eq(delivered(0, 6), REPEAT_UNEXPLAINED);
	repeats_free(r);
}
END_TEST

START_TEST(repeats__while_two_hold_the_queue)
{
	setup();
	repeats_assigned(r, 0, A, 0);
	ck_assert_int_eq(delivered(0, 0), REPEAT_NONE);
	repeats_assigned(r, 1, A, 0);
	ck_assert_uint_eq(repeats_held(r), 2);
	ck_assert_uint_eq(repeats_shared(r), 1);
	ck_assert_int_eq(delivered(1, 0), REPEAT_SHARED);
	ck_assert_int_eq(delivered(1, 1), REPEAT_NONE);
	ck_assert_int_eq(delivered(0, 1), REPEAT_SHARED);
	ck_assert_int_eq(delivered(0, 1), REPEAT_UNEXPLAINED);
	repeats_revoked(r, 0, A, 0);
	ck_assert_uint_eq(repeats_shared(r), 0);
	repeats_free(r);
}
END_TEST

START_TEST(repeats__not_what_was_committed)
{
	setup();
	repeats_assigned(r, 0, A, 0);
	for (int64_t i = 0; i < 10; i++)
		ck_assert_int_eq(delivered(0, i), REPEAT_NONE);
	committed(8);
	repeats_revoked(r, 0, A, 0);
	repeats_assigned(r, 1, A, 0);
	ck_assert_int_eq(delivered(1, 7), REPEAT_UNEXPLAINED);
	ck_assert_int_eq(delivered(1, 8), REPEAT_UNCOMMITTED);
	ck_assert_int_eq(delivered(1, 10), REPEAT_NONE);
	ck_assert_uint_eq(repeats_tenures(r), 2);
	ck_assert_uint_eq(repeats_floored(r), 1);
	repeats_free(r);
}
END_TEST

/* Who takes over from one that still reads begins behind what that one had committed before. */
START_TEST(repeats__not_what_was_committed_before_two_held_it)
{
	setup();
	repeats_assigned(r, 0, A, 0);
	ck_assert_int_eq(delivered(0, 3), REPEAT_NONE);
	ck_assert_int_eq(delivered(0, 4), REPEAT_NONE);
	committed(4);
	repeats_assigned(r, 1, A, 0);
	ck_assert_int_eq(delivered(1, 3), REPEAT_UNEXPLAINED);
	ck_assert_int_eq(delivered(1, 4), REPEAT_SHARED);
	repeats_free(r);
}
END_TEST

/* The last commit of one who lost the queue sets back what the other has committed. */
START_TEST(repeats__after_two_held_it_nothing_is_known)
{
	uint64_t early;

	setup();
	repeats_assigned(r, 0, A, 0);
	repeats_assigned(r, 1, A, 0);
	ck_assert_int_eq(delivered(1, 2), REPEAT_NONE);
	committed(3);
	early = repeats_look(r);
	repeats_revoked(r, 0, A, 0);
	repeats_committed(r, early, A, 0, 3);
	repeats_committed(r, early, A, 0, 3);
	repeats_committed(r, repeats_look(r), A, 0, 3);
	repeats_revoked(r, 1, A, 0);
	repeats_assigned(r, 0, A, 0);
	ck_assert_int_eq(delivered(0, 2), REPEAT_UNCOMMITTED);
	committed(3);
	repeats_revoked(r, 0, A, 0);
	repeats_assigned(r, 1, A, 0);
	ck_assert_int_eq(delivered(1, 2), REPEAT_UNEXPLAINED);
	repeats_free(r);
}
END_TEST

START_TEST(repeats__of_one_who_never_had_the_queue)
{
	setup();
	ck_assert_int_eq(delivered(0, 0), REPEAT_UNEXPLAINED);
	ck_assert_uint_eq(repeats_held(r), 0);
	repeats_revoked(r, 0, A, 0);
	ck_assert_uint_eq(repeats_held(r), 0);
	repeats_free(r);
}
END_TEST

/* More tenures than a message remembers. */
START_TEST(repeats__through_many_hands)
{
	setup();
	for (int i = 0; i < 20; i++) {
		repeats_assigned(r, i % 3, A, 0);
		ck_assert_int_eq(delivered(i % 3, 0), i == 0 ? REPEAT_NONE : REPEAT_UNCOMMITTED);
		ck_assert_int_eq(delivered(i % 3, 0), REPEAT_UNEXPLAINED);
		repeats_revoked(r, i % 3, A, 0);
	}
	repeats_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {repeats__never_in_one_tenure,
				      repeats__while_two_hold_the_queue,
				      repeats__not_what_was_committed,
				      repeats__not_what_was_committed_before_two_held_it,
				      repeats__after_two_held_it_nothing_is_known,
				      repeats__of_one_who_never_had_the_queue,
				      repeats__through_many_hands};

	return run_suite("repeats", tests, sizeof(tests) / sizeof(tests[0]));
}
