/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/send/core_scene.h"

#include <string.h>

#include <check.h>

static struct rmqi_publish_queue queues[] = {{"a", "a:1", 0, NULL}, {"a", "a:1", 1, NULL},
					     {"b", "b:1", 0, NULL}, {"b", "b:1", 1, NULL},
					     {"c", "c:1", 0, NULL}, {"c", "c:1", 1, NULL}};
struct rmqi_topic_route route;
struct rmqi_faults faults;
struct rmqi_send_rules rules;
struct rmqi_send s;
struct rmqi_send_step step;
int64_t now_ms;

void set_up(size_t brokers)
{
	memset(&route, 0, sizeof(route));
	route.publish = queues;
	route.publish_count = 2 * brokers;
	route.publish_brokers = brokers;
	rules = (struct rmqi_send_rules){.tries = 3, .attempt_most_us = -1};
	rmqi_faults_init(&faults);
	now_ms = START_MS;
}

void tear_down(void)
{
	rmqi_faults_deinit(&faults);
}

void begin(void)
{
	rmqi_send_init(&s, &rules, rmqi_picker_round_robin(), &route, &faults,
		       (int64_t)BUDGET_MS * MS, (START_MS + (int64_t)BUDGET_MS) * MS);
}

void next(void)
{
	step = rmqi_send_next(&s, now_ms * MS, false);
}

void expect_try(const char *broker, int64_t until_ms)
{
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_TRY);
	ck_assert_str_eq(step.queue->broker_name, broker);
	ck_assert_int_eq(step.until_us / MS - START_MS, until_ms);
}

void expect_done(enum rmq_error error, unsigned flags)
{
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
	ck_assert_int_eq(s.error, error);
	ck_assert_uint_eq(s.flags, flags);
	/* For ever. */
	next();
	ck_assert_int_eq(step.what, RMQI_SEND_DONE);
}

void ended(enum rmq_error error, enum rmq_phase phase, int32_t code, int64_t took_ms)
{
	struct rmqi_send_outcome o = {.error = error, .phase = phase, .code = code};

	now_ms += took_ms;
	rmqi_send_ended(&s, &o, now_ms * MS);
}

void answered(int32_t code)
{
	ended(RMQ_OK, RMQ_PHASE_ANSWER, code, 1);
}

void timed_out(void)
{
	ended(RMQ_ERR_TIMEOUT, RMQ_PHASE_WAIT, 0, step.until_us / MS - now_ms);
}
