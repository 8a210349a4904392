/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/consume_queue.h"

#include "codec/message.h"
#include "mock-broker/store/big_endian.h"

enum {
	RECOVERED_FILES = 3, /* ConsumeQueue#recover */
	FILLER_SIZE = INT32_MAX
};

static bool is_filler(const struct mb_entry *e)
{
	return e->offset == 0 && e->size == FILLER_SIZE;
}

bool mb_entry_read(struct rmqi_cursor *c, struct mb_entry *out)
{
	struct rmqi_cursor rest = *c;
	struct mb_entry e;

	if (!(rmqi_cursor_i64(&rest, &e.offset) &&   /* physicalOffset */
	      rmqi_cursor_i32(&rest, &e.size) &&     /* recordSize */
	      rmqi_cursor_i64(&rest, &e.tags_code))) /* tagsCode */
		return false;
	*c = rest;
	*out = e;
	return true;
}

static void entry_write(uint8_t *at, const struct mb_entry *e)
{
	mb_put_i64(at, e->offset);             /* physicalOffset */
	mb_put_u32(at + 8, (uint32_t)e->size); /* recordSize */
	mb_put_i64(at + 12, e->tags_code);     /* tagsCode */
}

bool mb_queue_entries(const struct mb_queue *q, int64_t n, struct rmqi_cursor *out)
{
	return n >= 0 && n < q->max && mb_files_read(&q->files, n * MB_ENTRY_SIZE, out);
}

bool mb_queue_entry(const struct mb_queue *q, int64_t n, struct mb_entry *out)
{
	struct rmqi_cursor c;

	return mb_queue_entries(q, n, &c) && mb_entry_read(&c, out);
}

int64_t mb_queue_next_file(const struct mb_queue *q, int64_t n)
{
	int64_t entries = (int64_t)q->files.file_size / MB_ENTRY_SIZE;

	return n - n % entries + entries;
}

enum rmq_error mb_queue_make_room(struct mb_queue *q, size_t count)
{
	struct mb_files *l = &q->files;
	size_t size = count * MB_ENTRY_SIZE, left, here;
	enum rmq_error err;
	int64_t next;
	uint8_t *at;

	left = mb_files_left(l);
	here = size < left ? size : left;
	next = l->end + (int64_t)left;
	err = mb_files_reserve(l, here, &at);
	for (size_t more = size - here; more > 0 && err == RMQ_OK; next += (int64_t)l->file_size) {
		size_t part = more < l->file_size ? more : l->file_size;

		err = mb_files_make(l, next);
		if (err == RMQ_OK)
			err = mb_file_reserve(mb_files_find(l, next), part, &l->ahead);
		more -= part;
	}
	return err;
}

void mb_queue_append(struct mb_queue *q, const struct mb_entry *e)
{
	entry_write(mb_files_reserved(&q->files), e);
	mb_files_advance(&q->files, MB_ENTRY_SIZE);
	q->max++;
}

static enum rmq_error set_max(struct mb_queue *q, int64_t max)
{
	enum rmq_error err = mb_files_set_end(&q->files, max * MB_ENTRY_SIZE);

	if (err == RMQ_OK)
		q->max = max;
	return err;
}

static int64_t first_entry(const struct mb_queue *q)
{
	return mb_files_min(&q->files) / MB_ENTRY_SIZE;
}

enum rmq_error mb_queue_recover(struct mb_queue *q)
{
	const struct mb_files *l = &q->files;
	size_t from = l->count > RECOVERED_FILES ? l->count - RECOVERED_FILES : 0;
	int64_t n = l->count ? l->list[from]->base / MB_ENTRY_SIZE : 0;
	int64_t behind = 0;
	struct mb_entry e;

	q->max = l->end / MB_ENTRY_SIZE;
	while (mb_queue_entry(q, n, &e) && e.offset >= behind && e.size > 0) {
		if (!is_filler(&e))
			behind = e.offset + 1;
		n++;
	}
	return set_max(q, n);
}

int64_t mb_queue_dispatched(const struct mb_queue *q)
{
	struct mb_entry e;

	if (!mb_queue_entry(q, q->max - 1, &e) || is_filler(&e) || e.offset > INT64_MAX - e.size)
		return 0;
	return e.offset + e.size;
}

enum rmq_error mb_queue_truncate(struct mb_queue *q, int64_t end)
{
	int64_t max = q->max;
	struct mb_entry e;

	while (mb_queue_entry(q, max - 1, &e) && e.offset >= end && !is_filler(&e))
		max--;
	return max < q->max ? set_max(q, max) : RMQ_OK;
}

enum rmq_error mb_queue_cut(struct mb_queue *q, int64_t n)
{
	return set_max(q, n);
}

enum rmq_error mb_queue_add(struct mb_queue *q, const struct mb_entry *e)
{
	enum rmq_error err = mb_queue_reserve(q, 1);

