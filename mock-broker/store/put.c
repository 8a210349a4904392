/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put.c - appends messages: check, reserve, write, publish, tell.
 *
 * All room, in the commit log and in the queue, is had before the first byte is
 * written. The size word of the first record is stored last, so a process that
 * dies in between leaves all of a batch or nothing.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "codec/properties.h"
#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

enum {
	TOPIC_MAX_V1 = 127,
	RECORD_OVER_BODY = 64 * 1024 /* MessageExtEncoder: the record may be that much larger */
};

/* Messages of one queue that are appended together. */
struct append {
	struct rmqi_stored_message m;    /* the one at hand */
	const struct rmqi_cursor *batch; /* NULL: `m` is the only one */
	size_t size;                     /* of all records */
	size_t count;
	struct mb_queue *queue; /* NULL: no queue entries */
	int64_t tags_code;      /* of the one at hand; 0 without a queue */
};

/* --- Check ------------------------------------------------------------------------ */

static enum mb_put_status check_one(const struct mb_store *s, const struct rmqi_stored_message *m)
{
	size_t max = s->config.max_message_size;

	if (!mb_topic_is_safe(m->topic) || m->queue_id < 0 || m->body.len > max)
		return MB_PUT_MESSAGE_ILLEGAL;
	if (m->properties.len > RMQI_PROPERTIES_MAX)
		return MB_PUT_PROPERTIES_SIZE_EXCEEDED;
	if (mb_properties_are_torn(m->properties))
		return MB_PUT_MESSAGE_ILLEGAL;
	if (rmqi_message_size(m) > max + RECORD_OVER_BODY)
		return MB_PUT_MESSAGE_ILLEGAL;
	return MB_PUT_OK;
}

static bool next_item(struct rmqi_cursor *batch, struct rmqi_stored_message *m)
{
	struct rmqi_batch_item item;

	if (rmqi_batch_decode(batch, &item) != RMQ_OK)
		return false;
	m->flag = item.flag;
	m->body = item.body;
	m->properties = item.properties;
	return true;
}

static bool is_delayed(const struct rmqi_stored_message *m)
{
	struct rmqi_str level;

	return rmqi_properties_get(m->properties, RMQI_PROP_DELAY, &level);
}

/* CommitLog#asyncPutMessages */
static enum mb_put_status check_batch(const struct mb_store *s, struct append *a)
{
	struct rmqi_cursor rest = *a->batch;
	struct rmqi_stored_message m = a->m;
	enum mb_put_status status = MB_PUT_OK;

	if ((m.sys_flag & RMQI_SYS_TRANSACTION_MASK) != 0 || is_delayed(&m) || rest.len == 0)
		return MB_PUT_MESSAGE_ILLEGAL;
	while (rest.len > 0 && status == MB_PUT_OK) {
		if (!next_item(&rest, &m))
			return MB_PUT_MESSAGE_ILLEGAL;
		status = check_one(s, &m);
		a->size += rmqi_message_size(&m);
		a->count++;
	}
	if (a->size > s->config.max_message_size + RECORD_OVER_BODY)
		return MB_PUT_MESSAGE_ILLEGAL;
	return status;
}

static enum mb_put_status check(const struct mb_store *s, struct append *a)
{
	enum mb_put_status status;

	if (!mb_store_is_writable(s))
		return MB_PUT_SERVICE_NOT_AVAILABLE;
	if (a->batch) {
		status = check_batch(s, a);
	} else {
		status = check_one(s, &a->m);
		a->size = rmqi_message_size(&a->m);
		a->count = 1;
	}
	if (status == MB_PUT_OK && !mb_commit_log_fits(&s->commit_log, a->size))
		status = MB_PUT_MESSAGE_ILLEGAL;
	return status;
}

/* --- Reserve ---------------------------------------------------------------------- */

static void no_room(struct mb_store *s, const char *what, enum rmq_error err)
{
	if (!s->is_full)
		RMQI_LOG(s->log, RMQ_LOG_ERROR,
			 "%s: no room in the %s (%s); messages are refused until there is", s->root,
			 what, err == RMQ_ERR_IO ? strerror(errno) : rmq_error_text(err));
	s->is_full = true;
}

static void has_room(struct mb_store *s)
{
	if (s->is_full)
		RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: there is room again", s->root);
	s->is_full = false;
}

static enum rmq_error reserve_entries(struct mb_store *s, struct append *a)
{
	enum rmq_error err;

	if (!mb_record_has_entry(a->m.sys_flag))
		return RMQ_OK;
	err = mb_queues_get(&s->queues, a->m.topic, a->m.queue_id, &a->queue);
	return err == RMQ_OK ? mb_queue_reserve(a->queue, a->count) : err;
}

static enum mb_put_status reserve(struct mb_store *s, struct append *a, struct mb_space *space)
{
	struct mb_files *files = &s->commit_log.files;
	enum rmq_error err = reserve_entries(s, a);
	bool needs_file;

	if (err != RMQ_OK) {
		no_room(s, "consume queue", err);
		return MB_PUT_SERVICE_NOT_AVAILABLE;
	}
	needs_file = !mb_files_find(files, files->end) ||
		     !mb_commit_log_fits_here(&s->commit_log, a->size);
	err = mb_commit_log_reserve(&s->commit_log, a->size, space);
	if (err != RMQ_OK) {
		no_room(s, "commit log", err);
		return needs_file ? MB_PUT_CREATE_MAPPED_FILE_FAILED : MB_PUT_SERVICE_NOT_AVAILABLE;
	}
	has_room(s);
	return MB_PUT_OK;
}

