/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/body.h"
#include "codec/compress.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Output of a real broker: doc/reference/json.md. */
static const char register_json[] =
	"{\"filterServerList\":[],\"topicConfigSerializeWrapper\":{\"dataVersion\":{\"counter\":0,"
	"\"stateVersion\":0,\"timestamp\":1700000000000},\"mappingDataVersion\":{\"counter\":0,"
	"\"stateVersion\":0,\"timestamp\":1700000000000},\"topicConfigTable\":{\"T\":{\"attributes\":{},"
	"\"order\":false,\"perm\":6,\"readQueueNums\":4,\"topicFilterType\":\"SINGLE_TAG\","
	"\"topicName\":\"T\",\"topicSysFlag\":0,\"writeQueueNums\":4}},"
	"\"topicQueueMappingDetailMap\":{},\"topicQueueMappingInfoMap\":{}}}";
/* topics.json as TopicConfigManager.persist writes it. */
static const char file_text[] = "{\n"
				"\t\"dataVersion\":{\n"
				"\t\t\"counter\":3,\n"
				"\t\t\"stateVersion\":0,\n"
				"\t\t\"timestamp\":1700000000000\n"
				"\t},\n"
				"\t\"topicConfigTable\":{\n"
				"\t\t\"TopicTest\":{\n"
				"\t\t\t\"attributes\":{},\n"
				"\t\t\t\"order\":false,\n"
				"\t\t\t\"perm\":6,\n"
				"\t\t\t\"readQueueNums\":4,\n"
				"\t\t\t\"topicFilterType\":\"SINGLE_TAG\",\n"
				"\t\t\t\"topicName\":\"TopicTest\",\n"
				"\t\t\t\"topicSysFlag\":0,\n"
				"\t\t\t\"writeQueueNums\":4\n"
				"\t\t}\n"
				"\t}\n"
				"}";

enum { V4_9 = 400, V5_3 = 479 };

static void add_part(struct rmqi_buf *b, const char *text)
{
	rmqi_buf_add_u32(b, strlen(text));
	rmqi_buf_add_text(b, text);
}

/* The compressed form of two topics. */
static void write_compressed(struct rmqi_buf *out, bool with_mappings)
{
	struct rmqi_buf plain;

	rmqi_buf_init(&plain, GOLDEN_MAX);
	add_part(&plain, "{\"counter\":7,\"stateVersion\":1,\"timestamp\":99}");
	rmqi_buf_add_u32(&plain, 2);
	add_part(&plain, "T1 4 8 6 SINGLE_TAG");
	add_part(&plain, "T2 1 1 7 MULTI_TAG {\"message.type\":\"FIFO\"}");
	add_part(&plain, "[]");
	if (with_mappings) {
		rmqi_buf_add_u32(&plain, 1);
		add_part(&plain, "{\"bname\":\"broker-a\",\"currIdMap\":{0:1},\"topic\":\"T2\"}");
	}
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 9, rmqi_buf_cursor(&plain), out), RMQ_OK);
	rmqi_buf_deinit(&plain);
}

START_TEST(register_body__round_trip)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_register_body_decode(text_cursor(register_json), false, V5_3, &t),
			 RMQ_OK);
	ck_assert_uint_eq(t.topic_count, 1);
	ck_assert_str_eq(t.topics[0].topic_name, "T");
	ck_assert_int_eq(t.topics[0].read_queue_nums, 4);
	ck_assert_int_eq(t.topics[0].write_queue_nums, 4);
	ck_assert_int_eq(t.topics[0].perm, 6);
	ck_assert_str_eq(t.topics[0].topic_filter_type, "SINGLE_TAG");
	ck_assert_ptr_null(t.topics[0].attributes_json);
	ck_assert_int_eq(t.version.timestamp, 1700000000000);

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_register_body_encode(&t, &b), RMQ_OK);
	expect_text(&b, register_json);
	rmqi_buf_deinit(&b);
	rmqi_topic_table_deinit(&t);
	rmqi_topic_table_deinit(&t);
}
END_TEST

