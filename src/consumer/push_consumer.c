/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/push_consumer.h"

#include "base/detail.h"
#include "base/mem.h"
#include "consumer/pull.h"
#include "consumer/ready.h"

/* --- What it is ---------------------------------------------------------------------------------- */

static rmq_push_consumer *handle_of(struct rmqi_consumer *c)
{
	return RMQI_CONTAINER(c, struct rmq_push_consumer, member.consumer);
}

static enum rmq_error set_up(struct rmqi_consumer *c)
{
	return rmqi_consume_service_set_up(&handle_of(c)->service, c);
}

static void tear_down(struct rmqi_consumer *c)
{
	rmqi_consume_service_tear_down(&handle_of(c)->service);
}

static void destroy(struct rmqi_consumer *c)
{
	rmq_push_consumer *p = handle_of(c);

	rmqi_member_deinit(&p->member);
	rmqi_consume_service_deinit(&p->service);
	rmqi_free(p);
}

static const struct rmqi_consumer_kind push_kind = {
	.consume_type = "CONSUME_PASSIVELY",
	.message_model = "CLUSTERING",
	.fetch = &rmqi_pull,
	.set_up = set_up,
	.tear_down = tear_down,
	.destroy = destroy,
};

/* --- Life ---------------------------------------------------------------------------------------- */

enum rmq_error rmqi_push_consumer_new(const rmq_config *config, const char *group,
				      rmq_push_consumer **out, rmq_error_detail *detail)
{
	rmq_push_consumer *c = rmqi_calloc(1, sizeof(*c));
	enum rmq_error err;

	if (!c)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "no memory for the consumer");
	rmqi_consume_service_init(&c->service, config, c);
	rmqi_remote_offsets_init(&c->offsets, &c->member.consumer);
	c->member.consumer.kind = &push_kind;
	c->member.consumer.sink = &c->service.sink;
	c->member.consumer.store = &c->offsets.store;
	err = rmqi_member_init(&c->member, config, group, detail);
	if (err == RMQ_OK)
		*out = c;
	else
		rmqi_consumer_unref(&c->member.consumer);
	return err;
}

enum rmq_error rmqi_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn listener,
					       void *arg, rmq_error_detail *detail)
{
	if (rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "a listener is set before start, and the consumer was "
				       "started or closed");
	c->service.listener = listener;
	c->service.arg = arg;
	return RMQ_OK;
}

static enum rmq_error check_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	const char *problem = NULL;

	if (rmqi_life_state(&c->member.life) != RMQI_LIFE_CREATED)
		return RMQ_OK; /* the member says so */
	if (!c->service.listener)
		problem = "messageListener is null";
	else if (rmqi_member_subscription_count(&c->member) == 0)
		problem = "subscription is null";
	if (!problem)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s", problem);
}

enum rmq_error rmqi_push_consumer_start(rmq_push_consumer *c, rmq_error_detail *detail)
{
	enum rmq_error err = check_start(c, detail);

	return err != RMQ_OK ? err : rmqi_member_start(&c->member, detail);
}

enum rmq_error rmqi_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms,
					     rmq_error_detail *detail)
{
	return rmqi_member_wait_ready(&c->member, timeout_ms, detail);
}

enum rmq_error rmqi_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms,
					rmq_error_detail *detail)
{
	return rmqi_member_close(&c->member, timeout_ms, detail);
}

void rmqi_push_consumer_free(rmq_push_consumer *c)
{
	struct rmqi_consumer *own;

	if (!c)
		return;
	own = &c->member.consumer;
	/* What it could not do is in the log. */
	if (rmqi_member_close(&c->member, -1, NULL) == RMQ_OK)
		RMQI_LOG(own->log, RMQ_LOG_DEBUG, "consumer of group %s freed", own->group);
	rmqi_consumer_unref(own);
}

/* --- What the member does -------------------------------------------------------------------------- */

enum rmq_error rmqi_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					    const char *expression, rmq_error_detail *detail)
{
	return rmqi_member_subscribe(&c->member, topic, expression, detail);
}

enum rmq_error rmqi_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					      rmq_error_detail *detail)
{
	return rmqi_member_unsubscribe(&c->member, topic, detail);
}

enum rmq_error rmqi_push_consumer_set_suspended(rmq_push_consumer *c, bool is_suspended,
						rmq_error_detail *detail)
{
	return rmqi_member_set_suspended(&c->member, is_suspended, detail);
}

size_t rmqi_push_consumer_queue_count(const rmq_push_consumer *c)
{
	return atomic_load(&c->member.consumer.queue_count);
}

const char *rmqi_push_consumer_client_id(const rmq_push_consumer *c)
{
	return rmqi_client_id(c->member.consumer.client);
}
