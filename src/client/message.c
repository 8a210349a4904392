/* SPDX-License-Identifier: Apache-2.0 */
#include "client/message.h"

#include <string.h>

#include "base/detail_out.h"
#include "base/mem.h"
#include "base/queue.h"
#include "client/message_impl.h"
#include "client/popped.h"
#include "codec/properties.h"

/* One allocation. */
struct whole {
	struct rmq_message message; /* first: freed as such */
	struct rmqi_message_own own;
};

void rmqi_message_refresh_views(struct rmq_message *m)
{
	m->topic = m->own->topic;
	m->body = m->own->body->bytes;
	m->body_len = m->own->body->len;
	m->properties = (const char *)rmqi_buf_data(&m->own->properties);
	m->properties_len = m->own->properties.len;
}

/* `body` is moved when it succeeds; NULL: memory was out for it. */
static struct rmq_message *make(const char *topic, struct rmqi_body *body)
{
	struct whole *w = body ? rmqi_calloc(1, sizeof(*w)) : NULL;
	struct rmq_message *m;

	if (!w)
		return NULL;
	m = &w->message;
	m->own = &w->own;
	m->texts = &w->own.texts;
	atomic_init(&m->is_told, (unsigned char)RMQI_RAW);
	rmqi_buf_init(&m->own->properties, RMQI_OWN_PROPERTIES_MAX);
	m->queue = *rmqi_queue_or_none(NULL);
	m->queue_offset = -1;
	m->physical_offset = -1;
	m->own->topic = rmqi_strdup(topic);
	if (!m->own->topic) {
		rmq_message_free(m);
		return NULL;
	}
	m->own->body = body;
	rmqi_message_refresh_views(m);
	return m;
}

static struct rmq_message *new_from(const char *topic, struct rmqi_body *body)
{
	struct rmq_message *m = make(topic, body);

	if (!m)
		rmqi_body_unref(body);
	return m;
}

struct rmq_message *rmq_message_new(const char *topic, const void *body, size_t len)
{
	if (!topic || (!body && len > 0))
		return NULL;
	return new_from(topic, rmqi_body_copy(body, len));
}

struct rmq_message *rmq_message_new_borrowed(const char *topic, const void *body, size_t len)
{
	if (!topic || (!body && len > 0))
		return NULL;
	return new_from(topic, rmqi_body_wrap(body, len, NULL, NULL));
}

struct rmq_message *rmq_message_new_given(const char *topic, void *body, size_t len,
					  rmq_body_free_fn fn, void *arg)
{
	struct rmqi_body *b;
	struct rmq_message *m;

	if (!topic || (!body && len > 0))
		return NULL;
	b = rmqi_body_wrap(body, len, fn, arg);
	m = make(topic, b);
	/* It stays the caller's. */
	if (!m && b)
		b->free = NULL;
	if (!m)
		rmqi_body_unref(b);
	return m;
}

/* The texts of a received one belong to its block and its queue. */
static bool copy_queue(struct rmq_message *m, const struct rmq_queue *from)
{
	size_t topic_size = strlen(from->topic) + 1, broker_size = strlen(from->broker_name) + 1;

	m->own->queue = rmqi_alloc(topic_size + broker_size);
	if (!m->own->queue)
		return false;
	rmqi_memcpy(m->own->queue, from->topic, topic_size);
	rmqi_memcpy(m->own->queue + topic_size, from->broker_name, broker_size);
	m->queue = (struct rmq_queue){m->own->queue, m->own->queue + topic_size, from->queue_id};
	return true;
}

static const struct {
	const char *property;
	enum rmqi_message_kind kind;
} kinds[] = {
	{RMQI_PROP_DELAY, RMQI_MESSAGE_DELAYED},
	{RMQI_PROP_TIMER_DELAY_SEC, RMQI_MESSAGE_TIMED},
	{RMQI_PROP_TIMER_DELAY_MS, RMQI_MESSAGE_TIMED},
	{RMQI_PROP_TIMER_DELIVER_MS, RMQI_MESSAGE_TIMED},
	{RMQI_PROP_PRIORITY, RMQI_MESSAGE_PRIORITY},
	{RMQI_PROP_LITE_TOPIC, RMQI_MESSAGE_LITE},
};

static unsigned read_kinds(const struct rmq_message *m)
{
	unsigned found = 0;

	for (size_t i = 0; i < RMQI_COUNT(kinds); i++)
		if (rmqi_message_property(m, kinds[i].property))
			found |= kinds[i].kind;
	/* It was delivered late: a send drops the old delay (send/request.c). */
	return rmqi_message_property(m, RMQI_PROP_REAL_TOPIC)
		       ? found & ~(unsigned)(RMQI_MESSAGE_DELAYED | RMQI_MESSAGE_TIMED)
		       : found;
}

unsigned rmqi_message_kinds(const struct rmq_message *m)
{
	return m->block ? read_kinds(m) : m->kinds;
}

struct rmq_message *rmq_message_dup(const struct rmq_message *from)
{
	struct rmq_message *m;

	if (!from)
		return NULL;
	m = rmq_message_new(rmq_message_topic(from), from->body, from->body_len);
	if (!m)
		return NULL;
	rmqi_message_ready(from);
	rmqi_buf_add(&m->own->properties, from->properties, from->properties_len);
	if (!copy_queue(m, &from->queue) || rmqi_buf_status(&m->own->properties) != RMQ_OK) {
		rmq_message_free(m);
		return NULL;
	}
	rmqi_message_refresh_views(m);
	if (from->popped &&
	    rmqi_message_put(m, RMQI_PROP_POP_CK, from->popped->receipt) != RMQ_OK) {
		rmq_message_free(m);
		return NULL;
	}
	m->is_reply = from->is_reply;
	m->kinds = rmqi_message_kinds(from);
	m->flag = from->flag;
	m->sys_flag = from->sys_flag;
	rmqi_message_set_times(m, rmqi_message_times(from));
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
	if (!m)
		return;
	if (m->block) {
		rmqi_message_unref(m);
		return;
	}
	rmqi_free(m->own->topic);
	rmqi_free(m->own->queue);
	rmqi_body_unref(m->own->body);
	rmqi_buf_deinit(&m->own->properties);
	rmqi_free(m);
}

enum rmq_error rmqi_message_check_own(const struct rmq_message *m, const char *function,
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

enum rmq_error rmqi_message_changed(enum rmq_error err, const char *function, const char *name,
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
				function, name, RMQI_OWN_PROPERTIES_MAX));
}

static enum rmq_error replace_body(struct rmq_message *m, const void *body, size_t len)
{
	struct rmqi_body *old = m->own->body;

	m->own->body = rmqi_body_copy(body, len);
	if (!m->own->body) {
		m->own->body = old;
		return RMQ_ERR_NO_MEMORY;
	}
	rmqi_message_refresh_views(m);
	/* The new body may be part of the old one, so the old one goes last. */
	rmqi_body_unref(old);
	return RMQ_OK;
}

enum rmq_error rmq_message_set_body(struct rmq_message *m, const void *body, size_t len,
				    rmq_error_detail **detail)
{
	enum rmq_error err = rmqi_message_check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	if (!body && len > 0)
		return rmqi_detail_argument(detail, "%s: body is NULL, but len is %zu", __func__,
					    len);
	return rmqi_message_changed(replace_body(m, body, len), __func__, "the body", detail);
}

enum rmq_error rmq_message_set_flag(struct rmq_message *m, int32_t flag, rmq_error_detail **detail)
{
	enum rmq_error err = rmqi_message_check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	m->flag = flag;
	return rmqi_detail_none(detail);
}
