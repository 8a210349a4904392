/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_text.h - writes JSON bodies straight into a buffer, in fastjson's form,
 * where a tree cannot: objects as names, integers as names, doubles with a
 * fraction.
 */
#ifndef MB_JSON_TEXT_H
#define MB_JSON_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "codec/json.h"

/* A comma unless an object or list has just begun. */
static inline void mb_json_comma(struct rmqi_buf *b)
{
	uint8_t last = b->len ? rmqi_buf_data(b)[b->len - 1] : '{';

	if (last != '{' && last != '[')
		rmqi_buf_add_u8(b, ',');
}

/* "name":  with its comma. */
static inline void mb_json_name(struct rmqi_buf *b, const char *name)
{
	mb_json_comma(b);
	rmqi_buf_addf(b, "\"%s\":", name);
}

/* The same of any text. */
static inline void mb_json_name_str(struct rmqi_buf *b, struct rmqi_str name)
{
	mb_json_comma(b);
	rmqi_json_add_string(b, name);
	rmqi_buf_add_u8(b, ':');
}

static inline void mb_json_str(struct rmqi_buf *b, const char *name, struct rmqi_str value)
{
	mb_json_name(b, name);
	rmqi_json_add_string(b, value);
}

static inline void mb_json_text(struct rmqi_buf *b, const char *name, const char *value)
{
	mb_json_str(b, name, rmqi_str(value));
}

static inline void mb_json_i64(struct rmqi_buf *b, const char *name, int64_t value)
{
	mb_json_name(b, name);
	rmqi_buf_add_dec(b, value);
}

static inline void mb_json_bool(struct rmqi_buf *b, const char *name, bool value)
{
	mb_json_name(b, name);
	rmqi_buf_add_text(b, value ? "true" : "false");
}

/* The comma before an element, unless it is the first. */
static inline void mb_json_next(struct rmqi_buf *b, bool *is_first)
{
	if (!*is_first)
		rmqi_buf_add_u8(b, ',');
	*is_first = false;
}

/* "a","b": the keys of a map, as elements. */
static inline void mb_json_keys(struct rmqi_buf *b, const struct rmqi_map *m, bool *is_first)
{
	struct rmqi_str key;

	for (size_t i = 0; i < m->count; i++) {
		rmqi_map_at(m, i, &key);
		mb_json_next(b, is_first);
		rmqi_json_add_string(b, key);
	}
}

/* MessageQueue.java */
static inline void mb_json_queue(struct rmqi_buf *b, struct rmqi_str topic, struct rmqi_str broker,
				 int32_t queue_id)
{
	rmqi_buf_add_text(b, "{\"brokerName\":");
	rmqi_json_add_string(b, broker);
	rmqi_buf_addf(b, ",\"queueId\":%d,\"topic\":", (int)queue_id);
	rmqi_json_add_string(b, topic);
	rmqi_buf_add_u8(b, '}');
}

#endif
