/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_hours.c - what takes minutes, hours and days, in virtual time: exact to the millisecond where RocketMQ is.
 */
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum {
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
	SEEN_MAX = 64,
	REGISTER_BROKER = 103, /* RequestCode.java */
	CHECK_TIMES = 15       /* transactionCheckMax */
};

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

/* What a listener, or a check function, was called for. */
static struct {
	int64_t at_ms[SEEN_MAX];
	int32_t times[SEEN_MAX];
	size_t count;
	enum rmq_consume_status answer;
} seen;

static void open_cluster(void)
{
	memset(&seen, 0, sizeof(seen));
	cluster = api_cluster(api_options("virtualTime", "true", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static void note(const rmq_message *m)
{
	ck_assert_uint_lt(seen.count, SEEN_MAX);
	seen.at_ms[seen.count] = rmq_mock_cluster_now_ms(cluster);
	seen.times[seen.count++] = rmq_message_reconsume_times(m);
}

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)context;
	(void)arg;
	for (size_t i = 0; i < n; i++)
		note(messages[i]);
	return seen.answer;
}

static rmq_push_consumer *open_consumer(const char *instance)
{
	rmq_push_consumer *c = NULL;

	api_set(config, "instanceName", instance);
	api_ok(rmq_push_consumer_new(config, "G", &c, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	api_ok(rmq_push_consumer_wait_ready(c, -1, &detail), &detail);
	return c;
}

static rmq_producer *open_producer(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	return p;
}

static void start(rmq_producer *p)
{
	api_ok(rmq_producer_start(p, &detail), &detail);
}

static bool has_seen(void *arg)
{
	return seen.count >= *(const size_t *)arg;
}

/* Until so many came, but no longer than max_ms. */
static void await_seen(size_t count, int64_t max_ms)
{
	ck_assert(rmq_mock_cluster_run_until(cluster, has_seen, &count, max_ms));
	ck_assert_uint_eq(seen.count, count);
}

static int64_t stored(const char *topic)
{
	return rmq_mock_cluster_max_offset(cluster, "broker-a", topic, 0);
}

static void advance(int64_t ms)
{
	api_ok(rmq_mock_cluster_advance(cluster, ms, &detail), &detail);
}

/* --- Retries --------------------------------------------------------------------------------------- */

/* messageDelayLevel from level 3 on, for the retries 1 to 16; the 17th failure is the last. */
START_TEST(retries__come_after_their_levels_and_end_in_the_dead_letter_queue)
{
	static const int64_t gaps[] = {
		10 * SECOND, 30 * SECOND, 1 * MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE,
		5 * MINUTE,  6 * MINUTE,  7 * MINUTE, 8 * MINUTE, 9 * MINUTE, 10 * MINUTE,
		20 * MINUTE, 30 * MINUTE, 1 * HOUR,   2 * HOUR,
	};
	enum { RETRIES = sizeof(gaps) / sizeof(gaps[0]) };
	rmq_push_consumer *c;
	rmq_producer *p;

	open_cluster();
	seen.answer = RMQ_RECONSUME_LATER;
	c = open_consumer("c");
	p = open_producer();
	start(p);
	api_send_ok(p, "Topic");
	await_seen(RETRIES + 1, 5 * HOUR);
	for (size_t i = 0; i < RETRIES; i++) {
		ck_assert_int_eq(seen.at_ms[i + 1] - seen.at_ms[i], gaps[i]);
		ck_assert_int_eq(seen.times[i], (int)i);
	}
	advance(3 * HOUR);
	ck_assert_uint_eq(seen.count, RETRIES + 1);
	ck_assert_int_eq(stored("%DLQ%G"), 1);
	rmq_producer_free(p);
	rmq_push_consumer_free(c);
	close_cluster();
}
END_TEST

/* --- Delays ---------------------------------------------------------------------------------------- */

static int64_t send_delayed(rmq_producer *p, int level, int64_t delay_ms)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);

	if (level)
		api_ok(rmq_message_set_delay_level(m, level, &detail), &detail);
	else
		api_ok(rmq_message_set_delay_time_ms(m, delay_ms, &detail), &detail);
	api_ok(rmq_producer_send(p, m, NULL, NULL, &detail), &detail);
	rmq_message_free(m);
	return rmq_mock_cluster_now_ms(cluster);
}

START_TEST(delay_level_18__is_two_hours)
{
	rmq_push_consumer *c;
	rmq_producer *p;
	int64_t sent_ms;

	open_cluster();
	c = open_consumer("c");
	p = open_producer();
	start(p);
	sent_ms = send_delayed(p, 18, 0);
	await_seen(1, 3 * HOUR);
	ck_assert_int_eq(seen.at_ms[0] - sent_ms, 2 * HOUR);
	rmq_producer_free(p);
	rmq_push_consumer_free(c);
	close_cluster();
}
END_TEST

/* timerMaxDelaySec is three days; timerPrecisionMs is a second. */
START_TEST(timer__of_three_days_comes_within_its_second)
{
	const int64_t delay_ms = 3 * 24 * INT64_C(1) * HOUR - MINUTE;
	rmq_push_consumer *c;
	rmq_producer *p;
	int64_t sent_ms;

	open_cluster();
	c = open_consumer("c");
	p = open_producer();
	start(p);
	sent_ms = send_delayed(p, 0, delay_ms);
	await_seen(1, delay_ms + MINUTE);
	ck_assert_int_ge(seen.at_ms[0] - sent_ms, delay_ms - SECOND);
	ck_assert_int_le(seen.at_ms[0] - sent_ms, delay_ms + SECOND);
	rmq_producer_free(p);
	rmq_push_consumer_free(c);
	close_cluster();
}
END_TEST

/* --- Transactions ------------------------------------------------------------------------------------ */

static enum rmq_transaction_state undecided(const rmq_message *m, void *arg)
{
	(void)arg;
	note(m);
	return RMQ_TRANSACTION_UNKNOWN;
}

/* A half message that nobody ends is asked about every transactionCheckInterval, then put aside. */
START_TEST(transaction__is_asked_about_15_times)
{
	rmq_transaction *t = NULL;
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_producer *p;

	open_cluster();
	p = open_producer();
	api_ok(rmq_producer_set_check_fn(p, undecided, NULL, &detail), &detail);
	start(p);
	api_ok(rmq_producer_begin(p, m, NULL, &t, &detail), &detail);
	rmq_transaction_free(t);
	await_seen(CHECK_TIMES, HOUR);
	for (size_t i = 1; i < CHECK_TIMES; i++)
		ck_assert_int_eq(seen.at_ms[i] - seen.at_ms[i - 1], 30 * SECOND);
	advance(HOUR);
	ck_assert_uint_eq(seen.count, CHECK_TIMES);
	ck_assert_int_eq(stored("TRANS_CHECK_MAX_TIME_TOPIC"), 1);
	ck_assert_int_eq(stored("Topic"), 0);
	rmq_message_free(m);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* --- Who is silent ----------------------------------------------------------------------------------- */

static int members(void)
{
	return rmq_mock_cluster_group_size(cluster, "broker-a", "G");
}

/* Its connection stands and says nothing: channelExpiredTimeout is 120 s, looked at every 10 s. */
START_TEST(member__that_is_silent_is_dropped_after_two_minutes)
{
	rmq_push_consumer *c, *dead;

	open_cluster();
	c = open_consumer("c");
	dead = open_consumer("dead");
	advance(MINUTE);
	ck_assert_int_eq(members(), 2);
	api_ok(rmq_mock_cluster_cut(cluster, "broker-a", rmq_push_consumer_client_id(dead),
				    &detail),
	       &detail);
	/* Its last heartbeat was at most 30 s before. */
	advance(89 * SECOND);
	ck_assert_int_eq(members(), 2);
	advance(42 * SECOND);
	ck_assert_int_eq(members(), 1);
	rmq_push_consumer_free(dead);
	rmq_push_consumer_free(c);
	close_cluster();
}
END_TEST

static bool has_registered(void *arg)
{
	return rmq_mock_cluster_request_count(cluster, REGISTER_BROKER) > *(const uint64_t *)arg;
}

static bool is_routed(void)
{
	rmq_error_detail *d;
	enum rmq_error error;
	rmq_producer *p;

	api_set(config, "instanceName", "looks");
	p = open_producer();
	start(p);
	/* It reaches the broker or not: that it has a route is what counts. */
	d = api_send(p, "Topic", 1, &error);
	rmq_error_detail_free(d);
	rmq_producer_free(p);
	return error != RMQ_ERR_NO_ROUTE;
}

/* brokerNotActiveTimeout is 120 s behind the last registration, looked at every 5 s. */
START_TEST(broker__that_is_silent_leaves_the_routes_after_two_minutes)
{
	uint64_t count;

	open_cluster();
	count = rmq_mock_cluster_request_count(cluster, REGISTER_BROKER);
	ck_assert(rmq_mock_cluster_run_until(cluster, has_registered, &count, MINUTE));
	api_ok(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_BLACK_HOLE, &detail),
	       &detail);
	advance(119 * SECOND);
	ck_assert(is_routed());
	advance(6 * SECOND);
	ck_assert(!is_routed());
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		retries__come_after_their_levels_and_end_in_the_dead_letter_queue,
		delay_level_18__is_two_hours,
		timer__of_three_days_comes_within_its_second,
		transaction__is_asked_about_15_times,
		member__that_is_silent_is_dropped_after_two_minutes,
		broker__that_is_silent_leaves_the_routes_after_two_minutes,
	};

	return run_suite("hours", tests, sizeof(tests) / sizeof(tests[0]));
}
