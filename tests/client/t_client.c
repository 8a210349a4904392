/* SPDX-License-Identifier: Apache-2.0 */
/* t_client.c - requests of a broker, how it ends, and its memory. */

#include "tests/client/scene.h"

/* --- Requests of a broker -------------------------------------------------------------------------------- */

START_TEST(broker__tells_that_a_group_has_changed)
{
	struct rmqi_h_notify_consumer_ids_changed h = {.consumerGroup = RMQI_STR("CG")};

	scene_set_up(1);
	scene_open(scene_consumer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	fake_peer_tell(scene.broker[0], RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED,
		       &rmqi_desc_notify_consumer_ids_changed, &h);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(scene.changes_told, 1);
	ck_assert_str_eq(scene.last_told, "CG");
	scene_tear_down();
}
END_TEST

START_TEST(broker__is_answered_by_the_handler_of_the_code)
{
	scene_set_up(1);
	scene_open(scene_consumer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	fake_peer_ask(scene.broker[0], RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(fake_peer_told(scene.broker[0]), RMQI_RESP_SUCCESS);
	ck_assert_str_eq(scene.last_told, fake_peer_address(scene.broker[0]));
	scene_tear_down();
}
END_TEST

START_TEST(broker__is_answered_when_it_asks_what_we_do_not_do)
{
	scene_set_up(1);
	scene_open(scene_consumer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	fake_peer_ask(scene.broker[0], RMQI_REQ_GET_CONSUMER_RUNNING_INFO);
	fake_world_advance(&scene.world, 1);

	ck_assert_int_eq(fake_peer_told(scene.broker[0]), RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED);
	scene_tear_down();
}
END_TEST

/* --- The end -------------------------------------------------------------------------------------------------- */

static void close_within(int64_t ms)
{
	rmqi_client_close(scene.client, rmqi_clock_deadline(scene.world.env.clock, ms));
}

START_TEST(close__tells_every_broker_that_the_group_leaves)
{
	const struct fake_request *r;

	scene_set_up(1);
	scene_routed_to("T", "a=@:4,b=@:4", 0, 1);
	scene_open_as(scene_producer(), scene_server(0));
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	close_within(5000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BYE), 1);
	ck_assert_uint_eq(fake_peer_count(scene.broker[1], BYE), 1);
	r = fake_peer_last(scene.broker[0], BYE);
	ck_assert_str_eq(fake_request_field(r, "clientID"), rmqi_client_id(scene.client));
	ck_assert_str_eq(fake_request_field(r, "producerGroup"), "G");
	ck_assert_str_eq(fake_request_field(r, "consumerGroup"), "");
	scene_tear_down();
}
END_TEST

START_TEST(close__of_a_client_that_was_never_started_tells_nobody)
{
	struct rmqi_client_owner owner = scene_producer();

	scene_set_up(1);
	scene_set("namesrvAddr", scene_server(0));
	ck_assert_int_eq(rmqi_client_new(scene.config, &owner, &scene.client, scene.detail),
			 RMQ_OK);

	close_within(5000);

	ck_assert_int_eq(rmqi_client_start(scene.client, scene.detail), RMQ_ERR_STATE);
	ck_assert_ptr_nonnull(strstr(rmq_error_detail_message(scene.detail), "closed"));
	scene_tear_down();
}
END_TEST

START_TEST(close__does_not_spend_all_its_time_on_a_broker_that_hangs)
{
	scene_set_up(1);
	fake_peer_always(scene.broker[0], BYE, FAKE_SILENT);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	close_within(2000);

	ck_assert_int_eq(fake_world_now(&scene.world), 1 + 1500);
	scene_tear_down();
}
END_TEST

START_TEST(close__is_the_last_that_brokers_and_name_servers_hear)
{
	scene_set_up(1);
	scene_set("heartbeatBrokerInterval", "1000");
	scene_set("pollNameServerInterval", "1000");
	fake_peer_always(scene.broker[0], BYE, FAKE_SILENT);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	close_within(5000);
	rmqi_client_heartbeat(scene.client);
	rmqi_client_refresh_routes(scene.client);
	ck_assert_int_eq(rmqi_client_watch(scene.client, "T"), RMQ_OK);
	fake_world_advance(&scene.world, 5000);

	ck_assert_int_eq(fake_peer_last(scene.broker[0], 0)->code, BYE);
	ck_assert_uint_eq(fake_peer_count(scene.ns[0], ROUTE), 1);
	scene_tear_down();
}
END_TEST

START_TEST(close__twice_is_once)
{
	scene_set_up(1);
	scene_open(scene_producer());
	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_OK);
	fake_world_advance(&scene.world, 1);

	close_within(5000);
	close_within(5000);

	ck_assert_uint_eq(fake_peer_count(scene.broker[0], BYE), 1);
	ck_assert_int_eq(scene_look("U", false, 3000), RMQ_ERR_CANCELLED);
	ck_assert_int_eq(scene_ask_broker(0), RMQ_ERR_CANCELLED);
	scene_tear_down();
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

	scene_set_up(1);
	fake_peer_always(scene.ns[0], ROUTE, FAKE_SILENT);
	scene_open_as(scene_producer(), scene_server(0));
	rmqi_timers_init(&timers, scene.world.env.clock, NULL);
	ck_assert_int_eq(rmqi_pool_new(&scene.world.env, "user", 1, &c.pool), RMQ_OK);
	ck_assert_int_eq(rmqi_timer_init(&c.timer, &timers, post_close), RMQ_OK);
	rmqi_timer_start_ms(&c.timer, 100);

	ck_assert_int_eq(scene_look("T", false, 3000), RMQ_ERR_CANCELLED);

	ck_assert_int_eq(fake_world_now(&scene.world), 100);
	ck_assert_uint_eq(rmq_error_detail_flags(scene.detail), 0);
	rmqi_timer_deinit(&c.timer);
	rmqi_timers_deinit(&timers);
	ck_assert(rmqi_pool_close(c.pool, RMQI_FOREVER, NULL));
	scene_tear_down();
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
	struct rmqi_client_owner owner = scene_producer();
	struct rmqi_topic_route *route = NULL;
	enum rmq_error err = rmqi_client_new(scene.config, &owner, &scene.client, NULL);

	if (err == RMQ_OK)
		err = rmqi_client_start(scene.client, NULL);
	if (err == RMQ_OK)
		err = rmqi_client_route(scene.client, "T", true,
					rmqi_clock_deadline(scene.world.env.clock, 3000), &route,
					NULL);
	if (err == RMQ_OK) {
		err = rmqi_client_watch(scene.client, "U");
		fake_world_advance(&scene.world, 31 * 1000);
	}
	rmqi_topic_route_unref(route);
	scene_close();
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

	scene_set_up(1);
	scene_routed_to("T", "a=@:4,b=@:4", 0, 1);
	scene_set("namesrvAddr", scene_server(0));
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
	scene_tear_down();
}
END_TEST

static struct {
	unsigned lines[RMQ_LOG_DEBUG + 1];
	char text[8192]; /* WARN and INFO */
} written;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t len = strlen(written.text);

	(void)arg;
	written.lines[level]++;
	if (level < RMQ_LOG_DEBUG)
		snprintf(written.text + len, sizeof(written.text) - len, "%s\n", text);
}

/* A caller that tries without a pause: 9000 dials in 90 s. */
START_TEST(log__a_dead_peer_is_told_once_and_then_with_gaps)
{
	struct rmqi_outgoing request = {.code = 999};

	scene_set_up(1);
	scene.config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_DEBUG};
	scene_open(scene_producer());
	for (int i = 0; i < 9000; i++) {
		enum rmq_error err = rmqi_rpc_call(scene.client->rpc, NOBODY, &request,
						   rmqi_clock_deadline(scene.world.env.clock, 1000),
						   NULL, NULL, NULL);

		ck_assert_int_eq(err, RMQ_ERR_CONNECT);
		fake_world_advance(&scene.world, 10);
	}
	/* At 0, 10, 30 and 70 s. */
	ck_assert_msg(written.lines[RMQ_LOG_WARN] == 4, "%u lines, %.3000s",
		      written.lines[RMQ_LOG_WARN], written.text);
	ck_assert_ptr_nonnull(strstr(written.text, "connection to " NOBODY
						   " closed: connect to " NOBODY " refused\n"));
	ck_assert_ptr_nonnull(strstr(written.text, " times before, in 40 s)"));
	scene_tear_down();
}
END_TEST

