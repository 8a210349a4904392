/* SPDX-License-Identifier: Apache-2.0 */
/* Listeners that do not return: consumeTimeout. In a simulation everything else goes on meanwhile. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum {
	MINUTE_MS = 60 * 1000,
	BACK = RMQI_REQ_CONSUMER_SEND_MSG_BACK,
	SEND = RMQI_REQ_SEND_MESSAGE_V2
};

/* How it was when the first message's listener was about to return. */
static struct {
	int64_t committed;
	unsigned back;
	size_t seen;
	int status; /* what it returns then */
} end;

static bool is_first(const rmq_message *m)
{
	return m->body_len == 5 && memcmp(m->body, "m0000", 5) == 0;
}

static void look(struct rig *r, const rmq_message *m)
{
	r->status = RMQ_CONSUME_SUCCESS;
	if (!is_first(m))
		return;
	end.committed = rig_committed(r);
	end.back = fake_broker_count(r->broker, BACK);
	end.seen = r->seen_count;
	r->status = end.status;
}

/* m0000 hangs for so long. */
static struct rig *begin(int messages, int64_t hang_ms, const char *settings)
{
	struct rig *r = rig_new(1, 1, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	memset(&end, 0, sizeof(end));
	r->during = look;
	r->slow_body = "m0000";
	r->slow_ms = hang_ms;
	return r;
}

START_TEST(late__is_sent_back_and_its_offset_committed)
{
	struct rig *r = begin(40, 75 * 1000, "consumeTimeout=1");

	rig_start(r);
	rig_advance(r, 100 * 1000);
	ck_assert_int_eq(end.committed, 40);
	ck_assert_uint_eq(end.back, 1);
	ck_assert_str_eq(fake_broker_last(r->broker, BACK, "delayLevel"), "3");
	ck_assert_str_eq(fake_broker_last(r->broker, BACK, "originMsgId"), "m0000");
	ck_assert_ptr_nonnull(strstr(r->log, "a listener has had message 0 of T@broker-a:0 for "
					     "over 1 minutes (consumeTimeout)"));
	/* It came back with success: done is done. */
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_int_eq(rig_committed(r), 40);
	ck_assert_uint_eq(r->seen_count, 40);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	rig_free(r);
}
END_TEST

START_TEST(late__is_nobody_before_the_time)
{
	struct rig *r = begin(40, 59 * 1000, "consumeTimeout=1");

	rig_start(r);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 0);
	ck_assert_int_eq(end.committed, 0);
	ck_assert_int_eq(rig_committed(r), 40);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

START_TEST(late__is_15_minutes_by_default)
{
	struct rig *r = begin(2, 20 * MINUTE_MS, NULL);

	rig_start(r);
	rig_advance(r, 21 * MINUTE_MS);
	ck_assert_uint_eq(end.back, 1);
	ck_assert_ptr_nonnull(strstr(r->log, "over 15 minutes"));
	rig_free(r);
	r = begin(2, 15 * MINUTE_MS - 1000, NULL);
	rig_start(r);
	rig_advance(r, 21 * MINUTE_MS);
	ck_assert_uint_eq(end.back, 0);
	rig_free(r);
}
END_TEST

START_TEST(late__that_fails_afterwards_is_not_sent_back_twice)
{
	struct rig *r = begin(3, 90 * 1000, "consumeTimeout=1");

	end.status = RMQ_RECONSUME_LATER;
	rig_start(r);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(end.back, 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	ck_assert_int_eq(rig_committed(r), 3);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	rig_free(r);
}
END_TEST

START_TEST(late__of_a_batch_are_all_of_it)
{
	struct rig *r = begin(8, 90 * 1000, "consumeTimeout=1;consumeMessageBatchMaxSize=4");

	end.status = RMQ_RECONSUME_LATER;
	rig_start(r);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(end.back, 4);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 4);
	ck_assert_int_eq(rig_committed(r), 8);
	rig_free(r);
}
END_TEST

START_TEST(late__lets_a_queue_go_on_that_was_full)
{
	struct rig *r = begin(200, 90 * 1000,
			      "consumeTimeout=1;consumeConcurrentlyMaxSpan=20;pullBatchSize=8");

	rig_start(r);
	rig_advance(r, 100 * 1000);
	ck_assert_uint_eq(end.seen, 200);
	ck_assert_int_eq(end.committed, 200);
	rig_free(r);
}
END_TEST

/* The listener may still read the message: it is not given to another one here. */
START_TEST(late__that_cannot_be_sent_back_is_sent_back_later_and_not_delivered_here)
{
	struct rig *r = begin(3, 5 * MINUTE_MS, "consumeTimeout=1");

	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 4);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_BUSY, 4);
	rig_start(r);
	rig_advance(r, 6 * MINUTE_MS);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	ck_assert_int_eq(end.committed, 3);
	ck_assert_uint_eq(end.back, 5);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(late__that_can_never_be_stored_is_given_up)
{
	struct rig *r = begin(3, 5 * MINUTE_MS, "consumeTimeout=1;maxReconsumeTimes=3");

	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_MESSAGE_ILLEGAL, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 6 * MINUTE_MS);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	ck_assert_int_eq(end.committed, 3);
	ck_assert_ptr_nonnull(strstr(r->log, "is given up"));
	rig_free(r);
}
END_TEST

/* There is one thread, and it hangs. */
START_TEST(late__is_not_who_waits_for_a_thread)
{
	struct rig *r = begin(3, 5 * MINUTE_MS, "consumeTimeout=1;consumeThreadMax=1");

	rig_start(r);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(end.back, 1);
	ck_assert_uint_eq(end.seen, 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

/* One that failed and is to be delivered here waits behind the one that hangs. */
START_TEST(late__is_not_who_waits_for_a_thread_to_come_again)
{
	struct rig *r = begin(0, 5 * MINUTE_MS, "consumeTimeout=1;consumeThreadMax=1");

	fake_broker_put(r->broker, "T", 0, "fails", NULL);
	fake_broker_put(r->broker, "T", 0, "m0000", NULL);
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 1);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_BUSY, 1);
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_int_eq(rig_seen(r, "fails"), 2);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 2);
	ck_assert_int_eq(rig_committed(r), 2);
	rig_free(r);
}
END_TEST

START_TEST(late__of_a_queue_that_is_not_ours_any_more_is_left_to_the_next_owner)
{
	struct rig *r = begin(3, 5 * MINUTE_MS, "consumeTimeout=1");

	rig_start(r);
	while (r->seen_count == 0 && rmqi_sim_step(r->sim))
		fake_broker_members(r->broker, "10.0.0.0@a,10.0.0.1@me");
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		late__is_sent_back_and_its_offset_committed,
		late__is_nobody_before_the_time,
		late__is_15_minutes_by_default,
		late__that_fails_afterwards_is_not_sent_back_twice,
		late__of_a_batch_are_all_of_it,
		late__lets_a_queue_go_on_that_was_full,
		late__that_cannot_be_sent_back_is_sent_back_later_and_not_delivered_here,
		late__that_can_never_be_stored_is_given_up,
		late__is_not_who_waits_for_a_thread,
		late__is_not_who_waits_for_a_thread_to_come_again,
		late__of_a_queue_that_is_not_ours_any_more_is_left_to_the_next_owner,
	};

	return run_suite("late", tests, RMQI_COUNT(tests));
}
