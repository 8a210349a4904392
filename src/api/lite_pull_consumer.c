/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/lite_pull_consumer.h"

#include <inttypes.h>
#include <stdbool.h>

#include <rocketmq/lite_pull_consumer.h>

#include "api/entry_checks.h"
#include "consumer/assign.h"
#include "consumer/handle.h"

static bool has_consumer(struct rmqi_entry *entry, const rmq_lite_pull_consumer *c)
{
	return rmqi_entry_has_member(entry, c ? &c->member : NULL);
}

/* --- Life ---------------------------------------------------------------------------------------- */

enum rmq_error rmq_lite_pull_consumer_new(const rmq_config *config, const char *group,
					  rmq_lite_pull_consumer **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_group(&entry, config, group, out))
		entry.error = rmqi_lite_pull_new(config, group, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_start(rmq_lite_pull_consumer *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c))
		entry.error = rmqi_handle_start(&c->member, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_wait_ready(rmq_lite_pull_consumer *c, int64_t timeout_ms,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_wait_ready(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_close(rmq_lite_pull_consumer *c, int64_t timeout_ms,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_handle_close(&c->member, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_lite_pull_consumer_free(rmq_lite_pull_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return;
	rmqi_guard_enter();
	rmqi_handle_free(&c->member);
	rmqi_guard_leave();
}

const char *rmq_lite_pull_consumer_client_id(const rmq_lite_pull_consumer *c)
{
	return c ? rmqi_client_id(c->member.consumer.client) : "";
}

/* --- Its queues ---------------------------------------------------------------------------------- */

static enum rmq_error subscribe(const char *function, rmq_lite_pull_consumer *c, const char *topic,
				enum rmqi_expression kind, const char *expression,
				rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has_expression(&entry, kind, expression, topic))
		entry.error = rmqi_lite_pull_subscribe(c, topic, kind, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_subscribe(rmq_lite_pull_consumer *c, const char *topic,
						const char *expression, rmq_error_detail **detail)
{
	return subscribe(__func__, c, topic, RMQI_EXPRESSION_TAG, expression, detail);
}

enum rmq_error rmq_lite_pull_consumer_subscribe_sql(rmq_lite_pull_consumer *c, const char *topic,
						    const char *expression,
						    rmq_error_detail **detail)
{
	return subscribe(__func__, c, topic, RMQI_EXPRESSION_SQL92, expression, detail);
}

enum rmq_error rmq_lite_pull_consumer_unsubscribe(rmq_lite_pull_consumer *c, const char *topic,
						  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "topic", topic))
		entry.error = rmqi_handle_unsubscribe(&c->member, topic, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_set_queues_fn(rmq_lite_pull_consumer *c, rmq_queues_fn fn,
						    void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_handle_set_queues_fn(&c->member, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_set_allocate_fn(rmq_lite_pull_consumer *c, rmq_allocate_fn fn,
						      void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_handle_set_allocate_fn(&c->member, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_assign(rmq_lite_pull_consumer *c,
					     const struct rmq_queue *queues, size_t count,
					     const char *expression, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queues(&entry, queues, count) &&
	    rmqi_entry_has_expression(&entry, RMQI_EXPRESSION_TAG, expression,
				      count > 0 ? queues[0].topic : ""))
		entry.error = rmqi_lite_pull_assign(c, queues, count, expression, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_assignment(rmq_lite_pull_consumer *c, rmq_queues **queues,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "queues", queues))
		entry.error = rmqi_member_assignment(&c->member, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_queues(rmq_lite_pull_consumer *c, const char *topic,
					     rmq_queues **queues, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_topic(&entry, topic) &&
	    rmqi_entry_has(&entry, "queues", queues))
		entry.error = rmqi_lite_pull_queues(c, topic, queues, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_lite_pull_consumer_queue_count(rmq_lite_pull_consumer *c)
{
	if (!c || rmqi_client_is_inherited(c->member.consumer.client))
		return 0;
	return atomic_load(&c->member.consumer.queue_count);
}

static enum rmq_error hold(const char *function, rmq_lite_pull_consumer *c,
			   const struct rmq_queue *queues, size_t count, bool is_held_back,
			   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queues(&entry, queues, count))
		entry.error = rmqi_lite_pull_hold(c, queues, count, is_held_back, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_pause(rmq_lite_pull_consumer *c,
					    const struct rmq_queue *queues, size_t count,
					    rmq_error_detail **detail)
{
	return hold(__func__, c, queues, count, true, detail);
}

enum rmq_error rmq_lite_pull_consumer_resume(rmq_lite_pull_consumer *c,
					     const struct rmq_queue *queues, size_t count,
					     rmq_error_detail **detail)
{
	return hold(__func__, c, queues, count, false, detail);
}

/* --- Messages ------------------------------------------------------------------------------------ */

enum rmq_error rmq_lite_pull_consumer_poll(rmq_lite_pull_consumer *c, int64_t timeout_ms,
					   rmq_messages **messages, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0) &&
	    rmqi_entry_has(&entry, "messages", messages))
		entry.error = rmqi_lite_pull_poll(c, timeout_ms, messages, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool is_position(struct rmqi_entry *entry, const char *name, int64_t value)
{
	return value >= 0 ||
	       rmqi_entry_refuse(entry, "%s: %s is %" PRId64 ", allowed are 0 and more",
				 entry->function, name, value);
}

static enum rmq_error seek(const char *function, rmq_lite_pull_consumer *c,
			   const struct rmq_queue *queue, enum rmqi_seek to, int64_t at,
			   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    is_position(&entry, to == RMQI_SEEK_TIME ? "time_ms" : "offset", at))
		entry.error = rmqi_lite_pull_seek(c, queue, to, at, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_seek(rmq_lite_pull_consumer *c, const struct rmq_queue *queue,
					   int64_t offset, rmq_error_detail **detail)
{
	return seek(__func__, c, queue, RMQI_SEEK_OFFSET, offset, detail);
}

enum rmq_error rmq_lite_pull_consumer_seek_to_begin(rmq_lite_pull_consumer *c,
						    const struct rmq_queue *queue,
						    rmq_error_detail **detail)
{
	return seek(__func__, c, queue, RMQI_SEEK_BEGIN, 0, detail);
}

enum rmq_error rmq_lite_pull_consumer_seek_to_end(rmq_lite_pull_consumer *c,
						  const struct rmq_queue *queue,
						  rmq_error_detail **detail)
{
	return seek(__func__, c, queue, RMQI_SEEK_END, 0, detail);
}

enum rmq_error rmq_lite_pull_consumer_seek_to_time(rmq_lite_pull_consumer *c,
						   const struct rmq_queue *queue, int64_t time_ms,
						   rmq_error_detail **detail)
{
	return seek(__func__, c, queue, RMQI_SEEK_TIME, time_ms, detail);
}

/* --- Offsets ------------------------------------------------------------------------------------- */

enum rmq_error rmq_lite_pull_consumer_commit(rmq_lite_pull_consumer *c, int64_t timeout_ms,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error = rmqi_lite_pull_commit(c, NULL, NULL, 0, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_commit_async(rmq_lite_pull_consumer *c, rmq_commit_fn fn,
						   void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_lite_pull_commit_async(c, NULL, NULL, 0, fn, arg, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_offsets(struct rmqi_entry *entry, const struct rmq_queue *queues,
			const int64_t *offsets, size_t count)
{
	if (!rmqi_entry_has(entry, "queues", queues) ||
	    !rmqi_entry_has(entry, "offsets", offsets) ||
	    !rmqi_entry_has_queues(entry, queues, count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_position(entry, "one of offsets", offsets[i]))
			return false;
	return true;
}

enum rmq_error rmq_lite_pull_consumer_commit_offsets(rmq_lite_pull_consumer *c,
						     const struct rmq_queue *queues,
						     const int64_t *offsets, size_t count,
						     int64_t timeout_ms, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_offsets(&entry, queues, offsets, count) &&
	    rmqi_entry_has_timeout(&entry, timeout_ms, 0))
		entry.error =
			rmqi_lite_pull_commit(c, queues, offsets, count, timeout_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_commit_offsets_async(rmq_lite_pull_consumer *c,
							   const struct rmq_queue *queues,
							   const int64_t *offsets, size_t count,
							   rmq_commit_fn fn, void *arg,
							   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && has_offsets(&entry, queues, offsets, count) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = rmqi_lite_pull_commit_async(c, queues, offsets, count, fn, arg,
							  entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_lite_pull_consumer_committed(rmq_lite_pull_consumer *c,
						const struct rmq_queue *queue, int64_t *offset,
						rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (has_consumer(&entry, c) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    rmqi_entry_has(&entry, "offset", offset))
		entry.error = rmqi_lite_pull_committed(c, queue, offset, entry.detail);
	return rmqi_entry_end(&entry);
}
