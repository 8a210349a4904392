/* SPDX-License-Identifier: Apache-2.0 */
/* t_mock_api.c - <rocketmq/mock.h>, over TCP and under virtual time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

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
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "T", 3), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, BROKER, "T", 0), 0);

	ck_assert_int_eq(rmq_mock_broker_stop(c, BROKER), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_stop(c, BROKER), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, BROKER), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, BROKER, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_create_topic(c, "U", 3), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, BROKER), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_start(c, BROKER), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 1), RMQ_ERR_NOT_FOUND);
	ck_assert_str_eq(rmq_mock_cluster_namesrv(c), namesrv);
	ck_assert_str_eq(rmq_mock_cluster_broker_address(c, BROKER), broker);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1000), RMQ_ERR_STATE);
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

static int past_ten(void *arg)
{
	return now_of(arg) >= MB_START_MS + 10000;
}

static int never(void *arg)
{
	(void)arg;
	return 0;
}

START_TEST(mock__virtual_time_moves_when_told)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c = NULL;

	rmq_mock_options_init(&o);
	o.virtual_time = 1;
	ck_assert_int_eq(rmq_mock_cluster_new(&o, &c, NULL), RMQ_OK);
	ck_assert_ptr_nonnull(rmq_mock_cluster_environment(c));
	ck_assert_int_eq(now_of(c), MB_START_MS);

	ck_assert_int_eq(rmq_mock_cluster_advance(c, 5000), RMQ_OK);
	ck_assert_int_eq(now_of(c), MB_START_MS + 5000);
	ck_assert_int_eq(rmq_mock_cluster_run_until(c, past_ten, c, 60000), 1);
	ck_assert_int_ge(now_of(c), MB_START_MS + 10000);
	ck_assert_int_le(now_of(c), MB_START_MS + 20000);
	ck_assert_int_eq(rmq_mock_cluster_run_until(c, never, c, 3600 * 1000), 0);

	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(mock__explains_bad_options)
{
	struct rmq_mock_options o;
	rmq_mock_cluster *c = NULL;
	rmq_error_detail *d = NULL;

	rmq_mock_options_init(&o);
	o.brokers = 27;
	ck_assert_int_eq(rmq_mock_cluster_new(&o, &c, &d), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_str_eq(rmq_error_detail_message(d), "brokers is 1 to 26");
	rmq_error_detail_free(d);
	o.brokers = 1;
	o.broker_conf = "maxMessagSize=1";
	ck_assert_int_eq(rmq_mock_cluster_new(&o, &c, &d), RMQ_ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "'maxMessageSize'"));
	rmq_error_detail_free(d);
	o.broker_conf = NULL;
	o.tls_cert_file = o.tls_key_file = "/does/not/exist";
	ck_assert_int_ne(rmq_mock_cluster_new(&o, &c, &d), RMQ_OK);
	rmq_error_detail_free(d);
	ck_assert_ptr_null(c);
	ck_assert_int_eq(rmq_mock_cluster_new(NULL, NULL, NULL), RMQ_ERR_INVALID_ARGUMENT);
	rmq_mock_cluster_free(NULL);
}
END_TEST

START_TEST(mock__same_seed_same_run)
{
	uint64_t counts[2];

	for (int i = 0; i < 2; i++) {
		struct rmq_mock_options o;
		rmq_mock_cluster *c = NULL;

		rmq_mock_options_init(&o);
		o.virtual_time = 1;
		o.brokers = 3;
		o.namesrvs = 2;
		ck_assert_int_eq(rmq_mock_cluster_new(&o, &c, NULL), RMQ_OK);
		ck_assert_int_eq(rmq_mock_cluster_advance(c, 3600 * 1000), RMQ_OK);
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
		mock__same_seed_same_run,
	};

	return rig_main("mock_api", tests, sizeof(tests) / sizeof(tests[0]));
}