START_TEST(register_body__decodes_the_compressed_form)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	write_compressed(&b, false);
	ck_assert_int_eq(rmqi_register_body_decode(rmqi_buf_cursor(&b), true, V4_9, &t), RMQ_OK);

	ck_assert_int_eq(t.version.counter, 7);
	ck_assert_int_eq(t.version.state_version, 1);
	ck_assert_int_eq(t.version.timestamp, 99);
	ck_assert_uint_eq(t.topic_count, 2);
	ck_assert_str_eq(t.topics[0].topic_name, "T1");
	ck_assert_int_eq(t.topics[0].read_queue_nums, 4);
	ck_assert_int_eq(t.topics[0].write_queue_nums, 8);
	ck_assert_ptr_null(t.topics[0].attributes_json);
	ck_assert_int_eq(t.topics[1].perm, 7);
	ck_assert_str_eq(t.topics[1].topic_filter_type, "MULTI_TAG");
	ck_assert_str_eq(t.topics[1].attributes_json, "{\"message.type\":\"FIFO\"}");
	rmqi_topic_table_deinit(&t);
	rmqi_buf_deinit(&b);
}
END_TEST

/* BrokerOuterAPI of 5.x */
START_TEST(register_body__recognises_a_compressed_body_whose_flag_is_wrong)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	write_compressed(&b, true);
	ck_assert_int_eq(rmqi_register_body_decode(rmqi_buf_cursor(&b), false, V5_3, &t), RMQ_OK);
	ck_assert_uint_eq(t.topic_count, 2);
	rmqi_topic_table_deinit(&t);
	rmqi_buf_deinit(&b);
}
END_TEST

static void check_mapping(const struct rmqi_topic_table *t)
{
	ck_assert_uint_eq(t->mapping_count, 1);
	ck_assert_str_eq(t->mappings[0].topic, "T2");
	ck_assert_str_eq(t->mappings[0].broker_name, "broker-a");
	ck_assert_str_eq(t->mappings[0].json,
			 "{\"bname\":\"broker-a\",\"currIdMap\":{\"0\":1},\"topic\":\"T2\"}");
}

START_TEST(register_body__keeps_mappings_of_static_topics)
{
	struct rmqi_topic_table t = {0}, again = {0};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	write_compressed(&b, true);
	ck_assert_int_eq(rmqi_register_body_decode(rmqi_buf_cursor(&b), true, V5_3, &t), RMQ_OK);
	check_mapping(&t);
	rmqi_buf_reset(&b);
	ck_assert_int_eq(rmqi_register_body_encode(&t, &b), RMQ_OK);
	ck_assert_int_eq(rmqi_register_body_decode(rmqi_buf_cursor(&b), false, V5_3, &again),
			 RMQ_OK);
	check_mapping(&again);
	rmqi_topic_table_deinit(&t);
	rmqi_topic_table_deinit(&again);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(register_body__wants_mappings_since_5_0)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	write_compressed(&b, false);
	ck_assert_int_eq(rmqi_register_body_decode(rmqi_buf_cursor(&b), true, V5_3, &t),
			 RMQ_ERR_PROTOCOL);
	rmqi_buf_deinit(&b);
}
END_TEST

/* The plain bytes behind zlib, cut everywhere. */
static enum rmq_error try_parts(struct rmqi_cursor c)
{
	struct rmqi_topic_table t;
	struct rmqi_buf b;
	enum rmq_error err;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_compress(RMQI_ZLIB, 1, c, &b), RMQ_OK);
	err = rmqi_register_body_decode(rmqi_buf_cursor(&b), true, V5_3, &t);
	if (err == RMQ_OK)
		rmqi_topic_table_deinit(&t);
	rmqi_buf_deinit(&b);
	return err;
}

static enum rmq_error try_register(struct rmqi_cursor c)
{
	struct rmqi_topic_table t;
	enum rmq_error err = rmqi_register_body_decode(c, false, V5_3, &t);

	if (err == RMQ_OK)
		rmqi_topic_table_deinit(&t);
	return err;
}

START_TEST(register_body__refuses_every_truncation)
{
	struct rmqi_buf b, plain;

	rmqi_buf_init(&b, GOLDEN_MAX);
	rmqi_buf_init(&plain, GOLDEN_MAX);
	write_compressed(&b, true);
	ck_assert_int_eq(rmqi_decompress(RMQI_ZLIB, rmqi_buf_cursor(&b), &plain), RMQ_OK);

	refuses_every_truncation(register_json, sizeof(register_json) - 1, try_register);
	refuses_every_truncation(rmqi_buf_data(&b), b.len, try_register);
	refuses_every_truncation(rmqi_buf_data(&plain), plain.len, try_parts);
	rmqi_buf_deinit(&b);
	rmqi_buf_deinit(&plain);
}
END_TEST

