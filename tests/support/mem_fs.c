/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/mem_fs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/macros.h"
#include "base/map.h"

enum {
	PAGE = 4096,
	SECTOR = 512,
	/* From here on memory comes from mmap: a gigabyte of zeroes costs nothing. */
	MAPPED_FROM = 1 << 20
};

struct file {
	uint8_t *bytes; /* as the process sees it */
	uint8_t *disk;  /* as the disk has it */
	size_t size;
	size_t reserved; /* blocks were had up to here */
	bool is_named;   /* the name is on the disk */
	uint64_t made;   /* the how-manieth file it is */
	bool is_folder;
	bool is_locked;
	unsigned refs; /* maps, and one for the name */
};

struct mem_fs {
	struct mb_fs table;
	struct rmqi_map files; /* path -> struct file */
	uint64_t made;         /* files so far */
};

static struct mem_fs *of(const struct mb_fs *fs)
{
	return fs->arg;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static uint8_t *get_zeroes(size_t size)
{
	void *p;

	if (size < MAPPED_FROM)
		return must(calloc(size ? size : 1, 1));
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	return p == MAP_FAILED ? must(NULL) : p;
}

static void give_back(uint8_t *p, size_t size)
{
	if (p && size >= MAPPED_FROM)
		munmap(p, size);
	else
		free(p);
}

static void file_unref(struct file *f)
{
	if (--f->refs > 0)
		return;
	give_back(f->bytes, f->size);
	give_back(f->disk, f->size);
	free(f);
}

static void free_value(void *value)
{
	file_unref(value);
}

static void set_size(struct file *f, size_t size)
{
	uint8_t *bytes = get_zeroes(size), *disk = get_zeroes(size);
	size_t kept = size < f->size ? size : f->size;

	if (kept) {
		memcpy(bytes, f->bytes, kept);
		memcpy(disk, f->disk, kept);
	}
	give_back(f->bytes, f->size);
	give_back(f->disk, f->size);
	f->bytes = bytes;
	f->disk = disk;
	f->size = size;
}

static struct file *find(const struct mem_fs *m, const char *path)
{
	return rmqi_map_get(&m->files, rmqi_str(path));
}

/* NULL when the test lets memory run out. */
static struct file *add(struct mem_fs *m, const char *path, bool is_folder)
{
	struct file *f = must(calloc(1, sizeof(*f)));

	f->refs = 1;
	f->is_folder = is_folder;
	f->made = ++m->made;
	set_size(f, 0);
	if (rmqi_map_set(&m->files, rmqi_str(path), f, NULL) == RMQ_OK)
		return f;
	file_unref(f);
	return NULL;
}

static enum rmq_error fail(int cause, enum rmq_error err)
{
	errno = cause;
	return err;
}

static enum rmq_error mem_make_dir(const struct mb_fs *fs, const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (!find(of(fs), part) && !add(of(fs), part, true))
			return RMQ_ERR_NO_MEMORY;
	}
	return RMQ_OK;
}

static enum rmq_error mem_map(const struct mb_fs *fs, const char *path, size_t size,
			      struct mb_map *out)
{
	struct file *f = find(of(fs), path);

	if (!f && size == 0)
		return fail(ENOENT, RMQ_ERR_NOT_FOUND);
	if (!f)
		f = add(of(fs), path, false);
	if (!f)
		return RMQ_ERR_NO_MEMORY;
	if (size && size != f->size)
		set_size(f, size);
	f->refs++;
	*out = (struct mb_map){
		.bytes = f->size ? f->bytes : NULL, .size = f->size, .fd = -1, .private_data = f};
	return RMQ_OK;
}

static void mem_unmap(const struct mb_fs *fs, struct mb_map *map)
{
	struct file *f = map->private_data;

	(void)fs;
	for (size_t i = f->reserved; i < f->size && i < f->reserved + MAPPED_FROM; i++)
		if (f->bytes[i])
			abort(); /* written, but not reserved */
	file_unref(f);
	*map = (struct mb_map){.fd = -1};
}

/* Up to the last page that holds something. */
static size_t mem_data_end(const struct mb_fs *fs, const struct mb_map *map)
{
	size_t end = map->size;

	(void)fs;
	while (end > 0 && !map->bytes[end - 1])
		end--;
	end += PAGE - 1;
	end -= end % PAGE;
	return end < map->size ? end : map->size;
}

static enum rmq_error mem_reserve(const struct mb_fs *fs, struct mb_map *map, size_t from,
				  size_t len)
{
	struct file *f = map->private_data;

	(void)fs;
	if (f->reserved < from + len)
		f->reserved = from + len;
	return RMQ_OK;
}

static enum rmq_error mem_clear(const struct mb_fs *fs, struct mb_map *map, size_t from, size_t len)
{
	struct file *f = map->private_data;

