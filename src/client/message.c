/* SPDX-License-Identifier: Apache-2.0 */
#include "client/message.h"

#include <string.h>

#include "base/detail_out.h"
#include "base/mem.h"
#include "base/queue.h"
#include "codec/properties.h"

enum {
	OWN_PROPERTIES_MAX = 64 * 1024, /* the sum is checked against 32767 when sent */
	DELAY_LEVEL_MAX = 18
};

/* Walks the pairs of C strings: false at the end. */
static bool next_pair(const char **at, const char *end, const char **name, const char **value)
{
	if (*at >= end)
		return false;
	*name = *at;
	*value = *name + strlen(*name) + 1;
	*at = *value + strlen(*value) + 1;
	return true;
}

static const char *properties_end(const struct rmq_message *m)
{
	return m->properties + m->properties_len;
}

/* The getters of an own message look at the same fields as those of a received one. */
static void refresh_views(struct rmq_message *m)
{
	m->topic = m->own_topic;
	m->body = rmqi_buf_data(&m->own_body);
	m->body_len = m->own_body.len;
	m->properties = (const char *)rmqi_buf_data(&m->own_properties);
	m->properties_len = m->own_properties.len;
}

struct rmq_message *rmq_message_new(const char *topic, const void *body, size_t len)
{
	struct rmq_message *m;

	if (!topic || (!body && len > 0))
		return NULL;
	m = rmqi_calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	rmqi_buf_init(&m->own_body, SIZE_MAX / 4);
	rmqi_buf_init(&m->own_properties, OWN_PROPERTIES_MAX);
	m->queue = *rmqi_queue_or_none(NULL);
	m->queue_offset = -1;
	m->physical_offset = -1;
	m->own_topic = rmqi_strdup(topic);
	rmqi_buf_add(&m->own_body, body, len);
	if (!m->own_topic || rmqi_buf_status(&m->own_body) != RMQ_OK) {
		rmq_message_free(m);
		return NULL;
	}
	refresh_views(m);
	return m;
}

/* The texts of a received one belong to its block and its queue. */
static bool copy_queue(struct rmq_message *m, const struct rmq_queue *from)
{
	size_t topic_size = strlen(from->topic) + 1, broker_size = strlen(from->broker_name) + 1;

	m->own_queue = rmqi_alloc(topic_size + broker_size);
	if (!m->own_queue)
		return false;
	rmqi_memcpy(m->own_queue, from->topic, topic_size);
	rmqi_memcpy(m->own_queue + topic_size, from->broker_name, broker_size);
	m->queue = (struct rmq_queue){m->own_queue, m->own_queue + topic_size, from->queue_id};
	return true;
}

struct rmq_message *rmq_message_dup(const struct rmq_message *from)
{
	struct rmq_message *m;

	if (!from)
		return NULL;
	m = rmq_message_new(from->topic, from->body, from->body_len);
	if (!m)
		return NULL;
	rmqi_buf_add(&m->own_properties, from->properties, from->properties_len);
	if (!copy_queue(m, &from->queue) || rmqi_buf_status(&m->own_properties) != RMQ_OK) {
		rmq_message_free(m);
		return NULL;
	}
	refresh_views(m);
	m->flag = from->flag;
	m->sys_flag = from->sys_flag;
	m->reconsume_times = from->reconsume_times;
	m->queue_offset = from->queue_offset;
	m->physical_offset = from->physical_offset;
	m->born_ms = from->born_ms;
	m->store_ms = from->store_ms;
	m->born_host = from->born_host;
	m->store_host = from->store_host;
	m->stored_size = from->stored_size;
	return m;
}

void rmq_message_free(struct rmq_message *m)
{
	if (!m || m->block)
		return;
	rmqi_free(m->own_topic);
	rmqi_free(m->own_queue);
	rmqi_buf_deinit(&m->own_body);
	rmqi_buf_deinit(&m->own_properties);
	rmqi_free(m);
}

/* NULL, and received messages, which belong to the consumer. */
static enum rmq_error check_own(const struct rmq_message *m, const char *function,
				struct rmq_error_detail **detail)
{
	if (!m)
		return rmqi_detail_null(detail, function, "m");
	if (m->block)
		return rmqi_detail_argument(detail,
					    "%s: m is a received message, which cannot be changed; "
					    "rmq_message_dup makes one that can",
					    function);
	return RMQ_OK;
}

