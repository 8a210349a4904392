/* SPDX-License-Identifier: Apache-2.0 */
/* t_command.c - headers written and read in both forms; for lenient JSON see t_command_json.c. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/codes.h"
#include "codec/command.h"
#include "codec/schema.h"
#include "tests/codec/hex.h"
#include "tests/support/suite.h"

/* Made by RemotingCommand.encode. */
#define BINARY_310                                                                             \
	"00000024 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 0001 61 00000002 " \
	"7067 6869"
#define BINARY_POP                                                                         \
	"00000023 0100001f 0d72 00 01df 00000001 00000000 00000002 6869 00000008 0001 6b " \
	"00000001 76"

static struct rmqi_buf out;
static struct rmqi_command command;

static void open_all(void)
{
	rmqi_buf_init(&out, 2 * RMQI_FRAME_MAX);
	rmqi_command_init(&command);
}

static void close_all(void)
{
	rmqi_buf_deinit(&out);
	rmqi_command_deinit(&command);
}

static enum rmq_error decode_header(enum rmqi_serialization serialization, struct rmqi_cursor bytes)
{
	struct rmqi_frame f = {.serialization = serialization, .header = bytes};

	return rmqi_command_decode(&command, &f);
}

static enum rmq_error decode_json(const char *json)
{
	return decode_header(RMQI_JSON, rmqi_cursor(json, strlen(json)));
}

static enum rmq_error decode_hex_frame(const char *hex)
{
	struct rmqi_frame f;

	rmqi_buf_reset(&out);
	add_hex(&out, hex);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &f), RMQ_OK);
	return rmqi_command_decode(&command, &f);
}

static void expect_ext(const char *key, const char *value)
{
	struct rmqi_str v;

	ck_assert_msg(rmqi_command_ext(&command, key, &v), "%s", key);
	ck_assert_msg(rmqi_str_is(v, value), "%s is '%.*s'", key, RMQI_STR_ARG(v));
}

static struct rmqi_command_meta json_meta(int32_t code, int32_t opaque)
{
	return (struct rmqi_command_meta){.serialization = RMQI_JSON,
					  .code = code,
					  .language = RMQI_LANGUAGE_CPP,
					  .version = RMQI_VERSION,
					  .opaque = opaque};
}

static struct rmqi_command_meta binary_meta(int32_t code, int32_t opaque)
{
	struct rmqi_command_meta m = json_meta(code, opaque);

	m.serialization = RMQI_BINARY;
	return m;
}

static struct rmqi_frame encode(const struct rmqi_command_meta *m, const struct rmqi_ext *extra,
				size_t extra_count)
{
	struct rmqi_frame f;

	rmqi_buf_reset(&out);
	ck_assert_int_eq(rmqi_command_encode(&out, m, NULL, NULL, extra, extra_count, 0), RMQ_OK);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &f), RMQ_OK);
	return f;
}

static void expect_header_text(const struct rmqi_frame *f, const char *json)
{
	struct rmqi_str text = rmqi_cursor_str(f->header);

	ck_assert_msg(rmqi_str_is(text, json), "%.*s", RMQI_STR_ARG(text));
}

/* ---- Golden bytes --------------------------------------------------------------------------- */

START_TEST(command__decodes_the_binary_vectors)
{
	open_all();
	ck_assert_int_eq(decode_hex_frame(BINARY_310), RMQ_OK);
	ck_assert_int_eq(command.code, 310);
	ck_assert_int_eq(command.language, RMQI_LANGUAGE_CPP);
	ck_assert_int_eq(command.version, 479);
	ck_assert_int_eq(command.opaque, 7);
	ck_assert_int_eq(command.flag, 0);
	ck_assert_uint_eq(command.remark.len, 0);
	ck_assert_uint_eq(command.ext_count, 1);
	expect_ext("a", "pg");
	ck_assert(rmqi_str_is(rmqi_cursor_str(command.body), "hi"));

	ck_assert_int_eq(decode_hex_frame(BINARY_POP), RMQ_OK);
	ck_assert_int_eq(command.code, 3442);
	ck_assert_int_eq(command.language, 0);
	ck_assert(rmqi_str_is(command.remark, "hi"));
	expect_ext("k", "v");
	close_all();
}
END_TEST

START_TEST(command__encodes_the_binary_vector)
{
	struct rmqi_command_meta m = binary_meta(310, 7);
	struct rmqi_ext extra = {RMQI_STR("a"), RMQI_STR("pg")};
	struct rmqi_buf golden;

	open_all();
	rmqi_buf_init(&golden, 1024);
	add_hex(&golden, BINARY_310);

	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, &extra, 1, 2), RMQ_OK);
	rmqi_buf_add_text(&out, "hi");

	ck_assert_uint_eq(out.len, golden.len);
	ck_assert_mem_eq(rmqi_buf_data(&out), rmqi_buf_data(&golden), golden.len);
	rmqi_buf_deinit(&golden);
	close_all();
}
END_TEST

