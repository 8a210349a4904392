/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/temp_fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static enum rmq_error temp_sync(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	(void)fs;
	(void)m;
	(void)from;
	(void)len;
	return RMQ_OK;
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static enum rmq_error temp_replace_file(const struct mb_fs *fs, const char *path, const void *bytes,
					size_t len)
{
	char bak[PATH_SIZE];
	bool is_written;
	int fd;

	(void)fs;
	if (snprintf(bak, sizeof(bak), "%s.bak", path) >= (int)sizeof(bak))
		return RMQ_ERR_IO;
	if (rename(path, bak) != 0 && errno != ENOENT)
		return RMQ_ERR_IO;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == ENOENT ? RMQ_ERR_NOT_FOUND : RMQ_ERR_IO;
	is_written = write_all(fd, bytes, len);
	return close(fd) == 0 && is_written ? RMQ_OK : RMQ_ERR_IO;
}

struct mb_fs mb_temp_fs(void)
{
	struct mb_fs fs = *mb_fs_posix();

	fs.sync = temp_sync;
	fs.replace_file = temp_replace_file;
	/* A test is not about how full the disk of its machine is. */
	fs.space = NULL;
	return fs;
}
