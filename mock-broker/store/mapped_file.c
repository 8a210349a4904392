/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/mapped_file.h"

#include <assert.h>

#include "base/mem.h"

enum rmq_error mb_file_open(const struct mb_fs *fs, const char *path, int64_t base, size_t size,
			    struct mb_file **out)
{
	struct mb_file *f = rmqi_calloc(1, sizeof(*f));
	enum rmq_error err = RMQ_ERR_NO_MEMORY;

	if (!f)
		return err;
	f->path = rmqi_strdup(path);
	if (f->path)
		err = fs->map(fs, path, size, &f->map);
	if (err != RMQ_OK) {
		rmqi_free(f->path);
		rmqi_free(f);
		return err;
	}
	f->fs = fs;
	f->base = base;
	f->size = f->map.size;
	if (size == 0) {
		f->wrote = f->size;
		f->reserved = fs->data_end(fs, &f->map);
	}
	f->refs = 1;
	rmqi_list_init(&f->link);
	*out = f;
	return RMQ_OK;
}

void mb_file_ref(struct mb_file *f)
{
	f->refs++;
}

void mb_file_unref(struct mb_file *f)
{
	if (--f->refs > 0)
		return;
	rmqi_list_remove(&f->link);
	f->fs->unmap(f->fs, &f->map);
	rmqi_free(f->path);
	rmqi_free(f);
}

struct unmapping {
	struct rmqi_task task;
	const struct mb_fs *fs;
	struct mb_map map;
};

static void run_unmapping(struct rmqi_task *task)
{
	struct unmapping *u = RMQI_CONTAINER(task, struct unmapping, task);

	u->fs->unmap(u->fs, &u->map);
	rmqi_free(u);
}

void mb_file_let_go(struct mb_file *f, struct rmqi_executor *where)
{
	struct unmapping *u = f->refs == 1 ? rmqi_alloc(sizeof(*u)) : NULL;

	if (!u) {
		mb_file_unref(f); /* somebody else has it, or memory is out */
		return;
	}
	*u = (struct unmapping){.task.run = run_unmapping, .fs = f->fs, .map = f->map};
	rmqi_list_remove(&f->link);
	rmqi_free(f->path);
	rmqi_free(f);
	rmqi_post(where, &u->task);
}

/* The first multiple of `step` at or behind `at`, but not behind `max`. */
static size_t step_up(size_t at, size_t step, size_t max)
{
	size_t over = at % step;

	if (over == 0)
		return at;
	return step - over < max - at ? at + (step - over) : max;
}

/* Blocks up to the first multiple of `step` behind `end`. */
static enum rmq_error reserve_to(struct mb_file *f, size_t end, size_t step)
{
	size_t target = step_up(end, step, f->size);
	enum rmq_error err = f->fs->reserve(f->fs, &f->map, f->reserved, target - f->reserved);

	if (err == RMQ_OK)
		f->reserved = target;
	return err;
}

enum rmq_error mb_file_reserve(struct mb_file *f, size_t len, const struct mb_ahead *ahead)
{
	size_t end = f->wrote + len;

	/* The caller has looked whether the file has room. */
	assert(len <= f->size - f->wrote);
	if (end <= f->reserved || reserve_to(f, end, ahead->step) == RMQ_OK)
		return RMQ_OK;
	/* A disk that is nearly full may still have what is needed now. */
	return reserve_to(f, end, ahead->least);
}

static void mark_dirty(struct mb_file *f, struct rmqi_list *dirty)
{
	if (rmqi_list_is_empty(&f->link))
		rmqi_list_push(dirty, &f->link);
}

void mb_file_fill(struct mb_file *f, struct rmqi_list *dirty)
{
	f->wrote = f->size;
	mark_dirty(f, dirty);
}

struct rmqi_cursor mb_file_read(const struct mb_file *f, size_t at)
{
	size_t end = f->wrote < f->reserved ? f->wrote : f->reserved;

	return at < end ? rmqi_cursor(f->map.bytes + at, end - at) : rmqi_cursor(NULL, 0);
}

void mb_file_set_end(struct mb_file *f, size_t wrote)
{
	f->wrote = wrote;
	/* What lies behind may be sparse. */
	if (f->reserved > wrote)
		f->reserved = wrote;
	f->flushed = wrote;
}

enum rmq_error mb_file_clear_tail(struct mb_file *f)
{
	if (f->wrote == f->size)
		return RMQ_OK;
	return f->fs->clear(f->fs, &f->map, f->wrote, f->size - f->wrote);
}

void mb_file_distrust(struct mb_file *f, struct rmqi_list *dirty)
{
	f->flushed = 0;
	if (f->wrote > 0)
		mark_dirty(f, dirty);
}
