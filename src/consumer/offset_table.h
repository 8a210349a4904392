/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offset_table.h - queues and their offsets, and the text of offsets.json
 * (OffsetSerializeWrapper.java; doc/reference/offsets.md shows it).
 *
 * Written is what fastjson writes in its pretty form, with objects as names. Read is that, and names
 * that are such an object as a text. An entry with a negative offset is none.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_CONSUMER_OFFSET_TABLE_H
#define RMQI_CONSUMER_OFFSET_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/macros.h"
#include "base/map.h"
#include "codec/body.h"

struct rmqi_offset_table {
	struct rmqi_map entries;
};

void rmqi_offset_table_init(struct rmqi_offset_table *t);
void rmqi_offset_table_deinit(struct rmqi_offset_table *t);
size_t rmqi_offset_table_count(const struct rmqi_offset_table *t);
/* -1: none. */
int64_t rmqi_offset_table_get(const struct rmqi_offset_table *t, const struct rmqi_queue *queue);
/* Adds or replaces. RMQ_ERR_NO_MEMORY: nothing was changed. */
enum rmq_error rmqi_offset_table_set(struct rmqi_offset_table *t, const struct rmqi_queue *queue,
				     int64_t offset) RMQI_MUST_USE;
/* Adds what the text holds. RMQ_ERR_CORRUPT: it is no such text; RMQ_ERR_NO_MEMORY. Some of it may stand
 * in the table then. */
enum rmq_error rmqi_offset_table_read(struct rmqi_offset_table *t,
				      struct rmqi_cursor text) RMQI_MUST_USE;
/* Appends the text. */
enum rmq_error rmqi_offset_table_write(const struct rmqi_offset_table *t,
				       struct rmqi_buf *out) RMQI_MUST_USE;

#endif
