/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

static size_t queues(const struct rig *r)
{
	return rmqi_push_consumer_queue_count(r->consumer);
}

static struct rig *begin(int count)
{
	struct rig *r = rig_new(1, count, NULL);

	for (int i = 0; i < count; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	rig_start(r);
	rig_advance(r, 500);
	ck_assert_uint_eq(queues(r), (size_t)count);
	return r;
}

START_TEST(rebalance__takes_all_queues_alone_at_once)
{
	struct rig *r = rig_new(1, 8, NULL);

	rig_start(r);
	rig_advance(r, 1);
	ck_assert_uint_eq(queues(r), 8);
	ck_assert_uint_eq(fake_broker_held(r->broker), 9);
	rig_free(r);
}
END_TEST

/* Seven requests and two connects, of which each goes and comes back: 5 ms each way. */
START_TEST(start__loses_no_time_until_the_first_message)
{
	struct rig *r = rig_new(1, 8, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 1);
	rmqi_inproc_set_latency_us(r->net, 5000);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_le(r->seen[0].at_ms, 80);
	rig_free(r);
}
END_TEST

/* A topic that was just asked for must not hold up another one. */
START_TEST(start__of_a_second_topic_waits_for_no_gap)
{
	struct rig *r = begin(1);

	fake_broker_topic(r->broker, "U", 3);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 1);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "U", "*", NULL), RMQ_OK);
	rig_advance(r, 5);
	ck_assert_uint_eq(queues(r), 1 + 3);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__shares_at_the_notice_of_the_broker)
{
	struct rig *r = begin(8);

	fake_broker_members(r->broker, "10.0.0.0@a," OWN_ID ",10.0.0.2@b");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 150);
	/* 0 1 2 / 3 4 5 / 6 7 */
	ck_assert_uint_eq(queues(r), 3);
	fake_broker_put(r->broker, "T", 2, "not mine", NULL);
	fake_broker_put(r->broker, "T", 3, "mine", NULL);
	fake_broker_put(r->broker, "T", 6, "not mine", NULL);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "mine"), 1);
	ck_assert_uint_eq(r->seen_count, 1);

	fake_broker_members(r->broker, NULL);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 150);
	ck_assert_uint_eq(queues(r), 8);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_seen(r, "not mine"), 2);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__ignores_the_notice_for_another_group)
{
	struct rig *r = begin(8);
	unsigned before = fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP);

	fake_broker_notify(r->broker, "H");
	rig_advance(r, 1000);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP),
			  before);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__a_storm_of_notices_makes_few_questions)
{
	struct rig *r = begin(8);
	unsigned before = fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP);

	for (int i = 0; i < 100; i++) {
		fake_broker_notify(r->broker, "G");
		rig_advance(r, 1);
	}
	rig_advance(r, 1000);
	/* Two topics, one run a tenth of a second. */
	ck_assert_uint_le(fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP),
			  before + 2 * 3);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__finds_a_change_without_a_notice)
{
	struct rig *r = begin(8);

	fake_broker_members(r->broker, OWN_ID ",10.0.0.2@b");
	rig_advance(r, 20100);
	ck_assert_uint_eq(queues(r), 4);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__keeps_what_it_has_when_nobody_tells_the_members)
{
	static const int errors[] = {RMQI_RESP_SYSTEM_BUSY, RMQI_RESP_SYSTEM_ERROR, FAKE_CLOSE,
				     FAKE_NO_ANSWER};
	struct rig *r = begin(8);

	fake_broker_refuse(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, errors[_i], 6);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 2500);
	ck_assert_uint_eq(queues(r), 8);
	fake_broker_members(r->broker, OWN_ID ",10.0.0.2@b");
	rig_advance(r, 25000);
	ck_assert_uint_eq(queues(r), 4);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__keeps_what_it_has_when_it_is_not_in_the_list)
{
	struct rig *r = begin(8);
	unsigned before = fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT);

	fake_broker_members(r->broker, "10.0.0.2@b");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 2500);
	ck_assert_uint_eq(queues(r), 8);
	ck_assert_uint_gt(fake_broker_count(r->broker, RMQI_REQ_HEART_BEAT), before);

	fake_broker_members(r->broker, OWN_ID ",10.0.0.2@b");
	rig_advance(r, 1100);
	ck_assert_uint_eq(queues(r), 4);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__commits_what_it_gives_up)
{
	struct rig *r = begin(2);

	for (int i = 0; i < 5; i++)
		fake_broker_put(r->broker, "T", 1, "x", NULL);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 5);
	fake_broker_members(r->broker, OWN_ID ",10.0.0.2@b");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 150);
	ck_assert_uint_eq(queues(r), 1);
	ck_assert_int_eq(fake_broker_committed(r->broker, "T", 1), 5);
	rig_free(r);
}
END_TEST

