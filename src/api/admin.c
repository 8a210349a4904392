/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include <inttypes.h>
#include <stdbool.h>

#include <rocketmq/admin.h>

#include "base/detail_out.h"
#include "base/mem.h"
#include "base/queue.h"

/* --- Life ------------------------------------------------------------------------------------ */

enum rmq_error rmq_admin_new(const rmq_config *config, rmq_admin **out, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!config)
		return rmqi_detail_null(detail, __func__, "config");
	if (!out)
		return rmqi_detail_null(detail, __func__, "out");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d, rmqi_admin_new(config, out, d));
}

void rmq_admin_free(rmq_admin *a)
{
	rmqi_admin_free(a);
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
	if (!o)
		return rmqi_detail_null(detail, __func__, "o");
	if (timeout_ms < -1 || timeout_ms == 0)
		return rmqi_detail_argument(
			detail, "%s: timeout_ms is %" PRId64 ", allowed are -1 and from 1",
			__func__, timeout_ms);
	o->timeout_ms = timeout_ms;
	return rmqi_detail_none(detail);
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

static enum rmq_error check_count(const char *function, int count, rmq_error_detail **detail)
{
	if (count >= 1 && count <= RMQI_ADMIN_QUEUES_MAX)
		return rmqi_detail_none(detail);
	return rmqi_detail_argument(detail, "%s: count is %d, allowed are 1..%d", function, count,
				    RMQI_ADMIN_QUEUES_MAX);
}

static enum rmq_error set_counts(const char *function, rmq_topic_settings *s, int count,
				 bool is_of_writers, bool is_of_readers, rmq_error_detail **detail)
{
	enum rmq_error err;

	if (!s)
		return rmqi_detail_null(detail, function, "s");
	err = check_count(function, count, detail);
	if (err == RMQ_OK && is_of_writers)
		s->write_queues = count;
	if (err == RMQ_OK && is_of_readers)
		s->read_queues = count;
	return err;
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

enum rmq_error rmq_topic_settings_set_permission(rmq_topic_settings *s, unsigned permission,
						 rmq_error_detail **detail)
{
	if (!s)
		return rmqi_detail_null(detail, __func__, "s");
	if (permission & ~(unsigned)(RMQ_PERMISSION_READ | RMQ_PERMISSION_WRITE))
		return rmqi_detail_argument(detail,
					    "%s: permission is %u, allowed are the bits 2 (write) "
					    "and 4 (read)",
					    __func__, permission);
	s->permission = permission;
	return rmqi_detail_none(detail);
}

void rmq_topic_settings_free(rmq_topic_settings *s)
{
	rmqi_free(s);
}

enum rmq_error rmq_admin_create_topic(rmq_admin *a, const char *cluster, const char *topic,
				      const rmq_topic_settings *settings,
				      const rmq_admin_options *options, rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!a)
		return rmqi_detail_null(detail, __func__, "a");
	if (!topic)
		return rmqi_detail_null(detail, __func__, "topic");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d,
			       rmqi_admin_create_topic(a, cluster, topic, settings, options, d));
}

/* --- Offsets ------------------------------------------------------------------------------------ */

enum rmq_error rmq_admin_topic_offsets(rmq_admin *a, const char *topic, const char *group,
				       const rmq_admin_options *options, rmq_topic_offsets **out,
				       rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (!a)
		return rmqi_detail_null(detail, __func__, "a");
	if (!topic)
		return rmqi_detail_null(detail, __func__, "topic");
	if (!out)
		return rmqi_detail_null(detail, __func__, "out");
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(detail, d,
			       rmqi_admin_topic_offsets(a, topic, group, options, out, d));
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
