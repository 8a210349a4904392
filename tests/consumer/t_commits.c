/* SPDX-License-Identifier: Apache-2.0 */
/* t_commits.c - a broker has many threads: of two commits of a queue it may serve the earlier one last. */
#include <string.h>

#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { COMMIT = RMQI_REQ_UPDATE_CONSUMER_OFFSET, CONCURRENT = 0, ORDERLY = 1, KINDS = 2 };

#define ME "10.0.0.1@me"
#define OTHER "10.0.0.0@other" /* stands before us, and gets queue 0 of two */

static struct rig *begin(int kind, const char *settings)
{
	struct rig *r = rig_new(1, 2, settings);

	for (int i = 0; i < 2; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	if (kind == ORDERLY)
		rig_orderly(r);
	rig_put(r, 10);
	rig_start(r);
	return r;
}

static void must_not_go_back(struct rig *r, int64_t ms)
{
	int64_t last = rig_committed(r);

	for (int64_t i = 0; i < ms; i += 50) {
		rig_advance(r, 50);
		ck_assert_int_ge(rig_committed(r), last);
		last = rig_committed(r);
	}
}

static void other(struct rig *r, bool is_there)
{
	fake_broker_members(r->broker, is_there ? OTHER "," ME : ME);
	fake_broker_notify(r->broker, "G");
}

static unsigned commits(struct rig *r)
{
	return fake_broker_count(r->broker, COMMIT);
}

/* --- One behind the other -------------------------------------------------------------------------- */

START_TEST(periodic__commit_waits_for_the_one_before_it)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 3000);
	rig_advance(r, 1000);
	rig_put(r, 10);
	must_not_go_back(r, 6000);
	ck_assert_int_eq(rig_committed(r), 30);
	rig_free(r);
}
END_TEST

START_TEST(close__commits_behind_all_others)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 300);
	rig_advance(r, 600);
	rig_put(r, 10);
	rig_advance(r, 10);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r), 30);
	must_not_go_back(r, 1000);
	rig_free(r);
}
END_TEST

/* What the answer before has told already is not told again. */
START_TEST(close__waits_for_the_answer_that_is_on_its_way)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");
	unsigned before;

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 300);
	rig_advance(r, 600);
	before = commits(r);
	ck_assert_int_eq(rmqi_push_consumer_close(r->consumer, -1, NULL), RMQ_OK);
	ck_assert_int_eq(rig_committed(r), 20);
	ck_assert_uint_eq(commits(r), before);
	rig_free(r);
}
END_TEST

START_TEST(given_up__queue_commits_behind_all_others)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 300);
	rig_advance(r, 600);
	rig_put(r, 10);
	rig_advance(r, 10);
	other(r, true);
	must_not_go_back(r, 3000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	ck_assert_int_eq(rig_committed(r), 30);
	rig_free(r);
}
END_TEST

/* By then its next owner may be further. */
START_TEST(given_up__queue_says_no_more_after_a_long_wait)
{
	struct rig *r = begin(CONCURRENT, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 3000);
	rig_advance(r, 1000);
	rig_put(r, 10);
	rig_advance(r, 10);
	other(r, true);
	rig_advance(r, 4000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	ck_assert_int_eq(rig_committed(r), 20);
	ck_assert_ptr_nonnull(strstr(r->log, "T@broker-a:0 was given up, and that it is done up to "
					     "30 was not taken by "));
	rig_free(r);
}
END_TEST

START_TEST(back__queue_begins_behind_its_last_commit)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=3600000");

	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 10);
	fake_broker_late_commit(r->broker, 600);
	other(r, true);
	rig_advance(r, 200);
	other(r, false);
	rig_advance(r, 3000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_uint_eq(r->seen_count, 10);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

/* --- Answers ---------------------------------------------------------------------------------------- */

/* Served when nobody waits for it any more. */
START_TEST(lost__answer_takes_nothing_back_for_long)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_late_commit(r->broker, 7000);
	rig_advance(r, 1000);
	rig_put(r, 10);
	rig_advance(r, 5500);
	ck_assert_int_eq(rig_committed(r), 30);
	rig_advance(r, 6000);
	ck_assert_int_eq(rig_committed(r), 30);
	rig_free(r);
}
END_TEST

START_TEST(refused__commit_is_told_and_made_again)
{
	struct rig *r = begin(_i, "persistConsumerOffsetInterval=1000");

	rig_advance(r, 2500);
	rig_put(r, 10);
	fake_broker_refuse(r->broker, COMMIT, RMQI_RESP_SYSTEM_BUSY, 2);
	rig_advance(r, 1000);
	ck_assert_int_eq(rig_committed(r), 10);
	ck_assert_ptr_nonnull(strstr(r->log, "topic T, commit of offsets at "));
	ck_assert_ptr_null(strstr(r->over, "commit of offsets"));
	rig_advance(r, 2000);
	ck_assert_int_eq(rig_committed(r), 20);
	ck_assert_ptr_nonnull(strstr(r->over, "commit of offsets"));
	rig_free(r);
}
END_TEST

int main(void)
{
	struct suite s;

	suite_open(&s, "commits");
	suite_add_loop(&s, periodic__commit_waits_for_the_one_before_it, KINDS);
	suite_add_loop(&s, close__commits_behind_all_others, KINDS);
	suite_add_loop(&s, close__waits_for_the_answer_that_is_on_its_way, KINDS);
	suite_add_loop(&s, given_up__queue_commits_behind_all_others, KINDS);
	suite_add_loop(&s, given_up__queue_says_no_more_after_a_long_wait, 1);
	suite_add_loop(&s, back__queue_begins_behind_its_last_commit, KINDS);
	suite_add_loop(&s, lost__answer_takes_nothing_back_for_long, KINDS);
	suite_add_loop(&s, refused__commit_is_told_and_made_again, KINDS);
	return suite_run(&s);
}
