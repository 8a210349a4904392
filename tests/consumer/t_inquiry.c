/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_inquiry.c - an operator, the mock broker and a push consumer: resets that the
 * broker pushes, status, running info, one message directly.
 */
#include <stdio.h>
#include <string.h>

#include "client/config.h"
#include "codec/json.h"
#include "consumer/push_consumer.h"
#include "tests/broker/rig.h"

enum { MESSAGES = 10 };

#define ME "10.0.0.1@me"

static struct scene {
	struct rig *rig;
	struct peer *admin;
	struct rmq_config *config;
	rmq_push_consumer *consumer;
	int seen;
	int seen_first; /* the message of offset 0 */
	enum rmq_consume_status status;
	int64_t slow_ms;      /* a call takes so long */
	void (*during)(void); /* once, in the listener */
	char told[32768];     /* of it: running info */
} s;

static bool is_orderly; /* the listener of the next scene */
static bool is_popped;  /* its consumer pops */

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	void (*during)(void) = s.during;

	(void)c;
	(void)context;
	(void)arg;
	ck_assert_uint_eq(count, 1);
	s.seen++;
	s.seen_first += rmq_message_queue_offset(messages[0]) == 0;
	s.during = NULL;
	if (during)
		during();
	if (s.slow_ms > 0) {
		struct rmqi_event never;

		rmqi_event_init(&never, s.rig->env);
		(void)rmqi_event_wait(&never, rmqi_clock_deadline(s.rig->env->clock, s.slow_ms));
		rmqi_event_deinit(&never);
	}
	return s.status;
}

static enum rmq_orderly_status listen_in_order(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t count,
					       rmq_orderly_context *context, void *arg)
{
	(void)context;
	return listen(c, messages, count, NULL, arg) == RMQ_CONSUME_SUCCESS
		       ? RMQ_ORDERLY_SUCCESS
		       : RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(s.config, key, value, NULL), RMQ_OK);
}

