/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_filter.c - SQL92: what an expression means (doc/reference/filter.md), and which requests obey it. The
 * rows were compared with Apache's filter module.
 */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/mem.h"
#include "codec/subscription.h"
#include "mock-broker/filter/expression.h"
#include "tests/broker/rig.h"

/* --- The expression alone ------------------------------------------------------------------------------ */

/* "a=1;b=x" */
static const char *properties_of(const char *pairs, char *out, size_t size)
{
	snprintf(out, size, "%s", pairs);
	for (char *c = out; *c; c++)
		*c = *c == '=' ? '\x01' : *c == ';' ? '\x02' : *c;
	return out;
}

static struct mb_expression *compile(const char *text)
{
	struct mb_expression *e = NULL;
	struct rmqi_buf why;

	rmqi_buf_init(&why, 8192);
	ck_assert_msg(mb_expression_new(rmqi_str(text), &e, &why) == RMQ_OK, "%s: %s", text,
		      rmqi_buf_text(&why));
	rmqi_buf_deinit(&why);
	return e;
}

static bool matches(const char *text, const char *pairs)
{
	struct mb_expression *e = compile(text);
	char properties[256];
	bool result = mb_expression_matches(
		e, rmqi_str(properties_of(pairs, properties, sizeof(properties))));

	mb_expression_unref(e);
	return result;
}

static const struct {
	const char *text, *pairs;
	bool matches;
} meanings[] = {
	/* Comparison: the property is read as what it is compared with. */
	{"a > 5", "a=6", true},
	{"a > 5", "a=5", false},
	{"a >= 5", "a=5", true},
	{"a < 5", "a=-5", true},
	{"a <= 5", "a=+5", true},
	{"5 < a", "a=6", true},
	{"a > 5", "a=5.5", false},
	{"a > 5.0", "a=5.5", true},
	{"a > 5", "a=3000000000", false},
	{"a > 5L", "a=3000000000", false},
	{"a > 2147483648", "a=3000000000", true},
	{"a > 5", "a= 6", false},
	{"a > 5.0", "a= 6 ", true},
	{"a > 1.0", "a=0x1p3", true},
	{"a > 1.0", "a=Infinity", true},
	{"a = 5.0", "a=5", true},
	{"a = 5", "a=5", true},
	{"a = 5", "a=05", true},
	{"a = '5'", "a=05", false},
	{"a <> 5", "a=6", true},
	{"a <> 5", "a=x", false},
	{"a > b", "a=10;b=9", true},
	{"a > b", "a=x;b=9", false},
	{"a = b", "a=1;b=1.0", false},
	{"-a < 0", "a=1", false},
	{"a > -1", "a=0", true},
	{"+ a > + 1", "a=2", true},
	/* Range and set. */
	{"a between 0 and 3", "a=0", true},
	{"a between 0 and 3", "a=3", true},
	{"a between 0 and 3", "a=4", false},
	{"a NOT BETWEEN 0 AND 3", "a=4", true},
	{"a NOT BETWEEN 0 AND 3", "a=2", false},
	{"a NOT BETWEEN 3 AND 0", "a=2", true},
	{"a IN ('x', 'y')", "a=y", true},
	{"a IN ('x', 'y')", "a=z", false},
	{"a NOT IN ('x')", "a=z", true},
	{"a NOT IN ('x')", "b=z", false},
	/* What is not there. */
	{"a IS NULL", "b=1", true},
	{"a IS NULL", "a=1", false},
	{"a IS NOT NULL", "a=1", true},
	{"a > 5", "b=1", false},
	{"NOT (a > 5)", "b=1", false},
	{"a <> 5", "b=1", false},
	{"'x' <> a", "b=1", true},
	{"a = c", "b=1", true},
	{"a > 5 OR b = 1", "b=1", true},
	{"a > 5 AND b = 1", "b=1", false},
	{"NOT (a > 5 AND b = 2)", "b=1", true},
	/* Truth. */
	{"TRUE", "", true},
	{"FALSE OR TRUE", "", true},
	{"NULL", "", false},
	{"NOT FALSE", "", true},
	{"a", "a=true", false},
	{"NOT a", "a=true", true},
	{"NOT a", "b=1", false},
	{"a = TRUE", "a=TRUE", true},
	{"a = TRUE", "a=yes", false},
	{"a = FALSE", "a=yes", true},
	{"TRUE = a", "a=true", false},
	{"a > 5 OR b > 5 AND c > 5", "a=6;b=1;c=1", true},
	{"(a > 5 OR b > 5) AND c > 5", "a=6;b=1;c=1", false},
	/* A failure is no match, unless it is decided before. */
	{"a > 5 OR b = 1", "a=x;b=1", false},
	{"b = 1 OR a > 5", "a=x;b=1", true},
	{"NOT (a > 5)", "a=x", false},
	/* Texts. */
	{"a CONTAINS 'bc'", "a=abcd", true},
	{"a NOT CONTAINS 'bc'", "a=abcd", false},
	{"a NOT CONTAINS 'bc'", "b=x", false},
	{"a STARTSWITH 'ab'", "a=abcd", true},
	{"a ENDSWITH 'cd'", "a=abcd", true},
	{"a endswith 'abcde'", "a=abcd", false},
	{"a NOT STARTSWITH ''", "a=abcd", false},
	{"a = 'it''s'", "a=it's", true},
	/* Words and names. */
	{"a is not null and b In('x')", "a=1;b=x", true},
	{"TAGS = 'x' AND $b_1 = 'y'", "TAGS=x;$b_1=y", true},
	{"A = 1", "a=1", false},
	/* What stands behind is not looked at. */
	{"a = 1 b = 2", "a=1", true},
	{"a = 007", "a=0", true},
	{"a = 1 -- and so on", "a=1", true},
	{"a /* this */ = -- that\n 1", "a=1", true},
	{"a = 1 ) (", "a=1", true},
	{"a LIKE 'x%'", "a=x", false},
};

