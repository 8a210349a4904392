/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "codec/frame.h"
#include "tests/codec/hex.h"
#include "tests/support/suite.h"

/* {"a":1} and body "hi" as JSON, then code 310 as RocketMQSerializable writes it. */
#define FRAME_JSON "0000000d 00000007 7b2261223a317d 6869"
#define FRAME_BINARY                                                                           \
	"00000024 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 0001 61 00000002 " \
	"7067 6869"

static struct rmqi_frame_decoder d;
static struct rmqi_buf bytes;

static void open_all(void)
{
	rmqi_frame_decoder_init(&d);
	rmqi_buf_init(&bytes, SIZE_MAX / 2);
}

static void close_all(void)
{
	rmqi_frame_decoder_deinit(&d);
	rmqi_buf_deinit(&bytes);
}

static void feed(const void *from, size_t len)
{
	uint8_t *room;
	size_t room_len;

	ck_assert_int_eq(rmqi_frame_decoder_room(&d, len, &room, &room_len), RMQ_OK);
	ck_assert_uint_ge(room_len, len);
	rmqi_memcpy(room, from, len);
	rmqi_frame_decoder_fed(&d, len);
}

static void feed_hex(const char *hex)
{
	rmqi_buf_reset(&bytes);
	add_hex(&bytes, hex);
	feed(rmqi_buf_data(&bytes), bytes.len);
}

static enum rmq_error parse_hex(const char *hex, struct rmqi_frame *out)
{
	rmqi_buf_reset(&bytes);
	add_hex(&bytes, hex);
	return rmqi_frame_parse(rmqi_buf_cursor(&bytes), out);
}

static void expect_body(const struct rmqi_frame *f, const char *text)
{
	ck_assert_uint_eq(f->body.len, strlen(text));
	ck_assert_mem_eq(f->body.ptr, text, f->body.len);
}

START_TEST(frame__is_cut_into_header_and_body)
{
	struct rmqi_frame f;

	open_all();
	feed_hex(FRAME_JSON FRAME_BINARY);

	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_int_eq(f.serialization, RMQI_JSON);
	ck_assert_uint_eq(f.header.len, 7);
	ck_assert_mem_eq(f.header.ptr, "{\"a\":1}", 7);
	expect_body(&f, "hi");
	ck_assert(rmqi_frame_decoder_is_partial(&d));
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_int_eq(f.serialization, RMQI_BINARY);
	ck_assert_uint_eq(f.header.len, 0x1e);
	expect_body(&f, "hi");
	ck_assert(!rmqi_frame_decoder_is_partial(&d));
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);
	close_all();
}
END_TEST

START_TEST(frame__may_come_byte_by_byte)
{
	struct rmqi_buf whole;
	struct rmqi_frame f;
	size_t frames = 0;

	open_all();
	rmqi_buf_init(&whole, 1 << 20);
	for (int i = 0; i < 50; i++)
		add_hex(&whole, FRAME_JSON FRAME_BINARY);

	for (size_t i = 0; i < whole.len; i++) {
		enum rmq_error err;

		feed(rmqi_buf_data(&whole) + i, 1);
		err = rmqi_frame_decoder_next(&d, &f);
		if (err == RMQ_OK) {
			expect_body(&f, "hi");
			frames++;
		} else {
			ck_assert_int_eq(err, RMQ_AGAIN);
		}
	}

	ck_assert_uint_eq(frames, 100);
	rmqi_buf_deinit(&whole);
	close_all();
}
END_TEST

START_TEST(frame__untouched_while_bytes_are_missing)
{
	struct rmqi_frame f, before;

	open_all();
	memset(&f, 0x5a, sizeof(f));
	before = f;
	feed_hex("0000000d 00000007 7b22");

	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);

	ck_assert(f.serialization == before.serialization);
	ck_assert_ptr_eq(f.header.ptr, before.header.ptr);
	ck_assert_ptr_eq(f.body.ptr, before.body.ptr);
	ck_assert(rmqi_frame_decoder_is_partial(&d));
	close_all();
}
END_TEST

