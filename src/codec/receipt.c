/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/receipt.h"

#include <stdio.h>

/* --- Receipts --------------------------------------------------------------------------------- */

/* The next blank-separated part of *rest, as a number. */
static bool next_i64(struct rmqi_str *rest, int64_t *out)
{
	struct rmqi_str part;

	*rest = rmqi_str_cut(*rest, " ", &part, NULL);
	return rmqi_str_to_i64(part, out);
}

static bool next_i32(struct rmqi_str *rest, int32_t *out)
{
	struct rmqi_str part;

	*rest = rmqi_str_cut(*rest, " ", &part, NULL);
	return rmqi_str_to_i32(part, out);
}

static bool next_mark(struct rmqi_str *rest, enum rmqi_pop_mark *out)
{
	int32_t mark;

	if (!next_i32(rest, &mark) || mark < RMQI_POP_NORMAL || mark > RMQI_POP_RETRY_V2)
		return false;
	*out = (enum rmqi_pop_mark)mark;
	return true;
}

bool rmqi_receipt_read(struct rmqi_str text, struct rmqi_receipt *out)
{
	struct rmqi_receipt r;

	if (!next_i64(&text, &r.start) || !next_i64(&text, &r.pop_ms) ||
	    !next_i64(&text, &r.invisible_ms) || !next_i32(&text, &r.revive_queue) ||
	    !next_mark(&text, &r.mark))
		return false;
	text = rmqi_str_cut(text, " ", &r.broker_name, NULL);
	if (r.broker_name.len == 0 || !next_i32(&text, &r.queue_id) || !next_i64(&text, &r.offset))
		return false;
	*out = r;
	return true;
}

size_t rmqi_receipt_write(const struct rmqi_receipt *r, char *out, size_t size)
{
	int n = snprintf(out, size, "%lld %lld %lld %d %d %.*s %d %lld", (long long)r->start,
			 (long long)r->pop_ms, (long long)r->invisible_ms, (int)r->revive_queue,
			 (int)r->mark, RMQI_STR_ARG(r->broker_name), (int)r->queue_id,
			 (long long)r->offset);

	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* --- Topics ----------------------------------------------------------------------------------- */

enum rmqi_pop_mark rmqi_pop_mark_of(struct rmqi_str topic)
{
	if (!rmqi_topic_is_retry(topic))
		return RMQI_POP_NORMAL;
	return memchr(topic.ptr, '+', topic.len) ? RMQI_POP_RETRY_V2 : RMQI_POP_RETRY;
}

const char *rmqi_pop_topic(enum rmqi_pop_mark mark, const char *group, const char *topic,
			   char out[RMQI_RETRY_TOPIC_MAX + 1])
{
	if (mark == RMQI_POP_NORMAL)
		snprintf(out, RMQI_RETRY_TOPIC_MAX + 1, "%s", topic);
	else
		snprintf(out, RMQI_RETRY_TOPIC_MAX + 1, "%s%s%c%s", RMQI_RETRY_PREFIX, group,
			 mark == RMQI_POP_RETRY ? '_' : '+', topic);
	return out;
}

/* --- Lists ------------------------------------------------------------------------------------ */

/* The value of the item that begins with `key`. */
static struct rmqi_str find_item(struct rmqi_str list, const char *key)
{
	struct rmqi_str item, rest = list;

	while (rest.len > 0) {
		rest = rmqi_str_cut(rest, ";", &item, NULL);
		if (rmqi_str_has_prefix(item, key))
			return rmqi_str_n(item.ptr + strlen(key), item.len - strlen(key));
	}
	return RMQI_STR("");
}

bool rmqi_pop_start(struct rmqi_str start_offset_info, enum rmqi_pop_mark mark, int32_t queue_id,
		    int64_t *start)
{
	char key[32];

	snprintf(key, sizeof(key), "%d %d ", (int)mark, (int)queue_id);
	return rmqi_str_to_i64(find_item(start_offset_info, key), start);
}

int32_t rmqi_pop_times(struct rmqi_str order_count_info, enum rmqi_pop_mark mark, int32_t queue_id,
		       int64_t offset)
{
	char key[64];
	int32_t times;

	snprintf(key, sizeof(key), "%d qo%d%%%lld ", (int)mark, (int)queue_id, (long long)offset);
	if (rmqi_str_to_i32(find_item(order_count_info, key), &times))
		return times;
	snprintf(key, sizeof(key), "%d %d ", (int)mark, (int)queue_id);
	return rmqi_str_to_i32(find_item(order_count_info, key), &times) ? times : 0;
}

static void separate(struct rmqi_buf *list)
{
	if (list->len > 0)
		rmqi_buf_add_u8(list, ';');
}

/* "<mark> <queue> " */
static void add_queue(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id)
{
	rmqi_buf_add_dec(list, (int)mark);
	rmqi_buf_add_u8(list, ' ');
	rmqi_buf_add_dec(list, queue_id);
	rmqi_buf_add_u8(list, ' ');
}

void rmqi_pop_add_start(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			int64_t start)
{
	separate(list);
	add_queue(list, mark, queue_id);
	rmqi_buf_add_dec(list, start);
}

void rmqi_pop_add_offsets(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			  const int64_t *offsets, size_t count)
{
	separate(list);
	add_queue(list, mark, queue_id);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			rmqi_buf_add_u8(list, ',');
		rmqi_buf_add_dec(list, offsets[i]);
	}
}

void rmqi_pop_add_times(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			int32_t times)
{
	separate(list);
	rmqi_buf_addf(list, "%d %d %d", (int)mark, (int)queue_id, (int)times);
}

void rmqi_pop_add_times_of(struct rmqi_buf *list, enum rmqi_pop_mark mark, int32_t queue_id,
			   int64_t offset, int32_t times)
{
	separate(list);
	rmqi_buf_addf(list, "%d qo%d%%%lld %d", (int)mark, (int)queue_id, (long long)offset,
		      (int)times);
}
