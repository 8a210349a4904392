/* SPDX-License-Identifier: Apache-2.0 */
/* t_heartbeat.c - which brokers hear of us, when. */

#include "codec/version.h"
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

START_TEST(heartbeat__that_was_not_taken_registers_nobody_and_follows_soon)
{
	static const int reactions[] = {RMQI_RESP_SYSTEM_ERROR, FAKE_SILENT, FAKE_HANG_UP};

	scene_set_up(1);
	fake_peer_next(scene.broker[0], BEAT, reactions[_i]);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_world_advance(&scene.world, 700);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1);
	ck_assert_int_eq(scene.registered_told, 0);
	fake_world_advance(&scene.world, 5000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_int_eq(scene.registered_told, 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__that_is_refused_for_ever_comes_less_and_less_often)
{
	scene_set_up(1);
	fake_peer_always(scene.broker[0], BEAT, RMQI_RESP_SYSTEM_ERROR);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);

	fake_world_advance(&scene.world, 60 * 1000);
	ck_assert_uint_le(fake_peer_count(scene.broker[0], BEAT), 1 + 2 + 6);
	fake_world_advance(&scene.world, 300 * 1000);
	ck_assert_uint_le(fake_peer_count(scene.broker[0], BEAT), 9 + 10 + 14);
	scene_tear_down();
}
END_TEST

/* Its retries are 16 s apart by then. */
START_TEST(heartbeat__is_sent_at_once_to_a_broker_that_answers_something_else)
{
	scene_set_up(1);
	fake_peer_always(scene.broker[0], BEAT, FAKE_SILENT);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 34 * 1000);
	fake_peer_always(scene.broker[0], BEAT, FAKE_BEHAVE);
	fake_world_advance(&scene.world, 100);
	ck_assert_int_eq(scene.registered_told, 0);

	ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(scene.registered_told, 1);
	scene_tear_down();
}
END_TEST

START_TEST(heartbeat__tells_the_owner_that_a_broker_answers_after_silence)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);
	ck_assert_int_eq(scene.registered_told, 1);

	fake_peer_always(scene.broker[0], 999, FAKE_SILENT);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_ERR_TIMEOUT);
	fake_peer_always(scene.broker[0], 999, FAKE_BEHAVE);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	fake_world_advance(&scene.world, 1);
	ck_assert_int_eq(scene.registered_told, 2);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(scene.registered_told, 2);
	scene_tear_down();
}
END_TEST

/* Nobody calls that broker, so nobody else would notice. */
START_TEST(heartbeat__follows_a_lost_connection_and_the_route_is_asked_for)
{
	size_t routes;

	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 2000);
	routes = fake_peer_count(scene.ns[0], ROUTE);
	rmqi_faults_isolate(rmqi_client_faults(scene.client), "a",
			    rmqi_clock_us(scene.world.env.clock));

	fake_peer_hang_up(scene.broker[0]);
	fake_world_advance(&scene.world, 2000);

	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), routes + 1);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 2);
	ck_assert_int_eq(scene.registered_told, 2);
	/* It is not put aside any more, either. */
	ck_assert(rmqi_faults_is_available(rmqi_client_faults(scene.client), "a",
					   rmqi_clock_us(scene.world.env.clock)));
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
		rmqi_client_broker_version(scene.client, fake_peer_address(scene.broker[0])),
		RMQI_VERSION_UNTOLD);

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

/* Brokers may work on the farewell first: the group would have a member that is not there. */
START_TEST(farewell__comes_behind_the_answer_to_a_heartbeat)
{
	scene_set_up(1);
	scene_open(scene_producer());
	fake_peer_next(scene.broker[0], BEAT, FAKE_LATE - 500);
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BEAT), 1);

	scene_close();

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], RMQI_REQ_UNREGISTER_CLIENT), 1);
	ck_assert_int_ge(fake_peer_last(scene.broker[0], RMQI_REQ_UNREGISTER_CLIENT)->at_ms -
				 fake_peer_last(scene.broker[0], BEAT)->at_ms,
			 500);
	scene_tear_down();
}
END_TEST

START_TEST(farewell__does_not_wait_for_ever_for_a_heartbeat)
{
	int64_t before;

	scene_set_up(1);
	scene_set("mqClientApiTimeout", "60000");
	scene_open(scene_producer());
	fake_peer_next(scene.broker[0], BEAT, FAKE_SILENT);
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);
	before = rmqi_clock_us(scene.world.env.clock);

	rmqi_client_close(scene.client, before + 4000 * 1000);

	ck_assert_int_le(rmqi_clock_us(scene.world.env.clock) - before, 4000 * 1000);
	ck_assert_uint_eq(fake_peer_count(scene.broker[0], RMQI_REQ_UNREGISTER_CLIENT), 1);
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
		heartbeat__that_is_refused_for_ever_comes_less_and_less_often,
		heartbeat__is_sent_at_once_to_a_broker_that_answers_something_else,
		heartbeat__tells_the_owner_that_a_broker_answers_after_silence,
		heartbeat__follows_a_lost_connection_and_the_route_is_asked_for,
		heartbeat__is_repeated_when_the_broker_sends_us_to_a_new_connection,
		heartbeat__tells_the_brokers_version,
		heartbeat__is_not_sent_to_a_broker_that_left_but_its_connection_stays,
		heartbeat__on_demand_goes_to_all,
		heartbeat__asked_for_while_one_is_under_way_follows_it,
		farewell__comes_behind_the_answer_to_a_heartbeat,
		farewell__does_not_wait_for_ever_for_a_heartbeat,
	};

	struct suite s;

	suite_open(&s, "heartbeat");
	suite_add_loop(&s, heartbeat__that_was_not_taken_registers_nobody_and_follows_soon, 3);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
