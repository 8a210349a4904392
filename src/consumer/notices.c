/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/notices.h"

#include <string.h>

#include "base/mem.h"
#include "codec/schema.h"
#include "consumer/inquiry.h"
#include "consumer/lite_topics.h"
#include "consumer/mq.h"

static enum rmq_error fill_consumer(struct rmqi_consumer *c, struct rmqi_consumer_data *out)
{
	const char *where =
		rmqi_config_str(rmqi_client_config(c->client), RMQI_CFG_consumeFromWhere);

	out->group_name = rmqi_strdup(c->group);
	out->consume_type = rmqi_strdup(c->kind->consume_type);
	out->message_model = rmqi_strdup(c->set.is_broadcasting ? "BROADCASTING" : "CLUSTERING");
	out->consume_from_where = rmqi_strdup(where);
	out->unit_mode = rmqi_config_bool(rmqi_client_config(c->client), RMQI_CFG_unitMode);
	if (!out->group_name || !out->consume_type || !out->message_model ||
	    !out->consume_from_where)
		return RMQ_ERR_NO_MEMORY;
	/* What the user assigns is not subscribed (DefaultLitePullConsumerImpl.subscriptions). */
	return c->is_assigned ? RMQ_OK : rmqi_subscriptions_fill(&c->subs, out);
}

static enum rmq_error on_fill_heartbeat(void *arg, struct rmqi_heartbeat *h)
{
	struct rmqi_rebalance *r = arg;
	struct rmqi_consumer *c = r->consumer;
	struct rmqi_consumer_data *consumers;

	if (!c->is_active)
		return RMQ_OK;
	rmqi_announce_beaten(&r->announce);
	consumers = rmqi_realloc(h->consumers, (h->consumer_count + 1) * sizeof(*consumers));
	if (!consumers)
		return RMQ_ERR_NO_MEMORY;
	h->consumers = consumers;
	consumers[h->consumer_count] = (struct rmqi_consumer_data){0};
	return fill_consumer(c, &consumers[h->consumer_count++]);
}

/* ClientRemotingProcessor.notifyConsumerIdsChanged. Always one-way. */
static void on_group_changed(void *arg, struct rmqi_conn *conn, const char *address,
			     const struct rmqi_command *request)
{
	struct rmqi_rebalance *r = arg;
	struct rmqi_consumer *c = r->consumer;
	struct rmqi_h_notify_consumer_ids_changed h = {0};

	(void)conn;
	(void)address;
	if (rmqi_header_decode(&rmqi_desc_notify_consumer_ids_changed, request, &h, NULL) ==
		    RMQ_OK &&
	    rmqi_str_is(h.consumerGroup, c->group))
		rmqi_rebalance_soon(r, 0);
}

static void on_lite_taken(void *arg, struct rmqi_conn *conn, const char *address,
			  const struct rmqi_command *request)
{
	struct rmqi_rebalance *r = arg;

	(void)conn;
	if (r->consumer->lite)
		rmqi_lite_topics_taken(r->consumer->lite, address, request);
}

static const struct rmqi_client_handler handlers[] = {
	{RMQI_REQ_NOTIFY_CONSUMER_IDS_CHANGED, on_group_changed},
	{RMQI_REQ_RESET_CONSUMER_CLIENT_OFFSET, rmqi_inquiry_reset},
	{RMQI_REQ_GET_CONSUMER_STATUS_FROM_CLIENT, rmqi_inquiry_status},
	{RMQI_REQ_GET_CONSUMER_RUNNING_INFO, rmqi_inquiry_running_info},
	{RMQI_REQ_CONSUME_MESSAGE_DIRECTLY, rmqi_inquiry_consume},
	{RMQI_REQ_NOTIFY_UNSUBSCRIBE_LITE, on_lite_taken},
	{0},
};

static void on_route(void *arg, const char *topic, struct rmqi_topic_route *route)
{
	struct rmqi_rebalance *r = arg;
	struct rmqi_consumer *c = r->consumer;
	struct rmqi_sub *sub = rmqi_subscriptions_find(&c->subs, topic);

	/* An unknown topic may come; a known one that is gone may be the mistake of a name server that has
	 * just been started: what we hold stays. The client complains (client/complaint.h). */
	if (!sub || !c->is_active || !route)
		return;
	rmqi_sub_set_route(sub, route);
	RMQI_LIST_EACH(node, &sub->mqs)
		rmqi_mq_retry_now(RMQI_LIST_ITEM(node, struct rmqi_mq, link));
	if (c->sink->awake)
		c->sink->awake(c->sink);
	rmqi_rebalance_sub_soon(r, sub, 0);
}

static bool is_at(const struct rmqi_mq *mq, const char *address)
{
	const struct rmqi_route *r = mq->sub->route ? &mq->sub->route->route : NULL;

	for (size_t i = 0; r && i < r->broker_count; i++) {
		if (strcmp(r->brokers[i].broker_name, mq->key.broker_name) != 0)
			continue;
		for (size_t j = 0; j < r->brokers[i].address_count; j++) {
			if (strcmp(r->brokers[i].addresses[j].address, address) == 0)
				return true;
		}
	}
	return false;
}

static void on_registered(void *arg, const char *address)
{
	struct rmqi_rebalance *r = arg;
	struct rmqi_consumer *c = r->consumer;

	RMQI_LIST_EACH(node, &c->subs.list) {
		struct rmqi_sub *sub = RMQI_LIST_ITEM(node, struct rmqi_sub, link);

		RMQI_LIST_EACH(at, &sub->mqs) {
			struct rmqi_mq *mq = RMQI_LIST_ITEM(at, struct rmqi_mq, link);

			if (!is_at(mq, address))
				continue;
			mq->was_served = false;
			if (c->store->commit_again)
				c->store->commit_again(c->store, mq);
			rmqi_mq_retry_now(mq);
		}
	}
	if (c->sink->awake)
		c->sink->awake(c->sink);
	if (c->lite)
		rmqi_lite_topics_registered(c->lite, address);
	rmqi_conflict_registered(&r->conflict);
	rmqi_rebalance_registered(r);
}

struct rmqi_client_owner rmqi_notices(struct rmqi_rebalance *r)
{
	return (struct rmqi_client_owner){.arg = r,
					  .fill_heartbeat = on_fill_heartbeat,
					  .handlers = handlers,
					  .on_route = on_route,
					  .on_registered = on_registered,
					  .consumer_group = r->consumer->group,
					  .heartbeat_slaves = true};
}
