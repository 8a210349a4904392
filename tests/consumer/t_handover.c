/* SPDX-License-Identifier: Apache-2.0 */
/* t_handover.c - queues that go from member to member of a group with concurrent listeners. */
#include <stdio.h>
#include <string.h>

#include "codec/codes.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

enum { MEMBERS = RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP, FIND = RMQI_REQ_QUERY_CONSUMER_OFFSET };

#define ME "10.0.0.1@me"
#define OTHER "10.0.0.0@other" /* stands before us, and has queue 0 of two */

/* We have queue 1; of the ten messages of queue 0 the group has had two. */
static struct rig *begin(const char *settings)
{
	struct rig *r = rig_new(1, 2, settings);

	fake_broker_set_committed(r->broker, "T", 0, 2);
	fake_broker_set_committed(r->broker, "T", 1, 0);
	fake_broker_set_committed(r->broker, RETRY_G, 0, 0);
	fake_broker_members(r->broker, OTHER "," ME);
	rig_put(r, 10);
	rig_start(r);
	rig_advance(r, 1000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 1);
	ck_assert_uint_eq(r->seen_count, 0);
	return r;
}

static void become(struct rig *r, const char *members)
{
	fake_broker_members(r->broker, members);
	fake_broker_notify(r->broker, "G");
}

/* Another one has left, and of the others one had queue 0: it is told so when we are. */
START_TEST(taken_up__queue_begins_where_its_last_owner_stopped)
{
	struct rig *r = begin(NULL);

	become(r, ME ",10.0.0.2@third");
	rig_advance(r, 150);
	fake_broker_set_committed(r->broker, "T", 0, 7);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(r->seen[0].offset, 7);
	rig_free(r);
}
END_TEST

/* A member of 300 asks for the list every 600 ms at most. */
START_TEST(taken_up__queue_of_a_large_group_waits_for_a_member_that_sees_it_late)
{
	struct rig *r = begin(NULL);
	char members[300 * 20] = ME;
	size_t len = strlen(members);

	for (int i = 1; i < 300; i++)
		len += (size_t)snprintf(members + len, sizeof(members) - len, ",10.0.0.2@m%d", i);
	become(r, members);
	rig_advance(r, 1000);
	fake_broker_set_committed(r->broker, "T", 0, 7);
	rig_advance(r, 1000);
	ck_assert_uint_eq(r->seen_count, 3);
	ck_assert_int_eq(r->seen[0].offset, 7);
	rig_free(r);
}
END_TEST

START_TEST(taken_up__alone_waits_for_nobody)
{
	struct rig *r = begin(NULL);

	become(r, ME);
	rig_advance(r, 120);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	ck_assert_uint_eq(r->seen_count, 8);
	rig_free(r);
}
END_TEST

START_TEST(given_up__queue_is_committed_at_once)
{
	struct rig *r = begin("persistConsumerOffsetInterval=3600000");

	become(r, ME);
	rig_advance(r, 1000);
	ck_assert_int_eq(rig_committed(r), 2);
	become(r, OTHER "," ME);
	rig_advance(r, 10);
	ck_assert_int_eq(rig_committed(r), 10);
	rig_free(r);
}
END_TEST

/* The list is the group's. */
START_TEST(members__are_asked_for_once_for_all_topics)
{
	struct rig *r = begin(NULL);
	char topic[16];
	unsigned before;

	for (int i = 0; i < 8; i++) {
		snprintf(topic, sizeof(topic), "U%d", i);
		fake_broker_topic(r->broker, topic, 2);
		ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, topic, "*", NULL),
				 RMQ_OK);
	}
	rig_advance(r, 1000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 9);
	before = fake_broker_count(r->broker, MEMBERS);
	become(r, ME);
	rig_advance(r, 150);
	ck_assert_uint_eq(fake_broker_count(r->broker, MEMBERS), before + 1);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 18);
	/* The period, too. */
	rig_advance(r, 60000);
	ck_assert_uint_le(fake_broker_count(r->broker, MEMBERS), before + 1 + 5);
	rig_free(r);
}
END_TEST

/* A list that cannot be had is asked for again, by all of them. */
START_TEST(members__that_are_refused_are_refused_to_all)
{
	struct rig *r = begin(NULL);

	fake_broker_topic(r->broker, "U", 2);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(r->consumer, "U", "*", NULL), RMQ_OK);
	rig_advance(r, 1000);
	fake_broker_refuse(r->broker, MEMBERS, RMQI_RESP_SYSTEM_BUSY, 1);
	become(r, ME);
	rig_advance(r, 500);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 2);
	rig_advance(r, 1000);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(r->consumer), 4);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		taken_up__queue_begins_where_its_last_owner_stopped,
		taken_up__queue_of_a_large_group_waits_for_a_member_that_sees_it_late,
		taken_up__alone_waits_for_nobody,
		given_up__queue_is_committed_at_once,
		members__are_asked_for_once_for_all_topics,
		members__that_are_refused_are_refused_to_all,
	};

	return run_suite("handover", tests, RMQI_COUNT(tests));
}
