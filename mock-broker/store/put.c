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

#include "codec/names.h"
#include "codec/properties.h"
#include "mock-broker/store/follow.h"
#include "mock-broker/store/record.h"
#include "mock-broker/store/store_state.h"

enum {
	TOPIC_MAX_V1 = 127,
	FOLLOW_MAX = 64, /* records an index that is behind is told of with each put */
	RECORD_OVER_BODY = 64 * 1024 /* MessageExtEncoder: the record may be that much larger */
};

/* Messages of one queue that are appended together. */
struct append {
	struct rmqi_stored_message *m;   /* the one at hand; with its own properties only */
	struct rmqi_str shared;          /* properties that each message gets */
	const struct rmqi_cursor *batch; /* NULL: `m` is the only one; else walk goes over it */
	size_t size;                     /* of all records */
	size_t count;
	struct mb_queue *queue;  /* NULL: no queue entries */
	const struct mb_record_keys *keys; /* of `m`, when it is the only one; NULL: not read */
	/* Of `m`, when it is the only one; then `shared` says their offsets, too. NULL: none. */
	struct mb_put_lights *lights;
	int64_t tags_code;       /* of the one at hand; 0 without a queue */
	bool knows_code;         /* that is it: no properties are read */
	bool has_shared_code;    /* what the code is made of may stand in the shared properties */
	bool has_different_code; /* they have not all the same one */
	bool has_crc;            /* enabledAppendPropCRC */
	struct mb_put_properties p; /* of the one that was checked last */
};

/* All but `p`, which is filled in before it is read: to zero it would cost as much as to fill it. */
static void append_init(struct append *a, struct rmqi_stored_message *m, struct rmqi_str shared)
{
	a->m = m;
	a->shared = shared;
	a->batch = NULL;
	a->size = a->count = 0;
	a->queue = NULL;
	a->keys = NULL;
	a->lights = NULL;
	a->tags_code = 0;
	a->knows_code = a->has_shared_code = a->has_different_code = a->has_crc = false;
}

static inline struct mb_put_properties properties_of(const struct append *a)
{
	/* One that came with the message is that of another record. */
	return (struct mb_put_properties){.own = mb_properties_without_crc(a->m->properties),
					  .shared = a->shared,
					  .has_crc = a->has_crc};
}

/* --- Light queues ------------------------------------------------------------------ */

/* In which it is, too. Of them only their numbers are asked for here. */
static enum mb_put_status find_lights(struct mb_store *s, struct append *a)
{
	struct mb_lights *l = &s->queues.lights;

	if (!s->queues.has_lights || a->batch)
		return MB_PUT_OK;
	mb_light_names_read(a->m->topic, a->m->properties, &s->put_lights.names);
	if (s->put_lights.names.count == 0)
		return MB_PUT_OK;
	if (mb_lights_write(l, &s->put_lights.names, a->shared) != RMQ_OK)
		return MB_PUT_PROPERTIES_SIZE_EXCEEDED;
	a->lights = &s->put_lights;
	a->shared = rmqi_cursor_str(rmqi_buf_cursor(&l->text));
	return MB_PUT_OK;
}

static enum rmq_error reserve_lights(struct mb_store *s, struct append *a)
{
	struct mb_put_lights *l = a->lights;
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; l && i < l->names.count && err == RMQ_OK; i++) {
		err = mb_lights_get(&s->queues.lights, l->names.name[i], &l->queues[i]);
		if (err == RMQ_OK)
			err = mb_queue_reserve(l->queues[i], 1);
	}
	return err;
}

/* --- Check ------------------------------------------------------------------------ */

