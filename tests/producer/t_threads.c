/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A producer shared by threads, on real sockets and in real time. Worth most under
 * the thread sanitizer. Waiting is for conditions only.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/map.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "producer/producer.h"
#include "producer/settings.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { THREADS = 8, SENDS = 300 };
enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, BYE = RMQI_REQ_UNREGISTER_CLIENT };

static struct fake_peer *ns, *a, *b;
static struct rmq_config *config;
static struct rmq_producer *producer;

struct sender {
	struct rmqi_thread thread;
	int sends;
	int stored;
	int failed;
	enum rmq_error last;
	char ids[SENDS][RMQI_ID_SIZE];
};

static struct sender senders[THREADS];

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

static void set_up(void)
{
	ns = fake_peer_new(rmqi_env_real());
	a = fake_peer_new(rmqi_env_real());
	b = fake_peer_new(rmqi_env_real());
	config = rmqi_config_new();
	set("namesrvAddr", fake_peer_address(ns));
	/* Slow machines are not what is tested. */
	set("sendMsgTimeout", "30000");
	memset(senders, 0, sizeof(senders));
}

static void start(const char *brokers)
{
	fake_peer_route(ns, "T", brokers);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
}

static void start_with_two(void)
{
	char text[96];

	snprintf(text, sizeof(text), "a=%s:4,b=%s:4", fake_peer_address(a), fake_peer_address(b));
	start(text);
}

static void tear_down(void)
{
	rmqi_producer_free(producer);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
}

static void send_one(struct sender *s, const struct rmq_message *m)
{
	struct rmq_send_result *result = NULL;

	s->last = rmqi_producer_send(producer, m, NULL, &result, NULL);
	if (s->last == RMQ_OK)
		snprintf(s->ids[s->stored++], sizeof(s->ids[0]), "%s", result->message_id);
	else
		s->failed++;
	rmqi_free(result);
}

static void *run_sender(void *arg)
{
	struct sender *s = arg;
	struct rmq_message *m = rmq_message_new("T", "hello", 5);

	for (int i = 0; i < s->sends; i++)
		send_one(s, m);
	rmq_message_free(m);
	return NULL;
}

static void run_all(int sends)
{
	for (int i = 0; i < THREADS; i++) {
		senders[i].sends = sends;
		ck_assert_int_eq(
			rmqi_thread_start(&senders[i].thread, "sender", run_sender, &senders[i]),
			RMQ_OK);
	}
}

static void join_all(void)
{
	for (int i = 0; i < THREADS; i++)
		rmqi_thread_join(&senders[i].thread);
}

static void expect_all_stored_once(void)
{
	struct rmqi_map seen;

	rmqi_map_init(&seen);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(senders[i].failed, 0);
		ck_assert_int_eq(senders[i].stored, senders[i].sends);
		for (int n = 0; n < senders[i].stored; n++)
			ck_assert_int_eq(
				rmqi_map_set(&seen, rmqi_str(senders[i].ids[n]), &seen, NULL),
				RMQ_OK);
	}
	/* No id twice. */
	ck_assert_uint_eq(seen.count, (size_t)THREADS * SENDS);
	rmqi_map_deinit(&seen, NULL);
}

/* Brokers are put aside and come back meanwhile, each send that begins by what holds then. */
START_TEST(threads__send_all_they_have_while_settings_change)
{
	set_up();
	set("retryTimesWhenSendFailed", "20");
	start_with_two();

	run_all(SENDS);
	for (int i = 0; i < 200; i++) {
		fake_peer_next(a, SEND, RMQI_RESP_SYSTEM_ERROR);
		ck_assert_int_eq(rmqi_producer_set(producer, "sendLatencyFaultEnable",
						   i % 2 ? "true" : "false", NULL),
				 RMQ_OK);
		ck_assert_int_eq(rmqi_producer_set(producer, "startDetectorEnable",
						   i % 3 ? "true" : "false", NULL),
				 RMQ_OK);
		ck_assert_int_eq(
			rmqi_producer_set(producer, "detectInterval", i % 5 ? "100" : "2000", NULL),
			RMQ_OK);
		sched_yield();
	}
	join_all();

	expect_all_stored_once();
	tear_down();
}
END_TEST

START_TEST(threads__send_all_they_have)
{
	set_up();
	start_with_two();

	run_all(SENDS);
	join_all();

	expect_all_stored_once();
	ck_assert_uint_eq(fake_peer_count(a, SEND) + fake_peer_count(b, SEND),
			  (size_t)THREADS * SENDS);
	tear_down();
}
END_TEST

/* One address is name server and broker, as a proxy is: who waits for the answer to a send also reads
 * routes and heartbeats. */
