/* SPDX-License-Identifier: Apache-2.0 */
/* A pull consumer of group G: pulls that are asked for, one by one. */
#include <string.h>

#include "base/detail.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/assign.h"
#include "consumer/handle.h"
#include "consumer/one_pull.h"
#include "consumer/pull_consumer.h"
#include "send/queues.h"
#include "tests/consumer/desk.h"
#include "tests/support/suite.h"

static rmq_pull_consumer *c;
static struct rmq_queue q;

static void make(void)
{
	desk_open(2);
	q = desk_queue(0);
	ck_assert_int_eq(rmqi_pull_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
}

static void start(void)
{
	make();
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
}

static void end(void)
{
	rmqi_handle_free(&c->member);
	desk_close();
}

static rmq_pull_result *pull_from(int64_t offset, const rmq_pull_options *o)
{
	rmq_pull_result *r = NULL;
	enum rmq_error err = rmqi_pull_consumer_pull(c, &q, offset, o, &r, desk.detail);

	ck_assert_msg(err == RMQ_OK, "%s", rmq_error_detail_message(desk.detail));
	return r;
}

static void must_be(rmq_pull_result *r, enum rmq_pull_status status, int64_t next)
{
	ck_assert_int_eq(rmq_pull_result_status(r), status);
	ck_assert_int_eq(rmq_pull_result_next_offset(r), next);
	ck_assert_ptr_eq(rmq_pull_result_messages(r), r->messages);
	ck_assert_int_eq(r->messages != NULL, status == RMQ_PULL_FOUND);
	rmq_pull_result_free(r);
}

START_TEST(pull__gives_messages_and_where_to_go_on)
{
	struct rmq_pull_options o = {.max_messages = 3, .timeout_ms = -1};
	rmq_pull_result *r;

	start();
	desk_put(0, 0, 5);
	r = pull_from(1, &o);
	desk_must_have(rmq_pull_result_messages(r), 1, 3);
	ck_assert_int_eq(rmq_pull_result_min_offset(r), 0);
	ck_assert_int_eq(rmq_pull_result_max_offset(r), 5);
	must_be(r, RMQ_PULL_FOUND, 4);
	/* Not held by the broker, and with its expression. */
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "sysFlag"), "4");
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "subscription"), "*");
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "maxMsgNums"), "3");
	end();
}
END_TEST

START_TEST(pull__tells_no_new_no_matched_and_illegal_offsets)
{
	struct rmq_pull_options o = {
		.max_messages = -1, .expression = (char[]){"B"}, .timeout_ms = -1};

	start();
	fake_broker_put(desk.broker, "T", 0, "m0000", "A");
	must_be(pull_from(1, NULL), RMQ_PULL_NO_NEW_MESSAGE, 1);
	must_be(pull_from(0, &o), RMQ_PULL_NO_MATCHED_MESSAGE, 1);
	must_be(pull_from(77, NULL), RMQ_PULL_OFFSET_ILLEGAL, 1);
	desk_put(0, 1, 4);
	fake_broker_trim(desk.broker, "T", 0, 3);
	must_be(pull_from(0, NULL), RMQ_PULL_OFFSET_ILLEGAL, 3);
	end();
}
END_TEST

START_TEST(pull__waits_for_a_message_when_it_may)
{
	struct rmq_pull_options o = {.max_messages = -1, .suspend_ms = 2000, .timeout_ms = -1};
	int64_t before;

	start();
	before = rmqi_clock_us(desk.env.clock);
	must_be(pull_from(0, &o), RMQ_PULL_NO_NEW_MESSAGE, 0);
	ck_assert_int_ge(rmqi_clock_us(desk.env.clock) - before, 2000 * 1000);
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "sysFlag"), "6");
	ck_assert_str_eq(
		fake_broker_last(desk.broker, RMQI_REQ_PULL_MESSAGE, "suspendTimeoutMillis"),
		"2000");
	end();
}
END_TEST

START_TEST(pull__needs_more_time_than_the_broker_may_take)
{
	struct rmq_pull_options o = {.max_messages = -1, .suspend_ms = 2000, .timeout_ms = 2000};
	rmq_pull_result *r = NULL;

	start();
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, &o, &r, desk.detail),
		     RMQ_ERR_INVALID_ARGUMENT, "2000 ms, is not above the 2000 ms");
	ck_assert_ptr_null(r);
	end();
}
END_TEST

