/* SPDX-License-Identifier: Apache-2.0 */
/* t_correction.c - where a group goes on when a broker's queue is not where the group is. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/codes.h"
#include "consumer/correction.h"
#include "tests/consumer/rig.h"
#include "tests/support/suite.h"

/* --- What an answer means ------------------------------------------------------------------------- */

enum {
	NOT_FOUND = RMQI_RESP_PULL_NOT_FOUND,
	RETRY = RMQI_RESP_PULL_RETRY_IMMEDIATELY,
	MOVED = RMQI_RESP_PULL_OFFSET_MOVED
};

#define MOST INT64_MAX

static const struct {
	struct rmqi_position at; /* code, asked, next, min, max, is_slave */
	enum rmqi_correction means;
	int64_t to; /* where it moves us */
} answers[] = {
	/* At the end, and among filtered messages. */
	{{NOT_FOUND, 50, 50, 0, 50, false}, RMQI_CORRECTION_NONE, 0},
	{{NOT_FOUND, 0, 0, 0, 0, false}, RMQI_CORRECTION_NONE, 0},
	{{RETRY, 10, 42, 0, 50, false}, RMQI_CORRECTION_FILTERED, 42},
	{{RETRY, 10, 42, 0, 50, true}, RMQI_CORRECTION_FILTERED, 42},
	{{RETRY, 10, 10, 0, 50, false}, RMQI_CORRECTION_NONE, 0},
	/* 4.9 looks at what came after it had read its end. */
	{{RETRY, 30, 51, 0, 50, false}, RMQI_CORRECTION_FILTERED, 51},
	{{RETRY, 49, 57, 0, 50, true}, RMQI_CORRECTION_FILTERED, 57},
	{{NOT_FOUND, 30, 51, 0, 50, false}, RMQI_CORRECTION_ODD, 0},
	/* A file of the queue is gone. */
	{{NOT_FOUND, 10, 20, 0, 50, false}, RMQI_CORRECTION_GONE, 20},
	/* Deleted: the smallest that there is, whatever next is. */
	{{MOVED, 10, 20, 20, 50, false}, RMQI_CORRECTION_GONE, 20},
	{{MOVED, 10, 50, 20, 50, false}, RMQI_CORRECTION_GONE, 20},
	{{MOVED, 10, 0, 20, 50, false}, RMQI_CORRECTION_GONE, 20},
	{{MOVED, 10, MOST, 20, 50, false}, RMQI_CORRECTION_GONE, 20},
	{{RETRY, 10, 10, 20, 50, false}, RMQI_CORRECTION_GONE, 20},
	{{MOVED, 10, 20, 20, 20, false}, RMQI_CORRECTION_GONE, 20},
	/* Reset by an operator, both ways, and to where we are. */
	{{MOVED, 10, 30, 0, 50, false}, RMQI_CORRECTION_RESET, 30},
	{{MOVED, 30, 10, 0, 50, false}, RMQI_CORRECTION_RESET, 10},
	{{MOVED, 30, 30, 0, 50, false}, RMQI_CORRECTION_RESET, 30},
	{{MOVED, 50, 0, 0, 50, false}, RMQI_CORRECTION_RESET, 0},
	/* The queue ends before: next does not matter. */
	{{MOVED, 60, 50, 0, 50, false}, RMQI_CORRECTION_BEYOND, 0},
	{{MOVED, 60, 0, 0, 50, false}, RMQI_CORRECTION_BEYOND, 0},
	{{MOVED, 60, 20, 20, 50, false}, RMQI_CORRECTION_BEYOND, 0},
	{{MOVED, 60, 0, 0, 0, false}, RMQI_CORRECTION_BEYOND, 0},
	{{RETRY, 60, 60, 0, 50, false}, RMQI_CORRECTION_BEYOND, 0},
	{{MOVED, MOST, 50, 0, 50, false}, RMQI_CORRECTION_BEYOND, 0},
	/* A slave that differs from its master. */
	{{RETRY, 60, 60, 0, 50, true}, RMQI_CORRECTION_BEHIND, 0},
	{{MOVED, 60, 0, 0, 50, true}, RMQI_CORRECTION_BEHIND, 0},
	{{RETRY, 10, 10, 20, 50, true}, RMQI_CORRECTION_BEHIND, 0},
	{{RETRY, 10, 10, 0, 0, true}, RMQI_CORRECTION_BEHIND, 0},
	/* Nonsense. */
	{{NOT_FOUND, 30, 10, 0, 50, false}, RMQI_CORRECTION_ODD, 0},
	{{RETRY, 30, 0, 0, 50, false}, RMQI_CORRECTION_ODD, 0},
	{{NOT_FOUND, 30, MOST, 0, 50, false}, RMQI_CORRECTION_ODD, 0},
	{{MOVED, 30, 0, -1, 50, false}, RMQI_CORRECTION_ODD, 0},
	{{MOVED, 30, 0, 20, 10, false}, RMQI_CORRECTION_ODD, 0},
};

