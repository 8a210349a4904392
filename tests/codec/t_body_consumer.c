/* SPDX-License-Identifier: Apache-2.0 */
/* t_body_consumer.c - the bodies of 220, 221, 307 and 309, as fastjson writes them. */
#include "codec/body.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

#define QUEUE_0 "{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}"
#define QUEUE_1 "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}"

/* Output of ResetOffsetBody.encode, ResetOffsetBodyForC.encode, GetConsumerStatusBody.encode. */
static const char reset_json[] =
	"{\"offsetTable\":{" QUEUE_0 ":12," QUEUE_1 ":9223372036854775807}}";
static const char reset_for_c_json[] =
	"{\"offsetTable\":[{\"brokerName\":\"broker-a\",\"offset\":12,\"queueId\":0,\"topic\":\"T\"},"
	"{\"brokerName\":\"broker-a\",\"offset\":9223372036854775807,\"queueId\":1,\"topic\":\"T\"}]}";
static const char status_json[] = "{\"consumerTable\":{},\"messageQueueTable\":{" QUEUE_0
				  ":12," QUEUE_1 ":9223372036854775807}}";
/* The key as a text, which fastjson takes, too. */
static const char quoted_json[] =
	"{\"offsetTable\":{\"{\\\"brokerName\\\":\\\"broker-a\\\",\\\"queueId\\\":0,"
	"\\\"topic\\\":\\\"T\\\"}\":12}}";

static void expect_rows(const struct rmqi_queue_offset *rows, size_t count)
{
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(rows[0].queue.topic, "T");
	ck_assert_str_eq(rows[0].queue.broker_name, "broker-a");
	ck_assert_int_eq(rows[0].queue.queue_id, 0);
	ck_assert_int_eq(rows[0].offset, 12);
	ck_assert_int_eq(rows[1].queue.queue_id, 1);
	ck_assert_int_eq(rows[1].offset, INT64_MAX);
}

static enum rmq_error reset(const char *text, struct rmqi_queue_offset **rows, size_t *count)
{
	return rmqi_reset_offset_decode(text_cursor(text), rows, count);
}

START_TEST(reset__is_a_map_with_queues_as_keys)
{
	struct rmqi_queue_offset *rows;
	struct rmqi_buf b;
	size_t count;

	ck_assert_int_eq(reset(reset_json, &rows, &count), RMQ_OK);
	expect_rows(rows, count);
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_reset_offset_encode(rows, count, &b), RMQ_OK);
	expect_text(&b, reset_json);
	rmqi_buf_deinit(&b);
	rmqi_queue_offsets_free(rows, count);
}
END_TEST