static void lose_queue(struct rig *r, const rmq_message *m)
{
	(void)m;
	r->during = NULL;
	fake_broker_members(r->broker, "0.0.0.0@first," OWN_ID);
	fake_broker_notify(r->broker, "G");
	rmqi_sim_advance(r->sim, 1000 * 1000);
	ck_assert_uint_eq(queues(r), 0);
}

START_TEST(rebalance__what_was_not_started_is_left_to_the_next_owner)
{
	struct rig *r = rig_new(1, 1, "consumeThreadMax=1");

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 40);
	r->during = lose_queue;
	r->fail_times = 1;
	rig_start(r);
	rig_advance(r, 60000);
	/* The one that ran is not even sent back: the next owner gets it. */
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK), 0);
	ck_assert_int_eq(rig_committed(r), 0);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__follows_a_route_that_grows)
{
	struct rig *r = begin(4);

	fake_broker_topic(r->broker, "T", 6);
	rig_advance(r, 31000);
	ck_assert_uint_eq(queues(r), 6);
	rig_free(r);
}
END_TEST

START_TEST(rebalance__waits_for_a_topic_that_comes_later)
{
	struct rig *r = rig_new(1, 1, NULL);
	enum rmq_error err = rmqi_push_consumer_subscribe(r->consumer, "Later", NULL, NULL);

	ck_assert_int_eq(err, RMQ_OK);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(queues(r), 1);
	ck_assert_ptr_nonnull(strstr(r->log, ", topic Later, route at "));
	fake_broker_topic(r->broker, "Later", 3);
	rig_advance(r, 31000);
	ck_assert_uint_eq(queues(r), 4);
	rig_free(r);
}
END_TEST

/* --- Subscriptions while running ------------------------------------------------------------------ */

START_TEST(subscribe__while_running_takes_effect_at_once)
{
	struct rig *r = begin(2);
	enum rmq_error err;

	fake_broker_topic(r->broker, "U", 3);
	err = rmqi_push_consumer_subscribe(r->consumer, "U", "A", NULL);
	ck_assert_int_eq(err, RMQ_OK);
	rig_advance(r, 200);
	ck_assert_uint_eq(queues(r), 5);
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(r->broker), "\"topic\":\"U\""));
	rig_free(r);
}
END_TEST

START_TEST(unsubscribe__while_running_takes_effect_at_once)
{
	struct rig *r = begin(2);
	enum rmq_error err;

	rig_put(r, 7);
	rig_advance(r, 100);
	err = rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL);
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_eq(queues(r), 0);
	rig_advance(r, 100);
	ck_assert_int_eq(rig_committed(r), 7);
	ck_assert_ptr_null(strstr(fake_broker_heartbeat(r->broker), "\"topic\":\"T\""));
	ck_assert_int_eq(rmqi_push_consumer_unsubscribe(r->consumer, "T", NULL), RMQ_ERR_NOT_FOUND);
	err = rmqi_push_consumer_subscribe(r->consumer, "T", NULL, NULL);
	ck_assert_int_eq(err, RMQ_OK);
	rig_advance(r, 200);
	ck_assert_uint_eq(queues(r), 2);
	rig_free(r);
}
END_TEST

static int64_t version_of(const struct rig *r)
{
	const char *text = fake_broker_last(r->broker, RMQI_REQ_PULL_MESSAGE, "subVersion");
	int64_t version = 0;

	ck_assert(rmqi_str_to_i64(rmqi_str(text), &version));
	return version;
}

START_TEST(subscribe__again_has_a_larger_version_and_the_new_filter)
{
	struct rig *r = rig_new(1, 1, NULL);
	int64_t before;
	enum rmq_error err;

	fake_broker_set_committed(r->broker, "T", 0, 0);
	fake_broker_topic(r->broker, RETRY_G, 0);
	rig_start(r);
	rig_advance(r, 20000);
	before = version_of(r);
	err = rmqi_push_consumer_subscribe(r->consumer, "T", "A", NULL);
	ck_assert_int_eq(err, RMQ_OK);
	fake_broker_put(r->broker, "T", 0, "b", "B");
	fake_broker_put(r->broker, "T", 0, "a", "A");
	rig_advance(r, 16000);
	ck_assert_int_gt(version_of(r), before);
	ck_assert_int_eq(rig_seen(r, "a"), 1);
	ck_assert_int_eq(rig_seen(r, "b"), 0);
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(r->broker), "\"tagsSet\":[\"A\"]"));
	rig_free(r);
}
END_TEST

