/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record_api.c - <rocketmq/mock_record.h>: checks arguments, calls down.
 */
#include <inttypes.h>
#include <stdio.h>

#include <rocketmq/mock_record.h>

#include "base/mem.h"
#include "mock-broker/api_entry.h"
#include "mock-broker/broker/clients.h"
#include "mock-broker/record/dump.h"
#include "mock-broker/record/requests.h"
#include "mock-broker/verify/verify.h"

enum { DUMP_LINE_MAX = 128 * 1024 * 1024 };

/* --- The cluster's ---------------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_requests(rmq_mock_cluster *c, const char *filter,
					 rmq_mock_requests **out, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "out", out))
		entry.error = mb_cluster_requests(c, filter, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_count_requests(rmq_mock_cluster *c, const char *filter, size_t *out,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "out", out))
		entry.error = mb_cluster_count_requests(c, filter, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_clear_requests(rmq_mock_cluster *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_clear_requests(c, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_verify(rmq_mock_cluster *c, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_verify(c, entry.detail);
	return rmqi_entry_end(&entry);
}

static bool has_time(struct rmqi_entry *entry, const char *name, int64_t ms, int64_t low)
{
	return (ms >= low && ms <= INT64_MAX / 2000) ||
	       rmqi_entry_refuse(entry,
				 "%s: %s is %" PRId64 " ms, allowed are %" PRId64 "..%" PRId64,
				 entry->function, name, ms, low, INT64_MAX / 2000);
}

enum rmq_error rmq_mock_cluster_wait_requests(rmq_mock_cluster *c, const char *filter,
					      size_t at_least, int64_t max_ms,
					      rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && has_time(&entry, "max_ms", max_ms, -1))
		entry.error = mb_cluster_wait_requests(c, filter, at_least, max_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_wait_quiet(rmq_mock_cluster *c, const char *filter,
					   int64_t quiet_ms, int64_t max_ms,
					   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && has_time(&entry, "quiet_ms", quiet_ms, 0) &&
	    has_time(&entry, "max_ms", max_ms, -1))
		entry.error = mb_cluster_wait_quiet(c, filter, quiet_ms, max_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_expect_sequence(rmq_mock_cluster *c, const char *filter,
						const char *text, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "text", text))
		entry.error = mb_cluster_expect_sequence(c, filter, text, entry.detail);
	return rmqi_entry_end(&entry);
}

/* --- Lines --------------------------------------------------------------------------------------- */

static enum rmq_error dump(const rmq_mock_requests *l, enum rmq_mock_format format,
			   rmq_mock_line_fn fn, void *arg)
{
	enum rmq_error err = RMQ_OK;
	struct rmqi_buf line;

	rmqi_buf_init(&line, DUMP_LINE_MAX);
	for (size_t i = 0; i < l->count && err == RMQ_OK; i++) {
		rmqi_buf_reset(&line);
		if (format == RMQ_MOCK_TEXT)
			mb_dump_text(&l->at[i], &line);
		else
			mb_dump_json(&l->at[i], &line);
		err = rmqi_buf_status(&line);
		if (err == RMQ_OK)
			fn(rmqi_buf_text(&line), line.len, arg);
	}
	rmqi_buf_deinit(&line);
	return err;
}

static bool has_format(struct rmqi_entry *entry, enum rmq_mock_format format)
{
	return format == RMQ_MOCK_TEXT || format == RMQ_MOCK_JSON_LINES ||
	       rmqi_entry_refuse(entry, "%s: format is %d, allowed are RMQ_MOCK_TEXT and "
					"RMQ_MOCK_JSON_LINES",
				 entry->function, (int)format);
}

enum rmq_error rmq_mock_cluster_dump_requests(rmq_mock_cluster *c, const char *filter,
					      enum rmq_mock_format format, rmq_mock_line_fn fn,
					      void *arg, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);
	struct rmq_mock_requests *l = NULL;

	if (mb_entry_has_cluster(&entry, c) && has_format(&entry, format) &&
	    rmqi_entry_has(&entry, "fn", fn))
		entry.error = mb_cluster_requests(c, filter, &l, entry.detail);
	if (l)
		entry.error = dump(l, format, fn, arg);
	mb_requests_free(l);
	return rmqi_entry_end(&entry);
}

void rmq_mock_line_to_file(const char *line, size_t len, void *arg)
{
	FILE *file = arg ? arg : stderr;

	if (!line)
		return;
	(void)fwrite(line, 1, len, file);
	(void)fputc('\n', file);
}

/* --- Lists --------------------------------------------------------------------------------------- */

size_t rmq_mock_requests_count(const rmq_mock_requests *l)
{
	return l ? l->count : 0;
}

const rmq_mock_request *rmq_mock_requests_at(const rmq_mock_requests *l, size_t i)
{
	return l && i < l->count ? &l->at[i] : NULL;
}

uint64_t rmq_mock_requests_left(const rmq_mock_requests *l)
{
	return l ? l->left : 0;
}

void rmq_mock_requests_free(rmq_mock_requests *l)
{
	mb_requests_free(l);
}

/* --- A request ----------------------------------------------------------------------------------- */

