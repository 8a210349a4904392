/* SPDX-License-Identifier: Apache-2.0 */
/* The detector: brokers that nobody could reach are asked, and get sends as soon as they answer. */
#include <stdio.h>
#include <string.h>

#include "client/client_impl.h"
#include "producer/settings.h"
#include "tests/producer/send_scene.h"

enum { ASK = RMQI_REQ_GET_MAX_OFFSET, BEAT = RMQI_REQ_HEART_BEAT };
enum { INTERVAL_MS = 2000, ASIDE_MS = 10000, MOMENT_MS = 5 };

static char log_text[4096];

static void keep_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t len = strlen(log_text);

	(void)arg;
	if (level == RMQ_LOG_INFO)
		snprintf(log_text + len, sizeof(log_text) - len, "%s\n", text);
}

static void change(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_producer_set(producer, key, value, detail), RMQ_OK);
}

/* Broker a was silent at a send a moment ago. It takes no heartbeat either: after three timeouts there is a new
 * connection, and it is not that one's greeting that shall bring it back. */
static void lose_a(const char *start_detector)
{
	set_up();
	set("startDetectorEnable", start_detector);
	log_text[0] = '\0';
	config->log = (struct rmqi_log){.fn = keep_log, .level = RMQ_LOG_INFO};
	start_with_two();
	fake_peer_always(a, BEAT, FAKE_SILENT);
	fake_peer_next(a, SEND, FAKE_SILENT);
	ck_assert_int_eq(send_it(), RMQ_OK);
	ck_assert_str_eq(result->queue.broker_name, "b");
}

/* How many of eight sends? All are stored. */
static size_t share_of_a(void)
{
	size_t before = sent_to(a);

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(send_it(), RMQ_OK);
	return sent_to(a) - before;
}

static size_t asked(void)
{
	return fake_peer_count(a, ASK);
}

static bool is_armed(void)
{
	return rmqi_timer_is_armed(&producer->client->detector.timer);
}

/* --- Who is asked ----------------------------------------------------------------------------------------- */

START_TEST(detector__brings_a_broker_back_before_its_time)
{
	lose_a("true");
	ck_assert_uint_eq(share_of_a(), 0);

	fake_world_advance(&world, INTERVAL_MS + MOMENT_MS);

	ck_assert_uint_eq(asked(), 1);
	ck_assert_uint_eq(share_of_a(), 4);
	ck_assert_ptr_nonnull(strstr(log_text, "broker a ("));
	ck_assert_ptr_nonnull(strstr(log_text, "answers the detector"));
	/* And then there is nothing to do. */
	fake_world_advance(&world, 2 * INTERVAL_MS);
	ck_assert_uint_eq(asked(), 1);
	ck_assert(!is_armed());
	tear_down();
}
END_TEST

START_TEST(detector__that_is_off_asks_nobody)
{
	lose_a("false");
	ck_assert(!is_armed());

	fake_world_advance(&world, ASIDE_MS - MOMENT_MS);

	ck_assert_uint_eq(asked(), 0);
	ck_assert_uint_eq(share_of_a(), 0);
	tear_down();
}
END_TEST

