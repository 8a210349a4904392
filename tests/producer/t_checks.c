/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a producer does when a broker asks what became of a transaction, in a simulation: whom it asks, what
 * it answers, and what it does with questions that are not for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/compress.h"
#include "tests/producer/transaction_scene.h"
#include "tests/support/suite.h"

static unsigned warnings;
static char last_warning[512];

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level != RMQ_LOG_WARN)
		return;
	warnings++;
	snprintf(last_warning, sizeof(last_warning), "%s", text);
}

static void listen_to_log(void)
{
	warnings = 0;
	last_warning[0] = '\0';
	config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_WARN};
}

/* --- What is answered ------------------------------------------------------------------------ */

START_TEST(check__is_answered_with_all_that_was_asked)
{
	set_up();
	start_with_one();
	verdict = RMQ_TRANSACTION_COMMIT;

	ask_with(a, &usual);

	ck_assert_int_eq(asked, 1);
	ck_assert_str_eq(asked_id, "ID-OF-THE-QUESTION");
	ck_assert_str_eq(asked_topic, "T");
	ck_assert_str_eq(asked_body, "hello");
	ck_assert_uint_eq(fake_peer_count(a, END), 1);
	ck_assert(!fake_peer_request(a, END, 0)->is_oneway);
	ck_assert_str_eq(end_field(a, 0, "topic"), "RMQ_SYS_TRANS_HALF_TOPIC");
	ck_assert_str_eq(end_field(a, 0, "producerGroup"), "G");
	ck_assert_str_eq(end_field(a, 0, "tranStateTableOffset"), "7");
	ck_assert_str_eq(end_field(a, 0, "commitLogOffset"), "700");
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "8");
	ck_assert_str_eq(end_field(a, 0, "fromTransactionCheck"), "true");
	ck_assert_str_eq(end_field(a, 0, "msgId"), "ID-OF-THE-QUESTION");
	ck_assert_str_eq(end_field(a, 0, "transactionId"), "ID-OF-THE-QUESTION");
	ck_assert_str_eq(end_field(a, 0, "bname"), "a");
	tear_down();
}
END_TEST

START_TEST(check__a_rollback_and_what_nobody_knows)
{
	set_up();
	start_with_one();

	verdict = RMQ_TRANSACTION_ROLLBACK;
	ask_with(a, &usual);
	verdict = RMQ_TRANSACTION_UNKNOWN;
	ask_with(a, &usual);
	verdict = 77;
	ask_with(a, &usual);

	ck_assert_uint_eq(fake_peer_count(a, END), 3);
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "12");
	ck_assert_str_eq(end_field(a, 1, "commitOrRollback"), "0");
	/* A broker never answers that. */
	ck_assert(fake_peer_request(a, END, 1)->is_oneway);
	ck_assert_str_eq(end_field(a, 2, "commitOrRollback"), "0");
	tear_down();
}
END_TEST

START_TEST(check__of_an_old_broker_is_answered_without_what_it_does_not_know)
{
	struct question q = usual;

	set_up();
	start_with_one();
	q.is_old = true;
	verdict = RMQ_TRANSACTION_COMMIT;

	ask_with(a, &q);

	ck_assert_str_eq(end_field(a, 0, "topic"), "");
	ck_assert_str_eq(end_field(a, 0, "bname"), "");
	ck_assert_str_eq(end_field(a, 0, "commitLogOffset"), "700");
	tear_down();
}
END_TEST

START_TEST(check__without_an_id_is_known_by_its_place)
{
	struct question q = usual;

	set_up();
	start_with_one();
	q.id = NULL;
	verdict = RMQ_TRANSACTION_ROLLBACK;

	ask_with(a, &q);

	ck_assert_int_eq(asked, 1);
	ck_assert_str_ne(end_field(a, 0, "msgId"), "");
	tear_down();
}
END_TEST

START_TEST(check__a_refused_answer_is_told_in_the_log)
{
	set_up();
	listen_to_log();
	start_with_one();
	fake_peer_remark(a, "The transaction state table offset wrong");
	fake_peer_next(a, END, RMQI_RESP_SYSTEM_ERROR);
	verdict = RMQ_TRANSACTION_COMMIT;

	ask_with(a, &usual);

	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(last_warning, "table offset wrong"));
	tear_down();
}
END_TEST

START_TEST(check__shows_a_compressed_half_message_plain)
{
	struct question q = usual;
	struct rmqi_buf packed;
	char text[64];

	set_up();
	start_with_one();
	rmqi_buf_init(&packed, 1024);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 5, rmqi_cursor(text, strlen(text)), &packed),
			 RMQ_OK);
	q.body = (const char *)rmqi_buf_data(&packed);
	q.body_len = packed.len;
	q.sys_flag = RMQI_SYS_COMPRESSED | ((int32_t)RMQI_ZLIB << RMQI_SYS_COMPRESSION_SHIFT);

	ask_with(a, &q);

	ck_assert_str_eq(asked_body, text);
	rmqi_buf_deinit(&packed);
	tear_down();
}
END_TEST