/* Hands out what a change came to; `name` is what was to be set. */
static enum rmq_error changed(enum rmq_error err, const char *function, const char *name,
			      struct rmq_error_detail **detail)
{
	struct rmq_error_detail *d;

	if (err == RMQ_OK)
		return rmqi_detail_none(detail);
	d = rmqi_detail_begin(detail);
	return rmqi_detail_end(
		detail, d,
		rmqi_detail_set(d, err, err == RMQ_ERR_TOO_LARGE ? RMQ_ERROR_FATAL : 0,
				err == RMQ_ERR_TOO_LARGE
					? "%s: with %s the properties are over %d bytes"
					: "%s: out of memory for %s",
				function, name, OWN_PROPERTIES_MAX));
}

static enum rmq_error replace_body(struct rmq_message *m, const void *body, size_t len)
{
	struct rmqi_buf fresh;
	enum rmq_error err;

	/* The new body may be part of the old one, so the old one goes last. */
	rmqi_buf_init(&fresh, SIZE_MAX / 4);
	rmqi_buf_add(&fresh, body, len);
	err = rmqi_buf_status(&fresh) == RMQ_OK ? RMQ_OK : RMQ_ERR_NO_MEMORY;
	if (err == RMQ_OK) {
		rmqi_buf_swap(&m->own_body, &fresh);
		refresh_views(m);
	}
	rmqi_buf_deinit(&fresh);
	return err;
}

enum rmq_error rmq_message_set_body(struct rmq_message *m, const void *body, size_t len,
				    rmq_error_detail **detail)
{
	enum rmq_error err = check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	if (!body && len > 0)
		return rmqi_detail_argument(detail, "%s: body is NULL, but len is %zu", __func__,
					    len);
	return changed(replace_body(m, body, len), __func__, "the body", detail);
}

/* Appends every pair but the one named `name`. */
static void copy_pairs_without(const struct rmq_message *m, const char *name, struct rmqi_buf *out)
{
	const char *at = m->properties, *key, *value;

	while (next_pair(&at, properties_end(m), &key, &value)) {
		if (strcmp(key, name) == 0)
			continue;
		rmqi_buf_add(out, key, strlen(key) + 1);
		rmqi_buf_add(out, value, strlen(value) + 1);
	}
}

enum rmq_error rmqi_message_put(struct rmq_message *m, const char *name, const char *value)
{
	struct rmqi_buf fresh;
	enum rmq_error err;

	rmqi_buf_init(&fresh, OWN_PROPERTIES_MAX);
	copy_pairs_without(m, name, &fresh);
	if (value) {
		rmqi_buf_add(&fresh, name, strlen(name) + 1);
		rmqi_buf_add(&fresh, value, strlen(value) + 1);
	}
	err = rmqi_buf_status(&fresh);
	if (err == RMQ_OK) {
		rmqi_buf_swap(&m->own_properties, &fresh);
		refresh_views(m);
	}
	rmqi_buf_deinit(&fresh);
	return err;
}

/* The two separators of the properties text would cut a name or value in two. */
static enum rmq_error check_text(const char *text, const char *function, const char *argument,
				 struct rmq_error_detail **detail)
{
	if (!text)
		return rmqi_detail_null(detail, function, argument);
	if (!text[0])
		return rmqi_detail_argument(detail, "%s: %s is \"\", allowed are 1 byte and more",
					    function, argument);
	if (strpbrk(text, "\x01\x02"))
		return rmqi_detail_argument(detail,
					    "%s: %s holds the byte 1 or 2 (at place %zu), which "
					    "separate properties; all others are allowed",
					    function, argument, strcspn(text, "\x01\x02"));
	return RMQ_OK;
}

/* `argument` is what the caller's function calls `value`. */
static enum rmq_error put_checked(struct rmq_message *m, const char *name, const char *value,
				  const char *function, const char *argument,
				  struct rmq_error_detail **detail)
{
	enum rmq_error err = check_own(m, function, detail);

