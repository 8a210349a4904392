/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/disk.h"

#include <errno.h>

#include "base/mem.h"

enum { PAGE = 4096, PERCENT = 100 };

#define TOTAL_BYTES (UINT64_C(1) << 40)

struct mb_disk_file {
	size_t synced_to;
	bool is_named; /* the name is on the disk */
};

static struct mb_disk *of(const struct mb_fs *fs)
{
	return fs->arg;
}

static uint64_t key_of(const struct mb_map *m)
{
	return (uint64_t)(uintptr_t)m->bytes;
}

/* Counts the call; true: it fails, errno says why. */
static bool fails(struct mb_disk *d, enum mb_disk_op op)
{
	bool is_failing;
	uint64_t n;
	int cause;

	rmqi_mutex_lock(&d->mu);
	n = ++d->ops[op].calls;
	is_failing = d->ops[op].first && n >= d->ops[op].first && n <= d->ops[op].last;
	cause = d->ops[op].cause;
	rmqi_mutex_unlock(&d->mu);
	if (is_failing)
		errno = cause;
	return is_failing;
}

/* --- Files ---------------------------------------------------------------------------------------- */

/* @locks: mu held. What was there before we looked counts as synced. */
static struct mb_disk_file *file_at(struct mb_disk *d, const char *path, bool was_there,
				    const struct mb_map *m)
{
	struct mb_disk_file *f = rmqi_map_get(&d->files, rmqi_str(path));

	if (f)
		return f;
	f = rmqi_calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	if (rmqi_map_set(&d->files, rmqi_str(path), f, NULL) != RMQ_OK) {
		rmqi_free(f);
		return NULL;
	}
	f->is_named = was_there;
	f->synced_to = was_there && m->bytes ? d->inner.data_end(&d->inner, m) : 0;
	return f;
}

static enum rmq_error note_map(struct mb_disk *d, const char *path, bool was_there,
			       const struct mb_map *m)
{
	struct mb_disk_file *f;
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	rmqi_mutex_lock(&d->mu);
	f = file_at(d, path, was_there, m);
	if (f)
		err = m->bytes ? rmqi_imap_set(&d->maps, key_of(m), f) : RMQ_OK;
	rmqi_mutex_unlock(&d->mu);
	return err;
}

static enum rmq_error disk_map(const struct mb_fs *fs, const char *path, size_t size,
			       struct mb_map *out)
{
	struct mb_disk *d = of(fs);
	bool was_there = d->inner.exists(&d->inner, path);
	enum rmq_error err;

	if (fails(d, MB_DISK_MAP))
		return RMQ_ERR_IO;
	err = d->inner.map(&d->inner, path, size, out);
	if (err != RMQ_OK)
		return err;
	err = note_map(d, path, was_there, out);
	if (err != RMQ_OK)
		d->inner.unmap(&d->inner, out);
	return err;
}

static void disk_unmap(const struct mb_fs *fs, struct mb_map *m)
{
	struct mb_disk *d = of(fs);

	rmqi_mutex_lock(&d->mu);
	if (m->bytes)
		rmqi_imap_remove(&d->maps, key_of(m));
	rmqi_mutex_unlock(&d->mu);
	d->inner.unmap(&d->inner, m);
}

static size_t disk_data_end(const struct mb_fs *fs, const struct mb_map *m)
{
	return of(fs)->inner.data_end(&of(fs)->inner, m);
}

static void disk_set_random(const struct mb_fs *fs, struct mb_map *m)
{
	if (of(fs)->inner.set_random)
		of(fs)->inner.set_random(&of(fs)->inner, m);
}

static void disk_give_back(const struct mb_fs *fs, struct mb_map *m)
{
	if (of(fs)->inner.give_back)
		of(fs)->inner.give_back(&of(fs)->inner, m);
}

static void disk_make_ready(const struct mb_fs *fs, const struct mb_map *m, size_t from, size_t len)
{
	if (of(fs)->inner.make_ready)
		of(fs)->inner.make_ready(&of(fs)->inner, m, from, len);
}

static enum rmq_error disk_reserve(const struct mb_fs *fs, struct mb_map *m, size_t from,
				   size_t len)
{
	struct mb_disk *d = of(fs);

	return fails(d, MB_DISK_RESERVE) ? RMQ_ERR_IO : d->inner.reserve(&d->inner, m, from, len);
}

static enum rmq_error disk_clear(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	return of(fs)->inner.clear(&of(fs)->inner, m, from, len);
}