/* --- A transaction that is under way --------------------------------------------------------- */

START_TEST(check__of_an_open_transaction_of_this_process_does_not_ask)
{
	struct question q = usual;

	set_up();
	start_with_one();
	begin_ok();
	q.id = transaction->id;
	verdict = RMQ_TRANSACTION_ROLLBACK;

	ask_with(a, &q);

	ck_assert_int_eq(asked, 0);
	ck_assert_str_eq(end_field(a, 0, "commitOrRollback"), "0");
	tear_down();
}
END_TEST

/* The broker has stored the half message again to ask: the first one is of the past, and the copy would be
 * asked about again, and delivered a second time. */
START_TEST(commit__after_a_check_ends_the_copy_that_was_asked_about)
{
	struct question q = usual;

	set_up();
	start_with_one();
	begin_ok();
	q.id = transaction->id;
	ask_with(a, &q);

	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_str_eq(end_field(a, 1, "tranStateTableOffset"), "7");
	ck_assert_str_eq(end_field(a, 1, "commitLogOffset"), "700");
	ck_assert_str_eq(end_field(a, 1, "commitOrRollback"), "8");
	ck_assert_str_eq(end_field(a, 1, "fromTransactionCheck"), "true");
	tear_down();
}
END_TEST

/* The same when the broker asks between two attempts. */
START_TEST(commit__that_is_tried_again_ends_the_copy_that_there_is_by_then)
{
	struct question q = usual;

	set_up();
	start_with_one();
	begin_ok();
	q.id = transaction->id;
	q.is_on_its_way = true;
	ask_with(a, &q);
	fake_peer_next(a, END, RMQI_RESP_SYSTEM_BUSY);

	ck_assert_int_eq(commit(), RMQ_OK);

	ck_assert_str_eq(end_field(a, 0, "tranStateTableOffset"), "0");
	for (size_t i = 1; i < fake_peer_count(a, END); i++)
		ck_assert_str_eq(end_field(a, i, "tranStateTableOffset"), "7");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, END), "commitOrRollback"), "8");
	tear_down();
}
END_TEST

START_TEST(check__asks_about_a_transaction_that_was_freed_or_decided)
{
	struct question q = usual;
	char id[RMQI_ID_SIZE];

	set_up();
	start_with_one();
	verdict = RMQ_TRANSACTION_COMMIT;
	begin_ok();
	ck_assert_int_eq(commit(), RMQ_OK);
	q.id = transaction->id;
	ask_with(a, &q);
	ck_assert_int_eq(asked, 1);
	rmqi_transaction_free(transaction);
	transaction = NULL;

	begin_ok();
	snprintf(id, sizeof(id), "%s", transaction->id);
	q.id = id;
	rmqi_transaction_free(transaction);
	transaction = NULL;
	ask_with(a, &q);

	ck_assert_int_eq(asked, 2);
	ck_assert_str_eq(asked_id, id);
	tear_down();
}
END_TEST

/* --- What is not for us ---------------------------------------------------------------------- */

START_TEST(check__of_another_group_is_not_answered)
{
	struct question q = usual;

	set_up();
	listen_to_log();
	start_with_one();

	q.group = "H";
	ask_with(a, &q);
	q.group = NULL;
	ask_with(a, &q);

	ck_assert_int_eq(asked, 0);
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	/* The second one is counted: a broker may do it for ever. */
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(last_warning, "\"H\""));
	tear_down();
}
END_TEST

START_TEST(check__with_a_body_that_is_no_message_is_not_answered)
{
	static const char garbage[] = "this is no message of any kind";

	set_up();
	listen_to_log();
	start_with_one();

	ask_garbage(a, garbage, sizeof(garbage));
	ask_garbage(a, garbage, 0);

	ck_assert_int_eq(asked, 0);
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	ck_assert_uint_ge(warnings, 1);
	tear_down();
}
END_TEST

START_TEST(check__with_a_body_that_cannot_be_decompressed_is_not_answered)
{
	struct question q = usual;

	set_up();
	listen_to_log();
	start_with_one();
	q.sys_flag = RMQI_SYS_COMPRESSED;
	q.body = "no zlib";

	ask_with(a, &q);

	ck_assert_int_eq(asked, 0);
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(last_warning, "cannot be read"));
	tear_down();
}
END_TEST

START_TEST(check__without_a_function_is_told_in_the_log)
{
	char text[64];

	set_up();
	listen_to_log();
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_membership_add_topic(&producer->membership, "T", detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	fake_world_advance(&world, 50);

	ask_with(a, &usual);

	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(last_warning, "rmq_producer_set_check_fn"));
	tear_down();
}
END_TEST

/* --- The bounds ------------------------------------------------------------------------------ */

