/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt.h - what the drivers have in common: the request of an attempt, the
 * reading of its answer, and the sentences for the user.
 *
 * Thread: the owner of the send.
 */
#ifndef RMQI_SEND_ATTEMPT_H
#define RMQI_SEND_ATTEMPT_H

#include <rocketmq/error.h>

#include "net/conn.h"
#include "send/core.h"
#include "send/request.h"
#include "send/result.h"

/* `out` points into `r`. */
void rmqi_attempt_fill(struct rmqi_send_request *r, const struct rmqi_publish_queue *queue,
		       struct rmqi_outgoing *out);
/* An answer came: tells the core, and takes its result if it is stored. *result (owned, may be NULL)
 * is replaced by a later one; `result` NULL: nobody wants it. */
void rmqi_attempt_answered(struct rmqi_send *s, const struct rmqi_send_request *r,
			   const struct rmqi_command *answer, int64_t now_us,
			   struct rmq_send_result **result, struct rmq_error_detail *detail);
/* The call failed; `detail` knows why. */
void rmqi_attempt_failed(struct rmqi_send *s, enum rmq_error error, enum rmq_phase phase,
			 int64_t now_us);
/* The send has ended: gives the detail its last sentence. Returns s->error. */
enum rmq_error rmqi_attempt_conclude(const struct rmqi_send *s, const struct rmqi_send_request *r,
				     const char *what, struct rmq_error_detail *detail);

#endif
