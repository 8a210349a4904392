/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers that are put aside, and what is changed about it while the producer runs. */
#include <stdio.h>
#include <string.h>

#include "producer/settings.h"
#include "tests/producer/send_scene.h"

static void change(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_producer_set(producer, key, value, detail), RMQ_OK);
}

/* How many of so many sends does a get? All are stored. */
static size_t share_of_a(int sends)
{
	size_t before = sent_to(a);

	for (int i = 0; i < sends; i++)
		ck_assert_int_eq(send_it(), RMQ_OK);
	return sent_to(a) - before;
}

/* --- The switch ----------------------------------------------------------------------------------------- */

START_TEST(switch__off_brings_back_who_is_put_aside)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_uint_eq(share_of_a(8), 0);

	change("sendLatencyFaultEnable", "false");

	ck_assert_uint_eq(share_of_a(8), 4);
	tear_down();
}
END_TEST

START_TEST(switch__off_puts_nobody_aside)
{
	set_up();
	start_with_two();
	change("sendLatencyFaultEnable", "false");
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_uint_eq(share_of_a(8), 4);
	tear_down();
}
END_TEST

START_TEST(switch__on_puts_aside_what_fails_from_then_on)
{
	set_up();
	set("sendLatencyFaultEnable", "false");
	start_with_two();
	ck_assert_uint_eq(share_of_a(4), 2);
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_uint_gt(share_of_a(4), 0);

	change("sendLatencyFaultEnable", "true");
	ck_assert_uint_gt(share_of_a(4), 0);
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	(void)share_of_a(4);

	ck_assert_uint_eq(share_of_a(8), 0);
	tear_down();
}
END_TEST

START_TEST(switch__may_be_thrown_before_the_start)
{
	set_up();
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);

	change("sendLatencyFaultEnable", "false");

	ck_assert(!atomic_load(&producer->sender.uses_faults));
	tear_down();
}
END_TEST

/* --- What is refused ------------------------------------------------------------------------------------ */

START_TEST(key__that_is_fixed_is_refused_with_those_that_are_not)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(rmqi_producer_set(producer, "sendMsgTimeout", "5", detail),
			 RMQ_ERR_CONFIG);

	ck_assert(says("sendMsgTimeout cannot be set once the producer is made"));
	ck_assert(says("sendLatencyFaultEnable"));
	ck_assert_int_eq(rmqi_producer_set(producer, "nonsense", "5", detail), RMQ_ERR_CONFIG);
	ck_assert(says("nonsense"));
	tear_down();
}
END_TEST

START_TEST(value__that_is_none_is_refused_and_changes_nothing)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(rmqi_producer_set(producer, "sendLatencyFaultEnable", "maybe", detail),
			 RMQ_ERR_CONFIG);

	ck_assert(says("sendLatencyFaultEnable"));
	ck_assert(atomic_load(&producer->sender.uses_faults));
	tear_down();
}
END_TEST

START_TEST(producer__that_is_closed_is_not_changed)
{
	set_up();
	start_with_one();
	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);

	ck_assert_int_eq(rmqi_producer_set(producer, "sendLatencyFaultEnable", "false", detail),
			 RMQ_ERR_STATE);

	ck_assert(atomic_load(&producer->sender.uses_faults));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		switch__off_brings_back_who_is_put_aside,
		switch__off_puts_nobody_aside,
		switch__on_puts_aside_what_fails_from_then_on,
		switch__may_be_thrown_before_the_start,
		key__that_is_fixed_is_refused_with_those_that_are_not,
		value__that_is_none_is_refused_and_changes_nothing,
		producer__that_is_closed_is_not_changed,
	};

	return run_suite("faults", tests, RMQI_COUNT(tests));
}
