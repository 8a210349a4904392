/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client with scripted name servers and brokers, in a simulation: which server is
 * asked, which routes are kept, which brokers hear of us, and how it ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "base/sim.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "tests/support/suite.h"
#include "tests/support/fake_peer.h"

enum { ROUTE = RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, BEAT = RMQI_REQ_HEART_BEAT };
enum { BYE = RMQI_REQ_UNREGISTER_CLIENT, SEND = RMQI_REQ_SEND_MESSAGE_V2 };
enum { SERVERS = 3, BROKERS = 2 };

#define NOBODY "127.0.0.1:9"

/* --- The scene ------------------------------------------------------------------------------ */

static struct fake_world world;
static struct fake_peer *ns[SERVERS];
static struct fake_peer *broker[BROKERS];
static struct rmq_config *config;
static struct rmqi_client *client;
static struct rmq_error_detail *detail;

/* What the owner was told. */
static int routes_told, missing_told, registered_told, changes_told;
static char last_told[160];
static size_t queues_told;

static enum rmq_error fill_heartbeat(void *arg, struct rmqi_heartbeat *h)
{
	(void)arg;
	h->producer_groups = rmqi_calloc(1, sizeof(*h->producer_groups));
	if (!h->producer_groups)
		return RMQ_ERR_NO_MEMORY;
	h->producer_groups[0] = rmqi_strdup("G");
	if (!h->producer_groups[0])
		return RMQ_ERR_NO_MEMORY;
	h->producer_count = 1;
	return RMQ_OK;
}

static void on_route(void *arg, const char *topic, struct rmqi_topic_route *route)
{
	(void)arg;
	routes_told += route != NULL;
	missing_told += route == NULL;
	queues_told = route ? route->publish_count : 0;
	snprintf(last_told, sizeof(last_told), "%s", topic);
}

static void on_registered(void *arg, const char *address)
{
	(void)arg;
	registered_told++;
	snprintf(last_told, sizeof(last_told), "%s", address);
}

static void on_group_changed(void *arg, struct rmqi_conn *conn, const char *address,
			     const struct rmqi_command *request)
{
	struct rmqi_h_notify_consumer_ids_changed h = {0};
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_notify_consumer_ids_changed, request, &h, NULL);

	(void)arg;
	(void)conn;
	(void)address;
	ck_assert_int_eq(err, RMQ_OK);
	changes_told++;
	snprintf(last_told, sizeof(last_told), "%.*s", RMQI_STR_ARG(h.consumerGroup));
}

static void on_reset(void *arg, struct rmqi_conn *conn, const char *address,
		     const struct rmqi_command *request)
{
	struct rmqi_outgoing yes = {.code = RMQI_RESP_SUCCESS};
	enum rmq_error err = rmqi_conn_reply(conn, request->opaque, request->serialization, &yes);

	(void)arg;
	ck_assert_int_eq(err, RMQ_OK);
	snprintf(last_told, sizeof(last_told), "%s", address);
}

static const struct rmqi_client_handler handlers[] = {
	{RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED, on_group_changed},
	{RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET, on_reset},
	{0},
};

static struct rmqi_client_owner producer_like(void)
{
	return (struct rmqi_client_owner){.fill_heartbeat = fill_heartbeat,
					  .on_route = on_route,
					  .on_registered = on_registered,
					  .handlers = handlers,
					  .producer_group = "G"};
}

static struct rmqi_client_owner consumer_like(void)
{
	struct rmqi_client_owner owner = producer_like();

	owner.producer_group = NULL;
	owner.consumer_group = "CG";
	owner.heartbeat_slaves = true;
	return owner;
}

static void set_up(uint64_t seed)
{
	unsetenv("NAMESRV_ADDR");
	fake_world_init(&world, seed);
	for (size_t i = 0; i < SERVERS; i++)
		ns[i] = fake_peer_new(&world.env);
	for (size_t i = 0; i < BROKERS; i++)
		broker[i] = fake_peer_new(&world.env);
	config = rmqi_config_new();
	config->env = &world.env;
	detail = rmqi_detail_new();
}

static void close_client(void)
{
	rmqi_client_free(client);
	client = NULL;
}

static void tear_down(void)
{
	close_client();
	for (size_t i = 0; i < SERVERS; i++)
		fake_peer_free(ns[i]);
	for (size_t i = 0; i < BROKERS; i++)
		fake_peer_free(broker[i]);
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

/* The first name server of the list is asked first. */
static void open_as(struct rmqi_client_owner owner, const char *namesrvs)
{
	set("namesrvAddr", namesrvs);
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, detail), RMQ_OK);
	client->namesrv_chosen = 0;
	ck_assert_int_eq(rmqi_client_start(client, detail), RMQ_OK);
}

