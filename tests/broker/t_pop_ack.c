/* SPDX-License-Identifier: Apache-2.0 */
/* t_pop_ack.c - acknowledgements of popped messages, one or many, and other times of invisibility
 * (AckMessageProcessor, ChangeInvisibleTimeProcessor). */
#include <stdio.h>
#include <string.h>

#include "tests/broker/popper.h"

static struct rig *rig;
static struct peer *peer;
static struct popped out[32];

/* So many messages are popped, all for a minute. */
static void begin(int n)
{
	char body[16];

	rig = rig_new(NULL);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	for (int i = 0; i < n; i++) {
		snprintf(body, sizeof(body), "%d", i);
		ck_assert_int_eq(peer_send(peer, "T", 0, body, NULL), 0);
	}
	ck_assert_int_eq(peer_pop(peer), 0);
	ck_assert_uint_eq(peer_message_count(peer), (size_t)n);
	for (size_t i = 0; i < (size_t)n; i++)
		out[i] = peer_popped(peer, i);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

/* The next pop gives just these bodies. */
static void expect(const char *bodies)
{
	char got[256] = "";

	if (peer_pop(peer) == 0) {
		for (size_t i = 0; i < peer_message_count(peer); i++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				 i > 0 ? " " : "", peer_popped(peer, i).body);
	}
	ck_assert_str_eq(got, bodies);
}

/* --- One ------------------------------------------------------------------------------------------------- */

START_TEST(ack__keeps_a_message_from_coming_again)
{
	begin(3);
	ck_assert_int_eq(peer_ack(peer, &out[1]), 0);
	rig_advance(rig, 61000);
	expect("0 2");
	end();
}
END_TEST

START_TEST(ack__twice_is_no_error)
{
	begin(2);
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	ck_assert_int_eq(peer_ack(peer, &out[1]), 0);
	ck_assert_int_eq(peer_ack(peer, &out[1]), 0);
	rig_advance(rig, 61000);
	expect("");
	end();
}
END_TEST

START_TEST(ack__that_comes_late_is_no_error_and_changes_nothing)
{
	begin(1);
	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	expect("0");
	end();
}
END_TEST

START_TEST(ack__of_a_retried_message_goes_to_its_retry_topic)
{
	struct popped again;

	begin(1);
	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_pop(peer), 0);
	again = peer_popped(peer, 0);
	ck_assert_int_eq(peer_ack(peer, &again), 0);
	rig_advance(rig, 61000);
	expect("");
	end();
}
END_TEST

START_TEST(ack__by_another_group_changes_nothing)
{
	begin(1);
	ck_assert_int_eq(peer_ack_as(peer, &out[0], "H"), 0);
	rig_advance(rig, 61000);
	expect("0");
	end();
}
END_TEST

START_TEST(ack__is_refused_with_its_reason)
{
	struct popped m;

	begin(1);
	m = out[0];
	m.is.offset = 2;
	ck_assert_int_eq(peer_ack(peer, &m), RMQI_RESP_NO_MESSAGE);
	ck_assert_str_eq(peer_remark(peer), "offset is illegal, key:T@0, commit:2, store:0~1");
	m = out[0];
	m.is.queue_id = 1;
	ck_assert_int_eq(peer_ack(peer, &m), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_ptr_nonnull(strstr(
		peer_remark(peer),
		"queueId[1] is illegal, topic:[T] topicConfig.readQueueNums:[1] consumer:[/"));
	m = out[0];
	snprintf(m.topic, sizeof(m.topic), "nowhere");
	ck_assert_int_eq(peer_ack(peer, &m), RMQI_RESP_TOPIC_NOT_EXIST);
	m = out[0];
	snprintf(m.receipt, sizeof(m.receipt), "0 1 2");
	ck_assert_int_eq(peer_ack(peer, &m), RMQI_RESP_SYSTEM_ERROR);
	rig_advance(rig, 61000);
	expect("0");
	end();
}
END_TEST

/* --- Many ------------------------------------------------------------------------------------------------ */

START_TEST(batch_ack__is_done_message_by_message)
{
	begin(4);
	ck_assert_int_eq(peer_ack_batch(peer, (const struct popped *[]){&out[0], &out[3]}, 2), 0);
	ck_assert_int_eq(peer_ack_batch(peer, (const struct popped *[]){&out[1], &out[3]}, 2), 0);
	rig_advance(rig, 61000);
	expect("2");
	end();
}
END_TEST

START_TEST(batch_ack__of_retried_messages_names_their_mark)
{
	struct popped again[2];

	begin(2);
	rig_advance(rig, 61000);
	ck_assert_int_eq(peer_pop(peer), 0);
	again[0] = peer_popped(peer, 0);
	again[1] = peer_popped(peer, 1);
	ck_assert_int_eq(peer_ack_batch(peer, (const struct popped *[]){&again[0], &again[1]}, 2),
			 0);
	rig_advance(rig, 61000);
	expect("");
	end();
}
END_TEST

START_TEST(batch_ack__of_nothing_says_so)
{
	begin(1);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE, NULL, NULL, NULL),
			 RMQI_RESP_NO_MESSAGE);
	ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE, NULL, NULL,
				  "{\"acks\":[],\"brokerName\":\"broker-a\"}"),
			 RMQI_RESP_NO_MESSAGE);
	end();
}
END_TEST

