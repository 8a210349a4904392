/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { BACK = RMQI_REQ_CONSUMER_SEND_MSG_BACK, SEND = RMQI_REQ_SEND_MESSAGE_V2 };

static struct rig *begin(int messages, const char *settings)
{
	struct rig *r = rig_new(1, 1, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	rig_put(r, messages);
	return r;
}

static bool last_is(const struct rig *r, int code, const char *key, const char *value)
{
	return strcmp(fake_broker_last(r->broker, code, key), value) == 0;
}

static bool has_property(const struct rig *r, const char *name, const char *value)
{
	char text[128];

	snprintf(text, sizeof(text), "%s\001%s\002", name, value);
	return strstr(fake_broker_last(r->broker, SEND, "i"), text) != NULL;
}

START_TEST(back__goes_to_the_broker_of_the_message)
{
	struct rig *r = begin(3, NULL);

	r->fail_times = 2;
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 2);
	ck_assert_uint_eq(fake_broker_count(r->broker, SEND), 0);
	ck_assert(last_is(r, BACK, "group", "G"));
	ck_assert(last_is(r, BACK, "offset", "1000"));
	ck_assert(last_is(r, BACK, "delayLevel", "0"));
	ck_assert(last_is(r, BACK, "originMsgId", "m0001"));
	ck_assert(last_is(r, BACK, "originTopic", "T"));
	ck_assert(last_is(r, BACK, "maxReconsumeTimes", "16"));
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

START_TEST(back__takes_level_and_limit_of_the_user)
{
	struct rig *r = begin(1, "maxReconsumeTimes=3");

	r->fail_times = 1;
	r->delay_level = -7;
	rig_start(r);
	rig_advance(r, 100);
	ck_assert(last_is(r, BACK, "delayLevel", "-1"));
	ck_assert(last_is(r, BACK, "maxReconsumeTimes", "3"));
	rig_free(r);
}
END_TEST

START_TEST(back__concerns_what_the_ack_index_leaves)
{
	struct rig *r = begin(5, "consumeMessageBatchMaxSize=8");

	r->ack_index = 2;
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 2);
	ck_assert(last_is(r, BACK, "originMsgId", "m0004"));
	ck_assert_int_eq(rig_committed(r), 5);
	rig_free(r);
}
END_TEST

START_TEST(back__a_status_that_is_none_means_later)
{
	struct rig *r = begin(1, NULL);

	r->status = 77;
	rig_start(r);
	rig_advance(r, 100);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	ck_assert_ptr_nonnull(strstr(r->log, "returned 77"));
	rig_free(r);
}
END_TEST

START_TEST(back__refused_becomes_a_send_to_the_retry_topic)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 1);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(fake_broker_count(r->broker, SEND), 1);
	ck_assert(last_is(r, SEND, "a", "CLIENT_INNER_PRODUCER"));
	ck_assert(last_is(r, SEND, "b", RETRY_G));
	ck_assert(last_is(r, SEND, "j", "1"));
	ck_assert(last_is(r, SEND, "l", "16"));
	ck_assert(has_property(r, "DELAY", "3"));
	ck_assert(has_property(r, "RETRY_TOPIC", "T"));
	ck_assert(has_property(r, "ORIGIN_MESSAGE_ID", "m0000"));
	ck_assert(has_property(r, "UNIQ_KEY", "m0000"));
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(back__without_answer_becomes_a_send_to_the_retry_topic)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, FAKE_NO_ANSWER, 1);
	rig_start(r);
	rig_advance(r, 4000);
	ck_assert_uint_eq(fake_broker_count(r->broker, SEND), 0);
	rig_advance(r, 2000);
	ck_assert_uint_eq(fake_broker_count(r->broker, SEND), 1);
	rig_free(r);
}
END_TEST

START_TEST(back__straight_to_the_dead_letters_also_by_the_second_way)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	r->delay_level = -1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 1);
	rig_start(r);
	rig_advance(r, 100);
	ck_assert(last_is(r, SEND, "j", "17"));
	ck_assert(last_is(r, SEND, "l", "16"));
	rig_free(r);
}
END_TEST

START_TEST(back__impossible_means_once_more_here_and_no_commit_until_then)
{
	struct rig *r = begin(3, NULL);

	r->fail_times = 2;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_BUSY, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 4900);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(rig_committed(r), 0);
	rig_advance(r, 200);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_int_eq(rig_seen(r, "m0000"), 2);
	ck_assert_int_eq(r->seen[3].times, 1);
	rig_advance(r, 5000);
	ck_assert_int_eq(rig_committed(r), 3);
	rig_free(r);
}
END_TEST

/* A slave has become the master: nobody pulls from the old one, so only the send-back notices. */
START_TEST(back__without_a_master_asks_for_the_route)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	fake_broker_slave(r->broker, true);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_NO_PERMISSION, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 10);
	ck_assert_uint_eq(r->seen_count, 1);
	fake_broker_slave(r->broker, false);
	rig_advance(r, 3000);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

