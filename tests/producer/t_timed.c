/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that come later, and their recall, against scripted brokers, in a simulation: what a broker is
 * told, and that one which would deliver at once is not sent any.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/codes.h"
#include "codec/recall.h"
#include "codec/version.h"
#include "producer/producer.h"
#include "producer/recall.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, ASK = RMQI_REQ_GET_MAX_OFFSET };
enum { BEAT = RMQI_REQ_HEART_BEAT, RECALL = RMQI_REQ_RECALL_MESSAGE };
enum { V4_9_7 = 407 };

static struct rmq_producer *producer;
static struct rmq_send_result *result;

static void set_up(void)
{
	stage_set_up();
	ck_assert_int_eq(rmq_message_set_delay_time_sec(message, 10, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

static void start(bool with_b)
{
	char text[128];

	snprintf(text, sizeof(text), with_b ? "a=%s:1,b=%s:1" : "a=%s:1", fake_peer_address(a),
		 fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

/* The heartbeats tell nothing, so the brokers have to be asked. */
static void keep_heartbeats(void)
{
	fake_peer_always(a, BEAT, FAKE_SILENT);
	fake_peer_always(b, BEAT, FAKE_SILENT);
}

static enum rmq_error send_sync(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_detail_clear(detail);
	return rmqi_producer_send(producer, message, NULL, &result, detail);
}

static enum rmq_error told_error;
static bool is_told;

static void on_sent(enum rmq_error error, const struct rmq_send_result *r,
		    const struct rmq_error_detail *d, void *arg)
{
	(void)r;
	(void)arg;
	ck_assert(!is_told);
	is_told = true;
	told_error = error;
	if (d)
		rmqi_detail_copy(detail, d);
}

static enum rmq_error send_async(void)
{
	is_told = false;
	rmqi_detail_clear(detail);
	ck_assert_int_eq(rmqi_producer_send_async(producer, message, NULL, on_sent, NULL, NULL),
			 RMQ_OK);
	ck_assert(!is_told);
	for (int i = 0; i < 10000 && !is_told; i++)
		fake_world_advance(&world, 1);
	ck_assert(is_told);
	return told_error;
}

static enum rmq_error send_oneway(void)
{
	enum rmq_error err;

	rmqi_detail_clear(detail);
	err = rmqi_producer_send_oneway(producer, message, NULL, detail);
	fake_world_advance(&world, 1);
	return err;
}

static enum rmq_error (*const ways[])(void) = {send_sync, send_async, send_oneway};

static void expect_unsupported(enum rmq_error error, size_t attempts)
{
	ck_assert_int_eq(error, RMQ_ERR_UNSUPPORTED);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), -1);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), attempts);
	ck_assert_msg(strstr(rmq_error_detail_message(detail),
			     "runs 4.9.7 and does not know timed messages, which came with 5.0.0: "
			     "it would deliver the message at once"),
		      "%s", rmq_error_detail_message(detail));
}

/* --- What goes out ---------------------------------------------------------------------------------- */

START_TEST(timed__goes_to_the_broker_as_it_was_set)
{
	const struct fake_request *r;

	start(false);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	r = fake_peer_last(a, SEND);
	ck_assert_str_eq(fake_request_property(r, "TIMER_DELAY_SEC"), "10");
	ck_assert_int_eq(rmq_message_set_deliver_time_ms(message, 1767225600123, NULL), RMQ_OK);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	r = fake_peer_last(a, SEND);
	ck_assert_str_eq(fake_request_property(r, "TIMER_DELIVER_MS"), "1767225600123");
	ck_assert_ptr_null(fake_request_property(r, "TIMER_DELAY_SEC"));
}
END_TEST

START_TEST(timed__result_has_the_handle_for_the_recall)
{
	start(false);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	ck_assert_str_eq(result->recall_handle, "");
	ck_assert_int_eq(rmq_message_set_deliver_time_ms(message, 1767225600123, NULL), RMQ_OK);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	ck_assert_str_eq(result->recall_handle, "HANDLE");
}
END_TEST

/* A copy of a message that came late is sent as an ordinary one, until it gets a delay of its own. */
START_TEST(timed__copy_of_a_delivered_message_is_not_delayed_again)
{
	struct rmq_message *copy;

	message->queue.queue_id = 3;
	ck_assert_int_eq(rmqi_message_put(message, "REAL_TOPIC", "T"), RMQ_OK);
	message->block = (struct rmqi_message_block *)1; /* a received one */
	copy = rmq_message_dup(message);
	message->block = NULL;
	ck_assert_ptr_nonnull(copy);
	ck_assert_uint_eq(copy->kinds, 0);
	rmq_message_free(message);
	message = copy;
	fake_peer_version(a, V4_9_7);
	start(false);
	ck_assert_int_eq(send_sync(), RMQ_OK);
	ck_assert_ptr_null(fake_request_property(fake_peer_last(a, SEND), "TIMER_DELAY_SEC"));
	ck_assert_int_eq(rmq_message_set_delay_time_sec(message, 10, NULL), RMQ_OK);
	expect_unsupported(send_sync(), 1);
}
END_TEST

/* --- What a broker must know ----------------------------------------------------------------------- */

START_TEST(timed__is_not_sent_to_a_broker_that_would_deliver_at_once)
{
	fake_peer_version(a, V4_9_7);
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		expect_unsupported(ways[i](), 1);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
}
END_TEST

START_TEST(timed__first_send_asks_a_broker_that_has_not_spoken)
{
	fake_peer_version(a, V4_9_7);
	keep_heartbeats();
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		expect_unsupported(ways[i](), 1);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
	ck_assert_uint_eq(fake_peer_count(a, ASK), 1);
}
END_TEST

START_TEST(timed__asks_a_broker_once)
{
	keep_heartbeats();
	for (size_t i = 0; i < RMQI_COUNT(ways); i++) {
		start(false);
		ck_assert_int_eq(ways[i](), RMQ_OK);
		ck_assert_int_eq(ways[i](), RMQ_OK);
		ck_assert_uint_eq(fake_peer_count(a, ASK), i + 1);
		ck_assert_uint_eq(fake_peer_count(a, SEND), 2 * (i + 1));
		rmqi_producer_free(producer);
		producer = NULL;
	}
}
END_TEST

/* Any answer tells the version, a refusal too. */
START_TEST(timed__asks_whatever_the_broker_says_to_it)
{
	keep_heartbeats();
	fake_peer_always(a, ASK, RMQI_RESP_NO_PERMISSION);
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		ck_assert_int_eq(ways[i](), RMQ_OK);
}
END_TEST

START_TEST(timed__is_sent_to_a_broker_that_tells_no_version)
{
	fake_peer_version(a, 0);
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		ck_assert_int_eq(ways[i](), RMQ_OK);
}
END_TEST

START_TEST(timed__goes_to_the_newer_of_two_brokers)
{
	fake_peer_version(a, V4_9_7);
	start(true);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(i % 2 ? send_async() : send_sync(), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
	ck_assert_uint_eq(fake_peer_count(b, SEND), 8);
}
END_TEST

START_TEST(timed__tries_each_old_broker_once)
{
	fake_peer_version(a, V4_9_7);
	fake_peer_version(b, V4_9_7);
	start(true);
	expect_unsupported(send_sync(), 2);
	expect_unsupported(send_async(), 2);
	ck_assert_uint_eq(fake_peer_count(a, SEND) + fake_peer_count(b, SEND), 0);
}
END_TEST

/* What was asked is not the message: a question without an answer stored nothing. */
START_TEST(timed__question_that_is_not_answered_is_a_timeout_that_stored_nothing)
{
	keep_heartbeats();
	fake_peer_always(a, ASK, FAKE_SILENT);
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++) {
		ck_assert_int_eq(ways[i](), RMQ_ERR_TIMEOUT);
		ck_assert(!(rmq_error_detail_flags(detail) & RMQ_ERROR_MAYBE_STORED));
	}
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
}
END_TEST

START_TEST(timed__only_is_asked_for)
{
	keep_heartbeats();
	ck_assert_int_eq(rmq_message_set_delay_level(message, 3, NULL), RMQ_OK);
	fake_peer_version(a, V4_9_7);
	start(false);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		ck_assert_int_eq(ways[i](), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, ASK), 0);
}
END_TEST

