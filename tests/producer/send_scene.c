/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/producer/send_scene.h"

#include <check.h>

struct rmq_producer *producer;
struct rmq_send_result *result;

void set_up(void)
{
	stage_set_up();
}

void tear_down(void)
{
	rmqi_free(result);
	result = NULL;
	rmqi_producer_free(producer);
	producer = NULL;
	stage_tear_down();
}

void start(void)
{
	ck_assert_int_eq(rmqi_producer_new(config, "G", &producer, detail), RMQ_OK);
	ck_assert_int_eq(rmqi_producer_start(producer, detail), RMQ_OK);
	started_ms = fake_world_now(&world);
}

void start_with_route(const char *text)
{
	fake_peer_route(ns, "T", text);
	start();
	stage_learn_route(producer->client);
}

void start_with_one(void)
{
	start_with_route(stage_route_of_one(4));
}

void start_with_two(void)
{
	start_with_route(stage_route_of_two(2));
}

enum rmq_error send_within(int64_t timeout_ms)
{
	struct rmq_send_options options = {.timeout_ms = timeout_ms};
	enum rmq_error err;

	rmqi_free(result);
	result = NULL;
	rmqi_detail_clear(detail);
	err = rmqi_producer_send(producer, message, &options, &result, detail);
	ck_assert((err == RMQ_OK) == (result != NULL));
	if (err != RMQ_OK) {
		ck_assert_int_eq(rmq_error_detail_code(detail), err);
		ck_assert_str_ne(rmq_error_detail_message(detail), "");
	}
	return err;
}

enum rmq_error send_it(void)
{
	return send_within(-1);
}

void expect_attempt(size_t i, struct fake_peer *p, enum rmq_phase phase, int broker_code)
{
	const rmq_attempt *attempt = rmq_error_detail_attempt_at(detail, i);

	ck_assert_ptr_nonnull(attempt);
	ck_assert_str_eq(rmq_attempt_address(attempt), fake_peer_address(p));
	ck_assert_int_eq(rmq_attempt_phase(attempt), phase);
	ck_assert_int_eq(rmq_attempt_broker_code(attempt), broker_code);
}
