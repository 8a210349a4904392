/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/offset_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/json.h"
#include "net/stream.h"

enum { CHUNK = 16 * 1024, ERROR_TEXT = 128 };

/* --- Open --------------------------------------------------------------------------------------- */

static enum rmq_error io_error(struct rmq_error_detail *detail, const char *path, const char *step,
			       int error)
{
	char text[ERROR_TEXT];

	return rmqi_detail_set(detail, RMQ_ERR_IO, 0, "%s %s: %s", path, step,
			       rmqi_errno_text(error, text, sizeof(text)));
}

void rmqi_offset_file_init(struct rmqi_offset_file *f)
{
	*f = (struct rmqi_offset_file){.folder_fd = -1, .lock_fd = -1};
}

static bool make_folder(const char *path)
{
	return mkdir(path, S_IRWXU) == 0 || errno == EEXIST;
}

/* `path` is changed for a while. */
static bool make_folders(char *path)
{
	for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
		bool is_there;

		*at = '\0';
		is_there = make_folder(path);
		*at = '/';
		if (!is_there)
			return false;
	}
	return make_folder(path);
}

static char *join(const char *folder, const char *name)
{
	size_t size = strlen(folder) + strlen(name) + 2;
	char *path = rmqi_alloc(size);

	if (path)
		snprintf(path, size, "%s/%s", folder, name);
	return path;
}

static bool make_names(struct rmqi_offset_file *f, const char *root, const char *client_id,
		       const char *group)
{
	char *own = join(root, client_id);

	f->folder = own ? join(own, group) : NULL;
	rmqi_free(own);
	if (!f->folder)
		return false;
	f->path = join(f->folder, "offsets.json");
	f->backup = join(f->folder, "offsets.json.bak");
	f->temporary = join(f->folder, "offsets.json.tmp");
	return f->path && f->backup && f->temporary;
}

