/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit_log.h - all messages in the order of their arrival (CommitLog.java).
 *
 *     <root>/commitlog/00000000000000000000    record | record | ... | blank
 *     <root>/commitlog/00000000001073741824    record | ...
 *
 * A record, or the records of one batch, never cross the end of a file. The
 * physical offset of a record is its place in the row of files. See record.h.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_COMMIT_LOG_H
#define MB_STORE_COMMIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "mock-broker/store/mapped_files.h"
#include "mock-broker/store/record.h"

struct mb_commit_log {
	struct mb_files files;
};

/* Where a record may be written. */
struct mb_space {
	uint8_t *at;
	int64_t offset;
};

/* Can a stretch of that size be stored at all? */
static inline bool mb_commit_log_fits(const struct mb_commit_log *l, size_t size)
{
	return size <= l->files.file_size - MB_BLANK_SIZE;
}
/* Does the current file have the room? */
bool mb_commit_log_fits_here(const struct mb_commit_log *l, size_t size);
/* Finds room for `size` bytes in one file, with a blank record and a new file when the current one has
 * too little. On failure nothing has changed that a reader could see. */
enum rmq_error mb_commit_log_reserve(struct mb_commit_log *l, size_t size,
				     struct mb_space *out) RMQI_MUST_USE;
/* The same where nothing has to be done for it, which is nearly always; false: reserve. */
static inline bool mb_commit_log_has(const struct mb_commit_log *l, size_t size,
				     struct mb_space *out)
{
	const struct mb_file *f = l->files.tail;

	if (!mb_files_has_room(&l->files, size) || f->size - f->wrote < size + MB_BLANK_SIZE)
		return false;
	*out = (struct mb_space){f->map.bytes + f->wrote, l->files.end};
	return true;
}
/* The reserved bytes are now records. */
static inline void mb_commit_log_advance(struct mb_commit_log *l, size_t size)
{
	mb_files_advance(&l->files, size);
}
/* The `size` bytes at `offset`; false when they are not there, or not in one file. */
bool mb_commit_log_read(const struct mb_commit_log *l, int64_t offset, size_t size,
			struct rmqi_cursor *out);
/* Judges what stands at `offset` (mb_record_check). */
enum mb_record_kind mb_commit_log_look(const struct mb_commit_log *l, int64_t offset,
				       unsigned checks, struct mb_record *out);
/* The first offset of the file behind the one that holds it. */
int64_t mb_commit_log_next_file(const struct mb_commit_log *l, int64_t offset);

#endif
