/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flush, close and the list of what was not delivered, against a scripted broker in a simulation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, MANY = 10000, LATE = FAKE_LATE - 100 };

static struct rmq_producer *producer;

static int by_arg[MANY], args[MANY];
static int calls, failed;
static void (*in_callback)(void);

static void on_sent(enum rmq_error error, const rmq_send_result *result, const rmq_error_detail *d,
		    void *arg)
{
	(void)result;
	(void)d;
	by_arg[*(int *)arg]++;
	calls++;
	failed += error != RMQ_OK;
	if (in_callback)
		in_callback();
}

static void set_up(void)
{
	stage_set_up();
	memset(by_arg, 0, sizeof(by_arg));
	for (int i = 0; i < MANY; i++)
		args[i] = i;
	calls = 0;
	failed = 0;
	in_callback = NULL;
}

static void make(void)
{
	fake_peer_route(ns, "T", stage_route_of_one(4));
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
}

static void start(void)
{
	make();
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	started_ms = fake_world_now(&world);
}

static void tear_down(void)
{
	rmqi_producer_free(producer);
	stage_tear_down();
}

static enum rmq_error send_nth(int i)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);
	enum rmq_error err;
	char keys[32];

	snprintf(keys, sizeof(keys), "key%d", i);
	ck_assert_int_eq(rmq_message_set_keys(m, keys, NULL), RMQ_OK);
	err = rmqi_producer_send_async(producer, m, NULL, on_sent, &args[i], detail);
	rmq_message_free(m);
	return err;
}

static void send_many(int count)
{
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(send_nth(i), RMQ_OK);
}

static void expect_each_once(int count)
{
	ck_assert_int_eq(calls, count);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(by_arg[i], 1);
}

/* Each of the first `count` is named once. */
static void expect_listed(size_t count, bool is_maybe_stored)
{
	struct rmq_undelivered *u = NULL;
	char *seen = calloc(count, 1);

	ck_assert_int_eq(rmqi_losses_copy(&producer->sender.losses, &u), RMQ_OK);
	ck_assert_uint_eq(u->count, count);
	ck_assert_uint_eq(u->omitted, 0);
	for (size_t i = 0; i < count; i++) {
		const struct rmq_undelivered_message *m = u->messages[i];
		size_t at = (size_t)atoi(m->keys + 3);

		ck_assert_uint_lt(at, count);
		ck_assert_int_eq(seen[at]++, 0);
		ck_assert_uint_eq(strlen(m->id), 32);
		ck_assert_str_eq(m->topic, "T");
		ck_assert_int_eq(m->error, RMQ_ERR_CANCELLED);
		ck_assert_int_eq(m->is_maybe_stored, is_maybe_stored);
	}
	free(seen);
	rmqi_undelivered_free(u);
}

/* --- Close --------------------------------------------------------------------------------------- */

START_TEST(close__delivers_what_is_under_way)
{
	set_up();
	start();
	fake_peer_always(a, SEND, LATE);
	send_many(100);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, detail), RMQ_OK);
	expect_each_once(100);
	ck_assert_int_eq(failed, 0);
	ck_assert_int_lt(elapsed_ms(), 200);
	expect_listed(0, false);
	tear_down();
}
END_TEST

START_TEST(close__goes_on_with_attempts_until_its_time_is_near)
{
	set_up();
	set("retryTimesWhenSendFailed", "100");
	start();
	for (int i = 0; i < 6; i++)
		fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	send_many(1);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, detail), RMQ_OK);
	ck_assert_int_eq(failed, 0);
	tear_down();
}
END_TEST

