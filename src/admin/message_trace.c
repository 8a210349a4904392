/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/message_trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/trace_record.h"

enum { FIRST_ROOM = 16 };

/* --- Rows ---------------------------------------------------------------------------------------------- */

static struct rmq_message_trace *add_row(struct rmq_message_traces *l, enum rmq_trace_kind kind,
					 enum rmq_error *err)
{
	size_t room = l->room ? 2 * l->room : FIRST_ROOM;
	struct rmq_message_trace *rows;

	if (l->count >= RMQI_TRACES_MAX)
		*err = RMQ_ERR_TOO_LARGE;
	if (*err == RMQ_OK && l->count == l->room) {
		rows = rmqi_realloc(l->rows, room * sizeof(*rows));
		if (rows) {
			l->rows = rows;
			l->room = room;
		} else {
			*err = RMQ_ERR_NO_MEMORY;
		}
	}
	if (*err != RMQ_OK)
		return NULL;
	l->rows[l->count] = (struct rmq_message_trace){
		.kind = kind, .time_ms = -1, .cost_ms = -1, .retry_times = -1, .outcome = ""};
	return &l->rows[l->count++];
}

/* Field `at` of the record; empty when it has none. Java writes what is not there as "null". */
static struct rmqi_str field(const struct rmqi_trace_fields *r, size_t at)
{
	struct rmqi_str text = at < r->count ? r->field[at] : rmqi_str(NULL);

	return rmqi_str_is(text, "null") ? rmqi_str(NULL) : text;
}

static void set_text(struct rmq_message_trace *row, enum rmqi_trace_text which,
		     struct rmqi_str text, enum rmq_error *err)
{
	if (*err != RMQ_OK || text.len == 0 || row->texts[which])
		return;
	row->texts[which] = rmqi_str_dup(text);
	if (!row->texts[which])
		*err = RMQ_ERR_NO_MEMORY;
}

static int64_t number(const struct rmqi_trace_fields *r, size_t at)
{
	int64_t value;

	return rmqi_str_to_i64(field(r, at), &value) && value >= 0 ? value : -1;
}

static enum rmq_trace_status status(const struct rmqi_trace_fields *r, size_t at)
{
	if (field(r, at).len == 0)
		return RMQ_TRACE_STATUS_UNKNOWN;
	return rmqi_str_to_bool(field(r, at)) ? RMQ_TRACE_STATUS_OK : RMQ_TRACE_STATUS_FAILED;
}

/* --- Records of producers ------------------------------------------------------------------------------ */

static struct rmq_message_trace *add_sent(struct rmq_message_traces *l, enum rmq_trace_kind kind,
					  const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = add_row(l, kind, err);

	if (!row)
		return NULL;
	row->time_ms = number(r, 1);
	set_text(row, RMQI_TRACE_GROUP, field(r, 3), err);
	set_text(row, RMQI_TRACE_IN_TOPIC, field(r, 4), err);
	return row;
}

/* Tags, keys and broker of a send or the end of its transaction. */
static void set_places(struct rmq_message_trace *row, const struct rmqi_trace_fields *r,
		       enum rmq_error *err)
{
	set_text(row, RMQI_TRACE_TAG, field(r, 6), err);
	set_text(row, RMQI_TRACE_KEYS, field(r, 7), err);
	set_text(row, RMQI_TRACE_BROKER, field(r, 8), err);
}

static struct rmq_message_trace *read_send(struct rmq_message_traces *l,
					   const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = add_sent(l, RMQ_TRACE_SEND, r, err);
	bool has_offset_id = r->count >= 14; /* since 4.5 */

	if (!row)
		return NULL;
	set_places(row, r, err);
	row->cost_ms = number(r, 10);
	if (has_offset_id)
		set_text(row, RMQI_TRACE_OFFSET_ID, field(r, 12), err);
	row->status = status(r, has_offset_id ? 13 : 12);
	return row;
}

static struct rmq_message_trace *read_end(struct rmq_message_traces *l,
					  const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = add_sent(l, RMQ_TRACE_END_TRANSACTION, r, err);

	if (!row)
		return NULL;
	set_places(row, r, err);
	set_text(row, RMQI_TRACE_TRANSACTION_ID, field(r, 10), err);
	set_text(row, RMQI_TRACE_STATE, field(r, 11), err);
	row->is_check = rmqi_str_to_bool(field(r, 12));
	return row;
}

static struct rmq_message_trace *read_recall(struct rmq_message_traces *l,
					     const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = add_sent(l, RMQ_TRACE_RECALL, r, err);

	if (row)
		row->status = status(r, 6);
	return row;
}

/* --- Records of consumers ------------------------------------------------------------------------------ */

/* The row of the same delivery, or a new one. */
static struct rmq_message_trace *delivery(struct rmq_message_traces *l, struct rmqi_str request_id,
					  enum rmq_error *err)
{
	struct rmq_message_trace *row;

