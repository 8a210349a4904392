/* SPDX-License-Identifier: Apache-2.0 */
/* t_lite.c - lite topics on the wire. What answers tell was recorded of Apache 5.5.0. */
#include <stdio.h>
#include <string.h>

#include "codec/lite.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static const char add_json[] =
	"{\"subscriptionSet\":[{\"action\":\"PARTIAL_ADD\",\"clientId\":\"c1\",\"group\":\"G\","
	"\"liteTopicSet\":[\"a\",\"b\"],\"offsetOption\":{\"type\":\"POLICY\",\"value\":1},"
	"\"topic\":\"P\",\"version\":7}]}";

static struct rmqi_buf out;

static void open_all(void)
{
	rmqi_buf_init(&out, GOLDEN_MAX);
}

static void close_all(void)
{
	rmqi_buf_deinit(&out);
}

START_TEST(queue__is_named_after_parent_and_lite_topic)
{
	char name[RMQI_LITE_QUEUE_MAX + 1];
	struct rmqi_str parent, lite;

	ck_assert_str_eq(rmqi_lite_queue_name(RMQI_STR("P"), RMQI_STR("order-1"), name),
			 "%LMQ%$P$order-1");
	ck_assert(rmqi_lite_queue_parse(rmqi_str(name), &parent, &lite));
	ck_assert(rmqi_str_is(parent, "P"));
	ck_assert(rmqi_str_is(lite, "order-1"));
}
END_TEST

START_TEST(queue__of_another_name_is_none)
{
	static const char *const bad[] = {"",        "P",        "%LMQ%P$a", "%LMQ%$",
					  "%LMQ%$P", "%LMQ%$P$", "%LMQ%$$a", "%LMQ%$P$a$b"};
	struct rmqi_str parent, lite;

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_msg(!rmqi_lite_queue_parse(rmqi_str(bad[i]), &parent, &lite), "%s",
			      bad[i]);
}
END_TEST

START_TEST(queue__whose_name_is_too_long_has_none)
{
	char name[RMQI_LITE_QUEUE_MAX + 1], lite[RMQI_LITE_QUEUE_MAX];

	memset(lite, 'x', sizeof(lite));
	ck_assert_str_eq(rmqi_lite_queue_name(RMQI_STR("P"), rmqi_str_n(lite, sizeof(lite)), name),
			 "");
}
END_TEST

/* Messages in the order of an answer, and how often each was delivered before. */
struct answer {
	const char *list;
	size_t count;
	int64_t offsets[4];
	int32_t times[4];
};

START_TEST(times__are_told_in_the_order_of_the_answer)
{
	static const struct answer answers[] = {
		{"0;0;0", 3, {0, 1, 0}, {0, 0, 0}},
		{"0 qo0%1 1", 1, {1}, {1}},
		{"0 qo0%0 1", 2, {0, 1}, {1, 0}},
		{"0 qo0%0 1;0 qo0%0 1", 4, {0, 1, 2, 0}, {1, 0, 0, 1}},
		{"0 qo0%0 2;0 qo0%0 2;0 qo0%1 1;0 qo0%2 1", 4, {0, 0, 1, 2}, {2, 2, 1, 1}},
	};

	for (size_t i = 0; i < RMQI_COUNT(answers); i++) {
		struct rmqi_lite_counts c = {.rest = rmqi_str(answers[i].list)};

		for (size_t j = 0; j < answers[i].count; j++)
			ck_assert_int_eq(rmqi_lite_times(&c, answers[i].offsets[j]),
					 answers[i].times[j]);
		ck_assert_uint_eq(c.rest.len, 0);
	}
}
END_TEST

/* An offset of -1: the message does not say its own. */
START_TEST(times__of_a_message_without_offset_hide_no_others)
{
	static const struct answer answers[] = {
		{"0 qo0%0 1;0 qo0%1 2", 2, {-1, 1}, {0, 2}},
		{"0 qo0%0 1;0 qo0%2 3", 3, {0, -1, 2}, {1, 0, 3}},
		{"0 qo0%0 1;0 qo0%1 2;0 qo0%2 3", 3, {-1, -1, 2}, {0, 0, 3}},
		/* It was new: what waits is of the next. */
		{"0 qo0%1 2", 2, {-1, 1}, {0, 2}},
		/* One that is new does not leave out what is of another one. */
		{"0 qo0%0 1;0 qo0%2 3", 4, {-1, 1, 2, 3}, {0, 0, 3, 0}},
		{"0;0;0 qo0%4 1", 3, {-1, 1, 4}, {0, 0, 1}},
	};

	for (size_t i = 0; i < RMQI_COUNT(answers); i++) {
		struct rmqi_lite_counts c = {.rest = rmqi_str(answers[i].list)};

		for (size_t j = 0; j < answers[i].count; j++) {
			if (answers[i].offsets[j] < 0)
				rmqi_lite_times_skip(&c);
			else
				ck_assert_int_eq(rmqi_lite_times(&c, answers[i].offsets[j]),
						 answers[i].times[j]);
		}
		ck_assert_uint_eq(c.rest.len, 0);
	}
}
END_TEST

