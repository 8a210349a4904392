/* SPDX-License-Identifier: Apache-2.0 */
/* t_pop_restart.c - what was popped when the broker ends, in order or by a crash, or when its topic goes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/rand.h"
#include "tests/broker/pop_stage.h"

static void restart(bool is_crash)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, NULL), RMQ_OK);
	rig_advance(rig, 1000);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

static void expect_after_restart(bool is_crash)
{
	struct popped messages[4], again;

	pop_begin();
	pop_send(0, 4);
	ck_assert_int_eq(peer_pop(peer), 0);
	for (size_t i = 0; i < 4; i++)
		messages[i] = peer_popped(peer, i);
	ck_assert_int_eq(peer_ack(peer, &messages[0]), 0);
	ck_assert_int_eq(
		peer_ack_batch(peer, (const struct popped *[]){&messages[2], &messages[3]}, 2), 0);
	rig_advance(rig, 20000); /* offsets are on disk */
	restart(is_crash);

	pop_expect_nothing();
	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	again = peer_popped(peer, 0);
	ck_assert_str_eq(again.body, "1");
	ck_assert_int_eq(peer_ack(peer, &again), 0);
	rig_advance(rig, 20000);
	restart(is_crash);
	rig_advance(rig, 61000);
	pop_expect_nothing();
	pop_end();
}

START_TEST(restart__in_order_delivers_again_what_was_not_acknowledged)
{
	expect_after_restart(false);
}
END_TEST

START_TEST(restart__after_a_crash_delivers_again_what_was_not_acknowledged)
{
	expect_after_restart(true);
}
END_TEST

/* consumerOffset.json was not written yet: the revive log knows better. */
static void expect_after_early_crash(int64_t before_ms)
{
	struct popped m[4];

	pop_begin();
	rig_advance(rig, before_ms);
	pop_send(0, 4);
	ck_assert_int_eq(peer_pop(peer), 0);
	for (size_t i = 0; i < 4; i++)
		m[i] = peer_popped(peer, i);
	ck_assert_int_eq(peer_ack(peer, &m[0]), 0);
	ck_assert_int_eq(peer_ack_batch(peer, (const struct popped *[]){&m[2], &m[3]}, 2), 0);
	restart(true);
	pop_expect_nothing();
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 4);
	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_str_eq(peer_popped(peer, 0).body, "1");
	pop_end();
}

START_TEST(restart__after_a_crash_hands_out_nothing_twice)
{
	expect_after_early_crash(0);
	expect_after_early_crash(21000);
}
END_TEST

/* An offset that was moved back is not moved on again by what was popped before. */
START_TEST(restart__after_a_crash_leaves_offsets_that_an_operator_moved)
{
	pop_begin();
	pop_send(0, 4);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_int_eq(peer_commit(peer, "G", "T", 0, 1), 0);
	rig_advance(rig, 20000);
	restart(true);
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), 3);
	pop_end();
}
END_TEST

/* Offsets of another topic of that name would be taken for what was popped of this one. */
START_TEST(topic__that_is_deleted_forgets_what_was_popped)
{
	struct popping waits;
	struct rmqi_h_pop_message h;
	struct popped m;

	pop_begin();
	pop_send(0, 2);
	ck_assert_int_eq(peer_pop(peer), 0);
	m = peer_popped(peer, 0);
	h = pop_header(peer);
	h.pollTime = 15000;
	peer_start_pop(peer, &waits, &h);
	pop_delete_topic();
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	pop_send(0, 1);
	rig_advance(rig, 1);
	ck_assert(waits.is_done);
	ck_assert_uint_eq(waits.count, 1);
	ck_assert_int_eq(peer_ack(peer, &m), 0);
	pop_delete_topic();
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	m = peer_popped(peer, 0);
	ck_assert_int_eq(peer_ack(peer, &m), 0);
	rig_advance(rig, 61000);
	pop_expect_nothing();
	pop_end();
}
END_TEST

