/* SPDX-License-Identifier: Apache-2.0 */
#include "send/choice.h"

#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "client/message.h"
#include "codec/names.h"
#include "codec/properties.h"
#include "send/lite.h"
#include "send/queues.h"

/* One allocation; the texts stand behind the struct. */
struct rmqi_wanted_queue *rmqi_wanted_queue_new(const struct rmq_queue *queue)
{
	size_t topic = strlen(queue->topic) + 1, broker = strlen(queue->broker_name) + 1;
	struct rmqi_wanted_queue *q = rmqi_alloc(sizeof(*q) + topic + broker);
	char *texts;

	if (!q)
		return NULL;
	texts = (char *)(q + 1);
	rmqi_memcpy(texts, queue->topic, topic);
	rmqi_memcpy(texts + topic, queue->broker_name, broker);
	atomic_init(&q->refs, 1);
	q->topic = texts;
	q->queue = (struct rmqi_publish_queue){.broker_name = texts + topic,
					       .queue_id = queue->queue_id};
	return q;
}

struct rmqi_wanted_queue *rmqi_wanted_queue_ref(struct rmqi_wanted_queue *q)
{
	if (q)
		atomic_fetch_add_explicit(&q->refs, 1, memory_order_relaxed);
	return q;
}

void rmqi_wanted_queue_unref(struct rmqi_wanted_queue *q)
{
	if (q && atomic_fetch_sub_explicit(&q->refs, 1, memory_order_acq_rel) == 1)
		rmqi_free(q);
}

void rmqi_choice_place(struct rmqi_choice *c, const struct rmq_message *m)
{
	unsigned kinds = rmqi_message_kinds(m);

	/* The broker moves a message with a priority; a selector may still say to which broker it goes. */
	if (kinds & RMQI_MESSAGE_PRIORITY &&
	    (c->kind == RMQI_CHOICE_QUEUE || c->kind == RMQI_CHOICE_HASH))
		c->torn_by = "priority";
	if (!(kinds & RMQI_MESSAGE_LITE))
		return;
	if (c->kind != RMQI_CHOICE_ANY) {
		c->torn_by = "lite topic";
		return;
	}
	c->kind = RMQI_CHOICE_LITE;
	c->hash = rmqi_java_hash(rmqi_str(rmqi_message_property(m, RMQI_PROP_LITE_TOPIC)));
}

enum rmq_error rmqi_choice_check(const struct rmqi_choice *c, const char *topic,
				 struct rmq_error_detail *detail)
{
	if (c && c->torn_by)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "the message has a %s, which decides on its queue, and the "
				       "options of the send choose one, too",
				       c->torn_by);
	if (c && c->message)
		topic = rmq_message_topic(c->message);
	if (!c || c->kind != RMQI_CHOICE_QUEUE || strcmp(c->queue->topic, topic) == 0)
		return RMQ_OK;
	return rmqi_detail_set(
		detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
		"the message has the topic %s, but the queue of its options is of topic %s", topic,
		c->queue->topic);
}

enum rmq_error rmqi_choice_keep(struct rmqi_choice *out, const struct rmqi_choice *from,
				const struct rmq_message *m, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_choice_check(from, m->topic, detail);

	*out = (struct rmqi_choice){.kind = RMQI_CHOICE_ANY};
	if (!from || err != RMQ_OK)
		return err;
	*out = *from;
	rmqi_wanted_queue_ref(out->queue);
	if (out->kind != RMQI_CHOICE_SELECTOR)
		return RMQ_OK;
	out->copy = rmq_message_dup(m);
	out->message = out->copy;
	return out->copy ? RMQ_OK : rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

void rmqi_choice_drop(struct rmqi_choice *c)
{
	rmqi_wanted_queue_unref(c->queue);
	c->queue = NULL;
	rmq_message_free(c->copy);
	c->copy = NULL;
}

static size_t ask_user(void *arg, struct rmqi_topic_route *route)
{
	const struct rmqi_choice *c = arg;
	struct rmq_queues queues = rmqi_queues_of(route);

	return c->fn(&queues, c->message, c->arg);
}

struct rmqi_picker rmqi_choice_picker(struct rmqi_choice *c)
{
	switch (c->kind) {
	case RMQI_CHOICE_QUEUE:
		return rmqi_picker_fixed(&c->queue->queue);
	case RMQI_CHOICE_HASH:
		return rmqi_picker_hashed(&c->hash);
	case RMQI_CHOICE_LITE:
		return rmqi_picker_lite(&c->hash);
	case RMQI_CHOICE_SELECTOR:
		c->selector = (struct rmqi_selector){.select = ask_user,
						     .arg = c,
						     .answer = c->selector.answer,
						     .was_none = c->chose_none};
		return rmqi_picker_selected(&c->selector);
	case RMQI_CHOICE_ANY:
		break;
	}
	assert(0 && "any queue is the sender's choice");
	return rmqi_picker_round_robin();
}
