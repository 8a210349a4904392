/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synchronous sends against scripted brokers, in a simulation: which answers end a
 * send, which are tried again, where and when, and what the caller is told. The rules are those of
 * DefaultMQProducerImpl.sendDefaultImpl but for what doc/reference/sending.md says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC };
enum { BUSY = RMQI_RESP_SYSTEM_BUSY, DEFAULT_TIMEOUT_MS = 3000 };

#define NOBODY "127.0.0.1:9"

/* --- The scene ------------------------------------------------------------------------------- */

static struct fake_world world;
static struct fake_peer *ns, *a, *b;
static struct rmq_config *config;
static struct rmq_producer *producer;
static struct rmq_message *message;
static struct rmq_error_detail *detail;
static struct rmq_send_result *result;
static int64_t started_ms;
static uint64_t seed = 1;

static void set_up(void)
{
	fake_world_init(&world, seed);
	ns = fake_peer_new(&world.env);
	a = fake_peer_new(&world.env);
	b = fake_peer_new(&world.env);
	config = rmqi_config_new();
	config->env = &world.env;
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(ns), NULL),
			 RMQ_OK);
	detail = rmqi_detail_new();
	message = rmq_message_new("T", "hello", 5);
}

static void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void start(void)
{
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	started_ms = fake_world_now(&world);
}

/* The route is known before the first send, and the first send takes its first queue. */
static void start_with_route(const char *text)
{
	struct rmqi_topic_route *route = NULL;

	fake_peer_route(ns, "T", text);
	start();
	ck_assert_int_eq(rmqi_client_route(producer->client, "T", true,
					   rmqi_clock_deadline(world.env.clock, 1000), &route,
					   NULL),
			 RMQ_OK);
	atomic_store(&route->next, 0);
	rmqi_topic_route_unref(route);
	fake_world_advance(&world, 5);
	started_ms = fake_world_now(&world);
}

/* Broker a alone. */
static void start_with_one(void)
{
	char text[64];

	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	start_with_route(text);
}

/* Brokers a and b; a gets the first attempt. */
static void start_with_two(void)
{
	char text[96];

	snprintf(text, sizeof(text), "a=%s:2,b=%s:2", fake_peer_address(a), fake_peer_address(b));
	start_with_route(text);
}

static enum rmq_error send_within(int64_t timeout_ms)
{
	enum rmq_error err;

	rmqi_free(result);
	result = NULL;
	rmqi_detail_clear(detail);
	err = rmqi_producer_send(producer, message, timeout_ms, &result, detail);
	ck_assert((err == RMQ_OK) == (result != NULL));
	if (err != RMQ_OK) {
		ck_assert_int_eq(rmq_error_detail_code(detail), err);
		ck_assert_str_ne(rmq_error_detail_message(detail), "");
	}
	return err;
}

static enum rmq_error send_it(void)
{
	return send_within(-1);
}

static int64_t elapsed_ms(void)
{
	return fake_world_now(&world) - started_ms;
}

static size_t sent_to(struct fake_peer *p)
{
	return fake_peer_count(p, SEND);
}

static bool has_flag(enum rmq_error_flag flag)
{
	return (rmq_error_detail_flags(detail) & flag) != 0;
}

static bool says(const char *text)
{
	return strstr(rmq_error_detail_message(detail), text) != NULL;
}

static void expect_attempt(size_t i, struct fake_peer *p, enum rmq_phase phase, int broker_code)
{
	const rmq_attempt *attempt = rmq_error_detail_attempt_at(detail, i);

	ck_assert_ptr_nonnull(attempt);
	ck_assert_str_eq(rmq_attempt_address(attempt), fake_peer_address(p));
	ck_assert_int_eq(rmq_attempt_phase(attempt), phase);
	ck_assert_int_eq(rmq_attempt_broker_code(attempt), broker_code);
}

/* --- Answers --------------------------------------------------------------------------------------- */

