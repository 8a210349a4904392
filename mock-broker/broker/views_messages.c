/* SPDX-License-Identifier: Apache-2.0 */
/* views_messages.c - what is stored in the queues of a topic. */
#include "codec/base64.h"
#include "codec/properties.h"
#include "codec/utf8.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/broker/views.h"
#include "mock-broker/json_text.h"

enum { BYTES_MAX = 4 * 1024 * 1024 };

struct view {
	struct mb_broker *b;
	const char *node;
	struct rmqi_str topic;
	size_t left; /* messages */
	struct rmqi_buf *out;
};

static bool is_text(struct rmqi_str s)
{
	uint32_t code = 0;

	for (size_t at = 0; at < s.len && code != RMQI_UTF8_BAD;)
		at += rmqi_utf8_at(s, at, &code);
	return code != RMQI_UTF8_BAD;
}

static void write_body(const struct rmqi_stored_message *m, struct rmqi_buf *out)
{
	struct rmqi_buf plain;
	struct rmqi_cursor body = m->body;

	rmqi_buf_init(&plain, BYTES_MAX);
	if (rmqi_message_plain_body(m, &plain) == RMQ_OK)
		body = rmqi_buf_cursor(&plain);
	mb_json_i64(out, "bodyLength", (int64_t)body.len);
	if (is_text(rmqi_cursor_str(body))) {
		mb_json_str(out, "body", rmqi_cursor_str(body));
	} else {
		mb_json_name(out, "bodyBase64");
		rmqi_buf_add_u8(out, '"');
		rmqi_base64_encode(out, body, RMQI_BASE64_BASIC);
		rmqi_buf_add_u8(out, '"');
	}
	rmqi_buf_deinit(&plain);
}

static void write_properties(struct rmqi_str text, struct rmqi_buf *out)
{
	struct rmqi_str name, value;

	mb_json_name(out, "properties");
	rmqi_buf_add_u8(out, '{');
	while (rmqi_properties_next(&text, &name, &value)) {
		mb_json_name_str(out, name);
		rmqi_json_add_string(out, value);
	}
	rmqi_buf_add_u8(out, '}');
}

static void write_property(const struct rmqi_stored_message *m, const char *name,
			   const char *property, struct rmqi_buf *out)
{
	struct rmqi_str value;

	if (rmqi_properties_get(m->properties, property, &value))
		mb_json_str(out, name, value);
}

static void write_message(const struct view *v, const struct rmqi_stored_message *m)
{
	struct rmqi_buf *out = v->out;

	mb_json_comma(out);
	rmqi_buf_add_u8(out, '{');
	mb_json_str(out, "topic", m->topic);
	mb_json_text(out, "node", v->node);
	mb_json_i64(out, "queueId", m->queue_id);
	mb_json_i64(out, "queueOffset", m->queue_offset);
	write_property(m, "messageId", RMQI_PROP_UNIQ_KEY, out);
	write_property(m, "keys", RMQI_PROP_KEYS, out);
	write_property(m, "tags", RMQI_PROP_TAGS, out);
	mb_json_i64(out, "bornTimestamp", m->born_timestamp);
	mb_json_i64(out, "storeTimestamp", m->store_timestamp);
	mb_json_i64(out, "reconsumeTimes", m->reconsume_times);
	write_body(m, out);
	write_properties(m->properties, out);
	rmqi_buf_add_u8(out, '}');
}

/* Up to MB_GET_MAX of them. True: there are more behind *offset. */
static bool write_some(struct view *v, int32_t queue_id, int64_t *offset)
{
	struct mb_get_result *got = &v->b->got;
	const struct mb_get_limits limits = {
		.max_messages = v->left < MB_GET_MAX ? (int32_t)v->left : MB_GET_MAX,
		.max_bytes = BYTES_MAX,
	};

	mb_store_get(v->b->store, v->topic, queue_id, *offset, &limits, NULL, got);
	if (got->status != MB_GET_FOUND)
		return false;
	for (size_t i = 0; i < got->count; i++) {
		struct rmqi_cursor record = got->records[i];
		struct rmqi_stored_message m;

		if (rmqi_message_decode(&record, &m) == RMQ_OK)
			write_message(v, &m);
	}
	v->left -= got->count;
	*offset = got->next_begin_offset;
	return got->count > 0 && v->left > 0 && *offset < got->max_offset;
}

static void write_queue(struct view *v, int32_t queue_id, int64_t from)
{
	int64_t offset = mb_store_min_offset(v->b->store, v->topic, queue_id);

	if (offset < from)
		offset = from;
	while (v->left > 0 && rmqi_buf_status(v->out) == RMQ_OK &&
	       write_some(v, queue_id, &offset))
		;
}

void mb_view_messages(struct mb_broker *b, const char *node, const struct mb_message_query *q,
		      struct rmqi_buf *out)
{
	const struct mb_topic *t = mb_topic_find(b, q->topic);
	int32_t read = t ? t->config.read_queue_nums : 0, write = t ? t->config.write_queue_nums : 0;
	struct view v = {.b = b, .node = node, .topic = q->topic, .left = q->max, .out = out};

	for (int32_t i = 0; i < (read > write ? read : write); i++) {
		if (q->queue_id < 0 || q->queue_id == i)
			write_queue(&v, i, q->offset);
	}
}
