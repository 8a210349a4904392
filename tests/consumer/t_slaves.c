/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_slaves.c - a slave serves while its master does not: consumption goes on, and the group's offset does not go back
 * (doc/reference/failover.md).
 *
 * Under virtual time.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "tests/consumer/failover_stage.h"
#include "tests/support/suite.h"

/* Those who pull; offsets and locks are the master's. */
static const enum stage_way pulling[] = {STAGE_CONCURRENT, STAGE_ORDERLY, STAGE_LITE_PULL};

START_TEST(slave__serves_as_long_as_it_is_suggested)
{
	struct rig *r = stage_begin_as(pulling[_i], NULL);
	unsigned pulls;

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_suggest(stage.master, 1);
	fake_broker_suggest(stage.slave, 1);
	stage_put_on(stage.master, stage.slave, 5);
	stage_start();
	stage_advance(10 * S);
	ck_assert_uint_eq(r->seen_count, 10);
	pulls = fake_broker_count(stage.master, PULL);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(10 * S);
	ck_assert_uint_eq(fake_broker_count(stage.master, PULL), pulls);
	ck_assert_uint_ge(fake_broker_count(stage.slave, PULL), 2);
	/* Offsets are the master's all the time. */
	stage_expect_committed(stage.master, 10);
	stage_expect_committed(stage.slave, 0);
	fake_broker_suggest(stage.master, 0);
	fake_broker_suggest(stage.slave, 0);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(10 * S);
	pulls = fake_broker_count(stage.slave, PULL);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(10 * S);
	ck_assert_uint_eq(fake_broker_count(stage.slave, PULL), pulls);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 20);
	stage_end();
}
END_TEST

START_TEST(master__that_returns_is_told_what_was_done_meanwhile)
{
	stage_begin_as(_i == 0 ? STAGE_CONCURRENT : STAGE_LITE_PULL, NULL);
	fake_broker_names(stage.names, stage.master, stage.slave);
	stage_start();
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	stage_expect_committed(stage.master, 5);
	stage_master_dies();
	stage_put_on(stage.slave, NULL, 5);
	stage_advance(MINUTE);
	stage_expect_all_once();
	stage_expect_committed(stage.slave, 10);
	stage_expect_committed(stage.master, 5);
	/* What it had not handed out is there again; the slave sends it back to the master. */
	stage.put -= 5;
	stage_put_on(stage.master, NULL, 5);
	stage_master_returns();
	stage_put_on(stage.master, stage.slave, 5);
	/* Its slave takes the next commit, and that asks for the route. */
	stage_advance(7 * S);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 15);
	stage_end();
}
END_TEST

START_TEST(master__that_alone_locks_and_pops_is_waited_for)
{
	stage_begin_as(_i == 0 ? STAGE_ORDERLY : STAGE_POP, NULL);
	fake_broker_names(stage.names, stage.master, stage.slave);
	stage_start();
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	stage_expect_all_once();
	stage_master_dies();
	stage_advance(3 * MINUTE);
	/* A lock is over by now. */
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	ck_assert_uint_eq(stage.rig->seen_count, 10);
	stage_master_returns();
	stage_advance(MINUTE);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 10);
	stage_end();
}
END_TEST

/* A member that began when only the slave was there knows what the slave knew. */
START_TEST(master__that_knows_more_than_its_slave_did_is_not_taken_back)
{
	struct rig *r = stage_begin("consumeRateLimit=1");

	stage_put_on(stage.master, stage.slave, 60);
	stage_committed(stage.master, 45);
	stage_committed(stage.slave, 5);
	stage.highest = 45;
	stage_master_dies();
	rig_start(r);
	stage_advance(10 * S);
	ck_assert_int_ge(fake_broker_committed(stage.slave, "T", 0), 6);
	ck_assert_int_le(fake_broker_committed(stage.slave, "T", 0), 12);
	stage_master_returns();
	stage_advance(3 * MINUTE);
	stage_expect_committed(stage.master, 60);
	ck_assert_uint_eq(r->seen_count, 110);
	stage_end();
}
END_TEST