/* What is not there, is not popped or is none is passed over. */
START_TEST(batch_ack__passes_over_what_is_not_out)
{
	static const char *const bodies[] = {
		"{\"acks\":[{\"b\":\"AQ==\",\"c\":\"G\",\"q\":0,\"r\":\"0\",\"t\":\"nowhere\"}]}",
		"{\"acks\":[{\"b\":\"/w==\",\"c\":\"G\",\"q\":0,\"r\":\"0\",\"so\":7,\"t\":\"T\"}]}",
		"{\"acks\":[{\"b\":\"AQ==\",\"c\":\"G\",\"q\":-1,\"r\":\"0\",\"t\":\"T\"}]}",
		"{\"acks\":[{\"q\":0}]}",
	};

	begin(1);
	for (size_t i = 0; i < RMQI_COUNT(bodies); i++)
		ck_assert_int_eq(peer_ask(peer, rig->broker, RMQI_REQ_BATCH_ACK_MESSAGE, NULL, NULL,
					  bodies[i]),
				 0);
	rig_advance(rig, 61000);
	expect("0");
	end();
}
END_TEST

/* --- Another time ---------------------------------------------------------------------------------------------- */

START_TEST(change__lets_a_message_come_again_sooner)
{
	begin(2);
	ck_assert_int_eq(peer_change(peer, &out[1], 5000), 0);
	ck_assert_int_ge(peer_ext_i64(peer, "popTime"), rig_now(rig));
	ck_assert_int_eq(peer_ext_i64(peer, "invisibleTime"), 5000);
	ck_assert_int_eq(peer_ext_i64(peer, "reviveQid"), 0);
	ck_assert_str_eq(peer_remark(peer), "not set any response code");
	rig_advance(rig, 4000);
	expect("");
	rig_advance(rig, 2000);
	expect("1");
	rig_advance(rig, 55000);
	expect("0");
	end();
}
END_TEST

START_TEST(change__lets_a_message_be_out_for_longer)
{
	begin(1);
	rig_advance(rig, 50000);
	ck_assert_int_eq(peer_change(peer, &out[0], 60000), 0);
	rig_advance(rig, 50000);
	expect("");
	ck_assert_int_eq(peer_change(peer, &out[0], 60000), 0);
	rig_advance(rig, 50000);
	expect("");
	rig_advance(rig, 11000);
	expect("0");
	end();
}
END_TEST

START_TEST(change__makes_the_old_receipt_worthless)
{
	struct popped old;

	begin(1);
	old = out[0];
	ck_assert_int_eq(peer_change(peer, &out[0], 5000), 0);
	ck_assert_int_eq(peer_ack(peer, &old), 0);
	rig_advance(rig, 6000);
	expect("0");
	end();
}
END_TEST

START_TEST(change__gives_a_receipt_that_acknowledges)
{
	begin(1);
	ck_assert_int_eq(peer_change(peer, &out[0], 5000), 0);
	ck_assert_int_eq(peer_ack(peer, &out[0]), 0);
	rig_advance(rig, 120000);
	expect("");
	end();
}
END_TEST

START_TEST(change__is_refused_with_its_reason)
{
	struct popped m;

	begin(1);
	m = out[0];
	m.is.offset = 1; /* an ack may name it, this may not */
	ck_assert_int_eq(peer_change(peer, &m, 5000), RMQI_RESP_NO_MESSAGE);
	ck_assert_int_eq(peer_ext_i64(peer, "popTime"), 0);
	m = out[0];
	m.is.queue_id = 1;
	ck_assert_int_eq(peer_change(peer, &m, 5000), RMQI_RESP_MESSAGE_ILLEGAL);
	m = out[0];
	snprintf(m.topic, sizeof(m.topic), "nowhere");
	ck_assert_int_eq(peer_change(peer, &m, 5000), RMQI_RESP_TOPIC_NOT_EXIST);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		ack__keeps_a_message_from_coming_again,
		ack__twice_is_no_error,
		ack__that_comes_late_is_no_error_and_changes_nothing,
		ack__of_a_retried_message_goes_to_its_retry_topic,
		ack__by_another_group_changes_nothing,
		ack__is_refused_with_its_reason,
		batch_ack__is_done_message_by_message,
		batch_ack__of_retried_messages_names_their_mark,
		batch_ack__of_nothing_says_so,
		batch_ack__passes_over_what_is_not_out,
		change__lets_a_message_come_again_sooner,
		change__lets_a_message_be_out_for_longer,
		change__makes_the_old_receipt_worthless,
		change__gives_a_receipt_that_acknowledges,
		change__is_refused_with_its_reason,
	};

	return run_suite("pop_ack", tests, RMQI_COUNT(tests));
}
