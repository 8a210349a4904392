/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synchronous sends against scripted brokers, in a simulation: which answers end a
 * send, which are tried again and where, and what the caller is told. The rules are those of
 * DefaultMQProducerImpl.sendDefaultImpl but for what doc/reference/sending.md says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/producer/send_scene.h"

/* --- Answers --------------------------------------------------------------------------------------- */

START_TEST(send__gives_the_whole_result)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(result->status, RMQ_SEND_OK);
	ck_assert_str_eq(result->queue.topic, "T");
	ck_assert_str_eq(result->queue.broker_name, "a");
	ck_assert_int_eq(result->queue.queue_id, 0);
	ck_assert_int_eq(result->queue_offset, 0);
	ck_assert_str_eq(result->offset_message_id, "OFFSET-ID");
	ck_assert_str_eq(result->transaction_id, "TX");
	ck_assert_str_eq(result->region_id, "DefaultRegion");
	ck_assert_uint_eq(strlen(result->message_id), 32);
	tear_down();
}
END_TEST

START_TEST(send__takes_the_queues_in_turn)
{
	set_up();
	start_with_two();

	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_str_eq(result->queue.broker_name, i % 4 < 2 ? "a" : "b");
		ck_assert_int_eq(result->queue.queue_id, i % 2);
	}
	tear_down();
}
END_TEST

START_TEST(send__a_code_that_may_pass_is_tried_on_another_broker)
{
	static const int codes[] = {RMQI_RESP_SYSTEM_ERROR,          RMQI_RESP_SYSTEM_BUSY,
				    RMQI_RESP_SERVICE_NOT_AVAILABLE, RMQI_RESP_NO_PERMISSION,
				    RMQI_RESP_TOPIC_NOT_EXIST,       RMQI_RESP_NO_BUYER_ID,
				    RMQI_RESP_NOT_IN_CURRENT_UNIT};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		start_with_two();
		fake_peer_next(a, SEND, codes[i]);

		ck_assert_int_eq(send_it(), RMQ_OK);

		ck_assert_str_eq(result->queue.broker_name, "b");
		ck_assert_uint_eq(sent_to(a), 1);
		ck_assert_uint_eq(sent_to(b), 1);
		tear_down();
	}
}
END_TEST

START_TEST(send__another_code_ends_it_at_once)
{
	static const int codes[] = {RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
				    RMQI_RESP_MESSAGE_ILLEGAL,
				    RMQI_RESP_VERSION_NOT_SUPPORTED,
				    RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				    RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				    RMQI_RESP_INVALID_PARAMETER,
				    RMQI_RESP_FLOW_CONTROL,
				    9999};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		start_with_two();
		fake_peer_remark(a, "never");
		fake_peer_next(a, SEND, codes[i]);

		ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

		ck_assert_uint_eq(sent_to(b), 0);
		ck_assert_int_eq(rmq_error_detail_broker_code(detail), codes[i]);
		ck_assert_str_eq(rmq_error_detail_remark(detail), "never");
		ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
		expect_attempt(0, a, RMQ_PHASE_ANSWER, codes[i]);
		tear_down();
	}
}
END_TEST

START_TEST(send__when_all_attempts_are_used_up_the_last_cause_is_told)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_always(b, SEND, RMQI_RESP_NO_PERMISSION);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
	expect_attempt(0, a, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR);
	expect_attempt(1, b, RMQ_PHASE_ANSWER, RMQI_RESP_NO_PERMISSION);
	expect_attempt(2, a, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert(says("not sent after 3 attempts"));
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

/* A code that an attempt before was answered with is that attempt's alone. */
START_TEST(send__the_last_cause_has_no_code_of_an_older_attempt)
{
	set_up();
	set("retryTimesWhenSendFailed", "1");
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_always(b, SEND, FAKE_HANG_UP);

	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECTION_LOST);

	expect_attempt(0, a, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), -1);
	ck_assert_str_eq(rmq_error_detail_remark(detail), "");
	tear_down();
}
END_TEST

START_TEST(send__is_made_once_when_no_retry_is_wanted)
{
	set_up();
	set("retryTimesWhenSendFailed", "0");
	start_with_two();
	fake_peer_always(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(sent_to(a), 1);
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

START_TEST(send__the_only_broker_is_tried_again)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_uint_eq(sent_to(a), 2);
	/* The next queue, not the same one. */
	ck_assert_str_eq(fake_request_field(fake_peer_request(a, SEND, 0), "e"), "0");
	ck_assert_str_eq(fake_request_field(fake_peer_request(a, SEND, 1), "e"), "1");
	tear_down();
}
END_TEST

START_TEST(send__an_answer_that_lacks_a_field_may_have_been_stored)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_EMPTY);

	ck_assert_int_eq(send_it(), RMQ_ERR_PROTOCOL);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(says("lacks msgId"));
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

