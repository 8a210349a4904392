/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_node.c - nodes of a mock cluster that are down, ways that are cut: what clients see of it, over TCP (_i is 0)
 * and in virtual time (1).
 */
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

enum { TWO_MINUTES_MS = 125 * 1000 };

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

static void open_cluster(int is_virtual, const char *key, const char *value)
{
	rmq_mock_options *o = api_options("virtualTime", is_virtual ? "true" : "false", NULL);

	if (key)
		api_ok(rmq_mock_options_set(o, key, value, &detail), &detail);
	cluster = api_cluster(o);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void open_sync_master(int is_virtual)
{
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", "slaves",
					  "1", "brokerSettings",
					  "brokerRole=SYNC_MASTER\ninSyncReplicas=2\n"
					  "slaveTimeout=100",
					  NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static rmq_producer *open_producer(const char *group)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, group, &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

static void down(const char *node, enum rmq_mock_down how)
{
	api_ok(rmq_mock_node_down(cluster, node, how, &detail), &detail);
}

static void up(const char *node)
{
	api_ok(rmq_mock_node_up(cluster, node, &detail), &detail);
	ck_assert_str_eq(rmq_mock_node_state(cluster, node), "running");
}

/* Sends one message, which must fail with this. */
static void send_fails(rmq_producer *p, enum rmq_error code, const char *phase)
{
	enum rmq_error error;
	rmq_error_detail *d = api_send(p, "Topic", CALL_MS, &error);

	api_failed(error, code, &d);
	api_attempted(d, rmq_mock_cluster_broker_address(cluster, "broker-a"), phase);
	rmq_error_detail_free(d);
}

static int64_t stored(const char *broker)
{
	int64_t n = 0;

	/* A slave that has not taken the table of topics yet makes one of its own, as master. */
	for (int q = 0; q < 16; q++)
		n += rmq_mock_cluster_max_offset(cluster, broker, "Topic", q);
	return n;
}

struct amount {
	const char *broker;
	int64_t n;
};

static bool has_stored(void *arg)
{
	const struct amount *a = arg;

	return stored(a->broker) >= a->n;
}

static void await_stored(const char *broker, int64_t n)
{
	struct amount a = {broker, n};

	ck_assert(rmq_mock_cluster_run_until(cluster, has_stored, &a, SOON_MS));
	ck_assert_int_eq(stored(broker), n);
}

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

/* --- Down ----------------------------------------------------------------------------------------- */

START_TEST(refusing_broker__breaks_connections_and_takes_none)
{
	rmq_producer *p;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	down("broker-a", RMQ_MOCK_DOWN_REFUSE);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "refuses");
	send_fails(p, RMQ_ERR_CONNECT, "connect");
	ck_assert_int_eq(stored("broker-a"), 1);
	up("broker-a");
	api_send_ok(p, "Topic");
	ck_assert_int_eq(stored("broker-a"), 2);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* The message that was sent meanwhile comes later: it was maybe stored. */
START_TEST(silent_broker__answers_nothing_and_goes_on_afterwards)
{
	rmq_producer *p, *fresh;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	down("broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "silent");
	send_fails(p, RMQ_ERR_TIMEOUT, "wait");
	ck_assert_int_eq(stored("broker-a"), 1);
	api_set(config, "instanceName", "fresh");
	fresh = open_producer("Q");
	send_fails(fresh, RMQ_ERR_TIMEOUT, "connect");
	up("broker-a");
	await_stored("broker-a", 2);
	api_send_ok(p, "Topic");
	api_send_ok(fresh, "Topic");
	ck_assert_int_eq(stored("broker-a"), 4);
	rmq_producer_free(p);
	rmq_producer_free(fresh);
	close_cluster();
}
END_TEST

START_TEST(hanging_broker__takes_connections_and_answers_nothing)
{
	rmq_producer *p, *fresh;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	down("broker-a", RMQ_MOCK_DOWN_HANG);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "hangs");
	send_fails(p, RMQ_ERR_TIMEOUT, "wait");
	api_set(config, "instanceName", "fresh");
	fresh = open_producer("Q");
	send_fails(fresh, RMQ_ERR_TIMEOUT, "wait");
	ck_assert_int_eq(stored("broker-a"), 1);
	up("broker-a");
	await_stored("broker-a", 3);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_producer_free(fresh);
	close_cluster();
}
END_TEST

START_TEST(down__changes_its_kind_and_ends_with_a_stop)
{
	rmq_producer *p;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	down("broker-a", RMQ_MOCK_DOWN_HANG);
	down("broker-a", RMQ_MOCK_DOWN_REFUSE);
	down("broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
	down("broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
	api_ok(rmq_mock_node_restart(cluster, "broker-a", &detail), &detail);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a"), "running");
	up("broker-a");
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* Clients go to the other one. */
START_TEST(name_server__that_is_down_is_passed_by)
{
	rmq_producer *p;

	open_cluster(_i, "namesrvs", "2");
	down("namesrv-0", RMQ_MOCK_DOWN_REFUSE);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

static bool knows_broker(void)
{
	rmq_error_detail *d;
	enum rmq_error error;
	rmq_producer *p;

	api_set(config, "instanceName", "looks");
	p = open_producer("looks");
	d = api_send(p, "Topic", CALL_MS, &error);
	ck_assert(error == RMQ_OK || error == RMQ_ERR_NO_ROUTE || error == RMQ_ERR_TIMEOUT);
	rmq_error_detail_free(d);
	rmq_producer_free(p);
	return error == RMQ_OK;
}

/* Its connections broke, and so it forgot the broker until that one registers again. */
START_TEST(name_server__that_was_down_learns_the_routes_again)
{
	open_cluster(1, NULL, NULL);
	down("namesrv-0", RMQ_MOCK_DOWN_REFUSE);
	up("namesrv-0");
	ck_assert(!knows_broker());
	api_ok(rmq_mock_cluster_advance(cluster, 31 * 1000, &detail), &detail);
	ck_assert(knows_broker());
	close_cluster();
}
END_TEST

/* A broker that is cut off from its name server serves who knows it, and leaves the routes. */
START_TEST(way_to_the_name_server__that_is_cut_loses_the_broker_after_two_minutes)
{
	rmq_producer *p;

	open_cluster(1, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	api_ok(rmq_mock_cluster_cut(cluster, "namesrv-0", "broker-a", &detail), &detail);
	api_ok(rmq_mock_cluster_advance(cluster, 60 * 1000, &detail), &detail);
	ck_assert(knows_broker());
	api_ok(rmq_mock_cluster_advance(cluster, TWO_MINUTES_MS, &detail), &detail);
	ck_assert(!knows_broker());
	api_ok(rmq_mock_cluster_join(cluster, "broker-a", "namesrv-0", &detail), &detail);
	api_ok(rmq_mock_cluster_advance(cluster, 31 * 1000, &detail), &detail);
	ck_assert(knows_broker());
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(silent_broker__leaves_the_routes_after_two_minutes)
{
	open_cluster(1, NULL, NULL);
	down("broker-a", RMQ_MOCK_DOWN_BLACK_HOLE);
	api_ok(rmq_mock_cluster_advance(cluster, TWO_MINUTES_MS, &detail), &detail);
	up("broker-a");
	ck_assert(!knows_broker());
	api_ok(rmq_mock_cluster_advance(cluster, 31 * 1000, &detail), &detail);
	ck_assert(knows_broker());
	close_cluster();
}
END_TEST

/* --- Ways ----------------------------------------------------------------------------------------- */

START_TEST(client__that_is_cut_off_is_alone)
{
	rmq_producer *p, *other;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	api_set(config, "instanceName", "other");
	other = open_producer("Q");
	api_send_ok(other, "Topic");
	api_ok(rmq_mock_cluster_cut(cluster, "broker-a", rmq_producer_client_id(p), &detail), &detail);
	send_fails(p, RMQ_ERR_TIMEOUT, "wait");
	api_send_ok(other, "Topic");
	ck_assert_int_eq(stored("broker-a"), 3);
	api_ok(rmq_mock_cluster_heal(cluster, &detail), &detail);
	await_stored("broker-a", 4);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	rmq_producer_free(other);
	close_cluster();
}
END_TEST

START_TEST(slave__that_is_cut_off_falls_behind_and_catches_up)
{
	rmq_producer *p;

	open_cluster(_i, "slaves", "1");
	p = open_producer("P");
	api_send_ok(p, "Topic");
	await_stored("broker-a/1", 1);
	api_ok(rmq_mock_cluster_cut(cluster, "broker-a", "broker-a/1", &detail), &detail);
	api_send_ok(p, "Topic");
	api_send_ok(p, "Topic");
	ck_assert_int_eq(stored("broker-a"), 3);
	ck_assert_int_eq(stored("broker-a/1"), 1);
	api_ok(rmq_mock_cluster_join(cluster, "broker-a", "broker-a/1", &detail), &detail);
	await_stored("broker-a/1", 3);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* --- Another port, another role ------------------------------------------------------------------- */

START_TEST(broker__that_moves_is_found_again)
{
	char before[64];
	rmq_producer *p;

	open_cluster(_i, NULL, NULL);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	snprintf(before, sizeof(before), "%s", rmq_mock_node_address(cluster, "broker-a"));
	api_ok(rmq_mock_broker_move(cluster, "broker-a", 0, &detail), &detail);
	ck_assert_str_ne(rmq_mock_node_address(cluster, "broker-a"), before);
	ck_assert_int_eq(stored("broker-a"), 1);
	rmq_producer_free(p);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	ck_assert_int_eq(stored("broker-a"), 2);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(slave__becomes_the_master)
{
	rmq_producer *p;

	open_cluster(_i, "slaves", "1");
	p = open_producer("P");
	api_send_ok(p, "Topic");
	await_stored("broker-a/1", 1);
	fails(rmq_mock_slave_promote(cluster, "broker-a/1", &detail), RMQ_ERR_STATE, "still runs");
	fails(rmq_mock_slave_promote(cluster, "broker-a", &detail), RMQ_ERR_STATE, "no slave");
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_slave_promote(cluster, "broker-a/1", &detail), &detail);
	rmq_producer_free(p);
	p = open_producer("P");
	api_send_ok(p, "Topic");
	ck_assert_int_eq(stored("broker-a/1"), 2);
	/* The one that was the master takes what came meanwhile. */
	api_ok(rmq_mock_node_start(cluster, "broker-a", &detail), &detail);
	await_stored("broker-a", 2);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* A SYNC_MASTER, too: it waits for a slave, which there is not now. */
START_TEST(slave__becomes_the_master_that_there_was)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_send_result *result = NULL;
	rmq_producer *p;

	open_sync_master(_i);
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	api_ok(rmq_mock_slave_promote(cluster, "broker-a/1", &detail), &detail);
	p = open_producer("P");
	api_ok(rmq_producer_send(p, m, NULL, &result, &detail), &detail);
	ck_assert_int_eq(rmq_send_result_status(result), RMQ_SEND_FLUSH_SLAVE_TIMEOUT);
	rmq_send_result_free(result);
	rmq_producer_free(p);
	rmq_message_free(m);
	close_cluster();
}
END_TEST

/* --- Names and errors -------------------------------------------------------------------------------- */

START_TEST(nodes__are_told_by_name)
{
	open_cluster(1, "slaves", "1");
	ck_assert_str_eq(rmq_mock_node_name(cluster, 0), "broker-a");
	ck_assert_str_eq(rmq_mock_node_name(cluster, 1), "broker-a/1");
	ck_assert_str_eq(rmq_mock_node_name(cluster, 2), "namesrv-0");
	ck_assert_ptr_null(rmq_mock_node_name(cluster, 3));
	ck_assert_str_eq(rmq_mock_node_address(cluster, "namesrv-0"),
			 rmq_mock_cluster_namesrv(cluster));
	ck_assert_ptr_null(rmq_mock_node_address(cluster, "broker-b"));
	ck_assert_ptr_null(rmq_mock_node_state(cluster, "broker-b"));
	api_ok(rmq_mock_node_stop(cluster, "broker-a/1", &detail), &detail);
	api_ok(rmq_mock_node_stop(cluster, "namesrv-0", &detail), &detail);
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-a/1"), "stopped");
	api_ok(rmq_mock_node_start(cluster, "namesrv-0", &detail), &detail);
	api_ok(rmq_mock_node_start(cluster, "broker-a/1", &detail), &detail);
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	open_cluster(1, NULL, NULL);
	fails(rmq_mock_node_down(cluster, "broker-x", RMQ_MOCK_DOWN_HANG, &detail),
	      RMQ_ERR_NOT_FOUND, "broker-x");
	fails(rmq_mock_node_down(cluster, "broker-a", (enum rmq_mock_down)9, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "how is 9");
	fails(rmq_mock_cluster_cut(cluster, "broker-a", "broker-a", &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "both ends");
	fails(rmq_mock_cluster_cut(cluster, "broker-a", "broker-x", &detail), RMQ_ERR_NOT_FOUND,
	      "broker-x");
	fails(rmq_mock_cluster_cut(cluster, "namesrv-7", "broker-a", &detail), RMQ_ERR_NOT_FOUND,
	      "namesrv-7");
	fails(rmq_mock_node_start(cluster, "broker-a", &detail), RMQ_ERR_STATE, "running");
	fails(rmq_mock_node_restart(cluster, "none", &detail), RMQ_ERR_NOT_FOUND, "none");
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	fails(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_HANG, &detail), RMQ_ERR_STATE,
	      "does not run");
	close_cluster();
}
END_TEST

/* The name server's port is the broker's, too. */
START_TEST(one_port__is_down_with_its_name_server)
{
	rmq_producer *p;

	open_cluster(_i, "onePort", "true");
	p = open_producer("P");
	api_send_ok(p, "Topic");
	fails(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_HANG, &detail), RMQ_ERR_STATE,
	      "onePort");
	down("namesrv-0", RMQ_MOCK_DOWN_HANG);
	send_fails(p, RMQ_ERR_TIMEOUT, "wait");
	up("namesrv-0");
	await_stored("broker-a", 2);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		refusing_broker__breaks_connections_and_takes_none,
		silent_broker__answers_nothing_and_goes_on_afterwards,
		hanging_broker__takes_connections_and_answers_nothing,
		down__changes_its_kind_and_ends_with_a_stop,
		name_server__that_is_down_is_passed_by,
		client__that_is_cut_off_is_alone,
		slave__that_is_cut_off_falls_behind_and_catches_up,
		one_port__is_down_with_its_name_server,
		broker__that_moves_is_found_again,
		slave__becomes_the_master,
		slave__becomes_the_master_that_there_was,
	};
	const TTest *const tests[] = {
		way_to_the_name_server__that_is_cut_loses_the_broker_after_two_minutes,
		silent_broker__leaves_the_routes_after_two_minutes,
		name_server__that_was_down_learns_the_routes_again,
		nodes__are_told_by_name,
		errors__name_what_is_wrong,
	};
	struct suite s;

	suite_open(&s, "node");
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		suite_add_loop(&s, both[i], 2);
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