START_TEST(expression__means_what_it_means_in_java)
{
	ck_assert_msg(matches(meanings[_i].text, meanings[_i].pairs) == meanings[_i].matches,
		      "%s on %s", meanings[_i].text, meanings[_i].pairs);
}
END_TEST

#define PARSE "org.apache.rocketmq.filter.parser.ParseException: "
#define LEXER "org.apache.rocketmq.filter.parser.TokenMgrError: Lexical error at line 1, column "
#define STATE "java.lang.RuntimeException: "

static const struct {
	const char *text, *why;
} refusals[] = {
	{"a >", PARSE "Encountered \"<EOF>\" at line 1, column 3."},
	{"a > > 5", PARSE "Encountered \" \">\" \"> \"\" at line 1, column 5."},
	{"(a > 5", PARSE "Encountered \"<EOF>\" at line 1, column 6."},
	{"a NOT b", PARSE "Encountered"},
	{"NOT a > 5", STATE "Value '(NOT a)' cannot be compared."},
	{"a IS 5", PARSE "Encountered \" <DECIMAL_LITERAL> \"5 \"\" at line 1, column 6."},
	{"a IN (5)", PARSE "Encountered \" <DECIMAL_LITERAL> \"5 \"\" at line 1, column 7."},
	{"5", PARSE "Expression will not result in a boolean value: 5"},
	{"a AND 'x'", PARSE "Expression will not result in a boolean value: 'x'"},
	{"a = NULL", STATE "'NULL' cannot be compared."},
	{"a > 'x'", STATE "Value ''x'' cannot be compared."},
	{"a > TRUE", STATE "Value 'TRUE' cannot be compared."},
	{"(a > 5) > 1", STATE "Value '(a > 5)' cannot be compared."},
	{"(a = 1 OR b) > 1", STATE "Value '((a == 1) || b)' cannot be compared."},
	{"TRUE = 'x'", STATE "'TRUE' cannot be compared with ''x''"},
	{"'a' IN ('x')", STATE "Expected a property for In expression, got: 'a'"},
	{"a BETWEEN 5 AND 3", STATE
	 "Illegal values of between, left value(5) must less than or equal to right value(3)"},
	{"a BETWEEN 1.5 AND 1e-5",
	 STATE "Illegal values of between, left value(1.5) must less than or equal to right "
	       "value(1.0E-5)"},
	{"a BETWEEN NULL AND 3", STATE "Illegal values of between, values can not be null!"},
	{"a > 0.0", STATE "0.0 is less than 4.9E-324"},
	{"a > 1e999", STATE "1e999 is greater than 1.7976931348623157E308"},
	{"a > 9223372036854775808",
	 "java.lang.NumberFormatException: For input string: \"9223372036854775808\""},
	{"a # 5", LEXER "3.  Encountered: \"#\" (35), after : \"\""},
	{"a = 'x", LEXER "7.  Encountered: <EOF> after : \"\\'x\""},
	{"a = /* 5", LEXER "9.  Encountered: <EOF> after : \"/* 5\""},
	{"a = /5", LEXER "7.  Encountered: <EOF> after : \"/5\""},
	{"a = .x + 1", LEXER "6.  Encountered: \"x\" (120), after : \".\""},
	{"a \xc3\xa9 b", LEXER "3.  Encountered: \"\\u00e9\" (233), after : \"\""},
	{"", PARSE "Encountered \"<EOF>\" at line"},
};