START_TEST(answer__means_what_the_table_says)
{
	int64_t to = -7;

	ck_assert_int_eq(rmqi_correction_judge(&answers[_i].at, &to), answers[_i].means);
	if (answers[_i].to > 0)
		ck_assert_int_eq(to, answers[_i].to);
}
END_TEST

/* --- What is done -------------------------------------------------------------------------------------- */

static char events[4096];

static void on_event(const rmq_event *e, void *arg)
{
	size_t len = strlen(events);

	(void)arg;
	snprintf(events + len, sizeof(events) - len, "%d %s\n", (int)rmq_event_kind(e),
		 rmq_event_text(e));
}

static struct rig *begin(int messages, const char *settings)
{
	struct rig *r;

	events[0] = '\0';
	rig_event_fn = on_event;
	r = rig_new(1, 1, settings);
	/* A millisecond each: those of one come again together. */
	for (int i = 0; i < messages; i++) {
		rig_put(r, 1);
		rig_advance(r, 1);
	}
	return r;
}

START_TEST(gone__messages_are_told_with_their_number)
{
	struct rig *r = begin(100, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 10);
	fake_broker_trim(r->broker, "T", 0, 60);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 40);
	ck_assert_int_eq(rig_committed(r), 100);
	ck_assert_msg(strstr(events, "9 group G: T@broker-a:0 goes on at offset 60, not at 10"),
		      "%s", events);
	ck_assert_ptr_nonnull(strstr(events, "50 offsets of which were not consumed"));
	ck_assert_ptr_nonnull(strstr(r->log, "goes on at offset 60, not at 10"));
	rig_free(r);
}
END_TEST

START_TEST(gone__is_no_news_for_a_new_group)
{
	struct rig *r = begin(100, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");

	fake_broker_trim(r->broker, "T", 0, 60);
	rig_start(r);
	rig_advance(r, 6000);
	ck_assert_uint_eq(r->seen_count, 40);
	ck_assert_ptr_null(strstr(events, "9 group"));
	ck_assert_str_eq(r->log, "");
	rig_free(r);
}
END_TEST

static void put_new(struct rig *r, int first, int count)
{
	char body[16];

	for (int i = first; i < first + count; i++) {
		snprintf(body, sizeof(body), "new%d", i);
		fake_broker_put(r->broker, "T", 0, body, NULL);
	}
}

/* The group has read 100, and the broker has 40 of them left. */
static struct rig *lose(const char *settings)
{
	struct rig *r = begin(100, settings);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 100);
	ck_assert_int_eq(rig_committed(r), 100);
	fake_broker_cut(r->broker, "T", 0, 40);
	return r;
}

/* New ones come, some before the group has moved, and some after it. */
static struct rig *lose_and_store(const char *settings, int before, int after)
{
	struct rig *r = lose(settings);

	put_new(r, 0, before);
	if (after > 0)
		rig_advance(r, 30000);
	put_new(r, before, after);
	rig_advance(r, 30000);
	return r;
}

static const struct {
	int before;
	int after;
} losses[] = {{0, 10}, {10, 10}, {59, 1}, {30, 100}};

START_TEST(beyond__no_message_is_missed_and_none_comes_again)
{
	struct rig *r = lose_and_store(NULL, losses[_i].before, losses[_i].after);
	int all = losses[_i].before + losses[_i].after;
	char body[16];

	ck_assert_uint_eq(r->seen_count, 100 + (size_t)all);
	for (int i = 0; i < all; i++) {
		snprintf(body, sizeof(body), "new%d", i);
		ck_assert_msg(rig_seen(r, body) == 1, "%s: %d", body, rig_seen(r, body));
	}
	ck_assert_int_eq(rig_committed(r), 40 + all);
	ck_assert_msg(strstr(events, "9 group G: T@broker-a:0 goes on at offset 40, not at 100"),
		      "%s", events);
	rig_free(r);
}
END_TEST

/* The question for the first message since then. */
START_TEST(beyond__a_broker_that_does_not_say_is_told_with_its_words)
{
	struct rig *r = begin(100, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 0);
	rig_start(r);
	rig_advance(r, 10000);
	fake_broker_refuse(r->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, RMQI_RESP_NO_PERMISSION,
			   FAKE_FOREVER);
	fake_broker_cut(r->broker, "T", 0, 40);
	rig_advance(r, 30000);
	ck_assert_msg(strstr(r->log, "said so by the test"), "%s", r->log);
	ck_assert_int_eq(rig_committed(r), 100);
	fake_broker_refuse(r->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, 0, 0);
	rig_advance(r, 30000);
	ck_assert_int_eq(rig_committed(r), 40);
	rig_free(r);
}
END_TEST

