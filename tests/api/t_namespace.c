/* SPDX-License-Identifier: Apache-2.0 */
/* t_namespace.c - each way to send within a namespace, in virtual time. */
#include "tests/api/namespace_scene.h"

enum { BATCH = 320 };

/* --- Sends ----------------------------------------------------------------------------------------- */

static int ended[2]; /* so many, of so many */

static void on_sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	(void)arg;
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_detail_message(d));
	ck_assert_str_eq(rmq_send_result_queue(result)->topic, "Topic");
	ended[0]++;
}

static void wait_ended(void)
{
	if (!rmq_mock_cluster_run_until(cluster, is_reached, ended, HOUR_MS))
		ck_abort_msg("%d of %d have ended", ended[0], ended[1]);
}

/* Their messages are gone before they end. */
static void send_async(rmq_producer *p, int count, const rmq_send_options *o)
{
	ended[0] = 0;
	ended[1] = count;
	for (int i = 0; i < count; i++) {
		rmq_message *m = new_message("async");

		api_ok(rmq_producer_send_async(p, m, o, on_sent, NULL, &detail), &detail);
		rmq_message_free(m);
	}
}

START_TEST(send__async_and_oneway_are_within_it)
{
	rmq_message *m = new_message("oneway");

	open_world();
	open_consumer(config, "G", "Topic", take);
	send_async(producer, 1, NULL);
	wait_ended();
	api_ok(rmq_producer_send_oneway(producer, m, NULL, &detail), &detail);
	rmq_message_free(m);
	wait_seen(2);
	ck_assert_int_eq(stored("One%Topic"), 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_str_eq(seen[i].topic, "Topic");
		ck_assert_str_eq(seen[i].queue_topic, "Topic");
		ck_assert_str_eq(seen[i].space, "One");
	}
	close_world();
}
END_TEST

START_TEST(send__autobatch_is_within_it)
{
	open_cluster();
	api_set(config, "autoBatch", "true");
	producer = new_producer(config, "P");
	api_send_ok(producer, "Topic");
	send_async(producer, 8, NULL);
	wait_ended();
	ck_assert_uint_gt(rmq_mock_cluster_request_count(cluster, BATCH), 0);
	ck_assert_int_eq(stored("One%Topic"), 9);
	close_world();
}
END_TEST

static size_t choose_second(const rmq_queues *queues, const rmq_message *m, void *arg)
{
	(void)arg;
	ck_assert_str_eq(rmq_queues_at(queues, 0)->topic, "Topic");
	ck_assert_str_eq(rmq_message_topic(m), "Topic");
	return 1;
}

START_TEST(queues__have_the_short_name_wherever_they_are_shown_and_taken)
{
	rmq_send_options *o = rmq_send_options_new();
	rmq_queues *queues = NULL;

	open_world();
	api_ok(rmq_producer_queues(producer, "Topic", &queues, &detail), &detail);
	ck_assert_uint_eq(rmq_queues_count(queues), 2);
	ck_assert_str_eq(rmq_queues_at(queues, 1)->topic, "Topic");
	api_ok(rmq_send_options_set_queue(o, rmq_queues_at(queues, 1), &detail), &detail);
	send_async(producer, 2, o);
	wait_ended();
	api_ok(rmq_send_options_set_selector(o, choose_second, NULL, &detail), &detail);
	send_async(producer, 2, o);
	wait_ended();
	ck_assert_int_eq(rmq_mock_cluster_max_offset(cluster, "broker-a", "One%Topic", 1), 4);
	rmq_queues_free(queues);
	rmq_send_options_free(o);
	close_world();
}
END_TEST

static int hooked;

static enum rmq_error before(rmq_send_context *c, void *arg)
{
	(void)arg;
	ck_assert_str_eq(rmq_message_topic(rmq_send_context_message(c)), "Topic");
	ck_assert_str_eq(rmq_send_context_group(c), "P");
	hooked++;
	return RMQ_OK;
}

static void after(const rmq_send_context *c, void *arg)
{
	(void)arg;
	ck_assert_str_eq(rmq_send_context_topic(c), "Topic");
	hooked++;
}

START_TEST(hooks__are_shown_the_short_names)
{
	open_cluster();
	hooked = 0;
	api_ok(rmq_config_add_send_hook(config, before, after, NULL, &detail), &detail);
	producer = new_producer(config, "P");
	api_send_ok(producer, "Topic");
	send_async(producer, 1, NULL);
	wait_ended();
	ck_assert_int_eq(hooked, 4);
	close_world();
}
END_TEST

/* --- Messages that come later ---------------------------------------------------------------------- */

