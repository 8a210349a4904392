/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/rules/incoming.h"

#include <string.h>

#include "base/mem.h"

void mb_reply_init(struct rmq_mock_reply *r)
{
	*r = (struct rmq_mock_reply){0};
	rmqi_buf_init(&r->remark, MB_REPLY_SIZE_MAX);
	rmqi_buf_init(&r->body, MB_REPLY_SIZE_MAX);
}

void mb_reply_deinit(struct rmq_mock_reply *r)
{
	rmqi_buf_deinit(&r->remark);
	rmqi_buf_deinit(&r->body);
	for (size_t i = 0; i < r->field_count; i++) {
		rmqi_free(r->fields[i][0]);
		rmqi_free(r->fields[i][1]);
	}
}

static enum rmq_error keep(struct rmqi_buf *b, const void *bytes, size_t len)
{
	rmqi_buf_reset(b);
	rmqi_buf_add(b, bytes, len);
	return rmqi_buf_status(b);
}

enum rmq_error mb_reply_set(struct rmq_mock_reply *r, int32_t code, const char *remark)
{
	enum rmq_error err = keep(&r->remark, remark, remark ? strlen(remark) : 0);

	if (err == RMQ_OK)
		r->code = code;
	return err;
}

enum rmq_error mb_reply_add_field(struct rmq_mock_reply *r, const char *name, const char *value)
{
	char **field = r->fields[r->field_count];

	if (r->field_count == MB_REPLY_FIELDS_MAX || strlen(name) > MB_REPLY_SIZE_MAX ||
	    strlen(value) > MB_REPLY_SIZE_MAX)
		return RMQ_ERR_TOO_LARGE;
	field[0] = rmqi_strdup(name);
	field[1] = rmqi_strdup(value);
	if (field[0] && field[1]) {
		r->field_count++;
		return RMQ_OK;
	}
	rmqi_free(field[0]);
	rmqi_free(field[1]);
	return RMQ_ERR_NO_MEMORY;
}

enum rmq_error mb_reply_set_body(struct rmq_mock_reply *r, const void *body, size_t len)
{
	return keep(&r->body, body, len);
}

void mb_reply_show(const struct rmq_mock_reply *r, struct rmqi_outgoing *out,
		   struct rmqi_ext fields[MB_REPLY_FIELDS_MAX], struct rmqi_cursor *piece)
{
	for (size_t i = 0; i < r->field_count; i++)
		fields[i] = (struct rmqi_ext){rmqi_str(r->fields[i][0]), rmqi_str(r->fields[i][1])};
	*piece = rmqi_buf_cursor(&r->body);
	*out = (struct rmqi_outgoing){
		.code = r->code,
		.remark = rmqi_cursor_str(rmqi_buf_cursor(&r->remark)),
		.extra = fields,
		.extra_count = r->field_count,
		.body = piece,
		.body_count = piece->len > 0,
	};
}
