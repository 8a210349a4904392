/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body_auth.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

static struct rmqi_user_list users;
static struct rmqi_policy_list policies;
static struct rmqi_account_list accounts;

static enum rmq_error decode_users(const char *text)
{
	rmqi_user_list_deinit(&users);
	return rmqi_user_list_decode(text_cursor(text), &users);
}

static enum rmq_error decode_policies(const char *text)
{
	rmqi_policy_list_deinit(&policies);
	return rmqi_policy_list_decode(text_cursor(text), &policies);
}

static void close_all(void)
{
	rmqi_user_list_deinit(&users);
	rmqi_policy_list_deinit(&policies);
	rmqi_account_list_deinit(&accounts);
}

START_TEST(users__are_a_list_or_one_or_none)
{
	ck_assert_int_eq(decode_users("[{\"password\":\"p\",\"userStatus\":\"enable\","
				      "\"userType\":\"Super\",\"username\":\"a\"},"
				      "{\"username\":\"b\"}]"),
			 RMQ_OK);
	ck_assert_uint_eq(users.count, 2);
	ck_assert_str_eq(users.items[0].name, "a");
	ck_assert_str_eq(users.items[0].type, "Super");
	ck_assert_str_eq(users.items[0].status, "enable");
	ck_assert_str_eq(users.items[1].name, "b");
	ck_assert_str_eq(users.items[1].type, "");
	ck_assert_int_eq(decode_users("{\"username\":\"c\",\"userStatus\":null}"), RMQ_OK);
	ck_assert_uint_eq(users.count, 1);
	ck_assert_str_eq(users.items[0].status, "");
	ck_assert_int_eq(decode_users(""), RMQ_OK);
	ck_assert_uint_eq(users.count, 0);
	ck_assert_int_eq(decode_users("[]"), RMQ_OK);
	ck_assert_uint_eq(users.count, 0);
}
END_TEST

START_TEST(users__refuse_what_is_none)
{
	static const char *const bad[] = {"7", "[7]", "{}", "[{\"username\":\"a\"},null]",
					  "{\"username\":[]}", "[{\"username\":\"a\"}", "null"};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(decode_users(bad[i]), RMQ_ERR_PROTOCOL);
}
END_TEST

#define ENTRY                                                              \
	"{\"actions\":[\"Pub\",\"Sub\"],\"decision\":\"Allow\","           \
	"\"resource\":\"Topic:T\",\"sourceIps\":[\"1.1.1.1\",\"2.2.2.2\"]}"

START_TEST(policies__are_rows_of_entries)
{
	ck_assert_int_eq(decode_policies("[{\"policies\":[{\"entries\":[" ENTRY
					 ",{\"resource\":\"*\"}],\"policyType\":\"Custom\"},"
					 "{\"policyType\":\"Default\"}],\"subject\":\"User:a\"},"
					 "{\"subject\":\"User:b\"},"
					 "{\"subject\":\"User:c\",\"policies\":[{\"entries\":[" ENTRY
					 "]}]}]"),
			 RMQ_OK);
	ck_assert_uint_eq(policies.count, 3);
	ck_assert_str_eq(policies.items[0].subject, "User:a");
	ck_assert_str_eq(policies.items[0].type, "Custom");
	ck_assert_str_eq(policies.items[0].resource, "Topic:T");
	ck_assert_str_eq(policies.items[0].actions, "Pub,Sub");
	ck_assert_str_eq(policies.items[0].source_ips, "1.1.1.1,2.2.2.2");
	ck_assert_str_eq(policies.items[0].decision, "Allow");
	ck_assert_str_eq(policies.items[1].resource, "*");
	ck_assert_str_eq(policies.items[1].actions, "");
	ck_assert_str_eq(policies.items[2].subject, "User:c");
	ck_assert_str_eq(policies.items[2].type, "");
	ck_assert_int_eq(decode_policies(""), RMQ_OK);
	ck_assert_uint_eq(policies.count, 0);
}
END_TEST

START_TEST(policies__refuse_what_is_none)
{
	static const char *const bad[] = {
		"7",
		"[7]",
		"[{\"subject\":\"a\",\"policies\":{}}]",
		"{\"subject\":\"a\",\"policies\":[7]}",
		"{\"subject\":\"a\",\"policies\":[{\"entries\":7}]}",
		"{\"subject\":\"a\",\"policies\":[{\"entries\":[7]}]}",
		"{\"policies\":[{\"entries\":[" ENTRY "]}]}",
	};

	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		enum rmq_error err = decode_policies(bad[i]);

		if (err != RMQ_ERR_PROTOCOL)
			ck_abort_msg("%s: %s", bad[i], rmq_error_text(err));
	}
}
END_TEST

