/* SPDX-License-Identifier: Apache-2.0 */
/* t_heartbeat.c - which brokers hear of us, when. */

#include "tests/client/scene.h"

START_TEST(heartbeat__reaches_a_new_broker_at_once)
{
	struct rmqi_heartbeat h;
	const struct fake_request *r;

	scene_set_up(1);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1);
	r = fake_peer_last(scene.broker[0], BEAT);
	ck_assert_int_eq(rmqi_heartbeat_decode(rmqi_cursor(r->body, r->body_len), &h), RMQ_OK);
	ck_assert_str_eq(h.client_id, rmqi_client_id(scene.client));
	ck_assert_uint_eq(h.producer_count, 1);
	ck_assert_str_eq(h.producer_groups[0], "G");
	rmqi_heartbeat_deinit(&h);
	ck_assert_int_eq(scene.registered_told, 1);
	ck_assert_str_eq(scene.last_told, fake_peer_address(scene.broker[0]));
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__of_a_producer_goes_to_masters_only)
{
	scene_set_up(1);
	scene_routed_to("T", "a=@:4+@", 0, 1);
	scene_open_as(scene_producer(), scene_server(0));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 40 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_count(scene.broker[1], BEAT), 0);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__of_a_consumer_goes_to_slaves_too)
{
	scene_set_up(1);
	scene_routed_to("T", "a=@:4+@", 0, 1);
	scene_open_as(scene_consumer(), scene_server(0));

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1);
	ck_assert_uint_eq(fake_peer_count(scene.broker[1], BEAT), 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__comes_every_heartbeatBrokerInterval)
{
	scene_set_up(1);
	scene_set("heartbeatBrokerInterval", "10000");
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_world_advance(&scene.world, 35 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1 + 3);
	ck_assert_int_eq(scene.registered_told, 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__greets_a_broker_again_after_a_reconnect)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	fake_peer_hang_up(scene.broker[0]);
	fake_world_advance(&scene.world, 1);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_last(scene.broker[0], BEAT)->conn, 2);
	ck_assert_int_eq(scene.registered_told, 2);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__that_was_refused_or_lost_registers_nobody)
{
	scene_set_up(1);
	fake_peer_next(scene.broker[0], BEAT, RMQI_RESP_SYSTEM_ERROR);
	fake_peer_next(scene.broker[0], BEAT, FAKE_SILENT);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_world_advance(&scene.world, 40 * 1000);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_int_eq(scene.registered_told, 0);
	fake_world_advance(&scene.world, 30 * 1000);

	ck_assert_int_eq(scene.registered_told, 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__is_repeated_when_the_broker_sends_us_to_a_new_connection)
{
	scene_set_up(1);
	fake_peer_next(scene.broker[0], BEAT, RMQI_RESP_GO_AWAY);
	scene_open(scene_producer());

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_last(scene.broker[0], BEAT)->conn, 2);
	ck_assert_int_eq(scene.registered_told, 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__tells_the_brokers_version)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(
		rmqi_client_broker_version(scene.client, fake_peer_address(scene.broker[0])), 0);

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(
		rmqi_client_broker_version(scene.client, fake_peer_address(scene.broker[0])),
		RMQI_VERSION);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__is_not_sent_to_a_broker_that_left_but_its_connection_stays)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	scene_routed_to("T", "a=@:4", 1, 1);
	rmqi_client_refresh_routes(scene.client);
	fake_world_advance(&scene.world, 70 * 1000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1);
	ck_assert_uint_eq(fake_peer_count(scene.broker[1], BEAT), 1 + 2);
	ck_assert_uint_eq(fake_peer_conn_count(scene.broker[0]), 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__on_demand_goes_to_all)
{
	scene_set_up(1);
	scene_routed_to("T", "a=@:4,b=@:4", 0, 1);
	scene_open_as(scene_producer(), scene_server(0));
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	rmqi_client_heartbeat(scene.client);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_uint_eq(fake_peer_count(scene.broker[1], BEAT), 2);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__asked_for_while_one_is_under_way_follows_it)
{
	scene_set_up(1);
	scene_routed_to("T", "a=@:4", 0, 1);
	scene_open_as(scene_producer(), scene_server(0));
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	/* What changed between the two is in the second only. */
	rmqi_client_heartbeat(scene.client);
	rmqi_client_heartbeat(scene.client);
	fake_world_advance(&scene.world, 1);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 3);
	scene_tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
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
	};

	return run_suite("heartbeat", tests, RMQI_COUNT(tests));
}
