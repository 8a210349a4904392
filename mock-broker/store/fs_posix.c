/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs_posix.c - the file-system table over the real one.
 *
 * A map keeps no descriptor: a broker with thousands of queues would run into
 * the limit of open files. What needs one (reserve, clear) opens the file again;
 * that happens once per reserved stretch, not per message.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "mock-broker/store/fs.h"
#include "mock-broker/store/fs_replace.h"

enum {
	PATH_SIZE = 4096,
	READ_CHUNK = 64 * 1024,
	LOCK_LENGTH = 1, /* DefaultMessageStore.java: tryLock(0, 1, false) */
	/* <root>/consumequeue/<topic>/<queue>: what a new queue file may have created. */
	SYNCED_PARENTS = 4,
	FOLDER_MODE = 0755,
	FILE_MODE = 0644
};

/* Locks of an open file conflict with each other even inside one process, and with the process
 * locks that Java takes. */
#ifdef F_OFD_SETLK
enum { SET_LOCK = F_OFD_SETLK };
#else
enum { SET_LOCK = F_SETLK };
#endif

struct posix_file {
	bool has_name; /* the folders above were synced since the file was made; sync's */
	char path[];
};

static enum rmq_error of_errno(void)
{
	switch (errno) {
	case ENOENT:
		return RMQ_ERR_NOT_FOUND;
	case ENOMEM:
		return RMQ_ERR_NO_MEMORY;
	default:
		return RMQ_ERR_IO;
	}
}

/* Closes, keeps errno. */
static void quiet_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

static enum rmq_error make_one(const char *path)
{
	if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
		return RMQ_OK;
	/* A file system mounted read-only says so even for folders that are there. */
	if (errno == EROFS && access(path, F_OK) == 0)
		return RMQ_OK;
	return of_errno();
}

static enum rmq_error posix_make_dir(const struct mb_fs *fs, const char *path)
{
	char part[PATH_SIZE];
	size_t len = strlen(path);
	enum rmq_error err = RMQ_OK;

	(void)fs;
	if (len >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return RMQ_ERR_IO;
	}
	for (size_t i = 1; i < len && err == RMQ_OK; i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		err = make_one(part);
	}
	return err == RMQ_OK ? make_one(path) : err;
}

static enum rmq_error set_size(int fd, size_t wanted, size_t *size)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return of_errno();
	*size = (size_t)st.st_size;
	if (wanted == 0 || wanted == *size)
		return RMQ_OK;
	if (ftruncate(fd, (off_t)wanted) != 0)
		return of_errno();
	*size = wanted;
	return RMQ_OK;
}

static enum rmq_error map_fd(int fd, size_t wanted, struct mb_map *out)
{
	enum rmq_error err = set_size(fd, wanted, &out->size);
	void *bytes;

	if (err != RMQ_OK || out->size == 0)
		return err;
	bytes = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return of_errno();
	out->bytes = bytes;
	return RMQ_OK;
}

static enum rmq_error posix_map(const struct mb_fs *fs, const char *path, size_t size,
				struct mb_map *out)
{
	struct mb_map m = {.fd = -1};
	struct posix_file *file;
	enum rmq_error err;
	int fd;

	(void)fs;
	fd = open(path, O_RDWR | O_CLOEXEC | (size ? O_CREAT : 0), FILE_MODE);
	if (fd < 0)
		return of_errno();
	file = rmqi_alloc(sizeof(*file) + strlen(path) + 1);
	if (!file) {
		close(fd);
		return RMQ_ERR_NO_MEMORY;
	}
	file->has_name = false;
	memcpy(file->path, path, strlen(path) + 1);
	err = map_fd(fd, size, &m);
	quiet_close(fd);
	if (err != RMQ_OK) {
		rmqi_free(file);
		return err;
	}
	m.private_data = file;
	*out = m;
	return RMQ_OK;
}

static void posix_unmap(const struct mb_fs *fs, struct mb_map *m)
{
	(void)fs;
	if (m->bytes)
		munmap(m->bytes, m->size);
	rmqi_free(m->private_data);
	*m = (struct mb_map){.fd = -1};
}

