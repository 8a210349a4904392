/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/pull_consumer.h"

#include <inttypes.h>
#include <stdbool.h>

#include <rocketmq/pull_consumer.h>

#include "api/entry_checks.h"
#include "base/mem.h"
#include "client/message.h"
#include "consumer/assign.h"
#include "consumer/handle.h"
#include "consumer/one_pull.h"

enum { MAX_MESSAGES = 1024, LEVEL_MAX = 18 };

static bool has_consumer(struct rmqi_entry *entry, const rmq_pull_consumer *c)
{
	return rmqi_entry_has_member(entry, c ? &c->member : NULL);
}

/* --- Options --------------------------------------------------------------------------------------- */

rmq_pull_options *rmq_pull_options_new(void)
{
	struct rmq_pull_options *o = rmqi_calloc(1, sizeof(*o));

	if (o)
		o->max_messages = -1;
	if (o)
		o->timeout_ms = -1;
	return o;
}

void rmq_pull_options_free(rmq_pull_options *o)
{
	if (!o)
		return;
	rmqi_free(o->expression);
	rmqi_free(o);
}

enum rmq_error rmq_pull_options_set_max_messages(rmq_pull_options *o, int count,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) &&
	    (count == -1 || (count >= 1 && count <= MAX_MESSAGES) ||
	     rmqi_entry_refuse(&entry, "%s: count is %d, allowed are -1 and 1 to %d",
			       entry.function, count, MAX_MESSAGES)))
		o->max_messages = count;
	return rmqi_entry_end(&entry);
}

static enum rmq_error set_expression(const char *function, rmq_pull_options *o,
				     enum rmqi_expression kind, const char *expression,
				     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);
	char *copy = NULL;

	if (!rmqi_entry_has(&entry, "o", o) ||
	    !rmqi_entry_has_expression(&entry, kind, expression, "of the options"))
		return rmqi_entry_end(&entry);
	if (expression)
		copy = rmqi_strdup(expression);
	if (expression && !copy) {
		entry.error = RMQ_ERR_NO_MEMORY;
		return rmqi_entry_end(&entry);
	}
	rmqi_free(o->expression);
	o->expression = copy;
	o->kind = kind;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_options_set_expression(rmq_pull_options *o, const char *expression,
					       rmq_error_detail **detail)
{
	return set_expression(__func__, o, RMQI_EXPRESSION_TAG, expression, detail);
}

enum rmq_error rmq_pull_options_set_expression_sql(rmq_pull_options *o, const char *expression,
						   rmq_error_detail **detail)
{
	return set_expression(__func__, o, RMQI_EXPRESSION_SQL92, expression, detail);
}

enum rmq_error rmq_pull_options_set_suspend(rmq_pull_options *o, int64_t suspend_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) && rmqi_entry_has_timeout(&entry, suspend_ms, 0))
		o->suspend_ms = suspend_ms;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_options_set_timeout(rmq_pull_options *o, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) && rmqi_entry_has_timeout(&entry, timeout_ms, 1))
		o->timeout_ms = timeout_ms;
	return rmqi_entry_end(&entry);
}

/* --- Life ------------------------------------------------------------------------------------------ */