/* --- Recall ---------------------------------------------------------------------------------------- */

static char handle[256];

static void make_handle(const char *topic, const char *broker)
{
	const struct rmqi_recall r = {rmqi_str(topic), rmqi_str(broker), rmqi_str("1767225600123"),
				      rmqi_str("7F00000100000000")};
	struct rmqi_buf out;

	rmqi_buf_init(&out, sizeof(handle));
	rmqi_recall_write(&out, &r);
	snprintf(handle, sizeof(handle), "%s", rmqi_buf_text(&out));
	rmqi_buf_deinit(&out);
}

static enum rmq_error recall(const char *topic)
{
	rmqi_detail_clear(detail);
	return rmqi_producer_recall(producer, topic, handle, detail);
}

static void expect_told(enum rmq_error error, enum rmq_error expected, unsigned flags,
			const char *text)
{
	ck_assert_int_eq(error, expected);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), flags);
	ck_assert_msg(strstr(rmq_error_detail_message(detail), text), "%s",
		      rmq_error_detail_message(detail));
}

START_TEST(recall__goes_to_the_broker_of_the_handle)
{
	const struct fake_request *r;

	start(true);
	make_handle("T", "b");
	ck_assert_int_eq(recall("T"), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, RECALL), 0);
	r = fake_peer_last(b, RECALL);
	ck_assert_str_eq(fake_request_field(r, "topic"), "T");
	ck_assert_str_eq(fake_request_field(r, "recallHandle"), handle);
	ck_assert_str_eq(fake_request_field(r, "producerGroup"), "G");
}
END_TEST

