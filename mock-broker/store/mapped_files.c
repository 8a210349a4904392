/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/mapped_files.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"

enum { PATH_SIZE = 4096 };

enum rmq_error mb_files_init(struct mb_files *l, const struct mb_fs *fs, const struct rmqi_log *log,
			     struct rmqi_list *dirty, const char *dir, size_t file_size,
			     const struct mb_ahead *ahead)
{
	*l = (struct mb_files){
		.fs = fs, .log = log, .dirty = dirty, .file_size = file_size, .ahead = *ahead};
	l->dir = rmqi_strdup(dir);
	return l->dir ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

void mb_files_deinit(struct mb_files *l)
{
	for (size_t i = 0; i < l->count; i++)
		mb_file_unref(l->list[i]);
	rmqi_free(l->list);
	rmqi_free(l->dir);
	*l = (struct mb_files){0};
}

static enum rmq_error push(struct mb_files *l, struct mb_file *f)
{
	size_t cap = l->cap ? l->cap * 2 : 2;
	struct mb_file **grown;

	if (l->count == l->cap) {
		grown = rmqi_realloc(l->list, cap * sizeof(*grown));
		if (!grown)
			return RMQ_ERR_NO_MEMORY;
		l->list = grown;
		l->cap = cap;
	}
	l->list[l->count++] = f;
	return RMQ_OK;
}

static bool path_of(const struct mb_files *l, const char *name, char *path)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s", l->dir, name);

	return n > 0 && n < PATH_SIZE;
}

/* Maps, and makes if `size` > 0, the file and puts it at the end of the list. */
static enum rmq_error open_file(struct mb_files *l, const char *path, int64_t base, size_t size)
{
	struct mb_file *f;
	enum rmq_error err = mb_file_open(l->fs, path, base, size, &f);

	if (err != RMQ_OK)
		return err;
	if (l->ahead.is_random && l->fs->set_random)
		l->fs->set_random(l->fs, &f->map);
	err = push(l, f);
	if (err != RMQ_OK)
		mb_file_unref(f);
	return err;
}

/* What the folder holds while it is loaded. */
struct loading {
	struct mb_files *files;
	struct rmq_error_detail *detail;
	bool has_gap;
	char empty[MB_FILE_NAME_DIGITS + 1]; /* the name of an empty file: it must be the last */
};

static bool parse_name(const char *name, int64_t *base)
{
	return strlen(name) == MB_FILE_NAME_DIGITS && name[0] >= '0' && name[0] <= '9' &&
	       rmqi_str_to_i64(rmqi_str(name), base);
}

static enum rmq_error refuse(const struct loading *load, const char *name, const char *why,
			     uint64_t number)
{
	return rmqi_detail_set(load->detail, RMQ_ERR_CORRUPT, RMQ_ERROR_FATAL,
			       "%s/%s: %s, this store is configured for files of %zu bytes (the "
			       "file has %" PRIu64 ")",
			       load->files->dir, name, why, load->files->file_size, number);
}

static enum rmq_error load_file(struct loading *load, const char *name, int64_t base, int64_t size)
{
	struct mb_files *l = load->files;
	char path[PATH_SIZE];
	enum rmq_error err;

	if (load->empty[0] != '\0')
		return refuse(load, load->empty, "empty, but not the last file", 0);
	if (size == 0) {
		memcpy(load->empty, name, sizeof(load->empty));
		return RMQ_OK;
	}
	if (size != (int64_t)l->file_size)
		return refuse(load, name, "wrong size", (uint64_t)size);
	if (base % size != 0)
		return refuse(load, name, "not the offset of a file", (uint64_t)size);
	if (base > INT64_MAX - 2 * size)
		return refuse(load, name, "an offset that no store reaches", (uint64_t)size);
	if (l->count > 0 && l->list[l->count - 1]->base + size != base)
		load->has_gap = true;
	err = path_of(l, name, path) ? open_file(l, path, base, 0) : RMQ_ERR_IO;
	if (err != RMQ_OK)
		return rmqi_detail_set(load->detail, err, 0, "cannot map %s/%s: %s", l->dir, name,
				       strerror(errno));
	return RMQ_OK;
}

static enum rmq_error load_entry(void *arg, const char *name, int64_t size, bool is_dir)
{
	struct loading *load = arg;
	int64_t base;

	if (!is_dir && parse_name(name, &base))
		return load_file(load, name, base, size);
	RMQI_LOG(load->files->log, RMQ_LOG_WARN, "%s/%s is not a file of the store: left alone",
		 load->files->dir, name);
	return RMQ_OK;
}

enum rmq_error mb_files_load(struct mb_files *l, bool *has_gap, struct rmq_error_detail *detail)
{
	struct loading load = {.files = l, .detail = detail};
	char path[PATH_SIZE];
	enum rmq_error err = l->fs->list(l->fs, l->dir, load_entry, &load);

	if (err == RMQ_ERR_NOT_FOUND)
		err = RMQ_OK;
	else if (err == RMQ_OK && load.empty[0] != '\0' && path_of(l, load.empty, path))
		err = l->fs->remove(l->fs, path);
	*has_gap = load.has_gap;
	l->end = l->count ? l->list[l->count - 1]->base + (int64_t)l->file_size : 0;
	return err;
}

