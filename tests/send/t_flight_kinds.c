/* SPDX-License-Identifier: Apache-2.0 */
/* Which kinds of sends count in the budget, and for how long, in a simulation. */
#include <string.h>

#include "send/batch.h"
#include "send/results.h"
#include "tests/send/async_scene.h"

enum { LATE = FAKE_LATE - 100, BATCH = RMQI_REQ_SEND_BATCH_MESSAGE };

static struct rmq_message *batch[8];

static void on_batch(enum rmq_error error, const struct rmq_send_results *results,
		     const struct rmq_error_detail *d, void *arg)
{
	on_sent(error, results ? results->whole : NULL, d, arg);
}

static enum rmq_error send_batch(size_t count, const struct rmqi_send_how *how)
{
	for (size_t i = 0; i < count; i++)
		batch[i] = message;
	return rmqi_send_batch_async(&sender, batch, count, how, on_batch, &args[0], detail);
}

static struct rmqi_flight_counts counts(void)
{
	return rmqi_flight_counts(sender.flight);
}

static void expect_none(void)
{
	ck_assert_uint_eq(counts().messages, 0);
	ck_assert_uint_eq(counts().bytes, 0);
}

/* --- Batches ------------------------------------------------------------------------------------- */

START_TEST(batch__counts_each_of_its_messages_until_its_callback_has_returned)
{
	set_up_with_budget("5", "1000000");
	start_with_one();
	fake_peer_always(a, BATCH, LATE);
	ck_assert_int_eq(send_batch(3, NULL), RMQ_OK);
	ck_assert_uint_eq(counts().messages, 3);
	ck_assert_uint_eq(counts().bytes, 15);
	ck_assert_int_eq(elapsed_ms(), 0);
	/* Two would fit: three wait. */
	ck_assert_int_eq(send_batch(3, NULL), RMQ_OK);
	ck_assert_int_eq(elapsed_ms(), 100);
	wait_for(2);
	ck_assert_int_eq(told.failed, 0);
	expect_none();
	tear_down();
}
END_TEST

START_TEST(batch__of_more_messages_than_the_budget_passes_alone)
{
	set_up_with_budget("2", "1000000");
	start_with_one();
	fake_peer_always(a, BATCH, LATE);
	ck_assert_int_eq(send_batch(8, NULL), RMQ_OK);
	ck_assert_int_eq(elapsed_ms(), 0);
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 100);
	wait_for(2);
	expect_none();
	tear_down();
}
END_TEST

START_TEST(batch__without_room_is_refused_and_told_when_all_of_it_fits)
{
	struct rmqi_send_how how = {.timeout_ms = 50};

	set_up_with_budget("8", "1000000");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	send_many(6);
	ck_assert_int_eq(send_batch(3, &how), RMQ_ERR_BUSY);
	ck_assert_int_eq(elapsed_ms(), 50);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	wait_for(6);
	fake_world_advance(&world, 500);
	ck_assert_uint_eq(fake_peer_count(a, BATCH), 0);
	ck_assert_int_eq(told.calls, 6);
	expect_none();
	tear_down();
}
END_TEST

