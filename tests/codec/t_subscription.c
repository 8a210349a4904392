/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/names.h"
#include "codec/subscription.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static struct rmqi_subscription *subscribe(const char *expression, const char *type)
{
	struct rmqi_subscription *s = NULL;

	ck_assert_int_eq(
		rmqi_subscription_new(RMQI_STR("T"), rmqi_str(expression), rmqi_str(type), 123, &s),
		RMQ_OK);
	return s;
}

static void refuse(const char *expression, const char *type)
{
	struct rmqi_subscription *s = NULL;

	ck_assert_int_eq(
		rmqi_subscription_new(RMQI_STR("T"), rmqi_str(expression), rmqi_str(type), 1, &s),
		RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_ptr_null(s);
}

static void expect_tags(const struct rmqi_subscription *s, const char *joined)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	for (size_t i = 0; i < s->tag_count; i++)
		rmqi_buf_addf(&b, "%s,", s->tags[i]);
	expect_text(&b, joined);
	rmqi_buf_deinit(&b);
}

START_TEST(subscription__to_everything_has_no_tags)
{
	static const char *const all[] = {NULL, "", "*"};

	for (size_t i = 0; i < RMQI_COUNT(all); i++) {
		struct rmqi_subscription *s = subscribe(all[i], NULL);

		ck_assert_str_eq(s->topic, "T");
		ck_assert_str_eq(s->sub_string, "*");
		ck_assert_str_eq(s->expression_type, "TAG");
		ck_assert_int_eq(s->sub_version, 123);
		ck_assert_uint_eq(s->tag_count, 0);
		ck_assert_uint_eq(s->code_count, 0);
		ck_assert(rmqi_subscription_matches_code(s, 0));
		ck_assert(rmqi_subscription_matches_code(s, 99));
		ck_assert(rmqi_subscription_matches_tag(s, rmqi_str("any")));
		ck_assert(rmqi_subscription_matches_tag(s, rmqi_str(NULL)));
		rmqi_subscription_free(s);
	}
}
END_TEST

START_TEST(subscription__cuts_and_trims)
{
	struct rmqi_subscription *s = subscribe(" TagA ||  || TagB", "TAG");

	ck_assert_str_eq(s->sub_string, " TagA ||  || TagB");
	expect_tags(s, "TagA,TagB,");
	ck_assert_uint_eq(s->code_count, 2);
	ck_assert_int_eq(s->codes[0], 2598919);
	ck_assert_int_eq(s->codes[1], 2598920);
	ck_assert(rmqi_subscription_matches_code(s, 2598919));
	ck_assert(!rmqi_subscription_matches_code(s, 2598921));
	ck_assert(!rmqi_subscription_matches_code(s, 0));
	ck_assert(rmqi_subscription_matches_tag(s, RMQI_STR("TagB")));
	ck_assert(!rmqi_subscription_matches_tag(s, RMQI_STR("TagC")));
	ck_assert(!rmqi_subscription_matches_tag(s, RMQI_STR("Tag")));
	ck_assert(!rmqi_subscription_matches_tag(s, RMQI_STR("")));
	rmqi_subscription_free(s);
}
END_TEST

START_TEST(subscription__sets_hold_each_once)
{
	/* "Aa" and "BB" have one hash. */
	struct rmqi_subscription *s = subscribe("Aa||BB||Aa", NULL);

	expect_tags(s, "Aa,BB,");
	ck_assert_uint_eq(s->code_count, 1);
	ck_assert_int_eq(s->codes[0], 2112);
	rmqi_subscription_free(s);
}
END_TEST

START_TEST(subscription__reads_a_star_between_tags_as_a_tag)
{
	struct rmqi_subscription *s = subscribe("A||*", NULL);

	expect_tags(s, "A,*,");
	ck_assert(!rmqi_subscription_matches_code(s, 7));
	ck_assert(rmqi_subscription_matches_code(s, 42));
	rmqi_subscription_free(s);
}
END_TEST

START_TEST(subscription__of_blanks_matches_nothing)
{
	struct rmqi_subscription *s = subscribe(" ", NULL);

	ck_assert_str_eq(s->sub_string, " ");
	ck_assert_uint_eq(s->tag_count, 0);
	ck_assert(!rmqi_subscription_matches_code(s, 0));
	ck_assert(!rmqi_subscription_matches_tag(s, RMQI_STR("x")));
	rmqi_subscription_free(s);
	rmqi_subscription_free(subscribe(" || ", NULL));
}
END_TEST

