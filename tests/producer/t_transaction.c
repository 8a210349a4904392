/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half messages and their end against scripted brokers, in a simulation: what goes over the wire, which
 * answers end a transaction, what may be done again, and what the caller is told.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/producer/transaction_scene.h"
#include "tests/support/suite.h"

/* --- The half message ------------------------------------------------------------------------ */

START_TEST(begin__sends_a_half_message)
{
	const struct fake_request *half;

	set_up();
	start_with_one();

	begin_ok();

	half = fake_peer_last(a, HALF);
	ck_assert_str_eq(fake_request_property(half, "TRAN_MSG"), "true");
	ck_assert_str_eq(fake_request_property(half, "PGROUP"), "G");
	ck_assert_str_eq(fake_request_property(half, "UNIQ_KEY"), transaction->id);
	ck_assert_str_eq(fake_request_field(half, "f"), "4");
	ck_assert_str_eq(transaction->result->message_id, transaction->id);
	ck_assert_str_eq(transaction->result->queue.topic, "T");
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	tear_down();
}
END_TEST

START_TEST(begin__needs_a_check_function)
{
	set_up();
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);

	ck_assert_int_eq(begin(), RMQ_ERR_STATE);

	ck_assert(says("rmq_producer_set_check_fn"));
	tear_down();
}
END_TEST

START_TEST(begin__refuses_what_is_delayed)
{
	set_up();
	start_with_one();
	ck_assert_int_eq(rmq_message_set_delay_level(message, 3, NULL), RMQ_OK);

	ck_assert_int_eq(begin(), RMQ_ERR_INVALID_ARGUMENT);

	ck_assert(says("DELAY"));
	ck_assert_uint_eq(fake_peer_count(a, HALF), 0);
	tear_down();
}
END_TEST

