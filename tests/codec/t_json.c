/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static struct rmqi_json *parsed(const char *text)
{
	struct rmqi_json *root = NULL;

	ck_assert_msg(rmqi_json_parse(text_cursor(text), &root) == RMQ_OK, "%s", text);
	return root;
}

/* `text` is read as what `strict` says. */
static void reads_as(const char *text, const char *strict)
{
	struct rmqi_json *root = parsed(text);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_json_write(root, &b), RMQ_OK);
	expect_text(&b, strict);
	rmqi_buf_deinit(&b);
	rmqi_json_free(root);
}

static void refuses(const char *text, enum rmq_error wanted)
{
	struct rmqi_json *root = NULL;
	enum rmq_error err = rmqi_json_parse(text_cursor(text), &root);

	ck_assert_msg(err == wanted, "%s: %d", text, (int)err);
	ck_assert_ptr_null(root);
}

START_TEST(json__reads_strict_json)
{
	reads_as(" {\"b\" : [1, -2.5, true,false,null , \"x\"], \"a\":{} ,\"c\":[]}\n",
		 "{\"b\":[1,-2.5,true,false,null,\"x\"],\"a\":{},\"c\":[]}");
	reads_as("\"text\"", "\"text\"");
	reads_as("12", "12");
	reads_as("null", "null");
}
END_TEST

START_TEST(json__reads_unquoted_names)
{
	reads_as("{0:\"a\",-1:2,name_1$:3,true:4}",
		 "{\"0\":\"a\",\"-1\":2,\"name_1$\":3,\"true\":4}");
}
END_TEST

START_TEST(json__reads_single_quotes)
{
	reads_as("{'a':'it\\'s \"x\"','b':\"it's\"}", "{\"a\":\"it's \\\"x\\\"\",\"b\":\"it's\"}");
}
END_TEST

START_TEST(json__object_as_name_becomes_its_text)
{
	struct rmqi_json *root =
		parsed("{\"offsetTable\":{{\"brokerName\":\"b\",'queueId':0,\"topic\":\"T\"}:5}}");
	const struct rmqi_json *table = rmqi_json_get(root, "offsetTable");
	struct rmqi_json *key;

	ck_assert_int_eq(
		rmqi_json_i64(table, "{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"T\"}", 0), 5);
	key = parsed(rmqi_json_first(table)->name);
	ck_assert_str_eq(rmqi_json_str(key, "topic", NULL), "T");
	rmqi_json_free(key);
	rmqi_json_free(root);
}
END_TEST

