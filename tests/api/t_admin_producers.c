/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_producers.c - who is online in a group of producers, as two brokers tell it. In virtual time. */
#include <string.h>

#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_admin *admin;
static rmq_producer *producer;
static rmq_error_detail *detail;

/* Its topic has queues on both brokers, and it has sent to each. */
static void produce(void)
{
	rmq_message *m = rmq_message_new("T", "body", 4);

	api_ok(rmq_admin_create_topic(admin, NULL, "T", NULL, NULL, &detail), &detail);
	api_ok(rmq_producer_new(config, "p", &producer, &detail), &detail);
	api_ok(rmq_producer_start(producer, &detail), &detail);
	for (int i = 0; i < 16; i++)
		api_ok(rmq_producer_send(producer, m, NULL, NULL, &detail), &detail);
	rmq_message_free(m);
}

static void set_up(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", "brokers", "2", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
	produce();
}

static void tear_down(void)
{
	rmq_producer_free(producer);
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_admin_free(admin);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static rmq_group_members *producers_of(const char *group)
{
	rmq_group_members *m = NULL;

	api_ok(rmq_admin_group_producers(admin, NULL, group, NULL, &m, &detail), &detail);
	return m;
}

START_TEST(producers__are_members_while_they_are_online)
{
	rmq_group_members *m;
	const rmq_group_member *one;

	set_up();
	m = producers_of("p");
	one = rmq_group_members_at(m, 0);
	ck_assert_uint_eq(rmq_group_members_count(m), 1);
	ck_assert_int_eq(rmq_group_member_error(one), RMQ_OK);
	ck_assert(rmq_group_member_client_id(one)[0] != '\0');
	ck_assert_str_eq(rmq_group_member_language(one), "CPP");
	ck_assert_str_eq(rmq_group_members_consume_type(m), "");
	ck_assert_uint_eq(rmq_group_members_subscription_count(m), 0);
	rmq_group_members_free(m);
	rmq_producer_free(producer);
	producer = NULL;
	m = producers_of("p");
	ck_assert_uint_eq(rmq_group_members_count(m), 0);
	rmq_group_members_free(m);
	tear_down();
}
END_TEST

START_TEST(producers__of_an_unknown_group_are_none)
{
	rmq_group_members *m;

	set_up();
	m = producers_of("nobody");
	ck_assert_uint_eq(rmq_group_members_count(m), 0);
	rmq_group_members_free(m);
	tear_down();
}
END_TEST

static void expect_row(enum rmq_error error, const char *text)
{
	rmq_group_members *m = producers_of("p");
	const rmq_group_member *row = rmq_group_members_at(m, 1);

	ck_assert_uint_eq(rmq_group_members_count(m), 2);
	ck_assert_str_eq(rmq_group_member_broker_name(row), "broker-b");
	ck_assert_int_eq(rmq_group_member_error(row), error);
	ck_assert_ptr_nonnull(
		strstr(rmq_error_detail_message(rmq_group_member_detail(row)), text));
	rmq_group_members_free(m);
}

START_TEST(producers__a_broker_without_an_answer_is_a_row)
{
	rmq_mock_fault *f = NULL;
	uint64_t id;

	set_up();
	api_ok(rmq_mock_fault_parse("{\"code\":\"GET_PRODUCER_CONNECTION_LIST\","
				    "\"node\":\"broker-b\",\"reply\":\"SYSTEM_ERROR\","
				    "\"remark\":\"not now\"}",
				    &f, &detail),
	       &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
	expect_row(RMQ_ERR_BROKER, "not now");
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	expect_row(RMQ_ERR_TIMEOUT, "");
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		producers__are_members_while_they_are_online,
		producers__of_an_unknown_group_are_none,
		producers__a_broker_without_an_answer_is_a_row,
	};
	struct suite s;

	suite_open(&s, "admin_producers");
	suite_add(&s, tests, sizeof(tests) / sizeof(tests[0]));
	return suite_run(&s);
}
