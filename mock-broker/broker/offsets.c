/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/offsets.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

enum { FLUSH_FIRST_MS = 10000, KEY_MAX = 1024 };

static struct rmqi_str key_of(struct rmqi_str topic, struct rmqi_str group, char *buf)
{
	size_t len = topic.len + 1 + group.len;

	if (len > KEY_MAX)
		return (struct rmqi_str){NULL, 0};
	rmqi_memcpy(buf, topic.ptr, topic.len);
	buf[topic.len] = '@';
	rmqi_memcpy(buf + topic.len + 1, group.ptr, group.len);
	return rmqi_str_n(buf, len);
}

static void group_offsets_free(void *offsets)
{
	struct mb_group_offsets *g = offsets;

	if (g)
		rmqi_free(g->rows);
	rmqi_free(g);
}

void mb_offsets_deinit(struct mb_offsets *o)
{
	rmqi_timer_deinit(&o->flush);
	rmqi_map_deinit(&o->table, group_offsets_free);
}

/* The first row whose queue is not below `queue_id`. */
static size_t lower_bound(const struct mb_group_offsets *g, int32_t queue_id)
{
	size_t low = 0, high = g->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (g->rows[middle].queue_id < queue_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct mb_queue_offsets *row_find(const struct mb_group_offsets *g, int32_t queue_id)
{
	size_t at = lower_bound(g, queue_id);

	return at < g->count && g->rows[at].queue_id == queue_id ? &g->rows[at] : NULL;
}

static struct mb_queue_offsets *row_get(struct mb_group_offsets *g, int32_t queue_id)
{
	struct mb_queue_offsets *grown = row_find(g, queue_id);
	size_t at = lower_bound(g, queue_id);

	if (grown || g->count >= MB_QUEUES_MAX)
		return grown;
	grown = rmqi_realloc(g->rows, (g->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	g->rows = grown;
	memmove(&grown[at + 1], &grown[at], (g->count - at) * sizeof(*grown));
	grown[at] = (struct mb_queue_offsets){queue_id, MB_NO_OFFSET, MB_NO_OFFSET, MB_NO_OFFSET};
	g->count++;
	return &grown[at];
}

/* The texts of a row are those of its key in the map, which move with the map's entries only when
 * these are freed. */
static void split_key(struct mb_group_offsets *g, struct rmqi_str key)
{
	g->group = rmqi_str_cut(key, "@", &g->topic, NULL);
}

static struct mb_group_offsets *table_get(struct mb_offsets *o, struct rmqi_str topic,
					  struct rmqi_str group)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, group, buf);
	struct mb_group_offsets *g;

	if (!key.len)
		return NULL;
	g = rmqi_map_get(&o->table, key);
	if (g)
		return g;
	g = rmqi_calloc(1, sizeof(*g));
	if (!g || rmqi_map_set(&o->table, key, g, NULL) != RMQ_OK) {
		rmqi_free(g);
		return NULL;
	}
	rmqi_map_at(&o->table, o->table.count - 1, &key);
	split_key(g, key);
	return g;
}

static struct mb_queue_offsets *get(struct mb_offsets *o, struct rmqi_str topic,
				    struct rmqi_str group, int32_t queue_id)
{
	struct mb_group_offsets *g = table_get(o, topic, group);

	return g ? row_get(g, queue_id) : NULL;
}

struct mb_queue_offsets *mb_offsets_find(const struct mb_offsets *o, struct rmqi_str topic,
					 struct rmqi_str group, int32_t queue_id)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, group, buf);
	const struct mb_group_offsets *g = key.len ? rmqi_map_get(&o->table, key) : NULL;

	return g ? row_find(g, queue_id) : NULL;
}

enum rmq_error mb_offsets_commit(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
				 int32_t queue_id, int64_t offset)
{
	struct mb_offsets *o = &b->offsets;
	struct mb_queue_offsets *row = get(o, topic, group, queue_id);

	if (!row)
		return RMQ_ERR_NO_MEMORY;
	if (row->committed > offset)
		RMQI_LOG(b->log, RMQ_LOG_WARN,
			 "broker: group %.*s steps back from %lld to %lld on %.*s %d",
			 RMQI_STR_ARG(group), (long long)row->committed, (long long)offset,
			 RMQI_STR_ARG(topic), (int)queue_id);
	row->committed = offset;
	o->is_dirty = true;
	if (++o->commits % b->config->consumer_offset_version_step == 0)
		mb_version_next(&o->version, mb_broker_wall_ms(b));
	return RMQ_OK;
}

void mb_offsets_pulled(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
		       int32_t queue_id, int64_t offset)
{
	struct mb_queue_offsets *row = get(&b->offsets, topic, group, queue_id);

	if (row)
		row->pulled = offset;
}

enum rmq_error mb_offsets_reset(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str group,
				int32_t queue_id, int64_t offset)
{
	struct mb_queue_offsets *row = get(&b->offsets, topic, group, queue_id);

	if (!row)
		return RMQ_ERR_NO_MEMORY;
	row->reset = offset;
	return mb_offsets_commit(b, topic, group, queue_id, offset);
}

