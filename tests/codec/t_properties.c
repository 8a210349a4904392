/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/properties.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* The pairs of `text` as "name=value;". */
static void walk(struct rmqi_str text, struct rmqi_buf *out)
{
	struct rmqi_str name, value;

	rmqi_buf_init(out, GOLDEN_MAX);
	while (rmqi_properties_next(&text, &name, &value))
		rmqi_buf_addf(out, "%.*s=%.*s;", RMQI_STR_ARG(name), RMQI_STR_ARG(value));
}

static void expect_pairs(struct rmqi_str text, const char *pairs)
{
	struct rmqi_buf b;

	walk(text, &b);
	expect_text(&b, pairs);
	rmqi_buf_deinit(&b);
}

/* doc/reference/message.md: a has no value, one has no name, one no separator, the last no end. */
START_TEST(properties__reads_what_java_reads)
{
	expect_pairs(RMQI_STR("a\1\2"
			      "b\1x\2"
			      "c\1y\1z\2"
			      "\1q\2"
			      "noSep\2"
			      "d\1tail"),
		     "b=x;c=y\1z;d=tail;");
}
END_TEST

START_TEST(properties__of_nothing_are_none)
{
	expect_pairs(rmqi_str(NULL), "");
	expect_pairs(RMQI_STR("\2\2\1\2\1"), "");
}
END_TEST

/* As in the batch of doc/reference/message.md, but for the order: a map has none. */
START_TEST(properties__writes_golden_bytes)
{
	struct golden g = golden_hex("4b455953014b31025441475301546167410257414954017472756502");
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_properties_add(&b, RMQI_STR("KEYS"), RMQI_STR("K1"));
	rmqi_properties_add(&b, RMQI_STR("TAGS"), RMQI_STR("TagA"));
	rmqi_properties_add(&b, RMQI_STR("WAIT"), RMQI_STR("true"));

	expect_bytes(&b, g.bytes, g.len);
	rmqi_buf_deinit(&b);
}
END_TEST

/* As MessageDecoder.createCrc32 appends it. */
START_TEST(properties__reads_the_crc_property)
{
	struct rmqi_str value;

	ck_assert(rmqi_properties_get(RMQI_STR("k\1v\2__CRC32#\1"
					       "0780607090\2"),
				      "__CRC32#", &value));

	expect_str(value, "0780607090");
}
END_TEST

START_TEST(properties__gets_the_last_of_a_name)
{
	struct rmqi_str value;

	ck_assert(rmqi_properties_get(RMQI_STR("k\1one\2k2\1x\2k\1two\2k\1\2"), "k", &value));

	expect_str(value, "two");
}
END_TEST

START_TEST(properties__leaves_the_value_alone_when_absent)
{
	struct rmqi_str value = RMQI_STR("before");

	ck_assert(!rmqi_properties_get(RMQI_STR("key\1v\2"), "ke", &value));
	ck_assert(!rmqi_properties_get(RMQI_STR("key\1v\2"), "keys", &value));

	expect_str(value, "before");
}
END_TEST

START_TEST(properties__copies_without_dropped_names)
{
	static const char *const drop[] = {"DELAY", "TRAN_MSG", NULL};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_properties_copy_without(&b, RMQI_STR("a\1b\2DELAY\0013\2DELAYS\1x\2TRAN_MSG\1true"),
				     drop);

	expect_text(&b, "a\1b\2DELAYS\1x\2");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(properties__knows_reserved_names)
{
	ck_assert(rmqi_properties_is_reserved(RMQI_STR("KEYS")));
	ck_assert(rmqi_properties_is_reserved(RMQI_STR("__CRC32#")));
	ck_assert(rmqi_properties_is_reserved(RMQI_STR("DLQ_ORIGIN_MESSAGE_ID")));
	ck_assert(rmqi_properties_is_reserved(RMQI_STR(RMQI_PROP_PRIORITY)));
	ck_assert(rmqi_properties_is_reserved(RMQI_STR(RMQI_PROP_LITE_TOPIC)));
	ck_assert(!rmqi_properties_is_reserved(RMQI_STR("keys")));
	ck_assert(!rmqi_properties_is_reserved(RMQI_STR("")));
	ck_assert(!rmqi_properties_is_reserved(RMQI_STR("__SHARDINGKEY")));
	ck_assert(!rmqi_properties_is_reserved(RMQI_STR("CHECK_IMMUNITY_TIME_IN_SECONDS")));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		properties__reads_what_java_reads,
		properties__of_nothing_are_none,
		properties__writes_golden_bytes,
		properties__reads_the_crc_property,
		properties__gets_the_last_of_a_name,
		properties__leaves_the_value_alone_when_absent,
		properties__copies_without_dropped_names,
		properties__knows_reserved_names,
	};

	return run_suite("properties", tests, RMQI_COUNT(tests));
}