START_TEST(send__gives_the_whole_result)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(result->status, RMQ_SEND_OK);
	ck_assert_str_eq(result->queue.topic, "T");
	ck_assert_str_eq(result->queue.broker_name, "a");
	ck_assert_int_eq(result->queue.queue_id, 0);
	ck_assert_int_eq(result->queue_offset, 0);
	ck_assert_str_eq(result->offset_message_id, "OFFSET-ID");
	ck_assert_str_eq(result->transaction_id, "TX");
	ck_assert_str_eq(result->region_id, "DefaultRegion");
	ck_assert_uint_eq(strlen(result->message_id), 32);
	tear_down();
}
END_TEST

START_TEST(send__takes_the_queues_in_turn)
{
	set_up();
	start_with_two();

	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_str_eq(result->queue.broker_name, i % 4 < 2 ? "a" : "b");
		ck_assert_int_eq(result->queue.queue_id, i % 2);
	}
	tear_down();
}
END_TEST

START_TEST(send__a_code_that_may_pass_is_tried_on_another_broker)
{
	static const int codes[] = {RMQI_RESP_SYSTEM_ERROR,          RMQI_RESP_SYSTEM_BUSY,
				    RMQI_RESP_SERVICE_NOT_AVAILABLE, RMQI_RESP_NO_PERMISSION,
				    RMQI_RESP_TOPIC_NOT_EXIST,       RMQI_RESP_NO_BUYER_ID,
				    RMQI_RESP_NOT_IN_CURRENT_UNIT};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		start_with_two();
		fake_peer_next(a, SEND, codes[i]);

		ck_assert_int_eq(send_it(), RMQ_OK);

		ck_assert_str_eq(result->queue.broker_name, "b");
		ck_assert_uint_eq(sent_to(a), 1);
		ck_assert_uint_eq(sent_to(b), 1);
		tear_down();
	}
}
END_TEST

START_TEST(send__another_code_ends_it_at_once)
{
	static const int codes[] = {RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED,
				    RMQI_RESP_MESSAGE_ILLEGAL,
				    RMQI_RESP_VERSION_NOT_SUPPORTED,
				    RMQI_RESP_SUBSCRIPTION_NOT_EXIST,
				    RMQI_RESP_SUBSCRIPTION_GROUP_NOT_EXIST,
				    RMQI_RESP_INVALID_PARAMETER,
				    RMQI_RESP_FLOW_CONTROL,
				    9999};

	for (size_t i = 0; i < RMQI_COUNT(codes); i++) {
		set_up();
		start_with_two();
		fake_peer_remark(a, "never");
		fake_peer_next(a, SEND, codes[i]);

		ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

		ck_assert_uint_eq(sent_to(b), 0);
		ck_assert_int_eq(rmq_error_detail_broker_code(detail), codes[i]);
		ck_assert_str_eq(rmq_error_detail_remark(detail), "never");
		ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
		expect_attempt(0, a, RMQ_PHASE_ANSWER, codes[i]);
		tear_down();
	}
}
END_TEST

START_TEST(send__when_all_attempts_are_used_up_the_last_cause_is_told)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_always(b, SEND, RMQI_RESP_NO_PERMISSION);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
	expect_attempt(0, a, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR);
	expect_attempt(1, b, RMQ_PHASE_ANSWER, RMQI_RESP_NO_PERMISSION);
	expect_attempt(2, a, RMQ_PHASE_ANSWER, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert(says("not sent after 3 attempts"));
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

START_TEST(send__is_made_once_when_no_retry_is_wanted)
{
	set_up();
	set("retryTimesWhenSendFailed", "0");
	start_with_two();
	fake_peer_always(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(sent_to(a), 1);
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

START_TEST(send__the_only_broker_is_tried_again)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_uint_eq(sent_to(a), 2);
	/* The next queue, not the same one. */
	ck_assert_str_eq(fake_request_field(fake_peer_request(a, SEND, 0), "e"), "0");
	ck_assert_str_eq(fake_request_field(fake_peer_request(a, SEND, 1), "e"), "1");
	tear_down();
}
END_TEST

START_TEST(send__an_answer_that_lacks_a_field_may_have_been_stored)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_EMPTY);

	ck_assert_int_eq(send_it(), RMQ_ERR_PROTOCOL);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(says("lacks msgId"));
	ck_assert_uint_eq(sent_to(b), 0);
	tear_down();
}
END_TEST

