/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.h - requests that wait for their replies (RequestFutureHolder.java, but a table of each
 * producer's own).
 *
 *     begun --> SENT --> STORED --> ended          in the table from the beginning to the end
 *                 \____________________/
 *
 * A request is an asynchronous send with a correlation id, and an entry of the table. Whoever takes the entry
 * out ends the request, so it ends once: the reply (which may come before the answer to the send), a send
 * that fails, the end of its time, the close.
 *
 * Thread: any, unless said otherwise.
 */
#ifndef RMQI_PRODUCER_REQUESTS_H
#define RMQI_PRODUCER_REQUESTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rocketmq/request.h>

#include "base/histogram.h"
#include "base/macros.h"
#include "base/map.h"
#include "base/thread.h"
#include "codec/ids.h"
#include "producer/reply_path.h"
#include "send/sender.h"

/* Since the start. */
struct rmqi_request_counts {
	_Atomic uint64_t begun;
	_Atomic uint64_t replied;
	_Atomic uint64_t unanswered; /* stored, but no reply in time */
	_Atomic uint64_t failed;     /* not sent, or maybe stored; or the reply could not be read */
	_Atomic uint64_t cancelled;
	/* Replies that ended no request. */
	_Atomic uint64_t late;            /* too late, or a second one: the id is one of ours */
	_Atomic uint64_t unknown;         /* nobody here has asked that */
	struct rmqi_histogram replied_us; /* from the call to the reply */
};

struct rmqi_requests {
	struct rmqi_sender *sender;
	struct rmqi_client *client;
	struct rmqi_reply_path path;
	char own[RMQI_ID_SIZE]; /* how the correlation ids of this producer begin */
	size_t own_len;
	struct rmqi_mutex mu;
	struct rmqi_map pending; /* mu; correlation id -> struct request */
	bool is_closed;          /* mu */
	struct rmqi_request_counts counts;
	int64_t log_us; /* loop; a reply that nobody waits for is logged then, or after it */
};

void rmqi_requests_init(struct rmqi_requests *r, struct rmqi_sender *sender);
/* After the close. Harmless on a zeroed one. */
void rmqi_requests_deinit(struct rmqi_requests *r);

/* Sends, and waits for the reply: *reply is owned. Not on the loop. */
enum rmq_error rmqi_request_sync(struct rmqi_requests *r, const struct rmq_message *m,
				 const struct rmqi_send_how *how, struct rmq_message **reply,
				 struct rmq_error_detail *detail) RMQI_MUST_USE;
/* RMQ_OK: fn is called once, on a callback thread; else it is not. Not on the loop. */
enum rmq_error rmqi_request_async(struct rmqi_requests *r, const struct rmq_message *m,
				  const struct rmqi_send_how *how, rmq_reply_fn fn, void *arg,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
/* PUSH_REPLY_MESSAGE_TO_CLIENT (ClientRemotingProcessor.receiveReplyMessage). Thread: loop. */
void rmqi_requests_take_reply(struct rmqi_requests *r, struct rmqi_conn *conn,
			      const struct rmqi_command *command);
/* Ends those that wait with RMQ_ERR_CANCELLED; none begins any more. Idempotent. */
void rmqi_requests_close(struct rmqi_requests *r);
/* That have not ended. */
size_t rmqi_requests_pending(struct rmqi_requests *r);

#endif
