/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Output of a real client: doc/reference/json.md. */
static const char real_json[] =
	"{\"clientID\":\"1.2.3.4@55#66\",\"consumerDataSet\":[{\"consumeFromWhere\":"
	"\"CONSUME_FROM_LAST_OFFSET\",\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"cg\","
	"\"messageModel\":\"CLUSTERING\",\"subscriptionDataSet\":[{\"classFilterMode\":false,"
	"\"codeSet\":[2598919,2598920],\"expressionType\":\"TAG\",\"subString\":\"TagA || TagB\","
	"\"subVersion\":123,\"tagsSet\":[\"TagA\",\"TagB\"],\"topic\":\"T\"}],\"unitMode\":false}],"
	"\"heartbeatFingerprint\":0,\"producerDataSet\":[{\"groupName\":\"CLIENT_INNER_PRODUCER\"}],"
	"\"withoutSub\":false}";
static const char check_json[] =
	"{\"clientId\":\"c\",\"group\":\"g\",\"subscriptionData\":{\"classFilterMode\":false,"
	"\"codeSet\":[],\"expressionType\":\"SQL92\",\"subString\":\"a > 1\",\"subVersion\":5,"
	"\"tagsSet\":[],\"topic\":\"T\"}}";

static struct rmqi_heartbeat decoded(const char *text)
{
	struct rmqi_heartbeat h = {0};

	ck_assert_msg(rmqi_heartbeat_decode(text_cursor(text), &h) == RMQ_OK, "%s", text);
	return h;
}

START_TEST(heartbeat__decodes_that_of_a_real_client)
{
	struct rmqi_heartbeat h = decoded(real_json);
	const struct rmqi_consumer_data *c = &h.consumers[0];
	const struct rmqi_subscription *s;

	ck_assert_str_eq(h.client_id, "1.2.3.4@55#66");
	ck_assert_uint_eq(h.producer_count, 1);
	ck_assert_str_eq(h.producer_groups[0], "CLIENT_INNER_PRODUCER");
	ck_assert_int_eq(h.fingerprint, 0);
	ck_assert(!h.without_sub);
	ck_assert_uint_eq(h.consumer_count, 1);
	ck_assert_str_eq(c->group_name, "cg");
	ck_assert_str_eq(c->consume_type, "CONSUME_PASSIVELY");
	ck_assert_str_eq(c->message_model, "CLUSTERING");
	ck_assert_str_eq(c->consume_from_where, "CONSUME_FROM_LAST_OFFSET");
	ck_assert(!c->unit_mode);
	ck_assert_uint_eq(c->subscription_count, 1);
	s = c->subscriptions[0];
	ck_assert_str_eq(s->topic, "T");
	ck_assert_str_eq(s->sub_string, "TagA || TagB");
	ck_assert_str_eq(s->expression_type, "TAG");
	ck_assert_int_eq(s->sub_version, 123);
	ck_assert_uint_eq(s->tag_count, 2);
	ck_assert_str_eq(s->tags[1], "TagB");
	ck_assert_uint_eq(s->code_count, 2);
	ck_assert_int_eq(s->codes[0], 2598919);
	rmqi_heartbeat_deinit(&h);
	rmqi_heartbeat_deinit(&h);
}
END_TEST

START_TEST(heartbeat__encodes_what_a_real_client_does)
{
	struct rmqi_heartbeat h = decoded(real_json);
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_heartbeat_encode(&h, &b), RMQ_OK);
	expect_text(&b, real_json);
	rmqi_buf_deinit(&b);
	rmqi_heartbeat_deinit(&h);
}
END_TEST

START_TEST(heartbeat__accepts_other_names)
{
	struct rmqi_heartbeat h = decoded("{\"clientId\":\"c\",\"isWithoutSub\":true,"
					  "\"heartbeatFingerprint\":9223372036854775807}");

	ck_assert_str_eq(h.client_id, "c");
	ck_assert(h.without_sub);
	ck_assert_int_eq(h.fingerprint, INT64_MAX);
	ck_assert_uint_eq(h.consumer_count, 0);
	ck_assert_uint_eq(h.producer_count, 0);
	rmqi_heartbeat_deinit(&h);
}
END_TEST

