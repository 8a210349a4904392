/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are delivered at a time, their recall, and both over a restart; under virtual time. */
#include <stdio.h>
#include <string.h>

#include "codec/recall.h"
#include "tests/broker/rig.h"

enum { HOUR_MS = 3600 * 1000 };

static struct rig *r;
static struct peer *p;

static void open_rig(const char *conf)
{
	r = rig_new(conf);
	p = peer_new(r);
}

static void close_rig(void)
{
	peer_free(p);
	rig_free(r);
}

static int32_t send_with(const char *name, int64_t value, const char *more)
{
	char properties[200];

	snprintf(properties, sizeof(properties), "%s=%lld%s", name, (long long)value, more);
	return peer_send(p, "T", 1, "body", properties);
}

static int64_t count(const char *topic, int queue)
{
	struct rmqi_h_get_max_offset h = {.topic = rmqi_str(topic), .queueId = queue};

	ck_assert_int_eq(peer_ask(p, r->broker, RMQI_REQ_GET_MAX_OFFSET, &rmqi_desc_get_max_offset,
				  &h, NULL),
			 0);
	return peer_ext_i64(p, "offset");
}

/* Delivered within one precision after its time, and not before it. */
static void expect_at(int64_t at_ms)
{
	int64_t before = count("T", 1);

	rig_advance(r, at_ms - 1 - rig_now(r));
	ck_assert_int_eq(count("T", 1), before);
	rig_advance(r, 1001);
	ck_assert_int_eq(count("T", 1), before + 1);
}

START_TEST(timer__delivers_after_seconds_and_milliseconds_and_at_a_time)
{
	open_rig(NULL);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 7, ""), 0);
	expect_at(rig_now(r) + 7000);
	ck_assert_int_eq(send_with("TIMER_DELAY_MS", 1234, ""), 0);
	expect_at(rig_now(r) + 1234);
	ck_assert_int_eq(send_with("TIMER_DELIVER_MS", rig_now(r) + 5678, ""), 0);
	expect_at(rig_now(r) + 5678);
	close_rig();
}
END_TEST

START_TEST(timer__delivers_in_the_order_of_times)
{
	open_rig(NULL);
	for (int64_t sec = 3; sec > 0; sec--)
		ck_assert_int_eq(send_with("TIMER_DELAY_SEC", sec,
					   sec == 3   ? ",K=3"
					   : sec == 2 ? ",K=2"
						      : ",K=1"),
				 0);
	rig_advance(r, 10000);
	ck_assert_int_eq(peer_pull(p, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(p), 3);
	ck_assert_str_eq(peer_property(p, 0, "K"), "1");
	ck_assert_str_eq(peer_property(p, 2, "K"), "3");
	ck_assert_str_ne(peer_property(p, 0, "TIMER_OUT_MS"), "");
	ck_assert_str_ne(peer_property(p, 0, "TIMER_DEQUEUE_MS"), "");
	ck_assert_str_eq(peer_property(p, 0, "REAL_TOPIC"), "T");
	close_rig();
}
END_TEST

START_TEST(timer__of_the_past_is_delivered_at_once)
{
	open_rig(NULL);
	ck_assert_int_eq(send_with("TIMER_DELIVER_MS", rig_now(r), ""), 0);
	ck_assert_int_eq(count("T", 1), 1);
	close_rig();
}
END_TEST

START_TEST(timer__too_far_ahead_is_refused_in_apaches_words)
{
	open_rig(NULL);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 259201, ""), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_str_eq(peer_remark(p),
			 "timer message illegal, the delay time should not be bigger than the max "
			 "delay 259200000ms; or if set del msg, the delay time should be bigger "
			 "than the current time");
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", INT64_MAX, ""), RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_int_eq(peer_send(p, "T", 1, "body", "TIMER_DELIVER_MS=soon"),
			 RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 259200, ""), 0);
	expect_at(rig_now(r) + INT64_C(72) * HOUR_MS);
	close_rig();
}
END_TEST

