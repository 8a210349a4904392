/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_letters.c - the quick way through a SEND_MESSAGE_V2 (codec/command_letters.h) beside the general readers, on
 * headers of all kinds, whole and damaged.
 *
 * The same bytes with another request code are read by the general ones only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "codec/command.h"
#include "codec/schema.h"
#include "tests/support/suite.h"

enum { ROUNDS = 30000, OTHER_CODE = 311, FIELDS = RMQI_FIELDS_send_message };

static const struct rmqi_header_desc *const v2 = &rmqi_desc_send_message_v2;
static struct rmqi_rand rnd;
static struct rmqi_buf quick, general;
static struct rmqi_command a, b;
static size_t read_quickly, refused;

static void open_all(uint64_t seed)
{
	rmqi_rand_init(&rnd, seed);
	rmqi_buf_init(&quick, RMQI_FRAME_MAX);
	rmqi_buf_init(&general, RMQI_FRAME_MAX);
	rmqi_command_init(&a);
	rmqi_command_init(&b);
	read_quickly = refused = 0;
}

static void close_all(void)
{
	rmqi_buf_deinit(&quick);
	rmqi_buf_deinit(&general);
	rmqi_command_deinit(&a);
	rmqi_command_deinit(&b);
}

static bool one_in(uint64_t n)
{
	return rmqi_rand_below(&rnd, n) == 0;
}

/* --- Headers ------------------------------------------------------------------------------------- */

static const char *any_value(void)
{
	static const char *const values[] = {
		"0",
		"7",
		"\"",
		"\\",
		"-1",
		"12",
		"true",
		"TRUE",
		"false",
		"2147483647",
		"2147483648",
		"1700000000123",
		"9223372036854775807",
		"12345678",
		"123456789",
		"12345678901234567",
		"170000000012x",
		"x",
		"",
		"bench_group",
		"fifteen bytes..",
		"sixteen bytes...",
		"seventeen bytes..",
		"UNIQ_KEY\0017F000001000000000000000000000001\002WAIT\001true\002",
		"a text that is longer than two blocks \"of sixteen\" bytes\n"};

	return values[rmqi_rand_below(&rnd, RMQI_COUNT(values))];
}

/* Letters in their order, most of them; now and then one that is strange, twice there, or at the wrong place. */
static size_t any_fields(struct rmqi_ext *ext)
{
	static const char letters[] = "abcdefghijklmnopz{`A";
	size_t count = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		if (one_in(5))
			continue;
		ext[count].key = rmqi_str_n(&letters[i], 1);
		if (one_in(30))
			ext[count].key = rmqi_str_n(
				&letters[rmqi_rand_below(&rnd, sizeof(letters) - 1)], 1);
		if (one_in(60))
			ext[count].key = RMQI_STR("topic");
		ext[count++].value = rmqi_str(any_value());
	}
	return count;
}

static void encode(struct rmqi_buf *out, enum rmqi_serialization form, int32_t code,
		   const struct rmqi_ext *ext, size_t count)
{
	const struct rmqi_command_meta m = {.serialization = form,
					    .code = code,
					    .language = RMQI_LANGUAGE_CPP,
					    .version = RMQI_VERSION,
					    .opaque = 7};

	rmqi_buf_reset(out);
	ck_assert_int_eq(rmqi_command_encode(out, &m, NULL, NULL, ext, count, 0), RMQ_OK);
}

static uint8_t *bytes_of(struct rmqi_buf *buf)
{
	size_t len = buf->len;

	rmqi_buf_cut(buf, 0);
	return rmqi_buf_extend(buf, len);
}

/* The same damage to both, behind the code. */
static size_t damage(size_t len, size_t from)
{
	uint8_t *x = bytes_of(&quick), *y = bytes_of(&general);
	size_t times = one_in(2) ? 0 : rmqi_rand_below(&rnd, 4);
	static const uint8_t favourites[] = {0, 1, 2, 8, 0x7f, 0xff, '"', '\\', ',', '{', '}', ' '};

	for (; times > 0; times--) {
		size_t at = from + rmqi_rand_below(&rnd, len - from);
		uint8_t byte = one_in(2) ? (uint8_t)rmqi_rand_next(&rnd)
					 : favourites[rmqi_rand_below(&rnd, RMQI_COUNT(favourites))];

		x[at] = y[at] = byte;
	}
	return one_in(10) ? from + rmqi_rand_below(&rnd, len - from) : len;
}

/* --- Comparing -------------------------------------------------------------------------------------- */

static void expect_same_ext(void)
{
	ck_assert_uint_eq(a.ext_count, b.ext_count);
	ck_assert_int_eq(a.has_ext, b.has_ext);
	for (size_t i = 0; i < a.ext_count; i++) {
		ck_assert(rmqi_str_eq(a.ext[i].key, b.ext[i].key));
		ck_assert(rmqi_str_eq(a.ext[i].value, b.ext[i].value));
	}
}

static void expect_same_field(const struct rmqi_field *f, const void *x, const void *y)
{
	static const size_t sizes[] = {
		[RMQI_F_I32] = sizeof(int32_t), [RMQI_F_I64] = sizeof(int64_t),
		[RMQI_F_BOOL] = sizeof(bool),   [RMQI_F_F64] = sizeof(double)};
	const uint8_t *from_x = (const uint8_t *)x + f->offset;
	const uint8_t *from_y = (const uint8_t *)y + f->offset;

	if (f->type == RMQI_F_STR)
		ck_assert(rmqi_str_eq(*(const struct rmqi_str *)from_x,
				      *(const struct rmqi_str *)from_y));
	else
		ck_assert_mem_eq(from_x, from_y, sizes[f->type]);
}