START_TEST(command__writes_json_as_java_does)
{
	struct rmqi_command_meta request = json_meta(310, 7);
	struct rmqi_command_meta bare = json_meta(106, 1);
	struct rmqi_command_meta error = json_meta(17, 7);
	struct rmqi_ext extra = {RMQI_STR("a"), RMQI_STR("pg")};
	struct rmqi_frame f;

	open_all();
	f = encode(&request, &extra, 1);
	expect_header_text(&f, "{\"code\":310,\"extFields\":{\"a\":\"pg\"},\"flag\":0,"
			       "\"language\":\"CPP\",\"opaque\":7,"
			       "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}");
	bare.language = 0;
	f = encode(&bare, NULL, 0);
	expect_header_text(&f, "{\"code\":106,\"flag\":0,\"language\":\"JAVA\",\"opaque\":1,"
			       "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}");
	error.language = 0;
	error.flag = RMQI_FLAG_RESPONSE;
	error.remark = rmqi_str("No topic route info");
	f = encode(&error, NULL, 0);
	expect_header_text(&f, "{\"code\":17,\"flag\":1,\"language\":\"JAVA\",\"opaque\":7,"
			       "\"remark\":\"No topic route info\","
			       "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}");
	close_all();
}
END_TEST

START_TEST(command__writes_an_empty_header_object)
{
	struct rmqi_command_meta m = json_meta(34, 1);
	struct rmqi_h_heartbeat h = {0};
	struct rmqi_frame f;

	open_all();
	ck_assert_int_eq(rmqi_command_encode(&out, &m, &rmqi_desc_heartbeat, &h, NULL, 0, 0),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_frame_parse(rmqi_buf_cursor(&out), &f), RMQ_OK);
	expect_header_text(&f, "{\"code\":34,\"extFields\":{},\"flag\":0,\"language\":\"CPP\","
			       "\"opaque\":1,\"serializeTypeCurrentRPC\":\"JSON\","
			       "\"version\":479}");
	ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
	ck_assert(command.has_ext);
	ck_assert_uint_eq(command.ext_count, 0);
	close_all();
}
END_TEST

START_TEST(command__escapes_what_json_demands_and_nothing_else)
{
	struct rmqi_command_meta m = json_meta(1, 1);
	struct rmqi_ext extra = {RMQI_STR("k\"\\"), RMQI_STR("\001\002\b\t\n\f\r\037 \"\\/\177"
							     "\xe4\xb8\xad")};
	struct rmqi_frame f;

	open_all();
	f = encode(&m, &extra, 1);

	expect_header_text(&f, "{\"code\":1,\"extFields\":{\"k\\\"\\\\\":"
			       "\"\\u0001\\u0002\\b\\t\\n\\f\\r\\u001f \\\"\\\\/\177"
			       "\xe4\xb8\xad\"},\"flag\":0,\"language\":\"CPP\",\"opaque\":1,"
			       "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}");
	close_all();
}
END_TEST

/* ---- Round trips ---------------------------------------------------------------------------- */

static void expect_meta(const struct rmqi_command_meta *m)
{
	ck_assert_int_eq(command.code, m->code);
	ck_assert_int_eq(command.language, m->language);
	ck_assert_int_eq(command.version, m->version);
	ck_assert_int_eq(command.opaque, m->opaque);
	ck_assert_int_eq(command.flag, m->flag);
	ck_assert(rmqi_str_eq(command.remark, m->remark));
}

START_TEST(command__every_byte_survives_in_both_forms)
{
	char text[256 * 3];
	struct rmqi_ext extra;

	open_all();
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i % 256);
	extra = (struct rmqi_ext){rmqi_str_n(text + 1, 255), rmqi_str_n(text, sizeof(text))};
	for (int form = 0; form < 2; form++) {
		struct rmqi_command_meta m = form ? binary_meta(-7, INT32_MIN) : json_meta(-7, -1);
		struct rmqi_frame f;

		m.flag = INT32_MAX;
		m.remark = extra.value;
		f = encode(&m, &extra, 1);
		ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
		expect_meta(&m);
		ck_assert_uint_eq(command.ext_count, 1);
		ck_assert(rmqi_str_eq(command.ext[0].key, extra.key));
		ck_assert(rmqi_str_eq(command.ext[0].value, extra.value));
	}
	close_all();
}
END_TEST

START_TEST(command__binary_cannot_carry_a_large_code)
{
	struct rmqi_command_meta m = binary_meta(RMQI_REQ_POP_MESSAGE, 1);

	open_all();
	rmqi_buf_add_text(&out, "before");
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 0),
			 RMQ_ERR_UNSUPPORTED);
	m.code = -32769;
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 0),
			 RMQ_ERR_UNSUPPORTED);
	ck_assert_uint_eq(out.len, 6);
	m.code = 32767;
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 0), RMQ_OK);
	close_all();
}
END_TEST

