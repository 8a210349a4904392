/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message trace of a consumer on a mock cluster: SubBefore and SubAfter of each message, as Java writes them
 * (doc/reference/trace.md).
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "client/message.h"
#include "codec/trace_record.h"
#include "consumer/push_consumer.h"
#include "tests/broker/rig.h"

enum { FIELDS = 10, RECORDS = 32 };

static struct rig *rig;
static struct peer *reader;
static struct rmq_config *config;
static struct rmq_push_consumer *consumer;
static struct record {
	char field[FIELDS][80];
	size_t count;
} records[RECORDS];
static size_t record_count;
static int answer; /* of the listener; of an orderly one its first */
static unsigned calls;

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	calls++;
	return (enum rmq_consume_status)answer;
}

static enum rmq_orderly_status listen_in_order(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t count,
					       rmq_orderly_context *context, void *arg)
{
	(void)c, (void)messages, (void)count, (void)context, (void)arg;
	return calls++ == 0 ? (enum rmq_orderly_status)answer : RMQ_ORDERLY_SUCCESS;
}

#define ID "0A0000010000000000000000000000AA"

/* keys may be NULL. */
static void send_one(const char *keys)
{
	char properties[200];

	snprintf(properties, sizeof(properties), "UNIQ_KEY=%s%s%s", ID, keys ? ",KEYS=" : "",
		 keys ? keys : "");
	ck_assert_int_eq(peer_send(reader, "T", 0, "hello", properties), 0);
}

