/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/send/async_scene.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

struct rmqi_client *client;
struct rmqi_sender sender;

struct told told;
int args[CALLS_MAX];
void (*in_callback)(int arg);

void on_sent(enum rmq_error error, const struct rmq_send_result *result,
	     const struct rmq_error_detail *d, void *arg)
{
	int at = *(int *)arg;

	ck_assert((error == RMQ_OK) == (result != NULL));
	ck_assert((error == RMQ_OK) == (d == NULL));
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
}

void set_up(void)
{
	stage_set_up();
	memset(&told, 0, sizeof(told));
	in_callback = NULL;
	for (int i = 0; i < CALLS_MAX; i++)
		args[i] = i;
}

bool close_all(int64_t timeout_ms)
{
	int64_t deadline_us = rmqi_clock_deadline(world.env.clock, timeout_ms);

	rmqi_sender_stop(&sender);
	rmqi_client_close(client, deadline_us);
	return rmqi_sender_drain(&sender, deadline_us) &&
	       rmqi_client_end_callbacks(client, deadline_us);
}

void set_up_with_budget(const char *messages, const char *bytes)
{
	set_up();
	set("backPressureForAsyncSendNum", messages);
	set("backPressureForAsyncSendSize", bytes);
}

void tear_down(void)
{
	if (client) {
		ck_assert(close_all(5000));
		rmqi_client_free(client);
		rmqi_sender_deinit(&sender);
	}
	client = NULL;
	stage_tear_down();
}

void start(void)
{
	static const struct rmqi_client_owner owner;

	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_sender_init(&sender, client, "G", "producer"), RMQ_OK);
	ck_assert_int_eq(rmqi_client_start(client, detail), RMQ_OK);
	started_ms = fake_world_now(&world);
}

void start_with_route(const char *text)
{
	fake_peer_route(ns, "T", text);
	start();
	stage_learn_route(client);
}

void start_with_one(void)
{
	start_with_route(stage_route_of_one(4));
}

void start_with_two(void)
{
	start_with_route(stage_route_of_two(2));
}

enum rmq_error try_send(void)
{
	return rmqi_send_async(&sender, message, NULL, on_sent, &args[0], detail);
}

void send_nth(int i)
{
	ck_assert_int_eq(rmqi_send_async(&sender, message, NULL, on_sent, &args[i], detail),
			 RMQ_OK);
}

void send_many(int count)
{
	for (int i = 0; i < count; i++)
		send_nth(0);
}

void wait_for(int calls)
{
	for (int ms = 0; ms < 20000 && told.calls < calls; ms++)
		fake_world_advance(&world, 1);
	ck_assert_int_eq(told.calls, calls);
}

void send_and_wait(void)
{
	int before = told.calls;

	send_nth(0);
	ck_assert_int_eq(told.calls, before);
	wait_for(before + 1);
}

void expect_each_once(int count)
{
	ck_assert_int_eq(told.calls, count);
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(told.by_arg[i], 1);
}