/* A peer that takes every connection and closes it. */
START_TEST(log__a_peer_that_hangs_up_is_told_with_gaps)
{
	scene_set_up(1);
	scene.config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_DEBUG};
	scene_open(scene_producer());
	fake_peer_always(scene.broker[0], 999, FAKE_HANG_UP);
	for (int i = 0; i < 9000; i++) {
		ck_assert_int_eq(scene_ask_broker(0), RMQ_ERR_CONNECTION_LOST);
		fake_world_advance(&scene.world, 10);
	}
	ck_assert_uint_eq(written.lines[RMQ_LOG_WARN], 4);
	ck_assert_msg(written.lines[RMQ_LOG_INFO] <= 6, "%u lines, %.3000s",
		      written.lines[RMQ_LOG_INFO], written.text);
	ck_assert_ptr_nonnull(strstr(written.text, " opened, after "));
	scene_tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		broker__tells_that_a_group_has_changed,
		broker__is_answered_by_the_handler_of_the_code,
		broker__is_answered_when_it_asks_what_we_do_not_do,
		close__tells_every_broker_that_the_group_leaves,
		close__of_a_client_that_was_never_started_tells_nobody,
		close__does_not_spend_all_its_time_on_a_broker_that_hangs,
		close__is_the_last_that_brokers_and_name_servers_hear,
		close__twice_is_once,
		close__ends_calls_under_way_at_once,
		log__a_dead_peer_is_told_once_and_then_with_gaps,
		log__a_peer_that_hangs_up_is_told_with_gaps,
		client__survives_every_failed_allocation,
	};

	return run_suite("client", tests, RMQI_COUNT(tests));
}
