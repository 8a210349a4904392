/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "codec/message.h"
#include "codec/names.h"
#include "codec/properties.h"

enum { PATH_SIZE = 4096, NAME_DIGITS = 17, NAME_SIZE = 24, MS = 1000 };

static const int64_t last_name = INT64_C(99999999999999999);

static void arrived(struct mb_arrival_listener *l, const struct mb_arrival *a);

enum rmq_error mb_index_init(struct mb_index *x, const struct mb_fs *fs, const struct rmqi_log *log,
			     const struct rmqi_clock *clock, struct rmqi_list *dirty,
			     const char *dir, const struct mb_index_shape *shape, bool with_tags)
{
	*x = (struct mb_index){.arrivals.arrived = arrived,
			       .fs = fs,
			       .log = log,
			       .clock = clock,
			       .dirty = dirty,
			       .shape = *shape,
			       .with_tags = with_tags,
			       .is_on = true};
	x->dir = rmqi_strdup(dir);
	return x->dir ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

void mb_index_deinit(struct mb_index *x)
{
	for (size_t i = 0; i < x->count; i++)
		mb_index_file_free(x->list[i]);
	rmqi_free(x->list);
	rmqi_free(x->dir);
	*x = (struct mb_index){0};
}

static struct mb_index_file *newest(const struct mb_index *x)
{
	return x->count ? x->list[x->count - 1] : NULL;
}

int64_t mb_index_last_ms(const struct mb_index *x)
{
	return x->count ? newest(x)->end_ms : 0;
}

int64_t mb_index_last_offset(const struct mb_index *x)
{
	return x->count ? newest(x)->end_offset : 0;
}

/* --- Files -------------------------------------------------------------------------------------- */

static enum rmq_error push(struct mb_index *x, struct mb_index_file *f)
{
	size_t cap = x->cap ? x->cap * 2 : 4;
	struct mb_index_file **grown;

	if (x->count == x->cap) {
		grown = rmqi_realloc(x->list, cap * sizeof(*grown));
		if (!grown)
			return RMQ_ERR_NO_MEMORY;
		x->list = grown;
		x->cap = cap;
	}
	x->list[x->count++] = f;
	return RMQ_OK;
}

static bool path_of(const struct mb_index *x, const char *name, char *path)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s", x->dir, name);

	return n > 0 && n < PATH_SIZE;
}

/* Unmaps and deletes. */
static enum rmq_error remove_file(struct mb_index *x, struct mb_index_file *f)
{
	enum rmq_error err = x->fs->remove(x->fs, f->file->path);

	rmqi_list_remove(&f->file->link);
	mb_index_file_free(f);
	return err == RMQ_ERR_NOT_FOUND ? RMQ_OK : err;
}

static enum rmq_error remove_newest(struct mb_index *x)
{
	return remove_file(x, x->list[--x->count]);
}

enum rmq_error mb_index_remove(struct mb_index *x)
{
	enum rmq_error err = RMQ_OK;

	while (x->count > 0 && err == RMQ_OK)
		err = remove_newest(x);
	x->upto = 0;
	x->done_ms = 0;
	return err;
}

