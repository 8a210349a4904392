/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half messages over the wire: how they wait, which ends are refused, who is asked, when, and what becomes of
 * those that nobody decides (EndTransactionProcessor, TransactionalMessageServiceImpl).
 */
#include <stdio.h>
#include <string.h>

#include "codec/ids.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/orders.h"
#include "mock-broker/cluster_state.h"
#include "tests/broker/rig.h"

enum { COMMIT = 8, ROLLBACK = 12, UNKNOWN = 0, END = RMQI_REQ_END_TRANSACTION, QUEUE = 1 };
#define HALF_TOPIC "RMQ_SYS_TRANS_HALF_TOPIC"
#define OP_TOPIC "RMQ_SYS_TRANS_OP_HALF_TOPIC"
#define GIVEN_UP "TRANS_CHECK_MAX_TIME_TOPIC"
#define PLAIN "UNIQ_KEY=ID1,TRAN_MSG=true,PGROUP=G,TAGS=a"

static struct rig *rig;
static struct peer *peer;

/* The last question. */
static int questions;
static int64_t asked_table, asked_log;
static char asked_id[64], asked_topic[64], asked_offset_id[64], asked_real[64], asked_broker[32];
static int32_t asked_queue;

static void on_request(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_check_transaction_state h = {0};
	struct rmqi_cursor body = request->body;
	struct rmqi_stored_message m;

	(void)p;
	(void)c;
	ck_assert_int_eq(request->code, RMQI_REQ_CHECK_TRANSACTION_STATE);
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_check_transaction_state, request, &h, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_message_decode(&body, &m), RMQ_OK);
	ck_assert_uint_eq(body.len, 0);
	questions++;
	asked_table = h.tranStateTableOffset;
	asked_log = h.commitLogOffset;
	snprintf(asked_id, sizeof(asked_id), "%.*s", RMQI_STR_ARG(h.msgId));
	snprintf(asked_topic, sizeof(asked_topic), "%.*s", RMQI_STR_ARG(h.topic));
	snprintf(asked_offset_id, sizeof(asked_offset_id), "%.*s", RMQI_STR_ARG(h.offsetMsgId));
	snprintf(asked_broker, sizeof(asked_broker), "%.*s", RMQI_STR_ARG(h.bname));
	snprintf(asked_real, sizeof(asked_real), "%.*s", RMQI_STR_ARG(m.topic));
	asked_queue = m.queue_id;
	ck_assert_int_eq(m.queue_offset, asked_table);
	ck_assert_int_eq(m.physical_offset, asked_log);
}

static void set_up(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	peer->on_request = on_request;
	questions = 0;
	ck_assert_int_eq(peer_create_topic(peer, "T", 4), 0);
	ck_assert_int_eq(peer_producer_beat(peer, "client", "G"), 0);
}