static void open_consumer(void)
{
	s.config = rmqi_config_new();
	rmqi_env_ref(s.rig->env);
	s.config->env = s.rig->env;
	set("namesrvAddr", s.rig->namesrv);
	set("clientIP", "10.0.0.1");
	set("instanceName", "me");
	set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	set("consumeThreadMax", "3");
	set("clientRebalance", is_popped ? "false" : "true");
	ck_assert_int_eq(rmqi_push_consumer_new(s.config, "G", &s.consumer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_set_listener(s.consumer, listen, NULL, NULL), RMQ_OK);
	if (is_orderly)
		ck_assert_int_eq(rmqi_push_consumer_set_orderly_listener(
					 s.consumer, listen_in_order, NULL, NULL),
				 RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(s.consumer, "T", "*", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_start(s.consumer, NULL), RMQ_OK);
}

/* Ten messages of a topic with one queue are consumed and committed. */
static void begin(const char *conf)
{
	memset(&s, 0, sizeof(s));
	s.rig = rig_new(conf);
	s.admin = peer_new(s.rig);
	ck_assert_int_eq(peer_create_topic(s.admin, "T", 1), 0);
	for (int i = 0; i < MESSAGES; i++)
		ck_assert_int_eq(peer_send(s.admin, "T", 0, "x", NULL), 0);
	if (is_popped)
		ck_assert_int_eq(
			peer_ask(s.admin, s.rig->broker, RMQI_REQ_SET_MESSAGE_REQUEST_MODE, NULL,
				 NULL,
				 "{\"topic\":\"T\",\"consumerGroup\":\"G\",\"mode\":\"POP\","
				 "\"popShareQueueNum\":0}"),
			0);
	open_consumer();
	rig_advance(s.rig, 6000);
	ck_assert_int_eq(s.seen, MESSAGES);
	ck_assert_int_eq(peer_committed(s.admin, "G", "T", 0), MESSAGES);
}

static void end(void)
{
	is_orderly = is_popped = false;
	rmqi_push_consumer_free(s.consumer);
	rmqi_config_free(s.config);
	peer_free(s.admin);
	rig_free(s.rig);
}

/* --- Reset ---------------------------------------------------------------------------------- */

static int32_t reset_to(int64_t timestamp)
{
	struct rmqi_h_reset_offset h = {.group = rmqi_str("G"),
					.topic = rmqi_str("T"),
					.timestamp = timestamp,
					.isForce = true};

	return peer_ask(s.admin, s.rig->broker, RMQI_REQ_INVOKE_BROKER_TO_RESET_OFFSET,
			&rmqi_desc_reset_offset, &h, NULL);
}

/* Both ways: 0 the broker tells the consumers (before 5.2), 1 it answers their next pulls. */
static const char *const ways[] = {"useServerSideResetOffset=false", NULL};

START_TEST(reset__that_says_success_is_done)
{
	begin(ways[_i]);

	ck_assert_int_eq(reset_to(0), 0);
	ck_assert_str_eq(peer_body(s.admin),
			 "{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,"
			 "\"topic\":\"T\"}:0}}");
	rig_advance(s.rig, 21000);
	ck_assert_int_eq(s.seen, 2 * MESSAGES);
	ck_assert_int_eq(s.seen_first, 2);
	ck_assert_int_eq(peer_committed(s.admin, "G", "T", 0), MESSAGES);
	end();
}
END_TEST

START_TEST(reset__is_done_at_once)
{
	begin(ways[0]);

	ck_assert_int_eq(reset_to(0), 0);
	rig_advance(s.rig, 10);
	ck_assert_int_eq(s.seen, 2 * MESSAGES);
	end();
}
END_TEST

static void reset_now(void)
{
	ck_assert_int_eq(reset_to(0), 0);
	rig_advance(s.rig, 10);
}

/* What runs when the reset comes does not push the offset forward when it ends. */
START_TEST(reset__is_not_undone_by_a_call_that_runs)
{
	begin(ways[0]);

	s.during = reset_now;
	ck_assert_int_eq(peer_send(s.admin, "T", 0, "x", NULL), 0);
	rig_advance(s.rig, 21000);
	ck_assert_int_eq(s.seen, 2 * MESSAGES + 2);
	ck_assert_int_eq(s.seen_first, 2);
	ck_assert_int_eq(peer_committed(s.admin, "G", "T", 0), MESSAGES + 1);
	end();
}
END_TEST

START_TEST(reset__to_the_end_skips_what_was_not_consumed)
{
	begin(ways[0]);

	ck_assert_int_eq(rmqi_push_consumer_set_suspended(s.consumer, true, NULL), RMQ_OK);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(peer_send(s.admin, "T", 0, "x", NULL), 0);
	ck_assert_int_eq(reset_to(-1), 0);
	rig_advance(s.rig, 10);
	ck_assert_int_eq(peer_committed(s.admin, "G", "T", 0), MESSAGES + 5);
	ck_assert_int_eq(rmqi_push_consumer_set_suspended(s.consumer, false, NULL), RMQ_OK);
	rig_advance(s.rig, 21000);
	ck_assert_int_eq(s.seen, MESSAGES);
	end();
}
END_TEST

START_TEST(reset__without_a_consumer_says_so)
{
	begin(ways[0]);

	rmqi_push_consumer_free(s.consumer);
	s.consumer = NULL;
	ck_assert_int_eq(reset_to(0), RMQI_RESP_CONSUMER_NOT_ONLINE);
	ck_assert_str_eq(peer_remark(s.admin),
			 "Consumer not online, so can not reset offset, Group: G Topic: T "
			 "Timestamp: 0");
	end();
}
END_TEST

/* --- Status, running info --------------------------------------------------------------------- */

static int32_t ask_status(const char *group, const char *client_id)
{
	struct rmqi_h_get_consumer_status h = {.group = rmqi_str(group), .topic = rmqi_str("T")};

	if (client_id)
		RMQI_SET(&h, get_consumer_status, clientAddr, rmqi_str(client_id));
	return peer_ask(s.admin, s.rig->broker, RMQI_REQ_INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
			&rmqi_desc_get_consumer_status, &h, NULL);
}

START_TEST(status__is_where_each_consumer_stands)
{
	static const char expected[] =
		"{\"consumerTable\":{\"" ME
		"\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:10}},"
		"\"messageQueueTable\":{}}";

	begin(NULL);
	ck_assert_int_eq(ask_status("G", NULL), 0);
	ck_assert_str_eq(peer_body(s.admin), expected);
	ck_assert_int_eq(ask_status("G", ME), 0);
	ck_assert_str_eq(peer_body(s.admin), expected);
	ck_assert_int_eq(ask_status("G", "nobody"), 0);
	ck_assert_str_eq(peer_body(s.admin), "{\"consumerTable\":{},\"messageQueueTable\":{}}");
	ck_assert_int_eq(ask_status("H", NULL), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(s.admin), "No Any Consumer online in the consumer group: [H]");
	end();
}
END_TEST

static int32_t ask_running_info(const char *client_id)
{
	struct rmqi_h_get_consumer_running_info h = {.consumerGroup = rmqi_str("G"),
						     .clientId = rmqi_str(client_id)};

	return peer_ask(s.admin, s.rig->broker, RMQI_REQ_GET_CONSUMER_RUNNING_INFO,
			&rmqi_desc_get_consumer_running_info, &h, NULL);
}

static void ask_while_slow(void)
{
	ck_assert_int_eq(ask_running_info(ME), 0);
	snprintf(s.told, sizeof(s.told), "%s", peer_body(s.admin));
}

static void expect_property(const struct rmqi_json *root, const char *name, const char *value)
{
	ck_assert_str_eq(rmqi_json_str(rmqi_json_get(root, "properties"), name, "(none)"), value);
}

static const struct rmqi_json *queue_of(const struct rmqi_json *root)
{
	return rmqi_json_get(rmqi_json_get(root, "mqTable"),
			     "{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}");
}

START_TEST(running_info__shows_settings_queues_and_subscriptions)
{
	const struct rmqi_json *queue;
	struct rmqi_json *root;
	char servers[80];

	begin(NULL);
	ck_assert_int_eq(ask_running_info(ME), 0);
	ck_assert_int_eq(
		rmqi_json_parse(rmqi_cursor(peer_body(s.admin), strlen(peer_body(s.admin))), &root),
		RMQ_OK);
	snprintf(servers, sizeof(servers), "%s;", s.rig->namesrv);
	expect_property(root, "PROP_NAMESERVER_ADDR", servers);
	expect_property(root, "PROP_THREADPOOL_CORE_SIZE", "3");
	expect_property(root, "PROP_CONSUMEORDERLY", "false");
	expect_property(root, "PROP_CONSUME_TYPE", "CONSUME_PASSIVELY");
	expect_property(root, "PROP_CLIENT_VERSION", "V5_3_3");
	expect_property(root, "consumeThreadMax", "3");
	expect_property(root, "instanceName", "me");
	ck_assert_uint_eq(rmqi_json_count(rmqi_json_get(root, "subscriptionSet")), 2);
	queue = queue_of(root);
	ck_assert_int_eq(rmqi_json_i64(queue, "commitOffset", -1), MESSAGES);
	ck_assert_int_eq(rmqi_json_i64(queue, "cachedMsgCount", -1), 0);
	ck_assert_int_le(rmqi_json_i64(queue, "lastConsumeTimestamp", -1), rig_now(s.rig));
	ck_assert_int_gt(rmqi_json_i64(queue, "lastConsumeTimestamp", -1), rig_now(s.rig) - 10000);
	rmqi_json_free(root);
	end();
}
END_TEST

/* 10 messages were taken within 6 s, another one failed. */
START_TEST(running_info__shows_how_it_fared_lately)
{
	const struct rmqi_json *status;
	struct rmqi_json *root;

	begin(NULL);
	s.status = RMQ_RECONSUME_LATER;
	s.slow_ms = 500;
	ck_assert_int_eq(peer_send(s.admin, "T", 0, "x", NULL), 0);
	rig_advance(s.rig, 5000);
	ck_assert_int_eq(ask_running_info(ME), 0);
	ck_assert_int_eq(
		rmqi_json_parse(rmqi_cursor(peer_body(s.admin), strlen(peer_body(s.admin))), &root),
		RMQ_OK);
	status = rmqi_json_get(rmqi_json_get(root, "statusTable"), "T");
	ck_assert_int_eq(rmqi_json_i64(status, "consumeFailedMsgs", -1), 1);
	ck_assert(rmqi_json_get(status, "consumeFailedTPS")->real > 0.08);
	ck_assert(rmqi_json_get(status, "consumeFailedTPS")->real < 0.1);
	ck_assert(rmqi_json_get(status, "consumeOKTPS")->real > 0.8);
	ck_assert(rmqi_json_get(status, "consumeOKTPS")->real < 1.0);
	ck_assert(rmqi_json_get(status, "pullTPS")->real > 0.9);
	ck_assert(rmqi_json_get(status, "pullTPS")->real < 1.1);
	/* One of eleven calls, of which not all are measured, took 500 ms. */
	ck_assert(rmqi_json_get(status, "consumeRT")->real > 45);
	ck_assert(rmqi_json_get(status, "consumeRT")->real < 500);
	rmqi_json_free(root);
	end();
}
END_TEST

/* An orderly one renews its lock every 20 s (ConsumerRunningInfo.analyzeProcessQueue looks at both). */
START_TEST(running_info__shows_the_lock_of_a_queue)
{
	const struct rmqi_json *locked;
	struct rmqi_json *root;
	int64_t since;

	is_orderly = _i == 1;
	begin(NULL);
	rig_advance(s.rig, 60000);
	ck_assert_int_eq(ask_running_info(ME), 0);
	ck_assert_int_eq(
		rmqi_json_parse(rmqi_cursor(peer_body(s.admin), strlen(peer_body(s.admin))), &root),
		RMQ_OK);
	expect_property(root, "PROP_CONSUMEORDERLY", _i == 1 ? "true" : "false");
	locked = rmqi_json_get(queue_of(root), "locked");
	ck_assert(rmqi_json_is(locked, RMQI_JSON_BOOL));
	ck_assert_int_eq(locked->boolean, _i == 1);
	since = rig_now(s.rig) - rmqi_json_i64(queue_of(root), "lastLockTimestamp", 0);
	ck_assert_int_ge(since, _i == 1 ? 0 : 60000);
	ck_assert_int_le(since, _i == 1 ? 20000 : 70000);
	rmqi_json_free(root);
	end();
}
END_TEST

/* What is popped stands in a table of its own, as with Java's clients. */
START_TEST(running_info__shows_what_is_popped)
{
	const struct rmqi_json *pops, *queue;
	struct rmqi_json *root;

	is_popped = true;
	begin(NULL);
	s.slow_ms = 5000;
	ck_assert_int_eq(peer_send(s.admin, "T", 0, "slow", NULL), 0);
	s.during = ask_while_slow;
	rig_advance(s.rig, 100);
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(s.told, strlen(s.told)), &root), RMQ_OK);
	pops = rmqi_json_get(root, "mqPopTable");
	ck_assert_uint_ge(rmqi_json_count(pops), 1);
	ck_assert_ptr_null(queue_of(root));
	queue = rmqi_json_get(pops, "{\"brokerName\":\"broker-a\",\"queueId\":-1,\"topic\":\"T\"}");
	ck_assert_int_eq(rmqi_json_i64(queue, "waitAckCount", -1), 1);
	ck_assert_int_le(rmqi_json_i64(queue, "lastPopTimestamp", -1), rig_now(s.rig));
	ck_assert_int_gt(rmqi_json_i64(queue, "lastPopTimestamp", -1), rig_now(s.rig) - 20000);
	rmqi_json_free(root);
	end();
}
END_TEST

