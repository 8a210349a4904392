/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need.h - what a message needs of its broker. One that does not know the kind of the message would store
 * it as an ordinary one without a word: deliver at once what is to come later, forget a rank or a lite topic.
 *
 * What a broker knows follows from its version, which heartbeats tell (MQVersion.java). Before the first one
 * is answered the broker is asked, by any request: each answer tells it. A version of 0 is that of a broker
 * which does not say it: then the message is sent.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_SEND_NEED_H
#define RMQI_SEND_NEED_H

#include <stdint.h>

#include <rocketmq/error.h>

#include "base/macros.h"
#include "client/client.h"
#include "codec/schema.h"
#include "net/conn.h"

struct rmqi_need {
	int32_t version;
	const char *what;      /* "timed messages" */
	const char *release;   /* that brought them */
	const char *otherwise; /* what an older broker would do with the message */
};

/* Of kinds of client/message_kind.h: the one that only the latest release has. NULL: any broker will do. */
const struct rmqi_need *rmqi_need_of(unsigned kinds);
/* RMQ_OK; RMQ_ERR_UNSUPPORTED; RMQ_AGAIN: the broker has to be asked. */
enum rmq_error rmqi_need_check(const struct rmqi_need *need, int32_t version) RMQI_MUST_USE;
/* What to ask it. `out` points into `header` and `queue`. */
void rmqi_need_ask(struct rmqi_str topic, const struct rmqi_publish_queue *queue,
		   struct rmqi_h_get_max_offset *header, struct rmqi_outgoing *out);
/* An attempt that was not made: adds it to `detail` (may be NULL), with the sentence. Returns
 * RMQ_ERR_UNSUPPORTED. */
enum rmq_error rmqi_need_unmet(const struct rmqi_need *need, int32_t version,
			       const struct rmqi_publish_queue *queue,
			       struct rmq_error_detail *detail);

#endif