static void remove_where(struct mb_offsets *o, struct rmqi_str name, bool by_topic)
{
	struct rmqi_str key;

	for (size_t i = 0; i < o->table.count;) {
		const struct mb_group_offsets *g = rmqi_map_at(&o->table, i, &key);

		if (!rmqi_str_eq(by_topic ? g->topic : g->group, name)) {
			i++;
			continue;
		}
		group_offsets_free(rmqi_map_remove(&o->table, key));
		o->is_dirty = true;
	}
}

void mb_offsets_remove_topic(struct mb_offsets *o, struct rmqi_str topic)
{
	remove_where(o, topic, true);
}

void mb_offsets_remove_group(struct mb_offsets *o, struct rmqi_str group)
{
	remove_where(o, group, false);
}

static json_t *rows_json(const struct mb_group_offsets *g)
{
	json_t *rows = json_object();
	char name[16];

	for (size_t i = 0; i < g->count; i++) {
		if (g->rows[i].committed == MB_NO_OFFSET)
			continue;
		snprintf(name, sizeof(name), "%d", (int)g->rows[i].queue_id);
		json_object_set_new(rows, name, json_integer(g->rows[i].committed));
	}
	return rows;
}

/* The topics of each group; derived, for people who read the file. */
static json_t *groups_json(const json_t *table)
{
	json_t *groups = json_object();
	const char *key;
	json_t *rows;

	json_object_foreach((json_t *)(uintptr_t)table, key, rows) {
		const char *at = strchr(key, '@');
		json_t *topics = json_object_get(groups, at + 1);

		if (!topics) {
			topics = json_array();
			json_object_set_new(groups, at + 1, topics);
		}
		json_array_append_new(topics, json_stringn(key, (size_t)(at - key)));
	}
	return groups;
}

json_t *mb_offsets_json(const struct mb_offsets *o, bool with_groups)
{
	json_t *root = json_object();
	json_t *table = json_object();
	struct rmqi_str key;

	for (size_t i = 0; i < o->table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&o->table, i, &key);
		json_t *rows = rows_json(g);

		if (json_object_size(rows))
			json_object_set_new(table, key.ptr, rows);
		else
			json_decref(rows); /* only pulled, never committed */
	}
	json_object_set_new(root, "dataVersion", mb_version_json(&o->version));
	if (with_groups)
		json_object_set_new(root, "groupTopicMap", groups_json(table));
	json_object_set_new(root, "offsetTable", table);
	return root;
}

static enum rmq_error read_rows(struct mb_offsets *o, const char *key, const json_t *rows)
{
	struct rmqi_str topic;
	struct rmqi_str group = rmqi_str_cut(rmqi_str(key), "@", &topic, NULL);
	struct mb_queue_offsets *row;
	const char *name;
	json_t *value;
	int32_t queue_id;

	json_object_foreach((json_t *)(uintptr_t)rows, name, value) {
		if (!group.len || !rmqi_str_to_i32(rmqi_str(name), &queue_id))
			continue;
		row = get(o, topic, group, queue_id);
		if (!row)
			return RMQ_ERR_NO_MEMORY;
		row->committed = json_integer_value(value);
	}
	return RMQ_OK;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_offsets *o = arg;
	json_t *root = NULL;
	const char *key;
	json_t *rows;
	enum rmq_error err = rmqi_json_parse(text, &root);

	json_object_foreach(json_object_get(root, "offsetTable"), key, rows) {
		if (err == RMQ_OK)
			err = read_rows(o, key, rows);
	}
	if (err == RMQ_OK)
		mb_version_read(json_object_get(root, "dataVersion"), &o->version);
	json_decref(root);
	return err;
}

static bool encode(struct mb_broker *b, struct rmqi_buf *text)
{
	json_t *root = mb_offsets_json(&b->offsets, true);
	enum rmq_error err = rmqi_json_write_pretty(root, true, text);

	json_decref(root);
	return err == RMQ_OK;
}

static void flush(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, offsets.flush);
	struct rmqi_buf text;

	rmqi_timer_start_ms(t, b->config->flush_consumer_offset_interval_ms);
	if (!b->offsets.is_dirty)
		return;
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(b, &text)) {
		mb_config_file_save_later(b->store, b->flusher, "consumerOffset.json", b->log,
					  &text);
		b->offsets.is_dirty = false;
	}
	rmqi_buf_deinit(&text);
}

void mb_offsets_save(struct mb_broker *b)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(b, &text))
		mb_config_file_save(b->store, "consumerOffset.json", b->log, &text);
	b->offsets.is_dirty = false;
	rmqi_buf_deinit(&text);
}

enum rmq_error mb_offsets_load(struct mb_broker *b)
{
	struct mb_offsets *o = &b->offsets;
	enum rmq_error err = rmqi_timer_init(&o->flush, rmqi_loop_timers(b->loop), flush);

	rmqi_map_init(&o->table);
	o->version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	if (err != RMQ_OK)
		return err;
	rmqi_timer_start_ms(&o->flush, FLUSH_FIRST_MS);
	return mb_config_file_load(b->store, "consumerOffset.json", b->log, decode, o);
}