START_TEST(beyond__begin_reads_all_that_there_is)
{
	struct rig *r = lose_and_store("offsetBeyondEnd=BEGIN", 0, 10);

	ck_assert_uint_eq(r->seen_count, 100 + 40 + 10);
	ck_assert_int_eq(rig_committed(r), 50);
	ck_assert_ptr_nonnull(strstr(events, "goes on at offset 0, not at 100"));
	rig_free(r);
}
END_TEST

START_TEST(beyond__stop_stays_and_says_so_until_it_is_over)
{
	struct rig *r = lose_and_store("offsetBeyondEnd=STOP", 0, 10);

	ck_assert_uint_eq(r->seen_count, 100);
	ck_assert_int_eq(rig_committed(r), 100);
	ck_assert_ptr_nonnull(strstr(events, "2 topic T, pull at"));
	ck_assert_ptr_nonnull(strstr(events, "offset 100 was asked for, and it holds 0 to 40"));
	ck_assert_ptr_nonnull(strstr(events, "offsetBeyondEnd=STOP"));
	/* As many, but not the same. */
	for (int i = 0; i < 60; i++)
		fake_broker_put(r->broker, "T", 0, "more", NULL);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 100);
	ck_assert_ptr_null(strstr(events, "5 topic T, pull at"));
	ck_assert_int_eq(rig_committed(r), 100);
	rig_free(r);
}
END_TEST

START_TEST(beyond__stop_is_over_when_the_same_messages_are_there)
{
	struct rig *r = lose("offsetBeyondEnd=STOP");

	rig_advance(r, 30000);
	ck_assert_ptr_nonnull(strstr(events, "offsetBeyondEnd=STOP"));
	fake_broker_cut(r->broker, "T", 0, 100);
	fake_broker_put(r->broker, "T", 0, "new", NULL);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 101);
	ck_assert_ptr_nonnull(strstr(events, "5 topic T, pull at"));
	rig_free(r);
}
END_TEST

/* Who has got nothing yet cannot know: the end, and that is told. */
START_TEST(beyond__a_member_that_begins_goes_on_at_the_end)
{
	struct rig *r = begin(40, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 100);
	rig_start(r);
	rig_advance(r, 500);
	/* Once may be chance. */
	ck_assert_int_eq(rig_committed(r), 100);
	fake_broker_put(r->broker, "T", 0, "between", NULL);
	rig_advance(r, 5000);
	ck_assert_int_eq(rig_committed(r), 41);
	fake_broker_put(r->broker, "T", 0, "new", NULL);
	rig_advance(r, 100);
	ck_assert_uint_eq(r->seen_count, 2);
	ck_assert_ptr_nonnull(
		strstr(events, "9 group G: T@broker-a:0 goes on at offset 40, not at 100"));
	rig_free(r);
}
END_TEST

START_TEST(beyond__an_answer_that_is_taken_back_moves_nothing)
{
	struct rig *r = lose(NULL);

	rig_advance(r, 500); /* the held pull has ended */
	fake_broker_cut(r->broker, "T", 0, 100);
	fake_broker_put(r->broker, "T", 0, "new", NULL);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 101);
	ck_assert_int_eq(rig_seen(r, "new"), 1);
	ck_assert_str_eq(r->log, "");
	ck_assert_int_eq(rig_committed(r), 101);
	rig_free(r);
}
END_TEST

/* --- ... and has grown when it is looked at again ------------------------------------------------------ */

static const char *const policies[] = {NULL, "offsetBeyondEnd=BEGIN"};
static const int growth[] = {60, 61, 160};

/* Between the first look and the second as many are stored as were lost, or more. */
static struct rig *lose_and_grow(const char *settings, int count)
{
	struct rig *r = lose(settings);

	rig_advance(r, 500);
	put_new(r, 0, count);
	rig_advance(r, 60000);
	return r;
}

START_TEST(grown__no_message_is_missed)
{
	static const char *const told[] = {
		"9 group G: T@broker-a:0 goes on at offset 40, not at 100",
		"9 group G: T@broker-a:0 goes on at offset 0, not at 100",
	};
	int count = growth[_i % 3];
	bool is_begin = _i >= 3;
	struct rig *r = lose_and_grow(policies[is_begin], count);
	char body[16];

	ck_assert_uint_eq(r->seen_count, (is_begin ? 140u : 100u) + (size_t)count);
	for (int i = 0; i < count; i++) {
		snprintf(body, sizeof(body), "new%d", i);
		ck_assert_msg(rig_seen(r, body) == 1, "%s: %d", body, rig_seen(r, body));
	}
	ck_assert_int_eq(rig_committed(r), 40 + count);
	ck_assert_msg(strstr(events, told[is_begin]), "%s", events);
	rig_free(r);
}
END_TEST

