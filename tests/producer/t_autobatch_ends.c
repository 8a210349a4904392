/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Auto-batch: every message that was accepted has an end of its own, once, whatever becomes of its batch.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/properties.h"
#include "net/loop.h"
#include "send/autobatch_impl.h"
#include "tests/producer/autobatch_scene.h"
#include "tests/support/suite.h"

/* --- Failures ------------------------------------------------------------------------------------------- */

START_TEST(failure__is_that_of_every_message_once_with_its_own_id)
{
	set_up();
	set("retryTimesWhenSendFailed", "0");
	start();
	fake_peer_always(a, BATCH, FAKE_HANG_UP);
	send_some("T", 0, 4);
	wait_for(4);

	for (int i = 0; i < 4; i++) {
		char id[64];

		id_at(0, i, id);
		ck_assert_int_eq(told[i].error, RMQ_ERR_CONNECTION_LOST);
		ck_assert_uint_eq(told[i].flags, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
		ck_assert_str_eq(told[i].id, id);
	}
	fake_world_advance(&world, 10000);
	ck_assert_int_eq(calls, 4);
	tear_down();
}
END_TEST

START_TEST(failure__that_may_pass_is_tried_again_with_the_same_ids)
{
	char first[64], second[64];

	set_up();
	start();
	fake_peer_next(a, BATCH, RMQI_RESP_SYSTEM_BUSY);
	send_some("T", 0, 3);
	wait_for(3);

	ck_assert_uint_eq(batches(), 2);
	id_at(0, 2, first);
	id_at(1, 2, second);
	ck_assert_str_eq(first, second);
	ck_assert_int_eq(told[2].error, RMQ_OK);
	tear_down();
}
END_TEST

/* One of them is too large for the broker, say: the others must not suffer for it. */
START_TEST(failure__of_the_form_sends_each_by_itself)
{
	set_up();
	start();
	fake_peer_always(a, BATCH, RMQI_RESP_MESSAGE_ILLEGAL);
	fake_peer_next(a, SEND, RMQI_RESP_MESSAGE_ILLEGAL);
	send_some("T", 0, 4);
	wait_for(4);

	ck_assert_uint_eq(batches(), 1);
	ck_assert_uint_eq(singles(), 4);
	ck_assert_int_eq(told[0].error, RMQ_ERR_BROKER);
	ck_assert_uint_eq(told[0].flags, RMQ_ERROR_FATAL);
	for (int i = 1; i < 4; i++) {
		ck_assert_int_eq(told[i].error, RMQ_OK);
		ck_assert_str_eq(
			told[i].id,
			fake_request_property(fake_peer_request(a, SEND, (size_t)i), "UNIQ_KEY"));
	}
	/* It was a message's fault, so the next ones travel together again. */
	fake_peer_always(a, BATCH, FAKE_BEHAVE);
	send_some("T", 4, 2);
	wait_for(6);
	ck_assert_uint_eq(batches(), 2);
	tear_down();
}
END_TEST

START_TEST(failure__a_topic_whose_brokers_take_no_batches_goes_alone_for_a_minute)
{
	set_up();
	start();
	fake_peer_always(a, BATCH, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	send_some("T", 0, 3);
	wait_for(3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(told[i].error, RMQ_OK);
	ck_assert_uint_eq(batches(), 1);
	send_some("T", 3, 3);
	send_some("U", 6, 2);
	wait_for(8);
	ck_assert_uint_eq(batches(), 2); /* that of U was tried */

	fake_peer_always(a, BATCH, FAKE_BEHAVE);
	fake_world_advance(&world, 61000);
	send_some("T", 8, 3);
	wait_for(11);
	ck_assert_uint_eq(batches(), 3);
	tear_down();
}
END_TEST

START_TEST(failure__the_time_counts_from_the_opening_of_the_batch)
{
	int64_t began_ms;

	set_up();
	set("batchMaxDelayMs", "500");
	set("sendMsgTimeout", "1000");
	start();
	fake_peer_always(a, BATCH, FAKE_SILENT);
	began_ms = fake_world_now(&world);
	send_some("T", 0, 2);
	wait_for(2);
	ck_assert_int_eq(told[0].error, RMQ_ERR_TIMEOUT);
	ck_assert_int_eq(told[0].at_ms - began_ms, 1000);
	tear_down();
}
END_TEST

START_TEST(failure__of_a_topic_that_nobody_knows_is_told_to_each)
{
	set_up();
	start();
	send_some("V", 0, 3);
	wait_for(3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(told[i].error, RMQ_ERR_NO_ROUTE);
	tear_down();
}
END_TEST

/* --- Synchronous ----------------------------------------------------------------------------------------- */

START_TEST(sync__travels_with_others_and_gets_its_own_result)
{
	struct rmq_send_result *result = NULL;
	struct rmq_message *m;
	char id[64];

	set_up();
	start();
	send_some("T", 0, 2);
	m = message_of("T", 2);
	ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, &result, detail), RMQ_OK);
	rmq_message_free(m);
	wait_for(2);

	ck_assert_uint_eq(batches(), 1);
	ck_assert_int_eq(items_of(0), 3);
	id_at(0, 2, id);
	ck_assert_str_eq(result->message_id, id);
	ck_assert_str_eq(result->offset_message_id, "OFFSET-0002");
	ck_assert_int_eq(result->queue_offset, 2);
	ck_assert_str_eq(result->queue.topic, "T");
	ck_assert_str_eq(result->queue.broker_name, "a");
	rmqi_free(result);
	tear_down();
}
END_TEST

START_TEST(sync__a_failure_is_told_with_its_own_id)
{
	struct rmq_message *m = message_of("T", 2);
	char id[64];

	set_up();
	set("retryTimesWhenSendFailed", "0");
	start();
	fake_peer_always(a, BATCH, FAKE_HANG_UP);
	send_nth("T", 0);
	ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, NULL, detail),
			 RMQ_ERR_CONNECTION_LOST);
	wait_for(1);
	id_at(0, 1, id);
	ck_assert_str_eq(rmq_error_detail_message_id(detail), id);
	ck_assert_uint_eq(rmq_error_detail_flags(detail),
			  RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	rmq_message_free(m);
	tear_down();
}
END_TEST

/* --- The end ----------------------------------------------------------------------------------------------- */

START_TEST(flush__sends_what_is_held)
{
	set_up();
	set("batchMaxDelayMs", "2000");
	start();
	send_some("T", 0, 3);
	send_some("U", 3, 2);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(batches(), 0);
	rmqi_autobatch_flush(producer->autobatch);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(batches(), 2);
	ck_assert_int_eq(calls, 5);
	tear_down();
}
END_TEST

START_TEST(flush__of_one_topic_leaves_the_others_open)
{
	set_up();
	set("batchMaxDelayMs", "2000");
	start();
	send_some("T", 0, 3);
	send_some("U", 3, 2);
	rmqi_autobatch_flush_topic(producer->autobatch, "T");
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(batches(), 1);
	ck_assert_int_eq(calls, 3);
	ck_assert_uint_eq(producer->autobatch->open.count, 1);

	/* The open one still takes messages, and leaves in its time. */
	send_nth("U", 5);
	wait_for(6);
	ck_assert_uint_eq(batches(), 2);
	ck_assert_int_eq(items_of(1), 3);
	tear_down();
}
END_TEST

/* Simulated threads are one: what the lock is to the poster it is to this function. */
static void (*post_on)(struct rmqi_executor *e, struct rmqi_task *task);
static int posts;

static void post_without_lock(struct rmqi_executor *e, struct rmqi_task *task)
{
	ck_assert(rmqi_mutex_trylock(&producer->autobatch->mu));
	rmqi_mutex_unlock(&producer->autobatch->mu);
	posts++;
	post_on(e, task);
}

START_TEST(send__posts_to_the_loop_without_the_lock_of_the_bundles)
{
	struct rmqi_executor *loop;

	set_up();
	set("batchMaxBytes", "400");
	start();
	loop = rmqi_loop_executor(rmqi_client_loop(producer->client));
	post_on = loop->post;
	loop->post = post_without_lock;
	posts = 0;
	send_nth("T", 0);
	ck_assert_int_ge(posts, 1); /* for the timer */
	posts = 0;
	send_some("T", 1, 5); /* the first five are full */
	ck_assert_int_ge(posts, 1);
	rmqi_autobatch_flush_topic(producer->autobatch, "T");
	wait_for(6);
	loop->post = post_on;
	tear_down();
}
END_TEST

START_TEST(close__ends_every_message_once)
{
	set_up();
	set("batchMaxDelayMs", "2000");
	start();
	fake_peer_always(a, BATCH, FAKE_SILENT);
	send_some("T", 0, 3);
	rmqi_autobatch_flush(producer->autobatch);
	send_some("T", 3, 3);
	(void)!rmqi_producer_close(producer, 100, detail);

	ck_assert_int_eq(calls, 6);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(told[i].calls, 1);
	ck_assert_int_eq(give(message_of("T", 6), 6, NULL), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

static void send_another(int arg)
{
	if (arg < 100)
		send_nth("T", arg + 100);
}

START_TEST(callback__may_send_the_next_ones)
{
	set_up();
	start();
	in_callback = send_another;
	send_some("T", 0, 20);
	wait_for(40);
	tear_down();
}
END_TEST

static void close_producer(int arg)
{
	(void)arg;
	(void)!rmqi_producer_close(producer, 1000, NULL);
}

START_TEST(callback__may_close_the_producer_and_all_others_still_come)
{
	set_up();
	start();
	in_callback = close_producer;
	send_some("T", 0, 20);
	wait_for(20);
	tear_down();
}
END_TEST

START_TEST(autobatch__refuses_a_delay_that_leaves_no_time)
{
	set_up();
	set("batchMaxDelayMs", "3000");
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail),
				     "batchMaxDelayMs is 3000, sendMsgTimeout 3000"));
	tear_down();
}
END_TEST

