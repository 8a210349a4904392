/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acking.h - tells a broker what became of popped messages: done, or to be kept from others for another
 * while (DefaultMQPushConsumerImpl.ackAsync, changePopInvisibleTimeAsync, MQClientAPIImpl.batchAckMessageAsync).
 *
 *     ACK     one message is done         ACK_MESSAGE
 *     BATCH   many of one broker are      BATCH_ACK_MESSAGE (5.1.3)
 *     CHANGE  one message, another time   CHANGE_MESSAGE_INVISIBLETIME: it has another receipt then
 *
 * A request that got no answer is told again, up to ATTEMPTS times, while there is time: saying twice that a
 * message is done does no harm. A CHANGE that the broker may have heard is not: it makes another check point
 * each time (ChangeInvisibleTimeProcessor.java), of which only the last one would ever be acknowledged, and
 * the message would come again for the others. None is told after the invisible time: the broker has given
 * the message to somebody else by then, or is about to, and would answer "fine" (RMQ_ERR_EXPIRED). So a BATCH ends
 * with that as soon as the time of one of them is over, and its caller tells the others without it.
 *
 * Thread: loop.
 */
#ifndef RMQI_CONSUMER_ACKING_H
#define RMQI_CONSUMER_ACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rocketmq/error.h>

#include "base/clock.h"
#include "base/macros.h"
#include "client/message.h"
#include "codec/receipt.h"
#include "consumer/consumer.h"
#include "net/address.h"
#include "net/conn.h"

enum rmqi_acking_kind { RMQI_ACKING_ACK, RMQI_ACKING_BATCH, RMQI_ACKING_CHANGE };

struct rmqi_acking {
	/* The caller's. Messages are borrowed until fn. */
	struct rmqi_consumer *consumer;
	enum rmqi_acking_kind kind;
	const struct rmq_message *const *messages; /* BATCH: of one broker; else one */
	size_t count;
	int64_t invisible_ms; /* CHANGE */
	int64_t deadline_us;
	bool is_last; /* CHANGE: nobody speaks of the message after it, and its receipt stays as it is */
	bool is_ours; /* not the user's: no statistics count it */
	bool is_once; /* not told again: it needs no timer, and ends with the client at the latest */
	unsigned attempts; /* that were made before, of ATTEMPTS */
	struct rmq_error_detail *detail; /* may be NULL */
	/* Once, perhaps from within the start; may free it. */
	void (*fn)(struct rmqi_acking *a);

	/* For fn: RMQ_OK; RMQ_ERR_INVALID_ARGUMENT: not popped; RMQ_ERR_EXPIRED; RMQ_ERR_UNSUPPORTED: the broker
	 * knows no such request; RMQ_ERR_NOT_FOUND: it does not know the message; and so on. */
	enum rmq_error error;
	bool is_unanswered; /* the broker said nothing, or is not known */

	/* Inside. */
	struct rmqi_receipt receipt; /* of the first */
	char text[RMQI_RECEIPT_MAX];
	char topic[RMQI_RETRY_TOPIC_MAX + 1]; /* that was subscribed, at brokers */
	char broker_name[256];
	char address[RMQI_ADDRESS_MAX];
	int64_t asked_us; /* rmqi_clock_boot_us */
	struct rmqi_call call;
	struct rmqi_timer timer;
};

/* RMQ_ERR_NO_MEMORY: fn is not called. Else it will be, whatever happens. */
enum rmq_error rmqi_acking_start(struct rmqi_acking *a) RMQI_MUST_USE;
/* The end has come: it is not told again, and if it waits for that, it ends now (RMQ_ERR_CANCELLED). */
void rmqi_acking_hurry(struct rmqi_acking *a);

/* The receipt of a message, or of a copy of it; NULL: it was not popped. Thread: any. */
const char *rmqi_receipt_of(const struct rmq_message *m);

#endif