/* --- The network -------------------------------------------------------------------------------------- */

START_TEST(send__a_broker_that_cannot_be_reached_is_passed_over)
{
	char text[96];

	set_up();
	snprintf(text, sizeof(text), "a=" NOBODY ":2,b=%s:2", fake_peer_address(b));
	start_with_route(text);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "b");
	tear_down();
}
END_TEST

START_TEST(send__no_broker_can_be_reached)
{
	set_up();
	start_with_route("a=" NOBODY ":2,b=127.0.0.1:7:2");

	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECT);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
	/* Nobody can have it. */
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	tear_down();
}
END_TEST

START_TEST(send__a_lost_connection_is_tried_again_and_may_have_stored)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_HANG_UP);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");

	fake_peer_always(a, SEND, FAKE_HANG_UP);
	fake_peer_always(b, SEND, FAKE_HANG_UP);
	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	ck_assert(has_flag(RMQ_ERROR_RETRIABLE));
	tear_down();
}
END_TEST

START_TEST(send__that_one_attempt_may_have_stored_is_not_forgotten)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, FAKE_HANG_UP);
	fake_peer_next(b, SEND, RMQI_RESP_MESSAGE_ILLEGAL);

	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);

	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	/* Where it may be, not where it was refused. */
	ck_assert_str_eq(rmq_error_detail_queue(detail)->topic, "T");
	ck_assert_str_eq(rmq_error_detail_queue(detail)->broker_name, "a");
	ck_assert_int_ge(rmq_error_detail_queue(detail)->queue_id, 0);
	ck_assert_uint_eq(strlen(rmq_error_detail_message_id(detail)), 32);
	tear_down();
}
END_TEST

START_TEST(send__a_broker_that_goes_away_is_asked_on_a_new_connection)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_GO_AWAY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "a");
	ck_assert_uint_ne(fake_peer_request(a, SEND, 0)->conn, fake_peer_request(a, SEND, 1)->conn);
	tear_down();
}
END_TEST

START_TEST(send__a_broker_that_goes_away_for_good_is_passed_over_and_stored_nothing)
{
	set_up();
	set("retryTimesWhenSendFailed", "1");
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_GO_AWAY);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");

	fake_peer_always(b, SEND, RMQI_RESP_GO_AWAY);
	ck_assert_int_eq(send_it(), RMQ_ERR_CONNECTION_LOST);

	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	tear_down();
}
END_TEST

/* --- Time ------------------------------------------------------------------------------------------------- */

START_TEST(time__a_broker_that_hangs_leaves_a_reserve_for_another)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_str_eq(result->queue.broker_name, "b");
	ck_assert_int_eq(elapsed_ms(), 2700);
	tear_down();
}
END_TEST

START_TEST(time__the_only_broker_gets_all_of_it)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, FAKE_LATE - 2900);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 2900);
	tear_down();
}
END_TEST

START_TEST(time__is_the_budget_of_all_attempts_together)
{
	set_up();
	start_with_two();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_it(), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), DEFAULT_TIMEOUT_MS);
	/* Not a again: it may well have it. */
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 2);
	expect_attempt(0, a, RMQ_PHASE_WAIT, -1);
	expect_attempt(1, b, RMQ_PHASE_WAIT, -1);
	ck_assert_uint_eq(rmq_error_detail_flags(detail),
			  RMQ_ERROR_RETRIABLE | RMQ_ERROR_MAYBE_STORED);
	tear_down();
}
END_TEST