START_TEST(pull__tells_why_it_failed)
{
	struct rmq_queue away = {"T", "broker-z", 0}, none = {"NONE", "broker-a", 0};
	struct rmq_pull_options o = {.max_messages = -1, .timeout_ms = 300};
	rmq_pull_result *r = NULL;

	make();
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, NULL, &r, desk.detail), RMQ_ERR_STATE,
		     "is not started");
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	fake_broker_refuse(desk.broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_NO_PERMISSION, 1);
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, NULL, &r, desk.detail), RMQ_ERR_BROKER,
		     "NO_PERMISSION");
	fake_broker_refuse(desk.broker, RMQI_REQ_PULL_MESSAGE, FAKE_NO_ANSWER, 1);
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, &o, &r, desk.detail), RMQ_ERR_TIMEOUT, "");
	fake_broker_refuse(desk.broker, RMQI_REQ_PULL_MESSAGE, FAKE_CLOSE, 1);
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, NULL, &r, desk.detail),
		     RMQ_ERR_CONNECTION_LOST, "");
	desk_refused(rmqi_pull_consumer_pull(c, &away, 0, NULL, &r, desk.detail), RMQ_ERR_NO_BROKER,
		     "broker-z is not in the route of topic T");
	desk_refused(rmqi_pull_consumer_pull(c, &none, 0, NULL, &r, desk.detail), RMQ_ERR_NO_ROUTE,
		     "NONE");
	ck_assert_ptr_null(r);
	ck_assert_int_eq(rmqi_handle_close(&c->member, -1, NULL), RMQ_OK);
	desk_refused(rmqi_pull_consumer_pull(c, &q, 0, NULL, &r, desk.detail), RMQ_ERR_STATE,
		     "was closed");
	end();
}
END_TEST

START_TEST(pull__skips_what_cannot_be_read)
{
	rmq_pull_result *r;

	start();
	desk_put(0, 0, 4);
	fake_broker_corrupt(desk.broker, "T", 0, 3, true);
	r = pull_from(0, NULL);
	desk_must_have(rmq_pull_result_messages(r), 0, 3);
	must_be(r, RMQ_PULL_FOUND, 4);
	must_be(pull_from(3, NULL), RMQ_PULL_NO_MATCHED_MESSAGE, 4);
	ck_assert_ptr_nonnull(strstr(desk.log, "the message at offset 3 of T@broker-a:0 cannot be "
					       "read and is skipped"));
	end();
}
END_TEST

START_TEST(pull__stops_before_what_cannot_be_read_if_it_is_to)
{
	rmq_pull_result *r;

	desk_open(1);
	q = desk_queue(0);
	desk_set("corruptMessagePolicy", "STOP");
	ck_assert_int_eq(rmqi_pull_consumer_new(desk.config, "G", &c, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	desk_put(0, 0, 4);
	fake_broker_corrupt(desk.broker, "T", 0, 2, true);
	r = pull_from(0, NULL);
	desk_must_have(rmq_pull_result_messages(r), 0, 2);
	must_be(r, RMQ_PULL_FOUND, 2);
	r = NULL;
	desk_refused(rmqi_pull_consumer_pull(c, &q, 2, NULL, &r, desk.detail), RMQ_ERR_CORRUPT,
		     "the message at offset 2 of T@broker-a:0 cannot be read");
	ck_assert_ptr_null(r);
	must_be(pull_from(3, NULL), RMQ_PULL_FOUND, 4);
	end();
}
END_TEST

/* --- Without waiting ------------------------------------------------------------------------------- */

static struct heard {
	unsigned calls;
	enum rmq_error error;
	int64_t next;
	size_t count;
	char text[256];
} heard;

static void on_pulled(enum rmq_error error, const rmq_pull_result *result,
		      const rmq_error_detail *detail, void *arg)
{
	struct heard *h = arg;

	h->calls++;
	h->error = error;
	h->next = rmq_pull_result_next_offset(result);
	h->count = rmq_messages_count(rmq_pull_result_messages(result));
	strncpy(h->text, rmq_error_detail_message(detail), sizeof(h->text) - 1);
}

START_TEST(pull_async__is_told_once_whatever_happens)
{
	struct rmq_pull_options o = {.max_messages = -1, .suspend_ms = 20000, .timeout_ms = -1};
	struct rmq_queue none = {"NONE", "broker-a", 0};

	start();
	heard = (struct heard){0};
	desk_put(0, 0, 2);
	ck_assert_int_eq(rmqi_pull_consumer_pull_async(c, &q, 0, NULL, on_pulled, &heard, NULL),
			 RMQ_OK);
	desk_advance(100);
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_int_eq(heard.error, RMQ_OK);
	ck_assert_int_eq(heard.next, 2);
	ck_assert_uint_eq(heard.count, 2);
	ck_assert_int_eq(rmqi_pull_consumer_pull_async(c, &none, 0, NULL, on_pulled, &heard, NULL),
			 RMQ_OK);
	desk_advance(20000);
	ck_assert_uint_eq(heard.calls, 2);
	ck_assert_int_eq(heard.error, RMQ_ERR_NO_ROUTE);
	fake_broker_refuse(desk.broker, RMQI_REQ_PULL_MESSAGE, RMQI_RESP_NO_PERMISSION, 1);
	ck_assert_int_eq(rmqi_pull_consumer_pull_async(c, &q, 0, NULL, on_pulled, &heard, NULL),
			 RMQ_OK);
	desk_advance(100);
	ck_assert_uint_eq(heard.calls, 3);
	ck_assert_int_eq(heard.error, RMQ_ERR_BROKER);
	ck_assert_ptr_nonnull(strstr(heard.text, "NO_PERMISSION"));
	ck_assert_int_eq(rmqi_pull_consumer_pull_async(c, &q, 2, &o, on_pulled, &heard, NULL),
			 RMQ_OK);
	desk_advance(100);
	ck_assert_uint_eq(heard.calls, 3);
	ck_assert_int_eq(rmqi_handle_close(&c->member, -1, NULL), RMQ_OK);
	ck_assert_uint_eq(heard.calls, 4);
	ck_assert_int_eq(heard.error, RMQ_ERR_CANCELLED);
	desk_refused(rmqi_pull_consumer_pull_async(c, &q, 2, &o, on_pulled, &heard, desk.detail),
		     RMQ_ERR_STATE, "was closed");
	end();
	ck_assert_uint_eq(heard.calls, 4);
}
END_TEST

/* --- Offsets, queues ------------------------------------------------------------------------------- */

static int64_t ask(enum rmqi_offset_question what, int64_t value)
{
	int64_t out = -7;

	ck_assert_int_eq(rmqi_pull_consumer_ask(c, &q, what, value, &out, NULL), RMQ_OK);
	return out;
}

START_TEST(offsets__are_asked_for_and_committed_at_the_broker)
{
	start();
	desk_put(0, 0, 5);
	fake_broker_trim(desk.broker, "T", 0, 2);
	ck_assert_int_eq(ask(RMQI_ASK_MIN, 0), 2);
	ck_assert_int_eq(ask(RMQI_ASK_MAX, 0), 5);
	ck_assert_int_eq(ask(RMQI_ASK_COMMITTED, 0), -1);
	(void)ask(RMQI_ASK_COMMIT, 4);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), 4);
	ck_assert_int_eq(ask(RMQI_ASK_COMMITTED, 0), 4);
	(void)ask(RMQI_ASK_TIME, 12);
	ck_assert_str_eq(
		fake_broker_last(desk.broker, RMQI_REQ_SEARCH_OFFSET_BY_TIMESTAMP, "timestamp"),
		"12");
	/* It commits nothing of its own. */
	desk_advance(60000);
	end();
}
END_TEST