/* --- Write ------------------------------------------------------------------------- */

/* Store times never go back, whatever the clock does. */
static int64_t store_time(struct mb_store *s)
{
	int64_t now = rmqi_clock_wall_ms(s->config.timers->clock);

	return now > s->last_store_ms ? now : s->last_store_ms;
}

/* Goes through the messages and gives each its place. {.append = a} stands before the first. */
struct walk {
	struct append *append;
	const struct mb_put_result *first;
	struct rmqi_cursor rest; /* of the batch */
	size_t index;            /* of the next one */
	size_t at;               /* of this one, from the first */
	size_t size;             /* of this one */
};

static bool walk_next(struct walk *w)
{
	struct append *a = w->append;

	if (w->index == a->count)
		return false;
	if (a->batch && w->index == 0)
		w->rest = *a->batch;
	if (a->batch && !next_item(&w->rest, &a->m))
		return false;
	w->at += w->size;
	w->size = rmqi_message_size(&a->m);
	a->m.physical_offset = w->first->physical_offset + (int64_t)w->at;
	a->m.queue_offset = a->queue ? w->first->queue_offset + (int64_t)w->index : 0;
	w->index++;
	return true;
}

static int64_t tags_code(const struct mb_store *s, const struct rmqi_stored_message *m)
{
	return mb_tags_code(&s->delays, m->topic, m->properties, m->store_timestamp);
}

static void write_one(struct mb_store *s, const struct walk *w, uint8_t *space)
{
	struct append *a = w->append;
	const struct rmqi_stored_message *m = &a->m;

	mb_record_write(space + w->at, w->size, m);
	if (!a->queue)
		return;
	a->tags_code = tags_code(s, m);
	mb_queue_append(a->queue,
			&(struct mb_entry){m->physical_offset, (int32_t)w->size, a->tags_code});
}

/* An entry may stand before its record does: recovery drops it when the record never came. */
static void write_all(struct mb_store *s, struct append *a, const struct mb_space *space,
		      const struct mb_put_result *first, int64_t *offsets, size_t max_offsets)
{
	struct walk w = {.append = a, .first = first};
	size_t first_size = 0;

	while (walk_next(&w)) {
		write_one(s, &w, space->at);
		if (w.at == 0)
			first_size = w.size;
		else
			mb_record_publish(space->at + w.at, w.size);
		if (w.index <= max_offsets)
			offsets[w.index - 1] = a->m.physical_offset;
	}
	mb_record_publish(space->at, first_size);
	mb_commit_log_advance(&s->commit_log, a->size);
}

/* --- Tell ------------------------------------------------------------------------- */

static void tell(struct mb_store *s, const struct walk *w)
{
	const struct append *a = w->append;
	const struct rmqi_stored_message *m = &a->m;
	const struct mb_arrival arrival = {
		.topic = m->topic,
		.properties = m->properties,
		.physical_offset = m->physical_offset,
		.queue_offset = m->queue_offset,
		.tags_code = a->tags_code,
		.store_timestamp = m->store_timestamp,
		.prepared_transaction_offset = m->prepared_transaction_offset,
		.size = w->size,
		.queue_id = m->queue_id,
		.sys_flag = m->sys_flag,
		.in_queue = a->queue != NULL,
	};

	RMQI_LIST_EACH(node, &s->listeners) {
		struct mb_arrival_listener *l =
			RMQI_LIST_ITEM(node, struct mb_arrival_listener, link);

		l->arrived(l, &arrival);
		l->upto = arrival.physical_offset + (int64_t)arrival.size;
	}
}

static void tell_all(struct mb_store *s, struct append *a, const struct mb_put_result *first)
{
	struct walk w = {.append = a, .first = first};

	s->is_telling = true;
	while (walk_next(&w)) {
		/* That of a single message is still at hand. */
		if (a->queue && a->count > 1)
			a->tags_code = tags_code(s, &a->m);
		tell(s, &w);
	}
	s->is_telling = false;
}

static void append(struct mb_store *s, struct append *a, int64_t *offsets, size_t max_offsets,
		   struct mb_put_result *out)
{
	struct mb_put_result result = {0};
	struct mb_space space;

	assert(!s->is_telling);
	a->m.is_v2 = a->m.topic.len > TOPIC_MAX_V1; /* autoMessageVersionOnTopicLen */
	result.status = check(s, a);
	if (result.status == MB_PUT_OK)
		result.status = reserve(s, a, &space);
	if (result.status == MB_PUT_OK) {
		a->m.store_timestamp = store_time(s);
		s->last_store_ms = a->m.store_timestamp;
		result.physical_offset = space.offset;
		result.queue_offset = a->queue ? a->queue->max : 0;
		result.store_timestamp = a->m.store_timestamp;
		result.size = a->size;
		result.count = a->count;
		write_all(s, a, &space, &result, offsets, max_offsets);
		mb_flush_touch(&s->flush);
	}
	*out = result;
	if (result.status == MB_PUT_OK && !rmqi_list_is_empty(&s->listeners))
		tell_all(s, a, &result);
}

void mb_store_put(struct mb_store *s, const struct rmqi_stored_message *m,
		  struct mb_put_result *out)
{
	struct append a = {.m = *m};

	append(s, &a, NULL, 0, out);
}

void mb_store_put_batch(struct mb_store *s, const struct rmqi_stored_message *m,
			struct rmqi_cursor batch, int64_t *offsets, size_t max_offsets,
			struct mb_put_result *out)
{
	struct append a = {.m = *m, .batch = &batch};

	append(s, &a, offsets, offsets ? max_offsets : 0, out);
}
