/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/slave_sync.h"

#include <stdio.h>
#include <string.h>

#include "mock-broker/broker/internal.h"
#include "mock-broker/store/big_endian.h"

enum { CALL_MS = 30000 };

static enum rmq_error take_timers(struct mb_broker *b, struct rmqi_cursor body)
{
	if (body.len != MB_TIMER_CHECK_POINT_SIZE)
		return RMQ_ERR_PROTOCOL;
	mb_timers_take(b, mb_get_i64(body.ptr)); /* lastReadTimeMs */
	return RMQ_OK;
}

static const struct step {
	int32_t code;
	enum rmq_error (*take)(struct mb_broker *b, struct rmqi_cursor body);
	const char *what;
	const char *empty; /* the remark of a Java master that has none (AdminBrokerProcessor) */
} steps[] = {
	{RMQI_REQ_GET_ALL_TOPIC_CONFIG, mb_topics_take, "topics", "No topic in this broker"},
	{RMQI_REQ_GET_ALL_CONSUMER_OFFSET, mb_offsets_take, "consumer offsets",
	 "No consumer offset in this broker"},
	{RMQI_REQ_GET_ALL_DELAY_OFFSET, mb_schedule_take, "delay offsets",
	 "No delay offset in this broker"},
	{RMQI_REQ_GET_ALL_SUBSCRIPTIONGROUP_CONFIG, mb_groups_take, "groups",
	 "No subscription group in this broker"},
	{RMQI_REQ_GET_ALL_MESSAGE_REQUEST_MODE, mb_request_modes_take, "request modes",
	 "No message request mode in this broker"},
	{RMQI_REQ_GET_TIMER_CHECK_POINT, take_timers, "timer check point",
	 "The checkpoint is null"},
};

static void next_step(struct mb_broker *b)
{
	struct mb_slave_sync *s = &b->ha.sync;
	const struct rmqi_outgoing request = {.code = steps[s->step].code};

	rmqi_rpc_call_async(b->rpc, s->master, &request,
			    rmqi_clock_deadline(rmqi_loop_clock(b->loop), CALL_MS), &s->call);
}

static void end_round(struct mb_broker *b)
{
	struct mb_slave_sync *s = &b->ha.sync;

	if (s->has_failed && !s->fails && !b->is_stopping) {
		s->has_failed = false;
		RMQI_LOG(b->log, RMQ_LOG_INFO, "broker %s: the tables of the master %s come again",
			 b->config->broker_name, s->master);
	}
	s->is_busy = false;
	mb_registrar_leave(b, &s->link);
	if (!b->is_stopping)
		rmqi_timer_start_ms(&s->timer, MB_SLAVE_SYNC_MS);
}

static void fail(struct mb_broker *b, const char *why, struct rmqi_str remark)
{
	struct mb_slave_sync *s = &b->ha.sync;

	if (!s->has_failed && !b->is_stopping)
		RMQI_LOG(b->log, RMQ_LOG_WARN, "broker %s: %s of the master %s: %s %.*s",
			 b->config->broker_name, steps[s->step].what, s->master, why,
			 RMQI_STR_ARG(remark));
	s->has_failed = s->fails = true;
}

/* A table that is empty is refused by Java, with 1, and so is who may not ask (4.9); another release may lack the
 * request. */
static bool has_none(const struct step *step, const struct rmqi_command *response)
{
	return response->code == RMQI_RESP_REQUEST_CODE_NOT_SUPPORTED ||
	       (response->code == RMQI_RESP_SYSTEM_ERROR &&
		rmqi_str_is(response->remark, step->empty));
}

static void take(struct mb_broker *b, const struct rmqi_command *response)
{
	const struct step *step = &steps[b->ha.sync.step];
	enum rmq_error err = RMQ_OK;

	if (response->code == RMQI_RESP_SUCCESS)
		err = step->take(b, response->body);
	else if (!has_none(step, response))
		fail(b, "refused:", response->remark);
	if (err != RMQ_OK)
		fail(b, rmq_error_text(err), RMQI_STR(""));
}

static void on_answer(struct rmqi_call *call, enum rmq_error error,
		      const struct rmqi_command *response)
{
	struct mb_slave_sync *s = RMQI_CONTAINER(call, struct mb_slave_sync, call);
	struct mb_broker *b = RMQI_CONTAINER(s, struct mb_broker, ha.sync);

	if (error != RMQ_OK) {
		fail(b, rmq_error_text(error), RMQI_STR(""));
		end_round(b);
		return;
	}
	if (!b->is_stopping)
		take(b, response);
	if (b->is_stopping || ++s->step == sizeof(steps) / sizeof(steps[0]))
		end_round(b);
	else
		next_step(b);
}

static void begin_round(struct mb_broker *b)
{
	struct mb_slave_sync *s = &b->ha.sync;

	if (s->is_busy || b->is_stopping || s->master[0] == '\0')
		return;
	s->is_busy = true;
	s->fails = false;
	s->step = 0;
	mb_registrar_enter(b, &s->link);
	next_step(b);
}

static void on_timer(struct rmqi_timer *t)
{
	begin_round(RMQI_CONTAINER(t, struct mb_broker, ha.sync.timer));
}

void mb_slave_sync_follow(struct mb_broker *b, const char *master)
{
	struct mb_slave_sync *s = &b->ha.sync;

	if (strcmp(s->master, master) == 0)
		return;
	snprintf(s->master, sizeof(s->master), "%s", master);
	s->has_failed = false;
	begin_round(b);
}

enum rmq_error mb_slave_sync_init(struct mb_broker *b)
{
	struct mb_slave_sync *s = &b->ha.sync;

	rmqi_list_init(&s->link);
	s->call.fn = on_answer;
	return rmqi_timer_init(&s->timer, rmqi_loop_inner_timers(b->loop), on_timer);
}

void mb_slave_sync_deinit(struct mb_slave_sync *s)
{
	rmqi_timer_deinit(&s->timer);
}
