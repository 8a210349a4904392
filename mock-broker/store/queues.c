/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/store/queues.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "mock-broker/store/record.h"

enum {
	PATH_SIZE = 4096,
	/* Small, because there may be thousands of queues with a few messages each. */
	RESERVE_STEP = 64 * 1024,
	RESERVE_LEAST = 4 * 1024
};

enum rmq_error mb_queues_init(struct mb_queues *qs, const struct mb_fs *fs,
			      const struct rmqi_log *log, struct rmqi_list *dirty, const char *dir,
			      size_t file_size)
{
	*qs = (struct mb_queues){.fs = fs, .log = log, .dirty = dirty, .file_size = file_size};
	rmqi_map_init(&qs->topics);
	qs->dir = rmqi_strdup(dir);
	mb_lights_init(&qs->lights, fs, log, dirty, qs->dir, file_size);
	return qs->dir ? RMQ_OK : RMQ_ERR_NO_MEMORY;
}

static void queue_free(struct mb_queue *q)
{
	if (!q)
		return;
	mb_files_deinit(&q->files);
	rmqi_free(q);
}

static void topic_free(void *value)
{
	struct mb_topic *t = value;
	size_t at = 0;
	uint64_t id;
	void *q;

	if (!t)
		return;
	while (rmqi_imap_next(&t->queues, &at, &id, &q))
		queue_free(q);
	rmqi_imap_deinit(&t->queues);
	rmqi_free(t->name);
	rmqi_free(t);
}

void mb_queues_deinit(struct mb_queues *qs)
{
	rmqi_map_deinit(&qs->topics, topic_free);
	mb_lights_deinit(&qs->lights);
	rmqi_free(qs->dir);
	*qs = (struct mb_queues){0};
}

static struct mb_topic *topic_new(struct rmqi_str name)
{
	struct mb_topic *t = rmqi_calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	rmqi_imap_init(&t->queues);
	t->name_len = name.len;
	t->name = rmqi_str_dup(name);
	if (!t->name) {
		rmqi_free(t);
		return NULL;
	}
	return t;
}

static enum rmq_error topic_get(struct mb_queues *qs, struct rmqi_str name, struct mb_topic **out)
{
	struct mb_topic *t = rmqi_map_get(&qs->topics, name);
	enum rmq_error err = RMQ_OK;

	if (!t) {
		t = topic_new(name);
		err = t ? rmqi_map_set(&qs->topics, name, t, NULL) : RMQ_ERR_NO_MEMORY;
	}
	if (err == RMQ_OK)
		*out = t;
	else
		topic_free(t);
	return err;
}

static enum rmq_error queue_new(const struct mb_queues *qs, const struct mb_topic *t, int32_t id,
				struct mb_queue **out)
{
	const struct mb_ahead ahead = {RESERVE_STEP, RESERVE_LEAST, .is_random = true};
	char dir[PATH_SIZE];
	int n = snprintf(dir, sizeof(dir), "%s/%s/%d", qs->dir, t->name, (int)id);
	struct mb_queue *q;
	enum rmq_error err;

	if (n <= 0 || (size_t)n >= sizeof(dir))
		return RMQ_ERR_IO;
	q = rmqi_calloc(1, sizeof(*q));
	if (!q)
		return RMQ_ERR_NO_MEMORY;
	q->id = id;
	q->topic = rmqi_str_n(t->name, t->name_len);
	err = mb_files_init(&q->files, qs->fs, qs->log, qs->dirty, dir, qs->file_size, &ahead);
	if (err == RMQ_OK)
		*out = q;
	else
		queue_free(q);
	return err;
}

static enum rmq_error topic_add_queue(const struct mb_queues *qs, struct mb_topic *t, int32_t id,
				      struct mb_queue **out)
{
	struct mb_queue *q;
	enum rmq_error err = queue_new(qs, t, id, &q);

