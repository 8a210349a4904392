/* SPDX-License-Identifier: Apache-2.0 */
/* What a member does, and tells, when others of its group do not fit it. */
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

enum { MINUTE_MS = 60 * 1000, BEAT = RMQI_REQ_HEART_BEAT };

static struct rig *begin(void)
{
	struct rig *r = rig_new(1, 4, NULL);

	for (int i = 0; i < 4; i++)
		fake_broker_set_committed(r->broker, "T", i, 0);
	rig_start(r);
	rig_advance(r, 5000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 4);
	return r;
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static int64_t version_of(const struct rig *r)
{
	const char *at = strstr(fake_broker_heartbeat(r->broker), "\"subVersion\":");
	int64_t version = 0;

	ck_assert_ptr_nonnull(at);
	at += strlen("\"subVersion\":");
	ck_assert(rmqi_str_to_i64((struct rmqi_str){at, strspn(at, "0123456789")}, &version));
	return version;
}

/* --- Versions --------------------------------------------------------------------------------- */

START_TEST(version__is_new_after_every_change_of_the_queues)
{
	struct rig *r = begin();
	int64_t before = version_of(r);

	fake_broker_members(r->broker, OWN_ID ",10.0.0.2@b");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 300);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_int_gt(version_of(r), before);
	before = version_of(r);
	rig_advance(r, 2 * MINUTE_MS);
	/* The same members, the same version. */
	ck_assert_int_eq(version_of(r), before);
	rig_free(r);
}
END_TEST

START_TEST(version__is_new_when_members_come_that_get_no_queue)
{
	struct rig *r = begin();
	int64_t before;

	fake_broker_members(r->broker, OWN_ID ",2@b,3@c,4@d");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 2000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	before = version_of(r);
	fake_broker_members(r->broker, OWN_ID ",2@b,3@c,4@d,5@e");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 2000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	ck_assert_int_gt(version_of(r), before);
	rig_free(r);
}
END_TEST

START_TEST(version__of_a_group_that_forms_is_new_once_a_second_at_most)
{
	struct rig *r = begin();
	unsigned before = fake_broker_count(r->broker, BEAT);

	for (int i = 0; i < 100; i++) {
		fake_broker_members(r->broker, i % 2 ? OWN_ID : OWN_ID ",10.0.0.2@b");
		fake_broker_notify(r->broker, "G");
		rig_advance(r, 100);
	}
	/* Ten seconds. */
	ck_assert_uint_le(fake_broker_count(r->broker, BEAT), before + 11);
	ck_assert_uint_ge(fake_broker_count(r->broker, BEAT), before + 8);
	rig_free(r);
}
END_TEST

/* Without a pause: what the heartbeat tells is on its way. */
START_TEST(version__that_a_pull_brings_first_is_no_trouble)
{
	struct rig *r = begin();

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_LATEST, 1);
	fake_broker_put(r->broker, "T", 0, "one", NULL);
	fake_broker_put(r->broker, "T", 0, "two", NULL);
	rig_advance(r, 60);
	ck_assert_int_eq(rig_seen(r, "two"), 1);
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

/* A host whose clock is an hour ahead was a member, and has left: no time of ours is larger. */
START_TEST(version__becomes_larger_than_one_that_is_ahead_of_our_clock)
{
	struct rig *r = rig_new(1, 4, NULL);
	int64_t ahead = r->born_ms + 60 * MINUTE_MS;

	fake_broker_said(r->broker, "A", ahead);
	rig_start(r);
	rig_advance(r, 9000);
	ck_assert_int_lt(version_of(r), ahead);
	rig_advance(r, 3000);
	ck_assert_int_gt(version_of(r), ahead);
	ck_assert_ptr_nonnull(strstr(r->log, "filters topic T by \"A\", which another member of "
					     "the group said, and not by our \"*\""));
	rig_free(r);
}
END_TEST

/* Two members that differ do not outdo each other for ever. */
START_TEST(version__is_made_larger_once_a_change_of_the_members)
{
	struct rig *r = rig_new(1, 4, NULL);
	int64_t ahead = r->born_ms + 60 * MINUTE_MS, first;

	fake_broker_said(r->broker, "A", ahead);
	rig_start(r);
	rig_advance(r, 20 * 1000);
	first = version_of(r);
	fake_broker_said(r->broker, "A", ahead + 1000 * 1000);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_int_eq(version_of(r), first);
	ck_assert_uint_eq(count_of(r->log, "filters topic T"), 1);
	ck_assert_uint_le(fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_CONNECTION_LIST), 12);
	rig_free(r);
}
END_TEST

START_TEST(version__is_asked_for_once_when_all_agree)
{
	struct rig *r = begin();

	rig_advance(r, 60 * MINUTE_MS);
	ck_assert_uint_eq(fake_broker_count(r->broker, RMQI_REQ_GET_CONSUMER_CONNECTION_LIST), 1);
	rig_free(r);
}
END_TEST

/* --- Heartbeats --------------------------------------------------------------------------------- */

