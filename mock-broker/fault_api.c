/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_api.c - <rocketmq/mock_fault.h>: checks arguments, calls down.
 */
#include <inttypes.h>
#include <string.h>

#include <rocketmq/mock_fault.h>

#include "mock-broker/api_entry.h"
#include "mock-broker/cluster.h"
#include "mock-broker/cluster_faults.h"
#include "mock-broker/rules/fault.h"
#include "mock-broker/rules/incoming.h"

/* --- What a fault says ----------------------------------------------------------------------- */

rmq_mock_fault *rmq_mock_fault_new(void)
{
	return mb_fault_new();
}

void rmq_mock_fault_free(rmq_mock_fault *f)
{
	mb_fault_free(f);
}

enum rmq_error rmq_mock_fault_set(rmq_mock_fault *f, const char *key, const char *value,
				  rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "f", f) && rmqi_entry_has(&entry, "key", key) &&
	    rmqi_entry_has(&entry, "value", value))
		entry.error = mb_fault_set(f, key, value, entry.detail);
	return rmqi_entry_end(&entry);
}

const char *rmq_mock_fault_get(const rmq_mock_fault *f, const char *key)
{
	return f && key ? mb_fault_get(f, key) : NULL;
}

enum rmq_error rmq_mock_fault_parse(const char *json, rmq_mock_fault **out,
				    rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (rmqi_entry_has(&entry, "json", json) && rmqi_entry_has(&entry, "out", out))
		entry.error = mb_fault_parse(rmqi_cursor(json, strlen(json)), out, entry.detail);
	return rmqi_entry_end(&entry);
}

int rmq_mock_incoming_code(const rmq_mock_incoming *in)
{
	return in ? in->subject.code : -1;
}

const char *rmq_mock_incoming_node(const rmq_mock_incoming *in)
{
	return in ? in->subject.node : "";
}

int rmq_mock_incoming_namesrv(const rmq_mock_incoming *in)
{
	return in ? in->subject.namesrv : -1;
}

bool rmq_mock_incoming_is_oneway(const rmq_mock_incoming *in)
{
	return in && in->is_oneway;
}

const char *rmq_mock_incoming_field(const rmq_mock_incoming *in, const char *name, size_t *len)
{
	struct rmqi_str value;

	if (!in || !name || !mb_subject_field(&in->subject, rmqi_str(name), &value))
		return NULL;
	if (len)
		*len = value.len;
	return value.len ? value.ptr : "";
}

const void *rmq_mock_incoming_body(const rmq_mock_incoming *in, size_t *len)
{
	if (!in || !len || !in->subject.body.len)
		return NULL;
	*len = in->subject.body.len;
	return in->subject.body.ptr;
}

enum rmq_error rmq_mock_reply_set(rmq_mock_reply *reply, int code, const char *remark)
{
	return reply ? mb_reply_set(reply, code, remark) : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_reply_add_field(rmq_mock_reply *reply, const char *name, const char *value)
{
	return reply && name && value ? mb_reply_add_field(reply, name, value)
				      : RMQ_ERR_INVALID_ARGUMENT;
}

enum rmq_error rmq_mock_reply_set_body(rmq_mock_reply *reply, const void *body, size_t len)
{
	return reply && (body || !len) ? mb_reply_set_body(reply, body, len)
				       : RMQ_ERR_INVALID_ARGUMENT;
}

void rmq_mock_fault_set_predicate(rmq_mock_fault *f, rmq_mock_predicate_fn fn, void *arg)
{
	if (!f)
		return;
	f->predicate = fn;
	f->predicate_arg = arg;
}

void rmq_mock_fault_set_handler(rmq_mock_fault *f, rmq_mock_handler_fn fn, void *arg)
{
	if (!f)
		return;
	f->handler = fn;
	f->handler_arg = arg;
}

/* --- Faults of a cluster ----------------------------------------------------------------------- */

enum rmq_error rmq_mock_cluster_add_fault(rmq_mock_cluster *c, const rmq_mock_fault *f,
					  uint64_t *id, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "f", f) &&
	    rmqi_entry_has(&entry, "id", id))
		entry.error = mb_cluster_add_fault(c, f, id, entry.detail);
	return rmqi_entry_end(&entry);
}

uint64_t rmq_mock_fault_hits(rmq_mock_cluster *c, uint64_t id)
{
	return c && !mb_cluster_is_inherited(c) ? mb_cluster_fault_hits(c, id) : 0;
}

static bool has_time(struct rmqi_entry *entry, int64_t max_ms)
{
	return max_ms >= 0 ||
	       rmqi_entry_refuse(entry, "%s: max_ms is %" PRId64 ", allowed is 0 or more",
				 entry->function, max_ms);
}

enum rmq_error rmq_mock_fault_wait(rmq_mock_cluster *c, uint64_t id, uint64_t hits, int64_t max_ms,
				   rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && has_time(&entry, max_ms))
		entry.error = mb_cluster_wait_fault(c, id, hits, max_ms, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_fault_remove(rmq_mock_cluster *c, uint64_t id, rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c))
		entry.error = mb_cluster_remove_fault(c, id, NULL, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_faults(rmq_mock_cluster *c, rmq_mock_fault_list **out,
				       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "out", out))
		entry.error = mb_cluster_list_faults(c, false, out, entry.detail);
	return rmqi_entry_end(&entry);
}

enum rmq_error rmq_mock_cluster_unspent_faults(rmq_mock_cluster *c, rmq_mock_fault_list **out,
					       rmq_error_detail **detail)
{
	struct rmqi_entry entry = rmqi_entry_begin(__func__, detail);

	if (mb_entry_has_cluster(&entry, c) && rmqi_entry_has(&entry, "out", out))
		entry.error = mb_cluster_list_faults(c, true, out, entry.detail);
	return rmqi_entry_end(&entry);
}

void rmq_mock_fault_list_free(rmq_mock_fault_list *l)
{
	mb_fault_list_free(l);
}

size_t rmq_mock_fault_list_count(const rmq_mock_fault_list *l)
{
	return l ? l->count : 0;
}

uint64_t rmq_mock_fault_list_id(const rmq_mock_fault_list *l, size_t at)
{
	return at < rmq_mock_fault_list_count(l) ? l->entries[at].id : 0;
}

uint64_t rmq_mock_fault_list_hits(const rmq_mock_fault_list *l, size_t at)
{
	return at < rmq_mock_fault_list_count(l) ? l->entries[at].hits : 0;
}

const char *rmq_mock_fault_list_text(const rmq_mock_fault_list *l, size_t at)
{
	return at < rmq_mock_fault_list_count(l) ? l->entries[at].text : "";
}