START_TEST(register_body__refuses_bad_counts_and_lines)
{
	static const char *const lines[] = {
		"", "T", "T 1", "T 1 1", "T 1 1 6", "T 1 1 x S", "T 1 1 99999999999 S", " 1 1 6 S"};
	struct rmqi_buf plain;

	rmqi_buf_init(&plain, GOLDEN_MAX);
	for (size_t i = 0; i < RMQI_COUNT(lines); i++) {
		rmqi_buf_reset(&plain);
		add_part(&plain, "{}");
		rmqi_buf_add_u32(&plain, 1);
		add_part(&plain, lines[i]);
		add_part(&plain, "[]");
		rmqi_buf_add_u32(&plain, 0);
		ck_assert_msg(try_parts(rmqi_buf_cursor(&plain)) == RMQ_ERR_PROTOCOL, "%s",
			      lines[i]);
	}
	rmqi_buf_reset(&plain);
	add_part(&plain, "{}");
	rmqi_buf_add_u32(&plain, UINT32_MAX);
	ck_assert_int_eq(try_parts(rmqi_buf_cursor(&plain)), RMQ_ERR_PROTOCOL);
	rmqi_buf_deinit(&plain);
}
END_TEST

/* TopicConfig.decode goes on without them. */
START_TEST(register_body__ignores_attributes_that_are_no_json)
{
	struct rmqi_buf plain;

	rmqi_buf_init(&plain, GOLDEN_MAX);
	add_part(&plain, "{}");
	rmqi_buf_add_u32(&plain, 1);
	add_part(&plain, "T 1 1 6 SINGLE_TAG {oops");
	add_part(&plain, "[]");
	rmqi_buf_add_u32(&plain, 0);
	ck_assert_int_eq(try_parts(rmqi_buf_cursor(&plain)), RMQ_OK);
	rmqi_buf_deinit(&plain);
}
END_TEST

START_TEST(topics_file__is_that_of_a_real_broker)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_topic_table_decode_file(text_cursor(file_text), &t), RMQ_OK);
	ck_assert_int_eq(t.version.counter, 3);
	ck_assert_uint_eq(t.topic_count, 1);

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_topic_table_encode_file(&t, &b), RMQ_OK);
	expect_text(&b, file_text);
	rmqi_buf_deinit(&b);
	rmqi_topic_table_deinit(&t);
}
END_TEST

START_TEST(topics_file__of_nothing)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_topic_table_decode_file(text_cursor("{}"), &t), RMQ_OK);
	ck_assert_uint_eq(t.topic_count, 0);
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_topic_table_encode_file(&t, &b), RMQ_OK);
	expect_text(&b, "{\n\t\"dataVersion\":{\n\t\t\"counter\":0,\n\t\t\"stateVersion\":0,\n"
			"\t\t\"timestamp\":0\n\t},\n\t\"topicConfigTable\":{}\n}");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(topics_file__lays_out_attributes)
{
	struct rmqi_topic_table t = {0};
	struct rmqi_buf b;

	ck_assert_int_eq(
		rmqi_topic_table_decode_file(
			text_cursor("{topicConfigTable:{T:{attributes:{'message.type':'FIFO'},"
				    "order:true}}}"),
			&t),
		RMQ_OK);
	ck_assert_str_eq(t.topics[0].attributes_json, "{\"message.type\":\"FIFO\"}");
	ck_assert_str_eq(t.topics[0].topic_name, "T");
	ck_assert_int_eq(t.topics[0].read_queue_nums, 16);
	ck_assert_int_eq(t.topics[0].perm, 6);
	ck_assert(t.topics[0].order);
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_topic_table_encode_file(&t, &b), RMQ_OK);
	ck_assert_ptr_nonnull(strstr(rmqi_buf_text(&b), "\t\t\t\"attributes\":{\n"
							"\t\t\t\t\"message.type\":\"FIFO\"\n"
							"\t\t\t},\n"));
	rmqi_buf_deinit(&b);
	rmqi_topic_table_deinit(&t);
}
END_TEST

