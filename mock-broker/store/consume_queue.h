/* SPDX-License-Identifier: Apache-2.0 */
/*
 * consume_queue.h - the index of one queue of a topic (ConsumeQueue.java).
 *
 *     <root>/consumequeue/<topic>/<queue id>/00000000000000000000
 *
 *     physicalOffset i64 | recordSize i32 | tagsCode i64       20 bytes, big-endian
 *
 * Entry n of the queue stands at byte n * 20. An entry is valid when its offset
 * is not negative, its size is positive and it lies behind the one before. A
 * queue that starts at an offset above 0 fills its first file up to there with
 * (0, 0x7FFFFFFF, 0).
 *
 * Everything in here follows from the commit log: it is rebuilt, never repaired.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_CONSUME_QUEUE_H
#define MB_STORE_CONSUME_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "mock-broker/store/mapped_files.h"

enum { MB_ENTRY_SIZE = 20 };

struct mb_entry {
	int64_t offset;
	int32_t size;
	int64_t tags_code;
};

struct mb_queue {
	struct mb_files files;
	struct rmqi_str topic; /* borrowed from the topic that holds it */
	bool is_light;         /* its records are of other topics (light.h) */
	int32_t id;
	int64_t min; /* the first entry whose record is still in the commit log; max if there is none */
	int64_t max; /* the next queue offset */
};

/* Takes the next entry. */
bool mb_entry_read(struct rmqi_cursor *c, struct mb_entry *out);

/* Entry n, min <= n < max or in a file before; false when there is none. */
bool mb_queue_entry(const struct mb_queue *q, int64_t n, struct mb_entry *out);
/* The entries from n on that stand in one file; false when there are none. */
bool mb_queue_entries(const struct mb_queue *q, int64_t n, struct rmqi_cursor *out);
/* The first offset of the file behind the one that holds n. */
int64_t mb_queue_next_file(const struct mb_queue *q, int64_t n);

/* Room for `count` more entries, so that the appends cannot fail. */
enum rmq_error mb_queue_make_room(struct mb_queue *q, size_t count) RMQI_MUST_USE;
static inline RMQI_MUST_USE enum rmq_error mb_queue_reserve(struct mb_queue *q, size_t count)
{
	return mb_files_has_room(&q->files, count * MB_ENTRY_SIZE) ? RMQ_OK
								    : mb_queue_make_room(q, count);
}
void mb_queue_append(struct mb_queue *q, const struct mb_entry *e);

/* Finds `min` for a commit log that starts at `log_min`, and deletes the files whose records all lie before; never
 * the last one. */
void mb_queue_expire(struct mb_queue *q, int64_t log_min);
/* Are there entries, and is not one of their records left? */
bool mb_queue_is_over(const struct mb_queue *q, int64_t log_min);
/* None of the entries is left (mb_queue_is_over): their files go, but for the one of the next entry, which keeps its
 * number. With an error fewer files went, and nothing else has changed. */
enum rmq_error mb_queue_restart(struct mb_queue *q) RMQI_MUST_USE;

/* --- Recovery --------------------------------------------------------------- */

/* Finds the end: walks the last three files up to the first entry that is not valid. The rest is given
 * up. */
enum rmq_error mb_queue_recover(struct mb_queue *q) RMQI_MUST_USE;
/* The highest end of a record that the queue knows; 0 when it is empty. */
int64_t mb_queue_dispatched(const struct mb_queue *q);
/* Gives up the entries of records at or behind `end`. */
enum rmq_error mb_queue_truncate(struct mb_queue *q, int64_t end) RMQI_MUST_USE;

/* What a queue says to a record that claims to be number n of it. */
enum mb_place {
	MB_PLACE_TAKEN,     /* its entry is there */
	MB_PLACE_NEXT,      /* it is the next one */
	MB_PLACE_EXPIRED,   /* the file for its entry was deleted */
	MB_PLACE_OTHER,     /* another record has the place */
	MB_PLACE_BEHIND,    /* it is beyond max, but the newest entry is of a record behind it */
	MB_PLACE_GAP,       /* entries between max and n are missing */
	MB_PLACE_IMPOSSIBLE /* there is no room in the log for so many records before it */
};

/* `e` is the entry of the record. */
enum mb_place mb_queue_judge(const struct mb_queue *q, int64_t n, const struct mb_entry *e);
/* Gives up the entries from n on, n <= max. */
enum rmq_error mb_queue_cut(struct mb_queue *q, int64_t n) RMQI_MUST_USE;
/* Makes n > max the next one. Entries whose records are all gone go; else what is missing is filled
 * with entries that no record confirms. */
enum rmq_error mb_queue_skip_to(struct mb_queue *q, int64_t n, int64_t log_min) RMQI_MUST_USE;
/* Reserve and append. */
enum rmq_error mb_queue_add(struct mb_queue *q, const struct mb_entry *e) RMQI_MUST_USE;
/* Finds `min` for a commit log that starts at `log_min`. */
void mb_queue_correct_min(struct mb_queue *q, int64_t log_min);

#endif
