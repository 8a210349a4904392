/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second port of a broker, and units, against scripted peers, in a simulation: where sends go and what
 * brokers are told.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codes.h"
#include "producer/producer.h"
#include "send/results.h"
#include "send/vip.h"
#include "tests/support/stage.h"
#include "tests/support/suite.h"

enum { SEND = RMQI_REQ_SEND_MESSAGE_V2, BEAT = RMQI_REQ_HEART_BEAT };

static struct rmq_producer *producer;

static void tear_down(void)
{
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

/* The route names the port of `peer` and so many more. */
static void start(const struct fake_peer *peer, int more)
{
	const char *address = fake_peer_address(peer), *colon = strrchr(address, ':');
	char text[128];

	snprintf(text, sizeof(text), "a=%.*s:%ld:1", (int)(colon - address), address,
		 strtol(colon + 1, NULL, 10) + more);
	fake_peer_route(ns, "T", text);
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
}

static enum rmq_error told_error;
static bool is_told;

static void on_sent(enum rmq_error error, const struct rmq_send_result *r,
		    const struct rmq_error_detail *d, void *arg)
{
	(void)r;
	(void)arg;
	is_told = true;
	told_error = error;
	if (d)
		rmqi_detail_copy(detail, d);
}

static enum rmq_error send_async(void)
{
	is_told = false;
	ck_assert_int_eq(rmqi_producer_send_async(producer, message, NULL, on_sent, NULL, detail),
			 RMQ_OK);
	for (int i = 0; i < 10000 && !is_told; i++)
		fake_world_advance(&world, 1);
	ck_assert(is_told);
	return told_error;
}

static enum rmq_error send_sync(void)
{
	return rmqi_producer_send(producer, message, NULL, NULL, detail);
}

static enum rmq_error send_oneway(void)
{
	enum rmq_error err = rmqi_producer_send_oneway(producer, message, NULL, detail);

	fake_world_advance(&world, 1);
	return err;
}

static enum rmq_error send_batch(void)
{
	struct rmq_message *two[] = {message, message};
	struct rmq_send_results *results = NULL;
	enum rmq_error err = rmqi_producer_send_batch(producer, two, 2, NULL, &results, detail);

	rmqi_send_results_free(results);
	return err;
}

static enum rmq_error (*const ways[])(void) = {send_sync, send_async, send_oneway};

/* --- The second port --------------------------------------------------------------------------------- */

START_TEST(vip__address_has_the_port_less_two)
{
	char buf[RMQI_ADDRESS_MAX];

	ck_assert_str_eq(rmqi_vip_address(true, "127.0.0.1:10911", buf), "127.0.0.1:10909");
	ck_assert_str_eq(rmqi_vip_address(true, "[::1]:10911", buf), "[::1]:10909");
	ck_assert_str_eq(rmqi_vip_address(true, "broker:3", buf), "broker:1");
	ck_assert_str_eq(rmqi_vip_address(true, "broker:2", buf), "broker:2");
	ck_assert_str_eq(rmqi_vip_address(false, "127.0.0.1:10911", buf), "127.0.0.1:10911");
}
END_TEST

START_TEST(vip__each_send_goes_to_the_second_port_and_nothing_else)
{
	set("vipChannelEnabled", "true");
	start(a, 2);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		ck_assert_int_eq(ways[i](), RMQ_OK);
	ck_assert_int_eq(send_batch(), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, SEND), RMQI_COUNT(ways));
	ck_assert_uint_eq(fake_peer_count(a, RMQI_REQ_SEND_BATCH_MESSAGE), 1);
	ck_assert_uint_eq(fake_peer_count(a, BEAT), 0);
}
END_TEST

START_TEST(vip__is_off_if_not_asked_for)
{
	start(a, 0);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++)
		ck_assert_int_eq(ways[i](), RMQ_OK);
	ck_assert_uint_eq(fake_peer_count(a, SEND), RMQI_COUNT(ways));
	ck_assert_uint_ge(fake_peer_count(a, BEAT), 1);
}
END_TEST

/* The broker itself is there. */
START_TEST(vip__port_that_is_closed_is_told_with_its_cause)
{
	set("vipChannelEnabled", "true");
	start(a, 0);
	for (size_t i = 0; i < 2; i++) {
		rmqi_detail_clear(detail);
		ck_assert_int_eq(ways[i](), RMQ_ERR_CONNECT);
		ck_assert_msg(strstr(rmq_error_detail_message(detail),
				     "; vipChannelEnabled has sends go to the port of the broker "
				     "less 2"),
			      "%s", rmq_error_detail_message(detail));
		ck_assert_uint_eq(rmq_error_detail_attempt_count(detail), 3);
		ck_assert_str_ne(rmq_attempt_address(rmq_error_detail_attempt_at(detail, 0)),
				 fake_peer_address(a));
	}
	ck_assert_uint_eq(fake_peer_count(a, SEND), 0);
}
END_TEST

/* --- Units ------------------------------------------------------------------------------------------- */

START_TEST(unit__mode_is_told_with_each_send)
{
	set("unitMode", "true");
	start(a, 0);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++) {
		ck_assert_int_eq(ways[i](), RMQ_OK);
		ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "k"), "true");
	}
	ck_assert_int_eq(send_batch(), RMQ_OK);
	ck_assert_str_eq(fake_request_field(fake_peer_last(a, RMQI_REQ_SEND_BATCH_MESSAGE), "k"),
			 "true");
}
END_TEST

START_TEST(unit__mode_is_off_if_not_asked_for)
{
	start(a, 0);
	for (size_t i = 0; i < RMQI_COUNT(ways); i++) {
		ck_assert_int_eq(ways[i](), RMQ_OK);
		ck_assert_str_eq(fake_request_field(fake_peer_last(a, SEND), "k"), "false");
	}
}
END_TEST

/* ClientConfig.buildMQClientId */
START_TEST(unit__name_ends_the_client_id)
{
	set("clientIP", "10.0.0.1");
	set("instanceName", "one");
	set("unitName", "east");
	start(a, 0);
	ck_assert_str_eq(rmqi_client_id(producer->client), "10.0.0.1@one@east");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {vip__address_has_the_port_less_two,
				      vip__each_send_goes_to_the_second_port_and_nothing_else,
				      vip__is_off_if_not_asked_for,
				      vip__port_that_is_closed_is_told_with_its_cause,
				      unit__mode_is_told_with_each_send,
				      unit__mode_is_off_if_not_asked_for,
				      unit__name_ends_the_client_id};
	struct suite s;

	suite_open(&s, "vip");
	tcase_add_checked_fixture(s.all, stage_set_up, tear_down);
	suite_add(&s, tests, RMQI_COUNT(tests));
	return suite_run(&s);
}
