/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends that nobody waits for, against scripted brokers, in a simulation: the rules are those of a
 * synchronous send, and whatever happens the callback comes once.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/message.h"
#include "codec/codes.h"
#include "send/async.h"
#include "send/sync.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC };
enum { CALLS_MAX = 2000 };

static struct fake_world world;
static struct fake_peer *ns, *a, *b;
static struct rmq_config *config;
static struct rmqi_client *client;
static struct rmqi_sender sender;
static struct rmq_message *message;
static struct rmq_error_detail *detail;
static int64_t started_ms;
static uint64_t seed = 1;

/* What the callbacks were told. */
static struct {
	int calls, failed;
	int by_arg[CALLS_MAX];
	enum rmq_error error;
	unsigned flags;
	size_t attempts;
	int64_t at_ms;
	bool was_inside;
	char broker[16];
	int64_t offset;
	int depth, depth_max;
} told;

static int args[CALLS_MAX];
static void (*in_callback)(int arg);

static void on_sent(void *arg, enum rmq_error error, const struct rmq_send_result *result,
		    const struct rmq_error_detail *d)
{
	int at = *(int *)arg;

	ck_assert((error == RMQ_OK) == (result != NULL));
	ck_assert((error == RMQ_OK) == (d == NULL));
	told.depth++;
	if (told.depth > told.depth_max)
		told.depth_max = told.depth;
	told.calls++;
	told.by_arg[at]++;
	told.error = error;
	told.failed += error != RMQ_OK;
	told.flags = rmq_error_detail_flags(d);
	told.attempts = rmq_error_detail_attempt_count(d);
	told.at_ms = fake_world_now(&world);
	told.was_inside = rmqi_client_in_callback(client);
	snprintf(told.broker, sizeof(told.broker), "%s", result ? result->queue.broker_name : "");
	told.offset = result ? result->queue_offset : -1;
	if (in_callback)
		in_callback(at);
	told.depth--;
}

static void set_up(void)
{
	fake_world_init(&world, seed);
	ns = fake_peer_new(&world.env);
	a = fake_peer_new(&world.env);
	b = fake_peer_new(&world.env);
	config = rmqi_config_new();
	config->env = &world.env;
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(ns), NULL),
			 RMQ_OK);
	detail = rmqi_detail_new();
	message = rmq_message_new("T", "hello", 5);
	memset(&told, 0, sizeof(told));
	in_callback = NULL;
	for (int i = 0; i < CALLS_MAX; i++)
		args[i] = i;
}

static bool close_all(int64_t timeout_ms)
{
	int64_t deadline_us = rmqi_clock_deadline(world.env.clock, timeout_ms);

	rmqi_sender_stop(&sender);
	rmqi_client_close(client, deadline_us);
	return rmqi_sender_drain(&sender, deadline_us) &&
	       rmqi_client_end_callbacks(client, deadline_us);
}

static void tear_down(void)
{
	if (client) {
		close_all(5000);
		rmqi_client_free(client);
		rmqi_sender_deinit(&sender);
	}
	client = NULL;
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void start(void)
{
	static const struct rmqi_client_owner owner;

	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_sender_init(&sender, client, "G", "producer"), RMQ_OK);
	ck_assert_int_eq(rmqi_client_start(client, detail), RMQ_OK);
	started_ms = fake_world_now(&world);
}

/* The route is known before the first send, and the first send takes its first queue. */
static void start_with_route(const char *text)
{
	struct rmqi_topic_route *route = NULL;

	fake_peer_route(ns, "T", text);
	start();
	ck_assert_int_eq(rmqi_client_route(client, "T", true,
					   rmqi_clock_deadline(world.env.clock, 1000), &route,
					   NULL),
			 RMQ_OK);
	atomic_store(&route->next, 0);
	rmqi_topic_route_unref(route);
	fake_world_advance(&world, 5);
	started_ms = fake_world_now(&world);
}

static void start_with_one(void)
{
	char text[64];

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	start_with_route(text);
}

static void start_with_two(void)
{
	char text[96];

	snprintf(text, sizeof(text), "a=%s:2,b=%s:2", fake_peer_address(a), fake_peer_address(b));
	start_with_route(text);
}

static void send_nth(int i)
{
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[i], detail),
			 RMQ_OK);
}

static void wait_for(int calls)
{
	for (int ms = 0; ms < 20000 && told.calls < calls; ms++)
		fake_world_advance(&world, 1);
	ck_assert_int_eq(told.calls, calls);
}