/* UtilAll.timeMillisToHumanString */
static void name_of(int64_t ms, char name[NAME_SIZE])
{
	time_t seconds = (time_t)(ms / MS);
	struct tm t = {.tm_mday = 1};

	(void)localtime_r(&seconds, &t);
	(void)snprintf(name, NAME_SIZE, "%04u%02u%02u%02u%02u%02u%03u",
		       (unsigned)(t.tm_year + 1900) % 10000, (unsigned)(t.tm_mon + 1) % 100,
		       (unsigned)t.tm_mday % 100, (unsigned)t.tm_hour % 100,
		       (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100, (unsigned)(ms % MS));
}

/* Files are sorted by name, so a later one has a greater name whatever the clock does. */
static bool new_path(const struct mb_index *x, char *path)
{
	const struct mb_index_file *before = newest(x);
	const char *slash = before ? strrchr(before->file->path, '/') : NULL;
	int64_t ms = rmqi_clock_wall_ms(x->clock);
	char name[NAME_SIZE];

	name_of(ms, name);
	while (slash && strcmp(name, slash + 1) <= 0) {
		int64_t last;

		if (strcmp(name, slash + 1) == 0) {
			name_of(++ms, name);
			continue;
		}
		/* The clock went back. */
		if (!rmqi_str_to_i64(rmqi_str(slash + 1), &last) || last >= last_name) {
			errno = EOVERFLOW;
			return false;
		}
		(void)snprintf(name, sizeof(name), "%017" PRId64, last + 1);
	}
	return path_of(x, name, path);
}

static void file_done(struct mb_index *x, struct mb_index_file *f)
{
	f->file->flushed = 0;
	mb_file_fill(f->file, x->dirty);
}

/* The file for the next item. */
static enum rmq_error current(struct mb_index *x, struct mb_index_file **out)
{
	struct mb_index_file *before = newest(x), *f;
	char path[PATH_SIZE];
	enum rmq_error err;

	if (before && !mb_index_file_is_full(before)) {
		*out = before;
		return RMQ_OK;
	}
	if (!new_path(x, path))
		return RMQ_ERR_IO;
	err = x->fs->make_dir(x->fs, x->dir);
	if (err == RMQ_OK)
		err = mb_index_file_make(x->fs, path, &x->shape, before, &f);
	if (err != RMQ_OK)
		return err;
	err = push(x, f);
	if (err != RMQ_OK) {
		(void)remove_file(x, f);
		return err;
	}
	if (before) {
		file_done(x, before);
		x->done_ms = before->end_ms;
	}
	*out = f;
	return RMQ_OK;
}

/* --- Keys ---------------------------------------------------------------------------------------- */

/* IndexFile.indexKeyHashMethod of "topic#key". */
static int32_t hash_of(struct rmqi_str topic, const char *separator, struct rmqi_str key)
{
	int32_t h = rmqi_java_hash_on(rmqi_java_hash(topic), rmqi_str(separator));

	h = rmqi_java_hash_on(h, key);
	if (h == INT32_MIN)
		return 0;
	return h < 0 ? -h : h;
}

static enum rmq_error put(struct mb_index *x, const struct mb_arrival *a, int32_t hash)
{
	struct mb_index_file *f;
	enum rmq_error err = current(x, &f);

	x->is_changed = true;
	return err == RMQ_OK ? mb_index_file_put(f, hash, a->physical_offset, a->store_timestamp)
			     : err;
}

static enum rmq_error put_keys(struct mb_index *x, const struct mb_arrival *a, struct rmqi_str keys)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str key;
	bool more = true;

	while (more && err == RMQ_OK) {
		keys = rmqi_str_cut(keys, " ", &key, &more); /* MessageConst.KEY_SEPARATOR */
		if (key.len > 0)
			err = put(x, a, hash_of(a->topic, "#", key));
	}
	return err;
}

static struct mb_record_keys keys_of(struct rmqi_str properties)
{
	struct rmqi_str name, value;
	struct mb_record_keys k = {{0}, {0}, {0}};

	while (rmqi_properties_next(&properties, &name, &value)) {
		if (rmqi_str_is(name, RMQI_PROP_UNIQ_KEY))
			k.uniq_key = value;
		else if (rmqi_str_is(name, RMQI_PROP_KEYS))
			k.keys = value;
		else if (rmqi_str_is(name, RMQI_PROP_TAGS))
			k.tags = value;
	}
	return k;
}

void mb_index_look_ahead(struct mb_index *x, struct rmqi_str topic, struct rmqi_str uniq_key)
{
	x->ahead.key = uniq_key.ptr;
	x->ahead.hash = hash_of(topic, "#", uniq_key);
	if (x->count > 0)
		mb_index_file_look_ahead(newest(x), x->ahead.hash);
}

static int32_t uniq_hash(const struct mb_index *x, const struct mb_arrival *a,
			 struct rmqi_str uniq_key)
{
	return a->keys && uniq_key.ptr == x->ahead.key ? x->ahead.hash
						       : hash_of(a->topic, "#", uniq_key);
}

static enum rmq_error put_all(struct mb_index *x, const struct mb_arrival *a)
{
	const struct mb_record_keys read = a->keys ? *a->keys : keys_of(a->properties), *k = &read;
	enum rmq_error err = RMQ_OK;