START_TEST(begin__a_refusal_is_tried_on_another_broker)
{
	set_up();
	start_with_two();
	fake_peer_next(a, HALF, RMQI_RESP_SYSTEM_BUSY);

	begin_ok();

	ck_assert_uint_eq(fake_peer_count(b, HALF), 1);
	ck_assert_int_eq(commit(), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	ck_assert_uint_eq(fake_peer_count(b, END), 1);
	tear_down();
}
END_TEST

/* Two half messages of one id: the second would be delivered when the broker of the first asks. */
START_TEST(begin__never_leaves_two_half_messages_of_one_id)
{
	set_up();
	start_with_two();
	fake_peer_next(a, HALF, FAKE_HANG_UP);

	ck_assert_int_eq(begin(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert_str_ne(rmq_error_detail_message_id(detail), "");
	ck_assert_uint_eq(fake_peer_count(b, HALF), 0);
	ck_assert_ptr_null(transaction);
	tear_down();
}
END_TEST

START_TEST(begin__what_is_not_stored_as_safely_as_promised_is_rolled_back_and_an_error)
{
	static const int codes[] = {RMQI_RESP_FLUSH_DISK_TIMEOUT, RMQI_RESP_FLUSH_SLAVE_TIMEOUT,
				    RMQI_RESP_SLAVE_NOT_AVAILABLE};
	static const char *const names[] = {"FLUSH_DISK_TIMEOUT", "FLUSH_SLAVE_TIMEOUT",
					    "SLAVE_NOT_AVAILABLE"};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		/* Another broker would get a second half message of the same id. */
		set("retryAnotherBrokerWhenNotStoreOK", "true");
		start_with_two();
		fake_peer_next(a, HALF, codes[i]);

		ck_assert_int_eq(begin(), RMQ_ERR_BROKER);

		ck_assert_int_eq(rmq_error_detail_broker_code(detail), codes[i]);
		ck_assert(says(names[i]));
		ck_assert(says("it was rolled back"));
		ck_assert_ptr_null(transaction);
		ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "12");
		ck_assert_uint_eq(fake_peer_count(b, HALF), 0);
		tear_down();
	}
}
END_TEST

/* errorWhenNotStoreOK says how a send ends; of a half message nothing may stay (a broker would ask). */
START_TEST(begin__rolls_back_what_is_stored_weakly_where_that_is_an_error_of_sends)
{
	set_up();
	set("errorWhenNotStoreOK", "true");
	start_with_one();
	fake_peer_next(a, HALF, RMQI_RESP_FLUSH_DISK_TIMEOUT);

	ck_assert_int_eq(begin(), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert(says("it was rolled back"));
	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert_ptr_null(transaction);
	ck_assert_uint_eq(fake_peer_count(a, HALF), 1);
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "12");
	tear_down();
}
END_TEST

START_TEST(begin__tells_when_even_the_rollback_failed)
{
	set_up();
	start_with_one();
	fake_peer_next(a, HALF, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	fake_peer_always(a, END, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(begin(), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert(says("its rollback failed"));
	tear_down();
}
END_TEST

START_TEST(begin__a_place_that_cannot_be_read_is_an_error)
{
	set_up();
	fake_peer_offset_id(a, "nonsense");
	start_with_one();

	ck_assert_int_eq(begin(), RMQ_ERR_PROTOCOL);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(says("nonsense"));
	tear_down();
}
END_TEST

/* --- Its end --------------------------------------------------------------------------------- */

START_TEST(commit__says_all_that_the_broker_wants_to_know)
{
	char text[32];

	set_up();
	start_with_one();
	begin_ok();

	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	ck_assert(!fake_peer_request(a, END, 0)->is_oneway);
	ck_assert_str_eq(end_field(a, 0, "topic"), "T");
	ck_assert_str_eq(end_field(a, 0, "producerGroup"), "G");
	ck_assert_str_eq(end_field(a, 0, "tranStateTableOffset"), "0");
	snprintf(text, sizeof(text), "%d", HALF_OFFSET);
	ck_assert_str_eq(end_field(a, 0, "commitLogOffset"), text);
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "8");
	ck_assert_str_eq(end_field(a, 0, "fromTransactionCheck"), "false");
	ck_assert_str_eq(end_field(a, 0, "msgId"), transaction->id);
	ck_assert_str_eq(end_field(a, 0, "transactionId"), "TX");
	ck_assert_str_eq(end_field(a, 0, "bname"), "a");
	tear_down();
}
END_TEST

START_TEST(rollback__is_code_12)
{
	set_up();
	start_with_one();
	begin_ok();

	ck_assert_int_eq(rollback(), RMQ_OK);

	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "12");
	tear_down();
}
END_TEST

START_TEST(end__is_done_once)
{
	set_up();
	start_with_one();
	begin_ok();
	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_int_eq(commit(), RMQ_ERR_STATE);
	ck_assert(says("committed before"));
	ck_assert_int_eq(rollback(), RMQ_ERR_STATE);

	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	tear_down();
}
END_TEST

START_TEST(end__a_refusal_is_told_and_leaves_it_open)
{
	static const int codes[] = {RMQI_RESP_SYSTEM_ERROR, 604, RMQI_RESP_SLAVE_NOT_AVAILABLE};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		start_with_one();
		fake_peer_remark(a, "The producer group wrong");
		begin_ok();
		fake_peer_next(a, END, codes[i]);

		ck_assert_int_eq(commit(), RMQ_ERR_BROKER);

		ck_assert_int_eq(rmq_error_detail_broker_code(detail), codes[i]);
		ck_assert(says("The producer group wrong"));
		ck_assert(says("it was not done"));
		ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
		ck_assert_str_eq(rmq_error_detail_message_id(detail), transaction->id);
		ck_assert_uint_eq(fake_peer_count(a, END), 1);
		ck_assert_int_eq(commit(), RMQ_OK);
		tear_down();
	}
}
END_TEST

START_TEST(end__access_that_is_denied_is_told_so)
{
	set_up();
	start_with_one();
	fake_peer_remark(a, "no permission: x has no permission");
	begin_ok();
	fake_peer_always(a, END, RMQI_RESP_NO_PERMISSION);

	ck_assert_int_ne(commit(), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	tear_down();
}
END_TEST

START_TEST(end__a_busy_broker_is_asked_again)
{
	set_up();
	start_with_one();
	begin_ok();
	fake_peer_next(a, END, RMQI_RESP_SYSTEM_BUSY);

	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, END), 2);
	tear_down();
}
END_TEST

/* Committed twice it would be delivered twice. */
START_TEST(commit__without_an_answer_is_not_repeated)
{
	set_up();
	start_with_one();
	begin_ok();
	fake_peer_next(a, END, FAKE_SILENT);

	ck_assert_int_eq(commit(), RMQ_ERR_TIMEOUT);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(says("may have been done"));
	ck_assert_int_eq(commit(), RMQ_ERR_STATE);
	ck_assert_int_eq(rollback(), RMQ_ERR_STATE);
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	tear_down();
}
END_TEST