static void send_and_wait(void)
{
	int before = told.calls;

	send_nth(0);
	ck_assert_int_eq(told.calls, before);
	wait_for(before + 1);
}

static size_t sent_to(struct fake_peer *p)
{
	return fake_peer_count(p, SEND);
}

/* --- The rules ------------------------------------------------------------------------------- */

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

/* --- A broker that pauses ------------------------------------------------------------------------ */

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

/* --- Routes ------------------------------------------------------------------------------------ */

START_TEST(route__that_is_not_known_is_asked_for)
{
	char text[64];

	set_up();
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	start();
	for (int i = 0; i < 5; i++)
		send_nth(i);
	wait_for(5);

	ck_assert_int_eq(told.error, RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_ends_it)
{
	set_up();
	start();
	send_and_wait();
	ck_assert_int_eq(told.error, RMQ_ERR_NO_ROUTE);
	tear_down();
}
END_TEST

START_TEST(route__without_a_queue_to_write_ends_it)
{
	set_up();
	start_with_route("a=127.0.0.1:9:4r");
	send_and_wait();
	ck_assert_int_eq(told.error, RMQ_ERR_NO_BROKER);
	tear_down();
}
END_TEST

static bool was_asked_inside;

static size_t select_second(void *arg, const struct rmqi_topic_route *route)
{
	(void)route;
	was_asked_inside = rmqi_client_in_callback(client);
	return *(size_t *)arg;
}

static void send_selected(const struct rmqi_selector *selector)
{
	struct rmqi_picker picker = rmqi_picker_selected(selector);
	struct rmqi_send_how how = {.picker = &picker};

	ck_assert_int_eq(rmqi_send_async(&sender, message, &how, on_sent, &args[0], detail),
			 RMQ_OK);
	/* Copied. */
	memset(&picker, 0, sizeof(picker));
}

START_TEST(route__the_user_chooses_never_on_the_loop)
{
	size_t at = 3;
	struct rmqi_selector selector = {select_second, &at};
	char text[64];

	set_up();
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	start();
	send_selected(&selector);
	wait_for(1);
	ck_assert(was_asked_inside);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "e"), "3");

	/* Known, it is asked by the caller. */
	send_selected(&selector);
	ck_assert(!was_asked_inside);
	wait_for(2);
	at = 99;
	send_selected(&selector);
	wait_for(3);
	ck_assert_int_eq(told.error, RMQ_ERR_NO_BROKER);
	tear_down();
}
END_TEST

/* --- Refused at once ------------------------------------------------------------------------------ */

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

/* --- Closing --------------------------------------------------------------------------------------- */

static void expect_each_once(int count)
{
	ck_assert_int_eq(told.calls, count);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(told.by_arg[i], 1);
}

START_TEST(close__with_a_thousand_in_flight_tells_each_of_them_once)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	for (int i = 0; i < 1000; i++)
		send_nth(i);
	fake_world_advance(&world, 10);

	ck_assert(close_all(1000));

	expect_each_once(1000);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(told.flags, RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(close__without_time_still_tells_each_of_them_once)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);
	for (int i = 0; i < 100; i++)
		send_nth(i);
	close_all(0);
	rmqi_client_free(client);
	client = NULL;

	expect_each_once(100);
	rmqi_sender_deinit(&sender);
	tear_down();
}
END_TEST

START_TEST(close__ends_a_pause)
{
	set_up();
	set("retryTimesWhenSendFailed", "100");
	start_with_one();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_BUSY);
	send_nth(0);
	fake_world_advance(&world, 200);
	started_ms = fake_world_now(&world);

	ck_assert(close_all(1000));

	expect_each_once(1);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	ck_assert_int_eq(fake_world_now(&world), started_ms);
	tear_down();
}
END_TEST

