/* SPDX-License-Identifier: Apache-2.0 */
/*
 * get.c - reading by queue offset and by time (DefaultMessageStore.getMessage,
 * ConsumeQueue.getOffsetInQueueByTime).
 *
 * A queue entry is believed only as far as its record confirms it, so that a
 * damaged queue file never makes a reader see what is no message.
 */
#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

enum {
	MAX_FILTER_BYTES = 16000 /* maxFilterMessageSize: queue entries looked at, in bytes */
};

const char *mb_get_status_name(enum mb_get_status status)
{
	switch (status) {
	case MB_GET_FOUND:
		return "FOUND";
	case MB_GET_NO_MATCHED_MESSAGE:
		return "NO_MATCHED_MESSAGE";
	case MB_GET_MESSAGE_WAS_REMOVING:
		return "MESSAGE_WAS_REMOVING";
	case MB_GET_OFFSET_FOUND_NULL:
		return "OFFSET_FOUND_NULL";
	case MB_GET_OFFSET_OVERFLOW_BADLY:
		return "OFFSET_OVERFLOW_BADLY";
	case MB_GET_OFFSET_OVERFLOW_ONE:
		return "OFFSET_OVERFLOW_ONE";
	case MB_GET_OFFSET_TOO_SMALL:
		return "OFFSET_TOO_SMALL";
	case MB_GET_NO_MATCHED_LOGIC_QUEUE:
		return "NO_MATCHED_LOGIC_QUEUE";
	case MB_GET_NO_MESSAGE_IN_QUEUE:
		return "NO_MESSAGE_IN_QUEUE";
	}
	return "UNKNOWN";
}

/* --- Records ------------------------------------------------------------------------ */

/* The record of an entry of this queue: one of its topic, unless it is a light one. */
static bool read_record(const struct mb_store *s, const struct mb_queue *q,
			const struct mb_entry *e, struct rmqi_cursor *record, struct mb_record *r)
{
	return e->size > 0 &&
	       mb_commit_log_read(&s->commit_log, e->offset, (size_t)e->size, record) &&
	       mb_record_read(*record, r) && r->physical_offset == e->offset &&
	       (q->is_light || (r->queue_id == q->id && rmqi_str_eq(r->topic, q->topic)));
}

bool mb_store_record_at(struct mb_store *s, int64_t physical_offset, struct rmqi_cursor *record)
{
	const struct mb_files *files = &s->commit_log.files;
	struct rmqi_cursor rest;
	struct mb_record r;
	size_t left;

	if (physical_offset < 0 || !mb_files_read(files, physical_offset, &rest))
		return false;
	left = files->file_size - (size_t)((uint64_t)physical_offset % files->file_size);
	if (mb_record_check(rest, left, physical_offset, MB_CHECK_NONE, &r) != MB_RECORD_MESSAGE)
		return false;
	return rmqi_cursor_take(&rest, r.size, record);
}

bool mb_store_has_queue(struct mb_store *s, struct rmqi_str topic, int32_t queue_id)
{
	return mb_queues_find(&s->queues, topic, queue_id) != NULL;
}

bool mb_store_entries(struct mb_store *s, struct rmqi_str topic, int32_t queue_id, int64_t from,
		      int32_t count, void (*fn)(void *arg, const struct mb_queue_entry_view *e),
		      void *arg)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);
	struct rmqi_cursor entries;
	struct mb_entry e;

	if (!q || from < q->min || from >= q->max || !mb_queue_entries(q, from, &entries))
		return false;
	while (count-- > 0 && mb_entry_read(&entries, &e)) {
		struct mb_queue_entry_view view = {e.offset, e.size, e.tags_code};

		fn(arg, &view);
	}
	return true;
}

/* --- Get ---------------------------------------------------------------------------- */

struct scan {
	struct mb_store *store;
	const struct mb_queue *queue;
	const struct mb_get_limits *limits;
	const struct mb_filter *filter;
	struct mb_get_result *out;
	int64_t removed_below; /* records before it are gone with their file; INT64_MIN: none */
};

/* DefaultMessageStore#isTheBatchFull */
static bool is_full(const struct scan *scan, size_t size)
{
	const struct mb_get_result *out = scan->out;
	const struct mb_get_limits *limits = scan->limits;

	if (out->count == 0)
		return false;
	return out->count >= (size_t)limits->max_messages || out->count >= MB_GET_MAX ||
	       out->bytes + size > limits->max_bytes;
}

/* With a file of the commit log all its records are gone. A damaged entry says nothing of others. */
static void note_removed(struct scan *scan, const struct mb_entry *e)
{
	int64_t log_min = mb_store_min_physical_offset(scan->store);

	if (e->offset < log_min)
		scan->removed_below = log_min;
}