START_TEST(rollback__without_an_answer_may_be_repeated)
{
	set_up();
	start_with_one();
	begin_ok();
	fake_peer_next(a, END, FAKE_HANG_UP);

	ck_assert_int_eq(rollback(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert_int_eq(commit(), RMQ_ERR_STATE);
	ck_assert_int_eq(rollback(), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(end__goes_to_where_the_broker_is_now)
{
	char text[64];

	set_up();
	start_with_one();
	begin_ok();
	/* The master of the broker name has moved. */
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	fake_world_advance(&world, 31000);

	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(b, END), 1);
	tear_down();
}
END_TEST

START_TEST(end__without_a_master_is_an_error_and_can_be_repeated)
{
	char text[64];

	set_up();
	start_with_one();
	begin_ok();
	snprintf(text, sizeof(text), "b=%s:4", fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	fake_world_advance(&world, 31000);

	ck_assert_int_eq(commit(), RMQ_ERR_NO_BROKER);
	ck_assert(says("has no master of broker a"));
	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	fake_world_advance(&world, 31000);
	ck_assert_int_eq(commit(), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(end__after_the_close_is_an_error)
{
	set_up();
	start_with_one();
	begin_ok();
	ck_assert_int_eq(rmqi_producer_close(producer, -1, NULL), RMQ_OK);

	ck_assert_int_eq(commit(), RMQ_ERR_STATE);

	ck_assert(says("closed"));
	tear_down();
}
END_TEST

START_TEST(end__after_the_producer_was_freed_is_an_error)
{
	set_up();
	start_with_one();
	begin_ok();
	rmqi_producer_free(producer);
	producer = NULL;

	ck_assert_int_eq(commit(), RMQ_ERR_STATE);

	ck_assert(says("freed"));
	tear_down();
}
END_TEST

/* --- A topic without sends ------------------------------------------------------------------- */

static void announce(bool before_start)
{
	char text[64];

	set_up();
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	if (before_start)
		ck_assert_int_eq(rmqi_membership_add_topic(&producer->membership, "T", detail),
				 RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	if (!before_start)
		ck_assert_int_eq(rmqi_membership_add_topic(&producer->membership, "T", detail),
				 RMQ_OK);

	fake_world_advance(&world, 50);

	ck_assert_uint_eq(fake_peer_count(a, RMQI_REQ_HEART_BEAT), 1);
	ck_assert_ptr_nonnull(strstr(fake_peer_last(a, RMQI_REQ_HEART_BEAT)->body, "\"G\""));
	tear_down();
}

START_TEST(add_topic__lets_the_brokers_know_a_producer_that_does_not_send)
{
	announce(true);
	announce(false);
}
END_TEST

START_TEST(add_topic__is_too_late_after_the_close)
{
	set_up();
	start_with_one();
	ck_assert_int_eq(rmqi_producer_close(producer, -1, NULL), RMQ_OK);

	ck_assert_int_eq(rmqi_membership_add_topic(&producer->membership, "T", detail),
			 RMQ_ERR_STATE);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		begin__sends_a_half_message,
		begin__needs_a_check_function,
		begin__refuses_what_is_delayed,
		begin__a_refusal_is_tried_on_another_broker,
		begin__never_leaves_two_half_messages_of_one_id,
		begin__what_is_not_stored_as_safely_as_promised_is_rolled_back_and_an_error,
		begin__rolls_back_what_is_stored_weakly_where_that_is_an_error_of_sends,
		begin__tells_when_even_the_rollback_failed,
		begin__a_place_that_cannot_be_read_is_an_error,
		commit__says_all_that_the_broker_wants_to_know,
		rollback__is_code_12,
		end__is_done_once,
		end__a_refusal_is_told_and_leaves_it_open,
		end__access_that_is_denied_is_told_so,
		end__a_busy_broker_is_asked_again,
		commit__without_an_answer_is_not_repeated,
		rollback__without_an_answer_may_be_repeated,
		end__goes_to_where_the_broker_is_now,
		end__without_a_master_is_an_error_and_can_be_repeated,
		end__after_the_close_is_an_error,
		end__after_the_producer_was_freed_is_an_error,
		add_topic__lets_the_brokers_know_a_producer_that_does_not_send,
		add_topic__is_too_late_after_the_close,
	};

	return run_suite("transaction", tests, RMQI_COUNT(tests));
}
