/* SPDX-License-Identifier: Apache-2.0 */
/* t_select.c - which requests a selector means. */
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/schema.h"
#include "mock-broker/rules/glob.h"
#include "mock-broker/rules/select.h"
#include "tests/support/suite.h"

static struct mb_select s;
static struct rmq_error_detail *detail;

static void setup(void)
{
	mb_select_init(&s);
	detail = rmqi_detail_new();
}

static void teardown(void)
{
	mb_select_deinit(&s);
	rmqi_detail_discard(detail);
}

/* What a request says, as pairs of key and value. */
static struct mb_subject subject_of(int32_t code, const struct rmqi_ext *ext, size_t count)
{
	return (struct mb_subject){
		.node = "broker-a", .namesrv = -1, .code = code, .ext = ext, .ext_count = count};
}

#define EXT(k, v) {{k, sizeof(k) - 1}, {v, sizeof(v) - 1}}

static const struct rmqi_ext send_v2[] = {EXT("a", "P"), EXT("b", "Orders"), EXT("e", "3"),
					  EXT("j", "0")};
static const struct rmqi_ext pull[] = {EXT("consumerGroup", "G"), EXT("topic", "Orders"),
				       EXT("queueId", "7")};

static bool is_chosen(const char *text, const struct mb_subject *subject)
{
	bool answer;

	mb_select_deinit(&s);
	ck_assert_msg(mb_select_parse(&s, text, detail) == RMQ_OK, "%s: %s", text,
		      rmq_error_detail_message(detail));
	answer = mb_select_matches(&s, subject);
	return answer;
}

START_TEST(glob__takes_runs_and_single_bytes)
{
	static const struct {
		const char *pattern, *text;
		bool is_like;
	} rows[] = {
		{"", "", true},		  {"", "a", false},	   {"a", "", false},
		{"*", "", true},	  {"*", "abc", true},	   {"**", "a", true},
		{"?", "", false},	  {"?", "a", true},	   {"?", "ab", false},
		{"a*c", "abbc", true},	  {"a*c", "abbd", false},  {"*%RETRY%*", "%RETRY%G", true},
		{"a*b*c", "axbxbxc", true}, {"a*b*c", "acb", false}, {"*a", "aaab", false},
		{"b?ker", "bxker", true}, {"[a]", "a", false},	   {"[a]", "[a]", true},
	};

	for (size_t i = 0; i < RMQI_COUNT(rows); i++)
		ck_assert_msg(mb_glob_matches(rmqi_str(rows[i].pattern), rmqi_str(rows[i].text)) ==
				      rows[i].is_like,
			      "%s, %s", rows[i].pattern, rows[i].text);
}
END_TEST

START_TEST(select__nothing_given_is_every_request)
{
	struct mb_subject subject = subject_of(1, NULL, 0);

	ck_assert(mb_select_matches(&s, &subject));
	ck_assert(is_chosen("", &subject));
	ck_assert(is_chosen(" \t\n", &subject));
}
END_TEST

START_TEST(select__reads_codes_by_name_and_number)
{
	struct mb_subject v2 = subject_of(RMQI_REQ_SEND_MESSAGE_V2, NULL, 0);
	struct mb_subject pulls = subject_of(RMQI_REQ_PULL_MESSAGE, NULL, 0);
	struct mb_subject odd = subject_of(-9999, NULL, 0);

	ck_assert(is_chosen("code=SEND_MESSAGE_V2", &v2));
	ck_assert(is_chosen("code=310", &v2));
	ck_assert(!is_chosen("code=310", &pulls));
	ck_assert(is_chosen("code=SEND_MESSAGE_V2,PULL_MESSAGE", &pulls));
	ck_assert(is_chosen("code=1,-9999", &odd));
}
END_TEST

START_TEST(select__finds_a_short_field_by_its_name_and_its_letter)
{
	struct mb_subject v2 =
		subject_of(RMQI_REQ_SEND_MESSAGE_V2, send_v2, RMQI_COUNT(send_v2));

	ck_assert(is_chosen("topic=Orders", &v2));
	ck_assert(is_chosen("topic=O*", &v2));
	ck_assert(!is_chosen("topic=Order", &v2));
	ck_assert(is_chosen("queueId=3 group=P", &v2));
	ck_assert(!is_chosen("queueId=4", &v2));
	ck_assert(is_chosen("field=reconsumeTimes=0", &v2));
	ck_assert(is_chosen("field=j=?", &v2));
	ck_assert(!is_chosen("field=batch=*", &v2));
}
END_TEST