START_TEST(beat__of_refused_pulls_comes_at_once_and_then_ever_less_often)
{
	struct rig *r = begin();
	unsigned before = fake_broker_count(r->broker, BEAT);

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
			   FAKE_FOREVER);
	fake_broker_put(r->broker, "T", 0, "one", NULL);
	rig_advance(r, 10);
	ck_assert_uint_eq(fake_broker_count(r->broker, BEAT), before + 1);
	rig_advance(r, 10 * MINUTE_MS);
	/* Twenty regular ones. */
	ck_assert_uint_le(fake_broker_count(r->broker, BEAT), before + 1 + 20 + 4);
	/* After a quiet time it is news again. */
	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 0);
	rig_advance(r, 5 * MINUTE_MS + 10000);
	before = fake_broker_count(r->broker, BEAT);
	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 1);
	fake_broker_put(r->broker, "T", 0, "two", NULL);
	rig_advance(r, 10);
	ck_assert_uint_eq(fake_broker_count(r->broker, BEAT), before + 1);
	rig_free(r);
}
END_TEST

START_TEST(beat__of_a_member_that_nobody_counts_comes_ever_less_often)
{
	struct rig *r = begin();
	unsigned before = fake_broker_count(r->broker, BEAT);

	fake_broker_members(r->broker, "10.0.0.2@b");
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 200);
	ck_assert_uint_eq(fake_broker_count(r->broker, BEAT), before + 1);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_le(fake_broker_count(r->broker, BEAT), before + 1 + 20 + 4);
	rig_free(r);
}
END_TEST

/* --- Told ---------------------------------------------------------------------------------------- */

START_TEST(told__once_that_another_member_took_our_subscription)
{
	struct rig *r = begin();

	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 1);
	fake_broker_put(r->broker, "T", 0, "one", NULL);
	rig_advance(r, 20 * 1000);
	ck_assert_uint_eq(count_of(r->log, "subscribes other topics"), 0);
	fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 100);
	fake_broker_put(r->broker, "T", 0, "two", NULL);
	rig_advance(r, 20 * 1000);
	ck_assert_uint_eq(count_of(r->log, "subscribes other topics"), 1);
	rig_free(r);
}
END_TEST

START_TEST(told__nothing_of_a_broker_that_was_restarted)
{
	struct rig *r = begin();

	for (int i = 0; i < 10; i++) {
		fake_broker_refuse(r->broker, RMQI_REQ_PULL_MESSAGE,
				   RMQI_RESP_SUBSCRIPTION_NOT_EXIST, 1);
		fake_broker_hang_up(r->broker);
		rig_advance(r, 20 * 1000);
	}
	ck_assert_uint_eq(count_of(r->log, "subscribes other topics"), 0);
	rig_free(r);
}
END_TEST

START_TEST(told__once_that_another_process_has_our_id)
{
	struct rig *r = begin();

	rig_advance(r, 3 * MINUTE_MS);
	fake_broker_members(r->broker, OWN_ID "," OWN_ID);
	fake_broker_notify(r->broker, "G");
	rig_advance(r, 200);
	ck_assert_uint_eq(count_of(r->log, "lists our client id " OWN_ID " 2 times"), 1);
	rig_advance(r, 10 * MINUTE_MS);
	ck_assert_uint_eq(count_of(r->log, "lists our client id"), 1);
	/* Over, and once more. */
	fake_broker_members(r->broker, NULL);
	rig_advance(r, 3 * MINUTE_MS);
	fake_broker_members(r->broker, OWN_ID "," OWN_ID);
	rig_advance(r, MINUTE_MS);
	ck_assert_uint_eq(count_of(r->log, "lists our client id"), 2);
	rig_free(r);
}
END_TEST

/* A broker forgets a connection that was cut without a word after two minutes. */
START_TEST(told__nothing_of_our_own_ghost)
{
	struct rig *r = begin();

	rig_advance(r, 3 * MINUTE_MS);
	fake_broker_hang_up(r->broker);
	fake_broker_members(r->broker, OWN_ID "," OWN_ID);
	rig_advance(r, 2 * MINUTE_MS);
	fake_broker_members(r->broker, NULL);
	rig_advance(r, 3 * MINUTE_MS);
	ck_assert_uint_eq(count_of(r->log, "lists our client id"), 0);
	/* Who does not go away is no ghost. */
	fake_broker_hang_up(r->broker);
	fake_broker_members(r->broker, OWN_ID "," OWN_ID);
	rig_advance(r, 3 * MINUTE_MS);
	ck_assert_uint_eq(count_of(r->log, "lists our client id"), 1);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		version__is_new_after_every_change_of_the_queues,
		version__is_new_when_members_come_that_get_no_queue,
		version__of_a_group_that_forms_is_new_once_a_second_at_most,
		version__that_a_pull_brings_first_is_no_trouble,
		version__becomes_larger_than_one_that_is_ahead_of_our_clock,
		version__is_made_larger_once_a_change_of_the_members,
		version__is_asked_for_once_when_all_agree,
		beat__of_refused_pulls_comes_at_once_and_then_ever_less_often,
		beat__of_a_member_that_nobody_counts_comes_ever_less_often,
		told__once_that_another_member_took_our_subscription,
		told__nothing_of_a_broker_that_was_restarted,
		told__once_that_another_process_has_our_id,
		told__nothing_of_our_own_ghost,
	};

	return run_suite("conflict", tests, RMQI_COUNT(tests));
}
