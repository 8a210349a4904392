/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_file.h - one file of the index by key (IndexFile.java, IndexHeader.java).
 *
 *     begin time i64 | end time i64 | begin offset i64 | end offset i64 | used slots i32 | count i32    40 bytes
 *     slots   of i32: the newest item of the slot, 0: none
 *     items   of 20 bytes: hash i32 | physical offset i64 | seconds since begin time i32 | item before i32
 *
 * The items of a slot are a list from the newest to the oldest; item 0 is never used, so `count` of a file
 * without items is 1 (0 on the disk until the first one comes). An item is written before its slot, the header
 * after both. Keys are not in the file: a hit is a record that may have the key.
 *
 * The file is sparse. Nothing is touched, not even read, where no blocks were had: slots get theirs in pieces,
 * items in steps.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_INDEX_FILE_H
#define MB_STORE_INDEX_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "mock-broker/store/mapped_file.h"

enum { MB_INDEX_HITS_MAX = 1024 };

/* The settings of an index: two numbers that make the size of its files. */
struct mb_index_shape {
	uint32_t slots; /* maxHashSlotNum */
	uint32_t items; /* maxIndexNum; item 0 included */
};

struct mb_index_file {
	struct mb_file *file;
	struct mb_index_shape shape;
	/* The header, as it stands in the file. */
	int64_t begin_ms, end_ms;
	int64_t begin_offset, end_offset;
	uint32_t used_slots;
	uint32_t count; /* of the next item, at least 1 */
	/* What may be touched. */
	uint8_t *pieces; /* owned: a bit for each piece of header and slots */
	size_t items_end;
};

struct mb_index_hits {
	size_t max;   /* at most MB_INDEX_HITS_MAX */
	size_t looks; /* at so many items more: a search ends without them, whatever there is */
	size_t count;
	int64_t offsets[MB_INDEX_HITS_MAX];
};

size_t mb_index_file_size(const struct mb_index_shape *shape);

/* Makes a file. The times and offsets of `before` (may be NULL) stand in its header until the first item comes. */
enum rmq_error mb_index_file_make(const struct mb_fs *fs, const char *path,
				  const struct mb_index_shape *shape,
				  const struct mb_index_file *before,
				  struct mb_index_file **out) RMQI_MUST_USE;
/* Maps one that is there. RMQ_ERR_CORRUPT: another size, or a header that no index has. */
enum rmq_error mb_index_file_load(const struct mb_fs *fs, const char *path,
				  const struct mb_index_shape *shape,
				  struct mb_index_file **out) RMQI_MUST_USE;
/* NULL is fine. */
void mb_index_file_free(struct mb_index_file *f);

/* An item of this hash comes soon. */
void mb_index_file_look_ahead(const struct mb_index_file *f, int32_t hash);
bool mb_index_file_is_full(const struct mb_index_file *f);
/* One more item; the file is not full. On failure nothing has changed. */
enum rmq_error mb_index_file_put(struct mb_index_file *f, int32_t hash, int64_t offset,
				 int64_t store_ms) RMQI_MUST_USE;
/* Does it hold, or may it, items of that time? */
bool mb_index_file_has_time(const struct mb_index_file *f, int64_t begin_ms, int64_t end_ms);
/* Adds the offsets of items with the hash and of the time, the newest first, until hits->max are there. */
enum rmq_error mb_index_file_find(struct mb_index_file *f, int32_t hash, int64_t begin_ms,
				  int64_t end_ms, struct mb_index_hits *hits) RMQI_MUST_USE;

/* After an abnormal end: keeps the items up to the first one that is not sound (the lists are checked, and that the
 * offsets go up and lie below `below`), and makes slots and header anew from them. */
enum rmq_error mb_index_file_repair(struct mb_index_file *f, int64_t below) RMQI_MUST_USE;
/* Takes back the items of the newest record. A file without items has count 1. */
enum rmq_error mb_index_file_forget_newest(struct mb_index_file *f) RMQI_MUST_USE;

#endif