/* 'a' is the producer group of a SEND_MESSAGE_V2 only. */
START_TEST(select__takes_letters_for_fields_only_where_the_code_has_them)
{
	struct mb_subject odd = subject_of(RMQI_REQ_PULL_MESSAGE, send_v2, RMQI_COUNT(send_v2));

	ck_assert(!is_chosen("topic=*", &odd));
	ck_assert(is_chosen("field=b=Orders", &odd));
}
END_TEST

START_TEST(select__wants_all_that_is_given)
{
	struct mb_subject p = subject_of(RMQI_REQ_PULL_MESSAGE, pull, RMQI_COUNT(pull));

	ck_assert(is_chosen("code=PULL_MESSAGE topic=Orders group=G queueId=7 node=broker-*", &p));
	ck_assert(!is_chosen("code=PULL_MESSAGE topic=Orders group=H", &p));
	ck_assert(is_chosen("field=topic=O* field=queueId=7", &p));
	ck_assert(!is_chosen("field=topic=O* field=queueId=8", &p));
}
END_TEST

START_TEST(select__tells_brokers_from_name_servers)
{
	struct mb_subject broker = subject_of(1, NULL, 0);
	struct mb_subject namesrv = subject_of(1, NULL, 0);

	namesrv.node = "";
	namesrv.namesrv = 1;
	ck_assert(is_chosen("node=broker-a", &broker));
	ck_assert(is_chosen("node=*", &broker));
	ck_assert(!is_chosen("node=*", &namesrv));
	ck_assert(is_chosen("namesrv=1", &namesrv));
	ck_assert(!is_chosen("namesrv=0", &namesrv));
	ck_assert(!is_chosen("namesrv=0", &broker));
	broker.node = "broker-a/1";
	ck_assert(!is_chosen("node=broker-a", &broker));
	ck_assert(is_chosen("node=broker-a/1", &broker));
}
END_TEST

START_TEST(select__finds_the_client_in_header_body_and_connection)
{
	static const char beat[] = "{\"clientID\":\"10.0.0.1@7\",\"producerDataSet\":[]}";
	static const struct rmqi_ext unregister[] = {EXT("clientID", "10.0.0.1@7")};
	struct mb_subject p = subject_of(RMQI_REQ_PULL_MESSAGE, pull, RMQI_COUNT(pull));
	struct mb_subject h = subject_of(RMQI_REQ_HEART_BEAT, NULL, 0);
	struct mb_subject u = subject_of(RMQI_REQ_UNREGISTER_CLIENT, unregister, 1);

	ck_assert(!is_chosen("clientId=*", &p));
	p.client_id = "10.0.0.1@7";
	ck_assert(is_chosen("clientId=*@7", &p));
	ck_assert(is_chosen("clientId=*@7", &u));
	h.body = rmqi_cursor(beat, strlen(beat));
	ck_assert(is_chosen("clientId=*@7", &h));
	ck_assert(!is_chosen("clientId=*@8", &h));
	h.body.len--;
	ck_assert(!is_chosen("clientId=*", &h));
}
END_TEST

/* A message is the user's, whatever it says. */
START_TEST(select__does_not_look_into_messages)
{
	static const char body[] = "{\"clientId\":\"X\"}";
	struct mb_subject v2 =
		subject_of(RMQI_REQ_SEND_MESSAGE_V2, send_v2, RMQI_COUNT(send_v2));

	v2.body = rmqi_cursor(body, strlen(body));
	ck_assert(!is_chosen("clientId=X", &v2));
}
END_TEST

static void check_refused(const char *text, const char *says)
{
	mb_select_deinit(&s);
	ck_assert_int_eq(mb_select_parse(&s, text, detail), RMQ_ERR_CONFIG);
	ck_assert_str_eq(rmq_error_detail_message(detail), says);
}

START_TEST(select__says_what_it_cannot_read)
{
	check_refused("topc=T", "unknown selector \"topc\"; did you mean \"topic\"?");
	check_refused("code=SEND_MESAGE_V2",
		      "code: there is no request \"SEND_MESAGE_V2\"; did you mean "
		      "\"SEND_MESSAGE_V2\"?");
	check_refused("code=1,,2", "code: there is no request \"\"");
	check_refused("topic", "\"topic\" is not selector=value");
	check_refused("queueId=x", "queueId: \"x\" is not an integer in -1..2147483647");
	check_refused("namesrv=8", "namesrv: \"8\" is not an integer in 0..7");
	check_refused("field=x", "field: \"x\" is not NAME=GLOB");
	check_refused("field==x", "field: \"=x\" is not NAME=GLOB");
	check_refused("topic=A topic=B", "topic is there twice");
}
END_TEST

