/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite.h - runs the tests of a program.
 *
 *     int main(void)
 *     {
 *             const TTest *const tests[] = {thing__does_this, thing__refuses_that};
 *
 *             return run_suite("thing", tests, RMQI_COUNT(tests));
 *     }
 *
 * The names in a table are those of START_TEST. TAP carries the failures, so what main() returns
 * is always 0. A test has ten minutes before it counts as hung.
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <stddef.h>

#include <check.h>

/* The thread sanitizer ends a child of a process with threads that makes one: such tests are left out. */
#ifdef __SANITIZE_THREAD__
enum { SUITE_HAS_THREADS_AFTER_FORK = 0 };
#else
enum { SUITE_HAS_THREADS_AFTER_FORK = 1 };
#endif

int run_suite(const char *name, const TTest *const *tests, size_t count);

/* For tests that run more than once: open, add, run. */
struct suite {
	SRunner *runner;
	TCase *all;
};

void suite_open(struct suite *s, const char *name);
void suite_add(struct suite *s, const TTest *const *tests, size_t count);
/* Runs `times` times, with _i = 0, 1, ... */
void suite_add_loop(struct suite *s, const TTest *test, size_t times);
int suite_run(struct suite *s);

#endif
