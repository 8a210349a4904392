/* SPDX-License-Identifier: Apache-2.0 */
/* t_request_delay.c - requests that a fault lets come later: over TCP (_i is 0) and in virtual time (1). */
#include <rocketmq/mock_fault.h>
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

static void open_cluster(int is_virtual)
{
	cluster = api_cluster(api_options("virtualTime", is_virtual ? "true" : "false", "record",
					  "1000", NULL));
	last_requests_of(cluster);
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	api_set(config, "retryTimesWhenSendFailed", "0");
}

static uint64_t add_fault(const char *json)
{
	rmq_mock_fault *f = NULL;
	uint64_t id = 0;

	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
	return id;
}

static int64_t stored(void)
{
	int64_t n = 0;

	for (int q = 0; q < 2; q++)
		n += rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", q);
	return n;
}

static bool is_stored(void *arg)
{
	return stored() == *(int *)arg;
}

static void pass(int64_t ms)
{
	api_ok(rmq_mock_cluster_advance(cluster, ms, &detail), &detail);
}

static const char *const late[] = {
	"{\"code\":\"SEND_MESSAGE_V2\",\"requestDelay\":5000,\"count\":1}",
	"{\"code\":\"SEND_MESSAGE_V2\",\"requestDelay\":5000,\"count\":1,\"stage\":\"apply\"}",
};

/* Nothing is stored while it is on its way, and its sender has given it up when it is. */
START_TEST(request__is_done_when_its_time_has_come)
{
	enum rmq_error error;
	rmq_producer *p;
	uint64_t id;

	open_cluster(1);
	p = open_producer();
	id = add_fault(late[_i]);
	rmq_error_detail_free(api_send(p, "Topic", 3000, &error));
	ck_assert_int_eq(error, RMQ_ERR_TIMEOUT);
	ck_assert_uint_eq(rmq_mock_fault_hits(cluster, id), 1);
	pass(1900);
	ck_assert_int_eq(stored(), 0);
	pass(200);
	ck_assert_int_eq(stored(), 1);
	api_send_ok(p, "Topic"); /* one was meant */
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

/* One that waits long enough is answered. */
START_TEST(request__is_answered)
{
	int once = 1;
	rmq_producer *p;

	open_cluster(_i);
	p = open_producer();
	add_fault("{\"code\":\"SEND_MESSAGE_V2\",\"requestDelay\":20,\"count\":1}");
	api_send_ok(p, "Topic");
	ck_assert(rmq_mock_cluster_run_until(cluster, is_stored, &once, SOON_MS));
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(request__is_forgotten_with_its_connection)
{
	enum rmq_error error;
	rmq_producer *p;

	open_cluster(1);
	p = open_producer();
	add_fault(late[_i]);
	rmq_error_detail_free(api_send(p, "Topic", 1000, &error));
	ck_assert_int_eq(error, RMQ_ERR_TIMEOUT);
	rmq_producer_free(p);
	pass(10 * 1000);
	ck_assert_int_eq(stored(), 0);
	close_cluster();
}
END_TEST

START_TEST(request__waits_while_the_broker_stops)
{
	enum rmq_error error;
	rmq_producer *p;

	open_cluster(1);
	p = open_producer();
	add_fault(late[_i]);
	rmq_error_detail_free(api_send(p, "Topic", 1000, &error));
	api_ok(rmq_mock_node_restart(cluster, "broker-a", &detail), &detail);
	pass(10 * 1000);
	ck_assert_int_eq(stored(), 0);
	rmq_producer_free(p);
	close_cluster();
}
END_TEST

START_TEST(errors__name_what_does_not_go_together)
{
	static const char *const bad[][2] = {
		{"{\"requestDelay\":5,\"drop\":true}", "no other key"},
		{"{\"requestDelay\":5,\"reply\":\"SYSTEM_BUSY\"}", "no other key"},
		{"{\"requestDelay\":5,\"delay\":5}", "no other key"},
		{"{\"requestDelay\":5,\"close\":\"fin\"}", "no other key"},
		{"{\"requestDelay\":5,\"observe\":true}", "observe"},
		{"{\"requestDelay\":5,\"stage\":\"applied\"}", "receive or apply"},
		{"{\"requestDelay\":5,\"stage\":\"response\"}", "receive or apply"},
	};

	open_cluster(1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rmq_mock_fault *f = NULL;
		uint64_t id;

		api_ok(rmq_mock_fault_parse(bad[i][0], &f, &detail), &detail);
		fails(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), RMQ_ERR_CONFIG,
		      bad[i][1]);
		rmq_mock_fault_free(f);
	}
	close_cluster();
}
END_TEST

int main(void)
{
	const TTest *const twice[] = {
		request__is_done_when_its_time_has_come,
		request__is_answered,
		request__is_forgotten_with_its_connection,
		request__waits_while_the_broker_stops,
	};
	const TTest *const once[] = {
		errors__name_what_does_not_go_together,
	};
	struct suite s;

	suite_open(&s, "request_delay");
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
		suite_add_loop(&s, twice[i], 2);
	suite_add(&s, once, sizeof(once) / sizeof(once[0]));
	return suite_run(&s);
}