/* Its host has died without a word, and the name servers still believe in it. */
START_TEST(master__that_is_away_is_replaced_by_its_slave_before_name_servers_know)
{
	struct rig *r = stage_begin(NULL);
	int64_t since_ms;

	fake_broker_names(stage.names, stage.master, stage.slave);
	rig_start(r);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	rmqi_inproc_set_cut(r->net, fake_broker_address(stage.master), true);
	since_ms = rig_now(r);
	stage_put_on(stage.slave, NULL, 5);
	while (r->seen_count < 20 && rig_now(r) < since_ms + 2 * MINUTE)
		stage_advance(100);
	ck_assert_int_le(rig_now(r) - since_ms, 45 * S);
	/* It goes on there. */
	stage_put_on(stage.slave, NULL, 5);
	stage_advance(S);
	stage_expect_all_once();
	stage.put -= 10;
	stage_put_on(stage.master, NULL, 10);
	rmqi_inproc_set_cut(r->net, fake_broker_address(stage.master), false);
	stage_advance(40 * S);
	stage_expect_committed(stage.master, 15);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(10 * S);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 20);
	stage_end();
}
END_TEST

/* _i & 1: name servers still name the master. */
static void lose_master(int i)
{
	stage_master_dies();
	if (i & 1)
		fake_broker_names(stage.names, stage.master, stage.slave);
}

/* It cannot read what it has. */
START_TEST(slave__that_gives_nothing_of_what_it_has_is_told)
{
	struct rig *r = stage_begin(NULL);

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_role(stage.slave, FAKE_BLIND_SLAVE);
	rig_start(r);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	stage_expect_all_once();
	lose_master(_i);
	stage_put_on(stage.slave, NULL, 5);
	stage_advance(5 * MINUTE);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_REFUSED, "leaves them to its master", NULL), 1);
	ck_assert_uint_ge(stage_events(RMQ_EVENT_STALLED, "", NULL), 1);
	ck_assert_uint_le(fake_broker_count(stage.slave, PULL), 5 * 60 * (QUEUES + 1));
	stage.put -= 5;
	stage_put_on(stage.master, NULL, 5);
	stage_master_returns();
	stage_advance(MINUTE);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 10);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_OVER, "pull at ", NULL), 1);
	ck_assert_uint_ge(stage_events(RMQ_EVENT_OVER, "queues of broker", NULL), 1);
	stage_end();
}
END_TEST

/* 5.x rejects what comes to a slave with slaveReadEnable=false, the default. */
START_TEST(slave__that_is_not_to_be_read_is_told)
{
	struct rig *r = stage_begin(NULL);

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_refuse(stage.slave, PULL, RMQI_RESP_SYSTEM_BUSY, FAKE_FOREVER);
	rig_start(r);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	lose_master(_i);
	stage_advance(5 * MINUTE);
	ck_assert_uint_ge(stage_events(RMQ_EVENT_REFUSED, "pull at ", NULL), 1);
	ck_assert_uint_ge(stage_events(RMQ_EVENT_STALLED, "", NULL), 1);
	stage_put_on(stage.master, stage.slave, 5);
	stage_master_returns();
	stage_advance(MINUTE);
	stage_expect_all_once();
	stage_expect_committed(stage.master, 10);
	stage_end();
}
END_TEST

/* Nothing at its end is no refusal. _i & 2: 5.x without enableSlaveActingMaster, which holds no pull. */
START_TEST(slave__that_is_idle_serves_what_comes)
{
	struct rig *r = stage_begin(NULL);
	unsigned pulls;

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_role(stage.slave, _i & 2 ? FAKE_LONE_SLAVE : FAKE_SLAVE);
	rig_start(r);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(MINUTE);
	lose_master(_i);
	stage_advance(5 * MINUTE);
	pulls = fake_broker_count(stage.slave, PULL);
	ck_assert_uint_le(pulls, 5 * 60 * (QUEUES + 1));
	stage_put_on(stage.slave, NULL, 5);
	stage_advance(2 * S);
	stage_expect_all_once();
	ck_assert_uint_eq(stage_events(RMQ_EVENT_REFUSED, "", NULL), 0);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_STALLED, "", NULL), 0);
	stage_end();
}
END_TEST