static void expect_refused(const char *hex)
{
	struct rmqi_frame f;

	rmqi_frame_decoder_deinit(&d);
	rmqi_frame_decoder_init(&d);
	feed_hex(hex);
	ck_assert_msg(rmqi_frame_decoder_next(&d, &f) == RMQ_ERR_PROTOCOL, "%s", hex);
}

START_TEST(frame__rejects_absurd_length_before_waiting_for_it)
{
	open_all();

	expect_refused("00000000");
	expect_refused("00000003");
	expect_refused("00fffffd"); /* 16777213: one more than the limit */
	expect_refused("7fffffff");
	expect_refused("ffffffff");
	close_all();
}
END_TEST

START_TEST(frame__rejects_header_longer_than_frame)
{
	open_all();

	expect_refused("0000000d 0000000a 7b2261223a317d 6869");
	expect_refused("00000004 00000001");
	expect_refused("00000004 00ffffff");
	close_all();
}
END_TEST

START_TEST(frame__rejects_empty_header_and_unknown_type)
{
	open_all();

	expect_refused("00000004 00000000");
	expect_refused("00000004 01000000");
	expect_refused("0000000d 02000007 7b2261223a317d 6869");
	expect_refused("0000000d ff000007 7b2261223a317d 6869");
	close_all();
}
END_TEST

START_TEST(frame__accepts_exactly_the_java_limit)
{
	struct rmqi_frame f;
	size_t left = RMQI_FRAME_MAX - RMQI_FRAME_PREFIX;
	uint8_t *room;
	size_t len;

	open_all();
	feed_hex("00fffffc 00000002");
	while (left) {
		ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);
		ck_assert_int_eq(rmqi_frame_decoder_room(&d, 4096, &room, &len), RMQ_OK);
		ck_assert_uint_le(len, 256 * 1024);
		if (len > left)
			len = left;
		memset(room, 'x', len);
		rmqi_frame_decoder_fed(&d, len);
		left -= len;
	}

	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_uint_eq(f.header.len, 2);
	ck_assert_uint_eq(f.body.len, RMQI_FRAME_MAX - RMQI_FRAME_PREFIX - 2);
	close_all();
}
END_TEST

START_TEST(frame__room_grows_with_the_frame_under_way)
{
	uint8_t *room;
	size_t len;

	open_all();
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, 100, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, 100);
	feed_hex("00010000");
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, 100, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, 0x10000);
	rmqi_frame_decoder_deinit(&d);
	rmqi_frame_decoder_init(&d);
	feed_hex("00800000");
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, 100, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, 256 * 1024);
	close_all();
}
END_TEST

START_TEST(frame__gives_memory_back_when_idle)
{
	static uint8_t body[1 << 20];
	struct rmqi_frame f;

	open_all();
	feed_hex("00100006 00000002 7b7d");
	feed(body, sizeof(body));
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_uint_ge(d.input.cap, sizeof(body));

	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);

	ck_assert_uint_le(d.input.cap, 64 * 1024);
	close_all();
}
END_TEST

START_TEST(frame__steady_traffic_allocates_nothing)
{
	struct rmqi_frame f;
	uint64_t before;

	open_all();
	feed_hex(FRAME_JSON);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	before = rmqi_mem_allocations();

	for (int i = 0; i < 1000; i++) {
		feed_hex(FRAME_JSON);
		ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	}

	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	close_all();
}
END_TEST

/* What a busy peer sends between two pauses: frames of 100 KB and of some bytes, read in two pieces. */
static void feed_much(void)
{
	static uint8_t body[100 * 1024];
	struct rmqi_frame f;

	rmqi_buf_reset(&bytes);
	add_hex(&bytes, "00019006 00000002 7b7d");
	rmqi_buf_add(&bytes, body, sizeof(body));
	add_hex(&bytes, FRAME_JSON);
	feed(rmqi_buf_data(&bytes), bytes.len - 5);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);
	feed(rmqi_buf_data(&bytes) + bytes.len - 5, 5);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);
}

