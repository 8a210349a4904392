/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/suite.h"

enum { HUNG_S = 600 }; /* it hangs; on a busy machine one that does not may need minutes */

void suite_open(struct suite *s, const char *name)
{
	Suite *suite = suite_create(name);

	s->all = tcase_create(name);
	s->runner = srunner_create(suite);
	tcase_set_timeout(s->all, HUNG_S);
	suite_add_tcase(suite, s->all);
}

void suite_add(struct suite *s, const TTest *const *tests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tcase_add_test(s->all, tests[i]);
}

void suite_add_loop(struct suite *s, const TTest *test, size_t times)
{
	tcase_add_loop_test(s->all, test, 0, (int)times);
}

int suite_run(struct suite *s)
{
	srunner_run_all(s->runner, CK_ENV);
	srunner_free(s->runner);
	return 0;
}

int run_suite(const char *name, const TTest *const *tests, size_t count)
{
	struct suite s;

	suite_open(&s, name);
	suite_add(&s, tests, count);
	return suite_run(&s);
}
