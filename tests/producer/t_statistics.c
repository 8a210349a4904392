/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a producer counts, against scripted brokers in a simulation, and that its text is
 * what doc/statistics.schema.json says.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "client/tally.h"
#include "codec/codes.h"
#include "codec/json.h"
#include "producer/send_options.h"
#include "producer/statistics.h"
#include "tests/support/schema.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2 };

static struct rmq_producer *producer;
static struct rmqi_json *statistics; /* of the last look */

/* Topic T on brokers a and b, two queues each. */
static void set_up(void)
{
	stage_set_up();
	fake_peer_route(ns, "T", stage_route_of_two(2));
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, NULL), RMQ_OK);
}

static void tear_down(void)
{
	rmqi_json_free(statistics);
	statistics = NULL;
	rmqi_producer_free(producer);
	stage_tear_down();
}

static enum rmq_error send_to(const char *topic)
{
	struct rmq_message *m = rmq_message_new(topic, "hello", 5);
	enum rmq_error err = rmqi_producer_send(producer, m, NULL, NULL, NULL);

	rmq_message_free(m);
	return err;
}

static void ignore(enum rmq_error error, const struct rmq_send_result *result,
		   const struct rmq_error_detail *d, void *arg)
{
	(void)error, (void)result, (void)d, (void)arg;
}

static void send_async(void)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);

	ck_assert_int_eq(rmqi_producer_send_async(producer, m, NULL, ignore, NULL, NULL), RMQ_OK);
	rmq_message_free(m);
}

/* Looks, and compares with the schema. */
static void look(void)
{
	char problem[SCHEMA_PROBLEM_SIZE];
	char *text = NULL;

	ck_assert_int_eq(rmqi_producer_statistics(producer, &text, NULL), RMQ_OK);
	ck_assert_str_eq(schema_problem("doc/statistics.schema.json", text, problem), "");
	rmqi_json_free(statistics);
	statistics = NULL;
	ck_assert_int_eq(rmqi_json_parse(rmqi_cursor(text, strlen(text)), &statistics), RMQ_OK);
	rmqi_free(text);
}

/* NULL: not there. */
static const struct rmqi_json *named(const char *list, const char *name)
{
	RMQI_JSON_EACH(at, rmqi_json_get(statistics, list))
		if (strcmp(rmqi_json_str(at, "name", "?"), name) == 0)
			return at;
	return NULL;
}

static int64_t topic(const char *member)
{
	return rmqi_json_i64(named("topics", "T"), member, -1);
}

static int64_t broker(const char *name, const char *member)
{
	return rmqi_json_i64(named("brokers", name), member, -1);
}

static int64_t total(const char *member)
{
	return rmqi_json_i64(rmqi_json_get(statistics, "total"), member, -1);
}

START_TEST(statistics__of_a_new_producer_are_zeroes)
{
	set_up();
	look();

	ck_assert_str_eq(rmqi_json_str(statistics, "group", ""), "G");
	ck_assert_str_eq(rmqi_json_str(statistics, "clientId", ""),
			 rmqi_client_id(producer->client));
	ck_assert_uint_eq(rmqi_json_count(rmqi_json_get(statistics, "topics")), 0);
	ck_assert_int_eq(total("began"), 0);
	ck_assert_int_eq(total("stored"), 0);
	tear_down();
}
END_TEST

START_TEST(statistics__count_sends_of_each_kind)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);

	set_up();
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(send_to("T"), RMQ_OK);
	for (int i = 0; i < 8; i++)
		send_async();
	fake_world_advance(&world, 100);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(rmqi_producer_send_oneway(producer, m, NULL, NULL), RMQ_OK);
	fake_world_advance(&world, 100);
	look();

	ck_assert_int_eq(topic("began"), 14);
	ck_assert_int_eq(topic("stored"), 12);
	ck_assert_int_eq(topic("handedOver"), 2);
	ck_assert_int_eq(topic("inFlight"), 0);
	ck_assert_int_eq(topic("failed"), 0);
	ck_assert_int_eq(topic("retries"), 0);
	ck_assert_int_eq(topic("messages"), 14);
	ck_assert_int_eq(topic("bodyBytes"), 14 * 5);
	ck_assert_int_eq(total("stored"), 12);
	ck_assert_int_eq(broker("a", "stored") + broker("b", "stored"), 12);
	ck_assert_int_eq(broker("a", "began") + broker("b", "began"), 14);
	ck_assert_int_eq(broker("a", "handedOver") + broker("b", "handedOver"), 2);
	rmq_message_free(m);
	tear_down();
}
END_TEST

