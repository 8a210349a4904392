/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a client: what is told, in order, and how many wait. */
#include <stdio.h>

#include "base/mem.h"
#include "client/callbacks.h"
#include "client/client_impl.h"
#include "codec/codes.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum { SEEN_MAX = 200, ALL = RMQI_EVENTS_MAX + 36 };

static struct fake_world world;
static struct fake_peer *ns, *broker;
static struct rmqi_client *client;
static struct {
	enum rmq_event_kind kind;
	char topic[32];
	char address[64];
	char text[128];
	int code;
	uint64_t missed;
} seen[SEEN_MAX];
static size_t seen_count;

static void on_event(const rmq_event *e, void *arg)
{
	ck_assert_ptr_eq(arg, &world);
	ck_assert_uint_lt(seen_count, SEEN_MAX);
	ck_assert_str_eq(rmq_event_client_id(e), rmqi_client_id(client));
	ck_assert_str_eq(rmq_event_group(e), "G");
	seen[seen_count].kind = rmq_event_kind(e);
	seen[seen_count].code = rmq_event_code(e);
	seen[seen_count].missed = rmq_event_missed(e);
	snprintf(seen[seen_count].topic, sizeof(seen[0].topic), "%s", rmq_event_topic(e));
	snprintf(seen[seen_count].address, sizeof(seen[0].address), "%s", rmq_event_address(e));
	snprintf(seen[seen_count].text, sizeof(seen[0].text), "%s", rmq_event_text(e));
	seen_count++;
}

static enum rmq_error fill(void *arg, struct rmqi_heartbeat *h)
{
	(void)arg;
	h->producer_groups = rmqi_calloc(1, sizeof(*h->producer_groups));
	h->producer_groups[0] = rmqi_strdup("G");
	h->producer_count = 1;
	return RMQ_OK;
}

