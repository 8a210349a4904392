/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half messages of which no round of questions gets rid by itself: those that an operator puts back
 * (AdminBrokerProcessor.resumeCheckHalfMessage), those that say nonsense about their age, those whose properties are
 * full.
 */
#include <stdio.h>
#include <string.h>

#include "codec/ids.h"
#include "tests/broker/rig.h"

enum { COMMIT = 8, END = RMQI_REQ_END_TRANSACTION, RESUME = RMQI_REQ_RESUME_CHECK_HALF_MESSAGE };
#define HALF_TOPIC "RMQ_SYS_TRANS_HALF_TOPIC"
#define GIVEN_UP "TRANS_CHECK_MAX_TIME_TOPIC"
#define PLAIN "UNIQ_KEY=ID1,TRAN_MSG=true,PGROUP=G,TAGS=a"
#define QUICK                                                                             \
	"transactionCheckInterval=1000\ntransactionTimeOut=1000\ntransactionCheckMax=2\n" \
	"transactionOpBatchInterval=100\n"

static struct rig *rig;
static struct peer *peer;

/* The questions so far, and the last one. */
static int questions;
static int64_t asked_table, asked_log;
static char asked_id[64];

static void on_request(struct peer *p, struct rmqi_conn *c, const struct rmqi_command *request)
{
	struct rmqi_h_check_transaction_state h = {0};

	(void)p;
	(void)c;
	ck_assert_int_eq(request->code, RMQI_REQ_CHECK_TRANSACTION_STATE);
	ck_assert_int_eq(rmqi_header_decode(&rmqi_desc_check_transaction_state, request, &h, NULL),
			 RMQ_OK);
	questions++;
	asked_table = h.tranStateTableOffset;
	asked_log = h.commitLogOffset;
	snprintf(asked_id, sizeof(asked_id), "%.*s", RMQI_STR_ARG(h.msgId));
}

static void set_up(const char *conf)
{
	rig = rig_new(conf);
	peer = peer_new(rig);
	peer->on_request = on_request;
	questions = 0;
	ck_assert_int_eq(peer_create_topic(peer, "T", 1), 0);
	ck_assert_int_eq(peer_producer_beat(peer, "client", "G"), 0);
}

static void tear_down(void)
{
	peer_free(peer);
	rig_free(rig);
}

static int64_t born_ms;

static void born(struct rmqi_h_send_message *h)
{
	h->bornTimestamp = born_ms;
	h->sysFlag = RMQI_SYS_PREPARED;
}

static void send_half(int64_t born_at_ms, const char *properties)
{
	born_ms = born_at_ms;
	ck_assert_int_eq(peer_send_with(peer, "T", 0, "hello", properties, born), 0);
}

static int32_t end(int64_t table_offset, int64_t log_offset, bool is_answer)
{
	struct rmqi_h_end_transaction h = {.producerGroup = RMQI_STR("G"),
					   .tranStateTableOffset = table_offset,
					   .commitLogOffset = log_offset,
					   .commitOrRollback = COMMIT,
					   .msgId = RMQI_STR("ID1")};

	RMQI_SET(&h, end_transaction, fromTransactionCheck, is_answer);
	return peer_ask(peer, rig->broker, END, &rmqi_desc_end_transaction, &h, NULL);
}

static int64_t count(const char *topic)
{
	return peer_max_offset(peer, topic, 0);
}

/* --- Put back -------------------------------------------------------------------------------- */

static int32_t resume(const char *id)
{
	struct rmqi_h_resume_check_half_message h = {0};

	RMQI_SET(&h, resume_check_half_message, topic, RMQI_STR("T"));
	if (id)
		RMQI_SET(&h, resume_check_half_message, msgId, rmqi_str(id));
	return peer_ask(peer, rig->broker, RESUME, &rmqi_desc_resume_check_half_message, &h, NULL);
}

/* The offset id of the first message that was given up. */
static void find_given_up(char *id, size_t size)
{
	struct rmqi_stored_message m;
	char text[RMQI_ID_SIZE];

	ck_assert_int_eq(peer_consumer_beat(peer, "client", "C", GIVEN_UP, "*", 1), 0);
	ck_assert_int_eq(peer_pull(peer, "C", GIVEN_UP, 0, 0, 0), 0);
	m = peer_message(peer, 0);
	snprintf(id, size, "%.*s",
		 RMQI_STR_ARG(
			 rmqi_str_n(text, rmqi_offset_id(&m.store_host, m.physical_offset, text))));
}

START_TEST(resume__a_message_that_was_given_up_is_asked_about_again)
{
	char id[RMQI_ID_SIZE];

	set_up(QUICK);
	send_half(rig_now(rig), PLAIN);
	rig_advance(rig, 30 * 1000);
	ck_assert_int_eq(questions, 2);
	ck_assert_int_eq(count(GIVEN_UP), 1);
	find_given_up(id, sizeof(id));

	ck_assert_int_eq(resume(id), 0);
	rig_advance(rig, 1500);

	ck_assert_int_eq(questions, 3);
	ck_assert_str_eq(asked_id, "ID1");
	ck_assert_int_eq(end(asked_table, asked_log, true), 0);
	ck_assert_int_eq(count("T"), 1);
	rig_advance(rig, 30 * 1000);
	ck_assert_int_eq(count(GIVEN_UP), 1);
	tear_down();
}
END_TEST

