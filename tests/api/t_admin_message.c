/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_message.c - searches for messages of which a broker takes no part. In virtual time. */
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_admin *admin;
static rmq_found_messages *found;
static rmq_error_detail *detail;

static void set_up(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", "brokers", "2", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
	api_ok(rmq_admin_create_topic(admin, NULL, "T", NULL, NULL, &detail), &detail);
}

static void tear_down(void)
{
	rmq_found_messages_free(found);
	found = NULL;
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_admin_free(admin);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

/* One message to each broker, with the key "k". */
static void send_two(void)
{
	rmq_send_options *options = rmq_send_options_new();
	rmq_message *m = rmq_message_new("T", "body", 4);
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "g", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	api_ok(rmq_message_set_keys(m, "k", &detail), &detail);
	for (int i = 0; i < 2; i++) {
		struct rmq_queue queue = {"T", i ? "broker-b" : "broker-a", 0};

		api_ok(rmq_send_options_set_queue(options, &queue, &detail), &detail);
		api_ok(rmq_producer_send(p, m, options, NULL, &detail), &detail);
	}
	rmq_message_free(m);
	rmq_send_options_free(options);
	rmq_producer_free(p);
}

static enum rmq_error by_key(void)
{
	rmq_found_messages_free(found);
	found = NULL;
	return rmq_admin_messages_by_key(admin, "T", "k", NULL, NULL, &found, &detail);
}

static enum rmq_error by_time(void)
{
	rmq_found_messages_free(found);
	found = NULL;
	return rmq_admin_messages_by_time(admin, "T", NULL, NULL, &found, &detail);
}

/* One message of broker-a, and broker-b with the error. */
static void expect_half(enum rmq_error error)
{
	const rmq_unanswered *u = rmq_found_messages_unanswered_at(found, 0);

	ck_assert_uint_eq(rmq_found_messages_count(found), 1);
	ck_assert_str_eq(rmq_message_queue(rmq_found_messages_at(found, 0))->broker_name,
			 "broker-a");
	ck_assert_uint_eq(rmq_found_messages_unanswered_count(found), 1);
	ck_assert_str_eq(rmq_unanswered_broker(u), "broker-b");
	ck_assert_int_eq(rmq_unanswered_error(u), error);
	ck_assert_ptr_nonnull(rmq_unanswered_detail(u));
	ck_assert_ptr_null(rmq_found_messages_unanswered_at(found, 1));
}

START_TEST(search__finds_what_both_brokers_have)
{
	set_up();
	send_two();
	api_ok(by_key(), &detail);
	ck_assert_uint_eq(rmq_found_messages_count(found), 2);
	ck_assert_uint_eq(rmq_found_messages_unanswered_count(found), 0);
	api_ok(by_time(), &detail);
	ck_assert_uint_eq(rmq_found_messages_count(found), 2);
	tear_down();
}
END_TEST

START_TEST(search__tells_of_a_broker_that_hangs_what_the_other_has)
{
	set_up();
	send_two();
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	api_ok(by_key(), &detail);
	expect_half(RMQ_ERR_TIMEOUT);
	api_ok(by_time(), &detail);
	expect_half(RMQ_ERR_TIMEOUT);
	tear_down();
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

/* Of the usual 6 s an answer that takes 5 is in time, whoever else is asked. */
START_TEST(search__a_broker_that_hangs_takes_no_time_of_the_other)
{
	set_up();
	send_two();
	add_fault("{\"code\":\"QUERY_MESSAGE\",\"node\":\"broker-a\",\"delay\":5000}");
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	api_ok(by_key(), &detail);
	expect_half(RMQ_ERR_TIMEOUT);
	tear_down();
}
END_TEST

START_TEST(search__tells_of_a_broker_that_refuses)
{
	set_up();
	send_two();
	add_fault("{\"code\":\"QUERY_MESSAGE,PULL_MESSAGE\",\"node\":\"broker-b\","
		  "\"reply\":\"SYSTEM_BUSY\",\"remark\":\"not now\"}");
	api_ok(by_key(), &detail);
	expect_half(RMQ_ERR_BROKER);
	ck_assert_str_eq(rmq_error_detail_remark(rmq_unanswered_detail(
				 rmq_found_messages_unanswered_at(found, 0))),
			 "not now");
	api_ok(by_time(), &detail);
	expect_half(RMQ_ERR_BROKER);
	tear_down();
}
END_TEST

START_TEST(search__fails_when_nobody_answers)
{
	set_up();
	send_two();
	add_fault("{\"code\":\"QUERY_MESSAGE,PULL_MESSAGE\",\"reply\":\"NO_PERMISSION\"}");
	ck_assert_int_ne(by_key(), RMQ_OK);
	ck_assert_ptr_null(found);
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), 16);
	rmq_error_detail_free(detail);
	detail = NULL;
	ck_assert_int_ne(by_time(), RMQ_OK);
	ck_assert_ptr_null(found);
	tear_down();
}
END_TEST

