/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include <rocketmq/admin_message.h>

#include "admin/message_query.h"
#include "api/entry_checks.h"
#include "base/detail.h"
#include "base/mem.h"

/* --- The query -------------------------------------------------------------------------------------- */

rmq_message_query *rmq_message_query_new(void)
{
	struct rmq_message_query *q = rmqi_calloc(1, sizeof(*q));

	if (q)
		*q = rmqi_message_query_usual;
	return q;
}

static bool has_times(struct rmqi_entry *entry, int64_t begin_ms, int64_t end_ms)
{
	return (begin_ms >= 0 && end_ms >= begin_ms) ||
	       rmqi_entry_refuse(entry,
				 "%s: the times are %" PRId64 " to %" PRId64
				 ", allowed are 0 and more, the end not before the begin",
				 entry->function, begin_ms, end_ms);
}

enum rmq_error rmq_message_query_set_times(rmq_message_query *q, int64_t begin_ms, int64_t end_ms,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "q", q) && has_times(&entry, begin_ms, end_ms)) {
		q->begin_ms = begin_ms;
		q->end_ms = end_ms;
	}
	return rmqi_entry_end(&entry);
}

static bool has_count(struct rmqi_entry *entry, const char *name, int count)
{
	return (count >= 1 && count <= RMQI_FOUND_MAX) ||
	       rmqi_entry_refuse(entry, "%s: %s is %d, allowed are 1..%d", entry->function, name,
				 count, RMQI_FOUND_MAX);
}

enum rmq_error rmq_message_query_set_max(rmq_message_query *q, int max, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "q", q) && has_count(&entry, "max", max))
		q->max = max;
	return rmqi_entry_end(&entry);
}

static bool has_place(struct rmqi_entry *entry, const struct rmq_queue *queue)
{
	if (!queue || (queue->broker_name && queue->broker_name[0] && queue->queue_id >= -1))
		return true;
	return rmqi_entry_refuse(entry,
				 "%s: broker_name is %s and queue_id %" PRId32
				 ", allowed are a name and -1 (all) or more",
				 entry->function, queue->broker_name ? "\"\"" : "NULL",
				 queue->queue_id);
}

static enum rmq_error set_queue(struct rmq_message_query *q, const struct rmq_queue *queue)
{
	char *name = queue ? rmqi_strdup(queue->broker_name) : NULL;

	if (queue && !name)
		return RMQ_ERR_NO_MEMORY;
	rmqi_free(q->broker_name);
	q->broker_name = name;
	q->queue_id = queue ? queue->queue_id : -1;
	return RMQ_OK;
}

enum rmq_error rmq_message_query_set_queue(rmq_message_query *q, const struct rmq_queue *queue,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "q", q) && has_place(&entry, queue))
		entry.error = set_queue(q, queue);
	if (entry.error == RMQ_ERR_NO_MEMORY)
		rmqi_detail_set(entry.detail, entry.error, 0, "out of memory");
	return rmqi_entry_end(&entry);
}

void rmq_message_query_free(rmq_message_query *q)
{
	if (!q)
		return;
	rmqi_free(q->broker_name);
	rmqi_free(q);
}

/* --- What was found ---------------------------------------------------------------------------------- */

size_t rmq_found_messages_count(const rmq_found_messages *f)
{
	return f ? rmq_messages_count(f->messages) : 0;
}

const rmq_message *rmq_found_messages_at(const rmq_found_messages *f, size_t index)
{
	return f ? rmq_messages_at(f->messages, index) : NULL;
}

size_t rmq_found_messages_unanswered_count(const rmq_found_messages *f)
{
	return f ? f->unanswered_count : 0;
}

const rmq_unanswered *rmq_found_messages_unanswered_at(const rmq_found_messages *f, size_t index)
{
	return index < rmq_found_messages_unanswered_count(f) ? &f->unanswered[index] : NULL;
}

void rmq_found_messages_free(rmq_found_messages *f)
{
	rmqi_guard_enter();
	rmqi_found_messages_free(f);
	rmqi_guard_leave();
}

const char *rmq_unanswered_broker(const rmq_unanswered *u)
{
	return u ? u->broker : "";
}

enum rmq_error rmq_unanswered_error(const rmq_unanswered *u)
{
	return u ? u->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_unanswered_detail(const rmq_unanswered *u)
{
	return u ? u->detail : NULL;
}

/* --- The calls --------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_messages_by_offset_id(rmq_admin *a, const char *topic, const char *id,
					       const rmq_admin_options *options,
					       rmq_found_messages **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "id", id) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_messages_by_offset_id(a, topic, id, options, out,
							       entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_messages_by_unique_id(rmq_admin *a, const char *topic,
					       const char *unique_id,
					       const rmq_message_query *query,
					       const rmq_admin_options *options,
					       rmq_found_messages **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has_text(&entry, "unique_id", unique_id) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_messages_by_unique_id(a, topic, unique_id, query, options,
							       out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_messages_by_key(rmq_admin *a, const char *topic, const char *key,
					 const rmq_message_query *query,
					 const rmq_admin_options *options, rmq_found_messages **out,
					 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has_text(&entry, "key", key) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_messages_by_key(a, topic, key, query, options, out,
							 entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_messages_by_time(rmq_admin *a, const char *topic,
					  const rmq_message_query *query,
					  const rmq_admin_options *options,
					  rmq_found_messages **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error =
			rmqi_admin_messages_by_time(a, topic, query, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_offset(struct rmqi_entry *entry, int64_t offset)
{
	return offset >= 0 ||
	       rmqi_entry_refuse(entry, "%s: offset is %" PRId64 ", allowed are 0 and more",
				 entry->function, offset);
}

enum rmq_error rmq_admin_messages_at(rmq_admin *a, const struct rmq_queue *queue, int64_t offset,
				     int count, const rmq_admin_options *options,
				     rmq_found_messages **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has_queue(&entry, "queue", queue) &&
	    has_offset(&entry, offset) && has_count(&entry, "count", count) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_messages_at(a, queue, offset, count, options, out,
						     entry.detail);
	return rmqi_entry_end(&entry);
}
