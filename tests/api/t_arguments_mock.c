/* SPDX-License-Identifier: Apache-2.0 */
/* NULL and wrong states at the functions of a mock cluster (t_arguments.c). */
#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_node.h>
#include <rocketmq/mock_time.h>

#include "tests/api/arguments.h"

static bool never(void *arg)
{
	(void)arg;
	return false;
}

START_TEST(null__mock)
{
	rmq_mock_options *o = rmq_mock_options_new();
	rmq_mock_cluster *c;

	INVALID_TOLD(rmq_mock_options_set(NULL, "brokers", "1", &d));
	INVALID_TOLD(rmq_mock_options_set(o, NULL, "1", &d));
	INVALID_TOLD(rmq_mock_options_set(o, "brokers", NULL, &d));
	ck_assert_ptr_null(rmq_mock_options_get(NULL, "brokers"));
	ck_assert_ptr_null(rmq_mock_options_get(o, NULL));
	rmq_mock_options_set_log(NULL, NULL, RMQ_LOG_WARN, NULL);
	rmq_mock_options_free(NULL);
	rmq_mock_options_free(o);
	ck_assert_str_eq(rmq_mock_option_name(NULL), "");
	ck_assert_str_eq(rmq_mock_option_type(NULL), "");
	ck_assert_str_eq(rmq_mock_option_range(NULL), "");
	ck_assert_str_eq(rmq_mock_option_default_value(NULL), "");
	ck_assert_str_eq(rmq_mock_option_unit(NULL), "");
	ck_assert_str_eq(rmq_mock_option_help(NULL), "");
	INVALID_TOLD(rmq_mock_cluster_new(NULL, NULL, &d));
	rmq_mock_cluster_free(NULL);
	(void)rmq_mock_cluster_namesrv(NULL);
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(NULL, "broker-a"));
	ck_assert_ptr_null(rmq_mock_cluster_control(NULL));
	ck_assert_ptr_null(rmq_mock_cluster_environment(NULL));
	INVALID_TOLD(rmq_mock_cluster_create_topic(NULL, "T", 1, &d));
	INVALID_TOLD(rmq_mock_broker_stop(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_broker_crash(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_broker_start(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_namesrv_stop(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_namesrv_start(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_cluster_advance(NULL, 1, &d));
	(void)rmq_mock_cluster_now_ms(NULL);
	ck_assert(!rmq_mock_cluster_run_until(NULL, never, NULL, 1));
	ck_assert_uint_eq(rmq_mock_cluster_request_count(NULL, -1), 0);
	ck_assert_uint_eq(rmq_mock_cluster_unsupported_count(NULL), 0);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(NULL, "broker-a", "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(NULL, "broker-a", "g", "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(NULL, "broker-a", "g"), -1);

	c = api_cluster(NULL);
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(c, NULL));
	INVALID_TOLD(rmq_mock_cluster_create_topic(c, NULL, 1, &d));
	INVALID_TOLD(rmq_mock_broker_stop(c, NULL, &d));
	INVALID_TOLD(rmq_mock_broker_crash(c, NULL, &d));
	INVALID_TOLD(rmq_mock_broker_start(c, NULL, &d));
	ck_assert(!rmq_mock_cluster_run_until(c, NULL, NULL, 1));
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, NULL, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, "broker-a", NULL, 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(c, "broker-a", NULL, "T", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(c, "broker-a", "g", NULL, 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, NULL, "g"), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, "broker-a", NULL), -1);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(null__mock_instrument)
{
	INVALID_TOLD(rmq_mock_broker_move(NULL, "broker-a", 0, &d));
	INVALID_TOLD(rmq_mock_slave_promote(NULL, "broker-a/1", &d));
	INVALID_TOLD(rmq_mock_disk_set_used(NULL, "broker-a", 1, &d));
	INVALID_TOLD(rmq_mock_disk_set_slow(NULL, "broker-a", 1, &d));
	INVALID_TOLD(rmq_mock_disk_fail(NULL, "broker-a", RMQ_MOCK_DISK_SYNC, 1, 1, 5, &d));
	INVALID_TOLD(rmq_mock_broker_crash_power(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_cluster_advance_to_next(NULL, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_settle(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_cluster_step_wall(NULL, 0, &d));
	INVALID_TOLD(rmq_mock_broker_set_skew(NULL, "broker-a", 0, &d));
	INVALID_TOLD(rmq_mock_topic_set(NULL, "T", 1, 1, 6, &d));
	INVALID_TOLD(rmq_mock_check_transactions(NULL, NULL, &d));
	INVALID_TOLD(rmq_mock_group_rebalance(NULL, "G", &d));
	INVALID_TOLD(rmq_mock_group_reset_offset(NULL, "T", "G", 0, &d));
	INVALID_TOLD(rmq_mock_node_busy(NULL, "broker-a", RMQ_MOCK_BUSY_OVERLOAD, 0, 0, &d));
	INVALID_TOLD(rmq_mock_namesrv_freeze(NULL, "namesrv-0", true, &d));
	INVALID_TOLD(rmq_mock_namesrv_set_route(NULL, "namesrv-0", "T", NULL, &d));
	ck_assert_ptr_null(rmq_mock_node_name(NULL, 0));
	ck_assert_ptr_null(rmq_mock_node_state(NULL, "broker-a"));
	ck_assert_ptr_null(rmq_mock_node_address(NULL, "broker-a"));
	INVALID_TOLD(rmq_mock_node_stop(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_node_start(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_node_restart(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_node_down(NULL, "broker-a", RMQ_MOCK_DOWN_HANG, &d));
	INVALID_TOLD(rmq_mock_node_up(NULL, "broker-a", &d));
	INVALID_TOLD(rmq_mock_cluster_cut(NULL, "broker-a", "broker-b", &d));
	INVALID_TOLD(rmq_mock_cluster_join(NULL, "broker-a", "broker-b", &d));
	INVALID_TOLD(rmq_mock_cluster_heal(NULL, &d));
}
END_TEST

START_TEST(states__of_mock_nodes)
{
	rmq_mock_cluster *c = api_cluster(NULL);

	ck_assert_int_eq(rmq_mock_broker_start(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-z", NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-a", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_broker_stop(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_crash(c, "broker-a", NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_broker_start(c, "broker-a", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 1, NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, -1, NULL), RMQ_ERR_NOT_FOUND);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_namesrv_stop(c, 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmq_mock_namesrv_start(c, 0, NULL), RMQ_OK);
	ck_assert_int_eq(rmq_mock_cluster_advance(c, 1, NULL), RMQ_ERR_STATE); /* time is real */
	ck_assert_ptr_null(rmq_mock_cluster_environment(c));
	ck_assert_ptr_null(rmq_mock_cluster_broker_address(c, "broker-z"));
	ck_assert_ptr_null(rmq_mock_cluster_control(c));
	ck_assert_int_eq(rmq_mock_cluster_max_offset(c, "broker-z", "Topic", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(c, "broker-z", "g"), -1);
	rmq_mock_cluster_free(c);
}
END_TEST

START_TEST(null__mock_faults)
{
	rmq_mock_cluster *c = api_cluster(NULL);
	rmq_mock_fault *f = rmq_mock_fault_new();
	rmq_mock_fault_list *l;
	uint64_t id;

	INVALID_TOLD(rmq_mock_fault_set(NULL, "drop", "true", &d));
	INVALID_TOLD(rmq_mock_fault_set(f, NULL, "true", &d));
	INVALID_TOLD(rmq_mock_fault_set(f, "drop", NULL, &d));
	ck_assert_int_eq(rmq_mock_fault_set(f, "topic", "T", NULL), RMQ_OK);
	ck_assert_str_eq(rmq_mock_fault_get(f, "topic"), "T");
	ck_assert_int_eq(rmq_mock_fault_set(f, "topic", "", NULL), RMQ_OK);
	ck_assert_str_eq(rmq_mock_fault_get(f, "topic"), "");
	ck_assert_str_eq(rmq_mock_fault_get(f, "skip"), "0");
	ck_assert_ptr_null(rmq_mock_fault_get(f, "nothing"));
	ck_assert_ptr_null(rmq_mock_fault_get(f, NULL));
	ck_assert_ptr_null(rmq_mock_fault_get(NULL, "skip"));
	INVALID_TOLD(rmq_mock_fault_parse(NULL, &f, &d));
	INVALID_TOLD(rmq_mock_fault_parse("{}", NULL, &d));
	ck_assert_int_eq(rmq_mock_incoming_code(NULL), -1);
	ck_assert_str_eq(rmq_mock_incoming_node(NULL), "");
	ck_assert_int_eq(rmq_mock_incoming_namesrv(NULL), -1);
	ck_assert(!rmq_mock_incoming_is_oneway(NULL));
	ck_assert_ptr_null(rmq_mock_incoming_field(NULL, "topic", NULL));
	ck_assert_ptr_null(rmq_mock_incoming_body(NULL, NULL));
	INVALID(rmq_mock_reply_set(NULL, 0, NULL));
	INVALID(rmq_mock_reply_add_field(NULL, "a", "b"));
	INVALID(rmq_mock_reply_set_body(NULL, "a", 1));
	rmq_mock_fault_set_predicate(NULL, NULL, NULL);
	rmq_mock_fault_set_handler(NULL, NULL, NULL);
	INVALID_TOLD(rmq_mock_cluster_add_fault(NULL, f, &id, &d));
	INVALID_TOLD(rmq_mock_cluster_add_fault(c, NULL, &id, &d));
	INVALID_TOLD(rmq_mock_cluster_add_fault(c, f, NULL, &d));
	ck_assert_int_eq(rmq_mock_cluster_add_fault(c, f, &id, NULL), RMQ_ERR_CONFIG);
	ck_assert_uint_eq(rmq_mock_fault_hits(NULL, 1), 0);
	ck_assert_uint_eq(rmq_mock_fault_hits(c, 1), 0);
	INVALID_TOLD(rmq_mock_fault_wait(NULL, 1, 1, 1, &d));
	INVALID_TOLD(rmq_mock_fault_wait(c, 1, 1, -1, &d));
	ck_assert_int_eq(rmq_mock_fault_wait(c, 1, 1, 1, NULL), RMQ_ERR_NOT_FOUND);
	INVALID_TOLD(rmq_mock_fault_remove(NULL, 1, &d));
	ck_assert_int_eq(rmq_mock_fault_remove(c, 1, NULL), RMQ_OK);
	INVALID_TOLD(rmq_mock_cluster_faults(NULL, &l, &d));
	INVALID_TOLD(rmq_mock_cluster_faults(c, NULL, &d));
	INVALID_TOLD(rmq_mock_cluster_unspent_faults(NULL, &l, &d));
	INVALID_TOLD(rmq_mock_cluster_unspent_faults(c, NULL, &d));
	ck_assert_int_eq(rmq_mock_cluster_faults(c, &l, NULL), RMQ_OK);
	ck_assert_uint_eq(rmq_mock_fault_list_count(l), 0);
	ck_assert_uint_eq(rmq_mock_fault_list_id(l, 0), 0);
	ck_assert_uint_eq(rmq_mock_fault_list_hits(NULL, 0), 0);
	ck_assert_str_eq(rmq_mock_fault_list_text(l, 0), "");
	rmq_mock_fault_list_free(l);
	rmq_mock_fault_list_free(NULL);
	rmq_mock_fault_free(f);
	rmq_mock_fault_free(NULL);
	rmq_mock_cluster_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		null__mock_faults,
		null__mock,
		null__mock_instrument,
		states__of_mock_nodes,
	};

	return run_suite("arguments_mock", tests, sizeof(tests) / sizeof(tests[0]));
}