START_TEST(json__reads_escapes_of_fastjson)
{
	reads_as("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u4e2d\"",
		 "\"\\\"\\\\/\\b\\f\\n\\r\\t\xe4\xb8\xad\"");
	reads_as("\"\\x41\\v\\1\\F\"", "\"A\\u000B\\u0001\\f\"");
	reads_as("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
	refuses("\"\\q\"", RMQ_ERR_PROTOCOL);
	refuses("\"\\u12g4\"", RMQ_ERR_PROTOCOL);
	refuses("\"\\u12", RMQ_ERR_PROTOCOL);
	refuses("\"\\", RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(json__puts_the_replacement_character_for_what_is_no_unicode)
{
	reads_as("\"\\ud83dx\\ude00\\ud83d\\ud83d\"",
		 "\"\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	reads_as("\"a\xff\xe4\xb8z\"", "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
}
END_TEST

START_TEST(json__takes_raw_control_characters)
{
	reads_as("\"a\tb\nc\x01\"", "\"a\\tb\\nc\\u0001\"");
}
END_TEST

START_TEST(json__refuses_a_nul_inside_of_text)
{
	refuses("\"a\\u0000b\"", RMQ_ERR_PROTOCOL);
	refuses("{\"a\\0b\":1}", RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(json__keeps_64_bits)
{
	reads_as("[9223372036854775807,-9223372036854775808]",
		 "[9223372036854775807,-9223372036854775808]");
	reads_as("[9007199254740993]", "[9007199254740993]");
}
END_TEST

START_TEST(json__larger_numbers_become_real)
{
	reads_as("[9223372036854775808,1e3,0.0,0.1,-0.5E-2]",
		 "[9.223372036854776e+18,1000.0,0.0,0.1,-0.005]");
	refuses("1e999", RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(json__reads_sloppy_numbers)
{
	reads_as("[007,+5,-03,00.5,NaN]", "[7,5,-3,0.5,null]");
	refuses("[1.]", RMQ_ERR_PROTOCOL);
	refuses("[.5]", RMQ_ERR_PROTOCOL);
	refuses("[1e]", RMQ_ERR_PROTOCOL);
	refuses("[--1]", RMQ_ERR_PROTOCOL);
	refuses("[1x]", RMQ_ERR_PROTOCOL);
	refuses("[0x10]", RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(json__last_of_a_name_wins)
{
	reads_as("{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}");
}
END_TEST

/* More names than are compared with each other. */
START_TEST(json__last_of_many_names_wins)
{
	struct rmqi_json *root;
	struct rmqi_buf b;

	rmqi_buf_init(&b, 1 << 20);
	for (int i = 0; i < 3000; i++)
		rmqi_buf_addf(&b, "%c\"n%d\":%d", i ? ',' : '{', i % 1000, i);
	rmqi_buf_add_u8(&b, '}');
	root = parsed(rmqi_buf_text(&b));
	ck_assert_uint_eq(rmqi_json_count(root), 1000);
	ck_assert_str_eq(rmqi_json_first(root)->name, "n0");
	ck_assert_int_eq(rmqi_json_i64(root, "n0", -1), 2000);
	ck_assert_int_eq(rmqi_json_i64(root, "n999", -1), 2999);
	rmqi_json_free(root);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(json__keeps_texts_when_its_text_is_gone)
{
	char text[] = "{\"a\":\"x\",b:'\\u4e2d'}";
	struct rmqi_json *root = parsed(text);

	memset(text, '?', sizeof(text));
	ck_assert_str_eq(rmqi_json_str(root, "a", NULL), "x");
	ck_assert_str_eq(rmqi_json_str(root, "b", NULL), "\xe4\xb8\xad");
	rmqi_json_free(root);
}
END_TEST

START_TEST(json__refuses_what_is_no_json)
{
	static const char *const texts[] = {
		"",           " ",
		"{",          "}",
		"[",          "[1",
		"[1,]",       "[,1]",
		"{\"a\"}",    "{\"a\":}",
		"{\"a\":1,}", "{a 1}",
		"{:1}",       "[1 2]",
		"1 2",        "{}x",
		"[]]",        "tru",
		"\"a",        "'a\"",
		"{\"a\":1",   "[1}",
		"nothing",    "{[1]:2}",
		"{{}}",       "{\"a\":1 \"b\":2}",
	};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		refuses(texts[i], RMQ_ERR_PROTOCOL);
}
END_TEST

static void nested(struct rmqi_buf *b, const char *open, const char *middle, const char *close,
		   int depth)
{
	rmqi_buf_reset(b);
	for (int i = 0; i < depth; i++)
		rmqi_buf_add_text(b, open);
	rmqi_buf_add_text(b, middle);
	for (int i = 0; i < depth; i++)
		rmqi_buf_add_text(b, close);
}

START_TEST(json__limits_depth)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, 4 << 20);
	nested(&b, "[", "", "]", RMQI_JSON_DEPTH_MAX);
	reads_as(rmqi_buf_text(&b), rmqi_buf_text(&b));
	nested(&b, "[", "", "]", RMQI_JSON_DEPTH_MAX + 1);
	refuses(rmqi_buf_text(&b), RMQ_ERR_TOO_LARGE);
	nested(&b, "{\"a\":", "1", "}", 100000);
	refuses(rmqi_buf_text(&b), RMQ_ERR_TOO_LARGE);
	rmqi_buf_deinit(&b);
}
END_TEST

/* Each level would double the backslashes of those inside. */
START_TEST(json__limits_objects_inside_of_names)
{
	reads_as("{{{\"a\":1}:2}:3}", "{\"{\\\"{\\\\\\\"a\\\\\\\":1}\\\":2}\":3}");
	refuses("{{{{{{\"a\":1}:1}:1}:1}:1}:1}", RMQ_ERR_TOO_LARGE);
}
END_TEST

START_TEST(json__limits_size)
{
	size_t len = RMQI_JSON_SIZE_MAX + 1;
	char *text = malloc(len);
	struct rmqi_json *root = NULL;

	memset(text, ' ', len);
	text[0] = '1';
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, len), &root), RMQ_ERR_TOO_LARGE);
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, len - 1), &root), RMQ_OK);
	rmqi_json_free(root);
	free(text);
}
END_TEST

START_TEST(json__limits_the_number_of_values)
{
	size_t len = 2 * (size_t)RMQI_JSON_VALUES_MAX + 1;
	char *text = malloc(len);
	struct rmqi_json *root = NULL;

	/* An array and its values: one too many. */
	for (size_t i = 0; i < len; i++)
		text[i] = i == 0 ? '[' : i % 2 ? '1' : ',';
	text[len - 1] = ']';
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, len), &root), RMQ_ERR_TOO_LARGE);
	memmove(text + 1, text + 3, len - 3);
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, len - 2), &root), RMQ_OK);
	rmqi_json_free(root);
	free(text);
}
END_TEST

