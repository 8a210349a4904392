/* SPDX-License-Identifier: Apache-2.0 */
/* t_command_json.c - what else than Java's own JSON a header may be (doc/protocol.md). */

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "codec/command.h"
#include "tests/support/suite.h"

static struct rmqi_command command;

static enum rmq_error decode_json(const char *json)
{
	struct rmqi_frame f = {.serialization = RMQI_JSON,
			       .header = rmqi_cursor(json, strlen(json))};

	return rmqi_command_decode(&command, &f);
}

static void expect_ext(const char *key, const char *value)
{
	struct rmqi_str v;

	ck_assert_msg(rmqi_command_ext(&command, key, &v), "%s", key);
	ck_assert_msg(rmqi_str_is(v, value), "%s is '%.*s'", key, RMQI_STR_ARG(v));
}

START_TEST(json__missing_members_have_defaults)
{
	rmqi_command_init(&command);
	command.language = 9;
	ck_assert_int_eq(decode_json("{}"), RMQ_OK);
	ck_assert_int_eq(command.code, 0);
	ck_assert_int_eq(command.language, 0);
	ck_assert_int_eq(command.version, 0);
	ck_assert_int_eq(command.flag, 0);
	ck_assert(!command.has_ext);
	ck_assert_uint_eq(command.remark.len, 0);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__null_members_are_absent)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{\"code\":null,\"remark\":null,\"extFields\":null,"
				     "\"language\":null,\"opaque\":5}"),
			 RMQ_OK);
	ck_assert_int_eq(command.code, 0);
	ck_assert_int_eq(command.opaque, 5);
	ck_assert(!command.has_ext);
	ck_assert_int_eq(command.language, -1);
	ck_assert_int_eq(decode_json("{\"extFields\":{\"a\":null,\"b\":\"null\"}}"), RMQ_OK);
	ck_assert_uint_eq(command.ext_count, 1);
	expect_ext("b", "null");
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__unknown_members_of_any_type_are_skipped)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(
		decode_json("{\"x\":{\"y\":[1,{\"z\":\"}]\\\"\"},'q']},\"n\":null,\"t\":true,"
			    "\"f\":-1.5e3,\"a\":[],\"o\":{{\"k\":1}:2},\"s\":\"\\u0041\","
			    "\"code\":7}"),
		RMQ_OK);
	ck_assert_int_eq(command.code, 7);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__numbers_may_be_text_or_have_a_fraction)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{\"code\":\"10\",\"flag\":1.0,\"opaque\":\"-3\","
				     "\"version\":\"\"}"),
			 RMQ_OK);
	ck_assert_int_eq(command.code, 10);
	ck_assert_int_eq(command.flag, 1);
	ck_assert_int_eq(command.opaque, -3);
	ck_assert_int_eq(command.version, 0);
	ck_assert_int_eq(decode_json("{\"opaque\":-2147483648,\"code\":2147483647}"), RMQ_OK);
	ck_assert_int_eq(command.opaque, INT32_MIN);
	ck_assert_int_eq(command.code, INT32_MAX);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__names_may_be_unquoted_single_quoted_or_in_other_case)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{Code:11,'FLAG':1,\"Opaque\":2,EXTFIELDS:{a:'b',0:\"c\"},"
				     "ReMark:'it''s'}"),
			 RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(decode_json("{Code:11,'FLAG':1,\"Opaque\":2,EXTFIELDS:{a:'b',0:\"c\"},"
				     "ReMark:'it\\'s \"so\"'}"),
			 RMQ_OK);
	ck_assert_int_eq(command.code, 11);
	ck_assert_int_eq(command.flag, 1);
	ck_assert_int_eq(command.opaque, 2);
	expect_ext("a", "b");
	expect_ext("0", "c");
	ck_assert(rmqi_str_is(command.remark, "it's \"so\""));
	rmqi_command_deinit(&command);
}
END_TEST

static void expect_language(const char *json, int32_t language)
{
	ck_assert_int_eq(decode_json(json), RMQ_OK);
	ck_assert_msg(command.language == language, "%s", json);
}

