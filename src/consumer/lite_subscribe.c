/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lite_subscribe.h"

#include "base/detail.h"
#include "consumer/handle.h"
#include "consumer/simple_consumer.h"

static bool is_used(rmq_simple_consumer *c)
{
	return atomic_load(&c->lite.is_used);
}

static enum rmq_error check(rmq_simple_consumer *c, const char *parent, char name[RMQI_NAMED_MAX],
			    rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK)
		err = rmqi_handle_topic(&c->member, parent, name, detail);
	if (err == RMQ_OK && !rmqi_life_is_open(&c->member.life))
		err = rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				      "the consumer was closed");
	return err;
}

/* The last one is gone: the parent is no topic of the consumer any more. */
static void give_up(rmq_simple_consumer *c, const char *name)
{
	if (rmqi_lite_topics_give_up(&c->lite))
		(void)!rmqi_member_unsubscribe(&c->member, name, NULL);
}

/* The parent is subscribed behind the first lite topic: whoever is told of its route finds that. */
static enum rmq_error begin(rmq_simple_consumer *c, const char *name, const char *lite_topic,
			    rmq_error_detail *detail)
{
	enum rmq_error err;

	if (rmqi_member_subscription_count(&c->member) > 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "this consumer has subscribed topics: lite topics need "
				       "another consumer, and another group");
	err = rmqi_lite_topics_change(&c->lite, name, lite_topic, true, detail);
	if (err == RMQ_OK)
		err = rmqi_member_subscribe(&c->member, name, RMQI_EXPRESSION_TAG, "*", detail);
	if (err == RMQ_OK)
		return err;
	(void)!rmqi_lite_topics_change(&c->lite, name, lite_topic, false, NULL);
	give_up(c, name);
	return err;
}

enum rmq_error rmqi_simple_consumer_subscribe_lite(rmq_simple_consumer *c, const char *parent,
						   const char *lite_topic, rmq_error_detail *detail)
{
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = check(c, parent, name, detail);

	if (err != RMQ_OK)
		return err;
	if (!is_used(c))
		return begin(c, name, lite_topic, detail);
	err = rmqi_lite_topics_change(&c->lite, name, lite_topic, true, detail);
	if (err != RMQ_OK)
		give_up(c, name);
	return err;
}

enum rmq_error rmqi_simple_consumer_unsubscribe_lite(rmq_simple_consumer *c, const char *parent,
						     const char *lite_topic,
						     rmq_error_detail *detail)
{
	char name[RMQI_NAMED_MAX];
	enum rmq_error err = check(c, parent, name, detail);

	if (err == RMQ_OK)
		err = rmqi_lite_topics_change(&c->lite, name, lite_topic, false, detail);
	if (err == RMQ_OK)
		give_up(c, name);
	return err;
}

enum rmq_error rmqi_simple_consumer_subscribe(rmq_simple_consumer *c, const char *topic,
					      enum rmqi_expression kind, const char *expression,
					      rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_handle_check(&c->member, detail);

	if (err == RMQ_OK && is_used(c))
		err = rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				      "this consumer receives lite topics: topic %s needs another "
				      "consumer, and another group",
				      topic);
	return err != RMQ_OK ? err
			     : rmqi_handle_subscribe(&c->member, topic, kind, expression, detail);
}