START_TEST(timer__that_is_off_is_refused)
{
	open_rig("timerWheelEnable=false\n");
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 1, ""), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(p),
			 "accurate timer message is not enabled, timerWheelEnable is false");
	close_rig();
}
END_TEST

START_TEST(timer__delay_level_wins)
{
	open_rig(NULL);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 100, ",DELAY=1"), 0);
	rig_advance(r, 1200);
	ck_assert_int_eq(count("T", 1), 1);
	close_rig();
}
END_TEST

/* --- What a client wrote ---------------------------------------------------------------------------- */

#define TIMERS "rmq_sys_wheel_timer"

/* As if the broker had put it there itself. */
static void put_among_timers(int64_t out_ms, const char *topic, const char *queue)
{
	char properties[600];

	snprintf(properties, sizeof(properties), "TIMER_OUT_MS=%lld,REAL_TOPIC=%s,REAL_QID=%s",
		 (long long)out_ms, topic, queue);
	ck_assert_int_eq(peer_send(p, TIMERS, 0, "body", properties), 0);
}

START_TEST(forged__time_is_not_taken_for_that_of_the_last_delivery)
{
	static const int64_t times[] = {INT64_MAX, INT64_MIN, -1, INT64_C(4102444800000)};

	open_rig("timerMaxDelaySec=100\n");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		put_among_timers(times[i], "T", "1");
	rig_advance(r, 1000);
	ck_assert_int_eq(count("T", 1), 0);

	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 7, ""), 0);
	expect_at(rig_now(r) + 7000);
	close_rig();
}
END_TEST

START_TEST(forged__target_among_the_timers_is_not_stored_for_ever)
{
	open_rig(NULL);
	put_among_timers(rig_now(r) + 1000, TIMERS, "0");

	rig_advance(r, 60 * 1000);

	ck_assert_int_eq(count(TIMERS, 0), 1);
	close_rig();
}
END_TEST

START_TEST(forged__target_that_cannot_be_holds_up_nobody)
{
	static const char *const queues[] = {"-1", "2147483647", "none"};
	char longest[300];

	open_rig(NULL);
	memset(longest, 't', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	put_among_timers(rig_now(r) + 1000, longest, "0");
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		put_among_timers(rig_now(r) + 1000, "T", queues[i]);

	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 2, ""), 0);
	expect_at(rig_now(r) + 2000);
	close_rig();
}
END_TEST

static int32_t recall(const char *topic, const char *handle)
{
	struct rmqi_h_recall_message h = {.topic = rmqi_str(topic),
					  .recallHandle = rmqi_str(handle)};

	return peer_ask(p, r->broker, RMQI_REQ_RECALL_MESSAGE, &rmqi_desc_recall_message, &h, NULL);
}