static const char *addresses(const char *first, const char *second, const char *third)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s;%s;%s", first, second ? second : "", third ? third : "");
	return text;
}

static const char *server(size_t i)
{
	return fake_peer_address(ns[i]);
}

/* One name server, that knows topic T on broker a. */
static void open_simply(struct rmqi_client_owner owner)
{
	char brokers[64];

	snprintf(brokers, sizeof(brokers), "a=%s:4", fake_peer_address(broker[0]));
	fake_peer_route(ns[0], "T", brokers);
	open_as(owner, server(0));
}

static void routed_to(const char *topic, const char *format, size_t a, size_t b)
{
	char text[160];

	/* The format is one of this file. */
	snprintf(text, sizeof(text), "%s", format);
	for (char *at = text; *at; at++) {
		char rest[160];

		if (*at != '@')
			continue;
		snprintf(rest, sizeof(rest), "%s", at + 1);
		snprintf(at, sizeof(text) - (size_t)(at - text), "%s%s",
			 fake_peer_address(broker[a]), rest);
		a = b;
	}
	fake_peer_route(ns[0], topic, text);
}

static enum rmq_error look(const char *topic, bool use_default, int64_t timeout_ms)
{
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err;

	rmqi_detail_clear(detail);
	err = rmqi_client_route(client, topic, use_default,
				rmqi_clock_deadline(world.env.clock, timeout_ms), &route, detail);
	ck_assert((err == RMQ_OK) == (route != NULL));
	if (err != RMQ_OK)
		ck_assert_int_eq(rmq_error_detail_code(detail), err);
	rmqi_topic_route_unref(route);
	return err;
}

static size_t cached_queues(const char *topic)
{
	struct rmqi_topic_route *route = rmqi_client_cached_route(client, topic);
	size_t count = route ? route->publish_count : 0;

	rmqi_topic_route_unref(route);
	return count;
}

static void expect_attempt(size_t i, const char *address, enum rmq_phase phase,
			   enum rmq_error error)
{
	const rmq_attempt *a = rmq_error_detail_attempt_at(detail, i);

	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(rmq_attempt_address(a), address);
	ck_assert_int_eq(rmq_attempt_phase(a), phase);
	ck_assert_int_eq(rmq_attempt_code(a), error);
}

/* A broker's connection that serves our own requests, too. */
static enum rmq_error ask_broker(size_t i)
{
	struct rmqi_outgoing request = {.code = 999};

	return rmqi_rpc_call(client->rpc, fake_peer_address(broker[i]), &request,
			     rmqi_clock_deadline(world.env.clock, 1000), NULL, NULL, NULL);
}

/* --- Name servers ----------------------------------------------------------------------------- */

START_TEST(namesrv__one_that_is_dead_is_passed_over)
{
	set_up(1);
	fake_peer_route(ns[1], "T", "a=" NOBODY ":4");
	open_as(producer_like(), addresses(NOBODY, server(1), NULL));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_int_lt(fake_world_now(&world), 10);
	tear_down();
}
END_TEST

START_TEST(namesrv__one_that_is_silent_gets_its_share_of_the_time_only)
{
	set_up(1);
	fake_peer_always(ns[0], ROUTE, FAKE_SILENT);
	fake_peer_route(ns[1], "T", "a=" NOBODY ":4");
	open_as(producer_like(), addresses(server(0), server(1), server(2)));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_int_eq(fake_world_now(&world), 1000);
	tear_down();
}
END_TEST

START_TEST(namesrv__all_are_tried_within_the_callers_time)
{
	set_up(1);
	for (size_t i = 0; i < SERVERS; i++)
		fake_peer_always(ns[i], ROUTE, FAKE_SILENT);
	open_as(producer_like(), addresses(server(0), server(1), server(2)));

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_TIMEOUT);

	ck_assert_int_eq(fake_world_now(&world), 3000);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
	for (size_t i = 0; i < SERVERS; i++) {
		expect_attempt(i, server(i), RMQ_PHASE_WAIT, RMQ_ERR_TIMEOUT);
		ck_assert_int_eq(fake_peer_request(ns[i], ROUTE, 0)->at_ms, (int64_t)i * 1000);
	}
	tear_down();
}
END_TEST

START_TEST(namesrv__all_dead_tells_each_attempt_and_why)
{
	set_up(1);
	open_as(producer_like(), addresses(NOBODY, "127.0.0.1:7", NULL));

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_CONNECT);

	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 2);
	expect_attempt(0, NOBODY, RMQ_PHASE_CONNECT, RMQ_ERR_CONNECT);
	expect_attempt(1, "127.0.0.1:7", RMQ_PHASE_CONNECT, RMQ_ERR_CONNECT);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_RETRIABLE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "none of 2 name servers"));
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "127.0.0.1:7"));
	tear_down();
}
END_TEST

