/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/light.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/store/record.h"

#define PREFIX "%LMQ%"

enum {
	PATH_SIZE = 4096,
	TEXT_MAX = 64 * 1024,
	RESERVE_STEP = 4 * 1024, /* of a disk: most have a few entries */
	LOOK_AT = 16 /* at a time */
};

struct mb_light {
	struct rmqi_str name;   /* borrowed from the map's key */
	int64_t min, max;       /* asleep; awake they are those of `queue` */
	struct mb_queue *queue; /* owned; NULL: asleep */
	bool is_lean;           /* in `lean`, else in `awake` */
	struct rmqi_list link;
};

/* --- Which ------------------------------------------------------------------------ */

bool mb_is_light(struct rmqi_str name)
{
	return rmqi_str_has_prefix(name, PREFIX);
}

/* MultiDispatchUtils.isNeedHandleMultiDispatch */
static bool may_have_lights(struct rmqi_str topic)
{
	return !rmqi_topic_is_retry(topic) && !rmqi_str_has_prefix(topic, "rmq_sys_") &&
	       !rmqi_str_has_prefix(topic, "RMQ_SYS_") && !rmqi_str_is(topic, RMQI_TOPIC_SCHEDULE);
}

/* Each once, and not its own: two entries of a message in one queue would be two messages. */
static bool has_name(const struct mb_light_names *l, struct rmqi_str name)
{
	for (size_t i = 0; i < l->count; i++)
		if (rmqi_str_eq(l->name[i], name))
			return true;
	return false;
}

void mb_light_names_read(struct rmqi_str topic, struct rmqi_str properties,
			 struct mb_light_names *out)
{
	struct rmqi_str rest, one;
	bool more = true;

	out->count = 0;
	if (!may_have_lights(topic) ||
	    !rmqi_properties_get(properties, RMQI_PROP_MULTI_DISPATCH, &rest))
		return;
	while (more) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (!mb_is_light(one) || !mb_topic_is_safe(one) || has_name(out, one) ||
		    rmqi_str_eq(one, topic))
			continue;
		if (out->count == MB_LIGHTS_PER_MESSAGE) {
			out->count = 0;
			return;
		}
		out->name[out->count++] = one;
	}
}

bool mb_light_offsets_read(struct rmqi_str properties, size_t count, int64_t *out)
{
	struct rmqi_str rest, one;
	bool more = true;

	if (!rmqi_properties_get(properties, RMQI_PROP_MULTI_OFFSET, &rest))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!more)
			return false;
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (!rmqi_str_to_i64(one, &out[i]) || out[i] < 0 || out[i] >= MB_QUEUE_OFFSET_MAX)
			return false;
	}
	return true;
}

/* --- Asleep and awake -------------------------------------------------------------- */

void mb_lights_init(struct mb_lights *l, const struct mb_fs *fs, const struct rmqi_log *log,
		    struct rmqi_list *dirty, const char *dir, size_t file_size)
{
	l->fs = fs;
	l->log = log;
	l->dirty = dirty;
	l->dir = dir;
	l->file_size = file_size;
	rmqi_map_init(&l->by_name);
	rmqi_list_init(&l->awake);
	rmqi_list_init(&l->lean);
	rmqi_buf_init(&l->text, TEXT_MAX);
}

static void queue_free(struct mb_queue *q)
{
	if (!q)
		return;
	mb_files_deinit(&q->files);
	rmqi_free(q);
}

static void light_free(void *light)
{
	struct mb_light *l = light;

	if (!l)
		return;
	rmqi_list_remove(&l->link);
	queue_free(l->queue);
	rmqi_free(l);
}

void mb_lights_deinit(struct mb_lights *l)
{
	rmqi_map_deinit(&l->by_name, light_free);
	rmqi_buf_deinit(&l->text);
}

static bool is_on_disk(const struct mb_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct mb_file *f = files->list[i];

		if (f->flushed < f->wrote || f->refs > 1 || !rmqi_list_is_empty(&f->link))
			return false;
	}
	return true;
}

static void leave(struct mb_lights *all, struct mb_light *l)
{
	rmqi_list_remove(&l->link);
	if (!l->is_lean)
		all->awake_count--;
	l->is_lean = false;
}

static void enter(struct mb_lights *all, struct mb_light *l)
{
	rmqi_list_push(&all->awake, &l->link);
	all->awake_count++;
}

static void fall_asleep(struct mb_lights *all, struct mb_light *l)
{
	l->min = l->queue->min;
	l->max = l->queue->max;
	queue_free(l->queue);
	l->queue = NULL;
	leave(all, l);
}

