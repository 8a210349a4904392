/* SPDX-License-Identifier: Apache-2.0 */
/* t_admin.c - one admin object and several threads. */
#include <pthread.h>

#include "tests/api/api.h"

enum { ROUNDS = 20, THREADS = 2 };

struct clerk {
	pthread_t thread;
	rmq_admin *admin;
	int number;
	int seen; /* queues, over all rounds */
};

/* The name server learns of a new topic a little later. */
static int queues_of(rmq_admin *admin, const char *topic)
{
	rmq_topic_offsets *offsets = NULL;
	int count;

	while (rmq_admin_topic_offsets(admin, topic, "g", NULL, &offsets, NULL) == RMQ_ERR_NO_ROUTE)
		;
	count = (int)rmq_topic_offsets_count(offsets);
	rmq_topic_offsets_free(offsets);
	return count;
}

/* Check's asserts belong to the test's own thread: a clerk only counts. */
static void *work(void *arg)
{
	struct clerk *c = arg;
	rmq_topic_settings *settings = rmq_topic_settings_new();
	char topic[32];

	if (rmq_topic_settings_set_queues(settings, 3 + c->number, NULL) != RMQ_OK)
		return NULL;
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(topic, sizeof(topic), "T-%d-%d", c->number, i);
		if (rmq_admin_create_topic(c->admin, NULL, topic, settings, NULL, NULL) == RMQ_OK)
			c->seen += queues_of(c->admin, topic);
	}
	rmq_topic_settings_free(settings);
	return NULL;
}

START_TEST(admin__serves_several_threads_at_once)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	struct clerk clerks[THREADS];
	rmq_admin *admin = NULL;
	rmq_error_detail *detail = NULL;

	api_ok(rmq_admin_new(config, &admin, &detail), &detail);
	for (int i = 0; i < THREADS; i++) {
		clerks[i] = (struct clerk){.admin = admin, .number = i};
		ck_assert_int_eq(pthread_create(&clerks[i].thread, NULL, work, &clerks[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(clerks[i].thread, NULL), 0);
		ck_assert_int_eq(clerks[i].seen, ROUNDS * (3 + i));
	}
	rmq_admin_free(admin);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}
END_TEST

static enum rmq_error set_mode(rmq_mock_cluster *cluster, const char *topic, int share_queues,
			       rmq_error_detail **detail)
{
	rmq_config *config = api_config(rmq_mock_cluster_namesrv(cluster));
	rmq_admin *admin = NULL;
	enum rmq_error err;

	api_ok(rmq_admin_new(config, &admin, detail), detail);
	err = rmq_admin_set_message_request_mode(admin, NULL, topic, "g", RMQ_REQUEST_MODE_POP,
						 share_queues, NULL, detail);
	rmq_admin_free(admin);
	rmq_config_free(config);
	return err;
}

START_TEST(request_mode__is_taken_by_every_master)
{
	rmq_mock_cluster *cluster = api_cluster(NULL);
	rmq_error_detail *detail = NULL;

	api_ok(set_mode(cluster, "Topic", 0, &detail), &detail);
	api_ok(set_mode(cluster, "Topic", 2, &detail), &detail);
	ck_assert_int_eq(set_mode(cluster, "Unknown", 0, &detail), RMQ_ERR_BROKER);
	rmq_error_detail_free(detail);
	rmq_mock_cluster_free(cluster);
}
END_TEST

START_TEST(request_mode__is_refused_by_a_broker_before_5)
{
	rmq_mock_options *options = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	rmq_mock_cluster *cluster;

	api_ok(rmq_mock_options_set(options, "brokerSettings", "emulate=4.9", &detail), &detail);
	cluster = api_cluster(options);
	ck_assert_int_eq(set_mode(cluster, "Topic", 0, &detail), RMQ_ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "came with 5.0.0"));
	rmq_error_detail_free(detail);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		admin__serves_several_threads_at_once,
		request_mode__is_taken_by_every_master,
		request_mode__is_refused_by_a_broker_before_5,
	};

	return run_suite("admin", tests, sizeof(tests) / sizeof(tests[0]));
}