START_TEST(namesrv__the_one_that_answered_is_asked_first_next_time)
{
	set_up(1);
	fake_peer_always(ns[0], ROUTE, FAKE_HANG_UP);
	fake_peer_route(ns[1], "T", "a=" NOBODY ":4");
	fake_peer_route(ns[1], "U", "a=" NOBODY ":4");
	open_as(producer_like(), addresses(server(0), server(1), server(2)));
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_int_eq(look("U", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1);
	ck_assert_uint_eq(fake_peer_count(ns[1], ROUTE), 2);
	ck_assert_uint_eq(fake_peer_count(ns[2], ROUTE), 0);
	tear_down();
}
END_TEST

START_TEST(namesrv__one_that_is_not_ready_is_passed_over)
{
	set_up(1);
	fake_peer_always(ns[0], ROUTE, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_route(ns[1], "T", "a=" NOBODY ":4");
	open_as(producer_like(), addresses(server(0), server(1), NULL));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	tear_down();
}
END_TEST

START_TEST(namesrv__a_refusal_of_the_last_one_is_the_answer)
{
	set_up(1);
	fake_peer_remark(ns[0], "name server not ready");
	fake_peer_always(ns[0], ROUTE, RMQI_RESP_SYSTEM_ERROR);
	open_as(producer_like(), server(0));

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_BROKER);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(rmq_error_detail_remark(detail), "name server not ready");
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	expect_attempt(0, server(0), RMQ_PHASE_ANSWER, RMQ_ERR_BROKER);
	tear_down();
}
END_TEST

START_TEST(namesrv__that_goes_away_is_asked_again_on_a_new_connection)
{
	set_up(1);
	fake_peer_next(ns[0], ROUTE, RMQI_RESP_GO_AWAY);
	open_simply(producer_like());

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_request(ns[0], ROUTE, 0)->conn, 1);
	ck_assert_uint_eq(fake_peer_request(ns[0], ROUTE, 1)->conn, 2);
	tear_down();
}
END_TEST

START_TEST(namesrv__that_goes_away_twice_is_passed_over)
{
	set_up(1);
	fake_peer_always(ns[0], ROUTE, RMQI_RESP_GO_AWAY);
	fake_peer_route(ns[1], "T", "a=" NOBODY ":4");
	open_as(producer_like(), addresses(server(0), server(1), NULL));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 2);
	tear_down();
}
END_TEST

static enum rmq_error open_with(const char *namesrvs)
{
	struct rmqi_client_owner owner = producer_like();

	if (namesrvs)
		set("namesrvAddr", namesrvs);
	rmqi_detail_clear(detail);
	return rmqi_client_new(config, &owner, &client, detail);
}

START_TEST(namesrv__is_taken_from_the_environment_when_none_is_set)
{
	set_up(1);
	setenv("NAMESRV_ADDR", server(2), 1);
	fake_peer_route(ns[2], "T", "a=" NOBODY ":4");

	ck_assert_int_eq(open_with(NULL), RMQ_OK);
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	close_client();

	/* What is set comes first. */
	ck_assert_int_eq(open_with(server(0)), RMQ_OK);
	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_NO_ROUTE);
	tear_down();
}
END_TEST

START_TEST(namesrv__none_at_all_is_told)
{
	set_up(1);

	ck_assert_int_eq(open_with(NULL), RMQ_ERR_NO_NAMESRV);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "NAMESRV_ADDR"));
	ck_assert_int_eq(open_with(" "), RMQ_ERR_NO_NAMESRV);
	ck_assert_int_eq(open_with(" ; ;"), RMQ_ERR_NO_NAMESRV);
	tear_down();
}
END_TEST

START_TEST(namesrv__a_bad_address_is_named)
{
	set_up(1);

	ck_assert_int_eq(open_with("127.0.0.1:9876;nonsense"), RMQ_ERR_ADDRESS);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "\"nonsense\""));
	ck_assert_uint_eq(rmq_error_detail_flags(detail), RMQ_ERROR_FATAL);
	tear_down();
}
END_TEST

/* --- Routes --------------------------------------------------------------------------------------- */

START_TEST(route__is_asked_for_once_and_kept)
{
	set_up(1);
	open_simply(producer_like());

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1);
	ck_assert_str_eq(fake_request_field(fake_peer_last(ns[0], ROUTE), "topic"), "T");
	ck_assert_str_eq(fake_request_field(fake_peer_last(ns[0], ROUTE), "acceptStandardJsonOnly"),
			 "true");
	tear_down();
}
END_TEST

