/* SPDX-License-Identifier: Apache-2.0 */
/* admin_reset.c - of admin_group.h how offsets are set anew. */
#include <rocketmq/admin_group.h>

#include "admin/reset.h"
#include "api/entry_checks.h"
#include "base/mem.h"
#include "base/queue.h"

/* --- What is wanted ---------------------------------------------------------------------------------- */

rmq_offset_reset *rmq_offset_reset_new(void)
{
	struct rmq_offset_reset *r = rmqi_calloc(1, sizeof(*r));

	if (r)
		*r = (struct rmq_offset_reset){.to = RMQI_RESET_LATEST, .is_force = true};
	return r;
}

void rmq_offset_reset_free(rmq_offset_reset *r)
{
	if (!r)
		return;
	rmqi_free(r->broker_name);
	rmqi_free(r);
}

static enum rmq_error set_target(const char *function, rmq_offset_reset *r, enum rmqi_reset_to to,
				 int64_t value, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(function, detail);

	if (rmqi_entry_has(&entry, "r", r) &&
	    (value >= 0 || rmqi_entry_refuse(&entry, "%s: %lld is negative", function,
					     (long long)value))) {
		r->to = to;
		r->value = value;
	}
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_offset_reset_set_latest(rmq_offset_reset *r, rmq_error_detail **detail)
{
	return set_target(__func__, r, RMQI_RESET_LATEST, 0, detail);
}

enum rmq_error rmq_offset_reset_set_earliest(rmq_offset_reset *r, rmq_error_detail **detail)
{
	return set_target(__func__, r, RMQI_RESET_EARLIEST, 0, detail);
}

enum rmq_error rmq_offset_reset_set_time(rmq_offset_reset *r, int64_t time_ms,
					 rmq_error_detail **detail)
{
	return set_target(__func__, r, RMQI_RESET_TIME, time_ms, detail);
}

enum rmq_error rmq_offset_reset_set_offset(rmq_offset_reset *r, int64_t offset,
					   rmq_error_detail **detail)
{
	return set_target(__func__, r, RMQI_RESET_OFFSET, offset, detail);
}

enum rmq_error rmq_offset_reset_set_queue(rmq_offset_reset *r, const char *broker_name,
					  int32_t queue_id, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	char *copy = broker_name ? rmqi_strdup(broker_name) : NULL;

	if (rmqi_entry_has(&entry, "r", r) &&
	    (!broker_name || queue_id >= 0 ||
	     rmqi_entry_refuse(&entry, "%s: queue_id %d is negative", entry.function,
			       (int)queue_id)) &&
	    broker_name && !copy)
		entry.error = rmqi_detail_set(entry.detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	if (entry.error != RMQ_OK) {
		rmqi_free(copy);
		return rmqi_entry_end(&entry);
	}
	rmqi_free(r->broker_name);
	r->broker_name = copy;
	r->queue_id = queue_id;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_offset_reset_set_dry_run(rmq_offset_reset *r, bool is_dry_run,
					    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "r", r))
		r->is_dry_run = is_dry_run;
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_offset_reset_set_force(rmq_offset_reset *r, bool is_force,
					  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "r", r))
		r->is_force = is_force;
	return rmqi_entry_end(&entry);
}

/* --- Calls ---------------------------------------------------------------------------------------------- */

static bool has_place(struct rmqi_entry *entry, const rmq_offset_reset *r)
{
	return r->to != RMQI_RESET_OFFSET || r->broker_name ||
	       rmqi_entry_refuse(entry, "%s: an offset is of one queue (rmq_offset_reset_set_queue)",
				 entry->function);
}

enum rmq_error rmq_admin_reset_offsets(rmq_admin *a, const char *group, const char *topic,
				       const rmq_offset_reset *reset,
				       const rmq_admin_options *options, rmq_queue_resets **out,
				       rmq_error_detail **detail)
{
	static const struct rmq_offset_reset usual = {.to = RMQI_RESET_LATEST, .is_force = true};
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	const struct rmq_offset_reset *what = reset ? reset : &usual;

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "group", group) &&
	    rmqi_entry_has(&entry, "topic", topic) && has_place(&entry, what) &&
	    rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_reset_offsets(a, group, topic, what, options, out,
						       entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_admin_clone_offsets(rmq_admin *a, const char *from_group, const char *to_group,
				       const char *topic, bool is_dry_run,
				       const rmq_admin_options *options, rmq_queue_resets **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has_admin(&entry, a) && rmqi_entry_has(&entry, "from_group", from_group) &&
	    rmqi_entry_has(&entry, "to_group", to_group) &&
	    rmqi_entry_has(&entry, "topic", topic) && rmqi_entry_has(&entry, "out", out))
		entry.error = rmqi_admin_clone_offsets(a, from_group, to_group, topic, is_dry_run,
						       options, out, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Rows ----------------------------------------------------------------------------------------------- */

void rmq_queue_resets_free(rmq_queue_resets *r)
{
	rmqi_queue_resets_free(r);
}

size_t rmq_queue_resets_count(const rmq_queue_resets *r)
{
	return r ? r->count : 0;
}

const rmq_queue_reset *rmq_queue_resets_at(const rmq_queue_resets *r, size_t index)
{
	return index < rmq_queue_resets_count(r) ? &r->rows[index] : NULL;
}

const struct rmq_queue *rmq_queue_reset_queue(const rmq_queue_reset *q)
{
	return rmqi_queue_or_none(q ? &q->queue : NULL);
}

enum rmq_error rmq_queue_reset_error(const rmq_queue_reset *q)
{
	return q ? q->error : RMQ_ERR_INVALID_ARGUMENT;
}

const rmq_error_detail *rmq_queue_reset_detail(const rmq_queue_reset *q)
{
	return q ? q->detail : NULL;
}

int64_t rmq_queue_reset_before(const rmq_queue_reset *q)
{
	return q ? q->before : -1;
}

int64_t rmq_queue_reset_after(const rmq_queue_reset *q)
{
	return q ? q->after : -1;
}
