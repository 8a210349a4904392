/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/member.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/recycler.h"
#include "client/callbacks.h"
#include "consumer/assignment.h"
#include "consumer/mq.h"
#include "consumer/notices.h"
#include "consumer/running_info.h"
#include "consumer/standing.h"
#include "consumer/withdrawal.h"
#include "send/trace.h"

/* --- Creation ---------------------------------------------------------------------------------- */

static void on_persist(struct rmqi_timer *t)
{
	struct rmqi_member *m = RMQI_CONTAINER(t, struct rmqi_member, persist_timer);
	struct rmqi_offset_store *store = m->consumer.store;

	rmqi_running_info_keep(&m->consumer);
	rmqi_holdings_flush(&m->holdings);
	RMQI_LIST_EACH(node, &m->consumer.subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			store->commit(store, RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	if (store->flush)
		store->flush(store);
	rmqi_recycler_rest(m->consumer.memory);
	rmqi_timer_start_ms(&m->persist_timer, m->consumer.set.persist_ms);
}

struct loop_setup {
	struct rmqi_member *member;
	enum rmq_error error;
};

static enum rmq_error put_retry(struct rmqi_consumer *c)
{
	struct rmqi_sub *retry;

	/* A broadcasting group has none (DefaultMQPushConsumerImpl.copySubscription). */
	if (c->kind->is_without_retry || c->set.is_broadcasting)
		return RMQ_OK;
	return rmqi_subscriptions_put(&c->subs, c->retry_topic, RMQI_EXPRESSION_TAG, "*",
				      rmqi_clock_wall_ms(c->clock), true, &retry);
}

static void set_up(void *arg)
{
	struct loop_setup *s = arg;
	struct rmqi_member *m = s->member;
	struct rmqi_consumer *c = &m->consumer;
	/* All of them, also after a failure: the end undoes all of them. */
	enum rmq_error rebalance = rmqi_rebalance_init(&m->rebalance, c);
	enum rmq_error persist =
		rmqi_timer_init(&m->persist_timer, rmqi_loop_timers(c->loop), on_persist);
	enum rmq_error watchdog = rmqi_watchdog_init(&m->watchdog, &m->rebalance);
	enum rmq_error announce = rmqi_announce_init(&m->rebalance.announce, c);
	enum rmq_error conflict = rmqi_conflict_init(&m->rebalance.conflict, c);
	enum rmq_error agreement = rmqi_agreement_init(
		&m->rebalance.agreement, c, &m->rebalance.announce, &m->rebalance.conflict);
	enum rmq_error unreadable =
		rmqi_unreadable_init(&c->unreadable, c->client, c->group, c->set.stops_at_corrupt);
	enum rmq_error kind = c->kind->set_up(c);

	/* No memory is the only failure. */
	s->error = RMQ_ERR_NO_MEMORY;
	if (rebalance == RMQ_OK && persist == RMQ_OK && announce == RMQ_OK && conflict == RMQ_OK &&
	    agreement == RMQ_OK && unreadable == RMQ_OK && kind == RMQ_OK && watchdog == RMQ_OK)
		s->error = put_retry(c);
}

static enum rmq_error open_client(struct rmqi_member *m, const struct rmq_config *config,
				  struct rmq_error_detail *detail)
{
	struct rmqi_consumer *c = &m->consumer;
	struct rmqi_client_owner owner;
	struct loop_setup setup = {.member = m};
	enum rmq_error err;

	m->rebalance.consumer = c;
	owner = rmqi_notices(&m->rebalance);
	err = rmqi_client_new(config, &owner, &c->client, detail);
	if (err != RMQ_OK)
		return err;
	c->loop = rmqi_client_loop(c->client);
	c->log = rmqi_client_log(c->client);
	if (c->kind->is_traced)
		err = rmqi_trace_new(c->client, c->group, RMQI_TRACE_CONSUME, &c->trace, detail);
	rmqi_loop_call(c->loop, set_up, &setup);
	if (setup.error != RMQ_OK)
		return rmqi_detail_set(detail, setup.error, 0, "no memory for the consumer");
	return err;
}

static void on_unknown(struct rmqi_consumer *c, const struct rmqi_mq *mq, bool was_known)
{
	struct rmqi_member *m = RMQI_CONTAINER(c, struct rmqi_member, consumer);

	if (was_known)
		rmqi_conflict_forgotten(&m->rebalance.conflict, mq);
	rmqi_announce_unknown(&m->rebalance.announce);
}

enum rmq_error rmqi_member_init(struct rmqi_member *m, const struct rmq_config *config,
				const char *group, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	rmqi_life_init(&m->life, config->env);
	rmqi_event_init(&m->last_commit.settled, config->env);
	rmqi_event_init(&m->rebalance.moved, config->env);
	rmqi_holdings_init(&m->holdings, &m->consumer, config->env);
	m->consumer.on_unknown = on_unknown;
	err = rmqi_consumer_init(&m->consumer, config, group, detail);
	rmqi_offsets_init(&m->offsets, &m->consumer);
	if (err == RMQ_OK)
		err = open_client(m, config, detail);
	return err;
}

/* --- Subscriptions -------------------------------------------------------------------------------- */

struct subscribe_call {
	struct rmqi_member *member;
	const char *topic;
	enum rmqi_expression kind;
	const char *expression;
	enum rmq_error error;
};

void rmqi_member_know_route(struct rmqi_consumer *c, struct rmqi_sub *sub)
{
	struct rmqi_topic_route *known;

	if (sub->route)
		return;
	known = rmqi_client_cached_route(c->client, rmqi_sub_topic(sub));
	rmqi_sub_set_route(sub, known);
	rmqi_topic_route_unref(known);
}

static void subscribe(void *arg)
{
	struct subscribe_call *s = arg;
	struct rmqi_consumer *c = &s->member->consumer;
	struct rmqi_sub *sub;

	s->error = rmqi_subscriptions_put(&c->subs, s->topic, s->kind, s->expression,
					  rmqi_clock_wall_ms(c->clock), false, &sub);
	if (s->error == RMQ_OK && c->is_active)
		s->error = rmqi_client_watch(c->client, s->topic);
	if (s->error != RMQ_OK || !c->is_active)
		return;
	/* Known already when another subscription, or an earlier one, watched it. */
	rmqi_member_know_route(c, sub);
	rmqi_client_heartbeat(c->client);
	rmqi_rebalance_soon(&s->member->rebalance, 0);
}

static void unsubscribe(void *arg)
{
	struct subscribe_call *s = arg;
	struct rmqi_consumer *c = &s->member->consumer;
	struct rmqi_sub *sub = rmqi_subscriptions_find(&c->subs, s->topic);

	s->error = RMQ_ERR_NOT_FOUND;
	if (!sub || sub->is_retry)
		return;
	if (c->pops)
		rmqi_assignment_end(c, sub);
	rmqi_withdraw_sub(c, sub);
	s->error = RMQ_OK;
	if (c->is_active)
		rmqi_client_heartbeat(c->client);
}

static enum rmq_error closed_before(struct rmq_error_detail *detail)
{
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "the consumer was closed");
}

enum rmq_error rmqi_member_subscribe(struct rmqi_member *m, const char *topic,
				     enum rmqi_expression kind, const char *expression,
				     struct rmq_error_detail *detail)
{
	struct subscribe_call call = {
		.member = m, .topic = topic, .kind = kind, .expression = expression};

	if (!rmqi_life_is_open(&m->life))
		return closed_before(detail);
	if (!m->consumer.set.is_broadcasting && strcmp(topic, m->consumer.retry_topic) == 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s is subscribed by itself", topic);
	rmqi_loop_call(m->consumer.loop, subscribe, &call);
	if (call.error == RMQ_ERR_INVALID_ARGUMENT)
		return rmqi_detail_set(detail, call.error, RMQ_ERROR_FATAL,
				       "the expression \"%s\" of topic %s cannot be parsed",
				       expression, topic);
	if (call.error != RMQ_OK)
		return rmqi_detail_set(detail, call.error, 0, "%s", rmq_error_text(call.error));
	return RMQ_OK;
}

enum rmq_error rmqi_member_unsubscribe(struct rmqi_member *m, const char *topic,
				       struct rmq_error_detail *detail)
{
	struct subscribe_call call = {.member = m, .topic = topic};

	if (!rmqi_life_is_open(&m->life))
		return closed_before(detail);
	rmqi_loop_call(m->consumer.loop, unsubscribe, &call);
	if (call.error != RMQ_OK)
		return rmqi_detail_set(detail, call.error, RMQ_ERROR_FATAL,
				       "topic %s was not subscribed", topic);
	return RMQ_OK;
}

/* --- Queues -------------------------------------------------------------------------------------- */

/* Is it not started yet, and are there threads to call on? */
static enum rmq_error prepare_calls(struct rmqi_member *m, const char *what,
				    struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (rmqi_life_state(&m->life) != RMQI_LIFE_CREATED)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "%s is set before start, and the consumer was started or "
				       "closed",
				       what);
	err = rmqi_client_need_callbacks(m->consumer.client);
	if (err != RMQ_OK)
		rmqi_detail_set(detail, err, 0, "the callback threads cannot be started: %s",
				rmq_error_text(err));
	return err;
}

enum rmq_error rmqi_member_set_queues_fn(struct rmqi_member *m, rmq_queues_fn fn, void *arg,
					 struct rmq_error_detail *detail)
{
	enum rmq_error err = prepare_calls(m, "a queues function", detail);

	if (err == RMQ_OK)
		rmqi_holdings_set_fn(&m->holdings, fn, arg);
	return err;
}

enum rmq_error rmqi_member_set_allocate_fn(struct rmqi_member *m, rmq_allocate_fn fn, void *arg,
					   struct rmq_error_detail *detail)
{
	enum rmq_error err = prepare_calls(m, "an allocate function", detail);

	if (err == RMQ_OK)
		m->rebalance.own = (struct rmqi_own_strategy){fn, arg};
	return err;
}

/* --- Standing ------------------------------------------------------------------------------------- */

struct standing_call {
	struct rmqi_member *member;
	struct rmqi_member_standing *out;
};

static void look_at(const struct rmqi_member *m, const struct rmqi_sub *sub,
		    struct rmqi_member_standing *out)
{
	enum rmqi_standing standing = rmqi_rebalance_standing(&m->rebalance, sub);

	if (out->subscriptions++ == 0 || standing < out->least) {
		out->least = standing;
		snprintf(out->topic, sizeof(out->topic), "%s", rmqi_sub_topic(sub));
	}
	out->shared += standing == RMQI_STANDING_SHARED ? 1 : 0;
	RMQI_LIST_EACH(node, &sub->mqs)
		out->queues++;
}

static void read_trouble(struct rmqi_client *c, struct rmqi_member_standing *out)
{
	/* Of a missing route a name server is asked anew. */
	if (out->least != RMQI_STANDING_NO_ROUTE)
		out->has_trouble = rmqi_standing_trouble(c, out->least, out->topic, &out->trouble);
}

static void read_standing(void *arg)
{
	struct standing_call *call = arg;

	RMQI_LIST_EACH(node, &call->member->consumer.subs.list) {
		const struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		if (!sub->is_retry)
			look_at(call->member, sub, call->out);
	}
	read_trouble(call->member->consumer.client, call->out);
}

void rmqi_member_standing(struct rmqi_member *m, struct rmqi_member_standing *out)
{
	struct standing_call call = {m, out};

	*out = (struct rmqi_member_standing){.least = RMQI_STANDING_NO_ROUTE};
	rmqi_loop_call(m->consumer.loop, read_standing, &call);
}

size_t rmqi_member_subscription_count(struct rmqi_member *m)
{
	return atomic_load_explicit(&m->consumer.subs.user_count, memory_order_relaxed);
}

/* --- Start, suspend --------------------------------------------------------------------------------- */

struct activate_call {
	struct rmqi_member *member;
	enum rmq_error error;
};

static void activate(void *arg)
{
	struct activate_call *a = arg;
	struct rmqi_member *m = a->member;
	struct rmqi_consumer *c = &m->consumer;
	bool is_known = false;

	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		a->error = rmqi_client_watch(c->client, rmqi_sub_topic(sub));
		if (a->error != RMQ_OK)
			return;
		/* It is known already when its queues were asked for: that is no news. */
		rmqi_member_know_route(c, sub);
		is_known |= sub->route != NULL;
	}
	c->is_active = true;
	rmqi_announce_start(&m->rebalance.announce);
	c->started_ms = rmqi_clock_wall_ms(c->clock);
	rmqi_timer_start_ms(&m->persist_timer, c->set.persist_ms);
	rmqi_rebalance_soon(&m->rebalance, 0);
	rmqi_watchdog_start(&m->watchdog);
	if (is_known)
		rmqi_client_heartbeat(c->client);
}