START_TEST(route__is_refreshed_every_pollNameServerInterval)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	fake_world_advance(&world, 95 * 1000);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1 + 3);
	ck_assert_int_eq(fake_peer_request(ns[0], ROUTE, 1)->at_ms, 30 * 1000);
	ck_assert_int_eq(fake_peer_request(ns[0], ROUTE, 3)->at_ms, 90 * 1000);
	tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_is_an_error_with_its_cause)
{
	set_up(1);
	open_simply(producer_like());

	ck_assert_int_eq(look("U", false, 3000), RMQ_ERR_NO_ROUTE);

	ck_assert_int_eq(rmq_error_detail_broker_code(detail), RMQI_RESP_TOPIC_NOT_EXIST);
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	expect_attempt(0, server(0), RMQ_PHASE_ANSWER, RMQ_ERR_BROKER);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "topic U"));
	tear_down();
}
END_TEST

START_TEST(route__of_an_unknown_topic_is_that_of_tbw102_for_a_producer)
{
	set_up(1);
	fake_peer_route(ns[0], "TBW102", "a=" NOBODY ":8");
	open_simply(producer_like());

	ck_assert_int_eq(look("U", true, 3000), RMQ_OK);

	ck_assert_uint_eq(cached_queues("U"), 4);
	/* A consumer cannot do anything with it. */
	ck_assert_int_eq(look("U", false, 3000), RMQ_ERR_NO_ROUTE);
	tear_down();
}
END_TEST

START_TEST(route__without_tbw102_says_so)
{
	set_up(1);
	open_simply(producer_like());

	ck_assert_int_eq(look("U", true, 3000), RMQ_ERR_NO_ROUTE);

	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "no broker makes topics"));
	ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 1);
	tear_down();
}
END_TEST

START_TEST(route__of_tbw102_gives_way_to_the_topics_own)
{
	set_up(1);
	fake_peer_route(ns[0], "TBW102", "a=" NOBODY ":8");
	open_simply(producer_like());
	ck_assert_int_eq(look("U", true, 3000), RMQ_OK);

	fake_peer_route(ns[0], "U", "a=" NOBODY ":16");
	fake_world_advance(&world, 30 * 1000);

	ck_assert_uint_eq(cached_queues("U"), 16);
	tear_down();
}
END_TEST

START_TEST(route__of_tbw102_that_comes_late_does_not_replace_the_topics_own)
{
	set_up(1);
	set("pollNameServerInterval", "1000");
	fake_peer_route(ns[0], "TBW102", "a=" NOBODY ":8");
	fake_peer_route(ns[0], "U", "a=" NOBODY ":16");
	open_as(producer_like(), server(0));
	rmqi_client_watch(client, "U");
	fake_peer_next(ns[0], ROUTE, RMQI_RESP_TOPIC_NOT_EXIST);
	fake_peer_next(ns[0], ROUTE, RMQI_RESP_TOPIC_NOT_EXIST);
	fake_peer_next(ns[0], ROUTE, FAKE_LATE - 2000);

	ck_assert_int_eq(look("U", true, 3000), RMQ_OK);

	ck_assert_int_eq(fake_world_now(&world), 2000);
	ck_assert_uint_eq(cached_queues("U"), 16);
	tear_down();
}
END_TEST

START_TEST(route__stays_when_a_name_server_forgot_the_topic)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	fake_peer_route(ns[0], "T", NULL);
	fake_world_advance(&world, 31 * 1000);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 2);
	ck_assert_uint_eq(cached_queues("T"), 4);
	ck_assert_int_eq(missing_told, 0);
	tear_down();
}
END_TEST

START_TEST(route__change_is_told_to_the_owner_once)
{
	set_up(1);
	open_simply(producer_like());
	rmqi_client_watch(client, "T");
	fake_world_advance(&world, 1);
	ck_assert_int_eq(routes_told, 1);

	fake_world_advance(&world, 60 * 1000);
	ck_assert_int_eq(routes_told, 1);
	routed_to("T", "a=@:8", 0, 0);
	fake_world_advance(&world, 60 * 1000);

	ck_assert_int_eq(routes_told, 2);
	ck_assert_uint_eq(queues_told, 8);
	tear_down();
}
END_TEST

START_TEST(route__that_is_watched_and_missing_is_told)
{
	set_up(1);
	open_simply(producer_like());

	rmqi_client_watch(client, "U");
	fake_world_advance(&world, 1);

	ck_assert_int_eq(missing_told, 1);
	ck_assert_str_eq(last_told, "U");
	tear_down();
}
END_TEST

