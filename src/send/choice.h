/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice.h - where the user wants a message to go, as options say it (rocketmq/send.h), and the
 * picker that obeys it.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_CHOICE_H
#define RMQI_SEND_CHOICE_H

#include <stdatomic.h>
#include <stdint.h>

#include <rocketmq/message.h>
#include <rocketmq/send.h>

#include "base/macros.h"
#include "send/picker.h"

/* A queue by name, shared by options and the sends that were begun with them. Immutable. */
struct rmqi_wanted_queue {
	atomic_uint refs;
	const char *topic;
	struct rmqi_publish_queue queue; /* its address is not known */
};

/* NULL: memory is out. */
struct rmqi_wanted_queue *rmqi_wanted_queue_new(const struct rmq_queue *queue);
/* NULL is none, here and there. */
struct rmqi_wanted_queue *rmqi_wanted_queue_ref(struct rmqi_wanted_queue *q);
void rmqi_wanted_queue_unref(struct rmqi_wanted_queue *q);

enum rmqi_choice_kind {
	RMQI_CHOICE_ANY,
	RMQI_CHOICE_QUEUE,
	RMQI_CHOICE_HASH,
	RMQI_CHOICE_SELECTOR,
	RMQI_CHOICE_LITE /* the message's lite topic decides */
};

struct rmqi_choice {
	enum rmqi_choice_kind kind;
	struct rmqi_wanted_queue *queue; /* QUEUE; a reference of who has kept it */
	int32_t hash;                    /* HASH: of the key; LITE: of the lite topic */
	const char *torn_by;             /* what else decides on the queue; NULL: nothing */
	rmq_queue_selector_fn fn;        /* SELECTOR, as what follows */
	void *arg;
	const struct rmq_message *message; /* lives as long as the send */
	struct rmqi_selector selector;     /* of the picker */
	bool chose_none;                   /* asked before, and its answer was no queue */
	struct rmq_message *copy;          /* owned by who has kept it */
};

/* A lite topic has one queue, and a priority one on each broker: takes its choice over from the options (ANY
 * before), or notes that the options choose, too. */
void rmqi_choice_place(struct rmqi_choice *c, const struct rmq_message *m);
/* RMQ_ERR_INVALID_ARGUMENT: the queue is of another topic than the message (MQClientException "message's topic not
 * equal mq's topic"), or the message's priority or lite topic decides on it. NULL is ANY. */
enum rmq_error rmqi_choice_check(const struct rmqi_choice *c, const char *topic,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Checks it and keeps what it points to for longer than the caller's options and message: *out must
 * be dropped, on any result. `from` NULL: ANY. */
enum rmq_error rmqi_choice_keep(struct rmqi_choice *out, const struct rmqi_choice *from,
				const struct rmq_message *m,
				struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Harmless on a zeroed one, and twice. */
void rmqi_choice_drop(struct rmqi_choice *c);
/* `c` must stay where it is and live as long as the picker. Not of ANY. */
struct rmqi_picker rmqi_choice_picker(struct rmqi_choice *c);

#endif