/* More than an answer brings does not match. _i as above. */
START_TEST(slave__that_has_nothing_that_matches_leads_on)
{
	struct rig *r = stage_begin(NULL);

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_role(stage.slave, _i & 2 ? FAKE_LONE_SLAVE : FAKE_SLAVE);
	fake_broker_only_tag(stage.slave, "A");
	rig_start(r);
	stage_put_on(stage.master, stage.slave, 0);
	stage_advance(MINUTE);
	lose_master(_i);
	for (int i = 0; i < 200; i++)
		fake_broker_put(stage.slave, "T", i % QUEUES, "other", "B");
	fake_broker_put(stage.slave, "T", 0, "q0-0", "A");
	fake_broker_put(stage.slave, "T", 1, "q1-0", "A");
	stage.put = 1;
	stage_advance(MINUTE);
	stage_expect_all_once();
	ck_assert_uint_eq(stage_events(RMQ_EVENT_REFUSED, "", NULL), 0);
	stage_end();
}
END_TEST

/* It ends before what was consumed, and gets there. _i as above. */
START_TEST(slave__that_was_behind_serves_when_it_is_not)
{
	struct rig *r = stage_begin(NULL);

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_role(stage.slave, _i & 2 ? FAKE_LONE_SLAVE : FAKE_SLAVE);
	rig_start(r);
	stage_put_on(stage.master, NULL, 5);
	stage_advance(MINUTE);
	lose_master(_i);
	stage_advance(MINUTE);
	ck_assert_uint_ge(stage_events(RMQ_EVENT_REFUSED, "a slave that differs", NULL), 1);
	stage.put = 0;
	stage_put_on(stage.slave, NULL, 10);
	stage_advance(5 * S);
	stage_expect_all_once();
	ck_assert_uint_ge(stage_events(RMQ_EVENT_OVER, "pull at ", NULL), 1);
	stage_end();
}
END_TEST

/* Each sends pulls to the other. */
START_TEST(pull__that_is_sent_to_and_fro_rests)
{
	struct rig *r = stage_begin(NULL);

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_role(stage.master, FAKE_BLIND_SLAVE);
	fake_broker_suggest(stage.master, 1);
	fake_broker_role(stage.slave, FAKE_BLIND_SLAVE);
	stage_put_on(stage.master, stage.slave, 5);
	rig_start(r);
	stage_advance(MINUTE);
	ck_assert_uint_le(fake_broker_count(stage.slave, PULL), 70 * (QUEUES + 1));
	fake_broker_role(stage.master, FAKE_MASTER);
	stage_advance(5 * S);
	stage_expect_all_once();
	stage_end();
}
END_TEST

/* Its master is there again: 5.x says so with an answer that brings nothing. */
START_TEST(slave__whose_master_is_back_sends_there_at_once)
{
	struct rig *r = stage_begin(NULL);
	unsigned pulls;

	fake_broker_names(stage.names, stage.master, stage.slave);
	fake_broker_suggest(stage.master, 1);
	fake_broker_role(stage.slave, FAKE_LONE_SLAVE);
	rig_start(r);
	fake_broker_suggest(stage.master, 0);
	stage_advance(MINUTE);
	pulls = fake_broker_count(stage.slave, PULL);
	stage_put_on(stage.master, stage.slave, 5);
	stage_advance(100);
	stage_expect_all_once();
	ck_assert_uint_eq(fake_broker_count(stage.slave, PULL), pulls);
	for (size_t i = 0; i < stage.event_count; i++)
		ck_assert_int_eq(stage.events[i].kind, RMQ_EVENT_JOINED);
	stage_end();
}
END_TEST