/* A file system without locks: whoever shares the folder there is not found out. */
static bool is_taken(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/* Makes an empty one: a limit of the process (RLIMIT_FSIZE) would raise a signal in the caller's thread. */
static bool can_write(const struct rmqi_offset_file *f)
{
	int fd = open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return false;
	(void)close(fd);
	return unlink(f->temporary) == 0;
}

static enum rmq_error open_files(struct rmqi_offset_file *f, struct rmq_error_detail *detail)
{
	if (!make_folders(f->folder))
		return io_error(detail, f->folder, "cannot be made", errno);
	f->folder_fd = open(f->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->folder_fd < 0)
		return io_error(detail, f->folder, "cannot be opened", errno);
	f->lock_fd = openat(f->folder_fd, "offsets.json.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->lock_fd < 0)
		return io_error(detail, f->folder, "cannot be written to", errno);
	if (is_taken(f->lock_fd))
		return rmqi_detail_set(detail, RMQ_ERR_LOCKED, RMQ_ERROR_RETRIABLE,
				       "%s is in use by another consumer of this group on this "
				       "host: give each its own instanceName",
				       f->path);
	if (!can_write(f))
		return io_error(detail, f->folder, "cannot be written to", errno);
	return RMQ_OK;
}

enum rmq_error rmqi_offset_file_open(struct rmqi_offset_file *f, const char *root,
				     const char *client_id, const char *group,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err;

	/* It would be several folders, or one elsewhere. */
	if (strchr(client_id, '/'))
		return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
				       "the client id %s names a folder for the offsets of a "
				       "broadcasting group, and must not hold a '/'",
				       client_id);
	if (!make_names(f, root, client_id, group))
		err = rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	else
		err = open_files(f, detail);
	if (err != RMQ_OK)
		rmqi_offset_file_close(f);
	return err;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

void rmqi_offset_file_close(struct rmqi_offset_file *f)
{
	/* The child of a fork may hold it still. */
	if (f->lock_fd >= 0)
		(void)flock(f->lock_fd, LOCK_UN);
	close_fd(&f->lock_fd);
	close_fd(&f->folder_fd);
	rmqi_free(f->path);
	rmqi_free(f->backup);
	rmqi_free(f->temporary);
	rmqi_free(f->folder);
	rmqi_offset_file_init(f);
}

/* --- Read --------------------------------------------------------------------------------------- */

static enum rmq_error read_all(int fd, struct rmqi_buf *out, int *error)
{
	for (;;) {
		uint8_t *room;
		ssize_t n;
		enum rmq_error err = rmqi_buf_reserve(out, CHUNK, &room);

		if (err != RMQ_OK)
			return err == RMQ_ERR_TOO_LARGE ? RMQ_ERR_CORRUPT : err;
		n = read(fd, room, CHUNK);
		if (n == 0)
			return RMQ_OK;
		if (n > 0) {
			rmqi_buf_commit(out, (size_t)n);
		} else if (errno != EINTR) {
			*error = errno;
			return RMQ_ERR_IO;
		}
	}
}

/* RMQ_ERR_NOT_FOUND: it is not there. */
static enum rmq_error read_text(const char *path, struct rmqi_buf *out,
				struct rmq_error_detail *detail)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = errno;
	enum rmq_error err;

	if (fd < 0)
		return error == ENOENT ? RMQ_ERR_NOT_FOUND
				       : io_error(detail, path, "cannot be read", error);
	err = read_all(fd, out, &error);
	(void)close(fd);
	if (err == RMQ_ERR_IO)
		return io_error(detail, path, "cannot be read", error);
	return err;
}

static enum rmq_error read_table(const char *path, struct rmqi_offset_table *t,
				 struct rmq_error_detail *detail)
{
	struct rmqi_buf text;
	enum rmq_error err;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	err = read_text(path, &text, detail);
	if (err == RMQ_OK)
		err = rmqi_offset_table_read(t, rmqi_buf_cursor(&text));
	rmqi_buf_deinit(&text);
	if (err == RMQ_OK)
		return err;
	/* What a bad one held must not be mixed with another one. */
	rmqi_offset_table_deinit(t);
	rmqi_offset_table_init(t);
	return err == RMQ_ERR_NO_MEMORY ? rmqi_detail_set(detail, err, 0, "out of memory") : err;
}

enum rmq_error rmqi_offset_file_read(const struct rmqi_offset_file *f, struct rmqi_offset_table *t,
				     bool *is_backup, struct rmq_error_detail *detail)
{
	enum rmq_error first = read_table(f->path, t, detail), second;

	if (first != RMQ_ERR_NOT_FOUND && first != RMQ_ERR_CORRUPT)
		return first;
	second = read_table(f->backup, t, detail);
	if (second == RMQ_ERR_NOT_FOUND && first == RMQ_ERR_NOT_FOUND)
		return RMQ_OK;
	if (second == RMQ_OK)
		*is_backup = true;
	if (second != RMQ_ERR_NOT_FOUND && second != RMQ_ERR_CORRUPT)
		return second;
	return rmqi_detail_set(
		detail, RMQ_ERR_CORRUPT, RMQ_ERROR_FATAL,
		"%s holds no offsets that can be read, nor does its .bak: where this client "
		"stopped is not known. Put a good file there, or remove both to start by "
		"consumeFromWhere",
		f->path);
}

/* --- Write -------------------------------------------------------------------------------------- */

static bool write_all(int fd, struct rmqi_cursor rest)
{
	while (rest.len > 0) {
		ssize_t n = write(fd, rest.ptr, rest.len);

		if (n > 0)
			rmqi_cursor_advance(&rest, (size_t)n);
		else if (n < 0 && errno != EINTR)
			return false;
	}
	return true;
}

static bool failed(struct rmqi_file_failure *why, const char *step)
{
	*why = (struct rmqi_file_failure){step, errno};
	return false;
}

const char *rmqi_file_failure_text(const struct rmqi_file_failure *why, const char *path, char *buf,
				   size_t size)
{
	char text[ERROR_TEXT];

	snprintf(buf, size, "%s %s: %s", path, why->step,
		 rmqi_errno_text(why->error, text, sizeof(text)));
	return buf;
}

static bool write_temporary(const struct rmqi_offset_file *f, struct rmqi_buf *text,
			    struct rmqi_file_failure *why)
{
	int fd = open(f->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool is_good;

	if (fd < 0)
		return failed(why, "its .tmp cannot be made");
	is_good = write_all(fd, rmqi_buf_cursor(text)) || failed(why, "its .tmp cannot be written");
	is_good = is_good && (fsync(fd) == 0 || failed(why, "its .tmp cannot be put on the disk"));
	if (close(fd) != 0 && is_good)
		is_good = failed(why, "its .tmp cannot be closed");
	return is_good;
}

bool rmqi_offset_file_write(const struct rmqi_offset_file *f, struct rmqi_buf *text,
			    struct rmqi_file_failure *why)
{
	if (!write_temporary(f, text, why))
		return false;
	if (rename(f->path, f->backup) != 0 && errno != ENOENT)
		return failed(why, "cannot be renamed to .bak");
	if (rename(f->temporary, f->path) != 0)
		return failed(why, "cannot be replaced by its .tmp");
	return fsync(f->folder_fd) == 0 || failed(why, "its folder cannot be put on the disk");
}