START_TEST(time__of_an_attempt_is_limited_by_sendMsgMaxTimeoutPerRequest)
{
	set_up();
	set("sendMsgMaxTimeoutPerRequest", "400");
	start_with_one();
	fake_peer_next(a, SEND, FAKE_SILENT);
	fake_peer_next(a, SEND, FAKE_SILENT);
	/* But not that of the last one. */
	fake_peer_next(a, SEND, FAKE_LATE - 1000);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 400 + 400 + 1000);
	tear_down();
}
END_TEST

START_TEST(time__that_the_caller_gives_is_what_counts)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, FAKE_SILENT);

	ck_assert_int_eq(send_within(70), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), 70);
	ck_assert_uint_eq(sent_to(a), 1);
	tear_down();
}
END_TEST

START_TEST(time__the_cause_is_told_when_it_runs_out_after_a_refusal)
{
	set_up();
	start_with_one();
	fake_peer_always(a, SEND, BUSY);

	ck_assert_int_eq(send_within(15), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), BUSY);
	ck_assert_int_eq(elapsed_ms(), 15);
	tear_down();
}
END_TEST

START_TEST(time__a_busy_broker_is_asked_again_after_a_pause)
{
	set_up();
	start_with_one();
	fake_peer_next(a, SEND, BUSY);
	fake_peer_next(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 10 + 20);
	tear_down();
}
END_TEST

START_TEST(time__no_pause_is_made_before_another_broker)
{
	set_up();
	start_with_two();
	fake_peer_next(a, SEND, BUSY);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 0);
	tear_down();
}
END_TEST

