/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - what a message becomes on the wire, once for all attempts:
 * its properties text, its body (compressed if it is worth it), its sysFlag.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_REQUEST_H
#define RMQI_SEND_REQUEST_H

#include "base/buf.h"
#include "client/client.h"
#include "client/message.h"
#include "codec/schema.h"

struct rmqi_send_request {
	char uniq_key[RMQI_ID_SIZE];
	struct rmqi_buf properties; /* wire form */
	struct rmqi_buf own;        /* the compressed body; after _own all that was the message's */
	struct rmqi_cursor body;    /* the message's, or of `own` */
	struct rmqi_h_send_message header;
};

/* Checks the message (Validators.java) and makes the request. On any result call _deinit. */
enum rmq_error rmqi_send_request_init(struct rmqi_send_request *r, struct rmqi_client *client,
				      const char *group, const struct rmq_message *m,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* A message on its way to the retry topic of a group, when its broker does not take it back. */
struct rmqi_retry {
	const struct rmq_message *message; /* as it was received */
	const char *retry_topic;
	int delay_level; /* 0: by the number of deliveries; < 0: straight to the dead letters */
	int32_t max_reconsume_times;
};

/* UNIQ_KEY, else the offset id (MessageClientExt.getMsgId). Borrowed from `m` or `buf`. */
struct rmqi_str rmqi_send_message_id(const struct rmq_message *m, char buf[RMQI_ID_SIZE]);
/* DefaultMQPushConsumerImpl.sendMessageBackAsNormalMessage. What `retry` points to must live as long as
 * `r`. RMQ_ERR_TOO_LARGE: the properties; RMQ_ERR_NO_MEMORY. On any result call _deinit. */
enum rmq_error rmqi_send_request_init_retry(struct rmqi_send_request *r, struct rmqi_client *client,
					    const char *group,
					    const struct rmqi_retry *retry) RMQI_MUST_USE;
/* From here on it needs the message no more. The topic (with a NUL) lives as long as `r`. */
enum rmq_error rmqi_send_request_own(struct rmqi_send_request *r, const char **topic,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_send_request_deinit(struct rmqi_send_request *r);

#endif
