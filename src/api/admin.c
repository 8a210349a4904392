/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <stdbool.h>

#include <rocketmq/admin.h>

#include "api/entry_checks.h"
#include "base/mem.h"
#include "base/queue.h"


/* --- Life ------------------------------------------------------------------------------------ */

enum rmq_error rmq_admin_new(const rmq_config *config, rmq_admin **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "config", config) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_new(config, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_admin_free(rmq_admin *a)
{
	if (!a || rmqi_admin_is_inherited(a))
		return;
	rmqi_guard_enter();
	rmqi_admin_free(a);
	rmqi_guard_leave();
}

/* --- Options ------------------------------------------------------------------------------------ */

rmq_admin_options *rmq_admin_options_new(void)
{
	struct rmq_admin_options *o = rmqi_calloc(1, sizeof(*o));

	if (o)
		o->timeout_ms = -1;
	return o;
}

enum rmq_error rmq_admin_options_set_timeout(rmq_admin_options *o, int64_t timeout_ms,
					     rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "o", o) && rmqi_entry_has_timeout(&entry, timeout_ms, 1))
		o->timeout_ms = timeout_ms;
	return rmqi_entry_end(&entry);
}

void rmq_admin_options_free(rmq_admin_options *o)
{
	rmqi_free(o);
}

/* --- Topics ------------------------------------------------------------------------------------- */

rmq_topic_settings *rmq_topic_settings_new(void)
{
	struct rmq_topic_settings *s = rmqi_calloc(1, sizeof(*s));

	if (s)
		*s = (struct rmq_topic_settings){
			.write_queues = RMQI_ADMIN_QUEUES,
			.read_queues = RMQI_ADMIN_QUEUES,
			.permission = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE,
		};
	return s;
}

static bool has_count(struct rmqi_entry *entry, int count)
{
	return (count >= 1 && count <= RMQI_ADMIN_QUEUES_MAX) ||
	       rmqi_entry_refuse(entry, "%s: count is %d, allowed are 1..%d", entry->function,
				 count, RMQI_ADMIN_QUEUES_MAX);
}

static enum rmq_error set_counts(const char *function, rmq_topic_settings *s, int count,
				 bool is_of_writers, bool is_of_readers, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_count(&entry, count)) {
		s->write_queues = is_of_writers ? count : s->write_queues;
		s->read_queues = is_of_readers ? count : s->read_queues;
	}
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_topic_settings_set_queues(rmq_topic_settings *s, int count,
					     rmq_error_detail **detail)
{
	return set_counts(__func__, s, count, true, true, detail);
}

enum rmq_error rmq_topic_settings_set_write_queues(rmq_topic_settings *s, int count,
						   rmq_error_detail **detail)
{
	return set_counts(__func__, s, count, true, false, detail);
}

enum rmq_error rmq_topic_settings_set_read_queues(rmq_topic_settings *s, int count,
						  rmq_error_detail **detail)
{
	return set_counts(__func__, s, count, false, true, detail);
}

static bool has_permission(struct rmqi_entry *entry, unsigned permission)
{
	const unsigned all = RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE;

	return !(permission & ~all) ||
	       rmqi_entry_refuse(
		       entry, "%s: permission is %u, allowed are the bits 2 (write) and 4 (read)",
		       entry->function, permission);
}

enum rmq_error rmq_topic_settings_set_permission(rmq_topic_settings *s, unsigned permission,
						 rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s) && has_permission(&entry, permission))
		s->permission = permission;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_topic_settings_set_lite(rmq_topic_settings *s, bool is_lite,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "s", s))
		s->is_lite = is_lite;
	return rmqi_entry_end(&entry);
}

void rmq_topic_settings_free(rmq_topic_settings *s)
{
	if (s)
		rmqi_attributes_deinit(&s->attributes);
	rmqi_free(s);
}

enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster, const char *topic,
				      const rmq_topic_settings *settings,
				      const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic))
		entry.error =
			rmqi_admin_create_topic(a, cluster, topic, settings, options, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Offsets ------------------------------------------------------------------------------------ */

enum rmq_error rmq_admin_topic_offsets(rmq_admin *a, const char *topic, const char *group,
				       const rmq_admin_options *options, rmq_topic_offsets **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_topic_offsets(a, topic, group, options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_topic_offsets_free(rmq_topic_offsets *o)
{
	rmqi_topic_offsets_free(o);
}

size_t rmq_topic_offsets_count(const rmq_topic_offsets *o)
{
	return o ? o->count : 0;
}

const rmq_queue_offsets *rmq_topic_offsets_at(const rmq_topic_offsets *o, size_t index)
{
	return index < rmq_topic_offsets_count(o) ? &o->rows[index] : NULL;
}

const struct rmq_queue *rmq_queue_offsets_queue(const rmq_queue_offsets *q)
{
	return rmqi_queue_or_none(q ? &q->queue : NULL);
}

enum rmq_error rmq_queue_offsets_error(const rmq_queue_offsets *q)
{
	return q ? q->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_queue_offsets_detail(const rmq_queue_offsets *q)
{
	return q ? q->detail : NULL;
}

int64_t rmq_queue_offsets_min(const rmq_queue_offsets *q)
{
	return q ? q->min : -1;
}

int64_t rmq_queue_offsets_max(const rmq_queue_offsets *q)
{
	return q ? q->max : -1;
}

int64_t rmq_queue_offsets_consumer(const rmq_queue_offsets *q)
{
	return q ? q->consumer : -1;
}

int64_t rmq_queue_offsets_stored_at(const rmq_queue_offsets *q)
{
	return q ? q->stored_ms : -1;
}

/* --- Who pops ----------------------------------------------------------------------------------- */

static bool has_mode(struct rmqi_entry *entry, enum rmq_request_mode mode, int share_queues)
{
	bool is_pop = mode == RMQ_REQUEST_MODE_POP;

	if (!is_pop && mode != RMQ_REQUEST_MODE_PULL)
		return rmqi_entry_refuse(entry, "%s: mode is %d, allowed are 0 (PULL) and 1 (POP)",
					 entry->function, (int)mode);
	return (share_queues >= 0 && (is_pop || share_queues == 0)) ||
	       rmqi_entry_refuse(entry, "%s: share_queues is %d, allowed are %s", entry->function,
				 share_queues, is_pop ? "0 and more" : "0 with PULL");
}

enum rmq_error rmq_admin_set_message_request_mode(rmq_admin *a, const char *cluster,
						  const char *topic, const char *group,
						  enum rmq_request_mode mode, int share_queues,
						  const rmq_admin_options *options,
						  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "topic", topic) &&
	    rmqi_entry_has(&entry, "group", group) && has_mode(&entry, mode, share_queues))
		entry.error = rmqi_admin_set_request_mode(a, cluster, topic, group, mode,
							  share_queues, options, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Lite topics -------------------------------------------------------------------------------- */

enum rmq_error rmq_admin_create_lite_group(rmq_admin *a, const char *cluster, const char *group,
					   const char *parent, bool is_exclusive,
					   const rmq_admin_options *options,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "parent", parent))
		entry.error = rmqi_admin_create_lite_group(a, cluster, group, parent, is_exclusive,
							   options, entry.detail);
	return rmqi_entry_end(&entry);
}