enum rmq_error rmq_pull_consumer_new(const rmq_config *config, const char *group,
				     rmq_pull_consumer **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_group(&entry, config, group, out))
		entry.error = rmqi_pull_consumer_new(config, group, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_subscribe(rmq_pull_consumer *c, const char *topic,
					   const char *expression, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	enum rmqi_expression kind = RMQI_EXPRESSION_TAG;

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has_expression(&entry, kind, expression, topic))
		entry.error =
			rmqi_handle_subscribe(&c->member, topic, kind, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_unsubscribe(rmq_pull_consumer *c, const char *topic,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "topic", topic))
		entry.error = rmqi_handle_unsubscribe(&c->member, topic, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_set_queues_fn(rmq_pull_consumer *c, rmq_queues_fn fn, void *arg,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_handle_set_queues_fn(&c->member, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_start(rmq_pull_consumer *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_handle_start(&c->member, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_wait_ready(rmq_pull_consumer *c, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_wait_ready(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_close(rmq_pull_consumer *c, int64_t timeout_ms,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_close(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_pull_consumer_free(rmq_pull_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return;
	rmqi_guard_enter();
	rmqi_handle_free(&c->member);
	rmqi_guard_leave();
}

const char *rmq_pull_consumer_client_id(const rmq_pull_consumer *c)
{
	return c ? rmqi_client_id(c->member.consumer.client) : "";
}

/* --- Queues ---------------------------------------------------------------------------------------- */

enum rmq_error rmq_pull_consumer_queues(rmq_pull_consumer *c, const char *topic,
					rmq_queues **queues, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has(&entry, "queues", queues))
		entry.error = rmqi_pull_consumer_queues(c, topic, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_assignment(rmq_pull_consumer *c, rmq_queues **queues,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "queues", queues))
		entry.error = rmqi_member_assignment(&c->member, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Pulls ----------------------------------------------------------------------------------------- */

static bool is_position(struct rmqi_entry *entry, const char *name, int64_t value)
{
	return value >= 0 ||
	       rmqi_entry_refuse(entry, "%s: %s is %" PRId64 ", allowed are 0 and more",
				 entry->function, name, value);
}

enum rmq_error rmq_pull_consumer_pull(rmq_pull_consumer *c, const struct rmq_queue *queue,
				      int64_t offset, const rmq_pull_options *options,
				      rmq_pull_result **result, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    is_position(&entry, "offset", offset) && rmqi_entry_has(&entry, "result", result))
		entry.error =
			rmqi_pull_consumer_pull(c, queue, offset, options, result, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_pull_async(rmq_pull_consumer *c, const struct rmq_queue *queue,
					    int64_t offset, const rmq_pull_options *options,
					    rmq_pull_fn fn, void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    is_position(&entry, "offset", offset) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_pull_consumer_pull_async(c, queue, offset, options, fn, arg,
							    entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Offsets --------------------------------------------------------------------------------------- */

static enum rmq_error ask(const char *function, rmq_pull_consumer *c, const struct rmq_queue *queue,
			  enum rmqi_offset_question what, int64_t value, int64_t *offset,
			  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    is_position(&entry, what == RMQI_ASK_TIME ? "time_ms" : "offset", value) &&
	    (what == RMQI_ASK_COMMIT || rmqi_entry_has(&entry, "offset", offset)))
		entry.error = rmqi_pull_consumer_ask(c, queue, what, value, offset, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_pull_consumer_committed(rmq_pull_consumer *c, const struct rmq_queue *queue,
					   int64_t *offset, rmq_error_detail **detail)
{
	return ask(__func__, c, queue, RMQI_ASK_COMMITTED, 0, offset, detail);
}

enum rmq_error rmq_pull_consumer_commit(rmq_pull_consumer *c, const struct rmq_queue *queue,
					int64_t offset, rmq_error_detail **detail)
{
	return ask(__func__, c, queue, RMQI_ASK_COMMIT, offset, NULL, detail);
}

enum rmq_error rmq_pull_consumer_min_offset(rmq_pull_consumer *c, const struct rmq_queue *queue,
					    int64_t *offset, rmq_error_detail **detail)
{
	return ask(__func__, c, queue, RMQI_ASK_MIN, 0, offset, detail);
}

enum rmq_error rmq_pull_consumer_max_offset(rmq_pull_consumer *c, const struct rmq_queue *queue,
					    int64_t *offset, rmq_error_detail **detail)
{
	return ask(__func__, c, queue, RMQI_ASK_MAX, 0, offset, detail);
}

enum rmq_error rmq_pull_consumer_offset_at(rmq_pull_consumer *c, const struct rmq_queue *queue,
					   int64_t time_ms, int64_t *offset,
					   rmq_error_detail **detail)
{
	return ask(__func__, c, queue, RMQI_ASK_TIME, time_ms, offset, detail);
}

static bool is_received(struct rmqi_entry *entry, const rmq_message *m)
{
	return rmqi_entry_has(entry, "message", m) &&
	       (m->queue.queue_id >= 0 ||
		rmqi_entry_refuse(entry, "%s: message was not received", entry->function));
}

enum rmq_error rmq_pull_consumer_send_back(rmq_pull_consumer *c, const rmq_message *message,
					   int delay_level, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	int level = delay_level < LEVEL_MAX ? delay_level : LEVEL_MAX;

	if (has_consumer(&entry, c) && is_received(&entry, message))
		entry.error = rmqi_pull_consumer_send_back(c, message, level < -1 ? -1 : level,
							   entry.detail);
	return rmqi_entry_end(&entry);
}
