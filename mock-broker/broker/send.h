/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE (SendMessageProcessor.java),
 * and answers that wait until the message is safe.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_SEND_H
#define MB_BROKER_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "codec/message.h"
#include "codec/template.h"
#include "mock-broker/node.h"
#include "mock-broker/store/store.h"

struct mb_broker;

struct mb_sends {
	unsigned wait_parts;      /* what an answer waits for: bits of MB_WAIT_ (durable.h) */
	struct rmqi_list waiting; /* struct pending: answers that wait */
	struct rmqi_list spare;   /* to be used again */
	int64_t *offsets;         /* of a batch; owned, grown */
	size_t offsets_cap;
	struct rmqi_buf ids; /* msgId of a batch */
	/* Properties that the broker adds to every message, ready to be appended. */
	struct rmqi_buf stamp;
	struct rmqi_str region;   /* MSG_REGION; borrowed from the configuration */
	struct rmqi_buf of_batch; /* what each message of the batch under way gets */
	struct rmqi_buf utf8;     /* properties that were none */
	struct rmqi_buf of_place; /* properties as a priority or lite topic wants them */
	struct rmqi_template answers[RMQI_SERIALIZATIONS]; /* to one message that was stored */
};

extern const struct mb_handler mb_send_handlers[];

/* broker->sends is zeroed before. */
enum rmq_error mb_sends_init(struct mb_broker *b) RMQI_MUST_USE;
/* Answers that still wait are dropped. */
void mb_sends_deinit(struct mb_sends *s);

struct mb_topic;

/* What is checked before anything is stored (AbstractSendMessageProcessor.msgCheck). NULL: refused, and
 * answered. *queue_id is one of the topic's. Static topics are no part of it. */
struct mb_topic *mb_send_check(struct mb_broker *b, const struct mb_ticket *t,
			       const struct rmqi_h_send_message *h, int32_t *queue_id);
/* The answer to a stored message: adds MSG_REGION and TRACE_ON to the header. */
void mb_send_answer(struct mb_broker *b, const struct mb_ticket *t, int32_t code,
		    struct rmqi_h_send_message_response *h);
/* Answers when everything below `upto` is as safe as this broker promises, or with the code that says
 * what was late. False: no memory; answer now. */
bool mb_send_wait(struct mb_broker *b, const struct mb_ticket *ticket, int64_t upto,
		  const struct rmqi_h_send_message_response *h);

/* PutMessageStatus.java: "PUT_OK" ... */
const char *mb_put_status_name(enum mb_put_status status);
/* The response code of a message that is stored. */
int32_t mb_put_code(enum mb_put_status status);
/* Turns the message into one of SCHEDULE_TOPIC_XXXX (level is capped at the highest): `properties`
 * is the buffer that m->properties points into, without DELAY, REAL_TOPIC and REAL_QID; they are
 * appended. */
void mb_delay(struct rmqi_stored_message *m, struct rmqi_buf *properties, int32_t level);

#endif
