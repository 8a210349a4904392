/* SPDX-License-Identifier: Apache-2.0 */
/* What is stored, but not as safely as asked: results, errors, the log and events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/producer/send_scene.h"

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

	ck_assert_int_eq(rmqi_producer_send(producer, message, NULL, NULL, detail), RMQ_OK);
	tear_down();
}
END_TEST

/* --- For who does not look ------------------------------------------------------------------------- */

START_TEST(only_ok__a_weaker_status_is_an_error_that_says_it_is_stored)
{
	set_up();
	set("errorWhenNotStoreOK", "true");
	start_with_two();
	fake_peer_always(a, SEND, RMQI_RESP_FLUSH_DISK_TIMEOUT);

	ck_assert_int_eq(send_it(), RMQ_ERR_WEAKLY_STORED);

	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_MAYBE_STORED);
	ck_assert(says("not as safely as asked"));
	ck_assert(says("flush to disk"));
	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert_int_eq((int)strlen(rmq_error_detail_message_id(detail)), 32);
	ck_assert_str_eq(rmq_error_detail_queue(detail)->broker_name, "a");
	expect_attempt(0, a, RMQ_PHASE_ANSWER, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	ck_assert_uint_eq(sent_to(a) + sent_to(b), 1);
	fake_peer_always(a, SEND, FAKE_BEHAVE);
	ck_assert_int_eq(send_it(), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(only_ok__another_broker_may_store_it_well)
{
	set_up();
	set("errorWhenNotStoreOK", "true");
	set("retryAnotherBrokerWhenNotStoreOK", "true");
	start_with_two();
	fake_peer_next(a, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");

	/* What follows is no better: it is stored, and nobody says otherwise. */
	fake_peer_next(a, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);
	fake_peer_next(b, SEND, RMQI_RESP_SLAVE_NOT_AVAILABLE);
	fake_peer_always(a, SEND, RMQI_RESP_MESSAGE_ILLEGAL);
	fake_peer_always(b, SEND, RMQI_RESP_MESSAGE_ILLEGAL);
	ck_assert_int_eq(send_it(), RMQ_ERR_BROKER);
	ck_assert(has_flag(RMQ_ERROR_MAYBE_STORED));
	tear_down();
}
END_TEST

static char log_text[4096];
static int weak_events, over_events, weak_code;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t len = strlen(log_text);

	(void)arg;
	if (level == RMQ_LOG_WARN)
		snprintf(log_text + len, sizeof(log_text) - len, "%s\n", text);
}

static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) == RMQ_EVENT_WEAKLY_STORED) {
		weak_events++;
		weak_code = rmq_event_code(event);
		ck_assert_str_eq(rmq_event_address(event), fake_peer_address(a));
	}
	over_events += rmq_event_kind(event) == RMQ_EVENT_OVER;
}

static int count_lines(const char *text)
{
	int count = 0;

	for (const char *at = log_text; (at = strstr(at, text)); at++)
		count++;
	return count;
}

START_TEST(told__by_the_log_and_an_event_once_until_it_is_over)
{
	set_up();
	log_text[0] = '\0';
	weak_events = over_events = weak_code = 0;
	config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_WARN};
	config->event_fn = on_event;
	start_with_one();
	fake_peer_always(a, SEND, RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(rmqi_producer_send(producer, message, NULL, NULL, detail), RMQ_OK);
	fake_world_advance(&world, 100);
	ck_assert_int_eq(weak_events, 1);
	ck_assert_int_eq(weak_code, RMQI_RESP_FLUSH_SLAVE_TIMEOUT);
	ck_assert_int_eq(count_lines("the copy to a slave timed out"), 1);
	ck_assert_int_eq(over_events, 0);

	fake_peer_always(a, SEND, FAKE_BEHAVE);
	ck_assert_int_eq(send_it(), RMQ_OK);
	fake_world_advance(&world, 100);
	ck_assert_int_eq(over_events, 1);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		status__of_a_stored_message_is_a_result_not_an_error,
		status__that_is_not_ok_is_tried_again_when_wanted,
		status__the_last_one_counts_when_all_are_not_ok,
		status__that_is_not_ok_is_better_than_an_error,
		status__that_is_not_ok_is_a_success_for_who_wants_no_result,
		only_ok__a_weaker_status_is_an_error_that_says_it_is_stored,
		only_ok__another_broker_may_store_it_well,
		told__by_the_log_and_an_event_once_until_it_is_over,
	};

	return run_suite("status", tests, RMQI_COUNT(tests));
}