START_TEST(time__the_route_counts_too)
{
	set_up();
	fake_peer_always(ns, ROUTE, FAKE_SILENT);
	start();

	ck_assert_int_eq(send_within(500), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(elapsed_ms(), 500);
	ck_assert(!has_flag(RMQ_ERROR_MAYBE_STORED));
	tear_down();
}
END_TEST

/* --- Stored, but ... ----------------------------------------------------------------------------------------- */

START_TEST(status__of_a_stored_message_is_a_result_not_an_error)
{
	static const struct {
		int code;
		enum rmq_send_status status;
	} cases[] = {{RMQI_RESP_FLUSH_DISK_TIMEOUT, RMQ_SEND_FLUSH_DISK_TIMEOUT},
		     {RMQI_RESP_FLUSH_SLAVE_TIMEOUT, RMQ_SEND_FLUSH_SLAVE_TIMEOUT},
		     {RMQI_RESP_SLAVE_NOT_AVAILABLE, RMQ_SEND_SLAVE_NOT_AVAILABLE}};

	set_up();
	start_with_two();
	for (size_t i = 0; i < RMQI_COUNT(cases); i++) {
		fake_peer_always(a, SEND, cases[i].code);
		fake_peer_always(b, SEND, cases[i].code);

		ck_assert_int_eq(send_it(), RMQ_OK);

		ck_assert_int_eq(result->status, cases[i].status);
		ck_assert_str_eq(result->offset_message_id, "OFFSET-ID");
		ck_assert_uint_eq(sent_to(a) + sent_to(b), i + 1);
	}
	tear_down();
}
END_TEST

static void set_up_for_more_safety(void)
{
	set_up();
	set("retryAnotherBrokerWhenNotStoreOK", "true");
	start_with_two();
}

START_TEST(status__that_is_not_ok_is_tried_again_when_wanted)
{
	set_up_for_more_safety();
	fake_peer_next(a, SEND, RMQI_RESP_FLUSH_DISK_TIMEOUT);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(result->status, RMQ_SEND_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");
	tear_down();
}
END_TEST

START_TEST(status__the_last_one_counts_when_all_are_not_ok)
{
	set_up_for_more_safety();
	fake_peer_always(a, SEND, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	fake_peer_always(b, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);

	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_uint_eq(sent_to(a), 2);
	ck_assert_uint_eq(sent_to(b), 1);
	ck_assert_int_eq(result->status, RMQ_SEND_FLUSH_DISK_TIMEOUT);
	tear_down();
}
END_TEST

START_TEST(status__that_is_not_ok_is_better_than_an_error)
{
	static const int worse[] = {RMQI_RESP_MESSAGE_ILLEGAL, RMQI_RESP_SYSTEM_ERROR, FAKE_SILENT,
				    FAKE_HANG_UP, FAKE_EMPTY};

	for (size_t i = 0; i < RMQI_COUNT(worse); i++) {
		set_up_for_more_safety();
		fake_peer_next(a, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);
		fake_peer_always(a, SEND, worse[i]);
		fake_peer_always(b, SEND, worse[i]);

		ck_assert_int_eq(send_it(), RMQ_OK);

		ck_assert_int_eq(result->status, RMQ_SEND_SLAVE_NOT_AVAILABLE);
		ck_assert_str_eq(result->queue.broker_name, "a");
		tear_down();
	}
}
END_TEST

START_TEST(status__that_is_not_ok_is_a_success_for_who_wants_no_result)
{
	set_up_for_more_safety();
	fake_peer_next(a, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);
	fake_peer_always(b, SEND, RMQI_RESP_MESSAGE_ILLEGAL);

	ck_assert_int_eq(rmqi_producer_send(producer, message, -1, NULL, detail), RMQ_OK);
	tear_down();
}
END_TEST

/* Whatever the order in which threads, timers and bytes happen to come. */
START_TEST(send__completes_once_in_every_order)
{
	static const int trouble[] = {FAKE_HANG_UP, BUSY, FAKE_SILENT, RMQI_RESP_GO_AWAY,
				      FAKE_LATE - 1600};

	for (seed = 1; seed <= 100; seed++) {
		set_up();
		start_with_two();
		for (size_t i = 0; i < RMQI_COUNT(trouble); i++) {
			fake_peer_next(a, SEND, trouble[(i + seed) % RMQI_COUNT(trouble)]);
			fake_peer_next(b, SEND, trouble[(i * 3 + seed) % RMQI_COUNT(trouble)]);
		}
		for (int i = 0; i < 10; i++) {
			int64_t before = fake_world_now(&world);

			if (i % 4 == 0)
				fake_peer_hang_up(seed % 2 ? a : b);
			if (send_it() != RMQ_OK)
				ck_assert_uint_le(rmq_error_detail_attempt_count(detail), 3);
			ck_assert_int_le(fake_world_now(&world) - before, DEFAULT_TIMEOUT_MS);
		}
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
		tear_down();
	}
}
END_TEST

/* --- Routes ------------------------------------------------------------------------------------------------------ */

START_TEST(route__without_a_queue_to_write_is_told_and_asked_for_again)
{
	set_up();
	start_with_route("a=:4+" NOBODY);

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_BROKER);

	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	fake_world_advance(&world, 1);
	ck_assert_uint_eq(fake_peer_count(ns, ROUTE), 2);
	tear_down();
}
END_TEST

START_TEST(route__read_only_queues_are_not_written)
{
	set_up();
	start_with_route("a=" NOBODY ":4r");

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_BROKER);
	tear_down();
}
END_TEST

START_TEST(route__is_asked_for_again_when_a_broker_does_not_fit_it)
{
	static const int signs[] = {RMQI_RESP_TOPIC_NOT_EXIST, RMQI_RESP_NO_PERMISSION,
				    RMQI_RESP_SERVICE_NOT_AVAILABLE, FAKE_HANG_UP};

	for (size_t i = 0; i < RMQI_COUNT(signs); i++) {
		set_up();
		start_with_two();
		fake_peer_next(a, SEND, signs[i]);

		ck_assert_int_eq(send_it(), RMQ_OK);
		fake_world_advance(&world, 1);

		ck_assert_uint_eq(fake_peer_count(ns, ROUTE), 2);
		tear_down();
	}
}
END_TEST

START_TEST(route__of_an_unknown_topic_ends_it)
{
	set_up();
	start();

	ck_assert_int_eq(send_it(), RMQ_ERR_NO_ROUTE);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	tear_down();
}
END_TEST

START_TEST(route__an_unknown_topic_is_made_by_the_first_send)
{
	char text[64];

	set_up();
	set("defaultTopicQueueNums", "2");
	snprintf(text, sizeof(text), "a=%s:8", fake_peer_address(a));
	fake_peer_route(ns, "TBW102", text);
	start();

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(send_it(), RMQ_OK);
		ck_assert_int_lt(result->queue.queue_id, 2);
	}

	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "b"), "T");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "c"), "TBW102");
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "d"), "2");
	tear_down();
}
END_TEST