static void get_lean(struct mb_lights *all, struct mb_light *l)
{
	const struct mb_files *files = &l->queue->files;

	for (size_t i = 0; all->fs->give_back && i < files->count; i++)
		all->fs->give_back(all->fs, &files->list[i]->map);
	leave(all, l);
	l->is_lean = true;
	rmqi_list_push(&all->lean, &l->link);
}

/* Who got lean longest ago is on disk first, unless it is being read. */
static void let_lean_sleep(struct mb_lights *all)
{
	for (size_t i = 0; i < LOOK_AT && !rmqi_list_is_empty(&all->lean); i++) {
		struct mb_light *l = RMQI_LIST_ITEM(all->lean.next, struct mb_light, link);

		if (is_on_disk(&l->queue->files)) {
			fall_asleep(all, l);
			continue;
		}
		rmqi_list_remove(&l->link);
		rmqi_list_push(&all->lean, &l->link);
	}
}

/* Who was found longest ago goes first; not the last ones, which the caller may still hold. */
static void make_room(struct mb_lights *all)
{
	struct mb_light *l;

	let_lean_sleep(all);
	if (all->awake_count < MB_LIGHTS_AWAKE)
		return;
	l = RMQI_LIST_ITEM(all->awake.next, struct mb_light, link);
	if (is_on_disk(&l->queue->files))
		fall_asleep(all, l);
	else
		get_lean(all, l);
}

void mb_lights_rest(struct mb_lights *l)
{
	RMQI_LIST_EACH(node, &l->awake) {
		struct mb_light *one = RMQI_LIST_ITEM(node, struct mb_light, link);

		if (l->awake_count < MB_LIGHTS_AWAKE)
			return;
		if (is_on_disk(&one->queue->files))
			fall_asleep(l, one);
	}
}

void mb_lights_expire(struct mb_lights *l, int64_t log_min)
{
	l->log_min = log_min;
	RMQI_LIST_EACH(node, &l->awake)
		mb_queue_expire(RMQI_LIST_ITEM(node, struct mb_light, link)->queue, log_min);
}

static struct mb_queue *queue_new(const struct mb_lights *all, struct mb_light *l)
{
	const struct mb_ahead ahead = {RESERVE_STEP, RESERVE_STEP, .is_random = true};
	char dir[PATH_SIZE];
	int n = snprintf(dir, sizeof(dir), "%s/%.*s/0", all->dir, RMQI_STR_ARG(l->name));
	struct mb_queue *q = rmqi_calloc(1, sizeof(*q));

	if (!q || n <= 0 || (size_t)n >= sizeof(dir)) {
		rmqi_free(q);
		return NULL;
	}
	q->topic = l->name;
	q->is_light = true;
	if (mb_files_init(&q->files, all->fs, all->log, all->dirty, dir, all->file_size, &ahead) ==
	    RMQ_OK)
		return q;
	queue_free(q);
	return NULL;
}

/* Somebody took its files away: it goes on with the number that is next. */
static enum rmq_error map_lost(const struct mb_light *l, struct mb_queue *q,
			       const struct rmqi_log *log)
{
	enum rmq_error err = mb_queue_skip_to(q, l->max, 0);

	RMQI_LOG(log, RMQ_LOG_ERROR, "%s: its files are gone, and with them what it had",
		 q->files.dir);
	q->min = q->max;
	return err;
}

/* What was asleep is as long as it was; recovery finds out for itself. */
static enum rmq_error map(struct mb_light *l, struct mb_queue *q, const struct rmqi_log *log)
{
	bool has_gap = false;
	enum rmq_error err = mb_files_load(&q->files, &has_gap, NULL);

	if (err == RMQ_OK && has_gap)
		err = mb_files_remove(&q->files);
	if (err != RMQ_OK || l->max < 0)
		return err;
	if (q->files.count == 0)
		return l->max > 0 ? map_lost(l, q, log) : RMQ_OK;
	if (l->max * MB_ENTRY_SIZE < mb_files_min(&q->files) ||
	    l->max * MB_ENTRY_SIZE > q->files.end)
		return RMQ_ERR_CORRUPT;
	q->min = l->min;
	q->max = l->max;
	return mb_files_set_end(&q->files, l->max * MB_ENTRY_SIZE);
}

static enum rmq_error wake(struct mb_lights *all, struct mb_light *l)
{
	struct mb_queue *q;
	enum rmq_error err;

	if (l->queue)
		leave(all, l);
	make_room(all);
	if (l->queue) {
		enter(all, l);
		return RMQ_OK;
	}
	q = queue_new(all, l);
	if (!q)
		return RMQ_ERR_NO_MEMORY;
	err = map(l, q, all->log);
	if (err != RMQ_OK) {
		RMQI_LOG(all->log, RMQ_LOG_ERROR, "%s cannot be read: %s", q->files.dir,
			 strerror(errno));
		queue_free(q);
		return err;
	}
	if (l->max >= 0)
		mb_queue_expire(q, all->log_min);
	l->queue = q;
	enter(all, l);
	return RMQ_OK;
}

