/* SPDX-License-Identifier: Apache-2.0 */
#include "consumer/offset_table.h"

#include <stdio.h>

#include "base/mem.h"
#include "codec/json.h"

enum { KEY_SIZE = 1024 };

struct entry {
	struct rmqi_queue queue;
	int64_t offset;
};

static void free_entry(void *value)
{
	struct entry *e = value;

	rmqi_queue_deinit(&e->queue);
	rmqi_free(e);
}

/* A topic has no '@', and the number stands last. */
static struct rmqi_str key_of(const struct rmqi_queue *queue, char *buf)
{
	snprintf(buf, KEY_SIZE, "%s@%s:%d", queue->topic, queue->broker_name, (int)queue->queue_id);
	return rmqi_str(buf);
}

void rmqi_offset_table_init(struct rmqi_offset_table *t)
{
	rmqi_map_init(&t->entries);
}

void rmqi_offset_table_deinit(struct rmqi_offset_table *t)
{
	rmqi_map_deinit(&t->entries, free_entry);
}

size_t rmqi_offset_table_count(const struct rmqi_offset_table *t)
{
	return t->entries.count;
}

int64_t rmqi_offset_table_get(const struct rmqi_offset_table *t, const struct rmqi_queue *queue)
{
	char buf[KEY_SIZE];
	const struct entry *e = rmqi_map_get(&t->entries, key_of(queue, buf));

	return e ? e->offset : -1;
}

enum rmq_error rmqi_offset_table_set(struct rmqi_offset_table *t, const struct rmqi_queue *queue,
				     int64_t offset)
{
	char buf[KEY_SIZE];
	struct rmqi_str key = key_of(queue, buf);
	struct entry *e = rmqi_map_get(&t->entries, key);

	if (e) {
		e->offset = offset;
		return RMQ_OK;
	}
	e = rmqi_calloc(1, sizeof(*e));
	if (!e)
		return RMQ_ERR_NO_MEMORY;
	e->offset = offset;
	if (rmqi_queue_init(&e->queue, queue->topic, queue->broker_name, queue->queue_id) !=
		    RMQ_OK ||
	    rmqi_map_set(&t->entries, key, e, NULL) != RMQ_OK) {
		free_entry(e);
		return RMQ_ERR_NO_MEMORY;
	}
	return RMQ_OK;
}

/* --- The text ----------------------------------------------------------------------------------- */

static enum rmq_error corrupt_of(enum rmq_error err)
{
	return err == RMQ_ERR_NO_MEMORY ? err : RMQ_ERR_CORRUPT;
}

/* The name is the text of an object. */
static enum rmq_error read_entry(struct rmqi_offset_table *t, const struct rmqi_json *member)
{
	struct rmqi_str name = rmqi_json_name(member);
	struct rmqi_json *key = NULL;
	struct rmqi_queue queue = {0};
	int64_t id;
	enum rmq_error err;

	if (!rmqi_json_is(member, RMQI_JSON_INTEGER))
		return RMQ_ERR_CORRUPT;
	err = rmqi_json_parse(rmqi_cursor(name.ptr, name.len), &key);
	if (err != RMQ_OK)
		return corrupt_of(err);
	queue.topic = (char *)(uintptr_t)rmqi_json_str(key, "topic", NULL);
	queue.broker_name = (char *)(uintptr_t)rmqi_json_str(key, "brokerName", NULL);
	id = rmqi_json_i64(key, "queueId", -1);
	queue.queue_id = (int32_t)id;
	if (!queue.topic || !queue.broker_name || id < 0 || id > INT32_MAX)
		err = RMQ_ERR_CORRUPT;
	else if (member->integer >= 0)
		err = rmqi_offset_table_set(t, &queue, member->integer);
	rmqi_json_free(key);
	return err;
}

enum rmq_error rmqi_offset_table_read(struct rmqi_offset_table *t, struct rmqi_cursor text)
{
	struct rmqi_json *root = NULL;
	const struct rmqi_json *table;
	enum rmq_error err = rmqi_json_parse(text, &root);

	if (err != RMQ_OK)
		return corrupt_of(err);
	table = rmqi_json_get(root, "offsetTable");
	if (!rmqi_json_is(table, RMQI_JSON_OBJECT))
		err = RMQ_ERR_CORRUPT;
	RMQI_JSON_EACH(at, table)
		if (err == RMQ_OK)
			err = read_entry(t, at);
	rmqi_json_free(root);
	return err;
}

static void write_entry(struct rmqi_buf *out, const struct entry *e, bool is_first)
{
	rmqi_buf_add_text(out, is_first ? "{\n\t\t\t\"brokerName\":" : ",{\n\t\t\t\"brokerName\":");
	rmqi_json_add_string(out, rmqi_str(e->queue.broker_name));
	rmqi_buf_addf(out, ",\n\t\t\t\"queueId\":%d,\n\t\t\t\"topic\":", (int)e->queue.queue_id);
	rmqi_json_add_string(out, rmqi_str(e->queue.topic));
	rmqi_buf_add_text(out, "\n\t\t}:");
	rmqi_buf_add_dec(out, e->offset);
}

enum rmq_error rmqi_offset_table_write(const struct rmqi_offset_table *t, struct rmqi_buf *out)
{
	rmqi_buf_add_text(out, "{\n\t\"offsetTable\":{");
	for (size_t i = 0; i < t->entries.count; i++) {
		struct rmqi_str key;

		write_entry(out, rmqi_map_at(&t->entries, i, &key), i == 0);
	}
	rmqi_buf_add_text(out, t->entries.count > 0 ? "\n\t}\n}" : "}\n}");
	return rmqi_buf_status(out);
}
