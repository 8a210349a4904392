/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/temp_fs.h"

#include "mock-broker/store/fs_replace.h"

static enum rmq_error temp_sync(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	(void)fs;
	(void)m;
	(void)from;
	(void)len;
	return RMQ_OK;
}

static enum rmq_error temp_replace_file(const struct mb_fs *fs, const char *path, const void *bytes,
					size_t len)
{
	(void)fs;
	return mb_fs_replace(path, bytes, len, (struct mb_replacing){0});
}

static enum rmq_error temp_replace_secret(const struct mb_fs *fs, const char *path,
					  const void *bytes, size_t len)
{
	(void)fs;
	return mb_fs_replace(path, bytes, len, (struct mb_replacing){.is_secret = true});
}

struct mb_fs mb_temp_fs(void)
{
	struct mb_fs fs = *mb_fs_posix();

	fs.sync = temp_sync;
	fs.replace_file = temp_replace_file;
	fs.replace_secret = temp_replace_secret;
	/* A test is not about how full the disk of its machine is. */
	fs.space = NULL;
	return fs;
}
