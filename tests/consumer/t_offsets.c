/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/detail.h"
#include "base/macros.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

/* --- Where a group starts: RebalancePushImpl.computePullFromWhereWithException ---------------- */

struct start {
	const char *where;
	int64_t stored; /* -1: none */
	int64_t normal; /* first offset that is delivered of 10 */
	int64_t retry;
};

/* The last one comes an hour after the others, and the timestamp is in between. */
static const struct start starts[] = {
	{"CONSUME_FROM_LAST_OFFSET", 4, 4, 4},  {"CONSUME_FROM_LAST_OFFSET", -1, 10, 0},
	{"CONSUME_FROM_FIRST_OFFSET", 4, 4, 4}, {"CONSUME_FROM_FIRST_OFFSET", -1, 0, 0},
	{"CONSUME_FROM_TIMESTAMP", 4, 4, 4},    {"CONSUME_FROM_TIMESTAMP", -1, 9, 10},
};

static int64_t first_seen(const struct rig *r, const char *body)
{
	for (size_t i = 0; i < r->seen_count; i++) {
		if (strcmp(r->seen[i].body, body) == 0)
			return r->seen[i].offset;
	}
	return 10;
}

START_TEST(start__is_where_the_table_says)
{
	const struct start *s = &starts[_i];
	time_t between = 1700000000 + 1800;
	char settings[128], at[32];
	struct tm local;
	struct rig *r;

	localtime_r(&between, &local);
	strftime(at, sizeof(at), "%Y%m%d%H%M%S", &local);
	snprintf(settings, sizeof(settings), "consumeFromWhere=%s;consumeTimestamp=%s", s->where,
		 at);
	r = rig_new(1, 1, settings);
	for (int i = 0; i < 10; i++) {
		rig_advance(r, i == 9 ? 3600 * 1000 : 0);
		fake_broker_put(r->broker, "T", 0, "normal", NULL);
		fake_broker_put(r->broker, RETRY_G, 0, "retry", NULL);
	}
	fake_broker_set_committed(r->broker, "T", 0, s->stored);
	fake_broker_set_committed(r->broker, RETRY_G, 0, s->stored);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_int_eq(first_seen(r, "normal"), s->normal);
	ck_assert_int_eq(first_seen(r, "retry"), s->retry);
	ck_assert_uint_eq(r->seen_count, (size_t)(20 - s->normal - s->retry));
	rig_free(r);
}
END_TEST

/* Not by the fake broker's refresh: a route comes every 30 s. */
START_TEST(start__of_a_queue_that_came_later_misses_nothing)
{
	struct rig *r = rig_new(1, 1, "consumeFromWhere=CONSUME_FROM_LAST_OFFSET");

	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 5000);
	ck_assert_uint_eq(r->seen_count, 0);
	fake_broker_topic(r->broker, "T", 2);
	for (int i = 0; i < 5; i++) {
		rig_advance(r, 100);
		fake_broker_put(r->broker, "T", 1, "late", NULL);
	}
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 5);
	ck_assert_int_eq(fake_broker_committed(r->broker, "T", 1), 5);
	rig_free(r);
}
END_TEST

START_TEST(start__an_error_is_never_no_offset)
{
	static const int errors[] = {RMQI_RESP_SYSTEM_ERROR, RMQI_RESP_SYSTEM_BUSY,
				     RMQI_RESP_TOPIC_NOT_EXIST, FAKE_CLOSE, FAKE_NO_ANSWER};
	struct rig *r = rig_new(1, 1, NULL);

	rig_put(r, 10);
	fake_broker_set_committed(r->broker, "T", 0, 4);
	fake_broker_refuse(r->broker, RMQI_REQ_QUERY_CONSUMER_OFFSET, errors[_i], 4);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_GET_MAX_OFFSET), 0);
	ck_assert_uint_eq(r->seen_count, 6);
	ck_assert_int_eq(first_seen(r, "m0004"), 4);
	ck_assert_ptr_nonnull(strstr(r->log, errors[_i] < 0 ? ", requests of queues at "
							    : ", topic T, start offset at "));
	rig_free(r);
}
END_TEST

