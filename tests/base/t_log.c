/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/log.h"
#include "tests/support/suite.h"

static char line[4096];
static int calls;

static void keep(enum rmq_log_level level, const char *text, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	ck_assert_int_ge(level, RMQ_LOG_ERROR);
	strncpy(line, text, sizeof(line) - 1);
	calls++;
}

static const struct rmqi_log log_info = {keep, &calls, RMQ_LOG_INFO};

START_TEST(log__hands_out_the_formatted_line)
{
	RMQI_LOG(&log_info, RMQ_LOG_WARN, "lost %s after %d ms", "b:10911", 3);
	ck_assert_int_eq(calls, 1);
	ck_assert_str_eq(line, "lost b:10911 after 3 ms");
}
END_TEST

static int evaluated;

static int evaluate(void)
{
	return ++evaluated;
}

START_TEST(log__evaluates_nothing_when_nobody_listens)
{
	const struct rmqi_log silent = {NULL, NULL, RMQ_LOG_DEBUG};

	RMQI_LOG(NULL, RMQ_LOG_ERROR, "%d", evaluate());
	RMQI_LOG(&silent, RMQ_LOG_ERROR, "%d", evaluate());
	RMQI_LOG(&log_info, RMQ_LOG_DEBUG, "%d", evaluate());
	rmqi_log_write(&log_info, RMQ_LOG_DEBUG, "below the level");
	rmqi_log_write(NULL, RMQ_LOG_ERROR, "no log");
	ck_assert_int_eq(evaluated, 0);
	ck_assert_int_eq(calls, 0);
}
END_TEST

START_TEST(log__cuts_a_long_line)
{
	RMQI_LOG(&log_info, RMQ_LOG_INFO, "%3000d", 7);
	ck_assert_uint_eq(strlen(line), 1023);
}
END_TEST

START_TEST(log__does_not_cut_inside_a_character)
{
	RMQI_LOG(&log_info, RMQ_LOG_INFO, "%1021s\xe2\x82\xac tail", "x");
	ck_assert_uint_eq(strlen(line), 1021);
	RMQI_LOG(&log_info, RMQ_LOG_INFO, "%1020s\xe2\x82\xac tail", "x");
	ck_assert_uint_eq(strlen(line), 1023);
	ck_assert_str_eq(line + 1020, "\xe2\x82\xac");
}
END_TEST

START_TEST(log__is_one_line)
{
	RMQI_LOG(&log_info, RMQ_LOG_INFO, "remark: %s", "a\r\nb\n");
	ck_assert_str_eq(line, "remark: a  b ");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		log__hands_out_the_formatted_line,
		log__evaluates_nothing_when_nobody_listens,
		log__cuts_a_long_line,
		log__does_not_cut_inside_a_character,
		log__is_one_line,
	};

	return run_suite("log", tests, RMQI_COUNT(tests));
}
