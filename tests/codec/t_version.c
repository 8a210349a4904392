/* SPDX-License-Identifier: Apache-2.0 */
/* t_version.c - what a version of the wire is called. */
#include <stdint.h>

#include "codec/version.h"
#include "tests/support/suite.h"

/* MQVersion.java has a snapshot and a release for each. */
START_TEST(version__has_the_number_of_the_release)
{
	static const struct {
		int32_t version;
		const char *text;
	} known[] = {
		{453, "5.2.0"}, {479, "5.3.3"}, {413, "5.0.0"}, {399, "4.9.3"}, {213, "4.0.0"}};
	char text[RMQI_VERSION_SIZE];

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		ck_assert_str_eq(rmqi_version_text(known[i].version, text), known[i].text);
}
END_TEST

/* A peer may write any number. */
START_TEST(version__that_nobody_has_is_no_release)
{
	static const struct {
		int32_t version;
		const char *text;
	} strange[] = {{INT32_MIN, "unknown"},
		       {-1, "unknown"},
		       {0, "unknown"},
		       {1, "3.x"},
		       {211, "3.x"},
		       {612, "higher than 5.9.9"},
		       {INT32_MAX, "higher than 5.9.9"}};
	char text[RMQI_VERSION_SIZE];

	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		ck_assert_str_eq(rmqi_version_text(strange[i].version, text), strange[i].text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		version__has_the_number_of_the_release,
		version__that_nobody_has_is_no_release,
	};

	return run_suite("version", tests, sizeof(tests) / sizeof(tests[0]));
}
