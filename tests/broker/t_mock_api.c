/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock_api.c - <rocketmq/mock.h>, over TCP and under virtual time. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <rocketmq/mock.h>

#include "tests/broker/rig.h"

START_TEST(mock__tcp_cluster_keeps_its_addresses)
{
	rmq_mock_cluster *c = NULL;
	char *namesrv, *broker;

	ck_assert_int_eq(rmq_mock_cluster_new(NULL, &c, NULL), RMQ_OK);
	ck_assert_ptr_null(rmq_mock_cluster_environment(c));
	namesrv = strdup(rmq_mock_cluster_namesrv(c));
	broker = strdup(rmq_mock_cluster_broker_address(c, BROKER));
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "T", 3, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, BROKER, "T", 0), 0);

	ck_assert_int_eq(rmq_mock_broker_stop(c, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_stop(c, BROKER, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, BROKER, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, BROKER, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "U", 3, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 1, NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_str_eq(rmq_mock_cluster_namesrv(c), namesrv);
	ck_assert_str_eq(rmq_mock_cluster_broker_address(c, BROKER), broker);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1000, NULL), RMQ_ERR_STATE);
	ck_assert_uint_gt(rmq_mock_cluster_request_count(c, -1), 2);
	ck_assert_uint_eq(rmq_mock_cluster_unsupported_count(c), 0);

	rmq_mock_cluster_free(c);
	free(namesrv);
	free(broker);
}
END_TEST

static int64_t now_of(rmq_mock_cluster *c)
{
	return rmq_mock_cluster_now_ms(c);
}

/* Options with one pair, or none; free them. */
static rmq_mock_options *options(const char *key, const char *value)
{
	rmq_mock_options *o = rmq_mock_options_new();

	ck_assert_ptr_nonnull(o);
	if (key)
		ck_assert_int_eq(rmq_mock_options_set(o, key, value, NULL), RMQ_OK);
	return o;
}

static bool past_ten(void *arg)
{
	return now_of(arg) >= MB_START_MS + 10000;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(mock__virtual_time_moves_when_told)
{
	rmq_mock_options *o = options("virtualTime", "true");
	rmq_mock_cluster *c = NULL;

	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
	rmq_mock_options_free(o); /* copied */
	ck_assert_ptr_nonnull(rmq_mock_cluster_environment(c));
	ck_assert_int_eq(now_of(c), MB_START_MS);

	ck_assert_int_eq(rmq_mock_cluster_advance(c, 5000, NULL), RMQ_OK);
	ck_assert_int_eq(now_of(c), MB_START_MS + 5000);
	ck_assert(rmq_mock_cluster_run_until(c, past_ten, c, 60000));
	ck_assert_int_ge(now_of(c), MB_START_MS + 10000);
	ck_assert_int_le(now_of(c), MB_START_MS + 20000);
	ck_assert(!rmq_mock_cluster_run_until(c, never, c, 3600 * 1000));

	rmq_mock_cluster_free(c);
}
END_TEST

static void refused(rmq_mock_options *o, enum rmq_error code, const char *cause)
{
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, &d), code);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), cause));
	ck_assert_ptr_null(c);
	rmq_error_detail_free(d);
	rmq_mock_options_free(o);
}

START_TEST(mock__explains_bad_options)
{
	rmq_error_detail *d = NULL;

	refused(options("brokerSettings", "maxMessagSize=1"), RMQ_ERR_CONFIG, "'maxMessageSize'");
	refused(options("tlsCertFile", "/does/not/exist"), RMQ_ERR_CONFIG, "tlsKeyFile");
	refused(options("accessKey", "me"), RMQ_ERR_CONFIG, "accessKey and secretKey go together");
	refused(options("store", "/proc/nowhere"), RMQ_ERR_NOT_FOUND, "/proc/nowhere");
	ck_assert_int_eq(rmq_mock_cluster_new(NULL, NULL, &d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "out is NULL"));
	rmq_error_detail_free(d);
	rmq_mock_cluster_free(NULL);
}
END_TEST

START_TEST(mock__says_what_a_node_is_not)
{
	rmq_mock_options *o = options("virtualTime", "true");
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
	rmq_mock_options_free(o);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-z", &d), RMQ_ERR_NOT_FOUND);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "there is no broker \"broker-z\"; the first of 1 is \"broker-a\"");
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 1, &d), RMQ_ERR_NOT_FOUND);
	ck_assert_str_eq(rmq_error_detail_message(d),
			 "there is no name server 1: there are 1, counted from 0");
	rmq_error_detail_free(d);
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "a b", 1, &d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "broker-a refuses the topic"));
	rmq_error_detail_free(d);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(mock__same_seed_same_run)
{
	uint64_t counts[2];

	for (int i = 0; i < 2; i++) {
		rmq_mock_options *o = options("virtualTime", "true");
		rmq_mock_cluster *c = NULL;

		ck_assert_int_eq(rmq_mock_options_set(o, "brokers", "3", NULL), RMQ_OK);
		ck_assert_int_eq(rmq_mock_options_set(o, "namesrvs", "2", NULL), RMQ_OK);
		ck_assert_int_eq(rmq_mock_cluster_new(o, &c, NULL), RMQ_OK);
		rmq_mock_options_free(o);
		ck_assert_int_eq(rmq_mock_cluster_advance(c, 3600 * 1000, NULL), RMQ_OK);
		counts[i] = rmq_mock_cluster_request_count(c, -1);
		rmq_mock_cluster_free(c);
	}
	ck_assert_uint_eq(counts[0], counts[1]);
	ck_assert_uint_gt(counts[0], 600);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		mock__tcp_cluster_keeps_its_addresses,
		mock__virtual_time_moves_when_told,
		mock__explains_bad_options,
		mock__says_what_a_node_is_not,
		mock__same_seed_same_run,
	};

	return run_suite("mock_api", tests, sizeof(tests) / sizeof(tests[0]));
}