START_TEST(detector__asks_again_while_nobody_answers)
{
	lose_a("true");
	fake_peer_always(a, ASK, FAKE_SILENT);

	fake_world_advance(&world, 3 * INTERVAL_MS + MOMENT_MS);
	ck_assert_uint_eq(asked(), 3);
	ck_assert_uint_eq(share_of_a(), 0);

	fake_peer_always(a, ASK, FAKE_BEHAVE);
	fake_world_advance(&world, INTERVAL_MS);
	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

START_TEST(detector__ends_when_the_time_is_over)
{
	size_t so_far;

	lose_a("true");
	fake_peer_always(a, ASK, FAKE_SILENT);
	fake_world_advance(&world, ASIDE_MS + INTERVAL_MS);
	so_far = asked();
	ck_assert(!is_armed());

	fake_world_advance(&world, ASIDE_MS);

	ck_assert_uint_eq(asked(), so_far);
	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

START_TEST(detector__finds_a_broker_that_died_and_is_back)
{
	set_up();
	set("startDetectorEnable", "true");
	start_with_two();
	/* So that it is not the heartbeat that finds it. */
	fake_peer_always(a, BEAT, FAKE_SILENT);
	fake_peer_always(a, SEND, FAKE_HANG_UP);
	fake_peer_always(a, ASK, FAKE_HANG_UP);
	ck_assert_int_eq(send_it(), RMQ_OK);
	fake_world_advance(&world, 2 * INTERVAL_MS + MOMENT_MS);
	ck_assert_uint_eq(asked(), 2);
	ck_assert_uint_eq(share_of_a(), 0);

	fake_peer_always(a, SEND, FAKE_BEHAVE);
	fake_peer_always(a, ASK, FAKE_BEHAVE);
	fake_world_advance(&world, INTERVAL_MS);

	ck_assert_uint_eq(asked(), 3);
	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

START_TEST(detector__leaves_alone_who_answers_badly_or_late)
{
	static const int reactions[] = {RMQI_RESP_SYSTEM_ERROR, FAKE_LATE - 2000};

	for (size_t i = 0; i < RMQI_COUNT(reactions); i++) {
		set_up();
		set("startDetectorEnable", "true");
		start_with_two();
		fake_peer_next(a, SEND, reactions[i]);
		ck_assert_int_eq(send_it(), RMQ_OK);

		fake_world_advance(&world, INTERVAL_MS + MOMENT_MS);

		ck_assert_uint_eq(asked(), 0);
		ck_assert(!is_armed());
		ck_assert_uint_eq(share_of_a(), 0);
		tear_down();
	}
}
END_TEST

START_TEST(answer__of_any_code_is_a_sign_of_life_but_for_a_goodbye)
{
	lose_a("true");
	fake_peer_always(a, ASK, RMQI_RESP_GO_AWAY);
	fake_world_advance(&world, INTERVAL_MS + MOMENT_MS);
	ck_assert_uint_ge(asked(), 1);
	ck_assert_uint_eq(share_of_a(), 0);

	fake_peer_always(a, ASK, RMQI_RESP_SYSTEM_ERROR);
	fake_world_advance(&world, INTERVAL_MS);

	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

/* --- While it runs ---------------------------------------------------------------------------------------- */

START_TEST(detector__may_be_started_while_a_broker_is_put_aside)
{
	lose_a("false");
	fake_world_advance(&world, INTERVAL_MS);
	ck_assert_uint_eq(asked(), 0);

	change("startDetectorEnable", "true");
	fake_world_advance(&world, INTERVAL_MS + MOMENT_MS);

	ck_assert_uint_eq(asked(), 1);
	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

START_TEST(detector__that_is_stopped_asks_no_more)
{
	lose_a("true");
	fake_peer_always(a, ASK, FAKE_SILENT);
	fake_world_advance(&world, INTERVAL_MS + MOMENT_MS);
	ck_assert_uint_eq(asked(), 1);

	change("startDetectorEnable", "false");
	fake_world_advance(&world, MOMENT_MS);
	ck_assert(!is_armed());
	fake_world_advance(&world, 2 * INTERVAL_MS);

	ck_assert_uint_eq(asked(), 1);
	tear_down();
}
END_TEST

START_TEST(detector__has_nothing_to_do_when_faults_are_switched_off)
{
	lose_a("true");

	change("sendLatencyFaultEnable", "false");
	fake_world_advance(&world, 2 * INTERVAL_MS);

	ck_assert_uint_eq(asked(), 0);
	ck_assert(!is_armed());
	tear_down();
}
END_TEST

START_TEST(interval__that_is_shorter_holds_at_once)
{
	lose_a("true");

	change("detectInterval", "100");
	fake_world_advance(&world, 100 + MOMENT_MS);

	ck_assert_uint_eq(asked(), 1);
	tear_down();
}
END_TEST

START_TEST(timeout__is_that_of_the_next_question)
{
	lose_a("true");
	fake_peer_always(a, ASK, FAKE_LATE - 500);
	fake_world_advance(&world, INTERVAL_MS + 600);
	ck_assert_uint_eq(share_of_a(), 0);

	change("detectTimeout", "1000");
	fake_world_advance(&world, INTERVAL_MS);

	ck_assert_uint_eq(share_of_a(), 4);
	tear_down();
}
END_TEST

START_TEST(value__out_of_range_is_refused)
{
	set_up();
	start_with_one();

	ck_assert_int_eq(rmqi_producer_set(producer, "detectInterval", "5", detail),
			 RMQ_ERR_CONFIG);
	ck_assert_int_eq(rmqi_producer_set(producer, "detectTimeout", "0", detail), RMQ_ERR_CONFIG);
	ck_assert_int_eq(rmqi_producer_set(producer, "startDetectorEnable", "2", detail),
			 RMQ_ERR_CONFIG);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		detector__brings_a_broker_back_before_its_time,
		detector__that_is_off_asks_nobody,
		detector__asks_again_while_nobody_answers,
		detector__ends_when_the_time_is_over,
		detector__finds_a_broker_that_died_and_is_back,
		detector__leaves_alone_who_answers_badly_or_late,
		answer__of_any_code_is_a_sign_of_life_but_for_a_goodbye,
		detector__may_be_started_while_a_broker_is_put_aside,
		detector__that_is_stopped_asks_no_more,
		detector__has_nothing_to_do_when_faults_are_switched_off,
		interval__that_is_shorter_holds_at_once,
		timeout__is_that_of_the_next_question,
		value__out_of_range_is_refused,
	};

	return run_suite("detector", tests, RMQI_COUNT(tests));
}
