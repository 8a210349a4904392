/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_direct.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static struct rmqi_direct_result got;

static enum rmq_error decode(const char *text)
{
	rmqi_direct_result_deinit(&got);
	return rmqi_direct_result_decode(text_cursor(text), &got);
}

static void close_all(void)
{
	rmqi_direct_result_deinit(&got);
}

START_TEST(result__is_read)
{
	ck_assert_int_eq(decode("{\"autoCommit\":true,\"consumeResult\":\"CR_LATER\",\"order\":true,"
				"\"remark\":\"why\",\"spentTimeMills\":7}"),
			 RMQ_OK);
	ck_assert_str_eq(got.result, "CR_LATER");
	ck_assert_str_eq(got.remark, "why");
	ck_assert(got.is_orderly);
	ck_assert_int_eq(got.spent_ms, 7);
	ck_assert_int_eq(decode("{\"consumeResult\":\"CR_SUCCESS\"}"), RMQ_OK);
	ck_assert_ptr_null(got.remark);
	ck_assert(!got.is_orderly);
}
END_TEST

START_TEST(result__refuses_what_is_none)
{
	static const char *const bad[] = {"", "{}", "[]", "{\"consumeResult\":[]}",
					  "{\"consumeResult\":\"CR_SUCCESS\",\"spentTimeMills\":{}}"};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(decode(bad[i]), RMQ_ERR_PROTOCOL);
}
END_TEST

static enum rmq_error decode_one(void)
{
	return decode("{\"consumeResult\":\"CR_LATER\",\"remark\":\"why\"}");
}

START_TEST(result__survives_a_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_one), 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		result__is_read,
		result__refuses_what_is_none,
		result__survives_a_lack_of_memory,
	};
	struct suite s;

	suite_open(&s, "body_direct");
	tcase_add_checked_fixture(s.all, NULL, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
