/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync.h - a send from beginning to end on the caller's thread: it picks a queue from the shared
 * route, encodes, writes to the socket and reads the answer itself when it can (net/conn.h). And a
 * send that wants no answer.
 *
 * Thread: any but the loop.
 */
#ifndef RMQI_SEND_SYNC_H
#define RMQI_SEND_SYNC_H

#include <rocketmq/error.h>
#include <rocketmq/message.h>

#include "base/macros.h"
#include "send/result.h"
#include "send/sender.h"

/* `how` may be NULL. *result (result may be NULL) is owned. */
enum rmq_error rmqi_send_sync(struct rmqi_sender *s, const struct rmq_message *m,
			      const struct rmqi_send_how *how, struct rmq_send_result **result,
			      struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The same for a request that was made (a batch), and stays the caller's. *result starts as NULL and is
 * the caller's, also after an error; `topic` ends with a NUL and lives as long. */
enum rmq_error rmqi_send_sync_request(struct rmqi_sender *s, struct rmqi_send_request *request,
				      const char *topic, const struct rmqi_send_how *how,
				      struct rmq_send_result **result,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
/*
 * Hands the message to a connection and does not wait (DefaultMQProducerImpl.sendOneway): one
 * attempt. It waits for room, and for the route only when none is known. RMQ_OK: it will be sent if the
 * broker can be reached; whether it is stored nobody tells.
 */
enum rmq_error rmqi_send_oneway(struct rmqi_sender *s, const struct rmq_message *m,
				const struct rmqi_send_how *how,
				struct rmq_error_detail *detail) RMQI_MUST_USE;

#endif