static void tear_down(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int64_t half_table, half_log;

static void born_now(struct rmqi_h_send_message *h)
{
	h->bornTimestamp = rig_now(rig);
	h->sysFlag = RMQI_SYS_PREPARED;
	h->flag = 5;
}

static void send_half(const char *properties)
{
	struct rmqi_host host;

	ck_assert_int_eq(peer_send_with(peer, "T", QUEUE, "hello", properties, born_now), 0);
	half_table = peer_ext_i64(peer, "queueOffset");
	ck_assert(rmqi_offset_id_parse(rmqi_str(peer_ext(peer, "msgId")), &host, &half_log));
}

static struct rmqi_h_end_transaction the_end(int32_t what)
{
	struct rmqi_h_end_transaction h = {.producerGroup = RMQI_STR("G"),
					   .tranStateTableOffset = half_table,
					   .commitLogOffset = half_log,
					   .commitOrRollback = what,
					   .msgId = RMQI_STR("ID1")};

	return h;
}

static int32_t end_with(const struct rmqi_h_end_transaction *h)
{
	return peer_ask(peer, rig->broker, END, &rmqi_desc_end_transaction, h, NULL);
}

static int32_t end(int32_t what)
{
	struct rmqi_h_end_transaction h = the_end(what);

	return end_with(&h);
}

/* The answer to the last question. */
static int32_t answer(int32_t what)
{
	struct rmqi_h_end_transaction h = the_end(what);

	h.tranStateTableOffset = asked_table;
	h.commitLogOffset = asked_log;
	RMQI_SET(&h, end_transaction, fromTransactionCheck, true);
	return end_with(&h);
}

static int64_t count(const char *topic, int32_t queue)
{
	return peer_max_offset(peer, topic, queue);
}

/* --- The half message ------------------------------------------------------------------------ */

START_TEST(half__is_seen_by_no_consumer_until_it_is_committed)
{
	set_up(NULL);
	send_half(PLAIN);
	ck_assert_int_eq(peer_ext_i64(peer, "queueId"), QUEUE);
	ck_assert_int_eq(peer_ext_i64(peer, "queueOffset"), 0);
	ck_assert_str_eq(peer_ext(peer, "transactionId"), "ID1");
	ck_assert_int_eq(count("T", QUEUE), 0);
	ck_assert_int_eq(count(HALF_TOPIC, 0), 1);

	ck_assert_int_eq(end(COMMIT), 0);

	ck_assert_int_eq(count("T", QUEUE), 1);
	ck_assert_int_eq(peer_consumer_beat(peer, "client", "C", "T", "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "C", "T", QUEUE, 0, 0), 0);
	tear_down();
}
END_TEST

START_TEST(half__committed_it_has_the_properties_of_apaches)
{
	struct rmqi_stored_message m;

	set_up(NULL);
	send_half(PLAIN ",own=x");
	ck_assert_int_eq(end(COMMIT), 0);
	ck_assert_int_eq(peer_consumer_beat(peer, "client", "C", "T", "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "C", "T", QUEUE, 0, 0), 0);

	m = peer_message(peer, 0);
	ck_assert(rmqi_str_is(rmqi_cursor_str(m.body), "hello"));
	ck_assert_int_eq(m.sys_flag & RMQI_SYS_TRANSACTION_MASK, RMQI_SYS_COMMIT);
	ck_assert_int_eq(m.prepared_transaction_offset, half_log);
	ck_assert_int_eq(m.flag, 5);
	ck_assert_str_eq(peer_property(peer, 0, "TRAN_MSG"), "true");
	ck_assert_str_eq(peer_property(peer, 0, "PGROUP"), "G");
	ck_assert_str_eq(peer_property(peer, 0, "REAL_TOPIC"), "T");
	ck_assert_str_eq(peer_property(peer, 0, "REAL_QID"), "1");
	ck_assert_str_eq(peer_property(peer, 0, "__transactionId__"), "ID1");
	ck_assert_str_eq(peer_property(peer, 0, "UNIQ_KEY"), "ID1");
	ck_assert_str_eq(peer_property(peer, 0, "own"), "x");
	tear_down();
}
END_TEST

START_TEST(half__is_refused_by_a_broker_that_wants_none)
{
	set_up("rejectTransactionMessage=true");

	ck_assert_int_eq(peer_send(peer, "T", QUEUE, "hello", PLAIN), RMQI_RESP_NO_PERMISSION);

	ck_assert_ptr_nonnull(
		strstr(peer_remark(peer), "sending transaction message is forbidden"));
	tear_down();
}
END_TEST

START_TEST(half__rolled_back_is_never_seen_nor_asked_about)
{
	set_up(NULL);
	send_half(PLAIN);

	ck_assert_int_eq(end(ROLLBACK), 0);

	rig_advance(rig, 10 * 60 * 1000);
	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(count("T", QUEUE), 0);
	ck_assert_int_eq(count(OP_TOPIC, 0), 1);
	tear_down();
}
END_TEST

/* --- Refusals -------------------------------------------------------------------------------- */

static void expect_refused(const struct rmqi_h_end_transaction *h, const char *remark)
{
	ck_assert_int_eq(end_with(h), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(peer_remark(peer), remark);
}

START_TEST(end__is_refused_as_by_apache)
{
	struct rmqi_h_end_transaction h;
	int64_t other_log;

	set_up(NULL);
	send_half("UNIQ_KEY=ID2,TRAN_MSG=true,PGROUP=G");
	other_log = half_log;
	send_half(PLAIN);

	h = the_end(COMMIT);
	h.producerGroup = RMQI_STR("H");
	expect_refused(&h, "The producer group wrong");
	h = the_end(ROLLBACK);
	h.tranStateTableOffset += 7;
	expect_refused(&h, "The transaction state table offset wrong");
	h = the_end(COMMIT);
	h.commitLogOffset = other_log;
	expect_refused(&h, "The transaction state table offset wrong");
	h = the_end(COMMIT);
	h.commitLogOffset++;
	expect_refused(&h, "Find prepared transaction message failed");
	h.commitLogOffset = -1;
	expect_refused(&h, "Find prepared transaction message failed");
	h.commitLogOffset = INT64_MAX;
	expect_refused(&h, "Find prepared transaction message failed");

	ck_assert_int_eq(count("T", QUEUE), 0);
	ck_assert_int_eq(end(COMMIT), 0);
	tear_down();
}
END_TEST

START_TEST(end__of_a_message_that_is_no_half_message_is_refused)
{
	set_up(NULL);
	send_half("UNIQ_KEY=ID3");

	ck_assert_int_eq(end(COMMIT), RMQI_RESP_SYSTEM_ERROR);
	tear_down();
}
END_TEST

START_TEST(end__unknown_is_never_answered)
{
	struct rmqi_h_end_transaction h;
	struct rmqi_outgoing request = {
		.code = END, .desc = &rmqi_desc_end_transaction, .header = &h};

	set_up(NULL);
	send_half(PLAIN);
	h = the_end(UNKNOWN);

	ck_assert_int_eq(rmqi_rpc_call(peer->rpc, rig->broker, &request,
				       rmqi_clock_deadline(rig->env->clock, 3000), NULL, NULL,
				       NULL),
			 RMQ_ERR_TIMEOUT);
	tear_down();
}
END_TEST

START_TEST(end__after_the_immunity_time_is_left_to_the_question)
{
	set_up(NULL);
	send_half(PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=10");
	rig_advance(rig, 10001);

	ck_assert_int_eq(end(COMMIT), RMQI_RESP_ILLEGAL_OPERATION);
	ck_assert_int_eq(end(ROLLBACK), RMQI_RESP_ILLEGAL_OPERATION);

	rig_advance(rig, 60 * 1000);
	ck_assert_int_ge(questions, 1);
	ck_assert_int_eq(answer(COMMIT), 0);
	ck_assert_int_eq(count("T", QUEUE), 1);
	tear_down();
}
END_TEST

/* --- Questions ------------------------------------------------------------------------------- */

START_TEST(check__asks_about_a_copy)
{
	set_up(NULL);
	send_half(PLAIN);

	rig_advance(rig, 30 * 1000);

	ck_assert_int_eq(questions, 1);
	ck_assert_int_eq(asked_table, half_table + 1);
	ck_assert_int_gt(asked_log, half_log);
	ck_assert_str_eq(asked_id, "ID1");
	ck_assert_str_eq(asked_topic, HALF_TOPIC);
	ck_assert_str_eq(asked_broker, BROKER);
	ck_assert_str_eq(asked_real, "T");
	ck_assert_int_eq(asked_queue, QUEUE);
	ck_assert_int_eq(answer(COMMIT), 0);
	ck_assert_int_eq(count("T", QUEUE), 1);
	rig_advance(rig, 10 * 60 * 1000);
	ck_assert_int_eq(questions, 1);
	tear_down();
}
END_TEST

START_TEST(check__waits_until_the_message_is_old_enough)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=5000");
	send_half(PLAIN);

	rig_advance(rig, 5000);
	ck_assert_int_eq(questions, 0);
	rig_advance(rig, 1500);

	ck_assert_int_eq(questions, 1);
	tear_down();
}
END_TEST

START_TEST(check__gives_up_after_the_last_question)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionCheckMax=3");
	send_half(PLAIN);

	rig_advance(rig, 60 * 1000);

	ck_assert_int_eq(questions, 3);
	ck_assert_int_eq(count(GIVEN_UP, 0), 1);
	ck_assert_int_eq(count("T", QUEUE), 0);
	tear_down();
}
END_TEST

START_TEST(check__gives_up_what_is_older_than_files_are_kept)
{
	set_up("transactionCheckInterval=3600000\nfileReservedTime=2\ntransactionCheckMax=100");
	send_half(PLAIN);

	rig_advance(rig, INT64_C(4) * 3600 * 1000);

	ck_assert_int_eq(count(GIVEN_UP, 0), 1);
	tear_down();
}
END_TEST

START_TEST(check__without_a_producer_counts_too)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionCheckMax=3");
	send_half("UNIQ_KEY=ID1,TRAN_MSG=true,PGROUP=NOBODY");

	rig_advance(rig, 60 * 1000);

	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(count(GIVEN_UP, 0), 1);
	tear_down();
}
END_TEST

START_TEST(check__asks_the_producers_of_the_group_in_turn)
{
	struct peer *other;

	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000");
	other = peer_new(rig);
	other->on_request = on_request;
	ck_assert_int_eq(peer_producer_beat(other, "other", "G"), 0);
	send_half(PLAIN);
	rig_advance(rig, 2500);
	ck_assert_int_eq(questions, 1);
	peer_die(other);

	rig_advance(rig, 2000);

	/* Whoever had his turn, the one that is left is asked now. */
	ck_assert_int_ge(questions, 2);
	ck_assert_int_eq(answer(ROLLBACK), 0);
	peer_free(other);
	tear_down();
}
END_TEST

START_TEST(check__leaves_an_immune_message_alone)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionCheckMax=100");
	send_half(PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=20");

	rig_advance(rig, 19 * 1000);
	ck_assert_int_eq(questions, 0);
	rig_advance(rig, 3 * 1000);

	ck_assert_int_ge(questions, 1);
	tear_down();
}
END_TEST

/* As in Java: each copy counts as a question. */
START_TEST(check__gives_up_what_is_immune_for_more_rounds_than_it_may_be_asked)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionCheckMax=5");
	send_half(PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=20");

	rig_advance(rig, 60 * 1000);

	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(count(GIVEN_UP, 0), 1);
	tear_down();
}
END_TEST

START_TEST(check__knows_a_copy_of_what_ended_in_its_immunity_time)
{
	set_up("transactionCheckInterval=1000\ntransactionTimeOut=1000");
	send_half(PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=20");
	rig_advance(rig, 10 * 1000);

	ck_assert_int_eq(end(COMMIT), 0);

	rig_advance(rig, 60 * 1000);
	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(count("T", QUEUE), 1);
	/* And nothing of it is kept. */
	ck_assert_uint_eq(rig->cluster->brokers[0].broker->transactions.immune.count, 0);
	tear_down();
}
END_TEST

/* No round has seen it open, so no copy will ever ask for the note. */
START_TEST(check__keeps_nothing_of_what_ended_in_its_immunity_time_at_once)
{
	set_up("transactionCheckInterval=10000\ntransactionTimeOut=1000");
	send_half(PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=20");
	ck_assert_int_eq(end(COMMIT), 0);

	rig_advance(rig, 25 * 1000);

	ck_assert_uint_eq(rig->cluster->brokers[0].broker->transactions.immune.count, 0);
	ck_assert_int_eq(count("T", QUEUE), 1);
	tear_down();
}
END_TEST

/* A note is written some time after the end: a round in between asks once more. */
START_TEST(check__what_has_ended_but_is_not_noted_is_asked_about)
{
	set_up("transactionCheckInterval=10000");
	send_half(PLAIN);
	rig_advance(rig, 9000);
	ck_assert_int_eq(end(COMMIT), 0);

	rig_advance(rig, 2000);

	ck_assert_int_eq(questions, 1);
	ck_assert_int_eq(answer(COMMIT), 0);
	ck_assert_int_eq(count("T", QUEUE), 2);
	tear_down();
}
END_TEST

START_TEST(check__of_many_passes_those_that_ended)
{
	enum { MANY = 300 };
	char properties[64];

	set_up(NULL);
	for (int i = 0; i < MANY; i++) {
		snprintf(properties, sizeof(properties), "UNIQ_KEY=K%d,TRAN_MSG=true,PGROUP=G", i);
		send_half(properties);
		if (i % 3 != 0)
			ck_assert_int_eq(end(i % 3 == 1 ? COMMIT : ROLLBACK), 0);
	}

	rig_advance(rig, 31 * 1000);

	ck_assert_int_eq(questions, MANY / 3);
	ck_assert_int_eq(count("T", QUEUE), MANY / 3);
	tear_down();
}
END_TEST

/* It is no part of the one under way, and begins when that ends. */
START_TEST(check__is_ordered_again_while_a_round_is_under_way)
{
	enum { MORE_THAN_A_STEP = 40 };
	struct mb_broker *b;

	set_up(NULL);
	b = rig->cluster->brokers[0].broker;
	for (int i = 0; i < MORE_THAN_A_STEP; i++)
		send_half(PLAIN);
	mb_order_checks(b);
	mb_transactions_check(&b->transactions.check);
	ck_assert(b->transactions.round.is_running);

	mb_order_checks(b);

	rig_advance(rig, 100);
	ck_assert_int_eq(questions, 2 * MORE_THAN_A_STEP);
	ck_assert(!b->transactions.is_round_ordered);
	tear_down();
}
END_TEST

/* --- A restart ------------------------------------------------------------------------------- */

static void restart(bool is_crash)
{
	struct rmqi_h_end_transaction h;

	set_up(NULL);
	send_half(PLAIN);
	send_half("UNIQ_KEY=ID2,TRAN_MSG=true,PGROUP=G");
	ck_assert_int_eq(end(ROLLBACK), 0);
	ck_assert_int_eq(mb_cluster_broker_stop(rig->cluster, BROKER, is_crash, NULL), RMQ_OK);
	ck_assert_int_eq(mb_cluster_broker_start(rig->cluster, BROKER, NULL), RMQ_OK);
	ck_assert_int_eq(peer_producer_beat(peer, "client", "G"), 0);
	ck_assert_int_eq(count("T", QUEUE), 0);

	rig_advance(rig, 31 * 1000);

	/* What had ended but was not noted is asked about again after a crash. */
	ck_assert_int_eq(questions, is_crash ? 2 : 1);
	h = the_end(COMMIT);
	h.tranStateTableOffset = asked_table;
	h.commitLogOffset = asked_log;
	ck_assert_int_eq(end_with(&h), 0);
	ck_assert_int_eq(count("T", QUEUE), 1);
	tear_down();
}

START_TEST(restart__asks_about_what_is_open)
{
	restart(false);
	restart(true);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		half__is_seen_by_no_consumer_until_it_is_committed,
		half__committed_it_has_the_properties_of_apaches,
		half__is_refused_by_a_broker_that_wants_none,
		half__rolled_back_is_never_seen_nor_asked_about,
		end__is_refused_as_by_apache,
		end__of_a_message_that_is_no_half_message_is_refused,
		end__unknown_is_never_answered,
		end__after_the_immunity_time_is_left_to_the_question,
		check__asks_about_a_copy,
		check__waits_until_the_message_is_old_enough,
		check__gives_up_after_the_last_question,
		check__gives_up_what_is_older_than_files_are_kept,
		check__without_a_producer_counts_too,
		check__asks_the_producers_of_the_group_in_turn,
		check__leaves_an_immune_message_alone,
		check__gives_up_what_is_immune_for_more_rounds_than_it_may_be_asked,
		check__knows_a_copy_of_what_ended_in_its_immunity_time,
		check__keeps_nothing_of_what_ended_in_its_immunity_time_at_once,
		check__what_has_ended_but_is_not_noted_is_asked_about,
		check__of_many_passes_those_that_ended,
		check__is_ordered_again_while_a_round_is_under_way,
		restart__asks_about_what_is_open,
	};

	return run_suite("transactions", tests, RMQI_COUNT(tests));
}