static enum rmq_error try_parse(struct rmqi_cursor c)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(c, &root);

	if (err == RMQ_OK)
		rmqi_json_free(root);
	return err;
}

START_TEST(json__refuses_every_truncation)
{
	static const char text[] = "{\"a\":[1,'\\u4e2d\\ud83d\\ude00',{{\"b\":0}:-1.5e+3}],c:true}";

	refuses_every_truncation(text, sizeof(text) - 1, try_parse);
}
END_TEST

/* Resolves and writes. */
static void resolves_to(const char *text, const char *wanted)
{
	struct rmqi_json *root = parsed(text);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_json_resolve(root), RMQ_OK);
	ck_assert_int_eq(rmqi_json_write(root, &b), RMQ_OK);
	expect_text(&b, wanted);
	rmqi_buf_deinit(&b);
	rmqi_json_free(root);
}

static void does_not_resolve(const char *text)
{
	struct rmqi_json *root = parsed(text);

	ck_assert_msg(rmqi_json_resolve(root) == RMQ_ERR_PROTOCOL, "%s", text);
	rmqi_json_free(root);
}

START_TEST(json__resolves_references)
{
	resolves_to("{\"a\":{\"b\":[0,{\"c\":[1]}]},\"d\":{\"$ref\":\"$.a.b[1].c\"}}",
		    "{\"a\":{\"b\":[0,{\"c\":[1]}]},\"d\":[1]}");
	resolves_to("[{\"x\":1},{\"$ref\":\"$[0]\"},[{\"$ref\":\"$[1]\"}]]",
		    "[{\"x\":1},{\"x\":1},[{\"x\":1}]]");
	resolves_to("{\"T@G\":{\"a.b\":5},\"r\":{\"$ref\":\"$.T\\\\@G.a\\\\.b\"}}",
		    "{\"T@G\":{\"a.b\":5},\"r\":5}");
	/* A reference inside of what is referred to, before and after. */
	resolves_to("{\"a\":{\"$ref\":\"$.b\"},\"b\":{\"x\":{\"$ref\":\"$.c\"}},\"c\":[7]}",
		    "{\"a\":{\"x\":[7]},\"b\":{\"x\":[7]},\"c\":[7]}");
	/* Not alone: an ordinary member. */
	resolves_to("{\"a\":{\"$ref\":\"$.b\",\"x\":1}}", "{\"a\":{\"$ref\":\"$.b\",\"x\":1}}");
}
END_TEST