START_TEST(json__language_may_be_a_name_in_any_case_or_a_number)
{
	rmqi_command_init(&command);
	expect_language("{\"language\":\"JAVA\"}", 0);
	expect_language("{\"language\":\"cpp\"}", 1);
	expect_language("{\"language\":\"Node_JS\"}", 13);
	expect_language("{\"language\":9}", 9);
	expect_language("{\"language\":\"9\"}", 9);
	expect_language("{\"language\":\"KLINGON\"}", -1);
	expect_language("{\"language\":77}", -1);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__ext_values_may_be_number_bool_or_object)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{\"extFields\":{\"n\":12,\"m\":-1.5,\"t\":true,\"f\":false,"
				     "\"o\":{\"x\":[1]},\"l\":[1, 2],\"s\":\"\"}}"),
			 RMQ_OK);
	expect_ext("n", "12");
	expect_ext("m", "-1.5");
	expect_ext("t", "true");
	expect_ext("f", "false");
	expect_ext("o", "{\"x\":[1]}");
	expect_ext("l", "[1, 2]");
	expect_ext("s", "");
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__ext_keys_are_case_sensitive_and_the_last_counts)
{
	struct rmqi_str v;

	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{\"extFields\":{\"Topic\":\"x\",\"a\":\"1\",\"a\":\"2\"}}"),
			 RMQ_OK);
	ck_assert(!rmqi_command_ext(&command, "topic", &v));
	expect_ext("a", "2");
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__blanks_may_stand_anywhere)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json(" \t\r\n{ \"code\" : 10 , \"extFields\" : { \"a\" : \"b\" , "
				     "\"c\" : 1 , \"d\" : { } } , \"flag\" : 1 } \n"),
			 RMQ_OK);
	ck_assert_int_eq(command.code, 10);
	ck_assert_int_eq(command.flag, 1);
	expect_ext("a", "b");
	expect_ext("c", "1");
	ck_assert_int_eq(decode_json("{ }"), RMQ_OK);
	ck_assert_int_eq(decode_json("{\"extFields\":{ } }"), RMQ_OK);
	ck_assert_int_eq(decode_json("{\"extFields\":{\"a\":1,},\"code\":2,}"), RMQ_OK);
	ck_assert_int_eq(decode_json("{\"code\":2,\"flag\":1,\"language\":\"CPP\",\"opaque\":7,}"),
			 RMQ_OK);
	ck_assert_int_eq(command.code, 2);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__escapes_become_utf8)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(
		decode_json("{\"extFields\":{\"k\\u0001\":\"\\u0041\\u00e4\\u4e2d\\uD83D\\uDE00\","
			    "\"e\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
			    "\"half\":\"\\ud83dx\\ude00\\ud83d\\u0041\",\"p\":\"plain\"},"
			    "\"remark\":\"a\\u0000b\"}"),
		RMQ_OK);
	expect_ext("k\001", "A\xc3\xa4\xe4\xb8\xad\xf0\x9f\x98\x80");
	expect_ext("e", "\"\\/\b\f\n\r\t");
	expect_ext("half", "?x??A");
	expect_ext("p", "plain");
	ck_assert_uint_eq(command.remark.len, 3);
	ck_assert_mem_eq(command.remark.ptr, "a\0b", 3);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__raw_control_characters_and_bad_utf8_pass)
{
	rmqi_command_init(&command);
	ck_assert_int_eq(decode_json("{\"remark\":\"a\001\n\xff\xfe\"}"), RMQ_OK);
	ck_assert(rmqi_str_is(command.remark, "a\001\n\xff\xfe"));
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__many_escaped_texts_keep_their_places)
{
	char json[20000];
	size_t len = 0;

	rmqi_command_init(&command);
	len += (size_t)snprintf(json + len, sizeof(json) - len, "{\"extFields\":{");
	for (int i = 0; i < RMQI_EXT_MAX; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len,
					"%s\"k\\u0001%d\":\"\\n%0100d\\n\"", i ? "," : "", i, i);
	snprintf(json + len, sizeof(json) - len, "}}");

	ck_assert_int_eq(decode_json(json), RMQ_OK);

	for (int i = 0; i < RMQI_EXT_MAX; i++) {
		char key[20], value[120];

		snprintf(key, sizeof(key), "k\001%d", i);
		snprintf(value, sizeof(value), "\n%0100d\n", i);
		expect_ext(key, value);
	}
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__too_many_ext_fields_are_refused)
{
	char json[2000];
	size_t len = 0;

	rmqi_command_init(&command);
	len += (size_t)snprintf(json + len, sizeof(json) - len, "{\"extFields\":{");
	for (int i = 0; i <= RMQI_EXT_MAX; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len, "%s\"%d\":1", i ? "," : "",
					i);
	snprintf(json + len, sizeof(json) - len, "}}");
	ck_assert_int_eq(decode_json(json), RMQ_ERR_PROTOCOL);
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__deep_nesting_is_refused)
{
	char json[1000];
	size_t len = 0;

	rmqi_command_init(&command);
	for (int depth = 64; depth <= 65; depth++) {
		len = (size_t)snprintf(json, sizeof(json), "{\"x\":");
		for (int i = 0; i < depth; i++)
			json[len++] = '[';
		for (int i = 0; i < depth; i++)
			json[len++] = ']';
		json[len++] = '}';
		json[len] = '\0';
		ck_assert_int_eq(decode_json(json), depth == 64 ? RMQ_OK : RMQ_ERR_PROTOCOL);
	}
	rmqi_command_deinit(&command);
}
END_TEST

