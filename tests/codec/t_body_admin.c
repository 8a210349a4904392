/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to operators: lists, offsets by queue, configurations, connections. */
#include "codec/body_admin.h"
#include "tests/codec/golden.h"
#include "tests/support/suite.h"

/* Outputs of brokers of 5.3 and 4.9, shortened (doc/reference/json.md). */
static const char topic_list[] = "{\"topicList\":[\"T1\",\"T2\"]}";
static const char stats[] =
	"{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:"
	"{\"lastUpdateTimestamp\":1700,\"maxOffset\":9,\"minOffset\":3},{\"brokerName\":\"broker-a\","
	"\"queueId\":0,\"topic\":\"T\"}:{\"maxOffset\":0,\"minOffset\":0}},\"topicPutTps\":0.0}";
static const char consume[] =
	"{\"consumeTps\":1.5,\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"T\"}:"
	"{\"brokerOffset\":10,\"consumerOffset\":5,\"lastTimestamp\":7,\"pullOffset\":6},"
	"{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:{\"brokerOffset\":2,"
	"\"consumerOffset\":2,\"lastTimestamp\":8}}}";
static const char config[] =
	"{\"attributes\":{\"message.type\":\"FIFO\"},\"order\":true,\"perm\":4,\"readQueueNums\":3,"
	"\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\",\"topicSysFlag\":0,"
	"\"writeQueueNums\":2}";
static const char groups[] =
	"{\"dataVersion\":{\"counter\":1},\"forbiddenTable\":{},\"subscriptionGroupTable\":{"
	"\"cg\":{\"attributes\":{\"a\":\"b\"},\"brokerId\":0,\"consumeBroadcastEnable\":false,"
	"\"consumeEnable\":false,\"consumeFromMinEnable\":true,\"consumeMessageOrderly\":true,"
	"\"groupName\":\"cg\",\"groupRetryPolicy\":{\"type\":\"CUSTOMIZED\"},"
	"\"notifyConsumerIdsChangedEnable\":false,\"retryMaxTimes\":3,\"retryQueueNums\":2,"
	"\"whichBrokerWhenConsumeSlowly\":4},\"old\":{\"groupName\":\"old\"}}}";
static const char connections[] =
	"{\"connectionSet\":[{\"clientAddr\":\"1.1.1.1:1\",\"clientId\":\"id\",\"language\":\"CPP\","
	"\"version\":479}],\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\","
	"\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
	"\"subscriptionTable\":{}}";

static const char owners[] =
	"{\"consumerTable\":{\"c1\":{{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"T\"}:12,"
	"{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:3},\"c2\":{},"
	"\"c3\":{{\"brokerName\":\"b\",\"queueId\":2,\"topic\":\"T\"}:0}},\"messageQueueTable\":{}}";

START_TEST(owners__are_read)
{
	struct rmqi_queue_owners o;

	ck_assert_int_eq(rmqi_queue_owners_decode(text_cursor(owners), &o), RMQ_OK);
	ck_assert_uint_eq(o.count, 3);
	ck_assert_str_eq(o.rows[1].client_id, "c1");
	ck_assert_int_eq(o.rows[1].queue.queue_id, 1);
	ck_assert_str_eq(o.rows[2].client_id, "c3");
	rmqi_queue_owners_deinit(&o);
	rmqi_queue_owners_deinit(&o);
}
END_TEST