START_TEST(subscribe__refuses_what_cannot_be_parsed)
{
	struct rig *r = rig_new(1, 1, NULL);

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "T", "||", NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, RETRY_G, "*", NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_push_consumer_start(r->consumer, NULL), RMQ_ERR_STATE);
	rig_free(r);
}
END_TEST

/* --- wait_ready -------------------------------------------------------------------------------------- */

static rmq_error_detail *not_ready(struct rig *r, int64_t ms, enum rmq_error error)
{
	rmq_error_detail *d = rmqi_detail_new();
	int64_t start = rig_now(r);

	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, ms, d), error);
	ck_assert_int_le(rig_now(r) - start, ms + 1);
	ck_assert_int_eq(rmq_error_detail_code(d), error);
	return d;
}

START_TEST(ready__when_it_holds_its_share)
{
	struct rig *r = rig_new(1, 8, NULL);

	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(queues(r), 8);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 0, NULL), RMQ_OK);
	rig_free(r);
}
END_TEST

START_TEST(ready__is_told_as_soon_as_it_is)
{
	struct rig *r = rig_new(1, 8, NULL);

	rmqi_inproc_set_latency_us(r->net, 500);
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, -1, NULL), RMQ_OK);
	/* 8 until it holds its queues; the rest shows that its pulls are not refused. */
	ck_assert_int_le(rig_now(r), 15);
	rig_free(r);
}
END_TEST

START_TEST(ready__not_while_a_topic_is_unknown)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "Later", "*", NULL), RMQ_OK);
	rig_start(r);
	d = not_ready(r, 2000, RMQ_ERR_NO_ROUTE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "Later"));
	ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_TOPIC_NOT_EXIST);
	fake_broker_topic(r->broker, "Later", 2);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 60000, NULL), RMQ_OK);
	ck_assert_uint_eq(queues(r), 10);
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

/* However short before its end it asked for the last time. */
START_TEST(ready__tells_what_was_answered_in_its_time)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "Later", "*", NULL), RMQ_OK);
	rmqi_inproc_set_latency_us(r->net, 15 * 1000);
	rig_start(r);
	for (int64_t ms = 460; ms < 600; ms += 4) {
		d = not_ready(r, ms, RMQ_ERR_NO_ROUTE);
		ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_TOPIC_NOT_EXIST);
		rmq_error_detail_free(d);
	}
	rig_free(r);
}
END_TEST

/* At once: that does not pass by itself. */
START_TEST(ready__never_with_a_static_topic)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;
	int64_t start;

	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "S", "*", NULL), RMQ_OK);
	fake_broker_static_topic(r->broker, "S");
	rig_start(r);
	start = rig_now(r);
	d = not_ready(r, 60000, RMQ_ERR_UNSUPPORTED);
	ck_assert_int_lt(rig_now(r) - start, 1000);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "topic S is a static topic"));
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	ck_assert_ptr_nonnull(strstr(r->log, "topic S is a static topic"));
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

START_TEST(queues__are_given_up_when_the_topic_becomes_static)
{
	struct rig *r = rig_new(1, 8, NULL);

	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(queues(r), 8);
	fake_broker_static_topic(r->broker, "T");
	rig_advance(r, 100 * 1000);
	ck_assert_uint_eq(queues(r), 0);
	rig_free(r);
}
END_TEST

START_TEST(ready__not_while_the_heartbeat_is_refused)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;

	fake_broker_refuse(r->broker, RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR, 4);
	rig_start(r);
	d = not_ready(r, 2000, RMQ_ERR_BROKER);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "refused"));
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 60000, NULL), RMQ_OK);
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

#define ACL_REMARK "org.apache.rocketmq.acl.common.AclException: No accessKey is configured"

/* At once, though a minute could be waited. */
START_TEST(ready__never_where_access_is_denied)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;

	fake_broker_remark(r->broker, ACL_REMARK);
	fake_broker_refuse(r->broker, RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR, 1000);
	rig_start(r);
	d = not_ready(r, 60000, RMQ_ERR_DENIED);
	ck_assert_int_lt(rig_now(r), 1000);
	ck_assert_uint_eq(rmq_error_detail_flags(d), RMQ_ERROR_FATAL);
	ck_assert_int_eq(rmq_error_detail_broker_code(d), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(rmq_error_detail_remark(d), ACL_REMARK);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "set accessKey and secretKey"));
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

