/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapped_files.h - the files of one folder as one long row of bytes (MappedFileQueue.java).
 *
 *     00000000000000000000   bytes [0, size)
 *     00000000000000000400   bytes [size, 2 size)      the name is the first offset
 *
 * All files have the same size; there is no gap; the first may start at any
 * multiple of the size. Bytes are in use from min to end; a file behind `end` is
 * empty. An append never crosses the end of a file.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_MAPPED_FILES_H
#define MB_STORE_MAPPED_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/list.h"
#include "base/log.h"
#include "base/macros.h"
#include "mock-broker/store/mapped_file.h"

enum { MB_FILE_NAME_DIGITS = 20 };

struct mb_files {
	const struct mb_fs *fs;
	const struct rmqi_log *log;
	struct rmqi_list *dirty; /* where files that were written are put */
	char *dir;               /* owned */
	size_t file_size;
	struct mb_ahead ahead;
	struct mb_file **list; /* by base */
	size_t count;
	size_t cap;
	int64_t end;          /* where the next byte goes */
	struct mb_file *tail; /* holds `end`; NULL: the next append looks for it */
};

/* `dir` is copied. The folder is made with the first file. */
enum rmq_error mb_files_init(struct mb_files *l, const struct mb_fs *fs, const struct rmqi_log *log,
			     struct rmqi_list *dirty, const char *dir, size_t file_size,
			     const struct mb_ahead *ahead) RMQI_MUST_USE;
void mb_files_deinit(struct mb_files *l);
/*
 * Maps what is in the folder; a missing one is empty. Every file counts as full until
 * mb_files_set_end. An empty last file is deleted, names that are no offsets are left alone.
 * RMQ_ERR_CORRUPT: a file of another size, or an offset that is no multiple of it.
 * *has_gap: a file in the middle is missing.
 */
enum rmq_error mb_files_load(struct mb_files *l, bool *has_gap,
			     struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Deletes every file; the folder stays. */
enum rmq_error mb_files_remove(struct mb_files *l) RMQI_MUST_USE;

/* Deletes the first file, which does not hold `end`. It is unmapped on `where`; NULL: here. */
enum rmq_error mb_files_remove_oldest(struct mb_files *l,
				      struct rmqi_executor *where) RMQI_MUST_USE;

/* Makes [end, end+len) writable and points *out at it. `len` must fit into what the file that holds
 * `end` has left (mb_files_left). Without a file there, it is made. */
enum rmq_error mb_files_reserve(struct mb_files *l, size_t len, uint8_t **out) RMQI_MUST_USE;
/* Is [end, end+len) writable already? Usually it is: blocks are had in steps. */
static inline bool mb_files_has_room(const struct mb_files *l, size_t len)
{
	const struct mb_file *f = l->tail;

	return f && f->wrote <= f->reserved && len <= f->reserved - f->wrote;
}
/* Makes, if need be, the file that starts at `base`: the end of the last one, or anything when there
 * is none (then `end` moves there). */
enum rmq_error mb_files_make(struct mb_files *l, int64_t base) RMQI_MUST_USE;
/* `f`, which was made elsewhere, is the next one. False, and nothing is taken: there is one, or it does not follow. */
bool mb_files_adopt(struct mb_files *l, struct mb_file *f);
/* The file that holds this offset, NULL when there is none. */
struct mb_file *mb_files_find(const struct mb_files *l, int64_t offset);
/* Where the next reserved byte goes. */
static inline uint8_t *mb_files_reserved(struct mb_files *l)
{
	if (!l->tail)
		l->tail = mb_files_find(l, l->end);
	return l->tail->map.bytes + l->tail->wrote;
}
/* The reserved bytes were written. */
static inline void mb_files_advance(struct mb_files *l, size_t len)
{
	mb_file_advance(l->tail, len, l->dirty);
	l->end += (int64_t)len;
	if (l->tail->wrote == l->tail->size)
		l->tail = NULL;
}
/* Nothing more goes into the file that holds `end`: `end` moves behind it. */
void mb_files_close_tail(struct mb_files *l);
/* Bytes from `end` to the end of its file; a whole file when it is still to be made. */
size_t mb_files_left(const struct mb_files *l);

/* Recovery: everything behind `end` is given up: later files are deleted, the rest of the file that
 * holds it is zeroed, so that nothing of a former life can come back. All before it counts as flushed.
 * min <= end <= the end of the last file. */
enum rmq_error mb_files_set_end(struct mb_files *l, int64_t end) RMQI_MUST_USE;

/* Recovery: the files that hold `from` and what follows may not be on disk. */
void mb_files_distrust(struct mb_files *l, int64_t from);

/* First offset; 0 without a file. */
int64_t mb_files_min(const struct mb_files *l);
/* The bytes in use from `offset` to the end of its file; false when there are none. */
bool mb_files_read(const struct mb_files *l, int64_t offset, struct rmqi_cursor *out);

#endif
