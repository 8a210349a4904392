/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_scale.c - a cluster over TCP whose clock runs faster than that of its clients.
 *
 * Hours are waited for in the time of the cluster: nobody would wait so long for the test.
 */
#include <rocketmq/mock_node.h>
#include <rocketmq/mock_time.h>

#include "tests/api/api.h"
#include "tests/support/last_requests.h"

enum { HOUR_MS = 3600 * 1000, PATIENCE_MS = 100 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

static void open_cluster(const char *scale)
{
	cluster = api_cluster(api_options("timeScale", scale, "record", "1000", NULL));
	last_requests_of(cluster);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
}

static void close_cluster(void)
{
	last_requests_of(NULL);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void set_scale(int scale)
{
	api_ok(rmq_mock_cluster_set_time_scale(cluster, scale, &detail), &detail);
}

static rmq_producer *open_producer(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

static rmq_simple_consumer *open_consumer(void)
{
	rmq_simple_consumer *c = NULL;

	api_ok(rmq_simple_consumer_new(config, "G", &c, &detail), &detail);
	api_ok(rmq_simple_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_simple_consumer_start(c, &detail), &detail);
	return c;
}

/* The next one, which the caller frees. */
static rmq_messages *receive(rmq_simple_consumer *c, int64_t invisible_ms)
{
	rmq_messages *l = NULL;

	while (rmq_messages_count(l) == 0) {
		rmq_messages_free(l);
		l = NULL;
		api_ok(rmq_simple_consumer_receive(c, 1, invisible_ms, SOON_MS, &l, &detail),
		       &detail);
	}
	return l;
}

static int64_t send_delayed(rmq_producer *p, int level)
{
	rmq_message *m = rmq_message_new("Topic", "late", 4);
	int64_t before_ms = rmq_mock_cluster_now_ms(cluster);

	api_ok(rmq_message_set_delay_level(m, level, &detail), &detail);
	api_ok(rmq_producer_send(p, m, NULL, NULL, &detail), &detail);
	rmq_message_free(m);
	return before_ms;
}

START_TEST(scale__brings_a_delayed_message_hours_earlier)
{
	rmq_simple_consumer *c;
	rmq_producer *p;
	rmq_messages *l;
	int64_t sent_ms;

	open_cluster("10000");
	p = open_producer();
	c = open_consumer();
	sent_ms = send_delayed(p, 18);
	l = receive(c, HOUR_MS);
	ck_assert_int_ge(rmq_mock_cluster_now_ms(cluster), sent_ms + 2 * HOUR_MS);
	ck_assert_int_ge(rmq_message_store_ms(rmq_messages_at(l, 0)), sent_ms + 2 * HOUR_MS);
	rmq_messages_free(l);
	rmq_simple_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* Hours pass only after it was set at run time; the message that nobody acknowledged comes again. */
START_TEST(scale__ends_an_invisible_time)
{
	rmq_simple_consumer *c;
	rmq_producer *p;
	rmq_messages *first, *again;
	int64_t taken_ms;

	open_cluster("1");
	p = open_producer();
	c = open_consumer();
	api_send_ok(p, "Topic");
	taken_ms = rmq_mock_cluster_now_ms(cluster);
	first = receive(c, 10 * HOUR_MS);
	ck_assert_int_eq(rmq_message_reconsume_times(rmq_messages_at(first, 0)), 0);
	set_scale(50000);
	again = receive(c, 10 * HOUR_MS);
	ck_assert_int_ge(rmq_mock_cluster_now_ms(cluster), taken_ms + 10 * HOUR_MS);
	ck_assert_int_eq(rmq_message_reconsume_times(rmq_messages_at(again, 0)), 1);
	ck_assert_str_eq(rmq_message_id(rmq_messages_at(again, 0)),
			 rmq_message_id(rmq_messages_at(first, 0)));
	rmq_messages_free(first);
	rmq_messages_free(again);
	rmq_simple_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

static bool is_later(void *arg)
{
	return rmq_mock_cluster_now_ms(cluster) >= *(int64_t *)arg;
}

/* Brokers tell name servers of themselves by the same clock: days pass, and the route is there. */
START_TEST(scale__keeps_routes_and_clients)
{
	rmq_simple_consumer *c;
	rmq_producer *p;
	rmq_messages *l;
	int64_t until_ms;

	open_cluster("100000");
	p = open_producer();
	c = open_consumer();
	for (int day = 0; day < 3; day++) {
		until_ms = rmq_mock_cluster_now_ms(cluster) + 24 * (int64_t)HOUR_MS;
		ck_assert(rmq_mock_cluster_run_until(cluster, is_later, &until_ms, PATIENCE_MS));
		api_send_ok(p, "Topic");
		l = receive(c, 12 * HOUR_MS);
		ck_assert_int_ge(rmq_message_store_ms(rmq_messages_at(l, 0)), until_ms);
		rmq_messages_free(l);
	}
	rmq_simple_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* A name server forgets a broker that it has not heard of for two minutes. */
START_TEST(scale__makes_name_servers_forget)
{
	rmq_admin *a = NULL;
	rmq_topic_offsets *offsets = NULL;
	enum rmq_error error = RMQ_OK;
	rmq_admin_options *o = rmq_admin_options_new();

	open_cluster("1000");
	api_ok(rmq_admin_options_set_timeout(o, CALL_MS, &detail), &detail);
	api_ok(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	while (error != RMQ_ERR_NO_ROUTE) {
		api_ok(rmq_admin_new(config, &a, &detail), &detail);
		error = rmq_admin_topic_offsets(a, "Topic", NULL, o, &offsets, &detail);
		ck_assert_int_ne(error, RMQ_OK);
		rmq_error_detail_free(detail);
		detail = NULL;
		rmq_admin_free(a);
	}
	rmq_admin_options_free(o);
	close_cluster();
}
END_TEST

START_TEST(scale__never_takes_time_back)
{
	static const int scales[] = {100000, 1, 60, 1};
	int64_t last_ms;

	open_cluster("1");
	last_ms = rmq_mock_cluster_now_ms(cluster);
	for (size_t i = 0; i < sizeof(scales) / sizeof(scales[0]); i++) {
		set_scale(scales[i]);
		for (int k = 0; k < 1000; k++) {
			int64_t now_ms = rmq_mock_cluster_now_ms(cluster);

			ck_assert_int_ge(now_ms, last_ms);
			last_ms = now_ms;
		}
	}
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	rmq_mock_options *o = api_options("timeScale", "2", "virtualTime", "true", NULL);
	rmq_mock_cluster *c = NULL;

	fails(rmq_mock_cluster_new(o, &c, &detail), RMQ_ERR_CONFIG, "timeScale");
	fails(rmq_mock_options_set(o, "timeScale", "0", &detail), RMQ_ERR_CONFIG, "1..100000");
	rmq_mock_options_free(o);
	fails(rmq_mock_cluster_set_time_scale(NULL, 2, &detail), RMQ_ERR_INVALID_ARGUMENT, "c");
	open_cluster("1");
	fails(rmq_mock_cluster_set_time_scale(cluster, 0, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "1..100000");
	fails(rmq_mock_cluster_set_time_scale(cluster, 100001, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "1..100000");
	close_cluster();
	cluster = api_cluster(api_options("virtualTime", "true", NULL));
	fails(rmq_mock_cluster_set_time_scale(cluster, 2, &detail), RMQ_ERR_STATE, "virtual");
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		scale__brings_a_delayed_message_hours_earlier,
		scale__ends_an_invisible_time,
		scale__keeps_routes_and_clients,
		scale__makes_name_servers_forget,
		scale__never_takes_time_back,
		errors__name_what_is_wrong,
	};

	return run_suite("scale", tests, sizeof(tests) / sizeof(tests[0]));
}
