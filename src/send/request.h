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
/* From here on it needs the message no more. The topic (with a NUL) lives as long as `r`. */
enum rmq_error rmqi_send_request_own(struct rmqi_send_request *r, const char **topic,
				     struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_send_request_deinit(struct rmqi_send_request *r);

#endif