START_TEST(names__are_read)
{
	char **names = NULL;
	size_t count = 0;

	ck_assert_int_eq(rmqi_topic_list_decode(text_cursor(topic_list), &names, &count), RMQ_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(names[1], "T2");
	rmqi_strings_free(names, count);
	ck_assert_int_eq(rmqi_group_list_decode(text_cursor("{}"), &names, &count), RMQ_OK);
	ck_assert_uint_eq(count, 0);
	rmqi_strings_free(names, count);
	ck_assert_int_eq(rmqi_group_list_decode(text_cursor("{\"groupList\":[{}]}"), &names, &count),
			 RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(topic_stats__are_read)
{
	struct rmqi_topic_stats s;

	ck_assert_int_eq(rmqi_topic_stats_decode(text_cursor(stats), &s), RMQ_OK);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_int_eq(s.rows[0].queue.queue_id, 1);
	ck_assert_str_eq(s.rows[0].queue.broker_name, "broker-a");
	ck_assert_int_eq(s.rows[0].min, 3);
	ck_assert_int_eq(s.rows[0].max, 9);
	ck_assert_int_eq(s.rows[0].last_update_ms, 1700);
	ck_assert_int_eq(s.rows[1].last_update_ms, 0);
	rmqi_topic_stats_deinit(&s);
	rmqi_topic_stats_deinit(&s);
}
END_TEST

START_TEST(consume_stats__are_read)
{
	struct rmqi_consume_stats s;

	ck_assert_int_eq(rmqi_consume_stats_decode(text_cursor(consume), &s), RMQ_OK);
	ck_assert_uint_eq(s.count, 2);
	ck_assert_double_eq(s.tps, 1.5);
	ck_assert_int_eq(s.rows[0].broker_offset, 10);
	ck_assert_int_eq(s.rows[0].consumer_offset, 5);
	ck_assert_int_eq(s.rows[0].pull_offset, 6);
	ck_assert_int_eq(s.rows[0].last_ms, 7);
	ck_assert_int_eq(s.rows[1].pull_offset, -1);
	rmqi_consume_stats_deinit(&s);
}
END_TEST

START_TEST(topic_config__is_read)
{
	struct rmqi_topic_config t;

	ck_assert_int_eq(rmqi_topic_config_decode(text_cursor(config), &t), RMQ_OK);
	ck_assert_str_eq(t.topic_name, "T");
	ck_assert_int_eq(t.read_queue_nums, 3);
	ck_assert_int_eq(t.write_queue_nums, 2);
	ck_assert_int_eq(t.perm, 4);
	ck_assert(t.order);
	ck_assert_str_eq(t.attributes_json, "{\"message.type\":\"FIFO\"}");
	rmqi_topic_config_deinit(&t);
	ck_assert_int_eq(rmqi_topic_config_decode(text_cursor("{}"), &t), RMQ_ERR_PROTOCOL);
}
END_TEST

START_TEST(groups__are_read_with_the_defaults_of_java)
{
	struct rmqi_group_table t;
	const struct rmqi_group_config *g;

	ck_assert_int_eq(rmqi_group_table_decode(text_cursor(groups), &t), RMQ_OK);
	ck_assert_uint_eq(t.count, 2);
	g = &t.groups[0];
	ck_assert_str_eq(g->group_name, "cg");
	ck_assert(!g->consume_enable && !g->consume_broadcast_enable && !g->notify_ids_changed);
	ck_assert(g->consume_message_orderly);
	ck_assert_int_eq(g->retry_max_times, 3);
	ck_assert_int_eq(g->retry_queue_nums, 2);
	ck_assert_int_eq(g->slow_broker_id, 4);
	ck_assert_str_eq(g->retry_policy_json, "{\"type\":\"CUSTOMIZED\"}");
	ck_assert_str_eq(g->attributes_json, "{\"a\":\"b\"}");
	g = &t.groups[1];
	ck_assert(g->consume_enable && g->consume_broadcast_enable && g->notify_ids_changed);
	ck_assert_int_eq(g->retry_max_times, 16);
	ck_assert_int_eq(g->retry_queue_nums, 1);
	ck_assert_int_eq(g->slow_broker_id, 1);
	ck_assert_ptr_null(g->attributes_json);
	rmqi_group_table_deinit(&t);
}
END_TEST

START_TEST(group__is_written_as_it_is_to_be)
{
	char set[] = "+a", value[] = "1", gone[] = "-b", none[] = "";
	struct rmqi_attribute changes[] = {{set, value}, {gone, none}};
	struct rmqi_group_config g;
	struct rmqi_buf b;

	rmqi_buf_init(&b, GOLDEN_MAX);
	ck_assert_int_eq(rmqi_group_config_init(&g, "cg"), RMQ_OK);
	g.changes = changes;
	g.change_count = 2;
	g.retry_policy_json = rmqi_strdup("{\"type\":\"EXPONENTIAL\"}");
	ck_assert_int_eq(rmqi_group_config_encode(&g, &b), RMQ_OK);
	expect_text(&b,
		    "{\"attributes\":{\"+a\":\"1\",\"-b\":\"\"},\"brokerId\":0,"
		    "\"consumeBroadcastEnable\":true,\"consumeEnable\":true,"
		    "\"consumeFromMinEnable\":true,\"consumeMessageOrderly\":false,"
		    "\"consumeTimeoutMinute\":15,\"groupName\":\"cg\","
		    "\"groupRetryPolicy\":{\"type\":\"EXPONENTIAL\"},\"groupSysFlag\":0,"
		    "\"notifyConsumerIdsChangedEnable\":true,\"retryMaxTimes\":16,"
		    "\"retryQueueNums\":1,\"whichBrokerWhenConsumeSlowly\":1}");
	rmqi_free(g.retry_policy_json);
	g.retry_policy_json = rmqi_strdup("{");
	ck_assert_int_eq(rmqi_group_config_encode(&g, &b), RMQ_ERR_INVALID_ARGUMENT);
	rmqi_group_config_deinit(&g);
	rmqi_buf_deinit(&b);
}
END_TEST

START_TEST(connections__are_read)
{
	struct rmqi_connections c;

	ck_assert_int_eq(rmqi_connections_decode(text_cursor(connections), &c), RMQ_OK);
	ck_assert_uint_eq(c.count, 1);
	ck_assert_str_eq(c.rows[0].client_id, "id");
	ck_assert_str_eq(c.rows[0].address, "1.1.1.1:1");
	ck_assert_str_eq(c.rows[0].language, "CPP");
	ck_assert_int_eq(c.rows[0].version, 479);
	ck_assert_str_eq(c.consume_type, "CONSUME_PASSIVELY");
	ck_assert_str_eq(c.message_model, "CLUSTERING");
	ck_assert_str_eq(c.consume_from_where, "CONSUME_FROM_LAST_OFFSET");
	rmqi_connections_deinit(&c);
	ck_assert_int_eq(rmqi_connections_decode(text_cursor("{}"), &c), RMQ_OK);
	ck_assert_ptr_null(c.consume_type);
	rmqi_connections_deinit(&c);
}
END_TEST

/* --- Hostile bodies ------------------------------------------------------------------------------ */

static enum rmq_error try_names(struct rmqi_cursor c)
{
	char **names;
	size_t count;
	enum rmq_error err = rmqi_topic_list_decode(c, &names, &count);

	if (err == RMQ_OK)
		rmqi_strings_free(names, count);
	return err;
}

static enum rmq_error try_stats(struct rmqi_cursor c)
{
	struct rmqi_topic_stats s;
	enum rmq_error err = rmqi_topic_stats_decode(c, &s);

	if (err == RMQ_OK)
		rmqi_topic_stats_deinit(&s);
	return err;
}

static enum rmq_error try_consume(struct rmqi_cursor c)
{
	struct rmqi_consume_stats s;
	enum rmq_error err = rmqi_consume_stats_decode(c, &s);

	if (err == RMQ_OK)
		rmqi_consume_stats_deinit(&s);
	return err;
}

static enum rmq_error try_config(struct rmqi_cursor c)
{
	struct rmqi_topic_config t;
	enum rmq_error err = rmqi_topic_config_decode(c, &t);

	if (err == RMQ_OK)
		rmqi_topic_config_deinit(&t);
	return err;
}

static enum rmq_error try_groups(struct rmqi_cursor c)
{
	struct rmqi_group_table t;
	enum rmq_error err = rmqi_group_table_decode(c, &t);

	if (err == RMQ_OK)
		rmqi_group_table_deinit(&t);
	return err;
}

static enum rmq_error try_connections(struct rmqi_cursor c)
{
	struct rmqi_connections k;
	enum rmq_error err = rmqi_connections_decode(c, &k);

	if (err == RMQ_OK)
		rmqi_connections_deinit(&k);
	return err;
}

static enum rmq_error try_owners(struct rmqi_cursor c)
{
	struct rmqi_queue_owners o;
	enum rmq_error err = rmqi_queue_owners_decode(c, &o);

	if (err == RMQ_OK)
		rmqi_queue_owners_deinit(&o);
	return err;
}

static const struct decoder {
	enum rmq_error (*try)(struct rmqi_cursor c);
	const char *text;
} decoders[] = {
	{try_names, topic_list}, {try_stats, stats},   {try_consume, consume},
	{try_config, config},    {try_groups, groups}, {try_connections, connections},
	{try_owners, owners},
};

static const struct decoder *at;

static enum rmq_error try_this(void)
{
	return at->try(text_cursor(at->text));
}

START_TEST(each__refuses_every_truncation)
{
	for (size_t i = 0; i < RMQI_COUNT(decoders); i++)
		refuses_every_truncation(decoders[i].text, strlen(decoders[i].text),
					 decoders[i].try);
}
END_TEST

START_TEST(each__survives_lack_of_memory)
{
	for (size_t i = 0; i < RMQI_COUNT(decoders); i++) {
		at = &decoders[i];
		ck_assert_uint_gt(survives_lack_of_memory(try_this), 2);
	}
}
END_TEST

START_TEST(each__refuses_other_kinds)
{
	static const char *const bad[] = {"[]", "5", "\"\"", ""};

	for (size_t i = 0; i < RMQI_COUNT(decoders); i++)
		for (size_t k = 0; k < RMQI_COUNT(bad); k++)
			ck_assert_int_ne(decoders[i].try(text_cursor(bad[k])), RMQ_OK);
	ck_assert_int_ne(try_names(text_cursor("{\"topicList\":{}}")), RMQ_OK);
	ck_assert_int_ne(try_stats(text_cursor("{\"offsetTable\":[]}")), RMQ_OK);
	ck_assert_int_ne(try_stats(text_cursor("{\"offsetTable\":{\"x\":{}}}")), RMQ_OK);
	ck_assert_int_ne(try_stats(text_cursor("{\"offsetTable\":{{\"topic\":\"T\"}:{}}}")), RMQ_OK);
	ck_assert_int_ne(try_consume(text_cursor("{\"offsetTable\":{\"x\":{}}}")), RMQ_OK);
	ck_assert_int_ne(try_groups(text_cursor("{\"subscriptionGroupTable\":{\"g\":5}}")), RMQ_OK);
	ck_assert_int_ne(try_connections(text_cursor("{\"connectionSet\":[{}]}")), RMQ_OK);
	ck_assert_int_ne(try_owners(text_cursor("{\"consumerTable\":{\"c\":5}}")), RMQ_OK);
	ck_assert_int_ne(try_owners(text_cursor("{\"consumerTable\":{\"c\":{\"x\":1}}}")), RMQ_OK);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		names__are_read,
		topic_stats__are_read,
		consume_stats__are_read,
		topic_config__is_read,
		groups__are_read_with_the_defaults_of_java,
		group__is_written_as_it_is_to_be,
		connections__are_read,
		owners__are_read,
		each__refuses_every_truncation,
		each__survives_lack_of_memory,
		each__refuses_other_kinds,
	};

	return run_suite("body_admin", tests, RMQI_COUNT(tests));
}
