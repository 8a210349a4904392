/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin_broker.c - brokers and name servers of which one is away, refuses or talks rubbish. In virtual time. */
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_admin *admin;
static rmq_error_detail *detail;

static void set_up(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", "brokers", "2", "namesrvs", "2",
					  "brokerSettings", "configAllowList=shortPollingTimeMills",
					  NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
}

static void tear_down(void)
{
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_admin_free(admin);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

static void add_fault(const char *json)
{
	rmq_mock_fault *f = NULL;
	uint64_t id;

	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
}

/* The first answered, the second has this error. */
static void expect_half(enum rmq_error error)
{
	rmq_brokers *brokers = NULL;
	const rmq_broker *b;

	api_ok(rmq_admin_brokers(admin, NULL, NULL, &brokers, &detail), &detail);
	ck_assert_uint_eq(rmq_brokers_count(brokers), 2);
	b = rmq_brokers_at(brokers, 0);
	ck_assert_int_eq(rmq_broker_error(b), RMQ_OK);
	ck_assert(rmq_broker_is_active(b));
	b = rmq_brokers_at(brokers, 1);
	ck_assert_str_eq(rmq_broker_name(b), "broker-b");
	ck_assert_int_eq(rmq_broker_error(b), error);
	ck_assert_ptr_nonnull(rmq_broker_detail(b));
	ck_assert_ptr_null(rmq_broker_runtime(b));
	ck_assert_str_eq(rmq_broker_version(b), "");
	ck_assert(!rmq_broker_is_active(b));
	ck_assert(rmq_broker_in_tps(b) < 0);
	ck_assert(rmq_broker_out_tps(b) < 0);
	rmq_brokers_free(brokers);
}

START_TEST(brokers__one_that_hangs_is_a_row)
{
	set_up();
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	expect_half(RMQ_ERR_TIMEOUT);
	tear_down();
}
END_TEST

START_TEST(brokers__one_that_refuses_is_a_row)
{
	set_up();
	add_fault("{\"code\":\"GET_BROKER_RUNTIME_INFO\",\"node\":\"broker-b\","
		  "\"reply\":\"SYSTEM_ERROR\"}");
	expect_half(RMQ_ERR_BROKER);
	tear_down();
}
END_TEST

static bool answer_rubbish(void *arg, const rmq_mock_incoming *in, rmq_mock_reply *reply)
{
	const char *text = arg;

	(void)in;
	return rmq_mock_reply_set(reply, 0, "") == RMQ_OK &&
	       rmq_mock_reply_set_body(reply, text, strlen(text)) == RMQ_OK;
}

static void answer_with(const char *json, const char *body)
{
	rmq_mock_fault *f = NULL;
	uint64_t id;

	api_ok(rmq_mock_fault_parse(json, &f, &detail), &detail);
	rmq_mock_fault_set_handler(f, answer_rubbish, (void *)(uintptr_t)body);
	api_ok(rmq_mock_cluster_add_fault(cluster, f, &id, &detail), &detail);
	rmq_mock_fault_free(f);
}

START_TEST(brokers__one_that_talks_rubbish_is_a_row)
{
	set_up();
	answer_with("{\"code\":\"GET_BROKER_RUNTIME_INFO\",\"node\":\"broker-b\"}",
		    "{\"table\":[]}");
	expect_half(RMQ_ERR_PROTOCOL);
	tear_down();
}
END_TEST

START_TEST(brokers__fail_when_none_answers)
{
	rmq_brokers *brokers = NULL;

	set_up();
	add_fault("{\"code\":\"GET_BROKER_RUNTIME_INFO\",\"reply\":\"SYSTEM_ERROR\"}");
	ck_assert_int_eq(rmq_admin_brokers(admin, NULL, NULL, &brokers, &detail), RMQ_ERR_BROKER);
	ck_assert_ptr_null(brokers);
	tear_down();
}
END_TEST

START_TEST(brokers__say_odd_figures)
{
	rmq_brokers *brokers = NULL;
	const rmq_broker *b;

	set_up();
	answer_with("{\"code\":\"GET_BROKER_RUNTIME_INFO\"}",
		    "{\"table\":{\"putTps\":\"12.5 1.0 2.0\",\"getTransferredTps\":\"NaN\","
		    "\"brokerActive\":\"false\"}}");
	api_ok(rmq_admin_brokers(admin, NULL, NULL, &brokers, &detail), &detail);
	b = rmq_brokers_at(brokers, 0);
	ck_assert(rmq_broker_in_tps(b) > 12.4 && rmq_broker_in_tps(b) < 12.6);
	ck_assert(rmq_broker_out_tps(b) < 0);
	ck_assert_str_eq(rmq_broker_version(b), "");
	ck_assert(!rmq_broker_is_active(b));
	rmq_brokers_free(brokers);
	tear_down();
}
END_TEST

START_TEST(replication__is_told_by_each_broker)
{
	rmq_brokers *brokers = NULL;
	const rmq_properties *p;

	set_up();
	api_ok(rmq_mock_node_down(cluster, "broker-b", RMQ_MOCK_DOWN_HANG, &detail), &detail);
	api_ok(rmq_admin_ha_status(admin, NULL, NULL, &brokers, &detail), &detail);
	ck_assert_uint_eq(rmq_brokers_count(brokers), 2);
	p = rmq_broker_runtime(rmq_brokers_at(brokers, 0));
	ck_assert_str_eq(rmq_properties_find(p, "master"), "true");
	ck_assert_ptr_nonnull(rmq_properties_find(p, "masterCommitLogMaxOffset"));
	ck_assert_str_eq(rmq_properties_find(p, "haClientRuntimeInfo.activated"), "false");
	ck_assert_int_eq(rmq_broker_error(rmq_brokers_at(brokers, 1)), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_null(rmq_broker_runtime(rmq_brokers_at(brokers, 1)));
	rmq_brokers_free(brokers);
	tear_down();
}
END_TEST

START_TEST(settings__are_changed_when_the_broker_lets_them)
{
	rmq_properties *p = NULL;

	set_up();
	api_ok(rmq_admin_set_broker_config(admin, "broker-b", "shortPollingTimeMills", "1234",
					   NULL, &detail),
	       &detail);
	api_ok(rmq_admin_broker_config(admin, "broker-b", NULL, &p, &detail), &detail);
	ck_assert_str_eq(rmq_properties_find(p, "shortPollingTimeMills"), "1234");
	rmq_properties_free(p);
	p = NULL;
	api_ok(rmq_admin_broker_config(admin, "broker-a", NULL, &p, &detail), &detail);
	ck_assert_str_ne(rmq_properties_find(p, "shortPollingTimeMills"), "1234");
	rmq_properties_free(p);
	ck_assert_int_eq(rmq_admin_set_broker_config(admin, "broker-b", "brokerName", "x", NULL,
						     &detail),
			 RMQ_ERR_BROKER);
	tear_down();
}
END_TEST

START_TEST(settings__that_are_no_lines_are_told)
{
	rmq_properties *p = NULL;

	set_up();
	answer_with("{\"code\":\"GET_BROKER_CONFIG\"}", "no line of a name and a value");
	ck_assert_int_eq(rmq_admin_broker_config(admin, "broker-a", NULL, &p, &detail),
			 RMQ_ERR_PROTOCOL);
	ck_assert_ptr_null(p);
	tear_down();
}
END_TEST

START_TEST(namesrvs__one_that_is_away_is_a_row)
{
	rmq_namesrvs *servers = NULL;
	const rmq_namesrv *n;

	set_up();
	api_ok(rmq_mock_node_down(cluster, "namesrv-1", RMQ_MOCK_DOWN_REFUSE, &detail), &detail);
	api_ok(rmq_admin_put_kv(admin, "s", "k", "v", NULL, &servers, &detail), &detail);
	ck_assert_uint_eq(rmq_namesrvs_count(servers), 2);
	ck_assert_int_eq(rmq_namesrv_error(rmq_namesrvs_at(servers, 0)), RMQ_OK);
	n = rmq_namesrvs_at(servers, 1);
	ck_assert_int_eq(rmq_namesrv_error(n), RMQ_ERR_CONNECT);
	ck_assert_ptr_nonnull(rmq_namesrv_detail(n));
	ck_assert_ptr_null(rmq_namesrv_config(n));
	ck_assert_ptr_null(rmq_namesrvs_at(servers, 2));
	rmq_namesrvs_free(servers);
	/* Who does not look at the rows is told that not all have it. */
	ck_assert_int_eq(rmq_admin_put_kv(admin, "s", "k", "v", NULL, NULL, &detail),
			 RMQ_ERR_CONNECT);
	tear_down();
}
END_TEST

START_TEST(namesrvs__all_are_told)
{
	rmq_namesrvs *servers = NULL;

	set_up();
	api_ok(rmq_admin_wipe_write_permission(admin, "broker-a", NULL, &servers, &detail),
	       &detail);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_gt(rmq_namesrv_topics(rmq_namesrvs_at(servers, i)), 0);
	rmq_namesrvs_free(servers);
	api_ok(rmq_admin_add_write_permission(admin, "broker-a", NULL, NULL, &detail), &detail);
	ck_assert_int_eq(rmq_admin_set_namesrv_config(admin, "listenPort", "1", NULL, NULL,
						      &detail),
			 RMQ_ERR_BROKER);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		brokers__one_that_hangs_is_a_row,
		brokers__one_that_refuses_is_a_row,
		brokers__one_that_talks_rubbish_is_a_row,
		brokers__fail_when_none_answers,
		brokers__say_odd_figures,
		replication__is_told_by_each_broker,
		settings__are_changed_when_the_broker_lets_them,
		settings__that_are_no_lines_are_told,
		namesrvs__one_that_is_away_is_a_row,
		namesrvs__all_are_told,
	};

	return run_suite("admin_broker", tests, sizeof(tests) / sizeof(tests[0]));
}