static int64_t disk_sync_ms(const struct mb_fs *fs)
{
	struct mb_disk *d = of(fs);
	int64_t ms;

	rmqi_mutex_lock(&d->mu);
	ms = d->sync_ms;
	rmqi_mutex_unlock(&d->mu);
	return ms;
}

static void note_sync(struct mb_disk *d, const struct mb_map *m, size_t end)
{
	struct mb_disk_file *f;

	rmqi_mutex_lock(&d->mu);
	f = rmqi_imap_get(&d->maps, key_of(m));
	if (f) {
		f->is_named = true;
		f->synced_to = end > f->synced_to ? end : f->synced_to;
	}
	rmqi_mutex_unlock(&d->mu);
}

static enum rmq_error disk_sync(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	struct mb_disk *d = of(fs);
	enum rmq_error err;

	if (fails(d, MB_DISK_SYNC))
		return RMQ_ERR_IO;
	err = d->inner.sync(&d->inner, m, from, len);
	if (err == RMQ_OK)
		note_sync(d, m, from + len);
	return err;
}

static enum rmq_error disk_make_dir(const struct mb_fs *fs, const char *path)
{
	return of(fs)->inner.make_dir(&of(fs)->inner, path);
}

static enum rmq_error
disk_list(const struct mb_fs *fs, const char *path,
	  enum rmq_error (*fn)(void *arg, const char *name, int64_t size, bool is_dir), void *arg)
{
	return of(fs)->inner.list(&of(fs)->inner, path, fn, arg);
}

static enum rmq_error disk_read_file(const struct mb_fs *fs, const char *path,
				     struct rmqi_buf *out)
{
	struct mb_disk *d = of(fs);

	return fails(d, MB_DISK_READ) ? RMQ_ERR_IO : d->inner.read_file(&d->inner, path, out);
}

static enum rmq_error disk_replace_file(const struct mb_fs *fs, const char *path,
					const void *bytes, size_t len)
{
	struct mb_disk *d = of(fs);

	return fails(d, MB_DISK_REPLACE) ? RMQ_ERR_IO
					 : d->inner.replace_file(&d->inner, path, bytes, len);
}

static enum rmq_error disk_replace_secret(const struct mb_fs *fs, const char *path,
					  const void *bytes, size_t len)
{
	struct mb_disk *d = of(fs);

	return fails(d, MB_DISK_REPLACE) ? RMQ_ERR_IO
					 : d->inner.replace_secret(&d->inner, path, bytes, len);
}

/* It may be mapped still. @locks: mu held */
static void forget(struct mb_disk *d, struct mb_disk_file *f)
{
	uint64_t key;
	void *value;

	for (size_t at = 0; f && rmqi_imap_next(&d->maps, &at, &key, &value);) {
		if (value != f)
			continue;
		rmqi_imap_remove(&d->maps, key);
		at = 0; /* others may have moved */
	}
	rmqi_free(f);
}

static enum rmq_error disk_remove(const struct mb_fs *fs, const char *path)
{
	struct mb_disk *d = of(fs);
	enum rmq_error err = d->inner.remove(&d->inner, path);

	if (err != RMQ_OK)
		return err;
	rmqi_mutex_lock(&d->mu);
	forget(d, rmqi_map_remove(&d->files, rmqi_str(path)));
	rmqi_mutex_unlock(&d->mu);
	return RMQ_OK;
}

static bool disk_exists(const struct mb_fs *fs, const char *path)
{
	return of(fs)->inner.exists(&of(fs)->inner, path);
}

static enum rmq_error disk_lock(const struct mb_fs *fs, const char *path, int *handle)
{
	return of(fs)->inner.lock(&of(fs)->inner, path, handle);
}

static void disk_unlock(const struct mb_fs *fs, int handle)
{
	of(fs)->inner.unlock(&of(fs)->inner, handle);
}

/* Nobody looks how full the disk under a temporary store is: it is empty then. */
static enum rmq_error disk_space(const struct mb_fs *fs, const char *path,
				 struct mb_space_figures *out)
{
	struct mb_disk *d = of(fs);
	uint64_t left;
	int used;

	rmqi_mutex_lock(&d->mu);
	used = d->used_percent;
	rmqi_mutex_unlock(&d->mu);
	if (used == MB_DISK_TRUTH && d->inner.space)
		return d->inner.space(&d->inner, path, out);
	left = TOTAL_BYTES / PERCENT * (uint64_t)(PERCENT - (used > 0 ? used : 0));
	*out = (struct mb_space_figures){.total = TOTAL_BYTES, .free = left, .usable = left};
	return RMQ_OK;
}