static void set_up(const char *conf, const char *trace)
{
	calls = 0;
	answer = RMQ_CONSUME_SUCCESS;
	rig = rig_new(conf);
	reader = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(reader, "T", 1), 0);
	rig_advance(rig, 10);
	config = rmqi_config_new();
	config->env = rig->env;
	rmqi_env_ref(config->env);
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", rig->namesrv, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_config_set(config, "enableTrace", trace, NULL), RMQ_OK);
	ck_assert_int_eq(
		rmqi_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", NULL),
		RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_new(config, "G", &consumer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_set_listener(consumer, listen, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(consumer, "T", "*", NULL), RMQ_OK);
}

static void run(int64_t ms)
{
	ck_assert_int_eq(rmqi_push_consumer_start(consumer, NULL), RMQ_OK);
	rig_advance(rig, ms);
	ck_assert_int_eq(rmqi_push_consumer_close(consumer, 5000, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_push_consumer_free(consumer);
	rmqi_config_free(config);
	peer_free(reader);
	rig_free(rig);
}

static void keep(const struct rmqi_trace_fields *f)
{
	struct record *r = &records[record_count++];

	ck_assert_uint_lt(record_count, RECORDS);
	r->count = f->count;
	for (size_t i = 0; i < f->count && i < FIELDS; i++)
		snprintf(r->field[i], sizeof(r->field[i]), "%.*s", RMQI_STR_ARG(f->field[i]));
}

static void read_records(void)
{
	record_count = 0;
	ck_assert_int_eq(peer_consumer_beat(reader, "r", "R", RMQI_TRACE_TOPIC, "*", 1), 0);
	for (int64_t at = 0; peer_pull(reader, "R", RMQI_TRACE_TOPIC, 0, at, 0) == 0; at++) {
		struct rmqi_cursor body = peer_message(reader, 0).body;
		struct rmqi_trace_fields f;

		while (rmqi_trace_next(&body, &f))
			keep(&f);
	}
}

static void expect_before(const struct record *r, const char *times, const char *keys)
{
	ck_assert_uint_eq(r->count, 8);
	ck_assert_str_eq(r->field[0], "SubBefore");
	ck_assert_str_eq(r->field[2], "DefaultRegion");
	ck_assert_str_eq(r->field[3], "G");
	ck_assert_uint_eq(strlen(r->field[4]), 32);
	ck_assert_str_eq(r->field[5], ID);
	ck_assert_str_eq(r->field[6], times);
	ck_assert_str_eq(r->field[7], keys);
}

/* Of the call that this `before` began. */
static void expect_after(const struct record *r, const struct record *before, const char *success,
			 const char *outcome)
{
	ck_assert_uint_eq(r->count, 9);
	ck_assert_str_eq(r->field[0], "SubAfter");
	ck_assert_str_eq(r->field[1], before->field[4]);
	ck_assert_str_eq(r->field[2], before->field[5]);
	ck_assert_str_eq(r->field[4], success);
	ck_assert_str_eq(r->field[5], before->field[7]);
	ck_assert_str_eq(r->field[6], outcome);
	ck_assert_str_eq(r->field[8], "G");
}

START_TEST(trace__tells_of_a_message_before_and_after_the_listener)
{
	set_up("traceTopicEnable=true\n", "true");
	send_one("k1 k2");
	run(3000);
	read_records();
	ck_assert_uint_eq(record_count, 2);
	expect_before(&records[0], "0", "k1 k2");
	expect_after(&records[1], &records[0], "true", "0");
	tear_down();
}
END_TEST

/* It comes again after 10 s, by the retry topic. */
START_TEST(trace__tells_of_failures_and_of_what_comes_again)
{
	set_up("traceTopicEnable=true\n", "true");
	send_one(NULL);
	answer = RMQ_RECONSUME_LATER;
	run(15000);
	read_records();
	ck_assert_uint_eq(record_count, 4);
	expect_before(&records[0], "0", "null");
	expect_after(&records[1], &records[0], "false", "4");
	expect_before(&records[2], "1", "null");
	expect_after(&records[3], &records[2], "false", "4");
	ck_assert_str_eq(records[2].field[5], records[0].field[5]);
	ck_assert_str_ne(records[2].field[4], records[0].field[4]);
	tear_down();
}
END_TEST

START_TEST(trace__tells_of_no_status)
{
	set_up("traceTopicEnable=true\n", "true");
	send_one(NULL);
	answer = 77;
	run(3000);
	read_records();
	ck_assert_uint_eq(record_count, 2);
	expect_after(&records[1], &records[0], "false", "3");
	tear_down();
}
END_TEST

START_TEST(trace__of_an_orderly_listener)
{
	set_up("traceTopicEnable=true\n", "true");
	ck_assert_int_eq(
		rmqi_push_consumer_set_orderly_listener(consumer, listen_in_order, NULL, NULL),
		RMQ_OK);
	send_one("k");
	answer = RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
	run(5000);
	read_records();
	ck_assert_uint_eq(record_count, 4);
	expect_before(&records[0], "0", "k");
	expect_after(&records[1], &records[0], "false", "4");
	expect_before(&records[2], "1", "k");
	expect_after(&records[3], &records[2], "true", "0");
	tear_down();
}
END_TEST

START_TEST(trace__is_off_unless_it_is_wanted)
{
	set_up("traceTopicEnable=true\n", "false");
	send_one("k1");
	run(3000);
	ck_assert_uint_eq(calls, 1);
	read_records();
	ck_assert_uint_eq(record_count, 0);
	tear_down();
}
END_TEST

/* Its broker has marked the message so (TRACE_ON). */
START_TEST(trace__leaves_out_what_its_broker_does_not_want)
{
	set_up("traceTopicEnable=true\ntraceOn=false\n", "true");
	send_one("k1");
	run(3000);
	ck_assert_uint_eq(calls, 1);
	read_records();
	ck_assert_uint_eq(record_count, 0);
	tear_down();
}
END_TEST

/* Who consumes the trace must not make more of it for ever. */
START_TEST(trace__of_the_trace_topic_is_not_traced)
{
	set_up("traceTopicEnable=true\n", "true");
	ck_assert_int_eq(rmqi_push_consumer_subscribe(consumer, RMQI_TRACE_TOPIC, "*", NULL),
			 RMQ_OK);
	send_one("k1");
	run(60000);
	read_records();
	ck_assert_uint_eq(record_count, 2);
	tear_down();
}
END_TEST

START_TEST(trace__without_a_topic_holds_up_nothing)
{
	enum rmq_error err;

	set_up("autoCreateTopicEnable=false\n", "true");
	send_one("k1");
	ck_assert_int_eq(rmqi_push_consumer_start(consumer, NULL), RMQ_OK);
	rig_advance(rig, 20000);
	ck_assert_uint_eq(calls, 1);
	err = rmqi_push_consumer_close(consumer, 5000, NULL);
	ck_assert(err == RMQ_OK || err == RMQ_ERR_TIMEOUT);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trace__tells_of_a_message_before_and_after_the_listener,
		trace__tells_of_failures_and_of_what_comes_again,
		trace__tells_of_no_status,
		trace__of_an_orderly_listener,
		trace__is_off_unless_it_is_wanted,
		trace__leaves_out_what_its_broker_does_not_want,
		trace__of_the_trace_topic_is_not_traced,
		trace__without_a_topic_holds_up_nothing,
	};

	return run_suite("consume_trace", tests, RMQI_COUNT(tests));
}
