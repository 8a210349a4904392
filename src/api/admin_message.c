/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include <rocketmq/admin_message.h>

#include "admin/message_consumers.h"
#include "admin/message_query.h"
#include "admin/message_trace.h"
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

/* --- What consumers did with it, and do ------------------------------------------------------------------ */

static bool has_stored(struct rmqi_entry *entry, const rmq_message *m)
{
	if (!rmqi_entry_has(entry, "m", m))
		return false;
	return rmq_message_store_host(m)[0] != '\0' ||
	       rmqi_entry_refuse(entry, "%s: m was never stored, as far as it knows",
				 entry->function);
}

const char *rmq_track_text(enum rmq_track track)
{
	static const char *const texts[] = {
		[RMQ_TRACK_UNKNOWN] = "UNKNOWN",
		[RMQ_TRACK_CONSUMED] = "CONSUMED",
		[RMQ_TRACK_CONSUMED_BUT_FILTERED] = "CONSUMED_BUT_FILTERED",
		[RMQ_TRACK_NOT_CONSUMED_YET] = "NOT_CONSUME_YET",
		[RMQ_TRACK_PULL] = "PULL",
		[RMQ_TRACK_BROADCAST] = "CONSUME_BROADCASTING",
		[RMQ_TRACK_NOT_ONLINE] = "NOT_ONLINE",
	};

	return (size_t)track < RMQI_COUNT(texts) ? texts[track] : texts[RMQ_TRACK_UNKNOWN];
}

enum rmq_error rmq_admin_message_consumers(rmq_admin *a, const rmq_message *m,
					   const rmq_admin_options *options,
					   rmq_message_consumers **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && has_stored(&entry, m) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_message_consumers(a, m, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_message_consumers_count(const rmq_message_consumers *l)
{
	return l ? l->count : 0;
}

const rmq_message_consumer *rmq_message_consumers_at(const rmq_message_consumers *l, size_t index)
{
	return index < rmq_message_consumers_count(l) ? &l->rows[index] : NULL;
}

void rmq_message_consumers_free(rmq_message_consumers *l)
{
	rmqi_message_consumers_free(l);
}

const char *rmq_message_consumer_group(const rmq_message_consumer *c)
{
	return c ? c->group : "";
}

enum rmq_track rmq_message_consumer_track(const rmq_message_consumer *c)
{
	return c ? c->track : RMQ_TRACK_UNKNOWN;
}

int64_t rmq_message_consumer_offset(const rmq_message_consumer *c)
{
	return c ? c->offset : -1;
}

enum rmq_error rmq_message_consumer_error(const rmq_message_consumer *c)
{
	return c ? c->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_message_consumer_detail(const rmq_message_consumer *c)
{
	return c ? c->detail : NULL;
}

enum rmq_error rmq_admin_consume_directly(rmq_admin *a, const rmq_message *m, const char *group,
					  const char *client_id, const rmq_admin_options *options,
					  rmq_direct_result **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && has_stored(&entry, m) &&
	    rmqi_entry_has_text(&entry, "group", group) &&
	    rmqi_entry_has_text(&entry, "client_id", client_id) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_consume_directly(a, m, group, client_id, options, out,
							  entry.detail);
	return rmqi_entry_end(&entry);
}

const char *rmq_direct_result_text(const rmq_direct_result *r)
{
	return r ? r->result.result : "";
}

const char *rmq_direct_result_remark(const rmq_direct_result *r)
{
	return r && r->result.remark ? r->result.remark : "";
}

int64_t rmq_direct_result_spent_ms(const rmq_direct_result *r)
{
	return r ? r->result.spent_ms : -1;
}

void rmq_direct_result_free(rmq_direct_result *r)
{
	if (!r)
		return;
	rmqi_direct_result_deinit(&r->result);
	rmqi_free(r);
}

/* --- Message trace ------------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_message_traces(rmq_admin *a, const char *trace_topic,
					const char *unique_id, const rmq_message_query *query,
					const rmq_admin_options *options, rmq_message_traces **out,
					rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) &&
	    rmqi_entry_has_text(&entry, "unique_id", unique_id) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_message_traces(a, trace_topic, unique_id, query, options,
							out, entry.detail);
	return rmqi_entry_end(&entry);
}

size_t rmq_message_traces_count(const rmq_message_traces *l)
{
	return l ? l->count : 0;
}

const rmq_message_trace *rmq_message_traces_at(const rmq_message_traces *l, size_t index)
{
	return index < rmq_message_traces_count(l) ? &l->rows[index] : NULL;
}

size_t rmq_message_traces_unanswered_count(const rmq_message_traces *l)
{
	return rmq_found_messages_unanswered_count(l ? l->found : NULL);
}

const rmq_unanswered *rmq_message_traces_unanswered_at(const rmq_message_traces *l, size_t index)
{
	return rmq_found_messages_unanswered_at(l ? l->found : NULL, index);
}

void rmq_message_traces_free(rmq_message_traces *l)
{
	rmqi_guard_enter();
	rmqi_message_traces_free(l);
	rmqi_guard_leave();
}

static const char *trace_text(const rmq_message_trace *t, enum rmqi_trace_text which)
{
	return t && t->texts[which] ? t->texts[which] : "";
}

enum rmq_trace_kind rmq_message_trace_kind(const rmq_message_trace *t)
{
	return t ? t->kind : (enum rmq_trace_kind)0;
}

enum rmq_trace_status rmq_message_trace_status(const rmq_message_trace *t)
{
	return t ? t->status : RMQ_TRACE_STATUS_UNKNOWN;
}

int64_t rmq_message_trace_time_ms(const rmq_message_trace *t)
{
	return t ? t->time_ms : -1;
}

int64_t rmq_message_trace_cost_ms(const rmq_message_trace *t)
{
	return t ? t->cost_ms : -1;
}

const char *rmq_message_trace_group(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_GROUP);
}

const char *rmq_message_trace_topic(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_IN_TOPIC);
}

const char *rmq_message_trace_tag(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_TAG);
}

const char *rmq_message_trace_keys(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_KEYS);
}

const char *rmq_message_trace_client(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_CLIENT);
}

const char *rmq_message_trace_broker(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_BROKER);
}

const char *rmq_message_trace_offset_id(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_OFFSET_ID);
}

int32_t rmq_message_trace_retry_times(const rmq_message_trace *t)
{
	return t ? t->retry_times : -1;
}

const char *rmq_message_trace_outcome(const rmq_message_trace *t)
{
	return t ? t->outcome : "";
}

const char *rmq_message_trace_state(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_STATE);
}

const char *rmq_message_trace_transaction_id(const rmq_message_trace *t)
{
	return trace_text(t, RMQI_TRACE_TRANSACTION_ID);
}

bool rmq_message_trace_is_check(const rmq_message_trace *t)
{
	return t && t->is_check;
}