/* Deletes the files from number `from` on. */
static enum rmq_error remove_from(struct mb_files *l, size_t from)
{
	enum rmq_error err = RMQ_OK;

	l->tail = NULL;
	while (l->count > from && err == RMQ_OK) {
		struct mb_file *f = l->list[l->count - 1];

		err = l->fs->remove(l->fs, f->path);
		if (err == RMQ_ERR_NOT_FOUND)
			err = RMQ_OK;
		if (err != RMQ_OK)
			break;
		rmqi_list_remove(&f->link);
		mb_file_unref(f);
		l->count--;
	}
	return err;
}

enum rmq_error mb_files_remove(struct mb_files *l)
{
	l->end = 0;
	return remove_from(l, 0);
}

enum rmq_error mb_files_remove_oldest(struct mb_files *l, struct rmqi_executor *where)
{
	struct mb_file *f = l->list[0];
	enum rmq_error err;

	assert(l->count > 1 && f != l->tail);
	err = l->fs->remove(l->fs, f->path);
	if (err != RMQ_OK && err != RMQ_ERR_NOT_FOUND)
		return err;
	rmqi_list_remove(&f->link);
	if (where)
		mb_file_let_go(f, where);
	else
		mb_file_unref(f);
	l->count--;
	memmove(l->list, l->list + 1, l->count * sizeof(*l->list));
	return RMQ_OK;
}

int64_t mb_files_min(const struct mb_files *l)
{
	return l->count ? l->list[0]->base : 0;
}

struct mb_file *mb_files_find(const struct mb_files *l, int64_t offset)
{
	uint64_t index;

	if (l->count == 0 || offset < l->list[0]->base)
		return NULL;
	index = (uint64_t)(offset - l->list[0]->base) / l->file_size;
	return index < l->count ? l->list[index] : NULL;
}

size_t mb_files_left(const struct mb_files *l)
{
	return l->tail ? l->tail->size - l->tail->wrote
		       : l->file_size - (size_t)((uint64_t)l->end % l->file_size);
}

enum rmq_error mb_files_make(struct mb_files *l, int64_t base)
{
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s/%020" PRId64, l->dir, base);
	enum rmq_error err;

	if (mb_files_find(l, base))
		return RMQ_OK;
	/* Files follow each other. */
	assert(l->count == 0 || l->list[l->count - 1]->base + (int64_t)l->file_size == base);
	if (n <= 0 || (size_t)n >= sizeof(path))
		return RMQ_ERR_IO;
	err = l->fs->make_dir(l->fs, l->dir);
	if (err == RMQ_OK)
		err = open_file(l, path, base, l->file_size);
	if (err == RMQ_OK && l->count == 1)
		l->end = base;
	return err;
}

bool mb_files_adopt(struct mb_files *l, struct mb_file *f)
{
	if (l->count == 0 || l->list[l->count - 1]->base + (int64_t)l->file_size != f->base ||
	    f->size != l->file_size)
		return false;
	return push(l, f) == RMQ_OK;
}

enum rmq_error mb_files_reserve(struct mb_files *l, size_t len, uint8_t **out)
{
	enum rmq_error err = RMQ_OK;

	if (mb_files_has_room(l, len)) {
		*out = l->tail->map.bytes + l->tail->wrote;
		return RMQ_OK;
	}
	if (!l->tail) {
		err = mb_files_make(l, l->end - l->end % (int64_t)l->file_size);
		if (err != RMQ_OK)
			return err;
		l->tail = mb_files_find(l, l->end);
	}
	err = mb_file_reserve(l->tail, len, &l->ahead);
	if (err == RMQ_OK)
		*out = l->tail->map.bytes + l->tail->wrote;
	return err;
}

void mb_files_close_tail(struct mb_files *l)
{
	l->end += (int64_t)mb_files_left(l);
	mb_file_fill(l->tail, l->dirty);
	l->tail = NULL;
}

enum rmq_error mb_files_set_end(struct mb_files *l, int64_t end)
{
	struct mb_file *f = mb_files_find(l, end);
	enum rmq_error err = RMQ_OK;

	/* A bad end would delete good files. */
	assert(end >= mb_files_min(l));
	assert(f || l->count == 0 || end == l->list[l->count - 1]->base + (int64_t)l->file_size);
	if (f)
		err = remove_from(l, (size_t)((f->base - l->list[0]->base) / (int64_t)f->size) + 1);
	if (err != RMQ_OK)
		return err;
	for (size_t i = 0; i < l->count; i++)
		mb_file_set_end(l->list[i],
				l->list[i] == f ? (size_t)(end - f->base) : l->file_size);
	l->end = end;
	l->tail = f;
	return f ? mb_file_clear_tail(f) : RMQ_OK;
}

bool mb_files_read(const struct mb_files *l, int64_t offset, struct rmqi_cursor *out)
{
	const struct mb_file *f = mb_files_find(l, offset);

	if (!f)
		return false;
	*out = mb_file_read(f, (size_t)(offset - f->base));
	return out->len > 0;
}

void mb_files_distrust(struct mb_files *l, int64_t from)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i]->base + (int64_t)l->file_size > from)
			mb_file_distrust(l->list[i], l->dirty);
}
