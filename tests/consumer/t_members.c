/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_members.c - which of several brokers is asked who is in the group. Topic T has
 * two queues on each of the brokers a and b, which tell what the test says.
 */
#include <stdio.h>
#include <string.h>

#include "client/config.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "codec/version.h"
#include "consumer/push_consumer.h"
#include "tests/support/fake_peer.h"
#include "tests/support/suite.h"

enum {
	MEMBERS = RMQI_REQ_GET_CONSUMER_LIST_BY_GROUP,
	ASSIGNMENT = RMQI_REQ_QUERY_ASSIGNMENT,
	BEAT = RMQI_REQ_HEART_BEAT
};

#define ME "\"10.0.0.1@me\""
#define BOTH "\"10.0.0.0@other\"," ME

static struct scene {
	struct fake_world world;
	struct fake_peer *ns, *a, *b;
	struct rmq_config *config;
	rmq_push_consumer *consumer;
} s;

static enum rmq_consume_status listen(rmq_push_consumer *c, const rmq_message *const *messages,
				      size_t count, rmq_consume_context *context, void *arg)
{
	(void)c;
	(void)messages;
	(void)count;
	(void)context;
	(void)arg;
	return RMQ_CONSUME_SUCCESS;
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(s.config, key, value, NULL), RMQ_OK);
}

static struct fake_peer *open_broker(const char *members)
{
	struct fake_peer *p = fake_peer_new(&s.world.env);

	fake_peer_members(p, members);
	fake_peer_always(p, RMQI_REQ_PULL_MESSAGE, FAKE_SILENT);
	return p;
}

static void open_scene_with(uint64_t seed, const char *at_a, const char *at_b,
			    const char *client_rebalance)
{
	char route[160];

	fake_world_init(&s.world, seed);
	s.ns = fake_peer_new(&s.world.env);
	s.a = open_broker(at_a);
	s.b = open_broker(at_b);
	snprintf(route, sizeof(route), "a=%s:2,b=%s:2", fake_peer_address(s.a),
		 fake_peer_address(s.b));
	fake_peer_route(s.ns, "T", route);
	s.config = rmqi_config_new();
	s.config->env = &s.world.env;
	set("namesrvAddr", fake_peer_address(s.ns));
	set("clientIP", "10.0.0.1");
	set("instanceName", "me");
	set("clientRebalance", client_rebalance);
	ck_assert_int_eq(rmqi_push_consumer_new(s.config, "G", &s.consumer, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_set_listener(s.consumer, listen, NULL, NULL), RMQ_OK);
	ck_assert_int_eq(rmqi_push_consumer_subscribe(s.consumer, "T", "*", NULL), RMQ_OK);
}

static void open_scene(uint64_t seed, const char *at_a, const char *at_b)
{
	open_scene_with(seed, at_a, at_b, "true");
}

static void start(void)
{
	ck_assert_int_eq(rmqi_push_consumer_start(s.consumer, NULL), RMQ_OK);
	fake_world_advance(&s.world, 300);
}

static void close_scene(void)
{
	rmqi_push_consumer_free(s.consumer);
	rmqi_config_free(s.config);
	fake_peer_free(s.ns);
	fake_peer_free(s.a);
	fake_peer_free(s.b);
	fake_world_deinit(&s.world);
}

static void notify(struct fake_peer *p)
{
	struct rmqi_h_notify_consumer_ids_changed h = {.consumerGroup = RMQI_STR("G")};

	fake_peer_tell(p, RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED,
		       &rmqi_desc_notify_consumer_ids_changed, &h);
	fake_world_advance(&s.world, 150);
}

/* Questions who is to have which queue of the topic. */
static size_t count_of_topic(struct fake_peer *p, const char *topic)
{
	char member[64];
	size_t count = 0;

	snprintf(member, sizeof(member), "\"topic\":\"%s\"", topic);
	for (size_t i = 0; i < fake_peer_count(p, ASSIGNMENT); i++)
		count += strstr(fake_peer_request(p, ASSIGNMENT, i)->body, member) ? 1 : 0;
	return count;
}

/* b took us in a moment later than a, and has not heard of the other member. */
START_TEST(members__are_those_of_the_broker_that_knows_us_for_longest)
{
	open_scene((uint64_t)_i + 1, BOTH, ME);
	fake_peer_next(s.b, BEAT, FAKE_LATE - 50);
	start();

	for (int i = 0; i < 10; i++) {
		ck_assert_uint_eq(rmqi_push_consumer_queue_count(s.consumer), 2);
		notify(s.b);
	}
	ck_assert_uint_eq(fake_peer_count(s.b, MEMBERS), 0);
	close_scene();
}
END_TEST

START_TEST(members__are_asked_of_another_broker_after_a_failure)
{
	open_scene((uint64_t)_i + 1, BOTH, BOTH);
	fake_peer_next(s.b, BEAT, FAKE_LATE - 50);
	start();

	fake_peer_always(s.a, MEMBERS, RMQI_RESP_SYSTEM_BUSY);
	notify(s.b);
	fake_world_advance(&s.world, 1100);
	ck_assert_uint_eq(fake_peer_count(s.b, MEMBERS), 1);
	ck_assert_uint_eq(rmqi_push_consumer_queue_count(s.consumer), 2);
	close_scene();
}
END_TEST

/* A connection that is lost and comes back is a new acquaintance. */
START_TEST(members__are_not_asked_of_a_broker_that_has_just_come_back)
{
	open_scene((uint64_t)_i + 1, BOTH, BOTH);
	start();
	fake_peer_members(s.a, ME);

	fake_peer_hang_up(s.a);
	fake_world_advance(&s.world, 3000);
	ck_assert_uint_eq(fake_peer_count(s.a, BEAT), 2);
	for (int i = 0; i < 10; i++) {
		notify(s.a);
		ck_assert_uint_eq(rmqi_push_consumer_queue_count(s.consumer), 2);
	}
	close_scene();
}
END_TEST

/* a has known us for longer, but does not know what it is asked. What b says is of no use yet, and is asked for again. */
START_TEST(queues__are_asked_for_where_they_are_known_to_be_shared)
{
	open_scene_with((uint64_t)_i + 1, ME, ME, "false");
	fake_peer_version(s.a, RMQI_VERSION_POP - 1);
	fake_peer_version(s.b, RMQI_VERSION_POP);
	fake_peer_always(s.a, ASSIGNMENT, RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	fake_peer_always(s.b, ASSIGNMENT, FAKE_EMPTY);
	fake_peer_next(s.b, BEAT, FAKE_LATE - 50);
	start();
	fake_world_advance(&s.world, 60000);
	/* b is there from its late answer on; until then there is only a to ask. */
	ck_assert_uint_le(count_of_topic(s.a, "T"), 1);
	ck_assert_uint_ge(count_of_topic(s.b, "T"), 3);
	close_scene();
}
END_TEST

int main(void)
{
	struct suite suite;

	suite_open(&suite, "members");
	suite_add_loop(&suite, members__are_those_of_the_broker_that_knows_us_for_longest, 3);
	suite_add_loop(&suite, members__are_asked_of_another_broker_after_a_failure, 3);
	suite_add_loop(&suite, members__are_not_asked_of_a_broker_that_has_just_come_back, 3);
	suite_add_loop(&suite, queues__are_asked_for_where_they_are_known_to_be_shared, 3);
	return suite_run(&suite);
}
