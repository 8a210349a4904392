/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of answers to sends reads what the general one reads. */
#include <string.h>

#include <check.h>

#include "send/answer.h"
#include "tests/support/suite.h"

struct pair {
	const char *key;
	const char *value;
};

static void fill(struct rmqi_command *c, const struct pair *pairs)
{
	c->ext_count = 0;
	for (; pairs->key; pairs++)
		c->ext[c->ext_count++] =
			(struct rmqi_ext){rmqi_str(pairs->key), rmqi_str(pairs->value)};
}

static void expect_text(struct rmqi_str is, struct rmqi_str wanted)
{
	ck_assert_ptr_eq(is.ptr, wanted.ptr);
	ck_assert_uint_eq(is.len, wanted.len);
}

/* Both readers, of the same command. */
static enum rmq_error expect_same(const struct pair *pairs)
{
	struct rmqi_h_send_message_response is = {0}, wanted = {0};
	const char *bad = NULL, *wanted_bad = NULL;
	struct rmqi_command c;
	enum rmq_error err;

	rmqi_command_init(&c);
	fill(&c, pairs);
	err = rmqi_send_answer_read(&c, &is, &bad);
	ck_assert_int_eq(
		rmqi_header_decode(&rmqi_desc_send_message_response, &c, &wanted, &wanted_bad),
		err);
	ck_assert_pstr_eq(bad, wanted_bad);
	ck_assert_uint_eq(is.has, wanted.has);
	ck_assert_int_eq(is.queueId, wanted.queueId);
	ck_assert_int_eq(is.queueOffset, wanted.queueOffset);
	ck_assert_int_eq(is.TRACE_ON, wanted.TRACE_ON);
	expect_text(is.msgId, wanted.msgId);
	expect_text(is.transactionId, wanted.transactionId);
	expect_text(is.batchUniqId, wanted.batchUniqId);
	expect_text(is.recallHandle, wanted.recallHandle);
	expect_text(is.MSG_REGION, wanted.MSG_REGION);
	rmqi_command_deinit(&c);
	return err;
}

START_TEST(answer__every_field_in_any_order)
{
	static const struct pair all[] = {{"msgId", "0506070800002A9F00000000000003E8"},
					  {"queueId", "3"},
					  {"queueOffset", "9223372036854775807"},
					  {"transactionId", "tx"},
					  {"batchUniqId", "b"},
					  {"recallHandle", "r"},
					  {"MSG_REGION", "DefaultRegion"},
					  {"TRACE_ON", "true"},
					  {NULL, NULL}};
	enum { COUNT = RMQI_COUNT(all) - 1 };
	struct pair turned[COUNT + 1] = {{NULL, NULL}};

	ck_assert_int_eq(expect_same(all), RMQ_OK);
	for (size_t i = 0; i < COUNT; i++)
		turned[i] = all[COUNT - 1 - i];
	ck_assert_int_eq(expect_same(turned), RMQ_OK);
}
END_TEST

START_TEST(answer__unknown_fields_are_passed_over)
{
	/* Of the length of known ones, in another case, and empty. */
	static const struct pair pairs[] = {
		{"msgID", "x"},      {"queueID", "7"},       {"trace_on", "true"},
		{"msg_region", "x"}, {"queueoffset", "7"},   {"recallhandle", "x"},
		{"", "x"},           {"TransactionId", "x"}, {"some", ""},
		{"msgId", "1"},      {"queueId", "12"},      {"queueOffset", "1700"},
		{NULL, NULL}};

	ck_assert_int_eq(expect_same(pairs), RMQ_OK);
}
END_TEST

START_TEST(answer__what_lacks_or_spoils_a_field_is_refused)
{
	static const struct pair bad[][5] = {
		{{"queueId", "1"}, {"queueOffset", "1"}},
		{{"msgId", "1"}, {"queueOffset", "1"}},
		{{"msgId", "1"}, {"queueId", "1"}},
		{{"msgId", "1"}, {"queueId", "x"}, {"queueOffset", "1"}},
		{{"msgId", "1"}, {"queueId", "2147483648"}, {"queueOffset", "1"}},
		{{"msgId", "1"}, {"queueId", "1"}, {"queueOffset", ""}},
		{{"msgId", "1"}, {"queueId", "1"}, {"queueOffset", "9223372036854775808"}},
		{{NULL, NULL}},
	};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(expect_same(bad[i]), RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(answer__the_last_of_two_counts)
{
	static const struct pair pairs[] = {
		{"msgId", "1"},  {"queueId", "1"},     {"queueOffset", "1"}, {"queueId", "2"},
		{"msgId", "22"}, {"TRACE_ON", "TRUE"}, {NULL, NULL}};

	ck_assert_int_eq(expect_same(pairs), RMQ_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		answer__every_field_in_any_order,
		answer__unknown_fields_are_passed_over,
		answer__what_lacks_or_spoils_a_field_is_refused,
		answer__the_last_of_two_counts,
	};

	return run_suite("answer", tests, RMQI_COUNT(tests));
}
