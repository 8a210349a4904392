/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mapped_file.h - one file of a fixed size in memory, written from its front to its end.
 *
 *     0 ......... flushed ......... wrote ......... reserved ......... size
 *       on disk       in the page cache    has blocks        sparse
 *
 * Nothing is touched beyond `reserved`: a sparse map on a full disk ends in
 * SIGBUS. A file that is done has `wrote` = size; what no record needed of it stays
 * sparse. The flusher's thread only reads `map`; it holds a reference.
 *
 * Steps of reserving: the kernel may keep a file in pieces of up to 2 MiB (large
 * folios), and a write to one byte then asks for blocks for the whole piece (seen
 * with ext4 on Linux 6.18). So a step is a multiple of that, or the map is used with
 * `set_random`, which keeps the pieces at one page.
 *
 * Thread: loop.
 */
#ifndef MB_STORE_MAPPED_FILE_H
#define MB_STORE_MAPPED_FILE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "mock-broker/store/fs.h"

struct mb_ahead {
	size_t step;
	size_t least;
	bool is_random; /* use set_random */
};

struct mb_file {
	struct mb_map map;
	const struct mb_fs *fs;
	char *path;   /* owned */
	int64_t base; /* offset of the first byte: the file's name */
	size_t size;
	size_t wrote;
	size_t flushed;
	size_t reserved;
	unsigned refs;
	struct rmqi_list link; /* in a list of dirty files, or alone */
};

/* Makes a file of `size` > 0 bytes; 0: maps the one that is there, which counts as full. */
enum rmq_error mb_file_open(const struct mb_fs *fs, const char *path, int64_t base, size_t size,
			    struct mb_file **out) RMQI_MUST_USE;
void mb_file_ref(struct mb_file *f);
/* The last one unmaps and frees. */
void mb_file_unref(struct mb_file *f);
/* The same, for a file that was deleted: when this is the last one, it leaves the unmapping, with which its blocks go,
 * to `where`. Of 1 GiB it takes tens of milliseconds. While somebody else has the file (an answer that is being sent, a
 * flush), mb_file_unref of that one unmaps it, on its own thread. */
void mb_file_let_go(struct mb_file *f, struct rmqi_executor *where);

/* Makes the `len` bytes behind `wrote` writable; they must be inside the file. Blocks are had in steps of
 * `ahead` bytes; of `least` bytes when the disk has no more. */
enum rmq_error mb_file_reserve(struct mb_file *f, size_t len,
			       const struct mb_ahead *ahead) RMQI_MUST_USE;
/* `len` reserved bytes behind `wrote` were written: the file is dirty and goes to the end of
 * `dirty` if it is in no list. */
static inline void mb_file_advance(struct mb_file *f, size_t len, struct rmqi_list *dirty)
{
	/* Reserve, then write. */
	assert(len <= f->reserved - f->wrote);
	f->wrote += len;
	if (rmqi_list_is_empty(&f->link))
		rmqi_list_push(dirty, &f->link);
}
/* The rest stays as it is, the file counts as full. */
void mb_file_fill(struct mb_file *f, struct rmqi_list *dirty);
/* The bytes in use that may be read from `at` on. */
struct rmqi_cursor mb_file_read(const struct mb_file *f, size_t at);
/* The end of what is in use, found by recovery. All of it counts as flushed. */
void mb_file_set_end(struct mb_file *f, size_t wrote);
/* Zeroes everything behind `wrote`. */
enum rmq_error mb_file_clear_tail(struct mb_file *f) RMQI_MUST_USE;
/* Recovery cannot tell what reached the disk: all of it is to be flushed. */
void mb_file_distrust(struct mb_file *f, struct rmqi_list *dirty);

#endif