/* --- Life ----------------------------------------------------------------------------------------------------------- */

START_TEST(producer__refuses_a_group_that_is_no_group)
{
	set_up();

	ck_assert_int_eq(rmqi_producer_new(config, "", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_new(config, "a b", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);
	ck_assert_int_eq(rmqi_producer_new(config, "DEFAULT_PRODUCER", &producer, detail),
			 RMQ_ERR_INVALID_ARGUMENT);

	ck_assert(says("producerGroup can not equal DEFAULT_PRODUCER"));
	ck_assert_ptr_null(producer);
	tear_down();
}
END_TEST

START_TEST(producer__sends_only_between_start_and_close)
{
	set_up();
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);

	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);
	ck_assert(says("not started"));
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_ERR_STATE);
	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);

	ck_assert(says("closed"));
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

START_TEST(producer__close_tells_the_brokers_and_is_idempotent)
{
	set_up();
	start_with_two();
	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(rmqi_producer_close(producer, -1, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 0, detail), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(a, RMQI_REQ_UNREGISTER_CLIENT), 1);
	ck_assert_uint_eq(fake_peer_count(b, RMQI_REQ_UNREGISTER_CLIENT), 1);
	ck_assert_str_eq(
		fake_request_field(fake_peer_last(a, RMQI_REQ_UNREGISTER_CLIENT), "producerGroup"),
		"G");
	tear_down();
}
END_TEST

START_TEST(producer__close_without_time_still_closes)
{
	set_up();
	start_with_one();
	ck_assert_int_eq(send_it(), RMQ_OK);

	ck_assert_int_eq(rmqi_producer_close(producer, 0, detail), RMQ_OK);

	ck_assert_int_eq(elapsed_ms(), 0);
	ck_assert_int_eq(send_it(), RMQ_ERR_STATE);
	tear_down();
}
END_TEST

/* --- Memory ------------------------------------------------------------------------------------------------------------ */

START_TEST(producer__is_made_or_not_when_an_allocation_fails)
{
	uint64_t before, count = 0;

	set_up();
	/* The first one makes room in the simulation. */
	for (int i = 0; i < 2; i++) {
		before = rmqi_mem_allocations();
		ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
		count = rmqi_mem_allocations() - before;
		rmqi_producer_free(producer);
		producer = NULL;
	}

	for (uint64_t n = 1; n <= count; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = rmqi_producer_new(config, "G", &producer, detail);
		rmqi_mem_fail_after(0, 0);
		ck_assert_int_eq(err, RMQ_ERR_NO_MEMORY);
		ck_assert_ptr_null(producer);
	}
	tear_down();
}
END_TEST

/* The brokers share the memory that fails, and may lose a connection by it. */
static bool is_expected(enum rmq_error err)
{
	return err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT;
}

static enum rmq_error live_once(void)
{
	enum rmq_error err = rmqi_producer_new(config, "G", &producer, NULL);

	rmqi_free(result);
	result = NULL;
	if (err == RMQ_OK)
		err = rmqi_producer_start(producer, NULL);
	if (err == RMQ_OK)
		err = rmqi_producer_send(producer, message, -1, &result, detail);
	rmqi_producer_free(producer);
	producer = NULL;
	return err;
}

