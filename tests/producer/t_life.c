/* SPDX-License-Identifier: Apache-2.0 */
/* A producer from its making to its end, the routes it needs, and memory that runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/producer/send_scene.h"

/* --- Routes ------------------------------------------------------------------------------------------------------ */

START_TEST(route__without_a_queue_to_write_is_told_and_asked_for_again)
{
	set_up();
	start_with_route("a=:4+" NOBODY);

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_BROKER);

	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	fake_world_advance(&world, 1);
	ck_assert_uint_eq(fake_peer_count(ns, ROUTE), 2);
	tear_down();
}
END_TEST

START_TEST(route__read_only_queues_are_not_written)
{
	set_up();
	start_with_route("a=" NOBODY ":4r");

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_BROKER);
	tear_down();
}
END_TEST

START_TEST(route__is_asked_for_again_when_a_broker_does_not_fit_it)
{
	static const int signs[] = {RMQI_RESP_TOPIC_NOT_EXIST, RMQI_RESP_NO_PERMISSION,
				    RMQI_RESP_SERVICE_NOT_AVAILABLE, FAKE_HANG_UP};

	for (size_t i = 0; i < RMQI_COUNT(signs); i++) {
		set_up();
		start_with_two();
		fake_peer_next(a, SEND, signs[i]);

		ck_assert_int_eq(send_it(), RMQ_OK);
		fake_world_advance(&world, 1);

		ck_assert_uint_eq(fake_peer_count(ns, ROUTE), 2);
		tear_down();
	}
}
END_TEST

START_TEST(route__of_an_unknown_topic_ends_it)
{
	set_up();
	start();

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_ROUTE);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	tear_down();
}
END_TEST

START_TEST(route__an_unknown_topic_is_made_by_the_first_send)
{
	char text[64];

	set_up();
	set("defaultTopicQueueNums", "2");
	snprintf(text, sizeof(text), "a=%s:8", fake_peer_address(a));
	fake_peer_route(ns, "TBW102", text);
	start();

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_int_lt(result->queue.queue_id, 2);
	}

	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "b"), "T");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "c"), "TBW102");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "d"), "2");
	tear_down();
}
END_TEST

/* --- Life ----------------------------------------------------------------------------------------------------------- */

START_TEST(producer__refuses_a_group_that_is_no_group)
{
	set_up();

	ck_assert_int_eq(rmqi_producer_new(config, "", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_new(config, "a b", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_new(config, "DEFAULT_PRODUCER", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);

	ck_assert(says("producerGroup \"DEFAULT_PRODUCER\" is reserved"));
	ck_assert_ptr_null(producer);
	tear_down();
}
END_TEST

START_TEST(producer__sends_only_between_start_and_close)
{
	set_up();
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);

	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);
	ck_assert(says("not started"));
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);

	ck_assert(says("closed"));
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

START_TEST(producer__close_tells_the_brokers_and_is_idempotent)
{
	set_up();
	start_with_two();
	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 0, detail), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, RMQI_REQ_UNREGISTER_CLIENT), 1);
	ck_assert_uint_eq(fake_peer_count(b, RMQI_REQ_UNREGISTER_CLIENT), 1);
	ck_assert_str_eq(
		fake_request_field(fake_peer_last(a, RMQI_REQ_UNREGISTER_CLIENT), "producerGroup"),
		"G");
	tear_down();
}
END_TEST

START_TEST(producer__close_without_time_still_closes)
{
	set_up();
	start_with_one();
	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(rmqi_producer_close(producer, 0, detail), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

/* --- Memory ------------------------------------------------------------------------------------------------------------ */

START_TEST(producer__is_made_or_not_when_an_allocation_fails)
{
	uint64_t before, count = 0;

	set_up();
	/* The first one makes room in the simulation. */
	for (int i = 0; i < 2; i++) {
		before = rmqi_mem_allocations();
		ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
		count = rmqi_mem_allocations() - before;
		rmqi_producer_free(producer);
		producer = NULL;
	}

	for (uint64_t n = 1; n <= count; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = rmqi_producer_new(config, "G", &producer, detail);
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
		ck_assert_ptr_null(producer);
	}
	tear_down();
}
END_TEST

/* The brokers share the memory that fails, and may lose a connection by it. */
static bool is_expected(enum rmq_error err)
{
	return err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT;
}

static enum rmq_error live_once(void)
{
	enum rmq_error err = rmqi_producer_new(config, "G", &producer, NULL);

	rmqi_free(result);
	result = NULL;
	if (err == RMQ_OK)
		err = rmqi_producer_start(producer, NULL);
	if (err == RMQ_OK)
		err = rmqi_producer_send(producer, message, NULL, &result, detail);
	rmqi_producer_free(producer);
	producer = NULL;
	return err;
}

START_TEST(send__survives_every_failed_allocation)
{
	uint64_t before, count;
	char text[96], body[5000];
	unsigned told = 0;

	set_up();
	memset(body, 'x', sizeof(body));
	rmq_message_free(message);
	message = rmq_message_new("T", body, sizeof(body));
	snprintf(text, sizeof(text), "a=%s:2,b=%s:2", fake_peer_address(a), fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(live_once(), RMQ_OK);
	before = rmqi_mem_allocations();
	ck_assert_int_eq(live_once(), RMQ_OK);
	count = rmqi_mem_allocations() - before;

	for (uint64_t n = 1; n <= count + 20; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = live_once();
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "allocation %d: %d", (int)n, (int)err);
		ck_assert((err == RMQ_OK) == (result != NULL));
		told += err == RMQ_ERR_NO_MEMORY;
	}

	ck_assert_uint_gt(told, 10);
	tear_down();
}
END_TEST

START_TEST(send__without_any_memory_left_says_so)
{
	const struct rmq_send_options hasty = {.timeout_ms = 100};
	uint64_t n = 1;
	enum rmq_error err;

	set_up();
	start_with_one();
	ck_assert_int_eq(send_it(), RMQ_OK);

	for (err = RMQ_ERR_NO_MEMORY; err != RMQ_OK; n++) {
		rmqi_detail_clear(detail);
		rmqi_mem_fail_after(n, 1);
		err = rmqi_producer_send(producer, message, &hasty, NULL, detail);
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "allocation %d: %d", (int)n, (int)err);
		fake_world_advance(&world, 1000);
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		route__without_a_queue_to_write_is_told_and_asked_for_again,
		route__read_only_queues_are_not_written,
		route__is_asked_for_again_when_a_broker_does_not_fit_it,
		route__of_an_unknown_topic_ends_it,
		route__an_unknown_topic_is_made_by_the_first_send,
		producer__refuses_a_group_that_is_no_group,
		producer__sends_only_between_start_and_close,
		producer__close_tells_the_brokers_and_is_idempotent,
		producer__close_without_time_still_closes,
		producer__is_made_or_not_when_an_allocation_fails,
		send__survives_every_failed_allocation,
		send__without_any_memory_left_says_so,
	};

	return run_suite("life", tests, RMQI_COUNT(tests));
}
