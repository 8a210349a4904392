/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message trace of a producer on a mock cluster: in the topic that traceTopicEnable makes, when brokers want none
 * (traceOn), and of what brokers are told of messages later: ends of transactions, recalls.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/trace_record.h"
#include "producer/producer.h"
#include "producer/recall.h"
#include "producer/transaction.h"
#include "send/result.h"
#include "tests/broker/rig.h"

#define TRACED "traceTopicEnable=true\nrecallMessageEnable=true\n"
#define QUICK \
	"transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionOpBatchInterval=100\n"

static struct rig *rig;
static struct peer *reader;
static struct rmq_config *config;
static struct rmq_producer *producer;
static enum rmq_transaction_state verdict;

static enum rmq_transaction_state judge(const rmq_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return verdict;
}

static int told_off;

static void count_log(enum rmq_log_level level, const char *text, void *arg)
{
	(void)arg;
	told_off += level == RMQ_LOG_WARN && strstr(text, "message trace: broker ") &&
		    strstr(text, " wants none");
}

static void set_up(const char *conf)
{
	told_off = 0;
	rig = rig_new(conf);
	reader = peer_new(rig);
	ck_assert_int_eq(peer_create_topic(reader, "T", 1), 0);
	rig_advance(rig, 10);
	config = rmqi_config_new();
	config->env = rig->env;
	rmqi_env_ref(config->env);
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", rig->namesrv, NULL), RMQ_OK);
	config->log = (struct rmqi_log){.fn = count_log, .level = RMQ_LOG_WARN};
	ck_assert_int_eq(rmqi_config_set(config, "enableTrace", "true", NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(
		rmqi_membership_set_check_fn(&producer->membership, "G", judge, NULL, NULL),
		RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_producer_free(producer);
	rmqi_config_free(config);
	peer_free(reader);
	rig_free(rig);
}

static struct rmq_message *new_message(void)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);

	ck_assert_int_eq(rmq_message_set_tag(m, "TagA", NULL), RMQ_OK);
	ck_assert_int_eq(rmq_message_set_keys(m, "k1 k2", NULL), RMQ_OK);
	return m;
}

/* The records of this type, each as "field field ...", what changes from run to run left out by the caller's pattern. */
static size_t count_records(const char *pattern)
{
	size_t found = 0;

	ck_assert_int_eq(peer_consumer_beat(reader, "r", "R", RMQI_TRACE_TOPIC, "*", 1), 0);
	for (int64_t at = 0; peer_pull(reader, "R", RMQI_TRACE_TOPIC, 0, at, 0) == 0; at++) {
		struct rmqi_cursor body = peer_message(reader, 0).body;
		struct rmqi_trace_fields f;
		char text[600];

		while (rmqi_trace_next(&body, &f)) {
			size_t len = 0;

			for (size_t i = 0; i < f.count; i++)
				if (i != 1) /* the time */
					len += (size_t)snprintf(text + len, sizeof(text) - len,
								"%.*s ", RMQI_STR_ARG(f.field[i]));
			found += strstr(text, pattern) != NULL;
		}
	}
	return found;
}

START_TEST(trace__is_in_the_topic_that_brokers_have_with_traceTopicEnable)
{
	struct rmq_message *m = new_message();
	struct rmq_send_result *result = NULL;
	char pattern[200];

	set_up(TRACED);
	ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, &result, NULL), RMQ_OK);
	snprintf(pattern, sizeof(pattern), "Pub DefaultRegion G T %s TagA k1 k2 ",
		 result->message_id);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, NULL), RMQ_OK);

	ck_assert_uint_eq(count_records(pattern), 1);
	ck_assert_uint_eq(count_records("Pub "), 1);
	rmqi_free(result);
	rmq_message_free(m);
	tear_down();
}
END_TEST

/* The answer to a send says so (TRACE_ON). */
START_TEST(trace__is_not_told_to_brokers_that_want_none)
{
	struct rmq_message *m = new_message();

	set_up(TRACED "traceOn=false\n");
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, NULL), RMQ_OK);

	ck_assert_uint_eq(count_records(""), 0);
	ck_assert_int_eq(told_off, 1);
	rmq_message_free(m);
	tear_down();
}
END_TEST

