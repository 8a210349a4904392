/* SPDX-License-Identifier: Apache-2.0 */
/* t_disk.c - brokers whose disk is full, slow, broken, or has lost its power. */
#include <errno.h>

#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum { LONG_MS = 30 * 1000, HOUR_MS = 3600 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_producer *producer;
static rmq_error_detail *detail;

static void open_brokers(int is_virtual, const char *brokers, const char *settings)
{
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", "brokers",
					  brokers, "brokerSettings", settings, NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	api_set(config, "retryTimesWhenSendFailed", "0");
	api_ok(rmq_producer_new(config, "P", &producer, &detail), &detail);
	api_ok(rmq_producer_start(producer, &detail), &detail);
}

static void open_cluster(int is_virtual, const char *settings)
{
	open_brokers(is_virtual, "1", settings);
}

static void close_cluster(void)
{
	rmq_producer_free(producer);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void advance(int64_t ms)
{
	api_ok(rmq_mock_cluster_advance(cluster, ms, &detail), &detail);
}

static int64_t stored(void)
{
	return rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 0) +
	       rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 1);
}

static void lose_power(void)
{
	api_ok(rmq_mock_broker_crash_power(cluster, "broker-a", &detail), &detail);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "stopped");
	api_ok(rmq_mock_node_start(cluster, "broker-a", &detail), &detail);
}

/* What ASYNC_FLUSH has not written yet is gone; what it has is there. */
START_TEST(power__that_is_lost_takes_what_was_not_flushed)
{
	open_cluster(1, "");
	api_send_ok(producer, "Topic");
	lose_power();
	ck_assert_int_eq(stored(), 0);
	api_send_ok(producer, "Topic");
	advance(1000);
	api_send_ok(producer, "Topic");
	lose_power();
	ck_assert_int_eq(stored(), 1);
	api_send_ok(producer, "Topic");
	ck_assert_int_eq(stored(), 2);
	close_cluster();
}
END_TEST

/* A crash of the process takes nothing that was written to the page cache. */
START_TEST(process__that_crashes_takes_nothing)
{
	open_cluster(_i, "");
	api_send_ok(producer, "Topic");
	api_ok(rmq_mock_broker_crash(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_node_start(cluster, "broker-a", &detail), &detail);
	ck_assert_int_eq(stored(), 1);
	close_cluster();
}
END_TEST

START_TEST(power__that_is_lost_leaves_what_sync_flush_acknowledged)
{
	open_cluster(_i, "flushDiskType=SYNC_FLUSH");
	for (int i = 0; i < 20; i++)
		api_send_ok(producer, "Topic");
	lose_power();
	ck_assert_int_eq(stored(), 20);
	close_cluster();
}
END_TEST

START_TEST(slow_disk__is_waited_for)
{
	int64_t start_ms, took_ms;
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	open_cluster(1, "flushDiskType=SYNC_FLUSH");
	api_ok(rmq_mock_disk_set_slow(cluster, "broker-a", 500, &detail), &detail);
	start_ms = rmq_mock_cluster_now_ms(cluster);
	api_ok(api_send_within(producer, m, LONG_MS, &detail), &detail);
	took_ms = rmq_mock_cluster_now_ms(cluster) - start_ms;
	/* Log and queue are synced one after the other. */
	ck_assert_int_ge(took_ms, 500);
	ck_assert_int_lt(took_ms, 5000);
	api_ok(rmq_mock_disk_set_slow(cluster, "broker-a", 0, &detail), &detail);
	advance(LONG_MS);
	start_ms = rmq_mock_cluster_now_ms(cluster);
	api_send_ok(producer, "Topic");
	ck_assert_int_eq(rmq_mock_cluster_now_ms(cluster), start_ms);
	rmq_message_free(m);
	close_cluster();
}
END_TEST

/* To the first queue of the broker. */
static enum rmq_error send_to(const char *broker, int64_t timeout_ms)
{
	const struct rmq_queue queue = {.topic = "Topic", .broker_name = broker, .queue_id = 0};
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_send_options *options = rmq_send_options_new();
	rmq_error_detail *told = NULL;
	enum rmq_error error;

	api_ok(rmq_send_options_set_timeout(options, timeout_ms, &detail), &detail);
	api_ok(rmq_send_options_set_queue(options, &queue, &detail), &detail);
	error = rmq_producer_send(producer, m, options, NULL, &told);
	rmq_error_detail_free(told);
	rmq_send_options_free(options);
	rmq_message_free(m);
	return error;
}

/* Its flush is then under way, for an hour and more. */
static void send_into_slow_disk(void)
{
	api_ok(rmq_mock_disk_set_slow(cluster, "broker-a", HOUR_MS, &detail), &detail);
	ck_assert_int_eq(send_to("broker-a", CALL_MS), RMQ_ERR_TIMEOUT);
}

START_TEST(slow_disk__is_one_brokers_own)
{
	open_brokers(_i, "2", "flushDiskType=SYNC_FLUSH");
	send_into_slow_disk();
	ck_assert_int_eq(send_to("broker-b", SOON_MS), RMQ_OK);
	close_cluster();
}
END_TEST

START_TEST(slow_disk__is_not_waited_for_by_a_stop)
{
	int64_t start_ms;

	open_cluster(1, "flushDiskType=SYNC_FLUSH");
	send_into_slow_disk();
	start_ms = rmq_mock_cluster_now_ms(cluster);
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_node_start(cluster, "broker-a", &detail), &detail);
	ck_assert_int_lt(rmq_mock_cluster_now_ms(cluster), start_ms + HOUR_MS);
	ck_assert_int_eq(stored(), 1);
	close_cluster();
}
END_TEST