START_TEST(close__ends_the_wait_for_a_route)
{
	set_up();
	fake_peer_always(ns, ROUTE, FAKE_SILENT);
	start();
	send_nth(0);
	fake_world_advance(&world, 10);
	ck_assert(close_all(1000));
	expect_each_once(1);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

static int closes;

static void close_inside(int arg)
{
	(void)arg;
	ck_assert(close_all(1000));
	closes++;
}

START_TEST(close__within_callbacks_does_not_hang)
{
	for (seed = 1; seed <= 20; seed++) {
		set_up();
		set("clientCallbackExecutorThreads", seed % 2 ? "1" : "3");
		start_with_two();
		fake_peer_always(b, SEND, FAKE_SILENT);
		closes = 0;
		in_callback = close_inside;
		for (int i = 0; i < 40; i++)
			send_nth(i);
		started_ms = fake_world_now(&world);
		wait_for(40);

		ck_assert_int_eq(closes, 40);
		ck_assert_int_lt(fake_world_now(&world) - started_ms, 1000);
		expect_each_once(40);
		tear_down();
	}
	seed = 1;
}
END_TEST

/* --- Callbacks that take long ------------------------------------------------------------------------ */

static struct rmqi_event release;

/* Until the last of those behind has been called. */
static void block_first(int arg)
{
	if (told.calls == 50)
		rmqi_event_set(&release);
	if (arg < 2)
		ck_assert(rmqi_event_wait(&release, rmqi_clock_deadline(world.env.clock, 1000)));
}

START_TEST(callback__that_blocks_holds_up_no_other_while_a_thread_is_left)
{
	for (seed = 1; seed <= 20; seed++) {
		set_up();
		set("clientCallbackExecutorThreads", "3");
		rmqi_event_init(&release, &world.env);
		start_with_one();
		in_callback = block_first;
		for (int i = 0; i < 50; i++)
			send_nth(i);
		started_ms = fake_world_now(&world);
		wait_for(50);

		ck_assert_int_lt(fake_world_now(&world) - started_ms, 50);
		ck_assert(close_all(100));
		expect_each_once(50);
		tear_down();
		rmqi_event_deinit(&release);
	}
	seed = 1;
}
END_TEST

static void send_more(int arg)
{
	if (arg < 500)
		(void)!rmqi_send_async(&sender, message, NULL, on_sent, &args[arg + 100], NULL);
}

START_TEST(callback__may_send)
{
	set_up();
	start_with_two();
	in_callback = send_more;
	for (int i = 0; i < 100; i++)
		send_nth(i);
	wait_for(600);
	ck_assert_int_eq(told.error, RMQ_OK);
	expect_each_once(600);
	tear_down();
}
END_TEST

static void send_sync_inside(int arg)
{
	(void)arg;
	ck_assert_int_eq(rmqi_send_sync(&sender, message, NULL, NULL, NULL), RMQ_OK);
}

START_TEST(callback__may_send_and_wait)
{
	set_up();
	start_with_two();
	in_callback = send_sync_inside;
	for (int i = 0; i < 20; i++)
		send_nth(i);
	wait_for(20);
	ck_assert_uint_eq(sent_to(a) + sent_to(b), 40);
	tear_down();
}
END_TEST

/* --- Every order, every failed allocation ---------------------------------------------------------------- */

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

/* --- One way ------------------------------------------------------------------------------------------------ */

START_TEST(oneway__reaches_the_brokers_in_turn_and_wants_no_answer)
{
	set_up();
	start_with_two();
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_OK);
	fake_world_advance(&world, 10);

	ck_assert_uint_eq(sent_to(a), 4);
	ck_assert_uint_eq(sent_to(b), 4);
	ck_assert(fake_peer_last(a, SEND)->is_oneway);
	ck_assert_str_eq(fake_peer_last(a, SEND)->body, "hello");
	tear_down();
}
END_TEST

START_TEST(oneway__asks_for_the_route_and_tells_when_there_is_none)
{
	char text[64];

	set_up();
	start();
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_ERR_NO_ROUTE);
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_OK);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(sent_to(a), 1);
	tear_down();
}
END_TEST

START_TEST(oneway__without_a_queue_says_so)
{
	set_up();
	start_with_route("a=127.0.0.1:9:4r");
	ck_assert_int_eq(rmqi_send_oneway(&sender, message, NULL, detail), RMQ_ERR_NO_BROKER);
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
		route__that_is_not_known_is_asked_for,
		route__of_an_unknown_topic_ends_it,
		route__without_a_queue_to_write_ends_it,
		route__the_user_chooses_never_on_the_loop,
		async__what_is_wrong_is_refused_without_a_callback,
		close__with_a_thousand_in_flight_tells_each_of_them_once,
		close__without_time_still_tells_each_of_them_once,
		close__ends_a_pause,
		close__ends_the_wait_for_a_route,
		close__within_callbacks_does_not_hang,
		callback__that_blocks_holds_up_no_other_while_a_thread_is_left,
		callback__may_send,
		callback__may_send_and_wait,
		async__completes_once_in_every_order,
		async__survives_every_failed_allocation,
		async__without_threads_for_callbacks_is_refused,
		oneway__reaches_the_brokers_in_turn_and_wants_no_answer,
		oneway__asks_for_the_route_and_tells_when_there_is_none,
		oneway__without_a_queue_says_so,
	};

	return run_suite("async", tests, RMQI_COUNT(tests));
}
