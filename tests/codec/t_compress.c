/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

#include "base/rand.h"
#include "codec/compress.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static const enum rmqi_compression all_types[] = {RMQI_ZLIB_OLD, RMQI_LZ4, RMQI_ZSTD, RMQI_ZLIB};

static struct rmqi_buf packed, plain;

static void open_bufs(size_t plain_max)
{
	rmqi_buf_init(&packed, 64 << 20);
	rmqi_buf_init(&plain, plain_max);
}

static void close_bufs(void)
{
	rmqi_buf_deinit(&packed);
	rmqi_buf_deinit(&plain);
}

static void round_trip(enum rmqi_compression type, const void *bytes, size_t len)
{
	rmqi_buf_reset(&packed);
	rmqi_buf_reset(&plain);
	ck_assert_int_eq(rmqi_compress(type, 5, rmqi_cursor(bytes, len), &packed), RMQ_OK);
	ck_assert_int_eq(rmqi_decompress((int)type, rmqi_buf_cursor(&packed), &plain), RMQ_OK);
	expect_bytes(&plain, bytes, len);
}

/* Text-like (few symbols) or noise. */
static uint8_t *make_bytes(size_t len, unsigned symbols)
{
	uint8_t *bytes = malloc(len ? len : 1);
	struct rmqi_rand r;

	rmqi_rand_init(&r, len + symbols);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)rmqi_rand_below(&r, symbols);
	return bytes;
}

START_TEST(compress__gives_back_what_it_got)
{
	static const size_t sizes[] = {0, 1, 100, 4096, 65536, 65537, 4 << 20};

	open_bufs(4 << 20);
	for (size_t t = 0; t < RMQI_COUNT(all_types); t++) {
		if (!rmqi_compression_is_built_in(all_types[t]))
			continue;
		for (size_t i = 0; i < RMQI_COUNT(sizes); i++) {
			uint8_t *text = make_bytes(sizes[i], 4), *noise = make_bytes(sizes[i], 256);

			round_trip(all_types[t], text, sizes[i]);
			round_trip(all_types[t], noise, sizes[i]);
			free(text);
			free(noise);
		}
	}
	close_bufs();
}
END_TEST

/* doc/reference/message.md: Java's Deflater starts level 5 with 78 5e and level 9 with 78 da. */
START_TEST(compress__zlib_header_shows_the_level)
{
	open_bufs(100);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 5, text_cursor("hello"), &packed), RMQ_OK);
	ck_assert_mem_eq(rmqi_buf_data(&packed), "\x78\x5e", 2);
	rmqi_buf_reset(&packed);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 9, text_cursor("hello"), &packed), RMQ_OK);
	ck_assert_mem_eq(rmqi_buf_data(&packed), "\x78\xda", 2);
	close_bufs();
}
END_TEST

START_TEST(compress__takes_any_level)
{
	static const int levels[] = {-1, 0, 1, 9, 10, 100};

	open_bufs(100);
	for (size_t t = 0; t < RMQI_COUNT(all_types); t++)
		for (size_t i = 0; i < RMQI_COUNT(levels); i++) {
			if (!rmqi_compression_is_built_in(all_types[t]))
				continue;
			rmqi_buf_reset(&packed);
			ck_assert_int_eq(rmqi_compress(all_types[t], levels[i],
						       text_cursor("hello"), &packed),
					 RMQ_OK);
		}
	close_bufs();
}
END_TEST

START_TEST(decompress__reads_a_stream_of_zlib)
{
	uint8_t *text = make_bytes(10000, 3);
	Bytef stream[20000];
	uLongf len = sizeof(stream);

	open_bufs(10000);
	ck_assert_int_eq(compress2(stream, &len, text, 10000, 6), Z_OK);

	ck_assert_int_eq(rmqi_decompress(RMQI_ZLIB_OLD, rmqi_cursor(stream, len), &plain), RMQ_OK);

	expect_bytes(&plain, text, 10000);
	free(text);
	close_bufs();
}
END_TEST

START_TEST(decompress__reads_frames_of_other_writers)
{
	/* `printf hello | lz4 -c`, `printf hello | zstd -c` */
	struct golden lz4 = golden_hex("04224d18 64 40 a7 05000080 68656c6c6f 00000000 f97700fb");
	struct golden zstd = golden_hex("28b52ffd 04 58 290000 68656c6c6f a36d9f88");

	open_bufs(10);
	if (rmqi_compression_is_built_in(RMQI_LZ4)) {
		ck_assert_int_eq(rmqi_decompress(RMQI_LZ4, golden_cursor(&lz4), &plain), RMQ_OK);
		expect_text(&plain, "hello");
	}
	rmqi_buf_reset(&plain);
	if (rmqi_compression_is_built_in(RMQI_ZSTD)) {
		ck_assert_int_eq(rmqi_decompress(RMQI_ZSTD, golden_cursor(&zstd), &plain), RMQ_OK);
		expect_text(&plain, "hello");
	}
	close_bufs();
}
END_TEST