static void feed_little(void)
{
	struct rmqi_frame f;

	feed_hex(FRAME_JSON);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_OK);
	ck_assert_int_eq(rmqi_frame_decoder_next(&d, &f), RMQ_AGAIN);
}

START_TEST(frame__heavy_traffic_allocates_nothing)
{
	uint64_t before;

	open_all();
	for (int i = 0; i < 10; i++)
		feed_much();
	before = rmqi_mem_allocations();

	for (int i = 0; i < 100; i++) {
		feed_much();
		feed_little();
	}

	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	close_all();
}
END_TEST

START_TEST(frame__gives_memory_back_after_heavy_traffic)
{
	open_all();
	for (int i = 0; i < 10; i++)
		feed_much();
	ck_assert_uint_gt(d.input.cap, 64 * 1024);

	for (int i = 0; i < 256; i++)
		feed_little();

	ck_assert_uint_le(d.input.cap, 64 * 1024);
	close_all();
}
END_TEST

START_TEST(frame__room_that_was_filled_doubles)
{
	size_t want = 64 * 1024, len;
	uint8_t *room;

	open_all();
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, want, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, want);
	/* A frame of 1 MiB begins, which is not known yet. */
	memset(room, 0, len);
	room[1] = 0x10;
	rmqi_frame_decoder_fed(&d, 3);
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, want, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, want);
	memset(room, 0, len);
	rmqi_frame_decoder_fed(&d, len);
	ck_assert_uint_eq(d.ahead, 2 * want);
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, want, &room, &len), RMQ_OK);
	ck_assert_uint_eq(len, 256 * 1024);
	memset(room, 0, len);
	rmqi_frame_decoder_fed(&d, len);
	ck_assert_uint_eq(d.ahead, 256 * 1024);
	close_all();
}
END_TEST

START_TEST(frame__parse_takes_one_whole_frame_and_nothing_else)
{
	struct rmqi_frame f;

	open_all();
	ck_assert_int_eq(parse_hex(FRAME_JSON, &f), RMQ_OK);
	expect_body(&f, "hi");
	ck_assert_int_eq(parse_hex(FRAME_JSON "00", &f), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(parse_hex("", &f), RMQ_ERR_PROTOCOL);
	close_all();
}
END_TEST

START_TEST(frame__parse_refuses_every_truncation)
{
	static const char *const samples[] = {FRAME_JSON, FRAME_BINARY};
	struct rmqi_frame f;

	open_all();
	for (size_t i = 0; i < RMQI_COUNT(samples); i++) {
		ck_assert_int_eq(parse_hex(samples[i], &f), RMQ_OK);
		for (size_t len = 0; len < bytes.len; len++) {
			struct rmqi_cursor cut = exact_copy(rmqi_buf_cursor(&bytes), len);

			ck_assert_int_eq(rmqi_frame_parse(cut, &f), RMQ_ERR_PROTOCOL);
			free_exact(cut);
		}
	}
	close_all();
}
END_TEST

START_TEST(frame__out_of_memory_is_an_error)
{
	uint8_t *room;
	size_t len;

	open_all();
	rmqi_mem_fail_after(1, 1);
	ck_assert_int_eq(rmqi_frame_decoder_room(&d, 100, &room, &len), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		frame__is_cut_into_header_and_body,
		frame__may_come_byte_by_byte,
		frame__untouched_while_bytes_are_missing,
		frame__rejects_absurd_length_before_waiting_for_it,
		frame__rejects_header_longer_than_frame,
		frame__rejects_empty_header_and_unknown_type,
		frame__accepts_exactly_the_java_limit,
		frame__room_grows_with_the_frame_under_way,
		frame__gives_memory_back_when_idle,
		frame__steady_traffic_allocates_nothing,
		frame__heavy_traffic_allocates_nothing,
		frame__gives_memory_back_after_heavy_traffic,
		frame__room_that_was_filled_doubles,
		frame__parse_takes_one_whole_frame_and_nothing_else,
		frame__parse_refuses_every_truncation,
		frame__out_of_memory_is_an_error,
	};

	return run_suite("frame", tests, RMQI_COUNT(tests));
}
