/* SPDX-License-Identifier: Apache-2.0 */
#include "send/sender.h"

#include "base/detail.h"
#include "client/fault.h"
#include "client/tally.h"
#include "send/gate.h"
#include "send/hook_set.h"

enum { LONGEST_MS = 24 * 3600 * 1000 };

static void read_rules(struct rmqi_sender *s, const struct rmq_config *config)
{
	s->rules.tries = 1 + rmqi_config_i64(config, RMQI_CFG_retryTimesWhenSendFailed);
	s->rules.attempt_most_us =
		rmqi_config_i64(config, RMQI_CFG_sendMsgMaxTimeoutPerRequest) * 1000;
	s->rules.wants_ok = rmqi_config_bool(config, RMQI_CFG_retryAnotherBrokerWhenNotStoreOK);
	s->rules.only_ok = rmqi_config_bool(config, RMQI_CFG_errorWhenNotStoreOK);
	s->timeout_ms = rmqi_config_i64(config, RMQI_CFG_sendMsgTimeout);
	s->uses_vip = rmqi_config_bool(config, RMQI_CFG_vipChannelEnabled);
	s->faults = rmqi_client_faults(s->client);
	atomic_init(&s->uses_faults, rmqi_config_bool(config, RMQI_CFG_sendLatencyFaultEnable));
}

/* Most requests of a sender differ in topic, queue, time, flags and properties only. */
static enum rmq_error make_heads(struct rmqi_sender *s, const struct rmq_config *config)
{
	struct rmqi_command_meta meta = {.code = RMQI_REQ_SEND_MESSAGE_V2,
					 .language = RMQI_LANGUAGE_CPP,
					 .version = RMQI_VERSION};
	struct rmqi_h_send_message h = {.producerGroup = rmqi_str(s->group)};
	enum rmq_error err = RMQ_OK;

	s->default_topic = rmqi_config_str(config, RMQI_CFG_createTopicKey);
	h.defaultTopic = rmqi_str(s->default_topic);
	h.defaultTopicQueueNums = (int32_t)rmqi_config_i64(config, RMQI_CFG_defaultTopicQueueNums);
	h.bornTimestamp =
		rmqi_clock_wall_ms(rmqi_client_clock(s->client)); /* times begin like it */
	RMQI_SET(&h, send_message, properties, RMQI_STR(""));
	RMQI_SET(&h, send_message, reconsumeTimes, 0);
	RMQI_SET(&h, send_message, unitMode, rmqi_config_bool(config, RMQI_CFG_unitMode));
	RMQI_SET(&h, send_message, batch, false);
	RMQI_SET(&h, send_message, bname, RMQI_STR(""));
	for (unsigned i = 0; i < RMQI_SERIALIZATIONS && err == RMQ_OK; i++) {
		meta.serialization = (enum rmqi_serialization)i;
		err = rmqi_template_init(
			&s->heads[i], &meta, &rmqi_desc_send_message_v2, &h,
			RMQI_BIT_send_message_topic | RMQI_BIT_send_message_queueId |
				RMQI_BIT_send_message_sysFlag |
				RMQI_BIT_send_message_bornTimestamp | RMQI_BIT_send_message_flag |
				RMQI_BIT_send_message_properties | RMQI_BIT_send_message_bname);
	}
	return err;
}

