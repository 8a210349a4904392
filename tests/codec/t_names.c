/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/names.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static char buf[1024];

static struct rmqi_str letters(size_t count)
{
	static char text[1024];

	ck_assert_uint_lt(count, sizeof(text));
	memset(text, 'a', count);
	return rmqi_str_n(text, count);
}

START_TEST(names__accepts_legal_topics)
{
	ck_assert_ptr_null(rmqi_topic_problem(RMQI_STR("Aa0_-|%"), buf, sizeof(buf)));
	ck_assert_ptr_null(rmqi_topic_problem(letters(127), buf, sizeof(buf)));
	ck_assert_ptr_null(rmqi_group_problem(letters(120), buf, sizeof(buf)));
}
END_TEST

START_TEST(names__tells_blank_names)
{
	ck_assert_str_eq(rmqi_topic_problem(RMQI_STR(""), buf, sizeof(buf)),
			 "The specified topic is blank.");
	ck_assert_str_eq(rmqi_topic_problem(RMQI_STR(" \t"), buf, sizeof(buf)),
			 "The specified topic is blank.");
	ck_assert_str_eq(rmqi_group_problem(rmqi_str(NULL), buf, sizeof(buf)),
			 "The specified group is blank.");
}
END_TEST

START_TEST(names__tells_illegal_characters)
{
	ck_assert_str_eq(rmqi_topic_problem(RMQI_STR("a b"), buf, sizeof(buf)),
			 "The specified topic: a b, contains illegal characters, "
			 "allowing only ^[%|a-zA-Z0-9_-]+$");
	ck_assert_str_eq(rmqi_group_problem(RMQI_STR("g+t"), buf, sizeof(buf)),
			 "The specified group: g+t, contains illegal characters, "
			 "allowing only ^[%|a-zA-Z0-9_-]+$");
	ck_assert_ptr_nonnull(rmqi_topic_problem(RMQI_STR("\xe4\xb8\xad"), buf, sizeof(buf)));
}
END_TEST

START_TEST(names__tells_long_names)
{
	ck_assert_ptr_nonnull(rmqi_topic_problem(letters(128), buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "a, is longer than topic max length: 127"));
	ck_assert_ptr_nonnull(rmqi_group_problem(letters(121), buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "a, is longer than group max length: 120"));
}
END_TEST

START_TEST(names__allows_retry_topics_255_characters)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	memcpy(text, "%RETRY%", 7);
	ck_assert_ptr_null(rmqi_topic_problem(rmqi_str_n(text, 255), buf, sizeof(buf)));
	ck_assert_ptr_nonnull(rmqi_topic_problem(rmqi_str_n(text, 256), buf, sizeof(buf)));
	ck_assert_ptr_nonnull(strstr(buf, "The specified topic is DLQ or Retry topic: %RETRY%aaa"));
	ck_assert_ptr_nonnull(strstr(buf, "a, and it's longer than topic max length: 255"));
	memcpy(text, "%DLQ%", 5);
	ck_assert_ptr_null(rmqi_topic_problem(rmqi_str_n(text, 255), buf, sizeof(buf)));
}
END_TEST

START_TEST(names__cuts_the_text_to_the_buffer)
{
	char small[10];

	rmqi_topic_problem(RMQI_STR("a b"), small, sizeof(small));

	ck_assert_str_eq(small, "The speci");
}
END_TEST

START_TEST(names__knows_system_topics)
{
	ck_assert(rmqi_topic_is_system(RMQI_STR("TBW102")));
	ck_assert(rmqi_topic_is_system(RMQI_STR("CHECKPOINT_TOPIC")));
	ck_assert(rmqi_topic_is_system(RMQI_STR("rmq_sys_wheel_timer")));
	ck_assert(!rmqi_topic_is_system(RMQI_STR("tbw102")));
	ck_assert(!rmqi_topic_is_system(RMQI_STR("TopicTest")));
	ck_assert(rmqi_topic_is_send_forbidden(RMQI_STR("SELF_TEST_TOPIC")));
	ck_assert(rmqi_topic_is_send_forbidden(RMQI_STR("SCHEDULE_TOPIC_XXXX")));
	ck_assert(!rmqi_topic_is_send_forbidden(RMQI_STR("TBW102")));
	ck_assert(!rmqi_topic_is_send_forbidden(RMQI_STR("rmq_sys_wheel_timer")));
}
END_TEST

/* doc/reference/message.md; the others were computed from String.hashCode's definition. */
START_TEST(names__hash_is_that_of_java)
{
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("")), 0);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("TagA")), 2598919);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("TagB")), 2598920);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("*")), 42);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("\xe4\xb8\xad")), 20013);
	/* Negative by overflow: "polygenelubricants" is the well-known one. */
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("polygenelubricants")), INT32_MIN);
}
END_TEST

START_TEST(names__hash_uses_utf16_units)
{
	/* U+1F600 is D83D DE00 */
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("\xf0\x9f\x98\x80")), 31 * 0xD83D + 0xDE00);
	/* U+00E9, U+FFFF */
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("\xc3\xa9\xef\xbf\xbf")), 31 * 0xE9 + 0xFFFF);
}
END_TEST

START_TEST(names__hash_takes_bytes_that_are_no_utf8)
{
	static const char cut[] = "\xe4\xb8";

	ck_assert_int_eq(rmqi_java_hash(rmqi_str_n(cut, 1)), 0xFFFD);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("\xff")), 0xFFFD);
	ck_assert_int_eq(rmqi_java_hash(RMQI_STR("\xc0\x80")), 31 * 0xFFFD + 0xFFFD);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names__accepts_legal_topics,
		names__tells_blank_names,
		names__tells_illegal_characters,
		names__tells_long_names,
		names__allows_retry_topics_255_characters,
		names__cuts_the_text_to_the_buffer,
		names__knows_system_topics,
		names__hash_is_that_of_java,
		names__hash_uses_utf16_units,
		names__hash_takes_bytes_that_are_no_utf8,
	};

	return run_suite("names", tests, RMQI_COUNT(tests));
}
