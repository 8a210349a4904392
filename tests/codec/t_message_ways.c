/* SPDX-License-Identifier: Apache-2.0 */
/* t_message_ways.c - records are decoded at fixed offsets, or field by field: it comes to the same. */
#include <string.h>

#include "base/mem.h"
#include "base/rand.h"
#include "codec/message.h"
#include "tests/support/suite.h"

enum { TEXT_MAX = 300, ROUNDS = 2000, CHANGES = 60, FIXED = RMQI_MESSAGE_FIXED_V4 };

static void same_text(struct rmqi_str a, struct rmqi_str b)
{
	ck_assert_ptr_eq(a.ptr, b.ptr);
	ck_assert_uint_eq(a.len, b.len);
}

static void same_host(const struct rmqi_host *a, const struct rmqi_host *b)
{
	ck_assert_int_eq(a->is_v6, b->is_v6);
	ck_assert_mem_eq(a->ip, b->ip, sizeof(a->ip));
	ck_assert_uint_eq(a->port, b->port);
}

static void same_message(const struct rmqi_stored_message *a, const struct rmqi_stored_message *b)
{
	ck_assert_int_eq(a->is_v2, b->is_v2);
	ck_assert_uint_eq(a->body_crc, b->body_crc);
	ck_assert_int_eq(a->queue_id, b->queue_id);
	ck_assert_int_eq(a->flag, b->flag);
	ck_assert_int_eq(a->queue_offset, b->queue_offset);
	ck_assert_int_eq(a->physical_offset, b->physical_offset);
	ck_assert_int_eq(a->sys_flag, b->sys_flag);
	ck_assert_int_eq(a->born_timestamp, b->born_timestamp);
	same_host(&a->born_host, &b->born_host);
	ck_assert_int_eq(a->store_timestamp, b->store_timestamp);
	same_host(&a->store_host, &b->store_host);
	ck_assert_int_eq(a->reconsume_times, b->reconsume_times);
	ck_assert_int_eq(a->prepared_transaction_offset, b->prepared_transaction_offset);
	same_text(rmqi_cursor_str(a->body), rmqi_cursor_str(b->body));
	same_text(a->topic, b->topic);
	same_text(a->properties, b->properties);
}

/* Both ways over the same bytes. Returns whether it is a record. */
static bool compare(const uint8_t *bytes, size_t len)
{
	struct rmqi_cursor one = rmqi_cursor(bytes, len), other = one;
	struct rmqi_stored_message a, b;
	enum rmq_error err = rmqi_message_decode(&one, &a);

	ck_assert_int_eq(err, rmqi_message_decode_any(&other, &b));
	ck_assert_ptr_eq(one.ptr, other.ptr);
	ck_assert_uint_eq(one.len, other.len);
	if (err == RMQ_OK)
		same_message(&a, &b);
	return err == RMQ_OK;
}

/* A record of any form. */
static void add_record(struct rmqi_rand *r, struct rmqi_buf *out)
{
	static char text[TEXT_MAX];
	struct rmqi_stored_message m = {
		.is_v2 = rmqi_rand_below(r, 2) == 1,
		.queue_id = (int32_t)rmqi_rand_next(r),
		.flag = (int32_t)rmqi_rand_next(r),
		.queue_offset = (int64_t)rmqi_rand_next(r),
		.physical_offset = (int64_t)rmqi_rand_next(r),
		.sys_flag = (int32_t)rmqi_rand_below(r, 16),
		.born_timestamp = (int64_t)rmqi_rand_next(r),
		.born_host = {.is_v6 = rmqi_rand_below(r, 4) == 0, .ip = {1, 2, 3, 4}, .port = 5},
		.store_timestamp = (int64_t)rmqi_rand_next(r),
		.store_host = {.is_v6 = rmqi_rand_below(r, 4) == 0,
			       .ip = {5, 6, 7, 8},
			       .port = 10911},
		.reconsume_times = (int32_t)rmqi_rand_below(r, 20),
		.prepared_transaction_offset = (int64_t)rmqi_rand_next(r),
		.body = {(const uint8_t *)text, rmqi_rand_below(r, TEXT_MAX)},
		.topic = {text, rmqi_rand_below(r, 128)},
		.properties = {text, rmqi_rand_below(r, TEXT_MAX)},
	};

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(rmqi_message_encode(out, &m), RMQ_OK);
}

START_TEST(ways__records_of_any_form_are_the_same)
{
	struct rmqi_rand r;
	struct rmqi_buf out;

	rmqi_rand_init(&r, (uint64_t)_i);
	rmqi_buf_init(&out, 1 << 20);
	for (int n = 0; n < ROUNDS; n++) {
		rmqi_buf_reset(&out);
		add_record(&r, &out);
		add_record(&r, &out);
		ck_assert(compare(rmqi_buf_data(&out), out.len));
	}
	rmqi_buf_deinit(&out);
}
END_TEST

/* A copy that is as long as the bytes: a checker sees a read behind them. */
static void compare_copy(const uint8_t *bytes, size_t len, struct rmqi_rand *r)
{
	uint8_t *copy = rmqi_alloc(len);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	for (size_t n = rmqi_rand_below(r, 3) + 1; n > 0; n--)
		copy[rmqi_rand_below(r, rmqi_rand_below(r, 2) ? len : FIXED)] =
			(uint8_t)(rmqi_rand_below(r, 2) ? rmqi_rand_next(r) : 0);
	compare(copy, len);
	rmqi_free(copy);
}

START_TEST(ways__broken_records_are_the_same)
{
	struct rmqi_rand r;
	struct rmqi_buf out;

	rmqi_rand_init(&r, 1000 + (uint64_t)_i);
	rmqi_buf_init(&out, 1 << 20);
	for (int n = 0; n < ROUNDS / 10; n++) {
		rmqi_buf_reset(&out);
		add_record(&r, &out);
		for (int change = 0; change < CHANGES; change++)
			compare_copy(rmqi_buf_data(&out), out.len, &r);
		for (size_t len = 0; len < out.len; len++)
			ck_assert(!compare(rmqi_buf_data(&out), len));
	}
	rmqi_buf_deinit(&out);
}
END_TEST

START_TEST(ways__random_bytes_are_the_same)
{
	struct rmqi_rand r;
	uint8_t bytes[200];

	rmqi_rand_init(&r, (uint64_t)_i);
	for (int n = 0; n < ROUNDS; n++) {
		size_t len = rmqi_rand_below(&r, sizeof(bytes));

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)rmqi_rand_next(&r);
		compare(bytes, len);
	}
}
END_TEST

int main(void)
{
	struct suite s;
	const TTest *const tests[] = {
		ways__records_of_any_form_are_the_same,
		ways__broken_records_are_the_same,
		ways__random_bytes_are_the_same,
	};

	suite_open(&s, "message_ways");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		suite_add_loop(&s, tests[i], 5);
	return suite_run(&s);
}
