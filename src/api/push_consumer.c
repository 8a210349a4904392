/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/push_consumer.h"

#include <inttypes.h>
#include <stdbool.h>

#include <rocketmq/push_consumer.h>

#include "base/detail_out.h"
#include "base/queue.h"
#include "base/str.h"
#include "client/group.h"
#include "codec/names.h"
#include "consumer/consume_service.h"

enum { PROBLEM_SIZE = 512 };

enum rmq_error rmq_push_consumer_new(const rmq_config *config, const char *group,
				     rmq_push_consumer **out, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;
	enum rmq_error err;

	if (!config)
		return rmqi_detail_null(detail, __func__, "config");
	if (!group)
		return rmqi_detail_null(detail, __func__, "group");
	if (!out)
		return rmqi_detail_null(detail, __func__, "out");
	d = rmqi_detail_begin(detail);
	/* MixAll.DEFAULT_CONSUMER_GROUP */
	err = rmqi_group_check("consumerGroup", group, "DEFAULT_CONSUMER", d);
	if (err == RMQ_OK)
		err = rmqi_push_consumer_new(config, group, out, d);
	return rmqi_detail_end(detail, d, err);
}

enum rmq_error rmq_push_consumer_subscribe(rmq_push_consumer *c, const char *topic,
					   const char *expression, rmq_error_detail **detail)
{
	char text[PROBLEM_SIZE];
	const char *problem;
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (!topic)
		return rmqi_detail_null(detail, __func__, "topic");
	problem = rmqi_topic_problem(rmqi_str(topic), text, sizeof(text));
	if (problem)
		return rmqi_detail_argument(detail, "%s", problem);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_subscribe(c, topic, expression, d));
}

enum rmq_error rmq_push_consumer_unsubscribe(rmq_push_consumer *c, const char *topic,
					     rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (!topic)
		return rmqi_detail_null(detail, __func__, "topic");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_unsubscribe(c, topic, d));
}

enum rmq_error rmq_push_consumer_set_listener(rmq_push_consumer *c, rmq_consume_fn fn, void *arg,
					      rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (!fn)
		return rmqi_detail_null(detail, __func__, "fn");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_set_listener(c, fn, arg, d));
}

enum rmq_error rmq_push_consumer_start(rmq_push_consumer *c, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_start(c, d));
}

enum rmq_error rmq_push_consumer_wait_ready(rmq_push_consumer *c, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (timeout_ms < -1)
		return rmqi_detail_argument(
			detail, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from 0",
			__func__, timeout_ms);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_wait_ready(c, timeout_ms, d));
}

static enum rmq_error set_suspended(const char *function, rmq_push_consumer *c, bool is_suspended,
				    rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, function, "c");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_set_suspended(c, is_suspended, d));
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
	struct rmq_error_detail *d;

	if (!c)
		return rmqi_detail_null(detail, __func__, "c");
	if (timeout_ms < -1)
		return rmqi_detail_argument(
			detail, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from 0",
			__func__, timeout_ms);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_push_consumer_close(c, timeout_ms, d));
}

void rmq_push_consumer_free(rmq_push_consumer *c)
{
	rmqi_push_consumer_free(c);
}

size_t rmq_push_consumer_queue_count(rmq_push_consumer *c)
{
	return c ? rmqi_push_consumer_queue_count(c) : 0;
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

const struct rmq_queue *rmq_consume_context_queue(const rmq_consume_context *context)
{
	return rmqi_queue_or_none(context ? &context->queue : NULL);
}