START_TEST(times__of_rubbish_are_none)
{
	static const char *const bad[] = {"",        ";;",         "x",  "0 qo0%",
					  "0 qo0%0", "0 qo0%0 -1", "-4", "99999999999"};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		struct rmqi_lite_counts c = {.rest = rmqi_str(bad[i])};

		rmqi_lite_times_skip(&c);
		ck_assert_int_eq(rmqi_lite_times(&c, 0), 0);
		ck_assert_int_eq(rmqi_lite_times(&c, 0), 0);
	}
}
END_TEST

START_TEST(times__are_written_as_they_are_read)
{
	rmqi_lite_add_times(&out, (const int64_t[]){0, 1}, (const int32_t[]){0, 0}, 2);
	rmqi_lite_add_times(&out, (const int64_t[]){4, 5}, (const int32_t[]){1, 0}, 2);
	expect_text(&out, "0;0;0 qo0%4 1");
}
END_TEST

START_TEST(subscriptions__round_trip)
{
	struct rmqi_lite_subscriptions l;

	ck_assert_int_eq(rmqi_lite_subscriptions_decode(text_cursor(add_json), &l), RMQ_OK);
	ck_assert_uint_eq(l.count, 1);
	ck_assert_int_eq(l.items[0].action, RMQI_LITE_ADD);
	ck_assert_str_eq(l.items[0].client_id, "c1");
	ck_assert_str_eq(l.items[0].group, "G");
	ck_assert_str_eq(l.items[0].topic, "P");
	ck_assert_uint_eq(l.items[0].count, 2);
	ck_assert_str_eq(l.items[0].lite_topics[1], "b");
	ck_assert_int_eq(l.items[0].start, RMQI_LITE_FROM_FIRST);
	ck_assert_int_eq(l.items[0].version, 7);
	ck_assert_int_eq(rmqi_lite_subscriptions_encode(&l, &out), RMQ_OK);
	expect_text(&out, add_json);
	rmqi_lite_subscriptions_deinit(&l);
	rmqi_lite_subscriptions_deinit(&l);
}
END_TEST

static struct rmqi_lite_subscriptions read(const char *item)
{
	struct rmqi_lite_subscriptions l;

	rmqi_buf_reset(&out);
	rmqi_buf_addf(&out, "{\"subscriptionSet\":[%s]}", item);
	ck_assert_int_eq(rmqi_lite_subscriptions_decode(rmqi_buf_cursor(&out), &l), RMQ_OK);
	ck_assert_uint_eq(l.count, 1);
	return l;
}

START_TEST(subscriptions__without_an_action_or_names_are_read)
{
	struct rmqi_lite_subscriptions l = read("{\"action\":\"FOO\"}");

	ck_assert_int_eq(l.items[0].action, RMQI_LITE_UNKNOWN);
	ck_assert_str_eq(l.items[0].client_id, "");
	ck_assert_uint_eq(l.items[0].count, 0);
	ck_assert_int_eq(l.items[0].start, RMQI_LITE_FROM_HERE);
	rmqi_lite_subscriptions_deinit(&l);
}
END_TEST

START_TEST(subscriptions__begin_where_they_say)
{
	static const struct {
		const char *option;
		enum rmqi_lite_start start;
	} options[] = {{"POLICY\",\"value\":0", RMQI_LITE_FROM_HERE},
		       {"POLICY\",\"value\":2", RMQI_LITE_FROM_END},
		       {"POLICY\",\"value\":9", RMQI_LITE_FROM_HERE},
		       {"OFFSET\",\"value\":5", RMQI_LITE_FROM_OFFSET},
		       {"TAIL_N\",\"value\":5", RMQI_LITE_FROM_TAIL},
		       {"TIMESTAMP\",\"value\":5", RMQI_LITE_FROM_HERE}};

	for (size_t i = 0; i < RMQI_COUNT(options); i++) {
		char item[128];
		struct rmqi_lite_subscriptions l;

		snprintf(item, sizeof(item), "{\"offsetOption\":{\"type\":\"%s}}",
			 options[i].option);
		l = read(item);
		ck_assert_int_eq(l.items[0].start, options[i].start);
		if (options[i].start >= RMQI_LITE_FROM_OFFSET)
			ck_assert_int_eq(l.items[0].start_value, 5);
		rmqi_lite_subscriptions_deinit(&l);
	}
}
END_TEST

START_TEST(subscriptions__that_are_none_are_refused)
{
	static const char *const bad[] = {"", "[", "{\"subscriptionSet\":1}",
					  "{\"subscriptionSet\":[{\"liteTopicSet\":{}}]}",
					  "{\"subscriptionSet\":[{\"liteTopicSet\":[[]]}]}"};
	struct rmqi_lite_subscriptions l;

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_ne(rmqi_lite_subscriptions_decode(text_cursor(bad[i]), &l), RMQ_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		queue__is_named_after_parent_and_lite_topic,
		queue__of_another_name_is_none,
		queue__whose_name_is_too_long_has_none,
		times__are_told_in_the_order_of_the_answer,
		times__of_a_message_without_offset_hide_no_others,
		times__of_rubbish_are_none,
		times__are_written_as_they_are_read,
		subscriptions__round_trip,
		subscriptions__without_an_action_or_names_are_read,
		subscriptions__begin_where_they_say,
		subscriptions__that_are_none_are_refused,
	};

	struct suite s;

	suite_open(&s, "lite");
	tcase_add_checked_fixture(s.all, open_all, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