START_TEST(json__malformed_is_refused)
{
	static const char *const samples[] = {
		"",
		" ",
		"null",
		"[]",
		"\"x\"",
		"{",
		"}",
		"{\"code\"}",
		"{\"code\":}",
		"{\"code\" 1}",
		"{\"code\":1",
		"{\"code\":1 \"flag\":2}",
		"{\"code\":1}}",
		"{\"code\":1} x",
		"{,}",
		"{\"code\":1,,}",
		"{\"code\":x}",
		"{\"code\":\"x\"}",
		"{\"code\":true}",
		"{\"code\":[]}",
		"{\"code\":1e3}",
		"{\"code\":2147483648}",
		"{\"code\":-2147483649}",
		"{\"code\":99999999999999999999}",
		"{\"code\":-}",
		"{\"code\":.}",
		"{\"code\":1.x}",
		"{\"extFields\":[]}",
		"{\"extFields\":\"a\"}",
		"{\"extFields\":{\"a\"}}",
		"{\"extFields\":{\"a\":foo}}",
		"{\"extFields\":{\"a\":\"b\"}",
		"{\"language\":{}}",
		"{\"remark\":\"\\x\"}",
		"{\"remark\":\"\\",
		"{\"remark\":\"\\u12\"}",
		"{\"remark\":\"\\u12g4\"}",
		"{\"remark\":\"abc",
		"{\"x\":{]}}",
		"{\"x\":[\"a]}",
		"{[\"x\"]:1}",
	};

	rmqi_command_init(&command);
	for (size_t i = 0; i < RMQI_COUNT(samples); i++) {
		ck_assert_msg(decode_json(samples[i]) == RMQ_ERR_PROTOCOL, "%s", samples[i]);
		ck_assert_uint_eq(command.ext_count, 0);
		ck_assert_uint_eq(command.remark.len, 0);
	}
	rmqi_command_deinit(&command);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		json__missing_members_have_defaults,
		json__null_members_are_absent,
		json__unknown_members_of_any_type_are_skipped,
		json__numbers_may_be_text_or_have_a_fraction,
		json__names_may_be_unquoted_single_quoted_or_in_other_case,
		json__language_may_be_a_name_in_any_case_or_a_number,
		json__ext_values_may_be_number_bool_or_object,
		json__ext_keys_are_case_sensitive_and_the_last_counts,
		json__blanks_may_stand_anywhere,
		json__escapes_become_utf8,
		json__raw_control_characters_and_bad_utf8_pass,
		json__many_escaped_texts_keep_their_places,
		json__too_many_ext_fields_are_refused,
		json__deep_nesting_is_refused,
		json__malformed_is_refused,
	};

	return run_suite("command_json", tests, RMQI_COUNT(tests));
}
