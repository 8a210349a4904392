/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite.h - the frame of every test program of this folder.
 *
 * The names in a table are those of START_TEST. TAP carries the failures, so
 * main() returns what run_suite() returns: always 0.
 */
#ifndef TESTS_BASE_SUITE_H
#define TESTS_BASE_SUITE_H

#include <check.h>
#include <stddef.h>

static inline int run_suite(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *all = tcase_create(name);
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(all, 30);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	srunner_free(runner);
	return 0;
}

#endif
