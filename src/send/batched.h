/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batched.h - one message of a batch: whether it can be one, and its record (codec/message.h),
 * whose length is known before, and which is then written in one go where it belongs.
 *
 *     read -> choose -> make -> put -> deinit
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_BATCHED_H
#define RMQI_SEND_BATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "client/message.h"
#include "codec/ids.h"
#include "send/choice.h"
#include "send/request.h"

struct rmqi_batched {
	const struct rmq_message *message;   /* borrowed */
	const struct rmqi_send_extra *extra; /* borrowed, may be NULL */
	const char *obstacle; /* "a delay level": why it cannot be in a batch; NULL: it can */
	bool waits;           /* the broker's answer waits for its flush and replication settings */
	bool has_wait;        /* ... and it says so */

	/* From choose on; NULL: any. */
	const struct rmqi_publish_queue *queue;
	struct rmqi_topic_route *route; /* a reference, for `queue` */

	/* From make on. */
	char id[RMQI_ID_SIZE]; /* its UNIQ_KEY */
	size_t id_len;
	size_t properties_len;
	size_t size; /* of the record */
	struct rmqi_buf
		text; /* the properties of a message that was received, without what is stale */
};

/* Walks once over its properties. _deinit must follow. */
void rmqi_batched_read(struct rmqi_batched *member, const struct rmq_message *m,
		       const struct rmqi_send_extra *extra);
/* Asks the user's choice for its queue, if there is one. False: no route is known yet, or there is no such
 * queue. */
bool rmqi_batched_choose(struct rmqi_batched *b, struct rmqi_client *client,
			 struct rmqi_choice *choice);
/* Its id and its sizes. RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE: the properties. */
enum rmq_error rmqi_batched_make(struct rmqi_batched *member, struct rmqi_uniq *uniq) RMQI_MUST_USE;
/* Writes its record of member->size bytes; the id stands at the offset that it returns. */
size_t rmqi_batched_put(const struct rmqi_batched *member, uint8_t *at);
void rmqi_batched_deinit(struct rmqi_batched *member);

#endif