static const char *text_of(struct rmqi_str s)
{
	return s.ptr ? s.ptr : "";
}

uint64_t rmq_mock_request_number(const rmq_mock_request *r)
{
	return r ? r->seen->number : 0;
}

const char *rmq_mock_request_node(const rmq_mock_request *r)
{
	return r ? text_of(r->seen->node) : "";
}

uint64_t rmq_mock_request_connection(const rmq_mock_request *r)
{
	return r ? r->seen->connection : 0;
}

const char *rmq_mock_request_peer(const rmq_mock_request *r)
{
	return r ? text_of(r->seen->peer) : "";
}

const char *rmq_mock_request_client_id(const rmq_mock_request *r)
{
	return r ? text_of(r->seen->client_id) : "";
}

const char *rmq_mock_request_kind(const rmq_mock_request *r)
{
	return r ? mb_seen_kind_name(r->seen->kind) : "";
}

const char *rmq_mock_request_problem(const rmq_mock_request *r)
{
	return r ? text_of(r->seen->problem) : "";
}

int rmq_mock_request_code(const rmq_mock_request *r)
{
	return r ? r->seen->code : -1;
}

const char *rmq_mock_request_name(const rmq_mock_request *r)
{
	return r ? r->name : "";
}

int32_t rmq_mock_request_opaque(const rmq_mock_request *r)
{
	return r ? r->seen->opaque : 0;
}

bool rmq_mock_request_is_oneway(const rmq_mock_request *r)
{
	return r && r->seen->is_oneway;
}

const char *rmq_mock_request_language(const rmq_mock_request *r)
{
	return r ? mb_language_name(r->seen->language) : "";
}

int rmq_mock_request_version(const rmq_mock_request *r)
{
	return r ? r->seen->version : 0;
}

size_t rmq_mock_request_field_count(const rmq_mock_request *r)
{
	return r ? r->seen->field_count : 0;
}

const char *rmq_mock_request_field_name_at(const rmq_mock_request *r, size_t i)
{
	return i < rmq_mock_request_field_count(r) ? r->seen->fields[i].key.ptr : "";
}

const char *rmq_mock_request_field_at(const rmq_mock_request *r, size_t i)
{
	return i < rmq_mock_request_field_count(r) ? r->seen->fields[i].value.ptr : "";
}

static const char *field_of(const struct rmqi_ext *fields, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (rmqi_str_is(fields[i].key, name))
			return fields[i].value.ptr;
	return NULL;
}

const char *rmq_mock_request_field(const rmq_mock_request *r, const char *name)
{
	return r && name ? field_of(r->seen->fields, r->seen->field_count, name) : NULL;
}

const void *rmq_mock_request_body(const rmq_mock_request *r, size_t *len)
{
	if (len)
		*len = r ? r->seen->body.len : 0;
	return r ? (const void *)r->seen->body.ptr : "";
}

size_t rmq_mock_request_body_length(const rmq_mock_request *r)
{
	return r ? r->seen->body_len : 0;
}

int64_t rmq_mock_request_received_ms(const rmq_mock_request *r)
{
	return r ? r->seen->wall_ms : -1;
}

int64_t rmq_mock_request_received_us(const rmq_mock_request *r)
{
	return r ? r->seen->us : -1;
}

/* --- What became of it --------------------------------------------------------------------------- */

/* NULL: nothing yet. */
static const struct mb_outcome *outcome_of(const rmq_mock_request *r)
{
	return r ? r->outcome : NULL;
}

const char *rmq_mock_request_end(const rmq_mock_request *r)
{
	return r ? mb_end_name(r) : "";
}

const char *rmq_mock_request_stage(const rmq_mock_request *r)
{
	return r ? mb_stage_name(r) : "";
}

uint64_t rmq_mock_request_fault(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->fault : 0;
}

int64_t rmq_mock_request_answered_ms(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->wall_ms : -1;
}

int64_t rmq_mock_request_answered_us(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->us : -1;
}

int rmq_mock_request_response_code(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->code : -1;
}

const char *rmq_mock_request_response_name(const rmq_mock_request *r)
{
	return r ? r->response_name : "";
}

const char *rmq_mock_request_remark(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? text_of(o->remark) : "";
}

size_t rmq_mock_request_response_field_count(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->field_count : 0;
}

const char *rmq_mock_request_response_field_name_at(const rmq_mock_request *r, size_t i)
{
	return i < rmq_mock_request_response_field_count(r) ? r->outcome->fields[i].key.ptr : "";
}

const char *rmq_mock_request_response_field_at(const rmq_mock_request *r, size_t i)
{
	return i < rmq_mock_request_response_field_count(r) ? r->outcome->fields[i].value.ptr : "";
}

const char *rmq_mock_request_response_field(const rmq_mock_request *r, const char *name)
{
	const struct mb_outcome *o = outcome_of(r);

	return o && name ? field_of(o->fields, o->field_count, name) : NULL;
}

size_t rmq_mock_request_response_body_length(const rmq_mock_request *r)
{
	const struct mb_outcome *o = outcome_of(r);

	return o ? o->body_len : 0;
}
