/* SPDX-License-Identifier: Apache-2.0 */
/* sends.c - what was acknowledged is stored. */
#include <inttypes.h>

#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"
#include "mock-broker/verify/verify.h"

/* An acknowledged send. */
struct sent {
	struct mb_verify *v;
	const struct mb_seen *seen;
	struct mb_broker *b;
	struct rmqi_str topic;
	int64_t offset; /* in its queue, of the first message of a batch */
};

static bool is_send(int32_t code)
{
	return code == RMQI_REQ_SEND_MESSAGE || code == RMQI_REQ_SEND_MESSAGE_V2 ||
	       code == RMQI_REQ_SEND_BATCH_MESSAGE;
}

static bool find_answer(const struct mb_outcome *o, const char *key, struct rmqi_str *out)
{
	for (size_t i = 0; i < o->field_count; i++) {
		if (!rmqi_str_is(o->fields[i].key, key))
			continue;
		*out = o->fields[i].value;
		return out->len > 0;
	}
	return false;
}

/* Deleted after it was sent? Then there may be a new one of that name. */
static bool was_deleted(const struct sent *t)
{
	const struct mb_record *r = t->v->c->record;
	bool found = !mb_topic_find(t->b, t->topic);

	for (uint64_t i = t->seen->number + 1; i < r->next && !found; i++) {
		const struct mb_entry *e = mb_record_at(r, i);
		struct rmqi_str topic;

		found = e->seen->code == RMQI_REQ_DELETE_TOPIC_IN_BROKER &&
			rmqi_str_eq(e->seen->node, t->seen->node) &&
			mb_seen_field(e->seen, "topic", &topic) && rmqi_str_eq(topic, t->topic);
	}
	return found;
}

static void miss(const struct sent *t, int64_t offset, const char *why)
{
	mb_verify_say(t->v,
		      "request %" PRIu64 ": message %" PRId64 " of %.*s was acknowledged by %.*s and %s",
		      t->seen->number, offset, RMQI_STR_ARG(t->topic), RMQI_STR_ARG(t->seen->node),
		      why);
}

struct looked {
	int64_t physical;
	bool found;
};

static void look_at_entry(void *arg, const struct mb_queue_entry_view *e)
{
	struct looked *l = arg;

	l->found = e->physical_offset == l->physical;
}

/* Does its queue lead to it? */
static void check_queue(const struct sent *t, const struct rmqi_stored_message *m)
{
	struct looked l = {.physical = m->physical_offset};

	if (m->queue_offset < mb_store_min_offset(t->b->store, m->topic, m->queue_id))
		return;
	(void)mb_store_entries(t->b->store, m->topic, m->queue_id, m->queue_offset, 1,
			       look_at_entry, &l);
	if (!l.found && !was_deleted(t))
		miss(t, m->queue_offset, "its queue does not lead to it");
}

/* On its way to its topic it lies in one of the system: delayed, or half. */
static bool is_of(const struct sent *t, struct rmqi_str topic)
{
	const struct mb_topic *stored = mb_topic_find(t->b, topic);

	return rmqi_str_eq(topic, t->topic) || !stored || stored->is_system;
}

/* Of a batch each has its own id, which the request does not show. */
static bool has_its_id(const struct sent *t, const struct rmqi_stored_message *m)
{
	struct rmqi_str properties, asked, stored;

	return !mb_seen_field(t->seen, "properties", &properties) ||
	       !rmqi_properties_get(properties, RMQI_PROP_UNIQ_KEY, &asked) ||
	       !rmqi_properties_get(m->properties, RMQI_PROP_UNIQ_KEY, &stored) ||
	       rmqi_str_eq(asked, stored);
}

static void check_message(const struct sent *t, int64_t physical, int64_t offset)
{
	struct rmqi_stored_message m;
	struct rmqi_cursor record;

	if (physical < mb_store_min_physical_offset(t->b->store))
		return;
	if (!mb_store_record_at(t->b->store, physical, &record) ||
	    rmqi_message_decode(&record, &m) != RMQ_OK)
		miss(t, offset, "is not stored");
	else if (!is_of(t, m.topic) || m.queue_offset != offset || !has_its_id(t, &m))
		miss(t, offset, "another one is stored in its place");
	else
		check_queue(t, &m);
}

/* A batch has several, with commas between. */
static void check_ids(const struct sent *t, struct rmqi_str ids)
{
	struct rmqi_str rest = ids, one;
	struct rmqi_host host;
	bool more = true;
	int64_t physical;

	for (int64_t i = 0; more; i++) {
		rest = rmqi_str_cut(rest, ",", &one, &more);
		if (rmqi_offset_id_parse(one, &host, &physical))
			check_message(t, physical, t->offset + i);
		else
			miss(t, t->offset + i, "its id is none");
	}
}

void mb_verify_send(struct mb_verify *v, const struct mb_entry *e)
{
	struct sent t = {.v = v, .seen = e->seen};
	struct rmqi_str ids, offset;

	if (!is_send(e->seen->code) || !mb_verify_is_answered(e, RMQI_RESP_SUCCESS) ||
	    e->seen->is_oneway || !mb_seen_field(e->seen, "topic", &t.topic))
		return;
	t.b = mb_verify_broker(v, e->seen->node);
	if (!t.b)
		return;
	if (find_answer(e->outcome, "msgId", &ids) &&
	    find_answer(e->outcome, "queueOffset", &offset) && rmqi_str_to_i64(offset, &t.offset))
		check_ids(&t, ids);
	else
		mb_verify_say(v,
			      "request %" PRIu64 ": a message of %.*s was acknowledged by %.*s, and nobody "
			      "says where it is",
			      e->seen->number, RMQI_STR_ARG(t.topic), RMQI_STR_ARG(e->seen->node));
}
