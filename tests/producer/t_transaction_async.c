/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions that are begun and ended without waiting, against scripted brokers in a simulation: each call ends once,
 * with what the waiting one would have said.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/producer/transaction_scene.h"
#include "tests/support/suite.h"

/* How often a function was told of an end, and of the last one. */
struct told {
	int times;
	enum rmq_error error;
	unsigned flags;
	int broker_code;
	char text[512], id[64];
};

static struct told begun, ended;
static bool commits_at_once;

static void note(struct told *t, enum rmq_error error, const struct rmq_error_detail *d)
{
	ck_assert_int_eq(error == RMQ_OK, d == NULL);
	t->times++;
	t->error = error;
	t->flags = rmq_error_detail_flags(d);
	t->broker_code = rmq_error_detail_broker_code(d);
	snprintf(t->text, sizeof(t->text), "%s", rmq_error_detail_message(d));
	snprintf(t->id, sizeof(t->id), "%s", rmq_error_detail_message_id(d));
}

static void on_end(enum rmq_error error, const rmq_error_detail *d, void *arg)
{
	ck_assert_ptr_eq(arg, &ended);
	note(&ended, error, d);
}

static enum rmq_error end_async(enum rmq_transaction_state state)
{
	rmqi_detail_clear(detail);
	return rmqi_transaction_end_async(transaction, state, on_end, &ended, detail);
}

static void end_ok(enum rmq_transaction_state state)
{
	ck_assert_msg(end_async(state) == RMQ_OK, "%s", rmq_error_detail_message(detail));
}

static void on_begin(enum rmq_error error, rmq_transaction *t, const rmq_error_detail *d, void *arg)
{
	ck_assert_ptr_eq(arg, &begun);
	ck_assert_int_eq(error == RMQ_OK, t != NULL);
	note(&begun, error, d);
	transaction = t;
	if (t && commits_at_once)
		end_ok(RMQ_TRANSACTION_COMMIT);
}

static void open_scene(bool is_alone)
{
	memset(&begun, 0, sizeof(begun));
	memset(&ended, 0, sizeof(ended));
	commits_at_once = false;
	set_up();
	if (is_alone)
		start_with_one();
	else
		start_with_two();
}

static enum rmq_error begin_async(void)
{
	rmqi_detail_clear(detail);
	return rmqi_transaction_begin_async(producer, message, NULL, on_begin, &begun, detail);
}

/* It begins, and what a function is told within `ms`. */
static void begin_within(int64_t ms)
{
	ck_assert_msg(begin_async() == RMQ_OK, "%s", rmq_error_detail_message(detail));
	ck_assert_int_eq(begun.times, 0);
	fake_world_advance(&world, ms);
	ck_assert_int_eq(begun.times, 1);
}

static void commit_within(int64_t ms)
{
	end_ok(RMQ_TRANSACTION_COMMIT);
	fake_world_advance(&world, ms);
	ck_assert_int_eq(ended.times, 1);
}

/* --- The beginning --------------------------------------------------------------------------- */

