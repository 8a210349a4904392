/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codec/receipt.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Made by ExtraInfoUtil.buildExtraInfo. */
#define RECEIPT "100 1700000000001 60000 3 0 broker-a 2 107"

START_TEST(receipt__reads_and_writes_the_golden_text)
{
	char text[RMQI_RECEIPT_MAX];
	struct rmqi_receipt r;

	ck_assert(rmqi_receipt_read(rmqi_str(RECEIPT), &r));
	ck_assert_int_eq(r.start, 100);
	ck_assert_int_eq(r.pop_ms, 1700000000001);
	ck_assert_int_eq(r.invisible_ms, 60000);
	ck_assert_int_eq(r.revive_queue, 3);
	ck_assert_int_eq(r.mark, RMQI_POP_NORMAL);
	expect_str(r.broker_name, "broker-a");
	ck_assert_int_eq(r.queue_id, 2);
	ck_assert_int_eq(r.offset, 107);
	ck_assert_uint_eq(rmqi_receipt_write(&r, text, sizeof(text)), strlen(RECEIPT));
	ck_assert_str_eq(text, RECEIPT);
	ck_assert_uint_eq(rmqi_receipt_write(&r, text, strlen(RECEIPT)), 0);
}
END_TEST

START_TEST(receipt__has_room_for_the_largest)
{
	char name[256] = "", text[RMQI_RECEIPT_MAX];
	struct rmqi_receipt r = {INT64_MIN,         INT64_MIN,   INT64_MIN, INT32_MIN,
				 RMQI_POP_RETRY_V2, {name, 255}, INT32_MIN, INT64_MIN};

	memset(name, 'b', 255);
	ck_assert_uint_gt(rmqi_receipt_write(&r, text, sizeof(text)), 0);
	ck_assert(rmqi_receipt_read(rmqi_str(text), &r));
	ck_assert_int_eq(r.offset, INT64_MIN);
}
END_TEST

START_TEST(receipt__refuses_what_is_none)
{
	static const char *const none[] = {
		"",
		" ",
		"x 1700000000001 60000 3 0 broker-a 2 107",
		"100 1700000000001 60000 3 0 broker-a 2",
		"100 1700000000001 60000 3 0 broker-a 2 ",
		"100 1700000000001 60000 3 3 broker-a 2 107",
		"100 1700000000001 60000 3 -1 broker-a 2 107",
		"100 1700000000001 60000 2147483648 0 broker-a 2 107",
		"100 1700000000001 60000 3 0  2 107",
		"100  1700000000001 60000 3 0 broker-a 2 107",
		"99999999999999999999 1700000000001 60000 3 0 broker-a 2 107",
	};
	struct rmqi_receipt r;

	for (size_t i = 0; i < RMQI_COUNT(none); i++)
		ck_assert_msg(!rmqi_receipt_read(rmqi_str(none[i]), &r), "%s", none[i]);
}
END_TEST

START_TEST(topic__of_each_mark)
{
	static const char *const topics[] = {"T", "%RETRY%G_T", "%RETRY%G+T"};
	char out[RMQI_RETRY_TOPIC_MAX + 1];

	for (int mark = RMQI_POP_NORMAL; mark <= RMQI_POP_RETRY_V2; mark++) {
		ck_assert_str_eq(rmqi_pop_topic((enum rmqi_pop_mark)mark, "G", "T", out),
				 topics[mark]);
		ck_assert_int_eq(rmqi_pop_mark_of(rmqi_str(topics[mark])), mark);
	}
	ck_assert_int_eq(rmqi_pop_mark_of(rmqi_str("a+b")), RMQI_POP_NORMAL);
}
END_TEST

START_TEST(lists__find_the_item_of_a_queue)
{
	static const char starts[] = "0 1 100;1 0 7;0 11 5;2 0 9";
	int64_t start = -1;

	ck_assert(rmqi_pop_start(rmqi_str(starts), RMQI_POP_NORMAL, 1, &start));
	ck_assert_int_eq(start, 100);
	ck_assert(rmqi_pop_start(rmqi_str(starts), RMQI_POP_RETRY, 0, &start));
	ck_assert_int_eq(start, 7);
	ck_assert(rmqi_pop_start(rmqi_str(starts), RMQI_POP_RETRY_V2, 0, &start));
	ck_assert_int_eq(start, 9);
	ck_assert(rmqi_pop_start(rmqi_str(starts), RMQI_POP_NORMAL, 11, &start));
	ck_assert_int_eq(start, 5);
	ck_assert(!rmqi_pop_start(rmqi_str(starts), RMQI_POP_NORMAL, 0, &start));
	ck_assert(!rmqi_pop_start(rmqi_str("0 1 x"), RMQI_POP_NORMAL, 1, &start));
	ck_assert(!rmqi_pop_start(RMQI_STR(""), RMQI_POP_NORMAL, 1, &start));
	ck_assert_int_eq(start, 5);
}
END_TEST

START_TEST(lists__times_of_a_message_go_before_those_of_its_queue)
{
	static const char times[] = "0 1 2;0 qo1%100 3;0 qo0%5 1";

	ck_assert_int_eq(rmqi_pop_times(rmqi_str(times), RMQI_POP_NORMAL, 1, 100), 3);
	ck_assert_int_eq(rmqi_pop_times(rmqi_str(times), RMQI_POP_NORMAL, 1, 101), 2);
	ck_assert_int_eq(rmqi_pop_times(rmqi_str(times), RMQI_POP_NORMAL, 0, 5), 1);
	ck_assert_int_eq(rmqi_pop_times(rmqi_str(times), RMQI_POP_NORMAL, 0, 6), 0);
	ck_assert_int_eq(rmqi_pop_times(rmqi_str(times), RMQI_POP_RETRY, 1, 100), 0);
}
END_TEST

/* The texts are those that ExtraInfoUtil builds. */
START_TEST(lists__are_written_as_java_writes_them)
{
	static const int64_t offsets[] = {100, 101, 105};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_pop_add_start(&b, RMQI_POP_NORMAL, 3, 100);
	rmqi_pop_add_start(&b, RMQI_POP_RETRY, 0, 5);
	expect_text(&b, "0 3 100;1 0 5");
	rmqi_buf_reset(&b);
	rmqi_pop_add_offsets(&b, RMQI_POP_NORMAL, 3, offsets, 3);
	rmqi_pop_add_offsets(&b, RMQI_POP_RETRY_V2, 0, offsets, 1);
	expect_text(&b, "0 3 100,101,105;2 0 100");
	rmqi_buf_reset(&b);
	rmqi_pop_add_times(&b, RMQI_POP_NORMAL, 3, 2);
	rmqi_pop_add_times_of(&b, RMQI_POP_NORMAL, 3, 100, 4);
	expect_text(&b, "0 3 2;0 qo3%100 4");
	rmqi_buf_deinit(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		receipt__reads_and_writes_the_golden_text,
		receipt__has_room_for_the_largest,
		receipt__refuses_what_is_none,
		topic__of_each_mark,
		lists__find_the_item_of_a_queue,
		lists__times_of_a_message_go_before_those_of_its_queue,
		lists__are_written_as_java_writes_them,
	};

	return run_suite("receipt", tests, RMQI_COUNT(tests));
}