START_TEST(running_info__tells_no_secret)
{
	begin(NULL);

	ck_assert_int_eq(ask_running_info(ME), 0);
	ck_assert_ptr_null(strstr(peer_body(s.admin), "secretKey"));
	ck_assert_ptr_null(strstr(peer_body(s.admin), "accessKey"));
	ck_assert_ptr_null(strstr(peer_body(s.admin), "tlsKeyPem"));
	end();
}
END_TEST

START_TEST(running_info__of_nobody_is_an_error)
{
	begin(NULL);

	ck_assert_int_eq(ask_running_info("nobody"), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(s.admin), "The Consumer <G> <nobody> not online");
	end();
}
END_TEST

/* --- One message ---------------------------------------------------------------------------------- */

/* The message at offset 0. */
static int32_t consume_directly(void)
{
	struct rmqi_h_consume_message_directly h = {.consumerGroup = rmqi_str("G")};
	struct rmqi_stored_message m;
	char id[RMQI_ID_SIZE];
	size_t len;

	ck_assert_int_eq(peer_pull(s.admin, "G", "T", 0, 0, 0), 0);
	m = peer_message(s.admin, 0);
	len = rmqi_offset_id(&m.store_host, m.physical_offset, id);
	RMQI_SET(&h, consume_message_directly, clientId, rmqi_str(ME));
	RMQI_SET(&h, consume_message_directly, msgId, rmqi_str_n(id, len));
	return peer_ask(s.admin, s.rig->broker, RMQI_REQ_CONSUME_MESSAGE_DIRECTLY,
			&rmqi_desc_consume_message_directly, &h, NULL);
}

