/* SPDX-License-Identifier: Apache-2.0 */
/* t_virtual.c - what virtual time asks of a program, and that breaking it is an error, never an abort. */
#include <pthread.h>
#include <stdlib.h>

#include "tests/api/api.h"

static rmq_mock_cluster *cluster;
static rmq_config *config;
static rmq_error_detail *detail;

static void open_cluster(void)
{
	cluster = api_cluster(api_options("virtualTime", "true", NULL));
	config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
}

static rmq_producer *open_producer(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

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

static rmq_push_consumer *open_consumer(void)
{
	rmq_push_consumer *c = NULL;

	api_ok(rmq_push_consumer_new(config, "G", &c, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(c, "Topic", "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(c, take, NULL, &detail), &detail);
	api_ok(rmq_push_consumer_start(c, &detail), &detail);
	api_ok(rmq_push_consumer_wait_ready(c, -1, &detail), &detail);
	return c;
}

/* --- Another thread --------------------------------------------------------------------------- */

struct handles {
	rmq_producer *p;
	rmq_push_consumer *c;
	rmq_admin *a;
};

static void is_refused(enum rmq_error err)
{
	api_failed(err, RMQ_ERR_STATE, &detail);
	api_names(detail, "belongs to the thread that made the mock cluster");
	rmq_error_detail_free(detail);
	detail = NULL;
}

static void call_producer(struct handles *h)
{
	rmq_message *m = rmq_message_new("Topic", "body", 4);
	rmq_producer *p = NULL;

	is_refused(rmq_producer_new(config, "P", &p, &detail));
	is_refused(rmq_producer_start(h->p, &detail));
	is_refused(rmq_producer_send(h->p, m, NULL, NULL, &detail));
	is_refused(rmq_producer_close(h->p, -1, &detail));
	rmq_producer_free(h->p);
	rmq_message_free(m);
}

static void call_consumer(struct handles *h)
{
	rmq_push_consumer *c = NULL;

	is_refused(rmq_push_consumer_new(config, "G", &c, &detail));
	is_refused(rmq_push_consumer_start(h->c, &detail));
	is_refused(rmq_push_consumer_subscribe(h->c, "Other", "*", &detail));
	is_refused(rmq_push_consumer_unsubscribe(h->c, "Topic", &detail));
	is_refused(rmq_push_consumer_suspend(h->c, &detail));
	is_refused(rmq_push_consumer_wait_ready(h->c, -1, &detail));
	is_refused(rmq_push_consumer_close(h->c, -1, &detail));
	ck_assert_uint_eq(rmq_push_consumer_queue_count(h->c), 2);
	rmq_push_consumer_free(h->c);
}

static void call_admin(struct handles *h)
{
	rmq_topic_offsets *offsets = NULL;
	rmq_admin *a = NULL;

	is_refused(rmq_admin_new(config, &a, &detail));
	is_refused(rmq_admin_create_topic(h->a, "DefaultCluster", "Other", NULL, NULL, &detail));
	is_refused(rmq_admin_topic_offsets(h->a, "Topic", NULL, NULL, &offsets, &detail));
	rmq_admin_free(h->a);
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void call_cluster(void)
{
	is_refused(rmq_mock_cluster_create_topic(cluster, "Other", 2, &detail));
	is_refused(rmq_mock_broker_stop(cluster, "broker-a", &detail));
	is_refused(rmq_mock_broker_crash(cluster, "broker-a", &detail));
	is_refused(rmq_mock_broker_start(cluster, "broker-a", &detail));
	is_refused(rmq_mock_namesrv_stop(cluster, 0, &detail));
	is_refused(rmq_mock_namesrv_start(cluster, 0, &detail));
	is_refused(rmq_mock_cluster_advance(cluster, 1000, &detail));
	ck_assert(!rmq_mock_cluster_run_until(cluster, never, NULL, 1000));
	ck_assert_uint_eq(rmq_mock_cluster_request_count(cluster, -1), 0);
	ck_assert_uint_eq(rmq_mock_cluster_unsupported_count(cluster), 0);
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-a", "Topic", 0), -1);
	ck_assert_int_eq(rmq_mock_cluster_consumer_offset(cluster, "broker-a", "G", "Topic", 0),
			 -1);
	ck_assert_int_eq(rmq_mock_cluster_group_size(cluster, "broker-a", "G"), -1);
	rmq_mock_cluster_free(cluster);
}

static void *call_all(void *arg)
{
	call_producer(arg);
	call_consumer(arg);
	call_admin(arg);
	call_cluster();
	return NULL;
}

START_TEST(another_thread__is_refused_and_harms_nothing)
{
	struct handles h = {0};
	pthread_t thread;

	open_cluster();
	h.p = open_producer();
	h.c = open_consumer();
	api_ok(rmq_admin_new(config, &h.a, &detail), &detail);

	ck_assert_int_eq(pthread_create(&thread, NULL, call_all, &h), 0);
	pthread_join(thread, NULL);

	api_send_ok(h.p, "Topic");
	rmq_producer_free(h.p);
	rmq_push_consumer_free(h.c);
	rmq_admin_free(h.a);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- A cluster that goes first ------------------------------------------------------------------ */

START_TEST(cluster__may_be_freed_before_its_clients)
{
	rmq_topic_offsets *offsets = NULL;
	rmq_push_consumer *c;
	rmq_admin *a = NULL;
	enum rmq_error err;
	rmq_producer *p;

	open_cluster();
	p = open_producer();
	c = open_consumer();
	api_ok(rmq_admin_new(config, &a, &detail), &detail);
	api_send_ok(p, "Topic");

	rmq_mock_cluster_free(cluster);

	detail = api_send(p, "Topic", 3000, &err);
	ck_assert_int_ne(err, RMQ_OK);
	rmq_error_detail_free(detail);
	detail = NULL;
	err = rmq_admin_topic_offsets(a, "Topic", NULL, NULL, &offsets, &detail);
	ck_assert_int_ne(err, RMQ_OK);
	rmq_error_detail_free(detail);
	rmq_config_free(config);
	rmq_push_consumer_free(c);
	rmq_admin_free(a);
	rmq_producer_free(p);
}
END_TEST

START_TEST(cluster__that_is_gone_leaves_its_environment_to_a_configuration)
{
	rmq_producer *p;
	enum rmq_error err;

	open_cluster();
	rmq_mock_cluster_free(cluster);

	p = open_producer();
	detail = api_send(p, "Topic", 3000, &err);
	ck_assert_int_ne(err, RMQ_OK);
	rmq_error_detail_free(detail);
	rmq_producer_free(p);
	rmq_config_free(config);
}
END_TEST

static bool free_it(void *arg)
{
	rmq_mock_cluster_free(arg);
	return true;
}

START_TEST(cluster__may_be_freed_while_its_time_runs)
{
	open_cluster();
	rmq_config_free(config);
	ck_assert(rmq_mock_cluster_run_until(cluster, free_it, cluster, 1000));
}
END_TEST

START_TEST(advance__stops_before_time_ends)
{
	open_cluster();
	rmq_config_free(config);
	api_failed(rmq_mock_cluster_advance(cluster, INT64_MAX / 1000, &detail),
		   RMQ_ERR_INVALID_ARGUMENT, &detail);
	api_names(detail, "time moves by");
	rmq_error_detail_free(detail);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- An environment that was forgotten ---------------------------------------------------------- */

START_TEST(environment__that_was_forgotten_is_told)
{
	rmq_producer *p = NULL;
	rmq_push_consumer *c = NULL;
	rmq_admin *a = NULL;

	open_cluster();
	rmq_config_set_environment(config, NULL);

	api_failed(rmq_producer_new(config, "P", &p, &detail), RMQ_ERR_ADDRESS, &detail);
	api_names(detail, "belongs to a mock cluster under virtual time");
	api_names(detail, "rmq_config_set_environment");
	rmq_error_detail_free(detail);
	detail = NULL;
	api_failed(rmq_push_consumer_new(config, "G", &c, &detail), RMQ_ERR_ADDRESS, &detail);
	rmq_error_detail_free(detail);
	detail = NULL;
	api_failed(rmq_admin_new(config, &a, &detail), RMQ_ERR_ADDRESS, &detail);
	rmq_error_detail_free(detail);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}
END_TEST

/* --- A log callback ------------------------------------------------------------------------------- */

struct caller {
	rmq_producer *p;
	unsigned calls;
	bool is_inside;
	enum rmq_error worst; /* what a call on the loop ended with */
};

static void call_from_log(enum rmq_log_level level, const char *line, void *arg)
{
	struct caller *k = arg;

	(void)level;
	(void)line;
	if (!k->p || k->is_inside)
		return;
	k->is_inside = true;
	k->worst = rmq_producer_close(k->p, 0, NULL);
	rmq_producer_free(k->p);
	k->calls++;
	k->is_inside = false;
}

/* The route is fetched on the loop, which says so in its log. */
START_TEST(log_callback__that_calls_its_client_is_refused)
{
	struct caller k = {0};

	open_cluster();
	rmq_config_set_log(config, call_from_log, RMQ_LOG_INFO, &k);
	k.p = open_producer();
	api_send_ok(k.p, "Topic");

	ck_assert_uint_gt(k.calls, 0);
	ck_assert_int_eq(k.worst, RMQ_ERR_STATE);
	api_send_ok(k.p, "Topic");
	{
		rmq_producer *p = k.p;

		k.p = NULL;
		rmq_producer_free(p);
	}
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		another_thread__is_refused_and_harms_nothing,
		cluster__may_be_freed_before_its_clients,
		cluster__that_is_gone_leaves_its_environment_to_a_configuration,
		cluster__may_be_freed_while_its_time_runs,
		advance__stops_before_time_ends,
		environment__that_was_forgotten_is_told,
		log_callback__that_calls_its_client_is_refused,
	};

	return run_suite("virtual", tests, sizeof(tests) / sizeof(tests[0]));
}
