/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_failover.c - name servers that are away, a broker that moves, a connection that is half open: consumption goes
 * on, in each of its ways (doc/reference/failover.md). Slaves: t_slaves.c.
 *
 * Under virtual time.
 */
#include "base/mem.h"
#include "codec/codes.h"
#include "tests/consumer/failover_stage.h"
#include "tests/support/suite.h"

/* --- Name servers ----------------------------------------------------------------------------------- */

static void names_go(bool is_silent)
{
	if (is_silent)
		rmqi_inproc_set_cut(stage.rig->net, fake_broker_address(stage.names), true);
	else
		fake_broker_refuse(stage.names, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, FAKE_CLOSE,
				   FAKE_FOREVER);
}

static void names_return(bool is_silent)
{
	if (is_silent)
		rmqi_inproc_set_cut(stage.rig->net, fake_broker_address(stage.names), false);
	else
		fake_broker_refuse(stage.names, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, 0, 0);
}

/* _i: how messages are consumed, and whether the other side is silent, or hangs up. */
static enum stage_way way_of(int i)
{
	return (enum stage_way)(i / 2);
}

/* Another member comes, and goes: queues are shared by the route that is known. */
static void share_with_another(void)
{
	ck_assert_uint_eq(stage_queue_count(), 2);
	fake_broker_members(stage.master, "10.0.0.0@first,10.0.0.1@me");
	fake_broker_notify(stage.master, "G");
	stage_advance(5 * S);
	ck_assert_uint_eq(stage_queue_count(), 1);
	fake_broker_members(stage.master, NULL);
	fake_broker_notify(stage.master, "G");
	stage_advance(5 * S);
	ck_assert_uint_eq(stage_queue_count(), 2);
}

START_TEST(name_servers__that_are_all_down_stop_nothing_and_are_told_once)
{
	bool is_silent = _i % 2 == 1;

	stage_begin_as(way_of(_i), NULL);
	stage_start();
	stage_advance(MINUTE);
	names_go(is_silent);
	for (int i = 0; i < 30; i++) {
		stage_put_on(stage.master, NULL, 5);
		stage_advance(MINUTE);
	}
	stage_expect_all_once();
	stage_expect_committed(stage.master, 150);
	/* Who pops has all of them. */
	if (stage.way != STAGE_POP)
		share_with_another();
	/* "No answer", and then "cannot connect", are two causes. */
	ck_assert_uint_eq(stage_events(RMQ_EVENT_CANNOT_REACH, "name servers", NULL),
			  1u + is_silent);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_OVER, "name servers", NULL), 0);
	names_return(is_silent);
	stage_advance(2 * MINUTE);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_CANNOT_REACH, "name servers", NULL),
			  1u + is_silent);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_OVER, "name servers", NULL), 1);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_LOST, "", NULL), 0);
	stage_end();
}
END_TEST

/* A broker comes back at another address, with all that it had, while no name server could tell so. */
START_TEST(broker__that_moved_meanwhile_is_found_when_they_return)
{
	struct rig *r = stage_begin_as(way_of(_i), NULL);
	bool is_silent = _i % 2 == 1;
	int64_t back_ms;

	stage_start();
	stage_put_on(stage.master, NULL, 5);
	stage_advance(MINUTE);
	names_go(is_silent);
	rmqi_inproc_set_cut(r->net, fake_broker_address(stage.master), true);
	fake_broker_hang_up(stage.master);
	stage.spare = stage_broker();
	stage_put(stage.spare, 0, 0);
	for (unsigned i = 0, all = stage.put; i < all; i++) {
		stage.put = i;
		stage_put(stage.spare, 0, 1);
		stage_put(stage.spare, 1, 1);
		stage.put = all;
	}
	stage_committed(stage.spare, 5);
	fake_broker_names(stage.names, stage.spare, NULL);
	stage_put_on(stage.spare, NULL, 5);
	stage_advance(3 * MINUTE);
	ck_assert_uint_eq(r->seen_count, 10);
	names_return(is_silent);
	back_ms = rig_now(r);
	while (r->seen_count < 20 && rig_now(r) < back_ms + MINUTE)
		stage_step(100);
	ck_assert_int_le(rig_now(r) - back_ms, 35 * S);
	stage_expect_all_once();
	stage_step(10 * S);
	stage_expect_committed(stage.spare, 10);
	stage_end();
}
END_TEST

/* --- Half-open connections ------------------------------------------------------------------------------ */

/* A pull is held, and the broker's host has forgotten the connection. */
START_TEST(connection__that_is_half_open_is_found_within_a_heartbeat)
{
	static const char *const settings[] = {NULL, "heartbeatBrokerInterval=10000"};
	static const int64_t periods[] = {30 * S, 10 * S};
	struct rig *r = stage_begin_as(way_of(_i), settings[_i % 2]);
	int64_t lost_ms = -1, since_ms;

	stage_start();
	stage_put_on(stage.master, NULL, 5);
	stage_advance(MINUTE);
	ck_assert_uint_ge(fake_broker_held(stage.master), 1);
	since_ms = rig_now(r);
	fake_broker_half_open(stage.master);
	stage_put_on(stage.master, NULL, 5);
	while (r->seen_count < 20 && rig_now(r) < since_ms + 2 * MINUTE)
		stage_step(100);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_LOST, "", &lost_ms), 1);
	ck_assert_int_le(lost_ms - since_ms, periods[_i % 2] + 12 * S);
	stage_expect_all_once();
	stage_advance(10 * S);
	stage_expect_committed(stage.master, 10);
	stage_end();
}
END_TEST

int main(void)
{
	struct suite suite;

	suite_open(&suite, "failover");
	suite_add_loop(&suite, name_servers__that_are_all_down_stop_nothing_and_are_told_once,
		       2 * STAGE_WAYS);
	suite_add_loop(&suite, broker__that_moved_meanwhile_is_found_when_they_return,
		       2 * STAGE_WAYS);
	suite_add_loop(&suite, connection__that_is_half_open_is_found_within_a_heartbeat,
		       2 * STAGE_WAYS);
	return suite_run(&suite);
}