/* While the function runs, further questions come. */
static void ask_more(void)
{
	asked_does = NULL;
	for (int i = 0; i < 5; i++)
		ask_with(a, &usual);
}

START_TEST(check__more_than_can_wait_are_dropped_and_counted)
{
	set_up();
	listen_to_log();
	set("checkRequestHoldMax", "3");
	start_with_one();
	asked_does = ask_more;

	ask_with(a, &usual);
	fake_world_advance(&world, 100);

	/* The one that runs, three that wait; two are left to the broker. */
	ck_assert_int_eq(asked, 4);
	ck_assert_uint_eq(fake_peer_count(a, END), 4);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_ptr_nonnull(strstr(last_warning, "checkRequestHoldMax"));
	tear_down();
}
END_TEST

static char *long_id;

/* Together more than the bytes that may wait. */
static void ask_at_length(void)
{
	struct question q = usual;

	asked_does = NULL;
	q.transaction_id = long_id;
	for (int i = 0; i < 8; i++)
		ask_with(a, &q);
}

START_TEST(check__all_of_a_question_that_waits_counts_in_the_bytes)
{
	enum { LENGTH = 10 * 1024 * 1024, FIT = RMQI_CHECK_BYTES_MAX / LENGTH };

	set_up();
	listen_to_log();
	long_id = malloc(LENGTH + 1);
	ck_assert_ptr_nonnull(long_id);
	memset(long_id, 'x', LENGTH);
	long_id[LENGTH] = '\0';
	start_with_one();
	asked_does = ask_at_length;

	ask_with(a, &usual);
	fake_world_advance(&world, 100);

	ck_assert_int_eq(asked, 1 + FIT);
	ck_assert_uint_eq(warnings, 1);
	free(long_id);
	tear_down();
}
END_TEST

START_TEST(check__more_threads_join_when_the_queue_is_full)
{
	set_up();
	listen_to_log();
	set("checkRequestHoldMax", "3");
	set("checkThreadPoolMaxSize", "3");
	start_with_one();
	asked_does = ask_more;

	ask_with(a, &usual);
	fake_world_advance(&world, 100);

	ck_assert_int_eq(asked, 6);
	ck_assert_uint_eq(warnings, 0);
	tear_down();
}
END_TEST

START_TEST(check__thread_counts_that_contradict_are_refused)
{
	set_up();
	set("checkThreadPoolMinSize", "2");
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);

	ck_assert_int_eq(rmqi_membership_set_check_fn(&producer->membership, "G",
						      (rmq_transaction_check_fn)abort, NULL,
						      detail),
			 RMQ_ERR_CONFIG);

	ck_assert(says("checkThreadPoolMaxSize"));
	tear_down();
}
END_TEST

START_TEST(check__the_function_is_set_before_the_start)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(rmqi_membership_set_check_fn(&producer->membership, "G",
						      (rmq_transaction_check_fn)abort, NULL,
						      detail),
			 RMQ_ERR_STATE);
	tear_down();
}
END_TEST

/* --- The close ------------------------------------------------------------------------------- */

static enum rmq_error closed_with;

static void close_inside(void)
{
	closed_with = rmqi_producer_close(producer, -1, NULL);
}

START_TEST(close__may_be_called_by_the_check_function)
{
	set_up();
	start_with_one();
	asked_does = close_inside;
	closed_with = RMQ_ERR_SYSTEM;
	verdict = RMQ_TRANSACTION_COMMIT;

	ask_with(a, &usual);
	fake_world_advance(&world, 100);

	ck_assert_int_eq(asked, 1);
	ck_assert_int_eq(closed_with, RMQ_OK);
	/* It came too late for its own answer. */
	ck_assert_uint_eq(fake_peer_count(a, END), 0);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		check__is_answered_with_all_that_was_asked,
		check__a_rollback_and_what_nobody_knows,
		check__of_an_old_broker_is_answered_without_what_it_does_not_know,
		check__without_an_id_is_known_by_its_place,
		check__a_refused_answer_is_told_in_the_log,
		check__shows_a_compressed_half_message_plain,
		check__of_an_open_transaction_of_this_process_does_not_ask,
		commit__after_a_check_ends_the_copy_that_was_asked_about,
		commit__that_is_tried_again_ends_the_copy_that_there_is_by_then,
		check__asks_about_a_transaction_that_was_freed_or_decided,
		check__of_another_group_is_not_answered,
		check__with_a_body_that_is_no_message_is_not_answered,
		check__with_a_body_that_cannot_be_decompressed_is_not_answered,
		check__without_a_function_is_told_in_the_log,
		check__more_than_can_wait_are_dropped_and_counted,
		check__all_of_a_question_that_waits_counts_in_the_bytes,
		check__more_threads_join_when_the_queue_is_full,
		check__thread_counts_that_contradict_are_refused,
		check__the_function_is_set_before_the_start,
		close__may_be_called_by_the_check_function,
	};

	return run_suite("checks", tests, RMQI_COUNT(tests));
}