START_TEST(start__an_error_of_the_second_question_is_no_answer_either)
{
	struct rig *r = rig_new(1, 1, NULL);

	rig_put(r, 10);
	fake_broker_refuse(r->broker, RMQI_REQ_GET_MAX_OFFSET, RMQI_RESP_SYSTEM_ERROR, 2);
	rig_start(r);
	rig_advance(r, 1900);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_QUERY_CONSUMER_OFFSET), 1 + 2);
	rig_advance(r, 1000);
	fake_broker_put(r->broker, "T", 0, "fresh", NULL);
	rig_advance(r, 10);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(first_seen(r, "fresh"), 10);
	rig_free(r);
}
END_TEST

START_TEST(start__a_time_is_read_in_local_time)
{
	int64_t ms = 0;

	setenv("TZ", "UTC", 1);
	ck_assert(rmqi_settings_parse_time("20260102030405", &ms));
	ck_assert_int_eq(ms, INT64_C(1767323045000));
	ck_assert(!rmqi_settings_parse_time("2026010203040", &ms));
	ck_assert(!rmqi_settings_parse_time("20261302030405", &ms));
	ck_assert(!rmqi_settings_parse_time("2026010203040x", &ms));
	ck_assert(!rmqi_settings_parse_time("", &ms));
}
END_TEST

START_TEST(start__a_wrong_time_is_an_error_of_the_configuration)
{
	struct rig *r = rig_new(1, 1, NULL);
	rmq_push_consumer *c = NULL;
	enum rmq_error err = rmqi_config_set(r->config, "consumeTimestamp", "yesterday", NULL);

	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_new(r->config, "G2", &c, NULL), RMQ_ERR_CONFIG);
	ck_assert_ptr_null(c);
	rig_free(r);
}
END_TEST

START_TEST(start__at_the_end_is_committed_before_the_first_message)
{
	struct rig *r = rig_new(1, 1, NULL);

	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

/* --- Commits ------------------------------------------------------------------------------------ */

START_TEST(commit__tells_ever_less_often_what_has_not_changed)
{
	struct rig *r = rig_new(1, 1, NULL);
	unsigned before, more;

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 21000);
	ck_assert_int_eq(rig_committed(r), 10);

	/* Two queues, that of the retry topic is one, and 720 intervals: at the 8th, 16th ... 512th. */
	before = fake_broker_count(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET);
	rig_advance(r, 3600 * 1000);
	more = fake_broker_count(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET) - before;
	ck_assert_uint_ge(more, 2 * 7);
	ck_assert_uint_le(more, 2 * 8);
	rig_free(r);
}
END_TEST

/* One-way: a broker that refuses a commit cannot say so. */
START_TEST(commit__refused_again_and_again_is_there_in_the_end)
{
	struct rig *r = rig_new(1, 1, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, RMQI_RESP_SYSTEM_BUSY, 6);
	rig_start(r);
	rig_advance(r, 11000);
	ck_assert_int_eq(rig_committed(r), 0);
	rig_advance(r, 160000);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

START_TEST(commit__never_goes_with_a_pull)
{
	struct rig *r = rig_new(1, 1, "persistConsumerOffsetInterval=3600000");

	/* A broker may serve the pull after a commit that was made later. */
	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 60000);
	ck_assert_int_eq(rig_committed(r), 0);
	rig_free(r);
}
END_TEST

START_TEST(commit__is_made_at_close_and_asked_to_be_confirmed)
{
	struct rig *r = rig_new(1, 1, "persistConsumerOffsetInterval=3600000");

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10);
	ck_assert_int_eq(rig_committed(r), 0);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r), 10);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_UNREGISTER_CLIENT), 1);
	rig_free(r);
}
END_TEST

START_TEST(commit__that_fails_at_close_is_told)
{
	struct rig *r = rig_new(1, 1, NULL);
	rmq_error_detail *d = rmqi_detail_new();

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10);
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, RMQI_RESP_SYSTEM_ERROR,
			   FAKE_FOREVER);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, d), RMQ_ERR_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(d), "T@broker-a:0: SYSTEM_ERROR"));
	rmq_error_detail_free(d);
	rig_free(r);
}
END_TEST