START_TEST(heartbeat__reads_enums_as_fastjson_does)
{
	struct rmqi_heartbeat h = decoded(
		"{\"clientID\":\"c\",\"consumerDataSet\":["
		"{\"groupName\":\"a\",\"consumeType\":\"consume_Pop\",\"messageModel\":0,"
		"\"consumeFromWhere\":5},"
		"{\"groupName\":\"b\",\"consumeType\":3,\"messageModel\":\"new\",\"unitMode\":1}]}");

	ck_assert_str_eq(h.consumers[0].consume_type, "CONSUME_POP");
	ck_assert_str_eq(h.consumers[0].message_model, "BROADCASTING");
	ck_assert_str_eq(h.consumers[0].consume_from_where, "CONSUME_FROM_TIMESTAMP");
	ck_assert_ptr_null(h.consumers[1].consume_type);
	ck_assert_ptr_null(h.consumers[1].message_model);
	ck_assert_ptr_null(h.consumers[1].consume_from_where);
	ck_assert(h.consumers[1].unit_mode);
	rmqi_heartbeat_deinit(&h);
}
END_TEST

START_TEST(heartbeat__takes_codes_as_sent)
{
	struct rmqi_heartbeat h = decoded(
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"a\",\"subscriptionDataSet\":["
		"{\"topic\":\"T\",\"tagsSet\":[\"x\"],\"codeSet\":[-1,-2147483648]},"
		"{\"topic\":\"U\",\"subString\":\"*\",\"tagsSet\":null,\"expressionType\":null}]}]}");
	const struct rmqi_subscription *s = h.consumers[0].subscriptions[0];

	ck_assert_uint_eq(s->code_count, 2);
	ck_assert_int_eq(s->codes[1], INT32_MIN);
	ck_assert_str_eq(s->sub_string, "");
	ck_assert(rmqi_subscription_matches_code(s, -1));
	ck_assert(!rmqi_subscription_matches_code(s, 'x'));
	s = h.consumers[0].subscriptions[1];
	ck_assert_str_eq(s->expression_type, "TAG");
	ck_assert(rmqi_subscription_matches_code(s, 1));
	rmqi_heartbeat_deinit(&h);
}
END_TEST

/* One SubscriptionData object in two groups: fastjson writes the second as $ref. */
START_TEST(heartbeat__resolves_repeated_objects)
{
	struct rmqi_heartbeat h = decoded(
		"{\"clientID\":\"c\",\"consumerDataSet\":["
		"{\"groupName\":\"a\",\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"x\"}]},"
		"{\"groupName\":\"b\",\"subscriptionDataSet\":"
		"[{\"$ref\":\"$.consumerDataSet[0].subscriptionDataSet[0]\"}]}]}");

	ck_assert_uint_eq(h.consumers[1].subscription_count, 1);
	ck_assert_str_eq(h.consumers[1].subscriptions[0]->topic, "T");
	ck_assert_str_eq(h.consumers[1].subscriptions[0]->sub_string, "x");
	rmqi_heartbeat_deinit(&h);
}
END_TEST

START_TEST(heartbeat__refuses_what_breaks_a_broker)
{
	static const char *const texts[] = {
		"{}",
		"{\"clientID\":null}",
		"{\"clientID\":\"c\",\"consumerDataSet\":null}",
		"{\"clientID\":\"c\",\"producerDataSet\":null}",
		"{\"clientID\":\"c\",\"producerDataSet\":{}}",
		"{\"clientID\":\"c\",\"producerDataSet\":[{}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[null]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\","
		"\"subscriptionDataSet\":null}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\","
		"\"subscriptionDataSet\":[{}]}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\","
		"\"subscriptionDataSet\":[{\"topic\":\"T\",\"codeSet\":[2147483648]}]}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\","
		"\"subscriptionDataSet\":[{\"topic\":\"T\",\"codeSet\":[\"1\"]}]}]}",
		"{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\","
		"\"subscriptionDataSet\":[{\"topic\":\"T\",\"tagsSet\":[null]}]}]}",
	};
	struct rmqi_heartbeat h = {.fingerprint = 77};

	for (size_t i = 0; i < RMQI_COUNT(texts); i++)
		ck_assert_msg(rmqi_heartbeat_decode(text_cursor(texts[i]), &h) == RMQ_ERR_PROTOCOL,
			      "%s", texts[i]);
	ck_assert_int_eq(h.fingerprint, 77);
}
END_TEST

