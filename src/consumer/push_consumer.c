/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/push_consumer.h"

#include "base/detail.h"
#include "base/mem.h"
#include "consumer/assignment.h"
#include "consumer/handle.h"
#include "consumer/pull.h"

/* --- What it is ---------------------------------------------------------------------------------- */

static rmq_push_consumer *handle_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct rmq_push_consumer, member.consumer);
}

static void hold_back(struct rmqi_consumer *c, struct rmqi_delivery *d)
{
	rmqi_rate_take(&handle_of(c)->rate, d);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	enum rmq_error err = rmqi_consume_service_set_up(&handle_of(c)->service, c);
	enum rmq_error rate = rmqi_rate_set_up(&handle_of(c)->rate, c);

	c->hold_back = hold_back;
	return err != RMQ_OK ? err : rate;
}

static void tear_down(struct rmqi_consumer *c)
{
	rmqi_rate_tear_down(&handle_of(c)->rate);
	rmqi_consume_service_tear_down(&handle_of(c)->service);
	rmqi_consume_orderly_tear_down(&handle_of(c)->orderly);
}

static void destroy(struct rmqi_consumer *c)
{
	rmq_push_consumer *p = handle_of(c);

	rmqi_member_deinit(&p->member);
	rmqi_consume_service_deinit(&p->service);
	rmqi_consume_orderly_deinit(&p->orderly);
	rmqi_free(p);
}

static const struct rmqi_consumer_kind push_kind = {
	.name = "push_consumer",
	.consume_type = "CONSUME_PASSIVELY",
	.is_traced = true,
	.fetch = &rmqi_pull,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

/* --- Life ---------------------------------------------------------------------------------------- */

enum rmq_error rmqi_push_consumer_new(const rmq_config *config, const char *group,
				      rmq_push_consumer **out, rmq_error_detail *detail)
{
	rmq_push_consumer *c;
	char name[RMQI_NAMED_MAX];
	enum rmq_error err;

	err = rmqi_handle_group(config, group, name, detail);
	if (err != RMQ_OK)
		return err;
	c = rmqi_calloc(1, sizeof(*c));
	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	rmqi_consume_service_init(&c->service, config, c);
	rmqi_consume_orderly_init(&c->orderly, config, c);
	c->member.consumer.kind = &push_kind;
	c->member.consumer.sink = &c->service.sink;
	err = rmqi_member_init(&c->member, config, name, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_consumer_unref(&c->member.consumer);
	return err;
}

static enum rmq_error check_not_started(rmq_push_consumer *c, rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK && rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "a listener is set before start, and the consumer was "
				      "started or closed");
	return err;
}

static void choose_sink(rmq_push_consumer *c, struct rmqi_sink *sink)
{
	struct rmqi_consumer *own = &c->member.consumer;

	own->sink = sink;
	rmqi_settings_set_orderly(&own->set, rmqi_client_config(own->client), sink->is_orderly);
}

enum rmq_error rmqi_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn listener,
					       void *arg, rmq_error_detail *detail)
{
	enum rmq_error err = check_not_started(c, detail);

	if (err != RMQ_OK)
		return err;
	c->service.listener = listener;
	c->service.arg = arg;
	choose_sink(c, &c->service.sink);
	return RMQ_OK;
}

struct orderly_call {
	rmq_push_consumer *handle;
	enum rmq_error error;
};

static void set_up_orderly(void *arg)
{
	struct orderly_call *call = arg;
	struct rmqi_consume_orderly *s = &call->handle->orderly;

	call->error = s->consumer ? s->set_up_error
				  : rmqi_consume_orderly_set_up(s, &call->handle->member.consumer);
}

