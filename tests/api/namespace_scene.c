/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/api/namespace_scene.h"

rmq_mock_cluster *cluster;
rmq_config *config;
rmq_producer *producer;
rmq_push_consumer *consumer;
rmq_error_detail *detail;

struct seen seen[MOST];
size_t seen_count;

rmq_config *new_config(const char *space)
{
	rmq_config *c = api_config(rmq_mock_cluster_namesrv(cluster));

	rmq_config_set_environment(c, rmq_mock_cluster_environment(cluster));
	if (space)
		api_set(c, "namespace", space);
	return c;
}

void open_cluster(void)
{
	cluster = api_cluster(
		api_options("virtualTime", "true", "brokerSettings",
			    "recallMessageEnable=true\ntransactionTimeOut=3000\n"
			    "transactionCheckInterval=1000\ntransactionOpBatchInterval=100\n",
			    NULL));
	api_ok(rmq_mock_cluster_create_topic(cluster, "One%Topic", 2, &detail), &detail);
	config = new_config("One");
	seen_count = 0;
}

rmq_producer *new_producer(const rmq_config *c, const char *group)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(c, group, &p, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

void open_world(void)
{
	open_cluster();
	producer = new_producer(config, "P");
}

int64_t stored(const char *topic)
{
	int64_t sum = 0;

	for (int i = 0; i < 8; i++) {
		int64_t end = rmq_mock_cluster_max_offset(cluster, "broker-a", topic, i);

		sum += end > 0 ? end : 0;
	}
	return sum;
}

void close_world(void)
{
	ck_assert_int_eq(stored("Topic"), 0);
	rmq_push_consumer_free(consumer);
	rmq_producer_free(producer);
	consumer = NULL;
	producer = NULL;
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}

bool is_reached(void *arg)
{
	const int *pair = arg;

	return pair[0] >= pair[1];
}

static bool has_seen(void *arg)
{
	return seen_count >= *(const size_t *)arg;
}

void wait_seen(size_t count)
{
	if (!rmq_mock_cluster_run_until(cluster, has_seen, &count, HOUR_MS))
		ck_abort_msg("%zu messages of %zu have come", seen_count, count);
}

void note(const rmq_message *m)
{
	struct seen *s = &seen[seen_count++];
	const char *space = rmq_message_property(m, "INSTANCE_ID"), *body;
	size_t len;

	ck_assert_uint_le(seen_count, MOST);
	body = rmq_message_body(m, &len);
	snprintf(s->topic, sizeof(s->topic), "%s", rmq_message_topic(m));
	snprintf(s->queue_topic, sizeof(s->queue_topic), "%s", rmq_message_queue(m)->topic);
	snprintf(s->space, sizeof(s->space), "%s", space ? space : "");
	snprintf(s->body, sizeof(s->body), "%.*s", (int)len, body);
	s->times = rmq_message_reconsume_times(m);
}

enum rmq_consume_status take(rmq_push_consumer *c, const rmq_message *const *messages, size_t count,
			     rmq_consume_context *context, void *arg)
{
	(void)c, (void)context, (void)arg;
	for (size_t i = 0; i < count; i++)
		note(messages[i]);
	return RMQ_CONSUME_SUCCESS;
}

void open_consumer(const rmq_config *c, const char *group, const char *topic,
		   rmq_consume_fn listener)
{
	api_ok(rmq_push_consumer_new(c, group, &consumer, &detail), &detail);
	api_ok(rmq_push_consumer_subscribe(consumer, topic, "*", &detail), &detail);
	api_ok(rmq_push_consumer_set_listener(consumer, listener, producer, &detail), &detail);
	api_ok(rmq_push_consumer_start(consumer, &detail), &detail);
	api_ok(rmq_push_consumer_wait_ready(consumer, -1, &detail), &detail);
}

rmq_message *new_message(const char *body)
{
	rmq_message *m = rmq_message_new("Topic", body, strlen(body));

	ck_assert_ptr_nonnull(m);
	return m;
}
