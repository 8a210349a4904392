/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite_life.c - the life of lite topics: over restarts, to their end, by the thousand. */
#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "tests/broker/lite_scene.h"

static void expect_queue(const char *lite, int64_t count)
{
	char name[64];

	snprintf(name, sizeof(name), "%%LMQ%%$P$%s", lite);
	ck_assert_int_eq(peer_max_offset(lite_peer, name, 0), count);
}

/* Queues, offsets and what is stored of them, over a stop and a death. */
START_TEST(lite__lives_longer_than_the_broker)
{
	lite_begin();
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_send("a", "a0");
	lite_expect_pop("c", "a0");
	ck_assert_int_eq(lite_ack("a", 0, peer_ext_i64(lite_peer, "popTime")), 0);
	for (int i = 0; i < 4; i++) {
		lite_send("a", i % 2 ? "odd" : "even");
		lite_restart(i % 2 == 0);
		expect_queue("a", 2 + i);
	}
	ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", "a"), 0);
	lite_expect_pop("c", "even odd even odd");
	lite_end();
}
END_TEST

START_TEST(lite__ends_with_its_parent_and_with_its_time)
{
	struct rmqi_h_delete_topic d = {.topic = RMQI_STR("P")};

	lite_begin();
	ck_assert_int_eq(lite_make_topic("P", "+lite.topic.expiration=20"), 0);
	lite_send("a", "a0");
	rig_advance(lite_rig, 19 * 60 * 1000);
	expect_queue("a", 1);
	lite_send("b", "b0");
	rig_advance(lite_rig, 5 * 60 * 1000);
	expect_queue("a", 0);
	expect_queue("b", 1);
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_DELETE_TOPIC_IN_BROKER,
				  &rmqi_desc_delete_topic, &d, NULL),
			 0);
	expect_queue("b", 0);
	lite_end();
}
END_TEST

/* Its messages left with the files of the log, long before its own time. */
START_TEST(lite__that_has_no_message_any_more_ends)
{
	static char filling[8000];

	lite_begin_with(LITE_SETTINGS "mappedFileSizeCommitLog=65536\nfileReservedTime=1\n");
	ck_assert_int_eq(lite_make_topic("P", "+lite.topic.expiration=43200"), 0);
	ck_assert_int_eq(lite_make_topic("T", ""), 0);
	lite_send("a", "a0");
	memset(filling, 'x', sizeof(filling) - 1);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(peer_send(lite_peer, "T", 0, filling, NULL), 0);
	lite_send("b", "b0");
	rig_advance(lite_rig, INT64_C(2) * 3600 * 1000);
	expect_queue("a", 1);
	ck_assert_int_eq(peer_ask(lite_peer, lite_rig->broker, RMQI_REQ_DELETE_EXPIRED_COMMITLOG, NULL, NULL,
				  NULL),
			 0);
	rig_advance(lite_rig, INT64_C(5) * 60 * 1000);
	expect_queue("a", 0);
	expect_queue("b", 1);
	lite_end();
}
END_TEST

static bool is_there(int i)
{
	char name[64];

	snprintf(name, sizeof(name), "%%LMQ%%$P$l%d", i);
	return peer_max_offset(lite_peer, name, 0) > 0;
}

static int how_many_of(int count)
{
	int there = 0;

	for (int i = 0; i < count; i++)
		there += is_there(i);
	return there;
}

/* Each is mapped to see how old it is: not all of them in one turn of the loop. */
START_TEST(lite__topics_end_some_at_a_time)
{
	enum { COUNT = 200, STEP_MS = 20, ROUND_MS = 121 * 1000 };
	char name[32];

	lite_begin();
	ck_assert_int_eq(lite_make_topic("P", "+lite.topic.expiration=20"), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		lite_send(name, name);
	}
	rig_advance(lite_rig, 20 * 60 * 1000);
	for (int ms = 0; ms < ROUND_MS && is_there(COUNT - 1); ms += STEP_MS)
		rig_advance(lite_rig, STEP_MS);
	ck_assert_int_lt(how_many_of(COUNT), COUNT);
	ck_assert_int_gt(how_many_of(COUNT), COUNT / 2);
	rig_advance(lite_rig, 1000);
	ck_assert_int_eq(how_many_of(COUNT), 0);
	lite_end();
}
END_TEST

/* More than can be mapped at a time. */
START_TEST(lite__topics_by_the_thousand_are_kept)
{
	char name[32];

	lite_begin();
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", name), 0);
		lite_send(name, name);
		if (i % 100 == 99)
			rig_advance(lite_rig, 2000);
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1000; i += 7) {
			snprintf(name, sizeof(name), "l%d", i);
			expect_queue(name, 1);
		}
		lite_restart(round == 0);
	}
	lite_end();
}
END_TEST

/* Bytes that are allocated now; 0: the allocator does not tell. */
static size_t allocated(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
#else
	return 0;
#endif
}

static void have_topics(int from, int to)
{
	char name[32];

	for (int i = from; i < to; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		ck_assert_int_eq(lite_tell(RMQI_LITE_ADD, "c", name), 0);
		lite_send(name, name);
		if (i % 100 == 99)
			rig_advance(lite_rig, 2000);
	}
}

/* 100,000 in 100 MB: each may have 1000 bytes, with its subscription, its event and its queue. */
START_TEST(lite__topic_has_less_than_a_kilobyte)
{
	enum { FEW = 1024, MANY = 4096, MOST = 1000 };
	size_t few;

	lite_begin();
	have_topics(0, FEW);
	few = allocated();
	have_topics(FEW, MANY);
	if (few > 0) {
		ck_assert_uint_gt(allocated(), few);
		ck_assert_uint_lt((allocated() - few) / (MANY - FEW), MOST);
	}
	lite_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		lite__lives_longer_than_the_broker,
		lite__ends_with_its_parent_and_with_its_time,
		lite__that_has_no_message_any_more_ends,
		lite__topics_end_some_at_a_time,
		lite__topics_by_the_thousand_are_kept,
		lite__topic_has_less_than_a_kilobyte,
	};

	return run_suite("lite_life", tests, RMQI_COUNT(tests));
}