START_TEST(threads__read_the_answers_of_others_on_a_shared_connection)
{
	char text[64];

	set_up();
	set("namesrvAddr", fake_peer_address(a));
	set("pollNameServerInterval", "1000");
	snprintf(text, sizeof(text), "a=%s:4", fake_peer_address(a));
	fake_peer_route(a, "T", text);
	start(text);

	run_all(SENDS);
	for (int i = 0; i < 300; i++) {
		rmqi_client_heartbeat(producer->client);
		ck_assert_int_eq(rmqi_client_watch(producer->client, "T"), RMQ_OK);
		sched_yield();
	}
	join_all();

	expect_all_stored_once();
	tear_down();
}
END_TEST

START_TEST(threads__go_on_when_connections_break)
{
	set_up();
	/* A send loses its connection more than twice, perhaps. */
	set("retryTimesWhenSendFailed", "100");
	start_with_two();

	run_all(SENDS);
	for (int i = 0; i < 10; i++) {
		size_t seen = fake_peer_count(a, SEND);

		while (fake_peer_count(a, SEND) < seen + 20 && fake_peer_count(b, SEND) < 1000)
			sched_yield();
		fake_peer_hang_up(i % 2 ? a : b);
	}
	join_all();

	expect_all_stored_once();
	tear_down();
}
END_TEST

static void wait_for_sends(size_t count)
{
	while (fake_peer_count(a, SEND) + fake_peer_count(b, SEND) < count)
		sched_yield();
}

START_TEST(close__cancels_sends_under_way_and_waits_for_them)
{
	set_up();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	start_with_two();
	run_all(1);
	wait_for_sends(THREADS);

	ck_assert_int_eq(rmqi_producer_close(producer, 10000, NULL), RMQ_OK);

	join_all();
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(senders[i].last, RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

struct told {
	enum rmq_error error;
	struct rmq_error_detail *detail;
};

static void *run_told(void *arg)
{
	struct told *t = arg;
	struct rmq_message *m = rmq_message_new("T", "hello", 5);

	t->error = rmqi_producer_send(producer, m, NULL, NULL, t->detail);
	rmq_message_free(m);
	return NULL;
}

START_TEST(close__tells_that_a_cancelled_message_may_be_stored)
{
	struct told told = {.detail = rmqi_detail_new()};
	struct rmqi_thread thread = {0};

	set_up();
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	start_with_two();
	ck_assert_int_eq(rmqi_thread_start(&thread, "sender", run_told, &told), RMQ_OK);
	wait_for_sends(1);

	ck_assert_int_eq(rmqi_producer_close(producer, 10000, NULL), RMQ_OK);

	rmqi_thread_join(&thread);
	ck_assert_int_eq(told.error, RMQ_ERR_CANCELLED);
	ck_assert_uint_eq(rmq_error_detail_flags(told.detail),
			  RMQ_ERROR_FATAL | RMQ_ERROR_MAYBE_STORED);
	rmq_error_detail_free(told.detail);
	tear_down();
}
END_TEST

static void *run_close(void *arg)
{
	enum rmq_error *err = arg;

	*err = rmqi_producer_close(producer, 10000, NULL);
	return NULL;
}

START_TEST(close__by_several_threads_while_others_send)
{
	struct rmqi_thread closers[3] = {0};
	enum rmq_error errors[3];

	set_up();
	start_with_two();
	run_all(SENDS);
	wait_for_sends(100);

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rmqi_thread_start(&closers[i], "closer", run_close, &errors[i]),
				 RMQ_OK);
	for (int i = 0; i < 3; i++)
		rmqi_thread_join(&closers[i]);
	join_all();

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(errors[i], RMQ_OK);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(senders[i].stored + senders[i].failed, senders[i].sends);
		ck_assert(senders[i].last == RMQ_OK || senders[i].last == RMQ_ERR_STATE ||
			  senders[i].last == RMQ_ERR_CANCELLED);
	}
	tear_down();
}
END_TEST

START_TEST(close__with_a_broker_that_does_not_say_goodbye_still_ends_the_sends)
{
	set_up();
	set("mqClientApiTimeout", "100");
	fake_peer_always(a, BYE, FAKE_SILENT);
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	start_with_two();
	run_all(1);
	wait_for_sends(THREADS);

	ck_assert_int_eq(rmqi_producer_close(producer, 10000, NULL), RMQ_OK);

	join_all();
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		threads__send_all_they_have,
		threads__send_all_they_have_while_settings_change,
		threads__read_the_answers_of_others_on_a_shared_connection,
		threads__go_on_when_connections_break,
		close__cancels_sends_under_way_and_waits_for_them,
		close__tells_that_a_cancelled_message_may_be_stored,
		close__by_several_threads_while_others_send,
		close__with_a_broker_that_does_not_say_goodbye_still_ends_the_sends,
	};

	return run_suite("threads", tests, sizeof(tests) / sizeof(tests[0]));
}
