/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index.h - which records may have a key (IndexService.java).
 *
 *     <root>/index/yyyyMMddHHmmssSSS      named by the local time when it was made; see index_file.h
 *
 * An item for each of these texts of a record, in this order; it is the hash of the text that is stored:
 *
 *     topic#UNIQ_KEY      topic#k for each k of KEYS, split at blanks      topic#T#TAGS (with_tags: 5.4.0 on)
 *
 * Half messages have items, rolled back ones have none. The index listens to what is stored. `upto` is how far
 * it came; on the disk that is the end offset of the newest file: after a start the records behind that one are
 * told again. When the disk has no room for an item, it falls behind (`is_behind`), and whoever owns the log tells
 * it later of what it missed.
 *
 * A file that is full is flushed with the next flush of the queues; then the checkpoint's indexMsgTimestamp is the time
 * of its last item (done_ms). The newest file, whose slots are written all over, is flushed when nothing else is to be
 * written, and at an orderly end. After another end each file that is younger than the checkpoint says is repaired.
 * (Java flushes the newest one at an orderly end only, and deletes what is younger: so a store of ours that was killed at
 * rest keeps its keys in Java's hands.)
 *
 * Thread: loop.
 */
#ifndef MB_STORE_INDEX_H
#define MB_STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/macros.h"
#include "mock-broker/store/arrival.h"
#include "mock-broker/store/index_file.h"

struct mb_index {
	struct mb_arrival_listener arrivals;
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	const struct rmqi_clock *clock;
	struct rmqi_list *dirty; /* where full files are put */
	char *dir;               /* owned */
	struct mb_index_shape shape;
	bool with_tags;
	bool is_on;
	bool is_behind;              /* upto is not the end of the log */
	bool is_changed;             /* the newest file, since it was flushed */
	int64_t upto;                /* the records below it were told */
	struct mb_index_file **list; /* the oldest first */
	size_t count;
	size_t cap;
	struct {
		const char *key; /* whose hash it is; NULL: nobody's */
		int32_t hash;
	} ahead;         /* mb_index_look_ahead */
	int64_t done_ms; /* everything up to then is on the disk, or goes there with the next flush */
};

/* QueryMessageRequestHeader.indexType */
enum mb_index_kind { MB_INDEX_KEY, MB_INDEX_UNIQ_KEY, MB_INDEX_TAG };

/* `dir` is copied. */
enum rmq_error mb_index_init(struct mb_index *x, const struct mb_fs *fs, const struct rmqi_log *log,
			     const struct rmqi_clock *clock, struct rmqi_list *dirty,
			     const char *dir, const struct mb_index_shape *shape,
			     bool with_tags) RMQI_MUST_USE;
/* Harmless when all is zero. */
void mb_index_deinit(struct mb_index *x);

/*
 * Maps what is in the folder; the records up to the one at mb_index_last_offset are then in the index. `log_end` is
 * the end of the commit log, `checkpoint_ms` its indexMsgTimestamp. What is no file of this index is deleted; names that
 * are no times are left alone.
 */
enum rmq_error mb_index_load(struct mb_index *x, int64_t log_end, bool was_abnormal,
			     int64_t checkpoint_ms) RMQI_MUST_USE;
/* Deletes every file: the index begins anew. */
enum rmq_error mb_index_remove(struct mb_index *x) RMQI_MUST_USE;
/* Tells it of a record. On failure it is behind, and upto stays. */
enum rmq_error mb_index_add(struct mb_index *x, const struct mb_arrival *a) RMQI_MUST_USE;
/* The next record that comes with keys read has this UNIQ_KEY: where it goes is on its way from memory meanwhile, which is
 * as far as the rest of a put takes. */
void mb_index_look_ahead(struct mb_index *x, struct rmqi_str topic, struct rmqi_str uniq_key);
/* Nothing else is to be written: the newest file is to be flushed if it has changed. */
void mb_index_rest(struct mb_index *x);
/* The pages of the newest file leave the process; what is in them stays. */
void mb_index_give_back(const struct mb_index *x);
/* At an orderly end: every file is to be flushed. `last_ms` is the store time of the newest record. */
void mb_index_finish(struct mb_index *x, int64_t last_ms);
/* Deletes the files whose records are all below `log_min`, never the newest one. Their number. */
size_t mb_index_expire(struct mb_index *x, int64_t log_min);

/* Records of that time that may have the key, the newest first. */
enum rmq_error mb_index_find(struct mb_index *x, struct rmqi_str topic, struct rmqi_str key,
			     enum mb_index_kind kind, int64_t begin_ms, int64_t end_ms,
			     struct mb_index_hits *hits) RMQI_MUST_USE;
/* Time and offset of the newest item; 0 without one. */
int64_t mb_index_last_ms(const struct mb_index *x);
int64_t mb_index_last_offset(const struct mb_index *x);

#endif