/* In Java that code says "no consumer for this group", and the group looks empty. */
START_TEST(rebalance__a_list_that_is_denied_is_not_an_empty_one)
{
	struct rig *r = rig_new(1, 8, NULL);

	fake_broker_remark(r->broker, ACL_REMARK);
	fake_broker_refuse(r->broker, RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, RMQI_RESP_SYSTEM_ERROR,
			   1000);
	rig_start(r);
	rig_advance(r, 3000);
	ck_assert_uint_eq(queues(r), 0);
	ck_assert_ptr_nonnull(strstr(r->log, "denies access to a client"));
	rig_free(r);
}
END_TEST

/* A denied pull is made again when a person may have helped. */
START_TEST(rebalance__a_denied_pull_waits_and_tells_once)
{
	struct rig *r = rig_new(1, 1, NULL);
	int64_t asked;
	const char *line;

	fake_broker_remark(r->broker, ACL_REMARK);
	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SYSTEM_ERROR, 1000);
	rig_start(r);
	rig_advance(r, 21000);
	asked = fake_broker_count(r->broker, RMQI_REQ_PULL_MESSAGE);
	ck_assert_int_ge(asked, 2);
	ck_assert_int_le(asked, 2 * 6); /* T and the retry topic */
	line = strstr(r->log, "topic T, pull at ");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, "denies access to a client without credentials"));
	/* Once more after ten seconds. */
	line = strstr(line + 1, "topic T, pull at ");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, " times before, in "));
	ck_assert_ptr_null(strstr(line + 1, "topic T, pull at "));
	rig_free(r);
}
END_TEST

START_TEST(ready__not_while_nobody_counts_us_in)
{
	struct rig *r = rig_new(1, 8, NULL);
	rmq_error_detail *d;

	fake_broker_members(r->broker, "0.0.0.0@another");
	rig_start(r);
	d = not_ready(r, 3000, RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "members of group G"));
	fake_broker_members(r->broker, NULL);
	ck_assert_int_eq(rmqi_push_consumer_wait_ready(r->consumer, 10000, NULL), RMQ_OK);
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

START_TEST(ready__never_when_closed)
{
	struct rig *r = rig_new(1, 8, NULL);

	rmq_error_detail_free(not_ready(r, 1000, RMQ_ERR_STATE));
	rig_start(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	rmq_error_detail_free(not_ready(r, 1000, RMQ_ERR_STATE));
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rebalance__takes_all_queues_alone_at_once,
		start__loses_no_time_until_the_first_message,
		start__of_a_second_topic_waits_for_no_gap,
		rebalance__shares_at_the_notice_of_the_broker,
		rebalance__ignores_the_notice_for_another_group,
		rebalance__a_storm_of_notices_makes_few_questions,
		rebalance__finds_a_change_without_a_notice,
		rebalance__keeps_what_it_has_when_it_is_not_in_the_list,
		rebalance__commits_what_it_gives_up,
		rebalance__what_was_not_started_is_left_to_the_next_owner,
		rebalance__follows_a_route_that_grows,
		rebalance__waits_for_a_topic_that_comes_later,
		subscribe__while_running_takes_effect_at_once,
		unsubscribe__while_running_takes_effect_at_once,
		subscribe__again_has_a_larger_version_and_the_new_filter,
		subscribe__refuses_what_cannot_be_parsed,
		ready__when_it_holds_its_share,
		ready__is_told_as_soon_as_it_is,
		ready__not_while_a_topic_is_unknown,
		ready__tells_what_was_answered_in_its_time,
		ready__never_with_a_static_topic,
		queues__are_given_up_when_the_topic_becomes_static,
		ready__not_while_the_heartbeat_is_refused,
		ready__never_where_access_is_denied,
		rebalance__a_list_that_is_denied_is_not_an_empty_one,
		rebalance__a_denied_pull_waits_and_tells_once,
		ready__not_while_nobody_counts_us_in,
		ready__never_when_closed,
	};
	struct suite s;

	suite_open(&s, "rebalance");
	suite_add_loop(&s, rebalance__keeps_what_it_has_when_nobody_tells_the_members, 4);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
