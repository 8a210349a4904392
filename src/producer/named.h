/* SPDX-License-Identifier: Apache-2.0 */
/*
 * named.h - messages of the user's as they are sent within a namespace (DefaultMQProducer.withNamespace): a view
 * of each, with its topic's name at brokers and the property INSTANCE_ID. The message stays as it is. Without a namespace
 * it is the message itself, and costs nothing; one that was received within a namespace goes to the topic that its
 * listener saw.
 *
 * Replies go to a topic of the cluster, and are sent as they are (Java wraps their topic too, which then is made by
 * the first of them).
 *
 * Thread: any; one owner at a time. It stays where it is from begin to end.
 */
#ifndef RMQI_PRODUCER_NAMED_H
#define RMQI_PRODUCER_NAMED_H

#include "base/buf.h"
#include "client/message.h"
#include "client/namespace.h"

struct rmq_producer;

struct rmqi_named {
	const struct rmq_message *message; /* what to send */
	struct rmq_message view;
	struct rmqi_message_texts texts; /* of the view */
	struct rmqi_buf properties;
	char topic[RMQI_NAMED_MAX];
};

/* RMQ_ERR_INVALID_ARGUMENT (the topic is too long with it), RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE: then nothing
 * follows. Else _end. */
enum rmq_error rmqi_named_begin(struct rmqi_named *n, const struct rmq_producer *p,
				const struct rmq_message *m,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_named_end(struct rmqi_named *n);

/* The same for a batch. */
struct rmqi_named_list {
	struct rmq_message *const *messages;
	struct rmqi_named *own; /* NULL: no namespace */
	struct rmq_message **views;
	size_t count; /* that were begun */
};

enum rmq_error rmqi_named_list_begin(struct rmqi_named_list *l, const struct rmq_producer *p,
				     struct rmq_message *const *messages, size_t count,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_named_list_end(struct rmqi_named_list *l);

/* The name of a topic at brokers. */
enum rmq_error rmqi_named_topic(const struct rmq_producer *p, const char *topic,
				char out[RMQI_NAMED_MAX],
				struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
