/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_beside.c - a push consumer pulls while threads make synchronous calls on its
 * client, over real sockets: a thread that reads for itself reads the answers of
 * pulls, too, and they are handled on the loop all the same.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include <check.h>

#include "base/thread.h"
#include "client/config.h"
#include "consumer/consumer.h"
#include "consumer/push_consumer.h"
#include "net/rpc.h"
#include "tests/support/fake_broker.h"
#include "tests/support/suite.h"

enum {
	THREADS = 4,
	MESSAGES = 1000, /* one a pull: the answers of so many pulls come beside the calls */
	PATIENCE_MS = 20 * 1000,
	ANSWERED = 500,
	NEVER_ANSWERED = 501, /* its caller reads for the others until its time is up */
	GIVEN_MS = 20
};

static struct scene {
	struct fake_broker *broker;
	rmq_push_consumer *consumer;
	struct rmqi_event all_seen;
	_Atomic unsigned seen, failures;
	_Atomic bool is_over;
} s;

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)context;
	(void)arg;
	if (atomic_fetch_add(&s.seen, (unsigned)count) + count == MESSAGES)
		rmqi_event_set(&s.all_seen);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_error call(int code, int64_t timeout_ms)
{
	struct rmqi_outgoing request = {.code = code};

	return rmqi_rpc_call(rmqi_client_rpc(s.consumer->member.consumer.client),
			     fake_broker_address(s.broker), &request,
			     rmqi_clock_deadline(rmqi_clock_real(), timeout_ms), NULL, NULL, NULL);
}

static void *ask(void *arg)
{
	(void)arg;
	while (!atomic_load(&s.is_over)) {
		if (call(NEVER_ANSWERED, GIVEN_MS) != RMQ_ERR_TIMEOUT)
			atomic_fetch_add(&s.failures, 1);
		for (int i = 0; i < 10; i++)
			if (call(ANSWERED, PATIENCE_MS) != RMQ_OK)
				atomic_fetch_add(&s.failures, 1);
	}
	return NULL;
}

static rmq_config *make_config(void)
{
	static const char *const set[][2] = {{"clientIP", "127.0.0.1"},
					     {"pullBatchSize", "1"},
					     {"pullInterval", "1"},
					     {"consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET"}};
	rmq_config *config = rmqi_config_new();

	for (size_t i = 0; i < RMQI_COUNT(set); i++)
		ck_assert_int_eq(rmqi_config_set(config, set[i][0], set[i][1], NULL), RMQ_OK);
	ck_assert_int_eq(
		rmqi_config_set(config, "namesrvAddr", fake_broker_address(s.broker), NULL),
		RMQ_OK);
	return config;
}

START_TEST(beside__pulls_go_on_while_threads_call_on_the_same_client)
{
	const struct rmqi_env *env = rmqi_env_real();
	struct rmqi_thread threads[THREADS];
	rmq_config *config;

	s.broker = fake_broker_new(env);
	fake_broker_topic(s.broker, "T", 1);
	fake_broker_topic(s.broker, "%RETRY%G", 1);
	fake_broker_refuse(s.broker, NEVER_ANSWERED, FAKE_NO_ANSWER, FAKE_FOREVER);
	for (int i = 0; i < MESSAGES; i++)
		fake_broker_put(s.broker, "T", 0, "x", NULL);
	rmqi_event_init(&s.all_seen, env);
	config = make_config();
	ck_assert_int_eq(rmqi_push_consumer_new(config, "G", &s.consumer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_set_listener(s.consumer, listen, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(s.consumer, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(s.consumer, NULL), RMQ_OK);

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(rmqi_thread_start(&threads[i], "asker", ask, NULL), RMQ_OK);
	ck_assert(
		rmqi_event_wait(&s.all_seen, rmqi_clock_deadline(rmqi_clock_real(), PATIENCE_MS)));
	atomic_store(&s.is_over, true);
	for (size_t i = 0; i < THREADS; i++)
		rmqi_thread_join(&threads[i]);

	ck_assert_uint_eq(atomic_load(&s.failures), 0);
	ck_assert_uint_eq(atomic_load(&s.seen), MESSAGES);
	rmqi_push_consumer_free(s.consumer);
	rmqi_config_free(config);
	rmqi_event_deinit(&s.all_seen);
	fake_broker_free(s.broker);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {beside__pulls_go_on_while_threads_call_on_the_same_client};

	return run_suite("beside", tests, RMQI_COUNT(tests));
}
