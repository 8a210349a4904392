/* SPDX-License-Identifier: Apache-2.0 */
/* The route and queue of sends that nobody waits for: known, asked for, missing, the user's choice. */
#include <stdio.h>
#include <string.h>

#include "tests/send/async_scene.h"

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

/* The order in which sends ended: broker a answers in the order of coming. */
static int ended[8];

static void note_end(int arg)
{
	ended[told.calls - 1] = arg;
}

static void on_known(void *arg, enum rmq_error error, struct rmqi_topic_route *route,
		     const struct rmq_error_detail *d)
{
	const int *first = arg;

	(void)d;
	ck_assert_int_eq(error, RMQ_OK);
	rmqi_topic_route_unref(route);
	for (int i = 0; i < 2; i++)
		send_nth(*first + i);
}

/* The route comes, and what is sent at this very moment finds it: it does not pass those that waited for it. */
START_TEST(route__that_has_just_come_changes_no_order)
{
	enum { BEFORE = 3 };
	int first = BEFORE;
	char text[64];

	set_up();
	in_callback = note_end;
	snprintf(text, sizeof(text), "a=%s:1", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	start();
	rmqi_client_route_async(client, "T", true, RMQI_FOREVER, on_known, &first);
	for (int i = 0; i < BEFORE; i++)
		send_nth(i);
	wait_for(BEFORE + 2);

	for (int i = 0; i < BEFORE + 2; i++)
		ck_assert_int_eq(ended[i], i);
	ck_assert_uint_eq(atomic_load(&sender.late), 0);
	tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_ends_it)
{
	set_up();
	start();
	send_and_wait();
	ck_assert_int_eq(told.error, RMQ_ERR_NO_ROUTE);
	ck_assert_uint_eq(atomic_load(&sender.late), 0);
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

static size_t select_second(void *arg, struct rmqi_topic_route *route)
{
	(void)route;
	was_asked_inside = rmqi_client_in_callback(client);
	return *(size_t *)arg;
}

static void send_selected(struct rmqi_selector *selector)
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
	struct rmqi_selector selector = {.select = select_second, .arg = &at};
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
	ck_assert_int_eq(told.error, RMQ_ERR_INVALID_ARGUMENT);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		route__that_is_not_known_is_asked_for,
		route__that_has_just_come_changes_no_order,
		route__of_an_unknown_topic_ends_it,
		route__without_a_queue_to_write_ends_it,
		route__the_user_chooses_never_on_the_loop,
	};

	return run_suite("async_route", tests, RMQI_COUNT(tests));
}
