/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request.h - what a message becomes on the wire, once for all attempts:
 * its properties text, its body (compressed if it is worth it), its sysFlag.
 *
 * Thread: one owner at a time.
 */
#ifndef RMQI_SEND_REQUEST_H
#define RMQI_SEND_REQUEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "client/client.h"
#include "client/message.h"
#include "codec/schema.h"
#include "send/need.h"

/* What the library adds to a message of the user's, which stays as it is. */
struct rmqi_send_extra {
	const char *const *properties; /* name, value, ..., NULL; NULL: none */
	int32_t sys_flag;              /* bits of MessageSysFlag.java */
	const char *uniq_key;          /* NULL: it gets a new one */
	bool replaces; /* properties of the message that have one of these names are left out */
};

struct rmqi_send_request {
	int32_t code;                 /* RMQI_REQ_SEND_MESSAGE_V2, or another that has its header */
	uint32_t messages;            /* in it; of a batch its maker sets how many */
	const struct rmqi_need *need; /* of its broker; NULL: nothing */
	char uniq_key[RMQI_ID_SIZE];
	const char *ids; /* of a batch: those of its messages, a comma between; NULL: uniq_key */
	struct rmqi_buf properties; /* wire form */
	struct rmqi_buf own;        /* the compressed body; after _own all that was the message's */
	struct rmqi_body *source;   /* borrowed, until _own; NULL: it cannot be shared */
	struct rmqi_body *shared;   /* after _own: the message's, a reference; NULL: copied */
	struct rmqi_cursor body;    /* the message's, or of `own` */
	struct rmqi_h_send_message header;
	const struct rmqi_client *client; /* who sends it */
};

/* Checks the message (Validators.java) and makes the request. `extra` may be NULL. On any result call
 * _deinit. */
enum rmq_error rmqi_send_request_init(struct rmqi_send_request *r, struct rmqi_client *client,
				      const char *group, const struct rmq_message *m,
				      const struct rmqi_send_extra *extra,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same; `r` was used before, or is zeroed: its memory is used again. */
enum rmq_error rmqi_send_request_renew(struct rmqi_send_request *r, struct rmqi_client *client,
				       const char *group, const struct rmq_message *m,
				       const struct rmqi_send_extra *extra,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Lets go of buffers of more than `keep` bytes; only _renew and _deinit may follow. */
void rmqi_send_request_rest(struct rmqi_send_request *r, size_t keep);
/* Checks topic and body, as _init does. */
enum rmq_error rmqi_send_request_check(struct rmqi_client *client, const struct rmq_message *m,
				       struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The properties of a message as they are sent, appended to `out`. */
void rmqi_send_properties_write(const struct rmq_message *m, const struct rmqi_send_extra *extra,
				const char *uniq_key, struct rmqi_buf *out);
/* Says what that came to. Returns `err`. */
enum rmq_error rmqi_send_properties_tell(enum rmq_error err, struct rmq_error_detail *detail);
/*
 * A batch of messages (send/batched.h); `topic` and `body` must live as long as `r`. Its own properties say how the
 * broker waits and nothing else: before 5.3.4 it appends them to those of each message, so that an id
 * among them, as Java has it, hides the ids of the messages. RMQ_ERR_NO_MEMORY. On any result call _deinit.
 */
enum rmq_error rmqi_send_request_init_batch(struct rmqi_send_request *r, struct rmqi_client *client,
					    const char *group, const char *topic, bool waits,
					    struct rmqi_cursor body) RMQI_MUST_USE;
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
/* From here on it needs the message no more; a long body is shared with it, not copied. The topic (with a NUL) lives as long as `r`. */
enum rmq_error rmqi_send_request_own(struct rmqi_send_request *r, const char **topic,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_send_request_deinit(struct rmqi_send_request *r);

#endif