START_TEST(select__has_limits)
{
	char text[3 * MB_SELECT_TEXT_MAX] = "code=1";

	for (int i = 1; i < MB_SELECT_CODES_MAX; i++)
		strcat(text, ",1");
	ck_assert_int_eq(mb_select_parse(&s, text, detail), RMQ_OK);
	strcat(text, ",1");
	check_refused(text, "code: there are more than 32");

	text[0] = 0;
	for (int i = 0; i < MB_SELECT_FIELDS_MAX; i++)
		strcat(text, "field=a=b ");
	mb_select_deinit(&s);
	ck_assert_int_eq(mb_select_parse(&s, text, detail), RMQ_OK);
	strcat(text, "field=a=b");
	check_refused(text, "field: there are more than 16");

	memset(text, 'x', sizeof(text));
	memcpy(text, "topic=", 6);
	text[6 + MB_SELECT_TEXT_MAX + 1] = 0;
	check_refused(text, "topic: a value of 4097 bytes; allowed are 4096");
}
END_TEST

START_TEST(select__keeps_the_former_value_when_one_is_refused)
{
	struct mb_subject v2 =
		subject_of(RMQI_REQ_SEND_MESSAGE_V2, send_v2, RMQI_COUNT(send_v2));

	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_queueId, RMQI_STR("3"), NULL), RMQ_OK);
	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_queueId, RMQI_STR("z"), NULL),
			 RMQ_ERR_CONFIG);
	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_code, RMQI_STR("310"), NULL), RMQ_OK);
	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_code, RMQI_STR("11,x"), NULL),
			 RMQ_ERR_CONFIG);
	ck_assert(mb_select_matches(&s, &v2));
	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_code, RMQI_STR("11"), NULL), RMQ_OK);
	ck_assert(!mb_select_matches(&s, &v2));
	ck_assert_int_eq(mb_select_put(&s, MB_SELECT_code, RMQI_STR(""), NULL), RMQ_OK);
	ck_assert(mb_select_matches(&s, &v2));
}
END_TEST

START_TEST(select__is_copied_whole)
{
	struct mb_subject v2 =
		subject_of(RMQI_REQ_SEND_MESSAGE_V2, send_v2, RMQI_COUNT(send_v2));
	struct mb_select copy;

	ck_assert(is_chosen("code=310 topic=O* field=queueId=3 field=a=P queueId=3", &v2));
	mb_select_init(&copy);
	ck_assert_int_eq(mb_select_copy(&copy, &s), RMQ_OK);
	mb_select_deinit(&s);
	ck_assert_uint_eq(copy.field_count, 2);
	ck_assert(mb_select_matches(&copy, &v2));
	mb_select_deinit(&copy);
}
END_TEST

START_TEST(select__survives_no_memory)
{
	for (uint64_t i = 1; i < 8; i++) {
		enum rmq_error err;

		mb_select_deinit(&s);
		rmqi_mem_fail_after(i, 0);
		err = mb_select_parse(&s, "topic=T field=a=b field=c=d", NULL);
		rmqi_mem_fail_after(0, 0);
		ck_assert(err == RMQ_OK || err == RMQ_ERR_NO_MEMORY);
		ck_assert(i > 1 || err == RMQ_ERR_NO_MEMORY);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		glob__takes_runs_and_single_bytes,
		select__nothing_given_is_every_request,
		select__reads_codes_by_name_and_number,
		select__finds_a_short_field_by_its_name_and_its_letter,
		select__takes_letters_for_fields_only_where_the_code_has_them,
		select__wants_all_that_is_given,
		select__tells_brokers_from_name_servers,
		select__finds_the_client_in_header_body_and_connection,
		select__does_not_look_into_messages,
		select__says_what_it_cannot_read,
		select__has_limits,
		select__keeps_the_former_value_when_one_is_refused,
		select__is_copied_whole,
		select__survives_no_memory,
	};
	struct suite suite;

	suite_open(&suite, "select");
	tcase_add_checked_fixture(suite.all, setup, teardown);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