START_TEST(recall__takes_that_message_back_and_no_other)
{
	char handle[300];

	open_rig("recallMessageEnable=true\n");
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ",K=1"), 0);
	snprintf(handle, sizeof(handle), "%s", peer_ext(p, "recallHandle"));
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ",K=2"), 0);
	ck_assert_int_eq(recall("T", handle), 0);
	ck_assert_int_eq(recall("T", handle), 0); /* again */
	rig_advance(r, 62000);
	ck_assert_int_eq(peer_pull(p, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(p), 1);
	ck_assert_str_eq(peer_property(p, 0, "K"), "2");
	ck_assert_int_eq(recall("T", handle), RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_str_eq(peer_remark(p), "recall failed, timestamp invalid");
	close_rig();
}
END_TEST

START_TEST(recall__is_refused_in_apaches_words)
{
	char handle[300];

	open_rig(NULL);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ""), 0);
	snprintf(handle, sizeof(handle), "%s", peer_ext(p, "recallHandle"));
	ck_assert_int_eq(recall("T", handle), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(peer_remark(p), "recall failed, operation is forbidden");
	close_rig();
	open_rig("recallMessageEnable=true\n");
	ck_assert_int_eq(recall("T", handle), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_str_eq(peer_remark(p), "recall failed, the topic[T] not exist");
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ""), 0);
	ck_assert_int_eq(recall("T", "x"), RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_str_eq(peer_remark(p), "recall handle is invalid");
	ck_assert_int_eq(recall("TBW102", handle), RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_str_eq(peer_remark(p), "recall failed, topic not match");
	close_rig();
}
END_TEST

/* --- Restart ------------------------------------------------------------------------ */

static void restart(bool is_crash, int64_t away_ms)
{
	ck_assert_int_eq(mb_cluster_broker_stop(r->cluster, BROKER, is_crash, NULL), RMQ_OK);
	rig_advance(r, away_ms);
	ck_assert_int_eq(mb_cluster_broker_start(r->cluster, BROKER, NULL), RMQ_OK);
}

/* One is delivered before the broker goes, one is due while it is away, two wait longer. */
static void expect_once_each(bool is_crash)
{
	static const char *const order[] = {"1", "2", "3", "4"};
	int64_t begin;

	open_rig("recallMessageEnable=true\n");
	begin = rig_now(r);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ",K=4"), 0);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 40, ",K=3"), 0);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 20, ",K=2"), 0);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 3, ",K=1"), 0);
	rig_advance(r, 15000); /* it is delivered, and that is written */
	ck_assert_int_eq(count("T", 1), 1);
	restart(is_crash, 15000);
	rig_advance(r, 2000);
	ck_assert_int_eq(count("T", 1), 2);
	expect_at(begin + 40000);
	restart(is_crash, 1000);
	expect_at(begin + 60000);
	rig_advance(r, HOUR_MS);
	ck_assert_int_eq(peer_pull(p, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(p), RMQI_COUNT(order));
	for (size_t i = 0; i < RMQI_COUNT(order); i++)
		ck_assert_str_eq(peer_property(p, i, "K"), order[i]);
	close_rig();
}

START_TEST(restart__in_order_delivers_each_once_at_its_time)
{
	expect_once_each(false);
}
END_TEST

START_TEST(restart__after_a_crash_delivers_each_once_at_its_time)
{
	expect_once_each(true);
}
END_TEST

/* timers.json is written at once by a stop in order: a delivery just before it is not repeated. */
START_TEST(restart__in_order_remembers_the_last_delivery)
{
	int64_t begin;

	open_rig(NULL);
	begin = rig_now(r);
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 3, ""), 0);
	expect_at(begin + 3000);
	restart(false, 0);
	rig_advance(r, HOUR_MS);
	ck_assert_int_eq(count("T", 1), 1);
	close_rig();
}
END_TEST

START_TEST(restart__keeps_recalls)
{
	char handle[300];

	open_rig("recallMessageEnable=true\n");
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ",K=1"), 0);
	snprintf(handle, sizeof(handle), "%s", peer_ext(p, "recallHandle"));
	ck_assert_int_eq(send_with("TIMER_DELAY_SEC", 60, ",K=2"), 0);
	ck_assert_int_eq(recall("T", handle), 0);
	restart(true, 10000);
	rig_advance(r, 60000);
	ck_assert_int_eq(peer_pull(p, "G", "T", 1, 0, 0), 0);
	ck_assert_uint_eq(peer_message_count(p), 1);
	ck_assert_str_eq(peer_property(p, 0, "K"), "2");
	close_rig();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		timer__delivers_after_seconds_and_milliseconds_and_at_a_time,
		timer__delivers_in_the_order_of_times,
		timer__of_the_past_is_delivered_at_once,
		timer__too_far_ahead_is_refused_in_apaches_words,
		timer__that_is_off_is_refused,
		timer__delay_level_wins,
		forged__time_is_not_taken_for_that_of_the_last_delivery,
		forged__target_among_the_timers_is_not_stored_for_ever,
		forged__target_that_cannot_be_holds_up_nobody,
		recall__takes_that_message_back_and_no_other,
		recall__is_refused_in_apaches_words,
		restart__in_order_delivers_each_once_at_its_time,
		restart__after_a_crash_delivers_each_once_at_its_time,
		restart__in_order_remembers_the_last_delivery,
		restart__keeps_recalls,
	};

	return run_suite("timers", tests, RMQI_COUNT(tests));
}
