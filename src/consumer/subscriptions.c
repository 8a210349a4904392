/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/subscriptions.h"

#include <assert.h>

#include "base/mem.h"
#include "base/planted.h"
#include "consumer/holding.h"

static struct rmqi_sub *sub_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_sub, link);
}

void rmqi_subscriptions_init(struct rmqi_subscriptions *s)
{
	*s = (struct rmqi_subscriptions){0};
	rmqi_list_init(&s->list);
	rmqi_stats_table_init(&s->stats);
}

void rmqi_subscriptions_deinit(struct rmqi_subscriptions *s)
{
	rmqi_stats_table_deinit(&s->stats);
}

struct rmqi_sub *rmqi_subscriptions_find(struct rmqi_subscriptions *s, const char *topic)
{
	RMQI_LIST_EACH(node, &s->list) {
		if (rmqi_str_is(rmqi_str(topic), rmqi_sub_topic(sub_of(node))))
			return sub_of(node);
	}
	return NULL;
}

static struct rmqi_sub *new_sub(struct rmqi_subscriptions *s, const char *topic, bool is_retry)
{
	struct rmqi_stats *stats = rmqi_stats_obtain(&s->stats, topic);
	struct rmqi_sub *sub = stats ? rmqi_calloc(1, sizeof(*sub)) : NULL;

	if (!sub)
		return NULL;
	sub->stats = stats;
	sub->refs = 1;
	sub->is_retry = is_retry;
	rmqi_list_init(&sub->mqs);
	rmqi_list_init(&sub->asks);
	rmqi_list_init(&sub->link);
	rmqi_list_init(&sub->mark);
	rmqi_list_push(&s->list, &sub->link);
	s->user_count += is_retry ? 0 : 1;
	return sub;
}

/* A broker takes a changed expression only with a larger version. */
static int64_t next_version(struct rmqi_subscriptions *s, int64_t now_ms)
{
	return now_ms > s->last_version ? now_ms : s->last_version + 1;
}

static void set_filter(struct rmqi_sub *sub, struct rmqi_subscription *filter,
		       enum rmqi_expression kind)
{
	bool is_same = sub->filter && rmqi_subscription_is_same(sub->filter, filter);

	if (!is_same) {
		sub->approval.wanted++;
		sub->approval.state =
			kind == RMQI_EXPRESSION_TAG ? RMQI_APPROVAL_GIVEN : RMQI_APPROVAL_NEEDED;
	}
	rmqi_subscription_free(sub->filter);
	sub->filter = filter;
}

enum rmq_error rmqi_subscriptions_put(struct rmqi_subscriptions *s, const char *topic,
				      enum rmqi_expression kind, const char *expression,
				      int64_t now_ms, bool is_retry, struct rmqi_sub **out)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(s, topic);
	int64_t version = next_version(s, now_ms);
	struct rmqi_subscription *filter;
	enum rmq_error err;

	if (RMQI_PLANTED(SUBSCRIPTION_NOT_RENEWED) && sub)
		version = sub->filter->sub_version;
	err = rmqi_subscription_new(rmqi_str(topic), rmqi_str(expression),
				    rmqi_str(rmqi_expression_name(kind)), version, &filter);
	if (err != RMQ_OK)
		return err;
	if (!sub)
		sub = new_sub(s, topic, is_retry);
	if (!sub) {
		rmqi_subscription_free(filter);
		return RMQ_ERR_NO_MEMORY;
	}
	set_filter(sub, filter, kind);
	s->last_version = version;
	*out = sub;
	return RMQ_OK;
}

void rmqi_subscriptions_renew(struct rmqi_subscriptions *s, int64_t now_ms)
{
	s->last_version = next_version(s, now_ms);
	RMQI_LIST_EACH(node, &s->list)
		sub_of(node)->filter->sub_version = s->last_version;
}

void rmqi_subscriptions_remove(struct rmqi_subscriptions *s, struct rmqi_sub *sub)
{
	/* A held queue would be left without its subscription. */
	assert(rmqi_list_is_empty(&sub->mqs));
	rmqi_list_remove(&sub->link);
	s->user_count -= sub->is_retry ? 0 : 1;
	sub->is_removed = true;
	rmqi_sub_unref(sub);
}

struct rmqi_sub *rmqi_sub_ref(struct rmqi_sub *sub)
{
	sub->refs++;
	return sub;
}

void rmqi_sub_unref(struct rmqi_sub *sub)
{
	if (!sub || --sub->refs > 0)
		return;
	rmqi_subscription_free(sub->filter);
	rmqi_holding_unref(sub->told);
	if (sub->route)
		rmqi_topic_route_unref(sub->route);
	if (sub->first_route)
		rmqi_topic_route_unref(sub->first_route);
	rmqi_free(sub);
}

void rmqi_sub_set_route(struct rmqi_sub *sub, struct rmqi_topic_route *route)
{
	struct rmqi_topic_route *old = sub->route;

	sub->route = route ? rmqi_topic_route_ref(route) : NULL;
	if (!sub->first_route && route && route->subscribe_count > 0)
		sub->first_route = rmqi_topic_route_ref(route);
	if (old)
		rmqi_topic_route_unref(old);
}

bool rmqi_sub_is_late_queue(const struct rmqi_sub *sub, const struct rmqi_queue *key)
{
	const struct rmqi_topic_route *r = sub->first_route;

	for (size_t i = 0; r && i < r->subscribe_count; i++)
		if (rmqi_queue_cmp(&r->subscribe[i], key) == 0)
			return false;
	return r != NULL;
}

const char *rmqi_sub_topic(const struct rmqi_sub *sub)
{
	return sub->filter->topic;
}

enum rmq_error rmqi_subscriptions_fill(const struct rmqi_subscriptions *s,
				       struct rmqi_consumer_data *out)
{
	size_t count = 0;

	RMQI_LIST_EACH(node, &s->list)
		count++;
	out->subscriptions = rmqi_calloc(count ? count : 1, sizeof(*out->subscriptions));
	if (!out->subscriptions)
		return RMQ_ERR_NO_MEMORY;
	out->is_lent = true;
	RMQI_LIST_EACH(node, &s->list)
		out->subscriptions[out->subscription_count++] = sub_of(node)->filter;
	return RMQ_OK;
}