static int reopen(const struct mb_map *m)
{
	const struct posix_file *file = m->private_data;

	return open(file->path, O_RDWR | O_CLOEXEC);
}

static size_t posix_data_end(const struct mb_fs *fs, const struct mb_map *m)
{
	int fd = reopen(m);
	off_t end = 0, data;

	(void)fs;
	if (fd < 0)
		return m->size;
	/* A hole may lie between data: in some file systems zeroes take no blocks. */
	while ((data = lseek(fd, end, SEEK_DATA)) >= 0 && (size_t)data < m->size)
		end = lseek(fd, data, SEEK_HOLE);
	if (errno != ENXIO || end < 0)
		end = (off_t)m->size;
	close(fd);
	return (size_t)end < m->size ? (size_t)end : m->size;
}

static void posix_set_random(const struct mb_fs *fs, struct mb_map *m)
{
	(void)fs;
	(void)madvise(m->bytes, m->size, MADV_RANDOM);
}

/* Of a shared map that is the process's view only: what was written is in the page cache, still to be synced. */
static void posix_give_back(const struct mb_fs *fs, struct mb_map *m)
{
	(void)fs;
	(void)madvise(m->bytes, m->size, MADV_DONTNEED);
}

static enum rmq_error posix_reserve(const struct mb_fs *fs, struct mb_map *m, size_t from,
				    size_t len)
{
	int fd = reopen(m);
	int cause;

	(void)fs;
	if (fd < 0)
		return of_errno();
	do
		cause = fallocate(fd, 0, (off_t)from, (off_t)len) == 0 ? 0 : errno;
	while (cause == EINTR);
	/* The libc's emulation writes into each block: slow, but the blocks are there. */
	if (cause == EOPNOTSUPP || cause == ENOSYS)
		cause = posix_fallocate(fd, (off_t)from, (off_t)len);
	close(fd);
	errno = cause;
	return cause ? of_errno() : RMQ_OK;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* The first address of the page that holds byte `from`; *len grows by what lies before it. */
static uint8_t *page_start(const struct mb_map *m, size_t from, size_t *len)
{
	size_t in_page = from % page_size();

	*len += in_page;
	return m->bytes + (from - in_page);
}

/* MADV_POPULATE_WRITE of Linux 5.14, which headers may not have yet. An older kernel refuses it, and nothing is lost. */
static void posix_make_ready(const struct mb_fs *fs, const struct mb_map *m, size_t from,
			     size_t len)
{
	enum { POPULATE_WRITE = 23 };
	uint8_t *start = page_start(m, from, &len);

	(void)fs;
	(void)madvise(start, len, POPULATE_WRITE);
}

static enum rmq_error sync_bytes(struct mb_map *m, size_t from, size_t len)
{
	uint8_t *start = page_start(m, from, &len);

	return msync(start, len, MS_SYNC) == 0 ? RMQ_OK : RMQ_ERR_IO;
}

/* Reads before it writes: what is zero already stays clean. */
static bool zero_by_hand(struct mb_map *m, size_t from, size_t len)
{
	bool is_changed = false;

	for (size_t i = from; i < from + len; i++) {
		if (m->bytes[i]) {
			m->bytes[i] = 0;
			is_changed = true;
		}
	}
	return is_changed;
}

static bool has_data(int fd, size_t from)
{
	return lseek(fd, (off_t)from, SEEK_DATA) >= 0 || errno != ENXIO;
}

/* Returns an errno. */
static int punch_hole(int fd, size_t from, size_t len)
{
	int cause;

	do
		cause = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
				  (off_t)len) == 0
				? 0
				: errno;
	while (cause == EINTR);
	return cause;
}

/* Most tails hold nothing: then nothing is changed and no sync is needed. */
static enum rmq_error posix_clear(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	size_t page = page_size();
	size_t in_page = (page - from % page) % page;
	size_t first = in_page < len ? in_page : len;
	bool is_changed = zero_by_hand(m, from, first);
	int fd = reopen(m);
	int cause = 0;

	(void)fs;
	if (fd < 0)
		return of_errno();
	if (len > first && has_data(fd, from + first)) {
		cause = punch_hole(fd, from + first, len - first);
		is_changed = true;
	}
	close(fd);
	if (cause == EOPNOTSUPP || cause == ENOSYS) {
		zero_by_hand(m, from + first, len - first);
		cause = 0;
	}
	errno = cause;
	if (cause)
		return of_errno();
	return is_changed ? sync_bytes(m, from, len) : RMQ_OK;
}