const struct rmqi_template *rmqi_sender_heads(const struct rmqi_sender *s,
					      const struct rmqi_send_request *r)
{
	const struct rmqi_h_send_message *h = &r->header;
	bool is_usual = r->code == RMQI_REQ_SEND_MESSAGE_V2 && h->producerGroup.ptr == s->group &&
			h->defaultTopic.ptr == s->default_topic && h->reconsumeTimes == 0 &&
			!h->batch;

	return is_usual ? s->heads : NULL;
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

static enum rmq_error make_gate(struct rmqi_sender *s)
{
	s->gate = rmqi_gate_new();
	return s->gate ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

/* What callbacks may still hold. */
static void free_counted(struct rmqi_sender *s)
{
	rmqi_flight_unref(s->flight);
	rmqi_hook_set_unref(s->hooks);
	rmqi_gate_unref(s->gate);
}

enum rmq_error rmqi_sender_init(struct rmqi_sender *s, struct rmqi_client *client,
				const char *group, const char *what)
{
	struct setup setup = {.sender = s};

	*s = (struct rmqi_sender){.client = client, .group = group, .what = what};
	read_rules(s, rmqi_client_config(client));
	rmqi_list_init(&s->pausing);
	setup.error = make_heads(s, rmqi_client_config(client));
	if (setup.error == RMQ_OK)
		setup.error = rmqi_flight_new(client, &s->flight);
	if (setup.error == RMQ_OK)
		setup.error = rmqi_hook_set_new(client, group, &s->hooks);
	if (setup.error == RMQ_OK)
		setup.error = make_gate(s);
	if (setup.error == RMQ_OK)
		rmqi_loop_call(rmqi_client_loop(client), init_timer, &setup);
	if (setup.error != RMQ_OK) {
		free_counted(s);
		s->client = NULL;
		return setup.error;
	}
	rmqi_losses_init(&s->losses);
	rmqi_weak_init(&s->weak, client);
	atomic_init(&s->under_way, 1);
	atomic_init(&s->is_refusing, false);
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

void rmqi_sender_refuse(struct rmqi_sender *s)
{
	if (!s->client || atomic_exchange(&s->is_refusing, true))
		return;
	rmqi_flight_close(s->flight);
	rmqi_sender_leave(s);
}

void rmqi_sender_stop(struct rmqi_sender *s)
{
	if (!s->client || atomic_exchange(&s->is_stopped, true))
		return;
	rmqi_sender_refuse(s);
	rmqi_event_set(&s->stop);
	rmqi_loop_call(rmqi_client_loop(s->client), end_pauses, s);
}

bool rmqi_sender_drain(struct rmqi_sender *s, int64_t deadline_us)
{
	return rmqi_event_wait(&s->drained, deadline_us);
}

size_t rmqi_sender_under_way(const struct rmqi_sender *s)
{
	return atomic_load(&s->under_way) - !atomic_load(&s->is_refusing);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

void rmqi_sender_abandon(struct rmqi_sender *s)
{
	if (!s->client)
		return;
	rmqi_gate_close(s->gate);
	/* Those that passed it before are ended by the loop. */
	if (rmqi_sender_under_way(s) > 0)
		rmqi_loop_call(rmqi_client_loop(s->client), do_nothing, NULL);
}

void rmqi_sender_deinit(struct rmqi_sender *s)
{
	if (!s->client)
		return;
	free_counted(s);
	rmqi_losses_deinit(&s->losses);
	rmqi_weak_deinit(&s->weak);
	rmqi_event_deinit(&s->stop);
	rmqi_event_deinit(&s->drained);
}

enum rmq_error rmqi_sender_enter(struct rmqi_sender *s, struct rmq_error_detail *detail)
{
	bool is_closed;

	atomic_fetch_add(&s->under_way, 1);
	is_closed = atomic_load(&s->is_refusing);
	if (!is_closed && rmqi_client_is_running(s->client))
		return RMQ_OK;
	rmqi_sender_leave(s);
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
			       is_closed ? "the %s is closed" : "the %s is not started", s->what);
}

void rmqi_sender_stay(struct rmqi_sender *s)
{
	atomic_fetch_add(&s->under_way, 1);
}

/* `under_way` holds one for "not refusing", so that the last send to leave wakes the closer. */
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

static struct rmqi_tally *tally_of(const struct rmqi_send *core)
{
	return atomic_load_explicit(&core->route->tally, memory_order_acquire);
}

static struct rmqi_picker picker_of(const struct rmqi_send_how *how, struct rmqi_faults *faults)
{
	if (how->choice && how->choice->kind != RMQI_CHOICE_ANY)
		return rmqi_choice_picker(how->choice);
	if (how->picker)
		return *how->picker;
	return faults ? rmqi_picker_fault(faults) : rmqi_picker_round_robin();
}

void rmqi_sender_use_faults(struct rmqi_sender *s, bool is_on)
{
	atomic_store(&s->uses_faults, is_on);
	if (!is_on)
		rmqi_faults_forget(s->faults);
}

void rmqi_sender_prepare(struct rmqi_sender *s, const struct rmqi_send_how *how, int64_t budget_us,
			 int64_t deadline_us, struct rmqi_send *core)
{
	struct rmqi_send_rules rules = s->rules;
	struct rmqi_faults *faults = atomic_load(&s->uses_faults) ? s->faults : NULL;

	if (how->tries > 0)
		rules.tries = how->tries;
	rules.never_twice = how->never_twice;
	rules.wants_ok = rules.wants_ok && !how->never_twice;
	rules.only_ok = rules.only_ok && !how->never_twice;
	rmqi_send_init(core, &rules, picker_of(how, faults), NULL, how->is_reply ? NULL : faults,
		       budget_us, deadline_us);
}

void rmqi_sender_set_route(struct rmqi_sender *s, struct rmqi_send *core,
			   struct rmqi_topic_route *route)
{
	core->route = route;
	if (!tally_of(core))
		rmqi_tallies_attach(rmqi_client_tallies(s->client), route);
	rmqi_tally_begin(tally_of(core), false);
}

void rmqi_sender_rerouted(struct rmqi_sender *s, struct rmqi_send *core, enum rmq_error error,
			  struct rmqi_topic_route *route, const struct rmq_error_detail *why,
			  struct rmq_error_detail *detail)
{
	/* A static topic; of any other cause the broker's answer says more. */
	if (error == RMQ_ERR_UNSUPPORTED && why)
		rmqi_detail_set(detail, error, RMQ_ERROR_FATAL, "%s",
				rmq_error_detail_message(why));
	rmqi_send_rerouted(core, error, route);
	if (!tally_of(core))
		rmqi_tallies_attach(rmqi_client_tallies(s->client), core->route);
}

struct rmqi_send_step rmqi_sender_next(struct rmqi_sender *s, struct rmqi_send *core)
{
	struct rmqi_send_step step = rmqi_send_next(
		core, rmqi_clock_us(rmqi_client_clock(s->client)), atomic_load(&s->is_stopped));

	if (core->is_route_stale)
		rmqi_client_refresh_routes(s->client);
	core->is_route_stale = false;
	/* One that was sent away goes on with the same attempt. */
	if (step.what == RMQI_SEND_TRY && !core->went_away)
		rmqi_tally_begin(step.queue->tally, core->is_on_loop);
	return step;
}

/* Before there was a route: nobody can tell which topics there are. */
void rmqi_sender_count_refused(struct rmqi_sender *s, enum rmq_error error)
{
	struct rmqi_tally *t = rmqi_tallies_other_topics(rmqi_client_tallies(s->client));

	rmqi_tally_begin(t, false);
	rmqi_tally_failed(t, error, -1);
}

static void count(struct rmqi_sender *s, const struct rmqi_send *core,
		  const struct rmqi_send_request *r, enum rmq_error error)
{
	struct rmqi_tally *t;

	if (!core->route) {
		rmqi_sender_count_refused(s, error);
		return;
	}
	t = tally_of(core);
	rmqi_tally_retried(t, core->made - 1);
	if (error == RMQ_OK)
		rmqi_tally_stored(t, core->is_on_loop,
				  core->ended_us - (core->deadline_us - core->budget_us),
				  r->messages, r->body.len);
	else
		rmqi_tally_failed(t, error, core->code);
}

void rmqi_sender_ended(struct rmqi_sender *s, const struct rmqi_send *core,
		       const struct rmqi_send_request *r, const struct rmq_send_result *result,
		       enum rmq_error error)
{
	count(s, core, r, error);
	if (s->observer && r->messages > 0)
		s->observer->ended(s->observer, r, core, result, error);
}

static void count_handed_over(struct rmqi_tally *t, const struct rmqi_send_request *r,
			      enum rmq_error error)
{
	if (error == RMQ_OK)
		rmqi_tally_handed_over(t, false, r->messages, r->body.len);
	else
		rmqi_tally_failed(t, error, -1);
}

void rmqi_sender_count_oneway(struct rmqi_sender *s, const struct rmqi_send *core,
			      const struct rmqi_send_request *r, enum rmq_error error)
{
	if (!core->route) {
		rmqi_sender_count_refused(s, error);
		return;
	}
	count_handed_over(tally_of(core), r, error);
	if (core->queue)
		count_handed_over(core->queue->tally, r, error);
}