static enum rmq_error start_sink(struct rmqi_consumer *c, struct rmq_error_detail *detail)
{
	enum rmq_error err = c->sink->start ? c->sink->start(c->sink) : RMQ_OK;

	if (err == RMQ_OK)
		return err;
	return rmqi_detail_set(detail, err, 0, "the consume threads cannot be started: %s",
			       rmq_error_text(err));
}

enum rmq_error rmqi_member_start(struct rmqi_member *m, struct rmq_error_detail *detail)
{
	struct rmqi_consumer *c = &m->consumer;
	struct activate_call call = {.member = m};
	enum rmq_error err = RMQ_OK;

	if (!rmqi_life_move(&m->life, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the consumer was started or closed before");
	if (c->store->open)
		err = c->store->open(c->store, detail);
	if (err == RMQ_OK)
		err = start_sink(c, detail);
	if (err == RMQ_OK)
		err = rmqi_client_start(c->client, detail);
	if (err == RMQ_OK)
		err = rmqi_trace_start(c->trace, detail);
	if (err == RMQ_OK) {
		rmqi_loop_call(c->loop, activate, &call);
		err = call.error;
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the consumer cannot be started: %s",
					rmq_error_text(err));
	}
	rmqi_life_move(&m->life, RMQI_LIFE_STARTING,
		       err == RMQ_OK ? RMQI_LIFE_RUNNING : RMQI_LIFE_CLOSING);
	if (err != RMQ_OK)
		rmqi_member_close_failed(m);
	return err;
}

struct suspend_call {
	struct rmqi_member *member;
	bool is_suspended;
};

static void set_suspended(void *arg)
{
	struct suspend_call *s = arg;
	struct rmqi_consumer *c = &s->member->consumer;

	if (c->is_suspended == s->is_suspended)
		return;
	c->is_suspended = s->is_suspended;
	RMQI_LOG(c->log, RMQ_LOG_INFO, "group %s %s", c->group,
		 c->is_suspended ? "suspended" : "resumed");
	if (c->is_suspended || !c->is_active)
		return;
	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs)
			rmqi_mq_continue(RMQI_LIST_ITEM(at, struct rmqi_mq, link));
	}
	rmqi_rebalance_soon(&s->member->rebalance, 0);
}

enum rmq_error rmqi_member_set_suspended(struct rmqi_member *m, bool is_suspended,
					 struct rmq_error_detail *detail)
{
	struct suspend_call call = {.member = m, .is_suspended = is_suspended};

	if (!rmqi_life_is_open(&m->life))
		return closed_before(detail);
	rmqi_loop_call(m->consumer.loop, set_suspended, &call);
	return RMQ_OK;
}
