/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/client/scene.h"

struct client_scene scene;

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
	scene.routes_told += route != NULL;
	scene.missing_told += route == NULL;
	scene.queues_told = route ? route->publish_count : 0;
	snprintf(scene.last_told, sizeof(scene.last_told), "%s", topic);
}

static void on_registered(void *arg, const char *address)
{
	(void)arg;
	scene.registered_told++;
	snprintf(scene.last_told, sizeof(scene.last_told), "%s", address);
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
	scene.changes_told++;
	snprintf(scene.last_told, sizeof(scene.last_told), "%.*s", RMQI_STR_ARG(h.consumerGroup));
}

static void on_reset(void *arg, struct rmqi_conn *conn, const char *address,
		     const struct rmqi_command *request)
{
	struct rmqi_outgoing yes = {.code = RMQI_RESP_SUCCESS};
	enum rmq_error err = rmqi_conn_reply(conn, request->opaque, request->serialization, &yes);

	(void)arg;
	ck_assert_int_eq(err, RMQ_OK);
	snprintf(scene.last_told, sizeof(scene.last_told), "%s", address);
}

static const struct rmqi_client_handler handlers[] = {
	{RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED, on_group_changed},
	{RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET, on_reset},
	{0},
};

struct rmqi_client_owner scene_producer(void)
{
	return (struct rmqi_client_owner){.fill_heartbeat = fill_heartbeat,
					  .on_route = on_route,
					  .on_registered = on_registered,
					  .handlers = handlers,
					  .producer_group = "G"};
}

struct rmqi_client_owner scene_consumer(void)
{
	struct rmqi_client_owner owner = scene_producer();

	owner.producer_group = NULL;
	owner.consumer_group = "CG";
	owner.heartbeat_slaves = true;
	return owner;
}

void scene_set_up(uint64_t seed)
{
	unsetenv("NAMESRV_ADDR");
	fake_world_init(&scene.world, seed);
	for (size_t i = 0; i < SERVERS; i++)
		scene.ns[i] = fake_peer_new(&scene.world.env);
	for (size_t i = 0; i < BROKERS; i++)
		scene.broker[i] = fake_peer_new(&scene.world.env);
	scene.config = rmqi_config_new();
	scene.config->env = &scene.world.env;
	scene.detail = rmqi_detail_new();
}

void scene_close(void)
{
	rmqi_client_free(scene.client);
	scene.client = NULL;
}

void scene_tear_down(void)
{
	scene_close();
	for (size_t i = 0; i < SERVERS; i++)
		fake_peer_free(scene.ns[i]);
	for (size_t i = 0; i < BROKERS; i++)
		fake_peer_free(scene.broker[i]);
	rmqi_config_free(scene.config);
	rmq_error_detail_free(scene.detail);
	fake_world_deinit(&scene.world);
}

void scene_set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(scene.config, key, value, NULL), RMQ_OK);
}

void scene_open_as(struct rmqi_client_owner owner, const char *namesrvs)
{
	scene_set("namesrvAddr", namesrvs);
	ck_assert_int_eq(rmqi_client_new(scene.config, &owner, &scene.client, scene.detail),
			 RMQ_OK);
	scene.client->namesrv_chosen = 0;
	ck_assert_int_eq(rmqi_client_start(scene.client, scene.detail), RMQ_OK);
}

const char *scene_addresses(const char *first, const char *second, const char *third)
{
	static char text[256];

	snprintf(text, sizeof(text), "%s;%s;%s", first, second ? second : "", third ? third : "");
	return text;
}

const char *scene_server(size_t i)
{
	return fake_peer_address(scene.ns[i]);
}

void scene_open(struct rmqi_client_owner owner)
{
	char brokers[64];

	snprintf(brokers, sizeof(brokers), "a=%s:4", fake_peer_address(scene.broker[0]));
	fake_peer_route(scene.ns[0], "T", brokers);
	scene_open_as(owner, scene_server(0));
}

void scene_routed_to(const char *topic, const char *format, size_t a, size_t b)
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
			 fake_peer_address(scene.broker[a]), rest);
		a = b;
	}
	fake_peer_route(scene.ns[0], topic, text);
}

enum rmq_error scene_look(const char *topic, bool use_default, int64_t timeout_ms)
{
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err;

	rmqi_detail_clear(scene.detail);
	err = rmqi_client_route(scene.client, topic, use_default,
				rmqi_clock_deadline(scene.world.env.clock, timeout_ms), &route,
				scene.detail);
	ck_assert((err == RMQ_OK) == (route != NULL));
	if (err != RMQ_OK)
		ck_assert_int_eq(rmq_error_detail_code(scene.detail), err);
	rmqi_topic_route_unref(route);
	return err;
}

size_t scene_cached_queues(const char *topic)
{
	struct rmqi_topic_route *route = rmqi_client_cached_route(scene.client, topic);
	size_t count = route ? route->publish_count : 0;

	rmqi_topic_route_unref(route);
	return count;
}

void scene_expect_attempt(size_t i, const char *address, enum rmq_phase phase, enum rmq_error error)
{
	const rmq_attempt *a = rmq_error_detail_attempt_at(scene.detail, i);

	ck_assert_ptr_nonnull(a);
	ck_assert_str_eq(rmq_attempt_address(a), address);
	ck_assert_int_eq(rmq_attempt_phase(a), phase);
	ck_assert_int_eq(rmq_attempt_code(a), error);
}

/* A broker's connection that serves our own requests, too. */
enum rmq_error scene_ask_broker(size_t i)
{
	struct rmqi_outgoing request = {.code = 999};

	return rmqi_rpc_call(scene.client->rpc, fake_peer_address(scene.broker[i]), &request,
			     rmqi_clock_deadline(scene.world.env.clock, 1000), NULL, NULL, NULL);
}