	if (k->uniq_key.len > 0)
		err = put(x, a, uniq_hash(x, a, k->uniq_key));
	if (err == RMQ_OK && k->keys.len > 0)
		err = put_keys(x, a, k->keys);
	if (err == RMQ_OK && x->with_tags && k->tags.len > 0)
		err = put(x, a, hash_of(a->topic, "#T#", k->tags));
	return err;
}

static void fall_behind(struct mb_index *x, enum rmq_error err)
{
	int cause = errno;

	if (!x->is_behind)
		RMQI_LOG(x->log, RMQ_LOG_ERROR,
			 "%s: cannot be written (%s); keys of messages from %" PRId64
			 " on are found when it can",
			 x->dir, err == RMQ_ERR_IO ? strerror(cause) : rmq_error_text(err),
			 x->upto);
	x->is_behind = true;
}

/* Takes back the items of the newest record. Files that hold nothing else go. */
static enum rmq_error forget(struct mb_index *x, int64_t offset)
{
	enum rmq_error err = RMQ_OK;

	while (x->count > 0 && newest(x)->end_offset == offset && err == RMQ_OK) {
		err = mb_index_file_forget_newest(newest(x));
		if (newest(x)->count > 1)
			break;
		if (err == RMQ_OK)
			err = remove_newest(x);
	}
	return err;
}

/* All keys of a record, or none: how far it came is told by the newest item. */
enum rmq_error mb_index_add(struct mb_index *x, const struct mb_arrival *a)
{
	enum rmq_error err = RMQ_OK;

	if ((a->sys_flag & RMQI_SYS_TRANSACTION_MASK) != RMQI_SYS_ROLLBACK)
		err = put_all(x, a);
	if (err == RMQ_OK) {
		x->upto = a->physical_offset + (int64_t)a->size;
		return RMQ_OK;
	}
	fall_behind(x, err);
	if (forget(x, a->physical_offset) != RMQ_OK)
		RMQI_LOG(x->log, RMQ_LOG_WARN, "%s: a record has only a part of its keys", x->dir);
	return err;
}

/* What comes while it is behind is read from the log later. */
static void arrived(struct mb_arrival_listener *l, const struct mb_arrival *a)
{
	struct mb_index *x = RMQI_CONTAINER(l, struct mb_index, arrivals);

	/* An error is told by is_behind. */
	if (!x->is_behind && mb_index_add(x, a) != RMQ_OK)
		return;
}

/* --- Loading --------------------------------------------------------------------------------------- */

/* Behind the last name there could be no other. */
static bool is_name(const char *name)
{
	int64_t number;

	return strlen(name) == NAME_DIGITS && name[0] >= '0' && name[0] <= '9' &&
	       rmqi_str_to_i64(rmqi_str(name), &number) && number < last_name;
}

static enum rmq_error load_file(struct mb_index *x, const char *path)
{
	struct mb_index_file *f;
	enum rmq_error err = mb_index_file_load(x->fs, path, &x->shape, &f);

	if (err == RMQ_ERR_CORRUPT) {
		RMQI_LOG(x->log, RMQ_LOG_WARN, "%s is no index of this store: deleted", path);
		return x->fs->remove(x->fs, path);
	}
	if (err != RMQ_OK)
		return err;
	err = push(x, f);
	if (err != RMQ_OK)
		mb_index_file_free(f);
	return err;
}

static enum rmq_error load_entry(void *arg, const char *name, int64_t size, bool is_dir)
{
	struct mb_index *x = arg;
	char path[PATH_SIZE];

	(void)size;
	if (is_dir || !is_name(name)) {
		RMQI_LOG(x->log, RMQ_LOG_WARN, "%s/%s is not a file of the index: left alone",
			 x->dir, name);
		return RMQ_OK;
	}
	return path_of(x, name, path) ? load_file(x, path) : RMQ_ERR_IO;
}

/* Deletes the files from number `from` on. */
static enum rmq_error remove_from(struct mb_index *x, size_t from)
{
	enum rmq_error err = RMQ_OK;

	while (x->count > from && err == RMQ_OK)
		err = remove_newest(x);
	return err;
}

/* The newest record may have had more keys than there are items: it is told again. */
static enum rmq_error forget_newest(struct mb_index *x)
{
	enum rmq_error err = RMQ_OK;