	if (err == RMQ_OK)
		err = check_text(value, function, argument, detail);
	if (err != RMQ_OK)
		return err;
	return changed(rmqi_message_put(m, name, value), function, name, detail);
}

enum rmq_error rmq_message_set_tag(struct rmq_message *m, const char *tag,
				   rmq_error_detail **detail)
{
	return put_checked(m, RMQI_PROP_TAGS, tag, __func__, "tag", detail);
}

enum rmq_error rmq_message_set_keys(struct rmq_message *m, const char *keys,
				    rmq_error_detail **detail)
{
	return put_checked(m, RMQI_PROP_KEYS, keys, __func__, "keys", detail);
}

enum rmq_error rmq_message_set_property(struct rmq_message *m, const char *name, const char *value,
					rmq_error_detail **detail)
{
	enum rmq_error err = check_text(name, __func__, "name", detail);

	if (err != RMQ_OK)
		return err;
	if (rmqi_properties_is_reserved(rmqi_str(name)))
		return rmqi_detail_argument(detail,
					    "%s: name is \"%s\", which the system uses; a name of "
					    "your own is allowed",
					    __func__, name);
	return put_checked(m, name, value, __func__, "value", detail);
}

enum rmq_error rmq_message_set_flag(struct rmq_message *m, int32_t flag, rmq_error_detail **detail)
{
	enum rmq_error err = check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	m->flag = flag;
	return rmqi_detail_none(detail);
}

/* A copy of a message that was delivered late carries its old DELAY beside REAL_TOPIC; a send drops
 * that DELAY (send/request.c). The one set here is meant. */
static enum rmq_error forget_old_delay(struct rmq_message *m)
{
	enum rmq_error err = RMQ_OK;

	if (rmqi_message_property(m, RMQI_PROP_REAL_TOPIC))
		err = rmqi_message_put(m, RMQI_PROP_REAL_TOPIC, NULL);
	if (err == RMQ_OK && rmqi_message_property(m, RMQI_PROP_REAL_QID))
		err = rmqi_message_put(m, RMQI_PROP_REAL_QID, NULL);
	return err;
}

static enum rmq_error put_delay(struct rmq_message *m, int level)
{
	enum rmq_error err = forget_old_delay(m);
	char text[3] = {0};

	if (err != RMQ_OK || level == 0)
		return err != RMQ_OK ? err : rmqi_message_put(m, RMQI_PROP_DELAY, NULL);
	text[0] = (char)('0' + (level >= 10 ? level / 10 : level));
	if (level >= 10)
		text[1] = (char)('0' + level % 10);
	return rmqi_message_put(m, RMQI_PROP_DELAY, text);
}

enum rmq_error rmq_message_set_delay_level(struct rmq_message *m, int level,
					   rmq_error_detail **detail)
{
	enum rmq_error err = check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	if (level < 0 || level > DELAY_LEVEL_MAX)
		return rmqi_detail_argument(detail, "%s: level is %d, allowed are 0..%d", __func__,
					    level, DELAY_LEVEL_MAX);
	return changed(put_delay(m, level), __func__, RMQI_PROP_DELAY, detail);
}

enum rmq_error rmq_message_set_wait_store_ok(struct rmq_message *m, bool wait,
					     rmq_error_detail **detail)
{
	return put_checked(m, RMQI_PROP_WAIT, wait ? "true" : "false", __func__, "wait", detail);
}

const char *rmqi_message_property(const struct rmq_message *m, const char *name)
{
	const char *at = m->properties, *key, *value, *found = NULL;

	/* The last of several wins, as in Java's map. */
	while (next_pair(&at, properties_end(m), &key, &value))
		if (strcmp(key, name) == 0)
			found = value;
	return found;
}

void rmqi_message_wire_properties(const struct rmq_message *m, const char *const *drop,
				  struct rmqi_buf *out)
{
	const char *at = m->properties, *key, *value;