START_TEST(close__names_each_of_ten_thousand_that_were_not_delivered)
{
	set_up();
	set("sendMsgTimeout", "60000");
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	send_many(MANY);
	ck_assert_int_eq(rmqi_producer_close(producer, 2000, detail), RMQ_ERR_CANCELLED);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "10000 messages"));
	ck_assert_int_le(elapsed_ms(), 2000);
	expect_each_once(MANY);
	expect_listed(MANY, true);
	/* Told once. */
	ck_assert_int_eq(rmqi_producer_close(producer, 2000, detail), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(close__tells_not_stored_from_maybe_stored)
{
	set_up();
	set("retryTimesWhenSendFailed", "100");
	set("sendMsgTimeout", "60000");
	start();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	send_many(20);
	ck_assert_int_eq(rmqi_producer_close(producer, 1000, detail), RMQ_ERR_CANCELLED);
	expect_each_once(20);
	expect_listed(20, false);
	tear_down();
}
END_TEST

START_TEST(close__without_time_cancels_at_once)
{
	set_up();
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	send_many(50);
	fake_world_advance(&world, 10);
	started_ms = fake_world_now(&world);
	(void)!rmqi_producer_close(producer, 0, detail);
	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_int_eq(send_nth(50), RMQ_ERR_STATE);
	(void)!rmqi_producer_close(producer, 1000, detail);
	expect_each_once(50);
	expect_listed(50, true);
	tear_down();
}
END_TEST

static enum rmq_error close_error;

static void close_inside(void)
{
	if (calls == 1)
		close_error = rmqi_producer_close(producer, 2000, NULL);
}

START_TEST(close__by_a_callback_completes_ten_thousand)
{
	set_up();
	set("sendMsgTimeout", "60000");
	start();
	fake_peer_next(a, SEND, FAKE_BEHAVE);
	fake_peer_always(a, SEND, FAKE_SILENT);
	in_callback = close_inside;
	send_many(MANY);
	for (int ms = 0; ms < 5000 && calls < MANY; ms++)
		fake_world_advance(&world, 1);
	expect_each_once(MANY);
	ck_assert_int_eq(failed, MANY - 1);
	ck_assert_int_eq(close_error, RMQ_ERR_CANCELLED);
	ck_assert_int_le(elapsed_ms(), 2100);
	tear_down();
}
END_TEST

/* --- Close while others wait --------------------------------------------------------------------------- */

struct other {
	struct rmqi_task task;
	enum rmq_error error;
	bool has_returned;
};

static void run_flush(struct rmqi_task *task)
{
	struct other *o = RMQI_CONTAINER(task, struct other, task);

	o->error = rmqi_producer_flush(producer, 60000, NULL);
	o->has_returned = true;
}

static void run_send(struct rmqi_task *task)
{
	struct other *o = RMQI_CONTAINER(task, struct other, task);

	o->error = send_nth(3);
	o->has_returned = true;
}

static void run_close(struct rmqi_task *task)
{
	struct other *o = RMQI_CONTAINER(task, struct other, task);

	o->error = rmqi_producer_close(producer, 1000, NULL);
	o->has_returned = true;
}

static void finish(struct other *o, struct rmqi_pool *pool)
{
	for (int ms = 0; ms < 5000 && !o->has_returned; ms++)
		fake_world_advance(&world, 1);
	ck_assert(o->has_returned);
	ck_assert(rmqi_pool_close(pool, RMQI_FOREVER, NULL));
}

START_TEST(close__ends_a_flush_when_all_is_complete)
{
	struct other flush = {.task.run = run_flush};
	struct rmqi_pool *pool = NULL;

	set_up();
	start();
	fake_peer_always(a, SEND, LATE);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "flush", 1, &pool), RMQ_OK);
	send_many(10);
	rmqi_post(rmqi_pool_executor(pool), &flush.task);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, detail), RMQ_OK);
	finish(&flush, pool);
	ck_assert_int_eq(flush.error, RMQ_OK);
	expect_each_once(10);
	tear_down();
}
END_TEST

START_TEST(close__ends_the_flush_of_what_it_cancels)
{
	struct other close = {.task.run = run_close};
	struct rmqi_pool *pool = NULL;

	set_up();
	set("sendMsgTimeout", "60000");
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "close", 1, &pool), RMQ_OK);
	send_many(10);
	rmqi_post(rmqi_pool_executor(pool), &close.task);
	ck_assert_int_eq(rmqi_producer_flush(producer, 60000, detail), RMQ_OK);
	ck_assert_int_le(elapsed_ms(), 1000);
	finish(&close, pool);
	ck_assert_int_eq(close.error, RMQ_ERR_CANCELLED);
	expect_each_once(10);
	tear_down();
}
END_TEST

START_TEST(close__turns_away_a_send_that_waits_for_room)
{
	struct other close = {.task.run = run_close};
	struct rmqi_pool *pool = NULL;

	set_up();
	set("backPressureForAsyncSendNum", "3");
	set("sendMsgTimeout", "60000");
	start();
	fake_peer_always(a, SEND, FAKE_SILENT);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "close", 1, &pool), RMQ_OK);
	send_many(3);
	rmqi_post(rmqi_pool_executor(pool), &close.task);
	ck_assert_int_eq(send_nth(3), RMQ_ERR_CANCELLED);
	finish(&close, pool);
	expect_each_once(3);
	expect_listed(3, true);
	tear_down();
}
END_TEST

