/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/offsets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/planted.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_order.h"

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
	rmqi_free(o->revive_logs);
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
	grown[at] = (struct mb_queue_offsets){.queue_id = queue_id,
						.committed = MB_NO_OFFSET,
						.pulled = MB_NO_OFFSET,
						.reset = MB_NO_OFFSET};
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
	if (RMQI_PLANTED(OFFSET_MOVED_BACK) && o->commits % 8 == 7 && offset > 0)
		offset--;
	row->committed = offset;
	row->is_own = true;
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
	row->resets++;
	return mb_offsets_commit(b, topic, group, queue_id, offset);
}

static void forget_commits(struct mb_group_offsets *g)
{
	for (size_t i = 0; i < g->count; i++)
		g->rows[i].committed = MB_NO_OFFSET;
}

enum rmq_error mb_offsets_clone(struct mb_broker *b, struct rmqi_str topic, struct rmqi_str from,
				struct rmqi_str to)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, from, buf);
	const struct mb_group_offsets *source =
		key.len ? rmqi_map_get(&b->offsets.table, key) : NULL;
	struct mb_group_offsets *target;

	if (!source || rmqi_str_eq(from, to) || !mb_group_offsets_committed(source))
		return RMQ_OK;
	target = table_get(&b->offsets, topic, to);
	if (!target)
		return RMQ_ERR_NO_MEMORY;
	forget_commits(target);
	for (size_t i = 0; i < source->count; i++) {
		struct mb_queue_offsets *row = row_get(target, source->rows[i].queue_id);

		if (!row)
			return RMQ_ERR_NO_MEMORY;
		row->committed = source->rows[i].committed;
	}
	b->offsets.is_dirty = true;
	return RMQ_OK;
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

bool mb_group_offsets_committed(const struct mb_group_offsets *g)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->rows[i].committed != MB_NO_OFFSET)
			return true;
	return false;
}

static void write_rows(struct rmqi_jw *w, const struct mb_group_offsets *g)
{
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < g->count; i++) {
		if (g->rows[i].committed == MB_NO_OFFSET)
			continue;
		rmqi_jw_name_i64(w, g->rows[i].queue_id);
		rmqi_jw_i64(w, g->rows[i].committed);
	}
	rmqi_jw_close(w, '}');
}

static int compare_groups(const void *a, const void *b)
{
	const struct mb_group_offsets *const *x = a, *const *y = b;
	int order = rmqi_str_cmp((*x)->group, (*y)->group);

	return order != 0 ? order : rmqi_str_cmp((*x)->topic, (*y)->topic);
}

/* The topics of each group; derived, for people who read the file. `all` is sorted by group. */
static void write_groups(struct rmqi_jw *w, const struct mb_group_offsets *const *all, size_t count)
{
	rmqi_jw_name(w, "groupTopicMap");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < count; i++) {
		bool is_first = i == 0 || !rmqi_str_eq(all[i]->group, all[i - 1]->group);
		bool is_last = i + 1 == count || !rmqi_str_eq(all[i]->group, all[i + 1]->group);

		if (is_first) {
			rmqi_jw_name_str(w, all[i]->group);
			rmqi_jw_open(w, '[');
		}
		rmqi_jw_str(w, all[i]->topic);
		if (is_last)
			rmqi_jw_close(w, ']');
	}
	rmqi_jw_close(w, '}');
}

static void write_table(struct rmqi_jw *w, const struct mb_offsets *o)
{
	struct rmqi_str key;

	rmqi_jw_name(w, "offsetTable");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < o->table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&o->table, i, &key);

		if (!mb_group_offsets_committed(g))
			continue;
		rmqi_jw_name_str(w, key);
		write_rows(w, g);
	}
	rmqi_jw_close(w, '}');
}

/* --- How far the revive log is known ---------------------------------------------------------------- */

bool mb_offsets_is_behind(const struct mb_offsets *o, size_t revive_log, int64_t record)
{
	return revive_log >= o->revive_log_count || record > o->revive_logs[revive_log];
}

static bool make_logs(struct mb_offsets *o, size_t count)
{
	int64_t *logs = rmqi_calloc(count, sizeof(*logs));

	if (!logs)
		return false;
	rmqi_free(o->revive_logs);
	o->revive_logs = logs;
	o->revive_log_count = count;
	return true;
}

/* Without memory the file says nothing of them, which is safe. */
static void note_logs(struct mb_broker *b)
{
	struct mb_offsets *o = &b->offsets;
	const struct mb_pops *pops = &b->pops;

	if (pops->log_count == 0 ||
	    (o->revive_log_count != pops->log_count && !make_logs(o, pops->log_count)))
		return;
	for (size_t i = 0; i < pops->log_count; i++)
		o->revive_logs[i] = pops->logs[i].last;
}

/* Only what was popped makes them. */
static bool has_logs(const struct mb_offsets *o)
{
	for (size_t i = 0; i < o->revive_log_count; i++)
		if (o->revive_logs[i] >= 0)
			return true;
	return false;
}