START_TEST(command__binary_reads_an_empty_value_as_absent)
{
	struct rmqi_command_meta m = binary_meta(310, 1);
	struct rmqi_ext extra[] = {{RMQI_STR("empty"), RMQI_STR("")},
				   {RMQI_STR("full"), RMQI_STR("v")}};
	struct rmqi_frame f;
	struct rmqi_str v;

	open_all();
	f = encode(&m, extra, 2);
	ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
	ck_assert(!rmqi_command_ext(&command, "empty", &v));
	expect_ext("full", "v");
	m.serialization = RMQI_JSON;
	f = encode(&m, extra, 2);
	ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
	expect_ext("empty", "");
	close_all();
}
END_TEST

START_TEST(command__unknown_language_is_minus_one_and_not_written)
{
	struct rmqi_command_meta m = json_meta(1, 1);
	struct rmqi_frame f;

	open_all();
	m.language = -1;
	f = encode(&m, NULL, 0);
	expect_header_text(&f, "{\"code\":1,\"flag\":0,\"opaque\":1,"
			       "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":479}");
	m.serialization = RMQI_BINARY;
	f = encode(&m, NULL, 0);
	ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
	ck_assert_int_eq(command.language, 7); /* OTHER */
	close_all();
}
END_TEST

START_TEST(command__appends_behind_what_is_there)
{
	struct rmqi_command_meta m = json_meta(1, 1);
	struct rmqi_str all;

	open_all();
	rmqi_buf_add_text(&out, "before");
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 10), RMQ_OK);
	all = rmqi_cursor_str(rmqi_buf_cursor(&out));
	ck_assert(rmqi_str_has_prefix(all, "before"));
	ck_assert_int_eq(all.ptr[6 + 3], (char)(all.len - 6 - 4 + 10));
	ck_assert_int_eq(all.ptr[6 + 7], (char)(all.len - 6 - 8));
	close_all();
}
END_TEST

START_TEST(command__refuses_a_frame_over_the_limit)
{
	struct rmqi_command_meta m = json_meta(1, 1);
	size_t header_len;

	open_all();
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 0), RMQ_OK);
	header_len = out.len;
	ck_assert_int_eq(
		rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, RMQI_FRAME_MAX - header_len),
		RMQ_OK);
	rmqi_buf_cut(&out, 0);
	ck_assert_int_eq(
		rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, RMQI_FRAME_MAX - header_len + 1),
		RMQ_ERR_TOO_LARGE);
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, SIZE_MAX),
			 RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(out.len, 0);
	close_all();
}
END_TEST

START_TEST(command__leaves_the_buffer_as_it_was_when_full)
{
	struct rmqi_command_meta m = json_meta(310, 1);
	struct rmqi_ext extra = {RMQI_STR("key"), RMQI_STR("a value \001\002 with escapes")};

	open_all();
	for (int form = 0; form < 2; form++) {
		size_t whole;

		m.serialization = form ? RMQI_BINARY : RMQI_JSON;
		m.remark = rmqi_str("remark");
		encode(&m, &extra, 1);
		whole = out.len;
		/* A writer asks for a little more room than it fills. */
		for (size_t max = 0; max <= whole + 64; max++) {
			struct rmqi_buf small;
			enum rmq_error err;

			rmqi_buf_init(&small, max);
			err = rmqi_command_encode(&small, &m, NULL, NULL, &extra, 1, 0);
			ck_assert(err == RMQ_OK || (err == RMQ_ERR_TOO_LARGE && max < whole + 64));
			ck_assert_uint_eq(small.len, err == RMQ_OK ? whole : 0);
			rmqi_buf_deinit(&small);
		}
	}
	close_all();
}
END_TEST

START_TEST(command__writes_the_same_whatever_the_chunks)
{
	struct rmqi_command_meta m = json_meta(310, 1);
	char *text = malloc(5000);

	ck_assert_ptr_nonnull(text);
	open_all();
	memset(text, 'x', 5000);
	for (size_t len = 0; len < 1200; len += 7) {
		struct rmqi_ext extra[] = {{RMQI_STR("a"), rmqi_str_n(text, len)},
					   {RMQI_STR("b"), rmqi_str_n(text, 5000 - len)}};
		struct rmqi_frame f;

		m.serialization = len % 2 ? RMQI_BINARY : RMQI_JSON;
		m.remark = rmqi_str_n(text, len);
		f = encode(&m, extra, 2);
		ck_assert_int_eq(rmqi_command_decode(&command, &f), RMQ_OK);
		ck_assert_uint_eq(command.remark.len, len);
		ck_assert_uint_eq(command.ext[command.ext_count - 1].value.len, 5000 - len);
	}
	free(text);
	close_all();
}
END_TEST

