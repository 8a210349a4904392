/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop_order_file.c - consumerOrderInfo.json: what is popped in order stays invisible over a restart.
 */
#include <stdio.h>

#include "mock-broker/broker/config_file.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/pop_order.h"

#define FILE_NAME "consumerOrderInfo.json"

enum { ORDER_COUNTS_MAX = 4096 }; /* of MB_POP_MAX messages that are new */

/* --- Writing ---------------------------------------------------------------------------------------- */

/* The first offset, and the distances of the others from it. */
static void write_offsets(struct rmqi_jw *w, const struct mb_pop_order *o)
{
	rmqi_jw_name(w, "o");
	rmqi_jw_open(w, '[');
	for (size_t i = 0; i < o->count; i++)
		rmqi_jw_i64(w, i == 0 ? o->items[0].offset
				      : o->items[i].offset - o->items[0].offset);
	rmqi_jw_close(w, ']');
}

static void write_times(struct rmqi_jw *w, const struct mb_pop_order *o)
{
	rmqi_jw_name(w, "oc");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < o->count; i++) {
		if (o->items[i].times <= 0)
			continue;
		rmqi_jw_name_i64(w, o->items[i].offset);
		rmqi_jw_i64(w, o->items[i].times);
	}
	rmqi_jw_close(w, '}');
}

static void write_visible(struct rmqi_jw *w, const struct mb_pop_order *o)
{
	rmqi_jw_name(w, "ot");
	rmqi_jw_open(w, '{');
	for (size_t i = 0; i < o->count; i++) {
		if (o->items[i].visible_ms < 0)
			continue;
		rmqi_jw_name_i64(w, o->items[i].offset);
		rmqi_jw_i64(w, o->items[i].visible_ms);
	}
	rmqi_jw_close(w, '}');
}

static void write_order(struct rmqi_jw *w, const struct mb_pop_order *o)
{
	rmqi_jw_open(w, '{');
	rmqi_jw_member_str(w, "a", o->attempt_id);
	rmqi_jw_member_i64(w, "cm", o->done);
	rmqi_jw_member_i64(w, "i", o->invisible_ms);
	rmqi_jw_member_i64(w, "l", o->last_ms);
	write_offsets(w, o);
	write_times(w, o);
	write_visible(w, o);
	rmqi_jw_member_i64(w, "popTime", o->pop_ms);
	rmqi_jw_close(w, '}');
}

/* What is gone is left out (ConsumerOrderInfoManager.autoClean). */
static bool is_wanted(const struct mb_broker *b, const struct mb_pop_line *line)
{
	uint64_t id;
	void *queue;

	if (!mb_topic_find(b, rmqi_str(line->topic)) || !mb_group_find(b, rmqi_str(line->group)))
		return false;
	for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);)
		if (((const struct mb_pop_queue *)queue)->order)
			return true;
	return false;
}

static void write_line(struct rmqi_jw *w, const struct mb_pop_line *line)
{
	uint64_t id;
	void *queue;

	rmqi_jw_open(w, '{');
	for (size_t at = 0; rmqi_imap_next(&line->queues, &at, &id, &queue);) {
		const struct mb_pop_queue *q = queue;

		if (!q->order)
			continue;
		rmqi_jw_name_i64(w, q->queue_id);
		write_order(w, q->order);
	}
	rmqi_jw_close(w, '}');
}

void mb_pop_orders_save(struct mb_broker *b, bool is_last)
{
	const struct rmqi_map *lines = &b->pops.points.lines;
	struct rmqi_buf text;
	struct rmqi_jw w = {.out = &text, .is_pretty = true};
	struct rmqi_str key;

	if (!b->pops.is_order_dirty)
		return;
	rmqi_buf_init(&text, RMQI_JSON_SIZE_MAX);
	rmqi_jw_open(&w, '{');
	rmqi_jw_name(&w, "table");
	rmqi_jw_open(&w, '{');
	for (size_t i = 0; i < lines->count; i++) {
		const struct mb_pop_line *line = rmqi_map_at(lines, i, &key);

		if (!is_wanted(b, line))
			continue;
		rmqi_jw_name_str(&w, key);
		write_line(&w, line);
	}
	rmqi_jw_close(&w, '}');
	rmqi_jw_close(&w, '}');
	if (rmqi_buf_status(&text) == RMQ_OK && is_last)
		mb_config_file_save(b->store, FILE_NAME, b->log, &text);
	else if (rmqi_buf_status(&text) == RMQ_OK)
		mb_config_file_save_later(b->store, b->flusher, FILE_NAME, b->log, &text);
	rmqi_buf_deinit(&text);
	b->pops.is_order_dirty = false;
}