enum rmq_error rmqi_push_consumer_set_orderly_listener(rmq_push_consumer *c,
						       rmq_consume_orderly_fn listener, void *arg,
						       rmq_error_detail *detail)
{
	struct orderly_call call = {.handle = c};
	enum rmq_error err = check_not_started(c, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_loop_call(c->member.consumer.loop, set_up_orderly, &call);
	if (call.error != RMQ_OK)
		return rmqi_detail_set(detail, call.error, 0, "no memory for the listener");
	c->orderly.listener = listener;
	c->orderly.arg = arg;
	choose_sink(c, &c->orderly.sink);
	return RMQ_OK;
}

enum rmq_error rmqi_push_consumer_set_queues_fn(rmq_push_consumer *c, rmq_queues_fn fn, void *arg,
						rmq_error_detail *detail)
{
	return rmqi_handle_set_queues_fn(&c->member, fn, arg, detail);
}

enum rmq_error rmqi_push_consumer_set_allocate_fn(rmq_push_consumer *c, rmq_allocate_fn fn,
						  void *arg, rmq_error_detail *detail)
{
	return rmqi_handle_set_allocate_fn(&c->member, fn, arg, detail);
}

static enum rmq_error check_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	const char *problem = NULL;

	if (rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		return RMQ_OK; /* the member says so */
	if (!c->service.listener && !c->orderly.listener)
		problem = "no listener is set: rmq_push_consumer_set_listener, before start";
	else if (rmqi_member_subscription_count(&c->member) == 0)
		problem = "no topic is subscribed: rmq_push_consumer_subscribe, before start";
	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s", problem);
}

/* RebalancePushImpl.clientRebalance */
static enum rmq_error choose_rebalance(rmq_push_consumer *c, rmq_error_detail *detail)
{
	struct rmqi_consumer *own = &c->member.consumer;
	enum rmq_error err;

	if (own->set.client_rebalance || rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		return RMQ_OK;
	if (own->set.is_broadcasting || own->sink->is_orderly) {
		RMQI_LOG(own->log, RMQ_LOG_WARN,
			 "group %s: clientRebalance=false has no meaning %s: the queues are %s",
			 own->group,
			 own->set.is_broadcasting ? "with BROADCASTING" : "for an orderly listener",
			 own->set.is_broadcasting ? "everybody's" : "shared by the members");
		return RMQ_OK;
	}
	err = rmqi_assignment_check(rmqi_client_config(own->client),
				    c->member.rebalance.own.fn != NULL, detail);
	if (err == RMQ_OK)
		own->pops = &c->service.pops;
	return err;
}

enum rmq_error rmqi_push_consumer_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK)
		err = check_start(c, detail);
	if (err == RMQ_OK)
		err = choose_rebalance(c, detail);
	return err != RMQ_OK ? err : rmqi_member_start(&c->member, detail);
}

enum rmq_error rmqi_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms,
					     rmq_error_detail *detail)
{
	return rmqi_handle_wait_ready(&c->member, timeout_ms, detail);
}

enum rmq_error rmqi_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms,
					rmq_error_detail *detail)
{
	return rmqi_handle_close(&c->member, timeout_ms, detail);
}

void rmqi_push_consumer_free(rmq_push_consumer *c)
{
	if (c)
		rmqi_handle_free(&c->member);
}

/* --- What the member does -------------------------------------------------------------------------- */

enum rmq_error rmqi_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					    const char *expression, rmq_error_detail *detail)
{
	return rmqi_handle_subscribe(&c->member, topic, RMQI_EXPRESSION_TAG, expression, detail);
}

enum rmq_error rmqi_push_consumer_subscribe_sql(rmq_push_consumer *c, const char *topic,
						const char *expression, rmq_error_detail *detail)
{
	return rmqi_handle_subscribe(&c->member, topic, RMQI_EXPRESSION_SQL92, expression, detail);
}

enum rmq_error rmqi_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					      rmq_error_detail *detail)
{
	return rmqi_handle_unsubscribe(&c->member, topic, detail);
}

static void resumed(void *arg)
{
	rmqi_rate_resumed(&((rmq_push_consumer *)arg)->rate);
}

enum rmq_error rmqi_push_consumer_set_suspended(rmq_push_consumer *c, bool is_suspended,
						rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_set_suspended(&c->member, is_suspended, detail);

	if (err == RMQ_OK && !is_suspended)
		rmqi_loop_call(c->member.consumer.loop, resumed, c);
	return err;
}

struct rate_call {
	rmq_push_consumer *handle;
	int64_t per_second;
};

static void set_rate(void *arg)
{
	const struct rate_call *call = arg;

	rmqi_rate_set(&call->handle->rate, call->per_second);
}

enum rmq_error rmqi_push_consumer_set_rate_limit(rmq_push_consumer *c, int64_t per_second,
						 rmq_error_detail *detail)
{
	struct rate_call call = {c, per_second};
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK && !rmqi_life_is_open(&c->member.life))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "the consumer was closed");
	if (err == RMQ_OK)
		rmqi_loop_call(c->member.consumer.loop, set_rate, &call);
	return err;
}

size_t rmqi_push_consumer_queue_count(const rmq_push_consumer *c)
{
	return atomic_load(&c->member.consumer.queue_count);
}

const char *rmqi_push_consumer_client_id(const rmq_push_consumer *c)
{
	return rmqi_client_id(c->member.consumer.client);
}
