/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock_missing.c - the key mockBrokers, in a program without the mock library. */
#include <string.h>

#include <rocketmq/rocketmq.h>

#include "tests/support/suite.h"

START_TEST(mock_brokers__without_the_library_is_refused)
{
	rmq_config *config = rmq_config_new();
	rmq_producer *p = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_config_set(config, "mockBrokers", "2", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_new(config, "P", &p, &d), RMQ_ERR_CONFIG);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d),
				     "mockBrokers=2 needs librocketmq-c-mock"));
	rmq_error_detail_free(d);
	/* 0 is as before. */
	ck_assert_int_eq(rmq_config_set(config, "mockBrokers", "0", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_config_set(config, "namesrvAddr", "127.0.0.1:1", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_producer_new(config, "P", &p, &d), RMQ_OK);
	rmq_producer_free(p);
	rmq_config_free(config);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {mock_brokers__without_the_library_is_refused};

	return run_suite("mock_missing", tests, sizeof(tests) / sizeof(tests[0]));
}