START_TEST(resume__of_what_nobody_decides_is_asked_about_as_often_as_at_first)
{
	char id[RMQI_ID_SIZE];

	set_up(QUICK);
	send_half(rig_now(rig), PLAIN);
	rig_advance(rig, 30 * 1000);
	find_given_up(id, sizeof(id));

	ck_assert_int_eq(resume(id), 0);
	rig_advance(rig, 30 * 1000);

	ck_assert_int_eq(questions, 4);
	ck_assert_int_eq(count(GIVEN_UP), 2);
	tear_down();
}
END_TEST

START_TEST(resume__of_nothing_is_refused_as_by_apache)
{
	static const char *const bad[] = {NULL,
					  "",
					  "x",
					  "7F00000100002A9F0000000000FFFFFF",
					  "7F00000100002A9F7FFFFFFFFFFFFFFF",
					  "7F00000100002A9FFFFFFFFFFFFFFFFF"};

	set_up(QUICK);
	send_half(rig_now(rig), PLAIN);
	for (size_t i = 0; i < RMQI_COUNT(bad); i++) {
		ck_assert_int_eq(resume(bad[i]), RMQI_RESP_SYSTEM_ERROR);
		ck_assert_str_eq(peer_remark(peer),
				 "Exception was thrown when putting message back "
				 "to RMQ_SYS_TRANS_HALF_TOPIC.");
	}
	ck_assert_int_eq(count(HALF_TOPIC), 1);
	tear_down();
}
END_TEST

/* --- Ages ------------------------------------------------------------------------------------ */

static int64_t end_of_age(int64_t born_at_ms, const char *properties)
{
	struct rmqi_host host;
	int64_t table, log;

	set_up(QUICK);
	send_half(born_at_ms, properties);
	table = peer_ext_i64(peer, "queueOffset");
	ck_assert(rmqi_offset_id_parse(rmqi_str(peer_ext(peer, "msgId")), &host, &log));
	return end(table, log, false);
}

/* Java's difference wraps around: such a message is not born yet, and is asked about at once. */
START_TEST(age__of_a_message_born_at_the_end_of_time_is_no_reason_to_give_it_up)
{
	static const int64_t odd[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};

	for (size_t i = 0; i < RMQI_COUNT(odd); i++) {
		set_up(QUICK);
		send_half(odd[i], PLAIN);
		rig_advance(rig, 1500);
		ck_assert_int_eq(questions, 1);
		ck_assert_int_eq(count(GIVEN_UP), 0);
		tear_down();
	}
}
END_TEST

START_TEST(age__of_a_message_with_an_immunity_time_may_be_any_number)
{
	static const int64_t odd[] = {INT64_MIN, INT64_MAX};

	for (size_t i = 0; i < RMQI_COUNT(odd); i++) {
		ck_assert_int_eq(end_of_age(odd[i], PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=10"), 0);
		tear_down();
	}
	ck_assert_int_eq(end_of_age(0, PLAIN ",CHECK_IMMUNITY_TIME_IN_SECONDS=10"),
			 RMQI_RESP_ILLEGAL_OPERATION);
	tear_down();
}
END_TEST

/* --- Properties ------------------------------------------------------------------------------ */

/* With the most bytes that the broker takes: what it adds to them fits, but not the count of questions. */
static void send_full(void)
{
	static char properties[INT16_MAX + 1];
	int len = snprintf(properties, sizeof(properties), "%s,x=", PLAIN);
	int32_t code = -1;

	memset(properties + len, 'x', (size_t)(INT16_MAX - len));
	for (int at = INT16_MAX; at > INT16_MAX - 500 && code != 0; at--) {
		properties[at] = '\0';
		code = peer_send_with(peer, "T", 0, "hello", properties, born);
	}
	ck_assert_int_eq(code, 0);
}

START_TEST(properties__that_are_full_hold_up_the_questions_until_the_message_is_too_old)
{
	set_up("transactionCheckInterval=60000\ntransactionCheckMax=1000\nfileReservedTime=1");
	born_ms = rig_now(rig);
	send_full();
	send_half(rig_now(rig) + 1800 * 1000, "UNIQ_KEY=ID2,TRAN_MSG=true,PGROUP=G");

	rig_advance(rig, 3590 * 1000);
	ck_assert_int_eq(peer_producer_beat(peer, "client", "G"), 0);
	ck_assert_int_eq(questions, 0);
	ck_assert_int_eq(count(HALF_TOPIC), 2);
	rig_advance(rig, 100 * 1000);

	ck_assert_int_ge(questions, 1);
	ck_assert_str_eq(asked_id, "ID2");
	ck_assert_int_eq(count(GIVEN_UP), 1);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		resume__a_message_that_was_given_up_is_asked_about_again,
		resume__of_what_nobody_decides_is_asked_about_as_often_as_at_first,
		resume__of_nothing_is_refused_as_by_apache,
		age__of_a_message_born_at_the_end_of_time_is_no_reason_to_give_it_up,
		age__of_a_message_with_an_immunity_time_may_be_any_number,
		properties__that_are_full_hold_up_the_questions_until_the_message_is_too_old,
	};

	return run_suite("half_resume", tests, RMQI_COUNT(tests));
}