	for (size_t i = 0; i < l->count && request_id.len > 0; i++) {
		row = &l->rows[i];
		if (row->kind == RMQ_TRACE_CONSUME && row->texts[RMQI_TRACE_REQUEST_ID] &&
		    rmqi_str_is(request_id, row->texts[RMQI_TRACE_REQUEST_ID]))
			return row;
	}
	row = add_row(l, RMQ_TRACE_CONSUME, err);
	if (row)
		set_text(row, RMQI_TRACE_REQUEST_ID, request_id, err);
	return row;
}

static struct rmq_message_trace *read_before(struct rmq_message_traces *l,
					     const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = delivery(l, field(r, 4), err);
	int64_t times = number(r, 6);

	if (!row)
		return NULL;
	row->time_ms = number(r, 1);
	set_text(row, RMQI_TRACE_GROUP, field(r, 3), err);
	set_text(row, RMQI_TRACE_KEYS, field(r, 7), err);
	row->retry_times = times >= 0 && times <= INT32_MAX ? (int32_t)times : -1;
	return row;
}

static const char *outcome(int64_t ordinal)
{
	static const char *const names[] = {"SUCCESS", "TIME_OUT", "EXCEPTION", "RETURNNULL",
					    "FAILED"};

	return ordinal >= 0 && ordinal < (int64_t)RMQI_COUNT(names) ? names[ordinal] : "";
}

static struct rmq_message_trace *read_after(struct rmq_message_traces *l,
					    const struct rmqi_trace_fields *r, enum rmq_error *err)
{
	struct rmq_message_trace *row = delivery(l, field(r, 1), err);

	if (!row)
		return NULL;
	row->cost_ms = number(r, 3);
	row->status = status(r, 4);
	set_text(row, RMQI_TRACE_KEYS, field(r, 5), err);
	row->outcome = outcome(number(r, 6));
	if (row->time_ms < 0)
		row->time_ms = number(r, 7);
	set_text(row, RMQI_TRACE_GROUP, field(r, 8), err);
	return row;
}

/* --- Trace messages ------------------------------------------------------------------------------------ */

static const struct {
	const char *type;
	size_t id; /* the field that names the message */
	struct rmq_message_trace *(*read)(struct rmq_message_traces *l,
					  const struct rmqi_trace_fields *r, enum rmq_error *err);
} kinds[] = {
	{"Pub", 5, read_send},           {"SubBefore", 5, read_before}, {"SubAfter", 2, read_after},
	{"EndTransaction", 5, read_end}, {"Recall", 5, read_recall},
};

static enum rmq_error read_record(struct rmq_message_traces *l, const struct rmqi_trace_fields *r,
				  const char *id, const char *client)
{
	struct rmq_message_trace *row;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < RMQI_COUNT(kinds); i++) {
		if (!rmqi_str_is(r->field[0], kinds[i].type) ||
		    !rmqi_str_is(field(r, kinds[i].id), id))
			continue;
		row = kinds[i].read(l, r, &err);
		if (row)
			set_text(row, RMQI_TRACE_CLIENT, rmqi_str(client), &err);
		break;
	}
	return err;
}

enum rmq_error rmqi_message_traces_read(struct rmq_message_traces *l, struct rmqi_cursor body,
					const char *id, const char *client)
{
	struct rmqi_trace_fields r;
	enum rmq_error err = RMQ_OK;

	while (err == RMQ_OK && rmqi_trace_next(&body, &r))
		if (r.count > 0)
			err = read_record(l, &r, id, client);
	return err;
}

static int by_time(const void *left, const void *right)
{
	const struct rmq_message_trace *a = left, *b = right;
	int order = (a->time_ms > b->time_ms) - (a->time_ms < b->time_ms);

	return order != 0 ? order : (int)a->kind - (int)b->kind;
}

static enum rmq_error read_all(struct rmq_message_traces *l, const char *id)
{
	const struct rmq_message *m;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; err == RMQ_OK && (m = rmq_messages_at(l->found->messages, i)); i++)
		err = rmqi_message_traces_read(l, rmqi_cursor(m->body, m->body_len), id,
					       rmq_message_born_host(m));
	if (l->count > 1)
		qsort(l->rows, l->count, sizeof(l->rows[0]), by_time);
	return err;
}

enum rmq_error rmqi_admin_message_traces(struct rmq_admin *a, const char *topic, const char *id,
					 const struct rmq_message_query *query,
					 const struct rmq_admin_options *options,
					 struct rmq_message_traces **out,
					 struct rmq_error_detail *detail)
{
	struct rmq_message_traces *l = rmqi_calloc(1, sizeof(*l));
	enum rmq_error err;

	if (!l)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_admin_messages_by_key(a, topic ? topic : RMQI_TRACE_TOPIC, id, query, options,
					 &l->found, detail);
	if (err == RMQ_OK) {
		err = read_all(l, id);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the trace of %s cannot be read: %s", id,
					rmq_error_text(err));
	}
	if (err == RMQ_OK)
		*out = l;
	else
		rmqi_message_traces_free(l);
	return err;
}

void rmqi_message_traces_free(struct rmq_message_traces *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < RMQI_TRACE_TEXTS; k++)
			rmqi_free(l->rows[i].texts[k]);
	rmqi_free(l->rows);
	rmqi_found_messages_free(l->found);
	rmqi_free(l);
}