/* --- Faults --------------------------------------------------------------------------------------- */

void mb_disk_set_used(struct mb_disk *d, int percent)
{
	rmqi_mutex_lock(&d->mu);
	d->used_percent = percent;
	rmqi_mutex_unlock(&d->mu);
}

void mb_disk_set_slow(struct mb_disk *d, int64_t sync_ms)
{
	rmqi_mutex_lock(&d->mu);
	d->sync_ms = sync_ms;
	rmqi_mutex_unlock(&d->mu);
}

void mb_disk_fail(struct mb_disk *d, enum mb_disk_op op, uint64_t nth, uint64_t count, int cause)
{
	rmqi_mutex_lock(&d->mu);
	d->ops[op].first = count ? d->ops[op].calls + nth : 0;
	d->ops[op].last = d->ops[op].first + count - 1;
	if (d->ops[op].last < d->ops[op].first)
		d->ops[op].last = UINT64_MAX;
	d->ops[op].cause = cause;
	rmqi_mutex_unlock(&d->mu);
}

/* --- Power ---------------------------------------------------------------------------------------- */

/* Behind the last byte that is not zero; at least `least`. */
static size_t written_end(struct mb_disk *d, const struct mb_map *m, size_t least)
{
	size_t end = d->inner.data_end(&d->inner, m);

	while (end > least && !m->bytes[end - 1])
		end--;
	return end;
}

/* Some bytes of the page behind what was synced may be there, but not all that was written. */
static enum rmq_error tear(struct mb_disk *d, const char *path, const struct mb_disk_file *f,
			   struct rmqi_rand *rand)
{
	struct mb_map m;
	enum rmq_error err = d->inner.map(&d->inner, path, 0, &m);
	size_t from, end;

	if (err != RMQ_OK)
		return err == RMQ_ERR_NOT_FOUND ? RMQ_OK : err;
	end = m.bytes ? written_end(d, &m, f->synced_to) : 0;
	if (end > f->synced_to) {
		size_t most = end - f->synced_to < PAGE ? end - f->synced_to : PAGE;

		from = f->synced_to + (size_t)rmqi_rand_below(rand, most);
		err = d->inner.clear(&d->inner, &m, from, end - from);
	}
	d->inner.unmap(&d->inner, &m);
	return err;
}

enum rmq_error mb_disk_cut_power(struct mb_disk *d, struct rmqi_rand *rand)
{
	enum rmq_error err = RMQ_OK;

	rmqi_mutex_lock(&d->mu);
	for (size_t i = 0; i < d->files.count && err == RMQ_OK;) {
		struct rmqi_str path;
		struct mb_disk_file *f = rmqi_map_at(&d->files, i, &path);

		if (f->is_named) {
			err = tear(d, path.ptr, f, rand);
			i++;
			continue;
		}
		err = d->inner.remove(&d->inner, path.ptr);
		if (err == RMQ_ERR_NOT_FOUND)
			err = RMQ_OK;
		rmqi_free(rmqi_map_remove(&d->files, path));
	}
	rmqi_mutex_unlock(&d->mu);
	return err;
}

/* --- Life cycle ----------------------------------------------------------------------------------- */

void mb_disk_init(struct mb_disk *d, const struct mb_fs *inner)
{
	*d = (struct mb_disk){.inner = *inner, .used_percent = MB_DISK_TRUTH};
	rmqi_mutex_init(&d->mu);
	rmqi_map_init(&d->files);
	rmqi_imap_init(&d->maps);
	d->table = (struct mb_fs){
		.make_dir = disk_make_dir,
		.map = disk_map,
		.unmap = disk_unmap,
		.data_end = disk_data_end,
		.set_random = disk_set_random,
		.give_back = disk_give_back,
		.reserve = disk_reserve,
		.make_ready = disk_make_ready,
		.clear = disk_clear,
		.sync = disk_sync,
		.sync_ms = disk_sync_ms,
		.list = disk_list,
		.read_file = disk_read_file,
		.replace_file = disk_replace_file,
		.replace_secret = disk_replace_secret,
		.remove = disk_remove,
		.exists = disk_exists,
		.lock = disk_lock,
		.unlock = disk_unlock,
		.space = disk_space,
		.arg = d,
	};
}

void mb_disk_deinit(struct mb_disk *d)
{
	if (!d->inner.map)
		return;
	rmqi_map_deinit(&d->files, rmqi_free);
	rmqi_imap_deinit(&d->maps);
	rmqi_mutex_deinit(&d->mu);
	*d = (struct mb_disk){0};
}