static char transaction_id[RMQI_ID_SIZE];

static void begin_and_leave(void)
{
	struct rmq_message *m = new_message();
	struct rmq_transaction *t = NULL;

	ck_assert_int_eq(rmqi_transaction_begin(producer, m, NULL, &t, NULL), RMQ_OK);
	snprintf(transaction_id, sizeof(transaction_id), "%s", t->id);
	rmqi_transaction_free(t);
	rmq_message_free(m);
}

static size_t count_ends(const char *state)
{
	char pattern[300];

	snprintf(pattern, sizeof(pattern),
		 "EndTransaction DefaultRegion G T %s TagA k1 k2 %s 2 %s %s true ", transaction_id,
		 rig->broker, transaction_id, state);
	return count_records(pattern);
}

START_TEST(trace__tells_of_answers_to_brokers_that_ask)
{
	set_up(TRACED QUICK);
	verdict = RMQ_TRANSACTION_UNKNOWN;
	begin_and_leave();
	rig_advance(rig, 2500);
	verdict = RMQ_TRANSACTION_COMMIT;
	rig_advance(rig, 2000);
	ck_assert_int_eq(peer_max_offset(reader, "T", 0), 1);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, NULL), RMQ_OK);

	ck_assert_uint_ge(count_ends("UNKNOW"), 1);
	ck_assert_uint_ge(count_ends("COMMIT_MESSAGE"), 1);
	ck_assert_uint_eq(count_ends("ROLLBACK_MESSAGE"), 0);
	tear_down();
}
END_TEST

START_TEST(trace__tells_of_ends_of_transactions)
{
	struct rmq_message *m = new_message();
	struct rmq_transaction *t = NULL;
	char pattern[300];

	set_up(TRACED);
	ck_assert_int_eq(rmqi_transaction_begin(producer, m, NULL, &t, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_transaction_end(t, RMQ_TRANSACTION_ROLLBACK, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, NULL), RMQ_OK);

	snprintf(pattern, sizeof(pattern),
		 "EndTransaction DefaultRegion G T %s TagA k1 k2 %s 2 %s ROLLBACK_MESSAGE false ",
		 t->id, rig->broker, t->id);
	ck_assert_uint_eq(count_records(pattern), 1);
	rmqi_transaction_free(t);
	rmq_message_free(m);
	tear_down();
}
END_TEST

static enum rmq_error recall(const char *handle)
{
	return rmqi_producer_recall(producer, "T", handle, NULL);
}

START_TEST(trace__tells_of_recalls_that_a_broker_has_answered)
{
	struct rmq_message *m = new_message();
	struct rmq_send_result *result = NULL;
	char pattern[200];

	set_up(TRACED);
	ck_assert_int_eq(rmq_message_set_delay_time_sec(m, 60, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_send(producer, m, NULL, &result, NULL), RMQ_OK);
	ck_assert_int_eq(recall(result->recall_handle), RMQ_OK);
	ck_assert_int_eq(recall("nonsense"), RMQ_ERR_INVALID_ARGUMENT);
	rig_advance(rig, 61 * 1000);
	ck_assert_int_eq(recall(result->recall_handle), RMQ_ERR_BROKER);
	ck_assert_int_eq(rmqi_producer_close(producer, 5000, NULL), RMQ_OK);

	snprintf(pattern, sizeof(pattern), "Recall DefaultRegion G T %s true ", result->message_id);
	ck_assert_uint_eq(count_records(pattern), 1);
	snprintf(pattern, sizeof(pattern), "Recall DefaultRegion G T %s false ",
		 result->message_id);
	ck_assert_uint_eq(count_records(pattern), 1);
	ck_assert_uint_eq(count_records("Recall "), 2);
	rmqi_free(result);
	rmq_message_free(m);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		trace__is_in_the_topic_that_brokers_have_with_traceTopicEnable,
		trace__is_not_told_to_brokers_that_want_none,
		trace__tells_of_answers_to_brokers_that_ask,
		trace__tells_of_ends_of_transactions,
		trace__tells_of_recalls_that_a_broker_has_answered,
	};

	return run_suite("trace_cluster", tests, RMQI_COUNT(tests));
}
