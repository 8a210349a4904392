/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/desk.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "base/detail.h"
#include "net/inproc.h"

struct desk desk;

static void on_log(enum rmq_log_level level, const char *text, void *arg)
{
	size_t room = sizeof(desk.log) - desk.log_len;
	int n;

	(void)arg;
	if (level > RMQ_LOG_WARN)
		return;
	n = snprintf(desk.log + desk.log_len, room, "%s\n", text);
	if (n > 0)
		desk.log_len += (size_t)n < room ? (size_t)n : room - 1;
}

void desk_set(const char *key, const char *value)
{
	ck_assert_int_eq(rmqi_config_set(desk.config, key, value, NULL), RMQ_OK);
}

void desk_open(int queues)
{
	desk = (struct desk){0};
	ck_assert_int_eq(rmqi_sim_new(1, INT64_C(1700000000000), &desk.sim), RMQ_OK);
	ck_assert_int_eq(rmqi_inproc_new(desk.sim, &desk.net), RMQ_OK);
	desk.env = (struct rmqi_env){
		.clock = rmqi_sim_clock(desk.sim), .sim = desk.sim, .inproc = desk.net};
	desk.broker = fake_broker_new(&desk.env);
	fake_broker_topic(desk.broker, "T", queues);
	desk.config = rmqi_config_new();
	desk.config->env = &desk.env;
	desk.config->log = (struct rmqi_log){.fn = on_log, .level = RMQ_LOG_DEBUG};
	desk_set("namesrvAddr", fake_broker_address(desk.broker));
	desk_set("clientIP", "10.0.0.1");
	desk_set("instanceName", "me");
	desk_set("consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET");
	desk.detail = rmqi_detail_new();
}

void desk_close(void)
{
	rmq_error_detail_free(desk.detail);
	rmqi_config_free(desk.config);
	fake_broker_free(desk.broker);
	rmqi_inproc_free(desk.net);
	rmqi_sim_free(desk.sim);
}

void desk_advance(int64_t ms)
{
	rmqi_sim_advance(desk.sim, ms * 1000);
}

void desk_put(int queue, int from, int count)
{
	char body[32];

	for (int i = from; i < from + count; i++) {
		snprintf(body, sizeof(body), "m%04d", i);
		fake_broker_put(desk.broker, "T", queue, body, NULL);
	}
}

struct rmq_queue desk_queue(int id)
{
	return (struct rmq_queue){"T", "broker-a", id};
}

void desk_refused(enum rmq_error is, enum rmq_error should, const char *text)
{
	ck_assert_int_eq(is, should);
	ck_assert_msg(strstr(rmq_error_detail_message(desk.detail), text) != NULL,
		      "\"%s\" lacks \"%s\"", rmq_error_detail_message(desk.detail), text);
	rmqi_detail_clear(desk.detail);
}

void desk_must_have(const rmq_messages *l, int from, int count)
{
	char body[32];
	size_t len;

	ck_assert_uint_eq(rmq_messages_count(l), (size_t)count);
	for (int i = 0; i < count; i++) {
		const void *bytes = rmq_message_body(rmq_messages_at(l, (size_t)i), &len);

		snprintf(body, sizeof(body), "m%04d", from + i);
		ck_assert_uint_eq(len, strlen(body));
		ck_assert_mem_eq(bytes, body, len);
	}
}