START_TEST(restart__knows_an_acknowledgement_that_comes_after_it)
{
	struct popped m;

	pop_begin();
	pop_send(0, 1);
	ck_assert_int_eq(peer_pop(peer), 0);
	m = peer_popped(peer, 0);
	rig_advance(rig, 20000);
	restart(true);

	ck_assert_int_eq(peer_ack(peer, &m), 0);
	rig_advance(rig, 61000);
	pop_expect_nothing();

	pop_end();
}
END_TEST

/* What is done with is not read again for ever. */
START_TEST(restart__reads_the_log_from_where_something_is_out)
{
	struct popped out, done;
	struct rmqi_h_pop_message h;

	pop_begin_with("reviveQueueNum=1", 1);
	pop_send(0, 10);
	h = pop_header(peer);
	h.maxMsgNums = 1;
	h.invisibleTime = 600000;
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(peer_pop_with(peer, &h), 0);
		done = peer_popped(peer, 0);
		ck_assert_int_eq(peer_ack(peer, &done), 0);
	}
	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	out = peer_popped(peer, 0);
	ck_assert_int_eq(peer_pop_with(peer, &h), 0);
	done = peer_popped(peer, 0);
	ck_assert_int_eq(peer_ack(peer, &done), 0);
	rig_advance(rig, 1100);

	/* 4 check points, 4 acknowledgements; the next is what is out. */
	ck_assert_int_eq(peer_committed(peer, "CID_RMQ_SYS_REVIVE_GROUP",
					"rmq_sys_REVIVE_LOG_DefaultCluster", 0),
			 7);
	ck_assert_int_eq(peer_ack(peer, &out), 0);
	rig_advance(rig, 1100);
	ck_assert_int_eq(peer_committed(peer, "CID_RMQ_SYS_REVIVE_GROUP",
					"rmq_sys_REVIVE_LOG_DefaultCluster", 0),
			 11);
	pop_end();
}
END_TEST

static int32_t suspend(struct popped *m)
{
	struct rmqi_h_change_invisible_time h = {
		.consumerGroup = RMQI_STR("G"),
		.topic = rmqi_str(m->topic),
		.queueId = m->is.queue_id,
		.extraInfo = rmqi_str(m->receipt),
		.offset = m->is.offset,
		.invisibleTime = 5000,
	};

	RMQI_SET(&h, change_invisible_time, suspend, true);
	return peer_ask(peer, rig->broker, RMQI_REQ_CHANGE_MESSAGE_INVISIBLETIME,
			&rmqi_desc_change_invisible_time, &h, NULL);
}

/* Of 5.5, and over the death of the broker; before, nobody knew the word. */
START_TEST(change__that_suspends_counts_no_try)
{
	for (int is_new = 0; is_new < 2; is_new++) {
		struct popped m;

		pop_begin_with(is_new ? "emulate=5.5" : "emulate=5.4", 1);
		pop_send(0, 1);
		ck_assert_int_eq(peer_pop(peer), 0);
		m = peer_popped(peer, 0);
		ck_assert_int_eq(suspend(&m), 0);
		restart(true);
		rig_advance(rig, 10000);
		ck_assert_int_eq(peer_pop(peer), 0);
		ck_assert_int_eq(peer_popped(peer, 0).reconsume_times, is_new ? 0 : 1);
		pop_end();
	}
}
END_TEST

/* --- At any step ------------------------------------------------------------------------------------- */

enum { TORTURE_MESSAGES = 60, TORTURE_OUT = 32, TORTURE_STEPS = 400, TORTURE_SEEDS = 12 };

/* What one consumer knows while its broker comes and goes. */
struct torture {
	struct rmqi_rand rand;
	struct popped out[TORTURE_OUT]; /* popped, and not decided */
	size_t out_count;
	bool is_acked[TORTURE_MESSAGES]; /* the broker said so */
	size_t acked;
	int deliveries[TORTURE_MESSAGES];
};

static struct popped take_out(struct torture *t)
{
	size_t at = (size_t)rmqi_rand_below(&t->rand, t->out_count);
	struct popped m = t->out[at];

	t->out[at] = t->out[--t->out_count];
	return m;
}