START_TEST(route__that_is_missing_is_looked_for_soon_and_then_less_often)
{
	static const int64_t looks_ms[] = {0, 1000, 3000, 7000, 15000};

	set_up(1);
	open_simply(producer_like());
	rmqi_client_watch(client, "U");

	fake_world_advance(&world, 20 * 1000);
	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), RMQI_COUNT(looks_ms));
	for (size_t i = 0; i < RMQI_COUNT(looks_ms); i++)
		ck_assert_int_eq(fake_peer_request(ns[0], ROUTE, i)->at_ms, looks_ms[i]);
	routed_to("U", "a=@:4", 0, 0);
	fake_world_advance(&world, 10 * 1000);

	ck_assert_int_eq(routes_told, 1);
	ck_assert_uint_eq(cached_queues("U"), 4);
	tear_down();
}
END_TEST

START_TEST(route__is_not_refreshed_any_more_when_unwatched)
{
	set_up(1);
	open_simply(producer_like());
	rmqi_client_watch(client, "T");
	fake_world_advance(&world, 1);

	rmqi_client_unwatch(client, "T");
	fake_world_advance(&world, 100 * 1000);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1);
	tear_down();
}
END_TEST

START_TEST(route__a_refresh_under_way_does_not_bring_an_unwatched_topic_back)
{
	set_up(1);
	fake_peer_next(ns[0], ROUTE, FAKE_LATE - 100);
	open_simply(producer_like());
	rmqi_client_watch(client, "T");
	fake_world_advance(&world, 1);

	rmqi_client_unwatch(client, "T");
	fake_world_advance(&world, 100 * 1000);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1);
	ck_assert_int_eq(routes_told, 0);
	tear_down();
}
END_TEST

START_TEST(route__refresh_on_demand_comes_at_most_once_a_second_but_comes)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	for (int i = 0; i < 10; i++)
		rmqi_client_refresh_routes(client);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1 + 1);
	rmqi_client_refresh_routes(client);
	fake_world_advance(&world, 900);
	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1 + 1);
	fake_world_advance(&world, 100);

	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1 + 2);
	tear_down();
}
END_TEST

START_TEST(route__fresh_is_that_of_now_and_nothing_is_kept)
{
	struct rmqi_topic_route *route = NULL;

	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	routed_to("T", "a=@:8", 0, 0);

	ck_assert_int_eq(rmqi_client_fresh_route(client, "T",
						 rmqi_clock_deadline(world.env.clock, 3000), &route,
						 detail),
			 RMQ_OK);

	ck_assert_uint_eq(route->publish_count, 8);
	ck_assert_uint_eq(cached_queues("T"), 4);
	rmqi_topic_route_unref(route);
	tear_down();
}
END_TEST

START_TEST(route__an_answer_that_cannot_be_read_is_an_error_with_its_cause)
{
	set_up(1);
	open_simply(producer_like());
	fake_peer_next(ns[0], ROUTE, FAKE_GARBAGE);
	fake_peer_next(ns[0], ROUTE, FAKE_EMPTY);

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "cannot be used"));
	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_PROTOCOL);
	tear_down();
}
END_TEST

START_TEST(route__with_absurd_queue_counts_is_refused)
{
	set_up(1);
	open_as(producer_like(), server(0));
	fake_peer_route(ns[0], "T", "a=" NOBODY ":2147483647");

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_PROTOCOL);
	tear_down();
}
END_TEST

/* --- Heartbeats -------------------------------------------------------------------------------------- */

START_TEST(heartbeat__reaches_a_new_broker_at_once)
{
	struct rmqi_heartbeat h;
	const struct fake_request *r;

	set_up(1);
	open_simply(producer_like());

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 1);
	r = fake_peer_last(broker[0], BEAT);
	ck_assert_int_eq(rmqi_heartbeat_decode(rmqi_cursor(r->body, r->body_len), &h), RMQ_OK);
	ck_assert_str_eq(h.client_id, rmqi_client_id(client));
	ck_assert_uint_eq(h.producer_count, 1);
	ck_assert_str_eq(h.producer_groups[0], "G");
	rmqi_heartbeat_deinit(&h);
	ck_assert_int_eq(registered_told, 1);
	ck_assert_str_eq(last_told, fake_peer_address(broker[0]));
	tear_down();
}
END_TEST

START_TEST(heartbeat__of_a_producer_goes_to_masters_only)
{
	set_up(1);
	routed_to("T", "a=@:4+@", 0, 1);
	open_as(producer_like(), server(0));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 40 * 1000);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_count(broker[1], BEAT), 0);
	tear_down();
}
END_TEST

START_TEST(heartbeat__of_a_consumer_goes_to_slaves_too)
{
	set_up(1);
	routed_to("T", "a=@:4+@", 0, 1);
	open_as(consumer_like(), server(0));

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 1);
	ck_assert_uint_eq(fake_peer_count(broker[1], BEAT), 1);
	tear_down();
}
END_TEST

START_TEST(heartbeat__comes_every_heartbeatBrokerInterval)
{
	set_up(1);
	set("heartbeatBrokerInterval", "10000");
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	fake_world_advance(&world, 35 * 1000);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 1 + 3);
	ck_assert_int_eq(registered_told, 1);
	tear_down();
}
END_TEST

