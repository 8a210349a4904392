/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a consumer with other things in them (tests/consumer/poller.h): the seams are where
 * the headers say.
 */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/macros.h"
#include "base/mem.h"
#include "base/sim.h"
#include "codec/codes.h"
#include "codec/schema.h"
#include "consumer/member.h"
#include "consumer/mq.h"
#include "net/inproc.h"
#include "tests/consumer/poller.h"
#include "tests/support/fake_broker.h"
#include "tests/support/suite.h"

#define OWN_ID "10.0.0.1@me"

/* --- The scene ------------------------------------------------------------------------------------- */

static struct scene {
	struct rmqi_sim *sim;
	struct rmqi_inproc *net;
	struct rmqi_env env;
	struct fake_broker *broker;
	struct rmq_config *config;
	struct poller *poller;
	char polled[64];
	char log[8192]; /* all lines */
	size_t log_len;
} s;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t room = sizeof(s.log) - s.log_len;
	int n = snprintf(s.log + s.log_len, room, "%s\n", text);

	(void)level;
	(void)arg;
	if (n > 0)
		s.log_len += (size_t)n < room ? (size_t)n : room - 1;
}

static void set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(s.config, key, value, NULL), RMQ_OK);
}

static void advance(int64_t ms)
{
	rmqi_sim_advance(s.sim, ms * 1000);
}

static void put(int queue, int from, int count)
{
	char body[32];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		fake_broker_put(s.broker, "T", queue, body, NULL);
	}
}

static void set_up_scene(void)
{
	pollers_destroyed = 0;
	s = (struct scene){0};
	ck_assert_int_eq(rmqi_sim_new(1, INT64_C(1700000000000), &s.sim), RMQ_OK);
	ck_assert_int_eq(rmqi_inproc_new(s.sim, &s.net), RMQ_OK);
	s.env = (struct rmqi_env){.clock = rmqi_sim_clock(s.sim), .sim = s.sim, .inproc = s.net};
	s.broker = fake_broker_new(&s.env);
	fake_broker_topic(s.broker, "T", 1);
	fake_broker_topic(s.broker, "%RETRY%G", 1);
	s.config = rmqi_config_new();
	s.config->env = &s.env;
	s.config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_DEBUG};
	set("namesrvAddr", fake_broker_address(s.broker));
	set("clientIP", "10.0.0.1");
	set("instanceName", "me");
	set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	s.poller = poller_new(s.config);
}

static void start(void)
{
	ck_assert_int_eq(
		rmqi_member_subscribe(&s.poller->member, "T", RMQI_EXPRESSION_TAG, "*", NULL),
		RMQ_OK);
	ck_assert_int_eq(rmqi_member_start(&s.poller->member, NULL), RMQ_OK);
	advance(500);
}

static void tear_down_scene(void)
{
	if (s.poller)
		rmqi_consumer_unref(&s.poller->member.consumer);
	rmqi_config_free(s.config);
	fake_broker_free(s.broker);
	rmqi_inproc_free(s.net);
	rmqi_sim_free(s.sim);
}

static void poll_it(void *arg)
{
	const struct rmq_message *m = poller_next(s.poller);

	(void)arg;
	snprintf(s.polled, sizeof(s.polled), "%.*s", m ? (int)m->body_len : 0,
		 m ? (const char *)m->body : "");
}

/* The body of the next message, "" when there is none. */
static const char *poll_body(void)
{
	rmqi_loop_call(s.poller->member.consumer.loop, poll_it, NULL);
	return s.polled;
}

static void acknowledge_it(void *arg)
{
	(void)arg;
	poller_acknowledge(s.poller);
}

static void done(void)
{
	rmqi_loop_call(s.poller->member.consumer.loop, acknowledge_it, NULL);
}

static void resume_it(void *arg)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(&s.poller->member.consumer.subs, "T");

	(void)arg;
	s.poller->buffer.is_paused = false;
	RMQI_LIST_EACH(node, &sub->mqs)
		rmqi_mq_continue(RMQI_LIST_ITEM(node, struct rmqi_mq, link));
}

static int64_t kept(void)
{
	return *poller_kept(s.poller, "T", 0);
}

