/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says of many popped messages: each of them, and nobody else. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/popped.h"
#include "codec/body_pop.h"
#include "consumer/ack_body.h"
#include "tests/support/suite.h"

enum { MESSAGES_MAX = 100, RECEIPT_SIZE = 128 };

static struct rmq_message messages[MESSAGES_MAX];
static const struct rmq_message *list[MESSAGES_MAX];
static struct rmqi_popped_set *set;
static size_t count;
static struct rmqi_batch_acks told;
static struct rmqi_buf body;

static void set_up(void)
{
	set = rmqi_popped_set_new(MESSAGES_MAX, RECEIPT_SIZE);
	ck_assert_ptr_nonnull(set);
	memset(messages, 0, sizeof(messages));
	count = 0;
	rmqi_buf_init(&body, 1024 * 1024);
}

static void tear_down(void)
{
	rmqi_popped_set_unref(set);
	rmqi_batch_acks_deinit(&told);
	rmqi_buf_deinit(&body);
}

static void add(const char *topic, const char *receipt)
{
	struct rmqi_popped *p = rmqi_popped_at(set, count);
	struct rmqi_receipt r;

	*p = (struct rmqi_popped){.set = set, .is_open = true};
	ck_assert_int_lt(snprintf(p->receipt, RECEIPT_SIZE, "%s", receipt), RECEIPT_SIZE);
	if (rmqi_receipt_read(rmqi_str(receipt), &r))
		rmqi_popped_note(p, &r);
	messages[count].topic = topic;
	messages[count].popped = p;
	list[count] = &messages[count];
	count++;
}

static void add_of(long long start, int queue_id, long long offset)
{
	char receipt[RECEIPT_SIZE];

	snprintf(receipt, sizeof(receipt), "%lld 1700000000000 60000 3 0 broker-a %d %lld", start,
		 queue_id, offset);
	add("T", receipt);
}

static enum rmq_error encode(void)
{
	const struct rmqi_ack_body b = {"G", "broker-a", list, count};

	return rmqi_ack_body_encode(&b, &body);
}

static void tell(void)
{
	ck_assert_int_eq(encode(), RMQ_OK);
	ck_assert_int_eq(rmqi_batch_acks_decode(rmqi_buf_cursor(&body), &told), RMQ_OK);
	ck_assert_str_eq(told.broker_name, "broker-a");
}

static bool has(const struct rmqi_batch_ack *a, int64_t offset)
{
	size_t bit = (size_t)(offset - a->start);

	return bit / 8 < a->bits_len && (a->bits[bit / 8] >> bit % 8 & 1) != 0;
}

static size_t bits_of(const struct rmqi_batch_ack *a)
{
	size_t bits = 0;

	for (size_t i = 0; i < a->bits_len; i++)
		bits += (size_t)__builtin_popcount(a->bits[i]);
	return bits;
}

START_TEST(body__has_all_that_a_receipt_says)
{
	add("T", "7 1700000000001 60000 3 1 broker-a 2 9");
	tell();
	ck_assert_uint_eq(told.count, 1);
	ck_assert_str_eq(told.acks[0].consumer_group, "G");
	ck_assert_str_eq(told.acks[0].topic, "T");
	ck_assert_int_eq(told.acks[0].mark, RMQI_POP_RETRY);
	ck_assert_int_eq(told.acks[0].start, 7);
	ck_assert_int_eq(told.acks[0].pop_ms, 1700000000001);
	ck_assert_int_eq(told.acks[0].invisible_ms, 60000);
	ck_assert_int_eq(told.acks[0].revive_queue, 3);
	ck_assert_int_eq(told.acks[0].queue_id, 2);
	ck_assert(has(&told.acks[0], 9));
	ck_assert_uint_eq(bits_of(&told.acks[0]), 1);
}
END_TEST