START_TEST(heartbeat__greets_a_broker_again_after_a_reconnect)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	fake_peer_hang_up(broker[0]);
	fake_world_advance(&world, 1);
	ck_assert_int_eq(ask_broker(0), RMQ_OK);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_last(broker[0], BEAT)->conn, 2);
	ck_assert_int_eq(registered_told, 2);
	tear_down();
}
END_TEST

START_TEST(heartbeat__that_was_refused_or_lost_registers_nobody)
{
	set_up(1);
	fake_peer_next(broker[0], BEAT, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_next(broker[0], BEAT, FAKE_SILENT);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);

	fake_world_advance(&world, 40 * 1000);
	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 2);
	ck_assert_int_eq(registered_told, 0);
	fake_world_advance(&world, 30 * 1000);

	ck_assert_int_eq(registered_told, 1);
	tear_down();
}
END_TEST

START_TEST(heartbeat__is_repeated_when_the_broker_sends_us_to_a_new_connection)
{
	set_up(1);
	fake_peer_next(broker[0], BEAT, RMQI_RESP_GO_AWAY);
	open_simply(producer_like());

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_last(broker[0], BEAT)->conn, 2);
	ck_assert_int_eq(registered_told, 1);
	tear_down();
}
END_TEST

START_TEST(heartbeat__tells_the_brokers_version)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(rmqi_client_broker_version(client, fake_peer_address(broker[0])), 0);

	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	ck_assert_int_eq(rmqi_client_broker_version(client, fake_peer_address(broker[0])),
			 RMQI_VERSION);
	tear_down();
}
END_TEST

START_TEST(heartbeat__is_not_sent_to_a_broker_that_left_but_its_connection_stays)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	routed_to("T", "a=@:4", 1, 1);
	rmqi_client_refresh_routes(client);
	fake_world_advance(&world, 70 * 1000);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 1);
	ck_assert_uint_eq(fake_peer_count(broker[1], BEAT), 1 + 2);
	ck_assert_uint_eq(fake_peer_conn_count(broker[0]), 1);
	tear_down();
}
END_TEST

START_TEST(heartbeat__on_demand_goes_to_all)
{
	set_up(1);
	routed_to("T", "a=@:4,b=@:4", 0, 1);
	open_as(producer_like(), server(0));
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	rmqi_client_heartbeat(client);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_count(broker[1], BEAT), 2);
	tear_down();
}
END_TEST

START_TEST(heartbeat__asked_for_while_one_is_under_way_follows_it)
{
	set_up(1);
	routed_to("T", "a=@:4", 0, 1);
	open_as(producer_like(), server(0));
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	/* What changed between the two is in the second only. */
	rmqi_client_heartbeat(client);
	rmqi_client_heartbeat(client);
	fake_world_advance(&world, 1);

	ck_assert_uint_eq(fake_peer_count(broker[0], BEAT), 3);
	tear_down();
}
END_TEST

/* --- Requests of a broker -------------------------------------------------------------------------------- */

