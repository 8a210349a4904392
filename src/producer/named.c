/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/named.h"

#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message_impl.h"
#include "producer/producer.h"

#define PROP_INSTANCE "INSTANCE_ID" /* MessageConst.PROPERTY_INSTANCE_ID */

static const char *space_of(const struct rmq_producer *p)
{
	return rmqi_client_namespace(p->client);
}

static enum rmq_error refuse(enum rmq_error err, struct rmq_error_detail *detail)
{
	if (err == RMQ_ERR_TOO_LARGE)
		return rmqi_detail_set(detail, err, RMQ_ERROR_FATAL,
				       "the properties of the message are over %d bytes with the "
				       "one that tells the namespace",
				       RMQI_OWN_PROPERTIES_MAX);
	return rmqi_detail_set(detail, err, 0, "out of memory");
}

static void copy_properties(const struct rmq_message *m, const char *space, struct rmqi_buf *out)
{
	const char *at = m->properties, *end = m->properties + m->properties_len;

	while (at < end) {
		const char *value = at + strlen(at) + 1, *next = value + strlen(value) + 1;

		if (strcmp(at, PROP_INSTANCE) != 0)
			rmqi_buf_add(out, at, (size_t)(next - at));
		at = next;
	}
	if (!space)
		return;
	rmqi_buf_add(out, PROP_INSTANCE, sizeof(PROP_INSTANCE));
	rmqi_buf_add(out, space, strlen(space) + 1);
}

/* Its texts for the user are not asked for. */
static void make_view(struct rmqi_named *n, const struct rmq_message *m, const char *space)
{
	n->view = (struct rmq_message){
		.topic = n->topic,
		.hidden = rmqi_namespace_hidden(space, rmqi_str(n->topic)),
		.queue = m->queue,
		.body = m->body,
		.body_len = m->body_len,
		.properties = (const char *)rmqi_buf_data(&n->properties),
		.properties_len = n->properties.len,
		.flag = m->flag,
		.sys_flag = m->sys_flag,
		.kinds = m->kinds,
		.reconsume_times = rmqi_message_times(m),
		.queue_offset = m->queue_offset,
		.physical_offset = m->physical_offset,
		.born_ms = m->born_ms,
		.store_ms = m->store_ms,
		.born_host = m->born_host,
		.store_host = m->store_host,
		.stored_size = m->stored_size,
		.block = m->block,
		.own = m->own,
		.texts = &n->texts,
		.is_told = RMQI_RAW,
	};
	n->message = &n->view;
}

enum rmq_error rmqi_named_begin(struct rmqi_named *n, const struct rmq_producer *p,
				const struct rmq_message *m, struct rmq_error_detail *detail)
{
	const char *space = space_of(p);
	enum rmq_error err;

	n->message = m;
	rmqi_message_ready(m);
	if (m->is_reply || (!space && m->hidden == 0))
		return RMQ_OK;
	err = rmqi_named_topic(p, rmq_message_topic(m), n->topic, detail);
	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&n->properties, RMQI_OWN_PROPERTIES_MAX);
	copy_properties(m, space, &n->properties);
	err = rmqi_buf_status(&n->properties);
	if (err == RMQ_OK)
		make_view(n, m, space);
	else
		rmqi_buf_deinit(&n->properties);
	return err == RMQ_OK ? RMQ_OK : refuse(err, detail);
}

void rmqi_named_end(struct rmqi_named *n)
{
	if (n->message == &n->view)
		rmqi_buf_deinit(&n->properties);
}

/* Of those that were received within a namespace. */
static bool has_hidden(struct rmq_message *const *messages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (messages[i]->hidden > 0)
			return true;
	return false;
}

enum rmq_error rmqi_named_list_begin(struct rmqi_named_list *l, const struct rmq_producer *p,
				     struct rmq_message *const *messages, size_t count,
				     struct rmq_error_detail *detail)
{
	enum rmq_error err = RMQ_OK;

	*l = (struct rmqi_named_list){.messages = messages};
	if (!space_of(p) && !has_hidden(messages, count))
		return RMQ_OK;
	l->own = rmqi_calloc(count, sizeof(*l->own));
	l->views = rmqi_calloc(count, sizeof(struct rmq_message *));
	if (!l->own || !l->views)
		err = refuse(RMQ_ERR_NO_MEMORY, detail);
	while (err == RMQ_OK && l->count < count) {
		struct rmqi_named *n = &l->own[l->count];

		err = rmqi_named_begin(n, p, messages[l->count], detail);
		if (err == RMQ_OK)
			l->views[l->count] = n->message == &n->view ? &n->view : messages[l->count];
		l->count += err == RMQ_OK;
	}
	l->messages = l->views;
	if (err != RMQ_OK)
		rmqi_named_list_end(l);
	return err;
}

void rmqi_named_list_end(struct rmqi_named_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		rmqi_named_end(&l->own[i]);
	rmqi_free(l->own);
	rmqi_free(l->views);
}

enum rmq_error rmqi_named_topic(const struct rmq_producer *p, const char *topic,
				char out[RMQI_NAMED_MAX], struct rmq_error_detail *detail)
{
	return rmqi_namespace_wrap(space_of(p), "topic", topic, RMQI_TOPIC_MAX, out, detail);
}
