/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/consumer/simple_stage.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "consumer/handle.h"

struct simple_stage stage;

void stage_set_up_with(const char *settings)
{
	stage = (struct simple_stage){.rig = rig_new(1, 2, settings)};
	ck_assert_int_eq(rmqi_simple_consumer_new(stage.rig->config, "G", &stage.consumer, NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_handle_subscribe(&stage.consumer->member, "T", RMQI_EXPRESSION_TAG,
					       "*", NULL),
			 RMQ_OK);
	ck_assert_int_eq(rmqi_simple_consumer_start(stage.consumer, NULL), RMQ_OK);
	stage.detail = rmqi_detail_new();
}

void stage_set_up(void)
{
	stage_set_up_with("consumeFromWhere=CONSUME_FROM_FIRST_OFFSET");
}

void stage_tear_down(void)
{
	rmq_messages_free(stage.messages);
	rmqi_detail_discard(stage.detail);
	if (stage.consumer)
		rmqi_handle_free(&stage.consumer->member);
	rig_free(stage.rig);
}

void stage_receive(size_t count)
{
	enum rmq_error err;

	ck_assert_uint_le(count, STAGE_MAX);
	rig_put(stage.rig, (int)count);
	err = rmqi_simple_consumer_receive(stage.consumer, 32, INVISIBLE_MS, 5000, &stage.messages,
					   stage.detail);
	ck_assert_int_eq(err, RMQ_OK);
	ck_assert_uint_eq(rmq_messages_count(stage.messages), count);
	for (size_t i = 0; i < count; i++)
		stage.some[i] = rmq_messages_at(stage.messages, i);
}

void stage_let_go(void)
{
	rmq_messages_free(stage.messages);
	stage.messages = NULL;
}

void stage_advance(int64_t ms)
{
	rig_advance(stage.rig, ms);
}

enum rmq_error stage_close(int64_t timeout_ms)
{
	return rmqi_handle_close(&stage.consumer->member, timeout_ms, stage.detail);
}

unsigned stage_asked(int code)
{
	return fake_broker_count(stage.rig->broker, code);
}

void stage_expect_out(size_t count)
{
	ck_assert_uint_eq(fake_broker_out(stage.rig->broker), count);
}

void stage_need_callbacks(void)
{
	struct rmqi_client *client = stage.consumer->member.consumer.client;

	ck_assert_int_eq(rmqi_client_need_callbacks(client), RMQ_OK);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

void stage_run_without_memory(uint64_t n)
{
	rmqi_mem_fail_after(n, 0);
	rmqi_loop_call(stage.consumer->member.consumer.loop, do_nothing, NULL);
	rmqi_mem_fail_after(0, 0);
}