	(void)fs;
	memset(f->bytes + from, 0, len);
	memset(f->disk + from, 0, len);
	return RMQ_OK;
}

static enum rmq_error mem_sync(const struct mb_fs *fs, struct mb_map *map, size_t from, size_t len)
{
	struct file *f = map->private_data;
	size_t start = from - from % PAGE;
	size_t end = from + len + PAGE - 1;

	(void)fs;
	end -= end % PAGE;
	if (end > f->size)
		end = f->size;
	memcpy(f->disk + start, f->bytes + start, end - start);
	f->is_named = true;
	return RMQ_OK;
}

struct name {
	struct rmqi_str name;
	const struct file *file;
};

static int compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return rmqi_str_cmp(x->name, y->name);
}

/* Is `path` directly in the folder? Then *name is its last part. */
static bool is_child(struct rmqi_str path, const char *folder, struct rmqi_str *name)
{
	size_t len = strlen(folder);

	if (path.len <= len + 1 || memcmp(path.ptr, folder, len) != 0 || path.ptr[len] != '/')
		return false;
	*name = rmqi_str_n(path.ptr + len + 1, path.len - len - 1);
	return memchr(name->ptr, '/', name->len) == NULL;
}

static enum rmq_error
mem_list(const struct mb_fs *fs, const char *path,
	 enum rmq_error (*fn)(void *arg, const char *name, int64_t size, bool is_dir), void *arg)
{
	const struct rmqi_map *files = &of(fs)->files;
	enum rmq_error err = RMQ_OK;
	struct name *names;
	size_t count = 0;

	if (!find(of(fs), path))
		return fail(ENOENT, RMQ_ERR_NOT_FOUND);
	names = must(calloc(files->count + 1, sizeof(*names)));
	for (size_t i = 0; i < files->count; i++) {
		struct rmqi_str key;

		names[count].file = rmqi_map_at(files, i, &key);
		count += is_child(key, path, &names[count].name);
	}
	qsort(names, count, sizeof(*names), compare_names);
	/* Keys are NUL-terminated. */
	for (size_t i = 0; i < count && err == RMQ_OK; i++)
		err = fn(arg, names[i].name.ptr, (int64_t)names[i].file->size,
			 names[i].file->is_folder);
	free(names);
	return err;
}

static enum rmq_error mem_read_file(const struct mb_fs *fs, const char *path, struct rmqi_buf *out)
{
	const struct file *f = find(of(fs), path);

	if (!f)
		return fail(ENOENT, RMQ_ERR_NOT_FOUND);
	rmqi_buf_add(out, f->bytes, f->size);
	return rmqi_buf_status(out);
}

static enum rmq_error mem_replace_file(const struct mb_fs *fs, const char *path, const void *bytes,
				       size_t len)
{
	const struct file *old = find(of(fs), path);
	char backup[4096];

	if (old && strlen(path) + sizeof(".bak") <= sizeof(backup)) {
		strcpy(strcpy(backup, path) + strlen(path), ".bak");
		mem_fs_put(of(fs), backup, old->bytes, old->size);
	}
	mem_fs_put(of(fs), path, bytes, len);
	return RMQ_OK;
}

static enum rmq_error mem_remove(const struct mb_fs *fs, const char *path)
{
	struct rmqi_map *files = &of(fs)->files;
	const struct file *f = find(of(fs), path);
	struct rmqi_str key, name;

	if (!f)
		return fail(ENOENT, RMQ_ERR_NOT_FOUND);
	for (size_t i = 0; i < files->count; i++) {
		rmqi_map_at(files, i, &key);
		if (is_child(key, path, &name))
			return fail(ENOTEMPTY, RMQ_ERR_IO);
	}
	file_unref(rmqi_map_remove(files, rmqi_str(path)));
	return RMQ_OK;
}

static bool mem_exists(const struct mb_fs *fs, const char *path)
{
	return find(of(fs), path) != NULL;
}

static enum rmq_error mem_lock(const struct mb_fs *fs, const char *path, int *handle)
{
	struct file *f = find(of(fs), path);
	struct rmqi_map *files = &of(fs)->files;

	if (f && f->is_locked)
		return fail(EAGAIN, RMQ_ERR_LOCKED);
	if (!f) {
		mem_fs_put(of(fs), path, "lock", 4);
		f = find(of(fs), path);
	}
	f->is_locked = true;
	for (size_t i = 0; i < files->count; i++)
		if (rmqi_map_at(files, i, NULL) == f)
			*handle = (int)i;
	return RMQ_OK;
}

/* The place of a file may have changed: there is one lock in a store. */
static void mem_unlock(const struct mb_fs *fs, int handle)
{
	struct rmqi_map *files = &of(fs)->files;

	(void)handle;
	for (size_t i = 0; i < files->count; i++) {
		struct file *f = rmqi_map_at(files, i, NULL);

		f->is_locked = false;
	}
}