/* --- The network -------------------------------------------------------------------------------------- */

START_TEST(send__a_broker_that_cannot_be_reached_is_passed_over)
{
	char text[96];

	set_up();
	snprintf(text, sizeof(text), "a=" NOBODY ":2,b=%s:2", fake_peer_address(b));
	start_with_route(text);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "b");
	tear_down();
}
END_TEST

START_TEST(send__no_broker_can_be_reached)
{
	set_up();
	start_with_route("a=" NOBODY ":2,b=127.0.0.1:7:2");

	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECT);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
	/* Nobody can have it. */
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

START_TEST(send__a_lost_connection_is_tried_again_and_may_have_stored)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_HANG_UP);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");

	fake_peer_always(a, SEND, FAKE_HANG_UP);
	fake_peer_always(b, SEND, FAKE_HANG_UP);
	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(has_flag(RMQ_ERROR_RETRIABLE));
	tear_down();
}
END_TEST

START_TEST(send__that_one_attempt_may_have_stored_is_not_forgotten)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_HANG_UP);
	fake_peer_next(b, SEND, RMQI_RESP_MESSAGE_ILLEGAL);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	/* Where it may be, not where it was refused. */
	ck_assert_str_eq(rmq_error_detail_queue(detail)->topic, "T");
	ck_assert_str_eq(rmq_error_detail_queue(detail)->broker_name, "a");
	ck_assert_int_ge(rmq_error_detail_queue(detail)->queue_id, 0);
	ck_assert_uint_eq(strlen(rmq_error_detail_message_id(detail)), 32);
	tear_down();
}
END_TEST

START_TEST(send__a_broker_that_goes_away_is_asked_on_a_new_connection)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_GO_AWAY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "a");
	ck_assert_uint_ne(fake_peer_request(a, SEND, 0)->conn, fake_peer_request(a, SEND, 1)->conn);
	tear_down();
}
END_TEST

START_TEST(send__a_broker_that_goes_away_for_good_is_passed_over_and_stored_nothing)
{
	set_up();
	set("retryTimesWhenSendFailed", "1");
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_GO_AWAY);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");

	fake_peer_always(b, SEND, RMQI_RESP_GO_AWAY);
	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	tear_down();
}
END_TEST

/* Whatever the order in which threads, timers and bytes happen to come. */
START_TEST(send__completes_once_in_every_order)
{
	static const int trouble[] = {FAKE_HANG_UP, BUSY, FAKE_SILENT, RMQI_RESP_GO_AWAY,
				      FAKE_LATE - 1600};

	for (seed = 1; seed <= 100; seed++) {
		set_up();
		start_with_two();
		for (size_t i = 0; i < RMQI_COUNT(trouble); i++) {
			fake_peer_next(a, SEND, trouble[(i + seed) % RMQI_COUNT(trouble)]);
			fake_peer_next(b, SEND, trouble[(i * 3 + seed) % RMQI_COUNT(trouble)]);
		}
		for (int i = 0; i < 10; i++) {
			int64_t before = fake_world_now(&world);

			if (i % 4 == 0)
				fake_peer_hang_up(seed % 2 ? a : b);
			if (send_it() != RMQ_OK)
				ck_assert_uint_le(rmq_error_detail_attempt_count(detail), 3);
			ck_assert_int_le(fake_world_now(&world) - before, DEFAULT_TIMEOUT_MS);
		}
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		send__gives_the_whole_result,
		send__takes_the_queues_in_turn,
		send__a_code_that_may_pass_is_tried_on_another_broker,
		send__another_code_ends_it_at_once,
		send__when_all_attempts_are_used_up_the_last_cause_is_told,
		send__the_last_cause_has_no_code_of_an_older_attempt,
		send__is_made_once_when_no_retry_is_wanted,
		send__the_only_broker_is_tried_again,
		send__an_answer_that_lacks_a_field_may_have_been_stored,
		send__a_broker_that_cannot_be_reached_is_passed_over,
		send__no_broker_can_be_reached,
		send__a_lost_connection_is_tried_again_and_may_have_stored,
		send__that_one_attempt_may_have_stored_is_not_forgotten,
		send__a_broker_that_goes_away_is_asked_on_a_new_connection,
		send__a_broker_that_goes_away_for_good_is_passed_over_and_stored_nothing,
		send__completes_once_in_every_order,
	};

	return run_suite("send", tests, RMQI_COUNT(tests));
}