START_TEST(batch__that_is_wrong_or_finds_no_memory_gives_its_room_back)
{
	struct rmq_message *other;

	set_up_with_budget("8", "1000000");
	start_with_one();
	other = rmq_message_new("U", "x", 1);
	batch[0] = message;
	batch[1] = other;
	ck_assert_int_eq(rmqi_send_batch_async(&sender, batch, 2, NULL, on_batch, &args[0], detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	expect_none();
	for (uint64_t n = 1; n <= 12; n++) {
		int before = told.calls;
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = send_batch(3, NULL);
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 4000);
		ck_assert_int_eq(told.calls, before + (err == RMQ_OK));
		expect_none();
	}
	rmq_message_free(other);
	tear_down();
}
END_TEST

static enum rmq_error inside;

static void send_in_its_place(int arg)
{
	(void)arg;
	if (told.calls == 1)
		inside = send_batch(3, NULL);
}

START_TEST(batch__in_a_callback_takes_the_room_of_the_one_that_has_ended)
{
	set_up_with_budget("3", "1000000");
	start_with_one();
	in_callback = send_in_its_place;
	ck_assert_int_eq(send_batch(3, NULL), RMQ_OK);
	wait_for(2);
	ck_assert_int_eq(inside, RMQ_OK);
	expect_none();
	tear_down();
}
END_TEST

START_TEST(batch__that_is_closed_names_each_of_its_messages)
{
	struct rmq_undelivered *u = NULL;

	set_up_with_budget("8", "1000000");
	start_with_one();
	ck_assert_int_eq(rmq_message_set_keys(message, "key", NULL), RMQ_OK);
	fake_peer_always(a, BATCH, FAKE_SILENT);
	ck_assert_int_eq(send_batch(3, NULL), RMQ_OK);
	fake_world_advance(&world, 10);
	rmqi_sender_refuse(&sender);
	ck_assert(close_all(1000));
	wait_for(1);
	ck_assert_int_eq(rmqi_losses_copy(&sender.losses, &u), RMQ_OK);
	ck_assert_uint_eq(u->count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(strlen(u->messages[i]->id), 32);
		ck_assert_str_eq(u->messages[i]->keys, "key");
		ck_assert_str_eq(u->messages[i]->topic, "T");
		ck_assert(u->messages[i]->is_maybe_stored);
		ck_assert_int_eq(u->messages[i]->error, RMQ_ERR_CANCELLED);
	}
	ck_assert_str_ne(u->messages[0]->id, u->messages[1]->id);
	rmqi_undelivered_free(u);
	tear_down();
}
END_TEST

/* --- Requests and their like: sends whose end the loop is told --------------------------------------- */

START_TEST(loop__who_is_told_there_gives_its_room_back)
{
	struct rmqi_send_how how = {.ends_on_loop = true};

	set_up_with_budget("1", "1000000");
	start_with_one();
	fake_peer_always(a, SEND, LATE);
	ck_assert_int_eq(rmqi_send_async(&sender, message, &how, on_sent, &args[0], detail),
			 RMQ_OK);
	ck_assert_uint_eq(counts().messages, 1);
	send_many(1);
	ck_assert_int_eq(elapsed_ms(), 100);
	wait_for(2);
	expect_none();
	tear_down();
}
END_TEST

/* --- One-way sends --------------------------------------------------------------------------------- */

static enum rmq_error send_oneway(void)
{
	return rmqi_send_oneway(&sender, message, NULL, detail);
}

START_TEST(oneway__counts_until_it_is_written)
{
	set_up_with_budget("3", "1000000");
	start_with_one();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_oneway(), RMQ_OK);
	ck_assert_uint_eq(counts().messages, 3);
	ck_assert_uint_eq(counts().bytes, 15);
	/* It waits until the first ones have left. */
	ck_assert_int_eq(send_oneway(), RMQ_OK);
	ck_assert_uint_eq(counts().waits, 1);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(sent_to(a), 4);
	expect_none();
	tear_down();
}
END_TEST

/* The SYN of a connection to nobody is never answered. */
static void start_with_nobody(void)
{
	start_with_route("a=127.0.0.1:9:4");
}

START_TEST(oneway__that_is_never_written_gives_its_room_back)
{
	set_up_with_budget("1", "1000000");
	start_with_nobody();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(send_oneway(), RMQ_OK);
		fake_world_advance(&world, 5000);
		expect_none();
	}
	tear_down();
}
END_TEST