START_TEST(decompress__stops_exactly_at_the_limit)
{
	static const size_t sizes[] = {1, 100, 16384, 16385, 100000};

	for (size_t t = 0; t < RMQI_COUNT(all_types); t++)
		for (size_t i = 0; i < RMQI_COUNT(sizes); i++) {
			uint8_t *text = make_bytes(sizes[i], 4);

			if (!rmqi_compression_is_built_in(all_types[t])) {
				free(text);
				continue;
			}
			open_bufs(sizes[i]);
			round_trip(all_types[t], text, sizes[i]);
			close_bufs();
			open_bufs(sizes[i] + 1);
			rmqi_buf_add_u8(&plain, 'x');
			rmqi_buf_add_u8(&plain, 'y');
			ck_assert_int_eq(rmqi_compress(all_types[t], 5, rmqi_cursor(text, sizes[i]),
						       &packed),
					 RMQ_OK);
			ck_assert_int_eq(rmqi_decompress((int)all_types[t],
							 rmqi_buf_cursor(&packed), &plain),
					 RMQ_ERR_TOO_LARGE);
			expect_text(&plain, "xy");
			close_bufs();
			free(text);
		}
}
END_TEST

START_TEST(decompress__does_not_grow_past_the_limit_for_a_bomb)
{
	uint8_t *zeros = calloc(1, 32 << 20);

	for (size_t t = 0; t < RMQI_COUNT(all_types); t++) {
		if (!rmqi_compression_is_built_in(all_types[t]))
			continue;
		open_bufs(1 << 20);
		ck_assert_int_eq(
			rmqi_compress(all_types[t], 9, rmqi_cursor(zeros, 32 << 20), &packed),
			RMQ_OK);
		ck_assert_int_eq(
			rmqi_decompress((int)all_types[t], rmqi_buf_cursor(&packed), &plain),
			RMQ_ERR_TOO_LARGE);
		ck_assert_uint_lt(plain.cap, 2 << 20);
		close_bufs();
	}
	free(zeros);
}
END_TEST

static int type_under_test;

static enum rmq_error try_decompress(struct rmqi_cursor c)
{
	struct rmqi_buf out;
	enum rmq_error err;

	rmqi_buf_init(&out, 1 << 16);
	err = rmqi_decompress(type_under_test, c, &out);
	ck_assert(err == RMQ_OK || out.len == 0);
	rmqi_buf_deinit(&out);
	return err;
}

START_TEST(decompress__refuses_every_truncation)
{
	uint8_t *text = make_bytes(1000, 16);

	open_bufs(0);
	for (size_t t = 0; t < RMQI_COUNT(all_types); t++) {
		if (!rmqi_compression_is_built_in(all_types[t]))
			continue;
		type_under_test = (int)all_types[t];
		rmqi_buf_reset(&packed);
		ck_assert_int_eq(rmqi_compress(all_types[t], 5, rmqi_cursor(text, 1000), &packed),
				 RMQ_OK);
		refuses_every_truncation(rmqi_buf_data(&packed), packed.len, try_decompress);
	}
	close_bufs();
	free(text);
}
END_TEST

START_TEST(decompress__refuses_garbage)
{
	for (size_t t = 0; t < RMQI_COUNT(all_types); t++) {
		if (!rmqi_compression_is_built_in(all_types[t]))
			continue;
		type_under_test = (int)all_types[t];
		ck_assert_int_eq(try_decompress(text_cursor("this is not compressed at all")),
				 RMQ_ERR_CORRUPT);
		ck_assert_int_eq(try_decompress(rmqi_cursor(NULL, 0)), RMQ_ERR_CORRUPT);
	}
}
END_TEST

START_TEST(decompress__refuses_unknown_types)
{
	for (int type = 4; type < 8; type++) {
		type_under_test = type;
		ck_assert_int_eq(try_decompress(text_cursor("x")), RMQ_ERR_UNSUPPORTED);
	}
}
END_TEST

START_TEST(compress__refuses_what_the_buffer_cannot_hold)
{
	uint8_t *noise = make_bytes(1000, 256);

	for (size_t t = 0; t < RMQI_COUNT(all_types); t++) {
		if (!rmqi_compression_is_built_in(all_types[t]))
			continue;
		rmqi_buf_init(&packed, 500);
		ck_assert_int_eq(rmqi_compress(all_types[t], 5, rmqi_cursor(noise, 1000), &packed),
				 RMQ_ERR_TOO_LARGE);
		ck_assert_uint_eq(packed.len, 0);
		rmqi_buf_deinit(&packed);
	}
	free(noise);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		compress__gives_back_what_it_got,
		compress__zlib_header_shows_the_level,
		compress__takes_any_level,
		decompress__reads_a_stream_of_zlib,
		decompress__reads_frames_of_other_writers,
		decompress__stops_exactly_at_the_limit,
		decompress__does_not_grow_past_the_limit_for_a_bomb,
		decompress__refuses_every_truncation,
		decompress__refuses_garbage,
		decompress__refuses_unknown_types,
		compress__refuses_what_the_buffer_cannot_hold,
	};

	return run_suite("compress", tests, RMQI_COUNT(tests));
}