START_TEST(grown__stop_stays_and_says_so)
{
	struct rig *r = lose_and_grow("offsetBeyondEnd=STOP", 70);

	ck_assert_uint_eq(r->seen_count, 100);
	ck_assert_int_eq(rig_committed(r), 100);
	ck_assert_msg(strstr(events, "has grown since: it stops (offsetBeyondEnd=STOP)"), "%s",
		      events);
	rig_free(r);
}
END_TEST

/* Who has got nothing yet cannot know whether they are the same: from where it ended, as Java does at once. */
START_TEST(grown__a_member_that_begins_goes_on_where_it_ended)
{
	struct rig *r = begin(40, NULL);

	fake_broker_set_committed(r->broker, "T", 0, 100);
	rig_start(r);
	rig_advance(r, 500);
	put_new(r, 0, 70);
	rig_advance(r, 60000);
	ck_assert_uint_eq(r->seen_count, 70);
	ck_assert_int_eq(rig_committed(r), 110);
	ck_assert_msg(strstr(events, "goes on at offset 40, not at 100"), "%s", events);
	ck_assert_ptr_nonnull(strstr(events, "has grown since"));
	rig_free(r);
}
END_TEST

START_TEST(grown__a_question_that_fails_is_asked_again)
{
	struct rig *r = lose(NULL);

	rig_advance(r, 500);
	put_new(r, 0, 70);
	fake_broker_refuse(r->broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP,
			   RMQI_RESP_NO_PERMISSION, 2);
	rig_advance(r, 60000);
	ck_assert_msg(strstr(r->log, "said so by the test"), "%s", r->log);
	ck_assert_uint_eq(r->seen_count, 170);
	ck_assert_int_eq(rig_committed(r), 110);
	rig_free(r);
}
END_TEST

/* --- A slave -------------------------------------------------------------------------------------------- */

START_TEST(slave__that_is_behind_moves_nobody)
{
	struct rig *r = begin(40, NULL);

	fake_broker_slave(r->broker, true);
	fake_broker_set_committed(r->broker, "T", 0, 100);
	rig_start(r);
	rig_advance(r, 30000);
	ck_assert_int_eq(rig_committed(r), 100);
	ck_assert_msg(strstr(events, "a slave that differs from its master"), "%s", events);
	/* It catches up. */
	rig_put(r, 61);
	rig_advance(r, 30000);
	ck_assert_uint_eq(r->seen_count, 1);
	ck_assert_int_eq(rig_committed(r), 101);
	ck_assert_ptr_nonnull(strstr(events, "5 topic T, pull at"));
	rig_free(r);
}
END_TEST

START_TEST(slave__that_knows_no_offset_starts_no_new_group)
{
	struct rig *r = begin(40, NULL);

	fake_broker_slave(r->broker, true);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 0);
	ck_assert_int_eq(rig_committed(r), -1);
	ck_assert_msg(strstr(r->log, "start offset"), "%s", r->log);
	fake_broker_set_committed(r->broker, "T", 0, 30);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 10);
	rig_free(r);

	/* From the first message on, nothing can be missed. */
	r = begin(40, "consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
	fake_broker_slave(r->broker, true);
	rig_start(r);
	rig_advance(r, 10000);
	ck_assert_uint_eq(r->seen_count, 40);
	rig_free(r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		gone__messages_are_told_with_their_number,
		gone__is_no_news_for_a_new_group,
		beyond__a_broker_that_does_not_say_is_told_with_its_words,
		beyond__begin_reads_all_that_there_is,
		beyond__stop_stays_and_says_so_until_it_is_over,
		beyond__stop_is_over_when_the_same_messages_are_there,
		beyond__a_member_that_begins_goes_on_at_the_end,
		grown__stop_stays_and_says_so,
		grown__a_member_that_begins_goes_on_where_it_ended,
		grown__a_question_that_fails_is_asked_again,
		beyond__an_answer_that_is_taken_back_moves_nothing,
		slave__that_is_behind_moves_nobody,
		slave__that_knows_no_offset_starts_no_new_group,
	};
	struct suite s;

	suite_open(&s, "correction");
	suite_add_loop(&s, answer__means_what_the_table_says, RMQI_COUNT(answers));
	suite_add_loop(&s, beyond__no_message_is_missed_and_none_comes_again, RMQI_COUNT(losses));
	suite_add_loop(&s, grown__no_message_is_missed, RMQI_COUNT(policies) * RMQI_COUNT(growth));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