START_TEST(expression__that_java_refuses_is_refused_with_its_words)
{
	struct mb_expression *e = NULL;
	struct rmqi_buf why;
	enum rmq_error err;

	rmqi_buf_init(&why, 8192);
	err = mb_expression_new(rmqi_str(refusals[_i].text), &e, &why);
	ck_assert_msg(err == RMQ_ERR_INVALID_ARGUMENT, "%s is taken", refusals[_i].text);
	ck_assert_msg(strncmp(rmqi_buf_text(&why), refusals[_i].why, strlen(refusals[_i].why)) == 0,
		      "%s: %s", refusals[_i].text, rmqi_buf_text(&why));
	rmqi_buf_deinit(&why);
}
END_TEST

/* `count` times `part` between `before` and `after`. */
static enum rmq_error compile_many(const char *before, const char *part, size_t count,
				   const char *after, struct mb_expression **out)
{
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, 1 << 20);
	rmqi_buf_add_text(&text, before);
	for (size_t i = 0; i < count; i++)
		rmqi_buf_add_text(&text, part);
	rmqi_buf_add_text(&text, after);
	err = mb_expression_new(rmqi_str(rmqi_buf_text(&text)), out, NULL);
	rmqi_buf_deinit(&text);
	return err;
}

START_TEST(expression__has_limits)
{
	static const char *const deep[] = {"(", "NOT ", "- ", "+ ", "NOT (", "a = (", "a > -("};
	struct mb_expression *e = NULL;

	for (size_t i = 0; i < RMQI_COUNT(deep); i++)
		ck_assert_int_eq(compile_many("", deep[i], 10000 / strlen(deep[i]), "a", &e),
				 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(compile_many("a", " = a", 1000, "", &e), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(compile_many("a = 1", " OR a = 1", 2000, "", &e),
			 RMQ_ERR_INVALID_ARGUMENT); /* too long */
	ck_assert_int_eq(compile_many("", "(", 60, "a", &e), RMQ_ERR_INVALID_ARGUMENT);
}
END_TEST

/* Many conditions are one list, not a tree as deep. */
START_TEST(expression__may_have_many_conditions)
{
	struct mb_expression *e = NULL;

	ck_assert_int_eq(compile_many("a = 1", " OR a = 2", 1700, " OR a = 3", &e), RMQ_OK);
	ck_assert(mb_expression_matches(e, RMQI_STR("a\x01"
						    "3\x02")));
	ck_assert(!mb_expression_matches(e, RMQI_STR("a\x01"
						     "4\x02")));
	mb_expression_unref(e);
	ck_assert_int_eq(compile_many("a IN ('x'", ",'y'", 4000, ")", &e), RMQ_OK);
	ck_assert(mb_expression_matches(e, RMQI_STR("a\x01y\x02")));
	mb_expression_unref(e);
}
END_TEST

START_TEST(expression__evaluates_without_memory)
{
	struct mb_expression *e = compile("a > 5 AND b IN ('x','y') AND c BETWEEN 1.5 AND 7.5 AND "
					  "d CONTAINS 'z' OR e IS NULL");
	uint64_t before = rmqi_mem_allocations();

	for (int i = 0; i < 100; i++)
		ck_assert(mb_expression_matches(e, RMQI_STR("e\x01q\x02"
							    "a\x01"
							    "6\x02"
							    "b\x01y\x02"
							    "c\x01"
							    "2\x02"
							    "d\x01xyz\x02")));
	ck_assert_uint_eq(rmqi_mem_allocations(), before);
	mb_expression_unref(e);
}
END_TEST

/* --- On the wire ------------------------------------------------------------------------------------------ */

#define ON "enablePropertyFilter=true\n"

static struct rig *rig;
static struct peer *peer;

static void begin(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
}

static void end(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int32_t check_config(const char *expression)
{
	struct rmqi_subscription *s = NULL;
	struct rmqi_buf body;
	int32_t code;

	ck_assert_int_eq(rmqi_subscription_new(RMQI_STR("T"), rmqi_str(expression),
					       RMQI_STR("SQL92"), 1, &s),
			 RMQ_OK);
	rmqi_buf_init(&body, 65536);
	ck_assert_int_eq(rmqi_check_client_encode("c", "G", s, &body), RMQ_OK);
	code = peer_ask_bytes(peer, rig->broker, RMQI_REQ_CHECK_CLIENT_CONFIG, NULL, NULL,
			      rmqi_buf_cursor(&body));
	rmqi_buf_deinit(&body);
	rmqi_subscription_free(s);
	return code;
}

static int32_t pull_sql(const char *expression, int64_t offset)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, "G", "T", 0, offset);
	RMQI_SET(&h, pull_message, expressionType, RMQI_STR("SQL92"));
	RMQI_SET(&h, pull_message, subscription, rmqi_str(expression));
	return peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h,
			NULL);
}