static void write_logs(struct rmqi_jw *w, const struct mb_offsets *o)
{
	rmqi_jw_name(w, "reviveLogs");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < o->revive_log_count; i++)
		rmqi_jw_i64(w, o->revive_logs[i]);
	rmqi_jw_close(w, ']');
}

static enum rmq_error read_logs(struct mb_offsets *o, const struct rmqi_json *logs)
{
	size_t count = 0;

	RMQI_JSON_EACH(value, logs)
		count += value->kind == RMQI_JSON_INTEGER;
	if (count == 0)
		return RMQ_OK;
	if (!make_logs(o, count))
		return RMQ_ERR_NO_MEMORY;
	count = 0;
	RMQI_JSON_EACH(value, logs) {
		if (value->kind == RMQI_JSON_INTEGER)
			o->revive_logs[count++] = value->integer;
	}
	return RMQ_OK;
}

/* --- The file ---------------------------------------------------------------------------------------- */

static bool encode(const struct mb_offsets *o, struct rmqi_buf *text)
{
	struct rmqi_jw w = {.out = text, .is_pretty = true};
	const struct mb_group_offsets **all = rmqi_calloc(o->table.count, sizeof(*all));
	size_t count = 0;

	if (!all)
		return false;
	for (size_t i = 0; i < o->table.count; i++) {
		const struct mb_group_offsets *g = rmqi_map_at(&o->table, i, NULL);

		if (mb_group_offsets_committed(g))
			all[count++] = g;
	}
	qsort(all, count, sizeof(*all), compare_groups);
	rmqi_jw_open(&w, '{');
	mb_version_write(&w, &o->version);
	write_groups(&w, all, count);
	write_table(&w, o);
	if (has_logs(o))
		write_logs(&w, o);
	rmqi_jw_close(&w, '}');
	rmqi_free(all);
	return rmqi_buf_status(text) == RMQ_OK;
}

static enum rmq_error read_rows(struct mb_offsets *o, const struct rmqi_json *rows)
{
	struct rmqi_str topic;
	struct rmqi_str group = rmqi_str_cut(rmqi_json_name(rows), "@", &topic, NULL);
	struct mb_queue_offsets *row;
	int32_t queue_id;

	RMQI_JSON_EACH(value, rows) {
		if (!group.len || value->kind != RMQI_JSON_INTEGER ||
		    !rmqi_str_to_i32(rmqi_json_name(value), &queue_id))
			continue;
		row = get(o, topic, group, queue_id);
		if (!row)
			return RMQ_ERR_NO_MEMORY;
		if (row->is_own && value->integer < row->committed)
			continue;
		row->committed = value->integer;
		row->is_own = false;
	}
	return RMQ_OK;
}

enum rmq_error mb_offsets_take(struct mb_broker *b, struct rmqi_cursor text)
{
	struct mb_offsets *o = &b->offsets;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(rows, rmqi_json_get(root, "offsetTable")) {
		if (err == RMQ_OK)
			err = read_rows(o, rows);
	}
	if (err == RMQ_OK)
		mb_version_read(rmqi_json_get(root, "dataVersion"), &o->version);
	o->is_dirty = true;
	rmqi_json_free(root);
	return err;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct mb_offsets *o = arg;
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(rows, rmqi_json_get(root, "offsetTable")) {
		if (err == RMQ_OK)
			err = read_rows(o, rows);
	}
	if (err == RMQ_OK)
		err = read_logs(o, rmqi_json_get(root, "reviveLogs"));
	if (err == RMQ_OK)
		mb_version_read(rmqi_json_get(root, "dataVersion"), &o->version);
	rmqi_json_free(root);
	return err;
}

static void flush(struct rmqi_timer *t)
{
	struct mb_broker *b = RMQI_CONTAINER(t, struct mb_broker, offsets.flush);
	struct rmqi_buf text;

	rmqi_timer_start_ms(t, b->config->flush_consumer_offset_interval_ms);
	mb_pop_orders_save(b, false); /* BrokerController: the same turn writes both */
	if (!b->offsets.is_dirty)
		return;
	note_logs(b);
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(&b->offsets, &text)) {
		mb_config_file_save_later(b->store, b->flusher, "consumerOffset.json", b->log,
					  &text);
		b->offsets.is_dirty = false;
	}
	rmqi_buf_deinit(&text);
}

void mb_offsets_save(struct mb_broker *b)
{
	struct rmqi_buf text;

	note_logs(b);
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	if (encode(&b->offsets, &text))
		mb_config_file_save(b->store, "consumerOffset.json", b->log, &text);
	b->offsets.is_dirty = false;
	rmqi_buf_deinit(&text);
}

enum rmq_error mb_offsets_load(struct mb_broker *b)
{
	struct mb_offsets *o = &b->offsets;
	enum rmq_error err = rmqi_timer_init(&o->flush, rmqi_loop_inner_timers(b->loop), flush);

	rmqi_map_init(&o->table);
	o->version = (struct rmqi_data_version){.timestamp = mb_broker_wall_ms(b)};
	if (err != RMQ_OK)
		return err;
	rmqi_timer_start_ms(&o->flush, FLUSH_FIRST_MS);
	return mb_config_file_load(b->store, "consumerOffset.json", b->log, decode, o);
}