START_TEST(begin_async__hands_out_a_transaction_that_its_function_may_commit)
{
	open_scene(true);
	commits_at_once = true;

	begin_within(100);

	ck_assert_int_eq(begun.error, RMQ_OK);
	ck_assert_int_eq(ended.times, 1);
	ck_assert_int_eq(ended.error, RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "8");
	ck_assert_str_eq(end_field(a, 0, "msgId"), transaction->id);
	ck_assert_str_eq(end_field(a, 0, "commitLogOffset"), "4660");
	ck_assert_str_eq(end_field(a, 0, "fromTransactionCheck"), "false");
	ck_assert_str_eq(fake_request_property(fake_peer_request(a, HALF, 0), "TRAN_MSG"), "true");
	ck_assert_str_eq(fake_request_property(fake_peer_request(a, HALF, 0), "UNIQ_KEY"),
			 transaction->id);
	ck_assert_int_eq(commit(), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

START_TEST(begin_async__refuses_at_once_what_a_begin_refuses)
{
	open_scene(true);
	ck_assert_int_eq(rmq_message_set_delay_level(message, 3, NULL), RMQ_OK);
	ck_assert_int_eq(begin_async(), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_close(producer, -1, NULL), RMQ_OK);
	rmq_message_free(message);
	message = rmq_message_new("T", "hello", 5);
	ck_assert_int_eq(begin_async(), RMQ_ERR_STATE);
	fake_world_advance(&world, 5000);
	ck_assert_int_eq(begun.times, 0);
	ck_assert_uint_eq(fake_peer_count(a, HALF), 0);
	tear_down();
}
END_TEST

START_TEST(begin_async__a_refusal_is_tried_on_another_broker)
{
	open_scene(false);
	fake_peer_next(a, HALF, RMQI_RESP_SYSTEM_BUSY);

	begin_within(1000);

	ck_assert_int_eq(begun.error, RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(b, HALF), 1);
	commit_within(100);
	ck_assert_uint_eq(fake_peer_count(b, END), 1);
	tear_down();
}
END_TEST

START_TEST(begin_async__never_leaves_two_half_messages_of_one_id)
{
	open_scene(false);
	fake_peer_next(a, HALF, FAKE_HANG_UP);

	begin_within(1000);

	ck_assert_int_eq(begun.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert(begun.flags & RMQ_ERROR_MAYBE_STORED);
	ck_assert_str_ne(begun.id, "");
	ck_assert_uint_eq(fake_peer_count(b, HALF), 0);
	tear_down();
}
END_TEST

START_TEST(begin_async__what_is_not_stored_as_safely_as_promised_is_rolled_back_and_an_error)
{
	open_scene(true);
	fake_peer_next(a, HALF, RMQI_RESP_FLUSH_SLAVE_TIMEOUT);

	begin_within(1000);

	ck_assert_int_eq(begun.error, RMQ_ERR_BROKER);
	ck_assert_int_eq(begun.broker_code, RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(begun.text, "with FLUSH_SLAVE_TIMEOUT only"));
	ck_assert_ptr_nonnull(strstr(begun.text, "it was rolled back"));
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "12");
	tear_down();
}
END_TEST

START_TEST(begin_async__tells_when_even_the_rollback_failed)
{
	open_scene(true);
	fake_peer_next(a, HALF, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	fake_peer_always(a, END, RMQI_RESP_SYSTEM_ERROR);

	begin_within(1000);

	ck_assert_int_eq(begun.broker_code, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(begun.text, "its rollback failed: rollback of transaction"));
	tear_down();
}
END_TEST

START_TEST(begin_async__a_place_that_cannot_be_read_is_an_error)
{
	open_scene(true);
	fake_peer_offset_id(a, "nonsense");

	begin_within(1000);

	ck_assert_int_eq(begun.error, RMQ_ERR_PROTOCOL);
	ck_assert(begun.flags & RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

/* --- The end --------------------------------------------------------------------------------- */

START_TEST(end_async__a_refusal_is_told_and_leaves_it_open)
{
	open_scene(true);
	begin_ok();
	fake_peer_remark(a, "The producer group wrong");
	fake_peer_next(a, END, RMQI_RESP_SYSTEM_ERROR);

	commit_within(1000);

	ck_assert_int_eq(ended.error, RMQ_ERR_BROKER);
	ck_assert_int_eq(ended.broker_code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(ended.text, "The producer group wrong"));
	ck_assert_ptr_nonnull(strstr(ended.text, "it was not done"));
	ck_assert_str_eq(ended.id, transaction->id);
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	ck_assert_int_eq(commit(), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(end_async__a_busy_broker_is_asked_again)
{
	open_scene(true);
	begin_ok();
	fake_peer_next(a, END, RMQI_RESP_SYSTEM_BUSY);

	commit_within(1000);

	ck_assert_int_eq(ended.error, RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, END), 2);
	tear_down();
}
END_TEST

START_TEST(end_async__is_one_at_a_time)
{
	open_scene(true);
	begin_ok();
	end_ok(RMQ_TRANSACTION_COMMIT);

	ck_assert_int_eq(end_async(RMQ_TRANSACTION_ROLLBACK), RMQ_ERR_STATE);
	ck_assert(says("another thread ends it now"));
	ck_assert_int_eq(rollback(), RMQ_ERR_STATE);

	fake_world_advance(&world, 100);
	ck_assert_int_eq(ended.times, 1);
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	tear_down();
}
END_TEST

START_TEST(commit_async__without_an_answer_is_not_repeated)
{
	open_scene(true);
	begin_ok();
	fake_peer_next(a, END, FAKE_SILENT);

	commit_within(4000);

	ck_assert_int_eq(ended.error, RMQ_ERR_TIMEOUT);
	ck_assert(ended.flags & RMQ_ERROR_MAYBE_STORED);
	ck_assert_ptr_nonnull(strstr(ended.text, "it may have been done"));
	ck_assert_int_eq(end_async(RMQ_TRANSACTION_COMMIT), RMQ_ERR_STATE);
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	tear_down();
}
END_TEST

START_TEST(rollback_async__without_an_answer_may_be_repeated)
{
	open_scene(true);
	begin_ok();
	fake_peer_next(a, END, FAKE_HANG_UP);
	end_ok(RMQ_TRANSACTION_ROLLBACK);
	fake_world_advance(&world, 1000);
	ck_assert_int_eq(ended.error, RMQ_ERR_CONNECTION_LOST);
	ck_assert(!(ended.flags & RMQ_ERROR_MAYBE_STORED));

	end_ok(RMQ_TRANSACTION_ROLLBACK);
	fake_world_advance(&world, 1000);
	ck_assert_int_eq(ended.times, 2);
	ck_assert_int_eq(ended.error, RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(end_async__without_a_master_is_an_error_and_can_be_repeated)
{
	char text[64];

	open_scene(true);
	begin_ok();
	snprintf(text, sizeof(text), "b=%s:4", fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	fake_world_advance(&world, 31000);
	commit_within(3000);
	ck_assert_int_eq(ended.error, RMQ_ERR_NO_BROKER);
	ck_assert_ptr_nonnull(strstr(ended.text, "has no master of broker a"));

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	fake_world_advance(&world, 31000);
	end_ok(RMQ_TRANSACTION_COMMIT);
	fake_world_advance(&world, 1000);
	ck_assert_int_eq(ended.error, RMQ_OK);
	tear_down();
}
END_TEST

/* --- Free and close -------------------------------------------------------------------------- */

START_TEST(free__while_it_ends_leaves_it_to_the_end)
{
	struct question q = usual;
	char id[64];

	open_scene(true);
	begin_ok();
	snprintf(id, sizeof(id), "%s", transaction->id);
	fake_peer_next(a, END, FAKE_LATE - 500);
	end_ok(RMQ_TRANSACTION_COMMIT);
	rmqi_transaction_free(transaction);
	transaction = NULL;

	q.id = id;
	verdict = RMQ_TRANSACTION_ROLLBACK;
	ask_with(a, &q);
	ck_assert_int_eq(asked, 0);
	fake_world_advance(&world, 1000);
	ck_assert_int_eq(ended.times, 1);
	ck_assert_int_eq(ended.error, RMQ_OK);
	ask_with(a, &q);
	ck_assert_int_eq(asked, 1);
	tear_down();
}
END_TEST

START_TEST(close__ends_what_is_under_way_once)
{
	open_scene(true);
	begin_ok();
	fake_peer_always(a, END, FAKE_SILENT);
	fake_peer_always(a, HALF, FAKE_SILENT);
	end_ok(RMQ_TRANSACTION_COMMIT);
	rmqi_transaction_free(transaction);
	transaction = NULL;
	ck_assert_int_eq(begin_async(), RMQ_OK);

	ck_assert_int_ne(rmqi_producer_close(producer, 100, NULL), RMQ_OK);

	ck_assert_int_eq(begun.times, 1);
	ck_assert_int_ne(begun.error, RMQ_OK);
	ck_assert_int_eq(ended.times, 1);
	ck_assert_int_ne(ended.error, RMQ_OK);
	ck_assert(ended.flags & RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(close__ends_a_pause)
{
	open_scene(true);
	begin_ok();
	fake_peer_always(a, END, RMQI_RESP_SYSTEM_BUSY);
	end_ok(RMQ_TRANSACTION_COMMIT);
	fake_world_advance(&world, 5);

	ck_assert_int_eq(rmqi_producer_close(producer, 1000, NULL), RMQ_OK);

	ck_assert_int_eq(ended.times, 1);
	ck_assert_int_eq(ended.error, RMQ_ERR_BROKER);
	ck_assert_int_eq(end_async(RMQ_TRANSACTION_COMMIT), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

START_TEST(async__survives_every_failed_allocation)
{
	for (uint64_t n = 1; n < 120; n++) {
		enum rmq_error err;

		open_scene(true);
		commits_at_once = false;
		begin_ok();
		rmqi_mem_fail_after(n, 0);
		err = end_async(RMQ_TRANSACTION_COMMIT);
		fake_world_advance(&world, 4000);
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 4000);
		ck_assert_int_eq(ended.times, err == RMQ_OK);
		rmqi_transaction_free(transaction);
		transaction = NULL;
		rmqi_mem_fail_after(n, 0);
		err = begin_async();
		fake_world_advance(&world, 4000);
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 4000);
		ck_assert_int_eq(begun.times, err == RMQ_OK);
		tear_down();
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		begin_async__hands_out_a_transaction_that_its_function_may_commit,
		begin_async__refuses_at_once_what_a_begin_refuses,
		begin_async__a_refusal_is_tried_on_another_broker,
		begin_async__never_leaves_two_half_messages_of_one_id,
		begin_async__what_is_not_stored_as_safely_as_promised_is_rolled_back_and_an_error,
		begin_async__tells_when_even_the_rollback_failed,
		begin_async__a_place_that_cannot_be_read_is_an_error,
		end_async__a_refusal_is_told_and_leaves_it_open,
		end_async__a_busy_broker_is_asked_again,
		end_async__is_one_at_a_time,
		commit_async__without_an_answer_is_not_repeated,
		rollback_async__without_an_answer_may_be_repeated,
		end_async__without_a_master_is_an_error_and_can_be_repeated,
		free__while_it_ends_leaves_it_to_the_end,
		close__ends_what_is_under_way_once,
		close__ends_a_pause,
		async__survives_every_failed_allocation,
	};

	return run_suite("transaction_async", tests, RMQI_COUNT(tests));
}
