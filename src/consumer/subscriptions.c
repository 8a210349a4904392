/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/subscriptions.h"

#include <assert.h>

#include "base/mem.h"

static struct rmqi_sub *sub_of(struct rmqi_list *node)
{
	return RMQI_LIST_ITEM(node, struct rmqi_sub, link);
}

void rmqi_subscriptions_init(struct rmqi_subscriptions *s)
{
	*s = (struct rmqi_subscriptions){0};
	rmqi_list_init(&s->list);
}

struct rmqi_sub *rmqi_subscriptions_find(struct rmqi_subscriptions *s, const char *topic)
{
	RMQI_LIST_EACH(node, &s->list) {
		if (rmqi_str_is(rmqi_str(topic), rmqi_sub_topic(sub_of(node))))
			return sub_of(node);
	}
	return NULL;
}

static struct rmqi_sub *new_sub(struct rmqi_subscriptions *s, bool is_retry)
{
	struct rmqi_sub *sub = rmqi_calloc(1, sizeof(*sub));

	if (!sub)
		return NULL;
	sub->refs = 1;
	sub->is_retry = is_retry;
	rmqi_list_init(&sub->mqs);
	rmqi_list_init(&sub->link);
	rmqi_list_push(&s->list, &sub->link);
	s->user_count += is_retry ? 0 : 1;
	return sub;
}

enum rmq_error rmqi_subscriptions_put(struct rmqi_subscriptions *s, const char *topic,
				      const char *expression, int64_t now_ms, bool is_retry,
				      struct rmqi_sub **out)
{
	struct rmqi_sub *sub = rmqi_subscriptions_find(s, topic);
	/* A broker takes a changed expression only with a larger version. */
	int64_t version = now_ms > s->last_version ? now_ms : s->last_version + 1;
	struct rmqi_subscription *filter;
	enum rmq_error err;

	err = rmqi_subscription_new(rmqi_str(topic), rmqi_str(expression), RMQI_STR("TAG"), version,
				    &filter);
	if (err != RMQ_OK)
		return err;
	if (!sub)
		sub = new_sub(s, is_retry);
	if (!sub) {
		rmqi_subscription_free(filter);
		return RMQ_ERR_NO_MEMORY;
	}
	rmqi_subscription_free(sub->filter);
	sub->filter = filter;
	s->last_version = version;
	*out = sub;
	return RMQ_OK;
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
	if (sub->route)
		rmqi_topic_route_unref(sub->route);
	rmqi_free(sub);
}

void rmqi_sub_set_route(struct rmqi_sub *sub, struct rmqi_topic_route *route)
{
	struct rmqi_topic_route *old = sub->route;

	sub->route = route ? rmqi_topic_route_ref(route) : NULL;
	if (old)
		rmqi_topic_route_unref(old);
}

const char *rmqi_sub_topic(const struct rmqi_sub *sub)
{
	return sub->filter->topic;
}

enum rmq_error rmqi_subscriptions_fill(const struct rmqi_subscriptions *s,
				       struct rmqi_consumer_data *out)
{
	size_t count = 0;
	enum rmq_error err = RMQ_OK;

	RMQI_LIST_EACH(node, &s->list)
		count++;
	out->subscriptions = rmqi_calloc(count ? count : 1, sizeof(*out->subscriptions));
	if (!out->subscriptions)
		return RMQ_ERR_NO_MEMORY;
	RMQI_LIST_EACH(node, &s->list) {
		err = rmqi_subscription_dup(sub_of(node)->filter,
					    &out->subscriptions[out->subscription_count]);
		if (err != RMQ_OK)
			break;
		out->subscription_count++;
	}
	return err;
}