/* ---- Damage --------------------------------------------------------------------------------- */

START_TEST(binary__damaged_lengths_are_refused)
{
	static const char *const frames[] = {
		/* remark, ext, key, value longer than the header; ext shorter than the rest */
		"00000015 01000011 0136 01 01df 00000007 00000000 00000001",
		"0000001f 0100001b 0136 01 01df 00000007 00000000 7fffffff 00000005 0000 00000001",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 0000000a 0001 61 "
		"00000002 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 00000008 0001 61 "
		"00000002 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 0009 61 "
		"00000002 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 0001 61 "
		"00000003 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 8001 61 "
		"00000002 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 00000009 0001 61 "
		"ffffffff 7067",
		"00000022 0100001e 0136 01 01df 00000007 00000000 00000000 ffffffff 0001 61 "
		"00000002 7067",
	};

	open_all();
	for (size_t i = 0; i < RMQI_COUNT(frames); i++)
		ck_assert_msg(decode_hex_frame(frames[i]) == RMQ_ERR_PROTOCOL, "%s", frames[i]);
	close_all();
}
END_TEST

static void expect_every_truncation_refused(const struct rmqi_frame *f)
{
	ck_assert_int_eq(rmqi_command_decode(&command, f), RMQ_OK);
	for (size_t len = 0; len < f->header.len; len++) {
		struct rmqi_cursor cut = exact_copy(f->header, len);

		ck_assert_int_eq(decode_header(f->serialization, cut), RMQ_ERR_PROTOCOL);
		free_exact(cut);
	}
}

START_TEST(command__every_truncation_is_refused)
{
	struct rmqi_ext extra[] = {{RMQI_STR("properties"), RMQI_STR("A\001b\002C\001d\002")},
				   {RMQI_STR("n"), RMQI_STR("12")}};
	struct rmqi_command_meta m = json_meta(310, 12345);
	struct rmqi_frame f;

	open_all();
	m.remark = rmqi_str("a \"remark\"");
	f = encode(&m, extra, 2);
	expect_every_truncation_refused(&f);
	m.serialization = RMQI_BINARY;
	f = encode(&m, extra, 2);
	expect_every_truncation_refused(&f);
	close_all();
}
END_TEST

START_TEST(command__decodes_again_and_again_without_memory)
{
	static const char json[] = "{\"code\":1,\"extFields\":{\"a\":\"\\u0001x\"}}";
	uint64_t before;

	open_all();
	ck_assert_int_eq(decode_json(json), RMQ_OK);
	before = rmqi_mem_allocations();
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(decode_json(json), RMQ_OK);
		expect_ext("a", "\001x");
	}
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	close_all();
}
END_TEST

START_TEST(command__out_of_memory_is_an_error)
{
	struct rmqi_command_meta m = json_meta(1, 1);

	open_all();
	rmqi_mem_fail_after(1, 1);
	ck_assert_int_eq(decode_json("{\"remark\":\"\\n\"}"), RMQ_ERR_NO_MEMORY);
	ck_assert_int_eq(rmqi_command_encode(&out, &m, NULL, NULL, NULL, 0, 0), RMQ_ERR_NO_MEMORY);
	rmqi_mem_fail_after(0, 0);
	ck_assert_uint_eq(out.len, 0);
	close_all();
}
END_TEST

START_TEST(command__flags_tell_response_and_oneway)
{
	open_all();
	ck_assert_int_eq(decode_json("{\"flag\":1}"), RMQ_OK);
	ck_assert(rmqi_command_is_response(&command));
	ck_assert(!rmqi_command_is_oneway(&command));
	ck_assert_int_eq(decode_json("{\"flag\":2}"), RMQ_OK);
	ck_assert(!rmqi_command_is_response(&command));
	ck_assert(rmqi_command_is_oneway(&command));
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		command__decodes_the_binary_vectors,
		command__encodes_the_binary_vector,
		command__writes_json_as_java_does,
		command__writes_an_empty_header_object,
		command__escapes_what_json_demands_and_nothing_else,
		command__every_byte_survives_in_both_forms,
		command__binary_cannot_carry_a_large_code,
		command__binary_reads_an_empty_value_as_absent,
		command__unknown_language_is_minus_one_and_not_written,
		command__appends_behind_what_is_there,
		command__refuses_a_frame_over_the_limit,
		command__leaves_the_buffer_as_it_was_when_full,
		command__writes_the_same_whatever_the_chunks,
		binary__damaged_lengths_are_refused,
		command__every_truncation_is_refused,
		command__decodes_again_and_again_without_memory,
		command__out_of_memory_is_an_error,
		command__flags_tell_response_and_oneway,
	};

	return run_suite("command", tests, RMQI_COUNT(tests));
}