START_TEST(direct__calls_the_listener_once_and_tells_the_result)
{
	static const enum rmq_consume_status statuses[] = {RMQ_CONSUME_SUCCESS,
							   RMQ_RECONSUME_LATER};
	static const char *const results[] = {"CR_SUCCESS", "CR_LATER"};
	char expected[128];

	is_orderly = _i >= 2;
	begin(NULL);
	s.status = statuses[_i % 2];
	s.slow_ms = 12;
	ck_assert_int_eq(consume_directly(), 0);
	snprintf(expected, sizeof(expected),
		 "{\"autoCommit\":true,\"consumeResult\":\"%s\",\"order\":%s,"
		 "\"spentTimeMills\":12}",
		 results[_i % 2], is_orderly ? "true" : "false");
	ck_assert_str_eq(peer_body(s.admin), expected);
	rig_advance(s.rig, 60000);
	ck_assert_int_eq(s.seen, MESSAGES + 1);
	ck_assert_int_eq(s.seen_first, 2);
	ck_assert_int_eq(peer_committed(s.admin, "G", "T", 0), MESSAGES);
	end();
}
END_TEST

START_TEST(direct__that_takes_too_long_is_told)
{
	begin(NULL);

	s.slow_ms = 12000;
	ck_assert_int_eq(consume_directly(), RMQI_RESP_CONSUME_MSG_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(peer_remark(s.admin), "consumer <G> <" ME "> Timeout"));
	rig_advance(s.rig, 5000);
	end();
}
END_TEST