START_TEST(json__refuses_references_that_lead_nowhere)
{
	static const char *const texts[] = {
		"{\"a\":{\"$ref\":\"$.b\"}}",         "{\"a\":{\"$ref\":\"@\"}}",
		"{\"a\":{\"$ref\":\"..\"}}",          "{\"a\":{\"$ref\":\"$[0]\"}}",
		"{\"a\":[{\"$ref\":\"$.a[1]\"}]}",    "{\"a\":[1,{\"$ref\":\"$.a[x]\"}]}",
		"{\"a\":[1,{\"$ref\":\"$.a[0\"}]}",   "{\"a\":[1,{\"$ref\":\"$a\"}]}",
		"{\"a\":[1,{\"$ref\":\"$.a[-1]\"}]}",
	};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		does_not_resolve(texts[i]);
}
END_TEST

START_TEST(json__refuses_circles)
{
	does_not_resolve("{\"$ref\":\"$\"}");
	does_not_resolve("{\"a\":{\"$ref\":\"$.a\"}}");
	does_not_resolve("{\"a\":{\"$ref\":\"$\"}}");
	does_not_resolve("{\"a\":{\"$ref\":\"$.b\"},\"b\":{\"$ref\":\"$.a\"}}");
	does_not_resolve("{\"a\":{\"x\":{\"$ref\":\"$.b\"}},\"b\":{\"y\":{\"$ref\":\"$.a\"}}}");
}
END_TEST

/* A billion values out of few bytes. */
START_TEST(json__limits_growth_by_references)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_buf_add_text(&b, "{\"a0\":[1,1,1,1,1,1,1,1,1,1]");
	for (int i = 1; i < 10; i++) {
		rmqi_buf_addf(&b, ",\"a%d\":[", i);
		for (int k = 0; k < 10; k++)
			rmqi_buf_addf(&b, "%s{\"$ref\":\"$.a%d\"}", k ? "," : "", i - 1);
		rmqi_buf_add_text(&b, "]");
	}
	rmqi_buf_add_text(&b, "}");
	does_not_resolve(rmqi_buf_text(&b));
	rmqi_buf_deinit(&b);
}
END_TEST

static void writes_pretty(const char *text, bool raw_key_maps, const char *wanted)
{
	struct rmqi_json *root = parsed(text);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_json_write_pretty(root, raw_key_maps, &b), RMQ_OK);
	expect_text(&b, wanted);
	rmqi_buf_deinit(&b);
	rmqi_json_free(root);
}

/* consumerOffset.json of doc/reference/store.md. */
START_TEST(json__writes_consumer_offsets_as_fastjson_does)
{
	writes_pretty(
		"{\"dataVersion\":{\"counter\":1,\"stateVersion\":0,\"timestamp\":1700000000000},"
		"\"groupTopicMap\":{\"GroupA\":[\"TopicTest\"]},"
		"\"offsetTable\":{\"TopicTest@GroupA\":{0:12,1:9}}}",
		true,
		"{\n"
		"\t\"dataVersion\":{\n"
		"\t\t\"counter\":1,\n"
		"\t\t\"stateVersion\":0,\n"
		"\t\t\"timestamp\":1700000000000\n"
		"\t},\n"
		"\t\"groupTopicMap\":{\n"
		"\t\t\"GroupA\":[\n"
		"\t\t\t\"TopicTest\"\n"
		"\t\t]\n"
		"\t},\n"
		"\t\"offsetTable\":{\n"
		"\t\t\"TopicTest@GroupA\":{0:12,1:9\n"
		"\t\t}\n"
		"\t}\n"
		"}");
}
END_TEST

START_TEST(json__writes_delay_offsets_as_fastjson_does)
{
	writes_pretty("{\"offsetTable\":{1:5,3:7},\"none\":{},\"list\":[]}", true,
		      "{\n"
		      "\t\"offsetTable\":{1:5,3:7\n"
		      "\t},\n"
		      "\t\"none\":{},\n"
		      "\t\"list\":[]\n"
		      "}");
	writes_pretty("{1:5}", false, "{\n\t\"1\":5\n}");
	/* Texts that no Integer has. */
	writes_pretty("{01:5}", true, "{\n\t\"01\":5\n}");
	writes_pretty("{\"+1\":5}", true, "{\n\t\"+1\":5\n}");
}
END_TEST