/* By the subscription of the group. */
static int32_t pull_as_member(int64_t version, int64_t offset)
{
	struct rmqi_h_pull_message h;

	peer_pull_header(&h, "G", "T", 0, offset);
	h.sysFlag = 0;
	h.subVersion = version;
	return peer_ask(peer, rig->broker, RMQI_REQ_PULL_MESSAGE, &rmqi_desc_pull_message, &h,
			NULL);
}

static void send_values(void)
{
	static const char *const values[] = {"a=1", "a=5", "b=1", "a=7"};

	for (size_t i = 0; i < RMQI_COUNT(values); i++)
		ck_assert_int_eq(peer_send(peer, "T", 0, values[i], values[i]), 0);
}

START_TEST(check__tells_what_the_broker_thinks)
{
	begin(ON);

	ck_assert_int_eq(check_config("a > 5"), 0);
	ck_assert_int_eq(check_config("a > > 5"), RMQI_RESP_SUBSCRIPTION_PARSE_FAILED);
	ck_assert_str_eq(peer_remark(peer),
			 PARSE "Encountered \" \">\" \"> \"\" at line 1, column 5.");
	end();
}
END_TEST

START_TEST(check__is_refused_where_the_setting_is_off)
{
	begin(NULL);

	ck_assert_int_eq(check_config("a > 5"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer),
			 "The broker does not support consumer to filter message by SQL92");
	ck_assert_int_eq(pull_sql("a > 5", 0), RMQI_RESP_SYSTEM_ERROR);
	end();
}
END_TEST

START_TEST(pull__by_the_expression_of_the_request)
{
	begin(ON);
	send_values();

	ck_assert_int_eq(pull_sql("a > 4", 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_int_eq(peer_message(peer, 0).queue_offset, 1);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 4);
	ck_assert_int_eq(pull_sql("a > 40", 0), RMQI_RESP_PULL_RETRY_IMMEDIATELY);
	ck_assert_int_eq(peer_ext_i64(peer, "nextBeginOffset"), 4);
	/* PullMessageProcessor's assertion is off: one that cannot be compiled lets everything through. */
	ck_assert_int_eq(pull_sql("a > > 4", 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 4);
	end();
}
END_TEST

START_TEST(pull__by_the_expression_of_the_heartbeat)
{
	begin(ON);
	send_values();

	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a > 4", 1), 0);
	ck_assert_int_eq(pull_as_member(1, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 2);
	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a > 6", 2), 0);
	ck_assert_int_eq(pull_as_member(2, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 1);
	/* One that cannot be compiled takes the place of the one before. */
	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a >", 3), 0);
	ck_assert_int_eq(pull_as_member(3, 0), RMQI_RESP_FILTER_DATA_NOT_EXIST);
	ck_assert_str_eq(
		peer_remark(peer),
		"The broker's consumer filter data is not exist!Your expression may be wrong!");
	ck_assert_int_eq(peer_consumer_beat(peer, "c", "G", "T", "*", 4), 0);
	ck_assert_int_eq(pull_as_member(4, 0), 0);
	ck_assert_uint_eq(peer_message_count(peer), 4);
	end();
}
END_TEST

START_TEST(hold__wakes_for_a_message_that_matches)
{
	struct held held;

	begin(ON);
	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a > 4", 1), 0);
	peer_hold_as_member(peer, &held, "G", "T", 0, 0, 15000);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "a=1"), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "b=9"), 0);
	rig_advance(rig, 100);
	ck_assert(!held.is_done);
	/* Another expression meanwhile is for later pulls. */
	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a > 100", 2), 0);
	ck_assert_int_eq(peer_consumer_beat_sql(peer, "c", "G", "T", "a > 4", 3), 0);
	ck_assert_int_eq(peer_send(peer, "T", 0, "x", "a=5"), 0);
	rig_advance(rig, 100);
	ck_assert(held.is_done);
	ck_assert_int_eq(held.code, 0);
	ck_assert_int_eq(held.next_offset, 3);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		expression__has_limits,
		expression__may_have_many_conditions,
		expression__evaluates_without_memory,
		check__tells_what_the_broker_thinks,
		check__is_refused_where_the_setting_is_off,
		pull__by_the_expression_of_the_request,
		pull__by_the_expression_of_the_heartbeat,
		hold__wakes_for_a_message_that_matches,
	};
	struct suite s;

	suite_open(&s, "filter");
	suite_add_loop(&s, expression__means_what_it_means_in_java, RMQI_COUNT(meanings));
	suite_add_loop(&s, expression__that_java_refuses_is_refused_with_its_words,
		       RMQI_COUNT(refusals));
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