/* 5.x: the name servers call it the master. _i: it knows an older offset of the group, or none. */
START_TEST(slave__that_acts_for_its_master_does_not_decide_where_a_group_is)
{
	struct rig *r = stage_begin("consumeRateLimit=1");

	stage_put_on(stage.master, stage.slave, 60);
	stage_committed(stage.master, 45);
	stage_committed(stage.slave, _i == 0 ? 5 : -1);
	stage.highest = 45;
	stage_master_dies();
	fake_broker_acts(stage.names, stage.slave);
	rig_start(r);
	stage_advance(10 * S);
	/* Without an offset it may be no new group: that would begin behind the last message, and miss the others. */
	ck_assert(_i == 1 ? r->seen_count == 0 : r->seen_count > 0);
	ck_assert_int_ge(stage_events(RMQ_EVENT_REFUSED, "start offset", NULL), _i);
	stage_master_returns();
	stage_advance(3 * MINUTE);
	stage_expect_committed(stage.master, 60);
	ck_assert_uint_eq(r->seen_count, _i == 1 ? 30 : 110);
	stage_end();
}
END_TEST

/* _i: the slave knows the group, or not, or says 0 of what it does not know: then the master may. */
START_TEST(queue__that_is_gained_while_the_master_is_away_begins_at_its_slave)
{
	struct rig *r = stage_begin("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	stage_put_on(stage.master, stage.slave, 20);
	stage_committed(stage.master, 10);
	stage_committed(stage.slave, _i == 0 ? 5 : _i == 1 ? -1 : 0);
	stage.highest = 10;
	fake_broker_names(stage.names, stage.master, stage.slave);
	rmqi_inproc_set_cut(r->net, fake_broker_address(stage.master), true);
	rig_start(r);
	stage_advance(MINUTE);
	ck_assert_uint_eq(r->seen_count, _i == 0 ? 15 * QUEUES : 0);
	rmqi_inproc_set_cut(r->net, fake_broker_address(stage.master), false);
	stage_advance(MINUTE);
	stage_expect_committed(stage.master, 20);
	ck_assert_uint_eq(r->seen_count, (_i == 0 ? 15 : 10) * QUEUES);
	stage_end();
}
END_TEST

/* What it knew of the group before does not hold any more. _i: it was told all, or not yet. */
START_TEST(master__that_lost_messages_is_told_where_the_group_is)
{
	struct rig *r = stage_begin(_i == 0 ? NULL : "consumeRateLimit=1");

	stage_put_on(stage.master, stage.slave, 60);
	stage_committed(stage.master, 50);
	stage_committed(stage.slave, 5);
	stage_master_dies();
	rig_start(r);
	stage_advance(10 * S);
	stage_master_returns();
	stage_advance(10 * S);
	stage_expect_committed(stage.master, _i == 0 ? 60 : 50);
	for (int i = 0; i < QUEUES; i++)
		fake_broker_cut(stage.master, "T", i, 40);
	rig_advance(r, 25 * S);
	stage_put_on(stage.master, NULL, 2);
	rig_advance(r, 15 * S);
	ck_assert_int_le(fake_broker_committed(stage.master, "T", 0), 42);
	ck_assert_int_ge(fake_broker_committed(stage.master, "T", 0), _i == 0 ? 42 : 6);
	stage_end();
}
END_TEST

/* --- A master whose topic may only be read -------------------------------------------------------------- */

/* By the permission of the topic, or of all topics (wipeWritePerm), then since before we came (_i & 2). */
static struct rig *begin_drained(int i)
{
	struct rig *r = stage_begin(NULL);

	if (i & 2)
		fake_broker_acts(stage.names, stage.master);
	else if (!(i & 1))
		fake_broker_drains(stage.names, "T");
	rig_start(r);
	stage_advance(10 * S);
	if (i == 1)
		fake_broker_acts(stage.names, stage.master);
	stage_advance(MINUTE);
	return r;
}

START_TEST(master__that_is_drained_leads_on)
{
	begin_drained(_i);
	fake_broker_only_tag(stage.master, "A");
	for (int i = 0; i < 200; i++)
		fake_broker_put(stage.master, "T", i % QUEUES, "other", "B");
	fake_broker_put(stage.master, "T", 0, "q0-0", "A");
	fake_broker_put(stage.master, "T", 1, "q1-0", "A");
	stage.put = 1;
	stage_advance(10 * S);
	stage_expect_all_once();
	ck_assert_uint_eq(stage_events(RMQ_EVENT_REFUSED, "", NULL), 0);
	stage_end();
}
END_TEST

/* What stood before is deleted, and nobody writes. */
START_TEST(master__that_is_drained_corrects_offsets)
{
	struct rig *r = begin_drained(_i);

	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, true, NULL), RMQ_OK);
	stage_put_on(stage.master, NULL, 5);
	fake_broker_trim(stage.master, "T", 0, 3);
	fake_broker_trim(stage.master, "T", 1, 3);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(r->consumer, false, NULL), RMQ_OK);
	stage_advance(10 * S);
	ck_assert_uint_eq(r->seen_count, 2 * QUEUES);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_OFFSET_MOVED, "is deleted", NULL), QUEUES);
	stage_expect_committed(stage.master, 5);
	stage_end();
}
END_TEST