START_TEST(recall__takes_back_what_was_sent_within_it)
{
	rmq_message *m = new_message("later");
	rmq_send_result *result = NULL;
	rmq_producer *other;
	rmq_config *plain;
	const char *handle;

	open_world();
	open_consumer(config, "G", "Topic", take);
	api_ok(rmq_message_set_delay_time_sec(m, 60, &detail), &detail);
	api_ok(rmq_producer_send(producer, m, NULL, &result, &detail), &detail);
	handle = rmq_send_result_recall_handle(result);
	api_failed(rmq_producer_recall(producer, "Other", handle, &detail),
		   RMQ_ERR_INVALID_ARGUMENT, &detail);
	api_names(detail, "the recall handle is of topic One%Topic, not of One%Other");
	rmq_error_detail_free(detail);
	detail = NULL;
	api_ok(rmq_producer_recall(producer, "Topic", handle, &detail), &detail);
	/* It may be repeated; a producer of no namespace knows the topic as the broker does. */
	plain = new_config(NULL);
	other = new_producer(plain, "P");
	api_ok(rmq_producer_recall(other, "One%Topic", handle, &detail), &detail);
	rmq_producer_free(other);
	rmq_config_free(plain);
	api_ok(rmq_mock_cluster_advance(cluster, HOUR_MS, &detail), &detail);
	ck_assert_uint_eq(seen_count, 0);
	rmq_send_result_free(result);
	rmq_message_free(m);
	close_world();
}
END_TEST

/* --- Transactions ---------------------------------------------------------------------------------- */

static int asked[2];

static enum rmq_transaction_state on_check(const rmq_message *m, void *arg)
{
	(void)arg;
	ck_assert_str_eq(rmq_message_topic(m), "Topic");
	asked[0]++;
	return RMQ_TRANSACTION_COMMIT;
}

static rmq_producer *new_deciding(void)
{
	rmq_producer *p = NULL;

	api_ok(rmq_producer_new(config, "P", &p, &detail), &detail);
	api_ok(rmq_producer_set_check_fn(p, on_check, NULL, &detail), &detail);
	api_ok(rmq_producer_add_topic(p, "Topic", &detail), &detail);
	api_ok(rmq_producer_start(p, &detail), &detail);
	asked[0] = 0;
	asked[1] = 1;
	return p;
}

/* The one that began it is gone; the other has sent nothing, and only said that it knows the topic. */
START_TEST(question__goes_to_who_added_the_topic_and_shows_the_short_name)
{
	rmq_message *m = new_message("half");
	rmq_transaction *t = NULL;
	rmq_producer *first;

	open_cluster();
	first = new_deciding();
	api_ok(rmq_producer_begin(first, m, NULL, &t, &detail), &detail);
	ck_assert_str_eq(rmq_send_result_queue(rmq_transaction_result(t))->topic, "Topic");
	rmq_transaction_free(t);
	rmq_producer_free(first);
	producer = new_deciding();
	open_consumer(config, "G", "Topic", take);
	ck_assert(rmq_mock_cluster_run_until(cluster, is_reached, asked, HOUR_MS));
	wait_seen(1);
	ck_assert_str_eq(seen[0].topic, "Topic");
	rmq_message_free(m);
	close_world();
}
END_TEST

static void on_begun(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *d, void *arg)
{
	(void)arg;
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_detail_message(d));
	ck_assert_str_eq(rmq_send_result_queue(rmq_transaction_result(t))->topic, "Topic");
	ck_assert_int_eq(rmq_transaction_commit(t, NULL), RMQ_OK);
	rmq_transaction_free(t);
	ended[0]++;
}

START_TEST(transaction__that_is_begun_without_waiting_is_within_it)
{
	rmq_message *m = new_message("half");

	open_cluster();
	producer = new_deciding();
	open_consumer(config, "G", "Topic", take);
	ended[0] = 0;
	ended[1] = 1;
	api_ok(rmq_producer_begin_async(producer, m, NULL, on_begun, NULL, &detail), &detail);
	rmq_message_free(m);
	wait_ended();
	wait_seen(1);
	ck_assert_str_eq(seen[0].topic, "Topic");
	ck_assert_str_eq(seen[0].space, "One");
	close_world();
}
END_TEST

/* --- Requests -------------------------------------------------------------------------------------- */

static enum rmq_consume_status serve(rmq_push_consumer *c, const rmq_message *const *messages,
				     size_t count, rmq_consume_context *context, void *arg)
{
	rmq_message *reply = NULL;
	rmq_error_detail *d = NULL;

	(void)c, (void)context;
	ck_assert_uint_eq(count, 1);
	note(messages[0]);
	api_ok(rmq_message_new_reply(messages[0], "reply", 5, &reply, &d), &d);
	api_ok(rmq_producer_send(arg, reply, NULL, NULL, &d), &d);
	rmq_message_free(reply);
	return RMQ_CONSUME_SUCCESS;
}