static void close_now(void)
{
	ck_assert_int_eq(rmqi_push_consumer_close(s.consumer, 100, NULL), RMQ_OK);
}

/* Its answer finds nobody, and nothing is left. */
START_TEST(direct__may_outlive_the_consumer)
{
	begin(NULL);

	s.during = close_now;
	s.slow_ms = 1000;
	ck_assert_int_ne(consume_directly(), 0);
	rig_advance(s.rig, 5000);
	ck_assert_int_eq(s.seen, MESSAGES + 1);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		reset__is_done_at_once,
		reset__is_not_undone_by_a_call_that_runs,
		reset__to_the_end_skips_what_was_not_consumed,
		reset__without_a_consumer_says_so,
		status__is_where_each_consumer_stands,
		running_info__shows_settings_queues_and_subscriptions,
		running_info__shows_how_it_fared_lately,
		running_info__shows_what_is_popped,
		running_info__tells_no_secret,
		running_info__of_nobody_is_an_error,
		direct__that_takes_too_long_is_told,
		direct__may_outlive_the_consumer,
	};
	struct suite suite;

	suite_open(&suite, "inquiry");
	suite_add_loop(&suite, reset__that_says_success_is_done, RMQI_COUNT(ways));
	suite_add_loop(&suite, running_info__shows_the_lock_of_a_queue, 2);
	suite_add_loop(&suite, direct__calls_the_listener_once_and_tells_the_result, 4);
	suite_add(&suite, tests, RMQI_COUNT(tests));
	return suite_run(&suite);
}