static enum rmq_error try_heartbeat(struct rmqi_cursor c)
{
	struct rmqi_heartbeat h;
	enum rmq_error err = rmqi_heartbeat_decode(c, &h);

	if (err == RMQ_OK)
		rmqi_heartbeat_deinit(&h);
	return err;
}

START_TEST(heartbeat__refuses_every_truncation)
{
	refuses_every_truncation(real_json, sizeof(real_json) - 1, try_heartbeat);
}
END_TEST

static enum rmq_error decode_heartbeat(void)
{
	return try_heartbeat(text_cursor(real_json));
}

START_TEST(heartbeat__survives_lack_of_memory)
{
	ck_assert_uint_gt(survives_lack_of_memory(decode_heartbeat), 15);
}
END_TEST

START_TEST(check_client__round_trip)
{
	struct rmqi_subscription *s = NULL;
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_check_client_decode(text_cursor(check_json), &s), RMQ_OK);
	ck_assert_str_eq(s->sub_string, "a > 1");
	ck_assert_str_eq(s->expression_type, "SQL92");

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_check_client_encode("c", "g", s, &b), RMQ_OK);
	expect_text(&b, check_json);
	rmqi_buf_deinit(&b);
	rmqi_subscription_free(s);
	ck_assert_int_eq(rmqi_check_client_decode(text_cursor("{}"), &s), RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(connection__gives_the_subscriptions_that_a_broker_keeps)
{
	static const char json[] =
		"{\"connectionSet\":[{\"clientAddr\":\"10.0.0.2:4711\",\"clientId\":\"10.0.0.2@a\","
		"\"language\":\"JAVA\",\"version\":477}],"
		"\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\","
		"\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
		"\"subscriptionTable\":{\"T\":{\"classFilterMode\":false,\"codeSet\":[65],"
		"\"expressionType\":\"TAG\",\"subString\":\"A\",\"subVersion\":1700000000001,"
		"\"tagsSet\":[\"A\"],\"topic\":\"T\"},\"%RETRY%G\":{\"classFilterMode\":false,"
		"\"codeSet\":[],\"expressionType\":\"TAG\",\"subString\":\"*\",\"subVersion\":7,"
		"\"tagsSet\":[],\"topic\":\"%RETRY%G\"}}}";
	struct rmqi_subscription **s = NULL;
	size_t count = 0;

	ck_assert_int_eq(rmqi_consumer_connection_decode(text_cursor(json), &s, &count), RMQ_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(s[0]->topic, "T");
	ck_assert_str_eq(s[0]->sub_string, "A");
	ck_assert_uint_eq(s[0]->tag_count, 1);
	ck_assert_int_eq(s[0]->sub_version, INT64_C(1700000000001));
	ck_assert_uint_eq(s[1]->tag_count, 0);
	rmqi_subscriptions_list_free(s, count);
	/* Nobody there. */
	ck_assert_int_eq(rmqi_consumer_connection_decode(text_cursor("{}"), &s, &count), RMQ_OK);
	ck_assert_uint_eq(count, 0);
	rmqi_subscriptions_list_free(s, count);
}
END_TEST

START_TEST(connection__refuses_what_is_none)
{
	static const char *const bad[] = {"", "[]", "{\"subscriptionTable\":[]}",
					  "{\"subscriptionTable\":{\"T\":1}}",
					  "{\"subscriptionTable\":{\"T\":{\"subString\":\"*\"}}}"};
	struct rmqi_subscription **s = NULL;
	size_t count = 9;

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_ne(rmqi_consumer_connection_decode(text_cursor(bad[i]), &s, &count),
				 RMQ_OK);
	ck_assert_ptr_null(s);
	ck_assert_uint_eq(count, 9);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		heartbeat__decodes_that_of_a_real_client,
		heartbeat__encodes_what_a_real_client_does,
		heartbeat__accepts_other_names,
		heartbeat__reads_enums_as_fastjson_does,
		heartbeat__takes_codes_as_sent,
		heartbeat__resolves_repeated_objects,
		heartbeat__refuses_what_breaks_a_broker,
		heartbeat__refuses_every_truncation,
		heartbeat__survives_lack_of_memory,
		check_client__round_trip,
		connection__gives_the_subscriptions_that_a_broker_keeps,
		connection__refuses_what_is_none,
	};

	return run_suite("body_heartbeat", tests, RMQI_COUNT(tests));
}