static size_t queues(void)
{
	return atomic_load(&s.poller->member.consumer.queue_count);
}

static void lose_queue(void)
{
	fake_broker_members(s.broker, "0.0.0.0@first," OWN_ID);
	fake_broker_notify(s.broker, "G");
	advance(500);
}

static void regain_queue(void)
{
	fake_broker_members(s.broker, NULL);
	fake_broker_notify(s.broker, "G");
	advance(1500);
}

/* --- Tests ------------------------------------------------------------------------------------------- */

START_TEST(seams__what_is_polled_and_done_is_kept_and_nothing_else)
{
	char body[32];

	set_up_scene();
	put(0, 0, 40);
	start();
	for (int i = 0; i < 35; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		ck_assert_str_eq(poll_body(), body);
		if (i < 34)
			done();
	}
	advance(5000);
	ck_assert_int_eq(kept(), 34);
	done();
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	ck_assert_int_eq(kept(), 35);
	ck_assert_uint_ge(s.poller->memory.flushes, 1);
	ck_assert_uint_eq(s.poller->buffer.dropped, 1);
	tear_down_scene();
}
END_TEST

START_TEST(seams__offsets_of_another_store_never_reach_the_broker)
{
	set_up_scene();
	*poller_kept(s.poller, "T", 0) = 3;
	fake_broker_set_committed(s.broker, "T", 0, 1);
	put(0, 0, 5);
	start();
	ck_assert_str_eq(poll_body(), "m0003");
	done();
	advance(10000);
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	ck_assert_int_eq(kept(), 4);
	ck_assert_int_eq(fake_broker_committed(s.broker, "T", 0), 1);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_QUERY_CONSUMER_OFFSET), 0);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_UPDATE_CONSUMER_OFFSET), 0);
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_sink_that_must_wait_holds_up_its_queue)
{
	set_up_scene();
	put(0, 0, 5);
	s.poller->buffer.is_paused = true;
	start();
	ck_assert_uint_eq(queues(), 1);
	/* The other one is. */
	ck_assert_str_eq(fake_broker_last(s.broker, RMQI_REQ_PULL_MESSAGE, "topic"), "%RETRY%G");
	ck_assert_str_eq(poll_body(), "");
	rmqi_loop_call(s.poller->member.consumer.loop, resume_it, NULL);
	advance(1);
	ck_assert_str_eq(poll_body(), "m0000");
	done();
	tear_down_scene();
}
END_TEST

START_TEST(seams__what_was_fetched_and_not_polled_goes_with_its_queue)
{
	set_up_scene();
	put(0, 0, 10);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	done();
	lose_queue();
	ck_assert_uint_eq(queues(), 0);
	ck_assert_int_eq(kept(), 1);
	ck_assert_str_eq(poll_body(), "");
	regain_queue();
	ck_assert_uint_eq(queues(), 1);
	for (int i = 1; i < 10; i++) {
		ck_assert_int_eq(poll_body()[4], '0' + i);
		done();
	}
	ck_assert_str_eq(poll_body(), "");
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_busy_sink_keeps_the_queue_until_it_is_done)
{
	unsigned pulls;

	set_up_scene();
	put(0, 0, 3);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	lose_queue();
	ck_assert_uint_eq(queues(), 1);
	pulls = fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE);
	put(0, 3, 1);
	advance(1000);
	ck_assert_uint_eq(fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE), pulls);
	/* It comes back before we are through with it: still the old one, then a new one. */
	regain_queue();
	ck_assert_uint_eq(s.poller->buffer.dropped, 0);
	done();
	ck_assert_uint_eq(s.poller->buffer.dropped, 1);
	ck_assert_int_eq(kept(), 1);
	advance(1500);
	ck_assert_uint_eq(queues(), 1);
	ck_assert_str_eq(poll_body(), "m0001");
	done();
	tear_down_scene();
}
END_TEST

START_TEST(seams__a_close_tells_what_the_sink_says)
{
	rmq_error_detail *d = rmqi_detail_new();

	set_up_scene();
	put(0, 0, 2);
	start();
	ck_assert_str_eq(poll_body(), "m0000");
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, d), RMQ_ERR_TIMEOUT);
	ck_assert_str_eq(rmq_error_detail_message(d), "closed, but a message was not acknowledged");
	ck_assert_int_eq(kept(), 0);
	rmq_error_detail_free(d);
	tear_down_scene();
}
END_TEST

