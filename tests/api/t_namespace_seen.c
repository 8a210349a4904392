/* SPDX-License-Identifier: Apache-2.0 */
/* t_namespace_seen.c - what others see of a namespace: its message trace, retries, dead letters, messages that are sent on. */
#include "tests/api/namespace_scene.h"

/* --- The message trace ----------------------------------------------------------------------------- */

static enum rmq_transaction_state never_asked(const rmq_message *m, void *arg)
{
	(void)m, (void)arg;
	return RMQ_TRANSACTION_UNKNOWN;
}

static rmq_producer *new_deciding(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(p, never_asked, NULL, &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	return p;
}

static void send_and_recall(void)
{
	rmq_message *m = new_message("later");
	rmq_send_result *result = NULL;

	api_ok(rmq_message_set_delay_time_sec(m, 60, &detail), &detail);
	api_ok(rmq_producer_send(producer, m, NULL, &result, &detail), &detail);
	api_ok(rmq_producer_recall(producer, "Topic", rmq_send_result_recall_handle(result),
				   &detail),
	       &detail);
	rmq_send_result_free(result);
	rmq_message_free(m);
}

static void begin_and_commit(void)
{
	rmq_message *m = new_message("half");
	rmq_transaction *t = NULL;

	api_ok(rmq_producer_begin(producer, m, NULL, &t, &detail), &detail);
	api_ok(rmq_transaction_commit(t, &detail), &detail);
	rmq_transaction_free(t);
	rmq_message_free(m);
}

static int count_records(const char *kind)
{
	int count = 0;

	for (size_t i = 0; i < seen_count; i++)
		for (const char *at = seen[i].body; (at = strstr(at, kind)) != NULL; at++)
			count++;
	return count;
}

/* Two sends and a half message, its end, and a recall; all in the topic of the cluster. */
START_TEST(trace__has_the_short_names_and_the_topic_of_all)
{
	rmq_config *plain;

	open_cluster();
	api_ok(rmq_mock_cluster_create_topic(cluster, "RMQ_SYS_TRACE_TOPIC", 1, &detail), &detail);
	api_set(config, "enableTrace", "true");
	producer = new_deciding();
	plain = new_config(NULL);
	open_consumer(plain, "tracers", "RMQ_SYS_TRACE_TOPIC", take);
	api_send_ok(producer, "Topic");
	begin_and_commit();
	send_and_recall();
	api_ok(rmq_producer_close(producer, -1, &detail), &detail);
	wait_seen(1);
	api_ok(rmq_mock_cluster_advance(cluster, 10 * 1000, &detail), &detail);
	ck_assert_int_eq(count_records("One%"), 0);
	ck_assert_int_eq(count_records("\001P\001Topic\001"), 5);
	ck_assert_int_eq(count_records("EndTransaction\001"), 1);
	ck_assert_int_eq(count_records("Recall\001"), 1);
	rmq_config_free(plain);
	close_world();
}
END_TEST

/* --- Retries, and messages that are sent on -------------------------------------------------------- */

static enum rmq_consume_status let_fall(rmq_push_consumer *c, const rmq_message *const *messages,
					size_t count, rmq_consume_context *context, void *arg)
{
	(void)take(c, messages, count, context, arg);
	return RMQ_RECONSUME_LATER;
}

static bool is_dead(void *arg)
{
	(void)arg;
	return stored("%DLQ%One%G") == 1;
}

START_TEST(consumer__retries_and_dead_letters_are_of_its_group_within_it)
{
	open_cluster();
	api_set(config, "maxReconsumeTimes", "1");
	producer = new_producer(config, "P");
	open_consumer(config, "G", "Topic", let_fall);
	api_send_ok(producer, "Topic");
	ck_assert(rmq_mock_cluster_run_until(cluster, is_dead, NULL, HOUR_MS));
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_str_eq(seen[1].topic, "Topic");
	ck_assert_int_eq(seen[1].times, 1);
	ck_assert_str_eq(seen[1].queue_topic, "%RETRY%One%G");
	ck_assert_int_eq(stored("%RETRY%G") + stored("%DLQ%G"), 0);
	rmq_push_consumer_free(consumer);
	/* For those who read them: the broker has made it to be written only. */
	api_ok(rmq_mock_cluster_create_topic(cluster, "%DLQ%One%G", 1, &detail), &detail);
	api_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	open_consumer(config, "undertakers", "%DLQ%G", take);
	wait_seen(3);
	ck_assert_str_eq(seen[2].topic, "%DLQ%One%G");
	ck_assert_str_eq(seen[2].body, "body");
	close_world();
}
END_TEST

static rmq_producer *plain_producer, *other_producer;

static enum rmq_consume_status send_on(rmq_push_consumer *c, const rmq_message *const *messages,
				       size_t count, rmq_consume_context *context, void *arg)
{
	rmq_error_detail *d = NULL;
	rmq_message *copies[1];

	(void)take(c, messages, count, context, arg);
	api_ok(rmq_producer_send(other_producer, messages[0], NULL, NULL, &d), &d);
	copies[0] = rmq_message_dup(messages[0]);
	api_ok(rmq_producer_send_batch(plain_producer, copies, 1, NULL, NULL, &d), &d);
	api_ok(rmq_producer_send(plain_producer, messages[0], NULL, NULL, &d), &d);
	rmq_message_free(copies[0]);
	return RMQ_CONSUME_SUCCESS;
}

/* To the topic that the listener sees, as the producer knows it. */
START_TEST(message__that_is_sent_on_goes_where_its_producer_is)
{
	rmq_config *plain, *other;

	open_world();
	plain = new_config(NULL);
	other = new_config("Two");
	plain_producer = new_producer(plain, "P");
	other_producer = new_producer(other, "P");
	open_consumer(config, "G", "Topic", send_on);
	api_send_ok(producer, "Topic");
	wait_seen(1);
	rmq_push_consumer_free(consumer);
	consumer = NULL;
	ck_assert_int_eq(stored("Topic"), 2);
	ck_assert_int_eq(stored("Two%Topic"), 1);
	ck_assert_int_eq(stored("One%Topic"), 1);
	rmq_producer_free(plain_producer);
	rmq_producer_free(other_producer);
	rmq_producer_free(producer);
	rmq_config_free(plain);
	rmq_config_free(other);
	rmq_config_free(config);
	rmq_mock_cluster_free(cluster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trace__has_the_short_names_and_the_topic_of_all,
		consumer__retries_and_dead_letters_are_of_its_group_within_it,
		message__that_is_sent_on_goes_where_its_producer_is,
	};

	return run_suite("namespace_seen", tests, sizeof(tests) / sizeof(tests[0]));
}
