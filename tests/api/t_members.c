/* SPDX-License-Identifier: Apache-2.0 */
/* t_members.c - brokers that join a cluster and leave it: over TCP (_i is 0) and in virtual time (1). */
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

static void open_cluster(int is_virtual, const char *slaves)
{
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", "slaves",
					  slaves, "record", "1000", NULL));
	last_requests_of(cluster);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static int64_t stored(const char *broker, const char *topic)
{
	int64_t n = 0;

	for (int q = 0; q < 2; q++)
		n += rmq_mock_cluster_max_offset(cluster, broker, topic, q);
	return n;
}

static bool is_there(const char *node)
{
	const char *name;

	for (size_t i = 0; (name = rmq_mock_node_name(cluster, i)) != NULL; i++)
		if (strcmp(name, node) == 0)
			return true;
	return false;
}

static void add(const char *broker)
{
	api_ok(rmq_mock_broker_add(cluster, broker, &detail), &detail);
}

static void take_away(const char *broker)
{
	api_ok(rmq_mock_broker_remove(cluster, broker, &detail), &detail);
}

START_TEST(broker__joins_and_takes_messages)
{
	rmq_producer *p;

	open_cluster(_i, "0");
	add("broker-b");
	ck_assert(is_there("broker-b"));
	ck_assert_str_eq(rmq_mock_node_state(cluster, "broker-b"), "running");
	ck_assert_str_ne(rmq_mock_node_address(cluster, "broker-b"), "");
	api_ok(rmq_mock_cluster_create_topic(cluster, "Both", 2, &detail), &detail);
	p = open_producer();
	for (int i = 0; i < 8; i++)
		api_send_ok(p, "Both");
	ck_assert_int_gt(stored("broker-a", "Both"), 0);
	ck_assert_int_gt(stored("broker-b", "Both"), 0);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(broker__leaves_and_the_others_take_all)
{
	char address[64];
	rmq_producer *p;

	open_cluster(_i, "0");
	add("shop_2");
	api_ok(rmq_mock_cluster_create_topic(cluster, "Both", 2, &detail), &detail);
	snprintf(address, sizeof(address), "%s", rmq_mock_node_address(cluster, "broker-a"));
	take_away("broker-a");
	ck_assert(!is_there("broker-a"));
	ck_assert_ptr_null(rmq_mock_node_address(cluster, "broker-a"));
	ck_assert_ptr_null(rmq_mock_node_state(cluster, "broker-a"));
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-a", "Both", 0), -1);
	fails(rmq_mock_broker_start(cluster, "broker-a", &detail), RMQ_ERR_NOT_FOUND, "broker-a");
	fails(rmq_mock_broker_remove(cluster, "broker-a", &detail), RMQ_ERR_NOT_FOUND, "broker-a");
	p = open_producer();
	for (int i = 0; i < 4; i++)
		api_send_ok(p, "Both");
	ck_assert_int_eq(stored("shop_2", "Both"), 4);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(broker__that_comes_back_has_its_store)
{
	rmq_producer *p;

	open_cluster(_i, "0");
	p = open_producer();
	api_send_ok(p, "Topic");
	take_away("broker-a");
	add("broker-a");
	ck_assert_int_eq(stored("broker-a", "Topic"), 1);
	rmq_producer_free(p);
	p = open_producer();
	api_send_ok(p, "Topic");
	ck_assert_int_eq(stored("broker-a", "Topic"), 2);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

static bool has_replicated(void *arg)
{
	return stored(arg, "Topic") == 1;
}

START_TEST(slave__joins_a_master)
{
	static char slave[] = "broker-a/2";
	rmq_producer *p;

	open_cluster(_i, "1");
	p = open_producer();
	api_send_ok(p, "Topic");
	add(slave);
	ck_assert(rmq_mock_cluster_run_until(cluster, has_replicated, slave, 100 * 1000));
	take_away("broker-a/1");
	ck_assert(is_there(slave) && !is_there("broker-a/1"));
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(broker__that_is_stopped_may_leave)
{
	open_cluster(_i, "0");
	add("broker-b");
	api_ok(rmq_mock_broker_crash(cluster, "broker-b", &detail), &detail);
	take_away("broker-b");
	ck_assert(!is_there("broker-b"));
	for (int i = 0; i < 3; i++) {
		add("broker-b");
		take_away("broker-b");
	}
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_is_wrong)
{
	static const char *const bad[] = {"",           "a b",        "../a",       "a/",
					  "a/0",        "a/4",        "a/11",       "a/b",
					  "broker-a/1/1", ".",          "\xc3\xa4"};
	char longest[129];

	open_cluster(_i, "0");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fails(rmq_mock_broker_add(cluster, bad[i], &detail), RMQ_ERR_INVALID_ARGUMENT,
		      "is no name of a broker");
	memset(longest, 'b', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	fails(rmq_mock_broker_add(cluster, longest, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "is no name of a broker");
	add(longest + 1);
	fails(rmq_mock_broker_add(cluster, "broker-a", &detail), RMQ_ERR_STATE, "there already");
	fails(rmq_mock_broker_add(cluster, "broker-a/1", &detail), RMQ_ERR_STATE, "slaves=0");
	fails(rmq_mock_broker_remove(cluster, "namesrv-0", &detail), RMQ_ERR_NOT_FOUND, "namesrv");
	close_cluster();
	open_cluster(_i, "1");
	fails(rmq_mock_broker_add(cluster, "broker-b/1", &detail), RMQ_ERR_STATE, "no master");
	close_cluster();
}
END_TEST

START_TEST(port_for_all__has_no_other_broker)
{
	cluster = api_cluster(api_options("onePort", "true", NULL));
	fails(rmq_mock_broker_add(cluster, "broker-b", &detail), RMQ_ERR_STATE, "one port");
	fails(rmq_mock_broker_remove(cluster, "broker-a", &detail), RMQ_ERR_STATE, "one port");
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* What a look-up of a node finds is one node. */
START_TEST(broker__is_not_called_as_a_name_server)
{
	open_cluster(_i, "0");
	fails(rmq_mock_broker_add(cluster, "namesrv-0", &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "namesrv-0");
	close_cluster();
}
END_TEST

/* One that cannot begin has not joined. */
START_TEST(broker__that_fails_to_begin_is_not_there)
{
	open_cluster(_i, "1");
	/* Its store would be that of broker-a/1. */
	ck_assert_int_ne(rmq_mock_broker_add(cluster, "broker-a-slave-1", &detail), RMQ_OK);
	rmq_error_detail_free(detail);
	detail = NULL;
	ck_assert(!is_there("broker-a-slave-1"));
	close_cluster();
}
END_TEST

/* Who has left for good has left nothing that holds for the next of its name. */
START_TEST(slave__that_comes_back_has_no_lag)
{
	rmq_producer *p;

	open_cluster(1, "1");
	api_ok(rmq_mock_slave_set_lag(cluster, "broker-a/1", 3600 * 1000, 0, &detail), &detail);
	take_away("broker-a/1");
	add("broker-a/1");
	p = open_producer();
	api_send_ok(p, "Topic");
	api_ok(rmq_mock_cluster_advance(cluster, 60 * 1000, &detail), &detail);
	ck_assert_int_eq(stored("broker-a/1", "Topic"), 1);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const each[] = {
		broker__joins_and_takes_messages,
		broker__leaves_and_the_others_take_all,
		broker__that_comes_back_has_its_store,
		slave__joins_a_master,
		broker__that_is_stopped_may_leave,
		errors__name_what_is_wrong,
		broker__is_not_called_as_a_name_server,
		broker__that_fails_to_begin_is_not_there,
	};
	const TTest *const once[] = {
		port_for_all__has_no_other_broker,
		slave__that_comes_back_has_no_lag,
	};
	struct suite s;

	suite_open(&s, "members");
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
		suite_add_loop(&s, each[i], 2);
	suite_add(&s, once, sizeof(once) / sizeof(once[0]));
	return suite_run(&s);
}