/* Ten of a queue, with ten of another between them. */
START_TEST(body__of_several_check_points_names_each_once)
{
	for (long long i = 0; i < 10; i++) {
		add_of(100, 0, 100 + i);
		add_of(10, 1, 10 + 2 * i);
	}
	tell();
	ck_assert_uint_eq(told.count, 2);
	for (int64_t i = 0; i < 10; i++) {
		ck_assert(has(&told.acks[0], 100 + i));
		ck_assert(has(&told.acks[1], 10 + 2 * i));
	}
	ck_assert_uint_eq(bits_of(&told.acks[0]) + bits_of(&told.acks[1]), 20);
}
END_TEST

START_TEST(body__tells_receipts_apart_that_begin_alike)
{
	add("T", "0 1700000000000 60000 3 0 broker-a 1 5");
	add("T", "0 1700000000000 60000 3 0 broker-a 12 6");
	add("T", "0 1700000000000 60000 3 0 broker-a 1 12");
	tell();
	ck_assert_uint_eq(told.count, 2);
	ck_assert(has(&told.acks[0], 5) && has(&told.acks[0], 12));
	ck_assert(has(&told.acks[1], 6));
	ck_assert_uint_eq(bits_of(&told.acks[1]), 1);
}
END_TEST

/* A topic is not in a receipt: two young ones, popped in the same millisecond, have the same. */
START_TEST(body__tells_topics_apart_whose_receipts_are_alike)
{
	add("T", "0 1700000000000 60000 3 0 broker-a 0 5");
	add("U", "0 1700000000000 60000 3 0 broker-a 0 6");
	add("T", "0 1700000000000 60000 3 0 broker-a 0 7");
	tell();
	ck_assert_uint_eq(told.count, 2);
	ck_assert_str_eq(told.acks[0].topic, "T");
	ck_assert(has(&told.acks[0], 5) && has(&told.acks[0], 7));
	ck_assert_uint_eq(bits_of(&told.acks[0]), 2);
	ck_assert_str_eq(told.acks[1].topic, "U");
	ck_assert(has(&told.acks[1], 6));
	ck_assert_uint_eq(bits_of(&told.acks[1]), 1);
}
END_TEST

START_TEST(body__has_room_for_wide_check_points_and_many_messages)
{
	for (long long i = 0; i < MESSAGES_MAX; i++)
		add_of(0, (int)(i % 3), i * 5000);
	tell();
	ck_assert_uint_eq(told.count, 3);
	for (int64_t i = 0; i < MESSAGES_MAX; i++)
		ck_assert(has(&told.acks[i % 3], i * 5000));
	ck_assert_uint_eq(bits_of(&told.acks[0]) + bits_of(&told.acks[1]) + bits_of(&told.acks[2]),
			  MESSAGES_MAX);
}
END_TEST

START_TEST(body__cannot_say_what_lies_too_far_or_before)
{
	add_of(0, 0, 64 * 1024 * 8);
	ck_assert_int_eq(encode(), RMQ_ERR_PROTOCOL);
	count = 0;
	add_of(10, 0, 9);
	ck_assert_int_eq(encode(), RMQ_ERR_PROTOCOL);
	count = 0;
	add("T", "no receipt");
	ck_assert_int_eq(encode(), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(body.len, 0);
}
END_TEST

START_TEST(body__without_memory_fails)
{
	uint64_t n = 0;
	enum rmq_error err;

	for (long long i = 0; i < MESSAGES_MAX; i++)
		add_of(0, 0, i * 5000);
	do {
		rmqi_buf_deinit(&body);
		rmqi_buf_init(&body, 1024 * 1024);
		rmqi_mem_fail_after(++n, 0);
		err = encode();
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
	} while (err != RMQ_OK && n < 100);
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_gt(n, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		body__has_all_that_a_receipt_says,
		body__of_several_check_points_names_each_once,
		body__tells_receipts_apart_that_begin_alike,
		body__tells_topics_apart_whose_receipts_are_alike,
		body__has_room_for_wide_check_points_and_many_messages,
		body__cannot_say_what_lies_too_far_or_before,
		body__without_memory_fails,
	};
	struct suite s;

	suite_open(&s, "ack_body");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