	if (err != RMQ_OK)
		return err;
	err = rmqi_imap_set(&t->queues, (uint32_t)id, q);
	if (err != RMQ_OK) {
		queue_free(q);
		return err;
	}
	if (id < MB_QUEUES_FIRST)
		t->first[id] = q;
	*out = q;
	return RMQ_OK;
}

static bool is_named(const struct mb_topic *t, struct rmqi_str name)
{
	return t->name_len == name.len && memcmp(t->name, name.ptr, name.len) == 0;
}

/* NULL when there is none. */
static struct mb_topic *topic_find(struct mb_queues *qs, struct rmqi_str name)
{
	struct mb_topic *t = qs->last_topic;

	if (t && is_named(t, name))
		return t;
	t = rmqi_map_get(&qs->topics, name);
	if (t)
		qs->last_topic = t;
	return t;
}

static bool is_light(const struct mb_queues *qs, struct rmqi_str topic, int32_t id)
{
	return qs->has_lights && id == 0 && mb_is_light(topic);
}

struct mb_queue *mb_queues_find(struct mb_queues *qs, struct rmqi_str topic, int32_t id)
{
	const struct mb_topic *t = id < 0 ? NULL : topic_find(qs, topic);

	if (!t)
		return is_light(qs, topic, id) ? mb_lights_find(&qs->lights, topic) : NULL;
	return id < MB_QUEUES_FIRST ? t->first[id] : rmqi_imap_get(&t->queues, (uint32_t)id);
}

enum rmq_error mb_queues_get(struct mb_queues *qs, struct rmqi_str topic, int32_t id,
			     struct mb_queue **out)
{
	struct mb_queue *q = mb_queues_find(qs, topic, id);
	struct mb_topic *t;
	enum rmq_error err = RMQ_OK;

	if (!q && is_light(qs, topic, id))
		return mb_lights_get(&qs->lights, topic, out);
	if (!q) {
		err = topic_get(qs, topic, &t);
		if (err == RMQ_OK)
			err = topic_add_queue(qs, t, id, &q);
	}
	if (err == RMQ_OK)
		*out = q;
	return err;
}

/* --- Loading ------------------------------------------------------------------ */

struct loading {
	struct mb_queues *queues;
	struct rmq_error_detail *detail;
	const char *topic;
	bool is_damaged;
};

static enum rmq_error load_queue(struct loading *load, int32_t id)
{
	struct mb_queues *qs = load->queues;
	struct mb_queue *q;
	bool has_gap = false;
	enum rmq_error err = mb_queues_get(qs, rmqi_str(load->topic), id, &q);

	if (err == RMQ_OK)
		err = mb_files_load(&q->files, &has_gap, load->detail);
	if (err != RMQ_OK || !has_gap)
		return err;
	RMQI_LOG(qs->log, RMQ_LOG_WARN,
		 "%s: a file in the middle is missing; the queue is deleted and built anew",
		 q->files.dir);
	load->is_damaged = true;
	return mb_files_remove(&q->files);
}

static enum rmq_error load_queue_entry(void *arg, const char *name, int64_t size, bool is_dir)
{
	struct loading *load = arg;
	int32_t id;

	(void)size;
	if (is_dir && name[0] >= '0' && name[0] <= '9' && rmqi_str_to_i32(rmqi_str(name), &id))
		return load_queue(load, id);
	RMQI_LOG(load->queues->log, RMQ_LOG_WARN, "%s/%s/%s is not a queue: left alone",
		 load->queues->dir, load->topic, name);
	return RMQ_OK;
}

static enum rmq_error load_topic_entry(void *arg, const char *name, int64_t size, bool is_dir)
{
	struct loading *load = arg;
	char path[PATH_SIZE];
	int n = snprintf(path, sizeof(path), "%s/%s", load->queues->dir, name);