static void set_up(void)
{
	struct rmqi_client_owner owner = {.fill_heartbeat = fill, .producer_group = "G"};
	struct rmq_config *config = rmqi_config_new();
	char route[128];

	seen_count = 0;
	fake_world_init(&world, 1);
	ns = fake_peer_new(&world.env);
	broker = fake_peer_new(&world.env);
	snprintf(route, sizeof(route), "a=%s:2", fake_peer_address(broker));
	fake_peer_route(ns, "T", route);
	config->env = &world.env;
	config->event_fn = on_event;
	config->event_arg = &world;
	ck_assert_int_eq(rmqi_config_set(config, "namesrvAddr", fake_peer_address(ns), NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_client_new(config, &owner, &client, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_client_start(client, NULL), RMQ_OK);
	rmqi_config_free(config);
}

static void tear_down(void)
{
	rmqi_client_free(client);
	fake_peer_free(ns);
	fake_peer_free(broker);
	fake_world_deinit(&world);
}

static void tell_many(void *arg)
{
	int *count = arg;

	for (int i = 0; i < *count; i++)
		rmqi_client_tell(client, RMQ_EVENT_LOST, NULL, NULL, i, NULL, "%d", i);
}

START_TEST(events__come_in_order_and_what_does_not_fit_is_counted)
{
	int many = ALL, one = 1;

	set_up();
	rmqi_loop_call(rmqi_client_loop(client), tell_many, &many);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(seen_count, RMQI_EVENTS_MAX);
	for (int i = 0; i < RMQI_EVENTS_MAX; i++) {
		ck_assert_int_eq(seen[i].code, i);
		ck_assert_uint_eq(seen[i].missed, 0);
	}
	rmqi_loop_call(rmqi_client_loop(client), tell_many, &one);
	fake_world_advance(&world, 10);
	ck_assert_uint_eq(seen_count, RMQI_EVENTS_MAX + 1);
	ck_assert_uint_eq(seen[RMQI_EVENTS_MAX].missed, ALL - RMQI_EVENTS_MAX);
	tear_down();
}
END_TEST

START_TEST(events__of_a_broker_are_told_once_a_change)
{
	set_up();
	fake_peer_always(broker, RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_int_eq(rmqi_client_watch(client, "T"), RMQ_OK);
	fake_world_advance(&world, 100 * 1000); /* four heartbeats */
	ck_assert_uint_eq(seen_count, 1);
	ck_assert_int_eq(seen[0].kind, RMQ_EVENT_REFUSED);
	ck_assert_int_eq(seen[0].code, RMQI_RESP_SYSTEM_ERROR);
	ck_assert_str_eq(seen[0].address, fake_peer_address(broker));

	fake_peer_always(broker, RMQI_REQ_HEART_BEAT, FAKE_BEHAVE);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_int_eq(seen[1].kind, RMQ_EVENT_JOINED);

	fake_peer_hang_up(broker);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_uint_eq(seen_count, 4);
	ck_assert_int_eq(seen[2].kind, RMQ_EVENT_LOST);
	ck_assert_int_eq(seen[3].kind, RMQ_EVENT_OVER);
	tear_down();
}
END_TEST

START_TEST(events__of_a_topic_and_of_name_servers)
{
	char route[128];

	set_up();
	ck_assert_int_eq(rmqi_client_watch(client, "Later"), RMQ_OK);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_uint_eq(seen_count, 1);
	ck_assert_int_eq(seen[0].kind, RMQ_EVENT_REFUSED);
	ck_assert_str_eq(seen[0].topic, "Later");
	ck_assert_int_eq(seen[0].code, RMQI_RESP_TOPIC_NOT_EXIST);

	fake_peer_always(ns, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, FAKE_SILENT);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_int_eq(seen[1].kind, RMQ_EVENT_CANNOT_REACH);
	ck_assert_str_eq(seen[1].address, "");

	fake_peer_always(ns, RMQI_REQ_GET_ROUTEINFO_BY_TOPIC, FAKE_BEHAVE);
	snprintf(route, sizeof(route), "a=%s:2", fake_peer_address(broker));
	fake_peer_route(ns, "Later", route);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_int_eq(seen[2].kind, RMQ_EVENT_OVER);
	ck_assert_str_eq(seen[2].topic, "");
	ck_assert_int_eq(seen[3].kind, RMQ_EVENT_OVER);
	ck_assert_str_eq(seen[3].topic, "Later");
	ck_assert_int_eq(seen[4].kind, RMQ_EVENT_JOINED);
	ck_assert_uint_eq(seen_count, 5);
	tear_down();
}
END_TEST

/* What waits is told, what comes later is not. */
START_TEST(events__of_a_static_topic)
{
	char route[128];

	set_up();
	fake_peer_route(ns, "S", "static a=127.0.0.1:9:4");
	ck_assert_int_eq(rmqi_client_watch(client, "S"), RMQ_OK);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_uint_eq(seen_count, 1);
	ck_assert_int_eq(seen[0].kind, RMQ_EVENT_REFUSED);
	ck_assert_str_eq(seen[0].topic, "S");
	ck_assert_ptr_nonnull(strstr(seen[0].text, "static topic"));

	snprintf(route, sizeof(route), "a=%s:2", fake_peer_address(broker));
	fake_peer_route(ns, "S", route);
	fake_world_advance(&world, 100 * 1000);
	ck_assert_int_eq(seen[1].kind, RMQ_EVENT_OVER);
	ck_assert_str_eq(seen[1].topic, "S");
	tear_down();
}
END_TEST

START_TEST(events__end_with_the_client)
{
	int three = 3;

	set_up();
	rmqi_loop_call(rmqi_client_loop(client), tell_many, &three);
	rmqi_client_close(client, rmqi_clock_deadline(world.env.clock, 1000));
	rmqi_loop_call(rmqi_client_loop(client), tell_many, &three);
	ck_assert(rmqi_client_end_callbacks(client, rmqi_clock_deadline(world.env.clock, 1000)));
	ck_assert_uint_eq(seen_count, 3);
	tear_down();
	ck_assert_uint_eq(seen_count, 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		events__come_in_order_and_what_does_not_fit_is_counted,
		events__of_a_broker_are_told_once_a_change,
		events__of_a_topic_and_of_name_servers,
		events__of_a_static_topic,
		events__end_with_the_client,
	};

	return run_suite("events", tests, sizeof(tests) / sizeof(tests[0]));
}
