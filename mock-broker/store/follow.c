/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/follow.h"

#include <inttypes.h>

#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

static struct mb_arrival arrival_of(const struct mb_record *r)
{
	return (struct mb_arrival){
		.topic = r->topic,
		.properties = r->properties,
		.physical_offset = r->physical_offset,
		.queue_offset = r->queue_offset,
		.store_timestamp = r->store_timestamp,
		.size = r->size,
		.queue_id = r->queue_id,
		.sys_flag = r->sys_flag,
		.in_queue = mb_record_has_entry(r->sys_flag),
	};
}

void mb_index_follow(struct mb_store *s, size_t records)
{
	const struct mb_commit_log *log = &s->commit_log;
	struct mb_index *x = &s->index;
	enum rmq_error err = RMQ_OK;
	struct mb_record r;

	while (x->upto < log->files.end && records-- > 0 && err == RMQ_OK) {
		struct mb_arrival a;

		if (mb_commit_log_look(log, x->upto, MB_CHECK_NONE, &r) != MB_RECORD_MESSAGE) {
			x->upto = mb_commit_log_next_file(log, x->upto);
			continue;
		}
		a = arrival_of(&r);
		err = mb_index_add(x, &a);
	}
	if (x->upto < log->files.end)
		return;
	if (x->is_behind)
		RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: has all messages again", x->dir);
	x->is_behind = false;
}

/* The first record that it does not have; INT64_MAX: what its newest item names is no record. */
static int64_t first_missing(const struct mb_store *s)
{
	int64_t log_min = mb_files_min(&s->commit_log.files);
	int64_t last = mb_index_last_offset(&s->index);
	struct mb_record r;

	if (s->index.count == 0 || last < log_min)
		return log_min;
	if (mb_commit_log_look(&s->commit_log, last, MB_CHECK_NONE, &r) != MB_RECORD_MESSAGE)
		return INT64_MAX;
	/* After an orderly end the checkpoint knows better: what came since may have had no keys. */
	if (!s->was_abnormal && s->last_store_ms > 0 &&
	    s->checkpoint.index_ms >= s->last_store_ms)
		return s->commit_log.files.end;
	return last + (int64_t)r.size;
}

enum rmq_error mb_index_open(struct mb_store *s)
{
	struct mb_index *x = &s->index;
	int64_t end = s->commit_log.files.end;
	enum rmq_error err = mb_index_load(x, end, s->was_abnormal, s->checkpoint.index_ms);

	if (err != RMQ_OK)
		return err;
	x->upto = first_missing(s);
	if (x->upto == INT64_MAX) {
		RMQI_LOG(s->log, RMQ_LOG_WARN,
			 "%s does not belong to this commit log: it is made anew", x->dir);
		err = mb_index_remove(x);
		x->upto = mb_files_min(&s->commit_log.files);
	}
	if (err == RMQ_OK && x->upto < end) {
		RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: reads the commit log from %" PRId64 " on",
			 x->dir, x->upto);
		mb_index_follow(s, SIZE_MAX);
	}
	return err;
}