/* Cuts the last name off; false when there is no folder left. */
static bool to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

static enum rmq_error sync_parents(const char *path, int levels)
{
	char folder[PATH_SIZE];
	enum rmq_error err = RMQ_OK;

	if (strlen(path) >= sizeof(folder))
		return RMQ_ERR_IO;
	memcpy(folder, path, strlen(path) + 1);
	for (int i = 0; i < levels && err == RMQ_OK && to_parent(folder); i++)
		err = mb_fs_sync_folder(folder);
	return err;
}

static enum rmq_error posix_sync(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	struct posix_file *file = m->private_data;
	enum rmq_error err = sync_bytes(m, from, len);

	(void)fs;
	if (err != RMQ_OK || file->has_name)
		return err;
	err = sync_parents(file->path, SYNCED_PARENTS);
	/* A file that was deleted in the meantime has no name to keep. */
	if (err == RMQ_ERR_NOT_FOUND)
		err = RMQ_OK;
	file->has_name = err == RMQ_OK;
	return err;
}

struct names {
	char **names;
	size_t count;
	size_t cap;
};

static void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		rmqi_free(n->names[i]);
	rmqi_free(n->names);
}

static enum rmq_error names_add(struct names *n, const char *name)
{
	size_t cap = n->cap ? n->cap * 2 : 16;
	char **grown;

	if (n->count == n->cap) {
		grown = rmqi_realloc(n->names, cap * sizeof(*grown));
		if (!grown)
			return RMQ_ERR_NO_MEMORY;
		n->names = grown;
		n->cap = cap;
	}
	n->names[n->count] = rmqi_strdup(name);
	return n->names[n->count] ? (n->count++, RMQ_OK) : RMQ_ERR_NO_MEMORY;
}

static enum rmq_error names_read(struct names *n, DIR *dir)
{
	const struct dirent *entry;
	enum rmq_error err = RMQ_OK;

	errno = 0;
	while (err == RMQ_OK && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = names_add(n, entry->d_name);
		errno = err == RMQ_OK ? 0 : errno;
	}
	return err == RMQ_OK && errno ? of_errno() : err;
}

static int compare_names(const void *a, const void *b)
{
	char *const *x = a;
	char *const *y = b;

	return strcmp(*x, *y);
}

typedef enum rmq_error (*entry_fn)(void *arg, const char *name, int64_t size, bool is_dir);

static enum rmq_error names_tell(const struct names *n, int dir_fd, entry_fn fn, void *arg)
{
	enum rmq_error err = RMQ_OK;
	struct stat st;

	for (size_t i = 0; i < n->count && err == RMQ_OK; i++)
		if (fstatat(dir_fd, n->names[i], &st, 0) == 0)
			err = fn(arg, n->names[i], (int64_t)st.st_size, S_ISDIR(st.st_mode));
	return err;
}

static enum rmq_error posix_list(const struct mb_fs *fs, const char *path, entry_fn fn, void *arg)
{
	DIR *dir = opendir(path);
	struct names n = {0};
	enum rmq_error err;

	(void)fs;
	if (!dir)
		return of_errno();
	err = names_read(&n, dir);
	if (n.count > 0)
		qsort(n.names, n.count, sizeof(*n.names), compare_names);
	if (err == RMQ_OK)
		err = names_tell(&n, dirfd(dir), fn, arg);
	closedir(dir);
	names_free(&n);
	return err;
}

/* Reads on, into the room that the buffer has left; *is_end when the file is at its end. */
static enum rmq_error read_some(int fd, struct rmqi_buf *out, bool *is_end)
{
	size_t left = out->max - out->len;
	size_t chunk = left < READ_CHUNK ? left : READ_CHUNK;
	uint8_t *room, over;
	enum rmq_error err;
	ssize_t n;

