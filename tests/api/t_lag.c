/* SPDX-License-Identifier: Apache-2.0 */
/* t_lag.c - a slave that stays behind its master, in virtual time. */
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"
#include "tests/support/last_requests.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void close_cluster(void)
{
	last_requests_of(NULL);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static rmq_producer *open_producer(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

static rmq_producer *producer;

static void open_cluster(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", "slaves", "1", "record",
					  "1000", NULL));
	last_requests_of(cluster);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	producer = open_producer();
}

static void end(void)
{
	rmq_producer_free(producer);
	close_cluster();
}

static int64_t stored(const char *broker)
{
	int64_t n = 0;

	for (int q = 0; q < 2; q++)
		n += rmq_mock_cluster_max_offset(cluster, broker, "Topic", q);
	return n;
}

static void set_lag(int64_t ms, int64_t bytes)
{
	api_ok(rmq_mock_slave_set_lag(cluster, "broker-a/1", ms, bytes, &detail), &detail);
}

static void pass(int64_t ms)
{
	api_ok(rmq_mock_cluster_advance(cluster, ms, &detail), &detail);
}

static void send(int count)
{
	for (int i = 0; i < count; i++)
		api_send_ok(producer, "Topic");
}

START_TEST(slave__has_each_message_so_much_later)
{
	open_cluster();
	send(1);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 1);
	set_lag(60 * 1000, 0);
	send(1);
	pass(30 * 1000);
	send(1);
	pass(29 * 1000);
	ck_assert_int_eq(stored("broker-a"), 3);
	ck_assert_int_eq(stored("broker-a/1"), 1);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 2);
	pass(29 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 2);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 3);
	end();
}
END_TEST

/* However many signs of life the master gives. */
START_TEST(slave__stays_so_many_bytes_behind)
{
	open_cluster();
	set_lag(0, 1);
	send(3);
	pass(10 * 60 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 2);
	send(1);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 3);
	set_lag(0, 1024 * 1024);
	send(5);
	pass(10 * 60 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 3);
	end();
}
END_TEST

START_TEST(slave__catches_up_without_a_lag)
{
	open_cluster();
	set_lag(3600 * 1000, 1024 * 1024);
	send(100);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 0);
	set_lag(0, 0);
	pass(1);
	ck_assert_int_eq(stored("broker-a/1"), 100);
	send(1);
	pass(1000);
	ck_assert_int_eq(stored("broker-a/1"), 101);
	end();
}
END_TEST

/* It holds after a new start, too: what waited comes again, and waits again. */
START_TEST(lag__stays_over_stop_and_start)
{
	open_cluster();
	set_lag(60 * 1000, 0);
	send(1);
	pass(50 * 1000);
	api_ok(rmq_mock_node_restart(cluster, "broker-a/1", &detail), &detail);
	pass(50 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 0);
	pass(30 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 1);
	end();
}
END_TEST

START_TEST(slave__that_is_promoted_lacks_what_it_had_not_taken)
{
	open_cluster();
	send(1);
	pass(1000);
	set_lag(3600 * 1000, 0);
	send(2);
	pass(1000);
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_slave_promote(cluster, "broker-a/1", &detail), &detail);
	ck_assert_int_eq(stored("broker-a/1"), 1);
	end();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	open_cluster();
	fails(rmq_mock_slave_set_lag(cluster, "broker-z/1", 1, 0, &detail), RMQ_ERR_NOT_FOUND,
	      "broker-z/1");
	fails(rmq_mock_slave_set_lag(cluster, "broker-a/1", -1, 0, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "ms is -1");
	fails(rmq_mock_slave_set_lag(cluster, "broker-a/1", 86400001, 0, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "86400000");
	fails(rmq_mock_slave_set_lag(cluster, "broker-a/1", 0, -1, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "bytes -1");
	fails(rmq_mock_slave_set_lag(cluster, NULL, 0, 0, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "NULL");
	end();
}
END_TEST

/* More than a backlog holds (MB_BACKLOG_MAX), 66 MiB. */
static void send_much(void)
{
	enum { SIZE = 3 * 1024 * 1024 };
	char *body = malloc(SIZE);

	ck_assert_ptr_nonnull(body);
	/* Nothing that is compressed. */
	for (uint32_t i = 0, x = 1; i < SIZE; i++) {
		x = x * 1664525u + 1013904223u;
		body[i] = (char)(x >> 24);
	}
	for (int i = 0; i < 22; i++) {
		rmq_message *m = rmq_message_new("Topic", body, SIZE);
		rmq_send_result *r = NULL;

		api_ok(rmq_producer_send(producer, m, NULL, &r, &detail), &detail);
		rmq_send_result_free(r);
		rmq_message_free(m);
	}
	free(body);
}

/* The loop does not turn for ever meanwhile. */
START_TEST(slave__with_a_full_backlog_waits)
{
	open_cluster();
	set_lag(10 * 1000, 0);
	send_much();
	pass(5 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 0);
	pass(30 * 1000);
	ck_assert_int_eq(stored("broker-a/1"), 22);
	end();
}
END_TEST

/* It is no silent master (haHousekeepingInterval) that is not read. */
START_TEST(slave__with_a_full_backlog_keeps_its_connection)
{
	open_cluster();
	set_lag(60 * 1000, 0);
	send_much();
	pass(5 * 60 * 1000);
	ck_assert_int_gt(stored("broker-a/1"), 0);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slave__has_each_message_so_much_later,
		slave__stays_so_many_bytes_behind,
		slave__catches_up_without_a_lag,
		lag__stays_over_stop_and_start,
		slave__that_is_promoted_lacks_what_it_had_not_taken,
		errors__name_what_is_wrong,
		slave__with_a_full_backlog_waits,
		slave__with_a_full_backlog_keeps_its_connection,
	};

	return run_suite("lag", tests, sizeof(tests) / sizeof(tests[0]));
}
