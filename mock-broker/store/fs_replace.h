/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_replace.h - a small file of the real file system gets new content; the old one stays as `<path>.bak`.
 *
 * Errors and errno: those of fs.h.
 *
 * Thread: any, for different files.
 */
#ifndef MB_STORE_FS_REPLACE_H
#define MB_STORE_FS_REPLACE_H

#include <stdbool.h>
#include <stddef.h>

#include <rocketmq/error.h>

#include "base/macros.h"

struct mb_replacing {
	bool is_synced; /* file and folder are forced to the disk */
	bool is_secret; /* both files get mode 0600, whoever made the old one */
};

enum rmq_error mb_fs_replace(const char *path, const void *bytes, size_t len,
			     struct mb_replacing how) RMQI_MUST_USE;
/* Forces the names in a folder to the disk. */
enum rmq_error mb_fs_sync_folder(const char *path) RMQI_MUST_USE;

#endif
