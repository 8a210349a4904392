/* SPDX-License-Identifier: Apache-2.0 */
/* t_time.c - the time of a mock cluster: to the next timer, until all is quiet, and wall clocks that are set or wrong. */
#include <rocketmq/mock_node.h>
#include <rocketmq/mock_time.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;
static int64_t taken_ms, born_ms, stored_ms;

static void open_cluster(int is_virtual)
{
	taken_ms = 0;
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static rmq_producer *open_producer(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)n;
	(void)context;
	(void)arg;
	taken_ms = rmq_mock_cluster_now_ms(cluster);
	born_ms = rmq_message_born_ms(messages[0]);
	stored_ms = rmq_message_store_ms(messages[0]);
	return RMQ_CONSUME_SUCCESS;
}

static rmq_push_consumer *open_consumer(void)
{
	rmq_push_consumer *c = NULL;

	api_ok(rmq_push_consumer_new(config, "G", &c, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	api_ok(rmq_push_consumer_wait_ready(c, -1, &detail), &detail);
	return c;
}

static bool has_taken(void *arg)
{
	(void)arg;
	return taken_ms != 0;
}

static void await_taken(int64_t max_ms)
{
	ck_assert(rmq_mock_cluster_run_until(cluster, has_taken, NULL, max_ms));
}

/* Step by step it comes to the same as at once. */
START_TEST(next__is_the_next_timer_of_anybody)
{
	int64_t start_ms, moved_us = 0, sum_us = 0;

	open_cluster(1);
	start_ms = rmq_mock_cluster_now_ms(cluster);
	for (int i = 0; i < 100; i++) {
		api_ok(rmq_mock_cluster_advance_to_next(cluster, &moved_us, &detail), &detail);
		ck_assert_int_ge(moved_us, 0);
		sum_us += moved_us;
	}
	ck_assert_int_gt(sum_us, 0);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(cluster), start_ms + sum_us / 1000);
	close_cluster();
}
END_TEST

START_TEST(settle__names_who_is_still_busy)
{
	enum rmq_error error;
	rmq_producer *p;

	open_cluster(1);
	p = open_producer();
	api_send_ok(p, "Topic");
	api_ok(rmq_mock_cluster_settle(cluster, 0, &detail), &detail);
	api_ok(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_BLACK_HOLE, &detail), &detail);
	rmq_error_detail_free(api_send(p, "Topic", CALL_MS, &error));
	ck_assert_int_eq(error, RMQ_ERR_TIMEOUT);
	fails(rmq_mock_cluster_settle(cluster, 10, &detail), RMQ_ERR_TIMEOUT, "broker-a");
	api_ok(rmq_mock_node_up(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_cluster_settle(cluster, 10, &detail), &detail);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(wall_clock__is_set_and_timers_go_on)
{
	int64_t start_ms;
	rmq_push_consumer *c;
	rmq_producer *p;

	open_cluster(1);
	c = open_consumer();
	p = open_producer();
	start_ms = rmq_mock_cluster_now_ms(cluster);
	api_ok(rmq_mock_cluster_step_wall(cluster, -3600 * 1000, &detail), &detail);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(cluster), start_ms - 3600 * 1000);
	api_send_ok(p, "Topic");
	await_taken(SOON_MS);
	ck_assert_int_eq(born_ms, start_ms - 3600 * 1000);
	api_ok(rmq_mock_cluster_advance(cluster, 1000, &detail), &detail);
	ck_assert_int_eq(rmq_mock_cluster_now_ms(cluster), start_ms - 3599 * 1000);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(broker__whose_clock_is_wrong_stores_with_it)
{
	rmq_push_consumer *c;
	rmq_producer *p;

	open_cluster(1);
	c = open_consumer();
	p = open_producer();
	api_ok(rmq_mock_broker_set_skew(cluster, "broker-a", 5000, &detail), &detail);
	api_ok(rmq_mock_node_restart(cluster, "broker-a", &detail), &detail);
	api_send_ok(p, "Topic");
	await_taken(60 * 1000);
	ck_assert_int_eq(stored_ms, born_ms + 5000);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(time__that_is_real_is_not_moved)
{
	open_cluster(0);
	fails(rmq_mock_cluster_advance_to_next(cluster, NULL, &detail), RMQ_ERR_STATE, "real");
	fails(rmq_mock_cluster_settle(cluster, 0, &detail), RMQ_ERR_STATE, "real");
	fails(rmq_mock_cluster_step_wall(cluster, 1, &detail), RMQ_ERR_STATE, "real");
	api_ok(rmq_mock_broker_set_skew(cluster, "broker-a", 5000, &detail), &detail);
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	open_cluster(1);
	fails(rmq_mock_cluster_settle(cluster, -1, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "max_ms is -1");
	fails(rmq_mock_cluster_step_wall(cluster, INT64_MAX, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "wall clock");
	fails(rmq_mock_cluster_step_wall(cluster, INT64_MIN, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "wall clock");
	fails(rmq_mock_broker_set_skew(cluster, "broker-x", 1, &detail), RMQ_ERR_NOT_FOUND,
	      "broker-x");
	fails(rmq_mock_broker_set_skew(cluster, "broker-a", INT64_MAX, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "wrong by");
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		next__is_the_next_timer_of_anybody,
		settle__names_who_is_still_busy,
		wall_clock__is_set_and_timers_go_on,
		broker__whose_clock_is_wrong_stores_with_it,
		time__that_is_real_is_not_moved,
		errors__name_what_is_wrong,
	};

	return run_suite("time", tests, sizeof(tests) / sizeof(tests[0]));
}