static void expect_reply(const rmq_message *reply)
{
	size_t len;
	const char *body = rmq_message_body(reply, &len);

	ck_assert_int_eq(strncmp(body, "reply", len), 0);
	ck_assert_str_eq(rmq_message_topic(reply), "DefaultCluster_REPLY_TOPIC");
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d,
		     void *arg)
{
	(void)arg;
	if (error != RMQ_OK)
		ck_abort_msg("%s", rmq_error_detail_message(d));
	expect_reply(reply);
	ended[0]++;
}

START_TEST(request__is_replied_over_the_topic_of_the_cluster)
{
	rmq_message *m = new_message("request"), *reply = NULL;

	open_world();
	open_consumer(config, "G", "Topic", serve);
	api_ok(rmq_producer_request(producer, m, NULL, &reply, &detail), &detail);
	expect_reply(reply);
	rmq_message_free(reply);
	ended[0] = 0;
	ended[1] = 1;
	api_ok(rmq_producer_request_async(producer, m, NULL, on_reply, NULL, &detail), &detail);
	rmq_message_free(m);
	wait_ended();
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_str_eq(seen[1].topic, "Topic");
	ck_assert_int_eq(stored("One%Topic"), 2);
	close_world();
}
END_TEST

START_TEST(request__without_a_reply_tells_the_queue_with_the_short_name)
{
	rmq_message *m = new_message("request"), *reply = NULL;

	open_world();
	api_failed(rmq_producer_request(producer, m, NULL, &reply, &detail), RMQ_ERR_NO_REPLY,
		   &detail);
	ck_assert_str_eq(rmq_error_detail_queue(detail)->topic, "Topic");
	rmq_error_detail_free(detail);
	detail = NULL;
	rmq_message_free(m);
	close_world();
}
END_TEST

/* --- What was not delivered ------------------------------------------------------------------------ */

static void on_lost(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	(void)result, (void)d, (void)arg;
	ck_assert_int_ne(error, RMQ_OK);
	ended[0]++;
}

static void on_lost_batch(enum rmq_error error, const rmq_send_results *results,
			  const rmq_error_detail *d, void *arg)
{
	(void)results;
	on_lost(error, NULL, d, arg);
}

typedef enum rmq_error (*lose_fn)(rmq_message *m);

static enum rmq_error lose_async(rmq_message *m)
{
	return rmq_producer_send_async(producer, m, NULL, on_lost, NULL, &detail);
}

static enum rmq_error lose_oneway(rmq_message *m)
{
	return rmq_producer_send_oneway(producer, m, NULL, &detail);
}

static enum rmq_error lose_batch(rmq_message *m)
{
	return rmq_producer_send_batch_async(producer, &m, 1, NULL, on_lost_batch, NULL, &detail);
}

static void expect_undelivered(void)
{
	rmq_undelivered *u = NULL;

	api_ok(rmq_producer_undelivered(producer, &u, &detail), &detail);
	ck_assert_uint_eq(rmq_undelivered_count(u), 1);
	ck_assert_str_eq(rmq_undelivered_message_topic(rmq_undelivered_at(u, 0)), "Topic");
	rmq_undelivered_free(u);
}

static void lose_one(const char *batches, lose_fn lose)
{
	rmq_message *m = new_message("lost");

	open_cluster();
	api_set(config, "autoBatch", batches);
	producer = new_producer(config, "P");
	api_send_ok(producer, "Topic");
	api_ok(rmq_mock_broker_stop(cluster, "broker-a", &detail), &detail);
	api_ok(lose(m), &detail);
	api_failed(rmq_producer_close(producer, 0, &detail), RMQ_ERR_CANCELLED, &detail);
	rmq_error_detail_free(detail);
	detail = NULL;
	expect_undelivered();
	rmq_message_free(m);
	close_world();
}

START_TEST(undelivered__tells_the_short_name)
{
	lose_one("false", lose_async);
	lose_one("true", lose_async);
	lose_one("false", lose_oneway);
	lose_one("false", lose_batch);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		send__async_and_oneway_are_within_it,
		send__autobatch_is_within_it,
		queues__have_the_short_name_wherever_they_are_shown_and_taken,
		hooks__are_shown_the_short_names,
		recall__takes_back_what_was_sent_within_it,
		question__goes_to_who_added_the_topic_and_shows_the_short_name,
		transaction__that_is_begun_without_waiting_is_within_it,
		request__is_replied_over_the_topic_of_the_cluster,
		request__without_a_reply_tells_the_queue_with_the_short_name,
		undelivered__tells_the_short_name,
	};

	return run_suite("namespace", tests, sizeof(tests) / sizeof(tests[0]));
}
