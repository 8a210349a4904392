/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/trace_record.h"

#include <string.h>

enum { FIELD_END = 1, RECORD_END = 2 };

static void begin(struct rmqi_buf *out, const char *type)
{
	rmqi_buf_add_text(out, type);
}

static void add_text(struct rmqi_buf *out, struct rmqi_str text)
{
	rmqi_buf_add_u8(out, FIELD_END);
	rmqi_buf_add_str(out, text.len > 0 ? text : RMQI_STR("null"));
}

static void add_number(struct rmqi_buf *out, int64_t number)
{
	rmqi_buf_add_u8(out, FIELD_END);
	rmqi_buf_add_dec(out, number);
}

static void add_bool(struct rmqi_buf *out, bool value)
{
	add_text(out, value ? RMQI_STR("true") : RMQI_STR("false"));
}

static void end(struct rmqi_buf *out)
{
	rmqi_buf_add_u8(out, RECORD_END);
}

void rmqi_trace_add_pub(struct rmqi_buf *out, const struct rmqi_trace_record *r)
{
	begin(out, "Pub");
	add_number(out, r->timestamp_ms);
	add_text(out, r->region);
	add_text(out, r->group);
	add_text(out, r->topic);
	add_text(out, r->message_id);
	add_text(out, r->tags);
	add_text(out, r->keys);
	add_text(out, r->store_host);
	add_number(out, r->body_len);
	add_number(out, r->cost_ms);
	add_number(out, r->message_type);
	add_text(out, r->offset_id);
	add_bool(out, r->is_success);
	end(out);
}

void rmqi_trace_add_sub_before(struct rmqi_buf *out, const struct rmqi_trace_record *r)
{
	begin(out, "SubBefore");
	add_number(out, r->timestamp_ms);
	add_text(out, r->region);
	add_text(out, r->group);
	add_text(out, r->request_id);
	add_text(out, r->message_id);
	add_number(out, r->retry_times);
	add_text(out, r->keys);
	end(out);
}

void rmqi_trace_add_sub_after(struct rmqi_buf *out, const struct rmqi_trace_record *r)
{
	begin(out, "SubAfter");
	add_text(out, r->request_id);
	add_text(out, r->message_id);
	add_number(out, r->cost_ms);
	add_bool(out, r->is_success);
	add_text(out, r->keys);
	add_number(out, r->outcome);
	add_number(out, r->timestamp_ms);
	add_text(out, r->group);
	end(out);
}

void rmqi_trace_add_end_transaction(struct rmqi_buf *out, const struct rmqi_trace_record *r)
{
	begin(out, "EndTransaction");
	add_number(out, r->timestamp_ms);
	add_text(out, r->region);
	add_text(out, r->group);
	add_text(out, r->topic);
	add_text(out, r->message_id);
	add_text(out, r->tags);
	add_text(out, r->keys);
	add_text(out, r->store_host);
	add_number(out, r->message_type);
	add_text(out, r->transaction_id);
	add_text(out, r->state);
	add_bool(out, r->is_check);
	end(out);
}

void rmqi_trace_add_recall(struct rmqi_buf *out, const struct rmqi_trace_record *r)
{
	begin(out, "Recall");
	add_number(out, r->timestamp_ms);
	add_text(out, r->region);
	add_text(out, r->group);
	add_text(out, r->topic);
	add_text(out, r->message_id);
	add_bool(out, r->is_success);
	end(out);
}

/* Up to `mark`, which goes too, or up to the end. */
static struct rmqi_str take(struct rmqi_str *text, char mark)
{
	const char *at = text->len > 0 ? memchr(text->ptr, mark, text->len) : NULL;
	size_t len = at ? (size_t)(at - text->ptr) : text->len;
	struct rmqi_str taken = rmqi_str_n(text->ptr, len);

	*text = at ? rmqi_str_n(at + 1, text->len - len - 1) : rmqi_str_n(NULL, 0);
	return taken;
}

bool rmqi_trace_next(struct rmqi_cursor *body, struct rmqi_trace_fields *out)
{
	struct rmqi_str rest = rmqi_cursor_str(*body), record;

	if (rest.len == 0)
		return false;
	record = take(&rest, RECORD_END);
	*body = rmqi_cursor(rest.ptr, rest.len);
	out->count = 0;
	while (out->count < RMQI_TRACE_FIELDS && (record.len > 0 || out->count == 0))
		out->field[out->count++] = take(&record, FIELD_END);
	return true;
}
