/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/stage.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "codec/codes.h"

struct fake_world world;
struct fake_peer *ns, *a, *b;
struct rmq_config *config;
struct rmq_message *message;
struct rmq_error_detail *detail;
int64_t started_ms;
uint64_t seed = 1;

static char route_text[96];

void stage_set_up(void)
{
	fake_world_init(&world, seed);
	ns = fake_peer_new(&world.env);
	a = fake_peer_new(&world.env);
	b = fake_peer_new(&world.env);
	config = rmqi_config_new();
	config->env = &world.env;
	set("namesrvAddr", fake_peer_address(ns));
	detail = rmqi_detail_new();
	message = rmq_message_new("T", "hello", 5);
}

void stage_tear_down(void)
{
	rmq_message_free(message);
	fake_peer_free(ns);
	fake_peer_free(a);
	fake_peer_free(b);
	rmqi_config_free(config);
	rmq_error_detail_free(detail);
	fake_world_deinit(&world);
}

void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(config, key, value, NULL), RMQ_OK);
}

const char *stage_route_of_one(int queues)
{
	snprintf(route_text, sizeof(route_text), "a=%s:%d", fake_peer_address(a), queues);
	return route_text;
}

const char *stage_route_of_two(int queues)
{
	snprintf(route_text, sizeof(route_text), "a=%s:%d,b=%s:%d", fake_peer_address(a), queues,
		 fake_peer_address(b), queues);
	return route_text;
}

void stage_learn_route(struct rmqi_client *client)
{
	struct rmqi_topic_route *route = NULL;

	ck_assert_int_eq(rmqi_client_route(client, "T", true,
					   rmqi_clock_deadline(world.env.clock, 1000), &route,
					   NULL),
			 RMQ_OK);
	atomic_store(&route->next, 0);
	rmqi_topic_route_unref(route);
	fake_world_advance(&world, 5);
	started_ms = fake_world_now(&world);
}

int64_t elapsed_ms(void)
{
	return fake_world_now(&world) - started_ms;
}

size_t sent_to(struct fake_peer *p)
{
	return fake_peer_count(p, RMQI_REQ_SEND_MESSAGE_V2);
}

bool says(const char *text)
{
	return strstr(rmq_error_detail_message(detail), text) != NULL;
}

bool has_flag(enum rmq_error_flag flag)
{
	return (rmq_error_detail_flags(detail) & flag) != 0;
}
