/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/fs_replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, FILE_MODE = 0644, SECRET_MODE = 0600 };

static enum rmq_error of_errno(void)
{
	return errno == ENOENT ? RMQ_ERR_NOT_FOUND : RMQ_ERR_IO;
}

/* Closes, keeps errno. */
static void quiet_close(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

enum rmq_error mb_fs_sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rmq_error err = RMQ_OK;

	if (fd < 0)
		return of_errno();
	/* Some file systems cannot sync a folder and say EINVAL. */
	if (fsync(fd) != 0 && errno != EINVAL)
		err = of_errno();
	quiet_close(fd);
	return err;
}

/* Of a file: the one that its name is in. */
static enum rmq_error sync_folder_of(const char *path)
{
	char folder[PATH_SIZE];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return RMQ_OK;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	return mb_fs_sync_folder(folder);
}

static enum rmq_error write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return of_errno();
		bytes += n;
		len -= (size_t)n;
	}
	return RMQ_OK;
}

/* The name is free, so that the file is made here, with its mode. */
static enum rmq_error write_file(const char *path, const void *bytes, size_t len,
				 struct mb_replacing how)
{
	mode_t mode = how.is_secret ? SECRET_MODE : FILE_MODE;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	enum rmq_error err;

	if (fd < 0)
		return of_errno();
	err = write_all(fd, bytes, len);
	if (err == RMQ_OK && how.is_synced && fsync(fd) != 0)
		err = of_errno();
	quiet_close(fd);
	return err;
}

/* No file is no error: there is nothing to keep. */
static enum rmq_error keep_old(const char *path, struct mb_replacing how)
{
	char backup[PATH_SIZE];

	snprintf(backup, sizeof(backup), "%s.bak", path);
	if (how.is_secret && chmod(path, SECRET_MODE) != 0)
		return errno == ENOENT ? RMQ_OK : of_errno();
	if (rename(path, backup) != 0)
		return errno == ENOENT ? RMQ_OK : of_errno();
	return how.is_synced ? sync_folder_of(path) : RMQ_OK;
}

enum rmq_error mb_fs_replace(const char *path, const void *bytes, size_t len,
			     struct mb_replacing how)
{
	enum rmq_error err;

	if (strlen(path) + sizeof(".bak") > PATH_SIZE) {
		errno = ENAMETOOLONG;
		return RMQ_ERR_IO;
	}
	err = keep_old(path, how);
	if (err == RMQ_OK)
		err = write_file(path, bytes, len, how);
	return err == RMQ_OK && how.is_synced ? sync_folder_of(path) : err;
}
