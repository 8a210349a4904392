/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_with_mock.c - how a program tests its messaging without a cluster: name
 * server and broker in this process, under virtual time. A message that fails
 * is delivered again after 10 s; the test does not wait for them.
 */
#include <stdbool.h>
#include <stdio.h>

#include <rocketmq/mock.h>
#include <rocketmq/rocketmq.h>

/* Fails the first delivery of a message and takes the second. */
static enum rmq_consume_status fail_once(rmq_push_consumer *consumer,
					 const rmq_message *const *messages, size_t count,
					 rmq_consume_context *context, void *arg)
{
	int *deliveries = arg;

	(void)consumer;
	(void)count;
	(void)context;
	++*deliveries;
	return rmq_message_reconsume_times(messages[0]) == 0 ? RMQ_RECONSUME_LATER
							     : RMQ_CONSUME_SUCCESS;
}

static bool two_deliveries(void *arg)
{
	return *(int *)arg == 2;
}

int main(void)
{
	rmq_mock_options *options = rmq_mock_options_new();
	rmq_mock_cluster *cluster = NULL;
	rmq_config *config = rmq_config_new();
	rmq_producer *producer = NULL;
	rmq_push_consumer *consumer = NULL;
	rmq_message *message = rmq_message_new("Orders", "one", 3);
	rmq_error_detail *detail = NULL;
	int deliveries = 0, ok;
	int64_t start;

	ok = rmq_mock_options_set(options, "virtualTime", "true", &detail) == RMQ_OK &&
	     rmq_mock_cluster_new(options, &cluster, &detail) == RMQ_OK;
	rmq_mock_options_free(options);
	if (!ok) {
		fprintf(stderr, "no cluster: %s\n", rmq_error_detail_message(detail));
		return 1;
	}
	rmq_config_set_environment(config, rmq_mock_cluster_environment(cluster));
	start = rmq_mock_cluster_now_ms(cluster);
	ok = rmq_mock_cluster_create_topic(cluster, "Orders", 4, &detail) == RMQ_OK &&
	     rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(cluster), &detail) ==
		     RMQ_OK &&
	     rmq_push_consumer_new(config, "readers", &consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_subscribe(consumer, "Orders", "*", &detail) == RMQ_OK &&
	     rmq_push_consumer_set_listener(consumer, fail_once, &deliveries, &detail) == RMQ_OK &&
	     rmq_push_consumer_start(consumer, &detail) == RMQ_OK &&
	     rmq_push_consumer_wait_ready(consumer, -1, &detail) == RMQ_OK &&
	     rmq_producer_new(config, "writers", &producer, &detail) == RMQ_OK &&
	     rmq_producer_start(producer, &detail) == RMQ_OK &&
	     rmq_producer_send(producer, message, NULL, NULL, &detail) == RMQ_OK &&
	     rmq_mock_cluster_run_until(cluster, two_deliveries, &deliveries, 60000);
	printf("%d deliveries in %lld s of cluster time\n", deliveries,
	       (long long)(rmq_mock_cluster_now_ms(cluster) - start) / 1000);
	if (!ok)
		fprintf(stderr, "%s\n", rmq_error_detail_message(detail));
	rmq_error_detail_free(detail);
	rmq_message_free(message);
	rmq_producer_free(producer);
	rmq_push_consumer_free(consumer);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
	return ok ? 0 : 1;
}