START_TEST(topic_table__encodes_the_answer_of_get_all_topic_config)
{
	struct rmqi_topic_table t = {.version = {.timestamp = 1, .counter = 2, .state_version = 3}};
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_topic_table_encode(&t, &b), RMQ_OK);
	expect_text(&b, "{\"dataVersion\":{\"counter\":2,\"stateVersion\":3,\"timestamp\":1},"
			"\"mappingDataVersion\":{\"counter\":0,\"stateVersion\":0,\"timestamp\":1},"
			"\"topicConfigTable\":{},\"topicQueueMappingDetailMap\":{},"
			"\"topicQueueMappingInfoMap\":{}}");
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(topic_table__refuses_attributes_that_are_no_object)
{
	char bad[] = "[1]";
	struct rmqi_topic_config c;
	struct rmqi_topic_table t = {.topics = &c, .topic_count = 1};
	struct rmqi_buf b;

	ck_assert_int_eq(rmqi_topic_config_init(&c, "T", 1, 1, 6), RMQ_OK);
	c.attributes_json = bad;
	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_topic_table_encode(&t, &b), RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_uint_eq(b.len, 0);
	rmqi_buf_deinit(&b);
	c.attributes_json = NULL;
	rmqi_topic_config_deinit(&c);
}
END_TEST

START_TEST(topic_config__copy_is_its_own)
{
	struct rmqi_topic_config a, b;

	ck_assert_int_eq(rmqi_topic_config_init(&a, "T", 4, 8, 6), RMQ_OK);
	a.attributes_json = rmqi_strdup("{\"a\":1}");
	ck_assert_int_eq(rmqi_topic_config_copy(&b, &a), RMQ_OK);
	rmqi_topic_config_deinit(&a);

	ck_assert_str_eq(b.topic_name, "T");
	ck_assert_str_eq(b.topic_filter_type, "SINGLE_TAG");
	ck_assert_str_eq(b.attributes_json, "{\"a\":1}");
	ck_assert_int_eq(b.write_queue_nums, 8);
	rmqi_topic_config_deinit(&b);
}
END_TEST

START_TEST(data_version__is_equal_in_all_three)
{
	struct rmqi_data_version a = {1, 2, 3}, b = a;

	ck_assert(rmqi_data_version_eq(&a, &b));
	b.timestamp++;
	ck_assert(!rmqi_data_version_eq(&a, &b));
	b = a;
	b.counter++;
	ck_assert(!rmqi_data_version_eq(&a, &b));
	b = a;
	b.state_version++;
	ck_assert(!rmqi_data_version_eq(&a, &b));
}
END_TEST

static struct rmqi_buf golden_compressed;

static enum rmq_error decode_both(void)
{
	struct rmqi_topic_config c;
	enum rmq_error err = try_register(text_cursor(register_json));

	if (err == RMQ_OK)
		err = try_register(rmqi_buf_cursor(&golden_compressed));
	if (err == RMQ_OK)
		err = rmqi_topic_config_init(&c, "T", 1, 1, 6);
	if (err == RMQ_OK)
		rmqi_topic_config_deinit(&c);
	return err;
}

START_TEST(register_body__survives_lack_of_memory)
{
	rmqi_buf_init(&golden_compressed, GOLDEN_MAX);
	write_compressed(&golden_compressed, true);
	ck_assert_uint_gt(survives_lack_of_memory(decode_both), 15);
	rmqi_buf_deinit(&golden_compressed);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		register_body__round_trip,
		register_body__decodes_the_compressed_form,
		register_body__recognises_a_compressed_body_whose_flag_is_wrong,
		register_body__keeps_mappings_of_static_topics,
		register_body__wants_mappings_since_5_0,
		register_body__refuses_every_truncation,
		register_body__refuses_bad_counts_and_lines,
		register_body__ignores_attributes_that_are_no_json,
		topics_file__is_that_of_a_real_broker,
		topics_file__of_nothing,
		topics_file__lays_out_attributes,
		topic_table__encodes_the_answer_of_get_all_topic_config,
		topic_table__refuses_attributes_that_are_no_object,
		topic_config__copy_is_its_own,
		data_version__is_equal_in_all_three,
		register_body__survives_lack_of_memory,
	};

	return run_suite("body_topic", tests, RMQI_COUNT(tests));
}