	/* A full buffer is an error only when the file goes on. */
	err = chunk ? rmqi_buf_reserve(out, chunk, &room) : RMQ_OK;
	if (err != RMQ_OK)
		return err;
	n = chunk ? read(fd, room, chunk) : read(fd, &over, 1);
	if (n < 0)
		return errno == EINTR ? RMQ_OK : of_errno();
	if (n > 0 && !chunk)
		return RMQ_ERR_TOO_LARGE;
	if (n > 0)
		rmqi_buf_commit(out, (size_t)n);
	*is_end = n == 0;
	return RMQ_OK;
}

static enum rmq_error posix_read_file(const struct mb_fs *fs, const char *path,
				      struct rmqi_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum rmq_error err = RMQ_OK;
	bool is_end = false;

	(void)fs;
	if (fd < 0)
		return of_errno();
	while (err == RMQ_OK && !is_end)
		err = read_some(fd, out, &is_end);
	quiet_close(fd);
	return err;
}

static enum rmq_error posix_replace_file(const struct mb_fs *fs, const char *path,
					 const void *bytes, size_t len)
{
	(void)fs;
	return mb_fs_replace(path, bytes, len, (struct mb_replacing){.is_synced = true});
}

static enum rmq_error posix_replace_secret(const struct mb_fs *fs, const char *path,
					   const void *bytes, size_t len)
{
	(void)fs;
	return mb_fs_replace(path, bytes, len,
			     (struct mb_replacing){.is_synced = true, .is_secret = true});
}

static enum rmq_error posix_remove(const struct mb_fs *fs, const char *path)
{
	(void)fs;
	if (unlink(path) == 0)
		return RMQ_OK;
	if ((errno == EISDIR || errno == EPERM) && rmdir(path) == 0)
		return RMQ_OK;
	return of_errno();
}

static bool posix_exists(const struct mb_fs *fs, const char *path)
{
	(void)fs;
	return access(path, F_OK) == 0;
}

static enum rmq_error posix_lock(const struct mb_fs *fs, const char *path, int *handle)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = LOCK_LENGTH};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	enum rmq_error err = RMQ_OK;

	(void)fs;
	if (fd < 0)
		return of_errno();
	if (fcntl(fd, SET_LOCK, &range) != 0)
		err = errno == EAGAIN || errno == EACCES ? RMQ_ERR_LOCKED : RMQ_ERR_IO;
	else if (pwrite(fd, "lock", 4, 0) != 4)
		err = RMQ_ERR_IO;
	if (err != RMQ_OK) {
		quiet_close(fd);
		return err;
	}
	*handle = fd;
	return RMQ_OK;
}

static void posix_unlock(const struct mb_fs *fs, int handle)
{
	(void)fs;
	if (handle >= 0)
		close(handle);
}

static enum rmq_error posix_space(const struct mb_fs *fs, const char *path,
				  struct mb_space_figures *out)
{
	struct statvfs v;

	(void)fs;
	if (statvfs(path, &v) != 0)
		return of_errno();
	*out = (struct mb_space_figures){
		.total = (uint64_t)v.f_blocks * v.f_frsize,
		.free = (uint64_t)v.f_bfree * v.f_frsize,
		.usable = (uint64_t)v.f_bavail * v.f_frsize,
	};
	return RMQ_OK;
}

const struct mb_fs *mb_fs_posix(void)
{
	static const struct mb_fs table = {
		.make_dir = posix_make_dir,
		.map = posix_map,
		.unmap = posix_unmap,
		.data_end = posix_data_end,
		.set_random = posix_set_random,
		.give_back = posix_give_back,
		.reserve = posix_reserve,
		.make_ready = posix_make_ready,
		.clear = posix_clear,
		.sync = posix_sync,
		.list = posix_list,
		.read_file = posix_read_file,
		.replace_file = posix_replace_file,
		.replace_secret = posix_replace_secret,
		.remove = posix_remove,
		.exists = posix_exists,
		.lock = posix_lock,
		.unlock = posix_unlock,
		.space = posix_space,
	};

	return &table;
}
