/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/broker/request_mode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"

#define FILE_NAME "messageRequestMode.json"

enum { KEY_MAX = 1024 };

/* Empty: too long to be one. */
static struct rmqi_str key_of(struct rmqi_str topic, struct rmqi_str group, char buf[KEY_MAX])
{
	size_t len = topic.len + 1 + group.len;

	if (len > KEY_MAX)
		return (struct rmqi_str){NULL, 0};
	rmqi_memcpy(buf, topic.ptr, topic.len);
	buf[topic.len] = '@';
	rmqi_memcpy(buf + topic.len + 1, group.ptr, group.len);
	return rmqi_str_n(buf, len);
}

static void mode_free(void *value)
{
	struct rmqi_request_mode *m = value;

	if (m)
		rmqi_request_mode_deinit(m);
	rmqi_free(m);
}

void mb_request_modes_deinit(struct mb_request_modes *m)
{
	rmqi_map_deinit(&m->table, mode_free);
}

const struct rmqi_request_mode *mb_request_mode_find(const struct mb_broker *b,
						     struct rmqi_str topic, struct rmqi_str group)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(topic, group, buf);

	return key.len ? rmqi_map_get(&b->request_modes.table, key) : NULL;
}

/* *mode is moved. */
static enum rmq_error put(struct mb_broker *b, struct rmqi_request_mode *mode)
{
	char buf[KEY_MAX];
	struct rmqi_str key = key_of(rmqi_str(mode->topic), rmqi_str(mode->consumer_group), buf);
	struct rmqi_request_mode *kept = rmqi_alloc(sizeof(*kept));
	enum rmq_error err = key.len ? RMQ_ERR_NO_MEMORY : RMQ_ERR_INVALID_ARGUMENT;
	void *old = NULL;

	if (kept) {
		*kept = *mode;
		*mode = (struct rmqi_request_mode){0};
		if (key.len)
			err = rmqi_map_set(&b->request_modes.table, key, kept, &old);
		mode_free(err == RMQ_OK ? old : kept);
	}
	rmqi_request_mode_deinit(mode);
	return err;
}

/* --- messageRequestMode.json --------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct rmqi_request_mode *const *x = a, *const *y = b;
	int order = strcmp((*x)->topic, (*y)->topic);

	return order != 0 ? order : strcmp((*x)->consumer_group, (*y)->consumer_group);
}

static void write_mode(struct rmqi_jw *w, const struct rmqi_request_mode *m)
{
	rmqi_jw_name_str(w, rmqi_str(m->consumer_group));
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "consumerGroup", m->consumer_group);
	rmqi_jw_member_str(w, "mode", m->is_pop ? "POP" : "PULL");
	rmqi_jw_member_i64(w, "popShareQueueNum", m->share_queues);
	rmqi_jw_member_str(w, "topic", m->topic);
	rmqi_jw_close(w, '}');
}

/* The groups of each topic; `all` is sorted by topic. */
static void write_all(struct rmqi_jw *w, const struct rmqi_request_mode *const *all, size_t count)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_name(w, "messageRequestModeMap");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < count; i++) {
		bool is_first = i == 0 || strcmp(all[i]->topic, all[i - 1]->topic) != 0;
		bool is_last = i + 1 == count || strcmp(all[i]->topic, all[i + 1]->topic) != 0;

		if (is_first) {
			rmqi_jw_name_str(w, rmqi_str(all[i]->topic));
			rmqi_jw_open(w, '{');
		}
		write_mode(w, all[i]);
		if (is_last)
			rmqi_jw_close(w, '}');
	}
	rmqi_jw_close(w, '}');
	rmqi_jw_close(w, '}');
}

void mb_request_modes_write(const struct mb_request_modes *m, bool is_pretty, struct rmqi_buf *out)
{
	const struct rmqi_request_mode **all = rmqi_calloc(m->table.count, sizeof(*all));
	struct rmqi_jw w = {.out = out, .is_pretty = is_pretty};

	if (!all)
		return;
	for (size_t i = 0; i < m->table.count; i++)
		all[i] = rmqi_map_at(&m->table, i, NULL);
	qsort(all, m->table.count, sizeof(*all), compare);
	write_all(&w, all, m->table.count);
	rmqi_free(all);
}

static void save(struct mb_broker *b)
{
	struct rmqi_buf text;

	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	mb_request_modes_write(&b->request_modes, true, &text);
	if (text.len > 0 && rmqi_buf_status(&text) == RMQ_OK)
		mb_config_file_save(b->store, FILE_NAME, b->log, &text);
	rmqi_buf_deinit(&text);
}

enum rmq_error mb_request_mode_set(struct mb_broker *b, struct rmqi_request_mode *mode)
{
	enum rmq_error err = put(b, mode);

	if (err == RMQ_OK)
		save(b);
	return err;
}

static enum rmq_error read_mode(struct mb_broker *b, const struct rmqi_json *value)
{
	struct rmqi_request_mode m = {
		.topic = rmqi_strdup(rmqi_json_str(value, "topic", "")),
		.consumer_group = rmqi_strdup(rmqi_json_str(value, "consumerGroup", "")),
		.is_pop = strcmp(rmqi_json_str(value, "mode", "PULL"), "POP") == 0,
		.share_queues = (int32_t)rmqi_json_i64(value, "popShareQueueNum", 0),
	};

	if (m.topic && m.consumer_group)
		return put(b, &m);
	rmqi_request_mode_deinit(&m);
	return RMQ_ERR_NO_MEMORY;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(topic, rmqi_json_get(root, "messageRequestModeMap")) {
		RMQI_JSON_EACH(mode, topic) {
			if (err == RMQ_OK)
				err = read_mode(arg, mode);
		}
	}
	rmqi_json_free(root);
	return err;
}

enum rmq_error mb_request_modes_take(struct mb_broker *b, struct rmqi_cursor text)
{
	struct rmqi_map before = b->request_modes.table;
	enum rmq_error err;

	rmqi_map_init(&b->request_modes.table);
	err = decode(b, text);
	if (err == RMQ_OK && (before.count > 0 || b->request_modes.table.count > 0))
		save(b);
	rmqi_map_deinit(&before, mode_free);
	return err;
}

enum rmq_error mb_request_modes_load(struct mb_broker *b)
{
	rmqi_map_init(&b->request_modes.table);
	return mb_config_file_load(b->store, FILE_NAME, b->log, decode, b);
}
