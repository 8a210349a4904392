/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put_message.h - stores a message without a producer, for who prepares a test.
 *
 * It is stored as a send would store it, with a UNIQ_KEY, but no property is acted upon that a send looks at (no
 * delay, no transaction). Those that the store reads act: KEYS and TAGS, and INNER_MULTI_DISPATCH with
 * enableMultiDispatch and enableLmq, which puts it into light queues, too.
 *
 * Thread: loop.
 */
#ifndef MB_BROKER_PUT_MESSAGE_H
#define MB_BROKER_PUT_MESSAGE_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/cursor.h"
#include "base/macros.h"
#include "base/str.h"
#include "codec/ids.h"

struct mb_broker;

/* All borrowed. */
struct mb_new_message {
	struct rmqi_str topic;
	struct rmqi_cursor body;
	struct rmqi_str keys; /* empty: none, as the next ones */
	struct rmqi_str tags;
	struct rmqi_str properties; /* further ones, as codec/properties.h */
	int32_t queue_id;           /* -1: a random one */
};

struct mb_new_place {
	int32_t queue_id;
	int64_t queue_offset;
	char message_id[RMQI_ID_SIZE + 1]; /* its UNIQ_KEY */
};

/* RMQ_ERR_NOT_FOUND: no such topic; RMQ_ERR_INVALID_ARGUMENT: no such queue; else why the store refuses. */
enum rmq_error mb_put_message(struct mb_broker *b, const struct mb_new_message *m,
			      struct mb_new_place *out,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
