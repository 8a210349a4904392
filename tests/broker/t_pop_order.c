/* SPDX-License-Identifier: Apache-2.0 */
/* t_pop_order.c - what is popped in order (ConsumerOrderInfoManager). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/popper.h"

static struct rig *rig;
static struct peer *peer;
static struct popped out[4];

static void pop(const char *attempt_id)
{
	ck_assert_int_eq(peer_pop_orderly(peer, attempt_id), 0);
	ck_assert_uint_le(peer_message_count(peer), RMQI_COUNT(out));
	for (size_t i = 0; i < peer_message_count(peer); i++)
		out[i] = peer_popped(peer, i);
}

/* Three messages of one queue are popped. */
static void begin(void)
{
	char body[16];

	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	for (int i = 0; i < 3; i++) {
		snprintf(body, sizeof(body), "%d", i);
		ck_assert_int_eq(peer_send(peer, "T", 0, body, NULL), 0);
	}
	pop("first");
	ck_assert_uint_eq(peer_message_count(peer), 3);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static void expect_blocked(void)
{
	ck_assert_int_eq(peer_pop_orderly(peer, "another"), RMQI_RESP_POLLING_TIMEOUT);
	ck_assert_int_eq(peer_ext_i64(peer, "restNum"), 0);
}

static void restart(bool is_crash)
{
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, NULL), RMQ_OK);
	rig_advance(rig, 1000);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
}

START_TEST(order__blocks_the_queue_until_all_is_acknowledged)
{
	begin();
	ck_assert_int_eq(out[0].is.revive_queue, RMQI_POP_ORDERLY_QUEUE);
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 0 0");
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "3", NULL), 0);
	expect_blocked();
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 1);
	ck_assert_int_eq(peer_ack(peer, &out[2]), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 1);
	expect_blocked();
	ck_assert_int_eq(peer_ack(peer, &out[1]), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 3);
	pop(NULL);
	ck_assert_str_eq(out[0].body, "3");
	end();
}
END_TEST

START_TEST(order__comes_again_from_the_first_that_is_not_acknowledged)
{
	begin();
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	rig_advance(rig, 59000);
	expect_blocked();
	rig_advance(rig, 2000);
	pop("second");
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_str_eq(out[0].body, "1");
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 qo0%1 1;0 qo0%2 1;0 0 1");
	ck_assert_int_eq(peer_message(peer, 0).reconsume_times, 0);
	rig_advance(rig, 61000);
	pop("third");
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 qo0%1 2;0 qo0%2 2;0 0 2");
	end();
}
END_TEST

START_TEST(order__of_the_same_attempt_is_a_repetition)
{
	begin();
	pop("first");
	ck_assert_uint_eq(peer_message_count(peer), 3);
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 0 0");
	end();
}
END_TEST

START_TEST(order__is_acknowledged_at_once_or_not_at_all)
{
	struct popped stale;

	begin();
	stale = out[0];
	ck_assert_int_eq(peer_ack_batch(peer, (const struct popped *[]){&out[0], &out[1]}, 2), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 2);
	ck_assert_int_eq(peer_ack(peer, &stale), 0); /* below the offset */
	rig_advance(rig, 61000);
	stale = out[2];
	pop("second");
	ck_assert_int_eq(peer_ack(peer, &stale), 0); /* of an earlier pop: changes nothing */
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 2);
	stale = out[0];
	stale.is.offset = 3;
	ck_assert_int_eq(peer_ack(peer, &stale), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_ptr_nonnull(strstr(peer_remark(peer),
				     "offset is illegal, key:T@G@0, old:2, commit:3, next:-1, "));
	end();
}
END_TEST

START_TEST(order__can_be_invisible_for_another_time)
{
	begin();
	rig_advance(rig, 1000);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(peer_change(peer, &out[i], 5000), 0);
		ck_assert_int_eq(peer_ext_i64(peer, "popTime"), rig_now(rig) - 1000);
		ck_assert_int_eq(peer_ext_i64(peer, "invisibleTime"), 6000);
	}
	rig_advance(rig, 4000);
	expect_blocked();
	rig_advance(rig, 1500);
	pop("second");
	ck_assert_uint_eq(peer_message_count(peer), 3);
	end();
}
END_TEST

START_TEST(order__wakes_who_waits_when_the_queue_is_free)
{
	struct popping waiting;
	struct rmqi_h_pop_message h;

	begin();
	h = pop_header(peer);
	h.pollTime = 15000;
	RMQI_SET(&h, pop_message, order, true);
	peer_start_pop(peer, &waiting, &h);
	ck_assert_int_eq(peer_send(peer, "T", 0, "3", NULL), 0);
	rig_advance(rig, 1);
	ck_assert(!waiting.is_done);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(peer_ack(peer, &out[i]), 0);
	rig_advance(rig, 1);
	ck_assert(waiting.is_done);
	ck_assert_uint_eq(waiting.count, 1);

	rig_advance(rig, 50000);
	h = pop_header(peer);
	h.pollTime = 15000;
	RMQI_SET(&h, pop_message, order, true);
	peer_start_pop(peer, &waiting, &h);
	rig_advance(rig, 9000);
	ck_assert(!waiting.is_done);
	rig_advance(rig, 1500);
	ck_assert(waiting.is_done);
	ck_assert_uint_eq(waiting.count, 1);
	end();
}
END_TEST

static void expect_over_restart(bool is_crash)
{
	begin();
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	rig_advance(rig, 20000); /* it is on disk */
	restart(is_crash);
	expect_blocked();
	ck_assert_int_eq(peer_ack(peer, &out[1]), 0);
	ck_assert_int_eq(peer_committed(peer, "G", "T", 0), 2);
	rig_advance(rig, 40000);
	pop("second");
	ck_assert_uint_eq(peer_message_count(peer), 1);
	ck_assert_str_eq(out[0].body, "2");
	ck_assert_str_eq(peer_ext(peer, "orderCountInfo"), "0 qo0%2 1;0 0 1");
	end();
}

START_TEST(order__blocks_after_a_restart)
{
	expect_over_restart(false);
}
END_TEST

START_TEST(order__blocks_after_a_crash)
{
	expect_over_restart(true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		order__blocks_the_queue_until_all_is_acknowledged,
		order__comes_again_from_the_first_that_is_not_acknowledged,
		order__of_the_same_attempt_is_a_repetition,
		order__is_acknowledged_at_once_or_not_at_all,
		order__can_be_invisible_for_another_time,
		order__wakes_who_waits_when_the_queue_is_free,
		order__blocks_after_a_restart,
		order__blocks_after_a_crash,
	};

	return run_suite("pop_order", tests, RMQI_COUNT(tests));
}