START_TEST(close__a_send_that_waits_for_room_may_be_another_threads)
{
	struct other send = {.task.run = run_send};
	struct rmqi_pool *pool = NULL;

	set_up();
	set("backPressureForAsyncSendNum", "3");
	start();
	fake_peer_always(a, SEND, LATE);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "send", 1, &pool), RMQ_OK);
	send_many(3);
	rmqi_post(rmqi_pool_executor(pool), &send.task);
	fake_world_advance(&world, 1);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, detail), RMQ_OK);
	finish(&send, pool);
	ck_assert_int_eq(send.error == RMQ_OK, by_arg[3] == 1);
	tear_down();
}
END_TEST

/* --- Flush ---------------------------------------------------------------------------------------------- */

START_TEST(flush__says_what_is_left_and_when_it_cannot_be)
{
	set_up();
	make();
	ck_assert_int_eq(rmqi_producer_flush(producer, 0, detail), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_flush(producer, 0, detail), RMQ_OK);
	fake_peer_always(a, SEND, LATE);
	send_many(7);
	ck_assert_int_eq(rmqi_producer_flush(producer, 20, detail), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(rmq_error_detail_message(detail), "7 messages are not complete");
	ck_assert_int_eq(rmqi_producer_flush(producer, -1, detail), RMQ_OK);
	expect_each_once(7);
	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_flush(producer, -1, detail), RMQ_OK);
	tear_down();
}
END_TEST

/* --- The list --------------------------------------------------------------------------------------------- */

START_TEST(list__counts_what_it_has_no_memory_for)
{
	struct rmqi_loss loss = {.error = RMQ_ERR_TIMEOUT, .id = rmqi_str("id")};
	struct rmq_undelivered *u = NULL;
	struct rmqi_losses l;

	rmqi_losses_init(&l);
	for (uint64_t n = 1; n <= 2; n++) {
		rmqi_mem_fail_after(n, 0);
		rmqi_losses_add(&l, &loss);
		rmqi_mem_fail_after(0, 0);
	}
	rmqi_losses_add(&l, &loss);
	ck_assert_uint_eq(rmqi_losses_count(&l), 3);
	for (uint64_t n = 1; n <= 3; n++) {
		rmqi_mem_fail_after(n, 0);
		ck_assert_int_eq(rmqi_losses_copy(&l, &u), RMQ_ERR_NO_MEMORY);
		rmqi_mem_fail_after(0, 0);
	}
	ck_assert_int_eq(rmqi_losses_copy(&l, &u), RMQ_OK);
	ck_assert_uint_eq(u->count + u->omitted, 3);
	ck_assert_str_eq(u->messages[0]->id, "id");
	ck_assert_str_eq(u->messages[0]->keys, "");
	rmqi_undelivered_free(u);
	rmqi_losses_deinit(&l);
}
END_TEST

START_TEST(list__is_bounded)
{
	struct rmqi_loss loss = {.error = RMQ_ERR_TIMEOUT, .id = rmqi_str("id")};
	struct rmqi_losses l;

	rmqi_losses_init(&l);
	for (int i = 0; i < RMQI_UNDELIVERED_MOST + 5; i++)
		rmqi_losses_add(&l, &loss);
	ck_assert_uint_eq(l.list.count, RMQI_UNDELIVERED_MOST);
	ck_assert_uint_eq(l.list.omitted, 5);
	rmqi_losses_deinit(&l);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		close__delivers_what_is_under_way,
		close__goes_on_with_attempts_until_its_time_is_near,
		close__names_each_of_ten_thousand_that_were_not_delivered,
		close__tells_not_stored_from_maybe_stored,
		close__without_time_cancels_at_once,
		close__by_a_callback_completes_ten_thousand,
		close__ends_a_flush_when_all_is_complete,
		close__ends_the_flush_of_what_it_cancels,
		close__turns_away_a_send_that_waits_for_room,
		close__a_send_that_waits_for_room_may_be_another_threads,
		flush__says_what_is_left_and_when_it_cannot_be,
		list__counts_what_it_has_no_memory_for,
		list__is_bounded,
	};

	return run_suite("flow", tests, RMQI_COUNT(tests));
}
