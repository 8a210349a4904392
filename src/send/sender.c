/* SPDX-License-Identifier: Apache-2.0 */
#include "send/sender.h"

#include "base/detail.h"

enum { LONGEST_MS = 24 * 3600 * 1000 };

static void read_rules(struct rmqi_sender *s, const struct rmq_config *config)
{
	s->rules.tries = 1 + rmqi_config_i64(config, RMQI_CFG_retryTimesWhenSendFailed);
	s->rules.attempt_most_us =
		rmqi_config_i64(config, RMQI_CFG_sendMsgMaxTimeoutPerRequest) * 1000;
	s->rules.wants_ok = rmqi_config_bool(config, RMQI_CFG_retryAnotherBrokerWhenNotStoreOK);
	s->timeout_ms = rmqi_config_i64(config, RMQI_CFG_sendMsgTimeout);
	if (rmqi_config_bool(config, RMQI_CFG_sendLatencyFaultEnable))
		s->faults = rmqi_client_faults(s->client);
}

/* @thread: loop */
static void wake_all(struct rmqi_sender *s)
{
	struct rmqi_list woken, *node;

	rmqi_list_init(&woken);
	rmqi_list_move_all(&s->pausing, &woken);
	while ((node = rmqi_list_pop(&woken)) != NULL) {
		struct rmqi_pause *p = RMQI_LIST_ITEM(node, struct rmqi_pause, link);

		p->wake(p);
	}
}

static void on_timer(struct rmqi_timer *t)
{
	wake_all(RMQI_CONTAINER(t, struct rmqi_sender, timer));
}

void rmqi_sender_pause(struct rmqi_sender *s, struct rmqi_pause *p, int64_t until_us)
{
	rmqi_list_push(&s->pausing, &p->link);
	if (rmqi_timer_is_armed(&s->timer) && s->pause_end_us <= until_us)
		return;
	s->pause_end_us = until_us;
	rmqi_timer_start(&s->timer, until_us);
}

struct setup {
	struct rmqi_sender *sender;
	enum rmq_error error;
};

static void init_timer(void *arg)
{
	struct setup *setup = arg;
	struct rmqi_timers *timers = rmqi_loop_timers(rmqi_client_loop(setup->sender->client));

	setup->error = rmqi_timer_init(&setup->sender->timer, timers, on_timer);
}

enum rmq_error rmqi_sender_init(struct rmqi_sender *s, struct rmqi_client *client,
				const char *group, const char *what)
{
	struct setup setup = {.sender = s};

	*s = (struct rmqi_sender){.client = client, .group = group, .what = what};
	read_rules(s, rmqi_client_config(client));
	rmqi_list_init(&s->pausing);
	rmqi_loop_call(rmqi_client_loop(client), init_timer, &setup);
	if (setup.error != RMQ_OK) {
		s->client = NULL;
		return setup.error;
	}
	atomic_init(&s->under_way, 1);
	atomic_init(&s->is_stopped, false);
	rmqi_event_init(&s->stop, rmqi_client_env(client));
	rmqi_event_init(&s->drained, rmqi_client_env(client));
	return RMQ_OK;
}

static void end_pauses(void *arg)
{
	struct rmqi_sender *s = arg;

	wake_all(s);
	rmqi_timer_deinit(&s->timer);
}

void rmqi_sender_stop(struct rmqi_sender *s)
{
	if (!s->client || atomic_exchange(&s->is_stopped, true))
		return;
	rmqi_event_set(&s->stop);
	rmqi_loop_call(rmqi_client_loop(s->client), end_pauses, s);
	rmqi_sender_leave(s);
}

bool rmqi_sender_drain(struct rmqi_sender *s, int64_t deadline_us)
{
	return rmqi_event_wait(&s->drained, deadline_us);
}

size_t rmqi_sender_under_way(const struct rmqi_sender *s)
{
	return atomic_load(&s->under_way) - !atomic_load(&s->is_stopped);
}

void rmqi_sender_deinit(struct rmqi_sender *s)
{
	if (!s->client)
		return;
	rmqi_event_deinit(&s->stop);
	rmqi_event_deinit(&s->drained);
}

enum rmq_error rmqi_sender_enter(struct rmqi_sender *s, struct rmq_error_detail *detail)
{
	bool is_stopped;

	atomic_fetch_add(&s->under_way, 1);
	is_stopped = atomic_load(&s->is_stopped);
	if (!is_stopped && rmqi_client_is_running(s->client))
		return RMQ_OK;
	rmqi_sender_leave(s);
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       is_stopped ? "the %s is closed" : "the %s is not started", s->what);
}

/* `under_way` holds one for "not stopped", so that the last send to leave wakes the closer. */
void rmqi_sender_leave(struct rmqi_sender *s)
{
	if (atomic_fetch_sub(&s->under_way, 1) == 1)
		rmqi_event_set(&s->drained);
}

int64_t rmqi_sender_budget_us(const struct rmqi_sender *s, const struct rmqi_send_how *how)
{
	int64_t ms = how->timeout_ms > 0 ? how->timeout_ms : s->timeout_ms;

	return (ms < LONGEST_MS ? ms : LONGEST_MS) * 1000;
}

void rmqi_sender_prepare(struct rmqi_sender *s, const struct rmqi_send_how *how,
			 struct rmqi_topic_route *route, int64_t budget_us, int64_t deadline_us,
			 struct rmqi_send *core)
{
	struct rmqi_send_rules rules = s->rules;
	struct rmqi_picker picker = how->picker ? *how->picker
				    : s->faults ? rmqi_picker_fault(s->faults)
						: rmqi_picker_round_robin();

	if (how->tries > 0)
		rules.tries = how->tries;
	rmqi_send_init(core, &rules, picker, route, s->faults, budget_us, deadline_us);
}

struct rmqi_send_step rmqi_sender_next(struct rmqi_sender *s, struct rmqi_send *core)
{
	struct rmqi_send_step step = rmqi_send_next(
		core, rmqi_clock_us(rmqi_client_clock(s->client)), atomic_load(&s->is_stopped));

	if (core->is_route_stale)
		rmqi_client_refresh_routes(s->client);
	core->is_route_stale = false;
	return step;
}