START_TEST(seams__the_last_reference_destroys_the_handle)
{
	struct rmqi_consumer *c;

	set_up_scene();
	start();
	c = rmqi_consumer_ref(&s.poller->member.consumer);
	ck_assert_int_eq(rmqi_member_close(&s.poller->member, -1, NULL), RMQ_OK);
	s.poller = NULL;
	rmqi_consumer_unref(c);
	ck_assert_uint_eq(pollers_destroyed, 0);
	rmqi_consumer_unref(c);
	ck_assert_uint_eq(pollers_destroyed, 1);
	tear_down_scene();
}
END_TEST

START_TEST(states__are_told_but_for_the_way_of_every_fetch)
{
	set_up_scene();
	rmqi_consumer_unref(&s.poller->member.consumer);
	set("consumeFromWhere", "CONSUME_FROM_LAST_OFFSET");
	s.poller = poller_new(s.config);
	s.poller->buffer.is_paused = true;
	start();
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: READY -> PAUSED\n"));
	rmqi_loop_call(s.poller->member.consumer.loop, resume_it, NULL);
	advance(100);
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: PAUSED -> FINDING\n"));
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: FINDING -> READY\n"));
	ck_assert_uint_ge(fake_broker_count(s.broker, RMQI_REQ_PULL_MESSAGE), 2);
	ck_assert_ptr_null(strstr(s.log, "READY -> FETCHING"));
	lose_queue();
	ck_assert_ptr_nonnull(strstr(s.log, "T@broker-a:0: FETCHING -> DROPPED\n"));
	tear_down_scene();
}
END_TEST

/* --- How far a member has come ------------------------------------------------------------------------- */

static struct rmqi_member_standing standing(void)
{
	struct rmqi_member_standing out;

	rmqi_member_standing(&s.poller->member, &out);
	return out;
}

START_TEST(standing__tells_what_a_subscription_waits_for)
{
	set_up_scene();
	ck_assert_uint_eq(standing().subscriptions, 0);
	fake_broker_topic(s.broker, "T", 3);
	fake_broker_refuse(s.broker, RMQI_REQ_HEART_BEAT, RMQI_RESP_SYSTEM_ERROR, 1);
	fake_broker_members(s.broker, "0.0.0.0@another");
	start();
	ck_assert_int_eq(standing().least, RMQI_STANDING_UNREGISTERED);

	advance(31000);
	ck_assert_int_eq(standing().least, RMQI_STANDING_UNCOUNTED);
	ck_assert_str_eq(standing().topic, "T");

	fake_broker_members(s.broker, NULL);
	advance(1500);
	ck_assert_int_eq(standing().least, RMQI_STANDING_SHARED);
	ck_assert_uint_eq(standing().queues, 3);

	ck_assert_int_eq(
		rmqi_member_subscribe(&s.poller->member, "Later", RMQI_EXPRESSION_TAG, "*", NULL),
		RMQ_OK);
	advance(100);
	ck_assert_int_eq(standing().least, RMQI_STANDING_NO_ROUTE);
	ck_assert_str_eq(standing().topic, "Later");
	ck_assert_uint_eq(standing().shared, 1);
	ck_assert_uint_eq(standing().subscriptions, 2);
	tear_down_scene();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		seams__what_is_polled_and_done_is_kept_and_nothing_else,
		seams__offsets_of_another_store_never_reach_the_broker,
		seams__a_sink_that_must_wait_holds_up_its_queue,
		seams__what_was_fetched_and_not_polled_goes_with_its_queue,
		seams__a_busy_sink_keeps_the_queue_until_it_is_done,
		seams__a_close_tells_what_the_sink_says,
		seams__the_last_reference_destroys_the_handle,
		states__are_told_but_for_the_way_of_every_fetch,
		standing__tells_what_a_subscription_waits_for,
	};

	return run_suite("seams", tests, RMQI_COUNT(tests));
}
