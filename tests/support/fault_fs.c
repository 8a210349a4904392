/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fault_fs.h"

#include <errno.h>
#include <limits.h>

static struct fault_fs *of(const struct mb_fs *fs)
{
	return fs->arg;
}

static bool fails(const struct mb_fs *fs, enum fault_op op)
{
	struct fault_fs *f = of(fs);
	unsigned n = ++f->ops[op].calls;

	if (f->ops[op].first == 0 || n < f->ops[op].first || n > f->ops[op].last)
		return false;
	errno = f->ops[op].cause;
	return true;
}

static enum rmq_error fault_make_dir(const struct mb_fs *fs, const char *path)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_MAKE_DIR) ? RMQ_ERR_IO : in->make_dir(in, path);
}

static enum rmq_error fault_map(const struct mb_fs *fs, const char *path, size_t size,
				struct mb_map *out)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_MAP) ? RMQ_ERR_IO : in->map(in, path, size, out);
}

static void fault_unmap(const struct mb_fs *fs, struct mb_map *m)
{
	of(fs)->inner->unmap(of(fs)->inner, m);
}

static size_t fault_data_end(const struct mb_fs *fs, const struct mb_map *m)
{
	return of(fs)->inner->data_end(of(fs)->inner, m);
}

static enum rmq_error fault_reserve(const struct mb_fs *fs, struct mb_map *m, size_t from,
				    size_t len)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_RESERVE) ? RMQ_ERR_IO : in->reserve(in, m, from, len);
}

static enum rmq_error fault_clear(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_CLEAR) ? RMQ_ERR_IO : in->clear(in, m, from, len);
}

static enum rmq_error fault_sync(const struct mb_fs *fs, struct mb_map *m, size_t from, size_t len)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_SYNC) ? RMQ_ERR_IO : in->sync(in, m, from, len);
}

static enum rmq_error
fault_list(const struct mb_fs *fs, const char *path,
	   enum rmq_error (*fn)(void *arg, const char *name, int64_t size, bool is_dir), void *arg)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_LIST) ? RMQ_ERR_IO : in->list(in, path, fn, arg);
}

static enum rmq_error fault_read_file(const struct mb_fs *fs, const char *path,
				      struct rmqi_buf *out)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_READ_FILE) ? RMQ_ERR_IO : in->read_file(in, path, out);
}

static enum rmq_error fault_replace_file(const struct mb_fs *fs, const char *path,
					 const void *bytes, size_t len)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_REPLACE_FILE) ? RMQ_ERR_IO : in->replace_file(in, path, bytes, len);
}

static enum rmq_error fault_replace_secret(const struct mb_fs *fs, const char *path,
					   const void *bytes, size_t len)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_REPLACE_FILE) ? RMQ_ERR_IO : in->replace_secret(in, path, bytes, len);
}

static enum rmq_error fault_remove(const struct mb_fs *fs, const char *path)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_REMOVE) ? RMQ_ERR_IO : in->remove(in, path);
}

static bool fault_exists(const struct mb_fs *fs, const char *path)
{
	return of(fs)->inner->exists(of(fs)->inner, path);
}

static enum rmq_error fault_lock(const struct mb_fs *fs, const char *path, int *handle)
{
	const struct mb_fs *in = of(fs)->inner;

	return fails(fs, FAULT_LOCK) ? RMQ_ERR_IO : in->lock(in, path, handle);
}

static void fault_unlock(const struct mb_fs *fs, int handle)
{
	of(fs)->inner->unlock(of(fs)->inner, handle);
}

void fault_fs_init(struct fault_fs *f, const struct mb_fs *inner)
{
	*f = (struct fault_fs){.inner = inner};
	f->table = (struct mb_fs){
		.make_dir = fault_make_dir,
		.map = fault_map,
		.unmap = fault_unmap,
		.data_end = fault_data_end,
		.reserve = fault_reserve,
		.clear = fault_clear,
		.sync = fault_sync,
		.list = fault_list,
		.read_file = fault_read_file,
		.replace_file = fault_replace_file,
		.replace_secret = fault_replace_secret,
		.remove = fault_remove,
		.exists = fault_exists,
		.lock = fault_lock,
		.unlock = fault_unlock,
		.arg = f,
	};
}

void fault_fs_fail(struct fault_fs *f, enum fault_op op, unsigned nth, unsigned count, int cause)
{
	f->ops[op].first = f->ops[op].calls + nth;
	f->ops[op].last =
		count > UINT_MAX - f->ops[op].first ? UINT_MAX : f->ops[op].first + count - 1;
	f->ops[op].cause = cause;
}

void fault_fs_heal(struct fault_fs *f, enum fault_op op)
{
	f->ops[op].first = 0;
}