/* One message, whose record has *size bytes. */
static inline enum mb_put_status check_one(const struct mb_store *s, struct append *a,
					   size_t *size)
{
	size_t max = s->config.max_message_size, len;

	a->p = properties_of(a);
	len = mb_put_properties_len(&a->p);
	if (a->m->body.len > max)
		return MB_PUT_MESSAGE_ILLEGAL;
	if (len > RMQI_PROPERTIES_MAX)
		return MB_PUT_PROPERTIES_SIZE_EXCEEDED;
	*size = mb_record_size(a->m, len);
	if (mb_properties_are_torn(a->p.shared.len > 0 ? a->p.shared : a->p.own) ||
	    *size > max + RECORD_OVER_BODY)
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

static bool has_property(struct rmqi_str properties, const char *name)
{
	struct rmqi_str value;

	return rmqi_properties_get(properties, name, &value);
}

static bool is_delayed(struct rmqi_str properties)
{
	struct rmqi_str value;
	int32_t level;

	return rmqi_properties_get(properties, RMQI_PROP_DELAY, &value) &&
	       rmqi_str_to_i32(value, &level) && level > 0;
}

/* CommitLog#asyncPutMessages */
static enum mb_put_status check_batch(const struct mb_store *s, struct append *a)
{
	struct rmqi_cursor rest = *a->batch;
	enum mb_put_status status = MB_PUT_OK;
	size_t size = 0;

	if ((a->m->sys_flag & RMQI_SYS_TRANSACTION_MASK) != 0 || is_delayed(a->shared) ||
	    rest.len == 0)
		return MB_PUT_MESSAGE_ILLEGAL;
	while (rest.len > 0 && status == MB_PUT_OK) {
		if (!next_item(&rest, a->m))
			return MB_PUT_MESSAGE_ILLEGAL;
		status = check_one(s, a, &size);
		a->size += size;
		a->count++;
	}
	if (a->size > s->config.max_message_size + RECORD_OVER_BODY)
		return MB_PUT_MESSAGE_ILLEGAL;
	return status;
}

/* A queue that is there has a name that can be one. */
static bool check_place(struct mb_store *s, struct append *a)
{
	a->queue = mb_queues_find(&s->queues, a->m->topic, a->m->queue_id);
	return a->queue || (mb_topic_is_safe(a->m->topic) && a->m->queue_id >= 0);
}

static enum mb_put_status check(struct mb_store *s, struct append *a)
{
	enum mb_put_status status;

	if (!mb_store_takes(s) || s->replica.is_one)
		return MB_PUT_SERVICE_NOT_AVAILABLE;
	if (!check_place(s, a))
		return MB_PUT_MESSAGE_ILLEGAL;
	if (a->batch) {
		status = check_batch(s, a);
	} else {
		status = find_lights(s, a);
		if (status == MB_PUT_OK)
			status = check_one(s, a, &a->size);
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
	RMQI_LOG(s->log, RMQ_LOG_INFO, "%s: there is room again", s->root);
	s->is_full = false;
}

static enum rmq_error reserve_entries(struct mb_store *s, struct append *a)
{
	enum rmq_error err = RMQ_OK;

	if (!mb_record_has_entry(a->m->sys_flag)) {
		a->queue = NULL;
		return RMQ_OK;
	}
	if (!a->queue)
		err = mb_queues_get(&s->queues, a->m->topic, a->m->queue_id, &a->queue);
	if (err == RMQ_OK)
		err = mb_queue_reserve(a->queue, a->count);
	return err == RMQ_OK ? reserve_lights(s, a) : err;
}

static bool needs_file(const struct mb_commit_log *l, size_t size)
{
	const struct mb_files *files = &l->files;

	return !(files->tail || mb_files_find(files, files->end)) ||
	       !mb_commit_log_fits_here(l, size);
}

static enum mb_put_status reserve_log(struct mb_store *s, size_t size, struct mb_space *space)
{
	bool is_new = needs_file(&s->commit_log, size);
	enum rmq_error err = mb_commit_log_reserve(&s->commit_log, size, space);
	struct mb_files *files = &s->commit_log.files;

	if (err == RMQ_OK) {
		mb_pages_step(&s->pages, files->tail, files->tail->wrote + size);
		return MB_PUT_OK;
	}
	no_room(s, "commit log", err);
	return is_new ? MB_PUT_CREATE_MAPPED_FILE_FAILED : MB_PUT_SERVICE_NOT_AVAILABLE;
}

static enum mb_put_status reserve(struct mb_store *s, struct append *a, struct mb_space *space)
{
	enum rmq_error err = reserve_entries(s, a);
	enum mb_put_status status = MB_PUT_OK;

	if (err != RMQ_OK) {
		no_room(s, "consume queue", err);
		return MB_PUT_SERVICE_NOT_AVAILABLE;
	}
	if (!mb_commit_log_has(&s->commit_log, a->size, space))
		status = reserve_log(s, a->size, space);
	if (status == MB_PUT_OK && s->is_full)
		has_room(s);
	return status;
}

/* --- Write ------------------------------------------------------------------------- */

/* Store times never go back, whatever the clock does. */
static int64_t store_time(struct mb_store *s)
{
	int64_t now = mb_store_wall_ms(s);

	return now > s->last_store_ms ? now : s->last_store_ms;
}

/* Goes through the messages of a batch and gives each its place. */
struct walk {
	struct append *append;
	const struct mb_put_result *first;
	uint8_t *record;         /* of this one; NULL before the first */
	struct rmqi_cursor rest; /* of the batch */
	size_t index;            /* of the next one */
	size_t size;             /* of this one */
	size_t properties;       /* their bytes, which end the record */
};

static struct walk walk_of(struct append *a, uint8_t *space, const struct mb_put_result *first)
{
	return (struct walk){.append = a,
			     .first = first,
			     .record = space,
			     .rest = *a->batch};
}

static bool walk_next(struct walk *w)
{
	struct append *a = w->append;
	struct mb_put_properties p;
	int64_t before = (int64_t)w->size;

	if (w->index == a->count || !next_item(&w->rest, a->m))
		return false;
	p = properties_of(a);
	w->properties = mb_put_properties_len(&p);
	w->record += before;
	w->size = mb_record_size(a->m, w->properties);
	a->m->physical_offset =
		w->index ? a->m->physical_offset + before : w->first->physical_offset;
	a->m->queue_offset = a->queue ? w->first->queue_offset + (int64_t)w->index : 0;
	w->index++;
	return true;
}

/* As they stand in the record. */
static struct rmqi_str walk_properties(const struct walk *w)
{
	return rmqi_str_n(w->record + w->size - w->properties, w->properties);
}

static int64_t tags_code(const struct mb_store *s, const struct walk *w)
{
	const struct append *a = w->append;

	return mb_tags_code(&s->delays, a->m->topic,
			    a->has_shared_code ? walk_properties(w) : a->m->properties,
			    a->m->store_timestamp);
}

static void write_one(struct mb_store *s, const struct walk *w)
{
	struct append *a = w->append;
	const struct mb_put_properties p = properties_of(a);
	struct mb_entry e;

	mb_record_write_with(w->record, w->size, a->m, &p);
	if (!a->queue)
		return;
	e = (struct mb_entry){a->m->physical_offset, (int32_t)w->size, tags_code(s, w)};
	a->has_different_code |= w->index > 1 && e.tags_code != a->tags_code;
	a->tags_code = e.tags_code;
	mb_queue_append(a->queue, &e);
}

/* An entry may stand before its record does: recovery drops it when the record never came. */
static void write_all(struct mb_store *s, struct walk *w, int64_t *offsets, size_t max_offsets)
{
	struct append *a = w->append;
	uint8_t *space = w->record;
	size_t first_size = 0;

	while (walk_next(w)) {
		write_one(s, w);
		if (w->index == 1)
			first_size = w->size;
		else
			mb_record_publish(w->record, w->size);
		if (w->index <= max_offsets)
			offsets[w->index - 1] = a->m->physical_offset;
	}
	mb_record_publish(space, first_size);
	mb_commit_log_advance(&s->commit_log, a->size);
}

/* --- Tell ------------------------------------------------------------------------- */

void mb_store_tell(struct mb_store *s, const struct mb_arrival *a)
{
	s->is_telling = true;
	RMQI_LIST_EACH(node, &s->listeners) {
		struct mb_arrival_listener *l =
			RMQI_LIST_ITEM(node, struct mb_arrival_listener, link);

		l->arrived(l, a);
		l->upto = a->physical_offset + (int64_t)a->size;
	}
	s->is_telling = false;
}

/* `properties` are those of the record, which has `size` bytes. */
static void tell(struct mb_store *s, const struct append *a, struct rmqi_str properties,
		 size_t size)
{
	const struct rmqi_stored_message *m = a->m;
	const struct mb_arrival arrival = {
		.topic = m->topic,
		.properties = properties,
		.keys = a->keys,
		.physical_offset = m->physical_offset,
		.queue_offset = m->queue_offset,
		.tags_code = a->tags_code,
		.store_timestamp = m->store_timestamp,
		.prepared_transaction_offset = m->prepared_transaction_offset,
		.size = size,
		.queue_id = m->queue_id,
		.sys_flag = m->sys_flag,
		.in_queue = a->queue != NULL,
	};

	mb_store_tell(s, &arrival);
}

/* `w` has written them. */
static void tell_all(struct mb_store *s, struct walk *w, uint8_t *space)
{
	struct append *a = w->append;

	*w = walk_of(a, space, w->first);
	while (walk_next(w)) {
		/* Else that of the last one is still at hand. */
		if (a->has_different_code)
			a->tags_code = tags_code(s, w);
		tell(s, a, walk_properties(w), w->size);
	}
}

/* --- All together ------------------------------------------------------------------ */

/* Checks and reserves. False: refused, and *out says why. */
static bool begin(struct mb_store *s, struct append *a, struct mb_space *space,
		  struct mb_put_result *out)
{
	struct rmqi_stored_message *m = a->m;
	enum mb_put_status status;

	assert(!s->is_telling);
	m->is_v2 = m->topic.len > TOPIC_MAX_V1; /* autoMessageVersionOnTopicLen */
	a->has_crc = s->config.append_crc;
	status = check(s, a);
	if (status == MB_PUT_OK)
		status = reserve(s, a, space);
	if (status != MB_PUT_OK) {
		*out = (struct mb_put_result){.status = status};
		return false;
	}
	m->store_timestamp = s->last_store_ms = store_time(s);
	*out = (struct mb_put_result){
		.status = MB_PUT_OK,
		.physical_offset = space->offset,
		.queue_offset = a->queue ? a->queue->max : 0,
		.store_timestamp = m->store_timestamp,
		.size = a->size,
		.count = a->count,
	};
	return true;
}

/* What a put sets off besides. */

static inline void touch(struct mb_store *s)
{
	mb_flush_touch(&s->flush);
	mb_roll_touch(&s->roll);
}

static inline void follow(struct mb_store *s)
{
	if (s->index.is_behind)
		mb_index_follow(s, FOLLOW_MAX);
}

/* Of a single one. */
static void add_entries(const struct append *a)
{
	const struct mb_entry e = {a->m->physical_offset, (int32_t)a->size, a->tags_code};

	mb_queue_append(a->queue, &e);
	for (size_t i = 0; a->lights && i < a->lights->names.count; i++)
		mb_queue_append(a->lights->queues[i], &e);
}

/* Nothing has to be gone over for a single one. */
static void append_one(struct mb_store *s, struct append *a, struct mb_put_result *out)
{
	struct rmqi_stored_message *m = a->m;
	struct rmqi_str properties;
	struct mb_space space;

	if (!begin(s, a, &space, out))
		return;
	m->physical_offset = out->physical_offset;
	m->queue_offset = out->queue_offset;
	properties = mb_record_write_with(space.at, a->size, m, &a->p);
	if (a->queue && !a->knows_code)
		a->tags_code = mb_tags_code(&s->delays, m->topic, properties, m->store_timestamp);
	if (a->queue)
		add_entries(a);
	mb_record_publish(space.at, a->size);
	mb_commit_log_advance(&s->commit_log, a->size);
	touch(s);
	if (!rmqi_list_is_empty(&s->listeners))
		tell(s, a, properties, a->size);
	follow(s);
}

static void append_batch(struct mb_store *s, struct append *a, int64_t *offsets, size_t max_offsets,
			 struct mb_put_result *out)
{
	struct mb_space space;
	struct walk w;

	if (!begin(s, a, &space, out))
		return;
	w = walk_of(a, space.at, out);
	write_all(s, &w, offsets, max_offsets);
	touch(s);
	if (!rmqi_list_is_empty(&s->listeners))
		tell_all(s, &w, space.at);
	follow(s);
}

void mb_store_put(struct mb_store *s, const struct rmqi_stored_message *m,
		  struct mb_put_result *out)
{
	struct rmqi_stored_message copy = *m;
	struct append a;

	append_init(&a, &copy, RMQI_STR(""));
	append_one(s, &a, out);
}

static void append_tagged(struct mb_store *s, struct append *a, struct rmqi_str tags,
			  struct mb_put_result *out)
{
	a->knows_code = true;
	/* Its code is a time. */
	assert(!rmqi_str_is(a->m->topic, RMQI_TOPIC_SCHEDULE));
	if (tags.len > 0 && mb_record_has_entry(a->m->sys_flag))
		a->tags_code = rmqi_java_hash(tags);
	append_one(s, a, out);
}

void mb_store_put_tagged(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_str tags,
			 struct mb_put_result *out)
{
	struct append a;

	append_init(&a, m, RMQI_STR(""));
	append_tagged(s, &a, tags, out);
}

void mb_store_put_keyed(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_str shared,
			const struct mb_record_keys *keys, struct mb_put_result *out)
{
	struct append a;

	append_init(&a, m, shared);
	a.keys = keys;
	if (s->index.is_on)
		mb_index_look_ahead(&s->index, m->topic, keys->uniq_key);
	append_tagged(s, &a, keys->tags, out);
}

void mb_store_put_batch(struct mb_store *s, struct rmqi_stored_message *m, struct rmqi_cursor batch,
			struct rmqi_str shared, int64_t *offsets, size_t max_offsets,
			struct mb_put_result *out)
{
	struct append a;

	append_init(&a, m, shared);
	a.batch = &batch;
	a.has_shared_code =
		has_property(shared, RMQI_PROP_TAGS) || has_property(shared, RMQI_PROP_DELAY);
	append_batch(s, &a, offsets, offsets ? max_offsets : 0, out);
}
