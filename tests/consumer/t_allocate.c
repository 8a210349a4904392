/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/md5.h"
#include "consumer/allocate.h"
#include "tests/support/suite.h"

enum { QUEUES = 512, MEMBERS = 64, NAME = 96 };

/* A topic and a group, made by the rules of tests/apache/driver/Allocations.java. */
struct scene {
	struct rmqi_queue queues[QUEUES];
	size_t queue_count;
	char brokers[8][NAME];
	char ids[MEMBERS][NAME];
	char *members[MEMBERS];
	size_t member_count;
	bool is_retry;
};

static char topic_name[] = "TopicTest";

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_queue(const void *a, const void *b)
{
	return rmqi_queue_cmp(a, b);
}

/* brokers: "a;b" */
static void set_queues(struct scene *s, const char *brokers, int queues)
{
	const char *at = brokers;

	s->queue_count = 0;
	for (size_t b = 0; at; b++) {
		size_t len = strcspn(at, ";");

		snprintf(s->brokers[b], NAME, "%.*s", (int)len, at);
		for (int id = 0; id < queues; id++)
			s->queues[s->queue_count++] =
				(struct rmqi_queue){topic_name, s->brokers[b], id};
		at = at[len] ? at + len + 1 : NULL;
	}
	qsort(s->queues, s->queue_count, sizeof(s->queues[0]), by_queue);
}

static void set_members(struct scene *s, size_t members, size_t rooms)
{
	for (size_t i = 0; i < members; i++) {
		snprintf(s->ids[i], NAME, "10.0.0.%zu@r%zu@m%zu", i, i % rooms, i);
		s->members[i] = s->ids[i];
	}
	s->member_count = members;
	qsort(s->members, members, sizeof(s->members[0]), by_name);
}

static enum rmq_error ask(const struct scene *s, const struct rmqi_strategy *how, size_t self,
			  uint8_t *mine, char *why)
{
	struct rmqi_contest c = {.queues = s->queues,
				 .queue_count = s->queue_count,
				 .is_retry = s->is_retry,
				 .members = s->members,
				 .member_count = s->member_count,
				 .self = self};

	memset(mine, 0, QUEUES);
	return rmqi_allocate(how, &c, mine, why);
}

/* A letter for the member that gets a queue; '.' none, '!' more than one. */
static const char *owners(const struct scene *s, const struct rmqi_strategy *how)
{
	static char text[QUEUES + 1];
	uint8_t mine[QUEUES];
	char why[RMQI_ALLOCATE_WHY];

	memset(text, '.', s->queue_count);
	text[s->queue_count] = '\0';
	for (size_t i = 0; i < s->member_count; i++) {
		ck_assert_int_eq(ask(s, how, i, mine, why), RMQ_OK);
		for (size_t q = 0; q < s->queue_count; q++)
			if (mine[q])
				text[q] = text[q] == '.' ? (char)('A' + i) : '!';
	}
	return text;
}

struct vector {
	enum rmqi_allocation how;
	const char *brokers;
	int queues;
	size_t members;
	size_t rooms;
	const char *owners;
};

static const struct vector vectors[] = {
#include "tests/consumer/allocate_vectors.def"
};

START_TEST(allocate__gives_the_shares_of_java)
{
	static struct scene s;

	ck_assert_uint_gt(RMQI_COUNT(vectors), 200);
	for (size_t i = 0; i < RMQI_COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct rmqi_strategy how = {.how = v->how, .rooms = "r0;r1"};

		set_queues(&s, v->brokers, v->queues);
		set_members(&s, v->members, v->rooms);
		ck_assert_msg(strcmp(owners(&s, &how), v->owners) == 0,
			      "strategy %d, %s, %d queues, %zu members: %s instead of %s",
			      (int)v->how, v->brokers, v->queues, v->members, owners(&s, &how),
			      v->owners);
	}
}
END_TEST

START_TEST(allocate__gives_each_queue_to_one_member)
{
	static const enum rmqi_allocation all[] = {
		RMQI_ALLOCATE_AVG, RMQI_ALLOCATE_AVG_BY_CIRCLE, RMQI_ALLOCATE_CONSISTENT_HASH,
		RMQI_ALLOCATE_MACHINE_ROOM, RMQI_ALLOCATE_MACHINE_ROOM_NEARBY};
	static struct scene s;

	for (size_t i = 0; i < RMQI_COUNT(all); i++) {
		struct rmqi_strategy how = {.how = all[i], .rooms = "r0; r1"};

		for (int queues = 1; queues < 20; queues++) {
			for (size_t members = 1; members < 20; members++) {
				set_queues(&s, "r0@a;r1@a", queues);
				set_members(&s, members, 3);
				ck_assert_uint_eq(strcspn(owners(&s, &how), ".!"), s.queue_count);
			}
		}
	}
}
END_TEST