struct mem_fs *mem_fs_new(void)
{
	struct mem_fs *m = must(calloc(1, sizeof(*m)));

	rmqi_map_init(&m->files);
	m->table = (struct mb_fs){
		.make_dir = mem_make_dir,
		.map = mem_map,
		.unmap = mem_unmap,
		.data_end = mem_data_end,
		.reserve = mem_reserve,
		.clear = mem_clear,
		.sync = mem_sync,
		.list = mem_list,
		.read_file = mem_read_file,
		.replace_file = mem_replace_file,
		.replace_secret = mem_replace_file,
		.remove = mem_remove,
		.exists = mem_exists,
		.lock = mem_lock,
		.unlock = mem_unlock,
		.arg = m,
	};
	return m;
}

void mem_fs_free(struct mem_fs *m)
{
	if (!m)
		return;
	rmqi_map_deinit(&m->files, free_value);
	free(m);
}

const struct mb_fs *mem_fs_table(const struct mem_fs *m)
{
	return &m->table;
}

/* A page that was not synced: nothing of it, all of it, or some sectors. */
static void page_after_cut(struct file *f, size_t at, struct rmqi_rand *rand)
{
	size_t end = at + PAGE < f->size ? at + PAGE : f->size;
	uint64_t fate = rmqi_rand_below(rand, 3);

	for (; at < end && fate > 0; at += SECTOR)
		if (fate == 1 || rmqi_rand_below(rand, 2))
			memcpy(f->disk + at, f->bytes + at, end - at < SECTOR ? end - at : SECTOR);
}

static void file_after_cut(struct file *f, struct rmqi_rand *rand, uint64_t named)
{
	if (f->made <= named)
		f->is_named = true;
	for (size_t at = 0; rand && at < f->size; at += PAGE) {
		size_t len = f->size - at < PAGE ? f->size - at : PAGE;

		if (memcmp(f->disk + at, f->bytes + at, len) != 0)
			page_after_cut(f, at, rand);
	}
	if (f->size)
		memcpy(f->bytes, f->disk, f->size);
	f->is_locked = false;
}

void mem_fs_power_cut(struct mem_fs *m, struct rmqi_rand *rand)
{
	/* A journal keeps the order of names: one that is there means that older ones are. */
	uint64_t named = rand ? rmqi_rand_below(rand, m->made + 1) : 0;

	for (size_t i = 0; i < m->files.count;) {
		struct rmqi_str path;
		struct file *f = rmqi_map_at(&m->files, i, &path);

		if (!f->is_folder)
			file_after_cut(f, rand, named);
		/* Folders stay: an empty one says nothing. */
		if (f->is_folder || f->is_named)
			i++;
		else
			file_unref(rmqi_map_remove(&m->files, path));
	}
}

void mem_fs_put(struct mem_fs *m, const char *path, const void *bytes, size_t size)
{
	struct file *f = find(m, path);

	if (!f) {
		char folder[4096];
		const char *slash = strrchr(path, '/');

		memcpy(folder, path, (size_t)(slash - path));
		folder[slash - path] = '\0';
		mem_make_dir(&m->table, folder);
		f = must(add(m, path, false));
	}
	set_size(f, size);
	if (size) {
		memcpy(f->bytes, bytes, size);
		memcpy(f->disk, bytes, size);
	}
	f->reserved = size;
	f->is_named = true;
}

uint8_t *mem_fs_bytes(struct mem_fs *m, const char *path, size_t *size)
{
	struct file *f = find(m, path);

	if (!f || f->is_folder)
		return NULL;
	if (size)
		*size = f->size;
	/* Whoever damages it may write anywhere. */
	f->reserved = f->size;
	return f->bytes;
}

void mem_fs_delete(struct mem_fs *m, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < m->files.count;) {
		struct rmqi_str key;

		rmqi_map_at(&m->files, i, &key);
		if (rmqi_str_has_prefix(key, path) && (key.len == len || key.ptr[len] == '/'))
			file_unref(rmqi_map_remove(&m->files, key));
		else
			i++;
	}
}

struct mem_fs *mem_fs_copy(const struct mem_fs *m)
{
	struct mem_fs *copy = mem_fs_new();

	for (size_t i = 0; i < m->files.count; i++) {
		struct rmqi_str path;
		const struct file *f = rmqi_map_at(&m->files, i, &path);
		struct file *to = must(add(copy, path.ptr, f->is_folder));

		set_size(to, f->size);
		if (f->size) {
			memcpy(to->bytes, f->bytes, f->size);
			memcpy(to->disk, f->disk, f->size);
		}
		to->reserved = f->reserved;
		to->is_named = f->is_named;
		to->made = f->made;
	}
	copy->made = m->made;
	return copy;
}
