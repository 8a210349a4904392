/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_foreign.c - in virtual time another thread calls every public function that takes a handle: each says that this is
 * not its thread, does nothing, and calls no callback.
 */
#include <pthread.h>

#include <rocketmq/mock_broker.h>
#include <rocketmq/mock_disk.h>
#include <rocketmq/mock_fault.h>
#include <rocketmq/mock_group.h>
#include <rocketmq/mock_message.h>
#include <rocketmq/mock_node.h>
#include <rocketmq/mock_record.h>
#include <rocketmq/mock_time.h>

#include "tests/api/api.h"

struct handles {
	rmq_producer *producer;
	rmq_transaction *transaction;
	rmq_push_consumer *push;
	rmq_pull_consumer *pull;
	rmq_lite_pull_consumer *lite;
	rmq_simple_consumer *simple;
	rmq_admin *admin;
	rmq_mock_fault *fault;
};

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;
static rmq_message *m, *batch[1];
static const rmq_message *acked[1];
static struct rmq_queue queue = {.topic = "Topic", .broker_name = "broker-a", .queue_id = 0};
static int64_t offset;
static size_t count;
static uint64_t fault_id;
static enum rmq_error results[1];
static char *got_text;
static rmq_admin *got_admin;
static rmq_lite_pull_consumer *got_lite_pull_consumer;
static rmq_message *got_message;
static rmq_messages *got_messages;
static rmq_mock_fault_list *got_fault_list;
static rmq_mock_groups *got_groups;
static rmq_mock_locks *got_locks;
static rmq_mock_messages *got_stored;
static rmq_mock_pops *got_pops;
static rmq_mock_requests *got_requests;
static rmq_mock_transactions *got_transactions;
static rmq_producer *got_producer;
static rmq_pull_consumer *got_pull_consumer;
static rmq_pull_result *got_pull_result;
static rmq_push_consumer *got_push_consumer;
static rmq_queues *got_queues;
static rmq_send_result *got_send_result;
static rmq_send_results *got_send_results;
static rmq_simple_consumer *got_simple_consumer;
static rmq_topic_offsets *got_topic_offsets;
static rmq_transaction *got_transaction;
static rmq_undelivered *got_undelivered;

/* --- Callbacks, none of which is called ------------------------------------------------------------ */

static void on_room(void *arg)
{
	(void)arg;
	ck_abort_msg("a refused call has called back");
}

static void on_done(enum rmq_error error, const rmq_error_detail *d, void *arg)
{
	(void)error;
	(void)d;
	on_room(arg);
}

static void on_sent(enum rmq_error error, const rmq_send_result *r, const rmq_error_detail *d,
		    void *arg)
{
	(void)r;
	on_done(error, d, arg);
}

static void on_batch(enum rmq_error error, const rmq_send_results *r, const rmq_error_detail *d,
		     void *arg)
{
	(void)r;
	on_done(error, d, arg);
}

static void on_pulled(enum rmq_error error, const rmq_pull_result *r, const rmq_error_detail *d,
		      void *arg)
{
	(void)r;
	on_done(error, d, arg);
}

static void on_reply(enum rmq_error error, const rmq_message *r, const rmq_error_detail *d,
		     void *arg)
{
	(void)r;
	on_done(error, d, arg);
}

static void on_received(enum rmq_error error, rmq_messages *r, const rmq_error_detail *d, void *arg)
{
	(void)r;
	on_done(error, d, arg);
}

static void on_acks(enum rmq_error error, const enum rmq_error *r, size_t n,
		    const rmq_error_detail *d, void *arg)
{
	(void)r;
	(void)n;
	on_done(error, d, arg);
}

static void on_begun(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *d, void *arg)
{
	(void)t;
	on_done(error, d, arg);
}

static void on_queues(const char *topic, const rmq_queues *held, const rmq_queues *assigned,
		      const rmq_queues *revoked, void *arg)
{
	(void)topic;
	(void)held;
	(void)assigned;
	(void)revoked;
	on_room(arg);
}

