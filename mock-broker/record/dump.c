/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/dump.h"

#include <inttypes.h>

#include "base/macros.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "mock-broker/broker/clients.h"
#include "mock-broker/json_text.h"

enum { SHOWN_MAX = 64 }; /* bytes of a value in a line for people */

static const char *const kinds[] = {"request", "push", "unreadable"};
static const char *const ends[] = {"open", "answered", "oneway", "dropped", "lost"};
static const char *const stages[] = {"received", "apply", "applied", "response"};

const char *mb_seen_kind_name(enum mb_seen_kind kind)
{
	return kinds[kind];
}

const char *mb_end_name(const struct rmq_mock_request *r)
{
	if (r->outcome)
		return ends[r->outcome->end];
	return r->seen->is_oneway ? ends[MB_END_ONEWAY] : ends[MB_END_OPEN];
}

/* Without a rule nobody is asked behind the handler: an answer has passed all the same. */
const char *mb_stage_name(const struct rmq_mock_request *r)
{
	const struct mb_outcome *o = r->outcome;

	if (!o)
		return "";
	if (o->stage != MB_STAGE_APPLY || o->code < 0)
		return stages[o->stage];
	return stages[o->end == MB_END_ONEWAY ? MB_STAGE_APPLIED : MB_STAGE_RESPONSE];
}

/* --- For people ---------------------------------------------------------------------------------- */

/* What would break the line is shown as '.'. */
static void add_shown(struct rmqi_buf *out, struct rmqi_str value)
{
	size_t len = value.len < SHOWN_MAX ? value.len : SHOWN_MAX;

	for (size_t i = 0; i < len; i++)
		rmqi_buf_add_u8(out, (uint8_t)value.ptr[i] < ' ' ? '.' : (uint8_t)value.ptr[i]);
	if (len < value.len)
		rmqi_buf_add_text(out, "...");
}

static void add_fields(struct rmqi_buf *out, const struct rmqi_ext *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		rmqi_buf_addf(out, " %.*s=", RMQI_STR_ARG(fields[i].key));
		add_shown(out, fields[i].value);
	}
}

static void add_outcome(struct rmqi_buf *out, const struct rmq_mock_request *r)
{
	const struct mb_outcome *o = r->outcome;

	rmqi_buf_addf(out, " -> %s", o && o->code >= 0 ? r->response_name : mb_end_name(r));
	if (!o)
		return;
	if (o->end != MB_END_ANSWERED && o->code >= 0)
		rmqi_buf_addf(out, " (%s)", mb_end_name(r));
	rmqi_buf_addf(out, " in %" PRId64 " us", o->us - r->seen->us);
	if (o->fault)
		rmqi_buf_addf(out, " by rule %" PRIu64 " at %s", o->fault, mb_stage_name(r));
	if (o->remark.len) {
		rmqi_buf_add_text(out, " \"");
		add_shown(out, o->remark);
		rmqi_buf_add_text(out, "\"");
	}
	add_fields(out, o->fields, o->field_count);
	if (o->body_len)
		rmqi_buf_addf(out, " body %zu B", o->body_len);
}

void mb_dump_text(const struct rmq_mock_request *r, struct rmqi_buf *out)
{
	const struct mb_seen *s = r->seen;

	rmqi_buf_addf(out, "#%" PRIu64 " %" PRId64 " %s %s %" PRIu64, s->number, s->wall_ms,
		      s->node.ptr, s->kind == MB_SEEN_PUSH ? "to" : "from", s->connection);
	if (s->client_id.len)
		rmqi_buf_addf(out, " (%s)", s->client_id.ptr);
	if (s->kind == MB_SEEN_UNREADABLE) {
		rmqi_buf_addf(out, " unreadable: %s", s->problem.ptr);
		return;
	}
	rmqi_buf_addf(out, " %s%s", r->name, s->is_oneway ? " one-way" : "");
	add_fields(out, s->fields, s->field_count);
	if (s->body_len)
		rmqi_buf_addf(out, " body %zu B", s->body_len);
	add_outcome(out, r);
}

/* --- JSON ------------------------------------------------------------------------------------------- */

static void json_fields(struct rmqi_buf *out, const char *name, const struct rmqi_ext *fields,
			size_t count)
{
	mb_json_name(out, name);
	rmqi_buf_add_u8(out, '{');
	for (size_t i = 0; i < count; i++) {
		mb_json_name_str(out, fields[i].key);
		rmqi_json_add_string(out, fields[i].value);
	}
	rmqi_buf_add_u8(out, '}');
}

static bool is_text(struct rmqi_str s)
{
	uint32_t code = 0;

	for (size_t at = 0; at < s.len && code != RMQI_UTF8_BAD;)
		at += rmqi_utf8_at(s, at, &code);
	return code != RMQI_UTF8_BAD;
}

static void json_body(struct rmqi_buf *out, const struct mb_seen *s)
{
	struct rmqi_str body = rmqi_str_n(s->body.ptr, s->body.len);

	mb_json_i64(out, "bodyLength", (int64_t)s->body_len);
	if (body.len && is_text(body)) {
		mb_json_str(out, "body", body);
	} else if (body.len) {
		mb_json_name(out, "bodyBase64");
		rmqi_buf_add_u8(out, '"');
		rmqi_base64_encode(out, s->body, RMQI_BASE64_BASIC);
		rmqi_buf_add_u8(out, '"');
	}
}

static void json_outcome(struct rmqi_buf *out, const struct rmq_mock_request *r)
{
	const struct mb_outcome *o = r->outcome;

	mb_json_text(out, "end", mb_end_name(r));
	if (!o)
		return;
	mb_json_text(out, "stage", mb_stage_name(r));
	mb_json_i64(out, "fault", (int64_t)o->fault);
	mb_json_i64(out, "answeredMs", o->wall_ms);
	mb_json_i64(out, "answeredUs", o->us);
	if (o->code < 0)
		return;
	mb_json_i64(out, "responseCode", o->code);
	mb_json_text(out, "responseName", r->response_name);
	mb_json_str(out, "remark", o->remark);
	json_fields(out, "responseFields", o->fields, o->field_count);
	mb_json_i64(out, "responseBodyLength", (int64_t)o->body_len);
}

void mb_dump_json(const struct rmq_mock_request *r, struct rmqi_buf *out)
{
	const struct mb_seen *s = r->seen;

	rmqi_buf_add_u8(out, '{');
	mb_json_i64(out, "number", (int64_t)s->number);
	mb_json_str(out, "node", s->node);
	mb_json_text(out, "kind", mb_seen_kind_name(s->kind));
	mb_json_i64(out, "connection", (int64_t)s->connection);
	mb_json_str(out, "peer", s->peer);
	mb_json_str(out, "clientId", s->client_id);
	mb_json_i64(out, "receivedMs", s->wall_ms);
	mb_json_i64(out, "receivedUs", s->us);
	if (s->kind == MB_SEEN_UNREADABLE) {
		mb_json_str(out, "problem", s->problem);
		rmqi_buf_add_u8(out, '}');
		return;
	}
	mb_json_i64(out, "code", s->code);
	mb_json_text(out, "name", r->name);
	mb_json_i64(out, "opaque", s->opaque);
	mb_json_bool(out, "oneway", s->is_oneway);
	mb_json_text(out, "language", mb_language_name(s->language));
	mb_json_i64(out, "version", s->version);
	json_fields(out, "fields", s->fields, s->field_count);
	json_body(out, s);
	json_outcome(out, r);
	rmqi_buf_add_u8(out, '}');
}
