/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asynchronous sends of several threads beside synchronous ones, on real sockets and in real time.
 * Worth most under the thread sanitizer. Waiting is for conditions only.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "codec/codes.h"
#include "send/async.h"
#include "send/sync.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { THREADS = 6, SENDS = 300, SEND = RMQI_REQ_SEND_MESSAGE_V2, PATIENCE_MS = 25000 };

static struct fake_peer *ns, *a, *b;
static struct rmq_config *config;
static struct rmqi_client *client;
static struct rmqi_sender sender;
static struct rmq_message *message;

static atomic_int accepted, refused, told_ok, told_error, told_twice;
static atomic_int told[THREADS * SENDS];
static int slots[THREADS * SENDS];
static atomic_bool closes_inside, blocks;
static atomic_int blocked;
static struct rmqi_event release;

static bool close_all(int64_t timeout_ms)
{
	int64_t deadline_us = rmqi_clock_deadline(rmqi_clock_real(), timeout_ms);

	rmqi_sender_stop(&sender);
	rmqi_client_close(client, deadline_us);
	return rmqi_sender_drain(&sender, deadline_us) &&
	       rmqi_client_end_callbacks(client, deadline_us);
}

static void on_sent(enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *detail, void *arg)
{
	const int *slot = arg;

	(void)result;
	(void)detail;
	if (atomic_fetch_add(&told[*slot], 1) > 0)
		atomic_fetch_add(&told_twice, 1);
	if (atomic_load(&blocks) && *slot < 4) {
		atomic_fetch_add(&blocked, 1);
		(void)rmqi_event_wait(&release, RMQI_FOREVER);
	}
	if (atomic_load(&closes_inside) && *slot % 7 == 0)
		ck_assert(close_all(PATIENCE_MS));
	atomic_fetch_add(error == RMQ_OK ? &told_ok : &told_error, 1);
}

static void set_up(void)
{
	static const struct rmqi_client_owner owner;
	char text[96];

	ns = fake_peer_new(rmqi_env_real());
	a = fake_peer_new(rmqi_env_real());
	b = fake_peer_new(rmqi_env_real());
	config = rmqi_config_new();
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(ns), NULL),
			 RMQ_OK);
	/* Slow machines are not what is tested. */
	ck_assert_int_eq(rmqi_config_set(config, "sendMsgTimeout", "30000", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_config_set(config, "retryTimesWhenSendFailed", "100", NULL), RMQ_OK);
	snprintf(text, sizeof(text), "a=%s:4,b=%s:4", fake_peer_address(a), fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	message = rmq_message_new("T", "hello", 5);
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_sender_init(&sender, client, "G", "producer"), RMQ_OK);
	ck_assert_int_eq(rmqi_client_start(client, NULL), RMQ_OK);
	for (int i = 0; i < THREADS * SENDS; i++)
		slots[i] = i;
}

static void tear_down(void)
{
	close_all(PATIENCE_MS);
	rmqi_client_free(client);
	rmqi_sender_deinit(&sender);
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
}

struct worker {
	struct rmqi_thread thread;
	int number;
};

/* Every fourth thread waits for its sends, and reads the answers of the others meanwhile. */
static void *run_worker(void *arg)
{
	const struct worker *w = arg;

	for (int i = 0; i < SENDS; i++) {
		int at = w->number * SENDS + i;
		enum rmq_error err;

		if (w->number % 4 == 3)
			err = rmqi_send_sync(&sender, message, NULL, NULL, NULL);
		else
			err = rmqi_send_async(&sender, message, NULL, on_sent, &slots[at], NULL);
		if (w->number % 4 != 3)
			atomic_fetch_add(err == RMQ_OK ? &accepted : &refused, 1);
	}
	return NULL;
}

static struct worker workers[THREADS];

static void start_workers(void)
{
	for (int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		ck_assert_int_eq(
			rmqi_thread_start(&workers[i].thread, "worker", run_worker, &workers[i]),
			RMQ_OK);
	}
}

static void join_workers(void)
{
	for (int i = 0; i < THREADS; i++)
		rmqi_thread_join(&workers[i].thread);
}

static int told_all(void)
{
	return atomic_load(&told_ok) + atomic_load(&told_error);
}

static void wait_for_all(void)
{
	while (told_all() < atomic_load(&accepted))
		sched_yield();
}

static void expect_each_once(void)
{
	ck_assert_int_eq(told_all(), atomic_load(&accepted));
	ck_assert_int_eq(atomic_load(&told_twice), 0);
}

START_TEST(threads__send_all_they_have)
{
	set_up();
	start_workers();
	join_workers();
	wait_for_all();
	expect_each_once();
	ck_assert_int_eq(atomic_load(&told_error), 0);
	ck_assert_int_eq(atomic_load(&refused), 0);
	ck_assert_uint_eq(fake_peer_count(a, SEND) + fake_peer_count(b, SEND),
			  (size_t)THREADS * SENDS);
	tear_down();
}
END_TEST

START_TEST(threads__go_on_when_connections_break)
{
	set_up();
	start_workers();
	for (int i = 0; i < 10; i++) {
		int seen = told_all();

		while (told_all() < seen + 20 && told_all() < 1000)
			sched_yield();
		fake_peer_hang_up(i % 2 ? a : b);
	}
	join_workers();
	wait_for_all();
	expect_each_once();
	ck_assert_int_eq(atomic_load(&told_error), 0);
	tear_down();
}
END_TEST

START_TEST(close__while_others_send_tells_each_accepted_one_once)
{
	set_up();
	start_workers();
	while (told_all() < 100)
		sched_yield();
	ck_assert(close_all(PATIENCE_MS));
	join_workers();
	expect_each_once();
	tear_down();
}
END_TEST

START_TEST(close__within_callbacks_while_others_send)
{
	set_up();
	atomic_store(&closes_inside, true);
	start_workers();
	join_workers();
	ck_assert(close_all(PATIENCE_MS));
	expect_each_once();
	tear_down();
}
END_TEST

/* All four threads are taken, and do not come back before the deadline of the close. */
START_TEST(close__does_not_wait_for_callbacks_that_block_and_loses_none_behind_them)
{
	set_up();
	rmqi_event_init(&release, rmqi_env_real());
	atomic_store(&blocks, true);
	for (int i = 0; i < SENDS; i++)
		ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &slots[i], NULL),
				 RMQ_OK);
	atomic_store(&accepted, SENDS);
	while (atomic_load(&blocked) < 4)
		sched_yield();

	ck_assert(!close_all(50));
	ck_assert_int_lt(told_all(), SENDS);
	rmqi_event_set(&release);
	ck_assert(close_all(PATIENCE_MS));
	expect_each_once();
	tear_down();
	rmqi_event_deinit(&release);
}
END_TEST

START_TEST(free__without_a_close_tells_all)
{
	set_up();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	for (int i = 0; i < SENDS; i++) {
		ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &slots[i], NULL),
				 RMQ_OK);
		atomic_fetch_add(&accepted, 1);
	}
	rmqi_sender_stop(&sender);
	rmqi_client_free(client);
	expect_each_once();
	rmqi_sender_deinit(&sender);
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		threads__send_all_they_have,
		threads__go_on_when_connections_break,
		close__while_others_send_tells_each_accepted_one_once,
		close__within_callbacks_while_others_send,
		close__does_not_wait_for_callbacks_that_block_and_loses_none_behind_them,
		free__without_a_close_tells_all,
	};

	return run_suite("async_threads", tests, RMQI_COUNT(tests));
}