static void torture_pop(struct torture *t, int64_t invisible_ms)
{
	struct rmqi_h_pop_message h = pop_header(peer);

	h.maxMsgNums = 1 + (int32_t)rmqi_rand_below(&t->rand, 8);
	h.invisibleTime = invisible_ms;
	if (peer_pop_with(peer, &h) != 0)
		return;
	for (size_t i = 0; i < peer_message_count(peer); i++) {
		struct popped m = peer_popped(peer, i);

		t->deliveries[strtol(m.body, NULL, 10)]++;
		/* Some consumers die with what they have. */
		if (t->out_count < TORTURE_OUT && rmqi_rand_below(&t->rand, 5) > 0)
			t->out[t->out_count++] = m;
	}
}

static void torture_ack(struct torture *t)
{
	struct popped m;
	long n;

	if (t->out_count == 0)
		return;
	m = take_out(t);
	n = strtol(m.body, NULL, 10);
	if (peer_ack(peer, &m) != 0 || t->is_acked[n])
		return;
	t->is_acked[n] = true;
	t->acked++;
}

static void torture_change(struct torture *t)
{
	struct popped m;

	if (t->out_count == 0)
		return;
	m = take_out(t);
	if (peer_change(peer, &m, 1000 + (int64_t)rmqi_rand_below(&t->rand, 9000)) == 0)
		t->out[t->out_count++] = m;
}

static void torture_step(struct torture *t)
{
	switch (rmqi_rand_below(&t->rand, 12)) {
	case 0:
		restart(true);
		break;
	case 1:
		restart(false);
		break;
	case 2:
		rig_advance(rig, (int64_t)rmqi_rand_below(&t->rand, 15000));
		break;
	case 3:
	case 4:
		torture_change(t);
		break;
	case 5:
	case 6:
	case 7:
		torture_pop(t, 1000 + (int64_t)rmqi_rand_below(&t->rand, 20000));
		break;
	default:
		torture_ack(t);
		break;
	}
}

/* An acknowledgement may come too late to be one: then it comes again, and is taken again. */
static void torture_drain(struct torture *t)
{
	for (int quiet = 0; quiet < 3;) {
		size_t before = t->out_count;

		torture_pop(t, 60000);
		quiet = t->out_count == before ? quiet + 1 : 0;
		while (t->out_count > 0)
			torture_ack(t);
		rig_advance(rig, 70000);
	}
}

static void torture(uint64_t seed)
{
	struct torture t = {.out_count = 0};

	rmqi_rand_init(&t.rand, seed);
	pop_begin_with("reviveQueueNum=2", 2);
	for (int i = 0; i < TORTURE_MESSAGES; i++) {
		char body[16];

		snprintf(body, sizeof(body), "%d", i);
		ck_assert_int_eq(peer_send(peer, "T", i % 2, body, NULL), 0);
	}
	for (int i = 0; i < TORTURE_STEPS; i++)
		torture_step(&t);
	torture_drain(&t);
	for (int i = 0; i < TORTURE_MESSAGES; i++)
		if (!t.is_acked[i])
			ck_abort_msg("seed %llu: message %d is lost; delivered %d times",
				     (unsigned long long)seed, i, t.deliveries[i]);
	pop_end();
}

/* Popped, acknowledged, put off, forgotten, while the broker is stopped and killed at every step: whatever was not
 * acknowledged comes again. */
START_TEST(restart__at_any_step_loses_nothing)
{
	for (uint64_t seed = 1; seed <= TORTURE_SEEDS; seed++)
		torture(seed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		restart__in_order_delivers_again_what_was_not_acknowledged,
		restart__after_a_crash_delivers_again_what_was_not_acknowledged,
		restart__after_a_crash_hands_out_nothing_twice,
		restart__after_a_crash_leaves_offsets_that_an_operator_moved,
		topic__that_is_deleted_forgets_what_was_popped,
		restart__knows_an_acknowledgement_that_comes_after_it,
		restart__reads_the_log_from_where_something_is_out,
		change__that_suspends_counts_no_try,
		restart__at_any_step_loses_nothing,
	};

	return run_suite("pop_restart", tests, RMQI_COUNT(tests));
}