	(void)size;
	if (n <= 0 || (size_t)n >= sizeof(path))
		return RMQ_ERR_IO;
	if (!is_dir) {
		RMQI_LOG(load->queues->log, RMQ_LOG_WARN, "%s is not a topic: left alone", path);
		return RMQ_OK;
	}
	if (load->queues->has_lights && mb_is_light(rmqi_str(name)))
		return mb_lights_add(&load->queues->lights, rmqi_str(name));
	load->topic = name;
	return load->queues->fs->list(load->queues->fs, path, load_queue_entry, load);
}

enum rmq_error mb_queues_load(struct mb_queues *qs, bool *is_damaged,
			      struct rmq_error_detail *detail)
{
	struct loading load = {.queues = qs, .detail = detail};
	enum rmq_error err = qs->fs->list(qs->fs, qs->dir, load_topic_entry, &load);

	*is_damaged = load.is_damaged;
	return err == RMQ_ERR_NOT_FOUND ? RMQ_OK : err;
}

/* --- Deleting and walking ------------------------------------------------------- */

/* What someone else left in a folder keeps the folder. */
static void remove_folder(const struct mb_queues *qs, const char *path)
{
	enum rmq_error err = qs->fs->remove(qs->fs, path);

	if (err != RMQ_OK && err != RMQ_ERR_NOT_FOUND)
		RMQI_LOG(qs->log, RMQ_LOG_WARN, "cannot delete the folder %s", path);
}

static enum rmq_error remove_queue_files(const struct mb_queues *qs, const struct mb_topic *t)
{
	enum rmq_error err = RMQ_OK;
	size_t at = 0;
	uint64_t id;
	void *value;

	while (err == RMQ_OK && rmqi_imap_next(&t->queues, &at, &id, &value)) {
		struct mb_queue *q = value;

		err = mb_files_remove(&q->files);
		q->min = q->max = 0;
		if (err == RMQ_OK)
			remove_folder(qs, q->files.dir);
	}
	return err;
}

enum rmq_error mb_queues_remove_topic(struct mb_queues *qs, struct rmqi_str topic)
{
	struct mb_topic *t = rmqi_map_get(&qs->topics, topic);
	char path[PATH_SIZE];
	enum rmq_error err;

	if (!t && qs->has_lights && mb_is_light(topic))
		return mb_lights_remove(&qs->lights, topic);
	if (!t)
		return RMQ_ERR_NOT_FOUND;
	qs->last_topic = NULL;
	err = remove_queue_files(qs, t);
	if (err != RMQ_OK)
		return err;
	if (snprintf(path, sizeof(path), "%s/%s", qs->dir, t->name) < (int)sizeof(path))
		remove_folder(qs, path);
	topic_free(rmqi_map_remove(&qs->topics, topic));
	return RMQ_OK;
}

enum rmq_error mb_queues_remove_all(struct mb_queues *qs)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_str name;

	while (err == RMQ_OK && qs->topics.count > 0) {
		rmqi_map_at(&qs->topics, 0, &name);
		err = mb_queues_remove_topic(qs, name);
	}
	while (err == RMQ_OK && qs->lights.by_name.count > 0) {
		rmqi_map_at(&qs->lights.by_name, 0, &name);
		err = mb_lights_remove(&qs->lights, name);
	}
	return err;
}

static enum rmq_error each_of_topic(const struct mb_topic *t,
				    enum rmq_error (*fn)(void *arg, struct mb_queue *q), void *arg)
{
	enum rmq_error err = RMQ_OK;
	size_t at = 0;
	uint64_t id;
	void *q;

	while (err == RMQ_OK && rmqi_imap_next(&t->queues, &at, &id, &q))
		err = fn(arg, q);
	return err;
}

enum rmq_error mb_queues_each(const struct mb_queues *qs,
			      enum rmq_error (*fn)(void *arg, struct mb_queue *q), void *arg)
{
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < qs->topics.count && err == RMQ_OK; i++)
		err = each_of_topic(rmqi_map_at(&qs->topics, i, NULL), fn, arg);
	return err;
}
