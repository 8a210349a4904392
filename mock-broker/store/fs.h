/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs.h - the few file-system operations the store stands on, as a table.
 *
 * A test replaces the table to fail an operation or to drop bytes that were not
 * synced. Paths are NUL-terminated; names under a store come from validated
 * topic names only, so they hold neither '/' nor "..".
 *
 * Errors: RMQ_ERR_NOT_FOUND, RMQ_ERR_LOCKED, RMQ_ERR_NO_MEMORY, else RMQ_ERR_IO (errno kept in errno).
 *
 * Thread: any, for different files.
 */
#ifndef MB_STORE_FS_H
#define MB_STORE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"

struct mb_map {
	uint8_t *bytes; /* MAP_SHARED, readable and writable */
	size_t size;
	int fd;             /* -1: the table keeps none */
	void *private_data; /* the table's */
};

/* Of a file system, in bytes. */
struct mb_space_figures {
	uint64_t total;
	uint64_t free;   /* some of it may be for the administrator only */
	uint64_t usable; /* by us */
};

struct mb_fs {
	/* mkdir -p */
	enum rmq_error (*make_dir)(const struct mb_fs *fs, const char *path);
	/* Maps a file. `size` > 0: create it, or extend it, to exactly that size (sparse: see reserve).
	 * 0: map an existing file at its own size; an empty one gives bytes NULL. */
	enum rmq_error (*map)(const struct mb_fs *fs, const char *path, size_t size,
			      struct mb_map *out);
	void (*unmap)(const struct mb_fs *fs, struct mb_map *m);
	/* Bytes at the front, at most the size, behind which the file has no blocks. They must not even be
	 * read: a full tmpfs answers that with SIGBUS. */
	size_t (*data_end)(const struct mb_fs *fs, const struct mb_map *m);
	/* A hint: no reading ahead. May be NULL. */
	void (*set_random)(const struct mb_fs *fs, struct mb_map *m);
	/* A hint: its pages are not needed in memory for now. What is in them stays. May be NULL. May run while
	 * another thread reads, writes or reserves. */
	void (*give_back)(const struct mb_fs *fs, struct mb_map *m);
	/* Gives [from, from+len) real blocks, so that a full disk fails here and not by SIGBUS when
	 * the bytes are written. What is there stays. */
	enum rmq_error (*reserve)(const struct mb_fs *fs, struct mb_map *m, size_t from,
				  size_t len);
	/* A hint: [from, from+len), which has blocks, will be written soon; who writes need not wait for its pages
	 * then. May be NULL. May run while another thread reads, writes, reserves or syncs. */
	void (*make_ready)(const struct mb_fs *fs, const struct mb_map *m, size_t from, size_t len);
	/* Zeroes [from, from+len), on the disk too; its blocks may be given back. */
	enum rmq_error (*clear)(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len);
	/* Forces [from, from+len) and the name of the file to the disk. A failure is final: never retry
	 * (fsyncgate). May run while another thread reads, writes or reserves. */
	enum rmq_error (*sync)(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len);
	/* Calls fn with each name in the folder, "." and ".." left out, in byte order. */
	enum rmq_error (*list)(const struct mb_fs *fs, const char *path,
			       enum rmq_error (*fn)(void *arg, const char *name, int64_t size,
						    bool is_dir),
			       void *arg);
	enum rmq_error (*read_file)(const struct mb_fs *fs, const char *path, struct rmqi_buf *out);
	/* ConfigManager.persist: the old file becomes <path>.bak by rename, then new content, fsync of
	 * file and folder. */
	enum rmq_error (*replace_file)(const struct mb_fs *fs, const char *path, const void *bytes,
				       size_t len);
	/* The same for what holds secrets: both files are for their owner only. */
	enum rmq_error (*replace_secret)(const struct mb_fs *fs, const char *path,
					 const void *bytes, size_t len);
	/* A file, or an empty folder. */
	enum rmq_error (*remove)(const struct mb_fs *fs, const char *path);
	bool (*exists)(const struct mb_fs *fs, const char *path);
	/* Exclusive lock on bytes 0..1 of the file, created if need be; *handle is kept until unlock.
	 * RMQ_ERR_LOCKED when another process (or another store of this one) has it. */
	enum rmq_error (*lock)(const struct mb_fs *fs, const char *path, int *handle);
	void (*unlock)(const struct mb_fs *fs, int handle);
	/* Of the file system that holds `path`. May be NULL: nobody is to look how full it is. */
	enum rmq_error (*space)(const struct mb_fs *fs, const char *path,
				struct mb_space_figures *out);
	void *arg;
	/* A disk that is slow on purpose: so much longer each sync is to seem to take. Whoever flushes off the
	 * loop waits for it by a timer; who syncs on the loop does not. May be NULL: 0. */
	int64_t (*sync_ms)(const struct mb_fs *fs);
};

/* The real one. */
const struct mb_fs *mb_fs_posix(void);

#endif
