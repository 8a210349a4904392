/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/push_consumer.h"

#include <stdbool.h>

#include <rocketmq/push_consumer.h>

#include "api/entry_checks.h"
#include "base/queue.h"
#include "base/str.h"
#include "codec/subscription.h"
#include "consumer/consume_service.h"

static bool has_consumer(struct rmqi_entry *entry, const rmq_push_consumer *c)
{
	return rmqi_entry_has_member(entry, c ? &c->member : NULL);
}

enum rmq_error rmq_push_consumer_new(const rmq_config *config, const char *group,
				     rmq_push_consumer **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_group(&entry, config, group, out))
		entry.error = rmqi_push_consumer_new(config, group, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					   const char *expression, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has_expression(&entry, RMQI_EXPRESSION_TAG, expression, topic))
		entry.error = rmqi_push_consumer_subscribe(c, topic, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_subscribe_sql(rmq_push_consumer *c, const char *topic,
					       const char *expression, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has_expression(&entry, RMQI_EXPRESSION_SQL92, expression, topic))
		entry.error = rmqi_push_consumer_subscribe_sql(c, topic, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "topic", topic))
		entry.error = rmqi_push_consumer_unsubscribe(c, topic, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn fn, void *arg,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_push_consumer_set_listener(c, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_set_queues_fn(rmq_push_consumer *c, rmq_queues_fn fn, void *arg,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_push_consumer_set_queues_fn(c, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_set_orderly_listener(rmq_push_consumer *c,
						      rmq_consume_orderly_fn fn, void *arg,
						      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_push_consumer_set_orderly_listener(c, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_set_allocate_fn(rmq_push_consumer *c, rmq_allocate_fn fn,
						 void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_push_consumer_set_allocate_fn(c, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_start(rmq_push_consumer *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_push_consumer_start(c, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_push_consumer_wait_ready(c, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_set_rate_limit(rmq_push_consumer *c, int64_t per_second,
						rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (!has_consumer(&entry, c))
		return rmqi_entry_end(&entry);
	if (per_second < 0 || per_second > RMQI_RATE_MAX)
		rmqi_entry_refuse(&entry,
				  "%s: per_second is %lld: it must be 0..%d, 0 for no limit",
				  __func__, (long long)per_second, RMQI_RATE_MAX);
	else
		entry.error = rmqi_push_consumer_set_rate_limit(c, per_second, entry.detail);
	return rmqi_entry_end(&entry);
}

static enum rmq_error set_suspended(const char *function, rmq_push_consumer *c, bool is_suspended,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_push_consumer_set_suspended(c, is_suspended, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_push_consumer_suspend(rmq_push_consumer *c, rmq_error_detail **detail)
{
	return set_suspended(__func__, c, true, detail);
}

enum rmq_error rmq_push_consumer_resume(rmq_push_consumer *c, rmq_error_detail **detail)
{
	return set_suspended(__func__, c, false, detail);
}

enum rmq_error rmq_push_consumer_close(rmq_push_consumer *c, int64_t timeout_ms,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_push_consumer_close(c, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_push_consumer_free(rmq_push_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return;
	rmqi_guard_enter();
	rmqi_push_consumer_free(c);
	rmqi_guard_leave();
}

size_t rmq_push_consumer_queue_count(rmq_push_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return 0;
	return rmqi_push_consumer_queue_count(c);
}

const char *rmq_push_consumer_client_id(const rmq_push_consumer *c)
{
	return c ? rmqi_push_consumer_client_id(c) : "";
}

void rmq_consume_context_set_delay_level(rmq_consume_context *context, int level)
{
	if (context)
		context->delay_level = level;
}

void rmq_consume_context_set_ack_index(rmq_consume_context *context, int index)
{
	if (context)
		context->ack_index = index;
}

void rmq_orderly_context_set_suspend_time(rmq_orderly_context *context, int64_t suspend_ms)
{
	if (context)
		context->suspend_ms = suspend_ms;
}

const struct rmq_queue *rmq_orderly_context_queue(const rmq_orderly_context *context)
{
	return rmqi_queue_or_none(context ? &context->queue : NULL);
}

const struct rmq_queue *rmq_consume_context_queue(const rmq_consume_context *context)
{
	return rmqi_queue_or_none(context ? &context->queue : NULL);
}