START_TEST(subscription__of_bars_alone_is_refused)
{
	refuse("||", NULL);
	refuse("||||", "TAG");
}
END_TEST

START_TEST(subscription__single_bar_belongs_to_the_tag)
{
	struct rmqi_subscription *s = subscribe("|||a|b", NULL);

	expect_tags(s, "|a|b,");
	rmqi_subscription_free(s);
}
END_TEST

START_TEST(subscription__sql_has_no_sets)
{
	struct rmqi_subscription *s = subscribe("a > 1 || b", "SQL92");

	ck_assert_str_eq(s->sub_string, "a > 1 || b");
	ck_assert_str_eq(s->expression_type, "SQL92");
	ck_assert_uint_eq(s->tag_count, 0);
	ck_assert_uint_eq(s->code_count, 0);
	ck_assert(rmqi_subscription_matches_code(s, 1));
	ck_assert(rmqi_subscription_matches_tag(s, RMQI_STR("x")));
	rmqi_subscription_free(s);
	refuse(NULL, "SQL92");
	refuse("", "SQL92");
}
END_TEST

/* Long.intValue(): tags codes are stored as 8 bytes. */
START_TEST(subscription__compares_the_low_32_bits)
{
	struct rmqi_subscription *s = subscribe("polygenelubricants", NULL);

	ck_assert_int_eq(s->codes[0], INT32_MIN);
	ck_assert(rmqi_subscription_matches_code(s, INT32_MIN));
	ck_assert(rmqi_subscription_matches_code(s, INT64_C(0x80000000)));
	ck_assert(!rmqi_subscription_matches_code(s, INT64_C(0x7fffffff)));
	rmqi_subscription_free(s);
}
END_TEST

START_TEST(subscription__copy_is_equal_and_its_own)
{
	struct rmqi_subscription *s = subscribe("A||B", NULL), *copy = NULL;

	ck_assert_int_eq(rmqi_subscription_dup(s, &copy), RMQ_OK);
	rmqi_subscription_free(s);

	ck_assert_str_eq(copy->topic, "T");
	ck_assert_str_eq(copy->sub_string, "A||B");
	expect_tags(copy, "A,B,");
	ck_assert_uint_eq(copy->code_count, 2);
	ck_assert_int_eq(copy->codes[1], rmqi_java_hash(RMQI_STR("B")));
	ck_assert_int_eq(copy->sub_version, 123);
	rmqi_subscription_free(copy);
	rmqi_subscription_free(NULL);
}
END_TEST

/* 100,000 tags: the time must not grow with their square. */
START_TEST(subscription__takes_a_long_expression)
{
	struct rmqi_subscription *s = NULL;
	struct rmqi_buf b;

	rmqi_buf_init(&b, 4 << 20);
	for (int i = 0; i < 100000; i++)
		rmqi_buf_addf(&b, "%d||", i);
	ck_assert_int_eq(rmqi_subscription_new(RMQI_STR("T"), rmqi_str(rmqi_buf_text(&b)),
					       rmqi_str(NULL), 1, &s),
			 RMQ_OK);
	ck_assert_uint_eq(s->tag_count, 100000);
	rmqi_subscription_free(s);
	rmqi_buf_deinit(&b);
}
END_TEST

static enum rmq_error make_and_copy(void)
{
	struct rmqi_subscription *s, *copy;
	enum rmq_error err =
		rmqi_subscription_new(RMQI_STR("T"), RMQI_STR("A||B||C"), rmqi_str(NULL), 1, &s);

	if (err != RMQ_OK)
		return err;
	err = rmqi_subscription_dup(s, &copy);
	if (err == RMQ_OK)
		rmqi_subscription_free(copy);
	rmqi_subscription_free(s);
	return err;
}

START_TEST(subscription__survives_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(make_and_copy), 15);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		subscription__to_everything_has_no_tags,
		subscription__cuts_and_trims,
		subscription__sets_hold_each_once,
		subscription__reads_a_star_between_tags_as_a_tag,
		subscription__of_blanks_matches_nothing,
		subscription__of_bars_alone_is_refused,
		subscription__single_bar_belongs_to_the_tag,
		subscription__sql_has_no_sets,
		subscription__compares_the_low_32_bits,
		subscription__copy_is_equal_and_its_own,
		subscription__takes_a_long_expression,
		subscription__survives_lack_of_memory,
	};

	return run_suite("subscription", tests, RMQI_COUNT(tests));
}