START_TEST(share__is_told_and_nothing_is_pulled_for_it)
{
	rmq_queues *held = NULL;

	make();
	ck_assert_int_eq(rmqi_handle_subscribe(&c->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_start(&c->member, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_handle_wait_ready(&c->member, 10000, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_member_assignment(&c->member, &held, NULL), RMQ_OK);
	ck_assert_uint_eq(held->count, 2);
	rmqi_queues_free(held);
	desk_put(0, 0, 5);
	desk_advance(60000);
	ck_assert_uint_eq(fake_broker_count(desk.broker, RMQI_REQ_PULL_MESSAGE), 0);
	ck_assert_int_eq(fake_broker_committed(desk.broker, "T", 0), -1);
	ck_assert_ptr_nonnull(strstr(fake_broker_heartbeat(desk.broker), "CONSUME_ACTIVELY"));
	end();
}
END_TEST

START_TEST(send_back__goes_to_the_broker_that_has_the_message)
{
	rmq_pull_result *r;
	const rmq_message *m;

	start();
	desk_put(0, 0, 1);
	r = pull_from(0, NULL);
	m = rmq_messages_at(rmq_pull_result_messages(r), 0);
	ck_assert_int_eq(rmqi_pull_consumer_send_back(c, m, 3, NULL), RMQ_OK);
	ck_assert_str_eq(
		fake_broker_last(desk.broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, "delayLevel"), "3");
	ck_assert_str_eq(fake_broker_last(desk.broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, "group"),
			 "G");
	fake_broker_refuse(desk.broker, RMQI_REQ_CONSUMER_SEND_MSG_BACK, RMQI_RESP_SYSTEM_ERROR, 1);
	desk_refused(rmqi_pull_consumer_send_back(c, m, 3, desk.detail), RMQ_ERR_BROKER,
		     "SYSTEM_ERROR");
	rmq_pull_result_free(r);
	end();
}
END_TEST

START_TEST(broadcasting__is_refused)
{
	rmq_pull_consumer *other = NULL;

	make();
	desk_set("messageModel", "BROADCASTING");
	desk_refused(rmqi_pull_consumer_new(desk.config, "H", &other, desk.detail), RMQ_ERR_CONFIG,
		     "messageModel is BROADCASTING");
	ck_assert_ptr_null(other);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		pull__gives_messages_and_where_to_go_on,
		pull__tells_no_new_no_matched_and_illegal_offsets,
		pull__waits_for_a_message_when_it_may,
		pull__needs_more_time_than_the_broker_may_take,
		pull__tells_why_it_failed,
		pull__skips_what_cannot_be_read,
		pull__stops_before_what_cannot_be_read_if_it_is_to,
		pull_async__is_told_once_whatever_happens,
		offsets__are_asked_for_and_committed_at_the_broker,
		share__is_told_and_nothing_is_pulled_for_it,
		send_back__goes_to_the_broker_that_has_the_message,
		broadcasting__is_refused,
	};

	return run_suite("pull_consumer", tests, RMQI_COUNT(tests));
}
