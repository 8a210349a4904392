/* SPDX-License-Identifier: Apache-2.0 */
/* What the callbacks of sends may do: take long, send, send and wait. */
#include "tests/send/async_scene.h"

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

int main(void)
{
	const TTest *const tests[] = {
		callback__that_blocks_holds_up_no_other_while_a_thread_is_left,
		callback__may_send,
		callback__may_send_and_wait,
	};

	return run_suite("async_callback", tests, RMQI_COUNT(tests));
}
