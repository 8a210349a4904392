/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends that nobody waits for, against scripted brokers, in a simulation: the rules are those of a
 * synchronous send, and whatever happens the callback comes once.
 */
#include <string.h>

#include "tests/send/async_scene.h"

START_TEST(async__tells_the_result_on_a_callback_thread)
{
	set_up();
	start_with_two();
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert_str_eq(told.broker, "a");
	ck_assert_int_eq(told.offset, 0);
	ck_assert(told.was_inside);
	ck_assert(!rmqi_client_in_callback(client));
	tear_down();
}
END_TEST

START_TEST(async__needs_the_message_no_more)
{
	const struct fake_request *r;
	char body[9000];

	set_up();
	start_with_one();
	memset(body, 'x', sizeof(body));
	rmq_message_free(message);
	message = rmq_message_new("T", body, 100);
	send_nth(0);
	rmq_message_free(message);
	/* And a compressed one. */
	message = rmq_message_new("T", body, sizeof(body));
	send_nth(1);
	rmq_message_free(message);
	message = rmq_message_new("T", "hello", 5);
	wait_for(2);

	r = fake_peer_request(a, SEND, 0);
	ck_assert_uint_eq(r->body_len, 100);
	ck_assert_int_eq(memcmp(r->body, body, 100), 0);
	ck_assert_str_eq(fake_request_field(r, "b"), "T");
	ck_assert_uint_lt(fake_peer_request(a, SEND, 1)->body_len, 1000);
	tear_down();
}
END_TEST

START_TEST(async__what_may_pass_is_tried_on_another_broker_with_its_queue)
{
	static const int troubles[] = {RMQI_RESP_SYSTEM_ERROR, RMQI_RESP_SYSTEM_BUSY,
				       RMQI_RESP_NO_PERMISSION, FAKE_HANG_UP};

	for (size_t i = 0; i < RMQI_COUNT(troubles); i++) {
		set_up();
		start_with_two();
		fake_peer_next(a, SEND, troubles[i]);
		send_and_wait();

		ck_assert_int_eq(told.error, RMQ_OK);
		ck_assert_str_eq(told.broker, "b");
		ck_assert_str_eq(fake_request_field(fake_peer_last(b, SEND), "n"), "b");
		tear_down();
	}
}
END_TEST

START_TEST(async__a_broker_that_hangs_leaves_a_reserve_and_is_put_aside)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert_str_eq(told.broker, "b");
	ck_assert_int_eq(told.at_ms - started_ms, 2700);
	for (int i = 0; i < 4; i++) {
		send_and_wait();
		ck_assert_str_eq(told.broker, "b");
	}
	ck_assert_uint_eq(sent_to(a), 1);
	tear_down();
}
END_TEST

START_TEST(async__the_last_cause_is_told_with_all_attempts)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_always(b, SEND, FAKE_HANG_UP);
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_ERR_BROKER);
	ck_assert_uint_eq(told.attempts, 3);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(async__another_code_ends_it_at_once)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_MESSAGE_ILLEGAL);
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_ERR_BROKER);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_FATAL);
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

START_TEST(async__an_answer_that_lacks_a_field_may_have_been_stored)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_EMPTY);
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_ERR_PROTOCOL);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_MAYBE_STORED);
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

START_TEST(async__a_busy_broker_is_asked_again_after_a_pause)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	send_and_wait();

	ck_assert_int_eq(told.error, RMQ_OK);
	ck_assert_int_eq(told.at_ms - started_ms, 10 + 20);
	tear_down();
}
END_TEST

