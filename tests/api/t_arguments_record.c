/* SPDX-License-Identifier: Apache-2.0 */
/* NULL and wrong values at the functions of the record of a mock cluster (t_arguments.c). */
#include <rocketmq/mock_record.h>

#include "tests/api/arguments.h"

static void no_line(const char *line, size_t len, void *arg)
{
	(void)line;
	(void)len;
	(void)arg;
}

static void refuses_null_requests(rmq_mock_cluster *c)
{
	rmq_mock_requests *l = NULL;
	size_t n = 0;

	INVALID_TOLD(rmq_mock_cluster_requests(NULL, NULL, &l, &d));
	INVALID_TOLD(rmq_mock_cluster_requests(c, NULL, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_count_requests(NULL, NULL, &n, &d));
	INVALID_TOLD(rmq_mock_cluster_count_requests(c, NULL, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_clear_requests(NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_verify(NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_requests(NULL, NULL, 1, 1, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_requests(c, NULL, 1, -2, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_quiet(NULL, NULL, 1, 1, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_quiet(c, NULL, -1, 1, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_quiet(c, NULL, INT64_MAX, 1, &d));
	INVALID_TOLD(rmq_mock_cluster_wait_quiet(c, NULL, 1, -2, &d));
	INVALID_TOLD(rmq_mock_cluster_expect_sequence(NULL, NULL, "34", &d));
	INVALID_TOLD(rmq_mock_cluster_expect_sequence(c, NULL, NULL, &d));
	INVALID_TOLD(
		rmq_mock_cluster_dump_requests(NULL, NULL, RMQ_MOCK_TEXT, no_line, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_dump_requests(c, NULL, RMQ_MOCK_TEXT, NULL, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_dump_requests(c, NULL, (enum rmq_mock_format)7, no_line,
						    NULL, &d));
	ck_assert_ptr_null(l);
}

START_TEST(null__mock_requests)
{
	rmq_mock_cluster *c = api_cluster(NULL);
	size_t len = 7;

	refuses_null_requests(c);
	rmq_mock_line_to_file(NULL, 0, NULL);
	ck_assert_uint_eq(rmq_mock_requests_count(NULL), 0);
	ck_assert_uint_eq(rmq_mock_requests_left(NULL), 0);
	ck_assert_ptr_null(rmq_mock_requests_at(NULL, 0));
	rmq_mock_requests_free(NULL);
	ck_assert_uint_eq(rmq_mock_request_number(NULL), 0);
	ck_assert_str_eq(rmq_mock_request_node(NULL), "");
	ck_assert_uint_eq(rmq_mock_request_connection(NULL), 0);
	ck_assert_str_eq(rmq_mock_request_peer(NULL), "");
	ck_assert_str_eq(rmq_mock_request_client_id(NULL), "");
	ck_assert_str_eq(rmq_mock_request_kind(NULL), "");
	ck_assert_str_eq(rmq_mock_request_problem(NULL), "");
	ck_assert_int_eq(rmq_mock_request_code(NULL), -1);
	ck_assert_str_eq(rmq_mock_request_name(NULL), "");
	ck_assert_int_eq(rmq_mock_request_opaque(NULL), 0);
	ck_assert(!rmq_mock_request_is_oneway(NULL));
	ck_assert_str_eq(rmq_mock_request_language(NULL), "");
	ck_assert_int_eq(rmq_mock_request_version(NULL), 0);
	ck_assert_uint_eq(rmq_mock_request_field_count(NULL), 0);
	ck_assert_str_eq(rmq_mock_request_field_name_at(NULL, 0), "");
	ck_assert_str_eq(rmq_mock_request_field_at(NULL, 0), "");
	ck_assert_ptr_null(rmq_mock_request_field(NULL, "topic"));
	ck_assert_ptr_nonnull(rmq_mock_request_body(NULL, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_uint_eq(rmq_mock_request_body_length(NULL), 0);
	ck_assert_int_eq(rmq_mock_request_received_ms(NULL), -1);
	ck_assert_int_eq(rmq_mock_request_received_us(NULL), -1);
	ck_assert_str_eq(rmq_mock_request_end(NULL), "");
	ck_assert_str_eq(rmq_mock_request_stage(NULL), "");
	ck_assert_uint_eq(rmq_mock_request_fault(NULL), 0);
	ck_assert_int_eq(rmq_mock_request_answered_ms(NULL), -1);
	ck_assert_int_eq(rmq_mock_request_answered_us(NULL), -1);
	ck_assert_int_eq(rmq_mock_request_response_code(NULL), -1);
	ck_assert_str_eq(rmq_mock_request_response_name(NULL), "");
	ck_assert_str_eq(rmq_mock_request_remark(NULL), "");
	ck_assert_uint_eq(rmq_mock_request_response_field_count(NULL), 0);
	ck_assert_str_eq(rmq_mock_request_response_field_name_at(NULL, 0), "");
	ck_assert_str_eq(rmq_mock_request_response_field_at(NULL, 0), "");
	ck_assert_ptr_null(rmq_mock_request_response_field(NULL, "msgId"));
	ck_assert_uint_eq(rmq_mock_request_response_body_length(NULL), 0);
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {null__mock_requests};

	return run_suite("arguments_record", tests, sizeof(tests) / sizeof(tests[0]));
}