/* About a n-th of the queues move, and nothing between those that stay. */
START_TEST(consistent_hash__moves_the_queues_of_who_leaves_only)
{
	const struct rmqi_strategy how = {.how = RMQI_ALLOCATE_CONSISTENT_HASH};
	static struct scene s;
	char before[QUEUES + 1];
	const char *after;

	set_queues(&s, "a;b;c;d", 64);
	set_members(&s, 8, 1);
	snprintf(before, sizeof(before), "%s", owners(&s, &how));
	s.member_count = 7; /* the last one, H, has left */
	after = owners(&s, &how);
	for (size_t q = 0; q < s.queue_count; q++)
		ck_assert(before[q] == 'H' ? after[q] != 'H' : after[q] == before[q]);
}
END_TEST

START_TEST(config__takes_what_is_listed)
{
	static struct scene s;
	struct rmqi_strategy how = {
		.how = RMQI_ALLOCATE_CONFIG,
		.queues = " TopicTest@a:1 ;TopicTest@room@b:0-2;Other@a:0;TopicTest@gone:0;"};

	set_queues(&s, "a;room@b", 4);
	set_members(&s, 1, 1);
	ck_assert_ptr_null(rmqi_allocate_list_problem(how.queues));
	ck_assert_str_eq(owners(&s, &how), ".A..AAA.");
	/* What failed comes again: nobody lists %RETRY%. */
	s.is_retry = true;
	ck_assert_str_eq(owners(&s, &how), "AAAAAAAA");
}
END_TEST

START_TEST(config__refuses_what_is_no_list)
{
	static const char *const bad[] = {"",          " ; ",    "T",      "T@a",    "T@:1",
					  "@a:1",      "T@a:",   "T@a:x",  "T@a:-1", "T@a:2-1",
					  "T@a:1;T@b", "T@a:1-", "T@a:1 2"};

	ck_assert_ptr_nonnull(rmqi_allocate_list_problem(NULL));
	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_msg(rmqi_allocate_list_problem(bad[i]) != NULL, "\"%s\"", bad[i]);
}
END_TEST

/* String.split of Java. */
START_TEST(machine_room__takes_names_of_two_parts)
{
	const struct rmqi_strategy how = {.how = RMQI_ALLOCATE_MACHINE_ROOM, .rooms = "a;b"};
	static struct scene s;

	set_queues(&s, "a@x;a@x@;a@x@y;b;b@;c@x;@a", 1);
	set_members(&s, 1, 1);
	/* @a, a@x, a@x@, a@x@y, b, b@, c@x */
	ck_assert_str_eq(owners(&s, &how), ".AA....");
}
END_TEST

START_TEST(nearby__tells_who_is_in_no_room)
{
	const struct rmqi_strategy how = {.how = RMQI_ALLOCATE_MACHINE_ROOM_NEARBY};
	static struct scene s;
	uint8_t mine[QUEUES];
	char why[RMQI_ALLOCATE_WHY];

	set_queues(&s, "r0@a;broker", 1);
	set_members(&s, 2, 1);
	ck_assert_int_eq(ask(&s, &how, 0, mine, why), RMQ_ERR_CONFIG);
	ck_assert_str_eq(why, "broker broker is in no machine room");
	set_queues(&s, "r0@a", 1);
	snprintf(s.ids[1], NAME, "10.0.0.2@app");
	ck_assert_int_eq(ask(&s, &how, 0, mine, why), RMQ_ERR_CONFIG);
	ck_assert_str_eq(why, "client 10.0.0.2@app is in no machine room");
}
END_TEST

START_TEST(md5__is_that_of_the_rfc)
{
	static const struct {
		const char *text;
		const char *hex;
	} rows[] = {
		{"", "d41d8cd98f00b204e9800998ecf8427e"},
		{"abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		 "d174ab98d277d9f5a5611c2c9f419d9f"},
		{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
		 "57edf4a22be3c955ac49da2e2107b67a"},
	};

	for (size_t i = 0; i < RMQI_COUNT(rows); i++) {
		uint8_t digest[RMQI_MD5_SIZE];
		char hex[2 * RMQI_MD5_SIZE + 1];

		rmqi_md5(rows[i].text, strlen(rows[i].text), digest);
		for (size_t k = 0; k < RMQI_MD5_SIZE; k++)
			snprintf(hex + 2 * k, 3, "%02x", digest[k]);
		ck_assert_str_eq(hex, rows[i].hex);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		allocate__gives_the_shares_of_java,
		allocate__gives_each_queue_to_one_member,
		consistent_hash__moves_the_queues_of_who_leaves_only,
		config__takes_what_is_listed,
		config__refuses_what_is_no_list,
		machine_room__takes_names_of_two_parts,
		nearby__tells_who_is_in_no_room,
		md5__is_that_of_the_rfc,
	};

	return run_suite("allocate", tests, RMQI_COUNT(tests));
}