static void expect_written(enum rmq_error err, struct rmqi_buf *b, const char *text)
{
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_eq(b->len, strlen(text));
	ck_assert_int_eq(memcmp(rmqi_buf_data(b), text, b->len), 0);
	rmqi_buf_deinit(b);
}

START_TEST(orders__are_written_as_java_does)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, 4096);
	expect_written(rmqi_user_encode("u", "p\"", "Normal", "enable", &b), &b,
		       "{\"password\":\"p\\\"\",\"userStatus\":\"enable\","
		       "\"userType\":\"Normal\",\"username\":\"u\"}");
	rmqi_buf_init(&b, 4096);
	expect_written(rmqi_user_encode("u", NULL, NULL, NULL, &b), &b, "{\"username\":\"u\"}");
	rmqi_buf_init(&b, 4096);
	expect_written(
		rmqi_policy_encode("User:u", "Topic:T", "Pub, Sub", "1.1.1.1", "Deny", &b), &b,
		"{\"policies\":[{\"entries\":[{\"actions\":[\"Pub\",\"Sub\"],"
		"\"decision\":\"Deny\",\"resource\":\"Topic:T\",\"sourceIps\":[\"1.1.1.1\"]}],"
		"\"policyType\":\"Custom\"}],\"subject\":\"User:u\"}");
}
END_TEST

static enum rmq_error decode_accounts(const char *text)
{
	rmqi_account_list_deinit(&accounts);
	return rmqi_account_list_decode(text_cursor(text), &accounts);
}

START_TEST(accounts__are_read)
{
	ck_assert_int_eq(decode_accounts("{\"globalWhiteAddrs\":[\"10.0.0.1\",\"10.0.0.2\"],"
					 "\"plainAccessConfigs\":[{\"accessKey\":\"reader12\","
					 "\"secretKey\":\"s\",\"admin\":true,"
					 "\"topicPerms\":[\"T=PUB\",\"U=SUB\"],"
					 "\"defaultTopicPerm\":\"DENY\"}]}"),
			 RMQ_OK);
	ck_assert_uint_eq(accounts.count, 1);
	ck_assert_str_eq(accounts.items[0].access_key, "reader12");
	ck_assert_str_eq(accounts.items[0].topic_permissions, "T=PUB,U=SUB");
	ck_assert_str_eq(accounts.items[0].group_permissions, "");
	ck_assert_str_eq(accounts.items[0].default_topic_permission, "DENY");
	ck_assert_str_eq(accounts.items[0].global_white_addresses, "10.0.0.1,10.0.0.2");
	ck_assert(accounts.items[0].is_admin);
	ck_assert_int_eq(decode_accounts("{}"), RMQ_OK);
	ck_assert_uint_eq(accounts.count, 0);
	ck_assert_int_eq(decode_accounts(""), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(decode_accounts("[]"), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(decode_accounts("{\"plainAccessConfigs\":{}}"), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(decode_accounts("{\"plainAccessConfigs\":[7]}"), RMQ_ERR_PROTOCOL);
	ck_assert_int_eq(decode_accounts("{\"plainAccessConfigs\":[{}]}"), RMQ_ERR_PROTOCOL);
}
END_TEST

static enum rmq_error decode_one(void)
{
	enum rmq_error err = decode_users("[{\"username\":\"a\"},{\"username\":\"b\"}]");

	if (err == RMQ_OK)
		err = decode_accounts("{\"plainAccessConfigs\":[{\"accessKey\":\"reader12\","
				      "\"topicPerms\":[\"T=PUB\"]}]}");
	if (err == RMQ_OK)
		err = decode_policies("{\"subject\":\"a\",\"policies\":[{\"entries\":[" ENTRY
				      "]}]}");
	return err;
}

START_TEST(lists__survive_a_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_one), 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		users__are_a_list_or_one_or_none, users__refuse_what_is_none,
		policies__are_rows_of_entries,    policies__refuse_what_is_none,
		orders__are_written_as_java_does, accounts__are_read,
		lists__survive_a_lack_of_memory,
	};
	struct suite s;

	suite_open(&s, "body_auth");
	tcase_add_checked_fixture(s.all, NULL, close_all);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