START_TEST(send__survives_every_failed_allocation)
{
	uint64_t before, count;
	char text[96], body[5000];
	unsigned told = 0;

	set_up();
	memset(body, 'x', sizeof(body));
	rmq_message_free(message);
	message = rmq_message_new("T", body, sizeof(body));
	snprintf(text, sizeof(text), "a=%s:2,b=%s:2", fake_peer_address(a), fake_peer_address(b));
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(live_once(), RMQ_OK);
	before = rmqi_mem_allocations();
	ck_assert_int_eq(live_once(), RMQ_OK);
	count = rmqi_mem_allocations() - before;

	for (uint64_t n = 1; n <= count + 20; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = live_once();
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "allocation %d: %d", (int)n, (int)err);
		ck_assert((err == RMQ_OK) == (result != NULL));
		told += err == RMQ_ERR_NO_MEMORY;
	}

	ck_assert_uint_gt(told, 10);
	tear_down();
}
END_TEST

START_TEST(send__without_any_memory_left_says_so)
{
	uint64_t n = 1;
	enum rmq_error err;

	set_up();
	start_with_one();
	ck_assert_int_eq(send_it(), RMQ_OK);

	for (err = RMQ_ERR_NO_MEMORY; err != RMQ_OK; n++) {
		rmqi_detail_clear(detail);
		rmqi_mem_fail_after(n, 1);
		err = rmqi_producer_send(producer, message, 100, NULL, detail);
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "allocation %d: %d", (int)n, (int)err);
		fake_world_advance(&world, 1000);
	}
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		send__gives_the_whole_result,
		send__takes_the_queues_in_turn,
		send__a_code_that_may_pass_is_tried_on_another_broker,
		send__another_code_ends_it_at_once,
		send__when_all_attempts_are_used_up_the_last_cause_is_told,
		send__is_made_once_when_no_retry_is_wanted,
		send__the_only_broker_is_tried_again,
		send__an_answer_that_lacks_a_field_may_have_been_stored,
		send__a_broker_that_cannot_be_reached_is_passed_over,
		send__no_broker_can_be_reached,
		send__a_lost_connection_is_tried_again_and_may_have_stored,
		send__that_one_attempt_may_have_stored_is_not_forgotten,
		send__a_broker_that_goes_away_is_asked_on_a_new_connection,
		send__a_broker_that_goes_away_for_good_is_passed_over_and_stored_nothing,
		time__a_broker_that_hangs_leaves_a_reserve_for_another,
		time__the_only_broker_gets_all_of_it,
		time__is_the_budget_of_all_attempts_together,
		time__of_an_attempt_is_limited_by_sendMsgMaxTimeoutPerRequest,
		time__that_the_caller_gives_is_what_counts,
		time__the_cause_is_told_when_it_runs_out_after_a_refusal,
		time__a_busy_broker_is_asked_again_after_a_pause,
		time__no_pause_is_made_before_another_broker,
		time__the_route_counts_too,
		status__of_a_stored_message_is_a_result_not_an_error,
		status__that_is_not_ok_is_tried_again_when_wanted,
		status__the_last_one_counts_when_all_are_not_ok,
		status__that_is_not_ok_is_better_than_an_error,
		status__that_is_not_ok_is_a_success_for_who_wants_no_result,
		send__completes_once_in_every_order,
		route__without_a_queue_to_write_is_told_and_asked_for_again,
		route__read_only_queues_are_not_written,
		route__is_asked_for_again_when_a_broker_does_not_fit_it,
		route__of_an_unknown_topic_ends_it,
		route__an_unknown_topic_is_made_by_the_first_send,
		producer__refuses_a_group_that_is_no_group,
		producer__sends_only_between_start_and_close,
		producer__close_tells_the_brokers_and_is_idempotent,
		producer__close_without_time_still_closes,
		producer__is_made_or_not_when_an_allocation_fails,
		send__survives_every_failed_allocation,
		send__without_any_memory_left_says_so,
	};

	return run_suite("send", tests, sizeof(tests) / sizeof(tests[0]));
}