	while (next_pair(&at, properties_end(m), &key, &value)) {
		bool is_dropped = false;

		for (const char *const *d = drop; d && *d && !is_dropped; d++)
			is_dropped = strcmp(*d, key) == 0;
		if (!is_dropped)
			rmqi_properties_add(out, rmqi_str(key), rmqi_str(value));
	}
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

const char *rmq_message_topic(const struct rmq_message *m)
{
	return m ? m->topic : "";
}

const void *rmq_message_body(const struct rmq_message *m, size_t *len)
{
	if (len)
		*len = m ? m->body_len : 0;
	return m && m->body_len > 0 ? (const void *)m->body : "";
}

const char *rmq_message_property(const struct rmq_message *m, const char *name)
{
	return m && name ? rmqi_message_property(m, name) : NULL;
}

const char *rmq_message_tag(const struct rmq_message *m)
{
	return or_empty(rmq_message_property(m, RMQI_PROP_TAGS));
}

const char *rmq_message_keys(const struct rmq_message *m)
{
	return or_empty(rmq_message_property(m, RMQI_PROP_KEYS));
}

size_t rmq_message_property_count(const struct rmq_message *m)
{
	const char *at, *key, *value;
	size_t count = 0;

	if (!m)
		return 0;
	at = m->properties;
	while (next_pair(&at, properties_end(m), &key, &value))
		count++;
	return count;
}

/* A property is where its name stands; the type has no inside. */
const rmq_property *rmq_message_property_at(const struct rmq_message *m, size_t index)
{
	const char *at, *key, *value;

	if (!m)
		return NULL;
	at = m->properties;
	while (next_pair(&at, properties_end(m), &key, &value))
		if (index-- == 0)
			return (const rmq_property *)(const void *)key;
	return NULL;
}

const char *rmq_property_name(const rmq_property *p)
{
	return p ? (const char *)p : "";
}

const char *rmq_property_value(const rmq_property *p)
{
	const char *name = rmq_property_name(p);

	return p ? name + strlen(name) + 1 : "";
}

int32_t rmq_message_flag(const struct rmq_message *m)
{
	return m ? m->flag : 0;
}

/*
 * The texts that are rarely asked for are made by the first who asks. A received
 * message is read by any thread, so one makes them and the others wait the
 * fraction of a microsecond that it takes.
 */
static void make_texts(const struct rmq_message *m)
{
	struct rmq_message *w = (struct rmq_message *)(uintptr_t)m;
	int none = 0;

	if (atomic_load_explicit(&w->texts_state, memory_order_acquire) == 2)
		return;
	if (!atomic_compare_exchange_strong(&w->texts_state, &none, 1)) {
		while (atomic_load_explicit(&w->texts_state, memory_order_acquire) != 2)
			;
		return;
	}
	if (m->queue.queue_id >= 0) {
		rmqi_offset_id(&m->store_host, m->physical_offset, w->offset_id);
		rmqi_host_text(&m->born_host, w->born_text, sizeof(w->born_text));
		rmqi_host_text(&m->store_host, w->store_text, sizeof(w->store_text));
	}
	atomic_store_explicit(&w->texts_state, 2, memory_order_release);
}

const char *rmq_message_offset_id(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->offset_id;
}

const char *rmq_message_id(const struct rmq_message *m)
{
	const char *uniq = rmq_message_property(m, RMQI_PROP_UNIQ_KEY);

	return uniq ? uniq : rmq_message_offset_id(m);
}

const char *rmq_message_born_host(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->born_text;
}

const char *rmq_message_store_host(const struct rmq_message *m)
{
	if (!m)
		return "";
	make_texts(m);
	return m->store_text;
}

const struct rmq_queue *rmq_message_queue(const struct rmq_message *m)
{
	return rmqi_queue_or_none(m ? &m->queue : NULL);
}

int64_t rmq_message_queue_offset(const struct rmq_message *m)
{
	return m ? m->queue_offset : -1;
}

int64_t rmq_message_commit_log_offset(const struct rmq_message *m)
{
	return m ? m->physical_offset : -1;
}

int32_t rmq_message_reconsume_times(const struct rmq_message *m)
{
	return m ? m->reconsume_times : 0;
}

int64_t rmq_message_born_ms(const struct rmq_message *m)
{
	return m ? m->born_ms : 0;
}

int64_t rmq_message_store_ms(const struct rmq_message *m)
{
	return m ? m->store_ms : 0;
}

int32_t rmq_message_sys_flag(const struct rmq_message *m)
{
	return m ? m->sys_flag : 0;
}