/* What is no list of messages, and one whose fields do not fill its frame. */
static bool answer_rubbish(void *arg, const rmq_mock_incoming *in, rmq_mock_reply *reply)
{
	static const unsigned char record[100] = {0, 0, 0, 100, 0xDA, 0xA3, 0x20, 0xA7};
	const int *length = arg;

	(void)in;
	return rmq_mock_reply_set(reply, 0, "") == RMQ_OK &&
	       rmq_mock_reply_set_body(reply, record, (size_t)*length) == RMQ_OK;
}

START_TEST(search__tells_of_an_answer_that_cannot_be_read)
{
	static int lengths[] = {7, 100};
	rmq_mock_fault *f = NULL;
	uint64_t id;

	set_up();
	send_two();
	api_ok(rmq_mock_fault_parse("{\"code\":\"QUERY_MESSAGE\",\"node\":\"broker-b\"}", &f,
				    &detail),
	       &detail);
	rmq_mock_fault_set_handler(f, answer_rubbish, &lengths[_i]);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
	api_ok(by_key(), &detail);
	expect_half(RMQ_ERR_CORRUPT);
	tear_down();
}
END_TEST

START_TEST(search__of_one_broker_does_not_ask_the_other)
{
	const struct rmq_queue queue = {"T", "broker-a", -1};
	rmq_message_query *query = rmq_message_query_new();

	set_up();
	send_two();
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	api_ok(rmq_message_query_set_queue(query, &queue, &detail), &detail);
	api_ok(rmq_admin_messages_by_key(admin, "T", "k", query, NULL, &found, &detail), &detail);
	ck_assert_uint_eq(rmq_found_messages_count(found), 1);
	ck_assert_uint_eq(rmq_found_messages_unanswered_count(found), 0);
	rmq_message_query_free(query);
	tear_down();
}
END_TEST

START_TEST(search__keeps_a_message_beyond_its_list)
{
	rmq_message *kept;
	size_t len;

	set_up();
	send_two();
	api_ok(by_key(), &detail);
	kept = rmq_message_ref(rmq_found_messages_at(found, 1));
	rmq_found_messages_free(found);
	found = NULL;
	ck_assert_int_eq(memcmp(rmq_message_body(kept, &len), "body", 4), 0);
	rmq_message_free(kept);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		search__finds_what_both_brokers_have,
		search__tells_of_a_broker_that_hangs_what_the_other_has,
		search__a_broker_that_hangs_takes_no_time_of_the_other,
		search__tells_of_a_broker_that_refuses,
		search__fails_when_nobody_answers,
		search__of_one_broker_does_not_ask_the_other,
		search__keeps_a_message_beyond_its_list,
	};
	struct suite s;

	suite_open(&s, "admin_message");
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	tcase_add_loop_test(s.all, search__tells_of_an_answer_that_cannot_be_read, 0, 2);
	return suite_run(&s);
}
