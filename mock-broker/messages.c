/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/messages.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "codec/properties.h"
#include "mock-broker/broker/internal.h"
#include "mock-broker/cluster_state.h"

enum {
	QUEUES_LEAST = 64, /* are looked for, whatever the topic says: those of the schedule have no topic */
	GET_MESSAGES = 32,
	GET_BYTES = 1024 * 1024,
	BODY_MAX = 64 * 1024 * 1024 /* of a plain body */
};

/* What is done on the loop. */
struct reading {
	struct rmq_mock_cluster *c;
	struct rmqi_str topic;
	struct rmq_mock_messages *list;
	struct mb_get_result *got;
	enum rmq_error error;
};

/* --- One message -------------------------------------------------------------------------------- */

static void message_deinit(struct rmq_mock_message *m)
{
	rmqi_free(m->broker);
	rmqi_free(m->topic);
	rmqi_free(m->properties);
	rmqi_buf_deinit(&m->body);
}

static bool has_nul(struct rmqi_str text)
{
	return memchr(text.ptr, '\0', text.len) != NULL;
}

/* "name\0value\0...\0". A client may have put a NUL into either: that pair is left out. */
static char *copy_properties(struct rmqi_str text)
{
	struct rmqi_str rest = text, name, value;
	char *copy = rmqi_alloc(text.len + 2), *at = copy;

	/* Name, value and what ends them take no more than in the text, where two bytes do; the last one may lack. */
	while (copy && rmqi_properties_next(&rest, &name, &value)) {
		if (has_nul(name) || has_nul(value))
			continue;
		rmqi_memcpy(at, name.ptr, name.len);
		at[name.len] = '\0';
		at += name.len + 1;
		rmqi_memcpy(at, value.ptr, value.len);
		at[value.len] = '\0';
		at += value.len + 1;
	}
	if (copy)
		*at = '\0';
	return copy;
}

const char *mb_message_property(const struct rmq_mock_message *m, const char *name)
{
	const char *found = NULL;

	/* As in Java the last of a name counts. */
	for (const char *at = m->properties; *at;) {
		const char *value = at + strlen(at) + 1;

		if (strcmp(at, name) == 0)
			found = value;
		at = value + strlen(value) + 1;
	}
	return found;
}

static enum rmq_error copy_message(struct rmq_mock_message *m, const char *broker,
				   const struct rmqi_stored_message *from)
{
	*m = (struct rmq_mock_message){.broker = rmqi_strdup(broker),
				       .topic = rmqi_str_dup(from->topic),
				       .properties = copy_properties(from->properties),
				       .queue_id = from->queue_id,
				       .sys_flag = from->sys_flag,
				       .reconsume_times = from->reconsume_times,
				       .queue_offset = from->queue_offset,
				       .log_offset = from->physical_offset,
				       .born_ms = from->born_timestamp,
				       .stored_ms = from->store_timestamp};
	rmqi_buf_init(&m->body, BODY_MAX);
	if (!m->broker || !m->topic || !m->properties)
		return RMQ_ERR_NO_MEMORY;
	/* What cannot be expanded is shown as it is stored. */
	if (rmqi_message_plain_body(from, &m->body) == RMQ_ERR_NO_MEMORY)
		return RMQ_ERR_NO_MEMORY;
	if (m->body.len == 0) {
		rmqi_buf_reset(&m->body);
		rmqi_buf_add(&m->body, from->body.ptr, from->body.len);
	}
	(void)rmqi_buf_text(&m->body);
	return rmqi_buf_status(&m->body);
}

/* --- The list ------------------------------------------------------------------------------------- */

static enum rmq_error grow(struct rmq_mock_messages *l)
{
	size_t room = l->room ? 2 * l->room : GET_MESSAGES;
	struct rmq_mock_message *at = rmqi_realloc(l->at, room * sizeof(*at));

	if (!at)
		return RMQ_ERR_NO_MEMORY;
	l->at = at;
	l->room = room;
	return RMQ_OK;
}

static enum rmq_error add(struct rmq_mock_messages *l, const char *broker, struct rmqi_cursor record)
{
	struct rmqi_stored_message m;
	enum rmq_error err;

	if (l->count == MB_MESSAGES_MAX)
		return RMQ_ERR_TOO_LARGE;
	err = l->count == l->room ? grow(l) : RMQ_OK;
	if (err == RMQ_OK)
		err = rmqi_message_decode(&record, &m);
	if (err == RMQ_OK)
		err = copy_message(&l->at[l->count++], broker, &m);
	return err;
}

void mb_messages_free(struct rmq_mock_messages *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		message_deinit(&l->at[i]);
	rmqi_free(l->at);
	rmqi_free(l);
}

/* --- Reading ---------------------------------------------------------------------------------------- */

static void read_queue(struct reading *r, const struct mb_slot *s, int32_t queue)
{
	const struct mb_get_limits limits = {.max_messages = GET_MESSAGES, .max_bytes = GET_BYTES};
	struct mb_store *store = s->broker->store;
	int64_t offset = mb_store_min_offset(store, r->topic, queue);
	int64_t end = mb_store_max_offset(store, r->topic, queue);

	while (offset < end && r->error == RMQ_OK) {
		mb_store_get(store, r->topic, queue, offset, &limits, NULL, r->got);
		for (size_t i = 0; i < r->got->count && r->error == RMQ_OK; i++)
			r->error = add(r->list, s->label, r->got->records[i]);
		if (r->got->next_begin_offset <= offset)
			break;
		offset = r->got->next_begin_offset;
	}
}

static void read_broker(struct reading *r, const struct mb_slot *s)
{
	const struct mb_topic *t = mb_topic_find(s->broker, r->topic);
	int32_t queues = QUEUES_LEAST;

	if (t && t->config.write_queue_nums > queues)
		queues = t->config.write_queue_nums;
	if (t && t->config.read_queue_nums > queues)
		queues = t->config.read_queue_nums;
	for (int32_t q = 0; q < queues && r->error == RMQ_OK; q++)
		if (mb_store_has_queue(s->broker->store, r->topic, q))
			read_queue(r, s, q);
}

static void read_on_loop(void *arg)
{
	struct reading *r = arg;

	for (size_t i = 0; i < r->c->broker_count; i++) {
		const struct mb_slot *s = &r->c->brokers[i];

		if (!mb_slot_is_slave(r->c, s) && mb_slot_is_up(r->c, s))
			read_broker(r, s);
	}
}

enum rmq_error mb_cluster_messages(struct rmq_mock_cluster *c, const char *topic,
				   struct rmq_mock_messages **out, struct rmq_error_detail *detail)
{
	struct reading r = {.c = c, .topic = rmqi_str(topic), .error = RMQ_ERR_NO_MEMORY};
	enum rmq_error err = mb_cluster_check_caller(c, detail);

	if (err != RMQ_OK)
		return err;
	r.list = rmqi_calloc(1, sizeof(*r.list));
	r.got = rmqi_calloc(1, sizeof(*r.got));
	if (r.list && r.got) {
		r.error = RMQ_OK;
		rmqi_loop_call(c->loop, read_on_loop, &r);
	}
	rmqi_free(r.got);
	if (r.error == RMQ_OK)
		*out = r.list;
	else
		mb_messages_free(r.list);
	return r.error;
}