static void expect_same_header(void)
{
	struct rmqi_h_send_message x = {0}, y = {0}, room;
	const char *bad_x = "", *bad_y = "", *bad_view = "";
	const void *view = NULL;
	enum rmq_error error = rmqi_header_decode(v2, &a, &x, &bad_x);

	ck_assert_int_eq(rmqi_header_decode(v2, &b, &y, &bad_y), error);
	ck_assert_int_eq(rmqi_header_view(v2, &a, &room, &view, &bad_view), error);
	ck_assert_str_eq(bad_x, bad_y);
	ck_assert_str_eq(bad_x, bad_view);
	ck_assert_uint_eq(x.has, y.has);
	ck_assert_mem_eq(view, &x, sizeof(x));
	for (size_t i = 0; i < FIELDS; i++)
		expect_same_field(&v2->fields[i], &x, &y);
}

static void expect_same(enum rmqi_serialization form, size_t len)
{
	struct rmqi_frame f = {.serialization = form};
	enum rmq_error error;

	f.header = rmqi_cursor(rmqi_buf_data(&quick) + RMQI_FRAME_PREFIX, len - RMQI_FRAME_PREFIX);
	error = rmqi_command_decode(&a, &f);
	f.header =
		rmqi_cursor(rmqi_buf_data(&general) + RMQI_FRAME_PREFIX, len - RMQI_FRAME_PREFIX);
	ck_assert_int_eq(rmqi_command_decode(&b, &f), error);
	ck_assert(!b.letters.is_read);
	read_quickly += a.letters.is_read;
	refused += error != RMQ_OK;
	expect_same_ext();
	if (error == RMQ_OK)
		expect_same_header();
}

static void compare(enum rmqi_serialization form, size_t from)
{
	struct rmqi_ext ext[FIELDS];
	size_t count;

	for (size_t i = 0; i < ROUNDS; i++) {
		count = any_fields(ext);
		encode(&quick, form, RMQI_REQ_SEND_MESSAGE_V2, ext, count);
		encode(&general, form, OTHER_CODE, ext, count);
		ck_assert_uint_eq(quick.len, general.len);
		expect_same(form, damage(quick.len, RMQI_FRAME_PREFIX + from));
	}
	/* Both ways were gone, and the damage was some. */
	ck_assert_uint_gt(read_quickly, ROUNDS / 10);
	ck_assert_uint_gt(refused, ROUNDS / 100);
	ck_assert_uint_lt(read_quickly + refused, ROUNDS - ROUNDS / 100);
}

START_TEST(letters__binary_is_read_as_the_general_reader_does)
{
	open_all(1);
	compare(RMQI_BINARY, 2);
	close_all();
}
END_TEST

START_TEST(letters__json_is_read_as_the_general_reader_does)
{
	open_all(2);
	compare(RMQI_JSON, sizeof("{\"code\":310"));
	close_all();
}
END_TEST

/* At the end of the memory: a look beyond it would be seen by a checker. */
START_TEST(letters__looks_at_nothing_behind_the_header)
{
	const struct rmqi_ext ext[] = {{RMQI_STR("a"), RMQI_STR("g")},
				       {RMQI_STR("i"), RMQI_STR("UNIQ_KEY\0017F00\002")},
				       {RMQI_STR("n"), RMQI_STR("b")}};
	struct rmqi_frame f = {.serialization = (enum rmqi_serialization)_i};
	uint8_t *copy;

	open_all(3);
	encode(&quick, f.serialization, RMQI_REQ_SEND_MESSAGE_V2, ext, RMQI_COUNT(ext));
	for (size_t len = 0; len <= quick.len - RMQI_FRAME_PREFIX; len++) {
		copy = malloc(len + 1);
		ck_assert_ptr_nonnull(copy);
		memcpy(copy + 1, rmqi_buf_data(&quick) + RMQI_FRAME_PREFIX, len);
		f.header = rmqi_cursor(copy + 1, len);
		ck_assert_int_eq(rmqi_command_decode(&a, &f) == RMQ_OK,
				 len == quick.len - RMQI_FRAME_PREFIX);
		free(copy);
	}
	close_all();
}
END_TEST

/* Nobody may read the fields of the first when the others see none. */
START_TEST(letters__of_extFields_that_come_twice_count_those_of_the_last)
{
	static const char *const seconds[] = {"null", "{}"};
	struct rmqi_frame f = {.serialization = RMQI_JSON};
	struct rmqi_h_send_message h;
	char text[1024];
	const char *bad;

	open_all(4);
	for (size_t i = 0; i < RMQI_COUNT(seconds); i++) {
		snprintf(text, sizeof(text),
			 "{\"code\":310,\"extFields\":{\"a\":\"g\",\"b\":\"T\","
			 "\"c\":\"TBW102\",\"d\":\"4\",\"e\":\"0\","
			 "\"f\":\"0\",\"g\":\"1\",\"h\":\"0\",\"i\":\"\",\"j\":\"0\",\"k\":\"false\","
			 "\"m\":\"false\"},\"flag\":0,\"opaque\":1,\"extFields\":%s}",
			 seconds[i]);
		f.header = rmqi_cursor(text, strlen(text));
		ck_assert_int_eq(rmqi_command_decode(&a, &f), RMQ_OK);
		ck_assert(rmqi_header_decode(v2, &a, &h, &bad) != RMQ_OK);
	}
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		letters__binary_is_read_as_the_general_reader_does,
		letters__json_is_read_as_the_general_reader_does,
		letters__of_extFields_that_come_twice_count_those_of_the_last,
	};
	struct suite s;

	suite_open(&s, "letters");
	suite_add(&s, tests, RMQI_COUNT(tests));
	suite_add_loop(&s, letters__looks_at_nothing_behind_the_header, RMQI_SERIALIZATIONS);
	return suite_run(&s);
}