START_TEST(oneway__that_is_refused_or_finds_no_memory_gives_its_room_back)
{
	struct rmq_message *wrong;

	set_up_with_budget("1", "1000000");
	start_with_one();
	wrong = message;
	message = rmq_message_new("T", "", 0);
	ck_assert_int_eq(send_oneway(), RMQ_ERR_INVALID_ARGUMENT);
	expect_none();
	rmq_message_free(message);
	message = wrong;
	for (uint64_t n = 1; n <= 8; n++) {
		rmqi_mem_fail_after(n, 0);
		(void)send_oneway();
		rmqi_mem_fail_after(0, 0);
		fake_world_advance(&world, 4000);
		expect_none();
	}
	tear_down();
}
END_TEST

START_TEST(oneway__that_was_not_written_when_it_is_closed_is_named)
{
	struct rmq_undelivered *u = NULL;

	set_up_with_budget("8", "1000000");
	start_with_nobody();
	ck_assert_int_eq(rmq_message_set_keys(message, "key", NULL), RMQ_OK);
	ck_assert_int_eq(send_oneway(), RMQ_OK);
	rmqi_sender_refuse(&sender);
	ck_assert(close_all(1000));
	ck_assert_int_eq(rmqi_losses_copy(&sender.losses, &u), RMQ_OK);
	ck_assert_uint_eq(u->count, 1);
	ck_assert_uint_eq(strlen(u->messages[0]->id), 32);
	ck_assert_str_eq(u->messages[0]->keys, "key");
	ck_assert_str_eq(u->messages[0]->topic, "T");
	ck_assert(!u->messages[0]->is_maybe_stored);
	rmqi_undelivered_free(u);
	tear_down();
}
END_TEST

START_TEST(oneway__is_written_before_a_close_goes_on)
{
	set_up_with_budget("8", "1000000");
	start_with_one();
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(send_oneway(), RMQ_OK);
	rmqi_sender_refuse(&sender);
	ck_assert(rmqi_sender_drain(&sender, rmqi_clock_deadline(world.env.clock, 1000)));
	expect_none();
	ck_assert(close_all(1000));
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(sent_to(a), 8);
	ck_assert_uint_eq(rmqi_losses_count(&sender.losses), 0);
	tear_down();
}
END_TEST

/* --- The connection ------------------------------------------------------------------------------------ */

enum { MANY = 70 * 1000 };

static int ended, refused;

static void on_call(struct rmqi_call *call, enum rmq_error error,
		    const struct rmqi_command *response)
{
	(void)call;
	(void)response;
	ended++;
	refused += error == RMQ_ERR_BUSY;
}

START_TEST(connection__takes_as_many_as_the_budget_lets_through)
{
	struct rmqi_call *calls = rmqi_calloc(MANY, sizeof(*calls));
	struct rmqi_outgoing request = {.code = SEND};

	set_up_with_budget("70000", "1000000");
	start_with_one();
	for (int i = 0; i < MANY; i++) {
		calls[i].fn = on_call;
		rmqi_rpc_call_async(rmqi_client_rpc(client), "127.0.0.1:9", &request,
				    rmqi_clock_deadline(world.env.clock, 1000), &calls[i]);
	}
	fake_world_advance(&world, 2000);
	ck_assert_int_eq(ended, MANY);
	ck_assert_int_eq(refused, 0);
	tear_down();
	rmqi_free(calls);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		batch__counts_each_of_its_messages_until_its_callback_has_returned,
		batch__of_more_messages_than_the_budget_passes_alone,
		batch__without_room_is_refused_and_told_when_all_of_it_fits,
		batch__that_is_wrong_or_finds_no_memory_gives_its_room_back,
		batch__in_a_callback_takes_the_room_of_the_one_that_has_ended,
		batch__that_is_closed_names_each_of_its_messages,
		loop__who_is_told_there_gives_its_room_back,
		oneway__counts_until_it_is_written,
		oneway__that_is_never_written_gives_its_room_back,
		oneway__that_is_refused_or_finds_no_memory_gives_its_room_back,
		oneway__that_was_not_written_when_it_is_closed_is_named,
		oneway__is_written_before_a_close_goes_on,
		connection__takes_as_many_as_the_budget_lets_through,
	};

	return run_suite("flight_kinds", tests, RMQI_COUNT(tests));
}