START_TEST(statistics__tell_what_is_in_flight)
{
	set_up();
	ck_assert_int_eq(send_to("T"), RMQ_OK);
	fake_peer_always(a, SEND, FAKE_SILENT);
	fake_peer_always(b, SEND, FAKE_SILENT);
	for (int i = 0; i < 3; i++)
		send_async();
	fake_world_advance(&world, 100);
	look();
	ck_assert_int_eq(topic("inFlight"), 3);
	ck_assert_int_eq(broker("a", "inFlight") + broker("b", "inFlight"), 3);

	fake_world_advance(&world, 4000);
	look();
	ck_assert_int_eq(topic("inFlight"), 0);
	ck_assert_int_eq(broker("a", "inFlight") + broker("b", "inFlight"), 0);
	ck_assert_int_eq(topic("failed"), 3);
	ck_assert_int_eq(rmqi_json_i64(rmqi_json_get(named("topics", "T"), "errors"), "TIMEOUT", 0),
			 3);
	tear_down();
}
END_TEST

START_TEST(statistics__count_attempts_and_codes_of_each_broker)
{
	const struct rmqi_json *codes;

	set_up();
	fake_peer_always(a, SEND, RMQI_RESP_SERVICE_NOT_AVAILABLE);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(send_to("T"), RMQ_OK);
	look();

	ck_assert_int_eq(topic("stored"), 4);
	ck_assert_int_gt(topic("retries"), 0);
	ck_assert_int_eq(broker("a", "failed"), topic("retries"));
	ck_assert_int_eq(broker("b", "stored"), 4);
	codes = rmqi_json_get(named("brokers", "a"), "brokerCodes");
	ck_assert_int_eq(rmqi_json_i64(codes, "14", 0), topic("retries"));
	tear_down();
}
END_TEST

START_TEST(statistics__an_attempt_that_was_sent_away_counts_once)
{
	set_up();
	fake_peer_next(a, SEND, RMQI_RESP_GO_AWAY);
	fake_peer_next(b, SEND, RMQI_RESP_GO_AWAY);
	for (int i = 0; i < 4; i++)
		send_async();
	fake_world_advance(&world, 1000);
	look();

	ck_assert_int_eq(topic("stored"), 4);
	ck_assert_int_eq(broker("a", "began") + broker("b", "began"),
			 broker("a", "stored") + broker("b", "stored") + broker("a", "failed") +
				 broker("b", "failed"));
	ck_assert_int_eq(broker("a", "inFlight"), 0);
	tear_down();
}
END_TEST

START_TEST(statistics__a_weak_status_is_told_of_its_broker)
{
	const struct rmqi_json *weak;

	set_up();
	fake_peer_always(a, SEND, RMQI_RESP_FLUSH_DISK_TIMEOUT);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(send_to("T"), RMQ_OK);
	look();

	weak = rmqi_json_get(named("brokers", "a"), "weaklyStored");
	ck_assert_int_eq(rmqi_json_i64(weak, "FLUSH_DISK_TIMEOUT", 0), broker("a", "stored"));
	ck_assert_int_gt(broker("a", "stored"), 0);
	tear_down();
}
END_TEST

START_TEST(statistics__latencies_are_those_of_the_clock)
{
	const struct rmqi_json *latency;

	set_up();
	ck_assert_int_eq(send_to("T"), RMQ_OK);
	fake_peer_always(a, SEND, FAKE_LATE - 40);
	fake_peer_always(b, SEND, FAKE_LATE - 40);
	for (int i = 0; i < 99; i++)
		ck_assert_int_eq(send_to("T"), RMQ_OK);
	look();

	latency = rmqi_json_get(named("topics", "T"), "latencyUs");
	ck_assert_int_eq(rmqi_json_i64(latency, "count", 0), 100);
	ck_assert_int_ge(rmqi_json_i64(latency, "p50", 0), 40000);
	ck_assert_int_le(rmqi_json_i64(latency, "p50", 0), 43000);
	ck_assert_int_ge(rmqi_json_i64(latency, "max", 0), rmqi_json_i64(latency, "p999", 0));
	ck_assert_int_ge(rmqi_json_i64(latency, "sum", 0), 99 * 40000);
	tear_down();
}
END_TEST

/* The name of a topic that does not exist makes no entry: there is no end of them. */
static int64_t requests(const char *member)
{
	return rmqi_json_i64(rmqi_json_get(statistics, "requests"), member, -1);
}

static void on_reply(enum rmq_error error, const rmq_message *reply, const rmq_error_detail *d,
		     void *arg)
{
	(void)reply, (void)d;
	*(enum rmq_error *)arg = error;
}