START_TEST(slow_disk__that_recovers_ends_the_wait)
{
	open_brokers(_i, "1", "flushDiskType=SYNC_FLUSH");
	send_into_slow_disk();
	api_ok(rmq_mock_disk_set_slow(cluster, "broker-a", 0, &detail), &detail);
	ck_assert_int_eq(send_to("broker-a", SOON_MS), RMQ_OK);
	close_cluster();
}
END_TEST

static void then_nothing(enum rmq_error error, const rmq_send_result *result,
			 const rmq_error_detail *why, void *arg)
{
	(void)error;
	(void)result;
	(void)why;
	(void)arg;
}

static void then_stop(enum rmq_error error, const rmq_send_result *result,
		      const rmq_error_detail *why, void *arg)
{
	(void)result;
	(void)why;
	*(enum rmq_error *)arg =
		error == RMQ_OK ? rmq_mock_node_stop(cluster, "broker-a", NULL) : error;
}

/* Goes on its way; nothing runs yet. */
static void begin_to(const char *broker, rmq_send_fn fn, void *arg)
{
	const struct rmq_queue queue = {.topic = "Topic", .broker_name = broker, .queue_id = 0};
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_send_options *options = rmq_send_options_new();

	api_ok(rmq_send_options_set_queue(options, &queue, &detail), &detail);
	api_ok(rmq_producer_send_async(producer, m, options, fn, arg, &detail), &detail);
	rmq_send_options_free(options);
	rmq_message_free(m);
}

/* Under virtual time a callback runs within whatever waits: the stop must not wait for that. */
START_TEST(slow_disk__is_stopped_by_a_callback)
{
	enum rmq_error stopped = RMQ_ERR_STATE;

	open_brokers(1, "2", "flushDiskType=SYNC_FLUSH");
	ck_assert_int_eq(send_to("broker-a", CALL_MS), RMQ_OK);
	ck_assert_int_eq(send_to("broker-b", CALL_MS), RMQ_OK);
	api_ok(rmq_mock_disk_set_slow(cluster, "broker-a", HOUR_MS, &detail), &detail);
	begin_to("broker-a", then_nothing, NULL);
	begin_to("broker-b", then_stop, &stopped);
	advance(LONG_MS);
	ck_assert_int_eq(stopped, RMQ_OK);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "stopped");
	close_cluster();
}
END_TEST

START_TEST(full_disk__takes_no_message_until_there_is_room)
{
	enum rmq_error error;

	open_cluster(1, "");
	api_ok(rmq_mock_disk_set_used(cluster, "broker-a", 99, &detail), &detail);
	advance(3 * LONG_MS); /* it looks first after a minute */
	detail = api_send(producer, "Topic", CALL_MS, &error);
	fails(error, RMQ_ERR_BROKER, "service not available now");
	api_ok(rmq_mock_disk_set_used(cluster, "broker-a", -1, &detail), &detail);
	advance(LONG_MS);
	api_send_ok(producer, "Topic");
	close_cluster();
}
END_TEST

/* What could not be synced is not known to be there: nothing more is taken (fsyncgate). A start looks again. */
START_TEST(sync__that_fails_ends_the_store_until_a_start)
{
	enum rmq_error error;

	open_cluster(1, "flushDiskType=SYNC_FLUSH");
	api_send_ok(producer, "Topic");
	api_ok(rmq_mock_disk_fail(cluster, "broker-a", RMQ_MOCK_DISK_SYNC, 1, 1, EIO, &detail),
	       &detail);
	rmq_error_detail_free(api_send(producer, "Topic", LONG_MS, &error));
	detail = api_send(producer, "Topic", LONG_MS, &error);
	fails(error, RMQ_ERR_BROKER, "service not available now");
	api_ok(rmq_mock_node_restart(cluster, "broker-a", &detail), &detail);
	api_send_ok(producer, "Topic");
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	open_cluster(1, "");
	fails(rmq_mock_disk_set_used(cluster, "broker-a", 101, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "percent is 101");
	fails(rmq_mock_disk_set_slow(cluster, "broker-a", -1, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "sync_ms is -1");
	fails(rmq_mock_disk_fail(cluster, "broker-a", RMQ_MOCK_DISK_SYNC, 0, 1, EIO, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "nth is 0");
	fails(rmq_mock_disk_fail(cluster, "broker-a", (enum rmq_mock_disk_op)9, 1, 1, EIO, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "op is 9");
	fails(rmq_mock_disk_set_used(cluster, "broker-x", 1, &detail), RMQ_ERR_NOT_FOUND,
	      "broker-x");
	fails(rmq_mock_broker_crash_power(cluster, "broker-x", &detail), RMQ_ERR_NOT_FOUND,
	      "broker-x");
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	fails(rmq_mock_broker_crash_power(cluster, "broker-a", &detail), RMQ_ERR_STATE,
	      "not running");
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		process__that_crashes_takes_nothing,
		power__that_is_lost_leaves_what_sync_flush_acknowledged,
		slow_disk__is_one_brokers_own,
		slow_disk__that_recovers_ends_the_wait,
	};
	const TTest *const tests[] = {
		power__that_is_lost_takes_what_was_not_flushed,
		slow_disk__is_waited_for,
		slow_disk__is_not_waited_for_by_a_stop,
		slow_disk__is_stopped_by_a_callback,
		full_disk__takes_no_message_until_there_is_room,
		sync__that_fails_ends_the_store_until_a_start,
		errors__name_what_is_wrong,
	};
	struct suite s;

	suite_open(&s, "disk");
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		suite_add_loop(&s, both[i], 2);
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
