/* SPDX-License-Identifier: Apache-2.0 */
/* NULL at the functions that show what groups have at a mock cluster (t_arguments.c). */
#include <rocketmq/mock_group.h>

#include "tests/api/arguments.h"

START_TEST(null__mock_groups)
{
	rmq_mock_cluster *c = api_cluster(NULL);
	rmq_mock_groups *groups = NULL;
	rmq_mock_locks *locks = NULL;
	rmq_mock_transactions *transactions = NULL;
	rmq_mock_pops *pops = NULL;

	INVALID_TOLD(rmq_mock_cluster_groups(NULL, &groups, &d));
	INVALID_TOLD(rmq_mock_cluster_groups(c, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_locks(NULL, &locks, &d));
	INVALID_TOLD(rmq_mock_cluster_locks(c, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_transactions(NULL, &transactions, &d));
	INVALID_TOLD(rmq_mock_cluster_transactions(c, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_pops(NULL, &pops, &d));
	INVALID_TOLD(rmq_mock_cluster_pops(c, NULL, &d));
	ck_assert_ptr_null(groups);
	ck_assert_ptr_null(locks);
	ck_assert_ptr_null(transactions);
	ck_assert_ptr_null(pops);
	ck_assert_uint_eq(rmq_mock_groups_count(NULL), 0);
	ck_assert_uint_eq(rmq_mock_locks_count(NULL), 0);
	ck_assert_uint_eq(rmq_mock_transactions_count(NULL), 0);
	ck_assert_uint_eq(rmq_mock_pops_count(NULL), 0);
	ck_assert_ptr_null(rmq_mock_groups_at(NULL, 0));
	ck_assert_ptr_null(rmq_mock_locks_at(NULL, 0));
	ck_assert_ptr_null(rmq_mock_transactions_at(NULL, 0));
	ck_assert_ptr_null(rmq_mock_pops_at(NULL, 0));
	rmq_mock_groups_free(NULL);
	rmq_mock_locks_free(NULL);
	rmq_mock_transactions_free(NULL);
	rmq_mock_pops_free(NULL);
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {null__mock_groups};

	return run_suite("arguments_group", tests, sizeof(tests) / sizeof(tests[0]));
}
