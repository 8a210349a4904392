/* SPDX-License-Identifier: Apache-2.0 */
/* t_node_orders.c - brokers and name servers that are told to do something at once: over TCP (_i is 0) and in virtual
 * time (1). */
#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;
static int taken, asked; /* under virtual time, or read when nobody counts */

static void open_cluster(int is_virtual)
{
	taken = asked = 0;
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void close_cluster(void)
{
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

static void fails(enum rmq_error error, enum rmq_error code, const char *cause)
{
	api_names(api_failed(error, code, &detail), cause);
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void send_fails(rmq_producer *p, enum rmq_error code, const char *cause)
{
	enum rmq_error error;

	detail = api_send(p, "Topic", CALL_MS, &error);
	fails(error, code, cause);
}

static int64_t stored(void)
{
	int64_t n = 0;

	for (int q = 0; q < 4; q++)
		n += rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", q);
	return n;
}

/* --- Busy --- */

START_TEST(busy__is_told_in_the_words_of_its_cause)
{
	static const char *const words[] = {"[OVERLOAD]", "[REJECTREQUEST]",
					    "[TIMEOUT_CLEAN_QUEUE]", "[PCBUSY_CLEAN_QUEUE]"};
	rmq_producer *p;

	open_cluster(_i);
	api_set(config, "retryTimesWhenSendFailed", "0");
	p = open_producer();
	for (int kind = 0; kind < 4; kind++) {
		api_ok(rmq_mock_node_busy(cluster, "broker-a", (enum rmq_mock_busy)(kind + 1), 0,
					  -1, &detail),
		       &detail);
		send_fails(p, RMQ_ERR_BROKER, words[kind]);
		api_ok(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_NOT, 0, -1, &detail),
		       &detail);
		api_send_ok(p, "Topic");
	}
	ck_assert_int_eq(stored(), 4);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(busy__ends_by_its_time)
{
	rmq_producer *p;

	open_cluster(1);
	api_set(config, "retryTimesWhenSendFailed", "0");
	p = open_producer();
	api_ok(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_OVERLOAD, 0, 1000, &detail),
	       &detail);
	send_fails(p, RMQ_ERR_BROKER, "[OVERLOAD]");
	send_fails(p, RMQ_ERR_BROKER, "[OVERLOAD]");
	api_ok(rmq_mock_cluster_advance(cluster, 1000, &detail), &detail);
	api_send_ok(p, "Topic");
	/* Or with the last request that it was for. */
	api_ok(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_REJECT_REQUEST, 1, -1,
				  &detail),
	       &detail);
	send_fails(p, RMQ_ERR_BROKER, "[REJECTREQUEST]");
	api_send_ok(p, "Topic");
	api_ok(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_OVERLOAD, 0, -1, &detail),
	       &detail);
	api_ok(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_NOT, 0, -1, &detail), &detail);
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* --- Topics --- */

static size_t queues_of(const char *topic)
{
	rmq_producer *p = open_producer();
	rmq_queues *queues = NULL;
	size_t n;

	api_ok(rmq_producer_queues(p, topic, &queues, &detail), &detail);
	n = rmq_queues_count(queues);
	rmq_queues_free(queues);
	rmq_producer_free(p);
	return n;
}

static size_t queues_seen(void)
{
	return queues_of("Topic");
}