START_TEST(statistics__count_requests_by_their_ends)
{
	struct rmq_message *m = rmq_message_new("T", "hello", 5);
	enum rmq_error error = RMQ_OK;

	set_up();
	ck_assert_int_eq(rmqi_producer_request_async(producer, m, NULL, on_reply, &error, NULL),
			 RMQ_OK);
	fake_world_advance(&world, 1000);
	look();
	ck_assert_int_eq(requests("began"), 1);
	ck_assert_int_eq(requests("inFlight"), 1);
	ck_assert_int_eq(total("stored"), 1);

	fake_world_advance(&world, 3000);
	ck_assert_int_eq(error, RMQ_ERR_NO_REPLY);
	ck_assert_int_eq(rmqi_producer_request_async(producer, m, NULL, on_reply, &error, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_producer_close(producer, 0, NULL), RMQ_OK);
	look();
	ck_assert_int_eq(requests("began"), 2);
	ck_assert_int_eq(requests("inFlight"), 0);
	ck_assert_int_eq(requests("unanswered"), 1);
	ck_assert_int_eq(requests("cancelled"), 1);
	ck_assert_int_eq(requests("replied"), 0);
	ck_assert_int_eq(requests("lateReplies"), 0);
	rmq_message_free(m);
	tear_down();
}
END_TEST

START_TEST(statistics__what_ended_before_a_route_is_counted_without_a_name)
{
	struct rmq_message *bad = rmq_message_new("T", "", 0);

	set_up();
	ck_assert_int_eq(send_to("unknown"), RMQ_ERR_NO_ROUTE);
	ck_assert_int_eq(rmqi_producer_send_async(producer, bad, NULL, ignore, NULL, NULL),
			 RMQ_ERR_INVALID_ARGUMENT);
	look();

	ck_assert_ptr_null(named("topics", "unknown"));
	ck_assert_int_eq(rmqi_json_i64(named("topics", ""), "failed", 0), 2);
	ck_assert_int_eq(total("failed"), 2);
	rmq_message_free(bad);
	tear_down();
}
END_TEST

START_TEST(statistics__topics_beyond_the_bound_share_one)
{
	struct rmqi_tallies *tallies;
	char name[16];

	set_up();
	tallies = rmqi_client_tallies(producer->client);
	for (int i = 0; i < RMQI_TALLY_TOPICS + 10; i++) {
		struct rmqi_topic_route route = {.topic = name};

		snprintf(name, sizeof(name), "T%d", i);
		rmqi_tallies_attach(tallies, &route);
		rmqi_tally_begin(atomic_load(&route.tally), false);
		rmqi_tally_stored(atomic_load(&route.tally), false, 1, 1, 1);
	}
	look();

	ck_assert_uint_eq(rmqi_json_count(rmqi_json_get(statistics, "topics")),
			  RMQI_TALLY_TOPICS + 1);
	ck_assert_int_eq(rmqi_json_i64(named("topics", ""), "stored", 0), 10);
	ck_assert_int_eq(total("stored"), RMQI_TALLY_TOPICS + 10);
	tear_down();
}
END_TEST

/* A route that comes anew is another snapshot with the same numbers. */
START_TEST(statistics__go_on_when_the_route_changes)
{
	char text[64];

	set_up();
	ck_assert_int_eq(send_to("T"), RMQ_OK);
	snprintf(text, sizeof(text), "a=%s:1", fake_peer_address(a));
	fake_peer_route(ns, "T", text);
	rmqi_client_refresh_routes(producer->client);
	fake_world_advance(&world, 3000);
	ck_assert_int_eq(send_to("T"), RMQ_OK);
	ck_assert_int_eq(send_to("T"), RMQ_OK);
	look();

	ck_assert_int_eq(topic("stored"), 3);
	ck_assert_int_ge(broker("a", "stored"), 2);
	tear_down();
}
END_TEST

/* Of thousands of counts none allocates, and they are all there. */
START_TEST(statistics__counting_allocates_nothing)
{
	struct rmqi_tally *t;
	uint64_t before;

	set_up();
	t = rmqi_tallies_other_topics(rmqi_client_tallies(producer->client));
	before = rmqi_mem_allocations();
	for (int i = 0; i < 1000; i++) {
		rmqi_tally_begin(t, i % 2 == 0);
		rmqi_tally_stored(t, i % 2 == 0, i, 1, 5);
		rmqi_tally_begin(t, i % 2 == 0);
		rmqi_tally_failed(t, RMQ_ERR_BROKER, i);
	}

	ck_assert_uint_eq(rmqi_mem_allocations() - before, 0);
	look();
	ck_assert_int_eq(rmqi_json_i64(named("topics", ""), "stored", 0), 1000);
	/* The codes of a broker that makes up others all the time. */
	ck_assert_int_eq(
		rmqi_json_i64(rmqi_json_get(named("topics", ""), "brokerCodes"), "other", 0),
		1000 - RMQI_TALLY_CODES);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		statistics__of_a_new_producer_are_zeroes,
		statistics__count_sends_of_each_kind,
		statistics__tell_what_is_in_flight,
		statistics__count_attempts_and_codes_of_each_broker,
		statistics__an_attempt_that_was_sent_away_counts_once,
		statistics__a_weak_status_is_told_of_its_broker,
		statistics__latencies_are_those_of_the_clock,
		statistics__count_requests_by_their_ends,
		statistics__what_ended_before_a_route_is_counted_without_a_name,
		statistics__topics_beyond_the_bound_share_one,
		statistics__go_on_when_the_route_changes,
		statistics__counting_allocates_nothing,
	};

	return run_suite("statistics", tests, RMQI_COUNT(tests));
}