START_TEST(autobatch__needs_a_producer_that_is_open)
{
	set_up();
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(give(message_of("T", 0), 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 1000, detail), RMQ_OK);
	ck_assert_int_eq(give(message_of("T", 0), 0, NULL), RMQ_ERR_STATE);
	ck_assert_int_eq(calls, 0);
	tear_down();
}
END_TEST

START_TEST(autobatch__uses_its_memory_again)
{
	uint64_t before = 0;

	set_up();
	start();
	for (int round = 0; round < 3; round++) {
		int sent = 0;

		calls = 0;
		memset(told, 0, sizeof(told));
		if (round == 2)
			before = rmqi_mem_allocations();
		for (; sent < 200; sent++)
			send_nth("T", sent);
		wait_for(200);
	}
	/* Each message is made by the test with 4 allocations; nothing more a message. */
	ck_assert_uint_lt(rmqi_mem_allocations() - before, 4 * 200 + 100);
	tear_down();
}
END_TEST

START_TEST(autobatch__completes_every_accepted_message_when_an_allocation_fails)
{
	for (uint64_t n = 1; n < 150; n++) {
		int accepted = 0;

		set_up();
		start();
		rmqi_mem_fail_after(n, 0);
		for (int i = 0; i < 8; i++) {
			struct rmq_message *m = message_of("T", i);

			if (m)
				accepted += give(m, i, NULL) == RMQ_OK;
		}
		for (int ms = 0; ms < 8000 && calls < accepted; ms++)
			fake_world_advance(&world, 1);
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(calls, accepted);
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		failure__is_that_of_every_message_once_with_its_own_id,
		failure__that_may_pass_is_tried_again_with_the_same_ids,
		failure__of_the_form_sends_each_by_itself,
		failure__a_topic_whose_brokers_take_no_batches_goes_alone_for_a_minute,
		failure__the_time_counts_from_the_opening_of_the_batch,
		failure__of_a_topic_that_nobody_knows_is_told_to_each,
		sync__travels_with_others_and_gets_its_own_result,
		sync__a_failure_is_told_with_its_own_id,
		flush__sends_what_is_held,
		flush__of_one_topic_leaves_the_others_open,
		send__posts_to_the_loop_without_the_lock_of_the_bundles,
		close__ends_every_message_once,
		callback__may_send_the_next_ones,
		callback__may_close_the_producer_and_all_others_still_come,
		autobatch__refuses_a_delay_that_leaves_no_time,
		autobatch__needs_a_producer_that_is_open,
		autobatch__uses_its_memory_again,
		autobatch__completes_every_accepted_message_when_an_allocation_fails,
	};

	return run_suite("autobatch_ends", tests, RMQI_COUNT(tests));
}