START_TEST(reset__may_be_a_list_or_have_quoted_keys)
{
	struct rmqi_queue_offset *rows;
	size_t count;

	ck_assert_int_eq(reset(reset_for_c_json, &rows, &count), RMQ_OK);
	expect_rows(rows, count);
	rmqi_queue_offsets_free(rows, count);
	ck_assert_int_eq(reset(quoted_json, &rows, &count), RMQ_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(rows[0].offset, 12);
	rmqi_queue_offsets_free(rows, count);
	ck_assert_int_eq(reset("{}", &rows, &count), RMQ_OK);
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(reset__that_is_none_is_refused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"offsetTable\":{\"x\":1}}",
		"{\"offsetTable\":{\"{}\":1}}",
		"{\"offsetTable\":{" QUEUE_0 ":\"x\"}}",
		"{\"offsetTable\":{" QUEUE_0 ":{}}}",
		"{\"offsetTable\":[1]}",
		"{\"offsetTable\":[{\"offset\":1,\"topic\":\"T\"}]}",
	};
	struct rmqi_queue_offset *rows;
	size_t count;

	for (size_t i = 0; i < RMQI_COUNT(bad); i++)
		ck_assert_int_eq(reset(bad[i], &rows, &count), RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(status__is_the_map_of_this_consumer)
{
	struct rmqi_queue_offset *rows;
	struct rmqi_buf b;
	size_t count;

	ck_assert_int_eq(rmqi_consumer_status_decode(text_cursor(status_json), &rows, &count),
			 RMQ_OK);
	expect_rows(rows, count);
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_consumer_status_encode(rows, count, &b), RMQ_OK);
	expect_text(&b, status_json);
	rmqi_buf_reset(&b);
	ck_assert_int_eq(rmqi_consumer_status_encode(NULL, 0, &b), RMQ_OK);
	expect_text(&b, "{\"consumerTable\":{},\"messageQueueTable\":{}}");
	rmqi_buf_deinit(&b);
	rmqi_queue_offsets_free(rows, count);
}
END_TEST

START_TEST(running_info__has_the_members_of_java)
{
	static const char expected[] =
		"{\"mqPopTable\":{" QUEUE_0
		":{\"dropped\":false,\"lastPopTimestamp\":44,\"waitAckCount\":5}},"
		"\"mqTable\":{" QUEUE_0
		":{\"cachedMsgCount\":3,\"cachedMsgMaxOffset\":9,\"cachedMsgMinOffset\":7,"
		"\"cachedMsgSizeInMiB\":1,\"commitOffset\":7,\"droped\":false,"
		"\"lastConsumeTimestamp\":22,\"lastLockTimestamp\":33,\"lastPullTimestamp\":11,"
		"\"locked\":true,\"transactionMsgCount\":0,\"transactionMsgMaxOffset\":0,"
		"\"transactionMsgMinOffset\":0,\"tryUnlockTimes\":0}},"
		"\"properties\":{\"PROP_CONSUME_TYPE\":\"CONSUME_PASSIVELY\"},"
		"\"statusTable\":{\"T\":{\"consumeFailedMsgs\":6,\"consumeFailedTPS\":0.5,"
		"\"consumeOKTPS\":4.0,\"consumeRT\":3.25,\"pullRT\":1.0,\"pullTPS\":2.0}},"
		"\"subscriptionSet\":[{\"classFilterMode\":false,\"codeSet\":[65],"
		"\"expressionType\":\"TAG\",\"subString\":\"A\",\"subVersion\":5,\"tagsSet\":[\"A\"],"
		"\"topic\":\"T\"}],\"userConsumerInfo\":{}}";
	static const struct rmqi_running_property properties[] = {
		{"PROP_CONSUME_TYPE", "CONSUME_PASSIVELY"}, {"left_out", NULL}};
	static const struct rmqi_consume_status status = {"T", 1, 2, 3.25, 4, 0.5, 6};
	char topic[] = "T", broker[] = "broker-a";
	const struct rmqi_queue queue = {topic, broker, 0};
	const struct rmqi_process_queue_info row = {&queue, 7, 7, 9, 3, 1, 11, 22, true, 33};
	const struct rmqi_pop_queue_info popped = {&queue, 44, 5};
	struct rmqi_subscription *sub;
	struct rmqi_running_info info = {.properties = properties,
					 .property_count = 2,
					 .queues = &row,
					 .queue_count = 1,
					 .pops = &popped,
					 .pop_count = 1,
					 .statuses = &status,
					 .status_count = 1,
					 .subscription_count = 1};
	struct rmqi_buf b;

	ck_assert_int_eq(
		rmqi_subscription_new(RMQI_STR("T"), RMQI_STR("A"), RMQI_STR("TAG"), 5, &sub),
		RMQ_OK);
	info.subscriptions = (const struct rmqi_subscription *const *)&sub;
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_running_info_encode(&info, &b), RMQ_OK);
	expect_text(&b, expected);
	rmqi_buf_deinit(&b);
	rmqi_subscription_free(sub);
}
END_TEST

START_TEST(direct_result__has_the_members_of_java)
{
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_direct_result_encode("CR_SUCCESS", false, NULL, 0, &b), RMQ_OK);
	expect_text(&b, "{\"autoCommit\":true,\"consumeResult\":\"CR_SUCCESS\",\"order\":false,"
			"\"spentTimeMills\":0}");
	rmqi_buf_reset(&b);
	ck_assert_int_eq(rmqi_direct_result_encode("CR_LATER", true, "why", 12, &b), RMQ_OK);
	expect_text(&b, "{\"autoCommit\":true,\"consumeResult\":\"CR_LATER\",\"order\":true,"
			"\"remark\":\"why\",\"spentTimeMills\":12}");
	rmqi_buf_deinit(&b);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reset__is_a_map_with_queues_as_keys,   reset__may_be_a_list_or_have_quoted_keys,
		reset__that_is_none_is_refused,        status__is_the_map_of_this_consumer,
		running_info__has_the_members_of_java, direct_result__has_the_members_of_java,
	};

	return run_suite("body_consumer", tests, RMQI_COUNT(tests));
}