/* --- The table --------------------------------------------------------------------- */

static enum rmq_error light_new(struct mb_lights *all, struct rmqi_str name, int64_t max,
				struct mb_light **out)
{
	struct mb_light *l = rmqi_calloc(1, sizeof(*l));
	enum rmq_error err = l ? rmqi_map_set(&all->by_name, name, l, NULL) : RMQ_ERR_NO_MEMORY;

	if (err != RMQ_OK) {
		rmqi_free(l);
		return err;
	}
	rmqi_map_at(&all->by_name, all->by_name.count - 1, &l->name);
	l->max = max;
	rmqi_list_init(&l->link);
	*out = l;
	return RMQ_OK;
}

enum rmq_error mb_lights_add(struct mb_lights *l, struct rmqi_str name)
{
	struct mb_light *made;

	return rmqi_map_get(&l->by_name, name) ? RMQ_OK : light_new(l, name, -1, &made);
}

struct mb_queue *mb_lights_find(struct mb_lights *l, struct rmqi_str name)
{
	struct mb_light *found = rmqi_map_get(&l->by_name, name);

	return found && wake(l, found) == RMQ_OK ? found->queue : NULL;
}

enum rmq_error mb_lights_get(struct mb_lights *l, struct rmqi_str name, struct mb_queue **out)
{
	struct mb_light *found = rmqi_map_get(&l->by_name, name);
	enum rmq_error err = found ? RMQ_OK : light_new(l, name, 0, &found);

	if (err == RMQ_OK)
		err = wake(l, found);
	if (err == RMQ_OK)
		*out = found->queue;
	return err;
}

int64_t mb_lights_max(const struct mb_lights *l, struct rmqi_str name)
{
	const struct mb_light *found = rmqi_map_get(&l->by_name, name);

	if (!found)
		return 0;
	return found->queue ? found->queue->max : found->max;
}

enum rmq_error mb_lights_remove(struct mb_lights *l, struct rmqi_str name)
{
	struct mb_queue *q = mb_lights_find(l, name);
	struct mb_light *found = rmqi_map_get(&l->by_name, name);
	char path[PATH_SIZE];
	enum rmq_error err;

	if (!found)
		return RMQ_OK;
	if (!q)
		return RMQ_ERR_IO;
	err = mb_files_remove(&q->files);
	if (err != RMQ_OK)
		return err;
	/* What somebody else left there keeps the folders. */
	snprintf(path, sizeof(path), "%s", q->files.dir);
	for (int i = 0; i < 2; i++) {
		(void)l->fs->remove(l->fs, path);
		*strrchr(path, '/') = '\0';
	}
	rmqi_map_remove(&l->by_name, name);
	leave(l, found);
	light_free(found);
	return RMQ_OK;
}

enum rmq_error mb_lights_each(struct mb_lights *l,
			      enum rmq_error (*fn)(void *arg, struct mb_queue *q), void *arg)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < l->by_name.count && err == RMQ_OK; i++) {
		struct mb_light *one = rmqi_map_at(&l->by_name, i, NULL);

		err = wake(l, one);
		if (err == RMQ_OK)
			err = fn(arg, one->queue);
	}
	return err;
}

void mb_lights_list(const struct mb_lights *l, void (*fn)(void *arg, struct rmqi_str name),
		    void *arg)
{
	struct rmqi_str name;

	for (size_t i = 0; i < l->by_name.count; i++) {
		rmqi_map_at(&l->by_name, i, &name);
		fn(arg, name);
	}
}

struct rmqi_str mb_lights_at(const struct mb_lights *l, size_t at)
{
	struct rmqi_str name;

	rmqi_map_at(&l->by_name, at, &name);
	return name;
}

/* --- What a message says ------------------------------------------------------------ */

enum rmq_error mb_lights_write(struct mb_lights *l, const struct mb_light_names *names,
			       struct rmqi_str shared)
{
	rmqi_buf_reset(&l->text);
	rmqi_buf_add_str(&l->text, shared);
	if (shared.len > 0 && shared.ptr[shared.len - 1] != 0x02)
		rmqi_buf_add_u8(&l->text, 0x02);
	rmqi_buf_addf(&l->text, "%s\1", RMQI_PROP_MULTI_OFFSET);
	for (size_t i = 0; i < names->count; i++)
		rmqi_buf_addf(&l->text, "%s%" PRId64, i > 0 ? "," : "",
			      mb_lights_max(l, names->name[i]));
	rmqi_buf_add_u8(&l->text, 0x02);
	return rmqi_buf_status(&l->text);
}