START_TEST(topic__is_resized_and_closed)
{
	rmq_producer *p;

	open_cluster(_i);
	ck_assert_uint_eq(queues_seen(), 2);
	api_ok(rmq_mock_topic_set(cluster, "Topic", 4, 4, 6, &detail), &detail);
	ck_assert_uint_eq(queues_seen(), 4);
	api_ok(rmq_mock_topic_set(cluster, "Topic", 4, 1, 6, &detail), &detail);
	ck_assert_uint_eq(queues_seen(), 1);
	p = open_producer();
	api_send_ok(p, "Topic");
	rmq_producer_free(p);
	/* 4: it may only be read. Brokers leave that to the routes. */
	api_ok(rmq_mock_topic_set(cluster, "Topic", 4, 4, 4, &detail), &detail);
	p = open_producer();
	send_fails(p, RMQ_ERR_NO_BROKER, "can be written");
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

static void add_fault(const char *json)
{
	rmq_mock_fault *f = NULL;
	uint64_t id;

	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
}

/* While the order for "First" waits until broker-a has registered it. */
static void order_others(enum rmq_error error, const rmq_send_result *result,
			 const rmq_error_detail *why, void *arg)
{
	(void)result;
	(void)why;
	(void)arg;
	ck_assert_int_eq(error, RMQ_OK);
	api_ok(rmq_mock_topic_set(cluster, "Second", 2, 2, 6, &detail), &detail);
	api_ok(rmq_mock_cluster_create_topic(cluster, "Third", 2, &detail), &detail);
	fails(rmq_mock_node_stop(cluster, "broker-a", &detail), RMQ_ERR_STATE, "another call");
	asked++;
}

START_TEST(orders__at_a_time_all_reach_every_broker)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_producer *p;

	asked = 0;
	cluster = api_cluster(api_options("virtualTime", "true", "brokers", "2", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	p = open_producer();
	api_send_ok(p, "Topic");
	add_fault("{\"code\":\"SEND_MESSAGE_V2\",\"delay\":50}");
	add_fault("{\"code\":\"REGISTER_BROKER\",\"delay\":100,\"count\":1}");
	api_ok(rmq_producer_send_async(p, m, NULL, order_others, NULL, &detail), &detail);
	api_ok(rmq_mock_topic_set(cluster, "First", 2, 2, 6, &detail), &detail);
	ck_assert_int_eq(asked, 1);
	ck_assert_uint_eq(queues_of("First"), 4);
	ck_assert_uint_eq(queues_of("Second"), 4);
	ck_assert_uint_eq(queues_of("Third"), 4);
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	rmq_message_free(m);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* --- Transactions --- */

static enum rmq_transaction_state commit(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	asked++;
	return RMQ_TRANSACTION_COMMIT;
}

static bool has_stored(void *arg)
{
	(void)arg;
	return stored() == 1;
}

static bool has_stored_both(void *arg)
{
	(void)arg;
	return stored() == 2;
}

START_TEST(transaction__is_asked_about_at_once)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_transaction *t = NULL;
	rmq_producer *p = NULL;

	open_cluster(_i);
	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(p, commit, NULL, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	api_ok(rmq_producer_begin(p, m, NULL, &t, &detail), &detail);
	rmq_transaction_free(t);
	api_ok(rmq_mock_check_transactions(cluster, "broker-a", &detail), &detail);
	/* By itself it would be asked about after half a minute. */
	ck_assert(rmq_mock_cluster_run_until(cluster, has_stored, NULL, SOON_MS));
	rmq_message_free(m);
	rmq_producer_free(p);
	ck_assert_int_eq(asked, 1);
	close_cluster();
}
END_TEST

START_TEST(transaction__that_has_ended_is_not_asked_about)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_transaction *ended = NULL, *open = NULL;
	rmq_producer *p = NULL;

	open_cluster(_i);
	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(p, commit, NULL, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	api_ok(rmq_producer_begin(p, m, NULL, &ended, &detail), &detail);
	api_ok(rmq_transaction_commit(ended, &detail), &detail);
	api_ok(rmq_producer_begin(p, m, NULL, &open, &detail), &detail);
	rmq_transaction_free(open);
	/* Its end is noted for others of its kind, some seconds later. */
	api_ok(rmq_mock_check_transactions(cluster, "broker-a", &detail), &detail);
	ck_assert(rmq_mock_cluster_run_until(cluster, has_stored_both, NULL, SOON_MS));
	rmq_transaction_free(ended);
	rmq_message_free(m);
	rmq_producer_free(p);
	ck_assert_int_eq(asked, 1);
	close_cluster();
}
END_TEST

/* --- Groups --- */

static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	(void)arg;
	taken += (int)n;
	return RMQ_CONSUME_SUCCESS;
}

static bool has_taken(void *arg)
{
	return taken >= *(int *)arg;
}

static void await_taken(int n)
{
	ck_assert(rmq_mock_cluster_run_until(cluster, has_taken, &n, SOON_MS));
	ck_assert_int_eq(taken, n);
}

START_TEST(group__goes_back_and_is_shared_anew)
{
	uint64_t lists;
	rmq_push_consumer *c = NULL;
	rmq_producer *p;
	int64_t between_ms;

	open_cluster(1);
	p = open_producer();
	api_send_ok(p, "Topic");
	api_ok(rmq_mock_cluster_advance(cluster, 1000, &detail), &detail);
	between_ms = rmq_mock_cluster_now_ms(cluster);
	api_send_ok(p, "Topic");
	api_ok(rmq_push_consumer_new(config, "G", &c, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	await_taken(2);
	api_ok(rmq_mock_group_reset_offset(cluster, "Topic", "G", between_ms, &detail), &detail);
	await_taken(3);
	api_ok(rmq_mock_group_reset_offset(cluster, "Topic", "G", 0, &detail), &detail);
	await_taken(5);
	/* 38: a member that shares the queues anew asks who is there. */
	lists = rmq_mock_cluster_request_count(cluster, 38);
	api_ok(rmq_mock_group_rebalance(cluster, "G", &detail), &detail);
	api_ok(rmq_mock_cluster_advance(cluster, 1000, &detail), &detail);
	ck_assert_uint_gt(rmq_mock_cluster_request_count(cluster, 38), lists);
	rmq_push_consumer_free(c);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* --- Name servers --- */

START_TEST(frozen_name_server__says_what_it_knew)
{
	open_cluster(_i);
	api_ok(rmq_mock_namesrv_freeze(cluster, "namesrv-0", true, &detail), &detail);
	api_ok(rmq_mock_topic_set(cluster, "Topic", 4, 4, 6, &detail), &detail);
	ck_assert_uint_eq(queues_seen(), 2);
	api_ok(rmq_mock_namesrv_freeze(cluster, "namesrv-0", false, &detail), &detail);
	ck_assert_uint_eq(queues_seen(), 4);
	close_cluster();
}
END_TEST

START_TEST(lying_name_server__sends_clients_elsewhere)
{
	static const char nowhere[] =
		"{\"queueDatas\":[{\"brokerName\":\"broker-x\",\"perm\":6,\"readQueueNums\":3,"
		"\"writeQueueNums\":3,\"topicSysFlag\":0}],\"brokerDatas\":[{\"brokerName\":"
		"\"broker-x\",\"cluster\":\"c\",\"brokerAddrs\":{\"0\":\"127.0.0.1:1\"}}]}";
	enum rmq_error error;
	rmq_producer *p;

	open_cluster(1);
	api_ok(rmq_mock_namesrv_set_route(cluster, "namesrv-0", "Topic", nowhere, &detail),
	       &detail);
	ck_assert_uint_eq(queues_seen(), 3);
	p = open_producer();
	detail = api_send(p, "Topic", CALL_MS, &error);
	api_attempted(api_failed(error, RMQ_ERR_CONNECT, &detail), "127.0.0.1:1", "connect");
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_producer_free(p);
	api_ok(rmq_mock_namesrv_set_route(cluster, "namesrv-0", "Topic", NULL, &detail), &detail);
	ck_assert_uint_eq(queues_seen(), 2);
	close_cluster();
}
END_TEST

/* --- Errors --- */

START_TEST(orders__that_cannot_be_given_say_why)
{
	open_cluster(1);
	fails(rmq_mock_topic_set(cluster, "Topic", 2000, 1, 6, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "read_queues is 2000");
	fails(rmq_mock_topic_set(cluster, "Topic", 1, 1, 8, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "perm is 8");
	fails(rmq_mock_topic_set(cluster, "no topic", 1, 1, 6, &detail), RMQ_ERR_INVALID_ARGUMENT,
	      "broker-a");
	fails(rmq_mock_check_transactions(cluster, "broker-x", &detail), RMQ_ERR_NOT_FOUND,
	      "broker-x");
	fails(rmq_mock_group_reset_offset(cluster, "None", "G", 0, &detail), RMQ_ERR_NOT_FOUND,
	      "None");
	fails(rmq_mock_node_busy(cluster, "broker-a", (enum rmq_mock_busy)9, 0, 0, &detail),
	      RMQ_ERR_INVALID_ARGUMENT, "kind is 9");
	fails(rmq_mock_namesrv_freeze(cluster, "broker-a", true, &detail), RMQ_ERR_NOT_FOUND,
	      "no name server");
	api_ok(rmq_mock_node_stop(cluster, "broker-a", &detail), &detail);
	fails(rmq_mock_check_transactions(cluster, "broker-a", &detail), RMQ_ERR_STATE,
	      "does not run");
	fails(rmq_mock_group_rebalance(cluster, "G", &detail), RMQ_ERR_STATE, "no broker");
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const both[] = {
		busy__is_told_in_the_words_of_its_cause,
		topic__is_resized_and_closed,
		transaction__is_asked_about_at_once,
		transaction__that_has_ended_is_not_asked_about,
		frozen_name_server__says_what_it_knew,
	};
	const TTest *const tests[] = {
		busy__ends_by_its_time,
		group__goes_back_and_is_shared_anew,
		orders__at_a_time_all_reach_every_broker,
		lying_name_server__sends_clients_elsewhere,
		orders__that_cannot_be_given_say_why,
	};
	struct suite s;

	suite_open(&s, "node_orders");
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		suite_add_loop(&s, both[i], 2);
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