/* What happens to the entry; the status says why nothing has been found so far. */
static void take(struct scan *scan, const struct mb_entry *e)
{
	const struct mb_filter *filter = scan->filter;
	struct mb_get_result *out = scan->out;
	enum mb_get_status skipped = MB_GET_NO_MATCHED_MESSAGE;
	struct mb_record r;
	struct rmqi_cursor record;

	if (e->offset < scan->removed_below)
		return;
	if (filter && filter->match_code && !filter->match_code(filter, e->tags_code))
		goto skip;
	if (!read_record(scan->store, scan->queue, e, &record, &r)) {
		note_removed(scan, e);
		skipped = MB_GET_MESSAGE_WAS_REMOVING;
		goto skip;
	}
	if (filter && filter->match_record && !filter->match_record(filter, record))
		goto skip;
	out->records[out->count++] = record;
	out->bytes += record.len;
	out->status = MB_GET_FOUND;
	scan->removed_below = INT64_MIN;
	return;
skip:
	if (out->count == 0)
		out->status = skipped;
}

static void scan_entries(struct scan *scan, struct rmqi_cursor entries)
{
	struct mb_get_result *out = scan->out;
	int64_t by_count = (int64_t)scan->limits->max_messages * MB_ENTRY_SIZE;
	int64_t limit = by_count > MAX_FILTER_BYTES ? by_count : MAX_FILTER_BYTES;
	int64_t looked_at = 0;
	struct mb_entry e;

	while (looked_at < limit && mb_entry_read(&entries, &e)) {
		if (is_full(scan, (size_t)(e.size > 0 ? e.size : 0)))
			break;
		out->next_begin_offset++;
		looked_at += MB_ENTRY_SIZE;
		take(scan, &e);
	}
}

/* The answer when the offset is not in the queue; MB_GET_FOUND when it is. */
static enum mb_get_status judge_offset(const struct mb_queue *q, int64_t offset, int64_t *next)
{
	*next = offset;
	if (q->max == 0) {
		*next = 0;
		return MB_GET_NO_MESSAGE_IN_QUEUE;
	}
	if (offset < q->min) {
		*next = q->min;
		return MB_GET_OFFSET_TOO_SMALL;
	}
	if (offset == q->max)
		return MB_GET_OFFSET_OVERFLOW_ONE;
	if (offset > q->max) {
		*next = q->max;
		return MB_GET_OFFSET_OVERFLOW_BADLY;
	}
	return MB_GET_FOUND;
}

void mb_store_get(struct mb_store *s, struct rmqi_str topic, int32_t queue_id, int64_t offset,
		  const struct mb_get_limits *limits, const struct mb_filter *filter,
		  struct mb_get_result *out)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);
	struct scan scan = {s, q, limits, filter, out, INT64_MIN};
	struct rmqi_cursor entries;

	out->status = MB_GET_NO_MATCHED_LOGIC_QUEUE;
	out->next_begin_offset = 0;
	out->min_offset = q ? q->min : 0;
	out->max_offset = q ? q->max : 0;
	out->count = 0;
	out->bytes = 0;
	if (!q)
		return;
	out->status = judge_offset(q, offset, &out->next_begin_offset);
	if (out->status != MB_GET_FOUND)
		return;
	if (!mb_queue_entries(q, offset, &entries)) {
		out->status = MB_GET_OFFSET_FOUND_NULL;
		out->next_begin_offset = mb_queue_next_file(q, offset);
		return;
	}
	out->status = MB_GET_NO_MATCHED_MESSAGE;
	scan_entries(&scan, entries);
}

/* --- Offsets and times --------------------------------------------------------------- */

int64_t mb_store_min_offset(struct mb_store *s, struct rmqi_str topic, int32_t queue_id)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);

	return q ? q->min : 0;
}

int64_t mb_store_max_offset(struct mb_store *s, struct rmqi_str topic, int32_t queue_id)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);

	return q ? q->max : 0;
}

static int64_t time_at(const struct mb_store *s, const struct mb_queue *q, int64_t n)
{
	struct mb_record r;
	struct rmqi_cursor record;
	struct mb_entry e;

	if (n < q->min || !mb_queue_entry(q, n, &e) || !read_record(s, q, &e, &record, &r))
		return -1;
	return r.store_timestamp;
}

/* The first entry whose store time is above (or, unless `strictly`, at) the given one. */
static int64_t bound(const struct mb_store *s, const struct mb_queue *q, int64_t ms, bool strictly)
{
	int64_t low = q->min, high = q->max;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int64_t here = time_at(s, q, middle);

		if (here > ms || (here == ms && !strictly))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64_t mb_store_offset_by_time(struct mb_store *s, struct rmqi_str topic, int32_t queue_id,
				int64_t timestamp_ms, bool upper)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);
	int64_t n;

	if (!q)
		return 0;
	n = bound(s, q, timestamp_ms, upper);
	/* The last one at or before the time; the first one when all are younger. */
	return upper && n > q->min ? n - 1 : n;
}

int64_t mb_store_earliest_time(struct mb_store *s, struct rmqi_str topic, int32_t queue_id)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);

	return q ? time_at(s, q, q->min) : -1;
}

int64_t mb_store_time_at(struct mb_store *s, struct rmqi_str topic, int32_t queue_id,
			 int64_t queue_offset)
{
	const struct mb_queue *q = mb_queues_find(&s->queues, topic, queue_id);

	return q ? time_at(s, q, queue_offset) : -1;
}