static size_t allocate(const rmq_queues *queues, const char *const *members, size_t n, size_t self,
		       size_t *chosen, void *arg)
{
	(void)queues;
	(void)members;
	(void)n;
	(void)self;
	(void)chosen;
	on_room(arg);
	return 0;
}

static enum rmq_transaction_state check(const rmq_message *half, void *arg)
{
	(void)half;
	on_room(arg);
	return RMQ_TRANSACTION_UNKNOWN;
}

static enum rmq_orderly_status take_orderly(rmq_push_consumer *c, const rmq_message *const *messages,
					    size_t n, rmq_orderly_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	on_room(arg);
	return RMQ_ORDERLY_SUCCESS;
}

/* The listener of the consumer that there is; the thread it runs on is the simulation's. */
static enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages,
				    size_t n, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)n;
	(void)context;
	(void)arg;
	return RMQ_CONSUME_SUCCESS;
}

static void line(const char *text, size_t len, void *arg)
{
	(void)text;
	(void)len;
	on_room(arg);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* --- Calls ---------------------------------------------------------------------------------------- */

static void refused(const char *call, enum rmq_error error)
{
	if (error != RMQ_ERR_STATE ||
	    !strstr(rmq_error_detail_message(detail), "belongs to the thread that made the mock cluster"))
		ck_abort_msg("%s: %s: %s", call, rmq_error_text(error),
			     rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	detail = NULL;
}

#define REFUSED(call) refused(#call, call)

static void call_producer(const struct handles *h)
{
	REFUSED(rmq_producer_set_room_fn(h->producer, on_room, NULL, &detail));
	REFUSED(rmq_producer_flush(h->producer, 1000, &detail));
	REFUSED(rmq_producer_new(config, "G", &got_producer, &detail));
	REFUSED(rmq_producer_start(h->producer, &detail));
	REFUSED(rmq_producer_send(h->producer, m, NULL, &got_send_result, &detail));
	REFUSED(rmq_producer_send_async(h->producer, m, NULL, on_sent, NULL, &detail));
	REFUSED(rmq_producer_send_oneway(h->producer, m, NULL, &detail));
	REFUSED(rmq_producer_send_batch(h->producer, batch, 1, NULL, &got_send_results, &detail));
	REFUSED(rmq_producer_send_batch_async(h->producer, batch, 1, NULL, on_batch, NULL,
		&detail));
	REFUSED(rmq_producer_queues(h->producer, "Topic", &got_queues, &detail));
	REFUSED(rmq_producer_recall(h->producer, "Topic", "handle", &detail));
	REFUSED(rmq_producer_set(h->producer, "sendMsgTimeout", "1000", &detail));
	REFUSED(rmq_producer_close(h->producer, 1000, &detail));
	REFUSED(rmq_producer_request(h->producer, m, NULL, &got_message, &detail));
	REFUSED(rmq_producer_request_async(h->producer, m, NULL, on_reply, NULL, &detail));
	REFUSED(rmq_producer_statistics(h->producer, &got_text, &detail));
	REFUSED(rmq_producer_set_check_fn(h->producer, check, NULL, &detail));
	REFUSED(rmq_producer_add_topic(h->producer, "Topic", &detail));
	REFUSED(rmq_producer_begin(h->producer, m, NULL, &got_transaction, &detail));
	REFUSED(rmq_producer_begin_async(h->producer, m, NULL, on_begun, NULL, &detail));
}

static void call_push_consumer(const struct handles *h)
{
	REFUSED(rmq_push_consumer_new(config, "G", &got_push_consumer, &detail));
	REFUSED(rmq_push_consumer_subscribe(h->push, "Topic", "*", &detail));
	REFUSED(rmq_push_consumer_subscribe_sql(h->push, "Topic", "a > 1", &detail));
	REFUSED(rmq_push_consumer_unsubscribe(h->push, "Topic", &detail));
	REFUSED(rmq_push_consumer_set_listener(h->push, take, NULL, &detail));
	REFUSED(rmq_push_consumer_set_orderly_listener(h->push, take_orderly, NULL, &detail));
	REFUSED(rmq_push_consumer_set_queues_fn(h->push, on_queues, NULL, &detail));
	REFUSED(rmq_push_consumer_set_allocate_fn(h->push, allocate, NULL, &detail));
	REFUSED(rmq_push_consumer_start(h->push, &detail));
	REFUSED(rmq_push_consumer_wait_ready(h->push, 1000, &detail));
	REFUSED(rmq_push_consumer_suspend(h->push, &detail));
	REFUSED(rmq_push_consumer_resume(h->push, &detail));
	REFUSED(rmq_push_consumer_set_rate_limit(h->push, 1, &detail));
	REFUSED(rmq_push_consumer_close(h->push, 1000, &detail));
	REFUSED(rmq_push_consumer_statistics(h->push, &got_text, &detail));
}

static void call_pull_consumer(const struct handles *h)
{
	REFUSED(rmq_pull_consumer_new(config, "G", &got_pull_consumer, &detail));
	REFUSED(rmq_pull_consumer_subscribe(h->pull, "Topic", "*", &detail));
	REFUSED(rmq_pull_consumer_unsubscribe(h->pull, "Topic", &detail));
	REFUSED(rmq_pull_consumer_set_queues_fn(h->pull, on_queues, NULL, &detail));
	REFUSED(rmq_pull_consumer_start(h->pull, &detail));
	REFUSED(rmq_pull_consumer_wait_ready(h->pull, 1000, &detail));
	REFUSED(rmq_pull_consumer_close(h->pull, 1000, &detail));
	REFUSED(rmq_pull_consumer_queues(h->pull, "Topic", &got_queues, &detail));
	REFUSED(rmq_pull_consumer_assignment(h->pull, &got_queues, &detail));
	REFUSED(rmq_pull_consumer_pull(h->pull, &queue, 0, NULL, &got_pull_result, &detail));
	REFUSED(rmq_pull_consumer_pull_async(h->pull, &queue, 0, NULL, on_pulled, NULL, &detail));
	REFUSED(rmq_pull_consumer_committed(h->pull, &queue, &offset, &detail));
	REFUSED(rmq_pull_consumer_commit(h->pull, &queue, 0, &detail));
	REFUSED(rmq_pull_consumer_min_offset(h->pull, &queue, &offset, &detail));
	REFUSED(rmq_pull_consumer_max_offset(h->pull, &queue, &offset, &detail));
	REFUSED(rmq_pull_consumer_offset_at(h->pull, &queue, 0, &offset, &detail));
	REFUSED(rmq_pull_consumer_send_back(h->pull, acked[0], 1, &detail));
	REFUSED(rmq_pull_consumer_statistics(h->pull, &got_text, &detail));
}

static void call_lite_pull_consumer(const struct handles *h)
{
	REFUSED(rmq_lite_pull_consumer_new(config, "G", &got_lite_pull_consumer, &detail));
	REFUSED(rmq_lite_pull_consumer_subscribe(h->lite, "Topic", "*", &detail));
	REFUSED(rmq_lite_pull_consumer_subscribe_sql(h->lite, "Topic", "a > 1", &detail));
	REFUSED(rmq_lite_pull_consumer_unsubscribe(h->lite, "Topic", &detail));
	REFUSED(rmq_lite_pull_consumer_assign(h->lite, &queue, 1, "*", &detail));
	REFUSED(rmq_lite_pull_consumer_set_queues_fn(h->lite, on_queues, NULL, &detail));
	REFUSED(rmq_lite_pull_consumer_set_allocate_fn(h->lite, allocate, NULL, &detail));
	REFUSED(rmq_lite_pull_consumer_start(h->lite, &detail));
	REFUSED(rmq_lite_pull_consumer_wait_ready(h->lite, 1000, &detail));
	REFUSED(rmq_lite_pull_consumer_poll(h->lite, 1000, &got_messages, &detail));
	REFUSED(rmq_lite_pull_consumer_seek(h->lite, &queue, 0, &detail));
	REFUSED(rmq_lite_pull_consumer_seek_to_begin(h->lite, &queue, &detail));
	REFUSED(rmq_lite_pull_consumer_seek_to_end(h->lite, &queue, &detail));
	REFUSED(rmq_lite_pull_consumer_seek_to_time(h->lite, &queue, 0, &detail));
	REFUSED(rmq_lite_pull_consumer_pause(h->lite, &queue, 1, &detail));
	REFUSED(rmq_lite_pull_consumer_resume(h->lite, &queue, 1, &detail));
	REFUSED(rmq_lite_pull_consumer_commit(h->lite, 1000, &detail));
	REFUSED(rmq_lite_pull_consumer_commit_offsets(h->lite, &queue, &offset, 1, 1000, &detail));
	REFUSED(rmq_lite_pull_consumer_commit_async(h->lite, on_done, NULL, &detail));
	REFUSED(rmq_lite_pull_consumer_commit_offsets_async(h->lite, &queue, &offset, 1,
		on_done, NULL, &detail));
	REFUSED(rmq_lite_pull_consumer_committed(h->lite, &queue, &offset, &detail));
	REFUSED(rmq_lite_pull_consumer_assignment(h->lite, &got_queues, &detail));
	REFUSED(rmq_lite_pull_consumer_queues(h->lite, "Topic", &got_queues, &detail));
	REFUSED(rmq_lite_pull_consumer_close(h->lite, 1000, &detail));
	REFUSED(rmq_lite_pull_consumer_statistics(h->lite, &got_text, &detail));
}

static void call_simple_consumer(const struct handles *h)
{
	REFUSED(rmq_simple_consumer_new(config, "G", &got_simple_consumer, &detail));
	REFUSED(rmq_simple_consumer_subscribe(h->simple, "Topic", "*", &detail));
	REFUSED(rmq_simple_consumer_subscribe_sql(h->simple, "Topic", "a > 1", &detail));
	REFUSED(rmq_simple_consumer_unsubscribe(h->simple, "Topic", &detail));
	REFUSED(rmq_simple_consumer_subscribe_lite(h->simple, "Topic", "lite", &detail));
	REFUSED(rmq_simple_consumer_unsubscribe_lite(h->simple, "Topic", "lite", &detail));
	REFUSED(rmq_simple_consumer_set_orderly(h->simple, true, &detail));
	REFUSED(rmq_simple_consumer_start(h->simple, &detail));
	REFUSED(rmq_simple_consumer_wait_ready(h->simple, 1000, &detail));
	REFUSED(rmq_simple_consumer_receive(h->simple, 1, 60000, 1000, &got_messages, &detail));
	REFUSED(rmq_simple_consumer_receive_async(h->simple, 1, 60000, 1000, on_received,
		NULL, &detail));
	REFUSED(rmq_simple_consumer_ack(h->simple, acked[0], &detail));
	REFUSED(rmq_simple_consumer_ack_batch(h->simple, acked, 1, results, &detail));
	REFUSED(rmq_simple_consumer_change_invisible(h->simple, acked[0], 60000, &detail));
	REFUSED(rmq_simple_consumer_ack_async(h->simple, acked[0], on_done, NULL, &detail));
	REFUSED(rmq_simple_consumer_ack_batch_async(h->simple, acked, 1, on_acks, NULL, &detail));
	REFUSED(rmq_simple_consumer_change_invisible_async(h->simple, acked[0], 60000,
		on_done, NULL, &detail));
	REFUSED(rmq_simple_consumer_close(h->simple, 1000, &detail));
	REFUSED(rmq_simple_consumer_statistics(h->simple, &got_text, &detail));
}

static void call_transaction(const struct handles *h)
{
	REFUSED(rmq_transaction_commit(h->transaction, &detail));
	REFUSED(rmq_transaction_rollback(h->transaction, &detail));
	REFUSED(rmq_transaction_commit_async(h->transaction, on_done, NULL, &detail));
	REFUSED(rmq_transaction_rollback_async(h->transaction, on_done, NULL, &detail));
}

static void call_admin(const struct handles *h)
{
	REFUSED(rmq_admin_new(config, &got_admin, &detail));
	REFUSED(rmq_admin_create_topic(h->admin, "DefaultCluster", "Topic", NULL, NULL, &detail));
	REFUSED(rmq_admin_create_lite_group(h->admin, "DefaultCluster", "G", "Topic",
		false, NULL, &detail));
	REFUSED(rmq_admin_topic_offsets(h->admin, "Topic", "G", NULL, &got_topic_offsets, &detail));
	REFUSED(rmq_admin_set_message_request_mode(h->admin, "DefaultCluster", "Topic",
		"G", RMQ_REQUEST_MODE_POP, 1, NULL, &detail));
}

static void call_nodes(void)
{
	REFUSED(rmq_mock_broker_stop(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_broker_crash(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_broker_start(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_namesrv_stop(cluster, 0, &detail));
	REFUSED(rmq_mock_namesrv_start(cluster, 0, &detail));
	REFUSED(rmq_mock_broker_set_advertised(cluster, "broker-a", "", &detail));
	REFUSED(rmq_mock_broker_set_registered(cluster, "broker-a", 0, false, &detail));
	REFUSED(rmq_mock_topic_set(cluster, "Topic", 2, 2, 6, &detail));
	REFUSED(rmq_mock_check_transactions(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_group_rebalance(cluster, "G", &detail));
	REFUSED(rmq_mock_group_reset_offset(cluster, "Topic", "G", 0, &detail));
	REFUSED(rmq_mock_node_busy(cluster, "broker-a", RMQ_MOCK_BUSY_OVERLOAD, 1, 1000, &detail));
	REFUSED(rmq_mock_namesrv_freeze(cluster, "namesrv-0", true, &detail));
	REFUSED(rmq_mock_namesrv_set_route(cluster, "namesrv-0", "Topic", NULL, &detail));
	REFUSED(rmq_mock_disk_set_used(cluster, "broker-a", 1, &detail));
	REFUSED(rmq_mock_disk_set_slow(cluster, "broker-a", 1, &detail));
	REFUSED(rmq_mock_disk_fail(cluster, "broker-a", RMQ_MOCK_DISK_SYNC, 1, 1, 5, &detail));
	REFUSED(rmq_mock_broker_crash_power(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_node_stop(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_node_start(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_node_restart(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_node_down(cluster, "broker-a", RMQ_MOCK_DOWN_HANG, &detail));
	REFUSED(rmq_mock_node_up(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_cluster_cut(cluster, "broker-a", "namesrv-0", &detail));
	REFUSED(rmq_mock_cluster_join(cluster, "broker-a", "namesrv-0", &detail));
	REFUSED(rmq_mock_cluster_heal(cluster, &detail));
	REFUSED(rmq_mock_broker_move(cluster, "broker-a", 0, &detail));
	REFUSED(rmq_mock_slave_promote(cluster, "broker-a/1", &detail));
	REFUSED(rmq_mock_slave_set_lag(cluster, "broker-a/1", 1, 1, &detail));
	REFUSED(rmq_mock_broker_add(cluster, "broker-b", &detail));
	REFUSED(rmq_mock_broker_remove(cluster, "broker-a", &detail));
	REFUSED(rmq_mock_broker_set_skew(cluster, "broker-a", 1000, &detail));
}

static void call_mock(const struct handles *h)
{
	REFUSED(rmq_mock_cluster_create_topic(cluster, "Topic", 2, &detail));
	REFUSED(rmq_mock_cluster_advance(cluster, 1000, &detail));
	REFUSED(rmq_mock_cluster_add_fault(cluster, h->fault, &fault_id, &detail));
	REFUSED(rmq_mock_fault_wait(cluster, 1, 1, 1000, &detail));
	REFUSED(rmq_mock_fault_remove(cluster, 1, &detail));
	REFUSED(rmq_mock_cluster_faults(cluster, &got_fault_list, &detail));
	REFUSED(rmq_mock_cluster_unspent_faults(cluster, &got_fault_list, &detail));
	REFUSED(rmq_mock_cluster_groups(cluster, &got_groups, &detail));
	REFUSED(rmq_mock_cluster_locks(cluster, &got_locks, &detail));
	REFUSED(rmq_mock_cluster_transactions(cluster, &got_transactions, &detail));
	REFUSED(rmq_mock_cluster_pops(cluster, &got_pops, &detail));
	REFUSED(rmq_mock_cluster_messages(cluster, "Topic", &got_stored, &detail));
	REFUSED(rmq_mock_cluster_requests(cluster, NULL, &got_requests, &detail));
	REFUSED(rmq_mock_cluster_count_requests(cluster, NULL, &count, &detail));
	REFUSED(rmq_mock_cluster_clear_requests(cluster, &detail));
	REFUSED(rmq_mock_cluster_wait_requests(cluster, NULL, 1, 1000, &detail));
	REFUSED(rmq_mock_cluster_wait_quiet(cluster, NULL, 1, 1000, &detail));
	REFUSED(rmq_mock_cluster_expect_sequence(cluster, NULL, "HEART_BEAT", &detail));
	REFUSED(rmq_mock_cluster_verify(cluster, &detail));
	REFUSED(rmq_mock_cluster_dump_requests(cluster, NULL, RMQ_MOCK_TEXT, line, NULL, &detail));
	REFUSED(rmq_mock_cluster_advance_to_next(cluster, NULL, &detail));
	REFUSED(rmq_mock_cluster_settle(cluster, 1000, &detail));
	REFUSED(rmq_mock_cluster_step_wall(cluster, 1000, &detail));
}

/* Those that have no error: nothing is there, nothing is freed; what is constant is told. */
static void call_without_error(const struct handles *h)
{
	ck_assert(!rmq_mock_cluster_run_until(cluster, never, NULL, 1000));
	ck_assert_uint_eq(rmq_mock_cluster_request_count(cluster, -1), 0);
	ck_assert_uint_eq(rmq_mock_cluster_unsupported_count(cluster), 0);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(cluster, "broker-a", "G", "Topic", 0),
			 -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(cluster, "broker-a", "G"), -1);
	ck_assert_uint_eq(rmq_mock_fault_hits(cluster, 1), 0);
	ck_assert_ptr_nonnull(rmq_mock_cluster_namesrv(cluster));
	ck_assert_ptr_nonnull(rmq_mock_node_address(cluster, "broker-a"));
	ck_assert_ptr_nonnull(rmq_producer_client_id(h->producer));
	api_ok(rmq_producer_undelivered(h->producer, &got_undelivered, &detail), &detail);
	rmq_undelivered_free(got_undelivered);
	rmq_producer_free(h->producer);
	rmq_push_consumer_free(h->push);
	rmq_pull_consumer_free(h->pull);
	rmq_lite_pull_consumer_free(h->lite);
	rmq_simple_consumer_free(h->simple);
	rmq_admin_free(h->admin);
	rmq_mock_cluster_free(cluster);
}

static void *call_all(void *arg)
{
	const struct handles *h = arg;

	call_producer(h);
	call_transaction(h);
	call_push_consumer(h);
	call_pull_consumer(h);
	call_lite_pull_consumer(h);
	call_simple_consumer(h);
	call_admin(h);
	call_nodes();
	call_mock(h);
	call_without_error(h);
	return NULL;
}

/* --- The stage ------------------------------------------------------------------------------------- */

static void open_cluster(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", "slaves", "1", "record", "1000",
					  NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static void open_consumers(struct handles *h)
{
	api_ok(rmq_push_consumer_new(config, "Push", &h->push, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(h->push, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(h->push, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(h->push, &detail), &detail);
	api_ok(rmq_pull_consumer_new(config, "Pull", &h->pull, &detail), &detail);
	api_ok(rmq_pull_consumer_start(h->pull, &detail), &detail);
	api_ok(rmq_lite_pull_consumer_new(config, "Lite", &h->lite, &detail), &detail);
	api_ok(rmq_lite_pull_consumer_subscribe(h->lite, "Topic", "*", &detail), &detail);
	api_ok(rmq_lite_pull_consumer_start(h->lite, &detail), &detail);
	api_ok(rmq_simple_consumer_new(config, "Simple", &h->simple, &detail), &detail);
	api_ok(rmq_simple_consumer_subscribe(h->simple, "Topic", "*", &detail), &detail);
	api_ok(rmq_simple_consumer_start(h->simple, &detail), &detail);
}

static rmq_messages *open_all(struct handles *h)
{
	rmq_messages *l = NULL;

	open_cluster();
	api_ok(rmq_producer_new(config, "P", &h->producer, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(h->producer, check, NULL, &detail), &detail);
	api_ok(rmq_producer_start(h->producer, &detail), &detail);
	open_consumers(h);
	api_ok(rmq_admin_new(config, &h->admin, &detail), &detail);
	api_ok(rmq_mock_fault_parse("{\"observe\":true}", &h->fault, &detail), &detail);
	m = rmq_message_new("Topic", "body", 4);
	batch[0] = m;
	api_ok(rmq_producer_begin(h->producer, m, NULL, &h->transaction, &detail), &detail);
	api_ok(rmq_producer_send(h->producer, m, NULL, NULL, &detail), &detail);
	api_ok(rmq_simple_consumer_receive(h->simple, 1, 60000, SOON_MS, &l, &detail), &detail);
	ck_assert_uint_eq(rmq_messages_count(l), 1);
	return l;
}

static void close_all(struct handles *h)
{
	rmq_mock_fault_free(h->fault);
	rmq_transaction_free(h->transaction);
	rmq_producer_free(h->producer);
	rmq_push_consumer_free(h->push);
	rmq_pull_consumer_free(h->pull);
	rmq_lite_pull_consumer_free(h->lite);
	rmq_simple_consumer_free(h->simple);
	rmq_admin_free(h->admin);
	rmq_message_free(m);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

START_TEST(another_thread__is_refused_by_every_call)
{
	struct handles h = {0};
	rmq_messages *l = open_all(&h);
	uint64_t requests = rmq_mock_cluster_request_count(cluster, -1);
	pthread_t thread;

	acked[0] = rmq_messages_at(l, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, call_all, &h), 0);
	pthread_join(thread, NULL);

	ck_assert_uint_eq(rmq_mock_cluster_request_count(cluster, -1), requests);
	api_ok(rmq_producer_send(h.producer, m, NULL, NULL, &detail), &detail);
	api_ok(rmq_transaction_commit(h.transaction, &detail), &detail);
	api_ok(rmq_simple_consumer_ack(h.simple, rmq_messages_at(l, 0), &detail), &detail);
	api_ok(rmq_mock_cluster_verify(cluster, &detail), &detail);
	rmq_messages_free(l);
	close_all(&h);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		another_thread__is_refused_by_every_call,
	};

	return run_suite("foreign", tests, sizeof(tests) / sizeof(tests[0]));
}