START_TEST(commit__without_answer_does_not_hold_up_close)
{
	struct rig *r = rig_new(1, 1, NULL);
	int64_t before;

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10);
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER,
			   FAKE_FOREVER);
	fake_broker_refuse(r->broker, RMQI_REQ_UNREGISTER_CLIENT, FAKE_NO_ANSWER, FAKE_FOREVER);
	before = rig_now(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, 3000, NULL), RMQ_ERR_TIMEOUT);
	ck_assert_int_le(rig_now(r) - before, 3000);
	rig_free(r);
}
END_TEST

/* The broker does not answer, and reads what came when it goes on: as if the bytes were late. */
START_TEST(commit__of_every_queue_is_with_a_frozen_broker_after_close)
{
	static const int64_t times[] = {-1, 5000, 3000, 1000, 100, 0};
	struct rig *r = rig_new(1, 4, "persistConsumerOffsetInterval=3600000");
	char body[16];

	for (int i = 0; i < 40; i++) {
		if (i < 4)
			fake_broker_set_committed(r->broker, "T", i, 0);
		snprintf(body, sizeof(body), "m%04d", i);
		fake_broker_put(r->broker, "T", i % 4, body, NULL);
	}
	rig_start(r);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 40);
	rmqi_inproc_set_latency_us(r->net, 60 * 1000 * 1000);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, times[_i], NULL), RMQ_ERR_TIMEOUT);
	rig_advance(r, 70 * 1000);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(fake_broker_committed(r->broker, "T", i), 10);
	rig_free(r);
}
END_TEST

START_TEST(commit__lost_with_a_connection_is_told_again)
{
	struct rig *r = rig_new(1, 1, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	/* The first one is lost. */
	fake_broker_refuse(r->broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET, FAKE_NO_ANSWER, 1);
	rig_start(r);
	rig_advance(r, 5500);
	ck_assert_int_eq(rig_committed(r), 0);
	fake_broker_hang_up(r->broker);
	rig_advance(r, 1500);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

/* A slave that became the master, or a master that was restored: the group must not go back there. */
START_TEST(commit__goes_again_to_a_broker_that_comes_back_with_an_older_one)
{
	struct rig *r = rig_new(1, 1, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 10);
	rig_put(r, 10);
	rig_start(r);
	/* Nothing was consumed: the offset is the one that was found. */
	rig_advance(r, 20000);
	fake_broker_set_committed(r->broker, "T", 0, 4);
	fake_broker_hang_up(r->broker);
	rig_advance(r, 3000);
	ck_assert_int_eq(rig_committed(r), 10);
	ck_assert_uint_eq(r->seen_count, 0);
	rig_free(r);
}
END_TEST

/* A connection that is only half there: nothing comes, and nobody closes it. */
START_TEST(commit__and_consumption_go_on_after_a_half_open_connection)
{
	struct rig *r = rig_new(1, 1, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 10);
	rmqi_inproc_set_latency_us(r->net, INT64_C(3600) * 1000 * 1000);
	rig_put(r, 10);
	rig_advance(r, 60000);
	rmqi_inproc_set_latency_us(r->net, 0);
	/* Within the pull's timeout and a heartbeat. */
	rig_advance(r, 60000);
	ck_assert_int_ge((int)r->seen_count, 20);
	ck_assert_int_eq(rig_committed(r), 20);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		start__of_a_queue_that_came_later_misses_nothing,
		start__an_error_of_the_second_question_is_no_answer_either,
		start__at_the_end_is_committed_before_the_first_message,
		start__a_time_is_read_in_local_time,
		start__a_wrong_time_is_an_error_of_the_configuration,
		commit__tells_ever_less_often_what_has_not_changed,
		commit__refused_again_and_again_is_there_in_the_end,
		commit__never_goes_with_a_pull,
		commit__is_made_at_close_and_asked_to_be_confirmed,
		commit__that_fails_at_close_is_told,
		commit__without_answer_does_not_hold_up_close,
		commit__lost_with_a_connection_is_told_again,
		commit__goes_again_to_a_broker_that_comes_back_with_an_older_one,
		commit__and_consumption_go_on_after_a_half_open_connection,
	};
	struct suite s;

	suite_open(&s, "offsets");
	suite_add_loop(&s, start__is_where_the_table_says, RMQI_COUNT(starts));
	suite_add_loop(&s, start__an_error_is_never_no_offset, 5);
	suite_add_loop(&s, commit__of_every_queue_is_with_a_frozen_broker_after_close, 6);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