/* --- Reading ---------------------------------------------------------------------------------------- */

/* How many; 0: there is nothing that could be popped again. */
static size_t read_offsets(const struct rmqi_json *value, int64_t offsets[MB_POP_MAX])
{
	const struct rmqi_json *list = rmqi_json_get(value, "o");
	size_t count = 0;

	if (rmqi_json_count(list) > MB_POP_MAX)
		return 0;
	RMQI_JSON_EACH(item, list) {
		int64_t first = count > 0 ? offsets[0] : 0;

		if (item->kind != RMQI_JSON_INTEGER ||
		    __builtin_add_overflow(first, item->integer, &offsets[count]))
			return 0;
		count++;
	}
	return count;
}

static void read_maps(const struct rmqi_json *value, struct mb_pop_order *o)
{
	char name[24];

	for (size_t i = 0; i < o->count; i++) {
		struct mb_pop_order_item *item = &o->items[i];

		snprintf(name, sizeof(name), "%lld", (long long)item->offset);
		item->times = (int32_t)rmqi_json_i64(rmqi_json_get(value, "oc"), name, 0);
		item->visible_ms = rmqi_json_i64(rmqi_json_get(value, "ot"), name, -1);
	}
}

static enum rmq_error read_order(struct mb_broker *b, struct mb_pop_queue *q,
				 const struct rmqi_json *value)
{
	int64_t offsets[MB_POP_MAX];
	const struct mb_popped popped = {
		.attempt_id = rmqi_str(rmqi_json_str(value, "a", NULL)),
		.pop_ms = rmqi_json_i64(value, "popTime", 0),
		.invisible_ms = rmqi_json_i64(value, "i", 0),
		.offsets = offsets,
		.count = read_offsets(value, offsets),
	};
	struct rmqi_buf unused;
	enum rmq_error err;

	if (popped.count == 0)
		return RMQ_OK;
	rmqi_buf_init(&unused, ORDER_COUNTS_MAX);
	err = mb_pop_order_update(b, q, &popped, &unused);
	rmqi_buf_deinit(&unused);
	if (err != RMQ_OK)
		return err;
	q->order->last_ms = rmqi_json_i64(value, "l", 0);
	q->order->done = (uint32_t)rmqi_json_i64(value, "cm", 0);
	read_maps(value, q->order);
	return RMQ_OK;
}

static enum rmq_error read_line(struct mb_broker *b, const struct rmqi_json *queues)
{
	struct rmqi_str group, topic;
	enum rmq_error err = RMQ_OK;
	struct mb_pop_queue *q;
	int32_t queue_id;

	group = rmqi_str_cut(rmqi_json_name(queues), "@", &topic, NULL);
	RMQI_JSON_EACH(value, queues) {
		if (err != RMQ_OK || group.len == 0 ||
		    !rmqi_str_to_i32(rmqi_json_name(value), &queue_id) || queue_id < 0)
			continue;
		q = mb_pop_queue_get(&b->pops.points, topic, group, queue_id);
		err = q ? read_order(b, q, value) : RMQ_ERR_NO_MEMORY;
	}
	return err;
}

static enum rmq_error decode(void *arg, struct rmqi_cursor text)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return err;
	RMQI_JSON_EACH(queues, rmqi_json_get(root, "table")) {
		if (err == RMQ_OK)
			err = read_line(arg, queues);
	}
	rmqi_json_free(root);
	return err;
}

enum rmq_error mb_pop_orders_load(struct mb_broker *b)
{
	return mb_config_file_load(b->store, FILE_NAME, b->log, decode, b);
}