START_TEST(broker__tells_that_a_group_has_changed)
{
	struct rmqi_h_notify_consumer_ids_changed h = {.consumerGroup = RMQI_STR("CG")};

	set_up(1);
	open_simply(consumer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	fake_peer_tell(broker[0], RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED,
		       &rmqi_desc_notify_consumer_ids_changed, &h);
	fake_world_advance(&world, 1);

	ck_assert_int_eq(changes_told, 1);
	ck_assert_str_eq(last_told, "CG");
	tear_down();
}
END_TEST

START_TEST(broker__is_answered_by_the_handler_of_the_code)
{
	set_up(1);
	open_simply(consumer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	fake_peer_ask(broker[0], RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET);
	fake_world_advance(&world, 1);

	ck_assert_int_eq(fake_peer_told(broker[0]), RMQI_RESP_SUCCESS);
	ck_assert_str_eq(last_told, fake_peer_address(broker[0]));
	tear_down();
}
END_TEST

START_TEST(broker__is_answered_when_it_asks_what_we_do_not_do)
{
	set_up(1);
	open_simply(consumer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	fake_peer_ask(broker[0], RMQI_REQ_GET_CONSUMER_RUNNING_INFO);
	fake_world_advance(&world, 1);

	ck_assert_int_eq(fake_peer_told(broker[0]), RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	tear_down();
}
END_TEST

/* --- The end -------------------------------------------------------------------------------------------------- */

static void close_within(int64_t ms)
{
	rmqi_client_close(client, rmqi_clock_deadline(world.env.clock, ms));
}

START_TEST(close__tells_every_broker_that_the_group_leaves)
{
	const struct fake_request *r;

	set_up(1);
	routed_to("T", "a=@:4,b=@:4", 0, 1);
	open_as(producer_like(), server(0));
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	close_within(5000);

	ck_assert_uint_eq(fake_peer_count(broker[0], BYE), 1);
	ck_assert_uint_eq(fake_peer_count(broker[1], BYE), 1);
	r = fake_peer_last(broker[0], BYE);
	ck_assert_str_eq(fake_request_field(r, "clientID"), rmqi_client_id(client));
	ck_assert_str_eq(fake_request_field(r, "producerGroup"), "G");
	ck_assert_str_eq(fake_request_field(r, "consumerGroup"), "");
	tear_down();
}
END_TEST

START_TEST(close__of_a_client_that_was_never_started_tells_nobody)
{
	struct rmqi_client_owner owner = producer_like();

	set_up(1);
	set("namesrvAddr", server(0));
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, detail), RMQ_OK);

	close_within(5000);

	ck_assert_int_eq(rmqi_client_start(client, detail), RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(detail), "closed"));
	tear_down();
}
END_TEST

START_TEST(close__does_not_spend_all_its_time_on_a_broker_that_hangs)
{
	set_up(1);
	fake_peer_always(broker[0], BYE, FAKE_SILENT);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	close_within(2000);

	ck_assert_int_eq(fake_world_now(&world), 1 + 1500);
	tear_down();
}
END_TEST

START_TEST(close__is_the_last_that_brokers_and_name_servers_hear)
{
	set_up(1);
	set("heartbeatBrokerInterval", "1000");
	set("pollNameServerInterval", "1000");
	fake_peer_always(broker[0], BYE, FAKE_SILENT);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	close_within(5000);
	rmqi_client_heartbeat(client);
	rmqi_client_refresh_routes(client);
	rmqi_client_watch(client, "T");
	fake_world_advance(&world, 5000);

	ck_assert_int_eq(fake_peer_last(broker[0], 0)->code, BYE);
	ck_assert_uint_eq(fake_peer_count(ns[0], ROUTE), 1);
	tear_down();
}
END_TEST

START_TEST(close__twice_is_once)
{
	set_up(1);
	open_simply(producer_like());
	ck_assert_int_eq(look("T", false, 3000), RMQ_OK);
	fake_world_advance(&world, 1);

	close_within(5000);
	close_within(5000);

	ck_assert_uint_eq(fake_peer_count(broker[0], BYE), 1);
	ck_assert_int_eq(look("U", false, 3000), RMQ_ERR_CANCELLED);
	ck_assert_int_eq(ask_broker(0), RMQ_ERR_CANCELLED);
	tear_down();
}
END_TEST

/* What a second thread of the user does, while the first one is in a call. */
struct closer {
	struct rmqi_timer timer;
	struct rmqi_task task;
	struct rmqi_pool *pool;
};

static void run_close(struct rmqi_task *task)
{
	(void)task;
	close_within(1000);
}

static void post_close(struct rmqi_timer *t)
{
	struct closer *c = RMQI_CONTAINER(t, struct closer, timer);

	c->task.run = run_close;
	rmqi_post(rmqi_pool_executor(c->pool), &c->task);
}

START_TEST(close__ends_calls_under_way_at_once)
{
	struct closer c = {0};
	struct rmqi_timers timers;

	set_up(1);
	fake_peer_always(ns[0], ROUTE, FAKE_SILENT);
	open_as(producer_like(), server(0));
	rmqi_timers_init(&timers, world.env.clock, NULL);
	ck_assert_int_eq(rmqi_pool_new(&world.env, "user", 1, &c.pool), RMQ_OK);
	ck_assert_int_eq(rmqi_timer_init(&c.timer, &timers, post_close), RMQ_OK);
	rmqi_timer_start_ms(&c.timer, 100);

	ck_assert_int_eq(look("T", false, 3000), RMQ_ERR_CANCELLED);

	ck_assert_int_eq(fake_world_now(&world), 100);
	ck_assert_uint_eq(rmq_error_detail_flags(detail), 0);
	rmqi_timer_deinit(&c.timer);
	rmqi_timers_deinit(&timers);
	ck_assert(rmqi_pool_close(c.pool, RMQI_FOREVER, NULL));
	tear_down();
}
END_TEST

/* --- Memory ------------------------------------------------------------------------------------------------------ */

/* The name server and the broker share the memory that fails: a connection may be lost by it, too. */
static bool is_expected(enum rmq_error err)
{
	return err == RMQ_OK || err == RMQ_ERR_NO_MEMORY || err == RMQ_ERR_CONNECT ||
	       err == RMQ_ERR_CONNECTION_LOST || err == RMQ_ERR_TIMEOUT || err == RMQ_ERR_CANCELLED;
}

static enum rmq_error live_once(void)
{
	struct rmqi_client_owner owner = producer_like();
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_client_new(config, &owner, &client, NULL);

	if (err == RMQ_OK)
		err = rmqi_client_start(client, NULL);
	if (err == RMQ_OK)
		err = rmqi_client_route(client, "T", true,
					rmqi_clock_deadline(world.env.clock, 3000), &route, NULL);
	if (err == RMQ_OK) {
		rmqi_client_watch(client, "U");
		fake_world_advance(&world, 31 * 1000);
	}
	rmqi_topic_route_unref(route);
	close_client();
	return err;
}

static uint64_t allocations_of_a_life(void)
{
	uint64_t before = rmqi_mem_allocations();

	ck_assert_int_eq(live_once(), RMQ_OK);
	return rmqi_mem_allocations() - before;
}

START_TEST(client__survives_every_failed_allocation)
{
	unsigned told = 0;
	uint64_t count;

	set_up(1);
	routed_to("T", "a=@:4,b=@:4", 0, 1);
	set("namesrvAddr", server(0));
	count = allocations_of_a_life();

	for (uint64_t n = 1; n <= count + 20; n++) {
		enum rmq_error err;

		rmqi_mem_fail_after(n, 0);
		err = live_once();
		rmqi_mem_fail_after(0, 0);
		ck_assert_msg(is_expected(err), "allocation %d: %d", (int)n, (int)err);
		told += err == RMQ_ERR_NO_MEMORY;
	}

	ck_assert_uint_gt(told, 20);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		namesrv__one_that_is_dead_is_passed_over,
		namesrv__one_that_is_silent_gets_its_share_of_the_time_only,
		namesrv__all_are_tried_within_the_callers_time,
		namesrv__all_dead_tells_each_attempt_and_why,
		namesrv__the_one_that_answered_is_asked_first_next_time,
		namesrv__one_that_is_not_ready_is_passed_over,
		namesrv__a_refusal_of_the_last_one_is_the_answer,
		namesrv__that_goes_away_is_asked_again_on_a_new_connection,
		namesrv__that_goes_away_twice_is_passed_over,
		namesrv__is_taken_from_the_environment_when_none_is_set,
		namesrv__none_at_all_is_told,
		namesrv__a_bad_address_is_named,
		route__is_asked_for_once_and_kept,
		route__is_refreshed_every_pollNameServerInterval,
		route__of_an_unknown_topic_is_an_error_with_its_cause,
		route__of_an_unknown_topic_is_that_of_tbw102_for_a_producer,
		route__without_tbw102_says_so,
		route__of_tbw102_gives_way_to_the_topics_own,
		route__of_tbw102_that_comes_late_does_not_replace_the_topics_own,
		route__stays_when_a_name_server_forgot_the_topic,
		route__change_is_told_to_the_owner_once,
		route__that_is_watched_and_missing_is_told,
		route__that_is_missing_is_looked_for_soon_and_then_less_often,
		route__is_not_refreshed_any_more_when_unwatched,
		route__a_refresh_under_way_does_not_bring_an_unwatched_topic_back,
		route__refresh_on_demand_comes_at_most_once_a_second_but_comes,
		route__fresh_is_that_of_now_and_nothing_is_kept,
		route__an_answer_that_cannot_be_read_is_an_error_with_its_cause,
		route__with_absurd_queue_counts_is_refused,
		heartbeat__reaches_a_new_broker_at_once,
		heartbeat__of_a_producer_goes_to_masters_only,
		heartbeat__of_a_consumer_goes_to_slaves_too,
		heartbeat__comes_every_heartbeatBrokerInterval,
		heartbeat__greets_a_broker_again_after_a_reconnect,
		heartbeat__that_was_refused_or_lost_registers_nobody,
		heartbeat__is_repeated_when_the_broker_sends_us_to_a_new_connection,
		heartbeat__tells_the_brokers_version,
		heartbeat__is_not_sent_to_a_broker_that_left_but_its_connection_stays,
		heartbeat__on_demand_goes_to_all,
		heartbeat__asked_for_while_one_is_under_way_follows_it,
		broker__tells_that_a_group_has_changed,
		broker__is_answered_by_the_handler_of_the_code,
		broker__is_answered_when_it_asks_what_we_do_not_do,
		close__tells_every_broker_that_the_group_leaves,
		close__of_a_client_that_was_never_started_tells_nobody,
		close__does_not_spend_all_its_time_on_a_broker_that_hangs,
		close__is_the_last_that_brokers_and_name_servers_hear,
		close__twice_is_once,
		close__ends_calls_under_way_at_once,
		client__survives_every_failed_allocation,
	};

	return run_suite("client", tests, sizeof(tests) / sizeof(tests[0]));
}