/* A group that it does not know is a new one. */
START_TEST(master__that_is_drained_begins_new_groups)
{
	struct rig *r = stage_begin(NULL);

	stage_committed(stage.master, -1);
	stage_put_on(stage.master, NULL, 5);
	fake_broker_drains(stage.names, "T");
	rig_start(r);
	stage_advance(10 * S);
	stage_put_on(stage.master, NULL, 5);
	stage_advance(10 * S);
	ck_assert_uint_eq(r->seen_count, 5 * QUEUES);
	stage_expect_committed(stage.master, 10);
	ck_assert_uint_eq(stage_events(RMQ_EVENT_REFUSED, "", NULL), 0);
	stage_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		slave__whose_master_is_back_sends_there_at_once,
		pull__that_is_sent_to_and_fro_rests,
		master__that_is_drained_begins_new_groups,
		master__that_is_away_is_replaced_by_its_slave_before_name_servers_know,
		master__that_knows_more_than_its_slave_did_is_not_taken_back,
	};
	struct suite suite;

	suite_open(&suite, "slaves");
	suite_add_loop(&suite, slave__serves_as_long_as_it_is_suggested, (int)RMQI_COUNT(pulling));
	suite_add_loop(&suite, master__that_returns_is_told_what_was_done_meanwhile, 2);
	suite_add_loop(&suite, master__that_alone_locks_and_pops_is_waited_for, 2);
	suite_add_loop(&suite, slave__that_gives_nothing_of_what_it_has_is_told, 2);
	suite_add_loop(&suite, slave__that_is_not_to_be_read_is_told, 2);
	suite_add_loop(&suite, slave__that_is_idle_serves_what_comes, 4);
	suite_add_loop(&suite, slave__that_has_nothing_that_matches_leads_on, 4);
	suite_add_loop(&suite, slave__that_was_behind_serves_when_it_is_not, 4);
	suite_add_loop(&suite, slave__that_acts_for_its_master_does_not_decide_where_a_group_is, 2);
	suite_add_loop(&suite, queue__that_is_gained_while_the_master_is_away_begins_at_its_slave,
		       3);
	suite_add_loop(&suite, master__that_lost_messages_is_told_where_the_group_is, 2);
	suite_add_loop(&suite, master__that_is_drained_leads_on, 3);
	suite_add_loop(&suite, master__that_is_drained_corrects_offsets, 3);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