	if (err == RMQ_OK)
		mb_queue_append(q, e);
	return err;
}

/* The newest entry; {0} when there is none but fillers. */
static struct mb_entry last_entry(const struct mb_queue *q)
{
	struct mb_entry e;

	if (!mb_queue_entry(q, q->max - 1, &e) || is_filler(&e))
		return (struct mb_entry){0};
	return e;
}

/* Every entry before this one has, or had, a record between the newest we know and its own. */
static bool is_possible(const struct mb_queue *q, int64_t n, const struct mb_entry *e)
{
	return n - q->max <= (e->offset - last_entry(q).offset) / RMQI_MESSAGE_FIXED_V4;
}

/* ConsumeQueue.deleteExpiredFile: by the last entry of a file. */
static bool is_file_over(const struct mb_queue *q, size_t n, int64_t log_min)
{
	const struct mb_file *f = q->files.list[n];
	int64_t last = (f->base + (int64_t)f->size) / MB_ENTRY_SIZE - 1;
	struct mb_entry e;

	return mb_queue_entry(q, last, &e) && e.offset < log_min;
}

void mb_queue_expire(struct mb_queue *q, int64_t log_min)
{
	while (q->files.count > 1 && is_file_over(q, 0, log_min) &&
	       mb_files_remove_oldest(&q->files, NULL) == RMQ_OK)
		;
	mb_queue_correct_min(q, log_min);
}

bool mb_queue_is_over(const struct mb_queue *q, int64_t log_min)
{
	struct mb_entry e = last_entry(q);

	return e.size > 0 && e.offset < log_min;
}

enum mb_place mb_queue_judge(const struct mb_queue *q, int64_t n, const struct mb_entry *e)
{
	struct mb_entry there;

	if (n >= q->max) {
		if (last_entry(q).offset > e->offset)
			return MB_PLACE_BEHIND;
		if (n == q->max)
			return MB_PLACE_NEXT;
		return is_possible(q, n, e) ? MB_PLACE_GAP : MB_PLACE_IMPOSSIBLE;
	}
	if (!mb_queue_entry(q, n, &there))
		return MB_PLACE_EXPIRED;
	return there.offset == e->offset && there.size == e->size ? MB_PLACE_TAKEN : MB_PLACE_OTHER;
}

/* Deletes what there is; the queue then is empty with `max` n. */
static enum rmq_error restart_at(struct mb_queue *q, int64_t n)
{
	const struct mb_entry filler = {.size = FILLER_SIZE};
	int64_t size = (int64_t)q->files.file_size;
	enum rmq_error err = mb_files_remove(&q->files);

	q->max = 0;
	if (err == RMQ_OK)
		err = mb_files_make(&q->files, n * MB_ENTRY_SIZE / size * size);
	if (err == RMQ_OK)
		q->max = first_entry(q);
	while (err == RMQ_OK && q->max < n)
		err = mb_queue_add(q, &filler);
	return err;
}

/* Of the files but for the last one; false: not all. */
static bool remove_older(struct mb_files *l)
{
	while (l->count > 1 && mb_files_remove_oldest(l, NULL) == RMQ_OK)
		;
	return l->count <= 1;
}

/* At no time nothing is left: the names of the files say how far the queue was. */
enum rmq_error mb_queue_restart(struct mb_queue *q)
{
	struct mb_files *l = &q->files;
	enum rmq_error err;

	q->min = q->max;
	if (l->count == 0)
		return RMQ_OK;
	if (!remove_older(l))
		return RMQ_ERR_IO;
	err = mb_files_make(l, l->end - l->end % (int64_t)l->file_size);
	return err != RMQ_OK || remove_older(l) ? err : RMQ_ERR_IO;
}

/* A hole's entries lie between the records around it, so that offsets still go up. */
static enum rmq_error fill_to(struct mb_queue *q, int64_t n)
{
	struct mb_entry hole = {.offset = last_entry(q).offset, .size = FILLER_SIZE};
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK && q->max < n) {
		hole.offset++;
		err = mb_queue_add(q, &hole);
	}
	return err;
}

enum rmq_error mb_queue_skip_to(struct mb_queue *q, int64_t n, int64_t log_min)
{
	bool is_worthless = q->max == first_entry(q) || last_entry(q).offset < log_min;

	return is_worthless ? restart_at(q, n) : fill_to(q, n);
}

static bool is_expired(const struct mb_queue *q, int64_t n, int64_t log_min)
{
	struct mb_entry e;

	return !mb_queue_entry(q, n, &e) || e.offset < log_min || is_filler(&e);
}

void mb_queue_correct_min(struct mb_queue *q, int64_t log_min)
{
	int64_t low = first_entry(q), high = q->max;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		if (is_expired(q, middle, log_min))
			low = middle + 1;
		else
			high = middle;
	}
	q->min = low;
}