START_TEST(json__escapes_text)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_json_add_string(&b, RMQI_STR("a\"\\\b\f\n\r\t\x01\x7f\xe4\xb8\xad\xff/\0"));
	expect_text(&b, "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007F\xe4\xb8\xad\\uFFFD/\\u0000\"");
	rmqi_buf_reset(&b);
	rmqi_json_add_string(&b, rmqi_str(NULL));
	expect_text(&b, "\"\"");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(json__writes_all_or_nothing)
{
	struct rmqi_json *root = parsed("[1,2,3]");
	struct rmqi_buf b;

	rmqi_buf_init(&b, 6);
	ck_assert_int_eq(rmqi_json_write(root, &b), RMQ_ERR_TOO_LARGE);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
	rmqi_json_free(root);
}
END_TEST

START_TEST(json__getters_are_lenient)
{
	struct rmqi_json *o =
		parsed("{\"n\":5,\"t\":\"6\",\"b\":true,\"s\":\"TRUE\",\"z\":null,\"o\":{}}");

	ck_assert_int_eq(rmqi_json_i64(o, "n", 1), 5);
	ck_assert_int_eq(rmqi_json_i64(o, "t", 1), 6);
	ck_assert_int_eq(rmqi_json_i64(o, "s", 1), 1);
	ck_assert_int_eq(rmqi_json_i64(o, "z", 1), 1);
	ck_assert_int_eq(rmqi_json_i64(o, "absent", 1), 1);
	ck_assert_int_eq(rmqi_json_i64(NULL, "n", 1), 1);
	ck_assert(rmqi_json_bool(o, "b", false));
	ck_assert(rmqi_json_bool(o, "s", false));
	ck_assert(rmqi_json_bool(o, "absent", true));
	ck_assert_str_eq(rmqi_json_str(o, "t", NULL), "6");
	ck_assert_ptr_null(rmqi_json_str(o, "o", NULL));
	ck_assert_str_eq(rmqi_json_str(o, "z", "other"), "other");
	rmqi_json_free(o);
}
END_TEST

static enum rmq_error parse_something(void)
{
	return try_parse(text_cursor("{\"a\":[1,2,{{\"b\":0}:\"x\"}],c:[1,2,3,4,5,6,7,8,9,10,11],"
				     "d1:1,d2:1,d3:1,d4:1,d5:1,d6:1,d7:1,d8:1,d9:1,d10:1,d11:1,"
				     "d12:1,d13:1,d14:1,d15:1,d16:1,d17:1,d1:2}"));
}

START_TEST(json__survives_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(parse_something), 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		json__reads_strict_json,
		json__reads_unquoted_names,
		json__reads_single_quotes,
		json__object_as_name_becomes_its_text,
		json__reads_escapes_of_fastjson,
		json__puts_the_replacement_character_for_what_is_no_unicode,
		json__takes_raw_control_characters,
		json__refuses_a_nul_inside_of_text,
		json__keeps_64_bits,
		json__larger_numbers_become_real,
		json__reads_sloppy_numbers,
		json__last_of_a_name_wins,
		json__last_of_many_names_wins,
		json__keeps_texts_when_its_text_is_gone,
		json__refuses_what_is_no_json,
		json__limits_depth,
		json__limits_objects_inside_of_names,
		json__limits_size,
		json__limits_the_number_of_values,
		json__refuses_every_truncation,
		json__resolves_references,
		json__refuses_references_that_lead_nowhere,
		json__refuses_circles,
		json__limits_growth_by_references,
		json__writes_consumer_offsets_as_fastjson_does,
		json__writes_delay_offsets_as_fastjson_does,
		json__escapes_text,
		json__writes_all_or_nothing,
		json__getters_are_lenient,
		json__survives_lack_of_memory,
	};

	return run_suite("json", tests, RMQI_COUNT(tests));
}