START_TEST(async__a_broker_that_goes_away_is_asked_on_a_new_connection)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_GO_AWAY);
	send_and_wait();

	ck_assert_str_eq(told.broker, "a");
	ck_assert_uint_ne(fake_peer_request(a, SEND, 0)->conn, fake_peer_request(a, SEND, 1)->conn);

	fake_peer_always(a, SEND, RMQI_RESP_GO_AWAY);
	fake_peer_always(b, SEND, RMQI_RESP_GO_AWAY);
	send_and_wait();
	ck_assert_int_eq(told.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

enum { EVERY_MS = 20, PAUSED_SENDS = 1000, PAUSE_EVERY_MS = 8000 };

/* What comes to a within a pause is answered at its end, and stored. */
static void pause_now_and_then(int64_t at_ms, int64_t pause_ms)
{
	int64_t into_ms = at_ms % PAUSE_EVERY_MS;

	fake_peer_always(a, SEND,
			 into_ms < pause_ms ? FAKE_LATE - (int)(pause_ms - into_ms) : FAKE_BEHAVE);
}

/* Half of the time left for the first attempt made two copies; all of it but a reserve makes none. */
START_TEST(broker__that_pauses_stores_nothing_twice_and_loses_nothing)
{
	static const int64_t pauses_ms[] = {1000, 2000, 2500};

	for (size_t i = 0; i < RMQI_COUNT(pauses_ms); i++) {
		set_up();
		start_with_two();
		for (int n = 0; n < PAUSED_SENDS; n++) {
			pause_now_and_then(fake_world_now(&world) - started_ms, pauses_ms[i]);
			send_nth(n);
			fake_world_advance(&world, EVERY_MS);
		}
		wait_for(PAUSED_SENDS);

		ck_assert_int_eq(told.failed, 0);
		ck_assert_uint_eq(sent_to(a) + sent_to(b), PAUSED_SENDS);
		ck_assert_uint_gt(sent_to(a), 100);
		tear_down();
	}
}
END_TEST

START_TEST(async__what_is_wrong_is_refused_without_a_callback)
{
	set_up();
	start_with_one();
	rmq_message_free(message);
	message = rmq_message_new("T", "", 0);
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[0], detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	close_all(1000);
	rmq_message_free(message);
	message = rmq_message_new("T", "x", 1);
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[0], detail),
			 RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_ERR_STATE);
	ck_assert_int_eq(told.calls, 0);
	tear_down();
}
END_TEST

START_TEST(async__completes_once_in_every_order)
{
	static const int trouble[] = {FAKE_HANG_UP,      RMQI_RESP_SYSTEM_BUSY, FAKE_SILENT,
				      RMQI_RESP_GO_AWAY, FAKE_LATE - 2800,      FAKE_EMPTY};

	for (seed = 1; seed <= 60; seed++) {
		int64_t before;

		set_up();
		start_with_two();
		for (size_t i = 0; i < 2 * RMQI_COUNT(trouble); i++) {
			fake_peer_next(a, SEND, trouble[(i + seed) % RMQI_COUNT(trouble)]);
			fake_peer_next(b, SEND, trouble[(i * 3 + seed) % RMQI_COUNT(trouble)]);
		}
		before = fake_world_now(&world);
		for (int i = 0; i < 40; i++) {
			send_nth(i);
			if (i % 8 == 0)
				fake_peer_hang_up(seed % 2 ? a : b);
			fake_world_advance(&world, i % 3);
		}
		if (seed % 4 == 0)
			close_all(500);
		wait_for(40);
		ck_assert_int_le(told.at_ms - before, 3000 + 40);
		expect_each_once(40);
		tear_down();
	}
	seed = 1;
}
END_TEST

START_TEST(async__survives_every_failed_allocation)
{
	int accepted = 0;

	set_up();
	start_with_two();
	send_and_wait();
	for (uint64_t n = 1; n <= 60; n++) {
		int before = told.calls;
		enum rmq_error err;

		fake_peer_next(a, SEND, n % 2 ? RMQI_RESP_SYSTEM_ERROR : FAKE_BEHAVE);
		rmqi_mem_fail_after(n, 0);
		err = rmqi_send_async(&sender, message, NULL, on_sent, &args[0], NULL);
		for (int ms = 0; err == RMQ_OK && ms < 4000 && told.calls == before; ms += 100)
			fake_world_advance(&world, 100);
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 3000);
		ck_assert_int_eq(told.calls, before + (err == RMQ_OK));
		accepted += err == RMQ_OK;
	}
	ck_assert_int_gt(accepted, 30);
	tear_down();
}
END_TEST

START_TEST(async__without_threads_for_callbacks_is_refused)
{
	set_up();
	start_with_one();
	rmqi_mem_fail_after(1, 0);
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[0], detail),
			 RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(2, 0);
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[0], detail),
			 RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	send_and_wait();
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		async__tells_the_result_on_a_callback_thread,
		async__needs_the_message_no_more,
		async__what_may_pass_is_tried_on_another_broker_with_its_queue,
		async__a_broker_that_hangs_leaves_a_reserve_and_is_put_aside,
		async__the_last_cause_is_told_with_all_attempts,
		async__another_code_ends_it_at_once,
		async__an_answer_that_lacks_a_field_may_have_been_stored,
		async__a_busy_broker_is_asked_again_after_a_pause,
		async__a_broker_that_goes_away_is_asked_on_a_new_connection,
		broker__that_pauses_stores_nothing_twice_and_loses_nothing,
		async__what_is_wrong_is_refused_without_a_callback,
		async__completes_once_in_every_order,
		async__survives_every_failed_allocation,
		async__without_threads_for_callbacks_is_refused,
	};

	return run_suite("async", tests, RMQI_COUNT(tests));
}