/* The broker is away for 10 s. Nothing is delivered more often than the listener failed and 5 s passed. */
START_TEST(back__goes_on_when_the_broker_is_there_again)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, FAKE_CLOSE, 1);
	fake_broker_refuse(r->broker, SEND, FAKE_CLOSE, 1);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 2);
	ck_assert_uint_eq(r->seen_count, 1);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(back__fails_as_often_as_it_must)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 4;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 3);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_BUSY, 3);
	rig_start(r);
	rig_advance(r, 60000);
	/* Three times locally, the fourth went back. */
	ck_assert_int_eq(rig_seen(r, "m0000"), 4);
	ck_assert_int_eq(r->seen[3].times, 3);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 4);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(back__a_message_of_the_retry_topic_shows_its_old_topic)
{
	struct rig *r = begin(0, NULL);

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, 1);
	rig_start(r);
	rig_advance(r, 100);
	fake_broker_put(r->broker, RETRY_G, 0, "again", NULL);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_str_eq(r->seen[0].topic, "T");
	ck_assert_int_eq(r->seen[0].times, 1);
	ck_assert(last_is(r, BACK, "originTopic", "T"));
	ck_assert(last_is(r, SEND, "j", "2"));
	ck_assert(has_property(r, "DELAY", "4"));
	ck_assert(has_property(r, "RETRY_TOPIC", "T"));
	rig_free(r);
}
END_TEST

static void refuse_for_ever(struct rig *r, int second)
{
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, SEND, second, FAKE_FOREVER);
	r->status = RMQ_RECONSUME_LATER;
}

START_TEST(back__that_can_never_be_stored_is_given_up_after_the_limit)
{
	struct rig *r = begin(1, "maxReconsumeTimes=3");

	refuse_for_ever(r, RMQI_RESP_MESSAGE_ILLEGAL);
	rig_start(r);
	rig_advance(r, 14000);
	ck_assert_int_eq(rig_seen(r, "m0000"), 3);
	ck_assert_int_eq(rig_committed(r), 0);
	ck_assert_ptr_null(strstr(r->log, "given up"));
	rig_advance(r, 3600 * 1000);
	ck_assert_int_eq(rig_seen(r, "m0000"), 4);
	ck_assert_int_eq(rig_committed(r), 1);
	ck_assert_ptr_nonnull(strstr(r->log, "group G: message m0000 of topic T (T@broker-a:0, "
					     "offset 0) is given up after 4 deliveries"));
	rig_free(r);
}
END_TEST

START_TEST(back__that_can_never_be_a_dead_letter_is_given_up_at_once)
{
	struct rig *r = begin(1, NULL);

	refuse_for_ever(r, RMQI_RESP_MESSAGE_ILLEGAL);
	r->delay_level = -1;
	rig_start(r);
	rig_advance(r, 60 * 1000);
	ck_assert_int_eq(rig_seen(r, "m0000"), 1);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

/* A full disk, a missing permission, no broker: that may pass. */
START_TEST(back__that_may_pass_is_never_given_up)
{
	static const int codes[] = {RMQI_RESP_SYSTEM_ERROR, RMQI_RESP_SYSTEM_BUSY,
				    RMQI_RESP_SERVICE_NOT_AVAILABLE, RMQI_RESP_NO_PERMISSION,
				    FAKE_CLOSE};
	struct rig *r = begin(1, "maxReconsumeTimes=3");

	refuse_for_ever(r, codes[_i]);
	rig_start(r);
	rig_advance(r, 600 * 1000);
	ck_assert_int_gt(rig_seen(r, "m0000"), 50);
	ck_assert_int_eq(rig_committed(r), 0);
	ck_assert_ptr_null(strstr(r->log, "given up"));
	rig_free(r);
}
END_TEST

START_TEST(back__under_way_is_waited_for_at_close)
{
	struct rig *r = begin(1, NULL);

	r->fail_times = 1;
	rmqi_inproc_set_latency_us(r->net, 100 * 1000);
	rig_start(r);
	while (r->seen_count == 0)
		rig_advance(r, 10);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(fake_broker_count(r->broker, BACK), 1);
	ck_assert_int_eq(rig_committed(r), 1);
	rig_free(r);
}
END_TEST

START_TEST(back__that_waits_is_left_uncommitted_at_close)
{
	struct rig *r = begin(3, NULL);

	r->fail_times = 1;
	fake_broker_refuse(r->broker, BACK, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	fake_broker_refuse(r->broker, SEND, RMQI_RESP_SYSTEM_ERROR, FAKE_FOREVER);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r), 0);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		back__goes_to_the_broker_of_the_message,
		back__takes_level_and_limit_of_the_user,
		back__concerns_what_the_ack_index_leaves,
		back__a_status_that_is_none_means_later,
		back__refused_becomes_a_send_to_the_retry_topic,
		back__without_answer_becomes_a_send_to_the_retry_topic,
		back__straight_to_the_dead_letters_also_by_the_second_way,
		back__impossible_means_once_more_here_and_no_commit_until_then,
		back__without_a_master_asks_for_the_route,
		back__goes_on_when_the_broker_is_there_again,
		back__fails_as_often_as_it_must,
		back__a_message_of_the_retry_topic_shows_its_old_topic,
		back__that_can_never_be_stored_is_given_up_after_the_limit,
		back__that_can_never_be_a_dead_letter_is_given_up_at_once,
		back__under_way_is_waited_for_at_close,
		back__that_waits_is_left_uncommitted_at_close,
	};
	struct suite s;

	suite_open(&s, "send_back");
	suite_add_loop(&s, back__that_may_pass_is_never_given_up, 5);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