START_TEST(recall__goes_to_any_broker_when_that_one_is_unknown)
{
	start(true);
	make_handle("T", "c");
	ck_assert_int_eq(recall("T"), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, RECALL) + fake_peer_count(b, RECALL), 1);
}
END_TEST

START_TEST(recall__wrong_handles_go_nowhere)
{
	start(false);
	make_handle("T", "a");
	expect_told(recall("U"), RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "of topic T, not of U");
	expect_told(recall("%RETRY%G"), RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "not supported");
	expect_told(recall("a b"), RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "a b");
	snprintf(handle, sizeof(handle), "HANDLE");
	expect_told(recall("T"), RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
		    "recall handle is invalid");
	handle[0] = '\0';
	expect_told(recall("T"), RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
		    "recall handle is invalid");
	ck_assert_uint_eq(fake_peer_count(a, RECALL), 0);
}
END_TEST

static void refuse(int code, const char *remark)
{
	fake_peer_remark(a, remark);
	fake_peer_next(a, RECALL, code);
}

START_TEST(recall__refusals_are_told_as_what_they_are)
{
	start(false);
	make_handle("T", "a");
	refuse(RMQI_RESP_NO_PERMISSION, "recall failed, operation is forbidden");
	expect_told(recall("T"), RMQ_ERR_BROKER, RMQ_ERROR_FATAL, "recallMessageEnable is false");
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_NO_PERMISSION);
	ck_assert_str_eq(rmq_error_detail_remark(detail), "recall failed, operation is forbidden");
	refuse(RMQI_RESP_ILLEGAL_OPERATION, "recall failed, timestamp invalid");
	expect_told(recall("T"), RMQ_ERR_BROKER, RMQ_ERROR_FATAL, "the message is due");
	refuse(RMQI_RESP_SERVICE_NOT_AVAILABLE, "recall failed, broker service not available");
	expect_told(recall("T"), RMQ_ERR_BROKER, RMQ_ERROR_RETRIABLE,
		    "answered SERVICE_NOT_AVAILABLE: recall failed, broker service not available");
	fake_peer_version(a, 413);
	refuse(RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED, " request type 370 not supported");
	expect_told(recall("T"), RMQ_ERR_UNSUPPORTED, RMQ_ERROR_FATAL,
		    "runs 5.0.0, recalls came with 5.3.2");
	ck_assert_int_eq(recall("T"), RMQ_OK);
}
END_TEST

START_TEST(recall__without_an_answer_ends_in_time)
{
	int64_t began;

	start(false);
	make_handle("T", "a");
	fake_peer_next(a, RECALL, FAKE_SILENT);
	began = fake_world_now(&world);
	expect_told(recall("T"), RMQ_ERR_TIMEOUT, RMQ_ERROR_RETRIABLE, "");
	ck_assert_int_eq(fake_world_now(&world) - began, 3000);
}
END_TEST

START_TEST(recall__needs_a_route_and_a_running_producer)
{
	start(false);
	make_handle("U", "a");
	ck_assert_int_eq(recall("U"), RMQ_ERR_NO_ROUTE);
	ck_assert_int_eq(rmqi_producer_close(producer, -1, NULL), RMQ_OK);
	make_handle("T", "a");
	expect_told(recall("T"), RMQ_ERR_STATE, RMQ_ERROR_FATAL, "closed");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		timed__goes_to_the_broker_as_it_was_set,
		timed__result_has_the_handle_for_the_recall,
		timed__copy_of_a_delivered_message_is_not_delayed_again,
		timed__is_not_sent_to_a_broker_that_would_deliver_at_once,
		timed__first_send_asks_a_broker_that_has_not_spoken,
		timed__asks_a_broker_once,
		timed__asks_whatever_the_broker_says_to_it,
		timed__is_sent_to_a_broker_that_tells_no_version,
		timed__goes_to_the_newer_of_two_brokers,
		timed__tries_each_old_broker_once,
		timed__question_that_is_not_answered_is_a_timeout_that_stored_nothing,
		timed__only_is_asked_for,
		recall__goes_to_the_broker_of_the_handle,
		recall__goes_to_any_broker_when_that_one_is_unknown,
		recall__wrong_handles_go_nowhere,
		recall__refusals_are_told_as_what_they_are,
		recall__without_an_answer_ends_in_time,
		recall__needs_a_route_and_a_running_producer,
	};

	struct suite s;

	suite_open(&s, "timed");
	tcase_add_checked_fixture(s.all, set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