	while (x->count > 0 && newest(x)->count <= 1 && err == RMQ_OK)
		err = remove_newest(x);
	return err == RMQ_OK && x->count > 0 ? forget(x, newest(x)->end_offset) : err;
}

/* A file is trusted when it was flushed and is not written any more. Behind one that lost something nothing is. */
static enum rmq_error repair(struct mb_index *x, int64_t log_end, int64_t checkpoint_ms)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < x->count && err == RMQ_OK; i++) {
		struct mb_index_file *f = x->list[i];
		uint32_t count = f->count;

		if (i + 1 < x->count && f->end_ms <= checkpoint_ms && f->end_offset < log_end)
			continue;
		err = mb_index_file_repair(f, log_end);
		if (err == RMQ_OK && f->count < count)
			err = remove_from(x, i + 1);
	}
	return err == RMQ_OK ? forget_newest(x) : err;
}

/* What lies before a hole is of no use to `upto`. */
static int64_t flushed_ms(const struct mb_index *x, int64_t checkpoint_ms)
{
	int64_t ms = 0;

	for (size_t i = 0; i < x->count && x->list[i]->end_ms <= checkpoint_ms; i++)
		ms = x->list[i]->end_ms;
	return ms;
}

enum rmq_error mb_index_load(struct mb_index *x, int64_t log_end, bool was_abnormal,
			     int64_t checkpoint_ms)
{
	enum rmq_error err = x->fs->list(x->fs, x->dir, load_entry, x);

	if (err == RMQ_ERR_NOT_FOUND)
		err = RMQ_OK;
	if (err == RMQ_OK && (was_abnormal || mb_index_last_offset(x) >= log_end))
		err = repair(x, log_end, checkpoint_ms);
	x->done_ms = flushed_ms(x, checkpoint_ms);
	return err;
}

/* --- End, expiry ----------------------------------------------------------------------------------- */

void mb_index_rest(struct mb_index *x)
{
	if (!x->is_on || !x->is_changed || x->count == 0)
		return;
	x->is_changed = false;
	file_done(x, newest(x));
	x->done_ms = newest(x)->end_ms;
}

void mb_index_give_back(const struct mb_index *x)
{
	if (x->count > 0 && x->fs->give_back)
		x->fs->give_back(x->fs, &newest(x)->file->map);
}

void mb_index_finish(struct mb_index *x, int64_t last_ms)
{
	if (!x->is_on)
		return;
	if (x->count)
		file_done(x, newest(x));
	if (!x->is_behind)
		x->done_ms = last_ms;
	else if (x->done_ms >= last_ms)
		x->done_ms = last_ms - 1; /* what it lacks is of the same millisecond */
}

size_t mb_index_expire(struct mb_index *x, int64_t log_min)
{
	size_t gone = 0;

	for (; gone + 1 < x->count && x->list[gone]->end_offset < log_min; gone++) {
		if (remove_file(x, x->list[gone]) != RMQ_OK)
			RMQI_LOG(x->log, RMQ_LOG_WARN, "%s: cannot delete an old file", x->dir);
	}
	if (gone)
		memmove(x->list, x->list + gone, (x->count - gone) * sizeof(*x->list));
	x->count -= gone;
	return gone;
}

/* --- Find -------------------------------------------------------------------------------------------- */

/* IndexService.queryOffset */
enum rmq_error mb_index_find(struct mb_index *x, struct rmqi_str topic, struct rmqi_str key,
			     enum mb_index_kind kind, int64_t begin_ms, int64_t end_ms,
			     struct mb_index_hits *hits)
{
	int32_t hash = hash_of(topic, kind == MB_INDEX_TAG ? "#T#" : "#", key);
	enum rmq_error err = RMQ_OK;

	for (size_t i = x->count;
	     i-- > 0 && err == RMQ_OK && hits->count < hits->max && hits->looks > 0;) {
		struct mb_index_file *f = x->list[i];

		if (mb_index_file_has_time(f, begin_ms, end_ms))
			err = mb_index_file_find(f, hash, begin_ms, end_ms, hits);
		if (f->begin_ms < begin_ms)
			break;
	}
	return err;
}
